/*-------------------------------------------------------------------------
 *
 * import.c
 *	  IMPORT FOREIGN SCHEMA: foreign tables for the DynamoDB tables that
 *	  there are.
 *
 *	IMPORT FOREIGN SCHEMA dynamodb FROM SERVER s INTO public
 *
 * lists the tables, surveys each (survey.c) and writes down what it found as
 * a foreign table (definition.c).  dynamodb_import_script() does the same and
 * shows the commands instead.
 *
 * The same tables give the same text, whatever order the service lists them
 * in.  Names are made unique over all tables, LIMIT TO or not: a table keeps
 * its name however few are imported.
 *
 * Who may not list tables can still name them: then LIMIT TO has DynamoDB's
 * own names.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/json.h"
#include "base/option.h"
#include "catalog/namespace.h"
#include "catalog/pg_foreign_server.h"
#include "commands/defrem.h"
#include "fdw/definition.h"
#include "fdw/function.h"
#include "fdw/import.h"
#include "fdw/session.h"
#include "foreign/fdwapi.h"
#include "lib/qunique.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#define LIST_TABLES		"ListTables"

/* All that a server has to offer; DynamoDB knows no schemas. */
#define REMOTE_SCHEMA	"dynamodb"

/* Without OPTIONS (sample_items). */
#define DEFAULT_SAMPLE_ITEMS 1000

/* OPTIONS of the statement. */
typedef struct ImportOptions
{
	int			sample_items;
	DdbDefinitionStyle style;
	bool		listed;			/* there is a table for every name */
	bool		named;			/* in LIMIT TO */
} ImportOptions;

/*-------------------------------------------------------------------------
 * The statement
 *-------------------------------------------------------------------------
 */

static void
report_bad_option(const DefElem *def, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 errmsg("invalid value for option \"%s\": \"%s\"",
					def->defname, defGetString((DefElem *) def)),
			 errhint("%s", hint)));
}

static void
read_naming(DefElem *def, ImportOptions *options)
{
	char	   *word = defGetString(def);

	options->style.snake_case = pg_strcasecmp(word, "snake_case") == 0;
	if (!options->style.snake_case && pg_strcasecmp(word, "preserve") != 0)
		report_bad_option(def, "Valid values are \"snake_case\" and \"preserve\".");
}

static void
read_sample_items(DefElem *def, ImportOptions *options)
{
	if (!parse_int(defGetString(def), &options->sample_items, 0, NULL) ||
		options->sample_items < 0)
		report_bad_option(def, "The value is a number of items; 0 is for columns for the keys only.");
}

static void
read_options(List *defs, ImportOptions *options)
{
	ListCell   *lc;

	options->sample_items = DEFAULT_SAMPLE_ITEMS;
	options->style.snake_case = true;
	options->style.rest = true;
	foreach(lc, defs)
	{
		DefElem    *def = lfirst_node(DefElem, lc);

		if (strcmp(def->defname, "naming") == 0)
			read_naming(def, options);
		else if (strcmp(def->defname, "sample_items") == 0)
			read_sample_items(def, options);
		else if (strcmp(def->defname, "rest") == 0)
			options->style.rest = defGetBoolean(def);
		else if (strcmp(def->defname, "entity_attribute") == 0)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("option \"%s\" is not yet supported",
							def->defname)));
		else
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
					 errmsg("invalid option \"%s\"", def->defname),
					 errhint("Valid options in this context are: %s.",
							 "naming, rest, sample_items")));
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
 * What tables there are
 *-------------------------------------------------------------------------
 */

/* Sends a ListTables; false, and *err set, where there is no answer. */
static bool
ask_for_list(Oid serverid, const char *start, const DdbJson **answer,
			 DdbError *err)
{
	DdbClient  *client = ddb_session_get_client(serverid, GetUserId());
	DdbUsage	usage = {0};
	StringInfoData body;
	DdbCall    *call;
	const char *text;
	size_t		len;
	bool		answered;

	initStringInfo(&body);
	appendStringInfoChar(&body, '{');
	if (start != NULL)
	{
		appendStringInfoString(&body, "\"ExclusiveStartTableName\":");
		escape_json(&body, start);
	}
	appendStringInfoChar(&body, '}');
	call = ddb_client_start(client, CurrentMemoryContext, LIST_TABLES,
							body.data, body.len, true, &usage);
	ddb_client_wait(call);
	answered = ddb_client_get_answer(call, &text, &len, err);
	if (answered)
		*answer = ddb_json_parse(text, len);
	ddb_client_release(call);
	return answered;
}

/*
 * Adds a page of names; start is replaced by where the next begins.  False,
 * and *err set, where there is no answer.
 */
static bool
list_page(Oid serverid, List **tables, char **start, DdbError *err)
{
	const DdbJson *answer;
	const DdbJson *names;
	const char *next;

	if (!ask_for_list(serverid, *start, &answer, err))
		return false;
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
			*tables = lappend(*tables, pstrdup(name));
	}
	next = ddb_json_get_member_string(answer, "LastEvaluatedTableName");
	*start = next != NULL ? pstrdup(next) : NULL;
	ddb_json_release(answer);
	return true;
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(((const DdbName *) a)->remote,
				  ((const DdbName *) b)->remote);
}

/*
 * All tables of the server's account and region, in order; NULL, and *err set,
 * where they can't be listed.
 */
static DdbName *
list_tables(Oid serverid, int *n, DdbError *err)
{
	List	   *tables = NIL;
	DdbName    *names;
	char	   *start = NULL;
	ListCell   *lc;

	do
	{
		if (!list_page(serverid, &tables, &start, err))
			return NULL;
	} while (start != NULL);

	names = palloc0(sizeof(DdbName) * Max(list_length(tables), 1));
	*n = 0;
	foreach(lc, tables)
	{
		DdbName    *name = &names[(*n)++];

		name->remote = lfirst(lc);
		name->shown = pg_any_to_server(name->remote, strlen(name->remote),
									   PG_UTF8);
	}

	/* a table that came or went between two pages may be listed twice */
	qsort(names, *n, sizeof(DdbName), compare_names);
	*n = qunique(names, *n, sizeof(DdbName), compare_names);
	return names;
}

/* The names of LIMIT TO taken for DynamoDB's. */
static DdbName *
take_names(const ImportForeignSchemaStmt *stmt, int *n)
{
	DdbName    *names = palloc0(sizeof(DdbName) *
								Max(list_length(stmt->table_list), 1));
	ListCell   *lc;

	*n = 0;
	foreach(lc, stmt->table_list)
	{
		char	   *relname = lfirst_node(RangeVar, lc)->relname;
		DdbName    *name = &names[(*n)++];

		name->shown = name->folded = name->local = relname;
		name->remote = pg_server_to_any(relname, strlen(relname), PG_UTF8);
	}
	qsort(names, *n, sizeof(DdbName), compare_names);
	*n = qunique(names, *n, sizeof(DdbName), compare_names);
	return names;
}

/*
 * Names that the statement mentions and no table has: most likely DynamoDB's
 * spelling, where SQL's is wanted.
 */
static void
report_unknown_names(const ImportForeignSchemaStmt *stmt,
					 const DdbName *names, int n)
{
	ListCell   *lc;

	foreach(lc, stmt->table_list)
	{
		const char *wanted = lfirst_node(RangeVar, lc)->relname;
		const DdbName *meant = NULL;

		if (ddb_naming_is_taken(names, n, wanted))
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
 * The command
 *-------------------------------------------------------------------------
 */

/* What the columns were made from, as a sentence without a full stop. */
static char *
summarize(const DdbName *table, const DdbSurvey *survey)
{
	char	   *begin = psprintf("foreign table \"%s\"", table->local);
	char	   *items;

	if (survey->lack == DDB_SURVEY_DENIED)
		return psprintf("%s has columns for the keys only, as permission to Scan DynamoDB table \"%s\" is denied",
						begin, table->shown);
	if (survey->lack == DDB_SURVEY_UNWANTED)
		return psprintf("%s has columns for the keys of DynamoDB table \"%s\" only",
						begin, table->shown);
	if (survey->lack == DDB_SURVEY_INACTIVE)
		return psprintf("%s has columns for the keys only, as DynamoDB table \"%s\" is not active yet",
						begin, table->shown);
	if (survey->nitems == 0)
		return psprintf("%s has columns for the keys only, as %sDynamoDB table \"%s\" is empty",
						begin, survey->whole ? "" : "the sample of ",
						table->shown);
	if (!survey->whole)
		items = psprintf("a sample of " INT64_FORMAT " %s", survey->nitems,
						 survey->nitems == 1 ? "item" : "items");
	else if (survey->nitems == 1)
		items = "the only item";
	else
		items = psprintf("all " INT64_FORMAT " items", survey->nitems);
	return psprintf("%s is made from %s of DynamoDB table \"%s\"", begin, items,
					table->shown);
}

/* What else is to be known before the columns are looked at. */
static List *
remark_on_table(const DdbName *table, const DdbSurvey *survey)
{
	List	   *remarks = NIL;

	if (strcmp(table->local, table->folded) != 0)
		remarks = lappend(remarks,
						  psprintf("It is named so because another one is \"%s\".",
								   table->folded));
	if (survey->ttl_unknown)
		remarks = lappend(remarks,
						  "Whether items expire is not known, as DescribeTimeToLive was refused.");
	if (survey->ttl_attribute != NULL)
		remarks = lappend(remarks,
						  psprintf("Items whose time in attribute \"%s\" (time to live) has passed are no rows.",
								   pg_any_to_server(survey->ttl_attribute,
													strlen(survey->ttl_attribute),
													PG_UTF8)));
	return remarks;
}

/*
 * Warns of a table that can't be described, or raises: a table that was asked
 * for by its name isn't passed over because of a permission that lacks.
 */
static void
leave_out(const DdbName *table, const ImportOptions *options,
		  const DdbError *err)
{
	if (strcmp(err->name, "ResourceNotFoundException") == 0 &&
		!options->listed)
		ereport(WARNING,
				(errcode(ERRCODE_FDW_TABLE_NOT_FOUND),
				 errmsg("there is no DynamoDB table \"%s\"", table->shown),
				 errdetail("As permission to list tables is denied, LIMIT TO has to name DynamoDB's."),
				 errhint("Letter case counts: write \"MyTable\" in double quotes.")));
	else if (strcmp(err->name, "ResourceNotFoundException") == 0)
		ereport(WARNING,
				(errcode(ERRCODE_FDW_TABLE_NOT_FOUND),
				 errmsg("DynamoDB table \"%s\" is left out, as it was deleted meanwhile",
						table->shown)));
	else if (err->sqlerrcode == ERRCODE_INSUFFICIENT_PRIVILEGE &&
			 !options->named)
		ereport(WARNING,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("DynamoDB table \"%s\" is left out, as permission to describe it is denied",
						table->shown),
				 errhint("Allow dynamodb:DescribeTable and import again, or leave it out with EXCEPT (%s).",
						 quote_identifier(table->local))));
	else
		ddb_error_report(err, "DescribeTable", table->remote);
}

/* Error context callback: whose names can't be written in this database. */
static void
add_context(void *arg)
{
	errcontext("foreign table for DynamoDB table \"%s\"",
			   ((const DdbName *) arg)->shown);
}

/* Surveys a table and hands its definition on. */
static void
import_table(Oid serverid, const DdbName *table, const ImportOptions *options,
			 DdbImportReceiver receiver, void *arg)
{
	ForeignServer *server = GetForeignServer(serverid);
	DdbServerOptions server_options;
	ErrorContextCallback context = {
		.callback = add_context,
		.arg = unconstify(DdbName *, table)
	};
	DdbImported imported;
	DdbSurvey  *survey;
	DdbError	err;

	ddb_option_get_server(server, &server_options);
	survey = ddb_survey_table(ddb_session_get_client(serverid, GetUserId()),
							  table->remote, options->sample_items,
							  &server_options, &err);
	if (survey == NULL)
	{
		leave_out(table, options, &err);
		return;
	}
	imported.denied = survey->lack == DDB_SURVEY_DENIED;
	imported.unwanted = survey->lack == DDB_SURVEY_UNWANTED;
	imported.summary = summarize(table, survey);
	imported.remarks = remark_on_table(table, survey);
	context.previous = error_context_stack;
	error_context_stack = &context;
	imported.command = ddb_definition_build(table, survey, server->servername,
											&options->style,
											&imported.remarks);
	error_context_stack = context.previous;
	receiver(&imported, arg);
}

/*
 * The tables that there are, each with its SQL name.  options->listed becomes
 * false where they aren't known but from the statement.
 */
static DdbName *
find_tables(const ImportForeignSchemaStmt *stmt, Oid serverid,
			ImportOptions *options, int *n)
{
	DdbError	err;
	DdbName    *tables = list_tables(serverid, n, &err);

	options->listed = tables != NULL;
	if (tables != NULL)
	{
		ddb_naming_assign(tables, *n, options->style.snake_case,
						  DDB_NAME_TABLE);
		report_unknown_names(stmt, tables, *n);
		return tables;
	}
	if (err.sqlerrcode != ERRCODE_INSUFFICIENT_PRIVILEGE)
		ddb_error_report(&err, LIST_TABLES, NULL);
	if (stmt->list_type != FDW_IMPORT_SCHEMA_LIMIT_TO)
	{
		err.hint = "Allow dynamodb:ListTables, or name the tables to import as DynamoDB does: LIMIT TO (\"MyTable\").";
		ddb_error_report(&err, LIST_TABLES, NULL);
	}
	return take_names(stmt, n);
}

/*
 * Raises where a name is taken, before a read unit is spent.  Not for the
 * script, which doesn't say where its tables will be.
 */
static void
check_clashes(ImportForeignSchemaStmt *stmt, const DdbName *tables, int n)
{
	Oid			schema = stmt->local_schema == NULL ? InvalidOid :
		get_namespace_oid(stmt->local_schema, true);
	StringInfoData taken;
	const DdbName *first = NULL;

	initStringInfo(&taken);
	for (int i = 0; OidIsValid(schema) && i < n; i++)
	{
		const DdbName *table = &tables[i];

		if (!IsImportableForeignTable(table->local, stmt) ||
			!OidIsValid(get_relname_relid(table->local, schema)))
			continue;
		if (first == NULL)
			first = table;
		appendStringInfo(&taken, "%s%s", taken.len > 0 ? ", " : "",
						 quote_identifier(table->local));
	}
	if (first == NULL)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DUPLICATE_TABLE),
			 errmsg("relation \"%s\" already exists in schema \"%s\"",
					first->local, stmt->local_schema),
			 errdetail("It has the name of the foreign table for DynamoDB table \"%s\".",
					   first->shown),
			 stmt->list_type == FDW_IMPORT_SCHEMA_LIMIT_TO ?
			 errhint("Import into another schema, or drop or rename what is there: %s.",
					 taken.data) :
			 errhint("Import into another schema, or all but what is there: EXCEPT (%s).",
					 taken.data)));
}

/*
 * Builds definitions for the tables that the statement asks for, and hands
 * them to receiver one by one, in the order of their DynamoDB names; what it
 * gets is gone afterwards.  comments: the commands carry some.
 *
 * Sends ListTables, a request for each hundred tables, and for each table
 * that is wanted what ddb_survey_table() sends, as the current user.
 */
void
ddb_import_tables(ImportForeignSchemaStmt *stmt, Oid serverid,
				  bool comments, DdbImportReceiver receiver, void *arg)
{
	ImportOptions options;
	DdbName    *tables;
	int			n;
	MemoryContext context;

	check_remote_schema(stmt->remote_schema);
	read_options(stmt->options, &options);
	options.style.comments = comments;
	options.named = stmt->list_type == FDW_IMPORT_SCHEMA_LIMIT_TO;

	tables = find_tables(stmt, serverid, &options, &n);
	check_clashes(stmt, tables, n);
	context = AllocSetContextCreate(CurrentMemoryContext,
									"dynamodb_fdw import",
									ALLOCSET_DEFAULT_SIZES);
	for (int i = 0; i < n; i++)
	{
		MemoryContext oldcontext;

		if (!IsImportableForeignTable(tables[i].local, stmt))
			continue;
		oldcontext = MemoryContextSwitchTo(context);
		import_table(serverid, &tables[i], &options, receiver, arg);
		MemoryContextSwitchTo(oldcontext);
		MemoryContextReset(context);
	}
	MemoryContextDelete(context);
}

/* The commands of the statement, in the context that was current then. */
typedef struct CommandList
{
	MemoryContext context;
	List	   *commands;
} CommandList;

static char *
join_remarks(List *remarks)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, remarks)
		appendStringInfo(&buf, "%s%s", buf.len > 0 ? "\n" : "",
						 (char *) lfirst(lc));
	return buf.data;
}

/* A DdbImportReceiver: keeps the command, and says what it was made from. */
static void
receive_command(const DdbImported *imported, void *arg)
{
	CommandList *list = arg;
	MemoryContext oldcontext;

	if (!imported->unwanted || imported->remarks != NIL)
		ereport(imported->denied ? WARNING : NOTICE,
				(errmsg("%s", imported->summary),
				 imported->remarks != NIL ?
				 errdetail("%s", join_remarks(imported->remarks)) : 0,
				 imported->denied ?
				 errhint("Allow dynamodb:Scan and import again, or set option sample_items to 0.") : 0));
	oldcontext = MemoryContextSwitchTo(list->context);
	list->commands = lappend(list->commands, pstrdup(imported->command));
	MemoryContextSwitchTo(oldcontext);
}

/*
 * ImportForeignSchema: commands for the tables that the statement asks for.
 *
 * Core has checked USAGE on the server, adds the local schema, and filters
 * again by itself.
 */
List *
dynamodbImportForeignSchema(ImportForeignSchemaStmt *stmt, Oid serverOid)
{
	CommandList list = {CurrentMemoryContext, NIL};

	ddb_import_tables(stmt, serverOid, false, receive_command, &list);
	return list.commands;
}
