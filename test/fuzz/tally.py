"""tally.py
What became of the queries: which operations, and which conditions went to
DynamoDB exactly, as a superset, or not at all.  EXPLAIN says it.
"""

import collections
import json

import expressions
import libpq


def plan_nodes(plan):
    yield plan
    for inner in plan.get("Plans", ()):
        yield from plan_nodes(inner)


def foreign_scans(link, query):
    """The plan's parts that are ours."""
    answer = link.run("EXPLAIN (VERBOSE, FORMAT JSON) " + query)
    plan = json.loads(answer.rows[0][0])[0]["Plan"]
    return [node for node in plan_nodes(plan) if "DynamoDB Operation" in node]


def grade(node):
    if "Key Condition" not in node and "Remote Filter" not in node:
        return "local"
    return "superset" if "Filter" in node else "exact"


class Tally:
    def __init__(self):
        self.queries = 0
        self.with_rows = 0
        self.failed = 0
        self.unlike = 0
        self.writes = collections.defaultdict(collections.Counter)
        self.operations = collections.Counter()
        self.grades = collections.defaultdict(collections.Counter)

    def count(self, rows):
        self.queries += 1
        self.with_rows += bool(rows)
        self.failed += rows is None

    def count_write(self, kind, rows):
        self.writes[kind].update(
            statements=1, with_rows=bool(rows), failed=rows is None)

    def explain(self, link, query):
        """Counts the query's operations, and asks of each condition what
        becomes of it when it stands alone."""
        try:
            text = query.select(expressions.show_literally)
            for node in foreign_scans(link, text):
                self.operations[node["DynamoDB Operation"]] += 1
            source = query.sources[0].parts[0]
            if len(query.sources) > 1 or source.startswith("plain."):
                return
            for condition in query.where:
                for part in {id(part): part for part in
                             [condition] + condition.leaves()}.values():
                    self.explain_condition(link, source, part)
        except libpq.Failure:
            self.unlike += 1

    def explain_condition(self, link, source, condition):
        for node in foreign_scans(link, "SELECT * FROM %s WHERE %s" % (
                source, condition.sql(expressions.show_literally))):
            self.grades[condition.rule][grade(node)] += 1

    def report(self):
        yield "%d queries, %d of them with rows, %d with the same error" % (
            self.queries, self.with_rows, self.failed)
        for kind, counts in sorted(self.writes.items()):
            yield "%d %s, %d of them with rows, %d with the same error" % (
                counts["statements"], kind, counts["with_rows"],
                counts["failed"])
        for operation, number in self.operations.most_common():
            yield "%8d  %s" % (number, operation)
        yield "   exact superset   local  condition"
        for rule, counts in sorted(self.grades.items()):
            yield "%8d %8d %7d  %s" % (counts["exact"], counts["superset"],
                                       counts["local"], rule)
