--
-- Options: names, places, values, and what is said of wrong ones.  Offline.
--
CREATE EXTENSION dynamodb_fdw;

-- a misspelt name: the nearest one, and where it belongs if not here
CREATE SERVER regress_shop FOREIGN DATA WRAPPER dynamodb_fdw OPTIONS (regoin 'eu-west-1');
CREATE SERVER regress_shop FOREIGN DATA WRAPPER dynamodb_fdw OPTIONS (endpoint_url 'http://127.0.0.1:8000');
CREATE SERVER regress_shop FOREIGN DATA WRAPPER dynamodb_fdw OPTIONS (tablename 'MyTable');
CREATE SERVER regress_shop FOREIGN DATA WRAPPER dynamodb_fdw OPTIONS (access_key_id 'EXAMPLE');
-- nothing near: the whole list
CREATE SERVER regress_shop FOREIGN DATA WRAPPER dynamodb_fdw OPTIONS (hostname 'x');
CREATE FOREIGN DATA WRAPPER regress_wrapper VALIDATOR dynamodb_fdw_validator OPTIONS (region 'eu-west-1');
CREATE FOREIGN DATA WRAPPER regress_wrapper VALIDATOR dynamodb_fdw_validator OPTIONS (hostname 'x');
-- option names keep their letter case
CREATE SERVER regress_shop FOREIGN DATA WRAPPER dynamodb_fdw OPTIONS ("Region" 'eu-west-1');
-- longer than any identifier can be through SQL
SELECT dynamodb_fdw_validator(ARRAY[repeat('region', 100) || '=x'], 'pg_foreign_server'::regclass);

-- the wrong place
CREATE SERVER regress_shop FOREIGN DATA WRAPPER dynamodb_fdw OPTIONS (table_name 'MyTable');
CREATE SERVER regress_shop FOREIGN DATA WRAPPER dynamodb_fdw OPTIONS (aws_secret_access_key 'EXAMPLE');
CREATE SERVER regress_shop FOREIGN DATA WRAPPER dynamodb_fdw OPTIONS (password 'EXAMPLE');
CREATE SERVER regress_shop FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (region 'eu-west-1', endpoint 'http://127.0.0.1:8000');
CREATE USER MAPPING FOR CURRENT_USER SERVER regress_shop OPTIONS (region 'eu-west-1');
CREATE FOREIGN TABLE regress_t (a text) SERVER regress_shop OPTIONS (attribute_name 'A');
CREATE FOREIGN TABLE regress_t (a text) SERVER regress_shop OPTIONS (endpoint 'http://127.0.0.1:8000');
CREATE FOREIGN TABLE regress_t (a text OPTIONS (concurrency '2')) SERVER regress_shop;
CREATE FOREIGN TABLE regress_t (a text OPTIONS (null_as 'absent')) SERVER regress_shop OPTIONS (format 'date');

-- server values
ALTER SERVER regress_shop OPTIONS (SET region '');
ALTER SERVER regress_shop OPTIONS (SET region 'EU West');
ALTER SERVER regress_shop OPTIONS (SET endpoint 'dynamodb.eu-west-1.amazonaws.com');
ALTER SERVER regress_shop OPTIONS (SET endpoint 'ftp://127.0.0.1');
ALTER SERVER regress_shop OPTIONS (SET endpoint 'http://key:secret@127.0.0.1/');
ALTER SERVER regress_shop OPTIONS (SET endpoint 'http://127.0.0.1:70000');
ALTER SERVER regress_shop OPTIONS (SET endpoint 'http://127.0.0.1:');
ALTER SERVER regress_shop OPTIONS (SET endpoint 'http://127.0.0.1/path');
ALTER SERVER regress_shop OPTIONS (SET endpoint 'https://');
ALTER SERVER regress_shop OPTIONS (SET endpoint 'http://[::1');
ALTER SERVER regress_shop OPTIONS (SET endpoint 'HTTP://[::1]:8000/');
ALTER SERVER regress_shop OPTIONS (SET endpoint 'https://dynamodb.eu-west-1.amazonaws.com');
ALTER SERVER regress_shop OPTIONS (ADD allow_http 'perhaps');
ALTER SERVER regress_shop OPTIONS (ADD sslrootcert 'ca.pem');
ALTER SERVER regress_shop OPTIONS (ADD connect_timeout '0');
ALTER SERVER regress_shop OPTIONS (ADD request_timeout '1e9');
ALTER SERVER regress_shop OPTIONS (ADD max_attempts 'many');
ALTER SERVER regress_shop OPTIONS (ADD concurrency '');
ALTER SERVER regress_shop OPTIONS (ADD page_size '0');
ALTER SERVER regress_shop OPTIONS (ADD consistent_read 'strong');
ALTER SERVER regress_shop OPTIONS (ADD allow_scan 'maybe');
ALTER SERVER regress_shop OPTIONS (ADD scan_budget '-1');
ALTER SERVER regress_shop OPTIONS (ADD scan_budget 'NaN');
ALTER SERVER regress_shop OPTIONS (ADD scan_budget 'Infinity');
ALTER SERVER regress_shop OPTIONS (ADD fdw_tuple_cost 'cheap');
ALTER SERVER regress_shop OPTIONS (ADD batch_size '0');
ALTER SERVER regress_shop OPTIONS (ADD read_capacity '0');
ALTER SERVER regress_shop OPTIONS (ADD transaction_mode 'none');
ALTER SERVER regress_shop OPTIONS (
  ADD allow_http 'off', ADD use_fips 'no', ADD use_dualstack '1',
  ADD sslrootcert '/etc/ssl/certs/ca-certificates.crt',
  ADD connect_timeout '3', ADD request_timeout '30', ADD max_attempts '5',
  ADD concurrency '4', ADD page_size '25', ADD consistent_read 'TRUE',
  ADD allow_scan 'Warn', ADD scan_budget '2.5e3', ADD updatable 'false',
  ADD fdw_startup_cost '10', ADD fdw_tuple_cost 'measured');
-- only change what is asked
ALTER SERVER regress_shop OPTIONS (SET page_size 'none', DROP sslrootcert, DROP use_dualstack);
ALTER SERVER regress_shop OPTIONS (DROP use_dualstack);
ALTER SERVER regress_shop OPTIONS (ADD concurrency '5');
SELECT unnest(srvoptions) AS option FROM pg_foreign_server
  WHERE srvname = 'regress_shop' ORDER BY 1;

-- mapping values: secrets are never repeated
CREATE USER MAPPING FOR CURRENT_USER SERVER regress_shop OPTIONS (aws_secret_access_key '');
CREATE USER MAPPING FOR CURRENT_USER SERVER regress_shop OPTIONS (aws_secret_access_key 'EXAMPLE ');
CREATE USER MAPPING FOR CURRENT_USER SERVER regress_shop OPTIONS (aws_session_token E'EXAMPLE\nX-Header: 1');
CREATE USER MAPPING FOR CURRENT_USER SERVER regress_shop OPTIONS (password 'EXAMPLE EXAMPLE');
CREATE USER MAPPING FOR CURRENT_USER SERVER regress_shop OPTIONS (duration_seconds '60');
CREATE USER MAPPING FOR CURRENT_USER SERVER regress_shop OPTIONS ("user" 'EXAMPLE', aws_access_key_id 'EXAMPLE');
CREATE USER MAPPING FOR CURRENT_USER SERVER regress_shop OPTIONS ("user" 'EXAMPLE', password 'EXAMPLE');
ALTER USER MAPPING FOR CURRENT_USER SERVER regress_shop OPTIONS (ADD aws_secret_access_key 'EXAMPLE');
ALTER USER MAPPING FOR CURRENT_USER SERVER regress_shop OPTIONS (DROP password, ADD aws_secret_access_key 'EXAMPLE');
ALTER USER MAPPING FOR CURRENT_USER SERVER regress_shop OPTIONS (ADD ambient_credentials 'false');

-- table values
CREATE FOREIGN TABLE regress_t (a text, b text) SERVER regress_shop;
ALTER FOREIGN TABLE regress_t OPTIONS (ADD table_name 'My Table');
ALTER FOREIGN TABLE regress_t OPTIONS (ADD table_name 'arn:aws:dynamodb:eu-west-1:123456789012:table/MyTable');
ALTER FOREIGN TABLE regress_t OPTIONS (SET table_name 'My_Table-2.0');
ALTER FOREIGN TABLE regress_t OPTIONS (ADD partition_key '');
ALTER FOREIGN TABLE regress_t OPTIONS (ADD on_type_mismatch 'ignore');
ALTER FOREIGN TABLE regress_t OPTIONS (ADD insert_mode 'merge');
ALTER FOREIGN TABLE regress_t OPTIONS (ADD complete_indexes 'GSI1,,GSI2');
ALTER FOREIGN TABLE regress_t OPTIONS (ADD complete_indexes '!GSI1');
ALTER FOREIGN TABLE regress_t OPTIONS (ADD use_index '!');
ALTER FOREIGN TABLE regress_t OPTIONS (ADD use_index '*');
ALTER FOREIGN TABLE regress_t OPTIONS (ADD complete_indexes 'GSI1, gsi-2.x', ADD use_index '!GSI1');
ALTER FOREIGN TABLE regress_t OPTIONS (SET complete_indexes '*', SET use_index 'GSI1, !GSI2');
ALTER FOREIGN TABLE regress_t OPTIONS (ADD indexes 'GSI1');
ALTER FOREIGN TABLE regress_t OPTIONS (ADD indexes '[]');
ALTER FOREIGN TABLE regress_t OPTIONS (ADD indexes '{"Indexes": []}');
ALTER FOREIGN TABLE regress_t OPTIONS (ADD indexes '{"GlobalSecondaryIndexes": [{"IndexName": "GSI1"}]}');
ALTER FOREIGN TABLE regress_t OPTIONS (ADD indexes
  '{"GlobalSecondaryIndexes": [{"IndexName": "GSI1", "KeySchema": [{"AttributeName": "GSI1PK", "KeyType": "RANGE"}]}]}');
ALTER FOREIGN TABLE regress_t OPTIONS (ADD indexes '{}');
ALTER FOREIGN TABLE regress_t OPTIONS (SET indexes
  '{"GlobalSecondaryIndexes": [{"IndexName": "GSI1", "KeySchema": [{"AttributeName": "GSI1PK", "KeyType": "HASH"},
    {"AttributeName": "GSI1SK", "KeyType": "RANGE"}], "Projection": {"ProjectionType": "ALL"}}]}');
-- the more specific place overrides, so both are allowed
ALTER FOREIGN TABLE regress_t OPTIONS (ADD concurrency '1', ADD allow_scan 'off', ADD on_type_mismatch 'null');

-- column values
ALTER FOREIGN TABLE regress_t ALTER COLUMN a OPTIONS (ADD attribute_name '');
ALTER FOREIGN TABLE regress_t ALTER COLUMN a OPTIONS (ADD attribute_type 'string');
ALTER FOREIGN TABLE regress_t ALTER COLUMN a OPTIONS (ADD format 'ISO');
ALTER FOREIGN TABLE regress_t ALTER COLUMN a OPTIONS (ADD attribute_nane 'A');
ALTER FOREIGN TABLE regress_t ALTER COLUMN a OPTIONS (ADD attribute_path 'a.b', ADD attribute_name 'c');
ALTER FOREIGN TABLE regress_t ALTER COLUMN a OPTIONS (ADD attribute_path 'a.b', ADD column_name 'c');
ALTER FOREIGN TABLE regress_t ALTER COLUMN a OPTIONS (ADD attribute_name 'A', ADD column_name 'A');
ALTER FOREIGN TABLE regress_t ALTER COLUMN a OPTIONS (ADD column_name 'A', ADD attribute_type 's', ADD format 'uuid', ADD on_type_mismatch 'error');
ALTER FOREIGN TABLE regress_t ALTER COLUMN a OPTIONS (DROP column_name, ADD attribute_name '*');
SELECT attname, attfdwoptions FROM pg_attribute
  WHERE attrelid = 'regress_t'::regclass AND attnum > 0 ORDER BY attnum;

-- features that come later: their defaults pass, what would mislead does not
ALTER SERVER regress_shop OPTIONS (ADD transaction_mode 'atomic');
ALTER FOREIGN TABLE regress_t OPTIONS (ADD entity_attribute 'EntityType');
ALTER FOREIGN TABLE regress_t OPTIONS (ADD entity 'Order');
ALTER FOREIGN TABLE regress_t OPTIONS (ADD key_templates '{"PK": "USER#{a}"}');
ALTER FOREIGN TABLE regress_t OPTIONS (ADD entity_index 'GSI1');
ALTER FOREIGN TABLE regress_t OPTIONS (ADD key_delimiter '#');
ALTER USER MAPPING FOR CURRENT_USER SERVER regress_shop OPTIONS (ADD role_arn 'arn:aws:iam::123456789012:role/reader');
ALTER USER MAPPING FOR CURRENT_USER SERVER regress_shop OPTIONS (ADD external_id 'EXAMPLE');
ALTER USER MAPPING FOR CURRENT_USER SERVER regress_shop OPTIONS (ADD role_session_name 'postgres');
ALTER USER MAPPING FOR CURRENT_USER SERVER regress_shop OPTIONS (ADD duration_seconds '3600');
ALTER USER MAPPING FOR CURRENT_USER SERVER regress_shop OPTIONS (ADD profile 'reader');
ALTER USER MAPPING FOR CURRENT_USER SERVER regress_shop OPTIONS (SET ambient_credentials 'true');
ALTER SERVER regress_shop OPTIONS (ADD idempotent_writes 'off', ADD transaction_mode 'Immediate',
  ADD read_capacity 'none', ADD write_capacity 'auto', ADD async_capable 'true',
  ADD batch_size '100', ADD truncatable 'true', ADD analyze_read_units '1000');
ALTER FOREIGN TABLE regress_t OPTIONS (ADD insert_mode 'insert', ADD null_as 'absent', ADD batch_size 'auto');

-- SQLSTATEs
\set VERBOSITY sqlstate
ALTER SERVER regress_shop OPTIONS (ADD regoin 'eu-west-1');
ALTER SERVER regress_shop OPTIONS (ADD table_name 'MyTable');
ALTER SERVER regress_shop OPTIONS (SET region '?');
ALTER SERVER regress_shop OPTIONS (SET transaction_mode 'atomic');
ALTER USER MAPPING FOR CURRENT_USER SERVER regress_shop OPTIONS (ADD aws_access_key_id 'EXAMPLE');
\set VERBOSITY default

-- the session's defaults take the same words
SELECT name, vartype, context, boot_val, min_val, enumvals FROM pg_settings
  WHERE name LIKE 'dynamodb\_fdw.%' ORDER BY name;
SET dynamodb_fdw.allow_scan = warn;
SET dynamodb_fdw.allow_scan = true;
SHOW dynamodb_fdw.allow_scan;
SET dynamodb_fdw.allow_scan = maybe;
SET dynamodb_fdw.scan_budget = '1e6';
SET dynamodb_fdw.scan_budget = -1;
SET dynamodb_fdw.consistent_read = off;
SET dynamodb_fdw.scan_buget = 1;
RESET dynamodb_fdw.allow_scan;
RESET dynamodb_fdw.scan_budget;
RESET dynamodb_fdw.consistent_read;

DROP FOREIGN TABLE regress_t;
DROP USER MAPPING FOR CURRENT_USER SERVER regress_shop;
DROP SERVER regress_shop;
DROP EXTENSION dynamodb_fdw;
