/*-------------------------------------------------------------------------
 *
 * http.c
 *	  HTTP exchanges that can be waited for together with the latch.
 *
 * There is one curl multi handle in a backend.  It tells us which sockets it
 * watches and when it wants to be called; aws/waiter makes one descriptor of
 * all that.  So however many transfers are in flight, the backend waits for
 * one descriptor and its latch, and cancel, statement_timeout, shutdown and
 * the postmaster's death act as they do anywhere else.  ddb_http_pump()
 * does what there is to do and never blocks; ddb_http_wait() blocks until
 * there may be something to do, and is where interrupts are served.
 *
 * Ownership.  A transfer belongs to a memory context; when that is reset, the
 * transfer is taken off the multi handle, whatever state it is in.  What
 * libcurl fills while it runs (aws/reply) is malloc'ed: its callbacks must not
 * raise, and do nothing but copy and set flags.
 *
 * Signals.  libcurl looks names up in a thread of its own.  A signal that the
 * kernel gives to that thread would run PostgreSQL's handlers beside the
 * backend, so signals are blocked around every call that could start one;
 * threads inherit the mask.
 *
 * Time.  Timeouts count only while somebody attends: a portal may sleep for
 * an hour between two FETCHes, and nothing that was in flight has failed by
 * that.  So the clock for timeouts is our own, advanced by pumping, and
 * libcurl's are out of the way.  A transfer that was broken off while nobody
 * attended is "excused".
 *
 * Sending twice.  libcurl repeats a request by itself when a reused
 * connection turns out to be dead, although the server may have executed it.
 * That is prevented for all requests: whoever sent it decides, and signs it
 * anew.
 *
 * Names are resolved by the system, redirects and proxy settings of the
 * environment are ignored, certificates are always verified.  HTTP/1.1 only:
 * DynamoDB has no HTTP/2.  This is the only file that includes libcurl.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <curl/curl.h>

#include "aws/failure.h"
#include "aws/http.h"
#include "aws/reply.h"
#include "aws/waiter.h"
#include "lib/ilist.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "portability/instr_time.h"
#include "storage/fd.h"
#include "storage/latch.h"
#include "utils/memutils.h"

/* CURLOPT_QUICK_EXIT, without which a cancel waits for the resolver */
#if LIBCURL_VERSION_NUM < 0x075700
#error "dynamodb_fdw requires libcurl 7.87 or later"
#endif

/* How often a wait looks at the clock. */
#define TICK_MS 500
/* Between two pumps: what counts as attended at most... */
#define MAX_ATTENDED_MS 1000
/* ... and what means that nobody attended. */
#define IDLE_MS 2000

/* Beyond any time a session sleeps; libcurl's own default would be 300 s. */
#define NO_CURL_TIMEOUT_MS (20L * 24 * 3600 * 1000)

/*
 * Seconds.  The service closes idle connections after about a minute, local
 * emulators after less; an older connection isn't worth the try.
 */
#define MAX_IDLE_CONNECTION 20

/* Open connections kept by a backend. */
#define MAX_KEPT_CONNECTIONS 32

struct DdbTransfer
{
	dlist_node	node;			/* in active_transfers, until done */
	CURL	   *easy;			/* NULL once done */
	struct curl_slist *headers;
	MemoryContextCallback callback;
	bool		done;

	/* from the request */
	char	   *host;
	int			connect_timeout;	/* s */
	int			request_timeout;	/* s */

	/* by the clock of attended time */
	int64		started;		/* ms */
	bool		idled;			/* nobody attended for a while since then */

	/* set by callbacks */
	bool		connected;		/* the request is leaving, or has left */
	bool		reused;			/* on a connection that had been used before */
	DdbReply	reply;

	/* the outcome */
	long		status;
	bool		sent;			/* bytes of the request have left */
	bool		unheard;		/* closed by the other side without a byte */
	DdbError	err;
	char		curl_words[CURL_ERROR_SIZE];
};

static CURLM *multi = NULL;
static CURLSH *share = NULL;

static dlist_head active_transfers = DLIST_STATIC_INIT(active_transfers);

/* Sockets that libcurl holds, and how many of them fd.c has been told of. */
static int	open_sockets = 0;
static int	reserved_sockets = 0;

/* Attended time so far, and when it was last brought up to date. */
static int64 attended_ms = 0;
static int64 last_tick = 0;


/* --------------------------------------------------------------------
 * Around libcurl: signals, descriptors, time
 * --------------------------------------------------------------------
 */

/* All but those that mean a crash here and now, and SIGQUIT. */
static void
block_signals(sigset_t *old)
{
	sigset_t	all;

	sigfillset(&all);
	sigdelset(&all, SIGABRT);
	sigdelset(&all, SIGBUS);
	sigdelset(&all, SIGFPE);
	sigdelset(&all, SIGILL);
	sigdelset(&all, SIGSEGV);
	sigdelset(&all, SIGQUIT);
	pthread_sigmask(SIG_SETMASK, &all, old);
}

static void
restore_signals(const sigset_t *old)
{
	pthread_sigmask(SIG_SETMASK, old, NULL);
}

/*
 * Tells fd.c how many descriptors we hold, so that it keeps fewer files open.
 * Not done where sockets are opened and closed, which is within libcurl.
 */
static void
settle_descriptors(void)
{
	while (reserved_sockets < open_sockets)
	{
		ReserveExternalFD();
		reserved_sockets++;
	}
	while (reserved_sockets > open_sockets)
	{
		ReleaseExternalFD();
		reserved_sockets--;
	}
}

/*
 * Milliseconds of a clock that only goes forward.
 */
int64
ddb_http_now(void)
{
	instr_time	now;

	INSTR_TIME_SET_CURRENT(now);
	return (int64) INSTR_TIME_GET_MILLISEC(now);
}

/* Brings attended time up to date. */
static void
tick(void)
{
	int64		now = ddb_http_now();
	int64		gap = now - last_tick;
	dlist_iter	iter;

	last_tick = now;
	attended_ms += Min(gap, MAX_ATTENDED_MS);
	if (gap < IDLE_MS)
		return;
	dlist_foreach(iter, &active_transfers)
		dlist_container(DdbTransfer, node, iter.cur)->idled = true;
}


/* --------------------------------------------------------------------
 * Callbacks of libcurl's: none of them may raise, or allocate but by malloc
 * --------------------------------------------------------------------
 */

/* CURLMOPT_SOCKETFUNCTION: the socket is to be watched for this. */
static int
on_watch(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
	static char marker;

	if (what == CURL_POLL_REMOVE)
	{
		ddb_waiter_forget(fd);
		curl_multi_assign(multi, fd, NULL);
		return 0;
	}
	if (!ddb_waiter_watch(fd, what & CURL_POLL_IN, what & CURL_POLL_OUT,
						  known != NULL))
		return -1;
	curl_multi_assign(multi, fd, &marker);
	return 0;
}

/* CURLMOPT_TIMERFUNCTION: libcurl wants to be called in so many ms. */
static int
on_timer(CURLM *handle, long ms, void *arg)
{
	return ddb_waiter_set_timer(ms) ? 0 : -1;
}

/*
 * CURLOPT_OPENSOCKETFUNCTION.  A transfer that has been sent needs no other
 * connection, unless it is to be sent again.  Programs started by COPY must
 * not inherit connections.
 */
static curl_socket_t
on_open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	DdbTransfer *transfer = arg;
	curl_socket_t fd;

	if (transfer->connected)
		return CURL_SOCKET_BAD;
	fd = socket(address->family, address->socktype | SOCK_CLOEXEC,
				address->protocol);
	if (fd != CURL_SOCKET_BAD)
		open_sockets++;
	return fd;
}

/* CURLOPT_CLOSESOCKETFUNCTION; the transfer that opened it may be gone. */
static int
on_close_socket(void *arg, curl_socket_t fd)
{
	open_sockets--;
	return close(fd);
}

/* CURLOPT_PREREQFUNCTION: connected, and about to send the request. */
static int
on_connected(void *arg, char *remote, char *local, int remote_port,
			 int local_port)
{
	DdbTransfer *transfer = arg;
	long		nconnects = 0;

	if (transfer->connected)
		return CURL_PREREQFUNC_ABORT;
	transfer->connected = true;
	curl_easy_getinfo(transfer->easy, CURLINFO_NUM_CONNECTS, &nconnects);
	transfer->reused = (nconnects == 0);
	return CURL_PREREQFUNC_OK;
}

/* CURLOPT_HEADERFUNCTION: one line, with its end, not NUL-terminated. */
static size_t
on_header(char *line, size_t one, size_t len, void *arg)
{
	DdbTransfer *transfer = arg;

	ddb_reply_take_header(&transfer->reply, line, len);
	return len;
}

/* CURLOPT_WRITEFUNCTION */
static size_t
on_body(char *data, size_t one, size_t len, void *arg)
{
	DdbTransfer *transfer = arg;
	curl_off_t	length = -1;

	/* as a rule the answer says how long it is */
	curl_easy_getinfo(transfer->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T,
					  &length);
	return ddb_reply_take_body(&transfer->reply, data, len, length) ? len :
		CURL_WRITEFUNC_ERROR;
}


/* --------------------------------------------------------------------
 * Set-up
 * --------------------------------------------------------------------
 */

static void
tear_down(void)
{
	sigset_t	old;

	block_signals(&old);
	if (multi)
		curl_multi_cleanup(multi);
	if (share)
		curl_share_cleanup(share);
	restore_signals(&old);
	multi = NULL;
	share = NULL;

	ddb_waiter_close();
	settle_descriptors();
}

static bool
set_up_curl(void)
{
	/*
	 * With a handle for each transfer, TLS sessions would be forgotten
	 * between them.
	 */
	share = curl_share_init();
	if (share == NULL ||
		curl_share_setopt(share, CURLSHOPT_SHARE,
						  CURL_LOCK_DATA_SSL_SESSION) != CURLSHE_OK)
		return false;

	multi = curl_multi_init();
	return multi != NULL &&
		curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION,
						  on_watch) == CURLM_OK &&
		curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION,
						  on_timer) == CURLM_OK &&
		curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS,
						  (long) MAX_KEPT_CONNECTIONS) == CURLM_OK;
}

/*
 * Sets libcurl up at the first request, never when the library is loaded:
 * that may be in the postmaster, whose children can't share any of this.
 */
static bool
set_up(DdbError *err)
{
	static bool initialized = false;
	bool		good;
	sigset_t	old;

	if (multi)
		return true;

	if (!ddb_waiter_open())
	{
		ddb_error_set(err, ERRCODE_INSUFFICIENT_RESOURCES, DDB_RETRY_NEVER,
					  "Could not create a descriptor to wait on: %s.",
					  strerror(errno));
		tear_down();
		return false;
	}

	block_signals(&old);
	if (!initialized)
		initialized = curl_global_init(CURL_GLOBAL_ALL) == CURLE_OK;
	good = initialized && set_up_curl();
	restore_signals(&old);
	if (!good)
	{
		ddb_error_set(err, ERRCODE_OUT_OF_MEMORY, DDB_RETRY_NEVER,
					  "Could not initialize libcurl.");
		tear_down();
	}
	return good;
}

/*
 * Closes all connections, so that the next request makes a new one.  False,
 * and nothing done, while any transfer is in flight.
 */
bool
ddb_http_reset(void)
{
	if (!dlist_is_empty(&active_transfers))
		return false;
	tear_down();
	return true;
}


/* --------------------------------------------------------------------
 * The end of a transfer
 * --------------------------------------------------------------------
 */

static void
free_headers(DdbTransfer *transfer)
{
	/* signature and session token are among them */
	for (struct curl_slist *h = transfer->headers; h; h = h->next)
		explicit_bzero(h->data, strlen(h->data));
	curl_slist_free_all(transfer->headers);
	transfer->headers = NULL;
}

/*
 * Takes a transfer out of libcurl's hands.  In the middle of one this closes
 * the connection.  Must not raise: it runs in memory context callbacks.
 */
static void
detach(DdbTransfer *transfer)
{
	sigset_t	old;

	if (transfer->easy == NULL)
		return;
	if (!transfer->done)
		dlist_delete(&transfer->node);
	transfer->done = true;

	block_signals(&old);
	curl_multi_remove_handle(multi, transfer->easy);
	curl_easy_cleanup(transfer->easy);
	restore_signals(&old);
	transfer->easy = NULL;
	free_headers(transfer);
	settle_descriptors();
}

/* Memory context callback. */
static void
free_transfer(void *arg)
{
	DdbTransfer *transfer = arg;

	detach(transfer);
	ddb_reply_free(&transfer->reply);
}

/*
 * Gives a transfer up, or its answer back.  NULL is allowed.
 */
void
ddb_http_release(DdbTransfer *transfer)
{
	/* the struct stays: its context's callback still points to it */
	if (transfer)
		free_transfer(transfer);
}

/* libcurl's own words, for what we have no better ones for. */
static const char *
curl_words(DdbTransfer *transfer, CURLcode result)
{
	size_t		len = strlen(transfer->curl_words);

	while (len > 0 && transfer->curl_words[len - 1] <= ' ')
		transfer->curl_words[--len] = '\0';
	return transfer->curl_words[0] ? transfer->curl_words :
		curl_easy_strerror(result);
}

/* Which of its phases a transfer has taken too long for. */
static DdbFailure
classify_timeout(DdbTransfer *transfer)
{
	curl_off_t	resolved = 0;
	long		nconnects = 0;

	if (transfer->connected)
		return transfer->reply.len == 0 ? DDB_FAILURE_NO_ANSWER_IN_TIME :
			DDB_FAILURE_NO_END_IN_TIME;

	curl_easy_getinfo(transfer->easy, CURLINFO_NAMELOOKUP_TIME_T, &resolved);
	/* CURLINFO_CONNECT_TIME_T isn't known before TLS has been dealt with */
	curl_easy_getinfo(transfer->easy, CURLINFO_NUM_CONNECTS, &nconnects);
	return resolved == 0 ? DDB_FAILURE_NO_NAME_IN_TIME :
		nconnects == 0 ? DDB_FAILURE_NO_CONNECTION_IN_TIME :
		DDB_FAILURE_NO_TLS_IN_TIME;
}

/* A transfer that failed before there was a connection. */
static DdbFailure
classify_no_connection(CURLcode result)
{
	switch (result)
	{
		case CURLE_COULDNT_RESOLVE_HOST:
			return DDB_FAILURE_NO_NAME;
		case CURLE_COULDNT_CONNECT:
			return DDB_FAILURE_NO_CONNECTION;
		case CURLE_PEER_FAILED_VERIFICATION:
		case CURLE_SSL_ISSUER_ERROR:
			return DDB_FAILURE_CERTIFICATE;
		case CURLE_SSL_CACERT_BADFILE:
			return DDB_FAILURE_SSLROOTCERT;
		default:
			return DDB_FAILURE_CONNECTING;
	}
}

/* A transfer that failed on a connection that stood. */
static DdbFailure
classify_lost_connection(DdbTransfer *transfer, CURLcode result)
{
	switch (result)
	{
		case CURLE_UNSUPPORTED_PROTOCOL:
		case CURLE_WEIRD_SERVER_REPLY:
			return DDB_FAILURE_NOT_HTTP;
		case CURLE_PARTIAL_FILE:
		case CURLE_GOT_NOTHING:
		case CURLE_SEND_ERROR:
		case CURLE_RECV_ERROR:
		case CURLE_COULDNT_CONNECT: /* for sending once more */
		case CURLE_ABORTED_BY_CALLBACK:
			transfer->unheard = transfer->status == 0 &&
				transfer->reply.len == 0;
			return transfer->reply.len == 0 ? DDB_FAILURE_CLOSED :
				DDB_FAILURE_CLOSED_EARLY;
		default:
			return DDB_FAILURE_EXCHANGE;
	}
}

/* How a transfer that libcurl has ended, or is to end, has failed. */
static DdbFailure
classify_failure(DdbTransfer *transfer, CURLcode result)
{
	if (transfer->reply.too_large)
		return DDB_FAILURE_TOO_LARGE;
	if (transfer->reply.out_of_memory || result == CURLE_OUT_OF_MEMORY)
		return DDB_FAILURE_NO_MEMORY;
	if (result == CURLE_OPERATION_TIMEDOUT)
		return classify_timeout(transfer);
	if (transfer->connected)
		return classify_lost_connection(transfer, result);
	return classify_no_connection(result);
}

/* Fills in what went wrong. */
static void
describe_failure(DdbTransfer *transfer, DdbFailure failure, CURLcode result)
{
	DdbFailureFacts facts = {
		.host = transfer->host,
		.cause = curl_words(transfer, result),
	};
	long		os_errno = 0;

	if (failure == DDB_FAILURE_TOO_LARGE)
		facts.limit = DDB_REPLY_MAX_MB;
	else
		facts.limit = transfer->connected ? transfer->request_timeout :
			transfer->connect_timeout;

	/* where it was the system, the system says it better */
	curl_easy_getinfo(transfer->easy, CURLINFO_OS_ERRNO, &os_errno);
	if (failure == DDB_FAILURE_NO_CONNECTION && os_errno != 0)
		facts.cause = strerror((int) os_errno);

	ddb_failure_describe(&transfer->err, failure, &facts);
}

/* Writes the outcome down. */
static void
finish(DdbTransfer *transfer, CURLcode result)
{
	long		request_size = 0;
	curl_off_t	uploaded = 0;

	curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE,
					  &transfer->status);
	curl_easy_getinfo(transfer->easy, CURLINFO_REQUEST_SIZE, &request_size);
	curl_easy_getinfo(transfer->easy, CURLINFO_SIZE_UPLOAD_T, &uploaded);
	transfer->sent = request_size > 0 || uploaded > 0;

	/* libcurl takes headers that break off for an answer without a body */
	if (result == CURLE_OK && !transfer->reply.headed)
		result = CURLE_PARTIAL_FILE;
	if (result != CURLE_OK)
		describe_failure(transfer, classify_failure(transfer, result), result);
	else if (!ddb_reply_is_intact(&transfer->reply))
		describe_failure(transfer, DDB_FAILURE_CHECKSUM, result);

	if (ddb_error_is_set(&transfer->err))
	{
		transfer->err.ambiguous = transfer->sent;
		strlcpy(transfer->err.request_id, transfer->reply.request_id,
				sizeof(transfer->err.request_id));
	}
	detach(transfer);
}


/* --------------------------------------------------------------------
 * The way of a transfer
 * --------------------------------------------------------------------
 */

/* False, and the transfer's error set, if libcurl doesn't take an option. */
static bool
set_options(DdbTransfer *transfer, const DdbHttpRequest *request)
{
	CURL	   *easy = transfer->easy;

#define SET(option, value) \
	do { \
		CURLcode	rc_ = curl_easy_setopt(easy, option, value); \
		if (rc_ != CURLE_OK) \
		{ \
			ddb_error_set(&transfer->err, \
						  rc_ == CURLE_OUT_OF_MEMORY ? \
						  ERRCODE_OUT_OF_MEMORY : ERRCODE_INTERNAL_ERROR, \
						  DDB_RETRY_NEVER, \
						  "libcurl did not take the option %s.", #option); \
			return false; \
		} \
	} while (0)

	/* the exchange */
	SET(CURLOPT_URL, request->url);
	SET(CURLOPT_HTTPHEADER, transfer->headers);
	SET(CURLOPT_POST, 1L);
	SET(CURLOPT_POSTFIELDS, request->body);
	SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) request->len);
	SET(CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_HTTP_CONTENT_DECODING, 0L);

	/* nowhere else than to this host */
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_NETRC, (long) CURL_NETRC_IGNORED);

	/* TLS; with a bundle of its own, the system's store isn't trusted */
	SET(CURLOPT_SSLVERSION, (long) CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	SET(CURLOPT_SHARE, share);
	if (request->sslrootcert)
	{
		SET(CURLOPT_CAINFO, request->sslrootcert);
		SET(CURLOPT_CAPATH, NULL);
	}

	/* connections */
	SET(CURLOPT_TCP_NODELAY, 1L);
	SET(CURLOPT_TCP_KEEPALIVE, 1L);
	SET(CURLOPT_MAXAGE_CONN, (long) MAX_IDLE_CONNECTION);
	SET(CURLOPT_CONNECTTIMEOUT_MS, NO_CURL_TIMEOUT_MS);
	SET(CURLOPT_DNS_SHUFFLE_ADDRESSES, 1L);
	if (request->fresh)
	{
		SET(CURLOPT_FRESH_CONNECT, 1L);
		SET(CURLOPT_DNS_CACHE_TIMEOUT, 0L);
	}
	SET(CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
	SET(CURLOPT_OPENSOCKETDATA, transfer);
	SET(CURLOPT_CLOSESOCKETFUNCTION, on_close_socket);
	SET(CURLOPT_PREREQFUNCTION, on_connected);
	SET(CURLOPT_PREREQDATA, transfer);

	/* life in a backend */
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_QUICK_EXIT, 1L);
	SET(CURLOPT_PRIVATE, transfer);
	SET(CURLOPT_ERRORBUFFER, transfer->curl_words);

	/* the answer */
	SET(CURLOPT_HEADERFUNCTION, on_header);
	SET(CURLOPT_HEADERDATA, transfer);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, transfer);
#undef SET
	return true;
}

static bool
copy_headers(DdbTransfer *transfer, const DdbHttpRequest *request)
{
	for (const char *const *h = request->headers; *h; h++)
	{
		struct curl_slist *list = curl_slist_append(transfer->headers, *h);

		if (list == NULL)
		{
			ddb_error_set(&transfer->err, ERRCODE_OUT_OF_MEMORY,
						  DDB_RETRY_NEVER, "libcurl is out of memory.");
			return false;
		}
		transfer->headers = list;
	}
	return true;
}

/* Gives the transfer to libcurl; if it fails, the transfer's error is set. */
static void
launch(DdbTransfer *transfer, const DdbHttpRequest *request)
{
	CURLMcode	rc;
	sigset_t	old;

	if (!set_up(&transfer->err))
		return;

	transfer->easy = curl_easy_init();
	if (transfer->easy == NULL)
	{
		ddb_error_set(&transfer->err, ERRCODE_OUT_OF_MEMORY, DDB_RETRY_NEVER,
					  "libcurl is out of memory.");
		return;
	}
	if (!copy_headers(transfer, request) || !set_options(transfer, request))
		return;

	block_signals(&old);
	rc = curl_multi_add_handle(multi, transfer->easy);
	restore_signals(&old);
	if (rc != CURLM_OK)
		ddb_error_set(&transfer->err, ERRCODE_INTERNAL_ERROR, DDB_RETRY_NEVER,
					  "libcurl did not start the request (%s).",
					  curl_multi_strerror(rc));
}

/*
 * Starts a POST and returns at once.
 *
 * The transfer lives in owner and is aborted when owner is reset.  The
 * request's body must stay where it is until the transfer is done, so it
 * lives in owner as well, or longer; the rest is copied.  Raises only for
 * lack of memory: what else fails is the transfer's outcome.
 */
DdbTransfer *
ddb_http_start(MemoryContext owner, const DdbHttpRequest *request)
{
	DdbTransfer *transfer = MemoryContextAllocZero(owner, sizeof(*transfer));

	transfer->host = MemoryContextStrdup(owner, request->host);
	transfer->connect_timeout = request->connect_timeout;
	transfer->request_timeout = request->request_timeout;
	transfer->done = true;		/* not in the list yet */
	transfer->callback.func = free_transfer;
	transfer->callback.arg = transfer;
	MemoryContextRegisterResetCallback(owner, &transfer->callback);

	launch(transfer, request);
	if (ddb_error_is_set(&transfer->err))
	{
		detach(transfer);
		return transfer;
	}

	/* time before now isn't this transfer's */
	tick();
	transfer->started = attended_ms;
	transfer->done = false;
	dlist_push_tail(&active_transfers, &transfer->node);
	return transfer;
}

/* Tells libcurl of one descriptor's event. */
static void
dispatch(const DdbWaiterEvent *event)
{
	int			what = 0;
	int			running;

	if (event->fd < 0)
	{
		curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
		return;
	}
	if (event->in)
		what |= CURL_CSELECT_IN;
	if (event->out)
		what |= CURL_CSELECT_OUT;
	if (event->error)
		what |= CURL_CSELECT_ERR;
	curl_multi_socket_action(multi, event->fd, what, &running);
}

static void
collect_finished(void)
{
	CURLMsg    *message;
	int			left;

	while ((message = curl_multi_info_read(multi, &left)) != NULL)
	{
		char	   *transfer = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
		finish((DdbTransfer *) transfer, message->data.result);
	}
}

static void
check_timeouts(void)
{
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &active_transfers)
	{
		DdbTransfer *transfer = dlist_container(DdbTransfer, node, iter.cur);
		int64		elapsed = attended_ms - transfer->started;

		if (elapsed >= transfer->request_timeout * INT64CONST(1000) ||
			(!transfer->connected &&
			 elapsed >= transfer->connect_timeout * INT64CONST(1000)))
			finish(transfer, CURLE_OPERATION_TIMEDOUT);
	}
}

/*
 * Does what there is to do for all transfers, and returns.
 *
 * Runs libcurl's callbacks; raises nothing.
 */
void
ddb_http_pump(void)
{
	DdbWaiterEvent events[32];
	int			n;
	int			rounds = 0;
	sigset_t	old;

	if (multi == NULL || dlist_is_empty(&active_transfers))
		return;

	/*
	 * A page comes in many pieces, so it pays to look again before going back
	 * to the latch; but signals are blocked here, so not without end.
	 */
	block_signals(&old);
	do
	{
		n = ddb_waiter_poll(events, lengthof(events));
		for (int i = 0; i < n; i++)
			dispatch(&events[i]);
	} while (n > 0 && ++rounds < 32);
	restore_signals(&old);

	/*
	 * The clock goes on only now, and timeouts come last: what had arrived by
	 * the time somebody looked has arrived in time.
	 */
	tick();
	collect_finished();
	check_timeouts();
	settle_descriptors();
}

/* While there are transfers, their timeouts are looked at now and then. */
static long
limit_wait(long timeout_ms)
{
	if (!dlist_is_empty(&active_transfers) &&
		(timeout_ms < 0 || timeout_ms > TICK_MS))
		return TICK_MS;
	return timeout_ms;
}

/*
 * Waits until there may be something to pump, for at most timeout_ms (-1: no
 * limit), and serves interrupts.  May return early for no reason.
 */
void
ddb_http_wait(long timeout_ms)
{
	ddb_waiter_wait(!dlist_is_empty(&active_transfers),
					limit_wait(timeout_ms));
}

/*
 * For whoever waits himself: a descriptor that is readable when there may be
 * something to pump, and after timeout_ms at the latest.  The caller owns it.
 * -1, and errno says why, if there is none.
 */
int
ddb_http_dup(long timeout_ms)
{
	return ddb_waiter_dup(limit_wait(timeout_ms));
}

/*
 * Is the outcome known?
 */
bool
ddb_http_is_done(const DdbTransfer *transfer)
{
	return transfer->done;
}

/*
 * The outcome of a transfer that is done.  True: the service answered,
 * whatever its answer; it is borrowed from the transfer.  False: it didn't,
 * and *err says why.
 */
bool
ddb_http_get_answer(const DdbTransfer *transfer, DdbHttpAnswer *answer,
					DdbError *err)
{
	const DdbReply *reply = &transfer->reply;

	if (ddb_error_is_set(&transfer->err))
	{
		*err = transfer->err;
		return false;
	}

	answer->status = (int) transfer->status;
	answer->body = reply->body ? reply->body : "";
	answer->len = reply->len;
	answer->request_id = reply->request_id;
	answer->date = reply->date[0] ? curl_getdate(reply->date, NULL) : 0;
	if (answer->date < 0)
		answer->date = 0;
	answer->retry_after_ms = ddb_reply_retry_after(reply);
	return true;
}

/*
 * Did a transfer fail for a reason that says nothing about the service?
 *
 * Either nobody attended while it ran, or it was given to a kept connection
 * that the other side had closed.  It may be tried again without counting.
 * That can't go on for ever: the next one starts attended, and `fresh` gives
 * it a connection of its own.
 */
bool
ddb_http_is_excused(const DdbTransfer *transfer)
{
	return transfer->err.retry == DDB_RETRY_TRANSIENT &&
		(transfer->idled || (transfer->reused && transfer->unheard));
}
