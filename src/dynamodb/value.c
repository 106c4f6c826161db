/*-------------------------------------------------------------------------
 *
 * value.c
 *	  One DynamoDB attribute value in its wire form.
 *
 * An AttributeValue is an object with exactly one member, whose name is the
 * type: {"S": "x"}.  Parsing checks a value down to its leaves and hands out
 * slices; converting a leaf is left to whoever wants it.  Two things stay
 * unchecked until then: whether a string can be text here (U+0000, lone
 * surrogates), and whether a B is base64.
 *
 * Names are compared as characters, not as spelling, so an escaped name is
 * found too; where a map repeats one, the last counts, as in jsonb.
 *
 * Recursion is bounded by DDB_TOKEN_MAX_DEPTH: a value takes two of its
 * levels.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FRONTEND
#include "postgres.h"
#else
#include "postgres_fe.h"
#endif

#include "common/base64.h"
#include "dynamodb/decimal.h"
#include "dynamodb/value.h"
#include "mb/pg_wchar.h"

/* Longest spelling of a type's name: four characters, each as \u0000. */
#define MAX_TYPE_SPELLING (4 * 6)

/* A code point that isn't one: half of a surrogate pair. */
#define LONE_SURROGATE ((pg_wchar) 0xFFFFFFFF)

/* The byte b in all eight places. */
#define EVERY_BYTE(b)	(UINT64CONST(0x0101010101010101) * (b))

static bool read_tail(DdbTokenizer *tok, DdbValue *out);

/*
 * A type's name as it stands in JSON and in attribute_type().
 */
const char *
ddb_value_type_name(DdbType type)
{
	switch (type)
	{
		case DDB_TYPE_MISSING:
			break;
		case DDB_TYPE_S:
			return "S";
		case DDB_TYPE_N:
			return "N";
		case DDB_TYPE_B:
			return "B";
		case DDB_TYPE_BOOL:
			return "BOOL";
		case DDB_TYPE_NULL:
			return "NULL";
		case DDB_TYPE_SS:
			return "SS";
		case DDB_TYPE_NS:
			return "NS";
		case DDB_TYPE_BS:
			return "BS";
		case DDB_TYPE_L:
			return "L";
		case DDB_TYPE_M:
			return "M";
	}
	return "missing";
}

/*
 * The type of that name (case matters), or DDB_TYPE_MISSING.
 */
DdbType
ddb_value_type_from_name(const char *name, size_t len)
{
	switch (len)
	{
		case 1:
			switch (name[0])
			{
				case 'S':
					return DDB_TYPE_S;
				case 'N':
					return DDB_TYPE_N;
				case 'B':
					return DDB_TYPE_B;
				case 'L':
					return DDB_TYPE_L;
				case 'M':
					return DDB_TYPE_M;
			}
			break;
		case 2:
			if (name[1] != 'S')
				break;
			switch (name[0])
			{
				case 'S':
					return DDB_TYPE_SS;
				case 'N':
					return DDB_TYPE_NS;
				case 'B':
					return DDB_TYPE_BS;
			}
			break;
		case 4:
			if (memcmp(name, "BOOL", 4) == 0)
				return DDB_TYPE_BOOL;
			if (memcmp(name, "NULL", 4) == 0)
				return DDB_TYPE_NULL;
			break;
	}
	return DDB_TYPE_MISSING;
}

/*
 * Strings
 */

/* Four hexadecimal digits; false if they aren't. */
static bool
decode_hex4(const char *p, const char *end, pg_wchar *code)
{
	int			i;

	if (end - p < 4)
		return false;
	*code = 0;
	for (i = 0; i < 4; i++)
	{
		char		c = p[i];

		*code <<= 4;
		if (c >= '0' && c <= '9')
			*code |= c - '0';
		else if (c >= 'a' && c <= 'f')
			*code |= c - 'a' + 10;
		else if (c >= 'A' && c <= 'F')
			*code |= c - 'A' + 10;
		else
			return false;
	}
	return true;
}

/*
 * Decodes the escape sequence whose backslash is at p; a surrogate pair is
 * one.  Returns where it ends, or NULL if it isn't one.
 */
static const char *
decode_escape(const char *p, const char *end, pg_wchar *code)
{
	pg_wchar	low;

	if (end - p < 2)
		return NULL;
	switch (p[1])
	{
		case '"':
		case '\\':
		case '/':
			*code = p[1];
			return p + 2;
		case 'b':
			*code = '\b';
			return p + 2;
		case 'f':
			*code = '\f';
			return p + 2;
		case 'n':
			*code = '\n';
			return p + 2;
		case 'r':
			*code = '\r';
			return p + 2;
		case 't':
			*code = '\t';
			return p + 2;
		case 'u':
			break;
		default:
			return NULL;
	}

	if (!decode_hex4(p + 2, end, code))
		return NULL;
	p += 6;
	if (is_utf16_surrogate_first(*code))
	{
		if (end - p < 6 || p[0] != '\\' || p[1] != 'u' ||
			!decode_hex4(p + 2, end, &low) ||
			!is_utf16_surrogate_second(low))
		{
			*code = LONE_SURROGATE;
			return p;
		}
		*code = surrogate_pair_to_codepoint(*code, low);
		return p + 6;
	}
	if (is_utf16_surrogate_second(*code))
		*code = LONE_SURROGATE;
	return p;
}

/* Is any of these bytes a backslash, or not ASCII? */
static inline bool
is_odd(uint64 word)
{
	uint64		escape = word ^ EVERY_BYTE('\\');

	return ((word | (escape - EVERY_BYTE(1))) & EVERY_BYTE(0x80)) != 0;
}

/*
 * Copies a string if it is ASCII without escapes, which nearly all are; else
 * false, and dst holds anything.
 */
static inline bool
copy_plain(char *dst, const char *text, size_t len)
{
	size_t		i = 0;
	uint64		word;

	for (; len - i >= sizeof(word); i += sizeof(word))
	{
		memcpy(&word, text + i, sizeof(word));
		if (is_odd(word))
			return false;
		memcpy(dst + i, &word, sizeof(word));
	}
	for (; i < len; i++)
	{
		if (IS_HIGHBIT_SET(text[i]) || text[i] == '\\')
			return false;
		dst[i] = text[i];
	}
	return true;
}

/*
 * Decodes the string text[0..len), as it stands between quotes in JSON, into
 * dst, which has room for len bytes and doesn't overlap it; *dstlen is set,
 * no NUL is added.  With DDB_STRING_HAS_NUL the result is complete
 * nonetheless, with bytes of zero in it; with DDB_STRING_NOT_UNICODE there
 * is none.
 */
DdbStringFault
ddb_value_unescape(const char *text, size_t len, char *dst, size_t *dstlen)
{
	const char *p = text;
	const char *end = text + len;
	char	   *out = dst;
	bool		has_nul = false;

	if (copy_plain(dst, text, len))
	{
		*dstlen = len;
		return DDB_STRING_OK;
	}
	*dstlen = 0;

	/* Escapes are ASCII, so they change nothing in what is checked here. */
	if (pg_encoding_verifymbstr(PG_UTF8, text, (int) len) != (int) len)
		return DDB_STRING_NOT_UNICODE;

	while (p < end)
	{
		const char *escape = memchr(p, '\\', end - p);
		const char *plain_end = escape ? escape : end;
		pg_wchar	code;

		memcpy(out, p, plain_end - p);
		out += plain_end - p;
		p = plain_end;
		if (escape == NULL)
			break;

		p = decode_escape(p, end, &code);
		if (p == NULL || code == LONE_SURROGATE)
			return DDB_STRING_NOT_UNICODE;
		if (code == 0)
			has_nul = true;
		unicode_to_utf8(code, (unsigned char *) out);
		out += pg_utf_mblen((unsigned char *) out);
	}
	*dstlen = out - dst;
	return has_nul ? DDB_STRING_HAS_NUL : DDB_STRING_OK;
}

/*
 * Makes a step of a path of a name, as it stands between quotes in JSON;
 * palloc'd, with a NUL behind it.  With DDB_STRING_NOT_UNICODE it is empty.
 */
DdbStringFault
ddb_value_make_step(const char *name, size_t namelen, DdbPathStep *step)
{
	char	   *unescaped = palloc(namelen + 1);
	DdbStringFault fault;

	memset(step, 0, sizeof(*step));
	fault = ddb_value_unescape(name, namelen, unescaped, &step->len);
	unescaped[step->len] = '\0';
	step->name = unescaped;
	return fault;
}

/*
 * Does the name text[0..len), as it stands between quotes in JSON, spell
 * name, in UTF-8?
 */
bool
ddb_value_equals_name(const char *text, size_t len,
					  const char *name, size_t namelen)
{
	const char *p = text;
	const char *end = text + len;
	const char *name_end = name + namelen;

	if (memchr(text, '\\', len) == NULL)
		return len == namelen && memcmp(text, name, len) == 0;

	/* Compared step by step, as a name can be too long for a buffer. */
	while (p < end && name < name_end)
	{
		unsigned char utf8[MAX_MULTIBYTE_CHAR_LEN];
		pg_wchar	code;
		int			n;

		if (*p != '\\')
		{
			if (*p++ != *name++)
				return false;
			continue;
		}
		p = decode_escape(p, end, &code);
		if (p == NULL || code == LONE_SURROGATE)
			return false;
		unicode_to_utf8(code, utf8);
		n = pg_utf_mblen(utf8);
		if (name_end - name < n || memcmp(name, utf8, n) != 0)
			return false;
		name += n;
	}
	return p == end && name == name_end;
}

/*
 * Binaries
 */

/*
 * Decodes the base64 text[0..len), as it stands between quotes in JSON, into
 * dst, which has room for len bytes and doesn't overlap it.  False if it
 * isn't base64.
 */
bool
ddb_value_decode_binary(const char *text, size_t len,
						char *dst, size_t *dstlen)
{
	size_t		srclen = len;
	int			n;

	*dstlen = 0;
	if (len == 0)
		return true;

	/*
	 * Writers that escape "/" exist.  Decoding may then go on in place: it
	 * never writes more than it has read.
	 */
	if (memchr(text, '\\', len) != NULL)
	{
		if (ddb_value_unescape(text, len, dst, &srclen) != DDB_STRING_OK)
			return false;
		text = dst;
	}

	/* The server's decoder passes over blanks, which DynamoDB never sends. */
	if (memchr(text, ' ', srclen) != NULL || memchr(text, '\n', srclen) ||
		memchr(text, '\r', srclen) || memchr(text, '\t', srclen))
		return false;

	/* (void *), because 18 changed the type of bytes */
	n = pg_b64_decode(text, (int) srclen, (void *) dst, (int) len);
	if (n < 0)
		return false;
	*dstlen = n;
	return true;
}

/*
 * Parsing
 */

/*
 * The type whose name the tokenizer has just read, or DDB_TYPE_MISSING.
 */
DdbType
ddb_value_type_from_token(const DdbTokenizer *tok)
{
	char		name[MAX_TYPE_SPELLING];
	size_t		len;

	if (!tok->escaped)
		return ddb_value_type_from_name(tok->text, tok->len);
	if (tok->len > sizeof(name) ||
		ddb_value_unescape(tok->text, tok->len, name, &len) != DDB_STRING_OK)
		return DDB_TYPE_MISSING;
	return ddb_value_type_from_name(name, len);
}

/* Takes the token that was just read as a member of a set, or as a scalar. */
static bool
take_string(DdbTokenizer *tok, DdbToken token, DdbType type, DdbValue *out)
{
	if (token != DDB_TOKEN_STRING)
	{
		ddb_token_fail(tok, "a string");
		return false;
	}
	out->type = type;
	out->boolean = false;
	out->escaped = tok->escaped;
	out->text = tok->text;
	out->len = tok->len;
	if (type == DDB_TYPE_N && !ddb_decimal_is_valid(out->text, out->len))
	{
		ddb_token_fail(tok, "a number in a string");
		return false;
	}
	return true;
}

static bool
take_literal(DdbTokenizer *tok, DdbToken token, DdbType type, DdbValue *out)
{
	if (token != DDB_TOKEN_TRUE && token != DDB_TOKEN_FALSE)
	{
		ddb_token_fail(tok, "true or false");
		return false;
	}
	out->type = type;
	out->boolean = token == DDB_TOKEN_TRUE;
	out->escaped = false;
	out->text = tok->text;
	out->len = tok->len;
	return true;
}

static DdbType
set_member_type(DdbType set)
{
	switch (set)
	{
		case DDB_TYPE_SS:
			return DDB_TYPE_S;
		case DDB_TYPE_NS:
			return DDB_TYPE_N;
		default:
			Assert(set == DDB_TYPE_BS);
			return DDB_TYPE_B;
	}
}

/* Checks the members of an array or object whose bracket has been read. */
static bool
check_members(DdbTokenizer *tok, DdbType type)
{
	DdbValue	member;
	DdbToken	token;

	for (;;)
	{
		token = ddb_token_next(tok);
		switch (type)
		{
			case DDB_TYPE_M:
				if (token == DDB_TOKEN_OBJECT_END)
					return true;
				if (token != DDB_TOKEN_NAME || !ddb_value_read(tok, &member))
					return false;
				break;
			case DDB_TYPE_L:
				if (token == DDB_TOKEN_ARRAY_END)
					return true;
				if (token != DDB_TOKEN_OBJECT)
				{
					ddb_token_fail(tok, "an attribute value");
					return false;
				}
				if (!read_tail(tok, &member))
					return false;
				break;
			default:
				if (token == DDB_TOKEN_ARRAY_END)
					return true;
				if (!take_string(tok, token, set_member_type(type), &member))
					return false;
				break;
		}
	}
}

static bool
take_container(DdbTokenizer *tok, DdbToken token, DdbType type, DdbValue *out)
{
	const char *start = tok->text;

	if (token != (type == DDB_TYPE_M ? DDB_TOKEN_OBJECT : DDB_TOKEN_ARRAY))
	{
		ddb_token_fail(tok, type == DDB_TYPE_M ? "an object" : "an array");
		return false;
	}
	if (!check_members(tok, type))
		return false;
	out->type = type;
	out->boolean = false;
	out->escaped = false;
	out->text = start;
	out->len = tok->ptr - start;
	return true;
}

/* The whole of {"S":"x"} has been read, with its type as a single letter. */
static bool
take_tagged(DdbTokenizer *tok, char tag, DdbValue *out)
{
	DdbType		type = ddb_value_type_from_name(&tag, 1);

	switch (type)
	{
		case DDB_TYPE_S:
		case DDB_TYPE_N:
		case DDB_TYPE_B:
			return take_string(tok, DDB_TOKEN_STRING, type, out);
		case DDB_TYPE_L:
			ddb_token_fail(tok, "an array");
			return false;
		case DDB_TYPE_M:
			ddb_token_fail(tok, "an object");
			return false;
		default:
			ddb_token_fail(tok, "a known type of attribute value");
			return false;
	}
}

/* Reads an AttributeValue whose opening brace has been read. */
static bool
read_tail(DdbTokenizer *tok, DdbValue *out)
{
	DdbType		type;
	DdbToken	token;
	bool		ok = false;

	if (ddb_token_next(tok) != DDB_TOKEN_NAME)
	{
		ddb_token_fail(tok, "the type of an attribute value");
		return false;
	}
	type = ddb_value_type_from_token(tok);
	if (type == DDB_TYPE_MISSING)
	{
		ddb_token_fail(tok, "a known type of attribute value");
		return false;
	}

	token = ddb_token_next(tok);
	switch (type)
	{
		case DDB_TYPE_MISSING:
			break;
		case DDB_TYPE_S:
		case DDB_TYPE_N:
		case DDB_TYPE_B:
			ok = take_string(tok, token, type, out);
			break;
		case DDB_TYPE_BOOL:
		case DDB_TYPE_NULL:
			ok = take_literal(tok, token, type, out);
			break;
		case DDB_TYPE_SS:
		case DDB_TYPE_NS:
		case DDB_TYPE_BS:
		case DDB_TYPE_L:
		case DDB_TYPE_M:
			ok = take_container(tok, token, type, out);
			break;
	}
	if (!ok)
		return false;
	if (ddb_token_next(tok) != DDB_TOKEN_OBJECT_END)
	{
		ddb_token_fail(tok, "one member in an attribute value");
		return false;
	}
	return true;
}

/*
 * Reads the AttributeValue that comes next.  On success *out is well-formed
 * to its leaves and borrows the tokenizer's bytes; on failure the tokenizer
 * has failed too, and says what was expected and where.
 */
bool
ddb_value_read(DdbTokenizer *tok, DdbValue *out)
{
	char		tag;

	if (ddb_token_next_tagged(tok, &tag))
		return take_tagged(tok, tag, out);
	if (ddb_token_next(tok) != DDB_TOKEN_OBJECT)
	{
		ddb_token_fail(tok, "an attribute value");
		return false;
	}
	return read_tail(tok, out);
}

/*
 * Reads an AttributeValue ({"S":"x"}) at *ptr and moves *ptr behind it.
 * False, and *ptr stays, if there is none.
 */
bool
ddb_value_parse(const char **ptr, const char *end, DdbValue *out)
{
	DdbTokenizer tok;

	ddb_token_init(&tok, *ptr, end - *ptr);
	if (!ddb_value_read(&tok, out))
		return false;
	*ptr = tok.ptr;
	return true;
}

/*
 * Reads a whole item, or a key ({"a":{"S":"x"}, ...}), as a value of type M.
 * False if anything else stands there, or stands behind it.
 */
bool
ddb_value_parse_item(const char *item, size_t len, DdbValue *out)
{
	DdbTokenizer tok;

	ddb_token_init(&tok, item, len);
	return take_container(&tok, ddb_token_next(&tok), DDB_TYPE_M, out) &&
		ddb_token_next(&tok) == DDB_TOKEN_END;
}

/*
 * Walking
 */

/*
 * Sets out to walk through a set, list or map; through any other value there
 * is nothing to walk.
 */
void
ddb_value_iterate(DdbValueIterator *it, const DdbValue *value)
{
	it->container = DDB_TYPE_MISSING;
	it->malformed = false;
	switch (value->type)
	{
		case DDB_TYPE_SS:
		case DDB_TYPE_NS:
		case DDB_TYPE_BS:
		case DDB_TYPE_L:
		case DDB_TYPE_M:
			break;
		default:
			return;
	}
	it->container = value->type;
	ddb_token_init(&it->tok, value->text, value->len);
	if (ddb_token_next(&it->tok) == DDB_TOKEN_ERROR)
	{
		it->container = DDB_TYPE_MISSING;
		it->malformed = true;
	}
}

/*
 * The next member, in the order of the wire; false at the end.  For maps
 * *name is its name as it stands between quotes in JSON (for
 * ddb_value_unescape() or ddb_value_equals_name()), else NULL; both name and
 * namelen may be NULL.  Where the value didn't come from a parsing function,
 * look at it->malformed when this returns false.
 */
bool
ddb_value_next(DdbValueIterator *it, DdbValue *member,
			   const char **name, size_t *namelen)
{
	DdbTokenizer *tok = &it->tok;
	DdbToken	token;
	bool		ok;

	if (name != NULL)
		*name = NULL;
	if (namelen != NULL)
		*namelen = 0;
	if (it->container == DDB_TYPE_MISSING)
		return false;

	token = ddb_token_next(tok);
	if (token == DDB_TOKEN_ARRAY_END || token == DDB_TOKEN_OBJECT_END)
	{
		it->container = DDB_TYPE_MISSING;
		return false;
	}

	if (it->container == DDB_TYPE_M)
	{
		ok = token == DDB_TOKEN_NAME;
		if (ok && name != NULL)
			*name = tok->text;
		if (ok && namelen != NULL)
			*namelen = tok->len;
		ok = ok && ddb_value_read(tok, member);
	}
	else if (it->container == DDB_TYPE_L)
		ok = token == DDB_TOKEN_OBJECT && read_tail(tok, member);
	else
		ok = take_string(tok, token, set_member_type(it->container), member);

	if (!ok)
	{
		it->container = DDB_TYPE_MISSING;
		it->malformed = true;
	}
	return ok;
}

/* The element of a list; false if there is none. */
static bool
find_element(const DdbValue *list, int element, DdbValue *out)
{
	DdbTokenizer tok;

	ddb_token_init(&tok, list->text, list->len);
	ddb_token_next(&tok);
	for (; element > 0; element--)
	{
		if (ddb_token_next_whole(&tok) != DDB_TOKEN_OBJECT)
			return false;
	}
	return ddb_token_next(&tok) == DDB_TOKEN_OBJECT && read_tail(&tok, out);
}

/* The member of a map; false if there is none. */
static bool
find_member(const DdbValue *map, const char *name, size_t namelen,
			DdbValue *out)
{
	DdbTokenizer tok;
	bool		found = false;

	ddb_token_init(&tok, map->text, map->len);
	ddb_token_next(&tok);
	while (ddb_token_next(&tok) == DDB_TOKEN_NAME)
	{
		if (!ddb_value_equals_name(tok.text, tok.len, name, namelen))
			ddb_token_next_whole(&tok);
		else if (ddb_value_read(&tok, out))
			found = true;
		else
			return false;
	}
	return found;
}

/* One step of a path.  Sets have no paths into them. */
static bool
follow_step(const DdbValue *value, const DdbPathStep *step, DdbValue *out)
{
	if (step->name != NULL)
		return value->type == DDB_TYPE_M &&
			find_member(value, step->name, step->len, out);
	return value->type == DDB_TYPE_L && step->element >= 0 &&
		find_element(value, step->element, out);
}

/*
 * Follows a document path below a value that came from a parsing function;
 * no steps lead to the value itself.  False, and *out is MISSING, where a
 * step leads nowhere.  out may be the value.
 */
bool
ddb_value_follow(const DdbValue *value, const DdbPathStep *steps,
				 int nsteps, DdbValue *out)
{
	DdbValue	current = *value;
	int			i;

	for (i = 0; i < nsteps; i++)
	{
		DdbValue	found;

		if (!follow_step(&current, &steps[i], &found))
		{
			memset(out, 0, sizeof(*out));
			return false;
		}
		current = found;
	}
	*out = current;
	return current.type != DDB_TYPE_MISSING;
}

/*
 * Writing
 */

/*
 * Appends {"S":"x"}, as requests want it.  The value may be of any type but
 * MISSING.
 */
void
ddb_value_append_typed(StringInfo buf, const DdbValue *value)
{
	appendStringInfo(buf, "{\"%s\":", ddb_value_type_name(value->type));
	switch (value->type)
	{
		case DDB_TYPE_MISSING:
			Assert(false);
			break;
		case DDB_TYPE_S:
		case DDB_TYPE_N:
		case DDB_TYPE_B:
			appendStringInfoChar(buf, '"');
			appendBinaryStringInfo(buf, value->text, value->len);
			appendStringInfoChar(buf, '"');
			break;
		case DDB_TYPE_BOOL:
			appendStringInfoString(buf, value->boolean ? "true" : "false");
			break;
		case DDB_TYPE_NULL:
			appendStringInfoString(buf, "true");
			break;
		case DDB_TYPE_SS:
		case DDB_TYPE_NS:
		case DDB_TYPE_BS:
		case DDB_TYPE_L:
		case DDB_TYPE_M:
			appendBinaryStringInfo(buf, value->text, value->len);
			break;
	}
	appendStringInfoChar(buf, '}');
}

/*
 * Appends a member as it stands in a set, or in a list.  buf begins with the
 * container's bracket.
 */
void
ddb_value_append_member(StringInfo buf, DdbType container,
						const DdbValue *member)
{
	if (buf->len > 1)
		appendStringInfoChar(buf, ',');
	if (container == DDB_TYPE_L)
	{
		ddb_value_append_typed(buf, member);
		return;
	}
	appendStringInfoChar(buf, '"');
	appendBinaryStringInfo(buf, member->text, member->len);
	appendStringInfoChar(buf, '"');
}
