/*-------------------------------------------------------------------------
 *
 * filter_rules.h
 *	  The rules by which expressions become atoms of a filter.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_FILTER_RULES_H
#define DDB_FILTER_RULES_H

#include "mapping/filter.h"

/* Whose expressions are being read. */
typedef struct DdbFilterReader
{
	PlannerInfo *root;
	RelOptInfo *rel;
	const DdbTableMap *map;
} DdbFilterReader;

extern DdbFilter *ddb_filter_rules_read(const DdbFilterReader *reader,
										Node *node, bool negated);

#endif							/* DDB_FILTER_RULES_H */
