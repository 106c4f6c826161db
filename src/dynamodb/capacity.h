/*-------------------------------------------------------------------------
 *
 * capacity.h
 *	  Counters of what was asked of DynamoDB and what it cost.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_CAPACITY_H
#define DDB_CAPACITY_H

/* What one scan (or one statement) has cost so far. */
typedef struct DdbUsage
{
	int64		requests;		/* sent, retries not counted */
	int64		retries;
	int64		throttled;
	int64		items_scanned;
	int64		items_returned;
	double		units;			/* consumed, table and indexes together */
	double		table_units;
	double		index_units;
} DdbUsage;

extern char *ddb_capacity_words(double units);

#endif							/* DDB_CAPACITY_H */
