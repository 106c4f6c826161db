/*-------------------------------------------------------------------------
 *
 * budget.h
 *	  How fast a statement may use up a table's capacity, and how much of it
 *	  may be in flight.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_BUDGET_H
#define DDB_BUDGET_H

#include "storage/spin.h"

typedef struct DdbBudget DdbBudget;

/*
 * What is left of a second's worth of units; below 0, what is owed.  It may
 * lie in memory that several processes share.
 */
typedef struct DdbBucket
{
	slock_t		mutex;
	double		units;
	int64		filled_at;		/* ddb_http_now() */
} DdbBucket;

/* Whose capacity, and how much of it. */
typedef struct DdbBudgetSpec
{
	const char *server_name;
	const char *table_name;
	const char *index_name;		/* a global index; NULL: the table */
	bool		writes;
	double		rate;			/* units a second; 0: any number */
	int			concurrency;	/* most requests in flight */
	double		item_units;		/* guesses: one item of a page... */
	double		key_units;		/* ...and one that is asked for by its key */
} DdbBudgetSpec;

extern DdbBudget *ddb_budget_get(MemoryContext owner,
								 const DdbBudgetSpec *spec);

/* A bucket that several processes take from, for as long as owner lives. */
extern void ddb_budget_init_bucket(DdbBucket *bucket, double rate);
extern void ddb_budget_share(DdbBudget *budget, MemoryContext owner,
							 DdbBucket *bucket);

/* What a request is expected to take, and how large it may be. */
extern int64 ddb_budget_limit_page(const DdbBudget *budget, int64 limit,
								   double page_units);
extern int	ddb_budget_most_keys(const DdbBudget *budget);
extern double ddb_budget_expect_page(const DdbBudget *budget, int64 limit,
									 double page_units);
extern double ddb_budget_expect_keys(const DdbBudget *budget, int n);
extern void ddb_budget_learn_page(DdbBudget *budget, double units,
								  int64 items);
extern void ddb_budget_learn_keys(DdbBudget *budget, double expected,
								  double units);

/* For the client, which asks before each try. */
extern bool ddb_budget_reserve(DdbBudget *budget, double units);
extern void ddb_budget_settle(DdbBudget *budget, double reserved,
							  double units);
extern long ddb_budget_wait_ms(DdbBudget *budget, double units);
extern bool ddb_budget_has_room(const DdbBudget *budget);
extern void ddb_budget_enter(DdbBudget *budget);
extern void ddb_budget_leave(DdbBudget *budget);
extern void ddb_budget_note_throttle(DdbBudget *budget, int64 sent_at);
extern void ddb_budget_note_success(DdbBudget *budget);
extern int64 ddb_budget_successes(const DdbBudget *budget);

#endif							/* DDB_BUDGET_H */
