/*-------------------------------------------------------------------------
 *
 * explain.c
 *	  What EXPLAIN says of a foreign scan: the requests, and what they cost.
 *
 * Everything shown before execution stands in the plan; nothing is sent.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "commands/defrem.h"
#include "fdw/explain.h"
#include "fdw/parallel.h"
#include "fdw/plan.h"
#include "fdw/relation.h"
#include "fdw/scan.h"
#include "fdw/stream_pages.h"
#include "mapping/template.h"
#include "utils/builtins.h"
#include "utils/rel.h"

/* Prints each String of a list under one label. */
static void
explain_list(const char *label, const List *strings, ExplainState *es)
{
	List	   *words = NIL;
	ListCell   *lc;

	foreach(lc, strings)
	{
		/* In text, a reason contains commas: one line each. */
		if (es->format == EXPLAIN_FORMAT_TEXT)
			ExplainPropertyText(label, strVal(lfirst(lc)), es);
		else
			words = lappend(words, strVal(lfirst(lc)));
	}
	if (words != NIL)
		ExplainPropertyList(label, words, es);
}

/* "Query", "Scan (index GSI1)", "Query, BatchGetItem" */
static const char *
operation_words(const ForeignScan *plan)
{
	DdbOperation operation = ddb_plan_get_integer(plan, DDB_PLAN_OPERATION);
	const char *index = ddb_plan_get_string(plan, DDB_PLAN_INDEX);
	const char *name = ddb_request_operation_name(operation);

	if (operation == DDB_SCAN && index[0] == '\0')
		return "Scan (whole table)";
	if (operation == DDB_SCAN)
		return psprintf("Scan (index %s)", index);
	if (operation == DDB_GET_ITEM && ddb_plan_get_integer(plan, DDB_PLAN_BATCH))
		return ddb_request_operation_name(DDB_BATCH_GET_ITEM);
	if (ddb_plan_get_integer(plan, DDB_PLAN_FETCHES))
		return psprintf("%s, %s", name,
						ddb_request_operation_name(DDB_BATCH_GET_ITEM));
	return name;
}

/* The attributes that the streams of several keys are merged by. */
static void
explain_order(const ForeignScan *plan, ExplainState *es)
{
	List	   *names = NIL;
	ListCell   *lc;

	foreach(lc, ddb_plan_get_list(plan, DDB_PLAN_ORDER))
		names = lappend(names, ddb_template_quote(strVal(lfirst(lc))));
	if (names != NIL)
		ExplainPropertyList("Merged By", names, es);
}

/* write: the operation that what is found goes to at once, or NULL. */
static void
explain_access(const ForeignScan *plan, const DdbTableMap *map,
			   const char *write, ExplainState *es)
{
	DdbOperation operation = ddb_plan_get_integer(plan, DDB_PLAN_OPERATION);
	const char *index = ddb_plan_get_string(plan, DDB_PLAN_INDEX);
	const char *condition = ddb_plan_get_string(plan, DDB_PLAN_KEY_CONDITION);
	const char *filter = ddb_plan_get_string(plan, DDB_PLAN_REMOTE_FILTER);
	int64		limit =
		ddb_stream_pages_first_limit(ddb_plan_get_integer(plan, DDB_PLAN_LIMIT),
									 ddb_plan_get_integer(plan, DDB_PLAN_EXACT));
	bool		strong = map->options.consistent_read == DDB_CONSISTENT_ON &&
		!ddb_plan_get_integer(plan, DDB_PLAN_INDEX_GLOBAL);

	ExplainPropertyText("DynamoDB Operation", write == NULL ?
						operation_words(plan) :
						psprintf("%s, %s", operation_words(plan), write), es);
	ExplainPropertyText("DynamoDB Table", ddb_plan_get_string(plan, DDB_PLAN_TABLE),
						es);
	if (index[0] != '\0')
		ExplainPropertyText("DynamoDB Index", index, es);
	if (condition[0] != '\0')
		ExplainPropertyText("Key Condition", condition, es);
	if (filter[0] != '\0')
		ExplainPropertyText("Remote Filter", filter, es);
	explain_order(plan, es);
	if (ddb_plan_get_integer(plan, DDB_PLAN_BACKWARD))
		ExplainPropertyText("Scan Direction", "Backward", es);
	if (ddb_plan_get_integer(plan, DDB_PLAN_SEGMENTS) > 1 && limit == 0)
		ExplainPropertyInteger("Segments", NULL,
							   ddb_plan_get_integer(plan, DDB_PLAN_SEGMENTS),
							   es);
	if (map->options.page_size > 0 &&
		(limit == 0 || limit > map->options.page_size))
		limit = map->options.page_size;
	if (limit > 0 && operation != DDB_GET_ITEM &&
		operation != DDB_BATCH_GET_ITEM)
		ExplainPropertyInteger("Page Limit", NULL, limit, es);
	if (strong)
		ExplainPropertyText("Consistency", "strong", es);
}

/* What the guard will say of a Scan. */
static void
explain_guard(const DdbTableOptions *options, const ForeignScan *plan,
			  ExplainState *es)
{
	double		units = ddb_plan_get_number(plan, DDB_PLAN_UNITS);
	double		capacity = ddb_plan_get_number(plan, DDB_PLAN_CAPACITY);
	bool		bounded = ddb_plan_get_integer(plan, DDB_PLAN_EXACT) &&
		ddb_plan_get_integer(plan, DDB_PLAN_LIMIT) > 0;
	char	   *estimate = ddb_capacity_words(ceil(units));
	char	   *budget = ddb_capacity_words(options->scan_budget);

	if (options->allow_scan == DDB_SCAN_OFF)
		ExplainPropertyText("Refused", "allow_scan is off", es);
	if (options->allow_scan != DDB_SCAN_AUTO)
		return;
	if (units > options->scan_budget && !bounded)
		ExplainPropertyText("Refused",
							psprintf("beyond its first page, as %s read units are over its scan_budget of %s",
									 estimate, budget), es);
	else if (capacity > 0 && units > capacity && !bounded)
		ExplainPropertyText("Refused",
							psprintf("beyond its first page, as %s read units are over the %s that its provisioned capacity yields in five minutes",
									 estimate, ddb_capacity_words(capacity)),
							es);
	else
		ExplainPropertyText("Scan Budget",
							psprintf("%s of %s", estimate, budget), es);
}

static void
explain_estimates(const ForeignScan *plan, const DdbTableMap *map,
				  ExplainState *es)
{
	double		units = ddb_plan_get_number(plan, DDB_PLAN_UNITS);

	ExplainPropertyFloat("Estimated Requests", NULL,
						 ddb_plan_get_number(plan, DDB_PLAN_REQUESTS), 0, es);
	ExplainPropertyFloat("Estimated Read Units", NULL, units, 1, es);
	if (ddb_plan_get_integer(plan, DDB_PLAN_OPERATION) == DDB_SCAN)
		explain_guard(&map->options, plan, es);
}

/* What is asked of each item. */
static char *
projection_words(const ForeignScan *plan, const DdbTableMap *map)
{
	DdbProjectionMap *projection = ddb_plan_projection(plan, DDB_PLAN_ATTRS,
													   map);
	DdbOperation operation = ddb_plan_get_integer(plan, DDB_PLAN_OPERATION);
	const List *key = ddb_plan_get_list(plan, DDB_PLAN_KEY_NAMES);
	char	   *words = ddb_projection_words(projection);

	if (words[0] != '\0')
		return words;
	/* There is no counting by key. */
	return operation == DDB_QUERY || operation == DDB_SCAN ?
		"count(*)" : ddb_template_quote(strVal(linitial(key)));
}

static void
explain_details(const ForeignScan *plan, const DdbTableMap *map,
				ExplainState *es)
{
	ExplainPropertyText("Projection", projection_words(plan, map), es);
	explain_list("Not Pushed",
				 ddb_plan_get_list(plan, DDB_PLAN_NOT_PUSHED), es);
	explain_list("Rejected Index",
				 ddb_plan_get_list(plan, DDB_PLAN_REJECTED), es);
}

/* "1536.0 (table 1024.0, GSI1 512.0)" */
static char *
units_words(const DdbUsage *usage, const char *index)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfo(&buf, "%.1f", usage->units);
	if (usage->index_units > 0 && usage->table_units > 0)
		appendStringInfo(&buf, " (table %.1f, %s %.1f)", usage->table_units,
						 index, usage->index_units);
	else if (usage->index_units > 0)
		appendStringInfo(&buf, " (%s %.1f)", index, usage->index_units);
	return buf.data;
}

/* "13 (Query 12, BatchGetItem 1)" */
static char *
requests_words(const DdbScanState *scan, const DdbUsage *writes,
			   const char *write)
{
	StringInfoData buf;
	const char *separator = "";

	initStringInfo(&buf);
	appendStringInfo(&buf, INT64_FORMAT " (", scan->usage.requests +
					 (writes != NULL ? writes->requests : 0));
	for (int i = 0; i < DDB_OPERATION_COUNT; i++)
	{
		if (scan->sent[i] == 0)
			continue;
		appendStringInfo(&buf, "%s%s " INT64_FORMAT, separator,
						 ddb_request_operation_name(i), scan->sent[i]);
		separator = ", ";
	}
	if (writes != NULL && writes->requests > 0)
		appendStringInfo(&buf, "%s%s " INT64_FORMAT, separator, write,
						 writes->requests);
	appendStringInfoChar(&buf, ')');
	return buf.data;
}

/* What didn't go well at once, of reads or writes; if there was anything. */
void
ddb_explain_retries(const DdbUsage *usage, ExplainState *es)
{
	if (usage->retries > 0)
		ExplainPropertyInteger("Retries", NULL, usage->retries, es);
	if (usage->throttled > 0)
		ExplainPropertyInteger("Throttled", NULL, usage->throttled, es);
}

/*
 * What a scan has taken so far.  writes, or NULL, is what a direct
 * modification has taken besides, and write its operation.
 */
void
ddb_explain_usage(const DdbScanState *scan, const DdbUsage *writes,
				  const char *write, ExplainState *es)
{
	const DdbUsage *usage = &scan->usage;

	if (es->format == EXPLAIN_FORMAT_TEXT && usage->requests > 0)
		ExplainPropertyText("Requests", requests_words(scan, writes, write),
							es);
	else
		ExplainPropertyInteger("Requests", NULL, usage->requests +
							   (writes != NULL ? writes->requests : 0), es);
	ExplainPropertyInteger("Items Scanned", NULL, usage->items_scanned, es);
	ExplainPropertyInteger("Items Returned", NULL, usage->items_returned, es);
	if (es->format == EXPLAIN_FORMAT_TEXT)
		ExplainPropertyText("Consumed Read Units",
							units_words(usage, scan->index_name), es);
	else
	{
		ExplainPropertyFloat("Consumed Read Units", NULL, usage->units, 1, es);
		ExplainPropertyFloat("Consumed Table Units", NULL,
							 usage->table_units, 1, es);
		ExplainPropertyFloat("Consumed Index Units", NULL,
							 usage->index_units, 1, es);
	}
	if (writes != NULL)
		ExplainPropertyFloat("Consumed Write Units", NULL, writes->units, 1,
							 es);
	ddb_explain_retries(usage, es);
	if (writes != NULL)
		ddb_explain_retries(writes, es);
}

/*
 * What is asked for, and what that is expected to take.  write is the
 * operation of the direct modification that it is for, or NULL.
 */
void
ddb_explain_source(ForeignScanState *node, const char *write,
				   ExplainState *es)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	DdbTableMap *map =
		ddb_relation_get_map(RelationGetRelid(node->ss.ss_currentRelation));

	explain_access(plan, map, write, es);
	if (es->costs)
		explain_estimates(plan, map, es);
	if (es->verbose)
		explain_details(plan, map, es);
}

/* ExplainForeignScan.  Without ANALYZE, a scan has no state. */
void
dynamodbExplainForeignScan(ForeignScanState *node, ExplainState *es)
{
	DdbScanState *scan = node->fdw_state;

	ddb_explain_source(node, NULL, es);
	if (scan != NULL)
		ddb_parallel_collect(scan);
	if (es->analyze && scan != NULL)
		ddb_explain_usage(scan, NULL, NULL, es);
}
