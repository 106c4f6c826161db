/*-------------------------------------------------------------------------
 *
 * compat.h
 *	  The only place that knows PostgreSQL's version.
 *
 * Code is written in the newest spelling; what older servers lack is
 * supplied here.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_COMPAT_H
#define DDB_COMPAT_H

#if PG_VERSION_NUM < 150000
#error "dynamodb_fdw requires PostgreSQL 15 or later"
#endif

/* Since 18 this comes before a declaration. */
#if PG_VERSION_NUM < 180000
#define pg_noreturn pg_attribute_noreturn()
#endif

/* EXPLAIN's property functions moved to a header of their own in 18. */
#if PG_VERSION_NUM >= 180000
#include "commands/explain_format.h"
#include "commands/explain_state.h"
#else
#include "commands/explain.h"
#endif

/* The module's name and version are in its magic block since 18. */
#if PG_VERSION_NUM >= 180000
#define DDB_MODULE_MAGIC(module, release) \
	PG_MODULE_MAGIC_EXT(.name = module, .version = release)
#else
#define DDB_MODULE_MAGIC(module, release) PG_MODULE_MAGIC
#endif

#include "nodes/execnodes.h"
#include "nodes/pathnodes.h"
#include "storage/buffile.h"
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* get_database_name() moved to lsyscache.h in 19. */
#if PG_VERSION_NUM < 190000
#include "commands/dbcommands.h"
#endif

/* create_foreignscan_path() grew disabled_nodes in 18, restrictinfo in 17. */
#if PG_VERSION_NUM >= 180000
#define DDB_PATH_DISABLED(n) (n),
#define DDB_DISABLE_COST 0.0
#else
#define DDB_PATH_DISABLED(n)
#define DDB_DISABLE_COST disable_cost
#endif
#if PG_VERSION_NUM >= 170000
#define DDB_PATH_RESTRICT NIL,
#else
#define DDB_PATH_RESTRICT
#endif

#if PG_VERSION_NUM >= 180000
#define DDB_COPY_DISABLED(to, from) \
	((to)->disabled_nodes = (from)->disabled_nodes)
#else
#define DDB_COPY_DISABLED(to, from) ((void) 0)
#endif

/*
 * Which strategies a join may use is a mask since 19, and unique-ified
 * relations are relations of their own.
 */
#if PG_VERSION_NUM >= 190000
#define DDB_NESTLOOP_MASK PGS_NESTLOOP_PLAIN,
#define DDB_NESTLOOP_IS_ENABLED(extra) \
	(((extra)->pgs_mask & PGS_NESTLOOP_PLAIN) != 0)
#define ddb_unique_outer_path(root, rel, path, extra) (path)
#else
#define DDB_NESTLOOP_MASK
#define DDB_NESTLOOP_IS_ENABLED(extra) (enable_nestloop)
#define ddb_unique_outer_path(root, rel, path, extra) \
	((Path *) create_unique_path(root, rel, path, (extra)->sjinfo))
#endif

/* ExecutorRun lost its last argument in 18. */
#if PG_VERSION_NUM >= 180000
#define DDB_EXECUTE_ONCE_PARAM
#define DDB_EXECUTE_ONCE_ARG
#else
#define DDB_EXECUTE_ONCE_PARAM , bool execute_once
#define DDB_EXECUTE_ONCE_ARG , execute_once
#endif

/* Since 18 RETURNING can show rows as they were. */
#if PG_VERSION_NUM >= 180000
#define ddb_compat_is_old(var) ((var)->varreturningtype == VAR_RETURNING_OLD)
#else
#define ddb_compat_is_old(var) ((void) (var), false)
#endif

/* The first argument of a syscache callback has a type of its own in 19. */
#if PG_VERSION_NUM >= 190000
#include "utils/syscache.h"
typedef SysCacheIdentifier DdbCacheId;
#else
typedef int DdbCacheId;
#endif

/* Since 19 an FDW may put statistics into the catalogs by itself. */
#if PG_VERSION_NUM >= 190000
#define DDB_SET_IMPORT_FOREIGN_STATISTICS(routine, callback) \
	((routine)->ImportForeignStatistics = (callback))
#else
#define DDB_SET_IMPORT_FOREIGN_STATISTICS(routine, callback) ((void) (callback))
#endif

/* A pathkey's direction was a btree strategy before 18. */
#if PG_VERSION_NUM >= 180000
#define ddb_pathkey_is_descending(pk) ((pk)->pk_cmptype == COMPARE_GT)
#else
#define ddb_pathkey_is_descending(pk) \
	((pk)->pk_strategy == BTGreaterStrategyNumber)
#endif

/* It was told about outer joins before 16. */
#if PG_VERSION_NUM >= 160000
#define ddb_build_expression_pathkey build_expression_pathkey
#else
#define ddb_build_expression_pathkey(root, expr, opno, rel, create_it) \
	build_expression_pathkey(root, expr, NULL, opno, rel, create_it)
#endif

/* Who adds to what the planner knows of a relation: another hook in 19. */
#if PG_VERSION_NUM >= 190000
#define ddb_relation_info_hook build_simple_rel_hook
#define ddb_relation_info_hook_type build_simple_rel_hook_type
#define DDB_RELATION_INFO_PARAMS \
	PlannerInfo *root, RelOptInfo *rel, RangeTblEntry *rte
#define DDB_RELATION_INFO_ARGS root, rel, rte
#define DDB_RELATION_INFO_RELID rte->relid
#define DDB_RELATION_INFO_INHERITS rte->inh
#else
#define ddb_relation_info_hook get_relation_info_hook
#define ddb_relation_info_hook_type get_relation_info_hook_type
#define DDB_RELATION_INFO_PARAMS \
	PlannerInfo *root, Oid relid, bool inhparent, RelOptInfo *rel
#define DDB_RELATION_INFO_ARGS root, relid, inhparent, rel
#define DDB_RELATION_INFO_RELID relid
#define DDB_RELATION_INFO_INHERITS inhparent
#endif

/* A statement's targets were a list before 19. */
#if PG_VERSION_NUM >= 190000
#define ddb_is_result_relation(stmt, rti) \
	bms_is_member(rti, (stmt)->resultRelationRelids)
#else
#define ddb_is_result_relation(stmt, rti) \
	list_member_int((stmt)->resultRelations, rti)
#endif

/* In 18 an equivalence class keeps the members of child relations apart. */
#if PG_VERSION_NUM < 180000
typedef struct EquivalenceMemberIterator
{
	const List *members;
	int			next;
} EquivalenceMemberIterator;

#define setup_eclass_member_iterator(it, ec, child_relids) \
	((it)->members = (ec)->ec_members, (it)->next = 0)
#define eclass_member_iterator_next(it) \
	((it)->next < list_length((it)->members) ? \
	 (EquivalenceMember *) list_nth((it)->members, (it)->next++) : NULL)
#endif

/*
 * Since 16 one function serves all catalogs; these are the two we ask about.
 */
#if PG_VERSION_NUM < 160000
#define object_aclcheck(classid, objectid, roleid, mode) \
	(AssertMacro((classid) == ForeignServerRelationId), \
	 pg_foreign_server_aclcheck(objectid, roleid, mode))
#define object_ownercheck(classid, objectid, roleid) \
	(AssertMacro((classid) == RelationRelationId), \
	 pg_class_ownercheck(objectid, roleid))
#endif

extern bool ddb_compat_is_nonnullable(List *nonnullable, Index varno,
									  AttrNumber attnum);
extern Oid	ddb_compat_scan_user(const ForeignScan *plan, EState *estate);
extern Oid	ddb_compat_plan_user(PlannerInfo *root, const RelOptInfo *rel);
extern bool ddb_compat_call_input(FmgrInfo *function, char *text, Oid ioparam,
								  int32 typmod, Datum *datum);
extern bool ddb_compat_is_c_collation(Oid collation);
extern bool ddb_compat_is_not_null(TupleDesc tupdesc, int i);
extern bool ddb_compat_is_virtual(TupleDesc tupdesc, int i);
extern void ddb_compat_read_file(BufFile *file, void *buf, size_t size);
extern Oid	ddb_compat_modify_user(ResultRelInfo *relinfo, EState *estate);
extern bool ddb_compat_import_totals(Relation rel, BlockNumber pages,
									 double tuples);

#endif							/* DDB_COMPAT_H */
