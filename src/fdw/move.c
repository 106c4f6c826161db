/*-------------------------------------------------------------------------
 *
 * move.c
 *	  UPDATE of a key.
 *
 * To DynamoDB another key is another item.  So the old one is deleted and the
 * new one put in one transaction: the one on the condition that it is still
 * what was read, all of it, as all of it goes along; the other on the
 * condition that there is none of its key.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fdw/move.h"

/* Every attribute of the item as it is, and its key. */
static char *
build_delete_condition(const DdbValue *item, DdbExpression *expression)
{
	StringInfoData text;
	DdbValueIterator it;
	DdbValue	member;
	const char *name;
	size_t		namelen;

	initStringInfo(&text);
	ddb_value_iterate(&it, item);
	while (ddb_value_next(&it, &member, &name, &namelen))
	{
		if (text.len > 0)
			appendStringInfoString(&text, " AND ");
		ddb_expression_append_name(expression, &text,
								   ddb_row_make_step(name, namelen).name);
		appendStringInfoString(&text, " = ");
		ddb_expression_append_value(expression, &text, &member);
	}
	if (text.len > DDB_MAX_EXPRESSION_BYTES)
		ereport(ERROR,
				(errcode(ERRCODE_TOO_MANY_COLUMNS),
				 errmsg("cannot change the key of an item with so many attributes"),
				 errdetail("All of them are compared, and DynamoDB takes conditions of up to %d bytes.",
						   DDB_MAX_EXPRESSION_BYTES)));
	return text.data;
}

/*
 * Makes the write of a row whose key changes, in the current context.  The
 * scan has read the whole item, strongly consistently.
 */
void
ddb_move_build(DdbModify *modify, DdbWrite *write, const DdbRowItem *old,
			   const DdbRowItem *new)
{
	DdbAction  *put = palloc0_object(DdbAction);

	write->kind = DDB_WRITE_ABSOLUTE;
	write->action.kind = DDB_ACTION_DELETE;
	write->action.item = old->key.json;
	write->key = old->key;
	write->item = new->value;
	write->action.condition =
		build_delete_condition(&old->value, &write->action.expression);

	put->kind = DDB_ACTION_PUT;
	put->table_name = write->action.table_name;
	put->item = new->json;
	ddb_expression_init(&put->expression);
	put->condition = ddb_modify_build_free(modify, &put->expression);
	write->other = put;
	write->other_key = new->key;
}
