/*-------------------------------------------------------------------------
 *
 * direct_keys.c
 *	  The keys of the items that a direct modification writes.
 *
 * Where WHERE names them they are folded from its values, and what else it
 * says of the key alone is evaluated for each.  Where it doesn't, the scan
 * that the planner chose is run for the keys of the items that qualify, and
 * for nothing else of them.
 *
 * They are all read before the first is written, into a tuplestore that goes
 * to disk beyond work_mem: an update may move an item in the index through
 * which it is found, or out of the filter; and what is wrong with the reading,
 * such as a scan that is over its budget, is known before anything stands.  An
 * item that an index shows twice, since somebody moves it at the time, is
 * written once.
 *
 * To read the keys costs the units that it would to read the items, which is
 * what update.c would do instead: DynamoDB counts items, not what is projected
 * of them.  It saves their way, and the statement goes by what the items are
 * when they are written.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "fdw/direct_keys.h"
#include "fdw/direct_plan.h"
#include "fdw/plan.h"
#include "fdw/update.h"
#include "mapping/condition.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

struct DdbDirectKeys
{
	DdbModify  *modify;

	/* that WHERE names */
	List	   *bound;			/* DdbBoundConstraint */
	ExprState  *qual;			/* what else it says of a key, or NULL */
	List	   *columns;		/* integer: that show the key */
	DdbKeySet	set;
	int			next;

	/* that are read */
	DdbScanState *scan;			/* NULL: none is */
	Tuplestorestate *store;
	TupleTableSlot *stored;
};

/* The columns that show the primary key, as an integer list. */
static List *
list_key_columns(const DdbTableMap *map)
{
	List	   *columns = NIL;

	for (int i = 0; i < map->natts; i++)
		if (ddb_row_shows_key(map, map->columns[i]))
			columns = lappend_int(columns, i + 1);
	return columns;
}

/* Reads the plan, in the statement's context.  Sends nothing. */
DdbDirectKeys *
ddb_direct_keys_begin(ForeignScanState *node, DdbModify *modify)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	List	   *items = ddb_direct_plan_get(plan);
	DdbDirectKeys *keys = palloc0_object(DdbDirectKeys);
	int			qual = intVal(list_nth(items, DDB_DIRECT_KEY_QUAL));

	keys->modify = modify;
	if (intVal(list_nth(items, DDB_DIRECT_READS)))
	{
		dynamodbBeginForeignScan(node, 0);
		keys->scan = node->fdw_state;
		keys->scan->rechecks = intVal(list_nth(items, DDB_DIRECT_LOCAL));
		/* an index may show an item twice while it moves */
		if (keys->scan->index_name != NULL)
			ddb_modify_remember_keys(modify);
		return keys;
	}
	keys->columns = list_key_columns(modify->map);
	keys->bound = ddb_condition_read(ddb_plan_get_list(plan,
													   DDB_PLAN_CONSTRAINTS),
									 plan->fdw_exprs, modify->map,
									 &node->ss.ps);
	if (qual >= 0)
		keys->qual =
			ExecInitQual(make_ands_implicit(list_nth(plan->fdw_exprs, qual)),
						 &node->ss.ps);
	return keys;
}

/* Rows of one text. */
static TupleDesc
make_store_desc(void)
{
	return ExecTypeFromExprList(list_make1(makeNullConst(TEXTOID, -1,
														 InvalidOid)));
}

/* Reads the keys of all items that qualify. */
static void
read_all(DdbDirectKeys *keys, ForeignScanState *node)
{
	ExprContext *econtext = node->ss.ps.ps_ExprContext;
	EState	   *estate = node->ss.ps.state;
	void	   *direct = node->fdw_state;
	MemoryContext oldcontext = MemoryContextSwitchTo(estate->es_query_cxt);

	keys->store = tuplestore_begin_heap(false, false, work_mem);
	keys->stored = ExecInitExtraTupleSlot(estate, make_store_desc(),
										  &TTSOpsMinimalTuple);
	node->fdw_state = keys->scan;
	for (;;)
	{
		TupleTableSlot *slot;
		Datum		datum;
		bool		isnull = false;

		CHECK_FOR_INTERRUPTS();
		ResetExprContext(econtext);
		MemoryContextSwitchTo(econtext->ecxt_per_tuple_memory);
		slot = dynamodbIterateForeignScan(node);
		if (TupIsNull(slot))
			break;
		datum =
			PointerGetDatum(cstring_to_text_with_len(keys->scan->item,
													 (int) keys->scan->item_len));
		tuplestore_putvalues(keys->store,
							 keys->stored->tts_tupleDescriptor, &datum,
							 &isnull);
	}
	/* frees what was read */
	MemoryContextReset(keys->scan->scan_context);
	node->fdw_state = direct;
	MemoryContextSwitchTo(oldcontext);
}

/*
 * Evaluates WHERE's values, and reads what is to be read, in the current
 * context; false if there is no key.  Waits, interruptibly; raises what a scan
 * raises.
 */
bool
ddb_direct_keys_start(DdbDirectKeys *keys, ForeignScanState *node)
{
	if (keys->scan != NULL)
	{
		read_all(keys, node);
		return tuplestore_tuple_count(keys->store) > 0;
	}
	if (!ddb_condition_fold_whole(keys->bound, node->ss.ps.ps_ExprContext,
								  &keys->set))
		return false;
	if (!keys->set.exact)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many keys of DynamoDB table \"%s\" to write at a time",
						keys->modify->map->options.table_name),
				 errhint("Name fewer keys in a statement.")));
	return keys->set.nkeys > 0;
}

/* Is everything true of a key that WHERE says of it? */
static bool
is_wanted(DdbDirectKeys *keys, ForeignScanState *node, const DdbItemKey *key)
{
	DdbValue	item;

	if (keys->qual == NULL)
		return true;
	(void) ddb_value_parse_item(key->json, strlen(key->json), &item);
	return ddb_modify_is_true(keys->qual, node->ss.ps.ps_ExprContext,
							  keys->modify->map, keys->columns, &item,
							  node->ss.ss_ScanTupleSlot);
}

static bool
next_named(DdbDirectKeys *keys, ForeignScanState *node, DdbItemKey *out)
{
	while (keys->next < keys->set.nkeys)
	{
		const DdbKeyCondition *conditions = ddb_keyset_get(&keys->set,
														   keys->next++);
		DdbValue	values[lengthof(out->values)];

		CHECK_FOR_INTERRUPTS();
		for (int i = 0; i < keys->set.nattributes; i++)
		{
			Assert(conditions[i].op == DDB_OP_EQ);
			values[i] = conditions[i].value.value;
		}
		ddb_row_set_key(keys->modify->map, values, out);
		if (is_wanted(keys, node, out))
			return true;
	}
	return false;
}

static bool
next_stored(DdbDirectKeys *keys, DdbItemKey *out)
{
	bool		isnull;

	while (tuplestore_gettupleslot(keys->store, true, false, keys->stored))
	{
		char	   *json =
			TextDatumGetCString(slot_getattr(keys->stored, 1, &isnull));
		DdbValue	item;

		if (!ddb_value_parse_item(json, strlen(json), &item))
			elog(ERROR, "could not parse a key that was kept");
		ddb_row_make_key(keys->modify->map, &item, out);
		if (!ddb_update_is_second_hit(keys->modify, out))
			return true;
	}
	return false;
}

/* The next key, palloc'd in the current context; false if there is none. */
bool
ddb_direct_keys_next(DdbDirectKeys *keys, ForeignScanState *node,
					 DdbItemKey *out)
{
	return keys->scan == NULL ? next_named(keys, node, out) :
		keys->store != NULL && next_stored(keys, out);
}

void
ddb_direct_keys_end(DdbDirectKeys *keys)
{
	if (keys->store != NULL)
		tuplestore_end(keys->store);
	keys->store = NULL;
}

/* The scan that reads the keys; NULL if WHERE names them. */
DdbScanState *
ddb_direct_keys_get_scan(const DdbDirectKeys *keys)
{
	return keys->scan;
}
