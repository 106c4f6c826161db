# versions.bash
#	The check in chroots, a Debian release for each version of PostgreSQL.
#
# A chroot is packed once and kept outside the tree; each run unpacks its own
# below $work, so that runs neither meet nor leave anything.  The emulator
# and what stands before it stay on this machine, whose loopback a chroot
# shares, and are fresh ones for each version.

version_lines=()
versions_skipped=0

# The name says what recipe it was made by, so a changed one makes it anew.
# Newer packages come in when the file is removed.
chroot_archive()
{
	local sum

	sum=$(cat "$top/test/versions/create" "$top/test/chroot/mirror.bash" |
		cksum)
	echo "${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/dynamodb_fdw/chroots/postgresql-$1-${sum%% *}.tar.zst"
}

skip_version()
{
	versions_skipped=$((versions_skipped + 1))
	version_lines+=("skipped  PostgreSQL $1: $2")
	echo "${version_lines[-1]}"
}

fail_version()
{
	failed=$((failed + 1))
	version_lines+=("FAILED   PostgreSQL $1: $2")
	echo "${version_lines[-1]}"
}

# Where the mirror can't serve a version nothing is known of it: that is said,
# and isn't a failure of ours.
make_chroot()
{
	local version=$1 archive=$2 packed status=0

	[ ! -f "$archive" ] || return 0
	say "Fetching Debian with PostgreSQL $version, to be kept as"
	echo "      $archive"
	mkdir -p "$(dirname "$archive")"
	packed=$(mktemp -d "${archive%.tar.zst}.XXXXXX")
	to_remove+=("$packed")
	"$top/test/versions/create" "$version" "$packed/root.tar.zst" \
		>"$log/create-$version" 2>&1 </dev/null || status=$?
	case $status in
		0)
			rm -f "${archive%-*}"-*.tar.zst
			mv "$packed/root.tar.zst" "$archive"
			rm -r "$packed"
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

# What is tested with what, for README's table.
describe_chroot()
{
	local root=$1 version=$2

	"$top/test/chroot/enter" "$root" sh -c '
		suites()
		{
			sed -n "s/^deb .* \([a-z]*\) main$/\1/p" /etc/apt/sources.list |
				paste -sd +
		}
		upstream()
		{
			dpkg-query -W -f "\${Version}" "$1" |
				sed -E "s/^[0-9]+://; s/[-+~][^-]*(-[^-]*)?\$//"
		}
		echo "PostgreSQL $("/usr/lib/postgresql/$0/bin/pg_config" --version |
			cut -d " " -f 2) (Debian $(suites)," \
			"gcc $(gcc -dumpfullversion)," \
			"libcurl $(upstream libcurl4-openssl-dev)," \
			"OpenSSL $(upstream libssl-dev)," \
			"json-c $(upstream libjson-c-dev))"' "$version"
}

# Runs the check in a chroot; its last line is what counts.
check_in_chroot()
{
	local root=$1 version=$2 name tally

	name=$(describe_chroot "$root" "$version")
	say "$name"
	"$top/test/chroot/enter" "$root" env \
		DYNAMODB_ENDPOINT="$DYNAMODB_ENDPOINT" \
		DDB_SERVICE="${DDB_SERVICE:-}" \
		PG_CONFIG="/usr/lib/postgresql/$version/bin/pg_config" \
		/var/tmp/dynamodb_fdw/test/run check 2>&1 </dev/null |
		tee "$log/check-$version" || true
	tally=$(tail -n 1 "$log/check-$version")
	if [[ $tally =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
		passed=$((passed + BASH_REMATCH[1]))
		failed=$((failed + BASH_REMATCH[2]))
		version_lines+=("$name: $tally")
	else
		fail_version "$version" "the check ended early"
	fi
}

check_version()
{
	local version=$1 archive root=$work/postgresql-$1

	archive=$(chroot_archive "$version")
	make_chroot "$version" "$archive" || return 0
	mkdir "$root"
	tar --numeric-owner -C "$root" -xpf "$archive"
	cp /etc/hosts "$root/etc/"
	cp -R "$src" "$root/var/tmp/dynamodb_fdw"
	start_emulator
	start_service
	check_in_chroot "$root" "$version"
	if [ -n "$own_emulator" ]; then
		stop_servers
		unset DYNAMODB_ENDPOINT DDB_SERVICE
		rm -r "$work/emulator" "$work/proxy.port"
	fi
	[ -n "${KEEP:-}" ] || rm -r "$root"
}

# check_versions VERSION...
check_versions()
{
	local version own_emulator=

	[ "$(id -u)" = 0 ] || die "chroots can be made and entered only by root"
	[ -n "${DYNAMODB_ENDPOINT:-}" ] || own_emulator=yes
	copy_source
	for version in "$@"; do
		check_version "$version"
	done
	echo
	printf '%s\n' "${version_lines[@]}"
	echo "$passed passed, $failed failed, $versions_skipped skipped"
	[ "$failed" = 0 ] && [ "$passed" -gt 0 ] || exit 1
}
