/*-------------------------------------------------------------------------
 *
 * text.h
 *	  Characters: strings into SQL's string types, and between UTF-8 and the
 *	  database's encoding.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_TEXT_H
#define DDB_TEXT_H

#include "mapping/codec.h"

extern DdbFit ddb_text_decode_text(const DdbCodec *codec,
								   const DdbValue *value, Datum *datum);
extern DdbFit ddb_text_decode_varchar(const DdbCodec *codec,
									  const DdbValue *value, Datum *datum);
extern DdbFit ddb_text_decode_bpchar(const DdbCodec *codec,
									 const DdbValue *value, Datum *datum);
extern DdbFit ddb_text_decode_name(const DdbCodec *codec,
								   const DdbValue *value, Datum *datum);
extern DdbFit ddb_text_decode_char(const DdbCodec *codec,
								   const DdbValue *value, Datum *datum);
extern DdbFit ddb_text_decode_enum(const DdbCodec *codec,
								   const DdbValue *value, Datum *datum);
extern DdbFit ddb_text_read(const DdbValue *value, Size header,
							char **result, Size *len);
extern DdbFit ddb_text_from_utf8(char **buf, Size header, Size *len);
extern char *ddb_text_to_utf8(char *text);

#endif							/* DDB_TEXT_H */
