--
-- ttl_attribute: items whose time has passed are no rows.
--
\getenv endpoint DYNAMODB_ENDPOINT
-- request IDs differ
\set SHOW_CONTEXT never
CREATE EXTENSION dynamodb_fdw;
CREATE SERVER local FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (endpoint :'endpoint', region 'us-east-1');
CREATE USER MAPPING FOR CURRENT_USER SERVER local
  OPTIONS (aws_access_key_id 'local', aws_secret_access_key 'local');
CREATE FOREIGN TABLE made (
  pk   text COLLATE "C" NOT NULL,
  sk   integer NOT NULL,
  kind text COLLATE "C"
) SERVER local OPTIONS (table_name 'expiry_Sessions');
SELECT dynamodb_create_table('made', global_indexes => '[
  {"IndexName": "byKind", "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
   "Projection": {"ProjectionType": "KEYS_ONLY"}}]');
-- Ten sessions: those with an even number are over.
DO $$
BEGIN
  FOR i IN 1..10 LOOP
    PERFORM dynamodb_call('local', 'PutItem', jsonb_build_object('TableName', 'expiry_Sessions', 'Item', jsonb_build_object(
      'pk', '{"S": "u"}'::jsonb, 'sk', jsonb_build_object('N', i::text), 'kind', '{"S": "web"}'::jsonb,
      'expiresAt', jsonb_build_object('N', CASE WHEN i % 2 = 0 THEN '1700000000' ELSE '2200000000' END))));
  END LOOP;
END $$;
-- And what doesn't say when.
SELECT count(dynamodb_call('local', 'PutItem', jsonb_build_object('TableName', 'expiry_Sessions', 'Item',
    jsonb_build_object('pk', '{"S": "v"}'::jsonb, 'sk', jsonb_build_object('N', sk::text)) || more)))
  FROM (VALUES (1, '{}'::jsonb),
               (2, '{"expiresAt": {"S": "1700000000"}}'),
               (3, '{"expiresAt": {"NULL": true}}'),
               (4, '{"expiresAt": {"N": "-1"}}'),
               (5, '{"expiresAt": {"N": "1700000000.5"}}'),
               (6, '{"expiresAt": {"N": "1e125"}}'),
               (7, '{"expiresAt": {"N": "-1e125"}}')) AS items (sk, more);

CREATE FOREIGN TABLE sessions (
  pk   text COLLATE "C" NOT NULL,
  sk   integer NOT NULL,
  kind text COLLATE "C"
) SERVER local OPTIONS (table_name 'expiry_Sessions', ttl_attribute 'expiresAt');

SELECT pk, sk FROM sessions ORDER BY pk, sk;
SELECT count(*) FROM sessions;
-- by key: the time is asked for although no column shows it
SELECT sk FROM sessions WHERE pk = 'u' AND sk = 1;
SELECT sk FROM sessions WHERE pk = 'u' AND sk = 2;
SELECT sk FROM sessions WHERE pk = 'u' ORDER BY sk DESC LIMIT 3;
SELECT sk FROM sessions WHERE pk = 'u' AND sk IN (1, 2, 3) ORDER BY sk;
SELECT v.sk, s.sk FROM (VALUES (1), (2), (3)) AS v (sk) LEFT JOIN sessions s ON s.pk = 'u' AND s.sk = v.sk ORDER BY 1;
-- an index that doesn't have it
SELECT sk FROM sessions WHERE kind = 'web' ORDER BY sk;
SELECT sk FROM sessions WHERE kind = 'web' AND sk > 4 ORDER BY sk LIMIT 2;

-- what is no row isn't in the way of one, and isn't changed
UPDATE sessions SET kind = 'app' WHERE pk = 'u' AND sk IN (1, 2);
UPDATE sessions SET kind = 'app' WHERE pk = 'u' AND sk = 2;
DELETE FROM sessions WHERE pk = 'u' AND sk = 2;
INSERT INTO sessions VALUES ('u', 1, 'new');
INSERT INTO sessions VALUES ('u', 2, 'new');
INSERT INTO sessions VALUES ('u', 2, 'new') ON CONFLICT DO NOTHING;
UPDATE sessions SET sk = 4 WHERE pk = 'u' AND sk = 3;
SELECT count(*) FROM sessions;
SELECT sk, kind FROM sessions WHERE pk = 'u' ORDER BY sk;

-- statistics are the rows'
ANALYZE sessions;
SELECT reltuples FROM pg_class WHERE oid = 'sessions'::regclass;

-- IMPORT asks for it.  Not with items that have expired: emulators delete
-- them at times of their own.
CREATE FOREIGN TABLE ttl_made (id text COLLATE "C" NOT NULL) SERVER local OPTIONS (table_name 'expiry_Ttl');
SELECT dynamodb_create_table('ttl_made');
SELECT dynamodb_call('local', 'PutItem', '{"TableName": "expiry_Ttl", "Item": {"id": {"S": "a"}, "gone": {"N": "2200000000"}}}')
  IS NOT NULL AS put;
SELECT dynamodb_call('local', 'UpdateTimeToLive', '{"TableName": "expiry_Ttl",
  "TimeToLiveSpecification": {"Enabled": true, "AttributeName": "gone"}}') IS NOT NULL AS ttl;
IMPORT FOREIGN SCHEMA dynamodb LIMIT TO (expiry_ttl) FROM SERVER local INTO public;
SELECT ftoptions FROM pg_foreign_table WHERE ftrelid = 'expiry_ttl'::regclass;
SELECT id, gone AT TIME ZONE 'UTC' AS gone FROM expiry_ttl;

SELECT dynamodb_call('local', 'DeleteTable', '{"TableName": "expiry_Ttl"}') IS NOT NULL AS deleted;
SELECT dynamodb_call('local', 'DeleteTable', '{"TableName": "expiry_Sessions"}') IS NOT NULL AS deleted;
SET client_min_messages = warning;
DROP EXTENSION dynamodb_fdw CASCADE;
