/*-------------------------------------------------------------------------
 *
 * diff.c
 *	  What an update has to say to make one item of another: the places where
 *	  they differ, each set to its new value or removed.
 *
 * A document is changed as deep down as it can be, so that what others do
 * elsewhere in it stands:
 *
 *		{"a": {"b": 1, "c": 2}}  to  {"a": {"b": 3}}
 *		SET #0.#1 = :0 REMOVE #0.#2
 *
 * Attributes that are to be what they become as wholes are set as such.
 *
 * A list that becomes longer is changed element by element and appended to;
 * one that becomes shorter is set as a whole, as removing elements moves
 * those behind them.  To DynamoDB an element behind a list's end is one to be
 * appended, so the list has to have those that are changed still, and where
 * others are appended, none behind them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "dynamodb/diff.h"
#include "dynamodb/equal.h"

/* The way to where the comparison stands. */
typedef struct Place
{
	const char *attribute;
	int			nsteps;
	DdbPathStep steps[DDB_TOKEN_MAX_DEPTH];
} Place;

static void compare(DdbDiff *diff, Place *place, const DdbValue *from,
					const DdbValue *to);
static void change(DdbDiff *diff, Place *place, const DdbValue *from,
				   const DdbValue *to);

/* Begins a comparison whose placeholders go into the expression. */
void
ddb_diff_init(DdbDiff *diff, DdbExpression *expression)
{
	diff->expression = expression;
	initStringInfo(&diff->set);
	initStringInfo(&diff->remove);
	initStringInfo(&diff->documents);
	diff->changed = NIL;
}

static void
append_place(DdbDiff *diff, StringInfo text, const Place *place)
{
	ddb_expression_append_path(diff->expression, text, place->attribute,
							   place->steps, place->nsteps);
}

static void
set(DdbDiff *diff, const Place *place, const DdbValue *value)
{
	if (diff->set.len > 0)
		appendStringInfoString(&diff->set, ", ");
	append_place(diff, &diff->set, place);
	appendStringInfoString(&diff->set, " = ");
	ddb_expression_append_value(diff->expression, &diff->set, value);
}

static void
unset(DdbDiff *diff, const Place *place)
{
	if (diff->remove.len > 0)
		appendStringInfoString(&diff->remove, ", ");
	append_place(diff, &diff->remove, place);
}

/* What is to be changed within must still be a map or list then. */
static void
require(DdbDiff *diff, const Place *place, const char *type)
{
	DdbValue	value = {.type = DDB_TYPE_S,.text = type,.len = strlen(type)};

	if (diff->documents.len > 0)
		appendStringInfoString(&diff->documents, " AND ");
	appendStringInfoString(&diff->documents, "attribute_type(");
	append_place(diff, &diff->documents, place);
	appendStringInfoString(&diff->documents, ", ");
	ddb_expression_append_value(diff->expression, &diff->documents, &value);
	appendStringInfoChar(&diff->documents, ')');
}

static void
compare_members(DdbDiff *diff, Place *place, const DdbValue *from,
				const DdbValue *to)
{
	DdbPathStep *step = &place->steps[place->nsteps++];
	DdbValueIterator it;
	DdbValue	member;
	DdbValue	other;
	const char *name;
	size_t		namelen;

	ddb_value_iterate(&it, to);
	while (ddb_value_next(&it, &member, &name, &namelen))
	{
		(void) ddb_value_make_step(name, namelen, step);
		(void) ddb_value_follow(from, step, 1, &other);
		compare(diff, place, &other, &member);
	}
	ddb_value_iterate(&it, from);
	while (ddb_value_next(&it, &member, &name, &namelen))
	{
		(void) ddb_value_make_step(name, namelen, step);
		if (!ddb_value_follow(to, step, 1, &other))
			unset(diff, place);
	}
	place->nsteps--;
}

static int
count_members(const DdbValue *value)
{
	DdbValueIterator it;
	DdbValue	member;
	int			n = 0;

	ddb_value_iterate(&it, value);
	while (ddb_value_next(&it, &member, NULL, NULL))
		n++;
	return n;
}

/* "attribute_exists(#0[3])": the element must be there still. */
static void
require_element(DdbDiff *diff, Place *place, int element)
{
	place->steps[place->nsteps - 1].element = element;
	appendStringInfoString(&diff->documents, " AND attribute_exists(");
	append_place(diff, &diff->documents, place);
	appendStringInfoChar(&diff->documents, ')');
}

/* "size(#0) = :0": the list must have as many as it had. */
static void
require_size(DdbDiff *diff, const Place *place, int size)
{
	char	   *number = psprintf("%d", size);
	DdbValue	value = {.type = DDB_TYPE_N,.text = number,.len = strlen(number)};

	appendStringInfoString(&diff->documents, " AND size(");
	append_place(diff, &diff->documents, place);
	appendStringInfoString(&diff->documents, ") = ");
	ddb_expression_append_value(diff->expression, &diff->documents, &value);
}

static void
compare_elements(DdbDiff *diff, Place *place, const DdbValue *from,
				 const DdbValue *to)
{
	DdbPathStep *step = &place->steps[place->nsteps++];
	DdbValueIterator it_from;
	DdbValueIterator it_to;
	DdbValue	old;
	DdbValue	new;
	int			size = 0;
	int			last = -1;

	memset(step, 0, sizeof(*step));
	ddb_value_iterate(&it_from, from);
	ddb_value_iterate(&it_to, to);
	for (step->element = 0; ddb_value_next(&it_to, &new, NULL, NULL);
		 step->element++)
	{
		if (ddb_value_next(&it_from, &old, NULL, NULL))
			size++;
		else
			memset(&old, 0, sizeof(old));
		if (ddb_equal_values(&old, &new))
			continue;
		last = step->element;
		change(diff, place, &old, &new);
	}
	if (last >= 0 && last < size)
		require_element(diff, place, last);
	place->nsteps--;
	if (last >= size)
		require_size(diff, place, size);
}

/* Makes another value of one at a place. */
static void
change(DdbDiff *diff, Place *place, const DdbValue *from, const DdbValue *to)
{
	if (place->nsteps + 1 < (int) lengthof(place->steps) &&
		from->type == DDB_TYPE_M && to->type == DDB_TYPE_M)
	{
		require(diff, place, "M");
		compare_members(diff, place, from, to);
	}
	else if (place->nsteps + 1 < (int) lengthof(place->steps) &&
			 from->type == DDB_TYPE_L && to->type == DDB_TYPE_L &&
			 count_members(from) <= count_members(to))
	{
		require(diff, place, "L");
		compare_elements(diff, place, from, to);
	}
	else
		set(diff, place, to);
}

static void
compare(DdbDiff *diff, Place *place, const DdbValue *from,
		const DdbValue *to)
{
	if (!ddb_equal_values(from, to))
		change(diff, place, from, to);
}

static bool
is_listed(const List *attributes, const char *attribute)
{
	ListCell   *lc;

	foreach(lc, attributes)
		if (strcmp(lfirst(lc), attribute) == 0)
			return true;
	return false;
}

/* Sets attributes (char *) as wholes to what they are in the item. */
static void
set_whole(DdbDiff *diff, Place *place, const DdbValue *to,
		  const List *attributes)
{
	ListCell   *lc;

	foreach(lc, attributes)
	{
		char	   *attribute = lfirst(lc);
		DdbPathStep step = {attribute, strlen(attribute), 0};
		DdbValue	member;

		place->attribute = attribute;
		diff->changed = lappend(diff->changed, attribute);
		if (ddb_value_follow(to, &step, 1, &member))
			set(diff, place, &member);
		else
			unset(diff, place);
	}
}

/*
 * Adds what makes one item (a map) of another.  If they differ at all, the
 * attributes in whole (char *) are set to what they become, whatever they are
 * by now; the others where they differ.
 */
void
ddb_diff_items(DdbDiff *diff, const DdbValue *from, const DdbValue *to,
			   const List *whole)
{
	Place	   *place = palloc0_object(Place);
	DdbValueIterator it;
	DdbValue	member;
	DdbValue	other;
	const char *name;
	size_t		namelen;

	if (ddb_equal_values(from, to))
		return;
	set_whole(diff, place, to, whole);
	ddb_value_iterate(&it, to);
	while (ddb_value_next(&it, &member, &name, &namelen))
	{
		DdbPathStep step;

		(void) ddb_value_make_step(name, namelen, &step);
		(void) ddb_value_follow(from, &step, 1, &other);
		if (ddb_equal_values(&other, &member) || is_listed(whole, step.name))
			continue;
		place->attribute = step.name;
		diff->changed = lappend(diff->changed, unconstify(char *, step.name));
		change(diff, place, &other, &member);
	}
	ddb_value_iterate(&it, from);
	while (ddb_value_next(&it, &member, &name, &namelen))
	{
		DdbPathStep step;

		(void) ddb_value_make_step(name, namelen, &step);
		if (ddb_value_follow(to, &step, 1, &other) ||
			is_listed(whole, step.name))
			continue;
		place->attribute = step.name;
		diff->changed = lappend(diff->changed, unconstify(char *, step.name));
		unset(diff, place);
	}
	pfree(place);
}

/* The UpdateExpression, palloc'd; NULL where nothing differs. */
char *
ddb_diff_build_update(const DdbDiff *diff)
{
	if (diff->set.len == 0 && diff->remove.len == 0)
		return NULL;
	return ddb_expression_join_update(diff->set.data, diff->remove.data);
}
