/*-------------------------------------------------------------------------
 *
 * stream_keys.h
 *	  The items of many keys, by BatchGetItem.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_STREAM_KEYS_H
#define DDB_STREAM_KEYS_H

#include "dynamodb/schema.h"
#include "fdw/stream.h"

/* An entry's attributes that its item must still have. */
#define DDB_MAX_CHECKED		(2 * DDB_MAX_KEY_PART)

/*
 * Where keys come from, for a consumer that wants so many rows.  next fills
 * one value an attribute of the key, and of those that are checked, good until
 * it is called again; false where there are no more.  start, if not NULL,
 * tells a source that has to wait to begin.
 */
typedef struct DdbKeySource
{
	bool		(*next) (void *arg, int64 demand, DdbValue *key);
	void		(*start) (void *arg, int64 demand);
	void	   *arg;
} DdbKeySource;

typedef struct DdbKeysSpec
{
	const DdbRequest *request;	/* BatchGetItem, without keys; outlives this */
	int			nattributes;	/* of the primary key */
	const char *names[DDB_MAX_PRIMARY_KEY];
	int			wanted[DDB_MAX_PRIMARY_KEY];	/* the key, among all */
	int			nchecked;		/* attributes in which an item must equal what
								 * the source said, or it isn't found */
	int			checked[DDB_MAX_CHECKED];	/* among those wanted */
	int			batch_size;		/* keys a request, for the size of answers */
	DdbKeySource source;
} DdbKeysSpec;

extern DdbStream *ddb_stream_keys_create(const DdbStreamSpec *spec,
										 const DdbKeysSpec *keys);
extern DdbStream *ddb_stream_keys_fetch(const DdbStreamSpec *spec,
										const DdbKeysSpec *keys,
										DdbStream *entries,
										const int *entry_wanted);

#endif							/* DDB_STREAM_KEYS_H */
