/*-------------------------------------------------------------------------
 *
 * survey.c
 *	  What a DynamoDB table looks like.
 *
 * DescribeTable knows keys, DescribeTimeToLive the attribute by which items
 * expire; for everything else one has to look at items.  The sample is taken
 * from a fixed number of segments, as much from each, so that it is spread
 * over the table and the same every time.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "dynamodb/describe.h"
#include "dynamodb/size.h"
#include "fdw/pace.h"
#include "fdw/sample.h"
#include "fdw/survey.h"
#include "miscadmin.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

/* What the sample is taken from, all at once. */
#define NSEGMENTS		8

/*
 * The first page tells how large items are, so that the others don't cost
 * more than there is to spend.
 */
#define FIRST_LIMIT		10

/* A name as it stands in a page. */
typedef struct NameKey
{
	const char *name;
	size_t		len;
} NameKey;

typedef struct AttributeEntry
{
	NameKey		key;			/* hash key; in the survey's context */
	DdbSurveyed surveyed;
} AttributeEntry;

typedef struct SurveyState
{
	DdbSurvey  *survey;
	DdbSampler	sampler;
	DdbInferrer *inferrer;
	DdbWanted  *nothing;		/* items are read as a whole */
	HTAB	   *attributes;
	MemoryContext context;		/* the survey's */
	MemoryContext pages;		/* reset with each */
} SurveyState;

static uint32
hash_name(const void *key, Size keysize)
{
	const NameKey *name = key;

	return hash_bytes((const unsigned char *) name->name, (int) name->len);
}

static int
match_name(const void *a, const void *b, Size keysize)
{
	const NameKey *left = a;
	const NameKey *right = b;

	if (left->len != right->len)
		return 1;
	return memcmp(left->name, right->name, left->len);
}

static void
create_attributes(SurveyState *state)
{
	HASHCTL		ctl = {0};

	ctl.keysize = sizeof(NameKey);
	ctl.entrysize = sizeof(AttributeEntry);
	ctl.hash = hash_name;
	ctl.match = match_name;
	ctl.hcxt = state->context;
	state->attributes = hash_create("dynamodb_fdw attributes", 64, &ctl,
									HASH_ELEM | HASH_FUNCTION | HASH_COMPARE |
									HASH_CONTEXT);
}

/*
 * The attribute of an item's member.  Names can't be written in two ways:
 * DynamoDB escapes the same characters every time.
 */
static DdbSurveyed *
get_attribute(SurveyState *state, const char *name, size_t len)
{
	NameKey		key = {name, len};
	AttributeEntry *entry;
	MemoryContext oldcontext;
	bool		found;

	entry = hash_search(state->attributes, &key, HASH_FIND, &found);
	if (found)
		return &entry->surveyed;
	oldcontext = MemoryContextSwitchTo(state->context);
	key.name = pnstrdup(name, len);
	entry = hash_search(state->attributes, &key, HASH_ENTER, &found);
	entry->surveyed.name = palloc(len + 1);
	if (ddb_value_unescape(name, len, entry->surveyed.name, &len) !=
		DDB_STRING_OK)
		entry->surveyed.name = NULL;	/* no column can have this name */
	else
		entry->surveyed.name[len] = '\0';
	entry->surveyed.inference = ddb_infer_begin(state->inferrer);
	MemoryContextSwitchTo(oldcontext);
	return &entry->surveyed;
}

static void
add_item(SurveyState *state, const DdbPage *page)
{
	DdbValue	item = {.type = DDB_TYPE_M,.text = page->item,.len = page->item_len};
	DdbValueIterator it;
	DdbValue	member;
	const char *name;
	size_t		len;

	ddb_value_iterate(&it, &item);
	while (ddb_value_next(&it, &member, &name, &len))
		ddb_infer_add(get_attribute(state, name, len)->inference, &member);
	state->survey->nitems++;
}

/* Adds a page's items; how many there were.  Raises where it isn't one. */
static int64
add_page(SurveyState *state, DdbPage *page)
{
	int64		n = 0;
	DdbError	err;

	ddb_error_clear(&err);
	for (; ddb_page_next(page, state->nothing, NULL, &err); n++)
	{
		CHECK_FOR_INTERRUPTS();
		add_item(state, page);
	}
	if (ddb_error_is_set(&err))
		ddb_error_report(&err, "Scan", state->sampler.table_name);
	return n;
}

/* Waits for a segment's page and adds it; -1: the first Scan was denied. */
static int64
receive_page(SurveyState *state, DdbSegment *segment)
{
	MemoryContext oldcontext = MemoryContextSwitchTo(state->pages);
	bool		first = state->sampler.usage.units == 0;
	DdbError	err;
	int64		n = -1;

	if (ddb_sample_receive(&state->sampler, segment, &err))
	{
		n = add_page(state, &segment->page);
		MemoryContextSwitchTo(oldcontext);
		if (segment->next != NULL)
			segment->next = pnstrdup(segment->next, segment->next_len);
	}
	else if (!first || err.sqlerrcode != ERRCODE_INSUFFICIENT_PRIVILEGE)
		ddb_error_report(&err, "Scan", state->sampler.table_name);
	MemoryContextSwitchTo(oldcontext);
	MemoryContextReset(state->pages);
	return n;
}

/*
 * Reads so many items, as many from each of the segments that aren't
 * finished: the first pages at once, what is missing from short ones one
 * after another.  All answers are taken in the segments' order, so that it
 * doesn't matter in which they come.
 */
static void
read_round(SurveyState *state, DdbSegment *segments, int64 nitems,
		   int unfinished)
{
	int64		quotas[NSEGMENTS] = {0};

	for (int i = 0; i < NSEGMENTS; i++)
	{
		if (segments[i].finished)
			continue;
		quotas[i] = nitems / unfinished;
		nitems -= quotas[i];
		unfinished--;
		if (quotas[i] > 0)
			ddb_sample_ask(&state->sampler, &segments[i], quotas[i]);
	}
	for (int i = 0; i < NSEGMENTS; i++)
	{
		while (segments[i].call != NULL)
		{
			quotas[i] -= receive_page(state, &segments[i]);
			if (quotas[i] > 0 && !segments[i].finished &&
				ddb_sample_affords(&state->sampler, 1))
				ddb_sample_ask(&state->sampler, &segments[i], quotas[i]);
		}
	}
}

/*
 * How many items are yet to be read, within sample and budget; where nothing
 * is known of their size, they may be as large as they can.
 */
static int64
items_to_go(const SurveyState *state, int64 sample_items)
{
	const DdbSampler *sampler = &state->sampler;
	double		size = ddb_schema_entry_size(&state->survey->schema->primary);
	double		affordable = (sampler->read_units - sampler->usage.units) *
		DDB_SAMPLE_UNIT_BYTES /
		ddb_sample_item_bytes(sampler, size > 0 ? size : DDB_SIZE_MAX_ITEM);

	return (int64) Min((double) (sample_items - state->survey->nitems),
					   affordable);
}

static int
count_unfinished(const DdbSegment *segments)
{
	int			n = 0;

	for (int i = 0; i < NSEGMENTS; i++)
		n += !segments[i].finished;
	return n;
}

/* Takes the sample, in rounds: what one segment lacks another may have. */
static void
take_sample(SurveyState *state, int64 wanted)
{
	DdbSegment	segments[NSEGMENTS] = {{0}};
	int			unfinished = NSEGMENTS;

	for (int i = 0; i < NSEGMENTS; i++)
	{
		segments[i].number = i;
		segments[i].total = NSEGMENTS;
	}
	ddb_sample_ask(&state->sampler, &segments[0],
				   Min(FIRST_LIMIT, Max(items_to_go(state, wanted), 1)));
	if (receive_page(state, &segments[0]) < 0)
	{
		state->survey->lack = DDB_SURVEY_DENIED;
		return;
	}
	while ((unfinished = count_unfinished(segments)) > 0)
	{
		int64		left = items_to_go(state, wanted);

		if (left < 1 || !ddb_sample_affords(&state->sampler, 1))
			break;
		read_round(state, segments, left, unfinished);
	}
	state->survey->whole = unfinished == 0;
}

/*
 * The order of attributes, for qsort() of DdbSurveyed pointers: as in a
 * dictionary, which doesn't tell capitals; then by their bytes.
 */
int
ddb_survey_compare_names(const void *a, const void *b)
{
	const char *left = (*(DdbSurveyed *const *) a)->name;
	const char *right = (*(DdbSurveyed *const *) b)->name;
	int			result = pg_strcasecmp(left, right);

	return result != 0 ? result : strcmp(left, right);
}

/* The attributes in the order of their names. */
static void
list_attributes(SurveyState *state)
{
	DdbSurvey  *survey = state->survey;
	HASH_SEQ_STATUS scan;
	AttributeEntry *entry;

	survey->attributes = palloc(sizeof(DdbSurveyed *) *
								(hash_get_num_entries(state->attributes) + 1));
	hash_seq_init(&scan, state->attributes);
	while ((entry = hash_seq_search(&scan)) != NULL)
	{
		if (entry->surveyed.name != NULL)
			survey->attributes[survey->nattributes++] = &entry->surveyed;
	}
	qsort(survey->attributes, survey->nattributes, sizeof(DdbSurveyed *),
		  ddb_survey_compare_names);
}

/* A service that won't say isn't a reason to fail; one that is ill is. */
static void
ask_ttl(DdbSurvey *survey, DdbClient *client, const char *table_name)
{
	DdbError	err;

	if (ddb_describe_ttl(client, table_name, &survey->ttl_attribute, &err))
		return;
	if (err.retry != DDB_RETRY_NEVER || err.http_status == 0)
		ddb_error_report(&err, "DescribeTimeToLive", table_name);
	survey->ttl_unknown = true;
}

/*
 * Surveys a table (UTF-8): DescribeTable, DescribeTimeToLive, and a sample of
 * at most sample_items items for about as many read units as the server's
 * options say; where either is 0 no item is read.  The result is palloc'd in
 * the current context, which must be reset or deleted when it is done with.
 * The client is held for as long.  NULL, and *err set, where DescribeTable has
 * no answer.  Raises what else the service says, but for a Scan that is
 * denied.
 */
DdbSurvey *
ddb_survey_table(DdbClient *client, const char *table_name,
				 int64 sample_items, const DdbServerOptions *options,
				 DdbError *err)
{
	SurveyState state = {0};
	DdbSurvey  *survey = palloc0(sizeof(DdbSurvey));

	ddb_client_hold(client, CurrentMemoryContext);
	survey->schema = ddb_describe_table(client, table_name, err);
	if (survey->schema == NULL)
		return NULL;
	ask_ttl(survey, client, table_name);

	state.survey = survey;
	state.context = CurrentMemoryContext;
	state.pages = AllocSetContextCreate(CurrentMemoryContext,
										"dynamodb_fdw sample",
										ALLOCSET_DEFAULT_SIZES);
	state.inferrer = ddb_infer_create();
	state.nothing = ddb_page_wanted_create(0, NULL);
	create_attributes(&state);
	ddb_sample_init(&state.sampler, client, table_name,
					options->analyze_read_units,
					ddb_pace_table(CurrentMemoryContext, client, table_name,
								   &survey->schema->primary, false,
								   options->read_capacity, NSEGMENTS));
	if (sample_items <= 0 || options->analyze_read_units <= 0)
		survey->lack = DDB_SURVEY_UNWANTED;
	else if (!survey->schema->active)
		survey->lack = DDB_SURVEY_INACTIVE;
	else
		take_sample(&state, sample_items);
	list_attributes(&state);
	return survey;
}
