/*-------------------------------------------------------------------------
 *
 * modify.c
 *	  A foreign table that a statement writes: what the planner, the executor
 *	  and EXPLAIN have to know of it, whatever the statement does.
 *
 * What core leaves to ordinary tables' code is done here, before anything is
 * sent: constraints, WITH CHECK OPTION, the bounds of a partition.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "executor/executor.h"
#include "executor/nodeModifyTable.h"
#include "executor/nodeSubplan.h"
#include "fdw/cookie.h"
#include "fdw/explain.h"
#include "fdw/modify.h"
#include "fdw/modify_plan.h"
#include "fdw/plan.h"
#include "fdw/relation.h"
#include "fdw/snapshot.h"
#include "fdw/spool.h"
#include "fdw/update.h"
#include "fdw/write_price.h"
#include "foreign/foreign.h"
#include "mapping/expiry.h"
#include "mapping/template.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/*
 * Rows handed over at a time, where batch_size doesn't say: so many that most
 * of the time as many requests are in flight as may be.
 */
#define AUTO_BATCH_SIZE 100
#define AUTO_REPLACE_SIZE 1000

/*
 * Which statements may write the table, as a mask.  Asked by
 * information_schema for every foreign table, so it reads options only.
 */
int
dynamodbIsForeignRelUpdatable(Relation rel)
{
	DdbTableOptions options;

	ddb_option_get_table(RelationGetRelid(rel), &options);
	return options.updatable ?
		(1 << CMD_INSERT) | (1 << CMD_UPDATE) | (1 << CMD_DELETE) : 0;
}

/* The state of a relation that is to be written, of a statement. */
static DdbModify *
create_modify(EState *estate, ResultRelInfo *relinfo, bool skips_conflicts)
{
	DdbModify  *modify = palloc0_object(DdbModify);
	Oid			relid = RelationGetRelid(relinfo->ri_RelationDesc);
	Oid			serverid = GetForeignTable(relid)->serverid;
	Oid			userid = ddb_compat_modify_user(relinfo, estate);

	modify->map = ddb_relation_get_map(relid);
	modify->map->schema = ddb_relation_get_schema(modify->map, serverid,
												  userid);
	modify->writer = ddb_write_open(modify->map, serverid, userid);
	modify->skips_conflicts = skips_conflicts;
	modify->insert_mode = skips_conflicts ? DDB_INSERT_ONLY :
		modify->map->options.insert_mode;
	return modify;
}

/* DdbSpoolEnd: the last row has been handed over. */
static void
settle_all(void *arg)
{
	DdbModify  *modify = arg;
	DdbWriteEntry entry;

	ddb_write_enter(modify->writer, &entry);
	ddb_update_settle(modify, true);
	ddb_write_leave(&entry);
}

/*
 * Prepares for items that the source may show more than once, in the
 * statement's context: see ddb_update_is_second_hit().
 */
void
ddb_modify_remember_keys(DdbModify *modify)
{
	HASHCTL		ctl = {0};

	ctl.keysize = sizeof(DdbKeyHash);
	ctl.entrysize = sizeof(DdbKeyHash);
	ctl.hcxt = CurrentMemoryContext;
	modify->written = hash_create("dynamodb_fdw written keys", 256, &ctl,
								  HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/* The same, where other queries of the statement may write them as well. */
static void
share_keys(DdbModify *modify, EState *estate)
{
	const char *table_name = modify->map->options.table_name;

	modify->written = ddb_snapshot_lookup_keys(estate, table_name);
	if (modify->written != NULL)
		return;
	ddb_modify_remember_keys(modify);
	if (estate->es_plannedstmt->hasModifyingCTE)
		ddb_snapshot_enter_keys(estate, table_name, modify->written);
}

/*
 * Clauses that are the condition of the write.  These expressions come from
 * the planner as they were made, before references are set: all that needs
 * setting are Vars, and those are of the target's own row, which is evaluated
 * as a scan's tuple.
 */
static void
begin_where(DdbModify *modify, ModifyTableState *mtstate,
			const List *fdw_private)
{
	PlanState  *parent = &mtstate->ps;

	modify->where.bound =
		ddb_filter_bind(ddb_modify_plan_get_list(fdw_private,
												 DDB_MODIFY_WHERE),
						ddb_modify_plan_get_list(fdw_private,
												 DDB_MODIFY_WHERE_EXPRS),
						modify->map, parent);
	modify->where_columns =
		ddb_modify_plan_get_list(fdw_private, DDB_MODIFY_WHERE_COLUMNS);
	if (modify->where.bound == NIL)
		return;
	modify->where_qual =
		ExecInitQual(ddb_modify_plan_get_list(fdw_private,
											  DDB_MODIFY_WHERE_QUAL), parent);
	modify->econtext = CreateExprContext(parent->state);
}

/* What UPDATE and DELETE need besides. */
static void
begin_change(DdbModify *modify, ModifyTableState *mtstate,
			 const ResultRelInfo *relinfo, const List *fdw_private)
{
	PlanState  *source = outerPlanState(mtstate);

	modify->context = CurrentMemoryContext;
	modify->mtstate = mtstate;
	/* not there where the planner knows that there are no rows */
	modify->ctid_attno =
		ExecFindJunkAttributeInTlist(source->plan->targetlist, "ctid");
	modify->kind = ddb_modify_plan_get_kind(fdw_private);
	modify->updated = ddb_modify_plan_get_list(fdw_private,
											   DDB_MODIFY_UPDATED);
	modify->compared = ddb_modify_plan_get_list(fdw_private,
												DDB_MODIFY_COMPARED);
	begin_where(modify, mtstate, fdw_private);
	if (ddb_modify_plan_repeats(fdw_private))
		share_keys(modify, mtstate->ps.state);
	/* the same list, made into a projection further on */
	modify->returning =
		((ModifyTable *) mtstate->ps.plan)->returningLists != NIL;
	modify->pipelined = !modify->returning &&
		!ddb_modify_plan_has_triggers(relinfo->ri_TrigDesc,
									  mtstate->operation);
	ddb_spool_on_end(source, settle_all, modify);
}

/* May send DescribeTable, as the keys must be known; nothing in EXPLAIN. */
void
dynamodbBeginForeignModify(ModifyTableState *mtstate, ResultRelInfo *relinfo,
						   List *fdw_private, int subplan_index, int eflags)
{
	ModifyTable *plan = (ModifyTable *) mtstate->ps.plan;
	DdbModify  *modify;

	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
		return;
	modify = create_modify(mtstate->ps.state, relinfo,
						   plan->onConflictAction == ONCONFLICT_NOTHING);
	if (mtstate->operation != CMD_INSERT)
		begin_change(modify, mtstate, relinfo, fdw_private);
	relinfo->ri_FdwState = modify;
}

void
dynamodbEndForeignModify(EState *estate, ResultRelInfo *relinfo)
{
	/* whatever was sent has its answer: see settle_all() */
	ddb_cookie_close(estate);
}

/*
 * Rows come by COPY FROM, or are routed to this partition.  If the statement
 * reads the table they go to, its source should have been stored before the
 * first row is written, which can be arranged for only where the table itself
 * is the statement's target.
 */
void
dynamodbBeginForeignInsert(ModifyTableState *mtstate, ResultRelInfo *relinfo)
{
	ModifyTable *plan = (ModifyTable *) mtstate->ps.plan;
	EState	   *estate = mtstate->ps.state;
	DdbTableOptions options;

	if (relinfo->ri_FdwState != NULL)
		return;					/* the statement updates it as well */
	ddb_option_get_table(RelationGetRelid(relinfo->ri_RelationDesc),
						 &options);
	if (!options.updatable)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("foreign table \"%s\" does not allow inserts",
						RelationGetRelationName(relinfo->ri_RelationDesc))));
	if (plan != NULL && !ddb_spool_stores(outerPlan(plan)) &&
		ddb_spool_reads(outerPlan(plan), estate->es_plannedstmt->subplans,
						options.table_name))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cannot route rows into foreign table \"%s\" while reading it",
						RelationGetRelationName(relinfo->ri_RelationDesc)),
				 errhint("Insert into the partition itself, or by way of a temporary table.")));
	relinfo->ri_FdwState =
		create_modify(estate, relinfo,
					  plan != NULL &&
					  plan->onConflictAction == ONCONFLICT_NOTHING);
}

void
dynamodbEndForeignInsert(EState *estate, ResultRelInfo *relinfo)
{
	/* every call of the executor's has waited for its answers */
}

/*
 * Rows that are handed over at a time: one where each is wanted back, or
 * where a trigger before the next one may look at the table.
 */
int
dynamodbGetForeignModifyBatchSize(ResultRelInfo *relinfo)
{
	const TriggerDesc *triggers = relinfo->ri_TrigDesc;
	DdbTableOptions options;

	if (relinfo->ri_projectReturning != NULL ||
		(triggers != NULL && (triggers->trig_insert_before_row ||
							  triggers->trig_insert_after_row)))
		return 1;
	ddb_option_get_table(RelationGetRelid(relinfo->ri_RelationDesc),
						 &options);
	if (options.batch_size > 0)
		return options.batch_size;
	return options.insert_mode == DDB_INSERT_REPLACE ? AUTO_REPLACE_SIZE :
		AUTO_BATCH_SIZE;
}

/*
 * Checks a row as core checks it for ordinary tables.
 */
void
ddb_modify_check_row(ResultRelInfo *relinfo, TupleTableSlot *slot,
					 EState *estate, bool is_update)
{
	Relation	rel = relinfo->ri_RelationDesc;
	const TriggerDesc *triggers = relinfo->ri_TrigDesc;

	if (relinfo->ri_WithCheckOptions != NIL)
		ExecWithCheckOptions(is_update ? WCO_RLS_UPDATE_CHECK :
							 WCO_RLS_INSERT_CHECK, relinfo, slot, estate);
	if (RelationGetDescr(rel)->constr != NULL)
		ExecConstraints(relinfo, slot, estate);

	/* a row that was routed here fits, unless a trigger has changed it */
	if (rel->rd_rel->relispartition &&
		(relinfo->ri_RootResultRelInfo == NULL || is_update ||
		 (triggers != NULL && triggers->trig_insert_before_row)))
		ExecPartitionCheck(relinfo, slot, estate, true);
	if (relinfo->ri_WithCheckOptions != NIL)
		ExecWithCheckOptions(WCO_VIEW_CHECK, relinfo, slot, estate);
}

/*
 * Is the row looked at once it is inserted, by RETURNING or by a trigger?
 */
bool
ddb_modify_wants_row(const ResultRelInfo *relinfo)
{
	return relinfo->ri_projectReturning != NULL ||
		(relinfo->ri_TrigDesc != NULL &&
		 relinfo->ri_TrigDesc->trig_insert_after_row);
}

/* "attribute_exists(#0)": there is an item of the write's key. */
void
ddb_modify_append_exists(const DdbModify *modify, DdbExpression *expression,
						 StringInfo text)
{
	appendStringInfoString(text, "attribute_exists(");
	ddb_expression_append_name(expression, text,
							   modify->map->schema->primary.partition[0].name);
	appendStringInfoChar(text, ')');
}

/*
 * "attribute_not_exists(#0)": there is no item of the write's key, or none
 * that is a row.  palloc'd.
 */
char *
ddb_modify_build_free(const DdbModify *modify, DdbExpression *expression)
{
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfoString(&text, "attribute_not_exists(");
	ddb_expression_append_name(expression, &text,
							   modify->map->schema->primary.partition[0].name);
	appendStringInfoChar(&text, ')');
	if (modify->map->ttl_attribute != NULL)
	{
		appendStringInfoString(&text, " OR ");
		ddb_expiry_append_is_past(expression, &text,
								  modify->map->ttl_attribute);
	}
	return text.data;
}

/*
 * Makes a slot show these columns (integer) of an item, the others being left
 * as they are; in the current context.
 */
void
ddb_modify_show(const DdbTableMap *map, const List *columns,
				const DdbValue *item, TupleTableSlot *slot)
{
	ExecClearTuple(slot);
	ddb_row_read_columns(map, columns, item, slot->tts_values,
						 slot->tts_isnull);
	ExecStoreVirtualTuple(slot);
	slot->tts_tableOid = map->relid;
}

/*
 * Are clauses about these columns true of an item?  False too where one is
 * NULL.  The slot shows the item meanwhile.
 */
bool
ddb_modify_is_true(ExprState *qual, ExprContext *econtext,
				   const DdbTableMap *map, const List *columns,
				   const DdbValue *item, TupleTableSlot *slot)
{
	MemoryContext oldcontext;
	bool		result;

	if (qual == NULL)
		return true;
	ResetExprContext(econtext);
	oldcontext = MemoryContextSwitchTo(econtext->ecxt_per_tuple_memory);
	ddb_modify_show(map, columns, item, slot);
	econtext->ecxt_scantuple = slot;
	result = ExecQual(qual, econtext);
	ExecClearTuple(slot);
	MemoryContextSwitchTo(oldcontext);
	return result;
}

/* Are the clauses that are the write's condition true of an item? */
bool
ddb_modify_is_wanted(DdbModify *modify, const DdbValue *item)
{
	EState	   *estate = modify->mtstate->ps.state;
	MemoryContext oldcontext;
	Relation	rel;

	if (modify->where_qual != NULL && modify->row == NULL)
	{
		rel = table_open(modify->map->relid, NoLock);
		/* the executor lets go of it at the statement's end */
		oldcontext = MemoryContextSwitchTo(estate->es_query_cxt);
		modify->row = ExecInitExtraTupleSlot(estate, RelationGetDescr(rel),
											 &TTSOpsVirtual);
		MemoryContextSwitchTo(oldcontext);
		table_close(rel, NoLock);
	}
	return ddb_modify_is_true(modify->where_qual, modify->econtext,
							  modify->map, modify->where_columns, item,
							  modify->row);
}

/*
 * Evaluates the sub-selects of expressions that the executor would come to
 * only once something has been written, which they aren't to see.
 */
void
ddb_modify_evaluate_subselects(const List *exprs, ExprContext *econtext)
{
	Bitmapset  *params;

	if (exprs == NIL)
		return;
	params = ddb_plan_list_params(exprs);
	ExecSetParamPlanMulti(params, econtext);
	bms_free(params);
}

/*
 * Makes a slot show an item as it stands in DynamoDB.
 */
void
ddb_modify_fill_slot(const DdbModify *modify, TupleTableSlot *slot,
					 const DdbValue *item)
{
	Oid			tableoid = slot->tts_tableOid;

	ExecClearTuple(slot);
	ddb_row_from_item(modify->map, item, slot->tts_values, slot->tts_isnull);
	ExecStoreVirtualTuple(slot);
	slot->tts_tableOid = tableoid;
}

/* What writes have cost so far. */
void
ddb_modify_explain_usage(const DdbUsage *usage, ExplainState *es)
{
	ExplainPropertyInteger("Requests", NULL, usage->requests, es);
	ExplainPropertyFloat("Consumed Write Units", NULL, usage->units, 1, es);
	ddb_explain_retries(usage, es);
}

/* A written table's map, whose schema is NULL if that takes asking. */
DdbTableMap *
ddb_modify_peek_map(ResultRelInfo *relinfo, EState *estate)
{
	DdbTableMap *map =
		ddb_relation_get_map(RelationGetRelid(relinfo->ri_RelationDesc));

	map->schema =
		ddb_relation_peek_schema(map, GetForeignTable(map->relid)->serverid,
								 ddb_compat_modify_user(relinfo, estate));
	return map;
}

/* What an INSERT requires: that there is no item. */
static char *
build_insert_words(const ModifyTable *plan, const DdbTableMap *map)
{
	char	   *words;

	if (plan->onConflictAction != ONCONFLICT_NOTHING &&
		map->options.insert_mode != DDB_INSERT_ONLY)
		return "";
	words = psprintf("attribute_not_exists(%s)",
					 ddb_template_quote(map->schema->primary.partition[0].name));
	return map->ttl_attribute == NULL ? words :
		psprintf("%s OR %s < now", words,
				 ddb_template_quote(map->ttl_attribute));
}

/*
 * What is sent and what it is estimated to cost; of an INSERT as far as the
 * table is known without asking.
 */
static void
explain_work(ModifyTableState *mtstate, ResultRelInfo *relinfo,
			 List *fdw_private, ExplainState *es)
{
	const DdbTableMap *map = ddb_modify_peek_map(relinfo, mtstate->ps.state);
	const char *update =
		ddb_modify_plan_get_string(fdw_private, DDB_MODIFY_UPDATE);
	const char *condition =
		ddb_modify_plan_get_string(fdw_private, DDB_MODIFY_CONDITION);
	DdbWriteWork work = {
		.operation = mtstate->operation,
		.sent_by = ddb_modify_plan_get_string(fdw_private,
											  DDB_MODIFY_OPERATION),
		.updated = ddb_modify_plan_get_list(fdw_private,
											DDB_MODIFY_ASSIGNED),
		.rows = floatVal(list_nth(fdw_private, DDB_MODIFY_ROWS)),
	};

	if (mtstate->operation == CMD_INSERT && map->schema != NULL)
		condition = build_insert_words((ModifyTable *) mtstate->ps.plan, map);
	if (es->verbose && update[0] != '\0')
		ExplainPropertyText("Update", update, es);
	if (es->verbose && condition[0] != '\0')
		ExplainPropertyText("Condition", condition, es);
	if (es->costs && map->schema != NULL)
		ddb_write_price_explain(relinfo->ri_RelationDesc, map, &work, es);
}

void
dynamodbExplainForeignModify(ModifyTableState *mtstate,
							 ResultRelInfo *relinfo, List *fdw_private,
							 int subplan_index, ExplainState *es)
{
	DdbModify  *modify = relinfo->ri_FdwState;

	ExplainPropertyText("DynamoDB Operation",
						ddb_modify_plan_get_string(fdw_private,
												   DDB_MODIFY_OPERATION), es);
	ExplainPropertyText("DynamoDB Table",
						ddb_modify_plan_get_string(fdw_private,
												   DDB_MODIFY_TABLE), es);
	explain_work(mtstate, relinfo, fdw_private, es);
	if (es->analyze && modify != NULL)
		ddb_modify_explain_usage(ddb_write_get_usage(modify->writer), es);
}
