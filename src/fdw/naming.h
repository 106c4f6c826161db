/*-------------------------------------------------------------------------
 *
 * naming.h
 *	  SQL names for what DynamoDB names.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_NAMING_H
#define DDB_NAMING_H

/* A name of DynamoDB's, and the one it gets in SQL. */
typedef struct DdbName
{
	char	   *remote;			/* UTF-8 */
	char	   *shown;			/* the same in the database's encoding */
	char	   *folded;			/* what its SQL name would be by itself */
	char	   *local;			/* what it is; NULL until decided */
} DdbName;

/* What the names are for. */
typedef enum DdbNameKind
{
	DDB_NAME_TABLE,
	DDB_NAME_COLUMN,			/* ctid and its like are taken */
} DdbNameKind;

extern char *ddb_naming_fold(const char *name, bool snake_case);
extern bool ddb_naming_is_taken(const DdbName *names, int n,
								const char *local);
extern char *ddb_naming_make_unique(const DdbName *names, int n,
									const char *folded, DdbNameKind kind);
extern void ddb_naming_assign(DdbName *names, int n, bool snake_case,
							  DdbNameKind kind);

#endif							/* DDB_NAMING_H */
