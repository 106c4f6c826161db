/*-------------------------------------------------------------------------
 *
 * document.c
 *	  Documents: json and jsonb out of them.
 *
 * json and jsonb show any value: as plain JSON, or with format 'dynamodb' in
 * the typed form that requests have, which loses nothing.  A json column
 * gets the text as it is, escape sequences too, so it can show strings that
 * jsonb (and text) cannot hold; jsonb goes through the type's input function.
 *
 * The column with attribute_name '*' shows the members of the item that no
 * other column shows as a whole.  Names are compared unescaped.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "catalog/pg_type.h"
#include "dynamodb/plain.h"
#include "mapping/document.h"
#include "mapping/input.h"
#include "mapping/text.h"
#include "mb/pg_wchar.h"

/* The attributes that other columns show, sorted for bsearch(). */
typedef struct ShownName
{
	const char *name;
	size_t		len;
} ShownName;

struct DdbShown
{
	bool		filled;
	int			n;
	ShownName  *names;
};

/* The four hexadecimal digits behind "\\u"; the text is known to be JSON. */
static pg_wchar
get_escaped_unit(const char *digits)
{
	char		buf[5];

	memcpy(buf, digits, 4);
	buf[4] = '\0';
	return (pg_wchar) strtoul(buf, NULL, 16);
}

/*
 * Writes escape sequences of non-ASCII characters as those characters, in
 * UTF-8.  jsonb_in() can do that too, but not for every encoding.  What isn't
 * a character stays; jsonb_in() will find it.
 */
static void
unescape_characters(StringInfo json)
{
	const char *p = json->data + VARHDRSZ;
	const char *end = json->data + json->len;
	char	   *out = json->data + VARHDRSZ;

	while (p < end)
	{
		int			len = 1;
		pg_wchar	c = 0;

		if (*p == '\\')
		{
			len = (p[1] == 'u') ? 6 : 2;
			if (len == 6)
				c = get_escaped_unit(p + 2);
			if (is_utf16_surrogate_first(c) && end - p >= 12 &&
				p[6] == '\\' && p[7] == 'u')
			{
				pg_wchar	second = get_escaped_unit(p + 8);

				if (is_utf16_surrogate_second(second))
				{
					c = surrogate_pair_to_codepoint(c, second);
					len = 12;
				}
			}
		}
		if (c >= 0x80 && (len == 12 || (!is_utf16_surrogate_first(c) &&
										!is_utf16_surrogate_second(c))))
		{
			/* shorter than the sequence, so out stays behind p */
			unicode_to_utf8(c, (unsigned char *) out);
			out += pg_utf_mblen((unsigned char *) out);
		}
		else
		{
			memmove(out, p, len);
			out += len;
		}
		p += len;
	}
	*out = '\0';
	json->len = out - json->data;
}

/*
 * Makes a datum of a JSON text in UTF-8, which stands in buf behind room for
 * a varlena header.
 */
static DdbFit
finish_json(const DdbCodec *codec, StringInfo buf, Datum *datum)
{
	Size		len;
	DdbFit		fit;

	if (codec->typid == JSONBOID && GetDatabaseEncoding() != PG_UTF8)
		unescape_characters(buf);
	len = buf->len - VARHDRSZ;
	fit = ddb_text_from_utf8(&buf->data, VARHDRSZ, &len);
	if (fit != DDB_FIT_OK)
		return fit;
	if (codec->typid == JSONBOID)
	{
		/*
		 * The text is JSON, made by us: what jsonb_in() can object to is a
		 * string's contents.
		 */
		fit = ddb_input_call(codec, buf->data + VARHDRSZ, -1, datum);
		return fit == DDB_FIT_INPUT ? DDB_FIT_UNICODE : fit;
	}
	SET_VARSIZE(buf->data, len + VARHDRSZ);
	*datum = PointerGetDatum(buf->data);
	return DDB_FIT_OK;
}

static void
begin_json(StringInfo buf)
{
	initStringInfo(buf);
	appendStringInfoSpaces(buf, VARHDRSZ);
}

static void
append_value(const DdbCodec *codec, StringInfo buf, const DdbValue *value)
{
	if (codec->format == DDB_FORMAT_DYNAMODB)
		ddb_value_append_typed(buf, value);
	else
		ddb_plain_append(buf, value);
}

/*
 * Reads any value into json or jsonb.
 */
DdbFit
ddb_document_decode(const DdbCodec *codec, const DdbValue *value,
					Datum *datum)
{
	StringInfoData buf;

	begin_json(&buf);
	append_value(codec, &buf, value);
	return finish_json(codec, &buf, datum);
}

static int
compare_names(const void *a, const void *b)
{
	const ShownName *left = a;
	const ShownName *right = b;

	if (left->len != right->len)
		return left->len < right->len ? -1 : 1;
	return memcmp(left->name, right->name, left->len);
}

/*
 * Makes room for what ddb_document_decode_rest() looks up when it is first
 * called: by then all columns of the map are known.
 */
DdbShown *
ddb_document_create_shown(void)
{
	return palloc0(sizeof(DdbShown));
}

/* Collects the attributes that columns of the map show as a whole. */
static void
fill_shown(DdbShown *shown, const DdbTableMap *map, MemoryContext context)
{
	shown->names = MemoryContextAlloc(context,
									  sizeof(ShownName) * (map->natts + 1));
	for (int i = 0; i < map->natts; i++)
	{
		const DdbColumn *column = map->columns[i];

		if (column == NULL || column->whole_item || column->nsteps > 0)
			continue;
		shown->names[shown->n].name = column->attribute;
		shown->names[shown->n].len = strlen(column->attribute);
		shown->n++;
	}
	qsort(shown->names, shown->n, sizeof(ShownName), compare_names);
	shown->filled = true;
}

/*
 * Is a member's name, as it stands in the page, among those shown?
 */
static bool
is_shown(const DdbShown *shown, const char *name, size_t len)
{
	ShownName	key = {name, len};
	char	   *unescaped = NULL;
	bool		result;

	if (memchr(name, '\\', len) != NULL)
	{
		unescaped = palloc(len);
		if (ddb_value_unescape(name, len, unescaped, &key.len) !=
			DDB_STRING_OK)
		{
			pfree(unescaped);
			return false;		/* no column can have this name */
		}
		key.name = unescaped;
	}
	result = bsearch(&key, shown->names, shown->n, sizeof(ShownName),
					 compare_names) != NULL;
	if (unescaped != NULL)
		pfree(unescaped);
	return result;
}

/*
 * Reads an item, given as a map, into the column with attribute_name '*'.
 * Where nothing is left the result is an empty object.
 */
DdbFit
ddb_document_decode_rest(const DdbTableMap *map, const DdbColumn *column,
						 const DdbValue *item, Datum *datum)
{
	DdbShown   *shown = column->codec->shown;
	StringInfoData buf;
	DdbValueIterator it;
	DdbValue	member;
	const char *name;
	size_t		namelen;
	char		separator = '{';

	if (!shown->filled)
		fill_shown(shown, map, column->codec->context);
	begin_json(&buf);
	ddb_value_iterate(&it, item);
	while (ddb_value_next(&it, &member, &name, &namelen))
	{
		if (is_shown(shown, name, namelen))
			continue;
		appendStringInfoChar(&buf, separator);
		appendStringInfoChar(&buf, '"');
		appendBinaryStringInfo(&buf, name, (int) namelen);
		appendStringInfoString(&buf, "\":");
		append_value(column->codec, &buf, &member);
		separator = ',';
	}
	if (separator == '{')
		appendStringInfoChar(&buf, '{');
	appendStringInfoChar(&buf, '}');
	return finish_json(column->codec, &buf, datum);
}
