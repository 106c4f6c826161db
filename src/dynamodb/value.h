/*-------------------------------------------------------------------------
 *
 * value.h
 *	  One DynamoDB attribute value in its wire form.
 *
 * A value keeps the text it has in JSON: for S, N and B what stands between
 * the quotes (S still escaped, B still base64), for sets, lists and maps the
 * array or object with its brackets.  So a value is a slice of a page, costs
 * nothing until somebody wants it, and goes into a request as it is.
 * Nothing here allocates or raises, except ddb_value_make_step() and the
 * functions that append to a StringInfo.
 *
 * A value that a parsing function has handed out is well-formed down to its
 * leaves; so what walks through it has no errors to report.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_VALUE_H
#define DDB_VALUE_H

#include "dynamodb/token.h"
#include "lib/stringinfo.h"

typedef enum DdbType
{
	DDB_TYPE_MISSING = 0,		/* the item has no such attribute */
	DDB_TYPE_S,
	DDB_TYPE_N,
	DDB_TYPE_B,
	DDB_TYPE_BOOL,
	DDB_TYPE_NULL,
	DDB_TYPE_SS,
	DDB_TYPE_NS,
	DDB_TYPE_BS,
	DDB_TYPE_L,
	DDB_TYPE_M,
} DdbType;

typedef struct DdbValue
{
	DdbType		type;
	bool		boolean;		/* for BOOL */
	bool		escaped;		/* S and B: a backslash occurs in the text */
	const char *text;			/* wire text; not NUL-terminated */
	size_t		len;
} DdbValue;

/* One step of a document path: a map's member, or a list's element. */
typedef struct DdbPathStep
{
	const char *name;			/* UTF-8; NULL for a list element */
	size_t		len;
	int			element;		/* for a list element */
} DdbPathStep;

/* Walks the members of a set, list or map. */
typedef struct DdbValueIterator
{
	DdbType		container;
	DdbTokenizer tok;
	bool		malformed;		/* ended early: not a value that was parsed */
} DdbValueIterator;

/* What a string contains that PostgreSQL's text cannot. */
typedef enum DdbStringFault
{
	DDB_STRING_OK,
	DDB_STRING_HAS_NUL,			/* U+0000 */
	DDB_STRING_NOT_UNICODE,		/* a lone surrogate, invalid UTF-8 */
} DdbStringFault;

extern const char *ddb_value_type_name(DdbType type);
extern DdbType ddb_value_type_from_name(const char *name, size_t len);
extern DdbType ddb_value_type_from_token(const DdbTokenizer *tok);
extern bool ddb_value_parse(const char **ptr, const char *end, DdbValue *out);
extern bool ddb_value_read(DdbTokenizer *tok, DdbValue *out);
extern bool ddb_value_parse_item(const char *item, size_t len, DdbValue *out);
extern DdbStringFault ddb_value_unescape(const char *text, size_t len,
										 char *dst, size_t *dstlen);
extern DdbStringFault ddb_value_make_step(const char *name, size_t namelen,
										  DdbPathStep *step);
extern bool ddb_value_equals_name(const char *text, size_t len,
								  const char *name, size_t namelen);
extern bool ddb_value_decode_binary(const char *text, size_t len,
									char *dst, size_t *dstlen);
extern void ddb_value_iterate(DdbValueIterator *it, const DdbValue *value);
extern bool ddb_value_next(DdbValueIterator *it, DdbValue *member,
						   const char **name, size_t *namelen);
extern bool ddb_value_follow(const DdbValue *value, const DdbPathStep *steps,
							 int nsteps, DdbValue *out);
extern void ddb_value_append_typed(StringInfo buf, const DdbValue *value);
extern void ddb_value_append_member(StringInfo buf, DdbType container,
									const DdbValue *member);

#endif							/* DDB_VALUE_H */
