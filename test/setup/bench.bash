# bench.bash
#	Measurements, beside boto3 by hand and file_fdw: see test/bench/bench.py.

# A relative name is of where make was called, which will be left.
[ -z "${CHART:-}" ] || CHART=$(realpath -m "$CHART")

# RUNS of each, beside one to warm up, at each of LATENCIES, in ms, from the
# least on; CASES alone; CHART is the file of a picture.
bench()
{
	build_extension
	say "Starting PostgreSQL and a DynamoDB in memory"
	start_postgres
	python=/usr/bin/python3			# Debian's, whose boto3 it is
	start_replay
	as_server mkdir "$work/files"
	say "Making the tables"
	env LIBPQ="$("$pg_config" --libdir)/libpq.so.5" \
		"$python" -B "$src/test/bench/bench.py" \
		--connection "host=$socket port=$port user=postgres" \
		--endpoint "$DDB_REPLAY" --files "$work/files" \
		--latency ${LATENCIES:-0 5 20 100} --runs "${RUNS:-3}" \
		${CASES:+--only $CASES} ${CHART:+--chart "$CHART"}
}
