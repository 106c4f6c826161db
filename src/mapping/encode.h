/*-------------------------------------------------------------------------
 *
 * encode.h
 *	  Values from SQL to the wire, as conditions and writes have in common.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_ENCODE_H
#define DDB_ENCODE_H

#include "mapping/codec.h"
#include "mapping/datum.h"

extern DdbEncoded ddb_encode_datum(const DdbCodec *codec, Datum datum,
								   Oid typid, DdbRounding rounding,
								   DdbValue *out);
extern void ddb_encode_string(char *text, DdbValue *out);

#endif							/* DDB_ENCODE_H */
