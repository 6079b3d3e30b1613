#!/usr/bin/env python3
"""Runs command-line tests: commands and exactly what they write, to both outputs, and their exit statuses.

    run.py [--update] [--with PROGRAM]... TAPLINE DATA FILE.test...

A test file is a list of commands, each followed by what it must do:

    # a comment, or an empty line
    $ tapline read data/no-such-file
    > a line of standard output
    ! a line of standard error
    ? 1

`$` lines that follow each other are one script for bash. Without `?` the status must be 0. A last line without a line
feed is written as `>~` or `!~`. Bytes that are no printable ASCII are written as Python writes them (\\x1b, \\\\).

The commands of a file share a fresh folder, in which `data` is DATA; `tapline` is TAPLINE, each PROGRAM is there under its own
name, time is UTC, the locale is C.
With --update the files are rewritten with what the commands did: look at the difference before you commit it."""

import argparse
import difflib
import os
import re
import subprocess
import sys
import tempfile

SECONDS = 60  # more than any command needs, even under a sanitizer on a busy machine

# What a capture of this user has left that was killed anywhere on the machine: no test's business.
ELSEWHERE = re.compile(rb"^tapline capture: a capture with another output did not end by itself, .*\n", re.MULTILINE)


def written(mark, output):
    lines = []
    for line in output.split(b"\n"):
        lines.append(mark + " " + line.decode("latin-1").encode("unicode_escape").decode("ascii"))
    if lines[-1] == mark + " ":
        lines.pop()
    else:
        lines[-1] = mark + "~" + lines[-1][1:]
    return [line.rstrip() if len(line) == 2 else line for line in lines]


def parse(path):
    """Blocks of (comment lines, script lines, expectation lines)."""
    blocks = []
    comments, script, expected = [], [], []
    with open(path, encoding="utf-8") as file:
        for line in file.read().splitlines():
            if line.startswith("$ "):
                if expected:
                    blocks.append((comments, script, expected))
                    comments, script, expected = [], [], []
                script.append(line[2:])
            elif line[:1] in (">", "!", "?") and script:
                expected.append(line)
            elif line.startswith("#") or not line:
                if script:
                    blocks.append((comments, script, expected))
                    comments, script, expected = [], [], []
                comments.append(line)
            else:
                sys.exit(f"{path}: what is \"{line}\"?")
    blocks.append((comments, script, expected))
    return blocks


def outcome(script, folder, environment):
    try:
        done = subprocess.run(["bash", "-c", "\n".join(script)], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return [f"(did not end within {SECONDS} seconds)"]
    lines = written(">", done.stdout) + written("!", ELSEWHERE.sub(b"", done.stderr))
    if done.returncode:
        lines.append(f"? {done.returncode}")
    return lines


def run_file(path, environment, data, update):
    failures = 0
    rewritten = []
    with tempfile.TemporaryDirectory() as folder:
        os.symlink(data, os.path.join(folder, "data"))
        for comments, script, expected in parse(path):
            found = outcome(script, folder, environment) if script else []
            rewritten += comments + ["$ " + line for line in script] + found
            if found != expected and not update:
                failures += 1
                print(f"{path}: $ " + "\n  ".join(script))
                print("\n".join(difflib.unified_diff(expected, found, "expected", "found", lineterm="")))
    if update:
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(rewritten) + "\n")
    return failures


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--update", action="store_true")
    arguments.add_argument("--with", action="append", default=[], dest="programs")
    arguments.add_argument("tapline")
    arguments.add_argument("data")
    arguments.add_argument("paths", nargs="+")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as programs:
        os.symlink(os.path.abspath(given.tapline), os.path.join(programs, "tapline"))
        for program in given.programs:
            os.symlink(os.path.abspath(program), os.path.join(programs, os.path.basename(program)))
        environment = dict(os.environ, PATH=programs + ":" + os.environ["PATH"], TZ="UTC", LC_ALL="C")
        failures = sum(run_file(path, environment, os.path.abspath(given.data), given.update) for path in given.paths)
    sys.exit(1 if failures else 0)


main()
