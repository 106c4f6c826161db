-- Lists on keys: which requests they become, and that they give the rows that
-- an ordinary table gives, each once.
\getenv endpoint DYNAMODB_ENDPOINT
CREATE EXTENSION dynamodb_fdw;
CREATE SERVER key_list FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (region 'us-east-1', endpoint :'endpoint');
CREATE USER MAPPING FOR CURRENT_USER SERVER key_list
  OPTIONS (aws_access_key_id 'local', aws_secret_access_key 'local');

CREATE FOREIGN TABLE t (
  p text COLLATE "C" NOT NULL,
  s integer NOT NULL,
  g text COLLATE "C",
  h integer,
  v integer
) SERVER key_list OPTIONS (table_name 'key_list_t', allow_scan 'off');
SELECT dynamodb_create_table('t', global_indexes => '[
  {"IndexName": "all", "KeySchema": [
     {"AttributeName": "g", "KeyType": "HASH"},
     {"AttributeName": "h", "KeyType": "RANGE"}],
   "Projection": {"ProjectionType": "ALL"}},
  {"IndexName": "keys", "KeySchema": [
     {"AttributeName": "h", "KeyType": "HASH"}],
   "Projection": {"ProjectionType": "KEYS_ONLY"}}]');
CREATE FOREIGN TABLE single (
  id integer NOT NULL,
  v text
) SERVER key_list OPTIONS (table_name 'key_list_single');
SELECT dynamodb_create_table('single');

-- the rows, written by no code that the queries use
CREATE TABLE local_t AS
  SELECT p, s, 'g' || s % 3 AS g, s / 3 AS h, s * 10 AS v
    FROM unnest(ARRAY['a', 'b', 'c', 'd']) AS p, generate_series(1, 30) AS s;
UPDATE local_t SET g = NULL, h = NULL WHERE s % 7 = 0;
CREATE TABLE local_single AS
  SELECT id, 'v' || id AS v FROM generate_series(1, 250) AS id
   WHERE id % 10 <> 0;
SELECT count(dynamodb_call('key_list', 'BatchWriteItem',
         jsonb_build_object('RequestItems',
                            jsonb_build_object(tab, requests))))
  FROM (SELECT tab, jsonb_agg(jsonb_build_object('PutRequest',
                 jsonb_build_object('Item', item))) AS requests
          FROM (SELECT 'key_list_t' AS tab, row_number() OVER () AS n,
                       jsonb_strip_nulls(jsonb_build_object(
                         'p', jsonb_build_object('S', p),
                         's', jsonb_build_object('N', s::text),
                         'g', CASE WHEN g IS NOT NULL THEN
                                jsonb_build_object('S', g) END,
                         'h', CASE WHEN h IS NOT NULL THEN
                                jsonb_build_object('N', h::text) END,
                         'v', jsonb_build_object('N', v::text),
                         'pad', jsonb_build_object('S', repeat('x', 2000))))
                         AS item
                  FROM local_t
                UNION ALL
                SELECT 'key_list_single', row_number() OVER (),
                       jsonb_build_object(
                         'id', jsonb_build_object('N', id::text),
                         'v', jsonb_build_object('S', v),
                         'pad', jsonb_build_object('S', repeat('x', 2000)))
                  FROM local_single) AS items
         GROUP BY tab, n / 25) AS batches;

-- The requests of a query, and whether both tables give the same rows.
CREATE FUNCTION compare(query text)
RETURNS TABLE (operation text, key_condition text, requests text,
               nrows bigint, same boolean)
LANGUAGE plpgsql AS $$
DECLARE
  line text;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) '
                      || query LOOP
    operation := coalesce(substring(line, 'DynamoDB Operation: (.*)'),
                          operation);
    key_condition := coalesce(substring(line, 'Key Condition: (.*)'),
                              key_condition);
    requests := coalesce(substring(line, '^ *Requests: (.*)'), requests);
  END LOOP;
  EXECUTE format('SELECT count(*) FROM (%s) AS q', query) INTO nrows;
  EXECUTE format(
    'WITH f AS (%1$s), l AS (%2$s)
     SELECT NOT EXISTS (TABLE f EXCEPT ALL TABLE l)
        AND NOT EXISTS (TABLE l EXCEPT ALL TABLE f)',
    query, regexp_replace(query, '\m(FROM|JOIN) (t|single)\M',
                          '\1 local_\2', 'g')) INTO same;
  -- what a subquery yields has a number in 15, a name since 17
  key_condition := regexp_replace(key_condition,
                                  '\$0|\(InitPlan \w+\)\.col1', 'InitPlan');
  RETURN NEXT;
END $$;

-- lists on the whole primary key
\x on
SELECT query, c.* FROM (VALUES
  ($$ SELECT * FROM single WHERE id IN (1, 2, 2, 3, 10, NULL) $$),
  ($$ SELECT * FROM single WHERE id = ANY (ARRAY(SELECT generate_series(1, 250))) $$),
  ($$ SELECT * FROM single WHERE id = ANY ('{7}') $$),
  ($$ SELECT * FROM single WHERE id = ANY ('{}') $$),
  ($$ SELECT * FROM single WHERE id = ANY (NULL) $$),
  ($$ SELECT * FROM single WHERE id IN (1, 2, 3) AND id > 1 $$),
  ($$ SELECT * FROM single WHERE id IN (1, 2, 3) AND id = ANY ('{3,4}') $$),
  ($$ SELECT * FROM single WHERE id IN (1, 2) AND id IN (3, 4) $$),
  ($$ SELECT * FROM single WHERE id = 1 OR id = 3 OR id = ANY ('{5,7}') $$),
  ($$ SELECT * FROM single WHERE id = 1 OR v = 'v2' $$),
  ($$ SELECT * FROM single WHERE id IN (1, 2, 3) AND v > 'v2' $$),
  ($$ SELECT * FROM t WHERE p IN ('a', 'b', 'x') AND s = 5 $$),
  ($$ SELECT * FROM t WHERE p IN ('a', 'b') AND s IN (5, 6, 99) $$),
  ($$ SELECT * FROM t WHERE (p, s) IN (('a', 1), ('b', 2), ('b', 2), ('c', NULL)) $$),
  ($$ SELECT * FROM t WHERE (p = 'a' AND s = 1) OR (p = 'b' AND s = 2 AND v = 7) $$),
  ($$ SELECT * FROM t WHERE (p = 'a' AND s = 1) OR (p = 'b' AND s < 3) $$),
  ($$ SELECT * FROM t WHERE p = 'a' AND s IN (3, 1, 2) $$),
  ($$ SELECT * FROM t WHERE p = 'a' AND s = ANY (ARRAY(SELECT generate_series(1, 29, 2))) $$),
  ($$ SELECT * FROM t WHERE p = 'a' AND p = (SELECT 'b') $$),
  ($$ SELECT * FROM t WHERE p = 'a' AND s IN (1, 2) AND s > 2 $$)
) AS q (query), compare(query) AS c;

-- lists on a partition key, of the table and of indexes
SELECT query, c.* FROM (VALUES
  ($$ SELECT * FROM t WHERE p IN ('a', 'b') $$),
  ($$ SELECT * FROM t WHERE p = ANY ('{a,NULL}') AND s < 3 $$),
  ($$ SELECT * FROM t WHERE p IN ('a', 'b', 'c') AND s BETWEEN 3 AND 4 $$),
  ($$ SELECT * FROM t WHERE p = ANY (ARRAY(SELECT chr(g) FROM generate_series(97, 110) g)) AND s > 28 $$),
  ($$ SELECT * FROM t WHERE g IN ('g0', 'g1') AND h > 7 $$),
  ($$ SELECT * FROM t WHERE g = 'g1' AND h IN (0, 9) $$),
  ($$ SELECT * FROM t WHERE g = 'g1' AND h IN (8, NULL) $$),
  ($$ SELECT p, s FROM t WHERE h IN (1, 2) $$),
  ($$ SELECT * FROM t WHERE h IN (1, 2) AND v > 50 $$),
  ($$ SELECT * FROM t WHERE h = 8 $$)
) AS q (query), compare(query) AS c;
-- A partition that is larger than it seems: the range from the first to the
-- last of a list is read as far as the keys one by one would cost, then the
-- keys that are left are looked up.
SELECT * FROM compare(
  $$ SELECT * FROM t WHERE p = 'a' AND s IN (1, 2, 29, 30) $$);
SELECT * FROM compare(
  $$ SELECT * FROM t WHERE g = 'g1' AND h IN (1, 2, 8, 9) $$);
\x off

-- order: several Queries are merged, and stop early
EXPLAIN (COSTS OFF) SELECT p, s FROM t WHERE p IN ('a', 'b', 'c') ORDER BY s LIMIT 5;
SELECT p, s FROM t WHERE p IN ('a', 'b', 'c') ORDER BY s, p LIMIT 5;
SELECT array_agg(s) = array_agg(s ORDER BY s DESC) AS ordered, count(*)
  FROM (SELECT s FROM t WHERE p IN ('a', 'b', 'c') AND s > 10
         ORDER BY s DESC) AS q;
SELECT max(s), min(s) FROM t WHERE p IN ('a', 'b') AND s < 20;
SELECT array_agg(h) = array_agg(h ORDER BY h DESC) AS ordered, count(*)
  FROM (SELECT h FROM t WHERE (g = 'g1' OR g = 'g2') AND h >= 0
         ORDER BY h DESC) AS q;
-- begun again from memory, a merge leaves nothing behind
CREATE FUNCTION count_heads(integer) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
  RETURN (SELECT count(*) FROM pg_backend_memory_contexts
           WHERE name = 'dynamodb_fdw merge');
END $$;
SELECT i, s, count_heads(s)
  FROM (SELECT i, (SELECT s FROM t WHERE p IN ('a', 'b') AND s < 4
                      AND v + i > 11 ORDER BY s LIMIT 1) AS s
          FROM generate_series(1, 4) AS i OFFSET 0) AS q;
DROP FUNCTION count_heads;

-- a list that is known only when the plan runs, in plans of both kinds
PREPARE list (integer[]) AS SELECT count(*) FROM single WHERE id = ANY ($1);
EXPLAIN (COSTS OFF) EXECUTE list ('{1,2}');
SET plan_cache_mode = force_generic_plan;
EXPLAIN (COSTS OFF) EXECUTE list ('{1,2}');
EXECUTE list ('{1,2,NULL,2,300}');
EXECUTE list ('{}');
EXECUTE list (NULL);
PREPARE pair (text, integer, text, integer) AS
  SELECT * FROM t WHERE (p, s) IN (($1, $2), ($3, $4)) ORDER BY p;
EXPLAIN (COSTS OFF) EXECUTE pair ('a', 1, 'b', 2);
EXECUTE pair ('a', 1, 'b', 2);
EXECUTE pair ('a', 1, 'b', NULL);
-- one bound of several, and two of them as one condition
PREPARE between (integer, integer, integer) AS
  SELECT count(*) FROM t WHERE p = 'a' AND s > $1 AND s >= $2 AND s < $3;
EXPLAIN (COSTS OFF) EXECUTE between (1, 2, 3);
EXECUTE between (3, 5, 9);
EXECUTE between (7, 5, 9);
EXECUTE between (9, 5, 9);
RESET plan_cache_mode;
-- the leading column of a row comparison
EXPLAIN (COSTS OFF)
  SELECT s FROM t WHERE p = 'a' AND (s, v) > (3, 30) ORDER BY s LIMIT 2;
SELECT s FROM t WHERE p = 'a' AND (s, v) > (3, 30) ORDER BY s LIMIT 2;
SELECT s FROM t WHERE p = 'a' AND (30, 300) <= (s, v);
SELECT s FROM t WHERE p = 'a' AND (s, v) < (2, 30);
-- what is evaluated anew each time equals nothing that is known
EXPLAIN (COSTS OFF)
  SELECT s FROM t WHERE p = 'a' AND v = 20 AND (v, s) < (20, 3);
EXPLAIN (COSTS OFF)
  SELECT s FROM t WHERE p = 'a' AND v = random()::integer
                    AND (v, s) < (random()::integer, 3);

-- a list from the other side of a join
EXPLAIN (COSTS OFF)
  SELECT * FROM (VALUES ('{1,2}'::integer[]), ('{3}')) AS o (ids)
    JOIN single ON id = ANY (ids);
SELECT * FROM (VALUES ('{1,2}'::integer[]), ('{3}')) AS o (ids)
  JOIN single ON id = ANY (ids) ORDER BY id;

-- a list from the other side of LATERAL, and an order that no key serves then
CREATE TABLE lists AS SELECT 1 AS n, ARRAY[3, 5, 7] AS list;
EXPLAIN (COSTS OFF)
  SELECT x.s, x.z FROM lists LEFT JOIN LATERAL (
           SELECT s, coalesce(v, 0) + n AS z FROM t
            WHERE p = 'a' AND s = ANY (list)) AS x ON true
   ORDER BY x.s DESC;
SELECT x.s, x.z FROM lists LEFT JOIN LATERAL (
         SELECT s, coalesce(v, 0) + n AS z FROM t
          WHERE p = 'a' AND s = ANY (list)) AS x ON true
 ORDER BY x.s DESC;

-- a key is not unique in a table with heirs
CREATE TABLE heir () INHERITS (single);
INSERT INTO heir VALUES (1, 'heir'), (2, 'heir');
SELECT n, v FROM generate_series(1, 3) AS n JOIN single ON id = n
 ORDER BY n, v;
SELECT count(*) FROM generate_series(1, 3) AS n LEFT JOIN single ON id = n;

\set ECHO none
DO $$
BEGIN
  PERFORM dynamodb_call('key_list', 'DeleteTable',
                        jsonb_build_object('TableName', tab))
    FROM unnest(ARRAY['key_list_t', 'key_list_single']) AS tab;
END $$;
DROP FUNCTION compare;
DROP TABLE local_t, local_single, lists, heir;
SET client_min_messages = warning;
DROP EXTENSION dynamodb_fdw CASCADE;
