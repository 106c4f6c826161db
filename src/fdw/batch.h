/*-------------------------------------------------------------------------
 *
 * batch.h
 *	  The keys of the rows that a join will ask for next, between the node
 *	  that reads ahead on one side and the scan on the other.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_BATCH_H
#define DDB_BATCH_H

#include "fdw/scan.h"

typedef struct DdbBatch DdbBatch;

extern DdbBatch *ddb_batch_create(EState *estate, int number);
extern DdbBatch *ddb_batch_find(EState *estate, int number);
extern void ddb_batch_next(DdbBatch *batch);
extern void ddb_batch_rescan(DdbBatch *batch);
extern void ddb_batch_want(DdbBatch *batch, const DdbKeySet *keys,
						   List *bound, ExprContext *econtext);
extern int	ddb_batch_count(const DdbBatch *batch);
extern DdbStream *ddb_batch_open(DdbBatch *batch, DdbScanState *scan);

#endif							/* DDB_BATCH_H */
