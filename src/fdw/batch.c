/*-------------------------------------------------------------------------
 *
 * batch.c
 *	  The keys of the rows that a join will ask for next.
 *
 * A look-ahead node puts keys in before the rows they are of go up to the
 * join.  When the scan on the join's other side is asked for the first of
 * them, it asks DynamoDB for all: complete keys by BatchGetItem, others by as
 * many Queries at once.  What isn't in the batch, for whatever reason, the
 * scan asks for by itself; so a batch can make a join cheaper, and can't make
 * it wrong.
 *
 * Answers stay when the rows they were asked for have gone, until they take
 * more than work_mem: of rows whose keys come again and again, each key is
 * asked for once.  A statement on an ordinary table would see one snapshot, so
 * an answer is never too old for it.
 *
 * A scan without a look-ahead, as in a sub-select, puts in the key of each row
 * by itself, for the sake of those that come again.
 *
 * A batch is found by its executor state and its number in the plan, and gone
 * with that state.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "fdw/batch.h"
#include "fdw/scan_start.h"
#include "fdw/stream_keys.h"
#include "lib/ilist.h"
#include "mapping/condition.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/* A chain of a few keys each, where work_mem is 4 MB. */
#define BUCKETS 1024

/* A key, and what was found under it. */
typedef struct BatchKey
{
	DdbKeyText	text;			/* its conditions */
	struct BatchKey *next;		/* in the same bucket */
	DdbKeySet	keys;			/* it alone */
	bool		due;			/* a row waits for it that was read ahead */
	const DdbScanTargets *asked;	/* what was asked of its items, or NULL */
	DdbStream  *stream;			/* other than complete keys: a Query's */
	bool		used;			/* some row has read from it */
	bool		found;			/* complete keys: there is such an item */
	DdbValue   *values;			/* of the wanted attributes */
	const char *item;
	size_t		item_len;
} BatchKey;

struct DdbBatch
{
	dlist_node	node;			/* in batches */
	EState	   *estate;
	int			number;
	MemoryContextCallback callback;
	MemoryContext context;		/* of all keys and their answers */
	List	   *due;			/* BatchKey, each once: not asked for yet */
	BatchKey   *buckets[BUCKETS];
	bool		filtered;		/* some answers are no more than was wanted */

	/* pages of Queries, which no memory context knows of */
	const DdbUsage *usage;		/* NULL: there are none */
	int64		received;		/* by others, before */
};

/* All of this backend. */
static dlist_head batches = DLIST_STATIC_INIT(batches);

/* A memory context callback. */
static void
forget(void *arg)
{
	dlist_delete(&((DdbBatch *) arg)->node);
}

/*
 * Creates a batch that lives as long as the executor state; number is 0 if
 * nobody looks for it.
 */
DdbBatch *
ddb_batch_create(EState *estate, int number)
{
	DdbBatch   *batch = MemoryContextAllocZero(estate->es_query_cxt,
											   sizeof(DdbBatch));

	batch->estate = estate;
	batch->number = number;
	batch->context = AllocSetContextCreate(estate->es_query_cxt,
										   "dynamodb_fdw join batch",
										   ALLOCSET_DEFAULT_SIZES);
	batch->callback.func = forget;
	batch->callback.arg = batch;
	dlist_push_head(&batches, &batch->node);
	MemoryContextRegisterResetCallback(estate->es_query_cxt,
									   &batch->callback);
	return batch;
}

/* The batch of that number, or NULL, as for 0. */
DdbBatch *
ddb_batch_find(EState *estate, int number)
{
	dlist_iter	iter;

	if (number == 0)
		return NULL;
	dlist_foreach(iter, &batches)
	{
		DdbBatch   *batch = dlist_container(DdbBatch, node, iter.cur);

		if (batch->estate == estate && batch->number == number)
			return batch;
	}
	return NULL;
}

/* Forgets all keys and their answers. */
static void
forget_keys(DdbBatch *batch)
{
	MemoryContextReset(batch->context);
	batch->due = NIL;
	memset(batch->buckets, 0, sizeof(batch->buckets));
	batch->filtered = false;
	batch->usage = NULL;
}

/* Bytes that keys and answers take, as far as can be told. */
static int64
size_of(const DdbBatch *batch)
{
	int64		size = MemoryContextMemAllocated(batch->context, true);

	if (batch->usage != NULL)
		size += batch->usage->bytes_received - batch->received;
	return size;
}

/*
 * No row waits for an answer any more: keys for other ones may come.  No
 * stream that the batch has opened may be read after that.
 */
void
ddb_batch_next(DdbBatch *batch)
{
	ListCell   *lc;

	foreach(lc, batch->due)
		((BatchKey *) lfirst(lc))->due = false;
	batch->due = NIL;
	if (size_of(batch) > (int64) work_mem * 1024)
		forget_keys(batch);
}

/*
 * The same where the join begins anew: parameters in a filter may have other
 * values now, which are no part of the key.
 */
void
ddb_batch_rescan(DdbBatch *batch)
{
	if (batch->filtered)
		forget_keys(batch);
	ddb_batch_next(batch);
}

/* A key's conditions as one string: equal if and only if they are. */
static void
make_text(const DdbKeyCondition *conditions, int n, DdbKeyText *text)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < n; i++)
	{
		const DdbKeyCondition *condition = &conditions[i];

		if (condition->attribute == NULL)
			continue;
		appendStringInfo(&buf, "%d:%d:", i, (int) condition->op);
		ddb_key_append_text(&buf, &condition->value);
		if (condition->op == DDB_OP_BETWEEN)
			ddb_key_append_text(&buf, &condition->upper);
	}
	text->text = buf.data;
	text->len = buf.len;
}

static BatchKey **
bucket_of(DdbBatch *batch, const DdbKeyText *text)
{
	uint32		hash = hash_bytes((const unsigned char *) text->text,
								  (int) text->len);

	return &batch->buckets[hash % BUCKETS];
}

static BatchKey *
lookup(DdbBatch *batch, const DdbKeyText *text)
{
	BatchKey   *key = *bucket_of(batch, text);

	while (key != NULL &&
		   (key->text.len != text->len ||
			memcmp(key->text.text, text->text, text->len) != 0))
		key = key->next;
	return key;
}

/* The key that a row waits for is to be asked for, if it wasn't yet. */
static void
make_due(DdbBatch *batch, BatchKey *key)
{
	MemoryContext oldcontext;

	if (key->due || key->asked != NULL)
		return;
	oldcontext = MemoryContextSwitchTo(batch->context);
	key->due = true;
	batch->due = lappend(batch->due, key);
	MemoryContextSwitchTo(oldcontext);
}

/* Adds a key that the batch hasn't: its values anew, to live as long. */
static BatchKey *
add(DdbBatch *batch, List *bound, ExprContext *econtext)
{
	MemoryContext oldcontext = MemoryContextSwitchTo(batch->context);
	BatchKey   *added = palloc0_object(BatchKey);
	BatchKey  **bucket;

	if (!ddb_condition_fold(bound, econtext, &added->keys))
		added = NULL;
	else
	{
		make_text(added->keys.conditions, added->keys.nattributes,
				  &added->text);
		bucket = bucket_of(batch, &added->text);
		added->next = *bucket;
		*bucket = added;
	}
	MemoryContextSwitchTo(oldcontext);
	return added;
}

/*
 * A row waits for the one key that these constraints, with the values that
 * are in the context now, were folded to.
 */
void
ddb_batch_want(DdbBatch *batch, const DdbKeySet *keys, List *bound,
			   ExprContext *econtext)
{
	DdbKeyText	text;
	BatchKey   *key;

	Assert(keys->nkeys == 1);
	make_text(keys->conditions, keys->nattributes, &text);
	key = lookup(batch, &text);
	if (key == NULL)
		key = add(batch, bound, econtext);
	if (key != NULL)
		make_due(batch, key);
}

/* How many keys there are to be asked for. */
int
ddb_batch_count(const DdbBatch *batch)
{
	return list_length(batch->due);
}

static const char *
copy_text(const char *text, size_t len)
{
	return memcpy(palloc(len + 1), text != NULL ? text : "", len);
}

/* The key of an item that several were asked for; NULL if it is none. */
static BatchKey *
key_of_item(DdbBatch *batch, const DdbScanState *scan, const DdbValue *values)
{
	const int  *wanted = scan->targets->projection->extras +
		list_length(scan->order);
	int			nattributes = list_length(scan->key_names);
	DdbKeyCondition conditions[DDB_MAX_PRIMARY_KEY];
	DdbKeyText	text;

	if (list_length(batch->due) == 1)
		return linitial(batch->due);
	for (int i = 0; i < nattributes; i++)
	{
		conditions[i].attribute = strVal(list_nth(scan->key_names, i));
		conditions[i].op = DDB_OP_EQ;
		ddb_key_make(&values[wanted[i]], &conditions[i].value);
	}
	make_text(conditions, nattributes, &text);
	return lookup(batch, &text);
}

/* Gives a copy of an item to its key. */
static void
keep_item(DdbBatch *batch, BatchKey *key, const DdbProjectionMap *projection,
		  const DdbValue *values, const char *item, size_t item_len)
{
	MemoryContext oldcontext = MemoryContextSwitchTo(batch->context);

	key->found = true;
	key->values = palloc(sizeof(DdbValue) * projection->nwanted);
	for (int i = 0; i < projection->nwanted; i++)
	{
		key->values[i] = values[i];
		key->values[i].text = copy_text(values[i].text, values[i].len);
	}
	if (projection->whole_item)
	{
		key->item = copy_text(item, item_len);
		key->item_len = item_len;
	}
	MemoryContextSwitchTo(oldcontext);
}

/* Asks for all keys that are due, which are complete. */
static void
look_up(DdbBatch *batch, DdbScanState *scan)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "dynamodb_fdw lookups",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext oldcontext = MemoryContextSwitchTo(context);
	DdbKeySet	all = ((BatchKey *) linitial(batch->due))->keys;
	DdbStream  *stream;
	const char *item;
	size_t		item_len;
	ListCell   *lc;

	all.nkeys = list_length(batch->due);
	all.conditions = palloc(sizeof(DdbKeyCondition) * all.nattributes *
							all.nkeys);
	foreach(lc, batch->due)
		memcpy(ddb_keyset_get(&all, foreach_current_index(lc)),
			   ((BatchKey *) lfirst(lc))->keys.conditions,
			   sizeof(DdbKeyCondition) * all.nattributes);
	stream = ddb_scan_start_open(scan, &all);
	while (ddb_stream_next(stream, scan->values, &item, &item_len))
	{
		BatchKey   *key = key_of_item(batch, scan, scan->values);

		if (key != NULL)
			keep_item(batch, key, scan->targets->projection, scan->values,
					  item, item_len);
	}
	MemoryContextSwitchTo(oldcontext);
	MemoryContextDelete(context);
}

/* Asks for all keys that are due, each by a Query. */
static void
query(DdbBatch *batch, DdbScanState *scan)
{
	MemoryContext oldcontext = MemoryContextSwitchTo(batch->context);
	ListCell   *lc;

	if (batch->usage == NULL)
	{
		batch->usage = &scan->usage;
		batch->received = scan->usage.bytes_received;
	}
	foreach(lc, batch->due)
	{
		BatchKey   *key = lfirst(lc);

		key->stream = ddb_scan_start_open(scan, &key->keys);
		ddb_stream_set_demand(key->stream, scan->limit);
		ddb_stream_start(key->stream);
	}
	MemoryContextSwitchTo(oldcontext);
}

/* Asks for all keys that are due. */
static void
ask(DdbBatch *batch, DdbScanState *scan)
{
	ListCell   *lc;

	if (scan->full_key)
		look_up(batch, scan);
	else
		query(batch, scan);
	foreach(lc, batch->due)
	{
		BatchKey   *key = lfirst(lc);

		key->asked = scan->targets;
		key->due = false;
	}
	batch->due = NIL;
	batch->filtered |= scan->filters != NIL;
}

/* The one item of a complete key, or none. */
typedef struct HeldItem
{
	DdbStream	stream;
	const BatchKey *key;
	bool		done;
} HeldItem;

static void
start_held(DdbStream *stream)
{
}

static bool
next_held(DdbStream *stream, DdbValue *values,
		  const char **item, size_t *item_len)
{
	HeldItem   *held = (HeldItem *) stream;

	if (held->done || !held->key->found)
		return false;
	held->done = true;
	memcpy(values, held->key->values,
		   sizeof(DdbValue) * stream->spec->nwanted);
	if (item != NULL)
	{
		*item = held->key->item;
		*item_len = held->key->item_len;
	}
	return true;
}

static bool
is_held_ending(const DdbStream *stream)
{
	return true;
}

static bool
rewind_held(DdbStream *stream)
{
	((HeldItem *) stream)->done = false;
	return true;
}

static const DdbStreamMethods held_methods = {
	start_held, next_held, is_held_ending, rewind_held, NULL
};

static DdbStream *
hold_item(const BatchKey *key, const DdbScanState *scan)
{
	DdbStreamSpec *spec = palloc0_object(DdbStreamSpec);
	HeldItem   *held;

	spec->nwanted = scan->targets->projection->nwanted;
	held = (HeldItem *) ddb_stream_create(sizeof(HeldItem), &held_methods,
										  spec);
	held->key = key;
	return &held->stream;
}

/* The stream of a Query that another row may have read from. */
static DdbStream *
reuse(BatchKey *key)
{
	if (key->stream == NULL ||
		(key->used && !ddb_stream_rewind(key->stream)))
		return NULL;
	key->used = true;
	return key->stream;
}

/*
 * The stream of what is under scan->keys, if that is a key in the batch; else
 * NULL.  It is good until the next row's.  The first to ask makes the batch
 * ask DynamoDB; waits, interruptibly, and raises as a scan does.
 */
DdbStream *
ddb_batch_open(DdbBatch *batch, DdbScanState *scan)
{
	DdbKeyText	text;
	BatchKey   *key;

	if (scan->keys.nkeys != 1)
		return NULL;
	make_text(scan->keys.conditions, scan->keys.nattributes, &text);
	key = lookup(batch, &text);
	if (key != NULL && key->due)
		ask(batch, scan);
	/* a row whose values want a recheck wants other attributes for it */
	if (key == NULL || key->asked != scan->targets)
		return NULL;
	return scan->full_key ? hold_item(key, scan) : reuse(key);
}
