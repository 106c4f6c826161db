/*-------------------------------------------------------------------------
 *
 * item.c
 *	  An item being put together from attributes and document paths.
 *
 * A tree, as several columns may show parts of one document.  A place is a
 * value, or it has members.  A value that is a map or list is taken apart
 * when a path leads into it: the rest of an item ('*') may bring "address"
 * as a whole and a column its city.  The same value may be put in the same
 * place again; a different one is a conflict.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "dynamodb/equal.h"
#include "dynamodb/item.h"
#include "nodes/pg_list.h"
#include "utils/json.h"

typedef struct Place
{
	char	   *name;			/* in a map: UTF-8; NULL in a list */
	int			element;		/* in a list */
	DdbValue	value;			/* MISSING where there are members */
	bool		is_document;	/* a map or list, even without members */
	bool		is_list;
	List	   *members;		/* Place */
} Place;

struct DdbItem
{
	Place		root;
};

/* An item without attributes, palloc'd in the current context. */
DdbItem *
ddb_item_create(void)
{
	return palloc0_object(DdbItem);
}

static Place *
lookup(const Place *parent, const char *name, size_t len, int element)
{
	ListCell   *lc;

	foreach(lc, parent->members)
	{
		Place	   *node = lfirst(lc);

		if (name == NULL ? node->element == element :
			strlen(node->name) == len && memcmp(node->name, name, len) == 0)
			return node;
	}
	return NULL;
}

static Place *
add(Place *parent, const char *name, size_t len, int element)
{
	Place	   *node = palloc0_object(Place);

	node->name = name != NULL ? pnstrdup(name, len) : NULL;
	node->element = element;
	parent->members = lappend(parent->members, node);
	return node;
}

/* Makes members of a value that is a map or list. */
static void
take_apart(Place *node)
{
	DdbValueIterator it;
	DdbValue	member;
	const char *name;
	size_t		namelen;
	int			element = 0;

	node->is_document = true;
	node->is_list = (node->value.type == DDB_TYPE_L);
	ddb_value_iterate(&it, &node->value);
	while (ddb_value_next(&it, &member, &name, &namelen))
	{
		DdbPathStep step = {0};

		if (name != NULL)
			(void) ddb_value_make_step(name, namelen, &step);
		add(node, step.name, step.len, element++)->value = member;
	}
	node->value.type = DDB_TYPE_MISSING;
}

/* The node that a step leads to, made if need be; NULL if it can't be. */
static Place *
descend(Place *node, const DdbPathStep *step)
{
	bool		is_list = (step->name == NULL);
	Place	   *next;

	if (node->value.type == DDB_TYPE_M || node->value.type == DDB_TYPE_L)
		take_apart(node);
	else if (node->value.type != DDB_TYPE_MISSING)
		return NULL;
	if (!node->is_document)
	{
		node->is_document = true;
		node->is_list = is_list;
	}
	else if (node->is_list != is_list)
		return NULL;
	next = lookup(node, step->name, step->len, step->element);
	return next != NULL ? next :
		add(node, step->name, step->len, step->element);
}

/* Is there anything where a step leads? */
static bool
leads_on(Place *node, const DdbPathStep *step)
{
	if (node->value.type == DDB_TYPE_M || node->value.type == DDB_TYPE_L)
		take_apart(node);
	return node->is_document && node->is_list == (step->name == NULL) &&
		lookup(node, step->name, step->len, step->element) != NULL;
}

/* An item with these attributes (a map, which is borrowed). */
DdbItem *
ddb_item_open(const DdbValue *map)
{
	DdbItem    *item = ddb_item_create();

	item->root.value = *map;
	take_apart(&item->root);
	return item;
}

/*
 * Puts a value where a path leads: the attribute itself (no steps), or a
 * place in the document it holds.  The value is borrowed.
 */
DdbItemFault
ddb_item_set(DdbItem *item, const char *attribute, const DdbPathStep *steps,
			 int nsteps, const DdbValue *value)
{
	Place	   *node = lookup(&item->root, attribute, strlen(attribute), 0);

	if (node == NULL)
		node = add(&item->root, attribute, strlen(attribute), 0);
	for (int i = 0; i < nsteps; i++)
	{
		node = descend(node, &steps[i]);
		if (node == NULL)
			return DDB_ITEM_CONFLICT;
	}
	if (node->is_document ||
		(node->value.type != DDB_TYPE_MISSING &&
		 !ddb_equal_values(&node->value, value)))
		return DDB_ITEM_CONFLICT;
	node->value = *value;
	return DDB_ITEM_OK;
}

/*
 * Puts a value where a path leads, in place of what is there; MISSING takes
 * it out, but for the element of a list, which becomes NULL.
 */
DdbItemFault
ddb_item_replace(DdbItem *item, const char *attribute,
				 const DdbPathStep *steps, int nsteps, const DdbValue *value)
{
	DdbPathStep first = {attribute, strlen(attribute), 0};
	bool		removes = (value->type == DDB_TYPE_MISSING);
	Place	   *parent = NULL;
	Place	   *node = &item->root;

	item->root.is_document = true;
	for (int i = -1; i < nsteps; i++)
	{
		const DdbPathStep *step = (i < 0) ? &first : &steps[i];

		parent = node;
		if (removes && !leads_on(node, step))
			return DDB_ITEM_OK;
		node = descend(node, step);
		if (node == NULL)
			return DDB_ITEM_CONFLICT;
	}
	node->is_document = false;
	node->members = NIL;
	node->value = *value;
	if (!removes)
		return DDB_ITEM_OK;
	if (parent->is_list)
		node->value.type = DDB_TYPE_NULL;
	else
		parent->members = list_delete_ptr(parent->members, node);
	return DDB_ITEM_OK;
}

/* Takes an attribute out; none by this name is fine. */
void
ddb_item_remove(DdbItem *item, const char *attribute)
{
	Place	   *node = lookup(&item->root, attribute, strlen(attribute), 0);

	item->root.members = list_delete_ptr(item->root.members, node);
}

static int
compare_elements(const ListCell *a, const ListCell *b)
{
	return ((const Place *) lfirst(a))->element -
		((const Place *) lfirst(b))->element;
}

static DdbItemFault render_value(const Place *node, StringInfo buf);

static DdbItemFault
render_members(const Place *node, StringInfo buf)
{
	List	   *members = node->members;
	ListCell   *lc;

	if (node->is_list)
	{
		members = list_copy(members);
		list_sort(members, compare_elements);
	}
	appendStringInfoChar(buf, node->is_list ? '[' : '{');
	foreach(lc, members)
	{
		const Place *member = lfirst(lc);
		DdbItemFault fault;

		if (foreach_current_index(lc) > 0)
			appendStringInfoChar(buf, ',');
		if (node->is_list)
		{
			if (member->element != foreach_current_index(lc))
				return DDB_ITEM_GAP;
		}
		else
		{
			escape_json(buf, member->name);
			appendStringInfoChar(buf, ':');
		}
		fault = render_value(member, buf);
		if (fault != DDB_ITEM_OK)
			return fault;
	}
	appendStringInfoChar(buf, node->is_list ? ']' : '}');
	return DDB_ITEM_OK;
}

static DdbItemFault
render_value(const Place *node, StringInfo buf)
{
	DdbItemFault fault;

	if (node->value.type != DDB_TYPE_MISSING)
	{
		ddb_value_append_typed(buf, &node->value);
		return DDB_ITEM_OK;
	}
	appendStringInfoString(buf, node->is_list ? "{\"L\":" : "{\"M\":");
	fault = render_members(node, buf);
	appendStringInfoChar(buf, '}');
	return fault;
}

/* Appends the item as requests want it: {"a":{"S":"x"}, ...}. */
DdbItemFault
ddb_item_render(const DdbItem *item, StringInfo buf)
{
	return render_members(&item->root, buf);
}
