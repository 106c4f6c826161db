/*-------------------------------------------------------------------------
 *
 * infer.c
 *	  The column that shows an attribute, from a sample of its values.
 *
 * There is a list of columns, the most particular first.  Each value strikes
 * off those that it doesn't fit, by the same rules by which a query would
 * read it (codec.c), so a column that is left has read the whole sample.  The
 * first that is left is the attribute's; jsonb, near the end, takes any
 * mixture.
 *
 * NULL fits every column and says nothing.
 *
 * Numbers that are times look like any others.  They are taken for times if
 * all of them lie between 2000 and 2040, which few other numbers of their
 * size do, and moreover either the attribute's name sounds like a time, or
 * DynamoDB itself takes it for one (time to live), or there are many of them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "mapping/codec.h"
#include "mapping/infer.h"
#include "mapping/number.h"
#include "utils/memutils.h"

/* 2000-01-01 and 2040-01-01 in seconds since 1970. */
#define EARLIEST_EPOCH	INT64CONST(946684800)
#define LATEST_EPOCH	INT64CONST(2208988800)

/* So many numbers within these bounds are times, whatever their name. */
#define MANY_EPOCHS		20

typedef struct Candidate
{
	Oid			typid;			/* tried as this */
	DdbType		type;
	DdbFormat	format;
	const char *sql_type;		/* declared as this */
} Candidate;

/*
 * A timestamptz takes as many digits as its format has, so that now() can be
 * written to it.  rfc3339 has any offset, which timestamptz wouldn't show: so
 * it is tried as timestamp, which accepts only times in UTC.
 */
static const Candidate candidates[] = {
	{TIMESTAMPTZOID, DDB_TYPE_S, DDB_FORMAT_ISO8601, "timestamptz(0)"},
	{TIMESTAMPTZOID, DDB_TYPE_S, DDB_FORMAT_ISO8601_MS, "timestamptz(3)"},
	{TIMESTAMPTZOID, DDB_TYPE_S, DDB_FORMAT_ISO8601_US, "timestamptz"},
	{TIMESTAMPOID, DDB_TYPE_S, DDB_FORMAT_ISOFORMAT, "timestamp"},
	{TIMESTAMPTZOID, DDB_TYPE_S, DDB_FORMAT_ISOFORMAT_UTC, "timestamptz"},
	{TIMESTAMPOID, DDB_TYPE_S, DDB_FORMAT_RFC3339, "timestamptz"},
	{DATEOID, DDB_TYPE_S, DDB_FORMAT_DATE, "date"},
	{UUIDOID, DDB_TYPE_S, DDB_FORMAT_UUID, "uuid"},
	{TEXTOID, DDB_TYPE_S, DDB_FORMAT_NONE, "text"},
	{TIMESTAMPTZOID, DDB_TYPE_N, DDB_FORMAT_EPOCH, "timestamptz(0)"},
	{TIMESTAMPTZOID, DDB_TYPE_N, DDB_FORMAT_EPOCH_MS, "timestamptz(3)"},
	{NUMERICOID, DDB_TYPE_N, DDB_FORMAT_NONE, "numeric"},
	{BOOLOID, DDB_TYPE_BOOL, DDB_FORMAT_NONE, "boolean"},
	{BYTEAOID, DDB_TYPE_B, DDB_FORMAT_NONE, "bytea"},
	{TEXTARRAYOID, DDB_TYPE_SS, DDB_FORMAT_NONE, "text[]"},
	{NUMERICARRAYOID, DDB_TYPE_NS, DDB_FORMAT_NONE, "numeric[]"},
	{BYTEAARRAYOID, DDB_TYPE_BS, DDB_FORMAT_NONE, "bytea[]"},
	{JSONBOID, DDB_TYPE_MISSING, DDB_FORMAT_NONE, "jsonb"},
	/* holds U+0000, as the escape sequence */
	{JSONOID, DDB_TYPE_MISSING, DDB_FORMAT_NONE, "json"},
};

#define NCANDIDATES ((int) lengthof(candidates))

struct DdbInferrer
{
	MemoryContext scratch;		/* for what is read and thrown away */
	DdbCodec   *codecs[lengthof(candidates)];
};

struct DdbInference
{
	const DdbInferrer *inferrer;
	uint32		left;			/* bits 1 << candidate */
	int64		counts[DDB_TYPE_M + 1]; /* values seen, by type */
};

/*
 * Prepares what every inference needs, palloc'd in the current context, which
 * must outlive them all.
 */
DdbInferrer *
ddb_infer_create(void)
{
	DdbInferrer *inferrer = palloc0(sizeof(DdbInferrer));

	inferrer->scratch = AllocSetContextCreate(CurrentMemoryContext,
											  "dynamodb_fdw inference",
											  ALLOCSET_DEFAULT_SIZES);
	for (int i = 0; i < NCANDIDATES; i++)
	{
		const Candidate *candidate = &candidates[i];
		char	   *hint;

		inferrer->codecs[i] = ddb_codec_create(candidate->typid, -1,
											   candidate->type,
											   candidate->format, &hint);
		if (inferrer->codecs[i] == NULL)
			elog(ERROR, "no codec for type %u", candidate->typid);
	}
	return inferrer;
}

/* Begins with an attribute, palloc'd in the current context. */
DdbInference *
ddb_infer_begin(const DdbInferrer *inferrer)
{
	DdbInference *inference = palloc0(sizeof(DdbInference));

	inference->inferrer = inferrer;
	inference->left = (1U << NCANDIDATES) - 1;
	return inference;
}

/* Is a number one that a time would be stored as? */
static bool
is_plausible_epoch(const DdbValue *value, DdbFormat format)
{
	int64		unit = (format == DDB_FORMAT_EPOCH_MS) ? 1000 : 1;
	int64		n;

	return ddb_number_get_int64(value, &n) == DDB_FIT_OK &&
		n >= EARLIEST_EPOCH * unit && n < LATEST_EPOCH * unit;
}

static bool
is_epoch(const Candidate *candidate)
{
	return candidate->format == DDB_FORMAT_EPOCH ||
		candidate->format == DDB_FORMAT_EPOCH_MS;
}

/* Adds a value, which isn't kept; one that is missing is none. */
void
ddb_infer_add(DdbInference *inference, const DdbValue *value)
{
	const DdbInferrer *inferrer = inference->inferrer;
	MemoryContext oldcontext;

	inference->counts[value->type]++;
	if (value->type == DDB_TYPE_NULL || value->type == DDB_TYPE_MISSING)
		return;
	oldcontext = MemoryContextSwitchTo(inferrer->scratch);
	for (int i = 0; i < NCANDIDATES; i++)
	{
		const Candidate *candidate = &candidates[i];
		Datum		datum;
		bool		isnull;

		if (!(inference->left & (1U << i)))
			continue;
		if ((is_epoch(candidate) && value->type == DDB_TYPE_N &&
			 !is_plausible_epoch(value, candidate->format)) ||
			ddb_codec_decode(inferrer->codecs[i], value, &datum,
							 &isnull) != DDB_FIT_OK)
			inference->left &= ~(1U << i);
	}
	MemoryContextSwitchTo(oldcontext);
	MemoryContextReset(inferrer->scratch);
}

/* How many values have been added, NULLs included. */
int64
ddb_infer_get_count(const DdbInference *inference)
{
	int64		n = 0;

	for (int i = DDB_TYPE_MISSING + 1; i < (int) lengthof(inference->counts); i++)
		n += inference->counts[i];
	return n;
}

/* Are all values, but for NULLs, of this type? */
bool
ddb_infer_is_all(const DdbInference *inference, DdbType type)
{
	return ddb_infer_get_count(inference) == inference->counts[type] +
		inference->counts[DDB_TYPE_NULL];
}

/* Does one of the words, separated by underscores, speak of a time? */
static bool
sounds_like_time(const char *words)
{
	static const char *const known[] = {
		"at", "birthday", "created", "date", "datetime", "day", "deleted",
		"due", "end", "ended", "epoch", "expiration", "expire", "expires",
		"expiry", "finished", "last", "modified", "ms", "seen", "since",
		"start", "started", "time", "timestamp", "ts", "ttl", "until",
		"updated", "when"
	};

	while (*words != '\0')
	{
		size_t		len = strcspn(words, "_");

		for (int i = 0; i < (int) lengthof(known); i++)
		{
			if (strlen(known[i]) == len && strncmp(known[i], words, len) == 0)
				return true;
		}
		words += len;
		words += strspn(words, "_");
	}
	return false;
}

/*
 * Decides on a column for the values so far.  words is the attribute's name
 * in snake_case; is_ttl: it is the table's time to live.  False if no column
 * can show them all, because the database's encoding lacks characters.
 */
bool
ddb_infer_decide(const DdbInference *inference, const char *words,
				 bool is_ttl, DdbInferredColumn *column)
{
	bool		times = is_ttl || sounds_like_time(words) ||
		inference->counts[DDB_TYPE_N] >= MANY_EPOCHS;
	bool		only_nulls = ddb_infer_get_count(inference) ==
		inference->counts[DDB_TYPE_NULL];

	for (int i = 0; i < NCANDIDATES; i++)
	{
		const Candidate *candidate = &candidates[i];

		if (!(inference->left & (1U << i)) ||
			(is_epoch(candidate) && !times) ||
			(only_nulls && candidate->type != DDB_TYPE_MISSING))
			continue;
		column->type = candidate->sql_type;
		/* uuid has its format anyway */
		column->format = candidate->format == DDB_FORMAT_NONE ||
			candidate->format == DDB_FORMAT_UUID ? NULL :
			ddb_codec_format_name(candidate->format);
		return true;
	}
	return false;
}

/* "N in 812 items", or behind another type ", S in 3". */
static void
append_type(StringInfo buf, DdbType type, int64 count)
{
	const char *name = ddb_value_type_name(type);

	if (buf->len > 0)
		appendStringInfo(buf, ", %s in " INT64_FORMAT, name, count);
	else
		appendStringInfo(buf, "%s in " INT64_FORMAT " %s", name, count,
						 count == 1 ? "item" : "items");
}

/*
 * The types of the values in words, the most frequent first, palloc'd; how
 * many there are in *ntypes.  NULLs are left aside, unless there is nothing
 * else.
 */
char *
ddb_infer_words(const DdbInference *inference, int *ntypes)
{
	StringInfoData buf;
	uint32		told = 1U << DDB_TYPE_NULL;

	initStringInfo(&buf);
	for (*ntypes = 0;; (*ntypes)++)
	{
		int			most = DDB_TYPE_MISSING;

		for (int i = DDB_TYPE_MISSING + 1; i < (int) lengthof(inference->counts); i++)
		{
			if (!(told & (1U << i)) && inference->counts[i] > 0 &&
				(most == DDB_TYPE_MISSING ||
				 inference->counts[i] > inference->counts[most]))
				most = i;
		}
		if (most == DDB_TYPE_MISSING)
			break;
		told |= 1U << most;
		append_type(&buf, (DdbType) most, inference->counts[most]);
	}
	if (*ntypes == 0)
		append_type(&buf, DDB_TYPE_NULL, inference->counts[DDB_TYPE_NULL]);
	return buf.data;
}
