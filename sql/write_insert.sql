-- INSERT and COPY: conditional, checked before anything is sent, and exact
-- about what stands.
\getenv endpoint DYNAMODB_ENDPOINT
CREATE EXTENSION dynamodb_fdw;
CREATE SERVER write_insert FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (region 'us-east-1', endpoint :'endpoint', consistent_read 'on');
CREATE USER MAPPING FOR PUBLIC SERVER write_insert
  OPTIONS (aws_access_key_id 'local', aws_secret_access_key 'local');
CREATE FOREIGN TABLE app (
  pk text COLLATE "C" NOT NULL,
  sk integer NOT NULL,
  v text DEFAULT 'default',
  n numeric CHECK (n > 0),
  gpk text COLLATE "C",
  gsk numeric)
  SERVER write_insert OPTIONS (table_name 'write_insert', page_size '3');
SET client_min_messages = warning;
SELECT dynamodb_create_table('app', '[{"IndexName": "GSI", "KeySchema": [
  {"AttributeName": "gpk", "KeyType": "HASH"}, {"AttributeName": "gsk", "KeyType": "RANGE"}],
  "Projection": {"ProjectionType": "ALL"}}]');
RESET client_min_messages;

-- rows, defaults, RETURNING
INSERT INTO app VALUES ('a', 1, 'one', 1.50) RETURNING pk, sk, v, n, n * 2 AS twice, tableoid::regclass;
INSERT INTO app (pk, sk) VALUES ('a', 2), ('a', 3);
INSERT INTO app (pk, sk, v) VALUES ('a', 4, NULL), ('a', 5, '') RETURNING *;
SELECT * FROM app WHERE pk = 'a' ORDER BY sk;

-- a duplicate key (the order of ERROR and WARNING isn't psql's to say)
SET client_min_messages = error;
INSERT INTO app (pk, sk) VALUES ('a', 1);
INSERT INTO app (pk, sk) VALUES ('d', 1), ('d', 1);
SELECT sk FROM app WHERE pk = 'd';
INSERT INTO app (pk, sk) VALUES ('a', 1) ON CONFLICT DO NOTHING;
INSERT INTO app (pk, sk, v) VALUES ('d', 1, 'x'), ('d', 2, 'first'), ('d', 2, 'second'), ('d', 3, 'x')
  ON CONFLICT DO NOTHING;
INSERT INTO app (pk, sk) VALUES ('d', 3), ('d', 4) ON CONFLICT DO NOTHING RETURNING sk;
SELECT sk, v FROM app WHERE pk = 'd' ORDER BY sk;
INSERT INTO app (pk, sk) VALUES ('d', 1) ON CONFLICT (pk, sk) DO NOTHING;
INSERT INTO app (pk, sk) VALUES ('d', 1) ON CONFLICT (pk, sk) DO UPDATE SET v = 'y';

RESET client_min_messages;
-- nothing refused has been sent
INSERT INTO app (pk, sk) VALUES ('e', 1), ('', 1);
INSERT INTO app (pk, sk) VALUES ('e', 1), (repeat('x', 2049), 1);
INSERT INTO app (pk, sk, n) VALUES ('e', 1, 1), ('e', 2, 0);
INSERT INTO app (pk, sk) VALUES ('e', 1), ('e', NULL);
INSERT INTO app (pk, sk, gpk) VALUES ('e', 1, '');
INSERT INTO app (pk, sk, gpk) VALUES ('e', 1, repeat('x', 2049));
INSERT INTO app (pk, sk, v) VALUES ('e', 1, repeat('x', 409584));
INSERT INTO app (pk, sk, v) VALUES ('e', 1, repeat('x', 409585));
SELECT sk, length(v) FROM app WHERE pk = 'e' ORDER BY sk;
SELECT pk FROM app WHERE pk = 'e' AND sk = 2;

-- views: their conditions are checked first, too
CREATE VIEW positive AS SELECT pk, sk, n FROM app WHERE sk > 0 WITH CHECK OPTION;
INSERT INTO positive VALUES ('v', 1, 1), ('v', 2, 2);
INSERT INTO positive VALUES ('v', 3, 3), ('v', -1, 1);
SELECT sk, n, v FROM app WHERE pk = 'v' ORDER BY sk;

-- triggers and generated columns
CREATE FOREIGN TABLE made (
  pk text COLLATE "C" NOT NULL,
  sk integer NOT NULL,
  v text,
  double integer GENERATED ALWAYS AS (sk * 2) STORED)
  SERVER write_insert OPTIONS (table_name 'write_insert');
INSERT INTO made (pk, sk) VALUES ('g', 1), ('g', 2);
SELECT * FROM made WHERE pk = 'g' ORDER BY sk;
CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_WHEN = 'BEFORE' THEN
    IF NEW.v = 'skip' THEN
      RETURN NULL;
    END IF;
    NEW.v := upper(NEW.v);
  ELSE
    RAISE NOTICE 'inserted %', NEW;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER before_row BEFORE INSERT ON made FOR EACH ROW EXECUTE FUNCTION shout();
CREATE TRIGGER after_row AFTER INSERT ON made FOR EACH ROW EXECUTE FUNCTION shout();
INSERT INTO made (pk, sk, v) VALUES ('t', 1, 'x'), ('t', 2, 'skip'), ('t', 3, 'y') RETURNING v, double;
SELECT sk, v, double FROM made WHERE pk = 't' ORDER BY sk;
DROP FOREIGN TABLE made;
DROP FUNCTION shout;

-- A statement never reads its own writes.
INSERT INTO app (pk, sk) SELECT 'h', i FROM generate_series(1, 120) AS i;
INSERT INTO app (pk, sk) SELECT pk || 'c', sk FROM app WHERE pk = 'h';
INSERT INTO app (pk, sk) SELECT pk, sk + 500 FROM app WHERE pk = 'h' AND sk > 100;
SELECT pk, count(*), min(sk), max(sk) FROM app WHERE pk IN ('h', 'hc') GROUP BY pk ORDER BY pk;
WITH rows AS MATERIALIZED (SELECT pk, sk FROM app WHERE pk = 'h')
  INSERT INTO app (pk, sk) SELECT pk, sk + 1000 FROM rows WHERE sk <= 2;
INSERT INTO app (pk, sk) SELECT pk, 2000 + (SELECT max(sk) FROM app WHERE pk = 'h') FROM app WHERE pk = 'h' AND sk = 1;
SELECT sk FROM app WHERE pk = 'h' AND sk > 615 ORDER BY sk;
EXPLAIN (COSTS OFF) INSERT INTO app (pk, sk) SELECT pk || 'c', sk FROM app WHERE pk = 'h';
EXPLAIN (COSTS OFF) INSERT INTO app (pk, sk) SELECT 'x', 1;

SET client_min_messages = error;
-- many rows, and a failing one among them
INSERT INTO app (pk, sk) SELECT 'm', i FROM generate_series(1, 99) AS i UNION ALL VALUES ('m', 50);
SELECT count(*) FROM app WHERE pk = 'm';

-- COPY
COPY app (pk, sk, v) FROM stdin;
c	1	one
c	2	\N
\.
-- 15 names the line, later versions send many lines at once
\set SHOW_CONTEXT never
COPY app (pk, sk) FROM stdin;
c	3
c	1
\.
\set SHOW_CONTEXT errors
SELECT sk, v FROM app WHERE pk = 'c' ORDER BY sk;

RESET client_min_messages;
-- transactions: what was written stands, and that is said
BEGIN;
INSERT INTO app (pk, sk) VALUES ('r', 1), ('r', 2);
ROLLBACK;
BEGIN;
SAVEPOINT s;
INSERT INTO app (pk, sk) VALUES ('r', 3);
RELEASE s;
SAVEPOINT s;
INSERT INTO app (pk, sk) VALUES ('r', 4);
ROLLBACK TO s;
COMMIT;
BEGIN;
INSERT INTO app (pk, sk) VALUES ('r', 1) ON CONFLICT DO NOTHING;
ROLLBACK;
SELECT sk FROM app WHERE pk = 'r' ORDER BY sk;
SET client_min_messages = error;
BEGIN;
INSERT INTO app (pk, sk) VALUES ('r', 5);
PREPARE TRANSACTION 'regress_write_insert';
RESET client_min_messages;
BEGIN TRANSACTION READ ONLY;
INSERT INTO app (pk, sk) VALUES ('r', 6);
ROLLBACK;

-- who may write
ALTER FOREIGN TABLE app OPTIONS (ADD updatable 'false');
INSERT INTO app (pk, sk) VALUES ('r', 7);
COPY app (pk, sk) FROM stdin;
r	7
\.
SELECT is_insertable_into FROM information_schema.tables WHERE table_name = 'app';
ALTER FOREIGN TABLE app OPTIONS (DROP updatable);
SELECT is_insertable_into FROM information_schema.tables WHERE table_name = 'app';
CREATE ROLE regress_writer;
GRANT INSERT ON app TO regress_writer;
SET ROLE regress_writer;
INSERT INTO app (pk, sk) VALUES ('r', 8);
-- the key is for those to see who may read it
INSERT INTO app (pk, sk) VALUES ('r', 8);
RESET ROLE;
REVOKE ALL ON app FROM regress_writer;
DROP ROLE regress_writer;

-- partitions: rows find their way
CREATE TABLE parted (pk text COLLATE "C" NOT NULL, sk integer NOT NULL, v text) PARTITION BY LIST (pk);
CREATE FOREIGN TABLE part PARTITION OF parted FOR VALUES IN ('p', 'q')
  SERVER write_insert OPTIONS (table_name 'write_insert');
CREATE TABLE local_part PARTITION OF parted DEFAULT;
INSERT INTO parted VALUES ('p', 1, 'x'), ('z', 1, 'y'), ('q', 1, 'z') RETURNING tableoid::regclass, *;
INSERT INTO parted SELECT 'p', i FROM generate_series(2, 150) AS i;
COPY parted FROM stdin;
p	200	copied
y	1	here
\.
SELECT tableoid::regclass, count(*) FROM parted WHERE pk IN ('p', 'q', 'y', 'z') GROUP BY 1 ORDER BY 1;
INSERT INTO part VALUES ('r', 1);
INSERT INTO parted SELECT pk, sk + 1000, v FROM parted;
INSERT INTO parted SELECT pk, sk + 1000, v FROM local_part;
SELECT tableoid::regclass, count(*) FROM parted WHERE pk IN ('p', 'q', 'y', 'z') GROUP BY 1 ORDER BY 1;
DROP TABLE parted;

-- null_as: the key of an index is absent rather than of type NULL
CREATE FOREIGN TABLE nulls (pk text COLLATE "C" NOT NULL, sk integer NOT NULL, v text, gpk text COLLATE "C")
  SERVER write_insert OPTIONS (table_name 'write_insert', null_as 'null');
INSERT INTO nulls VALUES ('n', 1, NULL, NULL);
SELECT dynamodb_call('write_insert', 'GetItem', '{"TableName": "write_insert", "ConsistentRead": true,
  "Key": {"pk": {"S": "n"}, "sk": {"N": "1"}}}') -> 'Item' AS item;

\set ECHO none
DO $$ BEGIN
  PERFORM dynamodb_call('write_insert', 'DeleteTable', '{"TableName": "write_insert"}');
END $$;
DROP EXTENSION dynamodb_fdw CASCADE;
