/*-------------------------------------------------------------------------
 *
 * stream.h
 *	  A source of items: requests one after another, or several such
 *	  sources as one.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_STREAM_H
#define DDB_STREAM_H

#include "dynamodb/client.h"
#include "dynamodb/page.h"
#include "dynamodb/request.h"

/*
 * Where the recheck removes items, the first request for a consumer that wants
 * so many rows is this much larger, and so is each request than the last.
 */
#define DDB_FILTER_FACTOR	4

typedef struct DdbStream DdbStream;

/*
 * Asked before each request.  Answers whether it may be sent; with raise it
 * raises instead of saying no.
 */
typedef bool (*DdbStreamGuard) (void *arg, bool raise);

/* What all requests of a scan have in common; outlives its streams. */
typedef struct DdbStreamSpec
{
	DdbClient  *client;			/* to be held as long */
	const char *table_name;
	const DdbWanted *wanted;	/* NULL: items are only counted */
	int			nwanted;
	DdbUsage   *usage;
	int64	   *sent;			/* requests by DdbOperation */
	DdbBudget  *budget;
	double		page_units;		/* what a page without a Limit takes at most */
	int			concurrency;	/* most requests in flight */
	int			page_size;		/* no page has a greater Limit; 0: none */
	bool		exact;			/* the consumer takes every item */
	bool		whole;			/* it is expected to come for all of them */
	bool		waited_for;		/* it is: all go out at once */
	DdbStreamGuard guard;
	void	   *guard_arg;
} DdbStreamSpec;

/* What a kind of stream does; see the functions of the same names. */
typedef struct DdbStreamMethods
{
	void		(*start) (DdbStream *stream);
	bool		(*next) (DdbStream *stream, DdbValue *values,
						 const char **item, size_t *item_len);
	bool		(*is_ending) (const DdbStream *stream);
	bool		(*rewind) (DdbStream *stream);
	bool		(*is_ready) (DdbStream *stream);	/* NULL: always */
} DdbStreamMethods;

/* The head of every stream. */
struct DdbStream
{
	const DdbStreamMethods *methods;
	const DdbStreamSpec *spec;
	MemoryContext context;		/* holds the stream and what it reads */
	int64		demand;			/* rows wanted; 0: not known */
};

/* For scans. */
extern void ddb_stream_set_demand(DdbStream *stream, int64 rows);
extern void ddb_stream_start(DdbStream *stream);
extern bool ddb_stream_next(DdbStream *stream, DdbValue *values,
							const char **item, size_t *item_len);
extern bool ddb_stream_is_ending(const DdbStream *stream);
extern bool ddb_stream_rewind(DdbStream *stream);
extern bool ddb_stream_is_ready(DdbStream *stream);
extern void ddb_stream_close(DdbStream *stream);

/* For kinds of streams. */
extern DdbStream *ddb_stream_create(Size size,
									const DdbStreamMethods *methods,
									const DdbStreamSpec *spec);
extern bool ddb_stream_may_send(const DdbStreamSpec *spec, bool raise);
extern DdbCall *ddb_stream_send(const DdbStreamSpec *spec,
								MemoryContext owner, DdbOperation operation,
								StringInfo body, double units);
extern void ddb_stream_receive(const DdbStreamSpec *spec, DdbCall *call,
							   DdbOperation operation, DdbPage *page);
extern bool ddb_stream_read(const DdbStreamSpec *spec,
							DdbOperation operation, DdbPage *page,
							DdbValue *values);

#endif							/* DDB_STREAM_H */
