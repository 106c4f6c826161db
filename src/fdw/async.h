/*-------------------------------------------------------------------------
 *
 * async.h
 *	  Scans under an Append that waits for whichever has a row first.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_ASYNC_H
#define DDB_ASYNC_H

#include "nodes/execnodes.h"
#include "nodes/pathnodes.h"

extern bool dynamodbIsForeignPathAsyncCapable(ForeignPath *path);
extern void dynamodbForeignAsyncRequest(AsyncRequest *areq);
extern void dynamodbForeignAsyncConfigureWait(AsyncRequest *areq);
extern void dynamodbForeignAsyncNotify(AsyncRequest *areq);

#endif							/* DDB_ASYNC_H */
