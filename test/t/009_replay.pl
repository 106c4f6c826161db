# The server in memory that measurements stand on (test/bench/replay.py)
# answers as the emulator does, word for word; its prices are the service's.
use strict;
use warnings;
use DdbBench;
use JSON::PP;
use Test::More;

plan skip_all => 'needs servers of our own'
  unless $ENV{DDB_REPLAY} && DdbBench->available;

my $json = JSON::PP->new->canonical;
my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my %server = (
	emulator => DdbBench->new(units => $true),
	replay => DdbBench->replay);

# What is compared: all of an answer, but for what is the service's own
# business or has no order.
sub answer_of
{
	my ($server, $operation, $request) = @_;
	my $answer = $server{$server}->call($operation, $request);
	my $body = $answer->{body};

	return $answer->{name} if $answer->{status} != 200;
	return 'done' if $operation =~ /Table$/;
	foreach my $items (
		($operation eq 'Scan' ? $body->{Items} : ()),
		values %{ $body->{Responses} || {} })
	{
		@$items = sort { $json->encode($a) cmp $json->encode($b) } @$items;
	}
	return $json->encode($body);
}

sub same
{
	my ($what, $operation, $request) = @_;
	my ($expected, $got) =
	  map { answer_of($_, $operation, $request) } qw(emulator replay);

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is($got, $expected, "$operation: $what");
	return eval { $json->decode($expected) } || {};
}

# An item, or a key, of table "replay".
sub item
{
	my ($n, %more) = @_;

	return {
		pk => { S => 'p' . $n % 3 },
		sk => { N => "$n" },
		%more
	};
}

sub on_table
{
	return {
		TableName => 'replay',
		ReturnConsumedCapacity => 'INDEXES',
		@_
	};
}

$server{$_}->call('DeleteTable', { TableName => 'replay' })
  foreach keys %server;
same(
	'a table with an index',
	'CreateTable',
	{
		TableName => 'replay',
		BillingMode => 'PAY_PER_REQUEST',
		AttributeDefinitions => [
			map { { AttributeName => $_->[0], AttributeType => $_->[1] } }
			  [ 'pk', 'S' ],
			[ 'sk', 'N' ],
			[ 'g', 'S' ]
		],
		KeySchema => [
			{ AttributeName => 'pk', KeyType => 'HASH' },
			{ AttributeName => 'sk', KeyType => 'RANGE' }
		],
		GlobalSecondaryIndexes => [
			{
				IndexName => 'by_g',
				KeySchema => [
					{ AttributeName => 'g', KeyType => 'HASH' },
					{ AttributeName => 'sk', KeyType => 'RANGE' }
				],
				Projection => { ProjectionType => 'ALL' }
			}
		]
	});

# Writes
foreach my $first (0, 25)
{
	same(
		'items',
		'BatchWriteItem',
		{
			RequestItems => {
				replay => [
					map {
						{
							PutRequest => {
								Item => item(
									$_,
									g => { S => $_ % 2 ? 'x' : 'y' },
									v => { S => 'v' x $_ },
									m => {
										M => {
											l => {
												L => [
													{ N => "$_" },
													{ S => 'two' }
												]
											}
										}
									})
							}
						}
					} $first .. $first + 24
				]
			}
		});
}
my %absent = (ConditionExpression => 'attribute_not_exists(pk)');
same('a new item', 'PutItem', on_table(Item => item(90), %absent));
same('the same again', 'PutItem', on_table(Item => item(90), %absent));
same(
	'another in its place',
	'PutItem',
	on_table(
		Item => item(90, v => { S => 'new' }),
		ReturnValues => 'ALL_OLD'));

sub update
{
	my ($what, $expression, $values, %more) = @_;

	same(
		$what,
		'UpdateItem',
		on_table(
			Key => item(90),
			UpdateExpression => $expression,
			(%$values ? (ExpressionAttributeValues => $values) : ()),
			ReturnValues => 'ALL_NEW',
			%more));
}
my %one = (':one' => { N => '1' });
update('a value', 'SET n = :one', {%one});
update('arithmetic', 'SET n = n + :one, o = n - :one', {%one});
update('of what is not there', 'SET q = q + :one', {%one});
update(
	'what is there, or else',
	'SET q = if_not_exists(q, :one) + :one',
	{%one});
update('ADD', 'ADD n :one, z :one', {%one});
update('REMOVE and SET', 'REMOVE z SET v = n', {});
update(
	'a list',
	'SET l = list_append(:l, :l)',
	{ ':l' => { L => [ { S => 'a' }, { N => '2' } ] } });
update('an element', 'SET l[1] = :one REMOVE l[0]', {%one});
update('a path that leads nowhere', 'SET nothing.more = :one', {%one});
update('a key', 'SET sk = :one', {%one});
update(
	'a condition that holds', 'SET n = :one',
	{%one}, ConditionExpression => 'n > :one AND NOT attribute_exists(nothing)');
update(
	'one that does not', 'SET n = :one',
	{%one},
	ConditionExpression => 'n <> :one',
	ReturnValuesOnConditionCheckFailure => 'ALL_OLD');
update('only what was changed', 'SET n = n + :one', {%one},
	ReturnValues => 'UPDATED_NEW');
update('and what it was', 'SET n = n + :one', {%one},
	ReturnValues => 'UPDATED_OLD');
same(
	'by a condition',
	'DeleteItem',
	on_table(
		Key => item(90),
		ConditionExpression => 'size(v) > :one',
		ExpressionAttributeValues => {%one}));
same('an item', 'DeleteItem',
	on_table(Key => item(90), ReturnValues => 'ALL_OLD'));
same('what is not there', 'DeleteItem', on_table(Key => item(90)));
my @actions = (
	{ Put => { TableName => 'replay', Item => item(91), %absent } },
	{ Delete => { TableName => 'replay', Key => item(92) } });
same('all', 'TransactWriteItems', { TransactItems => [@actions] });
my ($cancelled) = map {
	$server{$_}->call('TransactWriteItems', { TransactItems => [@actions] })
	  ->{body}
} 'replay';
is( join(' ', map { $_->{Code} } @{ $cancelled->{CancellationReasons} }),
	'ConditionalCheckFailed None',
	'TransactWriteItems: nothing, by a condition');
same('... so it says', 'TransactWriteItems', { TransactItems => [@actions] });

# Reads
same('an item', 'GetItem', on_table(Key => item(7)));
same('consistently', 'GetItem',
	on_table(Key => item(7), ConsistentRead => $true));
same(
	'a part of it',
	'GetItem',
	on_table(
		Key => item(7),
		ProjectionExpression => '#g, m.l[1], nothing',
		ExpressionAttributeNames => { '#g' => 'g' }));
same('none', 'GetItem', on_table(Key => item(777)));
same('half a key', 'GetItem', on_table(Key => { pk => { S => 'p1' } }));
same(
	'another table', 'GetItem',
	on_table(TableName => 'nothing', Key => item(7)));
same(
	'some of them',
	'BatchGetItem',
	{
		ReturnConsumedCapacity => 'TOTAL',
		RequestItems => {
			replay => {
				Keys => [ map { item($_) } 1 .. 10, 90 ],
				ProjectionExpression => 'pk, sk'
			}
		}
	});

# To the end, page by page.
sub read_all
{
	my ($what, $operation, @request) = @_;
	my ($start, $pages) = (undef, 0);

	do
	{
		my $page = same("$what, page " . ++$pages,
			$operation,
			on_table(@request, $start ? (ExclusiveStartKey => $start) : ()));
		$start = $page->{LastEvaluatedKey};
	} while ($start && $pages < 50);
}

sub by_key
{
	my ($condition, %values) = @_;

	return (
		KeyConditionExpression => $condition,
		ExpressionAttributeValues => { ':p' => { S => 'p1' }, %values });
}
my %low_high = (':low' => { N => '10' }, ':high' => { N => '40' });
read_all('a partition', 'Query', by_key('pk = :p'), Limit => 7);
read_all('backward', 'Query', by_key('pk = :p'),
	Limit => 7,
	ScanIndexForward => $false);
foreach my $operator ('=', '<', '<=', '>', '>=')
{
	read_all("sk $operator", 'Query',
		by_key("pk = :p AND sk $operator :low", ':low' => { N => '10' }));
}
read_all('a range', 'Query', by_key('pk = :p AND sk BETWEEN :low AND :high', %low_high));
read_all('none', 'Query', by_key('pk = :p', ':p' => { S => 'nobody' }));
read_all(
	'an index', 'Query',
	by_key('g = :p AND sk > :low', ':p' => { S => 'x' }, ':low' => { N => '10' }),
	IndexName => 'by_g',
	Limit => 9);
read_all(
	'a filter', 'Query',
	by_key('pk = :p', %low_high),
	FilterExpression => 'size(v) BETWEEN :low AND :high AND '
	  . '(m.l[0] IN (:low, :high) OR NOT contains(v, :p))',
	Limit => 10);
read_all('a count', 'Query', by_key('pk = :p'), Select => 'COUNT', Limit => 10);
same('all of it', 'Scan', on_table());
same(
	'a filter', 'Scan',
	on_table(
		FilterExpression => 'begins_with(g, :x) AND attribute_type(sk, :n)',
		ExpressionAttributeValues =>
		  { ':x' => { S => 'x' }, ':n' => { S => 'N' } }));

# Segments and pages hold everything once, wherever they are cut.
foreach my $total (1, 2, 5)
{
	my %seen;

	foreach my $segment (0 .. $total - 1)
	{
		my $start;

		do
		{
			my $page = $server{replay}->call(
				'Scan',
				on_table(
					Segment => $segment,
					TotalSegments => $total,
					Limit => 4,
					$start ? (ExclusiveStartKey => $start) : ()))->{body};

			$seen{ $_->{sk}{N} }++ foreach @{ $page->{Items} };
			$start = $page->{LastEvaluatedKey};
		} while ($start);
	}
	is(join(' ', scalar(keys %seen), grep { $_ != 1 } values %seen),
		'51', "Scan: $total segments");
}

# Latency, and what was counted
my $replay = $server{replay};
$replay->control('POST', 'counts', {});
$replay->control('POST', 'latency', { ms => 100 });
my @handles =
  map { $replay->start('GetItem', on_table(Key => item($_))) } 1 .. 5;
is(scalar(grep { $replay->receive($_)->{status} == 200 } @handles),
	5, 'five requests at once');
$replay->control('POST', 'latency', { ms => 0 });
my $counts = $replay->control('GET', 'counts');
is_deeply(
	[ @$counts{qw(requests in_flight connections items)} ],
	[ { GetItem => 5 }, 5, 5, 5 ],
	'... wait together, and are counted');
$server{$_}->call('DeleteTable', { TableName => 'replay' })
  foreach keys %server;
done_testing();
