/*-------------------------------------------------------------------------
 *
 * price.c
 *	  What an access costs, in requests and read units.
 *
 * GetItem and BatchGetItem round each item up to 4 KB, Query and Scan add up
 * the items of a page first; an eventually consistent read costs half.
 * Filters and projections change nothing.
 *
 * What isn't known is guessed so that keys are preferred; a guess refuses
 * nothing, as the meter of the scan stops what turns out to be larger.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "dynamodb/capacity.h"
#include "fdw/price.h"
#include "mapping/condition.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/array.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"

/*
 * Items under one partition key, where nothing is known of them.  Core would
 * guess 200 keys in the whole table, so half a percent of it under each.
 */
#define DEFAULT_PARTITION_ITEMS	100.0

/* Elements of an array that is not known yet; core's guess too. */
#define DEFAULT_ARRAY_LENGTH	10.0

/* Longer arrays are not searched for values that are there twice. */
#define MAX_COMPARED			100

/* An item's bytes, where nothing is known. */
#define DEFAULT_ITEM_SIZE		256.0

/* Segments of a parallel Scan, for each of its processes. */
#define SEGMENTS_A_PROCESS		8

/* A provisioned table may be scanned if that takes no longer, in seconds. */
#define MAX_SCAN_TIME			300.0

/*
 * Bytes of an item on average: what DynamoDB says, or ANALYZE has found, or a
 * guess.
 */
double
ddb_price_item_size(const DdbSchema *schema, double tuples, double pages)
{
	double		size = ddb_schema_entry_size(&schema->primary);

	if (size > 0)
		return size;
	if (tuples > 0 && pages > 0)
		return Max(1.0, pages * BLCKSZ / tuples);
	return DEFAULT_ITEM_SIZE;
}

/* The values of an array, NULL aside; each once where there are few. */
static double
count_different(ArrayType *array)
{
	int16		typlen;
	bool		typbyval;
	char		typalign;
	Datum	   *datums;
	bool	   *nulls;
	int			n;
	int			count = 0;

	get_typlenbyvalalign(ARR_ELEMTYPE(array), &typlen, &typbyval, &typalign);
	deconstruct_array(array, ARR_ELEMTYPE(array), typlen, typbyval, typalign,
					  &datums, &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		bool		again = nulls[i];

		for (int j = 0; !again && n <= MAX_COMPARED && j < i; j++)
			again = !nulls[j] && datumIsEqual(datums[i], datums[j], typbyval,
											  typlen);
		count += !again;
	}
	return count;
}

/* How many values one operand of IN stands for. */
static double
operand_count(const Node *operand)
{
	if (!OidIsValid(get_base_element_type(exprType(operand))))
		return 1;
	if (IsA(operand, Const) && !((const Const *) operand)->constisnull)
		return count_different(DatumGetArrayTypeP(((const Const *) operand)->constvalue));
	if (IsA(operand, ArrayExpr) && !((const ArrayExpr *) operand)->multidims)
		return list_length(((const ArrayExpr *) operand)->elements);
	return DEFAULT_ARRAY_LENGTH;
}

/* How many values a constraint leaves its attribute; 0: any number. */
static double
value_count(const DdbConstraint *constraint)
{
	double		n = 0;
	ListCell   *lc;

	if (constraint->op == DDB_OP_EQ)
		return 1;
	if (constraint->op == DDB_OP_IN)
		foreach(lc, constraint->values)
			n += operand_count(lfirst(lc));
	return n;
}

/* Do the constraints before the i-th contain the other half of its pairs? */
static bool
is_paired(const List *constraints, int i)
{
	const DdbConstraint *constraint = list_nth(constraints, i);

	for (int j = 0; constraint->zipped && j < i; j++)
		if (((DdbConstraint *) list_nth(constraints, j))->rinfo ==
			constraint->rinfo)
			return true;
	return false;
}

/* The keys that the first n constraints multiply to. */
static double
key_count(const List *constraints, int n)
{
	double		product = 1;
	double		count = 0;		/* of the attribute at hand; 0: any */

	for (int i = 0; i < n; i++)
	{
		const DdbConstraint *constraint = list_nth(constraints, i);
		const DdbConstraint *next = i + 1 < n ?
			list_nth(constraints, i + 1) : NULL;
		double		values = is_paired(constraints, i) ? 1 :
			value_count(constraint);

		if (values > 0 && (count == 0 || values < count))
			count = values;
		if (next != NULL && strcmp(constraint->template->attribute,
								   next->template->attribute) == 0)
			continue;
		product *= Max(count, 1);
		count = 0;
	}
	return product;
}

/* The bytes of one entry, as far as anything is known. */
static double
entry_size(const DdbRelation *relation, const DdbIndex *index)
{
	double		size = ddb_schema_entry_size(index);

	return size > 0 ? size : relation->item_size;
}

/* How many rows of all the first n constraints of an access let through. */
static Selectivity
estimate_share(PlannerInfo *root, RelOptInfo *rel, const DdbAccess *access,
			   int n)
{
	List	   *clauses = NIL;

	for (int i = 0; i < n; i++)
	{
		const DdbConstraint *constraint = list_nth(access->constraints, i);

		clauses = list_append_unique_ptr(clauses, constraint->estimate != NULL ?
										 (void *) constraint->estimate :
										 (void *) constraint->rinfo);
	}
	return clauselist_selectivity(root, clauses, rel->relid, JOIN_INNER, NULL);
}

/*
 * The items that the first n constraints of an access let through.  What
 * ANALYZE found of a column is true of the table, of which a sparse index has
 * only a part; a guess is as good of the index's entries.  Guessed partitions
 * are no larger than the guess for one, and a range within them is smaller.
 */
static double
estimate_items(PlannerInfo *root, RelOptInfo *rel, const DdbAccess *access,
			   int n, double keys)
{
	DdbRelation *relation = rel->fdw_private;
	double		entries = access->index->item_count;
	double		total = relation->analyzed || entries <= 0 ?
		Max(rel->tuples, entries) : entries;
	Selectivity share = estimate_share(root, rel, access, n);
	Selectivity partitions;

	/* Not clamped: of two keys that promise one row, the tighter one wins. */
	if (relation->analyzed || n == 0)
		return entries > 0 ? Min(total * share, entries) : total * share;
	partitions = estimate_share(root, rel, access,
								Min(n, access->npartition));
	if (total * partitions <= keys * DEFAULT_PARTITION_ITEMS)
		return total * share;
	return keys * DEFAULT_PARTITION_ITEMS * share / partitions;
}

/* Read units of a Query or Scan of so many bytes, half a unit at least. */
static double
range_units(double unit, double bytes)
{
	return unit * Max(1.0, ceil(bytes / DDB_READ_UNIT_BYTES));
}

/* The price of a GetItem, or of a batch of them. */
static void
price_items(DdbAccess *access, double size, double unit)
{
	access->key_units = unit * ceil(size / DDB_READ_UNIT_BYTES);
	access->items = access->keys;
	access->units = access->keys * access->key_units;
	access->requests = ceil(access->keys / DDB_MAX_BATCH_KEYS);
}

/* The price of one Query for each key or range, or of a Scan. */
static void
price_ranges(DdbAccess *access, double items, double size, double unit)
{
	double		bytes = items / access->keys * size;

	access->items = items;
	access->key_units = range_units(unit, bytes);
	access->units = access->keys * access->key_units;
	access->requests = access->keys * Max(1.0, ceil(bytes / DDB_PAGE_BYTES));
}

/* So many of two pages each on average, where there are as many. */
static void
set_segments(DdbAccess *access, int most)
{
	double		pages = access->requests - (access->segments - 1);

	access->segments = (int) Max(1, Min(most, pages / 2));
	access->requests = pages + access->segments - 1;
}

/*
 * A Scan of several pages is read in as many segments at once as concurrency
 * allows.  Each has a last page of its own that isn't full, so where nothing
 * is known of the size there is one.
 */
static void
choose_segments(const DdbRelation *relation, DdbAccess *access)
{
	bool		known = relation->analyzed || access->index->item_count > 0;

	access->segments = 1;
	if (access->operation != DDB_SCAN || !known)
		return;
	set_segments(access, relation->map->options.concurrency);
}

/*
 * How many round trips the requests take.  Keys of a list, fetches and
 * segments go side by side, as many as concurrency allows; pages of one range
 * one after another.
 */
static void
count_trips(const DdbRelation *relation, DdbAccess *access)
{
	double		together = relation->map->options.concurrency;
	double		fetches = access->fetches ?
		ceil(access->items / DDB_MAX_BATCH_KEYS) : 0;
	double		others = access->requests - fetches;
	double		in_turn = 1;

	if (access->operation == DDB_SCAN)
		together = Min(together, access->segments);
	else if (access->operation == DDB_QUERY)
		in_turn = others / access->keys;
	access->trips = Max(in_turn, 1 + (others - 1) / together);
	if (fetches > 0)
		access->trips += 1 + (fetches - 1) / together;
}

/*
 * Lets a Scan, priced already, be dealt among so many processes: more
 * segments than they have at once, so that none has much to do when the
 * others are done.
 */
void
ddb_price_deal(const DdbRelation *relation, DdbAccess *access, int processes)
{
	if (access->segments > 1)
		set_segments(access, Max(relation->map->options.concurrency,
								 processes * SEGMENTS_A_PROCESS));
	count_trips(relation, access);
}

/*
 * Several sort values in one partition can be read one by one, or as the
 * range from the least to the greatest: at most the whole partition.
 */
static void
consider_joining_lists(PlannerInfo *root, RelOptInfo *rel, DdbAccess *access,
					   double size, double unit)
{
	double		partitions = key_count(access->constraints,
									   access->npartition);
	double		items = estimate_items(root, rel, access, access->npartition,
									   partitions) / partitions;

	access->range_units = range_units(unit, items * size);
	access->key_items = access->key_units / unit * DDB_READ_UNIT_BYTES / size;
	if (access->keys / partitions * access->key_units <= access->range_units)
		return;
	access->operation = DDB_QUERY;
	access->keys = partitions;
	access->items = items * partitions;
	access->units = partitions * access->range_units;
	access->requests = partitions * Max(1.0, ceil(items * size / DDB_PAGE_BYTES));
}

/*
 * Fills in the price of an access: keys asked for, items read, requests, read
 * units.  May turn a BatchGetItem into a Query where that is cheaper.
 */
void
ddb_price_access(PlannerInfo *root, RelOptInfo *rel, DdbAccess *access)
{
	DdbRelation *relation = rel->fdw_private;
	int			n = list_length(access->constraints);
	double		size = entry_size(relation, access->index);
	double		unit =
		ddb_capacity_unit(relation->map->options.consistent_read ==
						  DDB_CONSISTENT_ON);

	access->keys = Max(1.0, key_count(access->constraints, n));
	if (access->operation == DDB_GET_ITEM ||
		access->operation == DDB_BATCH_GET_ITEM)
		price_items(access, size, unit);
	else
		price_ranges(access, estimate_items(root, rel, access, n,
											access->keys), size, unit);
	/* The table's partitions may be guessed: see open_span_part(). */
	if (access->ends_in_list &&
		(access->index->name == NULL || relation->analyzed))
		consider_joining_lists(root, rel, access, size, unit);

	choose_segments(relation, access);

	if (access->operation == DDB_SCAN && !relation->analyzed &&
		access->index->item_count <= 0)
		access->units = Min(access->units,
							relation->map->options.scan_budget);

	/* Whether we fetch or a local index does: a rounded read an item. */
	if (access->fetches)
		access->requests += ceil(access->items / DDB_MAX_BATCH_KEYS);
	if (access->fetches ||
		(access->index->name != NULL && !access->index->global &&
		 !ddb_access_index_covers(rel, access->index, NIL)))
		access->units += unit * access->items *
			ceil(relation->item_size / DDB_READ_UNIT_BYTES);
	count_trips(relation, access);
}

/*
 * Takes a price down to what rows wanted cost, if every item is a row: then
 * pages are no larger than that.  rows 0: not known.
 */
void
ddb_price_bound(DdbAccess *access, double rows)
{
	double		items = rows * access->keys;

	if (access->operation == DDB_BATCH_GET_ITEM)
		items = rows;
	if (!access->exact || rows <= 0 || items >= access->items)
		return;
	access->requests = Max(1.0,
						   ceil(access->requests * items / access->items));
	access->units = Max(DDB_LEAST_UNITS, access->units * items / access->items);
	access->items = items;
}

/*
 * The most rows that clauses let through as far as keys tell: one under the
 * whole primary key, a partition's worth under any partition key.
 */
double
ddb_price_cap_rows(RelOptInfo *rel, const DdbClauses *clauses, double rows)
{
	const DdbRelation *relation = rel->fdw_private;
	const DdbSchema *schema = relation->map->schema;

	for (int i = -1; i < schema->nindexes; i++)
	{
		DdbAccess	access;
		const char *ignored;
		double		keys;

		if (!ddb_access_match(rel, ddb_schema_get_index(schema, i), clauses,
							  &access, &ignored))
			continue;
		keys = key_count(access.constraints, list_length(access.constraints));
		if (access.operation == DDB_GET_ITEM ||
			access.operation == DDB_BATCH_GET_ITEM)
			rows = Min(rows, keys);
		else if (!relation->analyzed)
			rows = Min(rows, keys * DEFAULT_PARTITION_ITEMS);
	}
	return rows;
}

/*
 * The units that a provisioned table or index yields while a Scan may last; 0
 * where there is no such limit.
 */
double
ddb_price_capacity(const DdbAccess *access)
{
	return Max(access->index->read_capacity, 0) * MAX_SCAN_TIME;
}

/*
 * Will the executor refuse to read all of this?  bounded: the query is known
 * to take no more rows than it says.  The planner avoids such an access as
 * core avoids what enable_seqscan = off disables.
 */
bool
ddb_price_is_refused(const DdbTableOptions *options, const DdbAccess *access,
					 bool bounded)
{
	double		capacity = ddb_price_capacity(access);

	if (access->operation != DDB_SCAN)
		return false;
	return options->allow_scan == DDB_SCAN_OFF ||
		(options->allow_scan == DDB_SCAN_AUTO && !bounded &&
		 (access->units > options->scan_budget ||
		  (capacity > 0 && access->units > capacity)));
}
