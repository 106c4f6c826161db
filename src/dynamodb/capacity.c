/*-------------------------------------------------------------------------
 *
 * capacity.c
 *	  Units in words.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "dynamodb/capacity.h"

/* Units as people read them, palloc'd: 391, or 0.5. */
char *
ddb_capacity_words(double units)
{
	return psprintf(units == floor(units) ? "%.0f" : "%.1f", units);
}
