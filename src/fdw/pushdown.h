/*-------------------------------------------------------------------------
 *
 * pushdown.h
 *	  What becomes of each clause on an access: part of the remote filter,
 *	  local, or both.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_PUSHDOWN_H
#define DDB_PUSHDOWN_H

#include "fdw/access.h"
#include "mapping/filter.h"

typedef struct DdbPushdown
{
	List	   *filters;		/* DdbFilter: what is sent, all of it true */
	List	   *exact;			/* RestrictInfo: said by the request alone */
	List	   *local;			/* RestrictInfo: to be evaluated here */
	List	   *unsent;			/* RestrictInfo of local ones that nothing is
								 * sent of */
	List	   *reasons;		/* String: of each of unsent, why not */
} DdbPushdown;

extern DdbPushdown *ddb_pushdown_decide(PlannerInfo *root, RelOptInfo *rel,
										const DdbAccess *access,
										bool batched, List *clauses);

#endif							/* DDB_PUSHDOWN_H */
