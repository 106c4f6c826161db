/*-------------------------------------------------------------------------
 *
 * failure.c
 *	  The words for exchanges that ended without an answer.
 *
 * One row says what the user gets: SQLSTATE, whether a repetition may help,
 * detail, hint.  base/error.c has the same for answers that aren't successes.
 * The words don't depend on libcurl's version, and what somebody at a prompt
 * can do about it is in the hint.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FRONTEND
#include "postgres.h"
#else
#include "postgres_fe.h"
#endif

#include "aws/failure.h"

/* How the sentence ends. */
typedef enum Ending
{
	END,						/* . */
	END_IN_TIME,				/* within 5 s. */
	END_BY_SIZE,				/* than 64 megabytes. */
	END_BY_CAUSE,				/* (Connection refused). */
} Ending;

/* The sentence is: before "host" after, ending. */
typedef struct FailureWords
{
	int			sqlerrcode;
	DdbRetryClass retry;
	const char *before;
	const char *after;
	Ending		ending;
	const char *hint;			/* NULL: none */
} FailureWords;

#define CANT_CONNECT	ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION
#define LOST			ERRCODE_CONNECTION_FAILURE

static const FailureWords failure_words[] = {
	[DDB_FAILURE_NO_NAME] = {
		CANT_CONNECT, DDB_RETRY_TRANSIENT,
		"Could not resolve the name of host", "", END,
		"Check the server's options region and endpoint."
	},
	[DDB_FAILURE_NO_NAME_IN_TIME] = {
		CANT_CONNECT, DDB_RETRY_TRANSIENT,
		"The name of host", " was not resolved", END_IN_TIME,
		NULL
	},
	[DDB_FAILURE_NO_CONNECTION] = {
		CANT_CONNECT, DDB_RETRY_TRANSIENT,
		"Could not connect to host", "", END_BY_CAUSE,
		"Check the server's option endpoint, and that something listens there."
	},
	[DDB_FAILURE_NO_CONNECTION_IN_TIME] = {
		CANT_CONNECT, DDB_RETRY_TRANSIENT,
		"No connection to host", " was made", END_IN_TIME,
		NULL
	},
	[DDB_FAILURE_NO_TLS_IN_TIME] = {
		CANT_CONNECT, DDB_RETRY_TRANSIENT,
		"Host", " did not complete the TLS handshake", END_IN_TIME,
		NULL
	},
	[DDB_FAILURE_CERTIFICATE] = {
		CANT_CONNECT, DDB_RETRY_NEVER,
		"The certificate of host", " could not be verified", END_BY_CAUSE,
		"If a private authority issued it, name that authority's certificate by \"sslrootcert\"."
	},
	[DDB_FAILURE_SSLROOTCERT] = {
		ERRCODE_UNDEFINED_FILE, DDB_RETRY_NEVER,
		"Could not connect to host", ": the certificates named by \"sslrootcert\" could not be loaded", END_BY_CAUSE,
		NULL
	},
	[DDB_FAILURE_CONNECTING] = {
		CANT_CONNECT, DDB_RETRY_TRANSIENT,
		"Could not open a connection to host", "", END_BY_CAUSE,
		NULL
	},

	[DDB_FAILURE_NO_ANSWER_IN_TIME] = {
		LOST, DDB_RETRY_TRANSIENT,
		"Host", " did not answer", END_IN_TIME,
		NULL
	},
	[DDB_FAILURE_NO_END_IN_TIME] = {
		LOST, DDB_RETRY_TRANSIENT,
		"Host", " did not finish its answer", END_IN_TIME,
		NULL
	},
	[DDB_FAILURE_CLOSED] = {
		LOST, DDB_RETRY_TRANSIENT,
		"Host", " closed the connection before it answered", END,
		NULL
	},
	[DDB_FAILURE_CLOSED_EARLY] = {
		LOST, DDB_RETRY_TRANSIENT,
		"Host", " closed the connection in the middle of its answer", END,
		NULL
	},
	[DDB_FAILURE_NOT_HTTP] = {
		ERRCODE_FDW_UNABLE_TO_CREATE_REPLY, DDB_RETRY_NEVER,
		"What host", " answered is not HTTP", END,
		NULL
	},
	[DDB_FAILURE_CHECKSUM] = {
		LOST, DDB_RETRY_TRANSIENT,
		"The answer of host", " was damaged on its way: its checksum does not match", END,
		NULL
	},
	[DDB_FAILURE_TOO_LARGE] = {
		ERRCODE_PROGRAM_LIMIT_EXCEEDED, DDB_RETRY_NEVER,
		"The answer of host", " is larger", END_BY_SIZE,
		NULL
	},
	[DDB_FAILURE_NO_MEMORY] = {
		ERRCODE_OUT_OF_MEMORY, DDB_RETRY_NEVER,
		"There was no memory for the answer of host", "", END,
		NULL
	},
	[DDB_FAILURE_EXCHANGE] = {
		LOST, DDB_RETRY_TRANSIENT,
		"The request to host", " failed", END_BY_CAUSE,
		NULL
	},
};

/*
 * Fills an error with what the user gets for this failure.  Replaces what
 * *err held.  Allocates nothing and never raises.
 */
void
ddb_failure_describe(DdbError *err, DdbFailure failure,
					 const DdbFailureFacts *facts)
{
	const FailureWords *row = &failure_words[failure];
	char		ending[sizeof(err->message)] = "";

	switch (row->ending)
	{
		case END:
			break;
		case END_IN_TIME:
			snprintf(ending, sizeof(ending), " within %d s", facts->limit);
			break;
		case END_BY_SIZE:
			snprintf(ending, sizeof(ending), " than %d megabytes",
					 facts->limit);
			break;
		case END_BY_CAUSE:
			snprintf(ending, sizeof(ending), " (%s)", facts->cause);
			break;
	}
	ddb_error_set(err, row->sqlerrcode, row->retry, "%s \"%s\"%s%s.",
				  row->before, facts->host, row->after, ending);
	err->hint = row->hint;
}
