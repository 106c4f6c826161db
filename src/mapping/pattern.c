/*-------------------------------------------------------------------------
 *
 * pattern.c
 *	  LIKE patterns taken apart into what DynamoDB can look for.
 *
 * Between its wildcards a pattern has literal texts.  Whatever matches it
 * begins with the text before the first wildcard and contains the others.
 * For some patterns that is all they say.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "fmgr.h"
#include "mapping/pattern.h"

/*
 * Copies a pattern's next literal text, unescaped, up to a wildcard or the
 * end; NULL where the pattern ends with a backslash.
 *
 * Server encodings never have an ASCII byte within a character.
 */
static char *
read_literal(const char **ptr, const char *end)
{
	const char *p = *ptr;
	const char *stop = p;
	char	   *literal;
	char	   *out;

	while (stop < end && *stop != '%' && *stop != '_')
		stop += *stop == '\\' ? 2 : 1;
	if (stop > end)
		return NULL;
	literal = out = palloc(stop - p + 1);
	for (; p < stop; p++)
	{
		if (*p == '\\')
			p++;
		*out++ = *p;
	}
	*out = '\0';
	*ptr = stop;
	return literal;
}

/* Which of the kinds a pattern is whose wildcards are known. */
static DdbPatternKind
classify(const DdbPattern *pattern, int npercent, int nunderscore, bool open)
{
	int			ninner = list_length(pattern->inner);

	if (npercent + nunderscore == 0)
		return DDB_PATTERN_EQUAL;
	if (nunderscore > 0 || !open)
		return DDB_PATTERN_OTHER;
	if (ninner == 0)
		return pattern->prefix[0] != '\0' ? DDB_PATTERN_PREFIX :
			DDB_PATTERN_ANY;
	return ninner == 1 && pattern->prefix[0] == '\0' ?
		DDB_PATTERN_CONTAINS : DDB_PATTERN_OTHER;
}

/*
 * Takes a pattern (text, in the database's encoding) apart, palloc'd in the
 * current context.
 */
void
ddb_pattern_parse(Datum like, DdbPattern *pattern)
{
	text	   *source = DatumGetTextPP(like);
	const char *ptr = VARDATA_ANY(source);
	const char *end = ptr + VARSIZE_ANY_EXHDR(source);
	int			npercent = 0;
	int			nunderscore = 0;
	bool		open = false;	/* ends with % */

	memset(pattern, 0, sizeof(*pattern));
	pattern->prefix = read_literal(&ptr, end);
	if (pattern->prefix == NULL)
		return;
	while (ptr < end)
	{
		char	   *literal;

		open = *ptr == '%';
		npercent += open;
		nunderscore += !open;
		ptr++;
		literal = read_literal(&ptr, end);
		if (literal == NULL)
			return;
		if (literal[0] == '\0')
			continue;
		pattern->inner = lappend(pattern->inner, literal);
		open = false;
	}
	pattern->kind = classify(pattern, npercent, nunderscore, open);
}
