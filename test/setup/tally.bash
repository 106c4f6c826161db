# tally.bash
#	Runs tests, counts them, and shows what failed.

passed=0
failed=0
skipped=0

pass()
{
	passed=$((passed + 1))
	echo "ok       $1"
}

# fail NAME [FILE]: the file is shown.
fail()
{
	failed=$((failed + 1))
	echo "FAILED   $1"
	[ -z "${2:-}" ] || sed 's/^/      | /' "$2"
}

# skip NAME: REASON
skip()
{
	skipped=$((skipped + 1))
	echo "skipped  $1"
}

# expect NAME FILE COMMAND...: one test, whose output goes to the file.
expect()
{
	local name=$1 file=$2

	shift 2
	if "$@" >"$file" 2>&1 </dev/null; then
		pass "$name"
	else
		fail "$name" "$file"
	fi
}

# expect_tap NAME FILE COMMAND...: a program, or several in turn, that speak
# TAP.  Each of their tests counts; so does an end other than the one planned.
expect_tap()
{
	local name=$1 file=$2 status=0 good bad left_out planned

	shift 2
	"$@" >"$file" 2>&1 </dev/null || status=$?
	good=$(grep -cE '^ok\b' "$file" || true)
	bad=$(grep -cE '^not ok\b' "$file" || true)
	left_out=$(grep -ciE '^ok\b.*# skip' "$file" || true)
	planned=$(awk -F '[. ]' '/^1\.\.[0-9]/ { n += $3 } END { print n }' "$file")
	passed=$((passed + good - left_out))
	skipped=$((skipped + left_out))
	failed=$((failed + bad))
	if [ "$bad" -gt 0 ]; then
		echo "FAILED   $name: $bad of $((good + bad))"
		grep -vE '^ok\b' "$file" | sed 's/^/      | /'
	elif grep -qE '^1\.\.0 # [Ss][Kk][Ii][Pp]' "$file"; then
		skip "$name: $(sed -nE 's/^1\.\.0 # [A-Za-z]+:? *//p' "$file")"
	elif [ "$status" != 0 ] || [ "$good" != "${planned:-none}" ]; then
		fail "$name: ended with status $status after $good of ${planned:-?} tests" \
			"$file"
	else
		echo "ok       $name: $((good - left_out)) tests"
	fi
	[ "$left_out" = 0 ] ||
		sed -nE 's/^ok [0-9]*(.*# *skip.*)/         skipped\1/Ip' "$file"
}

# run_regress NAME DIR TEST...: pg_regress against the running server, whose
# outputs come into the folder.  Options may stand before the tests.
run_regress()
{
	local name=$1 out=$2

	shift 2
	(cd "$out" && as_server "$pg_regress" --host="$socket" --port="$port" \
		--user=postgres --dbname="regress_$name" --bindir="$bindir" \
		--inputdir="$src" --outputdir="$out" --encoding=UTF8 "$@") \
		>"$log/regress-$name" 2>&1 </dev/null || true
}

# expect_regress NAME TEST...: each test's output is the expected one.
expect_regress()
{
	local name=$1 out test

	shift
	[ $# -gt 0 ] || return 0
	out=$work/regress-$name
	as_server mkdir "$out"
	run_regress "$name" "$out" "$@"
	for test in "$@"; do
		# "test x ... ok" until PostgreSQL 15, TAP after that
		if grep -qE "^(test $test +\.\.\. ok|ok [0-9]+ +[-+] $test )" \
			"$log/regress-$name"; then
			pass "$name: $test"
		else
			fail "$name: $test"
		fi
	done
	if [ -s "$out/regression.diffs" ]; then
		cat "$out/regression.diffs"
	elif ! grep -qE "^(test|ok|not ok) " "$log/regress-$name"; then
		cat "$log/regress-$name"
	fi
}

# What was left out is in the line only where there was such a thing.
tally()
{
	local left_out=

	[ "$skipped" = 0 ] || left_out=", $skipped skipped"
	echo "$passed passed, $failed failed$left_out"
}

report()
{
	echo
	tally
	[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}
