# include.pl
#	Who may include what: the layers, and the doors to foreign libraries.
use strict;
use warnings;
use Lint;

# A folder may include from itself and from those before it.
my @layers = qw(base aws dynamodb mapping fdw);
my %rank = map { $layers[$_] => $_ } 0 .. $#layers;

# Nobody else may know these.
my @confined = (
	[ 'libcurl', qr/^\s*#\s*include\s*[<"]curl\//m, qr{^src/aws/http\.c$} ],
	[ 'OpenSSL', qr/^\s*#\s*include\s*[<"]openssl\//m, qr{^src/aws/sigv4\.c$} ],
	[ 'json-c', qr/^\s*#\s*include\s*[<"]json-c\//m, qr{^src/base/json\.c$} ],
	[ 'PG_VERSION_NUM', qr/\bPG_VERSION_NUM\b/, qr{^src/base/compat\.[ch]$} ]);

my (@upward, @unknown, @order);
my %leaks = map { $_->[0] => [] } @confined;

foreach my $file (sources(qr/\.[ch]$/))
{
	my $text = slurp($file);
	my ($folder) = $file =~ m{^src/([^/]+)/};
	my @includes = $text =~ /^\s*#\s*include\s*([<"][^>"]+[>"])/mg;

	# The table of contents may know everybody.
	my $own = defined $folder ? $rank{$folder} : scalar @layers;
	push @unknown, "$file is in no known folder" unless defined $own;

	foreach my $include (map { /^"(.*)"/ ? $1 : () } @includes)
	{
		next unless -f "src/$include";
		my ($target) = $include =~ m{^([^/]+)/};

		push @upward, "$file includes $include"
		  if !defined $target
		  || !defined $own
		  || $rank{$target} > $own;
	}

	if ($file =~ /\.c$/)
	{
		push @order, "$file does not begin with postgres.h"
		  unless @includes && $includes[0] =~ /^"postgres(_fe)?\.h"$/;
	}
	elsif (grep { /^"postgres(_fe)?\.h"$/ } @includes)
	{
		push @order, "$file, a header, includes postgres.h";
	}

	foreach my $rule (@confined)
	{
		my ($name, $pattern, $door) = @$rule;

		push @{ $leaks{$name} }, "$file knows of it"
		  if $file !~ $door && $text =~ $pattern;
	}
}

nothing_wrong('every source file is in a known folder', @unknown);
nothing_wrong('folders include only from those before them', @upward);
nothing_wrong('postgres.h comes first in .c files, and never in headers',
	@order);
nothing_wrong("$_->[0] has one door", @{ $leaks{ $_->[0] } })
  foreach @confined;

1;
