/*-------------------------------------------------------------------------
 *
 * describe.c
 *	  Asks DynamoDB what a table is, and when its items expire.
 *
 * One request, every time; who wants to remember the answer does so himself.
 * What DescribeTable says is read by schema.c, which also reads what options
 * say in its place and hence knows no client.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/json.h"
#include "dynamodb/describe.h"
#include "utils/json.h"

/* Sends an operation on a table and waits: released by the caller. */
static DdbCall *
ask(DdbClient *client, const char *operation, const char *table_name)
{
	DdbUsage   *usage = palloc0_object(DdbUsage);
	StringInfoData body;
	DdbCall    *call;

	usage->table_name = table_name;
	initStringInfo(&body);
	appendStringInfoString(&body, "{\"TableName\":");
	escape_json(&body, table_name);
	appendStringInfoChar(&body, '}');
	call = ddb_client_start(client, CurrentMemoryContext, operation,
							body.data, body.len, true, usage);
	pfree(body.data);
	ddb_client_wait(call);
	return call;
}

/*
 * Sends one DescribeTable for a table's name or ARN (UTF-8) and waits for the
 * answer.  The result is palloc'd in the current context; NULL, and *err set,
 * where there is none.  Raises on interrupts, and for lack of memory.
 */
DdbSchema *
ddb_describe_table(DdbClient *client, const char *table_name, DdbError *err)
{
	DdbCall    *call = ask(client, "DescribeTable", table_name);
	DdbSchema  *schema = NULL;
	const char *answer;
	size_t		len;

	if (ddb_client_get_answer(call, &answer, &len, err))
		schema = ddb_schema_parse(answer, len, err);
	ddb_client_release(call);
	return schema;
}

/*
 * Sends one DescribeTimeToLive.  *attribute becomes the name (UTF-8, palloc'd)
 * of the attribute that says when an item expires, NULL where items don't:
 * one that is being enabled is in force within the hour, so it counts.
 * False, and *err set, where there is no answer; raises as above.
 */
bool
ddb_describe_ttl(DdbClient *client, const char *table_name, char **attribute,
				 DdbError *err)
{
	DdbCall    *call = ask(client, "DescribeTimeToLive", table_name);
	const char *answer;
	size_t		len;
	bool		answered = ddb_client_get_answer(call, &answer, &len, err);

	*attribute = NULL;
	if (answered)
	{
		const DdbJson *document = ddb_json_parse(answer, len);
		const DdbJson *ttl = ddb_json_get_member(document,
												 "TimeToLiveDescription");
		const char *status = ddb_json_get_member_string(ttl,
														"TimeToLiveStatus");
		const char *name = ddb_json_get_member_string(ttl, "AttributeName");

		if (name != NULL && status != NULL &&
			(strcmp(status, "ENABLED") == 0 ||
			 strcmp(status, "ENABLING") == 0))
			*attribute = pstrdup(name);
		ddb_json_release(document);
	}
	ddb_client_release(call);
	return answered;
}
