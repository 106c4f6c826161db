/*-------------------------------------------------------------------------
 *
 * checks.c
 *	  The columns that a foreign table's constraints look at.
 *
 * Who writes some columns has to know whether a constraint looks at these,
 * and at which others besides.  A virtual generated column (18) isn't written
 * itself; a constraint about it is one about what it is generated from.
 *
 * Sets of columns are numbered as pull_varattnos() does it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "base/compat.h"
#include "fdw/checks.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteHandler.h"
#include "utils/partcache.h"
#include "utils/rel.h"

/* The columns that an expression about the relation alone looks at. */
Bitmapset *
ddb_checks_pull_columns(Relation rel, Node *expr)
{
	TupleDesc	tupdesc = RelationGetDescr(rel);
	Bitmapset  *attrs = NULL;

	pull_varattnos(expr, 1, &attrs);
	for (int i = 0; i < tupdesc->natts; i++)
	{
		int			member = i + 1 - FirstLowInvalidHeapAttributeNumber;

		if (!ddb_compat_is_virtual(tupdesc, i) ||
			!bms_is_member(member, attrs))
			continue;
		attrs = bms_del_member(attrs, member);
		pull_varattnos(build_column_default(rel, i + 1), 1, &attrs);
	}
	return attrs;
}

/*
 * What each CHECK looks at, each NOT NULL of a virtual column, and a
 * partition's bounds, as a List of Bitmapset.
 */
List *
ddb_checks_list(Relation rel)
{
	TupleDesc	tupdesc = RelationGetDescr(rel);
	TupleConstr *constr = tupdesc->constr;
	List	   *checks = NIL;

	for (int i = 0; constr != NULL && i < constr->num_check; i++)
		checks = lappend(checks,
						 ddb_checks_pull_columns(rel,
												 stringToNode(constr->check[i].ccbin)));
	for (int i = 0; i < tupdesc->natts; i++)
		if (ddb_compat_is_virtual(tupdesc, i) &&
			TupleDescAttr(tupdesc, i)->attnotnull)
			checks = lappend(checks,
							 ddb_checks_pull_columns(rel,
													 build_column_default(rel,
																		  i + 1)));
	if (rel->rd_rel->relispartition)
		checks = lappend(checks,
						 ddb_checks_pull_columns(rel,
												 (Node *) RelationGetPartitionQual(rel)));
	return checks;
}

/* Does what looks at these columns look at one of those, or the whole row? */
bool
ddb_checks_is_touched(const Bitmapset *used, const Bitmapset *updated)
{
	return bms_overlap(used, updated) ||
		bms_is_member(0 - FirstLowInvalidHeapAttributeNumber, used);
}
