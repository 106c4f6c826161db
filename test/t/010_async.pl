# Asynchronous scans: requests in flight together, and nothing that waits for
# ever where no socket would wake it.
use strict;
use warnings;
use DdbBench;
use DdbTest;
use Test::More;
use Time::HiRes qw(time);

plan skip_all => 'needs emulators of our own' unless DdbBench->available;

my $door = DdbBench->new;
my $node = new_node('async');

create_server($node, 's', $door->url, "async_capable 'true'");
$node->safe_psql('postgres', <<'EOS');
CREATE TABLE t (year integer NOT NULL, p text COLLATE "C" NOT NULL)
  PARTITION BY LIST (year);
DO $$
BEGIN
  FOR y IN 1 .. 4 LOOP
    EXECUTE format('CREATE FOREIGN TABLE t_%1$s PARTITION OF t
      FOR VALUES IN (%1$s) SERVER s
      OPTIONS (table_name ''tap_async_%1$s'', partition_key ''p'')', y);
    PERFORM dynamodb_create_table(format('t_%s', y)::regclass);
    PERFORM dynamodb_call('s', 'PutItem', jsonb_build_object(
      'TableName', 'tap_async_' || y, 'Item', jsonb_build_object(
        'p', '{"S": "a"}'::jsonb,
        'year', jsonb_build_object('N', y::text))));
  END LOOP;
END $$;
EOS

# The sum over all partitions under these rules, and how long it took.
sub sum_under
{
	my ($rules, @settings) = @_;
	my $started = time;

	$door->change(%$rules);
	my $sum = $node->safe_psql('postgres',
		join(";\n", @settings, 'SELECT sum(year) FROM t'));
	$door->change(map { $_ => undef } keys %$rules);
	return ($sum, time - $started);
}

my %slow = (delay => { rate => 1, seconds => 0.8, operations => ['Scan'] });
my ($sum, $in_turn) = sum_under(\%slow, 'SET enable_async_append = off');
is($sum, 10, 'one after another');
($sum, my $together) = sum_under(\%slow);
is($sum, 10, 'together');
cmp_ok($together, '<', $in_turn - 1, '... in less time')
  or diag("$together s, $in_turn s one after another");

# all of them back off at once, and no socket is open
($sum) = sum_under({ throttle => { times => 8 } });
is($sum, 10, 'throttled, all of them');
$node->safe_psql('postgres', "ALTER SERVER s OPTIONS (ADD read_capacity '1')");
($sum) = sum_under({});
is($sum, 10, 'within a capacity');
$node->safe_psql('postgres', 'ALTER SERVER s OPTIONS (DROP read_capacity)');
($sum) = sum_under({ drop => { times => 4 } });
is($sum, 10, 'connections lost');

# no answer
$door->change(stall => { rate => 1, operations => ['Scan'] });
my $started = time;
error_is(
	$node,
	'statement_timeout',
	"SET statement_timeout = 500;\nSELECT sum(year) FROM t",
	state => '57014');
cmp_ok(time - $started, '<', 5, '... acts in time');
$node->safe_psql('postgres', <<'EOS');
ALTER SERVER s OPTIONS (ADD request_timeout '1', ADD max_attempts '2')
EOS
$started = time;
error_is(
	$node, 'request_timeout',
	'SELECT sum(year) FROM t',
	state => qr/^08/);
cmp_ok(time - $started, '<', 15, '... too');
$door->change(stall => undef);
is($node->safe_psql('postgres', 'SELECT sum(year) FROM t'), 10,
	'all is well again');

# descriptors don't pile up; files and connections are kept open, once
my $rescans = <<'EOS';
SELECT sum(n) FROM generate_series(1, 50) AS i,
  LATERAL (SELECT sum(year) + i AS n FROM t) AS s;
INSERT INTO counted
  SELECT count(*) FROM pg_ls_dir('/proc/self/fd')
EOS
my $leaked = $node->safe_psql('postgres', join ";\n",
	'CREATE TABLE counted (n bigint)',
	$rescans, $rescans, $rescans,
	'SELECT max(n) - min(n) FROM (SELECT n FROM counted OFFSET 1) AS later');

# of 50 rescans; how many connections there are depends on which answers met
cmp_ok((split /\n/, $leaked)[-1], '<', 8, 'descriptors are closed');

$node->safe_psql('postgres', <<'EOS');
SELECT dynamodb_call('s', 'DeleteTable',
         jsonb_build_object('TableName', 'tap_async_' || y))
  FROM generate_series(1, 4) AS y
EOS
$node->stop;
done_testing();
