/*-------------------------------------------------------------------------
 *
 * stats.c
 *	  What this session has asked of DynamoDB, by server, table and
 *	  operation.
 *
 * The client counts here whatever it sends.  Few sessions know more than a
 * handful of tables, so this is a list, and what was used last comes first.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "dynamodb/stats.h"
#include "utils/memutils.h"

static DdbStats *first = NULL;

/* Operations that consume write units. */
static const char *const write_operations[] = {
	"BatchWriteItem",
	"DeleteItem",
	"PutItem",
	"TransactWriteItems",
	"UpdateItem",
};

static bool
does_write(const char *operation)
{
	for (size_t i = 0; i < lengthof(write_operations); i++)
		if (strcmp(operation, write_operations[i]) == 0)
			return true;
	return false;
}

static bool
is_same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/*
 * The counters of an operation; table_name is NULL where it isn't about one
 * table.  Good for the rest of the session.
 */
DdbStats *
ddb_stats_get(const char *server_name, const char *table_name,
			  const char *operation)
{
	DdbStats  **link = &first;
	DdbStats   *stats;
	MemoryContext oldcontext;

	while (*link != NULL &&
		   !(strcmp((*link)->operation, operation) == 0 &&
			 is_same((*link)->table_name, table_name) &&
			 strcmp((*link)->server_name, server_name) == 0))
		link = &(*link)->next;
	stats = *link;
	if (stats != NULL)
		*link = stats->next;
	else
	{
		oldcontext = MemoryContextSwitchTo(TopMemoryContext);
		stats = palloc0_object(DdbStats);
		stats->server_name = pstrdup(server_name);
		stats->table_name = table_name ? pstrdup(table_name) : NULL;
		stats->operation = pstrdup(operation);
		stats->writes = does_write(operation);
		MemoryContextSwitchTo(oldcontext);
	}
	stats->next = first;
	first = stats;
	return stats;
}

/* Counts units, of the kind that the operation consumes. */
void
ddb_stats_add_units(DdbStats *stats, double units)
{
	if (stats->writes)
		stats->total.write_units += units;
	else
		stats->total.read_units += units;
}

/* The first of all counters, what was used last; NULL if there are none. */
DdbStats *
ddb_stats_first(void)
{
	return first;
}
