/*-------------------------------------------------------------------------
 *
 * shippable.c
 *	  Which clauses constrain which attributes, each rule with its proof.
 *
 * A clause is read as "attribute op value" where value is any expression
 * that the local executor can evaluate before the request is sent: constants,
 * parameters, join keys, stable functions.  Everything read here is rechecked
 * locally, so a rule is sound if the items that satisfy the constraint
 * include all whose rows satisfy the clause:
 *
 * - SQL's comparison operators are strict, and an attribute that is missing,
 *   NULL or of another type never satisfies a DynamoDB comparison.  Where it
 *   reads as NULL, the clause isn't true either.
 * - Equality: the wire form of a column's values is canonical
 *   (ddb_datum_can_encode), so equal values have equal wire forms.  For text
 *   that holds under every deterministic collation, where equal means equal
 *   bytes; under others it doesn't.
 * - Order: DynamoDB orders strings by UTF-8 bytes, numbers by value, binaries
 *   by bytes.  For text SQL does so only under C-like collations in a UTF8
 *   database; for other types ddb_datum_is_ordered() knows.
 * - Prefixes: x LIKE 'p%' implies that x begins with p, byte for byte, under
 *   deterministic collations in a UTF8 database.  A pattern without wildcards
 *   is equal to what it matches.
 * - x IS NOT DISTINCT FROM v is x = v if v isn't NULL, or x never is.
 * - Lists: x = ANY (array) is true only if x equals one of its elements; an
 *   OR is true only if one of its arms is.  So where every arm says what an
 *   attribute equals, it equals one of those values; and where they say it of
 *   several attributes, it is one arm that says it of all.  Where every arm
 *   says that it is no less than some value, it is no less than the least of
 *   them (an arm whose value is NULL isn't true, and LEAST leaves it out); and
 *   likewise for no greater.
 * - Rows: (x, y) < (a, b) implies x <= a, and x >= a follows from >.  Where
 *   another clause says that x = a, they imply y < b and y > b.
 * - The date of a time, and the like: see calendar.c.
 *
 * Operators are recognised by their place in the btree operator family of
 * the column's type, never by name.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "base/compat.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "mapping/calendar.h"
#include "mapping/datum.h"
#include "mapping/shippable.h"
#include "mb/pg_wchar.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

/* A binary clause, its column on the left. */
typedef struct ColumnClause
{
	const DdbColumn *column;
	Node	   *left;			/* as written, casts included */
	Expr	   *value;
	Oid			valuetype;		/* of the value, or of the array's elements */
	Oid			opno;			/* commuted if need be */
	Oid			collation;		/* the operator's */
	bool		starts_with;	/* the function of that name, not opno */
	bool		is_list;		/* = ANY (value) */
} ColumnClause;

/* Casts that keep both value and order. */
static bool
is_lossless_cast(Oid funcid)
{
	switch (funcid)
	{
		case F_INT4_INT2:
		case F_INT8_INT2:
		case F_INT8_INT4:
		case F_NUMERIC_INT2:
		case F_NUMERIC_INT4:
		case F_NUMERIC_INT8:
			return true;
		default:
			return false;
	}
}

/* varchar and domains show as text, domains as their base type. */
static bool
is_lossless_relabel(const RelabelType *relabel)
{
	Oid			from = getBaseType(exprType((Node *) relabel->arg));
	Oid			to = getBaseType(relabel->resulttype);

	return from == to ||
		((from == TEXTOID || from == VARCHAROID) &&
		 (to == TEXTOID || to == VARCHAROID));
}

const DdbColumn *
ddb_shippable_match_column(RelOptInfo *rel, const DdbTableMap *map,
						   const Node *expr)
{
	const Var  *var;

	for (;;)
	{
		if (IsA(expr, CollateExpr))
			expr = (Node *) ((CollateExpr *) expr)->arg;
		else if (IsA(expr, RelabelType) &&
				 is_lossless_relabel((RelabelType *) expr))
			expr = (Node *) ((RelabelType *) expr)->arg;
		else if (IsA(expr, FuncExpr) &&
				 is_lossless_cast(((FuncExpr *) expr)->funcid))
			expr = linitial(((FuncExpr *) expr)->args);
		else
			break;
	}
	if (!IsA(expr, Var))
		return NULL;
	var = (const Var *) expr;
	if (var->varno != (int) rel->relid || var->varlevelsup != 0 ||
		var->varattno <= 0 || var->varattno > map->natts)
		return NULL;
	return map->columns[var->varattno - 1];
}

/* Takes a clause apart; false if no column stands alone on one side. */
static bool
match_clause(RelOptInfo *rel, const DdbTableMap *map, Node *clause,
			 ColumnClause *out)
{
	Node	   *left;
	Node	   *right;

	memset(out, 0, sizeof(*out));
	if ((IsA(clause, OpExpr) || IsA(clause, DistinctExpr)) &&
		list_length(((OpExpr *) clause)->args) == 2)
	{
		OpExpr	   *op = (OpExpr *) clause;

		left = linitial(op->args);
		right = lsecond(op->args);
		out->opno = op->opno;
		out->collation = op->inputcollid;
	}
	else if (IsA(clause, ScalarArrayOpExpr) &&
			 ((ScalarArrayOpExpr *) clause)->useOr)
	{
		ScalarArrayOpExpr *op = (ScalarArrayOpExpr *) clause;

		left = linitial(op->args);
		right = lsecond(op->args);
		out->opno = op->opno;
		out->is_list = true;
		out->collation = op->inputcollid;
	}
	else if (IsA(clause, FuncExpr) &&
			 ((FuncExpr *) clause)->funcid == F_STARTS_WITH)
	{
		FuncExpr   *func = (FuncExpr *) clause;

		left = linitial(func->args);
		right = lsecond(func->args);
		out->starts_with = true;
		out->collation = func->inputcollid;
	}
	else
		return false;

	out->column = ddb_shippable_match_column(rel, map, left);
	if (out->column == NULL && !out->starts_with && !out->is_list)
	{
		Node	   *swap = left;

		left = right;
		right = swap;
		out->column = ddb_shippable_match_column(rel, map, left);
		out->opno = get_commutator(out->opno);
		if (!OidIsValid(out->opno))
			return false;
	}
	out->left = left;
	out->value = (Expr *) right;
	out->valuetype = exprType(right);
	if (out->is_list)
		out->valuetype = get_base_element_type(out->valuetype);
	return out->column != NULL;
}

/* Can the local executor know the value before the scan starts? */
bool
ddb_shippable_is_value(PlannerInfo *root, RelOptInfo *rel, Node *expr)
{
	return !bms_is_member(rel->relid, pull_varnos(root, expr)) &&
		!contain_volatile_functions(expr) &&
		!contain_subplans(expr);
}

/* The comparison that an operator is in the family of the left type. */
bool
ddb_shippable_comparison(Oid opno, Oid lefttype, DdbOperator *op)
{
	TypeCacheEntry *type = lookup_type_cache(getBaseType(lefttype),
											 TYPECACHE_BTREE_OPFAMILY);

	if (!OidIsValid(type->btree_opf))
		return false;
	switch (get_op_opfamily_strategy(opno, type->btree_opf))
	{
		case BTLessStrategyNumber:
			*op = DDB_OP_LT;
			return true;
		case BTLessEqualStrategyNumber:
			*op = DDB_OP_LE;
			return true;
		case BTEqualStrategyNumber:
			*op = DDB_OP_EQ;
			return true;
		case BTGreaterEqualStrategyNumber:
			*op = DDB_OP_GE;
			return true;
		case BTGreaterStrategyNumber:
			*op = DDB_OP_GT;
			return true;
		default:
			return false;
	}
}

/* The operator of the constraint, whatever collations say of it. */
static bool
constraint_operator(const ColumnClause *clause, DdbOperator *op)
{
	/* ^@ has no macro of its own, but the function behind it has. */
	if (clause->starts_with || get_opcode(clause->opno) == F_STARTS_WITH)
	{
		*op = DDB_OP_BEGINS_WITH;
		return true;
	}
	if (clause->opno == OID_TEXT_LIKE_OP)
	{
		*op = DDB_OP_LIKE;
		return true;
	}
	return ddb_shippable_comparison(clause->opno, exprType(clause->left), op);
}

static char *
collation_words(Oid collation)
{
	char	   *name = OidIsValid(collation) ? get_collation_name(collation) :
		NULL;

	return name != NULL ? name : pstrdup("default");
}

/*
 * Does the wire agree with SQL on what this operator says of a column, under
 * a collation, and a value of type typid?  If not, *reason says why.
 */
bool
ddb_shippable_wire_agrees(const DdbColumn *column, DdbOperator op, Oid typid,
						  Oid collation, const char **reason)
{
	DdbColumn	view = *column;
	bool		is_text = OidIsValid(collation);
	bool		is_bound = op != DDB_OP_EQ && op != DDB_OP_BEGINS_WITH &&
		op != DDB_OP_LIKE;

	if (!(is_bound ? ddb_datum_can_bound(column, typid) :
		  ddb_datum_can_encode(column, typid)))
	{
		*reason = psprintf("values of column \"%s\" have no canonical form in DynamoDB",
						   column->name);
		return false;
	}
	if (is_text && !get_collation_isdeterministic(collation))
	{
		*reason = psprintf("collation \"%s\" of column \"%s\" is not deterministic",
						   collation_words(collation), column->name);
		return false;
	}
	if (op == DDB_OP_EQ)
		return true;
	if (!is_bound)
	{
		if (GetDatabaseEncoding() == PG_UTF8)
			return true;
		*reason = "prefixes are compared in UTF8 databases only";
		return false;
	}
	/* The clause may name a collation of its own. */
	if (is_text)
		view.collation = collation;
	if (ddb_datum_is_ordered(&view))
		return true;
	if (is_text && GetDatabaseEncoding() == PG_UTF8)
		*reason = psprintf("column \"%s\" has collation \"%s\"; declare it COLLATE \"C\"",
						   column->name, collation_words(collation));
	else
		*reason = psprintf("values of column \"%s\" are ordered differently in DynamoDB",
						   column->name);
	return false;
}

/* What a LIKE pattern is, as far as the planner can tell. */
typedef enum PatternKind
{
	PATTERN_OTHER,
	PATTERN_PREFIX,				/* a literal followed by one "%" */
	PATTERN_LITERAL,
} PatternKind;

static PatternKind
pattern_kind(const Node *pattern)
{
	text	   *value;
	const char *ptr;
	int			len;

	if (!IsA(pattern, Const) || ((const Const *) pattern)->constisnull)
		return PATTERN_OTHER;
	value = DatumGetTextPP(((const Const *) pattern)->constvalue);
	ptr = VARDATA_ANY(value);
	len = VARSIZE_ANY_EXHDR(value);
	for (int i = 0; i < len; i++)
	{
		if (ptr[i] == '_' || ptr[i] == '\\')
			return PATTERN_OTHER;
		if (ptr[i] == '%')
			return i == len - 1 ? PATTERN_PREFIX : PATTERN_OTHER;
	}
	return PATTERN_LITERAL;
}

/*
 * Takes "x IS NOT DISTINCT FROM v" for "x = v"; false for "IS DISTINCT FROM".
 */
static bool
read_distinct(Node **node)
{
	if (is_notclause(*node) &&
		IsA(get_notclausearg((Expr *) *node), DistinctExpr))
	{
		*node = (Node *) get_notclausearg((Expr *) *node);
		return true;
	}
	return !IsA(*node, DistinctExpr);
}

static bool
is_null_or_unknown(const Expr *value)
{
	return !IsA(value, Const) || ((const Const *) value)->constisnull;
}

/* What a reader of one clause needs to know, and its RestrictInfo. */
typedef struct Reader
{
	PlannerInfo *root;
	RelOptInfo *rel;
	const DdbTableMap *map;
	RestrictInfo *rinfo;
	const char *reason;			/* why a clause can't be a constraint */
} Reader;

/* Reads "column op value", or NULL. */
static DdbConstraint *
read_comparison(Reader *reader, Node *node)
{
	ColumnClause clause;
	DdbOperator op;
	DdbConstraint *constraint;

	if (!read_distinct(&node) ||
		!match_clause(reader->rel, reader->map, node, &clause) ||
		!constraint_operator(&clause, &op) ||
		(clause.is_list && op != DDB_OP_EQ))
	{
		reader->reason = "no key condition has this form";
		return NULL;
	}
	if (!ddb_shippable_is_value(reader->root, reader->rel, (Node *) clause.value))
	{
		reader->reason = "its value is not known before the request is sent";
		return NULL;
	}
	if (clause.column->whole_item || clause.column->nsteps > 0)
	{
		reader->reason = psprintf("column \"%s\" is not an attribute of its own",
								  clause.column->name);
		return NULL;
	}
	if (IsA(node, DistinctExpr) && !clause.column->not_null &&
		is_null_or_unknown(clause.value))
	{
		reader->reason = "it is true of items without the attribute if its value is NULL";
		return NULL;
	}
	if (op == DDB_OP_LIKE &&
		pattern_kind((Node *) clause.value) == PATTERN_LITERAL)
		op = DDB_OP_EQ;
	if (!ddb_shippable_wire_agrees(clause.column, op, clause.valuetype,
								   clause.collation, &reader->reason))
		return NULL;

	constraint = palloc0_object(DdbConstraint);
	constraint->template = ddb_template_of_column(clause.column);
	constraint->op = clause.is_list ? DDB_OP_IN : op;
	constraint->values = list_make1(clause.value);
	constraint->rinfo = reader->rinfo;
	constraint->exact = op != DDB_OP_LIKE ||
		pattern_kind((Node *) clause.value) == PATTERN_PREFIX;
	return constraint;
}

/*
 * Does a clause of the relation say that the i-th columns of a row comparison
 * are equal, in the sense of that comparison?  What is volatile has another
 * value there.
 */
static bool
are_equal(const Reader *reader, const RowCompareExpr *row, int i)
{
	Node	   *left = list_nth(row->largs, i);
	Node	   *right = list_nth(row->rargs, i);
	ListCell   *lc;

	if (contain_volatile_functions(right))
		return false;
	foreach(lc, reader->rel->baserestrictinfo)
	{
		Node	   *clause = (Node *) lfirst_node(RestrictInfo, lc)->clause;
		ColumnClause a;

		if (IsA(clause, OpExpr) &&
			match_clause(reader->rel, reader->map, clause, &a) &&
			get_op_opfamily_strategy(a.opno,
									 list_nth_oid(row->opfamilies, i)) ==
			BTEqualStrategyNumber &&
			a.collation == list_nth_oid(row->inputcollids, i) &&
			equal(a.left, left) && equal(a.value, right))
			return true;
	}
	return false;
}

/*
 * (x, y) < (a, b): what it says of x; or if x = a, as another clause says,
 * what it says of y, and so on.
 */
static List *
read_row(Reader *reader, RowCompareExpr *row)
{
	int			n = list_length(row->opnos);
	int			i = 0;
	Expr	   *clause;
	DdbConstraint *constraint;

	while (i < n - 1 && are_equal(reader, row, i))
		i++;
	clause = make_opclause(list_nth_oid(row->opnos, i), BOOLOID, false,
						   list_nth(row->largs, i), list_nth(row->rargs, i),
						   InvalidOid, list_nth_oid(row->inputcollids, i));
	constraint = read_comparison(reader, (Node *) clause);
	if (constraint == NULL)
		return NIL;
	constraint->estimate = clause;
	constraint->exact = false;
	constraint->close = true;
	/* equal here, the rest decides */
	if (i < n - 1 && constraint->op == DDB_OP_LT)
		constraint->op = DDB_OP_LE;
	else if (i < n - 1 && constraint->op == DDB_OP_GT)
		constraint->op = DDB_OP_GE;
	return list_make1(constraint);
}

/* What one arm of an OR says attributes equal. */
static List *
read_arm(Reader *reader, Node *arm)
{
	List	   *clauses = is_andclause(arm) ? ((BoolExpr *) arm)->args :
		list_make1(arm);
	List	   *equalities = NIL;
	ListCell   *lc;

	foreach(lc, clauses)
	{
		DdbConstraint *constraint = read_comparison(reader, lfirst(lc));

		if (constraint == NULL ||
			(constraint->op != DDB_OP_EQ && constraint->op != DDB_OP_IN))
			continue;
		constraint->exact = list_length(clauses) == 1;
		equalities = lappend(equalities, constraint);
	}
	return equalities;
}

static DdbConstraint *
find_same_column(const List *constraints, const DdbConstraint *constraint)
{
	ListCell   *lc;

	foreach(lc, constraints)
		if (ddb_template_get_plain(((DdbConstraint *) lfirst(lc))->template) ==
			ddb_template_get_plain(constraint->template))
			return lfirst(lc);
	return NULL;
}

/* Takes what another arm says of the same column in; false if nothing. */
static bool
add_arm(DdbConstraint *constraint, const List *arm)
{
	const DdbConstraint *other = find_same_column(arm, constraint);

	if (other == NULL)
		return false;
	constraint->values = list_concat(constraint->values, other->values);
	constraint->exact &= other->exact;
	constraint->zipped &= other->op == DDB_OP_EQ;
	return true;
}

/*
 * Can a value be had before it is known which arms of an OR are looked at?
 * Anything else might raise an error that the executor never comes to.
 */
static bool
is_at_hand(const Node *value)
{
	if (IsA(value, RelabelType))
		return is_at_hand((Node *) ((const RelabelType *) value)->arg);
	return IsA(value, Const) || IsA(value, Var) ||
		(IsA(value, Param) && ((const Param *) value)->paramkind == PARAM_EXTERN);
}

/* The bound that one arm of an OR sets to a column, or NULL. */
static DdbConstraint *
read_arm_bound(Reader *reader, Node *arm, const DdbColumn *column, bool lower)
{
	List	   *clauses = is_andclause(arm) ? ((BoolExpr *) arm)->args :
		list_make1(arm);
	ListCell   *lc;

	foreach(lc, clauses)
	{
		DdbConstraint *bound = read_comparison(reader, lfirst(lc));

		if (bound == NULL ||
			ddb_template_get_plain(bound->template) != column ||
			!is_at_hand(linitial(bound->values)) ||
			(bound->op != DDB_OP_EQ &&
			 bound->op != (lower ? DDB_OP_GE : DDB_OP_LE) &&
			 bound->op != (lower ? DDB_OP_GT : DDB_OP_LT)))
			continue;
		bound->estimate = lfirst(lc);
		bound->close = bound->op == DDB_OP_EQ || list_length(clauses) == 1;
		return bound;
	}
	return NULL;
}

/* LEAST or GREATEST of values of a column's own type; NULL for others. */
static Expr *
make_extreme(Reader *reader, const DdbColumn *column, const Expr *clause,
			 bool lower, List *values)
{
	MinMaxExpr *extreme = makeNode(MinMaxExpr);
	ListCell   *lc;

	extreme->minmaxtype = getBaseType(column->typid);
	extreme->minmaxcollid = exprCollation(linitial(values));
	extreme->inputcollid = exprInputCollation((const Node *) clause);
	extreme->op = lower ? IS_LEAST : IS_GREATEST;
	extreme->args = values;
	extreme->location = -1;
	/* of others, what is less here may be greater once it is converted */
	foreach(lc, values)
		if (exprType(lfirst(lc)) != extreme->minmaxtype)
			return NULL;
	return (Expr *) eval_const_expressions(reader->root, (Node *) extreme);
}

/*
 * The bound that an OR sets to a column, as all of its arms do, or NULL:
 * "x > a OR (x = a AND y > b)" is how keyset paging is written without row
 * comparisons.
 */
static DdbConstraint *
read_bound(Reader *reader, BoolExpr *or, const DdbColumn *column, bool lower)
{
	DdbConstraint *result = NULL;
	List	   *values = NIL;
	bool		strict = true;
	bool		close = true;
	bool		same = true;
	ListCell   *lc;

	foreach(lc, or->args)
	{
		DdbConstraint *bound = read_arm_bound(reader, lfirst(lc), column,
											  lower);

		if (bound == NULL)
			return NULL;
		strict &= bound->op == DDB_OP_GT || bound->op == DDB_OP_LT;
		close &= bound->close;
		values = lappend(values, linitial(bound->values));
		same &= equal(linitial(bound->values), linitial(values));
		if (result == NULL || result->op == DDB_OP_EQ)
			result = bound;
	}
	if (result->op == DDB_OP_EQ)
		return NULL;
	if (!same)
	{
		Expr	   *extreme = make_extreme(reader, column, result->estimate,
										   lower, values);

		if (extreme == NULL)
			return NULL;
		result->values = list_make1(extreme);
	}
	if (!strict || !same)
		result->op = lower ? DDB_OP_GE : DDB_OP_LE;
	result->exact = false;
	result->close = close && same;
	return result;
}

/* What an OR says of the columns of its first arm beyond these constraints. */
static List *
read_bounds(Reader *reader, BoolExpr *or, List *constraints)
{
	Node	   *arm = linitial(or->args);
	List	   *clauses = is_andclause(arm) ? ((BoolExpr *) arm)->args :
		list_make1(arm);
	ListCell   *lc;

	foreach(lc, clauses)
	{
		const DdbConstraint *first = read_comparison(reader, lfirst(lc));

		if (first == NULL || find_same_column(constraints, first) != NULL)
			continue;
		for (int lower = 0; lower <= 1; lower++)
		{
			DdbConstraint *bound =
				read_bound(reader, or,
						   ddb_template_get_plain(first->template), lower);

			if (bound != NULL)
				constraints = lappend(constraints, bound);
		}
	}
	return constraints;
}

/*
 * x = a OR x = b; (x = a AND y = b) OR (x = c AND y = d); and
 * x > a OR (x = a AND y > b)
 */
static List *
read_or(Reader *reader, BoolExpr *or)
{
	List	   *arms = NIL;
	List	   *constraints = NIL;
	bool		zipped;
	ListCell   *lc;
	ListCell   *la;

	foreach(lc, or->args)
		arms = lappend(arms, read_arm(reader, lfirst(lc)));
	foreach(lc, (List *) linitial(arms))
	{
		DdbConstraint *constraint = lfirst(lc);
		bool		everywhere = true;

		/* two of one arm on one column: one will do */
		if (find_same_column(constraints, constraint) != NULL)
			continue;
		constraint->zipped = constraint->op == DDB_OP_EQ;
		for_each_from(la, arms, 1)
			everywhere = everywhere && add_arm(constraint, lfirst(la));
		constraint->op = DDB_OP_IN;
		if (everywhere)
			constraints = lappend(constraints, constraint);
	}

	/* An array among the values, or a list alone, makes no pairs. */
	zipped = list_length(constraints) > 1;
	foreach(lc, constraints)
		zipped &= ((DdbConstraint *) lfirst(lc))->zipped;
	foreach(lc, constraints)
		((DdbConstraint *) lfirst(lc))->zipped = zipped;
	constraints = read_bounds(reader, or, constraints);
	if (constraints == NIL)
		reader->reason = "its arms do not all say what one attribute equals";
	return constraints;
}

/* What a condition on the date of a time says of the time. */
static List *
read_calendar(Reader *reader, Node *clause)
{
	List	   *constraints = NIL;
	ListCell   *lc;

	foreach(lc, ddb_calendar_bounds(reader->root, clause))
	{
		DdbConstraint *constraint = read_comparison(reader, lfirst(lc));

		if (constraint == NULL)
			continue;
		constraint->estimate = lfirst(lc);
		constraint->exact = false;
		constraints = lappend(constraints, constraint);
	}
	return constraints;
}

List *
ddb_shippable_constraints(PlannerInfo *root, RelOptInfo *rel,
						  const DdbTableMap *map, RestrictInfo *rinfo,
						  const char **reason)
{
	Reader		reader = {root, rel, map, rinfo, NULL};
	Node	   *clause = (Node *) rinfo->clause;
	List	   *constraints;

	if (is_orclause(clause))
		constraints = read_or(&reader, (BoolExpr *) clause);
	else if (IsA(clause, RowCompareExpr))
		constraints = read_row(&reader, (RowCompareExpr *) clause);
	else
	{
		DdbConstraint *constraint = read_comparison(&reader, clause);

		constraints = constraint != NULL ? list_make1(constraint) :
			read_calendar(&reader, clause);
	}
	*reason = constraints == NIL ? reader.reason : NULL;
	return constraints;
}
