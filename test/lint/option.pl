# option.pl
#	README's list of options says what the table in the source says.
use strict;
use warnings;
use Lint;
use OptionTable;
use Test::More;

# The table in the source.
my (%option, %synonyms);
my @rows = eval { option_rows() };

nothing_wrong('the option table can be read', $@ || ());
foreach my $row (@rows)
{
	if ($row->{synonym_of}) { push @{ $synonyms{ $row->{synonym_of} } }, $row->{name} }
	else { $option{ $row->{name} } = $row }
}

# README's, the table whose head is this.
my (%documented, @wrong);
my ($list) = (-f 'README.md' ? slurp('README.md') : '') =~
  /^\| *option *\| *on *\| *default *\| *meaning *\|\n\|[-| ]+\|\n((?:\|.*\n)+)/m;

ok($list, 'README.md has a table of option, on, default and meaning');
foreach my $line (split /\n/, $list // '')
{
	my ($names, $places, $defaults, $meaning) =
	  map { s/^\s+|\s+$//gr } split /(?<!\\)\|/, substr($line, 1);
	my @names = map { s/[`\s]//gr } split /,/, $names;
	my @defaults = map { s/^\s+|\s+$|`//gr } split /,/, $defaults;

	# One default for all, or one each; words may contain commas.
	@defaults = ($defaults =~ s/`//gr) x @names if @defaults != @names;
	foreach my $name (@names)
	{
		push @wrong, "$name is listed twice" if $documented{$name};
		$documented{$name} = {
			places => join(', ', map { s/\s//gr } split /,/, $places),
			default => shift @defaults,
			meaning => $meaning };
	}
}

foreach my $name (sort keys %option)
{
	my $row = $option{$name};
	my $doc = delete $documented{$name};
	my $places = join ', ', @{ $row->{places} };
	my $later = $row->{flags} =~ /\bNOT_YET\b/;

	if (!$doc)
	{
		push @wrong, "$name is missing";
		next;
	}
	push @wrong, "$name: on \"$doc->{places}\", should be \"$places\""
	  if $doc->{places} ne $places;
	push @wrong, "$name: default \"$doc->{default}\", should be \"$row->{default_value}\""
	  if defined $row->{default_value} && $doc->{default} ne $row->{default_value};

	# Where the source has no value there are only words for it, never one
	# that could be written as the option's value.
	push @wrong, "$name: default \"$doc->{default}\", but there is none"
	  if !defined $row->{default_value}
	  && $doc->{default} =~ /^(?:[-\d.]+|true|false|on|off|auto)$/;
	push @wrong, "$name: its synonym $_ isn't mentioned"
	  foreach grep { $doc->{meaning} !~ /`$_`/ } @{ $synonyms{$name} // [] };
	push @wrong, $later ? "$name: README doesn't say \"not yet supported\""
	  : "$name: README says \"not yet supported\""
	  if $later != ($doc->{meaning} =~ /not yet supported/i);
}
push @wrong, "$_ is no option" foreach sort keys %documented;
nothing_wrong("README.md's options, places and defaults are the source's", @wrong);

1;
