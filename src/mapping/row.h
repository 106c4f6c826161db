/*-------------------------------------------------------------------------
 *
 * row.h
 *	  Rows as items, and items as rows.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_ROW_H
#define DDB_ROW_H

#include "dynamodb/item.h"
#include "mapping/column.h"
#include "nodes/pg_list.h"

/* The primary key of an item, in the order of the schema. */
typedef struct DdbItemKey
{
	int			n;
	const DdbKeyAttribute *attributes[DDB_MAX_PRIMARY_KEY];
	DdbValue	values[DDB_MAX_PRIMARY_KEY];
	char	   *json;			/* as requests want it; equal keys are equal
								 * texts */
} DdbItemKey;

/* An item that is to be written. */
typedef struct DdbRowItem
{
	char	   *json;
	DdbValue	value;			/* the same, as a map */
	DdbItemKey	key;
} DdbRowItem;

extern void ddb_row_to_item(const DdbTableMap *map, const Datum *values,
							const bool *isnull, const bool *unnamed,
							DdbRowItem *out);
extern void ddb_row_count_version(const DdbTableMap *map,
								  const DdbValue *old, DdbItem *item);
extern void ddb_row_finish_item(const DdbTableMap *map, const DdbItem *item,
								DdbRowItem *out);
extern DdbPathStep ddb_row_make_step(const char *name, size_t namelen);
extern void ddb_row_check_rest(const DdbTableMap *map,
							   const DdbColumn *column,
							   const DdbValue *value);
extern void ddb_row_follow_steps(const DdbColumn *column, int nsteps,
								 const DdbValue *item, DdbValue *out);
extern void ddb_row_follow_column(const DdbColumn *column,
								  const DdbValue *item, DdbValue *out);
extern void ddb_row_from_item(const DdbTableMap *map, const DdbValue *item,
							  Datum *values, bool *isnull);
extern void ddb_row_read_columns(const DdbTableMap *map, const List *attnums,
								 const DdbValue *item, Datum *values,
								 bool *isnull);
extern void ddb_row_check_attribute(const DdbTableMap *map,
									const char *attribute,
									const DdbValue *value);
extern void ddb_row_make_key(const DdbTableMap *map, const DdbValue *item,
							 DdbItemKey *key);
extern void ddb_row_set_key(const DdbTableMap *map, const DdbValue *values,
							DdbItemKey *key);
extern char *ddb_row_key_words(const DdbTableMap *map, const DdbItemKey *key);
extern bool ddb_row_is_key(const DdbTableMap *map, const char *attribute);
extern bool ddb_row_shows_key(const DdbTableMap *map,
							  const DdbColumn *column);
extern List *ddb_row_without_keys(const DdbTableMap *map, List *columns);
extern bool ddb_row_has_attribute(const DdbRowItem *item,
								  const char *attribute);
extern bool ddb_row_is_index_key(const DdbTableMap *map,
								 const char *attribute);

#endif							/* DDB_ROW_H */
