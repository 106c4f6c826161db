/*-------------------------------------------------------------------------
 *
 * filter_rules.c
 *	  Which expressions are conditions that DynamoDB can check, each rule
 *	  with its proof.
 *
 * A rule reads an expression, or its negation, as an atom: a column, an
 * operator and a value that is known before the request is sent.  It has to
 * show that the condition which filter_fold.c makes of the atom is true for
 * exactly the items for which SQL's expression is true (the atom is exact),
 * or at least for all of those (it is a superset, and rechecked).
 *
 * What all of them rest on.  A column of DynamoDB type K reads as NULL where
 * its attribute is missing, NULL, or of another type (or that is an error).
 * A comparison with a K-typed operand, begins_with() of an S or B and
 * contains() on a guarded attribute are false there, so where SQL's strict
 * operators yield NULL nothing has to be added; a negated condition, which is
 * true there, is guarded by attribute_type(a, K).
 *
 * Where a value of type K may be none of the column (an N with a fraction in
 * an integer column) and reads as NULL, conditions are true of it that SQL's
 * aren't.  So under on_type_mismatch 'null' only columns are exact that
 * every value of type K fits (ddb_datum_is_total()), and what is true of
 * NULLs stays local for the others.  Where a misfit is an error there are no
 * such rows to be exact about: a filter may keep the error from appearing.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "mapping/condition.h"
#include "mapping/datum.h"
#include "mapping/filter_rules.h"
#include "mapping/filter_tree.h"
#include "mapping/member.h"
#include "mapping/pattern.h"
#include "mapping/shippable.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"

/* An operator between two expressions, or an expression and an array's. */
typedef struct Comparison
{
	Node	   *left;
	Node	   *right;
	Oid			opno;			/* of starts_with() the one of that meaning */
	Oid			function;		/* behind it */
	Oid			collation;
	DdbQuantifier quantifier;	/* of the right side, an array */
} Comparison;

static DdbFilter *
make_atom(const DdbColumn *column, DdbFilterOp op, bool negated, Expr *value)
{
	DdbFilter  *atom = palloc0_object(DdbFilter);

	atom->kind = DDB_FILTER_ATOM;
	atom->op = negated ? ddb_filter_negate(op) : op;
	atom->column = column;
	atom->value = value;
	atom->exact = true;
	return atom;
}

/* Values that don't fit read as NULL, and are told from others here alone. */
static DdbFilter *
make_not_total(const DdbColumn *column)
{
	return ddb_filter_tree_make_local(psprintf("values that do not fit column \"%s\" read as NULL",
											   column->name));
}

static DdbFilter *
make_whole_item(const DdbColumn *column)
{
	return ddb_filter_tree_make_local(psprintf("column \"%s\" is not an attribute of its own",
											   column->name));
}

/*
 * A boolean expression without columns, as in "$1 IS NULL OR a = $1".
 *
 * It has one value for all items, which is known before the request is sent;
 * the atom folds to true or to false.
 */
static DdbFilter *
read_value(const DdbFilterReader *reader, Node *node, bool negated)
{
	if (exprType(node) != BOOLOID ||
		!ddb_shippable_is_value(reader->root, reader->rel, node))
		return NULL;
	return make_atom(NULL, DDB_FILTER_VALUE, negated, (Expr *) node);
}

/*
 * A boolean column by itself.
 *
 * "a" is true where a = true is, "NOT a" where a = false is.
 */
static DdbFilter *
read_boolean_column(const DdbFilterReader *reader, Node *node, bool negated)
{
	const DdbColumn *column;
	const char *reason;
	DdbFilter  *atom;

	if (exprType(node) != BOOLOID)
		return NULL;
	column = ddb_shippable_match_column(reader->rel, reader->map, node);
	if (column == NULL)
		return NULL;
	if (!ddb_shippable_wire_agrees(column, DDB_OP_EQ, BOOLOID, InvalidOid,
								   &reason))
		return ddb_filter_tree_make_local(reason);
	atom = make_atom(column, DDB_FILTER_EQ, false,
					 (Expr *) makeBoolConst(!negated, false));
	atom->exact = ddb_datum_is_total(column);
	return atom;
}

/*
 * IS NULL, IS NOT NULL.
 *
 * A column is not NULL where its attribute has type K and the value fits.
 * Where it is NULL the attribute is missing or NULL, or has another type if
 * that isn't an error.  Columns that show any type (json, jsonb) are NULL
 * where the attribute is missing or NULL.
 */
static DdbFilter *
read_null_test(const DdbFilterReader *reader, Node *node, bool negated)
{
	NullTest   *test = (NullTest *) node;
	const DdbColumn *column;
	DdbFilter  *atom;

	if (!IsA(node, NullTest) || test->argisrow)
		return NULL;
	column = ddb_shippable_match_column(reader->rel, reader->map,
										(Node *) test->arg);
	if (column == NULL)
		return NULL;
	if (column->whole_item)
		return make_whole_item(column);
	atom = make_atom(column, DDB_FILTER_NULL,
					 (test->nulltesttype == IS_NOT_NULL) != negated, NULL);
	atom->exact = ddb_datum_is_total(column);
	if (!atom->exact && atom->op == DDB_FILTER_NULL)
		return make_not_total(column);
	return atom;
}

/* Takes an operator, function or array comparison apart. */
static bool
match_comparison(Node *node, Comparison *out)
{
	List	   *args;

	memset(out, 0, sizeof(*out));
	if (IsA(node, OpExpr) || IsA(node, DistinctExpr))
	{
		OpExpr	   *op = (OpExpr *) node;

		args = op->args;
		out->opno = op->opno;
		out->collation = op->inputcollid;
	}
	else if (IsA(node, ScalarArrayOpExpr))
	{
		ScalarArrayOpExpr *op = (ScalarArrayOpExpr *) node;

		args = op->args;
		out->opno = op->opno;
		out->collation = op->inputcollid;
		out->quantifier = op->useOr ? DDB_QUANTIFIER_ANY : DDB_QUANTIFIER_ALL;
	}
	else if (IsA(node, FuncExpr) &&
			 ((FuncExpr *) node)->funcid == F_STARTS_WITH)
	{
		args = ((FuncExpr *) node)->args;
		out->function = F_STARTS_WITH;
		out->collation = ((FuncExpr *) node)->inputcollid;
	}
	else
		return false;
	if (list_length(args) != 2)
		return false;
	out->left = linitial(args);
	out->right = lsecond(args);
	if (OidIsValid(out->opno))
		out->function = get_opcode(out->opno);
	return true;
}

/* Swaps the sides; false if the operator has no commutator. */
static bool
commute(Comparison *comparison)
{
	Oid			commutator = get_commutator(comparison->opno);
	Node	   *left = comparison->left;

	if (!OidIsValid(commutator))
		return false;
	comparison->left = comparison->right;
	comparison->right = left;
	comparison->opno = commutator;
	comparison->function = get_opcode(commutator);
	return true;
}

/*
 * The column that is compared, on the left afterwards; NULL if there is
 * none.
 */
static const DdbColumn *
match_left_column(const DdbFilterReader *reader, Comparison *comparison)
{
	const DdbColumn *column;

	column = ddb_shippable_match_column(reader->rel, reader->map,
										comparison->left);
	if (column != NULL || !OidIsValid(comparison->opno) ||
		comparison->quantifier != DDB_QUANTIFIER_NONE)
		return column;
	column = ddb_shippable_match_column(reader->rel, reader->map,
										comparison->right);
	return column != NULL && commute(comparison) ? column : NULL;
}

/* A comparison of the btree family, or the negation of one: <>. */
static bool
match_btree_operator(const Comparison *comparison, DdbOperator *base,
					 DdbFilterOp *op)
{
	static const DdbFilterOp ops[] = {
		[DDB_OP_EQ] = DDB_FILTER_EQ,
		[DDB_OP_LT] = DDB_FILTER_LT,
		[DDB_OP_LE] = DDB_FILTER_LE,
		[DDB_OP_GE] = DDB_FILTER_GE,
		[DDB_OP_GT] = DDB_FILTER_GT,
	};
	Oid			type = exprType(comparison->left);
	Oid			negator;

	if (!OidIsValid(comparison->opno))
		return false;
	if (ddb_shippable_comparison(comparison->opno, type, base))
	{
		*op = ops[*base];
		return true;
	}
	negator = get_negator(comparison->opno);
	if (!OidIsValid(negator) ||
		!ddb_shippable_comparison(negator, type, base) || *base != DDB_OP_EQ)
		return false;
	*op = DDB_FILTER_NE;
	return true;
}

/*
 * The operator of an atom, and the one of a key condition that asks the same
 * of the wire.
 */
static bool
match_operator(const Comparison *comparison, DdbOperator *base,
			   DdbFilterOp *op)
{
	switch (comparison->function)
	{
		case F_STARTS_WITH:
			*base = DDB_OP_BEGINS_WITH;
			*op = DDB_FILTER_PREFIX;
			return true;
		case F_TEXTLIKE:
			*base = DDB_OP_LIKE;
			*op = DDB_FILTER_LIKE;
			return true;
		case F_TEXTNLIKE:
			*base = DDB_OP_LIKE;
			*op = DDB_FILTER_NOT_LIKE;
			return true;
		default:
			return match_btree_operator(comparison, base, op);
	}
}

/*
 * LIKE, as far as a constant pattern tells.
 *
 * 'x' is equality, 'x%' begins_with(), '%x%' contains(): all of them exact
 * for strings.  (contains() is also true of a set or list with the member x,
 * which attribute_type(a, 'S') excludes; negated, it needs that guard
 * anyway.)  Of every other pattern the texts between its wildcards are
 * looked for: a superset, of which nothing negated can be said.  A pattern
 * that becomes known at run time is taken for one of the former here.
 */
static DdbFilter *
grade_like(DdbFilter *atom)
{
	Const	   *constant = (Const *) atom->value;
	DdbPattern	pattern;

	if (!IsA(constant, Const) || constant->constisnull ||
		atom->quantifier != DDB_QUANTIFIER_NONE)
		return atom;
	ddb_pattern_parse(constant->constvalue, &pattern);
	if (pattern.kind != DDB_PATTERN_OTHER &&
		pattern.kind != DDB_PATTERN_INVALID)
		return atom;
	if (atom->op == DDB_FILTER_NOT_LIKE)
		return ddb_filter_tree_make_local("of patterns only 'x', 'x%' and '%x%' can be negated");
	atom->exact = false;
	return atom;
}

/* The type of the values that a column is compared with. */
static Oid
value_type(const Comparison *comparison)
{
	Oid			type = exprType(comparison->right);

	return comparison->quantifier == DDB_QUANTIFIER_NONE ? type :
		get_base_element_type(type);
}

/*
 * Comparisons: = <> < <= > >= LIKE ^@ starts_with(), with a value or with
 * any or all of an array (IN, NOT IN).
 *
 * - Equal values of a column have equal wire forms, and others others
 *   (ddb_datum_can_encode()); for text that takes a deterministic collation.
 *   A value without a wire form equals nothing.
 * - DynamoDB orders values as SQL does (ddb_datum_is_ordered()).  A bound
 *   that no column value can equal is moved to the next one, where < and <=
 *   are the same.  Only timestamps that depend on the session's time zone
 *   (what can be bounded and not encoded) are moved further: a superset.
 * - op ANY is the OR over the members, op ALL the AND; NULL members are
 *   never true.  NOT turns one into the other, as it does OR and AND.
 */
static DdbFilter *
read_comparison(const DdbFilterReader *reader, Node *node, bool negated)
{
	Comparison	comparison;
	const DdbColumn *column;
	DdbFilter  *atom;
	DdbFilterOp op;
	DdbOperator base;
	Oid			type;
	const char *reason;

	if (!match_comparison(node, &comparison))
		return NULL;
	column = match_left_column(reader, &comparison);
	if (column == NULL || !match_operator(&comparison, &base, &op))
		return NULL;
	if (!ddb_shippable_is_value(reader->root, reader->rel, comparison.right))
		return ddb_filter_tree_make_local("its value is not known before the request is sent");
	if (column->whole_item)
		return make_whole_item(column);
	type = value_type(&comparison);
	if (!ddb_shippable_wire_agrees(column, base, type, comparison.collation,
								   &reason))
		return ddb_filter_tree_make_local(reason);

	atom = make_atom(column, op, negated, (Expr *) comparison.right);
	atom->quantifier = negated ?
		ddb_filter_negate_quantifier(comparison.quantifier) :
		comparison.quantifier;
	if (IsA(node, DistinctExpr))
		atom->op = negated ? DDB_FILTER_NOT_DISTINCT : DDB_FILTER_DISTINCT;
	atom->exact = ddb_datum_is_total(column) &&
		ddb_datum_can_encode(column, type);
	if (atom->op == DDB_FILTER_DISTINCT && !atom->exact)
		return make_not_total(column);
	if (base == DDB_OP_LIKE)
		return grade_like(atom);
	return atom;
}

/* What a clause says of a set or list as a whole. */
static bool
match_set_operator(const Comparison *comparison, DdbFilterOp *op)
{
	DdbOperator base;

	if (comparison->quantifier != DDB_QUANTIFIER_NONE)
		return false;
	switch (comparison->function)
	{
		case F_ARRAYCONTAINS:
			*op = DDB_FILTER_INCLUDES;
			return true;
		case F_ARRAYOVERLAP:
			*op = DDB_FILTER_OVERLAPS;
			return true;
		default:
			if (!match_btree_operator(comparison, &base, op) ||
				base != DDB_OP_EQ)
				return false;
			*op = *op == DDB_FILTER_EQ ? DDB_FILTER_SAME : DDB_FILTER_NOT_SAME;
			return true;
	}
}

/* value = ANY (column), value <> ALL (column): the column is on the right. */
static const DdbColumn *
match_member_test(const DdbFilterReader *reader, Comparison *comparison,
				  DdbFilterOp *op)
{
	const DdbColumn *column;
	DdbFilterOp each;
	DdbOperator base;

	if (comparison->quantifier == DDB_QUANTIFIER_NONE)
		return NULL;
	column = ddb_shippable_match_column(reader->rel, reader->map,
										comparison->right);
	if (column == NULL || !match_btree_operator(comparison, &base, &each))
		return NULL;
	if (each == DDB_FILTER_EQ && comparison->quantifier == DDB_QUANTIFIER_ANY)
		*op = DDB_FILTER_HAS;
	else if (each == DDB_FILTER_NE &&
			 comparison->quantifier == DDB_QUANTIFIER_ALL)
		*op = DDB_FILTER_HAS_NOT;
	else
		return NULL;
	comparison->right = comparison->left;
	return column;
}

/*
 * Sets and lists: value = ANY (column), column @> array, column && array,
 * column = array.
 *
 * contains() is true of a set or list that has a member equal to its operand;
 * equal members have equal wire forms, as values of columns have.  It is also
 * true of strings, which the guard excludes.  A set is never empty and has no
 * NULLs.  Nor do @> and && care for NULLs in a list, but value <> ALL (list)
 * isn't true where there is one: a superset.  A set reads as an array in
 * order, each member once, and equals no other array.
 */
static DdbFilter *
read_set(const DdbFilterReader *reader, Node *node, bool negated)
{
	Comparison	comparison;
	const DdbColumn *column;
	const DdbColumn *member;
	DdbFilter  *atom;
	DdbFilterOp op;
	Oid			type;
	const char *reason;

	if (IsA(node, DistinctExpr) || !match_comparison(node, &comparison))
		return NULL;
	column = match_member_test(reader, &comparison, &op);
	if (column == NULL)
	{
		column = match_left_column(reader, &comparison);
		if (column == NULL || !match_set_operator(&comparison, &op))
			return NULL;
	}
	member = column->whole_item ? NULL : ddb_datum_member(column);
	if (member == NULL)
		return NULL;
	if (!ddb_shippable_is_value(reader->root, reader->rel, comparison.right))
		return ddb_filter_tree_make_local("its value is not known before the request is sent");
	type = exprType(comparison.right);
	if (op != DDB_FILTER_HAS && op != DDB_FILTER_HAS_NOT)
		type = get_base_element_type(type);
	if (!ddb_shippable_wire_agrees(member, DDB_OP_EQ, type,
								   comparison.collation, &reason))
		return ddb_filter_tree_make_local(reason);
	atom = make_atom(column, op, negated, (Expr *) comparison.right);
	atom->exact = ddb_datum_is_total(column) &&
		!(column->type == DDB_TYPE_L && atom->op == DDB_FILTER_HAS_NOT);
	return atom;
}

/*
 * May the step of a path be the place of a list's member?  Core reads it as
 * strtol() does, white space before it included.
 */
static bool
may_be_place(const char *name)
{
	return strspn(name, "+-0123456789 \t\n\v\f\r") > 0;
}

/*
 * Appends the names in a step of a json path, text or text[]; false if they
 * aren't known, or might be places in a list, which the text of -> is not.
 */
static bool
append_names(List **names, Node *step, bool is_path)
{
	Const	   *constant = (Const *) step;
	Datum	   *datums;
	bool	   *nulls;
	int			n = 1;

	if (!IsA(step, Const) || constant->constisnull)
		return false;
	if (!is_path)
	{
		*names = lappend(*names,
						 makeString(TextDatumGetCString(constant->constvalue)));
		return true;
	}
	deconstruct_array(DatumGetArrayTypeP(constant->constvalue), TEXTOID, -1,
					  false, TYPALIGN_INT, &datums, &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		char	   *name = nulls[i] ? "" : TextDatumGetCString(datums[i]);

		if (name[0] == '\0' || may_be_place(name))
			return false;
		*names = lappend(*names, makeString(name));
	}
	return n > 0;
}

/* The steps of column['a']['b'], which are those of a path. */
static bool
append_subscripts(List **names, SubscriptingRef *ref)
{
	ListCell   *lc;

	if (ref->refassgnexpr != NULL || ref->reflowerindexpr != NIL)
		return false;
	foreach(lc, ref->refupperindexpr)
		if (exprType(lfirst(lc)) != TEXTOID ||
			!append_names(names, lfirst(lc), false) ||
			may_be_place(strVal(llast(*names))))
			return false;
	return true;
}

/*
 * A jsonb column, or what a path of names leads to below it: column -> 'a'
 * ->> 'b', column #>> '{a,b}', column['a'].  NULL if it is none.
 */
static const DdbColumn *
match_json(const DdbFilterReader *reader, Node *node, List **names,
		   bool *as_text)
{
	const DdbColumn *column;
	Oid			function;

	*as_text = false;
	if (IsA(node, SubscriptingRef))
	{
		SubscriptingRef *ref = (SubscriptingRef *) node;

		column = match_json(reader, (Node *) ref->refexpr, names, as_text);
		return column != NULL && !*as_text &&
			append_subscripts(names, ref) ? column : NULL;
	}
	if (IsA(node, OpExpr) && list_length(((OpExpr *) node)->args) == 2)
	{
		OpExpr	   *op = (OpExpr *) node;
		bool		is_path;

		function = get_opcode(op->opno);
		is_path = function == F_JSONB_EXTRACT_PATH ||
			function == F_JSONB_EXTRACT_PATH_TEXT;
		if (!is_path && function != F_JSONB_OBJECT_FIELD &&
			function != F_JSONB_OBJECT_FIELD_TEXT)
			return NULL;
		column = match_json(reader, linitial(op->args), names, as_text);
		if (column == NULL || *as_text ||
			!append_names(names, lsecond(op->args), is_path))
			return NULL;
		*as_text = function == F_JSONB_OBJECT_FIELD_TEXT ||
			function == F_JSONB_EXTRACT_PATH_TEXT;
		return column;
	}
	*names = NIL;
	column = ddb_shippable_match_column(reader->rel, reader->map, node);
	if (column == NULL || getBaseType(column->typid) != JSONBOID ||
		column->format != DDB_FORMAT_NONE ||
		(column->type != DDB_TYPE_MISSING && column->type != DDB_TYPE_M))
		return NULL;
	return column;
}

/* An atom on a member of a jsonb column. */
static DdbFilter *
make_member_atom(const DdbFilterReader *reader, const DdbColumn *column,
				 List *names, bool as_text, DdbFilterOp op, Expr *value)
{
	const DdbColumn *view = ddb_member_view(reader->map, column, names);
	DdbFilter  *atom;

	if (view == NULL)
		return ddb_filter_tree_make_local("no attribute has this path");
	atom = make_atom(view, op, false, value);
	atom->path = names;
	atom->as_text = as_text;
	atom->exact = ddb_datum_is_total(column);
	if (!atom->exact && (op == DDB_FILTER_NULL || op == DDB_FILTER_DISTINCT))
		return make_not_total(column);
	return atom;
}

/*
 * What an object contains: each scalar in it is what the member of its name
 * equals, objects contain likewise.  Lists are left to the recheck.
 */
static DdbFilter *
read_contained(const DdbFilterReader *reader, const DdbColumn *column,
			   List *names, JsonbContainer *container)
{
	JsonbIterator *it = JsonbIteratorInit(container);
	JsonbIteratorToken token;
	JsonbValue	v;
	List	   *args = NIL;
	List	   *path = NIL;

	if (!JsonContainerIsObject(container))
		return ddb_filter_tree_make_local("only objects are looked for in documents");
	while ((token = JsonbIteratorNext(&it, &v, true)) != WJB_DONE)
	{
		DdbFilter  *part;

		if (token == WJB_KEY)
			path = lappend(list_copy(names),
						   makeString(pnstrdup(v.val.string.val,
											   v.val.string.len)));
		if (token != WJB_VALUE)
			continue;
		if (v.type == jbvBinary && JsonContainerIsObject(v.val.binary.data) &&
			JsonContainerSize(v.val.binary.data) > 0)
			part = read_contained(reader, column, path, v.val.binary.data);
		else if (v.type == jbvBinary)
			part = ddb_filter_tree_make_local("lists are not looked for in documents");
		else
			part = make_member_atom(reader, column, path, false,
									DDB_FILTER_EQ, (Expr *)
									makeConst(JSONBOID, -1, InvalidOid, -1,
											  JsonbPGetDatum(JsonbValueToJsonb(&v)),
											  false, false));
		args = lappend(args, part);
	}
	if (args == NIL)
		return ddb_filter_tree_make_local("an empty object is in every object");
	return ddb_filter_tree_make(DDB_FILTER_AND, args);
}

/* column @> '{"a": 1}' for a constant: true, false, and NULL like column. */
static DdbFilter *
read_json_contains(const DdbFilterReader *reader, Node *container,
				   Node *contained, bool negated)
{
	Const	   *constant = (Const *) contained;
	List	   *names;
	bool		as_text;
	const DdbColumn *column;
	DdbFilter  *contains;
	DdbFilter  *not_null;

	column = match_json(reader, container, &names, &as_text);
	if (column == NULL || as_text)
		return NULL;
	if (!IsA(constant, Const) || constant->constisnull)
		return ddb_filter_tree_make_local("what is looked for in a document has to be a constant");
	contains = read_contained(reader, column, names,
							  &DatumGetJsonbP(constant->constvalue)->root);
	if (!negated)
		return contains;
	contains = ddb_filter_tree_complement(contains);
	/* The rest of an item is never NULL. */
	if (names == NIL && column->whole_item)
		return contains;
	not_null = names == NIL ? make_atom(column, DDB_FILTER_NOT_NULL, false, NULL) :
		make_member_atom(reader, column, names, false, DDB_FILTER_NOT_NULL,
						 NULL);
	not_null->exact &= ddb_datum_is_total(column);
	return ddb_filter_tree_make(DDB_FILTER_AND,
								list_make2(contains, not_null));
}

/* A comparison whose left side is a member: = <> IN, and of texts others. */
static DdbFilter *
read_member_comparison(const DdbFilterReader *reader, Node *node,
					   bool negated)
{
	Comparison	comparison;
	const DdbColumn *column;
	const DdbColumn *view;
	DdbFilter  *atom;
	DdbFilterOp op;
	DdbOperator base;
	List	   *names;
	bool		as_text;
	bool		is_equality;
	const char *reason;

	if (!match_comparison(node, &comparison))
		return NULL;
	column = match_json(reader, comparison.left, &names, &as_text);
	if (column == NULL && comparison.quantifier == DDB_QUANTIFIER_NONE &&
		OidIsValid(comparison.opno))
	{
		column = match_json(reader, comparison.right, &names, &as_text);
		if (!commute(&comparison))
			return NULL;
	}
	if (column == NULL || names == NIL ||
		!match_operator(&comparison, &base, &op))
		return NULL;
	is_equality = base == DDB_OP_EQ;
	if (!ddb_shippable_is_value(reader->root, reader->rel, comparison.right))
		return ddb_filter_tree_make_local("its value is not known before the request is sent");
	if (!as_text && !is_equality)
		return ddb_filter_tree_make_local("JSON is ordered differently in DynamoDB");
	view = ddb_member_view(reader->map, column, names);
	if (as_text && view != NULL &&
		!ddb_shippable_wire_agrees(ddb_datum_text_view(view,
													   comparison.collation),
								   base, value_type(&comparison),
								   comparison.collation, &reason))
		return ddb_filter_tree_make_local(reason);

	if (negated)
		op = ddb_filter_negate(op);
	if (IsA(node, DistinctExpr))
		op = negated ? DDB_FILTER_NOT_DISTINCT : DDB_FILTER_DISTINCT;
	atom = make_member_atom(reader, column, names, as_text, op,
							(Expr *) comparison.right);
	atom->quantifier = negated ?
		ddb_filter_negate_quantifier(comparison.quantifier) :
		comparison.quantifier;
	atom->exact &= is_equality;
	return atom;
}

/*
 * Members of jsonb columns in plain JSON, and of the rest of an item.
 *
 * - column -> 'a' is NULL where the path column.a is missing; ->> also where
 *   it is NULL.  A list's members have no names, so #> takes none that may be
 *   a number.
 * - A text or JSON scalar can be shown from one value of a few types, and
 *   equals a member where that has one of these values (filter_member.c); a
 *   text that looks like a map or list is left to the recheck, and so is JSON
 *   that is one.
 * - Other comparisons of texts are sent for strings; what is no string comes
 *   back: a superset.
 * - The rest of an item has the key k where the attribute k exists.
 */
static DdbFilter *
read_member(const DdbFilterReader *reader, Node *node, bool negated)
{
	OpExpr	   *op = (OpExpr *) node;
	const DdbColumn *column;
	List	   *names;
	bool		as_text;

	if (IsA(node, NullTest) && !((NullTest *) node)->argisrow)
	{
		NullTest   *test = (NullTest *) node;
		bool		not_null = (test->nulltesttype == IS_NOT_NULL) != negated;

		column = match_json(reader, (Node *) test->arg, &names, &as_text);
		if (column == NULL || names == NIL)
			return NULL;
		return make_member_atom(reader, column, names, as_text,
								not_null ? DDB_FILTER_NOT_NULL :
								DDB_FILTER_NULL, NULL);
	}
	if (!IsA(node, OpExpr) || list_length(op->args) != 2)
		return read_member_comparison(reader, node, negated);
	switch (get_opcode(op->opno))
	{
		case F_JSONB_CONTAINS:
			return read_json_contains(reader, linitial(op->args),
									  lsecond(op->args), negated);
		case F_JSONB_CONTAINED:
			return read_json_contains(reader, lsecond(op->args),
									  linitial(op->args), negated);
		case F_JSONB_EXISTS:
			column = match_json(reader, linitial(op->args), &names, &as_text);
			if (column == NULL || names != NIL || !column->whole_item ||
				!append_names(&names, lsecond(op->args), false))
				return NULL;
			return make_member_atom(reader, column, names, false,
									negated ? DDB_FILTER_NULL :
									DDB_FILTER_NOT_NULL, NULL);
		default:
			return read_member_comparison(reader, node, negated);
	}
}

/*
 * Reads an expression that is no combination of others, or its negation.
 * NULL if no rule knows its form.
 */
DdbFilter *
ddb_filter_rules_read(const DdbFilterReader *reader, Node *node, bool negated)
{
	DdbFilter  *(*const rules[]) (const DdbFilterReader *, Node *, bool) = {
		read_value,
		read_boolean_column,
		read_null_test,
		read_set,
		read_member,
		read_comparison,
	};

	for (int i = 0; i < (int) lengthof(rules); i++)
	{
		DdbFilter  *filter = rules[i] (reader, node, negated);

		if (filter != NULL)
			return filter;
	}
	return NULL;
}
