-- Conditions on the date of a time, and the like, bound the time as a key; and
-- lose no row, whatever the zone and however it changes its clocks.
\getenv endpoint DYNAMODB_ENDPOINT
CREATE EXTENSION dynamodb_fdw;
CREATE SERVER key_calendar FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (region 'us-east-1', endpoint :'endpoint');
CREATE USER MAPPING FOR CURRENT_USER SERVER key_calendar
  OPTIONS (aws_access_key_id 'local', aws_secret_access_key 'local');
CREATE FOREIGN TABLE readings (
  p text COLLATE "C" NOT NULL,
  t timestamptz OPTIONS (format 'iso8601') NOT NULL,
  v integer
) SERVER key_calendar
  OPTIONS (table_name 'key_calendar', insert_mode 'replace');
SELECT dynamodb_create_table('readings');
-- the same items without a zone
CREATE FOREIGN TABLE plain (
  p text COLLATE "C" NOT NULL,
  t timestamp OPTIONS (format 'iso8601') NOT NULL,
  v integer
) SERVER key_calendar OPTIONS (table_name 'key_calendar');
SET TimeZone = 'UTC';
-- every three hours around the changes of summer time, of the side of the
-- date line (Apia, 2011), and of years
CREATE TABLE local_readings AS
  SELECT 'p' AS p, t, row_number() OVER (ORDER BY t)::integer AS v
    FROM unnest('{2024-03-09, 2024-03-30, 2024-10-26, 2011-12-28, 2023-12-31}'::timestamptz[]) AS d,
         generate_series(d, d + interval '4 days', interval '3 hours') AS t;
CREATE VIEW local_plain AS SELECT p, t AT TIME ZONE 'UTC' AS t, v FROM local_readings;
INSERT INTO readings SELECT * FROM local_readings;

-- The key condition of a query, and whether both tables give the same rows.
CREATE FUNCTION compare(tab text, cond text)
RETURNS TABLE (key_condition text, nrows bigint, same boolean)
LANGUAGE plpgsql AS $$
DECLARE
  plan json;
  query text := format('SELECT * FROM %I WHERE p = ''p'' AND %s', tab, cond);
BEGIN
  EXECUTE 'EXPLAIN (FORMAT JSON, COSTS OFF) ' || query INTO plan;
  key_condition := substr(plan -> 0 -> 'Plan' ->> 'Key Condition',
                          length('"p" = ''p'' AND ') + 1);
  EXECUTE format('WITH f AS MATERIALIZED (%s),
                       l AS MATERIALIZED (%s)
                  SELECT (SELECT count(*) FROM l),
                         NOT EXISTS ((TABLE l EXCEPT ALL TABLE f) UNION ALL
                                     (TABLE f EXCEPT ALL TABLE l))',
                 query, replace(query, 'FROM ', 'FROM local_'))
    INTO nrows, same;
  RETURN NEXT;
END $$;
\pset null '-'
\x on
\set ECHO queries

SELECT cond, c.* FROM unnest(ARRAY[
  $$ t::date = '2024-03-31' $$,
  $$ CAST(t AS date) BETWEEN '2024-03-10' AND '2024-03-11' $$,
  $$ '2024-03-31' > t::date $$,
  $$ t::date > '2024-03-31' $$,
  $$ t::date <> '2024-03-31' $$,
  $$ t::timestamp >= '2024-03-31 12:00' AND t::timestamp < '2024-04-01' $$,
  $$ t AT TIME ZONE 'America/New_York' <= '2024-03-10 02:30' $$,
  $$ (t AT TIME ZONE 'Pacific/Apia')::date = '2011-12-31' $$,
  $$ date_trunc('day', t) = '2024-03-31' $$,
  $$ date_trunc('day', t) = DATE '2024-03-31' $$,
  $$ date_trunc('month', t) <= '2023-12-01' $$,
  $$ date_trunc('year', t, 'Europe/Paris') = '2022-12-31 23:00+00' $$,
  $$ date_trunc('day', t AT TIME ZONE 'Europe/Paris') = '2024-03-31' $$,
  $$ date_trunc('century', t) = '2001-01-01' $$,
  $$ t::date = CURRENT_DATE $$,
  $$ t::date >= 'infinity' $$,
  $$ t::date > '4714-11-24 BC' $$,
  $$ t::date = NULL $$,
  $$ t::date = t::timestamp $$,
  $$ t::date = (SELECT DATE '2024-03-31') $$,
  $$ t::time = '12:00' $$
]) AS cond, compare('readings', cond) AS c;
SELECT cond, c.* FROM unnest(ARRAY[
  $$ t::date = '2024-03-31' $$,
  $$ date_trunc('week', t) > '2024-03-25' $$,
  $$ date_trunc('hour', t) = '2024-03-31 12:00' $$
]) AS cond, compare('plain', cond) AS c;

-- every day, hour and month there is, in zones that go their own ways
\x off
CREATE FUNCTION wrong(zone text) RETURNS TABLE (conditions bigint, wrong bigint)
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('TimeZone', zone, true);
  RETURN QUERY
    SELECT count(*), count(*) FILTER (WHERE NOT c.same)
      FROM (SELECT DISTINCT format(form, op, CASE kind WHEN 1 THEN t::date::text ELSE t::timestamp::text END) AS cond
              FROM local_readings,
                   (VALUES (1, 't::date %s %L'), (2, 't::timestamp %s %L'),
                           (1, 'date_trunc(''day'', t) %s %L::date'),
                           (1, '(t AT TIME ZONE ''Pacific/Apia'')::date %s %L')) AS f (kind, form),
                   unnest('{=,<,>}'::text[]) AS op
             WHERE v % 4 = 1) AS q,
           compare('readings', cond) AS c;
END $$;
SELECT zone, w.* FROM unnest('{UTC, America/New_York, Europe/Paris, Pacific/Apia, Asia/Kolkata}'::text[]) AS zone,
       wrong(zone) AS w;

\set ECHO none
DO $$
BEGIN
  PERFORM dynamodb_call('key_calendar', 'DeleteTable',
                        '{"TableName": "key_calendar"}');
END $$;
DROP FUNCTION compare, wrong;
DROP VIEW local_plain;
DROP TABLE local_readings;
SET client_min_messages = warning;
DROP EXTENSION dynamodb_fdw CASCADE;
