/*-------------------------------------------------------------------------
 *
 * crc32.h
 *	  The CRC-32 of zip, Ethernet and DynamoDB's answers.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_CRC32_H
#define DDB_CRC32_H

extern uint32 ddb_crc32_compute(const char *data, size_t len);

#endif							/* DDB_CRC32_H */
