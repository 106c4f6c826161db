/*-------------------------------------------------------------------------
 *
 * filter_member.c
 *	  Folds atoms on members of json columns.
 *
 * What a member of plain JSON equals doesn't say what type it has on the
 * wire: the text 12 may be of a string or a number, and a JSON string may be
 * a binary in base64.  But the values that a text or JSON scalar can be of
 * are few, one of each type, and the condition is true for any of them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "catalog/pg_type.h"
#include "common/base64.h"
#include "dynamodb/decimal.h"
#include "mapping/datum.h"
#include "mapping/filter_atom.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"

static DdbTerm *
make_equal(const DdbColumn *view, DdbType type, const char *text)
{
	DdbValue	value = {.type = type,.text = text,.len = strlen(text)};

	value.boolean = type == DDB_TYPE_BOOL && strcmp(text, "true") == 0;
	return ddb_term_condition(DDB_TERM_COMPARE, view, "=", &value);
}

/* Is a text a number as N shows, within the service's range? */
static bool
is_stored_number(const char *text)
{
	StringInfoData canonical;
	size_t		len = strlen(text);

	initStringInfo(&canonical);
	return ddb_decimal_is_valid(text, len) &&
		ddb_decimal_append(&canonical, text, len) &&
		strcmp(canonical.data, text) == 0;
}

/* Is a text base64 as B shows, which is what its bytes are written as? */
static bool
is_stored_binary(const char *text)
{
	int			len = strlen(text);
	char	   *bytes = palloc(len + 1);
	size_t		nbytes;
	int			room;
	char	   *again;

	if (!ddb_value_decode_binary(text, len, bytes, &nbytes))
		return false;
	room = pg_b64_enc_len(nbytes) + 1;
	again = palloc(room);
	return pg_b64_encode((const void *) bytes, nbytes, again, room) == len &&
		memcmp(again, text, len) == 0;
}

/* A JSON string: S, or B in base64. */
static DdbTerm *
equals_string(const DdbColumn *view, char *text)
{
	DdbTerm    *term;
	DdbValue	value;
	const DdbColumn *strings = ddb_datum_text_view(view, InvalidOid);

	if (ddb_datum_encode(strings, CStringGetTextDatum(text), false, TEXTOID,
						 DDB_ROUND_NONE, &value) != DDB_ENCODED)
		return ddb_term_unknown();
	term = ddb_term_condition(DDB_TERM_COMPARE, view, "=", &value);
	if (!is_stored_binary(text))
		return term;
	return ddb_term_compound(DDB_TERM_OR,
							 list_make2(term, make_equal(view, DDB_TYPE_B,
														 text)));
}

/* What ->> shows as this text. */
static DdbTerm *
equals_text(const DdbColumn *view, char *text)
{
	List	   *terms = list_make1(equals_string(view, text));

	/* A map, list or set might be written so. */
	if (text[0] == '{' || text[0] == '[')
		return ddb_term_unknown();
	if (is_stored_number(text))
		terms = lappend(terms, make_equal(view, DDB_TYPE_N, text));
	if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
		terms = lappend(terms, make_equal(view, DDB_TYPE_BOOL, text));
	return ddb_term_compound(DDB_TERM_OR, terms);
}

/* What -> shows as this number. */
static DdbTerm *
equals_number(const DdbColumn *view, Numeric number)
{
	StringInfoData text;
	char	   *digits =
		DatumGetCString(DirectFunctionCall1(numeric_out,
											NumericGetDatum(number)));

	initStringInfo(&text);
	if (!ddb_decimal_append(&text, digits, strlen(digits)) ||
		!is_stored_number(text.data))
		return ddb_term_constant(false);
	return make_equal(view, DDB_TYPE_N, text.data);
}

/* What -> shows as this JSON; unknown where it is no scalar. */
static DdbTerm *
equals_json(const DdbColumn *view, Jsonb *json)
{
	JsonbValue	scalar;

	if (!JB_ROOT_IS_SCALAR(json) ||
		!JsonbExtractScalar(&json->root, &scalar))
		return ddb_term_unknown();
	switch (scalar.type)
	{
		case jbvNull:
			return ddb_term_type(view, DDB_TYPE_NULL);
		case jbvString:
			return equals_string(view, pnstrdup(scalar.val.string.val,
												scalar.val.string.len));
		case jbvNumeric:
			return equals_number(view, scalar.val.numeric);
		case jbvBool:
			return make_equal(view, DDB_TYPE_BOOL,
							  scalar.val.boolean ? "true" : "false");
		default:
			return ddb_term_unknown();
	}
}

/* ->> is NULL for a JSON null, which -> shows as such. */
static DdbTerm *
make_not_null(const DdbColumn *view, bool as_text)
{
	return as_text ? ddb_term_not_null(view) :
		ddb_term_make(DDB_TERM_EXISTS, view);
}

static DdbTerm *
make_null(const DdbColumn *view, bool as_text)
{
	if (!ddb_datum_is_total(view))
		return ddb_term_unknown();
	return as_text ? ddb_term_null(view) :
		ddb_term_make(DDB_TERM_MISSING, view);
}

static DdbTerm *
fold_equal(const DdbColumn *view, bool as_text, DdbFilterOp op,
		   const DdbOperand *operand)
{
	DdbTerm    *equal;

	if (operand->isnull && op == DDB_FILTER_DISTINCT)
		return make_not_null(view, as_text);
	if (operand->isnull && op == DDB_FILTER_NOT_DISTINCT)
		return make_null(view, as_text);
	if (operand->isnull)
		return ddb_term_constant(false);
	equal = as_text ?
		equals_text(view, TextDatumGetCString(operand->datum)) :
		equals_json(view, DatumGetJsonbP(operand->datum));
	if (op == DDB_FILTER_EQ || op == DDB_FILTER_NOT_DISTINCT)
		return equal;
	if (op == DDB_FILTER_DISTINCT)
		return ddb_term_not(equal);
	return ddb_term_and(ddb_term_not(equal), make_not_null(view, as_text));
}

/* = ANY, <> ALL and the like: few, as each value takes a term or more. */
static DdbTerm *
fold_array(const DdbColumn *view, bool as_text, DdbFilterOp op,
		   DdbQuantifier quantifier, const DdbOperand *array)
{
	List	   *terms = NIL;
	DdbOperand *members;
	int			n;

	if (array->isnull)
		return ddb_term_constant(false);
	members = ddb_filter_atom_members(array, &n);
	if (n > DDB_FILTER_MAX_MEMBERS)
		return ddb_term_unknown();
	for (int i = 0; i < n; i++)
		terms = lappend(terms, fold_equal(view, as_text, op, &members[i]));
	return ddb_term_compound(quantifier == DDB_QUANTIFIER_ANY ?
							 DDB_TERM_OR : DDB_TERM_AND, terms);
}

/*
 * The condition of an atom on a member, as_text or as JSON, palloc'd in the
 * current context.
 */
DdbTerm *
ddb_filter_member_fold(const DdbColumn *view, bool as_text, DdbFilterOp op,
					   DdbQuantifier quantifier, const DdbOperand *operand)
{
	DdbTerm    *others;
	DdbTerm    *term;

	switch (op)
	{
		case DDB_FILTER_NULL:
			return make_null(view, as_text);
		case DDB_FILTER_NOT_NULL:
			return make_not_null(view, as_text);
		case DDB_FILTER_EQ:
		case DDB_FILTER_NE:
		case DDB_FILTER_DISTINCT:
		case DDB_FILTER_NOT_DISTINCT:
			if (quantifier != DDB_QUANTIFIER_NONE)
				return fold_array(view, as_text, op, quantifier, operand);
			return fold_equal(view, as_text, op, operand);
		default:
			break;
	}
	/* Strings are told apart; whatever else has a text may satisfy it too. */
	term = ddb_filter_atom_fold(ddb_datum_text_view(view, InvalidOid), op,
								quantifier, operand);
	if (term->kind == DDB_TERM_FALSE || term->kind == DDB_TERM_TRUE)
		return term;
	others = ddb_term_and(ddb_term_not_null(view),
						  ddb_term_not(ddb_term_type(view, DDB_TYPE_S)));
	term = ddb_term_compound(DDB_TERM_OR, list_make2(term, others));
	term->exact = false;
	return term;
}
