/*-------------------------------------------------------------------------
 *
 * decimal.c
 *	  Numbers as DynamoDB has them: decimal texts of up to 38 digits.
 *
 * They are accepted as DynamoDB accepts them from clients ("+1", ".5",
 * "1E2"), since DynamoDB Local returns numbers inside of lists and maps as
 * they were written; only the JSON form of their characters is expected, no
 * \u escapes.  Nothing is rounded, and more than 38 digits are let through:
 * what is read came from the service, which has counted them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FRONTEND
#include "postgres.h"
#else
#include "postgres_fe.h"
#endif

#include "dynamodb/decimal.h"

/* A number taken apart.  Digits are counted from the left, over the point. */
typedef struct NumberParts
{
	bool		negative;
	const char *integer;		/* digits before the point */
	int			ninteger;
	const char *fraction;		/* digits behind it */
	int			first;			/* first and last digit that isn't 0; */
	int			last;			/* last < first for zero */
	int			point;			/* where the point is, exponent applied */
} NumberParts;

/* The digit at a place; there are zeros as far as one cares to go. */
static inline char
number_digit(const NumberParts *num, int place)
{
	if (place < num->ninteger)
		return num->integer[place];
	return num->fraction[place - num->ninteger];
}

static inline const char *
skip_digits(const char *p, const char *end)
{
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p;
}

/* The exponent of a number, digits only; far out of range stays there. */
static int
parse_exponent(const char *p, const char *end)
{
	int			result = 0;

	for (; p < end; p++)
	{
		if (result < PG_INT32_MAX / 16)
			result = result * 10 + (*p - '0');
	}
	return result;
}

/*
 * Takes a number apart: [+-]digits[.digits][E[+-]digits], where one side of
 * the point may be empty.  False if it isn't one that DynamoDB can hold.
 */
static bool
parse_number(const char *text, size_t len, NumberParts *num)
{
	const char *p = text;
	const char *end = text + len;
	int			nfraction = 0;
	int			exponent = 0;
	int			magnitude;

	/* Items end at 400 KB; this keeps the arithmetic below within int. */
	if (len > PG_INT32_MAX / 16)
		return false;

	num->negative = p < end && *p == '-';
	if (p < end && (*p == '-' || *p == '+'))
		p++;

	num->integer = p;
	p = skip_digits(p, end);
	num->ninteger = p - num->integer;
	num->fraction = p;
	if (p < end && *p == '.')
	{
		num->fraction = ++p;
		p = skip_digits(p, end);
		nfraction = p - num->fraction;
	}
	if (num->ninteger + nfraction == 0)
		return false;

	if (p < end && (*p == 'e' || *p == 'E'))
	{
		bool		negative;
		const char *digits;

		p++;
		negative = p < end && *p == '-';
		if (p < end && (*p == '-' || *p == '+'))
			p++;
		digits = p;
		p = skip_digits(p, end);
		if (p == digits)
			return false;
		exponent = parse_exponent(digits, p);
		if (negative)
			exponent = -exponent;
	}
	if (p != end)
		return false;

	num->first = 0;
	num->last = num->ninteger + nfraction - 1;
	while (num->last >= 0 && number_digit(num, num->last) == '0')
		num->last--;
	while (num->first < num->last && number_digit(num, num->first) == '0')
		num->first++;
	if (num->last < num->first)
		return true;			/* zero, whatever its exponent */

	num->point = num->ninteger + exponent;
	magnitude = num->point - num->first - 1;
	return magnitude >= DDB_DECIMAL_MIN_EXPONENT &&
		magnitude <= DDB_DECIMAL_MAX_EXPONENT;
}

/*
 * Is text[0..len) a number that DynamoDB can hold?
 */
bool
ddb_decimal_is_valid(const char *text, size_t len)
{
	NumberParts num;

	return parse_number(text, len, &num);
}

/*
 * Is it one, and of no more digits than DynamoDB keeps?
 */
bool
ddb_decimal_fits(const char *text, size_t len)
{
	NumberParts num;

	return parse_number(text, len, &num) &&
		num.last - num.first < DDB_DECIMAL_MAX_DIGITS;
}

/* Digits from one place up to another, zeros where there are no more. */
static void
append_digits(StringInfo buf, const NumberParts *num, int from, int to)
{
	int			place;

	for (place = from; place < to; place++)
	{
		if (place < num->first || place > num->last)
			appendStringInfoChar(buf, '0');
		else
			appendStringInfoChar(buf, number_digit(num, place));
	}
}

/*
 * Appends the number text[0..len) as the service writes numbers: plain
 * decimal, no exponent, no "+", no leading zeros or trailing fractional
 * ones, no "-0".  That is up to 126 digits before the point, or 130 behind
 * it where the number has one significant digit.  False, and nothing
 * appended, if it isn't a number.
 */
bool
ddb_decimal_append(StringInfo buf, const char *text, size_t len)
{
	NumberParts num;

	if (!parse_number(text, len, &num))
		return false;
	if (num.last < num.first)
	{
		appendStringInfoChar(buf, '0');
		return true;
	}

	if (num.negative)
		appendStringInfoChar(buf, '-');
	if (num.point > num.first)
		append_digits(buf, &num, num.first, num.point);
	else
		appendStringInfoChar(buf, '0');
	if (num.last >= num.point)
	{
		appendStringInfoChar(buf, '.');
		append_digits(buf, &num, num.point, num.last + 1);
	}
	return true;
}
