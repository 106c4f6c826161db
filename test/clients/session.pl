#!/usr/bin/perl
# session.pl CLIENT COMMAND...
#	One client's session, in TAP: three times over ordinary tables, foreign
#	tables, and views of these as a role without a user mapping.  The command
#	starts the client's driver, to which this script says what to do (Steps.pm)
#	in the words that driver.py describes.
#
# The rows must be those of the ordinary tables, as the same client shows
# them; the requests, those that the step allows, as the client's own door
# (DDB_DOOR) has seen them.
use strict;
use warnings;
use DdbBench;
use FindBin;
use IPC::Open2;
use Test::More;
use Time::HiRes qw(time);
use lib $FindBin::RealBin;
use Steps;

my ($client, @command) = @ARGV;
my $door = DdbBench->at($ENV{DDB_DOOR});
my $patience = 60;

my %escape = ("\\" => "\\\\", "\t" => "\\t", "\n" => "\\n", "\r" => "\\r");
my %unescape = (t => "\t", n => "\n", r => "\r");


# The driver

my $pid = open2(my $from, my $to, @command);
binmode($_, ':utf8') foreach $from, $to;
$to->autoflush(1);

sub hear
{
	local $SIG{ALRM} = sub { die "the driver is silent\n" };

	alarm $patience;
	my $line = <$from> // die "the driver is gone\n";
	alarm 0;
	chomp $line;
	return map {
		$_ eq '\N' ? undef : s/\\(.)/$unescape{$1} || $1/egr
	} split /\t/, $line, -1;
}

# Returns {rows}, {state, message} or {lacks}.
sub ask
{
	my ($verb, @fields) = @_;
	my (@words, @rows);

	push @words, shift(@fields) . '='
	  . shift(@fields) =~ s/([\\\t\n\r])/$escape{$1}/gr
	  while @fields;
	print $to join("\t", $verb, @words), "\n";
	while (1)
	{
		my ($kind, @values) = hear();

		if ($kind eq 'row') { push @rows, \@values }
		elsif ($kind eq 'done') { return { rows => \@rows } }
		elsif ($kind eq 'lacks') { return { lacks => $values[0] } }
		elsif ($kind eq 'error')
		{
			return { state => $values[0], message => $values[1] };
		}
		else { die "the driver says $kind\n" }
	}
}


# What is expected

# "Query GSI1 Limit 10"
sub shown
{
	my ($request) = @_;

	return join ' ', grep { defined } $request->{operation}, $request->{index},
	  $request->{Limit} ? "Limit $request->{Limit}" : undef;
}

sub as_expected
{
	my ($expected, @requests) = @_;

	return @requests <= $expected->{most} if ref($expected) eq 'HASH';
	return @requests == @$expected
	  && !grep { $requests[$_] !~ /^\Q$expected->[$_]\E\b/ } 0 .. $#requests;
}

sub line
{
	my ($row, $ignored) = @_;

	return join "\t", map { $row->[$_] // '\N' }
	  grep { !defined $ignored || $_ != $ignored } 0 .. $#$row;
}

# What is wrong with an answer, in words.
sub wrong
{
	my ($step, $answer, $ordinary) = @_;
	my ($ignored, $part) = @$step{qw(ignore part)};

	if ($step->{state})
	{
		return () if ($answer->{state} // '') eq $step->{state};
		return "no error $step->{state}, but "
		  . ($answer->{message} // scalar(@{ $answer->{rows} }) . ' rows');
	}
	return "error $answer->{state}: $answer->{message}" if $answer->{message};

	my @rows = map { line($_, $ignored) } @{ $answer->{rows} };
	my @right = map { line($_, $ignored) } @{ $ordinary->{rows} };

	if ($part)
	{
		my %right = map { $_ => 1 } @right;
		my @others = grep { !delete $right{$_} } @rows;

		return @rows . " rows instead of $part" if @rows != $part;
		return "not a row, or twice: $others[0]" if @others;
		return ();
	}
	return () if "@rows" eq "@right";
	return ("expected:", @right, "got:", @rows);
}


# The session

my %ordinary;

# In the ordinary tables: what the rows are.  Of a part, all of them.
sub look_up
{
	my ($n, $step) = @_;
	my ($verb, @fields) = @{ $step->{do} };

	return if $step->{state};
	@fields = (sql => {@fields}->{sql}), $verb = 'rows' if $step->{part};
	$ordinary{$n} = ask($verb, @fields);
	die "$step->{name}: $ordinary{$n}{message}\n" if $ordinary{$n}{message};
	die "$step->{name}: proves nothing without rows\n"
	  unless $ordinary{$n}{lacks}
	  || @{ $ordinary{$n}{rows} }
	  || (ref($step->{requests}) eq 'ARRAY' && !@{ $step->{requests} });
}

sub test
{
	my ($n, $step, $way, $name) = @_;
	my $begun = time();
	my $answer = ask(@{ $step->{do} });
	my $took = time() - $begun;

	if ($answer->{lacks})
	{
	  SKIP: { skip "$name: $answer->{lacks}", 1 }
		return;
	}

	my @requests = map { shown($_) } $door->log;
	my @wrong = wrong($step, $answer, $ordinary{$n});

	push @wrong, 'sent: ' . (join(', ', @requests) || 'nothing')
	  unless as_expected($step->{requests}, @requests);
	push @wrong, sprintf('took %.1f s', $took) if $step->{state} && $took > 20;
	ok(!@wrong, $name) or diag(join "\n", splice(@wrong, 0, 20));
}

my ($greeting, $version) = hear();
if ($greeting ne 'ready')
{
	plan(tests => 1);
  SKIP: { skip "$client: $version", 1 }
	exit;
}
foreach my $way ('ordinary', 'direct', 'view')
{
	my $answer = ask('connect',
		user => $way eq 'ordinary' ? $way : "${client}_$way");

	die "can't connect: $answer->{message}\n" if $answer->{message};
	foreach my $n (0 .. $#steps)
	{
		my $step = $steps[$n];

		next if ($step->{only} || $way) ne $way && $way ne 'ordinary';
		if ($way eq 'ordinary') { look_up($n, $step) }
		else { test($n, $step, $way, "$version, $way: $step->{name}") }
	}
}
close($to);
waitpid($pid, 0);
is($?, 0, "$version: the driver ends");
done_testing();
