/*-------------------------------------------------------------------------
 *
 * plain.c
 *	  Values as plain JSON, and the order of sets.
 *
 * Plain JSON is what json and jsonb columns show: M as object, L as array,
 * sets as arrays in a fixed order, N as a JSON number with all its digits, B
 * as base64.  It can't be taken back: a set and a list, or a string and a
 * binary, look the same in it.
 *
 * Only values that a parsing function has handed out come here: nothing is
 * checked again.  Strings and names aren't decoded but copied with the
 * escapes they came with; whoever makes text of the result meets "\u0000" and
 * lone surrogates.
 *
 * Recursion is bounded by DDB_TOKEN_MAX_DEPTH, as in value.c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FRONTEND
#include "postgres.h"
#else
#include "postgres_fe.h"
#endif

#include "dynamodb/decimal.h"
#include "dynamodb/plain.h"

/* A member of a set while it is being sorted. */
typedef struct SortEntry
{
	DdbValue	value;
	size_t		offset;			/* of its key in the buffer of keys */
	const char *key;
	size_t		keylen;
} SortEntry;

static void append_plain_tail(StringInfo buf, DdbTokenizer *tok);

/*
 * Order of sets
 */

static int
compare_bytes(const char *a, size_t alen, const char *b, size_t blen)
{
	int			result = memcmp(a, b, Min(alen, blen));

	if (result != 0)
		return result;
	return alen < blen ? -1 : (alen > blen ? 1 : 0);
}

static int
compare_entries(const void *a, const void *b)
{
	const SortEntry *left = a;
	const SortEntry *right = b;

	return compare_bytes(left->key, left->keylen, right->key, right->keylen);
}

/* Digits before the point of a canonical number without its sign. */
static size_t
integer_digits(const char *number, size_t len)
{
	const char *point = memchr(number, '.', len);

	return point ? (size_t) (point - number) : len;
}

/* The keys are canonical numbers. */
static int
compare_number_entries(const void *a, const void *b)
{
	const SortEntry *left = a;
	const SortEntry *right = b;
	bool		left_negative = left->key[0] == '-';
	bool		right_negative = right->key[0] == '-';
	size_t		skip = left_negative ? 1 : 0;
	size_t		left_digits;
	size_t		right_digits;
	int			result;

	if (left_negative != right_negative)
		return left_negative ? -1 : 1;

	/* Canonical numbers of equal length before the point sort as text. */
	left_digits = integer_digits(left->key + skip, left->keylen - skip);
	right_digits = integer_digits(right->key + skip, right->keylen - skip);
	if (left_digits != right_digits)
		result = left_digits < right_digits ? -1 : 1;
	else
		result = compare_bytes(left->key + skip, left->keylen - skip,
							   right->key + skip, right->keylen - skip);
	return left_negative ? -result : result;
}

/*
 * Appends what a member is ordered by.  A string or binary that can't be
 * decoded is ordered by its wire text: it stays somebody else's problem.
 */
static void
append_sort_key(StringInfo keys, const DdbValue *member)
{
	size_t		len;
	bool		ok;

	if (member->type == DDB_TYPE_N)
	{
		ddb_decimal_append(keys, member->text, member->len);
		return;
	}

	enlargeStringInfo(keys, member->len);
	if (member->type == DDB_TYPE_S)
		ok = ddb_value_unescape(member->text, member->len,
								keys->data + keys->len,
								&len) != DDB_STRING_NOT_UNICODE;
	else
		ok = ddb_value_decode_binary(member->text, member->len,
									 keys->data + keys->len, &len);
	if (ok)
	{
		keys->len += len;
		keys->data[keys->len] = '\0';
	}
	else
		appendBinaryStringInfo(keys, member->text, member->len);
}

/*
 * The members of a set, palloc'd, in order: strings by their UTF-8 bytes,
 * numbers by value, binaries by their bytes.  Their texts are slices of the
 * set's.
 */
DdbValue *
ddb_plain_sort_set(const DdbValue *set, int *nmembers)
{
	DdbValueIterator it;
	DdbValue	member;
	DdbValue   *result;
	SortEntry  *entries;
	StringInfoData keys;
	int			n = 0;
	int			i;

	ddb_value_iterate(&it, set);
	while (ddb_value_next(&it, &member, NULL, NULL))
		n++;

	result = palloc(Max(n, 1) * sizeof(DdbValue));
	entries = palloc(Max(n, 1) * sizeof(SortEntry));
	initStringInfo(&keys);

	ddb_value_iterate(&it, set);
	for (i = 0; i < n; i++)
	{
		ddb_value_next(&it, &entries[i].value, NULL, NULL);
		entries[i].offset = keys.len;
		append_sort_key(&keys, &entries[i].value);
		entries[i].keylen = keys.len - entries[i].offset;
	}
	for (i = 0; i < n; i++)
		entries[i].key = keys.data + entries[i].offset;

	qsort(entries, n, sizeof(SortEntry),
		  set->type == DDB_TYPE_NS ? compare_number_entries : compare_entries);

	for (i = 0; i < n; i++)
		result[i] = entries[i].value;
	pfree(entries);
	pfree(keys.data);
	*nmembers = n;
	return result;
}

/*
 * Plain JSON
 */

static void
append_quoted(StringInfo buf, const char *text, size_t len)
{
	appendStringInfoChar(buf, '"');
	appendBinaryStringInfo(buf, text, len);
	appendStringInfoChar(buf, '"');
}

static void
append_plain_scalar(StringInfo buf, const DdbValue *value)
{
	switch (value->type)
	{
		case DDB_TYPE_S:
		case DDB_TYPE_B:
			append_quoted(buf, value->text, value->len);
			break;
		case DDB_TYPE_N:
			ddb_decimal_append(buf, value->text, value->len);
			break;
		case DDB_TYPE_BOOL:
			appendStringInfoString(buf, value->boolean ? "true" : "false");
			break;
		default:
			Assert(value->type == DDB_TYPE_NULL ||
				   value->type == DDB_TYPE_MISSING);
			appendStringInfoString(buf, "null");
			break;
	}
}

static void
append_plain_set(StringInfo buf, const DdbValue *set)
{
	DdbValue   *members;
	int			n;
	int			i;

	members = ddb_plain_sort_set(set, &n);
	appendStringInfoChar(buf, '[');
	for (i = 0; i < n; i++)
	{
		if (i > 0)
			appendStringInfoChar(buf, ',');
		append_plain_scalar(buf, &members[i]);
	}
	appendStringInfoChar(buf, ']');
	pfree(members);
}

/*
 * Appends the members of a list or map whose opening bracket has been read.
 * One tokenizer goes through the whole value: to take nested values out one
 * by one would read each byte once a level.
 */
static void
append_plain_members(StringInfo buf, DdbTokenizer *tok, DdbType type)
{
	bool		first = true;
	DdbToken	token;

	appendStringInfoChar(buf, type == DDB_TYPE_M ? '{' : '[');
	for (;;)
	{
		token = ddb_token_next(tok);
		if (token != DDB_TOKEN_NAME && token != DDB_TOKEN_OBJECT)
			break;
		if (!first)
			appendStringInfoChar(buf, ',');
		first = false;
		if (token == DDB_TOKEN_NAME)
		{
			append_quoted(buf, tok->text, tok->len);
			appendStringInfoChar(buf, ':');
			ddb_token_next(tok);
		}
		append_plain_tail(buf, tok);
	}
	appendStringInfoChar(buf, type == DDB_TYPE_M ? '}' : ']');
}

/* Appends an AttributeValue whose opening brace has been read. */
static void
append_plain_tail(StringInfo buf, DdbTokenizer *tok)
{
	DdbValue	value;
	DdbToken	token;

	memset(&value, 0, sizeof(value));
	if (ddb_token_next(tok) == DDB_TOKEN_NAME)
		value.type = ddb_value_type_from_token(tok);

	if (value.type == DDB_TYPE_L || value.type == DDB_TYPE_M)
	{
		ddb_token_next(tok);
		append_plain_members(buf, tok, value.type);
	}
	else
	{
		token = ddb_token_next_whole(tok);
		value.boolean = token == DDB_TOKEN_TRUE;
		value.text = tok->text;
		value.len = tok->len;
		ddb_plain_append(buf, &value);
	}
	ddb_token_next(tok);
}

/*
 * Appends a value as plain JSON: M as object, L as array, sets as sorted
 * arrays, N with all its digits, B as base64.  Strings keep the escapes they
 * came with, "\u0000" among them.  The value must have come from a parsing
 * function; MISSING is null.
 */
void
ddb_plain_append(StringInfo buf, const DdbValue *value)
{
	DdbTokenizer tok;

	switch (value->type)
	{
		case DDB_TYPE_L:
		case DDB_TYPE_M:
			ddb_token_init(&tok, value->text, value->len);
			ddb_token_next(&tok);
			append_plain_members(buf, &tok, value->type);
			break;
		case DDB_TYPE_SS:
		case DDB_TYPE_NS:
		case DDB_TYPE_BS:
			append_plain_set(buf, value);
			break;
		default:
			append_plain_scalar(buf, value);
			break;
	}
}
