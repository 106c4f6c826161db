/*-------------------------------------------------------------------------
 *
 * option_table.c
 *	  The descriptor table of all options.
 *
 * One row says of an option where it may stand, what its values are, what
 * holds without it, and which field receives it.  Validation, resolution,
 * hints and the lint that compares README's list work from here; no other
 * code knows an option's name or default.
 *
 * Options whose feature doesn't exist yet are here already.  They are
 * NOT_YET, and refused, as ignoring them could change an answer, a cost or a
 * write.  A value that a release accepts is accepted for ever, as dumps must
 * restore.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <float.h>
#include <limits.h>

#include "base/guc.h"
#include "base/option.h"
#include "base/option_check.h"
#include "base/option_table.h"

#define FIELD(type, member) (offsetof(type, member) + 1)

static const struct config_enum_entry mismatch_words[] = {
	{"error", DDB_MISMATCH_ERROR, false},
	{"null", DDB_MISMATCH_NULL, false},
	{NULL, 0, false}
};

static const struct config_enum_entry attribute_type_words[] = {
	{"S", 0, false},
	{"N", 0, false},
	{"B", 0, false},
	{"BOOL", 0, false},
	{"SS", 0, false},
	{"NS", 0, false},
	{"BS", 0, false},
	{"L", 0, false},
	{"M", 0, false},
	{NULL, 0, false}
};

static const struct config_enum_entry format_words[] = {
	{"iso8601", 0, false},
	{"iso8601_ms", 0, false},
	{"iso8601_us", 0, false},
	{"isoformat", 0, false},
	{"isoformat_utc", 0, false},
	{"date", 0, false},
	{"uuid", 0, false},
	{"epoch", 0, false},
	{"epoch_ms", 0, false},
	{"rfc3339", 0, false},
	{"dynamodb", 0, false},
	{NULL, 0, false}
};

static const struct config_enum_entry none_word[] = {
	{"none", 0, false},
	{NULL, 0, false}
};

static const struct config_enum_entry auto_word[] = {
	{"auto", 0, false},
	{NULL, 0, false}
};

static const struct config_enum_entry measured_word[] = {
	{"measured", -1, false},
	{NULL, 0, false}
};

static const struct config_enum_entry capacity_words[] = {
	{"auto", -1, false},
	{"none", 0, false},
	{NULL, 0, false}
};

static const struct config_enum_entry transaction_mode_words[] = {
	{"immediate", 0, false},
	{"atomic", 1, false},
	{NULL, 0, false}
};

static const struct config_enum_entry insert_mode_words[] = {
	{"insert", DDB_INSERT_ONLY, false},
	{"upsert", DDB_INSERT_UPSERT, false},
	{"replace", DDB_INSERT_REPLACE, false},
	{NULL, 0, false}
};

static const struct config_enum_entry null_as_words[] = {
	{"absent", DDB_NULL_ABSENT, false},
	{"null", DDB_NULL_TYPED, false},
	{NULL, 0, false}
};

/*
 * The options, in the order of README's list.  test/lint reads this table
 * as text: each "{", "}," and ".member = value," on a line of its own.
 */
const DdbOption ddb_option_table[] = {
	/* where to send requests */
	{
		.name = "region",
		.places = ON_SERVER,
		.type = OPTION_STRING,
		.check = ddb_option_check_region,
		.field[FOR_SERVER] = FIELD(DdbServerOptions, region),
	},
	{
		.name = "endpoint",
		.places = ON_SERVER,
		.type = OPTION_STRING,
		.check = ddb_option_check_endpoint,
		.field[FOR_SERVER] = FIELD(DdbServerOptions, endpoint),
	},
	{
		.name = "allow_http",
		.places = ON_SERVER,
		.type = OPTION_BOOL,
		.default_value = "false",
		.field[FOR_SERVER] = FIELD(DdbServerOptions, allow_http),
	},
	{
		.name = "use_fips",
		.places = ON_SERVER,
		.type = OPTION_BOOL,
		.default_value = "false",
		.field[FOR_SERVER] = FIELD(DdbServerOptions, use_fips),
	},
	{
		.name = "use_dualstack",
		.places = ON_SERVER,
		.type = OPTION_BOOL,
		.default_value = "false",
		.field[FOR_SERVER] = FIELD(DdbServerOptions, use_dualstack),
	},

	/*
	 * As in postgres_fdw, a server's owner may name any file that holds CA
	 * certificates: nothing of a file's content comes back but whether a
	 * certificate was trusted.
	 */
	{
		.name = "sslrootcert",
		.places = ON_SERVER,
		.type = OPTION_STRING,
		.check = ddb_option_check_file_name,
		.field[FOR_SERVER] = FIELD(DdbServerOptions, sslrootcert),
	},

	/* how to send them */
	{
		.name = "connect_timeout",
		.places = ON_SERVER,
		.type = OPTION_INT,
		.min = 1,
		.max = 3600,
		.default_value = "5",
		.field[FOR_SERVER] = FIELD(DdbServerOptions, connect_timeout),
	},
	{
		.name = "request_timeout",
		.places = ON_SERVER,
		.type = OPTION_INT,
		.min = 1,
		.max = 86400,
		.default_value = "60",
		.field[FOR_SERVER] = FIELD(DdbServerOptions, request_timeout),
	},
	{
		.name = "max_attempts",
		.places = ON_SERVER,
		.type = OPTION_INT,
		.min = 1,
		.max = 1000,
		.default_value = "10",
		.field[FOR_SERVER] = FIELD(DdbServerOptions, max_attempts),
	},
	{
		.name = "idempotent_writes",
		.places = ON_SERVER,
		.type = OPTION_BOOL,
		.default_value = "false",
		.field[FOR_SERVER] = FIELD(DdbServerOptions, idempotent_writes),
	},
	{
		.name = "concurrency",
		.places = ON_SERVER | ON_TABLE,
		.type = OPTION_INT,
		.min = 1,
		.max = 1000,
		.default_value = "8",
		.field[FOR_TABLE] = FIELD(DdbTableOptions, concurrency),
	},
	{
		.name = "async_capable",
		.places = ON_SERVER | ON_TABLE,
		.type = OPTION_BOOL,
		.default_value = "false",
		.field[FOR_TABLE] = FIELD(DdbTableOptions, async_capable),
	},

	/* what reads see and cost */
	{
		.name = "page_size",
		.places = ON_SERVER | ON_TABLE,
		.type = OPTION_INT,
		.words = none_word,
		.min = 1,
		.max = INT_MAX,
		.default_value = "none",
		.field[FOR_TABLE] = FIELD(DdbTableOptions, page_size),
	},
	{
		.name = "consistent_read",
		.places = ON_SERVER | ON_TABLE,
		.type = OPTION_ENUM,
		.words = ddb_guc_consistent_read_words,
		.default_value = "auto",
		.guc = &ddb_guc_consistent_read,
		.field[FOR_TABLE] = FIELD(DdbTableOptions, consistent_read),
	},
	{
		.name = "allow_scan",
		.places = ON_SERVER | ON_TABLE,
		.type = OPTION_ENUM,
		.words = ddb_guc_allow_scan_words,
		.default_value = "auto",
		.guc = &ddb_guc_allow_scan,
		.field[FOR_TABLE] = FIELD(DdbTableOptions, allow_scan),
	},
	{
		.name = "scan_budget",
		.places = ON_SERVER | ON_TABLE,
		.type = OPTION_REAL,
		.min = 0,
		.max = DBL_MAX,
		.default_value = CppAsString2(DDB_GUC_SCAN_BUDGET),
		.guc = &ddb_guc_scan_budget,
		.field[FOR_TABLE] = FIELD(DdbTableOptions, scan_budget),
	},
	{
		.name = "read_capacity",
		.places = ON_SERVER | ON_TABLE,
		.type = OPTION_REAL,
		.words = capacity_words,
		.min = 1,
		.max = DBL_MAX,
		.default_value = "auto",
		.field[FOR_SERVER] = FIELD(DdbServerOptions, read_capacity),
		.field[FOR_TABLE] = FIELD(DdbTableOptions, read_capacity),
	},
	{
		.name = "write_capacity",
		.places = ON_SERVER | ON_TABLE,
		.type = OPTION_REAL,
		.words = capacity_words,
		.min = 1,
		.max = DBL_MAX,
		.default_value = "auto",
		.field[FOR_TABLE] = FIELD(DdbTableOptions, write_capacity),
	},

	/* what writes do */
	{
		.name = "transaction_mode",
		.places = ON_SERVER,
		.flags = NOT_YET,
		.type = OPTION_ENUM,
		.words = transaction_mode_words,
		.default_value = "immediate",
	},
	{
		.name = "insert_mode",
		.places = ON_TABLE,
		.type = OPTION_ENUM,
		.words = insert_mode_words,
		.default_value = "insert",
		.field[FOR_TABLE] = FIELD(DdbTableOptions, insert_mode),
	},
	{
		.name = "null_as",
		.places = ON_TABLE | ON_COLUMN,
		.type = OPTION_ENUM,
		.words = null_as_words,
		.default_value = "absent",
		.field[FOR_TABLE] = FIELD(DdbTableOptions, null_as),
		.field[FOR_COLUMN] = FIELD(DdbColumnOptions, null_as),
	},
	{
		.name = "on_type_mismatch",
		.places = ON_TABLE | ON_COLUMN,
		.type = OPTION_ENUM,
		.words = mismatch_words,
		.default_value = "error",
		.field[FOR_TABLE] = FIELD(DdbTableOptions, on_type_mismatch),
		.field[FOR_COLUMN] = FIELD(DdbColumnOptions, on_type_mismatch),
	},

	/* keys and indexes */
	{
		.name = "indexes",
		.places = ON_TABLE,
		.type = OPTION_STRING,
		.check = ddb_option_check_indexes,
		.field[FOR_TABLE] = FIELD(DdbTableOptions, indexes),
	},
	{
		.name = "partition_key",
		.places = ON_TABLE,
		.type = OPTION_STRING,
		.check = ddb_option_check_key_attribute,
		.field[FOR_TABLE] = FIELD(DdbTableOptions, partition_key),
	},
	{
		.name = "sort_key",
		.places = ON_TABLE,
		.type = OPTION_STRING,
		.check = ddb_option_check_key_attribute,
		.field[FOR_TABLE] = FIELD(DdbTableOptions, sort_key),
	},
	{
		.name = "complete_indexes",
		.places = ON_TABLE,
		.type = OPTION_STRING,
		.check = ddb_option_check_index_list,
		.field[FOR_TABLE] = FIELD(DdbTableOptions, complete_indexes),
	},
	{
		.name = "use_index",
		.places = ON_TABLE,
		.type = OPTION_STRING,
		.check = ddb_option_check_index_preferences,
		.field[FOR_TABLE] = FIELD(DdbTableOptions, use_index),
	},
	{
		.name = "ttl_attribute",
		.places = ON_TABLE,
		.type = OPTION_STRING,
		.check = ddb_option_check_attribute_name,
		.field[FOR_TABLE] = FIELD(DdbTableOptions, ttl_attribute),
	},
	{
		.name = "version_attribute",
		.places = ON_TABLE,
		.type = OPTION_STRING,
		.check = ddb_option_check_attribute_name,
		.field[FOR_TABLE] = FIELD(DdbTableOptions, version_attribute),
	},

	/* rows per batch, permission to write, the price of ANALYZE */
	{
		.name = "batch_size",
		.places = ON_SERVER | ON_TABLE,
		.type = OPTION_INT,
		.words = auto_word,
		.min = 1,
		.max = INT_MAX,
		.default_value = "auto",
		.field[FOR_TABLE] = FIELD(DdbTableOptions, batch_size),
	},
	{
		.name = "updatable",
		.places = ON_SERVER | ON_TABLE,
		.type = OPTION_BOOL,
		.default_value = "true",
		.field[FOR_TABLE] = FIELD(DdbTableOptions, updatable),
	},
	{
		.name = "truncatable",
		.places = ON_SERVER | ON_TABLE,
		.type = OPTION_BOOL,
		.default_value = "false",
		.field[FOR_TABLE] = FIELD(DdbTableOptions, truncatable),
	},
	{
		.name = "analyze_read_units",
		.places = ON_SERVER | ON_TABLE,
		.type = OPTION_REAL,
		.min = 0,
		.max = DBL_MAX,
		.default_value = "250",
		.field[FOR_SERVER] = FIELD(DdbServerOptions, analyze_read_units),
		.field[FOR_TABLE] = FIELD(DdbTableOptions, analyze_read_units),
	},
	{
		.name = "fdw_startup_cost",
		.places = ON_SERVER,
		.type = OPTION_REAL,
		.words = measured_word,
		.min = 0,
		.max = DBL_MAX,
		.default_value = "measured",
		.field[FOR_SERVER] = FIELD(DdbServerOptions, fdw_startup_cost),
	},
	{
		.name = "fdw_tuple_cost",
		.places = ON_SERVER,
		.type = OPTION_REAL,
		.words = measured_word,
		.min = 0,
		.max = DBL_MAX,
		.default_value = "measured",
		.field[FOR_SERVER] = FIELD(DdbServerOptions, fdw_tuple_cost),
	},

	/* which items, and which of their attributes */
	{
		.name = "table_name",
		.places = ON_TABLE,
		.type = OPTION_STRING,
		.check = ddb_option_check_table_name,
		.field[FOR_TABLE] = FIELD(DdbTableOptions, table_name),
	},
	{
		.name = "entity_attribute",
		.places = ON_TABLE,
		.flags = NOT_YET,
		.type = OPTION_STRING,
		.check = ddb_option_check_attribute_name,
	},
	{
		.name = "entity",
		.places = ON_TABLE,
		.flags = NOT_YET,
		.type = OPTION_STRING,
		.check = ddb_option_check_not_empty,
	},
	{
		.name = "key_templates",
		.places = ON_TABLE,
		.flags = NOT_YET,
		.type = OPTION_STRING,
		.check = ddb_option_check_not_empty,
	},
	{
		.name = "entity_index",
		.places = ON_TABLE,
		.flags = NOT_YET,
		.type = OPTION_STRING,
		.check = ddb_option_check_not_empty,
	},
	{
		.name = "key_delimiter",
		.places = ON_TABLE,
		.flags = NOT_YET,
		.type = OPTION_STRING,
		.check = ddb_option_check_not_empty,
	},
	{
		.name = "attribute_name",
		.places = ON_COLUMN,
		.type = OPTION_STRING,
		.check = ddb_option_check_attribute_name,
		.field[FOR_COLUMN] = FIELD(DdbColumnOptions, attribute_name),
	},
	{
		.name = "column_name",
		.synonym_of = "attribute_name",
	},
	{
		.name = "attribute_path",
		.places = ON_COLUMN,
		.excludes = "attribute_name",
		.type = OPTION_STRING,
		.check = ddb_option_check_not_empty,
		.field[FOR_COLUMN] = FIELD(DdbColumnOptions, attribute_path),
	},
	{
		.name = "attribute_type",
		.places = ON_COLUMN,
		.type = OPTION_WORD,
		.words = attribute_type_words,
		.field[FOR_COLUMN] = FIELD(DdbColumnOptions, attribute_type),
	},
	{
		.name = "format",
		.places = ON_COLUMN,
		.type = OPTION_WORD,
		.words = format_words,
		.field[FOR_COLUMN] = FIELD(DdbColumnOptions, format),
	},

	/*
	 * Who is asking.  An access key's ID isn't secret by itself, but it is
	 * what people mix up with its secret.
	 */
	{
		.name = "aws_access_key_id",
		.places = ON_MAPPING,
		.flags = SECRET,
		.type = OPTION_STRING,
		.check = ddb_option_check_printable,
		.field[FOR_MAPPING] = FIELD(DdbMappingOptions, aws_access_key_id),
	},
	{
		.name = "user",
		.synonym_of = "aws_access_key_id",
	},
	{
		.name = "aws_secret_access_key",
		.places = ON_MAPPING,
		.flags = SECRET,
		.type = OPTION_STRING,
		.check = ddb_option_check_printable,
		.field[FOR_MAPPING] = FIELD(DdbMappingOptions, aws_secret_access_key),
	},
	{
		.name = "password",
		.synonym_of = "aws_secret_access_key",
	},
	{
		.name = "aws_session_token",
		.places = ON_MAPPING,
		.flags = SECRET,
		.type = OPTION_STRING,
		.check = ddb_option_check_printable,
		.field[FOR_MAPPING] = FIELD(DdbMappingOptions, aws_session_token),
	},
	{
		.name = "role_arn",
		.places = ON_MAPPING,
		.flags = NOT_YET,
		.type = OPTION_STRING,
		.check = ddb_option_check_not_empty,
	},
	{
		.name = "external_id",
		.places = ON_MAPPING,
		.flags = SECRET | NOT_YET,
		.type = OPTION_STRING,
		.check = ddb_option_check_not_empty,
	},
	{
		.name = "role_session_name",
		.places = ON_MAPPING,
		.flags = NOT_YET,
		.type = OPTION_STRING,
		.check = ddb_option_check_not_empty,
	},
	{
		.name = "duration_seconds",
		.places = ON_MAPPING,
		.flags = NOT_YET,
		.type = OPTION_INT,
		.min = 900,
		.max = 43200,
	},
	{
		.name = "profile",
		.places = ON_MAPPING,
		.flags = NOT_YET,
		.type = OPTION_STRING,
		.check = ddb_option_check_not_empty,
	},
	{
		.name = "ambient_credentials",
		.places = ON_MAPPING,
		.flags = SUPERUSER_ONLY | NOT_YET,
		.type = OPTION_BOOL,
		.default_value = "false",
		.field[FOR_MAPPING] = FIELD(DdbMappingOptions, ambient_credentials),
	},
};

const int	ddb_option_count = lengthof(ddb_option_table);
