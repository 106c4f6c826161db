"""refusal.py
What the service refuses and DynamoDB Local accepts.

Each check returns None, or (status, exception, message).
"""

import decimal
import json
import time

import request as requests
import signature

STRINGS = {"S", "N", "B"}
SETS = {"SS", "NS", "BS"}


def wrong_type(value):
    """What of a document is no attribute value though it looks like one.
    (The value of a map's member "N" is an object, so it isn't meant.)"""
    if isinstance(value, dict):
        if len(value) == 1:
            (tag, inner), = value.items()
            if tag in STRINGS and isinstance(inner, (int, float, list)) \
                    or tag == "BOOL" and isinstance(inner, (str, int)) \
                    and not isinstance(inner, bool) \
                    or tag in SETS and isinstance(inner, list) \
                    and not all(isinstance(m, str) for m in inner):
                return tag
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            tag = wrong_type(inner)
            if tag:
                return tag
    return None


# more than a number has, so that none is rounded
DIGITS = decimal.Context(prec=64)


def same_key(key):
    """A key's text, the same for numbers that are equal."""
    def canonical(value):
        if "N" in value:
            return {"N": str(decimal.Decimal(value["N"]).normalize(DIGITS))}
        return value
    return json.dumps({name: canonical(value)
                       for name, value in key.items()}, sort_keys=True)


async def duplicates(request, tables):
    if request.operation not in ("BatchGetItem", "BatchWriteItem"):
        return None
    seen = set()
    for table, item in request.items():
        names = (await tables.description(table)).get("KeySchema") or ()
        key = {k["AttributeName"]: item.get(k["AttributeName"], {})
               for k in names}
        try:
            text = table, same_key(key)
        except decimal.InvalidOperation:
            continue
        if key and text in seen:
            return (400, "ValidationException",
                    "Provided list of item keys contains duplicates")
        seen.add(text)
    return None


def key_sizes(request):
    """Only what Local lets pass: the partition key of a Query."""
    if request.operation != "Query":
        return None
    for name, value in (request.body.get("ExpressionAttributeValues")
                        or {}).items():
        condition = request.body.get("KeyConditionExpression") or ""
        if name in condition and isinstance(value.get("S"), str) \
                and len(value["S"].encode("utf-8", "surrogatepass")) > 2048:
            return (400, "ValidationException",
                    "One or more parameter values were invalid: Size of "
                    "hashkey has exceeded the maximum size limit of 2048 "
                    "bytes")
    return None


async def unprojected(request, tables):
    """Attributes of the filter that the index doesn't have: a set."""
    if request.operation not in ("Query", "Scan") or not request.index \
            or not request.body.get("FilterExpression"):
        return set()
    projected = None
    for table in request.tables():
        projected = await tables.projected(table, request.index)
    if projected is None:
        return set()
    return {request.attribute(token) for _, token in
            requests.top_level_names(request.body["FilterExpression"])} \
        - projected


async def refuse(request, rules, tables):
    if rules["content_type"] and request.headers.get("content-type") \
            != "application/x-amz-json-1.0":
        return 404, "UnknownOperationException", None
    if rules["signature"]:
        wrong = signature.verify(request.path, request.headers, request.raw,
                                 rules["keys"], time.time() + rules["clock"])
        if wrong:
            return (400,) + wrong
    if rules["types"]:
        if not request.valid:
            return 400, "SerializationException", None
        tag = wrong_type(request.body)
        if tag:
            return (400, "SerializationException",
                    "NUMBER_VALUE cannot be converted to String" if tag
                    in STRINGS else "Unexpected value type in payload")
    if rules["key_sizes"]:
        wrong = key_sizes(request)
        if wrong:
            return wrong
    if rules["duplicates"]:
        wrong = await duplicates(request, tables)
        if wrong:
            return wrong
    if rules["unprojected"] == "refuse":
        missing = await unprojected(request, tables)
        if missing:
            return (400, "BenchException", "the filter names %s, which index "
                    "%s doesn't project" % (sorted(missing), request.index))
    return None
