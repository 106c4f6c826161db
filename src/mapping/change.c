/*-------------------------------------------------------------------------
 *
 * change.c
 *	  Changed columns as a changed item.
 *
 * An UPDATE knows the item as it was read, and new values for some columns.
 * A column whose value is the one it had leaves its attribute alone, however
 * that is spelt; another one is laid over the item: the attribute as a whole,
 * a place in a document, whose missing parents are made, or the members of a
 * jsonb value that read differently than before.  What no column shows stays.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "dynamodb/item.h"
#include "dynamodb/merge.h"
#include "mapping/change.h"
#include "mapping/datum.h"
#include "mapping/store.h"
#include "mapping/template.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"

/* A column's new value, on its way into the item. */
typedef struct Change
{
	const DdbColumn *column;
	DdbValue	value;			/* MISSING: to be taken out */
} Change;

/* Is the value in SQL what the attribute reads as? */
static bool
is_unchanged(const DdbTableMap *map, const DdbColumn *column,
			 const DdbValue *old, const DdbValue *item, Datum datum,
			 bool isnull)
{
	int16		typlen;
	bool		typbyval;
	bool		oldnull;
	Datum		read;

	if (column->whole_item)
		read = ddb_datum_decode_rest(map, column, item->text, item->len,
									 &oldnull);
	else
		read = ddb_datum_decode(map, column, old, &oldnull);
	if (isnull || oldnull)
		return isnull && oldnull;
	get_typlenbyval(column->typid, &typlen, &typbyval);
	return datum_image_eq(read, datum, typbyval, typlen);
}

/* Is the value made of plain JSON, to be laid over what was there? */
static bool
is_plain_json(const DdbColumn *column)
{
	Oid			typid = getBaseType(column->typid);

	return (typid == JSONOID || typid == JSONBOID) &&
		column->format != DDB_FORMAT_DYNAMODB;
}

static void
merge(const DdbColumn *column, const DdbValue *old, DdbValue *value)
{
	DdbValue	plain = *value;

	if (is_plain_json(column) && plain.type != DDB_TYPE_MISSING)
		ddb_merge_plain(old, &plain, value);
}

/* The members of the column with attribute_name '*'. */
static void
change_rest(const DdbTableMap *map, const DdbColumn *column,
			const DdbValue *old, const DdbValue *value, DdbItem *item)
{
	DdbValue	empty = {.type = DDB_TYPE_M,.text = "{}",.len = 2};
	DdbValueIterator it;
	DdbValue	member;
	DdbValue	other;
	const char *name;
	size_t		namelen;

	if (value->type == DDB_TYPE_MISSING)
		value = &empty;
	ddb_row_check_rest(map, column, value);
	ddb_value_iterate(&it, value);
	while (ddb_value_next(&it, &member, &name, &namelen))
	{
		DdbPathStep step = ddb_row_make_step(name, namelen);

		(void) ddb_value_follow(old, &step, 1, &other);
		merge(column, &other, &member);
		(void) ddb_item_replace(item, step.name, NULL, 0, &member);
	}
	ddb_value_iterate(&it, old);
	while (ddb_value_next(&it, &member, &name, &namelen))
	{
		DdbPathStep step = ddb_row_make_step(name, namelen);

		if (ddb_column_lookup_attribute(map, step.name) == NULL &&
			!ddb_value_follow(value, &step, 1, &other))
			ddb_item_remove(item, step.name);
	}
}

/* Does one column show what is within, or the same as, the other's place? */
static bool
overlaps(const DdbColumn *a, const DdbColumn *b)
{
	if (a->whole_item || b->whole_item ||
		strcmp(a->attribute, b->attribute) != 0)
		return false;
	for (int i = 0; i < Min(a->nsteps, b->nsteps); i++)
	{
		const DdbPathStep *left = &a->steps[i];
		const DdbPathStep *right = &b->steps[i];

		if ((left->name == NULL) != (right->name == NULL) ||
			left->element != right->element || left->len != right->len ||
			(left->name != NULL &&
			 memcmp(left->name, right->name, left->len) != 0))
			return false;
	}
	return true;
}

/* The service takes no overlapping paths, and SQL says nothing of them. */
static void
check_overlap(const DdbTableMap *map, const List *changes,
			  const DdbColumn *column)
{
	ListCell   *lc;

	foreach(lc, changes)
	{
		const DdbColumn *other = ((const Change *) lfirst(lc))->column;

		if (overlaps(column, other))
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_COLUMN),
					 errmsg("columns \"%s\" and \"%s\" of foreign table \"%s\" cannot be changed together",
							other->name, column->name, map->relname),
					 errdetail("They overlap in attribute %s.",
							   ddb_template_quote(column->attribute)),
					 ddb_datum_errcolumn(map, column)));
	}
}

/* Lays a column's new value over the item. */
static void
change_column(const DdbTableMap *map, const Change *change, DdbItem *item)
{
	const DdbColumn *column = change->column;
	DdbValue	value = change->value;

	if (value.type == DDB_TYPE_NULL && column->nsteps == 0 &&
		ddb_row_is_index_key(map, column->attribute))
		value.type = DDB_TYPE_MISSING;
	if (ddb_item_replace(item, column->attribute, column->steps,
						 column->nsteps, &value) != DDB_ITEM_OK)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("column \"%s\" of foreign table \"%s\" has no place in this item",
						column->name, map->relname),
				 errdetail("On the way of \"%s\" there is something else than a map or list.",
						   column->label),
				 ddb_datum_errcolumn(map, column)));
}

/*
 * Makes the item that an update leaves of the item that was read (a map).
 * attnums are the columns that may have changed; values and isnull are of the
 * whole new row.  palloc'd in the current context, or borrowed.  Raises
 * whatever DynamoDB would refuse.
 */
void
ddb_change_apply(const DdbTableMap *map, const List *attnums,
				 const DdbValue *old, const Datum *values,
				 const bool *isnull, DdbRowItem *out)
{
	DdbItem    *item = ddb_item_open(old);
	List	   *changes = NIL;
	ListCell   *lc;

	foreach(lc, attnums)
	{
		int			i = lfirst_int(lc) - 1;
		const DdbColumn *column = map->columns[i];
		Change	   *change;
		DdbValue	was;

		if (column == NULL)
			continue;
		ddb_row_follow_column(column, old, &was);
		if (is_unchanged(map, column, &was, old, values[i], isnull[i]))
			continue;
		check_overlap(map, changes, column);
		change = palloc_object(Change);
		change->column = column;
		ddb_store_value(map, column, values[i], isnull[i], &change->value);
		if (column->whole_item)
			change_rest(map, column, old, &change->value, item);
		else
			merge(column, &was, &change->value);
		changes = lappend(changes, change);
	}
	foreach(lc, changes)
	{
		const Change *change = lfirst(lc);

		if (!change->column->whole_item)
			change_column(map, change, item);
	}
	if (changes != NIL)
		ddb_row_count_version(map, old, item);
	ddb_row_finish_item(map, item, out);
}
