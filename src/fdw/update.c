/*-------------------------------------------------------------------------
 *
 * update.c
 *	  UPDATE and DELETE, row by row.
 *
 * The row was read a moment ago.  The write says what was true of the item
 * then: that it was there; WHERE, as far as DynamoDB understands it (see
 * where.c); and the values, as DynamoDB has them, of whatever else the
 * decision used.  If that is no longer so, the item is gone, or WHERE isn't
 * true of it any more (and the row is left out, as READ COMMITTED has it), or
 * somebody else has changed it, which is an error: a serialization failure as
 * long as nothing stands that this transaction wrote, so that it can be
 * repeated as a whole.
 *
 * An update sets what it assigns, even where that is what was read, as
 * somebody else may have changed it since; not what is compared, which stays
 * unless it changes.  A changed key is another item: see move.c.
 *
 * Where nobody wants the row back, writes are in flight while the next rows
 * are read.  Rows that turn out to be gone have been counted by then, so the
 * count is put right; all of that before it is told.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "dynamodb/diff.h"
#include "dynamodb/equal.h"
#include "executor/executor.h"
#include "fdw/cookie.h"
#include "fdw/move.h"
#include "fdw/snapshot.h"
#include "fdw/transaction.h"
#include "fdw/update.h"
#include "mapping/change.h"
#include "mapping/text.h"
#include "utils/rel.h"

/* A comparison and the AND before it. */
#define COMPARISON_OPERATORS 2
#define MAX_COMPARED (DDB_MAX_OPERATORS / COMPARISON_OPERATORS)

/*
 * What a comparison may take of an expression's bytes, at most, and a step of
 * its path: " AND attribute_not_exists(#1000)", ".#1000".
 */
#define COMPARISON_BYTES 36
#define STEP_BYTES 8

pg_noreturn static void report_too_many(const DdbModify *modify);

static void
report_too_many(const DdbModify *modify)
{
	ereport(ERROR,
			(errcode(ERRCODE_TOO_MANY_COLUMNS),
			 errmsg("too many columns of foreign table \"%s\" would have to be compared",
					modify->map->relname),
			 errdetail("DynamoDB takes conditions of up to %d bytes; this one would compare %d columns.",
					   DDB_MAX_EXPRESSION_BYTES,
					   list_length(list_union_int(modify->compared,
												  modify->where_columns))),
			 errhint("Use fewer columns in WHERE, SET and RETURNING, or drop the row triggers.")));
}

/* "#0 = :0", or that there is nothing */
static void
append_comparison(StringInfo text, DdbExpression *expression,
				  const char *attribute, const DdbPathStep *steps, int nsteps,
				  const DdbValue *value)
{
	appendStringInfoString(text, " AND ");
	if (value->type == DDB_TYPE_MISSING)
		appendStringInfoString(text, "attribute_not_exists(");
	ddb_expression_append_path(expression, text, attribute, steps, nsteps);
	if (value->type == DDB_TYPE_MISSING)
		appendStringInfoChar(text, ')');
	else
	{
		appendStringInfoString(text, " = ");
		ddb_expression_append_value(expression, text, value);
	}
}

/* Compares what the column with attribute_name '*' showed. */
static int
append_rest(const DdbModify *modify, const DdbValue *item, StringInfo text,
			DdbExpression *expression)
{
	DdbValueIterator it;
	DdbValue	member;
	const char *name;
	size_t		namelen;
	int			n = 0;

	ddb_value_iterate(&it, item);
	while (ddb_value_next(&it, &member, &name, &namelen))
	{
		DdbPathStep step = ddb_row_make_step(name, namelen);

		if (ddb_column_lookup_attribute(modify->map, step.name) != NULL)
			continue;
		append_comparison(text, expression, step.name, NULL, 0, &member);
		n++;
	}
	return n;
}

/* Compares columns; returns how many comparisons that made. */
static int
append_comparisons(const DdbModify *modify, const List *columns,
				   const DdbValue *item, StringInfo text,
				   DdbExpression *expression)
{
	ListCell   *lc;
	int			n = 0;

	foreach(lc, columns)
	{
		const DdbColumn *column = modify->map->columns[lfirst_int(lc) - 1];
		DdbValue	value;

		if (column->whole_item)
		{
			n += append_rest(modify, item, text, expression);
			continue;
		}
		ddb_row_follow_column(column, item, &value);
		append_comparison(text, expression, column->attribute,
						  column->steps, column->nsteps, &value);
		n++;
	}
	return n;
}

/* The version that was read is the item's still. */
static void
append_version(const DdbModify *modify, const DdbValue *item, StringInfo text,
			   DdbExpression *expression)
{
	char	   *version;
	DdbPathStep step = {0};
	DdbValue	value;

	if (modify->map->options.version_attribute == NULL)
		return;
	version =
		ddb_text_to_utf8(pstrdup(modify->map->options.version_attribute));
	step.name = version;
	step.len = strlen(version);
	(void) ddb_value_follow(item, &step, 1, &value);
	append_comparison(text, expression, version, NULL, 0, &value);
}

/*
 * Can WHERE itself be part of the condition, beside columns that are compared
 * and what is said of documents?  How much the rest of an item takes depends
 * on the item, and isn't worth the trouble.
 */
static bool
says_where(const DdbModify *modify, const char *documents)
{
	size_t		bytes = COMPARISON_BYTES + strlen(documents);
	int			operators = COMPARISON_OPERATORS *
		(list_length(modify->compared) + 1);
	ListCell   *lc;

	if (modify->where.bound == NIL)
		return false;
	for (const char *ptr = documents; *ptr != '\0'; ptr++)
		operators += *ptr == '(' ? COMPARISON_OPERATORS : 0;
	foreach(lc, modify->compared)
	{
		const DdbColumn *column = modify->map->columns[lfirst_int(lc) - 1];

		if (column->whole_item)
			return false;
		bytes += COMPARISON_BYTES + STEP_BYTES * column->nsteps;
	}
	return ddb_where_fits(&modify->where, bytes, operators);
}

/*
 * The condition that the item is there, WHERE is true of it, and it still has
 * the values that were compared; documents is more of it, or "".
 */
static char *
build_condition(const DdbModify *modify, const DdbValue *item,
				DdbExpression *expression, const char *documents)
{
	List	   *compared = modify->compared;
	StringInfoData text;
	int			n;

	initStringInfo(&text);
	ddb_modify_append_exists(modify, expression, &text);
	if (says_where(modify, documents))
		ddb_filter_append(&modify->where.folded, expression, &text);
	else
		compared = list_union_int(compared, modify->where_columns);
	n = append_comparisons(modify, compared, item, &text, expression);
	append_version(modify, item, &text, expression);
	if (documents[0] != '\0')
		appendStringInfo(&text, " AND %s", documents);
	if (n > MAX_COMPARED || text.len > DDB_MAX_EXPRESSION_BYTES)
		report_too_many(modify);
	return text.data;
}

static bool
has_members(const DdbValue *value)
{
	return value->type == DDB_TYPE_M || value->type == DDB_TYPE_L;
}

/* Adds " AND ..." to what must be so of documents; once. */
static void
append_requirement(StringInfo documents, const char *text)
{
	const char *bare = text + strlen(" AND ");

	if (strstr(documents->data, bare) == NULL)
		appendStringInfoString(documents, documents->len > 0 ? text : bare);
}

/*
 * Adds to what must be so of documents: a map that is made on the way to a
 * column isn't there by now.  Else it would replace what somebody else has
 * made there for another column.
 */
static void
require_absence(const DdbColumn *column, const DdbValue *old,
				const DdbValue *new, DdbExpression *expression,
				StringInfo documents)
{
	for (int n = 0; n < column->nsteps; n++)
	{
		DdbValue	was;
		DdbValue	is;
		StringInfoData text;

		ddb_row_follow_steps(column, n, old, &was);
		if (has_members(&was))
			continue;
		ddb_row_follow_steps(column, n, new, &is);
		if (!has_members(&is))
			return;
		initStringInfo(&text);
		append_comparison(&text, expression, column->attribute,
						  column->steps, n, &was);
		append_requirement(documents, text.data);
		return;
	}
}

/*
 * The attributes of columns that are assigned and not compared: they are to be
 * what the statement says, all of it, although somebody else may have changed
 * them.  Not those of columns that show places in documents.
 */
static List *
list_assigned(const DdbModify *modify)
{
	List	   *attributes = NIL;
	ListCell   *lc;

	foreach(lc, modify->updated)
	{
		const DdbColumn *column = modify->map->columns[lfirst_int(lc) - 1];

		if (!column->whole_item && column->nsteps == 0 &&
			!list_member_int(modify->compared, column->attnum) &&
			!ddb_row_is_key(modify->map, column->attribute))
			attributes = lappend(attributes, column->attribute);
	}
	return attributes;
}

/*
 * Adds to what must be so of documents: a place in one that is assigned and
 * not compared is what it was, unless it is set as a whole.
 */
static void
require_place(const DdbModify *modify, const DdbColumn *column,
			  const DdbValue *old, const DdbValue *new,
			  DdbExpression *expression, StringInfo documents)
{
	DdbValue	was;
	DdbValue	is;
	StringInfoData text;

	if (column->nsteps == 0 ||
		list_member_int(modify->compared, column->attnum))
		return;
	ddb_row_follow_column(column, old, &was);
	ddb_row_follow_column(column, new, &is);
	if (!ddb_equal_values(&was, &is) &&
		!(has_members(&was) && has_members(&is)))
		return;
	initStringInfo(&text);
	append_comparison(&text, expression, column->attribute, column->steps,
					  column->nsteps, &was);
	append_requirement(documents, text.data);
}

/* The item that a row was made of, palloc'd in the current context. */
static void
fetch_old(const DdbModify *modify, EState *estate, TupleTableSlot *planSlot,
		  DdbRowItem *old)
{
	bool		isnull = true;
	Datum		ctid = (Datum) 0;
	size_t		len;

	if (AttributeNumberIsValid(modify->ctid_attno))
		ctid = ExecGetJunkAttribute(planSlot, modify->ctid_attno, &isnull);
	if (isnull)
		elog(ERROR, "a row does not say what it was made of");
	old->json = ddb_cookie_fetch(estate,
								 (ItemPointer) DatumGetPointer(ctid), &len);
	if (!ddb_value_parse_item(old->json, len, &old->value))
		elog(ERROR, "could not parse an item that was kept");
	ddb_row_make_key(modify->map, &old->value, &old->key);
}

/*
 * Has this statement written the item already?  A row that joins with
 * several others is written once.
 */
bool
ddb_update_is_second_hit(DdbModify *modify, const DdbItemKey *key)
{
	DdbKeyHash	hash;
	bool		found;
	size_t		len = strlen(key->json);

	if (modify->written == NULL)
		return false;
	for (int i = 0; i < (int) lengthof(hash.parts); i++)
		hash.parts[i] = hash_bytes_extended((const unsigned char *) key->json,
											(int) len, (uint64) i);
	(void) hash_search(modify->written, &hash, HASH_ENTER, &found);
	return found;
}

/* Somebody else has changed the item meanwhile. */
void
ddb_update_report_conflict(const DdbModify *modify, const DdbWrite *write)
{
	char	   *hint;
	int			sqlerrcode = ddb_transaction_judge_conflict(&hint);
	char	   *words = ddb_write_key_words(modify->writer, &write->key);

	ereport(ERROR,
			(errcode(sqlerrcode),
			 errmsg("could not write to DynamoDB table \"%s\" due to concurrent update",
					write->action.table_name),
			 words != NULL ? errdetail("Key %s.", words) : 0,
			 errhint("%s", hint)));
}

/*
 * Judges a write whose outcome is known: true if the row was written, false
 * if it was gone, or isn't what WHERE asks for.  Raises what isn't either.
 */
static bool
judge(DdbModify *modify, DdbWrite *write)
{
	if (write->state == DDB_WRITE_DONE)
		return true;
	if (write->state == DDB_WRITE_REFUSED)
	{
		if (write->refused_other)
		{
			ddb_write_stop(modify->writer);
			ddb_write_report_duplicate(modify->writer, &write->other_key);
		}
		if (write->outcome.item.type == DDB_TYPE_MISSING ||
			!ddb_modify_is_wanted(modify, &write->outcome.item))
			return false;
		ddb_write_stop(modify->writer);
		ddb_update_report_conflict(modify, write);
	}
	ddb_write_check(modify->writer, write);
	return true;				/* keep compiler quiet */
}

/*
 * Judges the writes in flight that have an outcome by now, or waits for all.
 * Rows that were gone have been counted and no longer are.
 */
void
ddb_update_settle(DdbModify *modify, bool all)
{
	ListCell   *lc;

	if (all)
		ddb_write_drain(modify->writer);
	foreach(lc, modify->pending)
	{
		DdbWrite   *write = lfirst(lc);

		if (write->state == DDB_WRITE_IN_FLIGHT)
			continue;
		if (!judge(modify, write) && modify->mtstate->canSetTag)
			modify->mtstate->ps.state->es_processed--;
		modify->pending = foreach_delete_current(modify->pending, lc);
		ddb_write_release(write);
	}
}

/* Does the item look as the update leaves it, where it changes it? */
static bool
is_updated(const DdbWrite *write, const DdbValue *item)
{
	ListCell   *lc;

	foreach(lc, (List *) write->arg)
	{
		char	   *attribute = lfirst(lc);
		DdbPathStep step = {attribute, strlen(attribute), 0};
		DdbValue	wanted;
		DdbValue	found;

		(void) ddb_value_follow(&write->item, &step, 1, &wanted);
		(void) ddb_value_follow(item, &step, 1, &found);
		if (!ddb_equal_values(&wanted, &found))
			return false;
	}
	return item->type != DDB_TYPE_MISSING;
}

/* Does the item look as a delete leaves it? */
static bool
is_deleted(const DdbWrite *write, const DdbValue *item)
{
	return item->type == DDB_TYPE_MISSING;
}

/*
 * A delete knows itself by there being no item.  But what that was, which
 * RETURNING wants, nobody can tell then.
 */
void
ddb_update_check_delete(const DdbModify *modify, DdbWrite *write)
{
	write->is_reached = modify->returning ? NULL : is_deleted;
}

/*
 * Sends a write.  If the row is wanted back, waits for it, makes the slot show
 * it and returns whether it was written; else it is taken for written until it
 * turns out not to be.
 */
static bool
send(DdbModify *modify, DdbWrite *write, TupleTableSlot *slot)
{
	MemoryContext oldcontext;
	bool		written;

	if (modify->pipelined)
	{
		ddb_write_await_room(modify->writer, write);
		ddb_update_settle(modify, false);
	}
	ddb_write_send(modify->writer, write);
	if (modify->pipelined)
	{
		oldcontext = MemoryContextSwitchTo(modify->context);
		modify->pending = lappend(modify->pending, write);
		MemoryContextSwitchTo(oldcontext);
		return true;
	}
	ddb_write_wait(modify->writer, write);
	written = judge(modify, write);
	if (written)
		ddb_modify_fill_slot(modify, slot, ddb_update_get_result(write));
	ddb_write_release(write);
	return written;
}

/*
 * Completes the update of an item to another state, on the condition that it
 * is what was read; NULL if there is nothing to say.
 */
DdbWrite *
ddb_update_build(const DdbModify *modify, DdbWrite *write,
				 const DdbRowItem *old, const DdbRowItem *new)
{
	DdbDiff		diff;
	ListCell   *lc;

	ddb_diff_init(&diff, &write->action.expression);
	ddb_diff_items(&diff, &old->value, &new->value, list_assigned(modify));
	write->action.update = ddb_diff_build_update(&diff);
	if (write->action.update == NULL)
		return NULL;
	if (strlen(write->action.update) > DDB_MAX_EXPRESSION_BYTES)
		ereport(ERROR,
				(errcode(ERRCODE_TOO_MANY_COLUMNS),
				 errmsg("too many changes to one item of foreign table \"%s\"",
						modify->map->relname),
				 errdetail("DynamoDB takes update expressions of up to %d bytes.",
						   DDB_MAX_EXPRESSION_BYTES)));
	write->action.item = old->key.json;
	write->key = old->key;
	write->item = new->value;
	write->arg = diff.changed;
	write->is_reached = is_updated;
	foreach(lc, modify->updated)
	{
		const DdbColumn *column = modify->map->columns[lfirst_int(lc) - 1];

		require_absence(column, &old->value, &new->value,
						&write->action.expression, &diff.documents);
		require_place(modify, column, &old->value, &new->value,
					  &write->action.expression, &diff.documents);
	}
	write->action.condition = build_condition(modify, &old->value,
											  &write->action.expression,
											  diff.documents.data);
	if (!modify->pipelined)
		write->action.returns = "ALL_NEW";
	return write;
}

/* What an item that was written looks like now, or did for a DELETE. */
const DdbValue *
ddb_update_get_result(const DdbWrite *write)
{
	if (write->outcome.attributes.type != DDB_TYPE_MISSING)
		return &write->outcome.attributes;
	if (write->outcome.item.type != DDB_TYPE_MISSING)
		return &write->outcome.item;
	return &write->item;
}

/*
 * Evaluates WHERE's values, for the first row: all that the source waits for
 * has been computed then.
 */
static void
prepare_where(DdbModify *modify)
{
	MemoryContext oldcontext;

	if (modify->where_known || modify->where.bound == NIL)
		return;
	oldcontext = MemoryContextSwitchTo(modify->context);
	ddb_filter_fold(modify->where.bound, modify->econtext,
					&modify->where.folded);
	MemoryContextSwitchTo(oldcontext);
	modify->where_known = true;
}

static TupleTableSlot *
update_row(DdbModify *modify, EState *estate, TupleTableSlot *slot,
		   TupleTableSlot *planSlot)
{
	DdbWrite   *write = ddb_write_create(modify->writer, DDB_ACTION_UPDATE,
										 modify->kind);
	MemoryContext oldcontext = MemoryContextSwitchTo(write->context);
	DdbRowItem	old;
	DdbRowItem	new;

	fetch_old(modify, estate, planSlot, &old);
	if (ddb_update_is_second_hit(modify, &old.key))
	{
		MemoryContextSwitchTo(oldcontext);
		ddb_write_release(write);
		return NULL;
	}
	slot_getallattrs(slot);
	ddb_change_apply(modify->map, modify->updated, &old.value,
					 slot->tts_values, slot->tts_isnull, &new);
	if (strcmp(old.key.json, new.key.json) != 0)
		ddb_move_build(modify, write, &old, &new);
	else if (ddb_update_build(modify, write, &old, &new) == NULL)
	{
		MemoryContextSwitchTo(oldcontext);
		ddb_write_release(write);
		return slot;			/* it is so already */
	}
	MemoryContextSwitchTo(oldcontext);
	return send(modify, write, slot) ? slot : NULL;
}

/*
 * Updates one row.  NULL if it is gone, or has been updated by this statement
 * before.
 */
TupleTableSlot *
dynamodbExecForeignUpdate(EState *estate, ResultRelInfo *relinfo,
						  TupleTableSlot *slot, TupleTableSlot *planSlot)
{
	DdbModify  *modify = relinfo->ri_FdwState;
	DdbWriteEntry entry;
	TupleTableSlot *result;

	ddb_snapshot_take(estate, modify->map->options.table_name);
	ddb_write_enter(modify->writer, &entry);
	ddb_modify_check_row(relinfo, slot, estate, true);
	prepare_where(modify);
	ddb_modify_evaluate_subselects(relinfo->ri_returningList,
								   GetPerTupleExprContext(estate));
	result = update_row(modify, estate, slot, planSlot);
	ddb_write_leave(&entry);
	return result;
}

/*
 * Completes the delete of an item, on the condition that it is what was read.
 */
void
ddb_update_build_delete(const DdbModify *modify, DdbWrite *write,
						const DdbRowItem *old)
{
	write->action.item = old->key.json;
	write->key = old->key;
	write->item = old->value;
	ddb_update_check_delete(modify, write);
	write->action.condition = build_condition(modify, &old->value,
											  &write->action.expression, "");
	if (!modify->pipelined)
		write->action.returns = "ALL_OLD";
}

static bool
delete_row(DdbModify *modify, EState *estate, TupleTableSlot *slot,
		   TupleTableSlot *planSlot)
{
	DdbWrite   *write = ddb_write_create(modify->writer, DDB_ACTION_DELETE,
										 modify->kind);
	MemoryContext oldcontext = MemoryContextSwitchTo(write->context);
	DdbRowItem	old;

	fetch_old(modify, estate, planSlot, &old);
	if (ddb_update_is_second_hit(modify, &old.key))
	{
		MemoryContextSwitchTo(oldcontext);
		ddb_write_release(write);
		return false;
	}
	ddb_update_build_delete(modify, write, &old);
	MemoryContextSwitchTo(oldcontext);
	return send(modify, write, slot);
}

/*
 * Deletes one row; the slot becomes what was deleted where that is wanted.
 * NULL if it is gone.
 */
TupleTableSlot *
dynamodbExecForeignDelete(EState *estate, ResultRelInfo *relinfo,
						  TupleTableSlot *slot, TupleTableSlot *planSlot)
{
	DdbModify  *modify = relinfo->ri_FdwState;
	DdbWriteEntry entry;
	bool		deleted;

	ddb_snapshot_take(estate, modify->map->options.table_name);
	ddb_write_enter(modify->writer, &entry);
	prepare_where(modify);
	ddb_modify_evaluate_subselects(relinfo->ri_returningList,
								   GetPerTupleExprContext(estate));
	deleted = delete_row(modify, estate, slot, planSlot);
	ddb_write_leave(&entry);
	return deleted ? slot : NULL;
}
