/*-------------------------------------------------------------------------
 *
 * spool.h
 *	  Rows read to their end before the first of them is written.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_SPOOL_H
#define DDB_SPOOL_H

#include "nodes/execnodes.h"
#include "nodes/pathnodes.h"
#include "nodes/plannodes.h"

/* Called when the rows below have come to their end. */
typedef void (*DdbSpoolEnd) (void *arg);

extern void ddb_spool_register(void);
extern bool ddb_spool_reads(Plan *plan, List *subplans,
							const char *table_name);
extern bool ddb_spool_is_single(Plan *plan, List *subplans,
								const char *table_name);
extern bool ddb_spool_is_scan(Plan *plan);
extern void ddb_spool_name_rows(PlannerInfo *root, ModifyTable *plan);
extern void ddb_spool_put(ModifyTable *plan, bool store);
extern bool ddb_spool_stores(Plan *plan);
extern void ddb_spool_on_end(PlanState *node, DdbSpoolEnd function,
							 void *arg);

#endif							/* DDB_SPOOL_H */
