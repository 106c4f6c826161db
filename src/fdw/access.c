/*-------------------------------------------------------------------------
 *
 * access.c
 *	  Matches clauses to the key of a table or index, and prices the result.
 *
 * Both path.c, which compares accesses, and plan.c, which writes one down,
 * come here with the same clauses.  Their order may differ, so of two clauses
 * on one attribute another one may be taken; either is good, as all of them
 * are rechecked.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/sysattr.h"
#include "base/compat.h"
#include "fdw/access.h"
#include "mapping/datum.h"
#include "mapping/shippable.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/restrictinfo.h"
#include "utils/builtins.h"

/* A page ends behind the item that brings it past this many bytes. */
#define PAGE_BYTES			(1024.0 * 1024.0)

/* A strongly consistent read unit; an eventual read costs half of it. */
#define UNIT_BYTES			4096.0

/*
 * Items under one partition key, where nothing is known of them.  Core would
 * guess 200 keys in the whole table, so half a percent of it under each.
 */
#define DEFAULT_PARTITION_ITEMS	100.0

/* Numbers count schema->indexes; -1 is the table itself. */
const DdbIndex *
ddb_access_get_index(const DdbSchema *schema, int number)
{
	return number < 0 ? &schema->primary : &schema->indexes[number];
}

/* Is a name in a comma list?  prefix is what must stand before it. */
static bool
is_listed(const char *list, const char *prefix, const char *name)
{
	size_t		prefixlen = strlen(prefix);
	ListCell   *lc;

	if (list == NULL)
		return false;
	foreach(lc, ddb_option_split_list(list))
	{
		const char *entry = lfirst(lc);

		if (strncmp(entry, prefix, prefixlen) == 0 &&
			strcmp(entry + prefixlen, name) == 0)
			return true;
	}
	return false;
}

/* Does use_index name this index as the one to use? */
bool
ddb_access_is_forced(const DdbTableOptions *options, const DdbIndex *index)
{
	return index->name != NULL && is_listed(options->use_index, "",
											index->name);
}

/* What an index can be used for whatever the clauses are. */
static bool
index_is_allowed(const DdbTableOptions *options, const DdbIndex *index,
				 const char **reason)
{
	if (index->name == NULL)
		return true;
	if (is_listed(options->use_index, "!", index->name))
	{
		*reason = "use_index forbids it";
		return false;
	}
	if (!index->active)
	{
		*reason = "it is not ACTIVE";
		return false;
	}
	if (index->global && options->consistent_read == DDB_CONSISTENT_ON)
	{
		*reason = "consistent_read is on, and global indexes have no strongly consistent reads";
		return false;
	}
	return true;
}

static DdbConstraint *
find_constraint(const List *constraints, const DdbKeyAttribute *key,
				bool (*wanted) (DdbOperator op))
{
	ListCell   *lc;

	foreach(lc, constraints)
	{
		DdbConstraint *constraint = lfirst(lc);
		const DdbColumn *column = ddb_template_get_plain(constraint->template);

		if (wanted(constraint->op) &&
			strcmp(constraint->template->attribute, key->name) == 0 &&
			column->type == key->type)
			return constraint;
	}
	return NULL;
}

static bool
is_equality(DdbOperator op)
{
	return op == DDB_OP_EQ;
}

static bool
is_prefix(DdbOperator op)
{
	return op == DDB_OP_BEGINS_WITH || op == DDB_OP_LIKE;
}

static bool
is_lower(DdbOperator op)
{
	return op == DDB_OP_GE || op == DDB_OP_GT;
}

static bool
is_upper(DdbOperator op)
{
	return op == DDB_OP_LE || op == DDB_OP_LT;
}

/*
 * The conditions for the last constrained sort attribute: a prefix, or one
 * bound on each side, which will become one BETWEEN.
 */
static void
match_range(const List *constraints, const DdbKeyAttribute *key,
			DdbAccess *access)
{
	DdbConstraint *prefix = find_constraint(constraints, key, is_prefix);
	DdbConstraint *lower = find_constraint(constraints, key, is_lower);
	DdbConstraint *upper = find_constraint(constraints, key, is_upper);

	if (prefix != NULL)
	{
		access->constraints = lappend(access->constraints, prefix);
		return;
	}
	if (lower != NULL)
		access->constraints = lappend(access->constraints, lower);
	if (upper != NULL)
		access->constraints = lappend(access->constraints, upper);
	access->strict_bound = (lower != NULL && lower->op == DDB_OP_GT) ||
		(upper != NULL && upper->op == DDB_OP_LT);
}

/*
 * Collects the constraints that the key takes: equality on every partition
 * attribute, then sort attributes from left to right, equality on all but
 * the last.
 */
static bool
match_key(const DdbIndex *index, const List *constraints, DdbAccess *access,
		  const char **reason)
{
	for (int i = 0; i < index->npartition; i++)
	{
		DdbConstraint *equal = find_constraint(constraints,
											   &index->partition[i],
											   is_equality);

		if (equal == NULL)
		{
			*reason = psprintf("no condition says what its partition key %s equals",
							   ddb_template_quote(index->partition[i].name));
			return false;
		}
		access->constraints = lappend(access->constraints, equal);
	}
	access->npartition = index->npartition;
	for (int i = 0; i < index->nsort; i++)
	{
		DdbConstraint *equal = find_constraint(constraints, &index->sort[i],
											   is_equality);

		if (equal == NULL)
		{
			match_range(constraints, &index->sort[i], access);
			break;
		}
		access->constraints = lappend(access->constraints, equal);
		access->nsort_fixed++;
	}
	return true;
}

/*
 * Does every row that the clauses let through have a value of the key's type
 * in this attribute?
 */
static bool
is_present(const DdbTableMap *map, RelOptInfo *rel, List *nonnullable,
		   const DdbKeyAttribute *key)
{
	const DdbColumn *column = ddb_column_lookup_attribute(map, key->name);

	return column != NULL && column->type == key->type &&
		column->type != DDB_TYPE_MISSING &&
		(column->not_null ||
		 ddb_compat_is_nonnullable(nonnullable, rel->relid, column->attnum));
}

/*
 * The sparse-index rule.  An item that lacks one key attribute of an index,
 * or has a value of another type there, isn't in it.  So the index answers
 * for the table only if the clauses let no such item through: a strict
 * clause on the column does that (find_nonnullable_vars() proves it), or
 * NOT NULL.  complete_indexes is the user's word for the sort attributes; the
 * partition attributes have equality conditions anyway.
 */
static bool
index_is_complete(RelOptInfo *rel, const DdbTableMap *map,
				  const DdbIndex *index, const DdbClauses *clauses,
				  const char **reason)
{
	if (index->name == NULL ||
		is_listed(map->options.complete_indexes, "", "*") ||
		is_listed(map->options.complete_indexes, "", index->name))
		return true;
	for (int i = 0; i < index->nsort; i++)
	{
		const DdbColumn *column;

		if (is_present(map, rel, clauses->nonnullable, &index->sort[i]))
			continue;
		column = ddb_column_lookup_attribute(map, index->sort[i].name);
		*reason = column != NULL ?
			psprintf("items without %s are not in it; add AND %s IS NOT NULL, or list it in complete_indexes",
					 ddb_template_quote(index->sort[i].name),
					 quote_identifier(column->name)) :
			psprintf("items without %s are not in it, and no column shows that attribute",
					 ddb_template_quote(index->sort[i].name));
		return false;
	}
	return true;
}

/*
 * The columns that a scan with these clauses (RestrictInfos) must fetch, as
 * pull_varattnos() numbers them.
 */
Bitmapset *
ddb_access_attrs(RelOptInfo *rel, List *clauses)
{
	const DdbRelation *relation = rel->fdw_private;
	Bitmapset  *attrs = bms_copy(relation->attrs_used);
	ListCell   *lc;

	foreach(lc, clauses)
		pull_varattnos((Node *) lfirst_node(RestrictInfo, lc)->clause,
					   rel->relid, &attrs);
	return attrs;
}

/* Does an entry hold all that the query and these clauses want of an item? */
static bool
index_covers(RelOptInfo *rel, const DdbIndex *index, List *clauses,
			 const char **reason)
{
	const DdbRelation *relation = rel->fdw_private;
	const DdbTableMap *map = relation->map;
	Bitmapset  *attrs;
	int			attno = -1;

	if (index->projection == DDB_PROJECT_ALL)
		return true;
	attrs = ddb_access_attrs(rel, clauses);
	while ((attno = bms_next_member(attrs, attno)) >= 0)
	{
		int			attnum = attno + FirstLowInvalidHeapAttributeNumber;
		const DdbColumn *column;

		if (attnum < 0)
			continue;			/* system columns are made here */
		for (int i = 0; i < map->natts; i++)
		{
			column = map->columns[i];
			if (column == NULL || (attnum != 0 && column->attnum != attnum))
				continue;
			if (column->whole_item ||
				!ddb_schema_index_projects(map->schema, index,
										   column->attribute))
			{
				*reason = psprintf("it does not project column \"%s\"",
								   column->name);
				return false;
			}
		}
	}
	return true;
}

/* Is a clause true of every entry of the index anyway? */
static bool
is_implied_by_index(RelOptInfo *rel, const DdbTableMap *map,
					const DdbIndex *index, Node *clause)
{
	const DdbColumn *column;
	NullTest   *test = (NullTest *) clause;

	if (!IsA(clause, NullTest) || test->nulltesttype != IS_NOT_NULL ||
		test->argisrow)
		return false;
	column = ddb_shippable_match_column(rel, map, (Node *) test->arg);
	if (column == NULL || column->attribute == NULL || column->nsteps > 0)
		return false;
	for (int i = 0; i < index->npartition; i++)
		if (strcmp(index->partition[i].name, column->attribute) == 0)
			return true;
	for (int i = 0; i < index->nsort; i++)
		if (strcmp(index->sort[i].name, column->attribute) == 0)
			return true;
	return false;
}

/* Will the recheck let every item through that the constraints do? */
static bool
constraints_say_all(RelOptInfo *rel, const DdbTableMap *map,
					const DdbAccess *access, const DdbClauses *clauses)
{
	ListCell   *lc;
	ListCell   *lk;

	foreach(lc, clauses->rinfos)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, lc);
		bool		said = rinfo->pseudoconstant ||
			is_implied_by_index(rel, map, access->index,
								(Node *) rinfo->clause);

		foreach(lk, access->constraints)
		{
			DdbConstraint *constraint = lfirst(lk);

			said |= constraint->rinfo == rinfo &&
				ddb_shippable_is_exact(constraint);
		}
		if (!said)
			return false;
	}
	return true;
}

/* The access that reads everything. */
void
ddb_access_scan(DdbAccess *access, const DdbSchema *schema,
				const DdbClauses *clauses)
{
	memset(access, 0, sizeof(*access));
	access->operation = DDB_SCAN;
	access->index = &schema->primary;
	access->exact = clauses->rinfos == NIL;
}

/* Reads RestrictInfos for matching, palloc'd in the current context. */
DdbClauses *
ddb_access_read_clauses(PlannerInfo *root, RelOptInfo *rel, List *rinfos)
{
	DdbRelation *relation = rel->fdw_private;
	DdbClauses *clauses = palloc0_object(DdbClauses);
	List	   *actual = extract_actual_clauses(rinfos, false);
	const char *ignored;
	ListCell   *lc;

	clauses->rinfos = rinfos;
	clauses->nonnullable = find_nonnullable_vars((Node *) actual);
	foreach(lc, rinfos)
	{
		DdbConstraint *constraint = ddb_shippable_constraint(root, rel,
															 relation->map,
															 lfirst(lc),
															 &ignored);

		if (constraint != NULL)
			clauses->constraints = lappend(clauses->constraints, constraint);
	}
	return clauses;
}

/*
 * Tries to answer clauses by the key of an index, or by the table's own.  On
 * success *access says how, but for its price.  Otherwise *reason says why
 * not, as the rest of a sentence about the index.
 */
bool
ddb_access_match(RelOptInfo *rel, const DdbIndex *index,
				 const DdbClauses *clauses, DdbAccess *access,
				 const char **reason)
{
	DdbTableMap *map = ((DdbRelation *) rel->fdw_private)->map;

	memset(access, 0, sizeof(*access));
	access->index = index;
	if (!index_is_allowed(&map->options, index, reason) ||
		!match_key(index, clauses->constraints, access, reason) ||
		!index_is_complete(rel, map, index, clauses, reason) ||
		(index->global && !index_covers(rel, index, clauses->rinfos, reason)))
		return false;

	access->operation = index->name == NULL &&
		access->nsort_fixed == index->nsort ? DDB_GET_ITEM : DDB_QUERY;
	access->exact = constraints_say_all(rel, map, access, clauses);
	return true;
}

/* The bytes of one entry, as far as anything is known. */
static double
entry_size(const DdbRelation *relation, const DdbIndex *index)
{
	if (index->item_count > 0 && index->size_bytes > 0)
		return Max(1.0, index->size_bytes / index->item_count);
	return relation->item_size;
}

/*
 * Fills in the price of an access: items read, requests, read units.
 *
 * GetItem rounds its item up to 4 KB; Query and Scan add up a page first.
 * A local index fetches what it doesn't project, a rounded read an item.
 */
void
ddb_access_price(PlannerInfo *root, RelOptInfo *rel, DdbAccess *access)
{
	DdbRelation *relation = rel->fdw_private;
	double		size = entry_size(relation, access->index);
	double		unit = relation->map->options.consistent_read == DDB_CONSISTENT_ON ?
		1.0 : 0.5;
	double		total = access->index->item_count > 0 ?
		access->index->item_count : rel->tuples;
	List	   *clauses = NIL;
	ListCell   *lc;
	const char *ignored;

	if (access->operation == DDB_GET_ITEM)
	{
		access->items = 1;
		access->requests = 1;
		access->units = unit * ceil(size / UNIT_BYTES);
		return;
	}
	foreach(lc, access->constraints)
		clauses = lappend(clauses, ((DdbConstraint *) lfirst(lc))->rinfo);
	/* Not clamped: of two keys that promise one row, the tighter one wins. */
	access->items = total * clauselist_selectivity(root, clauses, rel->relid,
												   JOIN_INNER, NULL);
	if (!relation->analyzed && access->operation == DDB_QUERY)
		access->items = Min(access->items, DEFAULT_PARTITION_ITEMS);
	access->requests = Max(1.0, ceil(access->items * size / PAGE_BYTES));
	access->units = unit * Max(1.0, ceil(access->items * size / UNIT_BYTES));

	/* A guess refuses nothing: the meter stops what turns out to be larger. */
	if (access->operation == DDB_SCAN && !relation->analyzed &&
		access->index->item_count <= 0)
		access->units = Min(access->units,
							relation->map->options.scan_budget);
	if (access->index->name != NULL && !access->index->global &&
		!index_covers(rel, access->index, NIL, &ignored))
		access->units += unit * access->items *
			ceil(relation->item_size / UNIT_BYTES);
}

/*
 * Takes a price down to what rows wanted cost, if every item is a row: then
 * pages are no larger than that.  rows 0: not known.
 */
void
ddb_access_bound(DdbAccess *access, double rows)
{
	if (!access->exact || rows <= 0 || rows >= access->items)
		return;
	access->requests = Max(1.0, ceil(access->requests * rows / access->items));
	access->units = Max(0.5, access->units * rows / access->items);
	access->items = rows;
}

/*
 * The most rows that clauses let through as far as keys tell: one under the
 * whole primary key, a partition's worth under any partition key.
 */
double
ddb_access_cap_rows(RelOptInfo *rel, const DdbClauses *clauses, double rows)
{
	const DdbRelation *relation = rel->fdw_private;
	const DdbSchema *schema = relation->map->schema;
	DdbAccess	access;
	const char *ignored;

	for (int i = -1; i < schema->nindexes; i++)
	{
		if (!ddb_access_match(rel, ddb_access_get_index(schema, i), clauses,
							  &access, &ignored))
			continue;
		if (access.operation == DDB_GET_ITEM)
			return 1;
		if (!relation->analyzed)
			rows = Min(rows, DEFAULT_PARTITION_ITEMS);
	}
	return rows;
}

/*
 * Will the executor refuse to read all of this?  bounded: the query is known
 * to take no more rows than it says.  The planner avoids such an access as
 * core avoids what enable_seqscan = off disables.
 */
bool
ddb_access_is_refused(const DdbTableOptions *options, const DdbAccess *access,
					  bool bounded)
{
	if (access->operation != DDB_SCAN)
		return false;
	return options->allow_scan == DDB_SCAN_OFF ||
		(options->allow_scan == DDB_SCAN_AUTO && !bounded &&
		 access->units > options->scan_budget);
}
