/*-------------------------------------------------------------------------
 *
 * keyspace.c
 *	  A random part of a table's partition keys, each with its items.
 *
 * A sample of rows says how many different keys there are only if it says
 * what part of them it has seen.  Segments do: one of a thousand holds a
 * thousandth of all partition keys, whatever they are, but with all their
 * items.  So segments are visited at random, and each is read to its end.
 *
 * Two things stand in the way.  How many segments to divide the table into
 * depends on the answer: with too few of them the end of one is far, with
 * too many most are empty and cost a request all the same.  So it is tried:
 * from few to many, until some segments in a row are short.
 *
 * And a partition key may have more items than there is to spend.  Of such a
 * key, the first page and the last are read and what is between is left out:
 * a Scan may go on behind any key, one that no item has included, so it goes
 * on behind the greatest sort key that there could be.
 *
 * A table that the budget allows to be read as a whole is.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "common/pg_prng.h"
#include "dynamodb/capacity.h"
#include "fdw/keyspace.h"
#include "miscadmin.h"
#include "utils/json.h"

/* What a page should fill: what half a read unit buys. */
#define PAGE_BYTES		4096.0

/* Where nothing is known of the items' size. */
#define DEFAULT_BYTES	400.0

/*
 * The numbers of segments that are tried: 16, 64, ... up to DynamoDB's most.
 */
#define LEAST_SEGMENTS	16
#define SEGMENT_FACTOR	4
#define MOST_SEGMENTS	1000000

/*
 * So many segments must end within so many pages for the number to do.  Not
 * much fewer: the more keys a page has, the more are seen for the money.
 */
#define TRIALS			3
#define TRIAL_PAGES		8

/*
 * Trying takes no larger part of the budget, nor reading a table of unknown
 * size as a whole.
 */
#define TRIAL_SHARE		0.25
#define WHOLE_SHARE		0.5

/* A segment with more pages than this is given up. */
#define MOST_PAGES		1000

typedef enum VisitResult
{
	VISIT_COMPLETE,				/* the segment's end was reached */
	VISIT_LONG,					/* more pages than wanted */
	VISIT_STOPPED,				/* nothing more may be read */
} VisitResult;

typedef struct Keyspace
{
	DdbSampler *sampler;
	const DdbSchema *schema;
	const DdbKeyAttribute *partition;
	const DdbKeyAttribute *sort;	/* or NULL */
	DdbWanted  *wanted;			/* the two */
	const char *greatest;		/* sort key, as JSON */
	int64		limit;			/* items that a page asks for */
	int			max_items;
	Size		max_bytes;
	int64		nitems;			/* read so far, kept or not */
	Size		nbytes;
	DdbKeySample *sample;
} Keyspace;

/*-------------------------------------------------------------------------
 * Keys
 *-------------------------------------------------------------------------
 */

/* The greatest value that a sort key of this type can have, as JSON. */
static char *
greatest_sort_key(DdbType type)
{
	StringInfoData buf;

	initStringInfo(&buf);
	if (type == DDB_TYPE_N)
	{
		appendStringInfoString(&buf, "{\"N\":\"9.9999999999999999999999999999999999999E+125\"}");
		return buf.data;
	}
	/* 1,024 bytes, the most that a sort key may have */
	appendStringInfo(&buf, "{\"%s\":\"", ddb_value_type_name(type));
	if (type == DDB_TYPE_S)
	{
		for (int i = 0; i < 256; i++)
			appendStringInfoString(&buf, "\xf4\x8f\xbf\xbf");	/* U+10FFFF */
	}
	else
	{
		for (int i = 0; i < 1365; i++)
			appendStringInfoChar(&buf, '/');	/* six bits set */
		appendStringInfoString(&buf, "w==");
	}
	appendStringInfoString(&buf, "\"}");
	return buf.data;
}

static bool
is_same(const DdbValue *a, const DdbValue *b)
{
	return a->type == b->type && a->len == b->len &&
		memcmp(a->text, b->text, a->len) == 0;
}

/* Where to go on behind all items of a partition key. */
static void
skip_key(const Keyspace *keyspace, const DdbKeyGroup *group,
		 DdbSegment *segment)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoChar(&buf, '{');
	escape_json(&buf, keyspace->partition->name);
	appendStringInfoChar(&buf, ':');
	ddb_value_append_typed(&buf, &group->partition);
	appendStringInfoChar(&buf, ',');
	escape_json(&buf, keyspace->sort->name);
	appendStringInfo(&buf, ":%s}", keyspace->greatest);
	segment->next = buf.data;
	segment->next_len = buf.len;
}

/*-------------------------------------------------------------------------
 * Items
 *-------------------------------------------------------------------------
 */

static void
add_item(DdbKeyGroup *group, const DdbPage *page, const DdbValue *sort)
{
	DdbKeyItem *item;

	if (group->nitems == group->room)
	{
		group->room *= 2;
		group->items = repalloc(group->items,
								sizeof(DdbKeyItem) * group->room);
	}
	item = &group->items[group->nitems++];
	item->text = page->item;
	item->len = page->item_len;
	item->sort = *sort;
}

static DdbKeyGroup *
create_group(const DdbValue *partition)
{
	DdbKeyGroup *group = palloc0(sizeof(DdbKeyGroup));

	group->partition = *partition;
	group->room = 1;
	group->items = palloc(sizeof(DdbKeyItem));
	return group;
}

/* The next item's keys: [0] of the partition, [1] sort. */
static bool
next_item(const Keyspace *keyspace, DdbPage *page, DdbValue *keys)
{
	DdbError	err;

	memset(keys, 0, sizeof(DdbValue) * 2);
	ddb_error_clear(&err);
	if (ddb_page_next(page, keyspace->wanted, keys, &err))
		return true;
	if (ddb_error_is_set(&err))
		ddb_error_report(&err, "Scan", keyspace->sampler->table_name);
	return false;
}

/*
 * Adds a page's items to the groups, of which the last may go on.  Returns
 * how many keys there are in the page.
 */
static int
add_page(Keyspace *keyspace, DdbPage *page, List **groups)
{
	DdbKeyGroup *group = *groups == NIL ? NULL : llast(*groups);
	DdbKeyGroup *previous = NULL;
	DdbValue	keys[DDB_MAX_PRIMARY_KEY];
	int			nkeys = 0;

	while (next_item(keyspace, page, keys))
	{
		CHECK_FOR_INTERRUPTS();
		if (group == NULL || !is_same(&group->partition, &keys[0]))
		{
			group = create_group(&keys[0]);
			*groups = lappend(*groups, group);
		}
		if (group != previous)
			nkeys++;
		previous = group;
		add_item(group, page, &keys[1]);
		keyspace->nitems++;
	}
	keyspace->nbytes += page->len;
	return nkeys;
}

/*
 * The last items of a key whose first ones have been read.  If they meet,
 * nothing is between them.
 */
static void
read_tail(Keyspace *keyspace, DdbKeyGroup *group)
{
	DdbRequest	request;
	StringInfoData condition;
	DdbPage		page;
	DdbError	err;
	DdbValue	keys[DDB_MAX_PRIMARY_KEY];
	DdbValue	last = group->items[group->nitems - 1].sort;

	ddb_request_init(&request, DDB_QUERY, keyspace->sampler->table_name, NULL,
					 false);
	initStringInfo(&condition);
	ddb_expression_append_name(&request.expression, &condition,
							   keyspace->partition->name);
	appendStringInfoString(&condition, " = ");
	ddb_expression_append_value(&request.expression, &condition,
								&group->partition);
	ddb_request_set_text(&request, "KeyConditionExpression", condition.data);
	ddb_request_set_backward(&request);
	if (!ddb_sample_read(keyspace->sampler, &request, keyspace->limit, NULL,
						 0, &page, &err))
		ddb_error_report(&err, "Query", keyspace->sampler->table_name);
	while (next_item(keyspace, &page, keys))
	{
		if (is_same(&last, &keys[1]))
		{
			group->cut = false;
			break;
		}
		add_item(group, &page, &keys[1]);
		keyspace->nitems++;
	}
	keyspace->nbytes += page.len;
}

/*-------------------------------------------------------------------------
 * Segments
 *-------------------------------------------------------------------------
 */

/* May so many pages more be read? */
static bool
may_read(const Keyspace *keyspace, double pages)
{
	return ddb_sample_affords(keyspace->sampler, (int) ceil(pages)) &&
		keyspace->nitems < keyspace->max_items &&
		keyspace->nbytes < keyspace->max_bytes;
}

/* Asks for a segment's next page. */
static void
ask(Keyspace *keyspace, DdbSegment *segment)
{
	ddb_sample_ask(keyspace->sampler, segment, keyspace->limit);
}

/*
 * Reads a segment, whose first page has been asked for, to its end; its keys
 * are added to *groups.  skip: leave out the middle of keys with many items.
 */
static VisitResult
visit(Keyspace *keyspace, DdbSegment *segment, int max_pages, bool skip,
	  List **groups)
{
	for (int npages = 1;; npages++)
	{
		DdbError	err;
		DdbKeyGroup *group;
		int			nkeys;

		if (!ddb_sample_receive(keyspace->sampler, segment, &err))
			ddb_error_report(&err, "Scan", keyspace->sampler->table_name);
		nkeys = add_page(keyspace, &segment->page, groups);
		if (segment->finished)
			return VISIT_COMPLETE;
		if (npages >= max_pages)
			return VISIT_LONG;
		if (!may_read(keyspace, 2))
			return VISIT_STOPPED;
		group = *groups == NIL ? NULL : llast(*groups);
		if (skip && keyspace->sort != NULL && nkeys == 1 &&
			group->nitems >= keyspace->limit)
		{
			group->cut = true;
			read_tail(keyspace, group);
			skip_key(keyspace, group, segment);
		}
		ask(keyspace, segment);
	}
}

/* A random order of segments: their number is a power of two. */
typedef struct SegmentOrder
{
	int			total;
	int			start;
	int			stride;			/* odd */
	int			nvisited;
} SegmentOrder;

static void
init_order(SegmentOrder *order, int total)
{
	order->total = total;
	order->start = (int) pg_prng_uint64_range(&pg_global_prng_state, 0,
											  total - 1);
	order->stride = (int) pg_prng_uint64_range(&pg_global_prng_state, 0,
											   total / 2 - 1) * 2 + 1;
	order->nvisited = 0;
}

static void
next_segment(SegmentOrder *order, DdbSegment *segment)
{
	memset(segment, 0, sizeof(*segment));
	segment->total = order->total;
	segment->number = (int) ((order->start +
							  (int64) order->nvisited * order->stride) %
							 order->total);
	order->nvisited++;
}

/* Keeps what was found in a segment that has been read to its end. */
static void
keep(Keyspace *keyspace, const SegmentOrder *order, List *groups)
{
	DdbKeySample *sample = keyspace->sample;
	ListCell   *lc;

	foreach(lc, groups)
	{
		const DdbKeyGroup *group = lfirst(lc);

		sample->nitems += group->nitems;
		sample->ncut += group->cut;
	}
	sample->groups = list_concat(sample->groups, groups);
	sample->share += 1.0 / order->total;
}

static void
discard(DdbKeySample *sample)
{
	memset(sample, 0, sizeof(*sample));
}

/* Do segments of this number end soon?  What is read of them is kept. */
static bool
try_order(Keyspace *keyspace, SegmentOrder *order, double most_units)
{
	for (int i = 0; i < TRIALS; i++)
	{
		DdbSegment	segment;
		List	   *groups = NIL;

		if (!may_read(keyspace, 1))
			return true;
		next_segment(order, &segment);
		ask(keyspace, &segment);
		switch (visit(keyspace, &segment, TRIAL_PAGES, true, &groups))
		{
			case VISIT_COMPLETE:
				keep(keyspace, order, groups);
				break;
			case VISIT_LONG:
				return keyspace->sampler->usage.units > most_units;
			case VISIT_STOPPED:
				return true;
		}
	}
	return true;
}

/* Finds into how many segments to divide the table, and visits the first. */
static void
choose_order(Keyspace *keyspace, SegmentOrder *order)
{
	const DdbSampler *sampler = keyspace->sampler;
	double		most_units = sampler->usage.units +
		(sampler->read_units - sampler->usage.units) * TRIAL_SHARE;

	for (int total = LEAST_SEGMENTS;; total *= SEGMENT_FACTOR)
	{
		init_order(order, total);
		if (try_order(keyspace, order, most_units) ||
			total > MOST_SEGMENTS / SEGMENT_FACTOR)
			return;
		discard(keyspace->sample);
	}
}

/*
 * Visits segments as long as there is budget, their first pages some at a
 * time.  None is begun that could probably not be read to its end: those that
 * are would be the short ones.
 */
static void
visit_segments(Keyspace *keyspace, SegmentOrder *order, int concurrency)
{
	DdbSegment *segments = palloc(sizeof(DdbSegment) * concurrency);
	int64		before = keyspace->sampler->usage.requests;
	int64		nvisited = 0;

	for (;;)
	{
		double		pages = nvisited == 0 ? TRIAL_PAGES :
			(double) (keyspace->sampler->usage.requests - before) / nvisited;
		int			n = Min(concurrency, order->total - order->nvisited);

		while (n > 0 && !may_read(keyspace, n * pages))
			n--;
		if (n == 0)
			break;
		for (int i = 0; i < n; i++)
		{
			next_segment(order, &segments[i]);
			ask(keyspace, &segments[i]);
		}
		for (int i = 0; i < n; i++)
		{
			List	   *groups = NIL;

			if (visit(keyspace, &segments[i], MOST_PAGES, true,
					  &groups) == VISIT_COMPLETE)
				keep(keyspace, order, groups);
		}
		nvisited += n;
	}
}

/*-------------------------------------------------------------------------
 * The table
 *-------------------------------------------------------------------------
 */

/*
 * Reads the table from its beginning, in pages as large as the budget allows.
 * False if it has more than may be read.
 */
static bool
read_whole(Keyspace *keyspace, double most_units)
{
	DdbSampler *sampler = keyspace->sampler;
	DdbSegment	segment = {.total = 1};
	SegmentOrder order = {.total = 1};
	List	   *groups = NIL;

	keyspace->limit = 10;
	for (;;)
	{
		double		affordable;

		ask(keyspace, &segment);
		if (visit(keyspace, &segment, 1, false, &groups) == VISIT_COMPLETE)
		{
			keep(keyspace, &order, groups);
			return true;
		}
		affordable = (most_units - sampler->usage.units) *
			DDB_SAMPLE_UNIT_BYTES /
			ddb_sample_item_bytes(sampler, DEFAULT_BYTES);
		if (affordable < 1 || keyspace->nitems >= keyspace->max_items ||
			keyspace->nbytes >= keyspace->max_bytes)
			return false;
		keyspace->limit = (int64) Min(affordable, 10000);
	}
}

/* Is the table worth trying to read as a whole, and for how many units? */
static bool
may_be_whole(const Keyspace *keyspace, double *most_units)
{
	const DdbIndex *table = &keyspace->schema->primary;
	double		budget = keyspace->sampler->read_units;

	if (table->item_count <= 0 || table->size_bytes <= 0)
	{
		*most_units = budget * WHOLE_SHARE;
		return true;
	}
	*most_units = budget;
	return table->item_count <= keyspace->max_items &&
		table->size_bytes / DDB_SAMPLE_UNIT_BYTES <= budget * (1 - TRIAL_SHARE);
}

/*
 * Reads a random part of a table's keys within the sampler's budget, at most
 * about max_items items or max_bytes of JSON; all of them where that is
 * possible.  concurrency: requests at a time.  Everything is palloc'd in the
 * current context, pages included.  Raises what the service says.
 */
DdbKeySample *
ddb_keyspace_sample(DdbSampler *sampler, const DdbSchema *schema,
					int concurrency, int max_items, Size max_bytes)
{
	Keyspace	keyspace = {0};
	const DdbIndex *table = &schema->primary;
	const char *names[DDB_MAX_PRIMARY_KEY];
	double		most_units;
	double		bytes;
	SegmentOrder order;

	keyspace.sampler = sampler;
	keyspace.schema = schema;
	keyspace.partition = &table->partition[0];
	keyspace.sort = table->nsort > 0 ? &table->sort[0] : NULL;
	names[0] = keyspace.partition->name;
	if (keyspace.sort != NULL)
	{
		names[1] = keyspace.sort->name;
		keyspace.greatest = greatest_sort_key(keyspace.sort->type);
	}
	keyspace.wanted = ddb_page_wanted_create(keyspace.sort == NULL ? 1 : 2,
											 names);
	keyspace.max_items = max_items;
	keyspace.max_bytes = max_bytes;
	keyspace.sample = palloc0(sizeof(DdbKeySample));

	if (!may_read(&keyspace, 1))
		return keyspace.sample;
	if (may_be_whole(&keyspace, &most_units) &&
		read_whole(&keyspace, most_units))
		return keyspace.sample;
	bytes = ddb_schema_entry_size(table);
	if (bytes == 0)
		bytes = ddb_sample_item_bytes(sampler, DEFAULT_BYTES);
	keyspace.limit = (int64) Max(1.0, PAGE_BYTES / bytes);
	keyspace.nitems = 0;
	sampler->dearest = Max(DDB_LEAST_UNITS,
						   keyspace.limit * bytes / DDB_SAMPLE_UNIT_BYTES);
	choose_order(&keyspace, &order);
	visit_segments(&keyspace, &order, concurrency);
	return keyspace.sample;
}
