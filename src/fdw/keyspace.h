/*-------------------------------------------------------------------------
 *
 * keyspace.h
 *	  A random part of a table's partition keys, each with its items.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_KEYSPACE_H
#define DDB_KEYSPACE_H

#include "dynamodb/schema.h"
#include "fdw/sample.h"
#include "nodes/pg_list.h"

/* An item as it came. */
typedef struct DdbKeyItem
{
	const char *text;
	size_t		len;
	DdbValue	sort;			/* its sort key; MISSING where there is none */
} DdbKeyItem;

/* A partition key and what was read of its items. */
typedef struct DdbKeyGroup
{
	DdbValue	partition;
	int			nitems;
	int			room;
	DdbKeyItem *items;
	bool		cut;			/* there are more */
} DdbKeyGroup;

typedef struct DdbKeySample
{
	List	   *groups;			/* DdbKeyGroup */
	int64		nitems;			/* in all of them */
	int			ncut;
	double		share;			/* of all partition keys, these are */
} DdbKeySample;

extern DdbKeySample *ddb_keyspace_sample(DdbSampler *sampler,
										 const DdbSchema *schema,
										 int concurrency, int max_items,
										 Size max_bytes);

#endif							/* DDB_KEYSPACE_H */
