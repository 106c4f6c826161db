/*-------------------------------------------------------------------------
 *
 * definition.c
 *	  CREATE FOREIGN TABLE for a DynamoDB table that was surveyed.
 *
 * Of a table "MyTable" with the keys PK and SK and an index GSI1 it makes
 *
 *	CREATE FOREIGN TABLE my_table (
 *	  pk text OPTIONS (attribute_name 'PK') COLLATE "C" NOT NULL,
 *	  sk text OPTIONS (attribute_name 'SK') COLLATE "C" NOT NULL,
 *	  gsi1pk text OPTIONS (attribute_name 'GSI1PK') COLLATE "C",
 *	  created_at timestamptz(3)
 *	    OPTIONS (attribute_name 'createdAt', format 'iso8601_ms'),
 *	  total numeric,
 *	  rest jsonb OPTIONS (attribute_name '*')
 *	) SERVER s OPTIONS (table_name 'MyTable', partition_key 'PK',
 *	  sort_key 'SK', indexes '{...}')
 *
 * Keys come first, in the type and order that DynamoDB keeps them in; then
 * what the sample's items have, by name.  Only the primary key is NOT NULL:
 * an item without an index's attributes isn't in the index, but in the table.
 *
 * Keys and indexes are written into the options, so that planning needs no
 * request.  Hence an index that is still being built is left out: declared,
 * it would be taken to be complete.
 *
 * The same survey gives the same text, in whatever order the service lists
 * attributes and indexes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fdw/definition.h"
#include "lib/stringinfo.h"
#include "mapping/text.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/json.h"

/* The column for what no other column shows. */
#define REST_COLUMN		"rest"
#define REST_OF_ITEM	"*"

/*
 * A table with more attributes than this uses them as data: the rarer ones
 * stay in the rest column.
 */
#define MAX_SAMPLED_COLUMNS 200

typedef struct DefinedColumn
{
	const char *type;			/* in SQL */
	const char *format;			/* or NULL */
	bool		is_text_key;	/* in the order of its bytes */
	bool		not_null;
	char	   *comment;		/* or NULL */
} DefinedColumn;

/* A foreign table to be; names and columns go together. */
typedef struct Definition
{
	const DdbName *table;
	const DdbSurvey *survey;
	const DdbDefinitionStyle *style;
	int			n;
	int			nkeys;			/* the first ones */
	DdbName    *names;
	DefinedColumn *columns;
	DdbKeyAttribute *keys;		/* of the first ones */
	int			nleft_out;		/* attributes without a column */
	List	   *remarks;		/* sentences */
} Definition;

/*-------------------------------------------------------------------------
 * Columns
 *-------------------------------------------------------------------------
 */

/* Leaves out indexes that aren't complete yet. */
static void
drop_inactive_indexes(Definition *definition, DdbSchema *schema)
{
	int			n = 0;

	for (int i = 0; i < schema->nindexes; i++)
	{
		DdbIndex   *index = &schema->indexes[i];

		if (index->active)
			schema->indexes[n++] = *index;
		else
			definition->remarks =
				lappend(definition->remarks,
						psprintf("Index \"%s\" is left out, as it is not active yet.",
								 index->name));
	}
	schema->nindexes = n;
}

static int
find_column(const Definition *definition, const char *attribute)
{
	for (int i = 0; i < definition->n; i++)
	{
		if (strcmp(definition->names[i].remote, attribute) == 0)
			return i;
	}
	return -1;
}

/* Adds the attributes of one part of a key that aren't there yet. */
static void
add_key_columns(Definition *definition, const DdbKeyAttribute *attributes,
				int n, bool not_null)
{
	for (int i = 0; i < n; i++)
	{
		const DdbKeyAttribute *key = &attributes[i];
		DefinedColumn *column = &definition->columns[definition->n];
		DdbName    *name = &definition->names[definition->n];

		if (find_column(definition, key->name) >= 0)
			continue;
		name->remote = key->name;
		name->shown = pg_any_to_server(key->name, strlen(key->name), PG_UTF8);
		column->type = key->type == DDB_TYPE_S ? "text" :
			key->type == DDB_TYPE_N ? "numeric" : "bytea";
		column->is_text_key = key->type == DDB_TYPE_S;
		column->not_null = not_null;
		column->comment = psprintf("key, %s", ddb_value_type_name(key->type));
		definition->keys[definition->n++] = *key;
	}
}

static void
add_all_keys(Definition *definition, const DdbSchema *schema)
{
	add_key_columns(definition, schema->primary.partition,
					schema->primary.npartition, true);
	add_key_columns(definition, schema->primary.sort, schema->primary.nsort,
					true);
	for (int i = 0; i < schema->nindexes; i++)
	{
		const DdbIndex *index = &schema->indexes[i];

		add_key_columns(definition, index->partition, index->npartition,
						false);
		add_key_columns(definition, index->sort, index->nsort, false);
	}
	definition->nkeys = definition->n;
}

/* Says what somebody might see otherwise. */
static void
remark_on_column(Definition *definition, const DdbSurveyed *attribute,
				 const char *shown, const DdbInferredColumn *column)
{
	int			ntypes;
	char	   *words = ddb_infer_words(attribute->inference, &ntypes);
	char	   *remark = NULL;

	if (ntypes > 1)
		remark = psprintf("Attribute \"%s\" is %s; its column is %s.",
						  shown, words, column->type);
	else if (column->format != NULL && strncmp(column->format, "epoch", 5) == 0)
		remark = psprintf("Numbers in attribute \"%s\" are taken for times, in %s since 1970.",
						  shown, strcmp(column->format, "epoch") == 0 ?
						  "seconds" : "milliseconds");
	if (remark != NULL)
		definition->remarks = lappend(definition->remarks, remark);
}

/*
 * An index leaves out items in which its key has another type, as it may have
 * in those that are older than the index; the table has them.
 */
static void
remark_on_key(Definition *definition, const DdbSurveyed *attribute, int at)
{
	DdbType		type = definition->keys[at].type;
	int			ntypes;

	if (ddb_infer_is_all(attribute->inference, type))
		return;
	definition->remarks =
		lappend(definition->remarks,
				psprintf("Attribute \"%s\" is %s; its column is %s, as to an index it is %s, and reading anything else is an error.",
						 definition->names[at].shown,
						 ddb_infer_words(attribute->inference, &ntypes),
						 definition->columns[at].type,
						 ddb_value_type_name(type)));
}

/* Adds the column for an attribute, or counts it among those left out. */
static void
add_sampled_column(Definition *definition, const DdbSurveyed *attribute)
{
	const char *ttl_attribute = definition->survey->ttl_attribute;
	DefinedColumn *column = &definition->columns[definition->n];
	DdbName    *name = &definition->names[definition->n];
	DdbInferredColumn inferred;
	char	   *shown = pstrdup(attribute->name);
	Size		len = strlen(shown);
	int			ntypes;

	if (ddb_text_from_utf8(&shown, 0, &len) != DDB_FIT_OK ||
		!ddb_infer_decide(attribute->inference, ddb_naming_fold(shown, true),
						  ttl_attribute != NULL &&
						  strcmp(ttl_attribute, attribute->name) == 0,
						  &inferred))
	{
		definition->nleft_out++;
		return;
	}
	name->remote = attribute->name;
	name->shown = shown;
	column->type = inferred.type;
	column->format = inferred.format;
	column->comment = ddb_infer_words(attribute->inference, &ntypes);
	definition->n++;
	remark_on_column(definition, attribute, shown, &inferred);
}

/* The most frequent first, those of equal frequency by name. */
static int
compare_frequency(const void *a, const void *b)
{
	const DdbSurveyed *left = *(DdbSurveyed *const *) a;
	const DdbSurveyed *right = *(DdbSurveyed *const *) b;
	int64		left_count = ddb_infer_get_count(left->inference);
	int64		right_count = ddb_infer_get_count(right->inference);

	if (left_count != right_count)
		return left_count > right_count ? -1 : 1;
	return strcmp(left->name, right->name);
}

/* Columns for what the sample's items have beside the keys. */
static void
add_sampled_columns(Definition *definition)
{
	const DdbSurvey *survey = definition->survey;
	DdbSurveyed **attributes = palloc(sizeof(DdbSurveyed *) *
									  (survey->nattributes + 1));
	int			n = 0;

	for (int i = 0; i < survey->nattributes; i++)
	{
		int			at = find_column(definition,
									 survey->attributes[i]->name);

		if (at < 0)
			attributes[n++] = survey->attributes[i];
		else
			remark_on_key(definition, survey->attributes[i], at);
	}
	if (n > MAX_SAMPLED_COLUMNS)
	{
		qsort(attributes, n, sizeof(DdbSurveyed *), compare_frequency);
		definition->nleft_out = n - MAX_SAMPLED_COLUMNS;
		n = MAX_SAMPLED_COLUMNS;
		qsort(attributes, n, sizeof(DdbSurveyed *),
			  ddb_survey_compare_names);
	}
	for (int i = 0; i < n; i++)
		add_sampled_column(definition, attributes[i]);
}

static void
collect_columns(Definition *definition, DdbSurvey *survey)
{
	int			nkeys;
	int			room;

	drop_inactive_indexes(definition, survey->schema);
	nkeys = (survey->schema->nindexes + 1) * 2 * DDB_MAX_KEY_PART;
	room = nkeys + Min(survey->nattributes, MAX_SAMPLED_COLUMNS) + 1;
	definition->names = palloc0(sizeof(DdbName) * room);
	definition->columns = palloc0(sizeof(DefinedColumn) * room);
	definition->keys = palloc0(sizeof(DdbKeyAttribute) * nkeys);
	add_all_keys(definition, survey->schema);
	add_sampled_columns(definition);
	ddb_naming_assign(definition->names, definition->n,
					  definition->style->snake_case, DDB_NAME_COLUMN);
}

/*-------------------------------------------------------------------------
 * Columns as text
 *-------------------------------------------------------------------------
 */

/* "OPTIONS (a 'x', b 'y')", as far as begun. */
static void
append_option(StringInfo buf, bool *any, const char *name, const char *value)
{
	appendStringInfo(buf, "%s%s %s", *any ? ", " : " OPTIONS (", name,
					 quote_literal_cstr(value));
	*any = true;
}

static void
append_column(StringInfo buf, const DdbName *name,
			  const DefinedColumn *column)
{
	bool		options = false;

	appendStringInfo(buf, "  %s %s", quote_identifier(name->local),
					 column->type);

	/*
	 * The name is written down even where it is the column's, which may be
	 * renamed.  An attribute called "*" can only be meant by a path.
	 */
	if (strcmp(name->shown, REST_OF_ITEM) == 0)
		append_option(buf, &options, "attribute_path",
					  "\"" REST_OF_ITEM "\"");
	else
		append_option(buf, &options, "attribute_name", name->shown);
	if (column->format != NULL)
		append_option(buf, &options, "format", column->format);
	appendStringInfoChar(buf, ')');
	if (column->is_text_key)
		appendStringInfoString(buf, " COLLATE \"C\"");
	if (column->not_null)
		appendStringInfoString(buf, " NOT NULL");
}

/* Ends a column's line: a comma where another follows, and the comment. */
static void
end_column(StringInfo buf, const Definition *definition, bool last,
		   const char *comment)
{
	if (!last)
		appendStringInfoChar(buf, ',');
	if (definition->style->comments && comment != NULL)
		appendStringInfo(buf, "  -- %s", comment);
	appendStringInfoChar(buf, '\n');
}

static void
append_columns(StringInfo buf, Definition *definition)
{
	bool		rest = definition->style->rest;

	for (int i = 0; i < definition->n; i++)
	{
		append_column(buf, &definition->names[i], &definition->columns[i]);
		end_column(buf, definition, !rest && i == definition->n - 1,
				   definition->columns[i].comment);
	}
	if (rest)
	{
		char	   *name = ddb_naming_make_unique(definition->names,
												  definition->n, REST_COLUMN,
												  DDB_NAME_COLUMN);

		appendStringInfo(buf, "  %s jsonb OPTIONS (attribute_name %s)",
						 quote_identifier(name),
						 quote_literal_cstr(REST_OF_ITEM));
		end_column(buf, definition, true, "whatever else an item has");
	}
	if (definition->nleft_out > 0)
		definition->remarks =
			lappend(definition->remarks,
					psprintf(rest ?
							 "Attributes without a column of their own, shown in the rest of the item: %d." :
							 "Attributes that no column shows: %d.",
							 definition->nleft_out));
}

/*-------------------------------------------------------------------------
 * Option indexes: what DescribeTable says, less what changes
 *-------------------------------------------------------------------------
 */

static void
append_definitions(StringInfo buf, const Definition *definition)
{
	appendStringInfoString(buf, "\"AttributeDefinitions\":[");
	for (int i = 0; i < definition->nkeys; i++)
	{
		if (i > 0)
			appendStringInfoChar(buf, ',');
		appendStringInfoString(buf, "{\"AttributeName\":");
		escape_json(buf, definition->keys[i].name);
		appendStringInfo(buf, ",\"AttributeType\":\"%s\"}",
						 ddb_value_type_name(definition->keys[i].type));
	}
	appendStringInfoChar(buf, ']');
}

/* The partition part comes first, so only there is no comma due. */
static void
append_key_part(StringInfo buf, const DdbKeyAttribute *attributes, int n,
				bool partition)
{
	for (int i = 0; i < n; i++)
	{
		if (!partition || i > 0)
			appendStringInfoChar(buf, ',');
		appendStringInfoString(buf, "{\"AttributeName\":");
		escape_json(buf, attributes[i].name);
		appendStringInfo(buf, ",\"KeyType\":\"%s\"}",
						 partition ? "HASH" : "RANGE");
	}
}

static void
append_projection(StringInfo buf, const DdbIndex *index)
{
	switch (index->projection)
	{
		case DDB_PROJECT_ALL:
			appendStringInfoString(buf, "{\"ProjectionType\":\"ALL\"}");
			break;
		case DDB_PROJECT_KEYS_ONLY:
			appendStringInfoString(buf, "{\"ProjectionType\":\"KEYS_ONLY\"}");
			break;
		case DDB_PROJECT_INCLUDE:
			appendStringInfoString(buf,
								   "{\"ProjectionType\":\"INCLUDE\",\"NonKeyAttributes\":[");
			qsort(index->included, index->nincluded, sizeof(char *),
				  pg_qsort_strcmp);
			for (int i = 0; i < index->nincluded; i++)
			{
				if (i > 0)
					appendStringInfoChar(buf, ',');
				escape_json(buf, index->included[i]);
			}
			appendStringInfoString(buf, "]}");
			break;
	}
}

/* The indexes of one kind, if there are any, behind a comma. */
static void
append_indexes(StringInfo buf, const DdbSchema *schema, bool global)
{
	bool		any = false;

	for (int i = 0; i < schema->nindexes; i++)
	{
		const DdbIndex *index = &schema->indexes[i];

		if (index->global != global)
			continue;
		appendStringInfoString(buf, any ? "," : global ?
							   ",\"GlobalSecondaryIndexes\":[" :
							   ",\"LocalSecondaryIndexes\":[");
		appendStringInfoString(buf, "{\"IndexName\":");
		escape_json(buf, index->name);
		appendStringInfoString(buf, ",\"KeySchema\":[");
		append_key_part(buf, index->partition, index->npartition, true);
		append_key_part(buf, index->sort, index->nsort, false);
		appendStringInfoString(buf, "],\"Projection\":");
		append_projection(buf, index);
		appendStringInfoChar(buf, '}');
		any = true;
	}
	if (any)
		appendStringInfoChar(buf, ']');
}

static char *
render_indexes(const Definition *definition)
{
	const DdbSchema *schema = definition->survey->schema;
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoChar(&buf, '{');
	append_definitions(&buf, definition);
	append_indexes(&buf, schema, true);
	append_indexes(&buf, schema, false);
	appendStringInfoChar(&buf, '}');
	return pg_any_to_server(buf.data, buf.len, PG_UTF8);
}

/*-------------------------------------------------------------------------
 * The whole
 *-------------------------------------------------------------------------
 */

/* A key attribute as options name it: every key has a column. */
static const char *
shown_name(const Definition *definition, const DdbKeyAttribute *key)
{
	return definition->names[find_column(definition, key->name)].shown;
}

static void
append_options(StringInfo buf, const Definition *definition)
{
	const DdbName *table = definition->table;
	const DdbSchema *schema = definition->survey->schema;
	bool		any = false;

	append_option(buf, &any, "table_name", table->shown);
	append_option(buf, &any, "partition_key",
				  shown_name(definition, &schema->primary.partition[0]));
	if (schema->primary.nsort > 0)
		append_option(buf, &any, "sort_key",
					  shown_name(definition, &schema->primary.sort[0]));
	if (definition->survey->ttl_attribute != NULL)
		append_option(buf, &any, "ttl_attribute",
					  pg_any_to_server(definition->survey->ttl_attribute,
									   strlen(definition->survey->ttl_attribute),
									   PG_UTF8));
	if (schema->nindexes > 0)
		append_option(buf, &any, "indexes", render_indexes(definition));
	appendStringInfoChar(buf, ')');
}

/*
 * Builds the command for a table, without a semicolon, palloc'd in the
 * current context as all else.  What the user should know of it is added to
 * *remarks, sentence by sentence (char *).  Raises where a key's name can't
 * be written in the database's encoding.
 */
char *
ddb_definition_build(const DdbName *table, DdbSurvey *survey,
					 const char *server_name,
					 const DdbDefinitionStyle *style, List **remarks)
{
	Definition	definition = {0};
	StringInfoData buf;

	definition.table = table;
	definition.survey = survey;
	definition.style = style;
	definition.remarks = *remarks;
	collect_columns(&definition, survey);

	initStringInfo(&buf);
	appendStringInfo(&buf, "CREATE FOREIGN TABLE %s (\n",
					 quote_identifier(table->local));
	append_columns(&buf, &definition);
	appendStringInfo(&buf, ") SERVER %s", quote_identifier(server_name));
	append_options(&buf, &definition);
	*remarks = definition.remarks;
	return buf.data;
}
