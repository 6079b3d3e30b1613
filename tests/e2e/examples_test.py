#!/usr/bin/env python3
"""The example programs, each with a capture that keeps what it sends: examples_test.py TAPLINE SEND THREADS EVENT_LOOP"""

import os
import subprocess
import sys
import tempfile
import time

import frames  # noqa: F401 (knows where capturing is)
from capturing import Capture


def kept_of(tapline, program, folder, *arguments):
    """What the program printed, and of each message that was kept its identity and its number. All are good ones, and
    of the present."""
    path = os.path.join(folder, os.path.basename(program))
    capture = Capture(tapline, folder, write=os.path.basename(program)).ready()
    since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    try:
        output = subprocess.run([program, *(argument.format(capture.socket) for argument in arguments)], check=True,
                                stdout=subprocess.PIPE, text=True, timeout=60).stdout
    finally:
        status = capture.stop()
    assert status == 0, capture.log()
    rows = subprocess.run([tapline, "read", "--since", since, "--format", "csv", "--fields", "type,identity,extra", path],
                          capture_output=True, text=True, timeout=60)
    assert rows.returncode == 0 and not rows.stderr, rows.stderr
    kept = [line.split(",") for line in rows.stdout.splitlines()[1:]]
    assert all(row[0] == "TOOL_QUERY" for row in kept), rows.stdout[:1000]
    return output, [row[1:] for row in kept]


def main():
    tapline, send, threads, event_loop = (os.path.abspath(path) for path in sys.argv[1:5])
    numbers = [str(number) for number in range(1000)]
    with tempfile.TemporaryDirectory(prefix="tapline-examples-") as folder:
        output, kept = kept_of(tapline, send, folder, "unix:{}")
        assert output == "submitted 10, sent 10\n", output
        assert len(kept) == 10
        output, kept = kept_of(tapline, threads, folder, "unix:{}")
        assert output.startswith("submitted 8000\naccepted 8000\n"), output
        by_lane = {}
        for lane, number in kept:
            by_lane.setdefault(lane, []).append(number)
        assert len(by_lane) == 8
        assert all(found == numbers for found in by_lane.values())
        output, kept = kept_of(tapline, event_loop, folder, "{}")
        assert output == "1000 frames, all of them taken\n", output
        assert kept == [["", number] for number in numbers]
        Capture.remove_queues(folder)


main()
