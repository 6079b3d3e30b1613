#!/usr/bin/env python3
"""Every key of the JSON output is in the man page, and every key of the man page's tables is put by some record here.

    keys_test.py TAPLINE SOURCE_ROOT"""

import glob
import json
import os
import re
import subprocess
import sys
import tempfile

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
    """The words that the page's section about JSON marks as keys; and those of them that have an item of their own."""
    with open(os.path.join(ROOT, "man", "tapline-read.1"), encoding="utf-8") as page:
        section = page.read().split(".Ss json")[1].split(".Sh ")[0]
    marked = "\n".join(re.findall(r"^\.(?:It )?Cm (.*)", section, re.MULTILINE))
    items = "\n".join(re.findall(r"^\.It Cm (.*)", section, re.MULTILINE))
    return [set(re.findall(r"[a-z]+(?:_[a-z]+)*", text)) for text in (marked, items)]


def main():
    paths = sorted(glob.glob(os.path.join(ROOT, "tests", "data", "*.dnstap")))
    with tempfile.TemporaryDirectory() as folder:
        archive = os.path.join(folder, "archive")
        subprocess.run([TAPLINE, "generate", "--count", "100", "--archive", archive], stderr=subprocess.DEVNULL, check=True)
        output = subprocess.run([TAPLINE, "read", "--origin", "--format", "json", *paths, archive],
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout
    put = set()
    for line in output.decode("utf-8").splitlines():
        keys_of(json.loads(line), put)
    words, keys = documented()
    faults = [f"the man page does not know the key {key}" for key in sorted(put)
              if key not in words and re.sub("_hex$", "", key) not in words]
    faults += [f"no record here has the key {key}, which the man page lists" for key in sorted(keys - put)]
    if not keys or not put:
        faults.append("nothing was compared")
    print("\n".join(faults))
    sys.exit(1 if faults else 0)


main()
