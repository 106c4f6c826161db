/*-------------------------------------------------------------------------
 *
 * deparse.c
 *	  Says in words what an access does, and what it doesn't and why.
 *
 * The words are made at plan time, when the expressions still know their
 * relations: join keys print as o.customer_id, parameters as $n, attribute
 * names in double quotes and their own case.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "catalog/pg_type.h"
#include "fdw/deparse.h"
#include "mapping/condition.h"
#include "mapping/shippable.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"

/* A key condition names no more values of a list. */
#define MAX_LISTED 5

static const char *const operator_words[] = {
	[DDB_OP_EQ] = "=",
	[DDB_OP_LT] = "<",
	[DDB_OP_LE] = "<=",
	[DDB_OP_GE] = ">=",
	[DDB_OP_GT] = ">",
};

/* PlaceHolderVars are the planner's own; ruleutils doesn't know them. */
static Node *
strip_placeholders(Node *node, void *context)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, PlaceHolderVar))
		return strip_placeholders((Node *) ((PlaceHolderVar *) node)->phexpr,
								  context);
	return expression_tree_mutator(node, strip_placeholders, context);
}

/*
 * A parameter prints as the subquery that yields it ("(InitPlan 1).col1").
 * Since 17 that is looked up in a plan, which there must be; there is none
 * yet, so this one stands in for those of this level and the ones above.
 */
static List *
add_subqueries(PlannerInfo *root, List *context)
{
	Plan	   *plan = (Plan *) makeNode(Result);

	for (; root != NULL; root = root->parent_root)
		plan->initPlan = list_concat(plan->initPlan, root->init_plans);
	return set_deparse_context_plan(context, plan, NIL);
}

/*
 * Names for the relations of a query, as EXPLAIN would choose them.  That
 * takes a while if there are hundreds, as with partitions; an expression
 * without columns does with a context that names none.
 */
static List *
deparse_context(PlannerInfo *root, bool with_relations)
{
	PlannedStmt *stmt = makeNode(PlannedStmt);
	List	   *names = NIL;
	Bitmapset  *rels = NULL;

	if (with_relations)
	{
		stmt->rtable = root->parse->rtable;
		stmt->appendRelations = root->append_rel_list;
		for (int i = 1; i <= list_length(stmt->rtable); i++)
			rels = bms_add_member(rels, i);
		names = select_rtable_names_for_explain(stmt->rtable, rels);
	}
	return add_subqueries(root, deparse_context_for_plan_tree(stmt, names));
}

static char *
deparse(PlannerInfo *root, Node *expr)
{
	bool		has_columns;

	expr = strip_placeholders(expr, NULL);
	has_columns = !bms_is_empty(pull_varnos(root, expr));
	return deparse_expression(expr, deparse_context(root, has_columns),
							  list_length(root->parse->rtable) > 1, false);
}

/* An expression as SQL reads, palloc'd. */
char *
ddb_deparse_expr(PlannerInfo *root, Node *expr)
{
	return deparse(root, expr);
}

/* A clause about one relation alone, the only one to be named. */
static char *
deparse_own_clause(PlannerInfo *root, RelOptInfo *rel, Node *clause)
{
	RangeTblEntry *rte = planner_rt_fetch(rel->relid, root);
	List	   *context;

	if (bms_membership(pull_varnos(root, clause)) == BMS_MULTIPLE)
		return deparse(root, clause);
	clause = strip_placeholders(clause, NULL);
	ChangeVarNodes(clause, rel->relid, 1, 0);
	context = add_subqueries(root, deparse_context_for(rte->eref->aliasname,
													   rte->relid));
	return deparse_expression(clause, context, false, false);
}

/* The relation that a subquery is in the level above it; NULL if none. */
static RelOptInfo *
subquery_rel(PlannerInfo *subquery)
{
	PlannerInfo *outer = subquery->parent_root;

	for (int i = 1; outer != NULL && i < outer->simple_rel_array_size; i++)
	{
		RelOptInfo *rel = outer->simple_rel_array[i];

		if (rel != NULL && rel->subroot == subquery)
			return rel;
	}
	return NULL;
}

/*
 * A parameter that comes from the other side of LATERAL reads as what it
 * stands for: this level knows it as a number, the level that supplies it as
 * an expression.  NULL if it isn't one.
 */
static char *
deparse_lateral_param(PlannerInfo *root, Node *value)
{
	Param	   *param = (Param *) value;
	RelOptInfo *rel = subquery_rel(root);
	ListCell   *lc;

	if (!IsA(value, Param) || param->paramkind != PARAM_EXEC || rel == NULL)
		return NULL;
	foreach(lc, rel->subplan_params)
	{
		PlannerParamItem *item = lfirst(lc);

		if (item->paramId == param->paramid)
			return deparse(root->parent_root, item->item);
	}
	return NULL;
}

/* A constant as the attribute holds it: no cast, numbers without quotes. */
static char *
deparse_constant(const Const *constant)
{
	Oid			output;
	bool		isvarlena;
	char	   *text;

	if (constant->consttype == BOOLOID)
		return pstrdup(DatumGetBool(constant->constvalue) ? "true" : "false");
	getTypeOutputInfo(constant->consttype, &output, &isvarlena);
	text = OidOutputFunctionCall(output, constant->constvalue);
	if (TypeCategory(constant->consttype) == TYPCATEGORY_NUMERIC)
		return text;
	return quote_literal_cstr(text);
}

/* A value that a condition compares with, for EXPLAIN. */
char *
ddb_deparse_value(PlannerInfo *root, Node *value)
{
	char	   *words;

	if (IsA(value, Const) && !((Const *) value)->constisnull)
		return deparse_constant((Const *) value);
	words = deparse_lateral_param(root, value);
	return words != NULL ? words : deparse(root, value);
}

/* A value of a constraint. */
static char *
deparse_value(PlannerInfo *root, DdbOperator op, Node *value)
{
	Const	   *constant = (Const *) value;

	if (!IsA(value, Const) || constant->constisnull)
		return psprintf(op == DDB_OP_LIKE ? "prefix of %s" : "%s",
						ddb_deparse_value(root, value));
	if (op == DDB_OP_LIKE)
	{
		constant = copyObject(constant);
		constant->constvalue = ddb_condition_like_prefix(constant->constvalue);
	}
	return deparse_constant(constant);
}

/* The elements of a constant array, as text, one after another. */
static List *
deparse_elements(const Const *array)
{
	ArrayType  *value = DatumGetArrayTypeP(array->constvalue);
	Const	   *element = makeNode(Const);
	List	   *words = NIL;
	Datum	   *datums;
	bool	   *nulls;
	int			n;
	int16		typlen;
	char		typalign;

	element->consttype = ARR_ELEMTYPE(value);
	get_typlenbyvalalign(element->consttype, &typlen, &element->constbyval,
						 &typalign);
	element->constlen = typlen;
	deconstruct_array(value, element->consttype, typlen, element->constbyval,
					  typalign, &datums, &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		element->constvalue = datums[i];
		words = lappend(words, nulls[i] ? "NULL" : deparse_constant(element));
	}
	return words;
}

/* The operands of a list, each as text. */
static List *
deparse_operands(PlannerInfo *root, const DdbConstraint *constraint)
{
	List	   *words = NIL;
	ListCell   *lc;

	foreach(lc, constraint->values)
	{
		Node	   *value = lfirst(lc);

		if (!OidIsValid(get_base_element_type(exprType(value))))
			words = lappend(words, deparse_value(root, DDB_OP_EQ, value));
		else if (IsA(value, Const) && !((Const *) value)->constisnull)
			words = list_concat(words, deparse_elements((Const *) value));
		else
			words = lappend(words,
							psprintf("ANY (%s)",
									 deparse_value(root, DDB_OP_EQ, value)));
	}
	return words;
}

/* "a, b, c", or the first few and how many there are. */
static char *
list_words(const List *words)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, words)
	{
		if (foreach_current_index(lc) == MAX_LISTED)
		{
			appendStringInfo(&buf, ", ... (%d values)", list_length(words));
			break;
		}
		appendStringInfo(&buf, "%s%s", buf.len > 0 ? ", " : "",
						 (char *) lfirst(lc));
	}
	return buf.data;
}

/* "PK" IN ('a', 'b'), "PK" = ANY ($1) */
static char *
deparse_list(PlannerInfo *root, const DdbConstraint *constraint)
{
	char	   *name = ddb_template_quote(constraint->template->attribute);
	List	   *words = deparse_operands(root, constraint);

	if (list_length(words) == 1 &&
		strncmp(linitial(words), "ANY (", strlen("ANY (")) == 0)
		return psprintf("%s = %s", name, (char *) linitial(words));
	return psprintf("%s IN (%s)", name, list_words(words));
}

/* ("PK", "SK") IN (('a', 1), ('b', 2)) */
static char *
deparse_pairs(PlannerInfo *root, const DdbConstraint *first,
			  const DdbConstraint *second)
{
	List	   *words = NIL;
	ListCell   *la;
	ListCell   *lb;

	forboth(la, deparse_operands(root, first),
			lb, deparse_operands(root, second))
		words = lappend(words, psprintf("(%s, %s)", (char *) lfirst(la),
										(char *) lfirst(lb)));
	return psprintf("(%s, %s) IN (%s)",
					ddb_template_quote(first->template->attribute),
					ddb_template_quote(second->template->attribute),
					list_words(words));
}

/* A constraint as SQL reads. */
static char *
deparse_constraint(PlannerInfo *root, const DdbConstraint *constraint)
{
	char	   *name = ddb_template_quote(constraint->template->attribute);
	char	   *value;

	if (constraint->op == DDB_OP_IN)
		return deparse_list(root, constraint);
	value = deparse_value(root, constraint->op, linitial(constraint->values));
	if (constraint->op == DDB_OP_BEGINS_WITH || constraint->op == DDB_OP_LIKE)
		return psprintf("begins_with(%s, %s)", name, value);
	return psprintf("%s %s %s", name, operator_words[constraint->op], value);
}

static bool
is_bound(const DdbConstraint *constraint)
{
	return constraint->op >= DDB_OP_LT && constraint->op <= DDB_OP_GT;
}

/* Are these two all there is of their attribute, a bound on each side? */
static bool
is_between(const List *constraints, int i)
{
	const DdbConstraint *a = list_nth(constraints, i);
	const DdbConstraint *b;

	if (i + 2 != list_length(constraints))
		return false;
	b = list_nth(constraints, i + 1);
	return is_bound(a) && is_bound(b) &&
		strcmp(a->template->attribute, b->template->attribute) == 0 &&
		(a->op >= DDB_OP_GE) != (b->op >= DDB_OP_GE) &&
		(i == 0 || strcmp(a->template->attribute,
						  ((DdbConstraint *) list_nth(constraints, i - 1))->template->attribute) != 0);
}

/* "SK" BETWEEN 'a' AND 'b': two bounds are sent as one condition. */
static char *
deparse_between(PlannerInfo *root, const DdbConstraint *a,
				const DdbConstraint *b)
{
	const DdbConstraint *lower = a->op >= DDB_OP_GE ? a : b;
	const DdbConstraint *upper = lower == a ? b : a;

	return psprintf("%s BETWEEN %s AND %s",
					ddb_template_quote(a->template->attribute),
					deparse_value(root, lower->op, linitial(lower->values)),
					deparse_value(root, upper->op, linitial(upper->values)));
}

/* Does a constraint say nothing, as LIKE '%x' does of the beginning? */
static bool
is_empty_prefix(PlannerInfo *root, const DdbConstraint *constraint)
{
	return constraint->op == DDB_OP_LIKE &&
		strcmp(deparse_value(root, DDB_OP_LIKE,
							 linitial(constraint->values)), "''") == 0;
}

/* "PK" = 'USER#1' AND begins_with("SK", 'ORDER#') */
char *
ddb_deparse_key_condition(PlannerInfo *root, const DdbAccess *access)
{
	const List *constraints = access->constraints;
	int			n = list_length(constraints);
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < n; i++)
	{
		const DdbConstraint *constraint = list_nth(constraints, i);
		const DdbConstraint *next = i + 1 < n ?
			list_nth(constraints, i + 1) : NULL;
		char	   *words;

		/* every key begins with '', and nothing is sent */
		if (is_empty_prefix(root, constraint))
			continue;
		if (next != NULL && constraint->zipped && next->zipped &&
			constraint->rinfo == next->rinfo)
		{
			words = deparse_pairs(root, constraint, next);
			i++;
		}
		else if (next != NULL && is_between(constraints, i))
		{
			words = deparse_between(root, constraint, next);
			i++;
		}
		else
			words = deparse_constraint(root, constraint);
		appendStringInfo(&buf, "%s%s", buf.len > 0 ? " AND " : "", words);
	}
	return buf.data;
}

/*
 * Clauses that the level above keeps for itself: they would have become this
 * relation's but for a security barrier, a LIMIT or the like.
 */
static List *
kept_above(PlannerInfo *root)
{
	RelOptInfo *rel = subquery_rel(root);
	RangeTblEntry *rte;
	List	   *words = NIL;
	ListCell   *lc;

	if (rel == NULL)
		return NIL;
	rte = planner_rt_fetch(rel->relid, root->parent_root);
	foreach(lc, rel->baserestrictinfo)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, lc);

		words = lappend(words,
						makeString(psprintf(rte->security_barrier ?
											"%s: it is not leakproof, so the security barrier of \"%s\" keeps it above" :
											"%s: it is checked above subquery \"%s\"",
											deparse(root->parent_root,
													(Node *) rinfo->clause),
											rte->eref->aliasname)));
	}
	return words;
}

/* Each clause of which nothing is sent, and why. */
List *
ddb_deparse_not_pushed(PlannerInfo *root, RelOptInfo *rel,
					   const DdbPushdown *pushdown)
{
	List	   *words = kept_above(root);
	ListCell   *lc;
	ListCell   *lr;

	forboth(lc, pushdown->unsent, lr, pushdown->reasons)
	{
		Node	   *clause = (Node *) lfirst_node(RestrictInfo, lc)->clause;

		words = lappend(words,
						makeString(psprintf("%s: %s",
											deparse_own_clause(root, rel,
															   clause),
											strVal(lfirst(lr)))));
	}
	return words;
}

/* Each index that isn't used, and why. */
List *
ddb_deparse_rejected(RelOptInfo *rel, const DdbAccess *access,
					 const DdbClauses *clauses)
{
	DdbRelation *relation = rel->fdw_private;
	const DdbSchema *schema = relation->map->schema;
	List	   *words = NIL;

	for (int i = 0; i < schema->nindexes; i++)
	{
		const DdbIndex *index = &schema->indexes[i];
		DdbAccess	other;
		const char *reason;

		if (index == access->index)
			continue;
		if (ddb_access_match(rel, index, clauses, &other, &reason))
			reason = "it would cost more";
		words = lappend(words, makeString(psprintf("%s: %s", index->name,
												   reason)));
	}
	return words;
}

/* A column that would show an attribute but for letter case, in a sentence. */
static const char *
near_miss(const DdbTableMap *map, const char *attribute)
{
	for (int i = 0; i < map->natts; i++)
	{
		const DdbColumn *column = map->columns[i];

		if (column != NULL && column->attribute != NULL &&
			pg_strcasecmp(column->attribute, attribute) == 0)
			return psprintf("  Column \"%s\" shows %s: letter case counts.",
							column->name,
							ddb_template_quote(column->attribute));
	}
	return "";
}

/*
 * What would turn a Scan into something cheaper: an index that only lacks a
 * condition, else the key.  For the detail of a refusal.
 */
char *
ddb_deparse_advice(RelOptInfo *rel, const DdbClauses *clauses)
{
	DdbRelation *relation = rel->fdw_private;
	const DdbSchema *schema = relation->map->schema;
	const DdbIndex *index;
	const DdbColumn *column;

	for (int i = 0; i < schema->nindexes; i++)
	{
		DdbAccess	access;
		const char *reason;

		index = &schema->indexes[i];
		if (!ddb_access_match(rel, index, clauses, &access, &reason) &&
			access.npartition > 0)
			return psprintf("Index \"%s\" could answer, but %s.", index->name,
							reason);
	}
	index = &schema->primary;
	column = ddb_column_lookup_attribute(relation->map,
										 index->partition[0].name);
	if (column == NULL)
		return psprintf("No column shows its partition key %s.%s",
						ddb_template_quote(index->partition[0].name),
						near_miss(relation->map, index->partition[0].name));
	return psprintf("No condition says what its partition key %s (column \"%s\") equals, nor that of any index.",
					ddb_template_quote(index->partition[0].name),
					column->name);
}
