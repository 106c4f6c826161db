"""generate.py
Tables full of items that are made up, the same ones each time.

    {"name": "t", "items": 200000,
     "partitions": 20000,       how many (each its share); default items / 10
     "attributes": 10,          of each item, the two of its key included
     "bytes": 300,              of each item, as the service counts
     "indexes": ["by_a1"]}      global indexes, each of the attribute behind
                                "by_"

Keys: pk is "p00000001" and so on, sk a number from 0.  a1 is a number, the
item's own; a2, a4, ... are strings of digits and letters that fill the item
up, a3, a5, ... numbers below 1000.
"""

from decimal import Decimal

from store import Table, size_of_value


def is_number(a):
    """Whether attribute a<a> is one."""
    return a % 2 == 1


def key(n, items, partitions=None):
    """Of the item of that number."""
    partitions = partitions or max(1, items // 10)
    return "p%08d" % (n % partitions), n // partitions


def wire_key(pk, sk):
    return {"pk": {"S": pk}, "sk": {"N": str(sk)}}


def typed(value):
    return {"N": str(value)} if isinstance(value, int) else {"S": value}


def describe(name, indexes):
    attributes = {"pk": "S", "sk": "N"}
    described = []
    for index in indexes:
        attribute = index.partition("_")[2]
        attributes[attribute] = "N" if is_number(int(attribute[1:])) else "S"
        described.append({
            "IndexName": index, "IndexStatus": "ACTIVE",
            "KeySchema": [{"AttributeName": attribute, "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"}})
    return {
        "TableName": name, "TableStatus": "ACTIVE",
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"},
                      {"AttributeName": "sk", "KeyType": "RANGE"}],
        "AttributeDefinitions": [
            {"AttributeName": a, "AttributeType": t}
            for a, t in attributes.items()],
        **({"GlobalSecondaryIndexes": described} if described else {})}


def fill(missing, strings, name):
    """What a string is filled up with, so that the item has its size."""
    share, more = divmod(max(0, missing), len(strings))
    return "x" * (share + (strings.index(name) < more))


def rows(items, partitions=None, attributes=10, bytes=300):
    """All items, each as a dictionary of strings and numbers, with its
    size."""
    names = ["a%d" % a for a in range(1, attributes - 1)]
    strings = names[1::2]
    filled = {}
    for n in range(items):
        pk, sk = key(n, items, partitions)
        values = {"pk": pk, "sk": sk}
        for a, attribute in enumerate(names, 1):
            values[attribute] = n if a == 1 else n * 7919 * a % 1000 \
                if is_number(a) else "%08x" % (n * 2654435761 * a % (1 << 32))
        size = sum(len(attribute) + size_of_value(typed(value))
                   for attribute, value in values.items())
        for attribute in strings:
            missing = bytes - size
            if (missing, attribute) not in filled:
                filled[missing, attribute] = fill(missing, strings, attribute)
            values[attribute] += filled[missing, attribute]
        yield values, max(size, bytes) if strings else size


def table(name, items, partitions=None, attributes=10, bytes=300, indexes=()):
    """The texts are put together here, as a million of them are too many for
    the ways of store.py."""
    made = Table(describe(name, indexes))
    for values, size in rows(items, partitions, attributes, bytes):
        text = ",".join(
            '"%s":{"%s":"%s"}' % (attribute, "S" if isinstance(value, str)
                                  else "N", value)
            for attribute, value in values.items())
        made.load((values["pk"].encode(), Decimal(values["sk"])),
                  "{" + text + "}", size)
    return made
