/*-------------------------------------------------------------------------
 *
 * sigv4.c
 *	  AWS Signature Version 4 for a POST to "/".
 *
 * The signature is an HMAC over a text (the string to sign) that contains
 * the digest of another text (the canonical request); each has a function of
 * its own so that the published vectors can be compared piece by piece.
 * Both end in the caller's StringInfo, nothing is kept between calls but the
 * signing key, which the caller keeps and passes in.
 *
 * The path is always "/" and the query string always empty: DynamoDB and STS
 * want nothing else, so there is no URI encoding here.  Headers are signed
 * exactly as the caller lists them; which ones have to be is his concern.
 *
 * This is the only file that includes OpenSSL.  It needs no server: the unit
 * test builds it with -DFRONTEND.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FRONTEND
#include "postgres.h"
#else
#include "postgres_fe.h"
#endif

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "aws/sigv4.h"

#define ALGORITHM "AWS4-HMAC-SHA256"
#define TERMINATOR "aws4_request"

/* Length of the date at the head of a timestamp. */
#define DATE_LEN 8

static const char *
last_reason(void)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	return reason ? reason : "unknown OpenSSL error";
}

static void
append_hex(StringInfo buf, const unsigned char *digest)
{
	static const char digits[] = "0123456789abcdef";

	for (int i = 0; i < DDB_SIGV4_DIGEST_LEN; i++)
	{
		appendStringInfoCharMacro(buf, digits[digest[i] >> 4]);
		appendStringInfoCharMacro(buf, digits[digest[i] & 0x0f]);
	}
}

static bool
hmac(const unsigned char *key, size_t keylen, const char *data, size_t len,
	 unsigned char *out)
{
	unsigned int outlen = 0;

	return HMAC(EVP_sha256(), key, (int) keylen,
				(const unsigned char *) data, len, out, &outlen) != NULL &&
		outlen == DDB_SIGV4_DIGEST_LEN;
}

/*
 * Numbers the headers in the byte order of their lower-case names, in which
 * both the list of names and the headers themselves are signed.
 */
static void
sort_headers(const DdbSigv4Request *request, int *order)
{
	for (int i = 0; i < request->nheaders; i++)
	{
		int			j = i;

		/* pg_strcasecmp() compares as lower case, and not by locale */
		while (j > 0 &&
			   pg_strcasecmp(request->headers[order[j - 1]].name,
							 request->headers[i].name) > 0)
		{
			order[j] = order[j - 1];
			j--;
		}
		order[j] = i;
	}
}

static void
append_lower(StringInfo buf, const char *name)
{
	for (const char *p = name; *p; p++)
		appendStringInfoCharMacro(buf, pg_ascii_tolower((unsigned char) *p));
}

/* Ends trimmed, inner runs of blanks as one: the rule for header values. */
static void
append_trimmed(StringInfo buf, const char *value)
{
	bool		blank = false;
	bool		first = true;

	for (const char *p = value; *p; p++)
	{
		if (*p == ' ' || *p == '\t')
		{
			blank = !first;
			continue;
		}
		if (blank)
			appendStringInfoCharMacro(buf, ' ');
		appendStringInfoCharMacro(buf, *p);
		blank = first = false;
	}
}

static void
append_signed_names(StringInfo buf, const DdbSigv4Request *request,
					const int *order)
{
	for (int i = 0; i < request->nheaders; i++)
	{
		if (i > 0)
			appendStringInfoCharMacro(buf, ';');
		append_lower(buf, request->headers[order[i]].name);
	}
}

/* date/region/service/aws4_request */
static void
append_scope(StringInfo buf, const DdbSigv4Request *request)
{
	appendStringInfo(buf, "%.*s/%s/%s/" TERMINATOR,
					 DATE_LEN, request->timestamp,
					 request->region, request->service);
}

/*
 * Derives the signing key, or finds it still good: it holds for a day, a
 * region and a service.
 */
static bool
derive_key(const DdbSigv4Request *request, DdbSigv4Key *key)
{
	StringInfoData seed;
	unsigned char step[DDB_SIGV4_DIGEST_LEN];
	bool		ok;

	if (key->date[0] != '\0' &&
		strncmp(key->date, request->timestamp, DATE_LEN) == 0 &&
		strcmp(key->region, request->region) == 0 &&
		strcmp(key->service, request->service) == 0)
		return true;

	/* room for all of it at once, so that no copy is left by growing */
	initStringInfo(&seed);
	enlargeStringInfo(&seed, strlen(request->secret_access_key) + 8);
	appendStringInfo(&seed, "AWS4%s", request->secret_access_key);

	ok = hmac((unsigned char *) seed.data, seed.len,
			  request->timestamp, DATE_LEN, step) &&
		hmac(step, sizeof(step),
			 request->region, strlen(request->region), step) &&
		hmac(step, sizeof(step),
			 request->service, strlen(request->service), step) &&
		hmac(step, sizeof(step),
			 TERMINATOR, strlen(TERMINATOR), key->bytes);

	OPENSSL_cleanse(seed.data, seed.maxlen);
	OPENSSL_cleanse(step, sizeof(step));
	pfree(seed.data);

	/*
	 * A name that is cut off here never compares equal above, so an absurdly
	 * long region costs a derivation each time, and nothing else.
	 */
	strlcpy(key->date, ok ? request->timestamp : "", sizeof(key->date));
	strlcpy(key->region, request->region, sizeof(key->region));
	strlcpy(key->service, request->service, sizeof(key->service));
	return ok;
}

/*
 * Appends the lower-case hexadecimal SHA-256 of data.
 *
 * False, with *reason a constant text, if OpenSSL fails.
 */
bool
ddb_sigv4_append_digest(StringInfo buf, const char *data, size_t len,
						const char **reason)
{
	unsigned char digest[DDB_SIGV4_DIGEST_LEN];

	if (EVP_Digest(data, len, digest, NULL, EVP_sha256(), NULL) != 1)
	{
		*reason = last_reason();
		return false;
	}
	append_hex(buf, digest);
	return true;
}

/*
 * Appends the canonical request: method, path, (empty) query string, signed
 * headers, their names, digest of the body.
 *
 * It contains the session token, if there is one: the caller wipes buf.
 * False, with *reason a constant text, if OpenSSL fails.  Raises only for
 * lack of memory, as do the two functions below.
 */
bool
ddb_sigv4_append_canonical_request(StringInfo buf,
								   const DdbSigv4Request *request,
								   const char **reason)
{
	int			order[DDB_SIGV4_MAX_HEADERS];
	size_t		need = 128;

	Assert(request->nheaders <= DDB_SIGV4_MAX_HEADERS);
	sort_headers(request, order);

	/* as in derive_key(): growing would leave copies of the token behind */
	for (int i = 0; i < request->nheaders; i++)
		need += 2 * strlen(request->headers[i].name) +
			strlen(request->headers[i].value) + 4;
	enlargeStringInfo(buf, need);

	appendStringInfoString(buf, "POST\n/\n\n");
	for (int i = 0; i < request->nheaders; i++)
	{
		const DdbSigv4Header *header = &request->headers[order[i]];

		append_lower(buf, header->name);
		appendStringInfoCharMacro(buf, ':');
		append_trimmed(buf, header->value);
		appendStringInfoCharMacro(buf, '\n');
	}
	appendStringInfoCharMacro(buf, '\n');
	append_signed_names(buf, request, order);
	appendStringInfoCharMacro(buf, '\n');
	return ddb_sigv4_append_digest(buf, request->body, request->len, reason);
}

/*
 * Appends the string to sign: algorithm, time, scope, and the digest of the
 * canonical request.  Contains no secret.  Failure as above.
 */
bool
ddb_sigv4_append_string_to_sign(StringInfo buf,
								const DdbSigv4Request *request,
								const char **reason)
{
	StringInfoData canonical;
	bool		ok;

	appendStringInfo(buf, ALGORITHM "\n%s\n", request->timestamp);
	append_scope(buf, request);
	appendStringInfoCharMacro(buf, '\n');

	initStringInfo(&canonical);
	ok = ddb_sigv4_append_canonical_request(&canonical, request, reason) &&
		ddb_sigv4_append_digest(buf, canonical.data, canonical.len, reason);
	OPENSSL_cleanse(canonical.data, canonical.maxlen);
	pfree(canonical.data);
	return ok;
}

/*
 * Appends the value of the Authorization header.
 *
 * key is the cache for this secret's signing key; it is filled or renewed as
 * needed.  What is appended is to be treated as a secret: whoever reads it
 * could repeat the request for some minutes.  Failure as above.
 */
bool
ddb_sigv4_append_authorization(StringInfo buf, const DdbSigv4Request *request,
							   DdbSigv4Key *key, const char **reason)
{
	StringInfoData text;
	int			order[DDB_SIGV4_MAX_HEADERS];
	unsigned char signature[DDB_SIGV4_DIGEST_LEN];
	bool		ok;

	initStringInfo(&text);
	ok = ddb_sigv4_append_string_to_sign(&text, request, reason);
	if (ok && (!derive_key(request, key) ||
			   !hmac(key->bytes, sizeof(key->bytes), text.data, text.len,
					 signature)))
	{
		*reason = last_reason();
		ok = false;
	}
	pfree(text.data);
	if (!ok)
		return false;

	sort_headers(request, order);
	appendStringInfo(buf, ALGORITHM " Credential=%s/", request->access_key_id);
	append_scope(buf, request);
	appendStringInfoString(buf, ", SignedHeaders=");
	append_signed_names(buf, request, order);
	appendStringInfoString(buf, ", Signature=");
	append_hex(buf, signature);
	return true;
}

/*
 * Overwrites a secret, in a way that the compiler doesn't drop.
 */
void
ddb_sigv4_wipe(void *data, size_t len)
{
	OPENSSL_cleanse(data, len);
}
