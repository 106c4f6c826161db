"""values.py
What a column's type makes of an attribute's value, and values to try.

A Kind is an SQL type together with its DynamoDB type and format.  read() is
written from README alone and shares no code with the extension: it is what
puts the same rows into the ordinary table.  Values come from small pools, so
that they meet again: in other items, other columns, and in queries.
"""

import base64
import datetime
import decimal
import json
import re

MISFIT = object()

decimal.getcontext().prec = 200
Decimal = decimal.Decimal

TEXTS = [
    "a", "A", "b", "B", "ab", "aB", "abc", "abd", "z", "Z", "Zz", "a b",
    "a%", "a_b", "%", "_", "%%", "\\", "a\\b", "a\\%", "'", "''", '"', "a\"b",
    "é", "e\u0301", "É", "ß", "ss", "ä", "ae", "\u65e5\u672c", "\U0001f600",
    "\uffff", "\ue000", " ", "a ", " a", "\t", "a\nb", "\x01", "\x7f", "0", "1",
    "10", "9", "1.0", "-1", "true", "null", "NULL", "{}", "#n", ":v",
    "ORDER#1", "ORDER#2", "ORDER#10", "USER#1", "USER#", "x" * 40,
]
LONG_TEXTS = ["x" * 1000, "ab" * 3000, "é" * 600, "y" * 60000]
NUMBERS = [
    "0", "1", "-1", "2", "3", "5", "7", "10", "100", "0.5", "1.5", "-0.5",
    "0.1", "0.10", "1.0", "1e1", "-0", "99", "3.14", "32767", "32768",
    "-32768", "-32769", "2147483647", "2147483648", "-2147483648",
    "9223372036854775807", "9223372036854775808", "-9223372036854775808",
    "12345678901234567890123456789012345678", "0.1234567890123456789",
    "1e125", "-1e125", "1e-130", "9.9999999999999999999999999999999999999e125",
    "1704067200", "1706659200", "1e20",
]
ODD_NUMBERS = [
    "123456789012345678901234567890123456789", "1e126", "-1e126", "1e-131",
    "NaN", "Infinity", "-Infinity",
    "0.1234567890123456789012345678901234567891",
]
BYTES = [b"a", b"A", b"b", b"ab", b"abc", b"\x00", b"\x00\x00", b"\xff",
         b"\xff\xff", b"\x7f", b"\x80", b"a\x00b", b"\xc3\xa9"]
UUIDS = ["00000000-0000-0000-0000-000000000000",
         "00000000-0000-0000-0000-000000000001",
         "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
         "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12",
         "ffffffff-ffff-ffff-ffff-ffffffffffff"]
# noon and midnight, the changes of daylight saving time, odd zones' days
MOMENTS = [datetime.datetime(*parts) for parts in (
    (2024, 1, 1), (2024, 1, 1, 0, 0, 0, 1), (2023, 12, 31, 23, 59, 59),
    (2023, 12, 31, 23, 59, 59, 999999), (2024, 1, 31, 10), (2024, 2, 29, 12),
    (2024, 3, 31, 0, 30), (2024, 3, 31, 1), (2024, 3, 31, 1, 30),
    (2024, 3, 10, 7, 30), (2024, 10, 27, 0, 30), (2024, 10, 27, 1, 30),
    (2024, 11, 3, 5, 30), (2024, 11, 3, 6, 30), (2011, 12, 30, 12),
    (1970, 1, 1), (1969, 12, 31, 23, 59, 59), (1582, 10, 10, 3),
    (1, 1, 2), (9999, 12, 30, 23), (2024, 1, 31, 10, 0, 0, 500000),
    (2024, 1, 31, 10, 0, 0, 123000), (2024, 1, 31, 10, 0, 0, 123456))]
EPOCH = datetime.datetime(1970, 1, 1)
MEMBERS = ["a", "n", "m", "l", "b", "odd key", "A"]


def plain_number(text):
    """A number as DynamoDB writes it."""
    number = Decimal(text)
    if number == 0:
        return "0"
    plain = format(number, "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def unhex(wire):
    return base64.b64decode(wire)


def plain(wire):
    """An attribute's value as plain JSON text."""
    (tag, value), = wire.items()
    if tag in ("S", "B"):
        return json.dumps(value)
    if tag == "N":
        return plain_number(value)
    if tag == "BOOL":
        return "true" if value else "false"
    if tag == "NULL":
        return "null"
    if tag == "M":
        return "{%s}" % ", ".join(json.dumps(name) + ": " + plain(member)
                                  for name, member in value.items())
    if tag == "L":
        return "[%s]" % ", ".join(map(plain, value))
    return "[%s]" % ", ".join(plain({tag[0]: member})
                              for member in sorted_set(tag, value))


def sorted_set(tag, members):
    key = {"SS": lambda text: text.encode("utf-8"), "NS": Decimal,
           "BS": unhex}[tag]
    return sorted(members, key=key)


def holds_nul(wire):
    return "\\u0000" in json.dumps(wire)


class Kind:
    """Subclasses say what is read from which tag, and make up values."""

    tag = "S"
    family = "other"
    collation = None
    bounds = True               # has < and the like
    key = False                 # may be a key's
    options = {}

    def __init__(self, sqltype):
        self.sqltype = sqltype
        self.name = sqltype

    def read(self, wire):
        """The text SQL's input function takes; None for NULL; MISFIT."""
        if wire is None or "NULL" in wire:
            return None
        (tag, value), = wire.items()
        if tag != self.tag:
            return MISFIT
        return self.text(value)

    def wire(self, rng):
        """A value that fits, most of the time."""
        return {self.tag: self.value(rng)}

    def text(self, value):
        return value

    def odd(self, rng):
        """A text for a query that no attribute holds."""
        return self.text(self.value(rng))

    def literal_type(self, rng, text):
        """The type under which a query names the text."""
        return self.sqltype


class Text(Kind):
    family = "text"
    key = True

    def __init__(self, sqltype, collation=None, most=None,
                 deterministic=True):
        super().__init__(sqltype)
        self.collation = collation
        self.most = most
        self.deterministic = deterministic
        self.name = "%s %s" % (sqltype, collation or "default")

    def value(self, rng):
        if rng.random() < 0.02:
            return rng.choice(LONG_TEXTS)
        if rng.random() < 0.03:
            return ""
        if rng.random() < 0.2:
            return rng.choice(TEXTS) + rng.choice(TEXTS)
        return rng.choice(TEXTS)

    def text(self, value):
        if "\0" in value or self.most and len(value) > self.most:
            return MISFIT
        return value

    def literal_type(self, rng, text):
        return rng.choice(["", "", "text", "varchar"])


class Char(Text):
    """char(n): blanks at the end mean nothing."""
    key = False
    family = "char"

    def literal_type(self, rng, text):
        return rng.choice(["", self.sqltype, "text"])


class Enum(Kind):
    family = "enum"
    key = True
    labels = ["sad", "ok", "happy", "a", "A", "a%"]

    def value(self, rng):
        return rng.choice(self.labels)

    def text(self, value):
        return value if value in self.labels else MISFIT


class Domain(Text):
    """word: text that isn't 'b' or 'B'."""

    def text(self, value):
        return MISFIT if value in ("b", "B") else super().text(value)

    def literal_type(self, rng, text):
        return rng.choice(["", "text"])


class Number(Kind):
    tag = "N"
    family = "number"
    key = True
    ranges = {"int2": 15, "int4": 31, "int8": 63}

    def value(self, rng):
        if rng.random() < 0.3:
            return str(rng.randint(-3, 12))
        return rng.choice(NUMBERS)

    def text(self, value):
        number = Decimal(value)
        if self.sqltype in self.ranges:
            most = 2 ** self.ranges[self.sqltype]
            if number != int(number) or not -most <= number < most:
                return MISFIT
        return plain_number(value)

    def odd(self, rng):
        if rng.random() < 0.3:
            return rng.choice(ODD_NUMBERS)
        return plain_number(self.value(rng))

    def literal_type(self, rng, text):
        choices = ["numeric", "numeric"]
        if re.fullmatch(r"-?\d+", text):
            choices += [name for name, bits in self.ranges.items()
                        if -2 ** bits <= int(text) < 2 ** bits] * 2
        if rng.random() < 0.05 and text not in ODD_NUMBERS \
                and abs(Decimal(text)) < 1000000:
            return "float8"
        return rng.choice(choices)


class Scaled(Number):
    """numeric(6,2)"""
    key = False

    def text(self, value):
        number = Decimal(value)
        if abs(number) >= 10000 or number * 100 != int(number * 100):
            return MISFIT
        return plain_number(value)


class Float(Number):
    family = "float"
    key = False
    values = ["0", "1", "-1", "0.5", "1.5", "0.1", "0.10000000000000001",
              "0.1000000000000000055", "3.14", "16777217", "16777216", "100",
              "0.30000000000000004", "0.3", "123456789.123"]

    def value(self, rng):
        return rng.choice(self.values)

    def text(self, value):
        number = abs(Decimal(value))
        if self.sqltype == "float4" and number and not \
                Decimal("1e-45") < number < Decimal("3.4e38"):
            return MISFIT
        return plain_number(value)

    def odd(self, rng):
        return rng.choice(self.values + ["NaN", "Infinity"])

    def literal_type(self, rng, text):
        if text in ODD_NUMBERS:
            return rng.choice(["float8", "float4"])
        return rng.choice(["float8", "float4", "numeric"])


class Boolean(Kind):
    tag = "BOOL"
    family = "boolean"

    def value(self, rng):
        return rng.random() < 0.5

    def text(self, value):
        return "true" if value else "false"


class Binary(Kind):
    tag = "B"
    family = "binary"
    key = True

    def value(self, rng):
        if rng.random() < 0.03:
            return ""
        data = rng.choice(BYTES)
        if rng.random() < 0.2:
            data += rng.choice(BYTES)
        return base64.b64encode(data).decode()

    def text(self, value):
        return "\\x" + unhex(value).hex()


class Uuid(Kind):
    family = "uuid"
    key = True

    def value(self, rng):
        return rng.choice(UUIDS)

    def text(self, value):
        if not re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
                            value):
            return MISFIT
        return value


# How a format writes a moment, and the unit of its last digit in microseconds.
FORMATS = {
    "iso8601": ("%s%.0sZ", 1000000),
    "iso8601_ms": ("%s.%.3sZ", 1000),
    "iso8601_us": ("%s.%.6sZ", 1),
    "isoformat": ("%s.%.6s", 1),
    "isoformat_utc": ("%s.%.6s+00:00", 1),
}
UNITS = {"epoch": 1000000, "epoch_ms": 1000}


def seconds_text(moment):
    # strftime() doesn't fill years with zeros everywhere
    return "%04d-%02d-%02dT%02d:%02d:%02d" % moment.timetuple()[:6]


def microseconds(moment):
    return (moment - EPOCH) // datetime.timedelta(microseconds=1)


def any_moment(value):
    """In whatever way ISO 8601 allows; UTC where no zone is given."""
    match = re.fullmatch(
        r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?"
        r"(?:Z|([+-])(\d\d):(\d\d))?)?", value, re.ASCII)
    if not match:
        return None
    date, time, digits, sign, hours, minutes = match.groups()
    try:
        moment = datetime.datetime.fromisoformat(
            "%sT%s" % (date, time or "00:00:00"))
    except ValueError:
        return None
    offset = datetime.timedelta(hours=int(hours or 0),
                                minutes=int(minutes or 0))
    return moment.replace(microsecond=int((digits or "0").ljust(6, "0"))) \
        + (offset if sign == "-" else -offset)


class Moment(Kind):
    """timestamptz, timestamp and date, in a format or without one."""
    family = "moment"
    key = True

    def __init__(self, sqltype, form=None):
        super().__init__(sqltype)
        self.form = form
        self.options = {"format": form} if form else {}
        self.name = "%s %s" % (sqltype, form or "without a format")
        if form in UNITS:
            self.tag = "N"
            self.options = {"format": form, "attribute_type": "N"}
        if form is None:
            self.key = False

    def base(self):
        return self.sqltype.partition("(")[0]

    def moment(self, rng):
        moment = rng.choice(MOMENTS)
        if rng.random() < 0.3:
            moment += datetime.timedelta(hours=rng.randint(-15, 15)) \
                if 2 < moment.year < 9000 else datetime.timedelta(0)
        unit = UNITS.get(self.form) or FORMATS.get(self.form, (None, 1))[1]
        if self.base() == "date":
            unit = 86400000000
        elif self.sqltype.endswith("(0)"):
            unit = 1000000
        past = microseconds(moment) % unit
        return moment - datetime.timedelta(microseconds=past)

    def value(self, rng):
        moment = self.moment(rng)
        if self.form in UNITS:
            return str(microseconds(moment) // UNITS[self.form])
        if self.base() == "date":
            return seconds_text(moment)[:10]
        if self.form is None:
            return seconds_text(moment) + ".%06dZ" % moment.microsecond
        fraction = "%06d" % moment.microsecond
        text, _ = FORMATS[self.form]
        if self.form.startswith("isoformat") and moment.microsecond == 0:
            text = text.replace(".%.6s", "%.0s")
        return text % (seconds_text(moment), fraction)

    def text(self, value):
        """The moment as SQL's text, in UTC."""
        moment = self.number_moment(value) if self.form in UNITS \
            else self.text_moment(value)
        if moment is None:
            return MISFIT
        if self.base() == "date":
            if seconds_text(moment)[10:] != "T00:00:00":
                return MISFIT
            return seconds_text(moment)[:10]
        if self.sqltype.endswith("(0)") and moment.microsecond:
            return MISFIT
        text = seconds_text(moment).replace("T", " ") \
            + ".%06d" % moment.microsecond
        return text + "+00" if self.base() == "timestamptz" else text

    def number_moment(self, value):
        number = Decimal(value)
        if number != int(number):
            return None
        try:
            return EPOCH + datetime.timedelta(
                microseconds=int(number) * UNITS[self.form])
        except OverflowError:
            return None

    def text_moment(self, value):
        if self.form is None:
            return any_moment(value)
        fractions = {"iso8601": "", "iso8601_ms": r"\.\d{3}",
                     "iso8601_us": r"\.\d{6}", "date": ""}
        fraction = fractions.get(self.form, r"(?:\.\d{6})?")
        zone = {"isoformat": "", "isoformat_utc": r"\+00:00"}.get(self.form,
                                                                  "Z")
        date = r"(\d{4})-(\d\d)-(\d\d)"
        match = re.fullmatch(
            date if self.base() == "date" else date
            + r"T(\d\d):(\d\d):(\d\d)(" + fraction + ")" + zone, value,
            re.ASCII)
        if not match:
            return None
        parts = list(match.groups())
        digits = parts.pop()[1:] if len(parts) == 7 else ""
        # a fraction of nothing but zeros is left out by Python
        if self.form and self.form.startswith("isoformat") \
                and digits == "000000":
            return None
        try:
            return datetime.datetime(*map(int, parts)).replace(
                microsecond=int(digits.ljust(6, "0") or 0))
        except ValueError:
            return None

    def odd(self, rng):
        """Finer than the format, or beyond every date that is stored."""
        if rng.random() < 0.1:
            return rng.choice(["infinity", "-infinity", "4713-01-01 BC",
                               "20000-01-01"])
        moment = self.moment(rng) + datetime.timedelta(
            microseconds=rng.choice([0, 1, 499999, 500000, 999999]))
        return seconds_text(moment).replace("T", " ") \
            + ".%06d" % moment.microsecond

    def literal_type(self, rng, text):
        return rng.choice([self.base(), self.base(), "timestamptz",
                           "timestamp", "date"])


class Time(Kind):
    family = "time"
    texts = ["00:00:00", "10:00:00", "10:00", "23:59:59.999999", "10:30:00.5"]

    def value(self, rng):
        return rng.choice(self.texts)

    def text(self, value):
        return value if value in self.texts else MISFIT


def array_text(members):
    return "{%s}" % ",".join(
        "NULL" if member is None else '"%s"' % member.replace(
            "\\", "\\\\").replace('"', '\\"') for member in members)


class Array(Kind):
    """A set, or with tag L a list, of another kind's values."""
    family = "array"

    def __init__(self, element, tag):
        super().__init__(element.sqltype + "[]")
        self.element = element
        self.tag = tag
        self.collation = element.collation
        self.name = "%s of %s" % (tag, element.name)
        self.options = {"attribute_type": tag} if tag == "L" else {}

    def value(self, rng):
        members = [self.element.value(rng)
                   for _ in range(rng.choice([1, 1, 2, 3, 5]))]
        if self.tag == "L":
            return [{self.element.tag: member} if rng.random() < 0.9
                    else {"NULL": True} for member in members
                    if rng.random() < 0.9]
        key = plain_number if self.tag == "NS" else str
        return list({key(member): member for member in members
                     if member != "" or self.tag != "SS"}.values()) \
            or [self.element.wire(rng)[self.element.tag] or "a"]

    def text(self, value):
        wires = value if self.tag == "L" else [
            {self.tag[0]: member} for member in sorted_set(self.tag, value)]
        texts = [self.element.read(wire) for wire in wires]
        return MISFIT if MISFIT in texts else array_text(texts)


class Document(Kind):
    """jsonb: any value."""
    family = "document"
    tag = None

    def __init__(self):
        super().__init__("jsonb")

    def read(self, wire):
        if wire is None or "NULL" in wire:
            return None
        return MISFIT if holds_nul(wire) else plain(wire)

    def wire(self, rng, depth=2):
        tags = ["S", "N", "BOOL", "N", "S", "SS", "NS"]
        if depth:
            tags += ["M", "M", "M", "M", "L", "L"]
        tag = rng.choice(tags)
        if tag == "M":
            return {"M": {name: rng.choice([
                self.wire(rng, depth - 1), {"NULL": True},
                {"S": rng.choice(TEXTS)}, {"N": str(rng.randint(0, 5))}])
                for name in rng.sample(MEMBERS, rng.randint(0, 4))}}
        if tag == "L":
            return {"L": [self.wire(rng, depth - 1)
                          for _ in range(rng.randint(0, 3))]}
        return SCALARS[tag].wire(rng)

    def odd(self, rng):
        return plain(self.wire(rng, 1))


C = '"C"'
TEXT_C = Text("text", C)
NUMERIC = Number("numeric")
SCALARS = {
    "S": TEXT_C, "N": NUMERIC, "B": Binary("bytea"),
    "BOOL": Boolean("boolean"), "SS": Array(TEXT_C, "SS"),
    "NS": Array(NUMERIC, "NS"),
}


def kinds(has_icu):
    """All there are: pairs of a kind and how often it is taken."""
    found = [
        (TEXT_C, 8), (Text("text"), 3), (Text("text", '"POSIX"'), 1),
        (Text("varchar", C), 2), (Text("varchar(5)", C, most=5), 2),
        (Text("varchar"), 1), (Char("char(4)", most=4), 1),
        (Enum("mood"), 1), (Domain("word", C), 1),
        (Number("int2"), 1), (Number("int4"), 3), (Number("int8"), 3),
        (NUMERIC, 6), (Scaled("numeric(6,2)"), 1), (Float("float8"), 1),
        (Float("float4"), 1),
        (SCALARS["BOOL"], 4), (SCALARS["B"], 3), (Uuid("uuid"), 2),
        (Moment("date"), 1), (Moment("date", "date"), 2),
        (Moment("timestamptz"), 1), (Moment("timestamptz(0)", "iso8601"), 1),
        (Moment("timestamp", "iso8601"), 1),
        (Moment("timestamp", "isoformat"), 1),
        (Moment("timestamp", "epoch_ms"), 1),
        (Time("time"), 1),
        (SCALARS["SS"], 3), (SCALARS["NS"], 2),
        (Array(Number("int4"), "NS"), 1),
        (Array(SCALARS["B"], "BS"), 1), (Array(TEXT_C, "L"), 2),
        (Document(), 4),
    ] + [(Moment("timestamptz", form), 1) for form in
         list(FORMATS) + list(UNITS)]
    if has_icu:
        found += [(Text("text", '"en-x-icu"'), 2),
                  (Text("text", "ignore_case", deterministic=False), 2),
                  (Array(Text("text", "ignore_case", deterministic=False),
                         "SS"), 1)]
    return found
