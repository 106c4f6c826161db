-- ORDER BY on sort keys, LIMIT, and the client's own number of rows.
\getenv endpoint DYNAMODB_ENDPOINT
CREATE EXTENSION dynamodb_fdw;
CREATE SERVER order_limit FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (region 'us-east-1', endpoint :'endpoint');
CREATE USER MAPPING FOR CURRENT_USER SERVER order_limit
  OPTIONS (aws_access_key_id 'local', aws_secret_access_key 'local');
CREATE FOREIGN TABLE t (
  p text COLLATE "C" NOT NULL,
  s numeric NOT NULL,
  g text COLLATE "C",
  h text COLLATE "C",
  v integer
) SERVER order_limit OPTIONS (table_name 'order_limit');
SELECT dynamodb_create_table('t', global_indexes => '[
  {"IndexName": "by_h", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"},
                                    {"AttributeName": "h", "KeyType": "RANGE"}]}]');
DO $$
DECLARE
  batch jsonb;
BEGIN
  FOR batch IN
    SELECT jsonb_agg(jsonb_build_object('PutRequest', jsonb_build_object('Item',
             jsonb_build_object(
               'p', jsonb_build_object('S', 'p' || n % 2),
               's', jsonb_build_object('N', (n - 150)::text),
               'g', jsonb_build_object('S', 'g'),
               'h', jsonb_build_object('S', 'h' || n % 50),
               'v', jsonb_build_object('N', n::text)))))
      FROM generate_series(1, 300) AS n GROUP BY n / 25
  LOOP
    PERFORM dynamodb_call('order_limit', 'BatchWriteItem', jsonb_build_object(
      'RequestItems', jsonb_build_object('order_limit', batch)));
  END LOOP;
END $$;
\getenv abs_srcdir PG_ABS_SRCDIR
\set include :abs_srcdir '/sql/include/explain.sql'
\set ECHO none
\i :include
\set ECHO queries

-- either way, without a Sort
SELECT pg_temp.explain_analyze($$SELECT s FROM t WHERE p = 'p0' ORDER BY s LIMIT 3$$);
SELECT s FROM t WHERE p = 'p0' ORDER BY s LIMIT 3;
SELECT pg_temp.explain_analyze($$SELECT s FROM t WHERE p = 'p0' ORDER BY s DESC LIMIT 3$$);
SELECT s FROM t WHERE p = 'p0' ORDER BY s DESC LIMIT 3;
SELECT s FROM t WHERE p = 'p0' ORDER BY s DESC NULLS LAST LIMIT 3 OFFSET 2;
EXPLAIN (COSTS OFF) SELECT s FROM t WHERE p = 'p0' ORDER BY s DESC NULLS LAST LIMIT 3 OFFSET 2;
-- the partition key is one value, so it orders nothing
EXPLAIN (COSTS OFF) SELECT s FROM t WHERE p = 'p0' ORDER BY p DESC, s LIMIT 3;
-- an index's sort key; ties have no order
EXPLAIN (COSTS OFF) SELECT h FROM t WHERE g = 'g' AND h > 'h1' ORDER BY h DESC LIMIT 3;
SELECT h FROM t WHERE g = 'g' AND h > 'h1' ORDER BY h DESC LIMIT 3;
-- a strict bound may cost one more
SELECT pg_temp.explain_analyze($$SELECT s FROM t WHERE p = 'p0' AND s < 100 ORDER BY s DESC LIMIT 2$$);
SELECT s FROM t WHERE p = 'p0' AND s < 100 ORDER BY s DESC LIMIT 2;
SELECT s FROM t WHERE p = 'p0' AND s > 100 AND s < 110 ORDER BY s DESC LIMIT 2;
-- several partitions one after another, either way; those after the last row
-- that is wanted aren't asked
SELECT pg_temp.explain_analyze($$SELECT p, s FROM t WHERE p IN ('p1', 'p0', 'p2') ORDER BY p, s DESC LIMIT 3$$);
SELECT p, s FROM t WHERE p IN ('p1', 'p0', 'p2') ORDER BY p, s DESC LIMIT 3;
SELECT pg_temp.explain_analyze($$SELECT p, s FROM t WHERE p IN ('p1', 'p0') AND s > 147 ORDER BY p DESC, s$$);
SELECT p, s FROM t WHERE p IN ('p1', 'p0') AND s > 147 ORDER BY p DESC, s;
SELECT p, s FROM t WHERE p IN ('p1', 'p0') AND s BETWEEN 99 AND 101 ORDER BY p DESC, s DESC;
SELECT p, max(s), count(*) FROM t WHERE p IN ('p0', 'p1', 'p2') GROUP BY p ORDER BY p DESC;
EXPLAIN (COSTS OFF) SELECT p, s FROM t WHERE p IN ('p1', 'p0') ORDER BY p COLLATE "en-x-icu", s LIMIT 3;
-- what isn't the order of a key is sorted here
EXPLAIN (COSTS OFF) SELECT s FROM t WHERE p = 'p0' ORDER BY v LIMIT 3;
SELECT s FROM t WHERE p = 'p0' ORDER BY v LIMIT 3;
EXPLAIN (COSTS OFF) SELECT s FROM t ORDER BY s LIMIT 3;
SELECT s FROM t ORDER BY s LIMIT 3;
EXPLAIN (COSTS OFF) SELECT h FROM t WHERE g = 'g' AND h > '' ORDER BY h COLLATE "en-x-icu" LIMIT 3;

-- what reads as NULL isn't where the key is
CREATE FOREIGN TABLE odd (
  p text COLLATE "C" NOT NULL,
  s smallint OPTIONS (on_type_mismatch 'null')
) SERVER order_limit OPTIONS (table_name 'order_limit');
SELECT dynamodb_call('order_limit', 'PutItem', jsonb_build_object(
    'TableName', 'order_limit', 'Item', jsonb_build_object(
      'p', jsonb_build_object('S', 'odd'), 's', jsonb_build_object('N', n))))
  FROM unnest(ARRAY['-1', '0.5', '2', '70000']) AS n;
EXPLAIN (COSTS OFF) SELECT s FROM odd WHERE p = 'odd' ORDER BY s;
SELECT s FROM odd WHERE p = 'odd' ORDER BY s;
SELECT s FROM odd WHERE p = 'odd' ORDER BY s DESC LIMIT 2;
SELECT dynamodb_call('order_limit', 'DeleteItem', jsonb_build_object(
    'TableName', 'order_limit', 'Key', jsonb_build_object(
      'p', jsonb_build_object('S', 'odd'), 's', jsonb_build_object('N', n))))
  FROM unnest(ARRAY['-1', '0.5', '2', '70000']) AS n;

-- LIMIT without ORDER BY, with a filter, above an aggregate, 0
SELECT pg_temp.explain_analyze($$SELECT s FROM t WHERE p = 'p0' LIMIT 10$$);
SELECT pg_temp.explain_analyze($$SELECT v FROM t LIMIT 7$$);
SELECT pg_temp.explain_analyze($$SELECT v FROM t WHERE v % 100 = 0 LIMIT 2$$);
SELECT count(*) FROM (SELECT v FROM t WHERE v % 100 = 0 LIMIT 2) AS two;
EXPLAIN (COSTS OFF) SELECT count(*) FROM t WHERE p = 'p0' LIMIT 1;
SELECT count(*) FROM t WHERE p = 'p0' LIMIT 1;
SELECT pg_temp.explain_analyze($$SELECT s FROM t WHERE p = 'p0' LIMIT 0$$);

-- a generic plan learns of LIMIT when it runs; OFFSET is read as well
PREPARE first_rows (integer, integer) AS
  SELECT s FROM t WHERE p = 'p0' ORDER BY s LIMIT $1 OFFSET $2;
SET plan_cache_mode = force_generic_plan;
SELECT pg_temp.explain_analyze($$EXECUTE first_rows (4, 3)$$);
EXECUTE first_rows (4, 3);
SELECT pg_temp.explain_analyze($$EXECUTE first_rows (NULL, 148)$$);
EXECUTE first_rows (NULL, 148);
RESET plan_cache_mode;
SELECT pg_temp.explain_analyze($$SELECT s FROM t WHERE p = 'p0' LIMIT (SELECT 6)$$);
-- each table under an Append yields no more than is wanted in all
SELECT pg_temp.explain_analyze($$SELECT s FROM t WHERE p = 'p0' UNION ALL SELECT s FROM t WHERE p = 'p1' ORDER BY s DESC LIMIT 3$$);
SELECT s FROM t WHERE p = 'p0' UNION ALL SELECT s FROM t WHERE p = 'p1' ORDER BY s DESC LIMIT 3;
SELECT pg_temp.explain_analyze($$(SELECT s FROM t WHERE p = 'p0' LIMIT 4 OFFSET 1) UNION ALL SELECT s FROM t WHERE p = 'p1' LIMIT 6$$);
-- rows that are equal by the key are sorted here, up to the next one's
SET enable_sort = off;
EXPLAIN (COSTS OFF) SELECT h, p, s FROM t WHERE g = 'g' AND h > 'h2' ORDER BY h, p, s LIMIT 3;
CREATE TEMPORARY TABLE asked AS SELECT sum(items) AS items FROM dynamodb_stats();
SELECT h, p, s FROM t WHERE g = 'g' AND h > 'h2' ORDER BY h, p, s LIMIT 3;
SELECT sum(s.items) - a.items < 30 AS few_items FROM dynamodb_stats() AS s, asked AS a GROUP BY a.items \gx
RESET enable_sort;
SELECT h, p, s FROM t WHERE g = 'g' AND (h, p, s) > ('h2', 'p0', 100) ORDER BY h, p, s LIMIT 3;
SELECT h, p, s FROM t WHERE g = 'g' AND (h, p, s) < ('h2', 'p0', 100) ORDER BY h DESC, p DESC, s DESC LIMIT 7;
-- of a join's outer side as many, or some more if not each of them need be in it
CREATE TABLE l AS SELECT n AS v, n % 3 AS x FROM generate_series(1, 300) AS n WHERE n % 2 = 0;
CREATE UNIQUE INDEX ON l (v);
ANALYZE l;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
UPDATE asked SET items = (SELECT sum(items) FROM dynamodb_stats());
SELECT t.s, l.x FROM t LEFT JOIN l USING (v) WHERE t.p = 'p0' ORDER BY t.s LIMIT 4;
SELECT t.s, l.x FROM t JOIN l USING (v) WHERE t.p = 'p0' ORDER BY t.s DESC LIMIT 4;
SELECT sum(s.items) - a.items < 30 AS few_items FROM dynamodb_stats() AS s, asked AS a GROUP BY a.items \gx
SELECT t.s, l.x FROM t JOIN l USING (v) WHERE t.p = 'p0' AND l.x = 0 AND l.v > 280 ORDER BY t.s LIMIT 2;
SELECT count(*) FROM (SELECT FROM t JOIN l USING (v) WHERE l.x = 0 LIMIT 45) AS q;
RESET enable_hashjoin;
RESET enable_mergejoin;
-- EXISTS takes one row
SELECT pg_temp.explain_analyze($$SELECT EXISTS (SELECT FROM t WHERE p = 'p0')$$);
SELECT pg_temp.explain_analyze($$SELECT n, EXISTS (SELECT FROM t WHERE p = 'p' || n) FROM generate_series(1, 3) AS n$$);
SELECT n, EXISTS (SELECT FROM t WHERE p = 'p' || n) FROM generate_series(1, 3) AS n;

-- least and greatest
SELECT pg_temp.explain_analyze($$SELECT max(s) FROM t WHERE p = 'p0'$$);
SELECT max(s) FROM t WHERE p = 'p0';
SELECT min(s), max(s) FROM t WHERE p = 'p1';
SELECT min(s) FROM t WHERE p = 'nobody';

-- pages of three items: nothing is lost, doubled or out of order
ALTER FOREIGN TABLE t OPTIONS (ADD page_size '3');
SELECT pg_temp.explain_analyze($$SELECT s FROM t WHERE p = 'p0' ORDER BY s LIMIT 5$$);
SELECT count(*), count(DISTINCT (p, s)), sum(v) FROM t;
SELECT bool_and(before < s) AS ordered, count(*)
  FROM (SELECT s, lag(s) OVER () AS before
          FROM (SELECT s FROM t WHERE p = 'p0' ORDER BY s OFFSET 0) AS q) AS r;
ALTER FOREIGN TABLE t OPTIONS (DROP page_size);

-- system columns: such a row was written by no transaction
SELECT tableoid::regclass, ctid, xmin, xmax, cmin, s FROM t WHERE p = 'p0' AND s = 0;
-- they are there for a condition, too
SELECT s, v FROM t WHERE p = 'p0' AND s BETWEEN 0 AND 2 AND xmin::text = '0' ORDER BY s;
SELECT s, v FROM t WHERE p = 'p0' AND s = 2 AND tableoid::regclass::text = 't';

-- cursors
BEGIN;
DECLARE c CURSOR FOR SELECT s FROM t WHERE p = 'p1' ORDER BY s;
FETCH 2 FROM c;
FETCH 3 FROM c;
MOVE FORWARD 100 IN c;
FETCH 1 FROM c;
MOVE FORWARD ALL IN c;
FETCH 1 FROM c;
CLOSE c;
UPDATE asked SET items = (SELECT sum(items) FROM dynamodb_stats());
DECLARE c SCROLL CURSOR FOR SELECT s FROM t WHERE p = 'p1' ORDER BY s;
FETCH 3 FROM c;
SELECT sum(s.items) - a.items < 30 AS few_items FROM dynamodb_stats() AS s, asked AS a GROUP BY a.items \gx
FETCH BACKWARD 2 FROM c;
FETCH LAST FROM c;
FETCH FIRST FROM c;
UPDATE asked SET items = (SELECT sum(items) FROM dynamodb_stats());
DECLARE d CURSOR FOR SELECT s FROM t WHERE p = 'p0' UNION ALL SELECT s FROM t WHERE p = 'p1';
FETCH 2 FROM d;
SELECT sum(s.items) - a.items < 30 AS few_items FROM dynamodb_stats() AS s, asked AS a GROUP BY a.items \gx
COMMIT;
DO $$
DECLARE
  r record;
  n integer := 0;
BEGIN
  FOR r IN SELECT * FROM t LOOP
    n := n + 1;
  END LOOP;
  RAISE NOTICE '% rows', n;
END $$;

\set ECHO none
DO $$ BEGIN
  PERFORM dynamodb_call('order_limit', 'DeleteTable', '{"TableName": "order_limit"}');
END $$;
DROP TABLE l;
SET client_min_messages = warning;
DROP EXTENSION dynamodb_fdw CASCADE;
