# fuzz.bash
#	Random queries on foreign and on ordinary tables: see test/fuzz/fuzz.py.

# The same in every check; less than a minute.
fuzz_check=(--seeds 1-8 --queries 30 --unkind 4)
fuzz_check_writes=(--writes --seeds 1-4 --queries 40 --unkind 4)

# run_fuzz ARGUMENT...: against the servers that were started.
run_fuzz()
{
	env LIBPQ="$("$pg_config" --libdir)/libpq.so.5" \
		"$python" -B "$src/test/fuzz/fuzz.py" \
		--connection "host=$socket port=$port user=postgres" \
		--endpoint "$DYNAMODB_ENDPOINT" --service "${DDB_SERVICE:-}" "$@"
}

check_fuzz()
{
	local cases=$work/fuzz

	find_python
	mkdir -p "$cases"
	expect "fuzz: ${fuzz_check[*]}" "$log/fuzz" run_fuzz "${fuzz_check[@]}" \
		--no-explain --cases "$cases"
	expect "fuzz: ${fuzz_check_writes[*]}" "$log/fuzz-writes" \
		run_fuzz "${fuzz_check_writes[@]}" --no-explain --cases "$cases"
}

# N queries from SEED on, 50 to a seed, every other seed through the service
# with all its rules on; with WRITES=1, of statements that change the tables;
# with OPTIONS="concurrency=64 page_size=3", of tables that have these.  Cases
# are left in the folder CASES.
fuzz()
{
	local n=${N:-1000} seed=${SEED:-$((1000 + RANDOM))} status=0
	local cases=${CASES:-$work/cases}

	mkdir -p "$cases"
	build_extension
	say "Starting PostgreSQL and the emulators"
	start_postgres
	start_emulator
	start_service
	find_python
	say "$n queries from SEED=$seed on"
	run_fuzz --seeds "$seed-$((seed + (n + 49) / 50 - 1))" --queries 50 \
		${WRITES:+--writes} ${OPTIONS:+--option $OPTIONS} --progress \
		--cases "$cases" || status=$?
	exit $status
}
