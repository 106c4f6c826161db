/*-------------------------------------------------------------------------
 *
 * test_page.c
 *	  Unit test of src/dynamodb/page.c, outside the server.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres_fe.h"

#include "dynamodb/page.h"
#include "dynamodb/plain.h"
#include "tap.h"

#define MAX_WANTED 300

/*
 * A page in words: what stands beside the items, and for each item the
 * wanted values ("-" for missing ones), or the error.
 */
static char *
describe(const char *body, size_t len, int nwanted, const char *const *names)
{
	StringInfoData buf;
	DdbWanted  *wanted = ddb_page_wanted_create(nwanted, names);
	DdbValue	values[MAX_WANTED];
	DdbPage		page;
	DdbError	err;
	int			i;

	initStringInfo(&buf);
	ddb_error_clear(&err);
	if (!ddb_page_open(&page, body, len, &err))
	{
		appendStringInfoString(&buf, err.message);
		return buf.data;
	}
	if (page.last_key != NULL)
		appendStringInfo(&buf, "key %.*s ",
						 (int) page.last_key_len, page.last_key);
	if (page.unprocessed != NULL)
		appendStringInfo(&buf, "undone %.*s ",
						 (int) page.unprocessed_len, page.unprocessed);
	if (page.count >= 0 || page.scanned_count >= 0)
		appendStringInfo(&buf, "count %d of %d ", (int) page.count,
						 (int) page.scanned_count);
	if (page.consumed.total != 0)
		appendStringInfo(&buf, "units %.1f (%.1f, %.1f) ",
						 page.consumed.total, page.consumed.table,
						 page.consumed.index);
	while (ddb_page_next(&page, wanted, values, &err))
	{
		appendStringInfoString(&buf, "[");
		for (i = 0; i < nwanted; i++)
		{
			if (i > 0)
				appendStringInfoChar(&buf, ' ');
			if (values[i].type == DDB_TYPE_MISSING)
				appendStringInfoChar(&buf, '-');
			else
				ddb_plain_append(&buf, &values[i]);
		}
		appendStringInfoString(&buf, "]");
	}
	if (ddb_error_is_set(&err))
		appendStringInfo(&buf, " %s", err.message);
	appendStringInfo(&buf, " %d", (int) page.nread);
	return buf.data;
}

static void
check_page(const char *what, const char *body, const char *expected)
{
	static const char *const names[] = {"PK", "SK", "missing", "n", "PK"};
	char	   *exact = palloc(Max(strlen(body), 1));
	char	   *got;

	/* a block without a NUL, so that valgrind sees a byte too many */
	memcpy(exact, body, strlen(body));
	got = describe(exact, strlen(body), lengthof(names), names);
	tap_is(got, expected, what);
	pfree(got);
	pfree(exact);
}

static void
test_pages(void)
{
	check_page("no items", "{}", " 0");
	check_page("an empty page", "{\"Items\":[],\"Count\":0,\"ScannedCount\":7,"
			   "\"LastEvaluatedKey\":{\"PK\":{\"S\":\"a\"}}}",
			   "key {\"PK\":{\"S\":\"a\"}} count 0 of 7  0");
	check_page("everything in another order",
			   " { \"ScannedCount\" : 2 ,\"New\":[{\"x\":[]}], \"Items\" : [ "
			   "{ \"n\":{\"N\":\"1.50\"}, \"other\":{\"Z\":[{}]},"
			   "\"SK\":{\"S\":\"s\"},\"PK\":{\"S\":\"p\"}} , {\"SK\":{\"NULL\":true}}"
			   " ,{}] ,\"Count\":3,\"LastEvaluatedKey\": { \"PK\" : "
			   "{\"S\":\"p\"}} , \"ConsumedCapacity\":{\"TableName\":\"t\","
			   "\"GlobalSecondaryIndexes\":{\"g\":{\"CapacityUnits\":1.5},"
			   "\"h\":{\"CapacityUnits\":1}},\"Table\":{\"CapacityUnits\":0.5,"
			   "\"ReadCapacityUnits\":0.5},\"LocalSecondaryIndexes\":{\"l\":"
			   "{\"CapacityUnits\":2.0}},\"CapacityUnits\":5.0}} ",
			   "key { \"PK\" : {\"S\":\"p\"}} count 3 of 2 units 5.0 (0.5, 4.5) "
			   "[\"p\" \"s\" - 1.5 \"p\"][- null - - -][- - - - -] 3");
	check_page("GetItem", "{\"Item\":{\"PK\":{\"S\":\"p\"}},"
			   "\"ConsumedCapacity\":{\"CapacityUnits\":0.5}}",
			   "units 0.5 (0.0, 0.0) [\"p\" - - - \"p\"] 1");
	check_page("an item of nothing", "{\"Item\":{}}", "[- - - - -] 1");
	check_page("nulls are absent", "{\"Items\":null,\"Item\":null,"
			   "\"LastEvaluatedKey\":null,\"Count\":null,"
			   "\"ConsumedCapacity\":null}", " 0");
	check_page("null parts of consumed capacity",
			   "{\"ConsumedCapacity\":{\"CapacityUnits\":1,\"Table\":null,"
			   "\"GlobalSecondaryIndexes\":null}}", "units 1.0 (0.0, 0.0)  0");
	check_page("consumed capacity of a batch",
			   "{\"ConsumedCapacity\":[{\"CapacityUnits\":1.5,\"Table\":"
			   "{\"CapacityUnits\":1.5}},{\"CapacityUnits\":2}]}",
			   "units 3.5 (1.5, 0.0)  0");
	check_page("BatchGetItem", "{\"Responses\":{\"t\":[{\"PK\":{\"S\":\"p\"}},"
			   "{\"n\":{\"N\":\"1\"}}]},\"UnprocessedKeys\":{}}",
			   "[\"p\" - - - \"p\"][- - - 1 -] 2");
	check_page("what a batch left undone",
			   "{\"UnprocessedKeys\":{\"t\":{\"Keys\":[{}]}},"
			   "\"Responses\":{\"t\":[{}]}}",
			   "undone {\"t\":{\"Keys\":[{}]}} [- - - - -] 1");
	check_page("a batch that got nowhere",
			   "{\"Responses\":{},\"UnprocessedKeys\":{\"t\":{}}}",
			   "undone {\"t\":{}}  0");
	check_page("a batch of two tables",
			   "{\"Responses\":{\"t\":[{}],\"u\":[{}]}}",
			   "The answer is malformed at byte 27: expected the items of one table.");
	check_page("escaped names", "{\"\\u0049tems\":[{\"\\u0050K\":{\"S\":\"p\"},"
			   "\"S\\u004b\":{\"S\":\"s\"},\"\\u0051\":{\"S\":\"x\"}}],"
			   "\"Cou\\u006et\":1}",
			   "count 1 of -1 [\"p\" \"s\" - - \"p\"] 1");
	check_page("repeated names", "{\"Count\":1,\"Items\":[{}],\"Items\":"
			   "[{\"SK\":{\"S\":\"a\"},\"SK\":{\"S\":\"b\"}}],\"Count\":2}",
			   "count 2 of -1 [- \"b\" - - -] 1");
	check_page("an odd attribute that nobody wants",
			   "{\"Items\":[{\"odd\":5,\"PK\":{\"S\":\"p\"},\"odder\":"
			   "{\"S\":\"\\u0000\\ud800\"}}]}", "[\"p\" - - - \"p\"] 1");
}

static void
test_malformed(void)
{
	check_page("nothing", "",
			   "The answer is malformed at byte 0: expected a value.");
	check_page("an array", "[]",
			   "The answer is malformed at byte 1: expected an object.");
	check_page("HTML", "<html>",
			   "The answer is malformed at byte 0: expected a value.");
	check_page("cut off", "{\"Items\":[{\"PK\":{\"S\":\"p",
			   "The answer is malformed at byte 23: "
			   "expected the end of a string.");
	check_page("something behind", "{} {}",
			   "The answer is malformed at byte 3: expected the end.");
	check_page("not UTF-8", "{\"a\":\"x\xff\"}",
			   "The answer is malformed at byte 7: expected valid UTF-8.");
	check_page("items that aren't", "{\"Items\":{}}",
			   "The answer is malformed at byte 11: "
			   "expected an array of items.");
	check_page("an item that isn't", "{\"Item\":[]}",
			   "The answer is malformed at byte 10: expected an item.");
	check_page("an empty key", "{\"LastEvaluatedKey\":{}}",
			   "The answer is malformed at byte 22: "
			   "expected a key with attributes.");
	check_page("a key that isn't", "{\"LastEvaluatedKey\":\"x\"}",
			   "The answer is malformed at byte 23: expected a key.");
	check_page("a count in words", "{\"Count\":\"1\"}",
			   "The answer is malformed at byte 12: expected a number.");
	check_page("half a count", "{\"Count\":1.5}",
			   "The answer is malformed at byte 12: expected a count.");
	check_page("a negative count", "{\"Count\":-1}",
			   "The answer is malformed at byte 11: "
			   "expected a number within reason.");
	check_page("units beyond measure",
			   "{\"ConsumedCapacity\":{\"CapacityUnits\":1e999}}",
			   "The answer is malformed at byte 42: "
			   "expected a number within reason.");
	check_page("units of nothing", "{\"ConsumedCapacity\":5}",
			   "The answer is malformed at byte 21: "
			   "expected consumed capacity.");
	check_page("units of an index",
			   "{\"ConsumedCapacity\":{\"LocalSecondaryIndexes\":{\"a\":1}}}",
			   "The answer is malformed at byte 51: "
			   "expected consumed capacity.");

	check_page("an item in words", "{\"Items\":[{},\"x\"]}",
			   "[- - - - -] The answer is malformed at byte 16: "
			   "expected an item. 1");
	check_page("a wanted attribute of a new type",
			   "{\"Items\":[{},{\"PK\":{\"V\":\"x\"}}]}",
			   "[- - - - -] The answer is malformed at byte 28: "
			   "expected a known type of attribute value. 1");
	check_page("a wanted attribute in JSON", "{\"Items\":[{\"PK\":\"x\"}]}",
			   " The answer is malformed at byte 19: "
			   "expected an attribute value. 0");
}

/* The item's own bytes, and asking again at the end. */
static void
test_cursor(void)
{
	static const char body[] = "{\"Items\":[ {\"a\":{\"S\":\"x\"}} ,{} ]}";
	DdbWanted  *wanted = ddb_page_wanted_create(0, NULL);
	DdbPage		page;
	DdbError	err;

	tap_ok(ddb_page_open(&page, body, strlen(body), &err), "opened");
	memset(&err, 1, sizeof(err));
	tap_ok(ddb_page_next(&page, wanted, NULL, &err) &&
		   page.item_len == 15 && strncmp(page.item, "{\"a\"", 4) == 0,
		   "an item, with nothing wanted");
	tap_ok(ddb_page_next(&page, wanted, NULL, &err) &&
		   page.item_len == 2 && strncmp(page.item, "{}", 2) == 0 &&
		   ddb_error_is_set(&err), "an empty item");
	tap_ok(!ddb_page_next(&page, wanted, NULL, &err) &&
		   !ddb_error_is_set(&err) && page.item == NULL, "the end");
	tap_ok(!ddb_page_next(&page, wanted, NULL, &err) &&
		   !ddb_error_is_set(&err), "and still the end");
}

/* Many names, alike at their ends or empty, some twice, some in no item. */
static void
test_names(void)
{
	StringInfoData body;
	const char *names[MAX_WANTED];
	DdbValue	values[MAX_WANTED];
	DdbWanted  *wanted;
	DdbPage		page;
	DdbError	err;
	int			nright = 0;
	int			i;

	initStringInfo(&body);
	appendStringInfoString(&body, "{\"Items\":[{");
	for (i = 0; i < MAX_WANTED; i++)
	{
		if (i == 0)
			names[i] = "";
		else if (i % 10 == 0)
			names[i] = names[i / 10];
		else if (i % 3 == 0)
			names[i] = psprintf("%d", i);
		else
			names[i] = psprintf("attribute_%d_of_many_attributes", i);
		appendStringInfo(&body, "\"not_%d\":{\"S\":\"x\"},", i);
		if (i % 7 != 0 && i % 10 != 0)
			appendStringInfo(&body, "\"%s\":{\"N\":\"%d\"},", names[i], i);
	}
	appendStringInfoString(&body, "\"\":{\"N\":\"0\"}}]}");

	wanted = ddb_page_wanted_create(MAX_WANTED, names);
	tap_ok(ddb_page_open(&page, body.data, body.len, &err) &&
		   ddb_page_next(&page, wanted, values, &err), "a wide item");
	for (i = 0; i < MAX_WANTED; i++)
	{
		int			number = i;

		while (number > 0 && number % 10 == 0)
			number /= 10;
		if (number % 7 == 0 && number != 0)
			nright += values[i].type == DDB_TYPE_MISSING;
		else
			nright += values[i].type == DDB_TYPE_N &&
				atoi(values[i].text) == number;
	}
	tap_ok(nright == MAX_WANTED, "and all of its names");
}

int
main(void)
{
	test_pages();
	test_malformed();
	test_cursor();
	test_names();
	return tap_done();
}
