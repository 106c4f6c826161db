--
-- IMPORT FOREIGN SCHEMA: columns from a sample of the items.
--
\getenv endpoint DYNAMODB_ENDPOINT
-- request IDs differ
\set SHOW_CONTEXT never
SET timezone = 'UTC';
SET datestyle = 'ISO';
CREATE EXTENSION dynamodb_fdw;
CREATE SERVER local FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (endpoint :'endpoint', region 'us-east-1');
CREATE USER MAPPING FOR CURRENT_USER SERVER local
  OPTIONS (aws_access_key_id 'local', aws_secret_access_key 'local');
CREATE SCHEMA sample_a;
CREATE SCHEMA sample_b;

-- Makes a DynamoDB table, and waits for it.
CREATE PROCEDURE make_table(name text, sort_key boolean DEFAULT false)
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM dynamodb_call('local', 'CreateTable', jsonb_build_object(
    'TableName', name, 'BillingMode', 'PAY_PER_REQUEST',
    'AttributeDefinitions', '[{"AttributeName": "Id", "AttributeType": "S"}]'::jsonb ||
      CASE WHEN sort_key THEN '[{"AttributeName": "n", "AttributeType": "N"}]' ELSE '[]'::jsonb END,
    'KeySchema', '[{"AttributeName": "Id", "KeyType": "HASH"}]'::jsonb ||
      CASE WHEN sort_key THEN '[{"AttributeName": "n", "KeyType": "RANGE"}]' ELSE '[]'::jsonb END));
  WHILE dynamodb_call('local', 'DescribeTable', jsonb_build_object('TableName', name))
      #>> '{Table,TableStatus}' <> 'ACTIVE' LOOP
    PERFORM pg_sleep(0.1);
  END LOOP;
END $$;
CREATE PROCEDURE put(name text, item jsonb) LANGUAGE sql AS $$
  SELECT dynamodb_call('local', 'PutItem', jsonb_build_object('TableName', name, 'Item', item));
$$;
CREATE VIEW imported AS
  SELECT relnamespace::regnamespace AS schema, relname AS foreign_table, attnum AS n, attname AS column,
      format_type(atttypid, atttypmod) AS type, attfdwoptions AS options
    FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid
    WHERE relkind = 'f' AND attnum > 0 AND relnamespace::regnamespace::text LIKE 'sample%';

--
-- Every type, every form of a time, and what isn't always the same
--
CALL make_table('sample_Types');
CALL put('sample_Types', '{
  "Id": {"S": "full"},
  "aString": {"S": "x"}, "aNumber": {"N": "12345678901234567890123456789012345678"},
  "aBoolean": {"BOOL": true}, "aBinary": {"B": "AAEC"}, "aNull": {"NULL": true},
  "aStringSet": {"SS": ["b", "a"]}, "aNumberSet": {"NS": ["10", "-2.5"]}, "aBinarySet": {"BS": ["AQ==", "AA=="]},
  "aList": {"L": [{"S": "x"}, {"N": "1.50"}, {"NULL": true}, {"L": []}]},
  "aMap": {"M": {"binary": {"B": "AAEC"}, "set": {"NS": ["3", "20"]}, "map": {"M": {"deep": {"BOOL": false}}}}},
  "anEmptyString": {"S": ""},
  "time": {"M": {}},
  "iso": {"S": "2024-01-31T10:00:00Z"}, "isoMs": {"S": "2024-01-31T10:00:00.120Z"},
  "isoUs": {"S": "2024-01-31T10:00:00.123456Z"}, "python": {"S": "2024-01-31T10:00:00.500000"},
  "pythonUtc": {"S": "2024-01-31T10:00:00+00:00"}, "anyFraction": {"S": "2024-01-31T10:00:00.1Z"},
  "day": {"S": "2024-01-31"}, "uuid": {"S": "0b0f3c3a-0000-4000-8000-00000000000a"},
  "createdAt": {"N": "1706695200"}, "updatedMs": {"N": "1706695200123"},
  "withOffset": {"S": "2024-01-31T10:00:00+01:00"}, "notAlwaysTime": {"S": "2024-01-31T10:00:00Z"},
  "nanoseconds": {"S": "2024-01-31T10:00:00.123456789Z"}, "upperUuid": {"S": "0B0F3C3A-0000-4000-8000-00000000000A"},
  "accountNumber": {"N": "1234567890"}, "expires": {"N": "170669520"},
  "twoTypes": {"S": "5"}, "threeTypes": {"BOOL": true}, "setOrList": {"SS": ["a"]}, "nullOrNumber": {"NULL": true}}');
CALL put('sample_Types', '{
  "Id": {"S": "half"},
  "aNumber": {"N": "-0.00000000000000000000000000000000000001"}, "aString": {"S": "y"},
  "python": {"S": "2024-01-31T10:00:01"}, "pythonUtc": {"S": "2024-01-31T10:00:00.000001+00:00"},
  "anyFraction": {"S": "2024-01-31T10:00:00Z"}, "notAlwaysTime": {"S": "tomorrow"},
  "twoTypes": {"N": "5"}, "threeTypes": {"N": "5"}, "setOrList": {"L": [{"S": "a"}]}, "nullOrNumber": {"N": "5"}}');
CALL put('sample_Types', '{"Id": {"S": "bare"}, "threeTypes": {"S": "5"}, "aString": {"NULL": true}}');
IMPORT FOREIGN SCHEMA dynamodb LIMIT TO (sample_types) FROM SERVER local INTO sample_a;
SELECT n, "column", type, options FROM imported ORDER BY n;
\x
SELECT * FROM sample_a.sample_types ORDER BY id;
\x

-- the same again
IMPORT FOREIGN SCHEMA dynamodb LIMIT TO (sample_types) FROM SERVER local INTO sample_b;
SELECT count(*) AS columns, count(DISTINCT (n, "column", type, options)) AS different FROM imported;

-- times are times: their order is the texts', so a range can be asked for
CALL make_table('sample_Sorted', true);
DO $$
BEGIN
  FOR i IN 1..30 LOOP
    CALL put('sample_Sorted', jsonb_build_object('Id', '{"S": "a"}'::jsonb, 'n', jsonb_build_object('N', i::text),
      'seen', jsonb_build_object('N', (1706659200 + i * 86400)::text),
      'reference', jsonb_build_object('N', (1706659200 + i)::text),
      'size', jsonb_build_object('N', (1706659200 + i * 100000000::bigint)::text)));
  END LOOP;
END $$;
IMPORT FOREIGN SCHEMA dynamodb LIMIT TO (sample_sorted) FROM SERVER local INTO sample_a;
SELECT n, "column", type, options FROM imported WHERE foreign_table = 'sample_sorted' ORDER BY n;
SELECT n, seen FROM sample_a.sample_sorted WHERE id = 'a' AND seen > '2024-02-28' ORDER BY n;

--
-- How much is looked at
--
DROP FOREIGN TABLE sample_a.sample_sorted;
IMPORT FOREIGN SCHEMA dynamodb LIMIT TO (sample_sorted) FROM SERVER local INTO sample_a
  OPTIONS (sample_items '7');
DROP FOREIGN TABLE sample_a.sample_sorted;
IMPORT FOREIGN SCHEMA dynamodb LIMIT TO (sample_sorted) FROM SERVER local INTO sample_a
  OPTIONS (sample_items '0');
SELECT n, "column", type, options FROM imported WHERE foreign_table = 'sample_sorted' ORDER BY n;
DROP FOREIGN TABLE sample_a.sample_sorted;
ALTER SERVER local OPTIONS (ADD analyze_read_units '0');
IMPORT FOREIGN SCHEMA dynamodb LIMIT TO (sample_sorted) FROM SERVER local INTO sample_a;
ALTER SERVER local OPTIONS (DROP analyze_read_units);
SELECT count(*) FROM imported WHERE foreign_table = 'sample_sorted';
CALL make_table('sample_empty');
IMPORT FOREIGN SCHEMA dynamodb LIMIT TO (sample_empty) FROM SERVER local INTO sample_a;

--
-- Odd names
--
CALL make_table('sample_Names');
CALL put('sample_Names', '{
  "Id": {"S": "1"}, "id": {"S": "2"}, "ID": {"N": "3"}, "select": {"S": "keyword"}, "a.b": {"S": "dot"},
  "two words": {"S": "space"}, "*": {"S": "star"}, "%s": {"S": "percent"}, "--": {"S": "dashes"}, "''": {"S": "quote"},
  "\"": {"S": "double quote"}, "\\": {"S": "backslash"}, "line\nbreak": {"S": "newline"}, "größe": {"N": "4"},
  "ctid": {"S": "system"}, "rest": {"S": "taken"}, "Rest": {"S": "again"},
  "a_name_of_more_than_63_bytes_that_PostgreSQL_has_to_cut_somewhere_1": {"S": "one"},
  "a_name_of_more_than_63_bytes_that_PostgreSQL_has_to_cut_somewhere_2": {"S": "two"},
  "line\nbreak; DROP TABLE x; --": {"L": []}}');
CALL put('sample_Names', '{"Id": {"S": "2"}, "line\nbreak; DROP TABLE x; --": {"S": ""}}');
IMPORT FOREIGN SCHEMA dynamodb LIMIT TO (sample_names) FROM SERVER local INTO sample_a;
SELECT n, "column", options FROM imported WHERE foreign_table = 'sample_names' ORDER BY n;
\x
SELECT * FROM sample_a.sample_names WHERE id_1 = '1';
\x

--
-- A key of an index that is of another type in items older than the index
--
CALL make_table('sample_Owners');
CALL put('sample_Owners', '{"Id": {"S": "old"}, "owner": {"N": "5"}}');
CALL put('sample_Owners', '{"Id": {"S": "new"}, "owner": {"S": "five"}}');
DO $$
BEGIN
  PERFORM dynamodb_call('local', 'UpdateTable', '{"TableName": "sample_Owners",
    "AttributeDefinitions": [{"AttributeName": "owner", "AttributeType": "S"}],
    "GlobalSecondaryIndexUpdates": [{"Create": {"IndexName": "by_owner", "Projection": {"ProjectionType": "ALL"},
      "KeySchema": [{"AttributeName": "owner", "KeyType": "HASH"}]}}]}');
  FOR i IN 1..100 LOOP
    PERFORM pg_sleep(0.2);
    EXIT WHEN dynamodb_call('local', 'DescribeTable', '{"TableName": "sample_Owners"}')
      #>> '{Table,GlobalSecondaryIndexes,0,IndexStatus}' = 'ACTIVE';
  END LOOP;
END $$;
IMPORT FOREIGN SCHEMA dynamodb LIMIT TO (sample_owners) FROM SERVER local INTO sample_a;
SELECT * FROM sample_a.sample_owners WHERE owner = 'five';
SELECT id, owner FROM sample_a.sample_owners;
ALTER FOREIGN TABLE sample_a.sample_owners ALTER COLUMN owner TYPE jsonb;
SELECT id, owner FROM sample_a.sample_owners ORDER BY id;

--
-- The script
--
\pset format unaligned
\pset tuples_only on
SELECT dynamodb_import_script('local', '{"limit_to": ["sample_names", "sample_empty", "sample_none"]}');
SELECT dynamodb_import_script('local',
  '{"limit_to": ["sample_Types"], "naming": "preserve", "rest": false, "sample_items": 1000}');
SELECT dynamodb_import_script('local', '{"limit_to": [], "sample_items": "0"}') = '' AS empty;
SELECT position('sample_types' IN dynamodb_import_script('local', '{"except": ["sample_types"], "sample_items": 0}')) AS excepted;
-- what it says is what is made
SELECT dynamodb_import_script('local', '{"limit_to": ["sample_types"]}') AS script \gset
SET search_path = sample_c, public;
CREATE SCHEMA sample_c;
:script
RESET search_path;
SELECT count(*) AS columns, count(DISTINCT (n, "column", type, options)) AS different
  FROM imported WHERE foreign_table = 'sample_types';
\pset format aligned
\pset tuples_only off

-- what is refused
SELECT dynamodb_import_script('local', '[]');
SELECT dynamodb_import_script('local', '{"limit_to": "x"}');
SELECT dynamodb_import_script('local', '{"except": ["x", 5]}');
SELECT dynamodb_import_script('local', '{"limit_to": [], "except": []}');
SELECT dynamodb_import_script('local', '{"naming": {}}');
SELECT dynamodb_import_script('local', '{"naming": "camelCase"}');
SELECT dynamodb_import_script('local', '{"sample_items": -1}');
SELECT dynamodb_import_script('local', '{"samples": 1}');
SELECT dynamodb_import_script('nowhere');
CREATE ROLE regress_script;
SET ROLE regress_script;
SELECT dynamodb_import_script('local');
RESET ROLE;
DROP ROLE regress_script;

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['sample_Types', 'sample_Sorted', 'sample_Names', 'sample_Owners', 'sample_empty'] LOOP
    PERFORM dynamodb_call('local', 'DeleteTable', jsonb_build_object('TableName', name));
  END LOOP;
END $$;
SET client_min_messages = warning;
DROP SCHEMA sample_a, sample_b, sample_c CASCADE;
DROP VIEW imported;
DROP PROCEDURE make_table, put;
DROP EXTENSION dynamodb_fdw CASCADE;
