#!/usr/bin/env python3
"""kill -9 of `tapline repack` at random moments, N times, with archives that are checked by `tapline verify` at the same time.
Whatever is killed, nothing is damaged, and what the archive holds stays the same to the last frame; the next run that is
left alone removes what the killed ones have left."""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from archives import run, verify

KILLS_EACH = 10  # of one archive


def options(rng):
    """What to repack with: mostly something that takes a while."""
    chosen = []
    if rng.random() < 0.7:
        chosen += ["--level", str(rng.randint(1, 12))]
    if rng.random() < 0.3:
        chosen += ["--block-size", rng.choice(["16KiB", "64KiB", "1MiB"])]
    if rng.random() < 0.6 or not chosen:
        chosen += ["--merge", rng.choice(["100KiB", "300KiB", "1GiB"])]
    return chosen


def files(archive):
    """What is in the days' folders."""
    return [name for folder, _, names in os.walk(archive) if "-" in os.path.basename(folder) for name in names]


class Archive:
    def __init__(self, program, path, rng):
        self.program, self.path, self.rng = program, path, rng
        self.tool = os.path.join(os.path.dirname(os.path.abspath(program)), "tests", "pack", "archive_tool")
        self.origins = 0
        self.grow()

    def dump(self):
        return run([self.tool, "dump", self.path]).stdout

    def grow(self):
        """Some more segments, as a packer would add."""
        first, self.origins = self.origins + 1, self.origins + self.rng.randint(3, 12)
        run([self.tool, "make", self.path, str(self.rng.randrange(1 << 30)), str(first), str(self.origins)])
        self.content = self.dump()

    def repack(self, chosen):
        return subprocess.Popen([self.program, "repack", *chosen, self.path], stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE)

    def kill_one(self):
        """True if it was still working."""
        process = self.repack(options(self.rng))
        time.sleep(self.rng.random() * 0.15)
        verified = None
        if self.rng.random() < 0.3:
            verified = subprocess.Popen([self.program, "verify", self.path], stdout=subprocess.PIPE)
        time.sleep(self.rng.random() * 0.05)
        process.send_signal(signal.SIGKILL)
        _, said = process.communicate()
        assert process.returncode in (0, -signal.SIGKILL), said.decode()
        if verified:
            found, _ = verified.communicate()
            assert verified.returncode == 0, f"while it was repacked:\n{found.decode()}"
        return process.returncode != 0

    def check(self):
        assert self.dump() == self.content, "the archive holds something else"
        verify(self.program, self.path)

    def check_tidied(self):
        run([self.program, "repack", "--merge", "1GiB", self.path])
        found = verify(self.program, self.path)
        assert "note:" not in found, found
        left = files(self.path)
        days = len([name for name in os.listdir(self.path) if name[:4].isdigit()])
        assert len(left) == days, f"{days} days in {left}"


def one_archive(program, folder, rng, kills):
    archive = Archive(program, os.path.join(folder, "archive"), rng)
    hits = 0
    for i in range(kills):
        hits += archive.kill_one()
        archive.check()
        if rng.random() < 0.3:
            archive.grow()
    archive.check_tidied()
    archive.check()
    return hits


def main():
    program, times = sys.argv[1], int(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 30)
    hits = 0
    for i in range(0, times, KILLS_EACH):
        rng = random.Random(seed + i)
        folder = tempfile.mkdtemp(prefix="tapline-repack-")
        try:
            hits += one_archive(program, folder, rng, min(KILLS_EACH, times - i))
        except Exception:
            print(f"kill {i} (seed {seed + i}): files kept in {folder}", file=sys.stderr)
            raise
        shutil.rmtree(folder)
    print(f"{times} kills, {hits} in the middle of the work; every archive stayed whole and the same")
    assert times < 100 or hits, "none was in the middle: the test has lost its point"


main()
