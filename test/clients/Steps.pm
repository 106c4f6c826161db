# Steps.pm
#	What every client does, and what that may ask of DynamoDB.
#
# A step names the driver's verb and its fields, in order (driver.py tells
# how they are written), and what must come of it:
#
#	requests	what is sent, in this order; or {most => n}
#	part		so many rows, no matter which, of those of an ordinary table;
#			without it, all rows, and in that order
#	state		the SQLSTATE of the error
#	only		'direct': for a view has no system columns
#	ignore		a column whose values are the relation's own
#
# A request is shown as operation, index and Limit; what is expected may leave
# the Limit out, as clients with cursors have one everywhere.
package Steps;

use strict;
use warnings;
use Exporter 'import';

our @EXPORT = qw(@steps);

my $key = q{sensor = 'sensor 3' AND at = '2024-01-02 00:00:42.03Z'};
my $events = 'SELECT * FROM events';
my $range = q{SELECT * FROM events WHERE sensor = 'sensor 2' AND};

# What tools ask that have no call for it.
my @catalog = (
	q{SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
	         col_description(c.oid, a.attnum), pg_get_expr(d.adbin, c.oid)
	    FROM pg_class c
	    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
	    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
	   WHERE c.relnamespace = current_schema()::regnamespace
	     AND c.relkind IN ('r', 'f', 'v')
	   ORDER BY 1, a.attnum},
	q{SELECT t.table_name, c.column_name, c.data_type,
	         t.is_insertable_into IS NULL, c.is_updatable IS NULL
	    FROM information_schema.tables t
	    JOIN information_schema.columns c USING (table_schema, table_name)
	   WHERE table_schema = current_schema
	   ORDER BY 1, c.ordinal_position});

our @steps = (
	{
		name => 'lists tables and columns',
		do => [ 'tables', map { (sql => s/\s+/ /gr) } @catalog ],
		requests => []
	},
	{
		name => 'looks at columns while DynamoDB is down',
		do =>
		  [ 'rows', sql => 'SELECT TRUE FROM down WHERE 1<>1 LIMIT 0' ],
		requests => []
	},
	{
		name => 'limits rows by the protocol',
		do => [ 'limited', sql => $events, size => 200, times => 1 ],
		part => 200,
		requests => [ 'DescribeTable', 'Scan Limit 200' ]
	},
	{
		name => 'fetches 100 rows and closes',
		do => [ 'fetch', sql => $events, size => 100, times => 1 ],
		part => 100,
		requests => ['Scan Limit 100']
	},
	{
		name => 'breaks a stream off after 3 rows',
		# rows so wide that no socket's buffers hold pages of them
		do => [
			'stream',
			sql => 'SELECT w.*, pad || pad || pad AS more FROM wide w',
			take => 3
		],
		part => 3,
		requests => { most => 2 }
	},
	{
		name => 'pauses for longer than request_timeout',
		do => [
			'fetch',
			sql => 'SELECT sensor, at, data FROM paused UNION ALL'
			  . " SELECT sensor, at, data FROM paused WHERE sensor = '-'",
			size => 200,
			times => 2,
			pause => 2.2
		],
		part => 400,
		requests => { most => 20 }
	},
	{
		name => 'goes on reading after COMMIT',
		do => [
			'hold',
			sql => "$range at < '2024-01-21Z' ORDER BY at DESC",
			size => 20
		],
		requests => { most => 2 }
	},
	{
		name => 'sets a savepoint for each statement',
		do => [
			'savepoints',
			sql => "$events WHERE $key",
			sql => "SELECT 1 / (reading - reading) FROM events WHERE $key",
			sql => "$events WHERE $key"
		],
		requests => [ ('GetItem') x 3 ]
	},
	{
		name => 'discards all',
		do => [ 'rows', sql => 'DISCARD ALL' ],
		requests => []
	},
	{
		name => 'and reads on',
		do => [ 'rows', sql => "$events WHERE $key" ],
		requests => ['GetItem']
	},
	{
		name => 'sets formats and a time zone',
		do => [
			'settings',
			set => "SET LOCAL DateStyle TO 'German'",
			set => 'SET LOCAL extra_float_digits TO -5',
			set => "SET LOCAL TIME ZONE 'Asia/Kathmandu'",
			sql => 'SELECT sensor, at::text, reading::float8::text, data::text'
			  . " FROM events WHERE sensor = 'sensor 2'"
			  . " AND at >= '2024-01-10' AND at < date '2024-01-20'"
		],
		requests => ['Query']
	},
	{
		name => 'filters dates by literals',
		do => [
			'rows',
			sql => "$range at >= '2024-01-10' AND at < '2024-01-20'"
		],
		requests => ['Query']
	},
	{
		name => 'filters dates by parameters',
		do => [
			'rows',
			sql => "$range at BETWEEN \$1 AND \$2",
			time => '2024-01-10T00:00:00+00:00',
			time => '2024-01-20T00:00:00+00:00'
		],
		requests => ['Query']
	},
	{
		name => 'filters dates by dates',
		do => [
			'rows',
			sql => "$range at >= DATE '2024-01-10'"
			  . " AND at < DATE '2024-01-10' + 10"
		],
		requests => ['Query']
	},
	{
		name => 'filters dates by timestamps',
		do => [
			'rows',
			sql => "$range at >= CAST('2024-01-10 00:00:00' AS timestamp) AND"
			  . " at <= CAST('2024-01-19 23:59:59.999999' AS timestamp)"
		],
		requests => ['Query']
	},
	{
		name => 'filters dates by arithmetic',
		do => [
			'rows',
			sql => "$range at > to_timestamp(1704844799.999)"
			  . " AND at < date_trunc('day', timestamptz '2024-01-20 12:00')"
			  . " + interval '1 day'"
		],
		requests => ['Query']
	},
	{
		name => 'makes plans generic',
		do => [ 'rows', sql => 'SET plan_cache_mode TO force_generic_plan' ],
		requests => []
	},
	{
		name => 'looks up a key by varchar parameters',
		do => [
			'prepared',
			sql => "$events WHERE sensor = CAST(\$1 AS varchar) AND at = \$2",
			text => 'sensor 4',
			time => '2024-01-02T00:00:42.030+00:00'
		],
		requests => [ ('GetItem') x 3 ]
	},
	{
		name => 'reads whole rows',
		do => [ 'rows', sql => "SELECT e.*, e FROM events e WHERE $key" ],
		requests => ['GetItem']
	},
	{
		name => 'reads system columns',
		do => [
			'rows',
			sql => "SELECT t.*, tableoid::regclass, ctid FROM events t WHERE $key"
		],
		only => 'direct',
		ignore => 7,
		requests => ['GetItem']
	},
	{
		name => 'reads binary results',
		do => [
			'binary',
			sql => 'SELECT sensor, at, reading, label, tags, data, e'
			  . " FROM events e WHERE $key"
		],
		requests => ['GetItem']
	},
	{
		name => 'cancels',
		do => [ 'cancel', sql => 'SELECT * FROM slow' ],
		state => '57014',
		requests => { most => 1 }
	},
	{
		name => 'and reads on',
		do => [ 'rows', sql => "$events WHERE $key" ],
		requests => ['GetItem']
	},
	{
		name => 'runs out of time',
		do => [ 'timeout', sql => "SELECT * FROM slow WHERE $key" ],
		state => '57014',
		requests => { most => 1 }
	},
	{
		name => 'and reads on',
		do => [ 'rows', sql => "$events WHERE $key" ],
		requests => ['GetItem']
	});

1;
