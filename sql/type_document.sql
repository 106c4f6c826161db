-- Documents and names: paths into items, the rest of an item, json and jsonb,
-- attribute names of every kind, and characters that PostgreSQL cannot hold.
\getenv endpoint DYNAMODB_ENDPOINT
CREATE EXTENSION dynamodb_fdw;
CREATE SERVER type_document FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (region 'us-east-1', endpoint :'endpoint');
CREATE USER MAPPING FOR CURRENT_USER SERVER type_document
  OPTIONS (aws_access_key_id 'local', aws_secret_access_key 'local');
CREATE FOREIGN TABLE made (p text COLLATE "C" NOT NULL)
  SERVER type_document OPTIONS (table_name 'type_document');
SELECT dynamodb_create_table('made');
CREATE PROCEDURE put(item jsonb) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM dynamodb_call('type_document', 'PutItem',
    jsonb_build_object('TableName', 'type_document', 'Item', item));
END $$;
\pset null '-'
\set ECHO queries

-- Attribute names: letter case, reserved words of either side, and all that
-- means something in a path, an expression, JSON or SQL.
CALL put('{"p": {"S": "names"}, "lower": {"S": "lower"}, "LOWER": {"S": "upper"},
  "Size": {"S": "reserved there"}, "select": {"S": "reserved here"}, "a.b": {"S": "dot"},
  "a b": {"S": "blank"}, "a\"b": {"S": "double quote"}, "a''b": {"S": "single quote"},
  "a\\b": {"S": "backslash"}, "a[0]": {"S": "brackets"}, "#n0": {"S": "hash"},
  ":v0": {"S": "colon"}, "tab\there": {"S": "tab"}, "ÄÖ": {"S": "umlauts"},
  "a\u0308": {"S": "combining"}, "😀": {"S": "emoji"}, "0": {"S": "digit"},
  " ": {"S": "one blank"}, "*star": {"S": "star"}}');
CREATE FOREIGN TABLE names (
  p text COLLATE "C" NOT NULL,
  lower text,
  "LOWER" text,
  size_ text OPTIONS (attribute_name 'Size'),
  "select" text,
  "a.b" text,
  blank text OPTIONS (attribute_name 'a b'),
  "a""b" text,
  single text OPTIONS (attribute_name 'a''b'),
  back text OPTIONS (attribute_name 'a\b'),
  "a[0]" text,
  "#n0" text,
  colon text OPTIONS (attribute_name ':v0'),
  tab text OPTIONS (attribute_name E'tab\there'),
  "ÄÖ" text,
  combining text OPTIONS (attribute_name E'a\u0308'),
  composed text OPTIONS (attribute_name 'ä'),
  "😀" text,
  digit text OPTIONS (attribute_name '0'),
  one_blank text OPTIONS (attribute_name ' '),
  same_lower text OPTIONS (attribute_name 'lower'),
  size text,
  by_path text OPTIONS (attribute_path '"a.b"'),
  rest jsonb OPTIONS (attribute_name '*')
) SERVER type_document OPTIONS (table_name 'type_document');
\x on
SELECT * FROM names WHERE p = 'names';
-- without the rest, each name goes into the request
ALTER FOREIGN TABLE names DROP COLUMN rest;
SELECT * FROM names WHERE p = 'names';
\x off
EXPLAIN (VERBOSE, COSTS OFF)
  SELECT lower, "LOWER", "a.b", "a""b", "😀", by_path FROM names WHERE p = 'names';

-- Paths
CALL put('{"p": {"S": "paths"},
  "address": {"M": {"city": {"S": "Kraków"}, "geo": {"M": {"lat": {"N": "50.06"}, "lon": {"N": "19.94"}}},
                    "lines": {"L": [{"S": "first"}, {"NULL": true}, {"M": {"odd.na\"me": {"S": "deep"}}}]}}},
  "matrix": {"L": [{"L": [{"N": "1"}, {"N": "2"}]}, {"L": [{"N": "3"}, {"N": "4"}]}]},
  "tags": {"SS": ["a", "b"]}, "scalar": {"S": "s"}}');
CALL put('{"p": {"S": "other shapes"}, "address": {"S": "somewhere"},
  "matrix": {"M": {"x": {"N": "1"}}}, "tags": {"L": [{"S": "listed"}]}}');
CALL put('{"p": {"S": "nothing"}}');
CREATE FOREIGN TABLE paths (
  p text COLLATE "C" NOT NULL,
  city text OPTIONS (attribute_path 'address.city'),
  lat numeric OPTIONS (attribute_path 'address.geo.lat'),
  geo jsonb OPTIONS (attribute_path 'address.geo'),
  line_0 text OPTIONS (attribute_path 'address.lines[0]'),
  line_1 text OPTIONS (attribute_path 'address.lines[1]'),
  line_7 text OPTIONS (attribute_path 'address.lines[7]'),
  deep text OPTIONS (attribute_path 'address.lines[2]."odd.na""me"'),
  missing text OPTIONS (attribute_path 'address.geo.alt'),
  cell integer OPTIONS (attribute_path 'matrix[1][0]'),
  "row" integer[] OPTIONS (attribute_path 'matrix[1]', attribute_type 'L'),
  tag text OPTIONS (attribute_path 'tags[0]'),
  below_scalar text OPTIONS (attribute_path 'scalar.x'),
  plain text OPTIONS (attribute_path 'scalar')
) SERVER type_document OPTIONS (table_name 'type_document');
SELECT * FROM paths WHERE p IN ('paths', 'other shapes', 'nothing') ORDER BY p;
SELECT cell, lat FROM paths WHERE p = 'paths';
-- overlapping paths, in either order
SELECT lat, geo, city FROM paths WHERE p = 'paths';
SELECT geo, lat FROM paths WHERE p = 'paths';
EXPLAIN (VERBOSE, COSTS OFF) SELECT lat, geo, city, cell, deep FROM paths WHERE p = 'paths';
-- a path and the attribute it begins with, as a whole
ALTER FOREIGN TABLE paths ADD COLUMN address jsonb;
SELECT address, lat FROM paths WHERE p IN ('paths', 'other shapes') ORDER BY p;
-- what isn't a path
CREATE FUNCTION bad_path(path text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  detail text;
BEGIN
  EXECUTE format('CREATE FOREIGN TABLE bad (v text OPTIONS (attribute_path %L)) SERVER type_document
                    OPTIONS (table_name ''type_document'')', path);
  BEGIN
    PERFORM v FROM bad;
  EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    DROP FOREIGN TABLE bad;
    RETURN SQLERRM || ': ' || detail;
  END;
  DROP FOREIGN TABLE bad;
  RETURN 'accepted';
END $$;
SELECT path, bad_path(path) FROM unnest(ARRAY['a.', '.a', 'a..b', 'a[', 'a[]', 'a[x]', 'a[-1]',
  'a[2147483648]', 'a"b', '"a', 'a[0]b', 'a]', '""', 'a' || repeat('.a', 32), 'a' || repeat('.a', 31)]) AS path;

-- json and jsonb: any value
CREATE FOREIGN TABLE documents (
  p text COLLATE "C" NOT NULL,
  v jsonb,
  j json OPTIONS (attribute_name 'v'),
  typed jsonb OPTIONS (attribute_name 'v', format 'dynamodb'),
  typed_j json OPTIONS (attribute_name 'v', format 'dynamodb'),
  m jsonb OPTIONS (attribute_name 'v', attribute_type 'M', on_type_mismatch 'null')
) SERVER type_document OPTIONS (table_name 'type_document');
CREATE FUNCTION documents_of(wire jsonb) RETURNS SETOF documents LANGUAGE plpgsql AS $$
BEGIN
  CALL put(jsonb_build_object('p', '{"S": "document"}'::jsonb, 'v', wire));
  RETURN QUERY SELECT * FROM documents WHERE p = 'document';
END $$;
SELECT d.v, jsonb_typeof(d.v), d.j, d.typed_j, d.typed = d.typed_j::jsonb AS same, d.m IS NOT NULL AS m
  FROM unnest(ARRAY[
    '{"S": "text \"quoted\" \\ \u0001 é"}', '{"S": ""}', '{"N": "1.50"}', '{"N": "1E2"}', '{"N": "-0"}',
    '{"N": "-12345678901234567890.123456789012345678"}', '{"B": "AAE="}',
    '{"BOOL": true}', '{"BOOL": false}', '{"NULL": true}', '{"SS": ["a"]}', '{"L": []}', '{"M": {}}',
    '{"L": [{"L": [{"M": {" ": {"NULL": true}}}]}, {"S": "x"}]}']::jsonb[]) AS wire,
    documents_of(wire) AS d;
-- sets are sorted, numbers have their plain form, however deep
SELECT d.v FROM unnest(ARRAY[
    '{"SS": ["b", "a", "Z"]}', '{"NS": ["10", "9", "-1"]}', '{"BS": ["AQ==", "AA=="]}',
    '{"L": [{"N": "1E2"}, {"N": "-0"}, {"N": "+01.50"}, {"N": ".5"}, {"N": "5."}, {"N": "1E-10"}]}',
    '{"M": {"b": {"NULL": true}, "a": {"L": [{"NS": ["3", "20"]}, {"M": {"n": {"N": "1e1"}}}]}}}']::jsonb[]) AS wire,
    documents_of(wire) AS d;
-- the ends of the range, and 31 levels
SELECT (d.v ->> 0)::numeric = 1e-130 AS least, (d.v ->> 1)::numeric AS greatest
  FROM documents_of('{"L": [{"N": "1E-130"}, {"N": "9.9999999999999999999999999999999999999E+125"}]}') AS d;
SELECT d.v = (repeat('[', 31) || repeat(']', 31))::jsonb AS deep
  FROM documents_of((repeat('{"L": [', 30) || '{"L": []}' || repeat(']}', 30))::jsonb) AS d;

-- The rest: what no other column shows as a whole, keys included
CALL put('{"p": {"S": "rest"}, "a": {"S": "shown"}, "b": {"M": {"c": {"N": "1"}, "d": {"N": "2"}}},
  "ü": {"S": "shown"}, "null": {"NULL": true}, "set": {"NS": ["1"]}, "bin": {"B": "AA=="}}');
CREATE FOREIGN TABLE rest (
  a text,
  c integer OPTIONS (attribute_path 'b.c'),
  "ü" text,
  rest jsonb OPTIONS (attribute_name '*'),
  rest_json json OPTIONS (attribute_name '*'),
  rest_typed jsonb OPTIONS (attribute_name '*', format 'dynamodb')
) SERVER type_document OPTIONS (table_name 'type_document');
SELECT a, c, rest FROM rest WHERE rest ->> 'p' = 'rest';
SELECT rest_json::jsonb = rest AS same, rest_typed FROM rest WHERE a = 'shown';
ALTER FOREIGN TABLE rest ADD COLUMN p text COLLATE "C" NOT NULL;
SELECT rest FROM rest WHERE p IN ('rest', 'nothing') ORDER BY p;
EXPLAIN (VERBOSE, COSTS OFF) SELECT rest, a FROM rest WHERE p = 'rest';

-- U+0000 and halves of surrogate pairs: legal there, no text here.
\! perl "$PG_ABS_SRCDIR/test/service/call.pl" PutItem '{"TableName": "type_document", "Item": {"p": {"S": "nul"}, "ok": {"S": "fine \ud83d\ude00"}, "nul": {"S": "a\u0000b"}, "half": {"S": "x\ud83dy"}, "other half": {"S": "\ude00"}, "both": {"M": {"s": {"S": "\u0000\ud800"}}}, "beside": {"M": {"s": {"S": "\u0000"}, "n": {"N": "1E2"}}}, "ss": {"SS": ["a", "\u0000"]}, "m\u0000": {"N": "1"}}}'
CREATE FOREIGN TABLE nul (
  p text COLLATE "C" NOT NULL,
  ok text,
  nul text,
  nul_name name OPTIONS (attribute_name 'nul'),
  half varchar,
  other_half text OPTIONS (attribute_name 'other half'),
  ss text[],
  n integer OPTIONS (attribute_path 'beside.n'),
  both_b jsonb OPTIONS (attribute_name 'both'),
  both_j json OPTIONS (attribute_name 'both'),
  both_t json OPTIONS (attribute_name 'both', format 'dynamodb'),
  rest jsonb OPTIONS (attribute_name '*')
) SERVER type_document OPTIONS (table_name 'type_document');
-- nobody who doesn't ask for them is harmed
SELECT p, ok, n FROM nul WHERE p = 'nul';
SELECT count(*) FROM nul WHERE ok LIKE 'fine%';
SELECT count(both_j), count(*) FROM nul WHERE p = 'nul';
SELECT lower(both_j::text), lower(both_t::text) FROM nul WHERE p = 'nul';
SELECT nul FROM nul WHERE p = 'nul';
\echo :LAST_ERROR_SQLSTATE
SELECT nul_name FROM nul WHERE p = 'nul';
SELECT half FROM nul WHERE p = 'nul';
SELECT other_half FROM nul WHERE p = 'nul';
SELECT ss FROM nul WHERE p = 'nul';
SELECT both_b FROM nul WHERE p = 'nul';
SELECT rest FROM nul WHERE p = 'nul';
SELECT p FROM nul WHERE p = 'nul' AND nul = 'a';
ALTER FOREIGN TABLE nul OPTIONS (ADD on_type_mismatch 'null');
SELECT p, ok, nul, nul_name, half, other_half, ss, n, both_b, rest FROM nul WHERE p = 'nul';
ALTER FOREIGN TABLE nul ALTER COLUMN rest TYPE json;
SELECT rest::text LIKE '%"m\\u0000":1%' AS rest FROM nul WHERE p = 'nul';

\set ECHO none
DO $$ BEGIN
  PERFORM dynamodb_call('type_document', 'DeleteTable', '{"TableName": "type_document"}');
END $$;
DROP FUNCTION documents_of, bad_path;
DROP EXTENSION dynamodb_fdw CASCADE;
DROP PROCEDURE put;
