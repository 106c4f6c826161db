-- Whose credentials: the view owner's through a view, else one's own.
\getenv endpoint DYNAMODB_ENDPOINT
CREATE EXTENSION dynamodb_fdw;
CREATE ROLE regress_ddb_owner;
CREATE ROLE regress_ddb_reader;
CREATE SERVER view FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (region 'us-east-1', endpoint :'endpoint');
CREATE USER MAPPING FOR CURRENT_USER SERVER view
  OPTIONS (aws_access_key_id 'local', aws_secret_access_key 'local');
CREATE USER MAPPING FOR regress_ddb_owner SERVER view
  OPTIONS (aws_access_key_id 'owner', aws_secret_access_key 'local');
CREATE FOREIGN TABLE t (
  p text COLLATE "C" NOT NULL,
  s integer NOT NULL,
  v text
) SERVER view OPTIONS (table_name 'view_t');
SELECT dynamodb_create_table('t');
DO $$ BEGIN
  PERFORM dynamodb_call('view', 'PutItem', jsonb_build_object(
    'TableName', 'view_t', 'Item', jsonb_build_object(
      'p', jsonb_build_object('S', 'p' || n % 2),
      's', jsonb_build_object('N', n::text),
      'v', jsonb_build_object('S', 'v' || n))))
    FROM generate_series(1, 10) AS n;
END $$;
GRANT SELECT ON t TO regress_ddb_owner, regress_ddb_reader;
CREATE VIEW plain AS SELECT * FROM t;
CREATE VIEW barrier WITH (security_barrier) AS SELECT * FROM t WHERE s > 2;
CREATE VIEW invoker WITH (security_invoker) AS SELECT * FROM t;
CREATE FUNCTION definer() RETURNS bigint LANGUAGE sql SECURITY DEFINER
  AS 'SELECT count(*) FROM t';
ALTER VIEW plain OWNER TO regress_ddb_owner;
ALTER VIEW barrier OWNER TO regress_ddb_owner;
ALTER VIEW invoker OWNER TO regress_ddb_owner;
ALTER FUNCTION definer OWNER TO regress_ddb_owner;
GRANT SELECT ON plain, barrier, invoker TO regress_ddb_reader;
CREATE FUNCTION leak(text) RETURNS boolean LANGUAGE plpgsql COST 0.0001
  AS $$ BEGIN RAISE NOTICE 'saw %', $1; RETURN true; END $$;
\set ECHO queries
\set SHOW_CONTEXT never

SET ROLE regress_ddb_reader;
SELECT count(*) FROM plain;
SELECT v FROM barrier WHERE p = 'p1' AND s = 3;
SELECT definer();
EXPLAIN (COSTS OFF) SELECT v FROM plain WHERE p = 'p1' AND s = 3;
EXPLAIN (COSTS OFF) SELECT v FROM barrier WHERE p = 'p1' AND s >= 3 ORDER BY s DESC LIMIT 2;
SELECT s FROM barrier WHERE p = 'p1' AND s >= 3 ORDER BY s DESC LIMIT 2;
-- the reader has no mapping of its own
SELECT count(*) FROM t;
SELECT count(*) FROM invoker;
-- a function that leaks sees no row that the barrier hides
SELECT s FROM barrier WHERE p = 'p0' AND leak(v) ORDER BY s;
RESET ROLE;

-- a prepared statement runs for whom it runs
PREPARE q AS SELECT count(*) FROM t;
EXECUTE q;
SET ROLE regress_ddb_reader;
EXECUTE q;
SET ROLE regress_ddb_owner;
EXECUTE q;
RESET ROLE;
-- and with the mapping as it is now
ALTER USER MAPPING FOR regress_ddb_owner SERVER view OPTIONS (SET aws_access_key_id 'not_a_key');
SET ROLE regress_ddb_owner;
EXECUTE q;
RESET ROLE;
DROP USER MAPPING FOR regress_ddb_owner SERVER view;
SET ROLE regress_ddb_owner;
EXECUTE q;
RESET ROLE;
CREATE USER MAPPING FOR PUBLIC SERVER view
  OPTIONS (aws_access_key_id 'local', aws_secret_access_key 'local');
SET ROLE regress_ddb_owner;
EXECUTE q;
RESET ROLE;

-- what a barrier keeps above it is said, with the reason
EXPLAIN (VERBOSE, COSTS OFF)
  SELECT s FROM barrier WHERE p LIKE 'p1%' AND p = 'p1' AND s = 3;

-- a partitioned table's policy holds for its foreign partition
CREATE TABLE parent (p text COLLATE "C" NOT NULL, s integer NOT NULL, v text)
  PARTITION BY LIST (p);
CREATE TABLE parent_local PARTITION OF parent FOR VALUES IN ('q');
ALTER TABLE parent ATTACH PARTITION t FOR VALUES IN ('p0', 'p1');
INSERT INTO parent VALUES ('q', 1, 'local'), ('q', 7, 'local');
ALTER TABLE parent ENABLE ROW LEVEL SECURITY;
CREATE POLICY odd ON parent USING (s % 2 = 1);
GRANT SELECT ON parent TO regress_ddb_reader;
SET ROLE regress_ddb_reader;
SELECT * FROM parent ORDER BY p, s;
SELECT * FROM parent WHERE p = 'p1' AND s > 5 ORDER BY s;
EXPLAIN (COSTS OFF) SELECT * FROM parent WHERE p = 'p1' AND s > 5;
RESET ROLE;
SELECT tableoid::regclass, count(*) FROM parent GROUP BY 1 ORDER BY 1;
-- a partition serves its parent's order
EXPLAIN (COSTS OFF) SELECT s FROM parent WHERE p = 'p1' ORDER BY s DESC LIMIT 2;
SELECT s FROM parent WHERE p = 'p1' ORDER BY s DESC LIMIT 2;
ALTER TABLE parent DETACH PARTITION t;

\set ECHO none
DO $$ BEGIN
  PERFORM dynamodb_call('view', 'DeleteTable', '{"TableName": "view_t"}');
END $$;
DROP TABLE parent;
DROP VIEW plain, barrier, invoker;
DROP FUNCTION definer, leak;
SET client_min_messages = warning;
DROP EXTENSION dynamodb_fdw CASCADE;
DROP ROLE regress_ddb_owner, regress_ddb_reader;
