/*-------------------------------------------------------------------------
 *
 * transaction.h
 *	  What a transaction has written, and what becomes of it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_TRANSACTION_H
#define DDB_TRANSACTION_H

extern void ddb_transaction_note_sent(const char *table_name, int64 items);
extern void ddb_transaction_note_answered(int64 items, int64 written);
extern int	ddb_transaction_judge_conflict(char **hint);
extern bool ddb_transaction_has_recent_write(const char *table_name);

#endif							/* DDB_TRANSACTION_H */
