/*-------------------------------------------------------------------------
 *
 * unique.h
 *	  Tells the planner that primary keys are unique.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_UNIQUE_H
#define DDB_UNIQUE_H

extern void ddb_unique_install(void);

#endif							/* DDB_UNIQUE_H */
