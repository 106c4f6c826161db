"""store.py
Tables in memory, read and written as DynamoDB's are: order, pages of 1 MB,
indexes, segments, units.

Items are kept as the text they are sent as, so that a page is made by joining
texts, and a million of them fit; they are parsed only for what looks into
them.  What has been answered once is kept until something is written: reads
of tables that rest cost next to nothing, which is what a client is measured
by.
"""

import base64
import bisect
import hashlib
import json
import math

import expression
from expression import Invalid

MB = 1 << 20
MAX_KEPT = 256 * MB         # of answers


class Failure(Exception):
    """An exception of the service's."""

    def __init__(self, name, message, **members):
        super().__init__(message)
        self.name = name
        self.members = members


def text_of(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def size_of_value(value):
    name, content = next(iter(value.items()))
    if name == "S":
        return len(content.encode())
    if name == "N":
        return (len(content.lstrip("-0.").replace(".", "")) + 1) // 2 + 1
    if name == "B":
        return len(content) * 3 // 4
    if name in ("BOOL", "NULL"):
        return 1
    if name == "L":
        return 3 + sum(1 + size_of_value(v) for v in content)
    if name == "M":
        return 3 + sum(1 + len(k.encode()) + size_of_value(v)
                       for k, v in content.items())
    return sum(size_of_value({name[0]: member}) for member in content)


def size_of(item):
    return sum(len(name.encode()) + size_of_value(value)
               for name, value in item.items())


def read_units(size, consistent):
    units = max(1, math.ceil(size / 4096))
    return float(units) if consistent else units / 2


def write_units(size):
    return float(max(1, math.ceil(size / 1024)))


def sortable(value):
    """A key's value in the order of keys of its type."""
    name, content = next(iter(value.items()))
    if name == "N":
        return expression.number(content)
    if name == "B":
        return base64.b64decode(content)
    return content.encode()


def place_of(partition):
    """Where a partition is in the order of a Scan: a hash that spreads even
    names that differ in a digit, as segments are to be of about one size."""
    return int.from_bytes(hashlib.md5(repr(partition).encode()).digest()[:4],
                          "big")


class Order:
    """Items in an index's order: partitions, each sorted.  An entry is
    (sort, key), key being the item's in the table."""

    def __init__(self, entries):
        self.partitions = {}
        for partition, sort, key in entries:
            self.partitions.setdefault(partition, []).append((sort, key))
        for entries in self.partitions.values():
            entries.sort()
        self.scan = sorted((place_of(p), p) for p in self.partitions)

    def segment(self, number, total):
        """Where a Scan's segment begins and ends in self.scan."""
        return [bisect.bisect_left(self.scan, ((n << 32) // total,))
                for n in (number, number + 1)]


class Table:
    def __init__(self, description):
        self.description = description
        self.name = description["TableName"]
        self.key = self.names_of(description)
        self.indexes = {i["IndexName"]: i for kind in
                        ("GlobalSecondaryIndexes", "LocalSecondaryIndexes")
                        for i in description.get(kind) or ()}
        self.items = {}             # key: (text, size)
        self.size = 0
        self.orders = {}            # by index, None being the table
        self.kept = {}              # answers, by request
        self.kept_size = 0

    @staticmethod
    def names_of(schema):
        return [k["AttributeName"] for k in schema["KeySchema"]]

    def key_names(self, index):
        if index is None:
            return self.key
        if index not in self.indexes:
            raise Failure("ValidationException", "The table does not have "
                          "the specified index: %s" % index)
        return self.names_of(self.indexes[index])

    def key_of(self, item):
        try:
            return tuple(sortable(item[name]) for name in self.key)
        except (KeyError, ArithmeticError):
            raise Failure("ValidationException", "The provided key element "
                          "does not match the schema") from None

    def wire_key(self, item, index):
        names = self.key + self.key_names(index)
        return {name: item[name] for name in names if name in item}

    def order(self, index):
        if index not in self.orders:
            if index is None:
                entries = ((key[0], key[1:], key) for key in self.items)
            else:
                entries = self.entries_of(self.key_names(index))
            self.orders[index] = Order(entries)
        return self.orders[index]

    def entries_of(self, names):
        for key, (text, _) in self.items.items():
            item = json.loads(text)
            if all(name in item for name in names):
                values = [sortable(item[name]) for name in names]
                yield values[0], tuple(values[1:]), key

    def get(self, key):
        """The item's text, or None."""
        found = self.items.get(key)
        return found[0] if found else None

    def parsed(self, key):
        text = self.get(key)
        return json.loads(text) if text else None

    def changed(self, keys):
        """After a write; keys: whether an item has come or gone."""
        self.kept.clear()
        self.kept_size = 0
        if keys:
            self.orders.clear()
        else:
            self.orders = {index: order for index, order
                           in self.orders.items() if index is None}

    def put(self, item):
        """Returns the old item's text, or None, and the size that counts."""
        key = self.key_of(item)
        size = size_of(item)
        if size > 400 * 1024:
            raise Failure("ValidationException",
                          "Item size has exceeded the maximum allowed size")
        old = self.items.get(key)
        self.items[key] = (text_of(item), size)
        self.size += size - (old[1] if old else 0)
        self.changed(old is None)
        return old and old[0], max(size, old[1] if old else 0)

    def delete(self, key):
        old = self.items.pop(key, None)
        if old:
            self.size -= old[1]
            self.changed(True)
        return old and old[0], old[1] if old else 0

    def load(self, key, text, size):
        """put() of an item that is known to be new, before anything reads."""
        self.items[key] = (text, size)
        self.size += size

    def keep(self, request, answer, size):
        """An answer, until something is written."""
        if self.kept_size + size > MAX_KEPT:
            self.kept.clear()
            self.kept_size = 0
        self.kept[request] = answer
        self.kept_size += size


class Range:
    """Which sort keys of a partition a KeyConditionExpression wants."""

    def __init__(self, body, names):
        aliases = body.get("ExpressionAttributeNames") or {}
        values = body.get("ExpressionAttributeValues") or {}
        self.partition = None
        self.low = []               # (sort key, whether it is wanted itself)
        self.high = []
        for name, operator, operands in expression.key_conditions(
                body["KeyConditionExpression"]):
            name = aliases.get(name, name)
            operands = [sortable(expression.value_of(values, o))
                        for o in operands]
            if name == names[0] and operator == "=":
                self.partition = operands[0]
            elif name in names[1:]:
                self.narrow(operator, operands)
            else:
                raise Invalid("not a key condition: " + name)
        if self.partition is None:
            raise Invalid("no condition on the partition key")

    def narrow(self, operator, operands):
        first, last = operands[0], operands[-1]
        if operator in ("=", "BETWEEN", ">="):
            self.low.append((first, True))
        if operator in ("=", "BETWEEN", "<="):
            self.high.append((last, True))
        if operator == ">":
            self.low.append((first, False))
        if operator == "<":
            self.high.append((first, False))
        if operator == "begins_with":
            self.low.append((first, True))
            end = first.rstrip(b"\xff")
            if end:
                self.high.append((end[:-1] + bytes([end[-1] + 1]), False))

    def of(self, entries):
        """The first entry and the one behind the last."""
        first, last = 0, len(entries)
        for bound, itself in self.low:
            find = bisect.bisect_left if itself else bisect.bisect_right
            first = max(first, find(entries, bound, key=first_sort))
        for bound, itself in self.high:
            find = bisect.bisect_right if itself else bisect.bisect_left
            last = min(last, find(entries, bound, key=first_sort))
        return first, max(first, last)


def first_sort(entry):
    return entry[0][0]


class Page:
    """Collects items until a page is full."""

    def __init__(self, table, body):
        self.table = table
        self.body = body
        self.index = body.get("IndexName")
        self.limit = body.get("Limit") or math.inf
        self.names = body.get("ExpressionAttributeNames") or {}
        self.values = body.get("ExpressionAttributeValues") or {}
        self.filter = body.get("FilterExpression")
        self.projection = body.get("ProjectionExpression")
        self.counts_only = body.get("Select") == "COUNT"
        self.texts = []
        self.count = self.scanned = self.size = 0
        self.last = None

    def take(self, key):
        """False if the page is full with it."""
        text, size = self.table.items[key]
        self.scanned += 1
        self.size += size
        item = None
        if self.filter or self.projection:
            item = json.loads(text)
        if not self.filter or expression.condition(self.filter)(
                item, self.names, self.values):
            self.count += 1
            if not self.counts_only:
                self.texts.append(
                    text_of(expression.project(self.projection, item,
                                               self.names))
                    if self.projection else text)
        if self.scanned >= self.limit or self.size >= MB:
            self.last = key
            return False
        return True

    def answer(self):
        members = ['"Count":%d,"ScannedCount":%d' % (self.count, self.scanned)]
        if not self.counts_only:
            members.append('"Items":[' + ",".join(self.texts) + "]")
        if self.last is not None:
            members.append('"LastEvaluatedKey":' + text_of(
                self.table.wire_key(self.table.parsed(self.last),
                                    self.index)))
        units = read_units(self.size, self.body.get("ConsistentRead"))
        told = consumed(self.body, self.table.name, units, self.index)
        if told:
            members.append('"ConsumedCapacity":' + text_of(told))
        return ("{" + ",".join(members) + "}").encode(), units, self.count


def consumed(body, table, units, index=None):
    told = {"TableName": table, "CapacityUnits": units}
    if body.get("ReturnConsumedCapacity") == "INDEXES":
        told["Table"] = {"CapacityUnits": 0.0 if index else units}
        if index:
            told["GlobalSecondaryIndexes"] = {index: {"CapacityUnits": units}}
    return told if body.get("ReturnConsumedCapacity") in ("TOTAL", "INDEXES") \
        else None


def query(table, body):
    names = table.key_names(body.get("IndexName"))
    wanted = Range(body, names)
    entries = table.order(body.get("IndexName")).partitions.get(
        wanted.partition, [])
    first, last = wanted.of(entries)
    forward = body.get("ScanIndexForward", True)
    start = body.get("ExclusiveStartKey")
    if start:
        entry = (tuple(sortable(start[n]) for n in names[1:]),
                 table.key_of(start))
        if forward:
            first = max(first, bisect.bisect_right(entries, entry))
        else:
            last = min(last, bisect.bisect_left(entries, entry))
    page = Page(table, body)
    for n in range(first, last) if forward else range(last - 1, first - 1, -1):
        if not page.take(entries[n][1]):
            break
    return page.answer()


def scan(table, body):
    index = body.get("IndexName")
    names = table.key_names(index)
    order = table.order(index)
    first, last = order.segment(body.get("Segment", 0),
                                body.get("TotalSegments", 1))
    start = body.get("ExclusiveStartKey")
    after = None
    if start:
        partition = sortable(start[names[0]])
        first = max(first, bisect.bisect_left(
            order.scan, (place_of(partition), partition)))
        after = (tuple(sortable(start[n]) for n in names[1:]),
                 table.key_of(start))
    page = Page(table, body)
    for _, partition in order.scan[first:last]:
        entries = order.partitions[partition]
        n = 0
        if after:
            if partition == sortable(start[names[0]]):
                n = bisect.bisect_right(entries, after)
            after = None
        while n < len(entries):
            if not page.take(entries[n][1]):
                return page.answer()
            n += 1
    return page.answer()
