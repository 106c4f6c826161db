"""tables.py
Random DynamoDB tables, foreign tables before them, and ordinary tables with
the same rows.
"""

import json
import time

import values
from values import MISFIT

ATTRIBUTES = ["Name", "size", "a.b", "status", "odd name", "é", "q'uote",
              "#x", ":y", "Order-Id", "data", "x", "y", "z", "count", "type",
              "TTL", "key"]
TAGS = ("S", "N", "B")
NOW = time.time()
VIEWS = ("_barrier", "_union", "_parent")


def literal(text):
    if text is None:
        return "NULL"
    quoted = "'%s'" % text.replace("'", "''")
    return " E" + quoted.replace("\\", "\\\\") if "\\" in text else quoted


class Column:
    """Shows an attribute, a path below one, or all that is left ('*')."""

    def __init__(self, name, attribute, kind, steps=()):
        self.name = name
        self.attribute = attribute
        self.kind = kind
        self.steps = steps
        self.not_null = False
        self.null_misfits = False
        self.is_second = False      # another shows the attribute, too
        self.default = None
        self.generated = None       # says whether this column is NULL

    def read(self, item):
        wire = item.get(self.attribute)
        for step in self.steps:
            inner = wire.get("M" if isinstance(step, str) else "L") \
                if wire else None
            if inner is None or not isinstance(step, str) \
                    and step >= len(inner):
                wire = None
                break
            wire = inner.get(step) if isinstance(step, str) else inner[step]
        return self.kind.read(wire)

    def type_words(self):
        collation = self.kind.collation
        return self.kind.sqltype, " COLLATE " + collation if collation else ""

    def options(self):
        told = dict(self.kind.options)
        if self.steps:
            quoted = '"%s"' % self.attribute.replace('"', '""')
            told["attribute_path"] = quoted + "".join(
                '."%s"' % step if isinstance(step, str) else "[%d]" % step
                for step in self.steps)
        elif self.attribute != self.name:
            told["attribute_name"] = self.attribute
        if self.null_misfits:
            told["on_type_mismatch"] = "null"
        return told

    def foreign(self):
        sqltype, collate = self.type_words()
        return "%s %s%s%s%s%s" % (self.name, sqltype,
                                  options_words(self.options()), collate,
                                  " NOT NULL" if self.not_null else "",
                                  self.default_words())

    def ordinary(self):
        return "%s %s%s%s" % (self.name, *self.type_words(),
                              self.default_words())

    def default_words(self):
        if self.generated:
            return " GENERATED ALWAYS AS (%s IS NULL) STORED" \
                % self.generated.name
        return "" if self.default is None \
            else " DEFAULT " + literal(self.default).strip()


class Rest(Column):
    """attribute_name '*': what no other column shows as a whole."""

    def __init__(self, name, document, columns):
        super().__init__(name, "*", document)
        self.shown = {column.attribute for column in columns
                      if not column.steps}

    def read(self, item):
        left = {name: wire for name, wire in item.items()
                if name not in self.shown}
        return MISFIT if values.holds_nul(left) else values.plain({"M": left})

    def ordinary(self):
        return super().ordinary() + " DEFAULT '{}'"


class Index:
    def __init__(self, name, is_global, hash_names, range_names):
        self.name = name
        self.is_global = is_global
        self.hash = hash_names
        self.range = range_names
        self.projection = {"ProjectionType": "ALL"}

    def names(self):
        return self.hash + self.range

    def describe(self):
        return {"IndexName": self.name, "KeySchema": key_schema(
            self.hash, self.range), "Projection": self.projection}

    def is_complete(self, items):
        """Do all items with the partition attributes have the others?"""
        return all(any(name not in item for name in self.hash)
                   or all(name in item for name in self.range)
                   for item in items)


def key_schema(hash_names, range_names):
    return [{"AttributeName": name, "KeyType": "HASH"}
            for name in hash_names] \
        + [{"AttributeName": name, "KeyType": "RANGE"}
           for name in range_names]


def options_words(options):
    return " OPTIONS (%s)" % ", ".join(
        "%s %s" % (name, literal(value))
        for name, value in options.items()) if options else ""


def key_id(item, names):
    """The same for keys that are equal."""
    return json.dumps([
        {"N": values.plain_number(item[name]["N"])} if "N" in item[name]
        else item[name] for name in names])


def usable_key(wire, most):
    (tag, value), = wire.items()
    return value != "" and len(value.encode("utf-8")) <= most


class Table:
    """name is the relation's in both schemas, remote_name DynamoDB's."""

    def __init__(self, name, remote_name):
        self.name = name
        self.remote_name = remote_name
        self.columns = []
        self.hash = None
        self.range = None
        self.indexes = []
        self.options = {"table_name": remote_name}
        self.items = []
        self.is_target = False      # of writes, so keys have to be unique
        self.checks = []            # texts of constraints
        self.expiry = None          # the attribute with the items' end
        self.trigger = None         # what a row trigger does, in PL/pgSQL
        self.routes = False         # it is a partition

    def key_names(self):
        return [self.hash] + ([self.range] if self.range else [])

    def column_of(self, attribute):
        """The column that shows all of an attribute, or None."""
        for column in self.columns:
            if column.attribute == attribute and not column.steps \
                    and not column.is_second:
                return column
        return None

    def index_attributes(self):
        return list(dict.fromkeys(
            name for index in self.indexes for name in index.names()))

    def rows(self):
        """As texts; what doesn't fit is NULL."""
        return [[None if text is MISFIT else text
                 for text in (column.read(item) for column in self.columns)]
                for item in self.items if not self.is_expired(item)]

    def is_expired(self, item):
        end = item.get(self.expiry, {}).get("N")
        return end is not None and float(end) < NOW

    def texts(self, column):
        """What is there in a column, NULL aside."""
        found = (column.read(item) for item in self.items)
        return [text for text in found if text not in (None, MISFIT)]

    # in words
    def create_request(self):
        names = dict.fromkeys(self.key_names())
        for index in self.indexes:
            names.update(dict.fromkeys(index.names()))
        request = {
            "TableName": self.remote_name, "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": key_schema([self.hash],
                                    [self.range] if self.range else []),
            "AttributeDefinitions": [
                {"AttributeName": name,
                 "AttributeType": self.column_of(name).kind.tag}
                for name in names]}
        for member, is_global in (("GlobalSecondaryIndexes", True),
                                  ("LocalSecondaryIndexes", False)):
            described = [index.describe() for index in self.indexes
                         if index.is_global == is_global]
            if described:
                request[member] = described
        return request

    def declared_indexes(self):
        """The value of the option indexes."""
        request = self.create_request()
        return json.dumps({
            member: request[member] for member in (
                "GlobalSecondaryIndexes", "LocalSecondaryIndexes",
                "AttributeDefinitions") if member in request})

    def foreign(self):
        return "CREATE FOREIGN TABLE %s (\n  %s\n) SERVER fuzz%s" % (
            self.name, ",\n  ".join([c.foreign() for c in self.columns]
                                    + self.checks),
            options_words(self.options))

    def ordinary(self):
        lines = [column.ordinary() for column in self.columns] \
            + self.checks
        if self.is_target:
            lines.append("PRIMARY KEY (%s)" % ", ".join(
                self.column_of(name).name for name in self.key_names()))
        return "CREATE TABLE %s (\n  %s\n)" % (self.name,
                                               ",\n  ".join(lines))

    def views(self, schema):
        """Other ways to the same rows, under VIEWS' names: behind a security
        barrier, as a union with itself, as the only child."""
        name = schema + "." + self.name
        return "; ".join((
            "CREATE VIEW {0}_barrier WITH (security_barrier) AS"
            " SELECT * FROM {0}", "CREATE VIEW {0}_union AS SELECT * FROM {0}"
            " UNION ALL SELECT * FROM {0}",
            *(("CREATE TABLE {0}_parent (LIKE {0} INCLUDING DEFAULTS"
               " INCLUDING GENERATED) PARTITION BY LIST ({1})", "ALTER TABLE {0}_parent"
               " ATTACH PARTITION {0} DEFAULT") if self.routes else
              ("CREATE TABLE {0}_parent (LIKE {0} INCLUDING DEFAULTS"
               " INCLUDING GENERATED)",
               "ALTER TABLE {0} INHERIT {0}_parent")),
            *self.trigger_words())).format(
                name, self.column_of(self.hash).name)

    def trigger_words(self):
        if not self.trigger:
            return ()
        return ("CREATE OR REPLACE FUNCTION {0}_row() RETURNS trigger"
                " LANGUAGE plpgsql AS $$ BEGIN %s END $$" % self.trigger,
                "CREATE TRIGGER %s_row BEFORE INSERT OR UPDATE OR DELETE"
                " ON {0} FOR EACH ROW EXECUTE FUNCTION {0}_row()" % self.name)

    def insert(self):
        rows = self.rows()
        if not rows:
            return "SELECT"
        stored = [number for number, column in enumerate(self.columns)
                  if not column.generated]
        return "INSERT INTO %s (%s) VALUES\n  %s" % (
            self.name, ", ".join(self.columns[number].name
                                 for number in stored), ",\n  ".join(
                "(%s)" % ", ".join(literal(row[number]) for number in stored)
                for row in rows))

    def puts(self):
        return [{"PutRequest": {"Item": item}} for item in self.items]

    def key(self, item):
        return {name: item[name] for name in self.key_names()}


class Maker:
    """Makes tables up."""

    longest_key = 1000

    def __init__(self, rng, has_icu):
        self.rng = rng
        self.kinds, self.weights = zip(*values.kinds(has_icu))

    def kind(self, wanted=lambda kind: True):
        while True:
            kind, = self.rng.choices(self.kinds, self.weights)
            if wanted(kind):
                return kind

    def key_kind(self):
        tag = self.rng.choices(TAGS, (6, 3, 1))[0]
        return self.kind(lambda kind: kind.key and kind.tag == tag)

    def chance(self, rate):
        return self.rng.random() < rate

    def table(self, name, remote_name):
        table = Table(name, remote_name)
        strict = self.chance(0.5)
        self.names = self.rng.sample(ATTRIBUTES, len(ATTRIBUTES))
        self.add_keys(table)
        for _ in range(self.rng.randint(2, 7)):
            self.add_column(table, self.kind())
        if self.chance(0.7):
            self.add_indexes(table)
        if self.chance(0.5):
            self.add_document(table)
        if self.chance(0.2):
            table.columns.append(Rest("rest", values.Document(),
                                      table.columns))
        self.add_not_null(table)
        if not strict and self.chance(0.3):
            self.add_second_view(table)
        self.fill(table, strict)
        self.add_options(table, strict)
        if self.chance(0.3):
            self.rng.shuffle(table.columns)
        return table

    def add_column(self, table, kind, name=None):
        number = len(table.columns)
        column = Column(name or "c%d" % number, self.names.pop(), kind)
        if self.chance(0.3):
            column.attribute = column.name
        table.columns.append(column)
        return column

    def add_keys(self, table):
        table.hash = self.add_column(table, self.key_kind(), "pk").attribute
        if self.chance(0.8):
            table.range = self.add_column(table, self.key_kind(),
                                          "sk").attribute

    def add_indexes(self, table):
        """Over columns that are there, or made for the purpose."""
        for number in range(self.rng.randint(1, 3)):
            local = table.range and self.chance(0.3)
            several = not local and self.chance(0.3)
            hashed = [table.hash] if local else \
                self.index_names(table, self.rng.choice([1, 2])
                                 if several else 1)
            ranged = self.index_names(
                table, 1 if local else self.rng.randint(1, 3) if several
                else self.rng.choice([0, 1, 1, 1]), hashed)
            index = Index("%s%d" % ("LSI" if local else "GSI", number), not local,
                          hashed, ranged)
            shape = self.rng.choice(["ALL", "ALL", "KEYS_ONLY", "INCLUDE"])
            index.projection = {"ProjectionType": shape}
            if shape == "INCLUDE":
                rest = [c.attribute for c in table.columns
                        if c.attribute not in table.key_names() + hashed
                        + ranged]
                if not rest:
                    index.projection["ProjectionType"] = "KEYS_ONLY"
                else:
                    index.projection["NonKeyAttributes"] = self.rng.sample(
                        rest, self.rng.randint(1, min(2, len(rest))))
            table.indexes.append(index)

    def index_names(self, table, number, taken=()):
        names = []
        for _ in range(number):
            there = [c.attribute for c in table.columns
                     if c.kind.key and c.attribute not in taken
                     and c.attribute not in names]
            if there and (self.chance(0.6) or len(self.names) < 3):
                names.append(self.rng.choice(there))
            else:
                names.append(self.add_column(table,
                                             self.key_kind()).attribute)
        return names

    def add_document(self, table):
        """A document, and columns for parts of it."""
        document = self.add_column(table, values.Document())
        if self.chance(0.2):
            document.attribute = 'd"q'      # Local can't have it in a key
        document.null_misfits = True
        for _ in range(self.rng.randint(0, 3)):
            steps = [self.rng.choice(values.MEMBERS)]
            if self.chance(0.3):
                steps.append(self.rng.choice(values.MEMBERS + [0, 1]))
            column = Column("c%d" % len(table.columns), document.attribute,
                            self.kind(lambda kind: kind.tag in (
                                "S", "N", "BOOL", None)), steps)
            column.null_misfits = True
            table.columns.append(column)

    def add_second_view(self, table):
        """Another column on an attribute that one shows already.  A key's
        has to be of the key's type."""
        first = self.rng.choice(table.columns[:3])
        is_key = first.attribute in table.key_names() \
            + table.index_attributes()
        column = Column("c%d" % len(table.columns), first.attribute,
                        self.kind(lambda kind: not is_key
                                  or kind.tag in (first.kind.tag, None)))
        column.is_second = True
        table.columns.append(column)

    def add_not_null(self, table):
        for column in table.columns:
            is_key = column.attribute in table.key_names()
            if not column.steps and column.attribute != "*" \
                    and self.chance(0.6 if is_key else 0.05):
                column.not_null = True

    # items
    def fill(self, table, strict):
        number = self.rng.choice([0, 1, 5, 20, 40, 40, 60])
        partitions = self.key_pool(table, table.hash, strict,
                                   self.rng.randint(1, 6)
                                   if table.range else number)
        pools = {name: self.key_pool(table, name, strict,
                                     self.rng.randint(2, 12))
                 for name in table.index_attributes()}
        missing = {name: self.rng.choice([0, 0, 0.1, 0.4])
                   for name in table.index_attributes()}
        taken = set()
        for _ in range(number * 2):
            item = {table.hash: self.rng.choice(partitions)}
            if table.range:
                item[table.range] = self.key_pool(table, table.range, strict,
                                                  1)[0]
            key = key_id(item, table.key_names())
            if key in taken or len(table.items) >= number:
                continue
            taken.add(key)
            self.fill_item(table, item, strict, pools, missing)
            table.items.append(item)

    def key_pool(self, table, attribute, strict, number):
        """Values that a key may have, of which some don't fit."""
        column = table.column_of(attribute)
        others = values.SCALARS[column.kind.tag]
        # the limit is one for all sort attributes of an index together
        most = 300 if any(attribute in index.range and len(index.range) > 1
                          for index in table.indexes) else self.longest_key
        pool = []
        while len(pool) < number:
            kind = column.kind if strict or column.not_null \
                or self.chance(0.9) else others
            wire = kind.wire(self.rng)
            fits = column.read({attribute: wire}) is not MISFIT
            if usable_key(wire, most) and (fits or not strict
                                     and not column.not_null):
                pool.append(wire)
        return pool

    def fill_item(self, table, item, strict, pools, missing):
        for name, pool in pools.items():
            column = table.column_of(name)
            if name not in item and (column.not_null or not self.chance(
                    missing[name])):
                item[name] = self.rng.choice(pool)
        for column in table.columns:
            name = column.attribute
            if name in item or name in pools or name == "*" or column.steps:
                continue
            wire = self.attribute(column, strict)
            if wire is not None:
                item[name] = wire
        for name in ("extra", "Extra 2"):
            if self.chance(0.2):
                item[name] = self.kind().wire(self.rng)

    def attribute(self, column, strict):
        """A value, or None for no attribute at all."""
        dice = self.rng.random()
        if not column.not_null:
            if dice < 0.1:
                return None
            if dice < 0.2:
                return {"NULL": True}
            if dice < 0.3 and not strict:
                return self.odd_wire(column)
        while True:
            wire = column.kind.wire(self.rng)
            if column.kind.read(wire) is not MISFIT:
                return wire

    def odd_wire(self, column):
        """Of another type, or of the same and yet no value of the column."""
        dice = self.rng.random()
        if dice < 0.1:
            return {"S": "a\0b"}
        if dice < 0.5 and column.kind.tag in values.SCALARS:
            return values.SCALARS[column.kind.tag].wire(self.rng)
        return self.kind().wire(self.rng)

    # options
    def add_options(self, table, strict):
        options = table.options
        if not strict:
            options["on_type_mismatch"] = "null"
        if self.chance(0.3):
            options["page_size"] = self.rng.choice(["1", "3", "none"])
        if self.chance(0.15):
            options["consistent_read"] = "on"
        if self.chance(0.2):
            options["concurrency"] = self.rng.choice(["1", "2"])
        complete = [index.name for index in table.indexes
                    if index.is_complete(table.items)]
        if complete and self.chance(0.4):
            options["complete_indexes"] = ",".join(complete)
        if table.indexes and self.chance(0.1):
            options["use_index"] = self.rng.choice(["", "!"]) \
                + self.rng.choice(table.indexes).name
        if self.chance(0.25):
            options["partition_key"] = table.hash
            if table.range:
                options["sort_key"] = table.range
            options["indexes"] = table.declared_indexes()
