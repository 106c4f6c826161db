-- Attributes that don't fit their column: an error or NULL, as the column has
-- it; never changed silently, never shown in a message, and no business of
-- queries that don't use the column.
\getenv endpoint DYNAMODB_ENDPOINT
CREATE EXTENSION dynamodb_fdw;
CREATE SERVER type_mismatch FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (region 'us-east-1', endpoint :'endpoint');
CREATE USER MAPPING FOR CURRENT_USER SERVER type_mismatch
  OPTIONS (aws_access_key_id 'local', aws_secret_access_key 'local');
CREATE FOREIGN TABLE made (p text COLLATE "C" NOT NULL)
  SERVER type_mismatch OPTIONS (table_name 'type_mismatch');
SELECT dynamodb_create_table('made');
CREATE PROCEDURE put(item jsonb) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM dynamodb_call('type_mismatch', 'PutItem',
    jsonb_build_object('TableName', 'type_mismatch', 'Item', item));
END $$;
\pset null '-'
\set ECHO queries

-- One odd attribute among good ones.
CALL put('{"p": {"S": "good"}, "n": {"N": "1"}, "s": {"S": "one"}}');
CALL put('{"p": {"S": "odd"}, "n": {"S": "confidential"}, "s": {"S": "two"}}');
CREATE FOREIGN TABLE t (
  p text COLLATE "C" NOT NULL,
  num integer OPTIONS (attribute_name 'n'),
  s text
) SERVER type_mismatch OPTIONS (table_name 'type_mismatch');
-- harms nobody who doesn't use it
SELECT p, s FROM t ORDER BY p;
SELECT count(*) FROM t;
SELECT num FROM t WHERE p = 'good';
SELECT count(*) FROM t WHERE s = 'two';
-- and is an error to who does, which says where and what, but not the value
SELECT num FROM t WHERE p = 'odd';
\echo :LAST_ERROR_SQLSTATE
SELECT count(num) FROM t;
SELECT count(*) FROM t WHERE num + 0 = 1;
-- a remote filter passes such items over
SELECT count(*) FROM t WHERE num = 1;
DO $$
DECLARE
  s text;
  t text;
  c text;
BEGIN
  PERFORM num FROM t WHERE p = 'odd';
EXCEPTION WHEN fdw_invalid_data_type THEN
  GET STACKED DIAGNOSTICS s = SCHEMA_NAME, t = TABLE_NAME, c = COLUMN_NAME;
  RAISE NOTICE 'schema %, table %, column %', s, t, c;
END $$;
-- on the column; on the table; the column's own word is the last
ALTER FOREIGN TABLE t ALTER COLUMN num OPTIONS (ADD on_type_mismatch 'null');
SELECT p, num, s FROM t ORDER BY p;
SELECT count(*) FROM t WHERE num = 1;
SELECT p FROM t WHERE num IS NULL;
ALTER FOREIGN TABLE t ALTER COLUMN num OPTIONS (DROP on_type_mismatch);
ALTER FOREIGN TABLE t OPTIONS (ADD on_type_mismatch 'null');
SELECT p, num, s FROM t ORDER BY p;
ALTER FOREIGN TABLE t ALTER COLUMN num OPTIONS (ADD on_type_mismatch 'error');
SELECT p, num, s FROM t ORDER BY p;
ALTER FOREIGN TABLE t ALTER COLUMN num OPTIONS (SET on_type_mismatch 'ignore');

-- NOT NULL is believed by the planner, so it is checked
ALTER FOREIGN TABLE t ALTER COLUMN num OPTIONS (SET on_type_mismatch 'null');
ALTER FOREIGN TABLE t ALTER COLUMN num SET NOT NULL;
SELECT num FROM t WHERE p = 'odd';
\echo :LAST_ERROR_SQLSTATE
CALL put('{"p": {"S": "missing"}, "s": {"S": "three"}}');
CALL put('{"p": {"S": "null"}, "n": {"NULL": true}, "s": {"S": "four"}}');
SELECT num FROM t WHERE p = 'missing';
\echo :LAST_ERROR_SQLSTATE
SELECT num FROM t WHERE p = 'null';
SELECT p, s FROM t ORDER BY p;
ALTER FOREIGN TABLE t ALTER COLUMN num DROP NOT NULL;
SELECT p, num FROM t ORDER BY p;

-- Every value into a column of every type that doesn't hold it.
CREATE TYPE regress_color AS ENUM ('red', 'green');
CREATE DOMAIN regress_word AS varchar(5) CHECK (VALUE <> 'never');
CREATE DOMAIN regress_count AS integer CHECK (VALUE > 0);
CREATE DOMAIN regress_given AS text NOT NULL;
CREATE DOMAIN regress_array AS integer[] CHECK (cardinality(VALUE) < 3);
CREATE DOMAIN regress_ratio AS integer CHECK (1 / VALUE >= 0);
CREATE TYPE regress_pair AS (n integer, at timestamptz);
CREATE FUNCTION read_as(type text, wire jsonb, options text = '')
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text;
  lenient text;
  detail text;
BEGIN
  CALL put(jsonb_build_object('p', '{"S": "one"}'::jsonb, 'v', wire));
  EXECUTE format('CREATE FOREIGN TABLE one (p text COLLATE "C" NOT NULL, v %s %s)
                    SERVER type_mismatch OPTIONS (table_name ''type_mismatch'')',
                 type, CASE WHEN options <> '' THEN
                         'OPTIONS (' || options || ')' ELSE '' END);
  BEGIN
    SELECT 'value ' || v::text INTO result FROM one WHERE p = 'one';
  EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    result := SQLSTATE || ' ' || coalesce(nullif(detail, ''), SQLERRM);
    result := regexp_replace(result, '^(\w+) Found a value of DynamoDB type', '\1');
  END;
  -- and as NULL where the column says so
  ALTER FOREIGN TABLE one OPTIONS (ADD on_type_mismatch 'null');
  BEGIN
    SELECT v::text INTO lenient FROM one WHERE p = 'one';
    IF lenient IS NOT NULL THEN
      result := result || '; else ' || lenient;
    END IF;
  EXCEPTION WHEN OTHERS THEN
    result := result || '; else ' || SQLSTATE;
  END;
  DROP FOREIGN TABLE one;
  RETURN result;
END $$;

-- a type for a type: no value is converted from one kind to another
SELECT w.wire, string_agg(t.type, ', ' ORDER BY t.n) FILTER (WHERE v LIKE 'value %') AS holds,
    string_agg(DISTINCT substr(v, 1, 5), ', ') FILTER (WHERE v NOT LIKE 'value %') AS else
  FROM unnest(ARRAY['{"S": "1"}', '{"N": "1"}', '{"B": "MQ=="}', '{"BOOL": true}', '{"SS": ["1"]}',
                    '{"NS": ["1"]}', '{"BS": ["MQ=="]}', '{"L": [{"N": "1"}]}',
                    '{"M": {"n": {"N": "1"}}}']) WITH ORDINALITY AS w (wire, n),
    unnest(ARRAY['text', 'char(2)', '"char"', 'name', 'integer', 'numeric', 'real', 'boolean', 'bytea',
                 'date', 'inet', 'bit', 'json', 'jsonb', 'text[]', 'numeric[]', 'bytea[]', 'boolean[]'])
      WITH ORDINALITY AS t (type, n),
    LATERAL read_as(t.type, w.wire::jsonb) AS v
  GROUP BY w.wire, w.n ORDER BY w.n;

-- values that a type would round, cut or refuse
SELECT type, wire, read_as(type, wire::jsonb)
  FROM (VALUES ('varchar(3)', '{"S": "four"}'), ('varchar(3)', '{"S": "abc "}'),
               ('char(3)', '{"S": "four"}'), ('char(3)', '{"S": "abc "}'), ('"char"', '{"S": "ab"}'),
               ('"char"', '{"S": "é"}'), ('name', '{"S": "' || repeat('n', 64) || '"}'),
               ('regress_color', '{"S": "blue"}'), ('regress_color', '{"S": ""}'),
               ('smallint', '{"N": "32768"}'), ('integer', '{"N": "-2147483649"}'),
               ('integer', '{"N": "1.5"}'), ('bigint', '{"N": "9223372036854775808"}'),
               ('bigint', '{"N": "-9223372036854775809"}'), ('bigint', '{"N": "1E30"}'),
               ('numeric(5,2)', '{"N": "1.234"}'), ('numeric(5,2)', '{"N": "1000"}'),
               ('numeric(3,-2)', '{"N": "150"}'), ('numeric(3,5)', '{"N": "0.01"}'),
               ('real', '{"N": "1E39"}'), ('real', '{"N": "1E-60"}'),
               ('uuid', '{"S": "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"}'),
               ('date', '{"S": "2024-02-30"}'), ('date', '{"S": "2024-01-31T10:00:00Z"}'),
               ('date', '{"S": "2024-01-31T00:00:00+01:00"}'), ('date', '{"S": "31 Jan 2024 10:00"}'),
               ('date', '{"S": "tomorrow"}'), ('date', '{"S": "01/02/2024"}'),
               ('time', '{"S": "10:00:00.1234567"}'), ('time(0)', '{"S": "10:00:00.5"}'),
               ('time', '{"S": "10:00:00+01:00"}'), ('time', '{"S": "24:00:01"}'),
               ('timetz', '{"S": "2024-01-31 10:00:00+01"}'),
               ('timestamp', '{"S": "2024-01-31T10:00:00+01:00"}'),
               ('timestamp', '{"S": "31 Jan 2024 10:00:00 CET"}'),
               ('timestamp(3)', '{"S": "2024-01-31T10:00:00.1234"}'),
               ('timestamptz', '{"S": "2024-01-31T10:00:00.1234567Z"}'),
               ('timestamptz', '{"S": "2024-01-31T23:59:60Z"}'),
               ('timestamptz', '{"S": "now"}'), ('timestamptz', '{"S": "confidential"}'),
               ('timestamptz', '{"S": ""}'), ('timestamptz', '{"S": "2024-01-31 10:00 Mars/Base"}'),
               ('interval', '{"S": "confidential"}'), ('interval(0)', '{"S": "1.5 s"}'),
               ('interval', '{"S": "0.0000001 s"}'), ('interval year', '{"S": "1 year 1 month"}'),
               ('inet', '{"S": "300.0.0.1"}'), ('cidr', '{"S": "10.0.0.1/8"}'),
               ('bit(3)', '{"S": "1010"}'), ('varbit(3)', '{"S": "1010"}'), ('money', '{"S": "1.005"}'),
               ('tstzrange', '{"S": "[now,)"}'),
               ('tstzrange', '{"S": "[2024-01-31 10:00:00.1234567+00,)"}')) AS v (type, wire);
-- the same where PostgreSQL 15 cannot read the value as NULL
SELECT type, wire, split_part(read_as(type, wire::jsonb), ';', 1) AS read_as
  FROM (VALUES ('regclass', '{"S": "confidential"}'), ('tstzrange', '{"S": "[b,a]"}'),
               ('regress_pair', '{"S": "(1,2024-01-01,extra)"}')) AS v (type, wire);
-- domains; what a CHECK itself raises is raised
SELECT type, wire, read_as(type, wire::jsonb)
  FROM (VALUES ('regress_word', '{"S": "never"}'), ('regress_word', '{"S": "longer"}'),
               ('regress_word', '{"S": "maybe"}'), ('regress_word', '{"NULL": true}'),
               ('regress_count', '{"N": "0"}'), ('regress_count', '{"S": "0"}'),
               ('regress_given', '{"S": ""}'), ('regress_given', '{"NULL": true}'),
               ('regress_given', '{"N": "1"}'), ('regress_array', '{"NS": ["1", "2"]}'),
               ('regress_array', '{"NS": ["1", "2", "3"]}'), ('regress_ratio', '{"N": "0"}'),
               ('regress_count[]', '{"NS": ["1", "0"]}')) AS v (type, wire);
-- members of arrays
SELECT type, wire, read_as(type, wire::jsonb, $$attribute_type 'L'$$)
  FROM (VALUES ('text[]', '{"SS": ["a"]}'), ('text[]', '{"L": [{"S": "a"}, {"N": "1"}]}'),
               ('integer[]', '{"L": [{"N": "1.5"}]}'), ('integer[]', '{"L": [{"L": [{"N": "1"}]}]}'),
               ('varchar(2)[]', '{"L": [{"S": "abc"}]}'),
               ('timestamptz[]', '{"L": [{"S": "confidential"}]}')) AS v (type, wire);
SELECT read_as('text[]', '{"L": [{"S": "a"}]}'), read_as('integer[]', '{"NS": ["1", "1.5"]}');
-- a setting that was changed for reading is as it was after the error
SET DateStyle = 'German';
SELECT read_as('timestamptz', '{"S": "Jan 32 2024"}');
SHOW DateStyle;
RESET DateStyle;

-- Options that don't go with the column's type are refused when it is used.
CREATE FUNCTION refusal(type text, options text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  hint text;
BEGIN
  EXECUTE format('CREATE FOREIGN TABLE bad (w %s OPTIONS (%s)) SERVER type_mismatch
                    OPTIONS (table_name ''type_mismatch'')', type, options);
  BEGIN
    PERFORM w FROM bad;
  EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    DROP FOREIGN TABLE bad;
    RETURN concat_ws(' ', SQLSTATE, replace(SQLERRM, ' of foreign table "bad"', ''), hint);
  END;
  DROP FOREIGN TABLE bad;
  RETURN 'accepted';
END $$;
SELECT type, refusal(type, options)
  FROM (VALUES ('text', $$format 'iso8601'$$),
               ('timestamptz', $$format 'date'$$),
               ('timestamptz', $$attribute_type 'N', format 'iso8601'$$),
               ('timestamptz', $$attribute_type 'S', format 'epoch'$$),
               ('date', $$format 'iso8601'$$),
               ('time', $$attribute_type 'N'$$),
               ('uuid', $$format 'date'$$),
               ('integer', $$attribute_type 'S'$$),
               ('boolean', $$attribute_type 'N'$$),
               ('interval', $$attribute_type 'N'$$),
               ('text[]', $$attribute_type 'NS'$$),
               ('boolean[]', $$attribute_type 'SS'$$),
               ('integer[]', $$format 'epoch'$$),
               ('timestamptz[]', $$attribute_type 'BS'$$),
               ('jsonb', $$format 'uuid'$$),
               ('text', $$attribute_name '*'$$),
               ('timestamptz', $$attribute_type 'N', format 'epoch_ms'$$),
               ('timestamptz[]', $$format 'epoch'$$),
               ('jsonb', $$attribute_type 'M'$$)) AS v (type, options);

\set ECHO none
DO $$ BEGIN
  PERFORM dynamodb_call('type_mismatch', 'DeleteTable', '{"TableName": "type_mismatch"}');
END $$;
DROP EXTENSION dynamodb_fdw CASCADE;
DROP FUNCTION read_as, refusal;
DROP PROCEDURE put;
DROP TYPE regress_color, regress_pair;
DROP DOMAIN regress_word, regress_count, regress_given, regress_array, regress_ratio;
