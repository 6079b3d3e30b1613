#!/usr/bin/env python3
"""The dns room against BIND's dnstap-read: usage oracle_test.py ORACLE-PROGRAM FOLDER-OF-CORPUS

The records in every capture, as we print them, must be those that dnstap-read -p printed: as a set for each file, since
BIND groups records by name and type and drops the repeats of some; and every record of the collected examples must be
among them. Skipped where the corpus is not.
"""
import pathlib
import re
import subprocess
import sys

ORACLE, CORPUS = sys.argv[1], pathlib.Path(sys.argv[2])
EXPECTED = CORPUS / "expected/bind-9.18"
WORD = 56  # BIND breaks hex and base64 after so many characters
RECORD = re.compile(r"([^;\s]\S*)[ \t]+(\d+)[ \t]+(\S+)[ \t]+([A-Z]\S*)(?:[ \t](.*))?$")


def joined(rdata):
    """The rdata without the spaces that BIND puts into long hex and base64."""
    if '"' in rdata:
        return rdata
    words = rdata.split(" ")
    text = words[0]
    run = len(words[0])
    for word in words[1:]:
        breaks = run and run % WORD == 0 and re.fullmatch(r"[A-Za-z0-9+/=]+", word)
        text += word if breaks else " " + word
        run = run + len(word) if breaks else len(word)
    return text


def records_of(lines):
    """(owner, class, type, rdata) of the lines that are records."""
    found = set()
    for line in lines:
        match = RECORD.match(line)
        if match:
            owner, _, rclass, rtype, rdata = match.groups()
            found.add((owner.lower(), rclass, rtype, joined((rdata or "").lstrip("\t"))))
    return found


def ours(capture):
    run = subprocess.run([ORACLE, capture], capture_output=True, check=True, text=True)
    found = set()
    for line in run.stdout.splitlines():
        owner, rclass, rtype, rdata = line.split("\t", 3)
        found.add((owner.lower(), rclass, rtype, rdata))
    return found


def differences(what, left, right):
    for record in sorted(left - right)[:20]:
        print(what, *record, sep="\t")
    return len(left - right)


def main():
    if not CORPUS.is_dir():
        print("no corpus there:", CORPUS)
        return 77
    wrong, everything = 0, set()
    for expected in sorted(EXPECTED.glob("*.p.txt")):
        name = expected.name[: -len(".p.txt")]
        printed, bind = ours(CORPUS / "captures" / (name + ".dnstap")), records_of(expected.read_text().splitlines())
        wrong += differences(name + ": only BIND", bind, printed)
        wrong += differences(name + ": only tapline", printed, bind)
        everything |= printed
        print(name, len(bind), "records")
    examples = records_of((CORPUS / "expected/rdata-by-example.bind-9.18.txt").read_text().splitlines())
    wrong += differences("missing", examples, everything)
    print(len(examples), "examples", wrong, "wrong")
    return 1 if wrong or len(examples) < 200 else 0


sys.exit(main())
