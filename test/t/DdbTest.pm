# DdbTest.pm
#	What the tests of this folder share: a PostgreSQL server with the
#	extension, and a look at errors as psql reports them.
package DdbTest;

use strict;
use warnings;
use Exporter 'import';
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

our @EXPORT = qw(cancel_and_time create_table create_server error_is
  new_node query_error run_sessions set_endpoint);

# A running server.  Its database is in UTF-8, whatever the environment says.
sub new_node
{
	my ($name, %params) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);

	$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
	$node->append_conf('postgresql.conf', $params{conf} || '');
	$node->start;
	$node->safe_psql('postgres', 'CREATE EXTENSION dynamodb_fdw');
	return $node;
}

# A foreign server with a user mapping.
sub create_server
{
	my ($node, $server, $endpoint, $more) = @_;

	$more = defined $more ? ", $more" : '';
	$node->safe_psql('postgres', <<"EOS");
CREATE SERVER $server FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (region 'eu-west-1', endpoint '$endpoint'$more);
CREATE USER MAPPING FOR PUBLIC SERVER $server
  OPTIONS (aws_access_key_id 'local', aws_secret_access_key 'local');
EOS
}

# A foreign table whose keys are declared, so that nothing asks for them.
sub create_table
{
	my ($node, $server, $table) = @_;

	$node->safe_psql('postgres', <<"EOS");
CREATE FOREIGN TABLE $table (
  pk text COLLATE "C" NOT NULL,
  sk integer NOT NULL,
  v text
) SERVER $server
  OPTIONS (table_name 'Things', partition_key 'pk', sort_key 'sk');
EOS
}

sub set_endpoint
{
	my ($node, $server, $endpoint) = @_;

	$node->safe_psql('postgres',
		"ALTER SERVER $server OPTIONS (SET endpoint '$endpoint')");
}

# What psql says to these statements: a hash of the first error's parts
# (state, message, detail, hint, context; '' where there is none) and the
# whole output (out, err).
sub query_error
{
	my ($node, $sql, %params) = @_;
	my ($out, $err);
	my %error;

	$node->psql(
		'postgres', $sql,
		stdout => \$out,
		stderr => \$err,
		on_error_stop => 0,
		extra_params => [ '-v', 'VERBOSITY=verbose' ],
		%params);
	%error = (
		state => '',
		message => '',
		detail => '',
		hint => '',
		context => '',
		out => $out,
		err => $err);

	# a warning may stand before or after it, with parts of its own
	if ($err =~ /^(?:psql:\S* )?(?:ERROR|FATAL): +(\w{5}): (.*)\n((?:[A-Z]+: .*\n?)*)/m)
	{
		my $parts = $3;

		@error{ 'state', 'message' } = ($1, $2);
		foreach my $part (qw(detail hint context))
		{
			$error{$part} = $1 if $parts =~ /^\U$part\E: +(.*)/m;
		}
	}
	return \%error;
}

# error_is($node, $name, $sql, state => ..., message => qr/.../, ...)
#	One test; what isn't named may be anything.  Returns the error.
sub error_is
{
	my ($node, $name, $sql, %expected) = @_;
	my $error = query_error($node, $sql);
	my @wrong = grep { !is_like($error->{$_}, $expected{$_}) } keys %expected;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	ok(!@wrong, $name)
	  or diag("not as expected: @wrong\n$error->{err}$error->{out}");
	return $error;
}

sub is_like
{
	my ($got, $expected) = @_;

	return ref($expected) ? $got =~ $expected : $got eq $expected;
}

# Starts a statement in a session of its own, and once it waits calls
# pg_cancel_backend() or another function of the same form.  Returns how many
# seconds the backend went on, and the session.
sub cancel_and_time
{
	my ($node, $sql, $function) = @_;
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	my $pid = $session->query('SELECT pg_backend_pid()');

	$session->query_until(qr/begun/,
		"\\set VERBOSITY verbose\n\\echo begun\n$sql;\n");
	$node->poll_query_until('postgres', <<"EOS") or die "it doesn't wait";
SELECT wait_event_type = 'Extension' FROM pg_stat_activity WHERE pid = $pid
EOS
	my $took = $node->safe_psql('postgres', <<"EOS");
CREATE TEMP TABLE took (ms numeric);
DO \$\$
DECLARE
  start timestamptz := clock_timestamp();
BEGIN
  PERFORM $function($pid);
  WHILE EXISTS (SELECT FROM pg_stat_activity
                 WHERE pid = $pid AND state = 'active')
  LOOP
    PERFORM pg_sleep(0.002), pg_stat_clear_snapshot();
  END LOOP;
  INSERT INTO took
    SELECT 1000 * extract(epoch FROM clock_timestamp() - start);
END \$\$;
SELECT round(ms) FROM took;
EOS
	return ($took / 1000, $session);
}

# Runs these scripts by psql, all at the same time.  Returns for each what it
# has said: {out => ..., err => ...}.
sub run_sessions
{
	my ($node, @scripts) = @_;
	my $folder = PostgreSQL::Test::Utils::tempdir();
	my @sessions;

	# by files: through pipes IPC::Run would feed one after the other
	foreach my $n (0 .. $#scripts)
	{
		append_to_file("$folder/in$n", $scripts[$n]);
		push @sessions,
		  IPC::Run::start(
			[ 'psql', '-XAt', '-d', $node->connstr('postgres') ],
			'<', "$folder/in$n", '>', "$folder/out$n", '2>', "$folder/err$n");
	}
	$_->finish foreach @sessions;
	return map {
		{ out => slurp_file("$folder/out$_"), err => slurp_file("$folder/err$_") }
	} 0 .. $#scripts;
}

1;
