/*-------------------------------------------------------------------------
 *
 * page.h
 *	  One answer's bytes and a cursor over its items: the only reader of
 *	  response JSON on the hot path.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_PAGE_H
#define DDB_PAGE_H

#include "base/error.h"
#include "dynamodb/value.h"

/*
 * What ConsumedCapacity said, in read (or write) units.  The parts are known
 * only where the request asked for INDEXES, and are 0 otherwise.
 */
typedef struct DdbConsumed
{
	double		total;
	double		table;			/* the part charged to the table itself */
	double		index;			/* the part charged to indexes */
} DdbConsumed;

/*
 * The attributes a scan wants of each item.  Values arrive in an array with
 * the same numbering.
 */
typedef struct DdbWanted DdbWanted;

typedef struct DdbPage
{
	const char *body;			/* borrowed from the caller */
	size_t		len;

	/* found when the page was opened */
	const char *last_key;		/* LastEvaluatedKey as it came, or NULL */
	size_t		last_key_len;
	const char *unprocessed;	/* UnprocessedKeys, or NULL where none are */
	size_t		unprocessed_len;
	int64		count;			/* items in this page; -1 if not said */
	int64		scanned_count;	/* items read for it; -1 if not said */
	DdbConsumed consumed;

	/* the cursor */
	const char *items;			/* Items or Item, brackets included, or NULL */
	size_t		items_len;
	bool		single;			/* GetItem's Item rather than Items */
	DdbTokenizer tok;			/* behind the current item */
	int64		nread;			/* items handed out so far */

	/* the current item's object, brackets included */
	const char *item;
	size_t		item_len;
} DdbPage;

extern DdbWanted *ddb_page_wanted_create(int n, const char *const *names);

extern bool ddb_page_open(DdbPage *page, const char *body, size_t len,
						  DdbError *err);
extern bool ddb_page_next(DdbPage *page, const DdbWanted *wanted,
						  DdbValue *values, DdbError *err);

#endif							/* DDB_PAGE_H */
