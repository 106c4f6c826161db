/*-------------------------------------------------------------------------
 *
 * write.c
 *	  The one door through which writes go to DynamoDB.
 *
 * A statement's writes go out one after another, as many in flight at a time
 * as `concurrency` allows, but never two of the same item.  Whoever sends
 * them waits for all of them before he says how many rows there were.
 *
 * Ambiguity.  A request that got no answer, or a 5xx, may have been carried
 * out.  What then happens depends on what the write is:
 *
 * - An absolute one is repeated by the client.  If its condition is refused
 *   after that, the item is looked at: if it is as this write leaves it, the
 *   write is done.
 * - A conditional INSERT isn't repeated blindly.  The item is read: if it
 *   isn't there the write is sent again, if it is another one the key is
 *   taken.  If it is the very same item, nobody can say who wrote it.
 * - Arithmetic isn't repeated at all.
 *
 * What can't be decided is 08007 and names the key.  Nothing is guessed.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "dynamodb/equal.h"
#include "dynamodb/request.h"
#include "fdw/session.h"
#include "fdw/transaction.h"
#include "fdw/write.h"
#include "mapping/row.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/memutils.h"

/* A conditional INSERT that isn't there is sent no more often than this. */
#define MAX_INSERT_ATTEMPTS 4

struct DdbWriter
{
	const DdbTableMap *map;
	Oid			serverid;
	Oid			userid;
	MemoryContext context;		/* of the statement */
	MemoryContext batch;		/* of the writes that nobody has settled yet */
	DdbClient  *client;			/* NULL until something is sent */
	List	   *in_flight;		/* DdbWrite, in the order they were sent */
	int64		nwritten;		/* items acknowledged */
	int64		nunknown;		/* items that may have been written */
	DdbUsage	usage;
};

/*
 * A writer for one foreign table and statement, palloc'd in the current
 * context, which it needs to live as long.  The map has its schema.  Sends
 * nothing.
 */
DdbWriter *
ddb_write_open(const DdbTableMap *map, Oid serverid, Oid userid)
{
	DdbWriter  *writer = palloc0_object(DdbWriter);

	writer->map = map;
	writer->serverid = serverid;
	writer->userid = userid;
	writer->context = CurrentMemoryContext;
	writer->batch = AllocSetContextCreate(CurrentMemoryContext,
										  "dynamodb_fdw writes",
										  ALLOCSET_DEFAULT_SIZES);
	return writer;
}

/* Frees all writes; none may be in flight. */
void
ddb_write_reset(DdbWriter *writer)
{
	Assert(writer->in_flight == NIL);
	MemoryContextReset(writer->batch);
	writer->in_flight = NIL;
}

/* Where what a write points to should be palloc'd; see ddb_write_reset(). */
MemoryContext
ddb_write_get_context(DdbWriter *writer)
{
	return writer->batch;
}

const DdbUsage *
ddb_write_get_usage(const DdbWriter *writer)
{
	return &writer->usage;
}

/* A write without its item, key and expressions yet. */
DdbWrite *
ddb_write_create(DdbWriter *writer, DdbActionKind action, DdbWriteKind kind)
{
	MemoryContext oldcontext = MemoryContextSwitchTo(writer->batch);
	DdbWrite   *write = palloc0_object(DdbWrite);

	write->kind = kind;
	write->action.kind = action;
	write->action.table_name = writer->map->options.table_name;
	ddb_expression_init(&write->action.expression);
	MemoryContextSwitchTo(oldcontext);
	return write;
}

static DdbClient *
get_client(DdbWriter *writer)
{
	if (writer->client == NULL)
	{
		DdbClient  *client = ddb_session_get_client(writer->serverid,
													writer->userid);

		ddb_client_hold(client, writer->context);
		writer->client = client;
	}
	return writer->client;
}

/* Hands a write to the client. */
static void
start(DdbWriter *writer, DdbWrite *write)
{
	DdbClient  *client = get_client(writer);
	MemoryContext oldcontext = MemoryContextSwitchTo(writer->batch);
	StringInfoData body;

	initStringInfo(&body);
	ddb_action_render(&write->action, &body);
	write->attempts++;
	write->state = DDB_WRITE_IN_FLIGHT;
	write->call = ddb_client_start(client, writer->batch,
								   ddb_action_operation_name(write->action.kind),
								   body.data, body.len,
								   write->kind == DDB_WRITE_ABSOLUTE,
								   &writer->usage);
	pfree(body.data);
	MemoryContextSwitchTo(oldcontext);
}

static void
count_units(DdbWriter *writer, const DdbConsumed *consumed)
{
	writer->usage.units += consumed->total;
	writer->usage.table_units += consumed->table;
	writer->usage.index_units += consumed->index;
}

/*
 * Reads the item of a write's key as it is now.  False if that can't be
 * found out; *item is MISSING if there is none.
 */
static bool
read_item(DdbWriter *writer, const DdbWrite *write, DdbValue *item)
{
	DdbRequest	request;
	StringInfoData body;
	const char *names[2];
	DdbCall    *call;
	const char *answer;
	size_t		len;
	DdbOutcome	outcome;
	DdbError	err;

	for (int i = 0; i < write->key.n; i++)
		names[i] = write->key.attributes[i]->name;
	ddb_request_init(&request, DDB_GET_ITEM, write->action.table_name, NULL,
					 true);
	ddb_request_set_key(&request, write->key.n, names, write->key.values);
	initStringInfo(&body);
	ddb_request_render(&request, &body, 0, NULL, 0);
	call = ddb_client_start(writer->client, writer->batch, "GetItem",
							body.data, body.len, true, &writer->usage);
	ddb_client_wait(call);
	if (!ddb_client_get_answer(call, &answer, &len, &err) ||
		!ddb_outcome_read(&outcome, answer, len, &err))
		return false;
	*item = outcome.item;
	return true;
}

/* Is this refusal the one that the write's condition asked for? */
static bool
is_condition_failure(const DdbError *err)
{
	return strcmp(err->name, "ConditionalCheckFailedException") == 0;
}

/*
 * An INSERT whose fate is unknown, or that is refused after such a try.
 * True if it has been sent again.
 */
static bool
resolve_insert(DdbWriter *writer, DdbWrite *write, bool refused)
{
	DdbValue	item = write->outcome.item;

	write->state = DDB_WRITE_UNKNOWN;
	if (!refused && !read_item(writer, write, &item))
		return false;
	if (item.type == DDB_TYPE_MISSING)
	{
		if (refused || write->attempts >= MAX_INSERT_ATTEMPTS)
			return false;
		start(writer, write);
		return true;
	}
	if (!ddb_equal_values(&item, &write->item))
	{
		write->outcome.item = item;
		write->state = DDB_WRITE_REFUSED;
	}
	return false;
}

/*
 * The call has ended without success.  True if the write was sent again.
 */
static bool
judge_failure(DdbWriter *writer, DdbWrite *write)
{
	DdbError   *err = &write->err;
	bool		refused = is_condition_failure(err);
	bool		ambiguous = err->ambiguous;
	const char *body;
	size_t		len;
	DdbError	ignored;

	if (refused && ddb_client_get_refusal(write->call, &body, &len))
		(void) ddb_outcome_read(&write->outcome, body, len, &ignored);

	if (write->kind == DDB_WRITE_INSERT &&
		(ambiguous || (refused && write->attempts > 1)))
		return resolve_insert(writer, write, refused);
	if (refused && !ambiguous)
		write->state = DDB_WRITE_REFUSED;
	else if (refused && write->is_reached != NULL &&
			 write->is_reached(write, &write->outcome.item))
		write->state = DDB_WRITE_DONE;
	else
		write->state = ambiguous ? DDB_WRITE_UNKNOWN : DDB_WRITE_FAILED;
	return false;
}

/* The call has ended: what has become of the write? */
static void
settle(DdbWriter *writer, DdbWrite *write)
{
	MemoryContext oldcontext = MemoryContextSwitchTo(writer->batch);
	const char *body;
	size_t		len;
	bool		again = false;

	if (!ddb_client_get_answer(write->call, &body, &len, &write->err))
		again = judge_failure(writer, write);
	else if (ddb_outcome_read(&write->outcome, body, len, &write->err))
	{
		count_units(writer, &write->outcome.consumed);
		write->state = DDB_WRITE_DONE;
	}
	else
		write->state = DDB_WRITE_DONE;	/* it was 200 */
	MemoryContextSwitchTo(oldcontext);
	if (again)
		return;

	writer->in_flight = list_delete_ptr(writer->in_flight, write);
	if (write->state == DDB_WRITE_UNKNOWN)
		writer->nunknown++;
	else
		ddb_transaction_note_answered(1, write->state == DDB_WRITE_DONE);
	if (write->state == DDB_WRITE_DONE)
		writer->nwritten++;
}

/* Settles whatever has ended; true if anything had. */
static bool
settle_ended(DdbWriter *writer)
{
	bool		any = false;
	ListCell   *lc;

	foreach(lc, list_copy(writer->in_flight))
	{
		DdbWrite   *write = lfirst(lc);

		if (!ddb_client_poll(write->call))
			continue;
		settle(writer, write);
		any = true;
	}
	return any;
}

static DdbWrite *
lookup_in_flight(const DdbWriter *writer, const DdbKey *key)
{
	ListCell   *lc;

	foreach(lc, writer->in_flight)
	{
		DdbWrite   *write = lfirst(lc);

		if (strcmp(write->key.json, key->json) == 0)
			return write;
	}
	return NULL;
}

/*
 * Sends a write, as soon as fewer than `concurrency` are in flight and none
 * of the same item is.  Waits, interruptibly.  What goes wrong is the
 * outcome of the write that it happens to.
 */
void
ddb_write_send(DdbWriter *writer, DdbWrite *write)
{
	MemoryContext oldcontext;
	DdbWrite   *same;

	(void) get_client(writer);	/* may raise: nothing has been sent then */
	while ((same = lookup_in_flight(writer, &write->key)) != NULL)
		ddb_write_wait(writer, same);
	while (list_length(writer->in_flight) >= writer->map->options.concurrency)
	{
		if (!settle_ended(writer))
			ddb_client_wait_any();
	}
	ddb_transaction_note_sent(write->action.table_name, 1);
	oldcontext = MemoryContextSwitchTo(writer->context);
	writer->in_flight = lappend(writer->in_flight, write);
	MemoryContextSwitchTo(oldcontext);
	start(writer, write);
}

/* Waits until the outcome of a write that was sent is known. */
void
ddb_write_wait(DdbWriter *writer, DdbWrite *write)
{
	while (write->state == DDB_WRITE_IN_FLIGHT)
	{
		ddb_client_wait(write->call);
		settle(writer, write);
	}
}

/* Waits until nothing is in flight. */
void
ddb_write_drain(DdbWriter *writer)
{
	while (writer->in_flight != NIL)
		ddb_write_wait(writer, linitial(writer->in_flight));
}

pg_noreturn static void report_unknown(const DdbWriter *writer,
									   const DdbWrite *write);

static void
report_unknown(const DdbWriter *writer, const DdbWrite *write)
{
	char	   *words = ddb_write_key_words(writer, write);

	CHECK_FOR_INTERRUPTS();
	ereport(ERROR,
			(errcode(ERRCODE_TRANSACTION_RESOLUTION_UNKNOWN),
			 errmsg("could not find out whether an item of DynamoDB table \"%s\" was written",
					write->action.table_name),
			 words != NULL ?
			 errdetail("Key %s. %s", words, write->err.message) :
			 errdetail("%s", write->err.message),
			 errhint("Read the item before writing it again.")));
}

/*
 * Raises if a write has failed, or may have; after all others that are in
 * flight have an answer.  DONE and REFUSED are for the caller to judge.
 */
void
ddb_write_check(DdbWriter *writer, const DdbWrite *write)
{
	if (write->state != DDB_WRITE_FAILED && write->state != DDB_WRITE_UNKNOWN)
		return;
	ddb_write_drain(writer);
	if (write->state == DDB_WRITE_UNKNOWN)
		report_unknown(writer, write);
	ddb_error_report(&write->err,
					 ddb_action_operation_name(write->action.kind),
					 write->action.table_name);
}

/*
 * The write's key as people read it; NULL for whom may not read it.
 */
char *
ddb_write_key_words(const DdbWriter *writer, const DdbWrite *write)
{
	Oid			relid = writer->map->relid;

	if (pg_class_aclcheck(relid, writer->userid, ACL_SELECT) != ACLCHECK_OK)
	{
		for (int i = 0; i < write->key.n; i++)
		{
			const DdbColumn *column =
				ddb_column_lookup_attribute(writer->map,
											write->key.attributes[i]->name);

			if (column == NULL ||
				pg_attribute_aclcheck(relid, column->attnum, writer->userid,
									  ACL_SELECT) != ACLCHECK_OK)
				return NULL;
		}
	}
	return ddb_row_key_words(writer->map, &write->key);
}

static void
add_context(void *arg)
{
	const DdbWriter *writer = arg;
	int64		in_doubt = writer->nunknown + list_length(writer->in_flight);

	if (in_doubt > 0)
		errcontext("items of DynamoDB table \"%s\" that this statement had written: %lld, and up to %lld more may have been",
				   writer->map->options.table_name,
				   (long long) writer->nwritten, (long long) in_doubt);
	else if (writer->nwritten > 0)
		errcontext("items of DynamoDB table \"%s\" that this statement had written: %lld",
				   writer->map->options.table_name,
				   (long long) writer->nwritten);
}

void
ddb_write_enter(DdbWriter *writer, ErrorContextCallback *callback)
{
	callback->callback = add_context;
	callback->arg = writer;
	callback->previous = error_context_stack;
	error_context_stack = callback;
}

void
ddb_write_leave(ErrorContextCallback *callback)
{
	error_context_stack = callback->previous;
}
