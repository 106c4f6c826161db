/*-------------------------------------------------------------------------
 *
 * move.h
 *	  UPDATE of a key.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_MOVE_H
#define DDB_MOVE_H

#include "fdw/modify.h"

extern void ddb_move_build(DdbModify *modify, DdbWrite *write,
						   const DdbRowItem *old, const DdbRowItem *new);

#endif							/* DDB_MOVE_H */
