#!/usr/bin/env python3
"""Checks an archive again and again while it is captured into, packed and merged, and after the capture was killed; N rounds.
Nothing is ever called damaged, and in the end every frame that was kept is there once."""

import os
import random
import sys
import threading
import time

from archives import run, verify
from capturing import Capture, Peer, run_works, select_writable


def repack(program, archive, rng):
    chosen = rng.choice([["--merge", "300KiB"], ["--merge", "1GiB"], ["--level", "1"], ["--level", "4", "--merge", "1MiB"]])
    run([program, "repack", *chosen, archive])


class Traffic(threading.Thread):
    """Some peers that send until they are told to stop, or nobody reads any more."""

    def __init__(self, capture, rng):
        super().__init__(daemon=True)
        self.peers = [Peer(f"p{i}", capture.socket, rng.random() < 0.5) for i in range(3)]
        self.rng, self.is_over = rng, threading.Event()
        self.start()

    def run(self):
        try:
            while not self.is_over.is_set():
                select_writable(self.peers, 0.01)
                for peer in self.peers:
                    while len(peer.pending) < 10000:
                        peer.add(self.rng.choice([30, 100, 150, 150, 2000]))
                    peer.push(self.rng.choice([100, 3000, 9000]))
                self.is_over.wait(0.02)
        except OSError:
            pass  # the capture was killed

    def stop(self):
        """How many frames they have sent, all of which were taken."""
        self.is_over.set()
        self.join()
        for peer in self.peers:
            peer.stop()
        return sum(len(peer.marks) for peer in self.peers)


def one_run(program, folder, archive, rng, is_killed):
    """Frames sent; None if the capture was killed."""
    capture = Capture(program, folder, "--segment-size", "64KiB", archive=archive)
    try:
        return beside(program, archive, rng, capture.ready(), is_killed)
    finally:
        if capture.process.poll() is None:  # something else went wrong
            capture.kill()


def beside(program, archive, rng, capture, is_killed):
    traffic = Traffic(capture, random.Random(rng.random()))
    for _ in range(rng.randint(20, 60)):
        verify(program, archive)
        if rng.random() < 0.2:
            repack(program, archive, rng)
        time.sleep(rng.random() * 0.02)
    if is_killed:
        capture.kill()
        traffic.is_over.set()
        traffic.join()
        verify(program, archive)
        return None
    sent = traffic.stop()
    assert capture.stop() == 0, capture.log()
    return sent


def frames_of(tool, archive):
    """Those in sealed segments."""
    return sum(1 for line in run([tool, "dump", archive]).stdout.splitlines() if line[:1].isdigit())


def frames_said(verified):
    """The number in the last line of `verify`."""
    return int(verified.splitlines()[-1].split("frames: ")[1].split(",")[0])


def one_round(program, folder, rng):
    tool = os.path.join(os.path.dirname(os.path.abspath(program)), "tests", "pack", "archive_tool")
    archive = os.path.join(folder, "archive")
    if rng.random() < 0.5:
        one_run(program, folder, archive, rng, True)
        last = Capture(program, folder, archive=archive).ready()
        assert last.stop() == 0, last.log()
        verify(program, archive)
    kept = frames_said(verify(program, archive)) if os.path.exists(archive) else 0
    sent = one_run(program, folder, archive, rng, False)
    total = frames_said(verify(program, archive))
    assert total == kept + sent, f"{kept} frames, then {sent}, and now {total}"
    assert frames_of(tool, archive) <= total
    return sent


def main():
    program, times = sys.argv[1], int(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 30)
    sent = run_works(program, [one_round], times, seed, "tapline-verify-")
    print(f"{times} rounds, {sent} frames: never a false alarm, and none was lost")


main()
