#!/usr/bin/env python3
"""A sender beside a capture that is killed, stopped in time and in good order, and started again: acknowledge.py TAPLINE N

N rounds, over a unix socket and over TCP. The sender has small rings and is handed more than they hold. At the end
every frame that it took is in the archive, no more of them twice than it says that it repeated, and the losses that the
archive's ledgers tell of are its own drops, exactly."""

import collections
import json
import os
import random
import signal
import subprocess
import sys
import time

from archives import read_marks
from capturing import Capture, run_works

HANDING = os.path.join(os.path.dirname(os.path.abspath(sys.argv[1])), "tests", "torture", "handing")


class Collector:
    """A capture that comes and goes, always at the same address."""

    def __init__(self, program, folder, is_tcp, rng):
        self.program, self.folder, self.rng = program, folder, rng
        self.archive, self.listen = os.path.join(folder, "archive"), "tcp:127.0.0.1:0" if is_tcp else None
        os.mkdir(folder)
        self.capture = self.begin()
        if is_tcp:
            self.listen = f"tcp:127.0.0.1:{self.capture.tcp_port()}"
        self.address = self.listen or "unix:" + self.capture.socket

    def begin(self):
        """Somebody else may have the port for a moment."""
        for _ in range(100):
            capture = Capture(self.program, self.folder, *self.rng.choice([[], ["--segment-size", "1MiB"]]),
                              archive=self.archive, listen=self.listen)
            try:
                return capture.ready()
            except AssertionError:
                capture.process.wait()
                time.sleep(0.1)
        raise AssertionError(f"the capture does not start:\n{capture.log()}")

    def trouble(self):
        kind = self.rng.random()
        if kind < 0.3:
            self.capture.process.send_signal(signal.SIGSTOP)
            time.sleep(self.rng.random() * 0.1)
            self.capture.process.send_signal(signal.SIGCONT)
            return
        if kind < 0.75:
            self.capture.kill()
        else:
            assert self.capture.stop() == 0, self.capture.log()
        time.sleep(self.rng.random() * 0.05)
        self.capture = self.begin()

    def stop(self):
        assert self.capture.stop() == 0, self.capture.log()


def status_of(program, archive):
    """Frames lost by cause, as `tapline status` has them."""
    said = subprocess.run([program, "status", "--format", "json", archive], stdout=subprocess.PIPE, check=False).stdout
    lost = collections.Counter()
    for entry in json.loads(said)["lost"]:
        lost[entry["cause"]] += entry.get("frames") or 0
    return lost


def work(program, folder, rng, is_tcp):
    collector = Collector(program, os.path.join(folder, "c"), is_tcp, rng)
    sender = subprocess.Popen([HANDING, collector.address, str(rng.choice([5000, 20000, 60000])), str(rng.choice([65536, 262144])),
                               str(rng.getrandbits(31))], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    for _ in range(rng.randint(1, 12)):
        time.sleep(rng.random() * 0.15)
        collector.trouble()
    assert sender.stdout.readline() == "handed\n"
    said = sender.communicate()[0]
    assert sender.returncode == 0, said
    counts = {name: int(value) for name, value in (line.split() for line in said.splitlines()) if value.isdigit()}
    collector.stop()
    marks = collections.Counter(read_marks(program, collector.archive))
    accepted = counts["accepted"]
    assert counts["0.dropped_at_close"] == 0 and counts["0.unconfirmed"] == 0, said
    assert counts["0.sent"] == counts["0.confirmed"] == accepted, said
    assert len(marks) == accepted, f"{accepted} frames were taken, {len(marks)} are there:\n{said}"
    twice = sum(marks.values()) - accepted
    assert twice <= counts["0.resent"], f"{twice} frames twice:\n{said}"
    lost = status_of(program, collector.archive)
    assert lost["sender full"] == counts["dropped_full"] == counts["0.reported"], f"{lost}\n{said}"
    subprocess.run([program, "verify", collector.archive], check=True, stdout=subprocess.DEVNULL)
    return accepted


def over_unix(program, folder, rng):
    return work(program, folder, rng, False)


def over_tcp(program, folder, rng):
    return work(program, folder, rng, True)


def main():
    program, rounds = os.path.abspath(sys.argv[1]), int(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 30)
    frames = run_works(program, [over_unix, over_tcp], rounds, seed, "tapline-ack-")
    print(f"{rounds} rounds, {frames} frames: none is missing, and the losses are told exactly")


if __name__ == "__main__":
    main()
