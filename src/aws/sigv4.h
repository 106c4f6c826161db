/*-------------------------------------------------------------------------
 *
 * sigv4.h
 *	  AWS Signature Version 4 for a POST to "/".
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_SIGV4_H
#define DDB_SIGV4_H

#include "lib/stringinfo.h"

#define DDB_SIGV4_DIGEST_LEN 32
#define DDB_SIGV4_MAX_HEADERS 16

/* A header that is signed, as it is sent; letter case of the name is free. */
typedef struct DdbSigv4Header
{
	const char *name;
	const char *value;
} DdbSigv4Header;

/*
 * A derived signing key and what it was derived for.  It belongs to exactly
 * one secret, so it is kept beside that secret and wiped with it.  All zeroes
 * means empty.
 */
typedef struct DdbSigv4Key
{
	char		date[9];		/* YYYYMMDD, UTC; "" while empty */
	char		region[64];
	char		service[32];
	unsigned char bytes[DDB_SIGV4_DIGEST_LEN];
} DdbSigv4Key;

/* What is signed, by whom, for where.  Everything is borrowed. */
typedef struct DdbSigv4Request
{
	const char *access_key_id;
	const char *secret_access_key;
	const char *region;
	const char *service;		/* "dynamodb", "sts" */
	const char *timestamp;		/* YYYYMMDDTHHMMSSZ, as in x-amz-date */
	const DdbSigv4Header *headers;
	int			nheaders;
	const char *body;
	size_t		len;
} DdbSigv4Request;

extern bool ddb_sigv4_append_canonical_request(StringInfo buf,
											   const DdbSigv4Request *request,
											   const char **reason);
extern bool ddb_sigv4_append_string_to_sign(StringInfo buf,
											const DdbSigv4Request *request,
											const char **reason);
extern bool ddb_sigv4_append_authorization(StringInfo buf,
										   const DdbSigv4Request *request,
										   DdbSigv4Key *key,
										   const char **reason);
extern bool ddb_sigv4_append_digest(StringInfo buf, const char *data,
									size_t len, const char **reason);
extern void ddb_sigv4_wipe(void *data, size_t len);

#endif							/* DDB_SIGV4_H */
