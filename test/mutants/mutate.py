#!/usr/bin/env python3
"""mutate.py FOLDER [NUMBER]
Breaks a rule of the source in FOLDER: see rules.py.  Prints its file and its
name.  Without a number: how many there are, once each has been seen to have
its place.
"""

import os
import re
import sys

import rules


def find(text, wanted):
    """Where the wanted text stands, white space aside: (start, end)."""
    pattern = r"\s+".join(map(re.escape, wanted.split()))
    # comments may stand where white space may
    pattern = pattern.replace(r"\s+", r"(?:\s|/\*.*?\*/)+")
    return [match.span() for match in re.finditer(pattern, text, re.DOTALL)]


def mutate(folder, number, write):
    name, file, wanted, instead = rules.ALL[number]
    path = os.path.join(folder, "src", file)
    with open(path, encoding="utf-8") as source:
        text = source.read()
    places = find(text, wanted)
    if len(places) != 1:
        sys.exit("%s: \"%s\" stands there %d times" % (file, wanted,
                                                     len(places)))
    if write:
        (start, end), = places
        with open(path, "w", encoding="utf-8") as source:
            source.write(text[:start] + instead + text[end:])
    return file, name


def main():
    folder = sys.argv[1]
    if len(sys.argv) > 2:
        print("%s\t%s" % mutate(folder, int(sys.argv[2]), True))
        return
    for number in range(len(rules.ALL)):
        mutate(folder, number, False)
    print(len(rules.ALL))


main()
