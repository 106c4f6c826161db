/*-------------------------------------------------------------------------
 *
 * budget.c
 *	  How fast a statement may use up a table's capacity, and how much of it
 *	  may be in flight.
 *
 * Units come from a bucket that fills at so many a second and holds a
 * second's worth.  A request takes out what it is expected to cost before it
 * leaves, and settles when the answer says what it did cost; so the bucket may
 * owe, and then nothing leaves until that is paid.  Over t seconds no more
 * than t + 1 seconds' worth is used, and what the last answers were in excess
 * of what was expected of them.
 *
 * What a request costs is known only afterwards, so it is learned: units an
 * item from the pages, units a key from the lookups, until then guessed.
 *
 * Throttling says that there is less than we thought, perhaps because others
 * use it too.  What may be in flight is halved then, once for all requests
 * that were in flight together, and grows by one with as many answers as may
 * be in flight.
 *
 * A budget is for one statement, with all that it calls: what its scans (and
 * those of its functions) read of one table or global index comes from one
 * bucket, and the next statement has a full one.  A cursor keeps its own.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/xact.h"
#include "aws/http.h"
#include "dynamodb/budget.h"
#include "dynamodb/capacity.h"
#include "lib/ilist.h"
#include "utils/memutils.h"

struct DdbBudget
{
	dlist_node	node;			/* in budgets */
	int			holders;
	TimestampTz statement;		/* when it began */
	DdbBudgetSpec spec;			/* its strings are ours */
	DdbBucket	own;
	DdbBucket  *bucket;
	double		item_units;		/* learned, or guessed */
	double		key_units;
	int			window;			/* most that may be in flight */
	int			in_flight;
	int			answers;		/* since the window was changed */
	int64		halved_at;		/* ddb_http_now() */
	int64		successes;
};

static dlist_head budgets = DLIST_STATIC_INIT(budgets);

static void
fill(DdbBucket *bucket, double rate)
{
	int64		now = ddb_http_now();

	/* Another process's clock tick may be ahead of ours by one. */
	if (now > bucket->filled_at)
	{
		bucket->units = Min(rate, bucket->units +
							rate * (now - bucket->filled_at) / 1000.0);
		bucket->filled_at = now;
	}
}

/* Makes a bucket that is full. */
void
ddb_budget_init_bucket(DdbBucket *bucket, double rate)
{
	SpinLockInit(&bucket->mutex);
	bucket->units = rate;
	bucket->filled_at = ddb_http_now();
}

/* Frees budgets of statements that are over. */
static void
forget_old(TimestampTz statement)
{
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &budgets)
	{
		DdbBudget  *budget = dlist_container(DdbBudget, node, iter.cur);

		if (budget->holders > 0 || budget->statement == statement)
			continue;
		dlist_delete(&budget->node);
		pfree(unconstify(char *, budget->spec.server_name));
		pfree(unconstify(char *, budget->spec.table_name));
		pfree(unconstify(char *, budget->spec.index_name));
		pfree(budget);
	}
}

static DdbBudget *
lookup(TimestampTz statement, const DdbBudgetSpec *spec, const char *index)
{
	dlist_iter	iter;

	dlist_foreach(iter, &budgets)
	{
		DdbBudget  *budget = dlist_container(DdbBudget, node, iter.cur);

		if (budget->statement == statement &&
			budget->spec.writes == spec->writes &&
			strcmp(budget->spec.table_name, spec->table_name) == 0 &&
			strcmp(budget->spec.index_name, index) == 0 &&
			strcmp(budget->spec.server_name, spec->server_name) == 0)
			return budget;
	}
	return NULL;
}

static DdbBudget *
create(TimestampTz statement, const DdbBudgetSpec *spec, const char *index)
{
	MemoryContext oldcontext = MemoryContextSwitchTo(TopMemoryContext);
	DdbBudget  *budget = palloc0_object(DdbBudget);

	budget->statement = statement;
	budget->spec = *spec;
	budget->spec.server_name = pstrdup(spec->server_name);
	budget->spec.table_name = pstrdup(spec->table_name);
	budget->spec.index_name = pstrdup(index);
	ddb_budget_init_bucket(&budget->own, spec->rate);
	budget->bucket = &budget->own;
	budget->item_units = spec->item_units;
	budget->key_units = spec->key_units;
	budget->window = spec->concurrency;
	dlist_push_tail(&budgets, &budget->node);
	MemoryContextSwitchTo(oldcontext);
	return budget;
}

/* Memory context callback. */
static void
release(void *arg)
{
	((DdbBudget *) arg)->holders--;
}

/*
 * Foreign tables may say different things of one DynamoDB table, as where each
 * shows another entity.  Who limits its use means the DynamoDB table, so the
 * lowest rate counts, and no limit (0) only where there is none.
 */
static void
lower_rate(DdbBudget *budget, double rate)
{
	if (rate == 0 || (budget->spec.rate > 0 && budget->spec.rate <= rate))
		return;
	if (budget->spec.rate == 0)
		budget->bucket->units = rate;
	budget->spec.rate = rate;
}

/*
 * Returns the budget of this statement for what the spec names, to be used
 * until owner is reset.
 */
DdbBudget *
ddb_budget_get(MemoryContext owner, const DdbBudgetSpec *spec)
{
	TimestampTz statement = GetCurrentStatementStartTimestamp();
	const char *index = spec->index_name ? spec->index_name : "";
	MemoryContextCallback *callback =
		MemoryContextAlloc(owner, sizeof(MemoryContextCallback));
	DdbBudget  *budget;

	forget_old(statement);
	budget = lookup(statement, spec, index);
	if (budget == NULL)
		budget = create(statement, spec, index);
	lower_rate(budget, spec->rate);
	if (budget->window == budget->spec.concurrency ||
		budget->window > spec->concurrency)
		budget->window = spec->concurrency;
	budget->spec.concurrency = spec->concurrency;

	budget->holders++;
	callback->func = release;
	callback->arg = budget;
	MemoryContextRegisterResetCallback(owner, callback);
	return budget;
}

/* Memory context callback.  The shared bucket may be gone already. */
static void
unshare(void *arg)
{
	DdbBudget  *budget = arg;

	budget->bucket = &budget->own;
}

/*
 * Lets a budget, which is held until then, take from a bucket of others too,
 * until owner is reset.
 */
void
ddb_budget_share(DdbBudget *budget, MemoryContext owner, DdbBucket *bucket)
{
	MemoryContextCallback *callback =
		MemoryContextAlloc(owner, sizeof(MemoryContextCallback));

	budget->bucket = bucket;
	callback->func = unshare;
	callback->arg = budget;
	MemoryContextRegisterResetCallback(owner, callback);
}

/*
 * The Limit of a page, or a smaller one with which the page takes a second's
 * worth at most; 0: none.  page_units is what a page without a Limit takes at
 * most.
 */
int64
ddb_budget_limit_page(const DdbBudget *budget, int64 limit, double page_units)
{
	int64		most;

	if (budget->spec.rate == 0 || budget->spec.rate >= page_units)
		return limit;
	most = (int64) Max(1, floor(budget->spec.rate / budget->item_units));
	return limit == 0 ? most : Min(limit, most);
}

/* How many keys a batch may have to take as much at most; 0: any number. */
int
ddb_budget_most_keys(const DdbBudget *budget)
{
	double		keys = floor(budget->spec.rate / budget->key_units);

	if (budget->spec.rate == 0)
		return 0;
	return (int) Max(1, Min(keys, PG_INT32_MAX));
}

/* The units that a page of so many items (0: no Limit) should take. */
double
ddb_budget_expect_page(const DdbBudget *budget, int64 limit,
					   double page_units)
{
	return limit > 0 ? Min(limit * budget->item_units, page_units) :
		page_units;
}

/* The units that so many keys should take. */
double
ddb_budget_expect_keys(const DdbBudget *budget, int n)
{
	return n * budget->key_units;
}

/* A page of so many items took so much. */
void
ddb_budget_learn_page(DdbBudget *budget, double units, int64 items)
{
	if (items <= 0)
		return;
	/* Of few items, most is what a page costs at least: it says no less. */
	if (units > DDB_LEAST_UNITS)
		budget->item_units = Max(units / items, budget->item_units * 0.75);
	else
		budget->item_units = Min(DDB_LEAST_UNITS / items, budget->item_units);
}

/* Keys took so much, where so much had been expected. */
void
ddb_budget_learn_keys(DdbBudget *budget, double expected, double units)
{
	if (expected > 0 && units > 0)
		budget->key_units *= Max(units / expected, 0.75);
}

/* Takes the units out of the bucket, if they are there. */
bool
ddb_budget_reserve(DdbBudget *budget, double units)
{
	DdbBucket  *bucket = budget->bucket;
	bool		enough;

	if (budget->spec.rate == 0)
		return true;
	SpinLockAcquire(&bucket->mutex);
	fill(bucket, budget->spec.rate);
	enough = bucket->units >= Min(units, budget->spec.rate);
	if (enough)
		bucket->units -= units;
	SpinLockRelease(&bucket->mutex);
	return enough;
}

/* So much was taken out for a request, and so much it took. */
void
ddb_budget_settle(DdbBudget *budget, double reserved, double units)
{
	DdbBucket  *bucket = budget->bucket;

	if (budget->spec.rate == 0)
		return;
	SpinLockAcquire(&bucket->mutex);
	fill(bucket, budget->spec.rate);
	bucket->units = Min(budget->spec.rate, bucket->units + reserved - units);
	SpinLockRelease(&bucket->mutex);
}

/* Milliseconds until the units should be there; 0 if they are. */
long
ddb_budget_wait_ms(DdbBudget *budget, double units)
{
	DdbBucket  *bucket = budget->bucket;
	double		missing;

	if (budget->spec.rate == 0)
		return 0;
	SpinLockAcquire(&bucket->mutex);
	fill(bucket, budget->spec.rate);
	missing = Min(units, budget->spec.rate) - bucket->units;
	SpinLockRelease(&bucket->mutex);
	return missing <= 0 ? 0 :
		(long) Min(ceil(missing / budget->spec.rate * 1000), PG_INT32_MAX);
}

/* May another request be in flight? */
bool
ddb_budget_has_room(const DdbBudget *budget)
{
	return budget->in_flight < budget->window;
}

/* One more is. */
void
ddb_budget_enter(DdbBudget *budget)
{
	budget->in_flight++;
}

/* One less is. */
void
ddb_budget_leave(DdbBudget *budget)
{
	budget->in_flight--;
}

/* A request that was sent then (ddb_http_now()) was throttled. */
void
ddb_budget_note_throttle(DdbBudget *budget, int64 sent_at)
{
	if (budget->halved_at != 0 && sent_at <= budget->halved_at)
		return;
	budget->window = Max(1, budget->window / 2);
	budget->halved_at = ddb_http_now();
	budget->answers = 0;
}

/* A request succeeded. */
void
ddb_budget_note_success(DdbBudget *budget)
{
	budget->successes++;
	if (budget->window < budget->spec.concurrency &&
		++budget->answers >= budget->window)
	{
		budget->window++;
		budget->answers = 0;
	}
}

/* How many have succeeded so far: a measure of progress. */
int64
ddb_budget_successes(const DdbBudget *budget)
{
	return budget->successes;
}
