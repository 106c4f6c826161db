/*-------------------------------------------------------------------------
 *
 * lookahead.c
 *	  The executor's side of joins by key in batches.
 *
 * A look-ahead node stands on the outer side of a nested loop.  It reads some
 * rows of its child, puts the keys that the inner scan will ask for into a
 * batch (batch.c), and hands the rows on one by one.  One key at first, as a
 * LIMIT above, or the client, may want no more rows; where all are wanted, as
 * many as one request takes.
 *
 * It changes neither rows nor their order.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "base/compat.h"
#include "executor/executor.h"
#include "fdw/batch.h"
#include "fdw/demand.h"
#include "fdw/lookahead.h"
#include "fdw/relation.h"
#include "mapping/condition.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/* Each time so many times more keys are wanted than the time before. */
#define GROWTH 4

/* Rows read ahead for each key wanted, where many rows have the same. */
#define ROWS_PER_KEY 10

typedef struct LookaheadState
{
	CustomScanState css;
	DdbBatch   *batch;
	List	   *bound;			/* DdbBoundConstraint, over the child's rows */
	int			first;			/* keys of the first batch if all are wanted */
	int			most;			/* keys of a batch */
	int			wanted;			/* keys to read ahead for the next time; 0:
								 * for the very first */

	/* rows read ahead, in a context of their own */
	MemoryContext context;
	MinimalTuple *rows;
	int			nrows;
	int			next;			/* to be handed on */
	bool		ended;			/* the child has no more */
	int64		nbatches;
} LookaheadState;

static PlanState *
child_of(LookaheadState *ahead)
{
	return linitial(ahead->css.custom_ps);
}

static void
begin(CustomScanState *node, EState *estate, int eflags)
{
	LookaheadState *ahead = (LookaheadState *) node;
	CustomScan *plan = (CustomScan *) node->ss.ps.plan;
	Oid			relid = intVal(list_nth(plan->custom_private,
										DDB_LOOKAHEAD_RELID));
	int			number = intVal(list_nth(plan->custom_private,
										 DDB_LOOKAHEAD_NUMBER));

	node->custom_ps = list_make1(ExecInitNode(linitial(plan->custom_plans),
											  estate, eflags));
	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
		return;
	/* The scan on the other side begins after this one, and looks for it. */
	ahead->batch = ddb_batch_create(estate, number);
	ahead->bound = ddb_condition_read(list_nth(plan->custom_private,
											   DDB_LOOKAHEAD_CONSTRAINTS),
									  plan->custom_exprs,
									  ddb_relation_get_map(relid),
									  &node->ss.ps);
	ahead->first = intVal(list_nth(plan->custom_private,
								   DDB_LOOKAHEAD_FIRST));
	ahead->most = intVal(list_nth(plan->custom_private, DDB_LOOKAHEAD_KEYS));
	ahead->rows = palloc(sizeof(MinimalTuple) * ahead->most * ROWS_PER_KEY);
	ahead->context = AllocSetContextCreate(estate->es_query_cxt,
										   "dynamodb_fdw look-ahead",
										   ALLOCSET_DEFAULT_SIZES);
}

/* Puts the key that the row's join will ask for into the batch. */
static void
add_key(LookaheadState *ahead, TupleTableSlot *row)
{
	ExprContext *econtext = ahead->css.ss.ps.ps_ExprContext;
	MemoryContext oldcontext =
		MemoryContextSwitchTo(econtext->ecxt_per_tuple_memory);
	DdbKeySet	keys;

	econtext->ecxt_scantuple = row;
	/* NULL, or what no key can be, has no match: nothing will be asked. */
	if (ddb_condition_fold(ahead->bound, econtext, &keys) &&
		keys.nkeys == 1)
		ddb_batch_want(ahead->batch, &keys, ahead->bound, econtext);
	MemoryContextSwitchTo(oldcontext);
	ResetExprContext(econtext);
}

/* Reads rows ahead, for as many keys as are due, and as work_mem holds. */
static void
fill(LookaheadState *ahead)
{
	TupleTableSlot *own = ahead->css.ss.ss_ScanTupleSlot;
	Size		room = (Size) work_mem * 1024;
	Size		used = 0;

	ddb_batch_next(ahead->batch);
	MemoryContextReset(ahead->context);
	ahead->nrows = ahead->next = 0;
	if (ahead->wanted == 0)
		ahead->wanted = ddb_demand_is_all() ? ahead->first : 1;
	while (ddb_batch_count(ahead->batch) < ahead->wanted && used < room &&
		   ahead->nrows < ahead->wanted * ROWS_PER_KEY)
	{
		TupleTableSlot *row = ExecProcNode(child_of(ahead));
		MemoryContext oldcontext;
		MinimalTuple copy;

		CHECK_FOR_INTERRUPTS();
		if (TupIsNull(row))
		{
			ahead->ended = true;
			break;
		}
		ExecCopySlot(own, row);
		add_key(ahead, own);
		oldcontext = MemoryContextSwitchTo(ahead->context);
		copy = ExecCopySlotMinimalTuple(own);
		MemoryContextSwitchTo(oldcontext);
		ahead->rows[ahead->nrows++] = copy;
		used += copy->t_len;
	}
	ahead->nbatches += ahead->nrows > 0;
	ahead->wanted = Min(ahead->wanted * GROWTH, ahead->most);
}

static TupleTableSlot *
next_row(CustomScanState *node)
{
	LookaheadState *ahead = (LookaheadState *) node;
	TupleTableSlot *own = node->ss.ss_ScanTupleSlot;
	ExprContext *econtext = node->ss.ps.ps_ExprContext;

	if (ahead->next >= ahead->nrows && !ahead->ended)
		fill(ahead);
	if (ahead->next >= ahead->nrows)
		return ExecClearTuple(own);
	ExecForceStoreMinimalTuple(ahead->rows[ahead->next++], own, false);
	if (node->ss.ps.ps_ProjInfo == NULL)
		return own;
	ResetExprContext(econtext);
	econtext->ecxt_scantuple = own;
	return ExecProject(node->ss.ps.ps_ProjInfo);
}

static void
end(CustomScanState *node)
{
	ExecEndNode(child_of((LookaheadState *) node));
}

static void
rescan(CustomScanState *node)
{
	LookaheadState *ahead = (LookaheadState *) node;
	PlanState  *child = child_of(ahead);

	ExecClearTuple(node->ss.ss_ScanTupleSlot);
	ddb_batch_rescan(ahead->batch);
	MemoryContextReset(ahead->context);
	ahead->nrows = ahead->next = 0;
	ahead->ended = false;
	ahead->wanted = 1;			/* who asks again may look for one match */
	if (node->ss.ps.chgParam != NULL)
		UpdateChangedParamSet(child, node->ss.ps.chgParam);
	if (child->chgParam == NULL)
		ExecReScan(child);
}

static void
explain(CustomScanState *node, List *ancestors, ExplainState *es)
{
	if (es->analyze)
		ExplainPropertyInteger("Batches", NULL,
							   ((LookaheadState *) node)->nbatches, es);
}

static const CustomExecMethods exec_methods = {
	.CustomName = "DynamoDB Look-ahead",
	.BeginCustomScan = begin,
	.ExecCustomScan = next_row,
	.EndCustomScan = end,
	.ReScanCustomScan = rescan,
	.ExplainCustomScan = explain,
};

/* Makes the state of a look-ahead node (CustomScanMethods). */
Node *
ddb_lookahead_create_state(CustomScan *plan)
{
	LookaheadState *ahead = palloc0_object(LookaheadState);

	NodeSetTag(ahead, T_CustomScanState);
	ahead->css.methods = &exec_methods;
	return (Node *) ahead;
}

/* The node whose rows it hands on; NULL if this is no look-ahead. */
const PlanState *
ddb_lookahead_child(const PlanState *node)
{
	const CustomScanState *custom = (const CustomScanState *) node;

	return custom->methods == &exec_methods ? linitial(custom->custom_ps) :
		NULL;
}
