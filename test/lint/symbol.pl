# symbol.pl
#	What the library exports: modules share one name space in the server.
use strict;
use warnings;
use Lint;
use Test::More;

my $library = $ENV{DDB_LIBRARY} || 'dynamodb_fdw.so';

SKIP:
{
	skip "no $library", 2 unless -f $library;

	my %exported = map { /^\S*\s+[A-TV-Z]\s+(\S+)/i ? ($1 => 1) : () }
	  `nm -D --defined-only '$library'`;

	nothing_wrong(
		'nothing is exported but ddb_*, dynamodb_* and what fmgr wants',
		grep {
			!/^(ddb_|dynamodb(_|[A-Z])|pg_finfo_dynamodb_|_PG_init$|Pg_magic_func$)/
			  && !/^(_init|_fini|__bss_start|_edata|_end)$/
		} sort keys %exported);

	# A function of an SQL version that was ever out there must resolve, ours
	# and those of the scripts that take other versions over.
	my %wanted = map { $_ => 'SQL version 1.1' }
	  qw(dynamodb_fdw_handler dynamodb_fdw_validator dynamodb_fdw_version);

	foreach my $script (glob 'sql/dynamodb_fdw--*.sql')
	{
		$wanted{$_} = $script
		  foreach slurp($script) =~ /'MODULE_PATHNAME',\s*'(\w+)'/g;
	}
	nothing_wrong(
		'every C function of the install scripts is there',
		map { "$_ of $wanted{$_}" }
		  grep { !$exported{$_} || !$exported{"pg_finfo_$_"} }
		  sort keys %wanted);
}

1;
