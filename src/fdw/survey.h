/*-------------------------------------------------------------------------
 *
 * survey.h
 *	  What a DynamoDB table looks like: its keys and indexes, when its items
 *	  expire, and what attributes a sample of them has.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_SURVEY_H
#define DDB_SURVEY_H

#include "base/option.h"
#include "dynamodb/client.h"
#include "dynamodb/schema.h"
#include "mapping/infer.h"

/* An attribute that the sample's items have. */
typedef struct DdbSurveyed
{
	char	   *name;			/* UTF-8 */
	DdbInference *inference;
} DdbSurveyed;

/* Why there is no sample. */
typedef enum DdbSurveyLack
{
	DDB_SURVEY_SAMPLED,			/* there is one */
	DDB_SURVEY_UNWANTED,
	DDB_SURVEY_INACTIVE,		/* the table is still being created */
	DDB_SURVEY_DENIED,			/* Scan isn't allowed */
} DdbSurveyLack;

typedef struct DdbSurvey
{
	DdbSchema  *schema;
	char	   *ttl_attribute;	/* UTF-8; NULL: items don't expire */
	bool		ttl_unknown;	/* the service didn't say */
	DdbSurveyLack lack;
	int64		nitems;			/* in the sample */
	bool		whole;			/* these are all there are */
	int			nattributes;
	DdbSurveyed **attributes;	/* by name; keys are among them */
} DdbSurvey;

extern DdbSurvey *ddb_survey_table(DdbClient *client, const char *table_name,
								   int64 sample_items,
								   const DdbServerOptions *options,
								   DdbError *err);
extern int	ddb_survey_compare_names(const void *a, const void *b);

#endif							/* DDB_SURVEY_H */
