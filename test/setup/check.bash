# check.bash
#	Every test, each counted once.

regress_lists()
{
	offline=$(make -s -C "$src" PG_CONFIG="$pg_config" \
		DYNAMODB_ENDPOINT= print-regress)
	online=$(make -s -C "$src" PG_CONFIG="$pg_config" \
		DYNAMODB_ENDPOINT=yes print-regress)
	online=${online#"$offline"}
}

check_builds()
{
	if build COPT="$warnings"; then
		pass "builds with gcc, no warnings"
	else
		fail "builds with gcc, no warnings" "$log/build"
		report || exit 1
	fi
	if find_clang; then
		if build_with_clang; then
			pass "builds with clang, no warnings"
		else
			fail "builds with clang, no warnings" "$log/clang"
		fi
	fi
	stage_extension
}

check_source()
{
	if [ -x "$top/test/lint/run" ]; then
		expect_tap lint "$log/lint" env -C "$top" \
			DDB_LIBRARY="$src/dynamodb_fdw.so" PG_CONFIG="$pg_config" \
			test/lint/run
	fi
	if [ -f "$src/test/unit/Makefile" ]; then
		expect_tap unit "$log/unit" extension_make "$src/test/unit" check
	fi
	find_python
	expect "every mutant has its place" "$log/mutants" mutate "$src"
}

# Our servers' sockets, from the kernel's own tables.
listens_on_loopback()
{
	perl "$src/test/setup/listening.pl" "${server_pids[@]}"
}

common_words()
{
	perl -I "$src/test/readme" -MPlan -0777 -ne 'print common_words($_)' "$1"
}

# The tour's text is what the demo prints, less what costs and versions vary.
tour_is_as_expected()
{
	demo_psql -v estimate='COSTS OFF' \
		-v explain='ANALYZE, COSTS OFF, BUFFERS OFF, TIMING OFF, SUMMARY OFF' \
		<"$src/test/demo/tour.sql" >"$log/tour.out" 2>&1 || {
		tail -n 5 "$log/tour.out"
		return 1
	}
	diff -u <(common_words "$src/test/demo/expected/tour.out") \
		<(common_words "$log/tour.out")
}

check_demo()
{
	if (load_shop) >"$log/shop" 2>&1 </dev/null; then
		demo_table_made=yes
		pass "demo: the shop loads"
	else
		fail "demo: the shop loads" "$log/shop"
		return
	fi
	expect "demo: the tour" "$log/tour" tour_is_as_expected
	expect_tap "README's examples" "$log/readme" \
		perl "$src/test/readme/examples.pl" "$src/README.md" \
		"$bindir/psql" "$DYNAMODB_ENDPOINT"
}

# run_perl SCRIPT [NAME=VALUE...]: a test with servers of its own, by
# PostgreSQL's modules.  These keep what a test dies of in a log.
run_perl()
{
	local script=$1 pgxs_test status=0

	shift
	pgxs_test=$(dirname "$pg_regress")/..
	as_server env -C "$work/tap" "$@" \
		PATH="$bindir:$PATH" PG_REGRESS="$pg_regress" TESTDIR="$src" \
		TESTDATADIR="$work/tap" TESTLOGDIR="$work/tap" \
		perl -I "$pgxs_test/perl" -I "$src/test/t" "$script" || status=$?
	[ "$status" = 0 ] ||
		find "$work/tap" "$src/tmp_check" -name \
			"regress_log_$(basename "$script" .pl)" -exec tail -n 30 {} + \
			2>/dev/null |
		sed 's/^/# /'
	return "$status"
}

# expect_perl NAME SCRIPT [NAME=VALUE...]: each of its tests.
expect_perl()
{
	local name=$1

	shift
	expect_tap "$name" "$log/$name" run_perl "$@"
}

check_tap()
{
	local script

	for script in "$src"/test/t/*.pl; do
		[ -f "$script" ] || continue
		expect_perl "$(basename "$script")" "$script"
	done
}

# Clients of PostgreSQL, each with the same session.
check_clients()
{
	# The user's cache may be closed to the server's user.
	if [ -d "${node_modules:-}" ]; then
		cp -R "$node_modules" "$work/node_modules"
		give_to_server "$work/node_modules"
	fi
	expect_perl clients "$src/test/clients/run.pl" \
		NODE_PATH="$work/node_modules" DDB_JDK="${jdk:-}"
}

check()
{
	local offline online

	copy_source
	say "Building"
	check_builds
	say "Source and units"
	check_source
	regress_lists
	say "PostgreSQL $("$pg_config" --version | cut -d ' ' -f 2)," \
		"without DynamoDB"
	start_postgres
	expect_regress offline $offline
	start_emulator
	start_service
	say "PostgreSQL and DynamoDB"
	expect "nothing listens beyond loopback" "$log/listening" \
		listens_on_loopback
	expect_regress online $online
	expect_odd_regress
	expect_unkind_regress $online
	check_fuzz
	check_demo
	as_server mkdir "$work/tap"
	check_tap
	check_clients
}
