/*-------------------------------------------------------------------------
 *
 * access.h
 *	  One way to read a relation: by which key, constrained by what, at what
 *	  price.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_ACCESS_H
#define DDB_ACCESS_H

#include "dynamodb/request.h"
#include "fdw/relation.h"
#include "nodes/pathnodes.h"

/* A scan's clauses, read once and matched to every key. */
typedef struct DdbClauses
{
	List	   *rinfos;			/* RestrictInfo */
	List	   *constraints;	/* DdbConstraint read from them */
	List	   *nonnullable;	/* what find_nonnullable_vars() says of them */
} DdbClauses;

typedef struct DdbAccess
{
	DdbOperation operation;
	const DdbIndex *index;		/* the table's own key, or an index */
	List	   *constraints;	/* DdbConstraint in key order, partition first */
	int			npartition;		/* how many concern the partition key */
	int			nsort_fixed;	/* sort attributes fixed by equality */
	bool		exact;			/* no clause says more than the constraints */
	bool		strict_bound;	/* a bound that BETWEEN would include */

	/* price */
	double		items;			/* items read */
	double		requests;
	double		units;			/* read units */
} DdbAccess;

extern const DdbIndex *ddb_access_get_index(const DdbSchema *schema,
											int number);
extern bool ddb_access_is_forced(const DdbTableOptions *options,
								 const DdbIndex *index);
extern Bitmapset *ddb_access_attrs(RelOptInfo *rel, List *clauses);
extern DdbClauses *ddb_access_read_clauses(PlannerInfo *root,
										   RelOptInfo *rel, List *rinfos);
extern void ddb_access_scan(DdbAccess *access, const DdbSchema *schema,
							const DdbClauses *clauses);
extern bool ddb_access_match(RelOptInfo *rel, const DdbIndex *index,
							 const DdbClauses *clauses, DdbAccess *access,
							 const char **reason);
extern void ddb_access_price(PlannerInfo *root, RelOptInfo *rel,
							 DdbAccess *access);
extern void ddb_access_bound(DdbAccess *access, double rows);
extern double ddb_access_cap_rows(RelOptInfo *rel, const DdbClauses *clauses,
								 double rows);
extern bool ddb_access_is_refused(const DdbTableOptions *options,
								  const DdbAccess *access, bool bounded);

#endif							/* DDB_ACCESS_H */
