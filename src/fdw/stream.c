/*-------------------------------------------------------------------------
 *
 * stream.c
 *	  Pages of one GetItem, Query or Scan, one after another.
 *
 * A stream begins slowly: one request, whose Limit is the number of rows
 * that the consumer is known to want.  Pages grow while the consumer comes
 * back for more.  Once they have no Limit, the next page is asked for when
 * half of the current one is used, so that DynamoDB works while PostgreSQL
 * does.  At most two pages are in memory.
 *
 * A page may be empty and yet not the last; only a missing LastEvaluatedKey
 * ends a stream.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fdw/relation.h"
#include "fdw/stream.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/plancache.h"

/* Where the recheck removes items, the first page is this much larger. */
#define FILTER_FACTOR	4
#define FILTER_MINIMUM	100

/* A Limit that has grown past this is no longer worth having. */
#define LARGEST_LIMIT	10000

struct DdbStream
{
	DdbStreamSpec spec;
	MemoryContext context;		/* holds the stream and its pages */
	StringInfoData body;		/* the request being rendered */

	int64		demand;			/* rows wanted; 0: not known */
	int64		limit;			/* of the last request; 0: none */
	int64		npages;			/* requests sent so far */
	DdbCall    *call;			/* whose answer is being read */
	DdbCall    *ahead;			/* the page after it, if asked for */
	bool		opened;			/* page holds the call's answer */
	bool		finished;		/* the last page is used up */
	DdbPage		page;
};

/*
 * Creates a stream in a context of its own below the current one.  Sends
 * nothing.
 */
DdbStream *
ddb_stream_create(const DdbStreamSpec *spec)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "dynamodb_fdw stream",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext oldcontext = MemoryContextSwitchTo(context);
	DdbStream  *stream = palloc0_object(DdbStream);

	stream->spec = *spec;
	stream->context = context;
	initStringInfo(&stream->body);
	ddb_client_hold(spec->client, context);
	MemoryContextSwitchTo(oldcontext);
	return stream;
}

/* Says how many more rows the consumer is known to want; 0: not known. */
void
ddb_stream_set_demand(DdbStream *stream, int64 rows)
{
	stream->demand = rows;
}

/*
 * The Limit of a stream's first page, page_size left aside, for a consumer
 * that wants so many rows; 0: none.
 */
int64
ddb_stream_first_limit(int64 demand, bool exact)
{
	if (demand > 0 && !exact)
		demand = Max(demand * FILTER_FACTOR, FILTER_MINIMUM);
	return demand > LARGEST_LIMIT ? 0 : demand;
}

/* The Limit of the next page, page_size left aside. */
static int64
next_limit(const DdbStream *stream)
{
	bool		exact = stream->spec.exact;
	int64		limit;

	if (stream->npages == 0)
		return ddb_stream_first_limit(stream->demand, exact);
	if (stream->limit == 0 || stream->demand == 0)
		return 0;				/* no Limit so far, or all the rest is wanted */
	limit = Max(stream->demand, stream->limit * (exact ? 2 : FILTER_FACTOR));
	return limit > LARGEST_LIMIT ? 0 : limit;
}

/* Sends the request for the page behind the current one. */
static DdbCall *
start_page(DdbStream *stream)
{
	const DdbStreamSpec *spec = &stream->spec;
	int64		limit;

	stream->limit = limit = next_limit(stream);
	if (spec->page_size > 0 && (limit == 0 || limit > spec->page_size))
		limit = spec->page_size;
	if (spec->request->operation == DDB_GET_ITEM)
		limit = 0;
	ddb_request_render(spec->request, &stream->body, limit,
					   stream->page.last_key, stream->page.last_key_len);
	stream->npages++;
	return ddb_client_start(spec->client, stream->context,
							ddb_request_operation_name(spec->request->operation),
							stream->body.data, stream->body.len, true,
							spec->usage);
}

/* Counts what a page has cost. */
static void
account(DdbStream *stream)
{
	DdbUsage   *usage = stream->spec.usage;
	const DdbPage *page = &stream->page;

	usage->units += page->consumed.total;
	usage->table_units += page->consumed.table;
	usage->index_units += page->consumed.index;
	if (page->scanned_count > 0)
		usage->items_scanned += page->scanned_count;
	else if (page->single)
		usage->items_scanned++; /* GetItem doesn't count */
}

/* Waits for the call's answer and opens it. */
static void
open_page(DdbStream *stream)
{
	const char *operation =
		ddb_request_operation_name(stream->spec.request->operation);
	const char *body;
	size_t		len;
	DdbError	err;

	ddb_client_wait(stream->call);
	if (!ddb_client_get_answer(stream->call, &body, &len, &err))
	{
		/* The table may no longer be what the plan was made for. */
		if (strcmp(err.name, "ResourceNotFoundException") == 0 ||
			strcmp(err.name, "ValidationException") == 0)
		{
			ddb_relation_forget_schemas(stream->spec.table_name);
			ResetPlanCache();
		}
		ddb_error_report(&err, operation, stream->spec.table_name);
	}
	if (!ddb_page_open(&stream->page, body, len, &err))
	{
		err.hint = "If every request fails like this, what answers at the server's endpoint is not DynamoDB.";
		ddb_error_report(&err, operation, stream->spec.table_name);
	}
	stream->opened = true;
	account(stream);
}

/* Goes on to the next page; false if there is none. */
static bool
advance(DdbStream *stream)
{
	const DdbStreamSpec *spec = &stream->spec;

	if (stream->opened && stream->page.last_key == NULL)
		return false;
	if (stream->ahead == NULL)
	{
		(void) spec->guard(spec->guard_arg, stream->npages, true);
		stream->ahead = start_page(stream);
	}
	if (stream->call != NULL)
		ddb_client_release(stream->call);
	stream->call = stream->ahead;
	stream->ahead = NULL;
	stream->opened = false;
	open_page(stream);
	return true;
}

/* Asks for the next page once half of this one is used. */
static void
read_ahead(DdbStream *stream)
{
	const DdbStreamSpec *spec = &stream->spec;
	const DdbPage *page = &stream->page;

	if (stream->ahead == NULL && page->last_key != NULL &&
		stream->limit == 0 && page->nread * 2 >= page->count &&
		spec->guard(spec->guard_arg, stream->npages, false))
		stream->ahead = start_page(stream);
}

/*
 * Reads the next item.  values receives the wanted attributes; *item, if item
 * isn't NULL, the whole item's JSON.  Both are slices of the page and good
 * until the next call.  Returns false at the end.  Waits, interruptibly;
 * raises what the service says.
 */
bool
ddb_stream_next(DdbStream *stream, DdbValue *values,
				const char **item, size_t *item_len)
{
	DdbError	err;

	if (stream->finished)
		return false;
	for (;;)
	{
		if (stream->opened)
		{
			ddb_error_clear(&err);
			if (ddb_page_next(&stream->page, stream->spec.wanted, values,
							  &err))
				break;
			if (ddb_error_is_set(&err))
				ddb_error_report(&err,
								 ddb_request_operation_name(stream->spec.request->operation),
								 stream->spec.table_name);
		}
		CHECK_FOR_INTERRUPTS();
		if (!advance(stream))
		{
			stream->finished = true;
			return false;
		}
	}
	if (item != NULL)
	{
		*item = stream->page.item;
		*item_len = stream->page.item_len;
	}
	stream->spec.usage->items_returned++;
	read_ahead(stream);
	return true;
}

/*
 * Starts over without asking again, if all there is stands on one page.
 * Returns false if a new stream is needed.
 */
bool
ddb_stream_rewind(DdbStream *stream)
{
	const char *body;
	size_t		len;
	DdbError	err;

	if (stream->npages != 1 || !stream->opened ||
		stream->page.last_key != NULL)
		return false;
	stream->finished = false;
	return ddb_client_get_answer(stream->call, &body, &len, &err) &&
		ddb_page_open(&stream->page, body, len, &err);
}

/* Aborts what is in flight and frees everything.  NULL is allowed. */
void
ddb_stream_close(DdbStream *stream)
{
	if (stream == NULL)
		return;
	ddb_client_release(stream->call);
	ddb_client_release(stream->ahead);
	MemoryContextDelete(stream->context);
}
