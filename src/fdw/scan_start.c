/*-------------------------------------------------------------------------
 *
 * scan_start.c
 *	  From the keys of a scan to its requests and streams.
 *
 * A key that is complete is looked up: one by GetItem, several by
 * BatchGetItem.  A range, or a key of an index, is a Query each, one after
 * another or merged.  Where an index's entries don't hold what is wanted, the
 * items behind them are fetched by BatchGetItem.
 *
 * Everything is palloc'd in the scan's context, or in that of the stream it
 * belongs to.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "fdw/guard.h"
#include "fdw/pace.h"
#include "fdw/parallel.h"
#include "fdw/scan_start.h"
#include "fdw/session.h"
#include "fdw/stream_keys.h"
#include "fdw/stream_pages.h"
#include "fdw/stream_segments.h"
#include "fdw/stream_set.h"

/* Items in memory, for each request in flight, where many are merged. */
#define MERGED_ITEMS 1000

/* Neighbours among the keys, the first to the last, for one Query. */
typedef struct KeyRun
{
	int			first;
	int			n;				/* several: from the least to the greatest */
} KeyRun;

/* What the keys of a scan are read with, in turn. */
typedef struct Parts
{
	const DdbScanState *scan;
	const DdbKeySet *keys;
	const DdbStreamSpec *items; /* of lookups */
	const DdbStreamSpec *spec;	/* of the Queries: of entries if fetching */
	const DdbProjectionMap *projection; /* likewise */
	int			nruns;
	KeyRun	   *runs;			/* keys that need a Query each */
	int			nlookups;
	int		   *lookups;		/* keys that are complete */
	int			nextlookup;
} Parts;

/* A run of several keys: a Query, and what it leaves. */
typedef struct Span
{
	const Parts *parts;
	KeyRun		run;
	DdbPageQuota quota;
} Span;

/* The conditions of one key, or of all from the first to the last of a run. */
static const DdbKeyCondition *
run_conditions(const DdbKeySet *keys, const KeyRun *run)
{
	const DdbKeyCondition *first = ddb_keyset_get(keys, run->first);
	int			last = keys->nattributes - 1;
	DdbKeyCondition *conditions;

	if (run->n == 1)
		return first;
	conditions = palloc(sizeof(DdbKeyCondition) * (last + 1));
	memcpy(conditions, first, sizeof(DdbKeyCondition) * (last + 1));
	conditions[last].op = DDB_OP_BETWEEN;
	conditions[last].upper = ddb_keyset_get(keys,
											run->first + run->n - 1)[last].value;
	return conditions;
}

/* "#0 = :0 AND #1 BETWEEN :1 AND :2" */
static char *
build_key_condition(const DdbKeySet *keys, const KeyRun *run,
					DdbExpression *expression)
{
	static const char *const symbols[] = {
		[DDB_OP_EQ] = " = ",
		[DDB_OP_LT] = " < ",
		[DDB_OP_LE] = " <= ",
		[DDB_OP_GE] = " >= ",
		[DDB_OP_GT] = " > ",
		[DDB_OP_BETWEEN] = " BETWEEN ",
		[DDB_OP_BEGINS_WITH] = ", ",
	};
	const DdbKeyCondition *conditions = run_conditions(keys, run);
	StringInfoData text;

	initStringInfo(&text);
	for (int i = 0; i < keys->nattributes; i++)
	{
		const DdbKeyCondition *condition = &conditions[i];

		if (condition->attribute == NULL)
			continue;
		if (text.len > 0)
			appendStringInfoString(&text, " AND ");
		if (condition->op == DDB_OP_BEGINS_WITH)
			appendStringInfoString(&text, "begins_with(");
		ddb_expression_append_name(expression, &text, condition->attribute);
		appendStringInfoString(&text, symbols[condition->op]);
		ddb_expression_append_value(expression, &text, &condition->value.value);
		if (condition->op == DDB_OP_BEGINS_WITH)
			appendStringInfoChar(&text, ')');
		else if (condition->op == DDB_OP_BETWEEN)
		{
			appendStringInfoString(&text, " AND ");
			ddb_expression_append_value(expression, &text, &condition->upper.value);
		}
	}
	return text.data;
}

/* The key of a lookup: names, and values in the order of these. */
static void
get_lookup(const DdbKeySet *keys, int key, const char **names,
		   DdbValue *values)
{
	const DdbKeyCondition *conditions = ddb_keyset_get(keys, key);

	for (int i = 0; i < keys->nattributes; i++)
	{
		names[i] = conditions[i].attribute;
		values[i] = conditions[i].value.value;
	}
}

/* Are items only counted, as no attribute of them is wanted? */
static bool
is_counted(const DdbScanState *scan)
{
	return (scan->operation == DDB_QUERY || scan->operation == DDB_SCAN) &&
		!scan->keeps && ddb_projection_is_empty(scan->targets->projection);
}

/* The attributes to ask for. */
static void
set_projection(const DdbScanState *scan, const DdbProjectionMap *projection,
			   DdbRequest *request)
{
	DdbExpression *expression = &request->expression;
	bool		whole = scan->keeps && projection == scan->targets->projection;
	char	   *text = whole ? NULL :
		ddb_projection_build(projection, expression);

	if (is_counted(scan))
	{
		ddb_request_set_text(request, "Select", "COUNT");
		return;
	}
	/* No attribute is wanted: ask for as little as there is. */
	if (text == NULL && !whole && ddb_projection_is_empty(projection))
	{
		StringInfoData name;

		initStringInfo(&name);
		ddb_expression_append_name(expression, &name,
								   strVal(linitial(scan->key_names)));
		text = name.data;
	}
	if (text != NULL)
		ddb_request_set_text(request, "ProjectionExpression", text);
	else if (scan->index_name != NULL &&
			 request->operation != DDB_BATCH_GET_ITEM)
		ddb_request_set_text(request, "Select",
							 scan->index_global ? "ALL_PROJECTED_ATTRIBUTES" :
							 "ALL_ATTRIBUTES");
}

static void
set_filter(const DdbScanState *scan, DdbRequest *request)
{
	char	   *text = ddb_filter_build(&scan->filter, &request->expression);

	if (text != NULL)
		ddb_request_set_text(request, "FilterExpression", text);
}

/* The Query for a run of keys, or the Scan.  A DdbRequestBuilder. */
static void
build_run(void *arg, int i, DdbRequest *request)
{
	const Parts *parts = arg;
	const DdbScanState *scan = parts->scan;
	bool		is_scan = scan->operation == DDB_SCAN;

	ddb_request_init(request, is_scan ? DDB_SCAN : DDB_QUERY,
					 scan->map->options.table_name, scan->index_name,
					 scan->consistent && !scan->index_global);
	if (!is_scan)
		ddb_request_set_text(request, "KeyConditionExpression",
							 build_key_condition(parts->keys, &parts->runs[i],
												 &request->expression));
	set_filter(scan, request);
	set_projection(scan, parts->projection, request);
	if (scan->backward)
		ddb_request_set_backward(request);
}

/* A segment of the Scan.  A DdbRequestBuilder. */
static void
build_segment(void *arg, int i, DdbRequest *request)
{
	const Parts *parts = arg;

	build_run(arg, 0, request);
	ddb_request_set_segment(request, i, parts->scan->segments);
}

/* The GetItem for a key.  A DdbRequestBuilder. */
static void
build_lookup(void *arg, int i, DdbRequest *request)
{
	const Parts *parts = arg;
	const DdbScanState *scan = parts->scan;
	const char *names[DDB_MAX_PRIMARY_KEY];
	DdbValue	values[DDB_MAX_PRIMARY_KEY];

	get_lookup(parts->keys, parts->lookups[i], names, values);
	ddb_request_init(request, DDB_GET_ITEM, scan->map->options.table_name,
					 NULL, scan->consistent);
	ddb_request_set_key(request, parts->keys->nattributes, names, values);
	set_projection(scan, scan->targets->projection, request);
}

/* The BatchGetItem, but for its keys. */
static DdbRequest *
build_batch(const DdbScanState *scan)
{
	DdbRequest *request = palloc0_object(DdbRequest);

	ddb_request_init(request, DDB_BATCH_GET_ITEM,
					 scan->map->options.table_name, NULL, scan->consistent);
	set_projection(scan, scan->targets->projection, request);
	return request;
}

/* Keys for BatchGetItem, where they are known.  A DdbKeySource's next. */
static bool
next_lookup(void *arg, int64 demand, DdbValue *key)
{
	Parts	   *parts = arg;
	const char *names[DDB_MAX_PRIMARY_KEY];

	if (parts->nextlookup >= parts->nlookups)
		return false;
	get_lookup(parts->keys, parts->lookups[parts->nextlookup++], names, key);
	return true;
}

/* What BatchGetItem is to do; the source of keys is still to be named. */
static void
init_keys_spec(const DdbScanState *scan, DdbKeysSpec *spec)
{
	/* the extras are the order's attributes, the key's, and the index's */
	const int  *wanted = scan->targets->projection->extras + list_length(scan->order);

	memset(spec, 0, sizeof(*spec));
	spec->request = build_batch(scan);
	spec->nattributes = list_length(scan->key_names);
	spec->batch_size = scan->batch_size;
	for (int i = 0; i < spec->nattributes; i++)
	{
		spec->names[i] = strVal(list_nth(scan->key_names, i));
		spec->wanted[i] = wanted[i];
	}
	spec->nchecked = list_length(scan->index_keys);
	for (int i = 0; i < spec->nchecked; i++)
		spec->checked[i] = wanted[spec->nattributes + i];
}

static DdbStream *
open_lookups(Parts *parts)
{
	DdbKeysSpec spec;

	if (parts->nlookups == 1)
		return ddb_stream_pages_create(parts->items, build_lookup, parts, 0);
	init_keys_spec(parts->scan, &spec);
	spec.source.next = next_lookup;
	spec.source.arg = parts;
	return ddb_stream_keys_create(parts->items, &spec);
}

static void
add_run(Parts *parts, int first, int n)
{
	KeyRun	   *run = &parts->runs[parts->nruns++];

	run->first = first;
	run->n = n;
}

/* Adds a key to those that are looked up, or to those that need a Query. */
static void
add_key(Parts *parts, int key)
{
	const DdbKeyCondition *conditions = ddb_keyset_get(parts->keys, key);
	bool		complete = parts->scan->full_key;

	for (int i = 0; i < parts->keys->nattributes; i++)
		complete &= conditions[i].attribute != NULL &&
			conditions[i].op == DDB_OP_EQ;
	if (complete)
		parts->lookups[parts->nlookups++] = key;
	else
		add_run(parts, key, 1);
}

static Parts *
create_parts(const Parts *like, int nkeys)
{
	Parts	   *parts = palloc0_object(Parts);

	*parts = *like;
	parts->nruns = parts->nlookups = parts->nextlookup = 0;
	parts->runs = palloc(sizeof(KeyRun) * Max(nkeys, 1));
	parts->lookups = palloc(sizeof(int) * Max(nkeys, 1));
	return parts;
}

/* The first key of a run that is greater than all that have been read. */
static int
first_left(const Span *span)
{
	const DdbKeySet *keys = span->parts->keys;
	int			last = keys->nattributes - 1;
	int			end = span->run.first + span->run.n;
	int			i = span->run.first;
	const char *attribute = ddb_keyset_get(keys, i)[last].attribute;
	DdbPathStep step = {.name = attribute,.len = strlen(attribute)};
	DdbValue	item;
	DdbValue	value;
	DdbKey		stopped;

	if (span->quota.last_key == NULL)
		return end;
	if (!ddb_value_parse_item(span->quota.last_key, span->quota.last_key_len,
							  &item) ||
		!ddb_value_follow(&item, &step, 1, &value))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_UNABLE_TO_CREATE_REPLY),
				 errmsg("could not read DynamoDB table \"%s\"",
						span->parts->scan->map->options.table_name),
				 errdetail("LastEvaluatedKey lacks a key attribute.")));
	ddb_key_make(&value, &stopped);
	while (i < end && ddb_key_compare(&ddb_keyset_get(keys, i)[last].value,
									  &stopped) <= 0)
		i++;
	return i;
}

static DdbStream *open_parts(Parts *parts);

/*
 * A span's two streams: the Query, for as many items as the keys one by one
 * would cost; then those keys that it didn't get to.  A DdbStreamOpener.
 *
 * Only of the table itself: an index may have several entries under the key
 * where the Query ends.
 */
static DdbStream *
open_span_part(void *arg, int i)
{
	Span	   *span = arg;
	const DdbScanState *scan = span->parts->scan;
	Parts	   *parts = create_parts(span->parts, span->run.n);
	DdbStream  *stream;

	if (i == 0)
	{
		parts->runs[parts->nruns++] = span->run;
		stream = ddb_stream_pages_create(parts->spec, build_run, parts, 0);
		span->quota.items = (int64) ceil(span->run.n * scan->key_items);
		span->quota.context = CurrentMemoryContext;
		ddb_stream_pages_set_quota(stream, &span->quota);
		return stream;
	}
	for (int key = first_left(span); key < span->run.first + span->run.n; key++)
		add_key(parts, key);
	return open_parts(parts);
}

static DdbStream *
open_span(Parts *parts, int i)
{
	const KeyRun *run = &parts->runs[i];
	Span	   *span;

	if (!parts->scan->full_key)
		return ddb_stream_pages_create(parts->spec, build_run, parts, i);
	span = palloc0_object(Span);

	span->parts = parts;
	span->run = *run;
	return ddb_stream_set_create(parts->spec, 2, open_span_part, span);
}

/* The i-th part: a Query each, then all lookups.  A DdbStreamOpener. */
static DdbStream *
open_part(void *arg, int i)
{
	Parts	   *parts = arg;

	if (i >= parts->nruns)
		return open_lookups(parts);
	if (parts->runs[i].n > 1)
		return open_span(parts, i);
	return ddb_stream_pages_create(parts->spec, build_run, parts, i);
}

/*
 * Tells keys that are complete from those that need a Query.  Several keys of
 * one partition are read as a span where one by one they would cost more than
 * the partition is thought to.
 */
static Parts *
sort_parts(const Parts *like)
{
	const DdbScanState *scan = like->scan;
	int			nkeys = like->keys->nkeys;
	Parts	   *parts = create_parts(like, nkeys);

	/* a list of partition keys alone: there is nothing to be joined */
	for (int i = nkeys - 1; scan->reversed && i >= 0; i--)
		add_key(parts, i);
	for (int i = 0, n; !scan->reversed && i < nkeys; i += n)
	{
		n = scan->range_units > 0 ? ddb_keyset_run_length(like->keys, i) : 1;
		if (n > 1 && n * scan->key_units > scan->range_units)
			add_run(parts, i, n);
		else
			for (int j = i; j < i + n; j++)
				add_key(parts, j);
	}
	return parts;
}

/*
 * All Queries merged.  The first page of each is in memory at once, so where
 * there are many, pages are small.
 */
static DdbStream *
open_merged(Parts *parts)
{
	const DdbScanState *scan = parts->scan;
	DdbStreamSpec *spec = palloc_object(DdbStreamSpec);
	int			most = parts->spec->concurrency * MERGED_ITEMS / parts->nruns;
	DdbStreamOrder order = {.backward = scan->backward};

	*spec = *parts->spec;
	if (parts->nruns > spec->concurrency &&
		(spec->page_size == 0 || spec->page_size > most))
		spec->page_size = Max(most, 1);
	parts->spec = spec;
	order.nattributes = list_length(scan->order);
	for (int i = 0; i < order.nattributes; i++)
		order.wanted[i] = parts->projection->extras[i];
	return ddb_stream_set_merge(spec, parts->nruns, open_part, parts, &order);
}

static DdbStream *
open_parts(Parts *parts)
{
	int			n = parts->nruns + (parts->nlookups > 0 ? 1 : 0);

	/* Few rows are wanted: pages one after another, as large as that. */
	if (parts->scan->parallel != NULL ||
		(parts->scan->segments > 1 && parts->scan->demand == 0 &&
		 parts->scan->limit == 0))
		return ddb_stream_segments_create(parts->spec, build_segment, parts,
										  parts->scan->segments,
										  ddb_parallel_dealer(parts->scan));
	if (n == 1)
		return open_part(parts, 0);
	if (n > 1 && parts->scan->order != NIL)
		return open_merged(parts);
	return ddb_stream_set_create(parts->spec, n, open_part, parts);
}

/* Of entries nothing is wanted but the table's key and the index's own. */
static DdbStream *
open_fetch(Parts *parts)
{
	const DdbScanState *scan = parts->scan;
	List	   *extras = list_concat_copy(scan->order, scan->key_names);
	DdbStreamSpec *spec = palloc_object(DdbStreamSpec);
	DdbKeysSpec keys;

	parts->projection =
		ddb_projection_create(scan->map, NIL,
							  list_concat(extras, scan->index_keys));
	*spec = *parts->items;
	spec->wanted = parts->projection->wanted;
	spec->nwanted = parts->projection->nwanted;
	ddb_pace_reads(scan, scan->index_name, spec);
	parts->spec = spec;
	init_keys_spec(scan, &keys);
	return ddb_stream_keys_fetch(parts->items, &keys, open_parts(parts),
								 parts->projection->extras +
								 list_length(scan->order));
}

/* What all requests of the scan have in common, for the current context. */
static DdbStreamSpec *
create_spec(DdbScanState *scan)
{
	DdbStreamSpec *spec = palloc0_object(DdbStreamSpec);

	spec->client = ddb_session_get_client(scan->serverid, scan->userid);
	ddb_client_hold(spec->client, CurrentMemoryContext);
	spec->table_name = scan->map->options.table_name;
	spec->wanted = is_counted(scan) ? NULL :
		scan->targets->projection->wanted;
	spec->nwanted = scan->targets->projection->nwanted;
	spec->usage = &scan->usage;
	spec->sent = scan->sent;
	spec->concurrency = scan->map->options.concurrency;
	spec->page_size = scan->map->options.page_size;
	spec->exact = scan->exact;
	/* a batch has the keys of rows that have been read */
	spec->waited_for = scan->batch != NULL;
	spec->whole = scan->whole || spec->waited_for;
	spec->guard = ddb_guard_ask;
	spec->guard_arg = scan;
	scan->usage.table_name = spec->table_name;
	ddb_pace_reads(scan, scan->fetches ? NULL : scan->index_name, spec);
	return spec;
}

/*
 * Opens the stream of the items under these keys, which must live as long as
 * the current context, where all of it is made.  Sends nothing.  Raises where
 * there is no client.
 */
DdbStream *
ddb_scan_start_open(DdbScanState *scan, const DdbKeySet *keys)
{
	DdbStreamSpec *spec = create_spec(scan);
	Parts		like = {
		.scan = scan,
		.keys = keys,
		.items = spec,
		.spec = spec,
		.projection = scan->targets->projection
	};
	Parts	   *parts = sort_parts(&like);

	return scan->fetches ? open_fetch(parts) : open_parts(parts);
}
