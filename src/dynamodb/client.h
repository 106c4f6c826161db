/*-------------------------------------------------------------------------
 *
 * client.h
 *	  A DynamoDB client for one server and one identity: signs, sends,
 *	  retries, waits on the latch.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_CLIENT_H
#define DDB_CLIENT_H

#include "base/error.h"
#include "base/option.h"
#include "dynamodb/budget.h"
#include "dynamodb/capacity.h"

typedef struct DdbClient DdbClient;

/* One operation, repeated as often as its failures allow. */
typedef struct DdbCall DdbCall;

/*
 * Creates a client under the given context, and everything it owns with it.
 * Sends nothing.  Raises where options contradict each other: no region,
 * http to a foreign host, no credentials.
 */
extern DdbClient *ddb_client_create(MemoryContext parent,
									const char *server_name,
									const DdbServerOptions *server,
									const DdbMappingOptions *mapping);

/* Keeps the client usable until context is reset. */
extern void ddb_client_hold(DdbClient *client, MemoryContext context);

/*
 * Starts an operation ("Query") and returns at once.  The call lives in
 * owner and is aborted when owner is reset.  usage must live as long:
 * requests, retries and throttled are counted there.  The body is copied.
 * repeatable: a request that may have been executed may be sent again.
 */
extern DdbCall *ddb_client_start(DdbClient *client, MemoryContext owner,
								 const char *operation,
								 const char *body, size_t len,
								 bool repeatable, DdbUsage *usage);

/*
 * The same within a budget, which must live as long as the call: sent as soon
 * as the units that it is expected to take are there.  budget may be NULL.
 */
extern DdbCall *ddb_client_start_within(DdbClient *client,
										MemoryContext owner,
										const char *operation,
										const char *body, size_t len,
										bool repeatable, DdbUsage *usage,
										DdbBudget *budget, double units);

/*
 * Repeats what may have been executed no later than so long after it was
 * sent: its token is forgotten.
 */
extern void ddb_client_limit_repeats(DdbCall *call, int64 ms);

/* Counts units and items in the session's statistics. */
extern void ddb_client_count(DdbCall *call, double units, int64 items);

/* Says what a call that succeeded took of its budget, by ConsumedCapacity. */
extern void ddb_client_settle(DdbCall *call, double units);

/* The server's name, for messages and budgets. */
extern const char *ddb_client_server_name(const DdbClient *client);

/*
 * Asks for what a batch left undone, whose answer is that of call.  progress:
 * it left less than it was given.  NULL, and *err says why, where the service
 * has got nowhere for too long.
 */
extern DdbCall *ddb_client_start_rest(DdbCall *call, MemoryContext owner,
									  const char *body, size_t len,
									  bool progress, DdbError *err);

/* Drives transfers and due retries; true once the outcome is known. */
extern bool ddb_client_poll(DdbCall *call);

/*
 * No more tries: what is in flight may still be answered, what backs off is
 * over.
 */
extern void ddb_client_give_up(DdbCall *call);

/* Waits, interruptibly, until the outcome is known. */
extern void ddb_client_wait(DdbCall *call);

/* Waits, interruptibly, until something has happened to any call. */
extern void ddb_client_wait_for_any(void);

/*
 * For whoever waits himself: a descriptor that is readable once something has
 * happened to any call.  The caller owns it; -1 if there is none (errno).
 */
extern int	ddb_client_dup_descriptor(void);

/*
 * The outcome, once known.  True: the answer's body, owned by the call.
 * False: *err says why.
 */
extern bool ddb_client_get_answer(DdbCall *call, const char **body,
								  size_t *len, DdbError *err);

/*
 * The body of the answer that an outcome of false was told by, owned by the
 * call; false if there was none.
 */
extern bool ddb_client_get_refusal(DdbCall *call, const char **body,
								   size_t *len);

/* Aborts what is in flight and frees the call.  NULL is allowed. */
extern void ddb_client_release(DdbCall *call);

/*
 * Start, wait and take the answer, palloc'd and NUL-terminated in the
 * current context; raises on failure.  table_name, for messages, may be
 * NULL.
 */
extern char *ddb_client_call(DdbClient *client, const char *operation,
							 const char *body, size_t len, bool repeatable,
							 const char *table_name, size_t *answer_len);

#endif							/* DDB_CLIENT_H */
