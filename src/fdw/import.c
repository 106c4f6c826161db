/*-------------------------------------------------------------------------
 *
 * import.c
 *	  IMPORT FOREIGN SCHEMA: foreign tables for the DynamoDB tables that
 *	  there are.
 *
 *	IMPORT FOREIGN SCHEMA dynamodb FROM SERVER s INTO public
 *
 * finds a table "MyTable" with the keys PK and SK and an index GSI1, and
 * makes
 *
 *	CREATE FOREIGN TABLE my_table (
 *	  pk pg_catalog.text OPTIONS (attribute_name 'PK')
 *		COLLATE pg_catalog."C" NOT NULL,
 *	  sk pg_catalog.text OPTIONS (attribute_name 'SK')
 *		COLLATE pg_catalog."C" NOT NULL,
 *	  gsi1pk pg_catalog.text OPTIONS (attribute_name 'GSI1PK')
 *		COLLATE pg_catalog."C",
 *	  rest pg_catalog.jsonb OPTIONS (attribute_name '*')
 *	) SERVER s OPTIONS (table_name 'MyTable', partition_key 'PK',
 *	  sort_key 'SK', indexes '{...}')
 *
 * DescribeTable knows key attributes only, so these become columns, in the
 * type and order that DynamoDB keeps them in; whatever else an item has is in
 * the column "rest".  Only the primary key is NOT NULL: an item without an
 * index's attributes isn't in the index, but in the table.
 *
 * Keys and indexes are written into the options, so that planning needs no
 * request.  Hence an index that is still being built is left out: declared,
 * it would be taken to be complete.
 *
 * The same tables give the same text, whatever order the service lists them
 * and their indexes in.  Names are made unique over all tables, LIMIT TO or
 * not: a table keeps its name however few are imported.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/json.h"
#include "catalog/heap.h"
#include "commands/defrem.h"
#include "dynamodb/describe.h"
#include "fdw/import.h"
#include "fdw/session.h"
#include "foreign/fdwapi.h"
#include "lib/qunique.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/json.h"

/* All that a server has to offer; DynamoDB knows no schemas. */
#define REMOTE_SCHEMA	"dynamodb"

/* The column for what no other column shows. */
#define REST_COLUMN		"rest"
#define REST_OF_ITEM	"*"

/* OPTIONS of the statement. */
typedef struct ImportOptions
{
	bool		snake_case;		/* naming */
	bool		rest;
} ImportOptions;

/* A name of DynamoDB's, and the one it gets in SQL. */
typedef struct ImportName
{
	char	   *remote;			/* UTF-8 */
	char	   *shown;			/* the same in the database's encoding */
	char	   *folded;			/* what its SQL name would be by itself */
	char	   *local;			/* what it is; NULL until decided */
} ImportName;

/* A column of the new table: a key attribute. */
typedef struct ImportColumn
{
	DdbType		type;
	bool		not_null;
} ImportColumn;

/* The new table's columns; names and columns go together. */
typedef struct ImportColumns
{
	int			n;
	ImportName *names;
	ImportColumn *columns;
} ImportColumns;

/*-------------------------------------------------------------------------
 * The statement
 *-------------------------------------------------------------------------
 */

static void
read_naming(DefElem *def, ImportOptions *options)
{
	char	   *word = defGetString(def);

	if (strcmp(word, "snake_case") != 0 && strcmp(word, "preserve") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("invalid value for option \"%s\": \"%s\"",
						def->defname, word),
				 errhint("Valid values are \"snake_case\" and \"preserve\".")));
	options->snake_case = strcmp(word, "snake_case") == 0;
}

static void
read_options(List *defs, ImportOptions *options)
{
	ListCell   *lc;

	options->snake_case = true;
	options->rest = true;
	foreach(lc, defs)
	{
		DefElem    *def = lfirst_node(DefElem, lc);

		if (strcmp(def->defname, "naming") == 0)
			read_naming(def, options);
		else if (strcmp(def->defname, "rest") == 0)
			options->rest = defGetBoolean(def);
		else if (strcmp(def->defname, "sample_items") == 0 ||
				 strcmp(def->defname, "entity_attribute") == 0)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("option \"%s\" is not yet supported",
							def->defname)));
		else
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
					 errmsg("invalid option \"%s\"", def->defname),
					 errhint("Valid options in this context are: %s.",
							 "naming, rest")));
	}
}

static void
check_remote_schema(const char *remote_schema)
{
	if (strcmp(remote_schema, REMOTE_SCHEMA) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_SCHEMA_NOT_FOUND),
				 errmsg("schema \"%s\" does not exist in DynamoDB",
						remote_schema),
				 errdetail("DynamoDB has no schemas; its tables are imported as schema \"%s\".",
						   REMOTE_SCHEMA),
				 errhint("Use IMPORT FOREIGN SCHEMA %s, with LIMIT TO for single tables.",
						 REMOTE_SCHEMA)));
}

/*-------------------------------------------------------------------------
 * Names
 *-------------------------------------------------------------------------
 */

static inline bool
is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static inline bool
is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/*
 * Does a word begin at the upper-case letter c points to?  createdAt does,
 * HTTPStatus does at its S; GSI1PK is one word.
 */
static bool
begins_word(const char *name, const char *c)
{
	if (c == name)
		return false;
	return is_lower(c[-1]) ||
		((is_upper(c[-1]) || is_digit(c[-1])) && is_lower(c[1]));
}

/*
 * The SQL name that a name of DynamoDB's would like to have, of legal length.
 * In snake_case, it seldom needs quotes.  Letters beyond ASCII stay: their
 * bytes all have the high bit set, in every encoding of a database.
 */
static char *
fold_name(const char *name, const ImportOptions *options)
{
	StringInfoData buf;
	int			len;

	initStringInfo(&buf);
	for (const char *c = name; *c != '\0'; c++)
	{
		if (!options->snake_case || is_lower(*c) || is_digit(*c) ||
			IS_HIGHBIT_SET(*c))
			appendStringInfoChar(&buf, *c);
		else if (is_upper(*c))
		{
			if (begins_word(name, c))
				appendStringInfoChar(&buf, '_');
			appendStringInfoChar(&buf, *c - 'A' + 'a');
		}
		else
			appendStringInfoChar(&buf, '_');
	}
	len = pg_mbcliplen(buf.data, buf.len, NAMEDATALEN - 1);
	buf.data[len] = '\0';
	return buf.data;
}

static bool
is_taken(const ImportName *names, int n, const char *local)
{
	for (int i = 0; i < n; i++)
	{
		if (names[i].local != NULL && strcmp(names[i].local, local) == 0)
			return true;
	}
	return false;
}

/* May a column have the name?  ctid and its like are every table's already. */
static bool
is_free(const ImportName *names, int n, const char *local, bool columns)
{
	if (columns && SystemAttributeByName(local) != NULL)
		return false;
	return !is_taken(names, n, local);
}

/* The name itself, or with the first suffix that makes it unique. */
static char *
make_unique(const ImportName *names, int n, const char *folded, bool columns)
{
	char	   *local = pstrdup(folded);

	for (int i = 1; !is_free(names, n, local, columns); i++)
	{
		char		suffix[16];
		int			room = NAMEDATALEN - 1 -
			snprintf(suffix, sizeof(suffix), "_%d", i);

		local = psprintf("%.*s%s",
						 pg_mbcliplen(folded, strlen(folded), room), folded,
						 suffix);
	}
	return local;
}

/*
 * Gives every name its SQL name.  Names that are what they would like to be
 * come first, so that "orders" is orders and "Orders" the one with a suffix.
 */
static void
assign_names(ImportName *names, int n, const ImportOptions *options,
			 bool columns)
{
	for (int i = 0; i < n; i++)
	{
		ImportName *name = &names[i];

		name->shown = pg_any_to_server(name->remote, strlen(name->remote),
									   PG_UTF8);
		name->folded = fold_name(name->shown, options);
		if (strcmp(name->folded, name->shown) == 0 &&
			is_free(names, i, name->folded, columns))
			name->local = name->folded;
	}
	for (int i = 0; i < n; i++)
	{
		if (names[i].local == NULL)
			names[i].local = make_unique(names, n, names[i].folded, columns);
	}
}

/*-------------------------------------------------------------------------
 * What tables there are
 *-------------------------------------------------------------------------
 */

/* A page of ListTables' answer; start is replaced by where the next begins. */
static List *
list_page(Oid serverid, List *tables, char **start)
{
	StringInfoData body;
	const DdbJson *answer;
	const DdbJson *names;
	const char *next;
	char	   *text;
	size_t		len;

	initStringInfo(&body);
	appendStringInfoChar(&body, '{');
	if (*start != NULL)
	{
		appendStringInfoString(&body, "\"ExclusiveStartTableName\":");
		escape_json(&body, *start);
	}
	appendStringInfoChar(&body, '}');
	text = ddb_client_call(ddb_session_get_client(serverid, GetUserId()),
						   "ListTables", body.data, body.len, true, NULL,
						   &len);
	answer = ddb_json_parse(text, len);
	names = ddb_json_get_member(answer, "TableNames");
	if (ddb_json_kind(names) != DDB_JSON_ARRAY)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_UNABLE_TO_CREATE_REPLY),
				 errmsg("could not list DynamoDB tables"),
				 errdetail("The answer has no TableNames.")));
	for (int i = 0; i < ddb_json_array_length(names); i++)
	{
		const char *name = ddb_json_get_string(ddb_json_get_element(names, i));

		if (name != NULL)
			tables = lappend(tables, pstrdup(name));
	}
	next = ddb_json_get_member_string(answer, "LastEvaluatedTableName");
	*start = next != NULL ? pstrdup(next) : NULL;
	ddb_json_release(answer);
	return tables;
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(((const ImportName *) a)->remote,
				  ((const ImportName *) b)->remote);
}

/* All tables of the server's account and region, in order. */
static ImportName *
list_tables(Oid serverid, int *n)
{
	List	   *tables = NIL;
	ImportName *names;
	char	   *start = NULL;
	ListCell   *lc;

	do
		tables = list_page(serverid, tables, &start);
	while (start != NULL);

	names = palloc0(sizeof(ImportName) * Max(list_length(tables), 1));
	*n = 0;
	foreach(lc, tables)
		names[(*n)++].remote = lfirst(lc);

	/* a table that came or went between two pages may be listed twice */
	qsort(names, *n, sizeof(ImportName), compare_names);
	*n = qunique(names, *n, sizeof(ImportName), compare_names);
	return names;
}

/*
 * Names that the statement mentions and no table has: most likely DynamoDB's
 * spelling, where SQL's is wanted.
 */
static void
report_unknown_names(const ImportForeignSchemaStmt *stmt,
					 const ImportName *names, int n)
{
	ListCell   *lc;

	foreach(lc, stmt->table_list)
	{
		const char *wanted = lfirst_node(RangeVar, lc)->relname;
		const ImportName *meant = NULL;

		if (is_taken(names, n, wanted))
			continue;
		for (int i = 0; i < n && meant == NULL; i++)
		{
			if (pg_strcasecmp(names[i].shown, wanted) == 0)
				meant = &names[i];
		}
		ereport(WARNING,
				(errcode(ERRCODE_FDW_TABLE_NOT_FOUND),
				 errmsg("there is no DynamoDB table for foreign table \"%s\"",
						wanted),
				 meant == NULL ? 0 :
				 errhint("LIMIT TO and EXCEPT name foreign tables; the one for DynamoDB table \"%s\" is %s.",
						 meant->shown, quote_identifier(meant->local))));
	}
}

/*-------------------------------------------------------------------------
 * One table
 *-------------------------------------------------------------------------
 */

static DdbSchema *
describe(Oid serverid, const ImportName *table)
{
	DdbError	err;
	DdbSchema  *schema =
		ddb_describe_table(ddb_session_get_client(serverid, GetUserId()),
						   table->remote, &err);

	if (schema == NULL)
		ddb_error_report(&err, "DescribeTable", table->shown);
	return schema;
}

/* Leaves out indexes that aren't complete yet. */
static void
drop_inactive_indexes(DdbSchema *schema, const ImportName *table)
{
	int			n = 0;

	for (int i = 0; i < schema->nindexes; i++)
	{
		DdbIndex   *index = &schema->indexes[i];

		if (index->active)
			schema->indexes[n++] = *index;
		else
			ereport(NOTICE,
					(errmsg("index \"%s\" of DynamoDB table \"%s\" is not active and left out of foreign table \"%s\"",
							index->name, table->shown, table->local)));
	}
	schema->nindexes = n;
}

/* Adds the attributes of one part of a key that aren't there yet. */
static void
add_columns(ImportColumns *columns, const DdbKeyAttribute *attributes, int n,
			bool not_null)
{
	for (int i = 0; i < n; i++)
	{
		int			c = 0;

		while (c < columns->n &&
			   strcmp(columns->names[c].remote, attributes[i].name) != 0)
			c++;
		if (c < columns->n)
			continue;
		columns->names[c].remote = attributes[i].name;
		columns->columns[c].type = attributes[i].type;
		columns->columns[c].not_null = not_null;
		columns->n++;
	}
}

/* Columns for the attributes of all keys, the table's own first. */
static void
collect_columns(ImportColumns *columns, const DdbSchema *schema)
{
	int			room = (schema->nindexes + 1) * 2 * DDB_MAX_KEY_PART;

	columns->n = 0;
	columns->names = palloc0(sizeof(ImportName) * room);
	columns->columns = palloc0(sizeof(ImportColumn) * room);
	add_columns(columns, schema->primary.partition,
				schema->primary.npartition, true);
	add_columns(columns, schema->primary.sort, schema->primary.nsort, true);
	for (int i = 0; i < schema->nindexes; i++)
	{
		const DdbIndex *index = &schema->indexes[i];

		add_columns(columns, index->partition, index->npartition, false);
		add_columns(columns, index->sort, index->nsort, false);
	}
}

static void
append_column(StringInfo buf, const ImportName *name,
			  const ImportColumn *column)
{
	appendStringInfo(buf, "  %s pg_catalog.%s",
					 quote_identifier(name->local),
					 column->type == DDB_TYPE_S ? "text" :
					 column->type == DDB_TYPE_N ? "numeric" : "bytea");

	/* an attribute called "*" can only be meant by a path */
	if (strcmp(name->shown, REST_OF_ITEM) == 0)
		appendStringInfo(buf, " OPTIONS (attribute_path %s)",
						 quote_literal_cstr("\"" REST_OF_ITEM "\""));
	else if (strcmp(name->shown, name->local) != 0)
		appendStringInfo(buf, " OPTIONS (attribute_name %s)",
						 quote_literal_cstr(name->shown));
	if (column->type == DDB_TYPE_S)
		appendStringInfoString(buf, " COLLATE pg_catalog.\"C\"");
	if (column->not_null)
		appendStringInfoString(buf, " NOT NULL");
}

static void
append_columns(StringInfo buf, const ImportColumns *columns,
			   const ImportOptions *options)
{
	for (int i = 0; i < columns->n; i++)
	{
		if (i > 0)
			appendStringInfoString(buf, ",\n");
		append_column(buf, &columns->names[i], &columns->columns[i]);
	}
	if (options->rest)
	{
		char	   *name = make_unique(columns->names, columns->n,
									   REST_COLUMN, true);

		appendStringInfo(buf, ",\n  %s pg_catalog.jsonb OPTIONS (attribute_name %s)",
						 quote_identifier(name),
						 quote_literal_cstr(REST_OF_ITEM));
	}
}

/*-------------------------------------------------------------------------
 * Option indexes: what DescribeTable says, less what changes
 *-------------------------------------------------------------------------
 */

static void
append_definitions(StringInfo buf, const ImportColumns *columns)
{
	appendStringInfoString(buf, "\"AttributeDefinitions\":[");
	for (int i = 0; i < columns->n; i++)
	{
		if (i > 0)
			appendStringInfoChar(buf, ',');
		appendStringInfoString(buf, "{\"AttributeName\":");
		escape_json(buf, columns->names[i].remote);
		appendStringInfo(buf, ",\"AttributeType\":\"%s\"}",
						 ddb_value_type_name(columns->columns[i].type));
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
render_indexes(const DdbSchema *schema, const ImportColumns *columns)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoChar(&buf, '{');
	append_definitions(&buf, columns);
	append_indexes(&buf, schema, true);
	append_indexes(&buf, schema, false);
	appendStringInfoChar(&buf, '}');
	return pg_any_to_server(buf.data, buf.len, PG_UTF8);
}

/*-------------------------------------------------------------------------
 * The command
 *-------------------------------------------------------------------------
 */

/* The name under which an attribute is shown, for options. */
static const char *
shown_name(const ImportColumns *columns, const DdbKeyAttribute *attribute)
{
	for (int i = 0; i < columns->n; i++)
	{
		if (strcmp(columns->names[i].remote, attribute->name) == 0)
			return columns->names[i].shown;
	}
	return attribute->name;
}

static void
append_options(StringInfo buf, const ImportName *table,
			   const DdbSchema *schema, const ImportColumns *columns)
{
	appendStringInfoString(buf, "OPTIONS (");
	if (strcmp(table->shown, table->local) != 0)
		appendStringInfo(buf, "table_name %s, ",
						 quote_literal_cstr(table->shown));
	appendStringInfo(buf, "partition_key %s",
					 quote_literal_cstr(shown_name(columns,
												   &schema->primary.partition[0])));
	if (schema->primary.nsort > 0)
		appendStringInfo(buf, ", sort_key %s",
						 quote_literal_cstr(shown_name(columns,
													   &schema->primary.sort[0])));
	if (schema->nindexes > 0)
		appendStringInfo(buf, ", indexes %s",
						 quote_literal_cstr(render_indexes(schema, columns)));
	appendStringInfoChar(buf, ')');
}

/* The CREATE FOREIGN TABLE command for one table, palloc'd. */
static char *
build_command(const ImportName *table, DdbSchema *schema,
			  const char *server_name, const ImportOptions *options)
{
	ImportColumns columns;
	StringInfoData buf;

	drop_inactive_indexes(schema, table);
	collect_columns(&columns, schema);
	assign_names(columns.names, columns.n, options, true);

	initStringInfo(&buf);
	appendStringInfo(&buf, "CREATE FOREIGN TABLE %s (\n",
					 quote_identifier(table->local));
	append_columns(&buf, &columns, options);
	appendStringInfo(&buf, "\n) SERVER %s\n", quote_identifier(server_name));
	append_options(&buf, table, schema, &columns);
	return buf.data;
}

/*
 * ImportForeignSchema: commands for the tables that the statement asks for.
 *
 * Sends ListTables, a request for each hundred tables, and DescribeTable for
 * each table that is wanted, as the current user.  Core has checked USAGE on
 * the server, adds the local schema, and filters again by itself.
 */
List *
dynamodbImportForeignSchema(ImportForeignSchemaStmt *stmt, Oid serverOid)
{
	char	   *server_name = GetForeignServer(serverOid)->servername;
	ImportOptions options;
	List	   *commands = NIL;
	ImportName *tables;
	int			n;

	check_remote_schema(stmt->remote_schema);
	read_options(stmt->options, &options);

	tables = list_tables(serverOid, &n);
	assign_names(tables, n, &options, false);
	report_unknown_names(stmt, tables, n);
	for (int i = 0; i < n; i++)
	{
		ImportName *table = &tables[i];

		if (!IsImportableForeignTable(table->local, stmt))
			continue;
		if (strcmp(table->local, table->folded) != 0)
			ereport(NOTICE,
					(errmsg("foreign table for DynamoDB table \"%s\" is named \"%s\", as another one is \"%s\"",
							table->shown, table->local, table->folded)));
		commands = lappend(commands,
						   build_command(table, describe(serverOid, table),
										 server_name, &options));
	}
	return commands;
}
