# How fast a statement reads and writes, what it does where the service
# throttles, and what it says of all that: from a table that is as large, and
# as dear, as the test wants.
use strict;
use warnings;
use DdbService;
use DdbTest;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

# A unit for twenty items.
my $item_units = 0.05;
my $secret = 'NobodyMaySeeThis';
my %seen;

sub describe
{
	my ($name) = @_;
	my %throughput = (
		provisioned => {
			ProvisionedThroughput =>
			  { ReadCapacityUnits => 20, WriteCapacityUnits => 20 }
		},
		ondemand => {
			OnDemandThroughput =>
			  { MaxReadRequestUnits => 40, MaxWriteRequestUnits => -1 }
		});

	my $n = $name eq 'larger' ? 100_000 : 1_000_000;
	return description(
		TableName => $name,
		ItemCount => $n,
		TableSizeBytes => $n * 409.6,
		%{ $throughput{$name} || {} });
}

sub item
{
	my ($pk, $sk) = @_;

	return {
		pk => { S => $pk },
		sk => { N => "$sk" },
		v => { S => $secret }
	};
}

# A page as long as its Limit says, and another one after it, but in a table
# where every segment is one page; of a partition, one item.
sub page
{
	my ($request) = @_;
	my $body = $request->{body};
	my $n = $body->{Limit} || 2000;
	my ($pk) = map { values %$_ } values %{ $body->{ExpressionAttributeValues} };

	$n = 1 if $request->{operation} eq 'Query';
	return answer(
		{
			Items => [ map { item($pk || 'a', $_) } 1 .. $n ],
			Count => $n,
			ScannedCount => $n,
			$request->{operation} eq 'Scan' && $body->{TableName} !~ /^(finite|short)$/
			? (LastEvaluatedKey => { pk => { S => 'a' }, sk => { N => "$n" } })
			: (),
			ConsumedCapacity => {
				TableName => $body->{TableName},
				CapacityUnits => $n * $item_units
			}
		});
}

sub throttle
{
	return failure(400, 'ThrottlingException', 'Slow down.');
}

# A Query for partition "slow" is throttled the first two times.  For table
# "crowded", the first eight are, after all of them have come; later ones have
# no answer.  Table "silent" has twelve pages, and then no answer; "short" has
# none behind its first eight segments.
sub handle
{
	my ($request) = @_;
	my $body = $request->{body};
	my $table = $body->{TableName} || '';

	return describe($table) if $request->{operation} eq 'DescribeTable';
	return answer(
		{ ConsumedCapacity => { TableName => $table, CapacityUnits => 1 } })
	  if $request->{operation} eq 'PutItem';
	return answer(
		{
			Item => item('a', 1),
			ConsumedCapacity => { TableName => $table, CapacityUnits => 0.5 }
		}) if $request->{operation} eq 'GetItem';
	if ($table eq 'crowded')
	{
		sleep(1) if ++$seen{$table} == 1;
		return $seen{$table} <= 8 ? throttle() : stall();
	}
	return stall() if $table eq 'silent' && ++$seen{$table} > 12;
	return stall() if $table eq 'short' && $body->{Segment} >= 8;
	return throttle() if $request->{text} =~ /"slow"/ && ++$seen{slow} <= 2;
	return page($request);
}

my $service = DdbService->start(\&handle);
my $node = new_node('capacity', conf => <<'EOS');
log_statement = none
log_min_error_statement = error
EOS

create_server($node, 's', $service->url, "allow_scan 'on'");
foreach my $table (qw(plain provisioned ondemand crowded larger finite silent short))
{
	$node->safe_psql('postgres', <<"EOS");
CREATE FOREIGN TABLE $table (
  pk text COLLATE "C" NOT NULL,
  sk integer NOT NULL,
  v text
) SERVER s OPTIONS (table_name '$table');
EOS
}

# What a statement asked for until it ended or was stopped, and how long that
# took.
sub requests_within
{
	my ($ms, @sql) = @_;
	my $started = time;

	query_error($node, join(";\n", "SET statement_timeout = $ms", @sql));
	my $took = time - $started;
	return ($took,
		grep { $_->{operation} ne 'DescribeTable' } $service->requests);
}

sub units
{
	my $sum = 0;

	$sum += ($_->{body}{Limit} || 2000) * $item_units foreach @_;
	return $sum;
}

sub largest
{
	my ($largest) = sort { $b <=> $a } map { units($_) } @_;
	return $largest;
}


# A second's worth, and then as much every second; of all processes together
my $in_parallel = <<'EOS';
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2
EOS
my $in_one = 'SET max_parallel_workers_per_gather = 0';
foreach ([ 1, $in_one ], [ 8, $in_one ], [ 64, $in_one ], [ 8, $in_parallel ])
{
	my ($concurrency, $settings) = @$_;

	$node->safe_psql('postgres', <<"EOS");
ALTER FOREIGN TABLE plain
  OPTIONS (ADD read_capacity '50', ADD concurrency '$concurrency');
EOS
	my ($took, @requests) =
	  requests_within(4000, $settings, 'SELECT count(*) FROM plain');
	my $units = units(@requests);
	my $least = 0.8 * 50 * 4;
	my $most = 50 * ($took + 1) * 1.05;

	ok( $least <= $units && $units <= $most,
		"read_capacity 50, $concurrency in flight"
		  . ($settings eq $in_one ? '' : ', in parallel'))
	  or diag("$units units in $took s, not from $least to $most");
	cmp_ok(largest(@requests), '<=', 50, 'a page is a second\'s worth at most');
	$node->safe_psql('postgres',
		'ALTER FOREIGN TABLE plain OPTIONS (DROP read_capacity, DROP concurrency)'
	);
}

# Of several foreign tables over one DynamoDB table, the lowest figure counts,
# whichever is read first
$node->safe_psql('postgres', <<"EOS");
CREATE FOREIGN TABLE gentle (
  pk text COLLATE "C" NOT NULL,
  sk integer NOT NULL
) SERVER s OPTIONS (table_name 'plain', read_capacity '20');
EOS
foreach my $order ([ 'gentle', 'plain' ], [ 'plain', 'gentle' ])
{
	my ($took, @requests) = requests_within(2000,
		$in_one,
		"SELECT count(*) FROM $order->[0] WHERE pk = 'a' "
		  . "UNION ALL SELECT count(*) FROM $order->[1]");
	my $most = 20 * ($took + 1) * 1.05;

	cmp_ok(units(grep { $_->{operation} eq 'Scan' } @requests),
		'<=', $most, "the pace of table $order->[0], then of $order->[1]");
}
$node->safe_psql('postgres', 'DROP FOREIGN TABLE gentle');

# What "auto" makes of a table's capacity
my ($took, @requests) =
  requests_within(1000, 'SELECT count(*) FROM provisioned');
cmp_ok(largest(@requests), '<=', 10, 'auto: half of what is provisioned');
cmp_ok(largest(@requests), '>',  8,  '... and not less');
($took, @requests) = requests_within(1000, 'SELECT count(*) FROM ondemand');
cmp_ok(largest(@requests), '<=', 20, 'auto: half of the on-demand maximum');
cmp_ok(largest(@requests), '>',  16, '... and not less');
($took, @requests) = requests_within(300, 'SELECT count(*) FROM plain');
is(scalar(grep { exists $_->{body}{Limit} } @requests),
	0, 'auto: nothing is limited where nothing is known');
$node->safe_psql('postgres',
	"ALTER FOREIGN TABLE provisioned OPTIONS (ADD read_capacity 'none')");
($took, @requests) = requests_within(300, 'SELECT count(*) FROM provisioned');
is(scalar(grep { exists $_->{body}{Limit} } @requests),
	0, 'none: nothing is limited');

# Many lookups of one statement share a second's worth, other statements have
# their own
$node->safe_psql('postgres',
	"ALTER FOREIGN TABLE plain OPTIONS (ADD read_capacity '5')");
my $lookup = "SELECT v FROM plain WHERE pk = 'a' AND sk = 1";
($took, @requests) = requests_within(60000, <<"EOS");
DO \$\$
BEGIN
  FOR i IN 1 .. 20 LOOP
    PERFORM v FROM plain WHERE pk = 'a' AND sk = i;
  END LOOP;
END \$\$
EOS
is(scalar(@requests), 20, 'a loop of lookups');
cmp_ok($took, '>', 0.9, '... takes its time');
my $started = time;
$node->safe_psql('postgres', join(";\n", ($lookup) x 20));
note 'twenty statements: ', time - $started, ' s';
is(scalar($service->requests), 21, 'twenty statements');
my $waits = $node->safe_psql('postgres', <<"EOS");
\\timing on
$lookup;
$lookup
EOS
cmp_ok(($waits =~ /Time: ([0-9.]+)/g)[-1],
	'<', 500, '... of which none waits for another');
$service->requests;

# Waiting for units ends with a cancel
$node->safe_psql('postgres',
	"ALTER FOREIGN TABLE plain OPTIONS (SET read_capacity '1')");
($took, my $session) =
  cancel_and_time($node, 'SELECT count(*) FROM plain', 'pg_cancel_backend');
cmp_ok($took, '<', 0.5, 'a statement that waits for units is cancelled');
$session->quit;
$service->requests;
$node->safe_psql('postgres',
	'ALTER FOREIGN TABLE plain OPTIONS (DROP read_capacity)');

# Writes
$node->safe_psql('postgres',
	"ALTER FOREIGN TABLE plain OPTIONS (ADD write_capacity '10')");
($took, @requests) = requests_within(60000,
	"INSERT INTO plain SELECT 'a', i, 'x' FROM generate_series(1, 30) AS i");
is(scalar(@requests), 30, 'thirty rows with write_capacity 10');
cmp_ok($took, '>', 1.9, '... take two seconds');
cmp_ok($took, '<', 8,   '... and not much more');


# Eight in flight are throttled together: four go on
my $partitions = join ', ', map { "'p$_'" } 1 .. 20;
($took, @requests) = requests_within(6000,
	"SELECT pk FROM crowded WHERE pk IN ($partitions) ORDER BY sk, pk");
is(scalar(@requests), 12, 'throttling halves what is in flight');

# Workers that don't come leave what they may have in flight to their leader
($took, @requests) = requests_within(5000, $in_parallel,
	'SET max_parallel_workers = 0', 'SELECT count(*) FROM silent');
is(scalar(@requests), 12 + 8, 'a leader alone has all requests in flight');

# A segment that has ended leaves its place to another one
($took, @requests) = requests_within(3000, $in_parallel,
	'SET max_parallel_workers = 0', 'SELECT count(*) FROM short');
is_deeply([ sort { $a <=> $b } map { $_->{body}{Segment} } @requests ],
	[ 0 .. 15 ], 'as many segments are in flight as before');

# A table larger than DescribeTable says: one meter for all processes
$node->safe_psql('postgres', <<'EOS');
ALTER FOREIGN TABLE larger
  OPTIONS (ADD allow_scan 'auto', ADD scan_budget '6000')
EOS
foreach my $settings ($in_one, $in_parallel)
{
	error_is(
		$node,
		'the budget ends a Scan',
		"$settings;\nSELECT count(*) FROM larger",
		state => '53400',
		message => qr/has taken 6[0-9]{3} read units/);
	cmp_ok(units(grep { $_->{operation} eq 'Scan' } $service->requests),
		'<=', 6000 + 2 * 8 * 100, '... and little more is read');
}

# Where others get on, one more try is due
$node->safe_psql('postgres', "ALTER SERVER s OPTIONS (ADD max_attempts '2')");
my $plan = $node->safe_psql('postgres', <<'EOS');
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF)
SELECT pk FROM plain WHERE pk IN ('slow', 'swift') ORDER BY sk, pk
EOS
like($plan, qr/^ *Throttled: 2$/m, 'two throttled tries');
like($plan, qr/^ *Retries: 2$/m,   '... are repeated');
like($plan, qr/rows=2(?:\.00)? /, '... in spite of max_attempts');
$service->requests;


# What a session has asked
my $stats = $node->safe_psql('postgres', <<"EOS");
SELECT count(*) FROM dynamodb_stats();
$lookup;
$lookup;
SELECT pk FROM plain WHERE pk = 'b' ORDER BY sk;
INSERT INTO plain VALUES ('a', 1, '$secret');
SELECT server, table_name, operation, requests, items, read_units,
       write_units, retries, throttled, bytes_sent > 50, bytes_received > 50
  FROM dynamodb_stats() ORDER BY operation COLLATE "C";
SELECT count(*) FROM dynamodb_stats() WHERE requests > 2
EOS
is($stats, <<"EOS" =~ s/\n\z//r, 'dynamodb_stats()');
0
$secret
$secret
b
s|plain|DescribeTable|1|0|0|0|0|0|f|t
s|plain|GetItem|2|2|1|0|0|0|t|t
s|plain|PutItem|1|1|0|1|0|0|t|t
s|plain|Query|1|1|0.05|0|0|0|t|t
0
EOS

# What a statement has asked: to the client
sub reports
{
	my $error = query_error($node, join(";\n", @_));

	return join("\n", $error->{err} =~ /^.*INFO: .*?(DynamoDB .*)$/mg);
}

is( reports('SET dynamodb_fdw.report = on', $lookup, $lookup, 'SELECT 1'),
	"DynamoDB requests: 2 (GetItem 1, DescribeTable 1), read units: 0.5\n"
	  . 'DynamoDB requests: 1 (GetItem 1), read units: 0.5',
	'report: a statement with its planning, and none without requests');
is( reports('SET dynamodb_fdw.report = on', "INSERT INTO plain VALUES ('a', 1)"),
	'DynamoDB requests: 2 (PutItem 1, DescribeTable 1), read units: 0, write units: 1',
	'report: a write, once');
is( reports('SET dynamodb_fdw.report = on', $lookup, <<"EOS"),
DO \$\$ BEGIN PERFORM v FROM plain WHERE pk = 'a' AND sk = 1;
  PERFORM v FROM plain WHERE pk = 'a' AND sk = 2; END \$\$
EOS
	"DynamoDB requests: 2 (GetItem 1, DescribeTable 1), read units: 0.5\n"
	  . 'DynamoDB requests: 2 (GetItem 2), read units: 1',
	'report: what a statement calls is its own');
is( reports(
		'SET dynamodb_fdw.report = on',
		"SELECT 1 / (sk - 1) FROM plain WHERE pk = 'a' AND sk = 1", $lookup),
	'DynamoDB requests: 1 (GetItem 1), read units: 0.5',
	'report: what failed is nobody else\'s');
is( reports(
		'BEGIN; SET dynamodb_fdw.report = on; SAVEPOINT s',
		"SELECT 1 / (sk - 1) FROM plain WHERE pk = 'a' AND sk = 1",
		'ROLLBACK TO s', $lookup, 'COMMIT'),
	'DynamoDB requests: 1 (GetItem 1), read units: 0.5',
	'... nor that of the savepoint');
is( reports('SET dynamodb_fdw.report = on', $lookup, <<"EOS"),
DO \$\$ BEGIN
  PERFORM 1 / (sk - 1) FROM plain WHERE pk = 'a' AND sk = 1;
EXCEPTION WHEN division_by_zero THEN
  PERFORM v FROM plain WHERE pk = 'a' AND sk = 2;
END \$\$
EOS
	"DynamoDB requests: 2 (GetItem 1, DescribeTable 1), read units: 0.5\n"
	  . 'DynamoDB requests: 2 (GetItem 2), read units: 1',
	'... but a function\'s, that goes on');
$service->requests;
is( reports(
		'SET dynamodb_fdw.report = on', $in_parallel,
		'SELECT count(*) FROM finite'),
	'DynamoDB requests: 25 (Scan 24, DescribeTable 1), read units: 2400',
	'report: what workers asked is their leader\'s');
is(scalar($service->requests), 25, '... and no more was sent');
is( reports(
		'SET dynamodb_fdw.report = on',
		$in_parallel,
		'SET parallel_leader_participation = off',
		'SELECT count(*) FROM finite'),
	'DynamoDB requests: 25 (Scan 24, DescribeTable 1), read units: 2400',
	'... who may have asked nothing');
$service->requests;
is(reports($lookup), '', 'report: off');

# ... and to the log: no values, neither the statement's nor the items'
my $offset = -s $node->logfile;
$node->safe_psql('postgres', <<"EOS");
SET dynamodb_fdw.log_requests = on;
SET dynamodb_fdw.log_capacity = on;
INSERT INTO plain VALUES ('a', 1, '$secret');
SELECT v FROM plain WHERE pk = 'slow';
EOS
my $log = substr(slurp_file($node->logfile), $offset);
like(
	$log,
	qr/LOG: +DynamoDB operation PutItem on table "plain" of server "s": status 200, [1-9][0-9]* bytes sent, [1-9][0-9]* received, [0-9]+ ms, request ID "REQUEST"$/m,
	'log_requests: a request');
like(
	$log,
	qr/LOG: +DynamoDB table "plain" of server "s": requests: 2, read units: 0, write units: 1$/m,
	'log_capacity: a statement');
unlike($log, qr/\Q$secret\E|slow/, 'no value is in the log');
unlike($log, qr/STATEMENT/,        'no statement is');
$service->requests;

$node->safe_psql('postgres', 'CREATE ROLE reporter');
foreach my $name (qw(log_requests log_capacity))
{
	error_is(
		$node,
		"$name is a superuser's",
		"LOAD 'dynamodb_fdw'; SET ROLE reporter; SET dynamodb_fdw.$name = on",
		state => '42501');
}
is(query_error($node, 'SET ROLE reporter; SET dynamodb_fdw.report = on')->{err},
	'', 'report is everybody\'s');

$node->stop;
$service->stop;
done_testing();
