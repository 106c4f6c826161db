-- EXPLAIN in all formats, before and after the fact.
\getenv endpoint DYNAMODB_ENDPOINT
CREATE EXTENSION dynamodb_fdw;
CREATE SERVER "explain" FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (region 'us-east-1', endpoint :'endpoint');
CREATE USER MAPPING FOR CURRENT_USER SERVER "explain"
  OPTIONS (aws_access_key_id 'local', aws_secret_access_key 'local');
CREATE FOREIGN TABLE t (
  p text OPTIONS (attribute_name 'PK') COLLATE "C" NOT NULL,
  s text OPTIONS (attribute_name 'SK') COLLATE "C" NOT NULL,
  g text OPTIONS (attribute_name 'GSI1PK') COLLATE "C",
  "odd ""name""" text OPTIONS (attribute_name 'odd "attr"'),
  city text OPTIONS (attribute_path 'address.city'),
  street text OPTIONS (attribute_path 'address.lines[0]'),
  en text COLLATE "en-x-icu",
  rest jsonb OPTIONS (attribute_name '*')
) SERVER "explain" OPTIONS (table_name 'explain_t');
SELECT dynamodb_create_table('t', global_indexes => '[
  {"IndexName": "GSI1", "KeySchema": [{"AttributeName": "GSI1PK", "KeyType": "HASH"}]}]');
DO $$ BEGIN
  PERFORM dynamodb_call('explain', 'PutItem', jsonb_build_object(
    'TableName', 'explain_t', 'Item', jsonb_build_object(
      'PK', jsonb_build_object('S', 'p' || n % 2),
      'SK', jsonb_build_object('S', 's' || n),
      'GSI1PK', jsonb_build_object('S', 'g' || n))))
    FROM generate_series(1, 6) AS n;
END $$;
SELECT dynamodb_reset();
\getenv abs_srcdir PG_ABS_SRCDIR
\set include :abs_srcdir '/sql/include/explain.sql'
\set ECHO none
\i :include
\set ECHO queries

EXPLAIN (VERBOSE, COSTS OFF) SELECT * FROM t WHERE p = 'p1' AND s = 's1';
EXPLAIN (VERBOSE, COSTS OFF)
  SELECT "odd ""name""", city, street FROM t WHERE p = 'p1' AND s > 's1' ORDER BY s DESC;
EXPLAIN (VERBOSE, COSTS OFF) SELECT s FROM t WHERE g = 'g1' AND en = 'x';
EXPLAIN (VERBOSE, COSTS OFF) SELECT count(*) FROM t WHERE en < 'x' OR lower(s) = 's1';
EXPLAIN (VERBOSE, COSTS OFF) SELECT count(*) FROM t;
SELECT pg_temp.explain_analyze($$SELECT s FROM t WHERE g = 'g1'$$);
SELECT pg_temp.explain_analyze($$SELECT s FROM t WHERE g = 'g1' AND s LIKE 's_'$$, 'VERBOSE, FORMAT JSON');
SELECT pg_temp.explain_analyze($$SELECT s FROM t WHERE p = 'p1' LIMIT 2$$, 'FORMAT YAML');
SELECT pg_temp.explain('SELECT s FROM t', 'COSTS OFF, FORMAT XML');
-- estimates come with costs
CREATE FUNCTION estimates(query text) RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
  line text;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN ' || query LOOP
    IF line ~ 'Estimated|Budget' THEN
      RETURN NEXT trim(line);
    END IF;
  END LOOP;
END $$;
SELECT estimates('SELECT * FROM t');
SELECT estimates($$SELECT * FROM t WHERE p = 'p1' AND s = 's1'$$);
ALTER FOREIGN TABLE t OPTIONS (ADD consistent_read 'on');
SELECT estimates($$SELECT * FROM t WHERE p = 'p1' AND s = 's1'$$);
SELECT pg_temp.explain_analyze($$SELECT s FROM t WHERE p = 'p1' AND s = 's1'$$);
ALTER FOREIGN TABLE t OPTIONS (DROP consistent_read);
-- parameters keep their numbers, join keys their names
PREPARE q (text, text) AS SELECT g FROM t WHERE p = $1 AND s BETWEEN $2 AND $2 || 'z';
SET plan_cache_mode = force_generic_plan;
EXPLAIN (COSTS OFF) EXECUTE q ('a', 'b');
RESET plan_cache_mode;
-- a plan survives being written out
SET debug_print_plan = on;
EXPLAIN (COSTS OFF) SELECT * FROM t WHERE p = 'p1' AND s > 's1';
RESET debug_print_plan;

\set ECHO none
DO $$ BEGIN
  PERFORM dynamodb_call('explain', 'DeleteTable', '{"TableName": "explain_t"}');
END $$;
DROP FUNCTION estimates;
SET client_min_messages = warning;
DROP EXTENSION dynamodb_fdw CASCADE;
