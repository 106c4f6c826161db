# build.bash
#	Builds the extension from a copy of the tree and stages it.
#
# A copy, because the user's tree may be unreadable to the user the server
# runs as, must not fill with another user's objects, and may change while a
# long check runs.  Staged, because nothing goes into the system's PostgreSQL;
# one below $work is our own, and needs no stage.  Sets tree, which stays as it
# is for further copies, src, stage and pg_regress.

warnings="-Wall -Wextra -Werror -Wno-unused-parameter"

copy_source()
{
	tree=$work/tree
	src=$work/src
	stage=$work/stage
	pg_regress=$(dirname "$("$pg_config" --pgxs)")/../test/regress/pg_regress
	[[ $pg_config != "$work"/* ]] || stage=
	mkdir "$tree"
	tar -C "$top" -cf - --exclude=./.git --exclude='*.o' --exclude='*.bc' \
		--exclude='*.so' --exclude=./results --exclude=./test/unit/build \
		. | tar -C "$tree" -xf -
	cp -R "$tree" "$src"
	give_to_server "$src"
}

# extension_make DIR ARGUMENT...
#	LLVM is a development tool here, not something to build for: with it
#	every file would be compiled twice.
extension_make()
{
	local dir=$1

	shift
	as_server make -C "$dir" -s -j "$(nproc)" PG_CONFIG="$pg_config" \
		with_llvm=no "$@"
}

build()
{
	extension_make "$src" "$@" >"$log/build" 2>&1 </dev/null
}

stage_extension()
{
	extension_make "$src" DESTDIR="$stage" install \
		>"$log/install" 2>&1 </dev/null || {
		tail -n 20 "$log/install" >&2
		die "the extension could not be staged"
	}
}

# A copy of the tree, built and staged; or the end.
build_extension()
{
	copy_source
	say "Building"
	build || {
		tail -n 40 "$log/build" >&2
		die "the build failed"
	}
	stage_extension
}

# PostgreSQL's development package on Debian brings one with a version in its
# name.
find_clang()
{
	clang=$(command -v clang || printf '%s\n' /usr/bin/clang-[0-9]* |
		grep -xE '.*-[0-9]+' | sort -V | tail -n 1)
	[ -x "$clang" ]
}

# Whether the other compiler agrees.  The flags that PostgreSQL was built
# with are gcc's, of which clang may know some only as something to warn of.
build_with_clang()
{
	local dir=$work/clang

	as_server cp -R "$src" "$dir"
	as_server find "$dir" -name '*.o' -delete
	extension_make "$dir" CC="$clang" COPT="$warnings \
		-Wno-unknown-warning-option -Wno-ignored-optimization-argument \
		-Wno-ignored-attributes" \
		>"$log/clang" 2>&1 </dev/null
}
