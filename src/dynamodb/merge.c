/*-------------------------------------------------------------------------
 *
 * merge.c
 *	  A document with what has changed in its plain JSON form.
 *
 * A jsonb column shows a set as an array and a binary as a string.  Written
 * back as they read, they would become a list and a string, although nobody
 * touched them.  So the new form is laid over the old value: where a part
 * reads as it did it stays what it is.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "dynamodb/equal.h"
#include "dynamodb/merge.h"
#include "dynamodb/plain.h"
#include "dynamodb/typed.h"

static void append_merged(StringInfo buf, const DdbValue *old,
						  const DdbValue *plain);

/* Does the old value read as this one? */
static bool
reads_as(const DdbValue *old, const DdbValue *plain)
{
	StringInfoData buf;
	DdbValue	value;

	initStringInfo(&buf);
	ddb_plain_append(&buf, old);
	return ddb_typed_parse_plain(buf.data, buf.len, &value) == DDB_TYPED_OK &&
		ddb_equal_values(&value, plain);
}

static void
append_map(StringInfo buf, const DdbValue *old, const DdbValue *plain)
{
	DdbValueIterator it;
	DdbValue	member;
	DdbValue	other;
	const char *name;
	size_t		namelen;
	char		separator = '{';

	ddb_value_iterate(&it, plain);
	while (ddb_value_next(&it, &member, &name, &namelen))
	{
		DdbPathStep step;

		(void) ddb_value_make_step(name, namelen, &step);
		appendStringInfoChar(buf, separator);
		separator = ',';
		appendStringInfoChar(buf, '"');
		appendBinaryStringInfo(buf, name, (int) namelen);
		appendStringInfoString(buf, "\":");
		(void) ddb_value_follow(old, &step, 1, &other);
		append_merged(buf, &other, &member);
	}
	if (separator == '{')
		appendStringInfoChar(buf, '{');
	appendStringInfoChar(buf, '}');
}

static void
append_list(StringInfo buf, const DdbValue *old, const DdbValue *plain)
{
	DdbValueIterator it_old;
	DdbValueIterator it;
	DdbValue	member;
	DdbValue	other;
	char		separator = '[';

	ddb_value_iterate(&it_old, old);
	ddb_value_iterate(&it, plain);
	while (ddb_value_next(&it, &member, NULL, NULL))
	{
		if (!ddb_value_next(&it_old, &other, NULL, NULL))
			memset(&other, 0, sizeof(other));
		appendStringInfoChar(buf, separator);
		separator = ',';
		append_merged(buf, &other, &member);
	}
	if (separator == '[')
		appendStringInfoChar(buf, '[');
	appendStringInfoChar(buf, ']');
}

static void
append_merged(StringInfo buf, const DdbValue *old, const DdbValue *plain)
{
	DdbValue	merged;

	ddb_merge_plain(old, plain, &merged);
	ddb_value_append_typed(buf, &merged);
}

/*
 * Lays a value made of plain JSON over what was there (MISSING: nothing).
 * The result borrows from both or is palloc'd.
 */
void
ddb_merge_plain(const DdbValue *old, const DdbValue *plain, DdbValue *out)
{
	StringInfoData buf;

	*out = *plain;
	if (old->type == DDB_TYPE_MISSING)
		return;
	if (reads_as(old, plain))
	{
		*out = *old;
		return;
	}
	if (old->type != plain->type ||
		(plain->type != DDB_TYPE_M && plain->type != DDB_TYPE_L))
		return;
	initStringInfo(&buf);
	if (plain->type == DDB_TYPE_M)
		append_map(&buf, old, plain);
	else
		append_list(&buf, old, plain);
	out->text = buf.data;
	out->len = buf.len;
}
