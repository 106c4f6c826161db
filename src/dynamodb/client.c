/*-------------------------------------------------------------------------
 *
 * client.c
 *	  A DynamoDB client for one server and one identity: signs, sends,
 *	  retries, waits on the latch.
 *
 * A call is one operation from start to outcome.  It is in flight, or backs
 * off, or is done; each of its tries is an HTTP transfer of its own, signed
 * afresh.  Nothing moves by itself: whoever polls or waits for any call
 * drives all of them, so that a page that somebody will want later goes
 * through its retries while he waits for another one.
 *
 * What a failed try means is decided here in one place, judge():
 *	- A request that may have been executed is sent again only if its sender
 *	  called it repeatable; else the failure is reported as ambiguous.  Once a
 *	  try was ambiguous the call stays so, whatever the later ones say.  What
 *	  the service knows by a token is repeated only while it does.
 *	- A transfer that broke off while nobody attended, or that was given to a
 *	  kept connection which turned out to be closed, is repeated at once and
 *	  without being counted.
 *	- Expired credentials and a skewed clock are put right and tried once.
 *	- The rest is up to aws/retry.c.
 *
 * Whether a try may leave now is decided in one place too, may_leave(): its
 * back-off is over, its budget has the units, and there is room for it among
 * those in flight.  Calls are looked at in the order in which they were made.
 *
 * Lifetimes.  A call lives in its owner's memory context, a client in that of
 * the session that made it; neither knows the other's end.  So the client is
 * counted: its maker holds one reference, each call another, whoever wants to
 * start more of them later one more, and the last one to go frees it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <time.h>

#include "aws/credential.h"
#include "aws/endpoint.h"
#include "aws/http.h"
#include "aws/retry.h"
#include "aws/sigv4.h"
#include "base/compat.h"
#include "base/guc.h"
#include "base/version.h"
#include "common/pg_prng.h"
#include "dynamodb/client.h"
#include "dynamodb/stats.h"
#include "lib/ilist.h"
#include "miscadmin.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#define API_VERSION "DynamoDB_20120810"
#define CONTENT_TYPE "application/x-amz-json-1.0"

/* YYYYMMDDTHHMMSSZ */
#define TIMESTAMP_SIZE 17

/*
 * Seconds.  A key lookup or a description takes milliseconds; one that takes
 * this long won't come back, and a second try most likely finds a better
 * host.
 */
#define MAX_LOOKUP_TIMEOUT 5

/*
 * Seconds.  The service accepts a signature five minutes before and fifteen
 * after its time.  Less than this isn't why it refused one.
 */
#define MIN_CLOCK_SKEW 240

/*
 * 2012 and 2100, in seconds.  What is outside isn't the service's time, and
 * a year of five digits doesn't fit into a timestamp.
 */
#define MIN_SERVICE_TIME INT64CONST(1325376000)
#define MAX_SERVICE_TIME INT64CONST(4102444800)

struct DdbClient
{
	MemoryContext cxt;			/* holds all of it */
	int			references;

	char	   *server_name;
	DdbEndpoint *endpoint;
	DdbCredentials *credentials;
	int			connect_timeout;	/* s */
	int			request_timeout;	/* s */
	int			max_attempts;

	/* learned on the way */
	int64		clock_offset;	/* service's time minus ours, s */
	DdbRetryQuota quota;
};

typedef enum DdbCallState
{
	CALL_IN_FLIGHT,
	CALL_BACKING_OFF,
	CALL_SUCCEEDED,
	CALL_FAILED,
} DdbCallState;

struct DdbCall
{
	dlist_node	node;			/* in unfinished_calls, until done */
	DdbClient  *client;
	MemoryContext cxt;			/* holds all of it; a child of the owner's */
	MemoryContextCallback callback;
	DdbCallState state;

	/* the request */
	char	   *operation;
	char	   *body;
	size_t		len;
	bool		repeatable;
	int64		repeat_ms;		/* ... so long; 0: at any time */
	char	   *user_agent;
	int			request_timeout;	/* s */
	DdbUsage   *usage;
	DdbStats   *stats;
	DdbBudget  *budget;			/* may be NULL */
	double		units;			/* expected to take */

	/* its tries */
	DdbTransfer *transfer;		/* the current or last one */
	time_t		signed_at;		/* by the service's clock, as we knew it */
	DdbRetry	retry;
	bool		tried;			/* there was one */
	bool		reserved;		/* the budget has given the units */
	int64		sent_at;		/* ddb_http_now() */
	int64		progress;		/* of the budget, when it was throttled */
	bool		fresh;			/* the next one trusts no open connection */
	bool		ambiguous;		/* one of them may have been executed */
	int64		ambiguous_at;	/* when the first of these was sent */
	bool		given_up;		/* there shall be no other one */
	int64		due;			/* end of the back-off, ddb_http_now() */

	/* the outcome */
	DdbError	err;
	DdbHttpAnswer answer;
};

static dlist_head unfinished_calls = DLIST_STATIC_INIT(unfinished_calls);


/* --------------------------------------------------------------------
 * The client
 * --------------------------------------------------------------------
 */

static void
drop_reference(DdbClient *client)
{
	if (--client->references == 0)
		MemoryContextDelete(client->cxt);
}

/* Memory context callback. */
static void
drop_held_reference(void *arg)
{
	drop_reference((DdbClient *) arg);
}

/*
 * Creates a client for a server and the identity of a user mapping.
 *
 * It exists until parent is reset, and beyond that as long as any of its
 * calls does.  server_name is for messages.  Sends nothing.  Raises where the
 * options contradict each other or don't suffice: see ddb_endpoint_create()
 * and ddb_credential_create().
 */
DdbClient *
ddb_client_create(MemoryContext parent, const char *server_name,
				  const DdbServerOptions *server,
				  const DdbMappingOptions *mapping)
{
	MemoryContextCallback *callback =
		MemoryContextAlloc(parent, sizeof(MemoryContextCallback));
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext,
											  "dynamodb_fdw client",
											  ALLOCSET_SMALL_SIZES);
	MemoryContext oldcxt = MemoryContextSwitchTo(cxt);
	DdbClient  *client = palloc0(sizeof(DdbClient));

	client->cxt = cxt;
	client->references = 1;
	client->server_name = pstrdup(server_name);
	client->endpoint = ddb_endpoint_create(server_name, server);
	client->credentials = ddb_credential_create(cxt, server_name, mapping);
	client->connect_timeout = server->connect_timeout;
	client->request_timeout = server->request_timeout;
	client->max_attempts = server->max_attempts;
	ddb_retry_init_quota(&client->quota);
	MemoryContextSwitchTo(oldcxt);

	/* nothing can fail from here on, so it may leave the caller's context */
	MemoryContextSetParent(cxt, TopMemoryContext);
	callback->func = drop_held_reference;
	callback->arg = client;
	MemoryContextRegisterResetCallback(parent, callback);
	return client;
}

/*
 * Keeps a client until context is reset, whatever its session does meanwhile:
 * a statement that goes on after ALTER SERVER reads its next page where it
 * read the last one.
 */
void
ddb_client_hold(DdbClient *client, MemoryContext context)
{
	MemoryContextCallback *callback =
		MemoryContextAlloc(context, sizeof(MemoryContextCallback));

	client->references++;
	callback->func = drop_held_reference;
	callback->arg = client;
	MemoryContextRegisterResetCallback(context, callback);
}


/* --------------------------------------------------------------------
 * One try
 * --------------------------------------------------------------------
 */

/* Text for a comment in a header: printable ASCII that doesn't end it. */
static void
append_comment(StringInfo buf, const char *text)
{
	for (const char *p = text ? text : ""; *p; p++)
	{
		bool		plain = *p >= ' ' && *p <= '~' && !strchr("();\\", *p);

		appendStringInfoChar(buf, plain ? *p : '?');
	}
}

/*
 * Who asks, for the service's logs: its operators can find a database's
 * requests, and a session's.
 */
static char *
build_user_agent(void)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoString(&buf, "User-Agent: dynamodb_fdw/" DDB_SQL_VERSION
						   " postgresql/" PG_MAJORVERSION " (");
	append_comment(&buf, get_database_name(MyDatabaseId));
	appendStringInfoString(&buf, "; ");
	append_comment(&buf, GetUserNameFromId(GetUserId(), true));
	appendStringInfoString(&buf, "; ");
	append_comment(&buf, application_name);
	appendStringInfoChar(&buf, ')');
	return buf.data;
}

/* "Name: value", of exactly that size, so that no copy lies about. */
static char *
build_header(const char *name, const char *value)
{
	size_t		size = strlen(name) + strlen(value) + 3;
	char	   *header = palloc(size);

	snprintf(header, size, "%s: %s", name, value);
	return header;
}

/* Fills in the headers that are signed, up to five; how many there are. */
static int
fill_signed_headers(const DdbCall *call, const char *timestamp,
					DdbSigv4Header *headers)
{
	const DdbClient *client = call->client;
	const char *token = client->credentials->session_token;
	int			n = 0;

	headers[n].name = "Host";
	headers[n++].value = client->endpoint->host;
	headers[n].name = "Content-Type";
	headers[n++].value = CONTENT_TYPE;
	headers[n].name = "X-Amz-Date";
	headers[n++].value = timestamp;
	headers[n].name = "X-Amz-Target";
	headers[n++].value = psprintf(API_VERSION ".%s", call->operation);
	if (token)
	{
		headers[n].name = "X-Amz-Security-Token";
		headers[n++].value = token;
	}
	return n;
}

/*
 * Signs the request as of now and hands it to libcurl; the call is in flight
 * then, or its transfer has failed at once.  All memory but the transfer's is
 * in the current context.
 */
static void
sign_and_send(DdbCall *call)
{
	DdbClient  *client = call->client;
	const DdbEndpoint *endpoint = client->endpoint;
	char		timestamp[TIMESTAMP_SIZE];
	struct tm	tm;
	DdbSigv4Header signed_headers[5];
	const char *headers[lengthof(signed_headers) + 5];
	DdbSigv4Request to_sign = {
		.access_key_id = client->credentials->access_key_id,
		.secret_access_key = client->credentials->secret_access_key,
		.region = endpoint->region,
		.service = endpoint->service,
		.timestamp = timestamp,
		.headers = signed_headers,
		.body = call->body,
		.len = call->len,
	};
	DdbHttpRequest request = {
		.url = endpoint->url,
		.host = endpoint->host,
		.headers = headers,
		.body = call->body,
		.len = call->len,
		.sslrootcert = endpoint->sslrootcert,
		.connect_timeout = client->connect_timeout,
		.request_timeout = call->request_timeout,
		.fresh = call->fresh,
	};
	StringInfoData authorization;
	const char *reason = NULL;
	int			n;

	call->signed_at = time(NULL) + client->clock_offset;
	if (gmtime_r(&call->signed_at, &tm) == NULL ||
		strftime(timestamp, sizeof(timestamp), "%Y%m%dT%H%M%SZ", &tm) == 0)
	{
		ddb_error_set(&call->err, ERRCODE_INTERNAL_ERROR, DDB_RETRY_NEVER,
					  "The request could not be signed: the clock is out of range.");
		return;
	}

	n = fill_signed_headers(call, timestamp, signed_headers);
	to_sign.nheaders = n;

	initStringInfo(&authorization);
	appendStringInfoString(&authorization, "Authorization: ");
	if (!ddb_sigv4_append_authorization(&authorization, &to_sign,
										&client->credentials->key, &reason))
	{
		ddb_error_set(&call->err, ERRCODE_INTERNAL_ERROR, DDB_RETRY_NEVER,
					  "The request could not be signed (%s).", reason);
		return;
	}

	for (int i = 0; i < n; i++)
		headers[i] = build_header(signed_headers[i].name,
								  signed_headers[i].value);
	headers[n++] = authorization.data;
	headers[n++] = call->user_agent;

	/* the checksum is over what is sent, so nothing may be compressed */
	headers[n++] = "Accept-Encoding: identity";
	/* libcurl would ask for leave to send a large body */
	headers[n++] = "Expect:";
	headers[n] = NULL;

	call->transfer = ddb_http_start(call->cxt, &request);

	for (int i = 0; i <= to_sign.nheaders; i++)
		ddb_sigv4_wipe(unconstify(char *, headers[i]), strlen(headers[i]));
}

static void
enter_flight(DdbCall *call)
{
	call->state = CALL_IN_FLIGHT;
	call->sent_at = ddb_http_now();
	if (call->budget != NULL)
		ddb_budget_enter(call->budget);
}

static void
leave_flight(DdbCall *call, DdbCallState state)
{
	if (call->state == CALL_IN_FLIGHT && call->budget != NULL)
		ddb_budget_leave(call->budget);
	call->state = state;
}

static void
finish(DdbCall *call, DdbCallState state)
{
	leave_flight(call, state);
	dlist_delete(&call->node);
}

static void
send_try(DdbCall *call)
{
	MemoryContext cxt = AllocSetContextCreate(call->cxt,
											  "dynamodb_fdw request headers",
											  ALLOCSET_SMALL_SIZES);
	MemoryContext oldcxt = MemoryContextSwitchTo(cxt);

	call->tried = true;
	ddb_error_clear(&call->err);
	sign_and_send(call);
	MemoryContextSwitchTo(oldcxt);
	MemoryContextDelete(cxt);

	/* if memory ran out above, it still backs off, and is due */
	if (ddb_error_is_set(&call->err))
	{
		finish(call, CALL_FAILED);
		return;
	}
	enter_flight(call);
	call->stats->total.bytes_sent += call->len;
	call->usage->bytes_sent += call->len;
}


/* --------------------------------------------------------------------
 * What a try's end means
 * --------------------------------------------------------------------
 */

/*
 * The service didn't like the signature.  Was it the clock?  If so, sets the
 * client's right by the answer's Date header.
 */
static bool
correct_clock(DdbCall *call)
{
	int64		date = (int64) call->answer.date;
	int64		skew = date - (int64) call->signed_at;

	if (date < MIN_SERVICE_TIME || date > MAX_SERVICE_TIME ||
		(skew < MIN_CLOCK_SKEW && skew > -MIN_CLOCK_SKEW))
		return false;
	call->client->clock_offset = date - (int64) time(NULL);
	return true;
}

/* Is the cause of this failure out of the way, where it has one of its own? */
static bool
remove_cause(DdbCall *call)
{
	switch (call->err.retry)
	{
		case DDB_RETRY_CREDENTIALS:
			return false;		/* only their owner can put in new ones */
		case DDB_RETRY_CLOCK:
			return correct_clock(call);
		case DDB_RETRY_NEVER:
		case DDB_RETRY_TRANSIENT:
		case DDB_RETRY_THROTTLE:
			break;
	}
	return true;
}

/* May there be another try?  If so, *delay is how many ms from now. */
static bool
is_another_due(DdbCall *call, bool answered, int *delay)
{
	DdbError   *err = &call->err;

	*delay = 0;
	if (call->given_up || (err->ambiguous && !call->repeatable))
		return false;
	if (!answered && ddb_http_is_excused(call->transfer))
		return true;
	return remove_cause(call) &&
		ddb_retry_is_allowed(&call->retry, &call->client->quota, err->retry,
							 answered,
							 answered ? call->answer.retry_after_ms :
							 DDB_RETRY_AFTER_UNKNOWN,
							 pg_prng_double(&pg_global_prng_state), delay);
}

/* Completes an error that is final. */
static void
describe_final(DdbCall *call)
{
	DdbError   *err = &call->err;
	size_t		len = strlen(err->message);

	if (call->retry.attempts > 1)
		snprintf(err->message + len, sizeof(err->message) - len,
				 "%s  Tried %d times.",
				 len > 0 && err->message[len - 1] != '.' ? "." : "",
				 call->retry.attempts);

	err->ambiguous |= call->ambiguous;
	if (err->ambiguous && !call->repeatable)
	{
		err->sqlerrcode = ERRCODE_TRANSACTION_RESOLUTION_UNKNOWN;
		err->hint = "The request may have been executed.  Look before repeating it.";
	}
}

/*
 * The service had too little for this try, or for all of the batch that it
 * answered.  While others get what they ask for, patience doesn't run out.
 */
static void
note_throttle(DdbCall *call)
{
	int64		successes;
	int64		own = call->state == CALL_SUCCEEDED ? 1 : 0;

	call->stats->total.throttled++;
	call->usage->throttled++;
	if (call->budget == NULL)
		return;
	ddb_budget_note_throttle(call->budget, call->sent_at);
	successes = ddb_budget_successes(call->budget);
	if (successes - own > call->progress)
		call->retry.attempts = 0;
	call->progress = successes;
}

static void
note_success(DdbCall *call)
{
	ddb_retry_note_success(&call->retry, &call->client->quota);
	call->stats->total.bytes_received += call->answer.len;
	call->usage->bytes_received += call->answer.len;
	if (call->budget)
		ddb_budget_note_success(call->budget);
}

/*
 * log_requests: one line a try, without anything that was sent or came back.
 * The statement may hold values, so it isn't shown either.
 */
static void
log_try(const DdbCall *call, bool answered)
{
	const char *table = call->stats->table_name;

	ereport(LOG,
			(errmsg("DynamoDB operation %s%s%s%s of server \"%s\": %s%s, %zu bytes sent, %zu received, " INT64_FORMAT " ms, request ID \"%s\"",
					call->operation,
					table ? " on table \"" : "", table ? table : "",
					table ? "\"" : "", call->client->server_name,
					answered ? psprintf("status %d", call->answer.status) :
					"no answer",
					call->err.name[0] != '\0' ?
					psprintf(" (%s)", call->err.name) : "",
					call->len, answered ? call->answer.len : 0,
					ddb_http_now() - call->sent_at,
					answered ? call->answer.request_id : ""),
			 errhidestmt(true), errhidecontext(true)));
}

/* A try has ended: take its answer, schedule another one, or give up. */
static void
judge(DdbCall *call)
{
	DdbError   *err = &call->err;
	bool		answered = ddb_http_get_answer(call->transfer, &call->answer,
											   err);
	int			delay;

	if (answered && call->answer.status != 200)
		ddb_error_from_answer(err, call->answer.status, call->answer.body,
							  call->answer.len, call->answer.request_id);
	if (ddb_guc_log_requests)
		log_try(call, answered);
	if (answered && call->answer.status == 200)
	{
		note_success(call);
		finish(call, CALL_SUCCEEDED);
		return;
	}
	if (err->retry == DDB_RETRY_THROTTLE)
		note_throttle(call);
	else
		call->reserved = false; /* it may have taken the units */
	if (err->ambiguous && !call->ambiguous)
	{
		call->ambiguous = true;
		call->ambiguous_at = call->sent_at;
	}

	if (!is_another_due(call, answered, &delay))
	{
		describe_final(call);
		finish(call, CALL_FAILED);
		return;
	}

	call->fresh = !answered;
	call->due = ddb_http_now() + delay;
	leave_flight(call, CALL_BACKING_OFF);
	ddb_http_release(call->transfer);
	call->transfer = NULL;
}

/* May the next try leave?  If so, the budget has given what it needs. */
static bool
may_leave(DdbCall *call)
{
	DdbBudget  *budget = call->budget;

	if (ddb_http_now() < call->due)
		return false;
	if (budget == NULL)
		return true;
	if (!ddb_budget_has_room(budget))
		return false;
	if (!call->reserved)
		call->reserved = ddb_budget_reserve(budget, call->units);
	return call->reserved;
}

/*
 * Milliseconds until a call that backs off may leave; -1 if that is up to an
 * answer which others wait for.
 */
static int64
time_until_leave(const DdbCall *call)
{
	int64		now = ddb_http_now();

	if (now < call->due)
		return call->due - now;
	if (call->budget == NULL)
		return 0;
	if (!ddb_budget_has_room(call->budget))
		return -1;
	return call->reserved ? 0 :
		ddb_budget_wait_ms(call->budget, call->units);
}

/* Would a repetition be taken for another request by now? */
static bool
is_too_late(const DdbCall *call)
{
	return call->ambiguous && call->repeat_ms > 0 &&
		ddb_http_now() - call->ambiguous_at > call->repeat_ms;
}

/* Moves a call on, as far as it goes without waiting. */
static void
advance(DdbCall *call)
{
	if (call->state == CALL_IN_FLIGHT && ddb_http_is_done(call->transfer))
		judge(call);
	if (call->state == CALL_BACKING_OFF && is_too_late(call))
	{
		describe_final(call);
		finish(call, CALL_FAILED);
	}
	if (call->state == CALL_BACKING_OFF && may_leave(call))
	{
		if (call->tried)
		{
			call->stats->total.retries++;
			call->usage->retries++;
		}
		send_try(call);

		/* what libcurl refused is over: nothing would end a wait for it */
		if (call->state == CALL_IN_FLIGHT && ddb_http_is_done(call->transfer))
			judge(call);
	}
}

/*
 * Milliseconds until the first call that backs off may leave; -1 if there is
 * none.
 */
static long
time_until_due(void)
{
	int64		first = -1;
	dlist_iter	iter;

	dlist_foreach(iter, &unfinished_calls)
	{
		DdbCall    *call = dlist_container(DdbCall, node, iter.cur);
		int64		wait;

		if (call->state != CALL_BACKING_OFF)
			continue;
		wait = time_until_leave(call);
		if (wait >= 0 && (first < 0 || wait < first))
			first = wait;
	}
	return (long) first;
}


/* --------------------------------------------------------------------
 * The call
 * --------------------------------------------------------------------
 */

/*
 * Memory context callback.  The transfers' callbacks were registered later
 * and have run before: nothing of libcurl's points into the call any more.
 */
static void
free_call(void *arg)
{
	DdbCall    *call = arg;

	if (call->state == CALL_IN_FLIGHT || call->state == CALL_BACKING_OFF)
		finish(call, CALL_FAILED);
	drop_reference(call->client);
}

/* A complete call that nobody has sent yet, backing off and due. */
static DdbCall *
create_call(DdbClient *client, MemoryContext owner, const char *operation,
			const char *body, size_t len, bool repeatable, DdbUsage *usage,
			DdbBudget *budget, double units)
{
	MemoryContext cxt = AllocSetContextCreate(owner, "dynamodb_fdw call",
											  ALLOCSET_SMALL_SIZES);
	MemoryContext oldcxt = MemoryContextSwitchTo(cxt);
	DdbCall    *call = palloc0(sizeof(DdbCall));

	call->client = client;
	call->cxt = cxt;
	call->state = CALL_BACKING_OFF;
	call->operation = pstrdup(operation);
	call->body = palloc(len + 1);
	memcpy(call->body, body, len);
	call->body[len] = '\0';
	call->len = len;
	call->repeatable = repeatable;
	call->usage = usage;
	call->stats = ddb_stats_get(client->server_name, usage->table_name,
								operation);
	call->budget = budget;
	call->units = units;
	call->user_agent = build_user_agent();
	call->request_timeout = client->request_timeout;
	if (strcmp(operation, "GetItem") == 0 ||
		strcmp(operation, "DescribeTable") == 0)
		call->request_timeout = Min(call->request_timeout,
									MAX_LOOKUP_TIMEOUT);
	ddb_retry_init(&call->retry, client->max_attempts);
	MemoryContextSwitchTo(oldcxt);

	/* complete, and none of this can fail: let others see it */
	client->references++;
	dlist_push_tail(&unfinished_calls, &call->node);
	call->callback.func = free_call;
	call->callback.arg = call;
	MemoryContextRegisterResetCallback(cxt, &call->callback);

	call->stats->total.requests++;
	usage->requests++;
	return call;
}

/*
 * Starts an operation ("Query") and returns at once; within a budget, if
 * that isn't NULL, from which it is expected to take so many units.
 *
 * The call lives in owner and is aborted when owner is reset.  usage must live
 * as long: requests, retries and throttled are counted there.  The body is
 * copied.  repeatable: a request that may have been executed may be sent
 * again.  Raises only for lack of memory; what else goes wrong is the call's
 * outcome.
 */
DdbCall *
ddb_client_start_within(DdbClient *client, MemoryContext owner,
						const char *operation, const char *body, size_t len,
						bool repeatable, DdbUsage *usage,
						DdbBudget *budget, double units)
{
	DdbCall    *call = create_call(client, owner, operation, body, len,
								   repeatable, usage, budget, units);

	if (budget != NULL)
		(void) ddb_client_poll(call);	/* those before it go first */
	else
		send_try(call);

	/* gets as far as handing the request to the kernel, where it can */
	ddb_http_pump();
	return call;
}

/* The same without a budget. */
DdbCall *
ddb_client_start(DdbClient *client, MemoryContext owner,
				 const char *operation, const char *body, size_t len,
				 bool repeatable, DdbUsage *usage)
{
	return ddb_client_start_within(client, owner, operation, body, len,
								   repeatable, usage, NULL, 0);
}

/*
 * Makes a repeatable request one that is repeated no later than so many
 * milliseconds after a try that may have been executed: it carries a token,
 * and the service forgets it.  To be said before the call is polled.
 */
void
ddb_client_limit_repeats(DdbCall *call, int64 ms)
{
	call->repeat_ms = ms;
}

/*
 * Counts in the session's statistics what a call took, and the items that it
 * read or wrote.
 */
void
ddb_client_count(DdbCall *call, double units, int64 items)
{
	ddb_stats_add_units(call->stats, units);
	call->stats->total.items += items;
}

/*
 * Says what a call that succeeded took of its budget, by ConsumedCapacity.  To
 * be called once.
 */
void
ddb_client_settle(DdbCall *call, double units)
{
	if (call->budget != NULL && call->reserved)
		ddb_budget_settle(call->budget, call->units, units);
	call->reserved = false;
}

/* The server's name, borrowed. */
const char *
ddb_client_server_name(const DdbClient *client)
{
	return client->server_name;
}

/*
 * Asks for what a batch left undone (UnprocessedKeys, UnprocessedItems), in a
 * body of that alone; returns at once, and call stays as it is.
 *
 * That is how the service throttles a batch.  While it gets on, the rest is
 * asked for at once; where a batch got nowhere (progress is false) this backs
 * off as after a throttled request, and after max_attempts of them in a row
 * returns NULL with *err set.
 */
DdbCall *
ddb_client_start_rest(DdbCall *call, MemoryContext owner,
					  const char *body, size_t len, bool progress,
					  DdbError *err)
{
	DdbClient  *client = call->client;
	DdbRetry	retry;
	int			delay = 0;
	DdbCall    *rest;

	if (progress)
		ddb_retry_init(&retry, client->max_attempts);
	else
	{
		note_throttle(call);
		retry = call->retry;
		if (!ddb_retry_is_allowed(&retry, &client->quota, DDB_RETRY_THROTTLE,
								  true, DDB_RETRY_AFTER_UNKNOWN,
								  pg_prng_double(&pg_global_prng_state),
								  &delay))
		{
			ddb_error_set(err, ERRCODE_CONFIGURATION_LIMIT_EXCEEDED,
						  DDB_RETRY_NEVER,
						  "DynamoDB processed nothing of a batch, %d times in a row.",
						  retry.attempts);
			return NULL;
		}
	}

	rest = create_call(client, owner, call->operation, body, len,
					   call->repeatable, call->usage, call->budget,
					   call->units);
	rest->retry = retry;
	rest->progress = call->progress;
	rest->due = ddb_http_now() + delay;
	(void) ddb_client_poll(rest);
	return rest;
}

/*
 * Drives all transfers and due retries, without waiting; true once the
 * outcome of this call is known.  Raises only for lack of memory.
 */
bool
ddb_client_poll(DdbCall *call)
{
	dlist_mutable_iter iter;

	ddb_http_pump();
	dlist_foreach_modify(iter, &unfinished_calls)
		advance(dlist_container(DdbCall, node, iter.cur));
	return call->state == CALL_SUCCEEDED || call->state == CALL_FAILED;
}

/*
 * No more tries.  A call that backs off fails for the reason of its last try,
 * or, if there was none, without one; what is in flight may still be answered.
 */
void
ddb_client_give_up(DdbCall *call)
{
	call->given_up = true;
	if (call->state != CALL_BACKING_OFF)
		return;
	describe_final(call);
	finish(call, CALL_FAILED);
}

/*
 * Waits, interruptibly, until the outcome of this call is known; other calls
 * go on meanwhile.
 */
void
ddb_client_wait(DdbCall *call)
{
	while (!ddb_client_poll(call))
		ddb_http_wait(time_until_due());
}

/*
 * Waits, interruptibly, until something has happened to any call: whoever
 * waits for one of several polls them after that.
 */
void
ddb_client_wait_for_any(void)
{
	ddb_http_wait(time_until_due());
}

/*
 * For whoever waits himself: a descriptor that is readable once something has
 * happened to any call, or is due.  The caller owns it; -1 if there is none
 * (errno).
 */
int
ddb_client_dup_descriptor(void)
{
	return ddb_http_dup(time_until_due());
}

/*
 * The outcome, once known.  True: the answer's body, NUL-terminated, owned by
 * the call.  False: *err says why.
 */
bool
ddb_client_get_answer(DdbCall *call, const char **body, size_t *len,
					  DdbError *err)
{
	Assert(call->state == CALL_SUCCEEDED || call->state == CALL_FAILED);

	if (call->state != CALL_SUCCEEDED)
	{
		*err = call->err;
		return false;
	}
	*body = call->answer.body;
	*len = call->answer.len;
	return true;
}

/*
 * The body of the answer that the outcome of a call that failed was told by,
 * NUL-terminated, owned by the call; false if there was none.
 */
bool
ddb_client_get_refusal(DdbCall *call, const char **body, size_t *len)
{
	if (call->state != CALL_FAILED || call->err.http_status == 0)
		return false;
	*body = call->answer.body;
	*len = call->answer.len;
	return true;
}

/*
 * Aborts what is in flight and frees the call.  NULL is allowed.
 */
void
ddb_client_release(DdbCall *call)
{
	if (call)
		MemoryContextDelete(call->cxt);
}

/*
 * Does an operation from start to answer, which is palloc'd in the current
 * context and NUL-terminated; its length goes into *answer_len, unless that
 * is NULL.  table_name, for messages, may be NULL.  Raises on failure.
 */
char *
ddb_client_call(DdbClient *client, const char *operation,
				const char *body, size_t len, bool repeatable,
				const char *table_name, size_t *answer_len)
{
	DdbUsage	usage = {.table_name = table_name};
	DdbCall    *call = ddb_client_start(client, CurrentMemoryContext,
										operation, body, len, repeatable,
										&usage);
	const char *answer;
	char	   *copy;
	size_t		size;
	DdbError	err;

	ddb_client_wait(call);
	if (!ddb_client_get_answer(call, &answer, &size, &err))
		ddb_error_report(&err, operation, table_name);

	copy = palloc(size + 1);
	memcpy(copy, answer, size + 1);
	ddb_client_release(call);
	if (answer_len)
		*answer_len = size;
	return copy;
}
