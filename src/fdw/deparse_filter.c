/*-------------------------------------------------------------------------
 *
 * deparse_filter.c
 *	  Says in words what a remote filter asks for.
 *
 * As SQL reads, with attributes in the place of columns: the guards by which
 * DynamoDB comes to mean the same are left out.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fdw/deparse.h"
#include "fdw/deparse_filter.h"
#include "mapping/template.h"
#include "nodes/makefuncs.h"
#include "utils/array.h"
#include "utils/lsyscache.h"

static const char *const operator_words[] = {
	[DDB_FILTER_EQ] = "=",
	[DDB_FILTER_NE] = "<>",
	[DDB_FILTER_LT] = "<",
	[DDB_FILTER_GE] = ">=",
	[DDB_FILTER_GT] = ">",
	[DDB_FILTER_LE] = "<=",
	[DDB_FILTER_LIKE] = "LIKE",
	[DDB_FILTER_NOT_LIKE] = "NOT LIKE",
	[DDB_FILTER_PREFIX] = "^@",
	[DDB_FILTER_NULL] = "IS NULL",
	[DDB_FILTER_NOT_NULL] = "IS NOT NULL",
	[DDB_FILTER_DISTINCT] = "IS DISTINCT FROM",
	[DDB_FILTER_NOT_DISTINCT] = "IS NOT DISTINCT FROM",
	[DDB_FILTER_INCLUDES] = "@>",
	[DDB_FILTER_OVERLAPS] = "&&",
	[DDB_FILTER_SAME] = "=",
	[DDB_FILTER_NOT_SAME] = "<>",
};

static void append_filter(StringInfo buf, PlannerInfo *root,
						  const DdbFilter *filter);

/* "address"."lines"[0] */
static void
append_path(StringInfo buf, const DdbColumn *column)
{
	appendStringInfoString(buf, ddb_template_quote(column->attribute));
	for (int i = 0; i < column->nsteps; i++)
	{
		const DdbPathStep *step = &column->steps[i];

		if (step->name == NULL)
			appendStringInfo(buf, "[%d]", step->element);
		else
			appendStringInfo(buf, ".%s",
							 ddb_template_quote(pnstrdup(step->name,
														 step->len)));
	}
}

/* The same, palloc'd. */
char *
ddb_deparse_filter_path(const DdbColumn *column)
{
	StringInfoData buf;

	initStringInfo(&buf);
	append_path(&buf, column);
	return buf.data;
}

/* The members of a constant array: ('a', 'b'). */
static void
append_members(StringInfo buf, PlannerInfo *root, const Const *array)
{
	Oid			elemtype = get_base_element_type(array->consttype);
	int16		typlen;
	bool		typbyval;
	char		typalign;
	Datum	   *datums;
	bool	   *nulls;
	int			n;

	get_typlenbyvalalign(elemtype, &typlen, &typbyval, &typalign);
	deconstruct_array(DatumGetArrayTypeP(array->constvalue), elemtype, typlen,
					  typbyval, typalign, &datums, &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		Const	   *member = makeConst(elemtype, -1, InvalidOid, typlen,
									   datums[i], nulls[i], typbyval);

		appendStringInfo(buf, "%s%s", i == 0 ? " (" : ", ",
						 nulls[i] ? "NULL" :
						 ddb_deparse_value(root, (Node *) member));
	}
	appendStringInfoString(buf, n == 0 ? " ()" : ")");
}

/* An operator and an array whose members are the values. */
static void
append_quantified(StringInfo buf, PlannerInfo *root, const DdbFilter *atom)
{
	bool		any = atom->quantifier == DDB_QUANTIFIER_ANY;
	const Const *array = (const Const *) atom->value;

	if (IsA(array, Const) && !array->constisnull &&
		atom->op == (any ? DDB_FILTER_EQ : DDB_FILTER_NE))
	{
		appendStringInfoString(buf, any ? " IN" : " NOT IN");
		append_members(buf, root, array);
		return;
	}
	appendStringInfo(buf, " %s %s (%s)", operator_words[atom->op],
					 any ? "ANY" : "ALL",
					 ddb_deparse_value(root, (Node *) atom->value));
}

static void
append_atom(StringInfo buf, PlannerInfo *root, const DdbFilter *atom)
{
	char	   *value = atom->value == NULL ? NULL :
		ddb_deparse_value(root, (Node *) atom->value);
	DdbFilter	positive = *atom;

	switch (atom->op)
	{
		case DDB_FILTER_VALUE:
			appendStringInfoString(buf, value);
			return;
		case DDB_FILTER_NOT_VALUE:
			appendStringInfo(buf, "NOT %s", value);
			return;
		case DDB_FILTER_NOT_PREFIX:
		case DDB_FILTER_NOT_INCLUDES:
		case DDB_FILTER_NOT_OVERLAPS:
			/* These have no operator of their own. */
			positive.op = ddb_filter_negate(atom->op);
			positive.quantifier =
				ddb_filter_negate_quantifier(atom->quantifier);
			appendStringInfoString(buf, "NOT ");
			append_atom(buf, root, &positive);
			return;
		case DDB_FILTER_HAS:
			appendStringInfo(buf, "%s = ANY (", value);
			append_path(buf, atom->column);
			appendStringInfoChar(buf, ')');
			return;
		case DDB_FILTER_HAS_NOT:
			appendStringInfo(buf, "%s <> ALL (", value);
			append_path(buf, atom->column);
			appendStringInfoChar(buf, ')');
			return;
		default:
			break;
	}
	append_path(buf, atom->column);
	if (atom->quantifier != DDB_QUANTIFIER_NONE)
		append_quantified(buf, root, atom);
	else if (value == NULL)
		appendStringInfo(buf, " %s", operator_words[atom->op]);
	else
		appendStringInfo(buf, " %s %s", operator_words[atom->op], value);
}

/* A part of another node: in parentheses where it is made of parts itself. */
static void
append_part(StringInfo buf, PlannerInfo *root, const DdbFilter *filter)
{
	bool		compound = list_length(filter->args) > 1;

	if (compound)
		appendStringInfoChar(buf, '(');
	append_filter(buf, root, filter);
	if (compound)
		appendStringInfoChar(buf, ')');
}

static void
append_parts(StringInfo buf, PlannerInfo *root, const List *filters,
			 const char *separator)
{
	ListCell   *lc;

	foreach(lc, filters)
	{
		if (foreach_current_index(lc) > 0)
			appendStringInfoString(buf, separator);
		append_part(buf, root, lfirst(lc));
	}
}

static void
append_filter(StringInfo buf, PlannerInfo *root, const DdbFilter *filter)
{
	switch (filter->kind)
	{
		case DDB_FILTER_AND:
			append_parts(buf, root, filter->args, " AND ");
			break;
		case DDB_FILTER_OR:
			append_parts(buf, root, filter->args, " OR ");
			break;
		case DDB_FILTER_NOT:
			appendStringInfoChar(buf, '(');
			append_filter(buf, root, linitial(filter->args));
			appendStringInfoString(buf, ") IS NOT TRUE");
			break;
		case DDB_FILTER_ATOM:
			append_atom(buf, root, filter);
			break;
		case DDB_FILTER_LOCAL:
			break;				/* pruned */
	}
}

/* A filter (pruned) as part of a larger AND. */
char *
ddb_deparse_filter_part(PlannerInfo *root, const DdbFilter *filter)
{
	StringInfoData buf;

	initStringInfo(&buf);
	append_part(&buf, root, filter);
	return buf.data;
}

/*
 * Filters (DdbFilter, pruned) that are sent together: "status" = 'paid' AND
 * "total" > 5.  "" if there are none.
 */
char *
ddb_deparse_filter_words(PlannerInfo *root, const List *filters)
{
	StringInfoData buf;

	initStringInfo(&buf);
	if (list_length(filters) == 1)
		append_filter(&buf, root, linitial(filters));
	else
		append_parts(&buf, root, filters, " AND ");
	return buf.data;
}
