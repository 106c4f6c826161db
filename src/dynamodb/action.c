/*-------------------------------------------------------------------------
 *
 * action.c
 *	  Bodies of PutItem, UpdateItem, DeleteItem, and of TransactWriteItems
 *	  and BatchWriteItem, which carry several of them.
 *
 * Consumed capacity is always asked for, as in reads, and so is the item
 * that a condition was refused for: it says what the refusal means.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "dynamodb/action.h"
#include "utils/json.h"

static const struct
{
	const char *operation;
	const char *action;			/* in TransactWriteItems */
	const char *request;		/* in BatchWriteItem; NULL: not there */
	const char *member;			/* the one that holds item or key */
}			names[] =

{
	[DDB_ACTION_PUT] = {"PutItem", "Put", "PutRequest", "Item"},
	[DDB_ACTION_UPDATE] = {"UpdateItem", "Update", NULL, "Key"},
	[DDB_ACTION_DELETE] = {"DeleteItem", "Delete", "DeleteRequest", "Key"},
};

/* The operation's name on the wire, which is also its name for users. */
const char *
ddb_action_operation_name(DdbActionKind kind)
{
	return names[kind].operation;
}

/* The members that an action has wherever it stands. */
static void
append_members(const DdbAction *action, StringInfo body)
{
	appendStringInfoString(body, "\"TableName\":");
	escape_json(body, action->table_name);
	appendStringInfo(body, ",\"%s\":", names[action->kind].member);
	appendStringInfoString(body, action->item);
	if (action->update != NULL)
	{
		appendStringInfoString(body, ",\"UpdateExpression\":\"");
		appendStringInfoString(body, action->update);
		appendStringInfoChar(body, '"');
	}
	if (action->condition != NULL)
	{
		appendStringInfoString(body, ",\"ConditionExpression\":\"");
		appendStringInfoString(body, action->condition);
		appendStringInfoString(body,
							   "\",\"ReturnValuesOnConditionCheckFailure\":\"ALL_OLD\"");
	}
	ddb_expression_append_maps(&action->expression, body);
}

/* The body of the operation that does this one action. */
void
ddb_action_render(const DdbAction *action, StringInfo body)
{
	appendStringInfoChar(body, '{');
	append_members(action, body);
	if (action->returns != NULL)
		appendStringInfo(body, ",\"ReturnValues\":\"%s\"", action->returns);
	appendStringInfoString(body, ",\"ReturnConsumedCapacity\":\"INDEXES\"}");
}

/*
 * The body of TransactWriteItems for several actions, a List of DdbAction.
 * ReturnValues don't exist there.  token makes a repetition harmless.
 */
void
ddb_action_render_transaction(const List *actions, const char *token,
							  StringInfo body)
{
	ListCell   *lc;

	appendStringInfoString(body, "{\"TransactItems\":[");
	foreach(lc, actions)
	{
		const DdbAction *action = lfirst(lc);

		appendStringInfo(body, "%s{\"%s\":{",
						 foreach_current_index(lc) > 0 ? "," : "",
						 names[action->kind].action);
		append_members(action, body);
		appendStringInfoString(body, "}}");
	}
	appendStringInfo(body, "],\"ClientRequestToken\":\"%s\"", token);
	appendStringInfoString(body, ",\"ReturnConsumedCapacity\":\"INDEXES\"}");
}

/*
 * The body of BatchWriteItem for unconditional puts and deletes of one
 * table, a List of DdbAction with different keys.
 */
void
ddb_action_render_batch(const List *actions, StringInfo body)
{
	const DdbAction *first = linitial(actions);
	ListCell   *lc;

	appendStringInfoString(body, "{\"RequestItems\":{");
	escape_json(body, first->table_name);
	appendStringInfoString(body, ":[");
	foreach(lc, actions)
	{
		const DdbAction *action = lfirst(lc);

		Assert(names[action->kind].request != NULL);
		Assert(action->condition == NULL);
		appendStringInfo(body, "%s{\"%s\":{\"%s\":",
						 foreach_current_index(lc) > 0 ? "," : "",
						 names[action->kind].request,
						 names[action->kind].member);
		appendStringInfoString(body, action->item);
		appendStringInfoString(body, "}}");
	}
	appendStringInfoString(body,
						   "]},\"ReturnConsumedCapacity\":\"INDEXES\"}");
}
