#!/usr/bin/env python3
"""`tapline send` under kill -9 and SIGSTOP: send.py TAPLINE N

N rounds of two works. In the first a file goes to a capture that is killed, stopped and started again at random: sending
ends with everything confirmed, every frame is in the archive, and no more of them twice than sending says. In the second
a relay follows an archive that grows, with a cursor, to another capture, and is itself killed at random, as is the
capture at its end: every frame of the first archive is in the second."""

import os
import random
import re
import signal
import subprocess
import sys
import threading
import time

from archives import read_marks
from capturing import CONTENT_TYPE, START, STOP, Capture, Peer, await_until, control, frame, run_works


class Collector:
    """A capture that comes and goes."""

    def __init__(self, program, folder, rng):
        self.program, self.folder, self.rng = program, folder, rng
        self.archive = os.path.join(folder, "archive")
        os.mkdir(folder)
        self.capture = self.begin()

    def begin(self):
        return Capture(self.program, self.folder, archive=self.archive).ready()

    def trouble(self):
        """What happens to it once."""
        kind = self.rng.random()
        if kind < 0.25:
            self.capture.process.send_signal(signal.SIGSTOP)
            time.sleep(self.rng.random() * 0.05)
            self.capture.process.send_signal(signal.SIGCONT)
            return
        if kind < 0.8:
            self.capture.kill()
        else:
            assert self.capture.stop() == 0, self.capture.log()
        time.sleep(self.rng.random() * 0.03)
        self.capture = self.begin()

    def marks(self):
        assert self.capture.stop() == 0, self.capture.log()
        return read_marks(self.program, self.archive)


def start(program, log, *arguments):
    with open(log, "ab") as output:
        return subprocess.Popen([program, "send", *arguments], stderr=output)


def text_of(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def check_all_there(expected, found):
    missing = set(expected) - set(found)
    assert not missing, f"{len(missing)} of {len(expected)} frames are missing, such as {sorted(missing)[:3]}"
    assert set(found) == set(expected), "frames that nobody sent"


def troubled_collector(program, folder, rng):
    path, log = os.path.join(folder, "file"), os.path.join(folder, "send.log")
    expected = [f"f/{i}".encode() for i in range(rng.choice([3000, 30000]))]
    with open(path, "wb") as file:
        file.write(control(START, CONTENT_TYPE) + b"".join(frame(mark, rng.choice([60, 150, 400])) for mark in expected)
                   + control(STOP))
    collector = Collector(program, os.path.join(folder, "collector"), rng)
    sending = start(program, log, "--to", "unix:" + collector.capture.socket, "--batch", "64KiB", "--connections",
                    str(rng.choice([1, 1, 3])), *rng.choice([[], ["--rate", str(len(expected))]]), path)
    for _ in range(rng.randint(1, 8)):
        time.sleep(rng.random() * 0.15)
        collector.trouble()
    status = sending.wait(120)
    said = text_of(log)
    assert status == 0 and f"{len(expected)} frames sent, all confirmed" in said, said
    found = collector.marks()
    check_all_there(expected, found)
    repeated = re.search(r"up to (\d+) frames may be there twice", said)
    twice = len(found) - len(expected)
    assert twice <= (int(repeated.group(1)) if repeated else 0), f"{twice} frames twice:\n{said}"
    return len(expected)


class Feeder(threading.Thread):
    """Frames into the archive that is relayed, a few at a time."""

    def __init__(self, address, count):
        super().__init__()
        self.peer, self.count = Peer("f", address), count

    def run(self):
        for i in range(self.count):
            self.peer.add(100)
            if i % 50 == 49:
                self.peer.socket.sendall(self.peer.pending)
                self.peer.pending = b""
                time.sleep(0.002)
        self.peer.stop()


def killed_relay(program, folder, rng):
    origin = Collector(program, os.path.join(folder, "origin"), rng)
    collector = Collector(program, os.path.join(folder, "collector"), rng)
    log = os.path.join(folder, "send.log")
    arguments = ["--to", "unix:" + collector.capture.socket, "--batch", "64KiB", "--cursor", "relay", origin.archive]
    feeder = Feeder(origin.capture.socket, rng.choice([2000, 20000]))
    feeder.start()
    for _ in range(rng.randint(2, 8)):
        relay = start(program, log, "--follow", *arguments)
        time.sleep(rng.random() * 0.3)
        if rng.random() < 0.3:
            collector.trouble()
        relay.send_signal(rng.choice([signal.SIGKILL] * 3 + [signal.SIGTERM]))
        await_until(lambda: relay.poll() is not None, "the relay does not end")
    feeder.join()
    last = start(program, log, *arguments)
    assert last.wait(120) == 0, text_of(log)
    check_all_there(origin.marks(), collector.marks())
    return feeder.count


def main():
    program, rounds = os.path.abspath(sys.argv[1]), int(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 30)
    frames = run_works(program, [troubled_collector, killed_relay], rounds, seed, "tapline-send-")
    print(f"{rounds} rounds, {frames} frames: none is missing")


if __name__ == "__main__":
    main()
