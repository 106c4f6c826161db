/*-------------------------------------------------------------------------
 *
 * retry.h
 *	  Whether a failed request is tried again, and after how long.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_RETRY_H
#define DDB_RETRY_H

#include "base/error.h"

/* The service didn't say when to come back. */
#define DDB_RETRY_AFTER_UNKNOWN (-1)

/* What a client may spend on repeating after transient errors. */
typedef struct DdbRetryQuota
{
	int			tokens;
} DdbRetryQuota;

/* One request's history. */
typedef struct DdbRetry
{
	int			max_attempts;
	int			attempts;		/* tries that failed, but for the free ones */
	int			cost;			/* tokens the latest repetition took */
	bool		renewed;		/* has had its try with fresh credentials */
	bool		adjusted;		/* has had its try with a corrected clock */
} DdbRetry;

extern void ddb_retry_init_quota(DdbRetryQuota *quota);
extern void ddb_retry_init(DdbRetry *retry, int max_attempts);
extern bool ddb_retry_is_allowed(DdbRetry *retry, DdbRetryQuota *quota,
								 DdbRetryClass retry_class, bool answered,
								 int retry_after_ms, double random,
								 int *delay_ms);
extern void ddb_retry_note_success(DdbRetry *retry, DdbRetryQuota *quota);

#endif							/* DDB_RETRY_H */
