/*-------------------------------------------------------------------------
 *
 * plan.h
 *	  What a plan says to the executor and to EXPLAIN.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_PLAN_H
#define DDB_PLAN_H

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
	DDB_PLAN_ATTRS,				/* integer List: columns to fetch */
	DDB_PLAN_EXACT,				/* Integer: the recheck removes nothing */
	DDB_PLAN_LIMIT,				/* Integer: rows wanted; 0: not known */
	DDB_PLAN_STRICT,			/* Integer: items that the recheck may remove
								 * at a bound which BETWEEN includes */
	DDB_PLAN_UNITS,				/* Float: estimated read units */
	DDB_PLAN_KEY,				/* String: the partition key's name */

	/* for EXPLAIN and messages */
	DDB_PLAN_REQUESTS,			/* Float: estimated requests */
	DDB_PLAN_TABLE,				/* String: DynamoDB's name of the table */
	DDB_PLAN_KEY_CONDITION,		/* String: as SQL reads, "" if none */
	DDB_PLAN_NOT_PUSHED,		/* List of String */
	DDB_PLAN_REJECTED,			/* List of String */
	DDB_PLAN_ADVICE,			/* String: what would avoid a Scan */
} DdbPlanItem;

extern RowMarkType dynamodbGetForeignRowMarkType(RangeTblEntry *rte,
												 LockClauseStrength strength);
extern const char *ddb_plan_get_string(const ForeignScan *plan,
									   DdbPlanItem item);
extern int	ddb_plan_get_integer(const ForeignScan *plan, DdbPlanItem item);
extern double ddb_plan_get_number(const ForeignScan *plan, DdbPlanItem item);
extern List *ddb_plan_get_list(const ForeignScan *plan, DdbPlanItem item);

extern ForeignScan *dynamodbGetForeignPlan(PlannerInfo *root,
										   RelOptInfo *baserel,
										   Oid foreigntableid,
										   ForeignPath *best_path,
										   List *tlist, List *scan_clauses,
										   Plan *outer_plan);

#endif							/* DDB_PLAN_H */
