/*-------------------------------------------------------------------------
 *
 * insert.c
 *	  INSERT and COPY FROM.
 *
 * A row is put where there is no item of its key; if there is one, that is
 * what a unique violation is to an ordinary table.  With insert_mode
 * 'replace' it is put in any case, many at a time by BatchWriteItem; the last
 * row of a key wins.  With 'upsert' the columns that the statement names are
 * set in the item, if there is one.  ON CONFLICT DO NOTHING means what it
 * says in each mode.
 *
 * All rows that the executor hands over at a time are checked before the
 * first one is sent, and all are answered before the call returns: what it
 * says was inserted stands.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "executor/executor.h"
#include "fdw/insert.h"
#include "fdw/modify.h"
#include "fdw/update.h"
#include "utils/rel.h"

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

/* Columns that an upsert sets: those that the statement names. */
static Bitmapset *
get_named_columns(ResultRelInfo *relinfo, EState *estate)
{
	TupleDesc	tupdesc = RelationGetDescr(relinfo->ri_RelationDesc);
	const TriggerDesc *triggers = relinfo->ri_TrigDesc;
	Bitmapset  *named = bms_copy(ExecGetInsertedCols(relinfo, estate));

	for (int i = 0; i < tupdesc->natts; i++)
	{
		/* a trigger may have set any */
		if (TupleDescAttr(tupdesc, i)->attgenerated != '\0' ||
			(triggers != NULL && triggers->trig_insert_before_row))
			named = bms_add_member(named, i + 1 -
								   FirstLowInvalidHeapAttributeNumber);
	}
	return named;
}

/* "SET #0 = :0, #1 = :1 REMOVE #2", but for the key; NULL if nothing is set. */
static char *
build_upsert_expression(const DdbModify *modify, const DdbRowItem *item,
						const List *removed, DdbExpression *expression)
{
	StringInfoData set;
	StringInfoData remove;
	DdbValueIterator it;
	DdbValue	member;
	const char *name;
	size_t		namelen;
	ListCell   *lc;

	initStringInfo(&set);
	initStringInfo(&remove);
	ddb_value_iterate(&it, &item->value);
	while (ddb_value_next(&it, &member, &name, &namelen))
	{
		DdbPathStep step = ddb_row_make_step(name, namelen);

		if (ddb_row_is_key(modify->map, step.name))
			continue;
		if (set.len > 0)
			appendStringInfoString(&set, ", ");
		ddb_expression_append_name(expression, &set, step.name);
		appendStringInfoString(&set, " = ");
		ddb_expression_append_value(expression, &set, &member);
	}
	foreach(lc, removed)
	{
		if (remove.len > 0)
			appendStringInfoString(&remove, ", ");
		ddb_expression_append_name(expression, &remove, lfirst(lc));
	}
	if (set.len == 0 && remove.len == 0)
		return NULL;
	return ddb_expression_join_update(set.data, remove.data);
}

/* A place in a document can't be set where there may be no document. */
static void
check_path(const DdbModify *modify, const DdbColumn *column)
{
	if (column->nsteps > 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cannot upsert column \"%s\" of foreign table \"%s\"",
						column->name, modify->map->relname),
				 errdetail("It shows a place in a document, and whether the document is there isn't known."),
				 errhint("Name the other columns and UPDATE this one.")));
}

/* An item that may be there can't be gone on with where it has to be known. */
static void
check_upsert(const DdbTableMap *map)
{
	if (map->options.version_attribute != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cannot upsert into foreign table \"%s\"",
						map->relname),
				 errdetail("It has a version_attribute, and the version of an item that may be there isn't known."),
				 errhint("Use insert_mode insert, and UPDATE.")));
	if (map->ttl_attribute != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cannot upsert into foreign table \"%s\"",
						map->relname),
				 errdetail("It has a ttl_attribute, and whether the time of an item that may be there has passed isn't known."),
				 errhint("Use insert_mode insert or replace, and UPDATE.")));
}

/* The write of a row in mode 'upsert'. */
static DdbWrite *
build_upsert(DdbModify *modify, ResultRelInfo *relinfo, EState *estate,
			 TupleTableSlot *slot)
{
	const DdbTableMap *map = modify->map;
	DdbWrite   *write = ddb_write_create(modify->writer, DDB_ACTION_UPDATE,
										 DDB_WRITE_ABSOLUTE);
	MemoryContext oldcontext = MemoryContextSwitchTo(write->context);
	Bitmapset  *named = get_named_columns(relinfo, estate);
	bool	   *unnamed = palloc(sizeof(bool) * Max(map->natts, 1));
	List	   *removed = NIL;
	DdbRowItem	item;

	check_upsert(map);
	slot_getallattrs(slot);
	for (int i = 0; i < map->natts; i++)
	{
		const DdbColumn *column = map->columns[i];

		unnamed[i] = !bms_is_member(i + 1 - FirstLowInvalidHeapAttributeNumber,
									named);
		if (column != NULL && !unnamed[i])
			check_path(modify, column);
	}
	ddb_row_to_item(map, slot->tts_values, slot->tts_isnull, unnamed, &item);
	for (int i = 0; i < map->natts; i++)
	{
		const DdbColumn *column = map->columns[i];

		if (column != NULL && !column->whole_item && !unnamed[i] &&
			!ddb_row_has_attribute(&item, column->attribute))
			removed = lappend(removed, column->attribute);
	}
	write->action.item = item.key.json;
	write->action.update = build_upsert_expression(modify, &item, removed,
												   &write->action.expression);
	if (ddb_modify_wants_row(relinfo))
		write->action.returns = "ALL_NEW";
	write->item = item.value;
	write->key = item.key;
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
 * Waits for the answers to rows, or batches of them, that were sent.  When
 * one has failed, the others are stopped.
 */
static void
await_all(DdbModify *modify, DdbWrite **writes, int n)
{
	bool		failed = false;

	for (int i = 0; i < n && !failed; i++)
		failed = has_failed(modify, writes[i]);
	for (int i = 0; i < n && !failed; i++)
	{
		ddb_write_wait(modify->writer, writes[i]);
		failed = has_failed(modify, writes[i]);
	}
	if (failed)
		ddb_write_stop(modify->writer);
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
	await_all(modify, writes, nsent);
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
	DdbWrite  **sent = palloc(sizeof(DdbWrite *) * n);
	int			nsent = 0;
	bool		failed = false;
	List	   *batch = NIL;
	Size		size = 0;

	for (int i = 0; i < n && !failed; i++)
	{
		batch = add_to_batch(batch, writes[i]);
		size += strlen(writes[i]->action.item);
		if (i + 1 < n && list_length(batch) < DDB_WRITE_BATCH_ITEMS &&
			size < DDB_WRITE_BATCH_BYTES)
			continue;
		sent[nsent] = ddb_write_create_batch(modify->writer, batch);
		ddb_write_send(modify->writer, sent[nsent++]);
		for (int j = 0; j < nsent && !failed; j++)
			failed = has_failed(modify, sent[j]);
		batch = NIL;
		size = 0;
	}
	await_all(modify, sent, nsent);
	for (int i = 0; i < nsent; i++)
		take_outcome(modify, sent[i]);
	for (int i = 0; i < nsent; i++)
		ddb_write_release(sent[i]);
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
	DdbWriteEntry entry;
	int			n = 0;

	ddb_write_enter(modify->writer, &entry);
	for (int i = 0; i < *numSlots; i++)
	{
		ddb_modify_check_row(relinfo, slots[i], estate, false);
		writes[i] = modify->insert_mode == DDB_INSERT_UPSERT ?
			build_upsert(modify, relinfo, estate, slots[i]) :
			build_write(modify, slots[i]);
	}
	if (modify->insert_mode == DDB_INSERT_REPLACE && *numSlots > 1)
		send_batches(modify, writes, *numSlots);
	else
		send_all(modify, writes, *numSlots);
	for (int i = 0; i < *numSlots; i++)
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
	ddb_write_leave(&entry);
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
