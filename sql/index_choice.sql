-- Secondary indexes: which one answers, and why one may not.
\getenv endpoint DYNAMODB_ENDPOINT
CREATE EXTENSION dynamodb_fdw;
CREATE SERVER index_choice FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (region 'us-east-1', endpoint :'endpoint');
CREATE USER MAPPING FOR CURRENT_USER SERVER index_choice
  OPTIONS (aws_access_key_id 'local', aws_secret_access_key 'local');
CREATE FOREIGN TABLE t (
  p text COLLATE "C" NOT NULL,
  s text COLLATE "C" NOT NULL,
  g text COLLATE "C",
  h numeric,
  l text COLLATE "C",
  m1 text COLLATE "C", m2 numeric, m3 text COLLATE "C", m4 numeric,
  other text
) SERVER index_choice OPTIONS (table_name 'index_choice');
SELECT dynamodb_create_table('t', global_indexes => '[
  {"IndexName": "all", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"},
                                     {"AttributeName": "h", "KeyType": "RANGE"}]},
  {"IndexName": "keys", "KeySchema": [{"AttributeName": "h", "KeyType": "HASH"}],
   "Projection": {"ProjectionType": "KEYS_ONLY"}},
  {"IndexName": "many", "KeySchema": [{"AttributeName": "m1", "KeyType": "HASH"},
                                      {"AttributeName": "m2", "KeyType": "HASH"},
                                      {"AttributeName": "m3", "KeyType": "RANGE"},
                                      {"AttributeName": "m4", "KeyType": "RANGE"}]}]',
  local_indexes => '[
  {"IndexName": "local", "KeySchema": [{"AttributeName": "p", "KeyType": "HASH"},
                                       {"AttributeName": "l", "KeyType": "RANGE"}],
   "Projection": {"ProjectionType": "KEYS_ONLY"}}]');

-- Many items lack one index attribute or the other.
CREATE TABLE local_t AS
  SELECT 'p' || n % 4 AS p, to_char(n, 'FM000') AS s,
         CASE WHEN n % 3 > 0 THEN 'g' || n % 5 END AS g,
         CASE WHEN n % 7 > 0 THEN n % 10 END::numeric AS h,
         CASE WHEN n % 2 > 0 THEN 'l' || n % 8 END AS l,
         CASE WHEN n % 4 > 0 THEN 'm' || n % 2 END AS m1,
         CASE WHEN n % 5 > 0 THEN n % 2 END::numeric AS m2,
         CASE WHEN n % 6 > 0 THEN 'x' || n % 3 END AS m3,
         CASE WHEN n % 9 > 0 THEN n % 6 END::numeric AS m4,
         'other ' || n AS other
    FROM generate_series(1, 200) AS n;
DO $$
DECLARE
  row local_t;
BEGIN
  FOR row IN TABLE local_t LOOP
    PERFORM dynamodb_call('index_choice', 'PutItem', jsonb_build_object(
      'TableName', 'index_choice',
      'Item', (SELECT jsonb_object_agg(key, jsonb_build_object(
                        CASE WHEN key IN ('h', 'm2', 'm4') THEN 'N' ELSE 'S' END,
                        value #>> '{}'))
                 FROM jsonb_each(to_jsonb(row)) WHERE value <> 'null')));
  END LOOP;
END $$;

-- What a query asks, what it was refused, and whether it gives the same rows
-- as the ordinary table.
CREATE FUNCTION compare(columns text, cond text)
RETURNS TABLE (operation text, index text, rejected json, nrows bigint, same boolean)
LANGUAGE plpgsql AS $$
DECLARE
  plan json;
BEGIN
  EXECUTE format('EXPLAIN (VERBOSE, FORMAT JSON, COSTS OFF) SELECT %s FROM t WHERE %s',
                 columns, cond) INTO plan;
  plan := plan -> 0 -> 'Plan';
  operation := plan ->> 'DynamoDB Operation';
  index := plan ->> 'DynamoDB Index';
  rejected := plan -> 'Rejected Index';
  EXECUTE format('SELECT count(*) FROM local_t WHERE %s', cond) INTO nrows;
  EXECUTE format('WITH f AS MATERIALIZED (SELECT %1$s FROM t WHERE %2$s),
                       l AS MATERIALIZED (SELECT %1$s FROM local_t WHERE %2$s)
                  SELECT NOT EXISTS ((TABLE l EXCEPT ALL TABLE f) UNION ALL
                                     (TABLE f EXCEPT ALL TABLE l))',
                 columns, cond) INTO same;
  RETURN NEXT;
END $$;
\getenv abs_srcdir PG_ABS_SRCDIR
\set include :abs_srcdir '/sql/include/explain.sql'
\set ECHO none
\i :include
\pset null '-'
\x on
\set ECHO queries

-- The sparse-index rule: an index answers only for conditions that no item
-- outside it satisfies.
SELECT cond, c.* FROM unnest(ARRAY[
  $$ g = 'g1' $$,
  $$ g = 'g1' AND h IS NOT NULL $$,
  $$ g = 'g1' AND h > 3 $$,
  $$ g = 'g1' AND h + 1 > 3 $$,
  $$ g = 'g1' AND (h > 3 OR h < 2) $$,
  $$ g = 'g1' AND (h > 3 OR other = 'other 1') $$,
  $$ g = 'g1' AND coalesce(h, 0) > 3 $$,
  $$ g = 'g1' AND h IS NULL $$,
  $$ g = 'g1' AND (h, p, s) > (3, 'p2', '1') $$,
  $$ g = 'g1' AND (p, h) > ('p2', 3) $$,
  $$ g = 'g1' AND (h > 3 OR (h = 3 AND s > '050')) $$,
  $$ g IS NOT DISTINCT FROM 'g1' AND h IS NOT DISTINCT FROM 3 $$,
  $$ g IS NOT DISTINCT FROM other AND h = 3 $$,
  $$ h = 4 $$
]) AS cond, compare('*', cond) AS c;

-- a parameter may be NULL, and then that is true of items outside the index
PREPARE missing (text) AS
  SELECT count(*) FROM t WHERE g IS NOT DISTINCT FROM $1 AND h = 3;
SET plan_cache_mode = force_generic_plan;
EXPLAIN (COSTS OFF) EXECUTE missing (NULL);
EXECUTE missing (NULL);
RESET plan_cache_mode;
SELECT count(*) FROM local_t WHERE g IS NULL AND h = 3;

-- the user's word for the sort attributes
ALTER FOREIGN TABLE t OPTIONS (ADD complete_indexes 'local,all');
SELECT c.* FROM compare('p, s', $$ g = 'g1' AND h > 3 $$) AS c;
EXPLAIN (COSTS OFF) SELECT p, s FROM t WHERE g = 'g1';
ALTER FOREIGN TABLE t OPTIONS (DROP complete_indexes);

-- and NOT NULL, which is believed
ALTER FOREIGN TABLE t ALTER h SET NOT NULL;
EXPLAIN (COSTS OFF) SELECT p, s FROM t WHERE g = 'g1';
ALTER FOREIGN TABLE t ALTER h DROP NOT NULL;

-- Projections: a global index must hold what is wanted; a local one fetches.
SELECT cond, columns, c.* FROM (VALUES
  ('p, s, h', $$ h = 4 $$),
  ('s, other', $$ h = 4 $$),
  ('p', $$ h = 4 AND other > 'other 2' $$),
  ('s', $$ p = 'p1' AND l = 'l5' $$),
  ('s, other', $$ p = 'p1' AND l = 'l5' $$),
  ('*', $$ p = 'p1' AND l = 'l5' $$)
) AS q (columns, cond), compare(columns, cond) AS c;

-- Each item that is fetched has its price: a few at first, where few are wanted.
\x off
SELECT pg_temp.explain_analyze($$SELECT s, other FROM t WHERE h = 4 AND upper(other) LIKE 'OTHER %' LIMIT 2$$);
SELECT count(*) FROM (SELECT s, other FROM t WHERE h = 4 AND upper(other) LIKE '%94' LIMIT 2) AS q;
\x on

-- Keys of several attributes are taken from left to right.
SELECT cond, c.* FROM unnest(ARRAY[
  $$ m1 = 'm1' AND m3 IS NOT NULL AND m4 IS NOT NULL $$,
  $$ m1 = 'm1' AND m2 = 1 $$,
  $$ m1 = 'm1' AND m2 = 1 AND m3 IS NOT NULL AND m4 IS NOT NULL $$,
  $$ m1 = 'm1' AND m2 = 1 AND m3 = 'x1' AND m4 >= 2 $$,
  $$ m1 = 'm1' AND m2 = 1 AND m3 = 'x1' AND m4 BETWEEN 1 AND 3 $$,
  $$ m1 = 'm1' AND m2 = 1 AND m3 > 'x0' AND m4 = 5 $$,
  $$ m1 = 'm1' AND m2 = 1 AND m4 = 5 AND m3 IS NOT NULL $$
]) AS cond, compare('*', cond) AS c;
\x off
EXPLAIN (COSTS OFF)
  SELECT * FROM t WHERE m1 = 'm1' AND m2 = 1 AND m3 = 'x1' AND m4 BETWEEN 1 AND 3;
EXPLAIN (COSTS OFF)
  SELECT * FROM t WHERE m1 = 'm1' AND m2 = 1 AND m3 > 'x0' AND m4 = 5;

-- a list that is too long to be multiplied, in the middle of a key
SELECT m4, count(*) FROM t WHERE m1 = 'm1' AND m2 = 1 AND m4 = 1
   AND m3 = ANY (ARRAY(SELECT 'x' || n FROM generate_series(0, 20000) AS n))
 GROUP BY m4;
SELECT m4, count(*) FROM local_t WHERE m1 = 'm1' AND m2 = 1 AND m4 = 1
   AND m3 = ANY (ARRAY(SELECT 'x' || n FROM generate_series(0, 20000) AS n))
 GROUP BY m4;

-- use_index
ALTER FOREIGN TABLE t OPTIONS (ADD use_index '!all');
EXPLAIN (COSTS OFF, VERBOSE) SELECT s FROM t WHERE g = 'g1' AND h = 4;
ALTER FOREIGN TABLE t OPTIONS (SET use_index 'keys');
EXPLAIN (COSTS OFF) SELECT s FROM t WHERE g = 'g1' AND h = 4 AND p = 'p1';
-- of the session: for one relation, and over the option
SET dynamodb_fdw.use_index = 'public.t:all, other:keys';
EXPLAIN (COSTS OFF) SELECT p FROM t WHERE g = 'g1' AND h = 4 AND p = 'p1';
SET dynamodb_fdw.use_index = 't:!all, t:!keys';
EXPLAIN (COSTS OFF) SELECT p FROM t WHERE g = 'g1' AND h = 4 AND p = 'p1';
SET dynamodb_fdw.use_index = 'keys';
SET dynamodb_fdw.use_index = 't:';
SET dynamodb_fdw.use_index = 't:*';
-- an index that isn't there
SET dynamodb_fdw.use_index = 't:ALL';
EXPLAIN SELECT p FROM t;
SET dynamodb_fdw.use_index = 't:!ALL';
EXPLAIN (COSTS OFF) SELECT p FROM t;
RESET dynamodb_fdw.use_index;
ALTER FOREIGN TABLE t OPTIONS (DROP use_index);

-- Strong consistency leaves no global index.
ALTER FOREIGN TABLE t OPTIONS (ADD consistent_read 'on');
EXPLAIN (COSTS OFF, VERBOSE) SELECT s FROM t WHERE g = 'g1' AND h = 4;
EXPLAIN (COSTS OFF) SELECT s FROM t WHERE p = 'p1' AND l = 'l5';
ALTER FOREIGN TABLE t OPTIONS (DROP consistent_read);

-- A plan that is kept is made anew for another consistent_read.
PREPARE by_index AS SELECT count(*) FROM t WHERE g = 'g1' AND h > 3;
EXPLAIN (COSTS OFF) EXECUTE by_index;
SET dynamodb_fdw.consistent_read = on;
EXPLAIN (COSTS OFF) EXECUTE by_index;
EXECUTE by_index;
RESET dynamodb_fdw.consistent_read;
EXECUTE by_index;

-- Declared keys and indexes: planning asks nothing (nobody answers there).
CREATE SERVER nobody FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (region 'us-east-1', endpoint 'http://127.0.0.1:9');
CREATE FOREIGN TABLE declared (
  p text COLLATE "C" NOT NULL, s text COLLATE "C" NOT NULL,
  g text COLLATE "C", h numeric, other text
) SERVER nobody OPTIONS (partition_key 'p', sort_key 's', indexes '{
  "GlobalSecondaryIndexes": [
    {"IndexName": "all", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"},
                                       {"AttributeName": "h", "KeyType": "RANGE"}],
     "Projection": {"ProjectionType": "ALL"}}]}');
EXPLAIN (COSTS OFF) SELECT * FROM declared WHERE p = 'a' AND s = 'b';
EXPLAIN (COSTS OFF) SELECT * FROM declared WHERE p = 'a' ORDER BY s DESC LIMIT 5;
EXPLAIN (COSTS OFF) SELECT * FROM declared WHERE g = 'g1' AND h > 2;
EXPLAIN (COSTS OFF, VERBOSE) SELECT * FROM declared WHERE g = 'g1';

-- All entries of an index under one key: still a Query, not a Scan of it, when
-- ANALYZE has told that there is no other key.
CREATE FOREIGN TABLE task (
  id integer NOT NULL,
  state text COLLATE "C",
  due text COLLATE "C",
  note text
) SERVER index_choice OPTIONS (table_name 'index_choice_task');
SELECT dynamodb_create_table('task', global_indexes => '[
  {"IndexName": "open", "KeySchema": [{"AttributeName": "state", "KeyType": "HASH"},
                                      {"AttributeName": "due", "KeyType": "RANGE"}]}]');
INSERT INTO task SELECT n, CASE WHEN n % 2 = 0 THEN 'open' END,
                        CASE WHEN n % 2 = 0 THEN '2026-' || n END, repeat('x', 4000)
  FROM generate_series(1, 80) AS n;
SELECT dynamodb_reset();
ANALYZE task;
EXPLAIN (COSTS OFF) SELECT count(*) FROM task WHERE state = 'open' AND due IS NOT NULL;

\set ECHO none
DO $$ BEGIN
  PERFORM dynamodb_call('index_choice', 'DeleteTable', '{"TableName": "index_choice"}');
  PERFORM dynamodb_call('index_choice', 'DeleteTable', '{"TableName": "index_choice_task"}');
END $$;
DROP FUNCTION compare;
DROP TABLE local_t;
SET client_min_messages = warning;
DROP EXTENSION dynamodb_fdw CASCADE;
