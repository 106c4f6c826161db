/*-------------------------------------------------------------------------
 *
 * member.c
 *	  Members of json columns as columns of their own.
 *
 * In plain JSON a map is an object, and nothing else is one; so column ->
 * 'a' -> 'b' is the document path below the column's attribute, or below the
 * item for the column that shows the rest of it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mapping/document_path.h"
#include "mapping/member.h"
#include "mapping/text.h"

/*
 * The member of a json column that names (Strings, in the database's
 * encoding) lead to, palloc'd in the current context.  NULL if the service
 * has no such path, or another column shows it and so this one doesn't.
 */
const DdbColumn *
ddb_member_view(const DdbTableMap *map, const DdbColumn *column,
				const List *names)
{
	DdbColumn  *view = palloc_object(DdbColumn);
	DdbPathStep *steps;
	ListCell   *lc;

	*view = *column;
	view->type = DDB_TYPE_MISSING;
	steps = palloc0(sizeof(DdbPathStep) *
					(column->nsteps + list_length(names)));
	if (column->nsteps > 0)
		memcpy(steps, column->steps, sizeof(DdbPathStep) * column->nsteps);
	view->steps = steps;
	foreach(lc, names)
	{
		char	   *name = ddb_text_to_utf8(pstrdup(strVal(lfirst(lc))));

		if (name[0] == '\0')
			return NULL;
		if (view->whole_item)
		{
			if (ddb_column_lookup_attribute(map, name) != NULL)
				return NULL;
			view->whole_item = false;
			view->attribute = name;
			continue;
		}
		steps[view->nsteps].name = name;
		steps[view->nsteps].len = strlen(name);
		view->nsteps++;
	}
	return view->nsteps < DDB_MAX_PATH_ELEMENTS ? view : NULL;
}
