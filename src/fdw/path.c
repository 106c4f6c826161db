/*-------------------------------------------------------------------------
 *
 * path.c
 *	  The sizes and paths of a relation.
 *
 * For each key (the table's own, every index) that the clauses constrain
 * there is a path, with the sort key's order where the query wants it; for
 * join clauses there are parameterised paths; and there is the Scan.
 *
 * Costs are in the planner's units.  What counts is round trips and read
 * units; local work is small beside them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/stratnum.h"
#include "access/sysattr.h"
#include "base/compat.h"
#include "fdw/access.h"
#include "fdw/path.h"
#include "fdw/price.h"
#include "fdw/snapshot.h"
#include "foreign/foreign.h"
#include "mapping/datum.h"
#include "mapping/shippable.h"
#include "nodes/makefuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

/* One round trip, one read unit, one row: set against seq_page_cost = 1. */
#define DEFAULT_REQUEST_COST	100.0
#define DEFAULT_UNIT_COST		20.0
#define DEFAULT_TUPLE_COST		0.01

/* More than add_path() takes for the same, of a request. */
#define TIE_BREAK				0.05

/*
 * What a Scan costs at least, in read units.  The service itself charges two
 * for an empty table, and what DescribeTable says of one that was empty may be
 * six hours old: a few keys are better looked up.
 */
#define SMALLEST_SCAN_UNITS		8.0

/*
 * Nothing is known of the table: plan for one worth avoiding to scan, but no
 * larger than what the default scan_budget lets through.
 */
#define DEFAULT_ITEMS			3000000.0

/* Join clauses may come from many relations; try this many combinations. */
#define MAX_PARAMETERIZATIONS	16

/* For generate_implied_equalities_for_column(). */
typedef struct KeyColumnArg
{
	const DdbTableMap *map;
	const DdbColumn *column;
} KeyColumnArg;

/* Attributes that the query takes from the relation, as postgres_fdw does. */
static Bitmapset *
collect_attrs_used(RelOptInfo *baserel)
{
	Bitmapset  *attrs = NULL;
	ListCell   *lc;

	pull_varattnos((Node *) baserel->reltarget->exprs, baserel->relid,
				   &attrs);
	foreach(lc, baserel->baserestrictinfo)
		pull_varattnos((Node *) lfirst_node(RestrictInfo, lc)->clause,
					   baserel->relid, &attrs);
	return attrs;
}

/*
 * Items in the table: what ANALYZE found, else what DescribeTable says, else
 * a guess.
 */
static double
estimate_tuples(const RelOptInfo *baserel, const DdbSchema *schema)
{
	if (baserel->tuples > 0)
		return baserel->tuples;
	if (schema->primary.item_count > 0)
		return schema->primary.item_count;
	return DEFAULT_ITEMS;
}

/* What the server's options say of costs, else our own figures. */
static void
set_costs(DdbRelation *relation)
{
	DdbServerOptions server;

	ddb_option_get_server(GetForeignServer(relation->serverid), &server);
	relation->request_cost = server.fdw_startup_cost >= 0 ?
		server.fdw_startup_cost : DEFAULT_REQUEST_COST;
	relation->tuple_cost = server.fdw_tuple_cost >= 0 ?
		server.fdw_tuple_cost : DEFAULT_TUPLE_COST;
}

/*
 * Estimates rows and width, and leaves a DdbRelation in fdw_private for the
 * calls that follow.  May send one DescribeTable; raises what that raises,
 * and what the table's options are at fault with.
 */
void
dynamodbGetForeignRelSize(PlannerInfo *root, RelOptInfo *baserel,
						  Oid foreigntableid)
{
	DdbRelation *relation = palloc0_object(DdbRelation);
	DdbSchema  *schema;

	relation->map = ddb_relation_get_map(foreigntableid);
	relation->serverid = baserel->serverid;
	relation->userid = ddb_compat_plan_user(root, baserel);
	relation->attrs_used = collect_attrs_used(baserel);
	schema = ddb_relation_get_schema(relation->map, relation->serverid,
									 relation->userid);
	relation->map->schema = schema;
	ddb_access_check_names(relation->map);
	relation->is_target = bms_is_member(baserel->relid,
										root->all_result_relids);
	relation->item_size = ddb_price_item_size(schema, baserel->tuples,
											  baserel->pages);
	set_costs(relation);
	baserel->fdw_private = relation;

	relation->analyzed = baserel->tuples > 0;
	baserel->tuples = estimate_tuples(baserel, schema);
	set_baserel_size_estimates(root, baserel);
	baserel->rows =
		ddb_price_cap_rows(baserel,
						   ddb_access_read_clauses(root, baserel,
												   baserel->baserestrictinfo),
						   baserel->rows);
}

/*
 * How many rows the query will take from this relation in the order of these
 * pathkeys, as far as the planner knows; 0: not known.  LIMIT counts rows of
 * the whole query, so only if this relation is all of it and comes in the
 * right order.
 */
int64
ddb_path_rows_wanted(PlannerInfo *root, const List *pathkeys)
{
	const Query *parse = root->parse;
	double		rows = root->limit_tuples;

	/* EXISTS has no LIMIT, but says how many rows it takes: one. */
	if (rows <= 0 && root->tuple_fraction >= 1.0 &&
		parse->groupClause == NIL && parse->groupingSets == NIL &&
		parse->distinctClause == NIL && !parse->hasAggs &&
		!parse->hasWindowFuncs && !parse->hasTargetSRFs &&
		!root->hasHavingQual)
		rows = root->tuple_fraction;
	if (rows <= 0 || rows >= PG_INT32_MAX - 1 ||
		bms_membership(root->all_baserels) != BMS_SINGLETON ||
		!pathkeys_contained_in(root->query_pathkeys,
							   unconstify(List *, pathkeys)))
		return 0;
	return (int64) rows;
}

/* The order in which an access yields its rows. */
typedef struct Order
{
	List	   *pathkeys;
	bool		backward;
	DdbPartitionOrder partitions;
} Order;

/* What a path carries, in the order of DdbPathItem. */
static List *
make_private(const DdbAccess *access, int index_number, const Order *order)
{
	int			nserved = list_length(order->pathkeys) -
		(order->partitions != DDB_PARTITIONS_ANY ? 1 : 0);
	List	   *private = list_make5(makeInteger(access->operation),
									 makeInteger(index_number),
									 makeInteger(order->backward),
									 makeInteger(nserved),
									 makeInteger(0));

	private = lappend(private, makeInteger(0));
	return lappend(private, makeInteger(order->partitions));
}

/*
 * Adds one path for an access.  Where several Queries are merged, the first
 * row waits for the first page of each.
 */
static void
add_access_path(PlannerInfo *root, RelOptInfo *baserel, DdbAccess *access,
				int index_number, const Order *order,
				Relids required_outer, double rows)
{
	DdbRelation *relation = baserel->fdw_private;
	const DdbTableOptions *options = &relation->map->options;
	ForeignPath *path;
	bool		refused =
		ddb_price_is_refused(options, access, access->exact &&
							 ddb_path_rows_wanted(root, order->pathkeys) > 0);
	bool		merges = access->lists && order->pathkeys != NIL &&
		order->partitions == DDB_PARTITIONS_ANY;
	double		units = access->operation == DDB_SCAN ?
		Max(access->units, SMALLEST_SCAN_UNITS) : access->units;
	double		first_trips = merges ?
		1 + (access->keys - 1) / options->concurrency : 1;
	Cost		startup;
	Cost		total;

	startup = relation->request_cost * first_trips +
		baserel->baserestrictcost.startup;
	total = startup +
		relation->request_cost * (access->trips - first_trips) +
		units * DEFAULT_UNIT_COST +
		access->items * (relation->tuple_cost + cpu_tuple_cost +
						 baserel->baserestrictcost.per_tuple);

	/*
	 * One key is better than a range that is thought to hold one item, and a
	 * range than the Scan of an index that is thought to hold no more.
	 */
	if (access->operation == DDB_QUERY)
		total += relation->request_cost * TIE_BREAK;
	else if (access->operation == DDB_SCAN)
		total += relation->request_cost * TIE_BREAK * 2;
	if (refused)
	{
		startup += DDB_DISABLE_COST;
		total += DDB_DISABLE_COST;
	}
	path = create_foreignscan_path(root, baserel, NULL, rows,
								   DDB_PATH_DISABLED(refused ? 1 : 0)
								   startup, total, order->pathkeys,
								   required_outer,
								   NULL, DDB_PATH_RESTRICT
								   make_private(access, index_number, order));
	/* see fdw/parallel.c */
	path->path.parallel_safe = false;
	add_path(baserel, (Path *) path);
}

/*
 * How many workers a Scan is worth, and may have requests in flight.  Where
 * few rows are wanted there is nothing to share.
 */
static int
choose_workers(PlannerInfo *root, RelOptInfo *baserel,
			   const DdbAccess *access)
{
	const DdbRelation *relation = baserel->fdw_private;
	double		blocks = access->items * relation->item_size / BLCKSZ;
	int			workers;

	if (!baserel->consider_parallel || access->segments <= 1 ||
		!bms_is_empty(baserel->lateral_relids) ||
		ddb_path_rows_wanted(root, NIL) > 0 ||
		ddb_price_is_refused(&relation->map->options, access, false))
		return 0;
	workers = compute_parallel_worker(baserel, blocks, -1,
									  max_parallel_workers_per_gather);
	return Min(workers, relation->map->options.concurrency - 1);
}

/* How many times as fast as one process they are, by core's own rule. */
static double
parallel_divisor(int workers)
{
	double		leader = 1.0 - 0.3 * workers;

	return parallel_leader_participation && leader > 0 ? workers + leader :
		workers;
}

/*
 * Adds the path of a Scan whose segments several processes deal among
 * themselves.  The network is as fast for all as it was for one, and the units
 * are as many; what is shared is the work on items.
 */
static void
add_partial_path_for(PlannerInfo *root, RelOptInfo *baserel,
					 DdbAccess *access, int index_number, double rows)
{
	static const Order any = {NIL, false, DDB_PARTITIONS_ANY};
	DdbRelation *relation = baserel->fdw_private;
	int			workers = choose_workers(root, baserel, access);
	double		divisor = parallel_divisor(workers);
	ForeignPath *path;
	Cost		startup;
	Cost		total;

	if (workers <= 0)
		return;
	ddb_price_deal(relation, access, workers + 1);
	startup = relation->request_cost + baserel->baserestrictcost.startup;
	total = startup + relation->request_cost * (access->trips - 1) +
		Max(access->units, SMALLEST_SCAN_UNITS) * DEFAULT_UNIT_COST +
		access->items / divisor *
		(relation->tuple_cost + cpu_tuple_cost +
		 baserel->baserestrictcost.per_tuple);
	path = create_foreignscan_path(root, baserel, NULL,
								   clamp_row_est(rows / divisor),
								   DDB_PATH_DISABLED(0)
								   startup, total, NIL, NULL,
								   NULL, DDB_PATH_RESTRICT
								   make_private(access, index_number, &any));
	path->path.parallel_aware = true;
	path->path.parallel_safe = true;
	path->path.parallel_workers = workers;
	add_partial_path(baserel, (Path *) path);
}

/* Keys are never NULL, but misfits that read as NULL are not in order. */
static bool
is_ordered_key(const DdbColumn *column)
{
	return column->on_mismatch != DDB_MISMATCH_NULL || column->not_null;
}

/* Does a pathkey sort by this column, as DynamoDB does? */
static bool
pathkey_is_column(const PathKey *pathkey, RelOptInfo *baserel,
				  const DdbTableMap *map, const char *attribute)
{
	EquivalenceClass *ec = pathkey->pk_eclass;
	EquivalenceMemberIterator it;
	EquivalenceMember *em;

	setup_eclass_member_iterator(&it, ec, baserel->relids);
	while ((em = eclass_member_iterator_next(&it)) != NULL)
	{
		const DdbColumn *column = ddb_shippable_match_column(baserel, map,
															 (Node *) em->em_expr);
		DdbColumn	view;
		TypeCacheEntry *type;

		if (column == NULL || column->attribute == NULL ||
			column->nsteps > 0 ||
			strcmp(column->attribute, attribute) != 0)
			continue;
		if (!is_ordered_key(column))
			continue;
		/* The clause that sorts has a collation and a family of its own. */
		type = lookup_type_cache(getBaseType(em->em_datatype),
								 TYPECACHE_BTREE_OPFAMILY);
		view = *column;
		if (OidIsValid(ec->ec_collation))
			view.collation = ec->ec_collation;
		if (type->btree_opf == pathkey->pk_opfamily &&
			ddb_datum_is_ordered(&view))
			return true;
	}
	return false;
}

/*
 * Which of the query's pathkeys, the first ones left aside, a Query on this
 * access serves, and in which direction.  Sort attributes that are fixed don't
 * order anything; pathkeys on attributes that are fixed are constant.
 */
static Order
served_order(PlannerInfo *root, RelOptInfo *baserel, const DdbAccess *access,
			 int first)
{
	DdbRelation *relation = baserel->fdw_private;
	Order		order = {NIL, false, DDB_PARTITIONS_ANY};
	int			served = 0;
	ListCell   *lc;

	for_each_from(lc, root->query_pathkeys, first)
	{
		PathKey    *pathkey = lfirst_node(PathKey, lc);
		bool		descending = ddb_pathkey_is_descending(pathkey);
		int			next = access->nsort_fixed + served;

		/* There is no NULL among them: NULLS FIRST and LAST are all one. */
		if (next >= access->index->nsort ||
			(served > 0 && descending != order.backward) ||
			!pathkey_is_column(pathkey, baserel, relation->map,
							   access->index->sort[next].name))
			break;
		order.backward = descending;
		served++;
	}
	if (served > 0)
		order.pathkeys = list_truncate(list_copy(root->query_pathkeys),
									   first + served);
	return order;
}

/*
 * The order of the Queries of a list, read one after another: by partition,
 * as keys are sorted for them, and within each by the sort key.  Unlike merged
 * ones, those after the last row that is wanted aren't sent.
 */
static Order
partition_order(PlannerInfo *root, RelOptInfo *baserel,
				const DdbAccess *access)
{
	DdbRelation *relation = baserel->fdw_private;
	Order		order = {NIL, false, DDB_PARTITIONS_ANY};
	PathKey    *first;

	if (access->operation != DDB_QUERY || !access->lists ||
		access->sort_lists || access->index->npartition != 1 ||
		root->query_pathkeys == NIL)
		return order;
	first = linitial_node(PathKey, root->query_pathkeys);
	if (!pathkey_is_column(first, baserel, relation->map,
						   access->index->partition[0].name))
		return order;
	order = served_order(root, baserel, access, 1);
	if (order.pathkeys == NIL)
		order.pathkeys = list_make1(first);
	order.partitions = ddb_pathkey_is_descending(first) ?
		DDB_PARTITIONS_DESCENDING : DDB_PARTITIONS_ASCENDING;
	return order;
}

/* The pathkey of a column in the order of its type, or NIL. */
static List *
column_pathkey(PlannerInfo *root, RelOptInfo *baserel,
			   const DdbColumn *column, bool backward, bool create)
{
	TypeCacheEntry *type = lookup_type_cache(column->typid,
											 TYPECACHE_LT_OPR |
											 TYPECACHE_GT_OPR);
	Var		   *var = makeVar(baserel->relid, column->attnum, column->typid,
							  column->typmod, column->collation, 0);

	return ddb_build_expression_pathkey(root, (Expr *) var,
										backward ? type->gt_opr : type->lt_opr,
										baserel->relids, create);
}

/*
 * The order that an access has by itself, for what the query doesn't ask for
 * but a merge join or (create) the level above this one may.
 */
static Order
natural_order(PlannerInfo *root, RelOptInfo *baserel, const DdbAccess *access,
			  bool backward, bool create)
{
	DdbRelation *relation = baserel->fdw_private;
	Order		order = {NIL, backward, DDB_PARTITIONS_ANY};

	for (int i = access->nsort_fixed; i < access->index->nsort; i++)
	{
		const DdbColumn *column =
			ddb_column_lookup_attribute(relation->map,
										access->index->sort[i].name);
		List	   *pathkey;

		if (column == NULL || !is_ordered_key(column) ||
			!ddb_datum_is_ordered(column))
			break;
		pathkey = column_pathkey(root, baserel, column, backward, create);
		if (pathkey == NIL)
			break;
		order.pathkeys = list_concat(order.pathkeys, pathkey);
	}
	return order;
}

/*
 * The paths that one access gives: in the order wanted, and where that costs
 * something, in any.  A subquery isn't told what order is wanted of it, so
 * it offers what it has; a child of a hierarchy doesn't, as a class of equal
 * expressions can't begin with one.
 */
static void
add_key_paths(PlannerInfo *root, RelOptInfo *baserel, DdbAccess *access,
			  int index_number, Relids required_outer, double rows)
{
	static const Order any = {NIL, false, DDB_PARTITIONS_ANY};
	bool		offer = root->parent_root != NULL &&
		root->query_pathkeys == NIL &&
		baserel->reloptkind == RELOPT_BASEREL;
	Order		order = any;
	Order		by_partition;

	ddb_price_access(root, baserel, access);

	/*
	 * One item is in any order, but claiming pathkeys of other relations
	 * would make a join above believe itself sorted.  A list on a sort
	 * attribute may be long, and become a range without order.
	 */
	if (access->operation == DDB_QUERY && !access->sort_lists)
	{
		order = served_order(root, baserel, access, 0);
		/* nobody has asked for it, so only where it comes for nothing */
		if (order.pathkeys == NIL && !access->lists)
			order = natural_order(root, baserel, access, false, offer);
	}
	add_access_path(root, baserel, access, index_number, &order,
					required_outer, rows);
	if (order.pathkeys != NIL && access->lists)
		add_access_path(root, baserel, access, index_number, &any,
						required_outer, rows);
	by_partition = partition_order(root, baserel, access);
	if (by_partition.pathkeys != NIL)
		add_access_path(root, baserel, access, index_number, &by_partition,
						required_outer, rows);
	if (order.pathkeys != NIL && offer && !access->lists)
	{
		order = natural_order(root, baserel, access, true, true);
		add_access_path(root, baserel, access, index_number, &order,
						required_outer, rows);
	}
}

/*
 * The numbers of the keys that clauses constrain; of those that use_index
 * says to use always alone, if there are any.
 */
static List *
matching_indexes(RelOptInfo *baserel, const DdbClauses *clauses)
{
	DdbRelation *relation = baserel->fdw_private;
	const DdbSchema *schema = relation->map->schema;
	List	   *all = NIL;
	List	   *forced = NIL;

	for (int i = -1; i < schema->nindexes; i++)
	{
		const DdbIndex *index = ddb_schema_get_index(schema, i);
		DdbAccess	access;
		const char *ignored;

		if (!ddb_access_match(baserel, index, clauses, &access, &ignored))
			continue;
		all = lappend_int(all, i);
		if (ddb_access_is_forced(&relation->map->options, index))
			forced = lappend_int(forced, i);
	}
	return forced != NIL ? forced : all;
}

/*
 * The clauses that core will hand to the plan of a path with this
 * parameterisation, for the keys to be matched to; *rows is what the path
 * must claim, as all of one parameterisation.
 */
static DdbClauses *
clauses_of_path(PlannerInfo *root, RelOptInfo *baserel, Relids outer,
				double *rows)
{
	ParamPathInfo *ppi;
	DdbClauses *clauses;

	*rows = baserel->rows;
	if (bms_is_empty(outer))
		return ddb_access_read_clauses(root, baserel,
									   baserel->baserestrictinfo);
	ppi = get_baserel_parampathinfo(root, baserel, outer);
	clauses = ddb_access_read_clauses(root, baserel,
									  list_concat_copy(baserel->baserestrictinfo,
													   ppi->ppi_clauses));
	ppi->ppi_rows = ddb_price_cap_rows(baserel, clauses, ppi->ppi_rows);
	*rows = ppi->ppi_rows;
	return clauses;
}

/* All keys that these clauses constrain; true if one is forced. */
static bool
add_base_paths(PlannerInfo *root, RelOptInfo *baserel,
			   const DdbClauses *clauses, double rows)
{
	DdbRelation *relation = baserel->fdw_private;
	const DdbIndex *index = NULL;
	ListCell   *lc;

	foreach(lc, matching_indexes(baserel, clauses))
	{
		DdbAccess	access;
		const char *ignored;

		index = ddb_schema_get_index(relation->map->schema, lfirst_int(lc));
		if (ddb_access_match(baserel, index, clauses, &access, &ignored))
			add_key_paths(root, baserel, &access, lfirst_int(lc),
						  baserel->lateral_relids, rows);
	}
	return index != NULL &&
		ddb_access_is_forced(&relation->map->options, index);
}

/* Scans: of the table, and of each index that can stand for it. */
static void
add_scan_paths(PlannerInfo *root, RelOptInfo *baserel,
			   const DdbClauses *clauses, double rows)
{
	static const Order any = {NIL, false, DDB_PARTITIONS_ANY};
	DdbRelation *relation = baserel->fdw_private;
	const DdbSchema *schema = relation->map->schema;
	DdbAccess	access;
	bool		forced = false;

	for (int i = schema->nindexes - 1; i >= -1; i--)
	{
		const DdbIndex *index = ddb_schema_get_index(schema, i);

		if (i >= 0 && !ddb_access_match_scan(baserel, index, clauses,
											 &access))
			continue;
		if (i < 0)
		{
			if (forced)
				break;
			ddb_access_scan(&access, index, clauses);
		}
		forced |= ddb_access_is_forced(&relation->map->options, index);
		ddb_price_access(root, baserel, &access);
		add_access_path(root, baserel, &access, i, &any,
						baserel->lateral_relids, rows);
		add_partial_path_for(root, baserel, &access, i, rows);
	}
}

static bool
member_is_key_column(PlannerInfo *root, RelOptInfo *rel,
					 EquivalenceClass *ec, EquivalenceMember *em, void *arg)
{
	KeyColumnArg *key = arg;

	return ddb_shippable_match_column(rel, key->map,
									  (Node *) em->em_expr) == key->column;
}

/* Join clauses that might constrain a key attribute. */
static List *
collect_join_clauses(PlannerInfo *root, RelOptInfo *baserel)
{
	DdbRelation *relation = baserel->fdw_private;
	const DdbSchema *schema = relation->map->schema;
	List	   *clauses = NIL;
	ListCell   *lc;

	foreach(lc, baserel->joininfo)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, lc);

		if (join_clause_is_movable_to(rinfo, baserel))
			clauses = lappend(clauses, rinfo);
	}
	if (!baserel->has_eclass_joins)
		return clauses;
	for (int i = -1; i < schema->nindexes; i++)
	{
		const DdbIndex *index = ddb_schema_get_index(schema, i);

		for (int j = 0; j < index->npartition + index->nsort; j++)
		{
			const DdbKeyAttribute *key = ddb_schema_key_part(index, j);
			KeyColumnArg arg;

			arg.map = relation->map;
			arg.column = ddb_column_lookup_attribute(relation->map, key->name);
			if (arg.column == NULL)
				continue;
			clauses = list_concat(clauses,
								  generate_implied_equalities_for_column(root,
																		 baserel,
																		 member_is_key_column,
																		 &arg,
																		 baserel->lateral_referencers));
		}
	}
	return clauses;
}

/* Adds a set of outer relations, unless it is there or there are enough. */
static List *
add_outer_set(List *sets, Relids outer)
{
	ListCell   *lc;

	/* Not list_member(): Bitmapsets have no node tag before 16. */
	foreach(lc, sets)
		if (bms_equal(lfirst(lc), outer))
			return sets;
	if (list_length(sets) >= MAX_PARAMETERIZATIONS)
		return sets;
	return lappend(sets, outer);
}

/* Adds a set of outer relations, and its unions with the sets there are. */
static List *
add_parameterization(List *sets, Relids outer)
{
	List	   *grown = add_outer_set(list_copy(sets), outer);
	ListCell   *lc;

	foreach(lc, sets)
		grown = add_outer_set(grown, bms_union(lfirst(lc), outer));
	return grown;
}

/* Repeating the same request for every outer row would be no lookup. */
static bool
uses_join_clause(RelOptInfo *baserel, const DdbAccess *access)
{
	ListCell   *lc;

	foreach(lc, access->constraints)
		if (!list_member_ptr(baserel->baserestrictinfo,
							 ((DdbConstraint *) lfirst(lc))->rinfo))
			return true;
	return false;
}

/* Paths that look up one row of the other side after another. */
static void
add_parameterized_paths(PlannerInfo *root, RelOptInfo *baserel)
{
	DdbRelation *relation = baserel->fdw_private;
	const DdbSchema *schema = relation->map->schema;
	List	   *sets = NIL;
	ListCell   *lc;

	foreach(lc, collect_join_clauses(root, baserel))
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, lc);
		const char *ignored;
		Relids		outer;

		if (ddb_shippable_constraints(root, baserel, relation->map, rinfo,
									  &ignored) == NIL)
			continue;
		outer = bms_union(rinfo->clause_relids, baserel->lateral_relids);
		outer = bms_del_member(outer, baserel->relid);
		if (!bms_is_empty(outer))
			sets = add_parameterization(sets, outer);
	}
	foreach(lc, sets)
	{
		Relids		outer = lfirst(lc);
		double		rows;
		DdbClauses *clauses = clauses_of_path(root, baserel, outer, &rows);
		DdbAccess	access;
		const char *ignored;
		ListCell   *li;

		foreach(li, matching_indexes(baserel, clauses))
			if (ddb_access_match(baserel,
								 ddb_schema_get_index(schema, lfirst_int(li)),
								 clauses, &access, &ignored) &&
				uses_join_clause(baserel, &access))
				add_key_paths(root, baserel, &access, lfirst_int(li), outer,
							  rows);
	}
}

/* Adds the paths: see the head of this file.  Sends nothing. */
void
dynamodbGetForeignPaths(PlannerInfo *root, RelOptInfo *baserel,
						Oid foreigntableid)
{
	DdbRelation *relation = baserel->fdw_private;
	double		rows;
	DdbClauses *clauses = clauses_of_path(root, baserel,
										  baserel->lateral_relids, &rows);

	if (!add_base_paths(root, baserel, clauses, rows))
		add_scan_paths(root, baserel, clauses, rows);
	/* A lookup asks when it comes to a row, and that may be too late. */
	if (!ddb_snapshot_others_write_by(root, relation->map->options.table_name,
									  foreigntableid))
		add_parameterized_paths(root, baserel);
}
