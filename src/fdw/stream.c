/*-------------------------------------------------------------------------
 *
 * stream.c
 *	  What streams of all kinds have in common.
 *
 * A stream lives in a memory context of its own, with its calls and the
 * streams it is made of; deleting that aborts what is in flight.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fdw/relation.h"
#include "fdw/stream.h"
#include "utils/memutils.h"
#include "utils/plancache.h"

/*
 * Creates a stream of a kind, whose struct has the given size and begins with
 * a DdbStream, zeroed, in a context of its own below the current one.
 */
DdbStream *
ddb_stream_create(Size size, const DdbStreamMethods *methods,
				  const DdbStreamSpec *spec)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "dynamodb_fdw stream",
												  ALLOCSET_SMALL_SIZES);
	DdbStream  *stream = MemoryContextAllocZero(context, size);

	stream->methods = methods;
	stream->spec = spec;
	stream->context = context;
	return stream;
}

/*
 * Says how many rows the consumer is known to want of this stream; 0: not
 * known.  A hint for the size of pages.
 */
void
ddb_stream_set_demand(DdbStream *stream, int64 rows)
{
	stream->demand = rows;
}

/* Sends the first request, unless that is done or the guard forbids it. */
void
ddb_stream_start(DdbStream *stream)
{
	stream->methods->start(stream);
}

/*
 * Reads the next item.  values receives the wanted attributes; *item, if item
 * isn't NULL, the whole item's JSON.  Both are slices of an answer and good
 * until the next call.  Returns false at the end.  Waits, interruptibly;
 * raises what the service says and the guard forbids.
 */
bool
ddb_stream_next(DdbStream *stream, DdbValue *values,
				const char **item, size_t *item_len)
{
	return stream->methods->next(stream, values, item, item_len);
}

/* Is so little left that the next stream should start? */
bool
ddb_stream_is_ending(const DdbStream *stream)
{
	return stream->methods->is_ending(stream);
}

/*
 * Starts over without asking again, if all there is stands in memory.
 * Returns false if a new stream is needed.
 */
bool
ddb_stream_rewind(DdbStream *stream)
{
	return stream->methods->rewind(stream);
}

/*
 * Can the next item (or the end) be had without waiting?  Drives all
 * transfers.  True where a stream can't tell.
 */
bool
ddb_stream_is_ready(DdbStream *stream)
{
	return stream->methods->is_ready == NULL ||
		stream->methods->is_ready(stream);
}

/* Aborts what is in flight and frees everything.  NULL is allowed. */
void
ddb_stream_close(DdbStream *stream)
{
	if (stream != NULL)
		MemoryContextDelete(stream->context);
}

/* Asks the guard. */
bool
ddb_stream_may_send(const DdbStreamSpec *spec, bool raise)
{
	return spec->guard(spec->guard_arg, raise);
}

/*
 * Sends a read, as soon as its budget has the units that it is expected to
 * take; the call lives in owner.
 */
DdbCall *
ddb_stream_send(const DdbStreamSpec *spec, MemoryContext owner,
				DdbOperation operation, StringInfo body, double units)
{
	spec->sent[operation]++;
	return ddb_client_start_within(spec->client, owner,
								   ddb_request_operation_name(operation),
								   body->data, body->len, true, spec->usage,
								   spec->budget, units);
}

/* Counts what a page has cost; a batch's items are counted as they're read. */
static void
account(const DdbStreamSpec *spec, DdbCall *call, const DdbPage *page)
{
	DdbUsage   *usage = spec->usage;
	int64		items = Max(page->scanned_count, 0);

	if (items == 0 && page->single)
		items = 1;				/* GetItem doesn't count */
	usage->units += page->consumed.total;
	usage->table_units += page->consumed.table;
	usage->index_units += page->consumed.index;
	usage->items_scanned += items;
	ddb_client_count(call, page->consumed.total, items);
	ddb_client_settle(call, page->consumed.total);
	if (page->scanned_count > 0)
		ddb_budget_learn_page(spec->budget, page->consumed.total, items);
	if (page->single)
		ddb_budget_learn_keys(spec->budget,
							  ddb_budget_expect_keys(spec->budget, 1),
							  page->consumed.total);
}

/*
 * Waits for the call's answer and opens it; it is the call's.  Raises what
 * the service says, after forgetting what it contradicts.
 */
void
ddb_stream_receive(const DdbStreamSpec *spec, DdbCall *call,
				   DdbOperation operation, DdbPage *page)
{
	const char *name = ddb_request_operation_name(operation);
	const char *body;
	size_t		len;
	DdbError	err;

	ddb_client_wait(call);
	if (!ddb_client_get_answer(call, &body, &len, &err))
	{
		/* The table may no longer be what the plan was made for. */
		if (strcmp(err.name, "ResourceNotFoundException") == 0 ||
			strcmp(err.name, "ValidationException") == 0)
		{
			ddb_relation_forget_schemas(spec->table_name);
			ResetPlanCache();
		}
		ddb_error_report(&err, name, spec->table_name);
	}
	if (!ddb_page_open(page, body, len, &err))
	{
		err.hint = "If every request fails like this, what answers at the server's endpoint is not DynamoDB.";
		ddb_error_report(&err, name, spec->table_name);
	}
	account(spec, call, page);
}

/* Reads the next item of a page; false at its end.  Raises if it is none. */
bool
ddb_stream_read(const DdbStreamSpec *spec, DdbOperation operation,
				DdbPage *page, DdbValue *values)
{
	DdbError	err;

	if (ddb_page_next(page, spec->wanted, values, &err))
		return true;
	if (ddb_error_is_set(&err))
		ddb_error_report(&err, ddb_request_operation_name(operation),
						 spec->table_name);
	return false;
}
