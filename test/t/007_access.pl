# The requests of many kinds of queries, each what somebody who knows the
# table would have sent; and how well EXPLAIN foretold their units.
use strict;
use warnings;
use DdbService;
use DdbTest;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;

my $upstream = $ENV{DYNAMODB_ENDPOINT} or die "DYNAMODB_ENDPOINT isn't set";
my $table = "t_access_$$";
my $relay = DdbService->start(sub { return forward($_[0], $upstream) });
my $node = new_node('access');

sub sql
{
	return $node->safe_psql('postgres', join(";\n", @_));
}


# 4,000 items of some 300 bytes: 40 partitions of 100.  g is one of 40 values,
# k of 400, l and h count within; st is on one item in fifty.
create_server($node, 'direct', $upstream);
create_server($node, 'relay', $relay->url);
my $columns = q{
  pk text COLLATE "C" NOT NULL, sk integer NOT NULL,
  g text COLLATE "C", h integer NOT NULL, k text COLLATE "C", l integer,
  m1 text COLLATE "C", m2 integer, r1 text COLLATE "C", r2 integer,
  st text COLLATE "C", tx text COLLATE "C", v integer, pad text};
my $indexes = q{
 {"IndexName": "all", "Projection": {"ProjectionType": "ALL"}, "KeySchema": [
   {"AttributeName": "g", "KeyType": "HASH"},
   {"AttributeName": "h", "KeyType": "RANGE"}]},
 {"IndexName": "keys", "Projection": {"ProjectionType": "KEYS_ONLY"},
  "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}]},
 {"IndexName": "some", "Projection": {"ProjectionType": "INCLUDE",
   "NonKeyAttributes": ["v"]}, "KeySchema": [
   {"AttributeName": "tx", "KeyType": "HASH"},
   {"AttributeName": "h", "KeyType": "RANGE"}]},
 {"IndexName": "multi", "Projection": {"ProjectionType": "ALL"}, "KeySchema": [
   {"AttributeName": "m1", "KeyType": "HASH"},
   {"AttributeName": "m2", "KeyType": "HASH"},
   {"AttributeName": "r1", "KeyType": "RANGE"},
   {"AttributeName": "r2", "KeyType": "RANGE"}]},
 {"IndexName": "sparse", "Projection": {"ProjectionType": "ALL"},
  "KeySchema": [{"AttributeName": "st", "KeyType": "HASH"}]}};
my $locals = q{
 {"IndexName": "local", "Projection": {"ProjectionType": "KEYS_ONLY"},
  "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "l", "KeyType": "RANGE"}]}};
sql("CREATE FOREIGN TABLE loader ($columns)
       SERVER direct OPTIONS (table_name '$table')",
	"CREATE FOREIGN TABLE t ($columns)
       SERVER relay OPTIONS (table_name '$table')",
	"CREATE VIEW plain AS SELECT * FROM t",
	"CREATE VIEW barrier WITH (security_barrier) AS SELECT * FROM t WHERE v >= 0",
	'CREATE VIEW invoker WITH (security_invoker)'
	  . ' AS SELECT * FROM t',
	"CREATE TABLE wanted AS SELECT 'p' || i AS p, i AS s
       FROM generate_series(1, 5) AS i",
	"ANALYZE wanted",
	"SELECT dynamodb_create_table('loader', global_indexes => '[$indexes]',
                                  local_indexes => '[$locals]')",
	<<"EOS");
CREATE TABLE items AS
  SELECT n, jsonb_strip_nulls(jsonb_build_object(
           'pk', jsonb_build_object('S', 'p' || n / 100),
           'sk', jsonb_build_object('N', (n % 100)::text),
           'g', jsonb_build_object('S', 'g' || n % 40),
           'h', jsonb_build_object('N', (n / 40)::text),
           'k', jsonb_build_object('S', 'k' || n / 10),
           'l', jsonb_build_object('N', (n * 37 % 100)::text),
           'm1', jsonb_build_object('S', 'm' || n / 1000),
           'm2', jsonb_build_object('N', (n / 500 % 2)::text),
           'r1', jsonb_build_object('S', 'r' || n / 50 % 10),
           'r2', jsonb_build_object('N', (n % 50)::text),
           'st', CASE WHEN n % 50 = 0 THEN
                   jsonb_build_object('S', 's' || n / 50 % 4) END,
           'tx', jsonb_build_object('S', 't' || n % 20),
           'v', jsonb_build_object('N', n::text),
           'pad', jsonb_build_object('S', repeat('x', 180)))) AS item
    FROM generate_series(0, 3999) AS n;
SELECT count(dynamodb_call('direct', 'BatchWriteItem',
         jsonb_build_object('RequestItems',
                            jsonb_build_object('$table', requests))))
  FROM (SELECT jsonb_agg(jsonb_build_object('PutRequest',
                 jsonb_build_object('Item', item))) AS requests
          FROM items GROUP BY n / 25) AS batches;
EOS
sql("ALTER FOREIGN TABLE t OPTIONS (ADD analyze_read_units '1000')",
	'ANALYZE t');
$relay->requests;

my $keys_250 = "ARRAY(SELECT 'p' || i FROM generate_series(1, 250) AS i)";
my $sks_100 = join(',', 0 .. 99);

# Each query, and the requests it is to make.
my @queries = (
	# the primary key
	[ "SELECT * FROM t WHERE pk = 'p1' AND sk = 5" => 'GetItem p1 5' ],
	[ "SELECT v FROM t WHERE sk = 5.0 AND 'p1' = pk" => 'GetItem p1 5' ],
	[ "SELECT v FROM t WHERE pk = 'p1' AND sk = 5 AND v > 0" =>
		  'GetItem p1 5' ],
	[ "SELECT v FROM t WHERE (pk, sk) = ('p1', 5)" => 'GetItem p1 5' ],
	[ "SELECT v FROM t WHERE pk = 'p1' AND sk = 5.5" => () ],
	[ "SELECT v FROM t WHERE pk = 'p1' AND sk = NULL" => () ],
	[ "SELECT v FROM t WHERE pk = '' AND sk = 5" => () ],
	[ "SELECT v FROM t WHERE pk = 'p1' AND pk = 'p2'" => () ],
	[ "SELECT v FROM t WHERE pk = 'p1' AND sk = 5 LIMIT 0" => () ],
	[ "SELECT v FROM t WHERE pk = 'p1' AND false" => () ],
	[ "SELECT 1 FROM t WHERE pk = 'p1' AND sk = (SELECT 5)" =>
		  'GetItem p1 5' ],

	# lists
	[ "SELECT v FROM t WHERE pk IN ('p1', 'p2') AND sk = 5" =>
		  'BatchGetItem 2' ],
	[ "SELECT v FROM t WHERE pk = ANY ($keys_250) AND sk = 5" =>
		  'BatchGetItem 100', 'BatchGetItem 100', 'BatchGetItem 50' ],
	[ "SELECT v FROM t WHERE pk = ANY (ARRAY['p1', 'p1', NULL]) AND sk = 5" =>
		  'GetItem p1 5' ],
	[ "SELECT v FROM t WHERE pk = ANY ('{}') AND sk = 5" => () ],
	[ "SELECT v FROM t WHERE pk = 'p1' AND sk IN ($sks_100)" =>
		  'Query "pk" = p1 AND "sk" BETWEEN 0 AND 99' ],
	[ "SELECT v FROM t WHERE pk = 'p1' AND sk IN (3, 97)" =>
		  'BatchGetItem 2' ],
	[ "SELECT v FROM t WHERE pk IN ('p1', 'p2') AND sk IN (3, 97)" =>
		  'BatchGetItem 4' ],
	[ "SELECT v FROM t WHERE (pk, sk) IN (('p1', 3), ('p2', 4))" =>
		  'BatchGetItem 2' ],
	[ "SELECT v FROM t WHERE (pk = 'p1' AND sk = 3) OR (pk = 'p2' AND sk = 4)"
		  => 'BatchGetItem 2' ],
	[ "SELECT v FROM t WHERE (pk = 'p1' OR pk = 'p2') AND sk = 3" =>
		  'BatchGetItem 2' ],
	[ "SELECT v FROM t WHERE pk IN ('p1', 'p2') AND sk = 3 AND pk > 'p1'" =>
		  'GetItem p2 3' ],
	[ "SELECT v FROM t WHERE pk IN ('p1', 'p2')" =>
		  'Query "pk" = p1', 'Query "pk" = p2' ],
	[ "SELECT v FROM t WHERE pk IN ('p1', 'p2') AND sk < 3" =>
		  'Query "pk" = p1 AND "sk" < 3', 'Query "pk" = p2 AND "sk" < 3' ],
	[ "SELECT v FROM t WHERE pk IN ('p1', 'p2') AND sk > 5 AND sk < 5" => () ],

	# ranges
	[ "SELECT v FROM t WHERE pk = 'p1'" => 'Query "pk" = p1' ],
	[ "SELECT v FROM t WHERE pk = 'p1' AND sk > 5" =>
		  'Query "pk" = p1 AND "sk" > 5' ],
	[ "SELECT v FROM t WHERE pk = 'p1' AND sk >= 5 AND sk < 9" =>
		  'Query "pk" = p1 AND "sk" BETWEEN 5 AND 9' ],
	[ "SELECT v FROM t WHERE pk = 'p1' AND sk > 2 AND sk > 5 AND sk < 9" =>
		  'Query "pk" = p1 AND "sk" BETWEEN 5 AND 9' ],
	[ "SELECT v FROM t WHERE pk = 'p1' AND sk BETWEEN 7 AND 7" =>
		  'Query "pk" = p1 AND "sk" = 7' ],
	[ "SELECT v FROM t WHERE pk = 'p1' AND sk BETWEEN 9 AND 5" => () ],
	[ "SELECT v FROM t WHERE pk = 'p1' AND sk < 2.5" =>
		  'Query "pk" = p1 AND "sk" < 2.5' ],
	[ "SELECT v FROM t WHERE pk = 'p1' AND sk > 1e40" => () ],
	[ "SELECT v FROM t WHERE pk = 'p1' AND sk < 1e40" => 'Query "pk" = p1' ],
	[ "SELECT v FROM t WHERE pk = 'p1' AND (sk, v) > (95, 0)" =>
		  'Query "pk" = p1 AND "sk" >= 95' ],
	[ "SELECT v FROM t WHERE pk = 'p1' AND (pk, sk) > ('p1', 95)" =>
		  'Query "pk" = p1 AND "sk" > 95' ],
	[ "SELECT v FROM t WHERE pk = 'p1' AND (pk, sk, v) > ('p1', 95, 0)
         ORDER BY pk, sk LIMIT 3" =>
		  'Query "pk" = p1 AND "sk" >= 95 limit 4' ],
	[ "SELECT v FROM t WHERE pk = 'p1' AND (pk, sk) > ('p0', 95)" =>
		  'Query "pk" = p1' ],
	[ "SELECT v FROM t WHERE m1 = 'm1' AND m2 = 1 AND r1 = 'r2'
          AND r2 > 40" =>
		  'Query multi "m1" = m1 AND "m2" = 1 AND "r1" = r2 AND "r2" > 40' ],
	[ "SELECT v FROM t WHERE m1 = 'm1' AND m2 = 1 AND r1 LIKE 'r2%'
          AND r2 = 4" =>
		  'Query multi "m1" = m1 AND "m2" = 1 AND begins_with("r1", r2)' ],
	[ "SELECT v FROM t WHERE m1 = 'm1' AND m2 = 1 AND r1 LIKE 'r%'
          AND r1 > 'r7' AND r2 IS NOT NULL" =>
		  'Query multi "m1" = m1 AND "m2" = 1 AND "r1" BETWEEN r7 AND s' ],
	[ "SELECT v FROM t WHERE m1 = 'm1' AND m2 = 1 AND r1 IN ('r1', 'r2')
          AND r2 = 4" =>
		  'Query multi "m1" = m1 AND "m2" = 1 AND "r1" = r1 AND "r2" = 4',
		'Query multi "m1" = m1 AND "m2" = 1 AND "r1" = r2 AND "r2" = 4' ],

	# order and limits
	[ "SELECT v FROM t WHERE pk = 'p1' LIMIT 10" =>
		  'Query "pk" = p1 limit 10' ],
	[ "SELECT v FROM t WHERE pk = 'p1' LIMIT 10 OFFSET 5" =>
		  'Query "pk" = p1 limit 15' ],
	[ "SELECT v FROM t WHERE pk = 'p1' ORDER BY sk LIMIT 10" =>
		  'Query "pk" = p1 limit 10' ],
	[ "SELECT v FROM t WHERE pk = 'p1' ORDER BY pk, sk DESC LIMIT 10" =>
		  'Query "pk" = p1 backward limit 10' ],
	[ "SELECT v FROM t WHERE pk = 'p1' AND sk < 50 ORDER BY sk DESC LIMIT 20"
		  => 'Query "pk" = p1 AND "sk" < 50 backward limit 21' ],
	[ "SELECT v FROM t WHERE pk = 'p1' AND (sk, v) < (50, 150)
         ORDER BY sk DESC, v DESC LIMIT 20" =>
		  'Query "pk" = p1 AND "sk" <= 50 backward limit 22' ],
	[ "SELECT v FROM t WHERE pk = 'p1' ORDER BY v LIMIT 10" =>
		  'Query "pk" = p1' ],
	[ "SELECT v FROM t WHERE pk IN ('p1', 'p2') ORDER BY sk LIMIT 5" =>
		  'Query "pk" = p1 limit 5', 'Query "pk" = p2 limit 5' ],
	[ "SELECT v FROM t WHERE g = 'g3' AND h >= 0 ORDER BY h DESC LIMIT 3" =>
		  'Query all "g" = g3 AND "h" >= 0 backward limit 3' ],
	[ "SELECT min(sk) FROM t WHERE pk = 'p1'" => 'Query "pk" = p1 limit 1' ],
	[ "SELECT max(sk) FROM t WHERE pk = 'p1'" =>
		  'Query "pk" = p1 backward limit 1' ],
	[ "SELECT max(h) FROM t WHERE g = 'g3'" =>
		  'Query all "g" = g3 backward limit 1' ],
	[ "SELECT EXISTS (SELECT FROM t WHERE pk = 'p1')" =>
		  'Query "pk" = p1 limit 1' ],
	[ "SELECT DISTINCT ON (h) h, sk FROM t WHERE pk = 'p1' ORDER BY h, sk" =>
		  'Query "pk" = p1' ],
	[ "SELECT * FROM t LIMIT 7" => 'Scan limit 7' ],

	# indexes
	[ "SELECT v FROM t WHERE g = 'g3' AND h = 7" =>
		  'Query all "g" = g3 AND "h" = 7' ],
	[ "SELECT v FROM t WHERE g IN ('g3', 'g4') AND h < 3" =>
		  'Query all "g" = g3 AND "h" < 3', 'Query all "g" = g4 AND "h" < 3' ],
	[ "SELECT pk, sk FROM t WHERE k = 'k7'" => 'Query keys "k" = k7' ],
	[ "SELECT v FROM t WHERE k = 'k7'" =>
		  'Query keys "k" = k7', 'BatchGetItem 10' ],
	[ "SELECT v FROM t WHERE k IN ('k7', 'k8')" =>
		  'Query keys "k" = k7', 'Query keys "k" = k8', 'BatchGetItem 20' ],
	[ "SELECT v FROM t WHERE k = 'k7' LIMIT 3" =>
		  'Query keys "k" = k7 limit 3', 'BatchGetItem 3' ],
	[ "SELECT v FROM t WHERE tx = 't7' AND h < 3" =>
		  'Query some "tx" = t7 AND "h" < 3' ],
	[ "SELECT pad FROM t WHERE tx = 't7' AND h < 3" =>
		  'Query some "tx" = t7 AND "h" < 3', 'BatchGetItem 6' ],
	[ "SELECT pad FROM t WHERE tx = 't7' AND h < 3 ORDER BY h DESC LIMIT 2" =>
		  'Query some "tx" = t7 AND "h" < 3 backward limit 3',
		'BatchGetItem 3' ],
	[ "SELECT sk FROM t WHERE pk = 'p1' AND l = 30" =>
		  'Query local "pk" = p1 AND "l" = 30' ],
	[ "SELECT l FROM t WHERE pk = 'p1' AND l IS NOT NULL
         ORDER BY l LIMIT 3" => 'Query local "pk" = p1 limit 3' ],
	[ "SELECT v FROM t WHERE pk = 'p1' AND l = 30" =>
		  'Query local "pk" = p1 AND "l" = 30' ],
	[ "SELECT v FROM t WHERE pk = 'p1' AND sk = 3 AND g = 'g3'" =>
		  'GetItem p1 3' ],
	[ "SELECT v FROM t WHERE st = 's1'" => 'Query sparse "st" = s1' ],
	[ "SELECT v FROM t WHERE st IS NOT NULL" => 'Scan sparse' ],
	[ "SELECT v FROM t WHERE st > 's1'" => 'Scan sparse' ],
	[ "SELECT v FROM t WHERE st IS NULL" => 'Scan' ],
	[ "SELECT v FROM t WHERE m1 = 'm1' AND m2 = 1" => 'Scan' ],

	# joins
	[ "SELECT v FROM wanted JOIN t ON pk = p AND sk = s WHERE s < 3" =>
		  'BatchGetItem 2' ],
	[ "SELECT v FROM wanted LEFT JOIN t ON pk = p AND sk = s AND v < 0
        WHERE s = 3" => 'GetItem p3 3' ],
	[ "SELECT count(*) FROM wanted JOIN t ON pk = p WHERE s < 3" =>
		  'Query "pk" = p1', 'Query "pk" = p2' ],
	[ "SELECT x.v FROM wanted, LATERAL (SELECT v FROM t WHERE pk = p
          ORDER BY sk DESC LIMIT 1) AS x WHERE s = 3" =>
		  'Query "pk" = p3 backward limit 1' ],
	[ "SELECT p FROM wanted WHERE s = 2 AND EXISTS
         (SELECT FROM t WHERE pk = p AND sk = s)" => 'GetItem p2 2' ],
	[ "SELECT v FROM t WHERE sk = 4 AND pk IN
         (SELECT p FROM wanted WHERE s IN (1, 2))" => 'BatchGetItem 2' ],
	[ "SELECT v FROM t WHERE sk = 4 AND pk = ANY
         (ARRAY(SELECT p FROM wanted))" => 'BatchGetItem 5' ],
	[ "SELECT a.v FROM t AS a JOIN t AS b ON a.pk = b.pk AND a.sk = b.v
        WHERE b.pk = 'p0' AND b.sk = 3" => 'GetItem p0 3', 'GetItem p0 3' ],
	[ "SELECT count(*) FROM wanted LEFT JOIN t ON pk = p AND sk = s" => () ],
	[ "SELECT p FROM wanted WHERE s < 3 AND EXISTS
         (SELECT FROM t WHERE pk = p AND sk > 5)" =>
		  'Query "pk" = p1 AND "sk" > 5 limit 2',
		'Query "pk" = p2 AND "sk" > 5 limit 2' ],

	# views
	[ "SELECT v FROM plain WHERE pk = 'p1' AND sk = 5" => 'GetItem p1 5' ],
	[ "SELECT v FROM invoker WHERE pk = 'p1' AND sk = 5" => 'GetItem p1 5' ],
	[ "SELECT v FROM barrier WHERE pk = 'p1' AND sk = 5" => 'GetItem p1 5' ],
	[ "SELECT v FROM barrier WHERE pk = 'p1' AND sk > 5" =>
		  'Query "pk" = p1 AND "sk" > 5' ],
	[ "SELECT sk FROM barrier WHERE pk = 'p1' ORDER BY sk DESC" =>
		  'Query "pk" = p1 backward' ],
	[ "SELECT v FROM barrier WHERE pk IN ('p1', 'p2') AND sk = 5" =>
		  'BatchGetItem 2' ],

	# prepared statements, in a generic plan
	[ "EXECUTE by_key ('p1', 5)" => 'GetItem p1 5' ],
	[ "EXECUTE by_list ('{p1,p2,p2,NULL}')" => 'BatchGetItem 2' ],
	[ "EXECUTE by_list (NULL)" => () ],
	[ "EXECUTE by_range (3, 9)" => 'Query "pk" = p1 AND "sk" BETWEEN 3 AND 9' ],
	[ "EXECUTE by_range (9, 3)" => () ],
	[ "EXECUTE by_range (9, NULL)" => () ],
	[ "EXECUTE before (50)" =>
		  'Query "pk" = p1 AND "sk" < 50 backward' ]);

my $prepare = <<'EOS';
SET plan_cache_mode = force_generic_plan;
PREPARE by_key (varchar, bigint) AS SELECT v FROM t WHERE pk = $1 AND sk = $2;
PREPARE by_list (text[]) AS SELECT v FROM t WHERE pk = ANY ($1) AND sk = 5;
PREPARE by_range (integer, integer) AS
  SELECT v FROM t WHERE pk = 'p1' AND sk > $1 AND sk <= $2;
PREPARE before (integer) AS
  SELECT v FROM t WHERE pk = 'p1' AND sk < $1 ORDER BY sk DESC;
RESET plan_cache_mode;
EOS


# A request in words
sub words
{
	my ($request) = @_;
	my $body = $request->{body};
	my %names = %{ $body->{ExpressionAttributeNames} || {} };
	my %values = %{ $body->{ExpressionAttributeValues} || {} };
	my @words = $request->{operation};

	push @words, map { (values %{ $body->{Key}{$_} })[0] }
	  sort keys %{ $body->{Key} }
	  if $body->{Key};
	push @words, scalar @{ $body->{RequestItems}{$table}{Keys} }
	  if $body->{RequestItems};
	push @words, $body->{IndexName} if $body->{IndexName};
	if (my $text = $body->{KeyConditionExpression})
	{
		$text =~ s/(#\d+)/"$names{$1}"/g;
		$text =~ s/(:\d+)/(values %{ $values{$1} })[0]/eg;
		push @words, $text;
	}
	push @words, 'backward'
	  if exists $body->{ScanIndexForward} && !$body->{ScanIndexForward};
	# what is larger bounds the price of a guess, and no rows
	push @words, "limit $body->{Limit}"
	  if $body->{Limit} && $body->{Limit} <= 1000;
	return join(' ', @words);
}

# All in one session; the User-Agent says which query a request belongs to.
my $n = 0;
my %made;
sql($prepare, "SET dynamodb_fdw.allow_scan = on",
	map { ("SET application_name = 'query " . $n++ . "'", $_->[0]) } @queries);
foreach my $request ($relay->requests)
{
	next if $request->{operation} eq 'DescribeTable';
	my ($number) = $request->{headers}{'user-agent'} =~ /; query (\d+)\)/
	  or die "whose request is that: $request->{headers}{'user-agent'}";
	push @{ $made{$number} }, words($request);
}
for my $i (0 .. $#queries)
{
	my ($query, @expected) = @{ $queries[$i] };
	# in the order of words: what leaves together comes in any order
	my $made = join("\n", sort @{ $made{$i} || [] });

	$query =~ s/\s+/ /g;
	$query = substr($query, 0, 70);
	is($made, join("\n", sort @expected), $query);
}

# What EXPLAIN foretells of each, against what there was.  A Query that finds
# nothing costs half a unit at least, of which the emulator knows nothing; and
# it reads the table behind a local index even for what the entry has.  Nobody
# can know how long an array is that a subquery makes, nor does PostgreSQL what
# a comparison after a cast leaves.
my $unforetold = qr/ARRAY\(SELECT|1e40|FROM t WHERE pk = 'p1' AND l /;
my @plans = split /^=+\n/m,
  sql($prepare, 'SET dynamodb_fdw.allow_scan = on',
	map { ("SELECT '====='", "EXPLAIN (ANALYZE, FORMAT JSON, TIMING OFF) $_->[0]") }
	  @queries);
shift @plans;
for my $i (0 .. $#queries)
{
	my ($estimated, $consumed, @nodes) = (0, 0);
	my $query = $queries[$i][0] =~ s/\s+/ /gr;

	next if $query =~ $unforetold;
	$query = substr($query, 0, 70);
	push @nodes, decode_json($plans[$i])->[0]{Plan};
	while (my $plan = shift @nodes)
	{
		push @nodes, @{ $plan->{Plans} || [] };
		next unless exists $plan->{'Consumed Read Units'};
		# what is said is for one loop of several
		$estimated += $plan->{'Estimated Read Units'}
		  * ($plan->{'Consumed Read Units'} > 0 ? $plan->{'Actual Loops'} : 0);
		$consumed += $plan->{'Consumed Read Units'};
	}
	$consumed = $estimated if $consumed == 0;
	ok( $estimated <= 2 * $consumed && $consumed <= 2 * $estimated,
		"estimate: $query")
	  or diag("estimated $estimated, consumed $consumed");
}

# Joins in batches, where a Scan isn't cheaper because it isn't allowed
$relay->requests;
my $no_scan = 'SET dynamodb_fdw.allow_scan = off';
is( sql($no_scan, "SELECT count(v), count(*) FROM (SELECT 'p' || i / 100 AS p, i % 100 AS s
           FROM generate_series(0, 9999) AS i) AS wanted
           LEFT JOIN t ON pk = p AND sk = s"),
	'4000|10000',
	'a join of 10,000 rows by complete keys');
my @requests = map { $_->{operation} } $relay->requests;
cmp_ok(scalar(@requests), '<=', 110, 'takes few requests');
note "they were " . @requests;
sql($no_scan, "SELECT v FROM (SELECT 'p' || i / 100 AS p, i % 100 AS s
       FROM generate_series(0, 9999) AS i) AS wanted
       JOIN t ON pk = p AND sk = s LIMIT 3");
@requests = map { $_->{operation} } $relay->requests;
cmp_ok(scalar(@requests), '<=', 3, 'with LIMIT 3: three at most');

# An item that has moved within an index since its entry was read isn't where
# the entry was: here the last one goes to the front while the first is read.
my $moved = q{jsonb_build_object('TableName', '} . $table . q{',
  'Key', '{"pk": {"S": "p39"}, "sk": {"N": "87"}}'::jsonb,
  'UpdateExpression', 'SET h = :h',
  'ExpressionAttributeValues', '{":h": {"N": "1"}}'::jsonb)};
is( sql(<<"EOS"),
SET dynamodb_fdw.allow_scan = off;
WITH read AS MATERIALIZED (
  SELECT h, v, length(pad),
         CASE WHEN h = 0 THEN dynamodb_call('direct', 'UpdateItem', $moved) END
    FROM t WHERE tx = 't7' AND h >= 0 ORDER BY h),
numbered AS (SELECT h, v, row_number() OVER () AS n FROM read)
SELECT count(*), count(DISTINCT v),
       array_agg(h ORDER BY n) = array_agg(h ORDER BY h)
  FROM numbered
EOS
	'199|199|t',
	'an item that has left its place in an index is not read there');

# Segments of a Scan, where there are pages enough
sql("CREATE FOREIGN TABLE large_loader (id integer NOT NULL, v integer, pad text)
       SERVER direct OPTIONS (table_name '${table}_large')",
	"CREATE FOREIGN TABLE large (id integer NOT NULL, v integer, pad text)
       SERVER relay OPTIONS (table_name '${table}_large')",
	"SELECT dynamodb_create_table('large_loader')",
	<<"EOS");
SELECT count(dynamodb_call('direct', 'PutItem', jsonb_build_object(
         'TableName', '${table}_large', 'Item', jsonb_build_object(
           'id', jsonb_build_object('N', i::text),
           'v', jsonb_build_object('N', (i % 7)::text),
           'pad', jsonb_build_object('S', repeat('x', 90000))))))
  FROM generate_series(1, 90) AS i;
EOS
$relay->requests;
is(sql('SELECT count(*), sum(id), sum(v) FROM large'),
	'90|4095|273', 'all segments together are the table');
@requests = grep { $_->{operation} eq 'Scan' } $relay->requests;
my %segments = map { $_->{body}{Segment} => $_->{body}{TotalSegments} } @requests;
is_deeply(\%segments, { 0 => 4, 1 => 4, 2 => 4, 3 => 4 },
	'a table of eight pages is read in four segments');

# if all began at once, each would have begun before the first one goes on
my @segments = map {
	"$_->{body}{Segment} " . ($_->{body}{ExclusiveStartKey} ? 'goes on' : 'begins')
} @requests;
like(join(', ', @segments), qr/^0 begins, .*0 goes on, .*begins/,
	'of which the first begins alone');
sql('SELECT id FROM large LIMIT 5');
@requests = grep { $_->{operation} eq 'Scan' } $relay->requests;
is_deeply([ map { [ $_->{body}{Limit}, $_->{body}{Segment} ] } @requests ],
	[ [ 5, undef ] ], 'a few rows of it need no segments');
sql("ALTER FOREIGN TABLE large OPTIONS (ADD concurrency '1')",
	'SELECT sum(id) FROM large');
@requests = grep { $_->{operation} eq 'Scan' } $relay->requests;
ok(!defined $requests[-1]{body}{Segment}, 'one request at a time: no segments');

sql("SELECT dynamodb_call('direct', 'DeleteTable',
       jsonb_build_object('TableName', name))
  FROM unnest(ARRAY['$table', '${table}_large']) AS name");
done_testing();
