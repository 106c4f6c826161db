--
-- ANALYZE: what the planner knows of a foreign table.  How much is read of a
-- large one is for test/t/011_analyze.pl.
--
\getenv endpoint DYNAMODB_ENDPOINT
-- request IDs differ
\set SHOW_CONTEXT never
CREATE EXTENSION dynamodb_fdw;
CREATE SERVER local FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (endpoint :'endpoint', region 'us-east-1');
CREATE USER MAPPING FOR CURRENT_USER SERVER local
  OPTIONS (aws_access_key_id 'local', aws_secret_access_key 'local');

-- 40 customers, each with 1 to 9 orders
CREATE FOREIGN TABLE orders (
  customer text COLLATE "C" NOT NULL,
  n        integer NOT NULL,
  dropped  text,
  status   text,
  city     text OPTIONS (attribute_path 'address.city'),
  total    integer,
  tags     text[],
  rest     jsonb OPTIONS (attribute_name '*')
) SERVER local OPTIONS (table_name 'analyze_orders', partition_key 'customer', sort_key 'n');
ALTER FOREIGN TABLE orders DROP COLUMN dropped;
SELECT dynamodb_create_table('orders');
DO $$
DECLARE
  requests jsonb;
BEGIN
  FOR c IN 1..40 LOOP
    SELECT jsonb_agg(jsonb_build_object('PutRequest', jsonb_build_object('Item', jsonb_build_object(
        'customer', jsonb_build_object('S', 'C#' || c),
        'n', jsonb_build_object('N', i::text),
        'status', jsonb_build_object('S', CASE WHEN (c + i) % 4 = 0 THEN 'open' ELSE 'sent' END),
        'address', jsonb_build_object('M', jsonb_build_object('city', jsonb_build_object('S', 'city' || c % 5))),
        'total', CASE c WHEN 7 THEN '{"S": "many"}' ELSE jsonb_build_object('N', (c * i)::text) END,
        'tags', jsonb_build_object('SS', ARRAY['t' || c % 3, 'u'])))))
      INTO requests FROM generate_series(1, 1 + c % 9) AS i;
    PERFORM dynamodb_call('local', 'BatchWriteItem',
      jsonb_build_object('RequestItems', jsonb_build_object('analyze_orders', requests)));
  END LOOP;
END $$;

ANALYZE orders;
SELECT reltuples FROM pg_class WHERE relname = 'orders';
SELECT attname, null_frac, n_distinct, most_common_elems
  FROM pg_stats WHERE tablename = 'orders' AND attname <> 'total' ORDER BY attname;
SELECT most_common_vals, round(most_common_freqs[1]::numeric, 3) AS frequency
  FROM pg_stats WHERE tablename = 'orders' AND attname = 'status';
SELECT round(null_frac::numeric, 3) AS null_frac, n_distinct FROM pg_stats
  WHERE tablename = 'orders' AND attname = 'total';

-- some columns; as a partition; nothing of it
ANALYZE orders (status);
CREATE TABLE all_orders (customer text COLLATE "C" NOT NULL, n integer NOT NULL) PARTITION BY LIST (customer);
CREATE FOREIGN TABLE some_orders PARTITION OF all_orders DEFAULT
  SERVER local OPTIONS (table_name 'analyze_orders');
ANALYZE all_orders;
SELECT relname, reltuples FROM pg_class WHERE relname IN ('all_orders', 'some_orders') ORDER BY relname;
SELECT attname, inherited, n_distinct FROM pg_stats WHERE tablename = 'all_orders' ORDER BY attname;
CREATE FOREIGN TABLE new_orders (customer text COLLATE "C" NOT NULL)
  SERVER local OPTIONS (table_name 'analyze_orders', analyze_read_units '0');
ANALYZE new_orders;
SELECT relpages > 0 AS pages, reltuples > 0 AS tuples, (SELECT count(*) FROM pg_stats WHERE tablename = 'new_orders') AS columns
  FROM pg_class WHERE relname = 'new_orders';
ALTER FOREIGN TABLE orders OPTIONS (ADD analyze_read_units '0');
ANALYZE orders;
SELECT count(*) > 0 AS columns FROM pg_stats WHERE tablename = 'orders';

-- not what isn't there
ALTER FOREIGN TABLE orders OPTIONS (SET table_name 'analyze_nothing', DROP analyze_read_units);
ANALYZE orders;
ALTER FOREIGN TABLE orders OPTIONS (SET table_name 'analyze_orders');

SELECT dynamodb_call('local', 'DeleteTable', '{"TableName": "analyze_orders"}') IS NOT NULL AS deleted;
DROP TABLE all_orders;
DROP EXTENSION dynamodb_fdw CASCADE;
