/*-------------------------------------------------------------------------
 *
 * lookahead.h
 *	  Joins by key in batches: a node that reads ahead.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_LOOKAHEAD_H
#define DDB_LOOKAHEAD_H

#include "nodes/extensible.h"
#include "nodes/pathnodes.h"

/* Slots of a look-ahead's CustomScan.custom_private. */
typedef enum DdbLookaheadItem
{
	DDB_LOOKAHEAD_NUMBER,		/* Integer: of the batch, in this plan */
	DDB_LOOKAHEAD_RELID,		/* Integer: the foreign table looked up */
	DDB_LOOKAHEAD_CONSTRAINTS,	/* List: see ddb_condition_write() */
	DDB_LOOKAHEAD_FIRST,		/* Integer: keys of the first batch, if all
								 * rows are wanted */
	DDB_LOOKAHEAD_KEYS,			/* Integer: most keys of a batch */
} DdbLookaheadItem;

extern void ddb_lookahead_install(void);
extern Node *ddb_lookahead_create_state(CustomScan *plan);
extern const PlanState *ddb_lookahead_child(const PlanState *node);
extern const CustomScanMethods ddb_lookahead_scan_methods;

#endif							/* DDB_LOOKAHEAD_H */
