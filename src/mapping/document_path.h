/*-------------------------------------------------------------------------
 *
 * document_path.h
 *	  Paths into documents, as the option attribute_path has them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_DOCUMENT_PATH_H
#define DDB_DOCUMENT_PATH_H

#include "dynamodb/value.h"

/* DynamoDB takes paths of so many elements, the attribute's name included. */
#define DDB_MAX_PATH_ELEMENTS	32

extern bool ddb_document_path_parse(const char *path, char **attribute,
									int *nsteps, DdbPathStep **steps,
									const char **error);

#endif							/* DDB_DOCUMENT_PATH_H */
