# What is asked of DynamoDB, and what isn't: through a relay that records.
use strict;
use warnings;
use DdbService;
use DdbTest;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;

my $upstream = $ENV{DYNAMODB_ENDPOINT} or die "DYNAMODB_ENDPOINT isn't set";
my $dynamodb_table = "t_requests_$$";
my $relay = DdbService->start(sub { return forward($_[0], $upstream) });
my $secret = 'This/Is+A/Secret+Key';
my $token = 'ThisIsASessionToken+/=';
my $node = new_node('requests', conf => <<'EOS');
log_statement = none
log_min_messages = debug1
EOS

sub sql
{
	return $node->safe_psql('postgres', join(";\n", @_));
}

# What the statements ask for: the requests themselves, DescribeTable aside.
sub requests_of
{
	sql(@_);
	return grep { $_->{operation} ne 'DescribeTable' } $relay->requests;
}

sub operations
{
	return join(' ', map { $_->{operation} } @_);
}


# 300 items: pk a, b, c; sk 1 to 100
create_server($node, 'direct', $upstream);
create_server($node, 'relay', $relay->url);
sql("ALTER USER MAPPING FOR PUBLIC SERVER relay OPTIONS (
       SET aws_secret_access_key '$secret', aws_session_token '$token')");
my $columns = q{
  pk text COLLATE "C" NOT NULL,
  sk integer NOT NULL,
  v text,
  size integer,
  dotted text OPTIONS (attribute_name 'a.b'),
  city text OPTIONS (attribute_path 'address.city')};
my $keys = "partition_key 'pk', sort_key 'sk'";
sql("CREATE FOREIGN TABLE loader ($columns)
       SERVER direct OPTIONS (table_name '$dynamodb_table', $keys)",
	"CREATE FOREIGN TABLE described ($columns)
       SERVER relay OPTIONS (table_name '$dynamodb_table')",
	"CREATE FOREIGN TABLE t ($columns)
       SERVER relay OPTIONS (table_name '$dynamodb_table', $keys)",
	"CREATE FOREIGN TABLE paged ($columns)
       SERVER relay OPTIONS (table_name '$dynamodb_table', $keys,
                             page_size '50')",
	"SELECT dynamodb_create_table('loader')",
	<<"EOS");
SELECT dynamodb_call('direct', 'BatchWriteItem',
         jsonb_build_object('RequestItems', jsonb_build_object(
           '$dynamodb_table', jsonb_agg(jsonb_build_object(
             'PutRequest', jsonb_build_object('Item', jsonb_build_object(
               'pk', jsonb_build_object('S', pk),
               'sk', jsonb_build_object('N', sk::text),
               'v', jsonb_build_object('S', 'v' || sk))))))))
  FROM unnest('{a,b,c}'::text[]) AS pk, generate_series(1, 100) AS sk
 GROUP BY pk, sk / 25
EOS


# A cursor's first page is as large as its FETCH
my @requests = requests_of(
	'BEGIN',
	'DECLARE c CURSOR FOR SELECT * FROM t',
	'FETCH 100 FROM c',
	'CLOSE c', 'COMMIT');
is(operations(@requests), 'Scan', 'FETCH 100 and CLOSE: one Scan');
is($requests[0]{body}{Limit}, 100, 'of 100 items');

@requests = requests_of(
	'BEGIN',
	'DECLARE c CURSOR FOR SELECT * FROM t',
	('FETCH 10 FROM c') x 30,
	'CLOSE c', 'COMMIT');
my @limits = map { $_->{body}{Limit} || 0 } @requests;
note "Limits of FETCH 10: @limits";
is($limits[0], 10, 'FETCH 10: the first page has 10 items');
is_deeply([ @limits[ 1 .. 3 ] ], [ 20, 40, 80 ], 'pages grow');
cmp_ok(scalar(@requests), '<=', 7, 'so that 300 items take few requests');

@requests = requests_of(
	'BEGIN',
	'DECLARE c CURSOR FOR SELECT * FROM t',
	'FETCH 10 FROM c',
	'FETCH ALL FROM c', 'COMMIT');
is_deeply([ map { $_->{body}{Limit} || 0 } @requests ],
	[ 10, 0 ], 'FETCH ALL after that: the rest without a Limit');

is(sql('SELECT count(*), sum(sk) FROM t'), '300|15150', 'all rows arrive');
@requests = $relay->requests;
is(operations(@requests), 'Scan', 'all rows: one Scan');
ok(!exists $requests[0]{body}{Limit}, 'without a Limit');


# The next page is asked for when half of this one is used
my $query = "FROM paged WHERE pk = 'a'";
query_error($node, "SELECT 1 / (sk - 20) $query");
is(operations($relay->requests), 'Query', 'before half a page: one request');
query_error($node, "SELECT 1 / (sk - 30) $query");
is(operations($relay->requests), 'Query Query', 'after half a page: two');
@requests = requests_of("SELECT sum(sk) $query");
is_deeply(
	[ map { $_->{body}{Limit} } @requests ],
	[ 50, 50, 50 ],
	'page_size is the Limit of each');
is_deeply(
	$requests[1]{body}{ExclusiveStartKey},
	{ pk => { S => 'a' }, sk => { N => '50' } },
	'a page goes on where the one before ended');


# Looking costs nothing, neither do questions whose answer is known
my %nothing = (
	'WHERE 1 <> 1' => 'SELECT * FROM described WHERE 1 <> 1',
	'WHERE 1 <> 1, keys declared' => 'SELECT * FROM t WHERE 1 <> 1',
	'LIMIT 0' => 'SELECT * FROM t LIMIT 0',
	'WHERE false and a join' =>
	  'SELECT * FROM t JOIN paged USING (pk) WHERE false',
	'PREPARE' => "PREPARE p AS SELECT * FROM described WHERE pk = \$1",
	'\gdesc' => "SELECT * FROM described \\gdesc",
	'EXPLAIN' => "EXPLAIN VERBOSE SELECT * FROM t WHERE pk = 'a'",
	'\d' => '\d described',
	'\d+' => '\d+ described',
	'\det+' => '\det+',
	'\dew+ and \des+' => '\dew+ \des+',
	'information_schema.tables' => 'TABLE information_schema.tables',
	'information_schema.columns' => 'TABLE information_schema.columns',
	'information_schema.foreign_tables' =>
	  'TABLE information_schema.foreign_tables',
	'pg_relation_is_updatable' =>
	  "SELECT pg_relation_is_updatable('described', true)",
	'a view of it' => 'CREATE OR REPLACE VIEW v AS SELECT * FROM described',
	'no statistics yet' => "SELECT * FROM pg_stats WHERE tablename = 't'");
my %no_answer = (
	'a key = NULL' => 'SELECT * FROM t WHERE pk = NULL',
	'a key = NULL, by parameter' =>
	  'PREPARE q(text) AS SELECT * FROM t WHERE pk = $1; EXECUTE q(NULL)',
	'a key = NULL, generic plan' => 'SET plan_cache_mode = force_generic_plan;
       PREPARE q(text) AS SELECT * FROM t WHERE pk = $1; EXECUTE q(NULL)',
	'a key that is two values' =>
	  "SELECT * FROM t WHERE pk = 'a' AND pk = 'b'",
	'two values, generic plan' => "SET plan_cache_mode = force_generic_plan;
       PREPARE q(text, text) AS SELECT * FROM t WHERE pk = \$1 AND pk = \$2;
       EXECUTE q('a', 'b')",
	'a range that is empty' =>
	  "SELECT * FROM t WHERE pk = 'a' AND sk > 5 AND sk < 3",
	'LIMIT NULL of nothing' => "SELECT * FROM t WHERE pk = 'a' LIMIT 0");

foreach my $what (sort keys %nothing)
{
	sql($nothing{$what});
	is(operations($relay->requests), '', "nothing is sent: $what");
}
foreach my $what (sort keys %no_answer)
{
	is(sql($no_answer{$what}), '', "no rows: $what");
	is(operations($relay->requests), '', "nothing is sent: $what");
}
is(operations(requests_of('SELECT * FROM described LIMIT 0')),
	'', 'nothing but DescribeTable is sent: LIMIT 0');

# the same with nobody there, and nobody known
my $down = DdbService->start(sub { die });
my $down_url = $down->url;
$down->stop;
set_endpoint($node, 'relay', $down_url);
foreach my $what (sort keys %nothing)
{
	is(query_error($node, $nothing{$what})->{err}, '',
		"endpoint down: $what");
}
sql('DROP USER MAPPING FOR PUBLIC SERVER relay');
foreach my $what (sort keys %nothing)
{
	is(query_error($node, $nothing{$what})->{err},
		'', "no user mapping: $what");
}
sql("CREATE USER MAPPING FOR PUBLIC SERVER relay OPTIONS (
       aws_access_key_id 'local', aws_secret_access_key '$secret',
       aws_session_token '$token')");
set_endpoint($node, 'relay', $relay->url);


# A schema is asked for once in a session, over one connection
sql('PREPARE q AS SELECT v FROM described WHERE pk = $1 AND sk = $2',
	"EXECUTE q('a', 1)",
	"EXECUTE q('b', 2)",
	"EXPLAIN EXECUTE q('c', 3)",
	"EXECUTE q('c', 3)",
	("EXECUTE q('a', 4)") x 6,
	"SELECT v FROM described WHERE pk = 'b' AND sk = 5");
@requests = $relay->requests;
is( operations(@requests),
	'DescribeTable' . ' GetItem' x 10,
	'one DescribeTable a session');
my %connections = map { $_->{connection} => 1 } @requests;
is(scalar(keys %connections), 1, 'one connection for all of them');


# The requests themselves
sub request_is
{
	my ($sql, $operation, %expected) = @_;
	my ($request, @more) = requests_of($sql);
	my %got;
	my %names = %{ $request->{body}{ExpressionAttributeNames} || {} };
	my %values = %{ $request->{body}{ExpressionAttributeValues} || {} };

	# with names and values in their places again, in double quotes and bare
	foreach my $member (keys %expected)
	{
		my $text = $request->{body}{$member};

		if ($member =~ /Expression$/ && defined $text)
		{
			$text =~ s/(#\d+)/"$names{$1}"/g;
			$text =~ s/(:\d+)/(values %{ $values{$1} })[0]/eg;
		}
		$got{$member} = $text;
	}
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is_deeply([ $request->{operation}, \%got ],
		[ $operation, \%expected ], $sql)
	  or diag($request->{text});
	is(scalar(@more), 0, 'in one request');
}
my $JSON_false = JSON::PP::false;

request_is(
	"SELECT * FROM t WHERE pk = 'a' AND sk = 7", 'GetItem',
	Key => { pk => { S => 'a' }, sk => { N => '7' } },
	Limit => undef);
request_is(
	"SELECT v FROM t WHERE pk = 'a'", 'Query',
	KeyConditionExpression => '"pk" = a',
	Limit => undef,
	FilterExpression => undef);
request_is(
	"SELECT v, size, dotted, city FROM t WHERE pk = 'a'",
	'Query',
	ProjectionExpression => '"v","size","a.b","address"."city"');
request_is(
	"SELECT v FROM t WHERE pk = 'a' AND sk > 5",
	'Query',
	KeyConditionExpression => '"pk" = a AND "sk" > 5');
request_is(
	"SELECT v FROM t WHERE sk BETWEEN 5 AND 9 AND pk = 'a'",
	'Query',
	KeyConditionExpression => '"pk" = a AND "sk" BETWEEN 5 AND 9');
request_is(
	"SELECT v FROM t WHERE pk = 'a' AND sk >= 5 AND sk <= 9",
	'Query',
	KeyConditionExpression => '"pk" = a AND "sk" BETWEEN 5 AND 9');
request_is(
	"SELECT sk FROM t WHERE pk = 'a' ORDER BY sk DESC LIMIT 5",
	'Query',
	KeyConditionExpression => '"pk" = a',
	Limit => 5,
	ScanIndexForward => $JSON_false,
	ProjectionExpression => '"sk"');
request_is(
	"SELECT count(*) FROM t WHERE pk = 'a'", 'Query',
	KeyConditionExpression => '"pk" = a',
	Select => 'COUNT',
	ProjectionExpression => undef);
request_is(
	"SELECT max(sk) FROM t WHERE pk = 'a'", 'Query',
	Limit => 1,
	ScanIndexForward => $JSON_false);
request_is(
	'SELECT * FROM t', 'Scan',
	ConsistentRead => undef,
	TableName => $dynamodb_table,
	ReturnConsumedCapacity => 'INDEXES');
request_is(
	"SELECT v FROM t WHERE v = 'v1'", 'Scan',
	FilterExpression => '"v" = v1',
	Limit => undef);

# no name and no value stands in an expression itself
@requests = requests_of(
	"SELECT v, size, dotted, city FROM t WHERE pk = 'a' AND sk BETWEEN 1 AND 2",
	"SELECT v, size, dotted, city FROM t",
	"SELECT count(*) FROM t WHERE pk = 'SELECT' AND sk < 5",
	"SELECT v FROM t WHERE pk = 'a' AND sk = 1");
is(scalar(@requests), 4, 'four requests for four queries');
foreach my $request (@requests)
{
	foreach my $member (grep { /Expression$/ } keys %{ $request->{body} })
	{
		my $text = $request->{body}{$member};

		$text =~ s/[#:]\d+//g;
		$text =~ s/\b(?:AND|BETWEEN|begins_with)\b//g;
		unlike(
			$text,
			qr/[^ ,.()<>=]/,
			"$request->{operation}'s $member holds placeholders only");
	}
}


# Who asks
my ($request) = requests_of(
	"SET application_name = 'a (b); c'",
	"SELECT v FROM t WHERE pk = 'a' AND sk = 1");
my $user = $node->safe_psql('postgres', 'SELECT current_user');
like(
	$request->{headers}{'user-agent'},
	qr/^dynamodb_fdw\/\d[\d.]* postgresql\/\d\d \(postgres; \Q$user\E; a \?b\?\? c\)$/,
	'User-Agent names program, server, database, role and application');


# ALTER SERVER takes effect at the next statement, in sessions that exist
my $other = DdbService->start(sub { return forward($_[0], $upstream) });
my $session = $node->background_psql('postgres', on_error_stop => 0);
$session->query("PREPARE q AS SELECT v FROM t WHERE pk = 'a' AND sk = 1");
is($session->query('EXECUTE q'), 'v1', 'a prepared query');
is(operations($relay->requests), 'GetItem', 'goes to its server');
set_endpoint($node, 'relay', $other->url);
is($session->query('EXECUTE q'), 'v1', 'again, after ALTER SERVER');
is(operations($relay->requests), '', 'goes no longer to where it was');
is(operations($other->requests), 'GetItem', 'but to where it is now');
$session->query("ALTER SERVER relay OPTIONS (SET region 'us-west-2')");
$session->query('EXECUTE q');
($request) = $other->requests;
like($request->{headers}{authorization},
	qr{/us-west-2/dynamodb/}, 'and is signed for the new region');
$session->query(
	"ALTER USER MAPPING FOR PUBLIC SERVER relay
                   OPTIONS (SET aws_access_key_id 'another')");
$session->query('EXECUTE q');
($request) = $other->requests;
like($request->{headers}{authorization},
	qr{Credential=another/}, 'and with the new key');
$session->quit;
set_endpoint($node, 'relay', $relay->url);


# An item that moves within an index while it is read is there twice, and one row
my @twice = map {
	{ pk => { S => 'a' }, sk => { N => '1' }, g => { S => 'g' }, h => { N => "$_" } }
} 2, 8;
my $moving = DdbService->start(
	sub {
		my ($request) = @_;

		return answer({ Count => 2, ScannedCount => 2, Items => \@twice })
		  if $request->{operation} eq 'Query';
		return answer(
			{
				Responses =>
				  { Moving => [ { %{ $twice[1] }, v => { S => 'there' } } ] }
			});
	});
set_endpoint($node, 'relay', $moving->url);
sql("CREATE FOREIGN TABLE moving (
       pk text COLLATE \"C\" NOT NULL, sk integer NOT NULL,
       g text COLLATE \"C\", h integer, v text)
     SERVER relay OPTIONS (table_name 'Moving', $keys, indexes '{
       \"GlobalSecondaryIndexes\": [{\"IndexName\": \"by_g\",
         \"KeySchema\": [{\"AttributeName\": \"g\", \"KeyType\": \"HASH\"},
                       {\"AttributeName\": \"h\", \"KeyType\": \"RANGE\"}],
         \"Projection\": {\"ProjectionType\": \"KEYS_ONLY\"}}]}')");
is(sql("SELECT h, v FROM moving WHERE g = 'g' AND h > 1 ORDER BY h"),
	'8|there', 'an item at two places of an index is one row, where it is');
@requests = $moving->requests;
is(operations(@requests), 'Query BatchGetItem', '... looked up in the table');
is(scalar(@{ $requests[-1]{body}{RequestItems}{Moving}{Keys} }),
	1, '... once');
set_endpoint($node, 'relay', $relay->url);


# Secrets
my $sharp = DdbService->start(
	sub {
		my ($request) = @_;
		my $shown = join("\n",
			'Signature mismatch: the canonical string should have been',
			"'POST",
			map { "$_:$request->{headers}{$_}" }
			  sort keys %{ $request->{headers} });

		return failure(400, 'InvalidSignatureException', $shown);
	});
set_endpoint($node, 'relay', $sharp->url);
my $error = error_is(
	$node,
	'an answer that repeats the signature',
	'SELECT * FROM t',
	state => '28000');
foreach my $word ($secret, $token, 'Signature=')
{
	unlike($error->{err}, qr/\Q$word\E/, 'is not shown');
}
set_endpoint($node, 'relay', $relay->url);
sql('LOAD \'dynamodb_fdw\'',
	'SELECT count(*) FROM described',
	"SELECT dynamodb_call('relay', 'ListTables', '{}')");
foreach my $request ($relay->requests, $sharp->requests)
{
	my %headers = %{ $request->{headers} };

	is(delete $headers{'x-amz-security-token'},
		$token, "$request->{operation} carries the session token");
	unlike(join("\n", %headers, $request->{text}),
		qr/\Q$secret\E|\Q$token\E/, 'there alone, and no secret');
}
my $log = slurp_file($node->logfile);
unlike(
	$log,
	qr/\Q$secret\E|\Q$token\E|Signature=/,
	'no secret in the log at debug1');

sql("SELECT dynamodb_call('direct', 'DeleteTable',
       '{\"TableName\": \"$dynamodb_table\"}')");
done_testing();
