/*-------------------------------------------------------------------------
 *
 * test_plain.c
 *	  Unit test of src/dynamodb/plain.c, outside the server.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres_fe.h"

#include "dynamodb/plain.h"
#include "tap.h"

/* The deepest value that the service stores. */
#define MAX_LEVELS 32

static void
check_plain(const char *text, const char *expected)
{
	StringInfoData buf;
	DdbValue	value;
	const char *ptr = text;

	initStringInfo(&buf);
	if (ddb_value_parse(&ptr, text + strlen(text), &value))
		ddb_plain_append(&buf, &value);
	else
		appendStringInfoString(&buf, "(not a value)");
	tap_is(buf.data, expected, psprintf("plain: %s", text));
	pfree(buf.data);
}

static void
test_types(void)
{
	check_plain("{\"S\":\"a\\\"b\\u0000\"}", "\"a\\\"b\\u0000\"");
	check_plain("{\"N\":\"1.50\"}", "1.5");
	check_plain("{\"B\":\"AAEC\"}", "\"AAEC\"");
	check_plain("{\"BOOL\":true}", "true");
	check_plain("{\"BOOL\":false}", "false");
	check_plain("{\"NULL\":true}", "null");
	check_plain("{\"SS\":[\"b\",\"B\",\"\xc3\xa9\",\"\\u0061\",\"z\",\"\"]}",
				"[\"\",\"B\",\"\\u0061\",\"b\",\"z\",\"\xc3\xa9\"]");
	check_plain("{\"SS\":[\"b\\u0000b\",\"b\\u0000a\",\"\\ud800\"]}",
				"[\"\\ud800\",\"b\\u0000a\",\"b\\u0000b\"]");
	check_plain("{\"NS\":[\"10\",\"9\",\"-10\",\"-9\",\"0.5\",\"0.25\","
				"\"1E2\",\"-0.5\",\"-0.25\",\"0\",\"9.5\",\"100.1\"]}",
				"[-10,-9,-0.5,-0.25,0,0.25,0.5,9,9.5,10,100,100.1]");
	check_plain("{\"BS\":[\"/w==\",\"AA==\",\"\",\"AAA=\"]}",
				"[\"\",\"AA==\",\"AAA=\",\"/w==\"]");
	check_plain("{\"SS\":[]}", "[]");
	check_plain("{\"L\":[]}", "[]");
	check_plain("{\"M\":{}}", "{}");
	check_plain("{\"M\": {\"a\" : {\"L\":[{\"N\":\"1E1\"},{\"M\":{\"b\":"
				"{\"NULL\":true},\"c\\n\":{\"SS\":[\"y\",\"x\"]}}},{\"S\":\"\"}"
				"]},\"d\":{\"BOOL\":false},\"e\":{\"B\":\"AA==\"}}}",
				"{\"a\":[10,{\"b\":null,\"c\\n\":[\"x\",\"y\"]},\"\"],"
				"\"d\":false,\"e\":\"AA==\"}");
}

/* A list in a list, as often as an item may have it. */
static void
test_depth(void)
{
	StringInfoData text;
	StringInfoData plain;
	int			i;

	initStringInfo(&text);
	initStringInfo(&plain);
	for (i = 1; i < MAX_LEVELS; i++)
	{
		appendStringInfoString(&text, "{\"L\":[");
		appendStringInfoChar(&plain, '[');
	}
	appendStringInfoString(&text, "{\"N\":\"1\"}");
	appendStringInfoChar(&plain, '1');
	for (i = 1; i < MAX_LEVELS; i++)
	{
		appendStringInfoString(&text, "]}");
		appendStringInfoChar(&plain, ']');
	}
	check_plain(text.data, plain.data);
	pfree(text.data);
	pfree(plain.data);
}

/* Members of a sorted set are slices of the set, escapes and all. */
static void
test_sort_set(void)
{
	static const char text[] = "{\"SS\":[\"b\",\"\\u0061\"]}";
	const char *ptr = text;
	DdbValue	set;
	DdbValue   *members;
	int			n;

	if (!ddb_value_parse(&ptr, text + strlen(text), &set))
	{
		tap_ok(false, "a set");
		return;
	}
	members = ddb_plain_sort_set(&set, &n);
	tap_ok(n == 2 &&
		   members[0].type == DDB_TYPE_S && members[0].escaped &&
		   members[0].text == text + 12 && members[0].len == 6 &&
		   members[1].type == DDB_TYPE_S && !members[1].escaped &&
		   members[1].text == text + 8 && members[1].len == 1,
		   "a sorted set's members");
	pfree(members);
}

int
main(void)
{
	test_types();
	test_depth();
	test_sort_set();
	return tap_done();
}
