# IMPORT FOREIGN SCHEMA: the requests it takes, and what it makes of tables
# that an emulator doesn't have.
use strict;
use warnings;
use DdbService;
use DdbTest;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $node = new_node('import');

sub describe
{
	my ($name, %params) = @_;
	my $key = $params{key} || 'id';

	return answer(
		{   Table => {
				TableName => $name,
				TableStatus => $params{status} || 'ACTIVE',
				KeySchema => [ { AttributeName => $key, KeyType => 'HASH' } ],
				AttributeDefinitions =>
				  [ { AttributeName => $key, AttributeType => 'S' } ] } });
}

sub gone
{
	return failure(400, 'ResourceNotFoundException', 'gone');
}

sub denied
{
	return failure(400, 'AccessDeniedException', 'no');
}

# As many segments as are asked for have these items in turn.
sub scan
{
	my ($body, @items) = @_;
	my $total = $body->{TotalSegments} || 1;
	my @mine =
	  @items[ grep { $_ % $total == ($body->{Segment} || 0) } 0 .. $#items ];
	my %page;
	my $start = $body->{ExclusiveStartKey};

	@mine = grep { $_->{id}{S} gt $start->{id}{S} } @mine if $start;
	if ($body->{Limit} && @mine >= $body->{Limit})
	{
		splice(@mine, $body->{Limit});
		$page{LastEvaluatedKey} = { id => $mine[-1]{id} };
	}
	return answer(
		{   Items => \@mine,
			Count => scalar(@mine),
			ScannedCount => scalar(@mine),
			ConsumedCapacity => { CapacityUnits => 0.5 },
			%page });
}

my $nservers = 0;

# A service with these tables, each a sub that answers a request; or with one
# that answers ListTables.
sub serve
{
	my (%tables) = @_;
	my $list = delete $tables{ListTables};
	my @names = sort keys %tables;
	my $name = 's' . ++$nservers;
	my $service = DdbService->start(
		sub {
			my ($request) = @_;
			my $body = $request->{body};

			if ($request->{operation} ne 'ListTables')
			{
				my $table = $tables{ $body->{TableName} } || \&gone;
				return $table->($request);
			}
			return $list->() if $list;
			my @rest = grep {
				     !$body->{ExclusiveStartTableName}
				  || $_ gt $body->{ExclusiveStartTableName}
			} @names;
			my %more;

			if (@rest > 100)
			{
				splice(@rest, 100);
				$more{LastEvaluatedTableName} = $rest[-1];
			}
			return answer({ TableNames => \@rest, %more });
		});

	create_server($node, $name, $service->url);
	$node->safe_psql('postgres', "CREATE SCHEMA $name");
	return ($name, $service);
}

# A table of these items.
sub table
{
	my ($params, @items) = @_;

	return sub {
		my ($request) = @_;
		my $operation = $request->{operation};

		return $params->{$operation}->() if $params->{$operation};
		return describe($request->{body}{TableName}, %$params)
		  if $operation eq 'DescribeTable';
		return answer(
			{   TimeToLiveDescription => { TimeToLiveStatus => 'DISABLED' } })
		  if $operation eq 'DescribeTimeToLive';
		return scan($request->{body}, @items);
	};
}

sub import_all
{
	my ($name, $more) = @_;

	return query_error($node,
		"IMPORT FOREIGN SCHEMA dynamodb FROM SERVER $name INTO $name "
		  . ($more || ''));
}

sub columns
{
	my ($schema, $table) = @_;

	return $node->safe_psql('postgres', <<"EOS");
SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' ORDER BY attnum)
  FROM pg_attribute WHERE attrelid = '$schema.$table'::regclass AND attnum > 0
EOS
}

sub item
{
	my ($id, %more) = @_;

	return { id => { S => sprintf('%06d', $id) }, %more };
}

sub limits
{
	my ($service) = @_;

	return map { $_->{body}{Limit} }
	  grep { $_->{operation} eq 'Scan' } $service->requests;
}


# Many tables in one statement
{
	my %tables =
	  map { ("Table$_" => table({}, item($_, value => { N => "$_" }))) }
	  1 .. 150;
	my ($name, $service) = serve(%tables);
	my $result = import_all($name);
	my %n;

	$n{ $_->{operation} }++ foreach $service->requests;
	is( $node->safe_psql(
			'postgres',
			"SELECT count(*) FROM pg_class WHERE relnamespace = '$name'::regnamespace"
		),
		'150',
		'150 tables');
	is(() = $result->{err} =~ /NOTICE/g, 150, 'a notice for each');
	is_deeply(
		\%n,
		{   ListTables => 2,
			DescribeTable => 150,
			DescribeTimeToLive => 150,
			Scan => 150 * 8 },
		'their requests');
	is(columns($name, 'table150'),
		'id text, value numeric, rest jsonb', 'the last one');
	$service->stop;
}

# No more items than wanted, from all segments
{
	my ($name, $service) =
	  serve(Many => table({}, map { item($_) } 0 .. 4999));

	import_all($name);
	my @limits = limits($service);
	my $sum = 0;
	$sum += $_ foreach @limits;
	is($sum, 1000, 'a thousand items');
	is($limits[0], 5, 'the first page is small');
	is(scalar(@limits), 9, 'and the others come from eight segments');

	$node->safe_psql('postgres',
		"DROP SCHEMA $name CASCADE; CREATE SCHEMA $name;");
	like(import_all($name, "OPTIONS (sample_items '3')")->{err},
		qr/a sample of 3 items/, 'three items');
	is_deeply([ limits($service) ], [3], 'in one page');

	# 1,000 items of 200 bytes are 25 units
	$node->safe_psql('postgres',
		"DROP SCHEMA $name CASCADE; CREATE SCHEMA $name; "
		  . "ALTER SERVER $name OPTIONS (ADD analyze_read_units '3')");
	import_all($name);
	@limits = limits($service);
	cmp_ok(scalar(@limits), '<=', 9, 'within the budget');
	is($limits[0], 1, 'of which an item may take all');

	$node->safe_psql('postgres',
		"DROP SCHEMA $name CASCADE; CREATE SCHEMA $name;");
	like(import_all($name, "OPTIONS (sample_items '1')")->{err},
		qr/a sample of 1 item of/, 'one item');
	$service->stop;
}

# At the pace that the server's read_capacity says
{
	my ($name, $service) =
	  serve(Many => table({}, map { item($_) } 0 .. 999));

	$node->safe_psql('postgres',
		"ALTER SERVER $name OPTIONS (ADD read_capacity '2')");
	my $start = time;
	import_all($name);
	my @limits = limits($service);
	cmp_ok($limits[0], '<=', 4, 'pages are no larger than a second\'s worth');
	cmp_ok(time - $start, '>=', 0.9 * (@limits / 4 - 1),
		scalar(@limits) . ' pages of half a unit take their time');
	$service->stop;
}

# What can't be told from a sample doesn't stop the statement
{
	my ($name, $service) = serve(
		Closed => table({ Scan => \&denied }, item(1)),
		NoTtl => table({ DescribeTimeToLive => \&denied }, item(1)),
		New => table({ status => 'CREATING' }, item(1)),
		Hidden => table({ DescribeTable => \&denied }, item(1)),
		Gone => \&gone);
	my $result = import_all($name);

	is($result->{state}, '', 'no error');
	like(
		$result->{err},
		qr/WARNING: .*: foreign table "closed" has columns for the keys only, as permission to Scan DynamoDB table "Closed" is denied\n.*Allow dynamodb:Scan/,
		'Scan is denied');
	like(
		$result->{err},
		qr/"no_ttl" is made from the only item of DynamoDB table "NoTtl"\n.*DescribeTimeToLive was refused/,
		'DescribeTimeToLive is denied');
	like(
		$result->{err},
		qr/NOTICE: .*"new" has columns for the keys only, as DynamoDB table "New" is not active yet/,
		'a table that is being created');
	like(
		$result->{err},
		qr/WARNING: .*: DynamoDB table "Gone" is left out, as it was deleted meanwhile/,
		'a table that was deleted');
	like(
		$result->{err},
		qr/WARNING: .*: DynamoDB table "Hidden" is left out, as permission to describe it is denied\n.*EXCEPT \(hidden\)/,
		'DescribeTable is denied');
	is( $node->safe_psql(
			'postgres',
			"SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relnamespace = '$name'::regnamespace"
		),
		'closed new no_ttl',
		'the others are there');
	$service->stop;

	($name, $service) = serve(
		Ill => table(
			{ Scan => sub { failure(400, 'ValidationException', 'ill') } }));
	is(import_all($name)->{state}, 'HV000', 'but other failures do');
	$service->stop;
}

# Who may not list tables names them
{
	my ($name, $service) = serve(
		ListTables => \&denied,
		MyTable => table({}, item(1)),
		Hidden => table({ DescribeTable => \&denied }));
	my $import = "FROM SERVER $name INTO $name";

	error_is(
		$node, 'ListTables is denied', "IMPORT FOREIGN SCHEMA dynamodb $import",
		state => '42501',
		hint => qr/ListTables, or name the tables .*LIMIT TO \("MyTable"\)/);
	error_is(
		$node, 'and EXCEPT is no help',
		"IMPORT FOREIGN SCHEMA dynamodb EXCEPT (x) $import",
		state => '42501');
	my $result = query_error($node,
		qq(IMPORT FOREIGN SCHEMA dynamodb LIMIT TO ("MyTable", my_table) $import)
	);
	is($result->{state}, '', 'ListTables is denied: no error for names');
	like(
		$result->{err},
		qr/WARNING: .*there is no DynamoDB table "my_table"\nDETAIL: .*LIMIT TO has to name DynamoDB's/,
		'those that are not DynamoDB\'s are told');
	is($node->safe_psql('postgres', qq(SELECT id FROM $name."MyTable")),
		'000001', 'the others are imported');
	error_is(
		$node, 'DescribeTable is denied for what is named',
		qq(IMPORT FOREIGN SCHEMA dynamodb LIMIT TO ("Hidden") $import),
		state => '42501',
		message => qr/Hidden/);
	$service->stop;
}

# Names that are taken are found before anything is read
{
	my ($name, $service) =
	  serve(map { $_ => table({}, item(1)) } qw(Table1 Table2 Table3));

	$node->safe_psql('postgres',
		"CREATE VIEW $name.table2 AS SELECT 1; CREATE TABLE $name.table3 ()");
	error_is(
		$node, 'names that are taken',
		"IMPORT FOREIGN SCHEMA dynamodb FROM SERVER $name INTO $name",
		state => '42P07',
		message => qq(relation "table2" already exists in schema "$name"),
		detail => qr/DynamoDB table "Table2"/,
		hint => qr/EXCEPT \(table2, table3\)/);
	is_deeply([ map { $_->{operation} } $service->requests ],
		['ListTables'], 'names that are taken: nothing is read');
	error_is(
		$node, 'a name that is taken',
		"IMPORT FOREIGN SCHEMA dynamodb LIMIT TO (table3) FROM SERVER $name INTO $name",
		state => '42P07',
		hint => qr/drop or rename what is there: table3/);
	$node->safe_psql('postgres',
		"IMPORT FOREIGN SCHEMA dynamodb EXCEPT (table2, table3) FROM SERVER $name INTO $name"
	);
	is(columns($name, 'table1'), 'id text, rest jsonb', 'EXCEPT');
	$service->stop;
}

# Attributes as data, and characters that text can't hold
{
	my @items = map {
		my $n = $_;

		item($n,
			common => { S => 'x' },
			map { ("key$n-$_" => { N => '1' }) } 1 .. 30)
	} 1 .. 20;
	my ($name, $service) = serve(
		Wide => table({}, @items),
		Odd => sub {
			my ($request) = @_;

			return table({})->($request)
			  if $request->{operation} ne 'Scan'
			  || $request->{body}{Segment} > 0;
			return answer(
				'{"Items":[{"id":{"S":"1"},"zero":{"S":"a\u0000b"},'
				  . '"half":{"S":"\ud800"},"a\u0000b":{"S":"x"},'
				  . '"deep":{"M":{"zero":{"S":"\u0000"}}}}],"Count":1,"ScannedCount":1}'
			);
		});
	my $result = import_all($name);

	like(
		$result->{err},
		qr/"wide" .*\n.*Attributes without a column of their own, shown in the rest of the item: 401\./,
		'the rarest attributes have no columns');
	like(columns($name, 'wide'), qr/common text/, 'the most frequent one has');
	is( $node->safe_psql(
			'postgres',
			"SELECT count(*) FROM pg_attribute WHERE attrelid = '$name.wide'::regclass AND attnum > 0"
		),
		'202',
		'200, key and rest');
	is(columns($name, 'odd'),
		'id text, deep json, half json, zero json, rest jsonb',
		'U+0000 is for json');
	is( $node->safe_psql('postgres', "SELECT zero, deep FROM $name.odd"),
		'"a\u0000b"|{"zero":"\u0000"}',
		'and is read');
	$service->stop;
}

# In a database that lacks characters
{
	my ($name, $service) = serve(
		Latin => table(
			{},
			item(
				1,
				"\xe5\x90\x8d" => { S => 'x' },
				"gr\xc3\xb6\xc3\x9fe" => { N => '1' },
				value => { S => "\xe5\x90\x8d" })));

	$node->safe_psql('postgres',
		"CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0"
	);
	my ($out, $err);
	$node->psql(
		'latin', <<"EOS", stdout => \$out, stderr => \$err);
CREATE EXTENSION dynamodb_fdw;
CREATE SERVER s FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (region 'eu-west-1', endpoint '@{[$service->url]}');
CREATE USER MAPPING FOR PUBLIC SERVER s
  OPTIONS (aws_access_key_id 'local', aws_secret_access_key 'local');
IMPORT FOREIGN SCHEMA dynamodb FROM SERVER s INTO public;
SET client_encoding = 'UTF8';
SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute
  WHERE attrelid = 'latin'::regclass AND attnum > 0;
SELECT id FROM latin;
EOS
	is($out, "id gr\xc3\xb6\xc3\x9fe rest\n000001", 'LATIN1: names that it has');
	like(
		$err,
		qr/Attributes without a column of their own, shown in the rest of the item: 2\./,
		'LATIN1: the others are counted');
	$service->stop;

	($name, $service) =
	  serve(Kanji => table({ key => "\xe5\x90\x8d" }, item(1)));
	$node->psql(
		'latin',
		"ALTER SERVER s OPTIONS (SET endpoint '@{[$service->url]}');"
		  . 'IMPORT FOREIGN SCHEMA dynamodb FROM SERVER s INTO public',
		stderr => \$err);
	like(
		$err,
		qr/ERROR: .*no equivalent in encoding "LATIN1"\nCONTEXT: .*DynamoDB table "Kanji"/,
		'LATIN1: a key without a name');
	$service->stop;
}

done_testing();
