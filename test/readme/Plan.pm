# Plan.pm
#	Plans in words that all versions of PostgreSQL have in common, for what is
#	printed for people to read: sql/include/explain.sql would stand between.
package Plan;
use strict;
use warnings;
use Exporter 'import';

our @EXPORT = qw(common_words);

# What psql printed, without frames and without what versions and machines
# differ in.
sub common_words
{
	my ($text) = @_;

	# 18 counts rows to two decimals
	$text =~ s/rows=(\d+\.\d+) /sprintf('rows=%.0f ', $1)/ge;
	# 15 has the two sides of a join clause in another order
	$text =~ s/(Filter: ).*[^)]\.[a-z].*/$1.../g;
	$text =~ s/(Memory.*: )\d+kB/$1NkB/g;
	# 18 counts buffers, and says what was to be avoided
	return join '', map { "$_\n" } grep {
		!/^ *(QUERY PLAN|[-+]+|\(\d+ rows?\)) *$/
		  && !/^ *(Planning:|Buffers: .*|Disabled: true)$/
	} split /\n/, $text;
}

1;
