/*-------------------------------------------------------------------------
 *
 * key.c
 *	  Values of key attributes, ordered as DynamoDB orders them.
 *
 * Strings are ordered by their UTF-8 bytes (which is the order of their code
 * points), binaries by theirs, numbers by value.  All memory is palloc'd in
 * the current context.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/base64.h"
#include "dynamodb/decimal.h"
#include "mapping/key.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"

/* Code points that stand for halves of others, and the last one there is. */
#define FIRST_SURROGATE		0xD800
#define LAST_SURROGATE		0xDFFF
#define LAST_CODE_POINT		0x10FFFF

/* Reads a value of type S, N or B that is well-formed. */
void
ddb_key_make(const DdbValue *value, DdbKey *key)
{
	StringInfoData number;

	key->value = *value;
	key->number = (Datum) 0;
	key->len = 0;
	if (value->type == DDB_TYPE_N)
	{
		initStringInfo(&number);
		(void) ddb_decimal_append(&number, value->text, value->len);
		key->bytes = number.data;
		key->len = number.len;
		key->number = DirectFunctionCall3(numeric_in,
										  CStringGetDatum(number.data),
										  ObjectIdGetDatum(InvalidOid),
										  Int32GetDatum(-1));
		return;
	}
	key->bytes = palloc(value->len + 1);
	if (value->type == DDB_TYPE_S)
		(void) ddb_value_unescape(value->text, value->len, key->bytes,
								  &key->len);
	else
		(void) ddb_value_decode_binary(value->text, value->len, key->bytes,
									   &key->len);
	key->bytes[key->len] = '\0';
}

/* Can a key have this value?  It may be neither empty nor too long. */
bool
ddb_key_fits(const DdbKey *key, size_t max_size)
{
	return key->len > 0 &&
		(key->value.type == DDB_TYPE_N || key->len <= max_size);
}

/* Compares two values of one type as DynamoDB does. */
int
ddb_key_compare(const DdbKey *a, const DdbKey *b)
{
	int			cmp;

	if (a->value.type == DDB_TYPE_N)
		return DatumGetInt32(DirectFunctionCall2(numeric_cmp, a->number,
												 b->number));
	cmp = memcmp(a->bytes, b->bytes, Min(a->len, b->len));
	if (cmp == 0)
		cmp = (a->len > b->len) - (a->len < b->len);
	return cmp;
}

/* Does a string or binary begin with this one? */
bool
ddb_key_begins_with(const DdbKey *key, const DdbKey *prefix)
{
	return key->len >= prefix->len &&
		memcmp(key->bytes, prefix->bytes, prefix->len) == 0;
}

/* A string (UTF-8) or binary as a value for a request. */
static void
make_value(DdbType type, const char *bytes, size_t len, DdbKey *key)
{
	DdbValue	value = {.type = type};
	StringInfoData buf;

	if (type == DDB_TYPE_B)
	{
		int			size = pg_b64_enc_len((int) len);
		char	   *text = palloc(size + 1);

		value.text = text;
		value.len = pg_b64_encode((const void *) bytes, (int) len, text, size);
	}
	else
	{
		initStringInfo(&buf);
		escape_json(&buf, pnstrdup(bytes, len));
		value.text = buf.data + 1;
		value.len = buf.len - 2;
		value.escaped = memchr(value.text, '\\', value.len) != NULL;
	}
	ddb_key_make(&value, key);
}

/*
 * The least string that is greater than all that begin with the prefix: its
 * last character counted up.  One that is the last of all is dropped, and the
 * one before it counted up.  False if there is none left.
 */
static bool
string_successor(const DdbKey *prefix, DdbKey *successor)
{
	size_t		len = prefix->len;
	char	   *bytes = palloc(len + 2);	/* counting up may take a byte */

	memcpy(bytes, prefix->bytes, len);
	while (len > 0)
	{
		pg_wchar	c;

		do
			len--;
		while (len > 0 && ((unsigned char) bytes[len] & 0xC0) == 0x80);
		c = utf8_to_unicode((unsigned char *) bytes + len);
		if (c >= LAST_CODE_POINT)
			continue;
		c++;
		if (c >= FIRST_SURROGATE && c <= LAST_SURROGATE)
			c = LAST_SURROGATE + 1;
		unicode_to_utf8(c, (unsigned char *) bytes + len);
		len += c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
		make_value(DDB_TYPE_S, bytes, len, successor);
		return true;
	}
	return false;
}

static bool
binary_successor(const DdbKey *prefix, DdbKey *successor)
{
	size_t		len = prefix->len;
	char	   *bytes = palloc(len + 1);

	memcpy(bytes, prefix->bytes, len);
	while (len > 0 && (unsigned char) bytes[len - 1] == 0xFF)
		len--;
	if (len == 0)
		return false;
	bytes[len - 1]++;
	make_value(DDB_TYPE_B, bytes, len, successor);
	return true;
}

/*
 * The least value greater than all that begin with the prefix, a string or a
 * binary that isn't empty.  False if there is none.
 */
bool
ddb_key_successor(const DdbKey *prefix, DdbKey *successor)
{
	if (prefix->value.type == DDB_TYPE_B)
		return binary_successor(prefix, successor);
	return string_successor(prefix, successor);
}

/* Appends a value to the string that a whole key becomes: see DdbKeyText. */
void
ddb_key_append_text(StringInfo buf, const DdbKey *key)
{
	appendStringInfo(buf, "%zu:", key->len);
	appendBinaryStringInfo(buf, key->bytes, key->len);
}

/* For qsort() and bsearch() over pointers to what begins with a DdbKeyText. */
int
ddb_key_compare_texts(const void *a, const void *b)
{
	const DdbKeyText *x = *(DdbKeyText *const *) a;
	const DdbKeyText *y = *(DdbKeyText *const *) b;
	int			cmp = memcmp(x->text, y->text, Min(x->len, y->len));

	return cmp != 0 ? cmp : (x->len > y->len) - (x->len < y->len);
}
