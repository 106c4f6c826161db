# What goes wrong on the way to DynamoDB and back, and what is said of it:
# the right SQLSTATE, and never part of an answer without an error.
use strict;
use warnings;
use DdbService;
use DdbTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('failures');
my $query = 'SELECT sk FROM things';

create_server($node, 'fake', 'http://127.0.0.1:1', "max_attempts '3'");
create_table($node, 'fake', 'things');

sub item
{
	return { pk => { S => 'a' }, sk => { N => "$_[0]" } };
}

sub page
{
	my ($last, @sk) = @_;
	my %page = (
		Items => [ map { item($_) } @sk ],
		Count => scalar(@sk),
		ScannedCount => scalar(@sk),
		ConsumedCapacity => { TableName => 'Things', CapacityUnits => 0.5 });

	$page{LastEvaluatedKey} = item($last) if $last;
	return \%page;
}
my $whole = answer(page(undef, 1, 2, 3))->{bytes};

# A service that answers with these, the last one for ever.
sub answering
{
	my @answers = @_;
	my $service = DdbService->start(
		sub {
			return @answers > 1 ? shift @answers : $answers[0];
		});

	set_endpoint($node, 'fake', $service->url);
	return $service;
}

sub attempts_are
{
	my ($service, $n) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is(scalar($service->requests), $n, "tried $n times");
}

sub rows_are
{
	my ($name, $expected) = @_;
	my $error = query_error($node, $query);

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is($error->{out}, $expected, $name) or diag($error->{err});
}


# Nobody there
my $service = DdbService->start(sub { die });
my $port = $service->port;
$service->stop;
set_endpoint($node, 'fake', "http://127.0.0.1:$port");
error_is(
	$node, 'connection refused', $query,
	state => '08001',
	message => 'could not read DynamoDB table "Things"',
	detail =>
	  qr/^Could not connect to host "127\.0\.0\.1:$port" \(Connection refused\)\.  Tried 3 times\.$/
);
set_endpoint($node, 'fake', 'https://name.invalid');
error_is(
	$node, 'a name that does not exist', $query,
	state => '08001',
	detail => qr/^Could not resolve the name of host "name\.invalid"\./);

# Time out: the connection's, the request's
$node->safe_psql(
	'postgres',
	"CREATE SERVER hasty FOREIGN DATA WRAPPER dynamodb_fdw
       OPTIONS (region 'eu-west-1', connect_timeout '1', request_timeout '1',
                max_attempts '1', endpoint 'http://127.0.0.1:1');
     CREATE USER MAPPING FOR PUBLIC SERVER hasty
       OPTIONS (aws_access_key_id 'x', aws_secret_access_key 'y')");
create_table($node, 'hasty', 'hasty_things');
my $full_port = full_port();
set_endpoint($node, 'hasty', "http://127.0.0.1:$full_port");
error_is(
	$node, 'connect_timeout', 'SELECT * FROM hasty_things',
	state => '08001',
	detail =>
	  qr/^No connection to host "127.0.0.1:$full_port" was made within 1 s\.$/
);
$service = DdbService->start(sub { return stall });
set_endpoint($node, 'hasty', $service->url);
error_is(
	$node, 'request_timeout', 'SELECT * FROM hasty_things',
	state => '08006',
	detail => qr/within 1 s\.$/);
attempts_are($service, 1);
set_endpoint($node, 'hasty', 'https://127.0.0.1:' . silent_port());
error_is(
	$node, 'connect_timeout in the handshake',
	'SELECT * FROM hasty_things',
	state => '08001',
	detail => qr/did not complete the TLS handshake within 1 s\.$/);

# ... which don't run while the session idles between two FETCHes: what had
# been asked for and was lost meanwhile is asked for again.
my $n = 0;
$service = DdbService->start(
	sub {
		my ($request) = @_;

		return answer(page(5, 1 .. 5))
		  unless $request->{body}{ExclusiveStartKey};
		return ++$n == 1 ? stall : answer(page(undef, 6, 7));
	});
set_endpoint($node, 'hasty', $service->url);

# the join keeps the number of rows wanted from the scan
my $error = query_error($node, <<'EOS');
BEGIN;
DECLARE c CURSOR FOR SELECT sk FROM hasty_things, generate_series(1, 1);
FETCH 4 FROM c;
SELECT FROM pg_sleep(2.1);
FETCH ALL FROM c;
COMMIT;
EOS
is( join(' ', $error->{out} =~ /\d+/g),
	'1 2 3 4 5 6 7',
	'a session that idles loses nothing') or diag($error->{err});
attempts_are($service, 3);


# A kept connection may be closed by the time it is used again, which says
# nothing about the service: even without another attempt nobody sees it.
my @three = ('SELECT count(*) FROM hasty_things') x 3;

$service = DdbService->start(sub { return raw($whole) });
set_endpoint($node, 'hasty', $service->url);
is($node->safe_psql('postgres', join(';', @three)),
	"3\n3\n3", 'connections that are closed after each answer');
attempts_are($service, 3);
my %used;
$service = DdbService->start(
	sub {
		my ($request) = @_;

		return $used{ $request->{connection} }++
		  ? reset_connection
		  : answer(page(undef, 1, 2, 3));
	});
set_endpoint($node, 'hasty', $service->url);
is($node->safe_psql('postgres', join(';', @three)),
	"3\n3\n3", 'connections that are reset when they are used again');
attempts_are($service, 5);


# The connection breaks
my %broken = (
	'reset without an answer' => reset_connection,
	'closed without an answer' => raw(''),
	'half a header' => raw("HTTP/1.1 200 OK\r\nContent-Le"),
	'half a body' => raw(substr($whole, 0, length($whole) - 20)),
	'a wrong checksum' =>
	  answer(page(undef, 1), headers => { 'x-amz-crc32' => 12345 }));
foreach my $what (sort keys %broken)
{
	$service = answering($broken{$what});
	error_is(
		$node, "$what: an error", $query,
		state => '08006',
		message => 'could not read DynamoDB table "Things"',
		detail =>
		  qr/^(?:Host "127\S+" closed the connection|The answer of host "127\S+" was damaged|The request to host "127).*  Tried 3 times\.$/,
		out => '');
	attempts_are($service, 3);

	$service = answering($broken{$what}, answer(page(undef, 1, 2, 3)));
	rows_are("$what, then an answer: all rows", "1\n2\n3");
	attempts_are($service, 2);
}


# What comes isn't an answer
my %nonsense = (
	'no JSON' => answer('{"Items":[{"pk":{"S":"a"},'),
	'other JSON' => answer('[1, 2]'),
	'an empty body' => answer(''),
	'an item that is none' => answer('{"Items":[7],"Count":1}'),
	'a value that is none' =>
	  answer('{"Items":[{"pk":{"S":"a"},"sk":{"N":{}}}],"Count":1}'),
	'a number that is none' =>
	  answer('{"Items":[{"pk":{"S":"a"},"sk":{"N":"1x"}}],"Count":1}'),
	'HTML' => answer(
		'<html>Welcome!</html>',
		headers => { 'Content-Type' => 'text/html', 'x-amz-crc32' => undef }),
	'no HTTP' => raw("SSH-2.0-OpenSSH_9.2\r\n"),
	'text behind the answer' => answer('{"Items":[],"Count":0} and more'));
foreach my $what (sort keys %nonsense)
{
	$service = answering($nonsense{$what});
	$error = error_is(
		$node, "$what: an error", $query,
		message => 'could not read DynamoDB table "Things"',
		out => '');
	note("$error->{state} $error->{detail}");
}
$service = answering(
	raw(    "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\n"
		  . "Content-Length: 13\r\n\r\n<html></html>"));
error_is(
	$node, 'a proxy says 502', $query,
	state => '08006',
	detail =>
	  qr/^The endpoint answered with HTTP status 502, and not in DynamoDB's way\.  Tried 3 times\.$/
);
attempts_are($service, 3);
$service = answering(
	answer(
		'moved',
		status => 301,
		headers => { Location => 'http://127.0.0.1:1/' }));
error_is(
	$node, 'a redirect is not followed', $query,
	state => 'HV000',
	detail => qr/HTTP status 301/);
attempts_are($service, 1);


# The service fails, or asks for patience, and then doesn't
my $throttled = failure(
	400,
	'ProvisionedThroughputExceededException',
	'The level of configured provisioned throughput was exceeded.',
	body => {
		ThrottlingReasons => [
			{
				reason => 'TableReadKeyRangeThroughputExceeded',
				resource => 'arn:aws:dynamodb:eu-west-1:123:table/Things'
			}
		]
	},
	headers => { 'x-amz-retry-after' => 0 });
my $explain =
  'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) SELECT sk FROM things';

$service = answering(failure(500, 'InternalServerError', 'Oops'),
	answer(page(undef, 1, 2, 3)));
rows_are('500, then an answer: all rows', "1\n2\n3");
attempts_are($service, 2);
$service = answering(failure(500, 'InternalServerError', 'Oops'),
	answer(page(undef, 1, 2, 3)));
$error = query_error($node, $explain);
like($error->{out}, qr/^ *Retries: 1$/m, 'EXPLAIN ANALYZE counts it');
like($error->{out}, qr/^ *Requests: 1\b/m, 'beside the request');
unlike($error->{out}, qr/Throttled/, 'and says nothing of throttling');
$service = answering(failure(503, 'ServiceUnavailable', 'Busy'));
error_is(
	$node, '503 for ever', $query,
	state => '08006',
	detail => 'DynamoDB returned ServiceUnavailable: Busy.  Tried 3 times.',
	context => 'DynamoDB operation Scan, request ID REQUEST');

$service = answering($throttled, $throttled, answer(page(undef, 1, 2, 3)));
$error = query_error($node, "SET statement_timeout = '20s'; $explain");
like($error->{out}, qr/rows=3\b/,
	'throttling twice, then an answer: all rows');
like($error->{out}, qr/^ *Throttled: 2\b/m, 'EXPLAIN ANALYZE counts it')
  or diag($error->{out});
attempts_are($service, 3);
$service = answering($throttled);
error_is(
	$node, 'throttling for ever', $query,
	state => '53400',
	detail =>
	  qr/^DynamoDB returned ProvisionedThroughputExceededException: .* \(TableReadKeyRangeThroughputExceeded arn:aws:dynamodb:eu-west-1:123:table\/Things\)\.  Tried 3 times\.$/,
	hint => qr/capacity/);
attempts_are($service, 3);

$service = answering(
	failure(
		400,
		'ThrottlingException',
		'Rate exceeded',
		body => {
			throttlingReasons => [
				{ reason => 'TableReadMaxOnDemandThroughputExceeded' },
				{ reason => 'IndexReadMaxOnDemandThroughputExceeded' }
			]
		}));
error_is(
	$node,
	'throttling by the reasons of the other exception',
	$query,
	state => '53400',
	detail =>
	  qr/Rate exceeded \(TableReadMax\w+, IndexReadMax\w+\)\.  Tried 3 times/);


# It refuses: at once, in words that say who should do what
my @refusals = (
	[
		'AccessDeniedException',
		'42501',
		qr/IAM policy/,
		'User: arn:aws:iam::1:user/u is not authorized to perform: dynamodb:Scan on resource: Things'
	],
	[
		'ExpiredTokenException', '28000',
		qr/ALTER USER MAPPING/,
		'The security token included in the request is expired'
	],
	[
		'UnrecognizedClientException', '28000', qr/aws_access_key_id/,
		'The security token included in the request is invalid.'
	],
	[
		'InvalidSignatureException', '28000', qr/aws_secret_access_key/,
		'The request signature we calculated does not match'
	],
	[
		'ResourceNotFoundException', 'HV00R',
		qr/table_name/, 'Requested resource not found'
	],
	[
		'ValidationException', 'HV000', '',
		'The provided key element does not match the schema'
	],
	[ 'UnheardOfException', 'HV000', '', 'A thing of the future' ]);
foreach my $refusal (@refusals)
{
	my ($name, $state, $hint, $words) = @$refusal;

	$service = answering(failure(400, $name, $words));
	error_is(
		$node, $name, $query,
		state => $state,
		hint => $hint,
		out => '',
		message => 'could not read DynamoDB table "Things"',
		detail => "DynamoDB returned $name: $words",
		context => 'DynamoDB operation Scan, request ID REQUEST');
	attempts_are($service, 1);
}


# A clock that is wrong is put right by the answer's date
$service = DdbService->start(
	sub {
		my ($request) = @_;

		return answer(page(undef, 1))
		  if $request->{headers}{'x-amz-date'} =~ /^20300201T00000/;
		return failure(
			400, 'InvalidSignatureException',
			'Signature not yet current',
			headers => { Date => 'Fri, 01 Feb 2030 00:00:00 GMT' });
	});
set_endpoint($node, 'fake', $service->url);
rows_are('a clock that is years behind', '1');
attempts_are($service, 2);

# A date that no timestamp holds is nobody's time: nothing is sent again
foreach my $date ('Fri, 31 Dec 99999 23:59:59 GMT',
	'Thu, 01 Jan 1970 00:00:01 GMT')
{
	$service = answering(
		failure(
			400, 'InvalidSignatureException',
			'Signature not yet current',
			headers => { Date => $date }));
	error_is(
		$node, "the service says that it is $date", $query,
		state => '28000',
		out => '');
	attempts_are($service, 1);
}


# The second page fails: what came before isn't the answer
foreach my $what ('half a body', 'a wrong checksum')
{
	$service = answering(answer(page(3, 1, 2, 3)), $broken{$what});
	error_is(
		$node, "$what in the second page: an error", $query,
		state => '08006',
		out => '');
	attempts_are($service, 1 + 3);
}

# a kept connection that is closed has one more try, on a new one
$service = answering(answer(page(3, 1, 2, 3)), reset_connection);
error_is(
	$node, "a reset before the second page: an error", $query,
	state => '08006',
	out => '');
attempts_are($service, 1 + 1 + 3);
$service = answering(answer(page(3, 1, 2, 3)),
	answer('{"Items":[{"pk":{"S":"a"},"sk":{"N":"4"}},{'));
error_is(
	$node, 'half the JSON in the second page: an error', $query,
	message => 'could not read DynamoDB table "Things"',
	out => '');
$service = answering(
	answer(page(3, 1, 2, 3)), $throttled,
	reset_connection, answer(page(4)),
	answer(page(undef, 5, 6)));
rows_are('failures between pages, and an empty one: all rows',
	"1\n2\n3\n5\n6");
attempts_are($service, 5);


# A failure is caught, and the session goes on
$service = answering(
	failure(400, 'AccessDeniedException', 'No'),
	answer(page(undef, 1, 2)),
	$broken{'half a body'},
	($broken{'half a body'}) x 2,
	answer(page(undef, 1, 2, 3)));
$error = query_error($node, <<'EOS');
DO $$
BEGIN
  FOR i IN 1..4 LOOP
    BEGIN
      RAISE NOTICE '% rows', (SELECT count(*) FROM things);
    EXCEPTION WHEN others THEN
      RAISE NOTICE 'caught %', sqlstate;
    END;
  END LOOP;
END $$;
EOS
is( join(' ', $error->{err} =~ /NOTICE: +00000: (.*)/g),
	'caught 42501 2 rows caught 08006 3 rows',
	'failures inside blocks that catch them');


# TLS
sub certificate
{
	my ($name, $subject_alt_name) = @_;
	my $base = "${PostgreSQL::Test::Utils::tmp_check}/$name";

	run_log(
		[
			'openssl', 'req',
			'-x509', '-newkey',
			'rsa:2048', '-nodes',
			'-days', '2',
			'-subj', "/CN=$name",
			'-addext', "subjectAltName=$subject_alt_name",
			'-keyout', "$base.key",
			'-out', "$base.crt"
		]) or die "openssl req failed";
	return { cert => "$base.crt", key => "$base.key" };
}

my $tls = certificate('here', 'DNS:localhost,IP:127.0.0.1');
my $elsewhere = certificate('elsewhere', 'DNS:elsewhere.example');
my $there =
  DdbService->start(sub { return answer(page(undef, 1, 2, 3)) }, tls => $tls);

set_endpoint($node, 'fake', $there->url);
error_is(
	$node, 'a self-signed certificate', $query,
	state => '08001',
	detail =>
	  qr/^The certificate of host "127\.0\.0\.1:\d+" could not be verified \(/,
	hint => qr/"sslrootcert"/);
$node->safe_psql('postgres',
	"ALTER SERVER fake OPTIONS (ADD sslrootcert '$tls->{cert}')");
rows_are('with sslrootcert: all rows', "1\n2\n3");
set_endpoint($node, 'fake', $there->url('localhost'));
rows_are('by name', "1\n2\n3");
is(join(' ', map { $_->{operation} } $there->requests),
	'Scan Scan', 'nothing was sent before the certificate was known');
$node->safe_psql('postgres',
	"ALTER SERVER fake OPTIONS (SET sslrootcert '$elsewhere->{cert}')");
error_is(
	$node, 'another authority', $query,
	state => '08001',
	detail => qr/could not be verified/);
$node->safe_psql('postgres',
	"ALTER SERVER fake OPTIONS (SET sslrootcert '/nonexistent/ca.pem')");
error_is(
	$node, 'a bundle that is not there', $query,
	state => '58P01',
	detail => qr/sslrootcert/);
$there->stop;

$there =
  DdbService->start(sub { return answer(page(undef, 1)) }, tls => $elsewhere);
$node->safe_psql('postgres',
	"ALTER SERVER fake OPTIONS (SET sslrootcert '$elsewhere->{cert}')");
set_endpoint($node, 'fake', $there->url('localhost'));
error_is(
	$node, "another host's certificate", $query,
	state => '08001',
	detail => qr/could not be verified/);
is(scalar($there->requests), 0, 'nothing was sent to it');
$service = DdbService->start(sub { return answer(page(undef, 1)) });
set_endpoint($node, 'fake', 'https://127.0.0.1:' . $service->port);
error_is($node, 'a server that speaks no TLS', $query, state => '08001');
done_testing();
