# What CREATE accepts, a dump restores: servers, user mappings, tables and
# columns with every option of the source's table and every kind of value that
# it takes.  By pg_dump as a script and as an archive, and by pg_upgrade; no
# service is there to be asked.
use strict;
use warnings;
use DdbTest;
use FindBin;
use lib "$FindBin::RealBin/../lint";
use OptionTable;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# Values of strings, by what checks them; what quoting could break is among
# them.
my $odd = q{it's "one", \two\ $3 = %s; zwölf};
my %strings = (
	attribute_name => [ '*', 'createdAt', $odd, 'x' x 300 ],
	endpoint => [
		'http://127.0.0.1:1', 'HTTP://[::1]:8000/',
		'https://dynamodb.eu-west-1.amazonaws.com'
	],
	file_name => [ '/etc/ssl/certs/ca.pem', "/$odd" ],
	index_list => [ '*', 'GSI1', 'by-date, "GSI2"' ],
	index_preferences => [ 'GSI1', '!GSI1, by_date' ],
	indexes => [
		'{}',
		'{"GlobalSecondaryIndexes": [{"IndexName": "it\'s", "KeySchema":'
		  . ' [{"AttributeName": "\u00fc", "KeyType": "HASH"}]}]}'
	],
	key_attribute => [ 'PK', $odd ],
	not_empty => [ 'a.b[0]', "$odd\n\t" ],
	printable => [q{a/b+c=\'"}],
	region => [ 'eu-west-1', 'local' ],
	table_name =>
	  [ 'MyTable', 'arn:aws:dynamodb:eu-west-1:123456789012:table/My.Table' ]
);
my %number = (INT_MAX => 2147483647, DBL_MAX => '1e308');

# The values of an option to try.
sub values_of
{
	my ($option) = @_;
	my $type = $option->{type};
	my @words = @{ $option->{words} // [] };

	return qw(true false ON off yes 0) if $type eq 'OPTION_BOOL';
	return (@words, uc $words[0]) if $type =~ /^OPTION_(ENUM|WORD)$/;
	return (@words, map { $number{$_} // $_ } @$option{ 'min', 'max' })
	  if $type =~ /^OPTION_(INT|REAL)$/;

	# Who adds a check adds values for it.
	my ($check) = $option->{check} =~ /^ddb_option_check_(\w+)$/;
	return @{ $strings{$check} // die "no values for $check" };
}

# Of an option whose feature is still to come, only what can't mislead is
# accepted: its default, and words where numbers go.
sub is_accepted
{
	my ($option, $value) = @_;

	return 1 unless $option->{flags} =~ /\bNOT_YET\b/;
	return 1 if $value eq ($option->{default_value} // '');
	return $option->{type} =~ /^OPTION_(INT|REAL)$/
	  && grep { $value eq $_ } @{ $option->{words} // [] };
}

# Where an option stands is one object each time, so that no two are in each
# other's way.
my %create = (
	server => 'CREATE SERVER %1$s FOREIGN DATA WRAPPER dynamodb_fdw %2$s;',
	mapping => 'CREATE SERVER %1$s FOREIGN DATA WRAPPER dynamodb_fdw;
CREATE USER MAPPING FOR CURRENT_USER SERVER %1$s %2$s;',
	table => 'CREATE FOREIGN TABLE %1$s (c text) SERVER shop %2$s;',
	column => 'CREATE FOREIGN TABLE %1$s (c text %2$s) SERVER shop;');

sub quote
{
	my ($text) = @_;

	$text =~ s/(['\\])/$1$1/g;
	return " E'$text'";
}

# All that the catalogs say of what depends on the extension.  pg_dump puts
# options in the order of their names.
my $catalog = <<'EOS';
SELECT line FROM (
SELECT concat_ws(' ', 'server', srvname, srvtype, srvversion, srvacl,
    ARRAY(SELECT unnest(srvoptions) ORDER BY 1))
  FROM pg_foreign_server
UNION ALL
SELECT concat_ws(' ', 'mapping', srvname, usename,
    ARRAY(SELECT unnest(umoptions) ORDER BY 1))
  FROM pg_user_mappings
UNION ALL
SELECT concat_ws(' ', 'table', c.oid::regclass, srvname, relacl,
    ARRAY(SELECT unnest(ftoptions) ORDER BY 1),
    obj_description(c.oid, 'pg_class'))
  FROM pg_foreign_table JOIN pg_class c ON c.oid = ftrelid
    JOIN pg_foreign_server s ON s.oid = ftserver
UNION ALL
SELECT concat_ws(' ', 'column', attrelid::regclass,
    row_number() OVER (PARTITION BY attrelid ORDER BY attnum), attname,
    format_type(atttypid, atttypmod), attcollation::regcollation, attnotnull,
    ARRAY(SELECT unnest(attfdwoptions) ORDER BY 1),
    pg_get_expr(adbin, adrelid))
  FROM pg_attribute
    JOIN pg_foreign_table ON ftrelid = attrelid
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
  WHERE attnum > 0 AND NOT attisdropped
UNION ALL
SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname,
    pg_get_constraintdef(c.oid))
  FROM pg_constraint c JOIN pg_foreign_table ON ftrelid = conrelid
UNION ALL
SELECT concat_ws(' ', 'function', p.oid::regprocedure, proacl)
  FROM pg_proc p WHERE p.oid::regprocedure::text LIKE 'shop.dynamodb%'
UNION ALL
SELECT concat_ws(' ', 'extension', extname, extversion,
    extnamespace::regnamespace) FROM pg_extension
) AS lines (line) ORDER BY line COLLATE "C"
EOS

my $node = new_node('dump');

$node->safe_psql('postgres', <<'EOS');
CREATE ROLE "o'Neil";
CREATE SCHEMA shop;
ALTER EXTENSION dynamodb_fdw SET SCHEMA shop;
GRANT EXECUTE ON FUNCTION shop.dynamodb_call TO "o'Neil";
CREATE SERVER shop TYPE 'test' VERSION '1' FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (region 'eu-west-1', endpoint 'http://127.0.0.1:1');
GRANT USAGE ON FOREIGN SERVER shop TO "o'Neil";
CREATE USER MAPPING FOR PUBLIC SERVER shop
  OPTIONS ("user" 'EXAMPLE', password 'EXAMPLE');
CREATE USER MAPPING FOR "o'Neil" SERVER shop
  OPTIONS (aws_access_key_id 'EXAMPLE', aws_secret_access_key 'EXAMPLE');
CREATE FOREIGN TABLE "Order's lines" (
  pk text OPTIONS (attribute_name 'PK') COLLATE "C" NOT NULL,
  sk numeric(20,0) OPTIONS (attribute_name 'SK') NOT NULL,
  gone text,
  city varchar(20) OPTIONS (attribute_path 'address."the city"'),
  at timestamptz(3) OPTIONS (format 'iso8601_ms') DEFAULT now(),
  tags text[] OPTIONS (attribute_type 'SS', on_type_mismatch 'null'),
  rest jsonb OPTIONS (attribute_name '*'),
  CONSTRAINT "no 0" CHECK (sk > 0)
) SERVER shop OPTIONS (table_name 'MyTable', partition_key 'PK',
  sort_key 'SK', indexes '{"GlobalSecondaryIndexes": []}');
ALTER FOREIGN TABLE "Order's lines" DROP COLUMN gone;
COMMENT ON FOREIGN TABLE "Order's lines" IS 'it''s one of many';
GRANT SELECT ON "Order's lines" TO "o'Neil";
CREATE VIEW cities AS SELECT DISTINCT city FROM "Order's lines";
CREATE TABLE lines (pk text COLLATE "C", sk numeric(20,0))
  PARTITION BY LIST (pk);
CREATE FOREIGN TABLE remote PARTITION OF lines FOR VALUES IN ('a')
  SERVER shop OPTIONS (table_name 'Lines');
EOS

# Every option, every kind of value: what is refused must be so by a feature
# that is missing, what isn't must be said by the catalogs as it was put.
chdir "$FindBin::RealBin/../.." or die "no way to the tree's top: $!";
my (@sql, @expected);
foreach my $option (option_rows())
{
	my $name = $option->{name};
	my (@refused, $clause);

	foreach my $value (values_of($option))
	{
		foreach my $place (@{ $option->{places} })
		{
			my $object = 'o' . @expected;

			$clause = qq{OPTIONS ("$name"} . quote($value) . ')';
			my $sql = sprintf $create{$place}, $object, $clause;
			if (is_accepted($option, $value))
			{
				push @sql, $sql;
				push @expected, "$object $name=$value";
			}
			else { push @refused, $sql }
		}
	}
	error_is(
		$node, "$name: for a later release",
		"BEGIN; $refused[0] ROLLBACK;",
		state => '0A000') if @refused;
}
$node->safe_psql('postgres', join "\n", @sql);
is( $node->safe_psql('postgres', <<'EOS'),
WITH said AS (
  SELECT srvname::text AS object, srvoptions AS options
    FROM pg_foreign_server
  UNION ALL
  SELECT srvname, umoptions FROM pg_user_mappings
  UNION ALL
  SELECT ftrelid::regclass::text, ftoptions FROM pg_foreign_table
  UNION ALL
  SELECT attrelid::regclass::text, attfdwoptions FROM pg_attribute
)
SELECT object || ' ' || option
  FROM said, unnest(options) option WHERE object ~ '^o\d+$'
  ORDER BY substr(object, 2)::integer
EOS
	join("\n", @expected),
	scalar(@expected) . ' options of ' . scalar(@sql) . ' objects are set');

my %original = map { $_ => 1 } split /\n/, $node->safe_psql('postgres', $catalog);

sub is_restored
{
	my ($node, $database, $name) = @_;
	my %restored = map { $_ => 1 } split /\n/,
	  $node->safe_psql($database, $catalog);
	my @lost = map { "- $_" } grep { !$restored{$_} } sort keys %original;
	my @new = map { "+ $_" } grep { !$original{$_} } sort keys %restored;

	is(join("\n", @lost, @new), '', $name);
}

my $dump = "$PostgreSQL::Test::Utils::tmp_check/dump";

$node->safe_psql('postgres', "CREATE DATABASE $_") foreach qw(script archive);
$node->command_ok([ 'pg_dump', '--no-sync', "--file=$dump.sql", 'postgres' ],
	'pg_dump writes a script');
$node->command_ok(
	[
		'psql', '--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1',
		"--file=$dump.sql", 'script'
	],
	'psql restores it');
is_restored($node, 'script', '... to the same');
$node->command_ok(
	[
		'pg_dump', '--no-sync', '--format=custom', "--file=$dump.archive",
		'postgres'
	],
	'pg_dump writes an archive');
$node->command_ok(
	[ 'pg_restore', '--exit-on-error', '--dbname=archive', "$dump.archive" ],
	'pg_restore restores it');
is_restored($node, 'archive', '... to the same');

# The server's next major version would come by the same way.
my $upgraded = PostgreSQL::Test::Cluster->new('upgraded');
my $bindir = $node->config_data('--bindir');

# pg_upgrade loads what functions name.  PostgreSQL 18 finds a library that is
# staged and not installed by its bare name only.
if ($node->psql('postgres', q{LOAD '$libdir/dynamodb_fdw'}) != 0)
{
	$node->safe_psql($_, <<'EOS') foreach qw(postgres script archive);
UPDATE pg_proc SET probin = 'dynamodb_fdw'
  WHERE probin = '$libdir/dynamodb_fdw'
EOS
}
$upgraded->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->stop;
command_ok(
	[
		'pg_upgrade', '--no-sync',
		'--old-datadir' => $node->data_dir,
		'--new-datadir' => $upgraded->data_dir,
		'--old-bindir' => $bindir,
		'--new-bindir' => $bindir,
		'--old-port' => $node->port,
		'--new-port' => $upgraded->port,
		'--socketdir' => $node->host
	],
	'pg_upgrade');
$upgraded->start;
is_restored($upgraded, $_, "$_ after it") foreach qw(postgres archive);
$upgraded->stop;

done_testing();
