/*-------------------------------------------------------------------------
 *
 * report.h
 *	  What a statement, and a session, has asked of DynamoDB.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_REPORT_H
#define DDB_REPORT_H

extern void ddb_report_install(void);

#endif							/* DDB_REPORT_H */
