-- Queries of WITH that write the table which the rest of the statement reads:
-- all see it as it was, and an item is written once, as in an ordinary table.
\getenv endpoint DYNAMODB_ENDPOINT
CREATE EXTENSION dynamodb_fdw;
CREATE SERVER write_with FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (region 'us-east-1', endpoint :'endpoint', consistent_read 'on');
CREATE USER MAPPING FOR PUBLIC SERVER write_with
  OPTIONS (aws_access_key_id 'local', aws_secret_access_key 'local');
CREATE FOREIGN TABLE app (
  id integer NOT NULL,
  a text,
  b integer)
  SERVER write_with OPTIONS (table_name 'write_with', page_size '4');
SET client_min_messages = warning;
SELECT dynamodb_create_table('app');
RESET client_min_messages;
CREATE TABLE local (LIKE app, PRIMARY KEY (id));
CREATE TABLE o AS SELECT i AS id, i % 7 AS k FROM generate_series(1, 10) AS i;
ANALYZE o;

-- the rows that a statement returns, and then the table, in both
CREATE FUNCTION run(statement text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
  r record;
  result text[] = '{}';
BEGIN
  FOR r IN EXECUTE statement LOOP
    result := result || r::text;
  END LOOP;
  RETURN ARRAY(SELECT unnest(result) ORDER BY 1);
END $$;
CREATE PROCEDURE compare(statement text) LANGUAGE plpgsql AS $$
DECLARE
  here text[] = run(replace(statement, 'app', 'local'));
  there text[] = run(statement);
BEGIN
  RAISE NOTICE '% rows: %', cardinality(here),
    CASE WHEN here <> there THEN 'differ'
         WHEN run('TABLE app') <> run('TABLE local') THEN 'tables differ'
         ELSE 'the same' END;
END $$;
INSERT INTO app SELECT i, 'a' || i % 3, i % 5 FROM generate_series(1, 20) AS i;
INSERT INTO local TABLE app;

-- what is read beside a query that writes, before or after it
CALL compare($$WITH w AS (UPDATE app SET b = 100 WHERE id < 4 RETURNING id) SELECT w.id, app.b FROM w JOIN app USING (id)$$);
CALL compare($$WITH w AS (DELETE FROM app WHERE id IN (5, 6) RETURNING id) SELECT (SELECT count(*) FROM w), count(*) FROM app$$);
CALL compare($$WITH w AS (INSERT INTO app VALUES (100, 'n', 1) RETURNING id) SELECT * FROM w LEFT JOIN app USING (id)$$);
CALL compare($$WITH w AS (UPDATE app SET a = 'z' WHERE a = 'a1' RETURNING id) SELECT id, a FROM app WHERE a = 'z' OR id IN (SELECT id FROM w)$$);
CALL compare($$WITH w AS (UPDATE app SET b = b + 1 RETURNING id) SELECT a.id, a.b, c.b FROM app AS a JOIN app AS c ON c.id = a.id + 1 JOIN w ON w.id = a.id$$);
CALL compare($$WITH w AS (UPDATE app SET b = b + 1 WHERE id > 9 RETURNING id) SELECT o.id, app.b FROM o LEFT JOIN app ON app.id = o.k, (SELECT count(*) FROM w) AS q$$);
CALL compare($$WITH w AS (UPDATE app SET id = id + 200 WHERE id > 18 RETURNING id) SELECT id FROM app WHERE id NOT IN (SELECT id FROM w)$$);
-- what is there, or else what is made
CALL compare($$WITH w AS (INSERT INTO app VALUES (8, 'n', 0) ON CONFLICT DO NOTHING RETURNING *) SELECT 'new', * FROM w UNION ALL SELECT 'old', * FROM app WHERE id = 8$$);
CALL compare($$WITH w AS (INSERT INTO app VALUES (108, 'n', 0) ON CONFLICT DO NOTHING RETURNING *) SELECT 'new', * FROM w UNION ALL SELECT 'old', * FROM app WHERE id = 108$$);
-- a scan under way: some of its rows have been returned
SET enable_hashjoin = off;
SET enable_mergejoin = off;
CALL compare($$WITH w AS (UPDATE app SET b = b + 10 RETURNING id) SELECT app.id, app.b, app FROM app LEFT JOIN w ON w.id > app.id$$);
CALL compare($$WITH w AS (DELETE FROM app WHERE id > 100 RETURNING id) SELECT app.id, app.b, (SELECT count(*) FROM w WHERE w.id > app.id) FROM app$$);
RESET enable_hashjoin;
RESET enable_mergejoin;
-- a writer reads what another one writes
CALL compare($$WITH w AS (INSERT INTO app VALUES (301, 'k', 1) RETURNING id) DELETE FROM app USING w WHERE app.id = w.id RETURNING app.id$$);
CALL compare($$WITH w AS (UPDATE app SET a = 'moved' WHERE a = 'a2' RETURNING id) INSERT INTO app SELECT id + 400, a, b FROM app WHERE a IN ('moved', 'a2') RETURNING id, a$$);
CALL compare($$WITH w AS (INSERT INTO app SELECT id + 500 FROM app WHERE id < 4 RETURNING id), v AS (UPDATE app SET b = 0 RETURNING id) SELECT (SELECT count(*) FROM w), (SELECT count(*) FROM v), (SELECT count(*) FROM app)$$);
-- an item is written once, by whichever query comes first
CALL compare($$WITH w AS (UPDATE app SET b = b + 1 WHERE id = 9 RETURNING id) UPDATE app SET b = app.b + 1 FROM w WHERE app.id = w.id RETURNING app.id$$);
WITH w AS (UPDATE app SET b = b + 1 WHERE id = 9 RETURNING id), v AS (UPDATE app SET b = b + 1 WHERE id = 9 RETURNING id)
  SELECT (SELECT count(*) FROM w) + (SELECT count(*) FROM v) AS rows;
WITH w AS (DELETE FROM app WHERE id < 12 RETURNING id), v AS (UPDATE app SET b = 7 WHERE id BETWEEN 9 AND 14 RETURNING id)
  SELECT (SELECT count(*) FROM w) + (SELECT count(*) FROM v) AS rows;
SELECT count(*) FROM app WHERE id < 20;
-- the main query has stopped early: nothing is read for it any more
SELECT sum(requests) AS before FROM dynamodb_stats() \gset
WITH w AS (DELETE FROM app WHERE id = 502) SELECT count(*) FROM (SELECT FROM app LIMIT 1) AS q;
SELECT sum(requests) - :before AS requests FROM dynamodb_stats() \gx
-- the table that is written isn't looked up by rows of another query
SET dynamodb_fdw.allow_scan = off;
WITH w AS (UPDATE app SET b = 1 WHERE id = 13 RETURNING id) SELECT app.b FROM w JOIN app ON app.id = w.id + 1;
SELECT b FROM app WHERE id = 13;
-- another foreign table of the same DynamoDB table is
CREATE FOREIGN TABLE other (id integer NOT NULL, a text)
  SERVER write_with OPTIONS (table_name 'write_with', allow_scan 'off');
EXPLAIN (COSTS OFF) WITH w AS (UPDATE app SET b = 1 WHERE id = 13 RETURNING id) SELECT other.a FROM w JOIN other ON other.id = w.id + 1;
WITH w AS (UPDATE app SET b = 1 WHERE id = 13 RETURNING id) SELECT other.a FROM w JOIN other ON other.id = w.id + 1;
RESET dynamodb_fdw.allow_scan;

\set ECHO none
DO $$ BEGIN
  PERFORM dynamodb_call('write_with', 'DeleteTable', '{"TableName": "write_with"}');
END $$;
SET client_min_messages = warning;
DROP EXTENSION dynamodb_fdw CASCADE;
DROP TABLE local, o;
DROP PROCEDURE compare;
DROP FUNCTION run;
