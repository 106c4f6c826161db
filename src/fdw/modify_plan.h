/*-------------------------------------------------------------------------
 *
 * modify_plan.h
 *	  What the plan of a statement says of a foreign table that it writes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_MODIFY_PLAN_H
#define DDB_MODIFY_PLAN_H

#include "fdw/write.h"
#include "nodes/pathnodes.h"
#include "nodes/plannodes.h"
#include "utils/relcache.h"
#include "utils/reltrigger.h"

/* Slots of the plan's private list. */
typedef enum DdbModifyItem
{
	DDB_MODIFY_OPERATION,		/* String: DynamoDB's operation */
	DDB_MODIFY_TABLE,			/* String: DynamoDB's name of the table */
	DDB_MODIFY_KIND,			/* Integer: DdbWriteKind of UPDATE, DELETE */
	DDB_MODIFY_UPDATED,			/* integer List: columns that may change */
	DDB_MODIFY_COMPARED,		/* integer List: columns that decide */
	DDB_MODIFY_REPEATS,			/* Integer: a row may come twice */

	/* clauses that are the write's own condition; see where.c */
	DDB_MODIFY_WHERE,			/* List: see ddb_filter_write() */
	DDB_MODIFY_WHERE_EXPRS,		/* List of Expr: their values */
	DDB_MODIFY_WHERE_QUAL,		/* List of Expr: they themselves */
	DDB_MODIFY_WHERE_COLUMNS,	/* integer List: columns they look at */

	/* for EXPLAIN */
	DDB_MODIFY_ROWS,			/* Float: that are estimated to be written */
	DDB_MODIFY_ASSIGNED,		/* integer List: columns given values */
	DDB_MODIFY_UPDATE,			/* String: the update in words, or "" */
	DDB_MODIFY_CONDITION,		/* String: what must be so, or "" */

	DDB_MODIFY_ITEM_COUNT
} DdbModifyItem;

extern const char *ddb_modify_plan_get_string(const List *private,
											  DdbModifyItem item);
extern List *ddb_modify_plan_get_list(const List *private,
									  DdbModifyItem item);
extern DdbWriteKind ddb_modify_plan_get_kind(const List *private);
extern bool ddb_modify_plan_has_triggers(const TriggerDesc *triggers,
										 CmdType operation);
extern bool ddb_modify_plan_repeats(const List *private);

extern void dynamodbAddForeignUpdateTargets(PlannerInfo *root, Index rtindex,
											RangeTblEntry *target_rte,
											Relation target_relation);
extern List *dynamodbPlanForeignModify(PlannerInfo *root, ModifyTable *plan,
									   Index resultRelation,
									   int subplan_index);

#endif							/* DDB_MODIFY_PLAN_H */
