/*-------------------------------------------------------------------------
 *
 * scan.c
 *	  Runs the access that a plan describes and fills rows.
 *
 * Begin sends nothing: parameters of an outer row are not known yet, and
 * looking costs nothing.  The first Iterate evaluates the key's values,
 * folds them, renders the request and opens a stream.  Core rechecks what
 * stays in the plan's qual; what the request was to say (fdw_recheck_quals) is
 * checked here where it couldn't.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "base/compat.h"
#include "executor/executor.h"
#include "executor/instrument.h"
#include "fdw/batch.h"
#include "fdw/cookie.h"
#include "fdw/demand.h"
#include "fdw/parallel.h"
#include "fdw/plan.h"
#include "fdw/relation.h"
#include "fdw/scan_start.h"
#include "fdw/snapshot.h"
#include "fdw/transaction.h"
#include "foreign/foreign.h"
#include "mapping/condition.h"
#include "mapping/datum.h"
#include "mapping/expiry.h"
#include "miscadmin.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "utils/memutils.h"
#include "utils/rel.h"

/*
 * Do these columns, as pull_varattnos() numbers them, have what a row has only
 * when it is complete: itself, or system columns but for tableoid?
 */
static bool
needs_whole_row(const Bitmapset *attrs)
{
	int			attno = bms_next_member(attrs, -1);

	if (attno == TableOidAttributeNumber - FirstLowInvalidHeapAttributeNumber)
		attno = bms_next_member(attrs, attno);
	return attno >= 0 && attno <= 0 - FirstLowInvalidHeapAttributeNumber;
}

/*
 * Columns that the quals look at are filled first, and a row that they remove
 * is never completed: a value that doesn't fit its column does no harm in an
 * item that the query doesn't want.  The quals are then evaluated twice for
 * the rows that stay, so not where that could be seen or would be dear.
 */
static void
set_targets(DdbScanTargets *targets, DdbProjectionMap *projection,
			Node *quals, Index varno)
{
	Bitmapset  *attrs = NULL;

	targets->projection = projection;
	pull_varattnos(quals, varno, &attrs);
	if (quals == NULL ||
		contain_volatile_functions(quals) || contain_subplans(quals) ||
		needs_whole_row(attrs))
		return;
	for (int i = 0; i < projection->ntargets; i++)
	{
		DdbTarget	target = projection->targets[i];

		if (!bms_is_member(target.column->attnum -
						   FirstLowInvalidHeapAttributeNumber, attrs))
			continue;
		projection->targets[i] = projection->targets[targets->nfilter];
		projection->targets[targets->nfilter++] = target;
	}
	targets->filters = targets->nfilter < projection->ntargets;
}

/* Both ways to fill rows, of which the values at run time choose one. */
static void
set_all_targets(DdbScanState *scan, ForeignScan *plan)
{
	Index		varno = plan->scan.scanrelid;
	List	   *quals = plan->scan.plan.qual;

	/* What the key says anyway removes nothing. */
	set_targets(&scan->planned,
				ddb_plan_projection(plan, DDB_PLAN_ATTRS, scan->map),
				scan->exact ? NULL : (Node *) quals, varno);
	set_targets(&scan->rechecked,
				ddb_plan_projection(plan, DDB_PLAN_RECHECK_ATTRS, scan->map),
				(Node *) list_concat_copy(plan->fdw_recheck_quals, quals),
				varno);
	scan->targets = &scan->planned;
	scan->values = palloc(sizeof(DdbValue) *
						  Max(scan->rechecked.projection->nwanted, 1));
}

/*
 * A lookup of one row of another relation after the other keeps what it finds
 * for rows that have the same key.  Not where several scans wait together: a
 * batch waits by itself.
 */
static void
set_own_batch(DdbScanState *scan, ForeignScanState *node)
{
	if (scan->batch != NULL || scan->params == NULL || !scan->full_key ||
		scan->keeps || node->ss.ps.async_capable)
		return;
	scan->batch = ddb_batch_create(node->ss.ps.state, 0);
	scan->own_batch = true;
}

/* What the plan says as it is. */
static void
read_plan(DdbScanState *scan, const ForeignScan *plan)
{
	scan->operation = ddb_plan_get_integer(plan, DDB_PLAN_OPERATION);
	scan->index_name = ddb_plan_get_string(plan, DDB_PLAN_INDEX);
	if (scan->index_name[0] == '\0')
		scan->index_name = NULL;
	scan->index_global = ddb_plan_get_integer(plan, DDB_PLAN_INDEX_GLOBAL);
	scan->backward = ddb_plan_get_integer(plan, DDB_PLAN_BACKWARD);
	scan->reversed = ddb_plan_get_integer(plan, DDB_PLAN_REVERSED);
	scan->full_key = ddb_plan_get_integer(plan, DDB_PLAN_FULL_KEY);
	scan->fetches = ddb_plan_get_integer(plan, DDB_PLAN_FETCHES);
	scan->exact = ddb_plan_get_integer(plan, DDB_PLAN_EXACT);
	scan->limit = ddb_plan_get_integer(plan, DDB_PLAN_LIMIT);
	scan->strict = ddb_plan_get_integer(plan, DDB_PLAN_STRICT);
	scan->estimated_units = ddb_plan_get_number(plan, DDB_PLAN_UNITS);
	scan->capacity_units = ddb_plan_get_number(plan, DDB_PLAN_CAPACITY);
	scan->batch_size = ddb_plan_get_integer(plan, DDB_PLAN_BATCH_SIZE);
	scan->segments = ddb_plan_get_integer(plan, DDB_PLAN_SEGMENTS);
	scan->whole = ddb_plan_get_integer(plan, DDB_PLAN_WHOLE);
	scan->key_units = ddb_plan_get_number(plan, DDB_PLAN_KEY_UNITS);
	scan->range_units = ddb_plan_get_number(plan, DDB_PLAN_RANGE_UNITS);
	scan->key_items = ddb_plan_get_number(plan, DDB_PLAN_KEY_ITEMS);
	scan->key_names = ddb_plan_get_list(plan, DDB_PLAN_KEY_NAMES);
	scan->index_keys = ddb_plan_get_list(plan, DDB_PLAN_INDEX_KEYS);
	scan->order = ddb_plan_get_list(plan, DDB_PLAN_ORDER);
	scan->advice = ddb_plan_get_string(plan, DDB_PLAN_ADVICE);
}

/*
 * Reads the plan.  Sends nothing, and looks up no mapping: those wait for the
 * first row that is asked for.
 */
void
dynamodbBeginForeignScan(ForeignScanState *node, int eflags)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	EState	   *estate = node->ss.ps.state;
	DdbScanState *scan;
	Oid			relid = RelationGetRelid(node->ss.ss_currentRelation);

	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
		return;
	scan = palloc0_object(DdbScanState);
	node->fdw_state = scan;
	scan->map = ddb_relation_get_map(relid);
	scan->serverid = GetForeignTable(relid)->serverid;
	scan->userid = ddb_compat_scan_user(plan, estate);
	read_plan(scan, plan);

	/* Plans are made anew when consistent_read changes (base/guc.c). */
	scan->consistent =
		scan->map->options.consistent_read == DDB_CONSISTENT_ON;
	if (scan->consistent && scan->index_global)
		elog(ERROR, "plan reads a global index although consistent_read is on");

	/*
	 * what is to be written is read as it is, and whole if the row is needed
	 */
	if (ddb_cookie_is_wanted(&node->ss))
	{
		scan->keeps = plan->operation == CMD_SELECT;
		scan->collects = !scan->keeps;
		scan->consistent = true;
	}
	scan->bound = ddb_condition_read(ddb_plan_get_list(plan, DDB_PLAN_CONSTRAINTS),
									 plan->fdw_exprs, scan->map,
									 &node->ss.ps);
	scan->batch = ddb_batch_find(estate,
								 ddb_plan_get_integer(plan, DDB_PLAN_BATCH));
	scan->filters = ddb_filter_bind(ddb_plan_get_list(plan, DDB_PLAN_FILTER),
									plan->fdw_exprs, scan->map,
									&node->ss.ps);
	scan->params = ddb_plan_list_params(plan->fdw_exprs);
	set_own_batch(scan, node);
	set_all_targets(scan, plan);
	if (!scan->collects)
		ddb_snapshot_enter(node);
	scan->now = ddb_expiry_now();
	scan->scan_context = AllocSetContextCreate(estate->es_query_cxt,
											   "dynamodb_fdw scan",
											   ALLOCSET_DEFAULT_SIZES);
}

/* Which way to fill rows, and where in an item its expiry stands. */
static void
choose_targets(DdbScanState *scan)
{
	const DdbProjectionMap *projection;

	scan->targets = scan->recheck ? &scan->rechecked : &scan->planned;
	projection = scan->targets->projection;
	if (scan->map->ttl_attribute != NULL)
		scan->expiry =
			&scan->values[projection->extras[projection->nextras - 1]];
}

/* Who has just written wants to read what he wrote. */
void
ddb_scan_see_own_writes(DdbScanState *scan)
{
	if (scan->map->options.consistent_read == DDB_CONSISTENT_AUTO &&
		ddb_transaction_has_recent_write(scan->map->options.table_name))
		scan->consistent = true;
}

/* Rows that the client wants; 0 if that isn't known, or all are wanted. */
static int64
get_demand(ForeignScanState *node, const DdbScanState *scan)
{
	return scan->collects || scan->runs_to_end ? 0 :
		ddb_demand_get(&node->ss.ps);
}

/*
 * The stream of what the batch has; NULL if that is nothing.  A batch of the
 * scan's own has any key.
 */
static DdbStream *
open_batch(DdbScanState *scan, ExprContext *econtext)
{
	if (scan->own_batch && scan->keys.nkeys == 1)
	{
		ddb_batch_next(scan->batch);
		ddb_batch_want(scan->batch, &scan->keys, scan->bound, econtext);
	}
	return ddb_batch_open(scan->batch, scan);
}

/*
 * Evaluates the values of key and filter, and opens a stream if any item can
 * qualify.  What they then don't say as planned is left to the recheck.
 */
static void
start(ForeignScanState *node, DdbScanState *scan)
{
	MemoryContext oldcontext = MemoryContextSwitchTo(scan->scan_context);
	ExprContext *econtext = node->ss.ps.ps_ExprContext;

	scan->started = true;
	scan->borrowed = false;
	scan->requests_before = scan->usage.requests;
	scan->demand = get_demand(node, scan);

	ddb_scan_see_own_writes(scan);
	ddb_filter_fold(scan->filters, econtext, &scan->filter);
	if (!scan->filter.never &&
		ddb_condition_fold(scan->bound, econtext, &scan->keys))
	{
		scan->recheck = scan->rechecks ||
			!(scan->filter.exact && scan->keys.exact);
		choose_targets(scan);
		if (scan->batch != NULL)
			scan->stream = open_batch(scan, econtext);
		scan->borrowed = scan->stream != NULL;
		if (scan->stream == NULL)
			scan->stream = ddb_scan_start_open(scan, &scan->keys);
	}
	MemoryContextSwitchTo(oldcontext);
}

/* The smallest number of rows that is known to be wanted. */
static void
update_demand(ForeignScanState *node, DdbScanState *scan)
{
	int64		rows;

	scan->demand = get_demand(node, scan);
	rows = scan->demand > 0 ? scan->demand + scan->strict : 0;
	if (scan->limit > 0 && !scan->runs_to_end &&
		(rows == 0 || scan->limit < rows))
		rows = scan->limit;
	ddb_stream_set_demand(scan->stream, rows);
}

/* Fills columns of the row, in the current (per-row) context. */
static void
fill_targets(DdbScanState *scan, TupleTableSlot *slot, int from, int to,
			 const char *item, size_t item_len)
{
	for (int i = from; i < to; i++)
	{
		const DdbTarget *target = &scan->targets->projection->targets[i];
		const DdbColumn *column = target->column;
		int			at = column->attnum - 1;
		DdbValue	value;

		if (target->wanted < 0)
		{
			slot->tts_values[at] =
				ddb_datum_decode_rest(scan->map, column, item, item_len,
									  &slot->tts_isnull[at]);
			continue;
		}
		value = scan->values[target->wanted];
		if (column->nsteps > 0)
			(void) ddb_value_follow(&scan->values[target->wanted],
									column->steps, column->nsteps, &value);
		slot->tts_values[at] = ddb_datum_decode(scan->map, column, &value,
												&slot->tts_isnull[at]);
	}
}

/* Do the clauses let a row through, as far as they are to be tried here? */
static bool
passes(ForeignScanState *node, bool with_qual)
{
	DdbScanState *scan = node->fdw_state;
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;
	ExprContext *econtext = node->ss.ps.ps_ExprContext;

	slot->tts_tableOid = RelationGetRelid(node->ss.ss_currentRelation);
	econtext->ecxt_scantuple = slot;
	if ((!scan->recheck || ExecQual(node->fdw_recheck_quals, econtext)) &&
		(!with_qual || ExecQual(node->ss.ps.qual, econtext)))
		return true;
	InstrCountFiltered1(node, 1);
	ExecClearTuple(slot);
	ResetExprContext(econtext);
	return false;
}

/*
 * Makes a row of the stream's current item; false if the clauses remove it.
 */
static bool
fill_slot(ForeignScanState *node, const char *item, size_t item_len)
{
	DdbScanState *scan = node->fdw_state;
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;
	const DdbScanTargets *targets = scan->targets;
	int			ntargets = targets->projection->ntargets;
	int			nfirst = targets->filters ? targets->nfilter : ntargets;

	memset(slot->tts_isnull, true,
		   sizeof(bool) * slot->tts_tupleDescriptor->natts);
	fill_targets(scan, slot, 0, nfirst, item, item_len);
	ExecStoreVirtualTuple(slot);
	if ((targets->filters || scan->recheck) &&
		!passes(node, targets->filters))
		return false;
	fill_targets(scan, slot, nfirst, ntargets, item, item_len);
	return true;
}

/* A row made here was written by no transaction. */
static void
clear_system_columns(TupleTableSlot *slot)
{
	HeapTupleHeader header;

	ExecMaterializeSlot(slot);
	header = ExecFetchSlotHeapTuple(slot, false, NULL)->t_data;
	HeapTupleHeaderSetXmin(header, InvalidTransactionId);
	HeapTupleHeaderSetXmax(header, InvalidTransactionId);
	HeapTupleHeaderSetCmin(header, InvalidTransactionId);
}

/* The next row from the service, and by what its item is found again. */
static bool
read_row(ForeignScanState *node, ItemPointer tid)
{
	DdbScanState *scan = node->fdw_state;
	const char *item;
	size_t		item_len;

	if (!scan->started)
		start(node, scan);
	if (scan->stream == NULL)
		return false;
	update_demand(node, scan);
	do
	{
		CHECK_FOR_INTERRUPTS();
		if (!ddb_stream_next(scan->stream, scan->values, &item, &item_len))
			return false;
		scan->usage.items_returned++;
	} while ((scan->expiry != NULL &&
			  ddb_expiry_is_past(scan->expiry, scan->now)) ||
			 !fill_slot(node, item, item_len));
	scan->item = item;
	scan->item_len = item_len;
	if (scan->keeps)
		ddb_cookie_keep(node->ss.ps.state, item, item_len, tid);
	return true;
}

/*
 * Returns the next row, or an empty slot.  The first call (and the first
 * after a rescan) sends the first request.  Waits, interruptibly; raises what
 * the service says, what doesn't fit a column, and what the guard forbids.
 */
TupleTableSlot *
dynamodbIterateForeignScan(ForeignScanState *node)
{
	DdbScanState *scan = node->fdw_state;
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;
	ItemPointerData tid;

	ItemPointerSetInvalid(&tid);
	ExecClearTuple(slot);
	if (scan->kept != NULL ? !ddb_snapshot_next(scan->kept, slot, &tid) :
		!read_row(node, &tid))
		return slot;
	if (((ForeignScan *) node->ss.ps.plan)->fsSystemCol)
		clear_system_columns(slot);
	if (scan->keeps)
		slot->tts_tid = tid;
	return slot;
}

/*
 * Can the next row be had without waiting, as far as is known?  Sends the
 * first request, if that isn't done.  Raises what that raises.
 */
bool
ddb_scan_is_ready(ForeignScanState *node)
{
	DdbScanState *scan = node->fdw_state;

	if (scan->kept != NULL)
		return true;
	if (!scan->started)
	{
		start(node, scan);
		if (scan->stream != NULL)
		{
			update_demand(node, scan);
			ddb_stream_start(scan->stream);
		}
	}
	return scan->stream == NULL || ddb_stream_is_ready(scan->stream);
}

/*
 * With the same values in the key the answer is the same: it is read again
 * from memory where it was one page, and asked for again where it was more.
 * Parameters of the local quals alone change nothing that was asked.  A join's
 * batch has its own streams, and may have gone on meanwhile.
 */
void
dynamodbReScanForeignScan(ForeignScanState *node)
{
	DdbScanState *scan = node->fdw_state;

	if (!scan->started ||
		(scan->kept != NULL && ddb_snapshot_rewind(scan->kept)))
		return;
	if (scan->kept != NULL)
		ddb_snapshot_end(scan->kept);
	scan->kept = NULL;
	if (!scan->borrowed &&
		!bms_overlap(node->ss.ps.chgParam, scan->params) &&
		(scan->stream == NULL || ddb_stream_rewind(scan->stream)))
		return;
	scan->stream = NULL;
	scan->started = false;
	MemoryContextReset(scan->scan_context);
}

/* Aborts what is in flight; may be called for a scan that never began. */
void
dynamodbEndForeignScan(ForeignScanState *node)
{
	DdbScanState *scan = node->fdw_state;

	if (scan == NULL)
		return;
	if (scan->kept != NULL)
		ddb_snapshot_end(scan->kept);
	/* aborts what was read ahead */
	MemoryContextReset(scan->scan_context);
	ddb_parallel_end(scan);
}
