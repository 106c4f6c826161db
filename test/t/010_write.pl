# Writes that meet failures: what was written, what wasn't, and what nobody
# can know, is said exactly.  Nothing is lost, nothing doubled.
use strict;
use warnings;
use DdbBench;
use DdbService;
use DdbTest;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

plan skip_all => 'needs emulators of our own' unless DdbBench->available;

my $door = DdbBench->new;
my $node = new_node('write');

create_server($node, 's', $door->url,
	"max_attempts '6', consistent_read 'on'");
create_table($node, 's', 'things');
$node->safe_psql('postgres',
	"ALTER FOREIGN TABLE things OPTIONS (SET table_name 'Written')");
$door->remake_table('Written');

# The item of a key, as DynamoDB has it.
sub item
{
	my ($pk, $sk) = @_;

	return $door->call(
		'GetItem',
		{
			TableName => 'Written',
			ConsistentRead => JSON::PP::true,
			Key => { pk => { S => $pk }, sk => { N => "$sk" } }
		})->{body}{Item};
}

sub count_of
{
	my ($pk) = @_;

	return $node->safe_psql('postgres',
		"SELECT count(*) FROM things WHERE pk = '$pk'");
}

sub requests
{
	my ($operation) = @_;

	return scalar(grep { $_->{operation} eq $operation } $door->log);
}

# INSERT

$door->under(
	{ drop => { times => 1, operations => ['PutItem'] } },
	sub {
		is(query_error($node, "INSERT INTO things VALUES ('i', 1, 'x')")
			  ->{state},
			'', 'an INSERT that got lost on its way is sent again');
		is(item('i', 1)->{v}{S}, 'x', 'and arrives');
	});

foreach my $rule (qw(drop_after fail_after cut))
{
	$door->under(
		{ $rule => { times => 1, operations => ['PutItem'] } },
		sub {
			error_is(
				$node,
				"$rule: nobody can know whose item it is",
				"INSERT INTO things VALUES ('$rule', 1, 'x')",
				state => '08007',
				message =>
				  'could not find out whether an item of DynamoDB table "Written" was written',
				hint => 'Read the item before writing it again.  With idempotent_writes, such writes are repeated safely.',
				context => qr/had written: 0, and up to 1 more may have been/,
				# in either order: psql shows a notice as it reads it
				err => qr/\A
					(?=(?s:.*)WARNING:.*rollback\ does\ not\ undo)
					(?=(?s:.*)DETAIL:\ \ Items\ written:\ 0\.\ \ Up\ to\ 1\ more\ may\ have\ been\.)
					(?=(?s:.*)DETAIL:\ \ Key\ \(pk,\ sk\)=\($rule,\ 1\)\.\ )/x
			);
			is(item($rule, 1)->{v}{S}, 'x', "$rule: it is there");
			is(requests('PutItem'), 1, "$rule: it was put once");
		});
}

$door->under(
	{ drop_after => { operations => ['PutItem'] } },
	sub {
		error_is(
			$node,
			'another item of the key: it was there before',
			"INSERT INTO things VALUES ('i', 1, 'y')",
			state => '23505',
			detail => 'Key (pk, sk)=(i, 1) already exists.');
		is( $node->safe_psql(
				'postgres',
				"INSERT INTO things VALUES ('i', 1, 'z')
				   ON CONFLICT DO NOTHING RETURNING 1"),
			'',
			'ON CONFLICT DO NOTHING skips it');
	});
is(item('i', 1)->{v}{S}, 'x', 'neither has replaced it');

$door->under(
	{
		drop_after => { times => 1, operations => ['PutItem'] },
		drop => { operations => ['GetItem'] }
	},
	sub {
		error_is(
			$node,
			'where the item cannot be read, nothing is known',
			"INSERT INTO things VALUES ('unread', 1, 'x')",
			state => '08007');
	});

$door->under(
	{ throttle => { times => 3, operations => ['PutItem'] } },
	sub {
		$node->safe_psql('postgres',
			"INSERT INTO things SELECT 't', i FROM generate_series(1, 5) i");
		is(count_of('t'), 5, 'throttled writes are repeated');
	});

# Two sessions, the same keys, answers that get lost: never both succeed.
$door->under(
	{ drop_after => { rate => 0.3, operations => ['PutItem'] } },
	sub {
		my (%won, $both, $known);
		my $sql = join '', map {
			"INSERT INTO things VALUES ('race', $_, 'same') RETURNING 'won ' || sk;\n"
		} 1 .. 25;
		my @said = run_sessions($node, $sql, $sql);

		foreach my $who (0, 1)
		{
			$won{$who}{$1}++ while $said[$who]{out} =~ /^won (\d+)$/mg;
		}
		$both = grep { $won{1}{$_} } keys %{ $won{0} };
		$known = keys(%{ $won{0} }) + keys(%{ $won{1} });
		is($both, 0, 'of two sessions that insert the same item, one at most is told it did');
		cmp_ok($known, '>', 5, "and often one is ($known of 25)");
		is(count_of('race'), 25, 'all items are there');
	});

# Several rows
$door->under(
	{ delay => { seconds => 0.05, operations => ['PutItem'] } },
	sub {
		my $start = time;
		my @sent;
		my ($most) = 0;

		$node->safe_psql('postgres',
			"INSERT INTO things SELECT 'many', i FROM generate_series(1, 80) i");
		cmp_ok(time - $start, '<', 3, '80 rows wait for each other 10 times');
		@sent = grep { $_->{operation} eq 'PutItem' } $door->log;
		foreach (@sent)
		{
			$most = $_->{in_flight} if $_->{in_flight} > $most;
		}
		is(scalar(@sent), 80, 'each was sent once');
		cmp_ok($most, '<=', 8, 'no more than concurrency were in flight');
		cmp_ok($most, '>=', 4, 'and several were');
	});

$door->under(
	{ drop_after => { times => 1, after => 20, operations => ['PutItem'] } },
	sub {
		my $error = query_error($node,
			"INSERT INTO things SELECT 'fails', i FROM generate_series(1, 80) i");
		my ($written, $more) =
		  $error->{context} =~ /had written: (\d+), and up to (\d+) more/;

		is($error->{state}, '08007', 'a row fails in the middle');
		is($more, 1, 'those in flight were waited for');
		is(count_of('fails'), $written + 1, 'what stands is what was said');
		cmp_ok($written, '<', 80, 'and the rest was not sent');
	});

# Cancel and shutdown
$door->under(
	{ delay => { seconds => 0.1, operations => ['PutItem'] } },
	sub {
		my $offset = -s $node->logfile;
		my ($took, $session) = cancel_and_time($node,
			"INSERT INTO things SELECT 'cancel', i FROM generate_series(1, 2000) i",
			'pg_sleep(0.5), pg_cancel_backend');
		my $err = slurp_file($node->logfile, $offset);
		my ($written, $more) =
		  $err =~ /had written: (\d+), and up to (\d+) more may have been/;

		like($err, qr/canceling statement due to user request/,
			'a bulk load is cancelled');
		cmp_ok($took, '<', 2, "at once ($took s)");
		ok(defined $written, 'and says how far it came') or diag($err);
		sleep(0.5);
		cmp_ok(count_of('cancel'), '>=', $written, 'what it says stands');
		cmp_ok(count_of('cancel'), '<=', $written + $more, 'and no more than it says');
		$session->quit;
	});

$door->under(
	{ delay => { seconds => 0.1, operations => ['PutItem'] } },
	sub {
		my $offset = -s $node->logfile;
		my ($took) = cancel_and_time($node,
			"INSERT INTO things SELECT 'killed', i FROM generate_series(1, 2000) i",
			'pg_sleep(0.5), pg_terminate_backend');
		my $log;

		$node->wait_for_log(qr/Items written/, $offset);
		$log = slurp_file($node->logfile, $offset);
		like($log,
			qr/FATAL: .*\n(?:.*DETAIL: .*\n)?.*CONTEXT: .*had written: \d+, and up to \d+ more/,
			'a terminated backend logs what stands');
		like($log, qr/WARNING: .*rollback does not undo.*\n.*Items written: \d+\.  Up to \d+ more/,
			'once more when its transaction ends');
	});



# UPDATE and DELETE

$node->safe_psql('postgres',
	"INSERT INTO things SELECT 'u', i, 'x' FROM generate_series(1, 30) i");
foreach my $rule (qw(drop drop_after fail fail_after cut wrong_checksum throttle conflict))
{
	$door->under(
		{
			$rule => { times => 2, operations => [ 'UpdateItem', 'DeleteItem', 'TransactWriteItems' ] }
		},
		sub {
			my $error = query_error($node,
				"UPDATE things SET v = '$rule' WHERE pk = 'u' AND sk < 4 AND v <> ''");

			is($error->{state}, '', "$rule: an absolute UPDATE is repeated")
			  or diag($error->{err});
			is( $node->safe_psql('postgres',
					"SELECT count(*) FROM things WHERE pk = 'u' AND v = '$rule'"),
				3,
				"$rule: and done once");
		});
	$door->under(
		{
			$rule => { times => 1, operations => [ 'DeleteItem', 'TransactWriteItems' ] }
		},
		sub {
			is( $node->safe_psql('postgres', <<"EOS"), "$rule|100\n100", "$rule: so are a DELETE and a change of key");
INSERT INTO things VALUES ('$rule d', 1), ('$rule d', 2);
DELETE FROM things WHERE pk = '$rule d' AND sk = 1 AND sk > 0;
UPDATE things SET sk = 100 WHERE pk = '$rule d' AND sk = 2 RETURNING '$rule', sk;
SELECT sk FROM things WHERE pk = '$rule d';
EOS
		});
}

# Somebody else's change behind an answer that got lost is no success of ours.
$door->under(
	{ drop_after => { operations => ['UpdateItem'] } },
	sub {
		my $error = query_error($node, "UPDATE things SET v = 'lost' WHERE pk = 'u' AND sk = 5 AND v <> ''");

		like($error->{state}, qr/^(08007|)\z/, 'an end state that is reached counts, and else nobody knows')
		  or diag($error->{err});
		is(item('u', 5)->{v}{S}, 'lost', 'it was done');
	});

# Who repeats transactions that failed to be serialized must not do so where
# something stands.
$node->safe_psql('postgres', "ALTER SERVER s OPTIONS (SET max_attempts '2')");
$door->under(
	{ conflict => { key => { pk => { S => 'u' }, sk => { N => '3' } } } },
	sub {
		error_is(
			$node,
			'a conflict that stays',
			"UPDATE things SET v = 'c' WHERE pk = 'u' AND sk = 3",
			state => '40001',
			detail => qr/TransactionConflictException/,
			hint => 'The transaction might succeed if retried.');
		error_is(
			$node,
			"$_: a conflict where something stands",
			$_,
			state => 'HV000',
			hint => qr/^Do not simply repeat the transaction: \d items that it wrote stand\.$/)
		  foreach (
			"UPDATE things SET v = 'c' WHERE pk = 'u' AND sk IN (1, 2, 3)",
			"UPDATE things SET v = v || '!' WHERE pk = 'u' AND sk < 4",
			"BEGIN; DELETE FROM things WHERE pk = 'u' AND sk = 30; DELETE FROM things WHERE pk = 'u' AND sk = 3; COMMIT");
	});
$node->safe_psql('postgres', "ALTER SERVER s OPTIONS (SET max_attempts '6')");

# Sixteen sessions at one counter.  Returns how many increments each said it
# made, or may have made.
sub increment
{
	my ($expression, $sessions, $times) = @_;
	my %said = (done => 0, conflict => 0, unknown => 0, other => '');

	$node->safe_psql('postgres',
		"DELETE FROM counters WHERE pk = 'c'; INSERT INTO counters VALUES ('c', 1, 0)");
	my $sql = "\\set VERBOSITY sqlstate\n"
	  . "UPDATE counters SET n = $expression WHERE pk = 'c' AND sk = 1;\n" x $times;
	foreach my $session (run_sessions($node, ($sql) x $sessions))
	{
		$said{done} += () = $session->{out} =~ /^UPDATE 1$/mg;
		foreach ($session->{err} =~ /^.*ERROR:  (\w+)/mg)
		{
			if ($_ eq '40001') { $said{conflict}++ }
			elsif ($_ eq '08007') { $said{unknown}++ }
			else { $said{other} .= " $_" }
		}
	}
	$said{counter} = item('c', 1)->{n}{N};
	return \%said;
}

$node->safe_psql('postgres', <<"EOS");
CREATE FOREIGN TABLE counters (pk text COLLATE "C" NOT NULL, sk integer NOT NULL, n integer)
  SERVER s OPTIONS (table_name 'Written', partition_key 'pk', sort_key 'sk');
EOS
$door->under(
	{},
	sub {
		my $said = increment('n + (1 + 0 * random())::integer', 16, 25);

		is($said->{other}, '', 'sixteen sessions read and write a counter');
		is($said->{counter}, $said->{done}, 'what is in it was told');
		is($said->{done} + $said->{conflict}, 400, 'the others met a conflict');
		cmp_ok($said->{conflict}, '>', 0, 'and some did');
	});
$door->under(
	{ drop_after => { rate => 0.05, operations => ['UpdateItem'] } },
	sub {
		my $said = increment('n + (1 + 0 * random())::integer', 8, 25);

		is($said->{other}, '', 'the same while answers get lost');
		cmp_ok($said->{counter}, '>=', $said->{done}, 'every increment that was told is in it');
		cmp_ok($said->{counter}, '<=', $said->{done} + $said->{unknown},
			'every one that is in it, or may be, was told');
	});

$door->under(
	{},
	sub {
		my $said = increment('n + 1', 16, 100);

		is($said->{other}, '', 'sixteen sessions add to a counter where it is');
		is($said->{conflict}, 0, 'without a conflict');
		is($said->{done}, 1600, 'each does each time');
		is($said->{counter}, 1600, 'and none is lost');
		is(requests('GetItem'), 1, 'nothing is read but by this test');
	});
$door->under(
	{ drop_after => { rate => 0.05, operations => ['UpdateItem'] } },
	sub {
		my $said = increment('n + 1', 16, 25);

		is($said->{other}, '', 'the same while answers get lost');
		is($said->{counter}, $said->{done} + $said->{unknown},
			'every increment was told, or that nobody knows');
		is($said->{done} + $said->{unknown}, 400, 'and none was repeated');
	});
$door->under(
	{ drop => { rate => 0.05, operations => ['UpdateItem'] } },
	sub {
		my $said = increment('n + 1', 4, 25);

		is($said->{counter}, $said->{done}, 'what got lost on its way is not in the counter');
		is($said->{done} + $said->{unknown}, 100, 'and was told, too');
	});



# With a token, what got lost is repeated, and known

$node->safe_psql('postgres',
	"ALTER SERVER s OPTIONS (ADD idempotent_writes 'true')");
foreach my $rule (qw(drop drop_after fail_after cut))
{
	$door->under(
		{ $rule => { rate => 0.2, in_a_row => 2, operations => ['TransactWriteItems'] } },
		sub {
			my $said = increment('n + 1', 4, 15);

			is("$said->{done} $said->{unknown} $said->{conflict} $said->{counter}",
				'60 0 0 60', "idempotent, $rule: every increment is made once, and told");
			is( $node->safe_psql('postgres', <<"EOS"), "20|20", "idempotent, $rule: and every row inserted");
INSERT INTO things SELECT 'token $rule', i FROM generate_series(1, 20) i;
INSERT INTO things SELECT 'token $rule', i FROM generate_series(1, 20) i ON CONFLICT DO NOTHING;
SELECT count(*), max(sk) FROM things WHERE pk = 'token $rule';
EOS
		});
}
$node->safe_psql('postgres', "ALTER SERVER s OPTIONS (DROP idempotent_writes)");


# Batches

$node->safe_psql('postgres',
	"ALTER FOREIGN TABLE things OPTIONS (ADD insert_mode 'replace')");
$door->under(
	{
		unprocessed => { rate => 0.5, operations => ['BatchWriteItem'] },
		throttle => { rate => 0.1, in_a_row => 1, operations => ['BatchWriteItem'] },
		drop_after => { rate => 0.1, in_a_row => 1, operations => ['BatchWriteItem'] }
	},
	sub {
		is( $node->safe_psql('postgres', <<"EOS"), "60|60|560", 'what a batch leaves undone is done, and the last row wins');
INSERT INTO things SELECT 'batch', i % 60, i::text FROM generate_series(1, 600) i;
SELECT count(*), count(*) FILTER (WHERE v::integer > 540 AND v::integer % 60 = sk), max(v) FILTER (WHERE sk = 20)
  FROM things WHERE pk = 'batch';
EOS
	});
$door->under(
	{ drop => { after => 5, operations => ['BatchWriteItem'] } },
	sub {
		my $error = query_error($node,
			"INSERT INTO things SELECT 'lost batch', i FROM generate_series(1, 1000) i");
		my ($written, $more) =
		  $error->{context} =~ /had written: (\d+), and up to (\d+) more/;

		is($error->{state}, '08007', 'batches that get no answer');
		cmp_ok(count_of('lost batch'), '>=', $written, 'what was acknowledged stands');
		cmp_ok(count_of('lost batch'), '<=', $written + $more, 'what may stand was said');
	});
$node->safe_psql('postgres',
	"ALTER FOREIGN TABLE things OPTIONS (DROP insert_mode)");


# Answers that DynamoDB itself would never give
my $service = DdbService->start(
	sub {
		my ($request) = @_;

		return answer('<html>In maintenance</html>')
		  if $request->{operation} =~ /^(Put|Update|Delete)Item$|^BatchWriteItem$/;
		return answer({ Item => { pk => { S => 'a' }, sk => { N => '1' }, n => { N => '1' } } })
		  if $request->{operation} eq 'GetItem';
		return failure(400, 'TransactionCanceledException', 'Cancelled.',
			body => { CancellationReasons => [ { Code => 'ValidationError', Message => 'No.' } ] });
	});

create_server($node, 'elsewhere', $service->url);
$node->safe_psql('postgres', <<"EOS");
CREATE FOREIGN TABLE sums (pk text COLLATE "C" NOT NULL, sk integer NOT NULL, n numeric)
  SERVER elsewhere OPTIONS (table_name 'Sums', partition_key 'pk', sort_key 'sk');
CREATE FOREIGN TABLE replaced (pk text COLLATE "C" NOT NULL, sk integer NOT NULL)
  SERVER elsewhere OPTIONS (table_name 'Sums', partition_key 'pk', sort_key 'sk', insert_mode 'replace');
EOS
error_is(
	$node,
	"$_: what answers like that is not DynamoDB",
	$_,
	state => '08007',
	message => 'could not find out whether an item of DynamoDB table "Sums" was written',
	context => qr/had written: 0, and up to \d more may have been/)
  foreach (
	"INSERT INTO sums VALUES ('a', 1, 1)",
	"INSERT INTO replaced VALUES ('a', 1), ('a', 2)",
	"UPDATE sums SET n = n + 1 WHERE pk = 'a' AND sk = 1",
	"UPDATE sums SET n = n * 2 WHERE pk = 'a' AND sk = 1 RETURNING n",
	"DELETE FROM sums WHERE pk = 'a' AND sk = 1");
$node->safe_psql('postgres', "ALTER SERVER elsewhere OPTIONS (ADD idempotent_writes 'true')");
error_is(
	$node,
	'a sum that DynamoDB cannot store is done here, with a token as well',
	"UPDATE sums SET n = n + 1e-40 WHERE pk = 'a' AND sk = 1",
	state => '22003',
	message => 'value for column "n" of foreign table "sums" cannot be stored in DynamoDB');


# An index that shows an item where it was, and where it is

sub moving_item
{
	my ($sk, $gsk) = @_;

	return {
		pk => { S => 'a' }, sk => { N => "$sk" }, gpk => { S => 'g' },
		gsk => { N => "$gsk" }, n => { N => '1' }
	};
}

# More than go into one BatchGetItem, between whose answers it moves.
my $index = DdbService->start(
	sub {
		my ($request) = @_;
		my ($keys) = map { $_->{Keys} } values %{ $request->{body}{RequestItems} || {} };
		my $moved = grep { $_->{sk}{N} == 120 } @{ $keys || [] };

		if ($request->{operation} eq 'BatchGetItem')
		{
			my @items = map { moving_item($_->{sk}{N}, $moved && $_->{sk}{N} == 1 ? 9 : 5) } @$keys;

			return answer({ Responses => { Moving => \@items } });
		}
		return answer({}) if $request->{operation} ne 'Query';
		return answer({ Items => [ moving_item(1, 9) ], Count => 1 })
		  if $request->{body}{ExclusiveStartKey};
		return answer(
			{
				Items => [ map { moving_item($_, 5) } (1 .. 120) ],
				Count => 120,
				LastEvaluatedKey => { map { ($_ => moving_item(120, 5)->{$_}) } qw(pk sk gpk gsk) }
			});
	});

create_server($node, 'index', $index->url);
$node->safe_psql('postgres', <<"EOS");
CREATE FOREIGN TABLE moving (pk text COLLATE "C" NOT NULL, sk integer NOT NULL, gpk text COLLATE "C", gsk integer, n integer)
  SERVER index OPTIONS (table_name 'Moving', partition_key 'pk', sort_key 'sk',
    indexes '{"GlobalSecondaryIndexes": [{"IndexName": "Index", "Projection": {"ProjectionType": "ALL"},
      "KeySchema": [{"AttributeName": "gpk", "KeyType": "HASH"}, {"AttributeName": "gsk", "KeyType": "RANGE"}]}]}');
EOS
foreach my $change ('UPDATE moving SET n = 2', 'UPDATE moving SET n = n * 2', 'DELETE FROM moving')
{
	is( $node->safe_psql('postgres', <<"EOS"),
DO \$\$
DECLARE
  rows integer;
BEGIN
  $change WHERE gpk = 'g' AND gsk > 0 AND random() >= 0;
  GET DIAGNOSTICS rows = ROW_COUNT;
  PERFORM set_config('my.rows', rows::text, false);
END \$\$;
SELECT current_setting('my.rows')
EOS
		'120', "$change: each is written once");
	is(scalar(grep { $_->{operation} =~ /^(Update|Delete)/ } $index->requests), 120, 'with one request');
}


# Reading what one has written

$node->safe_psql('postgres', "ALTER SERVER s OPTIONS (DROP consistent_read)");
$door->under(
	{ replica => 'stale', lag => 20 },
	sub {
		my $mine = $node->background_psql('postgres');
		my $read = "SELECT count(*) FROM things WHERE pk = 'mine'";

		$mine->query_safe("INSERT INTO things VALUES ('mine', 1)");
		is($mine->query_safe($read), 1, 'a session reads what it has just written');
		is(count_of('mine'), 0, 'another one reads what there was');
		$mine->query_safe('BEGIN');
		$mine->query_safe("INSERT INTO things VALUES ('mine', 2)");
		is($mine->query_safe("$read AND sk = 2"), 1, 'and so it does by key, in the transaction');
		$mine->query_safe('COMMIT');
		is($mine->query_safe("UPDATE things SET v = 'x' WHERE pk = 'mine' AND v IS NULL RETURNING sk"),
			"1\n2", 'what is to be written is read as it is');
		is($node->safe_psql('postgres', "DELETE FROM things WHERE pk = 'mine' AND v = 'x' RETURNING sk"),
			"1\n2", 'by any session');
		$mine->quit;
	});

done_testing();
