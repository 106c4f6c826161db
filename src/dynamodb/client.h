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

extern DdbClient *ddb_client_create(MemoryContext parent,
									const char *server_name,
									const DdbServerOptions *server,
									const DdbMappingOptions *mapping);
extern void ddb_client_hold(DdbClient *client, MemoryContext context);
extern DdbCall *ddb_client_start(DdbClient *client, MemoryContext owner,
								 const char *operation,
								 const char *body, size_t len,
								 bool repeatable, DdbUsage *usage);
extern DdbCall *ddb_client_start_within(DdbClient *client,
										MemoryContext owner,
										const char *operation,
										const char *body, size_t len,
										bool repeatable, DdbUsage *usage,
										DdbBudget *budget, double units);
extern void ddb_client_limit_repeats(DdbCall *call, int64 ms);
extern void ddb_client_count(DdbCall *call, double units, int64 items);
extern void ddb_client_settle(DdbCall *call, double units);
extern const char *ddb_client_server_name(const DdbClient *client);
extern DdbCall *ddb_client_start_rest(DdbCall *call, MemoryContext owner,
									  const char *body, size_t len,
									  bool progress, DdbError *err);
extern bool ddb_client_poll(DdbCall *call);
extern void ddb_client_give_up(DdbCall *call);
extern void ddb_client_wait(DdbCall *call);
extern void ddb_client_wait_for_any(void);
extern int	ddb_client_dup_descriptor(void);
extern bool ddb_client_get_answer(DdbCall *call, const char **body,
								  size_t *len, DdbError *err);
extern bool ddb_client_get_refusal(DdbCall *call, const char **body,
								   size_t *len);
extern void ddb_client_release(DdbCall *call);
extern char *ddb_client_call(DdbClient *client, const char *operation,
							 const char *body, size_t len, bool repeatable,
							 const char *table_name, size_t *answer_len);

#endif							/* DDB_CLIENT_H */
