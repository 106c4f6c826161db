/*-------------------------------------------------------------------------
 *
 * equal.h
 *	  Whether two values are the same to DynamoDB.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_EQUAL_H
#define DDB_EQUAL_H

#include "dynamodb/value.h"

extern bool ddb_equal_values(const DdbValue *a, const DdbValue *b);

#endif							/* DDB_EQUAL_H */
