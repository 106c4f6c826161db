/*-------------------------------------------------------------------------
 *
 * typed.c
 *	  Plain JSON as attribute values: what json and jsonb columns are
 *	  written as.
 *
 *		{"a": [1, "x", null]}
 *
 * becomes
 *
 *		{"M": {"a": {"L": [{"N": "1"}, {"S": "x"}, {"NULL": true}]}}}
 *
 * Strings are copied with the escapes they have; numbers are brought into
 * the form in which the service returns them.  Where an object repeats a
 * name, the last one counts, as in jsonb and in value.c.
 *
 * Recursion is bounded by MAX_LEVELS.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FRONTEND
#include "postgres.h"
#else
#include "postgres_fe.h"
#endif

#include "dynamodb/decimal.h"
#include "dynamodb/equal.h"
#include "dynamodb/plain.h"
#include "dynamodb/typed.h"

/*
 * DynamoDB allows fewer levels, but it depends on where the value is put (see
 * ddb_size_nesting()); this keeps the result within DDB_TOKEN_MAX_DEPTH.
 */
#define MAX_LEVELS		50

/* A member of an object, while the object is being written. */
typedef struct Member
{
	const char *name;			/* as it stands in JSON, or unescaped */
	size_t		len;
	int			number;			/* among the object's members */
	int			start;			/* where it stands in the buffer */
	int			end;
} Member;

static DdbTypedFault append_typed(StringInfo buf, DdbTokenizer *tok,
								  DdbToken token, int level);

static int
compare_members(const void *a, const void *b)
{
	const Member *left = a;
	const Member *right = b;
	int			result;

	if (left->len != right->len)
		return left->len < right->len ? -1 : 1;
	result = memcmp(left->name, right->name, left->len);
	return result != 0 ? result : left->number - right->number;
}

static int
compare_numbers(const void *a, const void *b)
{
	return ((const Member *) a)->number - ((const Member *) b)->number;
}

/*
 * Writes the object that begins at start anew, each name with its last
 * member only.  Most objects have nothing to be taken out.
 */
static void
drop_repeated(StringInfo buf, int start, Member *members, int n)
{
	StringInfoData rest;
	int			nkept = 0;

	qsort(members, n, sizeof(Member), compare_members);
	for (int i = 0; i < n; i++)
	{
		if (i + 1 == n || members[i].len != members[i + 1].len ||
			memcmp(members[i].name, members[i + 1].name,
				   members[i].len) != 0)
			members[nkept++] = members[i];
	}
	if (nkept == n)
		return;

	qsort(members, nkept, sizeof(Member), compare_numbers);
	initStringInfo(&rest);
	for (int i = 0; i < nkept; i++)
	{
		if (i > 0)
			appendStringInfoChar(&rest, ',');
		appendBinaryStringInfo(&rest, buf->data + members[i].start,
							   members[i].end - members[i].start);
	}
	buf->len = start + 1;
	appendBinaryStringInfo(buf, rest.data, rest.len);
	appendStringInfoChar(buf, '}');
	pfree(rest.data);
}

/* The name that the tokenizer has just read, unescaped where that can be. */
static void
take_name(const DdbTokenizer *tok, Member *member)
{
	char	   *unescaped;

	member->name = tok->text;
	member->len = tok->len;
	if (!tok->escaped)
		return;
	unescaped = palloc(tok->len);
	if (ddb_value_unescape(tok->text, tok->len, unescaped,
						   &member->len) == DDB_STRING_NOT_UNICODE)
		member->len = tok->len;
	else
		member->name = unescaped;
}

/* The members of an object whose brace has been read. */
static DdbTypedFault
append_object(StringInfo buf, DdbTokenizer *tok, int level)
{
	int			start = buf->len;
	int			room = 8;
	int			n = 0;
	Member	   *members = palloc(sizeof(Member) * room);
	DdbToken	token;

	appendStringInfoChar(buf, '{');
	while ((token = ddb_token_next(tok)) == DDB_TOKEN_NAME)
	{
		DdbTypedFault fault;

		if (tok->len == 0)
			return DDB_TYPED_NAME;
		if (n == room)
		{
			room *= 2;
			members = repalloc(members, sizeof(Member) * room);
		}
		if (n > 0)
			appendStringInfoChar(buf, ',');
		take_name(tok, &members[n]);
		members[n].number = n;
		members[n].start = buf->len;
		appendStringInfoChar(buf, '"');
		appendBinaryStringInfo(buf, tok->text, (int) tok->len);
		appendStringInfoString(buf, "\":");
		fault = append_typed(buf, tok, ddb_token_next(tok), level + 1);
		if (fault != DDB_TYPED_OK)
			return fault;
		members[n++].end = buf->len;
	}
	appendStringInfoChar(buf, '}');
	if (n > 1)
		drop_repeated(buf, start, members, n);
	pfree(members);
	return token == DDB_TOKEN_OBJECT_END ? DDB_TYPED_OK :
		DDB_TYPED_MALFORMED;
}

/* The elements of an array whose bracket has been read. */
static DdbTypedFault
append_array(StringInfo buf, DdbTokenizer *tok, int level)
{
	DdbToken	token;
	char		separator = '[';

	while ((token = ddb_token_next(tok)) != DDB_TOKEN_ARRAY_END)
	{
		DdbTypedFault fault;

		appendStringInfoChar(buf, separator);
		separator = ',';
		fault = append_typed(buf, tok, token, level + 1);
		if (fault != DDB_TYPED_OK)
			return fault;
	}
	if (separator == '[')
		appendStringInfoChar(buf, separator);
	appendStringInfoChar(buf, ']');
	return DDB_TYPED_OK;
}

/* An object or array whose bracket has been read, without its type. */
static DdbTypedFault
append_container(StringInfo buf, DdbTokenizer *tok, DdbToken token, int level)
{
	if (level >= MAX_LEVELS)
		return DDB_TYPED_DEPTH;
	return token == DDB_TOKEN_OBJECT ? append_object(buf, tok, level) :
		append_array(buf, tok, level);
}

/* The token that has been read, if it is a scalar's. */
static DdbTypedFault
take_scalar(const DdbTokenizer *tok, DdbToken token, DdbValue *out)
{
	StringInfoData number;

	memset(out, 0, sizeof(*out));
	out->text = tok->text;
	out->len = tok->len;
	switch (token)
	{
		case DDB_TOKEN_STRING:
			out->type = DDB_TYPE_S;
			out->escaped = tok->escaped;
			return DDB_TYPED_OK;
		case DDB_TOKEN_TRUE:
		case DDB_TOKEN_FALSE:
			out->type = DDB_TYPE_BOOL;
			out->boolean = (token == DDB_TOKEN_TRUE);
			return DDB_TYPED_OK;
		case DDB_TOKEN_NULL:
			out->type = DDB_TYPE_NULL;
			return DDB_TYPED_OK;
		case DDB_TOKEN_NUMBER:
			if (!ddb_decimal_fits(tok->text, tok->len))
				return DDB_TYPED_NUMBER;
			initStringInfo(&number);
			(void) ddb_decimal_append(&number, tok->text, tok->len);
			out->type = DDB_TYPE_N;
			out->text = number.data;
			out->len = number.len;
			return DDB_TYPED_OK;
		default:
			return DDB_TYPED_MALFORMED;
	}
}

/* A value whose first token has been read, with its type. */
static DdbTypedFault
append_typed(StringInfo buf, DdbTokenizer *tok, DdbToken token, int level)
{
	DdbValue	scalar;
	DdbTypedFault fault;

	if (token == DDB_TOKEN_OBJECT || token == DDB_TOKEN_ARRAY)
	{
		appendStringInfoString(buf, token == DDB_TOKEN_OBJECT ?
							   "{\"M\":" : "{\"L\":");
		fault = append_container(buf, tok, token, level);
		appendStringInfoChar(buf, '}');
		return fault;
	}
	fault = take_scalar(tok, token, &scalar);
	if (fault == DDB_TYPED_OK)
		ddb_value_append_typed(buf, &scalar);
	return fault;
}

/*
 * Reads a plain JSON text in UTF-8 as a value.  Strings are borrowed from
 * the text, the rest is palloc'd in the current context.
 */
DdbTypedFault
ddb_typed_parse_plain(const char *json, size_t len, DdbValue *out)
{
	DdbTokenizer tok;
	DdbToken	token;
	DdbTypedFault fault;

	ddb_token_init(&tok, json, len);
	token = ddb_token_next(&tok);
	if (token == DDB_TOKEN_OBJECT || token == DDB_TOKEN_ARRAY)
	{
		StringInfoData buf;

		initStringInfo(&buf);
		fault = append_container(&buf, &tok, token, 0);
		memset(out, 0, sizeof(*out));
		out->type = (token == DDB_TOKEN_OBJECT) ? DDB_TYPE_M : DDB_TYPE_L;
		out->text = buf.data;
		out->len = buf.len;
	}
	else
		fault = take_scalar(&tok, token, out);
	if (fault == DDB_TYPED_OK && ddb_token_next(&tok) != DDB_TOKEN_END)
		fault = DDB_TYPED_MALFORMED;
	return fault;
}

/*
 * Has a set members, each of them once?  Sorted, the same ones are neighbours.
 */
static bool
is_set(const DdbValue *set)
{
	int			n;
	DdbValue   *members = ddb_plain_sort_set(set, &n);
	bool		result = n > 0;

	for (int i = 1; result && i < n; i++)
		result = !ddb_equal_values(&members[i - 1], &members[i]);
	pfree(members);
	return result;
}

static bool
is_binary(const DdbValue *value)
{
	char	   *bytes = palloc(value->len + 1);
	size_t		len;
	bool		result = ddb_value_decode_binary(value->text, value->len,
												 bytes, &len);

	pfree(bytes);
	return result;
}

/* Can DynamoDB hold this value, whatever is within it? */
static DdbTypedFault
check_value(const DdbValue *value)
{
	switch (value->type)
	{
		case DDB_TYPE_N:
			return ddb_decimal_fits(value->text, value->len) ? DDB_TYPED_OK :
				DDB_TYPED_NUMBER;
		case DDB_TYPE_B:
			return is_binary(value) ? DDB_TYPED_OK : DDB_TYPED_BINARY;
		case DDB_TYPE_NULL:
			return value->boolean ? DDB_TYPED_OK : DDB_TYPED_MALFORMED;
		case DDB_TYPE_SS:
		case DDB_TYPE_NS:
		case DDB_TYPE_BS:
			return is_set(value) ? DDB_TYPED_OK : DDB_TYPED_SET;
		default:
			return DDB_TYPED_OK;
	}
}

/* Is everything within a typed value such that DynamoDB can hold it? */
static DdbTypedFault
check_typed(const DdbValue *value, int level)
{
	DdbTypedFault fault = check_value(value);
	DdbValueIterator it;
	DdbValue	member;
	const char *name;
	size_t		namelen;

	if (level >= MAX_LEVELS)
		return DDB_TYPED_DEPTH;
	ddb_value_iterate(&it, value);
	while (fault == DDB_TYPED_OK &&
		   ddb_value_next(&it, &member, &name, &namelen))
	{
		if (value->type == DDB_TYPE_M && namelen == 0)
			return DDB_TYPED_NAME;
		fault = check_typed(&member, level + 1);
	}
	return fault;
}

/*
 * Reads the typed form, {"S": "x"}, borrowed from the text.
 */
DdbTypedFault
ddb_typed_parse(const char *json, size_t len, DdbValue *out)
{
	const char *ptr = json;
	const char *end = json + len;

	if (!ddb_value_parse(&ptr, end, out))
		return DDB_TYPED_MALFORMED;
	while (ptr < end && strchr(" \t\r\n", *ptr) != NULL)
		ptr++;
	return ptr == end ? check_typed(out, 0) : DDB_TYPED_MALFORMED;
}
