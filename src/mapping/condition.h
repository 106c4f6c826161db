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

#include "mapping/template.h"
#include "nodes/execnodes.h"
#include "nodes/pathnodes.h"

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
} DdbOperator;

/* Planner: a clause read as a constraint on one attribute. */
typedef struct DdbConstraint
{
	const DdbTemplate *template;
	DdbOperator op;
	List	   *values;			/* Expr of each variable in the template */
	RestrictInfo *rinfo;		/* the clause it was read from */
} DdbConstraint;

/* Executor: one condition on one key attribute, ready to be rendered. */
typedef struct DdbKeyCondition
{
	const char *attribute;
	DdbOperator op;				/* EQ..GT, BETWEEN or BEGINS_WITH */
	DdbValue	value;
	DdbValue	upper;			/* for BETWEEN */
} DdbKeyCondition;

/* Executor: a constraint with its values, one ExprState each. */
typedef struct DdbBoundConstraint
{
	const DdbTemplate *template;
	DdbOperator op;
	List	   *states;			/* ExprStates */
	List	   *types;			/* their types, an OID list */
	bool		is_partition;	/* of the partition key, not the sort key */
} DdbBoundConstraint;

extern Datum ddb_condition_like_prefix(Datum pattern);
extern List *ddb_condition_write(List *constraints, int npartition,
								 List **exprs);
extern List *ddb_condition_read(const List *written, const List *exprs,
								const DdbTableMap *map, PlanState *parent);
extern bool ddb_condition_fold(const List *bound, ExprContext *econtext,
							   List **conditions);

#endif							/* DDB_CONDITION_H */
