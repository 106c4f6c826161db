/*-------------------------------------------------------------------------
 *
 * relation.h
 *	  A foreign table as planner and executor know it: its map, and the
 *	  schema of the DynamoDB table behind it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_RELATION_H
#define DDB_RELATION_H

#include "mapping/column.h"
#include "nodes/bitmapset.h"
#include "utils/relcache.h"

/* The planner's knowledge of one base relation: baserel->fdw_private. */
typedef struct DdbRelation
{
	DdbTableMap *map;			/* with its schema */
	Oid			serverid;
	Oid			userid;			/* whose credentials */
	Bitmapset  *attrs_used;		/* offset by FirstLowInvalidHeapAttribute... */
	bool		is_target;		/* its rows are updated or deleted */
	bool		analyzed;		/* core has statistics of it */
	double		item_size;		/* bytes, a guess where nothing is known */
	double		request_cost;	/* one round trip, in the planner's units */
	double		tuple_cost;		/* one row on its way here */
} DdbRelation;

extern DdbTableMap *ddb_relation_get_map(Oid relid);
extern DdbSchema *ddb_relation_get_schema(const DdbTableMap *map,
										  Oid serverid, Oid userid);
extern DdbSchema *ddb_relation_peek_schema(const DdbTableMap *map,
										   Oid serverid, Oid userid);
extern DdbSchema *ddb_relation_describe(const DdbTableMap *map, Oid serverid,
										Oid userid, DdbError *err);
extern List *ddb_relation_list_columns(const DdbTableMap *map,
									   const Bitmapset *attrs);
extern void ddb_relation_forget_schemas(const char *table_name);

#endif							/* DDB_RELATION_H */
