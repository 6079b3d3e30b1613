#!/usr/bin/env python3
"""`tapline read --follow` behind a capture that rotates quickly, N rounds: told to end right after the last frame was
written, it has printed what is printed of the files afterwards, neither more nor less, in the same order. Every third
folder holds so many other files that it cannot be listed at one moment."""

import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

from capturing import Capture, Peer

OTHERS, NAME_SIZE = 1000, 200


def make_others(folder):
    for number in range(OTHERS):
        open(os.path.join(folder, f".{number:0{NAME_SIZE}}"), "wb").close()


def send(peer, rng):
    """In bursts and pauses, so that the reader is at times behind and at times waiting."""
    for _ in range(rng.choice([20, 100, 300])):
        for _ in range(rng.choice([1, 5, 30])):
            peer.add(rng.choice([30, 100]))
        while peer.pending:
            peer.push()
        if rng.random() < 0.5:
            time.sleep(rng.random() / 200)
    peer.stop()


def one_round(program, folder, rng, others):
    files, printed = os.path.join(folder, "files"), os.path.join(folder, "printed")
    read = [program, "read", "--format", "json"]
    os.mkdir(files)
    if others:
        make_others(files)
    capture = Capture(program, folder, "--rotate-size", "4KiB", "--frame-limit", "512",
                      write=os.path.join(files, "out.fstrm")).ready()
    with open(printed, "wb") as output:
        reader = subprocess.Popen([*read, "--follow", files], stdout=output, stderr=subprocess.PIPE)
    peer = Peer("p", capture.socket)
    send(peer, rng)
    while not os.path.getsize(printed):  # by then it has caught the signals
        time.sleep(0.01)
    assert capture.stop() == 0, capture.log()
    reader.terminate()
    said = reader.communicate(timeout=60)[1].decode()
    assert reader.returncode == 0 and not said, f"status {reader.returncode}: {said}"
    found = open(printed, "rb").read()
    count = found.count(b"\n")
    assert count == len(peer.marks), f"{count} of {len(peer.marks)} frames were printed"
    again = subprocess.run([*read, files], stdout=subprocess.PIPE, check=True).stdout
    assert found == again, "not in the order of the files"
    return count


def main():
    program, times = sys.argv[1], int(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 30)
    total = 0
    for i in range(times):
        folder = tempfile.mkdtemp(prefix="tapline-follow-")
        try:
            total += one_round(program, folder, random.Random(seed + i), i % 3 == 2)
        except BaseException:
            print(f"round {i} (seed {seed + i}), files kept in {folder}", file=sys.stderr)
            raise
        shutil.rmtree(folder)
        shutil.rmtree(Capture.queue_folder(folder))
    print(f"{times} rounds, {total} frames followed, each printed once and in order")


main()
