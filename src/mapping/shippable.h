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

/* What the rules for filters have in common with those for constraints. */
extern bool ddb_shippable_is_value(PlannerInfo *root, RelOptInfo *rel,
								   Node *expr);
extern bool ddb_shippable_comparison(Oid opno, Oid lefttype,
									 DdbOperator *op);
extern bool ddb_shippable_wire_agrees(const DdbColumn *column, DdbOperator op,
									  Oid typid, Oid collation,
									  const char **reason);

#endif							/* DDB_SHIPPABLE_H */
