/*-------------------------------------------------------------------------
 *
 * document_path.c
 *	  Paths into documents, as the option attribute_path has them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mapping/document_path.h"

/* DynamoDB's own limit. */
#define MAX_LIST_INDEX		PG_INT32_MAX

/*
 * A name in a path, up to a dot or bracket, or within double quotes, of
 * which two stand for one.  NULL if it isn't one.
 */
static char *
parse_path_name(const char **ptr, size_t *len, const char **error)
{
	const char *p = *ptr;
	char	   *name = palloc(strlen(p) + 1);
	char	   *out = name;

	if (*p == '"')
	{
		for (p++;; p++)
		{
			if (*p == '\0')
			{
				*error = "a quoted name isn't closed";
				return NULL;
			}
			if (*p == '"' && *++p != '"')
				break;
			*out++ = *p;
		}
	}
	else
	{
		while (*p != '\0' && *p != '.' && *p != '[' && *p != ']' &&
			   *p != '"')
			*out++ = *p++;
	}
	if (out == name)
	{
		*error = "a name is empty";
		return NULL;
	}
	*out = '\0';
	*len = out - name;
	*ptr = p;
	return name;
}

/* "[12]" */
static bool
parse_path_element(const char **ptr, int *element, const char **error)
{
	const char *p = *ptr + 1;
	int64		n = 0;

	*error = "a list index isn't a number of 0 to 2147483647 in brackets";
	if (*p < '0' || *p > '9')
		return false;
	for (; *p >= '0' && *p <= '9'; p++)
	{
		n = n * 10 + (*p - '0');
		if (n > MAX_LIST_INDEX)
			return false;
	}
	if (*p != ']')
		return false;
	*element = (int) n;
	*ptr = p + 1;
	return true;
}

/*
 * Parses a document path in UTF-8:
 *
 *		path := name ( '.' name | '[' digits ']' )*
 *
 * *attribute is the first name, *steps what follows it; all palloc'd in the
 * current context.  False, with *error set, if the text isn't a path.
 */
bool
ddb_document_path_parse(const char *path, char **attribute, int *nsteps,
						DdbPathStep **steps, const char **error)
{
	const char *p = path;
	size_t		len;

	*nsteps = 0;
	*steps = palloc0(sizeof(DdbPathStep) * DDB_MAX_PATH_ELEMENTS);
	*attribute = parse_path_name(&p, &len, error);
	if (*attribute == NULL)
		return false;
	while (*p != '\0')
	{
		DdbPathStep *step = &(*steps)[*nsteps];

		if (++*nsteps == DDB_MAX_PATH_ELEMENTS)
		{
			*error = "it has more than 32 elements";
			return false;
		}
		if (*p == '[')
		{
			if (!parse_path_element(&p, &step->element, error))
				return false;
		}
		else if (*p == '.')
		{
			p++;
			step->name = parse_path_name(&p, &step->len, error);
			if (step->name == NULL)
				return false;
		}
		else
		{
			*error = "a dot or an opening bracket is missing between two elements";
			return false;
		}
	}
	return true;
}
