/*-------------------------------------------------------------------------
 *
 * guc.c
 *	  The session's defaults: variables under the prefix "dynamodb_fdw".
 *
 * Each variable here is what an option of the same name falls back to, and
 * takes the same words; an option set on a table or server stands over it
 * (option.c).  A variable comes with the feature that reads it, never before,
 * as a setting without effect would mislead.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <float.h>

#include "base/guc.h"
#include "base/option.h"
#include "base/option_check.h"
#include "lib/stringinfo.h"
#include "utils/plancache.h"

int			ddb_guc_allow_scan = DDB_SCAN_AUTO;
double		ddb_guc_scan_budget = DDB_GUC_SCAN_BUDGET;
int			ddb_guc_consistent_read = DDB_CONSISTENT_AUTO;
bool		ddb_guc_enable_batch_join = true;
bool		ddb_guc_enable_parallel_scan = true;
bool		ddb_guc_report = false;
bool		ddb_guc_log_requests = false;
bool		ddb_guc_log_capacity = false;

static char *use_index = NULL;	/* "relation:index, relation:!index" */

/* The spellings of booleans are those of core's mixed enums. */
const struct config_enum_entry ddb_guc_allow_scan_words[] = {
	{"on", DDB_SCAN_ON, false},
	{"off", DDB_SCAN_OFF, false},
	{"warn", DDB_SCAN_WARN, false},
	{"auto", DDB_SCAN_AUTO, false},
	{"true", DDB_SCAN_ON, true},
	{"false", DDB_SCAN_OFF, true},
	{"yes", DDB_SCAN_ON, true},
	{"no", DDB_SCAN_OFF, true},
	{"1", DDB_SCAN_ON, true},
	{"0", DDB_SCAN_OFF, true},
	{NULL, 0, false}
};

const struct config_enum_entry ddb_guc_consistent_read_words[] = {
	{"on", DDB_CONSISTENT_ON, false},
	{"off", DDB_CONSISTENT_OFF, false},
	{"auto", DDB_CONSISTENT_AUTO, false},
	{"true", DDB_CONSISTENT_ON, true},
	{"false", DDB_CONSISTENT_OFF, true},
	{"yes", DDB_CONSISTENT_ON, true},
	{"no", DDB_CONSISTENT_OFF, true},
	{"1", DDB_CONSISTENT_ON, true},
	{"0", DDB_CONSISTENT_OFF, true},
	{NULL, 0, false}
};

/*
 * A plan is made for these values: which indexes may be read, what a Scan is
 * allowed to cost.  So plans that are kept are made again.
 */
static void
assign_words(int newval, void *extra)
{
	ResetPlanCache();
}

static void
assign_number(double newval, void *extra)
{
	ResetPlanCache();
}

static void
assign_string(const char *newval, void *extra)
{
	ResetPlanCache();
}

/* A choice's index, behind its last colon; NULL if it has none. */
static const char *
chosen_index(const char *choice)
{
	const char *colon = strrchr(choice, ':');

	return colon != NULL && colon > choice ? colon + 1 : NULL;
}

static bool
check_use_index(char **newval, void **extra, GucSource source)
{
	List	   *choices = ddb_option_split_list(*newval);
	ListCell   *lc;

	if (choices == NIL && (*newval)[0] != '\0')
	{
		GUC_check_errdetail("The value must be a comma-separated list.");
		return false;
	}
	foreach(lc, choices)
	{
		const char *index = chosen_index(lfirst(lc));

		if (index == NULL || ddb_option_check_index_preferences(index) != NULL)
		{
			GUC_check_errdetail("\"%s\" is not of the form relation:index or relation:!index.",
								(char *) lfirst(lc));
			return false;
		}
	}
	return true;
}

/*
 * What the session's use_index says of a relation, in the form of the option
 * of that name and palloc'd in the current context; NULL if nothing.  The
 * relation may be named with its schema or without.
 */
char *
ddb_guc_get_use_index(const char *schema, const char *relation)
{
	char	   *qualified = psprintf("%s.%s", schema, relation);
	StringInfoData indexes;
	ListCell   *lc;

	initStringInfo(&indexes);
	foreach(lc, ddb_option_split_list(use_index))
	{
		const char *choice = lfirst(lc);
		const char *index = chosen_index(choice);
		char	   *name = pnstrdup(choice, index - 1 - choice);

		if (strcmp(name, relation) == 0 || strcmp(name, qualified) == 0)
			appendStringInfo(&indexes, "%s%s", indexes.len > 0 ? "," : "",
							 index);
	}
	return indexes.len > 0 ? indexes.data : NULL;
}

/* What is said of requests and units, and to whom. */
static void
define_reports(void)
{
	DefineCustomBoolVariable("dynamodb_fdw.report",
							 "Reports each statement's requests and units to the client.",
							 NULL,
							 &ddb_guc_report,
							 false,
							 PGC_USERSET,
							 0,
							 NULL, NULL, NULL);

	DefineCustomBoolVariable("dynamodb_fdw.log_requests",
							 "Logs each request to DynamoDB, without values.",
							 NULL,
							 &ddb_guc_log_requests,
							 false,
							 PGC_SUSET,
							 0,
							 NULL, NULL, NULL);

	DefineCustomBoolVariable("dynamodb_fdw.log_capacity",
							 "Logs each statement's requests and units by table.",
							 NULL,
							 &ddb_guc_log_capacity,
							 false,
							 PGC_SUSET,
							 0,
							 NULL, NULL, NULL);
}

/*
 * Defines all variables and reserves their prefix, so that a misspelt one is
 * an error.  To be called once, from _PG_init.
 */
void
ddb_guc_define(void)
{
	DefineCustomEnumVariable("dynamodb_fdw.allow_scan",
							 "Says whether whole DynamoDB tables may be read.",
							 "The default of the option of the same name.",
							 &ddb_guc_allow_scan,
							 DDB_SCAN_AUTO,
							 ddb_guc_allow_scan_words,
							 PGC_USERSET,
							 0,
							 NULL, assign_words, NULL);

	DefineCustomRealVariable("dynamodb_fdw.scan_budget",
							 "Sets how many read units one foreign scan may consume where allow_scan is \"auto\".",
							 "The default of the option of the same name.",
							 &ddb_guc_scan_budget,
							 DDB_GUC_SCAN_BUDGET,
							 0, DBL_MAX,
							 PGC_USERSET,
							 0,
							 NULL, assign_number, NULL);

	DefineCustomEnumVariable("dynamodb_fdw.consistent_read",
							 "Says whether DynamoDB is asked for strongly consistent reads.",
							 "The default of the option of the same name.",
							 &ddb_guc_consistent_read,
							 DDB_CONSISTENT_AUTO,
							 ddb_guc_consistent_read_words,
							 PGC_USERSET,
							 0,
							 NULL, assign_words, NULL);

	DefineCustomStringVariable("dynamodb_fdw.use_index",
							   "Names indexes to be used, or with \"!\" not to be, in queries on a relation.",
							   "A list of relation:index; it stands over the option of the same name.",
							   &use_index,
							   "",
							   PGC_USERSET,
							   0,
							   check_use_index, assign_string, NULL);

	DefineCustomBoolVariable("dynamodb_fdw.enable_batch_join",
							 "Enables the planner's use of joins by key in batches.",
							 NULL,
							 &ddb_guc_enable_batch_join,
							 true,
							 PGC_USERSET,
							 GUC_EXPLAIN,
							 NULL, NULL, NULL);

	DefineCustomBoolVariable("dynamodb_fdw.enable_parallel_scan",
							 "Enables the planner's use of Scans by several processes.",
							 NULL,
							 &ddb_guc_enable_parallel_scan,
							 true,
							 PGC_USERSET,
							 GUC_EXPLAIN,
							 NULL, NULL, NULL);

	define_reports();

	MarkGUCPrefixReserved("dynamodb_fdw");
}
