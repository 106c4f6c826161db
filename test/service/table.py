"""table.py
What DescribeTable says of tables, and how the service would differ: tables
and indexes that take their time to become active, counts hours old.
"""

import json
import time


def key_names(description):
    return {key["AttributeName"] for key in description["KeySchema"]}


def indexes(description):
    return (description.get("GlobalSecondaryIndexes") or []) \
        + (description.get("LocalSecondaryIndexes") or [])


async def describe(emulator, name):
    """What the emulator says of a table; {} if there is none."""
    answer = await emulator.exchange({
        "X-Amz-Target": "DynamoDB_20120810.DescribeTable",
        "Content-Type": "application/x-amz-json-1.0",
        "Authorization": "AWS4-HMAC-SHA256 Credential=local/20260101/"
        "us-east-1/dynamodb/aws4_request, SignedHeaders=host, "
        "Signature=0"}, json.dumps({"TableName": name}).encode())
    return json.loads(answer.body)["Table"] if answer.status == 200 else {}


class Tables:
    def __init__(self, emulator):
        self.emulator = emulator
        self.descriptions = {}
        self.first_counts = {}
        self.active_at = {}         # table, or (table, index): time

    async def description(self, name):
        """As of the table's last change; {} if there is none."""
        if name not in self.descriptions:
            found = await describe(self.emulator, name)
            if not found:
                return {}
            self.descriptions[name] = found
        return self.descriptions[name]

    async def index(self, table, name):
        found = [index for index in indexes(await self.description(table))
                 if index["IndexName"] == name]
        return found[0] if found else None

    async def projected(self, table, name):
        """The attributes an index holds, or None for all of them."""
        index = await self.index(table, name)
        if not index or index["Projection"]["ProjectionType"] == "ALL":
            return None
        return key_names(await self.description(table)) | key_names(index) \
            | set(index["Projection"].get("NonKeyAttributes") or ())

    def control_succeeded(self, request, rules):
        """After CreateTable, UpdateTable or DeleteTable."""
        for name in request.tables():
            self.descriptions.pop(name, None)
            if request.operation in ("CreateTable", "DeleteTable"):
                self.first_counts.pop(name, None)
                for known in [k for k in self.active_at
                              if k == name or k[0] == name]:
                    del self.active_at[known]
            if request.operation == "CreateTable":
                self.delay(name, rules.strike("creating", request))
            for update in request.body.get("GlobalSecondaryIndexUpdates") \
                    or [] if request.operation == "UpdateTable" else []:
                if "Create" in update:
                    self.delay((name, update["Create"]["IndexName"]),
                               rules.strike("backfilling", request))

    def delay(self, what, chance):
        if chance:
            self.active_at[what] = time.monotonic() \
                + chance.get("seconds", 0.1)

    def state(self, table, index, rules):
        """What isn't active: CREATING, BACKFILLING, ...; None if it is."""
        if index is None:
            told, known = rules["states"].get(table), table
            passing = "CREATING"
        else:
            told = rules["states"].get("%s/%s" % (table, index))
            known, passing = (table, index), "BACKFILLING"
        if told:
            return None if told == "ACTIVE" else told
        if time.monotonic() < self.active_at.get(known, 0):
            return passing
        return None

    def count(self, entry, known, size_name, how):
        # an index that is being built has no counts yet
        if how in ("exact", None) or "ItemCount" not in entry:
            return
        if how == "frozen":
            counts = self.first_counts.setdefault(
                known, (entry["ItemCount"], entry[size_name]))
        elif how == "zero":
            counts = 0, 0
        elif how == "missing":
            entry.pop("ItemCount", None)
            entry.pop(size_name, None)
            return
        elif isinstance(how, dict):
            counts = how["items"], how["bytes"]
        else:
            counts = (int(entry["ItemCount"] * how),
                      int(entry[size_name] * how))
        entry["ItemCount"], entry[size_name] = counts

    def disguise(self, table, rules):
        """A table's description as the service would give it."""
        name = table["TableName"]
        counts = rules["counts"]
        if isinstance(counts, dict) and "*" in counts:
            counts = counts.get(name, counts["*"])
        self.count(table, name, "TableSizeBytes", counts)
        state = self.state(name, None, rules)
        if state:
            table["TableStatus"] = state
        for index in indexes(table):
            self.count(index, (name, index["IndexName"]), "IndexSizeBytes",
                       counts)
        for index in table.get("GlobalSecondaryIndexes") or []:
            of_index = self.state(name, index["IndexName"], rules)
            if state == "CREATING":
                index["IndexStatus"] = "CREATING"
            elif of_index == "BACKFILLING":
                index["IndexStatus"] = "CREATING"
                index["Backfilling"] = True
            elif of_index:
                index["IndexStatus"] = of_index
