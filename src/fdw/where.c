/*-------------------------------------------------------------------------
 *
 * where.c
 *	  WHERE as the condition of a write.
 *
 * A row was read, or only its key is known, and is written if WHERE is true of
 * the item at that moment.  READ COMMITTED has it so: of a row that somebody
 * else has changed meanwhile, WHERE is evaluated again, and where it isn't
 * true any more the row is left out.  DynamoDB does the same by itself if the
 * clause is a ConditionExpression that is true for exactly the items for
 * which the clause is.
 *
 * Such a condition is what a Scan's filter of the clause is, by the rules of
 * mapping/filter_rules.c, as a condition too sees the whole item, keys
 * included.  (A Query's filter may not name its key, and one on an index sees
 * what is projected: that is why pushdown.c may have refused the same clause
 * for the access.)  Nothing that is said weaker than the clause will do, as
 * nobody rechecks what was written.
 *
 * A clause about the primary key and nothing else needs no condition: under
 * the same key it stays what it was.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "fdw/deparse_filter.h"
#include "fdw/relation.h"
#include "fdw/where.h"
#include "mapping/row.h"
#include "mapping/template.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"

/* Does the clause look at columns that show the primary key, and no others? */
static bool
is_about_key(const DdbTableMap *map, Index rti, Node *clause)
{
	Bitmapset  *attrs = NULL;
	int			i = -1;

	if (contain_volatile_functions(clause) || contain_subplans(clause))
		return false;
	pull_varattnos(clause, rti, &attrs);
	while ((i = bms_next_member(attrs, i)) >= 0)
	{
		int			attnum = i + FirstLowInvalidHeapAttributeNumber;

		if (attnum <= 0 || !ddb_row_shows_key(map, map->columns[attnum - 1]))
			return false;
	}
	return true;
}

/* Keys are scalars: to look below one is an error (DdbFilterRefusal). */
static const char *
refuse_below_key(const DdbFilter *atom, void *arg)
{
	const DdbTableMap *map = arg;

	return atom->column != NULL && atom->column->nsteps > 0 &&
		ddb_schema_is_key(map->schema, atom->column->attribute) ?
		"keys have no members" : NULL;
}

/*
 * Sorts clauses (Expr) that restrict a relation which is written, those about
 * other relations too; the lists are palloc'd in the current context.  The
 * relation has its schema.
 */
void
ddb_where_sort(PlannerInfo *root, RelOptInfo *rel, List *clauses,
			   DdbWhereClauses *out)
{
	DdbTableMap *map = ((DdbRelation *) rel->fdw_private)->map;
	ListCell   *lc;

	memset(out, 0, sizeof(*out));
	foreach(lc, clauses)
	{
		Expr	   *clause = lfirst(lc);
		Relids		relids = pull_varnos(root, (Node *) clause);
		DdbFilter  *filter;

		if (!bms_is_subset(relids, rel->relids))
		{
			out->rest = lappend(out->rest, clause);
			continue;
		}
		if (is_about_key(map, rel->relid, (Node *) clause))
		{
			out->keys = lappend(out->keys, clause);
			continue;
		}
		filter = ddb_filter_prune(ddb_filter_read(root, rel, map, clause),
								  refuse_below_key, map);
		if (filter->kind == DDB_FILTER_LOCAL || !filter->exact)
			out->rest = lappend(out->rest, clause);
		else
		{
			out->said = lappend(out->said, clause);
			out->filters = lappend(out->filters, filter);
		}
	}
}

/*
 * Appends in words, for EXPLAIN, that the item is there and what is said of
 * it.
 */
void
ddb_where_append_words(PlannerInfo *root, const DdbTableMap *map,
					   const DdbWhereClauses *where, StringInfo text)
{
	ListCell   *lc;

	appendStringInfo(text, "attribute_exists(%s)",
					 ddb_template_quote(map->schema->primary.partition[0].name));
	foreach(lc, where->filters)
		appendStringInfo(text, " AND %s",
						 ddb_deparse_filter_part(root, lfirst(lc)));
}

/*
 * Is all of WHERE said as it was planned, and is there room in an expression
 * for so much besides?
 */
bool
ddb_where_fits(const DdbWhere *where, size_t bytes, int operators)
{
	const DdbFolded *folded = &where->folded;

	return folded->exact && !folded->never &&
		folded->size + bytes <= DDB_MAX_EXPRESSION_BYTES &&
		folded->operators + operators <= DDB_MAX_OPERATORS;
}
