-- DELETE: on the condition of what was read; as an ordinary table with the
-- same rows would have it.
\getenv endpoint DYNAMODB_ENDPOINT
CREATE EXTENSION dynamodb_fdw;
CREATE SERVER write_delete FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (region 'us-east-1', endpoint :'endpoint', consistent_read 'on');
CREATE USER MAPPING FOR PUBLIC SERVER write_delete
  OPTIONS (aws_access_key_id 'local', aws_secret_access_key 'local');
CREATE FOREIGN TABLE app (
  pk text COLLATE "C" NOT NULL,
  sk integer NOT NULL,
  v text,
  n numeric,
  rest jsonb OPTIONS (attribute_name '*'))
  SERVER write_delete OPTIONS (table_name 'write_delete', page_size '3');
SET client_min_messages = warning;
SELECT dynamodb_create_table('app');
RESET client_min_messages;
INSERT INTO app SELECT 'd', i, 'v' || i % 3, i, '{"extra": [1]}' FROM generate_series(1, 20) AS i;
INSERT INTO app SELECT 'e', i, 'other', i FROM generate_series(1, 5) AS i;

DELETE FROM app WHERE pk = 'd' AND sk = 1;
DELETE FROM app WHERE pk = 'd' AND sk = 1;
DELETE FROM app WHERE pk = 'd' AND sk IN (2, 3) RETURNING *;
DELETE FROM app WHERE pk = 'd' AND v = 'v0' AND n > 15 RETURNING sk;
-- with joins, an item is deleted once
DELETE FROM app USING (VALUES (4), (4), (5), (99)) AS o (s) WHERE pk = 'd' AND sk = s RETURNING sk;
WITH gone AS (DELETE FROM app WHERE pk = 'd' AND sk < 9 RETURNING sk, n)
  SELECT count(*), sum(n) FROM gone;
DELETE FROM app WHERE pk = 'd' AND n = (SELECT max(n) FROM app WHERE pk = 'd') RETURNING sk;
SELECT sk FROM app WHERE pk = 'd' ORDER BY sk;
EXPLAIN (COSTS OFF) DELETE FROM app WHERE pk = 'd' AND n > 5;

-- views and prepared statements
CREATE VIEW few AS SELECT * FROM app WHERE n > 10;
DELETE FROM few WHERE pk = 'd' AND sk = 10;
DELETE FROM few WHERE pk = 'd' AND sk = 11 RETURNING sk;
PREPARE del(integer) AS DELETE FROM app WHERE pk = 'd' AND sk = $1;
EXECUTE del(13);
EXECUTE del(13);
SET plan_cache_mode = force_generic_plan;
EXECUTE del(14);
RESET plan_cache_mode;
SELECT sk FROM app WHERE pk = 'd' ORDER BY sk;

-- triggers
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE NOTICE '% %', TG_WHEN, OLD;
  IF TG_WHEN = 'BEFORE' AND OLD.sk = 16 THEN
    RETURN NULL;
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER before_row BEFORE DELETE ON app FOR EACH ROW EXECUTE FUNCTION tell();
CREATE TRIGGER after_row AFTER DELETE ON app FOR EACH ROW EXECUTE FUNCTION tell();
DELETE FROM app WHERE pk = 'd' AND sk IN (16, 17);
DROP TRIGGER before_row ON app;
DROP TRIGGER after_row ON app;
DROP FUNCTION tell;

-- a change met meanwhile
CREATE FUNCTION meanwhile(operation text, more jsonb) RETURNS integer LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM dynamodb_call('write_delete', operation, '{"TableName": "write_delete"}' || more);
  RETURN 1;
END $$;
DELETE FROM app WHERE pk = 'e' AND sk = 1 AND n = meanwhile('DeleteItem', '{"Key": {"pk": {"S": "e"}, "sk": {"N": "1"}}}');
DELETE FROM app WHERE pk = 'e' AND sk = 2
  AND n + 1 > meanwhile('PutItem', '{"Item": {"pk": {"S": "e"}, "sk": {"N": "2"}, "n": {"N": "3"}}}');
DELETE FROM app WHERE pk = 'e' AND sk = 3
  AND sk + 1 > meanwhile('PutItem', '{"Item": {"pk": {"S": "e"}, "sk": {"N": "3"}, "n": {"N": "4"}}}');
SELECT sk FROM app WHERE pk = 'e' ORDER BY sk;

-- a rollback, and more rows than there are requests in flight
BEGIN;
DELETE FROM app WHERE pk = 'e';
ROLLBACK;
INSERT INTO app SELECT 'm', i FROM generate_series(1, 60) AS i;
DELETE FROM app WHERE pk = 'm';
SELECT count(*) FROM app WHERE pk IN ('e', 'm');
BEGIN READ ONLY;
DELETE FROM app;
ROLLBACK;

\set ECHO none
DO $$ BEGIN
  PERFORM dynamodb_call('write_delete', 'DeleteTable', '{"TableName": "write_delete"}');
END $$;
SET client_min_messages = warning;
DROP EXTENSION dynamodb_fdw CASCADE;
DROP FUNCTION meanwhile;
