# struck.pl
#	Whether the rules of the service's main door have really struck, and how
#	often: a run in which nothing happened would prove nothing.
#
#	DDB_SERVICE=url perl -I test/t test/service/struck.pl
use strict;
use warnings;
use DdbBench;

my $door = DdbBench->main;
my $rules = $door->control('GET', 'rules');
my $struck = $door->control('GET', 'struck');
my $never = 0;

printf "%d requests, %d of them served by the replica\n",
  $struck->{requests}, $struck->{replica};
foreach my $rule (sort keys %$rules)
{
	# those that strike now and then
	next unless ref($rules->{$rule}) eq 'HASH' && $rules->{$rule}{rate};

	my $operations = $rules->{$rule}{operations};
	my $times = $struck->{rules}{$rule} || 0;

	if ($operations && !grep { $struck->{operations}{$_} } @$operations)
	{
		print "$rule: nobody asked for @$operations\n";
		next;
	}
	printf "%-14s struck %d times\n", $rule, $times;
	$never++ if $times == 0;
}
exit($never || !$struck->{replica} ? 1 : 0);
