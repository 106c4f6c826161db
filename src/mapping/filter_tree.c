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

/* Why some part of a tree can't be sent; NULL if all can. */
static const char *
find_reason(const DdbFilter *filter)
{
	const char *reason = filter->reason;
	ListCell   *lc;

	foreach(lc, filter->args)
		if (reason == NULL)
			reason = find_reason(lfirst(lc));
	return reason;
}

/* True where a filter isn't; only an exact one has such a counterpart. */
DdbFilter *
ddb_filter_tree_complement(DdbFilter *filter)
{
	const char *reason = find_reason(filter);

	if (filter->kind == DDB_FILTER_NOT)
		return linitial(filter->args);
	if (filter->exact)
		return ddb_filter_tree_make(DDB_FILTER_NOT, list_make1(filter));
	return ddb_filter_tree_make_local(reason != NULL ? reason :
								 "where it isn't true can't be said exactly");
}
