-- Every SQL type that a sort key may be read as: which comparisons become key
-- conditions, which order is the service's, and that no row is lost.
\getenv endpoint DYNAMODB_ENDPOINT
CREATE EXTENSION dynamodb_fdw;
CREATE SERVER type_key FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (region 'us-east-1', endpoint :'endpoint');
CREATE USER MAPPING FOR CURRENT_USER SERVER type_key
  OPTIONS (aws_access_key_id 'local', aws_secret_access_key 'local');
SET DateStyle = 'ISO, YMD';
SET TimeZone = 'UTC';
SET IntervalStyle = postgres;
CREATE FOREIGN TABLE made_s (p text COLLATE "C" NOT NULL, s text COLLATE "C" NOT NULL)
  SERVER type_key OPTIONS (table_name 'type_key_s');
CREATE FOREIGN TABLE made_n (p text COLLATE "C" NOT NULL, s numeric NOT NULL)
  SERVER type_key OPTIONS (table_name 'type_key_n');
CREATE FOREIGN TABLE made_b (p text COLLATE "C" NOT NULL, s bytea NOT NULL)
  SERVER type_key OPTIONS (table_name 'type_key_b');
SELECT dynamodb_create_table('made_s');
SELECT dynamodb_create_table('made_n');
SELECT dynamodb_create_table('made_b');

CREATE TYPE regress_color AS ENUM ('red', 'blue', 'dark');
CREATE DOMAIN regress_word AS varchar(6) COLLATE "C" CHECK (VALUE <> 'x');
CREATE DOMAIN regress_count AS integer CHECK (VALUE < 1000);

-- A partition for each type, and the same rows here.
CREATE PROCEDURE make(tab text, type text, wire text, stored text[], options text = '')
LANGUAGE plpgsql AS $$
DECLARE
  value text;
BEGIN
  EXECUTE format('CREATE FOREIGN TABLE %I (p text COLLATE "C" NOT NULL, s %s NOT NULL)
                    SERVER type_key OPTIONS (table_name %L)', tab,
                 regexp_replace(type, '( COLLATE .*)?$', options || '\1'), 'type_key_' || lower(wire));
  EXECUTE format('CREATE TABLE local_%s (p text COLLATE "C", s %s)', tab, type);
  FOREACH value IN ARRAY stored LOOP
    PERFORM dynamodb_call('type_key', 'PutItem', jsonb_build_object(
      'TableName', 'type_key_' || lower(wire),
      'Item', jsonb_build_object('p', jsonb_build_object('S', tab),
                                 's', jsonb_build_object(wire, value))));
    EXECUTE format('INSERT INTO local_%s VALUES (%L, %s)', tab, tab,
      CASE WHEN wire = 'B' THEN format('decode(%L, ''base64'')', value)
           WHEN options LIKE '%epoch%' THEN format('to_timestamp(%s)', value)
           ELSE quote_literal(value) END);
  END LOOP;
END $$;
CREATE FUNCTION plan_of(query text) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
  plan json;
BEGIN
  EXECUTE 'EXPLAIN (FORMAT JSON, COSTS OFF) ' || query INTO plan;
  RETURN plan -> 0 -> 'Plan';
END $$;
-- The request of a query, what it says of s, and whether both tables agree.
CREATE FUNCTION compare(tab text, cond text)
RETURNS TABLE (operation text, key_condition text, nrows bigint, same boolean)
LANGUAGE plpgsql AS $$
DECLARE
  plan json;
BEGIN
  cond := format('p = %L AND %s', tab, cond);
  plan := plan_of(format('SELECT * FROM %I WHERE %s', tab, cond));
  operation := plan ->> 'DynamoDB Operation';
  key_condition := nullif(regexp_replace(plan ->> 'Key Condition',
                                         '^"p" = ''\w+''( AND )?', ''), '');
  EXECUTE format('SELECT count(*) FROM local_%s WHERE %s', tab, cond) INTO nrows;
  EXECUTE format('WITH f AS MATERIALIZED (SELECT * FROM %1$I WHERE %2$s),
                       l AS MATERIALIZED (SELECT * FROM local_%1$s WHERE %2$s)
                  SELECT NOT EXISTS ((TABLE l EXCEPT ALL TABLE f) UNION ALL
                                     (TABLE f EXCEPT ALL TABLE l))', tab, cond) INTO same;
  RETURN NEXT;
END $$;
-- Whether ORDER BY s is left to the service, and gives the same.
CREATE FUNCTION compare_order(tab text) RETURNS TABLE (by_service boolean, same boolean)
LANGUAGE plpgsql AS $$
BEGIN
  by_service := plan_of(format('SELECT s FROM %1$I WHERE p = %1$L ORDER BY s', tab))
    ->> 'Node Type' = 'Foreign Scan';
  EXECUTE format('SELECT (SELECT array_agg(s) FROM (SELECT s FROM %1$I WHERE p = %1$L ORDER BY s) AS f) =
                         (SELECT array_agg(s) FROM (SELECT s FROM local_%1$s ORDER BY s) AS l)
                     AND (SELECT array_agg(s) FROM (SELECT s FROM %1$I WHERE p = %1$L ORDER BY s DESC) AS f) =
                         (SELECT array_agg(s) FROM (SELECT s FROM local_%1$s ORDER BY s DESC) AS l)',
                 tab) INTO same;
  RETURN NEXT;
END $$;

CALL make('an_enum', 'regress_color', 'S', ARRAY['red', 'blue', 'dark']);
CALL make('a_name', 'name', 'S', ARRAY['a', 'b', 'Zed']);
CALL make('a_domain', 'regress_word', 'S', ARRAY['a', 'b', 'abcdef']);
CALL make('a_varchar', 'varchar(3) COLLATE "en-x-icu"', 'S', ARRAY['a', 'B', 'abc']);
CALL make('a_char', 'char(5) COLLATE "C"', 'S', ARRAY['a', 'b', 'ab']);
CALL make('a_byte', '"char"', 'S', ARRAY['a', 'b']);
CALL make('a_real', 'real', 'N', ARRAY['0.1', '2', '16777217']);
CALL make('a_double', 'double precision', 'N', ARRAY['0.1', '2', '9007199254740993']);
CALL make('a_numeric', 'numeric(5,2)', 'N', ARRAY['1.5', '2', '999.99', '-3']);
CALL make('a_smallint', 'smallint', 'N', ARRAY['-32768', '2', '32767']);
CALL make('a_count', 'regress_count', 'N', ARRAY['-5', '2', '999']);
CALL make('a_bytea', 'bytea', 'B', ARRAY['AA==', 'AAE=', '/w==']);
CALL make('a_uuid', 'uuid', 'S', ARRAY['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
                                       '0a0ebc99-9c0b-4ef8-bb6d-6bb9bd380a11']);
CALL make('a_date', 'date', 'S', ARRAY['2024-01-01', '2024-02-29']);
CALL make('a_day', 'date', 'S', ARRAY['2024-01-01', '2024-02-29'], $$ OPTIONS (format 'date')$$);
CALL make('a_moment', 'timestamptz', 'S', ARRAY['2024-01-01T10:00:00+00:00', '2024-01-01T10:00:00.000001+00:00',
                                                '2024-01-01T10:00:01+00:00'], $$ OPTIONS (format 'isoformat_utc')$$);
CALL make('an_epoch', 'timestamptz', 'N', ARRAY['-1', '0', '1706695200'], $$ OPTIONS (format 'epoch')$$);
CALL make('the_last', 'timestamp', 'S', ARRAY['9999-12-31T23:59:58Z', '9999-12-31T23:59:59Z'], $$ OPTIONS (format 'iso8601')$$);
CALL make('an_interval', 'interval', 'S', ARRAY['1 day', '23:00:00', '2 hours']);
CALL make('an_inet', 'inet', 'S', ARRAY['10.0.0.1', '9.0.0.1', '10.0.0.0/8']);
\pset null '-'
\set ECHO queries
SELECT substr(l.relname, 7) AS tab, o.* FROM pg_class AS l, compare_order(substr(relname, 7)) AS o
  WHERE relname LIKE 'local\_%' AND relkind = 'r' ORDER BY l.oid;

SELECT tab, cond, c.* FROM (VALUES
  ('an_enum', ARRAY['s = ''blue''', 's > ''red''', 's < ''dark''::regress_color']),
  ('a_name', ARRAY['s = ''a''', 's = ''a''::text', 's > ''Zed''', 's LIKE ''Z%''', 's = ''Zed''::varchar']),
  ('a_domain', ARRAY['s = ''abcdef''', 's = ''too long''', 's > ''a''', 's LIKE ''abc%''',
                     's = ''abcdef'' COLLATE "C"']),
  ('a_varchar', ARRAY['s = ''a''', 's = ''abcd''', 's LIKE ''a%''', 's < ''b''']),
  ('a_char', ARRAY['s = ''a''', 's = ''a    ''', 's = ''a''::text', 's > ''a''', 's LIKE ''a%''',
                   's = ''ab''::char(2)']),
  ('a_byte', ARRAY['s = ''a''', 's > ''a''']),
  ('a_real', ARRAY['s = 0.1', 's = 0.1::real', 's > 1', 's = 16777216', 's = 16777217']),
  ('a_double', ARRAY['s = 0.1', 's = 9007199254740992', 's > 2', 's >= 2']),
  ('a_numeric', ARRAY['s = 1.5', 's = 1.500', 's > 1.999', 's < 1000', 's = 999.99::float8', 's > 1.4::real']),
  ('a_smallint', ARRAY['s = 2', 's = 100000', 's > 2::bigint', 's < 40000', 's = 2.0', 's = 2.5', 's > 2.5',
                       's::int = 2', 's::numeric > 1.5', 's::bigint = 4000000000']),
  ('a_count', ARRAY['s = 2', 's = 5000', 's > 2::bigint', 's > 1.5']),
  ('a_bytea', ARRAY['s = ''\x00''', 's > ''\x00''', 's < ''\x0001''', 's = ''''']),
  ('a_uuid', ARRAY['s = ''A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11''', 's > ''0a0ebc99-9c0b-4ef8-bb6d-6bb9bd380a11''']),
  ('a_date', ARRAY['s = ''2024-01-01''', 's > ''2024-01-15''']),
  ('a_day', ARRAY['s = ''2024-01-01''', 's > ''2024-01-15''', 's > timestamp ''2024-01-01 00:00:01''']),
  ('a_moment', ARRAY['s = ''2024-01-01 10:00:00''', 's > ''2024-01-01 10:00:00''', 's < ''2024-01-01 10:00:01''']),
  ('an_epoch', ARRAY['s = ''1970-01-01''', 's < ''1970-01-01''', 's > ''1969-12-31 23:59:59.5''']),
  ('an_interval', ARRAY['s = ''1 day''', 's = ''24 hours''', 's > ''3 hours''']),
  ('an_inet', ARRAY['s = ''10.0.0.1''', 's << ''10.0.0.0/8''', 's > ''9.0.0.1'''])) AS x (tab, conds),
  unnest(conds) AS cond, compare(tab, cond) AS c;
-- what a zone's rules make of a bound gets room, as far as there are values
SET timezone = 'Europe/Berlin';
SELECT cond, c.* FROM unnest(ARRAY[
  's < timestamptz ''9999-12-31 23:59:59.5''', 's <= timestamptz ''9999-12-31 23:59:58''']) AS cond,
  compare('the_last', cond) AS c;
RESET timezone;

\set ECHO none
DO $$ BEGIN
  PERFORM dynamodb_call('type_key', 'DeleteTable', jsonb_build_object('TableName', 'type_key_' || t))
    FROM unnest(ARRAY['s', 'n', 'b']) AS t;
  EXECUTE (SELECT 'DROP TABLE ' || string_agg(oid::regclass::text, ', ') FROM pg_class
             WHERE relkind = 'r' AND relname LIKE 'local\_%' AND relnamespace = 'public'::regnamespace);
END $$;
DROP EXTENSION dynamodb_fdw CASCADE;
DROP FUNCTION compare, compare_order, plan_of;
DROP PROCEDURE make;
DROP TYPE regress_color;
DROP DOMAIN regress_word, regress_count;
