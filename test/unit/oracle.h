/*-------------------------------------------------------------------------
 *
 * oracle.h
 *	  The server's own JSON parser, against which ours is held.
 *
 * The only place in the tests that knows how jsonapi's calls differ between
 * PostgreSQL's versions.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ORACLE_H
#define ORACLE_H

#include "common/jsonapi.h"
#include "mb/pg_wchar.h"

#if PG_VERSION_NUM >= 160000
typedef JsonParseErrorType OracleResult;
#define ORACLE_RETURN return JSON_SUCCESS
#else
typedef void OracleResult;
#define ORACLE_RETURN return
#endif

/* Runs jsonapi over a document; sem may be NULL. */
static inline JsonParseErrorType
oracle_parse(const char *text, size_t len, bool de_escape, JsonSemAction *sem)
{
	static JsonSemAction nothing;
	JsonParseErrorType result;
	JsonLexContext *lex;

	if (sem == NULL)
		sem = &nothing;
#if PG_VERSION_NUM >= 170000
	lex = makeJsonLexContextCstringLen(NULL, text, len, PG_UTF8, de_escape);
	result = pg_parse_json(lex, sem);
	freeJsonLexContext(lex);
#else
	lex = makeJsonLexContextCstringLen(unconstify(char *, text), (int) len,
									   PG_UTF8, de_escape);
	result = pg_parse_json(lex, sem);
	if (lex->strval != NULL)
	{
		pfree(lex->strval->data);
		pfree(lex->strval);
	}
	pfree(lex);
#endif
	return result;
}

#endif							/* ORACLE_H */
