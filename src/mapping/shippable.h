/*-------------------------------------------------------------------------
 *
 * shippable.h
 *	  Which clauses constrain which attributes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_SHIPPABLE_H
#define DDB_SHIPPABLE_H

#include "mapping/condition.h"

/*
 * Reads a clause as constraints (DdbConstraint) on attributes.  NIL, and
 * *reason says why, if it can be none.
 */
extern List *ddb_shippable_constraints(PlannerInfo *root, RelOptInfo *rel,
									   const DdbTableMap *map,
									   RestrictInfo *rinfo,
									   const char **reason);

/* The column that an expression is, whatever lossless casts it wears. */
extern const DdbColumn *ddb_shippable_match_column(RelOptInfo *rel,
												   const DdbTableMap *map,
												   const Node *expr);

#endif							/* DDB_SHIPPABLE_H */
