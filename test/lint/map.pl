# map.pl
#	src/README.md, the map, shows every file and nothing else.
use strict;
use warnings;
use Lint;

my (%mapped, @wrong);
my $folder = '';

foreach my $line (slurp('src/README.md') =~ /^\|(.*)\|$/mg)
{
	my ($place, $file) = map { s/^\s+|\s+$//gr } split /\|/, $line;

	next if $place eq 'folder' || $place =~ /^-+$/;
	$folder = $place if $place ne '';
	$mapped{"$folder$file"} = 1;
}
foreach my $file (map { s{^src/}{}r } sources(qr/\.[ch]$/))
{
	my $stem = $file =~ s/\.[ch]$//r;

	$mapped{$stem} = 2 if exists $mapped{$stem};
	$mapped{$file} = 2 if exists $mapped{$file};
	push @wrong, "$file is not in src/README.md"
	  unless exists $mapped{$stem} || exists $mapped{$file};
}
push @wrong, map { "$_ is in src/README.md only" }
  grep { $mapped{$_} == 1 } sort keys %mapped;
nothing_wrong('src/README.md shows every file', @wrong);

1;
