/*-------------------------------------------------------------------------
 *
 * store.h
 *	  Values from SQL to the wire, to be stored.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_STORE_H
#define DDB_STORE_H

#include "mapping/column.h"

extern void ddb_store_value(const DdbTableMap *map, const DdbColumn *column,
							Datum datum, bool isnull, DdbValue *out);

#endif							/* DDB_STORE_H */
