/*-------------------------------------------------------------------------
 *
 * sample.h
 *	  Pages of a table's segments, for as long as a budget of read units
 *	  lasts: what IMPORT and ANALYZE look at.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_SAMPLE_H
#define DDB_SAMPLE_H

#include "dynamodb/budget.h"
#include "dynamodb/client.h"
#include "dynamodb/page.h"
#include "dynamodb/request.h"

/* What is read for a unit. */
#define DDB_SAMPLE_UNIT_BYTES	8192.0

typedef struct DdbSampler
{
	DdbClient  *client;			/* held by the caller */
	const char *table_name;
	double		read_units;		/* the budget */
	DdbUsage	usage;
	DdbBudget  *budget;			/* its pace */
	int			in_flight;
	double		dearest;		/* the most that a page has cost so far */
} DdbSampler;

/* One segment of the table, and how far it has been read. */
typedef struct DdbSegment
{
	int			number;
	int			total;
	DdbCall    *call;			/* in flight, or NULL */
	DdbPage		page;			/* what came last */
	const char *next;			/* where to go on, JSON; NULL: at the start */
	size_t		next_len;
	bool		finished;		/* read to its end */
} DdbSegment;

extern void ddb_sample_init(DdbSampler *sampler, DdbClient *client,
							const char *table_name, double read_units,
							DdbBudget *budget);
extern bool ddb_sample_affords(const DdbSampler *sampler, int pages);
extern double ddb_sample_item_bytes(const DdbSampler *sampler,
									double unknown);
extern void ddb_sample_ask(DdbSampler *sampler, DdbSegment *segment,
						   int64 limit);
extern bool ddb_sample_receive(DdbSampler *sampler, DdbSegment *segment,
							   DdbError *err);
extern bool ddb_sample_read(DdbSampler *sampler, const DdbRequest *request,
							int64 limit, const char *start_key,
							size_t start_key_len, DdbPage *page,
							DdbError *err);

#endif							/* DDB_SAMPLE_H */
