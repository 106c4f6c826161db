/*-------------------------------------------------------------------------
 *
 * decimal.h
 *	  Numbers as DynamoDB has them: decimal texts of up to 38 digits.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_DECIMAL_H
#define DDB_DECIMAL_H

#include "lib/stringinfo.h"

/* DynamoDB's range, 1E-130 to 9.99...E+125, and significant digits. */
#define DDB_DECIMAL_MIN_EXPONENT (-130)
#define DDB_DECIMAL_MAX_EXPONENT 125
#define DDB_DECIMAL_MAX_DIGITS	38

extern bool ddb_decimal_is_valid(const char *text, size_t len);
extern bool ddb_decimal_fits(const char *text, size_t len);
extern bool ddb_decimal_append(StringInfo buf, const char *text, size_t len);

#endif							/* DDB_DECIMAL_H */
