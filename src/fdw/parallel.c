/*-------------------------------------------------------------------------
 *
 * parallel.c
 *	  A Scan by several processes: what they share.
 *
 * The processes of a parallel plan deal the segments of one Scan among
 * themselves: each takes the next one when it has room for it.  They share
 * the leader's decisions, the bucket of read_capacity, and the meter that the
 * scan guard reads.  Each has its own client, of the same user mapping.
 *
 * Only the path that says so runs like this (path.c); all others of ours are
 * for one process, and not parallel_safe, as no two processes may read the
 * same rows, and as asynchronous execution is for plans that aren't.
 *
 * What is shared lies in a segment of our own, not in the executor's: that is
 * gone before EXPLAIN shows the counters, and, where a LIMIT ends the query,
 * before the workers have counted to their end.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/parallel.h"
#include "base/guc.h"
#include "dynamodb/request.h"
#include "dynamodb/stats.h"
#include "fdw/pace.h"
#include "fdw/parallel.h"
#include "foreign/foreign.h"
#include "storage/dsm.h"
#include "storage/spin.h"

/* What lies in the segment. */
typedef struct Shared
{
	pg_atomic_uint32 next_segment;
	pg_atomic_uint32 begun;		/* somebody has asked for the first page */
	DdbParallelTerms terms;
	DdbBucket	bucket;

	slock_t		mutex;			/* for what follows */
	int64		requests_before;
	DdbUsage	usage;			/* its table_name is NULL */
	int64		sent[DDB_OPERATION_COUNT];
} Shared;

/* A process's side. */
struct DdbParallel
{
	Shared	   *shared;
	const char *server_name;
	dsm_segment *segment;		/* NULL: shared is this process's own */
	bool		leader;
	const ParallelContext *context; /* in the leader, until it shuts down */
	DdbUsage	counted;		/* of the scan's usage, what shared has */
	int64		counted_sent[DDB_OPERATION_COUNT];
};

/* What the leader decided; NULL if the scan is by one process. */
const DdbParallelTerms *
ddb_parallel_terms(const DdbScanState *scan)
{
	return scan->parallel != NULL ? &scan->parallel->shared->terms : NULL;
}

/*
 * Most requests that this process may have in flight.  Workers that couldn't
 * be had leave their part to the leader.
 */
int
ddb_parallel_concurrency(const DdbScanState *scan)
{
	const DdbParallel *parallel = scan->parallel;
	int			share = parallel->shared->terms.concurrency;

	if (parallel->context == NULL)
		return share;
	return Max(share, scan->map->options.concurrency -
			   share * parallel->context->nworkers_launched);
}

/* Where the number of the next segment is; NULL likewise. */
pg_atomic_uint32 *
ddb_parallel_dealer(const DdbScanState *scan)
{
	return scan->parallel != NULL ?
		&scan->parallel->shared->next_segment : NULL;
}

/* The bucket of all processes; NULL likewise. */
DdbBucket *
ddb_parallel_bucket(const DdbScanState *scan)
{
	return scan->parallel != NULL ? &scan->parallel->shared->bucket : NULL;
}

/* Is nobody before this one about to ask for the scan's first page? */
bool
ddb_parallel_is_first(const DdbScanState *scan)
{
	return scan->parallel != NULL ?
		pg_atomic_exchange_u32(&scan->parallel->shared->begun, 1) == 0 :
		scan->usage.requests == 0;
}

/* Adds what this process has counted since the last time. */
static void
count(DdbScanState *scan)
{
	DdbParallel *parallel = scan->parallel;
	Shared	   *shared = parallel->shared;

	SpinLockAcquire(&shared->mutex);
	ddb_usage_add_difference(&shared->usage, &scan->usage,
							 &parallel->counted);
	for (int i = 0; i < DDB_OPERATION_COUNT; i++)
		shared->sent[i] += scan->sent[i] - parallel->counted_sent[i];
	SpinLockRelease(&shared->mutex);
	parallel->counted = scan->usage;
	memcpy(parallel->counted_sent, scan->sent, sizeof(scan->sent));
}

/* What all processes have asked so far. */
void
ddb_parallel_read_meter(DdbScanState *scan, DdbMeter *meter)
{
	Shared	   *shared;

	if (scan->parallel == NULL)
	{
		meter->requests = scan->usage.requests;
		meter->requests_before = scan->requests_before;
		meter->units = scan->usage.units;
		return;
	}
	count(scan);
	shared = scan->parallel->shared;
	SpinLockAcquire(&shared->mutex);
	meter->requests = shared->usage.requests;
	meter->requests_before = shared->requests_before;
	meter->units = shared->usage.units;
	SpinLockRelease(&shared->mutex);
}

/*
 * What the workers have asked, the session has, though its own client may
 * never have sent anything.
 */
static void
tell_stats(const DdbScanState *scan, const DdbUsage *news)
{
	DdbStats   *stats;

	/* the units of a request may come later than its number */
	if (news->requests == 0 && news->units == 0 && news->bytes_received == 0)
		return;
	stats = ddb_stats_get(scan->parallel->server_name,
						  scan->map->options.table_name,
						  ddb_request_operation_name(scan->operation));
	stats->total.requests += news->requests;
	stats->total.items += news->items_scanned;
	stats->total.retries += news->retries;
	stats->total.throttled += news->throttled;
	stats->total.bytes_sent += news->bytes_sent;
	stats->total.bytes_received += news->bytes_received;
	ddb_stats_add_units(stats, news->units);
}

/* Makes the leader's counters those of all processes, as far as they are. */
void
ddb_parallel_collect(DdbScanState *scan)
{
	DdbParallel *parallel = scan->parallel;
	DdbUsage	all = {0};
	DdbUsage	news = {0};
	static const DdbUsage none;

	if (parallel == NULL)
		return;
	count(scan);
	if (!parallel->leader)
		return;
	SpinLockAcquire(&parallel->shared->mutex);
	ddb_usage_add_difference(&all, &parallel->shared->usage, &none);
	memcpy(scan->sent, parallel->shared->sent, sizeof(scan->sent));
	SpinLockRelease(&parallel->shared->mutex);
	ddb_usage_add_difference(&news, &all, &scan->usage);
	tell_stats(scan, &news);
	ddb_usage_add_difference(&scan->usage, &news, &none);
	parallel->counted = scan->usage;
	memcpy(parallel->counted_sent, scan->sent, sizeof(scan->sent));
}

/* The scan is over, its streams closed. */
void
ddb_parallel_end(DdbScanState *scan)
{
	DdbParallel *parallel = scan->parallel;

	if (parallel == NULL)
		return;
	ddb_parallel_collect(scan);
	scan->parallel = NULL;
	if (parallel->segment != NULL)
		dsm_detach(parallel->segment);
}

/*
 * Asked before anything is known of the relation.  Whether its paths are to
 * run in parallel, each of them says itself.
 */
bool
dynamodbIsForeignScanParallelSafe(PlannerInfo *root, RelOptInfo *rel,
								  RangeTblEntry *rte)
{
	return ddb_guc_enable_parallel_scan;
}

/* In the executor's segment there is only the name of ours. */
Size
dynamodbEstimateDSMForeignScan(ForeignScanState *node, ParallelContext *pcxt)
{
	return sizeof(dsm_handle);
}

static void
attach(DdbScanState *scan, Shared *shared, dsm_segment *segment, bool leader)
{
	DdbParallel *parallel = palloc0_object(DdbParallel);

	parallel->shared = shared;
	parallel->segment = segment;
	parallel->leader = leader;
	parallel->server_name = GetForeignServer(scan->serverid)->servername;
	scan->parallel = parallel;
}

/*
 * In the leader, before the first row.  Where there is no room for another
 * segment, there are no workers either, or none that find a Scan to share.
 */
void
dynamodbInitializeDSMForeignScan(ForeignScanState *node,
								 ParallelContext *pcxt, void *coordinate)
{
	DdbScanState *scan = node->fdw_state;
	dsm_segment *segment = dsm_create(sizeof(Shared),
									  DSM_CREATE_NULL_IF_MAXSEGMENTS);
	Shared	   *shared = segment != NULL ? dsm_segment_address(segment) :
		MemoryContextAlloc(node->ss.ps.state->es_query_cxt, sizeof(Shared));
	dsm_handle	handle = segment != NULL ? dsm_segment_handle(segment) :
		DSM_HANDLE_INVALID;

	memset(shared, 0, sizeof(Shared));
	pg_atomic_init_u32(&shared->next_segment, 0);
	pg_atomic_init_u32(&shared->begun, 0);
	SpinLockInit(&shared->mutex);
	ddb_scan_see_own_writes(scan);	/* workers don't know of any */
	shared->terms.consistent = scan->consistent;
	shared->terms.concurrency = Max(1, scan->map->options.concurrency /
									(pcxt->nworkers + 1));
	ddb_pace_set_terms(scan, &shared->terms);
	ddb_budget_init_bucket(&shared->bucket, shared->terms.rate);
	memcpy(coordinate, &handle, sizeof(handle));
	attach(scan, shared, segment, true);
	scan->parallel->context = pcxt;
}

/* In the leader, before a rescan. */
void
dynamodbReInitializeDSMForeignScan(ForeignScanState *node,
								   ParallelContext *pcxt, void *coordinate)
{
	DdbScanState *scan = node->fdw_state;
	Shared	   *shared = scan->parallel->shared;

	count(scan);
	shared->requests_before = shared->usage.requests;
	pg_atomic_write_u32(&shared->next_segment, 0);
}

/* In a worker, before its first row. */
void
dynamodbInitializeWorkerForeignScan(ForeignScanState *node, shm_toc *toc,
									void *coordinate)
{
	DdbScanState *scan = node->fdw_state;
	dsm_segment *segment;
	dsm_handle	handle;
	Shared	   *shared;

	memcpy(&handle, coordinate, sizeof(handle));
	if (handle == DSM_HANDLE_INVALID)
	{
		/* the leader reads all of it */
		shared = palloc0_object(Shared);
		pg_atomic_init_u32(&shared->next_segment, PG_INT32_MAX);
		SpinLockInit(&shared->mutex);
		attach(scan, shared, NULL, false);
		return;
	}
	segment = dsm_attach(handle);
	if (segment == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("could not map dynamic shared memory segment")));
	shared = dsm_segment_address(segment);
	scan->consistent = shared->terms.consistent;
	attach(scan, shared, segment, false);
}

/*
 * In each process, when it has done its part: the last moment at which a
 * worker can tell what that was.
 */
void
dynamodbShutdownForeignScan(ForeignScanState *node)
{
	const ForeignScan *plan = (const ForeignScan *) node->ss.ps.plan;
	DdbScanState *scan = node->fdw_state;

	/* a direct modification has a state of another kind */
	if (plan->operation != CMD_SELECT || scan == NULL ||
		scan->parallel == NULL)
		return;
	ddb_parallel_collect(scan);
	scan->parallel->context = NULL;
}
