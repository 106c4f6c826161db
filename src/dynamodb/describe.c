/*-------------------------------------------------------------------------
 *
 * describe.c
 *	  Asks DynamoDB what a table is.
 *
 * One DescribeTable, every time; who wants to remember the answer does so
 * himself.  What it says is read by schema.c, which also reads what options
 * say in its place and hence knows no client.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "dynamodb/describe.h"
#include "utils/json.h"

/*
 * Sends one DescribeTable for a table's name or ARN (UTF-8) and waits for the
 * answer.  The result is palloc'd in the current context; NULL, and *err set,
 * where there is none.  Raises on interrupts, and for lack of memory.
 */
DdbSchema *
ddb_describe_table(DdbClient *client, const char *table_name, DdbError *err)
{
	StringInfoData body;
	DdbCall    *call;
	DdbSchema  *schema = NULL;
	const char *answer;
	size_t		len;

	initStringInfo(&body);
	appendStringInfoString(&body, "{\"TableName\":");
	escape_json(&body, table_name);
	appendStringInfoChar(&body, '}');

	call = ddb_client_start(client, CurrentMemoryContext, "DescribeTable",
							body.data, body.len, true, NULL);
	ddb_client_wait(call);
	if (ddb_client_get_answer(call, &answer, &len, err))
		schema = ddb_schema_parse(answer, len, err);
	ddb_client_release(call);
	pfree(body.data);
	return schema;
}
