/*-------------------------------------------------------------------------
 *
 * filter.h
 *	  Remote filters: from a clause to a FilterExpression that says the same.
 *
 *		status <> 'paid' AND NOT (total > 5 OR note IS NULL)
 *
 * is read by the planner as a tree in negation normal form, whose atoms each
 * say something about one attribute:
 *
 *		AND (status <> 'paid', total <= 5, note IS NOT NULL)
 *
 * A plan carries the tree as plain Lists whose values are indexes into
 * fdw_exprs.  At run time the values are known; atoms fold to true, to
 * false, or to conditions that the service takes and that are true for those
 * items alone for which SQL's are:
 *
 *		(#0 <> :0 AND attribute_type(#0, :1)) AND #1 <= :2
 *			AND attribute_type(#2, :3)
 *
 * filter.c reads and prunes trees, filter_rules.c has the rules for atoms,
 * filter_fold.c folds trees, filter_atom.c, filter_set.c and filter_member.c
 * atoms, filter_render.c writes expressions.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_FILTER_H
#define DDB_FILTER_H

#include "dynamodb/expression.h"
#include "mapping/column.h"
#include "nodes/execnodes.h"
#include "nodes/pathnodes.h"

typedef enum DdbFilterKind
{
	DDB_FILTER_AND,				/* without arguments: true */
	DDB_FILTER_OR,				/* without arguments: false */
	DDB_FILTER_NOT,				/* not true: false or NULL */
	DDB_FILTER_ATOM,
	DDB_FILTER_LOCAL,			/* what can't be sent; never in a plan */
} DdbFilterKind;

/*
 * What an atom says of its attribute.  Each operator stands beside the one
 * that is true where it is false (where it is NULL, both are NULL).
 */
typedef enum DdbFilterOp
{
	DDB_FILTER_EQ,
	DDB_FILTER_NE,
	DDB_FILTER_LT,
	DDB_FILTER_GE,
	DDB_FILTER_GT,
	DDB_FILTER_LE,
	DDB_FILTER_LIKE,
	DDB_FILTER_NOT_LIKE,
	DDB_FILTER_PREFIX,			/* starts_with(), ^@ */
	DDB_FILTER_NOT_PREFIX,
	DDB_FILTER_NULL,
	DDB_FILTER_NOT_NULL,
	DDB_FILTER_DISTINCT,
	DDB_FILTER_NOT_DISTINCT,
	DDB_FILTER_HAS,				/* value = ANY (attribute) */
	DDB_FILTER_HAS_NOT,
	DDB_FILTER_INCLUDES,		/* attribute @> value */
	DDB_FILTER_NOT_INCLUDES,
	DDB_FILTER_OVERLAPS,		/* attribute && value */
	DDB_FILTER_NOT_OVERLAPS,
	DDB_FILTER_SAME,			/* attribute = value, both arrays */
	DDB_FILTER_NOT_SAME,
	DDB_FILTER_VALUE,			/* a boolean that knows no attribute */
	DDB_FILTER_NOT_VALUE,
} DdbFilterOp;

#define ddb_filter_negate(op) ((DdbFilterOp) ((op) ^ 1))

typedef enum DdbQuantifier
{
	DDB_QUANTIFIER_NONE,
	DDB_QUANTIFIER_ANY,			/* of the members of an array */
	DDB_QUANTIFIER_ALL,
} DdbQuantifier;

/* The one that NOT makes of it. */
static inline DdbQuantifier
ddb_filter_negate_quantifier(DdbQuantifier quantifier)
{
	if (quantifier == DDB_QUANTIFIER_NONE)
		return quantifier;
	return quantifier == DDB_QUANTIFIER_ANY ? DDB_QUANTIFIER_ALL :
		DDB_QUANTIFIER_ANY;
}

/* Planner: a node of the tree. */
typedef struct DdbFilter
{
	DdbFilterKind kind;
	bool		exact;			/* says all that the clause says, if its
								 * values can be sent */
	List	   *args;			/* DdbFilter: of AND, OR and NOT */
	const char *reason;			/* of LOCAL, for EXPLAIN */

	/* an atom */
	DdbFilterOp op;
	DdbQuantifier quantifier;
	const DdbColumn *column;	/* NULL for VALUE */
	List	   *path;			/* String: column is this member of a json
								 * column; NIL */
	bool		as_text;		/* that member's text (->>) */
	Expr	   *value;			/* NULL for null tests */
} DdbFilter;

/* Executor: what a scan's filters come to once their values are known. */
typedef struct DdbFolded
{
	bool		never;			/* no item can pass */
	bool		exact;			/* all is said that the plan counts on */
	List	   *terms;			/* see term.h; NIL: nothing to send */
	size_t		size;			/* bytes of text that they come to, at most */
	int			operators;
} DdbFolded;

/* Why an atom may not be in a filter, or NULL if it may. */
typedef const char *(*DdbFilterRefusal) (const DdbFilter *atom, void *arg);

/* filter.c */
extern DdbFilter *ddb_filter_read(PlannerInfo *root, RelOptInfo *rel,
								  const DdbTableMap *map, Expr *clause);
extern DdbFilter *ddb_filter_prune(const DdbFilter *filter,
								   DdbFilterRefusal refusal, void *arg);
extern List *ddb_filter_write(const List *filters, List **exprs);

/* filter_fold.c */
extern List *ddb_filter_bind(const List *written, const List *exprs,
							 const DdbTableMap *map, PlanState *parent);
extern void ddb_filter_fold(const List *bound, ExprContext *econtext,
							DdbFolded *folded);

/* filter_render.c */
extern char *ddb_filter_build(const DdbFolded *folded,
							  DdbExpression *expression);
extern void ddb_filter_append(const DdbFolded *folded,
							  DdbExpression *expression, StringInfo text);

#endif							/* DDB_FILTER_H */
