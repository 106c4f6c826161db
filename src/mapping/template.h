/*-------------------------------------------------------------------------
 *
 * template.h
 *	  An attribute's value as text with variables.
 *
 * Planner, scan and modify constrain attributes, never columns; what links
 * the two is a template: "USER#{user_id}" composes an attribute from columns,
 * and a plain column is the template "{column}".
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_TEMPLATE_H
#define DDB_TEMPLATE_H

#include "mapping/column.h"

/* A literal, or the value of a column. */
typedef struct DdbTemplatePart
{
	const char *literal;		/* UTF-8; NULL for a variable */
	const DdbColumn *column;	/* NULL for a literal */
} DdbTemplatePart;

typedef struct DdbTemplate
{
	const char *attribute;		/* top-level attribute, UTF-8 */
	int			nparts;
	DdbTemplatePart *parts;
} DdbTemplate;

extern const DdbTemplate *ddb_template_of_column(const DdbColumn *column);
extern const DdbColumn *ddb_template_get_plain(const DdbTemplate *template);
extern char *ddb_template_quote(const char *attribute);

#endif							/* DDB_TEMPLATE_H */
