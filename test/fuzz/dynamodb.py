"""dynamodb.py
Requests to an emulator, past the extension: how the tables come to be.
"""

import http.client
import json
import sys
import time
import urllib.parse


class Refused(Exception):
    pass


class DynamoDB:
    """Emulators don't look at signatures, so there is none."""

    def __init__(self, url):
        self.address = urllib.parse.urlsplit(url)
        self.link = None

    def exchange(self, method, path, body, headers):
        for attempt in (1, 2):
            try:
                if self.link is None:
                    self.link = http.client.HTTPConnection(
                        self.address.hostname, self.address.port, timeout=60)
                self.link.request(method, path, body, headers)
                answer = self.link.getresponse()
                return answer.status, answer.read()
            except (OSError, http.client.HTTPException):
                self.link = None
                if attempt == 2:
                    raise

    def call(self, operation, **request):
        status, body = self.exchange("POST", "/", json.dumps(request), {
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": "DynamoDB_20120810." + operation,
            "Authorization": "AWS4-HMAC-SHA256 Credential=local/20260101/"
            "eu-west-1/dynamodb/aws4_request, SignedHeaders=host, "
            "Signature=0"})
        if status != 200:
            raise Refused("%s: %s" % (operation, body.decode()))
        return json.loads(body)

    def write(self, table, writes):
        """writes: PutRequest and DeleteRequest objects, keys all different."""
        for start in range(0, len(writes), 25):
            left = {table: writes[start:start + 25]}
            while left:
                left = self.call("BatchWriteItem",
                                 RequestItems=left).get("UnprocessedItems")

    def scan(self, table):
        """All items."""
        items, start = [], {}
        while True:
            page = self.call("Scan", TableName=table, ConsistentRead=True,
                             **start)
            items += page["Items"]
            if "LastEvaluatedKey" not in page:
                return items
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def wait_until_active(self, table):
        """The table and all its indexes."""
        for _ in range(600):
            told = self.call("DescribeTable", TableName=table)["Table"]
            if told["TableStatus"] == "ACTIVE" and all(
                    index.get("IndexStatus") == "ACTIVE" for index
                    in told.get("GlobalSecondaryIndexes") or ()):
                return told
            time.sleep(0.05)
        raise Refused("%s never becomes active" % table)

    def drop(self, table):
        try:
            self.call("DeleteTable", TableName=table)
        except Refused as refused:
            if "ResourceNotFoundException" not in str(refused):
                raise

    # the bench's own requests: see test/service/proxy.py
    def open_door(self, **rules):
        """A door of the bench with these rules; its URL."""
        status, body = self.exchange("POST", "/bench/doors",
                                     json.dumps(rules), {})
        if status != 200:
            raise Refused(body.decode())
        return json.loads(body)["url"]

    def struck(self):
        return json.loads(self.exchange("GET", "/bench/struck", None, {})[1])

    def caught_up(self):
        self.exchange("POST", "/bench/caught-up", '{"now": true}', {})


if __name__ == "__main__" and sys.argv[1] == "--drop-all":
    # the bench's URL: in both emulators, by a door that asks no signature
    told = DynamoDB(DynamoDB(sys.argv[2]).open_door())
    for name in told.call("ListTables")["TableNames"]:
        told.drop(name)
