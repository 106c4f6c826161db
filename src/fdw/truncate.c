/*-------------------------------------------------------------------------
 *
 * truncate.c
 *	  TRUNCATE.
 *
 * DynamoDB has no such thing: the keys of all items are read, strongly
 * consistently, and each item is deleted, many at a time by BatchWriteItem.
 * That costs what reading the table costs, and what writing each item once
 * would, at the pace of each; hence the option truncatable, without which it
 * is refused.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "dynamodb/capacity.h"
#include "dynamodb/page.h"
#include "dynamodb/request.h"
#include "fdw/pace.h"
#include "fdw/relation.h"
#include "fdw/session.h"
#include "fdw/truncate.h"
#include "fdw/write.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/rel.h"

/* The most that a page takes. */
#define PAGE_UNITS		((double) DDB_PAGE_BYTES / DDB_READ_UNIT_BYTES)

/* The Scan of all keys. */
static void
build_scan(const DdbTableMap *map, DdbRequest *request)
{
	const DdbIndex *primary = &map->schema->primary;
	StringInfoData text;

	ddb_request_init(request, DDB_SCAN, map->options.table_name, NULL, true);
	initStringInfo(&text);
	ddb_expression_append_name(&request->expression, &text,
							   primary->partition[0].name);
	if (primary->nsort > 0)
	{
		appendStringInfoChar(&text, ',');
		ddb_expression_append_name(&request->expression, &text,
								   primary->sort[0].name);
	}
	ddb_request_set_text(request, "ProjectionExpression", text.data);
}

static DdbWrite *
build_delete(DdbWriter *writer, const DdbTableMap *map, const DdbPage *page)
{
	DdbWrite   *write = ddb_write_create(writer, DDB_ACTION_DELETE,
										 DDB_WRITE_ABSOLUTE);
	MemoryContext oldcontext = MemoryContextSwitchTo(write->context);
	char	   *json = pnstrdup(page->item, page->item_len);
	DdbValue	item;

	if (!ddb_value_parse_item(json, page->item_len, &item))
		elog(ERROR, "could not parse an item that was read");
	ddb_row_make_key(map, &item, &write->key);
	write->action.item = write->key.json;
	MemoryContextSwitchTo(oldcontext);
	return write;
}

/* Sends a batch, if none of those before it has failed. */
static void
send_batch(DdbWriter *writer, List *batch, List **sent)
{
	DdbWrite   *write = ddb_write_create_batch(writer, batch);
	ListCell   *lc;

	ddb_write_await_room(writer, write);
	foreach(lc, *sent)
		ddb_write_check(writer, lfirst(lc));
	ddb_write_send(writer, write);
	*sent = lappend(*sent, write);
}

/* Deletes the items of a page, and waits for the answers. */
static void
delete_page(DdbWriter *writer, const DdbTableMap *map, DdbPage *page)
{
	DdbWanted  *wanted = ddb_page_wanted_create(0, NULL);
	List	   *batch = NIL;
	List	   *sent = NIL;
	DdbError	err;
	ListCell   *lc;

	ddb_error_clear(&err);
	while (ddb_page_next(page, wanted, NULL, &err))
	{
		batch = lappend(batch, build_delete(writer, map, page));
		if (list_length(batch) < DDB_WRITE_BATCH_ITEMS)
			continue;
		send_batch(writer, batch, &sent);
		batch = NIL;
	}
	if (ddb_error_is_set(&err))
		ddb_error_report(&err, "Scan", map->options.table_name);
	if (batch != NIL)
		send_batch(writer, batch, &sent);
	ddb_write_drain(writer);
	foreach(lc, sent)
	{
		DdbWrite   *write = lfirst(lc);
		ListCell   *lc2;

		ddb_write_check(writer, write);
		foreach(lc2, write->batch)
			ddb_write_release(lfirst(lc2));
		ddb_write_release(write);
	}
}

/* Reads the page of keys behind start_key, or the first one for NULL. */
static void
read_page(DdbClient *client, DdbBudget *budget, const DdbTableMap *map,
		  const DdbRequest *request, const char *start_key, DdbPage *page)
{
	int64		limit = ddb_budget_limit_page(budget, map->options.page_size,
											  PAGE_UNITS);
	DdbUsage   *usage = palloc0_object(DdbUsage);
	StringInfoData body;
	DdbCall    *call;
	const char *answer;
	size_t		len;
	DdbError	err;

	usage->table_name = map->options.table_name;
	initStringInfo(&body);
	ddb_request_render(request, &body, limit, start_key,
					   start_key != NULL ? strlen(start_key) : 0);
	call = ddb_client_start_within(client, CurrentMemoryContext, "Scan",
								   body.data, body.len, true, usage, budget,
								   ddb_budget_expect_page(budget, limit,
														  PAGE_UNITS));
	ddb_client_wait(call);
	if (!ddb_client_get_answer(call, &answer, &len, &err) ||
		!ddb_page_open(page, answer, len, &err))
		ddb_error_report(&err, "Scan", map->options.table_name);
	ddb_client_count(call, page->consumed.total,
					 Max(page->scanned_count, 0));
	ddb_client_settle(call, page->consumed.total);
	ddb_budget_learn_page(budget, page->consumed.total,
						  Max(page->scanned_count, 0));
}

/* Deletes every item of the table, page by page. */
static void
truncate_table(const DdbTableMap *map, Oid serverid, Oid userid)
{
	MemoryContext oldcontext = CurrentMemoryContext;
	MemoryContext table = AllocSetContextCreate(oldcontext,
												"dynamodb_fdw truncate",
												ALLOCSET_DEFAULT_SIZES);
	MemoryContext page_context = AllocSetContextCreate(table,
													   "dynamodb_fdw page",
													   ALLOCSET_DEFAULT_SIZES);
	DdbClient  *client = ddb_session_get_client(serverid, userid);
	DdbWriteEntry entry;
	DdbWriter  *writer;
	DdbBudget  *budget;
	DdbRequest	request;
	char	   *start_key = NULL;

	MemoryContextSwitchTo(table);
	ddb_client_hold(client, table);
	budget = ddb_pace_table(table, client, map->options.table_name,
							&map->schema->primary, true,
							map->options.read_capacity, 1);
	writer = ddb_write_open(map, serverid, userid);
	build_scan(map, &request);
	ddb_write_enter(writer, &entry);
	do
	{
		DdbPage		page;
		char	   *last_key;

		CHECK_FOR_INTERRUPTS();
		MemoryContextSwitchTo(page_context);
		read_page(client, budget, map, &request, start_key, &page);
		delete_page(writer, map, &page);
		MemoryContextSwitchTo(table);
		last_key = page.last_key == NULL ? NULL :
			pnstrdup(page.last_key, page.last_key_len);
		if (start_key != NULL)
			pfree(start_key);
		start_key = last_key;
		MemoryContextReset(page_context);
	} while (start_key != NULL);
	ddb_write_leave(&entry);
	MemoryContextSwitchTo(oldcontext);
	MemoryContextDelete(table);
}

/*
 * Deletes all items of the tables, as the current user.  Called for each
 * server with its tables; what the rest of the statement does can't undo it.
 */
void
dynamodbExecForeignTruncate(List *rels, DropBehavior behavior,
							bool restart_seqs)
{
	ListCell   *lc;

	foreach(lc, rels)
	{
		Relation	rel = lfirst(lc);
		DdbTableOptions options;

		ddb_option_get_table(RelationGetRelid(rel), &options);
		if (!options.updatable || !options.truncatable)
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("foreign table \"%s\" does not allow truncates",
							RelationGetRelationName(rel)),
					 errdetail("To truncate DynamoDB table \"%s\" means to read it and delete it item by item.",
							   options.table_name),
					 errhint("Set truncatable to true, or delete the table and create it again.")));
	}
	foreach(lc, rels)
	{
		Oid			relid = RelationGetRelid((Relation) lfirst(lc));
		Oid			serverid = GetForeignTable(relid)->serverid;
		DdbTableMap *map = ddb_relation_get_map(relid);

		map->schema = ddb_relation_get_schema(map, serverid, GetUserId());
		truncate_table(map, serverid, GetUserId());
	}
}
