/*-------------------------------------------------------------------------
 *
 * direct_keys.h
 *	  The keys of the items that a direct modification writes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_DIRECT_KEYS_H
#define DDB_DIRECT_KEYS_H

#include "fdw/modify.h"
#include "fdw/scan.h"

typedef struct DdbDirectKeys DdbDirectKeys;

extern DdbDirectKeys *ddb_direct_keys_begin(ForeignScanState *node,
											DdbModify *modify);
extern bool ddb_direct_keys_start(DdbDirectKeys *keys,
								  ForeignScanState *node);
extern bool ddb_direct_keys_next(DdbDirectKeys *keys, ForeignScanState *node,
								 DdbItemKey *out);
extern void ddb_direct_keys_end(DdbDirectKeys *keys);
extern DdbScanState *ddb_direct_keys_get_scan(const DdbDirectKeys *keys);

#endif							/* DDB_DIRECT_KEYS_H */
