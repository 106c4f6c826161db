/*-------------------------------------------------------------------------
 *
 * pace.c
 *	  How fast a statement may read and write: read_capacity and
 *	  write_capacity as budgets.
 *
 * 'auto' is half of what a provisioned table or global index has, or of the
 * most that one on demand lets through; so whoever else uses it can go on.
 * That is known where DescribeTable was asked; where keys are declared nothing
 * is, and nothing is limited.
 *
 * Local indexes live on their table's capacity.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "dynamodb/capacity.h"
#include "fdw/pace.h"
#include "fdw/relation.h"

/* The part of a table's capacity that 'auto' takes. */
#define SHARE			0.5

/* What items are taken to be where nothing is known of them; in bytes. */
#define CAUTIOUS_SIZE	4096.0

/* The option's rate; of a table that has so much, or lets through so much. */
static double
get_rate(double option, double provisioned, double most)
{
	if (option >= 0)
		return option;
	return SHARE * (provisioned > 0 ? provisioned : most);
}

/* What DescribeTable said; NULL if nobody asked, or keys are declared. */
static const DdbSchema *
peek_schema(const DdbTableMap *map, Oid serverid, Oid userid)
{
	return map->options.partition_key != NULL ? NULL :
		ddb_relation_peek_schema(map, serverid, userid);
}

/* Guesses what an item costs; index: what is known of it, or NULL. */
static void
set_item_units(DdbBudgetSpec *budget, const DdbIndex *index, double unit)
{
	double		size = index != NULL ? ddb_schema_entry_size(index) : 0;

	if (size == 0)
		size = CAUTIOUS_SIZE;
	budget->item_units = unit * size / DDB_READ_UNIT_BYTES;
	budget->key_units = unit * Max(1.0, ceil(size / DDB_READ_UNIT_BYTES));
}

/*
 * Fills in what is known of an index, or the table itself (NULL), and what
 * read_capacity says of it.
 */
static void
set_rate(const DdbScanState *scan, const char *index_name,
		 DdbBudgetSpec *budget)
{
	const DdbTableMap *map = scan->map;
	const DdbSchema *schema = peek_schema(map, scan->serverid, scan->userid);
	const DdbIndex *index = NULL;

	if (schema != NULL)
		index = index_name == NULL ? &schema->primary :
			ddb_schema_lookup_index(schema, index_name);
	budget->rate = get_rate(map->options.read_capacity,
							index != NULL ? index->read_capacity : 0,
							index != NULL ? index->most_reads : 0);
	set_item_units(budget, index, ddb_capacity_unit(scan->consistent));
}

/*
 * What the processes of a parallel Scan need to know of its pace: only the
 * leader has the schema.
 */
void
ddb_pace_set_terms(const DdbScanState *scan, DdbParallelTerms *terms)
{
	DdbBudgetSpec budget;

	set_rate(scan, scan->index_name, &budget);
	terms->rate = budget.rate;
	terms->item_units = budget.item_units;
	terms->key_units = budget.key_units;
}

/*
 * Gives the requests of a scan the budget that they share with all others of
 * this statement that read the same table or index; index_name is NULL for the
 * table.  It is held until the current context is reset.  Sends nothing.
 */
void
ddb_pace_reads(const DdbScanState *scan, const char *index_name,
			   DdbStreamSpec *spec)
{
	const DdbParallelTerms *terms = ddb_parallel_terms(scan);
	DdbBudgetSpec budget = {
		.server_name = ddb_client_server_name(spec->client),
		.table_name = spec->table_name,
		.index_name = scan->index_global ? index_name : NULL,
	};

	if (terms != NULL)
	{
		budget.rate = terms->rate;
		budget.item_units = terms->item_units;
		budget.key_units = terms->key_units;
		spec->concurrency = ddb_parallel_concurrency(scan);
	}
	else
		set_rate(scan, index_name, &budget);
	budget.concurrency = spec->concurrency;
	spec->page_units = ddb_capacity_unit(scan->consistent) * DDB_PAGE_BYTES /
		DDB_READ_UNIT_BYTES;
	spec->budget = ddb_budget_get(CurrentMemoryContext, &budget);
	if (terms != NULL)
		ddb_budget_share(spec->budget, CurrentMemoryContext,
						 ddb_parallel_bucket(scan));
}

/*
 * The budget of reads of a table (its name in UTF-8, and what is known of it)
 * that are no scan's, at the pace that option read_capacity says; held until
 * the context is reset.
 */
DdbBudget *
ddb_pace_table(MemoryContext context, const DdbClient *client,
			   const char *table_name, const DdbIndex *table, bool consistent,
			   double read_capacity, int concurrency)
{
	DdbBudgetSpec budget = {
		.server_name = ddb_client_server_name(client),
		.table_name = table_name,
		.rate = get_rate(read_capacity, table->read_capacity,
						 table->most_reads),
		.concurrency = concurrency,
	};

	set_item_units(&budget, table, ddb_capacity_unit(consistent));
	return ddb_budget_get(context, &budget);
}

/*
 * The budget of a statement's writes to a table; held until the context is
 * reset.  Sends nothing.
 */
DdbBudget *
ddb_pace_writes(MemoryContext context, const DdbClient *client,
				const DdbTableMap *map, Oid serverid, Oid userid)
{
	const DdbSchema *schema = peek_schema(map, serverid, userid);
	DdbBudgetSpec budget = {
		.server_name = ddb_client_server_name(client),
		.table_name = map->options.table_name,
		.writes = true,
		.concurrency = map->options.concurrency,
		.item_units = 1,
		.key_units = 1
	};

	budget.rate = get_rate(map->options.write_capacity,
						   schema != NULL ? schema->primary.write_capacity : 0,
						   schema != NULL ? schema->primary.most_writes : 0);
	return ddb_budget_get(context, &budget);
}
