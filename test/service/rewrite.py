"""rewrite.py
Requests and answers changed on their way, so that the emulator behaves as
the service would: shorter pages, parts left undone, what a read costs.
"""

import json

import request as requests

SHORTEST = 7


def names_in_use(body):
    return {token for name in requests.EXPRESSIONS
            if isinstance(body.get(name), str)
            for token in requests.TOKEN.findall(body[name])}


def hide(request, hidden):
    """Makes a filter see these attributes as missing, which Local doesn't:
    in their place stand names that no item has."""
    body = request.body
    expression = body["FilterExpression"]
    names = dict(body.get("ExpressionAttributeNames") or {})
    for offset, token in reversed(requests.top_level_names(expression)):
        attribute = request.attribute(token)
        if attribute in hidden:
            alias = "#absent%d" % sorted(hidden).index(attribute)
            names[alias] = "\x01absent: " + attribute
            expression = expression[:offset] + alias \
                + expression[offset + len(token):]
    body["FilterExpression"] = expression
    used = names_in_use(body)
    body["ExpressionAttributeNames"] = {
        token: name for token, name in names.items() if token in used}
    request.changed()


def shorten(request, chance, generator):
    limit = generator.randint(1, chance.get("most", SHORTEST))
    asked = request.body.get("Limit")
    if isinstance(asked, int) and 0 < asked <= limit:
        return
    request.body["Limit"] = limit
    request.changed()


class Starts:
    """Keys that stand for "from the start", in empty first pages.

    An empty page says where to go on; where the request had no such key
    itself, the least real one would lie before the first item.  So one is
    made up, with the attributes and types a real one has, and taken out of
    the request that brings it back."""

    def __init__(self):
        self.made = set()

    def known_by(self, key):
        return json.dumps(key, sort_keys=True)

    async def make(self, request, tables):
        for table in request.tables():
            description = await tables.description(table)
            if not description:
                return None
            types = {a["AttributeName"]: a["AttributeType"]
                     for a in description["AttributeDefinitions"]}
            keys = list(description["KeySchema"])
            if request.index:
                index = await tables.index(table, request.index)
                keys += index["KeySchema"] if index else []
            number = len(self.made) + 1

            # nothing that an item could have
            value = {"S": "start %d" % number,
                     "N": "-98765432109876543210%d" % number,
                     "B": "%016d" % number}
            key = {k["AttributeName"]: {types[k["AttributeName"]]:
                                        value[types[k["AttributeName"]]]}
                   for k in keys}
            self.made.add(self.known_by(key))
            return key
        return None

    def take_out(self, request):
        start = request.body.get("ExclusiveStartKey")
        if start and self.known_by(start) in self.made:
            del request.body["ExclusiveStartKey"]
            request.changed()


def least_units(request):
    return 1.0 if request.body.get("ConsistentRead") else 0.5


def consumed(request, table, units):
    """ConsumedCapacity of a read that found nothing."""
    told = {"TableName": table, "CapacityUnits": units}
    if request.body.get("ReturnConsumedCapacity") == "INDEXES":
        told["Table"] = {"CapacityUnits": 0.0 if request.index else units}
        if request.index:
            told["GlobalSecondaryIndexes"] = {
                request.index: {"CapacityUnits": units}}
    return told


def wants_units(request):
    return request.body.get("ReturnConsumedCapacity") in ("TOTAL", "INDEXES")


async def empty_page(request, tables, starts):
    """An answer without items that says where to go on; None if it can't."""
    start = request.body.get("ExclusiveStartKey") \
        or await starts.make(request, tables)
    if not start:
        return None
    page = {"Count": 0, "ScannedCount": 0, "LastEvaluatedKey": start}
    if request.body.get("Select") != "COUNT":
        page["Items"] = []
    if wants_units(request):
        page["ConsumedCapacity"] = consumed(
            request, min(request.tables()), least_units(request))
    return json.dumps(page).encode()


def split(entries, done):
    return entries[:done], entries[done:]


def leave_undone(request, keep):
    """Takes out of a batch what keep(table, entry) is false for; returns it
    in the form of UnprocessedKeys or UnprocessedItems.  Nothing is changed
    if nothing would be left."""
    undone, doing = {}, {}
    for table, batch in request.batch().items():
        entries = batch["Keys"] if isinstance(batch, dict) else batch
        kept = [e for e in entries if keep(table, e)]
        left = [e for e in entries if e not in kept]
        if kept:
            doing[table] = dict(batch, Keys=kept) \
                if isinstance(batch, dict) else kept
        if left:
            undone[table] = dict(batch, Keys=left) \
                if isinstance(batch, dict) else left
    if not doing or not undone:
        return {}
    request.body["RequestItems"] = doing
    request.changed()
    return undone


def undo_some(request, generator):
    """Leaves a random part of a batch undone, never all of it."""
    entries = sum(len(b["Keys"] if isinstance(b, dict) else b)
                  for b in request.batch().values())
    if entries < 2:
        return {}
    done = generator.randint(1, entries - 1)
    count = iter(range(entries))
    return leave_undone(request, lambda table, entry: next(count) < done)


def return_undone(answer, request, undone):
    body = json.loads(answer.body)
    member = "UnprocessedKeys" if request.operation == "BatchGetItem" \
        else "UnprocessedItems"
    told = body.setdefault(member, {})
    for table, batch in undone.items():
        if table not in told:
            told[table] = batch
        elif isinstance(batch, dict):
            told[table]["Keys"] += batch["Keys"]
        else:
            told[table] += batch
    answer.body = json.dumps(body).encode()


def charge(answer, request):
    """What Local gives away: a Query that finds nothing, and the keys of a
    BatchGetItem that aren't there."""
    if not wants_units(request):
        return
    if request.operation == "Query":
        # don't parse whole pages for this
        if b'"ScannedCount":0' not in answer.body.replace(b" ", b""):
            return
        body = json.loads(answer.body)
        if body.get("ConsumedCapacity", {}).get("CapacityUnits") == 0:
            body["ConsumedCapacity"] = consumed(
                request, body["ConsumedCapacity"]["TableName"],
                least_units(request))
            answer.body = json.dumps(body).encode()
    elif request.operation == "BatchGetItem":
        body = json.loads(answer.body)
        for told in body.get("ConsumedCapacity") or ():
            batch = request.batch().get(told["TableName"])
            if not batch:
                continue
            undone = body.get("UnprocessedKeys", {}).get(
                told["TableName"], {}).get("Keys", ())
            absent = len(batch["Keys"]) - len(undone) \
                - len(body["Responses"].get(told["TableName"], ()))
            units = absent * (1.0 if batch.get("ConsistentRead") else 0.5)
            told["CapacityUnits"] += units
            if "Table" in told:
                told["Table"]["CapacityUnits"] += units
        answer.body = json.dumps(body).encode()
