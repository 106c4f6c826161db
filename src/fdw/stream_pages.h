/*-------------------------------------------------------------------------
 *
 * stream_pages.h
 *	  The pages of one GetItem, Query or Scan.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_STREAM_PAGES_H
#define DDB_STREAM_PAGES_H

#include "fdw/stream.h"

/*
 * How many items a stream may read, and where it stopped: LastEvaluatedKey,
 * palloc'd in context, or NULL if it came to its end.
 */
typedef struct DdbPageQuota
{
	int64		items;			/* still to be read */
	MemoryContext context;
	char	   *last_key;
	size_t		last_key_len;
} DdbPageQuota;

/* Makes the i-th request in the current context. */
typedef void (*DdbRequestBuilder) (void *arg, int i, DdbRequest *request);

extern int64 ddb_stream_pages_first_limit(int64 demand, bool exact);
extern DdbStream *ddb_stream_pages_create(const DdbStreamSpec *spec,
										  DdbRequestBuilder build,
										  void *arg, int i);
extern void ddb_stream_pages_set_quota(DdbStream *stream,
									   DdbPageQuota *quota);

/* For streams that are made of several of these. */
extern void ddb_stream_pages_set_eager(DdbStream *stream);
extern bool ddb_stream_pages_is_asking(const DdbStream *stream);
extern bool ddb_stream_pages_is_answered(const DdbStream *stream);
extern bool ddb_stream_pages_advance(DdbStream *stream);
extern bool ddb_stream_pages_read(DdbStream *stream, DdbValue *values,
								  const char **item, size_t *item_len);

#endif							/* DDB_STREAM_PAGES_H */
