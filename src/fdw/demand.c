/*-------------------------------------------------------------------------
 *
 * demand.c
 *	  Listens at ExecutorRun for the number of rows wanted.
 *
 * Reporting tools limit rows in the protocol, not in SQL: JDBC's maxRows and
 * fetchSize, FETCH n of a cursor.  The number reaches ExecutorRun and no plan
 * node, so a hook keeps it where a scan can look it up, for as long as that
 * run lasts.  It is a hint for the size of pages and changes no answer.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "executor/executor.h"
#include "fdw/demand.h"
#include "nodes/nodeFuncs.h"

/* One run of the executor; runs nest. */
typedef struct Run
{
	const PlanState *scan;		/* whose rows reach the top one to one */
	uint64		count;			/* 0: all */
	const LimitState *limit;	/* the Limit above the scan, or NULL */
	struct Run *outer;
} Run;

static Run *current_run = NULL;
static ExecutorRun_hook_type prev_executor_run = NULL;

/* The scan whose every row is a row of the result, or NULL. */
static const PlanState *
find_scan(const PlanState *node, const LimitState **limit)
{
	*limit = NULL;
	for (;;)
	{
		switch (nodeTag(node))
		{
			case T_ForeignScanState:
				return node;
			case T_ModifyTableState:
				/* one to one at most, so that it is still no hint too low */
				if (((const ModifyTable *) node->plan)->returningLists == NIL)
					return NULL;
				node = outerPlanState(node);
				break;
			case T_SubqueryScanState:
				if (node->qual != NULL)
					return NULL;
				node = ((const SubqueryScanState *) node)->subplan;
				break;
			case T_LimitState:
				if (*limit != NULL)
					return NULL;
				*limit = (const LimitState *) node;
				node = outerPlanState(node);
				break;
			case T_ResultState:
			case T_LockRowsState:
				if (node->qual != NULL || outerPlanState(node) == NULL)
					return NULL;
				node = outerPlanState(node);
				break;
			default:
				return NULL;
		}
	}
}

static void
executor_run(QueryDesc *queryDesc, ScanDirection direction,
			 uint64 count DDB_EXECUTE_ONCE_PARAM)
{
	Run			run;

	run.limit = NULL;
	run.scan = ScanDirectionIsForward(direction) &&
		queryDesc->planstate != NULL ?
		find_scan(queryDesc->planstate, &run.limit) : NULL;
	run.count = count;
	run.outer = current_run;
	current_run = &run;
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
		current_run = run.outer;
	}
	PG_END_TRY();
}

/* Called once, when the library is loaded. */
void
ddb_demand_install(void)
{
	prev_executor_run = ExecutorRun_hook;
	ExecutorRun_hook = executor_run;
}

/* Rows that this run will take from the node; 0 if that isn't known. */
int64
ddb_demand_get(const PlanState *node)
{
	uint64		rows;

	if (current_run == NULL || current_run->scan != node)
		return 0;
	rows = current_run->count;
	/* The executor has computed the Limit before it asked for a row. */
	if (current_run->limit != NULL)
	{
		const LimitState *limit = current_run->limit;

		if (!limit->noCount && (rows == 0 || (uint64) limit->count < rows))
			rows = limit->count;
		if (rows > 0)
			rows += limit->offset;
	}
	return rows > PG_INT32_MAX ? 0 : (int64) rows;
}
