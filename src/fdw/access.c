/*-------------------------------------------------------------------------
 *
 * access.c
 *	  Matches clauses to the key of a table or index.
 *
 * Both path.c, which compares accesses, and plan.c, which writes one down,
 * come here with the same clauses.  Their order may differ, so of two clauses
 * on one attribute another one may be taken; either is good, as all of them
 * are rechecked.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "base/compat.h"
#include "catalog/pg_type.h"
#include "fdw/access.h"
#include "mapping/datum.h"
#include "mapping/shippable.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/restrictinfo.h"
#include "utils/builtins.h"

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

static char *
index_names(const DdbSchema *schema)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < schema->nindexes; i++)
		appendStringInfo(&buf, "%s\"%s\"", i > 0 ? ", " : "",
						 schema->indexes[i].name);
	return buf.data;
}

/*
 * Raises if use_index says to use always what isn't there: the query would
 * quietly cost what that was to avoid.
 */
void
ddb_access_check_names(const DdbTableMap *map)
{
	const DdbSchema *schema = map->schema;
	ListCell   *lc;

	if (map->options.use_index == NULL)
		return;
	foreach(lc, ddb_option_split_list(map->options.use_index))
	{
		const char *name = lfirst(lc);

		if (name[0] == '!' || ddb_schema_lookup_index(schema, name) != NULL)
			continue;
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("DynamoDB table \"%s\" has no index \"%s\"",
						schema->table_name, name),
				 errdetail("use_index says that queries on foreign table \"%s\" use it.",
						   map->relname),
				 schema->nindexes == 0 ? 0 :
				 errhint("Letter case counts.  There are: %s.",
						 index_names(schema))));
	}
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

/* What the constraints on one attribute come to. */
typedef enum KeyMatch
{
	MATCH_NOTHING,
	MATCH_RANGE,
	MATCH_LIST,
	MATCH_VALUE,
} KeyMatch;

/*
 * Takes all constraints on a key attribute: together they are one condition.
 */
static KeyMatch
take_constraints(const List *constraints, const DdbKeyAttribute *key,
				 DdbAccess *access)
{
	KeyMatch	match = MATCH_NOTHING;
	ListCell   *lc;

	foreach(lc, constraints)
	{
		DdbConstraint *constraint = lfirst(lc);
		DdbOperator op = constraint->op;

		if (strcmp(constraint->template->attribute, key->name) != 0 ||
			ddb_template_get_plain(constraint->template)->type != key->type)
			continue;
		access->constraints = lappend(access->constraints, constraint);
		match = Max(match, op == DDB_OP_EQ ? MATCH_VALUE :
					op == DDB_OP_IN ? MATCH_LIST : MATCH_RANGE);
		access->strict_bound |= op == DDB_OP_GT || op == DDB_OP_LT ||
			constraint->close;
	}
	if (match != MATCH_RANGE)
		access->strict_bound = false;
	access->lists |= match == MATCH_LIST;
	return match;
}

/*
 * Collects the constraints that the key takes: equality or a list on every
 * partition attribute, then sort attributes from left to right, equality or a
 * list on all but the last.
 */
static bool
match_key(const DdbIndex *index, const List *constraints, DdbAccess *access,
		  const char **reason)
{
	for (int i = 0; i < index->npartition; i++)
		if (take_constraints(constraints, &index->partition[i],
							 access) < MATCH_LIST)
		{
			*reason = psprintf("no condition says what its partition key %s equals",
							   ddb_template_quote(index->partition[i].name));
			return false;
		}
	access->npartition = list_length(access->constraints);
	for (int i = 0; i < index->nsort; i++)
	{
		KeyMatch	match = take_constraints(constraints, &index->sort[i],
											 access);

		if (match < MATCH_LIST)
		{
			access->ends_in_list &= match == MATCH_NOTHING;
			break;
		}
		access->nsort_fixed++;
		access->ends_in_list = match == MATCH_LIST;
		access->sort_lists |= access->ends_in_list;
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
 * NOT NULL.
 */
static bool
are_present(RelOptInfo *rel, const DdbTableMap *map,
			const DdbKeyAttribute *attributes, int n,
			const DdbClauses *clauses, const char **reason)
{
	for (int i = 0; i < n; i++)
	{
		const DdbColumn *column;

		if (is_present(map, rel, clauses->nonnullable, &attributes[i]))
			continue;
		column = ddb_column_lookup_attribute(map, attributes[i].name);
		*reason = column != NULL ?
			psprintf("items without %s are not in it; add AND %s IS NOT NULL, or list it in complete_indexes",
					 ddb_template_quote(attributes[i].name),
					 quote_identifier(column->name)) :
			psprintf("items without %s are not in it, and no column shows that attribute",
					 ddb_template_quote(attributes[i].name));
		return false;
	}
	return true;
}

/*
 * The rule for the sort attributes.  complete_indexes is the user's word that
 * whatever has the partition attributes has these.
 */
static bool
index_is_complete(RelOptInfo *rel, const DdbTableMap *map,
				  const DdbIndex *index, const DdbClauses *clauses,
				  const char **reason)
{
	return index->name == NULL ||
		is_listed(map->options.complete_indexes, "", "*") ||
		is_listed(map->options.complete_indexes, "", index->name) ||
		are_present(rel, map, index->sort, index->nsort, clauses, reason);
}

/*
 * The columns that a scan with these clauses (RestrictInfos) must fetch, as
 * pull_varattnos() numbers them.
 */
static Bitmapset *
pull_attrs(RelOptInfo *rel, List *clauses)
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
bool
ddb_access_index_covers(RelOptInfo *rel, const DdbIndex *index, List *clauses)
{
	const DdbRelation *relation = rel->fdw_private;
	const DdbTableMap *map = relation->map;
	Bitmapset  *attrs;
	int			attno = -1;

	/* an entry may be older than the item, which is what is to be written */
	if (index->global && relation->is_target)
		return false;
	if (index->projection == DDB_PROJECT_ALL)
		return true;
	if (map->ttl_attribute != NULL &&
		!ddb_schema_index_projects(map->schema, index, map->ttl_attribute))
		return false;
	attrs = pull_attrs(rel, clauses);
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
				return false;
		}
	}
	return true;
}

/* Does every value that a key attribute can have show in its column? */
static bool
shows_every_key(const DdbColumn *column, const DdbKeyAttribute *key)
{
	return strcmp(key->name, column->attribute) == 0 &&
		(column->type == key->type || column->type == DDB_TYPE_MISSING) &&
		ddb_datum_is_total(column);
}

/* Is a clause true of every entry of the index anyway? */
bool
ddb_access_is_implied(RelOptInfo *rel, const DdbTableMap *map,
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
		if (shows_every_key(column, &index->partition[i]))
			return true;
	for (int i = 0; i < index->nsort; i++)
		if (shows_every_key(column, &index->sort[i]))
			return true;
	return false;
}

/*
 * Will the recheck let every item through that the constraints do, some at
 * the end of a range aside?
 */
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
			ddb_access_is_implied(rel, map, access->index,
								  (Node *) rinfo->clause);

		foreach(lk, access->constraints)
		{
			DdbConstraint *constraint = lfirst(lk);

			said |= constraint->rinfo == rinfo &&
				(constraint->exact || constraint->close);
		}
		if (!said)
			return false;
	}
	return true;
}

/* The access that reads all of a table or index. */
void
ddb_access_scan(DdbAccess *access, const DdbIndex *index,
				const DdbClauses *clauses)
{
	memset(access, 0, sizeof(*access));
	access->operation = DDB_SCAN;
	access->index = index;
	access->exact = clauses->rinfos == NIL && !clauses->expiring;
}

/*
 * What core's proof of no NULL leaves out.  (x, y) < (a, b) compares x and a
 * first, and that yields NULL if x is; and x IS NOT DISTINCT FROM 'a' is
 * x = 'a'.
 */
static Expr *
strict_part(Node *clause)
{
	RowCompareExpr *row = (RowCompareExpr *) clause;
	OpExpr	   *equality;
	ListCell   *lc;

	if (IsA(row, RowCompareExpr))
		return make_opclause(linitial_oid(row->opnos), BOOLOID, false,
							 linitial(row->largs), linitial(row->rargs),
							 InvalidOid, linitial_oid(row->inputcollids));
	if (!is_notclause(clause))
		return NULL;
	equality = (OpExpr *) get_notclausearg((Expr *) clause);
	if (!IsA(equality, DistinctExpr))
		return NULL;
	foreach(lc, equality->args)
		if (IsA(lfirst(lc), Const) && !lfirst_node(Const, lc)->constisnull)
			return make_opclause(equality->opno, BOOLOID, false,
								 linitial(equality->args),
								 lsecond(equality->args), InvalidOid,
								 equality->inputcollid);
	return NULL;
}

/*
 * The columns in which clauses (bare ones, all of which have to be true) let
 * no NULL through.
 */
static List *
nonnullable_columns(List *clauses)
{
	List	   *implied = NIL;
	ListCell   *lc;

	foreach(lc, clauses)
	{
		Expr	   *part = strict_part(lfirst(lc));

		if (part != NULL)
			implied = lappend(implied, part);
	}
	return find_nonnullable_vars((Node *) list_concat(implied, clauses));
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
	clauses->expiring = relation->map->ttl_attribute != NULL;
	clauses->nonnullable = nonnullable_columns(actual);
	foreach(lc, rinfos)
		clauses->constraints =
			list_concat(clauses->constraints,
						ddb_shippable_constraints(root, rel, relation->map,
												  lfirst(lc), &ignored));
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
		!index_is_complete(rel, map, index, clauses, reason))
		return false;

	access->operation = DDB_QUERY;
	if (index->name == NULL && access->nsort_fixed == index->nsort)
		access->operation = access->lists ? DDB_BATCH_GET_ITEM : DDB_GET_ITEM;
	/* A local index fetches by itself what it doesn't project. */
	access->fetches = index->global &&
		!ddb_access_index_covers(rel, index, clauses->rinfos);
	access->exact = !clauses->expiring &&
		constraints_say_all(rel, map, access, clauses);
	return true;
}

/*
 * Can a Scan of this index stand for a Scan of the table, and is it smaller?
 * It must have an entry for every item that the clauses let through, with all
 * that is wanted of it.
 */
bool
ddb_access_match_scan(RelOptInfo *rel, const DdbIndex *index,
					  const DdbClauses *clauses, DdbAccess *access)
{
	DdbTableMap *map = ((DdbRelation *) rel->fdw_private)->map;
	const char *ignored;

	if (!index_is_allowed(&map->options, index, &ignored) ||
		!are_present(rel, map, index->partition, index->npartition, clauses,
					 &ignored) ||
		!index_is_complete(rel, map, index, clauses, &ignored) ||
		!ddb_access_index_covers(rel, index, clauses->rinfos))
		return false;
	if (!ddb_access_is_forced(&map->options, index) &&
		(index->size_bytes <= 0 ||
		 index->size_bytes >= map->schema->primary.size_bytes))
		return false;
	ddb_access_scan(access, index, clauses);
	return true;
}
