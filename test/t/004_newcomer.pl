# A newcomer's way to the first row, with every wrong turn on it: each error
# says what to do, and doing it leads on.
use strict;
use warnings;
use DdbService;
use DdbTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('newcomer');

# A table "Orders" with keys customerId (S) and number (N), which lets in
# those who know the secret.
my $secret = 'TheSecret';
my $service = DdbService->start(
	sub {
		my ($request) = @_;
		my $table = $request->{body}{TableName};

		return failure(400, 'UnrecognizedClientException',
			'The security token included in the request is invalid.')
		  if $request->{headers}{authorization} !~ /Credential=AKID\//;
		return failure(400, 'ResourceNotFoundException',
			"Requested resource not found: Table: $table not found")
		  if $table ne 'Orders';
		return answer(
			{
				Table => {
					TableName => 'Orders',
					TableStatus => 'ACTIVE',
					ItemCount => 1,
					TableSizeBytes => 100,
					KeySchema => [
						{ AttributeName => 'customerId', KeyType => 'HASH' },
						{ AttributeName => 'number', KeyType => 'RANGE' }
					],
					AttributeDefinitions => [
						{
							AttributeName => 'customerId',
							AttributeType => 'S'
						},
						{ AttributeName => 'number', AttributeType => 'N' }
					]
				}
			}) if $request->{operation} eq 'DescribeTable';

		my $item = { customerId => { S => 'c1' }, number => { N => '7' } };

		return answer({ Item => $item })
		  if $request->{operation} eq 'GetItem';
		return answer({ Items => [$item], Count => 1, ScannedCount => 1 });
	});
my $url = $service->url;
my $query = 'SELECT * FROM orders';

# What the hint says, with the keys that it leaves open.
sub do_as_told
{
	my ($error) = @_;
	my ($sql) = $error->{hint} =~ /((?:CREATE|ALTER) [^(]*\([^)]*\))/;

	$sql =~ s/aws_access_key_id '\.\.\.'/aws_access_key_id 'AKIX'/;
	$sql =~ s/aws_secret_access_key '\.\.\.'/aws_secret_access_key 'wrong'/;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is(query_error($node, $sql)->{err}, '', "the hint works: $sql");
}


# Objects
error_is(
	$node, 'an option that looks right',
	"CREATE SERVER shop FOREIGN DATA WRAPPER dynamodb_fdw
       OPTIONS (endpoint_url '$url')",
	state => 'HV00D',
	message => 'invalid option "endpoint_url"',
	hint => 'Perhaps you meant the option "endpoint".');
error_is(
	$node, 'keys on the server',
	"CREATE SERVER shop FOREIGN DATA WRAPPER dynamodb_fdw
       OPTIONS (aws_access_key_id 'AKID')",
	state => 'HV00D',
	message => 'option "aws_access_key_id" belongs on a user mapping');
$node->safe_psql('postgres',
	'CREATE SERVER shop FOREIGN DATA WRAPPER dynamodb_fdw');
error_is(
	$node, 'an option of columns on the table',
	"CREATE FOREIGN TABLE orders (id text) SERVER shop
       OPTIONS (attribute_name 'customerId')",
	state => 'HV00D',
	message => 'option "attribute_name" belongs on a column');
error_is(
	$node, 'an option of tables on a column',
	"CREATE FOREIGN TABLE orders (id text OPTIONS (partition_key 'true'))
       SERVER shop",
	state => 'HV00D',
	message => qr/"partition_key" belongs on a foreign table/);
error_is(
	$node, 'an attribute name on the server',
	"ALTER SERVER shop OPTIONS (ADD attribute_name 'x')",
	state => 'HV00D',
	message => 'option "attribute_name" belongs on a column');
error_is(
	$node, 'a region of the console',
	"ALTER SERVER shop OPTIONS (ADD region 'Europe (Ireland)')",
	message => 'invalid value for option "region": "Europe (Ireland)"',
	hint => qr/eu-west-1/);
$node->safe_psql(
	'postgres', q{
CREATE FOREIGN TABLE orders (
  id integer OPTIONS (attribute_name 'customerId'),
  number integer
) SERVER shop OPTIONS (table_name 'orders')});


# The first queries
my $error = error_is(
	$node, 'no user mapping', $query,
	state => '42704',
	message => qr/^user "\w+" has no user mapping for foreign server "shop"$/,
	hint => qr/CREATE USER MAPPING/);
do_as_told($error);
$error = error_is(
	$node, 'no region', $query,
	message => 'server "shop" has no region',
	state => 'HV002',
	hint => qr/ALTER SERVER shop/);
do_as_told($error);
$node->safe_psql('postgres',
	"ALTER SERVER shop OPTIONS (ADD endpoint 'http://dynamodb.example:8000')"
);
error_is(
	$node, 'http to a foreign host', $query,
	message => 'server "shop" has an http endpoint on another host',
	detail => 'Data and session tokens would cross the network unencrypted.',
	hint => qr/https.*allow_http/);
set_endpoint($node, 'shop', $url);
error_is(
	$node, 'a wrong key', $query,
	state => '28000',
	message => 'could not describe DynamoDB table "orders"',
	detail => qr/^DynamoDB returned UnrecognizedClientException: /,
	hint => qr/aws_access_key_id.* user mapping/);
$node->safe_psql(
	'postgres',
	"ALTER USER MAPPING FOR CURRENT_USER SERVER shop
       OPTIONS (SET aws_access_key_id 'AKID')");
error_is(
	$node, 'a table that does not exist', $query,
	state => 'HV00R',
	message => 'could not describe DynamoDB table "orders"',
	detail => qr/^DynamoDB returned ResourceNotFoundException: /,
	hint => qr/table_name \(letter case counts\)/);
$node->safe_psql('postgres',
	"ALTER FOREIGN TABLE orders OPTIONS (SET table_name 'Orders')");
error_is(
	$node, 'a key column of the wrong type', $query,
	state => 'HV004',
	message =>
	  'column "id" of foreign table "orders" cannot show key attribute "customerId"',
	detail =>
	  'The column is of type integer, for attributes of type N; the key of DynamoDB table "Orders" is of type S.',
	hint => 'Declare the column as text COLLATE "C".');
$node->safe_psql('postgres',
	'ALTER FOREIGN TABLE orders ALTER id TYPE text COLLATE "C"');
is($node->safe_psql('postgres', $query), 'c1|7', 'the first row');


# Later ones
error_is(
	$node, 'half a key',
	"ALTER USER MAPPING FOR CURRENT_USER SERVER shop
       OPTIONS (DROP aws_secret_access_key); $query",
	message =>
	  'user mapping for server "shop" has no "aws_secret_access_key"',
	hint => qr/ALTER USER MAPPING with ADD/);
$node->safe_psql(
	'postgres',
	"ALTER USER MAPPING FOR CURRENT_USER SERVER shop
       OPTIONS (ADD aws_secret_access_key '$secret')");
error_is(
	$node, 'a Scan that is not wanted',
	"SET dynamodb_fdw.allow_scan = off; $query",
	state => '53400',
	message => 'reading all of DynamoDB table "Orders" is not allowed',
	detail => qr/"?customerId"?|"?id"?/,
	hint => qr/allow_scan/);
is( $node->safe_psql(
		'postgres',
		"SET dynamodb_fdw.allow_scan = off;
         SELECT number FROM orders WHERE id = 'c1' AND number = 7"),
	'7',
	'a key lookup is no Scan');
error_is(
	$node, 'an attribute of another type than its column',
	"ALTER FOREIGN TABLE orders
       ADD flag boolean OPTIONS (attribute_name 'number');
     SELECT flag FROM orders",
	state => 'HV004',
	message =>
	  'attribute "number" does not fit column "flag" of foreign table "orders"',
	detail => qr/type N where the column reads type BOOL\.$/,
	hint => qr/jsonb.* on_type_mismatch 'null'/);
error_is(
	$node, 'a service that is none',
	"ALTER SERVER shop OPTIONS (SET endpoint 'http://127.0.0.1:1');
     SELECT number FROM orders WHERE id = 'c1'",
	state => '08001',
	message => qr/DynamoDB table "Orders"/,
	detail => qr/127\.0\.0\.1:1\b/);
done_testing();
