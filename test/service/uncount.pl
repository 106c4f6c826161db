# uncount.pl
#	Takes out of a regression test's output what depends on how many requests
#	an answer took: with short pages and repeated requests it takes more.
#
#	perl test/service/uncount.pl [--no-plans] <results/x.out
#
# In plans: the lines with counts, and with them the table's width and number
# of lines; in expanded rows: the lines "requests" and "few_items".
# Elsewhere: the units in the scan guard's messages, and the words of the
# service's own messages, which vary by region anyway.  With --no-plans whole
# plans, too: the planner goes by a server's page_size and concurrency.
use strict;
use warnings;

my $count = qr/^[ "]*(?:Requests|Batches|Items\ (?:Scanned|Returned)
	|Consumed\ [A-Za-z ]*Units|Retries|Throttled)"?:.*\n/mx;
my $no_plans = @ARGV && $ARGV[0] eq '--no-plans';

# A table of one column.
sub uncounted
{
	my ($table) = @_;

	return "(plan)\n" if $no_plans && $table =~ /DynamoDB[ -]Operation/;
	return $table unless $table =~ s/$count//g;
	$table =~ s/^ +(?=\S+(?: PLAN)? *\n-)//;
	$table =~ s/ *\n-+\n/\n/;
	$table =~ s/\(\d+ rows?\)\n\z/(rows)\n/;

	# a plan that is one value of many lines, as JSON is
	$table =~ s/,? *\+$/ +/mg;
	return $table;
}

my $output = do { local $/; <STDIN> };

$output =~
  s/^(.*\n-+\n(?:(?!\(\d+ rows?\)\n).*\n)+\(\d+ rows?\)\n)/uncounted($1)/gem;
$output =~ s/^(?:requests|few_items) +\| .*\n//gm;
if ($no_plans)
{
	# not aligned: a line, and those below it
	$output =~
	  s/^\S.*\n(?=(?: {2,}.*\n)* +DynamoDB Operation)(?: {2,}.*\n)+/(plan)\n/gm;
	# in expanded form, a record for each line
	$output =~ s/^-\[ RECORD \d+ \]-*\nQUERY PLAN \| .*\n//gm;
}
$output =~ s/has taken \K[0-9.,]+(?= read units)/N/g;
$output =~ s/DynamoDB returned \w+\K: .*//g;
print $output;
