# demo.bash
#	The shop in DynamoDB, PostgreSQL before it, and the tour.

demo_table_made=

demo_psql()
{
	"$bindir/psql" -X -q -d shop -v ON_ERROR_STOP=1 "$@"
}

# Creates the database and fills the DynamoDB table.  Everything goes through
# the extension itself, dynamodb_call() for what has no SQL form.
load_shop()
{
	"$bindir/createdb" shop
	demo_psql <"$src/test/demo/schema.sql" >"$log/schema" 2>&1 || {
		tail -n 5 "$log/schema" >&2
		die "the demo's schema failed"
	}
	demo_table_made=yes
	demo_psql -f "$src/test/demo/load.sql" || die "the demo's data failed"
}

# An emulator of ours takes the table with it; another's must be as it was.
drop_demo_table()
{
	[ -n "$demo_table_made" ] || return 0
	demo_table_made=
	demo_psql -c "SELECT dynamodb_call('shop', 'DeleteTable',
		'{\"TableName\": \"Shop\"}')" >/dev/null 2>&1 </dev/null || true
}

# A role of its own for those who come over TCP: it reads, and has a password
# because any user of this machine can connect to the port.
open_port()
{
	local password

	password=$(od -An -N 12 -tx1 /dev/urandom | tr -d ' \n')
	demo_psql <<-SQL
		CREATE ROLE demo LOGIN PASSWORD '$password';
		GRANT SELECT ON ALL TABLES IN SCHEMA public TO demo;
	SQL
	say "For other programs, until the demo ends:"
	cat <<-EOF
	      psql postgresql://demo:$password@127.0.0.1:$port/shop
	      jdbc:postgresql://127.0.0.1:$port/shop?user=demo&password=$password
	      postgresql+psycopg://demo:$password@127.0.0.1:$port/shop
	EOF
}

demo()
{
	build_extension
	say "Starting PostgreSQL ($("$pg_config" --version | cut -d ' ' -f 2))" \
		"and the emulator"
	start_postgres
	start_emulator
	say "Loading the shop through the DynamoDB API"
	load_shop
	echo
	# not -f, which would put the file's place before the one error
	demo_psql <"$src/test/demo/tour.sql" 2>&1 ||
		die "the tour didn't get to its end"
	[ -z "${PORT:-}" ] || open_port
	if [ -t 0 ] && [ -t 1 ]; then
		say "Your turn: \\d shows what is there, \\q ends it all"
		"$bindir/psql" -d shop || true
	elif [ -n "${PORT:-}" ]; then
		say "Running until standard input ends"
		cat >/dev/null
	fi
}
