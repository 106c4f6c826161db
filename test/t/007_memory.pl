# Whatever is done often, or breaks off, leaves nothing behind: descriptors,
# connections, memory contexts and memory are as before.  And a result of any
# size is read in little memory.
use strict;
use warnings;
use DdbBench;
use DdbTest;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

plan skip_all => 'needs servers of our own' unless $ENV{DDB_REPLAY};

my $items = 200_000;
my $replay = DdbBench->replay;

# LLVM alone takes half of what is allowed here, and workers would take a part
my $node = new_node('memory', conf => <<'EOS');
jit = off
max_parallel_workers_per_gather = 0
EOS

create_server($node, 'replay', $replay->url);
my $columns = 'pk text COLLATE "C" NOT NULL, sk integer NOT NULL,
  a1 integer, a2 text, a3 integer';
foreach (
	[ 't', 'memory' ],
	[ 'few', 'memory_few' ],
	[ 'small_pages', 'memory_few', "page_size '3'" ],
	[ 'nothing', 'nothing' ])
{
	my ($table, $dynamodb_table, @more) = @$_;
	my $options = join ', ', "table_name '$dynamodb_table'",
	  "partition_key 'pk'", "sort_key 'sk'", @more;

	$node->safe_psql('postgres',
		"CREATE FOREIGN TABLE $table ($columns) SERVER replay OPTIONS ($options)"
	);
}
$node->safe_psql('postgres', <<'EOS');
CREATE FOREIGN TABLE t_whole (
  pk text COLLATE "C" NOT NULL, a1 integer,
  whole jsonb OPTIONS (attribute_name '*')
) SERVER replay
  OPTIONS (table_name 'memory', concurrency '16');
CREATE FOREIGN TABLE misfit (pk text COLLATE "C" NOT NULL, a2 integer)
  SERVER replay
  OPTIONS (table_name 'memory_few', partition_key 'pk', sort_key 'sk');
EOS
my $filled = $replay->control('POST', 'tables',
	{ name => 'memory', items => $items, partitions => 2000 });
cmp_ok($filled->{bytes}, '>', 50_000_000, "$items items, over 50 MB");
$replay->control('POST', 'tables',
	{ name => 'memory_few', items => 1000, partitions => 10 });


# One backend, looked at from outside and from within.

sub new_session
{
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	my $self = { psql => $session };

	$self->{pid} = $session->query('SELECT pg_backend_pid()');
	return $self;
}

# In kB, from /proc.
sub memory_of
{
	my ($session, $what) = @_;
	my ($kb) =
	  slurp_file("/proc/$session->{pid}/status") =~ /^$what:\s+(\d+) kB/m;

	return $kb;
}

sub state_of
{
	my ($session) = @_;
	my @targets = map { readlink($_) // () } glob "/proc/$session->{pid}/fd/*";
	my ($contexts, $bytes) = split /\|/, $session->{psql}->query(<<'EOS');
WITH m AS MATERIALIZED (SELECT *, to_jsonb(m) AS all_of_it
                          FROM pg_backend_memory_contexts AS m),
     -- 18 has a path of numbers where there was the parent's name
     named AS (SELECT m.name, m.total_bytes,
                      coalesce(m.all_of_it ->> 'parent', p.name) AS parent
                 FROM m LEFT JOIN m AS p
                   ON p.all_of_it -> 'path' -> -1 = m.all_of_it -> 'path' -> -2)
SELECT count(*), sum(total_bytes) FROM named
 WHERE name ~ 'dynamodb' OR parent ~ 'dynamodb' OR name = 'TopMemoryContext'
    OR parent IN ('TopTransactionContext', 'PortalContext')
EOS
	return {
		sockets => scalar(grep { /^socket:/ } @targets),

		# a table's file may be opened at any time
		descriptors => scalar(grep { !/^\// } @targets),
		contexts => $contexts,
		bytes => $bytes,
		rss => memory_of($session, 'RssAnon')
	};
}

# leaves_nothing($name, $warm_up, $often)
#	Runs both in one session; what the second one does a hundred times as
#	often as the first must leave no more behind.
sub leaves_nothing
{
	my ($name, $warm_up, $often) = @_;
	my $session = new_session();
	my $started = time;
	my ($before, $after);

	$session->{psql}->query($warm_up);
	state_of($session);
	$before = state_of($session);
	my $said = $session->{psql}->query($often);
	$after = state_of($session);
	note(
		sprintf(
			'%s: %.1f s; descriptors %d, %d; contexts %d, %d; '
			  . 'bytes in them %d, %d; RSS %d, %d kB',
			$name, time - $started,
			map { ($before->{$_}, $after->{$_}) }
			  qw(descriptors contexts bytes rss)));
	# connections stay for the next one: as many as once were in flight, which
	# are 8 at most
	cmp_ok($after->{$_}, '<=', $before->{$_} + 7, "$name: $_")
	  foreach qw(descriptors sockets);
	cmp_ok($after->{$_}, '<=', $before->{$_}, "$name: $_")
	  foreach qw(contexts bytes);
	cmp_ok($after->{rss} - $before->{rss}, '<=', 512, "$name: RSS, in kB");
	$session->{psql}->quit;
	return $said;
}

# 10,000 rescans, each with another key, in one statement
my $lookups = <<'EOS';
SELECT count(*), count(DISTINCT t.a1)
  FROM generate_series(0, %d) AS n,
       LATERAL (SELECT a1 FROM t
                 WHERE pk = 'p' || lpad((n %% 2000)::text, 8, '0')
                   AND sk = n / 2000) AS t
EOS
# What lookups keep for keys that come again is work_mem's, and no leak.
my $nested = 'SET enable_hashjoin = off; SET enable_mergejoin = off;
  SET work_mem = \'64kB\';
  SET enable_memoize = off; SET enable_material = off;
  SET dynamodb_fdw.enable_batch_join = off; SET dynamodb_fdw.allow_scan = off;';
$replay->control('POST', 'counts', {});
is( leaves_nothing(
		'10,000 rescans', $nested . sprintf($lookups, 99),
		sprintf($lookups, 9999)),
	'10000|10000',
	'each finds its item');
my $counts = $replay->control('GET', 'counts');
is($counts->{requests}{GetItem}, 10_100, '... by a request of its own');
is($counts->{connections}, 1, '... over one connection');

# 1,000 cancelled queries: waiting for an answer, or in the middle of one
$replay->control('POST', 'latency', { ms => 30 });
my $cancelled = <<'EOS';
SELECT 'SET LOCAL statement_timeout = ''2ms'';' ||
       CASE n %% 2
         WHEN 0 THEN 'SELECT a1 FROM few WHERE pk = ''p00000001'' AND sk = 1'
         ELSE 'SELECT count(*) FROM few'
       END
  FROM generate_series(1, %d) AS n \gexec
EOS
leaves_nothing(
	'1,000 cancelled queries',
	sprintf($cancelled, 10), sprintf($cancelled, 1000));
my $were = () = slurp_file($node->logfile) =~ /due to statement timeout/g;
is($were, 1010, 'all of them were cancelled');
$replay->control('POST', 'latency', { ms => 0 });

# 1,000 errors, caught: the service's, a value's, and a row's while the next
# page is on its way
my $errors = <<'EOS';
DO $$
DECLARE
  caught text[];
BEGIN
  FOR n IN 1..%d LOOP
    BEGIN
      IF n %% 3 = 0 THEN
        PERFORM pk FROM nothing;
      ELSIF n %% 3 = 1 THEN
        PERFORM a2 FROM misfit WHERE pk = 'p00000001';
      ELSE
        PERFORM 1 / (CASE WHEN a2 > '' THEN 0 END)
           FROM small_pages WHERE pk = 'p00000001' ORDER BY sk;
      END IF;
    EXCEPTION WHEN OTHERS THEN
      caught := caught || sqlstate;
    END;
  END LOOP;
  CREATE TEMP TABLE IF NOT EXISTS said (sqlstate text, n bigint);
  TRUNCATE said;
  INSERT INTO said SELECT c, count(*) FROM unnest(caught) AS c GROUP BY 1;
END $$;
SELECT string_agg(sqlstate || ' ' || n, ', ' ORDER BY sqlstate) FROM said;
EOS
is( leaves_nothing(
		'1,000 caught errors',
		sprintf($errors, 12), sprintf($errors, 1000)),
	'22012 333, HV004 334, HV00R 333',
	'each has its SQLSTATE');

# Cursors left open to the end of their transaction, read from or not, and
# savepoints rolled back below them
sub cursors
{
	my ($n) = @_;

	return join "\n", map {
		<<"EOS" } 1 .. $n;
BEGIN;
DECLARE a$_ CURSOR FOR SELECT * FROM small_pages;
DECLARE b$_ CURSOR FOR SELECT * FROM t;
FETCH 2 FROM a$_;
SAVEPOINT s;
DECLARE c$_ CURSOR FOR SELECT * FROM small_pages WHERE pk = 'p00000002';
FETCH 4 FROM c$_;
ROLLBACK TO s;
FETCH 30 FROM a$_;
COMMIT;
EOS
}
my $rows =
  leaves_nothing('cursors left open', cursors(10), cursors(100));
is(scalar(() = $rows =~ /^p0/mg), 100 * 36, 'their rows all came');

# 200,000 items in the memory of the 16 pages that may be in flight, from far
# away so that they are, and the one that is read: 17 of 1.5 MB
$replay->control('POST', 'latency', { ms => 50 });

sub grows_little
{
	my ($name, $in_flight, $sql, $expected) = @_;
	my $session = new_session();
	my ($before, $peak);

	$session->{psql}->query('SELECT count(*) FROM few');
	$before = memory_of($session, 'VmRSS');
	$replay->control('POST', 'counts', {});
	is($session->{psql}->query($sql), $expected, $name);
	$peak = memory_of($session, 'VmHWM') - $before;
	cmp_ok($peak, '<', 40 * 1024, sprintf('... in %.1f MB', $peak / 1024));
	my $counts = $replay->control('GET', 'counts');
	is($counts->{items}, $items, '... each sent once');
	cmp_ok($counts->{bytes}, '>', 50_000_000, '... and whole');
	cmp_ok($counts->{in_flight}, '>=', $in_flight, '... many in flight')
	  if $in_flight;
	$session->{psql}->quit;
}
my $sum = $items * ($items - 1) / 2;
grows_little(
	"$items items",
	8,
	"SELECT count(*), sum(a1), sum(length(whole->>'a8')) >= 8 * count(*)
       FROM t_whole AS t",
	"$items|$sum|t");
grows_little(
	"$items items, taken now and then",
	8,
	"SELECT count(whole),
            count(CASE WHEN a1 % 20000 = 0 THEN pg_sleep(0.2)::text END)
       FROM t_whole AS t",
	"$items|10");
grows_little(
	"$items items, fetched now and then",
	0, <<"EOS",
BEGIN;
DECLARE c CURSOR FOR SELECT * FROM t_whole;
MOVE 50000 FROM c;
SELECT FROM pg_sleep(0.3);
MOVE 50000 FROM c;
SELECT FROM pg_sleep(0.3);
MOVE ALL FROM c;
COMMIT;
SELECT 'done';
EOS
	'done');
$replay->control('POST', 'latency', { ms => 0 });
$node->stop;
done_testing();
