/*-------------------------------------------------------------------------
 *
 * option.c
 *	  Every option of server, user mapping, table and column, from their
 *	  descriptor table: validation, hints, resolution.
 *
 * The table (option_table.c) says what an option is; here a list of options
 * is held against it.  Numbers and words are parsed by the same code when they
 * are set and when they are used, so what the validator lets pass can be
 * resolved; the syntax of strings is checked only when they are set.
 *
 * The validator sees one object at a time: what depends on several objects
 * (an http endpoint without allow_http, a key without its secret) or on
 * columns and on the DynamoDB table is checked by whoever uses it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <limits.h>

#include "access/reloptions.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_foreign_table.h"
#include "catalog/pg_user_mapping.h"
#include "commands/defrem.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/varlena.h"

#include "base/guc.h"
#include "base/option.h"
#include "base/option_table.h"

/* A parsed value; the option's type says which member counts. */
typedef struct OptionValue
{
	bool		boolean;
	int			integer;		/* OPTION_ENUM too */
	double		real;
	const char *string;			/* OPTION_WORD too; borrowed */
	bool		is_word;		/* a number that was given as a word */
} OptionValue;

PG_FUNCTION_INFO_V1(dynamodb_fdw_validator);


/*-------------------------------------------------------------------------
 * Finding rows
 *-------------------------------------------------------------------------
 */

static const DdbOption *
lookup_option(const char *name)
{
	for (int i = 0; i < ddb_option_count; i++)
	{
		if (strcmp(ddb_option_table[i].name, name) == 0)
			return &ddb_option_table[i];
	}
	return NULL;
}

/* The row that says what an option is: a synonym's is the other's. */
static const DdbOption *
resolve_synonym(const DdbOption *opt)
{
	return opt->synonym_of ? lookup_option(opt->synonym_of) : opt;
}

/* The kind of object whose options live in a catalog; 0 for a wrapper. */
static int
place_of_catalog(Oid catalog)
{
	switch (catalog)
	{
		case ForeignServerRelationId:
			return ON_SERVER;
		case UserMappingRelationId:
			return ON_MAPPING;
		case ForeignTableRelationId:
			return ON_TABLE;
		case AttributeRelationId:
			return ON_COLUMN;
		default:
			return 0;
	}
}

/* Places in words: "a foreign server or a foreign table". */
static const char *
name_places(int places)
{
	static const char *const names[] = {
		"a foreign server", "a user mapping", "a foreign table", "a column"
	};
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < (int) lengthof(names); i++)
	{
		if (places & (1 << i))
			appendStringInfo(&buf, "%s%s", buf.len > 0 ? " or " : "",
							 names[i]);
	}
	return buf.data;
}

/*
 * The option whose name is nearest to a misspelt one, or NULL if none is
 * near.  Among equals, one that may stand at this place wins.  The limits
 * are those of core's ClosestMatch, which knows nothing of places and which
 * 15 doesn't have.
 */
static const DdbOption *
nearest_option(const char *name, int place)
{
	const DdbOption *best = NULL;
	bool		best_fits = false;
	int			len = strlen(name);
	int			limit = Min(4, len / 2);

	if (len >= NAMEDATALEN)
		return NULL;

	for (int i = 0; i < ddb_option_count; i++)
	{
		const DdbOption *opt = &ddb_option_table[i];
		bool		fits = (resolve_synonym(opt)->places & place) != 0;
		int			distance;

		distance = varstr_levenshtein_less_equal(name, len, opt->name,
												 strlen(opt->name),
												 1, 1, 1, limit, true);
		if (distance > limit ||
			(distance == limit && best != NULL && (best_fits || !fits)))
			continue;
		best = opt;
		best_fits = fits;
		limit = distance;
	}
	return best;
}


/*-------------------------------------------------------------------------
 * Complaints
 *-------------------------------------------------------------------------
 */

/* Raises for a name that is no option's. */
static void
report_unknown(const char *name, int place)
{
	const DdbOption *nearest = nearest_option(name, place);
	StringInfoData buf;

	if (nearest != NULL)
	{
		int			places = resolve_synonym(nearest)->places;

		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
				 errmsg("invalid option \"%s\"", name),
				 (places & place) ?
				 errhint("Perhaps you meant the option \"%s\".",
						 nearest->name) :
				 errhint("Perhaps you meant the option \"%s\", which belongs on %s.",
						 nearest->name, name_places(places))));
	}

	initStringInfo(&buf);
	for (int i = 0; i < ddb_option_count; i++)
	{
		const DdbOption *opt = &ddb_option_table[i];

		if ((opt->places & place) && !(opt->flags & NOT_YET))
			appendStringInfo(&buf, "%s%s", buf.len > 0 ? ", " : "",
							 opt->name);
	}
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
			 errmsg("invalid option \"%s\"", name),
			 buf.len > 0 ?
			 errhint("Valid options in this context are: %s.", buf.data) :
			 errhint("There are no valid options in this context.")));
}

/* Raises for an option that belongs elsewhere. */
static void
report_misplaced(const char *name, const DdbOption *opt)
{
	const char *hint = NULL;

	if (opt->places & ON_MAPPING)
		hint = "Use CREATE USER MAPPING or ALTER USER MAPPING: what a server or table says can be read by every user of the database.";
	else if (opt->places == ON_COLUMN)
		hint = "Write OPTIONS (...) behind the column's type, or use ALTER FOREIGN TABLE ... ALTER COLUMN ... OPTIONS (...).";

	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
			 errmsg("option \"%s\" belongs on %s", name,
					name_places(opt->places)),
			 hint ? errhint("%s", hint) : 0));
}

/* Raises for a bad value; hint is a sentence that says what would do. */
static void
report_bad_value(const DdbOption *opt, const char *name, const char *value,
				 const char *hint)
{
	/* in a URL, what stands before an "@" is a user name and a password */
	if ((opt->flags & SECRET) || strchr(value, '@') != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid value for option \"%s\"", name),
				 errhint("%s", hint)));
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid value for option \"%s\": \"%s\"", name, value),
			 errhint("%s", hint)));
}

/* The sentence that says what a number or a word may be. */
static const char *
describe_values(const DdbOption *opt)
{
	StringInfoData buf;
	bool		number = (opt->type == OPTION_INT || opt->type == OPTION_REAL);

	initStringInfo(&buf);
	if (opt->type == OPTION_BOOL)
		appendStringInfoString(&buf, "Available values: true, false.");
	else if (!number)
		appendStringInfoString(&buf, "Available values: ");
	else
	{
		appendStringInfo(&buf, "The value must be %s ",
						 opt->type == OPTION_INT ? "an integer" : "a number");
		if (opt->max >= INT_MAX)
			appendStringInfo(&buf, "of at least %g", opt->min);
		else
			appendStringInfo(&buf, "from %g to %g", opt->min, opt->max);
		appendStringInfoString(&buf, opt->words ? ", or " : ".");
	}

	for (int i = 0; opt->words && opt->words[i].name; i++)
	{
		bool		last = (opt->words[i + 1].name == NULL ||
							opt->words[i + 1].hidden);

		if (opt->words[i].hidden)
			continue;
		appendStringInfo(&buf, number ? "\"%s\"%s" : "%s%s",
						 opt->words[i].name,
						 last ? "." : number ? " or " : ", ");
	}
	return buf.data;
}


/*-------------------------------------------------------------------------
 * Values
 *-------------------------------------------------------------------------
 */

/*
 * Parses a value as its option's type wants it, or raises.  name is the
 * option's as the user spelt it.  A string is taken as it is.
 */
static void
parse_value(const DdbOption *opt, const char *name, const char *value,
			OptionValue *out)
{
	bool		valid = false;

	memset(out, 0, sizeof(*out));
	for (int i = 0; opt->words && opt->words[i].name; i++)
	{
		if (pg_strcasecmp(value, opt->words[i].name) != 0)
			continue;
		out->integer = opt->words[i].val;
		out->real = opt->words[i].val;
		out->string = opt->words[i].name;
		out->is_word = true;
		return;
	}

	switch (opt->type)
	{
		case OPTION_STRING:
			out->string = value;
			valid = true;
			break;
		case OPTION_BOOL:
			valid = parse_bool(value, &out->boolean);
			break;
		case OPTION_INT:
			valid = parse_int(value, &out->integer, 0, NULL) &&
				out->integer >= opt->min && out->integer <= opt->max;
			break;
		case OPTION_REAL:
			/* written so that NaN fails */
			valid = parse_real(value, &out->real, 0, NULL) &&
				out->real >= opt->min && out->real <= opt->max;
			break;
		case OPTION_ENUM:
		case OPTION_WORD:
			break;
	}

	if (!valid)
		report_bad_value(opt, name, value, describe_values(opt));
}

/* Writes a parsed value into the field of a target struct. */
static void
store_value(const DdbOption *opt, const OptionValue *value, void *field)
{
	switch (opt->type)
	{
		case OPTION_STRING:
		case OPTION_WORD:
			/* the structs' strings are read only by convention */
			*(char **) field = unconstify(char *, value->string);
			break;
		case OPTION_BOOL:
			*(bool *) field = value->boolean;
			break;
		case OPTION_INT:
		case OPTION_ENUM:
			*(int *) field = value->integer;
			break;
		case OPTION_REAL:
			*(double *) field = value->real;
			break;
	}
}

/*
 * Raises if a valid value asks for a feature that doesn't exist yet.  What
 * can't mislead is let through: the default, and for numbers the words,
 * which say that no number in particular is wanted.
 */
static void
check_supported(const DdbOption *opt, const char *name, const char *text,
				const OptionValue *value)
{
	OptionValue def;

	if (!(opt->flags & NOT_YET))
		return;
	if (opt->default_value == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("option \"%s\" is not yet supported", name)));

	parse_value(opt, name, opt->default_value, &def);
	switch (opt->type)
	{
		case OPTION_BOOL:
			if (value->boolean == def.boolean)
				return;
			break;
		case OPTION_ENUM:
			if (value->integer == def.integer)
				return;
			break;
		default:
			if (value->is_word)
				return;
			break;
	}
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("value \"%s\" of option \"%s\" is not yet supported",
					text, name),
			 errhint("Leave the option out, or set it to \"%s\".",
					 opt->default_value)));
}


/*-------------------------------------------------------------------------
 * The validator
 *-------------------------------------------------------------------------
 */

/* How a list spells an option, be it by a synonym; NULL if it does not. */
static const char *
spelling_in(List *defs, const char *name)
{
	ListCell   *lc;

	foreach(lc, defs)
	{
		const char *spelling = ((DefElem *) lfirst(lc))->defname;

		if (strcmp(resolve_synonym(lookup_option(spelling))->name, name) == 0)
			return spelling;
	}
	return NULL;
}

/*
 * Raises if a list of known options says one thing twice, or two things that
 * exclude each other.
 */
static void
check_conflicts(List *defs)
{
	ListCell   *lc;

	foreach(lc, defs)
	{
		const char *name = ((DefElem *) lfirst(lc))->defname;
		const DdbOption *opt = resolve_synonym(lookup_option(name));
		const char *other = spelling_in(defs, opt->name);

		/* one name can't be there twice, core sees to that */
		if (strcmp(other, name) != 0)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
					 errmsg("options \"%s\" and \"%s\" are two spellings of one option",
							other, name),
					 errhint("Keep \"%s\".", opt->name)));

		other = opt->excludes ? spelling_in(defs, opt->excludes) : NULL;
		if (other != NULL)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
					 errmsg("options \"%s\" and \"%s\" exclude each other",
							other, name),
					 errhint("Keep one of them.")));
	}
}

/*
 * Validates the options of one object: SQL function
 * dynamodb_fdw_validator(text[], oid), called by CREATE and ALTER with the
 * whole list as it would become.  Raises for an unknown or misplaced option,
 * a bad value, a feature that doesn't exist yet, a lack of privilege, a
 * contradiction.  An object's creator is the current user, hence superuser().
 */
Datum
dynamodb_fdw_validator(PG_FUNCTION_ARGS)
{
	List	   *defs = untransformRelOptions(PG_GETARG_DATUM(0));
	int			place = place_of_catalog(PG_GETARG_OID(1));
	ListCell   *lc;

	foreach(lc, defs)
	{
		DefElem    *def = lfirst(lc);
		const DdbOption *opt = lookup_option(def->defname);
		const char *text;
		const char *hint;
		OptionValue value;

		if (opt == NULL)
			report_unknown(def->defname, place);
		opt = resolve_synonym(opt);
		if (!(opt->places & place))
			report_misplaced(def->defname, opt);
		if ((opt->flags & SUPERUSER_ONLY) && !superuser())
			ereport(ERROR,
					(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					 errmsg("permission denied to set option \"%s\"",
							def->defname),
					 errhint("Only a superuser may create or change an object that has this option.")));

		text = defGetString(def);
		parse_value(opt, def->defname, text, &value);
		hint = opt->check ? opt->check(text) : NULL;
		if (hint != NULL)
			report_bad_value(opt, def->defname, text, hint);
		check_supported(opt, def->defname, text, &value);
	}
	check_conflicts(defs);

	PG_RETURN_VOID();
}


/*-------------------------------------------------------------------------
 * Resolution
 *-------------------------------------------------------------------------
 */

/* The field of the target struct that receives an option, or NULL. */
static void *
field_of(const DdbOption *opt, DdbOptionTarget target, void *out)
{
	size_t		field = opt->field[target];

	return field ? (char *) out + field - 1 : NULL;
}

/* Sets what holds without any option. */
static void
store_defaults(DdbOptionTarget target, void *out)
{
	for (int i = 0; i < ddb_option_count; i++)
	{
		const DdbOption *opt = &ddb_option_table[i];
		void	   *field = field_of(opt, target, out);
		OptionValue value;

		if (field == NULL)
			continue;
		memset(&value, 0, sizeof(value));
		if (opt->guc && opt->type == OPTION_REAL)
			value.real = *(const double *) opt->guc;
		else if (opt->guc)
			value.integer = *(const int *) opt->guc;
		else if (opt->default_value)
			parse_value(opt, opt->name, opt->default_value, &value);
		store_value(opt, &value, field);
	}
}

/*
 * Lays the options of one object over what is there.  A name without a row
 * is passed over: a newer library may have stored it.
 */
static void
store_options(List *defs, DdbOptionTarget target, void *out)
{
	ListCell   *lc;

	foreach(lc, defs)
	{
		DefElem    *def = lfirst(lc);
		const DdbOption *opt = lookup_option(def->defname);
		OptionValue value;
		void	   *field;

		if (opt == NULL)
			continue;
		opt = resolve_synonym(opt);
		field = field_of(opt, target, out);
		if (field == NULL)
			continue;
		parse_value(opt, def->defname, defGetString(def), &value);
		store_value(opt, &value, field);
	}
}

/*
 * Resolves a server's own options into *out.  Its strings are borrowed from
 * the server's list.  Raises only where the catalog holds a value that this
 * library doesn't know.
 */
void
ddb_option_get_server(const ForeignServer *server, DdbServerOptions *out)
{
	store_defaults(FOR_SERVER, out);
	store_options(server->options, FOR_SERVER, out);
}

/*
 * Resolves a user mapping's options into *out.  Its strings, secrets among
 * them, are borrowed from the mapping's list; raises as above, without their
 * values.
 */
void
ddb_option_get_mapping(const UserMapping *mapping, DdbMappingOptions *out)
{
	store_defaults(FOR_MAPPING, out);
	store_options(mapping->options, FOR_MAPPING, out);
}

/*
 * Resolves a foreign table's options into *out: defaults or the session's
 * variables, then the server's, then the table's.  Strings are palloc'd in
 * the current context.  Raises as above, and if there is no such table.
 */
void
ddb_option_get_table(Oid foreigntableid, DdbTableOptions *out)
{
	ForeignTable *table = GetForeignTable(foreigntableid);
	ForeignServer *server = GetForeignServer(table->serverid);
	char	   *use_index;

	store_defaults(FOR_TABLE, out);
	store_options(server->options, FOR_TABLE, out);
	store_options(table->options, FOR_TABLE, out);
	if (out->table_name == NULL)
		out->table_name = get_rel_name(foreigntableid);
	if (out->table_name == NULL)
		elog(ERROR, "cache lookup failed for relation %u", foreigntableid);
	use_index =
		ddb_guc_get_use_index(get_namespace_name(get_rel_namespace(foreigntableid)),
							  get_rel_name(foreigntableid));
	if (use_index != NULL)
		out->use_index = use_index;
}

/*
 * Resolves a column's options into *out; what it doesn't say itself comes
 * from its table's, already resolved.  Strings are palloc'd in the current
 * context.  Raises as above.
 */
void
ddb_option_get_column(Oid foreigntableid, AttrNumber attnum,
					  const DdbTableOptions *table, DdbColumnOptions *out)
{
	store_defaults(FOR_COLUMN, out);
	out->on_type_mismatch = table->on_type_mismatch;
	out->null_as = table->null_as;
	store_options(GetForeignColumnOptions(foreigntableid, attnum),
				  FOR_COLUMN, out);
}
