/*-------------------------------------------------------------------------
 *
 * action.h
 *	  One write to one item, and the requests that carry it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_ACTION_H
#define DDB_ACTION_H

#include "dynamodb/expression.h"

/*
 * The service knows a token for ten minutes after what it came with was
 * completed.  A minute less, so that none is on its way when they are over.
 */
#define DDB_ACTION_TOKEN_MS (9 * 60 * 1000)

typedef enum DdbActionKind
{
	DDB_ACTION_PUT,
	DDB_ACTION_UPDATE,
	DDB_ACTION_DELETE,
} DdbActionKind;

typedef struct DdbAction
{
	DdbActionKind kind;
	const char *table_name;
	const char *item;			/* PUT: the item; else its key.  As JSON. */
	const char *update;			/* UPDATE: its expression, or NULL */
	const char *condition;		/* NULL: none */
	DdbExpression expression;	/* placeholders of both */
	const char *returns;		/* ReturnValues; NULL: none */
} DdbAction;

extern const char *ddb_action_operation_name(DdbActionKind kind);
extern void ddb_action_render(const DdbAction *action, StringInfo body);
extern void ddb_action_render_transaction(const List *actions,
										  const char *token, StringInfo body);
extern void ddb_action_render_batch(const List *actions, StringInfo body);

#endif							/* DDB_ACTION_H */
