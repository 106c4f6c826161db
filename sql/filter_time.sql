-- Remote filters on dates and times, compared with each other as SQL does:
-- through the session's time zone.  Every query runs on the foreign table and
-- on an ordinary one with the same rows.
\getenv endpoint DYNAMODB_ENDPOINT
CREATE EXTENSION dynamodb_fdw;
CREATE SERVER filter_time FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (region 'us-east-1', endpoint :'endpoint');
CREATE USER MAPPING FOR CURRENT_USER SERVER filter_time
  OPTIONS (aws_access_key_id 'local', aws_secret_access_key 'local');
CREATE FOREIGN TABLE t (
  p text COLLATE "C" NOT NULL,
  s integer NOT NULL,
  z timestamptz OPTIONS (format 'iso8601_ms'),
  w timestamp OPTIONS (format 'isoformat'),
  d date OPTIONS (format 'date'),
  e timestamptz OPTIONS (attribute_type 'N', format 'epoch'),
  free timestamptz
) SERVER filter_time OPTIONS (table_name 'filter_time');
SELECT dynamodb_create_table('t');
-- Every quarter of an hour around a day that has two of them twice in one
-- zone, and lacks one in another.
SET TimeZone = 'UTC';
CREATE TABLE local_t AS
  SELECT 'x'::text AS p, s::integer, at AS z, at::timestamp AS w,
         at::date AS d, date_trunc('second', at) AS e, at AS free
    FROM generate_series('2024-10-26 20:00+00'::timestamptz,
                         '2024-10-27 06:00+00', '30 min') WITH ORDINALITY
           AS a (at, s);
INSERT INTO local_t (p, s) VALUES ('x', 1000);
DO $$
BEGIN
  PERFORM dynamodb_call('filter_time', 'PutItem', jsonb_build_object(
      'TableName', 'filter_time',
      'Item', jsonb_build_object('p', jsonb_build_object('S', p),
                                 's', jsonb_build_object('N', s::text)) ||
        CASE WHEN z IS NULL THEN '{}' ELSE jsonb_build_object(
        'z', jsonb_build_object('S', to_char(z, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')),
        'w', jsonb_build_object('S', to_char(w, 'YYYY-MM-DD"T"HH24:MI:SS')),
        'd', jsonb_build_object('S', to_char(d, 'YYYY-MM-DD')),
        'e', jsonb_build_object('N', extract(epoch FROM e)::bigint::text),
        'free', jsonb_build_object('S', to_char(free, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))) END))
    FROM local_t;
END $$;

CREATE FUNCTION compare(cond text)
RETURNS TABLE (remote_filter text, local boolean, nrows bigint, same boolean)
LANGUAGE plpgsql AS $$
DECLARE
  plan json;
BEGIN
  EXECUTE format('EXPLAIN (FORMAT JSON, COSTS OFF) SELECT s FROM t WHERE %s',
                 cond) INTO plan;
  remote_filter := plan -> 0 -> 'Plan' ->> 'Remote Filter';
  local := plan -> 0 -> 'Plan' ->> 'Filter' IS NOT NULL;
  EXECUTE format('SELECT count(*) FROM local_t WHERE %s', cond) INTO nrows;
  EXECUTE format('WITH f AS MATERIALIZED (SELECT s FROM t WHERE %1$s),
                       l AS MATERIALIZED (SELECT s FROM local_t WHERE %1$s)
                  SELECT NOT EXISTS ((TABLE l EXCEPT ALL TABLE f) UNION ALL
                                     (TABLE f EXCEPT ALL TABLE l))',
                 cond) INTO same;
  RETURN NEXT;
END $$;
\pset null '-'

-- which comparisons are sent, and which of them are checked again
SET DateStyle = 'ISO';
SELECT cond, c.* FROM unnest(ARRAY[
  $$ z = '2024-10-27 00:00+00' $$, $$ z < '2024-10-27 00:00:00.0001+00' $$,
  $$ z >= date '2024-10-27' $$, $$ z < timestamp '2024-10-27 02:30' $$,
  $$ z <> timestamp '2024-10-27 02:30' $$,
  $$ w = '2024-10-27 02:30' $$, $$ w >= date '2024-10-27' $$,
  $$ w < '2024-10-27 02:30+02'::timestamptz $$,
  $$ w = '2024-10-27 02:30+02'::timestamptz $$,
  $$ d = '2024-10-27' $$, $$ d > timestamp '2024-10-26 12:00' $$,
  $$ d <> timestamp '2024-10-26 12:00' $$,
  $$ d >= '2024-10-27 00:00+00'::timestamptz $$,
  $$ e BETWEEN '2024-10-27 00:00+00' AND '2024-10-27 01:00+00' $$,
  $$ e IN ('2024-10-27 00:00+00', '2024-10-27 00:00:00.5+00') $$,
  $$ e NOT IN ('2024-10-27 00:00+00', '2024-10-27 00:00:00.5+00') $$,
  $$ z > to_timestamp(1729990800) $$, $$ z IS DISTINCT FROM NULL $$,
  $$ z > now() - interval '1000 years' $$, $$ free > '2024-10-27 00:00+00' $$,
  $$ z::date = '2024-10-27' $$, $$ z IS NULL $$
]) AS cond, compare(cond) AS c;

-- in zones whose clocks are set back, set forward, and left alone
CREATE FUNCTION count_zones(zone text)
RETURNS TABLE (compared bigint, nrows numeric, wrong bigint)
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('TimeZone', zone, true);
  RETURN QUERY
    SELECT count(*), sum(c.nrows), count(*) FILTER (WHERE NOT same)
      FROM unnest(ARRAY['z', 'w', 'd', 'e']) AS col,
           unnest(ARRAY['=', '<>', '<', '<=', '>', '>=']) AS op,
           unnest(ARRAY['timestamptz', 'timestamp', 'date']) AS typ,
           unnest(ARRAY['2024-10-27 02:30', '2024-10-26 21:59:59.9995']) AS v,
           compare(format('%s %s %L::%s', col, op, v, typ)) AS c;
END $$;
SELECT zone, c.* FROM unnest(ARRAY['Europe/Berlin', 'Australia/Lord_Howe',
                                   'UTC']) AS zone, count_zones(zone) AS c;

\set ECHO none
DO $$
BEGIN
  PERFORM dynamodb_call('filter_time', 'DeleteTable',
                        '{"TableName": "filter_time"}');
END $$;
DROP FUNCTION compare, count_zones;
DROP TABLE local_t;
SET client_min_messages = warning;
DROP EXTENSION dynamodb_fdw CASCADE;
