/*-------------------------------------------------------------------------
 *
 * change.h
 *	  Changed columns as a changed item.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_CHANGE_H
#define DDB_CHANGE_H

#include "mapping/row.h"

extern void ddb_change_apply(const DdbTableMap *map, const List *attnums,
							 const DdbValue *old, const Datum *values,
							 const bool *isnull, DdbRowItem *out);

#endif							/* DDB_CHANGE_H */
