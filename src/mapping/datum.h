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

extern void ddb_datum_init_column(DdbColumn *column,
								  const DdbColumnOptions *options,
								  const char *relname);
extern Datum ddb_datum_decode(const DdbTableMap *map, const DdbColumn *column,
							  const DdbValue *value, bool *isnull);
extern Datum ddb_datum_decode_rest(const DdbTableMap *map,
								   const DdbColumn *column,
								   const char *item, size_t len,
								   bool *isnull);
extern bool ddb_datum_can_encode(const DdbColumn *column, Oid typid);
extern bool ddb_datum_can_bound(const DdbColumn *column, Oid typid);
extern const DdbColumn *ddb_datum_member(const DdbColumn *column);
extern const DdbColumn *ddb_datum_text_view(const DdbColumn *column,
											Oid collation);
extern bool ddb_datum_is_ordered(const DdbColumn *column);
extern bool ddb_datum_is_total(const DdbColumn *column);
extern DdbEncoded ddb_datum_encode(const DdbColumn *column, Datum datum,
								   bool isnull, Oid typid,
								   DdbRounding rounding, DdbValue *out);
extern int	ddb_datum_errcolumn(const DdbTableMap *map,
								const DdbColumn *column);

#endif							/* DDB_DATUM_H */
