/*-------------------------------------------------------------------------
 *
 * document.h
 *	  Documents: json and jsonb out of them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_DOCUMENT_H
#define DDB_DOCUMENT_H

#include "mapping/codec.h"

extern DdbFit ddb_document_decode(const DdbCodec *codec,
								  const DdbValue *value, Datum *datum);
extern DdbFit ddb_document_decode_rest(const DdbTableMap *map,
									   const DdbColumn *column,
									   const DdbValue *item, Datum *datum);
extern DdbShown *ddb_document_create_shown(void);

#endif							/* DDB_DOCUMENT_H */
