"""writes.py
Random INSERT, UPDATE and DELETE, that leave an ordinary table as they leave
the foreign one.

Some of what they may do differs on purpose and isn't made up here: values
that DynamoDB can't hold, keys under collations in which different texts are
equal, and how many rows stand when a statement of several rows fails.  After
such a failure both tables start again from what is in DynamoDB.
"""

import json

import expressions
import queries
import values
from compare import Difference, compare_rows
from expressions import Conditions, Constant, Expression, Several
from libpq import Failure
from tables import Column
from tables import Maker as TableMaker
from tables import Rest, key_id, literal



class TargetMaker(TableMaker):
    """Makes tables that can be written: every key fits and is NOT NULL, no
    attribute has two columns."""

    longest_key = 300               # which statements make longer

    def __init__(self, rng, world):
        super().__init__(rng, world.has_icu)
        self.modes = ["insert"] * 3 + [
            mode for mode in ("upsert", "replace")
            if world.supports("", insert_mode=mode)]
        self.truncates = world.supports("TRUNCATE probe",
                                        truncatable="true")

    def table(self, name, remote_name):
        table = super().table(name, remote_name)
        table.options.pop("use_index", None)
        table.options.pop("complete_indexes", None)
        table.is_target = True
        table.mode = self.rng.choice(self.modes)
        self.add_generated(table)
        if table.mode != "insert" or self.chance(0.1):
            table.options["insert_mode"] = table.mode
        if self.chance(0.2):
            table.options["null_as"] = self.rng.choice(["null", "absent"])
        self.add_rules(table)
        self.add_version(table)
        self.add_expiry(table)
        self.add_trigger(table)
        table.routes = self.chance(0.5)
        if self.truncates and self.chance(0.3):
            table.options["truncatable"] = "true"
        return table

    def add_rules(self, table):
        """Defaults, and constraints that what is there satisfies."""
        for column in table.columns:
            kind = column.kind
            if column.attribute in table.key_names() or kind.family not in (
                    "text", "number", "boolean", "moment"):
                continue
            text = kind.read(kind.wire(self.rng))
            if text in (values.MISFIT, None, ""):
                continue
            if table.mode == "insert" and self.chance(0.15) \
                    and len(text.encode()) <= self.longest_key:
                column.default = text
            elif self.chance(0.1) and text not in table.texts(column) \
                    and not queries.is_loose(column):
                table.checks.append("CHECK (%s <> %s)" % (
                    column.name, literal(text).strip()))

    def add_generated(self, table):
        """A column that says whether another one is NULL; the items have it
        right."""
        chosen = [column for column in table.columns if not column.not_null
                  and column.attribute not in table.key_names() + ["*"]]
        if not chosen or table.mode == "upsert" or not self.chance(0.25):
            return
        column = Column("generated", "Generated", values.SCALARS["BOOL"])
        column.generated = self.rng.choice(chosen)
        table.columns.append(column)
        for rest in table.columns:
            if isinstance(rest, Rest):
                rest.shown.add(column.attribute)
        for item in table.items:
            item[column.attribute] = {"BOOL": column.generated.read(item)
                                      in (None, values.MISFIT)}

    def add_version(self, table):
        # not where it would be seen
        if table.mode != "upsert" and self.chance(0.2) and not any(
                column.attribute == "*" for column in table.columns):
            table.options["version_attribute"] = "Version"
            for item in table.items:
                if self.chance(0.8):
                    item["Version"] = {"N": str(self.rng.randint(1, 99))}

    def add_expiry(self, table):
        """Items that are no rows, nor in the way of one."""
        if table.mode == "upsert" or not self.chance(0.15):
            return
        table.options["ttl_attribute"] = table.expiry = "Ends"
        for item in table.items:
            if self.chance(0.6):
                item["Ends"] = {"N": self.rng.choice(
                    ["1500000000", "1600000000", "4000000000"])}

    def add_trigger(self, table):
        """One that leaves rows out, and changes others."""
        texts = [column for column in table.columns if not column.steps
                 and column.kind.sqltype == "text" and not column.not_null
                 and not column.generated
                 and column.attribute not in table.key_names()
                 + table.index_attributes()]
        # ON CONFLICT DO UPDATE would fire it twice
        if table.mode != "insert" or not self.chance(0.2):
            return
        key = table.column_of(table.hash).name
        lines = ["IF TG_OP = 'DELETE' THEN"
                 " IF ascii(OLD.{1}::text) % 7 = 0 THEN RETURN NULL; END IF;"
                 " RETURN OLD; END IF;",
                 "IF ascii(NEW.{1}::text) % 5 = 0 THEN RETURN NULL; END IF;"]
        if texts:
            lines.append("NEW.%s := left(upper(NEW.%s) || '.', 9);" % (
                (self.rng.choice(texts).name,) * 2))
        table.trigger = " ".join(lines + ["RETURN NEW;"])

    def key_kind(self):
        return self.kind(lambda kind: kind.key and not queries.is_loose(
            Bare(kind)))

    def add_second_view(self, table):
        pass

    def add_document(self, table):
        self.add_column(table, values.Document())

    def add_not_null(self, table):
        super().add_not_null(table)
        for name in table.key_names():
            table.column_of(name).not_null = True


class Bare:
    """Nothing but its kind."""

    def __init__(self, kind):
        self.kind = kind


class Write(queries.Statement):
    """One statement, its parts apart; sql() is its text for a schema."""

    def __init__(self, table, kind):
        self.table = table
        self.kind = kind            # INSERT, UPDATE, DELETE, TRUNCATE
        self.columns = []           # names, of INSERT
        self.rows = []              # of INSERT: Expressions
        self.copies = False         # COPY instead
        self.query = None           # of INSERT: an Expression instead
        self.nothing = False        # ON CONFLICT DO NOTHING
        self.sets = []              # of UPDATE: Expressions "c = ..."
        self.using = None           # FROM or USING: an Expression
        self.where = []
        self.returning = []         # outputs
        self.prepared = False
        self.parent = ""            # of the table, by which it is written
        self.settings = {}

    def name(self):
        return self.table.name + self.parent

    def sql(self, schema, show):
        words = getattr(self, self.kind.lower())(schema, show)
        if self.where:
            words += "\n WHERE " + "\n   AND ".join(
                condition.sql(show) for condition in self.where)
        if self.returning:
            words += "\nRETURNING " + ", ".join(
                output.sql for output in self.returning)
        return words

    def insert(self, schema, show):
        alias = " AS a"
        words = "INSERT INTO %s%s (%s)\n" % (
            self.name(), alias, ", ".join(self.columns))
        if self.query:
            words += self.query.sql(show)
        else:
            words += "VALUES " + ",\n  ".join(row.sql(show)
                                              for row in self.rows)
        if self.nothing:
            return words + "\nON CONFLICT DO NOTHING"
        if schema == "plain" and self.table.mode != "insert":
            keys = [self.table.column_of(name).name
                    for name in self.table.key_names()]
            changed = self.columns if self.table.mode == "upsert" else [
                column.name for column in self.table.columns
                if not column.generated]
            changed = [name for name in changed if name not in keys]
            words += "\nON CONFLICT (%s) DO %s" % (
                ", ".join(keys), "UPDATE SET " + ", ".join(
                    "%s = excluded.%s" % (name, name) for name in changed)
                if changed else "NOTHING")
        return words

    def update(self, schema, show):
        return "UPDATE %s AS a SET %s%s" % (
            self.name(), ", ".join(part.sql(show) for part in self.sets),
            "\n  FROM " + self.using.sql(show) if self.using else "")

    def delete(self, schema, show):
        return "DELETE FROM %s AS a%s" % (
            self.name(),
            "\n USING " + self.using.sql(show) if self.using else "")

    def truncate(self, schema, show):
        return "TRUNCATE " + self.table.name

    def copy_command(self):
        return "COPY %s (%s) FROM STDIN" % (self.name(),
                                            ", ".join(self.columns))

    def copy_data(self):
        lines = []
        for row in self.rows:
            fields = ["\\N" if text is None else text.replace(
                "\\", "\\\\").replace("\t", "\\t").replace(
                    "\n", "\\n").replace("\r", "\\r")
                      for constant in row.parts
                      for text in constant.texts]
            lines.append("\t".join(fields) + "\n")
        return "".join(lines)

    def commands(self, schema):
        if self.copies:
            return [self.copy_command()]
        if not self.prepared:
            return [self.sql(schema, expressions.show_literally)]
        prepare, params = expressions.prepare(
            lambda show: self.sql(schema, show))
        return [prepare, expressions.execute(params, 0)]

    def may_meet_several(self):
        """Rows, of which each may have an error of its own: which of them
        comes first, nothing says."""
        return self.kind != "INSERT" or self.query or len(self.rows) > 1

    def computes(self):
        """May a number get more digits than DynamoDB has?"""
        parts = self.sets + [self.query] * bool(self.query)
        return any(" + 1" in part.sql(expressions.show_literally)
                   or " - 3" in part.sql(expressions.show_literally)
                   or "1 + " in part.sql(expressions.show_literally)
                   for part in parts)

    def moves(self):
        """Does it change keys?"""
        return any(part.sql(expressions.show_literally).startswith(
            self.table.column_of(name).name + " = ")
            for part in self.sets for name in self.table.key_names())

    # what compare_rows() asks of a query
    order = ()

    def is_total(self):
        return False

    def sort_keys(self):
        return []

    def simpler(self):
        """Whatever is a little simpler."""
        for member, least in (("where", 0), ("rows", 1), ("sets", 1),
                              ("returning", 0)):
            parts = getattr(self, member)
            for number in range(len(parts)):
                if len(parts) > least:
                    yield self.but(**{member: parts[:number]
                                      + parts[number + 1:]})
        yield from self.simpler_parts("where")
        if self.using:
            yield self.but(using=None)
        yield from self.fewer_settings()
        if self.prepared:
            yield self.but(prepared=False)
        if self.copies:
            yield self.but(copies=False)
        if self.parent:
            yield self.but(parent="")


class Maker(queries.Maker):
    """Makes statements up; tables: those that may be written."""

    def write(self):
        self.make = Conditions(self.rng)
        table = self.rng.choice(self.tables)
        kind = self.rng.choices(("INSERT", "UPDATE", "DELETE", "TRUNCATE"),
                                (10, 12, 5, 0.2))[0]
        if kind == "TRUNCATE" and "truncatable" not in table.options:
            kind = "UPDATE"
        if not table.items and self.chance(0.8):
            kind = "INSERT"
        write = Write(table, kind)
        write.prepared = self.chance(0.3)
        if write.prepared:
            self.make.params = 0.8
            write.settings["plan_cache_mode"] = self.rng.choice(
                queries.SETTINGS["plan_cache_mode"])
        if self.chance(0.1):
            write.settings["timezone"] = self.rng.choice(
                queries.SETTINGS["timezone"])
        if kind in ("UPDATE", "DELETE") and self.chance(0.15) \
                or kind == "INSERT" and table.routes \
                and table.mode == "insert" and self.chance(0.3):
            write.parent = "_parent"
        if kind != "TRUNCATE":
            getattr(self, "make_" + kind.lower())(write)
            if write.copies:
                write.prepared = False
            elif self.chance(0.5):
                self.add_returning(write)
        return write

    # values that can be written as they are
    def stored_text(self, table, column, null=0.15):
        """A text that the column has after it was written."""
        if not column.not_null and self.chance(null):
            return None
        is_key = column.attribute in table.key_names() \
            + table.index_attributes()
        kind = column.kind
        while True:
            wire = kind.wire(self.rng)
            text = kind.read(wire)
            if text is values.MISFIT or text is None:
                continue
            if is_key and not (kind.tag in wire and 0 < len(
                    str(wire[kind.tag]).encode()) <= 300):
                continue
            if kind.family == "document" and text in ("null", "[]"):
                continue
            if kind.family == "array" and "NULL" in text:
                continue
            if kind.family == "array" and text == "{}":
                continue
            return text

    def stored(self, table, column):
        text = self.stored_text(table, column)
        return Constant([text], self.make.list_type(column)
                        if self.chance(0.5) else "", "param"
                        if self.make.params and self.chance(0.8)
                        else "literal")

    def key_texts(self, table, there=0.4):
        """Of an item that is there, or of none."""
        if table.items and self.chance(there):
            item = self.rng.choice(table.items)
            return {name: table.column_of(name).read(item)
                    for name in table.key_names()}
        texts = {name: self.stored_text(table, table.column_of(name))
                 for name in table.key_names()}
        if table.items and table.range and self.chance(0.5):
            texts[table.hash] = table.column_of(table.hash).read(
                self.rng.choice(table.items))
        return texts

    def make_insert(self, write):
        table = write.table
        # routed rows can't come from the table they go to
        if not write.parent and self.chance(0.15) \
                and self.insert_from(write):
            return
        columns = [column for column in table.columns
                   if column.attribute != "*" and not column.generated and (
                       column.not_null or self.chance(0.8))]
        write.columns = [column.name for column in columns]
        write.copies = table.mode == "insert" and self.chance(0.15)
        write.nothing = not write.copies and table.mode == "insert" \
            and self.chance(0.4)
        taken = set()
        for _ in range(self.rng.choice([1, 1, 1, 2, 5, 30])):
            texts = self.key_texts(table, 0.4 if write.nothing
                                   or table.mode != "insert" else 0.1)
            # the second of two rows with a key is an error in PostgreSQL
            key = tuple(texts.values())
            if key in taken and table.mode != "insert":
                continue
            taken.add(key)
            parts = []
            for column in columns:
                constant = Constant([texts[column.attribute]], "", "literal"
                                    ) if column.attribute in texts \
                    else self.stored(table, column)
                parts.append(constant)
            write.rows.append(Several(None, ", ", parts))

    def far_away(self):
        """What leads from no key to another one's."""
        return self.rng.randint(10 ** 6, 10 ** 9)

    def insert_from(self, write):
        """INSERT ... SELECT from the table itself: it may not see its own
        rows."""
        table = write.table
        moved = {}
        for name in table.key_names():
            column = table.column_of(name)
            if column.kind.name.startswith("text"):
                moved = {column.name: "a.%s || '~%d'" % (
                    column.name, self.far_away())}
            elif column.kind.sqltype == "numeric":
                moved = {column.name: "a.%s + 1%d" % (
                    column.name, self.far_away())}
        if not moved:
            return False
        names = [column.name for column in table.columns
                 if column.attribute != "*" and not column.generated]
        write.columns = names
        write.nothing = table.mode == "insert"
        columns = self.columns(table)
        write.query = Expression(
            None, "SELECT %s FROM %s a" % (", ".join(
                moved.get(name, "a." + name) for name in names), table.name))
        # not in write.where: ON CONFLICT comes after WHERE
        if self.chance(0.6):
            write.query = Expression(
                None, write.query, " WHERE ", Several(
                    "AND", " AND ", self.conditions(table, columns)))
        return True

    def make_update(self, write):
        table = write.table
        chosen = [column for column in table.columns
                  if column.attribute not in ["*"] + table.key_names()
                  and not column.generated]
        self.rng.shuffle(chosen)
        for column in chosen[:self.rng.choice([1, 1, 2, 3])]:
            write.sets.append(self.assignment(table, column))
        self.add_where(write)
        if self.chance(0.1) or not write.sets:
            self.change_key(write)
        if self.chance(0.15):
            self.add_using(write)

    def assignment(self, table, column):
        name = "a." + column.name
        target = column.name + " = "
        kind = column.kind
        is_key = column.attribute in table.index_attributes()
        if self.chance(0.35):
            if kind.sqltype in ("int4", "int8", "numeric") and not is_key:
                return Expression(None, target + self.choose(
                    "%s + 1", "%s - 3", "1 + %s", "coalesce(%s, 0) + 1",
                    "coalesce(%s, 5)") % name)
            if kind.name.startswith("text") and not is_key:
                return Expression(None, target + self.choose(
                    "%s || '!'", "coalesce(%s, 'none')", "'<' || %s",
                    "left(%s, 2)") % name)
            if kind.family == "document":
                return Expression(None, target + self.choose(
                    "jsonb_set(coalesce(%s, '{}'), '{m}', '5')",
                    "%s || '{\"n\": [7, \"x\"]}'", "%s - 'a'",
                    "jsonb_set(%s, '{m,a}', '\"y\"')") % name)
            if kind.family == "boolean":
                return Expression(None, target + "NOT " + name)
            others = [other for other in table.columns
                      if other.kind is kind and other is not column
                      and other.attribute != "*"]
            if others and not column.not_null and not is_key:
                return Expression(None, target + "a."
                                  + self.rng.choice(others).name)
            return Expression(None, target + name)
        return Expression(None, target, self.stored(table, column))

    def choose(self, *ways):
        return self.rng.choice(ways)

    def add_where(self, write):
        table = write.table
        columns = self.columns(table)
        dice = self.rng.random()
        if dice < 0.35:
            texts = self.key_texts(table)
            write.where = [Expression("=", "a.%s = " % table.column_of(
                name).name, Constant([text], "", "param"
                                     if write.prepared else "literal"))
                for name, text in texts.items()]
            if self.chance(0.4):
                write.where.append(self.make.leaf(columns))
        elif dice < 0.9:
            write.where = self.conditions(table, columns)

    def change_key(self, write):
        """Of the only row, or all to where no row is."""
        table = write.table
        name = self.rng.choice(table.key_names())
        column = table.column_of(name)
        target = column.name + " = "
        if column.kind.name.startswith("text") and self.chance(0.5):
            write.sets.append(Expression(None, "%sa.%s || '~%d'" % (
                target, column.name, self.far_away())))
        elif column.kind.sqltype == "numeric" and self.chance(0.5):
            write.sets.append(Expression(None, "%sa.%s + 1%d" % (
                target, column.name, self.far_away())))
        else:
            texts = self.key_texts(table)
            write.where = [Expression("=", "a.%s = %s" % (
                table.column_of(other).name, literal(text).strip()))
                for other, text in texts.items()]
            write.sets.append(Expression(None, target, Constant(
                [self.stored_text(table, column)], "", "literal")))

    def add_using(self, write):
        """Another table, whose values go nowhere but into WHERE."""
        other = self.rng.choice(self.tables)
        parts = self.join_condition(write.table, "a", other, "b")
        if parts:
            write.using = Expression(None, self.source(other) + " b")
            write.where = write.where + parts

    def make_delete(self, write):
        self.add_where(write)
        if not write.where and self.chance(0.8):
            write.where = [self.make.leaf(self.columns(write.table))]
        if self.chance(0.15):
            self.add_using(write)

    def add_returning(self, write):
        columns = write.table.columns
        if write.kind == "INSERT" and write.table.mode == "upsert":
            columns = [column for column in columns
                       if column.name in write.columns]
        write.returning = [
            queries.Output(shown("a." + column.name, column))
            for column in self.rng.sample(columns, self.rng.randint(
                1, len(columns)))]


def shown(name, column):
    """DynamoDB keeps no scale; and an item without other attributes has
    none."""
    if column.attribute == "*":
        return "coalesce(%s, '{}')" % name
    return "trim_scale(%s)" % name if column.kind.sqltype == "numeric" \
        else name


def contents(link, table):
    return sorted(link.run("SELECT %s FROM %s" % (", ".join(
        shown(column.name, column) for column in table.columns),
        table.name)).rows, key=repr)


def execute(link, write, schema):
    """The answer, or a Failure."""
    if write.settings:
        link.run("; ".join("SET %s = '%s'" % pair
                           for pair in write.settings.items()))
    try:
        if write.copies:
            return link.copy(write.copy_command(), write.copy_data())
        for command in write.commands(schema):
            answer = link.run(command)
        return answer
    except Failure as failure:
        return failure
    finally:
        if not link.is_broken():
            link.run("DEALLOCATE ALL" + "".join(
                "; SET %s = DEFAULT" % name for name in write.settings)
                + "; SET timezone = 'UTC'")


def in_one_order(text):
    """JSON with its members sorted, numbers as they are."""
    return json.dumps(json.loads(text, parse_int=str, parse_float=str),
                      sort_keys=True)


def unmapped(table, items):
    """What no column shows, by key: no UPDATE may touch it."""
    if any(column.attribute == "*" for column in table.columns):
        return {}
    known = {column.attribute for column in table.columns} | {
        table.options.get("version_attribute")}
    return {key_id(item, table.key_names()): {
        name: (list(wire), in_one_order(values.plain(wire)))
        for name, wire in item.items() if name not in known}
        for item in items}


def fail_alike(write, got, expected):
    """Which of several rows fails first isn't defined; and one may be refused
    for a number that only PostgreSQL can hold."""
    if not isinstance(got, Failure):
        return False
    return got.state == expected.state or write.may_meet_several() and (
        got.state[:2] == expected.state[:2] in ("22", "23")
        or got.state == "22003" and write.computes())


def compare_write(world, write):
    """Runs it on both; returns the rows that it touched, None for an error
    that both report; raises Difference."""
    table = write.table
    expected = execute(world.side("plain"), write, "plain")
    remote = world.side("remote")
    got = execute(remote, write, "remote")
    if remote.is_broken():
        world.forget_sessions()
        raise Difference("the server went away")
    before = unmapped(table, table.items)
    table.items = world.items(table)
    if isinstance(expected, Failure):
        if not fail_alike(write, got, expected):
            raise Difference("%s instead of %s" % (
                got if isinstance(got, Failure) else got.tag, expected))
        world.refill(table, table.items)
        return None
    if isinstance(got, Failure):
        if got.state == "22003" and write.computes():
            table.items = world.items(table)
            world.refill(table, table.items)
            return None
        raise Difference("%s instead of %s" % (got, expected.tag))
    if got.tag != expected.tag:
        raise Difference("%s instead of %s" % (got.tag, expected.tag))
    compare_rows(write, got.rows, expected.rows, None)
    left = contents(remote, table)
    right = contents(world.side("plain"), table)
    if left != right:
        compare_rows(write, left, right, None)
    if write.kind == "DELETE" or write.kind == "UPDATE" \
            and not write.moves():
        after = unmapped(table, table.items)
        for key, attributes in after.items():
            if key in before and before[key] != attributes:
                raise Difference("attributes without a column changed: %s"
                                 " instead of %s" % (attributes, before[key]))
    return int(expected.tag.split()[-1]) if expected.tag.split()[-1].isdigit(
    ) else 0
