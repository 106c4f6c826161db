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

/* The same where nothing is stored. */
static const CustomScanMethods end_methods = {
	.CustomName = "DynamoDB Rows",
	.CreateCustomScanState = create_state,
};

/* Makes the node known, for plans that are copied or read back. */
void
ddb_spool_register(void)
{
	RegisterCustomScanMethods(&scan_methods);
	RegisterCustomScanMethods(&end_methods);
}


/* --------------------------------------------------------------------
 * Planning
 * --------------------------------------------------------------------
 */

/* How plans read a DynamoDB table. */
typedef struct Readers
{
	const char *table_name;
	int			nscans;
	bool		by_index;		/* one of them not by the table's key */
} Readers;

static void count_readers(Plan *plan, Readers *readers);

static void
count_all(List *plans, Readers *readers)
{
	ListCell   *lc;

	foreach(lc, plans)
		count_readers(lfirst(lc), readers);
}

static void
count_scan(const ForeignScan *scan, Readers *readers)
{
	if (!OidIsValid(scan->fs_server) ||
		!ddb_function_is_own_server(scan->fs_server) ||
		strcmp(ddb_plan_get_string(scan, DDB_PLAN_TABLE),
			   readers->table_name) != 0)
		return;
	readers->nscans++;
	if (ddb_plan_get_string(scan, DDB_PLAN_INDEX)[0] != '\0')
		readers->by_index = true;
}

/* Counts the scans of the table in a plan, through whatever foreign table. */
static void
count_readers(Plan *plan, Readers *readers)
{
	if (plan == NULL)
		return;
	check_stack_depth();
	switch (nodeTag(plan))
	{
		case T_ForeignScan:
			count_scan((ForeignScan *) plan, readers);
			break;
		case T_Append:
			count_all(((Append *) plan)->appendplans, readers);
			break;
		case T_MergeAppend:
			count_all(((MergeAppend *) plan)->mergeplans, readers);
			break;
		case T_SubqueryScan:
			count_readers(((SubqueryScan *) plan)->subplan, readers);
			break;
		case T_CustomScan:
			count_all(((CustomScan *) plan)->custom_plans, readers);
			break;
		default:
			break;
	}
	count_readers(outerPlan(plan), readers);
	count_readers(innerPlan(plan), readers);
}

/*
 * Does a plan, or one of these subplans, read the DynamoDB table?
 */
bool
ddb_spool_reads(Plan *plan, List *subplans, const char *table_name)
{
	Readers		readers = {table_name, 0, false};

	count_readers(plan, &readers);
	count_all(subplans, &readers);
	return readers.nscans > 0;
}

/*
 * Is there one scan of the table in all of these, and that by the table's own
 * key?
 */
bool
ddb_spool_is_single(Plan *plan, List *subplans, const char *table_name)
{
	Readers		readers = {table_name, 0, false};

	count_readers(plan, &readers);
	count_all(subplans, &readers);
	return readers.nscans == 1 && !readers.by_index;
}

static CustomScan *
get_spool(Plan *plan)
{
	CustomScan *scan = (CustomScan *) plan;

	if (plan != NULL && IsA(plan, CustomScan) &&
		(scan->methods == &scan_methods || scan->methods == &end_methods))
		return scan;
	return NULL;
}

/*
 * Puts the node on top of ModifyTable's source: one for all relations that
 * are written.
 */
void
ddb_spool_put(ModifyTable *plan, bool store)
{
	Plan	   *source = outerPlan(plan);
	CustomScan *spool = get_spool(source);

	if (spool == NULL)
	{
		spool = makeNode(CustomScan);
		spool->scan.plan.startup_cost = source->startup_cost;
		spool->scan.plan.total_cost = source->total_cost;
		spool->scan.plan.plan_rows = source->plan_rows;
		spool->scan.plan.plan_width = source->plan_width;
		spool->scan.plan.targetlist = copyObject(source->targetlist);
		spool->custom_scan_tlist = copyObject(source->targetlist);
		spool->custom_plans = list_make1(source);
		spool->methods = &end_methods;
		outerPlan(plan) = &spool->scan.plan;
	}
	if (store)
	{
		spool->methods = &scan_methods;
		spool->scan.plan.startup_cost = source->total_cost;
	}
}

/* Replaces the planner's names for what identifies a row (a mutator). */
static Node *
name_rows(Node *node, void *context)
{
	PlannerInfo *root = context;

	if (node == NULL)
		return NULL;
	if (IsA(node, Var) && ((Var *) node)->varno == ROWID_VAR)
	{
		RowIdentityVarInfo *info = list_nth(root->row_identity_vars,
											((Var *) node)->varattno - 1);
		Var		   *var = copyObject(info->rowidvar);

		var->varno = root->parse->resultRelation;
		return (Node *) var;
	}
	return expression_tree_mutator(node, name_rows, context);
}

/*
 * Of a hierarchy's tables, ROWID_VARs stand for what identifies a row, which
 * EXPLAIN cannot show.  To be called when the node is where it stays.
 */
void
ddb_spool_name_rows(PlannerInfo *root, ModifyTable *plan)
{
	CustomScan *spool = get_spool(outerPlan(plan));

	if (spool == NULL)
		return;
	spool->scan.plan.targetlist =
		(List *) name_rows((Node *) spool->scan.plan.targetlist, root);
	spool->custom_scan_tlist =
		(List *) name_rows((Node *) spool->custom_scan_tlist, root);
}

/* Is there a node on top that reads everything before it hands rows on? */
bool
ddb_spool_stores(Plan *plan)
{
	CustomScan *spool = get_spool(plan);

	return spool != NULL && spool->methods == &scan_methods;
}

/* Is the source, our node left aside, a scan and no join? */
bool
ddb_spool_is_scan(Plan *plan)
{
	CustomScan *spool = get_spool(plan);

	if (spool != NULL)
		plan = linitial(spool->custom_plans);
	return IsA(plan, ForeignScan);
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

	spool->stores = ddb_spool_stores(&plan->scan.plan);
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

static const CustomExecMethods end_exec_methods = {
	.CustomName = "DynamoDB Rows",
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
	spool->css.methods = plan->methods == &scan_methods ? &exec_methods :
		&end_exec_methods;
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
