/*-------------------------------------------------------------------------
 *
 * unique.c
 *	  Tells the planner that primary keys are unique.
 *
 * A foreign table has no indexes, so the planner can't prove that a join
 * finds one row at most.  A hypothetical unique index on the primary key's
 * columns is that proof: left joins of which nothing is used go away, semi
 * joins become joins, Memoize keeps single rows, and estimates count keys.  No
 * index path is ever made for a foreign table.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "catalog/pg_am.h"
#include "fdw/path.h"
#include "fdw/relation.h"
#include "fdw/unique.h"
#include "foreign/fdwapi.h"
#include "mapping/datum.h"
#include "nodes/makefuncs.h"
#include "optimizer/pathnode.h"
#include "optimizer/plancat.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

static ddb_relation_info_hook_type prev_relation_info = NULL;

/*
 * The column in which a key attribute is unique, or NULL.  Equal keys must
 * have equal values there and the other way round, which is what makes a
 * column's wire form canonical.
 */
static const DdbColumn *
key_column(const DdbTableMap *map, const DdbKeyAttribute *key)
{
	const DdbColumn *column = ddb_column_lookup_attribute(map, key->name);

	if (column == NULL || column->type != key->type ||
		!ddb_datum_can_encode(column, column->typid))
		return NULL;
	return column;
}

static void
set_index_column(IndexOptInfo *index, int i, const DdbColumn *column)
{
	TypeCacheEntry *type = lookup_type_cache(getBaseType(column->typid),
											 TYPECACHE_BTREE_OPFAMILY);
	Var		   *var = makeVar(index->rel->relid, column->attnum,
							  column->typid, column->typmod,
							  column->collation, 0);

	index->indexkeys[i] = column->attnum;
	index->indexcollations[i] = column->collation;
	index->opfamily[i] = type->btree_opf;
	index->opcintype[i] = type->btree_opintype;
	index->indextlist = lappend(index->indextlist,
								makeTargetEntry((Expr *) var, i + 1, NULL,
												false));
}

static IndexOptInfo *
create_index(RelOptInfo *rel, const DdbColumn *const *columns, int n)
{
	IndexOptInfo *index = makeNode(IndexOptInfo);

	index->rel = rel;
	index->relam = BTREE_AM_OID;
	index->ncolumns = index->nkeycolumns = n;
	index->indexkeys = palloc0(sizeof(int) * n);
	index->indexcollations = palloc0(sizeof(Oid) * n);
	index->opfamily = palloc0(sizeof(Oid) * n);
	index->opcintype = palloc0(sizeof(Oid) * n);
	index->canreturn = palloc0(sizeof(bool) * n);
	index->unique = index->immediate = index->hypothetical = true;
	for (int i = 0; i < n; i++)
		set_index_column(index, i, columns[i]);
	return index;
}

/*
 * Looking at a query costs nothing, so this sends nothing: of a table that is
 * neither declared nor known to this session yet, nothing is said.
 */
static void
add_primary_key(PlannerInfo *root, RelOptInfo *rel, Oid relid)
{
	DdbTableMap *map = ddb_relation_get_map(relid);
	const DdbSchema *schema =
		ddb_relation_peek_schema(map, rel->serverid,
								 ddb_compat_plan_user(root, rel));
	const DdbIndex *primary;
	const DdbColumn *columns[DDB_MAX_PRIMARY_KEY];
	int			n = 0;

	if (schema == NULL)
		return;
	primary = &schema->primary;
	columns[n++] = key_column(map, &primary->partition[0]);
	if (primary->nsort > 0)
		columns[n++] = key_column(map, &primary->sort[0]);
	for (int i = 0; i < n; i++)
	{
		if (columns[i] == NULL)
			return;
	}
	rel->indexlist = lappend(rel->indexlist, create_index(rel, columns, n));
}

/*
 * Called for each relation of a query; a lone one joins nothing.  A key is
 * unique in its table, and not in that and tables that inherit from it.
 */
static void
relation_info(DDB_RELATION_INFO_PARAMS)
{
	if (prev_relation_info)
		prev_relation_info(DDB_RELATION_INFO_ARGS);
	if (rel->fdwroutine != NULL && !DDB_RELATION_INFO_INHERITS &&
		rel->fdwroutine->GetForeignPaths == dynamodbGetForeignPaths &&
		list_length(root->parse->rtable) > 1)
		add_primary_key(root, rel, DDB_RELATION_INFO_RELID);
}

/* Called once, when the library is loaded. */
void
ddb_unique_install(void)
{
	prev_relation_info = ddb_relation_info_hook;
	ddb_relation_info_hook = relation_info;
}
