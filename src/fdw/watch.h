/*-------------------------------------------------------------------------
 *
 * watch.h
 *	  Statements that write, watched for errors.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_WATCH_H
#define DDB_WATCH_H

extern void ddb_watch_install(void);
extern bool ddb_watch_is_watched(MemoryContext statement);
extern bool ddb_watch_is_end(int sqlerrcode);

#endif							/* DDB_WATCH_H */
