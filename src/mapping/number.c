/*-------------------------------------------------------------------------
 *
 * number.c
 *	  Decimal numbers as DynamoDB writes them: N into every numeric type.
 *
 * The service answers with plain decimals: no exponent, no plus sign, no
 * zero that doesn't matter, at most 38 significant digits.  Numbers inside
 * lists and maps may come from an emulator as they were written, so what
 * isn't in that form is brought into it first, and everything behind
 * get_decimal() may rely on it.
 *
 * Nothing is ever rounded here but into float4 and float8, whose nearest
 * value is what SQL itself would make of the number.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "common/int.h"
#include "dynamodb/decimal.h"
#include "mapping/number.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

/*
 * Longest plain decimal: 1E-130 with 38 digits takes a sign, "0." and 167
 * digits.
 */
#define DECIMAL_SIZE	256

/* A number in its plain form, taken apart. */
typedef struct Decimal
{
	bool		negative;
	int			nint;			/* digits before the point, 0 for "0" */
	int			nfraction;		/* digits behind it */
	int			nleading;		/* zeros right behind it */
	int			ntrailing;		/* zeros right before it */
	int			len;
	char		str[DECIMAL_SIZE];	/* NUL-terminated */
} Decimal;

/*
 * Takes a plain decimal apart.  False if the text isn't one.
 */
static bool
scan_decimal(const char *str, size_t len, Decimal *decimal)
{
	const char *p = str;
	const char *end = str + len;
	const char *digits;

	if (len == 0 || len >= DECIMAL_SIZE)
		return false;
	decimal->negative = (*p == '-');
	if (decimal->negative)
		p++;

	decimal->ntrailing = 0;
	for (digits = p; p < end && *p >= '0' && *p <= '9'; p++)
		decimal->ntrailing = (*p == '0') ? decimal->ntrailing + 1 : 0;
	decimal->nint = p - digits;
	if (decimal->nint == 0 || (*digits == '0' && decimal->nint > 1))
		return false;
	if (*digits == '0')
		decimal->nint = 0;

	decimal->nfraction = 0;
	decimal->nleading = 0;
	if (p < end)
	{
		if (*p++ != '.')
			return false;
		for (digits = p; p < end && *p >= '0' && *p <= '9'; p++)
		{
			if (*p == '0' && decimal->nleading == p - digits)
				decimal->nleading++;
		}
		decimal->nfraction = p - digits;
		if (p < end || decimal->nfraction == 0 || p[-1] == '0')
			return false;
	}
	else if (decimal->nint == 0 && decimal->negative)
		return false;			/* "-0" */

	memcpy(decimal->str, str, len);
	decimal->str[len] = '\0';
	decimal->len = len;
	return true;
}

/* An N in its plain form; false if it isn't a number at all. */
static bool
get_decimal(const DdbValue *value, Decimal *decimal)
{
	StringInfoData buf;
	bool		result;

	if (likely(scan_decimal(value->text, value->len, decimal)))
		return true;
	initStringInfo(&buf);
	result = ddb_decimal_append(&buf, value->text, value->len) &&
		scan_decimal(buf.data, buf.len, decimal);
	pfree(buf.data);
	return result;
}

/*
 * A decimal as an integer.  Digits are subtracted, as the least integer has
 * no positive counterpart.
 */
static DdbFit
decimal_to_int64(const Decimal *decimal, int64 *result)
{
	const char *p = decimal->str + (decimal->negative ? 1 : 0);
	int64		n = 0;

	if (decimal->nfraction > 0)
		return DDB_FIT_ROUND;
	if (decimal->nint > 19)
		return DDB_FIT_RANGE;
	for (; *p != '\0'; p++)
	{
		if (pg_mul_s64_overflow(n, 10, &n) ||
			pg_sub_s64_overflow(n, *p - '0', &n))
			return DDB_FIT_RANGE;
	}
	if (!decimal->negative)
	{
		if (n == PG_INT64_MIN)
			return DDB_FIT_RANGE;
		n = -n;
	}
	*result = n;
	return DDB_FIT_OK;
}

/*
 * An N as a 64-bit integer.  A fraction is DDB_FIT_ROUND, one too large
 * DDB_FIT_RANGE.
 */
DdbFit
ddb_number_get_int64(const DdbValue *value, int64 *result)
{
	Decimal		decimal;

	if (!get_decimal(value, &decimal))
		return DDB_FIT_INPUT;
	return decimal_to_int64(&decimal, result);
}

/*
 * The integer types; a fraction or an overflow doesn't fit.
 */
DdbFit
ddb_number_decode_int2(const DdbCodec *codec, const DdbValue *value,
					   Datum *datum)
{
	int64		n;
	DdbFit		fit = ddb_number_get_int64(value, &n);

	if (fit != DDB_FIT_OK)
		return fit;
	if (n < PG_INT16_MIN || n > PG_INT16_MAX)
		return DDB_FIT_RANGE;
	*datum = Int16GetDatum((int16) n);
	return DDB_FIT_OK;
}

DdbFit
ddb_number_decode_int4(const DdbCodec *codec, const DdbValue *value,
					   Datum *datum)
{
	int64		n;
	DdbFit		fit = ddb_number_get_int64(value, &n);

	if (fit != DDB_FIT_OK)
		return fit;
	if (n < PG_INT32_MIN || n > PG_INT32_MAX)
		return DDB_FIT_RANGE;
	*datum = Int32GetDatum((int32) n);
	return DDB_FIT_OK;
}

DdbFit
ddb_number_decode_int8(const DdbCodec *codec, const DdbValue *value,
					   Datum *datum)
{
	int64		n;
	DdbFit		fit = ddb_number_get_int64(value, &n);

	if (fit == DDB_FIT_OK)
		*datum = Int64GetDatum(n);
	return fit;
}

/*
 * The nearest float4.  strtof() is used rather than a cast from double,
 * which would round twice.
 */
DdbFit
ddb_number_decode_float4(const DdbCodec *codec, const DdbValue *value,
						 Datum *datum)
{
	Decimal		decimal;
	float		f;

	if (!get_decimal(value, &decimal))
		return DDB_FIT_INPUT;
	f = strtof(decimal.str, NULL);
	if (isinf(f) || (f == 0 && (decimal.nint > 0 || decimal.nfraction > 0)))
		return DDB_FIT_RANGE;
	*datum = Float4GetDatum(f);
	return DDB_FIT_OK;
}

/* The nearest float8, whose range is wider than DynamoDB's. */
DdbFit
ddb_number_decode_float8(const DdbCodec *codec, const DdbValue *value,
						 Datum *datum)
{
	Decimal		decimal;

	if (!get_decimal(value, &decimal))
		return DDB_FIT_INPUT;
	*datum = Float8GetDatum(strtod(decimal.str, NULL));
	return DDB_FIT_OK;
}

/*
 * Would numeric(p,s) change the number, or refuse it?  The layout of the
 * typmod is numeric.c's: precision above, scale in the eleven bits below, as
 * a signed number.
 */
static DdbFit
check_numeric_typmod(const Decimal *decimal, int32 typmod)
{
	int			precision = ((typmod - VARHDRSZ) >> 16) & 0xffff;
	int			scale = (((typmod - VARHDRSZ) & 0x7ff) ^ 1024) - 1024;
	int			weight;

	if (decimal->nint == 0 && decimal->nfraction == 0)
		return DDB_FIT_OK;		/* zero always fits */
	if (decimal->nfraction > Max(scale, 0))
		return DDB_FIT_ROUND;
	if (scale < 0 && decimal->ntrailing < -scale)
		return DDB_FIT_ROUND;

	/* the number is less than ten to the power of this */
	weight = decimal->nint > 0 ? decimal->nint : -decimal->nleading;
	return weight <= precision - scale ? DDB_FIT_OK : DDB_FIT_RANGE;
}

/*
 * The number with all its digits, and no more scale than it needs but for
 * numeric(p,s), which shows its own.
 */
DdbFit
ddb_number_decode_numeric(const DdbCodec *codec, const DdbValue *value,
						  Datum *datum)
{
	Decimal		decimal;

	if (!get_decimal(value, &decimal))
		return DDB_FIT_INPUT;
	if (codec->typmod >= (int32) VARHDRSZ)
	{
		DdbFit		fit = check_numeric_typmod(&decimal, codec->typmod);

		if (fit != DDB_FIT_OK)
			return fit;
	}
	else if (decimal.nfraction == 0 && decimal.nint <= 18)
	{
		int64		n;

		/* the usual case, and several times faster than numeric_in() */
		if (decimal_to_int64(&decimal, &n) == DDB_FIT_OK)
		{
			*datum = NumericGetDatum(int64_to_numeric(n));
			return DDB_FIT_OK;
		}
	}
	*datum = DirectFunctionCall3(numeric_in, CStringGetDatum(decimal.str),
								 ObjectIdGetDatum(InvalidOid),
								 Int32GetDatum(codec->typmod));
	return DDB_FIT_OK;
}
