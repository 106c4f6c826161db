-- Which clauses become remote filters, rule by rule, and that they say what
-- SQL says: every query runs on the foreign table and on an ordinary one with
-- the same rows.  "local" tells whether a clause is evaluated here too.
\getenv endpoint DYNAMODB_ENDPOINT
CREATE EXTENSION dynamodb_fdw;
CREATE SERVER filter_operator FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (region 'us-east-1', endpoint :'endpoint');
CREATE USER MAPPING FOR CURRENT_USER SERVER filter_operator
  OPTIONS (aws_access_key_id 'local', aws_secret_access_key 'local');

-- Values of every kind, as they are on the wire and as columns show them.
-- What doesn't fit a column reads as NULL where that isn't an error.
CREATE TABLE texts (misfit boolean, item jsonb, t text);
INSERT INTO texts
  SELECT false, NULL::jsonb, NULL UNION ALL
  SELECT false, '{"NULL": true}', NULL UNION ALL
  SELECT true, '{"N": "5"}', NULL UNION ALL
  SELECT true, '{"L": [{"S": "a"}, {"S": "ab"}]}', NULL UNION ALL
  SELECT true, '{"SS": ["a", "ab"]}', NULL UNION ALL
  SELECT true, '{"B": "YWI="}', NULL UNION ALL
  SELECT false, jsonb_build_object('S', v), v
    FROM unnest(ARRAY['', 'a', 'ab', 'abc', 'b', 'A', 'a%b', 'a_b', 'a\b',
                      'a"b', 'ä', '€', '😀', 'quote''d', 'zab']) AS v;
CREATE TABLE numbers (misfit boolean, item jsonb, n numeric, i integer);
INSERT INTO numbers
  SELECT false, NULL::jsonb, NULL::numeric, NULL::integer UNION ALL
  SELECT false, '{"NULL": true}', NULL, NULL UNION ALL
  SELECT true, '{"S": "1"}', NULL, NULL UNION ALL
  SELECT true, '{"N": "1.5"}', 1.5, NULL UNION ALL
  SELECT true, '{"N": "3000000000"}', 3000000000, NULL UNION ALL
  SELECT false, jsonb_build_object('N', v::text), v, v::integer
    FROM unnest(ARRAY[-2147483648, -1, 0, 1, 2, 10, 2147483647]) AS v;
CREATE TABLE truths (misfit boolean, item jsonb, b boolean);
INSERT INTO truths VALUES
  (false, NULL, NULL), (false, '{"NULL": true}', NULL),
  (true, '{"S": "true"}', NULL), (false, '{"BOOL": true}', true),
  (false, '{"BOOL": false}', false);
CREATE TABLE binaries (misfit boolean, item jsonb, y bytea);
INSERT INTO binaries
  SELECT false, NULL::jsonb, NULL::bytea UNION ALL
  SELECT true, '{"S": "YQ=="}', NULL UNION ALL
  SELECT false, jsonb_build_object('B', encode(v, 'base64')), v
    FROM unnest(ARRAY[''::bytea, '\x00', '\x61', '\x6162', '\xff']) AS v;

-- Each value with every boolean: enough for logic, and no more items than
-- that takes.
CREATE TABLE sources AS
  SELECT row_number() OVER (ORDER BY t.item, n.item, b.item, y.item)::integer AS s,
         t.item AS t_item, n.item AS n_item, b.item AS b_item,
         y.item AS y_item, t, n, i, b, y,
         t.misfit OR n.misfit OR b.misfit OR y.misfit AS misfit
    FROM (SELECT row_number() OVER (ORDER BY item) AS r, * FROM texts) AS t
    JOIN (SELECT row_number() OVER (ORDER BY item) AS r, * FROM numbers) AS n
      ON (n.r - t.r) % 4 = 0
    JOIN (SELECT row_number() OVER (ORDER BY item) AS r, * FROM truths) AS b
      ON (b.r + t.r) % 2 = 0
    JOIN (SELECT row_number() OVER (ORDER BY item) AS r, * FROM binaries) AS y
      ON (y.r + n.r + b.r) % 9 = 0;

-- The same attributes where misfits read as NULL, and where they are errors
-- (and don't occur).
CREATE FOREIGN TABLE loose (
  p text COLLATE "C" NOT NULL,
  s integer NOT NULL,
  t text COLLATE "C",
  v varchar(3) OPTIONS (attribute_name 't') COLLATE "C",
  n numeric,
  i integer OPTIONS (attribute_name 'n'),
  b boolean,
  y bytea
) SERVER filter_operator
  OPTIONS (table_name 'filter_operator_loose', on_type_mismatch 'null');
CREATE FOREIGN TABLE strict (
  p text COLLATE "C" NOT NULL,
  s integer NOT NULL,
  t text COLLATE "C",
  v varchar OPTIONS (attribute_name 't') COLLATE "C",
  n numeric,
  i integer OPTIONS (attribute_name 'n'),
  b boolean,
  y bytea
) SERVER filter_operator OPTIONS (table_name 'filter_operator_strict');
SELECT dynamodb_create_table('loose');
SELECT dynamodb_create_table('strict');
CREATE TABLE local_loose AS
  SELECT 'x'::text COLLATE "C" AS p, s, t COLLATE "C" AS t,
         CASE WHEN length(t) <= 3 THEN t END::varchar(3) COLLATE "C" AS v,
         n, i, b, y
    FROM sources;
CREATE TABLE local_strict AS
  SELECT 'x'::text COLLATE "C" AS p, s, t COLLATE "C" AS t,
         t::varchar COLLATE "C" AS v, n, i, b, y
    FROM sources WHERE NOT misfit;

-- Every item by a path that doesn't use the extension's encoding.
CREATE FUNCTION load(tab text, with_misfits boolean) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  requests jsonb;
BEGIN
  FOR requests IN
    SELECT jsonb_agg(jsonb_build_object('PutRequest',
             jsonb_build_object('Item',
               jsonb_strip_nulls(jsonb_build_object(
                 'p', '{"S": "x"}'::jsonb,
                 's', jsonb_build_object('N', s::text),
                 't', t_item, 'n', n_item, 'b', b_item, 'y', y_item)))))
      FROM (SELECT row_number() OVER (ORDER BY s) AS r, *
              FROM sources WHERE with_misfits OR NOT misfit) AS numbered
     GROUP BY r / 25
  LOOP
    LOOP
      requests := dynamodb_call('filter_operator', 'BatchWriteItem',
        jsonb_build_object('RequestItems', jsonb_build_object(tab, requests)))
        -> 'UnprocessedItems' -> tab;
      EXIT WHEN requests IS NULL;
    END LOOP;
  END LOOP;
END $$;
SELECT load('filter_operator_loose', true), load('filter_operator_strict', false);
SELECT (SELECT count(*) > 80 FROM local_loose) AS loose,
       (SELECT count(*) > 25 FROM local_strict) AS strict;

-- The filter of a query, whether clauses are evaluated here too, and whether
-- both tables give the same rows.
CREATE FUNCTION compare(tab text, cond text)
RETURNS TABLE (remote_filter text, local boolean, nrows bigint, same boolean)
LANGUAGE plpgsql AS $$
DECLARE
  plan json;
BEGIN
  EXECUTE format('EXPLAIN (FORMAT JSON, COSTS OFF) SELECT * FROM %I WHERE %s',
                 tab, cond) INTO plan;
  plan := plan -> 0 -> 'Plan';
  -- what a subquery yields has a number until 16, a name since 17
  remote_filter := regexp_replace(plan ->> 'Remote Filter',
                                  '\$\d+|\(InitPlan \w+\)\.col1',
                                  '(InitPlan)');
  local := plan ->> 'Filter' IS NOT NULL;
  EXECUTE format('SELECT count(*) FROM local_%s WHERE %s', tab, cond)
    INTO nrows;
  EXECUTE format('WITH f AS MATERIALIZED (SELECT * FROM %1$I WHERE %2$s),
                       l AS MATERIALIZED (SELECT * FROM local_%1$s WHERE %2$s)
                  SELECT NOT EXISTS ((TABLE l EXCEPT ALL TABLE f) UNION ALL
                                     (TABLE f EXCEPT ALL TABLE l))',
                 tab, cond) INTO same;
  RETURN NEXT;
END $$;
\pset null '-'

-- comparisons, with the column on either side
SELECT cond, c.* FROM unnest(ARRAY[
  $$ n = 1 $$, $$ 1 = n $$, $$ n <> 1 $$, $$ NOT n = 1 $$, $$ NOT n <> 1 $$,
  $$ n < 1 $$, $$ n <= 1 $$, $$ n > 1 $$, $$ n >= 1 $$,
  $$ 1 < n $$, $$ 1 >= n $$,
  $$ NOT n < 1 $$, $$ NOT n <= 1 $$, $$ NOT n > 1 $$, $$ NOT n >= 1 $$,
  $$ n BETWEEN 0 AND 2 $$, $$ n NOT BETWEEN 0 AND 2 $$,
  $$ n BETWEEN 2 AND 0 $$, $$ n BETWEEN SYMMETRIC 2 AND 0 $$,
  $$ t = 'a' $$, $$ t <> 'a' $$, $$ t < 'a' $$, $$ t >= 'ä' $$,
  $$ t = '' $$, $$ t <> '' $$, $$ t > '' $$, $$ t = 'a\b' $$, $$ t = 'a"b' $$,
  $$ t = '😀' $$, $$ t > '€' $$,
  $$ y = '\x61' $$, $$ y <> '\x61' $$, $$ y > '\x61' $$, $$ y = '' $$
]) AS cond, compare('strict', cond) AS c;

-- the same where other types and odd values read as NULL
SELECT cond, c.* FROM unnest(ARRAY[
  $$ n = 1 $$, $$ n <> 1 $$, $$ n < 2 $$, $$ NOT n >= 2 $$,
  $$ i = 1 $$, $$ i <> 1 $$, $$ i < 2 $$, $$ i > 1 $$, $$ i >= 3000000000 $$,
  $$ i = 3000000000 $$, $$ i <> 3000000000 $$, $$ i = 1.5 $$,
  $$ t = 'a' $$, $$ t <> 'a' $$, $$ t > 'a' $$,
  $$ v = 'abc' $$, $$ v = 'quote''d' $$, $$ v <> 'a' $$, $$ v LIKE 'quo%' $$,
  $$ y = '\x61' $$, $$ y <> '\x61' $$
]) AS cond, compare('loose', cond) AS c;

-- lists and arrays
SELECT cond, c.* FROM unnest(ARRAY[
  $$ n IN (0, 1, 7) $$, $$ n NOT IN (0, 1, 7) $$,
  $$ NOT n IN (0, 1) $$, $$ NOT n NOT IN (0, 1) $$,
  $$ n IN (1, NULL) $$, $$ n NOT IN (1, NULL) $$,
  $$ n = ANY ('{}') $$, $$ n <> ALL ('{}') $$,
  $$ n = ANY (NULL::numeric[]) $$, $$ n <> ALL (NULL::numeric[]) $$,
  $$ n = ANY ('{NULL}') $$, $$ n <> ALL ('{NULL}') $$,
  $$ n = ANY ('{{0,1},{2,NULL}}') $$,
  $$ n < ANY ('{0,2,NULL}') $$, $$ n < ALL ('{1,2}') $$,
  $$ n < ALL ('{1,2,NULL}') $$, $$ NOT n < ALL ('{1,2}') $$,
  $$ NOT n < ANY ('{1,2}') $$, $$ n <> ANY ('{1,2}') $$,
  $$ (n < ANY ('{1,2}')) IS FALSE $$, $$ (n < ALL ('{1,2}')) IS FALSE $$,
  $$ NOT t ^@ ANY ('{a,ab}') $$, $$ NOT t ^@ ALL ('{a,ab}') $$,
  $$ n = ALL ('{1,1}') $$, $$ n = ALL ('{}') $$,
  $$ t IN ('a', 'ab', '') $$, $$ t NOT IN ('a', 'ab') $$,
  $$ t LIKE ANY ('{a%,%b}') $$, $$ t LIKE ANY ('{a%,%b%}') $$,
  $$ t NOT LIKE ALL ('{a%,%b%}') $$, $$ t NOT LIKE ANY ('{a%,b%}') $$,
  $$ y IN ('\x61', '\xff') $$, $$ b = ANY ('{t}') $$
]) AS cond, compare('strict', cond) AS c;
SELECT cond, c.* FROM unnest(ARRAY[
  $$ n IN (0, 1, 7) $$, $$ n NOT IN (0, 1, 7) $$, $$ n NOT IN (1, NULL) $$,
  $$ n <> ALL ('{}') $$, $$ i IN (1, 3000000000) $$,
  $$ i NOT IN (1, 3000000000) $$, $$ t NOT IN ('a', 'b') $$,
  $$ v IN ('abc', 'quote''d') $$
]) AS cond, compare('loose', cond) AS c;

-- NULL
SELECT cond, c.* FROM unnest(ARRAY[
  $$ n IS NULL $$, $$ n IS NOT NULL $$, $$ NOT n IS NULL $$,
  $$ t IS NULL $$, $$ t IS NOT NULL $$, $$ b IS NULL $$, $$ y IS NOT NULL $$,
  $$ n IS NULL OR n = 1 $$, $$ n IS NULL AND t IS NULL $$,
  $$ n = NULL $$, $$ (n = 1) IS NULL $$, $$ (n = 1) IS NOT NULL $$
]) AS cond, compare('strict', cond) AS c;
SELECT cond, c.* FROM unnest(ARRAY[
  $$ n IS NULL $$, $$ n IS NOT NULL $$, $$ i IS NULL $$, $$ i IS NOT NULL $$,
  $$ t IS NULL $$, $$ t IS NOT NULL $$, $$ b IS NULL $$, $$ y IS NULL $$,
  $$ y IS NOT NULL $$, $$ (i = 1) IS NULL $$, $$ (i = 1) IS NOT NULL $$
]) AS cond, compare('loose', cond) AS c;

-- IS [NOT] DISTINCT FROM
SELECT cond, c.* FROM unnest(ARRAY[
  $$ n IS DISTINCT FROM 1 $$, $$ n IS NOT DISTINCT FROM 1 $$,
  $$ 1 IS DISTINCT FROM n $$, $$ NOT n IS DISTINCT FROM 1 $$,
  $$ n IS DISTINCT FROM NULL $$, $$ n IS NOT DISTINCT FROM NULL $$,
  $$ n IS DISTINCT FROM (SELECT NULL::numeric) $$,
  $$ n IS NOT DISTINCT FROM (SELECT NULL::numeric) $$,
  $$ t IS DISTINCT FROM 'a' $$, $$ t IS NOT DISTINCT FROM 'a' $$,
  $$ n IS DISTINCT FROM 'NaN' $$
]) AS cond, compare('strict', cond) AS c;
SELECT cond, c.* FROM unnest(ARRAY[
  $$ n IS DISTINCT FROM 1 $$, $$ n IS NOT DISTINCT FROM 1 $$,
  $$ i IS DISTINCT FROM 1 $$, $$ i IS NOT DISTINCT FROM 1 $$,
  $$ i IS DISTINCT FROM 3000000000 $$,
  $$ i IS NOT DISTINCT FROM (SELECT NULL::integer) $$,
  $$ i IS DISTINCT FROM (SELECT NULL::integer) $$,
  $$ t IS DISTINCT FROM 'a' $$
]) AS cond, compare('loose', cond) AS c;

-- booleans
SELECT cond, c.* FROM unnest(ARRAY[
  $$ b $$, $$ NOT b $$, $$ b = true $$, $$ b <> true $$, $$ b = false $$,
  $$ b IS TRUE $$, $$ b IS NOT TRUE $$, $$ b IS FALSE $$, $$ b IS NOT FALSE $$,
  $$ b IS UNKNOWN $$, $$ b IS NOT UNKNOWN $$, $$ b = (n = 1) $$, $$ b < true $$,
  $$ (n = 1) IS TRUE $$, $$ (n = 1) IS NOT TRUE $$, $$ (n = 1) IS FALSE $$,
  $$ (n = 1) IS NOT FALSE $$, $$ (n = 1) IS UNKNOWN $$,
  $$ (n = 1 OR b) IS NOT TRUE $$, $$ (n = 1 AND b) IS NOT FALSE $$,
  $$ NOT (n = 1 AND b) IS NOT TRUE $$, $$ (n = 1 AND b) IS UNKNOWN $$,
  $$ ((n > 1) IS NOT TRUE) IS NOT TRUE $$
]) AS cond, compare('strict', cond) AS c;
SELECT cond, c.* FROM unnest(ARRAY[
  $$ b $$, $$ NOT b $$, $$ b IS NOT TRUE $$, $$ b IS NOT FALSE $$,
  $$ b IS UNKNOWN $$, $$ (i > 1) IS NOT TRUE $$, $$ (i > 1) IS TRUE $$,
  $$ (n > 1) IS NOT TRUE $$, $$ (n > 1 OR i > 1) IS NOT TRUE $$
]) AS cond, compare('loose', cond) AS c;

-- patterns
SELECT cond, c.* FROM unnest(ARRAY[
  $$ t LIKE 'a%' $$, $$ t NOT LIKE 'a%' $$, $$ NOT t LIKE 'a%' $$,
  $$ t LIKE '%b%' $$, $$ t NOT LIKE '%b%' $$, $$ t LIKE '%%b%%' $$,
  $$ t LIKE 'a' $$, $$ t NOT LIKE 'a' $$, $$ t LIKE '' $$, $$ t NOT LIKE '' $$,
  $$ t LIKE '%' $$, $$ t NOT LIKE '%' $$, $$ t LIKE '%%' $$,
  $$ t LIKE 'a%b' $$, $$ t NOT LIKE 'a%b' $$, $$ t LIKE '%b' $$,
  $$ t LIKE 'a_b' $$, $$ t NOT LIKE 'a_b' $$, $$ t LIKE '_b%' $$,
  $$ t LIKE '_' $$, $$ t NOT LIKE '_' $$, $$ t LIKE 'a%_' $$,
  $$ t LIKE 'a\%b' $$, $$ t LIKE 'a\_%' $$, $$ t LIKE 'a\\%' $$,
  $$ t LIKE '%\%%' $$, $$ t LIKE 'a#%%' ESCAPE '#' $$, $$ t LIKE '%ä%' $$,
  $$ t LIKE '😀%' $$, $$ t LIKE NULL $$, $$ t ILIKE 'A%' $$, $$ t ~ '^a' $$,
  $$ starts_with(t, 'a') $$, $$ NOT starts_with(t, 'a') $$, $$ t ^@ 'a' $$,
  $$ NOT t ^@ 'a' $$, $$ t ^@ '' $$, $$ NOT t ^@ '' $$, $$ t ^@ 'a%' $$
]) AS cond, compare('strict', cond) AS c;
SELECT cond, c.* FROM unnest(ARRAY[
  $$ t LIKE 'a%' $$, $$ t NOT LIKE 'a%' $$, $$ t LIKE '%b%' $$,
  $$ t NOT LIKE '%b%' $$, $$ t LIKE '%' $$, $$ NOT t ^@ 'a' $$
]) AS cond, compare('loose', cond) AS c;
SELECT * FROM strict WHERE t LIKE (SELECT 'a\');

-- AND, OR, NOT, and what can't be sent among them
SELECT cond, c.* FROM unnest(ARRAY[
  $$ n = 1 AND t = 'a' $$, $$ n = 1 OR t = 'a' $$,
  $$ NOT (n = 1 AND t = 'a') $$, $$ NOT (n = 1 OR t = 'a') $$,
  $$ NOT (n = 1 OR NOT (t = 'a' AND b)) $$,
  $$ (n = 1 OR t = 'a') AND (b OR n > 1) $$,
  $$ (n = 1 AND t = 'a') OR (b AND n > 1) $$,
  $$ n = 1 AND length(t) = 1 $$, $$ n = 1 OR length(t) = 1 $$,
  $$ (n = 1 AND length(t) = 1) OR (n = 2 AND b) $$,
  $$ NOT (n = 1 AND length(t) = 1) $$, $$ NOT (n = 1 OR length(t) = 1) $$,
  $$ (n = 1 AND length(t) = 1) IS NOT TRUE $$,
  $$ CASE WHEN b THEN n = 1 ELSE n = 2 END $$,
  $$ coalesce(n, 0) = 0 $$, $$ nullif(n, 1) IS NULL $$, $$ n = i $$,
  $$ n + 1 = 2 $$, $$ b AND NOT b $$, $$ b OR NOT b $$
]) AS cond, compare('strict', cond) AS c;
SELECT cond, c.* FROM unnest(ARRAY[
  $$ NOT (n = 1 AND t = 'a') $$, $$ NOT (n = 1 OR NOT (t = 'a' AND b)) $$,
  $$ NOT (i = 1 AND t = 'a') $$, $$ (i = 1 OR t = 'a') AND (b OR i > 1) $$
]) AS cond, compare('loose', cond) AS c;

\set ECHO none
DO $$
BEGIN
  PERFORM dynamodb_call('filter_operator', 'DeleteTable',
                        jsonb_build_object('TableName', t))
    FROM unnest(ARRAY['filter_operator_loose', 'filter_operator_strict']) AS t;
END $$;
DROP FUNCTION compare, load;
DROP TABLE texts, numbers, truths, binaries, sources, local_loose, local_strict;
SET client_min_messages = warning;
DROP EXTENSION dynamodb_fdw CASCADE;
