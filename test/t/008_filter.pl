# What a remote filter says on the wire, rule by rule: the expression's text,
# with its placeholders replaced.  Answers alone don't show a guard that is
# needed only for items that a test doesn't have, nor a filter that isn't sent.
use strict;
use warnings;
use DdbService;
use DdbTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $upstream = $ENV{DYNAMODB_ENDPOINT} or die "DYNAMODB_ENDPOINT isn't set";
my $dynamodb_table = "t_filter_$$";
my $relay = DdbService->start(sub { return forward($_[0], $upstream) });
my $node = new_node('filter');

sub sql
{
	return $node->safe_psql('postgres', join(";\n", @_));
}

create_server($node, 'direct', $upstream);
create_server($node, 'relay', $relay->url);
my $columns = q{
  p text COLLATE "C" NOT NULL,
  s integer NOT NULL,
  t text COLLATE "C",
  n numeric,
  b boolean,
  y bytea,
  u uuid,
  z timestamptz OPTIONS (format 'iso8601'),
  ss text[],
  l text[] OPTIONS (attribute_type 'L'),
  j jsonb,
  odd text OPTIONS (attribute_path '"a.b".c[1]')};
my $options = "table_name '$dynamodb_table', partition_key 'p', sort_key 's'";
sql("CREATE FOREIGN TABLE loader ($columns)
       SERVER direct OPTIONS ($options)",
	"CREATE FOREIGN TABLE strict ($columns)
       SERVER relay OPTIONS ($options)",
	"CREATE FOREIGN TABLE loose ($columns)
       SERVER relay OPTIONS ($options, on_type_mismatch 'null')",
	"SELECT dynamodb_create_table('loader')");

# A value as SQL would write it.
sub value_words
{
	my ($value) = @_;
	my ($type, $content) = %$value;

	return "'$content'" if $type eq 'S';
	return $content if $type eq 'N';
	return "B:$content" if $type eq 'B';
	return $content ? 'true' : 'false' if $type eq 'BOOL';
	return 'null' if $type eq 'NULL';
	return '[' . join(',', map { value_words($_) } @$content) . ']'
	  if $type eq 'L';
	return "$type:" . join(',', @$content);
}

# An expression of a request in words.
sub words
{
	my ($body, $member) = @_;
	my $text = $body->{$member};

	return '' unless defined $text;
	$text =~ s/(#\d+)/$body->{ExpressionAttributeNames}{$1}/g;
	$text =~ s/(:\d+)/value_words($body->{ExpressionAttributeValues}{$1})/ge;
	return $text;
}

sub request_of
{
	my ($query) = @_;
	my @requests;

	sql($query);
	@requests = grep { $_->{operation} ne 'DescribeTable' } $relay->requests;
	return @requests ? $requests[0]{body} : {};
}

# filter_is CONDITION, TEXT [, TABLE]: '' if none is sent, undef if there is
# no request at all.
sub filter_is
{
	my ($condition, $expected, $table) = @_;
	my $body = request_of(
		'SELECT * FROM ' . ($table || 'strict') . " WHERE $condition");

	is(%$body ? words($body, 'FilterExpression') : undef,
		$expected, ($table ? "$table: " : '') . $condition);
	return $body;
}

# Comparisons: what is true of missing attributes has a guard
filter_is('n = 1.50', 'n = 1.5');
filter_is('n <> 1', "n <> 1 AND attribute_type(n, 'N')");
filter_is('NOT n = 1', "n <> 1 AND attribute_type(n, 'N')");
filter_is('n < 1', 'n < 1');
filter_is('n <= 1', 'n <= 1');
filter_is('n > 1', 'n > 1');
filter_is('n >= 1', 'n >= 1');
filter_is('1 > n', 'n < 1');
filter_is('NOT n < 1', 'n >= 1');
filter_is('NOT n <= 1', 'n > 1');
filter_is('NOT n > 1', 'n <= 1');
filter_is('NOT n >= 1', 'n < 1');
filter_is('n BETWEEN 2 AND 1', 'n >= 2 AND n <= 1');
filter_is('n NOT BETWEEN 1 AND 2', 'n < 1 OR n > 2');
filter_is("t = 'a''b'", "t = 'a'b'");
filter_is("t <> ''", "t <> '' AND attribute_type(t, 'S')");
filter_is(q{y = '\x616200'}, 'y = B:YWIA');
filter_is(q{y <> '\x61'}, "y <> B:YQ== AND attribute_type(y, 'B')");
filter_is("u = 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'",
	"u = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'");
filter_is("odd <> 'x'", "a.b.c[1] <> 'x' AND attribute_type(a.b.c[1], 'S')");

# Values that no item has, and bounds between those that there are
filter_is('n = NULL::numeric', undef);
filter_is("n = 'NaN'", undef);
filter_is("n <> 'NaN'", "attribute_type(n, 'N')");
filter_is("n < 'NaN'", "attribute_type(n, 'N')");
filter_is("n > 'Infinity'", undef);
filter_is('n = 1e200', undef);
filter_is('n < -1e200', undef);
filter_is('n > -1e200', "attribute_type(n, 'N')");
my $long = '1.' . '0' x 40 . '1';
my $next = '1.' . '0' x 36 . '1';
filter_is("n = $long", undef);
filter_is("n <> $long", "attribute_type(n, 'N')");
filter_is("n < $long", "n < $next");
filter_is("n <= $long", "n < $next");
filter_is("n > $long", 'n > 1');
filter_is("n >= $long", 'n > 1');
filter_is("z <= '2024-01-31 10:00:00.5+00'", "z < '2024-01-31T10:00:01Z'");
filter_is("z > '2024-01-31 10:00:00.5+00'", "z > '2024-01-31T10:00:00Z'");
filter_is("z = '2024-01-31 10:00:00.5+00'", undef);
filter_is("z < 'infinity'", "attribute_type(z, 'S')");

# Lists
filter_is('n IN (1, 2)', 'n IN (1, 2)');
filter_is('n IN (1, NULL)', 'n = 1');
filter_is('n IN (NULL, NULL::numeric)', undef);
filter_is("n IN (1, 2, 'NaN')", 'n IN (1, 2)');
filter_is('n NOT IN (1, 2)', "NOT n IN (1, 2) AND attribute_type(n, 'N')");
filter_is('n NOT IN (1, 1e200)', "NOT n = 1 AND attribute_type(n, 'N')");
filter_is('n NOT IN (1, NULL)', undef);
filter_is("n = ANY ('{}')", undef);
filter_is("n <> ALL ('{}')", '');
filter_is("n < ANY ('{1,2,NULL}')", 'n < 1 OR n < 2');
filter_is("n < ALL ('{1,2}')", 'n < 1 AND n < 2');
filter_is("n < ALL ('{1,NULL}')", undef);
my $body = filter_is('n = ANY (ARRAY(SELECT generate_series(1, 199)))',
	join(' OR ',
		'n IN (' . join(', ', 1 .. 99) . ')',
		'n IN (' . join(', ', 100 .. 198) . ')',
		'n = 199'));
filter_is('n = ANY (ARRAY(SELECT generate_series(1, 2000)))',
	"attribute_type(n, 'N')");

# NULL, and values that aren't distinct from it
filter_is('n IS NULL', "attribute_not_exists(n) OR attribute_type(n, 'NULL')");
filter_is('n IS NOT NULL', "attribute_type(n, 'N')");
filter_is('j IS NULL', "attribute_not_exists(j) OR attribute_type(j, 'NULL')");
filter_is('j IS NOT NULL',
	"attribute_exists(j) AND NOT attribute_type(j, 'NULL')");
filter_is('n IS DISTINCT FROM 1', 'NOT n = 1');
filter_is('n IS NOT DISTINCT FROM 1', 'n = 1');
filter_is('n IS DISTINCT FROM NULL', "attribute_type(n, 'N')");
filter_is('n IS NULL', "NOT attribute_type(n, 'N')", 'loose');
filter_is('n IS NOT NULL', "attribute_type(n, 'N')", 'loose');
filter_is('t IS NULL', '', 'loose');
filter_is("t IS DISTINCT FROM 'a'", '', 'loose');
filter_is("(t > 'a') IS NOT TRUE", '', 'loose');

# Booleans, and conditions taken for such
filter_is('b', 'b = true');
filter_is('NOT b', 'b = false');
filter_is('b IS NOT TRUE', 'NOT b = true');
filter_is('b IS UNKNOWN', 'NOT b = true AND NOT b = false');
filter_is('(n > 1) IS NOT TRUE', 'NOT n > 1');
filter_is('(n > 1 OR b) IS NOT TRUE', 'NOT (n > 1 OR b = true)');
filter_is('(n > 1) IS NOT UNKNOWN', 'n > 1 OR n <= 1');
filter_is('NOT (n > 1 AND (b OR t IS NULL))',
	"n <= 1 OR (b = false AND attribute_type(t, 'S'))");
filter_is('n = 1 AND (b OR n = 2)', '(b = true OR n = 2) AND n = 1');
filter_is('n = (SELECT 1) AND (SELECT true)', 'n = 1');
filter_is('n = 1 OR (SELECT NULL::boolean)', 'n = 1');

# Patterns
filter_is("t LIKE 'a%'", "begins_with(t, 'a')");
filter_is("t NOT LIKE 'a%'",
	"NOT begins_with(t, 'a') AND attribute_type(t, 'S')");
filter_is("t LIKE '%a%'", "contains(t, 'a') AND attribute_type(t, 'S')");
filter_is("t NOT LIKE '%a%'",
	"NOT contains(t, 'a') AND attribute_type(t, 'S')");
filter_is("t LIKE 'a\\%b'", "t = 'a%b'");
filter_is("t LIKE '%'", "attribute_type(t, 'S')");
filter_is("t NOT LIKE '%'", undef);
filter_is("t LIKE 'a%b_c'",
	"begins_with(t, 'a') AND contains(t, 'b') AND contains(t, 'c')");
filter_is("t LIKE '_a'", "attribute_type(t, 'S') AND contains(t, 'a')");
filter_is("t NOT LIKE '_a'", '');
filter_is("t ^@ 'a%'", "begins_with(t, 'a%')");
filter_is("NOT starts_with(t, 'a')",
	"NOT begins_with(t, 'a') AND attribute_type(t, 'S')");

# Sets and lists
filter_is("'a' = ANY (ss)", "contains(ss, 'a') AND attribute_type(ss, 'SS')");
filter_is("'a' <> ALL (ss)",
	"NOT contains(ss, 'a') AND attribute_type(ss, 'SS')");
filter_is("ss @> '{a,b}'",
	"contains(ss, 'a') AND contains(ss, 'b') AND attribute_type(ss, 'SS')");
filter_is("NOT ss @> '{a,b}'",
	"NOT (contains(ss, 'a') AND contains(ss, 'b')) AND "
	  . "attribute_type(ss, 'SS')");
filter_is("l && '{a,b}'",
	"(contains(l, 'a') OR contains(l, 'b')) AND attribute_type(l, 'L')");
filter_is("ss = '{a,b}'", 'ss = SS:a,b');
filter_is("ss = '{b,a}'", undef);
filter_is("l = '{b,a,NULL}'", "l = ['b','a',null]");

# Members of documents: a value of each type that reads like this
filter_is("j ->> 'k' = '12'", "j.k = '12' OR j.k = 12");
filter_is("j ->> 'k' = '1.50'", "j.k = '1.50'");
filter_is("j ->> 'k' = 'true'",
	"j.k = 'true' OR j.k = B:true OR j.k = true");
filter_is("j ->> 'k' <> 'a'",
	"NOT j.k = 'a' AND attribute_exists(j.k) AND "
	  . "NOT attribute_type(j.k, 'NULL')");
filter_is("j ->> 'k' = '[1]'", '');
filter_is("j -> 'k' = '12.0'", 'j.k = 12');
filter_is("j -> 'k' = '\"a\"'", "j.k = 'a'");
filter_is("j -> 'k' = 'null'", "attribute_type(j.k, 'NULL')");
filter_is("j -> 'k' IS NULL", 'attribute_not_exists(j.k)');
filter_is("j ->> 'k' IS NULL",
	"attribute_not_exists(j.k) OR attribute_type(j.k, 'NULL')");
filter_is("j -> 'a' ->> 'b' LIKE 'x%'",
	"begins_with(j.a.b, 'x') OR (attribute_exists(j.a.b) AND "
	  . "NOT attribute_type(j.a.b, 'NULL') AND NOT attribute_type(j.a.b, 'S'))"
);
filter_is("j @> '{\"a\": {\"b\": 1}, \"c\": \"x\"}'",
	"j.a.b = 1 AND j.c = 'x'");
filter_is("NOT j @> '{\"a\": 1}'",
	"NOT j.a = 1 AND attribute_exists(j) AND NOT attribute_type(j, 'NULL')");
filter_is("NOT j @> '{\"a\": [1]}'",
	"attribute_exists(j) AND NOT attribute_type(j, 'NULL')");
filter_is("j #>> '{0,b}' = 'x'", '');
filter_is("j ->> 'k' IS NULL", '', 'loose');

# What can't be said stays here, and takes nothing with it under NOT or OR
filter_is('n = 1 AND length(t) = 1', 'n = 1');
filter_is('n = 1 OR length(t) = 1', '');
filter_is('NOT (n = 1 AND length(t) = 1)', '');
filter_is('(n = 1 AND length(t) = 1) IS NOT TRUE', '');
filter_is(q{t COLLATE "en-x-icu" < 'b'}, '');
filter_is(q{t COLLATE "en-x-icu" = 'b'}, "t = 'b'");
filter_is('b < true', '');

# A Query's own key isn't part of its filter, GetItem has none
$body = filter_is("p = 'x' AND s <> 3 AND n = 1", 'n = 1');
is(words($body, 'KeyConditionExpression'), "p = 'x'", 'beside a key');
$body = filter_is("p > 'x' AND n = 1", "p > 'x' AND n = 1");
filter_is("p = 'x' AND s = 3 AND n = 1", '');

# Only what is wanted is asked for: of exact clauses nothing, and if nothing
# is left, the count
$body = request_of("SELECT t FROM strict WHERE p = 'x' AND n = 1");
is(words($body, 'ProjectionExpression'),
	't', 'attributes of exact clauses are not fetched');
$body = request_of(
	"SELECT t FROM strict WHERE p = 'x' AND n = ANY (ARRAY(SELECT generate_series(1, 2000)))");
is(words($body, 'ProjectionExpression'),
	'p,t,n', 'but those of all clauses are where one could not be sent');
for my $condition ("p = 'x' AND t = 'a'", "p = 'x' AND s > 3", 't IS NULL')
{
	$body = request_of("SELECT count(*) FROM strict WHERE $condition");
	is($body->{Select}, 'COUNT', "count(*) WHERE $condition: Select is COUNT");
	ok(!exists $body->{ProjectionExpression}, 'without a projection');
}
for my $condition ("t LIKE 'a_b'", "p = 'x' AND s > 3 AND s < 9",
	"p = 'x' AND s = 3")
{
	$body = request_of("SELECT count(*) FROM strict WHERE $condition");
	ok(!exists $body->{Select},
		"count(*) WHERE $condition: items are looked at");
}


# Where core checks a row again, after waiting for a lock, it is by the
# clauses that the request said: key and filter.
sql("SELECT dynamodb_call('direct', 'PutItem', jsonb_build_object(
       'TableName', '$dynamodb_table', 'Item', jsonb_build_object(
         'p', jsonb_build_object('S', p), 's', jsonb_build_object('N', '1'),
         'n', jsonb_build_object('N', '5'))))
       FROM unnest('{x,y}'::text[]) AS p",
	'CREATE TABLE bounds (p text COLLATE "C", low numeric)',
	"INSERT INTO bounds VALUES ('x', 0), ('y', 0)");
my $join = 'SELECT b.p, f.n FROM bounds b JOIN strict f ON f.p = b.p AND
            f.n > b.low AND f.n IS NOT NULL ORDER BY 1 FOR UPDATE OF b';
my $plan = sql("EXPLAIN (COSTS OFF) $join");
like($plan, qr/Remote Filter: .*"n" > b.low/, 'a filter by a join');
unlike($plan, qr/ Filter: \(/, 'and no other');
for my $change ('low = 100', "p = 'z'")
{
	my $first = $node->background_psql('postgres', on_error_stop => 0);
	my $second = $node->background_psql('postgres', on_error_stop => 0);

	$first->query('BEGIN');
	$first->query("UPDATE bounds SET $change WHERE p = 'x'");
	$second->query_until(qr/waiting/, "\\echo waiting\n$join;\n");
	$node->poll_query_until('postgres',
		"SELECT count(*) > 0 FROM pg_stat_activity
          WHERE wait_event_type = 'Lock'") or die 'nobody waits';
	$first->query("COMMIT");
	is($second->query('\\echo done'),
		"y|5\ndone", "a row that $change removes while it is waited for");
	$first->query("UPDATE bounds SET p = 'x', low = 0 WHERE p <> 'y'");
	$first->quit;
	$second->quit;
}

sql("SELECT dynamodb_call('direct', 'DeleteTable',
       jsonb_build_object('TableName', '$dynamodb_table'))");
done_testing();
