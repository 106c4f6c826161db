/*-------------------------------------------------------------------------
 *
 * upsert.c
 *	  INSERT with insert_mode 'upsert'.
 *
 * The columns that the statement names are set in the item, if there is one,
 * and whatever else that item holds stays.  Nothing is read, so nothing may
 * depend on what stays: neither a generated column nor a constraint, nor a
 * version or a time to live.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "executor/executor.h"
#include "fdw/checks.h"
#include "fdw/upsert.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteHandler.h"
#include "utils/rel.h"

/*
 * Columns that an upsert sets, as pull_varattnos() numbers them: those that
 * the statement names, and what follows from them.
 */
static Bitmapset *
get_named_columns(ResultRelInfo *relinfo, EState *estate)
{
	TupleDesc	tupdesc = RelationGetDescr(relinfo->ri_RelationDesc);
	const TriggerDesc *triggers = relinfo->ri_TrigDesc;
	Bitmapset  *named = bms_copy(ExecGetInsertedCols(relinfo, estate));

	for (int i = 0; i < tupdesc->natts; i++)
	{
		/* a trigger may have set any */
		if (TupleDescAttr(tupdesc, i)->attgenerated != '\0' ||
			(triggers != NULL && triggers->trig_insert_before_row))
			named = bms_add_member(named, i + 1 -
								   FirstLowInvalidHeapAttributeNumber);
	}
	return named;
}

/* "SET #0 = :0, #1 = :1 REMOVE #2", but for the key; NULL if nothing is set. */
static char *
build_upsert_expression(const DdbModify *modify, const DdbRowItem *item,
						const List *removed, DdbExpression *expression)
{
	StringInfoData set;
	StringInfoData remove;
	DdbValueIterator it;
	DdbValue	member;
	const char *name;
	size_t		namelen;
	ListCell   *lc;

	initStringInfo(&set);
	initStringInfo(&remove);
	ddb_value_iterate(&it, &item->value);
	while (ddb_value_next(&it, &member, &name, &namelen))
	{
		DdbPathStep step = ddb_row_make_step(name, namelen);

		if (ddb_row_is_key(modify->map, step.name))
			continue;
		if (set.len > 0)
			appendStringInfoString(&set, ", ");
		ddb_expression_append_name(expression, &set, step.name);
		appendStringInfoString(&set, " = ");
		ddb_expression_append_value(expression, &set, &member);
	}
	foreach(lc, removed)
	{
		if (remove.len > 0)
			appendStringInfoString(&remove, ", ");
		ddb_expression_append_name(expression, &remove, lfirst(lc));
	}
	if (set.len == 0 && remove.len == 0)
		return NULL;
	return ddb_expression_join_update(set.data, remove.data);
}

/* A place in a document can't be set where there may be no document. */
static void
check_path(const DdbModify *modify, const DdbColumn *column)
{
	if (column->nsteps > 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cannot upsert column \"%s\" of foreign table \"%s\"",
						column->name, modify->map->relname),
				 errdetail("It shows a place in a document, and whether the document is there isn't known."),
				 errhint("Name the other columns and UPDATE this one.")));
}

/* An item that may be there can't be gone on with where it has to be known. */
static void
check_options(const DdbTableMap *map)
{
	if (map->options.version_attribute != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cannot upsert into foreign table \"%s\"",
						map->relname),
				 errdetail("It has a version_attribute, and the version of an item that may be there isn't known."),
				 errhint("Use insert_mode insert, and UPDATE.")));
	if (map->ttl_attribute != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cannot upsert into foreign table \"%s\"",
						map->relname),
				 errdetail("It has a ttl_attribute, and whether the time of an item that may be there has passed isn't known."),
				 errhint("Use insert_mode insert or replace, and UPDATE.")));
}

pg_noreturn static void report_unnamed(const char *relname,
									   const char *detail);

static void
report_unnamed(const char *relname, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("cannot upsert into foreign table \"%s\"", relname),
			 errdetail_internal("%s", detail),
			 errhint("Name these columns, too, or use insert_mode insert, and UPDATE.")));
}

/* Are these columns that are named, and others as well? */
static bool
is_mixed(const Bitmapset *used, const Bitmapset *named)
{
	return bms_overlap(used, named) && !bms_is_subset(used, named);
}

/*
 * Of an item that is there, columns that aren't named have values that nobody
 * knows: nothing may rest on these and on what is set.
 */
static void
check_named(ResultRelInfo *relinfo, const Bitmapset *named)
{
	Relation	rel = relinfo->ri_RelationDesc;
	TupleDesc	tupdesc = RelationGetDescr(rel);
	TupleConstr *constr = tupdesc->constr;
	const char *relname = RelationGetRelationName(rel);
	ListCell   *lc;

	for (int i = 0; i < tupdesc->natts; i++)
	{
		Form_pg_attribute attr = TupleDescAttr(tupdesc, i);
		Bitmapset  *used = NULL;

		if (attr->attgenerated != ATTRIBUTE_GENERATED_STORED)
			continue;
		pull_varattnos(build_column_default(rel, i + 1), 1, &used);
		if (!bms_is_subset(used, named))
			report_unnamed(relname,
						   psprintf(_("Column \"%s\" is generated from columns that the statement doesn't name."),
									NameStr(attr->attname)));
	}
	for (int i = 0; constr != NULL && i < constr->num_check; i++)
	{
		if (is_mixed(ddb_checks_pull_columns(rel,
											 stringToNode(constr->check[i].ccbin)),
					 named))
			report_unnamed(relname,
						   psprintf(_("Constraint \"%s\" is about columns that the statement doesn't name."),
									constr->check[i].ccname));
	}
	foreach(lc, relinfo->ri_WithCheckOptions)
	{
		WithCheckOption *option = lfirst(lc);
		Bitmapset  *used = NULL;

		pull_varattnos(option->qual, relinfo->ri_RangeTableIndex, &used);
		if (!bms_is_subset(used, named))
			report_unnamed(relname,
						   _("What is checked of its rows is about columns that the statement doesn't name."));
	}
}

/*
 * The columns that the statement sets, checked once.
 */
static const Bitmapset *
get_checked_columns(DdbModify *modify, ResultRelInfo *relinfo, EState *estate)
{
	MemoryContext oldcontext;

	if (modify->named != NULL)
		return modify->named;
	check_options(modify->map);
	oldcontext = MemoryContextSwitchTo(estate->es_query_cxt);
	modify->named = get_named_columns(relinfo, estate);
	MemoryContextSwitchTo(oldcontext);
	check_named(relinfo, modify->named);
	return modify->named;
}

/*
 * The write of a row in mode 'upsert'.
 */
DdbWrite *
ddb_upsert_build(DdbModify *modify, ResultRelInfo *relinfo, EState *estate,
				 TupleTableSlot *slot)
{
	const DdbTableMap *map = modify->map;
	const Bitmapset *named = get_checked_columns(modify, relinfo, estate);
	DdbWrite   *write = ddb_write_create(modify->writer, DDB_ACTION_UPDATE,
										 DDB_WRITE_ABSOLUTE);
	MemoryContext oldcontext = MemoryContextSwitchTo(write->context);
	bool	   *unnamed = palloc(sizeof(bool) * Max(map->natts, 1));
	List	   *removed = NIL;
	DdbRowItem	item;

	slot_getallattrs(slot);
	for (int i = 0; i < map->natts; i++)
	{
		const DdbColumn *column = map->columns[i];

		unnamed[i] = !bms_is_member(i + 1 - FirstLowInvalidHeapAttributeNumber,
									named);
		if (column != NULL && !unnamed[i])
			check_path(modify, column);
	}
	ddb_row_to_item(map, slot->tts_values, slot->tts_isnull, unnamed, &item);
	for (int i = 0; i < map->natts; i++)
	{
		const DdbColumn *column = map->columns[i];

		if (column != NULL && !column->whole_item && !unnamed[i] &&
			!ddb_row_has_attribute(&item, column->attribute))
			removed = lappend(removed, column->attribute);
	}
	write->action.item = item.key.json;
	write->action.update = build_upsert_expression(modify, &item, removed,
												   &write->action.expression);
	if (ddb_modify_wants_row(relinfo))
		write->action.returns = "ALL_NEW";
	write->item = item.value;
	write->key = item.key;
	MemoryContextSwitchTo(oldcontext);
	return write;
}
