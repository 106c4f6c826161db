"""queries.py
Random queries over some tables.

A Query keeps its clauses apart, so that a failing one can be simplified, and
knows how far its answer is determined: by ORDER BY entirely, or up to rows
that are equal in the sort keys, or, under a LIMIT, only as a part of all.
"""

import copy

import expressions
from expressions import Conditions, Expression, Several
from tables import VIEWS


def is_loose(column):
    """Is equal not the same there?"""
    kind = column.kind
    return not getattr(getattr(kind, "element", kind), "deterministic", True)


class Output:
    """An expression of the select list.  strict: values that are equal in it
    are the same; collatable: it is text."""

    def __init__(self, sql, strict=True, collatable=True):
        self.sql = sql
        self.strict = strict
        self.collatable = collatable


class Statement:
    """What is known of one that has conditions in where, and settings."""

    def but(self, **members):
        other = copy.copy(self)
        for name, value in members.items():
            setattr(other, name, value)
        return other

    def simpler_parts(self, member):
        parts = getattr(self, member)
        for number, part in enumerate(parts):
            if member == "where" and isinstance(part, Several) \
                    and part.rule == "AND":
                yield self.but(where=parts[:number] + list(part.parts)
                               + parts[number + 1:])
            for other in part.simpler():
                yield self.but(**{member: parts[:number] + [other]
                                  + parts[number + 1:]})

    def fewer_settings(self):
        for name in self.settings:
            yield self.but(settings={
                other: value for other, value in self.settings.items()
                if other != name})


class Query(Statement):
    def __init__(self):
        self.sources = []           # texts of FROM, each with an Expression
        self.outputs = []
        self.where = []
        self.group = []             # of outputs
        self.order = []             # (output's number, words, COLLATE)
        self.limit = None
        self.offset = None
        self.distinct = False
        self.way = "plain"          # prepared, cursor
        self.executions = 1
        self.settings = {}

    def select(self, show, limited=True):
        words = ["SELECT ", "DISTINCT " if self.distinct else "",
                 ", ".join(output.sql for output in self.outputs),
                 "\n  FROM ", "".join(source.sql(show)
                                      for source in self.sources)]
        if self.where:
            words += ["\n WHERE ", "\n   AND ".join(
                condition.sql(show) for condition in self.where)]
        if self.group:
            words += ["\n GROUP BY ", ", ".join(self.group)]
        if self.order:
            words += ["\n ORDER BY ", ", ".join(
                "%s%s" % (self.outputs[number].sql if collate else number + 1,
                          collate + more)
                for number, more, collate in self.order)]
        if limited and self.limit is not None:
            words.append("\n LIMIT %d" % self.limit)
        if limited and self.offset is not None:
            words.append("\n OFFSET %d" % self.offset)
        return "".join(words)

    def is_limited(self):
        return self.limit is not None or self.offset is not None

    def is_total(self):
        """Does ORDER BY leave no two different rows in any order?"""
        numbers = {number for number, _, _ in self.order}
        return all(number in numbers and (
            output.strict or any(collate for n, _, collate in self.order
                                 if n == number))
                   for number, output in enumerate(self.outputs))

    def sort_keys(self):
        """Numbers of the outputs that a reader sees in order."""
        keys = []
        for number, _, _ in self.order:
            if not self.outputs[number].strict:
                break
            keys.append(number)
        return keys

    def statements(self, limited=True):
        """What is run to get the answers, one list for each execution; the
        last command of each answers."""
        if self.way == "prepared":
            return self.prepared(limited)
        text = self.select(expressions.show_literally, limited)
        if self.way == "cursor" and limited:
            return [["BEGIN", "DECLARE c CURSOR FOR " + text]]
        return [[text]]

    def prepared(self, limited):
        prepare, params = expressions.prepare(
            lambda show: self.select(show, limited))
        return [([prepare] if number == 0 else [])
                + [expressions.execute(params, number)]
                for number in range(self.executions)]

    # simplified
    def simpler(self):
        yield from self.without("sources", 1)
        yield from self.without("where", 0)
        yield from self.without_views()
        yield from self.simpler_parts("where")
        yield from self.simpler_parts("sources")
        yield from self.fewer_settings()
        if self.way == "cursor":
            yield self.but(way="plain")
        if self.way == "prepared":
            yield self.but(way="plain", executions=1)
        if self.offset is not None:
            yield self.but(offset=None)
        if self.limit is not None:
            yield self.but(limit=None)
        for number in range(len(self.order)):
            yield self.but(order=self.order[:number]
                           + self.order[number + 1:])
        if self.distinct:
            yield self.but(distinct=False)
        yield from self.fewer_outputs()

    def without(self, member, first):
        parts = getattr(self, member)
        for number in range(first, len(parts)):
            yield self.but(**{member: parts[:number] + parts[number + 1:]})

    def without_views(self):
        for number, source in enumerate(self.sources):
            for view in VIEWS:
                if view + " " in source.parts[0]:
                    yield self.but(sources=self.sources[:number] + [
                        source.with_parts((source.parts[0].replace(
                            view + " ", " "),) + source.parts[1:])]
                        + self.sources[number + 1:])

    def fewer_outputs(self):
        if len(self.outputs) == 1:
            return
        for number, output in enumerate(self.outputs):
            if any(n == number for n, _, _ in self.order):
                continue
            if output.sql in self.group:
                continue
            yield self.but(
                outputs=self.outputs[:number] + self.outputs[number + 1:],
                order=[(n - (n > number), more, collate)
                       for n, more, collate in self.order])


SETTINGS = {
    "timezone": ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata",
                 "Pacific/Apia", "Australia/Lord_Howe", "Etc/GMT+12"],
    "enable_hashjoin": ["off"], "enable_mergejoin": ["off"],
    "enable_nestloop": ["off"], "enable_material": ["off"],
    "enable_memoize": ["off"], "enable_hashagg": ["off"],
    "enable_sort": ["off"], "enable_incremental_sort": ["off"],
    "plan_cache_mode": ["force_generic_plan", "force_custom_plan"],
    "datestyle": ["German", "SQL, DMY"], "intervalstyle": ["iso_8601"],
    "extra_float_digits": ["0"],
    "dynamodb_fdw.enable_batch_join": ["off"],
}


class Maker:
    """Makes queries up over tables that are filled."""

    def __init__(self, rng, tables):
        self.rng = rng
        self.tables = tables

    def chance(self, rate):
        return self.rng.random() < rate

    def query(self):
        query = Query()
        query.settings = {
            name: self.rng.choice(values) for name, values
            in SETTINGS.items() if self.chance(0.06)}
        if self.chance(0.35):
            query.way = "prepared"
            query.executions = self.rng.choice([1, 2, 3])
            query.settings["plan_cache_mode"] = self.rng.choice(
                SETTINGS["plan_cache_mode"])
        elif self.chance(0.1):
            query.way = "cursor"
        self.make = Conditions(self.rng, query.executions,
                               0.8 if query.way == "prepared" else 0)
        shape = self.rng.choices(
            ("simple", "keyset", "aggregate", "join", "exists", "lateral"),
            (10, 1, 3, 4, 2, 1))[0]
        getattr(self, shape)(query)
        return query

    def columns(self, table, alias="a"):
        return [("%s.%s" % (alias, column.name), (table, column))
                for column in table.columns]

    def table(self):
        """One with rows, most often."""
        filled = [table for table in self.tables if table.items]
        if filled and self.chance(0.95):
            return self.rng.choice(filled)
        return self.rng.choice(self.tables)

    def output(self, name, column):
        return Output(name, not is_loose(column),
                      column.kind.family == "text")

    def choose_outputs(self, query, columns):
        chosen = columns if self.chance(0.2) else self.rng.sample(
            columns, self.rng.randint(1, min(5, len(columns))))
        query.outputs += [self.output(name, column)
                          for name, (_, column) in chosen]

    # conditions
    def conditions(self, table, columns):
        """Often on a key, so that Scans are not all that is tried."""
        found = self.key_conditions(table, columns[0][0].partition(".")[0]) \
            if self.chance(0.7) else []
        if not found or self.chance(0.5):
            found.append(self.make.condition(columns, self.rng.choice(
                [0, 0, 0, 1, 2, 3])))
        if self.chance(0.15):
            found.append(self.make.row_comparison(columns))
        if self.chance(0.2):
            found.append(self.make.leaf(columns))
        self.rng.shuffle(found)
        return found

    def key_conditions(self, table, alias):
        keys = [([table.hash], [table.range] if table.range else [])] * 2 \
            + [(index.hash, index.range) for index in table.indexes]
        hashed, ranged = self.rng.choice(keys)
        # constants of one item, so that there is an answer
        sample = self.rng.choice(table.items) if table.items else {}
        found = []
        for name in hashed:
            found.append(self.key_equality(table, alias, name, sample))
        for name in ranged:
            if self.chance(0.3):
                break
            column = table.column_of(name)
            sql = "%s.%s" % (alias, column.name)
            dice = self.rng.random()
            if dice < 0.35:
                found.append(self.key_equality(table, alias, name, sample))
            elif dice < 0.45:
                found.append(Expression("IS NOT NULL", sql + " IS NOT NULL"))
            elif dice < 0.6 and column.kind.bounds:
                found.append(self.make.keyset(sql, table, column,
                                              self.columns(table, alias)))
            else:
                found.append(self.make.about(sql, table, column))
                if self.chance(0.3):
                    found.append(self.make.comparison(sql, table, column))
        if self.chance(0.12):
            # the same key for several items, in several ways
            others = [Several("AND", " AND ", [
                self.key_equality(table, alias, name, self.rng.choice(
                    table.items) if table.items else {})
                for name in hashed + ranged]) for _ in range(
                    self.rng.randint(1, 3))]
            found = [Several("OR", " OR ", [Several("AND", " AND ", found)]
                             + others)]
        return found

    def key_equality(self, table, alias, name, sample):
        column = table.column_of(name)
        sql = "%s.%s" % (alias, column.name)
        dice = self.rng.random()
        if dice < 0.1:
            return self.make.about(sql, table, column)
        if dice < 0.13:
            return Expression("IS NOT DISTINCT FROM",
                              sql + " IS NOT DISTINCT FROM ",
                              self.make.constant(table, column))
        if dice < 0.2:
            return Expression("IN", sql + " IN ", Several(
                None, ", ", self.make.list_of(table, column, 5)))
        if dice < 0.3:
            return Expression("= ANY", sql + " = ANY (",
                              self.make.array(table, column), ")")
        text = column.read(sample)
        constant = self.make.constant(table, column)
        if isinstance(text, str) and self.chance(0.8):
            constant.texts[0] = text
            if column.kind.family == "number":
                constant.sqltype = "numeric"
        return Expression("=", sql + " = ", constant)

    # shapes
    def simple(self, query):
        table = self.table()
        columns = self.columns(table)
        query.sources = [Expression(None, self.source(table) + " a")]
        query.where = self.conditions(table, columns)
        self.choose_outputs(query, columns)
        if self.chance(0.05):
            query.distinct = all(output.strict for output in query.outputs)
        self.finish(query, table)

    def finish(self, query, table=None):
        if self.chance(0.5):
            self.add_order(query, table)
        if self.chance(0.3):
            query.limit = self.rng.choice([0, 1, 1, 2, 3, 5, 10, 100])
        if self.chance(0.1):
            query.offset = self.rng.choice([0, 1, 2, 5, 50])

    def add_order(self, query, table):
        keys = list(range(len(query.outputs)))
        chosen = self.rng.sample(keys, self.rng.randint(1, min(3, len(keys))))
        if table and self.chance(0.6) and not query.group \
                and not query.distinct:
            chosen = self.add_key_order(query, table) or chosen
        words = self.rng.choice(["", "", " DESC", None])
        query.order = [(number, self.rng.choice(["", " DESC"])
                        if words is None else words, "")
                       for number in chosen]
        if self.chance(0.1):
            number, words, _ = query.order[-1]
            query.order[-1] = (number, words + self.rng.choice(
                [" NULLS FIRST", " NULLS LAST"]), "")
        if self.chance(0.3):
            chosen = {number for number, _, _ in query.order}
            query.order += [(n, "", "") for n in keys if n not in chosen]
            if not query.distinct and not query.group:
                query.order += [(n, "", ' COLLATE "C"')
                                for n, output in enumerate(query.outputs)
                                if not output.strict
                                and output.collatable]

    def add_key_order(self, query, table):
        """ORDER BY a key's columns, as they are sorted in DynamoDB."""
        keys = [[table.hash, table.range]] * 2 + [
            index.names() for index in table.indexes]
        names = [name for name in self.rng.choice(keys) if name]
        if self.chance(0.7) and len(names) > 1:
            names = names[1:]
        numbers = []
        for name in names:
            column = table.column_of(name)
            query.outputs.append(self.output("a." + column.name, column))
            numbers.append(len(query.outputs) - 1)
        return numbers

    def keyset(self, query):
        """The page after one that was seen: (a, b) > (x, y) ORDER BY a, b."""
        table = self.table()
        keys = [[table.hash, table.range]] * 2 + [
            index.names() for index in table.indexes]
        names = [name for name in self.rng.choice(keys) if name]
        sample = self.rng.choice(table.items) if table.items else {}
        first = self.rng.randint(0, len(names) - 1)
        query.where = [self.key_equality(table, "a", name, sample)
                       for name in names[:first]]
        columns = [table.column_of(name) for name in names[first:]]
        sides = []
        for column in columns:
            sides += [", ", self.make.constant(
                table, column, self.make.list_type(column))]
        operator = self.rng.choice([">", ">", "<", ">=", "<="])
        query.where.append(Expression("row " + operator, "(%s) %s (" % (
            ", ".join("a." + column.name for column in columns), operator),
            *sides[1:], ")"))
        query.sources = [Expression(None, self.source(table) + " a")]
        query.outputs = [self.output("a." + column.name, column)
                         for column in columns]
        query.order = [(number, " DESC" if operator[0] == "<" else "", "")
                       for number in range(len(columns))]
        self.choose_outputs(query, self.columns(table))
        query.limit = self.rng.choice([None, 1, 3, 10])

    def aggregate(self, query):
        table = self.table()
        columns = self.columns(table)
        query.sources = [Expression(None, self.source(table) + " a")]
        query.where = self.conditions(table, columns)
        strict = [(name, column) for name, (_, column) in columns
                  if not is_loose(column)]
        if strict and self.chance(0.4):
            name, _ = self.rng.choice(strict)
            query.group = [name]
            query.outputs.append(Output(name))
        for _ in range(self.rng.randint(1, 3)):
            query.outputs.append(Output(self.call(strict)))
        if query.group:
            self.finish(query)

    def call(self, strict):
        if not strict or self.chance(0.3):
            return "count(*)"
        name, column = self.rng.choice(strict)
        ways = ["count(%s)", "count(DISTINCT %s)"]
        if column.kind.family in ("text", "number", "float", "moment",
                                  "enum", "time"):
            ways += ["min(%s)", "max(%s)"] * 2
        if column.kind.family == "number":
            ways += ["sum(%s)"]
        if column.kind.family == "boolean":
            ways += ["bool_and(%s)", "bool_or(%s)"]
        else:
            ways += ["array_agg(%s::text ORDER BY %s::text COLLATE \"C\")"]
        way = self.rng.choice(ways)
        return way.replace("%s", name)

    def partners(self, table, other):
        """Columns of two tables that can be compared, keys first."""
        pairs = []
        for column in other.columns:
            for known in table.columns:
                if known.kind.family == column.kind.family and (
                        known.kind.collation == column.kind.collation) \
                        and known.kind.family not in ("enum", "array",
                                                      "char", "document") \
                        or known.kind is column.kind:
                    is_key = column.attribute in (
                        other.key_names() + other.index_attributes())
                    pairs += [(known, column)] * (5 if is_key else 1)
        return pairs

    def join_condition(self, table, alias, other, other_alias):
        pairs = self.partners(table, other)
        if not pairs:
            return None
        parts = []
        for _ in range(self.rng.choice([1, 1, 2])):
            known, column = self.rng.choice(pairs)
            operator = self.rng.choice(["="] * 9 + ["<", "<>", ">="])
            sides = ["%s.%s" % (alias, known.name),
                     "%s.%s" % (other_alias, column.name)]
            self.rng.shuffle(sides)
            parts.append(Expression("join " + operator,
                                    (" %s " % operator).join(sides)))
        if self.chance(0.3):
            parts.append(self.make.leaf(self.columns(other, other_alias)))
        return parts

    def join(self, query):
        """Of two or three tables, foreign or not, or of one with itself."""
        table = self.table()
        query.sources = [Expression(None, self.name(table) + " a")]
        columns = self.columns(table)
        joined = [("a", table)]
        for alias in "bc"[:self.rng.choice([1, 1, 1, 2])]:
            other = self.table()
            known_alias, known = self.rng.choice(joined)
            parts = self.join_condition(known, known_alias, other, alias)
            if parts is None:
                continue
            kind = self.rng.choice(["JOIN"] * 4 + ["LEFT JOIN"] * 2
                                   + ["RIGHT JOIN"])
            query.sources.append(Expression(
                None, "\n  %s %s %s ON " % (kind, self.name(other), alias),
                Several("AND", " AND ", parts)))
            joined.append((alias, other))
            columns += self.columns(other, alias)
        query.where = self.conditions(table, self.columns(table))
        if self.chance(0.4):
            query.where.append(self.make.condition(columns, 1))
        self.choose_outputs(query, columns)
        if self.chance(0.4):
            self.finish(query)

    def source(self, table):
        """Now and then a view of the table."""
        return table.name + (self.rng.choice(VIEWS) if self.chance(0.08)
                             else "")

    def name(self, table):
        """In a join, now and then the ordinary table on both sides."""
        return "plain." + table.name if self.chance(0.4) \
            else self.source(table)

    def exists(self, query):
        table = self.table()
        query.sources = [Expression(None, self.name(table) + " a")]
        columns = self.columns(table)
        self.choose_outputs(query, columns)
        other = self.table()
        parts = self.join_condition(table, "a", other, "b")
        if parts is None:
            return self.simple(query)
        way = self.rng.choice(["EXISTS", "NOT EXISTS", "IN", "NOT IN",
                               "scalar"])
        source = " FROM %s b WHERE " % self.name(other)
        if way in ("EXISTS", "NOT EXISTS"):
            made = Expression(way, way + " (SELECT 1" + source,
                              Several(None, " AND ", parts, "", ""), ")")
        elif way == "scalar":
            made = Expression(way, "(SELECT count(*)" + source,
                              Several(None, " AND ", parts, "", ""),
                              ") %s %d" % (self.rng.choice(["=", ">"]),
                                           self.rng.randint(0, 2)))
        else:
            known, column = self.rng.choice(self.partners(table, other))
            made = Expression(way + " (SELECT)", "a.%s %s (SELECT b.%s" % (
                known.name, way, column.name) + source, self.make.condition(
                    self.columns(other, "b"), 1), ")")
        query.where = [made]
        if self.chance(0.6):
            query.where += self.conditions(table, columns)
        if self.chance(0.2):
            self.finish(query)
        return None

    def lateral(self, query):
        table = self.table()
        other = self.table()
        parts = self.join_condition(table, "a", other, "b")
        if parts is None:
            return self.simple(query)
        inner = self.columns(other, "b")
        self.rng.shuffle(inner)
        chosen = [(name, column) for name, (_, column) in inner
                  if not is_loose(column)][:3]
        if not chosen:
            return self.simple(query)
        sorts = ", ".join(name + (" DESC" if self.chance(0.3) else "")
                          for name, _ in chosen)
        query.sources = [
            Expression(None, self.name(table) + " a"),
            Expression(None, "\n  CROSS JOIN LATERAL (SELECT %s FROM %s b"
                       " WHERE " % (", ".join(
                           "%s AS x%d" % (name, number) for number, (name, _)
                           in enumerate(chosen)), other.name),
                       Several(None, " AND ", parts, "", ""),
                       " ORDER BY %s LIMIT %d) l" % (
                           sorts, self.rng.randint(1, 3)))]
        query.where = self.conditions(table, self.columns(table))
        self.choose_outputs(query, self.columns(table))
        query.outputs += [Output("l.x%d" % number)
                          for number in range(len(chosen))]
        return None
