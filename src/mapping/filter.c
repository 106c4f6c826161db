/*-------------------------------------------------------------------------
 *
 * filter.c
 *	  Reads clauses as trees of conditions on attributes.
 *
 * SQL's logic has three values, DynamoDB's conditions two.  A filter has to
 * be true for exactly those items for which the clause is true; where the
 * clause is false or NULL, it may be false only.  What makes that possible
 * (with the rules for atoms in filter_rules.c):
 *
 * - Negation is pushed to the atoms.  NOT (a AND b) and NOT a OR NOT b have
 *   the same value in three-valued logic, NULLs included, and so on; and
 *   once no NOT is left above an atom, the clause is true if the atoms that
 *   are true say so, whatever the others are.  So each atom needs only a
 *   condition that is true where the atom is.
 * - x IS NOT TRUE is true where x isn't: there, and only there, the filter
 *   of x itself is negated as a whole, and has to be exact.
 * - A filter may always be weaker than its clause, as what isn't said
 *   exactly is rechecked.  In the tree that is left without a NOT, to weaken
 *   any part weakens the whole: of an AND a part may be left out, an OR only
 *   as a whole.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "mapping/filter.h"
#include "mapping/filter_rules.h"
#include "mapping/filter_tree.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"

static DdbFilter *read_node(const DdbFilterReader *reader, Node *node,
							bool negated);

static DdbFilter *
read_bool_expr(const DdbFilterReader *reader, BoolExpr *expr, bool negated)
{
	List	   *args = NIL;
	ListCell   *lc;

	if (expr->boolop == NOT_EXPR)
		return read_node(reader, linitial(expr->args), !negated);
	foreach(lc, expr->args)
		args = lappend(args, read_node(reader, lfirst(lc), negated));
	/* De Morgan's law holds in three-valued logic too. */
	return ddb_filter_tree_make((expr->boolop == AND_EXPR) != negated ?
								DDB_FILTER_AND : DDB_FILTER_OR, args);
}

/* Neither true nor false, and the contrary. */
static DdbFilter *
read_unknown(const DdbFilterReader *reader, Node *arg, bool negated)
{
	DdbFilter  *is_true = read_node(reader, arg, false);
	DdbFilter  *is_false = read_node(reader, arg, true);

	if (negated)
		return ddb_filter_tree_make(DDB_FILTER_OR, list_make2(is_true, is_false));
	return ddb_filter_tree_make(DDB_FILTER_AND, list_make2(ddb_filter_tree_complement(is_true),
														   ddb_filter_tree_complement(is_false)));
}

static DdbFilter *
read_boolean_test(const DdbFilterReader *reader, BooleanTest *test,
				  bool negated)
{
	Node	   *arg = (Node *) test->arg;

	switch (test->booltesttype)
	{
		case IS_TRUE:
		case IS_NOT_TRUE:
			if ((test->booltesttype == IS_TRUE) != negated)
				return read_node(reader, arg, false);
			return ddb_filter_tree_complement(read_node(reader, arg, false));
		case IS_FALSE:
		case IS_NOT_FALSE:
			if ((test->booltesttype == IS_FALSE) != negated)
				return read_node(reader, arg, true);
			return ddb_filter_tree_complement(read_node(reader, arg, true));
		case IS_UNKNOWN:
			return read_unknown(reader, arg, negated);
		case IS_NOT_UNKNOWN:
			return read_unknown(reader, arg, !negated);
	}
	return NULL;				/* keep compiler quiet */
}

/* What is true where the expression is, or is false if negated. */
static DdbFilter *
read_node(const DdbFilterReader *reader, Node *node, bool negated)
{
	DdbFilter  *filter;

	if (IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	if (IsA(node, BoolExpr))
		return read_bool_expr(reader, (BoolExpr *) node, negated);

	filter = ddb_filter_rules_read(reader, node, negated);
	if (filter != NULL)
		return filter;
	if (IsA(node, BooleanTest))
		return read_boolean_test(reader, (BooleanTest *) node, negated);
	if (IsA(node, NullTest) &&
		exprType((Node *) ((NullTest *) node)->arg) == BOOLOID)
	{
		NullTest   *test = (NullTest *) node;

		return read_unknown(reader, (Node *) test->arg,
							(test->nulltesttype == IS_NOT_NULL) != negated);
	}
	return ddb_filter_tree_make_local("no filter has this form");
}

/*
 * Reads a clause of the relation, palloc'd in the current context.  What
 * can't be sent is in the tree as LOCAL, with the reason.
 */
DdbFilter *
ddb_filter_read(PlannerInfo *root, RelOptInfo *rel, const DdbTableMap *map,
				Expr *clause)
{
	DdbFilterReader reader = {root, rel, map};

	return read_node(&reader, (Node *) clause, false);
}

/*
 * What of a filter can be sent: a tree without LOCAL, or LOCAL with the
 * reason.  refusal says which atoms can't be.  Parts of the filter are shared
 * with the result.
 */
DdbFilter *
ddb_filter_prune(const DdbFilter *filter, DdbFilterRefusal refusal, void *arg)
{
	List	   *args = NIL;
	DdbFilter  *result;
	const char *reason = NULL;
	ListCell   *lc;

	if (filter->kind == DDB_FILTER_ATOM)
		reason = refusal(filter, arg);
	if (filter->kind == DDB_FILTER_LOCAL || reason != NULL)
		return ddb_filter_tree_make_local(reason != NULL ? reason : filter->reason);
	if (filter->kind == DDB_FILTER_ATOM)
		return unconstify(DdbFilter *, filter);

	foreach(lc, filter->args)
	{
		DdbFilter  *part = ddb_filter_prune(lfirst(lc), refusal, arg);

		if (part->kind != DDB_FILTER_LOCAL)
			args = lappend(args, part);
		else if (reason == NULL)
			reason = part->reason;
	}
	/* Of an AND a part may be missing, not of the others. */
	if (reason != NULL && (filter->kind != DDB_FILTER_AND || args == NIL))
		return ddb_filter_tree_make_local(reason);
	result = ddb_filter_tree_make(filter->kind, args);
	result->exact &= reason == NULL;
	/* Weakened below NOT it would be too strong. */
	if (filter->kind == DDB_FILTER_NOT && !result->exact)
		return ddb_filter_tree_make_local("where it isn't true can't be said exactly");
	return result;
}

/* An atom's value as an index into *exprs; -1 if it has none. */
static int
write_value(const DdbFilter *atom, List **exprs)
{
	if (atom->value == NULL)
		return -1;
	*exprs = lappend(*exprs, atom->value);
	return list_length(*exprs) - 1;
}

static List *
write_node(const DdbFilter *filter, List **exprs)
{
	List	   *written = list_make1(makeInteger(filter->kind));
	ListCell   *lc;

	if (filter->kind == DDB_FILTER_ATOM)
	{
		int			attnum = filter->column != NULL ?
			filter->column->attnum : 0;

		written = lappend(written, makeInteger(filter->op));
		written = lappend(written, makeInteger(filter->quantifier));
		written = lappend(written, makeInteger(attnum));
		written = lappend(written, filter->path);
		written = lappend(written, makeInteger(filter->as_text));
		return lappend(written, makeInteger(write_value(filter, exprs)));
	}
	foreach(lc, filter->args)
		written = lappend(written, write_node(lfirst(lc), exprs));
	return written;
}

/*
 * Writes filters, pruned ones, as plain Lists for fdw_private, and appends
 * their values to *exprs.  An entry is whether the filter is exact, and its
 * tree.
 */
List *
ddb_filter_write(const List *filters, List **exprs)
{
	List	   *written = NIL;
	ListCell   *lc;

	foreach(lc, filters)
	{
		const DdbFilter *filter = lfirst(lc);

		written = lappend(written, list_make2(makeInteger(filter->exact),
											  write_node(filter, exprs)));
	}
	return written;
}
