# DdbBench.pm
#	A door of its own into the service that misbehaves by rules
#	(test/service), for the time of a test.
#
#	my $door = DdbBench->new(short_pages => 1, ...);
#	...ALTER SERVER s OPTIONS (SET endpoint '$door->url')...
#	$door->change(short_pages => undef, throttle => {times => 2});
#	my @requests = $door->log;
#	my $answer = $door->call('GetItem', {...});
#
# What rules there are, test/service/rules.py says; what a request of the log
# holds, proxy.py.  DdbService.pm is for answers that DynamoDB would never
# give; this is DynamoDB on a bad day.
package DdbBench;

use strict;
use warnings;
use Compress::Raw::Zlib ();
use IO::Socket::INET;
use JSON::PP;

my $json = JSON::PP->new->utf8->canonical;

# Whether there is a service at all: not where tests run against an emulator
# that somebody else has started.
sub available
{
	return $ENV{DDB_SERVICE};
}

# One that somebody has opened already.
sub at
{
	my ($class, $url) = @_;

	return bless { url => $url, seen => 0 }, $class;
}

# The door that has all rules on.
sub main
{
	my ($class) = @_;

	return $class->at($ENV{DDB_SERVICE});
}

# The server that answers from memory (test/bench/replay.py); it has controls
# of its own, and neither rules nor log.
sub replay
{
	my ($class) = @_;

	return bless { url => $ENV{DDB_REPLAY}, seen => 0 }, $class;
}

sub new
{
	my ($class, %rules) = @_;
	my $door = $class->main->control('POST', 'doors', \%rules);

	return $class->at($door->{url});
}

sub url
{
	my ($self) = @_;

	return $self->{url};
}

sub change
{
	my ($self, %rules) = @_;

	return $self->control('POST', 'rules', \%rules);
}

# Runs a test under these rules alone, and with an empty log.
sub under
{
	my ($self, $rules, $test) = @_;

	$self->change(none => JSON::PP::true, %$rules);
	$self->log;
	$test->();
	$self->change(none => JSON::PP::true);
	return;
}

# Makes a table anew: keys pk (S) and sk (N), and what CreateTable is told
# besides or instead.
sub remake_table
{
	my ($self, $name, %more) = @_;

	$self->call('DeleteTable', { TableName => $name });
	$self->call(
		'CreateTable',
		{
			TableName => $name,
			BillingMode => 'PAY_PER_REQUEST',
			AttributeDefinitions => [
				{ AttributeName => 'pk', AttributeType => 'S' },
				{ AttributeName => 'sk', AttributeType => 'N' }
			],
			KeySchema => [
				{ AttributeName => 'pk', KeyType => 'HASH' },
				{ AttributeName => 'sk', KeyType => 'RANGE' }
			],
			%more
		});
	return;
}

# Returns once the replica has all that was written; with (now => 1) it needn't
# wait for the lag.
sub caught_up
{
	my ($self, %how) = @_;

	$self->control('POST', 'caught-up', \%how);
	return;
}

# What was asked here since the last call.
sub log
{
	my ($self) = @_;
	my $requests = $self->control('GET', "log?after=$self->{seen}");

	$self->{seen} += @$requests;
	return @$requests;
}

sub control
{
	my ($self, $method, $what, $settings) = @_;
	my $text = $settings ? $json->encode($settings) : '';
	my $answer = $self->receive(
		$self->submit(
				"$method /bench/$what HTTP/1.0\r\nContent-Length: "
			  . length($text)
			  . "\r\n\r\n$text"));

	die "$what: " . ($answer->{body}{error} || 'no answer')
	  unless ($answer->{status} || 0) == 200;
	return $answer->{body};
}

# The answer to an operation: status, headers, text, body (decoded), and name,
# the exception's without its namespace; empty if the connection was lost.
sub call
{
	my ($self, @request) = @_;

	return $self->receive($self->start(@request));
}

# call() in two steps, for requests in flight at the same time.
sub start
{
	my ($self, $operation, $body, %headers) = @_;
	my $text = ref($body) ? $json->encode($body) : $body;
	my %all = (
		'Content-Type' => 'application/x-amz-json-1.0',
		'X-Amz-Target' => "DynamoDB_20120810.$operation",
		'Authorization' =>
		  'AWS4-HMAC-SHA256 Credential=local/20260101/eu-west-1/dynamodb/'
		  . 'aws4_request, SignedHeaders=host, Signature=0',
		'Content-Length' => length($text),
		'Connection' => 'close',
		%headers);

	return $self->submit(
		join("\r\n",
			'POST / HTTP/1.1', (map { "$_: $all{$_}" } sort keys %all),
			'', $text));
}

sub submit
{
	my ($self, $bytes) = @_;
	my ($host) = $self->{url} =~ m{^http://([^/]+)};

	# PostgreSQL's module has a handler since 18; the end of some psql then
	# interrupts what waits for a socket
	local $SIG{CHLD} = 'DEFAULT';
	my $socket = IO::Socket::INET->new(PeerAddr => $host)
	  or die "no connection to $self->{url}: $!";

	print $socket $bytes;
	$socket->flush;
	return $socket;
}

sub receive
{
	my ($self, $socket) = @_;
	my ($bytes, %answer) = ('');

	local $SIG{CHLD} = 'DEFAULT';    # as above
	1 while sysread($socket, $bytes, 1 << 20, length($bytes));
	return {} unless $bytes =~ m{^HTTP/1.1 (\d+) .*?\r\n\r\n}s;
	$answer{status} = $1;
	$answer{text} = substr($bytes, $+[0]);
	foreach (split /\r\n/, substr($bytes, 0, $+[0]))
	{
		$answer{headers}{ lc $1 } = $2 if /^([^:]+): (.*)/;
	}
	$answer{whole} =
	  length($answer{text}) == $answer{headers}{'content-length'};
	$answer{intact} = Compress::Raw::Zlib::crc32($answer{text}) ==
	  $answer{headers}{'x-amz-crc32'};
	$answer{body} = eval { $json->decode($answer{text}) };
	($answer{name}) = ($answer{body}{__type} // '') =~ /(\w+)$/
	  if ref($answer{body}) eq 'HASH';
	return \%answer;
}

1;
