/*-------------------------------------------------------------------------
 *
 * size.h
 *	  What items and values weigh.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_SIZE_H
#define DDB_SIZE_H

#include "dynamodb/value.h"

/* The service's limits, in bytes. */
#define DDB_SIZE_MAX_ITEM		409600
#define DDB_SIZE_MAX_PARTITION	2048
#define DDB_SIZE_MAX_SORT		1024

/* Lists and maps within each other, in one attribute. */
#define DDB_SIZE_MAX_NESTING	31

extern int64 ddb_size_of_value(const DdbValue *value);
extern int64 ddb_size_of_item(const DdbValue *item);
extern int	ddb_size_nesting(const DdbValue *value);

#endif							/* DDB_SIZE_H */
