/*-------------------------------------------------------------------------
 *
 * deparse.h
 *	  Conditions in words, for EXPLAIN and messages.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_DEPARSE_H
#define DDB_DEPARSE_H

#include "fdw/pushdown.h"

extern char *ddb_deparse_expr(PlannerInfo *root, Node *expr);
extern char *ddb_deparse_key_condition(PlannerInfo *root,
									   const DdbAccess *access);
extern List *ddb_deparse_not_pushed(PlannerInfo *root, RelOptInfo *rel,
									const DdbPushdown *pushdown);
extern List *ddb_deparse_rejected(RelOptInfo *rel, const DdbAccess *access,
								  const DdbClauses *clauses);
extern char *ddb_deparse_value(PlannerInfo *root, Node *value);
extern char *ddb_deparse_advice(RelOptInfo *rel, const DdbClauses *clauses);

#endif							/* DDB_DEPARSE_H */
