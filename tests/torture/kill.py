#!/usr/bin/env python3
"""kill -9 of a receiving capture at random moments, N times. The harness holds a duplicate of every accepted socket, so it
knows which bytes had left it. After the restart every whole frame among them is in the files exactly once, in
order, and the files read cleanly. Every third restart is itself killed while it recovers."""

import os
import random
import shutil
import sys
import tempfile
import time

from capturing import Capture, check_frames, connect, left_in, send_until_dead


def one_kill(program, folder, rng, options):
    capture = Capture(program, folder, *options).ready()
    pairs = [connect(capture, f"p{i}", rng.random() < 0.7) for i in range(rng.randint(1, 4))]
    send_until_dead(capture, [peer for peer, _ in pairs], rng)
    expected = {}
    for peer, copy in pairs:
        expected[peer.name] = peer.whole(peer.sent - left_in(copy))
        peer.socket.close()
    if rng.random() < 0.33:
        again = Capture(program, folder, *options)
        time.sleep(rng.random() * 0.02)
        again.kill()
    last = Capture(program, folder, *options).ready()
    assert last.stop() == 0, last.log()
    left = [path for path in last.files() if path.endswith(".part")]
    assert not left, f"not completed: {left}\n{open(last.log_path).read()}"
    return check_frames(expected, last.files())


def main():
    program, times = sys.argv[1], int(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 30)
    total = 0
    for i in range(times):
        rng = random.Random(seed + i)
        options = rng.choice([[], ["--rotate-size", "1MiB"], ["--queue-size", "4MiB"], ["--sync", "always"]])
        folder = tempfile.mkdtemp(prefix="tapline-kill-")
        try:
            total += one_kill(program, folder, rng, options)
        except Exception:
            print(f"kill {i} (seed {seed + i}, options {options}), files kept in {folder}", file=sys.stderr)
            raise
        shutil.rmtree(folder)
        shutil.rmtree(Capture.queue_folder(folder))
    print(f"{times} kills, {total} frames that had left the sockets, each found exactly once")


try:
    main()
except PermissionError as error:
    print(f"skipped: sockets of another process cannot be duplicated here ({error})")
    os._exit(77)
