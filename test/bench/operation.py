"""operation.py
The operations, on tables of store.py.  Each takes the tables and a request's
body, and returns the answer's text, its units and how many items it has.
"""

import json

import expression
import store
from expression import Invalid
from store import MB, Failure, Table, read_units, text_of, write_units

MAX_BATCH = 16 * MB


def find(tables, name):
    table = tables.get((name or "").rpartition("/")[2])
    if table is None:
        raise Failure("ResourceNotFoundException",
                      "Requested resource not found")
    return table


def bytes_of(members):
    return ("{" + ",".join(m for m in members if m) + "}").encode()


def capacity(body, name, units):
    told = store.consumed(body, name, units)
    return told and '"ConsumedCapacity":' + text_of(told)


# Reads

def get_item(tables, body):
    table = find(tables, body["TableName"])
    key = table.key_of(body["Key"])
    text, size = table.items.get(key, (None, 0))
    units = read_units(size, body.get("ConsistentRead"))
    found = text is not None
    if found and body.get("ProjectionExpression"):
        text = projected(body, text)
    return bytes_of([found and '"Item":' + text,
                     capacity(body, table.name, units)]), units, int(found)


def projected(body, text):
    return text_of(expression.project(
        body["ProjectionExpression"], json.loads(text),
        body.get("ExpressionAttributeNames") or {}))


def batch_get_item(tables, body):
    if sum(len(b["Keys"]) for b in body["RequestItems"].values()) > 100:
        raise Invalid("Too many items requested for the BatchGetItem call")
    responses, undone, told = [], {}, []
    total = units_of_all = items = 0
    for name, batch in body["RequestItems"].items():
        table = find(tables, name)
        texts, units = [], 0
        for wire_key in batch["Keys"]:
            text, size = table.items.get(table.key_of(wire_key), (None, 0))
            if total + size > MAX_BATCH:
                undone.setdefault(name, dict(batch, Keys=[]))["Keys"].append(
                    wire_key)
                continue
            total += size
            units += read_units(size, batch.get("ConsistentRead"))
            if text is not None:
                texts.append(projected(batch, text)
                             if batch.get("ProjectionExpression") else text)
        responses.append(text_of(name) + ":[" + ",".join(texts) + "]")
        told.append(store.consumed(body, name, units))
        units_of_all += units
        items += len(texts)
    return bytes_of([
        '"Responses":{' + ",".join(responses) + "}",
        '"UnprocessedKeys":' + text_of(undone),
        told[0] and '"ConsumedCapacity":' + text_of(told)]), \
        units_of_all, items


def query(tables, body):
    return store.query(find(tables, body["TableName"]), body)


def scan(tables, body):
    return store.scan(find(tables, body["TableName"]), body)


# Writes

def check(body, item):
    """The condition of a write, on the item that is there, or None."""
    if body.get("ConditionExpression") and not expression.condition(
            body["ConditionExpression"])(
                item or {}, body.get("ExpressionAttributeNames") or {},
                body.get("ExpressionAttributeValues") or {}):
        members = {}
        if item and body.get("ReturnValuesOnConditionCheckFailure") \
                == "ALL_OLD":
            members["Item"] = item
        raise Failure("ConditionalCheckFailedException",
                      "The conditional request failed", **members)


def parsed_for(table, body, key):
    return table.parsed(key) if body.get("ConditionExpression") else None


def put(table, body):
    item = body["Item"]
    check(body, parsed_for(table, body, table.key_of(item)))
    return table.put(item)


def delete(table, body):
    key = table.key_of(body["Key"])
    check(body, parsed_for(table, body, key))
    return table.delete(key)


def update(table, body):
    """Also returns the new item."""
    key = table.key_of(body["Key"])
    old = table.parsed(key)
    check(body, old)
    names = body.get("ExpressionAttributeNames") or {}
    item = dict(body["Key"]) if old is None else old
    if body.get("UpdateExpression"):
        do = expression.update(body["UpdateExpression"])
        item = do(item, names, body.get("ExpressionAttributeValues") or {})
        if table.key_of(item) != key:
            raise Invalid("Cannot update attribute: it is part of the key")
    text, size = table.put(item)
    return text, size, item


def changed_part(body, item):
    do = expression.update(body["UpdateExpression"])
    names = body.get("ExpressionAttributeNames") or {}
    part = {}
    for path in do.paths:
        name = expression.resolve(path, names)[0]
        if item and name in item:
            part[name] = item[name]
    return part


def written(body, table, size, attributes):
    units = write_units(size)
    return bytes_of([attributes and '"Attributes":' + attributes,
                     capacity(body, table.name, units)]), units, 0


def put_item(tables, body):
    table = find(tables, body["TableName"])
    old, size = put(table, body)
    return written(body, table, size,
                   old if body.get("ReturnValues") == "ALL_OLD" else None)


def delete_item(tables, body):
    table = find(tables, body["TableName"])
    old, size = delete(table, body)
    return written(body, table, size,
                   old if body.get("ReturnValues") == "ALL_OLD" else None)


def update_item(tables, body):
    table = find(tables, body["TableName"])
    old, size, new = update(table, body)
    wanted = body.get("ReturnValues", "NONE")
    attributes = None
    if wanted == "ALL_OLD":
        attributes = old
    elif wanted == "ALL_NEW":
        attributes = text_of(new)
    elif wanted == "UPDATED_NEW":
        attributes = text_of(changed_part(body, new))
    elif wanted == "UPDATED_OLD" and old:
        attributes = text_of(changed_part(body, json.loads(old)))
    return written(body, table, size, attributes)


def batch_write_item(tables, body):
    if sum(map(len, body["RequestItems"].values())) > 25:
        raise Invalid("Too many items in the BatchWriteItem call")
    told, units_of_all = [], 0
    for name, writes in body["RequestItems"].items():
        table = find(tables, name)
        units, keys = 0, set()
        for write in writes:
            item = write["PutRequest"]["Item"] if "PutRequest" in write \
                else write["DeleteRequest"]["Key"]
            key = table.key_of(item)
            if key in keys:
                raise Invalid("Provided list of item keys contains duplicates")
            keys.add(key)
            _, size = table.put(item) if "PutRequest" in write \
                else table.delete(key)
            units += write_units(size)
        told.append(store.consumed(body, name, units))
        units_of_all += units
    return bytes_of(['"UnprocessedItems":{}',
                     told[0] and '"ConsumedCapacity":' + text_of(told)]), \
        units_of_all, 0


ACTIONS = {"Put": put, "Delete": delete, "Update": update}


def transact_write_items(tables, body):
    """All conditions are looked at before anything is done."""
    actions = [next(iter(a.items())) for a in body["TransactItems"]]
    reasons, keys = [], set()
    for name, action in actions:
        table = find(tables, action["TableName"])
        key = table.key_of(action.get("Key") or action.get("Item"))
        if (table.name, key) in keys:
            raise Invalid("Transaction request cannot include multiple "
                          "operations on one item")
        keys.add((table.name, key))
        try:
            check(action, table.parsed(key))
            reasons.append({"Code": "None"})
        except Failure as failure:
            reasons.append({"Code": "ConditionalCheckFailed",
                            "Message": str(failure), **failure.members})
    if any(reason["Code"] != "None" for reason in reasons):
        raise Failure("TransactionCanceledException",
                      "Transaction cancelled, please refer cancellation "
                      "reasons for specific reasons",
                      CancellationReasons=reasons)
    units = {}
    for name, action in actions:
        table = find(tables, action["TableName"])
        size = 0
        if name in ACTIONS:
            size = ACTIONS[name](table, action)[1]
        units[table.name] = units.get(table.name, 0) + 2 * write_units(size)
    told = [store.consumed(body, n, u) for n, u in units.items()]
    return bytes_of([told and told[0] and
                     '"ConsumedCapacity":' + text_of(told)]), \
        sum(units.values()), 0


# Tables

def described(table):
    description = dict(table.description, ItemCount=len(table.items),
                       TableSizeBytes=table.size)
    for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        if kind in description:
            description[kind] = [
                dict(index, IndexStatus="ACTIVE", ItemCount=len(table.items),
                     IndexSizeBytes=table.size) for index in description[kind]]
    return description


def create_table(tables, body):
    name = body["TableName"]
    if name in tables:
        raise Failure("ResourceInUseException",
                      "Table already exists: " + name)
    tables[name] = Table(dict(body, TableStatus="ACTIVE"))
    return text_of({"TableDescription": described(tables[name])}).encode(), \
        0, 0


def describe_table(tables, body):
    table = find(tables, body["TableName"])
    return text_of({"Table": described(table)}).encode(), 0, 0


def delete_table(tables, body):
    table = find(tables, body["TableName"])
    del tables[table.name]
    return text_of({"TableDescription": described(table)}).encode(), 0, 0


def list_tables(tables, body):
    names = [n for n in sorted(tables)
             if n > body.get("ExclusiveStartTableName", "")]
    limit = body.get("Limit", 100)
    said = {"TableNames": names[:limit]}
    if len(names) > limit:
        said["LastEvaluatedTableName"] = names[limit - 1]
    return text_of(said).encode(), 0, 0


OPERATIONS = {
    "GetItem": get_item, "BatchGetItem": batch_get_item,
    "Query": query, "Scan": scan,
    "PutItem": put_item, "UpdateItem": update_item,
    "DeleteItem": delete_item, "BatchWriteItem": batch_write_item,
    "TransactWriteItems": transact_write_items,
    "CreateTable": create_table, "DescribeTable": describe_table,
    "ListTables": list_tables, "DeleteTable": delete_table}
READS = {"GetItem", "BatchGetItem", "Query", "Scan", "DescribeTable",
         "ListTables"}

# Whose answers are kept.
KEPT = {"Query", "Scan"}
