/*-------------------------------------------------------------------------
 *
 * array.c
 *	  Sets and lists into SQL arrays.
 *
 * A set has no order of its own, so its members are shown sorted, as
 * ddb_plain_sort_set() has it: the same set is always the same array.  A list
 * keeps its order, and NULL members.  Members are read by the element type's
 * own codec; lists of lists don't become arrays.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "dynamodb/plain.h"
#include "mapping/array.h"
#include "utils/array.h"

/*
 * The members of a list, in its order, palloc'd.
 */
static DdbValue *
collect_list(const DdbValue *list, int *nmembers)
{
	DdbValueIterator it;
	DdbValue	member;
	int			room = 8;
	int			n = 0;
	DdbValue   *result = palloc(sizeof(DdbValue) * room);

	ddb_value_iterate(&it, list);
	while (ddb_value_next(&it, &member, NULL, NULL))
	{
		if (n == room)
		{
			room *= 2;
			result = repalloc_huge(result, sizeof(DdbValue) * room);
		}
		result[n++] = member;
	}
	*nmembers = n;
	return result;
}

/*
 * Reads a set or list into the codec's array type.
 */
DdbFit
ddb_array_decode(const DdbCodec *codec, const DdbValue *value, Datum *datum)
{
	DdbValue   *members;
	int			nmembers;
	Datum	   *datums;
	bool	   *nulls;
	int			lower = 1;

	members = (value->type == DDB_TYPE_L) ?
		collect_list(value, &nmembers) : ddb_plain_sort_set(value, &nmembers);
	if (nmembers == 0)
	{
		*datum = PointerGetDatum(construct_empty_array(codec->elemtype));
		return DDB_FIT_OK;
	}
	datums = palloc(sizeof(Datum) * nmembers);
	nulls = palloc(sizeof(bool) * nmembers);
	for (int i = 0; i < nmembers; i++)
	{
		DdbFit		fit = ddb_codec_decode(codec->element, &members[i],
										   &datums[i], &nulls[i]);

		if (fit == DDB_FIT_TYPE)
			return DDB_FIT_MEMBER;
		if (fit != DDB_FIT_OK)
			return fit;
	}
	*datum = PointerGetDatum(construct_md_array(datums, nulls, 1, &nmembers,
												&lower, codec->elemtype,
												codec->elmlen,
												codec->elmbyval,
												codec->elmalign));
	return DDB_FIT_OK;
}
