/*-------------------------------------------------------------------------
 *
 * describe.h
 *	  Asks DynamoDB what a table is.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_DESCRIBE_H
#define DDB_DESCRIBE_H

#include "dynamodb/client.h"
#include "dynamodb/schema.h"

extern DdbSchema *ddb_describe_table(DdbClient *client,
									 const char *table_name, DdbError *err);

#endif							/* DDB_DESCRIBE_H */
