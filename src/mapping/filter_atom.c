/*-------------------------------------------------------------------------
 *
 * filter_atom.c
 *	  Folds atoms on scalar columns: comparisons, patterns, lists, NULL tests.
 *
 * An atom with a NULL value is never true.  One whose value no item can have
 * is never true, or is true of everything that isn't NULL.  One that can't be
 * said becomes weaker.  The proofs are in filter_rules.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "catalog/pg_type.h"
#include "mapping/datum.h"
#include "mapping/filter_atom.h"
#include "mapping/pattern.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* A pattern's texts that are looked for: the rest adds little. */
#define MAX_PATTERN_TEXTS		8

static DdbTerm *
fold_equal(const DdbColumn *column, const DdbOperand *operand, bool negated)
{
	DdbValue	value;

	switch (ddb_datum_encode(column, operand->datum, operand->isnull,
							 operand->type, DDB_ROUND_NONE, &value))
	{
		case DDB_ENCODED:
			if (!negated)
				return ddb_term_condition(DDB_TERM_COMPARE, column, "=", &value);
			return ddb_term_and(ddb_term_condition(DDB_TERM_COMPARE, column, "<>",
												   &value),
								ddb_term_not_null(column));
		case DDB_ENCODED_NULL:
			return ddb_term_constant(false);
		case DDB_ENCODED_NOTHING:
			return negated ? ddb_term_not_null(column) : ddb_term_constant(false);
		default:
			return ddb_term_weak(column);
	}
}

/*
 * < and the like.  A bound between two values of the column moves to the
 * next one, and is then not among what it admits.
 */
static DdbTerm *
fold_bound(const DdbColumn *column, const DdbOperand *operand, DdbFilterOp op)
{
	static const char *const symbols[] = {
		[DDB_FILTER_LT] = "<",
		[DDB_FILTER_LE] = "<=",
		[DDB_FILTER_GE] = ">=",
		[DDB_FILTER_GT] = ">",
	};
	bool		upper = op == DDB_FILTER_LT || op == DDB_FILTER_LE;
	DdbValue	value;
	DdbTerm    *term;

	switch (ddb_datum_encode(column, operand->datum, operand->isnull,
							 operand->type,
							 upper ? DDB_ROUND_UP : DDB_ROUND_DOWN, &value))
	{
		case DDB_ENCODED:
			return ddb_term_condition(DDB_TERM_COMPARE, column, symbols[op],
									  &value);
		case DDB_ENCODED_INEXACT:
			if (ddb_datum_can_encode(column, operand->type))
				return ddb_term_condition(DDB_TERM_COMPARE, column,
										  upper ? "<" : ">", &value);
			term = ddb_term_condition(DDB_TERM_COMPARE, column,
									  upper ? "<=" : ">=", &value);
			term->exact = false;
			return term;
		case DDB_ENCODED_BELOW:
			return upper ? ddb_term_constant(false) : ddb_term_not_null(column);
		case DDB_ENCODED_ABOVE:
			return upper ? ddb_term_not_null(column) : ddb_term_constant(false);
		case DDB_ENCODED_NULL:
			return ddb_term_constant(false);
		case DDB_ENCODED_NOTHING:
		case DDB_ENCODED_UNKNOWN:
			break;
	}
	return ddb_term_weak(column);
}

/* begins_with() or contains() of a text, not an empty one. */
static DdbTerm *
make_text_condition(DdbTermKind kind, const DdbColumn *column,
					const char *text)
{
	DdbValue	value;

	if (ddb_datum_encode(column, CStringGetTextDatum(text), false, TEXTOID,
						 DDB_ROUND_NONE, &value) != DDB_ENCODED)
		return ddb_term_weak(column);
	return ddb_term_condition(kind, column, NULL, &value);
}

/* Every string begins with ''. */
static DdbTerm *
fold_prefix_text(const DdbColumn *column, const char *prefix, bool negated)
{
	DdbTerm    *term;

	if (prefix[0] == '\0')
		return negated ? ddb_term_constant(false) : ddb_term_not_null(column);
	term = make_text_condition(DDB_TERM_BEGINS_WITH, column, prefix);
	return negated ? ddb_term_guarded_not(column, term) : term;
}

static DdbTerm *
fold_prefix(const DdbColumn *column, const DdbOperand *operand, bool negated)
{
	if (operand->isnull)
		return ddb_term_constant(false);
	return fold_prefix_text(column, TextDatumGetCString(operand->datum),
							negated);
}

/* Sets and lists contain things too, so this has a guard in any case. */
static DdbTerm *
fold_contains(const DdbColumn *column, const char *text, bool negated)
{
	DdbTerm    *term = make_text_condition(DDB_TERM_CONTAINS, column, text);

	if (negated)
		return ddb_term_guarded_not(column, term);
	return ddb_term_and(term, ddb_term_not_null(column));
}

/* A pattern that says more than can be asked. */
static DdbTerm *
fold_loose_pattern(const DdbColumn *column, const DdbPattern *pattern)
{
	List	   *terms;
	DdbTerm    *term;
	ListCell   *lc;

	terms = list_make1(fold_prefix_text(column, pattern->prefix, false));
	foreach(lc, pattern->inner)
	{
		if (foreach_current_index(lc) == MAX_PATTERN_TEXTS)
			break;
		terms = lappend(terms, make_text_condition(DDB_TERM_CONTAINS, column,
												   lfirst(lc)));
	}
	term = ddb_term_compound(DDB_TERM_AND, terms);
	term->exact = false;
	return term;
}

static DdbTerm *
fold_like(const DdbColumn *column, const DdbOperand *operand, bool negated)
{
	DdbPattern	pattern;
	DdbOperand	whole = {.type = TEXTOID};

	if (operand->isnull)
		return ddb_term_constant(false);
	ddb_pattern_parse(operand->datum, &pattern);
	switch (pattern.kind)
	{
		case DDB_PATTERN_EQUAL:
			whole.datum = CStringGetTextDatum(pattern.prefix);
			return fold_equal(column, &whole, negated);
		case DDB_PATTERN_PREFIX:
		case DDB_PATTERN_ANY:
			return fold_prefix_text(column, pattern.prefix, negated);
		case DDB_PATTERN_CONTAINS:
			return fold_contains(column, linitial(pattern.inner), negated);
		case DDB_PATTERN_OTHER:
			return negated ? ddb_term_weak(column) :
				fold_loose_pattern(column, &pattern);
		case DDB_PATTERN_INVALID:
			break;
	}
	return ddb_term_unknown();
}

/* IS DISTINCT FROM is <> without NULLs: no guard. */
static DdbTerm *
fold_distinct(const DdbColumn *column, const DdbOperand *operand, bool negated)
{
	DdbTerm    *equal;

	if (operand->isnull)
		return negated ? ddb_term_null(column) : ddb_term_not_null(column);
	equal = fold_equal(column, operand, false);
	return negated ? equal : ddb_term_not(equal);
}

static DdbTerm *
fold_operand(const DdbColumn *column, DdbFilterOp op, const DdbOperand *operand)
{
	switch (op)
	{
		case DDB_FILTER_EQ:
		case DDB_FILTER_NE:
			return fold_equal(column, operand, op == DDB_FILTER_NE);
		case DDB_FILTER_LT:
		case DDB_FILTER_LE:
		case DDB_FILTER_GE:
		case DDB_FILTER_GT:
			return fold_bound(column, operand, op);
		case DDB_FILTER_LIKE:
		case DDB_FILTER_NOT_LIKE:
			return fold_like(column, operand, op == DDB_FILTER_NOT_LIKE);
		case DDB_FILTER_PREFIX:
		case DDB_FILTER_NOT_PREFIX:
			return fold_prefix(column, operand, op == DDB_FILTER_NOT_PREFIX);
		case DDB_FILTER_DISTINCT:
		case DDB_FILTER_NOT_DISTINCT:
			return fold_distinct(column, operand,
								 op == DDB_FILTER_NOT_DISTINCT);
		default:
			break;
	}
	elog(ERROR, "unexpected operator %d in a filter", (int) op);
	return NULL;				/* keep compiler quiet */
}

/* The members of an array, all of the operand's element type. */
DdbOperand *
ddb_filter_atom_members(const DdbOperand *array, int *n)
{
	Oid			elemtype = get_base_element_type(array->type);
	int16		typlen;
	bool		typbyval;
	char		typalign;
	Datum	   *datums;
	bool	   *nulls;
	DdbOperand *members;

	get_typlenbyvalalign(elemtype, &typlen, &typbyval, &typalign);
	deconstruct_array(DatumGetArrayTypeP(array->datum), elemtype, typlen, typbyval,
					  typalign, &datums, &nulls, n);
	members = palloc(sizeof(DdbOperand) * Max(*n, 1));
	for (int i = 0; i < *n; i++)
	{
		members[i].datum = datums[i];
		members[i].isnull = nulls[i];
		members[i].type = elemtype;
	}
	return members;
}

/*
 * IN and NOT IN.  A NULL in the list changes nothing for what is equal to
 * another member, and leaves NOT IN never true.
 */
static DdbTerm *
fold_in(const DdbColumn *column, const DdbOperand *members, int n, bool negated)
{
	DdbValue   *values = palloc(sizeof(DdbValue) * Max(n, 1));
	int			nvalues = 0;

	if (n == 0)
		return ddb_term_constant(negated);
	for (int i = 0; i < n; i++)
	{
		switch (ddb_datum_encode(column, members[i].datum, members[i].isnull,
								 members[i].type, DDB_ROUND_NONE,
								 &values[nvalues]))
		{
			case DDB_ENCODED:
				nvalues++;
				break;
			case DDB_ENCODED_NULL:
				if (negated)
					return ddb_term_constant(false);
				break;
			case DDB_ENCODED_NOTHING:
				break;
			default:
				return ddb_term_weak(column);
		}
	}
	if (nvalues == 0)
		return negated ? ddb_term_not_null(column) : ddb_term_constant(false);
	if (negated)
		return ddb_term_guarded_not(column, ddb_term_in(column, values, nvalues));
	return ddb_term_in(column, values, nvalues);
}

/* op ANY, op ALL */
static DdbTerm *
fold_array(const DdbColumn *column, DdbFilterOp op, DdbQuantifier quantifier,
		   const DdbOperand *array)
{
	DdbOperand *members;
	List	   *terms = NIL;
	int			n;

	if (array->isnull)
		return ddb_term_constant(false);
	members = ddb_filter_atom_members(array, &n);
	if (n > DDB_FILTER_MAX_MEMBERS)
		return ddb_term_weak(column);
	if (op == DDB_FILTER_EQ && quantifier == DDB_QUANTIFIER_ANY)
		return fold_in(column, members, n, false);
	if (op == DDB_FILTER_NE && quantifier == DDB_QUANTIFIER_ALL)
		return fold_in(column, members, n, true);
	for (int i = 0; i < n; i++)
		terms = lappend(terms, fold_operand(column, op,
											&members[i]));
	return ddb_term_compound(quantifier == DDB_QUANTIFIER_ANY ?
							 DDB_TERM_OR : DDB_TERM_AND, terms);
}

/*
 * The condition of an atom, palloc'd in the current context.  operand is
 * NULL where the operator takes none.
 */
DdbTerm *
ddb_filter_atom_fold(const DdbColumn *column, DdbFilterOp op,
					 DdbQuantifier quantifier, const DdbOperand *operand)
{
	if (op == DDB_FILTER_NULL)
		return ddb_term_null(column);
	if (op == DDB_FILTER_NOT_NULL)
		return ddb_term_not_null(column);
	if (quantifier != DDB_QUANTIFIER_NONE)
		return fold_array(column, op, quantifier, operand);
	return fold_operand(column, op, operand);
}
