/*-------------------------------------------------------------------------
 *
 * async.c
 *	  Scans under an Append that waits for whichever has a row first.
 *
 * All transfers of a backend are behind one descriptor, and whoever looks
 * after one looks after all.  So an Append of our scans, which would be told
 * of each one's descriptor, is told of the same one under several names; any
 * of them that it finds readable may have served all the others, too.  Hence
 * a scan that is asked to wait looks first whether it still has to.
 *
 * A set of events holds no descriptor twice, so each scan has a duplicate of
 * its own, a new one for every wait: the one behind it may be another by then.
 *
 * Only plans that aren't parallel_safe run like this, which is why none of our
 * paths are but those that share their Scan (parallel.c).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <unistd.h>

#include "dynamodb/client.h"
#include "executor/execAsync.h"
#include "executor/tuptable.h"
#include "fdw/async.h"
#include "fdw/relation.h"
#include "fdw/scan.h"
#include "storage/fd.h"
#include "storage/latch.h"
#include "utils/memutils.h"

/* What a scan waits with. */
struct DdbScanWait
{
	int			fd;				/* -1: none */
	MemoryContextCallback callback;
};

/*
 * May the path run asynchronously?  Asked by the planner for the children of
 * an Append.
 */
bool
dynamodbIsForeignPathAsyncCapable(ForeignPath *path)
{
	const DdbRelation *relation = path->path.parent->fdw_private;

	return relation->map->options.async_capable && !path->path.parallel_aware;
}

/* A row, or the end, if that needs no waiting; else a promise. */
static void
respond(AsyncRequest *areq)
{
	ForeignScanState *node = (ForeignScanState *) areq->requestee;
	TupleTableSlot *slot;

	if (!ddb_scan_is_ready(node))
	{
		ExecAsyncRequestPending(areq);
		return;
	}
	/* ExecAsync... has instrumented the node for us */
	slot = node->ss.ps.ExecProcNodeReal(&node->ss.ps);
	ExecAsyncRequestDone(areq, TupIsNull(slot) ? NULL : slot);
}

/* The Append wants a row.  Sends the first request, if that isn't done. */
void
dynamodbForeignAsyncRequest(AsyncRequest *areq)
{
	respond(areq);
}

static void
close_descriptor(DdbScanWait *wait)
{
	if (wait->fd < 0)
		return;
	close(wait->fd);
	ReleaseExternalFD();
	wait->fd = -1;
}

/* Memory context callback. */
static void
end_waits(void *arg)
{
	close_descriptor(arg);
}

static DdbScanWait *
get_wait(ForeignScanState *node)
{
	DdbScanState *scan = node->fdw_state;
	MemoryContext context = node->ss.ps.state->es_query_cxt;
	DdbScanWait *wait = scan->wait;

	if (wait == NULL)
	{
		wait = MemoryContextAllocZero(context, sizeof(DdbScanWait));
		wait->fd = -1;
		wait->callback.func = end_waits;
		wait->callback.arg = wait;
		MemoryContextRegisterResetCallback(context, &wait->callback);
		scan->wait = wait;
	}
	return wait;
}

/*
 * The Append is about to wait: gives it a descriptor, unless there is a row by
 * now.
 */
void
dynamodbForeignAsyncConfigureWait(AsyncRequest *areq)
{
	AppendState *append = (AppendState *) areq->requestor;
	DdbScanWait *wait = get_wait((ForeignScanState *) areq->requestee);

	Assert(areq->callback_pending);
	if (ddb_scan_is_ready((ForeignScanState *) areq->requestee))
	{
		areq->callback_pending = false;
		respond(areq);
		ExecAsyncResponse(areq);
		return;
	}
	close_descriptor(wait);
	if (AcquireExternalFD())
	{
		wait->fd = ddb_client_dup_descriptor();
		if (wait->fd < 0)
			ReleaseExternalFD();
	}
	if (wait->fd < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_RESOURCES),
				 errmsg("could not create a descriptor to wait on: %m")));
	AddWaitEventToSet(append->as_eventset, WL_SOCKET_READABLE, wait->fd, NULL,
					  areq);
}

/* Something has happened, perhaps to this scan. */
void
dynamodbForeignAsyncNotify(AsyncRequest *areq)
{
	respond(areq);
}
