/*-------------------------------------------------------------------------
 *
 * calendar.c
 *	  What conditions on the date of a time say of the time.
 *
 * "ts::date = '2024-02-04'" and "date_trunc('day', ts) >= ..." are how people
 * and reporting tools write a range of times.  From each follow bounds of ts
 * itself, wider than need be, as the clause is checked again:
 *
 * - What is rounded down (a date, date_trunc) is at most what it was made
 *   of, and less than one unit below it.  Months count as 31 days, years as
 *   366: a unit is never longer.
 * - Local time goes on as UTC does, but where a zone changes its offset; none
 *   has ever put its clocks back, or forward, by more than 24 hours and some
 *   minutes (a change of the date line's side, off local mean time).  So if the
 *   local time of ts is at or after l, ts is no earlier than l taken as a
 *   time in that zone, less 25 hours; and likewise at the other end.
 *
 * Bounds are computed where the values are, at run time; that could overflow
 * where the clause itself doesn't, so the planner has to know the value, or
 * what it is about now, and that it is of the years 1 to 9999.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "mapping/calendar.h"
#include "mapping/shippable.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

/* How far local time may be from where a steady clock would have it. */
#define SLACK_HOURS		25

/* The units of date_trunc(), and how long they are at most. */
static const struct
{
	const char *name;
	int			days;
	int			seconds;
}			units[] = {
	{"second", 0, 1},
	{"minute", 0, SECS_PER_MINUTE},
	{"hour", 0, SECS_PER_HOUR},
	{"day", 1, 0},
	{"week", 7, 0},
	{"month", 31, 0},
	{"quarter", 92, 0},
	{"year", 366, 0},
};

/* What is known of an expression that is being unwrapped; NULL: nothing. */
typedef struct Bounds
{
	Expr	   *lower;
	Expr	   *upper;
} Bounds;

static Oid
lookup_operator(const char *name, Oid left, Oid right)
{
	return OpernameGetOprid(list_make2(makeString("pg_catalog"),
									   makeString(pstrdup(name))),
							left, right);
}

/* value + or - something; NULL stays NULL */
static Expr *
shift(Expr *value, const char *name, Oid type, Const *by)
{
	Oid			from;
	Expr	   *result;

	if (value == NULL)
		return NULL;
	from = exprType((Node *) value);
	result = make_opclause(lookup_operator(name, from, by->consttype), type,
						   false, value, (Expr *) by, InvalidOid, InvalidOid);
	set_opfuncid((OpExpr *) result);
	return result;
}

static Const *
interval_const(int days, int seconds)
{
	Interval   *interval = palloc0_object(Interval);

	interval->day = days;
	interval->time = seconds * USECS_PER_SEC;
	return makeConst(INTERVALOID, -1, InvalidOid, sizeof(Interval),
					 IntervalPGetDatum(interval), false, false);
}

/* Widens bounds by what clocks may be put back or forward. */
static void
widen(Bounds *bounds, Oid type)
{
	Const	   *slack = interval_const(0, SLACK_HOURS * SECS_PER_HOUR);

	bounds->lower = shift(bounds->lower, "-", type, slack);
	bounds->upper = shift(bounds->upper, "+", type, slack);
}

/* A function of a bound, perhaps with a first argument (a zone). */
static Expr *
call(Oid function, Oid type, Node *first, Expr *bound)
{
	if (bound == NULL)
		return NULL;
	return (Expr *) makeFuncExpr(function, type,
								 first != NULL ? list_make2(first, bound) :
								 list_make1(bound),
								 InvalidOid,
								 first != NULL ? DEFAULT_COLLATION_OID :
								 InvalidOid,
								 first != NULL ? COERCE_EXPLICIT_CALL :
								 COERCE_EXPLICIT_CAST);
}

/* Bounds of a time from those of its date. */
static void
unwrap_date(Bounds *bounds, Oid function, Oid type)
{
	Const	   *one = makeConst(INT4OID, -1, InvalidOid, sizeof(int32),
								Int32GetDatum(1), false, true);

	bounds->upper = shift(bounds->upper, "+", DATEOID, one);
	bounds->lower = call(function, type, NULL, bounds->lower);
	bounds->upper = call(function, type, NULL, bounds->upper);
}

/* Bounds of a time from those of date_trunc() of it; false: what unit? */
static bool
unwrap_trunc(Bounds *bounds, const Const *unit, Oid type)
{
	char	   *name;

	if (!IsA(unit, Const) || unit->constisnull)
		return false;
	name = TextDatumGetCString(unit->constvalue);
	for (size_t i = 0; i < lengthof(units); i++)
		if (pg_strcasecmp(name, units[i].name) == 0)
		{
			bounds->upper = shift(bounds->upper, "+", type,
								  interval_const(units[i].days,
												units[i].seconds));
			return true;
		}
	return false;
}

/* Bounds of a timestamptz from those of its local time in a zone. */
static bool
unwrap_zone(Bounds *bounds, Node *zone)
{
	if (!IsA(zone, Const) || ((Const *) zone)->constisnull)
		return false;
	bounds->lower = call(F_TIMEZONE_TEXT_TIMESTAMP, TIMESTAMPTZOID, zone,
						 bounds->lower);
	bounds->upper = call(F_TIMEZONE_TEXT_TIMESTAMP, TIMESTAMPTZOID, zone,
						 bounds->upper);
	widen(bounds, TIMESTAMPTZOID);
	return true;
}

/* Takes one function off; false if it is none of these. */
static bool
unwrap(Node **expr, Bounds *bounds)
{
	FuncExpr   *func = (FuncExpr *) *expr;
	bool		known = true;

	if (!IsA(func, FuncExpr))
		return false;
	switch (func->funcid)
	{
		case F_DATE_TIMESTAMPTZ:
			unwrap_date(bounds, F_TIMESTAMPTZ_DATE, TIMESTAMPTZOID);
			widen(bounds, TIMESTAMPTZOID);
			break;
		case F_DATE_TIMESTAMP:
			unwrap_date(bounds, F_TIMESTAMP_DATE, TIMESTAMPOID);
			break;
		case F_TIMESTAMP_TIMESTAMPTZ:
			bounds->lower = call(F_TIMESTAMPTZ_TIMESTAMP, TIMESTAMPTZOID,
								 NULL, bounds->lower);
			bounds->upper = call(F_TIMESTAMPTZ_TIMESTAMP, TIMESTAMPTZOID,
								 NULL, bounds->upper);
			widen(bounds, TIMESTAMPTZOID);
			break;
		case F_TIMEZONE_TEXT_TIMESTAMPTZ:
			known = unwrap_zone(bounds, linitial(func->args));
			break;
		case F_DATE_TRUNC_TEXT_TIMESTAMP:
			known = unwrap_trunc(bounds, linitial(func->args), TIMESTAMPOID);
			break;
		case F_DATE_TRUNC_TEXT_TIMESTAMPTZ:
		case F_DATE_TRUNC_TEXT_TIMESTAMPTZ_TEXT:
			known = unwrap_trunc(bounds, linitial(func->args), TIMESTAMPTZOID);
			widen(bounds, TIMESTAMPTZOID);
			break;
		default:
			return false;
	}
	*expr = list_length(func->args) == 1 ? linitial(func->args) :
		lsecond(func->args);
	return known;
}

/* Is a value one that can be reckoned with? */
static bool
is_ordinary(PlannerInfo *root, Expr *value)
{
	const Const *known = (Const *) estimate_expression_value(root,
															 (Node *) value);
	int64		first = date2j(1, 1, 1) - POSTGRES_EPOCH_JDATE;
	int64		last = date2j(9999, 12, 31) - POSTGRES_EPOCH_JDATE;
	int64		at;

	if (!IsA(known, Const) || known->constisnull)
		return false;
	if (known->consttype == DATEOID)
		at = DatumGetDateADT(known->constvalue);
	else
		at = DatumGetTimestamp(known->constvalue) / USECS_PER_DAY;
	return at >= first && at <= last;
}

/* The value in the type of what it is compared with, or NULL. */
static Expr *
convert(Expr *value, Oid type)
{
	Oid			from = exprType((Node *) value);

	if (from == type)
		return value;
	if (from != DATEOID)
		return NULL;
	return call(type == TIMESTAMPOID ? F_TIMESTAMP_DATE : F_TIMESTAMPTZ_DATE,
				type, NULL, value);
}

static List *
add_bound(PlannerInfo *root, List *clauses, Node *expr, const char *name,
		  Expr *bound)
{
	Oid			type = exprType(expr);

	if (bound == NULL)
		return clauses;
	bound = (Expr *) eval_const_expressions(root, (Node *) bound);
	return lappend(clauses,
				   make_opclause(lookup_operator(name, type, type), BOOLOID,
								 false, (Expr *) expr, bound, InvalidOid,
								 InvalidOid));
}

List *
ddb_calendar_bounds(PlannerInfo *root, Node *clause)
{
	OpExpr	   *op = (OpExpr *) clause;
	Node	   *expr;
	Expr	   *value;
	Oid			opno;
	Oid			type;
	DdbOperator comparison;
	Bounds		bounds;
	List	   *clauses;

	if (!IsA(op, OpExpr) || list_length(op->args) != 2)
		return NIL;
	opno = op->opno;
	expr = linitial(op->args);
	value = lsecond(op->args);
	if (!contain_var_clause(expr))
	{
		expr = lsecond(op->args);
		value = linitial(op->args);
		opno = get_commutator(opno);
	}
	type = exprType(expr);
	if (!IsA(expr, FuncExpr) || !OidIsValid(opno) ||
		(type != DATEOID && type != TIMESTAMPOID && type != TIMESTAMPTZOID) ||
		!ddb_shippable_comparison(opno, type, &comparison))
		return NIL;
	value = convert(value, type);
	if (value == NULL || !is_ordinary(root, value))
		return NIL;

	bounds.lower = comparison == DDB_OP_LT || comparison == DDB_OP_LE ?
		NULL : value;
	bounds.upper = comparison == DDB_OP_GT || comparison == DDB_OP_GE ?
		NULL : value;
	while (!IsA(expr, Var))
		if (!unwrap(&expr, &bounds))
			return NIL;
	clauses = add_bound(root, NIL, expr, ">=", bounds.lower);
	return add_bound(root, clauses, expr, "<=", bounds.upper);
}
