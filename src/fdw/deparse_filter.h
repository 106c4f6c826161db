/*-------------------------------------------------------------------------
 *
 * deparse_filter.h
 *	  Remote filters in words, for EXPLAIN.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_DEPARSE_FILTER_H
#define DDB_DEPARSE_FILTER_H

#include "mapping/filter.h"

extern char *ddb_deparse_filter_path(const DdbColumn *column);
extern char *ddb_deparse_filter_part(PlannerInfo *root,
									 const DdbFilter *filter);
extern char *ddb_deparse_filter_words(PlannerInfo *root, const List *filters);

#endif							/* DDB_DEPARSE_FILTER_H */
