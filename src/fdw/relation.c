/*-------------------------------------------------------------------------
 *
 * relation.c
 *	  The table map of a foreign table, and the schemas that DescribeTable
 *	  told this backend.
 *
 * A schema comes from the table's options where partition_key is among them:
 * then planning sends nothing.  Otherwise DescribeTable is asked once and
 * remembered for fifteen minutes, or until the options of server or mapping
 * change, or the service contradicts it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "access/xact.h"
#include "base/compat.h"
#include "catalog/pg_type.h"
#include "dynamodb/describe.h"
#include "fdw/relation.h"
#include "fdw/session.h"
#include "mapping/template.h"
#include "mapping/text.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

/* How long DescribeTable's answer is believed. */
#define SCHEMA_LIFETIME_MS	(15 * 60 * 1000)

/* How long to wait before asking again where it couldn't be renewed. */
#define RENEWAL_PAUSE_MS	(60 * 1000)

typedef struct CachedSchema
{
	Oid			serverid;
	Oid			userid;			/* permissions differ by identity */
	uint64		generation;		/* of the client that asked */
	char	   *table_name;
	TimestampTz fetched_at;
	MemoryContext context;		/* holds this struct as well */
	DdbSchema  *schema;
} CachedSchema;

static List *schemas = NIL;		/* in TopMemoryContext */

/* Builds the map of a foreign table; its schema is left to whom needs it. */
DdbTableMap *
ddb_relation_get_map(Oid relid)
{
	Relation	rel = table_open(relid, NoLock);	/* core holds a lock */
	DdbTableMap *map = ddb_column_map_table(relid, RelationGetDescr(rel));

	table_close(rel, NoLock);
	return map;
}

/*
 * Takes an entry out of the cache.  Plans being made may still point into
 * it, so it lives on until the transaction ends.
 */
static void
forget(CachedSchema *entry)
{
	schemas = list_delete_ptr(schemas, entry);
	MemoryContextSetParent(entry->context, TopTransactionContext);
}

/*
 * The entry for a table, however old.  One that was asked for with other
 * options of server or mapping may be about another table altogether.
 */
static CachedSchema *
lookup(Oid serverid, Oid userid, const char *table_name)
{
	uint64		generation = ddb_session_get_generation(serverid, userid);
	ListCell   *lc;

	foreach(lc, schemas)
	{
		CachedSchema *entry = lfirst(lc);

		if (entry->serverid != serverid || entry->userid != userid ||
			strcmp(entry->table_name, table_name) != 0)
			continue;
		if (entry->generation == generation)
			return entry;
		forget(entry);
		break;
	}
	return NULL;
}

/*
 * Asks DynamoDB; the entry is palloc'd in a context of its own.  NULL, and
 * *err set, if there is no answer.
 */
static CachedSchema *
describe(Oid serverid, Oid userid, const char *table_name, DdbError *err)
{
	MemoryContext context;
	MemoryContext oldcontext;
	CachedSchema *entry;

	/* not in the entry's context: reading the options leaves secrets there */
	DdbClient  *client = ddb_session_get_client(serverid, userid);

	/* A child of the current context until nothing can fail any more. */
	context = AllocSetContextCreate(CurrentMemoryContext,
									"dynamodb_fdw schema",
									ALLOCSET_SMALL_SIZES);
	oldcontext = MemoryContextSwitchTo(context);
	entry = palloc0_object(CachedSchema);
	entry->context = context;
	entry->serverid = serverid;
	entry->userid = userid;
	entry->generation = ddb_session_get_generation(serverid, userid);
	entry->table_name = pstrdup(table_name);
	entry->schema = ddb_describe_table(client, table_name, err);
	if (entry->schema == NULL)
	{
		MemoryContextSwitchTo(oldcontext);
		return NULL;
	}
	entry->fetched_at = GetCurrentTimestamp();
	MemoryContextSwitchTo(TopMemoryContext);
	schemas = lappend(schemas, entry);
	MemoryContextSwitchTo(oldcontext);
	MemoryContextSetParent(context, TopMemoryContext);
	return entry;
}

/*
 * An entry that has come of age is asked for again.  If the service has no
 * answer just now, what it said before is good for another while: reading
 * doesn't depend on describing.
 */
static CachedSchema *
renew(CachedSchema *entry)
{
	CachedSchema *renewed;
	DdbError	err;

	renewed = describe(entry->serverid, entry->userid, entry->table_name,
					   &err);
	if (renewed != NULL || err.retry == DDB_RETRY_NEVER)
	{
		forget(entry);
		return renewed;
	}
	ereport(LOG,
			(errmsg("could not describe DynamoDB table \"%s\" again, going on with what is known of it",
					entry->table_name)));
	entry->fetched_at =
		TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
									RENEWAL_PAUSE_MS - SCHEMA_LIFETIME_MS);
	return entry;
}

/*
 * What DescribeTable says of the table behind a foreign table, declared or
 * not: cached, fetched or renewed as need be, good until the transaction ends.
 * NULL, and *err set, where there is no answer; raises on interrupts.
 */
DdbSchema *
ddb_relation_describe(const DdbTableMap *map, Oid serverid, Oid userid,
					  DdbError *err)
{
	const char *table_name = map->options.table_name;
	CachedSchema *entry = lookup(serverid, userid, table_name);

	if (entry != NULL && TimestampDifferenceExceeds(entry->fetched_at,
													GetCurrentTimestamp(),
													SCHEMA_LIFETIME_MS))
		entry = renew(entry);
	if (entry == NULL)
		entry = describe(serverid, userid, table_name, err);
	return entry != NULL ? entry->schema : NULL;
}

/* The same, or raises. */
static DdbSchema *
get_described(const DdbTableMap *map, Oid serverid, Oid userid)
{
	DdbError	err;
	DdbSchema  *schema = ddb_relation_describe(map, serverid, userid, &err);

	if (schema == NULL)
	{
		if (err.sqlerrcode == ERRCODE_INSUFFICIENT_PRIVILEGE)
			err.hint = "Allow dynamodb:DescribeTable, or declare the keys with the foreign table's options partition_key, sort_key and indexes.";
		ddb_error_report(&err, "DescribeTable", map->options.table_name);
	}
	return schema;
}

/*
 * partition_key and sort_key name attributes; tables that come from
 * pgspider's extension name local columns instead.  Where no column shows an
 * attribute of that name, a column of that name says which is meant.
 */
static const char *
key_attribute(const DdbTableMap *map, const char *name)
{
	const char *utf8;

	if (name == NULL)
		return NULL;

	/* attributes are in UTF-8, options and columns in the server's encoding */
	utf8 = ddb_text_to_utf8(pstrdup(name));
	if (ddb_column_lookup_attribute(map, utf8) != NULL)
		return utf8;
	for (int i = 0; i < map->natts; i++)
	{
		const DdbColumn *column = map->columns[i];

		if (column != NULL && column->attribute != NULL &&
			column->nsteps == 0 && strcmp(column->name, name) == 0)
			return column->attribute;
	}
	return utf8;
}

static DdbSchema *
declare(const DdbTableMap *map)
{
	const DdbTableOptions *options = &map->options;
	DdbError	err;
	DdbSchema  *schema;

	schema = ddb_schema_declare(options->table_name,
								key_attribute(map, options->partition_key),
								key_attribute(map, options->sort_key),
								options->indexes == NULL ? NULL :
								ddb_text_to_utf8(pstrdup(options->indexes)),
								&err);
	if (schema == NULL)
		ereport(ERROR,
				(errcode(err.sqlerrcode),
				 errmsg("invalid option \"%s\" of foreign table \"%s\"",
						"indexes", map->relname),
				 errdetail("%s", err.message)));
	return schema;
}

/* A declared key's type is that of the column which shows it. */
static void
infer_types(const DdbTableMap *map, DdbKeyAttribute *attributes, int n)
{
	for (int i = 0; i < n; i++)
	{
		const DdbColumn *column;

		if (attributes[i].type != DDB_TYPE_MISSING)
			continue;
		column = ddb_column_lookup_attribute(map, attributes[i].name);
		if (column != NULL && ddb_schema_is_key_type(column->type))
			attributes[i].type = column->type;
	}
}

/* What to declare a column as that is to show a key of some type. */
static const char *
key_column_type(DdbType type)
{
	switch (type)
	{
		case DDB_TYPE_S:
			return "text COLLATE \"C\"";
		case DDB_TYPE_N:
			return "numeric";
		case DDB_TYPE_B:
			return "bytea";
		default:
			return "text COLLATE \"C\", numeric or bytea";
	}
}

/* Every row would be a mismatch, so say so before anything is read. */
static void
check_key_types(const DdbTableMap *map, const DdbKeyAttribute *attributes,
				int n)
{
	for (int i = 0; i < n; i++)
	{
		const DdbKeyAttribute *key = &attributes[i];
		const DdbColumn *column = ddb_column_lookup_attribute(map, key->name);

		if (column == NULL || column->type == DDB_TYPE_MISSING ||
			column->type == key->type)
			continue;
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_DATA_TYPE),
				 errmsg("column \"%s\" of foreign table \"%s\" cannot show key attribute %s",
						column->name, map->relname,
						ddb_template_quote(key->name)),
				 errdetail("The column is of type %s, for attributes of type %s; %s.",
						   format_type_be(column->typid),
						   ddb_value_type_name(column->type),
						   key->type == DDB_TYPE_MISSING ?
						   "keys are of type S, N or B" :
						   psprintf("the key of DynamoDB table \"%s\" is of type %s",
									map->options.table_name,
									ddb_value_type_name(key->type))),
				 errhint("Declare the column as %s.",
						 key_column_type(key->type))));
	}
}

static void
complete_index(const DdbTableMap *map, DdbIndex *index)
{
	infer_types(map, index->partition, index->npartition);
	infer_types(map, index->sort, index->nsort);
}

/*
 * Returns the schema of the DynamoDB table behind a foreign table: a copy or
 * a cached one, good until the transaction ends.  May send one DescribeTable
 * as the given user.  Raises what that raises, and if a column can't show the
 * key attribute it is for.
 */
DdbSchema *
ddb_relation_get_schema(const DdbTableMap *map, Oid serverid, Oid userid)
{
	DdbSchema  *schema;

	if (map->options.partition_key != NULL)
	{
		schema = declare(map);
		complete_index(map, &schema->primary);
		for (int i = 0; i < schema->nindexes; i++)
			complete_index(map, &schema->indexes[i]);
	}
	else
		schema = get_described(map, serverid, userid);
	check_key_types(map, schema->primary.partition,
					schema->primary.npartition);
	check_key_types(map, schema->primary.sort, schema->primary.nsort);
	return schema;
}

/*
 * The schema as far as it is known without asking: declared, or remembered;
 * else NULL.  Sends nothing and needs no user mapping.
 */
DdbSchema *
ddb_relation_peek_schema(const DdbTableMap *map, Oid serverid, Oid userid)
{
	CachedSchema *entry;

	if (map->options.partition_key != NULL)
		return ddb_relation_get_schema(map, serverid, userid);
	entry = lookup(serverid, userid, map->options.table_name);
	return entry != NULL ? entry->schema : NULL;
}

/* Makes the next plan ask again about one table, or (NULL) about all. */
void
ddb_relation_forget_schemas(const char *table_name)
{
	ListCell   *lc;

	foreach(lc, list_copy(schemas))
		if (table_name == NULL ||
			strcmp(((CachedSchema *) lfirst(lc))->table_name, table_name) == 0)
			forget(lfirst(lc));
}

/*
 * The columns in a set, as pull_varattnos() numbers them, that show an
 * attribute: an integer List, palloc'd; all of them where it has whole rows.
 */
List *
ddb_relation_list_columns(const DdbTableMap *map, const Bitmapset *attrs)
{
	bool		all = bms_is_member(0 - FirstLowInvalidHeapAttributeNumber,
									attrs);
	List	   *attnums = NIL;

	for (int i = 0; i < map->natts; i++)
		if (map->columns[i] != NULL &&
			(all || bms_is_member(i + 1 - FirstLowInvalidHeapAttributeNumber,
								  attrs)))
			attnums = lappend_int(attnums, i + 1);
	return attnums;
}
