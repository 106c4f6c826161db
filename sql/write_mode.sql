-- insert_mode 'replace' and 'upsert', batch_size, TRUNCATE.
\getenv endpoint DYNAMODB_ENDPOINT
CREATE EXTENSION dynamodb_fdw;
CREATE SERVER write_mode FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (region 'us-east-1', endpoint :'endpoint', consistent_read 'on');
CREATE USER MAPPING FOR PUBLIC SERVER write_mode
  OPTIONS (aws_access_key_id 'local', aws_secret_access_key 'local');
CREATE FOREIGN TABLE app (
  pk text COLLATE "C" NOT NULL,
  sk integer NOT NULL,
  v text DEFAULT 'default',
  n numeric,
  city text OPTIONS (attribute_path 'address.city'),
  rest jsonb OPTIONS (attribute_name '*'))
  SERVER write_mode OPTIONS (table_name 'write_mode', insert_mode 'replace');
SET client_min_messages = warning;
SELECT dynamodb_create_table('app');
RESET client_min_messages;
CREATE FUNCTION stored(p text, s integer) RETURNS jsonb LANGUAGE sql AS $$
  SELECT dynamodb_call('write_mode', 'GetItem', jsonb_build_object(
      'TableName', 'write_mode', 'ConsistentRead', true,
      'Key', jsonb_build_object('pk', jsonb_build_object('S', p), 'sk', jsonb_build_object('N', s::text))))
    -> 'Item' #- '{pk}' #- '{sk}'
$$;

-- replace: the whole item, and the last row of a key wins
INSERT INTO app VALUES ('r', 1, 'one', 1, 'Bonn', '{"x": 1}');
INSERT INTO app (pk, sk, n) VALUES ('r', 1, 2) RETURNING *;
SELECT stored('r', 1);
INSERT INTO app (pk, sk, n) SELECT 'r', i % 40, i FROM generate_series(1, 300) AS i;
SELECT count(*), min(n), max(n), sum(n) FROM app WHERE pk = 'r';
SELECT count(*) FROM app WHERE pk = 'r' AND n <> 260 + sk + CASE WHEN sk <= 20 THEN 20 ELSE -20 END;
INSERT INTO app (pk, sk, n) SELECT 'r', 1000 + i, i FROM generate_series(1, 120) AS i;
SELECT count(*) FROM app WHERE pk = 'r' AND sk > 1000;
COPY app (pk, sk, v) FROM stdin;
r	1	copied
r	2	copied
r	1	again
\.
SELECT sk, v FROM app WHERE pk = 'r' AND sk IN (1, 2) ORDER BY sk;
-- the checks are the same, and DO NOTHING means what it says
INSERT INTO app (pk, sk) VALUES ('r', 3000), ('', 1);
INSERT INTO app (pk, sk, v) VALUES ('r', 1, 'x'), ('r', 3001, 'new') ON CONFLICT DO NOTHING RETURNING sk;
SELECT v FROM app WHERE pk = 'r' AND sk = 1;
EXPLAIN (COSTS OFF) INSERT INTO app (pk, sk) VALUES ('r', 1), ('r', 2);
\getenv abs_srcdir PG_ABS_SRCDIR
\set include :abs_srcdir '/sql/include/explain.sql'
\set ECHO none
\i :include
\set ECHO all

SELECT pg_temp.explain_analyze($$ INSERT INTO app (pk, sk) SELECT 'b', i FROM generate_series(1, 100) AS i $$);
ALTER FOREIGN TABLE app OPTIONS (ADD batch_size '10');
SELECT pg_temp.explain_analyze($$ INSERT INTO app (pk, sk) SELECT 'b', i FROM generate_series(1, 100) AS i $$);
ALTER FOREIGN TABLE app OPTIONS (DROP batch_size);
BEGIN;
INSERT INTO app (pk, sk) SELECT 'b', i FROM generate_series(1, 30) AS i;
ROLLBACK;

-- upsert: the columns named, the others stay
ALTER FOREIGN TABLE app OPTIONS (SET insert_mode 'upsert');
INSERT INTO app (pk, sk, v, n, rest) VALUES ('u', 1, 'one', 1, '{"x": 1, "y": 2}');
INSERT INTO app (pk, sk, n) VALUES ('u', 1, 5), ('u', 2, 6), ('u', 2, 7) RETURNING *;
INSERT INTO app (pk, sk, v, rest) VALUES ('u', 1, NULL, '{"y": 3}') RETURNING *;
INSERT INTO app (pk, sk) VALUES ('u', 1), ('u', 3);
INSERT INTO app (pk, sk, v) VALUES ('u', 3, 'x') ON CONFLICT DO NOTHING RETURNING *;
INSERT INTO app (pk, sk, city) VALUES ('u', 1, 'Bonn');
INSERT INTO app (sk, v) VALUES (1, 'x');
SELECT sk, stored('u', sk) FROM app WHERE pk = 'u' ORDER BY sk;
ALTER FOREIGN TABLE app OPTIONS (ADD null_as 'null');
INSERT INTO app (pk, sk, v) VALUES ('u', 2, NULL);
SELECT stored('u', 2);
ALTER FOREIGN TABLE app OPTIONS (DROP null_as);
EXPLAIN (COSTS OFF) INSERT INTO app (pk, sk, n) VALUES ('u', 1, 5);
COPY app (pk, sk, n) FROM stdin;
u	1	8
\.
SELECT stored('u', 1);
-- nothing may depend on what stays
CREATE FOREIGN TABLE dependent (
  pk text COLLATE "C" NOT NULL,
  sk integer NOT NULL,
  v text,
  n integer,
  m integer,
  twice integer GENERATED ALWAYS AS (n * 2) STORED,
  CONSTRAINT less CHECK (n < m), CONSTRAINT short CHECK (length(v) < 9))
  SERVER write_mode OPTIONS (table_name 'write_mode', insert_mode 'upsert');
INSERT INTO dependent (pk, sk, n, m) VALUES ('dep', 1, 1, 2);
INSERT INTO dependent (pk, sk, v) VALUES ('dep', 1, 'x');
INSERT INTO dependent (pk, sk, n) VALUES ('dep', 1, 5);
INSERT INTO dependent (pk, sk, v, n, m) VALUES ('dep', 1, 'x', 3, 4);
ALTER FOREIGN TABLE dependent DROP COLUMN twice;
INSERT INTO dependent (pk, sk, v) VALUES ('dep', 1, 'long enough');
INSERT INTO dependent (pk, sk, v) VALUES ('dep', 1, 'y');
INSERT INTO dependent (pk, sk, n) VALUES ('dep', 1, 5);
CREATE VIEW small AS SELECT * FROM dependent WHERE m IS NULL OR m < 10 WITH CHECK OPTION;
INSERT INTO small (pk, sk, v) VALUES ('dep', 1, 'z');
INSERT INTO small (pk, sk, m, n) VALUES ('dep', 1, 9, 8);
SELECT stored('dep', 1);
DROP FOREIGN TABLE dependent CASCADE;

-- a version: INSERT sets 1, every UPDATE adds 1 to what it read
CREATE FOREIGN TABLE versioned (
  pk text COLLATE "C" NOT NULL,
  sk integer NOT NULL,
  v text,
  n integer,
  version bigint)
  SERVER write_mode OPTIONS (table_name 'write_mode', version_attribute 'version');
INSERT INTO versioned VALUES ('v', 1, 'x', 1, 77), ('v', 2, 'x', 1, NULL) RETURNING *;
UPDATE versioned SET v = 'y' WHERE pk = 'v' AND sk = 1 RETURNING *;
UPDATE versioned SET n = n + 1, version = 5 WHERE pk = 'v' RETURNING *;
UPDATE versioned SET v = 'y' WHERE pk = 'v' AND sk = 1 RETURNING version;
UPDATE versioned SET sk = 3 WHERE pk = 'v' AND sk = 2 RETURNING *;
SELECT dynamodb_call('write_mode', 'PutItem', '{"TableName": "write_mode",
  "Item": {"pk": {"S": "v"}, "sk": {"N": "4"}, "v": {"S": "of no version"}}}');
UPDATE versioned SET v = v || '!' WHERE pk = 'v' AND sk = 4 RETURNING *;
CREATE FUNCTION meanwhile() RETURNS text LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM dynamodb_call('write_mode', 'UpdateItem', '{"TableName": "write_mode", "Key": {"pk": {"S": "v"}, "sk": {"N": "4"}},
    "UpdateExpression": "SET version = version + :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}');
  RETURN 'z';
END $$;
UPDATE versioned SET v = meanwhile() WHERE pk = 'v' AND sk = 4;
DELETE FROM versioned WHERE pk = 'v' AND sk = 4 AND meanwhile() = 'z';
DELETE FROM versioned WHERE pk = 'v' AND sk = 4;
ALTER FOREIGN TABLE versioned OPTIONS (ADD insert_mode 'upsert');
INSERT INTO versioned (pk, sk) VALUES ('v', 1);
ALTER FOREIGN TABLE versioned OPTIONS (SET insert_mode 'replace');
INSERT INTO versioned (pk, sk) VALUES ('v', 1) RETURNING *;
ALTER FOREIGN TABLE versioned OPTIONS (DROP version_attribute, ADD ttl_attribute 'until', SET insert_mode 'upsert');
INSERT INTO versioned (pk, sk) VALUES ('v', 1);
DROP FOREIGN TABLE versioned;

-- idempotent writes: transactions of one action, for the same rows
ALTER SERVER write_mode OPTIONS (ADD idempotent_writes 'true');
ALTER FOREIGN TABLE app OPTIONS (SET insert_mode 'insert');
INSERT INTO app (pk, sk, n) VALUES ('i', 1, 1), ('i', 2, 2);
INSERT INTO app (pk, sk) VALUES ('i', 1);
INSERT INTO app (pk, sk) VALUES ('i', 1), ('i', 3) ON CONFLICT DO NOTHING RETURNING sk;
UPDATE app SET n = n + 10 WHERE pk = 'i' AND sk IN (1, 2, 9);
UPDATE app SET n = n + 10 WHERE pk = 'i' AND sk = 1 RETURNING n;
UPDATE app SET n = n + 1 WHERE pk = 'i' AND sk = 3 RETURNING n;
UPDATE app SET v = 'x' WHERE pk = 'i' AND sk = 1 RETURNING v, n;
SELECT pg_temp.explain_analyze($$ UPDATE app SET n = n + 1 WHERE pk = 'i' AND sk = 1 $$);
EXPLAIN (COSTS OFF) INSERT INTO app (pk, sk) VALUES ('i', 1);
-- what can be repeated as it is goes without; what has a condition doesn't
EXPLAIN (COSTS OFF) UPDATE app SET v = 'y' WHERE pk = 'i' AND sk = 1 RETURNING v;
EXPLAIN (COSTS OFF) UPDATE app SET v = 'y' WHERE pk = 'i' AND sk = 1 AND v = 'x';
EXPLAIN (COSTS OFF, VERBOSE) UPDATE app SET v = 'y' WHERE pk = 'i' AND sk = 1 AND v = 'x' RETURNING n;
EXPLAIN (COSTS OFF, VERBOSE) UPDATE app SET n = n * 2 WHERE pk = 'i' AND sk = 1 AND v = 'x';
EXPLAIN (COSTS OFF) DELETE FROM app WHERE pk = 'i' AND sk = 1;
UPDATE app SET v = 'y' WHERE pk = 'i' AND sk = 1 AND v = 'x' RETURNING v, n;
UPDATE app SET v = 'z' WHERE pk = 'i' AND sk = 1 AND v = 'x' RETURNING v, n;
UPDATE app SET n = n * 2 WHERE pk = 'i' AND sk = 1 AND v = 'y' RETURNING v, n;
DELETE FROM app WHERE pk = 'i' AND sk = 2 AND n > 100;
DELETE FROM app WHERE pk = 'i' AND sk = 1 RETURNING n;
ALTER SERVER write_mode OPTIONS (DROP idempotent_writes);

-- TRUNCATE
TRUNCATE app;
ALTER FOREIGN TABLE app OPTIONS (ADD truncatable 'true');
BEGIN READ ONLY;
TRUNCATE app;
ROLLBACK;
SELECT count(*) > 100 AS many FROM app;
ALTER FOREIGN TABLE app OPTIONS (ADD page_size '30');
TRUNCATE app;
SELECT count(*) FROM app;
TRUNCATE app;
-- no page takes more than a second's worth, which is 20 items of a unit
ALTER FOREIGN TABLE app OPTIONS (DROP page_size, ADD read_capacity '20');
INSERT INTO app SELECT 'p', n, repeat('x', 3500) FROM generate_series(1, 30) AS n;
SELECT requests AS before FROM dynamodb_stats() WHERE operation = 'Scan' \gset
SELECT dynamodb_reset();
TRUNCATE app;
SELECT requests - :before > 1 AS several FROM dynamodb_stats() WHERE operation = 'Scan';

\set ECHO none
DO $$ BEGIN
  PERFORM dynamodb_call('write_mode', 'DeleteTable', '{"TableName": "write_mode"}');
END $$;
SET client_min_messages = warning;
DROP EXTENSION dynamodb_fdw CASCADE;
DROP FUNCTION stored, meanwhile;
