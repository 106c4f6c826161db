/*-------------------------------------------------------------------------
 *
 * test_retry.c
 *	  Unit test of src/aws/retry.c, outside the server.  Prints TAP.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres_fe.h"

#include "aws/retry.h"

/* The greatest value that a random number in [0,1) takes, near enough. */
#define ALMOST_ONE 0.9999999

static int	ntests = 0;
static int	nfailed = 0;

static void
ok(bool good, const char *what)
{
	printf("%sok %d - %s\n", good ? "" : "not ", ++ntests, what);
	if (!good)
		nfailed++;
}

/*
 * Fails until no further try is allowed; returns the number of tries, fills
 * in the delays before the second, third, ...
 */
static int
exhaust(int max_attempts, DdbRetryQuota *quota, DdbRetryClass class,
		bool reached, int retry_after, double random, int *delays)
{
	DdbRetry	retry;
	int			tries = 1;
	int			delay;

	ddb_retry_init(&retry, max_attempts);
	while (ddb_retry_is_allowed(&retry, quota, class, reached, retry_after,
								random, &delay))
	{
		delays[tries - 1] = delay;
		tries++;
	}
	return tries;
}

static void
check_throttling(void)
{
	DdbRetryQuota quota;
	int			delays[32];

	ddb_retry_init_quota(&quota);
	ok(exhaust(10, &quota, DDB_RETRY_THROTTLE, true,
			   DDB_RETRY_AFTER_UNKNOWN, ALMOST_ONE, delays) == 10,
	   "throttling is tried max_attempts times");
	ok(delays[0] == 999 && delays[1] == 1999 && delays[2] == 3999 &&
	   delays[3] == 7999 && delays[4] == 15999, "its delays double from 1 s");
	ok(delays[5] == 19999 && delays[8] == 19999, "they end at 20 s");
	ok(quota.tokens == 500, "throttling takes nothing from the quota");
	exhaust(30, &quota, DDB_RETRY_THROTTLE, true, DDB_RETRY_AFTER_UNKNOWN,
			ALMOST_ONE, delays);
	ok(delays[28] == 19999, "many tries don't overflow");
	exhaust(10, &quota, DDB_RETRY_THROTTLE, true, DDB_RETRY_AFTER_UNKNOWN,
			0.0, delays);
	ok(delays[0] == 0 && delays[8] == 0, "jitter goes down to 0");
}

static void
check_transient(void)
{
	DdbRetryQuota quota;
	DdbRetry	retry;
	int			delays[32];
	int			delay;
	int			total = 0;

	ddb_retry_init_quota(&quota);
	ok(exhaust(10, &quota, DDB_RETRY_TRANSIENT, true,
			   DDB_RETRY_AFTER_UNKNOWN, ALMOST_ONE, delays) == 10,
	   "a transient error is tried max_attempts times");
	ok(delays[0] == 24 && delays[1] == 49 && delays[8] == 6399,
	   "its delays double from 25 ms");
	ok(quota.tokens == 500 - 9 * 14, "nine repetitions take 14 tokens each");

	ddb_retry_init_quota(&quota);
	ok(exhaust(10, &quota, DDB_RETRY_TRANSIENT, false,
			   DDB_RETRY_AFTER_UNKNOWN, 0.0, delays) == 4,
	   "what couldn't be reached is tried four times");
	ok(exhaust(1, &quota, DDB_RETRY_TRANSIENT, true,
			   DDB_RETRY_AFTER_UNKNOWN, 0.0, delays) == 1,
	   "max_attempts 1 means no repetition");

	ddb_retry_init_quota(&quota);
	for (int i = 0; i < 10; i++)
		total += exhaust(10, &quota, DDB_RETRY_TRANSIENT, true,
						 DDB_RETRY_AFTER_UNKNOWN, 0.0, delays) - 1;
	ok(total == 35, "the quota allows 35 repetitions in all");

	/* 500 - 35 * 14 = 10 tokens: four successes make one repetition */
	ddb_retry_init(&retry, 10);
	for (int i = 0; i < 4; i++)
		ddb_retry_note_success(&retry, &quota);
	ok(ddb_retry_is_allowed(&retry, &quota, DDB_RETRY_TRANSIENT, true,
							DDB_RETRY_AFTER_UNKNOWN, 0.0, &delay) &&
	   quota.tokens == 0, "a success gives one token");
	ddb_retry_note_success(&retry, &quota);
	ok(quota.tokens == 14, "success after a repetition gives its cost back");
	ddb_retry_init_quota(&quota);
	ddb_retry_note_success(&retry, &quota);
	ok(quota.tokens == 500, "the quota has an upper end");
}

static void
check_others(void)
{
	DdbRetryQuota quota;
	DdbRetry	retry;
	int			delays[32];
	int			delay;

	ddb_retry_init_quota(&quota);
	ok(exhaust(10, &quota, DDB_RETRY_NEVER, true, DDB_RETRY_AFTER_UNKNOWN,
			   0.5, delays) == 1, "what never helps isn't tried again");
	ok(exhaust(10, &quota, DDB_RETRY_CREDENTIALS, true,
			   DDB_RETRY_AFTER_UNKNOWN, 0.5, delays) == 2 && delays[0] == 0,
	   "fresh credentials get one try, at once");
	ok(exhaust(10, &quota, DDB_RETRY_CLOCK, true,
			   DDB_RETRY_AFTER_UNKNOWN, 0.5, delays) == 2 && delays[0] == 0,
	   "a corrected clock gets one try, at once");

	ddb_retry_init(&retry, 2);
	ok(ddb_retry_is_allowed(&retry, &quota, DDB_RETRY_CLOCK, true,
							DDB_RETRY_AFTER_UNKNOWN, 0.0, &delay) &&
	   ddb_retry_is_allowed(&retry, &quota, DDB_RETRY_CREDENTIALS, true,
							DDB_RETRY_AFTER_UNKNOWN, 0.0, &delay) &&
	   ddb_retry_is_allowed(&retry, &quota, DDB_RETRY_THROTTLE, true,
							DDB_RETRY_AFTER_UNKNOWN, 0.0, &delay),
	   "neither counts as a try");

	exhaust(10, &quota, DDB_RETRY_THROTTLE, true, 3000, 0.5, delays);
	ok(delays[0] == 3000, "x-amz-retry-after lengthens a delay");
	ok(delays[5] == 10000, "it doesn't shorten one");
	exhaust(10, &quota, DDB_RETRY_THROTTLE, true, 3600000, 0.5, delays);
	ok(delays[0] == 5500, "it adds 5 s at most");
}

int
main(void)
{
	check_throttling();
	check_transient();
	check_others();
	printf("1..%d\n", ntests);
	return nfailed > 0;
}
