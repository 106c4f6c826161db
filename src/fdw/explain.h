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
#include "fdw/scan.h"

extern void ddb_explain_retries(const DdbUsage *usage,
								struct ExplainState *es);
extern void ddb_explain_source(ForeignScanState *node, const char *write,
							   struct ExplainState *es);
extern void ddb_explain_usage(const DdbScanState *scan,
							  const DdbUsage *writes, const char *write,
							  struct ExplainState *es);
extern void dynamodbExplainForeignScan(ForeignScanState *node,
									   struct ExplainState *es);

#endif							/* DDB_EXPLAIN_H */
