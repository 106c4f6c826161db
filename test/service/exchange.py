"""exchange.py
HTTP/1.1 both ways: requests that come in, and the emulators asked in turn.

Only what DynamoDB's protocol needs: bodies with a Content-Length, connections
kept alive, one request after another on each.
"""

import asyncio
import collections
import email.utils
import itertools
import socket
import struct
import time
import zlib

STATUS = {200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found",
          413: "Payload Too Large", 500: "Internal Server Error",
          502: "Bad Gateway", 503: "Service Unavailable"}

request_ids = itertools.count(1)


class Answer:
    """What goes back.  sent: None for all of it, else how many bytes before
    the connection ends (0: it is reset); -1 for silence."""

    def __init__(self, status, body, request_id=None,
                 content_type="application/x-amz-json-1.0"):
        self.status = status
        self.body = body
        self.request_id = request_id or "BENCH%012d" % next(request_ids)
        self.content_type = content_type
        self.checksum_offset = 0
        self.sent = None

    def bytes(self):
        headers = {
            "Server": "Server",
            "Date": email.utils.formatdate(usegmt=True),
            "Content-Type": self.content_type,
            "Content-Length": len(self.body),
            "Connection": "keep-alive",
            "x-amzn-RequestId": self.request_id,
            "x-amz-crc32": zlib.crc32(self.body) ^ self.checksum_offset}
        head = "HTTP/1.1 %d %s\r\n" % (
            self.status, STATUS.get(self.status, "Unknown"))
        head += "".join("%s: %s\r\n" % header for header in headers.items())
        return head.encode() + b"\r\n" + self.body


def parse_head(head):
    lines = head.decode("latin-1").split("\r\n")
    headers = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    return lines[0], headers


class Incoming(asyncio.Protocol):
    """A client's connection.  serve(connection, method, path, headers, body)
    returns the Answer; it is cancelled when the client leaves, unless the
    request may have changed something by then (see keep_on)."""

    numbers = itertools.count(1)

    def __init__(self, serve):
        self.serve = serve
        self.number = next(self.numbers)
        self.buffer = bytearray()
        self.task = None
        self.keep_on = False
        self.gone = False

    def connection_made(self, transport):
        self.transport = transport

    def connection_lost(self, error):
        self.gone = True
        if self.task and not self.keep_on:
            self.task.cancel()

    def data_received(self, data):
        self.buffer += data
        self.take_request()

    def take_request(self):
        if self.task or self.gone:
            return
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        line, headers = parse_head(bytes(self.buffer[:end]))
        size = int(headers.get("content-length") or 0)
        if len(self.buffer) < end + 4 + size:
            return
        body = bytes(self.buffer[end + 4:end + 4 + size])
        del self.buffer[:end + 4 + size]
        words = line.split(" ")
        if len(words) != 3:
            self.transport.abort()
            return
        self.keep_on = False
        last = words[2] == "HTTP/1.0" \
            or headers.get("connection", "").lower() == "close"
        self.task = asyncio.ensure_future(
            self.respond(words[0], words[1], headers, body, last))

    async def respond(self, method, path, headers, body, last):
        answer = await self.serve(self, method, path, headers, body)
        self.task = None
        if self.gone:
            return
        if answer.sent is None:
            self.transport.write(answer.bytes())
            if last:
                self.transport.close()
            else:
                self.take_request()
        elif answer.sent > 0:
            self.transport.write(answer.bytes()[:answer.sent])
            self.transport.close()
        elif answer.sent == 0:
            self.reset()

    def reset(self):
        self.transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()


class Emulator:
    """One DynamoDB Local, over connections that are kept.

    It closes what idled for 30 s.  A request that may have been executed
    can't be repeated, so a connection is given up well before that."""

    MAX_IDLE = 10

    def __init__(self, url):
        scheme, _, rest = url.partition("://")
        host, _, port = rest.rstrip("/").rpartition(":")
        assert scheme == "http" and port.isdigit(), url
        self.host = host
        self.port = int(port)
        self.idle = collections.deque()

    async def connection(self):
        while self.idle:
            since, reader, writer = self.idle.pop()
            if time.monotonic() - since < self.MAX_IDLE \
                    and not reader.at_eof():
                return reader, writer
            writer.close()
        return await asyncio.open_connection(
            self.host, self.port, limit=1 << 16)

    async def exchange(self, headers, body):
        reader, writer = await self.connection()
        try:
            head = "POST / HTTP/1.1\r\nHost: %s:%d\r\nContent-Length: %d\r\n" \
                % (self.host, self.port, len(body))
            head += "".join("%s: %s\r\n" % h for h in headers.items())
            writer.write(head.encode("latin-1") + b"\r\n" + body)
            line, headers = parse_head(
                (await reader.readuntil(b"\r\n\r\n"))[:-4])
            body = await reader.readexactly(int(headers["content-length"]))
        except BaseException:
            writer.close()
            raise
        self.idle.append((time.monotonic(), reader, writer))
        return Answer(int(line.split(" ")[1]), body,
                      headers.get("x-amzn-requestid"),
                      headers.get("content-type",
                                  "application/x-amz-json-1.0"))
