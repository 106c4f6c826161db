/*-------------------------------------------------------------------------
 *
 * batch.c
 *	  The keys of the rows that a join will ask for next.
 *
 * A look-ahead node puts keys in before the rows they are of go up to the
 * join.  When the scan on the join's other side is asked for the first of
 * them, it asks DynamoDB for all: complete keys by one BatchGetItem, others by
 * as many Queries at once.  What isn't in the batch, for whatever reason, the
 * scan asks for by itself; so a batch can make a join cheaper, and can't make
 * it wrong.
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
#include "utils/memutils.h"

/* Some two for each key of a BatchGetItem. */
#define BUCKETS 256

/* A key, and what was found under it. */
typedef struct BatchKey
{
	DdbKeyText	text;			/* its conditions */
	struct BatchKey *next;		/* in the same bucket */
	DdbKeySet	keys;			/* it alone */
	DdbStream  *stream;			/* other than complete keys: a Query's */
	bool		found;			/* complete keys: there is such an item */
	DdbValue   *values;			/* of the wanted attributes */
	const char *item;
	size_t		item_len;
} BatchKey;

struct DdbBatch
{
	DdbBatch   *next;			/* in batches */
	EState	   *estate;
	int			number;
	MemoryContextCallback callback;
	MemoryContext context;		/* of the keys at hand, and their answers */
	const DdbScanTargets *asked;	/* what was asked of the items, or NULL */
	int			nrows;			/* whose keys were added */
	List	   *keys;			/* BatchKey, each once */
	BatchKey   *buckets[BUCKETS];
};

static DdbBatch *batches = NULL;

/* A memory context callback. */
static void
forget(void *arg)
{
	DdbBatch  **link = &batches;

	while (*link != NULL && *link != arg)
		link = &(*link)->next;
	if (*link != NULL)
		*link = (*link)->next;
}

/* Creates a batch that lives as long as the executor state. */
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
	batch->next = batches;
	batches = batch;
	MemoryContextRegisterResetCallback(estate->es_query_cxt,
									   &batch->callback);
	return batch;
}

/* The batch of that number, or NULL: then every key is asked for by itself. */
DdbBatch *
ddb_batch_find(EState *estate, int number)
{
	DdbBatch   *batch = batches;

	while (batch != NULL &&
		   (batch->estate != estate || batch->number != number))
		batch = batch->next;
	return batch;
}

/*
 * Forgets the keys and their answers.  No stream that the batch has opened may
 * be read after that.  Returns the context for the next keys.
 */
MemoryContext
ddb_batch_clear(DdbBatch *batch)
{
	MemoryContextReset(batch->context);
	batch->asked = NULL;
	batch->nrows = 0;
	batch->keys = NIL;
	memset(batch->buckets, 0, sizeof(batch->buckets));
	return batch->context;
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

/*
 * Adds the key of a row, which must live in the context that clearing
 * returned.  Returns how many different keys there are now.
 */
int
ddb_batch_add(DdbBatch *batch, const DdbKeySet *keys)
{
	MemoryContext oldcontext = MemoryContextSwitchTo(batch->context);
	BatchKey   *added = palloc0_object(BatchKey);
	BatchKey  **bucket;

	Assert(keys->nkeys == 1);
	batch->nrows++;
	added->keys = *keys;
	make_text(keys->conditions, keys->nattributes, &added->text);
	if (lookup(batch, &added->text) == NULL)
	{
		bucket = bucket_of(batch, &added->text);
		added->next = *bucket;
		*bucket = added;
		batch->keys = lappend(batch->keys, added);
	}
	MemoryContextSwitchTo(oldcontext);
	return list_length(batch->keys);
}

/* Gives an item to its key. */
static void
take_item(DdbBatch *batch, const DdbScanState *scan, const DdbValue *values,
		  const char *item, size_t item_len)
{
	size_t		size = sizeof(DdbValue) * scan->targets->projection->nwanted;
	int			nattributes = list_length(scan->key_names);
	const int  *wanted = scan->targets->projection->extras + list_length(scan->order);
	DdbKeyCondition conditions[2];
	DdbKeyText	text;
	BatchKey   *key;

	for (int i = 0; i < nattributes; i++)
	{
		conditions[i].attribute = strVal(list_nth(scan->key_names, i));
		conditions[i].op = DDB_OP_EQ;
		ddb_key_make(&values[wanted[i]], &conditions[i].value);
	}
	make_text(conditions, nattributes, &text);
	key = lookup(batch, &text);
	if (key == NULL)
		return;
	key->found = true;
	key->item = item;
	key->item_len = item_len;
	key->values = memcpy(palloc(size), values, size);
}

/* Asks for all keys, which are complete: one BatchGetItem. */
static void
look_up(DdbBatch *batch, DdbScanState *scan)
{
	DdbKeySet  *all = palloc_object(DdbKeySet);
	DdbStream  *stream;
	const char *item;
	size_t		item_len;
	ListCell   *lc;

	*all = ((BatchKey *) linitial(batch->keys))->keys;
	all->nkeys = list_length(batch->keys);
	all->conditions = palloc(sizeof(DdbKeyCondition) * all->nattributes *
							 all->nkeys);
	foreach(lc, batch->keys)
		memcpy(ddb_keyset_get(all, foreach_current_index(lc)),
			   ((BatchKey *) lfirst(lc))->keys.conditions,
			   sizeof(DdbKeyCondition) * all->nattributes);
	stream = ddb_scan_start_open(scan, all);
	while (ddb_stream_next(stream, scan->values, &item, &item_len))
		take_item(batch, scan, scan->values, item, item_len);
}

/* Asks for all keys, each by a Query. */
static void
query(DdbBatch *batch, DdbScanState *scan)
{
	ListCell   *lc;

	foreach(lc, batch->keys)
	{
		BatchKey   *key = lfirst(lc);

		key->stream = ddb_scan_start_open(scan, &key->keys);
		ddb_stream_set_demand(key->stream, scan->limit);
		ddb_stream_start(key->stream);
	}
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

/*
 * The stream of what is under scan->keys, if that is a key in the batch; else
 * NULL.  It belongs to the batch, until that is cleared.  The first to ask
 * makes the batch ask DynamoDB; waits, interruptibly, and raises as a scan
 * does.
 */
DdbStream *
ddb_batch_open(DdbBatch *batch, DdbScanState *scan)
{
	MemoryContext oldcontext;
	DdbKeyText	text;
	BatchKey   *key;
	DdbStream  *stream = NULL;

	/* for a row that stands alone, the scan itself asks */
	if (batch->nrows < 2 || scan->keys.nkeys != 1)
		return NULL;
	oldcontext = MemoryContextSwitchTo(batch->context);
	make_text(scan->keys.conditions, scan->keys.nattributes, &text);
	key = lookup(batch, &text);
	if (key != NULL)
	{
		if (batch->asked == NULL && scan->full_key)
			look_up(batch, scan);
		else if (batch->asked == NULL)
			query(batch, scan);
		if (batch->asked == NULL)
			batch->asked = scan->targets;
		/* a row whose values want a recheck wants other attributes for it */
		if (batch->asked != scan->targets)
			stream = NULL;
		else if (scan->full_key)
			stream = hold_item(key, scan);
		/* another row had the same key, and may have used it up */
		else if (key->stream != NULL && !key->found)
			stream = key->stream;
		else if (key->stream != NULL && ddb_stream_rewind(key->stream))
			stream = key->stream;
		key->found |= !scan->full_key;
	}
	MemoryContextSwitchTo(oldcontext);
	return stream;
}
