/*-------------------------------------------------------------------------
 *
 * expiry.h
 *	  Items whose time is over.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_EXPIRY_H
#define DDB_EXPIRY_H

#include "dynamodb/expression.h"
#include "dynamodb/value.h"

extern int64 ddb_expiry_now(void);
extern bool ddb_expiry_is_past(const DdbValue *value, int64 now);
extern void ddb_expiry_append_is_past(DdbExpression *expression,
									  StringInfo text, const char *attribute);

#endif							/* DDB_EXPIRY_H */
