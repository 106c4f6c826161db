--
-- IMPORT FOREIGN SCHEMA: names, columns, options; what is refused.
--
\getenv endpoint DYNAMODB_ENDPOINT
-- request IDs differ
\set SHOW_CONTEXT never
CREATE EXTENSION dynamodb_fdw;
CREATE SERVER "Local" FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (endpoint :'endpoint', region 'us-east-1');
CREATE USER MAPPING FOR CURRENT_USER SERVER "Local"
  OPTIONS (aws_access_key_id 'local', aws_secret_access_key 'local');
CREATE SCHEMA import_a;
CREATE SCHEMA import_b;

-- Makes a DynamoDB table, and waits for it.
CREATE PROCEDURE make_table(name text, attributes jsonb, more jsonb)
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM dynamodb_call('Local', 'CreateTable', more || jsonb_build_object(
    'TableName', name, 'BillingMode', 'PAY_PER_REQUEST',
    'AttributeDefinitions', (SELECT jsonb_agg(jsonb_build_object('AttributeName', key, 'AttributeType', value))
                               FROM jsonb_each(attributes))));
  WHILE jsonb_path_exists(dynamodb_call('Local', 'DescribeTable', jsonb_build_object('TableName', name)),
      '$.Table.** ? (@.TableStatus != "ACTIVE" || @.IndexStatus != "ACTIVE")') LOOP
    PERFORM pg_sleep(0.1);
  END LOOP;
END $$;

CREATE VIEW imported AS
  SELECT relnamespace::regnamespace AS schema, relname AS foreign_table, unnest(ftoptions) AS option
    FROM pg_foreign_table JOIN pg_class c ON c.oid = ftrelid
    WHERE relnamespace::regnamespace::text LIKE 'import%';
CREATE VIEW imported_column AS
  SELECT relnamespace::regnamespace AS schema, relname AS foreign_table, attnum AS n, attname AS column,
      format_type(atttypid, atttypmod) AS type, collname AS coll, attnotnull AS not_null,
      attfdwoptions AS options
    FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid LEFT JOIN pg_collation l ON l.oid = attcollation
    WHERE relkind = 'f' AND attnum > 0 AND relnamespace::regnamespace::text LIKE 'import%';

--
-- A single-table design: keys, global and local indexes of every projection
--
CALL make_table('import_App',
  '{"PK": "S", "SK": "N", "GSI1PK": "S", "GSI1SK": "S", "createdAt": "N", "thumbNail": "B"}',
  '{"KeySchema": [{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}],
    "GlobalSecondaryIndexes": [
      {"IndexName": "byDate", "Projection": {"ProjectionType": "KEYS_ONLY"},
       "KeySchema": [{"AttributeName": "createdAt", "KeyType": "HASH"}]},
      {"IndexName": "GSI1", "Projection": {"ProjectionType": "ALL"},
       "KeySchema": [{"AttributeName": "GSI1PK", "KeyType": "HASH"}, {"AttributeName": "GSI1SK", "KeyType": "RANGE"}]}],
    "LocalSecondaryIndexes": [
      {"IndexName": "Local", "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["z", "it''s \"a\\b\""]},
       "KeySchema": [{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "thumbNail", "KeyType": "RANGE"}]}]}');
IMPORT FOREIGN SCHEMA dynamodb LIMIT TO (import_app) FROM SERVER "Local" INTO import_a;
SELECT n, "column", type, coll, not_null, options FROM imported_column ORDER BY n;
SELECT option FROM imported WHERE option NOT LIKE 'indexes=%';
SELECT jsonb_pretty(substr(option, 9)::jsonb) FROM imported WHERE option LIKE 'indexes=%';

-- it answers, and without a DescribeTable
SELECT dynamodb_call('Local', 'PutItem', '{"TableName": "import_App", "Item": {
  "PK": {"S": "USER#1"}, "SK": {"N": "38"}, "GSI1PK": {"S": "x"}, "GSI1SK": {"S": "y"}, "thumbNail": {"B": "AAEC"},
  "name": {"S": "Ada"}}}');
SELECT * FROM import_a.import_app WHERE pk = 'USER#1' AND sk = 38;
SELECT sk FROM import_a.import_app WHERE gsi1pk = 'x' AND gsi1sk > 'a';

-- under other names too
IMPORT FOREIGN SCHEMA dynamodb LIMIT TO ("import_App") FROM SERVER "Local" INTO import_a
  OPTIONS (naming 'preserve');
ALTER FOREIGN TABLE import_a."import_App" RENAME TO app;
ALTER FOREIGN TABLE import_a.app RENAME "PK" TO who;
ALTER FOREIGN TABLE import_a.app RENAME name TO called;
SELECT who, called FROM import_a.app WHERE who = 'USER#1' AND "GSI1PK" = 'x' AND "GSI1SK" IS NOT NULL;
DROP FOREIGN TABLE import_a.app;

-- other names, no rest; and the same text again
IMPORT FOREIGN SCHEMA dynamodb LIMIT TO ("import_App") FROM SERVER "Local" INTO import_a
  OPTIONS (naming 'preserve', rest 'false');
SELECT n, "column", options FROM imported_column WHERE foreign_table = 'import_App' ORDER BY n;
SELECT option FROM imported WHERE foreign_table = 'import_App' AND option NOT LIKE 'indexes=%';
IMPORT FOREIGN SCHEMA dynamodb LIMIT TO (import_app) FROM SERVER "Local" INTO import_b;
SELECT count(*) AS options, count(DISTINCT option) AS different FROM imported WHERE foreign_table = 'import_app';
DROP FOREIGN TABLE import_a.import_app, import_a."import_App", import_b.import_app;

--
-- Odd names
--
CALL make_table('import.Odd-Names_',
  '{"Order": "S", "user.name": "S", "it''s \"odd\" \\ ": "S", "ctid": "N", "Rest": "B", "HTTPStatus": "N",
    "address2Line": "S", "Größe": "S", "*": "S", "2nd": "S"}',
  '{"KeySchema": [{"AttributeName": "Order", "KeyType": "HASH"}, {"AttributeName": "user.name", "KeyType": "RANGE"}],
    "GlobalSecondaryIndexes": [
      {"IndexName": "ix1", "Projection": {"ProjectionType": "ALL"}, "KeySchema": [
        {"AttributeName": "it''s \"odd\" \\ ", "KeyType": "HASH"}, {"AttributeName": "ctid", "KeyType": "RANGE"}]},
      {"IndexName": "ix2", "Projection": {"ProjectionType": "ALL"}, "KeySchema": [
        {"AttributeName": "Rest", "KeyType": "HASH"}, {"AttributeName": "HTTPStatus", "KeyType": "RANGE"}]},
      {"IndexName": "ix3", "Projection": {"ProjectionType": "ALL"}, "KeySchema": [
        {"AttributeName": "address2Line", "KeyType": "HASH"}, {"AttributeName": "Größe", "KeyType": "RANGE"}]},
      {"IndexName": "ix4", "Projection": {"ProjectionType": "ALL"}, "KeySchema": [
        {"AttributeName": "*", "KeyType": "HASH"}, {"AttributeName": "2nd", "KeyType": "RANGE"}]}]}');
IMPORT FOREIGN SCHEMA dynamodb LIMIT TO (import_odd_names_) FROM SERVER "Local" INTO import_a;
IMPORT FOREIGN SCHEMA dynamodb LIMIT TO ("import.Odd-Names_") FROM SERVER "Local" INTO import_a
  OPTIONS (naming 'preserve');
SELECT foreign_table, n, "column", type, options FROM imported_column ORDER BY foreign_table DESC, n;
SELECT foreign_table, option FROM imported WHERE option NOT LIKE 'indexes=%' ORDER BY foreign_table DESC, option;
SELECT dynamodb_call('Local', 'PutItem', '{"TableName": "import.Odd-Names_", "Item": {
  "Order": {"S": "a"}, "user.name": {"S": "b"}, "it''s \"odd\" \\ ": {"S": "c"}, "ctid": {"N": "1"}, "*": {"S": "d"}, "rest": {"S": "e"}}}');
SELECT "order", user_name, ctid_1, "*" AS path, rest_1 FROM import_a.import_odd_names_
  NATURAL JOIN (SELECT "Order" AS "order", "*" FROM import_a."import.Odd-Names_") AS preserved WHERE "order" = 'a';
SELECT "order" FROM import_a.import_odd_names_ WHERE "it_s__odd____" = 'c' AND ctid_1 = 1;
DROP FOREIGN TABLE import_a.import_odd_names_, import_a."import.Odd-Names_";

--
-- Names that collide, and long ones
--
CALL make_table('import_fold', '{"id": "S", "Id": "S", "ID": "N"}',
  '{"KeySchema": [{"AttributeName": "ID", "KeyType": "HASH"}, {"AttributeName": "Id", "KeyType": "RANGE"}],
    "GlobalSecondaryIndexes": [{"IndexName": "byId", "Projection": {"ProjectionType": "ALL"},
      "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]}]}');
CALL make_table('importFold', '{"id": "S"}', '{"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]}');
CALL make_table('import-fold', '{"id": "S"}', '{"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]}');
CALL make_table('import_fold_1', '{"id": "S"}', '{"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]}');
IMPORT FOREIGN SCHEMA dynamodb LIMIT TO (import_fold, import_fold_1, import_fold_2, import_fold_3)
  FROM SERVER "Local" INTO import_a;
SELECT foreign_table, option FROM imported WHERE option NOT LIKE 'indexes=%' ORDER BY foreign_table, option;
SELECT n, "column", type, options FROM imported_column WHERE foreign_table = 'import_fold' ORDER BY n;
-- a table's name doesn't depend on what else is imported
IMPORT FOREIGN SCHEMA dynamodb LIMIT TO (import_fold_3) FROM SERVER "Local" INTO import_b;
SELECT foreign_table, option FROM imported WHERE schema = 'import_b'::regnamespace AND option LIKE 'table_name=%';
SET client_min_messages = warning;
DROP SCHEMA import_a, import_b CASCADE;
RESET client_min_messages;
CREATE SCHEMA import_a;

DO $$
BEGIN
  FOR c IN 1..2 LOOP
    CALL make_table('import_' || repeat('x', 60) || c,
      jsonb_build_object(repeat('ü', 40) || 'a', 'S', repeat('ü', 40) || 'b', 'S'),
      jsonb_build_object('KeySchema', jsonb_build_array(
        jsonb_build_object('AttributeName', repeat('ü', 40) || 'a', 'KeyType', 'HASH'),
        jsonb_build_object('AttributeName', repeat('ü', 40) || 'b', 'KeyType', 'RANGE'))));
  END LOOP;
END $$;
SELECT format('IMPORT FOREIGN SCHEMA dynamodb LIMIT TO (import_%s, import_%s_1) FROM SERVER "Local" INTO import_a',
  repeat('x', 56), repeat('x', 54)) \gexec
SELECT foreign_table, length(foreign_table), option FROM imported WHERE option LIKE 'table_name=%' ORDER BY 3;
SELECT n, "column", octet_length("column"), options FROM imported_column
  WHERE foreign_table LIKE '%x\_1' ORDER BY n;
SET client_min_messages = warning;
DROP SCHEMA import_a CASCADE;
RESET client_min_messages;
CREATE SCHEMA import_a;

--
-- LIMIT TO and EXCEPT name the foreign tables to be
--
IMPORT FOREIGN SCHEMA dynamodb LIMIT TO ("import_App", import_nothing) FROM SERVER "Local" INTO import_a;
SELECT DISTINCT foreign_table FROM imported;
SET client_min_messages = error;
IMPORT FOREIGN SCHEMA dynamodb EXCEPT (import_fold, import_fold_1, import_odd_names_) FROM SERVER "Local" INTO import_a;
RESET client_min_messages;
SELECT DISTINCT foreign_table FROM imported WHERE foreign_table LIKE 'import%' AND foreign_table NOT LIKE '%xx%'
  ORDER BY foreign_table;

--
-- More tables than one ListTables tells
--
DO $$
BEGIN
  FOR i IN 1..101 LOOP
    CALL make_table('import_many' || i, '{"id": "S"}', '{"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]}');
  END LOOP;
END $$;
IMPORT FOREIGN SCHEMA dynamodb LIMIT TO (import_many1, import_many99, import_many101) FROM SERVER "Local" INTO import_a;
SELECT DISTINCT foreign_table FROM imported WHERE foreign_table LIKE 'import\_many%' ORDER BY foreign_table;

--
-- What is refused
--
IMPORT FOREIGN SCHEMA public FROM SERVER "Local" INTO import_a;
IMPORT FOREIGN SCHEMA dynamodb FROM SERVER "Local" INTO import_a OPTIONS (nameing 'preserve');
IMPORT FOREIGN SCHEMA dynamodb FROM SERVER "Local" INTO import_a OPTIONS (naming 'camelCase');
IMPORT FOREIGN SCHEMA dynamodb FROM SERVER "Local" INTO import_a OPTIONS (rest 'maybe');
IMPORT FOREIGN SCHEMA dynamodb FROM SERVER "Local" INTO import_a OPTIONS (sample_items 'many');
IMPORT FOREIGN SCHEMA dynamodb FROM SERVER "Local" INTO import_a OPTIONS (sample_items '-1');
IMPORT FOREIGN SCHEMA dynamodb FROM SERVER "Local" INTO import_a OPTIONS (entity_attribute 'EntityType');
CREATE ROLE regress_import;
GRANT ALL ON SCHEMA import_a TO regress_import;
SET ROLE regress_import;
IMPORT FOREIGN SCHEMA dynamodb FROM SERVER "Local" INTO import_a;
RESET ROLE;
GRANT USAGE ON FOREIGN SERVER "Local" TO regress_import;
SET ROLE regress_import;
IMPORT FOREIGN SCHEMA dynamodb FROM SERVER "Local" INTO import_a;
RESET ROLE;
DROP OWNED BY regress_import;
DROP ROLE regress_import;

DO $$
DECLARE
  names jsonb;
BEGIN
  LOOP
    names := dynamodb_call('Local', 'ListTables', '{"ExclusiveStartTableName": "import"}') -> 'TableNames';
    names := jsonb_path_query_array(names, '$[*] ? (@ starts with "import")');
    EXIT WHEN names = '[]';
    PERFORM dynamodb_call('Local', 'DeleteTable', jsonb_build_object('TableName', name))
      FROM jsonb_array_elements(names) AS name;
  END LOOP;
END $$;
SET client_min_messages = warning;
DROP SCHEMA import_a CASCADE;
DROP VIEW imported, imported_column;
DROP PROCEDURE make_table;
DROP EXTENSION dynamodb_fdw CASCADE;
