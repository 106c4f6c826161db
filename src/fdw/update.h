/*-------------------------------------------------------------------------
 *
 * update.h
 *	  UPDATE and DELETE, row by row.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_UPDATE_H
#define DDB_UPDATE_H

#include "fdw/modify.h"

extern DdbWrite *ddb_update_build(const DdbModify *modify, DdbWrite *write,
								  const DdbRowItem *old,
								  const DdbRowItem *new);
extern void ddb_update_build_delete(const DdbModify *modify,
									DdbWrite *write, const DdbRowItem *old);
extern bool ddb_update_is_second_hit(DdbModify *modify,
									 const DdbItemKey *key);
pg_noreturn extern void ddb_update_report_conflict(const DdbModify *modify,
												   const DdbWrite *write);
extern const DdbValue *ddb_update_get_result(const DdbWrite *write);
extern void ddb_update_check_delete(const DdbModify *modify,
									DdbWrite *write);
extern void ddb_update_settle(DdbModify *modify, bool all);

extern TupleTableSlot *dynamodbExecForeignUpdate(EState *estate,
												 ResultRelInfo *relinfo,
												 TupleTableSlot *slot,
												 TupleTableSlot *planSlot);
extern TupleTableSlot *dynamodbExecForeignDelete(EState *estate,
												 ResultRelInfo *relinfo,
												 TupleTableSlot *slot,
												 TupleTableSlot *planSlot);

#endif							/* DDB_UPDATE_H */
