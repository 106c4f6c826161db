/*-------------------------------------------------------------------------
 *
 * import.h
 *	  IMPORT FOREIGN SCHEMA.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_IMPORT_H
#define DDB_IMPORT_H

#include "nodes/parsenodes.h"
#include "nodes/pg_list.h"

extern List *dynamodbImportForeignSchema(ImportForeignSchemaStmt *stmt,
										 Oid serverOid);

#endif							/* DDB_IMPORT_H */
