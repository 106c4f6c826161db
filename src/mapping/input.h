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

/* Calls the codec's input function on a string in the database's encoding. */
extern DdbFit ddb_input_call(const DdbCodec *codec, char *text,
							 int32 typmod, Datum *datum);

/*
 * Pins what the type's functions depend on; a result that isn't negative is
 * to be given to AtEOXact_GUC().
 */
extern int	ddb_input_pin_settings(const DdbInput *input);

#endif							/* DDB_INPUT_H */
