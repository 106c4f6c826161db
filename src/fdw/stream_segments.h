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

extern DdbStream *ddb_stream_segments_create(const DdbStreamSpec *spec,
											 DdbRequestBuilder build,
											 void *arg, int n);

#endif							/* DDB_STREAM_SEGMENTS_H */
