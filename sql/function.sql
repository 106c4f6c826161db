--
-- SQL functions: what they send, what they refuse.
--
\getenv endpoint DYNAMODB_ENDPOINT
-- request IDs differ
\set SHOW_CONTEXT never
CREATE EXTENSION dynamodb_fdw;
CREATE SERVER local FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (endpoint :'endpoint', region 'us-east-1');
CREATE USER MAPPING FOR CURRENT_USER SERVER local
  OPTIONS (aws_access_key_id 'local', aws_secret_access_key 'local');

SELECT dynamodb_fdw_version() ~ '^2\.\d+\.\d+$' AS version;

--
-- dynamodb_create_table(): keys
--
CREATE FOREIGN TABLE function_plain (
  id      text COLLATE "C" NOT NULL,
  started bigint NOT NULL,
  status  text,
  raw     bytea OPTIONS (attribute_name 'RAW'),
  city    text OPTIONS (attribute_path 'address.city'),
  active  boolean,
  doc     jsonb,
  rest    jsonb OPTIONS (attribute_name '*')
) SERVER local;
SELECT dynamodb_create_table('function_plain', tags => '{"team": "shop", "cost": "42"}');
SELECT t -> 'KeySchema' AS keys, t -> 'AttributeDefinitions' AS definitions,
    t #> '{BillingModeSummary,BillingMode}' AS billing, t ? 'GlobalSecondaryIndexes' AS indexes
  FROM (SELECT dynamodb_call('local', 'DescribeTable', '{"TableName": "function_plain"}') -> 'Table') AS d(t);
-- it can't be made twice
SELECT dynamodb_create_table('function_plain');

-- the table is there at once, for reads too
SELECT count(*) FROM function_plain;

-- keys from the options, of any type; indexes in CreateTable's own form
CREATE FOREIGN TABLE function_keys (
  status  text,
  "Raw"   bytea,
  pk      text OPTIONS (attribute_name 'PK') COLLATE "C",
  n       numeric,
  m       integer
) SERVER local OPTIONS (table_name 'function-Keys', partition_key 'Raw', sort_key 'PK');
SELECT dynamodb_create_table('function_keys',
  global_indexes => '[
    {"IndexName": "byStatus", "KeySchema": [{"AttributeName": "status", "KeyType": "HASH"},
                                            {"AttributeName": "n", "KeyType": "RANGE"}],
     "ProvisionedThroughput": {"ReadCapacityUnits": 2, "WriteCapacityUnits": 3}},
    {"IndexName": "byNumber", "KeySchema": [{"AttributeName": "n", "KeyType": "HASH"}],
     "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["a \"b\" ü"]},
     "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}}]',
  local_indexes => '[
    {"IndexName": "local", "KeySchema": [{"AttributeName": "Raw", "KeyType": "HASH"},
                                         {"AttributeName": "m", "KeyType": "RANGE"}]}]',
  billing => '{"BillingMode": "PROVISIONED",
    "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 4}}');
CREATE TEMPORARY TABLE answer AS
  SELECT dynamodb_call('local', 'DescribeTable', '{"TableName": "function-Keys"}') -> 'Table' AS t;
SELECT t -> 'KeySchema' AS keys FROM answer;
SELECT d FROM answer, jsonb_array_elements(t -> 'AttributeDefinitions') AS d ORDER BY d ->> 'AttributeName';
SELECT i ->> 'IndexName' AS index, i -> 'KeySchema' AS keys, i -> 'Projection' AS projection,
    i #> '{ProvisionedThroughput,ReadCapacityUnits}' AS read
  FROM answer, jsonb_array_elements((t -> 'GlobalSecondaryIndexes') || (t -> 'LocalSecondaryIndexes')) AS i
  ORDER BY i ->> 'IndexName';
SELECT t #> '{ProvisionedThroughput,ReadCapacityUnits}' AS read,
    t #> '{ProvisionedThroughput,WriteCapacityUnits}' AS write FROM answer;
DROP TABLE answer;

-- indexes that the foreign table declares, unless others are given
CREATE FOREIGN TABLE function_declared (
  id  text COLLATE "C" NOT NULL,
  g   text COLLATE "C"
) SERVER local OPTIONS (partition_key 'id', indexes '{"GlobalSecondaryIndexes": [
  {"IndexName": "byG", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
   "Projection": {"ProjectionType": "KEYS_ONLY"}}]}');
SELECT dynamodb_create_table('function_declared');
SELECT jsonb_path_query_array(dynamodb_call('local', 'DescribeTable', '{"TableName": "function_declared"}'),
    '$.Table.GlobalSecondaryIndexes[*].IndexName') AS indexes;
SELECT dynamodb_call('local', 'DeleteTable', '{"TableName": "function_declared"}') IS NOT NULL AS done;
SELECT dynamodb_create_table('function_declared', global_indexes => '[]');
SELECT jsonb_path_query_array(dynamodb_call('local', 'DescribeTable', '{"TableName": "function_declared"}'),
    '$.Table.GlobalSecondaryIndexes[*].IndexName') AS indexes;

--
-- dynamodb_create_table(): what is refused, and by whom
--
SELECT dynamodb_create_table(NULL);
SELECT dynamodb_create_table(0);
SELECT dynamodb_create_table('pg_class');
CREATE FOREIGN DATA WRAPPER function_wrapper;
CREATE SERVER function_other FOREIGN DATA WRAPPER function_wrapper;
CREATE FOREIGN TABLE function_other (id text) SERVER function_other;
SELECT dynamodb_create_table('function_other');
CREATE FOREIGN TABLE function_none () SERVER local;
SELECT dynamodb_create_table('function_none');
CREATE FOREIGN TABLE function_rest (rest jsonb OPTIONS (attribute_name '*')) SERVER local;
SELECT dynamodb_create_table('function_rest');
CREATE FOREIGN TABLE function_bool (id boolean NOT NULL) SERVER local;
SELECT dynamodb_create_table('function_bool');
ALTER FOREIGN TABLE function_bool OPTIONS (partition_key 'id');
SELECT dynamodb_create_table('function_bool');
ALTER FOREIGN TABLE function_bool OPTIONS (SET partition_key 'Id', ADD sort_key 'x');
SELECT dynamodb_create_table('function_bool');
ALTER FOREIGN TABLE function_bool OPTIONS (DROP partition_key);
SELECT dynamodb_create_table('function_bool');

-- arguments
ALTER FOREIGN TABLE function_plain OPTIONS (ADD table_name 'function_never');
SELECT dynamodb_create_table('function_plain', global_indexes => '{"IndexName": "x"}');
SELECT dynamodb_create_table('function_plain', global_indexes => '["x"]');
SELECT dynamodb_create_table('function_plain', local_indexes => '[{"IndexName": "x"}]');
SELECT dynamodb_create_table('function_plain', local_indexes => '[{"IndexName": "x", "KeySchema": [{}]}]');
SELECT dynamodb_create_table('function_plain', global_indexes => '[{"IndexName": "byNothing",
  "KeySchema": [{"AttributeName": "Nothing", "KeyType": "HASH"}]}]');
SELECT dynamodb_create_table('function_plain', global_indexes => '[{"IndexName": "byActive",
  "KeySchema": [{"AttributeName": "active", "KeyType": "HASH"}]}]');
SELECT dynamodb_create_table('function_plain', global_indexes => '[{"IndexName": "byPath",
  "KeySchema": [{"AttributeName": "address", "KeyType": "HASH"}]}]');
SELECT dynamodb_create_table('function_plain', billing => '"PROVISIONED"');
SELECT dynamodb_create_table('function_plain', billing => '{"TableName": "x"}');
SELECT dynamodb_create_table('function_plain', tags => '["x"]');
SELECT dynamodb_create_table('function_plain', tags => '{"x": 1}');
-- nothing of this has been sent
SELECT dynamodb_call('local', 'DescribeTable', '{"TableName": "function_never"}');
ALTER FOREIGN TABLE function_plain OPTIONS (DROP table_name);

--
-- dynamodb_call()
--
SELECT dynamodb_call('local', 'PutItem', '{"TableName": "function_plain", "Item": {
  "id": {"S": "ü \"quoted\" \\"}, "started": {"N": "12345678901234567890.5"}, "doc": {"M": {"a": {"NULL": true}}}}}');
SELECT dynamodb_call('local', 'GetItem', '{"TableName": "function_plain", "Key": {
  "id": {"S": "ü \"quoted\" \\"}, "started": {"N": "12345678901234567890.5"}}}');
SELECT dynamodb_call('local', 'UpdateItem', '{"TableName": "function_plain",
  "Key": {"id": {"S": "a"}, "started": {"N": "1"}}}');
SELECT dynamodb_call('local', 'GetItem', '{"TableName": "function_nothing", "Key": {"id": {"S": "secret"}}}');
SELECT dynamodb_call('local', 'PutItem', '{"TableName": "function_plain", "Item": {"id": {"N": "1"}}}');
SELECT dynamodb_call('local', 'MakeCoffee', '{}');
SELECT dynamodb_call('local', 'Get Item', '{}');
SELECT dynamodb_call('local', '', '{}');
SELECT dynamodb_call('local', repeat('x', 65), '{}');
\set VERBOSITY sqlstate
SELECT dynamodb_call('local', E'Scan\r\nHost: x', '{}');
\set VERBOSITY default
SELECT dynamodb_call('local', 'Scan', '[]');
SELECT dynamodb_call('local', 'Scan', '"x"');
SELECT dynamodb_call('function_nothing', 'Scan', '{}');
SELECT dynamodb_call('function_other', 'Scan', '{}');
SELECT dynamodb_call(NULL, 'Scan', '{}') IS NULL AS strict;

-- a read-only transaction reads
BEGIN READ ONLY;
SELECT dynamodb_call('local', 'Scan', '{"TableName": "function_plain", "Select": "COUNT"}') -> 'Count' AS count;
SAVEPOINT s;
SELECT dynamodb_call('local', 'PutItem', '{}');
ROLLBACK TO s;
SELECT dynamodb_call('local', 'ExecuteStatement', '{"Statement": "SELECT * FROM function_plain"}');
ROLLBACK TO s;
SELECT dynamodb_create_table('function_plain');
ROLLBACK;
-- a rollback takes nothing back
BEGIN;
SELECT dynamodb_call('local', 'DeleteItem', '{"TableName": "function_plain",
  "Key": {"id": {"S": "a"}, "started": {"N": "1"}}}');
ROLLBACK;
SELECT id FROM function_plain;

--
-- Who may
--
CREATE ROLE regress_function;
GRANT ALL ON function_plain TO regress_function;
SET ROLE regress_function;
SELECT dynamodb_call('local', 'ListTables', '{}');
SELECT dynamodb_create_table('function_plain');
RESET ROLE;
GRANT EXECUTE ON FUNCTION dynamodb_call(name, text, jsonb) TO regress_function;
SET ROLE regress_function;
SELECT dynamodb_call('local', 'ListTables', '{}');
RESET ROLE;
GRANT USAGE ON FOREIGN SERVER local TO regress_function;
SET ROLE regress_function;
SELECT dynamodb_call('local', 'ListTables', '{}');
RESET ROLE;
CREATE USER MAPPING FOR regress_function SERVER local
  OPTIONS (aws_access_key_id 'local', aws_secret_access_key 'local');
SET ROLE regress_function;
SELECT dynamodb_call('local', 'ListTables', '{}') ? 'TableNames' AS allowed;
RESET ROLE;
DROP OWNED BY regress_function;
DROP ROLE regress_function;

--
-- dynamodb_reset(): what DynamoDB said of a table is asked again
--
PREPARE one AS SELECT id FROM function_plain WHERE id = 'a';
EXECUTE one;
SELECT dynamodb_call('local', 'DeleteTable', '{"TableName": "function_plain"}') IS NOT NULL AS done;
SELECT dynamodb_reset();
EXECUTE one;
DEALLOCATE one;

SELECT count(dynamodb_call('local', 'DeleteTable', jsonb_build_object('TableName', name))) AS deleted
  FROM jsonb_array_elements(dynamodb_call('local', 'ListTables', '{"ExclusiveStartTableName": "function"}') -> 'TableNames') AS name
  WHERE name #>> '{}' LIKE 'function%';
SET client_min_messages = warning;
DROP FOREIGN DATA WRAPPER function_wrapper CASCADE;
DROP EXTENSION dynamodb_fdw CASCADE;
