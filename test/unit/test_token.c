/*-------------------------------------------------------------------------
 *
 * test_token.c
 *	  Unit test of src/dynamodb/token.c, outside the server.
 *
 * The tokenizer must accept what the server's jsonapi accepts, and refuse
 * what it refuses, on 100,000 documents: generated ones and ones that were
 * damaged afterwards.  What tokens say is checked by hand on a few.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres_fe.h"

#include "dynamodb/token.h"
#include "lib/stringinfo.h"
#include "oracle.h"
#include "tap.h"

#define NDOCUMENTS 100000
#define MAX_LEVELS 6
#define SEED UINT64CONST(20121018)

static const char *const token_names[] = {
	"error", "end", "name", "{", "}", "[", "]", "string", "number", "true",
	"false", "null"
};

/* The tokens of a document, one after another, as text. */
static char *
describe(const char *text, size_t len)
{
	StringInfoData buf;
	DdbTokenizer tok;
	DdbToken	token;

	initStringInfo(&buf);
	ddb_token_init(&tok, text, len);
	do
	{
		token = ddb_token_next(&tok);
		appendStringInfo(&buf, "%s%s", buf.len > 0 ? " " : "",
						 token_names[token]);
		if (token == DDB_TOKEN_NAME || token == DDB_TOKEN_STRING ||
			token == DDB_TOKEN_NUMBER)
			appendStringInfo(&buf, "%s(%.*s)", tok.escaped ? "\\" : "",
							 (int) tok.len, tok.text);
	} while (token != DDB_TOKEN_END && token != DDB_TOKEN_ERROR);
	if (token == DDB_TOKEN_ERROR)
		appendStringInfo(&buf, " %zu: %s", tok.error_offset, tok.error);
	return buf.data;
}

static void
check_tokens(const char *text, const char *expected)
{
	char	   *got = describe(text, strlen(text));

	tap_is(got, expected, text);
	pfree(got);
}

/* Reads to the end; whole values at once where one starts, or one by one. */
static bool
accepts(const char *text, size_t len, bool whole)
{
	DdbTokenizer tok;
	DdbToken	token;

	ddb_token_init(&tok, text, len);
	do
	{
		token = whole ? ddb_token_next_whole(&tok) : ddb_token_next(&tok);
		if (token == DDB_TOKEN_ERROR)
			return false;
	} while (token != DDB_TOKEN_END);
	return true;
}

/*
 * Documents
 */

static void
generate_space(StringInfo buf, uint64 *chance)
{
	static const char spaces[] = " \t\n\r";

	while (tap_below(chance, 8) == 0)
		appendStringInfoChar(buf, spaces[tap_below(chance, 4)]);
}

static void
generate_string(StringInfo buf, uint64 *chance)
{
	static const char *const pieces[] = {
		"a", "PK", "USER#123", "0123456789abcdef", "\\n", "\\\"", "\\\\",
		"\\/", "\\b\\f\\r\\t", "\\u0041", "\\u00e9", "\\u0000",
		"\\ud83d\\ude00", "\\ud83d", "\\ude00", "\xc3\xa9", "\xe2\x82\xac",
		"\xf0\x9f\x98\x80", " ", "{", "]", ",", ":", "\x7f"
	};
	int			n = tap_below(chance, 6);

	appendStringInfoChar(buf, '"');
	while (n-- > 0)
		appendStringInfoString(buf,
							   pieces[tap_below(chance, lengthof(pieces))]);
	appendStringInfoChar(buf, '"');
}

static void
generate_number(StringInfo buf, uint64 *chance)
{
	static const char *const exponents[] = {
		"e", "e+", "e-", "E", "E+", "E-"
	};

	if (tap_below(chance, 3) == 0)
		appendStringInfoChar(buf, '-');
	if (tap_below(chance, 4) == 0)
		appendStringInfoChar(buf, '0');
	else
		appendStringInfo(buf, "%d", 1 + tap_below(chance, 100000));
	if (tap_below(chance, 3) == 0)
		appendStringInfo(buf, ".%d", tap_below(chance, 1000));
	if (tap_below(chance, 4) == 0)
		appendStringInfo(buf, "%s%d", exponents[tap_below(chance, 6)],
						 tap_below(chance, 200));
}

/* At the top, depth MAX_LEVELS, nearly always an array or object. */
static void
generate_value(StringInfo buf, uint64 *chance, int depth)
{
	static const char *const words[] = {"true", "false", "null"};
	int			kind = tap_below(chance, depth > 0 ? 10 : 6);
	bool		is_object = kind >= 8;
	int			n;
	int			i;

	if (depth == MAX_LEVELS && tap_below(chance, 20) > 0)
		kind = 6 + tap_below(chance, 4);
	generate_space(buf, chance);
	if (kind < 2)
		generate_number(buf, chance);
	else if (kind < 3)
		appendStringInfoString(buf, words[tap_below(chance, 3)]);
	else if (kind < 6)
		generate_string(buf, chance);
	else
	{
		appendStringInfoChar(buf, is_object ? '{' : '[');
		generate_space(buf, chance);
		n = tap_below(chance, 7);
		for (i = 0; i < n; i++)
		{
			if (i > 0)
				appendStringInfoChar(buf, ',');
			if (is_object)
			{
				generate_space(buf, chance);
				generate_string(buf, chance);
				generate_space(buf, chance);
				appendStringInfoChar(buf, ':');
			}
			generate_value(buf, chance, depth - 1);
		}
		generate_space(buf, chance);
		appendStringInfoChar(buf, is_object ? '}' : ']');
	}
	generate_space(buf, chance);
}

/* Changes, drops, doubles or cuts off some bytes, or moves a stretch. */
static void
mutate(StringInfo buf, uint64 *chance)
{
	static const char odd[] = "{}[],:\"\\/ \t\n\r+-.eE0123456789truefalsnu"
		"\x01\x1f\x7f\x80\xc3\xa9\xe2\xff'NaI#";
	int			changes = 1 + tap_below(chance, 3);

	while (changes-- > 0 && buf->len > 0)
	{
		int			at = tap_below(chance, buf->len);
		int			n = 1 + tap_below(chance, Min(4, buf->len - at));

		switch (tap_below(chance, 6))
		{
			case 0:				/* another byte, now and then a NUL */
				buf->data[at] = odd[tap_below(chance, sizeof(odd))];
				break;
			case 1:				/* drop */
				memmove(buf->data + at, buf->data + at + n,
						buf->len - at - n);
				buf->len -= n;
				break;
			case 2:				/* double */
				enlargeStringInfo(buf, n);
				memmove(buf->data + at + n, buf->data + at, buf->len - at);
				buf->len += n;
				break;
			case 3:				/* cut off */
				buf->len = at;
				break;
			case 4:				/* insert */
				enlargeStringInfo(buf, 1);
				memmove(buf->data + at + 1, buf->data + at, buf->len - at);
				buf->data[at] = odd[tap_below(chance, sizeof(odd) - 1)];
				buf->len++;
				break;
			default:			/* a stretch from elsewhere */
				memmove(buf->data + at,
						buf->data + tap_below(chance, buf->len - n + 1), n);
				break;
		}
	}
}

static void
show(const char *text, size_t len)
{
	size_t		i;

	printf("# ");
	for (i = 0; i < len; i++)
	{
		unsigned char c = text[i];

		if (c < 0x20 || c > 0x7e)
			printf("<%02x>", c);
		else
			putchar(c);
	}
	printf("\n");
}

/*
 * jsonapi takes a backslash with a NUL byte behind it for an escape; no text
 * in a server can contain one.  NUL bytes are refused here anyhow.
 */
static bool
oracle_accepts(const char *text, size_t len)
{
	return memchr(text, '\0', len) == NULL &&
		oracle_parse(text, len, false, NULL) == JSON_SUCCESS;
}

static void
test_oracle(void)
{
	StringInfoData buf;
	uint64		chance = SEED;
	int64		total = 0;
	int			naccepted = 0;
	int			ndisagreed = 0;
	int			i;

	initStringInfo(&buf);
	for (i = 0; i < NDOCUMENTS; i++)
	{
		char	   *exact;
		bool		expected;

		resetStringInfo(&buf);
		generate_value(&buf, &chance, MAX_LEVELS);
		if (tap_below(&chance, 5) > 0)
			mutate(&buf, &chance);

		/* a block of just this size, so that valgrind sees a byte too many */
		exact = palloc(Max(buf.len, 1));
		memcpy(exact, buf.data, buf.len);
		expected = oracle_accepts(exact, buf.len);
		if (accepts(exact, buf.len, false) != expected ||
			accepts(exact, buf.len, true) != expected)
		{
			if (ndisagreed++ < 10)
				show(exact, buf.len);
		}
		naccepted += expected;
		total += buf.len;
		pfree(exact);
	}
	tap_ok(ndisagreed == 0, psprintf("agrees with jsonapi on %d documents",
									 NDOCUMENTS));
	tap_ok(naccepted > NDOCUMENTS / 5 && naccepted < NDOCUMENTS * 4 / 5,
		   "a fair share of them is valid");
	printf("# %d of %d documents are valid; mean length %d bytes\n",
		   naccepted, NDOCUMENTS, (int) (total / NDOCUMENTS));
	pfree(buf.data);
}

/* Every byte at every place of a long string: the fast path has 8 of them. */
static void
test_strings(void)
{
	char		text[40];
	int			ndisagreed = 0;
	int			at;
	int			byte;

	for (at = 1; at < 26; at++)
	{
		for (byte = 1; byte < 256; byte++)
		{
			memset(text, 'x', sizeof(text));
			text[0] = '"';
			text[30] = '"';
			text[at] = byte;
			if (accepts(text, 31, false) != oracle_accepts(text, 31))
				ndisagreed++;
			text[at + 1] = '\\';
			if (accepts(text, 31, false) != oracle_accepts(text, 31))
				ndisagreed++;
			text[at + 1] = 0x21;
			text[at + 2] = 0x1f;
			if (accepts(text, 31, false) != oracle_accepts(text, 31))
				ndisagreed++;
		}
	}
	tap_ok(ndisagreed == 0, "every byte at every place of a string");
}

static void
test_nesting(void)
{
	char		text[2 * (DDB_TOKEN_MAX_DEPTH + 1)];
	DdbTokenizer tok;

	memset(text, '[', DDB_TOKEN_MAX_DEPTH);
	memset(text + DDB_TOKEN_MAX_DEPTH, ']', DDB_TOKEN_MAX_DEPTH);
	tap_ok(accepts(text, 2 * DDB_TOKEN_MAX_DEPTH, false),
		   "deepest nesting that is allowed");

	memset(text, '[', DDB_TOKEN_MAX_DEPTH + 1);
	memset(text + DDB_TOKEN_MAX_DEPTH + 1, ']', DDB_TOKEN_MAX_DEPTH + 1);
	tap_ok(!accepts(text, sizeof(text), false), "one level more is refused");
	ddb_token_init(&tok, text, sizeof(text));
	tap_ok(ddb_token_next_whole(&tok) == DDB_TOKEN_ERROR &&
		   strcmp(tok.error, "less nesting") == 0 &&
		   tok.error_offset == DDB_TOKEN_MAX_DEPTH,
		   "and where, is said");
	tap_ok(ddb_token_next(&tok) == DDB_TOKEN_ERROR, "errors stay");
}

static void
test_whole(void)
{
	static const char text[] = "{\"a\": [1, {\"b\": []}] , \"c\":2}";
	DdbTokenizer tok;

	ddb_token_init(&tok, text, strlen(text));
	tap_ok(ddb_token_next(&tok) == DDB_TOKEN_OBJECT &&
		   ddb_token_next(&tok) == DDB_TOKEN_NAME &&
		   ddb_token_next_whole(&tok) == DDB_TOKEN_ARRAY &&
		   tok.len == strlen("[1, {\"b\": []}]") &&
		   strncmp(tok.text, "[1, {\"b\": []}]", tok.len) == 0,
		   "a whole array");
	tap_ok(ddb_token_next(&tok) == DDB_TOKEN_NAME &&
		   tok.len == 1 && *tok.text == 'c' &&
		   ddb_token_next_whole(&tok) == DDB_TOKEN_NUMBER &&
		   ddb_token_next_whole(&tok) == DDB_TOKEN_OBJECT_END &&
		   ddb_token_next(&tok) == DDB_TOKEN_END &&
		   ddb_token_next(&tok) == DDB_TOKEN_END,
		   "and what follows");
}

int
main(void)
{
	check_tokens(" {\"a\" : [1 , -2.5e+3 ,true,false,null,\"x\\n\",{} , [ ] ]} ",
				 "{ name(a) [ number(1) number(-2.5e+3) true false null "
				 "string\\(x\\n) { } [ ] ] } end");
	check_tokens("\"\"", "string() end");
	check_tokens("", "error 0: a value");
	check_tokens("[1,]", "[ number(1) error 3: a value");
	check_tokens("[1 2]", "[ number(1) error 3: a comma or a closing bracket");
	check_tokens("[1}", "[ number(1) error 2: a comma or a closing bracket");
	check_tokens("{\"a\" 1}", "{ error 5: a colon");
	check_tokens("{\"a\":1,}", "{ name(a) number(1) error 7: a member's name");
	check_tokens("{1:2}", "{ error 1: a member's name");
	check_tokens("01", "error 0: a number");
	check_tokens("[-]", "[ error 1: a number");
	check_tokens("1.e5", "error 0: a number");
	check_tokens("\"abc", "error 4: the end of a string");
	check_tokens("\"a\\x\"", "error 2: an escape sequence");
	check_tokens("\"a\\u12g4\"", "error 2: an escape sequence");
	check_tokens("\"a\tb\"", "error 2: no control character in a string");
	check_tokens("trueish", "true error 4: the end");
	check_tokens("1 2", "number(1) error 2: the end");
	test_whole();
	test_nesting();
	test_strings();
	test_oracle();
	return tap_done();
}
