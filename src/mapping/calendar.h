/*-------------------------------------------------------------------------
 *
 * calendar.h
 *	  What conditions on the date of a time say of the time.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_CALENDAR_H
#define DDB_CALENDAR_H

#include "nodes/pathnodes.h"

/*
 * Clauses "column >= value" and "column <= value" that follow from a clause
 * such as "column::date = value"; NIL if there are none.
 */
extern List *ddb_calendar_bounds(PlannerInfo *root, Node *clause);

#endif							/* DDB_CALENDAR_H */
