"""request.py
A request as the rules see it: its operation, tables, keys, consistency.
"""

import json
import re

WRITES = {"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem",
          "TransactWriteItems"}
ITEM_WRITES = {"PutItem", "UpdateItem", "DeleteItem"}
CONTROL = {"CreateTable", "UpdateTable", "DeleteTable", "UpdateTimeToLive",
           "TagResource", "UntagResource", "UpdateContinuousBackups"}
ITEM_READS = {"GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"}
PARTIQL = {"ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"}

EXPRESSIONS = ("KeyConditionExpression", "FilterExpression",
               "ProjectionExpression", "ConditionExpression",
               "UpdateExpression")

TOKEN = re.compile(r"[#:]?[A-Za-z0-9_]+|[^\sA-Za-z0-9_#:]")
KEYWORDS = {"and", "or", "not", "in", "between"}


def table_of(name):
    """The table's name, which may be an ARN's last part."""
    return name.rpartition(":table/")[2].partition("/")[0]


def top_level_names(expression):
    """Where attributes stand in a condition or projection: pairs of offset
    and text (a name or a #placeholder), first parts of paths alone."""
    tokens = [(m.start(), m.group()) for m in TOKEN.finditer(expression)]
    found = []
    for i, (offset, token) in enumerate(tokens):
        following = tokens[i + 1][1] if i + 1 < len(tokens) else ""
        before = tokens[i - 1][1] if i > 0 else ""
        if not (token[0] == "#" or token[0].isalpha() or token[0] == "_"):
            continue
        if before in (".", "["):
            continue
        if token[0] != "#" and (token.lower() in KEYWORDS
                                or following == "("):
            continue
        found.append((offset, token))
    return found


class Request:
    def __init__(self, connection, path, headers, raw):
        self.connection = connection
        self.path = path
        self.headers = headers
        self.raw = raw
        self.operation = headers.get("x-amz-target", "").rpartition(".")[2]
        self.same = hash((self.operation, raw))     # when it is repeated
        self.rules = []
        self.served_by = None
        try:
            self.body = json.loads(raw)
        except ValueError:
            self.body = None
        self.valid = isinstance(self.body, dict)
        if not self.valid:
            self.body = {}

    def changed(self):
        """To be called when body was changed."""
        self.raw = json.dumps(self.body).encode()

    @property
    def index(self):
        index = self.body.get("IndexName")
        return index if isinstance(index, str) else None

    def actions(self):
        """Of a transaction: pairs of the action's name and its parameters."""
        items = self.body.get("TransactItems")
        return [action for item in items if isinstance(item, dict)
                for action in item.items() if isinstance(action[1], dict)] \
            if isinstance(items, list) else []

    def batch(self):
        items = self.body.get("RequestItems")
        return items if isinstance(items, dict) else {}

    def tables(self):
        names = [self.body.get("TableName")] + list(self.batch()) \
            + [action.get("TableName") for _, action in self.actions()]
        return {table_of(name) for name in names if isinstance(name, str)}

    def items(self):
        """Keys and items that it names, as (table, attributes)."""
        name = table_of(self.body.get("TableName") or "") \
            if isinstance(self.body.get("TableName"), str) else ""
        for member in ("Key", "Item"):
            yield name, self.body.get(member)
        for table, batch in self.batch().items():
            if isinstance(batch, dict):
                for key in batch.get("Keys") or []:
                    yield table_of(table), key
            elif isinstance(batch, list):
                for write in batch:
                    for put in (write or {}).values():
                        yield table_of(table), put.get("Item", put.get("Key"))
        for _, action in self.actions():
            yield (table_of(action.get("TableName", "")),
                   action.get("Item", action.get("Key")))

    def names_key(self, key):
        """Whether it reads or writes items with these attributes; of a Query
        the values alone are looked at."""
        for _, item in self.items():
            if isinstance(item, dict) \
                    and all(item.get(n) == v for n, v in key.items()):
                return True
        values = self.body.get("ExpressionAttributeValues") or {}
        return self.operation == "Query" \
            and all(v in values.values() for v in key.values())

    def writes(self):
        if self.operation in PARTIQL:
            statements = [self.body] + (self.body.get("Statements") or []) \
                + (self.body.get("TransactStatements") or [])
            return any(not s["Statement"].lstrip().lower().startswith("select")
                       for s in statements if "Statement" in s)
        return self.operation in WRITES or self.operation in CONTROL

    def strong(self):
        """Whether it must see what was written before."""
        return bool(self.body.get("ConsistentRead")) \
            or any(isinstance(b, dict) and b.get("ConsistentRead")
                   for b in self.batch().values()) \
            or self.operation not in ITEM_READS | PARTIQL \
            or self.operation in ("TransactGetItems", "ExecuteTransaction")

    def attribute(self, token):
        names = self.body.get("ExpressionAttributeNames") or {}
        return names.get(token, token)

    def record(self):
        """What the log keeps of it, the body aside."""
        record = {"connection": self.connection, "operation": self.operation,
                  "tables": sorted(self.tables()), "index": self.index,
                  "consistent": bool(
                      self.body.get("ConsistentRead")
                      or any(isinstance(b, dict) and b.get("ConsistentRead")
                             for b in self.batch().values())),
                  "user_agent": self.headers.get("user-agent")}
        for name in EXPRESSIONS:
            if isinstance(self.body.get(name), str):
                record[name] = re.sub(
                    r"#[A-Za-z0-9_]+",
                    lambda m: self.attribute(m.group()), self.body[name])
        for name in ("Limit", "Select", "Segment", "TotalSegments",
                     "ScanIndexForward", "ReturnConsumedCapacity"):
            if name in self.body:
                record[name] = self.body[name]
        record["continues"] = "ExclusiveStartKey" in self.body
        keys = sum(len(b.get("Keys") or ()) if isinstance(b, dict) else len(b)
                   for b in self.batch().values() if b)
        if keys:
            record["keys"] = keys
        return record
