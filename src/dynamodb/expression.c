/*-------------------------------------------------------------------------
 *
 * expression.c
 *	  Builds expression texts and the placeholder maps that go with them.
 *
 * All expressions of one request share one pair of maps.  Unused entries are
 * an error to the service, so an entry is made only when it is appended to a
 * text.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "dynamodb/expression.h"
#include "utils/json.h"

/* Initialises an empty builder in the current context. */
void
ddb_expression_init(DdbExpression *expression)
{
	initStringInfo(&expression->names);
	initStringInfo(&expression->values);
	expression->known = NIL;
	expression->nvalues = 0;
	expression->measuring = false;
}

/*
 * The same for texts and maps that nobody sends: they come out at least as
 * long as those of any request.  Placeholders have four digits, and every
 * mention of a name counts.
 */
void
ddb_expression_init_measure(DdbExpression *expression)
{
	ddb_expression_init(expression);
	expression->measuring = true;
}

/* The number of a name's placeholder; the same name has the same one. */
static int
name_placeholder(DdbExpression *expression, const char *name)
{
	int			n = 0;
	ListCell   *lc;

	foreach(lc, expression->known)
	{
		if (strcmp(lfirst(lc), name) == 0)
			return n;
		n++;
	}
	expression->known = lappend(expression->known, pstrdup(name));
	appendStringInfo(&expression->names, "%s\"#%d\":", n > 0 ? "," : "", n);
	escape_json(&expression->names, name);
	return n;
}

/* Appends the placeholder of an attribute name (UTF-8). */
void
ddb_expression_append_name(DdbExpression *expression, StringInfo text,
						   const char *name)
{
	if (expression->measuring)
	{
		appendStringInfoString(text, "#0000");
		escape_json(&expression->names, name);
		return;
	}
	appendStringInfo(text, "#%d", name_placeholder(expression, name));
}

/* Appends a document path: #0.#1[2]. */
void
ddb_expression_append_path(DdbExpression *expression, StringInfo text,
						   const char *attribute,
						   const DdbPathStep *steps, int nsteps)
{
	ddb_expression_append_name(expression, text, attribute);
	for (int i = 0; i < nsteps; i++)
	{
		if (steps[i].name == NULL)
			appendStringInfo(text, "[%d]", steps[i].element);
		else
		{
			appendStringInfoChar(text, '.');
			ddb_expression_append_name(expression, text,
									   pnstrdup(steps[i].name, steps[i].len));
		}
	}
}

/* Appends the placeholder of a value, a new one for each call. */
void
ddb_expression_append_value(DdbExpression *expression, StringInfo text,
							const DdbValue *value)
{
	int			n = expression->measuring ? 9999 : expression->nvalues++;

	appendStringInfo(text, ":%d", n);
	appendStringInfo(&expression->values, "%s\":%d\":", n > 0 ? "," : "", n);
	ddb_value_append_typed(&expression->values, value);
}

/* "SET #0 = :0 REMOVE #1", palloc'd, of those clauses that aren't empty. */
char *
ddb_expression_join_update(const char *set, const char *remove)
{
	bool		sets = set[0] != '\0';
	bool		removes = remove[0] != '\0';

	return psprintf("%s%s%s%s%s", sets ? "SET " : "", set,
					sets && removes ? " " : "",
					removes ? "REMOVE " : "", remove);
}

/* Appends both maps to a request body, each only if it has entries. */
void
ddb_expression_append_maps(const DdbExpression *expression, StringInfo body)
{
	if (expression->known != NIL)
		appendStringInfo(body, ",\"ExpressionAttributeNames\":{%s}",
						 expression->names.data);
	if (expression->nvalues > 0)
		appendStringInfo(body, ",\"ExpressionAttributeValues\":{%s}",
						 expression->values.data);
}
