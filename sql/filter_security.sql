-- Clauses of row-level security and of security barriers come first: a
-- condition of the user's is sent only where what hides rows is sent too, or
-- where core would promote it, as it can't leak.
\getenv endpoint DYNAMODB_ENDPOINT
CREATE EXTENSION dynamodb_fdw;
CREATE ROLE regress_ddb_user;
CREATE SERVER filter_security FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (region 'us-east-1', endpoint :'endpoint');
CREATE USER MAPPING FOR PUBLIC SERVER filter_security
  OPTIONS (aws_access_key_id 'local', aws_secret_access_key 'local');
CREATE FOREIGN TABLE t (
  p text COLLATE "C" NOT NULL,
  s integer NOT NULL,
  owner text COLLATE "C",
  secret text COLLATE "C",
  n numeric
) SERVER filter_security OPTIONS (table_name 'filter_security');
SELECT dynamodb_create_table('t');
DO $$ BEGIN
  PERFORM dynamodb_call('filter_security', 'PutItem', jsonb_build_object(
    'TableName', 'filter_security', 'Item', jsonb_build_object(
      'p', jsonb_build_object('S', 'x'),
      's', jsonb_build_object('N', i::text),
      'owner', jsonb_build_object('S', CASE WHEN i % 2 = 0 THEN 'me' ELSE 'other' END),
      'secret', jsonb_build_object('S', 'secret ' || i),
      'n', jsonb_build_object('N', i::text))))
    FROM generate_series(1, 8) AS i;
END $$;
CREATE FUNCTION leak(text) RETURNS boolean LANGUAGE plpgsql COST 0.0001
  AS $$ BEGIN RAISE NOTICE 'saw %', $1; RETURN true; END $$;
\set ECHO queries
\set SHOW_CONTEXT never

-- A policy on a partitioned table holds for its foreign partition.
CREATE TABLE parent (LIKE t) PARTITION BY LIST (p);
ALTER TABLE parent ATTACH PARTITION t FOR VALUES IN ('x');
ALTER TABLE parent ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON parent TO regress_ddb_user;
CREATE POLICY mine ON parent USING (owner = 'me');
SET ROLE regress_ddb_user;
-- The policy is sent, so whatever comes after it may be.
EXPLAIN (VERBOSE, COSTS OFF) SELECT s FROM parent WHERE n > 3 AND secret LIKE '%4';
SELECT s FROM parent WHERE n > 3 AND secret LIKE '%4';
SELECT s FROM parent WHERE n > 3 AND leak(secret) ORDER BY s;
RESET ROLE;
-- The policy stays here: of the user's conditions only those are sent that
-- can't leak what it hides.
ALTER POLICY mine ON parent USING (length(owner) = 2);
SET ROLE regress_ddb_user;
EXPLAIN (VERBOSE, COSTS OFF) SELECT s FROM parent
  WHERE n > 3 AND secret LIKE 'secret%' AND s < 8 AND owner = 'me';
SELECT s FROM parent
  WHERE n > 3 AND secret LIKE 'secret%' AND s < 8 AND owner = 'me' ORDER BY s;
SELECT s FROM parent WHERE n > 3 AND leak(secret) ORDER BY s;
SELECT count(*) FROM parent WHERE secret = 'secret 3';
SELECT count(*) FROM parent WHERE secret = 'secret 4';
RESET ROLE;
-- A value that can't be sent brings the policy back here, and first.
ALTER POLICY mine ON parent
  USING (owner = ANY (string_to_array(repeat('a,', 5000) || 'me', ',')));
SET ROLE regress_ddb_user;
SELECT s FROM parent WHERE leak(secret) ORDER BY s;
SELECT count(*) FROM parent;
RESET ROLE;
ALTER TABLE parent DETACH PARTITION t;

-- Views: what a barrier hides is decided first.
CREATE VIEW sent WITH (security_barrier) AS SELECT * FROM t WHERE owner = 'me';
CREATE VIEW kept WITH (security_barrier) AS SELECT * FROM t WHERE length(owner) = 2;
GRANT SELECT ON sent, kept TO regress_ddb_user;
SET ROLE regress_ddb_user;
SELECT s FROM sent WHERE leak(secret) AND s > 2 ORDER BY s;
SELECT s FROM kept WHERE leak(secret) AND s > 2 ORDER BY s;
EXPLAIN (COSTS OFF) SELECT s FROM kept WHERE s > 2 AND secret = 'secret 4' AND n < 5;
SELECT s FROM kept WHERE s > 2 AND secret = 'secret 4' AND n < 5;
RESET ROLE;

\set ECHO none
DO $$ BEGIN
  PERFORM dynamodb_call('filter_security', 'DeleteTable',
                        '{"TableName": "filter_security"}');
END $$;
DROP TABLE parent;
DROP VIEW sent, kept;
DROP FUNCTION leak;
SET client_min_messages = warning;
DROP EXTENSION dynamodb_fdw CASCADE;
DROP ROLE regress_ddb_user;
