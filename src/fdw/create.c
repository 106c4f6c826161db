/*-------------------------------------------------------------------------
 *
 * create.c
 *	  dynamodb_create_table(): makes the DynamoDB table that a foreign table
 *	  describes.
 *
 *	CREATE FOREIGN TABLE t (id text COLLATE "C" NOT NULL, n int NOT NULL, ...)
 *	SELECT dynamodb_create_table('t', global_indexes => '[{"IndexName": "g",
 *	  "KeySchema": [{"AttributeName": "n", "KeyType": "HASH"}]}]');
 *
 * becomes
 *
 *	{"TableName": "t",
 *	 "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"},
 *				   {"AttributeName": "n", "KeyType": "RANGE"}],
 *	 "GlobalSecondaryIndexes": [{"Projection": {"ProjectionType": "ALL"},
 *	   "IndexName": "g", "KeySchema": [...]}],
 *	 "BillingMode": "PAY_PER_REQUEST",
 *	 "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"},
 *							  {"AttributeName": "n", "AttributeType": "N"}]}
 *
 * Of the arguments we read as much as the attributes' definitions need, and
 * add what has an obvious default; the rest is the service's to judge, so
 * that whatever it learns to take can be given.  The request is built in
 * UTF-8.
 *
 * CreateTable is sent once: a second one after an answer was lost would fail
 * with "already exists", and tell the user that somebody else's table is in
 * his way.  A rollback doesn't take the table back.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "base/compat.h"
#include "base/json.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_class.h"
#include "dynamodb/describe.h"
#include "fdw/function.h"
#include "fdw/relation.h"
#include "fdw/session.h"
#include "foreign/fdwapi.h"
#include "mapping/text.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "storage/latch.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/rel.h"
#include "utils/timestamp.h"
#include "utils/wait_event.h"

PG_FUNCTION_INFO_V1(dynamodb_create_table);

/* How long to wait between two looks at the new table, in milliseconds. */
#define FIRST_LOOK_MS	500
#define LAST_LOOK_MS	5000

/*
 * How long a new table may be unknown: DescribeTable is eventually
 * consistent.
 */
#define UNKNOWN_MS		30000

/* The request as it grows. */
typedef struct TableRequest
{
	const DdbTableMap *map;
	DdbKeyAttribute partition;
	DdbKeyAttribute sort;		/* name is NULL if there is none */
	StringInfoData definitions; /* elements of AttributeDefinitions */
	List	   *defined;		/* their names, char * */
	StringInfoData body;		/* without its closing brace */
} TableRequest;

/* UTF-8, for a message. */
static char *
show(const char *text)
{
	return pg_any_to_server(text, strlen(text), PG_UTF8);
}

/* Does the column show a top-level attribute as a whole? */
static bool
shows_attribute(const DdbColumn *column)
{
	return column != NULL && !column->whole_item && column->nsteps == 0;
}

/*
 * The type of a key attribute, which is that of the columns that show it.
 * Raises if there are none.
 */
static DdbType
get_key_type(const DdbTableMap *map, const char *attribute)
{
	const DdbColumn *unfit = NULL;

	for (int i = 0; i < map->natts; i++)
	{
		const DdbColumn *column = map->columns[i];

		if (!shows_attribute(column) ||
			strcmp(column->attribute, attribute) != 0)
			continue;
		if (ddb_schema_is_key_type(column->type))
			return column->type;
		unfit = column;
	}
	if (unfit != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_DATA_TYPE),
				 errmsg("column \"%s\" of foreign table \"%s\" cannot show key attribute \"%s\"",
						unfit->name, map->relname, show(attribute)),
				 errdetail("The column is of type %s; a key is a string, a number or binary.",
						   format_type_be(unfit->typid)),
				 errhint("Declare the column as text COLLATE \"C\", numeric or bytea.")));
	ereport(ERROR,
			(errcode(ERRCODE_FDW_COLUMN_NAME_NOT_FOUND),
			 errmsg("no column of foreign table \"%s\" shows key attribute \"%s\"",
					map->relname, show(attribute)),
			 errdetail("The columns say of which types key attributes are."),
			 errhint("Letter case counts in attributes' names.  Add a column, or the option attribute_name to the one that is meant.")));
	return DDB_TYPE_MISSING;	/* keep compiler quiet */
}

/* Adds an attribute to AttributeDefinitions, which takes each but once. */
static void
define_attribute(TableRequest *request, const char *name, DdbType type)
{
	ListCell   *lc;

	foreach(lc, request->defined)
	{
		if (strcmp(lfirst(lc), name) == 0)
			return;
	}
	if (request->defined != NIL)
		appendStringInfoChar(&request->definitions, ',');
	request->defined = lappend(request->defined, pstrdup(name));
	appendStringInfoString(&request->definitions, "{\"AttributeName\":");
	escape_json(&request->definitions, name);
	appendStringInfo(&request->definitions, ",\"AttributeType\":\"%s\"}",
					 ddb_value_type_name(type));
}

/* The column after attnum n, counted without dropped ones; NULL: no more. */
static const DdbColumn *
next_column(const DdbTableMap *map, int *n)
{
	while (*n < map->natts)
	{
		const DdbColumn *column = map->columns[(*n)++];

		if (column != NULL)
			return column;
	}
	return NULL;
}

/*
 * Without options, the first column is the partition key, and the second the
 * sort key if it looks like one: a key type, and NOT NULL as the first is.
 */
static void
choose_first_columns(TableRequest *request)
{
	const DdbTableMap *map = request->map;
	int			n = 0;
	const DdbColumn *first = next_column(map, &n);
	const DdbColumn *second = next_column(map, &n);

	if (!shows_attribute(first) || !ddb_schema_is_key_type(first->type))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_DATA_TYPE),
				 errmsg("foreign table \"%s\" does not say what its partition key is",
						map->relname),
				 errdetail("Without option partition_key it is the first column, which must show a string, a number or binary."),
				 errhint("Name the attribute in option partition_key, and the sort key, if any, in sort_key.")));
	request->partition.name = first->attribute;
	request->partition.type = first->type;
	if (first->not_null && shows_attribute(second) && second->not_null &&
		ddb_schema_is_key_type(second->type) &&
		strcmp(second->attribute, first->attribute) != 0)
	{
		request->sort.name = second->attribute;
		request->sort.type = second->type;
	}
}

/*
 * Decides on the primary key: as the options have it, else from the columns.
 */
static void
choose_keys(TableRequest *request, Oid serverid)
{
	const DdbTableMap *map = request->map;
	const DdbSchema *declared;

	if (map->options.partition_key == NULL)
	{
		if (map->options.sort_key != NULL)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_OPTION_NAME_NOT_FOUND),
					 errmsg("foreign table \"%s\" has option sort_key but not partition_key",
							map->relname)));
		choose_first_columns(request);
		return;
	}

	/* with partition_key there, this sends nothing */
	declared = ddb_relation_get_schema(map, serverid, GetUserId());
	request->partition = declared->primary.partition[0];
	request->partition.type = get_key_type(map, request->partition.name);
	if (declared->primary.nsort > 0)
	{
		request->sort = declared->primary.sort[0];
		request->sort.type = get_key_type(map, request->sort.name);
	}
}

static void
append_key_element(StringInfo buf, const DdbKeyAttribute *attribute,
				   const char *role)
{
	appendStringInfoString(buf, "{\"AttributeName\":");
	escape_json(buf, attribute->name);
	appendStringInfo(buf, ",\"KeyType\":\"%s\"}", role);
}

static void
append_keys(TableRequest *request)
{
	StringInfo	body = &request->body;

	appendStringInfoString(body, "{\"TableName\":");
	escape_json(body, ddb_text_to_utf8(request->map->options.table_name));
	appendStringInfoString(body, ",\"KeySchema\":[");
	append_key_element(body, &request->partition, "HASH");
	define_attribute(request, request->partition.name,
					 request->partition.type);
	if (request->sort.name != NULL)
	{
		appendStringInfoChar(body, ',');
		append_key_element(body, &request->sort, "RANGE");
		define_attribute(request, request->sort.name, request->sort.type);
	}
	appendStringInfoChar(body, ']');
}

/* An argument isn't what it should be. */
static void
complain(const char *argument, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid value for argument \"%s\"", argument),
			 errdetail("%s", what)));
}

/* The text of a jsonb container in UTF-8, palloc'd. */
static char *
render(JsonbContainer *container, int len)
{
	return ddb_text_to_utf8(JsonbToCString(NULL, container, len));
}

/* One index; its key attributes are defined, Projection defaults to ALL. */
static void
append_index(TableRequest *request, const char *argument, const char *text)
{
	const DdbJson *index = ddb_json_parse(text, strlen(text));
	const DdbJson *keys = ddb_json_get_member(index, "KeySchema");
	int			n = ddb_json_array_length(keys);

	if (n == 0 || ddb_json_get_member_string(index, "IndexName") == NULL)
		complain(argument,
				 "Each index must be an object with IndexName and KeySchema, as in CreateTable.");
	for (int i = 0; i < n; i++)
	{
		const char *name =
			ddb_json_get_member_string(ddb_json_get_element(keys, i),
									   "AttributeName");

		if (name == NULL)
			complain(argument,
					 "Each element of a KeySchema must have an AttributeName.");
		define_attribute(request, name, get_key_type(request->map, name));
	}
	if (ddb_json_get_member(index, "Projection") != NULL)
		appendStringInfoString(&request->body, text);
	else
	{
		appendStringInfoString(&request->body,
							   "{\"Projection\":{\"ProjectionType\":\"ALL\"},");
		appendStringInfoString(&request->body, text + 1);
	}
	ddb_json_release(index);
}

/* An array of indexes, if there are any: the service refuses empty ones. */
static void
append_indexes(TableRequest *request, const char *argument,
			   const char *member, JsonbContainer *indexes)
{
	if (indexes == NULL)
		return;
	if (!JsonContainerIsArray(indexes) || JsonContainerIsScalar(indexes))
		complain(argument, "It must be a JSON array of indexes.");
	for (uint32 i = 0; i < JsonContainerSize(indexes); i++)
	{
		JsonbValue *index = getIthJsonbValueFromContainer(indexes, i);

		if (i == 0)
			appendStringInfo(&request->body, ",\"%s\":[", member);
		else
			appendStringInfoChar(&request->body, ',');
		if (index->type != jbvBinary ||
			!JsonContainerIsObject(index->val.binary.data))
			complain(argument, "Each index must be a JSON object.");
		append_index(request, argument,
					 render(index->val.binary.data, index->val.binary.len));
	}
	if (JsonContainerSize(indexes) > 0)
		appendStringInfoChar(&request->body, ']');
}

/* What option indexes declares under that name; NULL if nothing. */
static JsonbContainer *
get_declared_indexes(const DdbTableMap *map, const char *member)
{
	JsonbValue	buf;
	JsonbValue *value = NULL;

	if (map->options.indexes != NULL)
	{
		Datum		document =
			DirectFunctionCall1(jsonb_in,
								CStringGetDatum(map->options.indexes));

		value = getKeyJsonValueFromContainer(&DatumGetJsonbP(document)->root,
											 member, strlen(member), &buf);
	}
	return value != NULL && value->type == jbvBinary ?
		value->val.binary.data : NULL;
}

static void
visit_billing(const char *name, const DdbJson *value, void *arg)
{
	if (strcmp(name, "BillingMode") != 0 &&
		strcmp(name, "ProvisionedThroughput") != 0 &&
		strcmp(name, "OnDemandThroughput") != 0)
		complain("billing",
				 "Its members are BillingMode, ProvisionedThroughput and OnDemandThroughput, as in CreateTable.");
}

/* Members of the request, by default the price that needs no planning. */
static void
append_billing(TableRequest *request, Jsonb *billing)
{
	const DdbJson *document;
	char	   *text;

	if (billing == NULL)
	{
		appendStringInfoString(&request->body,
							   ",\"BillingMode\":\"PAY_PER_REQUEST\"");
		return;
	}
	if (!JB_ROOT_IS_OBJECT(billing) || JB_ROOT_COUNT(billing) == 0)
		complain("billing",
				 "It must be a JSON object with BillingMode and perhaps throughputs, as in CreateTable.");
	text = render(&billing->root, VARSIZE(billing));
	document = ddb_json_parse(text, strlen(text));
	ddb_json_foreach_member(document, visit_billing, NULL);
	ddb_json_release(document);

	/* without the braces around them */
	text[strlen(text) - 1] = '\0';
	appendStringInfo(&request->body, ",%s", text + 1);
}

static void
visit_tag(const char *name, const DdbJson *value, void *arg)
{
	StringInfo	tags = arg;

	if (ddb_json_get_string(value) == NULL)
		complain("tags", "The value of a tag must be a string.");
	if (tags->len > 0)
		appendStringInfoChar(tags, ',');
	appendStringInfoString(tags, "{\"Key\":");
	escape_json(tags, name);
	appendStringInfoString(tags, ",\"Value\":");
	escape_json(tags, ddb_json_get_string(value));
	appendStringInfoChar(tags, '}');
}

static void
append_tags(TableRequest *request, Jsonb *tags)
{
	StringInfoData elements;
	const DdbJson *document;
	char	   *text;

	if (tags == NULL)
		return;
	if (!JB_ROOT_IS_OBJECT(tags))
		complain("tags",
				 "It must be a JSON object of strings, like {\"team\": \"shop\"}.");
	initStringInfo(&elements);
	text = render(&tags->root, VARSIZE(tags));
	document = ddb_json_parse(text, strlen(text));
	ddb_json_foreach_member(document, visit_tag, &elements);
	ddb_json_release(document);
	if (elements.len > 0)
		appendStringInfo(&request->body, ",\"Tags\":[%s]", elements.data);
}

static void
report_keys(const TableRequest *request)
{
	const char *table_name = request->map->options.table_name;
	char	   *partition = show(request->partition.name);

	if (request->sort.name == NULL)
		ereport(NOTICE,
				(errmsg("creating DynamoDB table \"%s\" with partition key \"%s\" (%s)",
						table_name, partition,
						ddb_value_type_name(request->partition.type))));
	else
		ereport(NOTICE,
				(errmsg("creating DynamoDB table \"%s\" with partition key \"%s\" (%s) and sort key \"%s\" (%s)",
						table_name, partition,
						ddb_value_type_name(request->partition.type),
						show(request->sort.name),
						ddb_value_type_name(request->sort.type))));
}

/* Sleeps for that many milliseconds, whatever wakes us meanwhile. */
static void
sleep_interruptibly(int ms)
{
	TimestampTz end = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), ms);

	for (;;)
	{
		long		left = TimestampDifferenceMilliseconds(GetCurrentTimestamp(),
														   end);

		if (left <= 0)
			return;
		(void) WaitLatch(MyLatch,
						 WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH,
						 left, PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
	}
}

/* Can the table be read, and each of its indexes? */
static bool
is_complete(const DdbSchema *schema)
{
	if (!schema->active)
		return false;
	for (int i = 0; i < schema->nindexes; i++)
	{
		if (!schema->indexes[i].active)
			return false;
	}
	return true;
}

/*
 * Returns once the table and its indexes are there.  There is no limit: an
 * index can be long in the making, and the user can cancel.
 */
static void
wait_until_complete(Oid serverid, const char *table_name)
{
	TimestampTz start = GetCurrentTimestamp();
	char	   *utf8_name = ddb_text_to_utf8(pstrdup(table_name));
	bool		seen = false;
	int			pause = FIRST_LOOK_MS;

	for (;;)
	{
		DdbError	err;
		DdbSchema  *schema =
			ddb_describe_table(ddb_session_get_client(serverid, GetUserId()),
							   utf8_name, &err);

		if (schema != NULL)
		{
			seen = true;
			if (is_complete(schema))
				return;
		}
		else if (seen || err.sqlerrcode != ERRCODE_FDW_TABLE_NOT_FOUND ||
				 TimestampDifferenceExceeds(start, GetCurrentTimestamp(),
											UNKNOWN_MS))
			ddb_error_report(&err, "DescribeTable", table_name);
		sleep_interruptibly(pause);
		pause = Min(pause * 3 / 2, LAST_LOOK_MS);
	}
}

/*
 * Opens the foreign table whose DynamoDB table is to be made, which must be
 * the user's own and ours.
 */
static Relation
open_foreign_table(Oid relid)
{
	Relation	rel = try_relation_open(relid, AccessShareLock);

	if (rel == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("foreign table with OID %u does not exist", relid)));
	if (!object_ownercheck(RelationRelationId, relid, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER,
					   get_relkind_objtype(rel->rd_rel->relkind),
					   RelationGetRelationName(rel));
	if (rel->rd_rel->relkind != RELKIND_FOREIGN_TABLE ||
		!ddb_function_is_own_server(GetForeignServerIdByRelId(relid)))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a foreign table of dynamodb_fdw",
						RelationGetRelationName(rel))));
	return rel;
}

static Jsonb *
get_jsonb_arg(FunctionCallInfo fcinfo, int n)
{
	return PG_ARGISNULL(n) ? NULL : PG_GETARG_JSONB_P(n);
}

static void
append_all_indexes(TableRequest *request, Jsonb *global_indexes,
				   Jsonb *local_indexes)
{
	static const char global_member[] = "GlobalSecondaryIndexes";
	static const char local_member[] = "LocalSecondaryIndexes";

	append_indexes(request, "global_indexes", global_member,
				   global_indexes != NULL ? &global_indexes->root :
				   get_declared_indexes(request->map, global_member));
	append_indexes(request, "local_indexes", local_member,
				   local_indexes != NULL ? &local_indexes->root :
				   get_declared_indexes(request->map, local_member));
}

/*
 * dynamodb_create_table(foreign_table regclass, global_indexes jsonb,
 *		local_indexes jsonb, billing jsonb, tags jsonb) RETURNS void
 *
 * Creates the DynamoDB table behind a foreign table, and returns once it can
 * be used.  Without arguments for indexes those that the foreign table's
 * option indexes declares are made; '[]' makes none.  billing defaults to on
 * demand.  Owner only; refused in a read-only transaction.
 */
Datum
dynamodb_create_table(PG_FUNCTION_ARGS)
{
	TableRequest request = {0};
	Relation	rel;
	Oid			serverid;
	const char *table_name;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("foreign_table cannot be null")));
	PreventCommandIfReadOnly("dynamodb_create_table()");

	/* The lock stays: the foreign table is what the request was made from. */
	rel = open_foreign_table(PG_GETARG_OID(0));
	serverid = GetForeignServerIdByRelId(RelationGetRelid(rel));
	request.map = ddb_relation_get_map(RelationGetRelid(rel));
	table_name = request.map->options.table_name;
	initStringInfo(&request.definitions);
	initStringInfo(&request.body);

	choose_keys(&request, serverid);
	append_keys(&request);
	append_all_indexes(&request, get_jsonb_arg(fcinfo, 1),
					   get_jsonb_arg(fcinfo, 2));
	append_billing(&request, get_jsonb_arg(fcinfo, 3));
	append_tags(&request, get_jsonb_arg(fcinfo, 4));
	appendStringInfo(&request.body, ",\"AttributeDefinitions\":[%s]}",
					 request.definitions.data);

	report_keys(&request);
	ddb_client_call(ddb_session_get_client(serverid, GetUserId()),
					"CreateTable", request.body.data, request.body.len,
					false, table_name, NULL);
	wait_until_complete(serverid, table_name);
	ddb_relation_forget_schemas(NULL);

	relation_close(rel, NoLock);
	PG_RETURN_VOID();
}
