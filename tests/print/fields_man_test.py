#!/usr/bin/env python3
"""The man page's list of fields is the table of the program: the same names, kinds and sentences in the same order.

    fields_man_test.py SOURCE_ROOT"""

import os
import re
import sys

FIELD = re.compile(r'^FIELD\(\w+, "([^"]+)", (\w+), (true|false), (?:NULL|"(?:[^"\\]|\\.)*"), "(.*)"\)$', re.MULTILINE)
ITEM = re.compile(r"^\.It Cm (\S+) Pq (\w+)(\+?)\n(.*)$", re.MULTILINE)


def text_of(root, *path):
    with open(os.path.join(root, *path), encoding="utf-8") as file:
        return file.read()


def main():
    table = text_of(sys.argv[1], "app", "record", "fields.def")
    fields = [(name, kind.lower(), many == "true", sentence) for name, kind, many, sentence in FIELD.findall(table)]
    section = text_of(sys.argv[1], "man", "tapline-read.1").split(".Sh FIELDS")[1].split(".El")[0]
    listed = [(name, kind, plus == "+", sentence) for name, kind, plus, sentence in ITEM.findall(section)]
    faults = [f"the man page does not have this: {field}" for field in fields if field not in listed]
    faults += [f"fields.def does not have this: {field}" for field in listed if field not in fields]
    if fields != listed and not faults:
        faults.append("the order is another")
    if len(fields) != len(re.findall(r"^FIELD\(", table, re.MULTILINE)) or not fields:
        faults.append("fields.def has lines that this test cannot read")
    print("\n".join(faults))
    sys.exit(1 if faults else 0)


main()
