/*-------------------------------------------------------------------------
 *
 * function.c
 *	  SQL functions: the version, any request, and a fresh start.
 *
 * dynamodb_call() is the way to whatever has no SQL form.  It knows nothing
 * of the requests that pass through it but whether an operation only reads;
 * of what it doesn't know it assumes the worst: that it writes, and that a
 * repetition would show.  So such an operation is refused where the
 * transaction is read-only, and is never sent again once it may have been
 * carried out.  What it does isn't undone by a rollback.
 *
 * Requests are made as the current user, hence as its owner in a SECURITY
 * DEFINER function.
 *
 * dynamodb_create_table() is in create.c, dynamodb_import_script() in
 * script.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/version.h"
#include "catalog/pg_foreign_server.h"
#include "fdw/function.h"
#include "fdw/path.h"
#include "fdw/relation.h"
#include "fdw/session.h"
#include "foreign/fdwapi.h"
#include "mapping/text.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/plancache.h"

PG_FUNCTION_INFO_V1(dynamodb_fdw_version);
PG_FUNCTION_INFO_V1(dynamodb_call);
PG_FUNCTION_INFO_V1(dynamodb_reset);

/* No operation's name comes near. */
#define MAX_OPERATION_LENGTH 64

/*
 * What changes nothing, by the API reference.  PartiQL's operations can do
 * either and are missing on purpose; so are names that merely sound harmless:
 * nobody knows what a newer "Describe..." starts.
 */
static const char *const read_operations[] = {
	"BatchGetItem",
	"DescribeBackup",
	"DescribeContinuousBackups",
	"DescribeContributorInsights",
	"DescribeEndpoints",
	"DescribeExport",
	"DescribeGlobalTable",
	"DescribeGlobalTableSettings",
	"DescribeImport",
	"DescribeKinesisStreamingDestination",
	"DescribeLimits",
	"DescribeTable",
	"DescribeTableReplicaAutoScaling",
	"DescribeTimeToLive",
	"GetItem",
	"GetResourcePolicy",
	"ListBackups",
	"ListContributorInsights",
	"ListExports",
	"ListGlobalTables",
	"ListImports",
	"ListTables",
	"ListTagsOfResource",
	"Query",
	"Scan",
	"TransactGetItems",
};

static bool
is_read(const char *operation)
{
	for (size_t i = 0; i < lengthof(read_operations); i++)
	{
		if (strcmp(operation, read_operations[i]) == 0)
			return true;
	}
	return false;
}

/*
 * Is it a foreign server of this wrapper?  Told by the handler's callbacks,
 * as neither the wrapper's name nor the handler's is fixed.
 */
bool
ddb_function_is_own_server(Oid serverid)
{
	ForeignServer *server = GetForeignServer(serverid);
	Oid			handler = GetForeignDataWrapper(server->fdwid)->fdwhandler;

	return OidIsValid(handler) &&
		GetFdwRoutine(handler)->GetForeignPaths == dynamodbGetForeignPaths;
}

/*
 * The server that the user named, and may use; raises if there is none, if
 * it is another wrapper's, or without USAGE.
 */
ForeignServer *
ddb_function_get_server(const char *name)
{
	ForeignServer *server = GetForeignServerByName(name, false);
	AclResult	acl = object_aclcheck(ForeignServerRelationId,
									  server->serverid, GetUserId(),
									  ACL_USAGE);

	if (acl != ACLCHECK_OK)
		aclcheck_error(acl, OBJECT_FOREIGN_SERVER, name);
	if (!ddb_function_is_own_server(server->serverid))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("server \"%s\" is not a server of dynamodb_fdw",
						name)));
	return server;
}

/* It goes into a header, so nothing but a name will do. */
static void
check_operation(const char *operation)
{
	size_t		len = strspn(operation, "abcdefghijklmnopqrstuvwxyz"
							 "ABCDEFGHIJKLMNOPQRSTUVWXYZ");

	if (len == 0 || len > MAX_OPERATION_LENGTH || operation[len] != '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid DynamoDB operation \"%s\"", operation),
				 errhint("An operation has a name like GetItem.")));
}

/* The request's TableName, for messages; NULL if it has none. */
static char *
get_table_name(Jsonb *request)
{
	JsonbValue	buf;
	JsonbValue *value = getKeyJsonValueFromContainer(&request->root,
													 "TableName", 9, &buf);

	if (value == NULL || value->type != jbvString)
		return NULL;
	return pnstrdup(value->val.string.val, value->val.string.len);
}

/*
 * jsonb_in(), but where the answer is more than jsonb can hold (U+0000, say)
 * the message is ours: the input function's own shows the line at fault,
 * which is somebody's item.
 */
static Datum
parse_answer(char *answer, const char *operation)
{
	MemoryContext context = CurrentMemoryContext;
	volatile Datum result = (Datum) 0;
	volatile int sqlerrcode = 0;

	PG_TRY();
	{
		result = DirectFunctionCall1(jsonb_in, CStringGetDatum(answer));
	}
	PG_CATCH();
	{
		sqlerrcode = geterrcode();
		if (sqlerrcode != ERRCODE_UNTRANSLATABLE_CHARACTER &&
			sqlerrcode != ERRCODE_INVALID_TEXT_REPRESENTATION &&
			sqlerrcode != ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE &&
			sqlerrcode != ERRCODE_PROGRAM_LIMIT_EXCEEDED)
			PG_RE_THROW();
		MemoryContextSwitchTo(context);
		FlushErrorState();
	}
	PG_END_TRY();

	if (sqlerrcode != 0)
		ereport(ERROR,
				(errcode(sqlerrcode),
				 errmsg("could not represent the answer of DynamoDB operation %s as jsonb",
						operation),
				 sqlerrcode == ERRCODE_UNTRANSLATABLE_CHARACTER ?
				 errdetail("It contains a character that jsonb cannot hold, such as U+0000.") : 0));
	return result;
}

/* From the wire to SQL.  answer may be replaced. */
static Datum
convert_answer(char *answer, size_t len, const char *operation)
{
	Size		size = len;

	/* operations without an output, such as TagResource, answer nothing */
	if (len == 0)
		return DirectFunctionCall1(jsonb_in, CStringGetDatum("{}"));
	if (ddb_text_from_utf8(&answer, 0, &size) != DDB_FIT_OK)
		ereport(ERROR,
				(errcode(ERRCODE_UNTRANSLATABLE_CHARACTER),
				 errmsg("could not represent the answer of DynamoDB operation %s as jsonb",
						operation),
				 errdetail("It contains a character that encoding \"%s\" lacks.",
						   GetDatabaseEncodingName())));
	return parse_answer(answer, operation);
}

Datum
dynamodb_fdw_version(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(DDB_VERSION));
}

/*
 * dynamodb_call(server name, operation text, request jsonb) RETURNS jsonb
 *
 * Sends any operation, and returns its answer as it came.  Raises 25006 in a
 * read-only transaction for what isn't known to only read.
 */
Datum
dynamodb_call(PG_FUNCTION_ARGS)
{
	char	   *server_name = NameStr(*PG_GETARG_NAME(0));
	char	   *operation = text_to_cstring(PG_GETARG_TEXT_PP(1));
	Jsonb	   *request = PG_GETARG_JSONB_P(2);
	ForeignServer *server = ddb_function_get_server(server_name);
	bool		reads;
	char	   *body;
	char	   *answer;
	size_t		len;

	check_operation(operation);
	if (!JB_ROOT_IS_OBJECT(request))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("request of DynamoDB operation %s is not a JSON object",
						operation)));
	reads = is_read(operation);
	if (!reads)
		PreventCommandIfReadOnly(operation);

	body = ddb_text_to_utf8(JsonbToCString(NULL, &request->root,
										   VARSIZE(request)));
	answer = ddb_client_call(ddb_session_get_client(server->serverid,
													GetUserId()),
							 operation, body, strlen(body), reads,
							 get_table_name(request), &len);
	PG_RETURN_DATUM(convert_answer(answer, len, operation));
}

/*
 * dynamodb_reset() RETURNS void
 *
 * Plans are made anew as well, since they were made from the schemas.
 */
Datum
dynamodb_reset(PG_FUNCTION_ARGS)
{
	ddb_relation_forget_schemas(NULL);
	ddb_session_reset();
	ResetPlanCache();
	PG_RETURN_VOID();
}
