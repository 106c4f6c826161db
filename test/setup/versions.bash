# versions.bash
#	The check in chroots, a Debian release for each version of PostgreSQL.
#
# A chroot is packed once and kept outside the tree; each run unpacks its own
# below $work, so that runs neither meet nor leave anything.  The emulator
# and what stands before it stay on this machine, whose loopback a chroot
# shares, and are fresh ones for each version.

all_versions=(15 17 18 19)
version_lines=()

# The name says what recipe it was made by, so a changed one makes it anew.
# Newer packages come in when the file is removed.
chroot_archive()
{
	local sum

	sum=$(sum_of "$top/test/versions/create" "$top/test/chroot/mirror.bash")
	echo "$cache/chroots/postgresql-$1-$sum.tar.zst"
}

skip_version()
{
	skip "PostgreSQL $1: $2"
	version_lines+=("PostgreSQL $1: skipped, $2")
}

fail_version()
{
	fail "PostgreSQL $1: $2"
	version_lines+=("PostgreSQL $1: failed, $2")
}

# Where the mirror can't serve a version nothing is known of it: that is said,
# and isn't a failure of ours.
make_chroot()
{
	local version=$1 archive=$2 dir status=0

	[ ! -f "$archive" ] || return 0
	say "Fetching Debian with PostgreSQL $version, to be kept as"
	echo "      $archive"
	cache_folder "${archive%.tar.zst}"
	"$top/test/versions/create" "$version" "$dir/root.tar.zst" \
		>"$log/create-$version" 2>&1 </dev/null || status=$?
	case $status in
		0)
			rm -f "${archive%-*}"-*.tar.zst
			mv "$dir/root.tar.zst" "$archive"
			rm -r "$dir"
			;;
		3)
			skip_version "$version" "$(tail -n 1 "$log/create-$version")"
			return 1
			;;
		*)
			tail -n 20 "$log/create-$version" | sed 's/^/      | /'
			fail_version "$version" "there is no chroot to test it in"
			return 1
			;;
	esac
}

# Runs the check in a chroot; its last line is what counts.
check_in_chroot()
{
	local root=$1 version=$2 pg_config name tally
	local tree=/var/tmp/dynamodb_fdw

	pg_config=/usr/lib/postgresql/$version/bin/pg_config
	name=$("$top/test/chroot/enter" "$root" \
		"$tree/test/versions/describe" "$pg_config")
	say "$name"
	"$top/test/chroot/enter" "$root" env PG_CONFIG="$pg_config" \
		DYNAMODB_ENDPOINT="$DYNAMODB_ENDPOINT" \
		DDB_SERVICE="${DDB_SERVICE:-}" \
		DDB_REPLAY="${DDB_REPLAY:-}" \
		"$tree/test/run" check 2>&1 </dev/null |
		tee "$log/check-$version" || true
	tally=$(tail -n 1 "$log/check-$version")
	if [[ $tally =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped)?$ ]]
	then
		passed=$((passed + BASH_REMATCH[1]))
		failed=$((failed + BASH_REMATCH[2]))
		skipped=$((skipped + ${BASH_REMATCH[4]:-0}))
		version_lines+=("$name: $tally")
	else
		fail_version "$version" "the check ended early"
	fi
}

# Ends our own emulator, if that is what was used, and starts a new one.
refresh_service()
{
	if [ -d "$work/emulator" ]; then
		drop_demo_table
		stop_servers
		rm -r "$work/emulator" "$work"/*.port
		unset DYNAMODB_ENDPOINT DDB_SERVICE DDB_REPLAY
	fi
	start_emulator
	start_service
}

check_version()
{
	local version=$1 archive root=$work/postgresql-$1

	archive=$(chroot_archive "$version")
	make_chroot "$version" "$archive" || return 0
	mkdir "$root"
	tar --numeric-owner -C "$root" -xpf "$archive"
	cp /etc/hosts "$root/etc/"
	cp -R "$tree" "$root/var/tmp/dynamodb_fdw"
	refresh_service
	check_in_chroot "$root" "$version"
	[ -n "${KEEP:-}" ] || rm -r "$root"
}

# check_versions VERSION...
check_versions()
{
	local version

	for version in "$@"; do
		check_version "$version"
	done
}

# Says why there can't be chroots here; fails if there can.
lack_of_chroots()
{
	if [ "$(id -u)" != 0 ] || ! unshare --mount true 2>/dev/null; then
		echo "only root can make and enter a chroot"
	else
		lack_of_packages check-versions
	fi
}

# All versions but this machine's own, whose check is done.
check_other_versions()
{
	local here others=() version reason

	here=$(postgresql_version)
	version_lines=("$("$top/test/versions/describe" "$pg_config"): $(tally)")
	for version in "${all_versions[@]}"; do
		[ "$version" = "$here" ] || others+=("$version")
	done
	if reason=$(lack_of_chroots); then
		for version in "${others[@]}"; do
			skip_version "$version" "$reason"
		done
	else
		check_versions "${others[@]}"
	fi
}

report_versions()
{
	echo
	printf '%s\n' "${version_lines[@]}"
	report
}
