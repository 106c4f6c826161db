/*-------------------------------------------------------------------------
 *
 * column.c
 *	  A foreign table's columns, each with the attribute it shows.
 *
 * Below this file there are attributes only, named in UTF-8 and in their own
 * letter case; above it there are columns, named in the database's encoding.
 * The map is built from the catalog alone and sends no request.
 *
 * Two columns may show the same attribute (as text and as jsonb, say), and a
 * path below an attribute that another column shows as a whole.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "catalog/pg_type.h"
#include "mapping/column.h"
#include "mapping/datum.h"
#include "mapping/document.h"
#include "mapping/document_path.h"
#include "mapping/text.h"
#include "utils/lsyscache.h"

/* What attribute_name '*' shows: the rest of the item. */
#define REST_OF_ITEM "*"

/* Takes a path apart, or complains about it. */
static void
set_path(DdbColumn *column, const char *path, const char *relname)
{
	const char *error = NULL;

	if (!ddb_document_path_parse(ddb_text_to_utf8(pstrdup(path)),
								 &column->attribute, &column->nsteps,
								 &column->steps, &error))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("invalid attribute_path \"%s\" for column \"%s\" of foreign table \"%s\"",
						path, column->name, relname),
				 errdetail("In the path, %s.", error),
				 errhint("A path looks like address.lines[0].text; put a name with other characters in double quotes.")));
	column->label = pstrdup(path);
}

/* Decides which part of an item a column shows. */
static void
set_attribute(DdbColumn *column, const DdbColumnOptions *options,
			  const char *relname)
{
	Oid			basetype = getBaseType(column->typid);

	if (options->attribute_path != NULL)
	{
		if (options->attribute_name != NULL)
			ereport(ERROR,
					(errcode(ERRCODE_SYNTAX_ERROR),
					 errmsg("column \"%s\" of foreign table \"%s\" has both attribute_name and attribute_path",
							column->name, relname),
					 errhint("The path begins with the attribute's name; drop attribute_name.")));
		set_path(column, options->attribute_path, relname);
		return;
	}

	column->label = pstrdup(options->attribute_name != NULL ?
							options->attribute_name : column->name);
	if (options->attribute_name == NULL ||
		strcmp(options->attribute_name, REST_OF_ITEM) != 0)
	{
		column->attribute = ddb_text_to_utf8(pstrdup(column->label));
		return;
	}
	if (basetype != JSONOID && basetype != JSONBOID)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_DATA_TYPE),
				 errmsg("column \"%s\" of foreign table \"%s\" cannot show the rest of the item",
						column->name, relname),
				 errdetail("A column with attribute_name '*' must be of type jsonb or json.")));
	column->whole_item = true;
}

static DdbColumn *
build_column(const DdbTableMap *map, TupleDesc tupdesc, int i)
{
	Form_pg_attribute attr = TupleDescAttr(tupdesc, i);
	DdbColumn  *column = palloc0(sizeof(DdbColumn));
	DdbColumnOptions options;

	column->attnum = attr->attnum;
	column->name = pstrdup(NameStr(attr->attname));
	column->typid = attr->atttypid;
	column->typmod = attr->atttypmod;
	column->collation = attr->attcollation;
	column->not_null = ddb_compat_is_not_null(tupdesc, i);

	ddb_option_get_column(map->relid, attr->attnum, &map->options, &options);
	set_attribute(column, &options, map->relname);
	ddb_datum_init_column(column, &options, map->relname);
	return column;
}

/*
 * Builds the map of a foreign table, without schema: palloc'd in the current
 * context, which must live as long as anybody decodes with the map.  Raises
 * where options don't fit the columns or each other.
 */
DdbTableMap *
ddb_column_map_table(Oid relid, TupleDesc tupdesc)
{
	DdbTableMap *map = palloc0(sizeof(DdbTableMap));

	map->relid = relid;
	map->relname = get_rel_name(relid);
	if (map->relname == NULL)
		elog(ERROR, "cache lookup failed for relation %u", relid);
	ddb_option_get_table(relid, &map->options);
	if (map->options.ttl_attribute != NULL)
		map->ttl_attribute =
			ddb_text_to_utf8(pstrdup(map->options.ttl_attribute));
	map->natts = tupdesc->natts;
	map->columns = palloc0(sizeof(DdbColumn *) * Max(tupdesc->natts, 1));
	for (int i = 0; i < tupdesc->natts; i++)
	{
		/* a virtual column is computed above the scan, and never written */
		if (!TupleDescAttr(tupdesc, i)->attisdropped &&
			!ddb_compat_is_virtual(tupdesc, i))
			map->columns[i] = build_column(map, tupdesc, i);
	}
	return map;
}

/*
 * The first column that shows a top-level attribute (named in UTF-8) as a
 * whole, or NULL.
 */
DdbColumn *
ddb_column_lookup_attribute(const DdbTableMap *map, const char *attribute)
{
	for (int i = 0; i < map->natts; i++)
	{
		DdbColumn  *column = map->columns[i];

		if (column != NULL && !column->whole_item && column->nsteps == 0 &&
			strcmp(column->attribute, attribute) == 0)
			return column;
	}
	return NULL;
}
