/*-------------------------------------------------------------------------
 *
 * error.c
 *	  What went wrong on the way to DynamoDB and back, as data; the table
 *	  from the service's errors to SQLSTATEs; the door to ereport.
 *
 * An error is known by the service's exception name alone.  The wording of
 * messages, and which of several errors is reported, differs between regions
 * on the same day, so nothing is ever concluded from a message.
 *
 * What is shown.  The service's message goes into the error's detail, since
 * it is the part that says what to do, but not as it came:
 *	- Only its first line.  Behind it, signature errors print the canonical
 *	  request with the session token in it.
 *	- Nothing of it where it repeats parts of an Authorization header.
 *	- Where a validation error echoes the value it complains about, the value
 *	  is left out.  It came from the statement or, in a write, from a row, and
 *	  has no business in a log.
 *	- No control characters, and nothing that isn't valid in the database's
 *	  encoding.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FRONTEND
#include "postgres.h"
#else
#include "postgres_fe.h"
#endif

#include "base/error.h"

#ifndef FRONTEND
#include "base/json.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#endif

/*
 * Makes it "no error".
 */
void
ddb_error_clear(DdbError *err)
{
	memset(err, 0, sizeof(*err));
}

/*
 * Fills an error that isn't the service's: its SQLSTATE, what may be done
 * about it, and a full sentence for the detail.  Replaces what *err held.
 * Allocates nothing and never raises.
 */
void
ddb_error_set(DdbError *err, int sqlerrcode, DdbRetryClass retry,
			  const char *fmt,...)
{
	va_list		args;

	ddb_error_clear(err);
	err->sqlerrcode = sqlerrcode;
	err->retry = retry;
	va_start(args, fmt);
	vsnprintf(err->message, sizeof(err->message), fmt, args);
	va_end(args);

#ifndef FRONTEND
	/* what was too long may have been cut within a character */
	err->message[pg_mbcliplen(err->message, strlen(err->message),
							  sizeof(err->message) - 1)] = '\0';
#endif
}

#ifndef FRONTEND

typedef struct ServiceError
{
	const char *name;
	int			sqlerrcode;
	DdbRetryClass retry;
	const char *hint;			/* NULL: none */
} ServiceError;

#define HINT_THROTTLED \
	"Try later, raise the capacity of the table or index, or lower \"concurrency\"."
#define HINT_CLIENT \
	"Check aws_access_key_id and aws_session_token in the user mapping, and that the key is active."
#define HINT_EXPIRED \
	"Put new temporary keys into the user mapping with ALTER USER MAPPING."
#define HINT_SIGNATURE \
	"Check aws_secret_access_key in the user mapping, the server's region, and this machine's clock."

/*
 * A row per exception, by its name in the API reference.  What
 * ConditionalCheckFailed and TransactionCanceled mean is what their sender
 * meant by the condition, so writers judge them by name; here is only what
 * holds for anybody.
 */
static const ServiceError service_errors[] = {
	/* the service asks for patience */
	{"ProvisionedThroughputExceededException",
	ERRCODE_CONFIGURATION_LIMIT_EXCEEDED, DDB_RETRY_THROTTLE, HINT_THROTTLED},
	{"ThrottlingException",
	ERRCODE_CONFIGURATION_LIMIT_EXCEEDED, DDB_RETRY_THROTTLE, HINT_THROTTLED},
	{"RequestLimitExceeded",
	ERRCODE_CONFIGURATION_LIMIT_EXCEEDED, DDB_RETRY_THROTTLE, HINT_THROTTLED},
	{"LimitExceededException",
	ERRCODE_CONFIGURATION_LIMIT_EXCEEDED, DDB_RETRY_THROTTLE, NULL},

	/* somebody else is at work on the same item */
	{"TransactionInProgressException",
	ERRCODE_T_R_SERIALIZATION_FAILURE, DDB_RETRY_THROTTLE, NULL},
	{"TransactionConflictException",
	ERRCODE_T_R_SERIALIZATION_FAILURE, DDB_RETRY_THROTTLE, NULL},
	{"ReplicatedWriteConflictException",
	ERRCODE_T_R_SERIALIZATION_FAILURE, DDB_RETRY_TRANSIENT, NULL},

	/* the request is refused for what it says */
	{"TransactionCanceledException",
	ERRCODE_FDW_ERROR, DDB_RETRY_NEVER, NULL},
	{"ConditionalCheckFailedException",
	ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION, DDB_RETRY_NEVER, NULL},
	{"DuplicateItemException",
	ERRCODE_UNIQUE_VIOLATION, DDB_RETRY_NEVER, NULL},
	{"IdempotentParameterMismatchException",
	ERRCODE_INVALID_PARAMETER_VALUE, DDB_RETRY_NEVER, NULL},
	{"ItemCollectionSizeLimitExceededException",
	ERRCODE_PROGRAM_LIMIT_EXCEEDED, DDB_RETRY_NEVER, NULL},
	{"RequestEntityTooLargeException",
	ERRCODE_PROGRAM_LIMIT_EXCEEDED, DDB_RETRY_NEVER, NULL},
	{"ValidationException",
	ERRCODE_FDW_ERROR, DDB_RETRY_NEVER, NULL},
	{"SerializationException",
	ERRCODE_FDW_ERROR, DDB_RETRY_NEVER, NULL},

	/* the table */
	{"ResourceNotFoundException",
		ERRCODE_FDW_TABLE_NOT_FOUND, DDB_RETRY_NEVER,
	"Check table_name (letter case counts), the server's region, and whose credentials the user mapping has."},
	{"TableNotFoundException",
	ERRCODE_FDW_TABLE_NOT_FOUND, DDB_RETRY_NEVER, NULL},
	{"ResourceInUseException",
	ERRCODE_OBJECT_IN_USE, DDB_RETRY_NEVER, NULL},
	{"TableInUseException",
	ERRCODE_OBJECT_IN_USE, DDB_RETRY_NEVER, NULL},
	{"TableAlreadyExistsException",
	ERRCODE_DUPLICATE_TABLE, DDB_RETRY_NEVER, NULL},
	{"UnknownOperationException",
		ERRCODE_FEATURE_NOT_SUPPORTED, DDB_RETRY_NEVER,
	"The endpoint doesn't offer this operation; operations are spelt as in DescribeTable."},

	/* the identity */
	{"AccessDeniedException",
		ERRCODE_INSUFFICIENT_PRIVILEGE, DDB_RETRY_NEVER,
	"Allow this action on this resource in an IAM policy of the identity in the user mapping."},
	{"UnrecognizedClientException",
		ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION, DDB_RETRY_CREDENTIALS,
	HINT_CLIENT},
	{"InvalidClientTokenId",
		ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION, DDB_RETRY_CREDENTIALS,
	HINT_CLIENT},
	{"IncompleteSignatureException",
		ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION, DDB_RETRY_CREDENTIALS,
	HINT_CLIENT},
	{"MissingAuthenticationTokenException",
		ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION, DDB_RETRY_CREDENTIALS,
	HINT_CLIENT},
	{"MissingAuthenticationToken",
		ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION, DDB_RETRY_CREDENTIALS,
	HINT_CLIENT},
	{"ExpiredTokenException",
		ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION, DDB_RETRY_CREDENTIALS,
	HINT_EXPIRED},
	{"ExpiredToken",
		ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION, DDB_RETRY_CREDENTIALS,
	HINT_EXPIRED},

	/* the signature, or the clock it was made by */
	{"InvalidSignatureException",
		ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION, DDB_RETRY_CLOCK,
	HINT_SIGNATURE},
	{"SignatureDoesNotMatch",
		ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION, DDB_RETRY_CLOCK,
	HINT_SIGNATURE},
	{"RequestTimeTooSkewed",
		ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION, DDB_RETRY_CLOCK,
	HINT_SIGNATURE},
	{"RequestExpired",
		ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION, DDB_RETRY_CLOCK,
	HINT_SIGNATURE},
	{"RequestInTheFuture",
		ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION, DDB_RETRY_CLOCK,
	HINT_SIGNATURE},
	{"AuthFailure",
		ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION, DDB_RETRY_CLOCK,
	HINT_SIGNATURE},

	/* the service has failed: a write may have happened */
	{"InternalServerError",
	ERRCODE_CONNECTION_FAILURE, DDB_RETRY_TRANSIENT, NULL},
	{"InternalFailure",
	ERRCODE_CONNECTION_FAILURE, DDB_RETRY_TRANSIENT, NULL},
	{"ServiceUnavailable",
	ERRCODE_CONNECTION_FAILURE, DDB_RETRY_TRANSIENT, NULL},
};

static const ServiceError *
lookup_service_error(const char *name)
{
	for (size_t i = 0; i < lengthof(service_errors); i++)
	{
		if (strcmp(service_errors[i].name, name) == 0)
			return &service_errors[i];
	}
	return NULL;
}

/*
 * For an answer whose exception isn't in the table, or that has none: a proxy
 * or load balancer in between, an error that is newer than this code.
 */
static void
classify_by_status(DdbError *err)
{
	if (err->http_status >= 500)
	{
		err->sqlerrcode = ERRCODE_CONNECTION_FAILURE;
		err->retry = DDB_RETRY_TRANSIENT;
	}
	else if (err->http_status == 429)
	{
		err->sqlerrcode = ERRCODE_CONFIGURATION_LIMIT_EXCEEDED;
		err->retry = DDB_RETRY_THROTTLE;
		err->hint = HINT_THROTTLED;
	}
	else if (err->http_status == 413)
		err->sqlerrcode = ERRCODE_PROGRAM_LIMIT_EXCEEDED;
	else
		err->sqlerrcode = ERRCODE_FDW_ERROR;
}

/*
 * Appends text of the service's to the message, made fit to be shown: one
 * line, no control characters, valid in the database's encoding, cut between
 * characters.
 */
static void
append_shown(DdbError *err, const char *text, size_t len)
{
	size_t		used = strlen(err->message);
	size_t		room = sizeof(err->message) - 1 - used;
	char	   *dst = err->message + used;
	bool		ascii;

	if (len > room)
		len = pg_encoding_mbcliplen(PG_UTF8, text,
									(int) Min(len, room + MAX_MULTIBYTE_CHAR_LEN),
									(int) room);

	ascii = GetDatabaseEncoding() != PG_UTF8 ||
		!pg_verify_mbstr(PG_UTF8, text, (int) len, true);
	for (size_t i = 0; i < len && text[i] != '\n'; i++)
	{
		unsigned char c = text[i];

		if (c < ' ' || c == 0x7f)
			c = ' ';
		else if (ascii && IS_HIGHBIT_SET(c))
			c = '?';
		*dst++ = c;
	}
	*dst = '\0';
}

/*
 * The service's message without the values it echoes.  "Value '...' at 'path'
 * failed to satisfy constraint" is how it refuses a request of the wrong form
 * (several may follow one another); numbers that can't be read come behind
 * "numeric value: ".
 */
static void
append_without_values(DdbError *err, const char *message)
{
	static const char echo[] = "Value '";
	static const char failed[] = " failed to satisfy constraint";
	static const char number[] = "numeric value: ";
	const char *p = message;
	const char *start;

	while ((start = strstr(p, echo)) != NULL)
	{
		const char *end = strstr(start, failed);
		const char *at = NULL;

		/* the value may have quotes in it: its end is the last one possible */
		for (const char *q = start; end && (q = strstr(q, "' at '")) != NULL &&
			 q < end; q++)
			at = q;

		append_shown(err, p, start - p);
		append_shown(err, "Value '...'", 11);
		if (at == NULL)
			return;
		p = at + 1;
	}

	start = strstr(p, number);
	if (start == NULL)
		append_shown(err, p, strlen(p));
	else
	{
		append_shown(err, p, start - p + strlen(number));
		append_shown(err, "...", 3);
	}
}

static void
append_service_message(DdbError *err, const char *message)
{
	if (strstr(message, "Credential=") || strstr(message, "Signature="))
		append_shown(err, "(its message repeats the signature)", 35);
	else
		append_without_values(err, message);
}

/*
 * Throttling says by which limit, of which table or index: "ThrottlingReasons"
 * in one exception, "throttlingReasons" in another.
 */
static void
append_throttling_reasons(DdbError *err, const DdbJson *body)
{
	const DdbJson *reasons = ddb_json_get_member(body, "ThrottlingReasons");

	if (reasons == NULL)
		reasons = ddb_json_get_member(body, "throttlingReasons");
	if (reasons == NULL || ddb_json_kind(reasons) != DDB_JSON_ARRAY)
		return;

	for (int i = 0; i < ddb_json_array_length(reasons); i++)
	{
		const DdbJson *element = ddb_json_get_element(reasons, i);
		const char *reason = ddb_json_get_member_string(element, "reason");
		const char *resource = ddb_json_get_member_string(element, "resource");

		append_shown(err, i == 0 ? " (" : ", ", 2);
		if (reason)
			append_shown(err, reason, strlen(reason));
		if (resource)
		{
			append_shown(err, " ", 1);
			append_shown(err, resource, strlen(resource));
		}
	}
	if (ddb_json_array_length(reasons) > 0)
		append_shown(err, ")", 1);
}

/*
 * A cancelled transaction is worth repeating only if nothing but other
 * requests stood in its way.
 */
static void
classify_cancellation(DdbError *err, const DdbJson *body)
{
	const DdbJson *reasons = ddb_json_get_member(body, "CancellationReasons");
	int			n = 0;

	if (reasons == NULL || ddb_json_kind(reasons) != DDB_JSON_ARRAY)
		return;

	for (int i = 0; i < ddb_json_array_length(reasons); i++)
	{
		const char *code =
			ddb_json_get_member_string(ddb_json_get_element(reasons, i),
									   "Code");

		if (code == NULL || strcmp(code, "None") == 0)
			continue;
		if (strcmp(code, "TransactionConflict") != 0 &&
			strcmp(code, "ProvisionedThroughputExceeded") != 0 &&
			strcmp(code, "ThrottlingError") != 0)
			return;
		n++;
	}
	if (n > 0)
	{
		err->sqlerrcode = ERRCODE_T_R_SERIALIZATION_FAILURE;
		err->retry = DDB_RETRY_THROTTLE;
	}
}

/* "com.amazonaws.dynamodb.v20120810#ValidationException" */
static void
take_name(DdbError *err, const char *type)
{
	const char *hash = strrchr(type, '#');
	size_t		len;

	if (hash)
		type = hash + 1;
	len = strspn(type, "abcdefghijklmnopqrstuvwxyz"
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");
	strlcpy(err->name, type, Min(len + 1, sizeof(err->name)));
}

static void
take_body(DdbError *err, const char *body, size_t len)
{
	const DdbJson *json = ddb_json_parse(body, len);
	const ServiceError *known;
	const char *type;
	const char *message;

	if (json == NULL || ddb_json_kind(json) != DDB_JSON_OBJECT)
		return;
	type = ddb_json_get_member_string(json, "__type");
	if (type == NULL)
		return;
	take_name(err, type);

	known = lookup_service_error(err->name);
	if (known)
	{
		err->sqlerrcode = known->sqlerrcode;
		err->retry = known->retry;
		err->hint = known->hint;
	}

	message = ddb_json_get_member_string(json, "message");
	if (message == NULL)
		message = ddb_json_get_member_string(json, "Message");
	if (message)
		append_service_message(err, message);

	if (err->retry == DDB_RETRY_THROTTLE)
		append_throttling_reasons(err, json);
	if (strcmp(err->name, "TransactionCanceledException") == 0)
		classify_cancellation(err, json);
}

/*
 * Reads an answer that isn't a success.
 *
 * body is what came, of any kind: JSON from the service, HTML from a proxy,
 * nothing.  request_id may be NULL.  Replaces what *err held.  Raises only
 * for lack of memory.
 */
void
ddb_error_from_answer(DdbError *err, int http_status,
					  const char *body, size_t len,
					  const char *request_id)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext,
											  "dynamodb_fdw error body",
											  ALLOCSET_SMALL_SIZES);
	MemoryContext oldcxt = MemoryContextSwitchTo(cxt);

	ddb_error_clear(err);
	err->http_status = http_status;
	err->ambiguous = http_status >= 500;
	if (request_id)
		strlcpy(err->request_id, request_id, sizeof(err->request_id));

	classify_by_status(err);
	take_body(err, body, len);
	if (err->name[0] == '\0')
		snprintf(err->message, sizeof(err->message),
				 "The endpoint answered with HTTP status %d, and not in DynamoDB's way.",
				 http_status);

	MemoryContextSwitchTo(oldcxt);
	MemoryContextDelete(cxt);
}

/* What an operation was about to do, as the primary message says it. */
static const struct
{
	const char *operation;
	const char *on_table;		/* with the table's name */
	const char *alone;			/* where no table is known */
}			phrases[] =

{
	{"GetItem", "could not read DynamoDB table \"%s\"",
	"could not read from DynamoDB"},
	{"BatchGetItem", "could not read DynamoDB table \"%s\"",
	"could not read from DynamoDB"},
	{"TransactGetItems", "could not read DynamoDB table \"%s\"",
	"could not read from DynamoDB"},
	{"Query", "could not read DynamoDB table \"%s\"",
	"could not read from DynamoDB"},
	{"Scan", "could not read DynamoDB table \"%s\"",
	"could not read from DynamoDB"},
	{"PutItem", "could not write to DynamoDB table \"%s\"",
	"could not write to DynamoDB"},
	{"UpdateItem", "could not write to DynamoDB table \"%s\"",
	"could not write to DynamoDB"},
	{"DeleteItem", "could not write to DynamoDB table \"%s\"",
	"could not write to DynamoDB"},
	{"BatchWriteItem", "could not write to DynamoDB table \"%s\"",
	"could not write to DynamoDB"},
	{"TransactWriteItems", "could not write to DynamoDB table \"%s\"",
	"could not write to DynamoDB"},
	{"DescribeTable", "could not describe DynamoDB table \"%s\"",
	"could not describe DynamoDB table"},
	{"ListTables", "could not list DynamoDB table \"%s\"",
	"could not list DynamoDB tables"},
	{"CreateTable", "could not create DynamoDB table \"%s\"",
	"could not create DynamoDB table"},
	{"DeleteTable", "could not delete DynamoDB table \"%s\"",
	"could not delete DynamoDB table"},
};

static int
errmsg_for_operation(const char *operation, const char *table_name)
{
	if (operation == NULL)
		return errmsg("could not use DynamoDB");
	for (size_t i = 0; i < lengthof(phrases); i++)
	{
		if (strcmp(phrases[i].operation, operation) != 0)
			continue;
		if (table_name)
			return errmsg(phrases[i].on_table, table_name);
		return errmsg("%s", phrases[i].alone);
	}
	/* whatever else dynamodb_call() is asked for */
	return errmsg("could not carry out DynamoDB operation \"%s\"", operation);
}

static int
errdetail_for_error(const DdbError *err)
{
	if (err->name[0] == '\0')
		return errdetail("%s", err->message);
	if (err->message[0] == '\0')
		return errdetail("DynamoDB returned %s.", err->name);
	return errdetail("DynamoDB returned %s: %s", err->name, err->message);
}

static int
errcontext_for_request(const DdbError *err, const char *operation)
{
	if (operation == NULL)
		return 0;
	if (err->request_id[0] == '\0')
		return errcontext("DynamoDB operation %s", operation);
	return errcontext("DynamoDB operation %s, request ID %s",
					  operation, err->request_id);
}

/*
 * Raises an error of the service or on the way to it.  Doesn't return.
 *
 * operation ("Query") and table_name may be NULL.  A cancel that came at the
 * same time is reported instead: the user should see what he asked for.
 */
void
ddb_error_report(const DdbError *err, const char *operation,
				 const char *table_name)
{
	CHECK_FOR_INTERRUPTS();
	ereport(ERROR,
			(errcode(err->sqlerrcode ? err->sqlerrcode : ERRCODE_FDW_ERROR),
			 errmsg_for_operation(operation, table_name),
			 errdetail_for_error(err),
			 err->hint ? errhint("%s", err->hint) : 0,
			 errcontext_for_request(err, operation)));
}

#endif							/* not FRONTEND */
