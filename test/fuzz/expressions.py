"""expressions.py
Random conditions over the columns of some tables.

An Expression is SQL text with other expressions in it, so that it can be
simplified: by one of its own parts where that makes sense, or part by part.
Constants stand apart: a query may show them as literals, as parameters, or
as something that is known only when it runs.
"""

import copy

import values
from tables import literal


class Expression:
    """rule: what the statistics call it.  parts: texts and Expressions."""

    def __init__(self, rule, *parts):
        self.rule = rule
        self.parts = parts

    def sql(self, show):
        """show(constant) is a constant's text."""
        return "".join(part if isinstance(part, str) else part.sql(show)
                       for part in self.parts)

    def constants(self):
        for part in self.parts:
            if not isinstance(part, str):
                yield from part.constants()

    def leaves(self):
        """The conditions that it is made of."""
        inner = [part for part in self.parts if isinstance(part, Expression)
                 and part.rule]
        if not inner:
            return [self]
        return [leaf for part in inner for leaf in part.leaves()]

    def simpler(self):
        """Whatever is a little simpler."""
        for number, part in enumerate(self.parts):
            if isinstance(part, str):
                continue
            if part.rule:
                yield part
            for other in part.simpler():
                yield self.with_parts(self.parts[:number] + (other,)
                                      + self.parts[number + 1:])

    def with_parts(self, parts):
        other = copy.copy(self)
        other.parts = tuple(parts)
        return other


class Several(Expression):
    """Parts with a text between them, of which one is enough."""

    def __init__(self, rule, between, parts, before="(", after=")"):
        super().__init__(rule, *parts)
        self.between = between
        self.around = before, after

    def sql(self, show):
        return self.around[0] + self.between.join(
            part.sql(show) for part in self.parts) + self.around[1]

    def simpler(self):
        if len(self.parts) > 1:
            for number in range(len(self.parts)):
                yield self.with_parts(self.parts[:number]
                                      + self.parts[number + 1:])
        yield from super().simpler()


class Constant:
    """A value: one text (None: NULL) for each execution of the query."""

    rule = None

    def __init__(self, texts, sqltype, form):
        self.texts = texts
        self.sqltype = sqltype      # "" for one that the context decides
        self.form = form            # literal, param, initplan, stable

    def cast(self, text):
        if self.sqltype == "":
            return literal(text)
        return "%s::%s" % (literal(text).strip(), self.sqltype)

    def sql(self, show):
        return show(self)

    def constants(self):
        yield self

    def leaves(self):
        return []

    def simpler(self):
        if self.form != "literal":
            other = copy.copy(self)
            other.form = "literal"
            yield other


def show_literally(constant):
    """For a query that isn't prepared."""
    text = constant.cast(constant.texts[0])
    if constant.form == "initplan":
        return "(SELECT %s)" % text
    if constant.form == "stable" and constant.texts[0] is not None:
        return "coalesce(current_setting('fuzz.unset', true), %s)::%s" % (
            literal(constant.texts[0]), constant.sqltype or "text")
    return text


def prepare(sql):
    """PREPARE of sql(show), and the constants that are its parameters."""
    params = []

    def show(constant):
        if constant.form != "param":
            return show_literally(constant)
        params.append(constant)
        return "$%d" % len(params)
    text = sql(show)
    types = ", ".join(constant.sqltype or "unknown" for constant in params)
    return "PREPARE q%s AS\n%s" % ("(%s)" % types if params else "",
                                   text), params


def execute(params, number):
    given = ", ".join(constant.cast(constant.texts[number])
                      for constant in params)
    return "EXECUTE q" + ("(%s)" % given if params else "")


COLLATIONS = ['"C"', '"C"', '"POSIX"', '"default"']
COMPARISONS = ("=", "<>", "<", "<=", ">", ">=")


class Conditions:
    """Makes conditions up.  columns: pairs of a column's SQL text and the
    (Table, Column) it stands for; rows says how many executions there are."""

    def __init__(self, rng, executions=1, params=0.0):
        self.rng = rng
        self.executions = executions
        self.params = params

    def chance(self, rate):
        return self.rng.random() < rate

    def choose(self, *ways):
        return self.rng.choice(ways)

    # values
    def text(self, table, column, null=0.04):
        """Most often one that is there."""
        if self.chance(null):
            return None
        there = table.texts(column)
        if there and self.chance(0.75):
            return self.rng.choice(there)
        return column.kind.odd(self.rng)

    def form(self):
        if self.chance(self.params):
            return "param"
        return self.rng.choices(("literal", "initplan", "stable"),
                                (20, 1, 1))[0]

    def constant(self, table, column, sqltype=None, form=None):
        texts = [self.text(table, column) for _ in range(self.executions)]
        texts = [None if text is values.MISFIT else text for text in texts]
        if sqltype is None:
            known = [text for text in texts if text is not None]
            sqltype = column.kind.literal_type(self.rng, known[0]) \
                if known else column.kind.sqltype
            # every execution's text has to be one of the type
            if len(known) > 1 and column.kind.family in ("number", "float"):
                sqltype = "float8" if column.kind.family == "float" \
                    else "numeric"
        return Constant(texts, sqltype, form or self.form())

    def list_of(self, table, column, most=6):
        sqltype = self.list_type(column)
        return [self.constant(table, column, sqltype) for _ in range(
            self.rng.choice([1, 2, 2, 3, most]))]

    def list_type(self, column):
        kind = column.kind
        if kind.family == "text":
            return "text"
        if kind.family == "number":
            return "numeric"
        if kind.family == "float":
            return "float8"
        if kind.family == "moment":
            return kind.base()
        return kind.sqltype

    def array(self, table, column, there=()):
        """A constant array of values, most often of those that are there."""
        sqltype = self.list_type(column)
        if isinstance(column, Member) and column.kind.sqltype == "int4":
            sqltype = "int4"        # arrays of others can't be compared
        texts = []
        for _ in range(self.executions):
            members = []
            for _ in range(self.rng.choice([0, 1, 2, 3, 8])):
                text = self.rng.choice(there) if there \
                    and self.chance(0.8) else self.text(table, column)
                if sqltype == "int4" and text is not None:
                    text = plain_integer(text)
                members.append(None if text is values.MISFIT else text)
            texts.append(None if self.chance(0.03)
                         else values.array_text(members))
        return Constant(texts, sqltype + "[]", self.form())

    # conditions
    def condition(self, columns, depth):
        """A tree of AND, OR and NOT."""
        if depth <= 0 or self.chance(0.35):
            return self.leaf(columns)
        dice = self.rng.random()
        if dice < 0.35:
            return self.several("AND", columns, depth)
        if dice < 0.7:
            return self.several("OR", columns, depth)
        if dice < 0.9:
            return Expression("NOT", "NOT (", self.condition(
                columns, depth - 1), ")")
        test = self.choose("TRUE", "FALSE", "UNKNOWN", "NOT TRUE",
                           "NOT FALSE", "NOT UNKNOWN")
        return Expression("(...) IS " + test, "(", self.condition(
            columns, depth - 1), ") IS " + test)

    def several(self, word, columns, depth):
        return Several(word, " %s " % word, [
            self.condition(columns, depth - 1)
            for _ in range(self.rng.choice([2, 2, 3]))])

    def leaf(self, columns):
        if self.chance(0.02):
            return Expression("constant", self.choose(
                "true", "false", "NULL::boolean", "1 = 0"))
        name, (table, column) = self.rng.choice(columns)
        return self.about(name, table, column, columns)

    def about(self, name, table, column, columns=()):
        family = column.kind.family
        dice = self.rng.random()
        if dice < 0.12:
            word = self.choose("IS NULL", "IS NOT NULL")
            return Expression(word, name, " " + word)
        if family == "boolean" and dice < 0.7:
            return self.boolean(name, table, column)
        if family in ("text", "char") and dice < 0.5:
            return self.string(name, table, column)
        if family == "number" and dice < 0.2:
            return self.arithmetic(name, table, column)
        if family == "moment" and dice < 0.35:
            return self.calendar(name, table, column)
        if family == "array" and dice < 0.7:
            return self.members(name, table, column)
        if family == "document" and dice < 0.7:
            return self.document(name, table, column)
        if dice > 0.96 and columns:
            return self.between_columns(name, column, columns)
        return self.comparison(name, table, column)

    def operator(self, column):
        if column.kind.bounds and self.chance(0.6):
            return self.rng.choice(COMPARISONS)
        return self.choose("=", "=", "=", "<>")

    def collate(self, column):
        """Now and then a collation of the clause's own."""
        if column.kind.family in ("text",) and self.chance(0.08):
            return " COLLATE " + self.rng.choice(COLLATIONS)
        return ""

    def comparison(self, name, table, column):
        kind = column.kind
        way = self.rng.choice(["plain"] * 8 + [
            "commuted", "distinct", "between", "between", "in", "in", "in"] + [
                # there are no arrays of arrays
                "any", "any", "some operator"] * (kind.family != "array"))
        if way == "distinct":
            word = self.choose("IS DISTINCT FROM", "IS NOT DISTINCT FROM")
            return Expression(word, name, " %s " % word,
                              self.constant(table, column))
        if way == "between":
            return self.between(name, table, column)
        if way == "in":
            word = self.choose("IN", "IN", "NOT IN")
            return Expression(word, name + self.collate(column)
                              + " %s " % word, Several(
                                  None, ", ", self.list_of(table, column)))
        if way == "any":
            operator, word = self.choose(("=", "ANY"), ("=", "ANY"),
                                         ("<>", "ALL"))
            return Expression("%s %s" % (operator, word), name
                              + " %s %s (" % (operator, word),
                              self.array(table, column), ")")
        if way == "some operator":
            operator = self.rng.choice(COMPARISONS)
            word = self.choose("ANY", "ALL")
            return Expression("op " + word, name + " %s %s (" % (
                operator, word), self.array(table, column), ")")
        operator = self.operator(column)
        if way == "commuted":
            return Expression(operator, self.constant(table, column),
                              " %s " % operator, name)
        return Expression(operator, name + self.collate(column)
                          + " %s " % operator, self.constant(table, column))

    def between(self, name, table, column):
        word = self.choose("BETWEEN", "BETWEEN", "NOT BETWEEN",
                           "BETWEEN SYMMETRIC")
        return Expression(word, name + " %s " % word,
                          self.constant(table, column), " AND ",
                          self.constant(table, column))

    def calendar(self, name, table, column):
        """A date, or a rounded or local time, of a moment."""
        zone = self.choose("UTC", "America/New_York", "Pacific/Apia")
        unit = self.choose("hour", "day", "week", "month", "year", "century")
        rule, way = self.choose(
            ("::date", "%s::date"), ("::timestamp", "%s::timestamp"),
            ("date_trunc()", "date_trunc('" + unit + "', %s)"),
            ("AT TIME ZONE", "(%s AT TIME ZONE '" + zone + "')::date"))
        operator = self.rng.choice(COMPARISONS)
        constant = self.constant(table, column)
        cast = self.choose("::date", "::timestamp", "::timestamptz", "")
        return Expression(rule, way % name + " %s (" % operator, constant,
                          ")" + cast)

    def keyset(self, name, table, column, columns):
        """What comes after a row, as is said without row comparisons."""
        operator = self.choose("<", ">", "<=", ">=")
        first = self.constant(table, column)
        again = first if self.chance(0.6) else self.constant(table, column)
        return Several("keyset OR", " OR ", [
            Expression(operator, name + " %s " % operator, first),
            Several("AND", " AND ", [
                Expression("=", name + " = ", again), self.leaf(columns)])])

    def between_columns(self, name, column, columns):
        others = [other for other, (_, known) in columns
                  if known.kind is column.kind and other != name]
        if not others:
            return Expression("column = column", "%s = %s" % (name, name))
        return Expression("column op column", "%s %s %s" % (
            name, self.rng.choice(COMPARISONS), self.rng.choice(others)))

    # what only some types have
    def pattern(self, text):
        """A LIKE pattern for a text."""
        part = text[:self.rng.randint(0, min(len(text), 8))]
        if self.chance(0.5):
            part = part.replace("\\", "\\\\").replace("%", "\\%").replace(
                "_", "\\_")
        elif part.endswith("\\"):
            part = part[:-1]
        # a backslash may stand before anything but the end
        elif part.replace("\\\\", "").count("\\") and self.chance(0.5):
            part = part.replace("\\", "")
        shape = self.rng.choice(["%s%%"] * 6 + [
            "%%%s%%", "%%%s%%", "%s", "%%%s", "%s_", "_%s%%", "%s%%_",
            "%s%%a%%"])
        return shape % part

    def str_constant(self, texts):
        return Constant(texts, self.choose("", "text"), self.form())

    def strings(self, table, column):
        """Texts for all executions, NULL seldom."""
        return [text if text is not None and text is not values.MISFIT
                else self.rng.choice(values.TEXTS) for text in (
                    self.text(table, column)
                    for _ in range(self.executions))]

    def string(self, name, table, column):
        texts = self.strings(table, column)
        prefixes = [text[:self.rng.randint(0, min(len(text), 6))]
                    for text in texts]
        if not column.kind.deterministic:
            # LIKE and its kind are errors there until PostgreSQL 18
            name += ' COLLATE "C"'
        way = self.rng.choice(["like"] * 6 + [
            "starts_with", "starts_with", "^@", "^@", "ilike", "lower",
            "length", "concat"])
        if way == "like":
            word = self.choose("LIKE", "LIKE", "LIKE", "NOT LIKE")
            patterns = [None if self.chance(0.03) else self.pattern(text)
                        for text in texts]
            return Expression(word, name + " %s " % word,
                              self.str_constant(patterns))
        if way == "starts_with":
            return Expression(way, "starts_with(%s, " % name,
                              self.str_constant(prefixes), ")")
        if way == "^@":
            return Expression(way, name + " ^@ ", Constant(
                prefixes, "text", self.form()))
        if way == "ilike":
            return Expression(way, name + " ILIKE ", self.str_constant(
                [self.pattern(text) for text in texts]))
        if way == "lower":
            return Expression("function", "lower(%s) = lower(" % name,
                              self.str_constant(texts), ")")
        if way == "length":
            return Expression("function", "length(%s) > %d" % (
                name, self.rng.randint(0, 8)))
        return Expression("function", "%s || 'x' = " % name,
                          self.str_constant([text + "x" for text in texts]))

    def arithmetic(self, name, table, column):
        return self.choose(
            Expression("function", "abs(%s::numeric) > " % name,
                       Constant(["1"] * self.executions, "int4",
                                self.form())),
            Expression("function", "%s::numeric + 1 > " % name,
                       self.constant(table, column, "numeric")),
            Expression("function", "-(%s::numeric) <= " % name,
                       self.constant(table, column, "numeric")))

    def boolean(self, name, table, column):
        way = self.rng.choice(["bare", "bare", "not", "is", "is", "equal"])
        if way == "bare":
            return Expression("boolean", name)
        if way == "not":
            return Expression("NOT boolean", "NOT " + name)
        if way == "is":
            word = "IS " + self.choose("", "NOT ") + self.choose(
                "TRUE", "FALSE", "UNKNOWN")
            return Expression("boolean " + word, name + " " + word)
        return self.comparison(name, table, column)

    def members(self, name, table, column):
        element = column.kind.element
        there = sorted({text for item in table.items
                          for text in member_texts(column, item)})
        way = self.rng.choice(["= ANY", "= ANY", "@>", "@>", "&&", "&&",
                               "<@", "function"])
        if way == "= ANY":
            texts = [self.rng.choice(there) if there and self.chance(0.8)
                     else element.odd(self.rng)
                     for _ in range(self.executions)]
            operator, word = self.choose(("=", "ANY"), ("=", "ANY"),
                                         ("=", "ANY"), ("<>", "ALL"))
            return Expression("x %s %s(column)" % (operator, word), Constant(
                texts, self.list_type(Member(column)), self.form()),
                " %s %s (%s)" % (operator, word, name))
        if way == "function":
            return Expression(way, "cardinality(%s) > %d" % (
                name, self.rng.randint(0, 3)))
        inner = self.array(table, Member(column), there)
        return Expression(way, name + " %s " % way, inner)

    def document(self, name, table, column):
        member = self.rng.choice(values.MEMBERS)
        other = self.rng.choice(values.MEMBERS + ["0", "1"])
        way = self.rng.choice(["->>"] * 3 + ["->", "@>", "@>", "?", "#>>",
                                             "-> ->>", "typeof", "in"])
        text = Constant([self.rng.choice(values.TEXTS + ["1", "2", "3"])
                         for _ in range(self.executions)], "text",
                        self.form())
        operator = self.rng.choice(COMPARISONS)
        path = "(%s ->> %s)" % (name, literal(member))
        if way == "->>":
            return self.choose(
                Expression("->> op", path + " %s " % operator, text),
                Expression("->> op", path + ' COLLATE "C" %s ' % operator,
                           text),
                Expression("->> IS NULL", path + " IS NULL"),
                Expression("->> IS NOT NULL", path + " IS NOT NULL"),
                Expression("->> LIKE", path + " LIKE " + literal(
                    self.pattern(text.texts[0]))))
        if way == "in":
            return Expression("->> IN", path + " IN ('1', 'a', ", text, ")")
        if way == "-> ->>":
            return Expression("-> ->> op", "((%s -> %s) ->> %s) %s " % (
                name, literal(member), literal(other), operator), text)
        if way == "#>>":
            return Expression("#>> op", "(%s #>> %s) %s " % (
                name, literal(values.array_text([member, other])),
                operator), text)
        json = Constant([values.plain(values.Document().wire(self.rng, 1))
                         if self.chance(0.3) else values.plain(
                             self.rng.choice([{"N": "1"}, {"N": "2"}, {
                                 "S": "a"}, {"BOOL": True}]))
                         for _ in range(self.executions)], "jsonb",
                        self.form())
        if way == "->":
            return Expression("-> op", "(%s -> %s) %s " % (
                name, literal(member), operator), json)
        if way == "@>":
            inner = Constant(['{"%s": %s}' % (member, text)
                              for text in json.texts], "jsonb", json.form)
            return Expression("jsonb @>", name + " @> ", inner)
        if way == "?":
            return Expression("?", "%s ? %s" % (name, literal(member)))
        return Expression("function", "jsonb_typeof(%s -> %s) = " % (
            name, literal(member)), Constant(
                [self.choose("number", "string", "null", "boolean")
                 for _ in range(self.executions)], "text", self.form()))

    # rows
    def row_comparison(self, columns):
        """(a, b) > (x, y), or (a, b) IN (...)."""
        pair = [self.rng.choice(columns) for _ in range(2)]
        if any(column.kind.family in ("document", "array")
               for _, (_, column) in pair):
            return self.leaf(columns)
        names = "(%s)" % ", ".join(name for name, _ in pair)

        def row():
            parts = [", "]
            sides = [self.constant(table, column, self.list_type(column))
                     for _, (table, column) in pair]
            return Expression(None, "(", sides[0], *parts, sides[1], ")")
        if self.chance(0.3):
            return Expression("row IN", names + " IN ", Several(
                None, ", ", [row() for _ in range(self.rng.randint(1, 3))]))
        operator = self.rng.choice(COMPARISONS)
        return Expression("row " + operator, names + " %s " % operator,
                          row())


def plain_integer(text):
    """The text, if it is an integer's, else another one."""
    return text if text.lstrip("-").isdigit() and len(text) < 10 else "7"


class Member:
    """An array column's members, as if they were a column."""

    def __init__(self, column):
        self.kind = column.kind.element

    def read(self, item):
        return None


def member_texts(column, item):
    if not item.get(column.attribute) or column.steps:
        return
    for member in item[column.attribute].get(column.kind.tag) or ():
        text = column.kind.element.read(
            member if column.kind.tag == "L" else
            {column.kind.tag[0]: member})
        if text not in (None, values.MISFIT):
            yield text
