-- Formats: what a column with one accepts, and key conditions on such
-- columns.  Every condition runs on the foreign table and on an ordinary one
-- with the same rows.
\getenv endpoint DYNAMODB_ENDPOINT
CREATE EXTENSION dynamodb_fdw;
CREATE SERVER type_format FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (region 'us-east-1', endpoint :'endpoint');
CREATE USER MAPPING FOR CURRENT_USER SERVER type_format
  OPTIONS (aws_access_key_id 'local', aws_secret_access_key 'local');
SET DateStyle = 'ISO, YMD';
SET TimeZone = 'UTC';

CREATE FOREIGN TABLE made (p text COLLATE "C" NOT NULL, s text COLLATE "C" NOT NULL)
  SERVER type_format OPTIONS (table_name 'type_format');
SELECT dynamodb_create_table('made');
CREATE FOREIGN TABLE made_n (p text COLLATE "C" NOT NULL, s numeric NOT NULL)
  SERVER type_format OPTIONS (table_name 'type_format_n');
SELECT dynamodb_create_table('made_n');
CREATE PROCEDURE put(tab text, item jsonb) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM dynamodb_call('type_format', 'PutItem',
                        jsonb_build_object('TableName', tab, 'Item', item));
END $$;

-- A column per format over one attribute; what doesn't fit is NULL.
CREATE FOREIGN TABLE moments (
  p text COLLATE "C" NOT NULL,
  v text COLLATE "C" NOT NULL OPTIONS (attribute_name 's'),
  iso8601 timestamptz OPTIONS (attribute_name 's', format 'iso8601'),
  iso8601_ms timestamptz OPTIONS (attribute_name 's', format 'iso8601_ms'),
  iso8601_us timestamptz OPTIONS (attribute_name 's', format 'iso8601_us'),
  isoformat timestamptz OPTIONS (attribute_name 's', format 'isoformat'),
  isoformat_utc timestamptz OPTIONS (attribute_name 's', format 'isoformat_utc'),
  rfc3339 timestamptz OPTIONS (attribute_name 's', format 'rfc3339'),
  "date" date OPTIONS (attribute_name 's', format 'date'),
  no_format timestamptz OPTIONS (attribute_name 's'),
  "timestamp" timestamp OPTIONS (attribute_name 's', format 'rfc3339'),
  "timestamp(1)" timestamp(1) OPTIONS (attribute_name 's', format 'iso8601_ms')
) SERVER type_format OPTIONS (table_name 'type_format', on_type_mismatch 'null');
DO $$
DECLARE
  s text;
BEGIN
  FOREACH s IN ARRAY ARRAY[
    '2024-01-31T10:00:00Z', '2024-01-31T10:00:00.000Z', '2024-01-31T10:00:00.120Z',
    '2024-01-31T10:00:00.100Z', '2024-01-31T10:00:00.000000Z',
    '2024-01-31T10:00:00.123456Z', '2024-01-31T10:00:00.1234567Z',
    '2024-01-31T10:00:00', '2024-01-31T10:00:00.123456', '2024-01-31T10:00:00.000000',
    '2024-01-31T10:00:00.123', '2024-01-31T10:00:00+00:00',
    '2024-01-31T10:00:00.123456+00:00', '2024-01-31T10:00:00-00:00',
    '2024-01-31T10:00:00+05:45', '2024-01-31t10:00:00.5z', '2024-01-31 10:00:00Z',
    '2024-01-31', '2024-1-31', '2024-02-30', '2023-02-29T00:00:00Z', '2024-01-31T24:00:00Z',
    '2024-01-31T23:59:60Z', '2024-01-31T10:00Z', '2024-01-31T10:00:00.Z',
    '2024-01-31T10:00:00Z ', ' 2024-01-31T10:00:00Z', '0001-01-01T00:00:00Z',
    '9999-12-31T23:59:59.999999Z', '0000-01-01T00:00:00Z', '10000-01-01T00:00:00Z',
    '-2024-01-31T10:00:00Z', '２024-01-31', '', 'now', 'secret'
  ] LOOP
    CALL put('type_format', jsonb_build_object('p', '{"S": "moment"}'::jsonb,
                                               's', jsonb_build_object('S', s)));
  END LOOP;
END $$;
\set ECHO queries
\pset null '-'
SELECT v, iso8601::text IS NOT NULL AS iso8601, iso8601_ms IS NOT NULL AS ms,
    iso8601_us IS NOT NULL AS us, isoformat IS NOT NULL AS isoformat,
    isoformat_utc IS NOT NULL AS utc, rfc3339 IS NOT NULL AS rfc3339,
    "date" IS NOT NULL AS date, "timestamp" IS NOT NULL AS timestamp,
    "timestamp(1)" IS NOT NULL AS "(1)", no_format
  FROM moments WHERE p = 'moment' ORDER BY v;
-- all that accept a text agree on what it says
SELECT count(*) AS different FROM moments, LATERAL (VALUES (iso8601), (iso8601_ms), (iso8601_us),
    (isoformat), (isoformat_utc), (rfc3339), (("date")::timestamptz)) AS x (one)
  WHERE p = 'moment' AND one <> no_format;

-- numbers
CREATE FOREIGN TABLE epochs (
  p text COLLATE "C" NOT NULL,
  n numeric NOT NULL OPTIONS (attribute_name 's'),
  epoch timestamptz OPTIONS (attribute_name 's', attribute_type 'N'),
  epoch_ms timestamptz OPTIONS (attribute_name 's', format 'epoch_ms'),
  "timestamp" timestamp OPTIONS (attribute_name 's', format 'epoch'),
  "date" date OPTIONS (attribute_name 's', format 'epoch'),
  date_ms date OPTIONS (attribute_name 's', format 'epoch_ms')
) SERVER type_format OPTIONS (table_name 'type_format_n', on_type_mismatch 'null');
DO $$
DECLARE
  n numeric;
BEGIN
  FOREACH n IN ARRAY ARRAY[0, -1, 0.5, 1706695200, 1706659200, 1706695200123,
                           253402300799, 253402300800, 253402300799999, 253402300800000,
                           -62135596800, -62135596801, 1e20]
  LOOP
    CALL put('type_format_n', jsonb_build_object('p', '{"S": "epoch"}'::jsonb,
                                               's', jsonb_build_object('N', n::text)));
  END LOOP;
END $$;
SELECT n, epoch, epoch_ms, "timestamp", "date", date_ms FROM epochs
  WHERE p = 'epoch' ORDER BY n;

-- uuid: only as it is always written
CREATE FOREIGN TABLE uuids (
  p text COLLATE "C" NOT NULL,
  v text COLLATE "C" NOT NULL OPTIONS (attribute_name 's'),
  u uuid OPTIONS (attribute_name 's'),
  same uuid OPTIONS (attribute_name 's', format 'uuid')
) SERVER type_format OPTIONS (table_name 'type_format', on_type_mismatch 'null');
DO $$
DECLARE
  s text;
BEGIN
  FOREACH s IN ARRAY ARRAY[
    'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11',
    'a0eebc999c0b4ef8bb6d6bb9bd380a11', '{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}',
    'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1g']
  LOOP
    CALL put('type_format', jsonb_build_object('p', '{"S": "uuid"}'::jsonb,
                                               's', jsonb_build_object('S', s)));
  END LOOP;
END $$;
SELECT v, u, same FROM uuids WHERE p = 'uuid' ORDER BY v;

-- What doesn't go together is refused when the table is used.
CREATE FUNCTION refusal(type text, options text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  detail text;
  hint text;
BEGIN
  EXECUTE format('CREATE FOREIGN TABLE odd (v %s OPTIONS (%s)) SERVER type_format
                    OPTIONS (table_name ''type_format'')', type, options);
  BEGIN
    PERFORM v FROM odd;
  EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    DROP FOREIGN TABLE odd;
    RETURN concat_ws(E'\n', SQLSTATE || ' ' || SQLERRM, detail, hint);
  END;
  DROP FOREIGN TABLE odd;
  RETURN 'accepted';
END $$;
SELECT type, options, refusal(type, options)
  FROM (VALUES ('text', $$format 'iso8601'$$),
               ('timestamptz', $$format 'date'$$),
               ('timestamptz', $$format 'dynamodb'$$),
               ('timestamptz', $$attribute_type 'N', format 'iso8601'$$),
               ('timestamptz', $$attribute_type 'S', format 'epoch'$$),
               ('date', $$format 'iso8601'$$),
               ('time', $$attribute_type 'N'$$),
               ('uuid', $$format 'date'$$),
               ('integer', $$attribute_type 'S'$$),
               ('boolean', $$attribute_type 'N'$$),
               ('interval', $$attribute_type 'N'$$),
               ('text[]', $$attribute_type 'NS'$$),
               ('boolean[]', $$attribute_type 'SS'$$),
               ('integer[]', $$format 'epoch'$$),
               ('jsonb', $$format 'uuid'$$)) AS v (type, options);
SELECT type, options, refusal(type, options)
  FROM (VALUES ('timestamptz', $$attribute_type 'N', format 'epoch_ms'$$),
               ('timestamptz[]', $$format 'epoch'$$),
               ('date[]', $$attribute_type 'L', format 'date'$$),
               ('jsonb', $$attribute_type 'M'$$),
               ('uuid', $$attribute_type 'S', format 'uuid'$$)) AS v (type, options);
