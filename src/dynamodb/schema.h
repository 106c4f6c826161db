/*-------------------------------------------------------------------------
 *
 * schema.h
 *	  What DynamoDB says of a table: keys, indexes, projections, sizes,
 *	  capacity.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_SCHEMA_H
#define DDB_SCHEMA_H

#include "base/error.h"
#include "dynamodb/value.h"

/* Global indexes may have several attributes in each part of their key. */
#define DDB_MAX_KEY_PART 4

/* A table's primary key: partition and sort attribute. */
#define DDB_MAX_PRIMARY_KEY 2

/* A key attribute.  Declared schemas may not know its type (MISSING). */
typedef struct DdbKeyAttribute
{
	char	   *name;			/* UTF-8 */
	DdbType		type;			/* S, N or B */
} DdbKeyAttribute;

typedef enum DdbProjection
{
	DDB_PROJECT_ALL,
	DDB_PROJECT_KEYS_ONLY,
	DDB_PROJECT_INCLUDE,
} DdbProjection;

/* An index; the table's own primary key is one too, without a name. */
typedef struct DdbIndex
{
	char	   *name;			/* NULL: the table itself */
	bool		global;			/* a GSI; false: the table or an LSI */
	int			npartition;		/* 1 but for multi-attribute keys */
	int			nsort;			/* 0 where there is no sort key */
	DdbKeyAttribute partition[DDB_MAX_KEY_PART];
	DdbKeyAttribute sort[DDB_MAX_KEY_PART];
	DdbProjection projection;
	int			nincluded;
	char	  **included;		/* for INCLUDE: non-key attributes */
	bool		active;			/* ACTIVE and not backfilling */
	double		item_count;		/* -1: unknown (0 counts as unknown) */
	double		size_bytes;		/* -1: unknown */
	double		read_capacity;	/* provisioned units a second; 0: on demand */
	double		write_capacity; /* likewise */
	double		most_reads;		/* on demand, units a second; 0: any number */
	double		most_writes;	/* likewise */
} DdbIndex;

typedef struct DdbSchema
{
	char	   *table_name;
	bool		declared;		/* from options: sizes and state are unknown */
	bool		active;			/* TableStatus lets it be read */
	DdbIndex	primary;
	int			nindexes;
	DdbIndex   *indexes;
} DdbSchema;

extern DdbSchema *ddb_schema_parse(const char *body, size_t len,
								   DdbError *err);
extern DdbSchema *ddb_schema_declare(const char *table_name,
									 const char *partition_key,
									 const char *sort_key,
									 const char *indexes, DdbError *err);
extern const DdbIndex *ddb_schema_lookup_index(const DdbSchema *schema,
											   const char *name);

/* May a key have values of this type? */
static inline bool
ddb_schema_is_key_type(DdbType type)
{
	return type == DDB_TYPE_S || type == DDB_TYPE_N || type == DDB_TYPE_B;
}

/* Numbers count schema->indexes; -1 is the table itself. */
static inline const DdbIndex *
ddb_schema_get_index(const DdbSchema *schema, int number)
{
	return number < 0 ? &schema->primary : &schema->indexes[number];
}

/* Numbers count the attributes of a key, those of the partition first. */
static inline const DdbKeyAttribute *
ddb_schema_key_part(const DdbIndex *index, int number)
{
	return number < index->npartition ? &index->partition[number] :
		&index->sort[number - index->npartition];
}

extern double ddb_schema_entry_size(const DdbIndex *index);
extern bool ddb_schema_key_contains(const DdbIndex *index,
									const char *attribute);
extern bool ddb_schema_is_key(const DdbSchema *schema, const char *attribute);
extern bool ddb_schema_index_projects(const DdbSchema *schema,
									  const DdbIndex *index,
									  const char *attribute);

#endif							/* DDB_SCHEMA_H */
