/*-------------------------------------------------------------------------
 *
 * stream_segments.c
 *	  The segments of a Scan, several in flight, in the order their pages
 *	  come.
 *
 * A Scan begins with one request, as any stream does.  When its page is used
 * up, as many segments as concurrency allows are open, if the planner expects
 * the query to take all rows; else, twice as many with each page that is used
 * up, so that what was asked for in vain is no more than what was read.  Each
 * open segment always has a request in flight: so as many pages as that are in
 * memory at most, and the one being read.
 *
 * Segments are dealt by a counter, which may be shared with other processes
 * that read the same Scan.
 *
 * Where a filter leaves little, most pages are empty.  So the next item is
 * never waited for in one segment while another one has a page.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fdw/stream_segments.h"
#include "miscadmin.h"

typedef struct SegmentStream
{
	DdbStream	stream;
	DdbRequestBuilder build;
	void	   *arg;
	uint32		n;				/* segments */
	pg_atomic_uint32 *dealer;	/* the next one's number */
	pg_atomic_uint32 own;		/* if nobody else reads the Scan */
	bool		exhausted;		/* all are dealt */
	DdbStream **segments;		/* ours; NULL once it has ended */
	int			opened;
	int			ended;
	int			window;			/* how many may be open */
	int			current;		/* whose page is being read */
	bool		reading;		/* there is such a page */
} SegmentStream;

/*
 * Opens the next segment, the first of which waits for its consumer; false if
 * there is none left.
 */
static bool
open_segment(SegmentStream *scan)
{
	uint32		number = scan->exhausted ? scan->n :
		pg_atomic_fetch_add_u32(scan->dealer, 1);
	MemoryContext oldcontext;
	DdbStream  *segment;

	scan->exhausted = number + 1 >= scan->n;
	if (number >= scan->n)
		return false;
	oldcontext = MemoryContextSwitchTo(scan->stream.context);
	segment = ddb_stream_pages_create(scan->stream.spec, scan->build,
									  scan->arg, number);
	MemoryContextSwitchTo(oldcontext);
	ddb_stream_set_demand(segment, scan->stream.demand);
	if (scan->opened > 0)
		ddb_stream_pages_set_eager(segment);
	ddb_stream_start(segment);
	scan->segments[scan->opened++] = segment;
	return true;
}

static void
start(DdbStream *stream)
{
	SegmentStream *scan = (SegmentStream *) stream;

	if (scan->opened == 0)
		(void) open_segment(scan);
}

/* Opens as many segments as the window has room for. */
static void
fill_window(SegmentStream *scan)
{
	while (!scan->exhausted &&
		   scan->opened - scan->ended < scan->window &&
		   ddb_stream_may_send(scan->stream.spec, false) &&
		   open_segment(scan))
		;
}

/* A page is used up: more may be in flight. */
static void
widen(SegmentStream *scan)
{
	const DdbStreamSpec *spec = scan->stream.spec;

	scan->window = spec->whole ? spec->concurrency :
		Min(scan->window * 2, spec->concurrency);
	if (scan->window > 1)
		ddb_stream_pages_set_eager(scan->segments[scan->current]);
	fill_window(scan);
}

/* A segment has been read to its end: another one may take its place. */
static void
end_segment(SegmentStream *scan, int i)
{
	ddb_stream_close(scan->segments[i]);
	scan->segments[i] = NULL;
	scan->ended++;
	fill_window(scan);
}

/* A segment with an answer; else one to wait for; -1 if all have ended. */
static int
choose_segment(const SegmentStream *scan, bool *answered)
{
	int			choice = -1;

	*answered = false;
	for (int i = 0; i < scan->opened; i++)
	{
		int			at = (scan->current + i) % scan->opened;
		DdbStream  *segment = scan->segments[at];

		if (segment == NULL)
			continue;
		if (ddb_stream_pages_is_answered(segment))
		{
			*answered = true;
			return at;
		}
		if (choice < 0 || (!ddb_stream_pages_is_asking(scan->segments[choice]) &&
						   ddb_stream_pages_is_asking(segment)))
			choice = at;
	}
	return choice;
}

/* Goes on to the next page of whichever segment; false at the end of all. */
static bool
advance(SegmentStream *scan)
{
	for (;;)
	{
		bool		answered;
		int			choice = choose_segment(scan, &answered);

		CHECK_FOR_INTERRUPTS();
		if (choice < 0)
		{
			if (!open_segment(scan))
				return false;
			continue;
		}
		if (!answered && ddb_stream_pages_is_asking(scan->segments[choice]))
		{
			ddb_client_wait_for_any();
			continue;
		}
		scan->current = choice;
		if (ddb_stream_pages_advance(scan->segments[choice]))
			return true;
		end_segment(scan, choice);
	}
}

static bool
next(DdbStream *stream, DdbValue *values, const char **item, size_t *item_len)
{
	SegmentStream *scan = (SegmentStream *) stream;

	for (;;)
	{
		if (scan->reading)
		{
			if (ddb_stream_pages_read(scan->segments[scan->current], values,
									  item, item_len))
				return true;
			widen(scan);
			/* at once: its turn comes again only when nothing is in flight */
			if (ddb_stream_is_ending(scan->segments[scan->current]))
				end_segment(scan, scan->current);
		}
		scan->reading = advance(scan);
		if (!scan->reading)
			return false;
	}
}

static bool
is_ending(const DdbStream *stream)
{
	const SegmentStream *scan = (const SegmentStream *) stream;

	return scan->exhausted && scan->ended == scan->opened;
}

/* What has been read is gone. */
static bool
cannot_rewind(DdbStream *stream)
{
	return false;
}

static bool
is_ready(DdbStream *stream)
{
	SegmentStream *scan = (SegmentStream *) stream;
	bool		waiting = false;

	for (int i = 0; i < scan->opened; i++)
	{
		DdbStream  *segment = scan->segments[i];

		if (segment == NULL)
			continue;
		if ((i == scan->current || ddb_stream_pages_is_asking(segment)) &&
			ddb_stream_is_ready(segment))
			return true;
		waiting |= ddb_stream_pages_is_asking(segment);
	}
	return !waiting;
}

static const DdbStreamMethods methods = {
	start, next, is_ending, cannot_rewind, is_ready
};

/*
 * Creates the stream of n segments; build makes the request of each.  dealer
 * is where others that read the same Scan find the number of the next one;
 * NULL if there are none.  Sends nothing.
 */
DdbStream *
ddb_stream_segments_create(const DdbStreamSpec *spec, DdbRequestBuilder build,
						   void *arg, int n, pg_atomic_uint32 *dealer)
{
	SegmentStream *scan = (SegmentStream *)
		ddb_stream_create(sizeof(SegmentStream), &methods, spec);

	scan->build = build;
	scan->arg = arg;
	scan->n = n;
	scan->window = 1;
	pg_atomic_init_u32(&scan->own, 0);
	scan->dealer = dealer != NULL ? dealer : &scan->own;
	scan->segments = MemoryContextAlloc(scan->stream.context,
										sizeof(DdbStream *) * n);
	return &scan->stream;
}
