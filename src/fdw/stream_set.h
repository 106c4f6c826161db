/*-------------------------------------------------------------------------
 *
 * stream_set.h
 *	  Several streams as one: one after another, or merged by their order.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_STREAM_SET_H
#define DDB_STREAM_SET_H

#include "dynamodb/schema.h"
#include "fdw/stream.h"

/* Makes the i-th stream in the current context; sends nothing. */
typedef DdbStream *(*DdbStreamOpener) (void *arg, int i);

/* By which attributes streams are ordered; numbers among those wanted. */
typedef struct DdbStreamOrder
{
	int			nattributes;
	int			wanted[DDB_MAX_KEY_PART];
	bool		backward;
} DdbStreamOrder;

extern DdbStream *ddb_stream_set_create(const DdbStreamSpec *spec, int n,
										DdbStreamOpener open, void *arg);
extern DdbStream *ddb_stream_set_merge(const DdbStreamSpec *spec, int n,
									   DdbStreamOpener open, void *arg,
									   const DdbStreamOrder *order);

#endif							/* DDB_STREAM_SET_H */
