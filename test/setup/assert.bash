# assert.bash
#	The check with a PostgreSQL that asserts what it believes.
#
# Built once from Debian's source and kept outside the tree as an archive;
# each run unpacks its own below $work.  From another source, it is built for
# the run.  Sets pg_config and bindir.

# The name says what recipe it was made by.
asserting_archive()
{
	local sum

	sum=$(sum_of "$top/test/assert/create" "$top/test/chroot/mirror.bash")
	echo "$cache/assert/postgresql-$1-$sum.tar.zst"
}

# build_asserting_server VERSION ARCHIVE: complete or absent.
build_asserting_server()
{
	local dir

	cache_folder "${2%.tar.zst}"
	"$top/test/assert/create" "$1" "$dir/server.tar.zst" \
		>"$log/create" 2>&1 </dev/null || {
		tail -n 20 "$log/create" >&2
		die "PostgreSQL couldn't be built"
	}
	mv "$dir/server.tar.zst" "$2"
}

make_asserting_server()
{
	local version archive

	version=$(postgresql_version)
	if [ -n "${SOURCE:-}" ]; then
		archive=$work/server.tar.zst
		say "Building PostgreSQL from $SOURCE with assertions"
	else
		archive=$(asserting_archive "$version")
		[ -f "$archive" ] ||
			say "Building PostgreSQL $version with assertions, to be kept as" \
				$'\n     ' "$archive"
	fi
	[ -f "$archive" ] || build_asserting_server "$version" "$archive"
	mkdir "$work/postgresql"
	tar -C "$work/postgresql" -xf "$archive"
	give_to_server "$work/postgresql"
	pg_config=$work/postgresql/bin/pg_config
	bindir=$work/postgresql/bin
	export LD_LIBRARY_PATH=$work/postgresql/lib
}

asserts()
{
	[ "$("$bindir/psql" -X -A -t -d postgres -c 'SHOW debug_assertions')" = on ]
}

# In the logs of all servers that were started
nothing_failed()
{
	! grep -rE '^TRAP: |PANIC: |terminated by signal (6|11)' \
		"$log" "$src/tmp_check"
}

check_asserting()
{
	make_asserting_server
	check
	expect "assertions are on" "$log/asserts" asserts
	expect "no assertion failed" "$log/traps" nothing_failed
}
