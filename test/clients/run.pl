#!/usr/bin/perl
# run.pl [CLIENT...]
#	The clients that people look at DynamoDB through, each with the same
#	session (Steps.pm), all at the same time.  Speaks TAP.
#
# From the environment: DDB_SERVICE, as for test/t; NODE_PATH, where the
# clients for Node.js are; DDB_JDK, a folder with java and javac.  What isn't
# there is skipped, in words.
use strict;
use warnings;
use DdbBench;
use DdbTest;
use FindBin;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'needs emulators of our own' unless DdbBench->available;

my $here = $FindBin::RealBin;
my $jar = '/usr/share/java/postgresql.jar';
my $java = ($ENV{DDB_JDK} || '') . '/java';

# Debian's Python knows Debian's packages; the path's first may be another.
my $python = -x '/usr/bin/python3' ? '/usr/bin/python3' : 'python3';

# What starts the driver, and what it can't do without.
my %clients = (
	psycopg => [ $python, '-B', "$here/with_psycopg.py" ],
	sqlalchemy => [ $python, '-B', "$here/with_sqlalchemy.py" ],
	pyodbc => [ $python, '-B', "$here/with_pyodbc.py" ],
	node_pg => [ 'node', "$here/with_pg.js" ],
	node_postgres => [ 'node', "$here/with_postgres.js" ],
	jdbc => [
		$java, '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-cp', $jar,
		"$here/WithJdbc.java"
	]);

sub missing
{
	my ($client) = @_;
	my ($program) = @{ $clients{$client} };

	if ($client eq 'jdbc')
	{
		return 'there is no JDK' unless -x $java;
		return "there is no $jar" unless -f $jar;
	}
	return "there is no $program"
	  unless grep { -x "$_/$program" } '', split /:/, $ENV{PATH};
	return;
}

# Runs a script with these variables.
sub run_script
{
	my ($node, $script, %variables) = @_;

	$node->safe_psql(
		'postgres',
		slurp_file("$here/$script"),
		extra_params => [ map { ('-v', "$_=$variables{$_}") } keys %variables ]);
	return;
}

# A server that clients reach over TCP, as JDBC's has no other way, and with
# a password.
sub start_server
{
	my $node = new_node('clients', conf => "listen_addresses = '127.0.0.1'");
	my $hba = $node->data_dir . '/pg_hba.conf';

	unlink $hba;
	append_to_file($hba, "local all all trust\n"
		  . "host all all 127.0.0.1/32 scram-sha-256\n");
	$node->reload;
	return $node;
}

# Starts a client's session; its output goes to a file.
sub start_session
{
	my ($client) = @_;
	my $output = "${PostgreSQL::Test::Utils::tmp_check}/$client";
	my $pid = fork() // die "fork: $!";

	return { pid => $pid, output => $output } if $pid;
	open(STDOUT, '>', $output)   or die "$output: $!";
	open(STDERR, '>&', \*STDOUT) or die "$output: $!";
	exec($^X, (map { "-I$_" } @INC), "$here/session.pl", $client,
		@{ $clients{$client} });
}

# Repeats the session's TAP as part of this one.
sub report
{
	my ($client, $session) = @_;
	my $planned = 0;
	my $tests = 0;

	foreach my $line (split /\n/, slurp_file($session->{output}))
	{
		if ($line =~ /^1\.\.(\d+)/) { $planned = $1 }
		elsif ($line =~ /^(not )?ok \d+ (?:# skip|-) (.*)/)
		{
			my ($bad, $words) = ($1, $2);

			$tests++;
			if ($line =~ /^ok \d+ # skip/) { SKIP: { skip $words, 1 } }
			else { ok(!$bad, $words) }
		}
		elsif ($line !~ /^#   (?:Failed test|at )/)
		{
			diag($line =~ s/^# //r);
		}
	}
	is($tests, $planned || 'all', "$client: the session is complete");
	return;
}

sub random_word
{
	open(my $random, '<:raw', '/dev/urandom') or die "/dev/urandom: $!";
	read($random, my $bytes, 16) == 16        or die "/dev/urandom: $!";
	return unpack('H*', $bytes);
}

my $node = start_server();
my %sessions;

@ENV{qw(PGHOST PGPORT PGPASSWORD)} =
  ('127.0.0.1', $node->port, random_word());
run_script($node, 'tables.sql', plain => DdbBench->new->url);
DdbBench->main->caught_up(now => 1);
foreach my $client (@ARGV ? @ARGV : sort keys %clients)
{
	my $missing = missing($client);

	if ($missing)
	{
	  SKIP: { skip "$client: $missing", 1 }
		next;
	}
	$ENV{DDB_DOOR} =
	  DdbBench->new(drop => { table => 'Down' }, stall => { table => 'Slow' })
	  ->url;
	run_script(
		$node, 'client.sql',
		client => $client,
		direct => "${client}_direct",
		view => "${client}_view",
		door => $ENV{DDB_DOOR});
	$sessions{$client} = start_session($client);
}
foreach my $client (sort keys %sessions)
{
	waitpid($sessions{$client}{pid}, 0);
	report($client, $sessions{$client});
}
$node->safe_psql('postgres',
	q{SELECT dynamodb_call('plain', 'DeleteTable', '{"TableName": "Events"}')});
done_testing();
