/*-------------------------------------------------------------------------
 *
 * filter_set.c
 *	  Folds atoms on sets and lists.
 *
 * The proofs are with read_set() in filter_rules.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "dynamodb/plain.h"
#include "mapping/datum.h"
#include "mapping/filter_atom.h"
#include "utils/array.h"

/* What a member of the operand is to the column. */
typedef enum Membership
{
	MEMBER_POSSIBLE,			/* *term tells of each item */
	MEMBER_NEVER,				/* NULL, or no value of the column's */
	MEMBER_UNKNOWN,
} Membership;

/* contains(attribute, value) */
static Membership
make_contains(const DdbColumn *column, const DdbColumn *member,
			  const DdbOperand *operand, DdbTerm **term)
{
	DdbValue	value;

	switch (ddb_datum_encode(member, operand->datum, operand->isnull,
							 operand->type, DDB_ROUND_NONE, &value))
	{
		case DDB_ENCODED:
			*term = ddb_term_condition(DDB_TERM_CONTAINS, column, NULL,
									   &value);
			return MEMBER_POSSIBLE;
		case DDB_ENCODED_NULL:
		case DDB_ENCODED_NOTHING:
			return MEMBER_NEVER;
		default:
			return MEMBER_UNKNOWN;
	}
}

/*
 * True where all members of an array, or any, are in the attribute.  NULLs
 * are members of nothing.
 */
static DdbTerm *
fold_members(const DdbColumn *column, const DdbColumn *member,
			 const DdbOperand *array, bool all)
{
	DdbOperand *operands;
	List	   *terms = NIL;
	DdbTerm    *term;
	int			n;

	operands = ddb_filter_atom_members(array, &n);
	if (n > DDB_FILTER_MAX_MEMBERS)
		return ddb_term_unknown();
	for (int i = 0; i < n; i++)
	{
		switch (make_contains(column, member, &operands[i], &term))
		{
			case MEMBER_POSSIBLE:
				terms = lappend(terms, term);
				break;
			case MEMBER_NEVER:
				if (all)
					return ddb_term_constant(false);
				break;
			case MEMBER_UNKNOWN:
				return ddb_term_unknown();
		}
	}
	return ddb_term_compound(all ? DDB_TERM_AND : DDB_TERM_OR, terms);
}

/* value = ANY (attribute) */
static DdbTerm *
fold_has(const DdbColumn *column, const DdbColumn *member,
		 const DdbOperand *operand, bool negated)
{
	DdbTerm    *term;

	/* An empty list is the only one that isn't silent on NULL. */
	if (operand->isnull)
		return negated && column->type == DDB_TYPE_L ?
			ddb_term_weak(column) : ddb_term_constant(false);
	switch (make_contains(column, member, operand, &term))
	{
		case MEMBER_POSSIBLE:
			return negated ? ddb_term_guarded_not(column, term) :
				ddb_term_and(term, ddb_term_not_null(column));
		case MEMBER_NEVER:
			return negated ? ddb_term_not_null(column) :
				ddb_term_constant(false);
		case MEMBER_UNKNOWN:
			break;
	}
	return ddb_term_weak(column);
}

/*
 * Is a set written as it reads: in order, and no member twice?  Members that
 * are equal have the same text.
 */
static bool
is_sorted_set(const DdbValue *set)
{
	DdbValue   *members;
	int			n;

	members = ddb_plain_sort_set(set, &n);
	for (int i = 1; i < n; i++)
		if (members[i].text < members[i - 1].text ||
			(members[i].len == members[i - 1].len &&
			 memcmp(members[i].text, members[i - 1].text,
					members[i].len) == 0))
			return false;
	return n > 0;
}

/* Does an array look like one that is read: one dimension, from 1 on? */
static bool
is_plain_array(const ArrayType *array)
{
	return ARR_NDIM(array) == 0 ||
		(ARR_NDIM(array) == 1 && ARR_LBOUND(array)[0] == 1);
}

/* attribute = array */
static DdbTerm *
fold_same(const DdbColumn *column, const DdbColumn *member,
		  const DdbOperand *array, bool negated)
{
	DdbTerm    *never = negated ? ddb_term_not_null(column) :
		ddb_term_constant(false);
	DdbValue	value = {.type = column->type};
	DdbOperand *operands;
	StringInfoData buf;
	DdbTerm    *term;
	int			n;

	if (!is_plain_array(DatumGetArrayTypeP(array->datum)))
		return never;
	initStringInfo(&buf);
	appendStringInfoChar(&buf, '[');
	operands = ddb_filter_atom_members(array, &n);
	for (int i = 0; i < n; i++)
	{
		DdbValue	element = {.type = DDB_TYPE_NULL};

		switch (ddb_datum_encode(member, operands[i].datum,
								 operands[i].isnull, operands[i].type,
								 DDB_ROUND_NONE, &element))
		{
			case DDB_ENCODED:
				break;
			case DDB_ENCODED_NULL:
				if (column->type == DDB_TYPE_L)
					break;		/* two NULLs are equal here */
				return never;
			case DDB_ENCODED_NOTHING:
				return never;
			default:
				return ddb_term_weak(column);
		}
		ddb_value_append_member(&buf, column->type, &element);
	}
	appendStringInfoChar(&buf, ']');
	value.text = buf.data;
	value.len = buf.len;
	if (column->type != DDB_TYPE_L && !is_sorted_set(&value))
		return never;
	term = ddb_term_condition(DDB_TERM_COMPARE, column, "=", &value);
	return negated ? ddb_term_guarded_not(column, term) : term;
}

/*
 * The condition of an atom on a set or list, palloc'd in the current context.
 */
DdbTerm *
ddb_filter_set_fold(const DdbColumn *column, DdbFilterOp op,
					const DdbOperand *operand)
{
	const DdbColumn *member = ddb_datum_member(column);
	DdbTerm    *term;

	if (op == DDB_FILTER_HAS || op == DDB_FILTER_HAS_NOT)
		return fold_has(column, member, operand, op == DDB_FILTER_HAS_NOT);
	if (operand->isnull)
		return ddb_term_constant(false);
	if (op == DDB_FILTER_SAME || op == DDB_FILTER_NOT_SAME)
		return fold_same(column, member, operand, op == DDB_FILTER_NOT_SAME);

	/* contains() is true of strings too. */
	term = fold_members(column, member, operand,
						op == DDB_FILTER_INCLUDES ||
						op == DDB_FILTER_NOT_INCLUDES);
	if (op == DDB_FILTER_NOT_INCLUDES || op == DDB_FILTER_NOT_OVERLAPS)
		return ddb_term_guarded_not(column, term);
	return ddb_term_and(term, ddb_term_not_null(column));
}
