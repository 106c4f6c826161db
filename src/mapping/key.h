/*-------------------------------------------------------------------------
 *
 * key.h
 *	  Values of key attributes, and their order.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_KEY_H
#define DDB_KEY_H

#include "dynamodb/value.h"

/* A value of type S, N or B, and what orders it. */
typedef struct DdbKey
{
	DdbValue	value;			/* as requests have it */
	char	   *bytes;			/* S: UTF-8; B: raw; N: canonical decimal */
	size_t		len;			/* without the NUL behind them */
	Datum		number;			/* N: numeric */
} DdbKey;

/* A whole key as one string: equal if and only if the keys are. */
typedef struct DdbKeyText
{
	const char *text;
	size_t		len;
} DdbKeyText;

extern void ddb_key_make(const DdbValue *value, DdbKey *key);
extern bool ddb_key_fits(const DdbKey *key, size_t max_size);
extern int	ddb_key_compare(const DdbKey *a, const DdbKey *b);
extern bool ddb_key_begins_with(const DdbKey *key, const DdbKey *prefix);
extern bool ddb_key_successor(const DdbKey *prefix, DdbKey *successor);
extern void ddb_key_append_text(StringInfo buf, const DdbKey *key);
extern int	ddb_key_compare_texts(const void *a, const void *b);

#endif							/* DDB_KEY_H */
