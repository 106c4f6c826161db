/*-------------------------------------------------------------------------
 *
 * access.h
 *	  One way to read a relation: by which key, constrained by what.
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
	bool		expiring;		/* some items they let through are no rows */
	List	   *constraints;	/* DdbConstraint read from them */
	List	   *nonnullable;	/* what find_nonnullable_vars() says of them */
} DdbClauses;

typedef struct DdbAccess
{
	DdbOperation operation;
	const DdbIndex *index;		/* the table's own key, or an index */
	List	   *constraints;	/* DdbConstraint in key order */
	int			npartition;		/* how many concern the partition key */
	int			nsort_fixed;	/* sort attributes with one value, or a list */
	bool		lists;			/* some attribute has a list */
	bool		sort_lists;		/* some sort attribute has */
	bool		ends_in_list;	/* the last condition is one of those */
	bool		exact;			/* no clause says more than the constraints */
	bool		strict_bound;	/* a bound that BETWEEN would include */
	bool		fetches;		/* what entries lead to is fetched */

	/* the price: see price.c */
	double		keys;			/* keys or ranges asked for one by one */
	int			segments;		/* parts of a Scan that are read at once */
	double		items;			/* items read */
	double		requests;
	double		trips;			/* how many of them wait for one another */
	double		units;			/* read units */
	double		key_units;		/* of one of several keys in a partition... */
	double		range_units;	/* ...and of the range from first to last */
	double		key_items;		/* items that a Query reads for key_units */
} DdbAccess;

extern void ddb_access_check_names(const DdbTableMap *map);
extern bool ddb_access_is_forced(const DdbTableOptions *options,
								 const DdbIndex *index);
extern DdbClauses *ddb_access_read_clauses(PlannerInfo *root,
										   RelOptInfo *rel, List *rinfos);
extern void ddb_access_scan(DdbAccess *access, const DdbIndex *index,
							const DdbClauses *clauses);
extern bool ddb_access_match_scan(RelOptInfo *rel, const DdbIndex *index,
								  const DdbClauses *clauses,
								  DdbAccess *access);
extern bool ddb_access_is_implied(RelOptInfo *rel, const DdbTableMap *map,
								  const DdbIndex *index, Node *clause);
extern bool ddb_access_match(RelOptInfo *rel, const DdbIndex *index,
							 const DdbClauses *clauses, DdbAccess *access,
							 const char **reason);
extern bool ddb_access_index_covers(RelOptInfo *rel, const DdbIndex *index,
									List *clauses);

#endif							/* DDB_ACCESS_H */
