#!/usr/bin/env python3
"""What was made up, read by BIND's dnstap-read: it prints what `tapline read` prints, message for message, and finds no fault
when it parses the DNS messages.

    dnstap_read_test.py TAPLINE"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

MESSAGES = 60000
OPTIONS = ["--count", str(MESSAGES), "--rate", "2000", "--start", "2026-11-23T10:00:00Z", "--seed", "5", "--plant", "all",
           "--identity", "ns1", "--identity", "ns2"]
NEWER_PROTOCOL = re.compile(r" (?:DOT|DOH) (\d+b )")  # BIND 9.18 prints UDP


def output_of(*command):
    done = subprocess.run(command, capture_output=True, env=dict(os.environ, TZ="UTC"), check=False)
    if done.returncode or done.stderr:
        sys.exit(f"{' '.join(command)}: {done.returncode}, {done.stderr.decode()}")
    return done.stdout.decode()


def main():
    tapline = os.path.abspath(sys.argv[1])
    if not shutil.which("dnstap-read"):
        print("skipped: dnstap-read is not here")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "made-up.fstrm")
        subprocess.run([tapline, "generate", "--write", path, *OPTIONS], check=True, stderr=subprocess.DEVNULL)
        lines = output_of("dnstap-read", path).splitlines()
        if len(lines) != MESSAGES:
            sys.exit(f"dnstap-read reads {len(lines)} messages of {MESSAGES}")
        ours = output_of(tapline, "read", path).splitlines()
        for number, (line, our) in enumerate(zip(lines, ours)):
            if NEWER_PROTOCOL.sub(r" UDP \1", line) != NEWER_PROTOCOL.sub(r" UDP \1", our):
                sys.exit(f"message {number}: dnstap-read prints {line}, tapline read {our}")
        # A message that it cannot parse has a line of question marks, and nothing below it.
        if any(line.endswith("?/?/?") for line in lines):
            sys.exit("dnstap-read cannot parse a message")
        headers = output_of("dnstap-read", "-p", path).count(";; ->>HEADER<<-")
        if headers != MESSAGES:
            sys.exit(f"dnstap-read -p prints {headers} messages of {MESSAGES}")


main()
