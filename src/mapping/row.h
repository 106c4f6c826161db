/*-------------------------------------------------------------------------
 *
 * row.h
 *	  Rows as items, and items as rows.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_ROW_H
#define DDB_ROW_H

#include "mapping/column.h"

/* The primary key of an item, in the order of the schema. */
typedef struct DdbKey
{
	int			n;
	const DdbKeyAttribute *attributes[2];
	DdbValue	values[2];
	char	   *json;			/* as requests want it; equal keys are equal
								 * texts */
} DdbKey;

/* An item that is to be written. */
typedef struct DdbRowItem
{
	char	   *json;
	DdbValue	value;			/* the same, as a map */
	DdbKey		key;
} DdbRowItem;

extern void ddb_row_to_item(const DdbTableMap *map, const Datum *values,
							const bool *isnull, DdbRowItem *out);
extern void ddb_row_from_item(const DdbTableMap *map, const DdbValue *item,
							  Datum *values, bool *isnull);
extern void ddb_row_make_key(const DdbTableMap *map, const DdbValue *item,
							 DdbKey *key);
extern char *ddb_row_key_words(const DdbTableMap *map, const DdbKey *key);
extern void ddb_row_check_attribute(const DdbTableMap *map,
									const char *attribute,
									const DdbValue *value);
extern bool ddb_row_is_index_key(const DdbTableMap *map,
								 const char *attribute);

#endif							/* DDB_ROW_H */
