-- Remote filters whose values turn out, at run time, not to be what can be
-- sent: beyond what DynamoDB has for numbers, or beyond what a request may
-- hold.  The answers stay right; "returned" tells how many items came back
-- for them.
\getenv endpoint DYNAMODB_ENDPOINT
CREATE EXTENSION dynamodb_fdw;
CREATE SERVER filter_limit FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (region 'us-east-1', endpoint :'endpoint');
CREATE USER MAPPING FOR CURRENT_USER SERVER filter_limit
  OPTIONS (aws_access_key_id 'local', aws_secret_access_key 'local');
CREATE FOREIGN TABLE t (
  p text COLLATE "C" NOT NULL,
  s integer NOT NULL,
  n numeric,
  i integer,
  v text COLLATE "C",
  e timestamptz OPTIONS (attribute_type 'N', format 'epoch')
) SERVER filter_limit OPTIONS (table_name 'filter_limit');
SELECT dynamodb_create_table('t');
CREATE TABLE local_t (p text, s integer, n numeric, i integer, v text,
                      e timestamptz);
INSERT INTO local_t
  SELECT 'x', s, n, s, repeat('ab', s), to_timestamp(s)
    FROM (SELECT n, row_number() OVER (ORDER BY n)::integer AS s
            FROM unnest(ARRAY[-9.9e125, -1e38, -1, -1e-130, 0, 1e-130, 0.1, 1,
                              12345678901234567890123456789012345678, 1e38,
                              9.9e125, NULL]) AS n) AS numbered;
DO $$
BEGIN
  PERFORM dynamodb_call('filter_limit', 'PutItem',
    jsonb_build_object('TableName', 'filter_limit', 'Item',
      jsonb_strip_nulls(jsonb_build_object(
        'p', jsonb_build_object('S', p),
        's', jsonb_build_object('N', s::text),
        'i', jsonb_build_object('N', i::text),
        'v', jsonb_build_object('S', v),
        'e', jsonb_build_object('N', s::text))) ||
      CASE WHEN n IS NULL THEN '{}'
      ELSE jsonb_build_object('n', jsonb_build_object('N', n::text)) END))
    FROM local_t;
END $$;

-- Rows of a query on either table, what came back for it, and whether the
-- rows are the same.
CREATE FUNCTION compare(cond text)
RETURNS TABLE (nrows bigint, returned integer, same boolean)
LANGUAGE plpgsql AS $$
DECLARE
  plan json;
BEGIN
  EXECUTE format('SELECT count(*) FROM local_t WHERE %s', cond) INTO nrows;
  EXECUTE format('WITH f AS MATERIALIZED (SELECT * FROM t WHERE %1$s),
                       l AS MATERIALIZED (SELECT * FROM local_t WHERE %1$s)
                  SELECT NOT EXISTS ((TABLE l EXCEPT ALL TABLE f) UNION ALL
                                     (TABLE f EXCEPT ALL TABLE l))',
                 cond) INTO same;
  EXECUTE format('EXPLAIN (ANALYZE, FORMAT JSON) SELECT s FROM t WHERE %s',
                 cond) INTO plan;
  returned := plan -> 0 -> 'Plan' ->> 'Items Returned';
  same := same AND (plan -> 0 -> 'Plan' ->> 'Actual Rows')::float8 = nrows;
  RETURN NEXT;
END $$;
\pset null '-'

-- numbers beyond 38 digits, beyond the range, and none at all
SELECT cond, c.* FROM unnest(ARRAY[
  $$ n = 1.00000000000000000000000000000000000000000001 $$,
  $$ n <> 1.00000000000000000000000000000000000000000001 $$,
  $$ n < 1.00000000000000000000000000000000000000000001 $$,
  $$ n <= 0.99999999999999999999999999999999999999999999 $$,
  $$ n >= 0.99999999999999999999999999999999999999999999 $$,
  $$ n > 12345678901234567890123456789012345678.00001 $$,
  $$ n >= 12345678901234567890123456789012345677.99999 $$,
  $$ n > -1e-131 $$, $$ n >= 1e-131 $$, $$ n < 1e-131 AND n > -1e-131 $$,
  $$ n = 1e126 $$, $$ n <> 1e126 $$, $$ n < 1e126 $$, $$ n > 1e126 $$,
  $$ n > -1e126 $$, $$ n <= -1e126 $$,
  $$ n = 'NaN' $$, $$ n <> 'NaN' $$, $$ n < 'NaN' $$, $$ n <= 'NaN' $$,
  $$ n > 'NaN' $$, $$ n < 'Infinity' $$, $$ n > '-Infinity' $$,
  $$ n = '-Infinity' $$,
  $$ n IN (1, 1e126, 'NaN') $$, $$ n NOT IN (1, 1e126, 'NaN') $$,
  $$ n IS DISTINCT FROM 1e126 $$, $$ n IS NOT DISTINCT FROM 'NaN' $$,
  $$ n BETWEEN -1e200 AND 1e200 $$, $$ n NOT BETWEEN -1e200 AND 1e200 $$,
  $$ i = 1.5 $$, $$ i < 1.5 $$, $$ i >= 1.5 $$, $$ i <> 1.5 $$,
  $$ i < 9223372036854775807 $$, $$ i = 9223372036854775807 $$
]) AS cond, compare(cond) AS c;

-- times between those that the format has, and beyond all of them
SELECT cond, c.* FROM unnest(ARRAY[
  $$ e = '1970-01-01 00:00:05.5+00' $$, $$ e <> '1970-01-01 00:00:05.5+00' $$,
  $$ e < '1970-01-01 00:00:05.5+00' $$, $$ e <= '1970-01-01 00:00:05.5+00' $$,
  $$ e > '1970-01-01 00:00:05.5+00' $$, $$ e >= '1970-01-01 00:00:05.5+00' $$,
  $$ e < 'infinity' $$, $$ e > 'infinity' $$, $$ e > '-infinity' $$,
  $$ e = '-infinity' $$, $$ e <> 'infinity' $$, $$ e > '4713-01-01 BC' $$
]) AS cond, compare(cond) AS c;

-- lists: more than IN takes, more than an expression holds
SELECT 'i = ANY of ' || k AS cond, c.*
  FROM unnest(ARRAY[1, 99, 100, 101, 198, 199, 500, 600, 5000]) AS k,
       compare(format('i = ANY (ARRAY(SELECT generate_series(5, %s)))',
                      k + 4)) AS c;
SELECT 'i <> ALL of ' || k AS cond, c.*
  FROM unnest(ARRAY[1, 99, 100, 101, 500, 5000]) AS k,
       compare(format('i <> ALL (ARRAY(SELECT generate_series(5, %s)))',
                      k + 4)) AS c;
SELECT 'i <> ALL of 5000 and NULL' AS cond, c.*
  FROM compare('i <> ALL (ARRAY(SELECT generate_series(5, 5004))
                          || NULL::integer)') AS c;

-- operators: 300 are allowed
SELECT k || ' times OR' AS cond, c.*
  FROM unnest(ARRAY[2, 140, 160, 200]) AS k,
       LATERAL (SELECT string_agg('i = (SELECT ' || i || ')', ' OR ') AS cond
                  FROM generate_series(5, k + 5) AS i) AS o,
       compare(o.cond) AS c;
SELECT k || ' times AND' AS cond, c.*
  FROM unnest(ARRAY[2, 70, 80, 200]) AS k,
       LATERAL (SELECT string_agg('i <> ' || i, ' AND ') AS cond
                  FROM generate_series(5, k + 5) AS i) AS o,
       compare(o.cond) AS c;

-- texts and patterns: long ones are values, and not in the expression
SELECT cond, c.* FROM unnest(ARRAY[
  $$ v = repeat('x', 10000) $$, $$ v <> repeat('x', 10000) $$,
  $$ v LIKE repeat('x', 10000) || '%' $$,
  $$ v NOT LIKE '%' || repeat('x', 10000) || '%' $$,
  $$ v LIKE '%' || repeat('b%', 5000) $$,
  $$ v LIKE repeat('%ab', 3) || '%' $$,
  $$ v LIKE (SELECT '%' || repeat('_', 10000)) $$,
  $$ v LIKE (SELECT repeat('ab', 2) || '%') $$,
  $$ v NOT LIKE (SELECT '%b_b%') $$,
  $$ v LIKE ANY (ARRAY(SELECT repeat('ab', k) || '%'
                         FROM generate_series(5, 500) AS k)) $$,
  $$ v = repeat('x', 2000000) $$, $$ v <> repeat('x', 2000000) $$
]) AS cond, compare(cond) AS c;

-- parameters
PREPARE by_number (numeric) AS SELECT count(*) FROM t WHERE n < $1;
PREPARE by_pattern (text) AS SELECT count(*) FROM t WHERE v LIKE $1;
PREPARE by_list (integer[]) AS
  SELECT count(*), sum(s) FROM t WHERE i = ANY ($1) OR NOT i <> ALL ($1);
PREPARE by_null (integer, text) AS
  SELECT count(*) FROM t
   WHERE ($1 IS NULL OR i = $1) AND ($2 IS NULL OR v LIKE $2);
SET plan_cache_mode = force_generic_plan;
EXPLAIN (COSTS OFF) EXECUTE by_null (1, 'x');
EXECUTE by_number (1);
EXECUTE by_number (1.00000000000000000000000000000000000000000001);
EXECUTE by_number ('NaN');
EXECUTE by_number (NULL);
EXECUTE by_pattern ('abab%');
EXECUTE by_pattern ('%aba%');
EXECUTE by_pattern ('_b%');
EXECUTE by_pattern ('%' || repeat('b_', 5000));
EXECUTE by_pattern (NULL);
EXECUTE by_list ('{1,2}');
EXECUTE by_list ('{}');
EXECUTE by_list (NULL);
EXECUTE by_list (string_to_array(repeat('1,', 4999) || '2', ',')::integer[]);
EXECUTE by_null (NULL, NULL);
EXECUTE by_null (1, NULL);
EXECUTE by_null (NULL, 'ababab%');
EXECUTE by_null (1, 'abab%');
-- what another condition decides is not evaluated, nor what no row comes to
PREPARE by_share (integer) AS
  SELECT count(*) FROM t WHERE $1 = 0 OR i = 10 / $1;
EXECUTE by_share (0);
EXECUTE by_share (5);
PREPARE by_no_share (integer) AS
  SELECT count(*) FROM t WHERE NOT ($1 <> 0 AND i = 10 / $1);
EXECUTE by_no_share (0);
PREPARE by_both (integer, integer) AS
  SELECT count(*) FROM t WHERE i = $2 AND n = 10 / $1;
EXECUTE by_both (0, NULL);
SELECT count(*) FROM t
 WHERE (SELECT true) OR i = (SELECT generate_series(1, 2));

\set ECHO none
DO $$
BEGIN
  PERFORM dynamodb_call('filter_limit', 'DeleteTable',
                        '{"TableName": "filter_limit"}');
END $$;
DROP FUNCTION compare;
DROP TABLE local_t;
SET client_min_messages = warning;
DROP EXTENSION dynamodb_fdw CASCADE;
