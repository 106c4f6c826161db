/*-------------------------------------------------------------------------
 *
 * upsert.h
 *	  INSERT with insert_mode 'upsert'.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_UPSERT_H
#define DDB_UPSERT_H

#include "fdw/modify.h"

extern DdbWrite *ddb_upsert_build(DdbModify *modify, ResultRelInfo *relinfo,
								  EState *estate, TupleTableSlot *slot);

#endif							/* DDB_UPSERT_H */
