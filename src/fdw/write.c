/*-------------------------------------------------------------------------
 *
 * write.c
 *	  The one door through which writes go to DynamoDB.
 *
 * A statement's writes go out one after another, as many in flight at a time
 * as `concurrency` allows, but never two of the same item.  Whoever sends
 * them waits for all of them before he says how many rows there were.
 *
 * When one has failed, or the statement for any other reason, nothing more is
 * sent, not even another time, and those in flight are waited for: see
 * ddb_write_stop(), and watch.c for errors that come from elsewhere.
 *
 * Ambiguity.  A request that got no answer, or a 5xx, may have been carried
 * out.  What then happens depends on what the write is:
 *
 * - An absolute one, or one whose condition is WHERE (a claim), is repeated by
 *   the client.  If its condition is refused after that, the item is looked
 *   at: if it is as this write leaves it, the write is done.
 * - So is one that makes its values of those that it replaces (and compares).
 *   But if the item is as it leaves it, another session may have made the same
 *   of the same, such as 6 of 5, and then both have to count: nobody can say
 *   who wrote it.
 * - A conditional INSERT isn't repeated blindly.  The item is read: if it
 *   isn't there the write is sent again, if it is another one the key is
 *   taken.  If it is the very same item, nobody can say who wrote it.
 * - Arithmetic isn't repeated at all.
 *
 * With idempotent_writes all but absolute ones go as a TransactWriteItems of
 * one action, whose token makes the service know a repetition; so they are
 * repeated, as long as it knows the token, and it says what became of them.
 *
 * What can't be decided is 08007 and names the key.  Nothing is guessed.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "dynamodb/equal.h"
#include "dynamodb/request.h"
#include "fdw/pace.h"
#include "fdw/session.h"
#include "fdw/transaction.h"
#include "fdw/watch.h"
#include "fdw/write.h"
#include "foreign/foreign.h"
#include "lib/ilist.h"
#include "mapping/expiry.h"
#include "mapping/row.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/memutils.h"

/* A conditional INSERT that isn't there is sent no more often than this. */
#define MAX_INSERT_ATTEMPTS 4

struct DdbWriter
{
	dlist_node	node;			/* in writers */
	MemoryContextCallback callback;
	const DdbTableMap *map;
	Oid			serverid;
	Oid			userid;
	MemoryContext context;		/* of the statement */
	MemoryContext writes;		/* parent of theirs */
	MemoryContext scratch;		/* of one call of the executor's */
	DdbClient  *client;			/* NULL until something is sent */
	DdbBudget  *budget;			/* likewise */
	List	   *in_flight;		/* DdbWrite, in the order they were sent */
	bool		idempotent;		/* what isn't absolute takes a token */
	bool		stopping;		/* nothing more is sent */
	bool		told;			/* add_context() has said how many */
	int64		nwritten;		/* items acknowledged */
	int64		nunknown;		/* items that may have been written */
	DdbUsage	usage;
};

/* All of this backend. */
static dlist_head writers = DLIST_STATIC_INIT(writers);

/* Memory context callback. */
static void
forget_writer(void *arg)
{
	dlist_delete(&((DdbWriter *) arg)->node);
}

static bool
is_idempotent(Oid serverid)
{
	DdbServerOptions options;

	ddb_option_get_server(GetForeignServer(serverid), &options);
	return options.idempotent_writes;
}

/*
 * Do the server's writes of this kind take a token?  Then they can't return
 * the item, as TransactWriteItems doesn't.
 */
bool
ddb_write_takes_token(Oid serverid, DdbWriteKind kind)
{
	return kind != DDB_WRITE_ABSOLUTE && is_idempotent(serverid);
}

/* The operation that carries such a write, for EXPLAIN; palloc'd. */
char *
ddb_write_operation_name(Oid serverid, CmdType operation, DdbWriteKind kind)
{
	DdbActionKind action = operation == CMD_INSERT ? DDB_ACTION_PUT :
		operation == CMD_UPDATE ? DDB_ACTION_UPDATE : DDB_ACTION_DELETE;

	return psprintf(ddb_write_takes_token(serverid, kind) ?
					"TransactWriteItems (%s)" : "%s",
					ddb_action_operation_name(action));
}

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
	writer->idempotent = is_idempotent(serverid);
	writer->context = CurrentMemoryContext;
	writer->usage.table_name = map->options.table_name;
	writer->writes = AllocSetContextCreate(CurrentMemoryContext,
										   "dynamodb_fdw writes",
										   ALLOCSET_SMALL_SIZES);
	writer->scratch = AllocSetContextCreate(CurrentMemoryContext,
											"dynamodb_fdw written row",
											ALLOCSET_DEFAULT_SIZES);
	writer->callback.func = forget_writer;
	writer->callback.arg = writer;
	dlist_push_tail(&writers, &writer->node);
	MemoryContextRegisterResetCallback(writer->context, &writer->callback);
	return writer;
}

/* What the writes have taken so far; lives as long as the writer. */
const DdbUsage *
ddb_write_get_usage(const DdbWriter *writer)
{
	return &writer->usage;
}

/*
 * A write without its item, key and expressions yet, in a memory context of
 * its own, which is where they should be.
 */
DdbWrite *
ddb_write_create(DdbWriter *writer, DdbActionKind action, DdbWriteKind kind)
{
	MemoryContext context = AllocSetContextCreate(writer->writes,
												  "dynamodb_fdw write",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext oldcontext = MemoryContextSwitchTo(context);
	DdbWrite   *write = palloc0_object(DdbWrite);

	write->context = context;
	write->writer = writer;
	write->kind = kind;
	write->action.kind = action;
	write->action.table_name = writer->map->options.table_name;
	write->nitems = 1;
	ddb_expression_init(&write->action.expression);
	MemoryContextSwitchTo(oldcontext);
	return write;
}

/*
 * One BatchWriteItem for several puts and deletes, which have different keys,
 * no condition, and live at least as long.
 */
DdbWrite *
ddb_write_create_batch(DdbWriter *writer, List *writes)
{
	const DdbWrite *first = linitial(writes);
	DdbWrite   *batch = ddb_write_create(writer, first->action.kind,
										 DDB_WRITE_ABSOLUTE);

	batch->key = first->key;
	batch->batch = writes;
	batch->nitems = list_length(writes);
	return batch;
}

/* Frees a write that isn't in flight, with its answer. */
void
ddb_write_release(DdbWrite *write)
{
	Assert(write->state != DDB_WRITE_IN_FLIGHT);
	MemoryContextDelete(write->context);
}

static DdbClient *
get_client(DdbWriter *writer)
{
	if (writer->client == NULL)
	{
		DdbClient  *client = ddb_session_get_client(writer->serverid,
													writer->userid);

		ddb_client_hold(client, writer->context);
		writer->budget = ddb_pace_writes(writer->context, client, writer->map,
										 writer->serverid, writer->userid);
		writer->client = client;
	}
	return writer->client;
}

/* Thirty-two digits that nobody else has. */
static char *
make_token(void)
{
	uint64		random[2];

	if (!pg_strong_random(random, sizeof(random)))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not generate random values")));
	return psprintf("%016llx%016llx", (unsigned long long) random[0],
					(unsigned long long) random[1]);
}

/* The operation that carries the write. */
static const char *
get_operation(const DdbWrite *write)
{
	if (write->batch != NIL)
		return "BatchWriteItem";
	return write->has_token ? "TransactWriteItems" :
		ddb_action_operation_name(write->action.kind);
}

static void
render_batch(const DdbWrite *write, StringInfo body)
{
	List	   *actions = NIL;
	ListCell   *lc;

	foreach(lc, write->batch)
		actions = lappend(actions, &((DdbWrite *) lfirst(lc))->action);
	ddb_action_render_batch(actions, body);
}

/* May the client repeat a write whose answer it didn't get? */
static bool
is_repeatable(const DdbWrite *write)
{
	return write->has_token || (write->kind != DDB_WRITE_INSERT &&
								write->kind != DDB_WRITE_RELATIVE);
}

/*
 * Hands a write to the client.  A transaction's token makes its repetition
 * harmless.
 */
static void
start(DdbWriter *writer, DdbWrite *write)
{
	DdbClient  *client = get_client(writer);
	MemoryContext oldcontext = MemoryContextSwitchTo(write->context);
	StringInfoData body;

	write->has_token = write->other != NULL ||
		(writer->idempotent && write->kind != DDB_WRITE_ABSOLUTE);
	initStringInfo(&body);
	if (write->batch != NIL)
		render_batch(write, &body);
	else if (write->other != NULL)
		ddb_action_render_transaction(list_make2(&write->action,
												 write->other),
									  make_token(), &body);
	else if (write->has_token)
		ddb_action_render_transaction(list_make1(&write->action),
									  make_token(), &body);
	else
		ddb_action_render(&write->action, &body);
	write->attempts++;
	write->state = DDB_WRITE_IN_FLIGHT;
	write->expected = ddb_budget_expect_keys(writer->budget, write->nitems);
	write->call = ddb_client_start_within(client, write->context,
										  get_operation(write),
										  body.data, body.len,
										  is_repeatable(write),
										  &writer->usage, writer->budget,
										  write->expected);
	if (write->has_token)
		ddb_client_limit_repeats(write->call, DDB_ACTION_TOKEN_MS);
	pfree(body.data);
	MemoryContextSwitchTo(oldcontext);
}

/*
 * Reads the item of a write's key as it is now.  False if that can't be
 * found out; *item is MISSING if there is none.
 */
static bool
read_item(DdbWriter *writer, DdbWrite *write, DdbValue *item)
{
	DdbRequest	request;
	StringInfoData body;
	const char *names[DDB_MAX_PRIMARY_KEY];
	DdbCall    *call;
	const char *answer;
	size_t		len;
	DdbOutcome	outcome;

	for (int i = 0; i < write->key.n; i++)
		names[i] = write->key.attributes[i]->name;
	ddb_request_init(&request, DDB_GET_ITEM, write->action.table_name, NULL,
					 true);
	ddb_request_set_key(&request, write->key.n, names, write->key.values);
	initStringInfo(&body);
	ddb_request_render(&request, &body, 0, NULL, 0);
	call = ddb_client_start(writer->client, write->context, "GetItem",
							body.data, body.len, true, &writer->usage);
	if (writer->stopping)
		ddb_client_give_up(call);	/* one try */
	ddb_client_wait(call);
	if (!ddb_client_get_answer(call, &answer, &len, &write->err) ||
		!ddb_outcome_read(&outcome, answer, len, &write->err))
		return false;
	ddb_client_count(call, outcome.consumed.total, 1);
	*item = outcome.item;
	return true;
}

/*
 * Is this refusal one that the write's condition asked for?  If so, the
 * outcome says what the item is.
 */
static bool
is_refused(DdbWrite *write)
{
	DdbOutcome *outcome = &write->outcome;
	const char *name = write->err.name;
	const char *body;
	size_t		len;
	DdbError	ignored;

	if (strcmp(name, "ConditionalCheckFailedException") != 0 &&
		strcmp(name, "TransactionCanceledException") != 0)
		return false;
	if (ddb_client_get_refusal(write->call, &body, &len))
		(void) ddb_outcome_read(outcome, body, len, &ignored);
	if (strcmp(name, "ConditionalCheckFailedException") == 0)
		return true;
	for (int i = 0; i < outcome->nreasons; i++)
	{
		if (strcmp(outcome->reasons[i].code, "ConditionalCheckFailed") != 0)
			continue;
		outcome->item = outcome->reasons[i].item;
		write->refused_other = (i > 0);
		return true;
	}
	return false;
}

/*
 * Is it an item that an INSERT takes the place of: none, or one of the past?
 */
static bool
is_free(const DdbWriter *writer, const DdbValue *item)
{
	DdbPathStep step = {writer->map->ttl_attribute, 0, 0};
	DdbValue	expiry;

	if (item->type == DDB_TYPE_MISSING)
		return true;
	if (step.name == NULL)
		return false;
	step.len = strlen(step.name);
	(void) ddb_value_follow(item, &step, 1, &expiry);
	return ddb_expiry_is_past(&expiry, ddb_expiry_now());
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
	if (item.type != DDB_TYPE_MISSING &&
		ddb_equal_values(&item, &write->item))
		return false;
	if (is_free(writer, &item))
	{
		if (refused || writer->stopping ||
			write->attempts >= MAX_INSERT_ATTEMPTS)
			return false;
		start(writer, write);
		return true;
	}
	write->outcome.item = item;
	write->state = DDB_WRITE_REFUSED;
	return false;
}

/*
 * The call has ended without success.  True if the write was sent again.
 */
static bool
judge_failure(DdbWriter *writer, DdbWrite *write)
{
	bool		refused = is_refused(write);
	bool		ambiguous = write->err.ambiguous;

	if (write->kind == DDB_WRITE_INSERT && !write->has_token &&
		(ambiguous || (refused && write->attempts > 1)))
		return resolve_insert(writer, write, refused);
	if (refused && (!ambiguous || write->has_token))
		write->state = DDB_WRITE_REFUSED;
	else if (refused && write->kind != DDB_WRITE_DERIVED &&
			 write->is_reached != NULL &&
			 write->is_reached(write, &write->outcome.item))
		write->state = DDB_WRITE_DONE;
	else
		write->state = ambiguous ? DDB_WRITE_UNKNOWN : DDB_WRITE_FAILED;
	return false;
}

/* So many items of a write have an answer now; so many are written. */
static void
count_items(DdbWriter *writer, DdbWrite *write, int answered, int written)
{
	ddb_transaction_note_answered(answered, written);
	write->nitems -= answered;
	writer->nwritten += written;
}

/* Entries of UnprocessedItems: {"table": [{...}, ...]} */
static int
count_unprocessed(const DdbOutcome *outcome)
{
	DdbTokenizer tok;
	DdbToken	token;
	int			n = 0;

	if (outcome->unprocessed == NULL)
		return 0;
	ddb_token_init(&tok, outcome->unprocessed, outcome->unprocessed_len);
	ddb_token_next(&tok);
	while (ddb_token_next(&tok) == DDB_TOKEN_NAME)
	{
		ddb_token_next(&tok);
		while ((token = ddb_token_next_whole(&tok)) == DDB_TOKEN_OBJECT)
			n++;
	}
	return n;
}

/*
 * Counts what a write took.  Global indexes have a capacity of their own, so
 * what write_capacity 'auto' derives from the table's is for the table's part.
 */
static void
count_units(DdbWriter *writer, DdbWrite *write)
{
	const DdbConsumed *consumed = &write->outcome.consumed;
	double		units = consumed->total;

	writer->usage.units += consumed->total;
	writer->usage.table_units += consumed->table;
	writer->usage.index_units += consumed->index;
	ddb_client_count(write->call, units, write->other != NULL ? 2 :
					 write->nitems - Min(count_unprocessed(&write->outcome),
										 write->nitems));
	if (writer->map->options.write_capacity < 0 && consumed->table > 0)
		units = consumed->table;
	ddb_client_settle(write->call, units);
	if (write->outcome.unprocessed == NULL)
		ddb_budget_learn_keys(writer->budget, write->expected, units);
	write->expected = 0;		/* what several answers took isn't known */
}

/*
 * A batch was answered.  True if what it left undone has been asked for.
 */
static bool
go_on_with_batch(DdbWriter *writer, DdbWrite *write)
{
	int			left;
	int			done;
	StringInfoData body;
	DdbCall    *rest;

	if (write->outcome.unprocessed == NULL)
		return false;
	left = Min(count_unprocessed(&write->outcome), write->nitems);
	done = write->nitems - left;
	count_items(writer, write, done, done);
	if (writer->stopping)
	{
		write->state = DDB_WRITE_FAILED;
		return false;
	}
	initStringInfo(&body);
	ddb_request_render_rest(&body, write->outcome.unprocessed,
							write->outcome.unprocessed_len);
	rest = ddb_client_start_rest(write->call, write->context, body.data,
								 body.len, done > 0, &write->err);
	if (rest == NULL)
	{
		write->state = DDB_WRITE_FAILED;
		return false;
	}
	ddb_client_release(write->call);
	write->call = rest;
	return true;
}

/* The call has ended: what has become of the write? */
static void
settle(DdbWriter *writer, DdbWrite *write)
{
	MemoryContext oldcontext = MemoryContextSwitchTo(write->context);
	const char *body;
	size_t		len;
	bool		again = false;

	if (!ddb_client_get_answer(write->call, &body, &len, &write->err))
		again = judge_failure(writer, write);
	else if (ddb_outcome_read(&write->outcome, body, len, &write->err))
	{
		write->state = DDB_WRITE_DONE;
		count_units(writer, write);
		again = go_on_with_batch(writer, write);
	}
	else
		write->state = DDB_WRITE_UNKNOWN;	/* who knows who said 200 */
	MemoryContextSwitchTo(oldcontext);
	if (again)
	{
		write->state = DDB_WRITE_IN_FLIGHT;
		return;
	}

	writer->in_flight = list_delete_ptr(writer->in_flight, write);
	write->stopped = writer->stopping && (write->state == DDB_WRITE_FAILED ||
										  write->state == DDB_WRITE_UNKNOWN);
	if (write->state == DDB_WRITE_UNKNOWN)
		writer->nunknown += write->nitems;
	else
		count_items(writer, write, write->nitems,
					write->state == DDB_WRITE_DONE ? write->nitems : 0);
}

/* Settles whatever has ended; true if anything had. */
static bool
settle_ended(DdbWriter *writer)
{
	List	   *writes = list_copy(writer->in_flight);
	bool		any = false;
	ListCell   *lc;

	foreach(lc, writes)
	{
		DdbWrite   *write = lfirst(lc);

		if (!ddb_client_poll(write->call))
			continue;
		settle(writer, write);
		any = true;
	}
	list_free(writes);
	return any;
}

static bool
is_of_key(const DdbWrite *write, const DdbItemKey *key)
{
	ListCell   *lc;

	foreach(lc, write->batch)
	{
		if (strcmp(((DdbWrite *) lfirst(lc))->key.json, key->json) == 0)
			return true;
	}
	return strcmp(write->key.json, key->json) == 0 ||
		(write->other != NULL && strcmp(write->other_key.json, key->json) == 0);
}

/* Have two writes an item in common? */
static bool
share_item(const DdbWrite *a, const DdbWrite *b)
{
	ListCell   *lc;

	foreach(lc, b->batch)
	{
		if (is_of_key(a, &((DdbWrite *) lfirst(lc))->key))
			return true;
	}
	return is_of_key(a, &b->key) ||
		(b->other != NULL && is_of_key(a, &b->other_key));
}

/* A write in flight of the same item. */
static DdbWrite *
lookup_same(const DdbWriter *writer, const DdbWrite *write)
{
	ListCell   *lc;

	foreach(lc, writer->in_flight)
	{
		if (share_item(lfirst(lc), write))
			return lfirst(lc);
	}
	return NULL;
}

/*
 * Waits, interruptibly, until fewer than `concurrency` are in flight and none
 * of the same item is.  Those that have an outcome then should be looked at
 * before the write is sent: if one has failed, it shouldn't be.
 */
void
ddb_write_await_room(DdbWriter *writer, const DdbWrite *write)
{
	DdbWrite   *same;

	(void) get_client(writer);	/* may raise: nothing has been sent then */
	while ((same = lookup_same(writer, write)) != NULL)
		ddb_write_wait(writer, same);
	while (list_length(writer->in_flight) >= writer->map->options.concurrency)
	{
		if (!settle_ended(writer))
			ddb_client_wait_for_any();
	}
}

/*
 * Sends a write, as soon as there is room.  What goes wrong is the outcome of
 * the write that it happens to.
 */
void
ddb_write_send(DdbWriter *writer, DdbWrite *write)
{
	MemoryContext oldcontext;

	ddb_write_await_room(writer, write);
	ddb_transaction_note_sent(write->action.table_name, write->nitems);
	oldcontext = MemoryContextSwitchTo(writer->context);
	writer->in_flight = lappend(writer->in_flight, write);
	MemoryContextSwitchTo(oldcontext);
	start(writer, write);
}

/*
 * Instead of sending a write, reads the item of its key: the outcome is as if
 * it had been refused for that item.
 */
void
ddb_write_read_item(DdbWriter *writer, DdbWrite *write)
{
	MemoryContext oldcontext = MemoryContextSwitchTo(write->context);

	(void) get_client(writer);
	if (read_item(writer, write, &write->outcome.item))
		write->state = DDB_WRITE_REFUSED;
	else
		write->state = DDB_WRITE_FAILED;
	MemoryContextSwitchTo(oldcontext);
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

/*
 * The statement has failed: nothing more is sent, and what is in flight is
 * waited for, which takes request_timeout at most.  Interruptibly: what has no
 * answer then may have been written.
 */
void
ddb_write_stop(DdbWriter *writer)
{
	ListCell   *lc;

	writer->stopping = true;
	foreach(lc, writer->in_flight)
	{
		DdbWrite   *write = lfirst(lc);

		if (write->state == DDB_WRITE_IN_FLIGHT && write->call != NULL)
		{
			ddb_client_give_up(write->call);
			continue;
		}
		/* an error, for lack of memory perhaps, was what it met here */
		write->state = DDB_WRITE_UNKNOWN;
		writer->nunknown += write->nitems;
		writer->in_flight = foreach_delete_current(writer->in_flight, lc);
	}
	ddb_write_drain(writer);
}

pg_noreturn static void report_unknown(const DdbWriter *writer,
									   const DdbWrite *write);

static void
report_unknown(const DdbWriter *writer, const DdbWrite *write)
{
	char	   *words = write->batch != NIL ? NULL :
		ddb_write_key_words(writer, &write->key);

	CHECK_FOR_INTERRUPTS();
	ereport(ERROR,
			(errcode(ERRCODE_TRANSACTION_RESOLUTION_UNKNOWN),
			 errmsg("could not find out whether an item of DynamoDB table \"%s\" was written",
					write->action.table_name),
			 words != NULL ?
			 errdetail("Key %s.  %s", words, write->err.message) :
			 errdetail("%s", write->err.message),
			 write->has_token || write->kind == DDB_WRITE_ABSOLUTE ?
			 errhint("Read the item before writing it again.") :
			 errhint("Read the item before writing it again.  With idempotent_writes, such writes are repeated safely.")));
}

pg_noreturn static void report_failed(const DdbWrite *write);

static void
report_failed(const DdbWrite *write)
{
	DdbError	err = write->err;
	char	   *hint;

	if (err.sqlerrcode == ERRCODE_T_R_SERIALIZATION_FAILURE)
	{
		err.sqlerrcode = ddb_transaction_judge_conflict(&hint);
		err.hint = hint;
	}
	ddb_error_report(&err, get_operation(write), write->action.table_name);
}

/*
 * Raises if a write has failed, or may have; after all others that are in
 * flight have an answer.  DONE and REFUSED are for the caller to judge, and
 * who has stopped the others has the error that is to be raised.
 */
void
ddb_write_check(DdbWriter *writer, const DdbWrite *write)
{
	if (write->stopped || (write->state != DDB_WRITE_FAILED &&
						   write->state != DDB_WRITE_UNKNOWN))
		return;
	ddb_write_stop(writer);
	if (write->state == DDB_WRITE_UNKNOWN)
		report_unknown(writer, write);
	report_failed(write);
}

/*
 * A key as people read it; NULL for whom may not read it.
 */
char *
ddb_write_key_words(const DdbWriter *writer, const DdbItemKey *key)
{
	Oid			relid = writer->map->relid;

	if (pg_class_aclcheck(relid, writer->userid, ACL_SELECT) != ACLCHECK_OK)
	{
		for (int i = 0; i < key->n; i++)
		{
			const DdbColumn *column =
				ddb_column_lookup_attribute(writer->map,
											key->attributes[i]->name);

			if (column == NULL ||
				pg_attribute_aclcheck(relid, column->attnum, writer->userid,
									  ACL_SELECT) != ACLCHECK_OK)
				return NULL;
		}
	}
	return ddb_row_key_words(writer->map, key);
}

/* What a unique violation is to an ordinary table. */
void
ddb_write_report_duplicate(const DdbWriter *writer, const DdbItemKey *key)
{
	char	   *words = ddb_write_key_words(writer, key);

	ereport(ERROR,
			(errcode(ERRCODE_UNIQUE_VIOLATION),
			 errmsg("duplicate key value violates the key of DynamoDB table \"%s\"",
					writer->map->options.table_name),
			 words != NULL ? errdetail("Key %s already exists.", words) : 0));
}

/* Items that have been sent and have no answer yet. */
static int64
count_in_flight(const DdbWriter *writer)
{
	int64		n = 0;
	ListCell   *lc;

	foreach(lc, writer->in_flight)
		n += ((DdbWrite *) lfirst(lc))->nitems;
	return n;
}

/* How many items stand, in words; NULL if there are none.  palloc'd. */
static char *
describe(const DdbWriter *writer)
{
	int64		in_doubt = writer->nunknown + count_in_flight(writer);

	if (in_doubt > 0)
		return psprintf(_("items of DynamoDB table \"%s\" that this statement had written: %lld, and up to %lld more may have been"),
						writer->map->options.table_name,
						(long long) writer->nwritten, (long long) in_doubt);
	if (writer->nwritten > 0)
		return psprintf(_("items of DynamoDB table \"%s\" that this statement had written: %lld"),
						writer->map->options.table_name,
						(long long) writer->nwritten);
	return NULL;
}

/*
 * Error context callback.  Where the statement is watched, this is added once
 * what is in flight has been waited for; but not even the watch comes to know
 * of an error that ends the backend.
 */
static void
add_context(void *arg)
{
	DdbWriter  *writer = arg;
	char	   *words;

	if (ddb_watch_is_watched(writer->context) &&
		!ddb_watch_is_end(geterrcode()))
		return;
	words = describe(writer);
	if (words != NULL)
		errcontext("%s", words);
	writer->told = true;
}

/* Does a statement write through us? */
bool
ddb_write_is_any(MemoryContext statement)
{
	dlist_iter	iter;

	dlist_foreach(iter, &writers)
	{
		if (dlist_container(DdbWriter, node, iter.cur)->context == statement)
			return true;
	}
	return false;
}

/* Stops all that a statement writes: see ddb_write_stop(). */
void
ddb_write_stop_all(MemoryContext statement)
{
	dlist_iter	iter;

	dlist_foreach(iter, &writers)
	{
		DdbWriter  *writer = dlist_container(DdbWriter, node, iter.cur);

		if (writer->context == statement)
			ddb_write_stop(writer);
	}
}

/*
 * What a statement has written, for its error, a line a table; NULL if that
 * is nothing, or has been said.  palloc'd.
 */
char *
ddb_write_describe(MemoryContext statement)
{
	StringInfoData text;
	dlist_iter	iter;

	initStringInfo(&text);
	dlist_foreach(iter, &writers)
	{
		DdbWriter  *writer = dlist_container(DdbWriter, node, iter.cur);
		char	   *words;

		if (writer->context != statement || writer->told)
			continue;
		words = describe(writer);
		if (words != NULL)
			appendStringInfo(&text, "%s%s", text.len > 0 ? "\n" : "", words);
	}
	return text.len > 0 ? text.data : NULL;
}

void
ddb_write_enter(DdbWriter *writer, DdbWriteEntry *entry)
{
	writer->told = false;
	entry->callback.callback = add_context;
	entry->callback.arg = writer;
	entry->callback.previous = error_context_stack;
	error_context_stack = &entry->callback;
	MemoryContextReset(writer->scratch);
	entry->oldcontext = MemoryContextSwitchTo(writer->scratch);
}

void
ddb_write_leave(DdbWriteEntry *entry)
{
	MemoryContextSwitchTo(entry->oldcontext);
	error_context_stack = entry->callback.previous;
}
