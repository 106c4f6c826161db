/*-------------------------------------------------------------------------
 *
 * pace.h
 *	  How fast a statement may read and write.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_PACE_H
#define DDB_PACE_H

#include "fdw/parallel.h"

extern void ddb_pace_reads(const DdbScanState *scan, const char *index_name,
						   DdbStreamSpec *spec);
extern void ddb_pace_set_terms(const DdbScanState *scan,
							   DdbParallelTerms *terms);
extern DdbBudget *ddb_pace_table(MemoryContext context,
								 const DdbClient *client,
								 const char *table_name,
								 const DdbIndex *table, bool consistent,
								 double read_capacity, int concurrency);
extern DdbBudget *ddb_pace_writes(MemoryContext context,
								  const DdbClient *client,
								  const DdbTableMap *map, Oid serverid,
								  Oid userid);

#endif							/* DDB_PACE_H */
