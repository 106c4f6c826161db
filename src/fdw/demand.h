/*-------------------------------------------------------------------------
 *
 * demand.h
 *	  How many rows the client has asked the executor for.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_DEMAND_H
#define DDB_DEMAND_H

#include "nodes/execnodes.h"

extern void ddb_demand_install(void);
extern int64 ddb_demand_get(const PlanState *node);
extern bool ddb_demand_is_all(void);

#endif							/* DDB_DEMAND_H */
