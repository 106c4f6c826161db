/*-------------------------------------------------------------------------
 *
 * row.c
 *	  Rows as items, and items as rows.
 *
 * A row becomes an item in three steps, the general before the particular:
 * the members of the column with attribute_name '*', the columns that show
 * an attribute as a whole, those that show a place in a document.  Columns
 * may overlap as long as they agree.
 *
 * Everything the service would refuse is refused here, before anything is
 * sent: keys that are missing, empty, too long or of the wrong type, those of
 * indexes too, and items beyond 400 KB.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "dynamodb/item.h"
#include "dynamodb/size.h"
#include "mapping/datum.h"
#include "mapping/row.h"
#include "mapping/store.h"
#include "mapping/template.h"
#include "mapping/text.h"
#include "mb/pg_wchar.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/numeric.h"

/* Is the attribute among these, and if so, which type must it have? */
static const DdbKeyAttribute *
find_key(const DdbKeyAttribute *attributes, int n, const char *attribute)
{
	for (int i = 0; i < n; i++)
	{
		if (strcmp(attributes[i].name, attribute) == 0)
			return &attributes[i];
	}
	return NULL;
}

/* What a column shows of the attribute, for messages about it. */
static char *
describe_attribute(const DdbTableMap *map, const char *attribute)
{
	const DdbColumn *column = ddb_column_lookup_attribute(map, attribute);

	if (column == NULL)
		return psprintf("attribute %s", ddb_template_quote(attribute));
	return psprintf("column \"%s\"", column->name);
}

/* The same for a key; index_name is NULL for the table. */
static char *
describe_key(const DdbTableMap *map, const char *index_name)
{
	return index_name == NULL ?
		psprintf("the key of DynamoDB table \"%s\"",
				 map->options.table_name) :
		psprintf("the key of index \"%s\" of DynamoDB table \"%s\"",
				 index_name, map->options.table_name);
}

/*
 * Checks a value for one place in one key; index_name is NULL for the table.
 */
static void
check_key_value(const DdbTableMap *map, const DdbKeyAttribute *key,
				const char *index_name, int64 most, const DdbValue *value)
{
	int64		size = ddb_size_of_value(value);

	if (key->type != DDB_TYPE_MISSING && value->type != key->type)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_DATA_TYPE),
				 errmsg("%s cannot be written with a value of type %s",
						describe_attribute(map, key->name),
						ddb_value_type_name(value->type)),
				 errdetail("It is part of %s, where it is of type %s.",
						   describe_key(map, index_name),
						   ddb_value_type_name(key->type))));
	if (size == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s cannot be empty", describe_attribute(map, key->name)),
				 errdetail("It is part of %s.",
						   describe_key(map, index_name))));
	if (value->type != DDB_TYPE_N && size > most)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("value for %s is too long for a key",
						describe_attribute(map, key->name)),
				 errdetail("It has %lld bytes and is part of %s, which takes %lld.",
						   (long long) size, describe_key(map, index_name),
						   (long long) most)));
}

/*
 * Checks a value against every key that the attribute is part of.  Raises
 * what DynamoDB would refuse.
 */
void
ddb_row_check_attribute(const DdbTableMap *map, const char *attribute,
						const DdbValue *value)
{
	for (int i = -1; i < map->schema->nindexes; i++)
	{
		const DdbIndex *index = ddb_schema_get_index(map->schema, i);
		const DdbKeyAttribute *key;

		key = find_key(index->partition, index->npartition, attribute);
		if (key != NULL)
			check_key_value(map, key, index->name, DDB_SIZE_MAX_PARTITION,
							value);
		key = find_key(index->sort, index->nsort, attribute);
		if (key != NULL)
			check_key_value(map, key, index->name, DDB_SIZE_MAX_SORT, value);
	}
}

/* Is the attribute part of the primary key? */
bool
ddb_row_is_key(const DdbTableMap *map, const char *attribute)
{
	return ddb_schema_key_contains(&map->schema->primary, attribute);
}

/* Is the column one whose attribute can't change under the same key? */
bool
ddb_row_shows_key(const DdbTableMap *map, const DdbColumn *column)
{
	return column != NULL && !column->whole_item && column->nsteps == 0 &&
		ddb_row_is_key(map, column->attribute);
}

/* Takes those columns out of an integer list. */
List *
ddb_row_without_keys(const DdbTableMap *map, List *columns)
{
	ListCell   *lc;

	foreach(lc, columns)
	{
		if (ddb_row_shows_key(map, map->columns[lfirst_int(lc) - 1]))
			columns = foreach_delete_current(columns, lc);
	}
	return columns;
}

/* Has an item an attribute of this name? */
bool
ddb_row_has_attribute(const DdbRowItem *item, const char *attribute)
{
	DdbPathStep step = {attribute, strlen(attribute), 0};
	DdbValue	value;

	return ddb_value_follow(&item->value, &step, 1, &value);
}

/* Is the attribute part of any index's key? */
bool
ddb_row_is_index_key(const DdbTableMap *map, const char *attribute)
{
	for (int i = 0; i < map->schema->nindexes; i++)
	{
		if (ddb_schema_key_contains(&map->schema->indexes[i], attribute))
			return true;
	}
	return false;
}

pg_noreturn static void report_conflict(const DdbTableMap *map,
										const DdbColumn *column);

static void
report_conflict(const DdbTableMap *map, const DdbColumn *column)
{
	ereport(ERROR,
			(errcode(ERRCODE_DUPLICATE_COLUMN),
			 errmsg("column \"%s\" of foreign table \"%s\" overlaps another column with a different value",
					column->name, map->relname),
			 errdetail("Both are stored in attribute %s.",
					   ddb_template_quote(column->attribute)),
			 ddb_datum_errcolumn(map, column)));
}

/*
 * A member's name, as it stands in JSON, as a step of a path, palloc'd and
 * NUL-terminated; a name that isn't text is cut.
 */
DdbPathStep
ddb_row_make_step(const char *name, size_t namelen)
{
	DdbPathStep step;

	if (ddb_value_make_step(name, namelen, &step) != DDB_STRING_OK)
	{
		step.name = "";
		step.len = 0;
	}
	return step;
}

/*
 * Can this be the value of the column with attribute_name '*'?  Raises if
 * not.
 */
void
ddb_row_check_rest(const DdbTableMap *map, const DdbColumn *column,
				   const DdbValue *value)
{
	DdbValueIterator it;
	DdbValue	member;
	const char *name;
	size_t		namelen;

	if (value->type != DDB_TYPE_M)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("column \"%s\" of foreign table \"%s\" takes a JSON object only",
						column->name, map->relname),
				 errdetail("Its members are the item's other attributes."),
				 ddb_datum_errcolumn(map, column)));
	ddb_value_iterate(&it, value);
	while (ddb_value_next(&it, &member, &name, &namelen))
	{
		DdbPathStep step = ddb_row_make_step(name, namelen);
		const DdbColumn *other;

		if (step.len == 0)
			ereport(ERROR,
					(errcode(ERRCODE_UNTRANSLATABLE_CHARACTER),
					 errmsg("column \"%s\" of foreign table \"%s\" has a member whose name cannot be an attribute's",
							column->name, map->relname),
					 ddb_datum_errcolumn(map, column)));
		other = ddb_column_lookup_attribute(map, step.name);
		if (other != NULL)
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_COLUMN),
					 errmsg("column \"%s\" of foreign table \"%s\" has a member %s that another column shows",
							column->name, map->relname,
							ddb_template_quote(step.name)),
					 errhint("Write it through column \"%s\".", other->name),
					 ddb_datum_errcolumn(map, column)));
	}
}

/* Its members as attributes. */
static void
set_rest(const DdbTableMap *map, const DdbColumn *column,
		 const DdbValue *value, DdbItem *item)
{
	DdbValueIterator it;
	DdbValue	member;
	const char *name;
	size_t		namelen;

	ddb_row_check_rest(map, column, value);
	ddb_value_iterate(&it, value);
	while (ddb_value_next(&it, &member, &name, &namelen))
		(void) ddb_item_set(item, ddb_row_make_step(name, namelen).name,
							NULL, 0, &member);
}

/* Which columns come first: see the top of the file. */
static int
get_pass(const DdbColumn *column)
{
	if (column->whole_item)
		return 0;
	return column->nsteps == 0 ? 1 : 2;
}

static DdbItem *
build_item(const DdbTableMap *map, const Datum *values, const bool *isnull,
		   const bool *unnamed)
{
	DdbItem    *item = ddb_item_create();

	for (int pass = 0; pass < 3; pass++)
	{
		for (int i = 0; i < map->natts; i++)
		{
			const DdbColumn *column = map->columns[i];
			DdbValue	value;

			if (column == NULL || get_pass(column) != pass ||
				(unnamed != NULL && unnamed[i]))
				continue;
			ddb_store_value(map, column, values[i], isnull[i], &value);
			if (value.type == DDB_TYPE_MISSING)
				continue;
			if (column->whole_item)
				set_rest(map, column, &value, item);
			else if (value.type == DDB_TYPE_NULL && column->nsteps == 0 &&
					 ddb_row_is_index_key(map, column->attribute))
				continue;
			else if (ddb_item_set(item, column->attribute, column->steps,
								  column->nsteps, &value) != DDB_ITEM_OK)
				report_conflict(map, column);
		}
	}
	return item;
}

/* Checks every attribute that is part of a key of the table or an index. */
static void
check_keys(const DdbTableMap *map, const DdbValue *item)
{
	for (int i = -1; i < map->schema->nindexes; i++)
	{
		const DdbIndex *index = ddb_schema_get_index(map->schema, i);

		for (int j = 0; j < index->npartition + index->nsort; j++)
		{
			bool		sorts = j >= index->npartition;
			const DdbKeyAttribute *key = ddb_schema_key_part(index, j);
			DdbPathStep step = {key->name, strlen(key->name), 0};
			DdbValue	value;

			if (ddb_value_follow(item, &step, 1, &value))
				check_key_value(map, key, index->name, sorts ?
								DDB_SIZE_MAX_SORT : DDB_SIZE_MAX_PARTITION,
								&value);
		}
	}
}

static void
check_size(const DdbTableMap *map, const DdbValue *item)
{
	int64		size = ddb_size_of_item(item);

	if (size > DDB_SIZE_MAX_ITEM)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("row is too large for DynamoDB table \"%s\"",
						map->options.table_name),
				 errdetail("The item would have %lld bytes; the most is %d.",
						   (long long) size, DDB_SIZE_MAX_ITEM)));

	/* the item itself is one level more */
	if (ddb_size_nesting(item) > DDB_SIZE_MAX_NESTING + 1)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("row is nested too deeply for DynamoDB table \"%s\"",
						map->options.table_name),
				 errdetail("Within an attribute, DynamoDB takes lists and maps of %d levels.",
						   DDB_SIZE_MAX_NESTING)));
}

/*
 * Makes a primary key of its values, in the schema's order; palloc'd in the
 * current context or borrowed.
 */
void
ddb_row_set_key(const DdbTableMap *map, const DdbValue *values,
				DdbItemKey *key)
{
	StringInfoData buf;

	memset(key, 0, sizeof(*key));
	initStringInfo(&buf);
	key->n = map->schema->primary.npartition + map->schema->primary.nsort;
	for (int i = 0; i < key->n; i++)
	{
		key->attributes[i] = ddb_schema_key_part(&map->schema->primary, i);
		key->values[i] = values[i];
		appendStringInfoChar(&buf, i == 0 ? '{' : ',');
		escape_json(&buf, key->attributes[i]->name);
		appendStringInfoChar(&buf, ':');
		ddb_value_append_typed(&buf, &values[i]);
	}
	appendStringInfoChar(&buf, '}');
	key->json = buf.data;
}

/*
 * Reads the primary key of an item (a map).  Raises 23502 where a part is
 * missing.
 */
void
ddb_row_make_key(const DdbTableMap *map, const DdbValue *item,
				 DdbItemKey *key)
{
	const DdbIndex *primary = &map->schema->primary;
	DdbValue	values[lengthof(key->values)];

	for (int i = 0; i < primary->npartition + primary->nsort; i++)
	{
		const DdbKeyAttribute *attribute = ddb_schema_key_part(&map->schema->primary, i);
		DdbPathStep step = {attribute->name, strlen(attribute->name), 0};

		if (!ddb_value_follow(item, &step, 1, &values[i]) ||
			values[i].type == DDB_TYPE_NULL)
			ereport(ERROR,
					(errcode(ERRCODE_NOT_NULL_VIOLATION),
					 errmsg("null value in %s of foreign table \"%s\"",
							describe_attribute(map, attribute->name),
							map->relname),
					 errdetail("It is part of the key of DynamoDB table \"%s\".",
							   map->options.table_name)));
	}
	ddb_row_set_key(map, values, key);
}

/* One more than a number, palloc'd. */
static char *
add_one(const DdbValue *number)
{
	Datum		sum =
		DirectFunctionCall2(numeric_add,
							DirectFunctionCall3(numeric_in,
												CStringGetDatum(pnstrdup(number->text,
																		 number->len)),
												ObjectIdGetDatum(InvalidOid),
												Int32GetDatum(-1)),
							NumericGetDatum(int64_to_numeric(1)));

	return DatumGetCString(DirectFunctionCall1(numeric_out, sum));
}

/*
 * Counts the version of an item that is to be written, where the table has a
 * version_attribute: 1 for a new one (old is NULL), else one more than it was.
 */
void
ddb_row_count_version(const DdbTableMap *map, const DdbValue *old,
					  DdbItem *item)
{
	DdbValue	version = {.type = DDB_TYPE_N,.text = "1",.len = 1};
	DdbPathStep step = {0};
	DdbValue	was;

	if (map->options.version_attribute == NULL)
		return;
	step.name = ddb_text_to_utf8(pstrdup(map->options.version_attribute));
	step.len = strlen(step.name);
	if (old != NULL && ddb_value_follow(old, &step, 1, &was))
	{
		if (was.type != DDB_TYPE_N)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_DATA_TYPE),
					 errmsg("attribute \"%s\" of an item of foreign table \"%s\" is no version",
							map->options.version_attribute, map->relname),
					 errdetail("It is of DynamoDB type %s.",
							   ddb_value_type_name(was.type))));
		version.text = add_one(&was);
		version.len = strlen(version.text);
	}
	(void) ddb_item_replace(item, step.name, NULL, 0, &version);
}

/*
 * Renders an item that has been put together, and checks it.  Raises whatever
 * DynamoDB would refuse.
 */
void
ddb_row_finish_item(const DdbTableMap *map, const DdbItem *item,
					DdbRowItem *out)
{
	StringInfoData buf;

	initStringInfo(&buf);
	if (ddb_item_render(item, &buf) != DDB_ITEM_OK)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("row for foreign table \"%s\" has an element of a list without those before it",
						map->relname),
				 errdetail("A list in DynamoDB has no gaps.")));
	out->json = buf.data;
	if (!ddb_value_parse_item(buf.data, buf.len, &out->value))
		elog(ERROR, "could not parse an item of our own");
	ddb_row_make_key(map, &out->value, &out->key);
	check_keys(map, &out->value);
	check_size(map, &out->value);
}

/*
 * Makes an item of a row's values, palloc'd in the current context, but for
 * the columns that are unnamed: those are not even stored as NULL.  (NULL: all
 * are named.)  Raises whatever DynamoDB would refuse.
 */
void
ddb_row_to_item(const DdbTableMap *map, const Datum *values,
				const bool *isnull, const bool *unnamed, DdbRowItem *out)
{
	DdbItem    *item = build_item(map, values, isnull, unnamed);

	ddb_row_count_version(map, NULL, item);
	ddb_row_finish_item(map, item, out);
}

/*
 * The part of an item (a map) that so many steps of a column's path lead to;
 * for the column that shows the rest of it MISSING.
 */
void
ddb_row_follow_steps(const DdbColumn *column, int nsteps,
					 const DdbValue *item, DdbValue *out)
{
	DdbPathStep step = {0};

	memset(out, 0, sizeof(*out));
	if (column->whole_item)
		return;
	step.name = column->attribute;
	step.len = strlen(column->attribute);
	if (ddb_value_follow(item, &step, 1, out))
		(void) ddb_value_follow(out, column->steps, nsteps, out);
}

/* The part that a column shows. */
void
ddb_row_follow_column(const DdbColumn *column, const DdbValue *item,
					  DdbValue *out)
{
	ddb_row_follow_steps(column, column->nsteps, item, out);
}

static Datum
read_column(const DdbTableMap *map, const DdbColumn *column,
			const DdbValue *item, bool *isnull)
{
	DdbValue	value;

	if (column->whole_item)
		return ddb_datum_decode_rest(map, column, item->text, item->len,
									 isnull);
	ddb_row_follow_column(column, item, &value);
	return ddb_datum_decode(map, column, &value, isnull);
}

/*
 * Reads these columns (an integer list) of an item (a map), palloc'd in the
 * current context; others are NULL.  Raises what reading raises.
 */
void
ddb_row_read_columns(const DdbTableMap *map, const List *attnums,
					 const DdbValue *item, Datum *values, bool *isnull)
{
	ListCell   *lc;

	for (int i = 0; i < map->natts; i++)
	{
		values[i] = (Datum) 0;
		isnull[i] = true;
	}
	foreach(lc, attnums)
	{
		int			i = lfirst_int(lc) - 1;

		values[i] = read_column(map, map->columns[i], item, &isnull[i]);
	}
}

/* The same for every column there is. */
void
ddb_row_from_item(const DdbTableMap *map, const DdbValue *item,
				  Datum *values, bool *isnull)
{
	for (int i = 0; i < map->natts; i++)
	{
		values[i] = (Datum) 0;
		isnull[i] = true;
		if (map->columns[i] != NULL)
			values[i] = read_column(map, map->columns[i], item, &isnull[i]);
	}
}

/* A key's value as people read it. */
static void
append_value_words(StringInfo buf, const DdbValue *value)
{
	char	   *text = palloc(value->len + 1);
	size_t		len = 0;

	if (value->type == DDB_TYPE_B)
	{
		(void) ddb_value_decode_binary(value->text, value->len, text, &len);
		appendStringInfoString(buf, "\\x");
		for (size_t i = 0; i < len; i++)
			appendStringInfo(buf, "%02x", (unsigned char) text[i]);
		return;
	}
	if (ddb_value_unescape(value->text, value->len, text, &len) !=
		DDB_STRING_OK)
		len = 0;
	text[len] = '\0';
	appendStringInfoString(buf, pg_any_to_server(text, len, PG_UTF8));
}

/* "(pk, sk)=(USER#1, 5)", as core words keys in the details of errors. */
char *
ddb_row_key_words(const DdbTableMap *map, const DdbItemKey *key)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < key->n; i++)
	{
		const DdbColumn *column =
			ddb_column_lookup_attribute(map, key->attributes[i]->name);

		appendStringInfo(&buf, "%s%s", i == 0 ? "(" : ", ",
						 column != NULL ? column->name :
						 ddb_template_quote(key->attributes[i]->name));
	}
	appendStringInfoString(&buf, ")=(");
	for (int i = 0; i < key->n; i++)
	{
		if (i > 0)
			appendStringInfoString(&buf, ", ");
		append_value_words(&buf, &key->values[i]);
	}
	appendStringInfoChar(&buf, ')');
	return buf.data;
}
