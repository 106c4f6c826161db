/*-------------------------------------------------------------------------
 *
 * stream_set.c
 *	  Several streams as one: one after another, or merged by their order.
 *
 * One after another begins with one request.  The next streams start when
 * the current one is ending, and twice as many with each that has ended, up
 * to concurrency; where the consumer is known to want so many rows, no more
 * than seem to be needed for them.
 *
 * To merge, the first page of every stream must be there before the first
 * row.
 *
 * Where there are few streams, those that have ended are kept, and read again
 * in a rescan, if each of them has all it found in memory.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "fdw/stream_set.h"
#include "lib/binaryheap.h"
#include "mapping/key.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/* The current item of a merged stream. */
typedef struct Head
{
	DdbStream  *stream;
	MemoryContext context;		/* holds the keys; reset item by item */
	DdbValue   *values;
	const char *item;
	size_t		item_len;
	DdbKey		keys[DDB_MAX_KEY_PART];
} Head;

typedef struct SetStream
{
	DdbStream	stream;
	int			n;
	DdbStreamOpener open;
	void	   *arg;
	int64		nreturned;

	/* one after another: those from current to opened - 1 are open */
	DdbStream **streams;
	int			current;
	int			opened;
	int			window;			/* how many may be open */

	/* merged */
	DdbStreamOrder order;
	MemoryContext heads;		/* of the heap and what is in it */
	binaryheap *heap;			/* of Heads, once the first item was wanted */
	Head	   *top;			/* whose item was handed out last */
} SetStream;

/* Opens the next stream that isn't open. */
static DdbStream *
open_stream(SetStream *set)
{
	MemoryContext oldcontext = MemoryContextSwitchTo(set->stream.context);
	DdbStream  *stream = set->open(set->arg, set->opened);

	set->streams[set->opened++] = stream;
	MemoryContextSwitchTo(oldcontext);
	ddb_stream_set_demand(stream, set->stream.demand);
	return stream;
}

/* A stream has come to its end. */
static void
end_stream(SetStream *set, DdbStream *stream)
{
	if (set->n > set->stream.spec->concurrency)
		ddb_stream_close(stream);
}

/* Makes all streams begin again; false if one of them can't. */
static bool
rewind_streams(SetStream *set)
{
	if (set->n > set->stream.spec->concurrency || set->opened < set->n)
		return false;
	for (int i = 0; i < set->n; i++)
		if (!ddb_stream_rewind(set->streams[i]))
			return false;
	set->current = 0;
	set->nreturned = 0;
	return true;
}

/* How many streams may be open for what is still wanted. */
static int
window(const SetStream *set)
{
	double		missing = set->stream.demand - set->nreturned;
	double		each = set->nreturned / (set->current + 1.0);

	if (set->stream.demand <= 0)
		return set->window;
	return (int) Min(set->window, 1 + ceil(Max(missing, 0) / Max(each, 1)));
}

static void
read_ahead(SetStream *set)
{
	int			most = window(set);

	while (set->opened < set->n && set->opened - set->current <= most &&
		   ddb_stream_may_send(set->stream.spec, false))
		ddb_stream_start(open_stream(set));
}

static void
start_first(DdbStream *stream)
{
	SetStream  *set = (SetStream *) stream;

	if (set->opened == 0 && set->n > 0)
		ddb_stream_start(open_stream(set));
}

static bool
next_in_turn(DdbStream *stream, DdbValue *values,
			 const char **item, size_t *item_len)
{
	SetStream  *set = (SetStream *) stream;

	while (set->current < set->n)
	{
		DdbStream  *child = set->current < set->opened ?
			set->streams[set->current] : open_stream(set);

		CHECK_FOR_INTERRUPTS();
		ddb_stream_set_demand(child, stream->demand);
		if (ddb_stream_next(child, values, item, item_len))
		{
			set->nreturned++;
			if (ddb_stream_is_ending(child))
				read_ahead(set);
			return true;
		}
		end_stream(set, child);
		set->current++;
		set->window = Min(set->window * 2, set->stream.spec->concurrency);
		read_ahead(set);
	}
	return false;
}

static bool
is_last_ending(const DdbStream *stream)
{
	const SetStream *set = (const SetStream *) stream;

	return set->current >= set->n ||
		(set->current == set->n - 1 && set->opened == set->n &&
		 ddb_stream_is_ending(set->streams[set->current]));
}

static bool
rewind_in_turn(DdbStream *stream)
{
	SetStream  *set = (SetStream *) stream;

	return set->current >= set->n && rewind_streams(set);
}

static bool
is_current_ready(DdbStream *stream)
{
	SetStream  *set = (SetStream *) stream;

	return set->current >= set->opened ||
		ddb_stream_is_ready(set->streams[set->current]);
}

static const DdbStreamMethods in_turn = {
	start_first, next_in_turn, is_last_ending, rewind_in_turn,
	is_current_ready
};

static SetStream *
create_set(const DdbStreamSpec *spec, const DdbStreamMethods *methods,
		   int n, DdbStreamOpener open, void *arg)
{
	SetStream  *set = (SetStream *) ddb_stream_create(sizeof(SetStream),
													  methods, spec);

	set->n = n;
	set->open = open;
	set->arg = arg;
	set->window = 1;
	set->streams = MemoryContextAllocHuge(set->stream.context,
										  sizeof(DdbStream *) * Max(n, 1));
	return set;
}

/*
 * Creates a stream of n others, one after another; open makes each when it is
 * wanted.  Sends nothing.
 */
DdbStream *
ddb_stream_set_create(const DdbStreamSpec *spec, int n,
					  DdbStreamOpener open, void *arg)
{
	return &create_set(spec, &in_turn, n, open, arg)->stream;
}

/* The heap wants the next item on top; backward, the greatest is next. */
static int
compare_heads(Datum a, Datum b, void *arg)
{
	const Head *x = (const Head *) DatumGetPointer(a);
	const Head *y = (const Head *) DatumGetPointer(b);
	const DdbStreamOrder *order = arg;

	for (int i = 0; i < order->nattributes; i++)
	{
		int			cmp = ddb_key_compare(&x->keys[i], &y->keys[i]);

		if (cmp != 0)
			return (cmp > 0) == order->backward ? 1 : -1;
	}
	return 0;
}

/* Reads a stream's next item; false at its end. */
static bool
read_head(SetStream *set, Head *head)
{
	MemoryContext oldcontext;

	if (!ddb_stream_next(head->stream, head->values, &head->item,
						 &head->item_len))
	{
		end_stream(set, head->stream);
		return false;
	}
	MemoryContextReset(head->context);
	oldcontext = MemoryContextSwitchTo(head->context);
	for (int i = 0; i < set->order.nattributes; i++)
		ddb_key_make(&head->values[set->order.wanted[i]], &head->keys[i]);
	MemoryContextSwitchTo(oldcontext);
	return true;
}

static Head *
create_head(const SetStream *set, DdbStream *stream)
{
	MemoryContext context = AllocSetContextCreate(set->heads,
												  "dynamodb_fdw merge",
												  ALLOCSET_SMALL_SIZES);
	Head	   *head = MemoryContextAllocZero(set->heads, sizeof(Head));

	head->stream = stream;
	head->context = context;
	head->values = MemoryContextAlloc(set->heads,
									  sizeof(DdbValue) *
									  Max(set->stream.spec->nwanted, 1));
	return head;
}

static void
start_some(DdbStream *stream)
{
	SetStream  *set = (SetStream *) stream;
	int			most = set->current + stream->spec->concurrency;

	while (set->opened < Min(set->n, most))
		ddb_stream_start(open_stream(set));
}

/* Reads the first item of every stream, concurrency of them in flight. */
static void
build_heap(SetStream *set)
{
	MemoryContext oldcontext = MemoryContextSwitchTo(set->heads);
	binaryheap *heap = binaryheap_allocate(set->n, compare_heads, &set->order);

	MemoryContextSwitchTo(oldcontext);
	for (; set->current < set->n; set->current++)
	{
		Head	   *head;

		CHECK_FOR_INTERRUPTS();
		start_some(&set->stream);
		head = create_head(set, set->streams[set->current]);
		if (read_head(set, head))
			binaryheap_add_unordered(heap, PointerGetDatum(head));
	}
	binaryheap_build(heap);
	set->heap = heap;
}

static bool
next_merged(DdbStream *stream, DdbValue *values,
			const char **item, size_t *item_len)
{
	SetStream  *set = (SetStream *) stream;

	if (set->heap == NULL)
		build_heap(set);
	else if (set->top != NULL)
	{
		if (read_head(set, set->top))
			binaryheap_replace_first(set->heap, PointerGetDatum(set->top));
		else
			(void) binaryheap_remove_first(set->heap);
	}
	set->top = NULL;
	if (binaryheap_empty(set->heap))
		return false;
	set->top = (Head *) DatumGetPointer(binaryheap_first(set->heap));
	memcpy(values, set->top->values,
		   sizeof(DdbValue) * stream->spec->nwanted);
	if (item != NULL)
	{
		*item = set->top->item;
		*item_len = set->top->item_len;
	}
	return true;
}

static bool
is_merge_ending(const DdbStream *stream)
{
	const SetStream *set = (const SetStream *) stream;

	return set->heap != NULL && binaryheap_empty(set->heap);
}

static bool
rewind_merged(DdbStream *stream)
{
	SetStream  *set = (SetStream *) stream;

	if (set->heap == NULL || !rewind_streams(set))
		return false;
	MemoryContextReset(set->heads);
	set->heap = NULL;
	set->top = NULL;
	return true;
}

static const DdbStreamMethods merged = {
	start_some, next_merged, is_merge_ending, rewind_merged, NULL
};

/*
 * Creates a stream of n others that are each ordered, merged into that order.
 * The attributes it is made by must be wanted, and keys of the index that is
 * read.  Sends nothing.
 */
DdbStream *
ddb_stream_set_merge(const DdbStreamSpec *spec, int n,
					 DdbStreamOpener open, void *arg,
					 const DdbStreamOrder *order)
{
	SetStream  *set = create_set(spec, &merged, n, open, arg);

	set->order = *order;
	set->heads = AllocSetContextCreate(set->stream.context,
									   "dynamodb_fdw heads",
									   ALLOCSET_SMALL_SIZES);
	return &set->stream;
}
