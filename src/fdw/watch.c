/*-------------------------------------------------------------------------
 *
 * watch.c
 *	  Statements that write, watched for errors.
 *
 * While rows are being read, writes are in flight.  Whatever goes wrong then,
 * in an expression, a trigger, a constraint, another table of the statement,
 * no call of ours sees it, and with the transaction's memory the requests
 * would be torn off whose answers say what stands.  So the executor's runs
 * are watched: the error is held until those in flight have their answers,
 * and says how many items were written; then it goes on its way, which may
 * be that to a handler in PL/pgSQL, and a subtransaction's end.
 *
 * Who cancels a statement doesn't want to wait; then, and when waiting is
 * cancelled, the error says how many more may have been written.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "executor/executor.h"
#include "fdw/snapshot.h"
#include "fdw/watch.h"
#include "fdw/write.h"

/* One run of the executor; runs nest. */
typedef struct Watch
{
	MemoryContext statement;
	struct Watch *outer;
} Watch;

static Watch *current = NULL;
static ExecutorRun_hook_type prev_executor_run = NULL;
static ExecutorFinish_hook_type prev_executor_finish = NULL;

/* Is the executor at work for this statement? */
bool
ddb_watch_is_watched(MemoryContext statement)
{
	for (const Watch *watch = current; watch != NULL; watch = watch->outer)
	{
		if (watch->statement == statement)
			return true;
	}
	return false;
}

/*
 * May an error of this code be the backend's end?  Nothing catches that, so
 * what it should say has to be said when it is raised.
 */
bool
ddb_watch_is_end(int sqlerrcode)
{
	switch (ERRCODE_TO_CATEGORY(sqlerrcode))
	{
		case MAKE_SQLSTATE('0', '8', '0', '0', '0'):
		case MAKE_SQLSTATE('2', '5', '0', '0', '0'):
		case MAKE_SQLSTATE('5', '7', '0', '0', '0'):
			return sqlerrcode != ERRCODE_QUERY_CANCELED;
		default:
			return false;
	}
}

/*
 * Waits for what is in flight.  What goes wrong with that changes nothing:
 * the statement has failed already.
 */
static void
await(MemoryContext statement)
{
	MemoryContext context = CurrentMemoryContext;

	PG_TRY();
	{
		ddb_write_stop_all(statement);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		FlushErrorState();
	}
	PG_END_TRY();
}

/* To be called in PG_CATCH(), and followed by PG_RE_THROW(). */
static void
complete_error(MemoryContext statement)
{
	ErrorData  *error;
	char	   *words;

	if (!ddb_write_is_any(statement))
		return;
	/* which lasts until the (sub)transaction's end */
	MemoryContextSwitchTo(statement);
	error = CopyErrorData();
	FlushErrorState();
	if (error->sqlerrcode != ERRCODE_QUERY_CANCELED)
		await(statement);
	words = ddb_write_describe(statement);
	if (words != NULL)
		error->context = error->context == NULL ? words :
			psprintf("%s\n%s", words, error->context);
	ReThrowError(error);
}

static bool
may_write(const QueryDesc *queryDesc)
{
	return queryDesc->plannedstmt->commandType != CMD_SELECT ||
		queryDesc->plannedstmt->hasModifyingCTE;
}

static void
run(QueryDesc *queryDesc, ScanDirection direction,
	uint64 count DDB_EXECUTE_ONCE_PARAM)
{
	if (prev_executor_run)
		prev_executor_run(queryDesc, direction, count DDB_EXECUTE_ONCE_ARG);
	else
		standard_ExecutorRun(queryDesc, direction,
							 count DDB_EXECUTE_ONCE_ARG);
}

static void
executor_run(QueryDesc *queryDesc, ScanDirection direction,
			 uint64 count DDB_EXECUTE_ONCE_PARAM)
{
	Watch		watch = {queryDesc->estate->es_query_cxt, current};

	if (!may_write(queryDesc))
	{
		run(queryDesc, direction, count DDB_EXECUTE_ONCE_ARG);
		return;
	}
	current = &watch;
	PG_TRY();
	{
		run(queryDesc, direction, count DDB_EXECUTE_ONCE_ARG);
	}
	PG_CATCH();
	{
		current = watch.outer;
		complete_error(watch.statement);
		PG_RE_THROW();
	}
	PG_END_TRY();
	current = watch.outer;
}

static void
finish(QueryDesc *queryDesc)
{
	if (prev_executor_finish)
		prev_executor_finish(queryDesc);
	else
		standard_ExecutorFinish(queryDesc);
}

/* Where WITH has a statement that writes, this may be what runs it. */
static void
executor_finish(QueryDesc *queryDesc)
{
	Watch		watch = {queryDesc->estate->es_query_cxt, current};

	if (!may_write(queryDesc))
	{
		finish(queryDesc);
		return;
	}
	ddb_snapshot_finish(queryDesc->estate);
	current = &watch;
	PG_TRY();
	{
		finish(queryDesc);
	}
	PG_CATCH();
	{
		current = watch.outer;
		complete_error(watch.statement);
		PG_RE_THROW();
	}
	PG_END_TRY();
	current = watch.outer;
}

/* Called once, when the library is loaded. */
void
ddb_watch_install(void)
{
	prev_executor_run = ExecutorRun_hook;
	ExecutorRun_hook = executor_run;
	prev_executor_finish = ExecutorFinish_hook;
	ExecutorFinish_hook = executor_finish;
}
