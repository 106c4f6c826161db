/*-------------------------------------------------------------------------
 *
 * modify.h
 *	  A foreign table that a statement writes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_MODIFY_H
#define DDB_MODIFY_H

#include "base/compat.h"
#include "fdw/write.h"
#include "nodes/execnodes.h"
#include "nodes/pathnodes.h"
#include "nodes/plannodes.h"

/* One of a statement's result relations; ResultRelInfo's ri_FdwState. */
typedef struct DdbModify
{
	DdbTableMap *map;			/* with its schema */
	DdbWriter  *writer;
	bool		skips_conflicts;	/* ON CONFLICT DO NOTHING */
} DdbModify;

extern void ddb_modify_check_row(ResultRelInfo *relinfo,
								 TupleTableSlot *slot, EState *estate,
								 bool is_update);
extern bool ddb_modify_wants_row(const ResultRelInfo *relinfo);
extern void ddb_modify_fill_slot(const DdbModify *modify,
								 TupleTableSlot *slot, const DdbValue *item);

extern int	dynamodbIsForeignRelUpdatable(Relation rel);
extern List *dynamodbPlanForeignModify(PlannerInfo *root, ModifyTable *plan,
									   Index resultRelation,
									   int subplan_index);
extern void dynamodbBeginForeignModify(ModifyTableState *mtstate,
									   ResultRelInfo *relinfo,
									   List *fdw_private, int subplan_index,
									   int eflags);
extern void dynamodbEndForeignModify(EState *estate, ResultRelInfo *relinfo);
extern void dynamodbBeginForeignInsert(ModifyTableState *mtstate,
									   ResultRelInfo *relinfo);
extern void dynamodbEndForeignInsert(EState *estate, ResultRelInfo *relinfo);
extern int	dynamodbGetForeignModifyBatchSize(ResultRelInfo *relinfo);
extern void dynamodbExplainForeignModify(ModifyTableState *mtstate,
										 ResultRelInfo *relinfo,
										 List *fdw_private,
										 int subplan_index,
										 ExplainState *es);

#endif							/* DDB_MODIFY_H */
