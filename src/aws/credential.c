/*-------------------------------------------------------------------------
 *
 * credential.c
 *	  An identity.
 *
 * That is the static keys of a user mapping, with or without a session token.
 * They can't be renewed from here: when the service says that they have
 * expired, their owner has to put in new ones.
 *
 * Secrets are copied once, into the memory context of whoever uses them, and
 * overwritten before that memory is given back.  (The catalog and the lists
 * of options that were read from it keep theirs; those aren't ours.)
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "aws/credential.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

static void
wipe_string(char *secret)
{
	if (secret)
		ddb_sigv4_wipe(secret, strlen(secret));
}

/* Memory context callback. */
static void
wipe_credentials(void *arg)
{
	DdbCredentials *credentials = arg;

	wipe_string(credentials->access_key_id);
	wipe_string(credentials->secret_access_key);
	wipe_string(credentials->session_token);
	ddb_sigv4_wipe(&credentials->key, sizeof(credentials->key));
}

/*
 * Key id and token become parts of HTTP headers, where a line end would begin
 * a header of its own and a blank would change what is signed.
 */
static void
check_header_text(const char *server_name, const char *option,
				  const char *value)
{
	for (const char *p = value; *p; p++)
	{
		if (*p <= ' ' || *p > '~')
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
					 errmsg("invalid option \"%s\" in user mapping for server \"%s\"",
							option, server_name),
					 errdetail("It contains blanks, control characters or characters outside ASCII.")));
	}
}

static bool
is_missing(const char *value)
{
	return value == NULL || value[0] == '\0';
}

static void
check_present(const char *server_name, const char *option, const char *value)
{
	if (is_missing(value))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("user mapping for server \"%s\" has no \"%s\"",
						server_name, option),
				 errhint("Both keys are needed: CREATE USER MAPPING FOR CURRENT_USER SERVER %s OPTIONS (aws_access_key_id '...', aws_secret_access_key '...'), or ALTER USER MAPPING with ADD for the one that is missing.",
						 quote_identifier(server_name))));
}

/*
 * Takes the identity out of a user mapping's options.
 *
 * The result lives in cxt and is wiped when that is reset.  server_name is
 * for messages.  Raises if a key is missing or can't be one.
 */
DdbCredentials *
ddb_credential_create(MemoryContext cxt, const char *server_name,
					  const DdbMappingOptions *mapping)
{
	DdbCredentials *credentials;

	check_present(server_name, "aws_access_key_id",
				  mapping->aws_access_key_id);
	check_present(server_name, "aws_secret_access_key",
				  mapping->aws_secret_access_key);

	check_header_text(server_name, "aws_access_key_id",
					  mapping->aws_access_key_id);
	if (!is_missing(mapping->aws_session_token))
		check_header_text(server_name, "aws_session_token",
						  mapping->aws_session_token);

	credentials = MemoryContextAllocZero(cxt, sizeof(DdbCredentials));
	credentials->callback.func = wipe_credentials;
	credentials->callback.arg = credentials;
	MemoryContextRegisterResetCallback(cxt, &credentials->callback);

	credentials->access_key_id =
		MemoryContextStrdup(cxt, mapping->aws_access_key_id);
	credentials->secret_access_key =
		MemoryContextStrdup(cxt, mapping->aws_secret_access_key);
	if (!is_missing(mapping->aws_session_token))
		credentials->session_token =
			MemoryContextStrdup(cxt, mapping->aws_session_token);
	return credentials;
}
