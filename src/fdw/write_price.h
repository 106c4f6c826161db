/*-------------------------------------------------------------------------
 *
 * write_price.h
 *	  What writes cost, for EXPLAIN.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_WRITE_PRICE_H
#define DDB_WRITE_PRICE_H

#include "base/compat.h"
#include "mapping/column.h"
#include "nodes/nodes.h"
#include "utils/relcache.h"

/* What a statement does to each of its items. */
typedef struct DdbWriteWork
{
	CmdType		operation;
	const List *updated;		/* integer: columns that may change, or are
								 * given values */
	const char *sent_by;		/* the service's operation, as EXPLAIN says */
	double		rows;
} DdbWriteWork;

extern void ddb_write_price_explain(Relation rel, const DdbTableMap *map,
									const DdbWriteWork *work,
									ExplainState *es);

#endif							/* DDB_WRITE_PRICE_H */
