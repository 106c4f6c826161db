/*-------------------------------------------------------------------------
 *
 * outcome.h
 *	  What the answer to a write says.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_OUTCOME_H
#define DDB_OUTCOME_H

#include "dynamodb/page.h"

/* TransactWriteItems takes no more actions than this. */
#define DDB_OUTCOME_MAX_REASONS 100

/* Why one action of a transaction was refused. */
typedef struct DdbReason
{
	char		code[40];		/* "None" where it wasn't */
	DdbValue	item;			/* what its condition was refused for */
} DdbReason;

/* All slices are of the answer. */
typedef struct DdbOutcome
{
	DdbValue	attributes;		/* as ReturnValues asked for */
	DdbValue	item;			/* what a condition was refused for */
	const char *unprocessed;	/* UnprocessedItems; NULL: none */
	size_t		unprocessed_len;
	int			nreasons;		/* of a cancelled transaction */
	DdbReason  *reasons;
	DdbConsumed consumed;
} DdbOutcome;

extern bool ddb_outcome_read(DdbOutcome *outcome, const char *body,
							 size_t len, DdbError *err);

#endif							/* DDB_OUTCOME_H */
