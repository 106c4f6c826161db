# Errors that come from elsewhere while writes are in flight: nothing more is
# sent, those in flight are waited for, and what stands is said.
use strict;
use warnings;
use DdbBench;
use DdbTest;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

plan skip_all => 'needs emulators of our own' unless DdbBench->available;

my $door = DdbBench->new;
my $node = new_node('stop');

create_server($node, 's', $door->url,
	"max_attempts '4', consistent_read 'on'");
create_server($node, 'nowhere', 'http://127.0.0.1:1', "max_attempts '1'");
$node->safe_psql('postgres', <<"EOS");
CREATE FOREIGN TABLE things (
  pk text COLLATE "C" NOT NULL, sk integer NOT NULL, v text, n integer
) SERVER s
  OPTIONS (table_name 'Stopped', partition_key 'pk', sort_key 'sk');
EOS
$door->remake_table('Stopped');

my @writes = qw(PutItem UpdateItem DeleteItem BatchWriteItem);
my %slow = (delay => { seconds => 0.2, operations => \@writes });

# Twenty rows of this partition, that say 'x'; then these rules alone.
sub under
{
	my ($pk, $rules, $test) = @_;

	$door->change(none => JSON::PP::true);
	$node->safe_psql('postgres', <<"EOS");
DELETE FROM things WHERE pk = '$pk' AND sk > 0;
INSERT INTO things SELECT '$pk', i, 'x', 0 FROM generate_series(1, 20) i;
EOS
	$door->under($rules, $test);
	return;
}

sub count_of
{
	my ($where) = @_;

	return $node->safe_psql('postgres',
		"SELECT count(*) FROM things WHERE $where");
}

# How many writes were asked for, since the last look at the log.
sub sent
{
	return scalar(
		grep {
			my $operation = $_->{operation};
			grep { $operation eq $_ } @writes
		} $door->log);
}

# A statement fails after so many rows, all of which stand: these.  As many
# writes were asked for, or this many.
sub stops
{
	my ($name, $sql, $state, $n, $where, $asked) = @_;
	my $error = query_error($node, $sql);
	my $sent = sent();

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is($error->{state}, $state, "$name: the error")
	  or diag($error->{err});
	like(
		$error->{context},
		qr/^items of DynamoDB table "Stopped" that this statement had written: $n$/,
		"$name: it says how many items were written");
	like($error->{err},
		qr/WARNING:.*rollback does not undo.*\n.*Items written: $n\.\n/,
		"$name: so does the rollback");
	is(count_of($where), $n, "$name: so many were");
	is($sent, $asked || $n, "$name: and asked for");
	return $error;
}

# Row by row, nine are on their way when the tenth cannot be computed.

my $local = "pk = 'e' AND v <> ''";

under(
	'e',
	\%slow,
	sub {
		stops(
			'SET',
			"UPDATE things SET v = 'y' || 100 / (sk - 10) WHERE $local",
			'22012', 9, "pk = 'e' AND v LIKE 'y%'");
	});
under(
	'e',
	\%slow,
	sub {
		my $error = query_error($node,
			"DELETE FROM things WHERE $local AND 100 / (sk - 10 + 0 * length(v)) <> 1000");
		my ($n) = $error->{context} =~ /had written: (\d+)$/;

		is($error->{state}, '22012', 'WHERE: the error');
		is($n, 20 - count_of("pk = 'e'"), 'WHERE: what is gone is said');
		is($n, sent(), 'WHERE: and was asked for');
	});
under(
	'e',
	\%slow,
	sub {
		stops(
			'a value out of range',
			"UPDATE things SET v = 'y', n = (sk * 214748365::bigint)::integer WHERE $local",
			'22003', 9, "pk = 'e' AND v = 'y'");
	});
under(
	'e',
	\%slow,
	sub {
		$node->safe_psql('postgres',
			"ALTER FOREIGN TABLE things ADD CONSTRAINT small CHECK (n < 10)");
		stops('CHECK',
			"UPDATE things SET v = 'y', n = sk + length(v) - 1 WHERE $local",
			'23514', 9, "pk = 'e' AND v = 'y'");
		$node->safe_psql('postgres',
			"ALTER FOREIGN TABLE things DROP CONSTRAINT small");
	});

# In the executor's end, which runs what only WITH has
under(
	'e',
	\%slow,
	sub {
		stops(
			'WITH',
			"WITH u AS (UPDATE things SET v = 'y' || 100 / (sk - 10) WHERE $local) SELECT 1",
			'22012', 9, "pk = 'e' AND v LIKE 'y%'");
	});

# In other tables of the statement: a trigger, and a server that isn't there
$node->safe_psql('postgres', <<"EOS");
CREATE TABLE all_things (pk text COLLATE "C" NOT NULL, sk integer NOT NULL, v text, n integer);
ALTER FOREIGN TABLE things INHERIT all_things;
CREATE TABLE own () INHERITS (all_things);
INSERT INTO own VALUES ('e', 1, 'x');
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
  AS 'BEGIN RAISE ''refused''; END';
CREATE TRIGGER t BEFORE UPDATE ON own FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE FOREIGN TABLE absent () INHERITS (all_things)
  SERVER nowhere OPTIONS (table_name 'Absent', partition_key 'pk', sort_key 'sk');
ALTER FOREIGN TABLE absent NO INHERIT all_things;
EOS
under(
	'e',
	\%slow,
	sub {
		stops('a trigger of another table',
			"UPDATE all_things SET v = 'y' WHERE $local",
			'P0001', 20, "pk = 'e' AND v = 'y'");
	});
$node->safe_psql('postgres', <<"EOS");
DROP TRIGGER t ON own;
ALTER FOREIGN TABLE absent INHERIT all_things;
EOS
under(
	'e',
	\%slow,
	sub {
		stops('another server', "UPDATE all_things SET v = 'y' WHERE $local",
			'08001', 20, "pk = 'e' AND v = 'y'");
	});
$node->safe_psql('postgres', <<"EOS");
ALTER FOREIGN TABLE absent NO INHERIT all_things;
ALTER FOREIGN TABLE things NO INHERIT all_things;
EOS

# By key, and by batches
under(
	'e',
	\%slow,
	sub {
		my $keys = join(', ', 1 .. 20);
		my $error = query_error($node,
			"UPDATE things SET n = n + 1 WHERE pk = 'e' AND sk IN ($keys) RETURNING 1 / (sk - 4)"
		);
		my ($n) = $error->{context} =~ /had written: (\d+)$/;

		is($error->{state}, '22012', 'by key: RETURNING fails');
		is($n, count_of("pk = 'e' AND n = 1"), 'by key: what stands is said');
		is($n, sent(), 'by key: and was asked for');
	});
under(
	'e', {},
	sub {
		stops('the source of an INSERT',
			"INSERT INTO things SELECT 'i', i, (1 / (250 - i))::text FROM generate_series(1, 300) i",
			'22012', 200, "pk = 'i'");
		stops('a CHECK within a batch',
			<<"EOS", '23514', 100, "pk = 'c'");
ALTER FOREIGN TABLE things ADD CONSTRAINT no_42 CHECK (sk <> 142);
INSERT INTO things SELECT 'c', i FROM generate_series(1, 300) i;
EOS
		$node->safe_psql('postgres',
			"ALTER FOREIGN TABLE things DROP CONSTRAINT no_42");
	});

# PL/pgSQL wants one row, and asks for two to see whether there are more.
under(
	'e',
	\%slow,
	sub {
		my $keys = join(', ', 1 .. 20);
		my $error = query_error($node, <<"EOS");
DO \$\$
DECLARE
  k integer;
BEGIN
  UPDATE things SET n = 7 WHERE pk = 'e' AND sk IN ($keys) RETURNING sk INTO k;
END \$\$;
EOS

		is($error->{state}, 'P0003', 'more rows than were wanted');
		is(sent(), 2, 'and no more are written than were asked for');
		like($error->{err}, qr/Items written: 2\.$/m, 'which is said');
	});

# What others are tried again for doesn't hide the row that fails.
under(
	'e',
	{ throttle => { rate => 0.5, operations => ['PutItem'] } },
	sub {
		my $error = query_error($node,
			"INSERT INTO things SELECT 'e', 50 - i FROM generate_series(1, 45) i");

		is($error->{state}, '23505', 'a duplicate among rows that are throttled')
		  or diag($error->{err});
		like($error->{err}, qr/Items written: (\d+)\.\n/, 'and a count');
		$error->{err} =~ /Items written: (\d+)\./;
		is(count_of("pk = 'e'") - 20, $1, 'of what stands');
	});

# The last that is sent is the one that fails.
$node->safe_psql('postgres',
	"ALTER FOREIGN TABLE things OPTIONS (ADD concurrency '1')");
under(
	'e', {},
	sub {
		stops('a duplicate, one after the other',
			"INSERT INTO things SELECT 'one', i, 'x' FROM generate_series(1, 20) i WHERE i <> 5 UNION ALL SELECT 'e', 5, 'x' UNION ALL SELECT 'one', i, 'x' FROM generate_series(30, 50) i",
			'23505', 19, "pk = 'one'", 20);
		$node->safe_psql('postgres', <<"EOS");
CREATE FUNCTION meanwhile(k integer) RETURNS text LANGUAGE plpgsql VOLATILE AS \$\$
BEGIN
  IF k = 5 THEN
    PERFORM dynamodb_call('s', 'UpdateItem', '{"TableName": "Stopped",
      "Key": {"pk": {"S": "e"}, "sk": {"N": "5"}}, "UpdateExpression": "SET v = :v",
      "ExpressionAttributeValues": {":v": {"S": "other"}}}');
  END IF;
  RETURN 'y';
END \$\$;
EOS
		stops('a change met meanwhile',
			"UPDATE things SET v = v || meanwhile(sk) WHERE $local",
			'HV000', 4, "pk = 'e' AND v = 'xy'", 6);
	});
$node->safe_psql('postgres',
	"ALTER FOREIGN TABLE things OPTIONS (DROP concurrency)");

# PL/pgSQL goes on after the error; only that block's writes are told of, once.
under(
	'e',
	\%slow,
	sub {
		my ($out, $err);

		$node->psql('postgres', <<"EOS", stdout => \$out, stderr => \$err);
CREATE TEMP TABLE told (context text);
DO \$\$
DECLARE
  said text;
BEGIN
  UPDATE things SET n = 5 WHERE pk = 'e' AND sk = 20;
  BEGIN
    UPDATE things SET v = 'y' || 100 / (sk - 10) WHERE $local;
  EXCEPTION WHEN division_by_zero THEN
    GET STACKED DIAGNOSTICS said = PG_EXCEPTION_CONTEXT;
    INSERT INTO told VALUES (said);
  END;
  UPDATE things SET n = 6 WHERE pk = 'e' AND sk = 19;
END \$\$;
SELECT substring(context, 'had written: .*?\$') FROM told WHERE context ~ 'Stopped';
EOS
		my $warnings = () = $err =~ /rollback does not undo/g;

		like($out, qr/^had written: 9$/m, 'a handler is told')
		  or diag("$out$err");
		is($warnings, 1, 'one warning');
		like($err, qr/Items written: 9\.$/m, 'of what stands');
		is(count_of("pk = 'e' AND v LIKE 'y%'"), 9, 'which does');
		is(count_of("pk = 'e' AND n > 4"), 2, 'as does the rest');
	});

# A statement within the statement fails, and only that one is stopped.
under(
	'e',
	{ delay => { seconds => 0.05, operations => \@writes } },
	sub {
		$node->safe_psql('postgres', <<"EOS");
CREATE FUNCTION inner_write(k integer) RETURNS text LANGUAGE plpgsql AS \$\$
BEGIN
  UPDATE things SET v = 'z' || 10 / (sk - 3) WHERE pk = 'inner' AND v <> '';
  RETURN 'never';
EXCEPTION WHEN division_by_zero THEN
  RETURN 'caught';
END \$\$;
INSERT INTO things SELECT 'inner', i, 'x', 0 FROM generate_series(1, 5) i;
EOS
		$node->safe_psql('postgres',
			"UPDATE things SET v = inner_write(sk) WHERE $local AND sk < 13");
		is(count_of("pk = 'e' AND v = 'caught'"), 12,
			'the statement around one that fails goes on');
		is(count_of("pk = 'inner' AND v LIKE 'z%'"), 2,
			'and what that one wrote stands');
	});

# Who cancels doesn't wait, be it the statement or the waiting.
foreach my $case (
	[ 'cancel', 'canceling', "pg_sleep(0.2)" ],
	[ 'cancel while waiting', 'division', "100 / (sk - 6)" ])
{
	my ($name, $words, $expression) = @$case;

	under(
		$name,
		{ delay => { seconds => 10, operations => \@writes } },
		sub {
			my $offset = -s $node->logfile;
			my ($took, $session) = cancel_and_time($node,
				"UPDATE things SET v = 'y' || coalesce(($expression)\::text, '') WHERE pk = '$name' AND v <> ''",
				'pg_sleep(0.7), pg_cancel_backend');
			my $log = slurp_file($node->logfile, $offset);

			cmp_ok($took, '<', 2.7, "$name: at once");
			like($log, qr/ERROR:  $words/, "$name: the error");
			like($log,
				qr/had written: 0, and up to [1-8] more may have been/,
				"$name: what may stand is said");
			like($log, qr/Items written: 0\.  Up to [1-8] more may have been/,
				"$name: once more by the rollback");
			$session->quit;
		});
}
under(
	'terminate',
	{ delay => { seconds => 10, operations => \@writes } },
	sub {
		my $offset = -s $node->logfile;
		my ($took) = cancel_and_time($node,
			"UPDATE things SET v = 'y' || 100 / (sk - 6) WHERE pk = 'terminate' AND v <> ''",
			'pg_sleep(0.7), pg_terminate_backend');
		my $log;

		$node->wait_for_log(qr/Items written/, $offset);
		$log = slurp_file($node->logfile, $offset);
		cmp_ok($took, '<', 2.7, 'waiting ends with the backend');
		like($log, qr/Items written: 0\.  Up to 5 more may have been/,
			'whose log says what may stand');
	});

# At whatever moment a statement is stopped, and whatever the service does
# meanwhile: what stands is between what was acknowledged and that with what
# may have been.
$node->safe_psql('postgres', <<"EOS");
CREATE FOREIGN TABLE whole (
  pk text COLLATE "C" NOT NULL, sk integer NOT NULL, v text, n integer
) SERVER s
  OPTIONS (table_name 'Stopped', partition_key 'pk', sort_key 'sk', insert_mode 'replace');
INSERT INTO whole SELECT 'row', i, 'x', 0 FROM generate_series(1, 400) i;
EOS
my $keys = join(', ', 1 .. 400);
my %statements = (
	'INSERT' => [
		"INSERT INTO things SELECT 'PK', i, 'x' FROM generate_series(1, 400) i",
		"pk = 'PK'"
	],
	'INSERT in batches' => [
		"INSERT INTO whole SELECT 'PK', i, 'x' FROM generate_series(1, 400) i",
		"pk = 'PK'"
	],
	'UPDATE' => [
		"UPDATE things SET v = 'PK' || left(v, 0) WHERE pk = 'row' AND n >= 0 AND random() >= 0",
		"pk = 'row' AND v = 'PK'"
	],
	'UPDATE by key' => [
		"UPDATE things SET v = 'PK' WHERE pk = 'row' AND sk IN ($keys)",
		"pk = 'row' AND v = 'PK'"
	]);
my %trouble = (
	delay => { rate => 0.5, seconds => 0.02, operations => \@writes },
	throttle => { rate => 0.02, operations => \@writes },
	unprocessed => { rate => 0.2, operations => \@writes },
	map { $_ => { rate => 0.01, operations => \@writes } }
	  qw(drop drop_after fail fail_after cut conflict));
my %ended;

foreach my $round (1 .. 5)
{
	foreach my $name (sort keys %statements)
	{
		my $pk = "$name $round";
		my ($sql, $where) = map { s/PK/$pk/gr } @{ $statements{$name} };
		my $timeout = $round == 1 ? 0 : 40 + int(rand(500));
		my ($error, $n, $more, $there);

		$door->change(none => JSON::PP::true, %trouble);
		$error = query_error($node,
			"SET statement_timeout = $timeout; BEGIN; $sql; COMMIT");
		$door->change(none => JSON::PP::true);
		$ended{ $error->{state} || 'well' }++;
		($n, $more) =
		  $error->{err} =~ /Items written: (\d+)\.(?:  Up to (\d+) more)?/;
		$n = $error->{state} ? $n || 0 : 400;
		$more ||= 0;
		sleep(0.5) if $more;
		$there = count_of($where);
		ok($n <= $there && $there <= $n + $more,
			"$pk: $n and up to $more more: $there")
		  or diag("timeout $timeout\n$error->{err}");
	}
}

# TRUNCATE deletes what is there, a page at a time.
$node->safe_psql('postgres', <<"EOS");
ALTER SERVER s OPTIONS (ADD allow_scan 'on');
ALTER FOREIGN TABLE things OPTIONS (ADD truncatable 'true');
EOS
foreach my $timeout (100, 300, 0)
{
	my $before = count_of('true');
	my ($error, $n, $more, $gone);

	$door->change(none => JSON::PP::true, %trouble);
	$error = query_error($node,
		"SET statement_timeout = $timeout; BEGIN; TRUNCATE things; COMMIT");
	$door->change(none => JSON::PP::true);
	($n, $more) =
	  $error->{err} =~ /Items written: (\d+)\.(?:  Up to (\d+) more)?/;
	$n = $error->{state} ? $n || 0 : $before;
	$more ||= 0;
	sleep(0.5) if $more;
	$gone = $before - count_of('true');
	ok($n <= $gone && $gone <= $n + $more,
		"TRUNCATE: $n of $before and up to $more more: $gone")
	  or diag($error->{err});
}
note(join(', ', map { "$_: $ended{$_}" } sort keys %ended));

done_testing();
