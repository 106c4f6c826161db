/*-------------------------------------------------------------------------
 *
 * output.c
 *	  Values of any type through its own output function.
 *
 * The counterpart of input.c, under the same pinned settings: what is
 * written must not depend on who writes it.  And it must read as what was
 * written, so it is read back at once.  That costs microseconds where a
 * write costs milliseconds, and types of other extensions come this way too.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mapping/input.h"
#include "mapping/output.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

static char *
call_output(const DdbCodec *codec, Datum datum)
{
	int			nestlevel = ddb_input_pin_settings(codec->input);
	Oid			function;
	bool		is_varlena;
	char	   *text;

	getTypeOutputInfo(codec->typid, &function, &is_varlena);
	text = OidOutputFunctionCall(function, datum);
	if (nestlevel >= 0)
		AtEOXact_GUC(true, nestlevel);
	return text;
}

/*
 * The text of a value, in the database's encoding, palloc'd in the current
 * context.  False if it doesn't read as the same value.
 */
bool
ddb_output_render(const DdbCodec *codec, Datum datum, char **text)
{
	Datum		copy;

	*text = call_output(codec, datum);
	return ddb_input_call(codec, pstrdup(*text), -1, &copy) == DDB_FIT_OK &&
		strcmp(call_output(codec, copy), *text) == 0;
}
