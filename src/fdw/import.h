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

/* A foreign table to be, and what the user should know of it. */
typedef struct DdbImported
{
	bool		denied;			/* items could not be looked at */
	bool		unwanted;		/* ... were not to be looked at */
	char	   *summary;		/* a sentence without its full stop */
	List	   *remarks;		/* sentences (char *) */
	char	   *command;
} DdbImported;

typedef void (*DdbImportReceiver) (const DdbImported *imported, void *arg);

extern void ddb_import_tables(ImportForeignSchemaStmt *stmt,
							  Oid serverid, bool comments,
							  DdbImportReceiver receiver, void *arg);
extern List *dynamodbImportForeignSchema(ImportForeignSchemaStmt *stmt,
										 Oid serverOid);

#endif							/* DDB_IMPORT_H */
