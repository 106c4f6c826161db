/*-------------------------------------------------------------------------
 *
 * request.c
 *	  Bodies of GetItem, BatchGetItem, Query and Scan.
 *
 * A request is initialised once, given its key or its expressions, and
 * rendered once a page: only Limit and ExclusiveStartKey differ, and the
 * latter is passed on as it came.  Of a batch the keys differ.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "dynamodb/request.h"
#include "utils/json.h"

/* The operation's name on the wire, which is also its name for users. */
const char *
ddb_request_operation_name(DdbOperation operation)
{
	switch (operation)
	{
		case DDB_GET_ITEM:
			return "GetItem";
		case DDB_QUERY:
			return "Query";
		case DDB_SCAN:
			return "Scan";
		case DDB_BATCH_GET_ITEM:
			return "BatchGetItem";
	}
	return "";					/* keep compiler quiet */
}

/*
 * Initialises a request in the current context.  index_name is NULL for the
 * table itself.  Consumed capacity is always asked for, by index: it costs
 * nothing, and EXPLAIN and budgets live on it.  table_name must outlive the
 * request.
 */
void
ddb_request_init(DdbRequest *request, DdbOperation operation,
				 const char *table_name, const char *index_name,
				 bool consistent)
{
	request->operation = operation;
	request->table_name = table_name;
	ddb_expression_init(&request->expression);
	initStringInfo(&request->members);
	/* A batch names its tables elsewhere: see ddb_request_render_batch(). */
	if (operation != DDB_BATCH_GET_ITEM)
	{
		appendStringInfoString(&request->members, ",\"TableName\":");
		escape_json(&request->members, table_name);
		appendStringInfoString(&request->members,
							   ",\"ReturnConsumedCapacity\":\"INDEXES\"");
	}
	if (index_name != NULL)
	{
		appendStringInfoString(&request->members, ",\"IndexName\":");
		escape_json(&request->members, index_name);
	}
	if (consistent)
		appendStringInfoString(&request->members, ",\"ConsistentRead\":true");
}

/* Appends a key, {"PK": {"S": "x"}, ...}; names are in UTF-8. */
void
ddb_request_append_key(StringInfo buf, int nattributes,
					   const char *const *names, const DdbValue *values)
{
	appendStringInfoChar(buf, '{');
	for (int i = 0; i < nattributes; i++)
	{
		if (i > 0)
			appendStringInfoChar(buf, ',');
		escape_json(buf, names[i]);
		appendStringInfoChar(buf, ':');
		ddb_value_append_typed(buf, &values[i]);
	}
	appendStringInfoChar(buf, '}');
}

/* GetItem: the key. */
void
ddb_request_set_key(DdbRequest *request, int nattributes,
					const char *const *names, const DdbValue *values)
{
	appendStringInfoString(&request->members, ",\"Key\":");
	ddb_request_append_key(&request->members, nattributes, names, values);
}

/* Query: greatest sort key first. */
void
ddb_request_set_backward(DdbRequest *request)
{
	appendStringInfoString(&request->members, ",\"ScanIndexForward\":false");
}

/*
 * Sets a string member, such as KeyConditionExpression.  The text is one of
 * ours, made of placeholders, and needs no escaping.
 */
void
ddb_request_set_text(DdbRequest *request, const char *member,
					 const char *text)
{
	appendStringInfo(&request->members, ",\"%s\":\"%s\"", member, text);
}

/* Scan: one of several parts of the table, counted from 0. */
void
ddb_request_set_segment(DdbRequest *request, int segment, int total)
{
	appendStringInfo(&request->members,
					 ",\"Segment\":%d,\"TotalSegments\":%d", segment, total);
}

/*
 * Renders the body of the page behind start_key (verbatim JSON; NULL for the
 * first page) into body, which is reset.  limit 0 means none.
 */
void
ddb_request_render(const DdbRequest *request, StringInfo body, int64 limit,
				   const char *start_key, size_t start_key_len)
{
	resetStringInfo(body);
	appendStringInfoChar(body, '{');
	/* behind the first member's comma */
	appendBinaryStringInfo(body, request->members.data + 1,
						   request->members.len - 1);
	ddb_expression_append_maps(&request->expression, body);
	if (limit > 0)
		appendStringInfo(body, ",\"Limit\":" INT64_FORMAT, limit);
	if (start_key != NULL)
	{
		appendStringInfoString(body, ",\"ExclusiveStartKey\":");
		appendBinaryStringInfo(body, start_key, start_key_len);
	}
	appendStringInfoChar(body, '}');
}

/*
 * Renders the body of a BatchGetItem into body, which is reset.  keys is what
 * ddb_request_append_key() made of each, with commas between them.
 */
void
ddb_request_render_batch(const DdbRequest *request, StringInfo body,
						 const char *keys)
{
	resetStringInfo(body);
	appendStringInfoString(body, "{\"RequestItems\":{");
	escape_json(body, request->table_name);
	appendStringInfo(body, ":{\"Keys\":[%s]", keys);
	appendBinaryStringInfo(body, request->members.data, request->members.len);
	ddb_expression_append_maps(&request->expression, body);
	appendStringInfoString(body,
						   "}},\"ReturnConsumedCapacity\":\"INDEXES\"}");
}

/*
 * The body that asks for what a batch left undone: UnprocessedKeys, as
 * UnprocessedItems of a batch of writes, has the form of RequestItems and is
 * sent back as it came.
 */
void
ddb_request_render_rest(StringInfo body, const char *unprocessed, size_t len)
{
	resetStringInfo(body);
	appendStringInfoString(body, "{\"RequestItems\":");
	appendBinaryStringInfo(body, unprocessed, len);
	appendStringInfoString(body, ",\"ReturnConsumedCapacity\":\"INDEXES\"}");
}
