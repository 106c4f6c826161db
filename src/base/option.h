/*-------------------------------------------------------------------------
 *
 * option.h
 *	  Every option of server, user mapping, table and column, from one
 *	  descriptor table: names, places, types, ranges, defaults.
 *
 * Resolution is most specific first: column, table, server, default.  For
 * the options that also exist as GUCs, the GUC is the session's default and
 * an explicit option stands over it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_OPTION_H
#define DDB_OPTION_H

#include "foreign/foreign.h"

/* Words of consistent_read. */
typedef enum DdbConsistentRead
{
	DDB_CONSISTENT_OFF,
	DDB_CONSISTENT_ON,
	DDB_CONSISTENT_AUTO,
} DdbConsistentRead;

/* Words of allow_scan. */
typedef enum DdbAllowScan
{
	DDB_SCAN_OFF,
	DDB_SCAN_ON,
	DDB_SCAN_WARN,
	DDB_SCAN_AUTO,
} DdbAllowScan;

/* Words of on_type_mismatch. */
typedef enum DdbOnMismatch
{
	DDB_MISMATCH_ERROR,
	DDB_MISMATCH_NULL,
} DdbOnMismatch;

/* Words of null_as. */
typedef enum DdbNullAs
{
	DDB_NULL_ABSENT,			/* no attribute */
	DDB_NULL_TYPED,				/* the NULL type */
} DdbNullAs;

/* Words of insert_mode. */
typedef enum DdbInsertMode
{
	DDB_INSERT_ONLY,			/* a duplicate key is an error */
	DDB_INSERT_UPSERT,
	DDB_INSERT_REPLACE,
} DdbInsertMode;

/* A foreign server's own options. */
typedef struct DdbServerOptions
{
	char	   *region;			/* NULL: implied by endpoint, or missing */
	char	   *endpoint;		/* NULL: from region */
	bool		allow_http;
	bool		use_fips;
	bool		use_dualstack;
	char	   *sslrootcert;	/* NULL: the system's store */
	int			connect_timeout;	/* seconds */
	int			request_timeout;	/* seconds */
	int			max_attempts;
	bool		idempotent_writes;
	double		fdw_startup_cost;	/* -1: measured */
	double		fdw_tuple_cost; /* -1: measured */
	double		read_capacity;	/* pace: units a second; 0: any, -1: auto */
	double		analyze_read_units; /* what a sample for IMPORT may consume */
} DdbServerOptions;

/* A user mapping's options.  Secrets: never to be printed or planned with. */
typedef struct DdbMappingOptions
{
	char	   *aws_access_key_id;
	char	   *aws_secret_access_key;
	char	   *aws_session_token;
	bool		ambient_credentials;
} DdbMappingOptions;

/* A foreign table's options, those of its server underneath. */
typedef struct DdbTableOptions
{
	/* server and table */
	int			concurrency;
	int			page_size;		/* 0: none */
	DdbConsistentRead consistent_read;
	DdbAllowScan allow_scan;
	double		scan_budget;	/* read units */
	double		analyze_read_units; /* 0: ANALYZE reads nothing */
	double		read_capacity;	/* units a second; 0: any, -1: auto */
	double		write_capacity; /* likewise */
	bool		async_capable;
	bool		updatable;
	bool		truncatable;
	int			batch_size;		/* rows; 0: auto */

	/* table */
	char	   *table_name;		/* never NULL: the relation's name at least */
	char	   *partition_key;
	char	   *sort_key;
	char	   *indexes;		/* JSON */
	char	   *complete_indexes;	/* comma list or "*" */
	char	   *use_index;		/* comma list, "!name" for never */
	char	   *ttl_attribute;
	char	   *version_attribute;
	DdbOnMismatch on_type_mismatch;
	DdbInsertMode insert_mode;
	DdbNullAs	null_as;
} DdbTableOptions;

/* A column's options, its table's underneath. */
typedef struct DdbColumnOptions
{
	char	   *attribute_name; /* NULL: the column's name; "*": the rest */
	char	   *attribute_path; /* NULL: none */
	char	   *attribute_type; /* NULL: from the SQL type */
	char	   *format;			/* NULL: none */
	DdbOnMismatch on_type_mismatch;
	DdbNullAs	null_as;
} DdbColumnOptions;

extern void ddb_option_get_server(const ForeignServer *server,
								  DdbServerOptions *out);
extern void ddb_option_get_mapping(const UserMapping *mapping,
								   DdbMappingOptions *out);
extern void ddb_option_get_table(Oid foreigntableid, DdbTableOptions *out);
extern void ddb_option_get_column(Oid foreigntableid, AttrNumber attnum,
								  const DdbTableOptions *table,
								  DdbColumnOptions *out);
extern List *ddb_option_split_list(const char *value);

#endif							/* DDB_OPTION_H */
