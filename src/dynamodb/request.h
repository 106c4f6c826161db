/*-------------------------------------------------------------------------
 *
 * request.h
 *	  The body of a read: what stays the same on every page, and how to ask
 *	  for the next one.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_REQUEST_H
#define DDB_REQUEST_H

#include "dynamodb/expression.h"

typedef enum DdbOperation
{
	DDB_GET_ITEM,
	DDB_QUERY,
	DDB_SCAN,
	DDB_BATCH_GET_ITEM,
} DdbOperation;

#define DDB_OPERATION_COUNT (DDB_BATCH_GET_ITEM + 1)

/* BatchGetItem takes no more keys. */
#define DDB_MAX_BATCH_KEYS	100

typedef struct DdbRequest
{
	DdbOperation operation;
	const char *table_name;		/* borrowed */
	DdbExpression expression;
	StringInfoData members;		/* the body's members but for page and maps */
} DdbRequest;

extern const char *ddb_request_operation_name(DdbOperation operation);

extern void ddb_request_init(DdbRequest *request, DdbOperation operation,
							 const char *table_name, const char *index_name,
							 bool consistent);
extern void ddb_request_append_key(StringInfo buf, int nattributes,
								   const char *const *names,
								   const DdbValue *values);
extern void ddb_request_set_key(DdbRequest *request, int nattributes,
								const char *const *names,
								const DdbValue *values);
extern void ddb_request_set_backward(DdbRequest *request);
extern void ddb_request_set_text(DdbRequest *request, const char *member,
								 const char *text);
extern void ddb_request_set_segment(DdbRequest *request, int segment,
									int total);
extern void ddb_request_render(const DdbRequest *request, StringInfo body,
							   int64 limit, const char *start_key,
							   size_t start_key_len);

extern void ddb_request_render_batch(const DdbRequest *request,
									 StringInfo body, const char *keys);
extern void ddb_request_render_rest(StringInfo body, const char *unprocessed,
									size_t len);

#endif							/* DDB_REQUEST_H */
