/*-------------------------------------------------------------------------
 *
 * definition.h
 *	  CREATE FOREIGN TABLE for a DynamoDB table that was surveyed.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_DEFINITION_H
#define DDB_DEFINITION_H

#include "fdw/naming.h"
#include "fdw/survey.h"
#include "nodes/pg_list.h"

/* What the user wants the definition to be like. */
typedef struct DdbDefinitionStyle
{
	bool		snake_case;		/* else names as they are */
	bool		rest;			/* a column for what no other column shows */
	bool		comments;		/* on what was seen, column by column */
} DdbDefinitionStyle;

extern char *ddb_definition_build(const DdbName *table, DdbSurvey *survey,
								  const char *server_name,
								  const DdbDefinitionStyle *style,
								  List **remarks);

#endif							/* DDB_DEFINITION_H */
