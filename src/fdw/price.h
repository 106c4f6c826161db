/*-------------------------------------------------------------------------
 *
 * price.h
 *	  What an access costs, in requests and read units.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_PRICE_H
#define DDB_PRICE_H

#include "fdw/access.h"

extern double ddb_price_item_size(const DdbSchema *schema, double tuples,
								  double pages);
extern void ddb_price_access(PlannerInfo *root, RelOptInfo *rel,
							 DdbAccess *access);
extern void ddb_price_deal(const DdbRelation *relation, DdbAccess *access,
						   int processes);
extern void ddb_price_bound(DdbAccess *access, double rows);
extern double ddb_price_cap_rows(RelOptInfo *rel, const DdbClauses *clauses,
								 double rows);
extern double ddb_price_capacity(const DdbAccess *access);
extern bool ddb_price_is_refused(const DdbTableOptions *options,
								 const DdbAccess *access, bool bounded);

#endif							/* DDB_PRICE_H */
