-- Joins by key: parameterised lookups, and the same rows as ordinary tables.
\getenv endpoint DYNAMODB_ENDPOINT
CREATE EXTENSION dynamodb_fdw;
CREATE SERVER "join" FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (region 'us-east-1', endpoint :'endpoint');
CREATE USER MAPPING FOR CURRENT_USER SERVER "join"
  OPTIONS (aws_access_key_id 'local', aws_secret_access_key 'local');
CREATE FOREIGN TABLE t (
  p text COLLATE "C" NOT NULL,
  s integer NOT NULL,
  g text COLLATE "C",
  h integer,
  v text
) SERVER "join" OPTIONS (table_name 'join_t');
SELECT dynamodb_create_table('t', global_indexes => '[
  {"IndexName": "by_g", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"},
                                      {"AttributeName": "h", "KeyType": "RANGE"}]}]');
CREATE TABLE local_t AS
  SELECT 'p' || n % 20 AS p, n AS s,
         CASE WHEN n % 3 > 0 THEN 'g' || n % 30 END AS g,
         CASE WHEN n % 4 > 0 THEN n % 5 END AS h,
         repeat('v' || n % 7, 800) AS v
    FROM generate_series(1, 400) AS n;
DO $$
DECLARE
  batch jsonb;
BEGIN
  FOR batch IN
    SELECT jsonb_agg(jsonb_build_object('PutRequest', jsonb_build_object('Item',
             (SELECT jsonb_object_agg(key, jsonb_build_object(
                       CASE WHEN key IN ('s', 'h') THEN 'N' ELSE 'S' END,
                       value #>> '{}'))
                FROM jsonb_each(to_jsonb(l)) WHERE value <> 'null'))))
      FROM local_t AS l GROUP BY s / 20
  LOOP
    PERFORM dynamodb_call('join', 'BatchWriteItem', jsonb_build_object(
      'RequestItems', jsonb_build_object('join_t', batch)));
  END LOOP;
END $$;
SELECT dynamodb_reset();
CREATE TABLE o AS
  SELECT n AS id, 'p' || n % 22 AS p, n + 20 * (n % 3) AS s, 'g' || n % 40 AS g, n % 6 AS h
    FROM generate_series(1, 8) AS n;
INSERT INTO o VALUES (9, NULL, 1, NULL, 1), (10, 'p1', NULL, 'g1', NULL);
ANALYZE o, local_t;

CREATE FUNCTION same(query text) RETURNS TABLE (nrows bigint, same boolean)
LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('SELECT count(*) FROM (%s) AS q', replace(query, '@', 'local_t'))
    INTO nrows;
  EXECUTE format('WITH f AS MATERIALIZED (%s), l AS MATERIALIZED (%s)
                  SELECT NOT EXISTS ((TABLE l EXCEPT ALL TABLE f) UNION ALL
                                     (TABLE f EXCEPT ALL TABLE l))',
                 replace(query, '@', 't'), replace(query, '@', 'local_t'))
    INTO same;
  RETURN NEXT;
END $$;
\getenv abs_srcdir PG_ABS_SRCDIR
\set include :abs_srcdir '/sql/include/explain.sql'
\set ECHO none
\i :include
\set ECHO queries

-- one row of the other side after another
SET dynamodb_fdw.enable_batch_join = off;
SELECT pg_temp.explain('SELECT o.id, t.v FROM o JOIN t ON t.p = o.p AND t.s = o.s');
SELECT pg_temp.explain('SELECT o.id, t.s FROM o LEFT JOIN t ON t.p = o.p AND t.s > o.s');
SELECT pg_temp.explain('SELECT o.id, t.s FROM o JOIN t ON t.g = o.g AND t.h = o.h');
-- the join condition on the sort key alone admits the index
SELECT pg_temp.explain('SELECT o.id, t.s FROM o JOIN t ON t.g = o.g AND t.h >= o.h');
SELECT pg_temp.explain('SELECT o.id, t.s FROM o JOIN t ON t.g = o.g AND t.h IS NOT NULL WHERE o.id < 3');
-- keys from two relations
SELECT pg_temp.explain('SELECT a.id, t.v FROM o AS a, o AS b, t
  WHERE t.p = a.p AND t.s = b.s AND a.id = 1 AND b.id = 2');
EXPLAIN (COSTS OFF) SELECT o.id, q.v FROM o,
  LATERAL (SELECT v FROM t WHERE t.p = o.p ORDER BY t.s DESC LIMIT 1) AS q;
SET enable_memoize = off;
SELECT pg_temp.explain_analyze('SELECT o.id, t.s FROM o JOIN t ON t.p = o.p AND t.s = o.s');
RESET enable_memoize;
RESET dynamodb_fdw.enable_batch_join;

-- several rows read ahead: complete keys by BatchGetItem, others by Queries at
-- once
SELECT pg_temp.explain_analyze('SELECT o.id, t.v FROM o JOIN t ON t.p = o.p AND t.s = o.s');
SELECT pg_temp.explain_analyze('SELECT o.id, t.s FROM o LEFT JOIN t ON t.p = o.p AND t.s > o.s');
SELECT pg_temp.explain('SELECT o.id, t.s FROM o JOIN t ON t.g = o.g AND t.h >= o.h');
SELECT pg_temp.explain('SELECT o.id FROM o WHERE EXISTS (SELECT FROM t WHERE t.p = o.p AND t.s = o.s)');
SELECT pg_temp.explain('WITH gone AS (DELETE FROM o RETURNING *)
  SELECT gone.id, t.v FROM gone JOIN t ON t.p = gone.p AND t.s = gone.s');
SELECT pg_temp.explain('SELECT o.id, t.v FROM (SELECT id, p, s FROM o ORDER BY id OFFSET 0) AS o
  LEFT JOIN t ON t.p = o.p AND t.s = o.s ORDER BY o.id LIMIT 3');
-- rows that want the same item ask once
SELECT pg_temp.explain_analyze('SELECT t.v FROM (SELECT ''p1'' AS p, 2 AS s, n FROM generate_series(1, 50) AS n OFFSET 0) AS o
  JOIN t ON t.p = o.p AND t.s = o.s');
-- and so do those that come again in later batches, and when the join begins
-- anew
SET enable_memoize = off;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET enable_material = off;
SELECT pg_temp.explain_analyze('SELECT t.v FROM (SELECT ''p'' || n % 3 AS p, n % 3 + 20 AS s FROM generate_series(1, 3000) AS n OFFSET 0) AS o
  JOIN t ON t.p = o.p AND t.s = o.s');
SELECT pg_temp.explain_analyze('SELECT t.v FROM (SELECT ''p'' || n % 3 AS p FROM generate_series(1, 300) AS n OFFSET 0) AS o
  LEFT JOIN t ON t.p = o.p AND t.s > 300');
SELECT pg_temp.explain_analyze('SELECT a.id, q.v FROM o AS a,
  LATERAL (SELECT t.v FROM o AS b LEFT JOIN t ON t.p = b.p AND t.s = b.s WHERE b.id <= a.id OFFSET 0) AS q');
RESET enable_memoize;
RESET enable_hashjoin;
RESET enable_mergejoin;
RESET enable_material;
-- where keys are known to come again, each is one of a batch once
CREATE TABLE many AS
  SELECT n AS id, 'p' || n % 20 AS p, n % 40 AS s, md5(n::text) AS tag
    FROM generate_series(1, 2000) AS n;
CREATE INDEX ON many (id);
ANALYZE many;
SELECT pg_temp.explain_analyze('SELECT m.id, t.v FROM many AS m JOIN t ON t.p = m.p AND t.s = 20');
-- few rows are wanted in an order of the other side: that is sorted first
SELECT pg_temp.explain('SELECT m.id, t.v FROM many AS m LEFT JOIN t ON t.p = m.p AND t.s = m.s ORDER BY m.id DESC LIMIT 4');
SELECT pg_temp.explain('SELECT m.id, t.v FROM many AS m JOIN t ON t.p = m.p AND t.s = m.s ORDER BY m.tag DESC LIMIT 4');
-- not if it is an order of the lookups
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SELECT pg_temp.explain('SELECT m.id, t.v FROM many AS m JOIN t ON t.p = m.p AND t.s = 20 ORDER BY t.h, m.tag LIMIT 4');
-- an answer of several pages isn't kept, so core keeps the rows of a Query
SELECT pg_temp.explain('SELECT m.id, t.v FROM many AS m JOIN t ON t.p = m.p AND t.s > 380');
RESET enable_hashjoin;
RESET enable_mergejoin;
-- one key that all rows have in common needs no batch
SELECT pg_temp.explain('SELECT o.id, q.x FROM o LEFT JOIN
  LATERAL (SELECT coalesce(t.s, 0) + o.id AS x FROM t WHERE t.p = ''p1'') AS q ON true');
-- not where reading ahead could be seen
SELECT pg_temp.explain('SELECT o.id, t.v FROM o JOIN t ON t.p = o.p AND t.s = o.s FOR UPDATE OF o');

CREATE TABLE queries AS SELECT query FROM unnest(ARRAY[
  $$SELECT o.id, t.* FROM o JOIN @ AS t ON t.p = o.p AND t.s = o.s$$,
  $$SELECT o.id, t.* FROM o JOIN @ AS t ON t.p = o.p$$,
  $$SELECT o.id, t.* FROM o LEFT JOIN @ AS t ON t.p = o.p AND t.s = o.s$$,
  $$SELECT o.id, t.* FROM o LEFT JOIN @ AS t ON t.p = o.p AND t.s = o.s AND t.h > 2$$,
  $$SELECT o.id, t.* FROM o LEFT JOIN @ AS t ON t.p = o.p AND t.s > o.s$$,
  $$SELECT o.id, t.* FROM o FULL JOIN @ AS t ON t.p = o.p AND t.s = o.s$$,
  $$SELECT o.id, t.* FROM o RIGHT JOIN @ AS t ON t.p = o.p AND t.s = o.s$$,
  $$SELECT o.id, t.s FROM o JOIN @ AS t ON t.g = o.g AND t.h = o.h$$,
  $$SELECT o.id, t.s FROM o JOIN @ AS t ON t.g = o.g AND t.h >= o.h$$,
  $$SELECT o.id, t.s FROM o LEFT JOIN @ AS t ON t.g = o.g AND t.h IS NOT NULL$$,
  $$SELECT o.id, t.s FROM o LEFT JOIN @ AS t ON t.g = o.g AND t.h IS NULL$$,
  $$SELECT o.id, t.s FROM o LEFT JOIN @ AS t ON t.g = o.g WHERE t.h IS NULL$$,
  $$SELECT o.id FROM o WHERE EXISTS (SELECT FROM @ AS t WHERE t.p = o.p AND t.s = o.s)$$,
  $$SELECT o.id FROM o WHERE NOT EXISTS (SELECT FROM @ AS t WHERE t.p = o.p AND t.s = o.s)$$,
  $$SELECT o.id FROM o WHERE o.p IN (SELECT p FROM @)$$,
  $$SELECT o.id, (SELECT max(s) FROM @ AS t WHERE t.p = o.p) FROM o$$,
  $$SELECT o.id, q.* FROM o, LATERAL (SELECT s FROM @ AS t WHERE t.p = o.p ORDER BY t.s DESC LIMIT 2) AS q$$,
  $$SELECT a.id, b.id, t.s FROM o AS a, o AS b, @ AS t WHERE t.p = a.p AND t.s = b.s$$,
  $$SELECT t.s, u.s FROM @ AS t JOIN @ AS u ON u.p = t.p AND u.s = t.s + 20 WHERE t.p = 'p3'$$,
  $$SELECT o.id, t.s FROM o JOIN @ AS t ON t.p = o.p AND t.s IN (o.s, o.s + 20)$$,
  $$SELECT o.id, t.s FROM o LEFT JOIN (SELECT * FROM @ WHERE h > 1) AS t ON t.p = o.p AND t.s = o.s$$,
  $$SELECT a.id, b.id, t.s FROM @ AS t, o AS a, o AS b WHERE t.p = a.p AND t.s = b.s AND b.g = 'g1'$$,
  $$SELECT a.id, t.s FROM o AS a LEFT JOIN (SELECT id, coalesce(p, 'p1') AS k FROM o) AS b ON b.id = a.id LEFT JOIN @ AS t ON t.p = b.k$$,
  $$SELECT a.id, q.s FROM o AS a LEFT JOIN (SELECT id, coalesce(p, 'p1') AS k FROM o) AS b ON b.id = a.id, LATERAL (SELECT * FROM @ AS t WHERE t.p = b.k OFFSET 0) AS q$$,
  $$SELECT a.id, q.* FROM o AS a, LATERAL (SELECT b.id, t.s FROM o AS b LEFT JOIN @ AS t ON t.p = b.p AND t.h > (SELECT count(*) % 4 FROM o WHERE o.id < a.id) OFFSET 0) AS q$$,
  $$SELECT a.id, q.* FROM o AS a, LATERAL (SELECT b.id, t.s FROM o AS b LEFT JOIN @ AS t ON t.p = b.p AND t.s = b.s AND t.h > (SELECT count(*) % 4 FROM o WHERE o.id < a.id) OFFSET 0) AS q$$,
  $$SELECT o.id, q.x FROM o LEFT JOIN LATERAL (SELECT coalesce(t.s, 0) + o.id AS x FROM @ AS t WHERE t.p = 'p1') AS q ON true$$,
  $$SELECT n, (SELECT t.v FROM @ AS t WHERE t.p = 'p' || n % 3 AND t.s = n % 4) FROM generate_series(0, 50) AS n$$,
  $$SELECT n, (SELECT t FROM @ AS t WHERE t.p = 'p' || n % 3 AND t.s = n % 4 AND t.h > n % 5 LIMIT 1)::text FROM generate_series(0, 50) AS n$$,
  $$SELECT n, (SELECT count(*) FROM @ AS t WHERE t.p = 'p' || n % 3 AND t.s IN (n % 2, 20 + n % 4)) FROM generate_series(0, 50) AS n$$,
  $$SELECT o.id, (SELECT count(*) FROM @ AS t WHERE t.p = 'p1' AND t.h < o.h) FROM o$$,
  $$SELECT o.id, (SELECT count(*) FROM @ AS t WHERE t.p IN ('p1', 'p2', 'p9') AND t.h < o.h) FROM o$$,
  $$SELECT o.id, (SELECT t.h FROM @ AS t WHERE t.p IN ('p1', 'p2') AND t.h <> o.h ORDER BY t.s, t.p OFFSET 3 LIMIT 1) FROM o$$,
  $$SELECT m.id, t.v FROM many AS m JOIN @ AS t ON t.p = m.p AND t.s = m.s$$,
  $$SELECT m.id, t.v FROM many AS m LEFT JOIN @ AS t ON t.p = m.p AND t.s = m.s AND t.h > 2 ORDER BY m.tag DESC LIMIT 50$$,
  $$SELECT m.id, t.v FROM many AS m JOIN @ AS t ON t.p = m.p AND t.s = m.s ORDER BY m.id DESC LIMIT 50 OFFSET 7$$,
  $$SELECT m.id, t.s FROM many AS m JOIN @ AS t ON t.p = m.p AND t.s > 380 ORDER BY m.tag, t.s LIMIT 50$$,
  $$SELECT a.id, t.s, b.tag FROM many AS a LEFT JOIN many AS b ON b.id = a.id + 1000 LEFT JOIN @ AS t ON t.p = a.p AND t.s = b.s ORDER BY b.tag DESC, a.id LIMIT 50 OFFSET 990$$,
  $$SELECT m.id FROM many AS m WHERE NOT EXISTS (SELECT FROM @ AS t WHERE t.p = m.p AND t.s = m.s) ORDER BY m.tag LIMIT 5$$,
  $$SELECT t.p, t.s FROM @ AS t WHERE (t.p, t.s) IN (SELECT p, s FROM many) ORDER BY t.s LIMIT 6$$,
  $$SELECT t.p, t.s FROM @ AS t WHERE t.p IN (SELECT p FROM many) AND t.s < 30 ORDER BY t.p, t.s LIMIT 6$$,
  $$SELECT m.s, t.v FROM (SELECT DISTINCT p, s FROM many) AS m JOIN @ AS t ON t.p = m.p AND t.s = m.s ORDER BY m.s LIMIT 6$$
]) AS query;
SELECT query, s.* FROM queries, same(query) AS s;
SET dynamodb_fdw.enable_batch_join = off;
SELECT query, s.* FROM queries, same(query) AS s WHERE NOT same;
RESET dynamodb_fdw.enable_batch_join;
-- a batch of one row, and batches that end in the middle of the answer
ALTER FOREIGN TABLE t OPTIONS (ADD concurrency '1', ADD page_size '1');
SELECT query, s.* FROM queries, same(query) AS s WHERE NOT same;
ALTER FOREIGN TABLE t OPTIONS (DROP concurrency, DROP page_size);
-- next to nothing is kept, and each key is in a batch nevertheless
SET work_mem = '64kB';
SELECT query, s.* FROM queries, same(query) AS s WHERE NOT same;
RESET work_mem;
-- a batch for which read_capacity has room in several requests only
ALTER FOREIGN TABLE t OPTIONS (ADD read_capacity '20');
SELECT count(*), count(*) FILTER (WHERE t.v = l.v)
  FROM (SELECT t.* FROM (SELECT p, s FROM local_t LIMIT 85) AS o JOIN t ON t.p = o.p AND t.s = o.s
        OFFSET 0) AS t
  JOIN local_t AS l USING (p, s);
ALTER FOREIGN TABLE t OPTIONS (DROP read_capacity);

-- a row of the outer side that changes local conditions only asks nothing
SELECT pg_temp.explain_analyze($$SELECT o.id, (SELECT count(*) FROM t WHERE t.p = 'p1' AND t.h < o.h) FROM o$$);
-- several requests are kept for that as well, merged or not
SELECT pg_temp.explain_analyze($$SELECT o.id, (SELECT count(*) FROM t WHERE t.p IN ('p1', 'p2') AND t.h < o.h) FROM o$$);
SELECT pg_temp.explain_analyze($$SELECT o.id, (SELECT t.h FROM t WHERE t.p IN ('p1', 'p2') AND t.h <> o.h ORDER BY t.s OFFSET 3 LIMIT 1) FROM o$$);
-- whole keys that come again are asked for once, in a sub-select too
SELECT pg_temp.explain_analyze($$SELECT n, (SELECT t.v FROM t WHERE t.p = 'p' || n % 3 AND t.s = 20 + n % 3) FROM generate_series(1, 50) AS n$$);
-- in each of two
SELECT line FROM pg_temp.explain_analyze($$SELECT (SELECT t.v FROM t WHERE t.p = 'p' || n % 3 AND t.s = 20 + n % 3), (SELECT t.h FROM t WHERE t.p = 'p' || n % 2 AND t.s = 20 + n % 2) FROM generate_series(1, 50) AS n$$) AS line
  WHERE line ~ 'Requests';
-- the budget is for all rescans together
SET dynamodb_fdw.scan_budget = 20;
SELECT count(q.n) FROM generate_series(1, 20) AS k,
  LATERAL (SELECT count(*) AS n FROM t WHERE t.p = 'p' || k) AS q;
RESET dynamodb_fdw.scan_budget;

\set ECHO none
DO $$ BEGIN
  PERFORM dynamodb_call('join', 'DeleteTable', '{"TableName": "join_t"}');
END $$;
DROP FUNCTION same;
DROP TABLE o, many, local_t, queries;
SET client_min_messages = warning;
DROP EXTENSION dynamodb_fdw CASCADE;
