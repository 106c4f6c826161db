/*-------------------------------------------------------------------------
 *
 * typed.h
 *	  Plain JSON as attribute values.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_TYPED_H
#define DDB_TYPED_H

#include "dynamodb/value.h"

/* Why a JSON text has no value in DynamoDB. */
typedef enum DdbTypedFault
{
	DDB_TYPED_OK,
	DDB_TYPED_MALFORMED,		/* not JSON, or not in the typed form */
	DDB_TYPED_NUMBER,			/* more than 38 digits, or out of range */
	DDB_TYPED_DEPTH,			/* more levels of nesting than could be */
	DDB_TYPED_NAME,				/* a member's name is empty */
	DDB_TYPED_SET,				/* a set is empty, or holds a member twice */
	DDB_TYPED_BINARY,			/* a binary isn't base64 */
} DdbTypedFault;

extern DdbTypedFault ddb_typed_parse_plain(const char *json, size_t len,
										   DdbValue *out);
extern DdbTypedFault ddb_typed_parse(const char *json, size_t len,
									 DdbValue *out);

#endif							/* DDB_TYPED_H */
