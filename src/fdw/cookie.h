/*-------------------------------------------------------------------------
 *
 * cookie.h
 *	  Items as they were read, kept until their rows are written.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_COOKIE_H
#define DDB_COOKIE_H

#include "nodes/execnodes.h"
#include "storage/itemptr.h"

extern bool ddb_cookie_is_wanted(const ScanState *node);
extern void ddb_cookie_keep(EState *estate, const char *item, size_t len,
							ItemPointer tid);
extern char *ddb_cookie_fetch(EState *estate, const ItemPointerData *tid,
							  size_t *len);
extern void ddb_cookie_close(EState *estate);

#endif							/* DDB_COOKIE_H */
