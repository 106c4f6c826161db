/*-------------------------------------------------------------------------
 *
 * fuzz_page.c
 *	  libFuzzer over everything that reads what the service sends.
 *
 * An input is taken as an answer, as one value, and as the text of a leaf.
 * Besides what the sanitizers see (libFuzzer hands out blocks of exactly the
 * input's size), these must hold:
 *
 *	- the tokenizer accepts what the server's JSON parser accepts, token by
 *	  token and value by value
 *	- what the cursor finds in an item, following a path finds too
 *	- a value is the same after it has been written and read again
 *	- plain JSON is JSON; a sorted set is sorted and has the members it had
 *	- strings, numbers and names mean the same in all their spellings
 *
 *-------------------------------------------------------------------------
 */
#include "postgres_fe.h"

#include "dynamodb/decimal.h"
#include "dynamodb/page.h"
#include "dynamodb/plain.h"
#include "fuzz.h"
#include "oracle.h"

/* What the corpus has too; one of them twice, and one that is spelled. */
static const char *const names[] = {
	"PK", "SK", "n", "", "PK", "doc", "set", "\xc3\xa9\xf0\x9f\x98\x80"
};

static bool
same_value(const DdbValue *a, const DdbValue *b)
{
	return a->type == b->type && a->boolean == b->boolean &&
		a->escaped == b->escaped && a->len == b->len &&
		memcmp(a->text, b->text, a->len) == 0;
}

/*
 * Tokens
 */

/* Reads to the end; false if it isn't JSON, *too_deep if it might be. */
static bool
read_tokens(const char *text, size_t len, bool whole, bool *too_deep)
{
	DdbTokenizer tok;
	DdbToken	token;

	ddb_token_init(&tok, text, len);
	do
	{
		token = whole ? ddb_token_next_whole(&tok) : ddb_token_next(&tok);
		must(tok.ptr >= text && tok.ptr <= text + len);
		must(token == DDB_TOKEN_ERROR ||
			 (tok.text >= text && tok.text + tok.len <= text + len));
	} while (token > DDB_TOKEN_END);
	must((token == DDB_TOKEN_ERROR) == (tok.error != NULL));
	must(tok.error_offset <= len);
	*too_deep = tok.error != NULL && strcmp(tok.error, "less nesting") == 0;
	return token == DDB_TOKEN_END;
}

static void
check_tokens(const char *text, size_t len)
{
	bool		too_deep;
	bool		good = read_tokens(text, len, false, &too_deep);

	must(read_tokens(text, len, true, &too_deep) == good);

	/* Where jsonapi isn't asked: see token.c, and the check of an answer. */
	if (too_deep || memchr(text, '\0', len) != NULL ||
		pg_encoding_verifymbstr(PG_UTF8, text, (int) len) != (int) len)
		return;
	must((oracle_parse(text, len, false, NULL) == JSON_SUCCESS) == good);
}

/*
 * Leaves
 */

static void
check_string(const char *text, size_t len)
{
	char	   *dst = palloc(Max(len, 1));
	size_t		dstlen = len + 1;
	DdbStringFault fault = ddb_value_unescape(text, len, dst, &dstlen);

	must(dstlen <= len);
	if (fault == DDB_STRING_NOT_UNICODE)
		must(dstlen == 0);
	else
	{
		must((memchr(dst, '\0', dstlen) != NULL) ==
			 (fault == DDB_STRING_HAS_NUL ||
			  memchr(text, '\0', len) != NULL));
		must(ddb_value_equals_name(text, len, dst, dstlen));
		if (dstlen > 0)
			must(!ddb_value_equals_name(text, len, dst, dstlen - 1));
	}
	pfree(dst);
}

/* The nearest double; text is what a number's may be. */
static double
approximate(const char *text, size_t len)
{
	char	   *copy = pnstrdup(text, len);
	double		result = strtod(copy, NULL);

	pfree(copy);
	return result;
}

static void
check_number(const char *text, size_t len)
{
	StringInfoData once;
	StringInfoData twice;

	initStringInfo(&once);
	initStringInfo(&twice);
	if (!ddb_decimal_append(&once, text, len))
		must(once.len == 0);
	else
	{
		bool		too_deep;

		/* as JSON has numbers, and not to be simplified any more */
		must(read_tokens(once.data, once.len, false, &too_deep));
		must(ddb_decimal_append(&twice, once.data, once.len));
		must(strcmp(once.data, twice.data) == 0);
		must(approximate(text, len) == approximate(once.data, once.len));
	}
	pfree(once.data);
	pfree(twice.data);
}

static void
check_binary(const char *text, size_t len)
{
	char	   *dst = palloc(Max(len, 1));
	size_t		dstlen = len + 1;

	if (ddb_value_decode_binary(text, len, dst, &dstlen))
		must(dstlen <= len / 4 * 3);
	else
		must(dstlen == 0);
	pfree(dst);
}

/*
 * Values
 */

/* Are two members of a sorted set in order?  True where nobody can say. */
static bool
in_order(const DdbValue *a, const DdbValue *b)
{
	char	   *left;
	char	   *right;
	size_t		left_len;
	size_t		right_len;
	bool		result = true;

	if (a->type == DDB_TYPE_N)
		return approximate(a->text, a->len) <= approximate(b->text, b->len);
	if (a->type != DDB_TYPE_S)
		return true;

	left = palloc(Max(a->len, 1));
	right = palloc(Max(b->len, 1));
	if (ddb_value_unescape(a->text, a->len, left,
						   &left_len) != DDB_STRING_NOT_UNICODE &&
		ddb_value_unescape(b->text, b->len, right,
						   &right_len) != DDB_STRING_NOT_UNICODE)
	{
		int			order = memcmp(left, right, Min(left_len, right_len));

		result = order < 0 || (order == 0 && left_len <= right_len);
	}
	pfree(left);
	pfree(right);
	return result;
}

static void
check_sorted(const DdbValue *set)
{
	DdbValueIterator it;
	DdbValue	member;
	DdbValue   *members;
	size_t		total = 0;
	int			left = 0;
	int			n;
	int			i;

	members = ddb_plain_sort_set(set, &n);
	for (i = 0; i < n; i++)
	{
		must(members[i].text > set->text &&
			 members[i].text + members[i].len < set->text + set->len);
		must(i == 0 || in_order(&members[i - 1], &members[i]));
		total += members[i].len;
	}
	ddb_value_iterate(&it, set);
	while (ddb_value_next(&it, &member, NULL, NULL))
	{
		total -= member.len;
		left++;
	}
	must(left == n && total == 0 && !it.malformed);
	pfree(members);
}

/* Written and read again; the result must outlive what is read from it. */
static void
check_written(const DdbValue *value)
{
	StringInfoData buf;
	DdbValue	again;
	const char *ptr;
	bool		too_deep;

	initStringInfo(&buf);
	ddb_value_append_typed(&buf, value);
	ptr = buf.data;
	must(ddb_value_parse(&ptr, buf.data + buf.len, &again));
	must(ptr == buf.data + buf.len);
	if (value->type == DDB_TYPE_NULL)
		must(again.type == DDB_TYPE_NULL);	/* written as true, always */
	else
		must(same_value(value, &again));

	resetStringInfo(&buf);
	ddb_plain_append(&buf, value);
	must(read_tokens(buf.data, buf.len, true, &too_deep));
	pfree(buf.data);
}

static void
check_paths(const DdbValue *value)
{
	DdbValue	found;
	DdbPathStep steps[2];
	size_t		i;
	int			element;

	memset(steps, 0, sizeof(steps));
	for (i = 0; i < lengthof(names); i++)
	{
		steps[0].name = names[i];
		steps[0].len = strlen(names[i]);
		for (element = -1; element < 3; element++)
		{
			steps[1].element = element;
			if (ddb_value_follow(value, steps, 2, &found))
				check_written(&found);
			else
				must(found.type == DDB_TYPE_MISSING);
		}
	}
}

/* A value and all that is in it. */
static void
check_value(const DdbValue *value)
{
	DdbValueIterator it;
	DdbValue	member;
	const char *name;
	size_t		namelen;

	must(value->type != DDB_TYPE_MISSING);
	switch (value->type)
	{
		case DDB_TYPE_S:
			check_string(value->text, value->len);
			break;
		case DDB_TYPE_N:
			check_number(value->text, value->len);
			break;
		case DDB_TYPE_B:
			check_binary(value->text, value->len);
			break;
		case DDB_TYPE_SS:
		case DDB_TYPE_NS:
		case DDB_TYPE_BS:
			check_sorted(value);
			break;
		default:
			check_paths(value);
			break;
	}

	ddb_value_iterate(&it, value);
	while (ddb_value_next(&it, &member, &name, &namelen))
	{
		must((name != NULL) == (value->type == DDB_TYPE_M));
		if (name != NULL)
			check_string(name, namelen);
		check_value(&member);
	}
	must(!it.malformed);
}

static void
check_text_of_value(const char *text, size_t len)
{
	DdbValue	value;
	const char *ptr = text;

	if (ddb_value_parse(&ptr, text + len, &value))
	{
		must(ptr > text && ptr <= text + len);
		check_value(&value);
		check_written(&value);
	}
	else
		must(ptr == text);
	if (ddb_value_parse_item(text, len, &value))
		check_value(&value);
}

/*
 * Pages
 */

/* What the cursor found, against the item as a value by itself. */
static void
check_item(const DdbPage *page, const DdbValue *values)
{
	DdbValue	item;
	DdbValue	found;
	DdbPathStep step;
	bool		whole = ddb_value_parse_item(page->item, page->item_len, &item);
	size_t		i;

	memset(&step, 0, sizeof(step));
	for (i = 0; i < lengthof(names); i++)
	{
		if (values[i].type != DDB_TYPE_MISSING)
		{
			check_value(&values[i]);
			check_written(&values[i]);
		}
		if (!whole)
			continue;
		step.name = names[i];
		step.len = strlen(names[i]);
		must(ddb_value_follow(&item, &step, 1, &found) ==
			 (values[i].type != DDB_TYPE_MISSING));
		must(found.type == values[i].type);
		must(found.type == DDB_TYPE_MISSING || same_value(&found, &values[i]));
	}
}

static void
check_page(const char *body, size_t len)
{
	static DdbWanted *wanted = NULL;
	DdbValue	values[lengthof(names)];
	DdbPage		page;
	DdbError	err;
	int64		n = 0;

	if (wanted == NULL)
		wanted = ddb_page_wanted_create(lengthof(names), names);
	ddb_error_clear(&err);
	if (!ddb_page_open(&page, body, len, &err))
	{
		must(ddb_error_is_set(&err));
		return;
	}
	must(!ddb_error_is_set(&err));
	must(page.consumed.total >= 0);
	must(page.count >= -1 && page.scanned_count >= -1);
	if (page.last_key != NULL)
	{
		must(page.last_key >= body &&
			 page.last_key + page.last_key_len <= body + len);
		check_text_of_value(page.last_key, page.last_key_len);
	}

	while (ddb_page_next(&page, wanted, values, &err))
	{
		must(page.item >= body && page.item + page.item_len <= body + len);
		must(page.nread == ++n);
		check_item(&page, values);
	}
	must(!ddb_page_next(&page, wanted, values, &err));
}

/*
 * libFuzzer's entry point.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *) data;

	check_tokens(text, size);
	check_string(text, size);
	check_number(text, size);
	check_binary(text, size);
	check_text_of_value(text, size);
	check_page(text, size);
	return 0;
}
