/*-------------------------------------------------------------------------
 *
 * range.c
 *	  Any number of bounds and prefixes as the one condition that the
 *	  service takes for a sort attribute.
 *
 * The service knows one bound, BETWEEN (inclusive), or begins_with.  So of
 * several bounds the tightest counts, two of them become BETWEEN, and a
 * prefix that meets a bound becomes the range of the strings that begin with
 * it.  What BETWEEN includes too much is rechecked.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mapping/range.h"

/* Another lower bound: the greater one counts; strict: > instead of >=. */
void
ddb_range_add_lower(DdbRange *range, const DdbKey *key, bool strict)
{
	int			cmp = range->has_lower ?
		ddb_key_compare(key, &range->lower) : 1;

	if (cmp < 0)
		return;
	range->lower_strict = strict || (cmp == 0 && range->lower_strict);
	range->lower = *key;
	range->has_lower = true;
}

/* Another upper bound: the lesser one counts; strict: < instead of <=. */
void
ddb_range_add_upper(DdbRange *range, const DdbKey *key, bool strict)
{
	int			cmp = range->has_upper ?
		ddb_key_compare(key, &range->upper) : -1;

	if (cmp > 0)
		return;
	range->upper_strict = strict || (cmp == 0 && range->upper_strict);
	range->upper = *key;
	range->has_upper = true;
}

/* Of two prefixes one continues the other; false if it doesn't. */
bool
ddb_range_add_prefix(DdbRange *range, const DdbKey *prefix)
{
	if (range->has_prefix && ddb_key_begins_with(&range->prefix, prefix))
		return true;
	if (range->has_prefix && !ddb_key_begins_with(prefix, &range->prefix))
		return false;
	range->prefix = *prefix;
	range->has_prefix = true;
	return true;
}

/* Is a value in the range? */
bool
ddb_range_contains(const DdbRange *range, const DdbKey *key)
{
	int			cmp;

	if (range->has_prefix && !ddb_key_begins_with(key, &range->prefix))
		return false;
	if (range->has_lower)
	{
		cmp = ddb_key_compare(key, &range->lower);
		if (cmp < 0 || (cmp == 0 && range->lower_strict))
			return false;
	}
	if (range->has_upper)
	{
		cmp = ddb_key_compare(key, &range->upper);
		if (cmp > 0 || (cmp == 0 && range->upper_strict))
			return false;
	}
	return true;
}

/* The range of the values that begin with the prefix, cut by the bounds. */
static DdbRange
prefix_to_bounds(const DdbRange *range)
{
	DdbRange	bounds = *range;
	DdbKey		successor;

	bounds.has_prefix = false;
	ddb_range_add_lower(&bounds, &range->prefix, false);
	if (ddb_key_successor(&range->prefix, &successor))
		ddb_range_add_upper(&bounds, &successor, true);
	return bounds;
}

/* Do the bounds cut anything off the values that begin with the prefix? */
static bool
bounds_say_more(const DdbRange *range)
{
	DdbKey		successor;

	if (range->has_lower)
	{
		int			cmp = ddb_key_compare(&range->lower, &range->prefix);

		if (cmp > 0 || (cmp == 0 && range->lower_strict))
			return true;
	}
	return range->has_upper &&
		(!ddb_key_successor(&range->prefix, &successor) ||
		 ddb_key_compare(&range->upper, &successor) < 0);
}

/*
 * Writes the range as one condition; its attribute is NULL if the range is
 * all there is.  False if the range is empty.  *exact is cleared, and never
 * set, where the condition lets more values through.
 */
bool
ddb_range_condition(const DdbRange *range, const char *attribute,
					DdbKeyCondition *condition, bool *exact)
{
	DdbRange	bounds = *range;
	int			cmp;

	memset(condition, 0, sizeof(*condition));
	condition->attribute = attribute;
	if (range->has_prefix && !bounds_say_more(range))
	{
		condition->op = DDB_OP_BEGINS_WITH;
		condition->value = range->prefix;
		return true;
	}
	if (range->has_prefix)
		bounds = prefix_to_bounds(range);

	if (bounds.has_lower && bounds.has_upper)
	{
		/* BETWEEN is an error where its bounds are reversed. */
		cmp = ddb_key_compare(&bounds.lower, &bounds.upper);
		if (cmp > 0 || (cmp == 0 && (bounds.lower_strict ||
									 bounds.upper_strict)))
			return false;
		condition->op = cmp == 0 ? DDB_OP_EQ : DDB_OP_BETWEEN;
		condition->value = bounds.lower;
		condition->upper = bounds.upper;
		if (bounds.lower_strict || bounds.upper_strict)
			*exact = false;
	}
	else if (bounds.has_lower)
	{
		condition->op = bounds.lower_strict ? DDB_OP_GT : DDB_OP_GE;
		condition->value = bounds.lower;
	}
	else if (bounds.has_upper)
	{
		condition->op = bounds.upper_strict ? DDB_OP_LT : DDB_OP_LE;
		condition->value = bounds.upper;
	}
	else
		condition->attribute = NULL;
	return true;
}
