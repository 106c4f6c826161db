/*-------------------------------------------------------------------------
 *
 * option_check.h
 *	  Checks of string options.  For the option table alone.
 *
 * Each returns NULL if the value will do, else a sentence, fit for a hint,
 * that says what would.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_OPTION_CHECK_H
#define DDB_OPTION_CHECK_H

extern const char *ddb_option_check_attribute_name(const char *value);
extern const char *ddb_option_check_endpoint(const char *value);
extern const char *ddb_option_check_file_name(const char *value);
extern const char *ddb_option_check_index_list(const char *value);
extern const char *ddb_option_check_index_preferences(const char *value);
extern const char *ddb_option_check_indexes(const char *value);
extern const char *ddb_option_check_key_attribute(const char *value);
extern const char *ddb_option_check_not_empty(const char *value);
extern const char *ddb_option_check_printable(const char *value);
extern const char *ddb_option_check_region(const char *value);
extern const char *ddb_option_check_table_name(const char *value);

#endif							/* DDB_OPTION_CHECK_H */
