/*-------------------------------------------------------------------------
 *
 * sample.c
 *	  Pages of a table's segments, for as long as a budget of read units
 *	  lasts.
 *
 * Segments are what Scan divides a table into: each has the items whose
 * partition keys hash into its part of all hashes, so a few segments of many
 * are a random choice of partition keys.
 *
 * Reads are eventually consistent, at half the price.  A page costs at least
 * half a unit, even an empty one for which an emulator counts nothing.  What
 * the next page will cost isn't known: it is taken to be as dear as the
 * dearest so far.
 *
 * How fast the budget is spent is read_capacity's to say, as with any read.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "dynamodb/capacity.h"
#include "fdw/sample.h"

/* The most that a page takes. */
#define PAGE_UNITS		(DDB_PAGE_BYTES / DDB_SAMPLE_UNIT_BYTES)

/*
 * Begins to sample a table.  The client must be held for as long, budget and
 * name (UTF-8) be there as long.  Sends nothing.
 */
void
ddb_sample_init(DdbSampler *sampler, DdbClient *client,
				const char *table_name, double read_units, DdbBudget *budget)
{
	memset(sampler, 0, sizeof(*sampler));
	sampler->client = client;
	sampler->table_name = table_name;
	sampler->usage.table_name = table_name;
	sampler->read_units = read_units;
	sampler->budget = budget;
	sampler->dearest = DDB_LEAST_UNITS;
}

/* Does the budget allow so many pages more? */
bool
ddb_sample_affords(const DdbSampler *sampler, int pages)
{
	return sampler->usage.units +
		(sampler->in_flight + pages) * sampler->dearest <=
		sampler->read_units;
}

/* The bytes of an item on average, as far as read; else what is given. */
double
ddb_sample_item_bytes(const DdbSampler *sampler, double unknown)
{
	if (sampler->usage.items_scanned == 0)
		return unknown;
	return Max(1.0, sampler->usage.units * DDB_SAMPLE_UNIT_BYTES /
			   sampler->usage.items_scanned);
}

static DdbCall *
start(DdbSampler *sampler, const DdbRequest *request, int64 limit,
	  const char *start_key, size_t start_key_len)
{
	StringInfoData body;
	DdbCall    *call;

	limit = ddb_budget_limit_page(sampler->budget, limit, PAGE_UNITS);
	initStringInfo(&body);
	ddb_request_render(request, &body, limit, start_key, start_key_len);
	call = ddb_client_start_within(sampler->client, CurrentMemoryContext,
								   ddb_request_operation_name(request->operation),
								   body.data, body.len, true, &sampler->usage,
								   sampler->budget,
								   ddb_budget_expect_page(sampler->budget,
														  limit, PAGE_UNITS));
	pfree(body.data);
	sampler->in_flight++;
	return call;
}

/* Opens a copy of an answer, in the current context. */
static bool
open_copy(const char *answer, size_t len, DdbPage *page, DdbError *err)
{
	char	   *body = palloc(len + 1);

	memcpy(body, answer, len);
	body[len] = '\0';
	return ddb_page_open(page, body, len, err);
}

/* Waits for a call, opens a copy of its answer, and counts what it took. */
static bool
finish(DdbSampler *sampler, DdbCall *call, DdbPage *page, DdbError *err)
{
	const char *answer;
	size_t		len;
	bool		opened;

	ddb_client_wait(call);
	sampler->in_flight--;
	opened = ddb_client_get_answer(call, &answer, &len, err) &&
		open_copy(answer, len, page, err);
	if (opened)
	{
		double		units = page->consumed.total;
		int64		items = Max(page->scanned_count, 0);

		ddb_client_count(call, units, items);
		ddb_client_settle(call, units);
		ddb_budget_learn_page(sampler->budget, units, items);
		units = Max(units, DDB_LEAST_UNITS);
		sampler->usage.units += units;
		sampler->usage.items_scanned += items;
		sampler->dearest = Max(sampler->dearest, units);
	}
	ddb_client_release(call);
	return opened;
}

/*
 * Asks for the next page of a segment, of so many items, or fewer if that
 * takes more than a second's worth; limit 0: as large as it gets.  The call
 * lives in the current context.
 */
void
ddb_sample_ask(DdbSampler *sampler, DdbSegment *segment, int64 limit)
{
	DdbRequest	request;

	ddb_request_init(&request, DDB_SCAN, sampler->table_name, NULL, false);
	ddb_request_set_segment(&request, segment->number, segment->total);
	segment->call = start(sampler, &request, limit, segment->next,
						  segment->next_len);
}

/*
 * Waits for the page that was asked for.  Its bytes are palloc'd in the
 * current context, as is what next points to.  False, and *err set, where
 * there is no answer; raises on interrupts.
 */
bool
ddb_sample_receive(DdbSampler *sampler, DdbSegment *segment, DdbError *err)
{
	DdbCall    *call = segment->call;

	segment->call = NULL;
	if (!finish(sampler, call, &segment->page, err))
		return false;
	segment->finished = segment->page.last_key == NULL;
	segment->next = segment->page.last_key;
	segment->next_len = segment->page.last_key_len;
	return true;
}

/*
 * Sends any read and waits for its page, within the same budget and to the
 * same effect.
 */
bool
ddb_sample_read(DdbSampler *sampler, const DdbRequest *request, int64 limit,
				const char *start_key, size_t start_key_len, DdbPage *page,
				DdbError *err)
{
	return finish(sampler,
				  start(sampler, request, limit, start_key, start_key_len),
				  page, err);
}
