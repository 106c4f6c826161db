/*-------------------------------------------------------------------------
 *
 * spool.c
 *	  Rows read to their end before the first of them is written.
 *
 * A statement never reads its own writes.  An ordinary table has snapshots
 * for that; DynamoDB hasn't, so where the rows to be written come from the
 * very table they go to, a custom scan stands between the source and
 * ModifyTable: it reads all rows into a tuplestore, which goes to disk beyond
 * work_mem, and then hands them on.
 *
 * The same node has a second use, without storing: it knows when the last
 * row has gone by, which is when writes that are still in flight must be
 * waited for, as the number of rows is told next.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/executor.h"
#include "fdw/function.h"
#include "fdw/plan.h"
#include "fdw/spool.h"
#include "miscadmin.h"
#include "nodes/extensible.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "utils/tuplestore.h"

/* What is to be done at the end, for each relation that is written. */
typedef struct EndCallback
{
	DdbSpoolEnd function;
	void	   *arg;
} EndCallback;

typedef struct Spool
{
	CustomScanState css;		/* must be first */
	bool		stores;
	bool		ended;
	Tuplestorestate *store;		/* NULL until the first row is wanted */
	TupleTableSlot *stored;		/* a row as the store gives it */
	List	   *callbacks;		/* EndCallback */
} Spool;

static Node *create_state(CustomScan *plan);

static const CustomScanMethods scan_methods = {
	.CustomName = "DynamoDB Spool",
	.CreateCustomScanState = create_state,
};

/* Makes the node known, for plans that are copied or read back. */
void
ddb_spool_register(void)
{
	RegisterCustomScanMethods(&scan_methods);
}


/* --------------------------------------------------------------------
 * Planning
 * --------------------------------------------------------------------
 */

static bool
any_reads(List *plans, const char *table_name)
{
	ListCell   *lc;

	foreach(lc, plans)
	{
		if (ddb_spool_reads(lfirst(lc), NIL, table_name))
			return true;
	}
	return false;
}

/*
 * Does a plan, or one of these subplans, read the DynamoDB table, through
 * whatever foreign table?
 */
bool
ddb_spool_reads(Plan *plan, List *subplans, const char *table_name)
{
	if (any_reads(subplans, table_name))
		return true;
	if (plan == NULL)
		return false;
	check_stack_depth();
	switch (nodeTag(plan))
	{
		case T_ForeignScan:
			{
				ForeignScan *scan = (ForeignScan *) plan;

				if (OidIsValid(scan->fs_server) &&
					ddb_function_is_own_server(scan->fs_server) &&
					strcmp(ddb_plan_get_string(scan, DDB_PLAN_TABLE),
						   table_name) == 0)
					return true;
				break;
			}
		case T_Append:
			if (any_reads(((Append *) plan)->appendplans, table_name))
				return true;
			break;
		case T_MergeAppend:
			if (any_reads(((MergeAppend *) plan)->mergeplans, table_name))
				return true;
			break;
		case T_SubqueryScan:
			if (ddb_spool_reads(((SubqueryScan *) plan)->subplan, NIL,
								table_name))
				return true;
			break;
		case T_CustomScan:
			if (any_reads(((CustomScan *) plan)->custom_plans, table_name))
				return true;
			break;
		default:
			break;
	}
	return ddb_spool_reads(outerPlan(plan), NIL, table_name) ||
		ddb_spool_reads(innerPlan(plan), NIL, table_name);
}

static CustomScan *
get_spool(Plan *plan)
{
	if (plan != NULL && IsA(plan, CustomScan) &&
		((CustomScan *) plan)->methods == &scan_methods)
		return (CustomScan *) plan;
	return NULL;
}

/*
 * Puts the node on top of ModifyTable's source; with several relations to be
 * written once for all of them.
 */
void
ddb_spool_put(ModifyTable *plan, bool store)
{
	Plan	   *source = outerPlan(plan);
	CustomScan *spool = get_spool(source);

	if (spool == NULL)
	{
		spool = makeNode(CustomScan);
		spool->scan.plan.startup_cost = store ? source->total_cost :
			source->startup_cost;
		spool->scan.plan.total_cost = source->total_cost;
		spool->scan.plan.plan_rows = source->plan_rows;
		spool->scan.plan.plan_width = source->plan_width;
		spool->scan.plan.parallel_aware = false;
		spool->scan.plan.targetlist = copyObject(source->targetlist);
		spool->custom_scan_tlist = copyObject(source->targetlist);
		spool->custom_plans = list_make1(source);
		spool->custom_private = list_make1(makeInteger(false));
		spool->methods = &scan_methods;
		outerPlan(plan) = &spool->scan.plan;
	}
	if (store)
		spool->custom_private = list_make1(makeInteger(true));
}

/* Is there a node on top that reads everything before it hands rows on? */
bool
ddb_spool_stores(Plan *plan)
{
	CustomScan *spool = get_spool(plan);

	return spool != NULL && intVal(linitial(spool->custom_private));
}


/* --------------------------------------------------------------------
 * Running
 * --------------------------------------------------------------------
 */

static void
begin(CustomScanState *node, EState *estate, int eflags)
{
	Spool	   *spool = (Spool *) node;
	CustomScan *plan = (CustomScan *) node->ss.ps.plan;

	spool->stores = intVal(linitial(plan->custom_private));
	node->custom_ps = list_make1(ExecInitNode(linitial(plan->custom_plans),
											  estate,
											  eflags & ~(EXEC_FLAG_REWIND |
														 EXEC_FLAG_MARK)));
}

/* Reads all rows there are. */
static void
fill(Spool *spool)
{
	PlanState  *child = linitial(spool->css.custom_ps);
	EState	   *estate = spool->css.ss.ps.state;
	TupleDesc	tupdesc = ExecGetResultType(child);
	MemoryContext oldcontext = MemoryContextSwitchTo(estate->es_query_cxt);
	TupleTableSlot *slot;

	if (spool->stored == NULL)
		spool->stored = ExecInitExtraTupleSlot(estate, tupdesc,
											   &TTSOpsMinimalTuple);
	spool->store = tuplestore_begin_heap(false, false, work_mem);
	MemoryContextSwitchTo(oldcontext);
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		slot = ExecProcNode(child);
		if (TupIsNull(slot))
			break;
		tuplestore_puttupleslot(spool->store, slot);
	}
}

static TupleTableSlot *
get_next(Spool *spool)
{
	if (!spool->stores)
		return ExecProcNode(linitial(spool->css.custom_ps));
	if (spool->store == NULL)
		fill(spool);
	(void) tuplestore_gettupleslot(spool->store, true, false, spool->stored);
	return spool->stored;
}

static void
call_back(Spool *spool)
{
	ListCell   *lc;

	spool->ended = true;
	foreach(lc, spool->callbacks)
	{
		EndCallback *callback = lfirst(lc);

		callback->function(callback->arg);
	}
}

static TupleTableSlot *
exec(CustomScanState *node)
{
	Spool	   *spool = (Spool *) node;
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;
	TupleTableSlot *next = get_next(spool);

	if (TupIsNull(next))
	{
		if (!spool->ended)
			call_back(spool);
		return ExecClearTuple(slot);
	}
	ExecCopySlot(slot, next);
	if (node->ss.ps.ps_ProjInfo == NULL)
		return slot;
	ResetExprContext(node->ss.ps.ps_ExprContext);
	node->ss.ps.ps_ExprContext->ecxt_scantuple = slot;
	return ExecProject(node->ss.ps.ps_ProjInfo);
}

static void
end(CustomScanState *node)
{
	Spool	   *spool = (Spool *) node;

	if (spool->store != NULL)
		tuplestore_end(spool->store);
	ExecEndNode(linitial(node->custom_ps));
}

/* EvalPlanQual does this, for a table that is written beside ours. */
static void
rescan(CustomScanState *node)
{
	Spool	   *spool = (Spool *) node;
	PlanState  *child = linitial(node->custom_ps);

	if (spool->stored != NULL)
		ExecClearTuple(spool->stored);
	if (spool->store != NULL)
		tuplestore_end(spool->store);
	spool->store = NULL;
	spool->ended = false;
	if (node->ss.ps.chgParam != NULL)
		UpdateChangedParamSet(child, node->ss.ps.chgParam);
	if (child->chgParam == NULL)
		ExecReScan(child);
}

static const CustomExecMethods exec_methods = {
	.CustomName = "DynamoDB Spool",
	.BeginCustomScan = begin,
	.ExecCustomScan = exec,
	.EndCustomScan = end,
	.ReScanCustomScan = rescan,
};

static Node *
create_state(CustomScan *plan)
{
	Spool	   *spool = palloc0_object(Spool);

	NodeSetTag(spool, T_CustomScanState);
	spool->css.methods = &exec_methods;
	return (Node *) spool;
}

/*
 * Has a function called when the last row has been handed on.  node is
 * ModifyTable's source, with our node on top.
 */
void
ddb_spool_on_end(PlanState *node, DdbSpoolEnd function, void *arg)
{
	Spool	   *spool = (Spool *) node;
	EndCallback *callback;

	if (get_spool(node->plan) == NULL)
		elog(ERROR, "there is no node that knows the last row");
	callback = palloc_object(EndCallback);
	callback->function = function;
	callback->arg = arg;
	spool->callbacks = lappend(spool->callbacks, callback);
}
