#!/usr/bin/env python3
"""bench.py --connection SETTINGS --endpoint URL --files FOLDER ...
Measures foreign tables beside boto3 and file_fdw: see test/README.md.

Every case is run by each contender in turn, once to warm up and then RUNS
times at each latency, and the medians are shown.  Requests and units are what
the endpoint, which is replay.py, has counted.
"""

import argparse
import json
import os
import urllib.request

import cases
import chart
import limits
import report
from contender import Backend, ByHand

SERVER = """
CREATE EXTENSION dynamodb_fdw;
CREATE EXTENSION file_fdw;
CREATE SERVER replay FOREIGN DATA WRAPPER dynamodb_fdw
  OPTIONS (region 'eu-west-1', endpoint '{endpoint}', concurrency '{flight}');
CREATE USER MAPPING FOR PUBLIC SERVER replay
  OPTIONS (aws_access_key_id 'local', aws_secret_access_key 'local');
CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
CREATE SCHEMA dynamodb;
CREATE SCHEMA file;
CREATE SCHEMA local;
"""

FLIGHT = 8      # requests in flight, for boto3 too


class Replay:
    def __init__(self, url):
        self.url = url

    def control(self, method, what, settings=None):
        request = urllib.request.Request(
            "%s/bench/%s" % (self.url, what), method=method,
            data=None if settings is None else json.dumps(settings).encode())
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def fill(self, table, items):
        attributes, size = cases.TABLES[table]
        self.control("POST", "tables", {"name": table, "items": items,
                                        "attributes": attributes,
                                        "bytes": size})

    def set_latency(self, ms):
        self.control("POST", "latency", {"ms": ms})

    def reset(self):
        self.control("POST", "counts", {})

    def counts(self):
        counts = self.control("GET", "counts")
        return (sum(counts["requests"].values()),
                sum(counts["units"].values()))


class Bench:
    def __init__(self, options):
        self.options = options
        self.replay = Replay(options.endpoint)

    @staticmethod
    def foreign_table(table, options="", name=None):
        return ("CREATE FOREIGN TABLE dynamodb.%s (%s) SERVER replay "
                "OPTIONS (table_name '%s'%s)"
                % (name or table, cases.columns(table), table, options))

    def make(self):
        """Tables, here and there."""
        items = self.options.items
        link = Backend(self.options.connection, []).link
        link.run(SERVER.format(endpoint=self.options.endpoint, flight=FLIGHT))
        for table in (*cases.READ, "changed", "filled"):
            self.replay.fill(table, cases.size(table, items))
            link.run(self.foreign_table(table))
        link.run(self.foreign_table("filled", ", insert_mode 'replace'",
                                    "replaced"))
        for table in cases.READ:
            name = os.path.join(self.options.files, table + ".csv")
            link.run("COPY (SELECT * FROM dynamodb.%s) TO '%s' (FORMAT csv)"
                     % (table, name))
            link.run("CREATE FOREIGN TABLE file.%s (%s) SERVER files "
                     "OPTIONS (filename '%s', format 'csv')"
                     % (table, cases.columns(table), name))
        link.run("CREATE TABLE local.wanted (pk text COLLATE \"C\", "
                 "sk integer)")
        link.copy("COPY local.wanted FROM STDIN", "".join(
            "%s\t%d\n" % key for key in cases.keys(items, cases.JOINED)))
        link.run("CREATE TABLE local.rows (%s)" % cases.columns("filled"))
        link.run("INSERT INTO local.rows SELECT * FROM file.wide LIMIT %d"
                 % cases.INSERTED)
        link.run("VACUUM ANALYZE local.wanted")
        link.run("VACUUM ANALYZE local.rows")
        link.close()

    def start(self, entry):
        if entry.who == "boto3":
            return ByHand(self.options.endpoint)
        return Backend(self.options.connection, entry.setup)

    def once(self, case, entry, contender):
        if case.fill:
            self.replay.fill(case.fill, 0)
        self.replay.reset()
        run = contender.run(entry.work)
        requests, units = self.replay.counts()
        return run, requests, units

    def measure(self, case):
        """What report.py shows: by contender."""
        contenders = [(entry, self.start(entry)) for entry in case.entries]
        measured = {entry.who: report.Measured() for entry in case.entries}
        answers = set()
        turns = [latency for latency in self.options.latency
                 for _ in range(self.options.runs)]
        for number, latency in enumerate([turns[0], *turns]):
            self.replay.set_latency(latency)
            for entry, contender in contenders:
                if entry.who == "file_fdw" and latency > 0:
                    continue
                run, requests, units = self.once(case, entry, contender)
                answers.add(run.answer)
                if number > 0:      # the first one warms up
                    measured[entry.who].add(latency, run, requests, units)
        self.replay.set_latency(0)
        for _, contender in contenders:
            contender.close()
        if len(answers) > 1:
            raise SystemExit("%s: the answers differ: %s"
                             % (case.title, answers))
        return measured


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--connection", required=True)
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--files", required=True)
    parser.add_argument("--items", type=int, default=200000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--latency", type=int, nargs="+",
                        default=[0, 5, 20, 100])
    parser.add_argument("--only", nargs="+")
    parser.add_argument("--chart")
    options = parser.parse_args()

    bench = Bench(options)
    bench.make()
    results = []
    for case in cases.all_cases(options.items):
        if options.only and case.name not in options.only:
            continue
        results.append((case, bench.measure(case)))
        print(report.text(case, results[-1][1], options.latency, FLIGHT),
              flush=True)
    for name, limit in limits.LIMITS.items():
        if not options.only or name in options.only:
            for line in limit(bench):
                print(line, flush=True)
    if options.chart:
        with open(options.chart, "w", encoding="utf-8") as file:
            file.write(chart.draw(results))


main()
