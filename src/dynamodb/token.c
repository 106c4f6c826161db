/*-------------------------------------------------------------------------
 *
 * token.c
 *	  A strict pull tokenizer for JSON (RFC 8259).
 *
 * The caller asks for one token after another and gets slices of the input;
 * commas and colons are checked and swallowed.  What is open is a bit per
 * nesting level, so depth is bounded by a constant and not by the stack.
 * Strings are crossed eight bytes at a time.
 *
 * The tokenizer accepts exactly what the server's jsonapi accepts when that
 * doesn't de-escape, but for two things: nesting beyond DDB_TOKEN_MAX_DEPTH
 * is refused, and so is a NUL byte behind a backslash.  In particular
 * "\u0000" and lone surrogates are JSON; whether they can become text is
 * for ddb_value_unescape() to say, and only when somebody wants the text.
 *
 * Bytes of 0x80 and above are passed over inside strings, as in jsonapi:
 * that they are UTF-8 is checked once for a whole answer, by the server's
 * own verifier, in ddb_page_open().
 *
 * Errors tell the offset and what was expected, never what was found there:
 * it may be a customer's data.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FRONTEND
#include "postgres.h"
#else
#include "postgres_fe.h"
#endif

#include <ctype.h>

#include "dynamodb/token.h"
#include "port/pg_bitutils.h"

/* The byte b in all eight places. */
#define EVERY_BYTE(b)	(UINT64CONST(0x0101010101010101) * (b))

static inline DdbToken
fail_at(DdbTokenizer *tok, const char *p, const char *error)
{
	tok->ptr = p;
	return ddb_token_fail(tok, error);
}

/* DynamoDB writes no white space, so the first test is the one that counts. */
static inline const char *
skip_space(const char *p, const char *end)
{
	while (p < end && (unsigned char) *p <= ' ' &&
		   (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r'))
		p++;
	return p;
}

static inline const char *
skip_digits(const char *p, const char *end)
{
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p;
}

/* The first quote, backslash or control character, or the end. */
static pg_attribute_always_inline const char *
skip_plain(const char *p, const char *end)
{
#ifndef WORDS_BIGENDIAN
	while (end - p >= (ptrdiff_t) sizeof(uint64))
	{
		uint64		word;
		uint64		hit;

		/*
		 * Subtraction borrows into a byte's high bit where the byte is less
		 * than the subtrahend.  A borrow can make the bytes above a hit look
		 * like hits too, which is why only the lowest one counts.
		 */
		memcpy(&word, p, sizeof(word));
		hit = word - EVERY_BYTE(0x20);
		hit |= (word ^ EVERY_BYTE('"')) - EVERY_BYTE(1);
		hit |= (word ^ EVERY_BYTE('\\')) - EVERY_BYTE(1);
		hit &= ~word & EVERY_BYTE(0x80);
		if (hit != 0)
			return p + pg_rightmost_one_pos64(hit) / BITS_PER_BYTE;
		p += sizeof(word);
	}
#endif
	while (p < end && *p != '"' && *p != '\\' && (unsigned char) *p >= 0x20)
		p++;
	return p;
}

/* Behind the escape sequence that starts at p, or NULL if it isn't one. */
static const char *
skip_escape(const char *p, const char *end)
{
	int			i;

	if (++p == end)
		return NULL;
	switch (*p++)
	{
		case '"':
		case '\\':
		case '/':
		case 'b':
		case 'f':
		case 'n':
		case 'r':
		case 't':
			return p;
		case 'u':
			for (i = 0; i < 4; i++, p++)
			{
				if (p == end || !isxdigit((unsigned char) *p))
					return NULL;
			}
			return p;
		default:
			return NULL;
	}
}

/* A string whose opening quote is at p; leaves tok->ptr behind its end. */
static pg_attribute_always_inline bool
lex_string(DdbTokenizer *tok, const char *p)
{
	const char *end = tok->end;

	tok->text = ++p;
	tok->escaped = false;
	for (;;)
	{
		p = skip_plain(p, end);
		if (p == end)
		{
			fail_at(tok, p, "the end of a string");
			return false;
		}
		if (*p == '"')
			break;
		if (*p == '\\')
		{
			const char *behind = skip_escape(p, end);

			if (behind == NULL)
			{
				fail_at(tok, p, "an escape sequence");
				return false;
			}
			tok->escaped = true;
			p = behind;
			continue;
		}
		fail_at(tok, p, "no control character in a string");
		return false;
	}
	tok->len = p - tok->text;
	tok->ptr = p + 1;
	return true;
}

/*
 * Behind the number that starts at p, or NULL if it isn't one.  Whatever
 * follows is judged by the grammar: only a comma, a bracket or the end may.
 */
static const char *
skip_number(const char *p, const char *end)
{
	const char *digits;

	if (p < end && *p == '-')
		p++;

	digits = p;
	p = skip_digits(p, end);
	if (p == digits || (*digits == '0' && p - digits > 1))
		return NULL;

	if (p < end && *p == '.')
	{
		digits = ++p;
		p = skip_digits(p, end);
		if (p == digits)
			return NULL;
	}

	if (p < end && (*p == 'e' || *p == 'E'))
	{
		p++;
		if (p < end && (*p == '+' || *p == '-'))
			p++;
		digits = p;
		p = skip_digits(p, end);
		if (p == digits)
			return NULL;
	}
	return p;
}

/* A scalar's token has been taken: what may follow? */
static inline DdbToken
finish_value(DdbTokenizer *tok, DdbToken token)
{
	tok->state = tok->depth > 0 ? DDB_TOKEN_WANT_NEXT : DDB_TOKEN_WANT_END;
	return token;
}

static inline DdbToken
lex_literal(DdbTokenizer *tok, const char *p, const char *word, size_t len,
			DdbToken token)
{
	if ((size_t) (tok->end - p) < len || memcmp(p, word, len) != 0)
		return fail_at(tok, p, "a value");
	tok->text = p;
	tok->len = len;
	tok->ptr = p + len;
	return finish_value(tok, token);
}

static inline DdbToken
lex_number(DdbTokenizer *tok, const char *p)
{
	const char *behind = skip_number(p, tok->end);

	if (behind == NULL)
		return fail_at(tok, p, "a number");
	tok->text = p;
	tok->len = behind - p;
	tok->ptr = behind;
	return finish_value(tok, DDB_TOKEN_NUMBER);
}

static pg_attribute_always_inline DdbToken
open_container(DdbTokenizer *tok, const char *p, bool is_object)
{
	int			level = tok->depth;
	uint64		bit = UINT64CONST(1) << (level % 64);

	if (level == DDB_TOKEN_MAX_DEPTH)
		return fail_at(tok, p, "less nesting");
	if (is_object)
		tok->objects[level / 64] |= bit;
	else
		tok->objects[level / 64] &= ~bit;
	tok->depth++;
	tok->in_object = is_object;
	tok->text = p;
	tok->len = 1;
	tok->ptr = p + 1;
	tok->state = is_object ? DDB_TOKEN_WANT_FIRST_NAME :
		DDB_TOKEN_WANT_FIRST_ELEMENT;
	return is_object ? DDB_TOKEN_OBJECT : DDB_TOKEN_ARRAY;
}

/* The bracket at p closes the innermost container. */
static pg_attribute_always_inline DdbToken
close_container(DdbTokenizer *tok, const char *p)
{
	DdbToken	token = tok->in_object ? DDB_TOKEN_OBJECT_END :
		DDB_TOKEN_ARRAY_END;

	tok->depth--;
	if (tok->depth > 0)
	{
		int			level = tok->depth - 1;

		tok->in_object = (tok->objects[level / 64] >> (level % 64)) & 1;
	}
	tok->text = p;
	tok->len = 1;
	tok->ptr = p + 1;
	return finish_value(tok, token);
}

static pg_attribute_always_inline DdbToken
lex_name(DdbTokenizer *tok, const char *p)
{
	if (p == tok->end || *p != '"')
		return fail_at(tok, p, "a member's name");
	if (!lex_string(tok, p))
		return DDB_TOKEN_ERROR;
	p = skip_space(tok->ptr, tok->end);
	if (p == tok->end || *p != ':')
		return fail_at(tok, p, "a colon");
	tok->ptr = p + 1;
	tok->state = DDB_TOKEN_WANT_VALUE;
	return DDB_TOKEN_NAME;
}

static pg_attribute_always_inline DdbToken
lex_value(DdbTokenizer *tok, const char *p)
{
	if (p == tok->end)
		return fail_at(tok, p, "a value");
	switch (*p)
	{
		case '"':
			if (!lex_string(tok, p))
				return DDB_TOKEN_ERROR;
			return finish_value(tok, DDB_TOKEN_STRING);
		case '{':
			return open_container(tok, p, true);
		case '[':
			return open_container(tok, p, false);
		case 't':
			return lex_literal(tok, p, "true", 4, DDB_TOKEN_TRUE);
		case 'f':
			return lex_literal(tok, p, "false", 5, DDB_TOKEN_FALSE);
		case 'n':
			return lex_literal(tok, p, "null", 4, DDB_TOKEN_NULL);
		case '-':
		case '0':
		case '1':
		case '2':
		case '3':
		case '4':
		case '5':
		case '6':
		case '7':
		case '8':
		case '9':
			return lex_number(tok, p);
		default:
			return fail_at(tok, p, "a value");
	}
}

/*
 * The commonest thing in an answer is {"S":"x"}: an object with one member,
 * its name one character, its value a string without escapes.  If such a one
 * stands at p, without white space, the string's bounds are set and the
 * result is what is behind the object; else it is NULL, which says nothing:
 * the object is to be taken token by token.
 */
static pg_attribute_always_inline const char *
skip_tagged(const DdbTokenizer *tok, const char *p,
			const char **text, const char **text_end)
{
	const char *end = tok->end;

	if (end - p < (ptrdiff_t) sizeof("{\"S\":\"\"}") - 1 ||
		tok->depth == DDB_TOKEN_MAX_DEPTH ||
		p[0] != '{' || p[1] != '"' || (unsigned char) p[2] < 0x20 ||
		p[2] == '"' || p[2] == '\\' ||
		p[3] != '"' || p[4] != ':' || p[5] != '"')
		return NULL;
	*text = p + 6;
	p = skip_plain(*text, end);
	*text_end = p;
	if (end - p < 2 || p[0] != '"' || p[1] != '}')
		return NULL;
	return p + 2;
}

/* ddb_token_next(), for inlining into the loop that skips a value. */
static pg_attribute_always_inline DdbToken
next_token(DdbTokenizer *tok)
{
	const char *end = tok->end;
	const char *p = skip_space(tok->ptr, end);

	switch (tok->state)
	{
		case DDB_TOKEN_WANT_VALUE:
			return lex_value(tok, p);
		case DDB_TOKEN_WANT_FIRST_ELEMENT:
			if (p < end && *p == ']')
				return close_container(tok, p);
			return lex_value(tok, p);
		case DDB_TOKEN_WANT_FIRST_NAME:
			if (p < end && *p == '}')
				return close_container(tok, p);
			return lex_name(tok, p);
		case DDB_TOKEN_WANT_NEXT:
			if (p < end && *p == ',')
			{
				p = skip_space(p + 1, end);
				return tok->in_object ? lex_name(tok, p) : lex_value(tok, p);
			}
			if (p < end && *p == (tok->in_object ? '}' : ']'))
				return close_container(tok, p);
			return fail_at(tok, p, "a comma or a closing bracket");
		case DDB_TOKEN_WANT_END:
			tok->text = p;
			tok->len = 0;
			tok->ptr = p;
			if (p < end)
				return fail_at(tok, p, "the end");
			return DDB_TOKEN_END;
		case DDB_TOKEN_FAILED:
			break;
	}
	return DDB_TOKEN_ERROR;
}

/*
 * Sets out to read the JSON document text[0..len).  The bytes are borrowed
 * and need no NUL behind them.
 */
void
ddb_token_init(DdbTokenizer *tok, const char *text, size_t len)
{
	tok->text = text;
	tok->len = 0;
	tok->escaped = false;
	tok->ptr = text;
	tok->end = text + len;
	tok->state = DDB_TOKEN_WANT_VALUE;
	tok->depth = 0;
	tok->in_object = false;
	tok->start = text;
	tok->error = NULL;
	tok->error_offset = 0;
}

/*
 * The next token; tok->text and tok->len are its slice, without quotes for
 * names and strings.  DDB_TOKEN_END comes once the document is complete and
 * nothing but white space follows.  DDB_TOKEN_ERROR stays.
 */
DdbToken
ddb_token_next(DdbTokenizer *tok)
{
	return next_token(tok);
}

/*
 * Like ddb_token_next(), but an array or object is read to its end, and its
 * slice is the whole of it, brackets included.  The token is that of the
 * opening bracket.
 */
DdbToken
ddb_token_next_whole(DdbTokenizer *tok)
{
	int			depth = tok->depth;
	DdbToken	token = next_token(tok);
	const char *start = tok->text;

	if (token != DDB_TOKEN_OBJECT && token != DDB_TOKEN_ARRAY)
		return token;
	while (tok->depth > depth)
	{
		const char *text;
		const char *text_end;
		const char *behind;

		if (next_token(tok) == DDB_TOKEN_ERROR)
			return DDB_TOKEN_ERROR;
		if (tok->state == DDB_TOKEN_WANT_VALUE &&
			(behind = skip_tagged(tok, tok->ptr, &text, &text_end)) != NULL)
		{
			tok->ptr = behind;
			tok->state = DDB_TOKEN_WANT_NEXT;
		}
	}
	tok->text = start;
	tok->len = tok->ptr - start;
	return token;
}

/*
 * A shortcut for {"S":"x"} behind a name: if that comes next, in just this
 * spelling, it is taken as a whole, the slice is the x, without escapes, and
 * *tag is the S, any one ASCII character or byte.  Else false, and nothing has
 * happened.
 */
bool
ddb_token_next_tagged(DdbTokenizer *tok, char *tag)
{
	const char *text;
	const char *text_end;
	const char *behind;

	if (tok->state != DDB_TOKEN_WANT_VALUE)
		return false;
	behind = skip_tagged(tok, tok->ptr, &text, &text_end);
	if (behind == NULL)
		return false;
	*tag = tok->ptr[2];
	tok->text = text;
	tok->len = text_end - text;
	tok->escaped = false;
	tok->ptr = behind;
	finish_value(tok, DDB_TOKEN_OBJECT);
	return true;
}

/*
 * Stops the tokenizer at its present place.  Also for a caller who finds
 * valid JSON that isn't what it should be; error, a constant, says what was
 * expected.  The first error stands.  Returns DDB_TOKEN_ERROR.
 */
DdbToken
ddb_token_fail(DdbTokenizer *tok, const char *error)
{
	if (tok->state != DDB_TOKEN_FAILED)
	{
		tok->state = DDB_TOKEN_FAILED;
		tok->error = error;
		tok->error_offset = tok->ptr - tok->start;
	}
	return DDB_TOKEN_ERROR;
}
