/*-------------------------------------------------------------------------
 *
 * number.h
 *	  Decimal numbers as DynamoDB writes them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_NUMBER_H
#define DDB_NUMBER_H

#include "mapping/codec.h"

extern DdbFit ddb_number_decode_int2(const DdbCodec *codec,
									 const DdbValue *value, Datum *datum);
extern DdbFit ddb_number_decode_int4(const DdbCodec *codec,
									 const DdbValue *value, Datum *datum);
extern DdbFit ddb_number_decode_int8(const DdbCodec *codec,
									 const DdbValue *value, Datum *datum);
extern DdbFit ddb_number_decode_float4(const DdbCodec *codec,
									   const DdbValue *value, Datum *datum);
extern DdbFit ddb_number_decode_float8(const DdbCodec *codec,
									   const DdbValue *value, Datum *datum);
extern DdbFit ddb_number_decode_numeric(const DdbCodec *codec,
										const DdbValue *value, Datum *datum);
extern DdbFit ddb_number_get_int64(const DdbValue *value, int64 *result);

#endif							/* DDB_NUMBER_H */
