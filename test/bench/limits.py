"""limits.py
What a scan may take, whatever others do: memory for a million items, units a
second.  Each yields lines for the reader.
"""

import time

from contender import Backend, libpq

MILLION = 1000000
IN_FLIGHT = 16
CAPACITY, SECONDS = 50, 20

# At latency 0 no more than a few pages are ever in flight.
LATENCY = 20


def million(bench):
    bench.replay.fill("million", MILLION)
    bench.replay.set_latency(LATENCY)
    table = bench.foreign_table("million", ", concurrency '%d'" % IN_FLIGHT)
    fetches = ["FETCH 1 FROM c", "MOVE 300000 FROM c",
               "SELECT pg_sleep(1)", "MOVE ALL FROM c"]
    cursor = ["BEGIN", "DECLARE c CURSOR FOR SELECT * FROM dynamodb.million",
              *fetches, "COMMIT"]
    whole = "SELECT count(m)%s FROM dynamodb.million AS m"
    pauses = [whole % (", count(CASE WHEN a1 %% %d = 0 "
                       "THEN pg_sleep(0.2)::text END)" % (MILLION // 10))]
    for how, work in (
            ("all at once", [whole % ""]),
            ("with pauses", pauses), ("by a cursor", cursor)):
        backend = Backend(bench.options.connection, [])
        backend.do([table])
        backend.begin()
        bench.replay.reset()
        run = backend.run(work)
        backend.do(["DROP FOREIGN TABLE dynamodb.million"])
        backend.close()
        yield "%d items, %d in flight, %s: %.1f MB, %.1f s" % (
            MILLION, IN_FLIGHT, how, run.grown / 1024, run.wall)
    bench.replay.set_latency(0)


def paced(bench):
    link = Backend(bench.options.connection, []).link
    link.run(bench.foreign_table("wide", ", read_capacity '%d'" % CAPACITY,
                                 "paced"))
    link.run("SET statement_timeout = '%ds'" % SECONDS)
    bench.replay.reset()
    began = time.monotonic()
    try:
        link.run("SELECT count(*) FROM dynamodb.paced")
    except libpq.Failure as failure:
        if failure.state != "57014":
            raise
    took = time.monotonic() - began
    link.close()
    yield "read_capacity %d: %.1f units in %.1f s" % (
        CAPACITY, bench.replay.counts()[1], took)


LIMITS = {"million": million, "paced": paced}
