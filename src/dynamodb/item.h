/*-------------------------------------------------------------------------
 *
 * item.h
 *	  An item being put together from attributes and document paths.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_ITEM_H
#define DDB_ITEM_H

#include "dynamodb/value.h"

typedef struct DdbItem DdbItem;

typedef enum DdbItemFault
{
	DDB_ITEM_OK,
	DDB_ITEM_CONFLICT,			/* something else stands there already */
	DDB_ITEM_GAP,				/* a list's element without those before it */
} DdbItemFault;

extern DdbItem *ddb_item_create(void);
extern DdbItem *ddb_item_open(const DdbValue *map);
extern DdbItemFault ddb_item_set(DdbItem *item, const char *attribute,
								 const DdbPathStep *steps, int nsteps,
								 const DdbValue *value);
extern DdbItemFault ddb_item_replace(DdbItem *item, const char *attribute,
									 const DdbPathStep *steps, int nsteps,
									 const DdbValue *value);
extern void ddb_item_remove(DdbItem *item, const char *attribute);
extern DdbItemFault ddb_item_render(const DdbItem *item, StringInfo buf);

#endif							/* DDB_ITEM_H */
