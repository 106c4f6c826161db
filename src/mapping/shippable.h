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
 * Reads a clause as a constraint on an attribute, or returns NULL and says
 * in *reason why it can't be one.
 */
extern DdbConstraint *ddb_shippable_constraint(PlannerInfo *root,
											   RelOptInfo *rel,
											   const DdbTableMap *map,
											   RestrictInfo *rinfo,
											   const char **reason);

/* The column that an expression is, whatever lossless casts it wears. */
extern const DdbColumn *ddb_shippable_match_column(RelOptInfo *rel,
												   const DdbTableMap *map,
												   const Node *expr);

/* Does a constraint say all that its clause says? */
extern bool ddb_shippable_is_exact(const DdbConstraint *constraint);

#endif							/* DDB_SHIPPABLE_H */
