/*-------------------------------------------------------------------------
 *
 * parallel.h
 *	  A Scan by several processes: what they share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_PARALLEL_H
#define DDB_PARALLEL_H

#include "dynamodb/budget.h"
#include "fdw/scan.h"
#include "foreign/fdwapi.h"
#include "port/atomics.h"

/* What has been asked so far, by all processes of a scan. */
typedef struct DdbMeter
{
	int64		requests;
	int64		requests_before;	/* of them, by the scans before this one */
	double		units;
} DdbMeter;

/* What a process is told when it begins. */
typedef struct DdbParallelTerms
{
	bool		consistent;		/* as the leader decided */
	int			concurrency;	/* most requests in flight, of a worker */
	double		rate;			/* units a second, of all */
	double		item_units;
	double		key_units;
} DdbParallelTerms;

extern const DdbParallelTerms *ddb_parallel_terms(const DdbScanState *scan);
extern pg_atomic_uint32 *ddb_parallel_dealer(const DdbScanState *scan);
extern int	ddb_parallel_concurrency(const DdbScanState *scan);
extern DdbBucket *ddb_parallel_bucket(const DdbScanState *scan);
extern bool ddb_parallel_is_first(const DdbScanState *scan);
extern void ddb_parallel_read_meter(DdbScanState *scan, DdbMeter *meter);
extern void ddb_parallel_collect(DdbScanState *scan);
extern void ddb_parallel_end(DdbScanState *scan);

extern bool dynamodbIsForeignScanParallelSafe(PlannerInfo *root,
											  RelOptInfo *rel,
											  RangeTblEntry *rte);
extern Size dynamodbEstimateDSMForeignScan(ForeignScanState *node,
										   ParallelContext *pcxt);
extern void dynamodbInitializeDSMForeignScan(ForeignScanState *node,
											 ParallelContext *pcxt,
											 void *coordinate);
extern void dynamodbReInitializeDSMForeignScan(ForeignScanState *node,
											   ParallelContext *pcxt,
											   void *coordinate);
extern void dynamodbInitializeWorkerForeignScan(ForeignScanState *node,
												shm_toc *toc,
												void *coordinate);
extern void dynamodbShutdownForeignScan(ForeignScanState *node);

#endif							/* DDB_PARALLEL_H */
