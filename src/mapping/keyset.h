/*-------------------------------------------------------------------------
 *
 * keyset.h
 *	  The keys, or ranges of keys, that an access reads.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_KEYSET_H
#define DDB_KEYSET_H

#include "mapping/range.h"
#include "nodes/pg_list.h"

/* The operands of an IN list. */
typedef struct DdbKeyList
{
	int			zip;			/* lists of one number are pairs; -1: none */
	int			n;
	DdbKey	   *keys;
	bool	   *usable;			/* no key can equal the others */
} DdbKeyList;

/* What is known of one key attribute. */
typedef struct DdbKeyValues
{
	const char *attribute;
	bool		has_equal;
	DdbKey		equal;
	List	   *lists;			/* DdbKeyList */
	DdbRange	range;
} DdbKeyValues;

/*
 * Keys in ascending order, none twice.  Each is a row of conditions in the
 * key's order: equalities, and at most for the last attribute a range.
 */
typedef struct DdbKeySet
{
	int			nattributes;
	int			npartition;		/* how many belong to the partition key */
	int			nkeys;
	DdbKeyCondition *conditions;	/* nkeys rows of nattributes */
	bool		whole;			/* no range for a list, if it can be helped */
	bool		exact;			/* says all that its constraints say */
} DdbKeySet;

extern void ddb_keyset_build(DdbKeySet *set, const DdbKeyValues *values);
extern int	ddb_keyset_run_length(const DdbKeySet *set, int i);

/* The conditions of one key. */
static inline DdbKeyCondition *
ddb_keyset_get(const DdbKeySet *set, int i)
{
	return &set->conditions[(size_t) i * set->nattributes];
}

#endif							/* DDB_KEYSET_H */
