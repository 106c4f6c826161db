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

#endif							/* DDB_ANALYZE_H */
