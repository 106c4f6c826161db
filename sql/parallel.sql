-- A Scan by several processes: the same rows, each once, and all counted.
\getenv endpoint DYNAMODB_ENDPOINT
CREATE EXTENSION dynamodb_fdw;
CREATE SERVER parallel FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (region 'us-east-1', endpoint :'endpoint', concurrency '8');
CREATE USER MAPPING FOR PUBLIC SERVER parallel
  OPTIONS (aws_access_key_id 'local', aws_secret_access_key 'local');
CREATE FOREIGN TABLE t (
  p text COLLATE "C" NOT NULL,
  s integer NOT NULL,
  filler text
) SERVER parallel OPTIONS (table_name 'parallel');
SELECT dynamodb_create_table('t');
-- 150 items of some 40 KB: six pages
DO $$
DECLARE
  batch jsonb;
BEGIN
  FOR batch IN
    SELECT jsonb_agg(jsonb_build_object('PutRequest', jsonb_build_object('Item',
             jsonb_build_object(
               'p', jsonb_build_object('S', 'p' || n % 50),
               's', jsonb_build_object('N', n::text),
               'filler', jsonb_build_object('S', repeat('x', 40000))))))
      FROM generate_series(1, 150) AS n GROUP BY n / 10
  LOOP
    PERFORM dynamodb_call('parallel', 'BatchWriteItem', jsonb_build_object(
      'RequestItems', jsonb_build_object('parallel', batch)));
  END LOOP;
END $$;
-- forget the sizes of the empty table
SELECT dynamodb_reset();
\getenv abs_srcdir PG_ABS_SRCDIR
\set include :abs_srcdir '/sql/include/explain.sql'
\set ECHO none
\i :include
\set ECHO all
\pset format unaligned
\pset tuples_only on
CREATE TABLE local AS SELECT 'p' || n % 50 AS p, n AS s FROM generate_series(1, 150) AS n;
ANALYZE local;
SET max_parallel_workers_per_gather = 2;
SET min_parallel_table_scan_size = 0;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;

-- where the work on items counts, segments are dealt to several processes
SELECT pg_temp.explain('SELECT count(*), sum(s) FROM t WHERE length(filler) > 10');
SELECT count(*), sum(s) FROM t WHERE length(filler) > 10;
SELECT count(*), count(DISTINCT (p, s)), sum(s) FROM t;
SET parallel_leader_participation = off;
SELECT count(*), count(DISTINCT (p, s)), sum(s) FROM t;
RESET parallel_leader_participation;
-- no worker is to be had: the leader does it all
SET max_parallel_workers = 0;
SELECT count(*), count(DISTINCT (p, s)), sum(s) FROM t;
RESET max_parallel_workers;

-- what all of them have asked is counted, and once
CREATE FUNCTION counters(query text) RETURNS TABLE (name text, value text)
LANGUAGE plpgsql AS $$
DECLARE
  plan json;
  node json;
BEGIN
  EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, FORMAT JSON) ' || query INTO plan;
  node := plan->0->'Plan';
  WHILE node->>'Node Type' <> 'Foreign Scan' LOOP
    node := node->'Plans'->0;
  END LOOP;
  RETURN QUERY SELECT e.key, e.value FROM json_each_text(node) AS e
    WHERE e.key IN ('Parallel Aware', 'Items Scanned', 'Items Returned');
  RETURN QUERY SELECT 'read units counted twice or not at all',
    ((SELECT sum(read_units) FROM dynamodb_stats() WHERE operation = 'Scan')
      <> current_setting('regress.units')::float8 + (node->>'Consumed Read Units')::float8)::text;
END $$;
SELECT set_config('regress.units', sum(read_units)::text, false) IS NOT NULL AS noted
  FROM dynamodb_stats() WHERE operation = 'Scan';
SELECT * FROM counters('SELECT count(*) FROM t WHERE length(filler) > 10');
SELECT set_config('regress.units', sum(read_units)::text, false) IS NOT NULL AS noted
  FROM dynamodb_stats() WHERE operation = 'Scan';
SELECT * FROM counters('SELECT count(*) FROM t WHERE s % 10 = 1');

-- what one process may not read several may not
SET dynamodb_fdw.scan_budget = 400;
SELECT count(*) FROM t WHERE length(filler) > 10;
RESET dynamodb_fdw.scan_budget;

-- joins: the Scan is read once, in parallel or not
-- on which side of it is for each version to say
SELECT ltrim(line) FROM pg_temp.explain('SELECT count(*) FROM t JOIN local USING (p, s) WHERE length(filler) > 10') AS line
  WHERE line ~ 'Parallel Hash Join|Foreign Scan|Segments';
SELECT count(*) FROM t JOIN local USING (p, s) WHERE length(filler) > 10;
SELECT count(*) FROM t a JOIN t b ON a.s = b.s + 1;
-- a lookup for each row isn't for workers
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SELECT pg_temp.explain('SELECT count(*) FROM local JOIN t USING (p, s)');
SELECT count(*) FROM local JOIN t USING (p, s);
RESET enable_hashjoin;
RESET enable_mergejoin;

-- rescans deal all segments again
SET enable_material = off;
SELECT (SELECT count(*) FROM t WHERE length(filler) > x) FROM (VALUES (1), (50000), (2)) AS v (x);
RESET enable_material;

-- few rows, or a known few, are read by one process
SELECT pg_temp.explain('SELECT * FROM t LIMIT 3');
SELECT count(*) FROM (SELECT * FROM t WHERE length(filler) > 10 LIMIT 7) AS few;
-- a cursor runs without workers, and reads every segment
BEGIN;
DECLARE c CURSOR FOR SELECT count(*) FROM t WHERE length(filler) > 10;
FETCH c;
COMMIT;
-- no more processes than requests in flight
ALTER FOREIGN TABLE t OPTIONS (ADD concurrency '1');
SELECT pg_temp.explain('SELECT count(*) FROM t WHERE length(filler) > 10');
ALTER FOREIGN TABLE t OPTIONS (SET concurrency '64');
SELECT count(*), count(DISTINCT (p, s)), sum(s) FROM t;

-- who has just written reads what he wrote, through workers too
UPDATE t SET filler = 'short' WHERE p = 'p1' AND s = 1;
SELECT pg_temp.explain('SELECT count(*) FROM t WHERE length(filler) < 10');
SELECT count(*) FROM t WHERE length(filler) < 10;

-- not wanted
SET dynamodb_fdw.enable_parallel_scan = off;
SELECT pg_temp.explain('SELECT count(*) FROM t WHERE length(filler) > 10');
RESET dynamodb_fdw.enable_parallel_scan;
-- by itself it isn't worth it for so few
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
SELECT pg_temp.explain('SELECT count(*) FROM t WHERE length(filler) > 10');

-- somebody else's mapping and rights
CREATE ROLE regress_parallel;
GRANT SELECT ON t TO regress_parallel;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET ROLE regress_parallel;
SELECT count(*), sum(s) FROM t WHERE length(filler) > 10;
RESET ROLE;
DROP OWNED BY regress_parallel;
DROP ROLE regress_parallel;

DROP FUNCTION counters(text);
DROP TABLE local;
SELECT dynamodb_call('parallel', 'DeleteTable', '{"TableName": "parallel"}') IS NOT NULL AS dropped;
DROP EXTENSION dynamodb_fdw CASCADE;
