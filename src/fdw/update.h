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
