#!/usr/bin/env python3
"""Every key of the JSON output is in the man page, and every key of the man page's tables is put by some record here.

    keys_test.py TAPLINE SOURCE_ROOT"""

import glob
import json
import os
import re
import subprocess
import sys

TAPLINE, ROOT = sys.argv[1:3]


def keys_of(value, into):
    if isinstance(value, dict):
        into.update(value)
        value = list(value.values())
    if isinstance(value, list):
        for member in value:
            keys_of(member, into)
    return into


def documented():
    with open(os.path.join(ROOT, "man", "tapline-read.1"), encoding="utf-8") as page:
        section = page.read().split(".Ss json")[1].split(".Sh ")[0]
    words = set()
    for line in section.splitlines():
        if re.search(r"(^\.|Ta .*)Cm ", line) or line.startswith(".It Cm "):
            words.update(re.findall(r"\b[a-z]+(?:_[a-z]+)*\b", line.split(" Ta ")[0]))
            words.update(re.findall(r"\b[a-z]+(?:_[a-z]+)*\b", " ".join(line.split(" Ta ")[1:]).partition("Cm ")[2]))
    return words


def main():
    paths = sorted(glob.glob(os.path.join(ROOT, "tests", "data", "*.dnstap")))
    output = subprocess.run([TAPLINE, "read", "--origin", "--format", "json", *paths], stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, check=False).stdout
    put = set()
    for line in output.decode("utf-8").splitlines():
        keys_of(json.loads(line), put)
    words = documented()
    faults = [f"the man page does not know the key {key}" for key in sorted(put)
              if key not in words and re.sub("_hex$", "", key) not in words]
    with open(os.path.join(ROOT, "man", "tapline-read.1"), encoding="utf-8") as page:
        tables = re.findall(r"^\.It Cm (.*?) Ta", page.read(), re.MULTILINE)
    keys = {key for table in tables for key in re.findall(r"[a-z]+(?:_[a-z]+)*", table)}
    faults += [f"no record here has the key {key}, which the man page lists" for key in sorted(keys - put)]
    if not keys or not put:
        faults.append("nothing was compared")
    print("\n".join(faults))
    sys.exit(1 if faults else 0)


main()
