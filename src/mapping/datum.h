/*-------------------------------------------------------------------------
 *
 * datum.h
 *	  Values: from an item's attribute to SQL, and from SQL to the wire.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_DATUM_H
#define DDB_DATUM_H

#include "mapping/column.h"

/* Where a value that has no exact wire form may go. */
typedef enum DdbRounding
{
	DDB_ROUND_NONE,				/* for equality */
	DDB_ROUND_DOWN,				/* for bounds, to be rechecked */
	DDB_ROUND_UP,
} DdbRounding;

typedef enum DdbEncoded
{
	DDB_ENCODED,				/* *out holds the value */
	DDB_ENCODED_INEXACT,		/* *out holds it, rounded as asked */
	DDB_ENCODED_NULL,			/* SQL NULL */
	DDB_ENCODED_NOTHING,		/* no stored value equals it */
	DDB_ENCODED_BELOW,			/* less than every stored value */
	DDB_ENCODED_ABOVE,			/* greater than every stored value */
	DDB_ENCODED_UNKNOWN,		/* can't say: leave the condition local */
} DdbEncoded;

/* Chooses codec, DynamoDB type and checks format against the SQL type. */
extern void ddb_datum_init_column(DdbColumn *column,
								  const DdbColumnOptions *options,
								  const char *relname);

/*
 * Reads a value into SQL, in the current context.  A mismatch is an error
 * or NULL, as the column has it; NULL in a NOT NULL column is an error.
 */
extern Datum ddb_datum_decode(const DdbTableMap *map, const DdbColumn *column,
							  const DdbValue *value, bool *isnull);

/* The rest of an item ('*'): all members that no other column shows whole. */
extern Datum ddb_datum_decode_rest(const DdbTableMap *map,
								   const DdbColumn *column,
								   const char *item, size_t len,
								   bool *isnull);

/* May a value of this SQL type be compared with the column on the wire? */
extern bool ddb_datum_can_encode(const DdbColumn *column, Oid typid);

/*
 * The same where only bounds of a range are wanted: also what has no exact
 * counterpart in the column, like a timestamptz for a timestamp column.
 */
extern bool ddb_datum_can_bound(const DdbColumn *column, Oid typid);

/*
 * What an array column's members are, as a column of the same attribute;
 * palloc'd, NULL if the column is no array.
 */
extern const DdbColumn *ddb_datum_member(const DdbColumn *column);

/*
 * A column of any type as one that shows strings, under this collation;
 * palloc'd.
 */
extern const DdbColumn *ddb_datum_text_view(const DdbColumn *column,
											Oid collation);

/* Does the order on the wire agree with the SQL order of the column? */
extern bool ddb_datum_is_ordered(const DdbColumn *column);

/*
 * Is an attribute of the column's DynamoDB type that reads as NULL out of
 * the question?  So where every value of that type is one of the column, and
 * where one that isn't is an error.
 */
extern bool ddb_datum_is_total(const DdbColumn *column);

/*
 * Writes a datum of type typid (the column's, or another of its btree
 * family) as the column's wire value, palloc'd in the current context.
 */
extern DdbEncoded ddb_datum_encode(const DdbColumn *column, Datum datum,
								   bool isnull, Oid typid,
								   DdbRounding rounding, DdbValue *out);

/* For ereport: which foreign table and column an error is about. */
extern int	ddb_datum_errcolumn(const DdbTableMap *map,
								const DdbColumn *column);

#endif							/* DDB_DATUM_H */
