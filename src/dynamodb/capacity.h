/*-------------------------------------------------------------------------
 *
 * capacity.h
 *	  Counters of what was asked of DynamoDB and what it cost.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_CAPACITY_H
#define DDB_CAPACITY_H

/* What a strongly consistent read unit is for. */
#define DDB_READ_UNIT_BYTES	4096.0

/* The least that a read costs: it is eventually consistent, and no larger. */
#define DDB_LEAST_UNITS		0.5

/* What it costs to read that many bytes. */
static inline double
ddb_capacity_unit(bool consistent)
{
	return consistent ? 1.0 : 0.5;
}

/* A page of a Query or Scan ends behind the item that takes it past this. */
#define DDB_PAGE_BYTES		(1024.0 * 1024.0)

/* What one scan (or one statement) has cost so far. */
typedef struct DdbUsage
{
	const char *table_name;		/* of which table; NULL: of no one table */
	int64		requests;		/* sent, retries not counted */
	int64		retries;
	int64		throttled;
	int64		items_scanned;
	int64		items_returned;
	double		units;			/* consumed, table and indexes together */
	double		table_units;
	double		index_units;
	int64		bytes_sent;		/* bodies of requests, retries included */
	int64		bytes_received; /* bodies of answers */
} DdbUsage;

extern void ddb_usage_add_difference(DdbUsage *sum, const DdbUsage *now,
									 const DdbUsage *before);

extern char *ddb_capacity_words(double units);

#endif							/* DDB_CAPACITY_H */
