# OptionTable.pm
#	The table of options, read from the source, for whatever must know all of
#	them: README's list, a dump of each.
package OptionTable;
use strict;
use warnings;
use Exporter 'import';
use Lint;

our @EXPORT = qw(option_rows);

my %place = (
	ON_SERVER => 'server',
	ON_MAPPING => 'mapping',
	ON_TABLE => 'table',
	ON_COLUMN => 'column');

# The words that an option takes, those that hints don't name among them.
sub words_of
{
	my ($array) = @_;

	foreach my $file (sources(qr/\.c$/))
	{
		return $1 =~ /\{"([^"]+)",/g
		  if slurp($file) =~
		  /\bconfig_enum_entry \Q$array\E\[\] = \{\n(.*?)^\};/ms;
	}
	die "option_table.c: no words $array\n";
}

# Each "{", "}," and ".member = value," on a line of its own.  Returns the
# rows in their order, from the tree's top: hashes of the members as they are
# written, but for places and words, which are lists, and for macros and
# quotes, which are resolved.  A synonym's members are the other row's.
# A line that isn't understood is an error, not passed over.
sub option_rows
{
	my ($table) = slurp('src/base/option_table.c') =~
	  /^const DdbOption ddb_option_table\[\] = \{\n(.*?)^\};/ms;
	my (@rows, %by_name);

	$table =~ s{^\t*/\*.*?\*/\n}{}msg;
	while ($table =~ /\G\s*\{\n(.*?)^\t\},?\n/gmsc)
	{
		my %row = (places => '', flags => '');

		foreach my $line (split /\n/, $1)
		{
			$line =~ /^\t\t\.(\w+)(?:\[\w+\])? = (.*),$/
			  or die "option_table.c: $line\n";
			$row{$1} = $2;
		}
		s/^"(.*)"$/$1/ foreach values %row;
		if (($row{default_value} // '') =~ /^CppAsString2\((\w+)\)$/)
		{
			my $macro = $1;

			($row{default_value}) =
			  map { slurp($_) =~ /^#define $macro (\S+)$/m }
			  sources(qr/\.h$/);
		}
		$row{places} =
		  [ map { $place{$_} // die "option_table.c: $_\n" }
			  split / \| /, $row{places} ];
		$row{words} = [ words_of($row{words}) ] if $row{words};
		$by_name{ $row{name} } = \%row;
		push @rows, \%row;
	}
	die 'option_table.c: ' . substr($table, pos($table) // 0)
	  if substr($table, pos($table) // 0) =~ /\S/;
	pos($table) = 0;
	die "option_table.c: not as many rows as names\n"
	  unless @rows == (() = $table =~ /\.name = /g);

	return map {
		$_->{synonym_of}
		  ? { %{ $by_name{ $_->{synonym_of} } }, %$_{qw(name synonym_of)} }
		  : $_
	} @rows;
}

1;
