/*-------------------------------------------------------------------------
 *
 * pushdown.c
 *	  Decides what becomes of each clause on the access that was chosen.
 *
 * What a clause can be sent as is for mapping/filter.c to say.  What this
 * access takes of it depends on the operation and the index: GetItem and
 * BatchGetItem have no filter, a Query's filter can't name the key it reads
 * by, and a filter on an index sees nothing but what the index projects.  (A
 * Query refuses to name anything else; a Scan takes it for missing.)
 *
 * A clause that the request says exactly is not evaluated here, unless some
 * value turns out at run time not to be what could be sent, or core checks a
 * row again after a lock: it goes to fdw_recheck_quals, the others to
 * plan.qual.
 *
 * Row-level security and security barriers want their clauses evaluated
 * before others that could leak what they hide.  Remote conditions leak
 * nothing by themselves, but how many items come back can be observed.  So a
 * clause may be sent only if core would promote it to an index condition, or
 * if all that come before it are said exactly by the same request.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fdw/pushdown.h"
#include "mapping/condition.h"
#include "mapping/datum.h"
#include "mapping/template.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/restrictinfo.h"

/* For refuse_atom(). */
typedef struct Target
{
	PlannerInfo *root;
	RelOptInfo *rel;
	const DdbAccess *access;
	bool		varies;			/* values may differ from the last scan's */
} Target;

/* Is a parameter the result of a subquery that runs but once? */
static bool
is_init_param(PlannerInfo *root, int paramid)
{
	ListCell   *lc;

	for (; root != NULL; root = root->parent_root)
		foreach(lc, root->init_plans)
			if (list_member_int(lfirst_node(SubPlan, lc)->setParam, paramid))
				return true;
	return false;
}

/* For an expression_tree_walker. */
static bool
has_outer_param(Node *node, void *context)
{
	Param	   *param = (Param *) node;

	if (node == NULL)
		return false;
	if (IsA(node, Param) && param->paramkind == PARAM_EXEC &&
		!is_init_param(context, param->paramid))
		return true;
	return expression_tree_walker(node, has_outer_param, context);
}

/* May a value be another one when the scan is started again? */
static bool
varies(PlannerInfo *root, RelOptInfo *rel, Node *value)
{
	Relids		relids = pull_varnos(root, value);

	return !bms_is_empty(bms_del_member(relids, rel->relid)) ||
		has_outer_param(value, root);
}

static bool
key_varies(PlannerInfo *root, RelOptInfo *rel, const DdbAccess *access)
{
	ListCell   *lc;

	foreach(lc, access->constraints)
		if (varies(root, rel, (Node *) ((DdbConstraint *) lfirst(lc))->values))
			return true;
	return false;
}

/* Why the access's filter can't have an atom (DdbFilterRefusal). */
static const char *
refuse_atom(const DdbFilter *atom, void *arg)
{
	const Target *target = arg;
	const DdbRelation *relation = target->rel->fdw_private;
	const DdbIndex *index = target->access->index;
	const char *attribute;

	if (!target->varies &&
		varies(target->root, target->rel, (Node *) atom->value))
		return "its value changes from row to row of what it is joined with";
	if (atom->column == NULL)
		return NULL;
	attribute = atom->column->attribute;
	/* keys are scalars: to look below one is an error, of an index's too */
	if (atom->column->nsteps > 0 &&
		ddb_schema_is_key(relation->map->schema, attribute))
		return psprintf("attribute %s is a key, and keys have no members",
						ddb_template_quote(attribute));
	if (target->access->operation == DDB_QUERY &&
		ddb_schema_key_contains(index, attribute))
		return psprintf("attribute %s is in the key that is used, or constrained already",
						ddb_template_quote(attribute));
	if (index->name != NULL &&
		!ddb_schema_index_projects(relation->map->schema, index, attribute))
		return psprintf("index \"%s\" does not project attribute %s",
						index->name, ddb_template_quote(attribute));
	return NULL;
}

/* Is the attribute one of the index's sort key? */
static bool
is_sort_attribute(const DdbIndex *index, const char *attribute)
{
	for (int i = 0; i < index->nsort; i++)
		if (strcmp(index->sort[i].name, attribute) == 0)
			return true;
	return false;
}

/*
 * Does the key say all that a constraint's clause does, if its values can be
 * sent?  Of several sort values the range may be read in which they are.
 */
static bool
says_all(const DdbAccess *access, const DdbConstraint *constraint)
{
	const DdbColumn *column = ddb_template_get_plain(constraint->template);

	return constraint->exact && !access->fetches &&
		column != NULL && ddb_datum_is_total(column) &&
		!(constraint->op == DDB_OP_IN &&
		  is_sort_attribute(access->index, constraint->template->attribute));
}

/* Is the clause among those that the key says, and *exact: all of it? */
static bool
is_in_key(const DdbAccess *access, const RestrictInfo *rinfo, bool *exact)
{
	bool		result = false;
	ListCell   *lc;

	*exact = false;
	foreach(lc, access->constraints)
	{
		DdbConstraint *constraint = lfirst(lc);

		if (constraint->rinfo != rinfo)
			continue;
		result = true;
		*exact |= says_all(access, constraint);
	}
	return result;
}

/* Are all clauses that security puts before this one said exactly? */
static bool
may_be_seen(RelOptInfo *rel, const RestrictInfo *rinfo, const List *local)
{
	ListCell   *lc;

	if (restriction_is_securely_promotable(unconstify(RestrictInfo *, rinfo),
										   rel))
		return true;
	foreach(lc, local)
		if (lfirst_node(RestrictInfo, lc)->security_level <
			rinfo->security_level)
			return false;
	return true;
}

/* A clause that is evaluated here; reason: why nothing of it is sent. */
static void
keep_local(DdbPushdown *pushdown, RestrictInfo *rinfo, const char *reason)
{
	pushdown->local = lappend(pushdown->local, rinfo);
	if (reason == NULL)
		return;
	pushdown->unsent = lappend(pushdown->unsent, rinfo);
	pushdown->reasons = lappend(pushdown->reasons,
								makeString(pstrdup(reason)));
}

/*
 * Does the filter judge every item that comes back, as it is?  Items behind
 * entries may be newer than those, and of several keys that are complete some
 * may be looked up.
 */
static bool
filter_decides(const DdbAccess *access)
{
	return !access->fetches &&
		!(access->operation == DDB_QUERY && access->index->name == NULL &&
		  access->nsort_fixed == access->index->nsort);
}

/* Why the access can't send a clause as filter at all, or NULL. */
static const char *
refuse_clause(RelOptInfo *rel, const DdbAccess *access,
			  const RestrictInfo *rinfo, const DdbPushdown *pushdown)
{
	if (access->operation == DDB_GET_ITEM ||
		access->operation == DDB_BATCH_GET_ITEM)
		return psprintf("%s takes no filter",
						ddb_request_operation_name(access->operation));
	if (!may_be_seen(rel, rinfo, pushdown->local))
		return "a security barrier comes before it";
	return NULL;
}

/* Makes a filter of a clause, as far as that is possible. */
static void
decide(const Target *target, RestrictInfo *rinfo, DdbPushdown *pushdown)
{
	const DdbAccess *access = target->access;
	const DdbRelation *relation = target->rel->fdw_private;
	const char *reason = refuse_clause(target->rel, access, rinfo, pushdown);
	DdbFilter  *filter;
	bool		in_key;
	bool		exact;

	in_key = is_in_key(access, rinfo, &exact);
	if (exact)
	{
		pushdown->exact = lappend(pushdown->exact, rinfo);
		return;
	}
	if (reason == NULL)
	{
		filter = ddb_filter_prune(ddb_filter_read(target->root, target->rel,
												  relation->map,
												  rinfo->clause),
								  refuse_atom, unconstify(Target *, target));
		if (filter->kind != DDB_FILTER_LOCAL)
			pushdown->filters = lappend(pushdown->filters, filter);
		if (filter->exact && filter_decides(access))
		{
			pushdown->exact = lappend(pushdown->exact, rinfo);
			return;
		}
		reason = filter->reason;
	}
	keep_local(pushdown, rinfo, in_key ? NULL : reason);
}

/*
 * Decides on clauses (RestrictInfos, those that security wants first at the
 * head of the list, as core sorts them for a plan), palloc'd in the current
 * context.  batched: a look-ahead asks for several rows of a join at once.
 */
DdbPushdown *
ddb_pushdown_decide(PlannerInfo *root, RelOptInfo *rel,
					const DdbAccess *access, bool batched, List *clauses)
{
	const DdbTableMap *map = ((DdbRelation *) rel->fdw_private)->map;
	Target		target = {.root = root,.rel = rel,.access = access};
	DdbPushdown *pushdown = palloc0_object(DdbPushdown);
	ListCell   *lc;

	/*
	 * To repeat a request costs more than to try again the items at hand; and
	 * the requests of a batch are for several rows of the other side.
	 */
	target.varies = !batched && key_varies(root, rel, access);
	foreach(lc, clauses)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, lc);

		if (rinfo->pseudoconstant)
			continue;
		if (!access->fetches &&
			ddb_access_is_implied(rel, map, access->index,
								  (Node *) rinfo->clause))
			pushdown->exact = lappend(pushdown->exact, rinfo);
		else
			decide(&target, rinfo, pushdown);
	}
	return pushdown;
}
