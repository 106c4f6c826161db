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

extern DdbValue *ddb_plain_sort_set(const DdbValue *set, int *nmembers);
extern void ddb_plain_append(StringInfo buf, const DdbValue *value);

#endif							/* DDB_PLAIN_H */
