# A token is known for ten minutes.  What may have been written is repeated no
# longer than that, as it would be written twice; the clock runs ahead here.
use strict;
use warnings;
use DdbService;
use DdbTest;
use FindBin;
use PostgreSQL::Test::Utils;
use Test::More;

my $clock = PostgreSQL::Test::Utils::tempdir . '/clock';
my $library = "$clock.so";

system_or_bail('gcc', '-shared', '-fPIC', '-o', $library,
	"$FindBin::RealBin/../service/clock.c");
append_to_file($clock, '');

my $node = do
{
	local %ENV = (%ENV, LD_PRELOAD => $library, DDB_CLOCK => $clock);
	new_node('token');
};
# from 19 on, PostgreSQL may ask the processor and not the system
$node->safe_psql('postgres',
	q{ALTER DATABASE postgres SET timing_clock_source = 'system'})
  if $node->safe_psql('postgres',
	q{SELECT count(*) FROM pg_settings WHERE name = 'timing_clock_source'});
create_server($node, 's', 'http://127.0.0.1:1', q{idempotent_writes 'true'});
create_table($node, 's', 'things');

# So many seconds pass while the first try is on its way; it gets no answer,
# but the second would.
sub after_seconds
{
	my ($seconds) = @_;

	my $service = DdbService->start(
		sub {
			my ($request) = @_;

			return answer({}) if $request->{n} > 1;
			append_to_file($clock, '.' x $seconds);
			return reset_connection;
		});
	set_endpoint($node, 's', $service->url);
	return $service;
}

foreach my $statement (
	"INSERT INTO things VALUES ('a', 1, 'x')",
	"DELETE FROM things WHERE pk = 'a' AND sk = 1")
{
	my ($verb) = split / /, $statement;
	my $service = after_seconds(8 * 60);

	$node->safe_psql('postgres', $statement);
	my @tokens = map { $_->{body}{ClientRequestToken} } $service->requests;
	is(scalar(@tokens), 2, "$verb: repeated after eight minutes");
	is($tokens[0], $tokens[1], '... with its token');

	$service = after_seconds(10 * 60);
	error_is(
		$node, "$verb: nobody knows after ten", $statement,
		state => '08007',
		detail => qr/^Key \(pk, sk\)=\(a, 1\)\.  /);
	is(scalar($service->requests), 1, '... as it is not repeated');
}

$node->stop;
done_testing();
