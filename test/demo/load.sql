-- load.sql
--	Fills the DynamoDB table "Shop": a few thousand items, the same every
--	time, written through the API's own BatchWriteItem.

-- Plain JSON as DynamoDB spells it: every value with its type.
CREATE FUNCTION pg_temp.typed(value jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RETURN CASE jsonb_typeof(value)
    WHEN 'string' THEN jsonb_build_object('S', value)
    WHEN 'number' THEN jsonb_build_object('N', value #>> '{}')
    WHEN 'boolean' THEN jsonb_build_object('BOOL', value)
    WHEN 'null' THEN jsonb_build_object('NULL', true)
    WHEN 'object' THEN
      (SELECT jsonb_build_object('M', coalesce(
                jsonb_object_agg(m.key, pg_temp.typed(m.value)), '{}'))
         FROM jsonb_each(value) AS m)
    WHEN 'array' THEN  -- all arrays of this shop are sets of strings
      jsonb_build_object('SS', value)
  END;
END $$;

CREATE TEMP TABLE item (
  n     bigint GENERATED ALWAYS AS IDENTITY,
  value jsonb NOT NULL
);

-- Products.  Every fifteenth is featured: only those have the attributes of
-- GSI1, and so only those are in it.
CREATE TEMP TABLE product AS
  SELECT p, format('SKU-%s', lpad(p::text, 3, '0')) AS sku,
         (ARRAY['Walnut', 'Steel', 'Linen', 'Glass', 'Copper'])[1 + p % 5]
           || ' ' ||
         (ARRAY['Lamp', 'Chair', 'Shelf', 'Bowl', 'Clock', 'Rug', 'Desk'])[1 + p % 7]
           AS name,
         4.99 + p * 37 % 180 AS price
    FROM generate_series(1, 120) AS p;

INSERT INTO item (value)
  SELECT jsonb_strip_nulls(jsonb_build_object(
           'PK', 'PRODUCT#' || sku, 'SK', 'PRODUCT',
           'GSI1PK', CASE WHEN p % 15 = 0 THEN 'FEATURED' END,
           'GSI1SK', CASE WHEN p % 15 = 0 THEN 'PRODUCT#' || sku END,
           'EntityType', 'Product', 'sku', sku, 'name', name, 'price', price,
           'stock', p * 13 % 90,
           'tags', jsonb_build_array(lower(split_part(name, ' ', 1)),
                                     lower(split_part(name, ' ', 2)))))
    FROM product;

-- Users and their addresses.
INSERT INTO item (value)
  SELECT jsonb_build_object(
           'PK', 'USER#' || u, 'SK', 'PROFILE', 'EntityType', 'User',
           'name', given || ' ' || family,
           'email', lower(given) || '.' || lower(family) || u || '@example.com',
           'createdAt', to_char(timestamp '2022-01-03 08:00' + u * interval '19 hours',
                                'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
           'preferences', jsonb_build_object(
             'language', (ARRAY['en', 'de', 'fr'])[1 + u % 3],
             'newsletter', u % 4 = 0))
    FROM generate_series(1, 400) AS u,
         LATERAL (SELECT
           (ARRAY['Ada', 'Grace', 'Alan', 'Edgar', 'Barbara', 'Donald', 'Radia'])[1 + u % 7] AS given,
           (ARRAY['Hill', 'Stone', 'Berg', 'Rivera', 'Okafor'])[1 + u % 5] AS family) AS who;

INSERT INTO item (value)
  SELECT jsonb_build_object(
           'PK', 'USER#' || u, 'SK', 'ADDRESS#' || kind, 'EntityType', 'Address',
           'street', 1 + (u * 7 + ord * 30) % 90 || ' ' ||
             (ARRAY['Mill Lane', 'Harbour Road', 'High Street'])[1 + u % 3],
           'city', (ARRAY['Dublin', 'Lyon', 'Graz', 'Porto'])[1 + (u + ord) % 4])
    FROM generate_series(1, 400) AS u,
         unnest(ARRAY['home', 'work']) WITH ORDINALITY AS kinds(kind, ord)
   WHERE kind = 'home' OR u % 3 = 0;

-- Orders, numbered through each year, and the lines of each.
CREATE TEMP TABLE line AS
  SELECT y AS year, n, line, sku, name, price, 1 + (n + line) % 3 AS quantity
    FROM (VALUES (2023, 400), (2024, 600)) AS years(y, orders)
   CROSS JOIN generate_series(1, orders) AS n
   CROSS JOIN generate_series(1, 1 + n % 3) AS line
    JOIN product ON p = 1 + (n * 31 + line * 17 + y * 7) % 120;

INSERT INTO item (value)
  SELECT jsonb_build_object(
           'PK', 'USER#' || u, 'SK', 'ORDER#' || id,
           'GSI1PK', 'ORDER#' || id, 'GSI1SK', 'ORDER',
           'GSI2PK', 'STATUS#' || status, 'GSI2SK', 'ORDER#' || id,
           'EntityType', 'Order', 'orderId', id, 'status', status,
           'total', total,
           'createdAt', to_char(make_timestamp(year, 1, 1, 9, 0, 0)
                                + n * CASE year WHEN 2023 THEN interval '21 hours'
                                                ELSE interval '14 hours' END,
                                'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
    FROM (SELECT year, n, sum(price * quantity) AS total,
                 format('%s-%s', year, lpad(n::text, 3, '0')) AS id,
                 CASE WHEN n % 50 = 1 THEN 123 ELSE 1 + n * 37 % 400 END AS u,
                 CASE WHEN n % 29 = 0 THEN 'cancelled'
                      WHEN year = 2024 AND n > 590 THEN 'pending'
                      WHEN year = 2024 AND n > 570 THEN 'shipped'
                      ELSE 'delivered' END AS status
            FROM line GROUP BY year, n) AS orders;

INSERT INTO item (value)
  SELECT jsonb_build_object(
           'PK', 'ORDER#' || id, 'SK', 'ITEM#' || line,
           'GSI1PK', 'ORDER#' || id, 'GSI1SK', 'ITEM#' || line,
           'EntityType', 'OrderItem', 'orderId', id,
           'sku', sku, 'name', name, 'price', price, 'quantity', quantity)
    FROM (SELECT *, format('%s-%s', year, lpad(n::text, 3, '0')) AS id
            FROM line) AS lines;

-- Twenty-five items a request is what the API takes; what it leaves undone
-- it returns, to be sent again.
DO $$
DECLARE
  batch    jsonb;
  response jsonb;
BEGIN
  FOR batch IN
    SELECT jsonb_agg(jsonb_build_object('PutRequest',
             jsonb_build_object('Item', pg_temp.typed(value) -> 'M')))
      FROM item GROUP BY (n - 1) / 25
  LOOP
    batch := jsonb_build_object('Shop', batch);
    WHILE batch <> '{}' LOOP
      response := dynamodb_call('shop', 'BatchWriteItem',
                                jsonb_build_object('RequestItems', batch));
      batch := coalesce(response -> 'UnprocessedItems', '{}');
    END LOOP;
  END LOOP;
END $$;
