# call.pl
#	Sends one request to the endpoint in DYNAMODB_ENDPOINT, for tests of what
#	dynamodb_call() can't be given: a jsonb holds no U+0000.
#
#	perl test/service/call.pl PutItem '{"TableName": "t", "Item": {...}}'
#
# Silent if the service accepts it, at last; else its answer is printed.

use strict;
use warnings;
use Digest::SHA qw(sha256_hex hmac_sha256 hmac_sha256_hex);
use IO::Socket::INET;
use POSIX qw(strftime);

my ($operation, $body) = @ARGV;
my ($host, $port) = ($ENV{DYNAMODB_ENDPOINT} // '') =~ m{^http://([^:/]+):(\d+)/?$}
	or die "DYNAMODB_ENDPOINT is not like http://127.0.0.1:8000\n";

my $time = strftime('%Y%m%dT%H%M%SZ', gmtime);
my $date = substr($time, 0, 8);
my $target = "DynamoDB_20120810.$operation";
my $type = 'application/x-amz-json-1.0';

# Signature Version 4, with the keys that emulators and the proxy know.
my $signed = 'content-type;host;x-amz-date;x-amz-target';
my $canonical = join("\n",
	'POST', '/', '',
	"content-type:$type", "host:$host:$port",
	"x-amz-date:$time", "x-amz-target:$target", '',
	$signed, sha256_hex($body));
my $scope = "$date/us-east-1/dynamodb/aws4_request";
my $key = 'AWS4local';
$key = hmac_sha256($_, $key) foreach split(m{/}, $scope);
my $signature = hmac_sha256_hex(
	join("\n", 'AWS4-HMAC-SHA256', $time, $scope, sha256_hex($canonical)),
	$key);

# What says that it may be sent again is; also what a lost answer leaves open,
# as a put is the same twice.
my $again = qr{^HTTP/\S+ 5|^HTTP/\S+ 400 .*(?:Conflict|Throttling|Throughput)}s;
my $answer = '';
foreach my $try (1 .. 10)
{
	my $socket = IO::Socket::INET->new(PeerAddr => $host, PeerPort => $port)
	  or die "cannot connect to $host:$port: $@\n";
	print $socket join("\r\n",
		'POST / HTTP/1.0', "Host: $host:$port", "Content-Type: $type",
		"X-Amz-Date: $time", "X-Amz-Target: $target",
		'Authorization: AWS4-HMAC-SHA256'
		  . " Credential=local/$scope, SignedHeaders=$signed, Signature=$signature",
		'Content-Length: ' . length($body), '', $body);
	$answer = do { local $/; <$socket> } // '';
	last if $answer ne '' && $answer !~ $again;
}
print $answer, "\n" unless $answer =~ m{^HTTP/\S+ 200 };
