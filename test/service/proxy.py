#!/usr/bin/env python3
"""proxy.py --first URL --second URL [--rules JSON] [--port N]
                [--port-file FILE] [--log FILE]
Makes two DynamoDB Locals behave like the service, where Local is kind.

What rules there are: rules.py.  Where a request goes: replica.py.  Listens on
loopback; the port is written to the file once it does.  Beside DynamoDB's
protocol each door answers

    GET  /bench/rules              the rules in force
    POST /bench/rules  {...}       changes these ({"none": true}: all off)
    POST /bench/doors  {...}       a new door with these rules: {"url": ...}
    POST /bench/caught-up  {...}   once the replica has all that was written;
                                   {"now": true}: without the lag
    GET  /bench/log?after=N        what was asked at this door, in its order
    GET  /bench/struck             how many requests, by rule and operation

A request of the log has its number n, the time it came (at), connection,
operation, tables, index, consistent, the expressions with their names put in,
Limit, Segment and the like, whether it continues, how many keys, the body
unless it is large, how many were in flight with it (in_flight), what rules
struck (rules), which emulator answered (served_by), status (a number; "reset",
"cut", "left" if the client went; null while it lasts) and ms.

With --log the requests of all doors are written to a file in the end.
"""

import argparse
import asyncio
import json
import os
import signal
import urllib.parse

from door import Door
from exchange import Answer, Emulator, Incoming
from replica import Replica
from table import Tables


class Service:
    def __init__(self, first, second):
        first = Emulator(first)
        second = Emulator(second)
        self.replica = Replica(first, second)
        self.tables = Tables(first)
        self.doors = []
        self.servers = []

    async def open_door(self, rules, port=0):
        """Returns the port."""
        door = Door(self.replica, self.tables, rules)

        async def serve(connection, method, path, headers, body):
            if path.startswith("/bench/"):
                return await self.control(door, method, path, body)
            if method != "POST":
                return Answer(200, b"healthy: dynamodb.bench ",
                              content_type="text/plain")
            return await door.serve(connection, path, headers, body)

        server = await asyncio.get_running_loop().create_server(
            lambda: Incoming(serve), "127.0.0.1", port, backlog=256)
        self.doors.append(door)
        self.servers.append(server)
        return server.sockets[0].getsockname()[1]

    async def control(self, door, method, path, body):
        url = urllib.parse.urlsplit(path)
        query = dict(urllib.parse.parse_qsl(url.query))
        try:
            said = await self.controlled(
                door, method + " " + url.path[len("/bench/"):], query,
                json.loads(body) if body else {})
            # a body may hold half a surrogate pair, which isn't UTF-8
            text = json.dumps(said, ensure_ascii=False)
            return Answer(200, text.encode("utf-8", "replace"),
                          content_type="application/json")
        except (KeyError, TypeError, ValueError) as error:
            return Answer(400, json.dumps({"error": str(error)}).encode(),
                          content_type="application/json")

    async def controlled(self, door, what, query, settings):
        if what == "GET rules":
            return door.rules.values
        if what == "POST rules":
            door.rules.change(settings)
            return door.rules.values
        if what == "POST doors":
            port = await self.open_door(settings)
            return {"url": "http://127.0.0.1:%d" % port}
        if what == "POST caught-up":
            await self.replica.caught_up(hurry=settings.get("now", False))
            return {}
        if what == "GET log":
            return door.log[int(query.get("after", 0)):]
        if what == "GET struck":
            return door.struck()
        raise ValueError("what is %s?" % what)

    def write_log(self, file):
        with open(file, "w", encoding="utf-8") as log:
            for number, door in enumerate(self.doors):
                for record in door.log:
                    print(json.dumps({"door": number, **record}), file=log)


async def run(options):
    service = Service(options.first, options.second)
    port = await service.open_door(json.loads(options.rules), options.port)
    if options.port_file:
        with open(options.port_file + ".new", "w", encoding="ascii") as file:
            print(port, file=file)
        os.rename(options.port_file + ".new", options.port_file)
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await ended.wait()
    if options.log:
        service.write_log(options.log)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--first", required=True)
    parser.add_argument("--second", required=True)
    parser.add_argument("--rules", default="{}")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--port-file")
    parser.add_argument("--log")
    asyncio.run(run(parser.parse_args()))


main()
