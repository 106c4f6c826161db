/*-------------------------------------------------------------------------
 *
 * analyze.c
 *	  ANALYZE of a foreign table.
 *
 * The totals are DescribeTable's.  The rows come from a random part of the
 * table's partition keys (keyspace.c), within analyze_read_units.
 *
 * Core takes the rows it gets for independent ones, and concludes from how
 * often values repeat how many different ones there are.  The rows of one
 * partition key are anything but independent, so they are thinned to what a
 * sample of single rows would have looked like that had met just these keys:
 * with a share p of all keys in hand, a key has Poisson's number of rows, of
 * which none is the case with a probability of 1 - p.
 *
 * Where only some items are rows, the total is that of the items times their
 * share in the sample.
 *
 * What doesn't fit a column is NULL here, and a warning: statistics are worth
 * having all the same.  Nothing is written to the log but names and counts.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "base/compat.h"
#include "common/pg_prng.h"
#include "dynamodb/capacity.h"
#include "fdw/analyze.h"
#include "fdw/keyspace.h"
#include "fdw/pace.h"
#include "fdw/relation.h"
#include "fdw/session.h"
#include "foreign/foreign.h"
#include "mapping/datum.h"
#include "mapping/expiry.h"
#include "mapping/row.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/rel.h"

/* An ANALYZE while it runs. */
typedef struct Analysis
{
	Relation	relation;
	DdbTableMap *map;
	DdbSchema  *schema;
	double		items;			/* in the table, as far as can be said */
	int64		now;			/* when items expire */
	int64	   *nmisfits;		/* by column */
	MemoryContext row_context;	/* reset with each row */
	Datum	   *values;
	bool	   *nulls;
} Analysis;

/*-------------------------------------------------------------------------
 * Totals
 *-------------------------------------------------------------------------
 */

/*
 * What DescribeTable says, as the table's owner.  Where it says nothing and
 * the keys are declared, sizes are unknown; otherwise raises.
 */
static DdbSchema *
describe(Relation relation, const DdbTableMap *map, bool fresh)
{
	Oid			serverid = GetForeignTable(RelationGetRelid(relation))->serverid;
	Oid			userid = relation->rd_rel->relowner;
	DdbError	err;
	DdbSchema  *schema;

	if (fresh)
		ddb_relation_forget_schemas(map->options.table_name);
	schema = ddb_relation_describe(map, serverid, userid, &err);
	if (schema == NULL)
		schema = ddb_relation_get_schema(map, serverid, userid);
	return schema;
}

/* The table's size in pages, were it PostgreSQL's; at least one. */
static BlockNumber
count_pages(const DdbSchema *schema)
{
	double		pages = schema->primary.size_bytes / BLCKSZ;

	/* with 0, a partition would be left out */
	return (BlockNumber) Min(Max(1.0, pages), PG_INT32_MAX);
}

/*
 * ImportForeignStatistics, asked before AnalyzeForeignTable where PostgreSQL
 * has it: true if that is all.  It is where no item is to be read; the
 * columns' statistics then stay as they are, as with older versions.
 */
bool
dynamodbImportForeignStatistics(Relation relation, List *va_cols, int elevel)
{
	DdbTableMap *map = ddb_relation_get_map(RelationGetRelid(relation));
	DdbSchema  *schema;

	if (map->options.analyze_read_units > 0)
		return false;
	schema = describe(relation, map, true);
	return ddb_compat_import_totals(relation, count_pages(schema),
									Max(schema->primary.item_count, 0));
}

/* Estimates the items of the table from a part of its keys. */
static double
estimate_items(const DdbSchema *schema, const DdbKeySample *sample)
{
	double		seen;

	if (sample->share <= 0)
		return Max(schema->primary.item_count, 0);
	if (sample->share >= 1 && sample->ncut == 0)
		return sample->nitems;
	seen = sample->nitems / Min(sample->share, 1.0);

	/* counts are hours old, and 0 in a new table */
	return schema->primary.item_count >= sample->nitems ?
		schema->primary.item_count : seen;
}

/*-------------------------------------------------------------------------
 * Thinning
 *-------------------------------------------------------------------------
 */

/* A permutation of the numbers below n, palloc'd. */
static int *
shuffle(int n)
{
	int		   *order = palloc(sizeof(int) * Max(n, 1));

	for (int i = 0; i < n; i++)
	{
		int			j = (int) pg_prng_uint64_range(&pg_global_prng_state, 0, i);

		order[i] = order[j];
		order[j] = i;
	}
	return order;
}

/* Items of a key that has more than were read, on average. */
static double
estimate_cut_size(const Analysis *analysis, const DdbKeySample *sample)
{
	double		whole = 0;
	ListCell   *lc;

	foreach(lc, sample->groups)
	{
		const DdbKeyGroup *group = lfirst(lc);

		if (!group->cut)
			whole += group->nitems;
	}
	return (analysis->items - whole / sample->share) /
		(sample->ncut / sample->share);
}

/*
 * How many rows of a key there are in a sample that takes each row with
 * probability rate, for a number u between 0 and 1: Poisson's distribution,
 * but with no row only as often as keys were not met.
 */
static int
draw_count(double size, double rate, double share, double u, int most)
{
	double		mean = size * rate;
	double		some = -expm1(-mean);	/* chance of a row at least */
	double		met = Min(1.0, some / share);
	double		term = exp(-mean);
	double		sum = 1 - met;
	int			n = 0;

	while (u >= sum && n < most)
	{
		n++;
		term *= mean / n;
		sum += term / some * met;
		if (term < 1e-12 && n > mean)
			break;
	}
	return n;
}

/*
 * Chooses the items to become rows: a List of DdbKeyItem.  The numbers drawn
 * are spread evenly, so that the result varies no more than it must.
 */
static List *
thin(const Analysis *analysis, const DdbKeySample *sample)
{
	int			ngroups = list_length(sample->groups);
	double		share = Min(sample->share, 1.0);
	double		cut_size = sample->ncut > 0 ?
		estimate_cut_size(analysis, sample) : 0;
	double		total = 0;
	double		rate;
	int		   *order = shuffle(ngroups);
	List	   *items = NIL;
	ListCell   *lc;

	foreach(lc, sample->groups)
	{
		const DdbKeyGroup *group = lfirst(lc);

		total += group->cut ? Max(cut_size, group->nitems) : group->nitems;
	}

	/* so that as many keys of average size would be met as were */
	rate = share < 1 ? Min(1.0, -log(1 - share) * ngroups / total) : 1.0;
	foreach(lc, sample->groups)
	{
		const DdbKeyGroup *group = lfirst(lc);
		double		size = group->cut ? Max(cut_size, group->nitems) :
			group->nitems;
		double		u = (order[foreach_current_index(lc)] +
						 pg_prng_double(&pg_global_prng_state)) / ngroups;
		int			n = rate < 1 ? draw_count(size, rate, share, u,
											  group->nitems) : group->nitems;
		int		   *which = shuffle(group->nitems);

		for (int i = 0; i < n; i++)
			items = lappend(items, &group->items[which[i]]);
		pfree(which);
	}
	return items;
}

/*-------------------------------------------------------------------------
 * Rows
 *-------------------------------------------------------------------------
 */

/* Reads a column of an item; a value that doesn't fit is counted. */
static void
fill_column(Analysis *analysis, const DdbColumn *column,
			const DdbKeyItem *item)
{
	int			at = column->attnum - 1;
	bool	   *isnull = &analysis->nulls[at];
	DdbValue	whole = {.type = DDB_TYPE_M,.text = item->text,.len = item->len};
	DdbValue	value;

	if (column->whole_item)
	{
		analysis->values[at] = ddb_datum_decode_rest(analysis->map, column,
													 item->text, item->len,
													 isnull);
		analysis->nmisfits[at] += *isnull;
		return;
	}
	ddb_row_follow_column(column, &whole, &value);
	analysis->values[at] = ddb_datum_decode(analysis->map, column, &value,
											isnull);
	analysis->nmisfits[at] += *isnull && value.type != DDB_TYPE_MISSING &&
		value.type != DDB_TYPE_NULL;
}

/* Is an item a row, or has its time passed? */
static bool
is_row(const Analysis *analysis, const DdbKeyItem *item)
{
	const char *attribute = analysis->map->ttl_attribute;
	DdbValue	whole = {.type = DDB_TYPE_M,.text = item->text,.len = item->len};
	DdbPathStep step = {.name = attribute};
	DdbValue	value;

	if (attribute == NULL)
		return true;
	step.len = strlen(attribute);
	return !ddb_value_follow(&whole, &step, 1, &value) ||
		!ddb_expiry_is_past(&value, analysis->now);
}

/* An item as a row, palloc'd in the current context. */
static HeapTuple
form_row(Analysis *analysis, const DdbKeyItem *item)
{
	const DdbTableMap *map = analysis->map;
	MemoryContext oldcontext = MemoryContextSwitchTo(analysis->row_context);
	HeapTuple	row;

	for (int i = 0; i < map->natts; i++)
	{
		analysis->nulls[i] = true;
		if (map->columns[i] != NULL)
			fill_column(analysis, map->columns[i], item);
	}
	MemoryContextSwitchTo(oldcontext);
	row = heap_form_tuple(RelationGetDescr(analysis->relation),
						  analysis->values, analysis->nulls);
	MemoryContextReset(analysis->row_context);
	return row;
}

static void
warn_of_misfits(const Analysis *analysis, int nrows)
{
	for (int i = 0; i < analysis->map->natts; i++)
	{
		if (analysis->nmisfits[i] > 0)
			ereport(WARNING,
					(errcode(ERRCODE_FDW_INVALID_DATA_TYPE),
					 errmsg("attribute \"%s\" does not fit column \"%s\" of foreign table \"%s\" in " INT64_FORMAT " of %d rows that were sampled",
							analysis->map->columns[i]->label,
							analysis->map->columns[i]->name,
							analysis->map->relname,
							analysis->nmisfits[i], nrows),
					 errdetail("The column's statistics count them as null.")));
	}
}

/* A map that never raises because of a value. */
static DdbTableMap *
get_lenient_map(Oid relid)
{
	DdbTableMap *map = ddb_relation_get_map(relid);

	for (int i = 0; i < map->natts; i++)
	{
		if (map->columns[i] == NULL)
			continue;
		map->columns[i]->on_mismatch = DDB_MISMATCH_NULL;
		map->columns[i]->not_null = false;
	}
	return map;
}

/* Reads the sample, in the current context, and says what it is. */
static List *
sample_items(Analysis *analysis, int elevel, int targrows)
{
	const DdbTableMap *map = analysis->map;
	Oid			relid = RelationGetRelid(analysis->relation);
	DdbClient  *client =
		ddb_session_get_client(GetForeignTable(relid)->serverid,
							   analysis->relation->rd_rel->relowner);
	DdbSampler	sampler;
	DdbKeySample *sample;
	List	   *items = NIL;

	ddb_client_hold(client, CurrentMemoryContext);
	ddb_sample_init(&sampler, client, map->options.table_name,
					map->options.analyze_read_units,
					ddb_pace_table(CurrentMemoryContext, client,
								   map->options.table_name,
								   &analysis->schema->primary, false,
								   map->options.read_capacity,
								   map->options.concurrency));
	sample = ddb_keyspace_sample(&sampler, analysis->schema,
								 map->options.concurrency, targrows,
								 maintenance_work_mem * (Size) 1024);
	analysis->items = estimate_items(analysis->schema, sample);
	if (sample->groups != NIL)
		items = thin(analysis, sample);
	ereport(elevel,
			(errmsg("\"%s\": read " INT64_FORMAT " items with %d partition keys for %s read units, about %.3g %% of the table",
					map->relname, sampler.usage.items_scanned,
					list_length(sample->groups),
					ddb_capacity_words(sampler.usage.units),
					analysis->items > 0 ? 100.0 * sampler.usage.items_scanned /
					analysis->items : 100.0)));

	/* of no segment has the end been reached: nobody knows what was seen */
	if (sample->groups == NIL && sampler.usage.items_scanned > 0)
		ereport(WARNING,
				(errmsg("statistics of foreign table \"%s\" stay as they are, as %s read units do not suffice for a sample",
						map->relname,
						ddb_capacity_words(map->options.analyze_read_units)),
				 errhint("Raise analyze_read_units, of the foreign table or its server.")));
	return items;
}

/*
 * Core's AcquireSampleRowsFunc: at most targrows random rows, palloc'd in the
 * current context, and how many there are in all.  Reads as the table's
 * owner.
 */
static int
acquire_rows(Relation relation, int elevel, HeapTuple *rows, int targrows,
			 double *totalrows, double *totaldeadrows)
{
	MemoryContext row_owner = CurrentMemoryContext;
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "dynamodb_fdw analyze",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext oldcontext = MemoryContextSwitchTo(context);
	Analysis	analysis = {.relation = relation};
	List	   *items = NIL;
	List	   *live = NIL;
	ListCell   *lc;
	int		   *order;
	int			nrows;

	analysis.map = get_lenient_map(RelationGetRelid(relation));
	analysis.schema = describe(relation, analysis.map, false);
	analysis.items = Max(analysis.schema->primary.item_count, 0);
	analysis.values = palloc0(sizeof(Datum) * analysis.map->natts);
	analysis.nulls = palloc0(sizeof(bool) * analysis.map->natts);
	analysis.nmisfits = palloc0(sizeof(int64) * analysis.map->natts);
	analysis.row_context = AllocSetContextCreate(context, "dynamodb_fdw row",
												 ALLOCSET_DEFAULT_SIZES);
	if (analysis.map->options.analyze_read_units > 0)
		items = sample_items(&analysis, elevel, targrows);

	analysis.now = ddb_expiry_now();
	foreach(lc, items)
	{
		if (is_row(&analysis, lfirst(lc)))
			live = lappend(live, lfirst(lc));
	}
	order = shuffle(list_length(live));
	nrows = Min(list_length(live), targrows);
	MemoryContextSwitchTo(row_owner);
	for (int i = 0; i < nrows; i++)
	{
		CHECK_FOR_INTERRUPTS();
		rows[i] = form_row(&analysis, list_nth(live, order[i]));
	}
	warn_of_misfits(&analysis, nrows);
	*totalrows = items == NIL ? analysis.items :
		rint(analysis.items * list_length(live) / list_length(items));
	*totaldeadrows = 0;
	MemoryContextSwitchTo(oldcontext);
	MemoryContextDelete(context);
	return nrows;
}

/*
 * AnalyzeForeignTable: says how large the table is, and who samples it.  May
 * send one DescribeTable, as the table's owner.
 */
bool
dynamodbAnalyzeForeignTable(Relation relation, AcquireSampleRowsFunc *func,
							BlockNumber *totalpages)
{
	DdbTableMap *map = ddb_relation_get_map(RelationGetRelid(relation));

	*totalpages = count_pages(describe(relation, map, true));
	*func = acquire_rows;
	return true;
}
