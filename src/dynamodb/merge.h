/*-------------------------------------------------------------------------
 *
 * merge.h
 *	  A document with what has changed in its plain JSON form.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_MERGE_H
#define DDB_MERGE_H

#include "dynamodb/value.h"

extern void ddb_merge_plain(const DdbValue *old, const DdbValue *plain,
							DdbValue *out);

#endif							/* DDB_MERGE_H */
