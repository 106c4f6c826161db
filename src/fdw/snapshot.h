/*-------------------------------------------------------------------------
 *
 * snapshot.h
 *	  What a statement reads of a table that its WITH writes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_SNAPSHOT_H
#define DDB_SNAPSHOT_H

#include "nodes/execnodes.h"
#include "nodes/pathnodes.h"
#include "utils/hsearch.h"

typedef struct DdbKept DdbKept;

extern bool ddb_snapshot_others_write(PlannerInfo *root,
									  const char *table_name);
extern bool ddb_snapshot_others_write_by(PlannerInfo *root,
										 const char *table_name, Oid relid);
extern bool ddb_snapshot_others_change(PlannerInfo *root,
									   const char *table_name);

extern void ddb_snapshot_enter(ForeignScanState *node);
extern void ddb_snapshot_take(EState *estate, const char *table_name);
extern void ddb_snapshot_finish(EState *estate);
extern bool ddb_snapshot_next(DdbKept *kept, TupleTableSlot *slot,
							  ItemPointer tid);
extern bool ddb_snapshot_rewind(DdbKept *kept);
extern void ddb_snapshot_end(DdbKept *kept);

extern HTAB *ddb_snapshot_lookup_keys(EState *estate, const char *table_name);
extern void ddb_snapshot_enter_keys(EState *estate, const char *table_name,
									HTAB *keys);

#endif							/* DDB_SNAPSHOT_H */
