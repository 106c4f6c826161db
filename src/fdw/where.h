/*-------------------------------------------------------------------------
 *
 * where.h
 *	  WHERE as the condition of a write.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_WHERE_H
#define DDB_WHERE_H

#include "mapping/filter.h"

/* Planner: a target's clauses, by what a write can make of them. */
typedef struct DdbWhereClauses
{
	List	   *keys;			/* Expr: true or false of a key for ever */
	List	   *said;			/* Expr: a condition says the same... */
	List	   *filters;		/* ...DdbFilter: namely this, one each */
	List	   *rest;			/* Expr: what neither is */
} DdbWhereClauses;

/* Executor: what is said of the item that is written. */
typedef struct DdbWhere
{
	List	   *bound;			/* see ddb_filter_bind(); NIL: nothing */
	DdbFolded	folded;			/* with the values of this statement */
} DdbWhere;

extern void ddb_where_sort(PlannerInfo *root, RelOptInfo *rel, List *clauses,
						   DdbWhereClauses *out);
extern void ddb_where_append_words(PlannerInfo *root, const DdbTableMap *map,
								   const DdbWhereClauses *where,
								   StringInfo text);
extern bool ddb_where_fits(const DdbWhere *where, size_t bytes,
						   int operators);

#endif							/* DDB_WHERE_H */
