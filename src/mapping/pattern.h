/*-------------------------------------------------------------------------
 *
 * pattern.h
 *	  LIKE patterns taken apart.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_PATTERN_H
#define DDB_PATTERN_H

#include "nodes/pg_list.h"

typedef enum DdbPatternKind
{
	DDB_PATTERN_INVALID,		/* LIKE itself will complain */
	DDB_PATTERN_EQUAL,			/* no wildcard: text is all of it */
	DDB_PATTERN_PREFIX,			/* text% */
	DDB_PATTERN_CONTAINS,		/* %text% */
	DDB_PATTERN_ANY,			/* %: every string there is */
	DDB_PATTERN_OTHER,			/* more than these can say */
} DdbPatternKind;

typedef struct DdbPattern
{
	DdbPatternKind kind;
	char	   *prefix;			/* what matching strings begin with, "" if
								 * that isn't known */
	List	   *inner;			/* char *: what else they contain */
} DdbPattern;

extern void ddb_pattern_parse(Datum like, DdbPattern *pattern);

#endif							/* DDB_PATTERN_H */
