/*-------------------------------------------------------------------------
 *
 * reply.h
 *	  An HTTP answer as it arrives, piece by piece.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_REPLY_H
#define DDB_REPLY_H

/*
 * No answer of DynamoDB's comes near this: a page has 1 MB, a batch 16 MB,
 * before base64 and escapes.
 */
#define DDB_REPLY_MAX_MB 64

/* Starts as zeros; to be freed. */
typedef struct DdbReply
{
	bool		headed;			/* the headers are complete */
	bool		too_large;
	bool		out_of_memory;
	char	   *body;			/* malloc'ed, NUL-terminated; NULL if empty */
	size_t		len;
	size_t		size;

	/* headers, "" where they didn't come */
	char		request_id[80];
	char		date[64];
	char		crc[16];
	char		retry_after[16];
} DdbReply;

extern void ddb_reply_take_header(DdbReply *reply, const char *line,
								  size_t len);
extern bool ddb_reply_take_body(DdbReply *reply, const char *data, size_t len,
								int64 length);
extern bool ddb_reply_is_intact(const DdbReply *reply);
extern int	ddb_reply_retry_after(const DdbReply *reply);
extern void ddb_reply_free(DdbReply *reply);

#endif							/* DDB_REPLY_H */
