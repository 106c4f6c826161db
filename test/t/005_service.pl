# The service that the other tests run against (test/service): each rule,
# alone, has the effect it promises, and without any it is the emulator.
use strict;
use warnings;
use DdbBench;
use FindBin;
use Test::More;
use Time::HiRes qw(sleep time);

plan skip_all => 'needs emulators of our own' unless DdbBench->available;

my $door = DdbBench->new;
my $started = time;

sub key
{
	my ($n) = @_;

	return { p => { S => 'a' }, s => { N => "$n" } };
}

# call() through the door, whose every answer must be what its header says.
sub call
{
	my @request = @_;
	my $answer = $door->call(@request);

	fail("the checksum of $request[0]'s answer is right")
	  if $answer->{status} && !$answer->{intact};
	return $answer;
}

sub get
{
	my ($n, %more) = @_;

	return call('GetItem', { TableName => 'bench', Key => key($n), %more });
}

sub put
{
	my ($n, %more) = @_;

	return call('PutItem',
		{ TableName => 'bench', Item => { %{ key($n) }, %more } });
}

# A Query or Scan to its end: items, and the number of items of each page.
sub read_all
{
	my ($operation, %request) = @_;
	my (@items, @pages);
	my $start;

	do
	{
		my $page = call(
			$operation,
			{
				TableName => 'bench',
				%request, $start ? (ExclusiveStartKey => $start) : ()
			})->{body};

		push @items, @{ $page->{Items} || [] };
		push @pages, $page->{Count};
		$start = $page->{LastEvaluatedKey};
	} while ($start && @pages < 100);
	return (\@items, \@pages);
}

my %query = (
	KeyConditionExpression => 'p = :p',
	ExpressionAttributeValues => { ':p' => { S => 'a' } });
my %index_query = (
	IndexName => 'by_g',
	KeyConditionExpression => 'g = :g',
	ExpressionAttributeValues => { ':g' => { S => 'x' } });

# Runs a test under these rules alone.
sub under
{
	my ($rules, $test) = @_;

	$door->change(none => JSON::PP::true, %$rules);
	$test->();
	$door->change(none => JSON::PP::true);
	$door->caught_up;
}

sub true { return JSON::PP::true }

sub is_refused
{
	my ($answer, $name, $what) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is($answer->{name}, $name, $what) or diag($answer->{text});
}

# What comes by itself, if not at once.
sub comes
{
	my ($test, $what) = @_;
	my $came;

	for (1 .. 200)
	{
		last if $came = $test->();
		sleep(0.05);
	}
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	ok($came, $what);
}

# Once over HTTP with a real signature.
sub signed_call
{
	local $ENV{DYNAMODB_ENDPOINT} = $door->url;
	return
	  scalar qx{$^X '$FindBin::RealBin/../service/call.pl' ListTables '{}'};
}


# No rule
my $create = {
	TableName => 'bench',
	BillingMode => 'PAY_PER_REQUEST',
	AttributeDefinitions => [
		map { { AttributeName => $_->[0], AttributeType => $_->[1] } }
		  [ 'p', 'S' ],
		[ 's', 'N' ],
		[ 'g', 'S' ]
	],
	KeySchema => [
		{ AttributeName => 'p', KeyType => 'HASH' },
		{ AttributeName => 's', KeyType => 'RANGE' }
	],
	GlobalSecondaryIndexes => [
		{
			IndexName => 'by_g',
			KeySchema => [ { AttributeName => 'g', KeyType => 'HASH' } ],
			Projection => { ProjectionType => 'KEYS_ONLY' }
		}
	]
};
call('DeleteTable', { TableName => 'bench' });
is(call('CreateTable', $create)->{status}, 200, 'a table is made');
put($_, g => { S => 'x' }, v => { N => "$_" }) foreach 1 .. 20;
my ($items, $pages) = read_all('Query', %query);
is(scalar(@$items), 20, 'without rules everything is read');
is("@$pages", '20', '... in one page');
is(get(1)->{body}{Item}{v}{N}, 1, 'GetItem');
is_refused(call('GetItem', { TableName => 'nothing', Key => key(1) }),
	'ResourceNotFoundException', 'errors come through');

# The log
$door->log;
call(
	'Query',
	{
		TableName => 'bench',
		%index_query,
		ProjectionExpression => '#s',
		ExpressionAttributeNames => { '#s' => 's' },
		Limit => 3
	});
my ($request) = $door->log;
is_deeply(
	[
		@$request{
			qw(operation tables index KeyConditionExpression
			  ProjectionExpression Limit status in_flight served_by)
		}
	],
	[ 'Query', ['bench'], 'by_g', 'g = :g', 's', 3, 200, 1, 'first' ],
	'the log has operation, index, expressions');
under(
	{ delay => { seconds => 1 } },
	sub {
		my $began = time;
		my @handles =
		  map {
			$door->start('GetItem', { TableName => 'bench', Key => key($_) })
		  } 1 .. 5;
		is(scalar(grep { $door->receive($_)->{status} == 200 } @handles),
			5, 'five requests at once');
		ok(time - $began < 4, '... wait together');
		my @requests = $door->log;
		is($requests[-1]{in_flight}, 5, '... and the log counts them');
		my %connections = map { $_->{connection} => 1 } @requests;
		is(scalar(keys %connections), 5, '... on as many connections');
	});

# Replica
$door->caught_up;
under(
	{ replica => 'stale', lag => 60 },
	sub {
		put(21, g => { S => 'x' });
		ok(!get(21)->{body}{Item}, 'an eventual read is behind');
		is(get(21, ConsistentRead => true)->{body}{Item}{s}{N},
			21, '... a strong one not');
		($items) = read_all('Query', %index_query);
		is(scalar(@$items), 20, '... an index is behind');
		$door->caught_up(now => true);
		ok(get(21)->{body}{Item}, 'later it has caught up');
		($items) = read_all('Query', %index_query);
		is(scalar(@$items), 21, '... the index too');
		$door->log;
		get(21);
		is(($door->log)[-1]{served_by}, 'second', '... as the log says');
		call('DeleteItem', { TableName => 'bench', Key => key(21) });
		ok(get(21)->{body}{Item}, 'a deletion is late as well');
		$door->caught_up(now => true);
		ok(!get(21)->{body}{Item}, '... and comes');
		$door->change(lag => 0.4);
		put(21);
		comes(sub { get(21)->{body}{Item} }, 'after the lag, by itself');
		$door->change(lag => 0);
		call('DeleteItem', { TableName => 'bench', Key => key(21) });
	});
under(
	{ replica => 'current', lag => 5 },
	sub {
		put(21);
		ok(get(21)->{body}{Item}, 'a current replica has what was written');
		call('DeleteItem', { TableName => 'bench', Key => key(21) });
		ok(!get(21)->{body}{Item}, '... and lacks what was deleted');
		is( call(
				'BatchWriteItem',
				{
					RequestItems => {
						bench => [
							map { { PutRequest => { Item => key($_) } } }
							  21 .. 23
						]
					}
				})->{status},
			200,
			'a batch');
		is( call(
				'TransactWriteItems',
				{
					TransactItems => [
						map {
							{ Delete =>
								  { TableName => 'bench', Key => key($_) } }
						} 21 .. 23
					]
				})->{status},
			200,
			'a transaction');
		($items) = read_all('Query', %query);
		is(scalar(@$items), 20, '... in their order');
	});

# Refusals
under(
	{ signature => true },
	sub {
		is_refused(
			get(1),
			'IncompleteSignatureException',
			'no signature to speak of');
		is(signed_call(), '', 'a right signature');
		$door->change(keys => { local => 'another secret' });
		like(signed_call(), qr/InvalidSignatureException/, 'a wrong secret');
		$door->change(keys => { another => 'local' });
		like(signed_call(), qr/UnrecognizedClientException/, 'a wrong key');
		$door->change(keys => { local => 'local' }, clock => 6 * 60);
		like(signed_call(), qr/Signature expired/, 'a clock behind');
		$door->change(clock => -16 * 60);
		like(signed_call(), qr/not yet current/, 'a clock ahead');
		$door->change(clock => 4 * 60);
		is(signed_call(), '', 'a clock not much behind');
		is_refused(
			call('ListTables', {}, Authorization => ''),
			'MissingAuthenticationTokenException',
			'no signature at all');
	});
under(
	{ content_type => true },
	sub {
		is( call('ListTables', {}, 'Content-Type' => 'application/json')
			  ->{status},
			404,
			'the wrong content type');
		is(call('ListTables', {})->{status}, 200, 'the right one');
	});
my $number =
  '{"TableName": "bench", "Key": {"p": {"S": "a"}, "s": {"N": 1}}}';
is(call('GetItem', $number)->{status}, 200, 'Local takes a JSON number');
under(
	{ types => true },
	sub {
		is_refused(
			call('GetItem', $number),
			'SerializationException',
			'a JSON number as N');
		is_refused(call('GetItem', '{"TableName": '),
			'SerializationException', 'no JSON');
		is( put(30, m => { M => { N => { S => 'x' }, S => { L => [] } } })
			  ->{status},
			200,
			'attributes may be named N and S');
		call('DeleteItem', { TableName => 'bench', Key => key(30) });
	});
under(
	{ duplicates => true },
	sub {
		is_refused(
			call(
				'BatchGetItem',
				{
					RequestItems =>
					  { bench => { Keys => [ key('1'), key('1.0') ] } }
				}),
			'ValidationException',
			'two keys that are one');
		is( call(
				'BatchGetItem',
				{
					RequestItems =>
					  { bench => { Keys => [ key(1), key(10) ] } }
				})->{status},
			200,
			'two keys');
		is( call(
				'BatchGetItem',
				{
					RequestItems => {
						bench => {
							Keys => [
								map { key("1234567890123456789012345678901234567$_") }
								  8, 9
							]
						}
					}
				})->{status},
			200,
			'two keys that differ in their last digit');
	});
under(
	{ key_sizes => true },
	sub {
		is_refused(
			call(
				'Query',
				{
					TableName => 'bench',
					%query,
					ExpressionAttributeValues =>
					  { ':p' => { S => 'x' x 2049 } }
				}),
			'ValidationException',
			'a key too long');
	});

# Filters on what an index doesn't project
my %filtered = (
	IndexName => 'by_g',
	FilterExpression => '#v > :n AND attribute_exists(#s)',
	ExpressionAttributeNames => { '#v' => 'v', '#s' => 's' },
	ExpressionAttributeValues => { ':n' => { N => '10' } });
($items) = read_all('Scan', %filtered);
is(scalar(@$items), 10, 'Local sees what the index lacks');
under(
	{ unprojected => 'missing' },
	sub {
		($items) = read_all('Scan', %filtered);
		is(scalar(@$items), 0, 'to the filter it is missing');
		($items) = read_all('Scan', %filtered,
			FilterExpression =>
			  'NOT v > :n AND attribute_exists(#s) AND attribute_not_exists(#v)'
		);
		is(scalar(@$items), 20, '... by its own name too');
		($items) = read_all(
			'Scan', %filtered,
			FilterExpression => '#s > :n',
			ExpressionAttributeNames => { '#s' => 's' });
		is(scalar(@$items), 10, '... and the key is not');
	});
under(
	{ unprojected => 'refuse' },
	sub {
		is_refused(call('Scan', { TableName => 'bench', %filtered }),
			'BenchException', 'or nobody may ask');
	});

# Pages
under(
	{ short_pages => { most => 3 } },
	sub {
		foreach my $case (
			[ 'Query', %query ],
			[ 'Query', %index_query ],
			['Scan'], [ 'Query', %query, Limit => 2 ])
		{
			my ($operation, %request) = @$case;

			($items, $pages) = read_all($operation, %request);
			my %seen = map { $_->{s}{N} => 1 } @$items;
			is(scalar(keys %seen) . '/' . @$items,
				'20/20', "$operation in short pages");
			ok(!grep({ $_ > 3 } @$pages), '... all of them');
		}
	});
under(
	{ empty_pages => { in_a_row => 2 } },
	sub {
		my $of_start = 0;

		foreach my $case (
			[ 'Query', %query ],
			[ 'Query', %index_query, Limit => 7 ],
			[ 'Scan', TotalSegments => 1, Segment => 0 ])
		{
			my ($operation, %request) = @$case;

			($items, $pages) = read_all($operation, %request,
				ReturnConsumedCapacity => 'INDEXES');
			is(scalar(@$items), 20, "$operation with empty pages");
			cmp_ok(scalar(grep { $_ == 0 } @$pages), '>=', 2, '... some');
			is($pages->[0], 0, '... the first one too');
		}
		my $page = call(
			'Query',
			{
				TableName => 'bench',
				%query,
				Select => 'COUNT',
				ReturnConsumedCapacity => 'TOTAL'
			})->{body};
		is_deeply(
			[ sort keys %$page ],
			[
				'ConsumedCapacity', 'Count',
				'LastEvaluatedKey', 'ScannedCount'
			],
			'... and of a count');
		is($page->{ConsumedCapacity}{CapacityUnits},
			0.5, '... at the least price');
	});

# Batches
under(
	{ unprocessed => 1 },
	sub {
		my $left = {
			bench => {
				Keys => [ map { key($_) } 1 .. 20 ],
				ConsistentRead => true
			}
		};
		my ($rounds, $got) = (0, 0);
		while (%$left && $rounds < 30)
		{
			my $body =
			  call('BatchGetItem', { RequestItems => $left })->{body};
			$left = $body->{UnprocessedKeys};
			$got += @{ $body->{Responses}{bench} };
			$rounds++;
		}
		is($got, 20, 'BatchGetItem in parts');
		cmp_ok($rounds, '>', 1, '... more than one');

		$left =
		  { bench =>
			  [ map { { PutRequest => { Item => key($_) } } } 31 .. 50 ] };
		$rounds = 0;
		while (%$left && $rounds < 30)
		{
			$left = call('BatchWriteItem', { RequestItems => $left })
			  ->{body}{UnprocessedItems};
			$rounds++;
		}
		cmp_ok($rounds, '>', 1, 'BatchWriteItem in parts');
		($items) = read_all('Query', %query);
		is(scalar(@$items), 40, '... complete');
		$door->change(unprocessed => undef);
		call(
			'BatchWriteItem',
			{
				RequestItems => {
					bench => [
						map { { DeleteRequest => { Key => key($_) } } }
						  31 .. 50
					]
				}
			});
	});

# Units
my %nothing = (
	%query,
	ExpressionAttributeValues => { ':p' => { S => 'nobody' } },
	ReturnConsumedCapacity => 'INDEXES');
is( call('Query', { TableName => 'bench', %nothing })
	  ->{body}{ConsumedCapacity}{CapacityUnits},
	0,
	'Local finds nothing for nothing');
under(
	{ units => true },
	sub {
		my $units = call('Query', { TableName => 'bench', %nothing })
		  ->{body}{ConsumedCapacity};
		is("$units->{CapacityUnits} $units->{Table}{CapacityUnits}",
			'0.5 0.5', 'an empty Query has a price');
		$units = call(
			'BatchGetItem',
			{
				ReturnConsumedCapacity => 'TOTAL',
				RequestItems => {
					bench => {
						Keys => [ key(1), key(98), key(99) ],
						ConsistentRead => true
					}
				}
			})->{body}{ConsumedCapacity};
		is($units->[0]{CapacityUnits}, 3, 'and so has an absent item');
	});

# DescribeTable
sub counts
{
	my $table =
	  call('DescribeTable', { TableName => 'bench' })->{body}{Table};

	return join ' ', map { $_ // '-' } $table->{ItemCount},
	  $table->{GlobalSecondaryIndexes}[0]{ItemCount};
}
is(counts(), '20 20', 'counts');
under({ counts => 'zero' }, sub { is(counts(), '0 0', 'zero') });
under({ counts => 'missing' }, sub { is(counts(), '- -', 'missing') });
under({ counts => 10 }, sub { is(counts(), '200 200', 'ten times as many') });
under(
	{ counts => { items => 7, bytes => 700 } },
	sub { is(counts(), '7 7', 'as told') });
under(
	{ counts => { bench => 'zero', '*' => 10 } },
	sub { is(counts(), '0 0', 'one table\'s') });
under(
	{ counts => 'frozen' },
	sub {
		is(counts(), '20 20', 'frozen counts');
		put(21);
		is(counts(), '20 20', '... stay');
		call('DeleteItem', { TableName => 'bench', Key => key(21) });
	});
under(
	{ creating => { seconds => 2 }, backfilling => { seconds => 2 } },
	sub {
		my $name = { TableName => 'bench_2' };

		is( call('CreateTable', { %$create, %$name })
			  ->{body}{TableDescription}{TableStatus},
			'CREATING',
			'a new table is CREATING');
		is(call('DescribeTable', $name)->{body}{Table}{TableStatus},
			'CREATING', '... for a while');
		is_refused(
			call('Scan', $name),
			'ResourceNotFoundException',
			'... and not there yet');
		comes(
			sub {
				call('DescribeTable', $name)->{body}{Table}{TableStatus} eq
				  'ACTIVE';
			},
			'... then it is');
		is(call('Scan', $name)->{status}, 200, '... to be read');
		is( call(
				'UpdateTable',
				{
					%$name,
					AttributeDefinitions => $create->{AttributeDefinitions},
					GlobalSecondaryIndexUpdates => [
						{
							Create => {
								IndexName => 'new',
								KeySchema => [
									{
										AttributeName => 's',
										KeyType => 'HASH'
									}
								],
								Projection => { ProjectionType => 'ALL' }
							}
						}
					]
				})->{status},
			200,
			'a new index');
		my ($index) =
		  grep { $_->{IndexName} eq 'new' }
		  @{ call('DescribeTable', $name)
			  ->{body}{Table}{GlobalSecondaryIndexes} };
		is("$index->{IndexStatus} $index->{Backfilling}",
			'CREATING 1', '... is backfilling');
		is_refused(call('Scan', { %$name, IndexName => 'new' }),
			'ValidationException', '... and not to be read');
		comes(
			sub {
				call('Scan', { %$name, IndexName => 'new' })->{status} == 200;
			},
			'... for a while');
		call('DeleteTable', $name);
	});
under(
	{ states => { 'bench' => 'UPDATING', 'bench/by_g' => 'DELETING' } },
	sub {
		my $table =
		  call('DescribeTable', { TableName => 'bench' })->{body}{Table};
		is( "$table->{TableStatus} $table->{GlobalSecondaryIndexes}[0]{IndexStatus}",
			'UPDATING DELETING',
			'states as told');
		is(get(1)->{status}, 200, 'what is UPDATING is read');
		is_refused(call('Query', { TableName => 'bench', %index_query }),
			'ValidationException', 'what is DELETING is not');
	});

# Throttling
under(
	{
		throttle => {
			times => 2,
			after => 1,
			exception => 'ProvisionedThroughputExceededException'
		}
	},
	sub {
		my @names = map { get($_)->{name} || 'ok' } 1 .. 4;
		is( "@names",
			'ok ProvisionedThroughputExceededException'
			  . ' ProvisionedThroughputExceededException ok',
			'throttled after the first, twice');
	});
under(
	{ throttle => { index => 'by_g', exception => 'ThrottlingException' } },
	sub {
		is(get(1)->{status}, 200, 'the table is not throttled');
		my $answer = call('Query', { TableName => 'bench', %index_query });
		is_deeply(
			$answer->{body}{throttlingReasons},
			[
				{
					reason => 'IndexReadMaxOnDemandThroughputExceeded',
					resource => 'arn:aws:dynamodb:eu-west-1:000000000000:'
					  . 'table/bench/index/by_g'
				}
			],
			'its index is, with a reason');
	});
under(
	{ throttle => { key => { s => { N => '3' } } } },
	sub {
		is(get(2)->{status}, 200, 'one key is not');
		is(get(3)->{status}, 400, '... another is');
		my $body = call(
			'BatchGetItem',
			{
				RequestItems =>
				  { bench => { Keys => [ map { key($_) } 1 .. 5 ] } }
			})->{body};
		is_deeply(
			$body->{UnprocessedKeys}{bench}{Keys},
			[ key(3) ],
			'... in a batch it is left over');
		is(scalar(@{ $body->{Responses}{bench} }), 4, '... alone');
	});
under(
	{ throttle => { per_second => 5 } },
	sub {
		my @handles =
		  map {
			$door->start('GetItem', { TableName => 'bench', Key => key($_) })
		  } 1 .. 8;
		is(scalar(grep { $door->receive($_)->{status} == 200 } @handles),
			5, 'five a second');
		comes(sub { get(1)->{status} == 200 }, '... and again');
	});
under(
	{ throttle => { in_a_row => 2 } },
	sub {
		my @states = map { get(1)->{status} } 1 .. 6;
		is( "@states",
			'400 400 200 400 400 200',
			'not more than twice in a row');
	});

# Conflicts
under(
	{ conflict => 1 },
	sub {
		is_refused(put(1), 'TransactionConflictException', 'a conflict');
		is(get(1)->{status}, 200, '... is no reader\'s');
		my $answer = call(
			'TransactWriteItems',
			{
				TransactItems => [
					map {
						{ Delete => { TableName => 'bench', Key => key($_) } }
					} 1,
					2
				]
			});
		is( $answer->{name},
			'TransactionCanceledException',
			'... cancels transactions');
		is( join(' ',
				map { $_->{Code} } @{ $answer->{body}{CancellationReasons} }),
			'None TransactionConflict',
			'... and says which action');
	});

# Failures, before and after the fact
sub exists_now
{
	my ($n) = @_;

	return
	  defined DdbBench::call($door, 'GetItem',
		{ TableName => 'bench', Key => key($n), ConsistentRead => true })
	  ->{body}{Item};
}
my %once = (operations => ['PutItem']);
foreach my $case (
	[ 'fail', 500, 0 ],
	[ 'fail_after', 500, 1 ],
	[ 'drop', undef, 0 ],
	[ 'drop_after', undef, 1 ])
{
	my ($rule, $status, $applied) = @$case;

	under(
		{ $rule => \%once },
		sub {
			is(put(60)->{status}, $status, "$rule: the answer");
			is(exists_now(60) ? 1 : 0, $applied, "$rule: the item");
			call('DeleteItem', { TableName => 'bench', Key => key(60) });
		});
}
under(
	{ fail => { status => 503 } },
	sub {
		is_refused(get(1), 'ServiceUnavailable', 'a service that is down');
	});
under(
	{ fail => { html => true } },
	sub {
		my $answer = get(1);
		is( "$answer->{status} $answer->{headers}{'content-type'}",
			'502 text/html',
			'a proxy that fails');
	});
under(
	{ cut => 1 },
	sub {
		my $answer =
		  $door->call('GetItem', { TableName => 'bench', Key => key(1) });
		is($answer->{status}, 200, 'an answer cut short');
		ok(!$answer->{whole}, '... is not whole');
	});
under(
	{ wrong_checksum => 1 },
	sub {
		my $answer =
		  $door->call('GetItem', { TableName => 'bench', Key => key(1) });
		ok($answer->{whole} && !$answer->{intact}, 'a wrong checksum');
	});
under(
	{ stall => 1 },
	sub {
		my $stalled;

		$door->log;
		my $handle =
		  $door->start('GetItem', { TableName => 'bench', Key => key(1) });
		comes(sub { ($stalled) = $door->log }, 'a request');
		is($stalled->{status}, undef, '... without an answer');
		close($handle);
		comes(
			sub {
				$door->{seen}--;
				(($door->log)[0]{status} || '') eq 'left';
			},
			'... until the client goes');
	});

# All at once
under(
	{ all => true, signature => JSON::PP::false },
	sub {
		my ($names, $tries) = ('', 0);
		foreach my $n (1 .. 20)
		{
			my $answer;

			do
			{
				$answer = $door->call('GetItem',
					{ TableName => 'bench', Key => key($n) });
				$tries++;
			} until ($answer->{body}{Item} && $answer->{intact})
			  || $tries > 200;
			$names .= $answer->{body}{Item}{v}{N};
		}
		is($names, join('', 1 .. 20), 'patience gets everything');
	});
eval { $door->change(no_such_rule => 1) };
like($@, qr/there is no rule "no_such_rule"/, 'what is no rule is refused');

call('DeleteTable', { TableName => 'bench' });
note(sprintf('took %.1f s', time - $started));
done_testing();
