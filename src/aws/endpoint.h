/*-------------------------------------------------------------------------
 *
 * endpoint.h
 *	  Where to send requests, and what to sign them for.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_ENDPOINT_H
#define DDB_ENDPOINT_H

#include "base/option.h"

typedef struct DdbEndpoint
{
	char	   *url;			/* scheme://host[:port]/ */
	char	   *host;			/* the Host header: the port unless default */
	char	   *region;			/* signed for */
	const char *service;		/* signed for */
	char	   *sslrootcert;	/* NULL: the system's store */
} DdbEndpoint;

extern DdbEndpoint *ddb_endpoint_create(const char *server_name,
										const DdbServerOptions *server);

#endif							/* DDB_ENDPOINT_H */
