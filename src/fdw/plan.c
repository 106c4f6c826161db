/*-------------------------------------------------------------------------
 *
 * plan.c
 *	  Writes the chosen access down.
 *
 * The key constraints are read again from scan_clauses, which contain the
 * join clauses of a parameterised path as core enforces them.  Their values
 * go into fdw_exprs, where core replaces outer Vars; fdw_private holds none.
 * Every clause stays in plan.qual and so is rechecked.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "base/compat.h"
#include "fdw/access.h"
#include "fdw/deparse.h"
#include "fdw/path.h"
#include "fdw/plan.h"
#include "mapping/condition.h"
#include "optimizer/optimizer.h"
#include "optimizer/planmain.h"
#include "optimizer/restrictinfo.h"
#include "utils/lsyscache.h"

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

/* Columns to fetch: what the query wants, or all where it wants whole rows. */
static List *
columns_to_fetch(RelOptInfo *baserel, List *scan_clauses)
{
	const DdbTableMap *map = ((DdbRelation *) baserel->fdw_private)->map;
	Bitmapset  *attrs = ddb_access_attrs(baserel, scan_clauses);
	bool		all = bms_is_member(0 - FirstLowInvalidHeapAttributeNumber,
									attrs);
	List	   *attnums = NIL;

	for (int i = 0; i < map->natts; i++)
		if (map->columns[i] != NULL &&
			(all || bms_is_member(i + 1 - FirstLowInvalidHeapAttributeNumber,
								  attrs)))
			attnums = lappend_int(attnums, i + 1);
	return attnums;
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
	int			index = intVal(list_nth(path->fdw_private, DDB_PATH_INDEX));
	const char *reason;

	if (operation == DDB_SCAN)
		ddb_access_scan(access, schema, clauses);
	else if (!ddb_access_match(baserel, ddb_access_get_index(schema, index),
							   clauses, access, &reason))
		elog(ERROR, "cannot rebuild access to DynamoDB table \"%s\": %s",
			 schema->table_name, reason);
	ddb_access_price(root, baserel, access);
}

/*
 * Makes the plan of a path: plain Lists in fdw_private, the key's values in
 * fdw_exprs, every clause in the qual.  Sends nothing.
 */
ForeignScan *
dynamodbGetForeignPlan(PlannerInfo *root, RelOptInfo *baserel,
					   Oid foreigntableid, ForeignPath *best_path,
					   List *tlist, List *scan_clauses, Plan *outer_plan)
{
	DdbRelation *relation = baserel->fdw_private;
	DdbClauses *clauses = ddb_access_read_clauses(root, baserel,
												  scan_clauses);
	int64		rows = ddb_path_rows_wanted(root, best_path->path.pathkeys);
	DdbAccess	access;
	List	   *exprs = NIL;
	List	   *constraints;
	List	   *private;
	List	   *rejected;
	char	   *advice = "";

	rebuild_access(root, baserel, best_path, clauses, &access);
	ddb_access_bound(&access, rows);
	constraints = ddb_condition_write(access.constraints, access.npartition,
									  &exprs);
	rejected = ddb_deparse_rejected(baserel, &access, clauses);
	if (access.operation == DDB_SCAN)
		advice = ddb_deparse_advice(baserel, clauses);

	/* In the order of DdbPlanItem. */
	private = list_make5(makeInteger(access.operation),
						 makeString(access.index->name ?
									access.index->name : ""),
						 makeInteger(access.index->global),
						 list_nth(best_path->fdw_private, DDB_PATH_BACKWARD),
						 constraints);
	private = lappend(private, columns_to_fetch(baserel, scan_clauses));
	private = lappend(private, makeInteger(access.exact));
	private = lappend(private,
					  makeInteger(rows > 0 ? rows + access.strict_bound : 0));
	private = lappend(private, makeInteger(access.strict_bound));
	private = lappend(private, makeFloat(psprintf("%.1f", access.units)));
	private = lappend(private,
					  makeString(relation->map->schema->primary.partition[0].name));
	private = lappend(private, makeFloat(psprintf("%.0f", access.requests)));
	private = lappend(private, makeString(relation->map->options.table_name));
	private = lappend(private,
					  makeString(ddb_deparse_key_condition(root, &access)));
	private = lappend(private, ddb_deparse_not_pushed(root, baserel, &access,
													  scan_clauses));
	private = lappend(private, rejected);
	private = lappend(private, makeString(advice));

	return make_foreignscan(tlist,
							extract_actual_clauses(scan_clauses, false),
							baserel->relid, exprs, private, NIL, NIL,
							outer_plan);
}
