# mutants.bash
#	Whether the tests notice: every rule of test/mutants/rules.py is broken by
#	itself, and the fuzzer's fixed queries, a regression test or one of requests
#	must fail.

mutate()
{
	"$python" -B "$top/test/mutants/mutate.py" "$@"
}

# Backends load the library anew; one that crashed takes the server with it
# for a moment.
install_mutant()
{
	build && stage_extension &&
		wait_for postgres 60 "$bindir/psql" -X -d postgres -c 'SELECT 1'
}

# A test that fails may leave tables of DynamoDB behind.
drop_all_tables()
{
	"$python" -B "$src/test/fuzz/dynamodb.py" --drop-all "$DDB_SERVICE"
}

# Sets catcher to what noticed, if anything does; what is quick comes first.
caught_by()
{
	local out=$work/mutant test

	catcher="the fuzzer"
	run_fuzz "${fuzz_check[@]}" --unkind 0 --no-explain --most 1 \
		>"$log/mutant" 2>&1 </dev/null || return 0
	rm -rf "$out"
	as_server mkdir "$out"
	run_regress mutant "$out" $online
	for test in $online; do
		catcher=$test
		diff -q "$src/expected/$test.out" "$out/results/$test.out" \
			>/dev/null 2>&1 || return 0
	done
	for test in 001_requests.pl 008_filter.pl; do
		catcher=$test
		run_perl "$src/test/t/$test" >"$log/mutant" 2>&1 </dev/null || return 0
	done
	catcher="the fuzzer, by the unkind service"
	! run_fuzz "${fuzz_check[@]}" --unkind 1 --no-explain --most 1 \
		>"$log/mutant" 2>&1 </dev/null
}

# Breaks one rule, looks, and mends it.
try_mutant()
{
	local number=$1 found file name

	found=$(mutate "$src" "$number")
	file=src/${found%%$'\t'*}
	name="$file: ${found#*$'\t'}"
	if ! install_mutant; then
		fail "mutant $number, $name: it can't be built" "$log/build"
	elif caught_by; then
		pass "mutant $number, $name: caught by $catcher"
	else
		fail "mutant $number, $name: nothing noticed"
	fi
	wait_for postgres 60 "$bindir/psql" -X -d postgres -c 'SELECT 1' || true
	drop_all_tables
	cp "$top/$file" "$src/$file"
	give_to_server "$src/$file"
	as_server touch "$src/$file"
}

mutants()
{
	local n offline online number

	find_python
	build_extension
	n=$(mutate "$src")
	regress_lists
	start_postgres
	start_emulator
	start_service
	as_server mkdir "$work/tap"
	say "$n mutants"
	if [ -z "${MUTANTS:-}" ] && caught_by; then
		die "without any, $catcher fails"
	fi
	for number in ${MUTANTS:-$(seq 0 $((n - 1)))}; do
		try_mutant "$number"
	done
	report || exit 1
}
