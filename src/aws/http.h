/*-------------------------------------------------------------------------
 *
 * http.h
 *	  HTTP exchanges that can be waited for together with the latch.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_HTTP_H
#define DDB_HTTP_H

#include <time.h>

#include "base/error.h"

/* One HTTP exchange in flight, owned by a memory context. */
typedef struct DdbTransfer DdbTransfer;

/* A POST. */
typedef struct DdbHttpRequest
{
	const char *url;
	const char *host;			/* for messages */
	const char *const *headers; /* "Name: value", NULL at the end; copied */
	const char *body;			/* borrowed until the transfer is done */
	size_t		len;
	const char *sslrootcert;	/* NULL: the system's store */
	int			connect_timeout;	/* seconds */
	int			request_timeout;	/* seconds, connecting included */
	bool		fresh;			/* trust no open connection, no cached name */
} DdbHttpRequest;

/* What came back; borrowed from the transfer. */
typedef struct DdbHttpAnswer
{
	int			status;
	const char *body;			/* NUL-terminated */
	size_t		len;
	const char *request_id;		/* "" if none */
	time_t		date;			/* the Date header; 0 if none */
	int			retry_after_ms; /* x-amz-retry-after; -1 if none */
} DdbHttpAnswer;

extern DdbTransfer *ddb_http_start(MemoryContext owner,
								   const DdbHttpRequest *request);
extern void ddb_http_pump(void);
extern void ddb_http_wait(long timeout_ms);
extern int	ddb_http_dup(long timeout_ms);
extern bool ddb_http_is_done(const DdbTransfer *transfer);
extern bool ddb_http_get_answer(const DdbTransfer *transfer,
								DdbHttpAnswer *answer, DdbError *err);
extern bool ddb_http_is_excused(const DdbTransfer *transfer);
extern void ddb_http_release(DdbTransfer *transfer);
extern int64 ddb_http_now(void);
extern bool ddb_http_reset(void);

#endif							/* DDB_HTTP_H */
