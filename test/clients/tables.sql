-- tables.sql
--	What all clients read: the DynamoDB table Events, filled, and the same
--	rows in ordinary tables, which say what every answer must be.
--
-- Variables: plain, the URL of a door without rules.
\getenv password PGPASSWORD

CREATE SERVER plain FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (region 'eu-west-1', endpoint :'plain');
CREATE USER MAPPING FOR CURRENT_USER SERVER plain
  OPTIONS (aws_access_key_id 'local', aws_secret_access_key 'local');

CREATE ROLE ordinary LOGIN PASSWORD :'password';
CREATE SCHEMA ordinary AUTHORIZATION ordinary;
SET ROLE ordinary;
CREATE TABLE ordinary.events (
  sensor  text COLLATE "C" NOT NULL,
  at      timestamptz(3) NOT NULL,
  reading numeric,
  label   varchar(20),
  tags    text[],
  data    jsonb,
  PRIMARY KEY (sensor, at)
);
INSERT INTO ordinary.events
  SELECT 'sensor ' || s,
         timestamptz '2024-01-01 00:00:00Z' + n * interval '4 hours 7.005 s',
         n * 1.05 - s,
         CASE WHEN n % 7 > 0 THEN 'no. ' || n END,
         CASE WHEN n % 3 = 0 THEN ARRAY['a ' || s, E'b\t' || n] END,
         jsonb_build_object('n', n, 'ok', n % 2 = 0,
                            'list', jsonb_build_array(s, NULL, 'ü'))
    FROM generate_series(1, 6) AS s, generate_series(0, 249) AS n;
CREATE TABLE ordinary.wide AS
  SELECT events.*, repeat('0123456789', 300) AS pad FROM ordinary.events;
CREATE VIEW ordinary.paused AS SELECT * FROM ordinary.wide;
CREATE TABLE ordinary.down (LIKE ordinary.events);
CREATE VIEW ordinary.slow AS SELECT * FROM ordinary.events;
RESET ROLE;

-- the same as items
CREATE FOREIGN TABLE events (
  sensor text COLLATE "C" NOT NULL,
  at     text COLLATE "C" NOT NULL
) SERVER plain OPTIONS (table_name 'Events', partition_key 'sensor', sort_key 'at');
SELECT FROM dynamodb_create_table('events');
SELECT FROM (
  SELECT dynamodb_call('plain', 'BatchWriteItem', jsonb_build_object(
           'RequestItems', jsonb_build_object('Events', jsonb_agg(
             jsonb_build_object('PutRequest', jsonb_build_object('Item', item))))))
    FROM (SELECT jsonb_strip_nulls(jsonb_build_object(
            'sensor', jsonb_build_object('S', sensor),
            'at', jsonb_build_object('S', to_char(at AT TIME ZONE 'UTC',
                                     'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')),
            'reading', jsonb_build_object('N', trim_scale(reading)::text),
            'label', CASE WHEN label IS NOT NULL
                          THEN jsonb_build_object('S', label) END,
            'tags', CASE WHEN tags IS NOT NULL
                         THEN jsonb_build_object('SS', tags) END,
            'data', jsonb_build_object('M', jsonb_build_object(
              'n', jsonb_build_object('N', data ->> 'n'),
              'ok', jsonb_build_object('BOOL', data -> 'ok'),
              'list', jsonb_build_object('L', jsonb_build_array(
                jsonb_build_object('N', data -> 'list' ->> 0),
                jsonb_build_object('NULL', true),
                jsonb_build_object('S', data -> 'list' ->> 2))))),
            'pad', jsonb_build_object('S', pad))) AS item,
                 (row_number() OVER () - 1) / 25 AS batch
            FROM ordinary.wide) AS items
   GROUP BY batch) AS batches;
UPDATE ordinary.events SET reading = trim_scale(reading);
UPDATE ordinary.wide SET reading = trim_scale(reading);
