/*-------------------------------------------------------------------------
 *
 * option_check.c
 *	  What the values of string options may look like.
 *
 * Syntax only, and no stricter than the service or the protocol: whatever
 * depends on another option, on columns, or on the DynamoDB table is checked
 * by whoever uses the value.  Nothing here raises, but for memory and for
 * text that can't be converted to UTF-8.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "utils/varlena.h"

#include "base/json.h"
#include "base/option.h"
#include "base/option_check.h"

#define LOWER	"abcdefghijklmnopqrstuvwxyz"
#define UPPER	"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS	"0123456789"

/* Does a string consist of at least one of these characters, and no other? */
static bool
consists_of(const char *value, const char *characters)
{
	return value[0] != '\0' && value[strspn(value, characters)] == '\0';
}

const char *
ddb_option_check_not_empty(const char *value)
{
	return value[0] != '\0' ? NULL : "The value must not be empty.";
}

/*
 * Keys and tokens go into headers.  A blank or line end is what copying
 * leaves behind; anything else would break the header or the signature.
 */
const char *
ddb_option_check_printable(const char *value)
{
	for (const char *c = value; *c; c++)
	{
		if (*c <= ' ' || *c > '~')
			return "The value must consist of printable ASCII characters without blanks.";
	}
	return ddb_option_check_not_empty(value);
}

/* Not a list of regions: new ones come, and emulators take any. */
const char *
ddb_option_check_region(const char *value)
{
	if (consists_of(value, LOWER DIGITS "-") && strlen(value) <= 63)
		return NULL;
	return "A region's name consists of lower-case letters, digits and hyphens, like \"eu-west-1\".";
}

const char *
ddb_option_check_file_name(const char *value)
{
	return is_absolute_path(value) ? NULL : "The value must be an absolute path.";
}

/*
 * Syntax only: a scheme, a host, perhaps a port.  Whether http is allowed
 * depends on another option and on the host, and is decided at use.
 */
const char *
ddb_option_check_endpoint(const char *value)
{
	static const char hint[] = "The value must be a URL of scheme, host and perhaps a port, like \"https://dynamodb.eu-west-1.amazonaws.com\" or \"http://127.0.0.1:8000\".";
	const char *host;
	const char *end;

	if (pg_strncasecmp(value, "https://", 8) == 0)
		host = value + 8;
	else if (pg_strncasecmp(value, "http://", 7) == 0)
		host = value + 7;
	else
		return hint;

	if (host[0] == '[')
	{
		host++;
		end = host + strspn(host, DIGITS "abcdefABCDEF:.");
		if (end == host || *end != ']')
			return hint;
		end++;
	}
	else
	{
		end = host + strspn(host, LOWER UPPER DIGITS ".-_");
		if (end == host)
			return hint;
	}

	if (*end == ':')
	{
		size_t		digits = strspn(end + 1, DIGITS);
		long		port = strtol(end + 1, NULL, 10);

		if (digits == 0 || digits > 5 || port < 1 || port > 65535)
			return hint;
		end += 1 + digits;
	}
	if (*end == '/')
		end++;
	return *end == '\0' ? NULL : hint;
}

/* A name, or the ARN of a table in another account or region. */
const char *
ddb_option_check_table_name(const char *value)
{
	if (strncmp(value, "arn:", 4) == 0)
	{
		if (strlen(value) <= 1024 &&
			consists_of(value, LOWER UPPER DIGITS "_.-:/"))
			return NULL;
	}
	else if (strlen(value) <= 255 &&
			 consists_of(value, LOWER UPPER DIGITS "_.-"))
		return NULL;
	return "A DynamoDB table's name consists of letters, digits, underscores, periods and hyphens; its ARN is accepted too.";
}

/* The service allows a name of 64 kB less one. */
const char *
ddb_option_check_attribute_name(const char *value)
{
	if (value[0] != '\0' && strlen(value) <= 65535)
		return NULL;
	return "An attribute's name has from 1 to 65535 bytes.";
}

const char *
ddb_option_check_key_attribute(const char *value)
{
	if (value[0] != '\0' && strlen(value) <= 255)
		return NULL;
	return "A key attribute's name has from 1 to 255 bytes.";
}

static bool
is_index_name(const char *name)
{
	return strlen(name) <= 255 &&
		consists_of(name, LOWER UPPER DIGITS "_.-");
}

/*
 * Splits the value of complete_indexes or use_index.  Returns a List of C
 * strings, palloc'd in the current context, or NIL if the value is no list.
 * Raises nothing.
 */
List *
ddb_option_split_list(const char *value)
{
	List	   *result;

	if (!SplitGUCList(pstrdup(value), ',', &result))
		return NIL;
	return result;
}

const char *
ddb_option_check_index_list(const char *value)
{
	List	   *names = ddb_option_split_list(value);
	ListCell   *lc;

	if (strcmp(value, "*") == 0)
		return NULL;
	foreach(lc, names)
	{
		if (!is_index_name(lfirst(lc)))
			break;
	}
	if (names != NIL && lc == NULL)
		return NULL;
	return "The value must be a comma-separated list of index names, or \"*\" for all indexes.";
}

const char *
ddb_option_check_index_preferences(const char *value)
{
	List	   *names = ddb_option_split_list(value);
	ListCell   *lc;

	foreach(lc, names)
	{
		const char *name = lfirst(lc);

		if (!is_index_name(name[0] == '!' ? name + 1 : name))
			break;
	}
	if (names != NIL && lc == NULL)
		return NULL;
	return "The value must be a comma-separated list of index names, \"!\" before each that is never to be used.";
}

/* Is this an index as DescribeTable describes it? */
static bool
is_index_description(const DdbJson *index)
{
	const DdbJson *keys;
	int			nkeys;

	if (ddb_json_kind(index) != DDB_JSON_OBJECT ||
		ddb_json_get_member_string(index, "IndexName") == NULL)
		return false;
	keys = ddb_json_get_member(index, "KeySchema");
	if (keys == NULL || ddb_json_kind(keys) != DDB_JSON_ARRAY)
		return false;

	nkeys = ddb_json_array_length(keys);
	for (int i = 0; i < nkeys; i++)
	{
		const DdbJson *key = ddb_json_get_element(keys, i);
		const char *role;

		if (ddb_json_kind(key) != DDB_JSON_OBJECT ||
			ddb_json_get_member_string(key, "AttributeName") == NULL)
			return false;
		role = ddb_json_get_member_string(key, "KeyType");
		if (role == NULL ||
			strcmp(role, i == 0 ? "HASH" : role) != 0 ||
			(strcmp(role, "HASH") != 0 && strcmp(role, "RANGE") != 0))
			return false;
	}
	return nkeys > 0;
}

/* A member of the value of "indexes"; clears *arg if it doesn't belong. */
static void
visit_indexes_member(const char *name, const DdbJson *value, void *arg)
{
	bool	   *valid = arg;
	bool		indexes;

	indexes = strcmp(name, "GlobalSecondaryIndexes") == 0 ||
		strcmp(name, "LocalSecondaryIndexes") == 0;
	if (!(indexes || strcmp(name, "AttributeDefinitions") == 0) ||
		ddb_json_kind(value) != DDB_JSON_ARRAY)
		*valid = false;
	for (int i = 0; *valid && indexes && i < ddb_json_array_length(value); i++)
	{
		if (!is_index_description(ddb_json_get_element(value, i)))
			*valid = false;
	}
}

/*
 * The shape only; dynamodb/schema.c reads the content and has the last word.
 */
const char *
ddb_option_check_indexes(const char *value)
{
	const char *utf8 = pg_server_to_any(value, strlen(value), PG_UTF8);
	const DdbJson *doc = ddb_json_parse(utf8, strlen(utf8));
	bool		valid = doc != NULL && ddb_json_kind(doc) == DDB_JSON_OBJECT;

	if (valid)
		ddb_json_foreach_member(doc, visit_indexes_member, &valid);
	return valid ? NULL :
		"The value must be a JSON object with arrays \"GlobalSecondaryIndexes\" and \"LocalSecondaryIndexes\" as in DescribeTable's answer, and perhaps its \"AttributeDefinitions\".";
}
