/*-------------------------------------------------------------------------
 *
 * scan.h
 *	  Runs a plan's access.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_SCAN_H
#define DDB_SCAN_H

#include "fdw/projection.h"
#include "fdw/stream.h"
#include "mapping/filter.h"
#include "mapping/keyset.h"
#include "nodes/execnodes.h"

/* The columns of a row, and what is tried before it is complete. */
typedef struct DdbScanTargets
{
	DdbProjectionMap *projection;
	int			nfilter;		/* targets that the quals look at come first */
	bool		filters;		/* rows are tried before they are complete */
} DdbScanTargets;

typedef struct DdbParallel DdbParallel;
typedef struct DdbScanWait DdbScanWait;

/* A foreign scan while it runs; ForeignScanState's fdw_state. */
typedef struct DdbScanState
{
	/* from the plan, for as long as the query runs */
	DdbTableMap *map;
	Oid			serverid;
	Oid			userid;			/* whose credentials */
	DdbOperation operation;
	const char *index_name;		/* NULL: the table itself */
	bool		index_global;
	bool		consistent;
	bool		backward;
	bool		reversed;		/* keys are read from the greatest down */
	bool		full_key;		/* the table's whole primary key is given */
	bool		fetches;		/* the items behind entries are fetched */
	bool		exact;			/* the recheck removes nothing */
	bool		keeps;			/* items are kept till rows are written */
	bool		collects;		/* keys, all of them, of items to be written */
	bool		rechecks;		/* the recheck quals count in any case */
	int			limit;			/* rows the plan wants; 0: not known */
	int			strict;			/* items more, for a bound BETWEEN includes */
	int			batch_size;		/* keys a BatchGetItem */
	int			segments;		/* of a Scan that reads all */
	bool		whole;			/* the query is expected to take all rows */
	double		key_units;		/* of a sort key asked for by itself... */
	double		range_units;	/* ...and of their range; 0: none to join */
	double		key_items;		/* items that a Query reads for key_units */
	double		estimated_units;
	double		capacity_units; /* a provisioned capacity's limit; 0: none */
	List	   *key_names;		/* String, the table's primary key */
	List	   *index_keys;		/* String, of the index that leads on */
	List	   *order;			/* String, what Queries are merged by */
	const char *advice;
	List	   *bound;			/* DdbBoundConstraint */
	struct DdbBatch *batch;		/* the join's, or its own, or NULL */
	bool		own_batch;		/* its keys are put in here */
	Bitmapset  *params;			/* executor parameters in the key's values */
	List	   *filters;		/* of the remote filter: ddb_filter_bind() */
	DdbScanTargets planned;		/* where the request says what was planned */
	DdbScanTargets rechecked;	/* where the plan's recheck quals count too */
	DdbValue   *values;			/* of the wanted attributes */
	const char *item;			/* of the row returned last; a slice */
	size_t		item_len;
	const DdbValue *expiry;		/* the one that says when an item expires */
	int64		now;			/* what that is compared with */

	/* from one (re)scan to the next */
	MemoryContext scan_context; /* keys, requests and streams */
	bool		started;
	DdbKeySet	keys;
	DdbStream  *stream;			/* NULL where no item can qualify */
	bool		borrowed;		/* it is the batch's */
	DdbFolded	filter;
	bool		recheck;		/* the request says less than was planned */
	DdbScanTargets *targets;	/* one of the two above */
	int64		demand;			/* rows the client asked for; 0: not known */
	int64		requests_before;	/* sent by the scans before */

	DdbScanWait *wait;			/* of an asynchronous scan */

	/* of a table that the statement's WITH writes */
	bool		runs_to_end;	/* all rows are read, wanted or not... */
	struct DdbKept *kept;		/* ...and those not returned yet; or NULL */

	/* with other processes; NULL: by this one alone */
	DdbParallel *parallel;

	/* all scans of this node together */
	DdbUsage	usage;
	int64		sent[DDB_OPERATION_COUNT];
} DdbScanState;

extern void ddb_scan_see_own_writes(DdbScanState *scan);
extern bool ddb_scan_is_ready(ForeignScanState *node);

extern void dynamodbBeginForeignScan(ForeignScanState *node, int eflags);
extern TupleTableSlot *dynamodbIterateForeignScan(ForeignScanState *node);
extern void dynamodbReScanForeignScan(ForeignScanState *node);
extern void dynamodbEndForeignScan(ForeignScanState *node);

#endif							/* DDB_SCAN_H */
