/*-------------------------------------------------------------------------
 *
 * checks.h
 *	  The columns that a foreign table's constraints look at.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_CHECKS_H
#define DDB_CHECKS_H

#include "nodes/bitmapset.h"
#include "nodes/pg_list.h"
#include "utils/relcache.h"

extern Bitmapset *ddb_checks_pull_columns(Relation rel, Node *expr);
extern List *ddb_checks_list(Relation rel);
extern bool ddb_checks_is_touched(const Bitmapset *used,
								  const Bitmapset *updated);

#endif							/* DDB_CHECKS_H */
