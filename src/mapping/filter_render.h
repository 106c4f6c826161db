/*-------------------------------------------------------------------------
 *
 * filter_render.h
 *	  What terms take of an expression's limits.
 *
 * Private to the files behind filter.h.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_FILTER_RENDER_H
#define DDB_FILTER_RENDER_H

#include "mapping/term.h"

typedef struct DdbTermSize
{
	size_t		text;			/* bytes of expression text, at most */
	size_t		maps;			/* bytes of names and values */
	int			operators;
} DdbTermSize;

extern void ddb_filter_render_measure(const DdbTerm *term, DdbTermSize *size);

#endif							/* DDB_FILTER_RENDER_H */
