#!/usr/bin/env python3
"""fuzz.py --endpoint URL [--seeds 1-6] [--queries 40] [--only N] ...
Random queries, on foreign tables and on ordinary ones with the same rows.

A seed makes the tables, and with a query's number the query: --seeds 7
--only 12 runs one again.  A difference is printed with all that is needed to
see it, made small, and written as a script for psql.
"""

import argparse
import os
import random
import sys
import time

import compare
import minimise
import queries
import tables
import writes
from dynamodb import DynamoDB
from tally import Tally
from world import World

TABLES = 3
TOKENS = 3      # every so many seeds of writes, they take tokens


class Fuzz:
    def __init__(self, options, world):
        self.options = options
        self.world = world
        self.tally = Tally()
        self.differences = 0

    def seed(self, seed):
        """All queries of a seed."""
        if self.options.progress:
            print("seed %d, after %d queries" % (seed, self.tally.queries),
                  flush=True)
        rng = random.Random("tables %d" % seed)
        maker = writes.TargetMaker(rng, self.world) if self.options.writes \
            else tables.Maker(rng, self.world.has_icu)
        made = [maker.table("t%d" % number, "fuzz_%d_t%d" % (seed, number))
                for number in range(TABLES)]
        for table in made:
            table.options.update(self.options.option)
        self.load(made)
        try:
            for number in self.numbers():
                rng = random.Random("query %d %d" % (seed, number))
                # after some statements, whether all is still found
                what = writes.Maker(rng, made).write() \
                    if self.options.writes and number % 4 \
                    else queries.Maker(rng, made).query()
                if not self.one(made, what, seed, number):
                    if self.is_enough():
                        break
                    self.load(made)
        finally:
            for table in made:
                self.world.unload(table)

    def is_enough(self):
        return self.differences >= self.options.most

    def numbers(self):
        if self.options.only is not None:
            return [self.options.only]
        return range(1, self.options.queries + 1)

    def load(self, made):
        """Anew: they may be there, or have been made smaller."""
        for table in made:
            self.world.unload(table)
            self.world.load(table)

    def text(self, what):
        if isinstance(what, writes.Write):
            return ";\n".join(what.commands("remote"))
        return ";\n".join(sum(what.statements(), []))

    def one(self, made, query, seed, number):
        if self.options.show:
            print("-- seed %d, query %d\n%s" % (seed, number,
                                               self.text(query)))
        before = [(table, table.items) for table in made]
        try:
            if isinstance(query, writes.Write):
                self.tally.count_write(query.kind, writes.compare_write(
                    self.world, query))
                return True
            self.tally.count(compare.compare(self.world, query))
            if self.options.explain:
                self.tally.explain(self.world.side("remote"), query)
            return True
        except compare.Difference as difference:
            self.differences += 1
            title = "seed %d, query %d" % (seed, number)
            print("\nDIFFERENCE: %s\n%s\n%s" % (title, self.text(query),
                                                 difference), flush=True)
            if self.options.cases is not None:
                for table, items in before:
                    if table.is_target:
                        self.world.restore(table, items)
                self.write_case(made, query, seed, number, title)
            return False

    def write_case(self, made, query, seed, number, title):
        small, script = minimise.minimise(self.world, made, query, title)
        path = os.path.join(self.options.cases,
                            "seed_%d_query_%d.sql" % (seed, number))
        with open(path, "w", encoding="utf-8") as file:
            file.write(script)
        print("made small, in %s:\n%s\n%s" % (path, script, small),
              flush=True)


def seed_numbers(text):
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def option(text):
    name, _, value = text.partition("=")
    return name, value


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--connection", default="",
                        help="libpq's words for the server")
    parser.add_argument("--endpoint", help="a DynamoDB", required=True)
    parser.add_argument("--service", help="the bench before it")
    parser.add_argument("--unkind", type=int, default=2, metavar="N",
                        help="every Nth seed is read through the bench with"
                        " all its rules on; 0: none")
    parser.add_argument("--seeds", type=seed_numbers, default=range(1, 2))
    parser.add_argument("--queries", type=int, default=50, help="of a seed")
    parser.add_argument("--writes", action="store_true",
                        help="change the tables, too")
    parser.add_argument("--option", type=option, nargs="+", default=[],
                        metavar="NAME=VALUE", help="of every foreign table")
    parser.add_argument("--only", type=int, help="one query's number")
    parser.add_argument("--most", type=int, default=5,
                        help="stop after so many differences")
    parser.add_argument("--minutes", type=float, help="stop after that")
    parser.add_argument("--cases", help="the folder for scripts")
    parser.add_argument("--show", action="store_true",
                        help="print every query before it runs")
    parser.add_argument("--progress", action="store_true",
                        help="say which seed's turn it is")
    parser.add_argument("--no-explain", dest="explain", action="store_false")
    return parser.parse_args()


def main():
    options = arguments()
    load_url = options.endpoint
    unkind_url = None
    if options.service and options.unkind:
        # a door of its own, so that the tables come to be without trouble
        bench = DynamoDB(options.service)
        load_url = bench.open_door()
        unkind_url = bench.open_door(all=True, keys={"local": "local"},
                                     patience=2)
    world = World(options.connection, load_url)
    fuzz = Fuzz(options, world)
    began = time.monotonic()
    for seed in options.seeds:
        world.ask(unkind_url if unkind_url and seed % options.unkind == 0
                  else options.endpoint,
                  tokens=options.writes and seed % TOKENS == 0)
        fuzz.seed(seed)
        if fuzz.is_enough() or options.minutes and \
                time.monotonic() - began > 60 * options.minutes:
            break
    print("\n".join(fuzz.tally.report()))
    print("%d differences, %.0f s" % (fuzz.differences,
                                      time.monotonic() - began))
    if unkind_url:
        print("the bench's rules struck: %s" % ", ".join(
            "%s %d" % pair for pair in sorted(
                DynamoDB(unkind_url).struck()["rules"].items())))
    return 1 if fuzz.differences else 0


sys.exit(main())
