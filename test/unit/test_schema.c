/*-------------------------------------------------------------------------
 *
 * test_schema.c
 *	  Unit test of src/dynamodb/schema.c, outside the server.
 *
 * Documents are written with ' for ", and schemas compared in words: for the
 * table and for each index its key ("partition/sort", each "name:type"),
 * what it projects, its items and bytes, its capacity, and whether it may be
 * read.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres_fe.h"

#include "dynamodb/schema.h"
#include "tap.h"
#include "utils/elog.h"

/* What the table of most tests is, but for its indexes. */
#define KEYS \
	"'TableName':'t'," \
	"'KeySchema':[{'AttributeName':'PK','KeyType':'HASH'}," \
	"{'AttributeName':'SK','KeyType':'RANGE'}]"
#define DEFINITIONS \
	"'AttributeDefinitions':[{'AttributeName':'PK','AttributeType':'S'}," \
	"{'AttributeName':'SK','AttributeType':'N'}," \
	"{'AttributeName':'a','AttributeType':'B'}," \
	"{'AttributeName':'b','AttributeType':'S'}]"
#define KEY_OF_A "'KeySchema':[{'AttributeName':'a','KeyType':'HASH'}]"

#define TABLE_WITH(more) \
	"{'Table':{" KEYS "," DEFINITIONS more "}}"
#define TABLE_IN_WORDS \
	"t: PK:S/SK:N all, ? items, ? bytes, 0 units"
#define GLOBAL(index) ",'GlobalSecondaryIndexes':[" index "]"
#define INDEX_G(more) "{'IndexName':'g'," KEY_OF_A more "}"

/* A copy with " for '. */
static char *
with_quotes(const char *text)
{
	char	   *result = pstrdup(text);
	char	   *p;

	for (p = result; *p != '\0'; p++)
	{
		if (*p == '\'')
			*p = '"';
	}
	return result;
}

static void
append_key_part(StringInfo buf, int n, const DdbKeyAttribute *part)
{
	int			i;

	for (i = 0; i < n; i++)
		appendStringInfo(buf, "%s%s:%s", i > 0 ? "," : "", part[i].name,
						 ddb_value_type_name(part[i].type));
}

static void
append_size(StringInfo buf, double size, const char *unit)
{
	if (size == -1)
		appendStringInfo(buf, ", ? %s", unit);
	else
		appendStringInfo(buf, ", %.0f %s", size, unit);
}

static void
append_index(StringInfo buf, const DdbIndex *index)
{
	int			i;

	append_key_part(buf, index->npartition, index->partition);
	if (index->nsort > 0)
		appendStringInfoChar(buf, '/');
	append_key_part(buf, index->nsort, index->sort);
	switch (index->projection)
	{
		case DDB_PROJECT_ALL:
			appendStringInfoString(buf, " all");
			break;
		case DDB_PROJECT_KEYS_ONLY:
			appendStringInfoString(buf, " keys");
			break;
		case DDB_PROJECT_INCLUDE:
			appendStringInfoString(buf, " keys");
			for (i = 0; i < index->nincluded; i++)
				appendStringInfo(buf, "+%s", index->included[i]);
			break;
	}
	append_size(buf, index->item_count, "items");
	append_size(buf, index->size_bytes, "bytes");
	appendStringInfo(buf, ", %.0f", index->read_capacity);
	if (index->write_capacity > 0)
		appendStringInfo(buf, "/%.0f", index->write_capacity);
	appendStringInfoString(buf, " units");
	if (index->most_reads > 0 || index->most_writes > 0)
		appendStringInfo(buf, ", at most %.0f/%.0f", index->most_reads,
						 index->most_writes);
	appendStringInfoString(buf, index->active ? "" : ", not to be read");
}

/* Both ways of making a schema end here: the words for it, or the error. */
static char *
describe(const DdbSchema *schema, const DdbError *err)
{
	StringInfoData buf;
	int			i;

	initStringInfo(&buf);
	if (schema == NULL)
	{
		appendStringInfoString(&buf, err->message);
		return buf.data;
	}
	appendStringInfo(&buf, "%s%s: ", schema->declared ? "declared " : "",
					 schema->table_name);
	append_index(&buf, &schema->primary);
	for (i = 0; i < schema->nindexes; i++)
	{
		const DdbIndex *index = &schema->indexes[i];

		appendStringInfo(&buf, "; %s %s: ", index->global ? "global" : "local",
						 index->name);
		append_index(&buf, index);
	}
	return buf.data;
}

static const DdbSchema *
parse(const char *text, DdbError *err)
{
	char	   *body = with_quotes(text);

	ddb_error_clear(err);
	return ddb_schema_parse(body, strlen(body), err);
}

/* Like parse(), for what can't go wrong. */
static const DdbSchema *
parse_good(const char *text)
{
	DdbError	err;
	const DdbSchema *schema = parse(text, &err);

	if (schema == NULL)
	{
		printf("Bail out!  %s\n", err.message);
		exit(1);
	}
	return schema;
}

static void
check_table(const char *what, const char *text, const char *expected)
{
	DdbError	err;
	const DdbSchema *schema = parse(text, &err);

	tap_is(describe(schema, &err), expected, what);
}

/* The message is expected without its "The description of the table has". */
static void
check_refused(const char *what, const char *text, const char *expected)
{
	DdbError	err;
	const DdbSchema *schema = parse(text, &err);

	tap_is(describe(schema, &err),
		   psprintf("The description of the table has %s.", expected), what);
	tap_ok(schema == NULL &&
		   err.sqlerrcode == ERRCODE_FDW_UNABLE_TO_CREATE_REPLY &&
		   err.retry == DDB_RETRY_NEVER, "and its class");
}

static void
test_table(void)
{
	check_table("a table", TABLE_WITH(""), TABLE_IN_WORDS);
	check_table("CreateTable's answer",
				"{'TableDescription':{" KEYS "," DEFINITIONS "}}",
				TABLE_IN_WORDS);
	check_table("sizes and capacity",
				TABLE_WITH(",'ItemCount':1000000,'TableSizeBytes':123456789012,"
						   "'ProvisionedThroughput':{'ReadCapacityUnits':40,"
						   "'WriteCapacityUnits':5}"),
				"t: PK:S/SK:N all, 1000000 items, 123456789012 bytes, "
				"40/5 units");
	check_table("on demand, with a maximum",
				TABLE_WITH(",'OnDemandThroughput':{'MaxReadRequestUnits':50,"
						   "'MaxWriteRequestUnits':-1}"),
				TABLE_IN_WORDS ", at most 50/0");
	check_table("sizes of 0 say nothing; on demand",
				TABLE_WITH(",'ItemCount':0,'TableSizeBytes':0,"
						   "'BillingModeSummary':{'BillingMode':"
						   "'PAY_PER_REQUEST'},'ProvisionedThroughput':"
						   "{'ReadCapacityUnits':0,'WriteCapacityUnits':0}"),
				TABLE_IN_WORDS);
	check_table("sizes that aren't numbers",
				TABLE_WITH(",'ItemCount':'7','TableSizeBytes':null"),
				TABLE_IN_WORDS);
	check_table("no sort key",
				"{'Table':{'TableName':'t','KeySchema':[{'AttributeName':'a',"
				"'KeyType':'HASH'}]," DEFINITIONS "}}",
				"t: a:B all, ? items, ? bytes, 0 units");
	check_table("members in any order, unknown ones between them",
				"{'New':1,'Table':{" DEFINITIONS ",'VectorIndexes':"
				"[{'IndexName':'v','Dimensions':3}],'Replicas':[],"
				"'KeySchema':[{'KeyType':'RANGE','AttributeName':'SK',"
				"'New':{}},{'KeyType':'HASH','AttributeName':'PK'}],"
				"'TableName':'t'}}",
				TABLE_IN_WORDS);
	check_table("no indexes, said in two ways",
				TABLE_WITH(",'GlobalSecondaryIndexes':null,"
						   "'LocalSecondaryIndexes':[]"),
				TABLE_IN_WORDS);
}

/* In which states the service reads. */
static void
test_table_status(void)
{
	static const struct
	{
		const char *status;
		bool		active;
	}			states[] =
	{
		{"ACTIVE", true},
		{"UPDATING", true},
		{"REPLICATION_NOT_AUTHORIZED", true},
		{"A_NEW_ONE", true},
		{"CREATING", false},
		{"DELETING", false},
		{"ARCHIVING", false},
		{"ARCHIVED", false},
		{"INACCESSIBLE_ENCRYPTION_CREDENTIALS", false},
	};
	size_t		i;

	for (i = 0; i < lengthof(states); i++)
	{
		const DdbSchema *schema;

		schema = parse_good(psprintf("{'Table':{" KEYS "," DEFINITIONS
									 ",'TableStatus':'%s'}}",
									 states[i].status));
		tap_ok(schema->active == states[i].active &&
			   schema->primary.active == states[i].active,
			   psprintf("a table that is %s", states[i].status));
	}
}

static void
test_indexes(void)
{
	check_table("global indexes, in the order of their names",
				TABLE_WITH(GLOBAL("{'IndexName':'z'," KEY_OF_A
								  ",'Projection':{'ProjectionType':'ALL'}},"
								  "{'IndexName':'Z'," KEY_OF_A
								  ",'Projection':{'ProjectionType':"
								  "'KEYS_ONLY'}},"
								  "{'IndexName':'a','KeySchema':["
								  "{'AttributeName':'b','KeyType':'HASH'},"
								  "{'AttributeName':'a','KeyType':'RANGE'}],"
								  "'Projection':{'ProjectionType':'INCLUDE',"
								  "'NonKeyAttributes':['x','y z']},"
								  "'ItemCount':5,'IndexSizeBytes':500,"
								  "'ProvisionedThroughput':"
								  "{'ReadCapacityUnits':3}}")),
				TABLE_IN_WORDS
				"; global Z: a:B keys, ? items, ? bytes, 0 units"
				"; global a: b:S/a:B keys+x+y z, 5 items, 500 bytes, 3 units"
				"; global z: a:B all, ? items, ? bytes, 0 units");
	check_table("a local index lives on the table's capacity",
				TABLE_WITH(",'LocalSecondaryIndexes':[{'IndexName':'l',"
						   "'KeySchema':[{'AttributeName':'PK',"
						   "'KeyType':'HASH'},{'AttributeName':'b',"
						   "'KeyType':'RANGE'}],'Projection':"
						   "{'ProjectionType':'ALL'},'ItemCount':7,"
						   "'IndexSizeBytes':70}],"
						   "'GlobalSecondaryIndexes':[" INDEX_G("") "],"
						   "'ProvisionedThroughput':{'ReadCapacityUnits':9}"),
				"t: PK:S/SK:N all, ? items, ? bytes, 9 units"
				"; global g: a:B keys, ? items, ? bytes, 0 units"
				"; local l: PK:S/b:S all, 7 items, 70 bytes, 9 units");
	check_table("projections we don't know hold keys only",
				TABLE_WITH(GLOBAL(INDEX_G(",'Projection':{'ProjectionType':"
										  "'MOST','NonKeyAttributes':['x']}"))),
				TABLE_IN_WORDS
				"; global g: a:B keys, ? items, ? bytes, 0 units");
	check_table("an INCLUDE of nothing, and of nonsense",
				TABLE_WITH(GLOBAL(INDEX_G(",'Projection':{'ProjectionType':"
										  "'INCLUDE'}") ","
								  "{'IndexName':'h'," KEY_OF_A
								  ",'Projection':{'ProjectionType':'INCLUDE',"
								  "'NonKeyAttributes':[null,5,'x']}}")),
				TABLE_IN_WORDS
				"; global g: a:B keys, ? items, ? bytes, 0 units"
				"; global h: a:B keys+x, ? items, ? bytes, 0 units");
}

/* Four attributes in each part, their order that of KeySchema. */
static void
test_multi_attribute_keys(void)
{
	StringInfoData keys;
	StringInfoData definitions;
	char	   *text;
	int			i;

	initStringInfo(&keys);
	initStringInfo(&definitions);
	for (i = 1; i <= DDB_MAX_KEY_PART; i++)
	{
		appendStringInfo(&keys, "%s{'AttributeName':'p%d','KeyType':'HASH'},"
						 "{'AttributeName':'s%d','KeyType':'RANGE'}",
						 i > 1 ? "," : "", i, i);
		appendStringInfo(&definitions, "{'AttributeName':'s%d',"
						 "'AttributeType':'N'},{'AttributeName':'p%d',"
						 "'AttributeType':'S'},", i, i);
	}
	text = psprintf("{'Table':{'TableName':'t',"
					"'KeySchema':[{'AttributeName':'p1','KeyType':'HASH'}],"
					"'AttributeDefinitions':[%s{'AttributeName':'more',"
					"'AttributeType':'B'}],'GlobalSecondaryIndexes':["
					"{'IndexName':'g','KeySchema':[%s]}]}}",
					definitions.data, keys.data);
	check_table("four attributes in each part of a key", text,
				"t: p1:S all, ? items, ? bytes, 0 units; global g: "
				"p1:S,p2:S,p3:S,p4:S/s1:N,s2:N,s3:N,s4:N keys, "
				"? items, ? bytes, 0 units");

	appendStringInfoString(&keys, ",{'AttributeName':'more','KeyType':'RANGE'}");
	text = psprintf("{'Table':{'TableName':'t',"
					"'KeySchema':[{'AttributeName':'p1','KeyType':'HASH'}],"
					"'AttributeDefinitions':[%s{'AttributeName':'more',"
					"'AttributeType':'B'}],'GlobalSecondaryIndexes':["
					"{'IndexName':'g','KeySchema':[%s]}]}}",
					definitions.data, keys.data);
	check_refused("and a fifth", text,
				  "too many attributes in the key of index \"g\"");
}

/* An index is used only while what it answers is complete. */
static void
test_index_status(void)
{
	static const struct
	{
		const char *member;
		bool		active;
	}			states[] =
	{
		{"", true},
		{",'IndexStatus':'ACTIVE'", true},
		{",'IndexStatus':'ACTIVE','Backfilling':false", true},
		{",'IndexStatus':'UPDATING'", true},
		{",'IndexStatus':'UPDATING','Backfilling':true", false},
		{",'IndexStatus':'ACTIVE','Backfilling':true", false},
		{",'IndexStatus':'CREATING'", false},
		{",'IndexStatus':'CREATING','Backfilling':false", false},
		{",'IndexStatus':'DELETING'", false},
		{",'IndexStatus':'A_NEW_ONE'", false},
	};
	size_t		i;

	for (i = 0; i < lengthof(states); i++)
	{
		const DdbSchema *schema;

		schema = parse_good(psprintf("{'Table':{" KEYS "," DEFINITIONS
									 GLOBAL("{'IndexName':'g'," KEY_OF_A "%s}")
									 "}}", states[i].member));
		tap_ok(schema->active && schema->nindexes == 1 &&
			   schema->indexes[0].active == states[i].active,
			   psprintf("an index with \"%s\"", states[i].member));
	}
}

static void
test_malformed(void)
{
	check_refused("nothing", "", "no Table");
	check_refused("not JSON", "{'Table':", "no Table");
	check_refused("something behind it", TABLE_WITH("") " {}", "no Table");
	check_refused("another answer", "{'TableNames':[]}", "no Table");
	check_refused("a table in words", "{'Table':'t'}", "no Table");
	check_refused("a table without a name",
				  "{'Table':{'KeySchema':[]}}", "no TableName");
	check_refused("a name that isn't text",
				  "{'Table':{'TableName':5}}", "no TableName");
	check_refused("no key", "{'Table':{'TableName':'t'}}",
				  "no partition key in the KeySchema");
	check_refused("a sort key alone",
				  "{'Table':{'TableName':'t'," DEFINITIONS ",'KeySchema':"
				  "[{'AttributeName':'SK','KeyType':'RANGE'}]}}",
				  "no partition key in the KeySchema");
	check_refused("a third kind of key",
				  "{'Table':{'TableName':'t'," DEFINITIONS ",'KeySchema':"
				  "[{'AttributeName':'PK','KeyType':'TREE'}]}}",
				  "a malformed entry in the KeySchema");
	check_refused("a key without a name",
				  "{'Table':{'TableName':'t'," DEFINITIONS ",'KeySchema':"
				  "[{'KeyType':'HASH'}]}}",
				  "a malformed entry in the KeySchema");
	check_refused("a key that nobody defines",
				  "{'Table':{" KEYS "}}",
				  "no type for an attribute in the key");
	check_refused("a key of a type that can't be one",
				  "{'Table':{" KEYS ",'AttributeDefinitions':["
				  "{'AttributeName':'PK','AttributeType':'SS'}]}}",
				  "no type for an attribute in the key");
	check_refused("a key whose type isn't said",
				  "{'Table':{" KEYS ",'AttributeDefinitions':["
				  "{'AttributeName':'PK'}]}}",
				  "no type for an attribute in the key");
	check_refused("indexes in an object",
				  TABLE_WITH(",'GlobalSecondaryIndexes':{'g':{}}"),
				  "GlobalSecondaryIndexes that are not an array");
	check_refused("an index without a name",
				  TABLE_WITH(GLOBAL("{" KEY_OF_A "}")),
				  "an index without IndexName");
	check_refused("an index that isn't one", TABLE_WITH(GLOBAL("5")),
				  "an index without IndexName");
	check_refused("an index without a key",
				  TABLE_WITH(GLOBAL("{'IndexName':'g'}")),
				  "no partition key in the KeySchema of index \"g\"");
	check_refused("an index's odd key",
				  TABLE_WITH(GLOBAL("{'IndexName':'g','KeySchema':['a']}")),
				  "a malformed entry in the KeySchema of index \"g\"");
	check_refused("an index's key that nobody defines",
				  TABLE_WITH(",'LocalSecondaryIndexes':[{'IndexName':'l',"
							 "'KeySchema':[{'AttributeName':'c',"
							 "'KeyType':'HASH'}]}]"),
				  "no type for an attribute in the key of index \"l\"");
}

/* indexes: as an option has it, or NULL. */
static const DdbSchema *
declare(const char *sort_key, const char *indexes, DdbError *err)
{
	ddb_error_clear(err);
	return ddb_schema_declare("t", "PK", sort_key,
							  indexes ? with_quotes(indexes) : NULL, err);
}

static void
check_declared(const char *what, const char *sort_key, const char *indexes,
			   const char *expected)
{
	DdbError	err;
	const DdbSchema *schema = declare(sort_key, indexes, &err);

	tap_is(describe(schema, &err), psprintf("declared t: %s", expected), what);
}

/* The message is expected without its 'The value of option "indexes"'. */
static void
check_undeclared(const char *what, const char *indexes, const char *expected)
{
	DdbError	err;
	const DdbSchema *schema = declare("SK", indexes, &err);

	tap_is(describe(schema, &err),
		   psprintf("The value of option \"indexes\" %s.", expected), what);
	tap_ok(schema == NULL &&
		   err.sqlerrcode == ERRCODE_INVALID_PARAMETER_VALUE,
		   "and its class");
}

static void
test_declared(void)
{
	check_declared("a partition key", NULL, NULL,
				   "PK:missing all, ? items, ? bytes, 0 units");
	check_declared("and a sort key", "SK", NULL,
				   "PK:missing/SK:missing all, ? items, ? bytes, 0 units");
	check_declared("an empty object", "SK", "{}",
				   "PK:missing/SK:missing all, ? items, ? bytes, 0 units");
	check_declared("indexes without types", NULL,
				   "{'GlobalSecondaryIndexes':[" INDEX_G("") "],"
				   "'LocalSecondaryIndexes':[{'IndexName':'a','KeySchema':"
				   "[{'AttributeName':'PK','KeyType':'HASH'},"
				   "{'AttributeName':'b','KeyType':'RANGE'}],"
				   "'Projection':{'ProjectionType':'ALL'}}]}",
				   "PK:missing all, ? items, ? bytes, 0 units"
				   "; local a: PK:missing/b:missing all, "
				   "? items, ? bytes, 0 units"
				   "; global g: a:missing keys, ? items, ? bytes, 0 units");
	check_declared("and with them", "SK",
				   "{" DEFINITIONS GLOBAL(INDEX_G(",'Projection':"
												  "{'ProjectionType':'ALL'}"))
				   "}",
				   "PK:S/SK:N all, ? items, ? bytes, 0 units"
				   "; global g: a:B all, ? items, ? bytes, 0 units");

	check_undeclared("not JSON", "{'GlobalSecondaryIndexes'",
					 "is not a JSON object");
	check_undeclared("an empty string", "", "is not a JSON object");
	check_undeclared("null", "null", "is not a JSON object");
	check_undeclared("an array", "[" INDEX_G("") "]", "is not a JSON object");
	check_undeclared("one index instead of an array",
					 "{'GlobalSecondaryIndexes':" INDEX_G("") "}",
					 "has GlobalSecondaryIndexes that are not an array");
	check_undeclared("names of local indexes",
					 "{'LocalSecondaryIndexes':'a,b'}",
					 "has LocalSecondaryIndexes that are not an array");
	check_undeclared("names of indexes", "{'GlobalSecondaryIndexes':['g']}",
					 "has an index without IndexName");
	check_undeclared("an index without a key",
					 "{'GlobalSecondaryIndexes':[{'IndexName':'g'}]}",
					 "has no partition key in the KeySchema of index \"g\"");
	check_undeclared("a type that can't be a key's",
					 "{'AttributeDefinitions':[{'AttributeName':'SK',"
					 "'AttributeType':'M'}]}",
					 "has no type for an attribute in the key");
}

static bool
projects(const DdbSchema *schema, const char *index, const char *attribute)
{
	return ddb_schema_index_projects(schema,
									 ddb_schema_lookup_index(schema, index),
									 attribute);
}

static void
test_lookup(void)
{
	const DdbSchema *schema;

	schema = parse_good(TABLE_WITH(GLOBAL("{'IndexName':'all'," KEY_OF_A
										  ",'Projection':{'ProjectionType':"
										  "'ALL'}},"
										  "{'IndexName':'some'," KEY_OF_A
										  ",'Projection':{'ProjectionType':"
										  "'INCLUDE','NonKeyAttributes':"
										  "['x','y']}},"
										  "{'IndexName':'keys','KeySchema':["
										  "{'AttributeName':'a','KeyType':"
										  "'HASH'},{'AttributeName':'b',"
										  "'KeyType':'RANGE'}],'Projection':"
										  "{'ProjectionType':'KEYS_ONLY'}}")));
	tap_ok(ddb_schema_lookup_index(schema, NULL) == &schema->primary,
		   "no name is the table");
	tap_ok(ddb_schema_lookup_index(schema, "some") == &schema->indexes[2],
		   "an index by its name");
	tap_ok(ddb_schema_lookup_index(schema, "SOME") == NULL &&
		   ddb_schema_lookup_index(schema, "som") == NULL &&
		   ddb_schema_lookup_index(schema, "") == NULL,
		   "and not by another");

	tap_ok(projects(schema, NULL, "anything"), "the table has everything");
	tap_ok(projects(schema, "all", "anything"), "and so has ALL");
	tap_ok(projects(schema, "some", "x") && projects(schema, "some", "y") &&
		   !projects(schema, "some", "z") && !projects(schema, "some", "X"),
		   "INCLUDE has what it names");
	tap_ok(projects(schema, "some", "a") && projects(schema, "some", "PK") &&
		   projects(schema, "some", "SK") && !projects(schema, "some", "b"),
		   "and its keys and the table's, not another index's");
	tap_ok(projects(schema, "keys", "a") && projects(schema, "keys", "b") &&
		   projects(schema, "keys", "PK") && projects(schema, "keys", "SK") &&
		   !projects(schema, "keys", "x"),
		   "KEYS_ONLY has keys only");
}

int
main(void)
{
	test_table();
	test_table_status();
	test_indexes();
	test_multi_attribute_keys();
	test_index_status();
	test_malformed();
	test_declared();
	test_lookup();
	return tap_done();
}
