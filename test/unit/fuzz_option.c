/*-------------------------------------------------------------------------
 *
 * fuzz_option.c
 *	  libFuzzer over everything that reads the values of options.
 *
 * An input is taken as the value of each option that has a syntax.  Besides
 * what the sanitizers see, these must hold:
 *
 *	- an endpoint or a region that can be used is one that CREATE and ALTER
 *	  let in
 *	- an endpoint that is accepted is signed, sent to and trusted as one and
 *	  the same host: nothing but a host and a port is in its URL, and without
 *	  TLS it is this machine
 *	- a list's elements are names, and a path is the same after it has been
 *	  written and read again
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "aws/endpoint.h"
#include "backend.h"
#include "base/option.h"
#include "base/option_check.h"
#include "dynamodb/schema.h"
#include "fuzz.h"
#include "mapping/document_path.h"
#include "mb/pg_wchar.h"

#define LABEL "abcdefghijklmnopqrstuvwxyz0123456789-"
#define NAME LABEL "ABCDEFGHIJKLMNOPQRSTUVWXYZ_."

static bool
consists_of(const char *text, const char *characters)
{
	return text[0] != '\0' && text[strspn(text, characters)] == '\0';
}

/*
 * Where to send
 */

typedef struct EndpointCall
{
	DdbServerOptions options;
	DdbEndpoint *endpoint;
} EndpointCall;

static void
create_endpoint(void *arg)
{
	EndpointCall *call = arg;

	call->endpoint = ddb_endpoint_create("s", &call->options);
}

static bool
is_this_machine(const char *host)
{
	return strncmp(host, "localhost", 9) == 0 ||
		strncmp(host, "127.", 4) == 0 || strncmp(host, "[", 1) == 0;
}

static void
check_endpoint(const char *text)
{
	EndpointCall call = {.options = {.endpoint = unconstify(char *, text),
	.region = "eu-west-1"}};
	const char *message;
	const char *host;

	call.options.allow_http = true;
	if (!backend_try(create_endpoint, &call, &message))
	{
		must(message[0] != '\0');
		return;
	}
	must(ddb_option_check_endpoint(text) == NULL);
	host = call.endpoint->host;
	must(consists_of(host, LABEL "_.:[]"));
	must(strcmp(call.endpoint->url,
				psprintf("http://%s/", host)) == 0 ||
		 strcmp(call.endpoint->url,
				psprintf("https://%s/", host)) == 0);

	/* whoever isn't to be trusted without TLS isn't */
	call.options.allow_http = false;
	if (backend_try(create_endpoint, &call, &message))
		must(call.endpoint->url[4] == 's' || is_this_machine(host));

	/* the region, where the host tells it, is as strict as the option */
	call.options.region = NULL;
	if (backend_try(create_endpoint, &call, &message))
		must(ddb_option_check_region(call.endpoint->region) == NULL);
}

static void
check_region(const char *text)
{
	EndpointCall call = {.options = {.region = unconstify(char *, text)}};
	const char *message;

	if (!backend_try(create_endpoint, &call, &message))
		return;
	must(ddb_option_check_region(text) == NULL);
	must(consists_of(call.endpoint->region, LABEL));
	must(consists_of(call.endpoint->host, LABEL ".:"));
	must(strcmp(text, "local") == 0 || call.endpoint->url[4] == 's');
}

/*
 * Keys and indexes
 */

static void
check_lists(const char *text)
{
	bool		all = ddb_option_check_index_list(text) == NULL;
	bool		some = ddb_option_check_index_preferences(text) == NULL;
	List	   *names = ddb_option_split_list(text);
	ListCell   *lc;

	/* a list without "!" and "*" is both or neither */
	if (strpbrk(text, "!*") == NULL)
		must(all == some);
	if (!all && !some)
		return;
	if (strcmp(text, "*") == 0)
	{
		must(all && !some);
		return;
	}
	must(names != NIL);
	foreach(lc, names)
	{
		const char *name = lfirst(lc);

		if (name[0] == '!')
			must(some && !all);
		must(consists_of(name[0] == '!' ? name + 1 : name, NAME));
	}
}

static void
check_indexes(const char *text)
{
	DdbError	err;
	DdbSchema  *schema;

	/* CREATE and ALTER let nothing else in */
	if (ddb_option_check_indexes(text) != NULL)
		return;
	memset(&err, 0, sizeof(err));
	schema = ddb_schema_declare("t", "p", "s", text, &err);
	must((schema == NULL) == ddb_error_is_set(&err));
	if (schema == NULL)
	{
		must(err.message[0] != '\0');
		return;
	}
	must(schema->primary.npartition == 1 && schema->primary.nsort == 1);
	must(ddb_schema_lookup_index(schema, NULL) == &schema->primary);
	for (int i = 0; i < schema->nindexes; i++)
	{
		const DdbIndex *index = &schema->indexes[i];

		must(index->name != NULL && index->npartition > 0);
		must(ddb_schema_lookup_index(schema, index->name) != NULL);
		must(ddb_schema_index_projects(schema, index, "p"));
	}
}

/* DescribeTable's answer, which is read by the same code. */
static void
check_description(const char *text, size_t len)
{
	DdbError	err;
	DdbSchema  *schema;

	memset(&err, 0, sizeof(err));
	schema = ddb_schema_parse(text, len, &err);
	must((schema == NULL) == ddb_error_is_set(&err));
	if (schema == NULL)
		return;
	must(schema->primary.npartition > 0);
	for (int i = 0; i < schema->nindexes; i++)
		must(schema->indexes[i].npartition > 0);
}

/*
 * Paths into documents
 */

static void
append_name(StringInfo buf, const char *name)
{
	appendStringInfoChar(buf, '"');
	for (; *name; name++)
	{
		if (*name == '"')
			appendStringInfoChar(buf, '"');
		appendStringInfoChar(buf, *name);
	}
	appendStringInfoChar(buf, '"');
}

static char *
write_path(const char *attribute, int nsteps, const DdbPathStep *steps)
{
	StringInfoData buf;

	initStringInfo(&buf);
	append_name(&buf, attribute);
	for (int i = 0; i < nsteps; i++)
	{
		if (steps[i].name == NULL)
			appendStringInfo(&buf, "[%d]", steps[i].element);
		else
		{
			must(strlen(steps[i].name) == steps[i].len);
			appendStringInfoChar(&buf, '.');
			append_name(&buf, steps[i].name);
		}
	}
	return buf.data;
}

static void
check_path(const char *text)
{
	char	   *attribute;
	char	   *path;
	int			nsteps;
	DdbPathStep *steps;
	const char *error = NULL;

	if (!ddb_document_path_parse(text, &attribute, &nsteps, &steps, &error))
	{
		must(error != NULL);
		return;
	}
	must(attribute[0] != '\0' && nsteps < 32);
	path = write_path(attribute, nsteps, steps);
	must(ddb_document_path_parse(path, &attribute, &nsteps, &steps, &error));
	must(strcmp(write_path(attribute, nsteps, steps), path) == 0);
}

/*
 * Names and keys
 */

static void
check_names(const char *text)
{
	size_t		len = strlen(text);

	must((ddb_option_check_not_empty(text) == NULL) == (len > 0));
	if (ddb_option_check_printable(text) == NULL)
	{
		must(len > 0);
		for (size_t i = 0; i < len; i++)
			must(text[i] > ' ' && text[i] <= '~');
	}
	if (ddb_option_check_table_name(text) == NULL)
		must(consists_of(text, NAME ":/"));
	if (ddb_option_check_key_attribute(text) == NULL)
		must(ddb_option_check_attribute_name(text) == NULL);
	if (ddb_option_check_file_name(text) == NULL)
		must(text[0] == '/');
}

/*
 * libFuzzer's entry point.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char	   *text = pnstrdup((const char *) data, size);
	size_t		len = strlen(text);

	check_description(text, len);

	/* an option's value is text of the database's encoding */
	if (pg_encoding_verifymbstr(PG_UTF8, text, (int) len) == (int) len)
	{
		check_endpoint(text);
		check_region(text);
		check_lists(text);
		check_indexes(text);
		check_path(text);
		check_names(text);
	}
	backend_reset();
	return 0;
}
