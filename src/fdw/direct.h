/*-------------------------------------------------------------------------
 *
 * direct.h
 *	  UPDATE and DELETE by key, sent as they are.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_DIRECT_H
#define DDB_DIRECT_H

#include "base/compat.h"
#include "nodes/execnodes.h"

extern void dynamodbBeginDirectModify(ForeignScanState *node, int eflags);
extern TupleTableSlot *dynamodbIterateDirectModify(ForeignScanState *node);
extern void dynamodbEndDirectModify(ForeignScanState *node);
extern void dynamodbExplainDirectModify(ForeignScanState *node,
										ExplainState *es);

#endif							/* DDB_DIRECT_H */
