/*-------------------------------------------------------------------------
 *
 * fuzz.h
 *	  What libFuzzer calls, and how that says that something doesn't hold.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FUZZ_H
#define FUZZ_H

#define must(condition) \
	((condition) ? (void) 0 : broken(__FILE__, __LINE__, #condition))

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void
broken(const char *file, int line, const char *condition)
{
	fprintf(stderr, "%s:%d: broken: %s\n", file, line, condition);
	abort();
}

#endif							/* FUZZ_H */
