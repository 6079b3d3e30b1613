#!/usr/bin/env python3
"""BIND with our libfstrm, and a capture that is absent at its start, stopped, killed and started again while BIND sends
under load: libfstrm_restart_test.py TAPLINE FOLDER-OF-LIBFSTRM

The questions are numbered. Every one, and every answer, is in the files; BIND dropped nothing, what it sent is what the
library's own statistics say, and no more frames are there twice than those say may be. With the library that BIND has
otherwise a hole opens each time (live_capture_stop_test.py)."""

import glob
import os
import sys

from frames import read
from live_capture_stop_test import RATE, await_load, missing, place, start_load
from servers import Named
from traffic import Traffic

COUNT = 6 * RATE  # questions: six seconds of them
OPTIONS = "fstrm-set-reopen-interval 1s;"


def statistics(path):
    """The lines "name value" as numbers, where they are."""
    with open(path) as file:
        words = [line.rstrip("\n").split(" ", 1) for line in file]
    return {name: int(value) for name, value in words if value.isdigit()}


def trouble(traffic, bind):
    """What befalls the capture while the load runs. Each phase lasts until BIND has sent some hundred frames more."""
    def more():
        sent = bind.dnstap_counts()[0]
        traffic.await_true(lambda: bind.dnstap_counts()[0] >= sent + RATE, lambda: f"BIND sent {bind.dnstap_counts()}")

    more()
    traffic.start_capture(["bind"])
    more()
    traffic.capture.kill()
    more()
    traffic.start_capture(["bind"])
    more()
    traffic.stop_capture()
    more()
    traffic.start_capture(["bind"])


def check(traffic, numbers):
    kept = [place(frame) for path in traffic.files() for frame in read(path) if place(frame)]
    holes = missing(set(kept), (COUNT - 1, True))
    assert not holes, f"{len(holes)} frames are missing, from {holes[0]} to {holes[-1]}"
    sent, dropped = traffic.counts["bind"]
    assert dropped == 0, f"BIND dropped {dropped} frames"
    assert numbers["submitted"] == numbers["accepted"] == numbers["0.sent"], numbers
    assert 2 * COUNT <= sent <= numbers["submitted"], f"BIND sent {sent}, {numbers}"
    doubled = len(kept) - len(set(kept))
    assert doubled <= numbers["0.resent"], f"{doubled} are there twice, {numbers}"
    assert numbers["0.connections"] == 3, numbers
    return len(kept), doubled


def main():
    folder = os.path.realpath(sys.argv[2])
    with Traffic(sys.argv[1], "restart") as traffic:
        counts = os.path.join(traffic.folder, "statistics")
        os.environ["LD_LIBRARY_PATH"] = folder
        os.environ["TAPLINE_LIBFSTRM"] = f"statistics={counts}.%n"
        bind = traffic.start(Named, "bind", traffic.socket("bind"), options=OPTIONS, threads=1)
        perf = start_load(bind, traffic.folder, 0, COUNT)
        trouble(traffic, bind)
        await_load(perf, COUNT)
        traffic.stop_servers()
        traffic.stop_capture()
        path, = glob.glob(counts + ".*")
        kept, doubled = check(traffic, statistics(path))
        print(f"{COUNT} questions: {kept} frames kept over three captures, none missing, {doubled} twice")


main()
