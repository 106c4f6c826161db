#!/usr/bin/env python3
"""replay.py [--port N] [--port-file FILE] [--latency MS]
A DynamoDB in memory that answers after a set time: what is measured with it
is the client.

    GetItem BatchGetItem Query Scan
    PutItem UpdateItem DeleteItem BatchWriteItem TransactWriteItems
    CreateTable DescribeTable ListTables DeleteTable

with keys, order, indexes, segments, pages of 1 MB, conditions, updates,
filters, projections and units.  Left out is what a measurement doesn't need:
signatures, validation beyond keys and syntax, throughput limits, streams,
PartiQL.  Whoever looks at what the service refuses takes test/service.

Listens on loopback.  Beside the protocol it answers

    POST /bench/tables  {"name", "items", ...}   a table full of items: see
                                                 generate.py
    POST /bench/latency {"ms": 20}               from now on
    GET  /bench/counts     since they were last set to zero: requests by
                           operation, the most of them in flight, connections,
                           items and bytes sent, units
    POST /bench/counts     ... which this does
"""

import argparse
import asyncio
import collections
import json
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                os.pardir, "service"))

import generate                                         # noqa: E402
import operation                                        # noqa: E402
from exchange import Answer, Incoming                   # noqa: E402
from expression import Invalid                          # noqa: E402
from store import Failure                               # noqa: E402

NAMESPACE = "com.amazonaws.dynamodb.v20120810#"


class Ready(Answer):
    """An answer whose bytes were made once."""

    def __init__(self, body):
        super().__init__(200, body)
        self.whole = super().bytes()

    def bytes(self):
        return self.whole


def refusal(name, message, **members):
    return Answer(400, json.dumps({"__type": NAMESPACE + name,
                                   "message": message, **members}).encode())


class Replay:
    def __init__(self, latency):
        self.latency = latency
        self.tables = {}
        self.in_flight = 0
        self.reset()

    def reset(self):
        self.requests = collections.Counter()
        self.connections = set()
        self.most = self.bytes = self.items = 0
        self.units = {"read": 0.0, "write": 0.0}

    async def serve(self, connection, method, path, headers, raw):
        if path.startswith("/bench/"):
            return self.control(method + " " + path[len("/bench/"):],
                                json.loads(raw or b"{}"))
        self.in_flight += 1
        self.most = max(self.most, self.in_flight)
        self.connections.add(connection.number)
        name = headers.get("x-amz-target", "").rpartition(".")[2]
        self.requests[name] += 1
        # a write is done whether or not the client waits for it
        connection.keep_on = name not in operation.READS
        try:
            answer = self.answer(name, raw)
            if self.latency:
                await asyncio.sleep(self.latency / 1000)
            return answer
        finally:
            self.in_flight -= 1

    def answer(self, name, raw):
        try:
            answer, units, items = self.kept(name, raw)
        except Failure as failure:
            return refusal(failure.name, str(failure), **failure.members)
        except (Invalid, KeyError, TypeError, ValueError) as error:
            return refusal("ValidationException", repr(error))
        self.bytes += len(answer.body)
        self.items += items
        self.units["read" if name in operation.READS else "write"] += units
        return answer

    def kept(self, name, raw):
        if name not in operation.OPERATIONS:
            raise Failure("UnknownOperationException", "")
        body = json.loads(raw)
        table = self.tables.get(body.get("TableName"))
        keeps = table is not None and name in operation.KEPT
        if keeps and (name, raw) in table.kept:
            return table.kept[name, raw]
        text, units, items = operation.OPERATIONS[name](self.tables, body)
        if not keeps:
            return Answer(200, text), units, items
        answer = Ready(text), units, items
        table.keep((name, raw), answer, len(text))
        return answer

    def control(self, what, settings):
        if what == "POST tables":
            table = generate.table(**settings)
            self.tables[table.name] = table
            said = {"items": len(table.items), "bytes": table.size}
        elif what == "POST latency":
            self.latency = settings["ms"]
            said = {}
        elif what == "GET counts":
            said = {"requests": self.requests, "in_flight": self.most,
                    "connections": len(self.connections),
                    "items": self.items, "bytes": self.bytes,
                    "units": self.units}
        elif what == "POST counts":
            self.reset()
            said = {}
        else:
            return Answer(404, b'{"error": "there is no such thing"}')
        return Answer(200, json.dumps(said).encode(),
                      content_type="application/json")


async def run(options):
    replay = Replay(options.latency)
    server = await asyncio.get_running_loop().create_server(
        lambda: Incoming(replay.serve), "127.0.0.1", options.port,
        backlog=256)
    if options.port_file:
        with open(options.port_file + ".new", "w", encoding="ascii") as file:
            print(server.sockets[0].getsockname()[1], file=file)
        os.rename(options.port_file + ".new", options.port_file)
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await ended.wait()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--port-file")
    parser.add_argument("--latency", type=float, default=0)
    asyncio.run(run(parser.parse_args()))


main()
