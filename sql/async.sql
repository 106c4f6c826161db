-- Foreign tables under an Append, asynchronously: the same rows as one after
-- another.
\getenv endpoint DYNAMODB_ENDPOINT
CREATE EXTENSION dynamodb_fdw;
CREATE SERVER async FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (region 'us-east-1', endpoint :'endpoint', concurrency '8', async_capable 'true');
CREATE USER MAPPING FOR CURRENT_USER SERVER async
  OPTIONS (aws_access_key_id 'local', aws_secret_access_key 'local');
CREATE TABLE t (
  year integer NOT NULL,
  p text COLLATE "C" NOT NULL,
  s integer NOT NULL,
  filler text
) PARTITION BY LIST (year);
CREATE FOREIGN TABLE t_1 PARTITION OF t FOR VALUES IN (1)
  SERVER async OPTIONS (table_name 'async_1', partition_key 'p', sort_key 's');
CREATE FOREIGN TABLE t_2 PARTITION OF t FOR VALUES IN (2)
  SERVER async OPTIONS (table_name 'async_2', partition_key 'p', sort_key 's');
CREATE FOREIGN TABLE t_3 PARTITION OF t FOR VALUES IN (3)
  SERVER async OPTIONS (table_name 'async_3', partition_key 'p', sort_key 's');
SELECT dynamodb_create_table(partition) FROM unnest('{t_1,t_2,t_3}'::regclass[]) AS partition;
-- table n has n * 40 items of some 10 KB
DO $$
DECLARE
  name text;
  batch jsonb;
BEGIN
  FOR name, batch IN
    SELECT 'async_' || y, jsonb_agg(jsonb_build_object('PutRequest', jsonb_build_object('Item',
             jsonb_build_object(
               'year', jsonb_build_object('N', y::text),
               'p', jsonb_build_object('S', 'p' || n % 2),
               's', jsonb_build_object('N', n::text),
               'filler', jsonb_build_object('S', repeat('x', 10000))))))
      FROM generate_series(1, 3) AS y, generate_series(1, y * 40) AS n GROUP BY y, n / 20
  LOOP
    PERFORM dynamodb_call('async', 'BatchWriteItem', jsonb_build_object(
      'RequestItems', jsonb_build_object(name, batch)));
  END LOOP;
END $$;
\getenv abs_srcdir PG_ABS_SRCDIR
\set include :abs_srcdir '/sql/include/explain.sql'
\set ECHO none
\i :include
\set ECHO all
\pset format unaligned
\pset tuples_only on

-- Scans, Queries and lookups
SELECT pg_temp.explain('SELECT count(*) FROM t');
SELECT year, count(*), sum(s), count(DISTINCT (p, s)) FROM t GROUP BY year ORDER BY year;
SELECT pg_temp.explain('SELECT * FROM t WHERE p = ''p1''');
SELECT year, count(*), sum(s) FROM t WHERE p = 'p1' GROUP BY year ORDER BY year;
SELECT year, p, s FROM t WHERE p = 'p1' AND s = 41 ORDER BY year;
SELECT year, p, s FROM t WHERE p IN ('p0', 'p1') AND s IN (1, 2, 80, 120) ORDER BY year, p, s;
SELECT year, count(*), sum(s) FROM t WHERE p IN ('p0', 'p1', 'p2') GROUP BY year ORDER BY year;
-- in small pages, one and many in flight
ALTER FOREIGN TABLE t_1 OPTIONS (ADD page_size '3');
ALTER FOREIGN TABLE t_2 OPTIONS (ADD page_size '3');
ALTER FOREIGN TABLE t_3 OPTIONS (ADD page_size '3');
SELECT year, count(*), sum(s) FROM t WHERE p = 'p1' GROUP BY year ORDER BY year;
ALTER SERVER async OPTIONS (SET concurrency '1');
SELECT year, count(*), sum(s), count(DISTINCT (p, s)) FROM t GROUP BY year ORDER BY year;
ALTER SERVER async OPTIONS (SET concurrency '64');
SELECT year, count(*), sum(s), count(DISTINCT (p, s)) FROM t GROUP BY year ORDER BY year;
ALTER SERVER async OPTIONS (SET concurrency '8');

-- beside ordinary tables, in UNION ALL, under a join
CREATE TABLE t_4 PARTITION OF t FOR VALUES IN (4);
INSERT INTO t SELECT 4, 'p' || n % 2, n FROM generate_series(1, 5) AS n;
SELECT pg_temp.explain('SELECT * FROM t WHERE p = ''p0''');
SELECT year, count(*), sum(s) FROM t WHERE p = 'p0' GROUP BY year ORDER BY year;
SELECT count(*), sum(s) FROM (SELECT s FROM t_1 UNION ALL SELECT s + 1000 FROM t_2) AS u;
SELECT count(*) FROM t_4 JOIN t USING (p, s);
SELECT x, (SELECT count(*) FROM t WHERE p = 'p' || x AND s < 10) FROM generate_series(0, 2) AS x;

-- as many rows as are wanted, and a few more in flight
SELECT count(*) FROM (SELECT * FROM t LIMIT 7) AS few;
BEGIN;
DECLARE c CURSOR FOR SELECT year, p, s FROM t;
DECLARE d CURSOR FOR SELECT year, p, s FROM t WHERE p = 'p1';
\o /dev/null
FETCH 50 FROM c;
FETCH 50 FROM d;
\o
MOVE ALL FROM d;
MOVE ALL FROM c;
CLOSE c;
DECLARE e CURSOR FOR SELECT year, p, s FROM t;
MOVE 1 FROM e;
COMMIT;

-- an error in one of them is the statement's
CREATE FOREIGN TABLE t_5 PARTITION OF t FOR VALUES IN (5)
  SERVER async OPTIONS (table_name 'async_5', partition_key 'p', sort_key 's');
\set VERBOSITY sqlstate
SELECT count(*) FROM t WHERE p = 'p1';
\set VERBOSITY default
DROP FOREIGN TABLE t_5;
SELECT count(*) FROM t WHERE p = 'p1';

-- merged by an order, under workers, or not allowed to: not asynchronous
SELECT pg_temp.explain('SELECT s FROM t_1 WHERE p = ''p1'' UNION ALL SELECT s FROM t_2 WHERE p = ''p1'' ORDER BY s');
SELECT s FROM t_1 WHERE p = 'p1' AND s < 5 UNION ALL SELECT s FROM t_2 WHERE p = 'p1' AND s < 5 ORDER BY s;
ALTER FOREIGN TABLE t_1 OPTIONS (DROP page_size, DROP partition_key, DROP sort_key, ADD async_capable 'false');
SELECT pg_temp.explain('SELECT * FROM t WHERE p = ''p1''');
SELECT year, count(*), sum(s) FROM t WHERE p = 'p1' GROUP BY year ORDER BY year;
ALTER FOREIGN TABLE t_2 OPTIONS (DROP page_size, DROP partition_key, DROP sort_key);
ALTER FOREIGN TABLE t_3 OPTIONS (DROP page_size, DROP partition_key, DROP sort_key);
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET enable_async_append = off;
SELECT year, count(*), sum(s), count(DISTINCT (p, s)) FROM t GROUP BY year ORDER BY year;
SET enable_async_append = on;
SELECT year, count(*), sum(s), count(DISTINCT (p, s)) FROM t GROUP BY year ORDER BY year;
SET max_parallel_workers_per_gather = 0;
SELECT year, count(*), sum(s), count(DISTINCT (p, s)) FROM t GROUP BY year ORDER BY year;

SELECT count(dynamodb_call('async', 'DeleteTable', jsonb_build_object('TableName', 'async_' || n)))
  FROM generate_series(1, 3) AS n;
DROP TABLE t;
DROP EXTENSION dynamodb_fdw CASCADE;
