/*-------------------------------------------------------------------------
 *
 * column.h
 *	  A foreign table's columns, each with the attribute it shows, and the
 *	  table map that planner, scan and modify share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_COLUMN_H
#define DDB_COLUMN_H

#include "access/tupdesc.h"
#include "base/option.h"
#include "dynamodb/schema.h"
#include "dynamodb/value.h"

/* Canonical text or number forms of a column's values on the wire. */
typedef enum DdbFormat
{
	DDB_FORMAT_NONE,
	DDB_FORMAT_ISO8601,			/* 2024-01-31T10:00:00Z */
	DDB_FORMAT_ISO8601_MS,		/* 2024-01-31T10:00:00.123Z */
	DDB_FORMAT_ISO8601_US,		/* 2024-01-31T10:00:00.123456Z */
	DDB_FORMAT_ISOFORMAT,		/* Python: no fraction or six digits */
	DDB_FORMAT_ISOFORMAT_UTC,	/* the same with +00:00 */
	DDB_FORMAT_DATE,			/* 2024-01-31 */
	DDB_FORMAT_UUID,			/* lower case, hyphens */
	DDB_FORMAT_EPOCH,			/* number of seconds */
	DDB_FORMAT_EPOCH_MS,		/* number of milliseconds */
	DDB_FORMAT_RFC3339,			/* any fraction and zone; not ordered */
	DDB_FORMAT_DYNAMODB,		/* json: typed, lossless */
} DdbFormat;

/* How a column's SQL type reads and writes values; see datum.c. */
typedef struct DdbCodec DdbCodec;

typedef struct DdbColumn
{
	AttrNumber	attnum;
	char	   *name;			/* as SQL names it */
	Oid			typid;
	int32		typmod;
	Oid			collation;
	bool		not_null;		/* declared, and valid */

	/* what it shows */
	bool		whole_item;		/* attribute_name '*' */
	char	   *attribute;		/* top-level attribute, UTF-8; NULL for '*' */
	int			nsteps;			/* document path below it */
	DdbPathStep *steps;
	char	   *label;			/* the path as written, for messages */

	DdbType		type;			/* the DynamoDB type; MISSING: any (json) */
	DdbFormat	format;
	DdbOnMismatch on_mismatch;
	DdbNullAs	null_as;
	const DdbCodec *codec;
} DdbColumn;

typedef struct DdbTableMap
{
	Oid			relid;
	char	   *relname;
	DdbTableOptions options;
	char	   *ttl_attribute;	/* UTF-8; NULL: items don't expire */
	int			natts;
	DdbColumn **columns;		/* by attnum - 1; NULL where dropped or
								 * virtual */
	DdbSchema  *schema;			/* NULL until somebody needs it */
} DdbTableMap;

extern DdbTableMap *ddb_column_map_table(Oid relid, TupleDesc tupdesc);
extern DdbColumn *ddb_column_lookup_attribute(const DdbTableMap *map,
											  const char *attribute);

#endif							/* DDB_COLUMN_H */
