# header.pl
#	Headers: guards, and that each stands alone behind postgres.h.
use strict;
use warnings;
use Lint;
use Test::More;

my @headers = sources(qr/\.h$/);
my @unguarded;

foreach my $header (@headers)
{
	my ($name) = $header =~ m{([^/]+)\.h$};
	my $guard = 'DDB_' . uc($name) . '_H';

	push @unguarded, "$header: its guard should be $guard"
	  unless slurp($header) =~
	  m{^#ifndef $guard\n#define $guard\n.*^#endif\s+/\* $guard \*/\s*\z}ms;
}
nothing_wrong('headers have guards named after them', @unguarded);

my $pg_config = $ENV{PG_CONFIG} || 'pg_config';
my $cc = $ENV{CC} || 'cc';
my $include = `'$pg_config' --includedir-server 2>/dev/null`;
chomp $include;

SKIP:
{
	skip 'no PostgreSQL headers or no compiler', 1
	  unless -f "$include/postgres.h"
	  && system("$cc --version >/dev/null 2>&1") == 0;

	my @dependent;

	foreach my $header (map { s{^src/}{}r } @headers)
	{
		my $said =
		  `printf '#include "postgres.h"\\n#include "$header"\\n' |
			$cc -x c -fsyntax-only -Wall -Werror -D_GNU_SOURCE -I src -I '$include' - 2>&1`;

		push @dependent, "$header: " . ($said =~ /^(.*error.*)$/m)[0]
		  if $? != 0;
	}
	nothing_wrong('headers need nothing but postgres.h before them',
		@dependent);
}

1;
