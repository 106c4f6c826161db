-- odd.sql
--	Gives every DynamoDB server that is made in this database options that
--	nobody would choose: psql -v page_size=3 -v concurrency=1.
--
-- For pg_regress --use-existing, which sets nothing of what it sets in a
-- database that it makes itself.  A database that a test makes has none of it.
ALTER DATABASE :"DBNAME" SET lc_messages TO 'C';
ALTER DATABASE :"DBNAME" SET lc_monetary TO 'C';
ALTER DATABASE :"DBNAME" SET lc_numeric TO 'C';
ALTER DATABASE :"DBNAME" SET lc_time TO 'C';
ALTER DATABASE :"DBNAME" SET bytea_output TO 'hex';
ALTER DATABASE :"DBNAME" SET timezone_abbreviations TO 'Default';
ALTER DATABASE :"DBNAME" SET odd.page_size TO :'page_size';
ALTER DATABASE :"DBNAME" SET odd.concurrency TO :'concurrency';

CREATE SCHEMA odd;
GRANT USAGE ON SCHEMA odd TO PUBLIC;
CREATE FUNCTION odd.add_options() RETURNS event_trigger LANGUAGE plpgsql AS $$
DECLARE
  server name;
  option text;
BEGIN
  FOR server, option IN
    SELECT s.srvname, o
      FROM pg_event_trigger_ddl_commands() AS c
      JOIN pg_foreign_server AS s ON s.oid = c.objid
      JOIN pg_foreign_data_wrapper AS w ON w.oid = s.srvfdw
     CROSS JOIN unnest(ARRAY['page_size', 'concurrency']) AS o
     WHERE c.classid = 'pg_foreign_server'::regclass
       AND w.fdwname = 'dynamodb_fdw'
       AND NOT EXISTS (SELECT FROM pg_options_to_table(s.srvoptions)
                        WHERE option_name = o)
  LOOP
    EXECUTE format('ALTER SERVER %I OPTIONS (ADD %I %L)',
                   server, option, current_setting('odd.' || option));
  END LOOP;
END $$;
CREATE EVENT TRIGGER odd ON ddl_command_end WHEN TAG IN ('CREATE SERVER')
  EXECUTE FUNCTION odd.add_options();
