-- Every SQL type written and read back, and what is stored for it; and every
-- value that DynamoDB cannot hold is an error before anything is sent.
\getenv endpoint DYNAMODB_ENDPOINT
CREATE EXTENSION dynamodb_fdw;
CREATE SERVER write_type FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (region 'us-east-1', endpoint :'endpoint', consistent_read 'on');
CREATE USER MAPPING FOR CURRENT_USER SERVER write_type
  OPTIONS (aws_access_key_id 'local', aws_secret_access_key 'local');

CREATE FOREIGN TABLE made (p text COLLATE "C" NOT NULL)
  SERVER write_type OPTIONS (table_name 'write_type');
SET client_min_messages = warning;
SELECT dynamodb_create_table('made');
RESET client_min_messages;
CREATE TYPE regress_color AS ENUM ('red', 'dark green', 'blue');
CREATE DOMAIN regress_word AS varchar(5) CHECK (VALUE <> 'never');
CREATE TYPE regress_pair AS (n integer, at timestamptz);

-- What is stored for a value, what it reads as, and what it was.
CREATE FUNCTION stored(attribute text) RETURNS text LANGUAGE sql AS $$
  SELECT dynamodb_call('write_type', 'GetItem', jsonb_build_object(
      'TableName', 'write_type', 'ConsistentRead', true,
      'Key', '{"p": {"S": "one"}}'::jsonb)) -> 'Item' ->> attribute
$$;
CREATE FUNCTION written(type text, value text, options text = '',
                        OUT wire text, OUT read text, OUT same boolean)
LANGUAGE plpgsql AS $$
DECLARE
  detail text;
BEGIN
  EXECUTE format('CREATE FOREIGN TABLE one (p text COLLATE "C" NOT NULL, v %s %s)
                    SERVER write_type OPTIONS (table_name ''write_type'')',
                 type, CASE WHEN options <> '' THEN
                         'OPTIONS (' || options || ')' ELSE '' END);
  PERFORM dynamodb_call('write_type', 'DeleteItem', '{"TableName": "write_type", "Key": {"p": {"S": "one"}}}');
  BEGIN
    EXECUTE format('INSERT INTO one VALUES (''one'', %L::%s)', value, type);
    EXECUTE format('SELECT coalesce(v::text, ''NULL''), v::text IS NOT DISTINCT FROM %L::%s::text FROM one WHERE p = ''one''',
                   value, type)
      INTO read, same;
    wire := stored('v');
  EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    read := SQLSTATE || ' ' || CASE WHEN detail = '' THEN SQLERRM ELSE detail END;
  END;
  DROP FOREIGN TABLE one;
END $$;

-- strings
SELECT type, written.* FROM (VALUES
    ('text', E'h\u00e9llo \U0001F600 "quoted" back\\slash /\b\f\n\r\t\u0001\u007f  '), ('text', ''),
    ('varchar(5)', 'äöüß€'), ('char(5)', 'a b'), ('char(3)', ''), ('name', 'x'), ('"char"', 'x'), ('"char"', ''),
    ('regress_color', 'dark green'), ('regress_word', 'maybe'), ('text', NULL)) AS v (type, value),
  LATERAL written(type, value);
-- numbers
SELECT type, written.* FROM (VALUES
    ('smallint', '-32768'), ('integer', '2147483647'), ('bigint', '-9223372036854775808'),
    ('numeric', '-12345678901234567890.123456789012345678'), ('numeric', '1.50'), ('numeric', '0.000'),
    ('numeric', '-0.0000012'), ('numeric', '1e125'), ('numeric', '1e-130'), ('numeric(7,2)', '12345.6'),
    ('numeric', '12345678901234567890123456789012345678000'), ('numeric(3,-2)', '12345'),
    ('real', '0.1'), ('real', '1e-45'), ('real', '3.4028235e38'), ('real', '16777217'),
    ('double precision', '0.1'), ('double precision', '0.30000000000000004'), ('double precision', '1e23'),
    ('double precision', '1.7976931348623e125'), ('double precision', '123456789.125')) AS v (type, value),
  LATERAL written(type, value);
SELECT type, value, read FROM (VALUES
    ('numeric', 'NaN'), ('numeric', 'Infinity'), ('numeric', '1e126'), ('numeric', '-1e-131'),
    ('numeric', '1.00000000000000000000000000000000000001'), ('numeric[]', '{1,NaN}'),
    ('real', 'Infinity'), ('double precision', 'NaN'), ('double precision', '1e126'), ('double precision', '1e-300'),
    ('jsonb', '1e400'), ('json', '[1, {"a": 1.00000000000000000000000000000000000001}]')) AS v (type, value),
  LATERAL written(type, value);
-- booleans, bytes, uuid
SELECT type, written.* FROM (VALUES
    ('boolean', 'f'), ('boolean', 't'), ('bytea', '\x00010203ff'), ('bytea', ''),
    ('uuid', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11')) AS v (type, value),
  LATERAL written(type, value);

-- dates and times: with the session's settings out of the way
SET DateStyle = 'German, DMY';
SET TimeZone = 'Asia/Kathmandu';
SET IntervalStyle = iso_8601;
SET extra_float_digits = -5;
SET bytea_output = escape;
SELECT type, options, wire, same FROM (VALUES
    ('date', '2024-02-29', ''), ('date', '0044-03-15 BC', ''), ('date', 'infinity', ''),
    ('date', '2024-02-29', $$format 'date'$$), ('date', '2024-02-29', $$attribute_type 'N'$$),
    ('time', '23:59:59.999999', ''), ('time', '24:00', ''), ('timetz', '10:00:00+05:30', ''),
    ('timestamp', '2024-01-31 10:00:00.123456', ''), ('timestamp', '2024-01-31 10:00:00', ''),
    ('timestamp', '-infinity', ''), ('timestamp', '2024-01-31 10:00:00.123456', $$format 'isoformat'$$),
    ('timestamp', '2024-01-31 10:00:00', $$format 'isoformat'$$),
    ('timestamptz', '2024-01-31 10:00:00.123+01:00', ''), ('timestamptz', '10000-01-01 00:00+00', ''),
    ('timestamptz', '2024-01-31 10:00:00+00', $$format 'iso8601'$$),
    ('timestamptz', '2024-01-31 10:00:00.12+00', $$format 'iso8601_ms'$$),
    ('timestamptz', '2024-01-31 10:00:00+00', $$format 'iso8601_us'$$),
    ('timestamptz', '2024-01-31 10:00:00.5+00', $$format 'isoformat_utc'$$),
    ('timestamptz', '2024-01-31 10:00:00.5+00', $$format 'rfc3339'$$),
    ('timestamptz', '2024-01-31 10:00:00+00', $$attribute_type 'N'$$),
    ('timestamptz', '1969-12-31 23:59:59.999+00', $$format 'epoch_ms'$$),
    ('timestamptz(0)', '2024-01-31 10:00:00.4+00', $$format 'iso8601'$$),
    ('interval', '1 year 2 mons -3 days 04:05:06.789', ''), ('interval(0)', '1.4 s', ''),
    ('tstzrange', '[2024-01-01 00:00+00,2024-02-01 00:00+00)', ''),
    ('regress_pair', '(3,2024-01-31 10:00+00)', ''), ('float8[]', '{0.30000000000000004}', '')) AS v (type, value, options),
  LATERAL written(type, value, options);
RESET DateStyle;
RESET TimeZone;
RESET IntervalStyle;
RESET extra_float_digits;
RESET bytea_output;
-- no format rounds or cuts
SELECT type, value, options, read FROM (VALUES
    ('timestamptz', '2024-01-31 10:00:00.5+00', $$format 'iso8601'$$),
    ('timestamptz', '2024-01-31 10:00:00.0005+00', $$format 'iso8601_ms'$$),
    ('timestamptz', '2024-01-31 10:00:00.5+00', $$attribute_type 'N'$$),
    ('timestamptz', 'infinity', $$format 'iso8601_us'$$),
    ('date', '10000-01-01', $$format 'date'$$),
    ('timestamp', '0001-12-31 23:59:59 BC', $$format 'isoformat'$$)) AS v (type, value, options),
  LATERAL written(type, value, options);

-- types that only their own functions know
SELECT type, written.* FROM (VALUES
    ('inet', '10.1.2.3/8'), ('cidr', '2001:db8::/32'), ('macaddr', '08:00:2b:01:02:03'), ('bit(3)', '101'),
    ('varbit', '101'), ('point', '(1.5,-2)'), ('int4range', '[1,5)'), ('regclass', 'pg_class'),
    ('oid', '4294967295'), ('tsvector', 'a:1 b:2')) AS v (type, value),
  LATERAL written(type, value);

-- json and jsonb: plain, and in the typed form
SELECT type, written.* FROM (VALUES
    ('jsonb', '{"b": {"L": []}, "a": [1, 1.50, 1e2, -0.0, "x", true, null, {}]}'), ('jsonb', '"x"'), ('jsonb', 'false'),
    ('jsonb', '12.0'), ('jsonb', '{}'), ('jsonb', 'null'), ('json', '{"a": 1, "b": 2, "a": [3], "\u0061": 4}'),
    ('json', '"\ud83d\ude00"')) AS v (type, value),
  LATERAL written(type, value);
SELECT type, value, written.wire, written.read FROM (VALUES
    ('jsonb', '{"SS": ["a", "b"]}'), ('jsonb', '{"M": {"a": {"N": "1"}, "b": {"B": "AAE="}}}'),
    ('json', '{"L": [{"NULL": true}]}'), ('jsonb', '{"S": 5}'), ('jsonb', '{"N": "1e200"}'), ('jsonb', '[]'))
    AS v (type, value),
  LATERAL written(type, value, $$format 'dynamodb'$$);
SELECT value, written.wire, written.read FROM unnest(ARRAY['{"a": 1}', '[1]', 'null']) AS value,
  LATERAL written('jsonb', value, $$attribute_type 'M'$$);
-- what looks like a value in either form and can't be one is never sent: no
-- empty names, and only sets that are sets
SELECT value, written.read FROM unnest(ARRAY['{"": 1}', '[{"a": {"": 2}}]']) AS value,
  LATERAL written('jsonb', value);
SELECT value, written.read FROM unnest(ARRAY['{"M": {"": {"N": "1"}}}', '{"SS": []}', '{"L": [{"SS": ["a", "a"]}]}',
    '{"NS": ["1", "1.0"]}', '{"BS": ["AAE=", "AAE="]}', '{"BS": ["AAE"]}', '{"B": "x!"}', '{"M": {"a": {"B": "AA E="}}}',
    '{"NULL": false}']) AS value,
  LATERAL written('json', value, $$format 'dynamodb'$$);
SELECT depth, left(written.read, 120) AS read, written.same
  FROM unnest(ARRAY[31, 32, 200]) AS depth,
       LATERAL written('jsonb', repeat('[', depth) || repeat(']', depth));

-- sets: sorted, each member once, never empty; lists
SELECT type, value, written.* FROM (VALUES
    ('text[]', '{b,a,"",b}', ''), ('regress_color[]', '{red,blue}', ''), ('integer[]', '{10,9,10}', ''),
    ('numeric[]', '{1.0,1.00,2}', ''), ('bytea[]', '{"\\x01","\\x01",""}', ''), ('text[]', '{}', ''),
    ('date[]', '{2024-02-01,2024-01-31}', ''), ('text[]', '{b,NULL,a,b}', $$attribute_type 'L'$$),
    ('text[]', '{}', $$attribute_type 'L'$$), ('boolean[]', '{t,f}', ''),
    ('jsonb[]', '{"{\"k\": true}",1,NULL}', '')) AS v (type, value, options),
  LATERAL written(type, value, options);
SELECT type, value, written.read FROM (VALUES
    ('text[]', '{a,NULL}', ''), ('text[]', '{{a,b},{c,d}}', ''), ('text[]', '[0:1]={a,b}', $$attribute_type 'L'$$),
    ('numeric[]', '{{1}}', $$attribute_type 'L'$$)) AS v (type, value, options),
  LATERAL written(type, value, options);

-- NULL: no attribute, or the NULL type; an empty set is one
SELECT type, value, options, written.wire, written.read FROM (VALUES
    ('text', NULL, ''), ('text', NULL, $$null_as 'null'$$), ('text', NULL, $$null_as 'absent'$$),
    ('text[]', '{}', $$null_as 'null'$$)) AS v (type, value, options),
  LATERAL written(type, value, options);
CREATE FOREIGN TABLE strict (p text COLLATE "C" NOT NULL, tags text[] NOT NULL, d jsonb NOT NULL)
  SERVER write_type OPTIONS (table_name 'write_type', null_as 'null');
INSERT INTO strict VALUES ('s', '{}', '1');
INSERT INTO strict VALUES ('s', '{a}', 'null');
INSERT INTO strict VALUES ('s', NULL, '1');
SELECT count(*) FROM strict WHERE p = 's';
DROP FOREIGN TABLE strict;

-- Documents: columns that show parts of one attribute, and the rest.
SELECT dynamodb_call('write_type', 'DeleteItem', '{"TableName": "write_type", "Key": {"p": {"S": "one"}}}');
CREATE FOREIGN TABLE doc (
  p text COLLATE "C" NOT NULL,
  address jsonb,
  city text OPTIONS (attribute_path 'address.city'),
  line0 text OPTIONS (attribute_path 'address.lines[0]'),
  line1 text OPTIONS (attribute_path 'address.lines[1]'),
  odd integer OPTIONS (attribute_path '"a.b"."c""d"'),
  rest jsonb OPTIONS (attribute_name '*'))
  SERVER write_type OPTIONS (table_name 'write_type');
INSERT INTO doc (p, city, line0, line1, odd, rest) VALUES ('one', 'Bonn', 'x', 'y', 5, '{"n": 1, "o": [null]}')
  RETURNING *;
SELECT stored('address'), stored('a.b'), stored('n'), stored('o');
-- the same value may come twice, another one may not
INSERT INTO doc (p, address, city) VALUES ('two', '{"city": "Ulm", "zip": "8"}', 'Ulm') RETURNING *;
INSERT INTO doc (p, address, city) VALUES ('three', '{"city": "Ulm"}', 'Bonn');
INSERT INTO doc (p, address, city) VALUES ('three', '["Ulm"]', 'Bonn');
INSERT INTO doc (p, line1) VALUES ('three', 'y');
INSERT INTO doc (p, rest) VALUES ('three', '{"p": "four"}');
INSERT INTO doc (p, rest) VALUES ('three', '[]');
INSERT INTO doc (p, rest) VALUES ('three', '{"a.b": {"x": 1}}') RETURNING *;
-- a table whose key only the rest shows
CREATE FOREIGN TABLE bare (rest jsonb OPTIONS (attribute_name '*'))
  SERVER write_type OPTIONS (table_name 'write_type');
INSERT INTO bare VALUES ('{"p": "bare", "x": 1}') RETURNING *;
INSERT INTO bare VALUES ('{"x": 1}');
INSERT INTO bare VALUES ('{"p": "bare", "x": 2}');
INSERT INTO bare VALUES ('{"p": 5}');

\set ECHO none
DO $$ BEGIN
  PERFORM dynamodb_call('write_type', 'DeleteTable', '{"TableName": "write_type"}');
END $$;
DROP FUNCTION written, stored;
DROP EXTENSION dynamodb_fdw CASCADE;
DROP TYPE regress_color, regress_pair;
DROP DOMAIN regress_word;
