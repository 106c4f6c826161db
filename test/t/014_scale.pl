# Joins by key ask in full batches, however many requests are in flight, and for
# no more than a LIMIT leaves of them.
use strict;
use warnings;
use DdbBench;
use DdbTest;
use List::Util qw(sum0);
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'needs servers of our own' unless $ENV{DDB_REPLAY};

my $replay = DdbBench->replay;
my $node = new_node('scale', conf => 'jit = off');

create_server($node, 'replay', $replay->url, "concurrency '1'");
$node->safe_psql('postgres', <<'EOS');
CREATE FOREIGN TABLE t (
  pk text COLLATE "C" NOT NULL, sk integer NOT NULL,
  a1 integer, a2 text, a3 integer
) SERVER replay
  OPTIONS (table_name 'scale', partition_key 'pk', sort_key 'sk');
CREATE TABLE wanted AS
  SELECT 'p' || lpad((n % 200)::text, 8, '0') AS pk, n / 200 AS sk
    FROM generate_series(0, 19999, 2) AS n;
ANALYZE wanted;
EOS
$replay->control('POST', 'tables',
	{ name => 'scale', items => 20_000, partitions => 200 });

# What a query says, and the requests for it by operation.
sub ask
{
	my ($sql, @settings) = @_;

	$replay->control('POST', 'counts', {});
	my $said = $node->safe_psql('postgres', join(";\n", @settings, $sql));
	return ($said, $replay->control('GET', 'counts')->{requests});
}

sub total
{
	my ($requests) = @_;

	return sum0(values %$requests);
}

my $join = 'FROM wanted JOIN t USING (pk, sk)';
my $by_key = 'SET dynamodb_fdw.allow_scan = off';
my $sum = 10_000 * 9_999;    # of the even numbers below 20,000
foreach my $concurrency (1, 8, 64)
{
	$node->safe_psql('postgres',
		"ALTER SERVER replay OPTIONS (SET concurrency '$concurrency')");
	my ($said, $requests) =
	  ask("SELECT count(*), sum(a1) $join", $by_key);
	is($said, "10000|$sum", "a join of 10,000 keys, $concurrency in flight");
	is(join(' ', sort keys %$requests), 'BatchGetItem', '... asks by key');
	cmp_ok(total($requests), '<=', 110, '... in full batches');

	($said, $requests) = ask("SELECT count(*) FROM (SELECT a1 $join LIMIT 3) AS s",
		$by_key);
	is($said, 3, 'three rows of it');
	cmp_ok(total($requests), '<=', 3, '... for three requests at most');
}
my ($said, $requests) = ask("SELECT count(*), sum(a1) $join",
	$by_key, 'SET dynamodb_fdw.enable_batch_join = off');
is($said, "10000|$sum", 'the same without batches');
is($requests->{GetItem}, 10_000, '... key by key');

# Rows that have been read wait for all of their keys.
$node->safe_psql('postgres', "ALTER SERVER replay OPTIONS (SET concurrency '8')");
$replay->control('POST', 'latency', { ms => 50 });
($said, $requests) =
  ask('SELECT count(*) FROM (SELECT * FROM wanted LIMIT 500) AS w JOIN t USING (pk, sk)', $by_key);
is("$said $requests->{BatchGetItem}", '500 5', 'one batch, and four times as many keys');
is($replay->control('GET', 'counts')->{in_flight}, 4, '... for which all requests leave at once');
$replay->control('POST', 'latency', { ms => 0 });
$node->stop;
done_testing();
