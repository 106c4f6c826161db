# Every fault, at the first page and at a later one, once and for good: the
# complete right answer or an error, never a part of the answer, and in time.
# What is expected stands in test/README.md, whose table of faults is read
# here: it has a row for each of these and for each of the service's errors.
use strict;
use utf8;
use warnings;
use DdbService;
use DdbTest;
use PostgreSQL::Test::Utils;
use Test::More;

# Seconds: two tries of one each, what stands between them, and a slow machine.
my $limit = 8;
my $node = new_node('faults');

sub item
{
	return { pk => { S => 'a' }, sk => { N => "$_[0]" } };
}

sub page
{
	my ($last, @sk) = @_;

	return {
		Items => [ map { item($_) } @sk ],
		Count => scalar(@sk),
		ScannedCount => scalar(@sk),
		$last ? (LastEvaluatedKey => item($last)) : ()
	};
}
my $whole = answer(page(undef, 1 .. 5))->{bytes};
my ($head) = $whole =~ /^(.*?\r\n\r\n)/s;
my $all = '1,2,3,4,5';

sub http
{
	my ($status, $body, %headers) = @_;

	return raw(
		join("\r\n",
			"HTTP/1.1 $status Whatever",
			"Content-Length: " . length($body),
			map({ "$_: $headers{$_}" } keys %headers), '', $body));
}

# What is sent in place of an answer.
my %answers = (
	'the connection is reset' => reset_connection,
	'the connection is closed' => raw(''),
	'half a header' => raw("HTTP/1.1 200 OK\r\nContent-Le"),
	'half a body' => raw(substr($whole, 0, length($whole) - 20)),
	'no answer' => stall,
	'half a header, then silence' =>
	  raw("HTTP/1.1 200 OK\r\nContent-Le", stall => 1),
	'half a body, then silence' =>
	  raw(substr($whole, 0, length($whole) - 20), stall => 1),
	'a wrong checksum' =>
	  answer(page(undef, 1), headers => { 'x-amz-crc32' => 12345 }),
	'a body without its end, in JSON' =>
	  answer('{"Items":[{"pk":{"S":"a"},"sk":{"N":"1"}},'),
	'JSON of another form' => answer('[1, 2]'),
	'an empty body' => answer(''),
	'an item that is none' => answer('{"Items":[7],"Count":1}'),
	'a value that is none' =>
	  answer('{"Items":[{"pk":{"S":"a"},"sk":{"N":{}}}],"Count":1}'),
	'a number that is none' =>
	  answer('{"Items":[{"pk":{"S":"a"},"sk":{"N":"1x"}}],"Count":1}'),
	'text behind the answer' => answer('{"Items":[],"Count":0} and more'),
	'HTML with status 200' => http(200, '<html>Welcome!</html>'),
	'no HTTP' => raw("SSH-2.0-OpenSSH_9.2\r\n"),
	'more than 64 MB' => raw(
		    "HTTP/1.1 200 OK\r\nContent-Length: 70000000\r\n\r\n"
		  . ' ' x 70_000_000),
	'HTML with status 502' => http(502, '<html>Bad Gateway</html>'),
	'status 504 and nothing' => http(504, ''),
	'status 429 and nothing' => http(429, ''),
	'status 413 and nothing' => http(413, ''),
	'a redirect' => http(301, '', Location => 'http://127.0.0.1:1/'),
	'an exception newer than this' =>
	  failure(400, 'UnheardOfException', 'A thing of the future'));

# Empty pages before the first items and between them are no fault at all.
$answers{'an empty page that is not the last'} =
  answer({ Items => [], Count => 0, LastEvaluatedKey => item(3) });

# The service's own errors, all that the source knows.
my $source = slurp_file("$ENV{TESTDIR}/src/base/error.c");
my ($rows) = $source =~ /^static const ServiceError .*?\{\n(.*?)^\};/ms;
foreach my $name ($rows =~ /\{"(\w+)"/g)
{
	my $status =
	    $name =~ /^Internal/ ? 500
	  : $name =~ /^ServiceUnavailable/ ? 503
	  : 400;

	$answers{"`$name`"} = failure($status, $name, 'In words',
		body => { CancellationReasons => [ { Code => 'ValidationError' } ] });
}
foreach my $code ('TransactionConflict', 'ThrottlingError')
{
	$answers{"`TransactionCanceledException`, because of `$code`"} = failure(
		400,
		'TransactionCanceledException',
		'In words',
		body =>
		  { CancellationReasons => [ { Code => 'None' }, { Code => $code } ] }
	);
}
foreach my $member ('ThrottlingReasons', 'throttlingReasons')
{
	$answers{"throttling with `$member`"} = failure(
		400,
		'ThrottlingException',
		'In words',
		body => {
			$member => [
				{
					reason => 'TableReadKeyRangeThroughputExceeded',
					resource => 'arn:aws:dynamodb:eu-west-1:123:table/Things'
				}
			]
		});
}


# The table of README

my %expected;
my $readme = slurp_file("$ENV{TESTDIR}/test/README.md");

utf8::decode($readme);

foreach my $line ($readme =~ /^\| fault \|.*\n\|[-| ]+\n((?:\|.*\n)+)/mg
	? split(/\n/, $1)
	: ())
{
	my ($fault, $once, $for_good) =
	  map { s/^\s+|\s+$//gr } split(/\|/, substr($line, 1));

	ok(!$expected{$fault}, "README names \"$fault\" once");
	$expected{$fault} = [ $once, $for_good ];
}
ok(scalar(keys %expected) > 50, 'README has a table of faults');

# outcome_is($fault, $n, $outcome, $where): the n-th column's
my %tested;

sub outcome_is
{
	my ($fault, $n, $outcome, $where) = @_;
	my $expected = $expected{$fault} ? $expected{$fault}[$n] : 'in README';

	$outcome = 'all rows' if $outcome eq $all;
	$tested{$fault}[$n] = 1;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is($outcome, $expected, "$fault: $where");
}


# What is sent in place of answers: by the table's name the service knows
# which, and when.
my @faults = sort keys %answers;
my %seen;
my $service = DdbService->start(
	sub {
		my ($request) = @_;
		my $table = $request->{body}{TableName};
		my ($fault, $when) = $table =~ /^(\d+)_(\w+)$/;
		my $later = $when =~ /^later/ && $request->{body}{ExclusiveStartKey};
		my $strikes =
			$when eq 'first' ? !$seen{$table}
		  : $when eq 'later' ? $later && !$seen{$table}
		  : $when eq 'always' ? 1
		  : $later;

		$seen{$table} = 1 if $strikes;
		return $answers{ $faults[$fault] } if $strikes;
		return answer(page(undef, 4, 5)) if $later;
		return answer($when =~ /^later/ ? page(3, 1 .. 3) : page(undef, 1 .. 5));
	});

# With other options of the server too: see check_service.
create_server(
	$node, 'fake',
	$service->url,
	join ', ', "connect_timeout '1', request_timeout '1', max_attempts '2'",
	$ENV{DDB_OPTIONS} // ());

$node->safe_psql('postgres', <<'EOS');
CREATE FUNCTION try(name text, OUT outcome text, OUT seconds numeric)
LANGUAGE plpgsql AS $$
DECLARE
  began timestamptz := clock_timestamp();
BEGIN
  BEGIN
    EXECUTE format('SELECT string_agg(sk::text, %L) FROM %I', ',', name)
       INTO outcome;
  EXCEPTION WHEN OTHERS THEN
    outcome := sqlstate;
  END;
  seconds := extract(epoch FROM clock_timestamp() - began);
END $$;
EOS

# Empty pages for ever last for ever: 002_cancel.pl looks at that.
sub when
{
	my ($n) = @_;

	return ('first', 'later', $faults[$n] =~ /^an empty page/
		? ()
		: ('always', 'later_always'));
}

# What to ask for so many faults, each in a session of its own, as a client's
# patience wears out.
sub script
{
	my $script = '';

	foreach my $n (@_)
	{
		$script .= "\\c -\n";
		$script .= <<"EOS" foreach when($n);
CREATE FOREIGN TABLE t${n}_$_ (pk text COLLATE "C" NOT NULL,
  sk integer NOT NULL) SERVER fake
  OPTIONS (table_name '${n}_$_', partition_key 'pk', sort_key 'sk');
SELECT '$n $_', * FROM try('t${n}_$_');
EOS
	}
	return $script;
}

# Most of the time goes into waiting, so eight of them wait together.
my (@readers, %outcomes, %seconds);
foreach my $part (0 .. 7)
{
	my $file = "$PostgreSQL::Test::Utils::tmp_check/faults-$part.sql";

	append_to_file($file, script(grep { $_ % 8 == $part } 0 .. $#faults));
	open(my $reader, '-|', 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d',
		$node->connstr('postgres'), '-f', $file)
	  or die "psql: $!";
	push @readers, $reader;
}
foreach my $reader (@readers)
{
	while (<$reader>)
	{
		chomp;
		my ($what, $outcome, $seconds) = split /\|/;
		($outcomes{$what}, $seconds{$what}) = ($outcome, $seconds);
	}
	ok(close($reader), 'a session with faults')
	  or diag("psql: status $?, $!");
}
my %place = (
	first => [ 0, 'at the first page' ],
	later => [ 0, 'at a later page' ],
	always => [ 1, 'always' ],
	later_always => [ 1, 'from a later page on' ]);
foreach my $n (0 .. $#faults)
{
	foreach my $when (when($n))
	{
		outcome_is($faults[$n], $place{$when}[0], $outcomes{"$n $when"},
			$place{$when}[1]);
		cmp_ok($seconds{"$n $when"}, '<', $limit, '... in time');
	}
}


# Before a connection stands
sub outcome
{
	my ($error) = @_;

	return $error->{state} || $error->{out} =~ s/\n/,/gr;
}
create_table($node, 'fake', 'things');
my $query = 'SELECT sk FROM things';

sub at
{
	my ($url) = @_;

	set_endpoint($node, 'fake', $url);
	return outcome(query_error($node, $query));
}

sub whole
{
	return answer(page(undef, 1 .. 5));
}

my $nobody = DdbService->start(\&whole);
my $nobody_url = $nobody->url;
$nobody->stop;
outcome_is('nobody listens', 1, at($nobody_url), 'always');
outcome_is('the host has no address', 1, at('https://name.invalid'), 'always');
outcome_is(
	'the connection is not accepted', 1,
	at('http://127.0.0.1:' . full_port()), 'always');
outcome_is(
	'the connection is accepted and reset', 0,
	at(DdbService->start(\&whole, hang_up => 1)->url), 'once');
outcome_is(
	'the connection is accepted and reset', 1,
	at(DdbService->start(\&whole, hang_up => 1000)->url), 'always');
outcome_is(
	'silence in the TLS handshake', 1,
	at('https://127.0.0.1:' . silent_port()), 'always');
outcome_is('no TLS', 1, at($service->url =~ s/http/https/r), 'always');

# Certificates, each its own authority
my $folder = $PostgreSQL::Test::Utils::tmp_check;

sub write_file
{
	my ($name, $text) = @_;

	open(my $file, '>', "$folder/$name") or die "$name: $!";
	print $file $text;
	close($file);
	return "$folder/$name";
}

# openssl req makes none that has expired.
sub certificate
{
	my ($name, $host, $start, $end) = @_;
	my $base = "$folder/$name";
	my $config = write_file("$name.cnf", <<"EOS");
[ca]
default_ca = this
[this]
database = $base.index
new_certs_dir = $folder
rand_serial = yes
default_md = sha256
policy = any
x509_extensions = extensions
[any]
commonName = supplied
[extensions]
subjectAltName = $host
EOS

	write_file("$name.index", '');
	run_log(
		[
			'openssl', 'req', '-new', '-newkey', 'rsa:2048', '-nodes',
			'-subj', "/CN=$name", '-keyout', "$base.key", '-out', "$base.csr"
		]) or die 'openssl req failed';
	run_log(
		[
			'openssl', 'ca', '-batch', '-selfsign', '-notext',
			'-config', $config, '-keyfile', "$base.key",
			'-startdate', $start, '-enddate', $end,
			'-in', "$base.csr", '-out', "$base.crt"
		]) or die 'openssl ca failed';
	return { cert => "$base.crt", key => "$base.key" };
}

sub with_certificate
{
	my ($fault, $certificate, $authority) = @_;
	my $there = DdbService->start(\&whole, tls => $certificate);

	$node->safe_psql('postgres',
		"ALTER SERVER fake OPTIONS (ADD sslrootcert '$authority->{cert}')");
	if ($fault)
	{
		outcome_is($fault, 1, at($there->url), 'always');
		is(scalar($there->requests), 0, '... and nothing was sent');
	}
	else
	{
		is(at($there->url), $all, 'a certificate that is as it should be');
	}
	$node->safe_psql('postgres', 'ALTER SERVER fake OPTIONS (DROP sslrootcert)');
	$there->stop;
}
my @now = ('20200101000000Z', '20491231000000Z');
my $here = certificate('here', 'IP:127.0.0.1', @now);
my $elsewhere = certificate('elsewhere', 'DNS:elsewhere.example', @now);
my $expired = certificate('expired', 'IP:127.0.0.1',
	'20200101000000Z', '20200201000000Z');

with_certificate(undef, $here, $here);
with_certificate('a certificate of an unknown authority', $here, $elsewhere);
with_certificate('a certificate for another host', $elsewhere, $elsewhere);
with_certificate('an expired certificate', $expired, $expired);


# What the service says of the table, which isn't so

sub described
{
	my (%more) = @_;

	return description(
		ItemCount => 5,
		TableSizeBytes => 500,
		AttributeDefinitions => [
			{ AttributeName => 'pk', AttributeType => 'S' },
			{ AttributeName => 'sk', AttributeType => 'N' },
			{ AttributeName => 'g', AttributeType => 'S' }
		],
		%more);
}

my $invalid = failure(400, 'ValidationException', 'It is not as you think');
my $missing =
  failure(400, 'ResourceNotFoundException', 'Requested resource not found');

$node->safe_psql('postgres', <<'EOS');
CREATE FOREIGN TABLE described (
  pk text COLLATE "C" NOT NULL, sk integer NOT NULL, g text COLLATE "C"
) SERVER fake OPTIONS (table_name 'Things');
EOS

# A table that changes before the request with this number, DescribeTable
# aside.  The queries' outcomes, in one session.
sub while_it_changes
{
	my ($handler, @queries) = @_;
	my $n = 0;
	my $changing = DdbService->start(
		sub {
			my ($request) = @_;

			$n++ unless $request->{operation} eq 'DescribeTable';
			return $handler->($request, $n);
		});

	set_endpoint($node, 'fake', $changing->url);
	my $said = query_error($node, join ";\n", @queries);

	# each query's answer or error, as they came
	my @errors = $said->{err} =~ /ERROR: +(\w{5}):/g;
	my @answers = split /\n/, $said->{out};
	return join ' ', @errors, @answers;
}
my $sum_up = 'SELECT string_agg(sk::text, \',\') FROM described';

is( while_it_changes(
		sub {
			my ($request) = @_;
			return described() if $request->{operation} eq 'DescribeTable';
			return whole();
		},
		$sum_up),
	$all,
	'a table that is as described');
outcome_is(
	'DescribeTable is refused', 1,
	while_it_changes(
		sub {
			return failure(400, 'AccessDeniedException', 'No')
			  if $_[0]{operation} eq 'DescribeTable';
			return whole();
		},
		$sum_up),
	'always');
outcome_is(
	'the table is still being made', 1,
	while_it_changes(
		sub {
			return described(TableStatus => 'CREATING')
			  if $_[0]{operation} eq 'DescribeTable';
			return $missing;
		},
		$sum_up),
	'always');
is( while_it_changes(
		sub {
			my ($request, $n) = @_;
			return described(TableStatus => $n == 0 ? 'CREATING' : 'ACTIVE')
			  if $request->{operation} eq 'DescribeTable';
			return $n == 1 ? $missing : whole();
		},
		$sum_up,
		$sum_up),
	"HV00R $all",
	'... once it is made the session finds it');

# Plans made before the change are the first to notice, and are made anew.
my @by_g = (
	GlobalSecondaryIndexes => [
		{
			IndexName => 'by_g',
			IndexStatus => 'ACTIVE',
			ItemCount => 5,
			IndexSizeBytes => 500,
			KeySchema => [ { AttributeName => 'g', KeyType => 'HASH' } ],
			Projection => { ProjectionType => 'ALL' }
		}
	]);
my @prepared = (
	'SET plan_cache_mode = force_generic_plan',
	'PREPARE q(text) AS SELECT string_agg(sk::text, \',\') FROM described
	   WHERE g = $1',
	('EXECUTE q(\'x\')') x 3);
my $with_g = sub {
	my $page = page(undef, 1 .. 5);
	$_->{g} = { S => 'x' } foreach @{ $page->{Items} };
	return answer($page);
};
is( while_it_changes(
		sub {
			my ($request, $n) = @_;
			return $n < 2 ? described(@by_g) : described()
			  if $request->{operation} eq 'DescribeTable';
			return $n < 2 || !$request->{body}{IndexName}
			  ? $with_g->()
			  : $invalid;
		},
		@prepared),
	"HV000 $all $all",
	'an index that goes: one error, then the answer without it');
outcome_is(
	'an index is gone since the plan was made', 0,
	while_it_changes(
		sub {
			my ($request, $n) = @_;
			return $n == 0 ? described(@by_g) : described()
			  if $request->{operation} eq 'DescribeTable';
			return $request->{body}{IndexName} ? $invalid : $with_g->();
		},
		@prepared[ 0 .. 2 ]),
	'once');
is( while_it_changes(
		sub {
			my ($request, $n) = @_;
			return described(
				KeySchema => [
					{
						AttributeName => $n == 0 ? 'g' : 'pk',
						KeyType => 'HASH'
					},
					{ AttributeName => 'sk', KeyType => 'RANGE' }
				]) if $request->{operation} eq 'DescribeTable';
			return $request->{body}{Key} && $request->{body}{Key}{g}
			  || ($request->{body}{KeyConditionExpression}
				&& $request->{body}{ExpressionAttributeNames}{'#0'} eq 'g')
			  ? $invalid
			  : $with_g->();
		},
		"$sum_up WHERE g = 'x' AND sk > 0",
		"$sum_up WHERE g = 'x' AND sk > 0"),
	"HV000 $all",
	'keys that have changed: one error, then the answer by the new ones');


# A service that is down is asked less and less: repetitions take tokens, and
# successes give them back.
my $down = DdbService->start(
	sub {
		my ($request) = @_;

		return $request->{n} <= 71 || $request->{n} == 86
		  ? failure(500, 'InternalServerError', 'Oops')
		  : whole();
	});
set_endpoint($node, 'fake', $down->url);
my $tries = "SELECT string_agg(outcome, ' ') FROM (
  SELECT (try('things')).outcome FROM generate_series(1, %d)) AS t";
is( $node->safe_psql('postgres',
		sprintf("$tries;", 36) . sprintf("$tries;", 15)),
	join(' ', ('08006') x 36) . "\n" . join(' ', ($all) x 15),
	'a service that is down, and recovers');
is(scalar($down->requests), 35 * 2 + 1 + 14 + 2,
	'... 35 repetitions, then none, and one again after 14 successes');


# Both ways round: nothing is in README's table that wasn't tested.
my @untested = grep {
	my $fault = $_;
	grep { $expected{$fault}[$_] ne '—' && !$tested{$fault}[$_] } 0 .. 1
} sort keys %expected;
is(join(', ', @untested), '', 'README says nothing that was not tested');
$node->stop;
done_testing();
