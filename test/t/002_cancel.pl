# Whatever the other side does, a query can be ended: by statement_timeout,
# pg_cancel_backend, pg_terminate_backend and a shutdown, within half a second.
use strict;
use warnings;
use DdbService;
use DdbTest;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $timeout = 0.2;
my $limit = 0.5;
my $node = new_node('cancel');
my $no_items = { Items => [], Count => 0, ScannedCount => 0 };

create_server($node, 'fake', 'http://127.0.0.1:1');
create_table($node, 'fake', 'things');
$node->safe_psql('postgres', <<'EOS');
CREATE FOREIGN TABLE described (
  pk text COLLATE "C" NOT NULL,
  sk integer NOT NULL
) SERVER fake OPTIONS (table_name 'Things');
EOS

# A page of five items, whose next one never comes.
sub first_page_then
{
	my ($then) = @_;
	my @items = map { { pk => { S => 'a' }, sk => { N => "$_" } } } 1 .. 5;

	return sub {
		my ($request) = @_;

		return $then if $request->{body}{ExclusiveStartKey};
		return answer(
			{
				Items => \@items,
				Count => 5,
				ScannedCount => 5,
				LastEvaluatedKey => $items[-1]
			});
	};
}

my $silent = DdbService->start(sub { return stall });
my $silent_port = silent_port();
my $full_port = full_port();
my %endpoints = (
	'no answer' => $silent->url,
	'half an answer' => DdbService->start(
		sub {
			my $whole = answer($no_items)->{bytes};

			return raw(substr($whole, 0, length($whole) - 10), stall => 1);
		})->url,
	'half a header' => DdbService->start(
		sub { return raw("HTTP/1.1 200 OK\r\nContent-", stall => 1) })->url,
	'no TLS handshake' => "https://127.0.0.1:$silent_port",
	'no connection' => "http://127.0.0.1:$full_port",
	'the second page' => DdbService->start(first_page_then(stall))->url,
	'a back-off' => DdbService->start(
		sub {
			return failure(
				400, 'ThrottlingException',
				'Rate exceeded',
				headers => { 'x-amz-retry-after' => 5000 });
		})->url,
	'empty pages without end' => DdbService->start(
		sub {
			return answer(
				{
					%$no_items,
					LastEvaluatedKey =>
					  { pk => { S => 'a' }, sk => { N => '1' } }
				});
		})->url);
my %statements = (
	'execution' => 'SELECT * FROM things',
	'planning' => 'SELECT * FROM described',
	'dynamodb_call()' => q{SELECT dynamodb_call('fake', 'ListTables', '{}')},
	'IMPORT' => 'IMPORT FOREIGN SCHEMA dynamodb FROM SERVER fake INTO public'
);


# By statement_timeout, as the client sees it
sub times_out_in_time
{
	my ($name, $sql) = @_;
	my $error = query_error($node, <<"EOS");
SET statement_timeout = '${timeout}s';
\\timing on
$sql;
\\timing off
RESET statement_timeout;
SELECT 'alive';
EOS
	my ($took) = $error->{out} =~ /^Time: ([0-9.]+) ms/m;

	$took = defined $took ? $took / 1000 - $timeout : 999;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is($error->{state}, '57014', "statement_timeout: $name")
	  or diag($error->{err});
	cmp_ok($took, '<', $limit, sprintf('after %.3f s', $took));
	like($error->{out}, qr/^alive$/m, 'and the session goes on');
}

foreach my $phase (sort keys %endpoints)
{
	set_endpoint($node, 'fake', $endpoints{$phase});
	times_out_in_time($phase, $statements{execution});
}
set_endpoint($node, 'fake', $silent->url);
foreach my $statement (sort keys %statements)
{
	times_out_in_time($statement, $statements{$statement});
}


# By pg_cancel_backend, as the server sees it
my @phases = sort grep { !/without end/ } keys %endpoints;
foreach my $phase (@phases)
{
	set_endpoint($node, 'fake', $endpoints{$phase});

	my ($took, $session) =
	  cancel_and_time($node, $statements{execution}, 'pg_cancel_backend');
	cmp_ok($took, '<', $limit,
		sprintf('pg_cancel_backend: %s, after %.3f s', $phase, $took));
	is($session->query("SELECT 'alive'"), 'alive', 'the session goes on');
	like($session->{stderr}, qr/ERROR: +57014/, 'with 57014');
	$session->quit;
}


# A cancelled request leaves nothing behind that a later one could take for
# its answer
my $moody = DdbService->start(
	sub {
		my ($request) = @_;

		return stall if $request->{n} == 1;
		return answer(
			{
				Items => [ { pk => { S => 'a' }, sk => { N => '42' } } ],
				Count => 1,
				ScannedCount => 1
			});
	});
set_endpoint($node, 'fake', $moody->url);
my $error = query_error($node, <<'EOS');
SET statement_timeout = '100ms';
SELECT sk FROM things;
RESET statement_timeout;
SELECT sk FROM things;
EOS
is($error->{state}, '57014', 'a query that is cancelled');
is($error->{out}, '42', 'and the same one again, answered');
my %connections = map { $_->{connection} => 1 } $moody->requests;
is(scalar(keys %connections), 2, 'over another connection');

# in a subtransaction
$moody = DdbService->start(
	sub {
		my ($request) = @_;

		return $request->{n} == 1 ? stall : answer($no_items);
	});
set_endpoint($node, 'fake', $moody->url);
$error = query_error($node, <<'EOS');
SET statement_timeout = '100ms';
DO $$
BEGIN
  BEGIN
    PERFORM * FROM things;
  EXCEPTION WHEN query_canceled THEN
    RAISE NOTICE 'caught';
  END;
  PERFORM * FROM things;
  RAISE NOTICE 'done';
END $$;
EOS
like($error->{err}, qr/caught.*done/s, 'a block that catches the cancel');
is($error->{state}, '', 'asks again and gets its answer');


# A cursor that is closed doesn't wait for what was read ahead
my $ahead = DdbService->start(first_page_then(stall));
set_endpoint($node, 'fake', $ahead->url);
$error = query_error($node, <<'EOS');
ALTER FOREIGN TABLE things OPTIONS (ADD page_size '5');
BEGIN;
DECLARE c CURSOR FOR SELECT sk FROM things;
FETCH 5 FROM c;
\timing on
CLOSE c;
COMMIT;
\timing off
ALTER FOREIGN TABLE things OPTIONS (DROP page_size);
SELECT 'alive';
EOS
is($error->{err}, '', 'a cursor over a stalled page closes');
my @times = $error->{out} =~ /^Time: ([0-9.]+) ms/mg;
ok(@times == 2 && $times[0] + $times[1] < 500, 'at once');
like($error->{out}, qr/^alive$/m, 'and the session goes on');


# By pg_terminate_backend
foreach my $phase (@phases)
{
	set_endpoint($node, 'fake', $endpoints{$phase});

	my ($took, $session) =
	  cancel_and_time($node, $statements{execution}, 'pg_terminate_backend');
	cmp_ok($took, '<', $limit,
		sprintf('pg_terminate_backend: %s, after %.3f s', $phase, $took));
	$session->{run}->pump_nb;
	$session->{run}->finish;
	like($session->{stderr}, qr/FATAL: +57P01/, 'with 57P01');
}


# By a fast shutdown, with a session in each phase
my @sessions;
foreach my $phase (@phases)
{
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	set_endpoint($node, 'fake', $endpoints{$phase});
	$session->query_until(qr/begun/,
		"\\echo begun\n$statements{execution};\n");
	push @sessions, $session;
	my $n = @sessions;
	$node->poll_query_until('postgres', <<"EOS") or die "it doesn't wait";
SELECT count(*) = $n FROM pg_stat_activity
 WHERE query = '$statements{execution};' AND wait_event_type = 'Extension'
EOS
}
my $start = time();
$node->stop('fast');
my $took = time() - $start;
cmp_ok($took, '<', 3, sprintf('a fast shutdown takes %.1f s', $took));
$_->{run}->finish foreach @sessions;
done_testing();
