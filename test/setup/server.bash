# server.bash
#	PostgreSQL and the emulator, for as long as the script runs.
#
# Both live under $work, hold on to none of the script's own descriptors
# (so that a pipe after make sees its end), and are ended by process id from
# the script's exit trap.  Sets DYNAMODB_ENDPOINT, socket and port.

server_pids=()

# Servers refuse to run as root: for root, they and all they touch belong to
# the user that comes with PostgreSQL's package.
if [ "$(id -u)" = 0 ]; then
	as_server()
	{
		runuser -u postgres -- "$@"
	}
	give_to_server()
	{
		chown -R postgres: "$@"
	}
else
	as_server()
	{
		"$@"
	}
	give_to_server()
	{
		:
	}
fi

# start NAME COMMAND...: in the background and in a session of its own, so
# that an interrupt at the terminal ends a query in psql and not the server.
start()
{
	local name=$1 starter

	shift
	rm -f "$work/$name.pid"
	as_server setsid sh -c 'echo $$ >"$0"; exec "$@"' \
		"$work/$name.pid" "$@" >"$log/$name" 2>&1 </dev/null &
	starter=$!
	while ! [ -s "$work/$name.pid" ]; do
		kill -0 $starter 2>/dev/null || {
			cat "$log/$name" >&2
			die "could not start $name"
		}
		sleep 0.05
	done
	server_pids+=("$(cat "$work/$name.pid")")
}

# wait_for NAME SECONDS COMMAND...: until the command succeeds, as long as
# the server that was started last lives.
wait_for()
{
	local name=$1 deadline=$((SECONDS + $2))

	shift 2
	while ! "$@" >/dev/null 2>&1; do
		if ! kill -0 "${server_pids[-1]}" 2>/dev/null ||
			[ $SECONDS -ge $deadline ]; then
			tail -n 20 "$log/$name" >&2
			return 1
		fi
		sleep 0.1
	done
}

any_server_lives()
{
	local pid

	for pid in "${server_pids[@]}"; do
		! kill -0 "$pid" 2>/dev/null || return 0
	done
	return 1
}

# PostgreSQL waits for its clients on SIGTERM, so it gets SIGINT first; Java
# ignores that one, as whatever a script starts in the background does.
stop_servers()
{
	local signal tries

	for signal in INT TERM QUIT KILL; do
		any_server_lives || break
		kill -$signal "${server_pids[@]}" 2>/dev/null || true
		for ((tries = 0; tries < 30; tries++)); do
			any_server_lives || break 2
			sleep 0.1
		done
	done
	server_pids=()
}

answers()
{
	(exec 3<>"/dev/tcp/127.0.0.1/$1")
}

free_port()
{
	perl -MSocket -e '
		socket(S, PF_INET, SOCK_STREAM, 0) or die;
		bind(S, sockaddr_in(0, INADDR_LOOPBACK)) or die;
		print +(sockaddr_in(getsockname(S)))[0];'
}

# start_local NAME: a DynamoDB Local of that name; sets local_url.
start_local()
{
	local name=$1 number try

	# A free port may be taken by another before Java binds it.
	for try in 1 2 3; do
		number=$(free_port)
		start "$name" env -C "$work/emulator" LD_PRELOAD=./loopback.so \
			"$java" -Djava.net.preferIPv4Stack=true \
			-Djava.library.path=./DynamoDBLocal_lib \
			-jar DynamoDBLocal.jar -inMemory -sharedDb -disableTelemetry \
			-port "$number"
		if wait_for "$name" 60 answers "$number"; then
			local_url=http://127.0.0.1:$number
			return
		fi
	done
	die "the emulator doesn't start"
}

start_emulator()
{
	[ -z "${DYNAMODB_ENDPOINT:-}" ] || return 0

	# The user's cache may be closed to the server's user.
	as_server mkdir "$work/emulator"
	cp -R "$emulator/." "$work/emulator"
	give_to_server "$work/emulator"
	as_server gcc -O2 -shared -fPIC -o "$work/emulator/loopback.so" \
		"$src/test/service/loopback.c" -ldl
	start_local emulator
	export DYNAMODB_ENDPOINT=$local_url
}

# Where a server finds an extension that isn't installed: a path of its own
# from PostgreSQL 18 on, a prefix of Debian's before that.
extension_settings()
{
	local settings

	[ -n "$stage" ] || return 0
	settings=$("$bindir/postgres" --describe-config | cut -f 1)
	if grep -qx extension_control_path <<<"$settings"; then
		echo "extension_control_path = '$stage$("$pg_config" --sharedir):\$system'"
	elif grep -qx extension_destdir <<<"$settings"; then
		echo "extension_destdir = '$stage'"
	else
		die "this PostgreSQL ($("$pg_config" --version)) loads extensions only" \
			"from its own folders; run make install, then make installcheck"
	fi
	echo "dynamic_library_path = '$stage$("$pg_config" --pkglibdir):\$libdir'"
}

# A program that PostgreSQL runs under, with its arguments.
postgres_under=()

# The settings are also TEMP_CONFIG, which PostgreSQL's own test modules add
# to the servers they start.
start_postgres()
{
	local data=$work/data

	socket=$work/socket
	port=${PORT:-5432}
	as_server mkdir -m 700 "$socket"
	extension_settings >"$work/extension.conf"
	export TEMP_CONFIG=$work/extension.conf
	as_server "$bindir/initdb" -D "$data" -U postgres -E UTF8 \
		--locale=C.UTF-8 --auth-local=trust --auth-host=scram-sha-256 \
		--no-sync >"$log/initdb" 2>&1 </dev/null || {
		tail -n 20 "$log/initdb" >&2
		die "initdb failed"
	}
	{
		cat "$work/extension.conf"
		echo "listen_addresses = '${PORT:+127.0.0.1}'"
		echo "port = $port"
		echo "unix_socket_directories = '$socket'"
		echo "timezone = 'UTC'"
		echo "fsync = off"
	} | as_server tee -a "$data/postgresql.conf" >/dev/null
	start postgres "${postgres_under[@]}" "$bindir/postgres" -D "$data"
	export PGHOST=$socket PGPORT=$port PGUSER=postgres
	wait_for postgres 60 "$bindir/psql" -X -d postgres -c 'SELECT 1' ||
		die "PostgreSQL doesn't start"
}
