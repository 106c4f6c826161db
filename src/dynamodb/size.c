/*-------------------------------------------------------------------------
 *
 * size.c
 *	  What items and values weigh: for the limits, and for what writes cost.
 *
 * The service counts bytes: names and strings in UTF-8, binaries as they
 * are, numbers two digits a byte and one more, three bytes for a list or map
 * and one for each of its members.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FRONTEND
#include "postgres.h"
#else
#include "postgres_fe.h"
#endif

#include "dynamodb/size.h"

#define CONTAINER_SIZE	3
#define MEMBER_SIZE		1

/* A string or name as it stands in JSON. */
static int64
size_of_text(const char *text, size_t len)
{
	char	   *unescaped;
	size_t		result = len;

	if (memchr(text, '\\', len) == NULL)
		return len;
	unescaped = palloc(len);
	if (ddb_value_unescape(text, len, unescaped, &result) ==
		DDB_STRING_NOT_UNICODE)
		result = len;
	pfree(unescaped);
	return result;
}

/* Pairs of digits on each side of the point, zeros at the ends left aside. */
static int64
size_of_number(const char *text, size_t len)
{
	int			nint = 0;		/* digits before the point that count */
	int			nfraction = 0;
	int			nzeros = 0;
	bool		point = false;
	bool		negative = len > 0 && text[0] == '-';

	for (size_t i = negative ? 1 : 0; i < len; i++)
	{
		if (text[i] == '.')
		{
			/* zeros before the point count if digits follow it */
			nint += nzeros;
			nzeros = 0;
			point = true;
		}
		else if (text[i] == '0')
		{
			if (nint > 0 || nfraction > 0)
				nzeros++;
		}
		else if (point)
		{
			nfraction += nzeros + 1;
			nzeros = 0;
		}
		else
		{
			nint += nzeros + 1;
			nzeros = 0;
		}
	}
	return 1 + (nint + 1) / 2 + (nfraction + 1) / 2 + (negative ? 1 : 0);
}

/*
 * The bytes a value counts.  It must have come from a parsing function, or
 * be one of ours.
 */
int64
ddb_size_of_value(const DdbValue *value)
{
	DdbValueIterator it;
	DdbValue	member;
	const char *name;
	size_t		namelen;
	int64		size = 0;
	size_t		padding = 0;

	switch (value->type)
	{
		case DDB_TYPE_MISSING:
			return 0;
		case DDB_TYPE_S:
			return size_of_text(value->text, value->len);
		case DDB_TYPE_N:
			return size_of_number(value->text, value->len);
		case DDB_TYPE_B:
			while (padding < 2 && padding < value->len &&
				   value->text[value->len - 1 - padding] == '=')
				padding++;
			return (int64) value->len / 4 * 3 - (int64) padding;
		case DDB_TYPE_BOOL:
		case DDB_TYPE_NULL:
			return 1;
		case DDB_TYPE_L:
		case DDB_TYPE_M:
			size = CONTAINER_SIZE;
			break;
		case DDB_TYPE_SS:
		case DDB_TYPE_NS:
		case DDB_TYPE_BS:
			break;
	}
	ddb_value_iterate(&it, value);
	while (ddb_value_next(&it, &member, &name, &namelen))
	{
		size += ddb_size_of_value(&member);
		if (name != NULL)
			size += size_of_text(name, namelen);
		if (value->type == DDB_TYPE_L || value->type == DDB_TYPE_M)
			size += MEMBER_SIZE;
	}
	return size;
}

/*
 * The bytes an item counts, given as a map: its attributes with their names.
 */
int64
ddb_size_of_item(const DdbValue *item)
{
	DdbValueIterator it;
	DdbValue	member;
	const char *name;
	size_t		namelen;
	int64		size = 0;

	ddb_value_iterate(&it, item);
	while (ddb_value_next(&it, &member, &name, &namelen))
		size += size_of_text(name, namelen) + ddb_size_of_value(&member);
	return size;
}

/*
 * How many lists and maps are within each other, this one included: 0 for a
 * scalar or a set.
 */
int
ddb_size_nesting(const DdbValue *value)
{
	DdbValueIterator it;
	DdbValue	member;
	int			deepest = 0;

	if (value->type != DDB_TYPE_L && value->type != DDB_TYPE_M)
		return 0;
	ddb_value_iterate(&it, value);
	while (ddb_value_next(&it, &member, NULL, NULL))
	{
		int			depth = ddb_size_nesting(&member);

		deepest = Max(deepest, depth);
	}
	return deepest + 1;
}
