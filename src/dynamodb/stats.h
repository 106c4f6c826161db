/*-------------------------------------------------------------------------
 *
 * stats.h
 *	  What this session has asked of DynamoDB, by server, table and
 *	  operation.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_STATS_H
#define DDB_STATS_H

/* Counters; all of them only grow. */
typedef struct DdbTally
{
	int64		requests;		/* retries not counted */
	int64		items;			/* read, or written */
	double		read_units;
	double		write_units;
	int64		retries;
	int64		throttled;
	int64		bytes_sent;		/* bodies of requests, retries included */
	int64		bytes_received; /* bodies of answers */
} DdbTally;

/* One operation on one table of one server; lives as long as the session. */
typedef struct DdbStats
{
	struct DdbStats *next;		/* in ddb_stats_first() */
	char	   *server_name;
	char	   *table_name;		/* NULL: of no one table */
	char	   *operation;
	bool		writes;			/* its units are write units */
	DdbTally	total;
	DdbTally	reported;		/* of total, what a statement has reported */
} DdbStats;

extern DdbStats *ddb_stats_get(const char *server_name,
							   const char *table_name,
							   const char *operation);
extern void ddb_stats_add_units(DdbStats *stats, double units);
extern DdbStats *ddb_stats_first(void);

#endif							/* DDB_STATS_H */
