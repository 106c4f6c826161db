# What is written is seen at once by consistent reads and some time later by
# the others, and an index only ever follows: on a service whose replica lags
# behind, and that looks at signatures.
use strict;
use warnings;
use DdbBench;
use DdbTest;
use Test::More;

plan skip_all => 'needs emulators of our own' unless DdbBench->available;

my $writer = DdbBench->new(replica => 'stale', lag => 60);
my $door = DdbBench->new(replica => 'stale', signature => JSON::PP::true);
my $node = new_node('replica');

create_server($node, 'bench', $door->url);
$node->safe_psql('postgres', <<"EOS");
CREATE FOREIGN TABLE t (
  p text COLLATE "C" NOT NULL,
  s integer NOT NULL,
  g text COLLATE "C"
) SERVER bench OPTIONS (table_name 'replica');
SELECT dynamodb_create_table('t', global_indexes => '[{"IndexName": "by_g",
  "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}]}]');
EOS

sub put
{
	my ($s) = @_;
	my $answer = $writer->call(
		'PutItem',
		{
			TableName => 'replica',
			Item =>
			  { p => { S => 'p' }, s => { N => "$s" }, g => { S => 'g' },
				h => { S => "$s" } }
		});

	die $answer->{text} unless $answer->{status} == 200;
}

# The rows of a query, and which emulator and what kind of read they are from.
sub reads
{
	my ($setting, $query) = @_;

	$door->log;
	my $rows = $node->safe_psql('postgres',
		"SET dynamodb_fdw.consistent_read = $setting; $query");
	my ($read) =
	  grep { $_->{operation} =~ /^(GetItem|Query|Scan)$/ } $door->log;
	return join ' ', "[$rows]", $read->{operation}, $read->{index} || 'table',
	  $read->{consistent} ? 'strong' : 'eventual', $read->{served_by};
}

my $item = "SELECT s FROM t WHERE p = 'p' AND s = 1";
my $items = "SELECT count(*) FROM t WHERE p = 'p'";
my $all = 'SELECT count(*) FROM t';
my $indexed = "SELECT count(*) FROM t WHERE g = 'g'";

put($_) foreach 1 .. 3;
is( reads('off', $item),
	'[] GetItem table eventual second',
	'an eventual GetItem is behind');
is( reads('on', $item),
	'[1] GetItem table strong first',
	'... a strong one not');
is( reads('auto', $item),
	'[] GetItem table eventual second',
	'auto is eventual where this session wrote nothing');
is(reads('off', $items), '[0] Query table eventual second', 'Query behind');
is(reads('on', $items), '[3] Query table strong first', '... and not');
is(reads('off', $all), '[0] Scan table eventual second', 'Scan behind');
is(reads('on', $all), '[3] Scan table strong first', '... and not');
is( reads('off', $indexed),
	'[0] Query by_g eventual second',
	'an index is behind');
is( reads('on', $indexed),
	'[3] Scan table strong first',
	'... so a strong read is the table\'s');

# the replica catches up
$door->caught_up(now => 1);
is( reads('off', $indexed),
	'[3] Query by_g eventual second',
	'later all see all');

# An emulator answers 500 while it builds an index: a client that has seen it
# ACTIVE mustn't meet that, so the replica has it before anyone can ask.
put($_) foreach 4 .. 60;
$writer->call(
	'UpdateTable',
	{
		TableName => 'replica',
		AttributeDefinitions =>
		  [ { AttributeName => 'h', AttributeType => 'S' } ],
		GlobalSecondaryIndexUpdates => [
			{
				Create => {
					IndexName => 'by_h',
					KeySchema =>
					  [ { AttributeName => 'h', KeyType => 'HASH' } ],
					Projection => { ProjectionType => 'ALL' }
				}
			}
		]
	});
is( $writer->call(
		'Query',
		{
			TableName => 'replica',
			IndexName => 'by_h',
			KeyConditionExpression => 'h = :h',
			ExpressionAttributeValues => { ':h' => { S => '60' } }
		})->{body}{Count},
	1,
	'a new index is the replica\'s, too, once it is made');
$node->safe_psql('postgres',
	"SELECT dynamodb_call('bench', 'DeleteTable', '{\"TableName\": \"replica\"}')"
);

# A signature with another secret
$door->change(keys => { local => 'another' });
error_is(
	$node, 'the service checks signatures', $item,
	state => '28000',
	detail => qr/InvalidSignatureException/);

$node->stop;
done_testing();
