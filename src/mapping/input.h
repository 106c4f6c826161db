/*-------------------------------------------------------------------------
 *
 * input.h
 *	  Values of any type through its own input function.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_INPUT_H
#define DDB_INPUT_H

#include "mapping/codec.h"

extern DdbInput *ddb_input_create(Oid typid);
extern DdbFit ddb_input_decode(const DdbCodec *codec, const DdbValue *value,
							   Datum *datum);
extern DdbFit ddb_input_call(const DdbCodec *codec, char *text,
							 int32 typmod, Datum *datum);
extern int	ddb_input_pin_settings(const DdbInput *input);

#endif							/* DDB_INPUT_H */
