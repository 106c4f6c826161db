"""byhand.py ENDPOINT
What a program does that reads and writes DynamoDB by itself, with boto3: the
same work as the statements of cases.py, no more code than it takes, and
nothing left out that makes it fast: the client rather than the slower
resource, THREADS requests in flight, batches where there are any.

Reads orders from stdin, a line of JSON each ({"what": "scan", ...arguments}),
and answers each with a line: what came out.
"""

import concurrent.futures
import json
import sys

import boto3
import botocore.config

import generate

THREADS = 8


def plain(value):
    (kind, content), = value.items()
    return int(content) if kind == "N" else content


def row(item):
    return {name: plain(value) for name, value in item.items()}


def chunks(items, size):
    return [items[n:n + size] for n in range(0, len(items), size)]


class ByHand:
    def __init__(self, endpoint):
        self.client = boto3.client(
            "dynamodb", endpoint_url=endpoint, region_name="eu-west-1",
            aws_access_key_id="local", aws_secret_access_key="local",
            config=botocore.config.Config(max_pool_connections=THREADS))
        self.pool = concurrent.futures.ThreadPoolExecutor(THREADS)

    def pages(self, **request):
        while True:
            page = self.client.scan(**request)
            yield page
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def segments(self, count, **request):
        """The sum of what count() says of each page."""
        def segment(n):
            return sum(count(page) for page in self.pages(
                Segment=n, TotalSegments=THREADS, **request))
        return sum(self.pool.map(segment, range(THREADS)))

    def scan(self, table, attributes=None):
        projection = {"ProjectionExpression": ", ".join(attributes)} \
            if attributes else {}
        return self.segments(lambda page: len(list(map(row, page["Items"]))),
                             TableName=table, **projection)

    def count(self, table):
        return self.segments(lambda page: page["Count"],
                             TableName=table, Select="COUNT")

    def look_up(self, table, keys):
        return sum(row(self.client.get_item(
            TableName=table, Key=generate.wire_key(*key))["Item"])["a1"]
            for key in keys)

    def join(self, table, keys):
        def batch(some):
            wanted = {table: {"Keys": [generate.wire_key(*k) for k in some]}}
            found = 0
            while wanted:
                answer = self.client.batch_get_item(RequestItems=wanted)
                found += sum(row(item)["a1"]
                             for item in answer["Responses"][table])
                wanted = answer.get("UnprocessedKeys")
            return found
        return sum(self.pool.map(batch, chunks(keys, 100)))

    def insert(self, table, rows):
        def put(values):
            self.client.put_item(
                TableName=table,
                Item={name: generate.typed(value) for name, value in values.items()},
                ConditionExpression="attribute_not_exists(pk)")
        return len(list(self.pool.map(put, rows)))

    def replace(self, table, rows):
        def batch(some):
            wanted = {table: [{"PutRequest": {"Item": {
                name: generate.typed(value) for name, value in values.items()}}}
                for values in some]}
            while wanted:
                wanted = self.client.batch_write_item(
                    RequestItems=wanted).get("UnprocessedItems")
        list(self.pool.map(batch, chunks(rows, 25)))
        return len(rows)

    def update(self, table, keys):
        for key in keys:
            self.client.update_item(
                TableName=table, Key=generate.wire_key(*key),
                UpdateExpression="SET a1 = a1 + :one",
                ExpressionAttributeValues={":one": {"N": "1"}},
                ConditionExpression="attribute_exists(pk)")
        return len(keys)


def main():
    by_hand = ByHand(sys.argv[1])
    print("ready", flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        work = getattr(by_hand, order.pop("what"))
        print(work(**order), flush=True)


main()
