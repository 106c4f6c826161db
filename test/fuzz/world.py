"""world.py
The servers, and the tables as they stand in both: behind foreign tables in
the schema remote, and as ordinary tables in the schema plain.
"""

import time

import expressions
import libpq
from dynamodb import DynamoDB

DATABASE = "fuzz"
OBJECTS = """
CREATE EXTENSION dynamodb_fdw;
CREATE SCHEMA remote;
CREATE SCHEMA plain;
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy', 'a', 'A', 'a%');
CREATE DOMAIN word AS text COLLATE "C" CHECK (VALUE NOT IN ('b', 'B'));
"""
NONDETERMINISTIC = """
CREATE COLLATION ignore_case
  (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
"""


class World:
    """load_url: where tables are made."""

    def __init__(self, connection, load_url):
        self.settings = connection
        self.dynamodb = DynamoDB(load_url)
        self.links = {}
        self.create_database()
        self.has_icu = bool(self.admin.run(
            "SELECT FROM pg_collation WHERE collname = 'en-x-icu'").rows)
        self.admin.run(OBJECTS)
        if self.has_icu:
            self.admin.run(NONDETERMINISTIC)
            expressions.COLLATIONS += ['"en-x-icu"', "ignore_case"]
        self.admin.run(
            "CREATE SERVER fuzz FOREIGN DATA WRAPPER dynamodb_fdw OPTIONS"
            " (region 'us-east-1', endpoint 'http://127.0.0.1:1',"
            " idempotent_writes 'false');"
            "CREATE USER MAPPING FOR CURRENT_USER SERVER fuzz OPTIONS"
            " (aws_access_key_id 'local', aws_secret_access_key 'local')")

    def ask(self, url, tokens=False):
        """What the extension asks from now on, and whether with tokens."""
        self.tokens = tokens
        self.admin.run("ALTER SERVER fuzz OPTIONS (SET endpoint '%s',"
                       " SET idempotent_writes '%s')"
                       % (url, "true" if tokens else "false"))

    def create_database(self):
        link = libpq.Connection(self.settings + " dbname=postgres")
        link.run("SET client_min_messages = error")
        link.run("DROP DATABASE IF EXISTS %s WITH (FORCE)" % DATABASE)
        link.run("CREATE DATABASE %s TEMPLATE template0 ENCODING 'UTF8'"
                 % DATABASE)
        link.close()

    def connect(self, path):
        link = libpq.Connection("%s dbname=%s application_name=fuzz"
                                % (self.settings, DATABASE))
        link.run("SET search_path = %s; SET client_min_messages = error;"
                 "SET statement_timeout = '60s'; SET timezone = 'UTC'" % path)
        return link

    def session(self, path):
        """A session with this search_path, a new one after a crash."""
        link = self.links.get(path)
        for _ in range(600):
            if link is not None and not link.is_broken():
                break
            try:
                link = self.links[path] = self.connect(path)
            except libpq.Failure:
                time.sleep(0.1)
        return link

    def forget_sessions(self):
        """After one of them crashed: the server ends the others."""
        time.sleep(1)
        for link in self.links.values():
            link.close()

    def side(self, schema):
        """The session in which this schema's tables are the tables."""
        return self.session(schema + ", public")

    @property
    def admin(self):
        return self.session("public")

    def supports(self, command, **options):
        """Is a command on a foreign table, or a table with these options,
        not said to be unsupported?  (Nothing answers at its endpoint.)"""
        words = "".join(", %s '%s'" % pair for pair in options.items())
        try:
            self.admin.run(
                "BEGIN; CREATE FOREIGN TABLE probe (pk text) SERVER fuzz"
                " OPTIONS (partition_key 'pk', indexes '{}'%s); %s"
                % (words, command))
        except libpq.Failure as failure:
            return failure.state != "0A000"
        finally:
            self.admin.run("ROLLBACK")
        return True

    # tables
    def load(self, table):
        self.dynamodb.call("CreateTable", **table.create_request())
        self.dynamodb.wait_until_active(table.remote_name)
        self.admin.run("SET search_path = remote, public; "
                       + table.foreign())
        self.admin.run("SET search_path = plain, public; " + table.ordinary())
        self.dynamodb.write(table.remote_name, table.puts())
        self.admin.run(table.insert())
        for schema in ("remote", "plain"):
            self.admin.run(table.views(schema))

    def unload(self, table):
        """With all that is derived from it."""
        self.admin.run("DROP FOREIGN TABLE IF EXISTS remote.%s CASCADE;"
                       "DROP TABLE IF EXISTS plain.%s CASCADE;"
                       "DROP TABLE IF EXISTS remote.%s_parent;"
                       "DROP TABLE IF EXISTS plain.%s_parent"
                       % ((table.name,) * 4))
        self.admin.run("DROP FUNCTION IF EXISTS remote.%s_row;"
                       "DROP FUNCTION IF EXISTS plain.%s_row"
                       % ((table.name,) * 2))
        self.dynamodb.drop(table.remote_name)

    def refill(self, table, items):
        """Gives the table other items, some of those that it has."""
        kept = {id(item) for item in items}
        gone = [item for item in table.items if id(item) not in kept]
        known = {id(item) for item in table.items}
        new = [item for item in items if id(item) not in known]
        self.dynamodb.write(table.remote_name, [
            {"DeleteRequest": {"Key": table.key(item)}} for item in gone] + [
                {"PutRequest": {"Item": item}} for item in new])
        table.items = list(items)
        # without its triggers
        self.admin.run("SET search_path = plain, public;"
                       "SET session_replication_role = replica;"
                       "TRUNCATE %s; %s; RESET session_replication_role"
                       % (table.name, table.insert()))

    def items(self, table):
        """What is there now, whoever wrote it."""
        return self.dynamodb.scan(table.remote_name)

    def restore(self, table, items):
        """Makes these the table's items again, whatever is there now."""
        keys = [table.key(item) for item in items]
        self.dynamodb.write(table.remote_name, [
            {"DeleteRequest": {"Key": table.key(item)}}
            for item in self.items(table) if table.key(item) not in keys])
        table.items = []
        self.refill(table, items)
