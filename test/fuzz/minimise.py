"""minimise.py
From a query that gave two answers to a small one, and few items, that do so
still; and that as a script for psql.
"""

import copy
import json
import re
import time

import expressions
from compare import Difference, compare
from libpq import Failure
from tables import VIEWS, literal
from writes import Write, compare_write


class Minimiser:
    def __init__(self, world, tables, query, seconds=90):
        self.world = world
        self.tables = tables
        self.query = query
        self.deadline = time.monotonic() + seconds
        self.difference = None

    def compare(self, query):
        compare(self.world, query)

    def differs(self, query):
        try:
            self.compare(query)
        except Difference as difference:
            self.difference = str(difference)
            return True
        return False

    def time_left(self):
        return time.monotonic() < self.deadline

    def run(self):
        if not self.differs(self.query):
            return False
        self.simplify_query()
        self.tables = [table for table in self.tables
                       if self.is_used(table)]
        for table in self.tables:
            self.drop_items(table)
        self.simplify_query()
        for table in self.tables:
            self.simplify_table(table)
        self.differs(self.query)
        return True

    def text(self):
        return self.query.select(expressions.show_literally)

    def is_used(self, table):
        return re.search(r"\b%s(_\w+)? " % table.name,
                         self.text() + " ") is not None

    def has_views(self, table):
        return any(table.name + view + " " in self.text() + " "
                   for view in VIEWS)

    def simplify_query(self):
        again = True
        while again and self.time_left():
            again = False
            for other in self.query.simpler():
                if self.differs(other):
                    self.query = other
                    again = True
                    break
                if not self.time_left():
                    return

    def drop_items(self, table):
        size = max(1, len(table.items) // 2)
        while table.items and self.time_left():
            start = 0
            while start < len(table.items) and self.time_left():
                before = table.items
                self.world.refill(table, before[:start]
                                  + before[start + size:])
                if not self.differs(self.query):
                    self.world.refill(table, before)
                    start += size
            if size == 1:
                break
            size = size // 2

    def simplify_table(self, table):
        """Without columns, indexes and options that don't matter."""
        changes = [("options", name) for name in list(table.options)
                   if name not in ("table_name", "insert_mode",
                                   "ttl_attribute")]
        changes += [("indexes", index) for index in list(table.indexes)]
        changes += [("columns", column) for column in list(table.columns)]
        for member, what in changes:
            if not self.time_left():
                return
            before = getattr(table, member)
            after = {name: value for name, value in before.items()
                     if name != what} if member == "options" else \
                [one for one in before if one is not what]
            if not after or member == "columns" and (
                    what.attribute in table.key_names()
                    + table.index_attributes()
                    or any(other.generated is what
                           for other in table.columns)):
                continue
            try:
                self.change(table, member, after)
            except Failure:         # a constraint or a trigger wants it
                self.change(table, member, before)
                continue
            if not self.differs_safely():
                self.change(table, member, before)

    def differs_safely(self):
        expected = self.difference
        if not self.differs(self.query):
            return False
        # an error that a missing column makes is none of ours
        if "42703" in self.difference and "42703" not in expected:
            self.difference = expected
            return False
        return True

    def change(self, table, member, value):
        self.world.unload(table)
        setattr(table, member, value)
        if member != "options" and "indexes" in table.options:
            table.options = dict(table.options,
                                 indexes=table.declared_indexes())
        self.world.load(table)

    # the case
    def script(self, title):
        lines = ["-- " + line for line in title.splitlines()]
        lines += ["\\getenv endpoint DYNAMODB_ENDPOINT",
                  "CREATE EXTENSION dynamodb_fdw;",
                  "CREATE SERVER fuzz FOREIGN DATA WRAPPER dynamodb_fdw",
                  "  OPTIONS (region 'us-east-1', endpoint :'endpoint'%s);"
                  % (", idempotent_writes 'true'" if self.world.tokens
                     else ""),
                  "CREATE USER MAPPING FOR CURRENT_USER SERVER fuzz",
                  "  OPTIONS (aws_access_key_id 'local',"
                  " aws_secret_access_key 'local');",
                  "CREATE SCHEMA remote;", "CREATE SCHEMA plain;"]
        for table in self.tables:
            lines += ["", "SELECT dynamodb_call('fuzz', 'CreateTable',%s);"
                      % literal(json.dumps(table.create_request(),
                                           ensure_ascii=False)),
                      "SET search_path = remote, public;",
                      table.foreign() + ";"]
            for item in table.items:
                lines.append(
                    "SELECT dynamodb_call('fuzz', 'PutItem',%s);"
                    % literal(json.dumps({"TableName": table.remote_name,
                                          "Item": item},
                                         ensure_ascii=False)))
            lines += ["SET search_path = plain, public;",
                      table.ordinary() + ";", table.insert() + ";"]
            if self.has_views(table):
                lines += [table.views(schema) + ";"
                          for schema in ("remote", "plain")]
        lines += ["", *("SET %s = '%s';" % pair
                        for pair in self.query.settings.items())]
        for schema in ("plain", "remote"):
            lines += ["", "SET search_path = %s, public;" % schema]
            lines += self.commands(schema)
        lines += [""] + ["SELECT dynamodb_call('fuzz', 'DeleteTable',"
                         " '{\"TableName\": \"%s\"}');" % table.remote_name
                         for table in self.tables]
        return "\n".join(lines) + "\n"


    def commands(self, schema):
        lines = [command + ";" for commands in self.query.statements()
                 for command in commands]
        if self.query.way == "cursor":
            lines += ["FETCH ALL FROM c;", "ROLLBACK;"]
        if self.query.way == "prepared":
            lines.append("DEALLOCATE ALL;")
        return lines


class WriteMinimiser(Minimiser):
    """Of a statement that left two tables different: before it runs again
    they are as they were."""

    def compare(self, query):
        table = query.table
        before = table.items
        try:
            compare_write(self.world, query)
        finally:
            self.world.restore(table, before)

    def text(self):
        return self.query.sql("remote", expressions.show_literally)

    def commands(self, schema):
        copied = self.query.copy_data() + "\\." if self.query.copies else ""
        return [command + ";" for command in self.query.commands(schema)] + [
            copied, "DEALLOCATE ALL;" if self.query.prepared else "",
            "SELECT * FROM %s;" % self.query.table.name]


def minimise(world, tables, query, title):
    """The difference, made small, in words and as a script."""
    copies = [copy.copy(table) for table in tables]
    if isinstance(query, Write):
        target = copies[tables.index(query.table)]
        minimiser = WriteMinimiser(world, copies, query.but(table=target))
    else:
        minimiser = Minimiser(world, copies, query)
    if not minimiser.run():
        return "it doesn't happen again", minimiser.script(title)
    return minimiser.difference, minimiser.script(
        title + "\n" + minimiser.difference)
