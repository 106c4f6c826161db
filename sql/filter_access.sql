-- What of the same clauses each access can send as a filter: not its own key,
-- not what an index doesn't project, nothing with GetItem.  And what needs no
-- items at all, as the request says everything: count(*).
\getenv endpoint DYNAMODB_ENDPOINT
CREATE EXTENSION dynamodb_fdw;
CREATE SERVER filter_access FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (region 'us-east-1', endpoint :'endpoint');
CREATE USER MAPPING FOR CURRENT_USER SERVER filter_access
  OPTIONS (aws_access_key_id 'local', aws_secret_access_key 'local');
CREATE FOREIGN TABLE t (
  p text COLLATE "C" NOT NULL,
  s integer NOT NULL,
  g text COLLATE "C",
  h integer,
  l integer,
  a text COLLATE "C",
  b integer,
  city text OPTIONS (attribute_path 'doc.city') COLLATE "C",
  second integer OPTIONS (attribute_path 'doc.list[1]')
) SERVER filter_access OPTIONS (table_name 'filter_access');
SELECT dynamodb_create_table('t', global_indexes => '[
  {"IndexName": "whole", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"},
                                       {"AttributeName": "h", "KeyType": "RANGE"}]},
  {"IndexName": "part", "KeySchema": [{"AttributeName": "h", "KeyType": "HASH"}],
   "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["a"]}}]',
  local_indexes => '[
  {"IndexName": "near", "KeySchema": [{"AttributeName": "p", "KeyType": "HASH"},
                                      {"AttributeName": "l", "KeyType": "RANGE"}],
   "Projection": {"ProjectionType": "KEYS_ONLY"}}]');
CREATE TABLE local_t AS
  SELECT 'p' || n % 4 AS p, n AS s,
         CASE WHEN n % 3 > 0 THEN 'g' || n % 5 END AS g,
         CASE WHEN n % 7 > 0 THEN n % 10 END AS h,
         CASE WHEN n % 2 > 0 THEN n % 8 END AS l,
         CASE WHEN n % 5 > 0 THEN 'a' || n % 3 END AS a,
         CASE WHEN n % 4 > 0 THEN n % 6 END AS b,
         CASE WHEN n % 3 > 0 THEN 'c' || n % 4 END AS city,
         CASE WHEN n % 3 > 0 THEN n % 2 END AS second
    FROM generate_series(1, 120) AS n;
DO $$
BEGIN
  PERFORM dynamodb_call('filter_access', 'PutItem', jsonb_build_object(
      'TableName', 'filter_access',
      'Item', jsonb_strip_nulls(jsonb_build_object(
        'p', jsonb_build_object('S', p), 's', jsonb_build_object('N', s::text),
        'g', CASE WHEN g IS NOT NULL THEN jsonb_build_object('S', g) END,
        'h', CASE WHEN h IS NOT NULL THEN jsonb_build_object('N', h::text) END,
        'l', CASE WHEN l IS NOT NULL THEN jsonb_build_object('N', l::text) END,
        'a', CASE WHEN a IS NOT NULL THEN jsonb_build_object('S', a) END,
        'b', CASE WHEN b IS NOT NULL THEN jsonb_build_object('N', b::text) END,
        'doc', CASE WHEN city IS NOT NULL THEN
          jsonb_build_object('M', jsonb_build_object(
            'city', jsonb_build_object('S', city),
            'list', jsonb_build_object('L', jsonb_build_array(
              jsonb_build_object('S', 'zero'),
              jsonb_build_object('N', second::text))))) END))))
    FROM local_t;
END $$;

CREATE FUNCTION compare(columns text, cond text)
RETURNS TABLE (operation text, index text, key text, filter text, here text,
               nrows bigint, same boolean)
LANGUAGE plpgsql AS $$
DECLARE
  plan json;
BEGIN
  EXECUTE format('EXPLAIN (VERBOSE, FORMAT JSON, COSTS OFF) SELECT %s FROM t WHERE %s',
                 columns, cond) INTO plan;
  plan := plan -> 0 -> 'Plan';
  operation := plan ->> 'DynamoDB Operation';
  index := plan ->> 'DynamoDB Index';
  key := plan ->> 'Key Condition';
  filter := plan ->> 'Remote Filter';
  here := plan ->> 'Filter';
  EXECUTE format('SELECT count(*) FROM local_t WHERE %s', cond) INTO nrows;
  EXECUTE format('WITH f AS MATERIALIZED (SELECT %1$s FROM t WHERE %2$s),
                       l AS MATERIALIZED (SELECT %1$s FROM local_t WHERE %2$s)
                  SELECT NOT EXISTS ((TABLE l EXCEPT ALL TABLE f) UNION ALL
                                     (TABLE f EXCEPT ALL TABLE l))
                         AND (SELECT count(*) FROM t WHERE %2$s) =
                             (SELECT count(*) FROM l)',
                 columns, cond) INTO same;
  RETURN NEXT;
END $$;
\pset null '-'
\x
\getenv abs_srcdir PG_ABS_SRCDIR
\set include :abs_srcdir '/sql/include/explain.sql'
\set ECHO none
\i :include
\set ECHO queries

-- the table: a Scan takes any attribute, a Query none of its key
SELECT c.* FROM unnest(ARRAY[
  $$ p > 'p1' AND s < 50 AND a = 'a1' $$,
  $$ p = 'p1' AND a = 'a1' AND b IS NULL $$,
  $$ p = 'p1' AND s > 20 AND s <> 25 AND s <> 29 AND a <> 'a1' $$,
  $$ p = 'p1' AND (s < 20 OR a = 'a1') $$,
  $$ p = 'p1' AND ((s < 20 AND a = 'a1') OR (s > 100 AND b = 1)) $$,
  $$ p = 'p1' AND NOT (s < 20 AND a = 'a1') $$,
  $$ p IN ('p1', 'p2') AND g = 'g1' AND h > 3 $$,
  $$ p = 'p1' AND s IN (1, 5, 9, 13) AND a = 'a1' $$,
  $$ p = 'p1' AND s = 5 AND a = 'a2' $$,
  $$ p = 'p1' AND city = 'c1' AND second = 1 $$,
  $$ p = 'p1' AND city IS NULL $$,
  $$ p = 'p1' AND (city <> 'c1' OR second IS DISTINCT FROM 1) $$
]) AS cond, compare('*', cond) AS c;

-- Several keys may become one Query, and are looked up where that fails.
\x
EXPLAIN (VERBOSE, COSTS OFF) SELECT s FROM t WHERE p = 'p1' AND s = ANY ('{1,5,9,13,17,21}') AND a = 'a2';
PREPARE by_list (integer[]) AS
  SELECT s FROM t WHERE p = 'p1' AND s = ANY ($1) AND a = 'a2' ORDER BY s;
SET plan_cache_mode = force_generic_plan;
EXECUTE by_list ('{13,17}');
EXECUTE by_list ('{1,5,9,13,17,21,25,29,33,37,41,45,49,53}');
RESET plan_cache_mode;
\x

-- global indexes: the table's key is an attribute like any other
SELECT c.* FROM unnest(ARRAY[
  $$ g = 'g1' AND h > 2 AND p = 'p3' AND s > 30 AND b = 2 $$,
  $$ g = 'g1' AND h > 2 AND h <> 4 $$,
  $$ g = 'g1' AND h IS NOT NULL AND a IS NOT NULL $$
]) AS cond, compare('*', cond) AS c;
SELECT c.* FROM unnest(ARRAY[
  $$ h = 3 AND a = 'a1' AND p > 'p0' $$,
  $$ h = 3 AND (a = 'a1' OR a IS NULL) AND s > 20 $$
]) AS cond, compare('p, s, a', cond) AS c;
-- what it doesn't project is fetched, and may be newer: all is checked again
ALTER FOREIGN TABLE t OPTIONS (ADD use_index 'part');
SELECT c.* FROM unnest(ARRAY[
  $$ h = 3 AND a = 'a1' $$,
  $$ h = 3 AND a = 'a1' AND b = 1 $$,
  $$ h = 3 AND b = 1 $$
]) AS cond, compare('*', cond) AS c;
-- a local index: it fetches by itself, but filters what it projects
ALTER FOREIGN TABLE t OPTIONS (SET use_index 'near');
SELECT c.* FROM unnest(ARRAY[
  $$ p = 'p1' AND l > 2 AND s > 20 $$,
  $$ p = 'p1' AND l > 2 AND l <> 5 AND a = 'a1' $$
]) AS cond, compare('*', cond) AS c;
ALTER FOREIGN TABLE t OPTIONS (DROP use_index);
\x

-- count(*), EXISTS and the like: items are counted where they are
SELECT pg_temp.explain_analyze($$SELECT count(*) FROM t WHERE p = 'p1' AND a = 'a1'$$, 'VERBOSE');
SELECT pg_temp.explain_analyze($$SELECT count(*) FROM t WHERE p = 'p1' AND s > 50 AND length(a) = 2$$, 'VERBOSE');
SELECT pg_temp.explain_analyze($$SELECT count(*) FROM t WHERE a = 'a1'$$);
SELECT count(*) FROM t;
SELECT count(*) FROM t WHERE p = 'p1' AND a = 'a1';
SELECT count(*), sum(1) FROM t WHERE p IN ('p1', 'p2', 'p2') AND a = 'a1';
SELECT count(*) FROM t WHERE p = 'p1' AND s BETWEEN 10 AND 90 AND b > 1;
SELECT count(*) FROM t WHERE p = 'p1' AND s > 9 AND s < 90 AND b > 1;
SELECT count(*) FROM t WHERE p = 'p1' AND s IN (1, 5, 6, 9, 113);
SELECT count(*) FROM t WHERE p = 'p1' AND s = 5;
SELECT count(*) FROM t WHERE p = 'p1' AND s = 5 AND a = 'a2';
SELECT count(*) FROM t WHERE p = 'p1' AND s > 5.5;
SELECT count(*) FROM t WHERE g = 'g1' AND h > 2;
SELECT count(*) FROM t WHERE h = 3 AND a = 'a1';
SELECT count(*) FROM t WHERE p = 'p1' AND l > 2;
SELECT count(*) FROM t WHERE p = 'p1' AND p <> 'p1';
SELECT count(*) FROM t WHERE a = 'a1' AND random() >= 0;
-- keys that don't fit their column read as NULL, which equals nothing
CREATE FOREIGN TABLE narrow (p varchar(1) COLLATE "C", s integer NOT NULL)
  SERVER filter_access
  OPTIONS (table_name 'filter_access', on_type_mismatch 'null');
SELECT count(*) FROM narrow WHERE p = 'p1';
SELECT count(*) FROM narrow WHERE p = 'p1' AND s > 100;
SELECT EXISTS (SELECT FROM t WHERE p = 'p1' AND b = 3),
       EXISTS (SELECT FROM t WHERE p = 'p1' AND b = 33);
SELECT count(*) FROM (SELECT FROM t WHERE b = 1 LIMIT 3) AS few;
SELECT count(*) FROM (SELECT FROM t WHERE b = 1 OFFSET 5) AS rest;
SELECT count(*) FROM t AS x, t AS y WHERE x.p = 'p1' AND y.p = 'p2' AND y.b = 2;
SELECT tableoid::regclass, count(*) FROM t WHERE b = 1 GROUP BY 1;
SELECT (SELECT count(*) FROM t WHERE t.p = p.p AND b = 1) FROM (VALUES ('p1'), ('p2'), ('p9')) AS p (p);
BEGIN;
DECLARE c CURSOR FOR SELECT FROM t WHERE b = 1;
FETCH 5 FROM c;
MOVE ALL FROM c;
COMMIT;
ALTER FOREIGN TABLE t OPTIONS (ADD page_size '7');
SELECT count(*) FROM t WHERE b = 1;
SELECT count(*) FROM t WHERE p = 'p1' AND a = 'a1';
ALTER FOREIGN TABLE t OPTIONS (DROP page_size);

-- A value that changes from one row of the other side to the next goes out
-- where the key changes too; else the items at hand are tried again.
SELECT pg_temp.explain_analyze($$
  SELECT o.a, (SELECT count(*) FROM t WHERE p = o.p AND t.a = o.a)
    FROM (VALUES ('p1', 'a1'), ('p2', 'a2')) AS o (p, a)$$);
SELECT pg_temp.explain_analyze($$
  SELECT o.a, (SELECT count(*) FROM t WHERE p = 'p1' AND t.a = o.a)
    FROM (VALUES ('a1'), ('a2'), (NULL)) AS o (a)$$, 'VERBOSE');
SELECT o.a, (SELECT count(*) FROM t WHERE p = 'p1' AND t.a = o.a)
  FROM (VALUES ('a1'), ('a2'), (NULL)) AS o (a);

-- A batch asks for several rows of the other side at once.
CREATE TABLE others AS
  SELECT 'p' || x % 5 AS p, x::numeric AS low, x + 40.5 AS high, 'a' || x % 3 AS a
    FROM generate_series(1, 30) AS x;
INSERT INTO others VALUES ('p1', NULL, 'NaN', 'a1'), ('p1', 10.5, 'NaN', 'a1'),
  ('p2', 10.5, 1e200, 'a1'), (NULL, 1, 2, 'a1');
ANALYZE others;
SET dynamodb_fdw.allow_scan = off;
SET enable_hashjoin = off;
SET enable_memoize = off;
SELECT pg_temp.explain($$SELECT * FROM others o JOIN t ON t.p = o.p AND t.a = o.a AND t.b = 3$$);
WITH f AS MATERIALIZED (SELECT o.*, t.s FROM others o
                          JOIN t ON t.p = o.p AND t.a = o.a AND t.b = 3),
     l AS MATERIALIZED (SELECT o.*, t.s FROM others o
                          JOIN local_t t ON t.p = o.p AND t.a = o.a AND t.b = 3)
SELECT (SELECT count(*) > 10 FROM l) AS many,
       NOT EXISTS ((TABLE l EXCEPT ALL TABLE f) UNION ALL
                   (TABLE f EXCEPT ALL TABLE l)) AS same;
SELECT pg_temp.explain($$SELECT * FROM others o JOIN t ON t.p = o.p AND t.s > o.low AND t.s < o.high$$);
WITH f AS MATERIALIZED (SELECT o.*, t.s FROM others o
                          JOIN t ON t.p = o.p AND t.s > o.low AND t.s < o.high),
     l AS MATERIALIZED (SELECT o.*, t.s FROM others o
                          JOIN local_t t ON t.p = o.p AND t.s > o.low AND t.s < o.high)
SELECT (SELECT count(*) > 10 FROM l) AS many,
       NOT EXISTS ((TABLE l EXCEPT ALL TABLE f) UNION ALL
                   (TABLE f EXCEPT ALL TABLE l)) AS same;

\set ECHO none
DO $$
BEGIN
  PERFORM dynamodb_call('filter_access', 'DeleteTable',
                        '{"TableName": "filter_access"}');
END $$;
DROP FUNCTION compare;
DROP TABLE local_t, others;
SET client_min_messages = warning;
DROP EXTENSION dynamodb_fdw CASCADE;
