# Lint.pm
#	What the rules share: files, and a test that lists what is wrong.
package Lint;
use strict;
use warnings;
use Exporter 'import';
use File::Find;
use Test::More;

our @EXPORT = qw(slurp sources nothing_wrong);

# A file's content.
sub slurp
{
	my ($name) = @_;

	open my $file, '<', $name or die "$name: $!\n";
	local $/;
	my $content = <$file>;
	return $content;
}

# The names of all files below src that match, from the tree's top.
sub sources
{
	my ($pattern) = @_;
	my @found;

	find({ no_chdir => 1,
			wanted => sub { push @found, $_ if /$pattern/ && -f } }, 'src');
	return sort @found;
}

# One test: passes if the list of complaints is empty, else shows it.
sub nothing_wrong
{
	my ($rule, @complaints) = @_;

	# failures are the rules', not this line's
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	ok(!@complaints, $rule) or diag(map { "  $_\n" } @complaints);
	return;
}

1;
