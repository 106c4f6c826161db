/*-------------------------------------------------------------------------
 *
 * filter_tree.c
 *	  Nodes of filters.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mapping/filter_tree.h"

/* A part of a clause that stays local, and why. */
DdbFilter *
ddb_filter_tree_make_local(const char *reason)
{
	DdbFilter  *filter = palloc0_object(DdbFilter);

	filter->kind = DDB_FILTER_LOCAL;
	filter->reason = reason;
	return filter;
}

/* A node that isn't an atom, over parts (DdbFilter). */
DdbFilter *
ddb_filter_tree_make(DdbFilterKind kind, List *args)
{
	DdbFilter  *filter = palloc0_object(DdbFilter);
	ListCell   *lc;

	filter->kind = kind;
	filter->args = args;
	filter->exact = true;
	foreach(lc, args)
		filter->exact &= ((DdbFilter *) lfirst(lc))->exact;
	return filter;
}

/*
 * True where a filter isn't.  Only an exact one has such a counterpart, which
 * ddb_filter_prune() sees to.
 */
DdbFilter *
ddb_filter_tree_complement(DdbFilter *filter)
{
	if (filter->kind == DDB_FILTER_NOT)
		return linitial(filter->args);
	return ddb_filter_tree_make(DDB_FILTER_NOT, list_make1(filter));
}
