/*-------------------------------------------------------------------------
 *
 * tap.h
 *	  What the unit tests share: TAP on stdout, and deterministic chance.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TAP_H
#define TAP_H

static int	tap_tests = 0;
static int	tap_failures = 0;

static inline bool
tap_ok(bool good, const char *what)
{
	printf("%sok %d - %s\n", good ? "" : "not ", ++tap_tests, what);
	if (!good)
		tap_failures++;
	return good;
}

static inline bool
tap_is(const char *got, const char *expected, const char *what)
{
	bool		good = tap_ok(strcmp(got, expected) == 0, what);

	if (!good)
		printf("# got:      %s\n# expected: %s\n", got, expected);
	return good;
}

static inline int
tap_done(void)
{
	printf("1..%d\n", tap_tests);
	return tap_failures > 0 ? 1 : 0;
}

/* xorshift64: the same documents on every machine. */
static inline uint64
tap_random(uint64 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* 0 <= result < n */
static inline int
tap_below(uint64 *state, int n)
{
	return (int) ((tap_random(state) >> 11) % n);
}

#endif							/* TAP_H */
