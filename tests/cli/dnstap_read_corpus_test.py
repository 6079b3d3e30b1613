#!/usr/bin/env python3
"""The corpus beside the source, if there is one: what `dnstap-read` prints of each capture is what the releases of BIND
printed of it, in every mode.

    dnstap_read_corpus_test.py TAPLINE SOURCE_ROOT"""

import glob
import os
import subprocess
import sys

TAPLINE, ROOT = sys.argv[1:3]
CORPUS = os.path.join(ROOT, "..", "shared", "corpus")
MODES = {"default": [], "p": ["-p"], "x": ["-x"], "y": ["-y"]}
MODES_9_20 = MODES | {"t": ["-t"], "ty": ["-t", "-y"]}
# BIND 9.18 ended in these before it had written all that it printed, printed a frame twice, or bytes that are not in the frame.
CRASHES = {"message-missing", "time-nsec-1e9"}
DOUBLES = {"s-len-ffffffff"}
GARBAGE = {("addr-len-0", "y"), ("addr-len-3", "y"), ("addr-len-15", "y")}
faults, compared = [], 0


def compare(path, release, mode, expected):
    """Where that output was kept."""
    global compared
    if not os.path.exists(expected):
        return
    with open(expected, "rb") as file:
        text = file.read()
    done = subprocess.run([TAPLINE, "dnstap-read", *mode, path], capture_output=True, timeout=60, check=False,
                          env=dict(os.environ, TZ="UTC", TAPLINE_DNSTAP_READ=release))
    compared += 1
    if done.returncode:
        faults.append(f"{path} {mode} {release}: exit status {done.returncode}: {done.stderr.decode(errors='replace')}")
    if done.stdout != text:
        pairs = zip(text.splitlines() + [None], done.stdout.splitlines() + [None])
        number, pair = next(((number, pair) for number, pair in enumerate(pairs, 1) if pair[0] != pair[1]), (0, None))
        faults.append(f"{path} {mode} {release}: line {number}: {pair}")


def main():
    if not os.path.isdir(CORPUS):
        print("skipped: there is no corpus beside the source")
        sys.exit(77)
    for path in sorted(glob.glob(os.path.join(CORPUS, "captures", "*.dnstap"))):
        name = os.path.basename(path).removesuffix(".dnstap")
        for release, modes in (("9.18", MODES), ("9.20", MODES_9_20)):
            for word, mode in modes.items():
                compare(path, release, mode, os.path.join(CORPUS, "expected", "bind-" + release, f"{name}.{word}.txt"))
    for path in sorted(glob.glob(os.path.join(CORPUS, "edge", "*.dnstap"))):
        name = os.path.basename(path).removesuffix(".dnstap")
        for word, mode in MODES.items():
            expected = os.path.join(CORPUS, "edge", "bind-9.18", f"{name}.{word}.txt")
            if name not in CRASHES | DOUBLES and (name, word) not in GARBAGE:
                compare(path, "9.18", mode, expected)
    for fault in faults:
        print(fault)
    print(f"{compared} outputs compared, {len(faults)} faults")
    sys.exit(1 if faults or not compared else 0)


main()
