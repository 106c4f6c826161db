/*-------------------------------------------------------------------------
 *
 * naming.c
 *	  SQL names for what DynamoDB names: tables and attributes.
 *
 * DynamoDB tells "Orders" from "orders" and allows names that SQL would have
 * to quote.  In snake_case "createdAt" becomes created_at and "MyTable"
 * my_table; otherwise names stay as they are.  Either way they are cut to
 * what an identifier may hold, and made unique.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/heap.h"
#include "fdw/naming.h"
#include "mb/pg_wchar.h"

static inline bool
is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static inline bool
is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/*
 * Does a word begin at the upper-case letter c points to?  createdAt does,
 * HTTPStatus does at its S; GSI1PK is one word.
 */
static bool
begins_word(const char *name, const char *c)
{
	if (c == name)
		return false;
	return is_lower(c[-1]) ||
		((is_upper(c[-1]) || is_digit(c[-1])) && is_lower(c[1]));
}

/*
 * The SQL name that a name of DynamoDB's would like to have, of legal length;
 * palloc'd.  In snake_case, it seldom needs quotes.  Letters beyond ASCII
 * stay: their bytes all have the high bit set, in every encoding of a
 * database.
 */
char *
ddb_naming_fold(const char *name, bool snake_case)
{
	StringInfoData buf;
	int			len;

	initStringInfo(&buf);
	for (const char *c = name; *c != '\0'; c++)
	{
		if (!snake_case || is_lower(*c) || is_digit(*c) ||
			IS_HIGHBIT_SET(*c))
			appendStringInfoChar(&buf, *c);
		else if (is_upper(*c))
		{
			if (begins_word(name, c))
				appendStringInfoChar(&buf, '_');
			appendStringInfoChar(&buf, *c - 'A' + 'a');
		}
		else
			appendStringInfoChar(&buf, '_');
	}
	len = pg_mbcliplen(buf.data, buf.len, NAMEDATALEN - 1);
	buf.data[len] = '\0';
	return buf.data;
}

/* Has one of the names been given this SQL name? */
bool
ddb_naming_is_taken(const DdbName *names, int n, const char *local)
{
	for (int i = 0; i < n; i++)
	{
		if (names[i].local != NULL && strcmp(names[i].local, local) == 0)
			return true;
	}
	return false;
}

/* May another one have it?  ctid and its like are every table's already. */
static bool
is_free(const DdbName *names, int n, const char *local, DdbNameKind kind)
{
	if (kind == DDB_NAME_COLUMN && SystemAttributeByName(local) != NULL)
		return false;
	return !ddb_naming_is_taken(names, n, local);
}

/*
 * The name itself, or with the first suffix that makes it unique among the
 * names given so far; palloc'd.
 */
char *
ddb_naming_make_unique(const DdbName *names, int n, const char *folded,
					   DdbNameKind kind)
{
	char	   *local = pstrdup(folded);

	for (int i = 1; !is_free(names, n, local, kind); i++)
	{
		char		suffix[16];
		int			room = NAMEDATALEN - 1 -
			snprintf(suffix, sizeof(suffix), "_%d", i);

		local = psprintf("%.*s%s",
						 pg_mbcliplen(folded, strlen(folded), room), folded,
						 suffix);
	}
	return local;
}

/*
 * Gives every name its SQL name; remote and shown must be set.  Names that
 * are what they would like to be come first, so that "orders" is orders and
 * "Orders" the one with a suffix.
 */
void
ddb_naming_assign(DdbName *names, int n, bool snake_case, DdbNameKind kind)
{
	for (int i = 0; i < n; i++)
	{
		DdbName    *name = &names[i];

		name->folded = ddb_naming_fold(name->shown, snake_case);
		if (strcmp(name->folded, name->shown) == 0 &&
			is_free(names, i, name->folded, kind))
			name->local = name->folded;
	}
	for (int i = 0; i < n; i++)
	{
		if (names[i].local == NULL)
			names[i].local = ddb_naming_make_unique(names, n,
													names[i].folded, kind);
	}
}
