-- Which conditions become key conditions, and that they lose no row: every
-- query runs on the foreign table and on an ordinary one with the same rows.
\getenv endpoint DYNAMODB_ENDPOINT
CREATE EXTENSION dynamodb_fdw;
CREATE SERVER key_condition FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (region 'us-east-1', endpoint :'endpoint');
CREATE USER MAPPING FOR CURRENT_USER SERVER key_condition
  OPTIONS (aws_access_key_id 'local', aws_secret_access_key 'local');

CREATE FOREIGN TABLE strings (
  p text COLLATE "C" NOT NULL,
  s text COLLATE "C" NOT NULL,
  v integer
) SERVER key_condition OPTIONS (table_name 'key_condition_strings');
CREATE FOREIGN TABLE numbers (
  p integer NOT NULL,
  s numeric NOT NULL,
  v integer
) SERVER key_condition OPTIONS (table_name 'key_condition_numbers');
CREATE FOREIGN TABLE binaries (
  p bytea NOT NULL,
  s bytea NOT NULL,
  v integer
) SERVER key_condition OPTIONS (table_name 'key_condition_binaries');
SELECT dynamodb_create_table('strings');
SELECT dynamodb_create_table('numbers');
SELECT dynamodb_create_table('binaries');

-- The rows, written without the extension's own encoding of values.
CREATE TABLE local_strings AS
  SELECT p, s, row_number() OVER ()::integer AS v
    FROM unnest(ARRAY['a', 'b']) AS p,
         unnest(ARRAY['!', 'A', 'ORDER#1', 'ORDER#10', 'ORDER#2', 'ORDER%',
                      'Order', 'a\b', 'a"b', 'z', 'ä', 'é', '€', '😀',
                      E'tab\there', 'quote''d', '100%', 'a_b', 'axb']) AS s;
CREATE TABLE local_numbers AS
  SELECT p, s, row_number() OVER ()::integer AS v
    FROM unnest(ARRAY[-1, 0, 7]) AS p,
         unnest(ARRAY[-1e10, -3.5, -1, 0, 0.001, 1, 1.5, 2, 10, 100,
                      12345678901234567890123456789012345678]) AS s;
CREATE TABLE local_binaries AS
  SELECT p, s, row_number() OVER ()::integer AS v
    FROM unnest(ARRAY['\x00'::bytea, '\xff']) AS p,
         unnest(ARRAY['\x00'::bytea, '\x0001', '\x61', '\x6162', '\x7f',
                      '\x80', '\xff', '\xff00']) AS s;
DO $$
DECLARE
  put record;
BEGIN
  FOR put IN
    SELECT 'key_condition_strings' AS t,
           jsonb_build_object('p', jsonb_build_object('S', p),
                              's', jsonb_build_object('S', s),
                              'v', jsonb_build_object('N', v::text)) AS item
      FROM local_strings
    UNION ALL
    SELECT 'key_condition_numbers',
           jsonb_build_object('p', jsonb_build_object('N', p::text),
                              's', jsonb_build_object('N', s::text),
                              'v', jsonb_build_object('N', v::text))
      FROM local_numbers
    UNION ALL
    SELECT 'key_condition_binaries',
           jsonb_build_object('p', jsonb_build_object('B', encode(p, 'base64')),
                              's', jsonb_build_object('B', encode(s, 'base64')),
                              'v', jsonb_build_object('N', v::text))
      FROM local_binaries
  LOOP
    PERFORM dynamodb_call('key_condition', 'PutItem',
      jsonb_build_object('TableName', put.t, 'Item', put.item));
  END LOOP;
END $$;

-- The request of a query, and whether both tables give the same rows.
CREATE FUNCTION compare(tab text, cond text)
RETURNS TABLE (operation text, key_condition text, nrows bigint, same boolean)
LANGUAGE plpgsql AS $$
DECLARE
  plan json;
BEGIN
  EXECUTE format('EXPLAIN (FORMAT JSON, COSTS OFF) SELECT * FROM %I WHERE %s',
                 tab, cond) INTO plan;
  plan := plan -> 0 -> 'Plan';
  operation := coalesce(plan ->> 'DynamoDB Operation', plan ->> 'Node Type');
  key_condition := left(plan ->> 'Key Condition', 60);
  EXECUTE format('SELECT count(*) FROM local_%s WHERE %s', tab, cond)
    INTO nrows;
  EXECUTE format('WITH f AS MATERIALIZED (SELECT * FROM %1$I WHERE %2$s),
                       l AS MATERIALIZED (SELECT * FROM local_%1$s WHERE %2$s)
                  SELECT NOT EXISTS ((TABLE l EXCEPT ALL TABLE f) UNION ALL
                                     (TABLE f EXCEPT ALL TABLE l))',
                 tab, cond) INTO same;
  RETURN NEXT;
END $$;
\pset null '-'
\getenv abs_srcdir PG_ABS_SRCDIR
\set include :abs_srcdir '/sql/include/explain.sql'
\set ECHO none
\i :include
\set ECHO queries

CREATE FUNCTION volatile_a() RETURNS text LANGUAGE plpgsql VOLATILE
  AS $$ BEGIN RETURN 'a'; END $$;

-- every operator, on either side
SELECT cond, c.* FROM unnest(ARRAY[
  $$ p = 'a' $$,
  $$ 'a' = p AND 'ORDER#2' = s $$,
  $$ p = 'a' AND s < 'ORDER#2' $$,
  $$ p = 'a' AND s <= 'ORDER#2' $$,
  $$ p = 'a' AND s >= 'ORDER#2' $$,
  $$ p = 'a' AND 'ORDER#2' < s $$,
  $$ p = 'a' AND s BETWEEN 'ORDER#1' AND 'ORDER#2' $$,
  $$ p = 'a' AND s > 'ORDER#1' AND s < 'ORDER#2' $$,
  $$ p = 'a' AND s >= 'b' AND s < 'a' $$,
  $$ p = 'a' AND s > 'A' AND s < 'A' $$,
  $$ p = 'a' AND s >= 'A' AND s <= 'A' $$,
  $$ p = 'a' AND starts_with(s, 'ORDER#') $$,
  $$ p = 'a' AND s ^@ 'ORDER#' $$,
  $$ p = 'a' AND s LIKE 'ORDER#%' $$,
  $$ p = 'a' AND s > ANY ('{A,ORDER#1}') $$,
  $$ p = 'a' AND s <= ALL ('{ORDER#1,ORDER#2}') $$
]) AS cond, compare('strings', cond) AS c;

-- LIKE: escapes, wildcards within, none at all
SELECT cond, c.* FROM unnest(ARRAY[
  $$ p = 'a' AND s LIKE 'ORDER\%%' $$,
  $$ p = 'a' AND s LIKE 'ORDER_1' $$,
  $$ p = 'a' AND s LIKE 'O%1' $$,
  $$ p = 'a' AND s LIKE 'a\\%' $$,
  $$ p = 'a' AND s LIKE 'a\_b' $$,
  $$ p = 'a' AND s LIKE 'a#_b' ESCAPE '#' $$,
  $$ p = 'a' AND s LIKE '100#%' ESCAPE '#' $$,
  $$ p = 'a' AND s LIKE '%' $$,
  $$ p = 'a' AND s LIKE '' $$,
  $$ p = 'a' AND s LIKE 'ORDER#1' $$,
  $$ p = 'a' AND s NOT LIKE 'ORDER%' $$,
  $$ p = 'a' AND s ILIKE 'order%' $$
]) AS cond, compare('strings', cond) AS c;

-- an OR whose arms all bound one attribute: keyset paging without row
-- comparisons, ranges side by side
SELECT cond, c.* FROM unnest(ARRAY[
  $$ p = 'a' AND (s > 'ORDER#1' OR (s = 'ORDER#1' AND v > 4)) $$,
  $$ p = 'a' AND (s < 'z' OR s = 'z' AND v < 100) $$,
  $$ p = 'a' AND ('Order' < s OR (s = 'Order' AND (v > 7 OR (v = 7 AND s < 'a')))) $$,
  $$ (p = 'a' AND s > 'ORDER#2') OR (p = 'a' AND s = 'ORDER#2' AND v > 4) $$,
  $$ (p = 'a' AND s > 'z') OR (p = 'b' AND s >= 'a_b' AND v > 4) $$,
  $$ p = 'a' AND (s BETWEEN 'ORDER#1' AND 'ORDER#2' OR s BETWEEN 'A' AND 'B') $$,
  $$ p = 'a' AND (s > 'a' OR s < 'ORDER#2') $$,
  $$ p = 'a' AND (s > 'a' OR s > NULL::text) $$,
  $$ p = 'a' AND (s > 'a' OR v = 1) $$,
  $$ p = 'a' AND (s > 'a' OR s LIKE 'ORDER%') $$,
  $$ p = 'a' AND (s > 'a' OR (s = 'z' COLLATE "POSIX" AND v > 1)) $$,
  $$ p = 'a' AND (s > 'a' OR (s > lower('A') AND v > 1)) $$,
  $$ p = 'a' AND (s > 'a' OR s > volatile_a()) $$
]) AS cond, compare('strings', cond) AS c;
SELECT cond, c.* FROM unnest(ARRAY[
  $$ p = 7 AND (s > 1 OR (s = 1 AND v > 2)) $$,
  $$ p = 7 AND (s > 1 OR (s >= 1.5 AND v > 2)) $$,
  $$ p = 7 AND (s > 1 OR (s >= 2::float8 AND v > 2)) $$
]) AS cond, compare('numbers', cond) AS c;
-- nothing behind an OR is evaluated that the executor wouldn't come to
SELECT count(*) FROM strings
 WHERE p = 'a' AND (v > 0 AND s >= '!'
        OR s > (SELECT (1 / g)::text FROM generate_series(0, 0) AS g));

-- IS NOT DISTINCT FROM, and LIKE without a wildcard, on a partition key too
SELECT cond, c.* FROM unnest(ARRAY[
  $$ p IS NOT DISTINCT FROM 'a' AND s IS NOT DISTINCT FROM 'z' $$,
  $$ 'a' IS NOT DISTINCT FROM p AND s > 'a' $$,
  $$ p IS NOT DISTINCT FROM 'a' OR p = 'b' $$,
  $$ p = 'a' AND s IS DISTINCT FROM 'z' $$,
  $$ p LIKE 'a' AND s LIKE '100\%' $$,
  $$ p LIKE 'a' OR p LIKE 'b' $$
]) AS cond, compare('strings', cond) AS c;

-- what the service would refuse never gets there
SELECT cond, c.* FROM unnest(ARRAY[
  $$ p = '' $$,
  $$ p = 'a' AND s = '' $$,
  $$ p = 'a' AND s < '' $$,
  $$ p = 'a' AND s > '' $$,
  $$ p = 'a' AND s LIKE '%%' $$,
  $$ p = repeat('x', 2049) $$,
  $$ p = 'a' AND s = repeat('x', 1025) $$,
  $$ p = 'a' AND s < repeat('ä', 513) $$,
  $$ p = 'a' AND s ^@ repeat('z', 1025) $$,
  $$ p = NULL $$,
  $$ p = 'a' AND s > NULL::text $$,
  $$ p = 'a' AND p = 'b' $$
]) AS cond, compare('strings', cond) AS c;
SELECT pg_temp.explain_analyze($$SELECT * FROM strings WHERE p = 'a' AND s < ''$$);

-- text that JSON must escape
SELECT cond, c.* FROM unnest(ARRAY[
  $$ p = 'a' AND s = 'a\b' $$,
  $$ p = 'a' AND s = 'a"b' $$,
  $$ p = 'a' AND s = E'tab\there' $$,
  $$ p = 'a' AND s = 'quote''d' $$,
  $$ p = 'a' AND s = '😀' $$,
  $$ p = 'a' AND s > 'z' $$,
  $$ p = 'a' AND s > 'é' AND s < '😀' $$
]) AS cond, compare('strings', cond) AS c;

-- Order is DynamoDB's only under C-like collations; equality and prefixes
-- hold under every deterministic one.
CREATE FOREIGN TABLE icu (
  p text COLLATE "en-x-icu" NOT NULL,
  s text COLLATE "en-x-icu" NOT NULL,
  v integer
) SERVER key_condition OPTIONS (table_name 'key_condition_strings');
CREATE TABLE local_icu AS
  SELECT p COLLATE "en-x-icu" AS p, s COLLATE "en-x-icu" AS s, v
    FROM local_strings;
SELECT cond, c.* FROM unnest(ARRAY[
  $$ p = 'a' AND s = 'Order' $$,
  $$ p = 'a' AND s < 'b' $$,
  $$ p = 'a' AND s < 'b' COLLATE "C" $$,
  $$ p = 'a' AND s LIKE 'a%' $$
]) AS cond, compare('icu', cond) AS c;
CREATE COLLATION ignore_case
  (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
SELECT cond, c.* FROM unnest(ARRAY[
  $$ p = 'A' COLLATE ignore_case $$,
  $$ p = 'a' AND s = 'ORDER' COLLATE ignore_case $$
]) AS cond, compare('strings', cond) AS c;

-- numbers, whatever their type here
SELECT cond, c.* FROM unnest(ARRAY[
  $$ p = 7 $$,
  $$ p = 7::bigint AND s = 1.50 $$,
  $$ p = 7::smallint AND s = 2 $$,
  $$ p = 7.0 AND s = 10 $$,
  $$ p = 7.5 $$,
  $$ p = 7::float8 $$,
  $$ p = 7 AND s < 0 $$,
  $$ p = 7 AND s BETWEEN -1 AND 1.5 $$,
  $$ p = -1 AND s > 12345678901234567890123456789012345677 $$,
  $$ p = 7 AND s = 'NaN' $$,
  $$ p = 7 AND s < 'NaN' $$,
  $$ p = 7 AND s > 'NaN' $$,
  $$ p = 7 AND s < 'Infinity' $$,
  $$ p = 7 AND s > '-Infinity' $$,
  $$ p = 7 AND s <= 1.00000000000000000000000000000000000000000000001 $$,
  $$ p = 7 AND s = 1.00000000000000000000000000000000000000000000001 $$,
  $$ p = 7 AND s > 1e127 $$,
  $$ p = 7 AND s < 1e-140 $$,
  $$ p = 7 AND s > -1e-140 AND s < 1e-140 $$
]) AS cond, compare('numbers', cond) AS c;

-- bytes
SELECT cond, c.* FROM unnest(ARRAY[
  $$ p = '\x00' AND s = '\x61' $$,
  $$ p = '\xff' AND s > '\x7f' $$,
  $$ p = '\xff' AND s BETWEEN '\x0001' AND '\x80' $$,
  $$ p = '\xff' AND s = '' $$
]) AS cond, compare('binaries', cond) AS c;

-- a column's type decides what a value may be compared with on the wire
CREATE FOREIGN TABLE domains (
  p varchar(10) COLLATE "C" NOT NULL,
  s varchar COLLATE "C" NOT NULL,
  v integer
) SERVER key_condition OPTIONS (table_name 'key_condition_strings');
CREATE TABLE local_domains AS
  SELECT p::varchar(10) COLLATE "C" AS p, s::varchar COLLATE "C" AS s, v
    FROM local_strings;
SELECT cond, c.* FROM unnest(ARRAY[
  $$ p = 'a' AND s = 'Order' $$,
  $$ p = 'a'::text AND s < 'b'::text $$,
  $$ p = 'a'::char(3) $$,
  $$ p = 'a'::name $$,
  $$ p = 'a' AND s LIKE 'O%' $$
]) AS cond, compare('domains', cond) AS c;

-- Two columns may show one attribute, each with a form of its own; a
-- condition is sent in the form of the column that it is about.
CREATE FOREIGN TABLE twice (
  p integer NOT NULL,
  a timestamp OPTIONS (attribute_name 's', attribute_type 'N', format 'epoch'),
  b timestamptz OPTIONS (attribute_name 's', attribute_type 'N', format 'epoch')
) SERVER key_condition OPTIONS (table_name 'key_condition_numbers');
SET TimeZone = 'Asia/Kathmandu';
SELECT a, b FROM twice WHERE p = 7 AND b = '1970-01-01 00:01:40+00';
SELECT a, b FROM twice WHERE p = 7 AND a = '1970-01-01 00:01:40';
SELECT a, b FROM twice WHERE p = 7 AND b > '1970-01-01 00:00:09+00'
  AND b < '1970-01-01 00:02:00+00' ORDER BY b;
RESET TimeZone;
-- A value that doesn't fit does no harm in an item that isn't wanted.
CREATE FOREIGN TABLE misfit (
  p integer NOT NULL,
  s numeric NOT NULL,
  n smallint OPTIONS (attribute_name 's')
) SERVER key_condition OPTIONS (table_name 'key_condition_numbers');
SELECT s, n FROM misfit WHERE p = 7 AND s * 2 = 20;
SELECT count(n) FROM misfit WHERE p = 7;

-- parameters in custom and generic plans, and stable functions
CREATE FUNCTION stable_a() RETURNS text LANGUAGE sql STABLE
  AS $$ SELECT 'a'::text WHERE pg_backend_pid() > 0 $$;
PREPARE by_key (text, text) AS
  SELECT v FROM strings WHERE p = $1 AND s = $2;
PREPARE by_range (text, text) AS
  SELECT count(*) FROM strings WHERE p = 'a' AND s >= $1 AND s <= $2;
PREPARE by_pattern (text) AS
  SELECT count(*) FROM strings WHERE p = 'a' AND s LIKE $1;
PREPARE by_number (bigint) AS
  SELECT count(*) FROM numbers WHERE p = $1 AND s > $1;
PREPARE by_page (text, text, integer) AS
  SELECT count(*) FROM strings
   WHERE p = 'a' AND (s > $1 OR (s = $2 AND v > $3));
PREPARE by_null (text, numeric) AS
  SELECT count(*) FROM strings
   WHERE p IS NOT DISTINCT FROM $1 AND v IS NOT DISTINCT FROM $2;
SET plan_cache_mode = force_custom_plan;
EXPLAIN (COSTS OFF) EXECUTE by_key ('a', 'z');
SET plan_cache_mode = force_generic_plan;
EXPLAIN (COSTS OFF) EXECUTE by_key ('a', 'z');
EXECUTE by_key ('a', 'z');
EXECUTE by_key ('a', NULL);
EXECUTE by_key ('', 'z');
EXPLAIN (COSTS OFF) EXECUTE by_range ('A', 'z');
EXECUTE by_range ('A', 'z');
EXECUTE by_range ('z', 'A');
EXECUTE by_range ('', 'A');
EXECUTE by_range (NULL, 'A');
EXPLAIN (COSTS OFF) EXECUTE by_pattern ('ORDER#%');
EXECUTE by_pattern ('ORDER#%');
EXECUTE by_pattern ('%1');
EXECUTE by_pattern (NULL);
EXECUTE by_number (7);
EXECUTE by_number (9223372036854775807);
EXPLAIN (COSTS OFF) EXECUTE by_page ('z', 'z', 0);
EXECUTE by_page ('z', 'z', 0);
EXECUTE by_page (NULL, 'z', 0);
EXECUTE by_page ('z', NULL, 0);
EXECUTE by_page (NULL, NULL, 0);
EXPLAIN (COSTS OFF) EXECUTE by_null ('a', 1);
EXECUTE by_null ('a', 1);
EXECUTE by_null (NULL, 1);
EXECUTE by_null ('a', NULL);
RESET plan_cache_mode;
SELECT pg_temp.explain($$SELECT v FROM strings WHERE p = stable_a() AND s = (SELECT 'z' OFFSET 0)$$);
SELECT count(*) FROM strings WHERE p = stable_a() AND s = (SELECT 'z' OFFSET 0);
EXPLAIN (COSTS OFF) SELECT v FROM strings WHERE p = volatile_a() AND s = 'z';
SELECT count(*) FROM strings WHERE p = volatile_a() AND s = 'z';

-- nothing is asked where nothing can be found
SELECT pg_temp.explain_analyze($$SELECT v FROM strings WHERE p = ''$$);
SELECT pg_temp.explain('SELECT v FROM strings WHERE 1 <> 1');
SELECT pg_temp.explain('SELECT v FROM strings WHERE p = NULL');

\set ECHO none
DO $$
BEGIN
  PERFORM dynamodb_call('key_condition', 'DeleteTable',
                        jsonb_build_object('TableName', t))
    FROM unnest(ARRAY['key_condition_strings', 'key_condition_numbers',
                      'key_condition_binaries']) AS t;
END $$;
DROP FUNCTION compare, stable_a, volatile_a;
DROP TABLE local_strings, local_numbers, local_binaries, local_icu,
  local_domains;
SET client_min_messages = warning;
DROP EXTENSION dynamodb_fdw CASCADE;
DROP COLLATION ignore_case;
