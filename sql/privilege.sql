--
-- Who may do what: objects of the extension, servers, mappings.  Offline.
--
CREATE ROLE regress_owner;
CREATE ROLE regress_reader;
CREATE SCHEMA regress_schema;
GRANT ALL ON SCHEMA regress_schema TO regress_owner, regress_reader;

-- not a trusted extension
DO $$ BEGIN
  EXECUTE format('GRANT CREATE ON DATABASE %I TO regress_owner', current_database());
END $$;
SET ROLE regress_owner;
CREATE EXTENSION dynamodb_fdw;
RESET ROLE;
DO $$ BEGIN
  EXECUTE format('REVOKE CREATE ON DATABASE %I FROM regress_owner', current_database());
END $$;
CREATE EXTENSION dynamodb_fdw;

-- every object has a comment
SELECT pg_describe_object(classid, objid, objsubid) FROM pg_depend
  WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
    AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'dynamodb_fdw')
    AND obj_description(objid, classid::regclass::name) IS NULL;
-- what everybody may execute, and how it may be planned
SELECT p.proname, has_function_privilege('regress_reader', p.oid, 'EXECUTE') AS execute,
    p.provolatile, p.proisstrict, p.proparallel
  FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid
  WHERE d.deptype = 'e' AND d.refclassid = 'pg_extension'::regclass
    AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'dynamodb_fdw')
  ORDER BY p.proname;

-- the wrapper is its owner's until USAGE is granted
SET ROLE regress_owner;
CREATE SERVER regress_shop FOREIGN DATA WRAPPER dynamodb_fdw OPTIONS (region 'eu-west-1');
RESET ROLE;
GRANT USAGE ON FOREIGN DATA WRAPPER dynamodb_fdw TO regress_owner;
SET ROLE regress_owner;
CREATE SERVER regress_shop FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (region 'eu-west-1', sslrootcert '/etc/ssl/certs/ca-certificates.crt');
RESET ROLE;

-- so is the server, and any request through it
SET ROLE regress_reader;
CREATE FOREIGN TABLE regress_schema.t (a text) SERVER regress_shop;
CREATE USER MAPPING FOR regress_reader SERVER regress_shop;
SELECT dynamodb_call('regress_shop', 'ListTables', '{}');
RESET ROLE;
GRANT USAGE ON FOREIGN SERVER regress_shop TO regress_reader;

-- own keys for oneself, and nobody else sees them
SET ROLE regress_reader;
CREATE USER MAPPING FOR regress_reader SERVER regress_shop
  OPTIONS (aws_access_key_id 'EXAMPLE', aws_secret_access_key 'EXAMPLE');
CREATE USER MAPPING FOR regress_owner SERVER regress_shop
  OPTIONS (aws_access_key_id 'EXAMPLE', aws_secret_access_key 'EXAMPLE');
SELECT usename, umoptions IS NOT NULL AS visible FROM pg_user_mappings
  WHERE srvname = 'regress_shop';
SET ROLE regress_owner;
SELECT usename, umoptions IS NOT NULL AS visible FROM pg_user_mappings
  WHERE srvname = 'regress_shop';

-- the server's own identity is for superusers to give, or to keep away
SET ROLE regress_reader;
ALTER USER MAPPING FOR regress_reader SERVER regress_shop
  OPTIONS (ADD ambient_credentials 'true');
ALTER USER MAPPING FOR regress_reader SERVER regress_shop
  OPTIONS (ADD ambient_credentials 'false');
RESET ROLE;
ALTER USER MAPPING FOR regress_reader SERVER regress_shop
  OPTIONS (ADD ambient_credentials 'false');
SET ROLE regress_reader;
ALTER USER MAPPING FOR regress_reader SERVER regress_shop
  OPTIONS (SET aws_secret_access_key 'EXAMPLE2');
\set VERBOSITY sqlstate
ALTER USER MAPPING FOR regress_reader SERVER regress_shop
  OPTIONS (SET ambient_credentials 'true');
\set VERBOSITY default
-- without the option the mapping is the user's own again
ALTER USER MAPPING FOR regress_reader SERVER regress_shop
  OPTIONS (DROP ambient_credentials);
RESET ROLE;

DROP USER MAPPING FOR regress_reader SERVER regress_shop;
DROP SERVER regress_shop;
REVOKE USAGE ON FOREIGN DATA WRAPPER dynamodb_fdw FROM regress_owner;
DROP EXTENSION dynamodb_fdw;
DROP SCHEMA regress_schema;
DROP ROLE regress_reader;
DROP ROLE regress_owner;
