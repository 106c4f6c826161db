/*-------------------------------------------------------------------------
 *
 * stream_segments.c
 *	  The segments of a Scan, several in flight, in the order their pages
 *	  come.
 *
 * A Scan begins with one request, as any stream does.  With each page that is
 * used up twice as many segments are open, up to concurrency, and each of
 * them always has a request in flight: so as many pages as that are in memory
 * at most, and the one being read.
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
	int			n;				/* segments */
	DdbStream **segments;		/* NULL once it has ended */
	int			opened;
	int			ended;
	int			window;			/* how many may be open */
	int			current;		/* whose page is being read */
	bool		reading;		/* there is such a page */
} SegmentStream;

/* Opens the next segment; the first one waits for its consumer. */
static void
open_segment(SegmentStream *scan)
{
	MemoryContext oldcontext = MemoryContextSwitchTo(scan->stream.context);
	DdbStream  *segment = ddb_stream_pages_create(scan->stream.spec,
												  scan->build, scan->arg,
												  scan->opened);

	MemoryContextSwitchTo(oldcontext);
	ddb_stream_set_demand(segment, scan->stream.demand);
	if (scan->opened > 0)
		ddb_stream_pages_set_eager(segment);
	ddb_stream_start(segment);
	scan->segments[scan->opened++] = segment;
}

static void
start(DdbStream *stream)
{
	SegmentStream *scan = (SegmentStream *) stream;

	if (scan->opened == 0)
		open_segment(scan);
}

/* Opens as many segments as the window has room for. */
static void
fill_window(SegmentStream *scan)
{
	while (scan->opened < scan->n &&
		   scan->opened - scan->ended < scan->window &&
		   ddb_stream_may_send(scan->stream.spec, false))
		open_segment(scan);
}

/* A page is used up: more may be in flight. */
static void
widen(SegmentStream *scan)
{
	scan->window = Min(scan->window * 2, scan->stream.spec->concurrency);
	if (scan->window > 1)
		ddb_stream_pages_set_eager(scan->segments[scan->current]);
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
			if (scan->opened == scan->n)
				return false;
			open_segment(scan);
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
		ddb_stream_close(scan->segments[choice]);
		scan->segments[choice] = NULL;
		scan->ended++;
		fill_window(scan);
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

	return scan->ended == scan->n;
}

/* What has been read is gone. */
static bool
cannot_rewind(DdbStream *stream)
{
	return false;
}

static const DdbStreamMethods methods = {
	start, next, is_ending, cannot_rewind
};

/*
 * Creates the stream of n segments; build makes the request of each.  Sends
 * nothing.
 */
DdbStream *
ddb_stream_segments_create(const DdbStreamSpec *spec, DdbRequestBuilder build,
						   void *arg, int n)
{
	SegmentStream *scan = (SegmentStream *)
		ddb_stream_create(sizeof(SegmentStream), &methods, spec);

	scan->build = build;
	scan->arg = arg;
	scan->n = n;
	scan->window = 1;
	scan->segments = MemoryContextAlloc(scan->stream.context,
										sizeof(DdbStream *) * n);
	return &scan->stream;
}
