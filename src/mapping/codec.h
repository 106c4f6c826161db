/*-------------------------------------------------------------------------
 *
 * codec.h
 *	  How one SQL type, with its format, is read from and written to the
 *	  wire: what a DdbColumn's codec points to.
 *
 * Private to the files behind datum.h: codec.c chooses; text.c, number.c,
 * temporal.c, input.c, array.c and document.c read; encode.c writes; datum.c
 * speaks of it to the world.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_CODEC_H
#define DDB_CODEC_H

#include "fmgr.h"
#include "mapping/column.h"

/* Does a value fit the column, and if not, why? */
typedef enum DdbFit
{
	DDB_FIT_OK,
	DDB_FIT_TYPE,				/* another DynamoDB type */
	DDB_FIT_FORM,				/* not the column's format */
	DDB_FIT_INPUT,				/* not what the type's input function takes */
	DDB_FIT_INPUT_HARD,			/* the same; too late to read it as NULL */
	DDB_FIT_RANGE,				/* the type cannot hold the number or time */
	DDB_FIT_ROUND,				/* the type would round or cut it */
	DDB_FIT_LENGTH,				/* too many characters */
	DDB_FIT_LABEL,				/* not a label of the enum */
	DDB_FIT_BASE64,
	DDB_FIT_MEMBER,				/* a list's member of another type */
	DDB_FIT_NUL,				/* U+0000 */
	DDB_FIT_UNICODE,			/* lone surrogates */
	DDB_FIT_ENCODING,			/* characters the database cannot hold */
	DDB_FIT_DOMAIN,				/* violates the domain's constraints */
	DDB_FIT_DOMAIN_NULL,		/* NULL does */
} DdbFit;

/*
 * Reads a value of the codec's DynamoDB type, in the current context.  Never
 * raises because of what the value is.
 */
typedef DdbFit (*DdbDecoder) (const DdbCodec *codec, const DdbValue *value,
							  Datum *datum);

/* A domain's constraints; see codec.c. */
typedef struct DdbDomain DdbDomain;

/* The members of an item that '*' doesn't show; see document.c. */
typedef struct DdbShown DdbShown;

/* A type's input function, and what has to be pinned around it. */
typedef struct DdbInput
{
	FmgrInfo	function;
	Oid			ioparam;
	bool		trappable;		/* leaves nothing behind when it raises */
	bool		datestyle;		/* depends on DateStyle and time zones */
	bool		intervalstyle;	/* depends on IntervalStyle */
	bool		monetary;		/* depends on lc_monetary */
	bool		xmloption;		/* depends on that setting */
} DdbInput;

struct DdbCodec
{
	DdbDecoder	decode;
	DdbType		type;			/* what it reads; MISSING: anything */
	DdbFormat	format;
	Oid			typid;			/* below domains */
	int32		typmod;
	MemoryContext context;		/* for what is looked up at first use */

	/* where they apply, else NULL */
	DdbInput   *input;
	DdbDomain  *domain;
	DdbShown   *shown;			/* filled at first use */
	DdbCodec   *element;		/* arrays: of each member */
	Oid			elemtype;		/* domains included */
	int16		elmlen;
	bool		elmbyval;
	char		elmalign;
};

extern const char *ddb_codec_format_name(DdbFormat format);
extern bool ddb_codec_format_from_name(const char *name, DdbFormat *format);
extern DdbCodec *ddb_codec_create(Oid typid, int32 typmod, DdbType wanted,
								  DdbFormat format, char **hint);
extern DdbFit ddb_codec_decode(const DdbCodec *codec, const DdbValue *value,
							   Datum *datum, bool *isnull);

extern DdbFit ddb_codec_check_domain(const DdbCodec *codec, Datum datum,
									 bool isnull);

#endif							/* DDB_CODEC_H */
