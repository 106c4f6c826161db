-- allow_scan and scan_budget: no Scan that nobody wanted.
\getenv endpoint DYNAMODB_ENDPOINT
CREATE EXTENSION dynamodb_fdw;
CREATE SERVER scan_guard FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (region 'us-east-1', endpoint :'endpoint');
CREATE USER MAPPING FOR CURRENT_USER SERVER scan_guard
  OPTIONS (aws_access_key_id 'local', aws_secret_access_key 'local');
CREATE FOREIGN TABLE t (
  p text COLLATE "C" NOT NULL,
  s integer NOT NULL,
  g text COLLATE "C",
  h text COLLATE "C",
  filler text
) SERVER scan_guard OPTIONS (table_name 'scan_guard');
SELECT dynamodb_create_table('t', global_indexes => '[
  {"IndexName": "by_g", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"},
                                      {"AttributeName": "h", "KeyType": "RANGE"}]}]');
-- 80 items of some 40 KB: more than three pages
DO $$
DECLARE
  batch jsonb;
BEGIN
  FOR batch IN
    SELECT jsonb_agg(jsonb_build_object('PutRequest', jsonb_build_object('Item',
             jsonb_build_object(
               'p', jsonb_build_object('S', 'p' || n % 2),
               's', jsonb_build_object('N', n::text),
               'g', jsonb_build_object('S', 'g'),
               'filler', jsonb_build_object('S', repeat('x', 40000))))))
      FROM generate_series(1, 80) AS n GROUP BY n / 10
  LOOP
    PERFORM dynamodb_call('scan_guard', 'BatchWriteItem', jsonb_build_object(
      'RequestItems', jsonb_build_object('scan_guard', batch)));
  END LOOP;
END $$;
-- forget the sizes of the empty table
SELECT dynamodb_reset();
\getenv abs_srcdir PG_ABS_SRCDIR
\set include :abs_srcdir '/sql/include/explain.sql'
\set ECHO none
\i :include
\set ECHO queries

-- auto: a Scan within the budget runs, and EXPLAIN says what it will take
SELECT count(*), count(filler) FROM t;
CREATE FUNCTION guard_lines(query text) RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
  line text;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN ' || query LOOP
    IF line ~ 'Operation|Estimated|Budget|Refused' THEN
      RETURN NEXT trim(line);
    END IF;
  END LOOP;
END $$;
SELECT guard_lines('SELECT * FROM t');

-- a larger one gets its first page, so that a preview works
SET dynamodb_fdw.scan_budget = 100;
SELECT guard_lines('SELECT * FROM t');
SELECT count(filler) FROM t;
SELECT count(filler) FROM t WHERE g = 'g';
SELECT count(*) FROM (SELECT filler FROM t LIMIT 20) AS q;
SELECT count(*) FROM (SELECT filler FROM t LIMIT 50) AS q;
BEGIN;
DECLARE c CURSOR FOR SELECT s FROM t;
MOVE FORWARD 10 IN c;
MOVE FORWARD 100 IN c;
ROLLBACK;
-- an explicit option stands over the variable
ALTER FOREIGN TABLE t OPTIONS (ADD scan_budget '100000');
SELECT count(filler) FROM t;
ALTER FOREIGN TABLE t OPTIONS (DROP scan_budget);
-- a Query that has spent its budget stops as well
SET dynamodb_fdw.scan_budget = 50;
SELECT count(filler) FROM t WHERE p = 'p1';
RESET dynamodb_fdw.scan_budget;
SELECT count(filler) FROM t WHERE p = 'p1';

-- off: refused when rows are wanted, not when looking
SET dynamodb_fdw.allow_scan = off;
SELECT guard_lines('SELECT * FROM t');
PREPARE everything AS SELECT count(*) FROM t;
SELECT count(*) FROM t;
SELECT count(*) FROM t WHERE g = 'g';
SELECT count(*) FROM t LIMIT 0;
EXECUTE everything;
SELECT count(*) FROM t WHERE p = 'p1';
SELECT count(*) FROM t WHERE 1 <> 1;
-- nor may a Query spend more than its budget
SET dynamodb_fdw.scan_budget = 50;
SELECT count(filler) FROM t WHERE p = 'p1';
RESET dynamodb_fdw.scan_budget;
-- any keyed plan wins over it
SELECT pg_temp.explain($$SELECT count(*) FROM generate_series(1, 1000) AS n
  JOIN t ON t.p = 'p' || n % 2 AND t.s = n$$);
ALTER FOREIGN TABLE t OPTIONS (ADD allow_scan 'true');
SELECT count(*) FROM t;
ALTER FOREIGN TABLE t OPTIONS (SET allow_scan 'warn');
SELECT count(*) FROM t;
SELECT count(*) FROM t WHERE p = 'p1';
ALTER SERVER scan_guard OPTIONS (ADD allow_scan 'off');
ALTER FOREIGN TABLE t OPTIONS (DROP allow_scan);
RESET dynamodb_fdw.allow_scan;
EXECUTE everything;
ALTER SERVER scan_guard OPTIONS (SET allow_scan 'auto');
EXECUTE everything;

\set ECHO none
DO $$ BEGIN
  PERFORM dynamodb_call('scan_guard', 'DeleteTable', '{"TableName": "scan_guard"}');
END $$;
DROP FUNCTION guard_lines;
SET client_min_messages = warning;
DROP EXTENSION dynamodb_fdw CASCADE;
