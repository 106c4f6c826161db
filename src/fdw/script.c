/*-------------------------------------------------------------------------
 *
 * script.c
 *	  dynamodb_import_script(): what IMPORT FOREIGN SCHEMA would create, to
 *	  be read and edited.
 *
 * The options are those of the statement, as members of a JSON object, with
 * limit_to and except beside them: lists of foreign tables' names.  They
 * become the statement's parse tree, so that nothing is decided here that
 * isn't decided there.
 *
 * A script is something to be run: names of DynamoDB's come into it as quoted
 * identifiers and literals, and in comments without line breaks.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fdw/function.h"
#include "fdw/import.h"
#include "foreign/foreign.h"
#include "nodes/makefuncs.h"
#include "nodes/value.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"

PG_FUNCTION_INFO_V1(dynamodb_import_script);

/* A scalar in the words that OPTIONS would have for it; NULL if it is none. */
static char *
get_word(const JsonbValue *value)
{
	switch (value->type)
	{
		case jbvString:
			return pnstrdup(value->val.string.val, value->val.string.len);
		case jbvNumeric:
			return DatumGetCString(DirectFunctionCall1(numeric_out,
													   NumericGetDatum(value->val.numeric)));
		case jbvBool:
			return value->val.boolean ? "true" : "false";
		default:
			return NULL;
	}
}

static void
report_no_names(const char *option)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("option \"%s\" is not a list of names", option),
			 errhint("It looks like {\"%s\": [\"my_table\"]}, with the names that the foreign tables get.",
					 option)));
}

/* limit_to or except: the names in a list. */
static List *
read_names(const char *option, JsonbValue *value)
{
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue	element;
	List	   *names = NIL;

	if (value->type != jbvBinary ||
		!JsonContainerIsArray(value->val.binary.data))
		report_no_names(option);
	it = JsonbIteratorInit(value->val.binary.data);
	while ((token = JsonbIteratorNext(&it, &element, true)) != WJB_DONE)
	{
		if (token != WJB_ELEM)
			continue;
		if (element.type != jbvString)
			report_no_names(option);
		names = lappend(names, makeRangeVar(NULL, get_word(&element), -1));
	}
	return names;
}

static void
set_option(ImportForeignSchemaStmt *stmt, char *name, JsonbValue *value)
{
	char	   *word;

	if (strcmp(name, "limit_to") == 0 || strcmp(name, "except") == 0)
	{
		if (stmt->list_type != FDW_IMPORT_SCHEMA_ALL)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("options \"limit_to\" and \"except\" exclude each other")));
		stmt->list_type = name[0] == 'l' ? FDW_IMPORT_SCHEMA_LIMIT_TO :
			FDW_IMPORT_SCHEMA_EXCEPT;
		stmt->table_list = read_names(name, value);
		return;
	}
	word = get_word(value);
	if (word == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"%s\" is not a string, number or boolean",
						name)));
	stmt->options = lappend(stmt->options,
							makeDefElem(name, (Node *) makeString(word), -1));
}

static ImportForeignSchemaStmt *
build_statement(Jsonb *options)
{
	ImportForeignSchemaStmt *stmt = makeNode(ImportForeignSchemaStmt);
	JsonbIterator *it = JsonbIteratorInit(&options->root);
	JsonbIteratorToken token;
	JsonbValue	name;
	JsonbValue	value;

	if (!JB_ROOT_IS_OBJECT(options))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the options are not a JSON object"),
				 errhint("They look like {\"sample_items\": 1000, \"limit_to\": [\"my_table\"]}.")));
	stmt->remote_schema = "dynamodb";
	stmt->list_type = FDW_IMPORT_SCHEMA_ALL;
	while ((token = JsonbIteratorNext(&it, &name, true)) != WJB_DONE)
	{
		if (token != WJB_KEY)
			continue;
		(void) JsonbIteratorNext(&it, &value, true);
		set_option(stmt, get_word(&name), &value);
	}
	return stmt;
}

/* A comment's line, whatever stands in the text. */
static void
append_comment(StringInfo script, const char *text)
{
	appendStringInfoString(script, "-- ");
	for (const char *c = text; *c != '\0'; c++)
		appendStringInfoChar(script, (unsigned char) *c < ' ' ? ' ' : *c);
	appendStringInfoChar(script, '\n');
}

/* A DdbImportReceiver: appends the command with its remarks. */
static void
receive_command(const DdbImported *imported, void *arg)
{
	StringInfo	script = arg;
	ListCell   *lc;
	char	   *summary = psprintf("%s.", imported->summary);

	summary[0] = pg_toupper((unsigned char) summary[0]);
	if (script->len > 0)
		appendStringInfoChar(script, '\n');
	append_comment(script, summary);
	foreach(lc, imported->remarks)
		append_comment(script, lfirst(lc));
	appendStringInfo(script, "%s;\n", imported->command);
}

/*
 * dynamodb_import_script(server name, options jsonb) RETURNS text
 *
 * Sends what the statement would send, as the current user, who needs USAGE
 * on the server.
 */
Datum
dynamodb_import_script(PG_FUNCTION_ARGS)
{
	ForeignServer *server =
		ddb_function_get_server(NameStr(*PG_GETARG_NAME(0)));
	ImportForeignSchemaStmt *stmt = build_statement(PG_GETARG_JSONB_P(1));
	StringInfoData script;

	initStringInfo(&script);
	ddb_import_tables(stmt, server->serverid, true, receive_command, &script);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(script.data, script.len));
}
