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

extern void dynamodbExplainForeignScan(ForeignScanState *node,
									   struct ExplainState *es);

#endif							/* DDB_EXPLAIN_H */
