/*-------------------------------------------------------------------------
 *
 * encode.c
 *	  Values: from SQL to the wire, for conditions and for writing.
 *
 * A condition may go to DynamoDB if for every value there is exactly one
 * text that the column reads as that value.  That is so for text, numbers,
 * booleans, binaries, enums, and for uuid, dates and times with a format
 * that columns read strictly.  It isn't for float4 and float8 (many decimals
 * read as one), char(n) (blanks), json, arrays, and text forms that only an
 * input function understands.
 *
 * What SQL compares across types is compared the way the operators of the
 * btree families do it: integers and numeric by value; date, timestamp and
 * timestamptz through the session's time zone.  The latter direction matters.
 * SQL converts to timestamptz, so for a timestamptz column the value is
 * converted and that's it.  For a date or timestamp column it is the stored
 * values that SQL converts: where the zone's offset changes, several of them
 * can be one moment, and their order can change.  There is no exact
 * counterpart then (unless the zone has only one offset), but bounds can be
 * given, wide enough whatever the zone did: two offsets differ by less than
 * two days.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

#include "access/htup_details.h"
#include "base/compat.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_database.h"
#include "catalog/pg_type.h"
#include "dynamodb/decimal.h"
#include "common/base64.h"
#include "common/string.h"
#include "mapping/codec.h"
#include "mapping/datum.h"
#include "mapping/encode.h"
#include "mapping/temporal.h"
#include "mapping/text.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

/* More than two offsets of any time zone can differ by. */
#define ZONE_SLACK		(2 * USECS_PER_DAY)

static bool
is_string_type(Oid typid)
{
	return typid == TEXTOID || typid == VARCHAROID || typid == NAMEOID;
}

static bool
is_exact_number_type(Oid typid)
{
	return typid == INT2OID || typid == INT4OID || typid == INT8OID ||
		typid == NUMERICOID;
}

static bool
is_moment_type(Oid typid)
{
	return typid == DATEOID || typid == TIMESTAMPOID ||
		typid == TIMESTAMPTZOID;
}

/*
 * May ranges of this column be bounded by a value of this type?  That takes
 * the value to be converted, possibly outward; ddb_datum_is_ordered() has to
 * be asked too.
 */
bool
ddb_datum_can_bound(const DdbColumn *column, Oid typid)
{
	const DdbCodec *codec = column->codec;

	if (column->whole_item || codec->element != NULL)
		return false;
	typid = getBaseType(typid);
	if (is_string_type(codec->typid))
		return (is_string_type(typid) || typid == UNKNOWNOID) &&
			(!OidIsValid(column->collation) ||
			 get_collation_isdeterministic(column->collation));
	if (is_exact_number_type(codec->typid))
		return is_exact_number_type(typid);
	if (is_moment_type(codec->typid))
		return is_moment_type(typid) &&
			ddb_temporal_is_ordered(codec->format);
	if (codec->typid == BOOLOID || codec->typid == BYTEAOID ||
		codec->typid == UUIDOID || type_is_enum(codec->typid))
		return typid == codec->typid;
	return false;
}

/*
 * May a value of this SQL type be compared with the column for equality, and
 * anything else?
 */
bool
ddb_datum_can_encode(const DdbColumn *column, Oid typid)
{
	if (!ddb_datum_can_bound(column, typid))
		return false;
	return !is_moment_type(column->codec->typid) ||
		column->codec->typid == TIMESTAMPTZOID ||
		getBaseType(typid) != TIMESTAMPTZOID;
}

/*
 * The members of an array column, as a column that shows one of them;
 * palloc'd.  NULL if the column is no array.
 */
const DdbColumn *
ddb_datum_member(const DdbColumn *column)
{
	const DdbCodec *codec = column->codec;
	DdbColumn  *member;

	if (codec->element == NULL)
		return NULL;
	member = palloc_object(DdbColumn);
	*member = *column;
	member->typid = codec->elemtype;
	member->type = codec->element->type;
	member->format = codec->element->format;
	member->codec = codec->element;
	return member;
}

/*
 * What of a column's attribute is a string, as a text column under that
 * collation; palloc'd.
 */
const DdbColumn *
ddb_datum_text_view(const DdbColumn *column, Oid collation)
{
	DdbColumn  *view = palloc_object(DdbColumn);
	DdbCodec   *codec = palloc0_object(DdbCodec);

	codec->type = DDB_TYPE_S;
	codec->typid = TEXTOID;
	codec->typmod = -1;
	*view = *column;
	view->typid = TEXTOID;
	view->typmod = -1;
	view->collation = collation;
	view->type = DDB_TYPE_S;
	view->format = DDB_FORMAT_NONE;
	view->codec = codec;
	return view;
}

/*
 * Is this the name of libc's C.UTF-8, which since glibc 2.35 compares by
 * code points, and so by the bytes of UTF-8?
 */
static bool
is_c_utf8(const char *name)
{
#ifdef __GLIBC__
	int			major;
	int			minor;

	return (pg_strcasecmp(name, "C.UTF-8") == 0 ||
			pg_strcasecmp(name, "C.utf8") == 0) &&
		sscanf(gnu_get_libc_version(), "%d.%d", &major, &minor) == 2 &&
		(major > 2 || (major == 2 && minor >= 35));
#else
	return false;
#endif
}

/* Does the collation order strings by their bytes, whatever it is called? */
static bool
is_byte_ordered(Oid collation)
{
	HeapTuple	tuple;
	Datum		name;
	bool		isnull;
	bool		result = false;

	if (!OidIsValid(collation))
		return false;
	if (ddb_compat_is_c_collation(collation))
		return true;
	if (collation == DEFAULT_COLLATION_OID)
	{
		tuple = SearchSysCache1(DATABASEOID, ObjectIdGetDatum(MyDatabaseId));
		if (!HeapTupleIsValid(tuple))
			elog(ERROR, "cache lookup failed for database %u", MyDatabaseId);
		name = SysCacheGetAttr(DATABASEOID, tuple,
							   Anum_pg_database_datcollate, &isnull);
		if (((Form_pg_database) GETSTRUCT(tuple))->datlocprovider ==
			COLLPROVIDER_LIBC && !isnull)
			result = is_c_utf8(TextDatumGetCString(name));
	}
	else
	{
		tuple = SearchSysCache1(COLLOID, ObjectIdGetDatum(collation));
		if (!HeapTupleIsValid(tuple))
			elog(ERROR, "cache lookup failed for collation %u", collation);
		name = SysCacheGetAttr(COLLOID, tuple,
							   Anum_pg_collation_collcollate, &isnull);
		if (((Form_pg_collation) GETSTRUCT(tuple))->collprovider ==
			COLLPROVIDER_LIBC && !isnull)
			result = is_c_utf8(TextDatumGetCString(name));
	}
	ReleaseSysCache(tuple);
	return result;
}

/*
 * Does DynamoDB order the column's values as SQL does?
 *
 * Strings: DynamoDB compares UTF-8 bytes, so the collation must, and the
 * database must be in UTF-8.  Numbers and binaries: always.  uuid: its digits
 * in lower case are in the order of its bytes.  Dates and times: see
 * ddb_temporal_is_ordered().  Booleans and enums have no such order.
 */
bool
ddb_datum_is_ordered(const DdbColumn *column)
{
	const DdbCodec *codec = column->codec;

	if (column->whole_item || codec->element != NULL)
		return false;
	if (is_string_type(codec->typid))
		return GetDatabaseEncoding() == PG_UTF8 &&
			is_byte_ordered(column->collation);
	if (is_moment_type(codec->typid))
		return ddb_temporal_is_ordered(codec->format);
	return is_exact_number_type(codec->typid) ||
		codec->typid == BYTEAOID || codec->typid == UUIDOID;
}

/*
 * Is every value of the column's DynamoDB type one of the column, or an
 * error?  Not every S is text, as U+0000 isn't, nor every N an integer.
 */
bool
ddb_datum_is_total(const DdbColumn *column)
{
	const DdbCodec *codec = column->codec;

	if (column->on_mismatch == DDB_MISMATCH_ERROR || column->not_null)
		return true;
	return codec->domain == NULL && codec->element == NULL &&
		(codec->typid == BOOLOID || codec->typid == BYTEAOID ||
		 (codec->typid == NUMERICOID && codec->typmod < (int32) VARHDRSZ));
}

static DdbEncoded
set_value(DdbValue *out, DdbType type, char *text, size_t len)
{
	memset(out, 0, sizeof(*out));
	out->type = type;
	out->text = text;
	out->len = len;
	return DDB_ENCODED;
}

/*
 * A string in the database's encoding as S, palloc'd.  Raises where nobody
 * can say what its characters are.
 */
void
ddb_encode_string(char *text, DdbValue *out)
{
	StringInfoData buf;

	if (GetDatabaseEncoding() == PG_SQL_ASCII && !pg_is_ascii(text))
		ereport(ERROR,
				(errcode(ERRCODE_UNTRANSLATABLE_CHARACTER),
				 errmsg("cannot send non-ASCII characters to DynamoDB"),
				 errdetail("DynamoDB's strings are UTF-8, and the encoding of this database is SQL_ASCII."),
				 errhint("Use a database whose encoding is UTF8.")));
	initStringInfo(&buf);
	escape_json(&buf, ddb_text_to_utf8(text));
	set_value(out, DDB_TYPE_S, buf.data + 1, buf.len - 2);
	out->escaped = memchr(out->text, '\\', out->len) != NULL;
}

static char *
get_string(Datum datum, Oid typid)
{
	switch (typid)
	{
		case NAMEOID:
			return pstrdup(NameStr(*DatumGetName(datum)));
		case UNKNOWNOID:
			return pstrdup(DatumGetCString(datum));
		default:
			return TextDatumGetCString(datum);
	}
}

static DdbEncoded
encode_binary(Datum datum, DdbValue *out)
{
	bytea	   *bytes = DatumGetByteaPP(datum);
	int			len = VARSIZE_ANY_EXHDR(bytes);
	int			room = pg_b64_enc_len(len) + 1;
	char	   *buf = palloc(room);

	len = pg_b64_encode((const void *) VARDATA_ANY(bytes), len, buf, room);
	if (len < 0)
		elog(ERROR, "could not encode base64");
	return set_value(out, DDB_TYPE_B, buf, len);
}

static DdbEncoded
encode_enum(Datum datum, DdbValue *out)
{
	char	   *label;

	label = DatumGetCString(DirectFunctionCall1(enum_out, datum));
	ddb_encode_string(label, out);
	return DDB_ENCODED;
}

/* Nothing equals what has no exact form; for bounds there is a side. */
static DdbEncoded
beyond(bool above, DdbRounding rounding)
{
	if (rounding == DDB_ROUND_NONE)
		return DDB_ENCODED_NOTHING;
	return above ? DDB_ENCODED_ABOVE : DDB_ENCODED_BELOW;
}

/*
 * Writes digits, of which the first stands for a power of ten, as a plain
 * decimal.
 */
static DdbEncoded
set_decimal(DdbValue *out, bool negative, const char *digits, int ndigits,
			int exponent)
{
	StringInfoData buf;

	initStringInfo(&buf);
	if (negative)
		appendStringInfoChar(&buf, '-');
	if (exponent < 0)
	{
		appendStringInfoString(&buf, "0.");
		for (int i = -1; i > exponent; i--)
			appendStringInfoChar(&buf, '0');
		appendBinaryStringInfo(&buf, digits, ndigits);
	}
	else
	{
		for (int i = 0; i <= exponent; i++)
			appendStringInfoChar(&buf, i < ndigits ? digits[i] : '0');
		if (ndigits > exponent + 1)
		{
			appendStringInfoChar(&buf, '.');
			appendBinaryStringInfo(&buf, digits + exponent + 1,
								   ndigits - exponent - 1);
		}
	}
	return set_value(out, DDB_TYPE_N, buf.data, buf.len);
}

/*
 * Adds one to the last of some digits.  True if that made a power of ten,
 * which has one digit more: digits are then "1000...", the exponent is to be
 * raised by the caller.
 */
static bool
increment_digits(char *digits, int ndigits)
{
	for (int i = ndigits - 1; i >= 0; i--)
	{
		if (digits[i] != '9')
		{
			digits[i]++;
			return false;
		}
		digits[i] = '0';
	}
	digits[0] = '1';
	return true;
}

/*
 * The digits in a number's text, from the first to the last that isn't 0;
 * palloc'd.  *exponent is the power of ten that the first stands for.  Of 0
 * there are none.
 */
static char *
take_digits(const char *text, int *ndigits, int *exponent)
{
	char	   *digits = palloc(strlen(text) + 1);
	int			n = 0;
	int			nint = 0;
	int			first = 0;

	for (const char *p = text; *p != '\0' && *p != '.'; p++)
		nint += (*p != '-');
	for (const char *p = text; *p != '\0'; p++)
	{
		if (*p != '-' && *p != '.')
			digits[n++] = *p;
	}
	while (n > 0 && digits[n - 1] == '0')
		n--;
	while (first < n && digits[first] == '0')
		first++;
	*ndigits = n - first;
	*exponent = nint - 1 - first;
	return digits + first;
}

/*
 * A numeric as N: exactly, or rounded in a direction to what DynamoDB can
 * hold.
 */
static DdbEncoded
encode_numeric(Numeric number, DdbRounding rounding, DdbValue *out)
{
	char	   *text;
	char	   *digits;
	int			ndigits;
	int			exponent;
	bool		negative;
	bool		outward;		/* away from zero */

	if (numeric_is_nan(number))
		return beyond(true, rounding);
	text = DatumGetCString(DirectFunctionCall1(numeric_out,
											   NumericGetDatum(number)));
	negative = (*text == '-');
	if (numeric_is_inf(number))
		return beyond(!negative, rounding);
	digits = take_digits(text, &ndigits, &exponent);
	if (ndigits == 0)
		return set_decimal(out, false, "0", 1, 0);
	if (exponent > DDB_DECIMAL_MAX_EXPONENT)
		return beyond(!negative, rounding);
	if (exponent >= DDB_DECIMAL_MIN_EXPONENT &&
		ndigits <= DDB_DECIMAL_MAX_DIGITS)
		return set_decimal(out, negative, digits, ndigits, exponent);

	if (rounding == DDB_ROUND_NONE)
		return DDB_ENCODED_NOTHING;
	outward = (rounding == DDB_ROUND_DOWN) == negative;
	if (exponent < DDB_DECIMAL_MIN_EXPONENT)
	{
		/* between zero and the least number there is */
		if (outward)
			set_decimal(out, negative, "1", 1, DDB_DECIMAL_MIN_EXPONENT);
		else
			set_decimal(out, false, "0", 1, 0);
		return DDB_ENCODED_INEXACT;
	}
	ndigits = DDB_DECIMAL_MAX_DIGITS;
	if (outward && increment_digits(digits, ndigits) &&
		++exponent > DDB_DECIMAL_MAX_EXPONENT)
		return beyond(!negative, rounding);
	while (digits[ndigits - 1] == '0')
		ndigits--;
	set_decimal(out, negative, digits, ndigits, exponent);
	return DDB_ENCODED_INEXACT;
}

/*
 * A number as a column of integers sees it: is it beyond what the column's
 * type can hold, or between two of its values?  What can't be a value needs
 * no request, and a bound may be any number.
 */
static DdbEncoded
fit_integer(Numeric number, Oid column_type, DdbRounding rounding)
{
	int64		most = column_type == INT2OID ? PG_INT16_MAX :
		column_type == INT4OID ? PG_INT32_MAX : PG_INT64_MAX;
	Datum		value = NumericGetDatum(number);

	if (numeric_is_nan(number) ||
		DatumGetBool(DirectFunctionCall2(numeric_gt, value,
										 NumericGetDatum(int64_to_numeric(most)))))
		return beyond(true, rounding);
	if (DatumGetBool(DirectFunctionCall2(numeric_lt, value,
										 NumericGetDatum(int64_to_numeric(-most - 1)))))
		return beyond(false, rounding);
	if (rounding == DDB_ROUND_NONE &&
		!DatumGetBool(DirectFunctionCall2(numeric_eq, value,
										  DirectFunctionCall1(numeric_floor,
															  value))))
		return DDB_ENCODED_NOTHING;
	return DDB_ENCODED;
}

static DdbEncoded
encode_number(Datum datum, Oid typid, Oid column_type, DdbRounding rounding,
			  DdbValue *out)
{
	DdbEncoded	fits = DDB_ENCODED;
	char	   *buf;
	int64		n;

	if (typid == NUMERICOID && column_type != NUMERICOID)
		fits = fit_integer(DatumGetNumeric(datum), column_type, rounding);
	if (fits != DDB_ENCODED)
		return fits;
	switch (typid)
	{
		case INT2OID:
			n = DatumGetInt16(datum);
			break;
		case INT4OID:
			n = DatumGetInt32(datum);
			break;
		case INT8OID:
			n = DatumGetInt64(datum);
			break;
		default:
			return encode_numeric(DatumGetNumeric(datum), rounding, out);
	}
	buf = palloc(MAXINT8LEN + 1);
	return set_value(out, DDB_TYPE_N, buf, pg_lltoa(n, buf));
}

/*
 * A date, timestamp or timestamptz as the column's type has it, in
 * microseconds: UTC for a timestamptz column, local time else.  Whatever is
 * far outside of the years that formats express (infinity is) comes out as
 * just outside, so the conversions cannot overflow.  *vague says that the
 * result isn't a counterpart but can be off by ZONE_SLACK.
 */
static int64
get_column_time(Oid column_type, Datum datum, Oid typid, bool *vague)
{
	const int64 low = DDB_TEMPORAL_MIN - 2 * ZONE_SLACK;
	const int64 high = DDB_TEMPORAL_END + 2 * ZONE_SLACK;
	int64		usec;
	long int	offset;

	*vague = false;
	if (typid == DATEOID)
	{
		DateADT		date = DatumGetDateADT(datum);

		if (date <= low / USECS_PER_DAY)
			return low;
		if (date >= high / USECS_PER_DAY)
			return high;
		if (column_type == TIMESTAMPTZOID)
			return DatumGetTimestampTz(DirectFunctionCall1(date_timestamptz,
														   datum));
		return date * USECS_PER_DAY;
	}

	usec = DatumGetInt64(datum);	/* of both kinds of timestamp */
	if (usec <= low)
		return low;
	if (usec >= high)
		return high;
	if (typid == TIMESTAMPOID && column_type == TIMESTAMPTZOID)
		return DatumGetTimestampTz(DirectFunctionCall1(timestamp_timestamptz,
													   datum));
	if (typid == TIMESTAMPTZOID && column_type != TIMESTAMPTZOID)
	{
		*vague = !pg_get_timezone_offset(session_timezone, &offset);
		return DatumGetTimestamp(DirectFunctionCall1(timestamptz_timestamp,
													 datum));
	}
	return usec;
}

static DdbEncoded
encode_moment(const DdbCodec *codec, Datum datum, Oid typid,
			  DdbRounding rounding, DdbValue *out)
{
	int64		unit = ddb_temporal_get_unit(codec->format);
	int64		usec;
	int64		rest;
	bool		vague;
	DdbEncoded	result = DDB_ENCODED;
	char	   *buf;

	if (codec->typid == DATEOID)
		unit = USECS_PER_DAY;
	usec = get_column_time(codec->typid, datum, typid, &vague);
	if (vague && rounding == DDB_ROUND_NONE)
		return DDB_ENCODED_UNKNOWN;
	if (vague && usec >= DDB_TEMPORAL_MIN - ZONE_SLACK &&
		usec < DDB_TEMPORAL_END + ZONE_SLACK)
	{
		usec += (rounding == DDB_ROUND_DOWN) ? -ZONE_SLACK : ZONE_SLACK;
		usec = Max(usec, DDB_TEMPORAL_MIN);
		usec = Min(usec, DDB_TEMPORAL_END - unit);
		result = DDB_ENCODED_INEXACT;
	}

	rest = usec % unit;
	if (rest < 0)
		rest += unit;
	if (rest != 0)
	{
		if (rounding == DDB_ROUND_NONE)
			return DDB_ENCODED_NOTHING;
		usec += (rounding == DDB_ROUND_DOWN) ? -rest : unit - rest;
		result = DDB_ENCODED_INEXACT;
	}
	if (usec < DDB_TEMPORAL_MIN)
		return beyond(false, rounding);
	if (usec >= DDB_TEMPORAL_END)
		return beyond(true, rounding);

	buf = palloc(DDB_TEMPORAL_SIZE);
	set_value(out, codec->type, buf,
			  ddb_temporal_render(codec->format, usec, buf));
	return result;
}

/*
 * Writes a datum below domains, of type typid, as a codec that conditions
 * know has it; palloc'd in the current context.  See ddb_datum_encode().
 */
DdbEncoded
ddb_encode_datum(const DdbCodec *codec, Datum datum, Oid typid,
				 DdbRounding rounding, DdbValue *out)
{
	char	   *text;

	switch (codec->typid)
	{
		case TEXTOID:
		case VARCHAROID:
		case NAMEOID:
			ddb_encode_string(get_string(datum, typid), out);
			return DDB_ENCODED;
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case NUMERICOID:
			return encode_number(datum, typid, codec->typid, rounding, out);
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return encode_moment(codec, datum, typid, rounding, out);
		case BYTEAOID:
			return encode_binary(datum, out);
		case UUIDOID:
			text = DatumGetCString(DirectFunctionCall1(uuid_out, datum));
			return set_value(out, DDB_TYPE_S, text, strlen(text));
		case BOOLOID:
			text = pstrdup(DatumGetBool(datum) ? "true" : "false");
			set_value(out, DDB_TYPE_BOOL, text, strlen(text));
			out->boolean = DatumGetBool(datum);
			return DDB_ENCODED;
		default:
			return encode_enum(datum, out);
	}
}

/*
 * Writes a datum as the column's wire value, palloc'd in the current
 * context.  typid is the datum's type, one that ddb_datum_can_encode() or
 * ddb_datum_can_bound() agrees to.  rounding says where a value may go that
 * has no exact form; what comes out is DDB_ENCODED_INEXACT then.  Raises
 * where characters cannot be converted to UTF-8.
 */
DdbEncoded
ddb_datum_encode(const DdbColumn *column, Datum datum, bool isnull,
				 Oid typid, DdbRounding rounding, DdbValue *out)
{
	if (isnull)
		return DDB_ENCODED_NULL;
	if (!ddb_datum_can_bound(column, typid))
		return DDB_ENCODED_UNKNOWN;
	return ddb_encode_datum(column->codec, datum, getBaseType(typid),
							rounding, out);
}
