/*-------------------------------------------------------------------------
 *
 * retry.c
 *	  Whether a failed request is tried again, and after how long.
 *
 * The rules are those of the AWS SDKs' standard mode of 2026, with more
 * patience: a statement that somebody waits for would rather be late than
 * fail, and it can always be cancelled.
 *
 * The delay before the next try is random between 0 and base * 2^(n-1), at
 * most 20 s ("full jitter": what failed together doesn't come back together).
 * A service that says when to come back is believed within limits.
 *
 * A client has a quota of tokens.  A repetition after a transient error takes
 * some; success gives them back.  When a service is down, the quota runs dry
 * and every statement fails at its first error instead of adding load.
 * Throttling takes none: there the service is well and asks for patience.
 *
 * Nothing here sleeps or knows the time, and the caller brings the random
 * number, so the unit test sees exact figures.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FRONTEND
#include "postgres.h"
#else
#include "postgres_fe.h"
#endif

#include "aws/retry.h"

/* Milliseconds. */
#define TRANSIENT_BASE 25
#define THROTTLE_BASE 1000
#define MAX_DELAY 20000
#define MAX_OVER_OWN_DELAY 5000

#define QUOTA 500
#define TRANSIENT_COST 14

/*
 * Tries where no answer came.  If there was no connection either, that is
 * most often a wrong endpoint, which somebody at a prompt wants to hear of
 * soon, and not after max_attempts' worth of back-off.  If there was, the
 * service may have charged for a page that never arrived, each time anew.
 */
#define MAX_UNANSWERED_ATTEMPTS 4

/*
 * Fills a new client's quota.
 */
void
ddb_retry_init_quota(DdbRetryQuota *quota)
{
	quota->tokens = QUOTA;
}

/*
 * Begins a request's history.  max_attempts counts all tries, the first one
 * included.
 */
void
ddb_retry_init(DdbRetry *retry, int max_attempts)
{
	memset(retry, 0, sizeof(*retry));
	retry->max_attempts = max_attempts;
}

static int
backoff_limit(int base, int attempts)
{
	/* 25 ms << 10 is beyond the cap already, and nothing may overflow */
	return Min(base << Min(attempts - 1, 10), MAX_DELAY);
}

/*
 * Records that a try failed, and says whether another is due.
 *
 * retry_class is what the error said of itself; answered, whether the service
 * had said it.  retry_after_ms is what the service asked for, or
 * DDB_RETRY_AFTER_UNKNOWN; random is in [0,1).  If true, *delay_ms is how
 * long to wait.  Whether the request may be repeated at all (it may have been
 * executed) is for the caller to judge.
 */
bool
ddb_retry_is_allowed(DdbRetry *retry, DdbRetryQuota *quota,
					 DdbRetryClass retry_class, bool answered,
					 int retry_after_ms, double random, int *delay_ms)
{
	int			base = THROTTLE_BASE;
	int			max_attempts = retry->max_attempts;
	int			delay;

	*delay_ms = 0;

	switch (retry_class)
	{
		case DDB_RETRY_NEVER:
			return false;

			/*
			 * These two aren't failures of the service: the same request is
			 * sent once more at once, with its cause removed.
			 */
		case DDB_RETRY_CREDENTIALS:
			if (retry->renewed)
				return false;
			retry->renewed = true;
			return true;
		case DDB_RETRY_CLOCK:
			if (retry->adjusted)
				return false;
			retry->adjusted = true;
			return true;

		case DDB_RETRY_TRANSIENT:
			base = TRANSIENT_BASE;
			if (!answered)
				max_attempts = Min(max_attempts, MAX_UNANSWERED_ATTEMPTS);
			break;
		case DDB_RETRY_THROTTLE:
			break;
	}

	retry->attempts++;
	if (retry->attempts >= max_attempts)
		return false;

	retry->cost = 0;
	if (retry_class == DDB_RETRY_TRANSIENT)
	{
		if (quota->tokens < TRANSIENT_COST)
			return false;
		quota->tokens -= TRANSIENT_COST;
		retry->cost = TRANSIENT_COST;
	}

	delay = (int) (random * backoff_limit(base, retry->attempts));
	if (retry_after_ms >= 0)
		delay = Max(delay, Min(retry_after_ms, delay + MAX_OVER_OWN_DELAY));
	*delay_ms = delay;
	return true;
}

/*
 * Records that the request succeeded: what its last repetition took goes back
 * to the quota; a success at the first try gives one token.
 */
void
ddb_retry_note_success(DdbRetry *retry, DdbRetryQuota *quota)
{
	quota->tokens = Min(quota->tokens + Max(retry->cost, 1), QUOTA);
}
