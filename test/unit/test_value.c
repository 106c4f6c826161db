/*-------------------------------------------------------------------------
 *
 * test_value.c
 *	  Unit test of src/dynamodb/value.c, outside the server.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres_fe.h"

#include "dynamodb/decimal.h"
#include "dynamodb/value.h"
#include "tap.h"

/* Parses what must be a value. */
static DdbValue
parse(const char *text)
{
	DdbValue	value;
	const char *ptr = text;
	const char *end = text + strlen(text);

	if (!ddb_value_parse(&ptr, end, &value) || ptr != end)
	{
		printf("Bail out!  not a value: %s\n", text);
		exit(1);
	}
	return value;
}

static void
check_refused(const char *text, const char *expected)
{
	DdbValue	value;
	DdbTokenizer tok;
	const char *ptr = text;

	tap_ok(!ddb_value_parse(&ptr, text + strlen(text), &value) && ptr == text,
		   psprintf("refused: %s", text));
	ddb_token_init(&tok, text, strlen(text));
	ddb_value_read(&tok, &value);
	tap_is(tok.error, expected, "and the reason");
}

static void
check_typed(const char *text)
{
	StringInfoData buf;
	DdbValue	value = parse(text);

	initStringInfo(&buf);
	ddb_value_append_typed(&buf, &value);
	tap_is(buf.data, text, psprintf("as it came: %s", text));
	pfree(buf.data);
}

static void
check_number(const char *text, const char *expected)
{
	StringInfoData buf;
	bool		good;

	initStringInfo(&buf);
	good = ddb_decimal_append(&buf, text, strlen(text));
	if (expected == NULL)
		tap_ok(!good && buf.len == 0, psprintf("not a number: \"%s\"", text));
	else
		tap_is(good ? buf.data : "(refused)", expected,
			   psprintf("number %s", text));
	pfree(buf.data);
}

static void
check_unescape(const char *text, DdbStringFault fault, const char *expected,
			   size_t expected_len)
{
	char		dst[64];
	size_t		len;

	tap_ok(ddb_value_unescape(text, strlen(text), dst, &len) == fault &&
		   (expected == NULL || (len == expected_len &&
								 memcmp(dst, expected, len) == 0)),
		   psprintf("unescape %s", text));
}

static void
check_name(const char *text, const char *name, bool expected)
{
	tap_ok(ddb_value_equals_name(text, strlen(text),
								 name, strlen(name)) == expected,
		   psprintf("%s %s %s", text, expected ? "spells" : "isn't", name));
}

static void
check_binary(const char *text, bool expected, const char *bytes)
{
	char		dst[64];
	size_t		len;
	bool		good = ddb_value_decode_binary(text, strlen(text), dst, &len);

	tap_ok(good == expected && (!good || (len == strlen(bytes) &&
										  memcmp(dst, bytes, len) == 0)),
		   psprintf("base64 %s", text));
}

/* A path in words: "a" and "b" are members, numbers elements. */
static void
check_path(const char *text, const char *path, const char *expected)
{
	StringInfoData buf;
	DdbValue	value = parse(text);
	DdbValue	found;
	DdbPathStep steps[8];
	int			n = 0;
	char	   *copy = pstrdup(path);
	char	   *word;

	for (word = strtok(copy, "."); word != NULL; word = strtok(NULL, "."))
	{
		steps[n].name = strspn(word, "-0123456789") > 0 ? NULL : word;
		steps[n].len = strlen(word);
		steps[n].element = atoi(word);
		n++;
	}
	initStringInfo(&buf);
	if (ddb_value_follow(&value, steps, n, &found))
		ddb_value_append_typed(&buf, &found);
	else
		appendStringInfoString(&buf, ddb_value_type_name(found.type));
	tap_is(buf.data, expected, psprintf("path %s", path));
	pfree(copy);
	pfree(buf.data);
}

static void
test_types(void)
{
	DdbType		type;
	int			ngood = 0;

	for (type = DDB_TYPE_S; type <= DDB_TYPE_M; type++)
	{
		const char *name = ddb_value_type_name(type);

		if (ddb_value_type_from_name(name, strlen(name)) == type)
			ngood++;
	}
	tap_ok(ngood == 10, "names of all types");
	tap_ok(ddb_value_type_from_name("s", 1) == DDB_TYPE_MISSING &&
		   ddb_value_type_from_name("LS", 2) == DDB_TYPE_MISSING &&
		   ddb_value_type_from_name("SX", 2) == DDB_TYPE_MISSING &&
		   ddb_value_type_from_name("", 0) == DDB_TYPE_MISSING &&
		   ddb_value_type_from_name("bool", 4) == DDB_TYPE_MISSING,
		   "names of none");
}

static void
test_parse(void)
{
	DdbValue	value;

	check_typed("{\"S\":\"\"}");
	check_typed("{\"S\":\"a\\u0000\\ud800\\n\"}");
	check_typed("{\"N\":\"-1.50E2\"}");
	check_typed("{\"B\":\"AAEC\"}");
	check_typed("{\"BOOL\":false}");
	check_typed("{\"NULL\":true}");
	check_typed("{\"SS\":[\"b\",\"a\"]}");
	check_typed("{\"NS\":[\"1\", \"2\"]}");
	check_typed("{\"BS\":[\"AA==\"]}");
	check_typed("{\"L\":[{\"S\":\"a\"},{\"L\":[]}]}");
	check_typed("{\"M\":{\"a\":{\"M\":{}}, \"a\":{\"N\":\"1\"}}}");

	value = parse("  { \"\\u0053\" : \"x\\\\\" }");
	tap_ok(value.type == DDB_TYPE_S && value.escaped && value.len == 3,
		   "white space, and an escaped type");
	value = parse("{\"NULL\":false}");
	tap_ok(value.type == DDB_TYPE_NULL, "NULL false is NULL");

	check_refused("", "a value");
	check_refused("\"x\"", "an attribute value");
	check_refused("{}", "the type of an attribute value");
	check_refused("{\"X\":1}", "a known type of attribute value");
	check_refused("{\"\\u0000\\u0000\\u0000\\u0000\\u0000\":1}",
				  "a known type of attribute value");
	check_refused("{\"S\":\"a\",\"N\":\"1\"}",
				  "one member in an attribute value");
	check_refused("{\"S\":5}", "a string");
	check_refused("{\"N\":5}", "a string");
	check_refused("{\"N\":\"five\"}", "a number in a string");
	check_refused("{\"BOOL\":\"true\"}", "true or false");
	check_refused("{\"NULL\":null}", "true or false");
	check_refused("{\"SS\":\"a\"}", "an array");
	check_refused("{\"SS\":[1]}", "a string");
	check_refused("{\"NS\":[\"1\",\"x\"]}", "a number in a string");
	check_refused("{\"L\":[\"a\"]}", "an attribute value");
	check_refused("{\"L\":{}}", "an array");
	check_refused("{\"M\":[]}", "an object");
	check_refused("{\"M\":{\"a\":\"b\"}}", "an attribute value");
	check_refused("{\"M\":{\"a\":{\"L\":[{\"Q\":1}]}}}",
				  "a known type of attribute value");
	check_refused("{\"S\":\"a\"", "a comma or a closing bracket");

	tap_ok(ddb_value_parse_item("{\"a\":{\"S\":\"x\"}} ", 16, &value) &&
		   value.type == DDB_TYPE_M && value.len == 15, "an item");
	tap_ok(!ddb_value_parse_item("{\"a\":{\"S\":\"x\"}},", 16, &value),
		   "an item with something behind it");
	tap_ok(!ddb_value_parse_item("{\"a\":5}", 7, &value),
		   "an item with something else in it");
}

/* Values nested in lists as deep as the service allows, and much deeper. */
static void
test_depth(void)
{
	StringInfoData text;
	const char *ptr;
	DdbValue	value;
	int			levels;

	for (levels = 31; levels <= 100000; levels += 99969)
	{
		int			i;
		bool		good;

		initStringInfo(&text);
		for (i = 0; i < levels; i++)
			appendStringInfoString(&text, "{\"L\":[");
		appendStringInfoString(&text, "{\"N\":\"1\"}");
		for (i = 0; i < levels; i++)
			appendStringInfoString(&text, "]}");
		ptr = text.data;
		good = ddb_value_parse(&ptr, text.data + text.len, &value);
		tap_ok(good == (levels == 31), psprintf("%d levels", levels));
		pfree(text.data);
	}
}

static void
test_numbers(void)
{
	StringInfoData expected;

	check_number("0", "0");
	check_number("-0", "0");
	check_number("+0.00", "0");
	check_number("0e-200", "0");
	check_number("-0E99999999999999999999", "0");
	check_number("1", "1");
	check_number("+1", "1");
	check_number("-1", "-1");
	check_number("007", "7");
	check_number("1.0", "1");
	check_number("1.50", "1.5");
	check_number("1E2", "100");
	check_number("1e+2", "100");
	check_number("1.5e3", "1500");
	check_number("1500e-2", "15");
	check_number("15e-1", "1.5");
	check_number("123e-5", "0.00123");
	check_number("00.001230E1", "0.0123");
	check_number("-.5", "-0.5");
	check_number("5.", "5");
	check_number("100", "100");
	check_number("100.001", "100.001");
	check_number("12345678901234567890123456789012345678",
				 "12345678901234567890123456789012345678");
	check_number("0.00000000000000000000000000000000000001E38", "1");

	initStringInfo(&expected);
	appendStringInfoChar(&expected, '1');
	while (expected.len < 126)
		appendStringInfoChar(&expected, '0');
	check_number("1E125", expected.data);
	resetStringInfo(&expected);
	appendStringInfoString(&expected, "-0.");
	while (expected.len < 132)
		appendStringInfoChar(&expected, '0');
	appendStringInfoChar(&expected, '1');
	check_number("-1E-130", expected.data);
	pfree(expected.data);

	check_number("1E126", NULL);
	check_number("1E-131", NULL);
	check_number("1E99999999999999999999", NULL);
	check_number("1E-99999999999999999999", NULL);
	check_number("", NULL);
	check_number("-", NULL);
	check_number(".", NULL);
	check_number("1e", NULL);
	check_number("1e+", NULL);
	check_number(" 1", NULL);
	check_number("1 ", NULL);
	check_number("1_0", NULL);
	check_number("0x1", NULL);
	check_number("NaN", NULL);
	check_number("Infinity", NULL);
	check_number("--1", NULL);
}

static void
test_strings(void)
{
	check_unescape("", DDB_STRING_OK, "", 0);
	check_unescape("plain \xc3\xa9", DDB_STRING_OK, "plain \xc3\xa9", 8);
	check_unescape("\\\"\\\\\\/\\b\\f\\n\\r\\t", DDB_STRING_OK,
				   "\"\\/\b\f\n\r\t", 8);
	check_unescape("a\\u00e9\\u20AC\\ud83d\\ude00z", DDB_STRING_OK,
				   "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z", 11);
	check_unescape("a\\u0000b", DDB_STRING_HAS_NUL, "a\0b", 3);
	check_unescape("\\ud83d", DDB_STRING_NOT_UNICODE, NULL, 0);
	check_unescape("\\ud83d\\u0041", DDB_STRING_NOT_UNICODE, NULL, 0);
	check_unescape("\\ud83dx\\ude00", DDB_STRING_NOT_UNICODE, NULL, 0);
	check_unescape("\\ude00\\ud83d", DDB_STRING_NOT_UNICODE, NULL, 0);
	check_unescape("\xff", DDB_STRING_NOT_UNICODE, NULL, 0);
	check_unescape("\xed\xa0\x80", DDB_STRING_NOT_UNICODE, NULL, 0);
	check_unescape("\xc3", DDB_STRING_NOT_UNICODE, NULL, 0);

	check_name("abc", "abc", true);
	check_name("abc", "ab", false);
	check_name("a\\u0062c", "abc", true);
	check_name("a\\u0062", "abc", false);
	check_name("a\\u0062cd", "abc", false);
	check_name("\\u00e9\\ud83d\\ude00", "\xc3\xa9\xf0\x9f\x98\x80", true);
	check_name("\\u00e9", "\xc3", false);
	check_name("\\ud83d", "\xed\xa0\xbd", false);
	check_name("a\\/b", "a/b", true);

	check_binary("", true, "");
	check_binary("YQ==", true, "a");
	check_binary("YWI=", true, "ab");
	check_binary("YWJj", true, "abc");
	check_binary("Pz8\\/", true, "???");
	check_binary("Pz8\\u002f", true, "???");
	check_binary("YQ", false, NULL);
	check_binary("YQ=", false, NULL);
	check_binary("Y Q==", false, NULL);
	check_binary("Y-Q=", false, NULL);
	check_binary("====", false, NULL);
}

static void
test_walk(void)
{
	DdbValue	value = parse("{\"M\":{\"a\":{\"S\":\"x\"}, \"\\u0062\":{\"N\":\"1\"}}}");
	DdbValue	scalar = parse("{\"S\":\"x\"}");
	DdbValue	broken;
	DdbValue	member;
	DdbValueIterator it;
	const char *name;
	size_t		len;

	ddb_value_iterate(&it, &value);
	tap_ok(ddb_value_next(&it, &member, &name, &len) && len == 1 &&
		   *name == 'a' && member.type == DDB_TYPE_S, "a map's member");
	tap_ok(ddb_value_next(&it, &member, &name, &len) && len == 6 &&
		   member.type == DDB_TYPE_N, "and another, its name as it came");
	tap_ok(!ddb_value_next(&it, &member, &name, &len) && !it.malformed &&
		   !ddb_value_next(&it, &member, &name, &len), "and the end");

	value = parse("{\"SS\":[\"x\", \"y\"]}");
	ddb_value_iterate(&it, &value);
	tap_ok(ddb_value_next(&it, &member, &name, &len) && name == NULL &&
		   member.type == DDB_TYPE_S && *member.text == 'x' &&
		   ddb_value_next(&it, &member, NULL, NULL) && *member.text == 'y' &&
		   !ddb_value_next(&it, &member, NULL, NULL), "a set's members");

	value = parse("{\"L\":[]}");
	ddb_value_iterate(&it, &value);
	tap_ok(!ddb_value_next(&it, &member, NULL, NULL), "an empty list");
	ddb_value_iterate(&it, &scalar);
	tap_ok(!ddb_value_next(&it, &member, NULL, NULL), "nothing in a string");

	broken = value;
	broken.text = "[{\"S\":\"a\"},5]";
	broken.len = strlen(broken.text);
	ddb_value_iterate(&it, &broken);
	tap_ok(ddb_value_next(&it, &member, NULL, NULL) &&
		   !ddb_value_next(&it, &member, NULL, NULL) && it.malformed &&
		   !ddb_value_next(&it, &member, NULL, NULL),
		   "what isn't a value ends early, and that is seen");

#define DOCUMENT \
	"{\"M\":{\"a\":{\"L\":[{\"S\":\"x\"},{\"M\":{\"b\":{\"N\":\"1\"}}}]}," \
	"\"s\":{\"SS\":[\"y\"]},\"a b\":{\"BOOL\":true}," \
	"\"\\u0065\":{\"S\":\"1\"},\"e\":{\"S\":\"2\"}}}"
	check_path(DOCUMENT, "a.0", "{\"S\":\"x\"}");
	check_path(DOCUMENT, "a.1.b", "{\"N\":\"1\"}");
	check_path(DOCUMENT, "a.2", "missing");
	check_path(DOCUMENT, "a.-1", "missing");
	check_path(DOCUMENT, "a.b", "missing");
	check_path(DOCUMENT, "a.0.b", "missing");
	check_path(DOCUMENT, "s.0", "missing");
	check_path(DOCUMENT, "a b", "{\"BOOL\":true}");
	check_path(DOCUMENT, "c", "missing");
	check_path(DOCUMENT, "e", "{\"S\":\"2\"}");
	check_path("{\"S\":\"x\"}", "", "{\"S\":\"x\"}");
}

int
main(void)
{
	test_types();
	test_parse();
	test_depth();
	test_numbers();
	test_strings();
	test_walk();
	return tap_done();
}
