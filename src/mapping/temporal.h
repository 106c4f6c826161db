/*-------------------------------------------------------------------------
 *
 * temporal.h
 *	  Dates and times in the forms that programs store them in.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_TEMPORAL_H
#define DDB_TEMPORAL_H

#include "datatype/timestamp.h"
#include "mapping/codec.h"

/*
 * The years that every format can express, 0001 to 9999, in microseconds
 * since the Postgres epoch.
 */
#define DDB_TEMPORAL_MIN	(INT64CONST(-730119) * USECS_PER_DAY)
#define DDB_TEMPORAL_END	(INT64CONST(2921940) * USECS_PER_DAY)

/* Room for any rendered form. */
#define DDB_TEMPORAL_SIZE	40

extern DdbFit ddb_temporal_decode_text(const DdbCodec *codec,
									   const DdbValue *value, Datum *datum);
extern DdbFit ddb_temporal_decode_number(const DdbCodec *codec,
										 const DdbValue *value, Datum *datum);
extern bool ddb_temporal_is_ordered(DdbFormat format);
extern int64 ddb_temporal_get_unit(DdbFormat format);
extern int	ddb_temporal_render(DdbFormat format, int64 usec, char *buf);

#endif							/* DDB_TEMPORAL_H */
