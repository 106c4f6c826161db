/*-------------------------------------------------------------------------
 *
 * describe.h
 *	  Asks DynamoDB what a table is, and when its items expire.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_DESCRIBE_H
#define DDB_DESCRIBE_H

#include "dynamodb/client.h"
#include "dynamodb/schema.h"

extern DdbSchema *ddb_describe_table(DdbClient *client,
									 const char *table_name, DdbError *err);
extern bool ddb_describe_ttl(DdbClient *client, const char *table_name,
							 char **attribute, DdbError *err);

#endif							/* DDB_DESCRIBE_H */
