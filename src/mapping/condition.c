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
#include "executor/executor.h"
#include "mapping/condition.h"
#include "mapping/datum.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

/* Key values may not be longer, in bytes (UTF-8 or raw). */
#define MAX_PARTITION_KEY_SIZE	2048
#define MAX_SORT_KEY_SIZE		1024

/* What is known of one key attribute while its constraints are folded. */
typedef struct KeyRange
{
	bool		has_equal;
	bool		has_prefix;
	bool		has_lower;
	bool		has_upper;
	bool		lower_strict;
	bool		upper_strict;
	DdbValue	equal;
	DdbValue	prefix;
	DdbValue	lower;
	DdbValue	upper;
} KeyRange;

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
						  list_make4(makeInteger(column->attnum),
									 makeInteger(constraint->op),
									 makeInteger(is_partition),
									 operands));
	}
	return written;
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
		foreach(lo, (List *) lfourth(entry))
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

/* Bytes that a key value occupies, as the service counts them. */
static size_t
key_size(const DdbValue *value, char **bytes)
{
	size_t		len = 0;

	*bytes = palloc(value->len + 1);
	if (value->type == DDB_TYPE_S)
		(void) ddb_value_unescape(value->text, value->len, *bytes, &len);
	else if (value->type == DDB_TYPE_B)
		(void) ddb_value_decode_binary(value->text, value->len, *bytes, &len);
	else
	{
		memcpy(*bytes, value->text, value->len);
		len = value->len;
	}
	(*bytes)[len] = '\0';
	return len;
}

/* Compares two values of one key type as DynamoDB orders them. */
static int
compare_keys(const DdbValue *a, const DdbValue *b)
{
	char	   *abytes;
	char	   *bbytes;
	size_t		alen = key_size(a, &abytes);
	size_t		blen = key_size(b, &bbytes);
	int			cmp;

	if (a->type == DDB_TYPE_N)
	{
		Datum		anum = DirectFunctionCall3(numeric_in,
											   CStringGetDatum(abytes),
											   ObjectIdGetDatum(InvalidOid),
											   Int32GetDatum(-1));
		Datum		bnum = DirectFunctionCall3(numeric_in,
											   CStringGetDatum(bbytes),
											   ObjectIdGetDatum(InvalidOid),
											   Int32GetDatum(-1));

		return DatumGetInt32(DirectFunctionCall2(numeric_cmp, anum, bnum));
	}
	cmp = memcmp(abytes, bbytes, Min(alen, blen));
	if (cmp == 0)
		cmp = (alen > blen) - (alen < blen);
	return cmp;
}

/*
 * Encodes the constraint's value.  DDB_ENCODED and DDB_ENCODED_INEXACT leave
 * it in *value.
 */
static DdbEncoded
encode_operand(const DdbBoundConstraint *constraint, ExprContext *econtext,
			   DdbRounding rounding, DdbValue *value)
{
	const DdbColumn *column = ddb_template_get_plain(constraint->template);
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
	return ddb_datum_encode(column, datum, false, typid, rounding, value);
}

/* attribute = value; false if no item can have it */
static bool
fold_equal(const DdbBoundConstraint *constraint, ExprContext *econtext,
		   KeyRange *range)
{
	DdbValue	value;
	char	   *bytes;
	size_t		size;
	size_t		max = constraint->is_partition ?
		MAX_PARTITION_KEY_SIZE : MAX_SORT_KEY_SIZE;

	switch (encode_operand(constraint, econtext, DDB_ROUND_NONE, &value))
	{
		case DDB_ENCODED:
			break;
		case DDB_ENCODED_UNKNOWN:
			/* the planner asked ddb_datum_can_encode() */
			elog(ERROR, "cannot encode a value for key attribute \"%s\"",
				 constraint->template->attribute);
			break;
		default:
			return false;
	}
	/* No key is empty or longer than the service allows. */
	size = key_size(&value, &bytes);
	if (size == 0 || (value.type != DDB_TYPE_N && size > max))
		return false;
	/* Of two equalities one is sent; the recheck sees to the other. */
	range->has_equal = true;
	range->equal = value;
	return true;
}

/* attribute < value and the like; false if no item can satisfy it */
static bool
fold_bound(const DdbBoundConstraint *constraint, ExprContext *econtext,
		   KeyRange *range)
{
	bool		upper = constraint->op == DDB_OP_LT ||
		constraint->op == DDB_OP_LE;
	bool		strict = constraint->op == DDB_OP_LT ||
		constraint->op == DDB_OP_GT;
	DdbEncoded	encoded;
	DdbValue	value;
	char	   *bytes;
	size_t		size;

	encoded = encode_operand(constraint, econtext,
							 upper ? DDB_ROUND_UP : DDB_ROUND_DOWN, &value);
	switch (encoded)
	{
		case DDB_ENCODED:
			break;
		case DDB_ENCODED_INEXACT:
			strict = false;		/* moved outward: keep the rounded value */
			break;
		case DDB_ENCODED_BELOW:
			return !upper;
		case DDB_ENCODED_ABOVE:
			return upper;
		case DDB_ENCODED_NULL:
			return false;
		case DDB_ENCODED_NOTHING:
		case DDB_ENCODED_UNKNOWN:
			return true;
	}
	size = key_size(&value, &bytes);
	if (size == 0)
		return !upper;			/* every key is greater than '' */
	if (value.type != DDB_TYPE_N && size > MAX_SORT_KEY_SIZE)
		return true;			/* the service would refuse it */
	if (upper)
	{
		range->has_upper = true;
		range->upper = value;
		range->upper_strict = strict;
	}
	else
	{
		range->has_lower = true;
		range->lower = value;
		range->lower_strict = strict;
	}
	return true;
}

/* begins_with(attribute, value), LIKE 'value%' */
static bool
fold_prefix(const DdbBoundConstraint *constraint, ExprContext *econtext,
			KeyRange *range)
{
	DdbValue	value;
	char	   *bytes;
	size_t		size;

	switch (encode_operand(constraint, econtext, DDB_ROUND_NONE, &value))
	{
		case DDB_ENCODED:
			break;
		case DDB_ENCODED_NULL:
			return false;
		default:
			return true;
	}
	size = key_size(&value, &bytes);
	if (size == 0)
		return true;			/* every key begins with '' */
	if (size > MAX_SORT_KEY_SIZE)
		return false;			/* no key is that long */
	range->has_prefix = true;
	range->prefix = value;
	return true;
}

/*
 * Turns what is known of an attribute into the one condition that the
 * service takes for it.  False if the range is empty; *condition's attribute
 * stays NULL if there is nothing to send.
 */
static bool
range_to_condition(const KeyRange *range, const char *attribute,
				   DdbKeyCondition *condition)
{
	int			cmp;

	condition->attribute = attribute;
	if (range->has_equal)
	{
		condition->op = DDB_OP_EQ;
		condition->value = range->equal;
	}
	else if (range->has_prefix)
	{
		condition->op = DDB_OP_BEGINS_WITH;
		condition->value = range->prefix;
	}
	else if (range->has_lower && range->has_upper)
	{
		/* BETWEEN is inclusive, and an error where its bounds are reversed. */
		cmp = compare_keys(&range->lower, &range->upper);
		if (cmp > 0 ||
			(cmp == 0 && (range->lower_strict || range->upper_strict)))
			return false;
		condition->op = cmp == 0 ? DDB_OP_EQ : DDB_OP_BETWEEN;
		condition->value = range->lower;
		condition->upper = range->upper;
	}
	else if (range->has_lower)
	{
		condition->op = range->lower_strict ? DDB_OP_GT : DDB_OP_GE;
		condition->value = range->lower;
	}
	else if (range->has_upper)
	{
		condition->op = range->upper_strict ? DDB_OP_LT : DDB_OP_LE;
		condition->value = range->upper;
	}
	else
		condition->attribute = NULL;
	return true;
}

static bool
fold_constraint(const DdbBoundConstraint *constraint, ExprContext *econtext,
				KeyRange *range)
{
	switch (constraint->op)
	{
		case DDB_OP_EQ:
			return fold_equal(constraint, econtext, range);
		case DDB_OP_LT:
		case DDB_OP_LE:
		case DDB_OP_GE:
		case DDB_OP_GT:
			return fold_bound(constraint, econtext, range);
		case DDB_OP_BEGINS_WITH:
		case DDB_OP_LIKE:
			return fold_prefix(constraint, econtext, range);
		case DDB_OP_BETWEEN:
			break;
	}
	elog(ERROR, "unexpected operator %d in a key constraint",
		 (int) constraint->op);
	return false;				/* keep compiler quiet */
}

/*
 * Evaluates the constraints (DdbBoundConstraint, those of one attribute next
 * to each other, in key order) and folds them into *conditions, a list of
 * DdbKeyCondition with one entry an attribute.
 *
 * Returns false if no item can satisfy them: then no request is needed.
 * Everything is palloc'd in the current context.  Raises what the
 * expressions raise.
 */
bool
ddb_condition_fold(const List *bound, ExprContext *econtext,
				   List **conditions)
{
	KeyRange	range;
	ListCell   *lc;

	*conditions = NIL;
	memset(&range, 0, sizeof(range));
	foreach(lc, bound)
	{
		const DdbBoundConstraint *constraint = lfirst(lc);
		const char *attribute = constraint->template->attribute;
		ListCell   *next = lnext(bound, lc);
		DdbKeyCondition *condition;

		if (!fold_constraint(constraint, econtext, &range))
			return false;
		if (next != NULL &&
			strcmp(((DdbBoundConstraint *) lfirst(next))->template->attribute,
				   attribute) == 0)
			continue;

		condition = palloc0_object(DdbKeyCondition);
		if (!range_to_condition(&range, attribute, condition))
			return false;
		if (condition->attribute != NULL)
			*conditions = lappend(*conditions, condition);
		memset(&range, 0, sizeof(range));
	}
	return true;
}
