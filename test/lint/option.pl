# option.pl
#	README's list of options says what the table in the source says.
use strict;
use warnings;
use Lint;
use Test::More;

my %place = (
	ON_SERVER => 'server',
	ON_MAPPING => 'mapping',
	ON_TABLE => 'table',
	ON_COLUMN => 'column');

# The table in the source: each "{", "}," and ".member = value," on a line of
# its own.  A line that isn't understood is a complaint, not passed over.
my (%option, %synonyms, @unread);
my $source = slurp('src/base/option_table.c');
my ($rows) = $source =~ /^const DdbOption ddb_option_table\[\] = \{\n(.*?)^\};/ms;

$rows =~ s{^\t*/\*.*?\*/\n}{}msg;
while ($rows =~ /\G\s*\{\n(.*?)^\t\},?\n/gmsc)
{
	my %row;

	foreach my $line (split /\n/, $1)
	{
		if ($line =~ /^\t\t\.(\w+)(?:\[\w+\])? = (.*),$/) { $row{$1} = $2 }
		else { push @unread, $line }
	}
	s/^"(.*)"$/$1/ foreach values %row;
	if (($row{default_value} // '') =~ /^CppAsString2\((\w+)\)$/)
	{
		my $macro = $1;

		($row{default_value}) =
		  map { slurp($_) =~ /^#define $macro (\S+)$/m } sources(qr/\.h$/);
	}

	if ($row{synonym_of}) { push @{ $synonyms{ $row{synonym_of} } }, $row{name} }
	else { $option{ $row{name} } = \%row }
}
push @unread, substr($rows, pos($rows) // 0) if substr($rows, pos($rows) // 0) =~ /\S/;
pos($rows) = 0;
my @known = (keys %option, map { @$_ } values %synonyms);
push @unread, 'not as many rows as names'
  unless @known == (() = $rows =~ /\.name = /g);
nothing_wrong('the option table can be read', @unread);

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
	my $places = join ', ', map { $place{$_} // "?$_" } split / \| /, $row->{places};
	my $later = ($row->{flags} // '') =~ /\bNOT_YET\b/;

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
