/*-------------------------------------------------------------------------
 *
 * input.c
 *	  Values of any type through its own input function.
 *
 * This is how interval, inet, ranges, composite types and types of other
 * extensions are read, and dates and times that temporal.c doesn't know the
 * form of.
 *
 * Settings: what a stored text means must not depend on who reads it.  So
 * DateStyle, IntervalStyle, TimeZone, timezone_abbreviations, lc_monetary
 * and xmloption are pinned around the call, by a nested GUC level as in
 * postgres_fdw.  That costs microseconds, hence only for types that depend on
 * them and settings that differ.
 *
 * Errors: input functions put their input into their messages, and item
 * values don't belong there.  So errors about the value are caught, and
 * datum.c reports what it reports of other values that don't fit.  If it
 * raises, the transaction is rolled back, as it would have been.  If the
 * column reads such values as NULL the transaction goes on, and that is safe
 * in two cases only: where the function reports softly (PostgreSQL 16), and
 * where it is known to do nothing but compute: no locks, no catalog, no
 * buffers that only a rollback would release.  Of others this file says
 * DDB_FIT_INPUT_HARD, which is an error always.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "catalog/pg_type.h"
#include "mapping/input.h"
#include "mapping/text.h"
#include "miscadmin.h"
#include "pgtime.h"
#include "utils/bytea.h"
#include "utils/date.h"
#include "utils/datum.h"
#include "utils/float.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"
#include "utils/xml.h"

/* What input functions of the server's own types depend on. */
typedef enum InputTrait
{
	INPUT_COMPUTES = 0,			/* on nothing; they only compute */
	INPUT_DATESTYLE,			/* the same but for DateStyle and time zones */
	INPUT_INTERVALSTYLE,		/* the same but for IntervalStyle */
	INPUT_MONETARY,				/* the same but for lc_monetary */
} InputTrait;

typedef struct KnownType
{
	Oid			typid;
	InputTrait	trait;
} KnownType;

static const KnownType known_types[] = {
	{DATEOID, INPUT_DATESTYLE},
	{TIMEOID, INPUT_DATESTYLE},
	{TIMETZOID, INPUT_DATESTYLE},
	{TIMESTAMPOID, INPUT_DATESTYLE},
	{TIMESTAMPTZOID, INPUT_DATESTYLE},
	{INTERVALOID, INPUT_INTERVALSTYLE},
	{MONEYOID, INPUT_MONETARY},
	{JSONBOID, INPUT_COMPUTES},
	{INETOID, INPUT_COMPUTES},
	{CIDROID, INPUT_COMPUTES},
	{MACADDROID, INPUT_COMPUTES},
	{MACADDR8OID, INPUT_COMPUTES},
	{BITOID, INPUT_COMPUTES},
	{VARBITOID, INPUT_COMPUTES},
	{POINTOID, INPUT_COMPUTES},
	{LSEGOID, INPUT_COMPUTES},
	{PATHOID, INPUT_COMPUTES},
	{BOXOID, INPUT_COMPUTES},
	{POLYGONOID, INPUT_COMPUTES},
	{LINEOID, INPUT_COMPUTES},
	{CIRCLEOID, INPUT_COMPUTES},
	{PG_LSNOID, INPUT_COMPUTES},
	{OIDOID, INPUT_COMPUTES},
	{XIDOID, INPUT_COMPUTES},
	{TIDOID, INPUT_COMPUTES},
};

/*
 * Looks up a type's input function, in the current context.
 */
DdbInput *
ddb_input_create(Oid typid)
{
	DdbInput   *input = palloc0(sizeof(DdbInput));
	Oid			function;

	getTypeInputInfo(typid, &function, &input->ioparam);
	fmgr_info(function, &input->function);

	for (int i = 0; i < (int) lengthof(known_types); i++)
	{
		if (known_types[i].typid != typid)
			continue;
		input->trappable = true;
		input->datestyle = (known_types[i].trait == INPUT_DATESTYLE);
		input->intervalstyle = (known_types[i].trait == INPUT_INTERVALSTYLE);
		input->monetary = (known_types[i].trait == INPUT_MONETARY);
		return input;
	}

	/* might depend on anything: a range, an array, a composite type */
	input->datestyle = true;
	input->intervalstyle = true;
	input->xmloption = (typid == XMLOID);
	return input;
}

static void
pin(int *nestlevel, const char *name, const char *value)
{
	if (*nestlevel < 0)
		*nestlevel = NewGUCNestLevel();
	(void) set_config_option(name, value, PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
}

/*
 * Pins the settings that the type's input and output functions depend on.  The
 * result, if not negative, is to be given to AtEOXact_GUC(); an error that
 * leaves this file does that by itself.  YMD makes "01/02/2024", which nobody
 * can know the meaning of, an error.
 */
int
ddb_input_pin_settings(const DdbInput *input)
{
	int			nestlevel = -1;

	if (input->datestyle)
	{
		const char *abbreviations;

		if (DateStyle != USE_ISO_DATES || DateOrder != DATEORDER_YMD)
			pin(&nestlevel, "datestyle", "ISO, YMD");
		if (strcmp(pg_get_timezone_name(session_timezone), "UTC") != 0)
			pin(&nestlevel, "timezone", "UTC");
		abbreviations = GetConfigOption("timezone_abbreviations", false,
										false);
		if (abbreviations == NULL || strcmp(abbreviations, "Default") != 0)
			pin(&nestlevel, "timezone_abbreviations", "Default");
	}
	if (input->intervalstyle && IntervalStyle != INTSTYLE_POSTGRES)
		pin(&nestlevel, "intervalstyle", "postgres");
	if (input->monetary &&
		strcmp(GetConfigOption("lc_monetary", false, false), "C") != 0)
		pin(&nestlevel, "lc_monetary", "C");
	if (input->xmloption && xmloption != XMLOPTION_CONTENT)
		pin(&nestlevel, "xmloption", "content");

	/* what output functions depend on, where values are written */
	if (input->datestyle && input->intervalstyle)
	{
		if (extra_float_digits != 3)
			pin(&nestlevel, "extra_float_digits", "3");
		if (bytea_output != BYTEA_OUTPUT_HEX)
			pin(&nestlevel, "bytea_output", "hex");
	}
	return nestlevel;
}

/*
 * Is an error about the value, and so one that might show it?  Names that
 * don't exist are: regclass and its kind look their input up.
 */
static bool
is_about_value(int sqlerrcode)
{
	switch (ERRCODE_TO_CATEGORY(sqlerrcode))
	{
		case MAKE_SQLSTATE('2', '2', '0', '0', '0'):
		case MAKE_SQLSTATE('2', '3', '0', '0', '0'):
			return true;
		case MAKE_SQLSTATE('4', '2', '0', '0', '0'):
			return sqlerrcode != ERRCODE_INSUFFICIENT_PRIVILEGE;
		default:
			return false;
	}
}

/*
 * date_in() and timestamp_in() pass over a zone, and date_in() over a time
 * of day.  If the same text means another moment as timestamptz, in UTC,
 * something was passed over.
 */
static bool
is_cut(Oid typid, char *text, Datum datum)
{
	TimestampTz moment;

	if (typid != DATEOID && typid != TIMESTAMPOID)
		return false;
	moment = DatumGetTimestampTz(DirectFunctionCall3(timestamptz_in,
													 CStringGetDatum(text),
													 ObjectIdGetDatum(InvalidOid),
													 Int32GetDatum(-1)));
	if (typid == DATEOID)
		return DatumGetTimestampTz(DirectFunctionCall1(date_timestamptz,
													   datum)) != moment;
	return DatumGetTimestamp(datum) != moment;
}

/*
 * Calls the codec's input function, under pinned settings, on a string in
 * the database's encoding.  Raises only what isn't about the value.
 */
DdbFit
ddb_input_call(const DdbCodec *codec, char *text, int32 typmod, Datum *datum)
{
	DdbInput   *input = codec->input;
	MemoryContext oldcontext = CurrentMemoryContext;
	volatile DdbFit fit = DDB_FIT_OK;
	volatile int nestlevel = ddb_input_pin_settings(input);

	PG_TRY();
	{
		if (!ddb_compat_call_input(&input->function, text, input->ioparam,
								   typmod, datum))
			fit = DDB_FIT_INPUT;
		else if (is_cut(codec->typid, text, *datum))
			fit = DDB_FIT_ROUND;
	}
	PG_CATCH();
	{
		if (!is_about_value(geterrcode()))
			PG_RE_THROW();
		MemoryContextSwitchTo(oldcontext);
		FlushErrorState();
		fit = input->trappable ? DDB_FIT_INPUT : DDB_FIT_INPUT_HARD;
	}
	PG_END_TRY();

	if (nestlevel >= 0)
		AtEOXact_GUC(true, nestlevel);
	return fit;
}

/*
 * Does a date or time mean the same whenever it is read?
 */
static bool
has_relative_word(const char *text)
{
	static const char *const words[] = {"now", "today", "tomorrow",
	"yesterday"};

	for (const char *p = text; *p != '\0'; p++)
	{
		if (!isalpha((unsigned char) *p))
			continue;
		for (int i = 0; i < (int) lengthof(words); i++)
		{
			if (pg_strncasecmp(p, words[i], strlen(words[i])) == 0)
				return true;
		}
		while (isalpha((unsigned char) p[1]))
			p++;
	}
	return false;
}

/* Are there digits behind a point, beyond so many, that aren't zero? */
static bool
has_lost_digits(const char *text, int most)
{
	const char *p = text;

	while ((p = strchr(p, '.')) != NULL)
	{
		int			ndigits = 0;

		for (p++; isdigit((unsigned char) *p); p++)
		{
			if (++ndigits > most && *p != '0')
				return true;
		}
	}
	return false;
}

/*
 * What the input functions for dates and times accept and silently change:
 * finer fractions are rounded, leap seconds moved to the next minute, and
 * time_in() passes over dates, time zones and, for timetz, dates.
 */
static DdbFit
check_temporal_text(Oid typid, const char *text)
{
	if (has_relative_word(text))
		return DDB_FIT_INPUT;
	if (has_lost_digits(text, MAX_TIMESTAMP_PRECISION) ||
		strstr(text, ":60") != NULL)
		return DDB_FIT_ROUND;
	if (typid == TIMEOID &&
		text[strspn(text, "0123456789:. aApPmM")] != '\0')
		return DDB_FIT_ROUND;
	if (typid == TIMETZOID)
	{
		const char *sign = strpbrk(text, "+-");

		if (strchr(text, '/') != NULL ||
			(sign != NULL && strpbrk(sign + 1, "+-") != NULL))
			return DDB_FIT_ROUND;
	}
	return DDB_FIT_OK;
}

/*
 * Would the type's input function change what the text says?  The text is to
 * mean the same whenever it is read, and no less than it says.
 */
static DdbFit
check_text(Oid typid, const char *text)
{
	switch (typid)
	{
		case DATEOID:
		case TIMEOID:
		case TIMETZOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
		case DATERANGEOID:
		case TSRANGEOID:
		case TSTZRANGEOID:
		case DATEMULTIRANGEOID:
		case TSMULTIRANGEOID:
		case TSTZMULTIRANGEOID:
			return check_temporal_text(typid, text);
		case INTERVALOID:
			return has_lost_digits(text, MAX_INTERVAL_PRECISION) ?
				DDB_FIT_ROUND : DDB_FIT_OK;
		case MONEYOID:
			/* under the pinned lc_monetary */
			return has_lost_digits(text, 2) ? DDB_FIT_ROUND : DDB_FIT_OK;
		default:
			return DDB_FIT_OK;
	}
}

/*
 * Reads an S through the codec's input function.
 */
DdbFit
ddb_input_decode(const DdbCodec *codec, const DdbValue *value, Datum *datum)
{
	char	   *text;
	Size		len;
	Datum		shaped;
	DdbFit		fit = ddb_text_read(value, 0, &text, &len);

	if (fit == DDB_FIT_OK)
		fit = check_text(codec->typid, text);
	if (fit == DDB_FIT_OK)
		fit = ddb_input_call(codec, text, -1, datum);
	if (fit != DDB_FIT_OK || codec->typmod < 0)
		return fit;

	/* what the typmod changes, it cuts or rounds */
	fit = ddb_input_call(codec, text, codec->typmod, &shaped);
	if (fit == DDB_FIT_OK)
	{
		int16		typlen;
		bool		typbyval;

		get_typlenbyval(codec->typid, &typlen, &typbyval);
		if (!datum_image_eq(*datum, shaped, typbyval, typlen))
			return DDB_FIT_ROUND;
	}
	return fit;
}
