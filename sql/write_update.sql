-- UPDATE: what has changed and nothing else, on the condition of what was
-- read; as an ordinary table with the same rows would have it.
\getenv endpoint DYNAMODB_ENDPOINT
CREATE EXTENSION dynamodb_fdw;
CREATE SERVER write_update FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (region 'us-east-1', endpoint :'endpoint', consistent_read 'on');
CREATE USER MAPPING FOR PUBLIC SERVER write_update
  OPTIONS (aws_access_key_id 'local', aws_secret_access_key 'local');
CREATE FOREIGN TABLE app (
  pk text COLLATE "C" NOT NULL,
  sk integer NOT NULL,
  v text,
  n numeric CHECK (n > 0),
  tags text[],
  gpk text COLLATE "C",
  gsk numeric,
  lsk numeric,
  doc jsonb,
  city text OPTIONS (attribute_path 'address.city'),
  line text OPTIONS (attribute_path 'address.lines[0]'),
  rest jsonb OPTIONS (attribute_name '*'))
  SERVER write_update OPTIONS (table_name 'write_update', page_size '3');
SET client_min_messages = warning;
SELECT dynamodb_create_table('app', '[{"IndexName": "GSI", "KeySchema": [
  {"AttributeName": "gpk", "KeyType": "HASH"}, {"AttributeName": "gsk", "KeyType": "RANGE"}],
  "Projection": {"ProjectionType": "ALL"}}]', '[{"IndexName": "LSI", "KeySchema": [
  {"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "lsk", "KeyType": "RANGE"}],
  "Projection": {"ProjectionType": "ALL"}}]');
RESET client_min_messages;
CREATE PROCEDURE put(item jsonb) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM dynamodb_call('write_update', 'PutItem', jsonb_build_object('TableName', 'write_update', 'Item', item));
END $$;
CREATE FUNCTION stored(p text, s integer) RETURNS jsonb LANGUAGE sql AS $$
  SELECT dynamodb_call('write_update', 'GetItem', jsonb_build_object(
      'TableName', 'write_update', 'ConsistentRead', true,
      'Key', jsonb_build_object('pk', jsonb_build_object('S', p), 'sk', jsonb_build_object('N', s::text))))
    -> 'Item' #- '{pk}' #- '{sk}'
$$;

-- changed columns only: what no column shows, and how a value is spelt, stays
CALL put('{"pk": {"S": "a"}, "sk": {"N": "1"}, "v": {"S": "x"}, "n": {"N": "1"}, "tags": {"NULL": true},
  "hidden": {"BS": ["AAE="]}, "doc": {"M": {"set": {"SS": ["a", "b"]}, "bin": {"B": "AAE="}, "l": {"L": [{"N": "1"}, {"NS": ["2"]}]}}}}');
UPDATE app SET n = n + 1, v = 'x', tags = NULL WHERE pk = 'a' AND sk = 1 RETURNING n, v, tags, rest;
SELECT stored('a', 1);
UPDATE app SET v = NULL, tags = '{z,y,z}' WHERE pk = 'a' AND sk = 1;
SELECT stored('a', 1) - 'doc';
-- jsonb: the members that changed, so that sets and binaries stay what they are
UPDATE app SET doc = doc || '{"new": 1}' WHERE pk = 'a' AND sk = 1;
UPDATE app SET doc = jsonb_set(doc, '{l,0}', '{"k": null}') WHERE pk = 'a' AND sk = 1;
SELECT stored('a', 1) -> 'doc';
UPDATE app SET doc = jsonb_set(doc #- '{bin}', '{l,2}', '"end"') WHERE pk = 'a' AND sk = 1;
SELECT stored('a', 1) -> 'doc';
UPDATE app SET doc = jsonb_set(doc, '{l}', '[]') WHERE pk = 'a' AND sk = 1;
UPDATE app SET doc = jsonb_set(doc, '{set}', '["a"]') WHERE pk = 'a' AND sk = 1;
SELECT stored('a', 1) -> 'doc';
UPDATE app SET doc = '[1]' WHERE pk = 'a' AND sk = 1;
SELECT stored('a', 1) -> 'doc';
-- the rest of the item
UPDATE app SET rest = rest || '{"more": {"a": [1]}}' WHERE pk = 'a' AND sk = 1;
UPDATE app SET rest = jsonb_set(rest, '{more,b}', '2') - 'hidden' WHERE pk = 'a' AND sk = 1;
SELECT stored('a', 1) -> 'hidden', stored('a', 1) -> 'more';
UPDATE app SET rest = rest || '{"v": 1}' WHERE pk = 'a' AND sk = 1;
UPDATE app SET rest = NULL WHERE pk = 'a' AND sk = 1 RETURNING rest;
-- paths: missing parents are made, lists have no gaps
UPDATE app SET city = 'Bonn', line = 'one' WHERE pk = 'a' AND sk = 1 RETURNING city, line, rest;
UPDATE app SET city = NULL, line = NULL WHERE pk = 'a' AND sk = 1 RETURNING city, line;
SELECT stored('a', 1) -> 'address';
CREATE FOREIGN TABLE paths (pk text COLLATE "C" NOT NULL, sk integer NOT NULL, address jsonb,
  city text OPTIONS (attribute_path 'address.city'), third text OPTIONS (attribute_path 'address.lines[2]'),
  within text OPTIONS (attribute_path 'v.x'))
  SERVER write_update OPTIONS (table_name 'write_update');
UPDATE paths SET third = 'x' WHERE pk = 'a' AND sk = 1;
UPDATE paths SET third = NULL WHERE pk = 'a' AND sk = 1;
UPDATE paths SET address = '{"city": "Ulm"}', city = 'Bonn' WHERE pk = 'a' AND sk = 1;
UPDATE app SET v = 'text' WHERE pk = 'a' AND sk = 1;
UPDATE paths SET within = 'x' WHERE pk = 'a' AND sk = 1;
DROP FOREIGN TABLE paths;

-- like an ordinary table
CREATE TABLE local (LIKE app);
INSERT INTO app (pk, sk, v, n, gpk, gsk, lsk) SELECT 'u', i, 'v' || i, i, 'g', i, 100 - i FROM generate_series(1, 12) AS i;
INSERT INTO local SELECT * FROM app WHERE pk = 'u';
CREATE PROCEDURE compare(statement text) LANGUAGE plpgsql AS $$
DECLARE
  nforeign bigint;
  nlocal bigint;
  differing bigint;
BEGIN
  EXECUTE replace(statement, 'app', 'local');
  GET DIAGNOSTICS nlocal = ROW_COUNT;
  EXECUTE statement;
  GET DIAGNOSTICS nforeign = ROW_COUNT;
  SELECT count(*) INTO differing FROM
    (SELECT f, l FROM (SELECT * FROM app WHERE pk IN ('u', 'w')) AS f FULL JOIN local AS l USING (pk, sk)
       WHERE (f.v, f.n, f.gpk, f.gsk, f.lsk) IS DISTINCT FROM (l.v, l.n, l.gpk, l.gsk, l.lsk)) AS d;
  RAISE NOTICE 'rows: % %, differing: %', nlocal, nforeign, differing;
END $$;
CALL compare($$UPDATE app SET v = upper(v) WHERE pk = 'u'$$);
CALL compare($$UPDATE app SET n = n + sk, gsk = NULL WHERE pk = 'u' AND sk BETWEEN 3 AND 8 AND n < 7$$);
CALL compare($$UPDATE app SET v = NULL WHERE pk = 'u' AND v LIKE 'V1%'$$);
CALL compare($$UPDATE app SET v = 'none' WHERE pk = 'u' AND v IS NULL AND sk = 99$$);
CALL compare($$UPDATE app SET v = o.v || 'x' FROM (VALUES ('V2', 2), ('V3', 3), ('V3', 4)) AS o (v, s) WHERE pk = 'u' AND sk = s$$);
CALL compare($$UPDATE app SET v = 'first' FROM generate_series(1, 3) WHERE pk = 'u' AND sk IN (5, 6)$$);
CALL compare($$UPDATE app SET n = (SELECT max(n) FROM app WHERE pk = 'u') + n WHERE pk = 'u'$$);
CALL compare($$UPDATE app AS a SET n = a.n + b.n FROM app AS b WHERE a.pk = 'u' AND b.pk = 'u' AND b.sk = a.sk + 1$$);
CALL compare($$UPDATE app SET n = n WHERE pk = 'u'$$);
-- a stable function sees the table as it was when the statement began
CREATE FUNCTION sum_app(but integer) RETURNS numeric LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN (SELECT sum(n) FROM app WHERE pk = 'u' AND sk <> but);
END $$;
CREATE FUNCTION sum_local(but integer) RETURNS numeric LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN (SELECT sum(n) FROM local WHERE pk = 'u' AND sk <> but);
END $$;
CALL compare($$UPDATE app SET n = sum_app(sk) WHERE pk = 'u' AND sk < 4$$);
CALL compare($$UPDATE app SET n = n + 1 WHERE pk = 'u' AND sum_app(-sk) = (SELECT sum(n) FROM app WHERE pk = 'u')$$);
ALTER FOREIGN TABLE app OPTIONS (ADD batch_size '1');
CALL compare($$INSERT INTO app (pk, sk, n) SELECT 'u', 20 + i, sum_app(i) FROM generate_series(1, 3) AS i$$);
ALTER FOREIGN TABLE app OPTIONS (DROP batch_size);
CALL compare($$DELETE FROM app WHERE pk = 'u' AND sk > 20 AND sum_app(-sk) > sum_app(sk)$$);
-- Halloween: keys and index keys move along the way that is read
CALL compare($$UPDATE app SET sk = sk + 100 WHERE pk = 'u' AND sk < 50$$);
CALL compare($$UPDATE app SET lsk = lsk + 100 WHERE pk = 'u' AND lsk > 0$$);
CALL compare($$UPDATE app SET gsk = gsk + 1000 WHERE gpk = 'g' AND gsk > 0$$);
CALL compare($$UPDATE app SET pk = 'w', sk = -sk WHERE pk = 'u' AND sk > 105$$);
EXPLAIN (COSTS OFF) UPDATE app SET sk = sk + 100 WHERE pk = 'u' AND sk < 50;
EXPLAIN (COSTS OFF) UPDATE app SET v = 'x' WHERE pk = 'u' AND sk < 50;

-- through a global index: what it leads to is read again from the table
ALTER SERVER write_update OPTIONS (SET consistent_read 'auto');
EXPLAIN (COSTS OFF) UPDATE app SET gsk = gsk + 1000 WHERE gpk = 'g' AND gsk > 0;
CALL compare($$UPDATE app SET gsk = gsk + 1000 WHERE gpk = 'g' AND gsk > 0$$);
ALTER SERVER write_update OPTIONS (SET consistent_read 'on');

-- a changed key: the whole item moves, if there is none
CALL put('{"pk": {"S": "k"}, "sk": {"N": "1"}, "hidden": {"SS": ["a"]}, "v": {"NULL": true}}');
UPDATE app SET sk = 2, n = 5 WHERE pk = 'k' AND sk = 1 RETURNING sk, n, rest;
SELECT stored('k', 1), stored('k', 2);
INSERT INTO app (pk, sk) VALUES ('k', 3);
UPDATE app SET sk = 3 WHERE pk = 'k' AND sk = 2;
UPDATE app SET pk = '' WHERE pk = 'k' AND sk = 2;
UPDATE app SET pk = NULL WHERE pk = 'k' AND sk = 2;
SELECT sk FROM app WHERE pk = 'k' ORDER BY sk;

-- checks before anything is sent
SET client_min_messages = error;
UPDATE app SET n = 6 - sk WHERE pk = 'u';
UPDATE app SET gpk = '' WHERE pk = 'u' AND sk = 101;
UPDATE app SET v = repeat('x', 409600) WHERE pk = 'k' AND sk = 2;
UPDATE app SET n = 'NaN' WHERE pk = 'k' AND sk = 2;
RESET client_min_messages;
CREATE VIEW small AS SELECT pk, sk, n, v FROM app WHERE n < 10 WITH CHECK OPTION;
UPDATE small SET n = 9 WHERE pk = 'k' AND sk = 2;
UPDATE small SET n = 11 WHERE pk = 'k' AND sk = 2;
SELECT sk, n FROM app WHERE pk = 'k' ORDER BY sk;

-- triggers and generated columns
CREATE FOREIGN TABLE made (pk text COLLATE "C" NOT NULL, sk integer NOT NULL, n integer, v text,
  twice integer GENERATED ALWAYS AS (n * 2) STORED)
  SERVER write_update OPTIONS (table_name 'write_update');
INSERT INTO made VALUES ('t', 1, 1, 'a'), ('t', 2, 2, 'b'), ('t', 3, 3, 'c');
UPDATE made SET n = n + 10 WHERE pk = 't' RETURNING sk, n, twice;
CREATE FUNCTION change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_WHEN = 'AFTER' THEN
    RAISE NOTICE '% to %', OLD, NEW;
  ELSIF OLD.sk = 2 THEN
    RETURN NULL;
  ELSE
    NEW.v := NEW.v || '!';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER before_row BEFORE UPDATE ON made FOR EACH ROW EXECUTE FUNCTION change();
CREATE TRIGGER after_row AFTER UPDATE ON made FOR EACH ROW EXECUTE FUNCTION change();
UPDATE made SET n = n + 1 WHERE pk = 't';
SELECT * FROM made WHERE pk = 't' ORDER BY sk;
DROP FOREIGN TABLE made;
DROP FUNCTION change;

-- A change met meanwhile is a conflict, or the row is gone.
CREATE FUNCTION meanwhile(change text) RETURNS integer LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  CASE change
    WHEN 'delete' THEN
      PERFORM dynamodb_call('write_update', 'DeleteItem', '{"TableName": "write_update",
        "Key": {"pk": {"S": "c"}, "sk": {"N": "1"}}}');
    ELSE
      CALL put(jsonb_build_object('pk', '{"S": "c"}'::jsonb, 'sk', '{"N": "1"}'::jsonb) || change::jsonb);
  END CASE;
  RETURN 1;
END $$;
CREATE PROCEDURE attempt(change text, statement text) LANGUAGE plpgsql AS $$
DECLARE
  n bigint;
  hint text;
BEGIN
  CALL put('{"pk": {"S": "c"}, "sk": {"N": "1"}, "v": {"S": "x"}, "n": {"N": "1"}}');
  EXECUTE replace(statement, 'MEANWHILE', format('meanwhile(%L)', change));
  GET DIAGNOSTICS n = ROW_COUNT;
  RAISE NOTICE '% rows: %', n, stored('c', 1);
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
  RAISE NOTICE '% % (%)', SQLSTATE, SQLERRM, hint;
END $$;
CALL attempt('{"n": {"N": "2"}}', $$UPDATE app SET n = n + MEANWHILE WHERE pk = 'c' AND sk = 1$$);
CALL attempt('{"n": {"N": "2"}}', $$UPDATE app SET v = 'y' WHERE pk = 'c' AND sk = 1 AND n = MEANWHILE$$);
CALL attempt('{"v": {"S": "x"}}', $$UPDATE app SET n = n + MEANWHILE WHERE pk = 'c' AND sk = 1$$);
-- what the decision doesn't use may change
CALL attempt('{"v": {"S": "y"}, "n": {"N": "1"}}', $$UPDATE app SET n = n + MEANWHILE WHERE pk = 'c' AND sk = 1$$);
CALL attempt('delete', $$UPDATE app SET n = n + MEANWHILE WHERE pk = 'c' AND sk = 1$$);
CALL attempt('{"v": {"S": "y"}}', $$UPDATE app SET sk = 1 + MEANWHILE WHERE pk = 'c' AND sk = 1$$);
-- not a serialization failure once something stands
BEGIN;
INSERT INTO app (pk, sk) VALUES ('c', 2);
CALL attempt('{"n": {"N": "2"}}', $$UPDATE app SET n = n + MEANWHILE WHERE pk = 'c' AND sk = 1$$);
ROLLBACK;

-- too much to compare
DO $$
DECLARE
  message text;
  n integer;
BEGIN
  EXECUTE format('CREATE FOREIGN TABLE wide (pk text COLLATE "C" NOT NULL, sk integer NOT NULL, %s)
                    SERVER write_update OPTIONS (table_name ''write_update'')',
                 (SELECT string_agg(format('c%s integer', i), ', ') FROM generate_series(1, 160) AS i));
  CALL put('{"pk": {"S": "wide"}, "sk": {"N": "1"}}');
  FOREACH n IN ARRAY '{100, 151}'::integer[] LOOP
    BEGIN
      EXECUTE format('UPDATE wide SET c1 = coalesce(c1, 0) + 1 WHERE pk = ''wide'' AND coalesce(%s) IS NULL',
                     (SELECT string_agg('c' || i, ', ') FROM generate_series(2, n) AS i));
      RAISE NOTICE '% columns: %', n, stored('wide', 1);
    EXCEPTION WHEN OTHERS THEN
      GET STACKED DIAGNOSTICS message = PG_EXCEPTION_DETAIL;
      RAISE NOTICE '% columns: % % (%)', n, SQLSTATE, SQLERRM, message;
    END;
  END LOOP;
END $$;
DROP FOREIGN TABLE wide;

-- partitions
CREATE TABLE parted (pk text COLLATE "C" NOT NULL, sk integer NOT NULL, v text) PARTITION BY LIST (pk);
CREATE TABLE here PARTITION OF parted FOR VALUES IN ('h');
CREATE FOREIGN TABLE there PARTITION OF parted FOR VALUES IN ('p')
  SERVER write_update OPTIONS (table_name 'write_update');
INSERT INTO parted VALUES ('h', 1, 'x'), ('p', 1, 'x'), ('p', 2, 'y');
UPDATE parted SET v = v || v WHERE sk > 0 AND pk IN ('h', 'p') RETURNING tableoid::regclass, *;
EXPLAIN (COSTS OFF) UPDATE parted SET v = 'z' WHERE pk IN ('h', 'p') AND sk = 0;
UPDATE parted SET pk = 'p', sk = 5 WHERE pk = 'h';
SELECT tableoid::regclass, * FROM parted WHERE pk IN ('h', 'p') ORDER BY sk;
UPDATE parted SET pk = 'h' WHERE pk = 'p' AND sk = 5;
DROP TABLE parted;

-- no rows, as the planner knows
UPDATE app SET v = 'x' WHERE false;
UPDATE app SET v = 'x' WHERE pk = 'a' AND pk = 'b' RETURNING *;
DELETE FROM app WHERE NULL;

-- who may
ALTER SERVER write_update OPTIONS (ADD updatable 'false');
UPDATE app SET v = 'x';
ALTER SERVER write_update OPTIONS (DROP updatable);
BEGIN READ ONLY;
UPDATE app SET v = 'x';
ROLLBACK;
SELECT is_updatable FROM information_schema.columns WHERE table_name = 'app' AND column_name = 'v';

\set ECHO none
DO $$ BEGIN
  PERFORM dynamodb_call('write_update', 'DeleteTable', '{"TableName": "write_update"}');
END $$;
SET client_min_messages = warning;
DROP EXTENSION dynamodb_fdw CASCADE;
DROP TABLE local;
DROP PROCEDURE put, compare, attempt;
DROP FUNCTION stored, meanwhile;
