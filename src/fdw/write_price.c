/*-------------------------------------------------------------------------
 *
 * write_price.c
 *	  What writes cost, for EXPLAIN.
 *
 * An item costs a write unit for each KB it has, begun ones too, before or
 * after the write, whichever is more; in a transaction twice that.  So does
 * each index whose entry of the item changes: once if an entry is made,
 * replaced or deleted, twice if its key changes, as then one is deleted and
 * another made.  An index that has no such item, or shows nothing that
 * changes, costs nothing.
 *
 * What an item weighs is known of the average at most; an entry's weight from
 * the index's own size.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "fdw/price.h"
#include "fdw/write_price.h"
#include "mapping/row.h"
#include "utils/rel.h"

#define UNIT_BYTES 1024.0

/* May an attribute be another one after these columns have changed? */
static bool
may_change(const DdbTableMap *map, const List *updated,
		   const char *attribute)
{
	ListCell   *lc;

	foreach(lc, updated)
	{
		const DdbColumn *column = map->columns[lfirst_int(lc) - 1];

		if (column == NULL)
			continue;
		if (column->whole_item ?
			ddb_column_lookup_attribute(map, attribute) == NULL :
			strcmp(column->attribute, attribute) == 0)
			return true;
	}
	return false;
}

/* May one of an index's key attributes? */
static bool
may_change_key(const DdbTableMap *map, const DdbIndex *index,
			   const List *updated)
{
	for (int i = 0; i < index->npartition + index->nsort; i++)
		if (may_change(map, updated, ddb_schema_key_part(index, i)->name))
			return true;
	return false;
}

/* May anything that an index shows? */
static bool
may_change_entry(const DdbTableMap *map, const DdbIndex *index,
				 const List *updated)
{
	ListCell   *lc;

	foreach(lc, updated)
	{
		const DdbColumn *column = map->columns[lfirst_int(lc) - 1];

		if (column->whole_item ? index->projection != DDB_PROJECT_KEYS_ONLY :
			ddb_schema_index_projects(map->schema, index, column->attribute))
			return true;
	}
	return false;
}

/* Has an item with these columns all attributes of an index's key? */
static bool
may_be_in(const DdbTableMap *map, const DdbIndex *index, const List *columns)
{
	for (int i = 0; i < index->npartition + index->nsort; i++)
		if (!may_change(map, columns, ddb_schema_key_part(index, i)->name))
			return false;
	return true;
}

/* How often an index's entry of an item is written. */
static int
count_entries(const DdbTableMap *map, const DdbIndex *index,
			  const DdbWriteWork *work, bool moves)
{
	switch (work->operation)
	{
		case CMD_INSERT:
			return may_be_in(map, index, work->updated) ? 1 : 0;
		case CMD_UPDATE:
			if (moves || may_change_key(map, index, work->updated))
				return 2;
			return may_change_entry(map, index, work->updated) ? 1 : 0;
		default:
			return 1;
	}
}

static double
units_of(double bytes)
{
	return Max(1.0, ceil(bytes / UNIT_BYTES));
}

/* What an entry weighs, of an item of so many bytes. */
static double
entry_size(const DdbIndex *index, double item_size)
{
	double		size = ddb_schema_entry_size(index);

	if (size > 0)
		return size;
	return index->projection == DDB_PROJECT_ALL ? item_size : 1;
}

/*
 * Shows what a statement's writes are estimated to cost, and the indexes that
 * they reach.  The map has its schema.
 */
void
ddb_write_price_explain(Relation rel, const DdbTableMap *map,
						const DdbWriteWork *work, ExplainState *es)
{
	const DdbSchema *schema = map->schema;
	double		size = ddb_price_item_size(schema, rel->rd_rel->reltuples,
										   rel->rd_rel->relpages);
	bool		moves = work->operation == CMD_UPDATE &&
		may_change_key(map, &schema->primary, work->updated);
	double		units = units_of(size);
	List	   *names = NIL;

	if (moves)
		units *= 2;				/* a Delete and a Put */
	if (moves || strstr(work->sent_by, "TransactWriteItems") != NULL)
		units *= 2;
	for (int i = 0; i < schema->nindexes; i++)
	{
		const DdbIndex *index = &schema->indexes[i];
		int			n = count_entries(map, index, work, moves);

		units += n * units_of(entry_size(index, size));
		if (n > 0)
			names = lappend(names, index->name);
	}
	ExplainPropertyFloat("Estimated Write Units", NULL, units * work->rows, 1,
						 es);
	if (names != NIL)
		ExplainPropertyList("Indexes Written", names, es);
}
