"""rules.py
The ways in which the service is less kind than DynamoDB Local.

RULES has them all with what they are when nobody asks for them: off.  A rule
is switched by name at start or at run time.  Those that strike now and then
take a rate (0.05), or an object, or a list of objects:

    {"rate": 0.05,            how often; 1 if left out
     "times": 2,              no more than so often in all
     "after": 3,              not at the first so many that would match
     "in_a_row": 2,           not more often at one and the same request, so
                              that what is repeated gets through
     "per_second": 10,        instead of a rate: whatever is more than that,
                              counted by table and index, or by key
     "operations": ["Query"], "table": "t", "index": "GSI1",
     "key": {"pk": {"S": "hot"}},   only these
     "except": ["t"]}         not these tables

and what the rule's own line below adds.  Randomness is seeded.
"""

import collections
import random
import time

READS = ["GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems",
         "DescribeTable", "ListTables"]

# What a rule's value may be.
SWITCH, SECONDS, NUMBER, CHOICE, CHANCE, TABLE = range(6)

# The rules after which a client has to try again.
FAILURES = {"throttle", "conflict", "fail", "fail_after", "drop",
            "drop_after", "cut", "wrong_checksum"}

RULES = {
    # refused by the service, accepted by Local
    "signature": (SWITCH, False),       # Signature V4 verified, with...
    "keys": (TABLE, {"local": "local"}),    # ...these secrets by key id
    "clock": (SECONDS, 0),              # the service's clock, ahead of ours
    "content_type": (SWITCH, False),    # must be application/x-amz-json-1.0
    "types": (SWITCH, False),           # {"N": 5}, {"S": 5}; JSON at all
    "duplicates": (SWITCH, False),      # keys of a batch, 1 and 1.0 alike
    "key_sizes": (SWITCH, False),       # a partition key over 2048 bytes
    # an index's filter on what it doesn't project: "missing", as in the
    # service, or "refuse", to find out who sends it
    "unprojected": (CHOICE, None),

    # how reads differ
    "replica": (CHOICE, None),          # "stale"; or "current", brought up to
                                        # date before it is read
    "lag": (SECONDS, 0.4),              # of what is written through this door
    "short_pages": (CHANCE, None),      # + "most": items (7)
    "empty_pages": (CHANCE, None),
    "unprocessed": (CHANCE, None),      # part of a batch read or write
    "units": (SWITCH, False),           # the least that a read costs

    # what DescribeTable says
    "counts": (CHOICE, "exact"),        # zero, missing, frozen (as of the
                                        # first look), {"items", "bytes"}, a
                                        # factor; or {"t": one of these, "*":
                                        # another}
    "creating": (CHANCE, None),         # after CreateTable; + "seconds" (0.1)
    "backfilling": (CHANCE, None),      # after UpdateTable makes an index
    "states": (TABLE, {}),              # {"t": "UPDATING", "t/GSI1":
                                        # "BACKFILLING"}, till told otherwise

    # failures; no request fails more often in a row than "patience" says
    "patience": (NUMBER, 0),            # 0: no end to it
    "throttle": (CHANCE, None),         # + "exception", "reason"; with "key",
                                        # keys of a batch are unprocessed
    "conflict": (CHANCE, None),         # with a transaction
    "fail": (CHANCE, None),             # 500; + "status", "exception", "html"
    "fail_after": (CHANCE, None),       # 500, but it was done
    "drop": (CHANCE, None),             # the connection is reset
    "drop_after": (CHANCE, None),       # ... but it was done
    "cut": (CHANCE, None),              # half of the answer
    "wrong_checksum": (CHANCE, None),
    "delay": (CHANCE, None),            # + "seconds" (0.05)
    "stall": (CHANCE, None),            # no answer, ever
}


def often(rate, **more):
    return dict(rate=rate, in_a_row=2, **more)


# All of them at once, as "make check" has them.  What is ambiguous strikes
# reads alone: a write is reported then and not repeated.
UNKIND = {
    "signature": True, "content_type": True, "types": True,
    "duplicates": True, "key_sizes": True, "unprojected": "refuse",
    "replica": "current", "units": True, "counts": 3,
    "creating": {"rate": 0.2, "seconds": 0.05, "operations": ["CreateTable"]},
    "short_pages": often(0.5), "empty_pages": often(0.2),
    "unprocessed": often(0.5, operations=["BatchGetItem"]),
    "patience": 3,
    "throttle": often(0.002),
    "conflict": often(0.02),
    "fail": often(0.03, operations=READS),
    "fail_after": often(0.02, operations=READS),
    "drop": often(0.02, operations=READS),
    "drop_after": often(0.02, operations=READS),
    "cut": often(0.02, operations=READS),
    "wrong_checksum": often(0.02, operations=READS),
    "delay": {"rate": 0.05, "seconds": 0.02},
}


class Chance:
    """One object of a rule's."""

    def __init__(self, spec, generator):
        self.spec = spec if isinstance(spec, dict) else {"rate": spec}
        self.generator = generator
        self.seen = 0
        self.struck = 0
        self.row = collections.Counter()
        self.windows = {}

    def get(self, name, default=None):
        return self.spec.get(name, default)

    def matches(self, request):
        spec = self.spec
        return request.operation in spec.get("operations",
                                             [request.operation]) \
            and ("table" not in spec or spec["table"] in request.tables()) \
            and not request.tables() & set(spec.get("except", ())) \
            and ("index" not in spec or spec["index"] == request.index) \
            and ("key" not in spec or request.names_key(spec["key"]))

    def over_the_limit(self, request):
        """More than per_second requests within a second."""
        bucket = "key" if "key" in self.spec \
            else (tuple(sorted(request.tables())), request.index)
        window = self.windows.setdefault(bucket, collections.deque())
        now = time.monotonic()
        while window and window[0] < now - 1:
            window.popleft()
        if len(window) >= self.spec["per_second"]:
            return True
        window.append(now)
        return False

    def strikes(self, request):
        if not self.matches(request):
            return False
        self.seen += 1
        if self.seen <= self.get("after", 0) \
                or self.struck >= self.get("times", self.struck + 1):
            return False
        if "per_second" in self.spec:
            hit = self.over_the_limit(request)
        else:
            hit = self.generator.random() < self.get("rate", 1)
        if "in_a_row" in self.spec:
            same = request.same
            if hit and self.row[same] < self.spec["in_a_row"]:
                self.row[same] += 1
            else:
                hit = False
                del self.row[same]
        self.struck += hit
        return hit


class Rules:
    def __init__(self, settings=None, seed=1):
        self.generator = random.Random(seed)
        self.failed = collections.Counter()
        self.values = {name: default for name, (_, default) in RULES.items()}
        self.chances = {name: [] for name, (kind, _) in RULES.items()
                        if kind == CHANCE}
        self.change(settings or {})

    def change(self, settings):
        """Merges settings; "all" stands for UNKIND, "none" for the start."""
        settings = dict(settings)
        if settings.pop("none", None):
            settings = {**{name: default for name, (_, default)
                           in RULES.items()}, **settings}
        if settings.pop("all", None):
            settings = {**UNKIND, **settings}
        for name, value in settings.items():
            if name == "seed":
                self.generator.seed(value)
                continue
            if name not in RULES:
                raise ValueError("there is no rule \"%s\"" % name)
            self.values[name] = value
            if RULES[name][0] == CHANCE:
                specs = value if isinstance(value, list) else [value]
                self.chances[name] = [Chance(spec, self.generator)
                                      for spec in specs if spec]

    def __getitem__(self, name):
        return self.values[name]

    def strike(self, name, request):
        """The Chance that strikes this request, or None; it is logged."""
        same = request.same
        if name in FAILURES and self["patience"] \
                and self.failed[same] >= self["patience"]:
            return None
        for chance in self.chances[name]:
            if chance.strikes(request):
                request.rules.append(name)
                if name in FAILURES:
                    self.failed[same] += 1
                return chance
        return None

    def got_through(self, request):
        """After an answer that a client is content with."""
        if not FAILURES & set(request.rules):
            del self.failed[request.same]
