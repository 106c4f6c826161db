/*-------------------------------------------------------------------------
 *
 * stream_keys.c
 *	  The items of many keys, by BatchGetItem, in the order of the keys.
 *
 * Keys are taken from a source and asked for in batches, the next of which
 * leave while the current one is used: one, two, four of them, up to
 * concurrency, or that many at once where all of them are expected to be
 * wanted; the first one among them where rows wait for all.  The service
 * answers in any order and leaves undone what it likes, so a batch is complete
 * when all its keys are processed; then items are matched to keys by their
 * values.  What isn't there yields no item.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fdw/stream_keys.h"
#include "mapping/key.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/*
 * One key of a batch, and its item.  An index may have entries of one item at
 * two places, where it was and where it is: then each has its key, and that
 * which the item still agrees with gets it.
 */
typedef struct BatchKey
{
	DdbKeyText	text;			/* to match by; comes first */
	DdbKeyText	checked;		/* what else the item must have */
	bool		found;
	const char *item;
	size_t		item_len;
	DdbValue   *values;			/* of the wanted attributes */
} BatchKey;

typedef struct Batch
{
	MemoryContext context;		/* holds all of it, answers too */
	int			nkeys;
	BatchKey   *keys;			/* in the source's order */
	BatchKey  **sorted;			/* by text */
	DdbCall    *call;
	double		units;			/* expected to take */
	bool		complete;
	int			nread;			/* keys whose item was handed out, or passed */
} Batch;

typedef struct KeyStream
{
	DdbStream	stream;
	DdbKeysSpec spec;
	StringInfoData body;
	bool		exhausted;		/* the source has no more keys */
	List	   *batches;		/* in flight or being read, first in first */
	int			window;			/* how many batches may be ahead */
	int64		nsent;			/* keys asked for so far */
	int64		nreturned;
} KeyStream;

/*
 * Key values as one string: equal if and only if they are.  A number's many
 * spellings become one.  What no key can be is different from all that are.
 */
static void
make_text(const DdbValue *key, int n, DdbKeyText *text)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < n; i++)
	{
		DdbKey		value;

		if (!ddb_schema_is_key_type(key[i].type))
		{
			appendStringInfoChar(&buf, '-');
			continue;
		}
		ddb_key_make(&key[i], &value);
		ddb_key_append_text(&buf, &value);
	}
	text->text = buf.data;
	text->len = buf.len;
}

/* How many keys are asked for before it is seen what comes of them; 0: all. */
static int64
first_keys(const KeyStream *stream)
{
	int64		demand = stream->stream.demand;

	return stream->stream.spec->exact ? demand :
		Min(demand, DDB_MAX_BATCH_KEYS) * DDB_FILTER_FACTOR;
}

/* How many keys the next batch should have. */
static int
next_batch_size(const KeyStream *stream)
{
	int64		first = first_keys(stream);
	int			affordable = ddb_budget_most_keys(stream->stream.spec->budget);
	int			most = Min(stream->spec.batch_size, DDB_MAX_BATCH_KEYS);

	if (affordable > 0)
		most = Min(most, affordable);

	/*
	 * The consumer takes so many rows: at first, no more keys than that, or
	 * some more where the recheck removes items.  Each has its price.
	 */
	if (first > 0)
		most = Min(most, Max(first, stream->stream.spec->exact ? stream->nsent :
							 stream->nsent * (DDB_FILTER_FACTOR - 1)));
	return Max(most, 1);
}

/* Sorts the keys by text, for items to be matched to them. */
static void
index_keys(Batch *batch)
{
	batch->sorted = palloc(sizeof(BatchKey *) * batch->nkeys);
	for (int i = 0; i < batch->nkeys; i++)
		batch->sorted[i] = &batch->keys[i];
	qsort(batch->sorted, batch->nkeys, sizeof(BatchKey *),
		  ddb_key_compare_texts);
}

/* Is this key, the next one, there before?  The service refuses doubles. */
static bool
is_double(const Batch *batch, const BatchKey *next)
{
	for (int i = 0; i < batch->nkeys; i++)
	{
		const BatchKey *key = &batch->keys[i];

		if (ddb_key_compare_texts(&key, &next) == 0)
			return true;
	}
	return false;
}

/* Takes keys from the source; false if there are none. */
static bool
fill_batch(KeyStream *stream, Batch *batch, StringInfo keys)
{
	const DdbKeysSpec *spec = &stream->spec;
	int			most = next_batch_size(stream);
	DdbValue	key[DDB_MAX_PRIMARY_KEY + DDB_MAX_CHECKED];

	batch->keys = palloc0(sizeof(BatchKey) * most);
	while (batch->nkeys < most)
	{
		BatchKey   *added = &batch->keys[batch->nkeys];
		bool		again;

		CHECK_FOR_INTERRUPTS();
		if (!spec->source.next(spec->source.arg, stream->stream.demand, key))
		{
			stream->exhausted = true;
			break;
		}
		make_text(key, spec->nattributes, &added->text);
		make_text(key + spec->nattributes, spec->nchecked, &added->checked);
		again = is_double(batch, added);
		batch->nkeys++;
		if (again)
			continue;
		if (keys->len > 0)
			appendStringInfoChar(keys, ',');
		ddb_request_append_key(keys, spec->nattributes, spec->names, key);
	}
	if (batch->nkeys == 0)
		return false;
	index_keys(batch);
	return true;
}

/* Asks for the next batch; false if there are no more keys. */
static bool
send_batch(KeyStream *stream)
{
	const DdbStreamSpec *spec = stream->stream.spec;
	MemoryContext context = AllocSetContextCreate(stream->stream.context,
												  "dynamodb_fdw batch",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext oldcontext = MemoryContextSwitchTo(context);
	Batch	   *batch = palloc0_object(Batch);
	StringInfoData keys;

	batch->context = context;
	initStringInfo(&keys);
	if (!fill_batch(stream, batch, &keys))
	{
		MemoryContextSwitchTo(oldcontext);
		MemoryContextDelete(context);
		return false;
	}
	ddb_request_render_batch(stream->spec.request, &stream->body, keys.data);
	batch->units = ddb_budget_expect_keys(spec->budget, batch->nkeys);
	batch->call = ddb_stream_send(spec, context, DDB_BATCH_GET_ITEM,
								  &stream->body, batch->units);
	stream->nsent += batch->nkeys;
	MemoryContextSwitchTo(stream->stream.context);
	stream->batches = lappend(stream->batches, batch);
	MemoryContextSwitchTo(oldcontext);
	return true;
}

/*
 * Does an item still have the values of its entry?  If not, the entry is out
 * of date: the item belongs elsewhere in the index, where a Query will find it
 * or has found it already, and not here.
 */
static bool
is_as_checked(const KeyStream *stream, const BatchKey *key,
			  const DdbValue *values)
{
	const DdbKeysSpec *spec = &stream->spec;
	DdbValue	checked[DDB_MAX_CHECKED];
	DdbKeyText	text;

	for (int i = 0; i < spec->nchecked; i++)
		checked[i] = values[spec->checked[i]];
	make_text(checked, spec->nchecked, &text);
	return key->checked.len == text.len &&
		memcmp(key->checked.text, text.text, text.len) == 0;
}

/*
 * The first key, in the source's order, that an item belongs to; NULL if none
 * asked for it.
 */
static BatchKey *
find_key(const KeyStream *stream, const Batch *batch, const DdbKeyText *text,
		 const DdbValue *values)
{
	const DdbKeyText *wanted = text;
	BatchKey  **end = batch->sorted + batch->nkeys;
	BatchKey  **found = bsearch(&wanted, batch->sorted, batch->nkeys,
								sizeof(BatchKey *), ddb_key_compare_texts);
	BatchKey   *first = NULL;

	if (found == NULL)
		return NULL;
	while (found > batch->sorted &&
		   ddb_key_compare_texts(found - 1, &wanted) == 0)
		found--;
	for (; found < end && ddb_key_compare_texts(found, &wanted) == 0; found++)
	{
		if ((first == NULL || *found < first) &&
			is_as_checked(stream, *found, values))
			first = *found;
	}
	return first;
}

/* Gives an item to its key; what nobody asked for is passed over. */
static void
take_item(KeyStream *stream, Batch *batch, const DdbPage *page,
		  const DdbValue *values)
{
	const DdbKeysSpec *spec = &stream->spec;
	size_t		size = sizeof(DdbValue) * stream->stream.spec->nwanted;
	DdbValue	key[DDB_MAX_PRIMARY_KEY];
	DdbKeyText	text;
	BatchKey   *found;

	stream->stream.spec->usage->items_scanned++;
	for (int i = 0; i < spec->nattributes; i++)
		key[i] = values[spec->wanted[i]];
	make_text(key, spec->nattributes, &text);
	found = find_key(stream, batch, &text, values);
	if (found == NULL)
		return;
	found->found = true;
	found->item = page->item;
	found->item_len = page->item_len;
	found->values = memcpy(palloc(size), values, size);
}

/* Waits for one answer; true if the service has left nothing undone. */
static bool
receive(KeyStream *stream, Batch *batch)
{
	const DdbStreamSpec *spec = stream->stream.spec;
	DdbValue   *values = palloc(sizeof(DdbValue) * Max(spec->nwanted, 1));
	DdbPage		page;
	DdbError	err;

	ddb_stream_receive(spec, batch->call, DDB_BATCH_GET_ITEM, &page);
	while (ddb_stream_read(spec, DDB_BATCH_GET_ITEM, &page, values))
		take_item(stream, batch, &page, values);
	ddb_client_count(batch->call, 0, page.nread);
	if (page.unprocessed == NULL)
	{
		ddb_budget_learn_keys(spec->budget, batch->units,
							  page.consumed.total);
		return true;
	}
	batch->units = 0;			/* what several answers took isn't known */

	(void) ddb_stream_may_send(spec, true);
	ddb_request_render_rest(&stream->body, page.unprocessed,
							page.unprocessed_len);
	spec->sent[DDB_BATCH_GET_ITEM]++;
	batch->call = ddb_client_start_rest(batch->call, batch->context,
										stream->body.data, stream->body.len,
										page.nread > 0, &err);
	if (batch->call == NULL)
		ddb_error_report(&err,
						 ddb_request_operation_name(DDB_BATCH_GET_ITEM),
						 spec->table_name);
	return false;
}

static void
complete(KeyStream *stream, Batch *batch)
{
	MemoryContext oldcontext = MemoryContextSwitchTo(batch->context);

	while (!receive(stream, batch))
		CHECK_FOR_INTERRUPTS();
	batch->complete = true;
	MemoryContextSwitchTo(oldcontext);
}

/* Keeps a window of batches ahead, if more rows seem to be wanted. */
static void
read_ahead(KeyStream *stream)
{
	const DdbStream *head = &stream->stream;
	int64		first = first_keys(stream);

	if (first > 0 && stream->nsent >= first && stream->nreturned <= first &&
		stream->batches != NIL)
		return;
	while (!stream->exhausted &&
		   list_length(stream->batches) <= stream->window &&
		   ddb_stream_may_send(head->spec, false) &&
		   send_batch(stream))
		;
}

static void
start(DdbStream *stream)
{
	KeyStream  *keys = (KeyStream *) stream;
	const DdbKeySource *source = &keys->spec.source;

	/* A source that must wait itself is only told to begin. */
	if (source->start != NULL)
		source->start(source->arg, stream->demand);
	else if (keys->batches == NIL && keys->nsent == 0 &&
			 ddb_stream_may_send(stream->spec, false))
		(void) send_batch(keys);
}

/* The batch to read from, complete; NULL at the end. */
static Batch *
current_batch(KeyStream *keys)
{
	Batch	   *batch;

	if (keys->batches == NIL)
	{
		if (keys->exhausted)
			return NULL;
		(void) ddb_stream_may_send(keys->stream.spec, true);
		if (!send_batch(keys))
			return NULL;
	}
	batch = linitial(keys->batches);
	if (!batch->complete)
	{
		if (keys->stream.spec->waited_for)
			read_ahead(keys);
		complete(keys, batch);
	}
	return batch;
}

/*
 * Goes on to the next batch; false if the current one is the last, which is
 * kept for a rescan.
 */
static bool
drop_batch(KeyStream *keys)
{
	Batch	   *batch = linitial(keys->batches);

	keys->window = Min(keys->window * 2, keys->stream.spec->concurrency);
	read_ahead(keys);
	if (list_length(keys->batches) == 1)
	{
		if (keys->exhausted)
			return false;
		(void) ddb_stream_may_send(keys->stream.spec, true);
		if (!send_batch(keys))
			return false;
	}
	keys->batches = list_delete_first(keys->batches);
	MemoryContextDelete(batch->context);
	return true;
}

static bool
next(DdbStream *stream, DdbValue *values, const char **item, size_t *item_len)
{
	KeyStream  *keys = (KeyStream *) stream;
	Batch	   *batch;

	do
	{
		batch = current_batch(keys);
		if (batch == NULL)
			return false;
		while (batch->nread < batch->nkeys)
		{
			const BatchKey *key = &batch->keys[batch->nread++];

			if (!key->found)
				continue;
			memcpy(values, key->values,
				   sizeof(DdbValue) * stream->spec->nwanted);
			if (item != NULL)
			{
				*item = key->item;
				*item_len = key->item_len;
			}
			keys->nreturned++;
			if (batch->nread * 2 >= batch->nkeys)
				read_ahead(keys);
			return true;
		}
	} while (drop_batch(keys));
	return false;
}

static bool
is_ending(const DdbStream *stream)
{
	const KeyStream *keys = (const KeyStream *) stream;
	const Batch *batch;

	if (!keys->exhausted)
		return false;
	if (list_length(keys->batches) != 1)
		return keys->batches == NIL;
	batch = linitial(keys->batches);
	return batch->complete && batch->nread * 2 >= batch->nkeys;
}

/* If all there was is one batch, it is read again. */
static bool
rewind_batch(DdbStream *stream)
{
	KeyStream  *keys = (KeyStream *) stream;
	Batch	   *batch;

	if (keys->exhausted && keys->nsent == 0)
		return true;			/* there is nothing, and that is known */
	if (!keys->exhausted || list_length(keys->batches) != 1)
		return false;
	batch = linitial(keys->batches);
	if (!batch->complete || keys->nsent != batch->nkeys)
		return false;
	batch->nread = 0;
	keys->nreturned = 0;
	return true;
}

/* A source that has to wait does so unseen. */
static bool
is_ready(DdbStream *stream)
{
	const KeyStream *keys = (const KeyStream *) stream;
	const Batch *batch;

	if (keys->batches == NIL)
		return true;
	batch = linitial(keys->batches);
	return batch->complete || ddb_client_poll(batch->call);
}

static const DdbStreamMethods methods = {
	start, next, is_ending, rewind_batch, is_ready
};

/*
 * Creates the stream of the keys' items, in the order of the keys.  The key's
 * attributes must be among those wanted.  Sends nothing.
 */
DdbStream *
ddb_stream_keys_create(const DdbStreamSpec *spec, const DdbKeysSpec *keys)
{
	DdbStream  *stream = ddb_stream_create(sizeof(KeyStream), &methods, spec);
	MemoryContext oldcontext = MemoryContextSwitchTo(stream->context);
	KeyStream  *result = (KeyStream *) stream;

	result->spec = *keys;
	result->window = spec->whole ? Max(1, spec->concurrency - 1) : 1;
	initStringInfo(&result->body);
	MemoryContextSwitchTo(oldcontext);
	return stream;
}

/* The entries of an index, as a source of keys. */
typedef struct EntrySource
{
	DdbStream  *entries;
	DdbValue   *values;			/* of an entry's wanted attributes */
	int			nattributes;
	int			wanted[DDB_MAX_PRIMARY_KEY + DDB_MAX_CHECKED];
} EntrySource;

static void
start_entries(void *arg, int64 demand)
{
	EntrySource *source = arg;

	ddb_stream_set_demand(source->entries, demand);
	ddb_stream_start(source->entries);
}

static bool
next_entry(void *arg, int64 demand, DdbValue *key)
{
	EntrySource *source = arg;

	ddb_stream_set_demand(source->entries, demand);
	if (!ddb_stream_next(source->entries, source->values, NULL, NULL))
		return false;
	for (int i = 0; i < source->nattributes; i++)
		key[i] = source->values[source->wanted[i]];
	return true;
}

/*
 * Creates the stream of the items that an index's entries lead to, in the
 * entries' order.  entry_wanted says where entries, a stream with a spec of
 * its own, has the table's key and the attributes to be checked.  An item is
 * newer than its entry, so whatever was asked of the entry must be checked
 * again.  Sends nothing.
 */
DdbStream *
ddb_stream_keys_fetch(const DdbStreamSpec *spec, const DdbKeysSpec *keys,
					  DdbStream *entries, const int *entry_wanted)
{
	DdbKeysSpec with_source = *keys;
	EntrySource *source = palloc0_object(EntrySource);

	source->entries = entries;
	source->values = palloc(sizeof(DdbValue) * Max(entries->spec->nwanted, 1));
	source->nattributes = keys->nattributes + keys->nchecked;
	memcpy(source->wanted, entry_wanted, sizeof(int) * source->nattributes);
	with_source.source.next = next_entry;
	with_source.source.start = start_entries;
	with_source.source.arg = source;
	return ddb_stream_keys_create(spec, &with_source);
}
