-- UPDATE and DELETE that are sent as they are: one request an item, and no
-- item is read; as an ordinary table with the same rows would have it.
\getenv endpoint DYNAMODB_ENDPOINT
CREATE EXTENSION dynamodb_fdw;
CREATE SERVER write_direct FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (region 'us-east-1', endpoint :'endpoint', consistent_read 'on');
CREATE USER MAPPING FOR PUBLIC SERVER write_direct
  OPTIONS (aws_access_key_id 'local', aws_secret_access_key 'local');
CREATE FOREIGN TABLE app (
  pk text COLLATE "C" NOT NULL,
  sk integer NOT NULL,
  s smallint,
  n integer,
  b bigint,
  x numeric,
  y numeric(6, 2),
  f double precision,
  v text,
  must text NOT NULL,
  tags text[],
  list integer[] OPTIONS (attribute_type 'L'),
  doc jsonb,
  city text OPTIONS (attribute_path 'address.city'),
  at timestamptz OPTIONS (format 'iso8601'),
  gpk text COLLATE "C")
  SERVER write_direct OPTIONS (table_name 'write_direct');
SET client_min_messages = warning;
SELECT dynamodb_create_table('app', '[{"IndexName": "GSI", "KeySchema": [
  {"AttributeName": "gpk", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}}]');
RESET client_min_messages;
CREATE TABLE local (LIKE app);
CREATE FUNCTION stored(s integer) RETURNS jsonb LANGUAGE sql AS $$
  SELECT dynamodb_call('write_direct', 'GetItem', jsonb_build_object(
      'TableName', 'write_direct', 'ConsistentRead', true,
      'Key', jsonb_build_object('pk', '{"S": "d"}'::jsonb, 'sk', jsonb_build_object('N', s::text))))
    -> 'Item' #- '{pk}' #- '{sk}' #- '{must}'
$$;
INSERT INTO local (pk, sk, s, n, b, x, y, f, v, must) VALUES
  ('d', 1, 1, 1, 1, 1.5, 1.25, 0.1, 'one', 'x'), ('d', 2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'x'),
  ('d', 3, 32767, 2147483647, 9223372036854775807, 1e37, 9999.99, 1e10, 'max', 'x'),
  ('d', 4, -32768, -2147483648, -9223372036854775808, -1e37, -9999.99, -1e10, 'min', 'x');
INSERT INTO app SELECT * FROM local;

\getenv abs_srcdir PG_ABS_SRCDIR
\set include :abs_srcdir '/sql/include/explain.sql'
\set ECHO none
\i :include
\set ECHO all

-- which are direct
CREATE FUNCTION is_direct(statement text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  plan json;
BEGIN
  EXECUTE 'EXPLAIN (FORMAT JSON, COSTS OFF) ' || statement INTO plan;
  RETURN jsonb_path_exists(plan::jsonb, '$.**.Plans[*] ? (@."Node Type" == "Foreign Scan" && (@.Operation == "Update" || @.Operation == "Delete"))');
END $$;
SELECT statement, is_direct('UPDATE app SET ' || statement) FROM unnest(ARRAY[
    $$v = 'x' WHERE pk = 'd' AND sk = 1$$, $$v = upper('x') || now(), n = NULL WHERE pk = 'd' AND sk = 1$$,
    $$n = n + 1 WHERE pk = 'd' AND sk = 1$$, $$n = 1 + n, s = s - 1::smallint, b = b + 1 WHERE pk = 'd' AND sk = 1$$,
    $$n = coalesce(n, 0) + 1, x = x * 1 WHERE pk = 'd' AND sk = 1$$, $$n = coalesce(n, 0) + 1, x = x - 0.5 WHERE pk = 'd' AND sk = 1$$,
    $$s = s + 1 WHERE pk = 'd' AND sk = 1$$, $$v = 'x' WHERE pk = 'd' AND sk IN (1, 2)$$,
    $$v = 'x' WHERE pk = 'd' AND sk = ANY ('{1,2}')$$, $$tags = '{a}', list = '{1}', gpk = 'g' WHERE pk = 'd' AND sk = 1$$,
    $$v = 'x' WHERE pk = 'd'$$, $$v = 'x' WHERE pk = 'd' AND sk > 1$$, $$v = 'x' WHERE pk = 'd' AND sk = 1 AND v = 'y'$$,
    $$v = 'x' WHERE pk = 'd' AND sk % 2 = 0 AND n < 5$$, $$v = 'x' WHERE pk = 'd' AND sk IN (1, 2) AND sk % 2 = 0 AND v > 'y'$$,
    $$v = 'x'$$, $$v = 'x' WHERE gpk = 'g' AND (n < 5 OR tags @> '{a}')$$, $$v = 'x' WHERE pk = 'd' AND sk = 1 AND doc ->> 'a' = 'b'$$,
    $$v = 'x' WHERE pk = 'd' AND sk = 1 AND (sk, n) IS NOT NULL$$, $$v = 'x' WHERE pk = 'd' AND n < (SELECT max(n) FROM app)$$,
    -- these aren't
    $$v = 'x' WHERE pk = 'd' AND sk = 1 AND upper(v) = 'Y'$$, $$v = 'x' WHERE pk = 'd' AND v LIKE 'a%b'$$,
    $$v = 'x' WHERE pk = 'd' AND random() < 2$$, $$v = 'x' WHERE pk = 'd' AND sk = 1 AND n = s$$, $$v = 'x' WHERE sk + random() < 2$$,
    $$v = 'x' WHERE pk = 'd' AND n < (SELECT max(l.n) FROM app AS l WHERE l.sk = app.sk)$$, $$v = 'x' FROM (VALUES (1)) AS o (i) WHERE pk = 'd' AND sk = i$$,
    $$v = 'x' WHERE pk = 'd' AND sk = 1 AND app IS NOT NULL$$,
    $$n = s + 1 WHERE pk = 'd' AND sk = 1$$, $$n = n + s WHERE pk = 'd' AND sk = 1$$, $$n = n * 2 WHERE pk = 'd' AND sk = 1$$,
    $$n = 1 - n WHERE pk = 'd' AND sk = 1$$, $$y = y + 1 WHERE pk = 'd' AND sk = 1$$, $$f = f + 1 WHERE pk = 'd' AND sk = 1$$,
    $$(n, v) = (SELECT app.sk, 'x') WHERE pk = 'd' AND sk = 1$$, $$n = 1 + s.n FROM (SELECT 1 AS n) AS s WHERE pk = 'd' AND sk = 1$$,
    $$v = v || 'x' WHERE pk = 'd' AND sk = 1$$, $$n = (random() * 10)::integer WHERE pk = 'd' AND sk = 1$$,
    $$doc = '{}' WHERE pk = 'd' AND sk = 1$$, $$city = 'Bonn' WHERE pk = 'd' AND sk = 1$$, $$sk = 7 WHERE pk = 'd' AND sk = 1$$])
  AS statement;
EXPLAIN (VERBOSE, COSTS OFF) UPDATE app SET n = n + 1, v = 'q', tags = NULL WHERE pk = 'd' AND sk = 1;
EXPLAIN (VERBOSE, COSTS OFF) DELETE FROM app WHERE pk = 'd' AND sk = 1;
SELECT pg_temp.explain_analyze($$ UPDATE app SET n = n + 1 WHERE pk = 'd' AND sk = 1 $$);
UPDATE app SET n = n - 1 WHERE pk = 'd' AND sk = 1;

-- like an ordinary table
CREATE PROCEDURE compare(statement text) LANGUAGE plpgsql AS $$
DECLARE
  told text[] := '{}';
  one text;
  n bigint;
BEGIN
  FOREACH one IN ARRAY ARRAY['local', 'app'] LOOP
    BEGIN
      EXECUTE replace(statement, 'app', one);
      GET DIAGNOSTICS n = ROW_COUNT;
      told := told || format('%s rows', n);
    EXCEPTION WHEN OTHERS THEN
      told := told || format('%s %s', SQLSTATE, SQLERRM);
    END;
  END LOOP;
  SELECT count(*) INTO n FROM
    (SELECT FROM (SELECT * FROM app WHERE pk = 'd') AS f FULL JOIN local AS l USING (pk, sk)
       WHERE (f.s, f.n, f.b, f.x, f.v, f.tags, f.list) IS DISTINCT FROM (l.s, l.n, l.b, l.x, l.v, l.tags, l.list)) AS d;
  RAISE NOTICE '%', CASE WHEN told[1] = told[2] AND n = 0 THEN told[1]
                         ELSE format('%s, but %s, differing: %s', told[1], told[2], n) END;
END $$;
CALL compare($$UPDATE app SET v = 'new', tags = '{a,b}', list = '{3,NULL,1}', n = NULL WHERE pk = 'd' AND sk = 1$$);
CALL compare($$UPDATE app SET n = n + 1, s = s + 1, b = b + 1, x = x + 0.5 WHERE pk = 'd' AND sk = 1$$);
CALL compare($$UPDATE app SET n = n + 1, v = 'n is null' WHERE pk = 'd' AND sk = 2$$);
CALL compare($$UPDATE app SET n = coalesce(n, 10) + 1, x = coalesce(x, 0) - 1 WHERE pk = 'd' AND sk IN (1, 2, 5)$$);
CALL compare($$UPDATE app SET n = n + 1 WHERE pk = 'd' AND sk = 3$$);
CALL compare($$UPDATE app SET s = s + 1 WHERE pk = 'd' AND sk = 3$$);
CALL compare($$UPDATE app SET b = b + 1 WHERE pk = 'd' AND sk = 3$$);
CALL compare($$UPDATE app SET n = n - 1 WHERE pk = 'd' AND sk = 4$$);
CALL compare($$UPDATE app SET b = b - 1 WHERE pk = 'd' AND sk = 4$$);
CALL compare($$UPDATE app SET n = n - 2147483647, b = b - 9223372036854775807, s = s + (-32767) WHERE pk = 'd' AND sk = 3$$);
CALL compare($$UPDATE app SET n = n + 2147483647, b = b - (-9223372036854775807) WHERE pk = 'd' AND sk = 4$$);
CALL compare($$UPDATE app SET n = n + 1, v = 'x' WHERE pk = 'd' AND sk = 99$$);
CALL compare($$UPDATE app SET n = n + NULL, v = 'y' WHERE pk = 'd' AND sk = 1$$);
CALL compare($$UPDATE app SET must = NULL WHERE pk = 'd' AND sk = 99$$);
CALL compare($$UPDATE app SET n = (SELECT max(n) FROM app WHERE pk = 'd') WHERE pk = 'd' AND sk = 1$$);
CALL compare($$UPDATE app SET (b, v) = (SELECT 5, 'five') WHERE pk = 'd' AND sk = 1$$);
CALL compare($$UPDATE app SET (b, v) = (SELECT app.sk + o.i, 'row ' || app.sk FROM (VALUES (1), (2)) AS o (i) WHERE o.i = app.sk) WHERE pk = 'd' AND sk IN (1, 2)$$);
CALL compare($$UPDATE app SET v = 'none' WHERE pk = 'd' AND sk = NULL$$);
CALL compare($$UPDATE app SET v = 'all' WHERE pk = 'd' AND sk = ANY ('{4,3,2,2,1,NULL}')$$);
-- with more in WHERE than the key
EXPLAIN (VERBOSE, COSTS OFF) UPDATE app SET n = n + 1 WHERE pk = 'd' AND sk = 1 AND (v = 'all' OR n IS NULL) AND sk % 2 = 1;
EXPLAIN (VERBOSE, COSTS OFF) UPDATE app SET n = n + 1 WHERE pk = 'd' AND sk > 1 AND sk % 2 = 1 AND v = 'all';
EXPLAIN (VERBOSE, COSTS OFF) DELETE FROM app WHERE gpk = 'g';
CALL compare($$UPDATE app SET v = 'w', n = coalesce(n, 0) + 1 WHERE pk = 'd' AND sk = 1 AND v = 'all'$$);
CALL compare($$UPDATE app SET v = 'q' WHERE pk = 'd' AND sk = 1 AND v = 'all'$$);
CALL compare($$UPDATE app SET n = n + 1 WHERE pk = 'd' AND n < 100$$);
CALL compare($$UPDATE app SET n = n + 1, v = 'both' WHERE pk = 'd' AND (n IS NULL OR n < 0)$$);
CALL compare($$UPDATE app SET n = n + 2147483647 WHERE pk = 'd' AND sk = 4 AND v IS NOT NULL$$);
CALL compare($$UPDATE app SET n = n + 2147483647 WHERE pk = 'd' AND sk = 4 AND v = 'nobody'$$);
CALL compare($$UPDATE app SET s = coalesce(s, 0) + 1, x = x - 1 WHERE pk = 'd' AND sk % 2 = 0 AND x IS NOT NULL$$);
CALL compare($$UPDATE app SET s = s + NULL, v = 'lost' WHERE pk = 'd' AND sk % 2 = 0 AND x IS NOT NULL$$);
CALL compare($$UPDATE app SET v = 'keys' WHERE pk = 'd' AND sk IN (1, 2, 3, 9) AND v <> 'w' AND sk % 3 < 2$$);
CALL compare($$UPDATE app SET v = 'range' WHERE pk = 'd' AND sk BETWEEN 2 AND 3 AND NOT v = 'keys'$$);
CALL compare($$UPDATE app SET v = 'none' WHERE pk = 'd' AND n = NULL$$);
CALL compare($$UPDATE app SET v = 'many' WHERE pk = 'd' AND sk = 1 AND n <> ALL (ARRAY(SELECT generate_series(10000, 10900)))$$);
CALL compare($$UPDATE app SET v = 'most' WHERE pk = 'd' AND n <> ALL (ARRAY(SELECT generate_series(10000, 10900)))$$);
CALL compare($$UPDATE app SET must = NULL WHERE pk = 'd' AND v = 'nobody'$$);
CALL compare($$UPDATE app SET v = 'sub' WHERE pk = 'd' AND n = (SELECT max(n) FROM app WHERE pk = 'd')$$);
CALL compare($$UPDATE app SET v = 'scan'$$);
CALL compare($$DELETE FROM app WHERE pk = 'd' AND sk = 4 AND v = 'nobody'$$);
CALL compare($$DELETE FROM app WHERE pk = 'd' AND sk = 4 AND v = 'scan' AND n <> ALL (ARRAY(SELECT generate_series(10000, 10900)))$$);
CALL compare($$DELETE FROM app WHERE pk = 'd' AND sk = 4$$);
SELECT pg_temp.explain_analyze($$ UPDATE app SET n = n + 0 WHERE pk = 'd' AND n > 5 $$);
SELECT pg_temp.explain_analyze($$ UPDATE app SET n = n + 0 WHERE pk = 'd' AND sk = 1 AND n = 0 $$);
-- errors are of the row
UPDATE app SET must = NULL WHERE pk = 'd' AND sk = 1;
UPDATE app SET x = x + 'NaN' WHERE pk = 'd' AND sk = 1;
UPDATE app SET x = x + 0.00000001 WHERE pk = 'd' AND sk = 3;
UPDATE app SET at = '2024-01-01 00:00:00.5Z' WHERE pk = 'd' AND sk = 1;
UPDATE app SET gpk = '' WHERE pk = 'd' AND sk = 1;

-- RETURNING, parameters, views
UPDATE app SET n = coalesce(n, 0) + 5, v = NULL WHERE pk = 'd' AND sk IN (3, 2, 1, 9) RETURNING sk, n, n + 1 AS more, v;
DELETE FROM app WHERE pk = 'd' AND sk IN (3, 9) RETURNING *;
WITH up AS (UPDATE app SET n = n + 1 WHERE pk = 'd' AND sk = 1 RETURNING n), down AS (DELETE FROM app WHERE pk = 'd' AND sk = 2)
  SELECT n FROM up;
PREPARE up(integer, integer) AS UPDATE app SET n = n + $2 WHERE pk = 'd' AND sk = $1 RETURNING n;
SET plan_cache_mode = force_generic_plan;
EXECUTE up(1, 10);
EXECUTE up(1, -10);
EXECUTE up(NULL, 1);
PREPARE upto(integer, text) AS UPDATE app SET n = n + 1 WHERE pk = 'd' AND sk < $1 AND (v = $2 OR $2 IS NULL) RETURNING sk, v, n;
EXECUTE upto(3, 'nobody');
EXECUTE upto(3, NULL);
EXECUTE upto(NULL, NULL);
RESET plan_cache_mode;
CREATE VIEW few AS SELECT pk, sk, n FROM app WHERE pk = 'd';
UPDATE few SET n = n + 1 WHERE sk = 1 RETURNING *;
CREATE VIEW barrier WITH (security_barrier) AS SELECT * FROM app WHERE n > 0;
SELECT is_direct($$UPDATE barrier SET v = 'x' WHERE pk = 'd' AND sk = 1$$), is_direct($$UPDATE barrier SET v = 'x' WHERE pk = 'd' AND sk = 1 AND s = 1$$);
-- what is stored: integers stay what they are, whatever spelling they had
SELECT stored(1);
BEGIN;
UPDATE app SET n = n + 1 WHERE pk = 'd' AND sk = 1;
ROLLBACK;
SELECT n FROM app WHERE pk = 'd' AND sk = 1;

-- lists are multiplied, to some extent
DELETE FROM app WHERE pk = ANY (ARRAY(SELECT g::text FROM generate_series(1, 1000) g)) AND sk = ANY (ARRAY(SELECT generate_series(1, 1001)));

-- what index it is found by may be what changes
ALTER SERVER write_direct OPTIONS (SET consistent_read 'auto');
INSERT INTO app (pk, sk, must, gpk, n) SELECT 'i', i, 'x', 'g', i FROM generate_series(1, 5) i;
EXPLAIN (COSTS OFF) UPDATE app SET gpk = 'h' WHERE gpk = 'g' AND n > 2;
WITH up AS (UPDATE app SET gpk = 'h' WHERE gpk = 'g' AND n > 2 RETURNING sk, gpk) SELECT * FROM up ORDER BY sk;
WITH gone AS (DELETE FROM app WHERE gpk = 'h' AND n > 3 RETURNING sk) SELECT * FROM gone ORDER BY sk;
-- rows that move elsewhere, those that are sent as they are and the others
WITH gone AS (DELETE FROM app WHERE pk = 'i' AND sk = 1 RETURNING *) INSERT INTO local SELECT * FROM gone RETURNING pk, sk, must;
WITH gone AS (DELETE FROM app WHERE pk = 'i' AND n < 3 RETURNING *) INSERT INTO local SELECT * FROM gone RETURNING pk, sk, must;
WITH gone AS (DELETE FROM app WHERE pk = 'i' AND upper(must) = 'X' RETURNING *) INSERT INTO local SELECT * FROM gone RETURNING pk, sk, must;
DELETE FROM app WHERE pk = 'i' RETURNING sk;
ALTER SERVER write_direct OPTIONS (SET consistent_read 'on');

-- a child has its columns in another order than its parent, which is left out
CREATE TABLE parent (v text, n integer, pk text COLLATE "C", sk integer, CHECK (sk < 0) NO INHERIT);
CREATE FOREIGN TABLE child (pk text COLLATE "C" NOT NULL, sk integer, n integer, v text)
  SERVER write_direct OPTIONS (table_name 'write_direct');
ALTER FOREIGN TABLE child INHERIT parent;
INSERT INTO child VALUES ('c', 1, 1, 'x'), ('c', 2, 2, 'y'), ('c', 3, 3, 'y');
UPDATE parent SET v = 'z', n = n + 1 WHERE pk = 'c' AND sk = 1 AND v = 'x' RETURNING v, n, sk;
UPDATE parent SET v = 'w' WHERE pk = 'c' AND sk > 1 AND n < 3;
UPDATE parent SET v = v || '!', n = 0 WHERE pk = 'c' AND sk > 1 AND n = 3;
SELECT * FROM child WHERE pk = 'c';
DELETE FROM parent WHERE pk = 'c' AND sk > 0;
DROP TABLE parent CASCADE;

-- sub-selects don't see what is written, wherever they stand
INSERT INTO app (pk, sk, must, n) SELECT 'w', i, 'x', i FROM generate_series(1, 4) i RETURNING sk, (SELECT count(*) FROM app WHERE pk = 'w');
UPDATE app SET n = n + 100 WHERE pk = 'w' AND sk IN (1, 2, 3, 4) AND (sk = 1 OR sk >= (SELECT max(n) FROM app WHERE pk = 'w')) RETURNING sk, n;
UPDATE app SET n = n + 100 WHERE pk = 'w' AND n < 100 RETURNING sk, n, (SELECT max(n) FROM app WHERE pk = 'w');
UPDATE app SET n = n * 10 WHERE pk = 'w' RETURNING sk, n, (SELECT max(n) FROM app WHERE pk = 'w');
DELETE FROM app WHERE pk = 'w' RETURNING sk, (SELECT count(*) FROM app WHERE pk = 'w');

-- a number that doesn't fit its column and reads as NULL is one
CREATE FOREIGN TABLE lenient (pk text COLLATE "C" NOT NULL, sk integer NOT NULL, n integer, x numeric, must text)
  SERVER write_direct OPTIONS (table_name 'write_direct', on_type_mismatch 'null');
INSERT INTO app (pk, sk, must, x) VALUES ('f', 1, 'x', 1), ('f', 2, 'x', 1);
DO $$ BEGIN
  PERFORM dynamodb_call('write_direct', 'UpdateItem', jsonb_build_object('TableName', 'write_direct',
      'Key', jsonb_build_object('pk', '{"S": "f"}'::jsonb, 'sk', jsonb_build_object('N', i::text)), 'UpdateExpression', 'SET n = :n',
      'ExpressionAttributeValues', '{":n": {"N": "1.5"}}'::jsonb)) FROM generate_series(1, 2) i;
END $$;
UPDATE lenient SET n = coalesce(n, 5) + 1, x = x + 1 WHERE pk = 'f' AND sk = 1 RETURNING *;
UPDATE lenient SET n = n + 1, x = x + 1 WHERE pk = 'f' AND sk = 2 RETURNING *;
UPDATE lenient SET x = x + 1 WHERE pk = 'f' RETURNING *;
EXPLAIN (COSTS OFF) UPDATE lenient SET x = x + 1 WHERE pk = 'f' AND sk = 1;
DELETE FROM app WHERE pk = 'f';

-- checks and triggers need the row
ALTER FOREIGN TABLE app ADD CONSTRAINT positive CHECK (n > 0);
SELECT is_direct($$UPDATE app SET n = n + 1 WHERE pk = 'd' AND sk = 1$$), is_direct($$UPDATE app SET v = 'x' WHERE pk = 'd' AND sk = 1$$);
UPDATE app SET n = n - 100 WHERE pk = 'd' AND sk = 1;

-- the one partition that is left, its columns in another order
CREATE TABLE parted (v text, n integer, sk integer NOT NULL, pk text COLLATE "C" NOT NULL) PARTITION BY LIST (pk);
CREATE TABLE here PARTITION OF parted FOR VALUES IN ('h');
CREATE FOREIGN TABLE there (pk text COLLATE "C" NOT NULL, sk integer NOT NULL, n integer, v text)
  SERVER write_direct OPTIONS (table_name 'write_direct');
ALTER TABLE parted ATTACH PARTITION there FOR VALUES IN ('p', 'q');
INSERT INTO parted VALUES ('x', 1, 1, 'p'), ('x', 2, 2, 'p'), ('x', 3, 3, 'p'), ('x', 1, 1, 'h');
EXPLAIN (COSTS OFF) UPDATE parted SET n = n + 1 WHERE pk = 'p' AND sk = 1;
UPDATE parted SET n = n + 1 WHERE pk = 'p' AND sk = 1 RETURNING tableoid::regclass, *;
UPDATE parted SET v = 'y' WHERE pk = 'p' AND n > 1 RETURNING tableoid::regclass, *;
DELETE FROM parted WHERE pk = 'p' AND sk = 3 RETURNING tableoid::regclass, *;
SELECT is_direct($$DELETE FROM parted WHERE pk = 'p' AND sk = 3$$), is_direct($$UPDATE parted SET v = 'x' WHERE pk = 'p'$$),
  is_direct($$UPDATE parted SET pk = 'q' WHERE pk = 'p' AND sk = 1$$), is_direct($$DELETE FROM parted WHERE sk = 3$$);
-- but whoever wants to see all rows sees these
CREATE FUNCTION show_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE NOTICE '% new rows', (SELECT count(*) FROM new_rows);
  RETURN NULL;
END $$;
CREATE TRIGGER show_new AFTER UPDATE ON parted REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION show_new();
SELECT is_direct($$UPDATE parted SET v = 'x' WHERE pk = 'p' AND sk = 1$$);
SELECT tableoid::regclass, * FROM parted WHERE pk IN ('h', 'p', 'q') ORDER BY pk, sk;
DROP TABLE parted;
DROP FUNCTION show_new;

\set ECHO none
DO $$ BEGIN
  PERFORM dynamodb_call('write_direct', 'DeleteTable', '{"TableName": "write_direct"}');
END $$;
SET client_min_messages = warning;
DROP EXTENSION dynamodb_fdw CASCADE;
DROP TABLE local;
DROP PROCEDURE compare;
DROP FUNCTION stored, is_direct;
