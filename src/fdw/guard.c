/*-------------------------------------------------------------------------
 *
 * guard.c
 *	  The scan guard: what allow_scan and scan_budget let a scan spend.
 *
 * Decided when pages are wanted, never in EXPLAIN or PREPARE.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fdw/guard.h"
#include "fdw/parallel.h"

/* Does the plan or the client bound the rows of this scan? */
static bool
is_bounded(const DdbScanState *scan)
{
	return scan->exact && (scan->limit > 0 || scan->demand > 0);
}

static void
refuse_scan(const DdbScanState *scan)
{
	ereport(ERROR,
			(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
			 errmsg("reading all of DynamoDB table \"%s\" is not allowed",
					scan->map->options.table_name),
			 errdetail("%s", scan->advice),
			 errhint("Restrict a partition key by =, or change allow_scan: of foreign table \"%s\" or its server, or as dynamodb_fdw.allow_scan where neither says otherwise.",
					 scan->map->relname)));
}

static void
refuse_to_go_on(const DdbScanState *scan)
{
	const DdbTableOptions *options = &scan->map->options;
	char	   *estimate = ddb_capacity_words(scan->estimated_units);

	ereport(ERROR,
			(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
			 scan->estimated_units > options->scan_budget ?
			 errmsg("reading all of DynamoDB table \"%s\" would take about %s read units, over its scan_budget of %s",
					options->table_name, estimate,
					ddb_capacity_words(options->scan_budget)) :
			 errmsg("reading all of DynamoDB table \"%s\" would take about %s read units, over the %s that its provisioned capacity yields in five minutes",
					options->table_name, estimate,
					ddb_capacity_words(scan->capacity_units)),
			 errdetail("%s", scan->advice),
			 errhint("Restrict a partition key by =, add a LIMIT, or raise scan_budget or set allow_scan to on: as a variable of this session (dynamodb_fdw.scan_budget, dynamodb_fdw.allow_scan) where no option says otherwise.")));
}

static void
refuse_to_spend(const DdbScanState *scan, double units)
{
	ereport(ERROR,
			(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
			 errmsg("reading DynamoDB table \"%s\" has taken %s read units, its scan_budget is %s",
					scan->map->options.table_name,
					ddb_capacity_words(units),
					ddb_capacity_words(scan->map->options.scan_budget)),
			 errhint("Raise scan_budget or set allow_scan to on: as a variable of this session (dynamodb_fdw.scan_budget, dynamodb_fdw.allow_scan) where no option says otherwise.")));
}

/* allow_scan's word on a Scan that is about to begin for the first time. */
static void
guard_first_request(const DdbScanState *scan)
{
	const DdbTableOptions *options = &scan->map->options;

	if (options->allow_scan == DDB_SCAN_OFF)
		refuse_scan(scan);
	if (options->allow_scan == DDB_SCAN_WARN)
		ereport(WARNING,
				(errmsg("reading all of DynamoDB table \"%s\", about %s read units",
						options->table_name,
						ddb_capacity_words(scan->estimated_units)),
				 errdetail("%s", scan->advice)));
}

/* Is so much more than a provisioned table or index yields in good time? */
static bool
takes_too_long(const DdbScanState *scan)
{
	return scan->capacity_units > 0 &&
		scan->estimated_units > scan->capacity_units;
}

/*
 * Asked before each request (see DdbStreamGuard).  A Scan that is estimated
 * beyond its budget gets its first page, so that a preview works.  The meter
 * runs through all rescans of a node; "off" is no weaker than "auto", so it
 * counts for a Query there too.  It is one meter for all processes of a scan.
 */
bool
ddb_guard_ask(void *arg, bool raise)
{
	DdbScanState *scan = arg;
	const DdbTableOptions *options = &scan->map->options;

	DdbMeter	meter;

	ddb_parallel_read_meter(scan, &meter);
	if (scan->operation == DDB_SCAN && meter.requests == 0 &&
		ddb_parallel_is_first(scan))
		guard_first_request(scan);
	if (options->allow_scan == DDB_SCAN_ON ||
		options->allow_scan == DDB_SCAN_WARN || meter.requests == 0)
		return true;
	if (scan->operation == DDB_SCAN &&
		meter.requests > meter.requests_before && !is_bounded(scan) &&
		(scan->estimated_units > options->scan_budget || takes_too_long(scan)))
	{
		if (raise)
			refuse_to_go_on(scan);
		return false;
	}
	if (meter.units >= options->scan_budget)
	{
		if (raise)
			refuse_to_spend(scan, meter.units);
		return false;
	}
	return true;
}
