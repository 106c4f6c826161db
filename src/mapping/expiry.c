/*-------------------------------------------------------------------------
 *
 * expiry.c
 *	  Items whose time is over: option ttl_attribute.
 *
 * DynamoDB deletes an item some time, up to days, after the moment that its
 * time-to-live attribute names in seconds since 1970.  Until then it is still
 * returned; here it isn't a row any more.  An attribute that is missing or no
 * number says nothing: such an item stays.
 *
 * The present is the statement's, so that all its reads agree.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/xact.h"
#include "mapping/expiry.h"
#include "utils/timestamp.h"

/* No number on the wire is longer, written out: 38 digits, 130 places. */
#define MAX_NUMBER_LENGTH 200

/* The time of the current statement in seconds since 1970, rounded down. */
int64
ddb_expiry_now(void)
{
	TimestampTz now = GetCurrentStatementStartTimestamp();

	return (int64) floor((double) now / USECS_PER_SEC) +
		(int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY;
}

/*
 * Is this value of the attribute a number before now?  As floating point:
 * that is exact for seconds, and good enough for what isn't.
 */
bool
ddb_expiry_is_past(const DdbValue *value, int64 now)
{
	char		number[MAX_NUMBER_LENGTH + 1];

	if (value->type != DDB_TYPE_N || value->len > MAX_NUMBER_LENGTH)
		return false;
	memcpy(number, value->text, value->len);
	number[value->len] = '\0';
	return strtod(number, NULL) < (double) now;
}

/*
 * The same as an expression, "#0 < :0": true of no item that lacks the
 * attribute, or has another type in it.
 */
void
ddb_expiry_append_is_past(DdbExpression *expression, StringInfo text,
						  const char *attribute)
{
	char	   *now = psprintf(INT64_FORMAT, ddb_expiry_now());
	DdbValue	value = {.type = DDB_TYPE_N,.text = now,.len = strlen(now)};

	ddb_expression_append_name(expression, text, attribute);
	appendStringInfoString(text, " < ");
	ddb_expression_append_value(expression, text, &value);
}
