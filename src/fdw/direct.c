/*-------------------------------------------------------------------------
 *
 * direct.c
 *	  UPDATE and DELETE sent as they are.
 *
 * One request an item, and no item is read: the condition says that it is
 * there, that WHERE is true of it, and for arithmetic that it can be done; so
 * two sessions that add to a counter at once both do.  What is refused because
 * the item isn't there, or WHERE isn't true of it, is no row.  What is refused
 * for another reason (the column is NULL, the sum would leave its type) is
 * decided by PostgreSQL: the refusal brings the item along, the expressions
 * are evaluated for it, and the result is written, or the error raised, as
 * update.c would.  Which of these it is, WHERE tells, evaluated for the item.
 *
 * Keys are known before anything is sent (direct_keys.c).  Several of them are
 * in flight at a time, in their order.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "dynamodb/equal.h"
#include "executor/executor.h"
#include "executor/instrument.h"
#include "fdw/demand.h"
#include "fdw/direct.h"
#include "fdw/direct_keys.h"
#include "fdw/direct_plan.h"
#include "fdw/explain.h"
#include "fdw/modify.h"
#include "fdw/plan.h"
#include "fdw/relation.h"
#include "fdw/snapshot.h"
#include "fdw/update.h"
#include "fdw/write_price.h"
#include "foreign/foreign.h"
#include "mapping/change.h"
#include "mapping/datum.h"
#include "mapping/store.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/rel.h"

/* How often an item may change between a refusal and the answer to it. */
#define MAX_ATTEMPTS 20

/*
 * What a sum may take of its condition, at most: " AND
 * (attribute_not_exists(#1) OR attribute_type(#1, :2) AND #1 <= :3)", with
 * numbers of four digits.
 */
#define ADDITION_BYTES 90
#define ADDITION_OPERATORS 6

/* One column, with the value it is assigned or what is added to it. */
typedef struct Assignment
{
	const DdbColumn *column;
	DdbAssign	assign;
	ExprState  *operand;
	ExprState  *replacement;	/* for NULL; or NULL */
	ExprState  *whole;

	/* evaluated at the first row; MISSING: NULL */
	DdbValue	value;
	DdbValue	replaced;
	bool		is_refused;		/* NULL for a NOT NULL column */
	DdbValue	limit;			/* what the column may not be beyond */
	bool		is_upper;
} Assignment;

/* A direct modification while it runs; ForeignScanState's fdw_state. */
typedef struct Direct
{
	DdbModify	modify;
	CmdType		operation;
	DdbDirectKeys *keys;
	List	   *shown;			/* integer: columns WHERE and SET look at */
	List	   *assignments;	/* Assignment */
	List	   *returned;		/* integer: columns that RETURNING wants */
	bool		sets_tag;

	bool		started;
	bool		sayable;		/* in the words of an update expression */
	bool		is_done;		/* no key is left */
	int64		nreturned;		/* rows, to RETURNING */
	List	   *sent;			/* DdbWrite, in the order of their keys */
} Direct;

static List *
read_assignments(const List *items, const List *exprs,
				 const DdbTableMap *map, PlanState *parent)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, items)
	{
		List	   *item = lfirst(lc);
		Assignment *assignment = palloc0_object(Assignment);
		int			replacement = list_nth_int(item, DDB_DIRECT_DEFAULT);

		assignment->column =
			map->columns[list_nth_int(item, DDB_DIRECT_ATTNUM) - 1];
		assignment->assign = list_nth_int(item, DDB_DIRECT_ASSIGN);
		assignment->operand =
			ExecInitExpr(list_nth(exprs, list_nth_int(item,
													  DDB_DIRECT_OPERAND)),
						 parent);
		if (replacement >= 0)
			assignment->replacement = ExecInitExpr(list_nth(exprs,
															replacement),
												   parent);
		assignment->whole =
			ExecInitExpr(list_nth(exprs, list_nth_int(item,
													  DDB_DIRECT_WHOLE)),
						 parent);
		result = lappend(result, assignment);
	}
	return result;
}

static DdbWriteKind
get_kind(const ForeignScan *plan)
{
	return intVal(list_nth(ddb_direct_plan_get(plan), DDB_DIRECT_KIND));
}

/* Reads the plan; sends nothing but, where it must be, one DescribeTable. */
void
dynamodbBeginDirectModify(ForeignScanState *node, int eflags)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	List	   *items = ddb_direct_plan_get(plan);
	Oid			relid = RelationGetRelid(node->ss.ss_currentRelation);
	Oid			serverid = GetForeignTable(relid)->serverid;
	Oid			userid;
	DdbTableMap *map;
	Direct	   *direct;

	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
		return;
	userid = ddb_compat_modify_user(node->resultRelInfo, node->ss.ps.state);
	direct = palloc0_object(Direct);
	map = ddb_relation_get_map(relid);
	map->schema = ddb_relation_get_schema(map, serverid, userid);
	direct->operation = plan->operation;
	direct->modify.map = map;
	direct->modify.writer = ddb_write_open(map, serverid, userid);
	direct->modify.context = CurrentMemoryContext;
	direct->modify.kind = get_kind(plan);
	direct->modify.updated = list_nth(items, DDB_DIRECT_UPDATED);
	direct->modify.where.bound =
		ddb_filter_bind(list_nth(items, DDB_DIRECT_WHERE), plan->fdw_exprs,
						map, &node->ss.ps);
	direct->shown = list_nth(items, DDB_DIRECT_SHOWN);
	direct->modify.compared = ddb_row_without_keys(map,
												   list_copy(direct->shown));
	direct->keys = ddb_direct_keys_begin(node, &direct->modify);
	node->fdw_state = direct;
	direct->assignments = read_assignments(list_nth(items,
													DDB_DIRECT_ASSIGNMENTS),
										   plan->fdw_exprs, map,
										   &node->ss.ps);
	direct->returned = list_nth(items, DDB_DIRECT_RETURNED);
	direct->sets_tag = intVal(list_nth(items, DDB_DIRECT_SET_TAG));
}

/* What is to be added, as a number; NULL and what is none are MISSING. */
static void
evaluate_number(const DdbColumn *column, ExprState *state,
				ExprContext *econtext, DdbValue *out)
{
	bool		isnull;
	Datum		datum = ExecEvalExpr(state, econtext, &isnull);

	if (ddb_datum_encode(column, datum, isnull,
						 exprType((Node *) state->expr), DDB_ROUND_NONE,
						 out) != DDB_ENCODED)
		memset(out, 0, sizeof(*out));
}

/* The bounds of an integer type. */
static int64
get_bound(Oid typid, bool upper)
{
	switch (typid)
	{
		case INT2OID:
			return upper ? PG_INT16_MAX : PG_INT16_MIN;
		case INT4OID:
			return upper ? PG_INT32_MAX : PG_INT32_MIN;
		default:
			return upper ? PG_INT64_MAX : PG_INT64_MIN;
	}
}

/*
 * The greatest, or the least, that the column may be before: its type's bound
 * less what is added.  In numeric, as it may be beyond bigint.
 */
static void
set_limit(Assignment *assignment, Datum operand, Oid typid)
{
	bool		adds = (assignment->assign == DDB_ASSIGN_ADD);
	int64		added = typid == INT2OID ? DatumGetInt16(operand) :
		typid == INT4OID ? DatumGetInt32(operand) : DatumGetInt64(operand);
	Datum		limit;

	assignment->is_upper = adds != (added < 0);
	limit = DirectFunctionCall2(adds ? numeric_sub : numeric_add,
								NumericGetDatum(int64_to_numeric(get_bound(assignment->column->typid,
																		   assignment->is_upper))),
								NumericGetDatum(int64_to_numeric(added)));
	if (ddb_datum_encode(assignment->column, limit, false, NUMERICOID,
						 DDB_ROUND_NONE, &assignment->limit) != DDB_ENCODED)
		elog(ERROR, "could not encode the bound of an integer");
}

/* Evaluates what doesn't depend on the row; raises what can't be stored. */
static void
evaluate_assignment(const Direct *direct, Assignment *assignment,
					ExprContext *econtext)
{
	const DdbTableMap *map = direct->modify.map;
	const DdbColumn *column = assignment->column;
	bool		isnull;
	Datum		datum = ExecEvalExpr(assignment->operand, econtext, &isnull);

	if (assignment->assign == DDB_ASSIGN_VALUE)
	{
		assignment->is_refused = isnull && column->not_null;
		ddb_store_value(map, column, datum, isnull, &assignment->value);
		if (assignment->value.type == DDB_TYPE_NULL &&
			ddb_row_is_index_key(map, column->attribute))
			assignment->value.type = DDB_TYPE_MISSING;
		if (assignment->value.type != DDB_TYPE_MISSING)
			ddb_row_check_attribute(map, column->attribute,
									&assignment->value);
		return;
	}
	evaluate_number(column, assignment->operand, econtext,
					&assignment->value);
	if (!isnull && column->typid != NUMERICOID)
		set_limit(assignment, datum,
				  exprType((Node *) assignment->operand->expr));
	if (assignment->replacement != NULL)
		evaluate_number(column, assignment->replacement, econtext,
						&assignment->replaced);
}

/*
 * Can all of it be said to DynamoDB?  NULL and NaN can't be added, a value
 * that a constraint refuses is an error only if there is a row, and WHERE may
 * have values that can't be said, or too many.
 */
static bool
is_sayable(const Direct *direct)
{
	int			nadded = list_length(direct->assignments) + 1;
	ListCell   *lc;

	if (!ddb_where_fits(&direct->modify.where, nadded * ADDITION_BYTES,
						nadded * ADDITION_OPERATORS))
		return false;
	foreach(lc, direct->assignments)
	{
		const Assignment *assignment = lfirst(lc);

		if (assignment->is_refused)
			return false;
		if (assignment->assign != DDB_ASSIGN_VALUE &&
			(assignment->value.type != DDB_TYPE_N ||
			 (assignment->replacement != NULL &&
			  assignment->replaced.type != DDB_TYPE_N)))
			return false;
	}
	return true;
}

/* "#0 = if_not_exists(#0, :0) + :1", or "#0 = :0", or in REMOVE "#0" */
static void
append_assignment(const Assignment *assignment, DdbExpression *expression,
				  StringInfo set, StringInfo remove)
{
	const char *attribute = assignment->column->attribute;

	if (assignment->value.type == DDB_TYPE_MISSING)
	{
		if (remove->len > 0)
			appendStringInfoString(remove, ", ");
		ddb_expression_append_name(expression, remove, attribute);
		return;
	}
	if (set->len > 0)
		appendStringInfoString(set, ", ");
	ddb_expression_append_name(expression, set, attribute);
	appendStringInfoString(set, " = ");
	if (assignment->assign != DDB_ASSIGN_VALUE)
	{
		if (assignment->replacement != NULL)
			appendStringInfoString(set, "if_not_exists(");
		ddb_expression_append_name(expression, set, attribute);
		if (assignment->replacement != NULL)
		{
			appendStringInfoString(set, ", ");
			ddb_expression_append_value(expression, set,
										&assignment->replaced);
			appendStringInfoChar(set, ')');
		}
		appendStringInfoString(set, assignment->assign == DDB_ASSIGN_ADD ?
							   " + " : " - ");
	}
	ddb_expression_append_value(expression, set, &assignment->value);
}

/* That the arithmetic can be done. */
static void
append_condition(const Assignment *assignment, DdbExpression *expression,
				 StringInfo text)
{
	static const DdbValue number = {.type = DDB_TYPE_S,.text = "N",.len = 1};
	const char *attribute = assignment->column->attribute;

	if (assignment->assign == DDB_ASSIGN_VALUE)
		return;
	appendStringInfoString(text, " AND ");
	if (assignment->replacement != NULL)
	{
		appendStringInfoString(text, "(attribute_not_exists(");
		ddb_expression_append_name(expression, text, attribute);
		appendStringInfoString(text, ") OR ");
	}
	appendStringInfoString(text, "attribute_type(");
	ddb_expression_append_name(expression, text, attribute);
	appendStringInfoString(text, ", ");
	ddb_expression_append_value(expression, text, &number);
	appendStringInfoChar(text, ')');
	if (assignment->limit.type == DDB_TYPE_N)
	{
		appendStringInfoString(text, " AND ");
		ddb_expression_append_name(expression, text, attribute);
		appendStringInfoString(text, assignment->is_upper ? " <= " : " >= ");
		ddb_expression_append_value(expression, text, &assignment->limit);
	}
	if (assignment->replacement != NULL)
		appendStringInfoChar(text, ')');
}

/* Fills in the update's expression, and more of the condition. */
static void
build_update(const Direct *direct, DdbWrite *write, StringInfo condition)
{
	StringInfoData set;
	StringInfoData remove;
	ListCell   *lc;

	initStringInfo(&set);
	initStringInfo(&remove);
	foreach(lc, direct->assignments)
	{
		const Assignment *assignment = lfirst(lc);

		append_assignment(assignment, &write->action.expression, &set,
						  &remove);
		append_condition(assignment, &write->action.expression, condition);
	}
	write->action.update = ddb_expression_join_update(set.data, remove.data);
}

/*
 * Does the item look as an update leaves it that assigns values?  Whether what
 * was added has been added can't be seen: such a write isn't repeated.
 */
static bool
is_assigned(const DdbWrite *write, const DdbValue *item)
{
	const Direct *direct = write->arg;
	ListCell   *lc;

	foreach(lc, direct->assignments)
	{
		const Assignment *assignment = lfirst(lc);
		DdbValue	found;

		ddb_row_follow_column(assignment->column, item, &found);
		if (!ddb_equal_values(&assignment->value, &found))
			return false;
	}
	return item->type != DDB_TYPE_MISSING;
}

/* Completes the write of a key in the words of DynamoDB. */
static void
build_for_key(Direct *direct, DdbWrite *write)
{
	DdbModify  *modify = &direct->modify;
	bool		deletes = direct->operation == CMD_DELETE;
	StringInfoData condition;

	write->action.item = write->key.json;
	initStringInfo(&condition);
	ddb_modify_append_exists(modify, &write->action.expression, &condition);
	ddb_filter_append(&modify->where.folded, &write->action.expression,
					  &condition);
	if (!deletes)
		build_update(direct, write, &condition);
	write->action.condition = condition.data;
	if (modify->returning)
		write->action.returns = deletes ? "ALL_OLD" : "ALL_NEW";

	/* WHERE may be untrue of an item because of the write itself */
	if (deletes)
		ddb_update_check_delete(modify, write);
	else if (write->kind != DDB_WRITE_RELATIVE)
		write->is_reached = is_assigned;
	write->arg = direct;
}

/*
 * The write of the next key; sent, if its words are known.  NULL at the end.
 */
static DdbWrite *
begin_next(Direct *direct, ForeignScanState *node)
{
	DdbModify  *modify = &direct->modify;
	DdbWrite   *write = ddb_write_create(modify->writer,
										 direct->operation == CMD_DELETE ?
										 DDB_ACTION_DELETE :
										 DDB_ACTION_UPDATE,
										 modify->kind);
	MemoryContext oldcontext = MemoryContextSwitchTo(write->context);
	bool		found = ddb_direct_keys_next(direct->keys, node, &write->key);

	if (found && direct->sayable)
		build_for_key(direct, write);
	MemoryContextSwitchTo(oldcontext);
	if (!found)
	{
		ddb_write_release(write);
		return NULL;
	}
	if (direct->sayable)
		ddb_write_send(modify->writer, write);
	return write;
}

/* Is WHERE true of an item for which the write was refused? */
static bool
is_wanted(Direct *direct, ForeignScanState *node, const DdbValue *item)
{
	return ddb_modify_is_true(node->fdw_recheck_quals,
							  node->ss.ps.ps_ExprContext, direct->modify.map,
							  direct->shown, item, node->ss.ss_ScanTupleSlot);
}

/* Evaluates SET for the item that is shown, as a row of those columns. */
static void
evaluate_assignments(Direct *direct, ForeignScanState *node, Datum *values,
					 bool *isnull)
{
	const DdbTableMap *map = direct->modify.map;
	ListCell   *lc;

	foreach(lc, direct->assignments)
	{
		const Assignment *assignment = lfirst(lc);
		int			i = assignment->column->attnum - 1;

		values[i] = ExecEvalExpr(assignment->whole,
								 node->ss.ps.ps_ExprContext, &isnull[i]);
		if (isnull[i] && assignment->column->not_null)
			ereport(ERROR,
					(errcode(ERRCODE_NOT_NULL_VIOLATION),
					 errmsg("null value in column \"%s\" of relation \"%s\" violates not-null constraint",
							assignment->column->name, map->relname),
					 ddb_datum_errcolumn(map, assignment->column)));
	}
}

/*
 * Makes the write for an item as it is: what SET comes to, or its delete, on
 * the condition that it is that still.  NULL if it is so already.
 */
static DdbWrite *
build_for_item(Direct *direct, ForeignScanState *node, const DdbValue *item)
{
	DdbModify  *modify = &direct->modify;
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;
	bool		deletes = direct->operation == CMD_DELETE;
	DdbWrite   *write = ddb_write_create(modify->writer, deletes ?
										 DDB_ACTION_DELETE :
										 DDB_ACTION_UPDATE,
										 deletes || modify->compared == NIL ?
										 modify->kind : DDB_WRITE_DERIVED);
	MemoryContext oldcontext = MemoryContextSwitchTo(write->context);
	int			natts = slot->tts_tupleDescriptor->natts;
	Datum	   *values = palloc0(sizeof(Datum) * natts);
	bool	   *isnull = palloc0(sizeof(bool) * natts);
	DdbRowItem	old;
	DdbRowItem	new;

	old.json = pnstrdup(item->text, item->len);
	(void) ddb_value_parse_item(old.json, item->len, &old.value);
	ddb_row_make_key(modify->map, &old.value, &old.key);
	if (deletes)
		ddb_update_build_delete(modify, write, &old);
	else
	{
		ddb_modify_show(modify->map, direct->shown, &old.value, slot);
		node->ss.ps.ps_ExprContext->ecxt_scantuple = slot;
		evaluate_assignments(direct, node, values, isnull);
		ddb_change_apply(modify->map, modify->updated, &old.value, values,
						 isnull, &new);
		ExecClearTuple(slot);
		write = ddb_update_build(modify, write, &old, &new);
	}
	MemoryContextSwitchTo(oldcontext);
	return write;
}

/*
 * Did DynamoDB refuse what the update would make of the item: a number of
 * more digits than it has, an item that is too large?  Then PostgreSQL does
 * the sum, and says what is wrong with it.  With a token this is a transaction
 * that was cancelled.
 */
static bool
is_invalid(const DdbWrite *write)
{
	if (write->action.kind != DDB_ACTION_UPDATE ||
		write->state != DDB_WRITE_FAILED)
		return false;
	for (int i = 0; i < write->outcome.nreasons; i++)
		if (strcmp(write->outcome.reasons[i].code, "ValidationError") == 0)
			return true;
	return strcmp(write->err.name, "ValidationException") == 0;
}

/*
 * Waits for a write and judges it: the item as RETURNING wants it, or NULL if
 * there was none.  *write may be replaced.
 */
static const DdbValue *
finish(Direct *direct, ForeignScanState *node, DdbWrite **write)
{
	DdbWriter  *writer = direct->modify.writer;

	for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++)
	{
		DdbWrite   *next;

		ddb_write_wait(writer, *write);
		if ((*write)->state == DDB_WRITE_NEW ||
			(attempt == 0 && is_invalid(*write)))
			ddb_write_read_item(writer, *write);
		ddb_write_check(writer, *write);
		if ((*write)->state == DDB_WRITE_DONE)
			return ddb_update_get_result(*write);
		if ((*write)->outcome.item.type == DDB_TYPE_MISSING ||
			!is_wanted(direct, node, &(*write)->outcome.item))
			return NULL;
		next = build_for_item(direct, node, &(*write)->outcome.item);
		if (next == NULL)
			return &(*write)->outcome.item; /* it is so already */
		ddb_write_release(*write);
		*write = next;
		ddb_write_send(writer, next);
	}
	ddb_write_drain(writer);
	ddb_update_report_conflict(&direct->modify, *write);
}

/* Evaluates keys and values.  What can't be said is read after all. */
static void
start(Direct *direct, ForeignScanState *node)
{
	const ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	ExprContext *econtext = node->ss.ps.ps_ExprContext;
	DdbWhere   *where = &direct->modify.where;
	MemoryContext oldcontext = MemoryContextSwitchTo(direct->modify.context);
	ListCell   *lc;

	direct->started = true;
	direct->modify.returning =
		node->resultRelInfo->ri_projectReturning != NULL;
	direct->modify.pipelined = !direct->modify.returning;
	ddb_filter_fold(where->bound, econtext, &where->folded);
	direct->is_done = where->folded.never;
	if (!direct->is_done)
		direct->is_done = !ddb_direct_keys_start(direct->keys, node);
	if (!direct->is_done)
	{
		foreach(lc, direct->assignments)
			evaluate_assignment(direct, lfirst(lc), econtext);
		ddb_modify_evaluate_subselects(node->resultRelInfo->ri_returningList,
									   econtext);
		ddb_modify_evaluate_subselects(plan->fdw_exprs, econtext);
	}
	direct->sayable = is_sayable(direct);
	/* what it is replaced by compares what it used */
	where->bound = NIL;
	MemoryContextSwitchTo(oldcontext);
}

/*
 * Keeps as many keys in flight as may be; but no more than rows are wanted:
 * the executor stops after so many, and the rest isn't written.
 */
static void
send_ahead(Direct *direct, ForeignScanState *node)
{
	MemoryContext oldcontext = MemoryContextSwitchTo(direct->modify.context);
	int64		wanted = ddb_demand_get(&node->ss.ps);
	int64		most = direct->modify.map->options.concurrency;

	if (direct->modify.returning && wanted > 0)
		most = Min(most, wanted - direct->nreturned);
	while (!direct->is_done && list_length(direct->sent) < most)
	{
		DdbWrite   *write = begin_next(direct, node);

		if (write == NULL)
			direct->is_done = true;
		else
			direct->sent = lappend(direct->sent, write);
	}
	MemoryContextSwitchTo(oldcontext);
}

/* Does the next key's write: true if there was a row; false at the end. */
static bool
next_row(Direct *direct, ForeignScanState *node, TupleTableSlot *slot)
{
	for (;;)
	{
		DdbWrite   *write;
		const DdbValue *item;

		CHECK_FOR_INTERRUPTS();
		send_ahead(direct, node);
		if (direct->sent == NIL)
			return false;
		write = linitial(direct->sent);
		direct->sent = list_delete_first(direct->sent);
		item = finish(direct, node, &write);
		if (item != NULL && direct->modify.returning)
		{
			ddb_modify_show(direct->modify.map, direct->returned, item, slot);
			direct->nreturned++;
		}
		ddb_write_release(write);
		if (item != NULL)
			return true;
	}
}

/*
 * Without RETURNING everything happens in the first call, which returns no
 * row; else a row is written and returned by each.
 */
TupleTableSlot *
dynamodbIterateDirectModify(ForeignScanState *node)
{
	Direct	   *direct = node->fdw_state;
	EState	   *estate = node->ss.ps.state;
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;
	DdbWriteEntry entry;
	int64		n = 0;

	ddb_snapshot_take(estate, direct->modify.map->options.table_name);
	ddb_write_enter(direct->modify.writer, &entry);
	if (!direct->started)
		start(direct, node);
	while (next_row(direct, node, slot))
	{
		n++;
		if (direct->modify.returning)
			break;
	}
	ddb_write_leave(&entry);

	if (direct->sets_tag)
		estate->es_processed += n;
	if (!direct->modify.returning)
	{
		if (node->ss.ps.instrument != NULL)
			node->ss.ps.instrument->tuplecount += n;
		return ExecClearTuple(slot);
	}
	if (n == 0)
		return ExecClearTuple(slot);
	slot->tts_tableOid = RelationGetRelid(node->ss.ss_currentRelation);
	node->resultRelInfo->ri_projectReturning->pi_exprContext->ecxt_scantuple =
		slot;
	return slot;
}

void
dynamodbEndDirectModify(ForeignScanState *node)
{
	Direct	   *direct = node->fdw_state;

	/* all that was sent has been waited for; contexts free the rest */
	if (direct != NULL)
		ddb_direct_keys_end(direct->keys);
}

/* What the writes are estimated to cost. */
static void
explain_price(ForeignScanState *node, const char *operation, ExplainState *es)
{
	const ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	const DdbTableMap *map = ddb_modify_peek_map(node->resultRelInfo,
												 node->ss.ps.state);
	DdbWriteWork work = {
		.operation = plan->operation,
		.sent_by = operation,
		.updated = list_nth(ddb_direct_plan_get(plan), DDB_DIRECT_UPDATED),
		.rows = plan->scan.plan.plan_rows,
	};

	if (map->schema != NULL)
		ddb_write_price_explain(node->ss.ss_currentRelation, map, &work, es);
}

/* What has been read for keys, and written. */
static void
explain_usage(const Direct *direct, const char *operation, ExplainState *es)
{
	const DdbUsage *usage = ddb_write_get_usage(direct->modify.writer);
	const DdbScanState *scan = ddb_direct_keys_get_scan(direct->keys);

	if (scan == NULL)
		ddb_modify_explain_usage(usage, es);
	else
		ddb_explain_usage(scan, usage, operation, es);
}

void
dynamodbExplainDirectModify(ForeignScanState *node, ExplainState *es)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	Direct	   *direct = node->fdw_state;
	List	   *items = ddb_direct_plan_get(plan);
	const char *update = strVal(list_nth(items, DDB_DIRECT_UPDATE));
	const char *operation = ddb_write_operation_name(plan->fs_server,
													 plan->operation,
													 get_kind(plan));

	if (intVal(list_nth(items, DDB_DIRECT_READS)))
		ddb_explain_source(node, operation, es);
	else
	{
		ExplainPropertyText("DynamoDB Operation", operation, es);
		ExplainPropertyText("DynamoDB Table",
							ddb_plan_get_string(plan, DDB_PLAN_TABLE), es);
		ExplainPropertyText("Key Condition",
							ddb_plan_get_string(plan, DDB_PLAN_KEY_CONDITION),
							es);
	}
	if (es->verbose && update[0] != '\0')
		ExplainPropertyText("Update", update, es);
	if (es->verbose)
		ExplainPropertyText("Condition",
							strVal(list_nth(items, DDB_DIRECT_CONDITION)), es);
	if (es->costs)
		explain_price(node, operation, es);
	if (es->analyze && direct != NULL)
		explain_usage(direct, operation, es);
}
