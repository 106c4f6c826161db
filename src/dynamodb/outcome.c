/*-------------------------------------------------------------------------
 *
 * outcome.c
 *	  What the answer to a write says: values that were asked for, batches
 *	  that weren't finished, and the item or the reasons for which a
 *	  condition or a transaction was refused.
 *
 * Successes and refusals are read alike: their members have different names.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "dynamodb/outcome.h"

static bool
is_name(const DdbTokenizer *tok, const char *name)
{
	return ddb_value_equals_name(tok->text, tok->len, name, strlen(name));
}

/* An item or some attributes, as a map; null is none. */
static bool
read_map(DdbTokenizer *tok, DdbValue *out)
{
	DdbToken	token = ddb_token_next_whole(tok);

	if (token == DDB_TOKEN_NULL)
		return true;
	if (token == DDB_TOKEN_OBJECT &&
		ddb_value_parse_item(tok->text, tok->len, out))
		return true;
	ddb_token_fail(tok, "attributes");
	return false;
}

/* {"Code": "ConditionalCheckFailed", "Item": {...}, ...} */
static bool
read_reason(DdbTokenizer *tok, DdbReason *reason)
{
	DdbToken	token;

	memset(reason, 0, sizeof(*reason));
	while ((token = ddb_token_next(tok)) == DDB_TOKEN_NAME)
	{
		if (is_name(tok, "Code"))
		{
			if (ddb_token_next_whole(tok) == DDB_TOKEN_STRING)
				strlcpy(reason->code, tok->text,
						Min(tok->len + 1, sizeof(reason->code)));
		}
		else if (is_name(tok, "Item"))
		{
			if (!read_map(tok, &reason->item))
				return false;
		}
		else
			ddb_token_next_whole(tok);
	}
	return token == DDB_TOKEN_OBJECT_END;
}

static bool
read_reasons(DdbTokenizer *tok, DdbOutcome *outcome)
{
	DdbToken	token = ddb_token_next(tok);

	if (token == DDB_TOKEN_NULL)
		return true;
	if (token != DDB_TOKEN_ARRAY)
		return false;
	outcome->reasons = palloc(sizeof(DdbReason) * DDB_OUTCOME_MAX_REASONS);
	while ((token = ddb_token_next(tok)) == DDB_TOKEN_OBJECT)
	{
		if (outcome->nreasons == DDB_OUTCOME_MAX_REASONS ||
			!read_reason(tok, &outcome->reasons[outcome->nreasons]))
			return false;
		outcome->nreasons++;
	}
	return token == DDB_TOKEN_ARRAY_END;
}

static bool
read_unprocessed(DdbTokenizer *tok, DdbOutcome *outcome)
{
	DdbTokenizer inner;

	if (ddb_token_next_whole(tok) != DDB_TOKEN_OBJECT)
		return true;
	ddb_token_init(&inner, tok->text, tok->len);
	ddb_token_next(&inner);
	if (ddb_token_next(&inner) != DDB_TOKEN_NAME)
		return true;
	outcome->unprocessed = tok->text;
	outcome->unprocessed_len = tok->len;
	return true;
}

static bool
read_member(DdbTokenizer *tok, DdbOutcome *outcome)
{
	if (is_name(tok, "Attributes"))
		return read_map(tok, &outcome->attributes);
	if (is_name(tok, "Item"))
		return read_map(tok, &outcome->item);
	if (is_name(tok, "UnprocessedItems"))
		return read_unprocessed(tok, outcome);
	if (is_name(tok, "CancellationReasons"))
		return read_reasons(tok, outcome);
	return ddb_token_next_whole(tok) != DDB_TOKEN_ERROR;
}

/*
 * Reads the answer body[0..len), which must stay as long as the outcome.
 * False, and *err says why, if it isn't an answer.
 */
bool
ddb_outcome_read(DdbOutcome *outcome, const char *body, size_t len,
				 DdbError *err)
{
	DdbTokenizer tok;
	DdbPage		page;
	DdbToken	token;

	memset(outcome, 0, sizeof(*outcome));
	if (!ddb_page_open(&page, body, len, err))
		return false;
	outcome->consumed = page.consumed;

	ddb_token_init(&tok, body, len);
	ddb_token_next(&tok);
	while ((token = ddb_token_next(&tok)) == DDB_TOKEN_NAME)
	{
		if (!read_member(&tok, outcome))
			break;
	}
	if (token == DDB_TOKEN_OBJECT_END)
		return true;
	ddb_error_set(err, ERRCODE_FDW_UNABLE_TO_CREATE_REPLY, DDB_RETRY_NEVER,
				  "The answer to a write is not what it should be.");
	return false;
}
