/*-------------------------------------------------------------------------
 *
 * filter_fold.c
 *	  Evaluates the values of filters, and folds their trees.
 *
 * A clause that can't be said as planned becomes weaker, or is left out
 * altogether where it would go beyond the service's limits: it is to be
 * rechecked.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "executor/executor.h"
#include "mapping/filter_atom.h"
#include "mapping/filter_render.h"
#include "mapping/member.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"

/* Names and values of a request may be 2 MB, of which a key takes little. */
#define MAX_MAP_BYTES			(1024 * 1024)

/* A node of a plan's tree with its value's state. */
typedef struct BoundFilter
{
	DdbFilterKind kind;
	bool		exact;			/* of the root: what the plan counts on */
	List	   *args;			/* BoundFilter */
	DdbFilterOp op;
	DdbQuantifier quantifier;
	const DdbColumn *column;	/* NULL for VALUE */
	bool		is_member;		/* of a json column */
	bool		as_text;		/* as its text */
	ExprState  *value;			/* NULL for null tests */
	Oid			type;			/* of the value */
} BoundFilter;

static DdbTerm *
fold_atom(const BoundFilter *atom, ExprContext *econtext)
{
	DdbOperand	operand = {.isnull = true,.type = atom->type};
	bool		truth;

	if (atom->value != NULL)
		operand.datum = ExecEvalExpr(atom->value, econtext, &operand.isnull);
	if (atom->is_member)
		return ddb_filter_member_fold(atom->column, atom->as_text, atom->op,
									  atom->quantifier, &operand);
	if (atom->op >= DDB_FILTER_HAS && atom->op <= DDB_FILTER_NOT_SAME)
		return ddb_filter_set_fold(atom->column, atom->op, &operand);
	if (atom->column != NULL)
		return ddb_filter_atom_fold(atom->column, atom->op, atom->quantifier,
									&operand);
	truth = atom->op == DDB_FILTER_VALUE;
	return ddb_term_constant(!operand.isnull &&
							 DatumGetBool(operand.datum) == truth);
}

/* Whatever the arguments behind this one are, AND is false, or OR true. */
static bool
decides(DdbFilterKind kind, const DdbTerm *arg)
{
	return arg->exact &&
		((kind == DDB_FILTER_AND && arg->kind == DDB_TERM_FALSE) ||
		 (kind == DDB_FILTER_OR && arg->kind == DDB_TERM_TRUE));
}

/*
 * Values behind an argument that decides are not evaluated, as they would not
 * be for a row: "$1 = 0 OR a = 10 / $1" raises nothing.
 */
static DdbTerm *
fold_node(const BoundFilter *node, ExprContext *econtext)
{
	List	   *args = NIL;
	ListCell   *lc;

	CHECK_FOR_INTERRUPTS();
	if (node->kind == DDB_FILTER_ATOM)
		return fold_atom(node, econtext);
	foreach(lc, node->args)
	{
		DdbTerm    *arg = fold_node(lfirst(lc), econtext);

		args = lappend(args, arg);
		if (decides(node->kind, arg))
			break;
	}
	switch (node->kind)
	{
		case DDB_FILTER_AND:
			return ddb_term_compound(DDB_TERM_AND, args);
		case DDB_FILTER_OR:
			return ddb_term_compound(DDB_TERM_OR, args);
		case DDB_FILTER_NOT:
			return ddb_term_not(linitial(args));
		case DDB_FILTER_ATOM:
		case DDB_FILTER_LOCAL:
			break;
	}
	elog(ERROR, "unexpected node %d in a filter", (int) node->kind);
	return NULL;				/* keep compiler quiet */
}

static BoundFilter *
bind_node(const List *written, const List *exprs, const DdbTableMap *map,
		  PlanState *parent)
{
	BoundFilter *node = palloc0_object(BoundFilter);
	int			attnum;
	int			value;

	node->kind = intVal(linitial(written));
	if (node->kind != DDB_FILTER_ATOM)
	{
		for (int i = 1; i < list_length(written); i++)
			node->args = lappend(node->args,
								 bind_node(list_nth(written, i), exprs, map,
										   parent));
		return node;
	}
	node->op = intVal(lsecond(written));
	node->quantifier = intVal(lthird(written));
	attnum = intVal(lfourth(written));
	if (attnum > 0)
		node->column = map->columns[attnum - 1];
	node->is_member = list_nth(written, 4) != NIL;
	if (node->is_member)
		node->column = ddb_member_view(map, node->column,
									   list_nth(written, 4));
	node->as_text = intVal(list_nth(written, 5));
	value = intVal(list_nth(written, 6));
	if (value >= 0)
	{
		Expr	   *expr = list_nth(exprs, value);

		node->value = ExecInitExpr(expr, parent);
		node->type = exprType((Node *) expr);
	}
	return node;
}

/*
 * Reads back what ddb_filter_write() wrote, for ddb_filter_fold(), in the
 * current context.  exprs is the plan's fdw_exprs; its expressions are
 * initialised under parent.
 */
List *
ddb_filter_bind(const List *written, const List *exprs,
				const DdbTableMap *map, PlanState *parent)
{
	List	   *bound = NIL;
	ListCell   *lc;

	foreach(lc, written)
	{
		List	   *entry = lfirst(lc);
		BoundFilter *root = bind_node(lsecond(entry), exprs, map, parent);

		root->exact = intVal(linitial(entry));
		bound = lappend(bound, root);
	}
	return bound;
}

/*
 * Evaluates the values of filters, all of which an item has to pass, and
 * folds them; where one can't be passed, those behind it don't matter.
 * Everything is palloc'd in the current context.  Raises what the values
 * raise.
 */
void
ddb_filter_fold(const List *bound, ExprContext *econtext, DdbFolded *folded)
{
	DdbTermSize total = {0};
	ListCell   *lc;

	folded->never = false;
	folded->exact = true;
	folded->terms = NIL;
	foreach(lc, bound)
	{
		const BoundFilter *root = lfirst(lc);
		DdbTerm    *term = fold_node(root, econtext);
		DdbTermSize size;
		bool		fits = true;

		if (term->kind == DDB_TERM_FALSE)
		{
			folded->never = true;
			break;
		}
		if (term->kind != DDB_TERM_TRUE)
		{
			ddb_filter_render_measure(term, &size);
			fits = total.text + size.text <= DDB_MAX_EXPRESSION_BYTES &&
				total.operators + size.operators <= DDB_MAX_OPERATORS &&
				total.maps + size.maps <= MAX_MAP_BYTES;
			if (fits)
			{
				total.text += size.text;
				total.operators += size.operators;
				total.maps += size.maps;
				folded->terms = term->kind == DDB_TERM_AND ?
					list_concat(folded->terms, term->args) :
					lappend(folded->terms, term);
			}
		}
		if (root->exact && !(fits && term->exact))
			folded->exact = false;
	}
	folded->size = total.text;
	folded->operators = total.operators;
}
