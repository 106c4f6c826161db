/*-------------------------------------------------------------------------
 *
 * insert.h
 *	  INSERT and COPY FROM.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_INSERT_H
#define DDB_INSERT_H

#include "nodes/execnodes.h"

extern TupleTableSlot *dynamodbExecForeignInsert(EState *estate,
												 ResultRelInfo *relinfo,
												 TupleTableSlot *slot,
												 TupleTableSlot *planSlot);
extern TupleTableSlot **dynamodbExecForeignBatchInsert(EState *estate,
													   ResultRelInfo *relinfo,
													   TupleTableSlot **slots,
													   TupleTableSlot **planSlots,
													   int *numSlots);

#endif							/* DDB_INSERT_H */
