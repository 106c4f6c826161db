/*-------------------------------------------------------------------------
 *
 * lookahead_path.c
 *	  The planner's side of joins by key in batches.
 *
 * Core can join a foreign table by a nested loop that looks up one row of the
 * other side after another.  For each such lookup this offers the same nested
 * loop with a look-ahead node around its outer side, and the lookup at the
 * price that it has in a batch.
 *
 * Not where reading ahead could be seen: over volatile targets, row marks
 * (whose rows are to be looked at again later), and data-modifying CTEs.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "base/compat.h"
#include "base/guc.h"
#include "fdw/access.h"
#include "fdw/lookahead.h"
#include "fdw/path.h"
#include "fdw/plan.h"
#include "foreign/fdwapi.h"
#include "mapping/condition.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"
#include "optimizer/tlist.h"
#include "utils/selfuncs.h"

static set_join_pathlist_hook_type prev_join_pathlist = NULL;

/* Batches of a session's plans have different numbers. */
static int	last_number = 0;

/*
 * A Var as the child emits it, whatever outer joins it has come through (its
 * varnullingrels must be the same for core to find it).
 */
static Node *
as_emitted(Node *node, void *context)
{
	List	   *tlist = context;
	ListCell   *lc;

	if (node == NULL)
		return NULL;
	if (!IsA(node, Var))
		return expression_tree_mutator(node, as_emitted, context);
	foreach(lc, tlist)
	{
		const Var  *emitted = (Var *) lfirst_node(TargetEntry, lc)->expr;

		if (IsA(emitted, Var) && emitted->varno == ((Var *) node)->varno &&
			emitted->varattno == ((Var *) node)->varattno)
			return copyObject((Node *) emitted);
	}
	elog(ERROR, "key column is not emitted by the outer plan");
}

/* A CustomPath's PlanCustomPath: core has planned the child. */
static Plan *
plan_lookahead(PlannerInfo *root, RelOptInfo *rel, CustomPath *path,
			   List *tlist, List *clauses, List *custom_plans)
{
	CustomScan *scan = makeNode(CustomScan);
	Plan	   *child = linitial(custom_plans);

	scan->scan.plan.targetlist = tlist;
	scan->flags = path->flags;
	scan->custom_plans = custom_plans;
	scan->custom_scan_tlist = copyObject(child->targetlist);
	scan->custom_exprs = (List *)
		as_emitted(lsecond(path->custom_private), child->targetlist);
	scan->custom_private = linitial(path->custom_private);
	scan->methods = &ddb_lookahead_scan_methods;
	return &scan->scan.plan;
}

const CustomScanMethods ddb_lookahead_scan_methods = {
	.CustomName = "DynamoDB Look-ahead",
	.CreateCustomScanState = ddb_lookahead_create_state,
};

static const CustomPathMethods path_methods = {
	.CustomName = "DynamoDB Look-ahead",
	.PlanCustomPath = plan_lookahead,
};

/* Does the path emit all columns of these expressions, as columns? */
static bool
emits(PlannerInfo *root, const Path *path, List *exprs)
{
	List	   *vars = pull_var_clause((Node *) exprs,
									   PVC_RECURSE_PLACEHOLDERS);
	ListCell   *lc;
	ListCell   *le;

	foreach(lc, vars)
	{
		const Var  *var = lfirst_node(Var, lc);
		bool		found = false;

		foreach(le, path->pathtarget->exprs)
		{
			const Var  *emitted = lfirst(le);

			found |= IsA(emitted, Var) && emitted->varno == var->varno &&
				emitted->varattno == var->varattno;
		}
		if (!found)
			return false;
	}
	return true;
}

/* A PlaceHolderVar is core's to evaluate. */
static bool
contains_placeholder(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, PlaceHolderVar))
		return true;
	return expression_tree_walker(node, contains_placeholder, context);
}

/* The outer side with a look-ahead node on top. */
static Path *
create_lookahead(RelOptInfo *outerrel, Path *outer, List *private,
				 List *exprs)
{
	CustomPath *path = makeNode(CustomPath);

	path->path.pathtype = T_CustomScan;
	path->path.parent = outerrel;
	path->path.pathtarget = outer->pathtarget;
	path->path.rows = outer->rows;
	DDB_COPY_DISABLED(&path->path, outer);
	path->path.startup_cost = outer->startup_cost;
	path->path.total_cost = outer->total_cost +
		outer->rows * cpu_tuple_cost;
	path->path.pathkeys = outer->pathkeys;
	path->flags = CUSTOMPATH_SUPPORT_PROJECTION;
	path->custom_paths = list_make1(outer);
	path->custom_private = list_make2(private, exprs);
	path->methods = &path_methods;
	return &path->path;
}

/*
 * The share of so many rows whose key has been asked for before, as core
 * reckons it for Memoize.  Items of complete keys are kept, as far as work_mem
 * holds them; what a Query has found may be more than a page, and then it is
 * asked for again, so core's Memoize is to be had for that.
 */
static double
share_of_known_keys(PlannerInfo *root, const DdbRelation *relation,
					const DdbAccess *access, List *exprs, double rows)
{
	EstimationInfo info = {0};
	double		keys;
	double		room;

	if (access->operation != DDB_GET_ITEM)
		return 0;
	keys = estimate_num_groups(root, exprs, rows, NULL, &info);
	/* a mere guess would make a loop look better than it may be */
	if ((info.flags & SELFLAG_USED_DEFAULT) != 0 || keys >= rows)
		return 0;
	room = floor(work_mem * 1024.0 / relation->item_size);
	return (rows - keys) / rows * (room / Max(keys, Max(room, 1.0)));
}

/*
 * The lookup at its price in a batch of so many rows: two at least, as an
 * estimate of one row may be wrong, and costs nothing where it is right.
 */
static Path *
create_batched_lookup(PlannerInfo *root, RelOptInfo *rel,
					  ForeignPath *lookup, int number, int limit, double rows,
					  double known)
{
	const DdbRelation *relation = rel->fdw_private;
	List	   *private = list_copy(lookup->fdw_private);
	Cost		saved = relation->request_cost * (1 - 1 / rows);
	Cost		startup = Max(lookup->path.startup_cost - saved, 0);
	Cost		total = Max(lookup->path.total_cost - saved, startup);
	Cost		reading = Min(lookup->path.rows * cpu_tuple_cost, total);
	Path	   *path;

	/* What is known already is read, and not asked for. */
	startup *= 1 - known;
	total = reading + (total - reading) * (1 - known);

	lfirst(list_nth_cell(private, DDB_PATH_BATCH)) = makeInteger(number);
	lfirst(list_nth_cell(private, DDB_PATH_LIMIT)) = makeInteger(limit);
	path = (Path *)
		create_foreignscan_path(root, rel, NULL, lookup->path.rows,
								DDB_PATH_DISABLED(0)
								startup, total, NIL, PATH_REQ_OUTER(&lookup->path),
								NULL, DDB_PATH_RESTRICT private);
	path->parallel_safe = false;	/* as the lookup it is made of */
	return path;
}

/* How the parameterised path reads; false if that is not by one key a row. */
static bool
match_lookup(PlannerInfo *root, RelOptInfo *rel, const ForeignPath *lookup,
			 DdbAccess *access)
{
	const DdbRelation *relation = rel->fdw_private;
	List	   *rinfos = list_concat_copy(rel->baserestrictinfo,
										  lookup->path.param_info->ppi_clauses);
	int			index = intVal(list_nth(lookup->fdw_private, DDB_PATH_INDEX));
	const char *ignored;

	return intVal(list_nth(lookup->fdw_private,
						   DDB_PATH_OPERATION)) != DDB_SCAN &&
		ddb_access_match(rel, ddb_schema_get_index(relation->map->schema,
												   index),
						 ddb_access_read_clauses(root, rel, rinfos), access,
						 &ignored) &&
		!access->lists;
}

/*
 * Keys of a batch: as many as one BatchGetItem, or all Queries at once, take.
 */
static int
keys_of_batch(const DdbRelation *relation, const DdbAccess *access)
{
	if (access->operation == DDB_GET_ITEM)
		return ddb_plan_batch_size(relation);
	return relation->map->options.concurrency;
}

/* Are items looked up for all rows, as far as the planner knows? */
static bool
takes_all(const PlannerInfo *root, const DdbAccess *access)
{
	return access->operation == DDB_GET_ITEM && root->tuple_fraction <= 0;
}

/*
 * Keys to read ahead, where the query is expected to take all rows: several
 * batches that are in flight at once, as long as work_mem holds their items.
 */
static int
keys_ahead(const PlannerInfo *root, const DdbRelation *relation,
		   const DdbAccess *access, int most)
{
	double		room = work_mem * 1024.0 / relation->item_size;

	if (!takes_all(root, access))
		return most;
	return (int) Max(most, Min(room, (double) most *
							   relation->map->options.concurrency));
}

/*
 * Semi and anti joins take one row of each lookup, if the lookup evaluates all
 * that the join says; 0: all of them are taken.
 */
static int
rows_taken(RelOptInfo *innerrel, const ForeignPath *lookup,
		   JoinType jointype, const JoinPathExtraData *extra)
{
	Relids		both = bms_union(innerrel->relids,
								 PATH_REQ_OUTER(&lookup->path));
	ListCell   *lc;

	if (jointype != JOIN_SEMI && jointype != JOIN_ANTI)
		return 0;
	foreach(lc, extra->restrictlist)
		if (!join_clause_is_movable_into(lfirst_node(RestrictInfo, lc),
										 innerrel->relids, both))
			return 0;
	return 1;
}

/* One join: this outer path, and this lookup. */
static void
add_batched_join(PlannerInfo *root, RelOptInfo *joinrel, RelOptInfo *outerrel,
				 RelOptInfo *innerrel, Path *outer, ForeignPath *lookup,
				 JoinType jointype, JoinPathExtraData *extra)
{
	const DdbRelation *relation = innerrel->fdw_private;
	List	   *exprs = NIL;
	List	   *private;
	List	   *written;
	DdbAccess	access;
	JoinCostWorkspace workspace;
	Path	   *ahead;
	Path	   *batched;
	int			most;

	if (!match_lookup(root, innerrel, lookup, &access))
		return;
	written = ddb_condition_write(access.constraints, access.npartition,
								  &exprs);
	most = keys_of_batch(relation, &access);
	/* a key that all rows have in common is asked for once anyway */
	if (most < 2 || !bms_overlap(pull_varnos(root, (Node *) exprs),
								 outerrel->relids) ||
		!emits(root, outer, exprs) ||
		contains_placeholder((Node *) exprs, NULL))
		return;

	/* In the order of DdbLookaheadItem. */
	private = list_make5(makeInteger(++last_number),
						 makeInteger(relation->map->relid),
						 written,
						 makeInteger(takes_all(root, &access) ? most : 1),
						 makeInteger(keys_ahead(root, relation, &access,
												most)));
	ahead = create_lookahead(outerrel, outer, private, exprs);
	batched = create_batched_lookup(root, innerrel, lookup, last_number,
									rows_taken(innerrel, lookup, jointype,
											   extra),
									Max(2, Min(most, outer->rows)),
									share_of_known_keys(root, relation, &access,
														exprs, outer->rows));
	initial_cost_nestloop(root, &workspace, jointype, DDB_NESTLOOP_MASK
						  ahead, batched, extra);
	add_path(joinrel, (Path *)
			 create_nestloop_path(root, joinrel, jointype, &workspace, extra,
								  ahead, batched, extra->restrictlist,
								  build_join_pathkeys(root, joinrel, jointype,
													  outer->pathkeys),
								  NULL));
}

/*
 * Is there something that reading ahead would change or upset?  Not what a
 * query of WITH writes: that runs to its end in any case, and what lookups there
 * are see what stands (see snapshot.c).
 */
static bool
must_not_look_ahead(PlannerInfo *root, const RelOptInfo *outerrel)
{
	if (contain_volatile_functions((Node *) outerrel->reltarget->exprs))
		return true;
	for (; root != NULL; root = root->parent_root)
		if (root->rowMarks != NIL)
			return true;
	return false;
}

static void
add_batched_joins(PlannerInfo *root, RelOptInfo *joinrel,
				  RelOptInfo *outerrel, RelOptInfo *innerrel, Path *outer,
				  JoinType jointype, JoinPathExtraData *extra)
{
	ListCell   *lc;

	if (outer == NULL || outer->param_info != NULL)
		return;
	foreach(lc, innerrel->pathlist)
	{
		ForeignPath *lookup = lfirst(lc);

		if (IsA(lookup, ForeignPath) && lookup->path.param_info != NULL &&
			bms_is_subset(PATH_REQ_OUTER(&lookup->path), outerrel->relids))
			add_batched_join(root, joinrel, outerrel, innerrel, outer, lookup,
							 jointype, extra);
	}
}

/* Does the path emit, as a column, what each of the pathkeys sorts by? */
static bool
emits_pathkeys(const Path *path, const List *pathkeys)
{
	ListCell   *lc;
	ListCell   *lm;

	foreach(lc, pathkeys)
	{
		const PathKey *pathkey = lfirst_node(PathKey, lc);
		bool		found = false;

		foreach(lm, pathkey->pk_eclass->ec_members)
		{
			const EquivalenceMember *member = lfirst(lm);

			found |= IsA(member->em_expr, Var) &&
				list_member(path->pathtarget->exprs, member->em_expr);
		}
		if (!found)
			return false;
	}
	return true;
}

/*
 * The outer side in the order that the query wants, so that a LIMIT ends the
 * join when it has its rows, or NULL.  Core sorts a join's result: that is as
 * good where lookups are free, and here all rows would be looked up for the
 * sake of a few.
 */
static Path *
ordered_outer_path(PlannerInfo *root, RelOptInfo *outerrel, Path *cheapest)
{
	List	   *pathkeys = root->query_pathkeys;
	Path	   *ordered;

	if (pathkeys == NIL || cheapest == NULL || cheapest->param_info != NULL ||
		pathkeys_contained_in(pathkeys, cheapest->pathkeys))
		return NULL;
	ordered = get_cheapest_path_for_pathkeys(outerrel->pathlist, pathkeys,
											 NULL, TOTAL_COST, false);
	if (ordered != NULL || root->limit_tuples <= 0 ||
		!emits_pathkeys(cheapest, pathkeys))
		return ordered;
	return (Path *) create_sort_path(root, outerrel, cheapest, pathkeys, -1.0);
}

/* Called for each pair of relations that are to be joined, both ways round. */
static void
join_pathlist(PlannerInfo *root, RelOptInfo *joinrel, RelOptInfo *outerrel,
			  RelOptInfo *innerrel, JoinType jointype,
			  JoinPathExtraData *extra)
{
	Path	   *cheapest = outerrel->cheapest_total_path;
	Path	   *fastest = outerrel->cheapest_startup_path;
	Path	   *ordered = NULL;

	if (prev_join_pathlist)
		prev_join_pathlist(root, joinrel, outerrel, innerrel, jointype, extra);
	if (!ddb_guc_enable_batch_join || !IS_SIMPLE_REL(innerrel) ||
		innerrel->fdwroutine == NULL ||
		innerrel->fdwroutine->GetForeignPaths != dynamodbGetForeignPaths ||
		!DDB_NESTLOOP_IS_ENABLED(extra) ||
		must_not_look_ahead(root, outerrel))
		return;
	if (jointype == JOIN_UNIQUE_OUTER)
	{
		cheapest = ddb_unique_outer_path(root, outerrel, cheapest, extra);
		fastest = NULL;
		jointype = JOIN_INNER;
	}
	else
		ordered = ordered_outer_path(root, outerrel, cheapest);
	if (jointype != JOIN_INNER && jointype != JOIN_LEFT &&
		jointype != JOIN_SEMI && jointype != JOIN_ANTI)
		return;
	add_batched_joins(root, joinrel, outerrel, innerrel, cheapest, jointype,
					  extra);
	if (fastest != cheapest)
		add_batched_joins(root, joinrel, outerrel, innerrel, fastest,
						  jointype, extra);
	if (ordered != NULL && ordered != fastest)
		add_batched_joins(root, joinrel, outerrel, innerrel, ordered,
						  jointype, extra);
}

/* Called once, when the library is loaded. */
void
ddb_lookahead_install(void)
{
	RegisterCustomScanMethods(&ddb_lookahead_scan_methods);
	prev_join_pathlist = set_join_pathlist_hook;
	set_join_pathlist_hook = join_pathlist;
}
