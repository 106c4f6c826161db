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

/*
 * Where consistent_read is 'auto': must the DynamoDB table be read strongly
 * consistently, because this transaction, or a moment ago this session, wrote
 * it?  Global indexes can't be.
 */
extern bool ddb_session_must_read_strongly(Oid serverid, Oid userid,
										   const char *table_name);

#endif							/* DDB_SESSION_H */
