-- Formats: what a column with one accepts, and key conditions on such
-- columns.  Every condition runs on the foreign table and on an ordinary one
-- with the same rows.
\getenv endpoint DYNAMODB_ENDPOINT
CREATE EXTENSION dynamodb_fdw;
CREATE SERVER type_format FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (region 'us-east-1', endpoint :'endpoint');
CREATE USER MAPPING FOR CURRENT_USER SERVER type_format
  OPTIONS (aws_access_key_id 'local', aws_secret_access_key 'local');
SET DateStyle = 'ISO, YMD';
SET TimeZone = 'UTC';
SET IntervalStyle = postgres;

CREATE FOREIGN TABLE made (p text COLLATE "C" NOT NULL, s text COLLATE "C" NOT NULL)
  SERVER type_format OPTIONS (table_name 'type_format');
SELECT dynamodb_create_table('made');
CREATE FOREIGN TABLE made_n (p text COLLATE "C" NOT NULL, s numeric NOT NULL)
  SERVER type_format OPTIONS (table_name 'type_format_n');
SELECT dynamodb_create_table('made_n');
CREATE PROCEDURE put(tab text, item jsonb) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM dynamodb_call('type_format', 'PutItem',
                        jsonb_build_object('TableName', tab, 'Item', item));
END $$;

-- A column per format over one attribute; what doesn't fit is NULL.
CREATE FOREIGN TABLE moments (
  p text COLLATE "C" NOT NULL,
  v text OPTIONS (attribute_name 's') COLLATE "C" NOT NULL,
  iso8601 timestamptz OPTIONS (attribute_name 's', format 'iso8601'),
  iso8601_ms timestamptz OPTIONS (attribute_name 's', format 'iso8601_ms'),
  iso8601_us timestamptz OPTIONS (attribute_name 's', format 'iso8601_us'),
  isoformat timestamptz OPTIONS (attribute_name 's', format 'isoformat'),
  isoformat_utc timestamptz OPTIONS (attribute_name 's', format 'isoformat_utc'),
  rfc3339 timestamptz OPTIONS (attribute_name 's', format 'rfc3339'),
  "date" date OPTIONS (attribute_name 's', format 'date'),
  no_format timestamptz OPTIONS (attribute_name 's'),
  "timestamp" timestamp OPTIONS (attribute_name 's', format 'rfc3339'),
  "timestamp(1)" timestamp(1) OPTIONS (attribute_name 's', format 'iso8601_ms')
) SERVER type_format OPTIONS (table_name 'type_format', on_type_mismatch 'null');
DO $$
DECLARE
  s text;
BEGIN
  FOREACH s IN ARRAY ARRAY[
    '2024-01-31T10:00:00Z', '2024-01-31T10:00:00.000Z', '2024-01-31T10:00:00.120Z',
    '2024-01-31T10:00:00.100Z', '2024-01-31T10:00:00.000000Z',
    '2024-01-31T10:00:00.123456Z', '2024-01-31T10:00:00.1234567Z',
    '2024-01-31T10:00:00', '2024-01-31T10:00:00.123456', '2024-01-31T10:00:00.000000',
    '2024-01-31T10:00:00.123', '2024-01-31T10:00:00+00:00',
    '2024-01-31T10:00:00.123456+00:00', '2024-01-31T10:00:00-00:00',
    '2024-01-31T10:00:00+05:45', '2024-01-31t10:00:00.5z', '2024-01-31 10:00:00Z',
    '2024-01-31', '2024-1-31', '2024-02-30', '2023-02-29T00:00:00Z', '2024-01-31T24:00:00Z',
    '2024-01-31T23:59:60Z', '2024-01-31T10:00Z',
    '2024-01-31T10:00:00Z ', ' 2024-01-31T10:00:00Z', '0001-01-01T00:00:00Z',
    '9999-12-31T23:59:59.999999Z', '0000-01-01T00:00:00Z', '10000-01-01T00:00:00Z',
    '２024-01-31', 'now', 'nonsense'
  ] LOOP
    CALL put('type_format', jsonb_build_object('p', '{"S": "moment"}'::jsonb,
                                               's', jsonb_build_object('S', s)));
  END LOOP;
END $$;
\set ECHO queries
\pset null '-'
SELECT v, iso8601 IS NOT NULL AS iso8601, iso8601_ms IS NOT NULL AS ms,
    iso8601_us IS NOT NULL AS us, isoformat IS NOT NULL AS isoformat,
    isoformat_utc IS NOT NULL AS utc, rfc3339 IS NOT NULL AS rfc3339,
    "date" IS NOT NULL AS date, "timestamp" IS NOT NULL AS timestamp,
    "timestamp(1)" IS NOT NULL AS "(1)", no_format
  FROM moments WHERE p = 'moment' ORDER BY v;
-- all that accept a text agree on what it says
SELECT count(*) AS different FROM moments, LATERAL (VALUES (iso8601), (iso8601_ms), (iso8601_us),
    (isoformat), (isoformat_utc), (rfc3339), (("date")::timestamptz)) AS x (one)
  WHERE p = 'moment' AND one <> no_format;

-- numbers
CREATE FOREIGN TABLE epochs (
  p text COLLATE "C" NOT NULL,
  n numeric OPTIONS (attribute_name 's') NOT NULL,
  epoch timestamptz OPTIONS (attribute_name 's', attribute_type 'N'),
  epoch_ms timestamptz OPTIONS (attribute_name 's', format 'epoch_ms'),
  "timestamp" timestamp OPTIONS (attribute_name 's', format 'epoch'),
  "date" date OPTIONS (attribute_name 's', format 'epoch'),
  date_ms date OPTIONS (attribute_name 's', format 'epoch_ms')
) SERVER type_format OPTIONS (table_name 'type_format_n', on_type_mismatch 'null');
DO $$
DECLARE
  n numeric;
BEGIN
  FOREACH n IN ARRAY ARRAY[0, -1, 0.5, 1706695200, 1706659200, 1706695200123,
                           253402300799, 253402300800, 253402300799999, 253402300800000,
                           -62135596800, -62135596801, 1e20]
  LOOP
    CALL put('type_format_n', jsonb_build_object('p', '{"S": "moment"}'::jsonb,
                                                 's', jsonb_build_object('N', n::text)));
  END LOOP;
END $$;
SELECT n, epoch, epoch_ms, "timestamp", "date", date_ms FROM epochs
  WHERE p = 'moment' ORDER BY n;

-- uuid: only as it is always written
CREATE FOREIGN TABLE uuids (
  p text COLLATE "C" NOT NULL,
  v text OPTIONS (attribute_name 's') COLLATE "C" NOT NULL,
  u uuid OPTIONS (attribute_name 's'),
  same uuid OPTIONS (attribute_name 's', format 'uuid')
) SERVER type_format OPTIONS (table_name 'type_format', on_type_mismatch 'null');
DO $$
DECLARE
  s text;
BEGIN
  FOREACH s IN ARRAY ARRAY[
    'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11',
    'a0eebc999c0b4ef8bb6d6bb9bd380a11', '{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}',
    'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1g']
  LOOP
    CALL put('type_format', jsonb_build_object('p', '{"S": "uuid"}'::jsonb,
                                               's', jsonb_build_object('S', s)));
  END LOOP;
END $$;
SELECT v, u, same FROM uuids WHERE p = 'uuid' ORDER BY v;

-- The forms as sort keys: a table for each, and one here with the same rows.
\set ECHO none
CREATE TABLE moment (at timestamp);
INSERT INTO moment
  SELECT t FROM unnest(ARRAY['0001-01-01 00:00:00', '1969-12-31 23:59:59',
    '1969-12-31 23:59:59.999', '1970-01-01 00:00:00', '2023-12-31 23:59:59.999999',
    '2024-01-01 00:00:00', '2024-01-01 00:00:00.000001', '2024-01-01 00:00:00.001',
    '2024-01-01 05:00:00', '2024-01-31 10:00:00', '2024-01-31 10:00:00.1',
    '2024-01-31 10:00:00.123', '2024-01-31 10:00:00.123456', '2024-01-31 10:00:01',
    '2024-02-29 12:00:00', '2024-03-10 06:59:59', '2024-03-10 07:00:00',
    '2024-03-11 00:00:00', '2024-11-03 05:30:00', '2024-11-03 06:30:00',
    '9000-01-01 00:00:00', '9999-12-31 23:59:59.999999']::timestamp[]) AS t;
-- name, type of the key, format, and how the service has a moment
CREATE TABLE form (tab text, type text, format text, unit text, wire text);
INSERT INTO form VALUES
  ('sec', 'timestamptz', 'iso8601', 'second', $$to_char(at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"')$$),
  ('ms', 'timestamptz', 'iso8601_ms', 'millisecond', $$to_char(at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')$$),
  ('us', 'timestamp', 'iso8601_us', 'microsecond', $$to_char(at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')$$),
  ('py', 'timestamp', 'isoformat', 'microsecond',
   $$replace(to_char(at, 'YYYY-MM-DD"T"HH24:MI:SS.US'), '.000000', '')$$),
  ('py_utc', 'timestamptz', 'isoformat_utc', 'microsecond',
   $$replace(to_char(at, 'YYYY-MM-DD"T"HH24:MI:SS.US'), '.000000', '') || '+00:00'$$),
  ('rfc', 'timestamptz', 'rfc3339', 'microsecond',
   $$to_char(at + interval '2 h', 'YYYY-MM-DD"T"HH24:MI:SS.US"+02:00"')$$),
  ('day', 'date', 'date', 'day', $$to_char(at, 'YYYY-MM-DD')$$),
  ('epoch', 'timestamptz', 'epoch', 'second', $$extract(epoch FROM at)::bigint$$),
  ('epoch_ms', 'timestamp', 'epoch_ms', 'millisecond', $$(extract(epoch FROM at) * 1000)::bigint$$),
  ('epoch_day', 'date', 'epoch', 'day', $$extract(epoch FROM at)::bigint$$);
DO $$
DECLARE
  f form;
  name text;
  v integer;
  wire text;
BEGIN
  FOR f IN SELECT * FROM form LOOP
    name := CASE WHEN f.tab LIKE 'epoch%' THEN 'type_format_n' ELSE 'type_format' END;
    EXECUTE format('CREATE FOREIGN TABLE %I (p text COLLATE "C" NOT NULL,
                      s %s OPTIONS (format %L) NOT NULL, v integer)
                      SERVER type_format OPTIONS (table_name %L)',
                   f.tab, f.type, f.format, name);
    EXECUTE format('CREATE TABLE local_%s AS
                      SELECT %2$L AS p, s::%3$s AS s, row_number() OVER ()::integer AS v, wire
                        FROM (SELECT DISTINCT date_trunc(%4$L, at) AS at FROM moment) AS m,
                             LATERAL (SELECT at AS s, (%5$s)::text AS wire) AS w
                        WHERE %2$L <> ''rfc'' OR extract(year FROM at) BETWEEN 2 AND 9998',
                   f.tab, f.tab, f.type, f.unit, f.wire);
    FOR wire, v IN EXECUTE format('SELECT wire, v FROM local_%s', f.tab) LOOP
      CALL put(name, jsonb_build_object(
        'p', jsonb_build_object('S', f.tab), 'v', jsonb_build_object('N', v::text),
        's', jsonb_build_object(CASE WHEN f.tab LIKE 'epoch%' THEN 'N' ELSE 'S' END, wire)));
    END LOOP;
    EXECUTE format('ALTER TABLE local_%s DROP wire', f.tab);
  END LOOP;
END $$;
-- The request of a query, with what it says of s, and whether both tables give
-- the same rows.
CREATE FUNCTION compare(tab text, cond text)
RETURNS TABLE (operation text, key_condition text, nrows bigint, same boolean)
LANGUAGE plpgsql AS $$
DECLARE
  plan json;
BEGIN
  cond := format('p = %L AND %s', tab, cond);
  EXECUTE format('EXPLAIN (FORMAT JSON, COSTS OFF) SELECT * FROM %I WHERE %s',
                 tab, cond) INTO plan;
  plan := plan -> 0 -> 'Plan';
  operation := coalesce(plan ->> 'DynamoDB Operation', plan ->> 'Node Type');
  key_condition := nullif(regexp_replace(plan ->> 'Key Condition',
                                         '^"p" = ''\w+''( AND )?', ''), '');
  EXECUTE format('SELECT count(*) FROM local_%s WHERE %s', tab, cond)
    INTO nrows;
  EXECUTE format('WITH f AS MATERIALIZED (SELECT * FROM %1$I WHERE %2$s),
                       l AS MATERIALIZED (SELECT * FROM local_%1$s WHERE %2$s)
                  SELECT NOT EXISTS ((TABLE l EXCEPT ALL TABLE f) UNION ALL
                                     (TABLE f EXCEPT ALL TABLE l))',
                 tab, cond) INTO same;
  RETURN NEXT;
END $$;
\set ECHO queries
SELECT tab, type, format, c.nrows, c.same FROM form, compare(tab, 'true') AS c;

-- a date range, spelled as people and tools do
SELECT cond, c.* FROM unnest(ARRAY[
  $$ s >= '2024-01-01' $$,
  $$ s >= timestamp '2024-01-01 00:00:00' $$,
  $$ s >= date '2024-01-01' $$,
  $$ s BETWEEN '2024-01-01' AND '2024-01-31 10:00:00' $$,
  $$ s >= date '2024-01-01' AND s < date '2024-02-01' $$,
  $$ s > now() - interval '7 days' $$,
  $$ s >= to_timestamp(1706695200) $$,
  $$ s = '2024-01-31 10:00:00.123' $$,
  $$ s::date = date '2024-01-31' $$,
  $$ date_trunc('day', s) = '2024-01-31' $$
]) AS cond, compare('ms', cond) AS c;
-- bounds finer than the form, which no stored value equals
SELECT cond, c.* FROM unnest(ARRAY[
  $$ s = '2024-01-31 10:00:00.1234' $$,
  $$ s > '2024-01-31 10:00:00.1234' $$,
  $$ s >= '2024-01-31 10:00:00.1234' $$,
  $$ s < '2024-01-31 10:00:00.1234' $$,
  $$ s <= '2024-01-31 10:00:00.1234' $$,
  $$ s BETWEEN '2024-01-31 10:00:00.1221' AND '2024-01-31 10:00:00.1239' $$,
  $$ s BETWEEN '2024-01-31 10:00:00.1231' AND '2024-01-31 10:00:00.1239' $$,
  $$ s > 'infinity' $$,
  $$ s > '-infinity' $$,
  $$ s <= 'infinity' $$,
  $$ s > '0044-01-01 BC' AND s < '20000-01-01' $$,
  $$ s = '20000-01-01' $$
]) AS cond, compare('ms', cond) AS c;
PREPARE since (timestamptz) AS SELECT count(*) FROM ms WHERE p = 'ms' AND s >= $1;
PREPARE since_day (date) AS SELECT count(*) FROM ms WHERE p = 'ms' AND s >= $1;
SET plan_cache_mode = force_generic_plan;
EXPLAIN (COSTS OFF) EXECUTE since ('2024-02-29');
EXECUTE since ('2024-02-29');
EXECUTE since ('infinity');
EXECUTE since (NULL);
EXPLAIN (COSTS OFF) EXECUTE since_day ('2024-02-29');
EXECUTE since_day ('2024-02-29');
RESET plan_cache_mode;
EXPLAIN (COSTS OFF) SELECT s FROM ms WHERE p = 'ms' ORDER BY s DESC LIMIT 2;
SELECT s FROM ms WHERE p = 'ms' ORDER BY s DESC LIMIT 2;
EXPLAIN (COSTS OFF) SELECT s FROM py WHERE p = 'py' ORDER BY s LIMIT 2;
SELECT s FROM py WHERE p = 'py' ORDER BY s LIMIT 2;

-- Every form, operator, type of the other side and time zone.  rfc3339 has no
-- order; and what = a timestamptz isn't known of a date or timestamp, whose
-- meaning depends on the zone.
CREATE FUNCTION compare_all(zone text) RETURNS TABLE (tab text, conditions bigint,
    queries bigint, key_conditions bigint, rows numeric, wrong text)
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('TimeZone', zone, true);
  RETURN QUERY SELECT f.tab, count(*), count(*) FILTER (WHERE c.operation IN ('Query', 'GetItem')),
      count(*) FILTER (WHERE c.key_condition IS NOT NULL), sum(c.nrows),
      string_agg(cond, ', ') FILTER (WHERE NOT c.same)
    FROM form f, unnest(ARRAY['=', '<', '<=', '>', '>=']) AS op,
      unnest(ARRAY[$c$date '2024-01-01'$c$, $c$date '2024-03-10'$c$, $c$date 'infinity'$c$,
                   $c$timestamp '2024-01-31 10:00:00.123'$c$,
                   $c$timestamp '2024-03-10 02:30:00'$c$,
                   $c$timestamp '2024-01-31 10:00:00.12345'$c$,
                   $c$timestamptz '2024-01-31 10:00:00+00'$c$,
                   $c$timestamptz '2024-11-03 01:30:00 America/New_York'$c$,
                   $c$timestamptz '1970-01-01 00:00:00+00'$c$,
                   $c$timestamptz '-infinity'$c$]) AS value,
      LATERAL (SELECT format('s %s %s', op, value) AS cond) AS k,
      LATERAL compare(f.tab, cond) AS c
    GROUP BY f.tab ORDER BY f.tab COLLATE "C";
END $$;
SELECT * FROM compare_all('UTC');
SELECT * FROM compare_all('America/New_York');
SELECT * FROM compare_all('Asia/Kathmandu');

-- uuid in the order of its bytes, as text and here
CREATE FOREIGN TABLE ids (p text COLLATE "C" NOT NULL, s uuid NOT NULL)
  SERVER type_format OPTIONS (table_name 'type_format');
CREATE TABLE local_ids AS SELECT 'ids' AS p, md5(n::text)::uuid AS s FROM generate_series(1, 20) AS n;
DO $$
DECLARE
  id uuid;
BEGIN
  FOR id IN SELECT s FROM local_ids LOOP
    CALL put('type_format', jsonb_build_object('p', '{"S": "ids"}'::jsonb,
                                             's', jsonb_build_object('S', id)));
  END LOOP;
END $$;
SELECT cond, c.* FROM unnest(ARRAY[
  $$ s = 'C4CA4238-A0B9-2382-0DCC-509A6F75849B' $$,
  $$ s > 'a0000000-0000-0000-0000-000000000000' $$,
  $$ s <= 'c4ca4238-a0b9-2382-0dcc-509a6f75849b' $$,
  $$ s BETWEEN '00000000-0000-0000-0000-000000000000' AND '7fffffff-ffff-ffff-ffff-ffffffffffff' $$,
  $$ s = 'ffffffff-ffff-ffff-ffff-ffffffffffff' $$
]) AS cond, compare('ids', cond) AS c;

\set ECHO none
DO $$ BEGIN
  PERFORM dynamodb_call('type_format', 'DeleteTable', jsonb_build_object('TableName', t))
    FROM unnest(ARRAY['type_format', 'type_format_n']) AS t;
  EXECUTE (SELECT 'DROP TABLE ' || string_agg(oid::regclass::text, ', ') FROM pg_class
             WHERE relkind = 'r' AND relname LIKE 'local\_%' AND relnamespace = 'public'::regnamespace);
END $$;
DROP TABLE moment, form;
DROP EXTENSION dynamodb_fdw CASCADE;
DROP FUNCTION compare, compare_all;
DROP PROCEDURE put;
