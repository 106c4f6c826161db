/*-------------------------------------------------------------------------
 *
 * path.h
 *	  What the planner may choose from.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_PATH_H
#define DDB_PATH_H

#include "nodes/pathnodes.h"

/* Slots of a ForeignPath's fdw_private; the rest is derived again. */
typedef enum DdbPathItem
{
	DDB_PATH_OPERATION,			/* Integer: DdbOperation */
	DDB_PATH_INDEX,				/* Integer: number in the schema, -1: table */
	DDB_PATH_BACKWARD,			/* Integer: greatest sort key first */
	DDB_PATH_NSERVED,			/* Integer: sort attributes that order it */
	DDB_PATH_BATCH,				/* Integer: a join's batch; 0: none */
	DDB_PATH_LIMIT,				/* Integer: rows wanted; 0: not known */
	DDB_PATH_PARTITIONS,		/* Integer: DdbPartitionOrder */
} DdbPathItem;

/* In which order the Queries of a list of partition keys are read. */
typedef enum DdbPartitionOrder
{
	DDB_PARTITIONS_ANY,			/* merged, if the path has an order */
	DDB_PARTITIONS_ASCENDING,	/* one after another */
	DDB_PARTITIONS_DESCENDING,
} DdbPartitionOrder;

extern int64 ddb_path_rows_wanted(PlannerInfo *root, const List *pathkeys);

extern void dynamodbGetForeignRelSize(PlannerInfo *root, RelOptInfo *baserel,
									  Oid foreigntableid);
extern void dynamodbGetForeignPaths(PlannerInfo *root, RelOptInfo *baserel,
									Oid foreigntableid);

#endif							/* DDB_PATH_H */
