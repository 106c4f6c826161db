/*-------------------------------------------------------------------------
 *
 * plan.h
 *	  What a plan says to the executor and to EXPLAIN.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_PLAN_H
#define DDB_PLAN_H

#include "fdw/projection.h"
#include "fdw/relation.h"
#include "nodes/pathnodes.h"
#include "nodes/plannodes.h"

/* Slots of a ForeignScan's fdw_private: plain Lists, Strings and Integers. */
typedef enum DdbPlanItem
{
	/* for the executor */
	DDB_PLAN_OPERATION,			/* Integer: DdbOperation */
	DDB_PLAN_INDEX,				/* String: its name; "" for the table */
	DDB_PLAN_INDEX_GLOBAL,		/* Integer: a global secondary index */
	DDB_PLAN_BACKWARD,			/* Integer: greatest sort key first */
	DDB_PLAN_CONSTRAINTS,		/* List: see ddb_condition_write() */
	DDB_PLAN_FILTER,			/* List: see ddb_filter_write() */
	DDB_PLAN_ATTRS,				/* integer List: columns to fetch */
	DDB_PLAN_RECHECK_ATTRS,		/* the same where the clauses that the filter
								 * stands for are to be evaluated here */
	DDB_PLAN_EXACT,				/* Integer: the recheck removes nothing */
	DDB_PLAN_LIMIT,				/* Integer: rows wanted; 0: not known */
	DDB_PLAN_STRICT,			/* Integer: items that the recheck may remove
								 * at a bound which BETWEEN includes */
	DDB_PLAN_UNITS,				/* Float: estimated read units */
	DDB_PLAN_CAPACITY,			/* Float: units that a provisioned capacity
								 * yields while a Scan may last; 0: any */
	DDB_PLAN_KEY_NAMES,			/* List of String: the table's primary key */
	DDB_PLAN_INDEX_KEYS,		/* List of String: the index's own, if items
								 * behind its entries are fetched */
	DDB_PLAN_FULL_KEY,			/* Integer: all of it is constrained */
	DDB_PLAN_FETCHES,			/* Integer: items behind entries are fetched */
	DDB_PLAN_ORDER,				/* List of String: attributes by which several
								 * Queries are merged */
	DDB_PLAN_REVERSED,			/* Integer: the Queries of a list one after
								 * another, the greatest key first */
	DDB_PLAN_SEGMENTS,			/* Integer: of a Scan that reads all */
	DDB_PLAN_WHOLE,				/* Integer: the whole result is wanted, as far
								 * as the planner knows */
	DDB_PLAN_BATCH_SIZE,		/* Integer: keys a BatchGetItem */
	DDB_PLAN_BATCH,				/* Integer: the join's batch; 0: none */
	DDB_PLAN_KEY_UNITS,			/* Float: units of one sort key... */
	DDB_PLAN_RANGE_UNITS,		/* Float: ...and of the range of them; 0: keys
								 * are not to be joined */
	DDB_PLAN_KEY_ITEMS,			/* Float: items that a Query reads for as much
								 * as one key costs */

	/* for EXPLAIN and messages */
	DDB_PLAN_REQUESTS,			/* Float: estimated requests */
	DDB_PLAN_TABLE,				/* String: DynamoDB's name of the table */
	DDB_PLAN_KEY_CONDITION,		/* String: as SQL reads, "" if none */
	DDB_PLAN_REMOTE_FILTER,		/* String: the same of the filter */
	DDB_PLAN_NOT_PUSHED,		/* List of String */
	DDB_PLAN_REJECTED,			/* List of String */
	DDB_PLAN_ADVICE,			/* String: what would avoid a Scan */

	DDB_PLAN_ITEM_COUNT
} DdbPlanItem;

extern RowMarkType dynamodbGetForeignRowMarkType(RangeTblEntry *rte,
												 LockClauseStrength strength);
extern const char *ddb_plan_get_string(const ForeignScan *plan,
									   DdbPlanItem item);
extern int	ddb_plan_get_integer(const ForeignScan *plan, DdbPlanItem item);
extern double ddb_plan_get_number(const ForeignScan *plan, DdbPlanItem item);
extern List *ddb_plan_get_list(const ForeignScan *plan, DdbPlanItem item);
extern Bitmapset *ddb_plan_list_params(const List *exprs);
extern int	ddb_plan_batch_size(const DdbRelation *relation);
extern DdbProjectionMap *ddb_plan_projection(const ForeignScan *plan,
											 DdbPlanItem attrs,
											 const DdbTableMap *map);

extern ForeignScan *dynamodbGetForeignPlan(PlannerInfo *root,
										   RelOptInfo *baserel,
										   Oid foreigntableid,
										   ForeignPath *best_path,
										   List *tlist, List *scan_clauses,
										   Plan *outer_plan);

#endif							/* DDB_PLAN_H */
