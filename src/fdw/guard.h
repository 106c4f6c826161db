/*-------------------------------------------------------------------------
 *
 * guard.h
 *	  The scan guard: whether a scan may send another request.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_GUARD_H
#define DDB_GUARD_H

extern bool ddb_guard_ask(void *scan, bool raise);

#endif							/* DDB_GUARD_H */
