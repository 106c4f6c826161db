# version.pl
#	One release, one version of the SQL objects, said in several places.
use strict;
use warnings;
use JSON::PP;
use Lint;
use Test::More;

my $header = slurp('src/base/version.h');
my ($release) = $header =~ /^#define DDB_VERSION "(.*)"$/m;
my ($sql) = $header =~ /^#define DDB_SQL_VERSION "(.*)"$/m;

like($release, qr/^\d+\.\d+\.\d+$/, 'version.h names a release');
is($sql, ($release =~ /^(\d+\.\d+)/)[0],
	'the SQL version is the release without its last part')
  if $release =~ /\.0$/;

my $meta = decode_json(slurp('META.json'));
my $provided = $meta->{provides}{dynamodb_fdw};
is($meta->{version}, $release, 'META.json: version');
is($provided->{version}, $release, 'META.json: version provided');
is($provided->{file}, "sql/dynamodb_fdw--$sql.sql", 'META.json: file');

my ($default) = slurp('dynamodb_fdw.control') =~ /^default_version = '(.*)'$/m;
is($default, $sql, 'the control file');

my ($newest) = slurp('CHANGELOG.md') =~ /^## \[(\S+)\]/m;
is($newest, $release, "CHANGELOG.md's newest entry");

my ($packaged) = slurp('debian/changelog') =~ /\Adynamodb-fdw \(([^-)]+)-\S+\) /;
is($packaged, $release, "debian/changelog's newest entry");

# The scripts that exist are those that are installed, and lead to this one.
my @scripts = map { m{([^/]+)$} } sort glob 'sql/dynamodb_fdw--*.sql';
my @installed = slurp('Makefile') =~ m{sql/(dynamodb_fdw--\S+\.sql)}g;
is_deeply([ sort @installed ], \@scripts, 'the Makefile installs all scripts');
nothing_wrong('the scripts lead to this SQL version',
	-f "sql/dynamodb_fdw--$sql.sql" ? () : "there is no dynamodb_fdw--$sql.sql",
	map { slurp("sql/$_") =~ m{\A/\* \Q$_\E \*/\n.*^\\echo Use .* \\quit$}ms
		? () : "$_ lacks its name or its guard" } @scripts);

# README claims to be tested what the check of all versions tests; what isn't
# from Debian was tested by hand.
my ($rows) = slurp('README.md') =~
  /^\| PostgreSQL \| Debian \|.*\n\|[-| ]+\|\n((?:\|.*\n)+)/m;
my ($checked) = slurp('test/setup/versions.bash') =~ /^all_versions=\((.*)\)$/m;
is( join(' ', map { /^\| (\d+)/ } grep { !/from source/ } split /^/, $rows // ''),
	$checked,
	"README.md's tested versions are those that are");

my %text = map { $_ => slurp($_) } sources(qr/\.[ch]$/);
my @users = grep { $text{$_} =~ /\bDDB_VERSION\b/ } keys %text;
my ($main) = grep { $_ eq 'src/dynamodb_fdw.c' } @users;
ok( $main
	  && $text{$main} =~ /^DDB_MODULE_MAGIC\("dynamodb_fdw", DDB_VERSION\);/m
	  && $text{'src/base/compat.h'} =~
	  /define DDB_MODULE_MAGIC\(module, release\).*\n\s*PG_MODULE_MAGIC_EXT\(.*\.version = release\)/,
	'PG_MODULE_MAGIC_EXT says the release');
ok( (grep { $text{$_} =~ /^dynamodb_fdw_version\(.*?^\}/ms
			&& $& =~ /\bDDB_VERSION\b/ } @users) == 1,
	'dynamodb_fdw_version() says the release');
nothing_wrong('nobody else spells a version out',
	grep { $_ ne 'src/base/version.h'
		  && $text{$_} =~ m{"[^"\n]*(?:dynamodb_fdw/\d|\Q$release\E)} }
	  sort keys %text);

1;
