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

/* May an attribute of type N have this text? */
extern bool ddb_decimal_is_valid(const char *text, size_t len);

/* And has DynamoDB room for all of its digits? */
extern bool ddb_decimal_fits(const char *text, size_t len);

/* Its canonical form ("-0", "+", exponent, trailing zeros gone); appended. */
extern bool ddb_decimal_append(StringInfo buf, const char *text, size_t len);

#endif							/* DDB_DECIMAL_H */
