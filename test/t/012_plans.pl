# The plans of joins and filters, before and after ANALYZE, against all others
# that the planner can be made to choose: none may consume fewer read units.
# Before ANALYZE that is asked only where DescribeTable's totals can tell.
use strict;
use warnings;
use DdbService;
use DdbTest;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;

my $upstream = $ENV{DYNAMODB_ENDPOINT} or die "DYNAMODB_ENDPOINT isn't set";
my $suffix = "plans_$$";
my $units_file = "${PostgreSQL::Test::Utils::tmp_check}/units";

# What an answer costs.  The emulator counts nothing for a Query without items
# and for keys of a BatchGetItem without one, where the service takes half a
# unit.
sub cost
{
	my ($request, $answer) = @_;
	my $consumed = $answer->{ConsumedCapacity};
	my $missing = 0;

	return $consumed->{CapacityUnits} || 0.5
	  if $request->{operation} ne 'BatchGetItem';
	foreach my $table (keys %{ $request->{body}{RequestItems} })
	{
		$missing += @{ $request->{body}{RequestItems}{$table}{Keys} };
		$missing -= @{ $answer->{Responses}{$table} };
		$missing -= @{ $answer->{UnprocessedKeys}{$table}{Keys} || [] };
	}
	return $consumed->[0]{CapacityUnits} + $missing / 2;
}

my $relay = DdbService->start(
	sub {
		my ($request) = @_;
		my $answer = forward($request, $upstream);
		my ($body) = $answer->{bytes} =~ /\r\n\r\n(.*)/s;

		append_to_file($units_file,
			cost($request, decode_json($body)) . "\n")
		  if $request->{operation} =~ /^(GetItem|BatchGetItem|Query|Scan)$/;
		return $answer;
	});
my $node = new_node('plans');

sub sql
{
	return $node->safe_psql('postgres', join(";\n", @_));
}


# 400 customers of few countries; 8,000 orders: 2,020 of the first customer, 15
# of each other one.  One order in eighty is open, one in two hundred flagged;
# a third are of one product, the others of two hundred.
create_server($node, 'direct', $upstream);
create_server($node, 'relay', $relay->url);
my %columns = (
	customers => 'id text COLLATE "C" NOT NULL, country text COLLATE "C",
		name text, pad text',
	orders => 'customer text COLLATE "C" NOT NULL, n integer NOT NULL,
		status text COLLATE "C", created integer, product text COLLATE "C",
		flag text COLLATE "C", total integer, pad text');
my %indexes = (
	customers => '[{"IndexName": "by_country",
		"KeySchema": [{"AttributeName": "country", "KeyType": "HASH"}]}]',
	orders => '[{"IndexName": "by_status", "KeySchema": [
		  {"AttributeName": "status", "KeyType": "HASH"},
		  {"AttributeName": "created", "KeyType": "RANGE"}]},
		{"IndexName": "by_product",
		 "KeySchema": [{"AttributeName": "product", "KeyType": "HASH"}],
		 "Projection": {"ProjectionType": "KEYS_ONLY"}},
		{"IndexName": "by_flag",
		 "KeySchema": [{"AttributeName": "flag", "KeyType": "HASH"}]}]');
foreach my $table (qw(customers orders))
{
	sql("CREATE FOREIGN TABLE ${table}_direct ($columns{$table})
	       SERVER direct
	       OPTIONS (table_name '${table}_$suffix', insert_mode 'replace')",
		"SELECT dynamodb_create_table('${table}_direct',
		   global_indexes => '$indexes{$table}')",
		"CREATE FOREIGN TABLE $table ($columns{$table})
	       SERVER relay OPTIONS (table_name '${table}_$suffix',
	                             analyze_read_units '1000')");
}
sql(<<'EOS');
INSERT INTO customers_direct
  SELECT 'C' || i,
         CASE WHEN i % 100 = 7 THEN 'IS' WHEN i % 20 = 3 THEN 'DK'
              ELSE 'DE' END,
         'name ' || i, repeat('x', 100)
    FROM generate_series(1, 400) AS i;
INSERT INTO orders_direct
  SELECT CASE WHEN i <= 2020 THEN 'C1' ELSE 'C' || 2 + i % 399 END, i,
         CASE WHEN i % 80 = 7 THEN 'open' WHEN i % 2 = 1 THEN 'sent'
              ELSE 'paid' END,
         i, CASE WHEN i % 3 = 0 THEN 'common' ELSE 'P' || i % 200 END,
         CASE WHEN i % 200 = 11 THEN 'x' END, i % 1000, repeat('x', 180)
    FROM generate_series(1, 8000) AS i;
CREATE TABLE few AS
  SELECT 'C' || 10 * i AS customer, 2400 + i AS n
    FROM generate_series(1, 5) AS i;
CREATE TABLE many AS SELECT 'C' || i AS customer FROM generate_series(1, 400) AS i;
ANALYZE few, many;
EOS

# Those that only ANALYZE can decide depend on how many items have a value.
my @queries = (
	{ query => "SELECT total FROM orders
		 WHERE status = 'open' AND created > 0" },
	{ query => "SELECT sum(total) FROM orders
		 WHERE status = 'paid' AND created > 0" },
	{ query => "SELECT total FROM orders WHERE product = 'P7'" },
	{ query => "SELECT total FROM orders WHERE product = 'common'",
	  needs_analyze => 1 },
	{ query => "SELECT total FROM orders
		 WHERE customer IN ('C2', 'C3', 'C4') AND status = 'paid'
		   AND created > 0", needs_analyze => 1 },
	{ query => "SELECT total FROM orders
		 WHERE customer IN ('C2', 'C3', 'C4') AND status = 'open'
		   AND created > 0", needs_analyze => 1 },
	{ query => "SELECT total FROM orders
		 WHERE customer = 'C1' AND status = 'open' AND created > 7000" },
	{ query => "SELECT total FROM orders
		 WHERE status = 'paid' AND created > 100 AND flag = 'x'" },
	{ query => "SELECT sum(total) FROM few JOIN orders USING (customer)" },
	{ query => "SELECT sum(total) FROM few JOIN orders USING (customer, n)" },
	{ query => "SELECT count(name) FROM many JOIN customers ON id = customer" },
	{ query => "SELECT sum(total) FROM customers JOIN orders ON customer = id
		 WHERE country = 'IS'" },
	{ query => "SELECT sum(total) FROM customers JOIN orders ON customer = id
		 WHERE country = 'DE'" },
	{ query => "SELECT count(name) FROM orders JOIN customers ON id = customer
		 WHERE status = 'open' AND created > 0", needs_analyze => 1 },
	{ query => "SELECT count(name) FROM customers
		 WHERE country = 'IS'
		   AND EXISTS (SELECT FROM orders WHERE customer = id
		                  AND status = 'paid' AND created > 0)",
	  needs_analyze => 1 },
	{ query => "SELECT count(*) FROM few LEFT JOIN customers ON id = customer
		 LEFT JOIN orders ON orders.customer = id AND status = 'open'" });

# Ways to other plans, all combined; the first is none.
my @ways = ('');
foreach my $choices (
	[ '', 'SET dynamodb_fdw.allow_scan = off' ],
	[ map { "SET dynamodb_fdw.use_index = '$_'" }
		  '',
		'orders:by_status', 'orders:by_product', 'orders:by_flag',
		'orders:!by_status', 'customers:by_country', 'customers:!by_country',
		'orders:!by_status, orders:!by_product, orders:!by_flag' ],
	[ '', 'SET dynamodb_fdw.enable_batch_join = off' ],
	[ '',
		'SET enable_nestloop = off',
		'SET enable_hashjoin = off; SET enable_mergejoin = off' ],
	[ '', 'SET join_collapse_limit = 1' ])
{
	@ways = map {
		my $way = $_;
		map { "$way$_; " } @$choices
	} @ways;
}

# The read units that a query takes; undef if it is refused.
sub measure
{
	my ($way, $query) = @_;
	my $units = 0;

	unlink $units_file;
	my $error = query_error($node, "$way$query");
	return undef if $error->{state} eq '53400';
	die $error->{err} if $error->{state};
	$units += $_ foreach split /\n/, slurp_file($units_file);
	return $units;
}

# Its plans, each with a way to it; and the one that is chosen by itself.
sub plans
{
	my ($query) = @_;
	my @plans = split /^=+\n/m,
	  sql(map { ("SELECT '====='", "${_}EXPLAIN (COSTS OFF) $query", 'RESET ALL') }
		  @ways);
	my %plans;

	shift @plans;
	$plans{ $plans[$_] } //= $ways[$_] foreach 0 .. $#plans;
	return ($plans[0], %plans);
}

my %units;    # by query and plan

sub compare
{
	my ($test, $when) = @_;
	my $query = $test->{query} =~ s/\s+/ /gr;
	my ($chosen, %plans) = plans($query);
	my $known = $units{$query} //= {};
	my @others = grep { $_ ne $chosen } keys %plans;

	foreach my $plan (keys %plans)
	{
		$known->{$plan} = measure($plans{$plan}, $query)
		  unless exists $known->{$plan};
	}
	@others = sort { $known->{$a} <=> $known->{$b} }
	  grep { defined $known->{$_} } @others;
	note("$when: $query: $known->{$chosen} units, other plans ",
		join(', ', map { $known->{$_} } @others));
	return if $test->{needs_analyze} && $when eq 'before ANALYZE';
	ok( $known->{$chosen} <= 1.1 * $known->{ $others[0] },
		"$when: $query")
	  or diag("chosen:\n$chosen\ncheaper:\n$others[0]");
}

compare($_, 'before ANALYZE') foreach @queries;
sql('ANALYZE customers, orders');
compare($_, 'after ANALYZE') foreach @queries;

sql("SELECT dynamodb_call('direct', 'DeleteTable',
       jsonb_build_object('TableName', name))
  FROM unnest(ARRAY['customers_$suffix', 'orders_$suffix']) AS name");
done_testing();
