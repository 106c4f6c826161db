/*-------------------------------------------------------------------------
 *
 * direct_plan.c
 *	  Whether an UPDATE or DELETE can be sent as it is, without reading.
 *
 * It can if the whole of WHERE is about the primary key, or is something that
 * DynamoDB can check exactly (see where.c), and each column is assigned
 * something DynamoDB can do by itself: a value that depends on no row, or the
 * sum of the column and such a value, where both are exact.  What needs the
 * row, or something that PostgreSQL has to check of it, is left to update.c:
 * documents, whose unchanged members are to stay; keys; columns that
 * constraints look at.
 *
 * Where WHERE names the keys, nothing is read: one request an item.  An item
 * of which the rest of WHERE isn't true then costs a refused write, which is a
 * unit for each KB of it, in place of the read of half as much or less that
 * update.c would stop at; it is the price of the item being looked at and
 * written in one step.  Where keys have to be found they are read as update.c
 * would read the items (direct_keys.c), WHERE and all, so that what is refused
 * then has just been changed by somebody.
 *
 * The expressions as they were written go along.  Where the item isn't what
 * arithmetic needs (NULL, a sum out of range), they are evaluated for it as
 * update.c does.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/pg_type.h"
#include "fdw/checks.h"
#include "fdw/deparse.h"
#include "fdw/deparse_filter.h"
#include "fdw/direct_plan.h"
#include "fdw/plan.h"
#include "fdw/relation.h"
#include "fdw/snapshot.h"
#include "fdw/where.h"
#include "fdw/write.h"
#include "mapping/condition.h"
#include "mapping/datum.h"
#include "mapping/row.h"
#include "mapping/template.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/appendinfo.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/* A sum of the column and something else. */
typedef struct Sum
{
	DdbAssign	assign;
	Expr	   *operand;
	Expr	   *replacement;	/* for NULL, or NULL */
} Sum;

/* What a direct modification carries behind the scan's own items. */
List *
ddb_direct_plan_get(const ForeignScan *plan)
{
	return list_nth(plan->fdw_private, DDB_PLAN_ITEM_COUNT);
}

/*
 * Functions behind + and - whose result has the type of the column, be it
 * that a cast to smallint is put on top.
 */
static bool
is_addition(Oid function)
{
	switch (function)
	{
		case F_INT2PL:
		case F_INT4PL:
		case F_INT8PL:
		case F_INT24PL:
		case F_INT42PL:
		case F_INT48PL:
		case F_INT84PL:
		case F_INT28PL:
		case F_INT82PL:
		case F_NUMERIC_ADD:
			return true;
		default:
			return false;
	}
}

static bool
is_subtraction(Oid function)
{
	switch (function)
	{
		case F_INT2MI:
		case F_INT4MI:
		case F_INT8MI:
		case F_INT24MI:
		case F_INT42MI:
		case F_INT48MI:
		case F_INT84MI:
		case F_INT28MI:
		case F_INT82MI:
		case F_NUMERIC_SUB:
			return true;
		default:
			return false;
	}
}

/*
 * A column of SET (a, b) = (SELECT ...)?  The sub-select, which may look at
 * the row, is a target of the scan's, and those aren't evaluated.
 */
static bool
contains_multiexpr(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Param))
		return ((Param *) node)->paramkind == PARAM_MULTIEXPR;
	return expression_tree_walker(node, contains_multiexpr, context);
}

/* Does the expression depend on no row, and is it the same twice? */
static bool
is_fixed(Node *expr, Index rti)
{
	Bitmapset  *attrs = NULL;

	pull_varattnos(expr, rti, &attrs);
	return bms_is_empty(attrs) && !contain_volatile_functions(expr) &&
		!contain_subplans(expr) && !contain_var_clause(expr) &&
		!contains_multiexpr(expr, NULL);
}

/* The column itself, or coalesce() of it and something fixed. */
static bool
match_column(Expr *expr, Index rti, const DdbColumn *column,
			 Expr **replacement)
{
	*replacement = NULL;
	if (IsA(expr, CoalesceExpr))
	{
		CoalesceExpr *coalesce = (CoalesceExpr *) expr;

		if (list_length(coalesce->args) != 2 ||
			!is_fixed(lsecond(coalesce->args), rti))
			return false;
		*replacement = lsecond(coalesce->args);
		expr = linitial(coalesce->args);
	}
	return IsA(expr, Var) && ((Var *) expr)->varno == (int) rti &&
		((Var *) expr)->varattno == column->attnum &&
		((Var *) expr)->varlevelsup == 0;
}

/*
 * Is it a sum that DynamoDB computes as PostgreSQL does?  Integers, whose
 * bounds a condition can watch over, and numeric without a typmod; but of a
 * number that reads as NULL since it doesn't fit, no condition can tell.
 */
static bool
match_sum(Expr *expr, Index rti, const DdbColumn *column, Sum *sum)
{
	OpExpr	   *op = (OpExpr *) expr;
	bool		adds;

	if ((column->typid != INT2OID && column->typid != INT4OID &&
		 column->typid != INT8OID &&
		 (column->typid != NUMERICOID || column->typmod != -1)) ||
		!ddb_datum_is_total(column))
		return false;
	if (column->typid == INT2OID && IsA(expr, FuncExpr) &&
		((FuncExpr *) expr)->funcid == F_INT2_INT4)
		op = linitial(((FuncExpr *) expr)->args);
	if (!IsA(op, OpExpr) || list_length(op->args) != 2)
		return false;
	adds = is_addition(op->opfuncid);
	if ((!adds && !is_subtraction(op->opfuncid)) ||
		(exprType((Node *) expr) != column->typid))
		return false;

	sum->assign = adds ? DDB_ASSIGN_ADD : DDB_ASSIGN_SUBTRACT;
	sum->operand = lsecond(op->args);
	if (match_column(linitial(op->args), rti, column, &sum->replacement) &&
		is_fixed((Node *) sum->operand, rti))
		return true;
	sum->operand = linitial(op->args);
	return adds &&
		match_column(lsecond(op->args), rti, column, &sum->replacement) &&
		is_fixed((Node *) sum->operand, rti);
}

/* Is the column one that can be assigned without looking at the item? */
static bool
is_plain(const DdbTableMap *map, const DdbColumn *column)
{
	if (column == NULL || column->whole_item || column->nsteps > 0 ||
		column->type == DDB_TYPE_MISSING ||
		ddb_row_is_key(map, column->attribute))
		return false;

	/* no other column may be about the same attribute */
	for (int i = 0; i < map->natts; i++)
	{
		const DdbColumn *other = map->columns[i];

		if (other != NULL && other != column && !other->whole_item &&
			strcmp(other->attribute, column->attribute) == 0)
			return false;
	}
	return true;
}

/* Does a constraint look at any of these columns? */
static bool
are_checked(Relation rel, const Bitmapset *updated)
{
	ListCell   *lc;

	foreach(lc, ddb_checks_list(rel))
		if (ddb_checks_is_touched(lfirst(lc), updated))
			return true;
	return false;
}

static int
add_expr(List **exprs, Expr *expr)
{
	*exprs = lappend(*exprs, expr);
	return list_length(*exprs) - 1;
}

/* Reads one column's new value; false if that needs the row. */
static bool
read_assignment(const DdbTableMap *map, Index rti, AttrNumber attnum,
				Expr *expr, List **exprs, List **assignments)
{
	const DdbColumn *column = map->columns[attnum - 1];
	Sum			sum = {DDB_ASSIGN_VALUE, expr, NULL};
	int			operand;
	int			replacement;

	if (!is_plain(map, column) ||
		(!is_fixed((Node *) expr, rti) &&
		 (!match_sum(expr, rti, column, &sum) ||
		  ddb_row_is_index_key(map, column->attribute))))
		return false;
	operand = add_expr(exprs, sum.operand);
	replacement = sum.replacement != NULL ? add_expr(exprs, sum.replacement) :
		-1;
	*assignments = lappend(*assignments,
						   list_make5_int(attnum, sum.assign, operand,
										  replacement,
										  add_expr(exprs, expr)));
	return true;
}

/* Reads all of SET; of a child's, by its own columns' numbers. */
static bool
read_assignments(PlannerInfo *root, Index rti, const DdbTableMap *map,
				 List **exprs, List **assignments)
{
	Bitmapset  *updated = NULL;
	Relation	rel;
	bool		checked;
	List	   *targetlist;
	List	   *attnums;
	ListCell   *lc;
	ListCell   *lc2;

	get_translated_update_targetlist(root, rti, &targetlist, &attnums);
	forboth(lc, targetlist, lc2, attnums)
	{
		TargetEntry *tle = lfirst_node(TargetEntry, lc);
		AttrNumber	attnum = lfirst_int(lc2);

		updated = bms_add_member(updated,
								 attnum - FirstLowInvalidHeapAttributeNumber);
		if (!read_assignment(map, rti, attnum, tle->expr, exprs, assignments))
			return false;
	}
	if (*assignments == NIL)
		return false;
	rel = table_open(map->relid, NoLock);
	checked = are_checked(rel, updated);
	table_close(rel, NoLock);
	return !checked;
}

/* The columns that expressions look at, as an integer list. */
static List *
list_used(const DdbTableMap *map, Index rti, List *exprs)
{
	Bitmapset  *attrs = NULL;

	pull_varattnos((Node *) exprs, rti, &attrs);
	return ddb_relation_list_columns(map, attrs);
}

/* "SET "n" = "n" + 1, "v" = 'x'" */
static char *
build_update_words(PlannerInfo *root, const DdbTableMap *map,
				   const List *assignments, const List *exprs)
{
	StringInfoData set;
	StringInfoData remove;
	ListCell   *lc;

	initStringInfo(&set);
	initStringInfo(&remove);
	foreach(lc, assignments)
	{
		List	   *item = lfirst(lc);
		Node	   *operand = list_nth(exprs, list_nth_int(item,
														   DDB_DIRECT_OPERAND));
		DdbAssign	assign = list_nth_int(item, DDB_DIRECT_ASSIGN);
		const DdbColumn *column =
			map->columns[list_nth_int(item, DDB_DIRECT_ATTNUM) - 1];
		char	   *name = ddb_template_quote(column->attribute);

		if (IsA(operand, Const) && ((Const *) operand)->constisnull)
		{
			appendStringInfo(&remove, "%s%s", remove.len > 0 ? ", " : "", name);
			continue;
		}
		appendStringInfo(&set, "%s%s = ", set.len > 0 ? ", " : "", name);
		if (assign != DDB_ASSIGN_VALUE)
			appendStringInfo(&set, "%s %c ", name,
							 assign == DDB_ASSIGN_ADD ? '+' : '-');
		appendStringInfoString(&set, ddb_deparse_expr(root, operand));
	}
	return ddb_expression_join_update(set.data, remove.data);
}

/*
 * What must be so of the item: WHERE, and for the arithmetic, as SQL reads,
 * the type's bounds.
 */
static char *
build_condition_words(PlannerInfo *root, const DdbTableMap *map,
					  const List *assignments, const List *exprs,
					  const DdbWhereClauses *where)
{
	StringInfoData text;
	ListCell   *lc;

	initStringInfo(&text);
	ddb_where_append_words(root, map, where, &text);
	foreach(lc, assignments)
	{
		List	   *item = lfirst(lc);
		const DdbColumn *column =
			map->columns[list_nth_int(item, DDB_DIRECT_ATTNUM) - 1];
		Node	   *operand = list_nth(exprs, list_nth_int(item,
														   DDB_DIRECT_OPERAND));
		char	   *name = ddb_template_quote(column->attribute);
		DdbAssign	assign = list_nth_int(item, DDB_DIRECT_ASSIGN);

		if (assign == DDB_ASSIGN_VALUE)
			continue;
		appendStringInfo(&text, " AND attribute_type(%s, 'N')", name);
		if (column->typid != NUMERICOID)
			appendStringInfo(&text, " AND %s %c %s within %s", name,
							 assign == DDB_ASSIGN_ADD ? '+' : '-',
							 ddb_deparse_expr(root, operand),
							 format_type_be(column->typid));
	}
	return text.data;
}

/*
 * The subplan's rows are never made; but what identifies them is looked for.
 */
static List *
empty_targetlist(List *tlist)
{
	ListCell   *lc;

	foreach(lc, tlist)
	{
		TargetEntry *tle = lfirst_node(TargetEntry, lc);

		/* by which the executor finds a hierarchy's table */
		if (IsA(tle->expr, Var) &&
			((Var *) tle->expr)->varattno == TableOidAttributeNumber)
			continue;
		tle->expr = (Expr *) makeNullConst(exprType((Node *) tle->expr),
										   exprTypmod((Node *) tle->expr),
										   exprCollation((Node *) tle->expr));
	}
	return tlist;
}

/* Does the scan look items up by their whole key? */
static bool
is_by_key(const ForeignScan *scan)
{
	return ddb_plan_get_integer(scan, DDB_PLAN_FULL_KEY) &&
		ddb_condition_names_keys(ddb_plan_get_list(scan,
												   DDB_PLAN_CONSTRAINTS));
}

/*
 * Do all clauses come from the statement, and none from a policy or barrier?
 */
static bool
is_unguarded(const RelOptInfo *rel)
{
	ListCell   *lc;

	foreach(lc, rel->baserestrictinfo)
	{
		if (lfirst_node(RestrictInfo, lc)->security_level >
			rel->baserestrict_min_security)
			return false;
	}
	return true;
}

/* The clauses, in the order in which they are to be evaluated. */
static List *
list_clauses(const ForeignScan *scan, bool by_key)
{
	return by_key ? list_copy(scan->scan.plan.qual) :
		list_concat_copy(scan->fdw_recheck_quals, scan->scan.plan.qual);
}

/*
 * Sorts what WHERE says besides what the keys say of themselves; false if
 * something of it has to be evaluated for the row.
 */
static bool
sort_where(PlannerInfo *root, RelOptInfo *rel, const ForeignScan *scan,
		   bool by_key, DdbWhereClauses *where)
{
	memset(where, 0, sizeof(*where));
	if (by_key && ddb_plan_get_integer(scan, DDB_PLAN_EXACT))
		return true;
	ddb_where_sort(root, rel, list_clauses(scan, by_key), where);
	return where->rest == NIL && is_unguarded(rel);
}

/* Lets the scan fetch no column but, where it rechecks, what WHERE wants. */
static void
narrow_scan(ForeignScan *scan, const DdbTableMap *map, List *clauses)
{
	List	   *private = list_copy(scan->fdw_private);

	lfirst(list_nth_cell(private, DDB_PLAN_ATTRS)) = NIL;
	lfirst(list_nth_cell(private, DDB_PLAN_RECHECK_ATTRS)) =
		list_used(map, scan->scan.scanrelid, clauses);
	scan->fdw_private = private;
	scan->fsSystemCol = false;
}

/* How a write is told from one that wasn't carried out. */
static DdbWriteKind
choose_kind(CmdType operation, const List *assignments,
			const DdbWhereClauses *where)
{
	ListCell   *lc;

	foreach(lc, assignments)
	{
		if (list_nth_int(lfirst(lc), DDB_DIRECT_ASSIGN) != DDB_ASSIGN_VALUE)
			return DDB_WRITE_RELATIVE;
	}
	return operation == CMD_DELETE || where->filters != NIL ?
		DDB_WRITE_CLAIM : DDB_WRITE_ABSOLUTE;
}

/*
 * Is there something that such writes don't go with?  What a version counts is
 * read; and with a token nothing is returned.
 */
static bool
is_forbidden(const DdbRelation *relation, const ModifyTable *plan,
			 DdbWriteKind kind)
{
	return (plan->operation == CMD_UPDATE &&
			relation->map->options.version_attribute != NULL) ||
		(plan->returningLists != NIL &&
		 ddb_write_takes_token(relation->serverid, kind));
}

/*
 * The scan that ModifyTable's rows come from, or NULL.  Of a hierarchy's
 * tables the planner may have found that one alone has any.
 */
static ForeignScan *
get_scan(const ModifyTable *plan)
{
	Plan	   *source = outerPlan(plan);

	if (IsA(source, Append) &&
		list_length(((Append *) source)->appendplans) == 1)
		source = linitial(((Append *) source)->appendplans);
	return IsA(source, ForeignScan) ? (ForeignScan *) source : NULL;
}

/* Does a trigger on a hierarchy's parent want all rows, as they were or are? */
static bool
has_transition_tables(PlannerInfo *root, const ModifyTable *plan)
{
	const TriggerDesc *triggers;
	Relation	rel;
	bool		result;

	if (plan->rootRelation == 0)
		return false;
	rel = table_open(planner_rt_fetch(plan->rootRelation, root)->relid,
					 NoLock);
	triggers = rel->trigdesc;
	result = triggers != NULL &&
		(triggers->trig_update_old_table || triggers->trig_update_new_table ||
		 triggers->trig_delete_old_table);
	table_close(rel, NoLock);
	return result;
}

/* Does the statement write one foreign table, by a scan of it alone? */
static bool
is_candidate(PlannerInfo *root, const ModifyTable *plan, Index rti)
{
	const ForeignScan *scan = get_scan(plan);
	const RelOptInfo *rel = root->simple_rel_array[rti];

	if (plan->operation == CMD_INSERT ||
		list_length(plan->resultRelations) != 1 || rel == NULL ||
		rel->fdw_private == NULL || scan == NULL ||
		scan->scan.scanrelid != rti ||
		ddb_plan_get_integer(scan, DDB_PLAN_BATCH) != 0 ||
		has_transition_tables(root, plan))
		return false;
	/* an item whose time has passed isn't a row: it takes a look */
	return ((const DdbRelation *) rel->fdw_private)->map->ttl_attribute == NULL;
}

/*
 * Has the table to be read before another query of the statement writes it?
 * And of several that meet an item only the first is to write it.
 */
static bool
is_met_by_others(PlannerInfo *root, const char *table_name, bool by_key)
{
	return by_key ? ddb_snapshot_others_change(root, table_name) :
		ddb_snapshot_others_write(root, table_name);
}

/*
 * The expressions of SET as they were written, and the columns they are for.
 */
static List *
list_whole(const List *assignments, const List *exprs, List **updated)
{
	List	   *whole = NIL;
	ListCell   *lc;

	*updated = NIL;
	foreach(lc, assignments)
	{
		List	   *item = lfirst(lc);

		*updated = lappend_int(*updated,
							   list_nth_int(item, DDB_DIRECT_ATTNUM));
		whole = lappend(whole,
						list_nth(exprs, list_nth_int(item, DDB_DIRECT_WHOLE)));
	}
	return whole;
}

/* Makes the scan the write, with all that it carries for that. */
static void
make_direct(PlannerInfo *root, const ModifyTable *plan, Index rti,
			const DdbTableMap *map, bool by_key, const DdbWhereClauses *where,
			DdbWriteKind kind, const List *assignments, List *exprs)
{
	ForeignScan *scan = get_scan(plan);
	List	   *clauses = list_clauses(scan, by_key);
	List	   *updated;
	List	   *looked_at = list_whole(assignments, exprs, &updated);
	Node	   *items[DDB_DIRECT_ITEM_COUNT] = {NULL};
	int			key_qual = -1;
	List	   *private = NIL;

	if (by_key && where->keys != NIL)
		key_qual = add_expr(&exprs, make_ands_explicit(where->keys));
	items[DDB_DIRECT_KIND] = (Node *) makeInteger(kind);
	items[DDB_DIRECT_ASSIGNMENTS] = (Node *) assignments;
	items[DDB_DIRECT_UPDATED] = (Node *) updated;
	items[DDB_DIRECT_SHOWN] = (Node *)
		list_used(map, rti, list_concat(looked_at, clauses));
	items[DDB_DIRECT_RETURNED] = (Node *) list_used(map, rti,
													plan->returningLists);
	items[DDB_DIRECT_SET_TAG] = (Node *) makeInteger(plan->canSetTag);
	items[DDB_DIRECT_WHERE] = (Node *)
		ddb_filter_write(where->filters, &exprs);
	items[DDB_DIRECT_READS] = (Node *) makeInteger(!by_key);
	items[DDB_DIRECT_LOCAL] = (Node *)
		makeInteger(scan->scan.plan.qual != NIL);
	items[DDB_DIRECT_KEY_QUAL] = (Node *) makeInteger(key_qual);
	items[DDB_DIRECT_UPDATE] = (Node *)
		makeString(build_update_words(root, map, assignments, exprs));
	items[DDB_DIRECT_CONDITION] = (Node *)
		makeString(build_condition_words(root, map, assignments, exprs,
										 where));
	for (int i = 0; i < DDB_DIRECT_ITEM_COUNT; i++)
		private = lappend(private, items[i]);

	narrow_scan(scan, map, clauses);
	scan->operation = plan->operation;
	scan->resultRelation = rti;
	scan->fdw_recheck_quals = clauses;
	scan->scan.plan.qual = NIL;
	scan->scan.plan.targetlist = empty_targetlist(scan->scan.plan.targetlist);
	scan->fdw_exprs = exprs;
	scan->fdw_private = lappend(scan->fdw_private, private);
}

/*
 * Makes the scan of an UPDATE or DELETE the write itself, and returns true,
 * where that can be.  Core has made sure that no row trigger, generated
 * column or view's check has to see the rows.
 */
bool
dynamodbPlanDirectModify(PlannerInfo *root, ModifyTable *plan,
						 Index resultRelation, int subplan_index)
{
	ForeignScan *scan = get_scan(plan);
	RelOptInfo *baserel = root->simple_rel_array[resultRelation];
	const DdbRelation *relation;
	DdbWhereClauses where;
	List	   *exprs;
	List	   *assignments = NIL;
	DdbWriteKind kind;
	bool		by_key;

	if (!is_candidate(root, plan, resultRelation))
		return false;
	relation = baserel->fdw_private;
	by_key = is_by_key(scan);
	if (is_met_by_others(root, relation->map->options.table_name, by_key))
		return false;
	if (!sort_where(root, baserel, scan, by_key, &where))
		return false;
	exprs = list_copy(scan->fdw_exprs);
	if (plan->operation == CMD_UPDATE &&
		!read_assignments(root, resultRelation, relation->map, &exprs,
						  &assignments))
		return false;
	kind = choose_kind(plan->operation, assignments, &where);
	if (is_forbidden(relation, plan, kind))
		return false;
	make_direct(root, plan, resultRelation, relation->map, by_key, &where,
				kind, assignments, exprs);
	return true;
}
