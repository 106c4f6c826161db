/*-------------------------------------------------------------------------
 *
 * failure.h
 *	  The words for exchanges that ended without an answer.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_FAILURE_H
#define DDB_FAILURE_H

#include "base/error.h"

/* How an exchange can fail. */
typedef enum DdbFailure
{
	/* before there was a connection */
	DDB_FAILURE_NO_NAME,
	DDB_FAILURE_NO_NAME_IN_TIME,
	DDB_FAILURE_NO_CONNECTION,
	DDB_FAILURE_NO_CONNECTION_IN_TIME,
	DDB_FAILURE_NO_TLS_IN_TIME,
	DDB_FAILURE_CERTIFICATE,
	DDB_FAILURE_SSLROOTCERT,
	DDB_FAILURE_CONNECTING,		/* in any other way */

	/* on a connection that stood */
	DDB_FAILURE_NO_ANSWER_IN_TIME,
	DDB_FAILURE_NO_END_IN_TIME,
	DDB_FAILURE_CLOSED,			/* without a byte of an answer's body */
	DDB_FAILURE_CLOSED_EARLY,
	DDB_FAILURE_NOT_HTTP,
	DDB_FAILURE_CHECKSUM,
	DDB_FAILURE_TOO_LARGE,
	DDB_FAILURE_NO_MEMORY,
	DDB_FAILURE_EXCHANGE,		/* in any other way */
} DdbFailure;

/* What the words may need. */
typedef struct DdbFailureFacts
{
	const char *host;
	int			limit;			/* seconds or megabytes that were exceeded */
	const char *cause;			/* the system's or libcurl's words */
} DdbFailureFacts;

extern void ddb_failure_describe(DdbError *err, DdbFailure failure,
								 const DdbFailureFacts *facts);

#endif							/* DDB_FAILURE_H */
