/* dynamodb_fdw--1.0--2.0.sql */

-- complain if script is sourced in psql, rather than via ALTER EXTENSION
\echo Use "ALTER EXTENSION dynamodb_fdw UPDATE TO '2.0'" to load this file. \quit

--
-- SQL version 1.0 is that of another extension of this name.  What it and ours
-- have in common stays: handler, validator and wrapper keep their OIDs, so
-- servers, user mappings and foreign tables live on.  Its other objects go.
-- The result equals a fresh 2.0.
--
DROP FUNCTION size(pg_catalog.anyelement);
DROP PROCEDURE dynamodb_create_or_replace_stub(pg_catalog.text, pg_catalog.text, pg_catalog.regtype);

COMMENT ON EXTENSION dynamodb_fdw
IS 'foreign-data wrapper for Amazon DynamoDB';

COMMENT ON FUNCTION dynamodb_fdw_handler()
IS 'DynamoDB foreign-data wrapper handler';

COMMENT ON FUNCTION dynamodb_fdw_validator(pg_catalog.text[], pg_catalog.oid)
IS 'DynamoDB foreign-data wrapper options validator';

COMMENT ON FOREIGN DATA WRAPPER dynamodb_fdw
IS 'DynamoDB foreign-data wrapper';

--
-- Functions.  Those that send requests are volatile and bound to the
-- session that holds connections and credentials.
--
CREATE FUNCTION dynamodb_fdw_version()
RETURNS pg_catalog.text
AS 'MODULE_PATHNAME', 'dynamodb_fdw_version'
LANGUAGE C STABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION dynamodb_fdw_version()
IS 'release of the dynamodb_fdw library in use';

CREATE FUNCTION dynamodb_call(
	server pg_catalog.name,
	operation pg_catalog.text,
	request pg_catalog.jsonb)
RETURNS pg_catalog.jsonb
AS 'MODULE_PATHNAME', 'dynamodb_call'
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;

-- Whoever may call it can do all that the credentials allow, tables or not.
REVOKE ALL ON FUNCTION dynamodb_call(pg_catalog.name, pg_catalog.text, pg_catalog.jsonb)
FROM PUBLIC;

COMMENT ON FUNCTION dynamodb_call(pg_catalog.name, pg_catalog.text, pg_catalog.jsonb)
IS 'sends one DynamoDB API request and returns the answer';

CREATE FUNCTION dynamodb_create_table(
	foreign_table pg_catalog.regclass,
	global_indexes pg_catalog.jsonb DEFAULT NULL,
	local_indexes pg_catalog.jsonb DEFAULT NULL,
	billing pg_catalog.jsonb DEFAULT NULL,
	tags pg_catalog.jsonb DEFAULT NULL)
RETURNS pg_catalog.void
AS 'MODULE_PATHNAME', 'dynamodb_create_table'
LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION dynamodb_create_table(pg_catalog.regclass, pg_catalog.jsonb, pg_catalog.jsonb, pg_catalog.jsonb, pg_catalog.jsonb)
IS 'creates the DynamoDB table that a foreign table describes, and waits until it is active';

CREATE FUNCTION dynamodb_import_script(
	server pg_catalog.name,
	options pg_catalog.jsonb DEFAULT '{}')
RETURNS pg_catalog.text
AS 'MODULE_PATHNAME', 'dynamodb_import_script'
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;

COMMENT ON FUNCTION dynamodb_import_script(pg_catalog.name, pg_catalog.jsonb)
IS 'the commands by which IMPORT FOREIGN SCHEMA would create foreign tables, with comments';

CREATE FUNCTION dynamodb_stats(
	OUT server pg_catalog.name,
	OUT table_name pg_catalog.text,
	OUT operation pg_catalog.text,
	OUT requests pg_catalog.int8,
	OUT items pg_catalog.int8,
	OUT read_units pg_catalog.float8,
	OUT write_units pg_catalog.float8,
	OUT retries pg_catalog.int8,
	OUT throttled pg_catalog.int8,
	OUT bytes_sent pg_catalog.int8,
	OUT bytes_received pg_catalog.int8)
RETURNS SETOF pg_catalog.record
AS 'MODULE_PATHNAME', 'dynamodb_stats'
LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED;

COMMENT ON FUNCTION dynamodb_stats()
IS 'what this session has asked of DynamoDB, by server, table and operation';

CREATE FUNCTION dynamodb_reset()
RETURNS pg_catalog.void
AS 'MODULE_PATHNAME', 'dynamodb_reset'
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;

COMMENT ON FUNCTION dynamodb_reset()
IS 'forgets this session''s cached DynamoDB schemas, credentials and connections';
