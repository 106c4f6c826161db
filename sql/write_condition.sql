-- WHERE as the write's own condition: somebody else's change between reading
-- and writing matters where WHERE isn't true any more, or what the decision
-- used is another one.  meddle() makes such changes in the midst of a
-- statement.
\getenv endpoint DYNAMODB_ENDPOINT
CREATE EXTENSION dynamodb_fdw;
CREATE SERVER write_condition FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (region 'us-east-1', endpoint :'endpoint', consistent_read 'on');
CREATE USER MAPPING FOR PUBLIC SERVER write_condition
  OPTIONS (aws_access_key_id 'local', aws_secret_access_key 'local');
CREATE FOREIGN TABLE app (
  pk text COLLATE "C" NOT NULL,
  sk integer NOT NULL,
  status text,
  n integer,
  v text,
  price numeric(8, 2),
  tags text[],
  doc jsonb,
  city text OPTIONS (attribute_path 'address.city'))
  SERVER write_condition OPTIONS (table_name 'write_condition');
SET client_min_messages = warning;
SELECT dynamodb_create_table('app');
RESET client_min_messages;
-- one assignment to the item of sk 1 (or another one); NULL deletes it
CREATE FUNCTION meddle(update text, s integer DEFAULT 1) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  request jsonb := jsonb_build_object('TableName', 'write_condition',
    'Key', jsonb_build_object('pk', '{"S": "a"}'::jsonb, 'sk', jsonb_build_object('N', s::text)));
BEGIN
  IF update IS NULL THEN
    PERFORM dynamodb_call('write_condition', 'DeleteItem', request);
  ELSE
    PERFORM dynamodb_call('write_condition', 'UpdateItem', request || jsonb_build_object(
      'UpdateExpression', format('SET #a = :v'), 'ExpressionAttributeNames', jsonb_build_object('#a', split_part(update, '=', 1)),
      'ExpressionAttributeValues', jsonb_build_object(':v', split_part(update, '=', 2)::jsonb)));
  END IF;
  RETURN 'done';
END $$;
CREATE PROCEDURE fill() LANGUAGE sql AS $$
  DELETE FROM app WHERE pk = 'a' AND sk IN (1, 2, 3);
  INSERT INTO app VALUES ('a', 1, 'open', 1, 'x', 1.5, '{a,b}', '{"k": 1, "l": "m"}'), 
    ('a', 2, 'open', 2, 'y', 1, NULL, NULL), ('a', 3, 'done', 3, 'z', 1, NULL, NULL)
$$;
-- What becomes of a statement, and of the items.
CREATE PROCEDURE try(statement text) LANGUAGE plpgsql AS $$
DECLARE
  told text;
  nrows bigint;
  found text;
BEGIN
  SET LOCAL client_min_messages = error;
  CALL fill();
  BEGIN
    EXECUTE statement;
    GET DIAGNOSTICS nrows = ROW_COUNT;
    told := format('%s rows', nrows);
  EXCEPTION WHEN OTHERS THEN
    told := SQLERRM;
  END;
  SELECT string_agg(concat_ws(' ', sk, status, n, v), ', ' ORDER BY sk) INTO found FROM app WHERE pk = 'a' AND sk < 3;
  SET LOCAL client_min_messages = notice;
  RAISE NOTICE '%: %', told, found;
END $$;

-- WHERE isn't true any more: the row is left out
CALL try($$UPDATE app SET v = meddle('status={"S": "done"}') WHERE pk = 'a' AND sk = 1 AND status = 'open'$$);
CALL try($$UPDATE app SET v = meddle('status={"S": "done"}') WHERE pk = 'a' AND status = 'open' AND n < 2$$);
CALL try($$UPDATE app SET v = meddle('status={"NULL": true}') WHERE pk = 'a' AND sk = 1 AND status IS NOT NULL$$);
CALL try($$UPDATE app SET v = meddle(NULL) WHERE pk = 'a' AND sk = 1 AND status = 'open'$$);
CALL try($$UPDATE app SET v = meddle('status={"S": "done"}', 2) WHERE pk = 'a' AND status = 'open'$$);
CALL try($$DELETE FROM app WHERE pk = 'a' AND sk = 1 AND status IN ('open', 'new') AND meddle('status={"S": "done"}') = 'done'$$);
CALL try($$UPDATE app SET v = meddle('tags={"SS": ["c"]}') WHERE pk = 'a' AND sk = 1 AND 'a' = ANY (tags)$$);
CALL try($$UPDATE app SET v = meddle('doc={"M": {}}') WHERE pk = 'a' AND sk = 1 AND doc ->> 'l' = 'm'$$);
CALL try($$UPDATE app SET v = meddle('status={"S": "done"}') WHERE pk = 'a' AND sk = 1 AND (status = 'open' OR n = 7 AND NOT v = 'q')$$);
CALL try($$UPDATE app SET sk = 10, v = meddle('status={"S": "done"}') WHERE pk = 'a' AND sk = 1 AND status = 'open'$$);
-- another value of which it is true: the row is written
CALL try($$UPDATE app SET v = meddle('n={"N": "9"}') WHERE pk = 'a' AND sk = 1 AND n < 10$$);
CALL try($$UPDATE app SET v = meddle('status={"S": "new"}') WHERE pk = 'a' AND sk = 1 AND (status = 'new' OR n = 1) RETURNING status, v$$);
CALL try($$DELETE FROM app WHERE pk = 'a' AND sk = 1 AND n > 0 AND meddle('n={"N": "5"}') = 'done'$$);
CALL try($$UPDATE app SET v = meddle('price={"N": "2"}') WHERE pk = 'a' AND sk = 1 AND price IS NOT NULL$$);
-- what the decision used besides is another one: a conflict, but not where WHERE isn't true any more
CALL try($$UPDATE app SET n = n + 1, v = meddle('n={"N": "5"}') WHERE pk = 'a' AND sk = 1 AND n < 10$$);
CALL try($$UPDATE app SET n = n + 1, v = meddle('n={"N": "50"}') WHERE pk = 'a' AND sk = 1 AND n < 10$$);
CALL try($$UPDATE app SET v = meddle('status={"S": "Open"}') WHERE pk = 'a' AND sk = 1 AND upper(status) = 'OPEN'$$);
CALL try($$UPDATE app SET v = meddle('status={"S": "open "}') WHERE pk = 'a' AND sk = 1 AND status LIKE 'o%n%'$$);
CALL try($$UPDATE app SET v = meddle('n={"N": "2"}') WHERE pk = 'a' AND sk = 1 AND n < 10 AND status || n <> ''$$);
CALL try($$UPDATE app SET sk = 10, v = meddle('n={"N": "2"}') WHERE pk = 'a' AND sk = 1 AND n < 10$$);
CALL try($$UPDATE app SET v = meddle('status={"S": "new"}') FROM (VALUES ('open')) AS o (s) WHERE pk = 'a' AND sk = 1 AND status >= s || substr(s, 1, (random() * 0)::integer)$$);
CALL try($$UPDATE app SET v = meddle('status={"S": "new"}') FROM (SELECT 1 AS one OFFSET 0) AS o WHERE pk = 'a' AND sk = one AND status >= 'a'$$);
-- more than a condition takes: compared, too
CREATE FUNCTION upto(n integer) RETURNS integer[] STABLE LANGUAGE sql AS 'SELECT array_agg(g) FROM generate_series(1, n) g';
CALL try($$UPDATE app SET v = meddle('n={"N": "2"}') WHERE pk = 'a' AND sk = 1 AND n = ANY (upto(900))$$);
CALL try($$UPDATE app SET v = meddle('n={"N": "2"}') WHERE pk = 'a' AND sk = 1 AND n = ANY (upto(90))$$);
CALL try(format($$UPDATE app SET v = meddle('status={"S": "new"}') WHERE pk = 'a' AND sk = 1 AND status <> %L$$, repeat('x', 5000)));

-- values from elsewhere; a plan that is used again
CALL try($$UPDATE app SET v = meddle('n={"N": "2"}') WHERE pk = 'a' AND sk = 1 AND n < (SELECT count(*) FROM generate_series(1, 5))$$);
CALL try($$UPDATE app SET v = meddle('n={"N": "7"}') WHERE pk = 'a' AND sk = 1 AND n < (SELECT count(*) FROM generate_series(1, 5))$$);
SET plan_cache_mode = force_generic_plan;
PREPARE up(text, integer) AS UPDATE app SET v = meddle('n={"N": "5"}') WHERE pk = 'a' AND sk = 1 AND status = $1 AND n < $2 RETURNING v, n;
CALL fill();
EXECUTE up('open', 10);
CALL fill();
EXECUTE up('open', 3);
EXECUTE up(NULL, 3);
RESET plan_cache_mode;

-- row triggers see the row as it was, a version tells of every change
CREATE FUNCTION pass() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER pass BEFORE UPDATE ON app FOR EACH ROW EXECUTE FUNCTION pass();
CALL try($$UPDATE app SET v = meddle('n={"N": "2"}') WHERE pk = 'a' AND sk = 1 AND n < 10$$);
DROP TRIGGER pass ON app;
ALTER FOREIGN TABLE app OPTIONS (ADD version_attribute 'version');
CALL try($$UPDATE app SET v = meddle('version={"N": "7"}') WHERE pk = 'a' AND sk = 1 AND n < 10$$);
ALTER FOREIGN TABLE app OPTIONS (DROP version_attribute);

-- policies and barriers: nothing is told of an item that isn't to be seen
CREATE VIEW barrier WITH (security_barrier) AS SELECT * FROM app WHERE status = 'open';
CALL try($$UPDATE barrier SET v = meddle('status={"S": "done"}') WHERE pk = 'a' AND sk = 1 AND n < 10$$);
CALL try($$UPDATE barrier SET v = meddle('n={"N": "50"}') WHERE pk = 'a' AND sk = 1 AND n < 10$$);
CREATE VIEW plain AS SELECT * FROM app WHERE status = 'open';
CALL try($$UPDATE plain SET v = meddle('status={"S": "done"}') WHERE pk = 'a' AND sk = 1 AND n < 10$$);

-- a partition, a child
CREATE TABLE whole (sk integer NOT NULL, pk text COLLATE "C" NOT NULL, n integer, status text, v text, price numeric(8, 2),
  tags text[], doc jsonb, city text) PARTITION BY LIST (pk);
ALTER TABLE whole ATTACH PARTITION app FOR VALUES IN ('a', 'b');
CREATE TABLE other PARTITION OF whole FOR VALUES IN ('c');
INSERT INTO other (sk, pk, n, status) VALUES (1, 'c', 1, 'open');
CALL try($$UPDATE whole SET v = meddle('status={"S": "done"}') WHERE sk = 1 AND status = 'open' AND n < 10$$);
CALL try($$UPDATE whole SET v = meddle('n={"N": "5"}') WHERE sk = 1 AND n < 10$$);
CALL try($$UPDATE whole SET n = n + 1, v = meddle('n={"N": "5"}') WHERE sk = 1 AND n < 10$$);
SELECT n, status, v FROM other;

\set ECHO none
DO $$ BEGIN
  PERFORM dynamodb_call('write_condition', 'DeleteTable', '{"TableName": "write_condition"}');
END $$;
SET client_min_messages = warning;
DROP TABLE whole CASCADE;
DROP EXTENSION dynamodb_fdw CASCADE;
DROP PROCEDURE fill;
DROP PROCEDURE try;
DROP FUNCTION meddle, pass, upto;
