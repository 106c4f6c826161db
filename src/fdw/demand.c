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
#include "fdw/lookahead.h"
#include "fdw/plan.h"
#include "fdw/stream.h"
#include "nodes/nodeFuncs.h"

/* One run of the executor; runs nest. */
typedef struct Run
{
	const PlanState *top;		/* of the plan; NULL: nothing is known */
	uint64		count;			/* rows that are wanted of it; 0: all */
	struct Run *outer;
} Run;

/* Between the top of a plan and a scan whose rows reach it one to one. */
typedef struct Way
{
	const LimitState *limit;	/* the one Limit, or NULL */
	bool		sorted;			/* in groups that the scan's order makes */
	bool		joined;			/* and not every row may find another */
} Way;

static Run *current_run = NULL;
static ExecutorRun_hook_type prev_executor_run = NULL;

/* Does a join of this kind read its outer side only as far as it is wanted? */
static bool
takes_outer_rows(JoinType jointype)
{
	return jointype == JOIN_INNER || jointype == JOIN_LEFT ||
		jointype == JOIN_SEMI || jointype == JOIN_ANTI;
}

static bool find_way(const PlanState *node, const PlanState *scan, Way *way);

/* Does a way lead to the scan by one of these nodes? */
static bool
find_way_by(PlanState *const *nodes, int n, const PlanState *scan, Way *way)
{
	const Way	before = *way;

	for (int i = 0; i < n; i++)
	{
		if (find_way(nodes[i], scan, way))
			return true;
		*way = before;
	}
	return false;
}

/*
 * Is every row of the scan a row of the result?  No more of them are wanted
 * then.  Of an Append, rows come from others as well; it wants no more than
 * that of each.
 */
static bool
find_way(const PlanState *node, const PlanState *scan, Way *way)
{
	for (;;)
	{
		switch (nodeTag(node))
		{
			case T_ForeignScanState:
				return node == scan;
			case T_AppendState:
				{
					const AppendState *append = (const AppendState *) node;

					return find_way_by(append->appendplans,
									   append->as_nplans, scan, way);
				}
			case T_MergeAppendState:
				{
					const MergeAppendState *append =
						(const MergeAppendState *) node;

					return find_way_by(append->mergeplans,
									   append->ms_nplans, scan, way);
				}
			case T_ModifyTableState:
				/* one to one at most, so that it is still no hint too low */
				if (((const ModifyTable *) node->plan)->returningLists == NIL)
					return false;
				node = outerPlanState(node);
				break;
			case T_SubqueryScanState:
				if (node->qual != NULL)
					return false;
				node = ((const SubqueryScanState *) node)->subplan;
				break;
			case T_LimitState:
				if (way->limit != NULL)
					return false;
				way->limit = (const LimitState *) node;
				node = outerPlanState(node);
				break;
			case T_NestLoopState:
			case T_HashJoinState:
				if (!takes_outer_rows(((const JoinState *) node)->jointype))
					return false;
				way->joined |= node->qual != NULL ||
					((const JoinState *) node)->jointype != JOIN_LEFT;
				node = outerPlanState(node);
				break;
			case T_CustomScanState:
				node = ddb_lookahead_child(node);
				if (node == NULL)
					return false;
				break;
			case T_MaterialState:	/* of a scrollable cursor */
				node = outerPlanState(node);
				break;
			case T_IncrementalSortState:
				way->sorted = true;
				node = outerPlanState(node);
				break;
			case T_ResultState:
			case T_LockRowsState:
				if (node->qual != NULL || outerPlanState(node) == NULL)
					return false;
				node = outerPlanState(node);
				break;
			default:
				return false;
		}
	}
}

static void
executor_run(QueryDesc *queryDesc, ScanDirection direction,
			 uint64 count DDB_EXECUTE_ONCE_PARAM)
{
	Run			run;

	run.top = ScanDirectionIsForward(direction) ? queryDesc->planstate : NULL;
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

/*
 * Rows that this run will take from the scan; 0 if that isn't known.  It is
 * too low where an incremental sort finds rows that are equal, and where few
 * rows of a join find another: then pages grow.
 */
int64
ddb_demand_get(const PlanState *scan)
{
	Way			way = {NULL, false, false};
	uint64		rows;

	if (current_run == NULL || current_run->top == NULL ||
		!find_way(current_run->top, scan, &way))
		return 0;
	/* what may yet read all isn't to pass for a Scan that is bounded */
	if (way.joined && ddb_plan_get_integer((const ForeignScan *) scan->plan,
										   DDB_PLAN_OPERATION) == DDB_SCAN)
		return 0;
	rows = current_run->count;
	/* The executor has computed the Limit before it asked for a row. */
	if (way.limit != NULL)
	{
		if (!way.limit->noCount &&
			(rows == 0 || (uint64) way.limit->count < rows))
			rows = way.limit->count;
		if (rows > 0)
			rows += way.limit->offset;
	}
	if (rows > PG_INT32_MAX)
		return 0;
	if (way.joined)
		rows *= DDB_FILTER_FACTOR;
	/* A group ends where the next one begins. */
	if (rows > 0 && way.sorted)
		rows++;
	return rows > PG_INT32_MAX ? 0 : (int64) rows;
}

/* Does this run take all rows of its plan? */
bool
ddb_demand_is_all(void)
{
	return current_run != NULL && current_run->count == 0;
}
