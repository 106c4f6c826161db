/*-------------------------------------------------------------------------
 *
 * bench_token.c
 *	  How fast a 1 MB page is read, beside the server's own JSON parser.
 *
 * Both sides take turns, so that whatever else the machine does hits both,
 * and of each the fastest turn counts, in CPU time: noise only ever adds.
 *
 * jsonapi		as jsonb's input function runs it: strings de-escaped, every
 *				name and scalar copied for a callback
 * bare jsonapi	without either: it only says that the page is valid
 * tokens		the tokenizer alone, which also finds every slice
 * copies		the same, with every name and scalar de-escaped and copied
 * open			opening the page: one pass that checks it and hands out nothing
 * page			what a scan of all columns does: opening the page, reading all
 *				attributes of all items, de-escaping their strings
 *
 * Prints TAP: tokens must beat jsonapi three times.  The others explain the
 * figures: page, for one, goes through everything twice.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres_fe.h"

#include <time.h>

#include "dynamodb/page.h"
#include "oracle.h"
#include "tap.h"

#define PAGE_SIZE (1024 * 1024)
#define NTURNS 60
#define WANTED_RATIO 3.0

static const char *const names[] = {
	"PK", "SK", "GSI1PK", "GSI1SK", "EntityType", "orderId", "userId",
	"total", "currency", "status", "createdAt", "items", "address", "paid",
	"note", "tags"
};

/* What all the copies go to, and a sum that keeps the compiler honest. */
static char copy[PAGE_SIZE];
static size_t copied;

/* A page of orders, as the service would write it: without white space. */
static void
generate_page(StringInfo buf)
{
	uint64		chance = 1;
	int			i;

	appendStringInfoString(buf, "{\"Count\":1,\"Items\":[");
	for (i = 0; buf->len < PAGE_SIZE; i++)
	{
		int			number = tap_below(&chance, 100000);

		appendStringInfo(buf, "%s{\"PK\":{\"S\":\"USER#%d\"},"
						 "\"SK\":{\"S\":\"ORDER#2024-%06d\"},"
						 "\"GSI1PK\":{\"S\":\"ORDER#2024-%06d\"},"
						 "\"GSI1SK\":{\"S\":\"ORDER\"},"
						 "\"EntityType\":{\"S\":\"Order\"},"
						 "\"orderId\":{\"S\":\"2024-%06d\"},"
						 "\"userId\":{\"S\":\"%d\"},",
						 i > 0 ? "," : "", number, i, i, i, number);
		appendStringInfo(buf, "\"total\":{\"N\":\"%d.%02d\"},"
						 "\"currency\":{\"S\":\"EUR\"},"
						 "\"status\":{\"S\":\"pending\"},"
						 "\"createdAt\":{\"S\":\"2024-01-31T10:%02d:%02d.123Z\"},",
						 number / 100, number % 100, i % 60, number % 60);
		appendStringInfo(buf, "\"items\":{\"L\":[{\"M\":{\"sku\":{\"S\":\"SKU-%d\"},"
						 "\"quantity\":{\"N\":\"%d\"}}},{\"M\":{\"sku\":"
						 "{\"S\":\"SKU-%d\"},\"quantity\":{\"N\":\"1\"}}}]},"
						 "\"address\":{\"M\":{\"city\":{\"S\":\"Z\xc3\xbcrich\"},"
						 "\"street\":{\"S\":\"Langstrasse %d\"}}},"
						 "\"paid\":{\"BOOL\":%s},",
						 number, number % 9, number + 1, number % 300,
						 number % 2 ? "true" : "false");
		appendStringInfo(buf, "\"note\":{\"S\":\"Please ring twice,\\nand leave it "
						 "with the \\\"neighbour\\\" in flat %d if nobody "
						 "comes to the door.\"},"
						 "\"tags\":{\"SS\":[\"gift\",\"express\"]}}",
						 number % 50);
	}
	appendStringInfo(buf, "],\"ScannedCount\":%d}", i);
}

static OracleResult
take_name(void *state, char *name, bool isnull)
{
	copied += strlen(name);
	pfree(name);
	ORACLE_RETURN;
}

static OracleResult
take_scalar(void *state, char *token, JsonTokenType type)
{
	copied += strlen(token);
	pfree(token);
	ORACLE_RETURN;
}

static void
run_jsonapi(const char *page, size_t len)
{
	JsonSemAction sem;

	memset(&sem, 0, sizeof(sem));
	sem.object_field_start = take_name;
	sem.scalar = take_scalar;
	if (oracle_parse(page, len, true, &sem) != JSON_SUCCESS)
		exit(1);
}

static void
run_bare_jsonapi(const char *page, size_t len)
{
	if (oracle_parse(page, len, false, NULL) != JSON_SUCCESS)
		exit(1);
}

static void
run_tokens(const char *page, size_t len)
{
	DdbTokenizer tok;
	DdbToken	token;

	ddb_token_init(&tok, page, len);
	while ((token = ddb_token_next(&tok)) > DDB_TOKEN_END)
		copied += tok.len;
	if (token == DDB_TOKEN_ERROR)
		exit(1);
}

static void
run_copies(const char *page, size_t len)
{
	DdbTokenizer tok;
	DdbToken	token;
	size_t		n;

	ddb_token_init(&tok, page, len);
	while ((token = ddb_token_next(&tok)) > DDB_TOKEN_END)
	{
		switch (token)
		{
			case DDB_TOKEN_NAME:
			case DDB_TOKEN_STRING:
				ddb_value_unescape(tok.text, tok.len, copy, &n);
				copied += n;
				break;
			case DDB_TOKEN_NUMBER:
			case DDB_TOKEN_TRUE:
			case DDB_TOKEN_FALSE:
			case DDB_TOKEN_NULL:
				memcpy(copy, tok.text, tok.len);
				copied += tok.len;
				break;
			default:
				break;
		}
	}
	if (token == DDB_TOKEN_ERROR)
		exit(1);
}

static void
run_open(const char *body, size_t len)
{
	DdbPage		page;
	DdbError	err;

	if (!ddb_page_open(&page, body, len, &err))
		exit(1);
	copied += page.items_len;
}

static void
run_page(const char *body, size_t len)
{
	static DdbWanted *wanted = NULL;
	DdbValue	values[lengthof(names)];
	DdbPage		page;
	DdbError	err;
	size_t		n;
	int			i;

	if (wanted == NULL)
		wanted = ddb_page_wanted_create(lengthof(names), names);
	if (!ddb_page_open(&page, body, len, &err))
		exit(1);
	while (ddb_page_next(&page, wanted, values, &err))
	{
		for (i = 0; i < (int) lengthof(names); i++)
		{
			if (values[i].type == DDB_TYPE_S)
				ddb_value_unescape(values[i].text, values[i].len, copy, &n);
			else
				n = values[i].len;
			copied += n;
		}
	}
	if (ddb_error_is_set(&err))
		exit(1);
}

static double
cpu_milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return now.tv_sec * 1000.0 + now.tv_nsec / 1000000.0;
}

static const struct
{
	const char *name;
	void		(*run) (const char *page, size_t len);
	bool		must;			/* beat the first one */
}			contestants[] =
{
	{"jsonapi", run_jsonapi, false},
	{"bare jsonapi", run_bare_jsonapi, false},
	{"tokens", run_tokens, true},
	{"copies", run_copies, false},
	{"open", run_open, false},
	{"page", run_page, false},
};

int
main(void)
{
	StringInfoData page;
	double		best[lengthof(contestants)] = {0};
	int			turn;
	int			i;

	initStringInfo(&page);
	generate_page(&page);
	printf("# a page of %d bytes, CPU time of the fastest of %d turns\n",
		   page.len, NTURNS);

	for (turn = 0; turn < NTURNS; turn++)
	{
		for (i = 0; i < (int) lengthof(contestants); i++)
		{
			double		start = cpu_milliseconds();
			double		time;

			contestants[i].run(page.data, page.len);
			time = cpu_milliseconds() - start;
			if (turn == 0 || time < best[i])
				best[i] = time;
		}
	}

	for (i = 0; i < (int) lengthof(contestants); i++)
	{
		double		ratio = best[0] / best[i];

		if (contestants[i].must)
			tap_ok(ratio >= WANTED_RATIO,
				   psprintf("%s beats jsonapi %.0f times",
							contestants[i].name, WANTED_RATIO));
		printf("# %-12s %6.2f ms  jsonapi takes %4.1f times as long\n",
			   contestants[i].name, best[i], ratio);
	}
	return copied == 0 ? 1 : tap_done();
}
