/*-------------------------------------------------------------------------
 *
 * truncate.h
 *	  TRUNCATE.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_TRUNCATE_H
#define DDB_TRUNCATE_H

#include "nodes/parsenodes.h"
#include "nodes/pg_list.h"

extern void dynamodbExecForeignTruncate(List *rels, DropBehavior behavior,
										bool restart_seqs);

#endif							/* DDB_TRUNCATE_H */
