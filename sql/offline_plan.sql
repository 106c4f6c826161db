-- What needs no DynamoDB: planning from declared keys, looking, and the
-- errors of those who have just begun.  Nobody answers at this endpoint.
\getenv abs_srcdir PG_ABS_SRCDIR
\set include :abs_srcdir '/sql/include/explain.sql'
\set ECHO none
\i :include
\set ECHO all
CREATE EXTENSION dynamodb_fdw;
CREATE SERVER offline_plan FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (region 'eu-west-1', endpoint 'http://127.0.0.1:9', max_attempts '1');
CREATE FOREIGN TABLE declared (
  p text OPTIONS (attribute_name 'PK') COLLATE "C" NOT NULL,
  s numeric OPTIONS (attribute_name 'SK') NOT NULL,
  g text OPTIONS (attribute_name 'GSI1PK') COLLATE "C",
  h timestamptz(3) OPTIONS (attribute_name 'GSI1SK', format 'iso8601_ms'),
  rest jsonb OPTIONS (attribute_name '*')
) SERVER offline_plan OPTIONS (table_name 'Things', partition_key 'PK', sort_key 'SK',
  indexes '{"GlobalSecondaryIndexes": [{"IndexName": "GSI1",
    "KeySchema": [{"AttributeName": "GSI1PK", "KeyType": "HASH"},
                  {"AttributeName": "GSI1SK", "KeyType": "RANGE"}],
    "Projection": {"ProjectionType": "ALL"}}]}');

-- no user mapping is needed so far
EXPLAIN (COSTS OFF) SELECT * FROM declared WHERE p = 'a' AND s = 1.5;
EXPLAIN (COSTS OFF) SELECT s FROM declared WHERE p = 'a' AND s > 1 AND s < 10
  ORDER BY s DESC LIMIT 3;
EXPLAIN (COSTS OFF) SELECT p FROM declared WHERE g = 'x' AND h >= '2024-01-31 10:00+00';
EXPLAIN (COSTS OFF) SELECT p FROM declared WHERE g = 'x';
EXPLAIN (COSTS OFF) SELECT count(*) FROM declared;
SELECT pg_temp.explain($$SELECT d.rest FROM (VALUES ('a', 1), ('b', 2)) AS v (p, s)
  JOIN declared AS d ON d.p = v.p AND d.s = v.s$$);
PREPARE by_key (text, integer) AS SELECT rest FROM declared WHERE p = $1 AND s = $2;
SET plan_cache_mode = force_generic_plan;
EXPLAIN (COSTS OFF) EXECUTE by_key ('a', 1);
RESET plan_cache_mode;

-- what writes are, and cost: a unit for each KB, and for each index that they reach
CREATE FOREIGN TABLE written (
  p text COLLATE "C" NOT NULL,
  s integer NOT NULL,
  g text COLLATE "C",
  status text,
  n integer,
  v text,
  city text OPTIONS (attribute_path 'address.city'))
  SERVER offline_plan OPTIONS (table_name 'Written', partition_key 'p', sort_key 's',
    indexes '{"GlobalSecondaryIndexes": [
      {"IndexName": "All", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}},
      {"IndexName": "Keys", "KeySchema": [{"AttributeName": "status", "KeyType": "HASH"}], "Projection": {"ProjectionType": "KEYS_ONLY"}},
      {"IndexName": "Sparse", "KeySchema": [{"AttributeName": "sparse", "KeyType": "HASH"}],
       "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["n"]}}]}');
CREATE PROCEDURE price(statement text, options text DEFAULT 'VERBOSE') LANGUAGE plpgsql AS $$
DECLARE
  line text;
BEGIN
  FOR line IN SELECT * FROM pg_temp.explain(statement, options) LOOP
    IF line ~ '^ *(->  )?(Foreign )?(Insert|Update|Delete|DynamoDB Operation|Update|Condition|Indexes|Estimated Write)\M' THEN
      RAISE NOTICE '%', regexp_replace(trim(line), ' *\(cost=.*', '');
    END IF;
  END LOOP;
END $$;
-- nothing, one entry, two (the old one and the new one), all
CALL price($$UPDATE written SET city = 'Bonn' WHERE p = 'a' AND s = 1$$);
CALL price($$UPDATE written SET n = n + 1 WHERE p = 'a' AND s = 1 AND v = 'x'$$);
CALL price($$UPDATE written SET n = n * 2 WHERE p = 'a' AND s = 1 AND v = 'x'$$);
CALL price($$UPDATE written SET status = 'x', g = NULL WHERE p = 'a' AND s = 1 AND upper(v) = 'X'$$);
CALL price($$UPDATE written SET s = 2 WHERE p = 'a' AND s = 1$$);
CALL price($$UPDATE written SET v = 'x' WHERE p = 'a' AND s IN (1, 2, 3)$$);
CALL price($$DELETE FROM written WHERE p = 'a' AND s = 1$$);
CALL price($$DELETE FROM written WHERE p = 'a' AND s = 1 AND upper(v) = 'X'$$);
CALL price($$INSERT INTO written (p, s) VALUES ('a', 1), ('a', 2)$$);
CALL price($$INSERT INTO written (p, s, g, status, n) VALUES ('a', 1, 'g', NULL, 1)$$);
CALL price($$INSERT INTO declared (p, s) VALUES ('a', 1) ON CONFLICT DO NOTHING$$);
CALL price($$UPDATE declared SET rest = rest || '{"x": 1}', h = now() WHERE p = 'a' AND s = 1$$);
CALL price($$UPDATE written SET n = n * 2 WHERE p = 'a' AND s = 1$$, 'VERBOSE, COSTS OFF');
CALL price($$UPDATE written AS w SET v = w.v || o.v FROM written AS o WHERE w.p = 'a' AND w.s = 1 AND o.p = 'b' AND o.s = 1 AND w.n < 5 AND w.g = o.g$$);
-- a trigger may change any column, but is expected to leave them alone
CREATE TRIGGER before_row BEFORE UPDATE ON written FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
CALL price($$UPDATE written SET v = 'x' WHERE p = 'a' AND s = 1$$);
DROP TRIGGER before_row ON written;
ALTER FOREIGN TABLE written OPTIONS (ADD version_attribute 'version');
CALL price($$UPDATE written SET n = 1 WHERE p = 'a' AND s = 1 AND v = 'x'$$);
ALTER FOREIGN TABLE written OPTIONS (DROP version_attribute, ADD insert_mode 'upsert', ADD ttl_attribute 'ttl');
CALL price($$INSERT INTO written (p, s) VALUES ('a', 1)$$);
ALTER FOREIGN TABLE written OPTIONS (DROP insert_mode);
CALL price($$INSERT INTO written (p, s) VALUES ('a', 1)$$);
ALTER SERVER offline_plan OPTIONS (ADD idempotent_writes 'true');
CALL price($$INSERT INTO written (p, s) VALUES ('a', 1)$$);
ALTER FOREIGN TABLE written OPTIONS (DROP ttl_attribute);
CALL price($$UPDATE written SET n = n + 1 WHERE p = 'a' AND s = 1 AND v = 'x'$$);
CALL price($$UPDATE written SET n = 1 WHERE p = 'a' AND s = 1 AND v = 'x'$$);
CALL price($$UPDATE written SET n = 1 WHERE p = 'a' AND s = 1$$);
CALL price($$DELETE FROM written WHERE p = 'a' AND s = 1$$);
ALTER SERVER offline_plan OPTIONS (DROP idempotent_writes);
DROP PROCEDURE price;

-- looking costs nothing
SELECT * FROM declared WHERE 1 <> 1;
SELECT * FROM declared LIMIT 0;
SELECT * FROM declared WHERE p = NULL;
SELECT column_name, data_type, is_nullable, is_updatable
  FROM information_schema.columns WHERE table_name = 'declared'
  ORDER BY ordinal_position;
SELECT is_insertable_into FROM information_schema.tables WHERE table_name = 'declared';

-- beginners' errors
DO $$ BEGIN
  PERFORM * FROM declared WHERE p = 'a' AND s = 1;
EXCEPTION WHEN undefined_object THEN
  RAISE NOTICE '%', replace(SQLERRM, current_user, 'me');
END $$;
CREATE USER MAPPING FOR CURRENT_USER SERVER offline_plan;
SELECT * FROM declared WHERE p = 'a' AND s = 1;
ALTER USER MAPPING FOR CURRENT_USER SERVER offline_plan
  OPTIONS (ADD aws_access_key_id 'key', ADD aws_secret_access_key 'secret');
SELECT * FROM declared WHERE p = 'a' AND s = 1;
-- empty keys and contradictions are known without asking
SELECT * FROM declared WHERE p = '' AND s = 1;
SELECT * FROM declared WHERE p = 'a' AND s = 'NaN';
SELECT * FROM declared WHERE p = 'a' AND s > 5 AND s < 3;
SELECT * FROM declared WHERE p = 'a' AND s = 1 AND s = 2;
-- without declared keys DescribeTable has to be asked
CREATE FOREIGN TABLE undeclared (p text) SERVER offline_plan;
EXPLAIN SELECT * FROM undeclared;
-- a key in the wrong type
ALTER FOREIGN TABLE declared ALTER s TYPE boolean;
SELECT * FROM declared WHERE p = 'a';
ALTER FOREIGN TABLE declared ALTER s TYPE numeric;
-- where to
ALTER SERVER offline_plan OPTIONS (SET endpoint 'http://example.com:8000');
SELECT * FROM declared WHERE p = 'a' AND s = 1;
ALTER SERVER offline_plan OPTIONS (DROP endpoint, DROP region);
SELECT * FROM declared WHERE p = 'a' AND s = 1;
-- DynamoDB has no row locks; one that is only joined isn't asked for any
SELECT * FROM declared WHERE p = 'a' FOR UPDATE;
SELECT * FROM declared WHERE p = 'a' FOR SHARE;
CREATE TABLE locked (id text);
SELECT pg_temp.explain('SELECT locked.id FROM locked JOIN declared ON p = id AND s = 1
  FOR UPDATE OF locked');
DROP TABLE locked;
-- writing asks for a region as reading does
INSERT INTO declared (p, s) VALUES ('a', 1);
UPDATE declared SET g = 'x';
DELETE FROM declared;

SET client_min_messages = warning;
DROP EXTENSION dynamodb_fdw CASCADE;
