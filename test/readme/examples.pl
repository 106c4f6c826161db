# examples.pl README PSQL ENDPOINT
#	Runs every SQL example of the README, in its order and in one session,
#	and reports in TAP.
#
# An example is a block fenced as ```sql.  It must run without an error; if
# the next block is fenced as ```text, that is what it must print (compared
# without a table's frame, and without the lines in which PostgreSQL's
# versions differ).  An example with an error on purpose is fenced as
# ```sql error, and the ```text after it is the error.
#
# The database is a new one, the DynamoDB tables those of the demo; what is
# fenced as ```sql demo runs in the demo's own database.  The one thing that
# isn't run as it stands: a server that is given by its region gets the
# endpoint as well.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use Plan;

my ($readme, $psql, $endpoint) = @ARGV;

my @blocks;    # { line, kind, text, expected }
open(my $in, '<', $readme) or die "could not read $readme: $!\n";
my $block;
while (my $line = <$in>)
{
	if ($block)
	{
		if ($line =~ /^```\s*$/)
		{
			if ($block->{kind} eq 'text' && @blocks && $blocks[-1]{open})
			{
				$blocks[-1]{expected} = $block->{text};
			}
			$_->{open} = 0 foreach @blocks;
			push @blocks, $block if $block->{kind} =~ /^sql/;
			$block->{open} = 1;
			undef $block;
			next;
		}
		$block->{text} .= $line;
	}
	elsif ($line =~ /^```(.*?)\s*$/)
	{
		$block = { line => $., kind => $1, text => '' };
	}
}
close($in);
die "$readme has no SQL examples\n" unless @blocks;

my $script = '';
foreach my $number (0 .. $#blocks)
{
	my ($kind, $text) = @{ $blocks[$number] }{qw(kind text)};
	$text =~ s/\(region '([^']+)'\)/(region '$1', endpoint '$endpoint')/g;
	$text = "\\connect shop\n$text\n\\connect readme\n"
	  if $kind eq 'sql demo';
	$script .= "\\set ON_ERROR_STOP " . ($kind eq 'sql error' ? 'off' : 'on');
	$script .= "\n$text\n\\warn <<end of $number>>\n";
}

# Through standard input, so that an error has no file name before it.
my $file = "readme-examples.$$.sql";
open(my $out, '>', $file) or die "could not write $file: $!\n";
print $out $script;
close($out);
system("$psql -X -q -d postgres -c 'CREATE DATABASE readme'") == 0
  or die "could not create the database\n";
my $output = `$psql -X -q -d readme < $file 2>&1`;
unlink $file;

sub normal
{
	my ($text) = @_;

	return join "\n", grep { $_ ne '' }
	  map { s/^\s+|\s+$//gr } split /\n/, common_words($text);
}

print '1..' . @blocks . "\n";
my $rest = $output;
foreach my $number (0 .. $#blocks)
{
	my $example = $blocks[$number];
	my $name = "example at line $example->{line}";
	my $ran = $rest =~ s/\A(.*?)<<end of $number>>\n//s;
	my $printed = $ran ? $1 : $rest;
	my $ok = $ran;

	if ($ran && defined $example->{expected})
	{
		$ok = normal($printed) eq normal($example->{expected});
	}
	elsif ($ran && $example->{kind} eq 'sql error')
	{
		$ok = $printed =~ /^ERROR:/m;
	}
	print $ok ? 'ok ' : 'not ok ', $number + 1, " - $name\n";
	if (!$ok)
	{
		print map { "# $_\n" } split /\n/, "printed:\n$printed";
		print "# expected:\n", map { "# $_\n" } split /\n/, $example->{expected}
		  if defined $example->{expected};
		$rest = '' unless $ran;
	}
}
