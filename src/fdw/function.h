/*-------------------------------------------------------------------------
 *
 * function.h
 *	  SQL functions, and what they ask before they act.
 *
 * The functions themselves are found by fmgr, through the install script.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_FUNCTION_H
#define DDB_FUNCTION_H

#include "foreign/foreign.h"

extern ForeignServer *ddb_function_get_server(const char *name);
extern bool ddb_function_is_own_server(Oid serverid);

#endif							/* DDB_FUNCTION_H */
