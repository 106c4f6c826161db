/*-------------------------------------------------------------------------
 *
 * insert.c
 *	  INSERT and COPY FROM.
 *
 * A row is put where there is no item of its key; if there is one, that is
 * what a unique violation is to an ordinary table.  With insert_mode
 * 'replace' it is put in any case, many at a time by BatchWriteItem; the last
 * row of a key wins.  For 'upsert' see upsert.c.  ON CONFLICT DO NOTHING
 * means what it says in each mode.
 *
 * All rows that the executor hands over at a time are checked before the
 * first one is sent, and all are answered before the call returns: what it
 * says was inserted stands.  Where they are many and large, not all items are
 * kept from the check till then, but made again.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/executor.h"
#include "fdw/insert.h"
#include "fdw/modify.h"
#include "fdw/snapshot.h"
#include "fdw/update.h"
#include "fdw/upsert.h"
#include "utils/rel.h"

/*
 * Bytes of items that are kept as they are sent.  What a request holds comes
 * on top, as do the rows themselves, which are the executor's.
 */
#define MAX_KEPT (32 * 1024 * 1024)

/* Makes the write of a row; raises what DynamoDB would refuse. */
static DdbWrite *
build_write(DdbModify *modify, TupleTableSlot *slot)
{
	bool		replaces = modify->insert_mode == DDB_INSERT_REPLACE;
	DdbWrite   *write = ddb_write_create(modify->writer, DDB_ACTION_PUT,
										 replaces ? DDB_WRITE_ABSOLUTE :
										 DDB_WRITE_INSERT);
	MemoryContext oldcontext;
	DdbRowItem	item;

	slot_getallattrs(slot);
	oldcontext = MemoryContextSwitchTo(write->context);
	ddb_row_to_item(modify->map, slot->tts_values, slot->tts_isnull, NULL,
					&item);
	write->action.item = item.json;
	write->item = item.value;
	write->key = item.key;
	if (!replaces)
		write->action.condition =
			ddb_modify_build_free(modify, &write->action.expression);
	MemoryContextSwitchTo(oldcontext);
	return write;
}

/* Rows, or batches of them, on their way. */
typedef struct Sending
{
	List	   *pending;		/* DdbWrite, sent, and not looked at since */
	bool		failed;			/* one of the others has */
} Sending;

/* Is this a row that wasn't inserted because it is there? */
static bool
is_conflict(const DdbModify *modify, const DdbWrite *write)
{
	return write->state == DDB_WRITE_REFUSED && !modify->skips_conflicts;
}

static bool
has_failed(const DdbModify *modify, const DdbWrite *write)
{
	return write->state == DDB_WRITE_FAILED ||
		write->state == DDB_WRITE_UNKNOWN || is_conflict(modify, write);
}

/* Looks at those that have an answer now: has one failed so far? */
static bool
any_failed(const DdbModify *modify, Sending *sending)
{
	ListCell   *lc;

	foreach(lc, sending->pending)
	{
		const DdbWrite *write = lfirst(lc);

		if (write->state == DDB_WRITE_IN_FLIGHT)
			continue;
		sending->failed |= has_failed(modify, write);
		sending->pending = foreach_delete_current(sending->pending, lc);
	}
	return sending->failed;
}

/* Sends a row, or a batch, if none of those before it has failed. */
static bool
send_next(DdbModify *modify, Sending *sending, DdbWrite *write)
{
	ddb_write_await_room(modify->writer, write);
	if (any_failed(modify, sending))
		return false;
	ddb_write_send(modify->writer, write);
	sending->pending = lappend(sending->pending, write);
	return true;
}

/*
 * Waits for the answers to what was sent.  When one has failed, the others
 * are stopped.
 */
static void
await_all(DdbModify *modify, Sending *sending)
{
	while (!any_failed(modify, sending) && sending->pending != NIL)
		ddb_write_wait(modify->writer, linitial(sending->pending));
	if (sending->failed)
		ddb_write_stop(modify->writer);
}

/*
 * Sends rows, until one fails, and waits for the answers.  Raises for the
 * first that failed, in the order of the rows.
 */
static void
send_all(DdbModify *modify, DdbWrite **writes, int n)
{
	Sending		sending = {0};
	int			nsent = 0;

	while (nsent < n && send_next(modify, &sending, writes[nsent]))
		nsent++;
	await_all(modify, &sending);
	for (int i = 0; i < nsent; i++)
	{
		ddb_write_check(modify->writer, writes[i]);
		if (is_conflict(modify, writes[i]))
			ddb_write_report_duplicate(modify->writer, &writes[i]->key);
	}
}

/* Takes the write of a batch for what became of the batch. */
static void
take_outcome(DdbModify *modify, const DdbWrite *batch)
{
	ListCell   *lc;

	ddb_write_check(modify->writer, batch);
	foreach(lc, batch->batch)
		((DdbWrite *) lfirst(lc))->state = batch->state;
}

/* Puts a row into a batch, in place of an earlier one of the same key. */
static List *
add_to_batch(List *batch, DdbWrite *write)
{
	ListCell   *lc;

	foreach(lc, batch)
	{
		DdbWrite   *other = lfirst(lc);

		if (strcmp(other->key.json, write->key.json) != 0)
			continue;
		other->state = DDB_WRITE_DONE;	/* and replaced at once */
		lfirst(lc) = write;
		return batch;
	}
	return lappend(batch, write);
}

/*
 * Sends rows by BatchWriteItem, until one fails, and waits for the answers.
 */
static void
send_batches(DdbModify *modify, DdbWrite **writes, int n)
{
	Sending		sending = {0};
	List	   *sent = NIL;
	List	   *batch = NIL;
	Size		size = 0;
	ListCell   *lc;

	for (int i = 0; i < n; i++)
	{
		DdbWrite   *write;

		batch = add_to_batch(batch, writes[i]);
		size += strlen(writes[i]->action.item);
		if (i + 1 < n && list_length(batch) < DDB_WRITE_BATCH_ITEMS &&
			size < DDB_WRITE_BATCH_BYTES)
			continue;
		write = ddb_write_create_batch(modify->writer, batch);
		if (!send_next(modify, &sending, write))
			break;
		sent = lappend(sent, write);
		batch = NIL;
		size = 0;
	}
	await_all(modify, &sending);
	foreach(lc, sent)
		take_outcome(modify, lfirst(lc));
	foreach(lc, sent)
		ddb_write_release(lfirst(lc));
}

static DdbWrite *
build(DdbModify *modify, ResultRelInfo *relinfo, EState *estate,
	  TupleTableSlot *slot)
{
	return modify->insert_mode == DDB_INSERT_UPSERT ?
		ddb_upsert_build(modify, relinfo, estate, slot) :
		build_write(modify, slot);
}

/*
 * Checks all rows, and makes as many writes of them as may be kept; the
 * others are NULL.
 */
static void
check_all(DdbModify *modify, ResultRelInfo *relinfo, EState *estate,
		  TupleTableSlot **slots, DdbWrite **writes, int n)
{
	Size		kept = 0;

	for (int i = 0; i < n; i++)
	{
		ddb_modify_check_row(relinfo, slots[i], estate, false);
		writes[i] = build(modify, relinfo, estate, slots[i]);
		kept += strlen(writes[i]->action.item);
		if (kept > MAX_KEPT)
		{
			ddb_write_release(writes[i]);
			writes[i] = NULL;
		}
	}
}

/*
 * Makes the writes from this row on, as many as may be kept at a time; the
 * row behind them.
 */
static int
build_some(DdbModify *modify, ResultRelInfo *relinfo, EState *estate,
		   TupleTableSlot **slots, DdbWrite **writes, int start, int n)
{
	Size		kept = 0;
	int			i;

	for (i = start; i < n && kept <= MAX_KEPT; i++)
	{
		if (writes[i] == NULL)
			writes[i] = build(modify, relinfo, estate, slots[i]);
		kept += strlen(writes[i]->action.item);
	}
	return i;
}

/*
 * Inserts rows.  *numSlots becomes the number of those that were, and their
 * slots are returned: with ON CONFLICT DO NOTHING some may not have been.
 */
TupleTableSlot **
dynamodbExecForeignBatchInsert(EState *estate, ResultRelInfo *relinfo,
							   TupleTableSlot **slots,
							   TupleTableSlot **planSlots, int *numSlots)
{
	DdbModify  *modify = relinfo->ri_FdwState;
	DdbWriteEntry entry;
	DdbWrite  **writes;
	TupleTableSlot **inserted;
	int			n = 0;
	int			end;

	ddb_snapshot_take(estate, modify->map->options.table_name);
	ddb_write_enter(modify->writer, &entry);
	writes = palloc(sizeof(DdbWrite *) * *numSlots);
	inserted = palloc(sizeof(TupleTableSlot *) * *numSlots);
	check_all(modify, relinfo, estate, slots, writes, *numSlots);
	ddb_modify_evaluate_subselects(relinfo->ri_returningList,
								   GetPerTupleExprContext(estate));
	for (int start = 0; start < *numSlots; start = end)
	{
		end = build_some(modify, relinfo, estate, slots, writes, start,
						 *numSlots);
		if (modify->insert_mode == DDB_INSERT_REPLACE && *numSlots > 1)
			send_batches(modify, writes + start, end - start);
		else
			send_all(modify, writes + start, end - start);
		for (int i = start; i < end; i++)
		{
			if (writes[i]->state == DDB_WRITE_DONE)
			{
				if (ddb_modify_wants_row(relinfo))
					ddb_modify_fill_slot(modify, slots[i],
										 ddb_update_get_result(writes[i]));
				inserted[n++] = slots[i];
			}
			ddb_write_release(writes[i]);
		}
	}
	ddb_write_leave(&entry);
	*numSlots = n;
	return inserted;
}

/*
 * Inserts one row.  NULL if it is there already, which ON CONFLICT DO NOTHING
 * lets pass.
 */
TupleTableSlot *
dynamodbExecForeignInsert(EState *estate, ResultRelInfo *relinfo,
						  TupleTableSlot *slot, TupleTableSlot *planSlot)
{
	int			n = 1;
	TupleTableSlot **inserted =
		dynamodbExecForeignBatchInsert(estate, relinfo, &slot, &planSlot, &n);

	return n == 1 ? inserted[0] : NULL;
}
