-- tour.sql
--	Eleven questions to a shop in DynamoDB, each with the requests it takes.
--
-- make demo shows it, make check compares it with expected/tour.out (there
-- without costs, which vary).  The schema is in schema.sql.

\pset pager off
SET jit = off;
\if :{?explain}
\else
  \set explain 'ANALYZE, BUFFERS OFF, TIMING OFF, SUMMARY OFF'
\endif
\if :{?estimate}
\else
  \set estimate 'COSTS ON'
\endif
\set ECHO queries

\echo '------------------------------------------------------------------------'
\echo ' A shop in one DynamoDB table, seen from PostgreSQL.  Users, addresses,'
\echo ' orders, order items and products share the table "Shop".  One statement'
\echo ' looks at some of its items and makes a foreign table with a column for'
\echo ' each attribute; another tells the planner how many of what there are:'
\echo '------------------------------------------------------------------------'
IMPORT FOREIGN SCHEMA dynamodb LIMIT TO (shop) FROM SERVER shop INTO public;
ANALYZE shop;
SELECT attname AS column, format_type(atttypid, atttypmod) AS type
  FROM pg_attribute WHERE attrelid = 'shop'::regclass AND attnum > 0;

\echo
\echo '------------------------------------------------------------------------'
\echo ' Watch DynamoDB Operation and Requests: every question goes out as the'
\echo ' request an expert would have written.  To be sure that nothing reads the'
\echo ' whole table:'
\echo '------------------------------------------------------------------------'
SET dynamodb_fdw.allow_scan = off;

\echo
\echo '== 1. A user''s profile.  The whole primary key: GetItem, one item.'
EXPLAIN (:explain)
SELECT name, email, preferences ->> 'language' AS language,
       created_at FROM shop
 WHERE pk = 'USER#123' AND sk = 'PROFILE';
SELECT name, email, preferences ->> 'language' AS language,
       created_at FROM shop
 WHERE pk = 'USER#123' AND sk = 'PROFILE';

\echo
\echo '== 2. Her addresses.  LIKE with a prefix is begins_with on the sort key.'
EXPLAIN (:explain)
SELECT sk, street, city FROM shop
 WHERE pk = 'USER#123' AND sk LIKE 'ADDRESS#%';
SELECT sk, street, city FROM shop
 WHERE pk = 'USER#123' AND sk LIKE 'ADDRESS#%';

\echo
\echo '== 3. Her latest orders.  ORDER BY the sort key is the order DynamoDB has'
\echo '      anyway, backward here; LIMIT is the size of the page.  No Sort node.'
EXPLAIN (:explain)
SELECT order_id, status, total, created_at FROM shop
 WHERE pk = 'USER#123' AND sk LIKE 'ORDER#%'
 ORDER BY sk DESC LIMIT 3;
SELECT order_id, status, total, created_at FROM shop
 WHERE pk = 'USER#123' AND sk LIKE 'ORDER#%'
 ORDER BY sk DESC LIMIT 3;

\echo
\echo '== 4. An order by its id alone.  That isn''t a key of the table, but it is'
\echo '      one of the index GSI1.'
EXPLAIN (:explain)
SELECT pk, order_id, status, total FROM shop
 WHERE gsi1pk = 'ORDER#2024-101' AND gsi1sk = 'ORDER';
SELECT pk, order_id, status, total FROM shop
 WHERE gsi1pk = 'ORDER#2024-101' AND gsi1sk = 'ORDER';

\echo
\echo '== 5. An order with its items: one collection in GSI1.  The index is'
\echo '      sparse, items without gsi1sk aren''t in it; "gsi1sk IS NOT NULL" says'
\echo '      that they aren''t wanted, so the index may answer.'
EXPLAIN (:explain)
SELECT entity_type, name, quantity, price, total FROM shop
 WHERE gsi1pk = 'ORDER#2024-101' AND gsi1sk IS NOT NULL
 ORDER BY gsi1sk DESC;
SELECT entity_type, name, quantity, price, total FROM shop
 WHERE gsi1pk = 'ORDER#2024-101' AND gsi1sk IS NOT NULL
 ORDER BY gsi1sk DESC;

\echo
\echo '== 6. A product, with a set as an array.'
EXPLAIN (:explain)
SELECT name, price, stock, tags FROM shop
 WHERE pk = 'PRODUCT#SKU-015' AND sk = 'PRODUCT';
SELECT name, price, stock, tags FROM shop
 WHERE pk = 'PRODUCT#SKU-015' AND sk = 'PRODUCT';

\echo
\echo '== 7. The featured products.  Only they carry GSI1PK = FEATURED: the sparse'
\echo '      index holds the eight of them and nothing else.'
EXPLAIN (:explain)
SELECT sku, name, price FROM shop
 WHERE gsi1pk = 'FEATURED' AND gsi1sk LIKE 'PRODUCT#%';
SELECT sku, name, price FROM shop
 WHERE gsi1pk = 'FEATURED' AND gsi1sk LIKE 'PRODUCT#%';

\echo
\echo '== 8. All pending orders, of whichever user: GSI2 has them by status.'
EXPLAIN (:explain)
SELECT order_id, pk AS customer, total, created_at FROM shop
 WHERE gsi2pk = 'STATUS#pending' AND gsi2sk LIKE 'ORDER#%';
SELECT order_id, pk AS customer, total, created_at FROM shop
 WHERE gsi2pk = 'STATUS#pending' AND gsi2sk LIKE 'ORDER#%';

\echo
\echo '== 9. A join.  The customers that Eve looks after are rows in PostgreSQL,'
\echo '      their orders items in DynamoDB: a Query for each customer.'
EXPLAIN (:explain)
SELECT c.company, o.order_id, o.status, o.total
  FROM customers c
  JOIN shop o ON o.pk = c.user_key AND o.sk LIKE 'ORDER#2024-%'
 WHERE c.manager = 'Eve' AND o.total > 300
 ORDER BY c.company, o.order_id;
SELECT c.company, o.order_id, o.status, o.total
  FROM customers c
  JOIN shop o ON o.pk = c.user_key AND o.sk LIKE 'ORDER#2024-%'
 WHERE c.manager = 'Eve' AND o.total > 300
 ORDER BY c.company, o.order_id;

\echo
\echo '== 10. Revenue in 2024 by month and status: SQL does what DynamoDB can''t,'
\echo '       on the items of one Query for each status.'
EXPLAIN (:explain)
SELECT to_char(o.created_at, 'YYYY-MM') AS month,
       sum(o.total) FILTER (WHERE o.status = 'delivered') AS delivered,
       sum(o.total) FILTER (WHERE o.status = 'shipped') AS shipped,
       sum(o.total) FILTER (WHERE o.status = 'pending') AS pending
  FROM (VALUES ('delivered'), ('shipped'), ('pending')) AS s (status)
  JOIN shop o ON o.gsi2pk = 'STATUS#' || s.status
            AND o.gsi2sk LIKE 'ORDER#2024-%'
 GROUP BY month ORDER BY month;
SELECT to_char(o.created_at, 'YYYY-MM') AS month,
       sum(o.total) FILTER (WHERE o.status = 'delivered') AS delivered,
       sum(o.total) FILTER (WHERE o.status = 'shipped') AS shipped,
       sum(o.total) FILTER (WHERE o.status = 'pending') AS pending
  FROM (VALUES ('delivered'), ('shipped'), ('pending')) AS s (status)
  JOIN shop o ON o.gsi2pk = 'STATUS#' || s.status
            AND o.gsi2sk LIKE 'ORDER#2024-%'
 GROUP BY month ORDER BY month;

\echo
\echo '== 11. A question that no key and no index answers.  EXPLAIN sends nothing'
\echo '       and says what it would take; running it is refused, as asked above.'
EXPLAIN (:estimate)
SELECT entity_type FROM shop;
\set ON_ERROR_STOP off
SELECT entity_type, count(*) FROM shop GROUP BY entity_type ORDER BY entity_type;
\set ON_ERROR_STOP on

\echo
\echo '       Allowed on purpose, it runs, and says what it consumed.'
SET dynamodb_fdw.allow_scan = on;
EXPLAIN (:explain)
SELECT entity_type, count(*) FROM shop GROUP BY entity_type ORDER BY entity_type;
SELECT entity_type, count(*) FROM shop GROUP BY entity_type ORDER BY entity_type;
