/*-------------------------------------------------------------------------
 *
 * keyset.c
 *	  Combines what is known of each key attribute into keys.
 *
 * Lists on several attributes multiply, unless they were said as pairs, as in
 * (pk, sk) IN ((…), (…)): those are zipped.  What a list can't contribute
 * (NULL, a value no key can have, one that another condition excludes) is
 * gone before anything is sent.
 *
 * Everything is palloc'd in the current context.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mapping/keyset.h"
#include "miscadmin.h"

/*
 * A list of sort values isn't multiplied beyond so many keys: the range from
 * its least to its greatest value will do.  Nothing can be said of the
 * attributes behind a range.  Where only whole keys will do, the limit is
 * another.
 */
#define MAX_PRODUCT 10000
#define MAX_WHOLE_PRODUCT 1000000

/* Keys that are not complete yet. */
typedef struct Partial
{
	int			nattributes;
	int			done;			/* attributes that have their condition */
	int			n;
	int			room;
	DdbKeyCondition *conditions;	/* n rows of nattributes */
	int		   *arms;			/* which pair each was made of, or -1 */
	int			zip;			/* of the pairs, or -1 while there are none */
} Partial;

static int
compare_keys(const void *a, const void *b)
{
	return ddb_key_compare(a, b);
}

/* A plain list's usable keys, sorted, none twice. */
static void
sort_list(DdbKeyList *list)
{
	int			n = 0;

	for (int i = 0; i < list->n; i++)
		if (list->usable[i])
			list->keys[n++] = list->keys[i];
	list->n = n;
	if (n == 0)
		return;
	qsort(list->keys, n, sizeof(DdbKey), compare_keys);
	n = 1;
	for (int i = 1; i < list->n; i++)
		if (ddb_key_compare(&list->keys[i], &list->keys[n - 1]) != 0)
			list->keys[n++] = list->keys[i];
	list->n = n;
	for (int i = 0; i < n; i++)
		list->usable[i] = true;
}

static bool
list_contains(const DdbKeyList *list, const DdbKey *key)
{
	if (list->zip < 0)
		return bsearch(key, list->keys, list->n, sizeof(DdbKey),
					   compare_keys) != NULL;
	for (int i = 0; i < list->n; i++)
		if (list->usable[i] && ddb_key_compare(&list->keys[i], key) == 0)
			return true;
	return false;
}

/* May the attribute have this value, whatever list it came from? */
static bool
is_possible(const DdbKeyValues *values, const DdbKeyList *from,
			const DdbKey *key)
{
	ListCell   *lc;

	if (values->has_equal && ddb_key_compare(&values->equal, key) != 0)
		return false;
	foreach(lc, values->lists)
		if (lfirst(lc) != from && !list_contains(lfirst(lc), key))
			return false;
	return ddb_range_contains(&values->range, key);
}

/* Appends the row of another set of partial keys, with one more condition. */
static void
extend(Partial *to, const Partial *from, int row, int arm,
	   const DdbKeyCondition *condition)
{
	DdbKeyCondition *conditions;

	if (to->n == to->room)
	{
		to->room = Max(to->room * 2, 8);
		to->conditions = repalloc_huge(to->conditions,
									   sizeof(DdbKeyCondition) *
									   to->nattributes * to->room);
		to->arms = repalloc_huge(to->arms, sizeof(int) * to->room);
	}
	conditions = &to->conditions[(size_t) to->n * to->nattributes];
	memcpy(conditions, &from->conditions[(size_t) row * from->nattributes],
		   sizeof(DdbKeyCondition) * from->done);
	conditions[from->done] = *condition;
	to->arms[to->n++] = arm;
}

static void
init_partial(Partial *partial, int nattributes, int done, int zip)
{
	partial->nattributes = nattributes;
	partial->done = done;
	partial->n = 0;
	partial->room = 1;
	partial->conditions = palloc0(sizeof(DdbKeyCondition) *
								  Max(nattributes, 1));
	partial->arms = palloc(sizeof(int));
	partial->zip = zip;
}

/* The list to take values from: pairs first, as they multiply least. */
static DdbKeyList *
choose_list(const DdbKeyValues *values, int zip)
{
	DdbKeyList *best = NULL;
	ListCell   *lc;

	foreach(lc, values->lists)
	{
		DdbKeyList *list = lfirst(lc);

		if (zip >= 0 && list->zip == zip)
			return list;
		if (best == NULL || (best->zip < 0 && list->zip >= 0) ||
			(best->zip < 0 && list->n < best->n))
			best = list;
	}
	return best;
}

/* Gives each partial key one row for each value of the list. */
static void
extend_by_list(Partial *to, const Partial *from, const DdbKeyValues *values,
			   const DdbKeyList *list)
{
	bool		paired = list->zip >= 0 && list->zip == from->zip;
	DdbKeyCondition condition = {.attribute = values->attribute,.op = DDB_OP_EQ};

	if (!paired && list->zip >= 0 && to->zip < 0)
		to->zip = list->zip;
	for (int i = 0; i < from->n; i++)
	{
		int			first = paired ? from->arms[i] : 0;
		int			last = paired ? first : list->n - 1;

		CHECK_FOR_INTERRUPTS();
		for (int j = first; j <= last; j++)
		{
			if (!list->usable[j] ||
				!is_possible(values, list, &list->keys[j]))
				continue;
			condition.value = list->keys[j];
			extend(to, from, i,
				   list->zip >= 0 && list->zip == to->zip ? j : from->arms[i],
				   &condition);
		}
	}
}

/* The range from a sorted list's least value to its greatest. */
static bool
list_to_range(const DdbKeyValues *values, const DdbKeyList *list,
			  DdbKeyCondition *condition, bool *exact)
{
	DdbRange	range = values->range;

	*exact = false;
	if (list->n == 0)
		return false;
	ddb_range_add_lower(&range, &list->keys[0], false);
	ddb_range_add_upper(&range, &list->keys[list->n - 1], false);
	return ddb_range_condition(&range, values->attribute, condition, exact);
}

/* The attribute's one condition where no list is multiplied; false: none. */
static bool
single_condition(const DdbKeyValues *values, const DdbKeyList *list,
				 DdbKeyCondition *condition, bool *exact)
{
	if (list != NULL)
		return list_to_range(values, list, condition, exact);
	if (!values->has_equal)
		return ddb_range_condition(&values->range, values->attribute,
								   condition, exact);
	memset(condition, 0, sizeof(*condition));
	condition->attribute = values->attribute;
	condition->op = DDB_OP_EQ;
	condition->value = values->equal;
	return is_possible(values, NULL, &values->equal);
}

/*
 * Adds the condition of the next attribute to all partial keys.  False if that
 * is a range for want of room, and so the last condition.
 */
static bool
add_attribute(Partial *partial, const DdbKeyValues *values,
			  bool may_widen, double max_product, bool *exact)
{
	DdbKeyList *list = choose_list(values, partial->zip);
	bool		widens = list != NULL && may_widen && list->zip < 0 &&
		(double) partial->n * list->n > max_product;
	Partial		grown;
	DdbKeyCondition condition;

	init_partial(&grown, partial->nattributes, partial->done + 1,
				 partial->zip);
	if (list != NULL && !widens)
		extend_by_list(&grown, partial, values, list);
	else if (single_condition(values, list, &condition, exact))
		for (int i = 0; i < partial->n; i++)
			extend(&grown, partial, i, partial->arms[i], &condition);
	*partial = grown;
	return !widens;
}

/* Compares keys; ranges of one attribute are all the same. */
static int
compare_rows(const void *a, const void *b, void *arg)
{
	int			n = *(int *) arg;
	const DdbKeyCondition *x = a;
	const DdbKeyCondition *y = b;

	for (int i = 0; i < n; i++)
	{
		int			cmp = x[i].op == DDB_OP_EQ && y[i].op == DDB_OP_EQ &&
			x[i].attribute != NULL && y[i].attribute != NULL ?
			ddb_key_compare(&x[i].value, &y[i].value) : 0;

		if (cmp != 0)
			return cmp;
	}
	return 0;
}

static void
sort_rows(DdbKeySet *set)
{
	size_t		size = sizeof(DdbKeyCondition) * set->nattributes;
	int			n = 1;

	if (set->nkeys < 2)
		return;
	qsort_arg(set->conditions, set->nkeys, size, compare_rows,
			  &set->nattributes);
	for (int i = 1; i < set->nkeys; i++)
		if (compare_rows(ddb_keyset_get(set, i), ddb_keyset_get(set, n - 1),
						 &set->nattributes) != 0)
			memmove(ddb_keyset_get(set, n++), ddb_keyset_get(set, i), size);
	set->nkeys = n;
}

/*
 * Builds the keys from what is known of each of set->nattributes attributes,
 * the first set->npartition of them the partition key's.  Lists that aren't
 * pairs are sorted on the way.  set->exact is cleared where a condition lets
 * more through than was said.
 */
void
ddb_keyset_build(DdbKeySet *set, const DdbKeyValues *values)
{
	Partial		partial;
	static const DdbKeyValues anything;
	bool		goes_on = true;
	ListCell   *lc;

	/* one key about which nothing is said yet */
	init_partial(&partial, set->nattributes, 0, -1);
	partial.arms[0] = -1;
	partial.n = 1;
	for (int i = 0; i < set->nattributes; i++)
	{
		foreach(lc, values[i].lists)
			if (((DdbKeyList *) lfirst(lc))->zip < 0)
				sort_list(lfirst(lc));
		goes_on = add_attribute(&partial, goes_on ? &values[i] : &anything,
								i >= set->npartition,
								set->whole ? MAX_WHOLE_PRODUCT : MAX_PRODUCT,
								&set->exact) && goes_on;
	}
	set->nkeys = partial.n;
	set->conditions = partial.conditions;
	sort_rows(set);
}

/* How many keys from the i-th on differ in their last attribute only? */
int
ddb_keyset_run_length(const DdbKeySet *set, int i)
{
	int			all_but_last = set->nattributes - 1;
	int			n = 1;

	while (i + n < set->nkeys &&
		   compare_rows(ddb_keyset_get(set, i), ddb_keyset_get(set, i + n),
						&all_but_last) == 0)
		n++;
	return n;
}
