/*-------------------------------------------------------------------------
 *
 * stream_segments.h
 *	  The segments of a Scan, several in flight, in the order their pages
 *	  come.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_STREAM_SEGMENTS_H
#define DDB_STREAM_SEGMENTS_H

#include "fdw/stream_pages.h"
#include "port/atomics.h"

extern DdbStream *ddb_stream_segments_create(const DdbStreamSpec *spec,
											 DdbRequestBuilder build,
											 void *arg, int n,
											 pg_atomic_uint32 *dealer);

#endif							/* DDB_STREAM_SEGMENTS_H */
