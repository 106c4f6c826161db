-- Every type of DynamoDB read into every SQL type, exactly.  What is read is
-- compared with an ordinary table's row by its bytes (*=), so that not even
-- the scale of a numeric may differ.
\getenv endpoint DYNAMODB_ENDPOINT
CREATE EXTENSION dynamodb_fdw;
CREATE SERVER type_read FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (region 'us-east-1', endpoint :'endpoint');
CREATE USER MAPPING FOR CURRENT_USER SERVER type_read
  OPTIONS (aws_access_key_id 'local', aws_secret_access_key 'local');

CREATE FOREIGN TABLE made (p text COLLATE "C" NOT NULL)
  SERVER type_read OPTIONS (table_name 'type_read');
SELECT dynamodb_create_table('made');
CREATE PROCEDURE put(item jsonb) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM dynamodb_call('type_read', 'PutItem',
    jsonb_build_object('TableName', 'type_read', 'Item', item));
END $$;

CREATE TYPE regress_color AS ENUM ('red', 'dark green', 'blue');
CREATE DOMAIN regress_word AS varchar(5) CHECK (VALUE <> 'never');
CREATE DOMAIN regress_small AS regress_word;
CREATE DOMAIN regress_count AS integer CHECK (VALUE > 0);
CREATE TYPE regress_pair AS (n integer, at timestamptz);

CREATE FOREIGN TABLE every_type (
  p text COLLATE "C" NOT NULL,
  a_text text,
  a_varchar varchar,
  a_varchar_5 varchar(5),
  a_char_5 char(5) OPTIONS (attribute_name 'a_varchar_3'),
  a_bpchar bpchar OPTIONS (attribute_name 'a_text'),
  a_byte "char",
  a_name name,
  an_enum regress_color,
  a_domain regress_word,
  a_domain_of_domain regress_small OPTIONS (attribute_name 'a_domain'),
  a_smallint smallint,
  an_integer integer,
  a_bigint bigint,
  a_numeric numeric,
  a_numeric_7_2 numeric(7, 2),
  a_numeric_3_minus_2 numeric(3, -2),
  a_real real,
  a_double double precision,
  a_count regress_count,
  a_boolean boolean,
  a_bytea bytea,
  a_uuid uuid,
  a_date date,
  a_time time,
  a_timetz timetz,
  a_timestamp timestamp,
  a_timestamptz timestamptz,
  an_abbreviated timestamptz,
  a_timestamptz_3 timestamptz(3) OPTIONS (attribute_name 'a_timestamptz'),
  an_epoch timestamptz OPTIONS (attribute_type 'N'),
  an_epoch_ms timestamp OPTIONS (format 'epoch_ms'),
  an_epoch_date date OPTIONS (attribute_type 'N'),
  an_interval interval,
  an_amount money,
  an_inet inet,
  a_cidr cidr,
  a_macaddr macaddr,
  a_bit bit(3),
  a_varbit varbit(5) OPTIONS (attribute_name 'a_bit'),
  a_point point,
  a_range tstzrange,
  a_composite regress_pair,
  a_regclass regclass,
  a_json json OPTIONS (attribute_name 'a_map'),
  a_jsonb jsonb OPTIONS (attribute_name 'a_map'),
  a_text_array text[],
  an_enum_array regress_color[],
  a_uuid_array uuid[],
  a_timestamptz_array timestamptz[],
  an_integer_array integer[],
  a_numeric_array numeric[],
  a_double_array double precision[] OPTIONS (attribute_name 'a_numeric_array'),
  a_count_array regress_count[] OPTIONS (attribute_name 'an_integer_array'),
  a_bytea_array bytea[],
  a_text_list text[] OPTIONS (attribute_type 'L'),
  a_numeric_list numeric[] OPTIONS (attribute_type 'L'),
  a_bytea_list bytea[] OPTIONS (attribute_type 'L'),
  a_boolean_list boolean[],
  a_jsonb_list jsonb[],
  an_empty_list text[] OPTIONS (attribute_type 'L')
) SERVER type_read OPTIONS (table_name 'type_read');
CALL put('{
  "p": {"S": "full"},
  "a_text": {"S": "h\u00e9llo \ud83d\ude00 \"quoted\" back\\slash /\b\f\n\r\t\u0001\u007f  "},
  "a_varchar": {"S": ""},
  "a_varchar_5": {"S": "äöüß€"},
  "a_varchar_3": {"S": "a b"},
  "a_byte": {"S": "x"},
  "a_name": {"S": "MixedCase"},
  "an_enum": {"S": "dark green"},
  "a_domain": {"S": "maybe"},
  "a_smallint": {"N": "-32768"},
  "an_integer": {"N": "2147483647"},
  "a_bigint": {"N": "-9223372036854775808"},
  "a_numeric": {"N": "-12345678901234567890.123456789012345678"},
  "a_numeric_7_2": {"N": "12345.6"},
  "a_numeric_3_minus_2": {"N": "12300"},
  "a_real": {"N": "0.1"},
  "a_double": {"N": "0.1"},
  "a_count": {"N": "7"},
  "a_boolean": {"BOOL": false},
  "a_bytea": {"B": "AAECA/8="},
  "a_uuid": {"S": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
  "a_date": {"S": "2024-02-29"},
  "a_time": {"S": "23:59:59.999999"},
  "a_timetz": {"S": "10:00:00+05:30"},
  "a_timestamp": {"S": "2024-01-31T10:00:00.123456"},
  "a_timestamptz": {"S": "2024-01-31T10:00:00.123+01:00"},
  "an_abbreviated": {"S": "2024-01-31 10:00:00 EST"},
  "an_epoch": {"N": "1706695200"},
  "an_epoch_ms": {"N": "-1"},
  "an_epoch_date": {"N": "1706659200"},
  "an_interval": {"S": "1 year 2 mons -3 days +04:05:06.789"},
  "an_amount": {"S": "$1,234.56"},
  "an_inet": {"S": "10.1.2.3/8"},
  "a_cidr": {"S": "2001:db8::/32"},
  "a_macaddr": {"S": "08:00:2b:01:02:03"},
  "a_bit": {"S": "101"},
  "a_point": {"S": "(1.5,-2)"},
  "a_range": {"S": "[2024-01-01 00:00:00+00,2024-02-01 00:00:00+00)"},
  "a_composite": {"S": "(3,\"2024-01-31 10:00:00+00\")"},
  "a_regclass": {"S": "pg_class"},
  "a_map": {"M": {"a": {"N": "1"}, "b": {"L": [{"S": "x"}, {"NULL": true}]}}},
  "a_text_array": {"SS": ["b", "a", "Z", "é", ""]},
  "an_enum_array": {"SS": ["red", "blue"]},
  "a_uuid_array": {"SS": ["b0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
                          "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]},
  "a_timestamptz_array": {"SS": ["2024-01-31T10:00:00Z"]},
  "an_integer_array": {"NS": ["10", "9", "100"]},
  "a_numeric_array": {"NS": ["1.5", "-10", "-9.5", "0", "1E3"]},
  "a_bytea_array": {"BS": ["/w==", "AA==", "AAE="]},
  "a_text_list": {"L": [{"S": "b"}, {"NULL": true}, {"S": "a"}, {"S": "b"}]},
  "a_numeric_list": {"L": [{"N": "1E2"}, {"N": "-0.50"}, {"N": "+7"}]},
  "a_bytea_list": {"L": [{"B": "AQ=="}, {"B": ""}]},
  "a_boolean_list": {"L": [{"BOOL": true}, {"BOOL": false}]},
  "a_jsonb_list": {"L": [{"M": {"k": {"BOOL": true}}}, {"N": "1"}, {"NULL": true}]},
  "an_empty_list": {"L": []}}');

-- The same row, through the input functions of an ordinary table.
SET TimeZone = 'UTC';
SET DateStyle = 'ISO, YMD';
SET IntervalStyle = postgres;
SET lc_monetary = 'C';
CREATE TABLE local_every_type (LIKE every_type);
INSERT INTO local_every_type VALUES (
  'full', E'h\u00e9llo \U0001F600 "quoted" back\\slash /\b\f\n\r\t\u0001\u007f  ', '', 'äöüß€', 'a b  ',
  E'h\u00e9llo \U0001F600 "quoted" back\\slash /\b\f\n\r\t\u0001\u007f  ',
  'x', 'MixedCase', 'dark green', 'maybe', 'maybe',
  -32768, 2147483647, -9223372036854775808,
  -12345678901234567890.123456789012345678, 12345.60, 12300, '0.1', '0.1', 7,
  false, '\x00010203ff', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
  '2024-02-29', '23:59:59.999999', '10:00:00+05:30',
  '2024-01-31 10:00:00.123456', '2024-01-31 09:00:00.123+00', '2024-01-31 15:00:00+00',
  '2024-01-31 09:00:00.123+00',
  '2024-01-31 10:00:00+00', '1969-12-31 23:59:59.999', '2024-01-31',
  '1 year 2 mons -3 days +04:05:06.789', '1234.56', '10.1.2.3/8', '2001:db8::/32', '08:00:2b:01:02:03',
  '101', '101', '(1.5,-2)', '[2024-01-01 00:00+00,2024-02-01 00:00+00)',
  '(3,2024-01-31 10:00+00)', 'pg_class',
  '{"a":1,"b":["x",null]}', '{"a":1,"b":["x",null]}',
  ARRAY['', 'Z', 'a', 'b', 'é'], '{blue,red}',
  '{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11,b0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}',
  '{2024-01-31 10:00:00+00}', '{9,10,100}', '{-10,-9.5,0,1.5,1000}',
  '{-10,-9.5,0,1.5,1000}', '{9,10,100}', ARRAY['\x00', '\x0001', '\xff']::bytea[],
  ARRAY['b', NULL, 'a', 'b'], '{100,-0.5,7}', ARRAY['\x01', '']::bytea[],
  '{true,false}', ARRAY['{"k": true}', '1', NULL]::jsonb[], '{}');

CREATE FUNCTION each_column()
RETURNS TABLE (colname name, type text, value text, same boolean)
LANGUAGE plpgsql AS $$
BEGIN
  FOR colname, type IN
    SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
      WHERE attrelid = 'every_type'::regclass AND attnum > 0 ORDER BY attnum
  LOOP
    EXECUTE format('SELECT left(f.%1$I::text, 45), f *= l
                      FROM (SELECT %1$I FROM every_type WHERE p = ''full'') AS f,
                           (SELECT %1$I FROM local_every_type) AS l',
                   colname) INTO value, same;
    RETURN NEXT;
  END LOOP;
END $$;
\set ECHO queries
SELECT * FROM each_column();

-- What the session shows differently is read the same.
SELECT f *= l AS same FROM every_type f, local_every_type l WHERE f.p = 'full';
SET DateStyle = 'German, DMY';
SET TimeZone = 'Asia/Kathmandu';
SET timezone_abbreviations = 'Australia';
SET IntervalStyle = sql_standard;
SET extra_float_digits = -5;
SET bytea_output = escape;
SET lc_numeric = 'C';
SELECT f *= l AS same FROM every_type f, local_every_type l WHERE f.p = 'full';
SELECT a_timestamptz, a_date, an_interval, a_double, a_bytea FROM every_type
  WHERE p = 'full';
SET DateStyle = 'SQL, MDY';
SET TimeZone = 'PST8PDT';
SET IntervalStyle = iso_8601;
SELECT f *= l AS same FROM every_type f, local_every_type l WHERE f.p = 'full';
SHOW DateStyle;
SHOW TimeZone;
SHOW IntervalStyle;
SHOW timezone_abbreviations;
SET DateStyle = 'ISO, YMD';
SET TimeZone = 'UTC';
RESET timezone_abbreviations;
SET IntervalStyle = postgres;
RESET extra_float_digits;
RESET bytea_output;
RESET lc_numeric;

-- Missing attributes and the NULL type are both NULL.
CALL put('{"p": {"S": "missing"}}');
DO $$
DECLARE
  nulls jsonb;
BEGIN
  SELECT jsonb_object_agg(attname, '{"NULL": true}'::jsonb) INTO nulls
    FROM pg_attribute
    WHERE attrelid = 'every_type'::regclass AND attnum > 0;
  CALL put(nulls || '{"p": {"S": "null"}, "a_map": {"NULL": true}}');
END $$;
SELECT p, (SELECT string_agg(key, ', ') FROM jsonb_each(to_jsonb(f)) WHERE value <> 'null') AS not_null
  FROM every_type f WHERE p <> 'full' ORDER BY p;

-- Any other way of writing the text forms that have several.
CREATE FUNCTION read_as(type text, wire jsonb, options text = '')
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text;
  detail text;
BEGIN
  CALL put(jsonb_build_object('p', '{"S": "one"}'::jsonb, 'v', wire));
  EXECUTE format('CREATE FOREIGN TABLE one (p text COLLATE "C" NOT NULL, v %s %s)
                    SERVER type_read OPTIONS (table_name ''type_read'')',
                 type, CASE WHEN options <> '' THEN
                         'OPTIONS (' || options || ')' ELSE '' END);
  BEGIN
    SELECT coalesce(v::text, 'NULL') INTO result FROM one WHERE p = 'one';
  EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    result := SQLSTATE || ' ' || CASE WHEN detail = '' THEN SQLERRM ELSE detail END;
  END;
  DROP FOREIGN TABLE one;
  RETURN result;
END $$;

-- numbers: all digits, no more scale than needed, every spelling
SELECT n, read_as('numeric', jsonb_build_object('N', n)) AS at_the_top,
    read_as('numeric[]', jsonb_build_object('L', jsonb_build_array(
      jsonb_build_object('N', n))), $$attribute_type 'L'$$) AS within
  FROM unnest(ARRAY['0', '-0', '0.0', '1.50', '+1.5', '.5', '5.', '007', '1E2', '1e-2',
                    '-1.5E+3', '12345678901234567890123456789012345678',
                    '0.00000000000000000000000000000000000001',
                    '-99999999999999999999999999999999999999',
                    '10000000000000000000000', '9223372036854775808']) AS n;
-- the ends of the range
SELECT n, read_as('numeric', jsonb_build_object('N', n)) = n::numeric::text AS same,
    read_as('double precision', jsonb_build_object('N', n)) AS double
  FROM unnest(ARRAY['9.9999999999999999999999999999999999999E+125', '-1E125', '1E-130',
                    '-9.9999999999999999999999999999999999999E-130']) AS n;
-- the nearest float, and only one rounding
SELECT n, read_as('real', jsonb_build_object('N', n)) AS real,
    read_as('double precision', jsonb_build_object('N', n)) AS double
  FROM unnest(ARRAY['16777217', '0.1000000000000000055511151231257827', '9007199254740993',
                    '1.00000005960464477539062500000000001', '3.4028235E38']) AS n;
-- numeric(p,s) shows its own scale
SELECT type, n, read_as(type, jsonb_build_object('N', n))
  FROM (VALUES ('numeric(5,2)', '1'), ('numeric(5,2)', '-0.5'), ('numeric(5,2)', '999.99'),
               ('numeric(3,5)', '0.00123'), ('numeric(3,5)', '0'), ('numeric(3,-2)', '99900'),
               ('numeric(38,0)', '12345678901234567890123456789012345678'))
    AS v (type, n);

-- strings: empty is not NULL, blanks stay
SELECT type, s, '"' || read_as(type, jsonb_build_object('S', s)) || '"' AS value
  FROM unnest(ARRAY['text', 'varchar(3)', 'char(3)', 'name', '"char"', 'regress_word']) AS type,
       unnest(ARRAY['', ' ', 'é']) AS s
  WHERE NOT (type = '"char"' AND s = 'é');
SELECT length(read_as('text', jsonb_build_object('S', repeat('x€😀', 30000))));

-- times without a format: what a program or a person may have written
SELECT type, s, read_as(type, jsonb_build_object('S', s))
  FROM (VALUES ('timestamptz', '2024-01-31T10:00:00Z'),
               ('timestamptz', '2024-01-31 10:00'),
               ('timestamptz', '2024-01-31'),
               ('timestamptz', '2024-01-31T10:00:00.1234560Z'),
               ('timestamptz', '20240131T100000Z'),
               ('timestamptz', 'Wed, 31 Jan 2024 10:00:00 GMT'),
               ('timestamptz', '2024-07-31 10:00:00 Europe/Berlin'),
               ('timestamptz', 'infinity'),
               ('timestamptz', '0044-03-15 12:00:00+00 BC'),
               ('timestamp', '2024-01-31T10:00:00Z'),
               ('timestamp(0)', '2024-01-31T10:00:00.000'),
               ('date', '2024-01-31T00:00:00Z'),
               ('date', '31 Jan 2024'),
               ('time', '10:00'),
               ('time', '10:00 PM'),
               ('timetz', '10:00'),
               ('interval', 'P1DT2H'),
               ('interval', '-00:00:01'),
               ('interval(0)', '1 day 00:00:01')) AS v (type, s);

-- sets: sorted by value, whatever their order there
SELECT type, wire, read_as(type, wire::jsonb)
  FROM (VALUES ('numeric[]', '{"NS": ["2", "10", "-3", "0.5", "-0.5"]}'),
               ('smallint[]', '{"NS": ["2", "10", "-3"]}'),
               ('text[]', '{"SS": ["a\u0062", "aa", "a", "\ud83d\ude00", "\uffee"]}'),
               ('varchar(2)[]', '{"SS": ["b", "ab"]}'),
               ('bytea[]', '{"BS": ["gA==", "fw==", ""]}'),
               ('date[]', '{"SS": ["2024-02-01", "2024-01-31"]}')) AS v (type, wire);

\set ECHO none
DO $$ BEGIN
  PERFORM dynamodb_call('type_read', 'DeleteTable', '{"TableName": "type_read"}');
END $$;
DROP TABLE local_every_type;
DROP EXTENSION dynamodb_fdw CASCADE;
DROP FUNCTION each_column, read_as;
DROP PROCEDURE put;
DROP TYPE regress_color, regress_pair;
DROP DOMAIN regress_small, regress_word, regress_count;
