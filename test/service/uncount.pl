# uncount.pl
#	Takes out of a regression test's output what depends on how many requests
#	an answer took: with short pages and repeated requests it takes more.
#
#	perl test/service/uncount.pl [--page-limit] <results/x.out
#
# In plans: the lines with counts (with --page-limit, also how many items a
# page has), and with them the table's width and number of lines; in expanded
# rows: the line "requests".  Elsewhere: the units in the scan guard's messages, and the words
# of the service's own messages, which vary by region anyway.
use strict;
use warnings;

my $count = qr/^[ "]*(?:Requests|Batches|Items\ (?:Scanned|Returned)
	|Consumed\ [A-Za-z ]*Units|Retries|Throttled)"?:.*\n/mx;
my $page_limit = @ARGV && shift(@ARGV) eq '--page-limit';
$count = qr/$count|^[ "<]*Page[ -]Limit"?[:>].*\n/m if $page_limit;

# A table of one column.
sub uncounted
{
	my ($table) = @_;

	return $table
	  unless $table =~ s/$count//g
	  || $page_limit && $table =~ /DynamoDB[ -]Operation/;
	$table                      =~ s/^ +(?=\S+(?: PLAN)? *\n-)//;
	$table                      =~ s/ *\n-+\n/\n/;
	$table                      =~ s/\(\d+ rows?\)\n\z/(rows)\n/;

	# a plan that is one value of many lines, as JSON is
	$table =~ s/,? *\+$/ +/mg;
	return $table;
}

local $/;
my $output = <STDIN>;

$output =~
  s/^(.*\n-+\n(?:(?!\(\d+ rows?\)\n).*\n)+\(\d+ rows?\)\n)/uncounted($1)/gem;
$output =~ s/^requests +\| .*\n//gm;
# the same in expanded form, a record for each line
$output =~ s/^-\[ RECORD \d+ \]-*\nQUERY PLAN \| *Page Limit: .*\n//mg
  if $page_limit;
$output =~ s/has taken \K[0-9.,]+(?= read units)/N/g;
$output =~ s/DynamoDB returned \w+\K: .*//g;
print $output;
