/*-------------------------------------------------------------------------
 *
 * condition.c
 *	  Constraints on key attributes between plan and request.
 *
 * Every clause from which a constraint was read is rechecked locally, so
 * folding may widen a condition (drop a bound, round it outward) but must
 * never narrow it.  The service refuses a whole request for one operand that
 * it doesn't like (an empty key, reversed BETWEEN, over 38 digits); such
 * operands never leave this module.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "dynamodb/size.h"
#include "executor/executor.h"
#include "mapping/condition.h"
#include "mapping/datum.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* Constraints whose arms are pairs bear one number, others -1. */
static int
zip_number(const List *constraints, const DdbConstraint *constraint)
{
	for (int i = 0; constraint->zipped && i < list_length(constraints); i++)
		if (((DdbConstraint *) list_nth(constraints, i))->rinfo ==
			constraint->rinfo)
			return i;
	return -1;
}

/*
 * Writes constraints (DdbConstraint) as plain Lists for fdw_private, and
 * appends their expressions to *exprs.  The first npartition of them concern
 * the partition key.
 *
 * What is written of a template is its column: two columns may show one
 * attribute, each with a form of its own.
 */
List *
ddb_condition_write(List *constraints, int npartition, List **exprs)
{
	List	   *written = NIL;
	ListCell   *lc;
	ListCell   *lv;

	foreach(lc, constraints)
	{
		DdbConstraint *constraint = lfirst(lc);
		const DdbColumn *column = ddb_template_get_plain(constraint->template);
		List	   *operands = NIL;
		bool		is_partition = foreach_current_index(lc) < npartition;

		foreach(lv, constraint->values)
		{
			operands = lappend_int(operands, list_length(*exprs));
			*exprs = lappend(*exprs, lfirst(lv));
		}
		written = lappend(written,
						  list_make5(makeInteger(column->attnum),
									 makeInteger(constraint->op),
									 makeInteger(is_partition),
									 makeInteger(zip_number(constraints,
															constraint)),
									 operands));
	}
	return written;
}

/* Do constraints that ddb_condition_write() wrote name values, no ranges? */
bool
ddb_condition_names_keys(const List *written)
{
	ListCell   *lc;

	foreach(lc, written)
	{
		DdbOperator op = intVal(lsecond((List *) lfirst(lc)));

		if (op != DDB_OP_EQ && op != DDB_OP_IN)
			return false;
	}
	return true;
}

/*
 * Reads back what ddb_condition_write() wrote, as a list of
 * DdbBoundConstraint in the current context.  exprs is the plan's fdw_exprs;
 * its expressions are initialised under parent.
 */
List *
ddb_condition_read(const List *written, const List *exprs,
				   const DdbTableMap *map, PlanState *parent)
{
	List	   *bound = NIL;
	ListCell   *lc;
	ListCell   *lo;

	foreach(lc, written)
	{
		List	   *entry = lfirst(lc);
		DdbBoundConstraint *constraint = palloc0_object(DdbBoundConstraint);

		constraint->template =
			ddb_template_of_column(map->columns[intVal(linitial(entry)) - 1]);
		constraint->op = intVal(lsecond(entry));
		constraint->is_partition = intVal(lthird(entry));
		constraint->zip = intVal(lfourth(entry));
		foreach(lo, (List *) list_nth(entry, 4))
		{
			Expr	   *expr = list_nth(exprs, lfirst_int(lo));

			constraint->states = lappend(constraint->states,
										 ExecInitExpr(expr, parent));
			constraint->types = lappend_oid(constraint->types,
											exprType((Node *) expr));
		}
		bound = lappend(bound, constraint);
	}
	return bound;
}

/* The literal text before a LIKE pattern's first wildcard, unescaped. */
Datum
ddb_condition_like_prefix(Datum pattern)
{
	text	   *source = DatumGetTextPP(pattern);
	const char *ptr = VARDATA_ANY(source);
	const char *end = ptr + VARSIZE_ANY_EXHDR(source);
	char	   *prefix = palloc(end - ptr + 1);
	int			len = 0;

	/* Server encodings never have an ASCII byte within a character. */
	for (; ptr < end && *ptr != '%' && *ptr != '_'; ptr++)
	{
		if (*ptr == '\\' && ++ptr == end)
			break;				/* LIKE itself will complain */
		prefix[len++] = *ptr;
	}
	return PointerGetDatum(cstring_to_text_with_len(prefix, len));
}

/* The size that a constraint's attribute may have, in bytes. */
static size_t
max_size(const DdbBoundConstraint *constraint)
{
	return constraint->is_partition ?
		DDB_SIZE_MAX_PARTITION : DDB_SIZE_MAX_SORT;
}

/* Encodes a value for a constraint, as a key if it has a wire form. */
static DdbEncoded
encode_datum(const DdbBoundConstraint *constraint, Datum datum, Oid typid,
			 DdbRounding rounding, DdbKey *key)
{
	const DdbColumn *column = ddb_template_get_plain(constraint->template);
	DdbValue	value;
	DdbEncoded	encoded = ddb_datum_encode(column, datum, false, typid,
										   rounding, &value);

	if (encoded == DDB_ENCODED || encoded == DDB_ENCODED_INEXACT)
		ddb_key_make(&value, key);
	return encoded;
}

/* The same for the value of its only operand. */
static DdbEncoded
encode_operand(const DdbBoundConstraint *constraint, ExprContext *econtext,
			   DdbRounding rounding, DdbKey *key)
{
	Oid			typid = linitial_oid(constraint->types);
	bool		isnull;
	Datum		datum;

	datum = ExecEvalExpr((ExprState *) linitial(constraint->states),
						 econtext, &isnull);
	if (isnull)
		return DDB_ENCODED_NULL;
	if (constraint->op == DDB_OP_LIKE)
	{
		datum = ddb_condition_like_prefix(datum);
		typid = TEXTOID;
	}
	return encode_datum(constraint, datum, typid, rounding, key);
}

/* Is there an item whose key attribute can equal the value? */
static bool
is_key(const DdbBoundConstraint *constraint, DdbEncoded encoded,
	   const DdbKey *key)
{
	if (encoded == DDB_ENCODED_UNKNOWN)
		/* the planner asked ddb_datum_can_encode() */
		elog(ERROR, "cannot encode a value for key attribute \"%s\"",
			 constraint->template->attribute);
	return encoded == DDB_ENCODED && ddb_key_fits(key, max_size(constraint));
}

/* attribute = value; false if no item can have it */
static bool
fold_equal(const DdbBoundConstraint *constraint, ExprContext *econtext,
		   DdbKeyValues *values)
{
	DdbKey		key;
	DdbEncoded	encoded = encode_operand(constraint, econtext,
										 DDB_ROUND_NONE, &key);

	if (!is_key(constraint, encoded, &key) ||
		(values->has_equal && ddb_key_compare(&values->equal, &key) != 0))
		return false;
	values->has_equal = true;
	values->equal = key;
	return true;
}

/* Adds an operand of IN to a list that has room for it. */
static void
add_operand(const DdbBoundConstraint *constraint, Datum datum, bool isnull,
			Oid typid, DdbKeyList *list)
{
	DdbKey	   *key = &list->keys[list->n];

	list->usable[list->n++] = !isnull &&
		is_key(constraint,
			   encode_datum(constraint, datum, typid, DDB_ROUND_NONE, key),
			   key);
}

static void
make_room(DdbKeyList *list, int n)
{
	list->keys = repalloc_huge(list->keys, sizeof(DdbKey) * (list->n + n));
	list->usable = repalloc_huge(list->usable, list->n + n);
}

/* Adds the elements of an array, all of them. */
static void
add_array(const DdbBoundConstraint *constraint, Datum array, Oid elemtype,
		  DdbKeyList *list)
{
	int16		typlen;
	bool		typbyval;
	char		typalign;
	Datum	   *datums;
	bool	   *nulls;
	int			n;

	get_typlenbyvalalign(elemtype, &typlen, &typbyval, &typalign);
	deconstruct_array(DatumGetArrayTypeP(array), elemtype, typlen, typbyval,
					  typalign, &datums, &nulls, &n);
	make_room(list, n);
	for (int i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		add_operand(constraint, datums[i], nulls[i], elemtype, list);
	}
}

/*
 * attribute IN (values), = ANY (array).  NULLs, and what no key can equal,
 * stay in the list as unusable: in a list of pairs places count.
 */
static bool
fold_list(const DdbBoundConstraint *constraint, ExprContext *econtext,
		  DdbKeyValues *values)
{
	DdbKeyList *list = palloc0_object(DdbKeyList);
	ListCell   *ls;
	ListCell   *lt;

	list->zip = constraint->zip;
	list->keys = palloc(sizeof(DdbKey));
	list->usable = palloc(sizeof(bool));
	forboth(ls, constraint->states, lt, constraint->types)
	{
		Oid			elemtype = get_base_element_type(lfirst_oid(lt));
		bool		isnull;
		Datum		datum = ExecEvalExpr((ExprState *) lfirst(ls), econtext,
										 &isnull);

		if (!OidIsValid(elemtype))
		{
			make_room(list, 1);
			add_operand(constraint, datum, isnull, lfirst_oid(lt), list);
		}
		else if (!isnull)
			add_array(constraint, datum, elemtype, list);
	}
	values->lists = lappend(values->lists, list);
	return list->n > 0;
}

/*
 * attribute < value and the like; false if no item can satisfy it.  *exact is
 * cleared where the bound is moved outward, or can't be sent at all.
 */
static bool
fold_bound(const DdbBoundConstraint *constraint, ExprContext *econtext,
		   DdbKeyValues *values, bool *exact)
{
	bool		upper = constraint->op == DDB_OP_LT ||
		constraint->op == DDB_OP_LE;
	bool		strict = constraint->op == DDB_OP_LT ||
		constraint->op == DDB_OP_GT;
	DdbKey		key;

	switch (encode_operand(constraint, econtext,
						   upper ? DDB_ROUND_UP : DDB_ROUND_DOWN, &key))
	{
		case DDB_ENCODED:
			break;
		case DDB_ENCODED_INEXACT:
			strict = false;		/* moved outward: keep the rounded value */
			*exact = false;
			break;
		case DDB_ENCODED_BELOW:
			return !upper;
		case DDB_ENCODED_ABOVE:
			return upper;
		case DDB_ENCODED_NULL:
			return false;
		case DDB_ENCODED_NOTHING:
		case DDB_ENCODED_UNKNOWN:
			*exact = false;
			return true;
	}
	if (key.len == 0)
		return !upper;			/* every key is greater than '' */
	if (!ddb_key_fits(&key, max_size(constraint)))
	{
		*exact = false;			/* the service would refuse it */
		return true;
	}
	if (upper)
		ddb_range_add_upper(&values->range, &key, strict);
	else
		ddb_range_add_lower(&values->range, &key, strict);
	return true;
}

/* begins_with(attribute, value), LIKE 'value%' */
static bool
fold_prefix(const DdbBoundConstraint *constraint, ExprContext *econtext,
			DdbKeyValues *values, bool *exact)
{
	DdbKey		key;

	switch (encode_operand(constraint, econtext, DDB_ROUND_NONE, &key))
	{
		case DDB_ENCODED:
			break;
		case DDB_ENCODED_NULL:
			return false;
		default:
			*exact = false;
			return true;
	}
	if (key.len == 0)
		return true;			/* every key begins with '' */
	if (!ddb_key_fits(&key, max_size(constraint)))
		return false;			/* no key is that long */
	return ddb_range_add_prefix(&values->range, &key);
}

static bool
fold_constraint(const DdbBoundConstraint *constraint, ExprContext *econtext,
				DdbKeyValues *values, bool *exact)
{
	switch (constraint->op)
	{
		case DDB_OP_EQ:
			return fold_equal(constraint, econtext, values);
		case DDB_OP_IN:
			return fold_list(constraint, econtext, values);
		case DDB_OP_LT:
		case DDB_OP_LE:
		case DDB_OP_GE:
		case DDB_OP_GT:
			return fold_bound(constraint, econtext, values, exact);
		case DDB_OP_BEGINS_WITH:
		case DDB_OP_LIKE:
			return fold_prefix(constraint, econtext, values, exact);
		case DDB_OP_BETWEEN:
			break;
	}
	elog(ERROR, "unexpected operator %d in a key constraint",
		 (int) constraint->op);
	return false;				/* keep compiler quiet */
}

static bool
fold(const List *bound, ExprContext *econtext, bool whole, DdbKeySet *keys)
{
	DdbKeyValues *values = palloc0(sizeof(DdbKeyValues) *
								   Max(list_length(bound), 1));
	ListCell   *lc;

	memset(keys, 0, sizeof(*keys));
	keys->whole = whole;
	keys->exact = true;
	foreach(lc, bound)
	{
		const DdbBoundConstraint *constraint = lfirst(lc);
		const char *attribute = constraint->template->attribute;
		int			n = keys->nattributes;

		if (n == 0 || strcmp(values[n - 1].attribute, attribute) != 0)
		{
			values[n++].attribute = attribute;
			keys->nattributes = n;
			keys->npartition += constraint->is_partition;
		}
		if (!fold_constraint(constraint, econtext, &values[n - 1],
							 &keys->exact))
			return false;
	}
	ddb_keyset_build(keys, values);
	return keys->nkeys > 0;
}

/*
 * Evaluates the constraints (DdbBoundConstraint, those of one attribute next
 * to each other, in key order) and folds them into *keys.
 *
 * Returns false if no item can satisfy them: then no request is needed.
 * Everything is palloc'd in the current context.  Raises what the
 * expressions raise.
 */
bool
ddb_condition_fold(const List *bound, ExprContext *econtext, DdbKeySet *keys)
{
	return fold(bound, econtext, false, keys);
}

/*
 * The same for who can't do with ranges: unless there are too many of them,
 * which clears keys->exact, lists on several attributes are multiplied.
 */
bool
ddb_condition_fold_whole(const List *bound, ExprContext *econtext,
						 DdbKeySet *keys)
{
	return fold(bound, econtext, true, keys);
}
