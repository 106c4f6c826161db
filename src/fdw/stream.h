/*-------------------------------------------------------------------------
 *
 * stream.h
 *	  A source of items: requests one after another.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_STREAM_H
#define DDB_STREAM_H

#include "dynamodb/client.h"
#include "dynamodb/page.h"
#include "dynamodb/request.h"

typedef struct DdbStream DdbStream;

/*
 * Asked before each request of a stream.  Answers whether it may be sent;
 * with raise it raises instead of saying no.
 */
typedef bool (*DdbStreamGuard) (void *arg, int64 pages_so_far, bool raise);

typedef struct DdbStreamSpec
{
	DdbClient  *client;			/* held by the stream */
	const DdbRequest *request;	/* outlives the stream, as all below */
	const char *table_name;
	const DdbWanted *wanted;
	DdbUsage   *usage;
	int			page_size;		/* no page has a greater Limit; 0: none */
	bool		exact;			/* the consumer takes every item */
	DdbStreamGuard guard;
	void	   *guard_arg;
} DdbStreamSpec;

extern int64 ddb_stream_first_limit(int64 demand, bool exact);
extern DdbStream *ddb_stream_create(const DdbStreamSpec *spec);
extern void ddb_stream_set_demand(DdbStream *stream, int64 rows);
extern bool ddb_stream_next(DdbStream *stream, DdbValue *values,
							const char **item, size_t *item_len);
extern bool ddb_stream_rewind(DdbStream *stream);
extern void ddb_stream_close(DdbStream *stream);

#endif							/* DDB_STREAM_H */
