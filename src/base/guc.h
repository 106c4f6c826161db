/*-------------------------------------------------------------------------
 *
 * guc.h
 *	  The session's defaults: variables under the prefix "dynamodb_fdw".
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_GUC_H
#define DDB_GUC_H

#include "utils/guc.h"

/* Read units that allow_scan 'auto' lets one foreign scan consume. */
#define DDB_GUC_SCAN_BUDGET 100000

extern int	ddb_guc_allow_scan; /* DdbAllowScan */
extern double ddb_guc_scan_budget;	/* read units */
extern int	ddb_guc_consistent_read;	/* DdbConsistentRead */
extern bool ddb_guc_enable_batch_join;
extern bool ddb_guc_enable_parallel_scan;
extern bool ddb_guc_report;
extern bool ddb_guc_log_requests;
extern bool ddb_guc_log_capacity;

/* The words of the variables, and of the options of the same names. */
extern const struct config_enum_entry ddb_guc_allow_scan_words[];
extern const struct config_enum_entry ddb_guc_consistent_read_words[];

extern char *ddb_guc_get_use_index(const char *schema, const char *relation);
extern void ddb_guc_define(void);

#endif							/* DDB_GUC_H */
