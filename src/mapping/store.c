/*-------------------------------------------------------------------------
 *
 * store.c
 *	  Values from SQL to the wire, to be stored.
 *
 * For every value that a column can read there is a form that reads as that
 * value, and that form is written; what has none is an error here, before
 * anything is sent.  Nothing is rounded, cut or guessed.
 *
 * Forms are the column's format.  Without one, times are written as
 * iso8601_us, or as their type's text where that has no year (infinity,
 * years before 1 or after 9999); char(n) without the blanks that pad it;
 * floats with the fewest digits that read as the same float.
 *
 * A set has no order, holds no member twice, none that is NULL, and there is
 * no empty one: that is written as no attribute.  A list keeps all that, but
 * has one dimension and begins at 1.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "dynamodb/decimal.h"
#include "dynamodb/equal.h"
#include "dynamodb/plain.h"
#include "dynamodb/typed.h"
#include "mapping/encode.h"
#include "mapping/output.h"
#include "mapping/store.h"
#include "mapping/temporal.h"
#include "mapping/text.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

/* Whose value is being written, for messages. */
typedef struct StoreContext
{
	const DdbTableMap *map;
	const DdbColumn *column;
	bool		reported;		/* the error in the making names the column */
} StoreContext;

static void store_datum(StoreContext *cxt, const DdbCodec *codec,
						Datum datum, DdbValue *out);

/* Raises for a value that has no form; reason ends the detail's sentence. */
pg_noreturn static void report_unstorable(StoreContext *cxt,
										  int sqlerrcode,
										  const char *reason);

static void
report_unstorable(StoreContext *cxt, int sqlerrcode, const char *reason)
{
	cxt->reported = true;
	ereport(ERROR,
			(errcode(sqlerrcode),
			 errmsg("value for column \"%s\" of foreign table \"%s\" cannot be stored in DynamoDB",
					cxt->column->name, cxt->map->relname),
			 errdetail("Attribute \"%s\": %s.", cxt->column->label, reason),
			 ddb_datum_errcolumn(cxt->map, cxt->column)));
}

/* A text as a value of type N, in the service's own form. */
static void
store_number_text(StoreContext *cxt, const char *text, DdbValue *out)
{
	StringInfoData buf;

	if (!ddb_decimal_fits(text, strlen(text)))
		report_unstorable(cxt, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
						  "DynamoDB's numbers have up to 38 digits and lie between 1E-130 and 9.9E+125, on both sides of 0");
	initStringInfo(&buf);
	(void) ddb_decimal_append(&buf, text, strlen(text));
	memset(out, 0, sizeof(*out));
	out->type = DDB_TYPE_N;
	out->text = buf.data;
	out->len = buf.len;
}

static void
store_float4(StoreContext *cxt, Datum datum, DdbValue *out)
{
	float		f = DatumGetFloat4(datum);
	char		buf[32];

	/* as many digits as it takes: nine always do */
	for (int digits = 6; digits <= 9; digits++)
	{
		snprintf(buf, sizeof(buf), "%.*g", digits, f);
		if (strtof(buf, NULL) == f)
			break;
	}
	store_number_text(cxt, buf, out);
}

static void
store_float8(StoreContext *cxt, Datum datum, DdbValue *out)
{
	double		d = DatumGetFloat8(datum);
	char		buf[32];

	for (int digits = 15; digits <= 17; digits++)
	{
		snprintf(buf, sizeof(buf), "%.*g", digits, d);
		if (strtod(buf, NULL) == d)
			break;
	}
	store_number_text(cxt, buf, out);
}

static void
store_text(StoreContext *cxt, const DdbCodec *codec, Datum datum,
		   DdbValue *out)
{
	char	   *str;
	int			len;

	if (codec->typid == CHAROID)
	{
		if (IS_HIGHBIT_SET(DatumGetChar(datum)))
			report_unstorable(cxt, ERRCODE_UNTRANSLATABLE_CHARACTER,
							  "the byte has no meaning as text");
		str = DatumGetCString(DirectFunctionCall1(charout, datum));
		ddb_encode_string(str, out);
		return;
	}
	str = TextDatumGetCString(datum);
	len = strlen(str);
	while (codec->typid == BPCHAROID && len > 0 && str[len - 1] == ' ')
		str[--len] = '\0';
	ddb_encode_string(str, out);
}

/* Any other type by its output function. */
static void
store_output(StoreContext *cxt, const DdbCodec *codec, Datum datum,
			 DdbValue *out)
{
	char	   *text;

	if (!ddb_output_render(codec, datum, &text))
		report_unstorable(cxt, ERRCODE_FEATURE_NOT_SUPPORTED,
						  psprintf("type %s would not read the value's text as the same value",
								   format_type_be(codec->typid)));
	ddb_encode_string(text, out);
}

/* Is there a year in the text forms for it? */
static bool
has_year(const DdbCodec *codec, Datum datum)
{
	int64		usec;

	if (codec->typid == DATEOID)
	{
		DateADT		date = DatumGetDateADT(datum);

		return date >= DDB_TEMPORAL_MIN / USECS_PER_DAY &&
			date < DDB_TEMPORAL_END / USECS_PER_DAY;
	}
	usec = DatumGetInt64(datum);
	return usec >= DDB_TEMPORAL_MIN && usec < DDB_TEMPORAL_END;
}

static void
store_moment(StoreContext *cxt, const DdbCodec *codec, Datum datum,
			 DdbValue *out)
{
	DdbCodec	formatted = *codec;

	if (codec->format == DDB_FORMAT_NONE)
	{
		if (!has_year(codec, datum))
		{
			store_output(cxt, codec, datum, out);
			return;
		}
		formatted.format = (codec->typid == DATEOID) ? DDB_FORMAT_DATE :
			DDB_FORMAT_ISO8601_US;
	}
	if (ddb_encode_datum(&formatted, datum, codec->typid, DDB_ROUND_NONE,
						 out) == DDB_ENCODED)
		return;
	report_unstorable(cxt, ERRCODE_DATETIME_FIELD_OVERFLOW,
					  has_year(codec, datum) ?
					  psprintf("format \"%s\" has no place for its fraction of a second",
							   ddb_codec_format_name(codec->format)) :
					  psprintf("format \"%s\" has the years 1 to 9999",
							   ddb_codec_format_name(codec->format)));
}

/* Raises for a document that DynamoDB cannot hold. */
static void
report_document(StoreContext *cxt, const DdbCodec *codec, DdbTypedFault fault)
{
	switch (fault)
	{
		case DDB_TYPED_OK:
			break;
		case DDB_TYPED_MALFORMED:
			report_unstorable(cxt, ERRCODE_INVALID_PARAMETER_VALUE,
							  codec->format == DDB_FORMAT_DYNAMODB ?
							  "format \"dynamodb\" wants an attribute value, like {\"S\": \"text\"}" :
							  "the JSON is nested too deeply");
			break;
		case DDB_TYPED_NUMBER:
			report_unstorable(cxt, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
							  "it contains a number that has more than 38 digits or is out of DynamoDB's range");
			break;
		case DDB_TYPED_DEPTH:
			report_unstorable(cxt, ERRCODE_PROGRAM_LIMIT_EXCEEDED,
							  "its lists and maps have more levels than DynamoDB takes");
			break;
		case DDB_TYPED_NAME:
			report_unstorable(cxt, ERRCODE_INVALID_PARAMETER_VALUE,
							  "it contains a member whose name is empty, and DynamoDB has no such attributes");
			break;
		case DDB_TYPED_SET:
			report_unstorable(cxt, ERRCODE_INVALID_PARAMETER_VALUE,
							  "it contains a set that is empty or holds a member twice");
			break;
		case DDB_TYPED_BINARY:
			report_unstorable(cxt, ERRCODE_INVALID_PARAMETER_VALUE,
							  "it contains a binary that is not base64");
			break;
	}
}

/* json and jsonb, as plain JSON or in the typed form. */
static void
store_document(StoreContext *cxt, const DdbCodec *codec, Datum datum,
			   DdbValue *out)
{
	char	   *str;
	DdbTypedFault fault;

	if (codec->typid == JSONBOID)
	{
		Jsonb	   *jsonb = DatumGetJsonbP(datum);

		str = JsonbToCString(NULL, &jsonb->root, VARSIZE(jsonb));
	}
	else
		str = TextDatumGetCString(datum);
	str = ddb_text_to_utf8(str);
	fault = (codec->format == DDB_FORMAT_DYNAMODB) ?
		ddb_typed_parse(str, strlen(str), out) :
		ddb_typed_parse_plain(str, strlen(str), out);
	if (fault != DDB_TYPED_OK)
		report_document(cxt, codec, fault);
	if (codec->type != DDB_TYPE_MISSING && codec->type != out->type &&
		out->type != DDB_TYPE_NULL)
		report_unstorable(cxt, ERRCODE_INVALID_PARAMETER_VALUE,
						  psprintf("it would be of type %s, where attribute_type is %s",
								   ddb_value_type_name(out->type),
								   ddb_value_type_name(codec->type)));
}

/* Writes a set or list of these members. */
static void
set_members(DdbValue *container, DdbType type, const DdbValue *members, int n)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoChar(&buf, '[');
	for (int i = 0; i < n; i++)
		ddb_value_append_member(&buf, type, &members[i]);
	appendStringInfoChar(&buf, ']');
	container->type = type;
	container->text = buf.data;
	container->len = buf.len;
}

/*
 * Leaves each member of a set once.  Sorting brings the same ones together.
 */
static void
drop_repeated(DdbValue *set)
{
	int			n;
	int			nkept = 0;
	DdbValue   *members = ddb_plain_sort_set(set, &n);

	for (int i = 0; i < n; i++)
	{
		if (nkept == 0 || !ddb_equal_values(&members[nkept - 1], &members[i]))
			members[nkept++] = members[i];
	}
	if (nkept < n)
		set_members(set, set->type, members, nkept);
}

static void
store_array(StoreContext *cxt, const DdbCodec *codec, Datum datum,
			DdbValue *out)
{
	ArrayType  *array = DatumGetArrayTypeP(datum);
	bool		is_list = (codec->type == DDB_TYPE_L);
	DdbValue   *members;
	Datum	   *datums;
	bool	   *nulls;
	int			n;

	memset(out, 0, sizeof(*out));
	if (ARR_NDIM(array) > 1 ||
		(is_list && ARR_NDIM(array) == 1 && ARR_LBOUND(array)[0] != 1))
		report_unstorable(cxt, ERRCODE_ARRAY_SUBSCRIPT_ERROR,
						  "sets and lists have one dimension, and lists begin at 1");
	deconstruct_array(array, codec->elemtype, codec->elmlen, codec->elmbyval,
					  codec->elmalign, &datums, &nulls, &n);
	if (n == 0 && !is_list)
		return;					/* there is no empty set */

	members = palloc0(sizeof(DdbValue) * Max(n, 1));
	for (int i = 0; i < n; i++)
	{
		if (!nulls[i])
			store_datum(cxt, codec->element, datums[i], &members[i]);
		else if (is_list)
			members[i].type = DDB_TYPE_NULL;
		else
			report_unstorable(cxt, ERRCODE_NULL_VALUE_NOT_ALLOWED,
							  "a set has no NULL members");
	}
	set_members(out, codec->type, members, n);
	if (!is_list)
		drop_repeated(out);
}

/* Writes a value that isn't NULL; MISSING comes out for an empty set. */
static void
store_datum(StoreContext *cxt, const DdbCodec *codec, Datum datum,
			DdbValue *out)
{
	if (codec->element != NULL)
	{
		store_array(cxt, codec, datum, out);
		return;
	}
	switch (codec->typid)
	{
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case CHAROID:
			store_text(cxt, codec, datum, out);
			break;
		case FLOAT4OID:
			store_float4(cxt, datum, out);
			break;
		case FLOAT8OID:
			store_float8(cxt, datum, out);
			break;
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			store_moment(cxt, codec, datum, out);
			break;
		case JSONOID:
		case JSONBOID:
			store_document(cxt, codec, datum, out);
			break;
		case NAMEOID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case NUMERICOID:
		case BYTEAOID:
		case UUIDOID:
		case BOOLOID:
			if (ddb_encode_datum(codec, datum, codec->typid, DDB_ROUND_NONE,
								 out) != DDB_ENCODED)
				report_unstorable(cxt, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
								  "DynamoDB's numbers have up to 38 digits and lie between 1E-130 and 9.9E+125, on both sides of 0");
			break;
		default:
			if (type_is_enum(codec->typid))
				(void) ddb_encode_datum(codec, datum, codec->typid,
										DDB_ROUND_NONE, out);
			else
				store_output(cxt, codec, datum, out);
	}
}

/* Adds the column to what goes wrong in functions that don't know it. */
static void
add_context(void *arg)
{
	StoreContext *cxt = arg;

	if (!cxt->reported)
		errcontext("column \"%s\" of foreign table \"%s\"",
				   cxt->column->name, cxt->map->relname);
}

/*
 * Writes a value of the column's type as its attribute, palloc'd in the
 * current context.  MISSING comes out where there is to be no attribute: for
 * NULL unless null_as says otherwise, and for an empty set.  Raises for what
 * DynamoDB cannot hold, and for no value in a NOT NULL column.
 */
void
ddb_store_value(const DdbTableMap *map, const DdbColumn *column,
				Datum datum, bool isnull, DdbValue *out)
{
	StoreContext cxt = {map, column, false};
	ErrorContextCallback callback;

	memset(out, 0, sizeof(*out));
	if (isnull)
	{
		if (column->null_as == DDB_NULL_TYPED && !column->whole_item)
			out->type = DDB_TYPE_NULL;
		return;
	}
	callback.callback = add_context;
	callback.arg = &cxt;
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	store_datum(&cxt, column->codec, datum, out);
	error_context_stack = callback.previous;

	if (column->not_null && (out->type == DDB_TYPE_MISSING ||
							 out->type == DDB_TYPE_NULL))
		report_unstorable(&cxt, ERRCODE_NOT_NULL_VIOLATION,
						  out->type == DDB_TYPE_NULL ?
						  "JSON null would read as NULL, and the column is NOT NULL" :
						  "DynamoDB has no empty set, and the column is NOT NULL");
}
