/*-------------------------------------------------------------------------
 *
 * insert.c
 *	  INSERT and COPY FROM.
 *
 * A row is put where there is no item of its key; if there is one, that is
 * what a unique violation is to an ordinary table.  All rows that the
 * executor hands over at a time are checked before the first one is sent,
 * and all are answered before the call returns: what it says was inserted
 * stands.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/executor.h"
#include "fdw/insert.h"
#include "fdw/modify.h"
#include "mapping/expiry.h"
#include "utils/rel.h"

/*
 * "attribute_not_exists(#0)": there is no item of this key, or none that is a
 * row.
 */
static char *
build_condition(const DdbModify *modify, DdbExpression *expression)
{
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfoString(&text, "attribute_not_exists(");
	ddb_expression_append_name(expression, &text,
							   modify->map->schema->primary.partition[0].name);
	appendStringInfoChar(&text, ')');
	if (modify->map->ttl_attribute != NULL)
	{
		appendStringInfoString(&text, " OR ");
		ddb_expiry_append_is_past(expression, &text,
								  modify->map->ttl_attribute);
	}
	return text.data;
}

/* Makes the write of a row; raises what DynamoDB would refuse. */
static DdbWrite *
build_write(DdbModify *modify, TupleTableSlot *slot)
{
	DdbWrite   *write = ddb_write_create(modify->writer, DDB_ACTION_PUT,
										 DDB_WRITE_INSERT);
	MemoryContext oldcontext;
	DdbRowItem	item;

	slot_getallattrs(slot);
	oldcontext = MemoryContextSwitchTo(write->context);
	ddb_row_to_item(modify->map, slot->tts_values, slot->tts_isnull, &item);
	write->action.item = item.json;
	write->item = item.value;
	write->key = item.key;
	write->action.condition = build_condition(modify,
											  &write->action.expression);
	MemoryContextSwitchTo(oldcontext);
	return write;
}

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

/*
 * Sends rows, until one fails, and waits for the answers.  Raises for the
 * first that failed, in the order of the rows.
 */
static void
send_all(DdbModify *modify, DdbWrite **writes, int n)
{
	int			nsent = 0;
	bool		failed = false;

	while (nsent < n && !failed)
	{
		ddb_write_send(modify->writer, writes[nsent++]);
		for (int i = 0; i < nsent && !failed; i++)
			failed = has_failed(modify, writes[i]);
	}
	ddb_write_drain(modify->writer);
	for (int i = 0; i < nsent; i++)
	{
		ddb_write_check(modify->writer, writes[i]);
		if (is_conflict(modify, writes[i]))
			ddb_write_report_duplicate(modify->writer, &writes[i]->key);
	}
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
	DdbWrite  **writes = palloc(sizeof(DdbWrite *) * *numSlots);
	TupleTableSlot **inserted = palloc(sizeof(TupleTableSlot *) * *numSlots);
	ErrorContextCallback callback;
	int			n = 0;

	ddb_write_enter(modify->writer, &callback);
	for (int i = 0; i < *numSlots; i++)
	{
		ddb_modify_check_row(relinfo, slots[i], estate, false);
		writes[i] = build_write(modify, slots[i]);
	}
	send_all(modify, writes, *numSlots);
	for (int i = 0; i < *numSlots; i++)
	{
		if (writes[i]->state == DDB_WRITE_DONE)
		{
			if (ddb_modify_wants_row(relinfo))
				ddb_modify_fill_slot(modify, slots[i], &writes[i]->item);
			inserted[n++] = slots[i];
		}
		ddb_write_release(writes[i]);
	}
	ddb_write_leave(&callback);
	pfree(writes);
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
