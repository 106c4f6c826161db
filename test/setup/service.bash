# service.bash
#	DynamoDB as it really is: two emulators behind test/service/proxy.py.
#
# For tests only, and only where the emulators are our own, or DDB_SERVICE
# names a service that runs already.  Everything is started once for the whole
# run.  Sets DDB_SERVICE, the proxy's URL; that door has all rules on, tests
# open others.

# All there are, but what the regression tests themselves are about: view has a
# second key; scan_guard shows a table's size; function calls Scan by itself
# and so gets a page and not the whole.
unkind_rules='{"all": true,
	"keys": {"local": "local", "owner": "local"},
	"counts": {"scan_guard": "exact", "*": 3},
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
}

# Where an answer differs only in what pages of another size and repeated
# requests make different, test/service/uncount.pl leaves no difference.
is_as_expected()
{
	local test=$1 out=$2 file

	for file in expected results; do
		perl "$src/test/service/uncount.pl" <"$out/$file/$test.out" \
			>"$out/$test.$file"
	done
	diff -u "$out/$test.expected" "$out/$test.results"
}

# expect_unkind_regress TEST...: through the service with all its rules.
expect_unkind_regress()
{
	local out=$work/regress-unkind test

	[ -n "${DDB_SERVICE:-}" ] || {
		skip "unkind: needs emulators of our own"
		return 0
	}
	as_server mkdir "$out"
	DYNAMODB_ENDPOINT=$DDB_SERVICE run_regress unkind "$out" "$@"
	ln -s "$src/expected" "$out/expected"
	for test in "$@"; do
		expect "unkind: $test" "$log/unkind-$test" is_as_expected "$test" "$out"
	done
	expect "unkind: every rule has struck" "$log/unkind" \
		perl -I "$src/test/t" "$src/test/service/struck.pl"
}
