/*-------------------------------------------------------------------------
 *
 * json.h
 *	  Whole JSON documents off the hot path: DescribeTable, error bodies,
 *	  JSON-valued options.  The only door to json-c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_JSON_H
#define DDB_JSON_H

#include "lib/stringinfo.h"

/* A node of a parsed document; borrowed from its document.  NULL is null. */
typedef struct DdbJson DdbJson;

typedef enum DdbJsonKind
{
	DDB_JSON_NULL,
	DDB_JSON_BOOL,
	DDB_JSON_NUMBER,
	DDB_JSON_STRING,
	DDB_JSON_ARRAY,
	DDB_JSON_OBJECT,
} DdbJsonKind;

extern const DdbJson *ddb_json_parse(const char *text, size_t len);
extern void ddb_json_release(const DdbJson *document);
extern DdbJsonKind ddb_json_kind(const DdbJson *node);
extern const DdbJson *ddb_json_get_member(const DdbJson *object,
										  const char *name);
extern int	ddb_json_array_length(const DdbJson *array);
extern const DdbJson *ddb_json_get_element(const DdbJson *array, int i);
extern const char *ddb_json_get_string(const DdbJson *node);
extern const char *ddb_json_get_member_string(const DdbJson *object,
											  const char *name);
extern double ddb_json_get_number(const DdbJson *node, double absent);
extern bool ddb_json_get_bool(const DdbJson *node, bool absent);
extern void ddb_json_foreach_member(const DdbJson *object,
									void (*visit) (const char *name, const DdbJson *value, void *arg),
									void *arg);

#endif							/* DDB_JSON_H */
