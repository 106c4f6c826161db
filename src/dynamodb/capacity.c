/*-------------------------------------------------------------------------
 *
 * capacity.c
 *	  Counters of what was asked, and units in words.
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

/* Adds to a sum what has come between two states of a counter. */
void
ddb_usage_add_difference(DdbUsage *sum, const DdbUsage *now,
						 const DdbUsage *before)
{
	sum->requests += now->requests - before->requests;
	sum->retries += now->retries - before->retries;
	sum->throttled += now->throttled - before->throttled;
	sum->items_scanned += now->items_scanned - before->items_scanned;
	sum->items_returned += now->items_returned - before->items_returned;
	sum->units += now->units - before->units;
	sum->table_units += now->table_units - before->table_units;
	sum->index_units += now->index_units - before->index_units;
	sum->bytes_sent += now->bytes_sent - before->bytes_sent;
	sum->bytes_received += now->bytes_received - before->bytes_received;
}
