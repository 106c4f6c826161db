/*-------------------------------------------------------------------------
 *
 * plan.c
 *	  Writes the chosen access down.
 *
 * The key constraints are read again from scan_clauses, which contain the
 * join clauses of a parameterised path as core enforces them.  Their values
 * go into fdw_exprs, where core replaces outer Vars; fdw_private holds none.
 * What pushdown.c says of each clause decides whether it stays in plan.qual.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "fdw/access.h"
#include "fdw/deparse.h"
#include "fdw/deparse_filter.h"
#include "fdw/path.h"
#include "fdw/plan.h"
#include "fdw/price.h"
#include "fdw/snapshot.h"
#include "mapping/condition.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/planmain.h"
#include "optimizer/restrictinfo.h"
#include "utils/lsyscache.h"

/* An answer to BatchGetItem may be 16 MB; this is about what pages have. */
#define BATCH_BYTES (2.0 * 1024 * 1024)

/*
 * DynamoDB has no row locks, and a lock that isn't one is a lie.  A relation
 * that is merely joined in a locking statement is marked by copying its rows,
 * as core would have it.
 */
RowMarkType
dynamodbGetForeignRowMarkType(RangeTblEntry *rte, LockClauseStrength strength)
{
	if (strength != LCS_NONE)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cannot lock rows of foreign table \"%s\"",
						get_rel_name(rte->relid)),
				 errdetail("DynamoDB has no row locks."),
				 errhint("Name the tables to be locked: FOR UPDATE OF ...")));
	return ROW_MARK_COPY;
}

/* What a plan has under a name (see plan.h); the plan's own memory. */
const char *
ddb_plan_get_string(const ForeignScan *plan, DdbPlanItem item)
{
	return strVal(list_nth(plan->fdw_private, item));
}

int
ddb_plan_get_integer(const ForeignScan *plan, DdbPlanItem item)
{
	return intVal(list_nth(plan->fdw_private, item));
}

double
ddb_plan_get_number(const ForeignScan *plan, DdbPlanItem item)
{
	return floatVal(list_nth(plan->fdw_private, item));
}

List *
ddb_plan_get_list(const ForeignScan *plan, DdbPlanItem item)
{
	return list_nth(plan->fdw_private, item);
}

/* Collects the numbers of the executor's parameters (a walker). */
static bool
collect_params(Node *node, void *context)
{
	Bitmapset **params = context;

	if (node == NULL)
		return false;
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXEC)
		*params = bms_add_member(*params, ((Param *) node)->paramid);
	return expression_tree_walker(node, collect_params, context);
}

/* The executor's parameters that expressions look at. */
Bitmapset *
ddb_plan_list_params(const List *exprs)
{
	Bitmapset  *params = NULL;

	(void) collect_params((Node *) exprs, &params);
	return params;
}

/*
 * What the scan asks of each item to fill these columns (DDB_PLAN_ATTRS or
 * DDB_PLAN_RECHECK_ATTRS), palloc'd in the current context.
 */
DdbProjectionMap *
ddb_plan_projection(const ForeignScan *plan, DdbPlanItem attrs,
					const DdbTableMap *map)
{
	List	   *extras = list_copy(ddb_plan_get_list(plan, DDB_PLAN_ORDER));

	/*
	 * Items that come in any order are matched to their keys; and items that
	 * are written without being read are found by them.
	 */
	if (plan->operation != CMD_SELECT ||
		ddb_plan_get_integer(plan, DDB_PLAN_FETCHES) ||
		(ddb_plan_get_integer(plan, DDB_PLAN_FULL_KEY) &&
		 (ddb_plan_get_integer(plan, DDB_PLAN_OPERATION) != DDB_GET_ITEM ||
		  ddb_plan_get_integer(plan, DDB_PLAN_BATCH) != 0)))
		extras = list_concat(extras,
							 ddb_plan_get_list(plan, DDB_PLAN_KEY_NAMES));
	extras = list_concat(extras,
						 ddb_plan_get_list(plan, DDB_PLAN_INDEX_KEYS));
	/* last, as scan.c finds it there */
	if (map->ttl_attribute != NULL)
		extras = lappend(extras, makeString(map->ttl_attribute));
	return ddb_projection_create(map, ddb_plan_get_list(plan, attrs), extras);
}

/*
 * Columns to fetch: what the query takes from the relation, what these
 * clauses look at, or all where either wants whole rows.
 */
static List *
columns_to_fetch(RelOptInfo *baserel, List *clauses, List *more_clauses)
{
	const DdbTableMap *map = ((DdbRelation *) baserel->fdw_private)->map;
	Bitmapset  *attrs = NULL;

	pull_varattnos((Node *) baserel->reltarget->exprs, baserel->relid,
				   &attrs);
	pull_varattnos((Node *) clauses, baserel->relid, &attrs);
	pull_varattnos((Node *) more_clauses, baserel->relid, &attrs);
	return ddb_relation_list_columns(map, attrs);
}

/* The access that a path stands for, matched to the clauses of the plan. */
static void
rebuild_access(PlannerInfo *root, RelOptInfo *baserel, const ForeignPath *path,
			   const DdbClauses *clauses, DdbAccess *access)
{
	DdbRelation *relation = baserel->fdw_private;
	const DdbSchema *schema = relation->map->schema;
	DdbOperation operation = intVal(list_nth(path->fdw_private,
											 DDB_PATH_OPERATION));
	int			number = intVal(list_nth(path->fdw_private, DDB_PATH_INDEX));
	const DdbIndex *index = ddb_schema_get_index(schema, number);
	const char *reason;

	if (operation == DDB_SCAN)
		ddb_access_scan(access, index, clauses);
	else if (!ddb_access_match(baserel, index, clauses, access, &reason))
		elog(ERROR, "cannot rebuild access to DynamoDB table \"%s\": %s",
			 schema->table_name, reason);
	ddb_price_access(root, baserel, access);
	if (path->path.parallel_aware)
		ddb_price_deal(relation, access, path->path.parallel_workers + 1);
}

static List *
key_names(const DdbIndex *index)
{
	List	   *names = NIL;

	for (int i = 0; i < index->npartition; i++)
		names = lappend(names, makeString(index->partition[i].name));
	for (int i = 0; i < index->nsort; i++)
		names = lappend(names, makeString(index->sort[i].name));
	return names;
}

/* What the streams of several keys are merged by to serve the path's order. */
static List *
merge_order(const DdbAccess *access, int nserved)
{
	List	   *names = NIL;

	if (access->nsort_fixed + nserved > access->index->nsort)
		elog(ERROR, "plan claims an order that its access doesn't have");
	if (!access->lists)
		return NIL;
	for (int i = 0; i < nserved; i++)
		names = lappend(names,
						makeString(access->index->sort[access->nsort_fixed + i].name));
	return names;
}

/* How many keys a BatchGetItem may have for its answer to be of good size. */
int
ddb_plan_batch_size(const DdbRelation *relation)
{
	return (int) Max(1, Min(DDB_MAX_BATCH_KEYS,
							BATCH_BYTES / relation->item_size));
}

static Node *
make_number(double number)
{
	return (Node *) makeFloat(psprintf("%.1f", number));
}

/* What the executor needs to know of the access. */
static void
write_access(const DdbRelation *relation, const DdbAccess *access,
			 const ForeignPath *path, Node **items)
{
	const DdbIndex *index = access->index;
	int			nserved = intVal(list_nth(path->fdw_private,
										  DDB_PATH_NSERVED));
	DdbPartitionOrder partitions = intVal(list_nth(path->fdw_private,
												   DDB_PATH_PARTITIONS));
	double		capacity = access->operation == DDB_SCAN ?
		ddb_price_capacity(access) : 0;

	items[DDB_PLAN_OPERATION] = (Node *) makeInteger(access->operation);
	items[DDB_PLAN_INDEX] = (Node *) makeString(index->name ? index->name : "");
	items[DDB_PLAN_INDEX_GLOBAL] = (Node *) makeInteger(index->global);
	items[DDB_PLAN_BACKWARD] = list_nth(path->fdw_private, DDB_PATH_BACKWARD);
	items[DDB_PLAN_EXACT] = (Node *) makeInteger(access->exact);
	items[DDB_PLAN_STRICT] = (Node *) makeInteger(access->strict_bound);
	items[DDB_PLAN_UNITS] = make_number(access->units);
	items[DDB_PLAN_REQUESTS] = make_number(access->requests);
	items[DDB_PLAN_CAPACITY] = make_number(capacity);
	items[DDB_PLAN_KEY_NAMES] = (Node *)
		key_names(&relation->map->schema->primary);
	items[DDB_PLAN_FULL_KEY] = (Node *)
		makeInteger(access->operation != DDB_SCAN && index->name == NULL &&
					access->nsort_fixed == index->nsort);
	items[DDB_PLAN_INDEX_KEYS] = (Node *)
		(access->fetches ? key_names(index) : NIL);
	items[DDB_PLAN_FETCHES] = (Node *) makeInteger(access->fetches);
	items[DDB_PLAN_ORDER] = (Node *)
		(partitions == DDB_PARTITIONS_ANY ? merge_order(access, nserved) : NIL);
	items[DDB_PLAN_REVERSED] = (Node *)
		makeInteger(partitions == DDB_PARTITIONS_DESCENDING);
	items[DDB_PLAN_SEGMENTS] = (Node *) makeInteger(access->segments);
	items[DDB_PLAN_BATCH_SIZE] = (Node *)
		makeInteger(ddb_plan_batch_size(relation));
	items[DDB_PLAN_BATCH] = list_nth(path->fdw_private, DDB_PATH_BATCH);
	items[DDB_PLAN_KEY_UNITS] = make_number(access->key_units);
	items[DDB_PLAN_RANGE_UNITS] = make_number(access->range_units);
	items[DDB_PLAN_KEY_ITEMS] = make_number(access->key_items);
	items[DDB_PLAN_TABLE] = (Node *)
		makeString(relation->map->options.table_name);
}

/* How many rows will be taken from a path, as far as is known; else 0. */
static int64
rows_wanted(PlannerInfo *root, const ForeignPath *path)
{
	int			limit = intVal(list_nth(path->fdw_private, DDB_PATH_LIMIT));

	return limit > 0 ? limit :
		ddb_path_rows_wanted(root, path->path.pathkeys);
}

/* What would spare a Scan, for the detail of a refusal. */
static char *
get_advice(PlannerInfo *root, RelOptInfo *rel, const DdbClauses *clauses)
{
	const DdbTableMap *map = ((DdbRelation *) rel->fdw_private)->map;

	if ((rel->has_eclass_joins || rel->joininfo != NIL) &&
		ddb_snapshot_others_write_by(root, map->options.table_name,
									 map->relid))
		return pstrdup("A query of WITH writes the table, so its rows are read before that and not looked up by those they are joined to.  Two statements need no Scan.");
	return ddb_deparse_advice(rel, clauses);
}

/*
 * Makes the plan of a path: plain Lists in fdw_private, the values of key and
 * filter in fdw_exprs, in the qual what is to be evaluated here.  Sends
 * nothing.
 */
ForeignScan *
dynamodbGetForeignPlan(PlannerInfo *root, RelOptInfo *baserel,
					   Oid foreigntableid, ForeignPath *best_path,
					   List *tlist, List *scan_clauses, Plan *outer_plan)
{
	DdbRelation *relation = baserel->fdw_private;
	DdbClauses *clauses = ddb_access_read_clauses(root, baserel,
												  scan_clauses);
	int64		rows = rows_wanted(root, best_path);
	bool		batched = intVal(list_nth(best_path->fdw_private,
										  DDB_PATH_BATCH)) != 0;
	Node	   *items[DDB_PLAN_ITEM_COUNT] = {NULL};
	DdbAccess	access;
	DdbPushdown *pushdown;
	List	   *local;
	List	   *recheck;
	List	   *exprs = NIL;
	List	   *private = NIL;
	char	   *advice = "";

	rebuild_access(root, baserel, best_path, clauses, &access);
	ddb_price_bound(&access, rows);
	write_access(relation, &access, best_path, items);
	items[DDB_PLAN_CONSTRAINTS] = (Node *)
		ddb_condition_write(access.constraints, access.npartition, &exprs);
	pushdown = ddb_pushdown_decide(root, baserel, &access, batched,
								   scan_clauses);
	local = extract_actual_clauses(pushdown->local, false);
	recheck = extract_actual_clauses(pushdown->exact, false);
	items[DDB_PLAN_FILTER] = (Node *)
		ddb_filter_write(pushdown->filters, &exprs);
	/* A batch's answers serve rows some of which may have to be rechecked. */
	items[DDB_PLAN_ATTRS] = (Node *)
		columns_to_fetch(baserel, local, batched ? recheck : NIL);
	items[DDB_PLAN_RECHECK_ATTRS] = (Node *)
		columns_to_fetch(baserel, local, recheck);
	items[DDB_PLAN_LIMIT] = (Node *)
		makeInteger(rows > 0 ? rows + access.strict_bound : 0);
	items[DDB_PLAN_WHOLE] = (Node *) makeInteger(root->tuple_fraction <= 0);
	items[DDB_PLAN_KEY_CONDITION] = (Node *)
		makeString(ddb_deparse_key_condition(root, &access));
	items[DDB_PLAN_REMOTE_FILTER] = (Node *)
		makeString(ddb_deparse_filter_words(root, pushdown->filters));
	items[DDB_PLAN_NOT_PUSHED] = (Node *)
		ddb_deparse_not_pushed(root, baserel, pushdown);
	items[DDB_PLAN_REJECTED] = (Node *)
		ddb_deparse_rejected(baserel, &access, clauses);
	if (access.operation == DDB_SCAN)
		advice = get_advice(root, baserel, clauses);
	items[DDB_PLAN_ADVICE] = (Node *) makeString(advice);
	for (int i = 0; i < DDB_PLAN_ITEM_COUNT; i++)
		private = lappend(private, items[i]);

	return make_foreignscan(tlist, local, baserel->relid, exprs, private, NIL,
							recheck, outer_plan);
}
