"""driver.py
What the drivers in Python share: the conversation with session.pl.

A request is a line: a verb and its fields "name=value", with tabs between
them.  A driver has a method for each verb; it gets the fields in lists by
name, as a statement's parameters may have several.  It returns rows (or
None), raises Lacks where the client has no such thing, or whatever the client
raises.  The answer is a line "row" for each row, its values in text and
between tabs, and at the end

    done                      or
    error TAB state TAB what  or
    lacks TAB why

Values are escaped as in COPY's text format.  Before all of that a driver says
"ready" and its version, or "lacks" if the client isn't installed.
"""

import contextlib
import datetime
import os
import re
import sys
import threading
import time
import traceback

ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
UNESCAPES = {"t": "\t", "n": "\n", "r": "\r"}


class Lacks(Exception):
    pass


def escape(value):
    if value is None:
        return "\\N"
    return re.sub(r"[\\\t\n\r]", lambda m: ESCAPES[m.group()], str(value))


def unescape(text):
    return re.sub(r"\\(.)", lambda m: UNESCAPES.get(m[1], m[1]), text)


def say(*words):
    sys.stdout.write("\t".join(words) + "\n")


def moment(text):
    return datetime.datetime.fromisoformat(text)


def server():
    """Where and how to connect."""
    return {"host": os.environ["PGHOST"], "port": os.environ["PGPORT"],
            "password": os.environ["PGPASSWORD"], "dbname": "postgres"}


class Request:
    def __init__(self, line):
        self.verb, *fields = line.rstrip("\n").split("\t")
        self.fields = [field.split("=", 1) for field in fields]

    def all(self, name):
        return [unescape(v) for n, v in self.fields if n == name]

    def __getitem__(self, name):
        return self.all(name)[0]

    def number(self, name):
        return float(self[name])

    def parameters(self):
        """Of $1, $2 ..., in Python's types."""
        return [moment(unescape(v)) if n == "time" else unescape(v)
                for n, v in self.fields if n in ("text", "time")]

    def statement(self, placeholder):
        """The statement, with what the client writes for parameter $1, $2."""
        return re.sub(r"\$(\d)", lambda m: placeholder.format(m[1]),
                      self["sql"])


@contextlib.contextmanager
def cancelling(cancel):
    """Calls this in another thread while the block waits."""
    timer = threading.Timer(0.5, cancel)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def fetched(request, fetch):
    """A fetch of some rows, again and again, with pauses in between."""
    rows = []
    for n in range(int(request.number("times"))):
        if n > 0:
            time.sleep(request.number("pause"))
        rows += fetch(int(request.number("size")))
    return rows


def answer(client, line):
    request = Request(line)
    try:
        for row in getattr(client, request.verb)(request) or ():
            say("row", *map(escape, row))
        say("done")
    except Lacks as why:
        say("lacks", escape(why))
    except client.errors as error:
        say("error", client.state(error) or "none", escape(error))
        client.recover()
    except Exception as error:
        traceback.print_exc(file=sys.stderr)
        say("error", "driver", escape(repr(error)))
        client.recover()
    sys.stdout.flush()


def serve(client):
    say("ready", client.version())
    sys.stdout.flush()
    for line in sys.stdin:
        answer(client, line)


def not_installed(what, error):
    say("lacks", "%s isn't installed (%s)" % (what, escape(error)))
    sys.exit()
