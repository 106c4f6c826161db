/*-------------------------------------------------------------------------
 *
 * codec.c
 *	  Which SQL type goes with which DynamoDB type and format.
 *
 * The table below is the whole of it: a row for each combination that is
 * told apart.  What a type can be read from without attribute_type or format
 * is its first row.  Enums and arrays have rows under a pseudo-type; every
 * other type is read from S by its input function.
 *
 * Domains are read as what they are based on, and then checked: here, and
 * not by domain_check(), as a violation is one more way not to fit, and must
 * not raise where such values are to be NULL.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "mapping/array.h"
#include "mapping/codec.h"
#include "mapping/document.h"
#include "mapping/input.h"
#include "mapping/number.h"
#include "mapping/temporal.h"
#include "mapping/text.h"
#include "utils/expandeddatum.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"
#include "utils/uuid.h"

struct DdbDomain
{
	Oid			typid;
	MemoryContext context;
	bool		ready;			/* the constraints have been looked up */
	DomainConstraintRef constraints;
	ExprContext *econtext;		/* NULL until a CHECK is evaluated */
};

static DdbFit decode_bool(const DdbCodec *codec, const DdbValue *value,
						  Datum *datum);
static DdbFit decode_bytea(const DdbCodec *codec, const DdbValue *value,
						   Datum *datum);
static DdbFit decode_uuid(const DdbCodec *codec, const DdbValue *value,
						  Datum *datum);

/* What a type may be shown from, and how. */
typedef struct CodecRow
{
	Oid			typid;
	DdbType		type;
	uint32		formats;		/* 1 << DdbFormat; the lowest is the default */
	DdbDecoder	decode;
} CodecRow;

#define BIT(format)		(1U << DDB_FORMAT_##format)
#define MOMENT_FORMATS \
	(BIT(NONE) | BIT(ISO8601) | BIT(ISO8601_MS) | BIT(ISO8601_US) | \
	 BIT(ISOFORMAT) | BIT(ISOFORMAT_UTC) | BIT(RFC3339))
#define NUMBER_FORMATS	(BIT(EPOCH) | BIT(EPOCH_MS))

static const CodecRow rows[] = {
	{TEXTOID, DDB_TYPE_S, BIT(NONE), ddb_text_decode_text},
	{VARCHAROID, DDB_TYPE_S, BIT(NONE), ddb_text_decode_varchar},
	{BPCHAROID, DDB_TYPE_S, BIT(NONE), ddb_text_decode_bpchar},
	{NAMEOID, DDB_TYPE_S, BIT(NONE), ddb_text_decode_name},
	{CHAROID, DDB_TYPE_S, BIT(NONE), ddb_text_decode_char},
	{ANYENUMOID, DDB_TYPE_S, BIT(NONE), ddb_text_decode_enum},
	{INT2OID, DDB_TYPE_N, BIT(NONE), ddb_number_decode_int2},
	{INT4OID, DDB_TYPE_N, BIT(NONE), ddb_number_decode_int4},
	{INT8OID, DDB_TYPE_N, BIT(NONE), ddb_number_decode_int8},
	{NUMERICOID, DDB_TYPE_N, BIT(NONE), ddb_number_decode_numeric},
	{FLOAT4OID, DDB_TYPE_N, BIT(NONE), ddb_number_decode_float4},
	{FLOAT8OID, DDB_TYPE_N, BIT(NONE), ddb_number_decode_float8},
	{BOOLOID, DDB_TYPE_BOOL, BIT(NONE), decode_bool},
	{BYTEAOID, DDB_TYPE_B, BIT(NONE), decode_bytea},
	{UUIDOID, DDB_TYPE_S, BIT(UUID), decode_uuid},
	{DATEOID, DDB_TYPE_S, BIT(NONE) | BIT(DATE), ddb_temporal_decode_text},
	{DATEOID, DDB_TYPE_N, NUMBER_FORMATS, ddb_temporal_decode_number},
	{TIMEOID, DDB_TYPE_S, BIT(NONE), ddb_temporal_decode_text},
	{TIMESTAMPOID, DDB_TYPE_S, MOMENT_FORMATS, ddb_temporal_decode_text},
	{TIMESTAMPOID, DDB_TYPE_N, NUMBER_FORMATS, ddb_temporal_decode_number},
	{TIMESTAMPTZOID, DDB_TYPE_S, MOMENT_FORMATS, ddb_temporal_decode_text},
	{TIMESTAMPTZOID, DDB_TYPE_N, NUMBER_FORMATS, ddb_temporal_decode_number},
	{JSONOID, DDB_TYPE_MISSING, BIT(NONE) | BIT(DYNAMODB), ddb_document_decode},
	{JSONBOID, DDB_TYPE_MISSING, BIT(NONE) | BIT(DYNAMODB), ddb_document_decode},
	{ANYOID, DDB_TYPE_S, BIT(NONE), ddb_input_decode},
};

static const char *const format_names[] = {
	[DDB_FORMAT_NONE] = "none",
	[DDB_FORMAT_ISO8601] = "iso8601",
	[DDB_FORMAT_ISO8601_MS] = "iso8601_ms",
	[DDB_FORMAT_ISO8601_US] = "iso8601_us",
	[DDB_FORMAT_ISOFORMAT] = "isoformat",
	[DDB_FORMAT_ISOFORMAT_UTC] = "isoformat_utc",
	[DDB_FORMAT_DATE] = "date",
	[DDB_FORMAT_UUID] = "uuid",
	[DDB_FORMAT_EPOCH] = "epoch",
	[DDB_FORMAT_EPOCH_MS] = "epoch_ms",
	[DDB_FORMAT_RFC3339] = "rfc3339",
	[DDB_FORMAT_DYNAMODB] = "dynamodb",
};

/*
 * The word that stands for a format in the option; a constant.
 */
const char *
ddb_codec_format_name(DdbFormat format)
{
	return format_names[format];
}

/*
 * The format of this name.  False if there is none.
 */
bool
ddb_codec_format_from_name(const char *name, DdbFormat *format)
{
	for (int i = DDB_FORMAT_NONE + 1; i < (int) lengthof(format_names); i++)
	{
		if (strcmp(format_names[i], name) == 0)
		{
			*format = (DdbFormat) i;
			return true;
		}
	}
	return false;
}

static DdbFit
decode_bool(const DdbCodec *codec, const DdbValue *value, Datum *datum)
{
	*datum = BoolGetDatum(value->boolean);
	return DDB_FIT_OK;
}

static DdbFit
decode_bytea(const DdbCodec *codec, const DdbValue *value, Datum *datum)
{
	bytea	   *result = palloc(value->len + VARHDRSZ);
	size_t		len;

	if (!ddb_value_decode_binary(value->text, value->len, VARDATA(result),
								 &len))
		return DDB_FIT_BASE64;
	SET_VARSIZE(result, len + VARHDRSZ);
	*datum = PointerGetDatum(result);
	return DDB_FIT_OK;
}

/*
 * Only the form that uuid_out() writes: 8-4-4-4-12 lower-case digits.
 */
static DdbFit
decode_uuid(const DdbCodec *codec, const DdbValue *value, Datum *datum)
{
	pg_uuid_t  *uuid = palloc0(sizeof(pg_uuid_t));
	int			ndigits = 0;

	if (value->len != 36)
		return DDB_FIT_FORM;
	for (int i = 0; i < 36; i++)
	{
		char		c = value->text[i];
		int			digit;

		if (i == 8 || i == 13 || i == 18 || i == 23)
		{
			if (c != '-')
				return DDB_FIT_FORM;
			continue;
		}
		if (c >= '0' && c <= '9')
			digit = c - '0';
		else if (c >= 'a' && c <= 'f')
			digit = c - 'a' + 10;
		else
			return DDB_FIT_FORM;
		uuid->data[ndigits / 2] |= digit << (ndigits % 2 == 0 ? 4 : 0);
		ndigits++;
	}
	*datum = UUIDPGetDatum(uuid);
	return DDB_FIT_OK;
}

/* The type under which the table has the rows for a type below domains. */
static Oid
get_row_type(Oid typid)
{
	for (int i = 0; i < (int) lengthof(rows); i++)
	{
		if (rows[i].typid == typid)
			return typid;
	}
	return type_is_enum(typid) ? ANYENUMOID : ANYOID;
}

/* The format a row uses where the user named none. */
static DdbFormat
get_default_format(const CodecRow *row)
{
	for (int i = 0;; i++)
	{
		if (row->formats & (1U << i))
			return (DdbFormat) i;
	}
}

/*
 * The row for a type, given what the user asked for.  json and jsonb may be
 * restricted to any type.
 */
static const CodecRow *
lookup_row(Oid typid, DdbType wanted, DdbFormat format)
{
	Oid			rowtype = get_row_type(typid);

	for (int i = 0; i < (int) lengthof(rows); i++)
	{
		const CodecRow *row = &rows[i];

		if (row->typid != rowtype)
			continue;
		if (wanted != DDB_TYPE_MISSING && row->type != DDB_TYPE_MISSING &&
			row->type != wanted)
			continue;
		if (format == DDB_FORMAT_NONE || (row->formats & (1U << format)))
			return row;
	}
	return NULL;
}

/* The set that holds members of a type; MISSING where there is none. */
static DdbType
get_set_type(DdbType member)
{
	switch (member)
	{
		case DDB_TYPE_S:
			return DDB_TYPE_SS;
		case DDB_TYPE_N:
			return DDB_TYPE_NS;
		case DDB_TYPE_B:
			return DDB_TYPE_BS;
		default:
			return DDB_TYPE_MISSING;
	}
}

static void
append_word(StringInfo words, const char *word)
{
	appendStringInfo(words, "%s%s", words->len > 0 ? ", " : "", word);
}

/* What would have been possible for the type, or an array of it, in words. */
static char *
build_hint(Oid typid, bool is_array)
{
	Oid			rowtype = get_row_type(typid);
	StringInfoData types;
	StringInfoData formats;

	initStringInfo(&types);
	initStringInfo(&formats);
	for (int i = 0; i < (int) lengthof(rows); i++)
	{
		DdbType		type = rows[i].type;

		if (rows[i].typid != rowtype)
			continue;
		if (is_array)
			type = get_set_type(type);
		if (type != DDB_TYPE_MISSING)
			append_word(&types, ddb_value_type_name(type));
		else if (!is_array)
			append_word(&types, "any");
		for (int j = DDB_FORMAT_NONE + 1; j < (int) lengthof(format_names); j++)
		{
			if (rows[i].formats & (1U << j))
				append_word(&formats, format_names[j]);
		}
	}
	if (is_array)
		append_word(&types, ddb_value_type_name(DDB_TYPE_L));
	return psprintf(formats.len > 0 ?
					"Its attribute_type can be: %s.  Its format can be: %s." :
					"Its attribute_type can be: %s.  It takes no format.",
					types.data, formats.data);
}

/*
 * Completes the codec of an array type.  Without a type asked for it reads
 * the set of its element's type, or a list where there is no such set.
 */
static bool
init_array(DdbCodec *codec, Oid elemtype, DdbType wanted, DdbFormat format,
		   char **hint)
{
	DdbCodec   *element;
	DdbType		member = DDB_TYPE_MISSING;
	DdbType		set;

	/* a set says what its members are */
	if (wanted == DDB_TYPE_SS)
		member = DDB_TYPE_S;
	else if (wanted == DDB_TYPE_NS)
		member = DDB_TYPE_N;
	else if (wanted == DDB_TYPE_BS)
		member = DDB_TYPE_B;

	element = ddb_codec_create(elemtype, codec->typmod, member, format, hint);
	if (element == NULL || element->element != NULL)
	{
		*hint = build_hint(getBaseType(elemtype), true);
		return false;
	}
	set = get_set_type(element->type);
	if (wanted == DDB_TYPE_MISSING)
		wanted = (set == DDB_TYPE_MISSING) ? DDB_TYPE_L : set;
	if (wanted != DDB_TYPE_L && (wanted != set || set == DDB_TYPE_MISSING))
	{
		*hint = build_hint(element->typid, true);
		return false;
	}
	codec->type = wanted;
	codec->format = element->format;
	codec->element = element;
	codec->elemtype = elemtype;
	codec->decode = ddb_array_decode;
	get_typlenbyvalalign(elemtype, &codec->elmlen, &codec->elmbyval,
						 &codec->elmalign);
	return true;
}

/*
 * Chooses a codec for a type, palloc'd in the current context with all it
 * needs.  wanted is the DynamoDB type asked for, or MISSING; format the
 * format, or NONE.  NULL where they don't go together; *hint is then a
 * sentence on what does.
 */
DdbCodec *
ddb_codec_create(Oid typid, int32 typmod, DdbType wanted, DdbFormat format,
				 char **hint)
{
	DdbCodec   *codec = palloc0(sizeof(DdbCodec));
	const CodecRow *row;
	Oid			elemtype;

	codec->context = CurrentMemoryContext;
	codec->typmod = typmod;
	codec->typid = getBaseTypeAndTypmod(typid, &codec->typmod);
	if (codec->typid != typid)
	{
		codec->domain = palloc0(sizeof(DdbDomain));
		codec->domain->typid = typid;
		codec->domain->context = CurrentMemoryContext;
	}

	elemtype = get_element_type(codec->typid);
	if (OidIsValid(elemtype))
		return init_array(codec, elemtype, wanted, format, hint) ? codec : NULL;

	row = lookup_row(codec->typid, wanted, format);
	if (row == NULL)
	{
		*hint = build_hint(codec->typid, false);
		return NULL;
	}
	codec->decode = row->decode;
	codec->type = (row->type == DDB_TYPE_MISSING) ? wanted : row->type;
	codec->format = (format == DDB_FORMAT_NONE) ? get_default_format(row) :
		format;
	if (row->decode == ddb_input_decode ||
		row->decode == ddb_temporal_decode_text ||
		codec->typid == JSONBOID)
		codec->input = ddb_input_create(codec->typid);
	if (row->decode == ddb_document_decode)
		codec->shown = ddb_document_create_shown();
	return codec;
}

/*
 * Does the value satisfy the domain's constraints?  What a CHECK expression
 * itself raises is raised.
 */
static bool
satisfies_domain(DdbDomain *domain, Datum datum, bool isnull)
{
	bool		result = true;
	ListCell   *lc;

	if (!domain->ready)
	{
		InitDomainConstraintRef(domain->typid, &domain->constraints,
								domain->context, true);
		domain->ready = true;
	}
	else
		UpdateDomainConstraintRef(&domain->constraints);

	foreach(lc, domain->constraints.constraints)
	{
		DomainConstraintState *constraint = lfirst(lc);

		if (constraint->constrainttype == DOM_CONSTRAINT_NOTNULL)
			result = !isnull;
		else
		{
			if (domain->econtext == NULL)
			{
				MemoryContext oldcontext;

				oldcontext = MemoryContextSwitchTo(domain->context);
				domain->econtext = CreateStandaloneExprContext();
				MemoryContextSwitchTo(oldcontext);
			}
			domain->econtext->domainValue_datum =
				MakeExpandedObjectReadOnly(datum, isnull,
										   domain->constraints.tcache->typlen);
			domain->econtext->domainValue_isNull = isnull;
			result = ExecCheck(constraint->check_exprstate, domain->econtext);
		}
		if (!result)
			break;
	}

	/* also runs what expressions want run when they are done */
	if (domain->econtext != NULL)
		ReScanExprContext(domain->econtext);
	return result;
}

/*
 * Does a value that was read satisfy the constraints of the codec's domain,
 * if there is one?
 */
DdbFit
ddb_codec_check_domain(const DdbCodec *codec, Datum datum, bool isnull)
{
	if (codec->domain == NULL ||
		satisfies_domain(codec->domain, datum, isnull))
		return DDB_FIT_OK;
	return isnull ? DDB_FIT_DOMAIN_NULL : DDB_FIT_DOMAIN;
}

/*
 * Reads a value, NULL and missing ones included, and checks the domain's
 * constraints; *datum, in the current context, and *isnull are set where it
 * fits.
 */
DdbFit
ddb_codec_decode(const DdbCodec *codec, const DdbValue *value, Datum *datum,
				 bool *isnull)
{
	*isnull = (value->type == DDB_TYPE_MISSING ||
			   value->type == DDB_TYPE_NULL);
	if (!*isnull)
	{
		DdbFit		fit;

		if (codec->type != value->type && codec->type != DDB_TYPE_MISSING)
			return DDB_FIT_TYPE;
		fit = codec->decode(codec, value, datum);
		if (unlikely(fit != DDB_FIT_OK))
			return fit;
	}
	else
		*datum = (Datum) 0;
	return ddb_codec_check_domain(codec, *datum, *isnull);
}
