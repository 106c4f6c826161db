/*-------------------------------------------------------------------------
 *
 * modify_plan.c
 *	  Prepares a statement that writes a foreign table: which columns it may
 *	  change, which ones its decision rests on, and whether its source must
 *	  be read to the end before the first row is written.
 *
 * A decision rests on the columns in WHERE and joins, in the expressions that
 * are assigned, in the checks of a view, and in constraints and generated
 * columns that a changed column is part of; with row triggers, on all.  Their
 * values must be the same when the row is written.  Those of the primary key
 * are, by what a key is.  Of a clause in WHERE that can be said to DynamoDB
 * exactly it is enough that it is true when the row is written (see where.c).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "fdw/checks.h"
#include "fdw/deparse.h"
#include "fdw/deparse_filter.h"
#include "fdw/modify_plan.h"
#include "fdw/plan.h"
#include "fdw/relation.h"
#include "fdw/snapshot.h"
#include "fdw/spool.h"
#include "fdw/where.h"
#include "fdw/write.h"
#include "foreign/foreign.h"
#include "mapping/row.h"
#include "mapping/template.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/appendinfo.h"
#include "optimizer/clauses.h"
#include "optimizer/inherit.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteHandler.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

/*
 * What the private list of a plan has under a name (see modify_plan.h); the
 * plan's own memory.
 */
const char *
ddb_modify_plan_get_string(const List *private, DdbModifyItem item)
{
	return strVal(list_nth(private, item));
}

List *
ddb_modify_plan_get_list(const List *private, DdbModifyItem item)
{
	return list_nth(private, item);
}

DdbWriteKind
ddb_modify_plan_get_kind(const List *private)
{
	return intVal(list_nth(private, DDB_MODIFY_KIND));
}

bool
ddb_modify_plan_repeats(const List *private)
{
	return intVal(list_nth(private, DDB_MODIFY_REPEATS));
}

/*
 * A row carries in its ctid where the item it was made of is kept (see
 * cookie.c).  An ordinary table beside ours in one hierarchy asks for the
 * same.
 */
void
dynamodbAddForeignUpdateTargets(PlannerInfo *root, Index rtindex,
								RangeTblEntry *target_rte,
								Relation target_relation)
{
	Var		   *var = makeVar(rtindex, SelfItemPointerAttributeNumber, TIDOID,
							  -1, InvalidOid, 0);

	add_row_identity_var(root, var, rtindex, "ctid");
}

/* The operation that inserts a row, or does nothing, for EXPLAIN. */
static char *
get_insert_operation(const ModifyTable *plan, DdbInsertMode insert_mode,
					 Oid serverid)
{
	if (plan->operation == CMD_UPDATE)
		return "UpdateItem";
	if (plan->operation == CMD_DELETE)
		return "DeleteItem";
	if (plan->onConflictAction != ONCONFLICT_NOTHING)
	{
		if (insert_mode == DDB_INSERT_UPSERT)
			return "UpdateItem";
		if (insert_mode == DDB_INSERT_REPLACE)
			return plan->returningLists == NIL ? "BatchWriteItem" : "PutItem";
	}
	return ddb_write_operation_name(serverid, CMD_INSERT, DDB_WRITE_INSERT);
}

/* How an UPDATE or DELETE is told from one that wasn't carried out. */
static DdbWriteKind
choose_kind(CmdType operation, const DdbTableMap *map,
			const DdbWhereClauses *where, const List *compared)
{
	if (operation == CMD_DELETE)
		return DDB_WRITE_CLAIM;
	if (compared != NIL || map->options.version_attribute != NULL)
		return DDB_WRITE_DERIVED;
	return where->filters != NIL ? DDB_WRITE_CLAIM : DDB_WRITE_ABSOLUTE;
}

/* Do row triggers look at the rows that an UPDATE or DELETE changes? */
bool
ddb_modify_plan_has_triggers(const TriggerDesc *triggers, CmdType operation)
{
	if (triggers == NULL)
		return false;
	if (operation == CMD_UPDATE)
		return triggers->trig_update_before_row ||
			triggers->trig_update_after_row;
	return operation == CMD_DELETE && (triggers->trig_delete_before_row ||
									   triggers->trig_delete_after_row);
}

static Bitmapset *
add_all(Bitmapset *attrs, TupleDesc tupdesc)
{
	for (int i = 1; i <= tupdesc->natts; i++)
		attrs = bms_add_member(attrs, i - FirstLowInvalidHeapAttributeNumber);
	return attrs;
}

/*
 * What the statement itself says of a relation's columns, the clauses of its
 * WHERE aside.
 */
static Bitmapset *
pull_statement_columns(PlannerInfo *root, Index rti)
{
	Query	   *parse = root->parse;
	Bitmapset  *attrs = NULL;
	ListCell   *lc;

	pull_varattnos((Node *) parse->jointree->fromlist, rti, &attrs);
	pull_varattnos((Node *) planner_rt_fetch(rti, root)->securityQuals, rti,
				   &attrs);
	foreach(lc, parse->withCheckOptions)
		pull_varattnos(((WithCheckOption *) lfirst(lc))->qual, rti, &attrs);
	foreach(lc, root->processed_tlist)
	{
		TargetEntry *tle = lfirst(lc);

		/* what identifies the row, but not SET (a, b) = (SELECT ...) */
		if (!tle->resjunk || contain_subplans((Node *) tle->expr))
			pull_varattnos((Node *) tle->expr, rti, &attrs);
	}
	return attrs;
}

/*
 * The same for a child of the relation that the statement names: columns of
 * the parent, by the numbers they have in the child.
 */
static Bitmapset *
get_statement_columns(PlannerInfo *root, Index rti)
{
	AppendRelInfo *info = root->append_rel_array != NULL ?
		root->append_rel_array[rti] : NULL;
	Bitmapset  *attrs = pull_statement_columns(root, rti);
	Bitmapset  *parent;
	int			i = -1;

	if (info == NULL)
		return attrs;
	parent = get_statement_columns(root, info->parent_relid);
	while ((i = bms_next_member(parent, i)) >= 0)
	{
		int			attnum = i + FirstLowInvalidHeapAttributeNumber;
		Var		   *var;

		if (attnum == 0)
			attrs = bms_add_member(attrs, i);
		if (attnum <= 0)
			continue;
		var = list_nth(info->translated_vars, attnum - 1);
		if (var != NULL && IsA(var, Var))
			attrs = bms_add_member(attrs, var->varattno -
								   FirstLowInvalidHeapAttributeNumber);
	}
	return attrs;
}

/* The clauses of WHERE, with the columns of a child by their own numbers. */
static List *
get_where(PlannerInfo *root, Index rti)
{
	AppendRelInfo *info = root->append_rel_array != NULL ?
		root->append_rel_array[rti] : NULL;

	if (info == NULL)
		return castNode(List, root->parse->jointree->quals);
	return (List *)
		adjust_appendrel_attrs(root,
							   (Node *) get_where(root, info->parent_relid),
							   1, &info);
}

/* Does a policy or a security barrier hide rows of the relation? */
static bool
has_security(PlannerInfo *root, Index rti)
{
	const AppendRelInfo *info = root->append_rel_array != NULL ?
		root->append_rel_array[rti] : NULL;

	return planner_rt_fetch(rti, root)->securityQuals != NIL ||
		(info != NULL && has_security(root, info->parent_relid));
}

/*
 * Sorts the clauses of WHERE.  All of them are compared by their columns
 * where triggers look at the row as it was; where a version tells of every
 * change; and where rows are hidden, since of an item that isn't to be seen
 * any more nothing should be told by whether it was a conflict.
 */
static void
sort_where(PlannerInfo *root, Index rti, const DdbTableMap *map,
		   bool triggers, DdbWhereClauses *where)
{
	List	   *clauses = get_where(root, rti);

	memset(where, 0, sizeof(*where));
	if (triggers || map->options.version_attribute != NULL ||
		has_security(root, rti))
		where->rest = clauses;
	else
		ddb_where_sort(root, find_base_rel(root, rti), clauses, where);
}

/* For add_old_columns(). */
typedef struct OldColumns
{
	Index		rti;
	Bitmapset  *attrs;
} OldColumns;

static bool
find_old_columns(Node *node, void *context)
{
	OldColumns *old = context;
	const Var  *var = (const Var *) node;

	if (node == NULL)
		return false;
	if (!IsA(node, Var))
		return expression_tree_walker(node, find_old_columns, context);
	if (var->varno == (int) old->rti && var->varlevelsup == 0 &&
		ddb_compat_is_old(var))
		old->attrs = bms_add_member(old->attrs, var->varattno -
									FirstLowInvalidHeapAttributeNumber);
	return false;
}

/*
 * What RETURNING shows of an updated row as it was (18): that comes from the
 * row as it was read, so it has to be what the item was when it was written.
 */
static Bitmapset *
add_old_columns(const ModifyTable *plan, Index rti, Bitmapset *attrs)
{
	OldColumns	old = {rti, attrs};

	(void) find_old_columns((Node *) plan->returningLists, &old);
	return old.attrs;
}

/* What constraints and generated columns look at. */
static Bitmapset *
add_constraint_columns(Relation rel, Bitmapset *attrs,
					   const Bitmapset *updated)
{
	TupleDesc	tupdesc = RelationGetDescr(rel);
	ListCell   *lc;

	foreach(lc, ddb_checks_list(rel))
		if (ddb_checks_is_touched(lfirst(lc), updated))
			attrs = bms_add_members(attrs, lfirst(lc));
	for (int i = 0; i < tupdesc->natts; i++)
	{
		if (TupleDescAttr(tupdesc, i)->attgenerated != '\0' &&
			bms_is_member(i + 1 - FirstLowInvalidHeapAttributeNumber,
						  updated))
			pull_varattnos(build_column_default(rel, i + 1), 1, &attrs);
	}
	return attrs;
}

/* May the statement give a row another key? */
static bool
moves_rows(const DdbTableMap *map, const List *updated)
{
	ListCell   *lc;

	foreach(lc, updated)
	{
		if (ddb_row_shows_key(map, map->columns[lfirst_int(lc) - 1]))
			return true;
	}
	return false;
}

/* May it give the item another one, be it by the whole of it? */
static bool
assigns_key(const DdbTableMap *map, const List *updated)
{
	ListCell   *lc;

	foreach(lc, updated)
	{
		if (map->columns[lfirst_int(lc) - 1]->whole_item)
			return true;
	}
	return moves_rows(map, updated);
}

/*
 * The relation's map with its schema; NULL where the planner knows that there
 * are no rows and hasn't looked at it.
 */
static const DdbTableMap *
lookup_map(PlannerInfo *root, Index rti)
{
	const RelOptInfo *rel = root->simple_rel_array[rti];

	if (rel == NULL || rel->fdw_private == NULL)
		return NULL;
	return ((DdbRelation *) rel->fdw_private)->map;
}

/* "SET "v" = (v || '!'::text)": what is assigned, as far as it differs. */
static char *
build_update_words(PlannerInfo *root, Index rti, const DdbTableMap *map)
{
	StringInfoData text;
	List	   *targetlist;
	List	   *attnums;
	ListCell   *lc;
	ListCell   *lc2;

	initStringInfo(&text);
	if (root->parse->commandType != CMD_UPDATE)
		return text.data;
	get_translated_update_targetlist(root, rti, &targetlist, &attnums);
	forboth(lc, targetlist, lc2, attnums)
	{
		const TargetEntry *tle = lfirst_node(TargetEntry, lc);
		const DdbColumn *column = map->columns[lfirst_int(lc2) - 1];

		if (column == NULL)
			continue;
		appendStringInfo(&text, "%s%s = %s", text.len > 0 ? ", " : "SET ",
						 column->whole_item ? "other attributes" :
						 ddb_deparse_filter_path(column),
						 ddb_deparse_expr(root, (Node *) tle->expr));
	}
	return text.data;
}

/* The columns that an INSERT gives values, as an integer list. */
static List *
list_inserted(PlannerInfo *root, const ModifyTable *plan)
{
	List	   *columns = NIL;
	ListCell   *lc;

	if (plan->operation != CMD_INSERT)
		return NIL;
	foreach(lc, root->processed_tlist)
	{
		const TargetEntry *tle = lfirst_node(TargetEntry, lc);

		if (!tle->resjunk && !(IsA(tle->expr, Const) &&
							   ((Const *) tle->expr)->constisnull))
			columns = lappend_int(columns, tle->resno);
	}
	return columns;
}

/* What must be so of an item, that a changed key moves or not. */
static char *
build_condition_words(PlannerInfo *root, const DdbTableMap *map,
					  const DdbWhereClauses *where, const List *compared,
					  bool moves)
{
	StringInfoData text;
	ListCell   *lc;

	if (moves)
		return "every attribute as it was read";
	initStringInfo(&text);
	ddb_where_append_words(root, map, where, &text);
	foreach(lc, compared)
	{
		const DdbColumn *column = map->columns[lfirst_int(lc) - 1];

		appendStringInfo(&text, " AND %s as it was read", column->whole_item ?
						 "other attributes" : ddb_deparse_filter_path(column));
	}
	if (map->options.version_attribute != NULL)
		appendStringInfo(&text, " AND %s as it was read",
						 ddb_template_quote(map->options.version_attribute));
	return text.data;
}

/* Rows that are estimated to be written. */
static Node *
estimate_rows(PlannerInfo *root, const ModifyTable *plan, Index rti)
{
	const RelOptInfo *rel = root->simple_rel_array[rti];
	double		rows = list_length(plan->resultRelations) > 1 && rel != NULL ?
		rel->rows : outerPlan(plan)->plan_rows;

	return (Node *) makeFloat(psprintf("%.0f", rows));
}

/* Is this a stable function whose body may be SQL? (for functions of nodes) */
static bool
may_read(Oid funcid, void *context)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(funcid));
	Form_pg_proc proc;
	bool		result;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", funcid);
	proc = (Form_pg_proc) GETSTRUCT(tuple);
	result = proc->provolatile == PROVOLATILE_STABLE &&
		proc->prolang != INTERNALlanguageId && proc->prolang != ClanguageId;
	ReleaseSysCache(tuple);
	return result;
}

/*
 * Does the statement call a function that may read the table it writes?  A
 * stable one is promised the table as it was when the statement began; a
 * volatile one is to see what has been written so far.  (A walker.)
 */
static bool
calls_reader(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (check_functions_in_node(node, may_read, context))
		return true;
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, calls_reader, context, 0);
	return expression_tree_walker(node, calls_reader, context);
}

static List *
list_items(Node **items)
{
	List	   *private = NIL;

	for (int i = 0; i < DDB_MODIFY_ITEM_COUNT; i++)
		private = lappend(private, items[i]);
	return private;
}

/*
 * Prepares UPDATE and DELETE.  The source may be read while rows are written
 * only if it is a single scan by the table's own key, and no key is assigned:
 * then no item is met again.  (An index shows one twice that moves in it at
 * the time.)  Nor if a function in the statement may read the table by itself.
 *
 * Where the write can't return the item, RETURNING shows it as it was read;
 * so what is shown is compared.
 */
static List *
plan_change(PlannerInfo *root, ModifyTable *plan, Index rti, Relation rel,
			const DdbTableMap *map, Oid serverid)
{
	List	   *subplans = root->glob->subplans;
	const char *table_name = map->options.table_name;
	bool		triggers = ddb_modify_plan_has_triggers(rel->trigdesc,
														plan->operation);
	Bitmapset  *changes = NULL;
	Bitmapset  *decides = get_statement_columns(root, rti);
	Bitmapset  *said = NULL;
	Node	   *items[DDB_MODIFY_ITEM_COUNT] = {NULL};
	List	   *exprs = NIL;
	List	   *assigned = NIL;
	List	   *updated;
	List	   *compared;
	DdbWriteKind kind;
	bool		moves;
	bool		single;
	DdbWhereClauses where;

	if (plan->operation == CMD_UPDATE)
	{
		changes = get_rel_all_updated_cols(root, find_base_rel(root, rti));
		assigned = ddb_relation_list_columns(map, changes);
		if (triggers && rel->trigdesc->trig_update_before_row)
			changes = add_all(NULL, RelationGetDescr(rel));
		decides = add_constraint_columns(rel, decides, changes);
		decides = add_old_columns(plan, rti, decides);
	}
	if (triggers)
		decides = add_all(decides, RelationGetDescr(rel));
	else if (ddb_write_takes_token(serverid, DDB_WRITE_DERIVED))
		pull_varattnos((Node *) plan->returningLists, rti, &decides);
	sort_where(root, rti, map, triggers, &where);
	pull_varattnos((Node *) where.rest, rti, &decides);
	pull_varattnos((Node *) where.said, rti, &said);
	updated = ddb_relation_list_columns(map, changes);
	moves = moves_rows(map, assigned);
	compared = ddb_row_without_keys(map,
									ddb_relation_list_columns(map, decides));
	kind = choose_kind(plan->operation, map, &where, compared);

	single = ddb_spool_is_single(outerPlan(plan), subplans, table_name);
	ddb_spool_put(plan, !single || assigns_key(map, updated) ||
				  calls_reader((Node *) root->parse, NULL));
	items[DDB_MODIFY_OPERATION] = (Node *)
		makeString(moves ? "TransactWriteItems (DeleteItem, PutItem)" :
				   ddb_write_operation_name(serverid, plan->operation, kind));
	items[DDB_MODIFY_TABLE] = (Node *) makeString(pstrdup(table_name));
	items[DDB_MODIFY_KIND] = (Node *) makeInteger(kind);
	items[DDB_MODIFY_UPDATED] = (Node *) updated;
	items[DDB_MODIFY_COMPARED] = (Node *) compared;
	items[DDB_MODIFY_REPEATS] = (Node *)
		makeInteger(!single || !ddb_spool_is_scan(outerPlan(plan)) ||
					ddb_snapshot_others_change(root, table_name));
	items[DDB_MODIFY_WHERE] = (Node *)
		ddb_filter_write(where.filters, &exprs);
	items[DDB_MODIFY_WHERE_EXPRS] = (Node *) exprs;
	items[DDB_MODIFY_WHERE_QUAL] = (Node *) where.said;
	items[DDB_MODIFY_WHERE_COLUMNS] = (Node *)
		ddb_relation_list_columns(map, said);
	items[DDB_MODIFY_ROWS] = estimate_rows(root, plan, rti);
	items[DDB_MODIFY_ASSIGNED] = (Node *) assigned;
	items[DDB_MODIFY_UPDATE] = (Node *)
		makeString(build_update_words(root, rti, map));
	items[DDB_MODIFY_CONDITION] = (Node *)
		makeString(build_condition_words(root, map, &where, compared,
										 moves));
	return list_items(items);
}

/*
 * Prepares the plan of a statement for one of its result relations.  Sends
 * nothing.
 */
List *
dynamodbPlanForeignModify(PlannerInfo *root, ModifyTable *plan,
						  Index resultRelation, int subplan_index)
{
	Oid			relid = planner_rt_fetch(resultRelation, root)->relid;
	Oid			serverid = GetForeignTable(relid)->serverid;
	const DdbTableMap *map = NULL;
	Node	   *items[DDB_MODIFY_ITEM_COUNT] = {NULL};
	DdbTableOptions options;
	List	   *private;
	Relation	rel;

	if (plan->operation != CMD_INSERT)
		map = lookup_map(root, resultRelation);
	if (map != NULL)
	{
		rel = table_open(relid, NoLock);
		private = plan_change(root, plan, resultRelation, rel, map, serverid);
		table_close(rel, NoLock);
	}
	else
	{
		ddb_option_get_table(relid, &options);
		if (plan->operation != CMD_INSERT ||
			ddb_spool_reads(outerPlan(plan), root->glob->subplans,
							options.table_name) ||
			calls_reader((Node *) root->parse, NULL))
			ddb_spool_put(plan, true);
		items[DDB_MODIFY_OPERATION] = (Node *)
			makeString(get_insert_operation(plan, options.insert_mode,
											serverid));
		items[DDB_MODIFY_TABLE] = (Node *) makeString(options.table_name);
		items[DDB_MODIFY_KIND] = (Node *) makeInteger(DDB_WRITE_INSERT);
		items[DDB_MODIFY_ASSIGNED] = (Node *) list_inserted(root, plan);
		items[DDB_MODIFY_REPEATS] = (Node *) makeInteger(false);
		items[DDB_MODIFY_ROWS] = estimate_rows(root, plan, resultRelation);
		items[DDB_MODIFY_UPDATE] = (Node *) makeString("");
		items[DDB_MODIFY_CONDITION] = (Node *) makeString("");
		private = list_items(items);
	}
	ddb_spool_name_rows(root, plan);
	return private;
}
