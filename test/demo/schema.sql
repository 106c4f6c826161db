-- schema.sql
--	The demo's database: a server, one DynamoDB table with all of a shop in
--	it, and one relational table beside it.
--
-- \getenv takes the keys from the environment: nothing secret stands in a
-- file, in psql's history or in the shell's.
\getenv endpoint DYNAMODB_ENDPOINT
\getenv region AWS_REGION
\getenv key_id AWS_ACCESS_KEY_ID
\getenv secret AWS_SECRET_ACCESS_KEY

CREATE EXTENSION dynamodb_fdw;

CREATE SERVER shop FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (region :'region', endpoint :'endpoint');
CREATE USER MAPPING FOR PUBLIC SERVER shop
  OPTIONS (aws_access_key_id :'key_id', aws_secret_access_key :'secret');

-- The DynamoDB table.  A shop has it already; here it is made from a foreign
-- table that has its keys and those of its indexes and nothing else, and that
-- isn't needed any longer.  The tour begins where a shop would: with IMPORT
-- FOREIGN SCHEMA.
--
-- It is a single-table design: users, their addresses and orders, order items
-- and products all live in the table "Shop", told apart by the text of their
-- keys.
CREATE FOREIGN TABLE keys (
  pk      text OPTIONS (attribute_name 'PK') COLLATE "C" NOT NULL,
  sk      text OPTIONS (attribute_name 'SK') COLLATE "C" NOT NULL,
  gsi1pk  text OPTIONS (attribute_name 'GSI1PK') COLLATE "C",
  gsi1sk  text OPTIONS (attribute_name 'GSI1SK') COLLATE "C",
  gsi2pk  text OPTIONS (attribute_name 'GSI2PK') COLLATE "C",
  gsi2sk  text OPTIONS (attribute_name 'GSI2SK') COLLATE "C"
) SERVER shop OPTIONS (table_name 'Shop');

-- Two global indexes.  Both are sparse: an item is in one only if it has both
-- of its attributes.  So a condition on GSI1PK alone may not be answered from
-- GSI1, which leaves out the items without GSI1SK; with "gsi1sk = 'ORDER'" or
-- "gsi1sk IS NOT NULL" beside it, it is.  Where every item with the first
-- attribute has the second, the table option complete_indexes 'GSI1' says so
-- and spares the words.
SELECT dynamodb_create_table('keys', global_indexes => '[
  {"IndexName": "GSI1",
   "KeySchema": [{"AttributeName": "GSI1PK", "KeyType": "HASH"},
                 {"AttributeName": "GSI1SK", "KeyType": "RANGE"}],
   "Projection": {"ProjectionType": "ALL"}},
  {"IndexName": "GSI2",
   "KeySchema": [{"AttributeName": "GSI2PK", "KeyType": "HASH"},
                 {"AttributeName": "GSI2SK", "KeyType": "RANGE"}],
   "Projection": {"ProjectionType": "ALL"}}]');
DROP FOREIGN TABLE keys;

-- What only the relational side knows: who looks after which customer.
CREATE TABLE customers (
  user_key  text PRIMARY KEY,
  company   text NOT NULL,
  manager   text NOT NULL
);
INSERT INTO customers
  SELECT 'USER#' || n,
         'Company ' || n,
         (ARRAY['Ada', 'Ben', 'Chloe', 'Dan'])[1 + n % 4]
    FROM generate_series(101, 400) AS n;
UPDATE customers SET company = 'Lovelace Looms', manager = 'Eve'
  WHERE user_key = 'USER#123';
UPDATE customers SET company = 'Hopper Shipping', manager = 'Eve'
  WHERE user_key = 'USER#200';
ANALYZE customers;
