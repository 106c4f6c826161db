/*-------------------------------------------------------------------------
 *
 * direct_plan.h
 *	  Whether an UPDATE or DELETE can be sent as it is, without reading.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_DIRECT_PLAN_H
#define DDB_DIRECT_PLAN_H

#include "nodes/pathnodes.h"
#include "nodes/plannodes.h"

/* What is done to a column; operands are indexes into fdw_exprs. */
typedef enum DdbAssign
{
	DDB_ASSIGN_VALUE,			/* c = value */
	DDB_ASSIGN_ADD,				/* c = c + value */
	DDB_ASSIGN_SUBTRACT,		/* c = c - value */
} DdbAssign;

/* An assignment as the plan carries it: an integer List in this order. */
typedef enum DdbDirectItem
{
	DDB_DIRECT_ATTNUM,
	DDB_DIRECT_ASSIGN,			/* DdbAssign */
	DDB_DIRECT_OPERAND,			/* the value */
	DDB_DIRECT_DEFAULT,			/* what stands in for NULL; -1: nothing */
	DDB_DIRECT_WHOLE,			/* the whole of what is assigned */
} DdbDirectItem;

/* The list behind a scan's own items, for a scan that is a write. */
typedef enum DdbDirectPlanItem
{
	DDB_DIRECT_KIND,			/* Integer: DdbWriteKind */
	DDB_DIRECT_ASSIGNMENTS,		/* List of assignments */
	DDB_DIRECT_UPDATED,			/* integer List: the columns assigned */
	DDB_DIRECT_SHOWN,			/* integer List: columns that WHERE and SET
								 * look at */
	DDB_DIRECT_RETURNED,		/* integer List: columns RETURNING wants */
	DDB_DIRECT_SET_TAG,			/* Integer: rows count for the command's tag */
	DDB_DIRECT_WHERE,			/* List: see ddb_filter_write() */
	DDB_DIRECT_READS,			/* Integer: the scan is run, for keys */
	DDB_DIRECT_LOCAL,			/* Integer: it says less than WHERE */
	DDB_DIRECT_KEY_QUAL,		/* what the keys don't say of themselves, by
								 * its number in fdw_exprs; -1: nothing */
	DDB_DIRECT_UPDATE,			/* String: the update in words */
	DDB_DIRECT_CONDITION,		/* String: and its condition */

	DDB_DIRECT_ITEM_COUNT
} DdbDirectPlanItem;

extern List *ddb_direct_plan_get(const ForeignScan *plan);
extern bool dynamodbPlanDirectModify(PlannerInfo *root, ModifyTable *plan,
									 Index resultRelation, int subplan_index);

#endif							/* DDB_DIRECT_PLAN_H */
