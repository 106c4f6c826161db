/*-------------------------------------------------------------------------
 *
 * infer.h
 *	  The column that shows an attribute, from a sample of its values.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_INFER_H
#define DDB_INFER_H

#include "dynamodb/value.h"

/* What all attributes are tried with. */
typedef struct DdbInferrer DdbInferrer;

/* What is known of one attribute. */
typedef struct DdbInference DdbInference;

/* A column's type and options, as CREATE FOREIGN TABLE has them. */
typedef struct DdbInferredColumn
{
	const char *type;			/* in SQL */
	const char *format;			/* NULL: none */
} DdbInferredColumn;

extern DdbInferrer *ddb_infer_create(void);
extern DdbInference *ddb_infer_begin(const DdbInferrer *inferrer);
extern void ddb_infer_add(DdbInference *inference, const DdbValue *value);
extern int64 ddb_infer_get_count(const DdbInference *inference);
extern bool ddb_infer_is_all(const DdbInference *inference, DdbType type);
extern bool ddb_infer_decide(const DdbInference *inference, const char *words,
							 bool is_ttl, DdbInferredColumn *column);
extern char *ddb_infer_words(const DdbInference *inference, int *ntypes);

#endif							/* DDB_INFER_H */
