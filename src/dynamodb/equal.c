/*-------------------------------------------------------------------------
 *
 * equal.c
 *	  Whether two values are the same to DynamoDB.
 *
 * As the operator = of a condition decides: by type and value, not by
 * spelling.  1 and 1.0 are equal, strings are by their characters, sets
 * whatever their order, maps name by name, lists element by element.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FRONTEND
#include "postgres.h"
#else
#include "postgres_fe.h"
#endif

#include "dynamodb/decimal.h"
#include "dynamodb/equal.h"
#include "dynamodb/plain.h"

/* Strings and base64 as they stand in JSON. */
static bool
equal_texts(const DdbValue *a, const DdbValue *b)
{
	char	   *left;
	char	   *right;
	size_t		leftlen = 0;
	size_t		rightlen = 0;
	bool		result;

	if (!a->escaped && !b->escaped)
		return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
	left = palloc(a->len + 1);
	right = palloc(b->len + 1);
	result = ddb_value_unescape(a->text, a->len, left, &leftlen) ==
		ddb_value_unescape(b->text, b->len, right, &rightlen) &&
		leftlen == rightlen && memcmp(left, right, leftlen) == 0;
	pfree(left);
	pfree(right);
	return result;
}

static bool
equal_numbers(const DdbValue *a, const DdbValue *b)
{
	StringInfoData left;
	StringInfoData right;
	bool		result;

	initStringInfo(&left);
	initStringInfo(&right);
	result = ddb_decimal_append(&left, a->text, a->len) &&
		ddb_decimal_append(&right, b->text, b->len) &&
		strcmp(left.data, right.data) == 0;
	pfree(left.data);
	pfree(right.data);
	return result;
}

static bool
equal_sets(const DdbValue *a, const DdbValue *b)
{
	int			na;
	int			nb;
	DdbValue   *left = ddb_plain_sort_set(a, &na);
	DdbValue   *right = ddb_plain_sort_set(b, &nb);
	bool		result = (na == nb);

	for (int i = 0; result && i < na; i++)
		result = ddb_equal_values(&left[i], &right[i]);
	return result;
}

static bool
equal_lists(const DdbValue *a, const DdbValue *b)
{
	DdbValueIterator ia;
	DdbValueIterator ib;
	DdbValue	left;
	DdbValue	right;

	ddb_value_iterate(&ia, a);
	ddb_value_iterate(&ib, b);
	while (ddb_value_next(&ia, &left, NULL, NULL))
	{
		if (!ddb_value_next(&ib, &right, NULL, NULL) ||
			!ddb_equal_values(&left, &right))
			return false;
	}
	return !ddb_value_next(&ib, &right, NULL, NULL);
}

/* Neither map has a name twice, so as many members make them equal. */
static bool
equal_maps(const DdbValue *a, const DdbValue *b)
{
	DdbValueIterator it;
	DdbValue	left;
	DdbValue	right;
	DdbPathStep step;
	const char *name;
	size_t		namelen;
	int			n = 0;

	ddb_value_iterate(&it, a);
	while (ddb_value_next(&it, &left, &name, &namelen))
	{
		(void) ddb_value_make_step(name, namelen, &step);
		if (!ddb_value_follow(b, &step, 1, &right) ||
			!ddb_equal_values(&left, &right))
			return false;
		pfree(unconstify(char *, step.name));
		n++;
	}
	ddb_value_iterate(&it, b);
	while (ddb_value_next(&it, &right, NULL, NULL))
		n--;
	return n == 0;
}

/*
 * Are these the same value?  Both must have come from a parsing function, or
 * be ours; MISSING equals MISSING.
 */
bool
ddb_equal_values(const DdbValue *a, const DdbValue *b)
{
	if (a->type != b->type)
		return false;
	switch (a->type)
	{
		case DDB_TYPE_MISSING:
		case DDB_TYPE_NULL:
			return true;
		case DDB_TYPE_S:
		case DDB_TYPE_B:
			return equal_texts(a, b);
		case DDB_TYPE_N:
			return equal_numbers(a, b);
		case DDB_TYPE_BOOL:
			return a->boolean == b->boolean;
		case DDB_TYPE_SS:
		case DDB_TYPE_NS:
		case DDB_TYPE_BS:
			return equal_sets(a, b);
		case DDB_TYPE_L:
			return equal_lists(a, b);
		case DDB_TYPE_M:
			return equal_maps(a, b);
	}
	return false;
}
