/*-------------------------------------------------------------------------
 *
 * report.c
 *	  What a statement, and a session, has asked of DynamoDB: the variables
 *	  report and log_capacity, and dynamodb_stats().
 *
 * The client counts everything (dynamodb/stats.c); here is told what has come
 * since the last time.  A statement ends where the outermost of the executor's
 * and the utilities' calls returns: for a query the run itself, so that a
 * cursor reports with every FETCH; for what writes, the end, as some of it is
 * sent then.  What planning asked belongs to it too.  A statement that fails
 * reports nothing.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "base/compat.h"
#include "base/guc.h"
#include "dynamodb/capacity.h"
#include "dynamodb/stats.h"
#include "executor/executor.h"
#include "fdw/report.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "tcop/utility.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(dynamodb_stats);

#define STATS_COLUMNS 11

static int	depth = 0;			/* of calls of the executor and utilities */
static ExecutorRun_hook_type prev_executor_run = NULL;
static ExecutorFinish_hook_type prev_executor_finish = NULL;
static ExecutorEnd_hook_type prev_executor_end = NULL;
static ProcessUtility_hook_type prev_process_utility = NULL;


/* --------------------------------------------------------------------
 * In words
 * --------------------------------------------------------------------
 */

/* Adds to a sum what has come since the last report. */
static void
add_news(DdbTally *sum, const DdbStats *stats)
{
	sum->requests += stats->total.requests - stats->reported.requests;
	sum->read_units += stats->total.read_units - stats->reported.read_units;
	sum->write_units += stats->total.write_units -
		stats->reported.write_units;
	sum->retries += stats->total.retries - stats->reported.retries;
	sum->throttled += stats->total.throttled - stats->reported.throttled;
}

/* "read units: 12.5, write units: 3, retries: 1" */
static void
append_costs(StringInfo buf, const DdbTally *tally)
{
	appendStringInfo(buf, "read units: %s",
					 ddb_capacity_words(tally->read_units));
	if (tally->write_units > 0)
		appendStringInfo(buf, ", write units: %s",
						 ddb_capacity_words(tally->write_units));
	if (tally->retries > 0)
		appendStringInfo(buf, ", retries: " INT64_FORMAT, tally->retries);
	if (tally->throttled > 0)
		appendStringInfo(buf, ", throttled: " INT64_FORMAT, tally->throttled);
}

/* Is there an earlier entry of the same operation, or of the same table? */
static bool
is_repeated(const DdbStats *stats, bool by_table)
{
	for (const DdbStats *s = ddb_stats_first(); s != stats; s = s->next)
	{
		if (!by_table && strcmp(s->operation, stats->operation) == 0)
			return true;
		if (by_table && s->table_name != NULL && stats->table_name != NULL &&
			strcmp(s->table_name, stats->table_name) == 0 &&
			strcmp(s->server_name, stats->server_name) == 0)
			return true;
	}
	return false;
}

/* What is new of one operation, or of one table, from its first entry on. */
static DdbTally
sum_news(const DdbStats *from, bool by_table)
{
	DdbTally	sum = {0};

	for (const DdbStats *s = from; s != NULL; s = s->next)
	{
		if (!by_table && strcmp(s->operation, from->operation) == 0)
			add_news(&sum, s);
		if (by_table && s->table_name != NULL &&
			strcmp(s->table_name, from->table_name) == 0 &&
			strcmp(s->server_name, from->server_name) == 0)
			add_news(&sum, s);
	}
	return sum;
}

/* "DynamoDB requests: 4 (Query 3, BatchGetItem 1), read units: 12.5" */
static void
report_all(void)
{
	StringInfoData buf;
	DdbTally	all = {0};
	const char *separator = " (";

	for (const DdbStats *s = ddb_stats_first(); s != NULL; s = s->next)
		add_news(&all, s);
	initStringInfo(&buf);
	appendStringInfo(&buf, "DynamoDB requests: " INT64_FORMAT, all.requests);
	for (const DdbStats *s = ddb_stats_first(); s != NULL; s = s->next)
	{
		DdbTally	tally = sum_news(s, false);

		if (tally.requests == 0 || is_repeated(s, false))
			continue;
		appendStringInfo(&buf, "%s%s " INT64_FORMAT, separator, s->operation,
						 tally.requests);
		separator = ", ";
	}
	appendStringInfoString(&buf, all.requests > 0 ? "), " : ", ");
	append_costs(&buf, &all);
	ereport(INFO, (errmsg_internal("%s", buf.data)));
}

/* A line for each table, without the statement, which may hold values. */
static void
log_tables(void)
{
	for (const DdbStats *s = ddb_stats_first(); s != NULL; s = s->next)
	{
		StringInfoData buf;
		DdbTally	tally;

		if (s->table_name == NULL || is_repeated(s, true))
			continue;
		tally = sum_news(s, true);
		if (tally.requests == 0 && tally.read_units == 0 &&
			tally.write_units == 0)
			continue;
		initStringInfo(&buf);
		append_costs(&buf, &tally);
		ereport(LOG,
				(errmsg("DynamoDB table \"%s\" of server \"%s\": requests: " INT64_FORMAT ", %s",
						s->table_name, s->server_name, tally.requests,
						buf.data),
				 errhidestmt(true), errhidecontext(true)));
	}
}


/* --------------------------------------------------------------------
 * When
 * --------------------------------------------------------------------
 */

/* What has been counted so far is nobody's news any more. */
static void
forget_news(void)
{
	for (DdbStats *s = ddb_stats_first(); s != NULL; s = s->next)
		s->reported = s->total;
}

static bool
is_there_news(void)
{
	for (const DdbStats *s = ddb_stats_first(); s != NULL; s = s->next)
		if (memcmp(&s->reported, &s->total, sizeof(DdbTally)) != 0)
			return true;
	return false;
}

/* The outermost call has returned.  What workers ask, their leader tells. */
static void
end_statement(void)
{
	if (depth > 0 || IsParallelWorker() || !is_there_news())
		return;
	if (ddb_guc_report)
		report_all();
	if (ddb_guc_log_capacity)
		log_tables();
	forget_news();
}

static void
executor_run(QueryDesc *queryDesc, ScanDirection direction,
			 uint64 count DDB_EXECUTE_ONCE_PARAM)
{
	depth++;
	PG_TRY();
	{
		if (prev_executor_run)
			prev_executor_run(queryDesc, direction,
							  count DDB_EXECUTE_ONCE_ARG);
		else
			standard_ExecutorRun(queryDesc, direction,
								 count DDB_EXECUTE_ONCE_ARG);
	}
	PG_FINALLY();
	{
		depth--;
	}
	PG_END_TRY();
	if (queryDesc->operation == CMD_SELECT &&
		!queryDesc->plannedstmt->hasModifyingCTE)
		end_statement();
}

static void
executor_finish(QueryDesc *queryDesc)
{
	depth++;
	PG_TRY();
	{
		if (prev_executor_finish)
			prev_executor_finish(queryDesc);
		else
			standard_ExecutorFinish(queryDesc);
	}
	PG_FINALLY();
	{
		depth--;
	}
	PG_END_TRY();
}

static void
executor_end(QueryDesc *queryDesc)
{
	depth++;
	PG_TRY();
	{
		if (prev_executor_end)
			prev_executor_end(queryDesc);
		else
			standard_ExecutorEnd(queryDesc);
	}
	PG_FINALLY();
	{
		depth--;
	}
	PG_END_TRY();
	end_statement();
}

static void
process_utility(PlannedStmt *pstmt, const char *queryString,
				bool readOnlyTree, ProcessUtilityContext context,
				ParamListInfo params, QueryEnvironment *queryEnv,
				DestReceiver *dest, QueryCompletion *qc)
{
	depth++;
	PG_TRY();
	{
		if (prev_process_utility)
			prev_process_utility(pstmt, queryString, readOnlyTree, context,
								 params, queryEnv, dest, qc);
		else
			standard_ProcessUtility(pstmt, queryString, readOnlyTree, context,
									params, queryEnv, dest, qc);
	}
	PG_FINALLY();
	{
		depth--;
	}
	PG_END_TRY();
	end_statement();
}

/* A failed statement's requests aren't the next one's... */
static void
end_transaction(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_ABORT)
		forget_news();
}

/* ...nor ROLLBACK TO's.  Where a function catches the error, it goes on. */
static void
end_subtransaction(SubXactEvent event, SubTransactionId id,
				   SubTransactionId parent, void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB && depth == 0)
		forget_news();
}

/* Called once, when the library is loaded. */
void
ddb_report_install(void)
{
	prev_executor_run = ExecutorRun_hook;
	ExecutorRun_hook = executor_run;
	prev_executor_finish = ExecutorFinish_hook;
	ExecutorFinish_hook = executor_finish;
	prev_executor_end = ExecutorEnd_hook;
	ExecutorEnd_hook = executor_end;
	prev_process_utility = ProcessUtility_hook;
	ProcessUtility_hook = process_utility;
	RegisterXactCallback(end_transaction, NULL);
	RegisterSubXactCallback(end_subtransaction, NULL);
}


/* --------------------------------------------------------------------
 * SQL
 * --------------------------------------------------------------------
 */

/*
 * dynamodb_stats() RETURNS TABLE (...)
 *
 * A row for each operation that this session has sent, by server and table.
 * Sends nothing.
 */
Datum
dynamodb_stats(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	for (const DdbStats *s = ddb_stats_first(); s != NULL; s = s->next)
	{
		Datum		values[STATS_COLUMNS];
		bool		nulls[STATS_COLUMNS] = {0};
		int			i = 0;

		values[i++] = DirectFunctionCall1(namein,
										  CStringGetDatum(s->server_name));
		nulls[i] = s->table_name == NULL;
		values[i] = nulls[i] ? (Datum) 0 :
			CStringGetTextDatum(s->table_name);
		i++;
		values[i++] = CStringGetTextDatum(s->operation);
		values[i++] = Int64GetDatum(s->total.requests);
		values[i++] = Int64GetDatum(s->total.items);
		values[i++] = Float8GetDatum(s->total.read_units);
		values[i++] = Float8GetDatum(s->total.write_units);
		values[i++] = Int64GetDatum(s->total.retries);
		values[i++] = Int64GetDatum(s->total.throttled);
		values[i++] = Int64GetDatum(s->total.bytes_sent);
		values[i++] = Int64GetDatum(s->total.bytes_received);
		Assert(i == STATS_COLUMNS);
		tuplestore_putvalues(result->setResult, result->setDesc, values,
							 nulls);
	}
	return (Datum) 0;
}
