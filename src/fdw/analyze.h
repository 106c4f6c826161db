/*-------------------------------------------------------------------------
 *
 * analyze.h
 *	  ANALYZE of a foreign table.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_ANALYZE_H
#define DDB_ANALYZE_H

#include "foreign/fdwapi.h"

extern bool dynamodbAnalyzeForeignTable(Relation relation,
										AcquireSampleRowsFunc *func,
										BlockNumber *totalpages);
extern bool dynamodbImportForeignStatistics(Relation relation, List *va_cols,
											int elevel);
extern int	ddb_analyze_acquire_rows(Relation relation, int elevel,
									 HeapTuple *rows, int targrows,
									 double *totalrows,
									 double *totaldeadrows);

#endif							/* DDB_ANALYZE_H */
