"""replica.py
Two emulators as one service with a replica that lags behind.

The first takes writes and strongly consistent reads.  What it accepted is
replayed to the second in the same order, each write some time after it was
made; the second serves eventually consistent reads and, as global indexes are
always eventual, reads of indexes.  Since both start empty and see the same
successful writes in the same order, the second is what the first was.
"""

import asyncio
import collections
import sys
import time

import table


class Replica:
    def __init__(self, first, second):
        self.first = first
        self.second = second
        self.order = asyncio.Lock()
        self.pending = collections.deque()     # of [number, due, tables, ...]
        self.queued = 0
        self.applied = 0
        self.hurry_to = 0
        self.changed = asyncio.Condition()
        self.worker = None

    async def write(self, request, headers, lag):
        """Applies a write to the first, and to the second in lag seconds.
        One at a time: the replica needs their order."""
        self.worker = self.worker or asyncio.ensure_future(self.replay())
        async with self.order:
            answer = await self.first.exchange(headers, request.raw)
            if answer.status == 200:
                due = time.monotonic() + lag
                if self.pending:
                    due = max(due, self.pending[-1][1])
                self.queued += 1
                async with self.changed:
                    self.pending.append((self.queued, due, request.tables(),
                                         headers, request.raw))
                    self.changed.notify_all()
        return answer

    async def replay(self):
        while True:
            async with self.changed:
                await self.changed.wait_for(lambda: self.pending)
                number, due, _, headers, body = self.pending[0]
                while number > self.hurry_to and due > time.monotonic():
                    try:
                        await asyncio.wait_for(self.changed.wait(),
                                               due - time.monotonic())
                    except asyncio.TimeoutError:
                        pass
            try:
                answer = await self.second.exchange(headers, body)
                if answer.status != 200:
                    print("the replica refused what the first accepted:",
                          headers["X-Amz-Target"], answer.body[:500],
                          file=sys.stderr, flush=True)
            except (OSError, EOFError) as error:
                print("the replica doesn't answer:", error, file=sys.stderr,
                      flush=True)
            async with self.changed:
                self.pending.popleft()
                self.applied = number
                self.changed.notify_all()

    async def caught_up(self, tables=None, hurry=False):
        """Waits until what was written to these tables (all, if None) before
        this call is in the replica.  hurry: at once, whatever the lag."""
        last = max((p[0] for p in self.pending
                    if tables is None or p[2] & tables), default=0)
        if last == 0:
            return
        async with self.changed:
            if hurry:
                self.hurry_to = max(self.hurry_to, last)
                self.changed.notify_all()
            await self.changed.wait_for(lambda: self.applied >= last)

    async def indexes_built(self, tables):
        """Waits until the replica has built the indexes of these tables.  One
        that the first has is ACTIVE to a client, and an emulator that is still
        at its own answers what is asked of it with 500."""
        for name in tables:
            for _ in range(600):
                found = table.indexes(await table.describe(self.second, name))
                if all(index.get("IndexStatus", "ACTIVE") == "ACTIVE"
                       for index in found):
                    break
                await asyncio.sleep(0.05)
            else:
                print("the replica's index isn't built:", name,
                      file=sys.stderr, flush=True)
