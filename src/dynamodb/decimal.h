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

/* May an attribute of type N have this text? */
extern bool ddb_decimal_is_valid(const char *text, size_t len);

/* Its canonical form ("-0", "+", exponent, trailing zeros gone); appended. */
extern bool ddb_decimal_append(StringInfo buf, const char *text, size_t len);

#endif							/* DDB_DECIMAL_H */
