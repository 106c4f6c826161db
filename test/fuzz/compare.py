"""compare.py
One query on both kinds of tables, and whether the answers are the same.
"""

import collections

import libpq

FETCHES = [1, 2, 1, 5, 20, 100, 10000]


class Difference(Exception):
    pass


def run_cursor(link, begin, declare):
    link.run(begin)
    try:
        link.run(declare)
        rows = []
        for size in FETCHES:
            some = link.run("FETCH %d FROM c" % size).rows
            rows += some
            if len(some) < size:
                break
        link.run("CLOSE c")
        return rows
    finally:
        if not link.is_broken():
            link.run("ROLLBACK")


def run(link, query, limited=True):
    """A list with the rows, or the Failure, of each execution."""
    answers = []
    if query.settings:
        link.run("; ".join("SET %s = '%s'" % pair
                           for pair in query.settings.items()))
    try:
        for commands in query.statements(limited):
            try:
                if query.way == "cursor" and limited:
                    answers.append(run_cursor(link, *commands))
                    continue
                for command in commands:
                    answer = link.run(command)
                answers.append(answer.rows)
            except libpq.Failure as failure:
                answers.append(failure)
                if link.is_broken() or commands[0].startswith("PREPARE"):
                    break
    finally:
        if not link.is_broken():
            if query.way == "prepared":
                link.run("DEALLOCATE ALL")
            if query.settings:
                link.run("; ".join("SET %s = DEFAULT" % name
                                   for name in query.settings)
                         + "; SET timezone = 'UTC'")
    return answers


def keys_of(rows, numbers):
    return [tuple(row[number] for number in numbers) for row in rows]


def show(rows):
    text = "\n".join("  " + repr(row)[:300] for row in rows[:10])
    return text + ("\n  ..." if len(rows) > 10 else "")


def compare_rows(query, got, expected, everything):
    """everything: the rows without LIMIT, where they matter, else None."""
    if len(got) != len(expected):
        too_many = collections.Counter(got) - collections.Counter(expected)
        missing = collections.Counter(expected) - collections.Counter(got)
        raise Difference("%d rows instead of %d;\n too many:\n%s\n missing:\n"
                         "%s" % (len(got), len(expected),
                                 show(list(too_many.elements())),
                                 show(list(missing.elements()))))
    if query.is_total() and query.order:
        if got != expected:
            raise Difference("other rows, or another order:\n%s\n"
                             "instead of\n%s" % (show(got), show(expected)))
        return
    if everything is None:
        if collections.Counter(got) != collections.Counter(expected):
            raise Difference("other rows:\n%s\ninstead of\n%s" % (show(
                list((collections.Counter(got)
                      - collections.Counter(expected)).elements())), show(
                list((collections.Counter(expected)
                      - collections.Counter(got)).elements()))))
    else:
        odd = collections.Counter(got) - collections.Counter(everything)
        if odd:
            raise Difference("rows that there are not:\n%s"
                             % show(list(odd.elements())))
    keys = query.sort_keys()
    if keys_of(got, keys) != keys_of(expected, keys):
        raise Difference("another order:\n%s\ninstead of\n%s" % (
            show(keys_of(got, keys)), show(keys_of(expected, keys))))


def compare(world, query):
    """Returns how many rows there were, or None for an error that both
    report; raises Difference."""
    expected = run(world.side("plain"), query)
    remote = world.side("remote")
    got = run(remote, query)
    if remote.is_broken():
        world.forget_sessions()
        raise Difference("the server went away")
    everything = None
    if query.is_limited() and not (query.is_total() and query.order):
        everything = run(world.side("plain"), query, limited=False)
    found = 0
    failed = False
    for number, right in enumerate(expected):
        is_error = isinstance(right, libpq.Failure)
        if number >= len(got):
            raise Difference("no answer to execution %d" % (number + 1))
        left = got[number]
        if isinstance(left, libpq.Failure):
            if not is_error or left.state != right.state:
                raise Difference("%s instead of %s" % (
                    left, right if is_error else "%d rows" % len(right)))
            failed = True
        elif is_error:
            raise Difference("%d rows instead of %s" % (len(left), right))
        else:
            every = everything[number] if everything else None
            if isinstance(every, libpq.Failure):
                every = right       # LIMIT hides it
            compare_rows(query, left, right, every)
            found += len(right)
    return None if failed else found
