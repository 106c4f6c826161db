/*-------------------------------------------------------------------------
 *
 * range.h
 *	  What the values of one key attribute may be.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_RANGE_H
#define DDB_RANGE_H

#include "mapping/key.h"

typedef enum DdbOperator
{
	DDB_OP_EQ,
	DDB_OP_LT,
	DDB_OP_LE,
	DDB_OP_GE,
	DDB_OP_GT,
	DDB_OP_BETWEEN,				/* only after folding */
	DDB_OP_BEGINS_WITH,
	DDB_OP_LIKE,				/* only before folding */
	DDB_OP_IN,					/* one of several values; before folding */
} DdbOperator;

/* One condition on one key attribute, ready to be rendered. */
typedef struct DdbKeyCondition
{
	const char *attribute;		/* NULL: any value will do */
	DdbOperator op;				/* EQ..GT, BETWEEN or BEGINS_WITH */
	DdbKey		value;
	DdbKey		upper;			/* for BETWEEN */
} DdbKeyCondition;

/* Bounds and a prefix, as they come together; zeroed: any value. */
typedef struct DdbRange
{
	bool		has_lower;
	bool		has_upper;
	bool		has_prefix;
	bool		lower_strict;
	bool		upper_strict;
	DdbKey		lower;
	DdbKey		upper;
	DdbKey		prefix;
} DdbRange;

extern void ddb_range_add_lower(DdbRange *range, const DdbKey *key,
								bool strict);
extern void ddb_range_add_upper(DdbRange *range, const DdbKey *key,
								bool strict);
extern bool ddb_range_add_prefix(DdbRange *range, const DdbKey *prefix);
extern bool ddb_range_contains(const DdbRange *range, const DdbKey *key);
extern bool ddb_range_condition(const DdbRange *range, const char *attribute,
								DdbKeyCondition *condition, bool *exact);

#endif							/* DDB_RANGE_H */
