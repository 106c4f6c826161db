# ANALYZE: what it reads, and what the planner knows afterwards.  The service
# makes up its items: 200,000 are too many to load.
use strict;
use warnings;
use Digest::MD5 qw(md5);
use DdbService;
use DdbTest;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $node = new_node('analyze', conf => "statement_timeout = '60s'");

use constant ITEM_BYTES => 200;
use constant GREATEST => '9.9999999999999999999999999999999999999E+125';

# A table of so many partition keys, each with so many items, in the order of
# the keys' hashes.
sub table
{
	my ($nkeys, $items, %params) = @_;
	my @keys = map { [ unpack('N', md5("$_")) / 2**32, "K$_" ] } 1 .. $nkeys;

	@keys = sort { $a->[0] <=> $b->[0] } @keys;
	return {
		keys => \@keys,
		place => { map { $keys[$_][1] => $_ } 0 .. $#keys },
		items => $items,
		sort => $params{sort} || 'N',
		count => $nkeys * $items,
		%params };
}

# Sort keys are numbers, or texts in the same order.
sub sort_key
{
	my ($table, $n) = @_;

	return $table->{sort} eq 'N' ? { N => "$n" } :
	  { S => sprintf('ORDER#%06d', $n) };
}

# The first item behind a sort key.
sub behind
{
	my ($table, $key) = @_;
	my $text = $key->{ $table->{sort} };

	return $table->{items} if $text eq GREATEST || $text =~ /^\xf4\x8f\xbf\xbf/;
	return ($text =~ /(\d+)$/)[0] + 1;
}

sub item
{
	my ($table, $key, $n) = @_;
	my $number = $table->{place}{$key} * $table->{items} + $n;

	return {
		pk => { S => $key },
		sk => sort_key($table, $n),
		amount => { N => $number * 37 % 10007 },
		status => { S => (qw(open paid sent))[ $number % 3 ] },
		v => $table->{misfits} && $number % 2 ? { N => '1' } : { S => 'x' } };
}

sub page
{
	my ($table, $last, @items) = @_;
	my $units = int((@items * ITEM_BYTES + 4095) / 4096) / 2;
	my %page = (
		Items => \@items,
		Count => scalar(@items),
		ScannedCount => scalar(@items),
		ConsumedCapacity =>
		  { TableName => 'Things', CapacityUnits => $units || 0.5 });

	$page{LastEvaluatedKey} = { pk => $last->{pk}, sk => $last->{sk} }
	  if $last;
	return answer(\%page);
}

sub first_place
{
	my ($table, $hash) = @_;
	my ($from, $to) = (0, scalar(@{ $table->{keys} }));

	while ($from < $to)
	{
		my $middle = int(($from + $to) / 2);

		if ($table->{keys}[$middle][0] < $hash) { $from = $middle + 1 }
		else { $to = $middle }
	}
	return $from;
}

sub scan
{
	my ($table, $body) = @_;
	my $total = $body->{TotalSegments};
	my $place = first_place($table, $body->{Segment} / $total);
	my $end = first_place($table, ($body->{Segment} + 1) / $total);
	my $limit = $body->{Limit} || 5000;
	my $n = 0;
	my @items;

	if (my $start = $body->{ExclusiveStartKey})
	{
		$place = $table->{place}{ $start->{pk}{S} };
		$n = behind($table, $start->{sk});
	}
	for (; $place < $end; $place++, $n = 0)
	{
		for (; $n < $table->{items}; $n++)
		{
			push @items, item($table, $table->{keys}[$place][1], $n);
			return page($table, $items[-1], @items) if @items == $limit;
		}
	}
	return page($table, undef, @items);
}

# Only the end of a partition is asked for.
sub query
{
	my ($table, $body) = @_;
	my ($value) = values %{ $body->{ExpressionAttributeValues} };
	my $key = $value->{S};
	my $last = $table->{items} - 1;
	my $first = $last - $body->{Limit} + 1;

	die 'not backward' if $body->{ScanIndexForward};
	$first = 0 if $first < 0;
	return page($table, undef,
		map { item($table, $key, $_) } reverse $first .. $last);
}

sub describe
{
	my ($table) = @_;

	my $nitems = $table->{known} // $table->{count};

	return description(
		ItemCount => $nitems,
		TableSizeBytes => $nitems * ($table->{bytes} || ITEM_BYTES),
		AttributeDefinitions => [
			{ AttributeName => 'pk', AttributeType => 'S' },
			{ AttributeName => 'sk', AttributeType => $table->{sort} }
		]);
}

my $nservices = 0;

# Starts a service with the table, and makes a foreign table of it.
sub serve
{
	my ($table, $more) = @_;
	my $name = 'things' . ++$nservices;
	my $type = $table->{sort} eq 'N' ? 'integer' : 'text COLLATE "C"';
	my $service = DdbService->start(
		sub {
			my ($request) = @_;
			my $operation = $request->{operation};

			return failure(400, 'AccessDeniedException', 'no')
			  if $table->{denied} && $operation eq $table->{denied};
			return stall() if $table->{stalls} && $operation eq 'Scan';
			return scan($table, $request->{body})  if $operation eq 'Scan';
			return query($table, $request->{body}) if $operation eq 'Query';
			return describe($table);
		});

	create_server($node, $name, $service->url);
	$more = defined $more ? ", $more" : '';
	$node->safe_psql('postgres', <<"EOS");
CREATE FOREIGN TABLE $name (
  pk text COLLATE "C" NOT NULL, sk $type NOT NULL, amount numeric,
  status text, v text
) SERVER $name OPTIONS (table_name 'Things'$more);
EOS
	return ($name, $service);
}

# What ANALYZE says, and what its reads come to.
sub analyze
{
	my ($name, $service) = @_;
	my $result = query_error($node, "ANALYZE $name");
	my ($nreads, $units) = (0, 0);

	foreach my $request ($service->requests)
	{
		next if $request->{operation} eq 'DescribeTable';
		$nreads++;
		my $limit = $request->{body}{Limit};
		$units += int(($limit * ITEM_BYTES + 4095) / 4096) / 2;
	}
	return ($result, $nreads, $units);
}

sub statistics
{
	my ($name, $column) = @_;

	return $node->safe_psql('postgres', <<"EOS");
SELECT CASE WHEN n_distinct < 0 THEN round(-n_distinct * reltuples)
            ELSE n_distinct END
  FROM pg_stats JOIN pg_class ON oid = '$name'::regclass
 WHERE tablename = '$name' AND attname = '$column'
EOS
}

sub between
{
	my ($got, $from, $to, $name) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	ok($got >= $from && $got <= $to, $name) or diag("got $got");
}


# 200,000 items are 40 MB or 4,900 units; 5 % of that is the budget
foreach my $shape (
	[ 200000, 1 ], [ 1000, 200 ], [ 10, 20000 ],
	[ 1000, 200, sort => 'S' ], [ 20000, 10, sort => 'S' ])
{
	my ($nkeys, $items, %params) = @$shape;
	my $table = table($nkeys, $items, %params);
	my ($name, $service) = serve($table, "analyze_read_units '244'");
	my $what = "$nkeys x $items" . ($params{sort} ? ', text' : '');
	my ($result, $nreads, $units) = analyze($name, $service);

	is($result->{err}, '', "$what: no error");
	between($units, 1, 244, "$what: units");
	between(statistics($name, 'pk'), $nkeys / 2, $nkeys * 2,
		"$what: partition keys");
	is(statistics($name, 'status'), 3, "$what: another column's values");
	is( $node->safe_psql(
			'postgres', "SELECT reltuples, relpages FROM pg_class
			WHERE oid = '$name'::regclass"),
		'200000|4882',
		"$what: totals");
	note("$what: $nreads reads, $units units, partition keys ",
		statistics($name, 'pk'));
	$service->stop;
}

# Nobody knows how large it is
{
	my ($name, $service) = serve(table(1000, 200, known => 0));
	my ($result, $nreads, $units) = analyze($name, $service);

	is($result->{err}, '', 'unknown size: no error');
	between(statistics($name, 'pk'), 500, 2000,
		'unknown size: partition keys');
	$service->stop;

	($name, $service) = serve(table(20000, 10, known => 0));
	analyze($name, $service);
	between(
		$node->safe_psql(
			'postgres',
			"SELECT reltuples FROM pg_class WHERE oid = '$name'::regclass"),
		100000, 400000,
		'unknown size: rows');
	between(statistics($name, 'pk'), 10000, 40000,
		'unknown size: many partition keys');
	$service->stop;
}

# A small table is read as a whole, and counted
{
	my ($name, $service) = serve(table(30, 7, known => 3));
	my ($result, $nreads) = analyze($name, $service);

	is($nreads, 2, 'small: two requests');
	is( $node->safe_psql(
			'postgres',
			"SELECT reltuples FROM pg_class WHERE oid = '$name'::regclass"),
		'210',
		'small: rows');
	is(statistics($name, 'pk'), 30, 'small: partition keys');
	is(statistics($name, 'sk'), 7,  'small: sort keys');
	$service->stop;
}

# Totals only
{
	my ($name, $service) =
	  serve(table(1000, 200), "analyze_read_units '0'");
	my ($result, $nreads) = analyze($name, $service);

	is($result->{err}, '', 'analyze_read_units 0: no error');
	is($nreads, 0, 'analyze_read_units 0: nothing is read');
	is( $node->safe_psql(
			'postgres', "SELECT reltuples, relpages FROM pg_class
			WHERE oid = '$name'::regclass"),
		'200000|4882',
		'analyze_read_units 0: totals');
	$service->stop;
}

# A budget that is gone before a segment is at its end says so
{
	my ($name, $service) =
	  serve(table(3000, 67), "analyze_read_units '25'");
	my ($result, $nreads) = analyze($name, $service);

	cmp_ok($nreads, '>', 0, 'small budget: something is read');
	like(
		$result->{err},
		qr/WARNING: .*: statistics of foreign table "$name" stay as they are, as 25 read units do not suffice for a sample/,
		'small budget: a warning');
	is( $node->safe_psql(
			'postgres',
			"SELECT reltuples, (SELECT count(*) FROM pg_stats
			  WHERE tablename = '$name')
			FROM pg_class WHERE oid = '$name'::regclass"),
		'201000|0',
		'small budget: totals');
	$service->stop;
}

# Items of which the budget doesn't buy one
{
	my ($name, $service) =
	  serve(table(1000, 1, bytes => 400000), "analyze_read_units '5'");
	my ($result, $nreads) = analyze($name, $service);

	is($result->{err}, '', 'large items: no error');
	is($nreads, 0, 'large items: nothing is read');
	is( $node->safe_psql(
			'postgres',
			"SELECT reltuples FROM pg_class WHERE oid = '$name'::regclass"),
		'1000',
		'large items: totals');
	$service->stop;
}

# Values that don't fit, and what isn't allowed
{
	my ($name, $service) = serve(table(100, 1, misfits => 1));
	my ($result) = analyze($name, $service);

	like(
		$result->{err},
		qr/WARNING: .*: attribute "v" does not fit column "v" of foreign table "$name" in 50 of 100 rows that were sampled/,
		'misfits: a warning');
	is( $node->safe_psql(
			'postgres', "SELECT null_frac FROM pg_stats
			WHERE tablename = '$name' AND attname = 'v'"),
		'0.5',
		'misfits: null');
	$service->stop;

	($name, $service) = serve(table(100, 1, denied => 'Scan'));
	error_is(
		$node, 'Scan is denied', "ANALYZE $name",
		state => '42501',
		message => 'could not read DynamoDB table "Things"');
	$service->stop;

	($name, $service) = serve(
		table(100, 1, denied => 'DescribeTable'),
		"partition_key 'pk', sort_key 'sk'");
	($result) = analyze($name, $service);
	is($result->{err}, '', 'DescribeTable is denied: no error');
	is(statistics($name, 'pk'), 100, 'DescribeTable is denied: partition keys');
	$service->stop;
}

# At the pace that read_capacity says: a second's worth at once, and the rest
# as it comes
{
	my ($name, $service) =
	  serve(table(200, 100), "analyze_read_units '40', read_capacity '20'");
	my $start = time;
	my ($result, $nreads, $units) = analyze($name, $service);

	is($result->{err}, '', 'read_capacity: no error');
	cmp_ok(time - $start, '>=', 0.9 * ($units / 20 - 1),
		"read_capacity: $units units take their time");
	cmp_ok($units, '>', 30, 'read_capacity: which are no fewer');
	$service->stop;
}

# It can be cancelled
{
	my ($name, $service) = serve(table(100, 1, stalls => 1));
	my ($took) = cancel_and_time($node, "ANALYZE $name", 'pg_cancel_backend');

	between($took, 0, 0.5, 'cancelled');
	$service->stop;
}

# The owner's mapping counts
{
	my ($name, $service) = serve(table(100, 1));

	$node->safe_psql('postgres', <<"EOS");
CREATE ROLE regress_owner;
DROP USER MAPPING FOR PUBLIC SERVER $name;
CREATE USER MAPPING FOR CURRENT_USER SERVER $name
  OPTIONS (aws_access_key_id 'local', aws_secret_access_key 'local');
GRANT USAGE ON FOREIGN SERVER $name TO regress_owner;
ALTER FOREIGN TABLE $name OWNER TO regress_owner;
EOS
	error_is(
		$node, 'the owner has no mapping', "ANALYZE $name",
		state => '42704',
		message =>
		  qr/user "regress_owner" has no user mapping for foreign server/);
	$node->safe_psql('postgres', <<"EOS");
CREATE USER MAPPING FOR regress_owner SERVER $name
  OPTIONS (aws_access_key_id 'owner', aws_secret_access_key 'local');
EOS
	my ($result) = analyze($name, $service);
	is($result->{err}, '', 'the owner has one');
	$service->stop;
}

done_testing();
