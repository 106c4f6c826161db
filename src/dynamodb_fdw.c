/*-------------------------------------------------------------------------
 *
 * dynamodb_fdw.c
 *	  The module, and the handler as its table of contents.
 *
 * To find how something works, start from the callback here; src/README.md
 * is the map of the rooms.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/guc.h"
#include "base/version.h"
#include "fdw/analyze.h"
#include "fdw/async.h"
#include "fdw/demand.h"
#include "fdw/direct.h"
#include "fdw/direct_plan.h"
#include "fdw/explain.h"
#include "fdw/import.h"
#include "fdw/insert.h"
#include "fdw/lookahead.h"
#include "fdw/modify.h"
#include "fdw/modify_plan.h"
#include "fdw/parallel.h"
#include "fdw/path.h"
#include "fdw/plan.h"
#include "fdw/report.h"
#include "fdw/scan.h"
#include "fdw/spool.h"
#include "fdw/truncate.h"
#include "fdw/unique.h"
#include "fdw/update.h"
#include "fdw/watch.h"
#include "fmgr.h"
#include "foreign/fdwapi.h"

DDB_MODULE_MAGIC("dynamodb_fdw", DDB_VERSION);

PG_FUNCTION_INFO_V1(dynamodb_fdw_handler);

void		_PG_init(void);

/* Nothing here may assume a backend: the library can be preloaded. */
void
_PG_init(void)
{
	ddb_guc_define();
	ddb_demand_install();
	ddb_watch_install();
	ddb_unique_install();
	ddb_lookahead_install();
	ddb_spool_register();
	ddb_report_install();
}

Datum
dynamodb_fdw_handler(PG_FUNCTION_ARGS)
{
	FdwRoutine *routine = makeNode(FdwRoutine);

	/* planning a scan: fdw/path.c, fdw/plan.c */
	routine->GetForeignRelSize = dynamodbGetForeignRelSize;
	routine->GetForeignPaths = dynamodbGetForeignPaths;
	routine->GetForeignPlan = dynamodbGetForeignPlan;
	routine->GetForeignRowMarkType = dynamodbGetForeignRowMarkType;

	/* running it: fdw/scan.c */
	routine->BeginForeignScan = dynamodbBeginForeignScan;
	routine->IterateForeignScan = dynamodbIterateForeignScan;
	routine->ReScanForeignScan = dynamodbReScanForeignScan;
	routine->EndForeignScan = dynamodbEndForeignScan;

	/* writing: fdw/modify_plan.c, modify.c, insert.c, update.c */
	routine->IsForeignRelUpdatable = dynamodbIsForeignRelUpdatable;
	routine->AddForeignUpdateTargets = dynamodbAddForeignUpdateTargets;
	routine->PlanForeignModify = dynamodbPlanForeignModify;
	routine->BeginForeignModify = dynamodbBeginForeignModify;
	routine->EndForeignModify = dynamodbEndForeignModify;
	routine->BeginForeignInsert = dynamodbBeginForeignInsert;
	routine->EndForeignInsert = dynamodbEndForeignInsert;
	routine->GetForeignModifyBatchSize = dynamodbGetForeignModifyBatchSize;
	routine->ExecForeignInsert = dynamodbExecForeignInsert;
	routine->ExecForeignBatchInsert = dynamodbExecForeignBatchInsert;
	routine->ExecForeignUpdate = dynamodbExecForeignUpdate;
	routine->ExecForeignDelete = dynamodbExecForeignDelete;
	routine->ExplainForeignModify = dynamodbExplainForeignModify;
	routine->ExecForeignTruncate = dynamodbExecForeignTruncate;

	/* writing without reading: fdw/direct_plan.c, direct.c */
	routine->PlanDirectModify = dynamodbPlanDirectModify;
	routine->BeginDirectModify = dynamodbBeginDirectModify;
	routine->IterateDirectModify = dynamodbIterateDirectModify;
	routine->EndDirectModify = dynamodbEndDirectModify;
	routine->ExplainDirectModify = dynamodbExplainDirectModify;

	/* in several processes: fdw/parallel.c */
	routine->IsForeignScanParallelSafe = dynamodbIsForeignScanParallelSafe;
	routine->EstimateDSMForeignScan = dynamodbEstimateDSMForeignScan;
	routine->InitializeDSMForeignScan = dynamodbInitializeDSMForeignScan;
	routine->ReInitializeDSMForeignScan = dynamodbReInitializeDSMForeignScan;
	routine->InitializeWorkerForeignScan = dynamodbInitializeWorkerForeignScan;
	routine->ShutdownForeignScan = dynamodbShutdownForeignScan;

	/* beside others under an Append: fdw/async.c */
	routine->IsForeignPathAsyncCapable = dynamodbIsForeignPathAsyncCapable;
	routine->ForeignAsyncRequest = dynamodbForeignAsyncRequest;
	routine->ForeignAsyncConfigureWait = dynamodbForeignAsyncConfigureWait;
	routine->ForeignAsyncNotify = dynamodbForeignAsyncNotify;

	/* showing it: fdw/explain.c */
	routine->ExplainForeignScan = dynamodbExplainForeignScan;

	/* knowing its data: fdw/analyze.c */
	routine->AnalyzeForeignTable = dynamodbAnalyzeForeignTable;
	DDB_SET_IMPORT_FOREIGN_STATISTICS(routine, dynamodbImportForeignStatistics);

	/* making foreign tables: fdw/import.c */
	routine->ImportForeignSchema = dynamodbImportForeignSchema;

	PG_RETURN_POINTER(routine);
}
