/*-------------------------------------------------------------------------
 *
 * output.h
 *	  Values of any type through its own output function.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_OUTPUT_H
#define DDB_OUTPUT_H

#include "mapping/codec.h"

extern bool ddb_output_render(const DdbCodec *codec, Datum datum,
							  char **text);

#endif							/* DDB_OUTPUT_H */
