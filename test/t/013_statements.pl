# What statements write, and with how many requests: every row exactly once,
# as in an ordinary table, whatever page a scan is at when its rows move.
use strict;
use warnings;
use DdbBench;
use DdbTest;
use IPC::Run;
use Test::More;
use Time::HiRes qw(time);

plan skip_all => 'needs servers of our own'
  unless $ENV{DDB_REPLAY} && DdbBench->available;

my $replay = DdbBench->replay;
my $node = new_node('statements');

create_server($node, 's', $replay->url, "allow_scan 'on'");
$node->safe_psql('postgres', <<"EOS");
CREATE FOREIGN TABLE app (
  pk text COLLATE "C" NOT NULL, sk integer NOT NULL, v text,
  gpk text COLLATE "C", gsk integer
) SERVER s OPTIONS (table_name 'Statements');
CREATE FOREIGN TABLE small_pages (
  pk text COLLATE "C" NOT NULL, sk integer NOT NULL, v text,
  gpk text COLLATE "C", gsk integer
) SERVER s OPTIONS (table_name 'Statements', page_size '3');
CREATE FOREIGN TABLE whole (
  pk text COLLATE "C" NOT NULL, sk integer NOT NULL, v text,
  gpk text COLLATE "C", gsk integer
) SERVER s OPTIONS (table_name 'Statements', insert_mode 'replace');
CREATE FOREIGN TABLE counters (
  pk text COLLATE "C" NOT NULL, sk integer NOT NULL, n integer
) SERVER s OPTIONS (table_name 'Statements');
CREATE TABLE ordinary (
  pk text COLLATE "C" NOT NULL, sk integer NOT NULL, v text,
  gpk text COLLATE "C", gsk integer, PRIMARY KEY (pk, sk));
EOS
$replay->remake_table(
	'Statements',
	AttributeDefinitions => [
		map { { AttributeName => $_->[0], AttributeType => $_->[1] } }
		  [ 'pk', 'S' ], [ 'sk', 'N' ], [ 'gpk', 'S' ], [ 'gsk', 'N' ]
	],
	GlobalSecondaryIndexes => [
		{
			IndexName => 'GSI',
			KeySchema => [
				{ AttributeName => 'gpk', KeyType => 'HASH' },
				{ AttributeName => 'gsk', KeyType => 'RANGE' }
			],
			Projection => { ProjectionType => 'ALL' }
		}
	]);

sub counts
{
	return $replay->control('GET', 'counts');
}

# Runs a statement; returns what was asked for meanwhile, and the seconds.
sub counted
{
	my ($sql) = @_;
	my ($start, $counts);

	# whatever has to be known of the table is
	$replay->control('POST', 'counts', {});
	$start = time;
	$node->safe_psql('postgres', $sql);
	$counts = counts();
	delete $counts->{requests}{DescribeTable};
	return ($counts, time - $start);
}

# A statement's tag for the foreign table is that for the ordinary one, and so
# are the rows then.  TABLE in it stands for either.
sub same
{
	my ($name, $sql, %in) = @_;
	my @tags = map {
		my $statement = $sql =~ s/TABLE/$_/gr;
		my $out = '';

		IPC::Run::run(
			[ 'psql', '-XAt', '-d', $node->connstr('postgres') ],
			'<', \"$in{settings}$statement;\n",
			'>', \$out, '2>&1');
		$out =~ s/^SET\n//mgr;
	} qw(ordinary small_pages);

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	like($tags[0], qr/^(INSERT 0|UPDATE|DELETE) \d+$/, "$name: it runs");
	is($tags[1], $tags[0], "$name: as many rows as in an ordinary table");
	is( $node->safe_psql('postgres', <<"EOS"), '0', "$name: the same ones");
SELECT count(*) FROM (
  (TABLE app EXCEPT ALL TABLE ordinary) UNION ALL
  (TABLE ordinary EXCEPT ALL TABLE app)) d;
EOS
	return;
}


# A statement never reads its own writes

$node->safe_psql('postgres', <<"EOS");
INSERT INTO ordinary
  SELECT 'p' || i % 50, i, 'v' || i, 'g' || i % 5, i FROM generate_series(1, 5000) i;
INSERT INTO whole SELECT * FROM ordinary;
EOS
same('INSERT of a copy', "INSERT INTO TABLE SELECT pk || 'c', sk, v FROM TABLE");
same(
	'UPDATE of a sort key, ahead of the scan',
	"UPDATE TABLE SET sk = sk + 10000 WHERE pk IN ('p1', 'p2', 'p3') AND sk > 0");
same(
	'UPDATE of a sort key, behind a scan backward',
	"UPDATE TABLE t SET sk = t.sk - 30000 FROM (SELECT sk FROM TABLE WHERE pk = 'p4' ORDER BY sk DESC) o WHERE t.pk = 'p4' AND o.sk = t.sk");
same(
	'UPDATE of the key of an index, through it',
	"UPDATE TABLE SET gsk = gsk + 10000 WHERE gpk = 'g1' AND gsk > 0",
	settings => "SET dynamodb_fdw.use_index = 'small_pages:GSI';\n");
same(
	'UPDATE of the partition key of an index',
	"UPDATE TABLE SET gpk = 'g' || (right(gpk, 1)::integer + 1) WHERE gpk IN ('g2', 'g3') AND gsk > 4000");
same('UPDATE ... FROM with several matches', <<"EOS");
UPDATE TABLE t SET v = t.v || '!' FROM (
  SELECT 'p' || i % 20 AS pk, i AS sk FROM generate_series(1, 500) i, generate_series(1, 3)) o
  WHERE t.pk = o.pk AND t.sk = o.sk
EOS
same('UPDATE ... FROM itself',
	"UPDATE TABLE t SET v = o.v FROM TABLE o WHERE t.pk = 'p7' AND o.pk = 'p8' AND o.sk = t.sk + 1");
same('DELETE ... USING itself',
	"DELETE FROM TABLE t USING TABLE o WHERE t.pk = 'p9' AND o.pk = 'p9' AND o.sk < t.sk");
same('DELETE through an index',
	"DELETE FROM TABLE WHERE gpk = 'g0' AND gsk < 300");
same('DELETE of a range', "DELETE FROM TABLE WHERE pk = 'p10' AND sk > 100");


# The fewest requests, as many in flight as may be.  What they take at 20 ms
# each is measured by the benchmarks; here only that they don't wait for one
# another, on whatever machine.

$replay->control('POST', 'latency', { ms => 20 });
my $rows = "i, repeat('x', 100) FROM generate_series(1, 10000) i";
my ($counts, $took) = counted("INSERT INTO whole SELECT 'w', $rows");
is_deeply($counts->{requests}, { BatchWriteItem => 400 },
	'10,000 rows are 400 batches');
is($counts->{in_flight}, 8, '... eight in flight');
cmp_ok($took, '<', 6, '... not one after the other');
note(sprintf("%.2f s", $took));
is($node->safe_psql('postgres',
		"SELECT count(*), count(DISTINCT sk), max(length(v)) FROM app WHERE pk = 'w'"),
	'10000|10000|100', '... and all there');

($counts, $took) = counted(
	"INSERT INTO app SELECT 'a', i, 'x' FROM generate_series(1, 800) i");
is_deeply($counts->{requests}, { PutItem => 800 }, '800 rows, each with its condition');
is($counts->{in_flight}, 8, '... eight in flight');
cmp_ok($took, '<', 12, '... not one after the other');
note(sprintf("%.2f s", $took));

($counts, $took) = counted(
	"UPDATE app SET v = v || 'y' WHERE pk = 'a' AND sk <= 200 AND v <> ''");
is($counts->{requests}{UpdateItem}, 200, '200 rows read and updated');
is($counts->{in_flight}, 8, '... eight in flight');
$replay->control('POST', 'latency', { ms => 0 });

($counts) = counted("UPDATE app SET v = 'z' WHERE pk = 'a' AND sk = 1");
is_deeply($counts->{requests}, { UpdateItem => 1 }, 'UPDATE by key is one request');
($counts) = counted("UPDATE counters SET n = n + 1 WHERE pk = 'a' AND sk = 2");
is_deeply($counts->{requests}, { UpdateItem => 1 }, '... as is a sum');
($counts) = counted("DELETE FROM app WHERE pk = 'a' AND sk = 1");
is_deeply($counts->{requests}, { DeleteItem => 1 }, 'DELETE by key is one request');
is($node->safe_psql('postgres', "SELECT count(*) FROM app WHERE pk = 'a'"),
	'799', '... and done');


# Read, then write what was read plus one, if it is still that: as many
# increments as were counted as rows.
$node->safe_psql('postgres', <<"EOS");
INSERT INTO counters VALUES ('counter', 1, 0);
CREATE FUNCTION add_one() RETURNS bigint LANGUAGE plpgsql AS \$\$
DECLARE
  seen integer;
  done bigint;
BEGIN
  SELECT n INTO seen FROM counters WHERE pk = 'counter' AND sk = 1;
  UPDATE counters SET n = seen + 1 WHERE pk = 'counter' AND sk = 1 AND n = seen;
  GET DIAGNOSTICS done = ROW_COUNT;
  RETURN done;
EXCEPTION WHEN serialization_failure THEN
  RETURN 0;
END \$\$;
EOS
my $said = join('', map { $_->{out} }
	  run_sessions($node, ("SELECT 'did ' || add_one();\n" x 100) x 16));
my $done = () = $said =~ /^did 1$/mg;
my $all = () = $said =~ /^did [01]$/mg;
is($all, 1600, 'sixteen sessions read a counter and write it, a hundred times each');
is($node->safe_psql('postgres', "SELECT n FROM counters WHERE pk = 'counter'"),
	$done, "what it says is what succeeded ($done)");
cmp_ok($done, '<', 1600, 'and some came too late');

$replay->call('DeleteTable', { TableName => 'Statements' });
done_testing();
