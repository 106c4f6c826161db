/*-------------------------------------------------------------------------
 *
 * condition.h
 *	  Constraints on attributes: as the planner finds them, as a plan
 *	  carries them, and as the executor folds them.
 *
 * A constraint says "attribute op value", where the value is a template over
 * expressions.  The planner keeps the expressions themselves.  A plan keeps
 * plain Lists whose operands are indexes into fdw_exprs, so that core can
 * replace outer Vars there.  At run time the values are known, and what
 * can't be sent as it is (NULL, an empty key, a number beyond 38 digits) is
 * folded away.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_CONDITION_H
#define DDB_CONDITION_H

#include "mapping/keyset.h"
#include "mapping/template.h"
#include "nodes/execnodes.h"
#include "nodes/pathnodes.h"

/* Planner: what a clause says of one attribute. */
typedef struct DdbConstraint
{
	const DdbTemplate *template;
	DdbOperator op;
	List	   *values;			/* Expr; of IN one an arm, or arrays of them */
	RestrictInfo *rinfo;		/* the clause it was read from */
	Expr	   *estimate;		/* what it says, for estimates; NULL: rinfo */
	bool		exact;			/* the clause says no more than this */
	bool		close;			/* it says more of one end of a range only */
	bool		zipped;			/* IN: its arms go with those of the clause's
								 * constraint on another attribute */
} DdbConstraint;

/* Executor: a constraint with its values, one ExprState each. */
typedef struct DdbBoundConstraint
{
	const DdbTemplate *template;
	DdbOperator op;
	List	   *states;			/* ExprStates */
	List	   *types;			/* their types, an OID list */
	bool		is_partition;	/* of the partition key, not the sort key */
	int			zip;			/* IN: lists of a number go together; or -1 */
} DdbBoundConstraint;

extern Datum ddb_condition_like_prefix(Datum pattern);
extern List *ddb_condition_write(List *constraints, int npartition,
								 List **exprs);
extern bool ddb_condition_names_keys(const List *written);
extern List *ddb_condition_read(const List *written, const List *exprs,
								const DdbTableMap *map, PlanState *parent);
extern bool ddb_condition_fold(const List *bound, ExprContext *econtext,
							   DdbKeySet *keys);
extern bool ddb_condition_fold_whole(const List *bound, ExprContext *econtext,
									 DdbKeySet *keys);

#endif							/* DDB_CONDITION_H */
