-- Remote filters on sets and lists, and that they say what SQL says: every
-- query runs on the foreign table and on an ordinary one with the same rows.
\getenv endpoint DYNAMODB_ENDPOINT
CREATE EXTENSION dynamodb_fdw;
CREATE SERVER filter_set FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (region 'us-east-1', endpoint :'endpoint');
CREATE USER MAPPING FOR CURRENT_USER SERVER filter_set
  OPTIONS (aws_access_key_id 'local', aws_secret_access_key 'local');
CREATE FOREIGN TABLE strict (
  p text COLLATE "C" NOT NULL,
  s integer NOT NULL,
  ss text[],
  ns numeric[],
  bs bytea[],
  l text[] OPTIONS (attribute_type 'L')
) SERVER filter_set OPTIONS (table_name 'filter_set_strict');
CREATE FOREIGN TABLE loose (
  p text COLLATE "C" NOT NULL,
  s integer NOT NULL,
  ss text[],
  ns integer[],
  bs bytea[],
  l text[] OPTIONS (attribute_type 'L')
) SERVER filter_set
  OPTIONS (table_name 'filter_set_loose', on_type_mismatch 'null');
SELECT dynamodb_create_table('strict');
SELECT dynamodb_create_table('loose');

-- Sets read in order, lists in theirs.
CREATE TABLE local_strict (p text, s integer, item jsonb,
                           ss text[], ns numeric[], bs bytea[], l text[]);
INSERT INTO local_strict (s, item, ss, ns, bs, l) VALUES
  (1, '{}', NULL, NULL, NULL, NULL),
  (2, '{"ss": {"NULL": true}, "l": {"NULL": true}}', NULL, NULL, NULL, NULL),
  (3, '{"ss": {"SS": ["a"]}, "ns": {"NS": ["1"]}, "bs": {"BS": ["YQ=="]},
        "l": {"L": [{"S": "a"}]}}', '{a}', '{1}', '{"\\x61"}', '{a}'),
  (4, '{"ss": {"SS": ["b", "a"]}, "ns": {"NS": ["10", "2"]},
        "bs": {"BS": ["Yg==", "YQ=="]}, "l": {"L": [{"S": "b"}, {"S": "a"}]}}',
   '{a,b}', '{2,10}', '{"\\x61","\\x62"}', '{b,a}'),
  (5, '{"ss": {"SS": ["", "ä", "a", "a\"b"]}, "ns": {"NS": ["-1", "1.5"]},
        "l": {"L": [{"S": "a"}, {"NULL": true}]}}',
   ARRAY['', 'a', 'a"b', 'ä'], '{-1,1.5}', NULL, '{a,NULL}'),
  (6, '{"ss": {"SS": ["NULL", "ab"]}, "ns": {"NS": ["1000"]}, "l": {"L": []}}',
   '{"NULL",ab}', '{1000}', NULL, '{}'),
  (7, '{"l": {"L": [{"NULL": true}]}}', NULL, NULL, NULL, '{NULL}');
CREATE TABLE local_loose (p text, s integer, item jsonb,
                          ss text[], ns integer[], bs bytea[], l text[]);
INSERT INTO local_loose
  SELECT p, s, item, ss,
         CASE WHEN 1.5 <> ALL (ns) THEN ns END::integer[], bs, l
    FROM local_strict;
INSERT INTO local_loose (s, item) VALUES
  (11, '{"ss": {"S": "a"}, "ns": {"N": "1"}, "bs": {"B": "YQ=="},
         "l": {"S": "a"}}'),
  (12, '{"ss": {"L": [{"S": "a"}]}, "ns": {"SS": ["1"]}, "bs": {"SS": ["a"]},
         "l": {"SS": ["a"]}}'),
  (13, '{"ss": {"NS": ["1"]}, "ns": {"NS": ["1", "3000000000"]},
         "l": {"L": [{"S": "a"}, {"N": "1"}]}}');
UPDATE local_strict SET p = 'x';
UPDATE local_loose SET p = 'x';
DO $$
DECLARE
  put record;
BEGIN
  FOR put IN SELECT 'filter_set_strict' AS t, s, item FROM local_strict
             UNION ALL SELECT 'filter_set_loose', s, item FROM local_loose
  LOOP
    PERFORM dynamodb_call('filter_set', 'PutItem',
      jsonb_build_object('TableName', put.t, 'Item', put.item ||
        jsonb_build_object('p', jsonb_build_object('S', 'x'),
                           's', jsonb_build_object('N', put.s::text))));
  END LOOP;
END $$;

CREATE FUNCTION compare(tab text, cond text)
RETURNS TABLE (remote_filter text, local boolean, hits text, same boolean)
LANGUAGE plpgsql AS $$
DECLARE
  plan json;
BEGIN
  EXECUTE format('EXPLAIN (FORMAT JSON, COSTS OFF) SELECT * FROM %I WHERE %s',
                 tab, cond) INTO plan;
  -- what a subquery yields has a number until 16, a name since 17
  remote_filter := regexp_replace(plan -> 0 -> 'Plan' ->> 'Remote Filter',
                                  '\$\d+|\(InitPlan \w+\)\.col1',
                                  '(InitPlan)');
  local := plan -> 0 -> 'Plan' ->> 'Filter' IS NOT NULL;
  EXECUTE format('SELECT string_agg(s::text, '','' ORDER BY s)
                    FROM local_%s WHERE %s', tab, cond) INTO hits;
  EXECUTE format('WITH f AS MATERIALIZED (SELECT * FROM %1$I WHERE %2$s),
                       l AS MATERIALIZED (SELECT p, s, ss, ns, bs, l
                                            FROM local_%1$s WHERE %2$s)
                  SELECT NOT EXISTS ((TABLE l EXCEPT ALL TABLE f) UNION ALL
                                     (TABLE f EXCEPT ALL TABLE l))',
                 tab, cond) INTO same;
  RETURN NEXT;
END $$;
\pset null '-'

-- a value among the members
SELECT cond, c.* FROM unnest(ARRAY[
  $$ 'a' = ANY (ss) $$, $$ 'a' <> ALL (ss) $$, $$ NOT 'a' = ANY (ss) $$,
  $$ NOT 'a' <> ALL (ss) $$, $$ '' = ANY (ss) $$, $$ 'a"b' = ANY (ss) $$,
  $$ 'NULL' = ANY (ss) $$, $$ NULL = ANY (ss) $$, $$ NULL <> ALL (ss) $$,
  $$ 'a' <> ANY (ss) $$, $$ 'a' < ANY (ss) $$,
  $$ 2 = ANY (ns) $$, $$ 1.50 = ANY (ns) $$, $$ 1.5 <> ALL (ns) $$,
  $$ 'NaN' = ANY (ns) $$, $$ 'NaN' <> ALL (ns) $$, $$ 1e3 = ANY (ns) $$,
  $$ '\x62' = ANY (bs) $$, $$ '\x62' <> ALL (bs) $$,
  $$ 'a' = ANY (l) $$, $$ 'a' <> ALL (l) $$, $$ 'z' <> ALL (l) $$,
  $$ (SELECT NULL) = ANY (l) $$, $$ (SELECT NULL) <> ALL (l) $$,
  $$ (SELECT NULL) <> ALL (ss) $$
]) AS cond, compare('strict', cond) AS c;

-- several of them
SELECT cond, c.* FROM unnest(ARRAY[
  $$ ss @> '{a}' $$, $$ ss @> '{b,a}' $$, $$ ss @> '{a,a}' $$, $$ ss @> '{}' $$,
  $$ NOT ss @> '{}' $$, $$ ss @> '{a,NULL}' $$, $$ NOT ss @> '{a,NULL}' $$,
  $$ NOT ss @> '{a,b}' $$, $$ '{a,b}' <@ ss $$, $$ ss <@ '{a,b,c}' $$,
  $$ ss @> NULL $$, $$ ss @> '{{a},{b}}' $$,
  $$ ss && '{a,z}' $$, $$ ss && '{}' $$, $$ NOT ss && '{}' $$,
  $$ ss && '{NULL}' $$, $$ NOT ss && '{b,z}' $$, $$ '{ab,z}' && ss $$,
  $$ ns @> '{2}' $$, $$ ns && '{1.5,2}' $$, $$ NOT ns && '{1.5,2,NaN}' $$,
  $$ bs @> '{"\\x61","\\x62"}' $$,
  $$ l @> '{a}' $$, $$ NOT l @> '{a}' $$, $$ l && '{b}' $$, $$ NOT l && '{b}' $$,
  $$ l @> '{}' $$, $$ l @> '{NULL}' $$, $$ NOT l @> '{NULL}' $$
]) AS cond, compare('strict', cond) AS c;

-- all of them, in order
SELECT cond, c.* FROM unnest(ARRAY[
  $$ ss = '{a,b}' $$, $$ ss = '{b,a}' $$, $$ ss = '{a,a,b}' $$, $$ ss = '{}' $$,
  $$ ss <> '{a,b}' $$, $$ ss <> '{b,a}' $$, $$ ss = '{a,NULL}' $$,
  $$ ss = '[0:1]={a,b}' $$, $$ ss = '{{a,b}}' $$, $$ '{a}' = ss $$,
  $$ ss = ARRAY['', 'a', 'a"b', 'ä'] $$, $$ ns = '{2,10}' $$,
  $$ ns = '{10,2}' $$, $$ ns <> '{2.0,10}' $$, $$ ns = '{2.0,10}' $$,
  $$ bs = '{"\\x61","\\x62"}' $$, $$ ss < '{b}' $$,
  $$ ss IS NOT DISTINCT FROM '{a,b}' $$,
  $$ l = '{b,a}' $$, $$ l = '{a,b}' $$, $$ l = '{a,NULL}' $$, $$ l = '{}' $$,
  $$ l <> '{a,NULL}' $$, $$ l IS NULL $$, $$ ss IS NULL $$, $$ ss IS NOT NULL $$,
  $$ cardinality(ss) = 2 $$, $$ ss = '{a}' OR l && '{b}' $$
]) AS cond, compare('strict', cond) AS c;

-- where what doesn't fit reads as NULL
SELECT cond, c.* FROM unnest(ARRAY[
  $$ 'a' = ANY (ss) $$, $$ 'a' <> ALL (ss) $$, $$ ss @> '{a}' $$,
  $$ NOT ss @> '{a}' $$, $$ ss && '{a}' $$, $$ NOT ss && '{a}' $$,
  $$ ss = '{a}' $$, $$ ss <> '{a}' $$, $$ ss IS NULL $$, $$ ss IS NOT NULL $$,
  $$ 1 = ANY (ns) $$, $$ 1 <> ALL (ns) $$, $$ ns @> '{1}' $$,
  $$ NOT ns && '{2}' $$, $$ '\x61' = ANY (bs) $$, $$ NOT bs @> '{"\\x61"}' $$,
  $$ 'a' = ANY (l) $$, $$ NOT l @> '{a}' $$, $$ l = '{a}' $$, $$ l <> '{a}' $$
]) AS cond, compare('loose', cond) AS c;

-- lists that are known at run time only
PREPARE by_array (text[]) AS
  SELECT s FROM strict WHERE ss @> $1 OR l = $1 ORDER BY s;
SET plan_cache_mode = force_generic_plan;
EXECUTE by_array ('{a}');
EXECUTE by_array ('{}');
EXECUTE by_array (NULL);
EXECUTE by_array (string_to_array(repeat('a,', 5000) || 'a', ','));
EXECUTE by_array (string_to_array(repeat('a,', 5000) || 'z', ','));

\set ECHO none
DO $$
BEGIN
  PERFORM dynamodb_call('filter_set', 'DeleteTable',
                        jsonb_build_object('TableName', t))
    FROM unnest(ARRAY['filter_set_loose', 'filter_set_strict']) AS t;
END $$;
DROP FUNCTION compare;
DROP TABLE local_loose, local_strict;
SET client_min_messages = warning;
DROP EXTENSION dynamodb_fdw CASCADE;
