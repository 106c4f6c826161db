/*-------------------------------------------------------------------------
 *
 * temporal.c
 *	  Dates and times in the forms that programs store them in.
 *
 * One scanner takes apart what ISO 8601 and RFC 3339 have in common,
 * "2024-01-31T10:00:00.123456+01:00" and everything shorter, and notes how
 * it was written.  A column with a format accepts a text only if it is
 * written exactly as that format writes it: so for every time there is one
 * text, equality of texts is equality of times, and a range of times is a
 * range of texts.
 *
 * A column without a format takes whatever the scanner understands, and
 * leaves the rest to the type's input function (input.c).  In both cases
 *
 * - a text without a zone is UTC;
 * - an offset other than zero cannot be shown by date and timestamp, nor a
 *   time of day by date, nor more digits than the type or its typmod has:
 *   such values don't fit, rather than being cut.
 *
 * Nothing depends on the session's settings.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "mapping/input.h"
#include "mapping/number.h"
#include "mapping/temporal.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

#define SECS_TO_POSTGRES_EPOCH \
	((int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY)

typedef enum ZoneForm
{
	ZONE_NONE,
	ZONE_Z,						/* "Z" */
	ZONE_LOWER_Z,				/* "z" */
	ZONE_OFFSET,				/* "+01:00" */
} ZoneForm;

/* A text taken apart, and how it was written. */
typedef struct Scanned
{
	bool		has_date;
	bool		has_time;
	bool		has_seconds;
	char		separator;		/* between date and time */
	int			nfraction;		/* digits of the fraction as written */
	bool		beyond_usec;	/* ... of which microseconds lose some */
	ZoneForm	zone;
	bool		zone_minus;		/* written with a minus sign */
	int			offset;			/* seconds east of Greenwich */
	int32		days;			/* since the Postgres epoch, local */
	int64		usec;			/* of the day, local */
} Scanned;

/* Exactly n digits at p; -1 if they aren't. */
static inline int
scan_digits(const char *p, const char *end, int n)
{
	int			result = 0;

	if (end - p < n)
		return -1;
	for (; n > 0; n--, p++)
	{
		if (*p < '0' || *p > '9')
			return -1;
		result = result * 10 + (*p - '0');
	}
	return result;
}

/* "2024-01-31" */
static bool
scan_date(const char **ptr, const char *end, Scanned *out)
{
	const char *p = *ptr;
	int			year = scan_digits(p, end, 4);
	int			month;
	int			day;

	if (year < 1 || end - p < 10 || p[4] != '-' || p[7] != '-')
		return false;
	month = scan_digits(p + 5, end, 2);
	day = scan_digits(p + 8, end, 2);
	if (month < 1 || month > MONTHS_PER_YEAR ||
		day < 1 || day > day_tab[isleap(year)][month - 1])
		return false;
	out->days = date2j(year, month, day) - POSTGRES_EPOCH_JDATE;
	out->has_date = true;
	*ptr = p + 10;
	return true;
}

/* ".123456": any number of digits */
static bool
scan_fraction(const char **ptr, const char *end, Scanned *out)
{
	const char *p = *ptr + 1;
	const char *digits = p;
	int			usec = 0;

	for (; p < end && *p >= '0' && *p <= '9'; p++)
	{
		if (p - digits < MAX_TIMESTAMP_PRECISION)
			usec = usec * 10 + (*p - '0');
		else if (*p != '0')
			out->beyond_usec = true;
	}
	if (p == digits || p - digits > 100)
		return false;
	out->nfraction = p - digits;
	for (int i = out->nfraction; i < MAX_TIMESTAMP_PRECISION; i++)
		usec *= 10;
	out->usec += usec;
	*ptr = p;
	return true;
}

/*
 * "10:00", "10:00:00" with or without a fraction.  24:00 and leap seconds
 * would read as times that are written differently.
 */
static bool
scan_time(const char **ptr, const char *end, Scanned *out)
{
	const char *p = *ptr;
	int			hour = scan_digits(p, end, 2);
	int			minute;
	int			second = 0;

	if (hour < 0 || hour >= HOURS_PER_DAY || end - p < 5 || p[2] != ':')
		return false;
	minute = scan_digits(p + 3, end, 2);
	if (minute < 0 || minute >= MINS_PER_HOUR)
		return false;
	p += 5;
	if (p < end && *p == ':')
	{
		second = scan_digits(p + 1, end, 2);
		if (second < 0 || second >= SECS_PER_MINUTE)
			return false;
		out->has_seconds = true;
		p += 3;
	}
	out->has_time = true;
	out->usec = ((hour * MINS_PER_HOUR + minute) * SECS_PER_MINUTE + second) *
		USECS_PER_SEC;
	if (out->has_seconds && p < end && *p == '.' &&
		!scan_fraction(&p, end, out))
		return false;
	*ptr = p;
	return true;
}

/* "Z" or "+01:00", or nothing */
static bool
scan_zone(const char **ptr, const char *end, Scanned *out)
{
	const char *p = *ptr;
	int			hours;
	int			minutes;

	if (p == end)
		return true;
	if (*p == 'Z' || *p == 'z')
	{
		out->zone = (*p == 'Z') ? ZONE_Z : ZONE_LOWER_Z;
		*ptr = p + 1;
		return true;
	}
	if ((*p != '+' && *p != '-') || end - p < 6 || p[3] != ':')
		return false;
	hours = scan_digits(p + 1, end, 2);
	minutes = scan_digits(p + 4, end, 2);
	if (hours < 0 || hours > MAX_TZDISP_HOUR ||
		minutes < 0 || minutes >= MINS_PER_HOUR)
		return false;
	out->zone = ZONE_OFFSET;
	out->zone_minus = (*p == '-');
	out->offset = (hours * MINS_PER_HOUR + minutes) * SECS_PER_MINUTE;
	if (out->zone_minus)
		out->offset = -out->offset;
	*ptr = p + 6;
	return true;
}

/*
 * Takes a text apart.  False if it is none of the forms known here, or names
 * a day or time that doesn't exist.
 */
static bool
scan(const char *str, size_t len, Scanned *out)
{
	const char *p = str;
	const char *end = str + len;

	memset(out, 0, sizeof(*out));
	if (len >= 5 && p[2] == ':')
		return scan_time(&p, end, out) && scan_zone(&p, end, out) && p == end;
	if (!scan_date(&p, end, out))
		return false;
	if (p == end)
		return true;
	if (*p != 'T' && *p != 't' && *p != ' ')
		return false;
	out->separator = *p++;
	return scan_time(&p, end, out) && scan_zone(&p, end, out) && p == end;
}

/* Is it written as the format writes it? */
static bool
has_format(const Scanned *scanned, DdbFormat format)
{
	if (!scanned->has_date)
		return false;
	if (format == DDB_FORMAT_DATE)
		return !scanned->has_time;
	if (!scanned->has_seconds)
		return false;
	if (format == DDB_FORMAT_RFC3339)
		return scanned->zone != ZONE_NONE;
	if (scanned->separator != 'T')
		return false;
	switch (format)
	{
		case DDB_FORMAT_ISO8601:
			return scanned->nfraction == 0 && scanned->zone == ZONE_Z;
		case DDB_FORMAT_ISO8601_MS:
			return scanned->nfraction == 3 && scanned->zone == ZONE_Z;
		case DDB_FORMAT_ISO8601_US:
			return scanned->nfraction == 6 && scanned->zone == ZONE_Z;
		case DDB_FORMAT_ISOFORMAT:
		case DDB_FORMAT_ISOFORMAT_UTC:
			/* Python leaves a fraction out if and only if it is zero */
			if (scanned->usec % USECS_PER_SEC == 0 ?
				scanned->nfraction != 0 : scanned->nfraction != 6)
				return false;
			if (format == DDB_FORMAT_ISOFORMAT)
				return scanned->zone == ZONE_NONE;
			return scanned->zone == ZONE_OFFSET && scanned->offset == 0 &&
				!scanned->zone_minus;
		default:
			return false;
	}
}

/* Would the type's typmod round this? */
static bool
fits_precision(int64 usec, int32 typmod)
{
	static const int64 units[MAX_TIMESTAMP_PRECISION + 1] = {
		1000000, 100000, 10000, 1000, 100, 10, 1
	};

	if (typmod < 0 || typmod > MAX_TIMESTAMP_PRECISION)
		return true;
	return usec % units[typmod] == 0;
}

/* What was scanned, as the codec's type. */
static DdbFit
scanned_to_datum(const DdbCodec *codec, const Scanned *scanned, Datum *datum)
{
	int64		usec = scanned->days * USECS_PER_DAY + scanned->usec;

	if (scanned->beyond_usec)
		return DDB_FIT_ROUND;
	switch (codec->typid)
	{
		case TIMESTAMPTZOID:
			if (!scanned->has_date)
				return DDB_FIT_INPUT;
			usec -= scanned->offset * USECS_PER_SEC;
			if (!fits_precision(usec, codec->typmod))
				return DDB_FIT_ROUND;
			*datum = TimestampTzGetDatum(usec);
			return DDB_FIT_OK;
		case TIMESTAMPOID:
			if (!scanned->has_date)
				return DDB_FIT_INPUT;
			if (scanned->offset != 0 ||
				!fits_precision(usec, codec->typmod))
				return DDB_FIT_ROUND;
			*datum = TimestampGetDatum(usec);
			return DDB_FIT_OK;
		case DATEOID:
			if (!scanned->has_date)
				return DDB_FIT_INPUT;
			if (scanned->offset != 0 || scanned->usec != 0)
				return DDB_FIT_ROUND;
			*datum = DateADTGetDatum(scanned->days);
			return DDB_FIT_OK;
		case TIMEOID:
			if (scanned->has_date)
				return DDB_FIT_ROUND;
			if (scanned->zone != ZONE_NONE ||
				!fits_precision(scanned->usec, codec->typmod))
				return DDB_FIT_ROUND;
			*datum = TimeADTGetDatum(scanned->usec);
			return DDB_FIT_OK;
		default:
			elog(ERROR, "unexpected temporal type: %u", codec->typid);
			return DDB_FIT_INPUT;
	}
}

/*
 * Reads an S into date, time, timestamp or timestamptz.  Escaped texts are
 * none of the forms known here: no program writes them that way.
 */
DdbFit
ddb_temporal_decode_text(const DdbCodec *codec, const DdbValue *value,
						 Datum *datum)
{
	Scanned		scanned;
	bool		valid;

	valid = !value->escaped && scan(value->text, value->len, &scanned);
	if (codec->format != DDB_FORMAT_NONE)
	{
		if (!valid || !has_format(&scanned, codec->format))
			return DDB_FIT_FORM;
	}
	else if (!valid)
		return ddb_input_decode(codec, value, datum);
	return scanned_to_datum(codec, &scanned, datum);
}

/*
 * Reads an N, seconds or milliseconds since 1970, into date, timestamp or
 * timestamptz.
 */
DdbFit
ddb_temporal_decode_number(const DdbCodec *codec, const DdbValue *value,
						   Datum *datum)
{
	int64		unit = ddb_temporal_get_unit(codec->format);
	int64		epoch = SECS_TO_POSTGRES_EPOCH * (USECS_PER_SEC / unit);
	int64		n;
	DdbFit		fit = ddb_number_get_int64(value, &n);

	if (fit != DDB_FIT_OK)
		return fit;
	if (n < DDB_TEMPORAL_MIN / unit + epoch ||
		n >= DDB_TEMPORAL_END / unit + epoch)
		return DDB_FIT_RANGE;
	n = (n - epoch) * unit;
	if (codec->typid == DATEOID)
	{
		if (n % USECS_PER_DAY != 0)
			return DDB_FIT_ROUND;
		*datum = DateADTGetDatum((DateADT) (n / USECS_PER_DAY));
		return DDB_FIT_OK;
	}
	if (!fits_precision(n, codec->typmod))
		return DDB_FIT_ROUND;
	*datum = Int64GetDatum(n);
	return DDB_FIT_OK;
}

/*
 * Does the form keep time's order?
 *
 * Numbers do.  Of the texts, those whose fields all have a fixed width and
 * stand from the greatest unit to the smallest do.  isoformat has two
 * widths, and does too: texts of different seconds differ within the first
 * 19 characters, which have fixed width.  Of those with the same second the
 * one without a fraction has none because it is zero, so it must sort first;
 * and it does, as it ends (or goes on with "+", 0x2B) where the others have
 * "." (0x2E).  The others have six digits each.
 *
 * rfc3339 has any zone and any number of digits, and so many texts for one
 * time.
 */
bool
ddb_temporal_is_ordered(DdbFormat format)
{
	switch (format)
	{
		case DDB_FORMAT_ISO8601:
		case DDB_FORMAT_ISO8601_MS:
		case DDB_FORMAT_ISO8601_US:
		case DDB_FORMAT_ISOFORMAT:
		case DDB_FORMAT_ISOFORMAT_UTC:
		case DDB_FORMAT_DATE:
		case DDB_FORMAT_EPOCH:
		case DDB_FORMAT_EPOCH_MS:
			return true;
		default:
			return false;
	}
}

/*
 * The form's resolution in microseconds: what it holds are multiples of it.
 */
int64
ddb_temporal_get_unit(DdbFormat format)
{
	switch (format)
	{
		case DDB_FORMAT_DATE:
			return USECS_PER_DAY;
		case DDB_FORMAT_ISO8601:
		case DDB_FORMAT_EPOCH:
			return USECS_PER_SEC;
		case DDB_FORMAT_ISO8601_MS:
		case DDB_FORMAT_EPOCH_MS:
			return 1000;
		default:
			return 1;
	}
}

/*
 * Renders a time, of the years that there are and a multiple of the form's
 * unit, in one of the ordered forms into buf (DDB_TEMPORAL_SIZE bytes).
 * Returns its length.
 */
int
ddb_temporal_render(DdbFormat format, int64 usec, char *buf)
{
	int64		days = usec / USECS_PER_DAY;
	int			year;
	int			month;
	int			day;
	int			seconds;
	int			fraction;
	int			len;

	Assert(usec >= DDB_TEMPORAL_MIN && usec < DDB_TEMPORAL_END);
	if (format == DDB_FORMAT_EPOCH || format == DDB_FORMAT_EPOCH_MS)
	{
		int64		unit = ddb_temporal_get_unit(format);

		return snprintf(buf, DDB_TEMPORAL_SIZE, INT64_FORMAT,
						usec / unit +
						SECS_TO_POSTGRES_EPOCH * (USECS_PER_SEC / unit));
	}

	usec -= days * USECS_PER_DAY;
	if (usec < 0)
	{
		usec += USECS_PER_DAY;
		days--;
	}
	j2date((int) days + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	len = snprintf(buf, DDB_TEMPORAL_SIZE, "%04d-%02d-%02d",
				   year, month, day);
	if (format == DDB_FORMAT_DATE)
		return len;

	seconds = (int) (usec / USECS_PER_SEC);
	fraction = (int) (usec % USECS_PER_SEC);
	len += snprintf(buf + len, DDB_TEMPORAL_SIZE - len, "T%02d:%02d:%02d",
					seconds / SECS_PER_HOUR,
					seconds / SECS_PER_MINUTE % MINS_PER_HOUR,
					seconds % SECS_PER_MINUTE);
	if (format == DDB_FORMAT_ISO8601_MS)
		len += snprintf(buf + len, DDB_TEMPORAL_SIZE - len, ".%03d",
						fraction / 1000);
	else if (format == DDB_FORMAT_ISO8601_US || fraction != 0)
		len += snprintf(buf + len, DDB_TEMPORAL_SIZE - len, ".%06d",
						fraction);
	if (format == DDB_FORMAT_ISOFORMAT_UTC)
		len += snprintf(buf + len, DDB_TEMPORAL_SIZE - len, "+00:00");
	else if (format != DDB_FORMAT_ISOFORMAT)
		len += snprintf(buf + len, DDB_TEMPORAL_SIZE - len, "Z");
	return len;
}
