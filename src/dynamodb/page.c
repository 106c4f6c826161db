/*-------------------------------------------------------------------------
 *
 * page.c
 *	  One answer's bytes and a cursor over its items.
 *
 * An answer is gone through twice.  Opening it checks that the whole of it
 * is JSON in UTF-8 and picks up what stands beside the items: DynamoDB puts
 * LastEvaluatedKey where it likes, and the scan wants it (for the next
 * request) before the first item.  Then the cursor reads one item after
 * another and hands out slices of the wanted attributes.  No tree, no copy,
 * no allocation; what isn't wanted is checked to be JSON and left alone, so
 * an odd attribute harms only those who ask for it.
 *
 * Members may come in any order, in the answer and in items, and unknown
 * ones are passed over; null is as good as absent for those we know.  Where
 * an object repeats a name the last one counts, as in jsonb.
 *
 * Reads Query, Scan, GetItem and BatchGetItem of one table, and whatever else
 * has Items or Item.  It doesn't know errors: the client has sorted those out
 * before.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FRONTEND
#include "postgres.h"
#else
#include "postgres_fe.h"
#endif

#include <math.h>

#include "dynamodb/page.h"
#include "mb/pg_wchar.h"
#include "port/pg_bitutils.h"
#include "utils/elog.h"

/* Longest JSON number that anybody would write for a count or for units. */
#define MAX_NUMBER_LEN 63

/* An attribute that somebody wants. */
typedef struct WantedAttribute
{
	char	   *name;
	size_t		len;
	int			next;			/* with the same hash, or -1 */
	int			same;			/* wanted once more under this number, or -1 */
} WantedAttribute;

struct DdbWanted
{
	int			n;
	WantedAttribute *attributes;
	uint32		mask;			/* number of buckets - 1 */
	int		   *buckets;		/* first attribute with the hash, or -1 */
};

/*
 * Names
 */

/*
 * A hash for names that reads at most 16 bytes, as most lookups are for
 * attributes that nobody wants.  Long names that differ only in the middle
 * share a bucket, which costs a comparison.
 */
static inline uint32
hash_name(const char *name, size_t len)
{
	uint64		head = 0;
	uint64		tail = 0;

	if (len >= sizeof(uint64))
	{
		memcpy(&head, name, sizeof(uint64));
		memcpy(&tail, name + len - sizeof(uint64), sizeof(uint64));
	}
	else if (len >= sizeof(uint32))
	{
		memcpy(&head, name, sizeof(uint32));
		memcpy(&tail, name + len - sizeof(uint32), sizeof(uint32));
	}
	else if (len > 0)
	{
		head = (unsigned char) name[0];
		tail = (unsigned char) name[len / 2] << 8 |
			(unsigned char) name[len - 1];
	}
	head = (head + len) * UINT64CONST(0x9E3779B97F4A7C15);
	head ^= (tail ^ (head >> 32)) * UINT64CONST(0xC2B2AE3D27D4EB4F);
	return (uint32) (head >> 32);
}

static int
lookup_plain(const DdbWanted *wanted, const char *name, size_t len)
{
	int			i;

	if (wanted->n == 0)
		return -1;
	i = wanted->buckets[hash_name(name, len) & wanted->mask];
	while (i >= 0 && (wanted->attributes[i].len != len ||
					  memcmp(wanted->attributes[i].name, name, len) != 0))
		i = wanted->attributes[i].next;
	return i;
}

/* The wanted attribute that the tokenizer's current name spells, or -1. */
static int
lookup_name(const DdbWanted *wanted, const DdbTokenizer *tok)
{
	int			i;

	if (likely(!tok->escaped))
		return lookup_plain(wanted, tok->text, tok->len);

	for (i = 0; i < wanted->n; i++)
	{
		if (ddb_value_equals_name(tok->text, tok->len,
								  wanted->attributes[i].name,
								  wanted->attributes[i].len))
		{
			/* the first of its name leads to the others */
			return lookup_plain(wanted, wanted->attributes[i].name,
								wanted->attributes[i].len);
		}
	}
	return -1;
}

/*
 * Prepares the lookup of n top-level attributes by their names, in UTF-8;
 * the same name may occur more than once.  palloc'd in the current context,
 * names are copied.
 */
DdbWanted *
ddb_page_wanted_create(int n, const char *const *names)
{
	DdbWanted  *wanted = palloc(sizeof(DdbWanted));
	uint32		nbuckets = pg_nextpower2_32(Max(n, 1) * 2);
	uint32		bucket;
	int			i;

	wanted->n = 0;
	wanted->attributes = palloc(Max(n, 1) * sizeof(WantedAttribute));
	wanted->mask = nbuckets - 1;
	wanted->buckets = palloc(nbuckets * sizeof(int));
	for (bucket = 0; bucket < nbuckets; bucket++)
		wanted->buckets[bucket] = -1;

	for (i = 0; i < n; i++)
	{
		WantedAttribute *attribute = &wanted->attributes[i];
		int			first;

		attribute->name = pstrdup(names[i]);
		attribute->len = strlen(names[i]);
		attribute->next = -1;
		attribute->same = -1;

		first = lookup_plain(wanted, attribute->name, attribute->len);
		wanted->n++;
		if (first >= 0)
		{
			attribute->same = wanted->attributes[first].same;
			wanted->attributes[first].same = i;
			continue;
		}
		bucket = hash_name(attribute->name, attribute->len) & wanted->mask;
		attribute->next = wanted->buckets[bucket];
		wanted->buckets[bucket] = i;
	}
	return wanted;
}

/*
 * Opening
 */

static bool
malformed(const DdbPage *page, const DdbTokenizer *tok, DdbError *err)
{
	size_t		offset = (tok->start - page->body) + tok->error_offset;

	ddb_error_set(err, ERRCODE_FDW_UNABLE_TO_CREATE_REPLY, DDB_RETRY_NEVER,
				  "The answer is malformed at byte %zu: expected %s.",
				  offset, tok->error);
	return false;
}

static inline bool
is_name(const DdbTokenizer *tok, const char *name)
{
	return ddb_value_equals_name(tok->text, tok->len, name, strlen(name));
}

/*
 * The value that comes next, of which only one kind (or null) will do.  The
 * token is DDB_TOKEN_ERROR if it is of another.
 */
static DdbToken
expect_whole(DdbTokenizer *tok, DdbToken kind, const char *expected)
{
	DdbToken	token = ddb_token_next_whole(tok);

	if (token != kind && token != DDB_TOKEN_NULL)
		return ddb_token_fail(tok, expected);
	return token;
}

/* A number that is not negative; *value stays where null is given. */
static bool
read_number(DdbTokenizer *tok, double *value)
{
	char		buf[MAX_NUMBER_LEN + 1];
	DdbToken	token = expect_whole(tok, DDB_TOKEN_NUMBER, "a number");

	if (token != DDB_TOKEN_NUMBER)
		return token == DDB_TOKEN_NULL;
	if (tok->len <= MAX_NUMBER_LEN)
	{
		memcpy(buf, tok->text, tok->len);
		buf[tok->len] = '\0';
		*value = strtod(buf, NULL);
		if (*value >= 0 && !isinf(*value))
			return true;
	}
	ddb_token_fail(tok, "a number within reason");
	return false;
}

static bool
read_count(DdbTokenizer *tok, int64 *count)
{
	double		value = -1;

	if (!read_number(tok, &value))
		return false;
	if (value != floor(value) || value > PG_INT32_MAX)
	{
		ddb_token_fail(tok, "a count");
		return false;
	}
	*count = (int64) value;
	return true;
}

/*
 * Adds up the units of {"CapacityUnits": 1.0, ...}, whose brace has been
 * read.  parts, if not NULL, takes what its Table and its indexes say.
 */
static bool
read_units(DdbTokenizer *tok, double *units, DdbConsumed *parts)
{
	DdbToken	token;

	while ((token = ddb_token_next(tok)) == DDB_TOKEN_NAME)
	{
		double		value = 0;

		if (is_name(tok, "CapacityUnits"))
		{
			if (!read_number(tok, &value))
				return false;
			*units += value;
		}
		else if (parts != NULL && is_name(tok, "Table"))
		{
			token = ddb_token_next(tok);
			if (token == DDB_TOKEN_NULL)
				continue;
			if (token != DDB_TOKEN_OBJECT ||
				!read_units(tok, &parts->table, NULL))
				break;
		}
		else if (parts != NULL && (is_name(tok, "GlobalSecondaryIndexes") ||
								   is_name(tok, "LocalSecondaryIndexes")))
		{
			token = ddb_token_next(tok);
			if (token == DDB_TOKEN_NULL)
				continue;
			if (token != DDB_TOKEN_OBJECT)
				break;
			while (ddb_token_next(tok) == DDB_TOKEN_NAME)
			{
				if (ddb_token_next(tok) != DDB_TOKEN_OBJECT ||
					!read_units(tok, &parts->index, NULL))
				{
					ddb_token_fail(tok, "consumed capacity");
					return false;
				}
			}
		}
		else
			ddb_token_next_whole(tok);
	}
	if (token == DDB_TOKEN_OBJECT_END)
		return true;
	ddb_token_fail(tok, "consumed capacity");
	return false;
}

/* An object, or for batches an array of them, which are added up. */
static bool
read_consumed(DdbTokenizer *tok, DdbConsumed *consumed)
{
	DdbToken	token = ddb_token_next(tok);

	memset(consumed, 0, sizeof(*consumed));
	switch (token)
	{
		case DDB_TOKEN_NULL:
			return true;
		case DDB_TOKEN_OBJECT:
			return read_units(tok, &consumed->total, consumed);
		case DDB_TOKEN_ARRAY:
			while ((token = ddb_token_next(tok)) == DDB_TOKEN_OBJECT)
			{
				if (!read_units(tok, &consumed->total, consumed))
					return false;
			}
			if (token == DDB_TOKEN_ARRAY_END)
				return true;
			break;
		default:
			break;
	}
	ddb_token_fail(tok, "consumed capacity");
	return false;
}

/*
 * LastEvaluatedKey.  An empty one would say that there is more, but not
 * where; to take it for the end would lose rows.
 */
static bool
read_last_key(DdbTokenizer *tok, DdbPage *page)
{
	DdbTokenizer key;
	DdbToken	token = expect_whole(tok, DDB_TOKEN_OBJECT, "a key");

	page->last_key = NULL;
	page->last_key_len = 0;
	if (token != DDB_TOKEN_OBJECT)
		return token == DDB_TOKEN_NULL;

	ddb_token_init(&key, tok->text, tok->len);
	ddb_token_next(&key);
	if (ddb_token_next(&key) != DDB_TOKEN_NAME)
	{
		ddb_token_fail(tok, "a key with attributes");
		return false;
	}
	page->last_key = tok->text;
	page->last_key_len = tok->len;
	return true;
}

static bool
read_items(DdbTokenizer *tok, DdbPage *page, bool single)
{
	DdbToken	kind = single ? DDB_TOKEN_OBJECT : DDB_TOKEN_ARRAY;
	DdbToken	token;

	token = expect_whole(tok, kind, single ? "an item" : "an array of items");
	if (token != kind)
		return token == DDB_TOKEN_NULL;
	page->items = tok->text;
	page->items_len = tok->len;
	page->single = single;
	return true;
}

/* {"Table": [items]}: batches here are about one table. */
static bool
read_responses(DdbTokenizer *tok, DdbPage *page)
{
	DdbToken	token = ddb_token_next(tok);

	if (token == DDB_TOKEN_NULL)
		return true;
	if (token != DDB_TOKEN_OBJECT)
	{
		ddb_token_fail(tok, "an object");
		return false;
	}
	while ((token = ddb_token_next(tok)) == DDB_TOKEN_NAME)
	{
		if (page->items != NULL)
		{
			ddb_token_fail(tok, "the items of one table");
			return false;
		}
		if (!read_items(tok, page, false))
			return false;
	}
	return token == DDB_TOKEN_OBJECT_END;
}

/* UnprocessedKeys, which is {} where nothing was left undone. */
static bool
read_unprocessed(DdbTokenizer *tok, DdbPage *page)
{
	DdbTokenizer rest;
	DdbToken	token = expect_whole(tok, DDB_TOKEN_OBJECT,
									 "unprocessed keys");

	page->unprocessed = NULL;
	page->unprocessed_len = 0;
	if (token != DDB_TOKEN_OBJECT)
		return token == DDB_TOKEN_NULL;
	ddb_token_init(&rest, tok->text, tok->len);
	ddb_token_next(&rest);
	if (ddb_token_next(&rest) == DDB_TOKEN_NAME)
	{
		page->unprocessed = tok->text;
		page->unprocessed_len = tok->len;
	}
	return true;
}

/* A member of the answer, whose name has been read. */
static bool
read_member(DdbTokenizer *tok, DdbPage *page)
{
	if (is_name(tok, "Items"))
		return read_items(tok, page, false);
	if (is_name(tok, "Item"))
		return read_items(tok, page, true);
	if (is_name(tok, "Responses"))
		return read_responses(tok, page);
	if (is_name(tok, "UnprocessedKeys"))
		return read_unprocessed(tok, page);
	if (is_name(tok, "LastEvaluatedKey"))
		return read_last_key(tok, page);
	if (is_name(tok, "Count"))
		return read_count(tok, &page->count);
	if (is_name(tok, "ScannedCount"))
		return read_count(tok, &page->scanned_count);
	if (is_name(tok, "ConsumedCapacity"))
		return read_consumed(tok, &page->consumed);
	return ddb_token_next_whole(tok) != DDB_TOKEN_ERROR;
}

/*
 * Opens the answer body[0..len), which must stay as long as the page and
 * what is read from it.  Everything but the items is known afterwards.
 * False, and *err says why, if the answer isn't JSON in UTF-8, or not an
 * answer.
 */
bool
ddb_page_open(DdbPage *page, const char *body, size_t len, DdbError *err)
{
	DdbTokenizer tok;
	DdbToken	token;

	memset(page, 0, sizeof(*page));
	page->body = body;
	page->len = len;
	page->count = -1;
	page->scanned_count = -1;

	ddb_token_init(&tok, body, len);
	if (len > PG_INT32_MAX)
	{
		ddb_token_fail(&tok, "a smaller answer");
		return malformed(page, &tok, err);
	}
	tok.ptr += pg_encoding_verifymbstr(PG_UTF8, body, (int) len);
	if (tok.ptr != tok.end)
	{
		ddb_token_fail(&tok, "valid UTF-8");
		return malformed(page, &tok, err);
	}
	tok.ptr = body;

	if (ddb_token_next(&tok) != DDB_TOKEN_OBJECT)
	{
		ddb_token_fail(&tok, "an object");
		return malformed(page, &tok, err);
	}
	while ((token = ddb_token_next(&tok)) == DDB_TOKEN_NAME)
	{
		if (!read_member(&tok, page))
			return malformed(page, &tok, err);
	}
	if (token == DDB_TOKEN_ERROR || ddb_token_next(&tok) != DDB_TOKEN_END)
		return malformed(page, &tok, err);

	if (page->items != NULL)
	{
		ddb_token_init(&page->tok, page->items, page->items_len);
		if (!page->single)
			ddb_token_next(&page->tok);
	}
	return true;
}

/*
 * The cursor
 */

/* Reads the item whose brace has been read. */
static bool
read_item(DdbTokenizer *tok, const DdbWanted *wanted, DdbValue *values)
{
	DdbToken	token;

	while ((token = ddb_token_next(tok)) == DDB_TOKEN_NAME)
	{
		int			i = lookup_name(wanted, tok);
		int			same;

		if (i < 0)
		{
			ddb_token_next_whole(tok);
			continue;
		}
		if (!ddb_value_read(tok, &values[i]))
			return false;
		for (same = wanted->attributes[i].same; same >= 0;
			 same = wanted->attributes[same].same)
			values[same] = values[i];
	}
	return token == DDB_TOKEN_OBJECT_END;
}

/*
 * Moves to the next item: page->item is the whole of it, and values, which
 * has a place for each wanted attribute, is filled (MISSING where the item
 * has no such attribute).  False at the end, with *err cleared, or if a
 * wanted attribute or the item isn't what it should be, with *err set; true
 * leaves *err alone.
 *
 * With wanted NULL, for an answer to Select=COUNT, there are as many items as
 * it counts, and nothing of them.
 */
bool
ddb_page_next(DdbPage *page, const DdbWanted *wanted,
			  DdbValue *values, DdbError *err)
{
	DdbTokenizer *tok = &page->tok;
	DdbToken	token;

	page->item = NULL;
	page->item_len = 0;
	if (wanted == NULL && page->nread < page->count)
	{
		page->nread++;
		return true;
	}
	if (wanted == NULL || page->items == NULL)
	{
		ddb_error_clear(err);
		return false;
	}

	token = ddb_token_next(tok);
	if (token == DDB_TOKEN_OBJECT)
	{
		const char *start = tok->text;

		if (wanted->n > 0)
			memset(values, 0, wanted->n * sizeof(DdbValue));
		if (!read_item(tok, wanted, values))
			return malformed(page, tok, err);
		page->item = start;
		page->item_len = tok->ptr - start;
		page->nread++;
		return true;
	}

	/* The array ends once; behind it, and behind a single item, is the end. */
	if (token != DDB_TOKEN_ARRAY_END && token != DDB_TOKEN_END)
	{
		ddb_token_fail(tok, "an item");
		return malformed(page, tok, err);
	}
	ddb_error_clear(err);
	return false;
}
