/*-------------------------------------------------------------------------
 *
 * compat.c
 *	  What needs more than a macro to look the same on every version.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "base/compat.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "optimizer/clauses.h"
#include "parser/parsetree.h"

/*
 * Where the server was built with ICU, this header wants ICU's, which don't
 * come with the server's.  What is used of it doesn't depend on USE_ICU: a
 * function, and a member that stands before any of ICU's.
 */
#undef USE_ICU
#include "utils/pg_locale.h"

#if PG_VERSION_NUM >= 160000
#include "nodes/miscnodes.h"
#include "nodes/multibitmapset.h"
#endif
#if PG_VERSION_NUM >= 190000
#include "statistics/statistics.h"
#endif

/*
 * Is a column of a plain relation proven non-null by what
 * find_nonnullable_vars() returned?  That was a list of Vars until 16.
 */
bool
ddb_compat_is_nonnullable(List *nonnullable, Index varno, AttrNumber attnum)
{
#if PG_VERSION_NUM >= 160000
	return mbms_is_member(varno, attnum - FirstLowInvalidHeapAttributeNumber,
						  nonnullable);
#else
	ListCell   *lc;

	foreach(lc, nonnullable)
	{
		Var		   *var = lfirst_node(Var, lc);

		if (var->varno == (int) varno && var->varattno == attnum &&
			var->varlevelsup == 0)
			return true;
	}
	return false;
#endif
}

/*
 * Whose rights a scan uses: the view owner's where the relation is read
 * through a view, else the current user's.  This must agree with
 * ExecCheckPermissions().
 */
Oid
ddb_compat_scan_user(const ForeignScan *plan, EState *estate)
{
#if PG_VERSION_NUM >= 160000
	Oid			userid = plan->checkAsUser;
#else
	Index		rti = plan->scan.scanrelid > 0 ? plan->scan.scanrelid :
		(Index) bms_next_member(plan->fs_relids, -1);
	Oid			userid = exec_rt_fetch(rti, estate)->checkAsUser;
#endif

	return OidIsValid(userid) ? userid : GetUserId();
}

/* The same at plan time. */
Oid
ddb_compat_plan_user(PlannerInfo *root, const RelOptInfo *rel)
{
#if PG_VERSION_NUM >= 160000
	Oid			userid = rel->userid;
#else
	Oid			userid = planner_rt_fetch(rel->relid, root)->checkAsUser;
#endif

	return OidIsValid(userid) ? userid : GetUserId();
}

/*
 * Calls a type's input function; false if it reported a soft error.  Before
 * 16 there are none, and functions may raise since.
 */
bool
ddb_compat_call_input(FmgrInfo *function, char *text, Oid ioparam,
					  int32 typmod, Datum *datum)
{
#if PG_VERSION_NUM >= 160000
	ErrorSaveContext escontext = {.type = T_ErrorSaveContext};

	return InputFunctionCallSafe(function, text, ioparam, typmod,
								 (Node *) &escontext, datum);
#else
	*datum = InputFunctionCall(function, text, ioparam, typmod);
	return true;
#endif
}

/*
 * Does PostgreSQL compare strings under this collation by their bytes?
 */
bool
ddb_compat_is_c_collation(Oid collation)
{
#if PG_VERSION_NUM >= 180000
	return pg_newlocale_from_collation(collation)->collate_is_c;
#else
	return lc_collate_is_c(collation);
#endif
}

/*
 * Is a column declared NOT NULL, and has that been checked?  18 can leave the
 * check out (NOT VALID).
 */
bool
ddb_compat_is_not_null(TupleDesc tupdesc, int i)
{
#if PG_VERSION_NUM >= 180000
	return TupleDescCompactAttr(tupdesc, i)->attnullability ==
		ATTNULLABLE_VALID;
#else
	return TupleDescAttr(tupdesc, i)->attnotnull;
#endif
}

/* Is a column a virtual generated one (18), for which nothing is stored? */
bool
ddb_compat_is_virtual(TupleDesc tupdesc, int i)
{
#if PG_VERSION_NUM >= 180000
	return TupleDescAttr(tupdesc, i)->attgenerated ==
		ATTRIBUTE_GENERATED_VIRTUAL;
#else
	return false;
#endif
}

/*
 * Whose rights a write to this relation uses: the view owner's where it is
 * written through a view, else the current user's.  A partition that rows
 * are routed to is written by whom its root is.
 */
Oid
ddb_compat_modify_user(ResultRelInfo *relinfo, EState *estate)
{
#if PG_VERSION_NUM >= 160000
	Oid			userid = ExecGetResultRelCheckAsUser(relinfo, estate);
#else
	Index		rti = relinfo->ri_RangeTableIndex;
	Oid			userid;

	if (rti == 0)
		rti = relinfo->ri_RootResultRelInfo->ri_RangeTableIndex;
	userid = exec_rt_fetch(rti, estate)->checkAsUser;
#endif

	return OidIsValid(userid) ? userid : GetUserId();
}

/* Reads exactly so many bytes of a temporary file. */
void
ddb_compat_read_file(BufFile *file, void *buf, size_t size)
{
#if PG_VERSION_NUM >= 160000
	BufFileReadExact(file, buf, size);
#else
	if (BufFileRead(file, buf, size) != size)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not read from temporary file: %m")));
#endif
}

/*
 * Puts a relation's size into the catalogs.  False where that is for core to
 * do, after it has asked for rows: before 19.
 */
bool
ddb_compat_import_totals(Relation rel, BlockNumber pages, double tuples)
{
#if PG_VERSION_NUM >= 190000
	NullableDatum version = {.value = Int32GetDatum(PG_VERSION_NUM)};
	NullableDatum relpages = {.value = Int32GetDatum((int32) pages)};
	NullableDatum reltuples = {.value = Float4GetDatum((float4) tuples)};
	NullableDatum unknown = {.isnull = true};

	return import_relation_statistics(rel, &version, &relpages, &reltuples,
									  &unknown, &unknown);
#else
	return false;
#endif
}
