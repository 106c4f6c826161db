/*-------------------------------------------------------------------------
 *
 * filter_render.c
 *	  Writes folded filters as FilterExpressions, and measures them.
 *
 * The service refuses parentheses that aren't needed, so they stand around
 * an AND or OR within another node, and nowhere else.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mapping/filter.h"
#include "mapping/filter_render.h"

typedef struct RenderContext
{
	DdbExpression *expression;
	StringInfoData text;
	int			operators;
} RenderContext;

static void append_term(RenderContext *cx, const DdbTerm *term);

static void
append_path(RenderContext *cx, const DdbTerm *term)
{
	ddb_expression_append_path(cx->expression, &cx->text,
							   term->column->attribute, term->column->steps,
							   term->column->nsteps);
}

/* function(path), function(path, value) */
static void
append_function(RenderContext *cx, const char *function, const DdbTerm *term)
{
	appendStringInfo(&cx->text, "%s(", function);
	append_path(cx, term);
	if (term->nvalues > 0)
	{
		appendStringInfoString(&cx->text, ", ");
		ddb_expression_append_value(cx->expression, &cx->text, term->values);
	}
	appendStringInfoChar(&cx->text, ')');
}

static void
append_in(RenderContext *cx, const DdbTerm *term)
{
	append_path(cx, term);
	for (int i = 0; i < term->nvalues; i++)
	{
		appendStringInfoString(&cx->text, i == 0 ? " IN (" : ", ");
		ddb_expression_append_value(cx->expression, &cx->text,
									&term->values[i]);
	}
	appendStringInfoChar(&cx->text, ')');
}

/* A part of another node: in parentheses where it is made of parts itself. */
static void
append_part(RenderContext *cx, const DdbTerm *term)
{
	bool		compound = term->kind == DDB_TERM_AND ||
		term->kind == DDB_TERM_OR;

	if (compound)
		appendStringInfoChar(&cx->text, '(');
	append_term(cx, term);
	if (compound)
		appendStringInfoChar(&cx->text, ')');
}

static void
append_parts(RenderContext *cx, const List *parts, const char *separator)
{
	ListCell   *lc;

	foreach(lc, parts)
	{
		if (foreach_current_index(lc) > 0)
		{
			appendStringInfoString(&cx->text, separator);
			cx->operators++;
		}
		append_part(cx, lfirst(lc));
	}
}

static void
append_term(RenderContext *cx, const DdbTerm *term)
{
	if (term->kind != DDB_TERM_AND && term->kind != DDB_TERM_OR)
		cx->operators++;
	switch (term->kind)
	{
		case DDB_TERM_AND:
			append_parts(cx, term->args, " AND ");
			break;
		case DDB_TERM_OR:
			append_parts(cx, term->args, " OR ");
			break;
		case DDB_TERM_NOT:
			appendStringInfoString(&cx->text, "NOT ");
			append_part(cx, linitial(term->args));
			break;
		case DDB_TERM_COMPARE:
			append_path(cx, term);
			appendStringInfo(&cx->text, " %s ", term->symbol);
			ddb_expression_append_value(cx->expression, &cx->text,
										term->values);
			break;
		case DDB_TERM_IN:
			append_in(cx, term);
			break;
		case DDB_TERM_BEGINS_WITH:
			append_function(cx, "begins_with", term);
			break;
		case DDB_TERM_CONTAINS:
			append_function(cx, "contains", term);
			break;
		case DDB_TERM_TYPE:
			append_function(cx, "attribute_type", term);
			break;
		case DDB_TERM_EXISTS:
			append_function(cx, "attribute_exists", term);
			break;
		case DDB_TERM_MISSING:
			append_function(cx, "attribute_not_exists", term);
			break;
		case DDB_TERM_TRUE:
		case DDB_TERM_FALSE:
			Assert(false);		/* folding leaves none */
			break;
	}
}

/*
 * What a term takes of a request's limits, as part of a larger AND, whatever
 * numbers its placeholders will have.
 */
void
ddb_filter_render_measure(const DdbTerm *term, DdbTermSize *size)
{
	DdbExpression expression;
	RenderContext cx = {.expression = &expression};

	ddb_expression_init_measure(&expression);
	initStringInfo(&cx.text);
	append_part(&cx, term);
	size->text = cx.text.len + strlen(" AND ");
	size->operators = cx.operators + 1;
	size->maps = expression.names.len + expression.values.len;
	pfree(cx.text.data);
	pfree(expression.names.data);
	pfree(expression.values.data);
}

/*
 * The text of a FilterExpression, palloc'd, its names and values in the
 * request's maps; NULL where there is nothing to send.
 */
char *
ddb_filter_build(const DdbFolded *folded, DdbExpression *expression)
{
	RenderContext cx = {.expression = expression};
	DdbTerm		all = {.kind = DDB_TERM_AND,.args = folded->terms};

	if (folded->terms == NIL)
		return NULL;
	initStringInfo(&cx.text);
	append_term(&cx, list_length(folded->terms) == 1 ?
				linitial(folded->terms) : &all);
	return cx.text.data;
}

/*
 * Appends the same to a condition: " AND ..." for each of its parts.
 */
void
ddb_filter_append(const DdbFolded *folded, DdbExpression *expression,
				  StringInfo text)
{
	RenderContext cx = {.expression = expression};
	ListCell   *lc;

	initStringInfo(&cx.text);
	foreach(lc, folded->terms)
	{
		appendStringInfoString(&cx.text, " AND ");
		append_part(&cx, lfirst(lc));
	}
	appendBinaryStringInfo(text, cx.text.data, cx.text.len);
	pfree(cx.text.data);
}
