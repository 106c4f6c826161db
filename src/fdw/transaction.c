/*-------------------------------------------------------------------------
 *
 * transaction.c
 *	  What a transaction has written, and what becomes of it.
 *
 * DynamoDB's writes go out as the statement runs and stand, whatever the
 * transaction does.  So they are counted, subtransaction by subtransaction:
 * a rollback says how many items it doesn't undo, and PREPARE TRANSACTION,
 * which would promise that it can be, is refused.
 *
 * Which tables this session wrote is remembered a little longer: who has
 * just written wants to read what he wrote.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "fdw/transaction.h"
#include "nodes/pg_list.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* How long reads see one's own writes after the transaction has ended. */
#define RECENT_WRITE_MS 5000

/* Items by (sub)transaction, the outermost first. */
typedef struct Counts
{
	int			level;			/* of nesting */
	int64		sent;
	int64		answered;
	int64		written;
} Counts;

/* A table this session has written. */
typedef struct WrittenTable
{
	char	   *name;			/* without what an ARN has before it */
	TimestampTz last;
	TimestampTz transaction;	/* when the one that wrote began */
} WrittenTable;

static bool registered = false;
static int64 total = 0;			/* items written or perhaps written, whatever
								 * was rolled back since */
static List *counts = NIL;		/* in TopTransactionContext */
static List *tables = NIL;		/* in TopMemoryContext */

static void
warn(int64 sent, int64 answered, int64 written)
{
	if (written == 0 && sent == answered)
		return;
	ereport(WARNING,
			(errmsg("rollback does not undo what was written to DynamoDB"),
			 sent > answered ?
			 errdetail("Items written: %lld.  Up to %lld more may have been.",
					   (long long) written, (long long) (sent - answered)) :
			 errdetail("Items written: %lld.", (long long) written)));
}

/* Ends the counts of a level and those within, into the one around it. */
static void
end_level(int level, bool commit)
{
	while (counts != NIL && ((Counts *) llast(counts))->level >= level)
	{
		Counts	   *last = llast(counts);
		Counts	   *outer;

		counts = list_delete_last(counts);
		if (!commit)
		{
			warn(last->sent, last->answered, last->written);
			continue;
		}
		outer = counts != NIL ? llast(counts) : NULL;
		if (outer != NULL && outer->level == level - 1)
		{
			outer->sent += last->sent;
			outer->answered += last->answered;
			outer->written += last->written;
			pfree(last);
		}
		else
		{
			MemoryContext oldcontext =
				MemoryContextSwitchTo(TopTransactionContext);

			last->level = level - 1;
			counts = lappend(counts, last);
			MemoryContextSwitchTo(oldcontext);
			break;
		}
	}
}

static void
end_subtransaction(SubXactEvent event, SubTransactionId mine,
				   SubTransactionId parent, void *arg)
{
	if (event == SUBXACT_EVENT_COMMIT_SUB || event == SUBXACT_EVENT_ABORT_SUB)
		end_level(GetCurrentTransactionNestLevel(),
				  event == SUBXACT_EVENT_COMMIT_SUB);
}

/* Has this transaction written anything, or may it have? */
static bool
has_written(void)
{
	ListCell   *lc;

	foreach(lc, counts)
	{
		Counts	   *c = lfirst(lc);

		if (c->written > 0 || c->sent > c->answered)
			return true;
	}
	return false;
}

/* In one WARNING, however many savepoints there are. */
static void
warn_of_all(void)
{
	Counts		sum = {0};
	ListCell   *lc;

	foreach(lc, counts)
	{
		Counts	   *c = lfirst(lc);

		sum.sent += c->sent;
		sum.answered += c->answered;
		sum.written += c->written;
	}
	counts = NIL;
	warn(sum.sent, sum.answered, sum.written);
}

static void
end_transaction(XactEvent event, void *arg)
{
	switch (event)
	{
		case XACT_EVENT_PRE_PREPARE:
			if (has_written())
				ereport(ERROR,
						(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						 errmsg("cannot PREPARE a transaction that has written to DynamoDB"),
						 errdetail("What was written stands already.")));
			break;
		case XACT_EVENT_ABORT:
			warn_of_all();
			total = 0;
			break;
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_PREPARE:
			counts = NIL;
			total = 0;
			break;
		default:
			break;
	}
}

/* The counts of the current (sub)transaction. */
static Counts *
get_counts(void)
{
	int			level = GetCurrentTransactionNestLevel();
	MemoryContext oldcontext;
	Counts	   *last;

	if (!registered)
	{
		RegisterXactCallback(end_transaction, NULL);
		RegisterSubXactCallback(end_subtransaction, NULL);
		registered = true;
	}
	if (counts != NIL)
	{
		last = llast(counts);
		if (last->level == level)
			return last;
	}
	oldcontext = MemoryContextSwitchTo(TopTransactionContext);
	last = palloc0_object(Counts);
	last->level = level;
	counts = lappend(counts, last);
	MemoryContextSwitchTo(oldcontext);
	return last;
}

/* A table's name without what stands before it in its ARN. */
static const char *
bare_name(const char *table_name)
{
	const char *slash = strstr(table_name, ":table/");

	return slash != NULL ? slash + strlen(":table/") : table_name;
}

static WrittenTable *
lookup_table(const char *name)
{
	ListCell   *lc;

	foreach(lc, tables)
	{
		WrittenTable *table = lfirst(lc);

		if (strcmp(table->name, name) == 0)
			return table;
	}
	return NULL;
}

/*
 * Notes that a request is on its way that writes so many items of a table.
 */
void
ddb_transaction_note_sent(const char *table_name, int64 items)
{
	const char *name = bare_name(table_name);
	WrittenTable *table = lookup_table(name);

	get_counts()->sent += items;
	total += items;
	if (table == NULL)
	{
		MemoryContext oldcontext = MemoryContextSwitchTo(TopMemoryContext);

		table = palloc0_object(WrittenTable);
		table->name = pstrdup(name);
		tables = lappend(tables, table);
		MemoryContextSwitchTo(oldcontext);
	}
	table->last = GetCurrentTimestamp();
	table->transaction = GetCurrentTransactionStartTimestamp();
}

/*
 * Notes what has become of items that were sent: so many have an answer, and
 * so many of these were written.
 */
void
ddb_transaction_note_answered(int64 items, int64 written)
{
	Counts	   *c = get_counts();

	c->answered += items;
	c->written += written;
	total -= items - written;
}

/*
 * The SQLSTATE of a conflict with somebody else, and a hint.  Who repeats
 * transactions does so at a serialization failure: it is one only where
 * nothing stands, or may, that this one has written.
 */
int
ddb_transaction_judge_conflict(char **hint)
{
	if (total == 0)
	{
		*hint = _("The transaction might succeed if retried.");
		return ERRCODE_T_R_SERIALIZATION_FAILURE;
	}
	*hint = psprintf(_("Do not simply repeat the transaction: %lld items that it wrote stand."),
					 (long long) total);
	return ERRCODE_FDW_ERROR;
}

/*
 * Has the current transaction written the DynamoDB table, or this session
 * within the last seconds?  Tables of the same name on other servers count
 * as the same one: two servers may lead to one table, and the answer only
 * makes reads consistent.
 */
bool
ddb_transaction_has_recent_write(const char *table_name)
{
	WrittenTable *table = lookup_table(bare_name(table_name));

	if (table == NULL)
		return false;
	if (table->transaction == GetCurrentTransactionStartTimestamp())
		return true;
	return !TimestampDifferenceExceeds(table->last, GetCurrentTimestamp(),
									   RECENT_WRITE_MS);
}
