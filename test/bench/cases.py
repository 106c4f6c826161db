"""cases.py
What is measured: the same work in SQL, on foreign tables of ours and of
file_fdw, and as an order to byhand.py.
"""

import collections

import generate

# Attributes, the two of the key included, and bytes of each item.
TABLES = {"narrow": (4, 100), "wide": (10, 300), "wider": (12, 400),
          "changed": (10, 300), "filled": (10, 300), "million": (10, 300)}

# Those that are only read, and stand in a file too.  (The largest is made only
# when it is needed.)
READ = ("narrow", "wide", "wider")

JOINED, LOOKED_UP, INSERTED, UPDATED = 10000, 200, 1000, 200

# fill: a table that is emptied before each run.
Case = collections.namedtuple("Case", "name title entries fill",
                              defaults=(None,))

# who: the contender's name.  Work for a backend is a list of statements, and
# setup what its session begins with; for byhand.py work is an order.
Entry = collections.namedtuple("Entry", "who work setup", defaults=((),))


def size(table, items):
    """How many items a table has."""
    return {"changed": UPDATED, "filled": 0}.get(table, items)


def columns(table):
    attributes = {"pk": 'text COLLATE "C" NOT NULL', "sk": "integer NOT NULL"}
    for a in range(1, TABLES[table][0] - 1):
        attributes["a%d" % a] = "integer" if generate.is_number(a) else "text"
    return ", ".join(map(" ".join, attributes.items()))


def keys(items, n):
    """n keys of a table, none near another."""
    return [generate.key(i, items) for i in range(0, items, items // n)][:n]


def all_rows(select):
    """The rows are made, and stay where they are.  That all of them will be
    wanted is what the planner isn't to guess, but to know."""
    return ["BEGIN", "SET LOCAL cursor_tuple_fraction = 1",
            "DECLARE c NO SCROLL CURSOR FOR " + select,
            "MOVE ALL FROM c", "COMMIT"]


def scan(name, title, table, select, **by_hand):
    return Case(name, title, [
        Entry("dynamodb_fdw", all_rows(select % ("dynamodb." + table))),
        Entry("boto3", {"what": "scan", "table": table, **by_hand}),
        Entry("file_fdw", all_rows(select % ("file." + table)))])


def reads(items):
    yield scan("narrow", "Scan of {:,} items of 4 attributes".format(items),
               "narrow", "SELECT * FROM %s")
    yield scan("wide", "Scan of {:,} items of 10 attributes, 300 bytes"
               .format(items), "wide", "SELECT * FROM %s")
    yield scan("projection", "Scan for 2 of 12 attributes", "wider",
               "SELECT pk, a1 FROM %s", attributes=["pk", "a1"])

    count = "SELECT count(*) FROM %s.wide"
    yield Case("count", "count(*) of {:,} items".format(items), [
        Entry("dynamodb_fdw", [count % "dynamodb"]),
        Entry("boto3", {"what": "count", "table": "wide"}),
        Entry("file_fdw", [count % "file"])])

    wanted = keys(items, LOOKED_UP)
    yield Case("look up", "%d lookups by key" % LOOKED_UP, [
        Entry("dynamodb_fdw",
              ["EXECUTE look_up ('%s', %d)" % key for key in wanted],
              ["PREPARE look_up (text, integer) AS SELECT a1 "
               "FROM dynamodb.wide WHERE pk = $1 AND sk = $2"]),
        Entry("boto3", {"what": "look_up", "table": "wide", "keys": wanted})])

    join = "SELECT sum(a1) FROM local.wanted JOIN %s.wide USING (pk, sk)"
    yield Case("join", "Join of {:,} keys".format(JOINED), [
        Entry("dynamodb_fdw", [join % "dynamodb"]),
        Entry("boto3", {"what": "join", "table": "wide",
                        "keys": keys(items, JOINED)}),
        Entry("file_fdw", [join % "file"])])

    workers = ["SET max_parallel_workers_per_gather = 2",
               "SET parallel_setup_cost = 0"]
    sums = ["SELECT sum(length(md5(a2 || a4 || a6 || a8))) FROM dynamodb.wide"]
    yield Case("workers", "md5() of {:,} items (CPU of the leader)".format(items), [
        Entry("dynamodb_fdw", sums), Entry("two workers", sums, workers)])


def writes():
    attributes, bytes = TABLES["filled"]
    rows = [values for values, _ in generate.rows(
        INSERTED, attributes=attributes, bytes=bytes)]
    insert = ["INSERT INTO dynamodb.%s SELECT * FROM local.rows"]
    yield Case("insert", "INSERT of {:,} rows".format(INSERTED), [
        Entry("dynamodb_fdw", [insert[0] % "filled"]),
        Entry("boto3", {"what": "insert", "table": "filled", "rows": rows})],
        "filled")
    yield Case("replace", "... in batches, replacing what was there", [
        Entry("dynamodb_fdw", [insert[0] % "replaced"]),
        Entry("boto3", {"what": "replace", "table": "filled", "rows": rows})],
        "filled")

    changed = keys(UPDATED, UPDATED)
    yield Case("update", "%d updates by key" % UPDATED, [
        Entry("dynamodb_fdw",
              ["UPDATE dynamodb.changed SET a1 = a1 + 1 "
               "WHERE pk = '%s' AND sk = %d" % key for key in changed]),
        Entry("boto3", {"what": "update", "table": "changed",
                        "keys": changed})])


def all_cases(items):
    return [*reads(items), *writes()]
