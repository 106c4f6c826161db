/*-------------------------------------------------------------------------
 *
 * write.h
 *	  What is to happen to one item, and the one door through which that goes
 *	  to DynamoDB.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_WRITE_H
#define DDB_WRITE_H

#include "dynamodb/action.h"
#include "dynamodb/client.h"
#include "dynamodb/outcome.h"
#include "mapping/row.h"
#include "nodes/nodes.h"

/*
 * BatchWriteItem takes no more items.  It takes more bytes, but these are as
 * many write units as a partition has in two seconds.
 */
#define DDB_WRITE_BATCH_ITEMS 25
#define DDB_WRITE_BATCH_BYTES (2 * 1024 * 1024)

/* How a write that may have been carried out is told from one that wasn't. */
typedef enum DdbWriteKind
{
	DDB_WRITE_INSERT,			/* a PutItem where there is no item */
	DDB_WRITE_ABSOLUTE,			/* done twice, it is done once */
	DDB_WRITE_CLAIM,			/* so is this, but by one session alone */
	DDB_WRITE_DERIVED,			/* from what it replaces, which it compares */
	DDB_WRITE_RELATIVE,			/* arithmetic: nothing tells */
} DdbWriteKind;

typedef enum DdbWriteState
{
	DDB_WRITE_NEW,
	DDB_WRITE_IN_FLIGHT,
	DDB_WRITE_DONE,
	DDB_WRITE_REFUSED,			/* its condition wasn't met */
	DDB_WRITE_FAILED,			/* it didn't happen: err says why */
	DDB_WRITE_UNKNOWN,			/* it may have happened: err says why */
} DdbWriteState;

/* The writes of one statement to one foreign table. */
typedef struct DdbWriter DdbWriter;

typedef struct DdbWrite DdbWrite;

/* Does an item (MISSING: none) look as this write leaves it? */
typedef bool (*DdbWriteCheck) (const DdbWrite *write, const DdbValue *item);

struct DdbWrite
{
	MemoryContext context;		/* holds all of it */
	DdbWriteKind kind;
	DdbAction	action;
	DdbItemKey	key;
	DdbAction  *other;			/* done together with the action, or NULL */
	DdbItemKey	other_key;
	List	   *batch;			/* instead of all that: DdbWrite, without
								 * condition, which go in one BatchWriteItem */
	DdbValue	item;			/* what it leaves, or a delete takes */
	DdbWriteCheck is_reached;	/* of a write that is repeated, or NULL */
	void	   *arg;			/* the check's, and the sender's */

	/* private to the door */
	DdbWriter  *writer;
	DdbCall    *call;
	bool		has_token;		/* the service tells repetitions from it */
	double		expected;		/* units that it should take */
	int			attempts;
	int			nitems;			/* that have no answer yet */

	/* the outcome */
	DdbWriteState state;
	bool		refused_other;	/* REFUSED: by the other action's condition */
	bool		stopped;		/* FAILED or UNKNOWN as another had failed */
	DdbOutcome	outcome;		/* of DONE and REFUSED; slices of the answer */
	DdbError	err;
};

extern DdbWriter *ddb_write_open(const DdbTableMap *map, Oid serverid,
								 Oid userid);
extern DdbWrite *ddb_write_create(DdbWriter *writer, DdbActionKind action,
								  DdbWriteKind kind);
extern DdbWrite *ddb_write_create_batch(DdbWriter *writer, List *writes);
extern void ddb_write_release(DdbWrite *write);
extern void ddb_write_await_room(DdbWriter *writer, const DdbWrite *write);
extern void ddb_write_send(DdbWriter *writer, DdbWrite *write);
extern void ddb_write_wait(DdbWriter *writer, DdbWrite *write);
extern void ddb_write_read_item(DdbWriter *writer, DdbWrite *write);
extern void ddb_write_drain(DdbWriter *writer);
extern void ddb_write_stop(DdbWriter *writer);
extern void ddb_write_check(DdbWriter *writer, const DdbWrite *write);
extern char *ddb_write_key_words(const DdbWriter *writer, const DdbItemKey *key);
pg_noreturn extern void ddb_write_report_duplicate(const DdbWriter *writer,
												   const DdbItemKey *key);
extern bool ddb_write_takes_token(Oid serverid, DdbWriteKind kind);
extern char *ddb_write_operation_name(Oid serverid, CmdType operation,
									  DdbWriteKind kind);
extern const DdbUsage *ddb_write_get_usage(const DdbWriter *writer);

/* For a statement that has failed, by the context in which it is executed. */
extern bool ddb_write_is_any(MemoryContext statement);
extern void ddb_write_stop_all(MemoryContext statement);
extern char *ddb_write_describe(MemoryContext statement);

/*
 * One call of the executor's.  Meanwhile every error says how many items
 * stand, and the current context is one that lives until the next such call.
 */
typedef struct DdbWriteEntry
{
	ErrorContextCallback callback;
	MemoryContext oldcontext;
} DdbWriteEntry;

extern void ddb_write_enter(DdbWriter *writer, DdbWriteEntry *entry);
extern void ddb_write_leave(DdbWriteEntry *entry);

#endif							/* DDB_WRITE_H */
