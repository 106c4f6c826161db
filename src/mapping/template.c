/*-------------------------------------------------------------------------
 *
 * template.c
 *	  Makes templates, and shows their attributes' names.
 *
 * Key templates of entities are not there yet: every template is that of a
 * plain column.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "mapping/template.h"
#include "mb/pg_wchar.h"

/*
 * The template "{column}" of a column that shows a top-level attribute as a
 * whole, palloc'd in the current context.
 */
const DdbTemplate *
ddb_template_of_column(const DdbColumn *column)
{
	DdbTemplate *template = palloc_object(DdbTemplate);

	Assert(column->attribute != NULL && column->nsteps == 0);
	template->attribute = column->attribute;
	template->nparts = 1;
	template->parts = palloc0_object(DdbTemplatePart);
	template->parts[0].column = column;
	return template;
}

/* The column that is the whole of the template, or NULL. */
const DdbColumn *
ddb_template_get_plain(const DdbTemplate *template)
{
	if (template->nparts == 1)
		return template->parts[0].column;
	return NULL;
}

/*
 * An attribute's name (UTF-8) as people read it: in double quotes, in the
 * database's encoding, palloc'd in the current context.
 */
char *
ddb_template_quote(const char *attribute)
{
	const char *ptr = pg_any_to_server(attribute, strlen(attribute), PG_UTF8);
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoChar(&buf, '"');
	for (; *ptr; ptr++)
	{
		if (*ptr == '"')
			appendStringInfoChar(&buf, '"');
		appendStringInfoChar(&buf, *ptr);
	}
	appendStringInfoChar(&buf, '"');
	return buf.data;
}
