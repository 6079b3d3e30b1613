#!/usr/bin/env python3
"""The example programs, each with a capture that keeps what it sends: examples_test.py TAPLINE SEND THREADS EVENT_LOOP"""

import os
import subprocess
import sys
import tempfile

import frames  # noqa: F401 (knows where capturing is)
from capturing import Capture, frames_of


def kept_of(tapline, program, folder, *arguments):
    """What the program printed, and the payloads that were kept."""
    capture = Capture(tapline, folder, write=os.path.basename(program)).ready()
    try:
        output = subprocess.run([program, *(argument.format(capture.socket) for argument in arguments)], check=True,
                                stdout=subprocess.PIPE, text=True, timeout=60).stdout
    finally:
        status = capture.stop()
    assert status == 0, capture.log()
    return output, frames_of(os.path.join(folder, os.path.basename(program)))


def main():
    tapline, send, threads, event_loop = (os.path.abspath(path) for path in sys.argv[1:5])
    with tempfile.TemporaryDirectory(prefix="tapline-examples-") as folder:
        output, kept = kept_of(tapline, send, folder, "unix:{}")
        assert output == "submitted 10, sent 10\n", output
        assert len(kept) == 10
        output, kept = kept_of(tapline, threads, folder, "unix:{}")
        assert output.startswith("submitted 8000\naccepted 8000\n"), output
        by_lane = {}
        for frame in kept:
            number, lane = frame.split(b" of lane ")
            by_lane.setdefault(lane, []).append(number)
        assert len(by_lane) == 8
        assert all(numbers == [b"frame %d" % i for i in range(1000)] for numbers in by_lane.values())
        output, kept = kept_of(tapline, event_loop, folder, "{}")
        assert output == "1000 frames, all of them taken\n", output
        assert kept == [b"frame %d" % i for i in range(1000)]
        Capture.remove_queues(folder)


main()
