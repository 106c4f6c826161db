"""door.py
One way into the service: a port with rules and a log of its own.

All doors lead to the same two emulators, so a test can misbehave at one
without another noticing.  A request passes, in this order: what the service
refuses; tables that aren't ready; failures before anything happened; changes
to the request; the emulator; changes to the answer; failures after the fact.
"""

import asyncio
import collections
import json
import sys
import time
import traceback

import refusal
import rewrite
from exchange import Answer
from request import CONTROL, ITEM_READS, ITEM_WRITES, Request
from rules import Rules

NAMESPACE = "com.amazonaws.dynamodb.v20120810#"
HOP = {"host", "connection", "content-length", "accept-encoding", "expect"}


def failure(status, name, message=None, **members):
    body = {"__type": NAMESPACE + name}
    if message is not None:
        body["message"] = message
    body.update(members)
    return Answer(status, json.dumps(body).encode())


def reset():
    answer = Answer(200, b"")
    answer.sent = 0
    return answer


def arn(request):
    text = "arn:aws:dynamodb:eu-west-1:000000000000:table/%s" \
        % min(request.tables(), default="")
    return text + "/index/" + request.index if request.index else text


def throttled(request, chance, generator):
    """In one of the two forms that the service has for it."""
    name = chance.get("exception", generator.choice(
        ["ProvisionedThroughputExceededException", "ThrottlingException"]))
    reason = chance.get("reason")
    if not reason:
        reason = "%s%s%s" % (
            "Index" if request.index else "Table",
            "Write" if request.writes() else "Read",
            "KeyRangeThroughputExceeded" if "key" in chance.spec
            else "ProvisionedThroughputExceeded"
            if name.startswith("Provisioned")
            else "MaxOnDemandThroughputExceeded")
    if name == "RequestLimitExceeded":
        member = "ThrottlingReasons"
        reason = "TableReadAccountLimitExceeded"
    else:
        member = "throttlingReasons" if name == "ThrottlingException" \
            else "ThrottlingReasons"
    return failure(400, name, "Throughput exceeds the current capacity of "
                   "your table or index.",
                   **{member: [{"reason": reason, "resource": arn(request)}]})


def conflict(request):
    if request.operation in ITEM_WRITES:
        return failure(400, "TransactionConflictException",
                       "Transaction is ongoing for the item")
    if request.operation in ("TransactWriteItems", "TransactGetItems"):
        reasons = [{"Code": "None"} for _ in request.actions()]
        if reasons:
            reasons[-1] = {"Code": "TransactionConflict", "Message":
                           "Transaction is ongoing for the item"}
        codes = ", ".join(reason["Code"] for reason in reasons)
        return failure(
            400, "TransactionCanceledException",
            Message="Transaction cancelled, please refer cancellation "
            "reasons for specific reasons [%s]" % codes,
            CancellationReasons=reasons)
    return None


def broken(chance):
    if chance.get("html"):
        return Answer(chance.get("status", 502),
                      b"<html><body>Bad Gateway</body></html>",
                      content_type="text/html")
    status = chance.get("status", 500)
    return failure(status, chance.get(
        "exception", "ServiceUnavailable" if status == 503
        else "InternalServerError"), "Internal server error")


class Door:
    def __init__(self, replica, tables, rules=None):
        self.replica = replica
        self.tables = tables
        self.rules = Rules(rules)
        self.starts = rewrite.Starts()
        self.log = []
        self.in_flight = 0

    async def serve(self, connection, path, headers, raw):
        request = Request(connection.number, path, headers, raw)
        self.in_flight += 1
        try:
            record = request.record()
        except (AttributeError, TypeError):
            record = {"operation": request.operation,
                      "connection": connection.number}
        record.update(n=len(self.log) + 1, at=time.time(),
                      in_flight=self.in_flight, status=None)
        if len(raw) < 1 << 15:
            record["body"] = request.body
        self.log.append(record)
        began = time.monotonic()
        try:
            answer = await self.handle(request, connection)
            record["status"] = answer.status if answer.sent is None \
                else "cut" if answer.sent else "reset"
            return answer
        except asyncio.CancelledError:
            record["status"] = "left"
            raise
        except Exception as error:
            traceback.print_exc(file=sys.stderr)
            record["status"] = "bench"
            return failure(500, "BenchException", repr(error))
        finally:
            self.in_flight -= 1
            record["rules"] = request.rules
            record["served_by"] = request.served_by
            record["ms"] = round(1000 * (time.monotonic() - began), 1)

    def struck(self):
        rules = collections.Counter(
            rule for record in self.log for rule in record.get("rules", ()))
        replica = sum(record.get("served_by") == "second"
                      for record in self.log)
        operations = collections.Counter(
            record["operation"] for record in self.log)
        return {"requests": len(self.log), "replica": replica, "rules": rules,
                "operations": operations}

    async def handle(self, request, connection):
        wrong = await refusal.refuse(request, self.rules, self.tables)
        if wrong:
            request.rules.append("refused")
            return failure(*wrong)
        answer = await self.not_ready(request) or await self.fail(request)
        if answer:
            return answer
        connection.keep_on = request.writes()
        answer = self.fail_after(request, await self.perform(request))
        self.rules.got_through(request)
        return answer

    async def not_ready(self, request):
        if request.operation not in ITEM_READS | ITEM_WRITES \
                and request.operation not in ("BatchWriteItem",
                                              "TransactWriteItems"):
            return None
        for table in request.tables():
            state = self.tables.state(table, None, self.rules)
            if state in ("CREATING", "DELETING"):
                request.rules.append("states")
                return failure(400, "ResourceNotFoundException",
                               "Requested resource not found")
            if not request.index:
                continue
            state = self.tables.state(table, request.index, self.rules)
            if state == "BACKFILLING":
                request.rules.append("states")
                return failure(400, "ValidationException",
                               "Cannot read from backfilling global secondary "
                               "index: " + request.index)
            if state in ("CREATING", "DELETING"):
                request.rules.append("states")
                return failure(400, "ValidationException",
                               "The table does not have the specified index: "
                               + request.index)
        return None

    async def fail(self, request):
        strike = self.rules.strike
        chance = strike("delay", request)
        if chance:
            await asyncio.sleep(chance.get("seconds", 0.05))
        if strike("stall", request):
            await asyncio.get_running_loop().create_future()
        if strike("drop", request):
            return reset()
        chance = strike("fail", request)
        if chance:
            return broken(chance)
        if request.operation in ITEM_WRITES or request.actions():
            if strike("conflict", request):
                return conflict(request)
        if request.tables():
            chance = strike("throttle", request)
            if chance:
                request.throttled_by = chance
                if not self.partly(request, chance):
                    return throttled(request, chance, self.rules.generator)
        return None

    def partly(self, request, chance):
        """One key of a batch being throttled, the others are read."""
        key = chance.get("key")
        if not key or not request.batch():
            return False

        def keep(table, entry):
            if "PutRequest" in entry or "DeleteRequest" in entry:
                entry = entry.get("PutRequest", {}).get("Item") \
                    or entry["DeleteRequest"]["Key"]
            return any(entry.get(n) != v for n, v in key.items())
        request.undone = rewrite.leave_undone(request, keep)
        return bool(request.undone)

    async def perform(self, request):
        generator = self.rules.generator
        undone = getattr(request, "undone", {})
        if request.operation in ("Query", "Scan"):
            chance = self.rules.strike("empty_pages", request)
            if chance:
                page = await rewrite.empty_page(request, self.tables,
                                                self.starts)
                if page:
                    return Answer(200, page)
            self.starts.take_out(request)
            if self.rules["unprojected"] == "missing":
                hidden = await refusal.unprojected(request, self.tables)
                if hidden and request.operation == "Scan":
                    request.rules.append("unprojected")
                    rewrite.hide(request, hidden)
            chance = self.rules.strike("short_pages", request)
            if chance:
                rewrite.shorten(request, chance, generator)
        elif request.batch() and not undone \
                and self.rules.strike("unprocessed", request):
            undone = rewrite.undo_some(request, generator)
        answer = await self.forward(request)
        if answer.status == 200:
            # what was left undone is neither read nor charged
            if self.rules["units"]:
                rewrite.charge(answer, request)
            if undone:
                rewrite.return_undone(answer, request, undone)
            self.disguise(request, answer)
        return answer

    async def forward(self, request):
        """To the emulator that is to answer."""
        headers = {name: value for name, value in request.headers.items()
                   if name not in HOP}
        headers["X-Amz-Target"] = headers.pop("x-amz-target", "")
        try:
            if request.writes():
                request.served_by = "first"
                if request.operation in CONTROL:
                    await self.replica.caught_up(hurry=True)
                answer = await self.replica.write(request, headers,
                                                  self.rules["lag"])
                if request.operation in CONTROL and answer.status == 200:
                    await self.replica.caught_up(hurry=True)
                    await self.replica.indexes_built(request.tables())
                    self.tables.control_succeeded(request, self.rules)
                return answer
            if self.rules["replica"] and not request.strong():
                request.served_by = "second"
                if self.rules["replica"] == "current":
                    await self.replica.caught_up(request.tables(), True)
                return await self.replica.second.exchange(headers,
                                                          request.raw)
            request.served_by = "first"
            return await self.replica.first.exchange(headers, request.raw)
        except (OSError, EOFError) as error:
            print("the emulator doesn't answer:", repr(error),
                  file=sys.stderr, flush=True)
            return reset()

    def disguise(self, request, answer):
        if request.operation not in ("DescribeTable", "CreateTable",
                                     "UpdateTable"):
            return
        body = json.loads(answer.body)
        table = body.get("Table") or body.get("TableDescription")
        if table:
            self.tables.disguise(table, self.rules)
            answer.body = json.dumps(body).encode()

    def fail_after(self, request, answer):
        if answer.sent is not None or answer.status != 200:
            return answer
        strike = self.rules.strike
        chance = strike("fail_after", request)
        if chance:
            return broken(chance)
        if strike("drop_after", request):
            return reset()
        if strike("cut", request):
            answer.sent = len(answer.bytes()) - len(answer.body) // 2 - 1
        elif strike("wrong_checksum", request):
            answer.checksum_offset = 1
        return answer
