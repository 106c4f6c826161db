/*-------------------------------------------------------------------------
 *
 * error.h
 *	  What went wrong on the way to DynamoDB and back, as data.
 *
 * The layers that talk to libraries and to the service never raise: they
 * fill a DdbError and return false.  The one door through which such an
 * error becomes an ereport is ddb_error_report().  Buffers are fixed, so
 * that an error can be recorded where memory cannot be allocated.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_ERROR_H
#define DDB_ERROR_H

/* What may be done about a failed request; src/aws/retry.c acts on it. */
typedef enum DdbRetryClass
{
	DDB_RETRY_NEVER = 0,
	DDB_RETRY_TRANSIENT,		/* transport failures, 5xx */
	DDB_RETRY_THROTTLE,			/* the service asked for patience */
	DDB_RETRY_CREDENTIALS,		/* expired: once, with fresh credentials */
	DDB_RETRY_CLOCK,			/* skewed: once, with a corrected clock */
} DdbRetryClass;

typedef struct DdbError
{
	int			sqlerrcode;		/* ERRCODE_...; 0 means "no error" */
	DdbRetryClass retry;
	bool		ambiguous;		/* the service may have acted on the request */
	int			http_status;	/* 0 where no answer came */
	char		name[80];		/* the service's exception name, or "" */
	char		message[1024];	/* the service's or the library's words */
	const char *hint;			/* what to do; a constant, or NULL */
	char		request_id[80]; /* x-amzn-RequestId, or "" */
} DdbError;

#define ddb_error_is_set(err) ((err)->sqlerrcode != 0)

extern void ddb_error_clear(DdbError *err);
extern void ddb_error_set(DdbError *err, int sqlerrcode, DdbRetryClass retry,
						  const char *fmt,...) pg_attribute_printf(4, 5);

#ifndef FRONTEND
#include "base/compat.h"

extern void ddb_error_from_answer(DdbError *err, int http_status,
								  const char *body, size_t len,
								  const char *request_id);
pg_noreturn extern void ddb_error_report(const DdbError *err,
										 const char *operation,
										 const char *table_name);
#endif

#endif							/* DDB_ERROR_H */
