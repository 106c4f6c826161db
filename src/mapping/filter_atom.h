/*-------------------------------------------------------------------------
 *
 * filter_atom.h
 *	  Folds atoms whose values are known.
 *
 * Private to the files behind filter.h.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_FILTER_ATOM_H
#define DDB_FILTER_ATOM_H

#include "mapping/filter.h"
#include "mapping/term.h"

/* With more members than this a list is beyond the limits in any case. */
#define DDB_FILTER_MAX_MEMBERS	1024

/* A value that an atom's attribute is compared with. */
typedef struct DdbOperand
{
	Datum		datum;
	bool		isnull;
	Oid			type;
} DdbOperand;

extern DdbOperand *ddb_filter_atom_members(const DdbOperand *array, int *n);
extern DdbTerm *ddb_filter_atom_fold(const DdbColumn *column, DdbFilterOp op,
									 DdbQuantifier quantifier,
									 const DdbOperand *operand);

/* filter_set.c: atoms on sets and lists */
extern DdbTerm *ddb_filter_set_fold(const DdbColumn *column, DdbFilterOp op,
									const DdbOperand *operand);

/* filter_member.c: atoms on members of json columns */
extern DdbTerm *ddb_filter_member_fold(const DdbColumn *view, bool as_text,
									   DdbFilterOp op,
									   DdbQuantifier quantifier,
									   const DdbOperand *operand);

#endif							/* DDB_FILTER_ATOM_H */
