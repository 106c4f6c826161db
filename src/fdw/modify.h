/*-------------------------------------------------------------------------
 *
 * modify.h
 *	  A foreign table that a statement writes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_MODIFY_H
#define DDB_MODIFY_H

#include "base/compat.h"
#include "fdw/where.h"
#include "fdw/write.h"
#include "nodes/execnodes.h"
#include "utils/hsearch.h"

/* What is kept of a key that was written; no two have the same. */
typedef struct DdbKeyHash
{
	uint64		parts[2];
} DdbKeyHash;

/* One of a statement's result relations; ResultRelInfo's ri_FdwState. */
typedef struct DdbModify
{
	DdbTableMap *map;			/* with its schema */
	DdbWriter  *writer;
	bool		skips_conflicts;	/* ON CONFLICT DO NOTHING */
	DdbInsertMode insert_mode;	/* of rows that don't skip */
	Bitmapset  *named;			/* columns that an upsert sets, once known */

	/* UPDATE and DELETE */
	MemoryContext context;		/* of the statement */
	ModifyTableState *mtstate;	/* NULL for a direct modification */
	AttrNumber	ctid_attno;		/* where the row says what it was made of */
	DdbWriteKind kind;			/* of each write */
	List	   *updated;		/* integer: columns that may change */
	List	   *compared;		/* integer: columns that the decision used */
	DdbWhere	where;			/* and clauses that must be true... */
	bool		where_known;	/* ...with their values, by now */
	List	   *where_columns;	/* integer: columns in them */
	ExprState  *where_qual;		/* they themselves, of a row */
	ExprContext *econtext;		/* where these are evaluated */
	TupleTableSlot *row;		/* an item as such a row; NULL until needed */
	HTAB	   *written;		/* DdbKeyHash, where a row can come twice */
	bool		returning;		/* RETURNING wants the row back */
	bool		pipelined;		/* nobody does, no trigger either */
	List	   *pending;		/* DdbWrite that are yet to be judged */
} DdbModify;

extern void ddb_modify_check_row(ResultRelInfo *relinfo,
								 TupleTableSlot *slot, EState *estate,
								 bool is_update);
extern void ddb_modify_remember_keys(DdbModify *modify);
extern bool ddb_modify_wants_row(const ResultRelInfo *relinfo);
extern void ddb_modify_append_exists(const DdbModify *modify,
									 DdbExpression *expression,
									 StringInfo text);
extern char *ddb_modify_build_free(const DdbModify *modify,
								   DdbExpression *expression);
extern void ddb_modify_show(const DdbTableMap *map, const List *columns,
							const DdbValue *item, TupleTableSlot *slot);
extern bool ddb_modify_is_true(ExprState *qual, ExprContext *econtext,
							   const DdbTableMap *map, const List *columns,
							   const DdbValue *item, TupleTableSlot *slot);
extern bool ddb_modify_is_wanted(DdbModify *modify, const DdbValue *item);
extern void ddb_modify_evaluate_subselects(const List *exprs,
										   ExprContext *econtext);
extern void ddb_modify_fill_slot(const DdbModify *modify,
								 TupleTableSlot *slot, const DdbValue *item);

extern DdbTableMap *ddb_modify_peek_map(ResultRelInfo *relinfo,
										EState *estate);
extern void ddb_modify_explain_usage(const DdbUsage *usage, ExplainState *es);

extern int	dynamodbIsForeignRelUpdatable(Relation rel);
extern void dynamodbBeginForeignModify(ModifyTableState *mtstate,
									   ResultRelInfo *relinfo,
									   List *fdw_private, int subplan_index,
									   int eflags);
extern void dynamodbEndForeignModify(EState *estate, ResultRelInfo *relinfo);
extern void dynamodbBeginForeignInsert(ModifyTableState *mtstate,
									   ResultRelInfo *relinfo);
extern void dynamodbEndForeignInsert(EState *estate, ResultRelInfo *relinfo);
extern int	dynamodbGetForeignModifyBatchSize(ResultRelInfo *relinfo);
extern void dynamodbExplainForeignModify(ModifyTableState *mtstate,
										 ResultRelInfo *relinfo,
										 List *fdw_private,
										 int subplan_index,
										 ExplainState *es);

#endif							/* DDB_MODIFY_H */
