/*-------------------------------------------------------------------------
 *
 * session.h
 *	  Which client serves which foreign server and user in this backend.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_SESSION_H
#define DDB_SESSION_H

#include "dynamodb/client.h"

extern DdbClient *ddb_session_get_client(Oid serverid, Oid userid);
extern uint64 ddb_session_get_generation(Oid serverid, Oid userid);
extern void ddb_session_reset(void);

#endif							/* DDB_SESSION_H */
