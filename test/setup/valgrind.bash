# valgrind.bash
#	The extension under valgrind: the unit tests, and regression tests in a
#	server that runs under it.
#
# PostgreSQL isn't built for valgrind by any distribution, so memory contexts
# are seen as the large blocks that they are made of; what is seen to the byte
# is what libcurl and json-c have of malloc's.  Values that nobody has set are
# seen everywhere.

# What reads every type, follows every path of a scan, writes, and is refused.
valgrind_tests="function type_read type_document key_condition order_limit
	join scan_guard write_condition write_direct"

# Each process of the server's has a log of its own.  valgrind's answer to
# what it doesn't know of the kernel isn't an error.
check_valgrind()
{
	local logs=$work/valgrind

	build_extension
	expect_tap unit "$log/unit" extension_make "$src/test/unit" valgrind
	as_server mkdir "$logs"
	postgres_under=(valgrind --quiet --error-limit=no --leak-check=no
		--gen-suppressions=all --trace-children=no
		--suppressions="$src/test/valgrind/postgres.supp"
		--log-file="$logs/%p")
	start_postgres
	start_emulator
	expect_regress online $valgrind_tests
	stop_servers
	expect "nothing that valgrind complains of" "$log/valgrind" \
		no_complaints "$logs"
	report || exit 1
}

no_complaints()
{
	local file complaints=0

	for file in "$1"/*; do
		grep -q '^==[0-9]*==' "$file" || continue
		complaints=$((complaints + 1))
		cat "$file"
	done
	echo "$(ls "$1" | wc -l) processes, $complaints of them with complaints"
	[ "$complaints" = 0 ]
}
