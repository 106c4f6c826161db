"""contender.py
Who does the work: a backend of PostgreSQL, or a process of byhand.py.  Each
does one case again and again, and says of each time what it took: seconds on
the clock, seconds of that process's CPU, and the kB by which it has grown
since it began.
"""

import collections
import glob
import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "fuzz"))

import libpq                                            # noqa: E402

Run = collections.namedtuple("Run", "answer wall cpu grown")


class Contender:
    """Has a pid."""

    def cpu(self):
        """Of all threads that live, to the nanosecond."""
        total = 0
        for name in glob.glob("/proc/%d/task/*/schedstat" % self.pid):
            with open(name, encoding="ascii") as file:
                total += int(file.read().split()[0])
        return total / 1e9

    def memory(self, what):
        with open("/proc/%d/status" % self.pid, encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file
                        if line.startswith(what + ":"))

    def begin(self):
        self.at_first = self.memory("VmRSS")

    def run(self, work):
        cpu, wall = self.cpu(), time.perf_counter()
        answer = self.do(work)
        wall = time.perf_counter() - wall
        return Run(answer, wall, self.cpu() - cpu,
                   self.memory("VmHWM") - self.at_first)


class Backend(Contender):
    """Work is a list of statements."""

    # LLVM alone takes more memory than what is measured, and cursors read all.
    SETUP = ["SET jit = off", "SET max_parallel_workers_per_gather = 0",
             "SET cursor_tuple_fraction = 1"]

    def __init__(self, connection, setup):
        self.link = libpq.Connection(connection)
        for statement in [*self.SETUP, *setup]:
            self.link.run(statement)
        self.pid = int(self.link.run("SELECT pg_backend_pid()").rows[0][0])
        self.begin()

    def do(self, statements):
        return sum(value_of(self.link.run(statement))
                   for statement in statements)

    def close(self):
        self.link.close()


def value_of(answer):
    """What a query says, or with how many rows a command had to do."""
    said = answer.rows[0][0] if answer.rows else answer.tag.split()[-1]
    return int(said) if said.isdigit() else 0


class ByHand(Contender):
    """Work is an order to byhand.py."""

    def __init__(self, endpoint):
        self.process = subprocess.Popen(
            [sys.executable, "-B", os.path.join(HERE, "byhand.py"), endpoint],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.pid = self.process.pid
        self.read()
        self.begin()

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("byhand.py has ended")
        return line

    def do(self, order):
        print(json.dumps(order), file=self.process.stdin, flush=True)
        return int(self.read())

    def close(self):
        self.process.stdin.close()
        self.process.wait()
