/*-------------------------------------------------------------------------
 *
 * term.h
 *	  Conditions as the service knows them: what atoms of a filter fold to.
 *
 * Private to the files behind filter.h: filter_atom.c and filter_set.c make
 * terms, filter_fold.c combines them, filter_render.c writes and measures
 * them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_TERM_H
#define DDB_TERM_H

#include "mapping/column.h"
#include "nodes/pg_list.h"

typedef enum DdbTermKind
{
	DDB_TERM_TRUE,
	DDB_TERM_FALSE,
	DDB_TERM_AND,				/* of two or more */
	DDB_TERM_OR,
	DDB_TERM_NOT,				/* of one */
	DDB_TERM_COMPARE,			/* path symbol value */
	DDB_TERM_IN,				/* path IN (values) */
	DDB_TERM_BEGINS_WITH,		/* begins_with(path, value) */
	DDB_TERM_CONTAINS,			/* contains(path, value) */
	DDB_TERM_TYPE,				/* attribute_type(path, value) */
	DDB_TERM_EXISTS,			/* attribute_exists(path) */
	DDB_TERM_MISSING,			/* attribute_not_exists(path) */
} DdbTermKind;

typedef struct DdbTerm
{
	DdbTermKind kind;
	bool		exact;			/* else: true for more items than it should */
	List	   *args;			/* DdbTerm: of AND, OR and NOT */
	const DdbColumn *column;	/* whose attribute and path */
	const char *symbol;			/* of a comparison */
	int			nvalues;
	const DdbValue *values;
} DdbTerm;

extern DdbTerm *ddb_term_make(DdbTermKind kind, const DdbColumn *column);
extern DdbTerm *ddb_term_constant(bool value);
extern DdbTerm *ddb_term_unknown(void);
extern DdbTerm *ddb_term_condition(DdbTermKind kind, const DdbColumn *column,
								   const char *symbol, const DdbValue *value);
extern DdbTerm *ddb_term_in(const DdbColumn *column, const DdbValue *values,
							int n);
extern DdbTerm *ddb_term_not(DdbTerm *term);
extern DdbTerm *ddb_term_and(DdbTerm *a, DdbTerm *b);
extern DdbTerm *ddb_term_compound(DdbTermKind kind, const List *args);
extern DdbTerm *ddb_term_type(const DdbColumn *column, DdbType type);
extern DdbTerm *ddb_term_null(const DdbColumn *column);
extern DdbTerm *ddb_term_not_null(const DdbColumn *column);
extern DdbTerm *ddb_term_weak(const DdbColumn *column);
extern DdbTerm *ddb_term_guarded_not(const DdbColumn *column, DdbTerm *term);

#endif							/* DDB_TERM_H */
