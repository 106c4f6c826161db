/*-------------------------------------------------------------------------
 *
 * stream_pages.c
 *	  The pages of one GetItem, Query or Scan, one after another.
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

#include "fdw/stream_pages.h"
#include "miscadmin.h"

/* Where the recheck removes items, the first page is no smaller. */
#define FILTER_MINIMUM	100

/* A Limit that has grown past this is no longer worth having. */
#define LARGEST_LIMIT	10000

typedef struct PageStream
{
	DdbStream	stream;
	DdbRequest	request;
	StringInfoData body;		/* the request being rendered */

	DdbPageQuota *quota;		/* NULL: all pages */
	int64		limit;			/* of the last request; 0: none */
	int64		npages;			/* requests sent so far */
	DdbCall    *call;			/* whose answer is being read */
	DdbCall    *ahead;			/* the page after it, if asked for */
	bool		opened;			/* page holds the call's answer */
	bool		finished;		/* the last page is used up */
	bool		eager;			/* the next page is asked for at once */
	DdbPage		page;
} PageStream;

/*
 * The Limit of a stream's first page, page_size left aside, for a consumer
 * that wants so many rows; 0: none.
 */
int64
ddb_stream_pages_first_limit(int64 demand, bool exact)
{
	if (demand > 0 && !exact)
		demand = Max(demand * DDB_FILTER_FACTOR, FILTER_MINIMUM);
	return demand > LARGEST_LIMIT ? 0 : demand;
}

/* The Limit of the next page, page_size left aside. */
static int64
next_limit(const PageStream *pages)
{
	bool		exact = pages->stream.spec->exact;
	int64		demand = pages->stream.demand;
	int64		limit;

	if (pages->npages == 0)
		return ddb_stream_pages_first_limit(demand, exact);
	if (pages->limit == 0 || demand == 0)
		return 0;				/* no Limit so far, or all is wanted */
	limit = Max(demand, pages->limit * (exact ? 2 : DDB_FILTER_FACTOR));
	return limit > LARGEST_LIMIT ? 0 : limit;
}

/* The smaller of two Limits; 0: none. */
static int64
smaller_limit(int64 a, int64 b)
{
	return a == 0 || (b > 0 && b < a) ? b : a;
}

/* Sends the request for the page behind the current one. */
static DdbCall *
send_page(PageStream *pages)
{
	const DdbStreamSpec *spec = pages->stream.spec;
	int64		limit;
	double		units;

	pages->limit = next_limit(pages);
	limit = smaller_limit(pages->limit, spec->page_size);
	if (pages->quota != NULL)
		limit = smaller_limit(limit, pages->quota->items);
	limit = ddb_budget_limit_page(spec->budget, limit, spec->page_units);
	units = ddb_budget_expect_page(spec->budget, limit, spec->page_units);
	if (pages->request.operation == DDB_GET_ITEM)
	{
		limit = 0;
		units = ddb_budget_expect_keys(spec->budget, 1);
	}
	ddb_request_render(&pages->request, &pages->body, limit,
					   pages->page.last_key, pages->page.last_key_len);
	pages->npages++;
	return ddb_stream_send(spec, pages->stream.context,
						   pages->request.operation, &pages->body, units);
}

static void
start(DdbStream *stream)
{
	PageStream *pages = (PageStream *) stream;

	if (pages->npages == 0 && ddb_stream_may_send(stream->spec, false))
		pages->ahead = send_page(pages);
}

static bool
is_half_used(const PageStream *pages)
{
	return pages->opened && pages->page.nread * 2 >= pages->page.count;
}

/* Asks for the next page once half of this one is used. */
static void
read_ahead(PageStream *pages)
{
	if (pages->ahead == NULL && pages->page.last_key != NULL &&
		pages->quota == NULL &&
		pages->limit == 0 && (pages->eager || is_half_used(pages)) &&
		ddb_stream_may_send(pages->stream.spec, false))
		pages->ahead = send_page(pages);
}

/* The quota is used up: remember where. */
static void
stop(PageStream *pages)
{
	DdbPageQuota *quota = pages->quota;

	quota->last_key_len = pages->page.last_key_len;
	quota->last_key = MemoryContextAlloc(quota->context,
										 quota->last_key_len);
	memcpy(quota->last_key, pages->page.last_key, quota->last_key_len);
}

/*
 * Goes on to the next page, waiting for it; false if there is none.  Raises
 * what the service says and the guard forbids.
 */
bool
ddb_stream_pages_advance(DdbStream *stream)
{
	PageStream *pages = (PageStream *) stream;
	const DdbStreamSpec *spec = stream->spec;

	if (pages->opened && pages->page.last_key == NULL)
		return false;
	if (pages->quota != NULL && pages->quota->items <= 0)
	{
		stop(pages);
		return false;
	}
	if (pages->ahead == NULL)
	{
		(void) ddb_stream_may_send(spec, true);
		pages->ahead = send_page(pages);
	}
	ddb_client_release(pages->call);
	pages->call = pages->ahead;
	pages->ahead = NULL;
	pages->opened = false;
	ddb_stream_receive(spec, pages->call, pages->request.operation,
					   &pages->page);
	pages->opened = true;
	if (pages->quota != NULL)
		pages->quota->items -= Max(pages->page.scanned_count, 1);
	if (pages->eager)
		read_ahead(pages);
	return true;
}

/*
 * Forgets the page that was read to its end, if the next one is on its way:
 * one of many streams may not have its turn again for long.
 */
static void
drop_used(PageStream *pages)
{
	if (pages->ahead == NULL)
		return;
	ddb_client_release(pages->call);
	pages->call = NULL;
	pages->opened = false;
}

/* Reads the next item of the current page; false at its end. */
bool
ddb_stream_pages_read(DdbStream *stream, DdbValue *values,
					  const char **item, size_t *item_len)
{
	PageStream *pages = (PageStream *) stream;

	if (!pages->opened)
		return false;
	if (!ddb_stream_read(stream->spec, pages->request.operation,
						 &pages->page, values))
	{
		drop_used(pages);
		return false;
	}
	if (item != NULL)
	{
		*item = pages->page.item;
		*item_len = pages->page.item_len;
	}
	read_ahead(pages);
	return true;
}

static bool
next(DdbStream *stream, DdbValue *values, const char **item, size_t *item_len)
{
	PageStream *pages = (PageStream *) stream;

	while (!pages->finished)
	{
		if (ddb_stream_pages_read(stream, values, item, item_len))
			return true;
		CHECK_FOR_INTERRUPTS();
		pages->finished = !ddb_stream_pages_advance(stream);
	}
	return false;
}

static bool
is_ending(const DdbStream *stream)
{
	const PageStream *pages = (const PageStream *) stream;

	return pages->finished ||
		(is_half_used(pages) && pages->page.last_key == NULL);
}

/* All there is, or all that the quota allows, may stand on one page. */
static bool
rewind_page(DdbStream *stream)
{
	PageStream *pages = (PageStream *) stream;
	const char *body;
	size_t		len;
	DdbError	err;

	if (pages->npages != 1 || !pages->opened ||
		(pages->page.last_key != NULL &&
		 (pages->quota == NULL || pages->quota->items > 0)))
		return false;
	pages->finished = false;
	return ddb_client_get_answer(pages->call, &body, &len, &err) &&
		ddb_page_open(&pages->page, body, len, &err);
}

/* What hasn't been asked for must be asked for by reading on. */
static bool
is_ready(DdbStream *stream)
{
	const PageStream *pages = (const PageStream *) stream;

	return (pages->opened && pages->page.nread < pages->page.count) ||
		pages->ahead == NULL || ddb_client_poll(pages->ahead);
}

static const DdbStreamMethods methods = {
	start, next, is_ending, rewind_page, is_ready
};

/*
 * Creates the stream of a request, which build makes in the stream's own
 * context.  Sends nothing.
 */
DdbStream *
ddb_stream_pages_create(const DdbStreamSpec *spec, DdbRequestBuilder build,
						void *arg, int i)
{
	DdbStream  *stream = ddb_stream_create(sizeof(PageStream), &methods, spec);
	MemoryContext oldcontext = MemoryContextSwitchTo(stream->context);
	PageStream *pages = (PageStream *) stream;

	build(arg, i, &pages->request);
	initStringInfo(&pages->body);
	MemoryContextSwitchTo(oldcontext);
	return stream;
}

/* Lets the stream, which has not begun, read so many items and no more. */
void
ddb_stream_pages_set_quota(DdbStream *stream, DdbPageQuota *quota)
{
	((PageStream *) stream)->quota = quota;
}

/*
 * Lets the stream ask for each page as soon as it has the one before, not only
 * when half of that is used.
 */
void
ddb_stream_pages_set_eager(DdbStream *stream)
{
	((PageStream *) stream)->eager = true;
}

/* Has the next page been asked for? */
bool
ddb_stream_pages_is_asking(const DdbStream *stream)
{
	return ((const PageStream *) stream)->ahead != NULL;
}

/* And is its answer there?  Drives all transfers. */
bool
ddb_stream_pages_is_answered(const DdbStream *stream)
{
	const PageStream *pages = (const PageStream *) stream;

	return pages->ahead != NULL && ddb_client_poll(pages->ahead);
}
