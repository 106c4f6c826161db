# service.bash
#	DynamoDB as it really is: two emulators behind test/service/proxy.py; and
#	one in memory that costs nothing, test/bench/replay.py.
#
# For tests only, and only where the emulators are our own, or DDB_SERVICE
# names a service that runs already.  Everything is started once for the whole
# run.  Sets DDB_SERVICE, the proxy's URL (that door has all rules on, tests
# open others), and DDB_REPLAY, that of the one in memory.

# All there are, but what the regression tests themselves are about: view has a
# second key; scan_guard shows a table's size, and parallel's must be large;
# function calls Scan by itself and so gets a page and not the whole.
unkind_rules='{"all": true,
	"keys": {"local": "local", "owner": "local"},
	"counts": {"parallel": "exact", "scan_guard": "exact", "*": 3},
	"short_pages": {"rate": 0.5, "in_a_row": 2, "except": ["function_plain"]},
	"empty_pages": {"rate": 0.2, "in_a_row": 2, "except": ["function_plain"]}}'

# The path's first python3 may be closed to the server's user.
find_python()
{
	local candidate

	for candidate in "$(command -v python3 || true)" /usr/bin/python3; do
		if [ -x "$candidate" ] &&
			as_server "$candidate" -c 'import asyncio' >/dev/null 2>&1; then
			python=$candidate
			return
		fi
	done
	die "the tests need Python 3, usable by the server's user"
}

start_service()
{
	if [ -n "${DDB_SERVICE:-}" ] || ! [ -d "$work/emulator" ]; then
		return 0
	fi
	find_python
	start_local replica
	rm -f "$work/proxy.port"
	start proxy "$python" -B "$src/test/service/proxy.py" \
		--first "$DYNAMODB_ENDPOINT" --second "$local_url" \
		--rules "$unkind_rules" --port-file "$work/proxy.port" \
		--log "$work/requests"
	wait_for proxy 30 test -s "$work/proxy.port" ||
		die "the service's proxy doesn't start"
	export DDB_SERVICE=http://127.0.0.1:$(cat "$work/proxy.port")
	start_replay
}

start_replay()
{
	rm -f "$work/replay.port"
	start replay "$python" -B "$src/test/bench/replay.py" \
		--port-file "$work/replay.port"
	wait_for replay 30 test -s "$work/replay.port" ||
		die "the replay server doesn't start"
	export DDB_REPLAY=http://127.0.0.1:$(cat "$work/replay.port")
}

# Where an answer differs only in what pages of another size and repeated
# requests make different, test/service/uncount.pl leaves no difference:
# is_as_expected TEST DIR [OPTION OF uncount.pl]
is_as_expected()
{
	local test=$1 out=$2 file

	shift 2
	for file in expected results; do
		perl "$src/test/service/uncount.pl" "$@" <"$out/$file/$test.out" \
			>"$out/$test.$file"
	done
	diff -u "$out/$test.expected" "$out/$test.results"
}

# expect_round NAME [-o PAGE_SIZE CONCURRENCY] TEST...: the tests once more, by
# whatever endpoint there is, each server with these odd options.
expect_round()
{
	local name=$1 out=$work/regress-$1 existing= test

	shift
	as_server mkdir "$out"
	if [ "${1:-}" = -o ]; then
		existing=--use-existing
		"$bindir/createdb" -E UTF8 -T template0 "regress_$name"
		"$bindir/psql" -X -q -d "regress_$name" -v ON_ERROR_STOP=1 \
			-v page_size="$2" -v concurrency="$3" \
			-f "$src/test/service/odd.sql"
		shift 3
	fi
	run_regress "$name" "$out" $existing "$@"
	ln -s "$src/expected" "$out/expected"
	for test in "$@"; do
		expect "$name: $test" "$log/$name-$test" is_as_expected "$test" "$out" \
			${existing:+--no-plans}
	done
}

# expect_odd_regress TEST...: pages and requests in flight that don't fit what
# is asked for; three of the tests are enough for a run that people wait for.
expect_odd_regress()
{
	expect_round odd -o 3 3 key_condition order_limit join
}

# expect_unkind_regress TEST...: through the service with all its rules.
expect_unkind_regress()
{
	[ -n "${DDB_SERVICE:-}" ] || {
		skip "unkind: needs emulators of our own"
		return 0
	}
	DYNAMODB_ENDPOINT=$DDB_SERVICE expect_round unkind "$@"
	expect "unkind: every rule has struck" "$log/unkind" \
		perl -I "$src/test/t" "$src/test/service/struck.pl"
}

# check_service: what check leaves out.  Three times in a row with all rules,
# by another seed each, and with pages and concurrency of odd sizes, without
# rules and with them; every fault with some of these.
check_service()
{
	local offline online seed odd

	build_extension
	regress_lists
	start_postgres
	start_emulator
	start_service
	[ -n "${DDB_SERVICE:-}" ] || die "it takes emulators of our own"
	for seed in 1 2 3; do
		perl -I "$src/test/t" -MDdbBench \
			-e "DdbBench->main->change(seed => $seed)"
		say "All rules, seed $seed"
		DYNAMODB_ENDPOINT=$DDB_SERVICE expect_round "seed_$seed" $online
	done
	for odd in "1 1" "3 64" "7 3" "1000 2"; do
		say "page_size and concurrency of $odd"
		expect_round "odd_${odd/ /_}" -o $odd $online
		say "... and all rules"
		DYNAMODB_ENDPOINT=$DDB_SERVICE \
			expect_round "unkind_${odd/ /_}" -o $odd $online
	done
	as_server mkdir "$work/tap"
	for odd in "concurrency '1'" "page_size '3', concurrency '64'"; do
		say "$odd"
		expect_perl "faults with $odd" "$src/test/t/008_faults.pl" \
			DDB_OPTIONS="$odd"
	done
	expect "every rule has struck" "$log/unkind" \
		perl -I "$src/test/t" "$src/test/service/struck.pl"
	report || exit 1
}
