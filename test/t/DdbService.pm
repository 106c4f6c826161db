# DdbService.pm
#	A server in DynamoDB's place, that records and misbehaves as told.
#
#	my $service = DdbService->start(sub { my ($request) = @_; ... });
#	...ALTER SERVER s OPTIONS (SET endpoint '$service->url')...
#	my @requests = $service->requests;
#
# The handler runs in the service's own process, for one request after the
# other, and may keep count in variables of its own.  It gets
#
#	{n => 1, connection => 1, operation => 'Query',
#	 headers => {'user-agent' => ...}, text => '{...}', body => {...}}
#
# and returns one of the answers below: answer, failure, forward, raw, reset,
# stall.  The same hashes come back from requests(), in the order of arrival,
# each once.
#
# With hang_up => n the first n connections are reset before anything is read.
# With tls => {cert => file, key => file} the service is behind "openssl
# s_server", which holds one connection at a time.  Only Perl's core modules
# are used.
package DdbService;

use strict;
use warnings;
use Compress::Raw::Zlib ();
use Exporter 'import';
use IO::Select;
use IO::Socket::INET;
use IPC::Open3;
use JSON::PP;
use POSIX  ();
use Socket qw(INADDR_LOOPBACK PF_INET SOCK_STREAM SOL_SOCKET SO_LINGER
  sockaddr_in);
use Time::HiRes qw(sleep time);

our @EXPORT = qw(answer description failure forward full_port raw reset_connection
  silent_port stall);

my $json = JSON::PP->new->canonical;
my @services;


# What a handler may return

# A success (or, with another status, whatever that means), with the checksum
# that DynamoDB sends along.  Body: a structure, or text as it is.
sub answer
{
	my ($body, %params) = @_;
	my $text = ref($body) ? $json->encode($body) : $body;
	my %headers = (
		'Content-Type' => 'application/x-amz-json-1.0',
		'x-amzn-RequestId' => 'REQUEST',
		'x-amz-crc32' => Compress::Raw::Zlib::crc32($text),
		'Content-Length' => length($text),
		%{ $params{headers} || {} });
	my $head = sprintf("HTTP/1.1 %d Whatever\r\n", $params{status} || 200);

	$head .= "$_: $headers{$_}\r\n"
	  foreach grep { defined $headers{$_} } sort keys %headers;
	return { bytes => "$head\r\n$text" };
}

# An exception of DynamoDB's.
sub failure
{
	my ($status, $name, $message, %params) = @_;
	my %body = ('__type' => "com.amazonaws.dynamodb.v20120810#$name");

	$body{message} = $message if defined $message;
	return answer(
		{ %body, %{ $params{body} || {} } },
		status => $status,
		headers => $params{headers});
}

# What DescribeTable says of a table with the keys pk and sk; the members given
# are added, or stand in place of these.
sub description
{
	my (%more) = @_;

	return answer(
		{
			Table => {
				TableName => 'Things',
				TableStatus => 'ACTIVE',
				KeySchema => [
					{ AttributeName => 'pk', KeyType => 'HASH' },
					{ AttributeName => 'sk', KeyType => 'RANGE' }
				],
				AttributeDefinitions => [
					{ AttributeName => 'pk', AttributeType => 'S' },
					{ AttributeName => 'sk', AttributeType => 'N' }
				],
				%more
			}
		});
}

# These bytes; then the connection is closed, or left silent.
sub raw
{
	my ($bytes, %params) = @_;

	return { bytes => $bytes, close => !$params{stall} };
}

sub stall
{
	return {};
}

sub reset_connection
{
	return { reset => 1 };
}

# What the service at this URL answers.
sub forward
{
	my ($request, $url) = @_;
	my ($host) = $url =~ m{^http://([^/]+)} or die "not http: $url";
	my $peer = IO::Socket::INET->new(PeerAddr => $host, Timeout => 5)
	  or die "no connection to $url: $!";
	my ($head, $bytes, $length);

	syswrite($peer, $request->{bytes});
	$bytes = '';
	while (!defined $length || length($bytes) < $length)
	{
		sysread($peer, $bytes, 1 << 20, length($bytes))
		  or die "$url closed the connection";
		next if defined $length || $bytes !~ /^(.*?\r\n\r\n)/s;
		$head = $1;
		die "$url sends no Content-Length"
		  unless $head =~ /^content-length: *([0-9]+)/im;
		$length = length($head) + $1;
	}
	return { bytes => $bytes };
}


# The test's side

sub start
{
	my ($class, $handler, %params) = @_;
	my $self = bless { offset => 0, %params }, $class;
	my $parent = $$;
	my $handle_term = $SIG{TERM};

	if ($self->{tls})
	{
		$self->{port} = PostgreSQL::Test::Cluster::get_free_port();
	}
	else
	{
		$self->{listener} = IO::Socket::INET->new(
			LocalAddr => '127.0.0.1',
			LocalPort => $params{port} || 0,
			Listen => 64,
			ReuseAddr => 1,
			Proto => 'tcp') or die "could not listen: $!";
		$self->{port} = $self->{listener}->sockport;
	}
	$self->{log} =
	  "${PostgreSQL::Test::Utils::tmp_check}/service-$$-" . scalar(@services);
	open(my $log, '>', $self->{log}) or die "$self->{log}: $!";
	$log->autoflush(1);

	# PostgreSQL's module turns SIGTERM into the end of the test since 17, and
	# a child may be stopped before it has a handler of its own.
	$SIG{TERM} = 'DEFAULT';
	$self->{pid} = fork();
	die "fork: $!" unless defined $self->{pid};
	$SIG{TERM} = $handle_term || 'DEFAULT' if $self->{pid};
	if ($self->{pid} == 0)
	{
		# not the end of the test, whose END blocks would run
		eval { serve($self, $handler, $log, $parent) };
		print STDERR "# DdbService: $@" if $@;
		stop_tls($self);
		POSIX::_exit(1);
	}
	close($self->{listener}) if $self->{listener};
	push @services, $self;
	while ($self->{tls} && !connect_to($self->{port}))
	{
		die "openssl s_server doesn't start"
		  if waitpid($self->{pid}, POSIX::WNOHANG) != 0;
		sleep(0.02);
	}
	return $self;
}

sub connect_to
{
	my ($port) = @_;

	return IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port", Timeout => 5);
}

sub port
{
	my ($self) = @_;

	return $self->{port};
}

sub url
{
	my ($self, $host) = @_;

	return sprintf("%s://%s:%d",
		$self->{tls} ? 'https' : 'http',
		$host || '127.0.0.1',
		$self->{port});
}

sub stop
{
	my ($self) = @_;

	return unless $self->{pid};
	kill 'TERM', $self->{pid};
	waitpid($self->{pid}, 0);
	delete $self->{pid};
}

# What was asked since the last call.  Whatever a client had sent when this
# is called is included, as the service reads its connections in the order
# they came in, and this call's comes last.
sub requests
{
	my ($self) = @_;
	my @requests;

	# PostgreSQL's module has a handler since 18; the end of some psql then
	# interrupts what waits for a socket
	local $SIG{CHLD} = 'DEFAULT';
	if (!$self->{tls})
	{
		my $socket = connect_to($self->{port})
		  or die "the service is gone: $!";

		print $socket "SYNC / HTTP/1.1\r\n\r\n";
		sysread($socket, my $answer, 1) or die "the service is gone";
	}
	open(my $log, '<', $self->{log}) or die "$self->{log}: $!";
	seek($log, $self->{offset}, 0);
	push @requests, $json->decode($_) while <$log>;
	$self->{offset} = tell($log);
	return @requests;
}

END
{
	local $?;
	$_->stop foreach @services;
}


# Ports without a service

my @listeners;
my @waiting;

sub listening_port
{
	my ($backlog) = @_;

	socket(my $listener, PF_INET, SOCK_STREAM, 0)    or die "socket: $!";
	bind($listener, sockaddr_in(0, INADDR_LOOPBACK)) or die "bind: $!";
	listen($listener, $backlog)                      or die "listen: $!";
	push @listeners, $listener;
	return (sockaddr_in(getsockname($listener)))[0];
}

# One that accepts connections, and never reads or writes a byte.
sub silent_port
{
	return listening_port(64);
}

# One whose queue is full: nothing more connects, and nothing is refused.
sub full_port
{
	my $port = listening_port(0);

	push @waiting,
	  IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port", Blocking => 0)
	  foreach 1 .. 8;
	sleep(0.05);
	return $port;
}


# The service's side

# A connection is {in, out, number, buffer}.
sub serve
{
	my ($self, $handler, $log, $parent) = @_;
	my @connections;
	my $accepted = 0;
	my $n = 0;

	$SIG{TERM} = sub { stop_tls($self); POSIX::_exit(0) };
	$SIG{INT} = 'IGNORE';
	$SIG{PIPE} = 'IGNORE';
	$SIG{CHLD} = 'DEFAULT';
	push @connections, start_tls($self) if $self->{tls};
	while (getppid() == $parent)
	{
		my @in = map { $_->{in} } @connections;
		my $select = IO::Select->new(@in, grep { $_ } $self->{listener});

		$select->can_read(1);
		while ($self->{listener}
			&& IO::Select->new($self->{listener})->can_read(0))
		{
			my $socket = $self->{listener}->accept or last;

			if ($accepted < ($self->{hang_up} || 0))
			{
				$accepted++;

				# only one that speaks has seen that it is connected
				IO::Select->new($socket)->can_read(5);
				setsockopt($socket, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0));
				close($socket);
				next;
			}
			push @connections,
			  { in => $socket, out => $socket, number => ++$accepted };
		}
		foreach my $connection (@connections)
		{
			next unless IO::Select->new($connection->{in})->can_read(0);
			receive($connection);
			respond($connection, raw("HTTP/1.1 400 Bad Request\r\n\r\n"))
			  if $connection->{buffer} =~ /^[^A-Z]/;
			while (my $request = take_request($connection))
			{
				if ($request->{method} eq 'SYNC')
				{
					syswrite($connection->{out}, '.');
					next;
				}
				$request->{n} = ++$n;
				print $log $json->encode($request), "\n";
				respond($connection, $handler->($request));
			}
		}
		@connections = grep { !$_->{gone} } @connections;
	}
}

sub receive
{
	my ($connection) = @_;

	$connection->{buffer} = '' unless defined $connection->{buffer};
	sysread($connection->{in}, $connection->{buffer}, 1 << 20,
		length($connection->{buffer}))
	  or $connection->{gone} = 1;
}

# The next whole request out of the connection's buffer.
sub take_request
{
	my ($connection) = @_;
	my %headers;

	return unless $connection->{buffer} =~ /^(([A-Z]+) .*?\r\n)\r\n/s;
	my ($method, $length) = ($2, length($1) + 2);
	foreach (split /\r\n/, $1)
	{
		$headers{ lc $1 } = $2 if /^([^:]+): *(.*)/;
	}
	my $size = $headers{'content-length'} || 0;
	return if length($connection->{buffer}) < $length + $size;

	my $bytes = substr($connection->{buffer}, 0, $length + $size, '');
	my $text = substr($bytes, $length);
	my ($operation) = ($headers{'x-amz-target'} || '') =~ /\.(\w+)$/;
	return {
		method => $method,
		headers => \%headers,
		bytes => $bytes,
		connection => $connection->{number},
		operation => $operation,
		text => $text,
		body => $size ? $json->decode($text) : undef
	};
}

sub respond
{
	my ($connection, $answer) = @_;
	my $bytes = $answer->{bytes};

	if (defined $bytes)
	{
		my $sent = 0;

		$connection->{out}->blocking(1);
		while ($sent < length($bytes))
		{
			my $n =
			  syswrite($connection->{out}, $bytes, length($bytes) - $sent,
				$sent);

			last unless $n;
			$sent += $n;
		}
	}
	setsockopt($connection->{out}, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0))
	  if $answer->{reset};
	return unless $answer->{reset} || $answer->{close};
	close($connection->{out});
	$connection->{gone} = 1;
}

sub start_tls
{
	my ($self) = @_;
	my $tls = $self->{tls};

	open(my $errors, '>', "$self->{log}.openssl") or die "no log: $!";
	$self->{openssl} = open3(
		my $out, my $in,
		'>&' . fileno($errors), 'openssl',
		's_server', '-quiet',
		'-accept', "127.0.0.1:$self->{port}",
		'-cert', $tls->{cert},
		'-key', $tls->{key});
	return { in => $in, out => $out, number => 1 };
}

sub stop_tls
{
	my ($self) = @_;

	kill 'TERM', delete $self->{openssl} if $self->{openssl};
}

1;
