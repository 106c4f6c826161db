# WHERE as the condition of a write: what is sent, what becomes of it when
# somebody else is faster, and when an answer gets lost.
use strict;
use warnings;
use DdbBench;
use DdbTest;
use IPC::Run;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);

plan skip_all => 'needs emulators of our own' unless DdbBench->available;

my $door = DdbBench->new;
my $node = new_node('write_condition');

create_server($node, 's', $door->url,
	"max_attempts '6', consistent_read 'on'");
$node->safe_psql('postgres', <<"EOS");
CREATE FOREIGN TABLE things (pk text COLLATE "C" NOT NULL, sk integer NOT NULL,
  v text, n integer, status text)
  SERVER s OPTIONS (table_name 'Conditional', partition_key 'pk', sort_key 'sk');
EOS
$door->remake_table('Conditional');

sub key
{
	my ($sk) = @_;

	return (TableName => 'Conditional', Key => { pk => { S => 'a' }, sk => { N => "$sk" } });
}

sub item
{
	my ($sk) = @_;

	return $door->call('GetItem', { key($sk), ConsistentRead => JSON::PP::true })->{body}{Item};
}

# Three rows, the third one of another status.
sub fill
{
	$node->safe_psql('postgres', <<"EOS");
DELETE FROM things WHERE pk = 'a' AND sk IN (1, 2, 3);
INSERT INTO things VALUES ('a', 1, 'x', 1, 'open'), ('a', 2, 'y', 2, 'open'), ('a', 3, 'z', 3, 'done')
EOS
	$door->log;
	return;
}

# What was asked since the last call: operations, and the conditions of writes.
sub asked
{
	return join "\n", map {
		"$_->{operation}" . ($_->{ConditionExpression} ? ": $_->{ConditionExpression}" : '')
	} $door->log;
}

# What psql says of a statement: rows, and the command's tag.
sub said_of
{
	my ($sql) = @_;
	my $said;

	IPC::Run::run([ 'psql', '-XAt', '-d', $node->connstr('postgres') ],
		'<', \$sql, '>', \$said);
	chomp $said;
	return $said;
}

# What a statement does to the three rows, and the requests it takes.
sub does
{
	my ($name, $sql, $tag, $asked) = @_;

	fill();
	is(said_of($sql), $tag, "$name: " . (split /\n/, $tag)[-1]);
	is(asked(), $asked, "$name: requests");
	return;
}

does(
	'exact clauses are the condition, and nothing else is compared',
	"UPDATE things SET v = v || '!' WHERE pk = 'a' AND sk = 1 AND status = 'open' AND n < 10",
	'UPDATE 1',
	"GetItem\nUpdateItem: attribute_exists(pk) AND status = :1 AND n < :2 AND v = :3");
does(
	'what an OR says stands in parentheses',
	"UPDATE things SET v = v || '!' WHERE pk = 'a' AND sk = 1 AND (status = 'new' OR n IS NOT NULL)",
	'UPDATE 1',
	"GetItem\nUpdateItem: attribute_exists(pk) AND (status = :1 OR attribute_type(n, :2)) AND v = :3");
does(
	'what cannot be said is compared',
	"UPDATE things SET v = 'q' WHERE pk = 'a' AND sk = 1 AND status = 'open' AND upper(v) = 'X'",
	'UPDATE 1',
	"GetItem\nUpdateItem: attribute_exists(pk) AND status = :1 AND v = :2");
does(
	'so is what is beyond the limits',
	"UPDATE things SET v = v || '!' WHERE pk = 'a' AND sk = 1 AND n IN ("
	  . join(', ', 1 .. 900) . ')',
	'UPDATE 1',
	"GetItem\nUpdateItem: attribute_exists(pk) AND v = :1 AND n = :2");

# Direct: nothing is read but keys, and those only where they have to be found
does(
	'by key: one request',
	"UPDATE things SET n = n + 1 WHERE pk = 'a' AND sk = 1 AND status = 'open'",
	'UPDATE 1',
	'UpdateItem: attribute_exists(pk) AND status = :0 AND attribute_type(n, :2) AND n <= :3');
does(
	'by key, in vain: one request',
	"UPDATE things SET n = n + 1 WHERE pk = 'a' AND sk = 3 AND status = 'open'",
	'UPDATE 0',
	'UpdateItem: attribute_exists(pk) AND status = :0 AND attribute_type(n, :2) AND n <= :3');
does(
	'by keys, of which some are none that WHERE admits',
	"DELETE FROM things WHERE pk = 'a' AND sk IN (1, 2, 3) AND sk % 2 = 1 AND status <> 'done'",
	'DELETE 1',
	join("\n", ('DeleteItem: attribute_exists(pk) AND status <> :0 AND attribute_type(status, :1)') x 2));
does(
	'by partition: the keys are read, once, and written by condition',
	"UPDATE things SET v = NULL WHERE pk = 'a' AND status = 'open'",
	'UPDATE 2',
	join("\n", 'Query', ('UpdateItem: attribute_exists(pk) AND status = :0') x 2));
does(
	'by partition: and come back',
	"DELETE FROM things WHERE pk = 'a' AND sk > 1 RETURNING v",
	"y\nz\nDELETE 2",
	join("\n", 'Query', ('DeleteItem: attribute_exists(pk)') x 2));
does(
	'by condition on any attribute',
	"DELETE FROM things WHERE status = 'done'",
	'DELETE 1',
	"Scan\nDeleteItem: attribute_exists(pk) AND status = :0");
does(
	'nothing to be found',
	"DELETE FROM things WHERE pk = 'a' AND status = 'nothing'",
	'DELETE 0', 'Query');
does(
	'nothing that can be found',
	"DELETE FROM things WHERE pk = 'a' AND sk = 1 AND status = NULL::text || 'x'",
	'DELETE 0', '');
does(
	'more than a condition takes is read',
	"DELETE FROM things WHERE pk = 'a' AND sk = 1 AND n = ANY (ARRAY(SELECT generate_series(1, 900)))",
	'DELETE 1',
	"GetItem\nDeleteItem: attribute_exists(pk) AND n = :0");

# All of what is to be written is known before the first of it is.
$node->safe_psql('postgres',
	"INSERT INTO things SELECT 'many', i, 'x', i, 'open' FROM generate_series(1, 300) i");
$node->safe_psql('postgres', "ALTER FOREIGN TABLE things OPTIONS (ADD page_size '20')");
$door->under(
	{ delay => { seconds => 0.02, operations => ['UpdateItem'] } },
	sub {
		my (@log, $most);

		is( $node->safe_psql('postgres', <<"EOS"), 300, 'many items');
WITH up AS (UPDATE things SET n = n + 1 WHERE pk = 'many' AND status = 'open' RETURNING sk) SELECT count(*) FROM up;
EOS
		@log = $door->log;
		is(join(' ', grep { $_ ne 'UpdateItem' } map { $_->{operation} } @log),
			join(' ', ('Query') x 16), 'are read by pages');
		is((grep { $log[$_]{operation} eq 'Query' } 0 .. $#log)[-1], 15, 'before the first is written');
		is($log[0]{ProjectionExpression}, 'pk,sk', 'and their keys alone are');
		ok($log[0]{consistent}, 'strongly consistently');
		is(scalar(grep { $_->{operation} eq 'UpdateItem' } @log), 300, 'each is written once');
		$most = (sort { $b <=> $a } map { $_->{in_flight} } @log)[0];
		cmp_ok($most, '>', 3, 'several at a time');
		cmp_ok($most, '<=', 8, 'but no more than concurrency');
	});
is($node->safe_psql('postgres', "SELECT sum(n) FROM things WHERE pk = 'many'"),
	300 * 301 / 2 + 300, 'and each is counted');
$door->under(
	{},
	sub {
		my $error = query_error($node, <<"EOS");
SET dynamodb_fdw.scan_budget = 1;
UPDATE things SET n = n + 1 WHERE pk = 'many' AND status = 'open'
EOS
		is($error->{state}, '53400', 'what is beyond its budget fails');
		is(scalar(grep { $_->{operation} eq 'UpdateItem' } $door->log), 0, 'before anything is written');
	});
$node->safe_psql('postgres', "ALTER FOREIGN TABLE things OPTIONS (DROP page_size)");

# What is deleted is read as it is, whatever becomes of it.
$node->safe_psql('postgres', "ALTER FOREIGN TABLE things OPTIONS (ADD consistent_read 'off'); CREATE TABLE archive (LIKE things)");
foreach my $where ("status = 'open'", "upper(status) = 'OPEN'")
{
	fill();
	is( $node->safe_psql('postgres', <<"EOS"), "x\ny", "$where: moved elsewhere");
WITH gone AS (DELETE FROM things WHERE pk = 'a' AND $where RETURNING *)
  INSERT INTO archive SELECT * FROM gone RETURNING v
EOS
	my @log = $door->log;
	is(join(' ', map { $_->{operation} } @log), 'Query DeleteItem DeleteItem', "$where: requests");
	ok($log[0]{consistent}, "$where: read strongly consistently");
}
$node->safe_psql('postgres', "ALTER FOREIGN TABLE things OPTIONS (DROP consistent_read)");

# A session that stops before its write goes out; meanwhile something happens.
sub meanwhile
{
	my ($sql, $operation, $change, %rules) = @_;
	my $before = delete $rules{before};
	my ($session, $out, $err, $waits);

	fill();
	$before->() if $before;
	$door->change(none => JSON::PP::true, %rules,
		delay => { seconds => 1.5, operations => [$operation] });
	$door->log;
	$session = IPC::Run::start(
		[ 'psql', '-XAt', '-v', 'VERBOSITY=verbose', '-d', $node->connstr('postgres'), '-c', $sql ],
		'<', '/dev/null', '>', \$out, '2>', \$err);
	foreach (1 .. 100)
	{
		$waits ||= grep { $_->{operation} eq $operation } $door->log;
		last if $waits;
		sleep(0.05);
	}
	ok($waits, "$operation waits");
	$change->();
	$session->finish;
	$door->change(none => JSON::PP::true);
	return $out . $err;
}

sub set
{
	my ($sk, %change) = @_;

	$door->call(
		'PutItem',
		{
			TableName => 'Conditional',
			Item => { %{ item($sk) }, %change }
		});
	return;
}

foreach my $set ("v = v || '!'", "v = 'new'")
{
	my $update = "UPDATE things SET $set WHERE pk = 'a' AND sk = 1 AND status = 'open'";

	like(meanwhile($update, 'UpdateItem', sub { set(1, status => { S => 'done' }) }),
		qr/^UPDATE 0$/m, "$set: what somebody has changed so that WHERE is not true is left out");
	is(item(1)->{v}{S}, 'x', "$set: it was not written");
	like(meanwhile($update, 'UpdateItem', sub { set(1, n => { N => '9' }) }),
		qr/^UPDATE 1$/m, "$set: what WHERE is true of still is written");
	is(item(1)->{n}{N}, '9', "$set: beside the other change");
}
like(
	meanwhile("UPDATE things SET v = v || '!' WHERE pk = 'a' AND sk = 1 AND status = 'open'",
		'UpdateItem', sub { set(1, v => { S => 'other' }) }),
	qr/^ERROR:  40001: /m,
	'what the new value was made of has changed');
like(
	meanwhile("DELETE FROM things WHERE pk = 'a' AND status = 'open' AND upper(v) <> 'Q'",
		'DeleteItem', sub { set($_, status => { S => 'done' }) foreach 1, 2 }),
	qr/^DELETE 0$/m,
	'the same for DELETE, of several rows');

# So it is where several columns are assigned at a time.
foreach my $select ("SELECT v || '!', n + 1", "SELECT x, n FROM (VALUES (1, 'one'), (9, 'nine')) AS o (y, x) WHERE y = n")
{
	like(
		meanwhile("UPDATE things SET (v, n) = ($select) WHERE pk = 'a' AND sk = 1",
			'UpdateItem', sub { set(1, n => { N => '9' }) }),
		qr/^ERROR:  40001: /m,
		"SET (v, n) = ($select): another value of what it looks at");
}

# And where a partition's bounds are about several.
$node->safe_psql('postgres', <<"EOS");
CREATE TABLE parted (pk text COLLATE "C" NOT NULL, sk integer NOT NULL, v text, n integer) PARTITION BY RANGE (v, n);
CREATE FOREIGN TABLE part PARTITION OF parted FOR VALUES FROM ('m', 5) TO (MAXVALUE, MAXVALUE)
  SERVER s OPTIONS (table_name 'Conditional', partition_key 'pk', sort_key 'sk');
EOS
like(
	meanwhile("UPDATE parted SET v = 'm' WHERE pk = 'a' AND sk = 1",
		'UpdateItem', sub { set(1, n => { N => '3' }) }, before => sub { set(1, n => { N => '7' }) }),
	qr/^ERROR:  40001: /m,
	'a row does not leave its partition by two that change it');

# What RETURNING shows of a row as it was is what has been replaced.
SKIP:
{
	skip 'RETURNING old and virtual columns came with PostgreSQL 18', 1 if $node->pg_version < 18;
	my $exchange = "UPDATE things SET v = 'mine' WHERE pk = 'a' AND sk = 1 RETURNING";

	does('a value is exchanged', "$exchange old.v, new.v", "x|mine\nUPDATE 1",
		"GetItem\nUpdateItem: attribute_exists(pk) AND v = :1");
	like(meanwhile("$exchange old.v", 'UpdateItem', sub { set(1, v => { S => 'other' }) }),
		qr/^ERROR:  40001: /m, 'for one that somebody else has put there');
	like(meanwhile("$exchange old.n", 'UpdateItem', sub { set(1, n => { N => '9' }) }),
		qr/^ERROR:  40001: /m, 'beside another column that is shown');
	like(meanwhile("$exchange old.n + new.n", 'UpdateItem', sub { set(1, n => { N => '9' }) }),
		qr/^ERROR:  40001: /m, 'in an expression');
	like(meanwhile("$exchange old.status, new.n", 'UpdateItem', sub { set(1, n => { N => '9' }) }),
		qr/^open\|9$/m, 'what is shown as it has become may change meanwhile');

	# A constraint about a virtual column is one about those behind it.
	$node->safe_psql('postgres', <<"EOS");
CREATE FOREIGN TABLE virtual (pk text COLLATE "C" NOT NULL, sk integer NOT NULL, n integer, most integer,
  twice integer GENERATED ALWAYS AS (n * 2) NOT NULL, CHECK (twice < most))
  SERVER s OPTIONS (table_name 'Conditional', partition_key 'pk', sort_key 'sk');
EOS
	foreach my $case ([ "n = 60", '23514' ], [ 'n = n + 60', '23514' ], [ 'n = NULL', '23502' ], ['most = 1', '23514'])
	{
		my ($set, $state) = @$case;

		fill();
		set(1, most => { N => '100' });
		error_is($node, "a constraint about a virtual column: $set",
			"UPDATE virtual SET $set WHERE pk = 'a' AND sk = 1", state => $state);
		is(item(1)->{n}{N}, 1, 'and nothing was written');
	}
	like(meanwhile("UPDATE virtual SET n = 40 WHERE pk = 'a' AND sk = 1", 'UpdateItem',
			sub { set(1, most => { N => '50' }) }, before => sub { set(1, most => { N => '100' }) }),
		qr/^ERROR:  40001: /m, 'what it looks at besides is compared');
	error_is($node, 'no row is upserted of which half is checked',
		"ALTER FOREIGN TABLE virtual OPTIONS (ADD insert_mode 'upsert'), ALTER twice DROP NOT NULL; INSERT INTO virtual (pk, sk, most) VALUES ('a', 1, 1)",
		state => '0A000');
}

# What is assigned is what the row has then, all of it, whatever it was when it
# was read and somebody else has made of it since.
$node->safe_psql('postgres', <<"EOS");
CREATE FOREIGN TABLE lists (pk text COLLATE "C" NOT NULL, sk integer NOT NULL,
  l text[] OPTIONS (attribute_type 'L'), second text OPTIONS (attribute_path 'l[1]'),
  j jsonb, k text OPTIONS (attribute_path 'j.k'), rest jsonb OPTIONS (attribute_name '*'))
  SERVER s OPTIONS (table_name 'Conditional', partition_key 'pk', sort_key 'sk');
EOS
sub list { return { L => [ map { { S => $_ } } @_ ] } }
sub map_of { my (%is) = @_; return { M => { map { $_ => { S => $is{$_} } } keys %is } } }

sub becomes
{
	my ($set, $columns, $becomes, $was, $now) = @_;
	my ($table) = $set =~ /^(v|n|status) / ? 'things' : 'lists';
	my $said = meanwhile("UPDATE $table SET $set WHERE pk = 'a' AND sk = 1 AND random() >= 0 RETURNING $columns",
		'UpdateItem', sub { set(1, %$now) }, before => sub { set(1, %$was) });

	like($said, $becomes eq 'conflict' ? qr/^ERROR:  40001: / : qr/^\Q$becomes\E$/m,
		"$set, with " . JSON::PP->new->canonical->encode($now) . ": $becomes");
	return;
}

becomes("v = 'mine', n = 1", 'v, n', 'mine|1', {}, { v => { S => 'other' }, n => { N => '2' } });
foreach my $now ([], ['a'], [ 'x', 'b' ], [ 'a', 'b', 'x', 'y' ])
{
	becomes("l = '{a,b,c}'", 'l', '{a,b,c}', { l => list('a', 'b') }, { l => list(@$now) });
	becomes("l = '{a,c}'", 'l', '{a,c}', { l => list('a', 'b') }, { l => list(@$now) });
}
becomes(q(j = '{"a": "mine"}'), 'j', '{"a": "mine"}',
	{ j => map_of(x => 'y') }, { j => map_of(a => 'other', b => 'other') });
becomes(q(j = '{"a": "mine"}'), 'j', '{"a": "mine"}', {}, { j => map_of(a => 'other', b => 'other') });

# A place in a document is one beside others.
becomes("k = 'mine'", 'j', '{"k": "mine", "other": "theirs"}',
	{ j => map_of(k => 'old') }, { j => map_of(k => 'other', other => 'theirs') });
becomes("l = '{a}', k = 'old'", 'k', 'conflict',
	{ j => map_of(k => 'old') }, { j => map_of(k => 'other') });

# Elements of a list that isn't as long any more would come to lie elsewhere.
becomes("second = 'c'", 'l', 'conflict', { l => list('a', 'b') }, { l => list('a') });
becomes("second = 'c'", 'l', '{a,c,x}', { l => list('a', 'b') }, { l => list('a', 'b', 'x') });
foreach my $case (
	[ [ 'a', 'b', 'c' ], [], 'conflict' ],
	[ [ 'a', 'b', 'c' ], [ 'a', 'b', 'x', 'y' ], 'conflict' ],
	[ [ 'a', 'b', 'c' ], [ 'x', 'b' ], '["x", "b", "c"]' ],
	[ [ 'a', 'c' ], ['a'], 'conflict' ],
	[ [ 'a', 'c' ], [ 'a', 'b', 'x' ], '["a", "c", "x"]' ],
	[ ['a'], [ 'a', 'b', 'x' ], '["a"]' ])
{
	my ($set, $now, $becomes) = @$case;

	becomes('rest = ' . "'" . JSON::PP->new->encode({ m => $set }) . "'", "rest->'m'", $becomes,
		{ m => list('a', 'b') }, { m => list(@$now) });
}

# Nor may a map that is made for one column replace one with another's place.
$node->safe_psql('postgres', <<"EOS");
CREATE FOREIGN TABLE places (pk text COLLATE "C" NOT NULL, sk integer NOT NULL,
  city text OPTIONS (attribute_path 'address.city'), zip text OPTIONS (attribute_path 'address.zip'),
  lat integer OPTIONS (attribute_path 'address.at.lat'))
  SERVER s OPTIONS (table_name 'Conditional', partition_key 'pk', sort_key 'sk');
EOS
sub address { return (address => { M => {@_} }) }

foreach my $case (
	[ "city = 'Bonn'", {}, { zip => { S => '53111' } }, 'conflict' ],
	[ "city = 'Bonn', zip = '53113'", {}, {}, 'Bonn|53113|' ],
	[ "city = 'Bonn', lat = 50", {}, { city => { S => 'Ulm' } }, 'conflict' ],
	[ 'lat = 50', {}, { city => { S => 'Ulm' } }, 'conflict' ],
	[ 'lat = 50', { city => { S => 'Ulm' } }, { zip => { S => '89073' } }, '|89073|50' ],
	[ 'lat = 50', { city => { S => 'Ulm' } }, { at => { M => { lon => { N => '7' } } } }, 'conflict' ])
{
	my ($set, $was, $now, $becomes) = @$case;
	my $said = meanwhile("UPDATE places SET $set WHERE pk = 'a' AND sk = 1 RETURNING city, zip, lat",
		'UpdateItem', sub { set(1, address(%$now)) if %$now },
		before => sub { set(1, address(%$was)) if %$was });

	like($said, $becomes eq 'conflict' ? qr/^ERROR:  40001: / : qr/^\Q$becomes\E$/m,
		"$set, where " . join(' ', sort keys %$was) . ' has become ' . join(' ', sort keys %$now) . ": $becomes");
}

# Answers that get lost.  An update that makes its own WHERE untrue has to know
# itself by what it leaves; but not where that is made of what was there, which
# another session may have made the same of.
my $claim = "v = 'new', status = 'done'";
my $derived = "v = v || '!', status = 'done'";
my $where = "WHERE pk = 'a' AND sk = 1 AND status = 'open'";

foreach my $rule (qw(drop drop_after fail_after cut))
{
	foreach my $set ($claim, $derived)
	{
		my $unknown = $set eq $derived && $rule ne 'drop';

		$door->under(
			{ $rule => { times => 1, operations => ['UpdateItem'] } },
			sub {
				fill();
				my $error = query_error($node,
					"UPDATE things SET $set $where RETURNING 'row ' || status");

				is($error->{state}, $unknown ? '08007' : '',
					"$rule: $set: what becomes of the repetition")
				  or diag($error->{err});
				is($error->{out}, $unknown ? '' : 'row done', "$rule: $set: and is told of the row");
				is(item(1)->{status}{S}, 'done', "$rule: $set: it was done");
			});
	}
	$door->under(
		{ $rule => { times => 1, operations => ['DeleteItem'] } },
		sub {
			fill();
			my $error = query_error($node, "DELETE FROM things $where");

			is($error->{state}, '', "$rule: a DELETE knows itself, too");
			is(item(1), undef, "$rule: it was done");
		});
}

# What a DELETE returns has gone with the item.
like(
	meanwhile("DELETE FROM things WHERE pk = 'a' AND sk = 1 AND upper(status) = 'OPEN' RETURNING n",
		'DeleteItem', sub { set(1, n => { N => '9' }) },
		drop_after => { times => 1, operations => ['DeleteItem'] }),
	qr/^ERROR:  08007: /m,
	'a DELETE that was carried out: what it should return nobody knows');
like(
	meanwhile("DELETE FROM things WHERE pk = 'a' AND sk = 1 AND upper(status) = 'OPEN'",
		'DeleteItem', sub { set(1, n => { N => '9' }) },
		drop_after => { times => 1, operations => ['DeleteItem'] }),
	qr/^DELETE 1$/m,
	'but where nobody asks, it knows itself');

# The request was lost, and another session did the same before the repetition:
# who counts on it that each of them did it is told that nobody knows.
my %lost = (drop => { times => 1, operations => [ 'UpdateItem', 'TransactWriteItems' ] });

like(
	meanwhile("UPDATE things SET v = v || '!' $where",
		'UpdateItem', sub { set(1, v => { S => 'x!' }) }, %lost),
	qr/^ERROR:  08007: /m,
	'another session has made the same of the same value');

# A token tells them apart, and makes sure of whatever else has a condition.
$node->safe_psql('postgres', "ALTER SERVER s OPTIONS (ADD idempotent_writes 'true')");
like(
	meanwhile("UPDATE things SET v = v || '!' $where",
		'TransactWriteItems', sub { set(1, v => { S => 'x!' }) }, %lost),
	qr/^ERROR:  40001: /m,
	'with a token: that the value has changed is known');
like(
	meanwhile("UPDATE things SET $claim $where",
		'TransactWriteItems', sub { set(1, v => { S => 'new' }, status => { S => 'done' }) }, %lost),
	qr/^UPDATE 0$/m,
	'with a token: who was faster has the item');
foreach my $rule (qw(drop drop_after fail_after cut))
{
	foreach my $statement ("UPDATE things SET $claim $where",
		"UPDATE things SET $derived $where", "DELETE FROM things $where")
	{
		foreach my $returning ('', ' RETURNING n')
		{
			$door->under(
				{ $rule => { times => 1, operations => ['TransactWriteItems'] } },
				sub {
					fill();
					like(said_of("$statement$returning"),
						$returning ? qr/^1\n\w+ 1$/ : qr/^\w+ 1$/,
						"with a token: $rule: $statement$returning");
				});
		}
	}
}
does(
	'with a token: what comes back is what was read, and compared',
	"UPDATE things SET v = v || '!' $where RETURNING v, n",
	"x!|1\nUPDATE 1",
	"GetItem\nTransactWriteItems");
does(
	'with a token: the same of a DELETE',
	"DELETE FROM things $where RETURNING v, n",
	"x|1\nDELETE 1",
	"GetItem\nTransactWriteItems");
foreach my $statement ("UPDATE things SET v = v || '!' $where", "DELETE FROM things $where")
{
	my $change = sub { set(1, n => { N => '9' }) };

	like(meanwhile("$statement RETURNING n", 'TransactWriteItems', $change),
		qr/^ERROR:  40001: /m, "with a token: $statement: and has changed");
	like(meanwhile("$statement RETURNING v", 'TransactWriteItems', $change),
		qr/^\w+ 1$/m, "with a token: $statement: but what does not come back may");
}
does(
	'with a token: what can be repeated goes without',
	"UPDATE things SET v = 'new' WHERE pk = 'a' AND sk = 1 RETURNING v",
	"new\nUPDATE 1",
	'UpdateItem: attribute_exists(pk)');
$node->safe_psql('postgres', "ALTER SERVER s OPTIONS (DROP idempotent_writes)");

done_testing();
