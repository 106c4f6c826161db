/*-------------------------------------------------------------------------
 *
 * scan_start.h
 *	  From the keys of a scan to its requests and streams.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_SCAN_START_H
#define DDB_SCAN_START_H

#include "fdw/scan.h"

extern DdbStream *ddb_scan_start_open(DdbScanState *scan,
									  const DdbKeySet *keys);

#endif							/* DDB_SCAN_START_H */
