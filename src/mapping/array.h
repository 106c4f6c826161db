/*-------------------------------------------------------------------------
 *
 * array.h
 *	  Sets and lists into SQL arrays.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_ARRAY_H
#define DDB_ARRAY_H

#include "mapping/codec.h"

extern DdbFit ddb_array_decode(const DdbCodec *codec, const DdbValue *value,
							   Datum *datum);

#endif							/* DDB_ARRAY_H */
