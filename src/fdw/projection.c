/*-------------------------------------------------------------------------
 *
 * projection.c
 *	  Columns to attributes and document paths, without overlap.
 *
 * A projection saves bytes on the wire and nothing on the bill.  A nested
 * path is projected up to its first list element only: DynamoDB compacts
 * projected lists, so positions would no longer be true.  Overlapping paths
 * are an error to the service, so of a path and its continuation only the
 * former is kept.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fdw/projection.h"
#include "mapping/template.h"

/* Steps of a column's path that a projection may contain. */
static int
projected_steps(const DdbColumn *column)
{
	int			n = 0;

	while (n < column->nsteps && column->steps[n].name != NULL)
		n++;
	return n;
}

/* Is the projected path of a equal to that of b, or its beginning? */
static bool
covers(const DdbColumn *a, const DdbColumn *b)
{
	int			n = projected_steps(a);

	if (strcmp(a->attribute, b->attribute) != 0 || n > projected_steps(b))
		return false;
	for (int i = 0; i < n; i++)
		if (a->steps[i].len != b->steps[i].len ||
			memcmp(a->steps[i].name, b->steps[i].name, a->steps[i].len) != 0)
			return false;
	return true;
}

/* Adds a path unless one there covers it; drops those that it covers. */
static List *
add_path_to_project(List *paths, const DdbColumn *column)
{
	ListCell   *lc;

	foreach(lc, paths)
	{
		if (covers(lfirst(lc), column))
			return paths;
		if (covers(column, lfirst(lc)))
			paths = foreach_delete_current(paths, lc);
	}
	return lappend(paths, unconstify(DdbColumn *, column));
}

/* The number of an attribute among those wanted, a new one if need be. */
static int
wanted_number(const char **names, int *n, const char *attribute)
{
	for (int i = 0; i < *n; i++)
		if (strcmp(names[i], attribute) == 0)
			return i;
	names[*n] = attribute;
	return (*n)++;
}

/* Wants an attribute that no column need show. */
static void
add_extra(DdbProjectionMap *projection, const char **names,
		  const char *attribute)
{
	DdbColumn  *column = palloc0_object(DdbColumn);

	column->attribute = pstrdup(attribute);
	projection->extras[projection->nextras++] =
		wanted_number(names, &projection->nwanted, column->attribute);
	projection->paths = add_path_to_project(projection->paths, column);
}

/*
 * Maps the columns with these numbers (an integer list), and extra attributes
 * (a list of String) that the scan wants for itself; palloc'd in the current
 * context.
 */
DdbProjectionMap *
ddb_projection_create(const DdbTableMap *map, const List *attnums,
					  const List *extras)
{
	DdbProjectionMap *projection = palloc0_object(DdbProjectionMap);
	int			nextras = list_length(extras);
	const char **names = palloc(sizeof(char *) * (map->natts + nextras + 1));
	ListCell   *lc;

	projection->targets = palloc(sizeof(DdbTarget) *
								 Max(list_length(attnums), 1));
	projection->extras = palloc(sizeof(int) * Max(nextras, 1));
	foreach(lc, attnums)
	{
		const DdbColumn *column = map->columns[lfirst_int(lc) - 1];
		DdbTarget  *target = &projection->targets[projection->ntargets++];

		target->column = column;
		if (column->whole_item)
		{
			target->wanted = -1;
			projection->whole_item = true;
			continue;
		}
		target->wanted = wanted_number(names, &projection->nwanted,
									   column->attribute);
		projection->paths = add_path_to_project(projection->paths, column);
	}
	foreach(lc, extras)
		add_extra(projection, names, strVal(lfirst(lc)));
	projection->wanted = ddb_page_wanted_create(projection->nwanted, names);
	return projection;
}

/*
 * The ProjectionExpression, or NULL where all attributes are wanted, none in
 * particular, or more than an expression can name.
 */
char *
ddb_projection_build(const DdbProjectionMap *projection,
					 DdbExpression *expression)
{
	DdbExpression trial;
	StringInfoData text;
	ListCell   *lc;

	if (projection->whole_item || projection->paths == NIL)
		return NULL;
	/* Names may not be left over if the text turns out too long. */
	for (int pass = 0; pass < 2; pass++)
	{
		initStringInfo(&text);
		ddb_expression_init(&trial);
		foreach(lc, projection->paths)
		{
			const DdbColumn *column = lfirst(lc);

			if (text.len > 0)
				appendStringInfoChar(&text, ',');
			ddb_expression_append_path(pass == 0 ? &trial : expression, &text,
									   column->attribute, column->steps,
									   projected_steps(column));
		}
		/* The second pass may number its names a digit longer. */
		if (pass == 0 && text.len > DDB_MAX_EXPRESSION_BYTES / 2)
			return NULL;
	}
	return text.data;
}

/* Is nothing wanted of items but that they are there? */
bool
ddb_projection_is_empty(const DdbProjectionMap *projection)
{
	return !projection->whole_item && projection->nwanted == 0;
}

/* For EXPLAIN: the projected paths, or what stands for them. */
char *
ddb_projection_words(const DdbProjectionMap *projection)
{
	StringInfoData text;
	ListCell   *lc;

	if (projection->whole_item)
		return pstrdup("all attributes");
	initStringInfo(&text);
	foreach(lc, projection->paths)
	{
		const DdbColumn *column = lfirst(lc);

		appendStringInfo(&text, "%s%s", text.len > 0 ? ", " : "",
						 ddb_template_quote(column->attribute));
		for (int i = 0; i < projected_steps(column); i++)
			appendStringInfo(&text, ".%s",
							 ddb_template_quote(pnstrdup(column->steps[i].name,
														 column->steps[i].len)));
	}
	return text.data;
}
