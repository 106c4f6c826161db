/*-------------------------------------------------------------------------
 *
 * explain.h
 *	  What EXPLAIN says of a foreign scan.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_EXPLAIN_H
#define DDB_EXPLAIN_H

#include "base/compat.h"
#include "dynamodb/capacity.h"

extern void ddb_explain_retries(const DdbUsage *usage,
								struct ExplainState *es);
extern void dynamodbExplainForeignScan(ForeignScanState *node,
									   struct ExplainState *es);

#endif							/* DDB_EXPLAIN_H */
