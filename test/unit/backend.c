/*-------------------------------------------------------------------------
 *
 * backend.c
 *	  What option parsers need of a server, in miniature.
 *
 * The functions have the names, the contracts and none of the code of the
 * server's.  The database is in UTF-8.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <setjmp.h>

#include "backend.h"
#include "base/error.h"
#include "lib/ilist.h"
#include "mb/pg_wchar.h"
#include "nodes/pg_list.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/varlena.h"

/* Stands before each block; as large as any type's alignment. */
typedef struct Block
{
	dlist_node	node;
	Size		size;
} Block;

MemoryContext CurrentMemoryContext = NULL;

static dlist_head blocks = DLIST_STATIC_INIT(blocks);
static MemoryContextCallback *callbacks = NULL;

/* Where an error goes, and what it says. */
static sigjmp_buf *error_jump = NULL;
static int	error_level = 0;
static char error_message[1024];


/* --------------------------------------------------------------------
 * Memory
 * --------------------------------------------------------------------
 */

void *
palloc(Size size)
{
	Block	   *block = malloc(MAXALIGN(sizeof(Block)) + size);

	if (block == NULL || size > MaxAllocSize)
		abort();
	block->size = size;
	dlist_push_tail(&blocks, &block->node);
	return (char *) block + MAXALIGN(sizeof(Block));
}

static Block *
block_of(void *pointer)
{
	return (Block *) ((char *) pointer - MAXALIGN(sizeof(Block)));
}

void *
palloc0(Size size)
{
	return memset(palloc(size), 0, size);
}

void
pfree(void *pointer)
{
	dlist_delete(&block_of(pointer)->node);
	free(block_of(pointer));
}

void *
repalloc(void *pointer, Size size)
{
	void	   *result = palloc(size);

	memcpy(result, pointer, Min(size, block_of(pointer)->size));
	pfree(pointer);
	return result;
}

char *
pnstrdup(const char *in, Size len)
{
	char	   *result;

	len = strnlen(in, len);
	result = memcpy(palloc(len + 1), in, len);
	result[len] = '\0';
	return result;
}

char *
pstrdup(const char *in)
{
	return pnstrdup(in, strlen(in));
}

void
MemoryContextRegisterResetCallback(MemoryContext context,
								   MemoryContextCallback *cb)
{
	cb->next = callbacks;
	callbacks = cb;
}

void
backend_reset(void)
{
	for (; callbacks; callbacks = callbacks->next)
		callbacks->func(callbacks->arg);
	while (!dlist_is_empty(&blocks))
		free(dlist_container(Block, node, dlist_pop_head_node(&blocks)));
}


/* --------------------------------------------------------------------
 * Lists, and text
 * --------------------------------------------------------------------
 */

/* Every list has room for this many. */
#define MAX_LIST 4096

List *
lappend(List *list, void *datum)
{
	if (list == NIL)
	{
		list = palloc0(sizeof(List) + MAX_LIST * sizeof(ListCell));
		list->type = T_List;
		list->elements = (ListCell *) (list + 1);
		list->max_length = MAX_LIST;
	}
	if (list->length == list->max_length)
		abort();
	list->elements[list->length++].ptr_value = datum;
	return list;
}

static char *
skip_blanks(char *p)
{
	while (*p == ' ' || (*p >= '\t' && *p <= '\r'))
		p++;
	return p;
}

/*
 * Takes an element, in quotes or not, apart from what follows; *ptr is moved
 * to that, blanks left out.  NULL if there is none.  It is ended by a NUL only
 * once what stands in that place has been read.
 */
static char *
take_element(char **ptr, char separator, char **end)
{
	char	   *start = *ptr;
	char	   *p = start;
	char	   *out = start;

	if (*p == '"')
	{
		for (p++; *p != '"' || p[1] == '"'; p++)
		{
			if (*p == '\0')
				return NULL;
			if (*p == '"')
				p++;
			*out++ = *p;
		}
		p++;
	}
	else
	{
		while (*p != '\0' && *p != separator && p == skip_blanks(p))
			p++;
		out = p;
		if (out == start)
			return NULL;
	}
	*end = out;
	*ptr = skip_blanks(p);
	return start;
}

bool
SplitGUCList(char *rawstring, char separator, List **namelist)
{
	char	   *p = skip_blanks(rawstring);

	*namelist = NIL;
	while (*p != '\0')
	{
		char	   *end;
		char	   *element = take_element(&p, separator, &end);
		bool		last = *p == '\0';

		if (element == NULL || !(last || *p == separator))
			return false;
		p = last ? p : skip_blanks(p + 1);
		if (!last && *p == '\0')
			return false;
		*end = '\0';
		*namelist = lappend(*namelist, element);
	}
	return true;
}

char *
pg_server_to_any(const char *s, int len, int encoding)
{
	Assert(encoding == PG_UTF8);
	return unconstify(char *, s);
}

const char *
quote_identifier(const char *ident)
{
	return ident;
}


/* --------------------------------------------------------------------
 * Errors
 * --------------------------------------------------------------------
 */

bool
backend_try(void (*parse) (void *arg), void *arg, const char **message)
{
	sigjmp_buf	jump;

	*message = error_message;
	error_message[0] = '\0';
	if (sigsetjmp(jump, 0) != 0)
	{
		error_jump = NULL;
		return false;
	}
	error_jump = &jump;
	parse(arg);
	error_jump = NULL;
	return true;
}

bool
errstart(int elevel, const char *domain)
{
	error_level = elevel;
	return true;
}

pg_attribute_cold bool
errstart_cold(int elevel, const char *domain)
{
	return errstart(elevel, domain);
}

/* What is raised must have been expected by somebody. */
void
errfinish(const char *filename, int lineno, const char *funcname)
{
	if (error_level < ERROR)
		return;
	if (error_jump == NULL)
		abort();
	siglongjmp(*error_jump, 1);
}

int
errcode(int sqlerrcode)
{
	return 0;
}

int
errmsg(const char *fmt,...)
{
	va_list		args;

	va_start(args, fmt);
	vsnprintf(error_message, sizeof(error_message), fmt, args);
	va_end(args);
	return 0;
}

int
errmsg_internal(const char *fmt,...)
{
	return 0;
}

int
errdetail(const char *fmt,...)
{
	return 0;
}

int
errhint(const char *fmt,...)
{
	return 0;
}

void
ddb_error_set(DdbError *err, int sqlerrcode, DdbRetryClass retry,
			  const char *fmt,...)
{
	va_list		args;

	memset(err, 0, sizeof(*err));
	err->sqlerrcode = sqlerrcode;
	va_start(args, fmt);
	vsnprintf(err->message, sizeof(err->message), fmt, args);
	va_end(args);
}

#ifdef USE_ASSERT_CHECKING
void
ExceptionalCondition(const char *conditionName,
#if PG_MAJORVERSION_NUM < 16
					 const char *errorType,
#endif
					 const char *fileName, int lineNumber)
{
	abort();
}
#endif
