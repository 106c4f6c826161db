/*-------------------------------------------------------------------------
 *
 * scan.h
 *	  Runs a plan's access.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_SCAN_H
#define DDB_SCAN_H

#include "fdw/stream.h"
#include "fdw/projection.h"
#include "nodes/execnodes.h"

/* A foreign scan while it runs; ForeignScanState's fdw_state. */
typedef struct DdbScanState
{
	/* from the plan, for as long as the query runs */
	DdbTableMap *map;
	Oid			serverid;
	Oid			userid;			/* whose credentials */
	DdbOperation operation;
	const char *index_name;		/* NULL: the table itself */
	bool		consistent;
	bool		backward;
	bool		selects_all;	/* a local index: it fetches what it lacks */
	bool		exact;			/* the recheck removes nothing */
	int			limit;			/* rows the plan wants; 0: not known */
	int			strict;			/* items more, for a bound BETWEEN includes */
	double		estimated_units;
	const char *key_name;		/* the partition key's */
	const char *advice;
	List	   *bound;			/* DdbBoundConstraint */
	Bitmapset  *params;			/* executor parameters in the key's values */
	DdbProjectionMap *projection;
	int			nfilter;		/* targets that the quals look at come first */
	bool		filters;		/* rows are tried before they are complete */
	DdbValue   *values;			/* of the wanted attributes */

	/* from one (re)scan to the next */
	MemoryContext scan_context; /* request and stream */
	bool		started;
	DdbRequest	request;
	DdbStream  *stream;			/* NULL where no item can qualify */
	int64		demand;			/* rows the client asked for; 0: not known */

	DdbUsage	usage;			/* all scans of this node together */
} DdbScanState;

extern void dynamodbBeginForeignScan(ForeignScanState *node, int eflags);
extern TupleTableSlot *dynamodbIterateForeignScan(ForeignScanState *node);
extern void dynamodbReScanForeignScan(ForeignScanState *node);
extern void dynamodbEndForeignScan(ForeignScanState *node);

#endif							/* DDB_SCAN_H */
