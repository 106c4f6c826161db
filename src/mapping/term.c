/*-------------------------------------------------------------------------
 *
 * term.c
 *	  Makes terms, and combines them.
 *
 * Every term says whether it is exact: true for those items alone for which
 * its atom is true.  One that isn't is true for more, never for fewer.  Terms
 * are palloc'd in the current context and share parts.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mapping/datum.h"
#include "mapping/term.h"

/* The service takes 100 values in a list, but says so in one place only. */
#define MAX_IN	99

/* A term, exact, without arguments and values yet; column: its, or NULL. */
DdbTerm *
ddb_term_make(DdbTermKind kind, const DdbColumn *column)
{
	DdbTerm    *term = palloc0_object(DdbTerm);

	term->kind = kind;
	term->exact = true;
	term->column = column;
	return term;
}

/* Every item, though the clause may want fewer. */
DdbTerm *
ddb_term_unknown(void)
{
	DdbTerm    *term = ddb_term_make(DDB_TERM_TRUE, NULL);

	term->exact = false;
	return term;
}

/* Every item, or none. */
DdbTerm *
ddb_term_constant(bool value)
{
	return ddb_term_make(value ? DDB_TERM_TRUE : DDB_TERM_FALSE, NULL);
}

/*
 * A column's attribute beside a value, which is copied (its bytes aren't).
 * symbol is a comparison's, a constant; else NULL.
 */
DdbTerm *
ddb_term_condition(DdbTermKind kind, const DdbColumn *column, const char *symbol,
				   const DdbValue *value)
{
	DdbTerm    *term = ddb_term_make(kind, column);
	DdbValue   *copy = palloc_object(DdbValue);

	*copy = *value;
	term->nvalues = 1;
	term->values = copy;
	term->symbol = symbol;
	return term;
}

/* NOT term; the term becomes part of the result. */
DdbTerm *
ddb_term_not(DdbTerm *term)
{
	DdbTerm    *result;

	/* Not weaker but stronger it would be. */
	if (!term->exact)
		return ddb_term_unknown();
	switch (term->kind)
	{
		case DDB_TERM_TRUE:
			return ddb_term_constant(false);
		case DDB_TERM_FALSE:
			return ddb_term_constant(true);
		case DDB_TERM_NOT:
			return linitial(term->args);
		default:
			result = ddb_term_make(DDB_TERM_NOT, NULL);
			result->args = list_make1(term);
			return result;
	}
}

/*
 * AND (OR) of some terms.  One that is false (exactly true) decides; what is
 * true (false) says nothing; the rest is as exact as all of its parts.
 */
DdbTerm *
ddb_term_compound(DdbTermKind kind, const List *args)
{
	DdbTermKind neutral = kind == DDB_TERM_AND ? DDB_TERM_TRUE :
		DDB_TERM_FALSE;
	DdbTermKind deciding = kind == DDB_TERM_AND ? DDB_TERM_FALSE :
		DDB_TERM_TRUE;
	DdbTerm    *result = ddb_term_make(kind, NULL);
	DdbTerm    *decided = NULL;
	ListCell   *lc;

	foreach(lc, args)
	{
		DdbTerm    *arg = lfirst(lc);

		if (arg->kind == deciding)
		{
			if (decided == NULL || arg->exact)
				decided = arg;
		}
		else if (arg->kind == kind)
			result->args = list_concat(result->args, arg->args);
		else if (arg->kind != neutral)
			result->args = lappend(result->args, arg);
		result->exact &= arg->exact;
	}
	if (decided != NULL)
		return decided;
	if (result->args == NIL)
		result->kind = neutral;
	else if (list_length(result->args) == 1)
	{
		DdbTerm    *only = palloc_object(DdbTerm);

		*only = *(DdbTerm *) linitial(result->args);
		only->exact &= result->exact;
		return only;
	}
	return result;
}

/* Both: see ddb_term_compound(). */
DdbTerm *
ddb_term_and(DdbTerm *a, DdbTerm *b)
{
	return ddb_term_compound(DDB_TERM_AND, list_make2(a, b));
}

/* The column's attribute is of this DynamoDB type. */
DdbTerm *
ddb_term_type(const DdbColumn *column, DdbType type)
{
	const char *name = ddb_value_type_name(type);
	DdbValue	value = {.type = DDB_TYPE_S,.text = name,.len = strlen(name)};

	return ddb_term_condition(DDB_TERM_TYPE, column, NULL, &value);
}

/* IS NOT NULL: see read_null_test() for the reasons of both. */
DdbTerm *
ddb_term_not_null(const DdbColumn *column)
{
	if (column->type != DDB_TYPE_MISSING)
		return ddb_term_type(column, column->type);
	return ddb_term_and(ddb_term_make(DDB_TERM_EXISTS, column),
						ddb_term_not(ddb_term_type(column, DDB_TYPE_NULL)));
}

/* IS NULL */
DdbTerm *
ddb_term_null(const DdbColumn *column)
{
	if (!ddb_datum_is_total(column))
		return ddb_term_unknown();
	if (column->type != DDB_TYPE_MISSING &&
		column->on_mismatch == DDB_MISMATCH_NULL)
		return ddb_term_not(ddb_term_type(column, column->type));
	return ddb_term_compound(DDB_TERM_OR,
							 list_make2(ddb_term_make(DDB_TERM_MISSING, column),
										ddb_term_type(column, DDB_TYPE_NULL)));
}

/* What is false or NULL for NULLs, but can't be said of the rest. */
DdbTerm *
ddb_term_weak(const DdbColumn *column)
{
	DdbTerm    *term = ddb_term_not_null(column);

	term->exact = false;
	return term;
}

/* One of some values, of which there is at least one. */
DdbTerm *
ddb_term_in(const DdbColumn *column, const DdbValue *values, int n)
{
	List	   *lists = NIL;

	if (n == 1)
		return ddb_term_condition(DDB_TERM_COMPARE, column, "=", values);
	for (int i = 0; i < n; i += MAX_IN)
	{
		DdbTerm    *term = ddb_term_make(DDB_TERM_IN, column);

		term->values = values + i;
		term->nvalues = Min(n - i, MAX_IN);
		/* The last one may be left alone. */
		if (term->nvalues == 1)
			term = ddb_term_condition(DDB_TERM_COMPARE, column, "=", values + i);
		lists = lappend(lists, term);
	}
	return ddb_term_compound(DDB_TERM_OR, lists);
}

/* True where the term is not, but not of NULLs: the guard. */
DdbTerm *
ddb_term_guarded_not(const DdbColumn *column, DdbTerm *term)
{
	return ddb_term_and(ddb_term_not(term), ddb_term_not_null(column));
}
