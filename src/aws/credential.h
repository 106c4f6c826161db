/*-------------------------------------------------------------------------
 *
 * credential.h
 *	  An identity.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_CREDENTIAL_H
#define DDB_CREDENTIAL_H

#include "aws/sigv4.h"
#include "base/option.h"

/* Secrets: never to be printed, logged or put into a plan. */
typedef struct DdbCredentials
{
	char	   *access_key_id;
	char	   *secret_access_key;
	char	   *session_token;	/* NULL: none */
	DdbSigv4Key key;			/* derived from secret_access_key */
	MemoryContextCallback callback; /* wipes all of it */
} DdbCredentials;

extern DdbCredentials *ddb_credential_create(MemoryContext cxt,
											 const char *server_name,
											 const DdbMappingOptions *mapping);

#endif							/* DDB_CREDENTIAL_H */
