/*-------------------------------------------------------------------------
 *
 * projection.h
 *	  What a scan asks of each item, and where in a row it goes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_PROJECTION_H
#define DDB_PROJECTION_H

#include "dynamodb/expression.h"
#include "dynamodb/page.h"
#include "mapping/column.h"

/* A column to fill, and the attribute among those wanted that it shows. */
typedef struct DdbTarget
{
	const DdbColumn *column;
	int			wanted;			/* -1: the whole item */
} DdbTarget;

typedef struct DdbProjectionMap
{
	int			ntargets;
	DdbTarget  *targets;
	int			nwanted;
	DdbWanted  *wanted;
	int			nextras;
	int		   *extras;			/* the numbers of the extra attributes */
	bool		whole_item;		/* some column shows the rest of the item */
	List	   *paths;			/* DdbColumn whose paths are projected */
} DdbProjectionMap;

extern DdbProjectionMap *ddb_projection_create(const DdbTableMap *map,
											   const List *attnums,
											   const List *extras);
extern char *ddb_projection_build(const DdbProjectionMap *projection,
								  DdbExpression *expression);
extern bool ddb_projection_is_empty(const DdbProjectionMap *projection);
extern char *ddb_projection_words(const DdbProjectionMap *projection);

#endif							/* DDB_PROJECTION_H */
