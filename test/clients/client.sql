-- client.sql
--	What one client reads: foreign tables of a role that has a user mapping,
--	and views of them for a role that has none.  Each role's schema has its
--	name, so the same statements find either, or the ordinary tables.
--
-- Variables: client, direct and view, names; door, the URL of the client's
-- own door.
\getenv password PGPASSWORD

CREATE ROLE :direct LOGIN PASSWORD :'password';
CREATE ROLE :view LOGIN PASSWORD :'password';

CREATE SERVER :client FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (region 'eu-west-1', endpoint :'door');
CREATE USER MAPPING FOR :direct SERVER :client
  OPTIONS (aws_access_key_id 'local', aws_secret_access_key 'local');
GRANT USAGE ON FOREIGN SERVER :client TO :direct;

\set hasty :client _hasty
CREATE SERVER :hasty FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (region 'eu-west-1', endpoint :'door', request_timeout '2');
CREATE USER MAPPING FOR :direct SERVER :hasty
  OPTIONS (aws_access_key_id 'local', aws_secret_access_key 'local');
GRANT USAGE ON FOREIGN SERVER :hasty TO :direct;

CREATE SCHEMA :direct AUTHORIZATION :direct;
CREATE SCHEMA :view AUTHORIZATION :direct;
GRANT USAGE ON SCHEMA :view TO :view;

-- The door loses every request for "Down", and answers none for "Slow".
SET ROLE :direct;
SET search_path TO :direct;
SELECT format('CREATE FOREIGN TABLE %I (
                 sensor  text COLLATE "C" NOT NULL,
                 at      timestamptz(3) OPTIONS (format ''iso8601_ms'') NOT NULL,
                 reading numeric,
                 label   varchar(20),
                 tags    text[],
                 data    jsonb
                 %s
               ) SERVER %I OPTIONS (table_name %L %s)',
              name, more_columns, server, dynamodb_table, more_options)
  FROM (VALUES
         ('events', '', :'client', 'Events', ''),
         ('wide', ', pad text', :'client', 'Events', ''),
         ('paused', ', pad text', :'hasty', 'Events', ''),
         ('down', '', :'client', 'Down', ''),
         ('slow', '', :'client', 'Slow',
          ', partition_key ''sensor'', sort_key ''at'''))
       AS t (name, more_columns, server, dynamodb_table, more_options)
\gexec
SELECT format('CREATE VIEW %I.%I AS SELECT * FROM %s',
              :'view', relname, oid::regclass)
  FROM pg_class WHERE relnamespace = :'direct'::regnamespace
\gexec
GRANT SELECT ON ALL TABLES IN SCHEMA :view TO :view;
RESET search_path;
RESET ROLE;
