/*-------------------------------------------------------------------------
 *
 * option_table.h
 *	  The row of the option table.  For option.c alone; everybody else wants
 *	  option.h.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_OPTION_TABLE_H
#define DDB_OPTION_TABLE_H

#include "utils/guc.h"

/* Where an option may stand. */
#define ON_SERVER	0x01
#define ON_MAPPING	0x02
#define ON_TABLE	0x04
#define ON_COLUMN	0x08

/* What else is to be known of it. */
#define SECRET			0x01	/* its value is never shown */
#define SUPERUSER_ONLY	0x02	/* only superusers submit lists with it */
#define NOT_YET			0x04	/* its feature comes later */

typedef enum DdbOptionType
{
	OPTION_STRING,				/* char * */
	OPTION_BOOL,				/* bool */
	OPTION_INT,					/* int, or one of words */
	OPTION_REAL,				/* double, or one of words */
	OPTION_ENUM,				/* int-sized enum: the value of one of words */
	OPTION_WORD,				/* char *: one of words, in the table's case */
} DdbOptionType;

/* The structs of option.h that receive values. */
typedef enum DdbOptionTarget
{
	FOR_SERVER,
	FOR_MAPPING,
	FOR_TABLE,
	FOR_COLUMN,
} DdbOptionTarget;

#define DDB_OPTION_TARGETS (FOR_COLUMN + 1)

typedef struct DdbOption
{
	const char *name;
	int			places;			/* ON_... */
	DdbOptionType type;
	int			flags;			/* SECRET, ... */
	const char *synonym_of;		/* all else is the other row's */
	const char *excludes;		/* an option it can't stand beside */

	/* values */
	const struct config_enum_entry *words;
	double		min;			/* for numbers */
	double		max;
	const char *(*check) (const char *value);	/* see option_check.h */

	/* what holds without it */
	const char *default_value;	/* as the user would write it; or NULL */
	const void *guc;			/* the variable that stands in, or NULL */

	/*
	 * The field of each target struct that receives it, counted from 1 so
	 * that a row which doesn't name one has none.
	 */
	size_t		field[DDB_OPTION_TARGETS];
} DdbOption;

extern const DdbOption ddb_option_table[];
extern const int ddb_option_count;

#endif							/* DDB_OPTION_TABLE_H */
