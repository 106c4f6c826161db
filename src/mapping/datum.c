/*-------------------------------------------------------------------------
 *
 * datum.c
 *	  Values: from an item's attribute to SQL.
 *
 * The door to the codecs, and the place that says what is wrong when a value
 * doesn't fit: table, column, attribute, the DynamoDB type that was found
 * and why it doesn't fit, but never the value.  Only the column that was
 * asked for is concerned: a value that nobody reads harms nobody.
 *
 * The other direction is in encode.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "mapping/codec.h"
#include "mapping/datum.h"
#include "mapping/document.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* The options that didn't fit, as the user wrote them. */
static char *
describe_options(const DdbColumnOptions *options)
{
	if (options->attribute_type == NULL)
		return psprintf("format \"%s\"", options->format);
	if (options->format == NULL)
		return psprintf("attribute_type \"%s\"", options->attribute_type);
	return psprintf("attribute_type \"%s\" with format \"%s\"",
					options->attribute_type, options->format);
}

/*
 * Chooses how a column is read and written, from its SQL type and options,
 * and keeps that in the column; palloc'd in the current context.  relname is
 * for messages.  Raises where attribute_type, format and SQL type don't go
 * together.
 */
void
ddb_datum_init_column(DdbColumn *column, const DdbColumnOptions *options,
					  const char *relname)
{
	DdbType		wanted = DDB_TYPE_MISSING;
	DdbFormat	format = DDB_FORMAT_NONE;
	char	   *hint = NULL;
	DdbCodec   *codec;
	bool		known = true;

	if (options->attribute_type != NULL)
	{
		wanted = ddb_value_type_from_name(options->attribute_type,
										  strlen(options->attribute_type));
		known = (wanted != DDB_TYPE_MISSING);
	}
	if (options->format != NULL)
		known = ddb_codec_format_from_name(options->format, &format) && known;

	codec = ddb_codec_create(column->typid, column->typmod, wanted, format,
							 &hint);
	if (codec == NULL || !known)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("%s does not fit column \"%s\" of foreign table \"%s\"",
						describe_options(options), column->name, relname),
				 errdetail("The column is of type %s.",
						   format_type_with_typemod(column->typid,
													column->typmod)),
				 hint != NULL ? errhint("%s", hint) : 0));
	column->codec = codec;
	column->type = codec->type;
	column->format = codec->format;
	column->on_mismatch = options->on_type_mismatch;
	column->null_as = options->null_as;
}

/* Which foreign table and column an error is about, as fields of it. */
int
ddb_datum_errcolumn(const DdbTableMap *map, const DdbColumn *column)
{
	char	   *schema = get_namespace_name(get_rel_namespace(map->relid));

	if (schema != NULL)
		err_generic_string(PG_DIAG_SCHEMA_NAME, schema);
	err_generic_string(PG_DIAG_TABLE_NAME, map->relname);
	return err_generic_string(PG_DIAG_COLUMN_NAME, column->name);
}

/* Why a value doesn't fit: the rest of a sentence that begins with it. */
static const char *
describe_misfit(const DdbColumn *column, DdbFit fit)
{
	char	   *type = format_type_with_typemod(column->typid,
												column->typmod);

	switch (fit)
	{
		case DDB_FIT_TYPE:
			return psprintf("where the column reads type %s",
							ddb_value_type_name(column->type));
		case DDB_FIT_FORM:
			return psprintf("that is not written in format \"%s\"",
							ddb_codec_format_name(column->format));
		case DDB_FIT_INPUT:
		case DDB_FIT_INPUT_HARD:
			return psprintf("that is not valid input for type %s", type);
		case DDB_FIT_RANGE:
			return psprintf("that is out of range for type %s", type);
		case DDB_FIT_ROUND:
			return psprintf("that type %s would round or cut", type);
		case DDB_FIT_LENGTH:
			return psprintf("that is too long for type %s", type);
		case DDB_FIT_LABEL:
			return psprintf("that is not a label of enum %s", type);
		case DDB_FIT_BASE64:
			return "that is not valid base64";
		case DDB_FIT_MEMBER:
			return psprintf("with a member that is not of type %s",
							ddb_value_type_name(column->codec->element->type));
		case DDB_FIT_NUL:
			return "with the character U+0000, which PostgreSQL cannot store";
		case DDB_FIT_UNICODE:
			return "with U+0000 or half of a surrogate pair, which PostgreSQL cannot store";
		case DDB_FIT_ENCODING:
			return "with a character that has no equivalent in the encoding of this database";
		case DDB_FIT_DOMAIN:
			return psprintf("that violates a constraint of domain %s", type);
		case DDB_FIT_DOMAIN_NULL:
			return psprintf("where a constraint of domain %s wants one", type);
		case DDB_FIT_OK:
			break;
	}
	return "";
}

/* What can be done about it. */
static const char *
advise_misfit(const DdbColumn *column, DdbFit fit)
{
	switch (fit)
	{
		case DDB_FIT_DOMAIN_NULL:
			return "Use the domain's base type, or complete the items.";
		case DDB_FIT_INPUT_HARD:
			return "Declare the column text; this PostgreSQL version cannot read invalid values of this type as NULL.";
		default:
			break;
	}

	/* would be NULL, if that were allowed */
	if (column->on_mismatch == DDB_MISMATCH_NULL)
		return "Drop NOT NULL from the column to read such values as NULL.";

	switch (fit)
	{
		case DDB_FIT_MEMBER:
		case DDB_FIT_TYPE:
			return "Declare the column jsonb to read values of any type, or set on_type_mismatch 'null' to read values that do not fit as NULL.";
		case DDB_FIT_NUL:
		case DDB_FIT_UNICODE:
			return "Declare the column json to read the string with its escape sequences, or set on_type_mismatch 'null' to read such values as NULL.";
		case DDB_FIT_ENCODING:
			return "Use a database whose encoding is UTF8, or set on_type_mismatch 'null' to read such values as NULL.";
		default:
			return "Declare the column with a type that holds such values (text for strings, numeric for numbers, jsonb for either), or set on_type_mismatch 'null' to read them as NULL.";
	}
}

static void
report_misfit(const DdbTableMap *map, const DdbColumn *column,
			  const DdbValue *value, DdbFit fit)
{
	int			sqlerrcode = ERRCODE_FDW_INVALID_DATA_TYPE;
	const char *found = (fit == DDB_FIT_DOMAIN_NULL) ? "no value" :
		psprintf("a value of DynamoDB type %s",
				 ddb_value_type_name(value->type));

	if (fit == DDB_FIT_ENCODING || fit == DDB_FIT_NUL ||
		fit == DDB_FIT_UNICODE)
		sqlerrcode = ERRCODE_UNTRANSLATABLE_CHARACTER;
	else if (fit == DDB_FIT_DOMAIN_NULL)
		sqlerrcode = ERRCODE_NOT_NULL_VIOLATION;
	ereport(ERROR,
			(errcode(sqlerrcode),
			 errmsg("attribute \"%s\" does not fit column \"%s\" of foreign table \"%s\"",
					column->label, column->name, map->relname),
			 errdetail("Found %s %s.", found, describe_misfit(column, fit)),
			 errhint("%s", advise_misfit(column, fit)),
			 ddb_datum_errcolumn(map, column)));
}

static void
report_null(const DdbTableMap *map, const DdbColumn *column)
{
	ereport(ERROR,
			(errcode(ERRCODE_NOT_NULL_VIOLATION),
			 errmsg("attribute \"%s\" is missing or null, but column \"%s\" of foreign table \"%s\" is NOT NULL",
					column->label, column->name, map->relname),
			 errhint("Drop NOT NULL from the column, or complete the items."),
			 ddb_datum_errcolumn(map, column)));
}

/*
 * The way out for everything that isn't a value that fits: NULL, or an
 * error.
 */
static Datum
settle(const DdbTableMap *map, const DdbColumn *column, const DdbValue *value,
	   DdbFit fit, bool *isnull)
{
	if (fit != DDB_FIT_OK &&
		(column->on_mismatch == DDB_MISMATCH_ERROR || column->not_null ||
		 fit == DDB_FIT_INPUT_HARD))
		report_misfit(map, column, value, fit);
	if (column->not_null)
		report_null(map, column);
	*isnull = true;
	return (Datum) 0;
}

/*
 * Reads a value into the column's SQL type, palloc'd in the current context.
 * A value that doesn't fit is an error or NULL, as the column has it; NULL
 * in a NOT NULL column is an error, since the planner believes NOT NULL.
 */
Datum
ddb_datum_decode(const DdbTableMap *map, const DdbColumn *column,
				 const DdbValue *value, bool *isnull)
{
	Datum		datum;
	DdbFit		fit = ddb_codec_decode(column->codec, value, &datum, isnull);

	if (likely(fit == DDB_FIT_OK && !*isnull))
		return datum;
	return settle(map, column, value, fit, isnull);
}

/*
 * Reads an item, an object of attribute values with its brackets, into the
 * column with attribute_name '*': all members that no other column of the
 * map shows as a whole.  Never NULL: where nothing is left it is an empty
 * object.
 */
Datum
ddb_datum_decode_rest(const DdbTableMap *map, const DdbColumn *column,
					  const char *item, size_t len, bool *isnull)
{
	DdbValue	value = {.type = DDB_TYPE_M,.text = item,.len = len};
	Datum		datum = (Datum) 0;
	DdbFit		fit;

	*isnull = false;
	fit = ddb_document_decode_rest(map, column, &value, &datum);
	if (fit == DDB_FIT_OK)
		fit = ddb_codec_check_domain(column->codec, datum, false);
	if (fit == DDB_FIT_OK)
		return datum;
	return settle(map, column, &value, fit, isnull);
}
