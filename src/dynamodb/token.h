/*-------------------------------------------------------------------------
 *
 * token.h
 *	  A strict pull tokenizer for JSON.
 *
 * Tokens are slices of the input.  The tokenizer lives on its caller's
 * stack, allocates nothing, raises nothing and doesn't recurse.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_TOKEN_H
#define DDB_TOKEN_H

/*
 * Deepest nesting of arrays and objects.  DynamoDB allows 32 levels in a
 * value; each is two in JSON, and the answer around it adds a few.
 */
#define DDB_TOKEN_MAX_DEPTH 128

typedef enum DdbToken
{
	DDB_TOKEN_ERROR = 0,
	DDB_TOKEN_END,				/* behind a whole document */
	DDB_TOKEN_NAME,				/* of a member; its colon is consumed too */
	DDB_TOKEN_OBJECT,			/* { */
	DDB_TOKEN_OBJECT_END,		/* } */
	DDB_TOKEN_ARRAY,			/* [ */
	DDB_TOKEN_ARRAY_END,		/* ] */
	DDB_TOKEN_STRING,
	DDB_TOKEN_NUMBER,
	DDB_TOKEN_TRUE,
	DDB_TOKEN_FALSE,
	DDB_TOKEN_NULL,
} DdbToken;

/* What the grammar allows next; private to token.c. */
typedef enum DdbTokenState
{
	DDB_TOKEN_WANT_VALUE,
	DDB_TOKEN_WANT_FIRST_ELEMENT,	/* a value or "]" */
	DDB_TOKEN_WANT_FIRST_NAME,	/* a name or "}" */
	DDB_TOKEN_WANT_NEXT,		/* a comma or the closing bracket */
	DDB_TOKEN_WANT_END,
	DDB_TOKEN_FAILED,
} DdbTokenState;

typedef struct DdbTokenizer
{
	/* the current token */
	const char *text;			/* between the quotes for names and strings */
	size_t		len;
	bool		escaped;		/* names and strings: a backslash occurs */

	/* where the tokenizer stands */
	const char *ptr;			/* behind the current token */
	const char *end;
	DdbTokenState state;
	int			depth;			/* arrays and objects that are open */
	bool		in_object;		/* the innermost of them is an object */
	uint64		objects[DDB_TOKEN_MAX_DEPTH / 64];	/* a bit for each level */

	/* after DDB_TOKEN_ERROR */
	const char *start;
	const char *error;			/* what was expected; a constant */
	size_t		error_offset;	/* in bytes from the start of the input */
} DdbTokenizer;

extern void ddb_token_init(DdbTokenizer *tok, const char *text, size_t len);
extern DdbToken ddb_token_next(DdbTokenizer *tok);
extern DdbToken ddb_token_next_whole(DdbTokenizer *tok);
extern bool ddb_token_next_tagged(DdbTokenizer *tok, char *tag);
extern DdbToken ddb_token_fail(DdbTokenizer *tok, const char *error);

#endif							/* DDB_TOKEN_H */
