--
-- Taking over the objects of SQL versions 1.0 and 1.1, which are those of
-- another extension of this name.  Its scripts aren't here, so an extension
-- with its objects, of the same names and signatures, is put together by hand:
-- 1.0 brings a procedure and with it makes size(), 1.1 adds a function that
-- returns its version as an integer.  Afterwards the catalogs must say
-- the same as those of a fresh 2.0.  Offline.
--
CREATE EXTENSION dynamodb_fdw;

-- all that the catalogs say of the extension
CREATE VIEW regress_catalog AS
  SELECT pg_describe_object(d.classid, d.objid, d.objsubid) AS object,
    obj_description(d.objid, d.classid::regclass::name) AS comment,
    to_jsonb(p) - '{oid,proargdefaults}'::text[] || jsonb_build_object(
      'arguments', pg_get_function_arguments(p.oid)) AS function,
    to_jsonb(w) - 'oid' AS wrapper,
    i.initprivs, e.extname, e.extnamespace, e.extrelocatable, e.extversion,
    obj_description(e.oid, 'pg_extension') AS extension_comment
  FROM pg_extension e
    JOIN pg_depend d ON d.refclassid = 'pg_extension'::regclass
      AND d.refobjid = e.oid AND d.deptype = 'e'
    LEFT JOIN pg_proc p ON d.classid = 'pg_proc'::regclass
      AND d.objid = p.oid
    LEFT JOIN pg_foreign_data_wrapper w
      ON d.classid = 'pg_foreign_data_wrapper'::regclass AND d.objid = w.oid
    LEFT JOIN pg_init_privs i ON i.classoid = d.classid AND i.objoid = d.objid
  WHERE e.extname = 'dynamodb_fdw';
CREATE TABLE regress_fresh AS SELECT * FROM regress_catalog;
SELECT object, comment FROM regress_fresh ORDER BY object COLLATE "C";

-- handler, validator and wrapper are those of 2.0 and keep their OIDs
CREATE PROCEDURE regress_make_old(version text) LANGUAGE plpgsql AS $$
DECLARE
  object text;
BEGIN
  FOR object IN
    SELECT p.oid::regprocedure
    FROM pg_proc p
      JOIN pg_depend d ON d.classid = 'pg_proc'::regclass
        AND d.objid = p.oid AND d.deptype = 'e'
      JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass
        AND d.refobjid = e.oid AND e.extname = 'dynamodb_fdw'
    WHERE p.proname NOT IN ('dynamodb_fdw_handler', 'dynamodb_fdw_validator')
  LOOP
    EXECUTE format('ALTER EXTENSION dynamodb_fdw DROP FUNCTION %s', object);
    EXECUTE format('DROP FUNCTION %s', object);
  END LOOP;
  COMMENT ON EXTENSION dynamodb_fdw IS 'an older one';
  COMMENT ON FUNCTION dynamodb_fdw_handler() IS NULL;
  COMMENT ON FUNCTION dynamodb_fdw_validator(text[], oid) IS NULL;
  COMMENT ON FOREIGN DATA WRAPPER dynamodb_fdw IS NULL;

  CREATE PROCEDURE dynamodb_create_or_replace_stub(
    func_type text, name_arg text, return_type regtype)
    LANGUAGE sql AS 'SELECT 1';
  ALTER EXTENSION dynamodb_fdw
    ADD PROCEDURE dynamodb_create_or_replace_stub(text, text, regtype);
  CREATE FUNCTION size(anyelement) RETURNS bigint
    LANGUAGE sql AS 'SELECT 1::bigint';
  ALTER EXTENSION dynamodb_fdw ADD FUNCTION size(anyelement);
  IF version = '1.1' THEN
    CREATE FUNCTION dynamodb_fdw_version() RETURNS int4
      LANGUAGE c STRICT AS '$libdir/dynamodb_fdw';
    ALTER EXTENSION dynamodb_fdw ADD FUNCTION dynamodb_fdw_version();
  END IF;
  UPDATE pg_extension SET extversion = version, extrelocatable = false
    WHERE extname = 'dynamodb_fdw';
END $$;

-- from 1.0
CALL regress_make_old('1.0');
CREATE SERVER regress_shop FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (endpoint 'http://127.0.0.1:8000');
CREATE USER MAPPING FOR CURRENT_USER SERVER regress_shop
  OPTIONS ("user" 'EXAMPLE', password 'EXAMPLE');
CREATE FOREIGN TABLE regress_t (id text, name text OPTIONS (column_name 'Name'))
  SERVER regress_shop OPTIONS (table_name 'MyTable', partition_key 'id');
-- what depends on an object that goes is never dropped silently
CREATE VIEW regress_user AS SELECT size(name) FROM regress_t;
\set SHOW_CONTEXT never
ALTER EXTENSION dynamodb_fdw UPDATE TO '2.0';
\set SHOW_CONTEXT errors
DROP VIEW regress_user;
ALTER EXTENSION dynamodb_fdw UPDATE TO '2.0';
(TABLE regress_fresh EXCEPT TABLE regress_catalog)
UNION ALL (TABLE regress_catalog EXCEPT TABLE regress_fresh);
SELECT extversion FROM pg_extension WHERE extname = 'dynamodb_fdw';
-- servers, mappings and tables lived on, and can be changed
ALTER USER MAPPING FOR CURRENT_USER SERVER regress_shop
  OPTIONS (SET password 'EXAMPLE2');
ALTER FOREIGN TABLE regress_t OPTIONS (ADD sort_key 'name');
ALTER FOREIGN TABLE regress_t ALTER COLUMN name
  OPTIONS (DROP column_name, ADD attribute_name 'Name');

-- from 1.1, in a schema that isn't in the path
CALL regress_make_old('1.1');
CREATE SCHEMA regress_s;
UPDATE pg_extension SET extrelocatable = true WHERE extname = 'dynamodb_fdw';
ALTER EXTENSION dynamodb_fdw SET SCHEMA regress_s;
ALTER EXTENSION dynamodb_fdw UPDATE;
SELECT regress_s.dynamodb_fdw_version() IS NOT NULL AS works;
ALTER EXTENSION dynamodb_fdw SET SCHEMA public;
DROP SCHEMA regress_s;
(TABLE regress_fresh EXCEPT TABLE regress_catalog)
UNION ALL (TABLE regress_catalog EXCEPT TABLE regress_fresh);
SELECT extversion FROM pg_extension WHERE extname = 'dynamodb_fdw';

DROP PROCEDURE regress_make_old(text);
DROP TABLE regress_fresh;
DROP VIEW regress_catalog;
DROP FOREIGN TABLE regress_t;
DROP USER MAPPING FOR CURRENT_USER SERVER regress_shop;
DROP SERVER regress_shop;
DROP EXTENSION dynamodb_fdw;
