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
	DdbItemKey		key;
	DdbAction  *other;			/* done together with the action, or NULL */
	DdbItemKey		other_key;
	DdbValue	item;			/* what it leaves; for a delete, what it takes */
	DdbWriteCheck is_reached;	/* ABSOLUTE with a condition */
	void	   *arg;			/* the check's, and the sender's */

	/* private to the door */
	DdbWriter  *writer;
	DdbCall    *call;
	int			attempts;

	/* the outcome */
	DdbWriteState state;
	bool		refused_other;	/* REFUSED: by the other action's condition */
	DdbOutcome	outcome;		/* of DONE and REFUSED; slices of the answer */
	DdbError	err;
};

extern DdbWriter *ddb_write_open(const DdbTableMap *map, Oid serverid,
								 Oid userid);
extern DdbWrite *ddb_write_create(DdbWriter *writer, DdbActionKind action,
								  DdbWriteKind kind);
extern void ddb_write_release(DdbWrite *write);
extern void ddb_write_send(DdbWriter *writer, DdbWrite *write);
extern void ddb_write_wait(DdbWriter *writer, DdbWrite *write);
extern void ddb_write_read_item(DdbWriter *writer, DdbWrite *write);
extern void ddb_write_drain(DdbWriter *writer);
extern void ddb_write_check(DdbWriter *writer, const DdbWrite *write);
extern char *ddb_write_key_words(const DdbWriter *writer, const DdbItemKey *key);
pg_noreturn extern void ddb_write_report_duplicate(const DdbWriter *writer,
												   const DdbItemKey *key);
extern const DdbUsage *ddb_write_get_usage(const DdbWriter *writer);

/* Says in every error raised meanwhile how many items stand. */
extern void ddb_write_enter(DdbWriter *writer,
							ErrorContextCallback *callback);
extern void ddb_write_leave(ErrorContextCallback *callback);

#endif							/* DDB_WRITE_H */
