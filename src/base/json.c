/*-------------------------------------------------------------------------
 *
 * json.c
 *	  Whole JSON documents off the hot path, through json-c.
 *
 * A document is one json-c tree, owned by the memory context it was parsed
 * in; nodes are borrowed from it.  json-c represents null by a null pointer,
 * and so do we: a member that is null and one that is absent look the same,
 * which is what AWS means by null too.  All functions take NULL, and nodes
 * of the wrong kind, for "absent", so that a chain of lookups needs one test
 * at its end.
 *
 * json-c isn't strict about everything even where it is told to be (it takes
 * NaN, comments and single quotes), and strings end at U+0000 here; items are
 * read by dynamodb/token.c instead.
 *
 * This is the only file that includes json-c.  It can't include
 * utils/builtins.h: both declare json_object.
 *
 * In a FRONTEND build (the unit tests) there are no memory contexts, and
 * only ddb_json_release() frees.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FRONTEND
#include "postgres.h"
#else
#include "postgres_fe.h"
#endif

#include <json-c/json.h>

#include "base/json.h"
#ifndef FRONTEND
#include "utils/memutils.h"
#endif

/* Error bodies can carry items, which take two levels for each of their 32. */
#define MAX_JSON_DEPTH 128

#ifndef FRONTEND
/* Owns a tree until its memory context ends, or is told to let go. */
typedef struct JsonDocument
{
	MemoryContextCallback callback;
	json_tokener *tokener;		/* while parsing */
	json_object *root;
} JsonDocument;

/* json-c calls free() and nothing of ours, so this can't raise. */
static void
free_document(void *arg)
{
	JsonDocument *document = arg;

	if (document->tokener != NULL)
		json_tokener_free(document->tokener);
	document->tokener = NULL;
	if (document->root != NULL)
	{
		/* json-c 0.19 would follow it to a parent (json-c issue 934). */
		json_object_set_userdata(document->root, NULL, NULL);
		json_object_put(document->root);
	}
	document->root = NULL;
}
#endif

static inline json_object *
json_node(const DdbJson *node)
{
	return (json_object *) unconstify(DdbJson *, node);
}

/*
 * json-c 0.18, when strict, takes every character beyond ASCII in a string
 * for a control character (json-c issue 875).
 */
static json_tokener *
create_tokener(void)
{
	json_tokener *tokener = json_tokener_new_ex(MAX_JSON_DEPTH);
	int			flags = JSON_TOKENER_VALIDATE_UTF8;

	if (json_c_version_num() != (18 << 8))
		flags |= JSON_TOKENER_STRICT;
	if (tokener != NULL)
		json_tokener_set_flags(tokener, flags);
	return tokener;
}

/* The tree, or NULL; what is left over behind it is an error too. */
static json_object *
run_tokener(json_tokener *tokener, const char *text, size_t len)
{
	json_object *root;

	root = json_tokener_parse_ex(tokener, text, (int) len);

	/* A bare scalar is only complete once it is told that nothing follows. */
	if (json_tokener_get_error(tokener) == json_tokener_continue)
		root = json_tokener_parse_ex(tokener, "", 1);
	else if (root != NULL && json_tokener_get_parse_end(tokener) != len)
	{
		json_object_put(root);
		root = NULL;
	}
	return root;
}

/*
 * Parses the document text[0..len), which needs no NUL behind it.  Returns
 * its root, or NULL if it isn't valid JSON (or is null).  The tree belongs
 * to the current memory context; ddb_json_release() frees it earlier.
 * Raises only where memory is short.
 */
const DdbJson *
ddb_json_parse(const char *text, size_t len)
{
	json_object *root;

#ifndef FRONTEND
	JsonDocument *document;

	if (len > MaxAllocSize)
		return NULL;

	/* Registered before there is anything to own: acquiring can't fail. */
	document = palloc0(sizeof(JsonDocument));
	document->callback.func = free_document;
	document->callback.arg = document;
	MemoryContextRegisterResetCallback(CurrentMemoryContext,
									   &document->callback);

	document->tokener = create_tokener();
	if (document->tokener == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory")));
	root = run_tokener(document->tokener, text, len);
	json_tokener_free(document->tokener);
	document->tokener = NULL;
	document->root = root;

	/* for ddb_json_release(), which is given the root */
	if (root != NULL)
		json_object_set_userdata(root, document, NULL);
#else
	json_tokener *tokener = create_tokener();

	if (tokener == NULL)
		return NULL;
	root = run_tokener(tokener, text, len);
	json_tokener_free(tokener);
#endif
	return (const DdbJson *) root;
}

/*
 * Frees a document, given its root, before its memory context ends.  NULL is
 * allowed.
 */
void
ddb_json_release(const DdbJson *document)
{
	if (document == NULL)
		return;
#ifndef FRONTEND
	free_document(json_object_get_userdata(json_node(document)));
#else
	json_object_put(json_node(document));
#endif
}

/* NULL, no node, is of kind null too. */
DdbJsonKind
ddb_json_kind(const DdbJson *node)
{
	switch (json_object_get_type(json_node(node)))
	{
		case json_type_null:
			break;
		case json_type_boolean:
			return DDB_JSON_BOOL;
		case json_type_double:
		case json_type_int:
			return DDB_JSON_NUMBER;
		case json_type_string:
			return DDB_JSON_STRING;
		case json_type_array:
			return DDB_JSON_ARRAY;
		case json_type_object:
			return DDB_JSON_OBJECT;
	}
	return DDB_JSON_NULL;
}

/*
 * An object's member; NULL if there is none, or object isn't one.
 */
const DdbJson *
ddb_json_get_member(const DdbJson *object, const char *name)
{
	json_object *member = NULL;

	if (ddb_json_kind(object) != DDB_JSON_OBJECT ||
		!json_object_object_get_ex(json_node(object), name, &member))
		return NULL;
	return (const DdbJson *) member;
}

/*
 * The number of an array's elements; 0 if array isn't one.
 */
int
ddb_json_array_length(const DdbJson *array)
{
	if (ddb_json_kind(array) != DDB_JSON_ARRAY)
		return 0;
	return (int) json_object_array_length(json_node(array));
}

/*
 * An array's element, counted from 0; NULL if there is none, or array isn't
 * one.
 */
const DdbJson *
ddb_json_get_element(const DdbJson *array, int i)
{
	if (i < 0 || i >= ddb_json_array_length(array))
		return NULL;
	return (const DdbJson *) json_object_array_get_idx(json_node(array), i);
}

/*
 * A string's characters, UTF-8, borrowed from the document; NULL if node
 * isn't a string.
 */
const char *
ddb_json_get_string(const DdbJson *node)
{
	if (ddb_json_kind(node) != DDB_JSON_STRING)
		return NULL;
	return json_object_get_string(json_node(node));
}

/*
 * The same for an object's member.
 */
const char *
ddb_json_get_member_string(const DdbJson *object, const char *name)
{
	return ddb_json_get_string(ddb_json_get_member(object, name));
}

/*
 * A number; absent if node isn't one.
 */
double
ddb_json_get_number(const DdbJson *node, double absent)
{
	if (ddb_json_kind(node) != DDB_JSON_NUMBER)
		return absent;
	return json_object_get_double(json_node(node));
}

/*
 * A boolean; absent if node isn't one.
 */
bool
ddb_json_get_bool(const DdbJson *node, bool absent)
{
	if (ddb_json_kind(node) != DDB_JSON_BOOL)
		return absent;
	return json_object_get_boolean(json_node(node));
}

/*
 * Calls visit for each member of an object, in the order of the document;
 * for none if object isn't one.  visit may raise: json-c isn't on the stack.
 */
void
ddb_json_foreach_member(const DdbJson *object,
						void (*visit) (const char *name, const DdbJson *value, void *arg),
						void *arg)
{
	struct json_object_iterator it;
	struct json_object_iterator end;

	if (ddb_json_kind(object) != DDB_JSON_OBJECT)
		return;
	it = json_object_iter_begin(json_node(object));
	end = json_object_iter_end(json_node(object));
	for (; !json_object_iter_equal(&it, &end); json_object_iter_next(&it))
		visit(json_object_iter_peek_name(&it),
			  (const DdbJson *) json_object_iter_peek_value(&it), arg);
}
