/*-------------------------------------------------------------------------
 *
 * plain.h
 *	  Values as plain JSON, and the order of sets.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_PLAIN_H
#define DDB_PLAIN_H

#include "dynamodb/value.h"

/* A set's members in order, palloc'd. */
extern DdbValue *ddb_plain_sort_set(const DdbValue *set, int *nmembers);

/*
 * M as object, L and sets (sorted) as arrays, N with all digits, B as base64.
 */
extern void ddb_plain_append(StringInfo buf, const DdbValue *value);

#endif							/* DDB_PLAIN_H */
