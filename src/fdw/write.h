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

/* How a write that may have been carried out is told from one that wasn't. */
typedef enum DdbWriteKind
{
	DDB_WRITE_INSERT,			/* a PutItem where there is no item */
	DDB_WRITE_ABSOLUTE,			/* done twice, it is done once */
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

/* Does an item look as this write leaves it? */
typedef struct DdbWrite DdbWrite;
typedef bool (*DdbWriteCheck) (const DdbWrite *write, const DdbValue *item);

struct DdbWrite
{
	DdbWriteKind kind;
	DdbAction	action;
	DdbKey		key;
	DdbValue	item;			/* INSERT: what is put */
	DdbWriteCheck is_reached;	/* ABSOLUTE with a condition */
	void	   *arg;			/* the check's, and the sender's */

	/* private to the door */
	DdbCall    *call;
	int			attempts;
	char		token[40];		/* for repetitions; "" if none is needed */

	/* the outcome */
	DdbWriteState state;
	DdbOutcome	outcome;		/* of DONE and REFUSED; slices of the answer */
	DdbError	err;
};

/* The writes of one statement to one foreign table. */
typedef struct DdbWriter DdbWriter;

extern DdbWriter *ddb_write_open(const DdbTableMap *map, Oid serverid,
								 Oid userid);
extern void ddb_write_reset(DdbWriter *writer);
extern MemoryContext ddb_write_get_context(DdbWriter *writer);
extern DdbWrite *ddb_write_create(DdbWriter *writer, DdbActionKind action,
								  DdbWriteKind kind);
extern void ddb_write_send(DdbWriter *writer, DdbWrite *write);
extern void ddb_write_wait(DdbWriter *writer, DdbWrite *write);
extern void ddb_write_drain(DdbWriter *writer);
extern void ddb_write_check(DdbWriter *writer, const DdbWrite *write);
extern char *ddb_write_key_words(const DdbWriter *writer,
								 const DdbWrite *write);
extern const DdbUsage *ddb_write_get_usage(const DdbWriter *writer);

/* Says in every error raised meanwhile how many items stand. */
extern void ddb_write_enter(DdbWriter *writer,
							ErrorContextCallback *callback);
extern void ddb_write_leave(ErrorContextCallback *callback);

#endif							/* DDB_WRITE_H */
