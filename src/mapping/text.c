/*-------------------------------------------------------------------------
 *
 * text.c
 *	  Characters: strings into SQL's string types, and between UTF-8 and the
 *	  database's encoding.
 *
 * A page's bytes have been verified as UTF-8 when the page was opened, so in
 * a UTF-8 database a string without a backslash is one memcpy from the page
 * into the datum.  What the tokenizer couldn't know, whether escape
 * sequences make characters, ddb_value_unescape() says.
 *
 * Conversion to another encoding uses the form of the server's converters
 * that reports what it cannot convert instead of raising: whether that is an
 * error is the column's business, and the server's own message would show
 * the bytes.
 *
 * In a SQL_ASCII database the UTF-8 bytes are stored as they are.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "catalog/namespace.h"
#include "mapping/text.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/syscache.h"

/* Does text have to be converted, and by which function? */
static bool
is_converted(Oid *converter)
{
	static Oid	cached = InvalidOid;
	int			encoding = GetDatabaseEncoding();

	if (encoding == PG_UTF8 || encoding == PG_SQL_ASCII)
		return false;
	if (!OidIsValid(cached))
		cached = FindDefaultConversionProc(PG_UTF8, encoding);
	*converter = cached;
	return true;
}

static bool
is_ascii_only(const char *text, Size len)
{
	for (Size i = 0; i < len; i++)
	{
		if (IS_HIGHBIT_SET(text[i]))
			return false;
	}
	return true;
}

/*
 * Converts UTF-8 that begins behind header bytes of *buf, a palloc'd and
 * NUL-terminated buffer, to the database's encoding.  *buf is replaced where
 * the text changes, and *len, which doesn't count the header, set.  Where
 * the encoding lacks a character, nothing is changed.
 */
DdbFit
ddb_text_from_utf8(char **buf, Size header, Size *len)
{
	Oid			converter = InvalidOid;
	char	   *converted;
	Size		room;

	if (!is_converted(&converter) || is_ascii_only(*buf + header, *len))
		return DDB_FIT_OK;
	if (!OidIsValid(converter))
		return DDB_FIT_ENCODING;
	room = *len * MAX_CONVERSION_GROWTH + 1;
	converted = palloc(header + room);
	if (pg_do_encoding_conversion_buf(converter, PG_UTF8,
									  GetDatabaseEncoding(),
									  (unsigned char *) *buf + header,
									  (int) *len,
									  (unsigned char *) converted + header,
									  (int) room, true) != (int) *len)
	{
		pfree(converted);
		return DDB_FIT_ENCODING;
	}
	pfree(*buf);
	*buf = converted;
	*len = strlen(converted + header);
	return DDB_FIT_OK;
}

/*
 * Converts a string from the database's encoding to UTF-8; the result is the
 * argument itself or palloc'd.  Raises where a character has no equivalent.
 */
char *
ddb_text_to_utf8(char *text)
{
	return pg_server_to_any(text, strlen(text), PG_UTF8);
}

/*
 * Reads an S: its characters in the database's encoding, NUL-terminated,
 * behind header unused bytes, palloc'd in the current context.  *len doesn't
 * count the header.
 */
DdbFit
ddb_text_read(const DdbValue *value, Size header, char **result, Size *len)
{
	char	   *buf = palloc(header + value->len + 1);

	*len = value->len;
	if (likely(!value->escaped))
		memcpy(buf + header, value->text, value->len);
	else
	{
		size_t		unescaped;

		switch (ddb_value_unescape(value->text, value->len, buf + header,
								   &unescaped))
		{
			case DDB_STRING_OK:
				break;
			case DDB_STRING_HAS_NUL:
				return DDB_FIT_NUL;
			case DDB_STRING_NOT_UNICODE:
				return DDB_FIT_UNICODE;
		}
		*len = unescaped;
	}
	buf[header + *len] = '\0';
	*result = buf;
	return ddb_text_from_utf8(result, header, len);
}

/*
 * An S as text, palloc'd in the current context; so are those below.
 */
DdbFit
ddb_text_decode_text(const DdbCodec *codec, const DdbValue *value,
					 Datum *datum)
{
	char	   *buf;
	Size		len;
	DdbFit		fit = ddb_text_read(value, VARHDRSZ, &buf, &len);

	if (fit != DDB_FIT_OK)
		return fit;
	SET_VARSIZE(buf, len + VARHDRSZ);
	*datum = PointerGetDatum(buf);
	return DDB_FIT_OK;
}

/* varchar(n) doesn't cut, not even the blanks that a cast would. */
DdbFit
ddb_text_decode_varchar(const DdbCodec *codec, const DdbValue *value,
						Datum *datum)
{
	DdbFit		fit = ddb_text_decode_text(codec, value, datum);

	if (fit == DDB_FIT_OK && codec->typmod >= (int32) VARHDRSZ)
	{
		text	   *t = DatumGetTextPP(*datum);
		int			len = VARSIZE_ANY_EXHDR(t);
		int			most = codec->typmod - VARHDRSZ;

		/* a character has at least one byte */
		if (len > most && pg_mbstrlen_with_len(VARDATA_ANY(t), len) > most)
			return DDB_FIT_LENGTH;
	}
	return fit;
}

/*
 * char(n) pads, which for that type isn't a change: its trailing blanks mean
 * nothing.
 */
DdbFit
ddb_text_decode_bpchar(const DdbCodec *codec, const DdbValue *value,
					   Datum *datum)
{
	DdbFit		fit = ddb_text_decode_varchar(codec, value, datum);

	if (fit == DDB_FIT_OK && codec->typmod >= (int32) VARHDRSZ)
		*datum = DirectFunctionCall3(bpchar, *datum,
									 Int32GetDatum(codec->typmod),
									 BoolGetDatum(false));
	return fit;
}

/* A name that is too long isn't cut, either. */
DdbFit
ddb_text_decode_name(const DdbCodec *codec, const DdbValue *value,
					 Datum *datum)
{
	char	   *buf;
	Size		len;
	Name		name;
	DdbFit		fit = ddb_text_read(value, 0, &buf, &len);

	if (fit != DDB_FIT_OK)
		return fit;
	if (len >= NAMEDATALEN)
		return DDB_FIT_LENGTH;
	name = palloc0(sizeof(NameData));
	memcpy(NameStr(*name), buf, len);
	*datum = NameGetDatum(name);
	return DDB_FIT_OK;
}

/* The type "char": one byte, of which others have no meaning as text. */
DdbFit
ddb_text_decode_char(const DdbCodec *codec, const DdbValue *value,
					 Datum *datum)
{
	char	   *buf;
	Size		len;
	DdbFit		fit = ddb_text_read(value, 0, &buf, &len);

	if (fit != DDB_FIT_OK)
		return fit;
	if (len > 1)
		return DDB_FIT_LENGTH;
	*datum = CharGetDatum(buf[0]);
	return DDB_FIT_OK;
}

/*
 * The label is looked up here first, as enum_in() would show it in its
 * message; that function then says whether the label may be used yet.
 */
DdbFit
ddb_text_decode_enum(const DdbCodec *codec, const DdbValue *value,
					 Datum *datum)
{
	char	   *buf;
	Size		len;
	DdbFit		fit = ddb_text_read(value, 0, &buf, &len);

	if (fit != DDB_FIT_OK)
		return fit;
	if (len >= NAMEDATALEN ||
		!SearchSysCacheExists2(ENUMTYPOIDNAME,
							   ObjectIdGetDatum(codec->typid),
							   CStringGetDatum(buf)))
		return DDB_FIT_LABEL;
	*datum = DirectFunctionCall2(enum_in, CStringGetDatum(buf),
								 ObjectIdGetDatum(codec->typid));
	return DDB_FIT_OK;
}
