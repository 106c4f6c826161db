/*-------------------------------------------------------------------------
 *
 * filter_tree.h
 *	  Nodes of filters.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_FILTER_TREE_H
#define DDB_FILTER_TREE_H

#include "mapping/filter.h"

extern DdbFilter *ddb_filter_tree_make_local(const char *reason);
extern DdbFilter *ddb_filter_tree_make(DdbFilterKind kind, List *args);
extern DdbFilter *ddb_filter_tree_complement(DdbFilter *filter);

#endif							/* DDB_FILTER_TREE_H */
