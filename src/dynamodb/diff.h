/*-------------------------------------------------------------------------
 *
 * diff.h
 *	  What an update has to say to make one item of another.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_DIFF_H
#define DDB_DIFF_H

#include "dynamodb/expression.h"

/*
 * The parts of an update, as expression texts; empty where there is nothing.
 */
typedef struct DdbDiff
{
	DdbExpression *expression;
	StringInfoData set;			/* "#0 = :0, #1.#2 = :1" */
	StringInfoData remove;		/* "#3, #4.#5" */
	StringInfoData documents;	/* "attribute_type(#1, :2)": what is changed
								 * within must be there */
	List	   *changed;		/* top-level attributes, char * */
} DdbDiff;

extern void ddb_diff_init(DdbDiff *diff, DdbExpression *expression);
extern void ddb_diff_items(DdbDiff *diff, const DdbValue *from,
						   const DdbValue *to, const List *whole);
extern char *ddb_diff_build_update(const DdbDiff *diff);

#endif							/* DDB_DIFF_H */
