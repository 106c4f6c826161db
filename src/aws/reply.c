/*-------------------------------------------------------------------------
 *
 * reply.c
 *	  An HTTP answer as it arrives, piece by piece.
 *
 * What is called while it arrives runs within libcurl's callbacks: it doesn't
 * raise, allocates by malloc alone, and says by flags what went wrong.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FRONTEND
#include "postgres.h"
#else
#include "postgres_fe.h"
#endif

#include <limits.h>

#include "aws/reply.h"
#include "base/crc32.h"

#define MAX_SIZE ((size_t) DDB_REPLY_MAX_MB * 1024 * 1024)
#define FIRST_SIZE ((size_t) 8 * 1024)

/* If the line is this header, its value into dst, cut where it ends. */
static void
take_header(const char *line, size_t len, const char *name,
			char *dst, size_t size)
{
	size_t		namelen = strlen(name);
	const char *p = line + namelen;
	const char *end = line + len;
	char	   *last = dst + size - 1;

	if (len <= namelen || *p != ':' || pg_strncasecmp(line, name, namelen) != 0)
		return;
	for (p++; p < end && *p == ' '; p++)
		;
	/* ends at the line's end; what isn't printable has no business here */
	while (p < end && *p >= ' ' && *p <= '~' && dst < last)
		*dst++ = *p++;
	*dst = '\0';
}

/*
 * Takes one line of the headers, with its end, not NUL-terminated.  Status
 * line and empty line are among them.
 */
void
ddb_reply_take_header(DdbReply *reply, const char *line, size_t len)
{
	/* an interim answer (1xx) may come before the real one */
	if (len > 5 && memcmp(line, "HTTP/", 5) == 0)
		reply->headed = false;
	else if (len > 0 && (line[0] == '\r' || line[0] == '\n'))
		reply->headed = true;

	take_header(line, len, "x-amzn-requestid",
				reply->request_id, sizeof(reply->request_id));
	take_header(line, len, "x-amz-crc32", reply->crc, sizeof(reply->crc));
	take_header(line, len, "x-amz-retry-after",
				reply->retry_after, sizeof(reply->retry_after));
	take_header(line, len, "date", reply->date, sizeof(reply->date));
}

/* How much to allocate for a body that needs this much. */
static size_t
body_size(size_t need, int64 length)
{
	size_t		size = FIRST_SIZE;

	if (length >= 0 && (size_t) length + 1 >= need &&
		(size_t) length <= MAX_SIZE)
		return (size_t) length + 1;
	while (size < need)
		size *= 2;
	return size;
}

/*
 * Takes a piece of the body.  length is how long the answer said that it is,
 * or negative.  False, and a flag set, if the piece can't be taken.
 */
bool
ddb_reply_take_body(DdbReply *reply, const char *data, size_t len,
					int64 length)
{
	size_t		need = reply->len + len + 1;

	if (need > MAX_SIZE)
	{
		reply->too_large = true;
		return false;
	}
	if (need > reply->size)
	{
		size_t		size = body_size(need, length);
		char	   *body = realloc(reply->body, size);

		if (body == NULL)
		{
			reply->out_of_memory = true;
			return false;
		}
		reply->body = body;
		reply->size = size;
	}
	memcpy(reply->body + reply->len, data, len);
	reply->len += len;
	reply->body[reply->len] = '\0';
	return true;
}

/*
 * Is the body what was sent?  x-amz-crc32, if it came, is the CRC-32 of the
 * bytes as they were sent, which is how we have them: no compressed answer is
 * asked for or undone.
 */
bool
ddb_reply_is_intact(const DdbReply *reply)
{
	char	   *end;
	unsigned long expected;

	if (reply->crc[0] == '\0')
		return true;
	expected = strtoul(reply->crc, &end, 10);
	return *end == '\0' &&
		expected == ddb_crc32_compute(reply->body, reply->len);
}

/*
 * Milliseconds after which the service wants to be asked again; -1 if it
 * didn't say.
 */
int
ddb_reply_retry_after(const DdbReply *reply)
{
	char	   *end;
	long		after = strtol(reply->retry_after, &end, 10);

	if (end == reply->retry_after || *end != '\0' ||
		after < 0 || after > INT_MAX)
		return -1;
	return (int) after;
}

/*
 * Frees the body; what the headers said stays.
 */
void
ddb_reply_free(DdbReply *reply)
{
	free(reply->body);
	reply->body = NULL;
	reply->len = reply->size = 0;
}
