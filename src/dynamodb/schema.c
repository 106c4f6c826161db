/*-------------------------------------------------------------------------
 *
 * schema.c
 *	  What DynamoDB says of a table, or what options say in its place.
 *
 * Both sources have DescribeTable's form, so one reader serves them.  They
 * differ in what may be missing: a declared schema may leave out the types
 * of its keys (DDB_TYPE_MISSING then) and knows neither state nor sizes.
 *
 * Members we don't know are passed over: kinds of index that Query and Scan
 * can't use (VectorIndexes) among them.  Where a word is unknown, the choice
 * is the one that can cost a request but no row: an unknown projection holds
 * the keys only, an unknown state of an index keeps it unused, an unknown
 * state of the table lets the service answer for itself.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FRONTEND
#include "postgres.h"
#else
#include "postgres_fe.h"
#endif

#include "base/json.h"
#include "dynamodb/schema.h"
#include "utils/elog.h"

/* What the functions below read from, and where they complain. */
typedef struct SchemaSource
{
	const DdbJson *definitions; /* AttributeDefinitions, or NULL */
	bool		declared;		/* from options: less need be there */
	int			sqlerrcode;		/* for what is wrong with it */
	const char *label;			/* what it is, for messages */
	DdbError   *err;
} SchemaSource;

static bool
fail(const SchemaSource *source, const char *what, const char *index_name)
{
	if (index_name != NULL)
		ddb_error_set(source->err, source->sqlerrcode, DDB_RETRY_NEVER,
					  "%s %s of index \"%s\".",
					  source->label, what, index_name);
	else
		ddb_error_set(source->err, source->sqlerrcode, DDB_RETRY_NEVER,
					  "%s %s.", source->label, what);
	return false;
}

static bool
is_word(const char *word, const char *expected)
{
	return word != NULL && strcmp(word, expected) == 0;
}

/* The type of a key attribute; MISSING if nobody defines it. */
static DdbType
lookup_key_type(const DdbJson *definitions, const char *attribute)
{
	int			n = ddb_json_array_length(definitions);
	int			i;

	for (i = 0; i < n; i++)
	{
		const DdbJson *entry = ddb_json_get_element(definitions, i);
		const char *type;

		if (!is_word(ddb_json_get_member_string(entry, "AttributeName"),
					 attribute))
			continue;
		type = ddb_json_get_member_string(entry, "AttributeType");
		if (type == NULL)
			break;
		return ddb_value_type_from_name(type, strlen(type));
	}
	return DDB_TYPE_MISSING;
}

/* Adds one entry of a KeySchema to the index. */
static bool
add_key_attribute(const SchemaSource *source, DdbIndex *index,
				  const char *name, bool partition)
{
	int		   *n = partition ? &index->npartition : &index->nsort;
	DdbKeyAttribute *attribute;
	DdbType		type = lookup_key_type(source->definitions, name);

	if (*n == DDB_MAX_KEY_PART)
		return fail(source, "has too many attributes in the key", index->name);
	if (!ddb_schema_is_key_type(type) &&
		!(type == DDB_TYPE_MISSING && source->declared))
		return fail(source, "has no type for an attribute in the key",
					index->name);

	attribute = partition ? &index->partition[*n] : &index->sort[*n];
	attribute->name = pstrdup(name);
	attribute->type = type;
	(*n)++;
	return true;
}

/* The order of KeySchema's entries is the order of the key. */
static bool
read_key(const SchemaSource *source, const DdbJson *description,
		 DdbIndex *index)
{
	const DdbJson *schema = ddb_json_get_member(description, "KeySchema");
	int			n = ddb_json_array_length(schema);
	int			i;

	for (i = 0; i < n; i++)
	{
		const DdbJson *entry = ddb_json_get_element(schema, i);
		const char *name = ddb_json_get_member_string(entry, "AttributeName");
		const char *role = ddb_json_get_member_string(entry, "KeyType");
		bool		partition = is_word(role, "HASH");

		if (name == NULL || !(partition || is_word(role, "RANGE")))
			return fail(source, "has a malformed entry in the KeySchema", index->name);
		if (!add_key_attribute(source, index, name, partition))
			return false;
	}
	if (index->npartition == 0)
		return fail(source, "has no partition key in the KeySchema", index->name);
	return true;
}

static void
read_projection(const DdbJson *description, DdbIndex *index)
{
	const DdbJson *projection = ddb_json_get_member(description, "Projection");
	const char *type = ddb_json_get_member_string(projection,
												  "ProjectionType");
	const DdbJson *names;
	int			n;
	int			i;

	index->projection = DDB_PROJECT_KEYS_ONLY;
	if (is_word(type, "ALL"))
		index->projection = DDB_PROJECT_ALL;
	if (!is_word(type, "INCLUDE"))
		return;

	index->projection = DDB_PROJECT_INCLUDE;
	names = ddb_json_get_member(projection, "NonKeyAttributes");
	n = ddb_json_array_length(names);
	index->included = palloc(Max(n, 1) * sizeof(char *));
	for (i = 0; i < n; i++)
	{
		const char *name = ddb_json_get_string(ddb_json_get_element(names, i));

		if (name != NULL)
			index->included[index->nincluded++] = pstrdup(name);
	}
}

/*
 * A size as the service last counted it, which is about every six hours; a
 * table younger than that says 0, so 0 says nothing.
 */
static double
read_size(const DdbJson *description, const char *member)
{
	double		size = ddb_json_get_number(ddb_json_get_member(description,
															   member), 0);

	return size > 0 ? size : -1;
}

static double
read_units(const DdbJson *description, const char *member, const char *units)
{
	const DdbJson *throughput = ddb_json_get_member(description, member);

	return ddb_json_get_number(ddb_json_get_member(throughput, units), 0);
}

/*
 * The capacity of a table or index.  On demand, what is provisioned is 0; the
 * most that is let through then is -1 where it was set and isn't any more.
 */
static void
read_capacity(const DdbJson *description, DdbIndex *index)
{
	index->read_capacity = read_units(description, "ProvisionedThroughput",
									  "ReadCapacityUnits");
	index->write_capacity = read_units(description, "ProvisionedThroughput",
									   "WriteCapacityUnits");
	index->most_reads = Max(0, read_units(description, "OnDemandThroughput",
										  "MaxReadRequestUnits"));
	index->most_writes = Max(0, read_units(description, "OnDemandThroughput",
										   "MaxWriteRequestUnits"));
}

/*
 * May the index be read?  While its capacity is being changed, which auto
 * scaling does all the time, it says UPDATING and answers as ever; while it
 * is being built, what it answers is incomplete.
 */
static bool
read_index_active(const DdbJson *description)
{
	const char *status = ddb_json_get_member_string(description,
													"IndexStatus");

	if (ddb_json_get_bool(ddb_json_get_member(description, "Backfilling"),
						  false))
		return false;

	/* local indexes have no state of their own */
	return status == NULL || is_word(status, "ACTIVE") ||
		is_word(status, "UPDATING");
}

static bool
read_index(const SchemaSource *source, const DdbJson *description,
		   bool global, DdbIndex *index)
{
	const char *name = ddb_json_get_member_string(description, "IndexName");

	if (name == NULL)
		return fail(source, "has an index without IndexName", NULL);
	index->name = pstrdup(name);
	index->global = global;

	if (!read_key(source, description, index))
		return false;
	read_projection(description, index);
	index->active = read_index_active(description);
	index->item_count = read_size(description, "ItemCount");
	index->size_bytes = read_size(description, "IndexSizeBytes");
	read_capacity(description, index);
	return true;
}

/* A list of indexes, or NULL; false if something else is in its place. */
static bool
find_indexes(const SchemaSource *source, const DdbJson *description,
			 const char *member, const DdbJson **list)
{
	char		what[64];

	*list = ddb_json_get_member(description, member);
	if (*list == NULL || ddb_json_kind(*list) == DDB_JSON_ARRAY)
		return true;
	snprintf(what, sizeof(what), "has %s that are not an array", member);
	return fail(source, what, NULL);
}

static int
compare_indexes(const void *a, const void *b)
{
	return strcmp(((const DdbIndex *) a)->name, ((const DdbIndex *) b)->name);
}

/*
 * Indexes are kept in the order of their names: the service lists them in
 * any, and of two that are equally good the same one is to be used each time.
 */
static bool
read_indexes(const SchemaSource *source, const DdbJson *description,
			 DdbSchema *schema)
{
	const DdbJson *global;
	const DdbJson *local;
	int			nglobal;
	int			nlocal;
	int			i;

	if (!find_indexes(source, description, "GlobalSecondaryIndexes", &global) ||
		!find_indexes(source, description, "LocalSecondaryIndexes", &local))
		return false;
	nglobal = ddb_json_array_length(global);
	nlocal = ddb_json_array_length(local);

	schema->indexes = palloc0(Max(nglobal + nlocal, 1) * sizeof(DdbIndex));
	for (i = 0; i < nglobal; i++)
	{
		if (!read_index(source, ddb_json_get_element(global, i), true,
						&schema->indexes[schema->nindexes]))
			return false;
		schema->nindexes++;
	}
	for (i = 0; i < nlocal; i++)
	{
		DdbIndex   *index = &schema->indexes[schema->nindexes];

		if (!read_index(source, ddb_json_get_element(local, i), false, index))
			return false;

		/*
		 * a local index lives in the table's partitions, and on its capacity
		 */
		index->read_capacity = schema->primary.read_capacity;
		index->write_capacity = schema->primary.write_capacity;
		index->most_reads = schema->primary.most_reads;
		index->most_writes = schema->primary.most_writes;
		schema->nindexes++;
	}
	qsort(schema->indexes, schema->nindexes, sizeof(DdbIndex),
		  compare_indexes);
	return true;
}

/* The states in which the service refuses to read. */
static bool
read_table_active(const DdbJson *description)
{
	const char *status = ddb_json_get_member_string(description,
													"TableStatus");

	return !(is_word(status, "CREATING") ||
			 is_word(status, "DELETING") ||
			 is_word(status, "ARCHIVING") ||
			 is_word(status, "ARCHIVED") ||
			 is_word(status, "INACCESSIBLE_ENCRYPTION_CREDENTIALS"));
}

static bool
read_table(const SchemaSource *source, const DdbJson *description,
		   DdbSchema *schema)
{
	const char *name = ddb_json_get_member_string(description, "TableName");

	if (name == NULL)
		return fail(source, "has no TableName", NULL);
	schema->table_name = pstrdup(name);
	schema->active = read_table_active(description);
	schema->primary.projection = DDB_PROJECT_ALL;
	schema->primary.active = schema->active;
	schema->primary.item_count = read_size(description, "ItemCount");
	schema->primary.size_bytes = read_size(description, "TableSizeBytes");
	read_capacity(description, &schema->primary);
	return read_key(source, description, &schema->primary) &&
		read_indexes(source, description, schema);
}

/*
 * Reads DescribeTable's answer (or CreateTable's).  The result is palloc'd
 * in the current context; NULL, and *err set, if it isn't such an answer.
 */
DdbSchema *
ddb_schema_parse(const char *body, size_t len, DdbError *err)
{
	SchemaSource source;
	DdbSchema  *schema = palloc0(sizeof(DdbSchema));
	const DdbJson *document = ddb_json_parse(body, len);
	const DdbJson *description = ddb_json_get_member(document, "Table");
	bool		ok;

	if (description == NULL)
		description = ddb_json_get_member(document, "TableDescription");

	source.definitions = ddb_json_get_member(description,
											 "AttributeDefinitions");
	source.declared = false;
	source.sqlerrcode = ERRCODE_FDW_UNABLE_TO_CREATE_REPLY;
	source.label = "The description of the table";
	source.err = err;

	if (ddb_json_kind(description) == DDB_JSON_OBJECT)
		ok = read_table(&source, description, schema);
	else
		ok = fail(&source, "has no Table", NULL);
	ddb_json_release(document);
	return ok ? schema : NULL;
}

/*
 * Makes a schema from options: the names of the key attributes (sort_key
 * may be NULL) and, or NULL, an object with GlobalSecondaryIndexes and
 * LocalSecondaryIndexes as in DescribeTable, and perhaps AttributeDefinitions.
 * The result is palloc'd in the current context; NULL, and *err set, if
 * indexes isn't what it should be.
 */
DdbSchema *
ddb_schema_declare(const char *table_name, const char *partition_key,
				   const char *sort_key, const char *indexes, DdbError *err)
{
	SchemaSource source;
	DdbSchema  *schema = palloc0(sizeof(DdbSchema));
	const DdbJson *document = NULL;
	bool		ok = true;

	source.declared = true;
	source.sqlerrcode = ERRCODE_INVALID_PARAMETER_VALUE;
	source.label = "The value of option \"indexes\"";
	source.err = err;

	if (indexes != NULL)
	{
		document = ddb_json_parse(indexes, strlen(indexes));
		if (ddb_json_kind(document) != DDB_JSON_OBJECT)
			ok = fail(&source, "is not a JSON object", NULL);
	}
	source.definitions = ddb_json_get_member(document,
											 "AttributeDefinitions");

	schema->table_name = pstrdup(table_name);
	schema->declared = true;
	schema->active = true;
	schema->primary.projection = DDB_PROJECT_ALL;
	schema->primary.active = true;
	schema->primary.item_count = -1;
	schema->primary.size_bytes = -1;
	ok = ok &&
		add_key_attribute(&source, &schema->primary, partition_key, true) &&
		(sort_key == NULL ||
		 add_key_attribute(&source, &schema->primary, sort_key, false)) &&
		read_indexes(&source, document, schema);
	ddb_json_release(document);
	return ok ? schema : NULL;
}

/*
 * The index of that name, borrowed from the schema; the table itself for
 * NULL; NULL if there is none.
 */
const DdbIndex *
ddb_schema_lookup_index(const DdbSchema *schema, const char *name)
{
	int			i;

	if (name == NULL)
		return &schema->primary;
	for (i = 0; i < schema->nindexes; i++)
	{
		if (strcmp(schema->indexes[i].name, name) == 0)
			return &schema->indexes[i];
	}
	return NULL;
}

/* Bytes of an entry on average, 1 at least; 0 if DynamoDB hasn't said. */
double
ddb_schema_entry_size(const DdbIndex *index)
{
	return index->item_count > 0 && index->size_bytes > 0 ?
		Max(1.0, index->size_bytes / index->item_count) : 0;
}

/* Is an attribute part of the index's key? */
bool
ddb_schema_key_contains(const DdbIndex *index, const char *attribute)
{
	for (int i = 0; i < index->npartition + index->nsort; i++)
	{
		if (strcmp(ddb_schema_key_part(index, i)->name, attribute) == 0)
			return true;
	}
	return false;
}

/* Is an attribute part of any key, the table's or an index's? */
bool
ddb_schema_is_key(const DdbSchema *schema, const char *attribute)
{
	for (int i = -1; i < schema->nindexes; i++)
	{
		if (ddb_schema_key_contains(ddb_schema_get_index(schema, i),
									attribute))
			return true;
	}
	return false;
}

/*
 * Does an entry of the index carry the whole of a top-level attribute,
 * whenever the item has it?  Keys are always there, the table's too.
 */
bool
ddb_schema_index_projects(const DdbSchema *schema, const DdbIndex *index,
						  const char *attribute)
{
	int			i;

	if (index->projection == DDB_PROJECT_ALL ||
		ddb_schema_key_contains(index, attribute) ||
		ddb_schema_key_contains(&schema->primary, attribute))
		return true;
	for (i = 0; i < index->nincluded; i++)
	{
		if (strcmp(index->included[i], attribute) == 0)
			return true;
	}
	return false;
}
