/*-------------------------------------------------------------------------
 *
 * expression.h
 *	  Expression texts with their #n and :v maps.
 *
 * An attribute name never stands in an expression itself: 573 words are
 * reserved, and names may contain dots and spaces.  So
 *
 *		"PK" = 'USER#1' AND begins_with("SK", 'ORDER#')
 *
 * becomes
 *
 *		"KeyConditionExpression": "#0 = :0 AND begins_with(#1, :1)",
 *		"ExpressionAttributeNames": {"#0": "PK", "#1": "SK"},
 *		"ExpressionAttributeValues": {":0": {"S": "USER#1"}, …}
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_EXPRESSION_H
#define DDB_EXPRESSION_H

#include "dynamodb/value.h"
#include "nodes/pg_list.h"

/* The service takes no longer expression than this. */
#define DDB_MAX_EXPRESSION_BYTES 4096

/* Nor one with more operators. */
#define DDB_MAX_OPERATORS 300

typedef struct DdbExpression
{
	StringInfoData names;		/* members of ExpressionAttributeNames */
	StringInfoData values;		/* members of ExpressionAttributeValues */
	List	   *known;			/* names that have a placeholder, in order */
	int			nvalues;
	bool		measuring;		/* no request: all it is for is its length */
} DdbExpression;

extern void ddb_expression_init(DdbExpression *expression);
extern void ddb_expression_init_measure(DdbExpression *expression);
extern void ddb_expression_append_name(DdbExpression *expression,
									   StringInfo text, const char *name);
extern void ddb_expression_append_path(DdbExpression *expression,
									   StringInfo text, const char *attribute,
									   const DdbPathStep *steps, int nsteps);
extern void ddb_expression_append_value(DdbExpression *expression,
										StringInfo text,
										const DdbValue *value);
extern char *ddb_expression_join_update(const char *set, const char *remove);
extern void ddb_expression_append_maps(const DdbExpression *expression,
									   StringInfo body);

#endif							/* DDB_EXPRESSION_H */
