/*-------------------------------------------------------------------------
 *
 * snapshot.c
 *	  What a statement reads of a table that its WITH writes.
 *
 * The queries of such a statement are to see the table as it was before any
 * of them has written to it.  They run interleaved: the main one takes rows of
 * WITH's as it needs them.  So before the first write to a DynamoDB table all
 * scans of it in the statement are run to their end, whatever they hand out
 * later is kept here, and the statement writes an item once, whichever of its
 * queries comes first.
 *
 * A scan whose conditions need a value from elsewhere in the plan can't be run
 * before that is there.  So the planner isn't offered lookups by rows of
 * another relation in the foreign table that is written.  In another one of
 * the same DynamoDB table it is: where one holds orders and the other their
 * customers, what has been written isn't what is looked up, and a Scan of all
 * of them instead would be a high price.  Nor can sub-selects be run before
 * that refer to a row outside, nor conditions on what a sub-select yields.  All
 * these see what stands when they are evaluated.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/option.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "executor/executor.h"
#include "fdw/function.h"
#include "fdw/plan.h"
#include "fdw/scan.h"
#include "fdw/snapshot.h"
#include "foreign/foreign.h"
#include "lib/ilist.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "optimizer/clauses.h"
#include "parser/parsetree.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

/* A scan that may have to be run to its end. */
typedef struct Reader
{
	dlist_node	node;			/* in readers */
	ForeignScanState *scan;		/* NULL: it needn't any more */
	MemoryContextCallback callback;
} Reader;

/* Keys of one table's items that a statement has written. */
typedef struct WrittenKeys
{
	dlist_node	node;			/* in written_keys */
	EState	   *estate;
	const char *table_name;
	HTAB	   *keys;
	MemoryContextCallback callback;
} WrittenKeys;

/* Rows of a scan, read before the first write. */
struct DdbKept
{
	bool		whole;			/* none had been handed out before */
	Tuplestorestate *store;
	TupleTableSlot *row;		/* as the store gives it */
	ItemPointerData *tids;		/* of each row: where its item is kept */
	int64		nrows;
	int64		room;			/* of tids */
	int64		next;
};

/* All of this backend. */
static dlist_head readers = DLIST_STATIC_INIT(readers);
static dlist_head written_keys = DLIST_STATIC_INIT(written_keys);


/* --------------------------------------------------------------------
 * Planning
 * --------------------------------------------------------------------
 */

static bool
is_table(Oid relid, const char *table_name)
{
	DdbTableOptions options;

	if (get_rel_relkind(relid) != RELKIND_FOREIGN_TABLE ||
		!ddb_function_is_own_server(GetForeignTable(relid)->serverid))
		return false;
	ddb_option_get_table(relid, &options);
	return strcmp(options.table_name, table_name) == 0;
}

/*
 * Does the query write the DynamoDB table, be it by a partition?  If by isn't
 * InvalidOid, by this foreign table of it.
 */
static bool
writes(const Query *query, const char *table_name, Oid by, bool changes_only)
{
	Oid			relid;
	List	   *relids;
	ListCell   *lc;

	if (query->commandType == CMD_SELECT || query->resultRelation == 0 ||
		(changes_only && query->commandType == CMD_INSERT))
		return false;
	relid = rt_fetch(query->resultRelation, query->rtable)->relid;
	relids = has_subclass(relid) ? find_all_inheritors(relid, NoLock, NULL) :
		list_make1_oid(relid);
	foreach(lc, relids)
		if ((by == InvalidOid || by == lfirst_oid(lc)) &&
			is_table(lfirst_oid(lc), table_name))
			return true;
	return false;
}

/*
 * Queries of the statement that write the table, other than the one whose
 * source is planned here: that is read before it writes (see spool.c).
 */
static int
count_others(PlannerInfo *root, const char *table_name, Oid relid,
			 bool changes_only)
{
	PlannerInfo *top = root;
	PlannerInfo *unit = root;
	const Query *own;
	int			n;
	ListCell   *lc;

	while (top->parent_root != NULL)
	{
		unit = top;
		top = top->parent_root;
	}
	if (!top->parse->hasModifyingCTE)
		return 0;
	own = unit->parse->commandType != CMD_SELECT ? unit->parse : top->parse;
	n = writes(top->parse, table_name, relid, changes_only) -
		writes(own, table_name, relid, changes_only);
	foreach(lc, top->parse->cteList)
		n += writes((Query *) lfirst_node(CommonTableExpr, lc)->ctequery,
					table_name, relid, changes_only);
	return n;
}

/* Does the statement write the table beside the query that is planned? */
bool
ddb_snapshot_others_write(PlannerInfo *root, const char *table_name)
{
	return count_others(root, table_name, InvalidOid, false) > 0;
}

/* ... by this very foreign table? */
bool
ddb_snapshot_others_write_by(PlannerInfo *root, const char *table_name,
							 Oid relid)
{
	return count_others(root, table_name, relid, false) > 0;
}

/* Does it change the table's items, which INSERT alone doesn't? */
bool
ddb_snapshot_others_change(PlannerInfo *root, const char *table_name)
{
	return count_others(root, table_name, InvalidOid, true) > 0;
}


/* --------------------------------------------------------------------
 * Scans
 * --------------------------------------------------------------------
 */

/* A memory context callback. */
static void
forget_reader(void *arg)
{
	dlist_delete(&((Reader *) arg)->node);
}

/*
 * Does what the scan asks or tries need values from elsewhere in the plan?
 * (The plan's allParam has EvalPlanQual's signal as well.)  A qual with
 * sub-selects is left to the executor, see scan.c.
 */
static bool
needs_values(const ForeignScan *plan)
{
	return ddb_plan_list_params(plan->fdw_exprs) != NULL ||
		ddb_plan_list_params(plan->fdw_recheck_quals) != NULL ||
		(ddb_plan_list_params(plan->scan.plan.qual) != NULL &&
		 !contain_subplans((Node *) plan->scan.plan.qual));
}

/* A scan begins; it is forgotten with its executor state. */
void
ddb_snapshot_enter(ForeignScanState *node)
{
	EState	   *estate = node->ss.ps.state;
	Reader	   *reader;

	if (!estate->es_plannedstmt->hasModifyingCTE ||
		needs_values((const ForeignScan *) node->ss.ps.plan))
		return;
	reader = MemoryContextAllocZero(estate->es_query_cxt, sizeof(Reader));
	reader->scan = node;
	dlist_push_head(&readers, &reader->node);
	reader->callback.func = forget_reader;
	reader->callback.arg = reader;
	MemoryContextRegisterResetCallback(estate->es_query_cxt,
									   &reader->callback);
}

static void
keep_row(DdbKept *kept, TupleTableSlot *row)
{
	if (kept->nrows == kept->room)
	{
		kept->room = Max(kept->room * 2, 64);
		kept->tids = kept->tids == NULL ?
			palloc(kept->room * sizeof(ItemPointerData)) :
			repalloc_huge(kept->tids, kept->room * sizeof(ItemPointerData));
	}
	kept->tids[kept->nrows++] = row->tts_tid;
	tuplestore_puttupleslot(kept->store, row);
}

/*
 * Runs a scan to its end.  The executor may be looking at the row that it got
 * last, so others are made in another slot, and in other memory.
 */
static void
run_to_end(ForeignScanState *node)
{
	DdbScanState *scan = node->fdw_state;
	EState	   *estate = node->ss.ps.state;
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;
	ExprContext *econtext = node->ss.ps.ps_ExprContext;
	TupleDesc	tupdesc = slot->tts_tupleDescriptor;
	MemoryContext oldcontext = MemoryContextSwitchTo(estate->es_query_cxt);
	DdbKept    *kept = palloc0_object(DdbKept);
	ExprContext *own = CreateExprContext(estate);

	kept->whole = !scan->started;
	kept->store = tuplestore_begin_heap(false, false, work_mem);
	kept->row = ExecInitExtraTupleSlot(estate, tupdesc, &TTSOpsMinimalTuple);
	node->ss.ss_ScanTupleSlot = ExecInitExtraTupleSlot(estate, tupdesc,
													   slot->tts_ops);
	node->ss.ps.ps_ExprContext = own;
	scan->runs_to_end = true;
	for (;;)
	{
		TupleTableSlot *row;

		ResetExprContext(own);
		MemoryContextSwitchTo(own->ecxt_per_tuple_memory);
		row = dynamodbIterateForeignScan(node);
		MemoryContextSwitchTo(estate->es_query_cxt);
		if (TupIsNull(row))
			break;
		keep_row(kept, row);
	}
	ExecClearTuple(node->ss.ss_ScanTupleSlot);
	node->ss.ss_ScanTupleSlot = slot;
	node->ss.ps.ps_ExprContext = econtext;
	FreeExprContext(own, true);
	scan->kept = kept;
	MemoryContextSwitchTo(oldcontext);
}

/*
 * The statement is about to write to the table.  To be called before each
 * write; what had to be read has been before the first.
 */
void
ddb_snapshot_take(EState *estate, const char *table_name)
{
	dlist_iter	iter;

	dlist_foreach(iter, &readers)
	{
		Reader	   *reader = dlist_container(Reader, node, iter.cur);
		const DdbScanState *scan;

		if (reader->scan == NULL || reader->scan->ss.ps.state != estate)
			continue;
		scan = reader->scan->fdw_state;
		if (strcmp(scan->map->options.table_name, table_name) != 0)
			continue;
		run_to_end(reader->scan);
		reader->scan = NULL;
	}
}

/*
 * The main query has run, perhaps not to its end; what is left are queries of
 * WITH that nobody has asked for a row.
 */
void
ddb_snapshot_finish(EState *estate)
{
	dlist_iter	iter;

	dlist_foreach(iter, &readers)
	{
		Reader	   *reader = dlist_container(Reader, node, iter.cur);

		if (reader->scan != NULL && reader->scan->ss.ps.state == estate &&
			((DdbScanState *) reader->scan->fdw_state)->started)
			reader->scan = NULL;
	}
}

/* The next kept row, and where its item is kept; false at the end. */
bool
ddb_snapshot_next(DdbKept *kept, TupleTableSlot *slot, ItemPointer tid)
{
	int			natts = slot->tts_tupleDescriptor->natts;

	if (!tuplestore_gettupleslot(kept->store, true, false, kept->row))
		return false;
	slot_getallattrs(kept->row);
	memcpy(slot->tts_values, kept->row->tts_values, sizeof(Datum) * natts);
	memcpy(slot->tts_isnull, kept->row->tts_isnull, sizeof(bool) * natts);
	ExecStoreVirtualTuple(slot);
	*tid = kept->tids[kept->next++];
	return true;
}

/* Begins anew; false if the first rows aren't among those that are kept. */
bool
ddb_snapshot_rewind(DdbKept *kept)
{
	if (!kept->whole)
		return false;
	tuplestore_rescan(kept->store);
	kept->next = 0;
	return true;
}

/* Frees the rows that were kept. */
void
ddb_snapshot_end(DdbKept *kept)
{
	ExecClearTuple(kept->row);
	tuplestore_end(kept->store);
}

/* --------------------------------------------------------------------
 * Written keys
 * --------------------------------------------------------------------
 */

/* A memory context callback. */
static void
forget_keys(void *arg)
{
	dlist_delete(&((WrittenKeys *) arg)->node);
}

/* What another query of the statement has written; NULL if there is none. */
HTAB *
ddb_snapshot_lookup_keys(EState *estate, const char *table_name)
{
	dlist_iter	iter;

	dlist_foreach(iter, &written_keys)
	{
		WrittenKeys *item = dlist_container(WrittenKeys, node, iter.cur);

		if (item->estate == estate &&
			strcmp(item->table_name, table_name) == 0)
			return item->keys;
	}
	return NULL;
}

/* Lets other queries of the statement find these keys. */
void
ddb_snapshot_enter_keys(EState *estate, const char *table_name, HTAB *keys)
{
	WrittenKeys *item = MemoryContextAllocZero(estate->es_query_cxt,
											   sizeof(WrittenKeys));

	item->estate = estate;
	item->table_name = table_name;
	item->keys = keys;
	dlist_push_head(&written_keys, &item->node);
	item->callback.func = forget_keys;
	item->callback.arg = item;
	MemoryContextRegisterResetCallback(estate->es_query_cxt, &item->callback);
}
