/*-------------------------------------------------------------------------
 *
 * cookie.c
 *	  Items as they were read, kept until their rows are written.
 *
 * An UPDATE or DELETE is made on the condition that the item is still what
 * the decision was based on, in DynamoDB's values: a row has lost whether a
 * NULL was an attribute, and how a time was spelt.  So the scan keeps the
 * item, and the row carries where it is kept, in the place where a row of an
 * ordinary table carries its ctid; that passes through joins, sorts and
 * spools like any column.
 *
 * Items are kept for the statement: in memory up to work_mem, or what one
 * allocation can hold, then in a file.  They are found by their offset, of
 * which a ctid holds 47 bits.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "fdw/cookie.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "nodes/pg_list.h"
#include "nodes/plannodes.h"
#include "storage/buffile.h"
#include "utils/memutils.h"

/* A BufFile's segments, in bytes. */
#define SEGMENT_SIZE INT64CONST(0x40000000)

/* Bits of the offset in the part of a ctid that must not be 0. */
#define LOW_BITS 15

/* A statement's items. */
typedef struct Jar
{
	EState	   *estate;
	MemoryContextCallback callback;
	StringInfoData memory;		/* the first of them */
	BufFile    *file;			/* the others; NULL until there are any */
	int64		end;			/* where the next one goes */
} Jar;

static List *jars = NIL;		/* in TopMemoryContext */

/*
 * Memory context callback: the statement is over.  After an error its file
 * has been closed already.
 */
static void
forget_jar(void *arg)
{
	jars = list_delete_ptr(jars, arg);
}

static Jar *
lookup_jar(const EState *estate)
{
	ListCell   *lc;

	foreach(lc, jars)
	{
		Jar		   *jar = lfirst(lc);

		if (jar->estate == estate)
			return jar;
	}
	return NULL;
}

static Jar *
get_jar(EState *estate)
{
	Jar		   *jar = lookup_jar(estate);
	MemoryContext oldcontext;

	if (jar != NULL)
		return jar;
	oldcontext = MemoryContextSwitchTo(estate->es_query_cxt);
	jar = palloc0_object(Jar);
	jar->estate = estate;
	initStringInfo(&jar->memory);
	jar->callback.func = forget_jar;
	jar->callback.arg = jar;
	MemoryContextSwitchTo(TopMemoryContext);
	jars = lappend(jars, jar);
	MemoryContextRegisterResetCallback(estate->es_query_cxt, &jar->callback);
	MemoryContextSwitchTo(oldcontext);
	return jar;
}

/*
 * Does a scan read the rows that its statement updates or deletes?
 */
bool
ddb_cookie_is_wanted(const ScanState *node)
{
	const Scan *plan = (const Scan *) node->ps.plan;
	const PlannedStmt *stmt = node->ps.state->es_plannedstmt;

	/* nothing scans what an INSERT adds to, but its WITH may delete */
	return stmt != NULL && ddb_is_result_relation(stmt, plan->scanrelid);
}

/* Goes to the place of an item that isn't in memory. */
static void
seek_item(Jar *jar, int64 offset)
{
	int64		place = offset - jar->memory.len;

	if (BufFileSeek(jar->file, (int) (place / SEGMENT_SIZE),
					(off_t) (place % SEGMENT_SIZE), SEEK_SET) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not seek in a temporary file")));
}

/*
 * Keeps an item of the current statement; tid is what it is found by.
 */
void
ddb_cookie_keep(EState *estate, const char *item, size_t len, ItemPointer tid)
{
	Jar		   *jar = get_jar(estate);
	uint32		size = (uint32) len;
	int64		offset = jar->end;

	jar->end += sizeof(size) + size;
	if (jar->file == NULL && jar->end < (int64) MaxAllocSize &&
		jar->end <= (int64) work_mem * 1024)
	{
		appendBinaryStringInfo(&jar->memory, (const char *) &size,
							   sizeof(size));
		appendBinaryStringInfo(&jar->memory, item, (int) len);
	}
	else
	{
		MemoryContext oldcontext =
			MemoryContextSwitchTo(estate->es_query_cxt);

		if (jar->file == NULL)
			jar->file = BufFileCreateTemp(false);
		seek_item(jar, offset);
		BufFileWrite(jar->file, &size, sizeof(size));
		BufFileWrite(jar->file, unconstify(char *, item), len);
		MemoryContextSwitchTo(oldcontext);
	}
	ItemPointerSet(tid, (BlockNumber) (offset >> LOW_BITS),
				   (OffsetNumber) ((offset & ((1 << LOW_BITS) - 1)) + 1));
}

/*
 * The item that a row was made of, palloc'd in the current context.
 */
char *
ddb_cookie_fetch(EState *estate, const ItemPointerData *tid, size_t *len)
{
	Jar		   *jar = lookup_jar(estate);
	int64		offset;
	uint32		size;
	char	   *item;

	if (jar == NULL)
		elog(ERROR, "no items are kept for this statement");
	offset = ((int64) ItemPointerGetBlockNumberNoCheck(tid) << LOW_BITS) +
		ItemPointerGetOffsetNumberNoCheck(tid) - 1;
	if (offset < jar->memory.len)
	{
		memcpy(&size, jar->memory.data + offset, sizeof(size));
		item = palloc((Size) size + 1);
		memcpy(item, jar->memory.data + offset + sizeof(size), size);
	}
	else
	{
		seek_item(jar, offset);
		ddb_compat_read_file(jar->file, &size, sizeof(size));
		item = palloc((Size) size + 1);
		ddb_compat_read_file(jar->file, item, size);
	}
	item[size] = '\0';
	*len = size;
	return item;
}

/*
 * Gives up what is kept for a statement that has come to its end.
 */
void
ddb_cookie_close(EState *estate)
{
	Jar		   *jar = lookup_jar(estate);

	if (jar == NULL || jar->file == NULL)
		return;
	BufFileClose(jar->file);
	jar->file = NULL;
}
