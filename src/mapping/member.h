/*-------------------------------------------------------------------------
 *
 * member.h
 *	  Members of json columns as columns of their own.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_MEMBER_H
#define DDB_MEMBER_H

#include "mapping/column.h"
#include "nodes/pg_list.h"

extern const DdbColumn *ddb_member_view(const DdbTableMap *map,
										const DdbColumn *column,
										const List *names);

#endif							/* DDB_MEMBER_H */
