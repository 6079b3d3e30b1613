#!/usr/bin/env python3
"""kill -9 of a capture that appends to an archive, at random moments, N times. The harness holds a duplicate of every
accepted socket, so it knows which bytes had left it. After the restart every whole frame among them is in the hot
segments exactly once, the ledgers name for each of them the connection that brought it, and say of each connection how
it ended. Every third restart is itself killed while it recovers, up to three times."""

import os
import random
import shutil
import sys
import tempfile
import time

from archiving import check_archive
from capturing import Capture, connect, left_in, send_until_dead, sizes


def stop_some(peers, rng):
    """Some of those who came have gone by the time of the kill."""
    for peer in peers:
        for _ in range(rng.randint(0, 50)):
            peer.add(sizes(rng))
        peer.stop()


def one_kill(program, archive, folder, rng, options, name, expected):
    capture = Capture(program, folder, *options, archive=archive).ready()
    early = [connect(capture, f"{name}e{i}", True) for i in range(rng.randint(0, 3))]
    pairs = [connect(capture, f"{name}p{i}", rng.random() < 0.7) for i in range(rng.randint(1, 4))]
    stop_some([peer for peer, _ in early], rng)
    send_until_dead(capture, [peer for peer, _ in pairs], rng)
    for peer, copy in early:
        expected[peer.name] = peer.marks
        os.close(copy)
    for peer, copy in pairs:
        expected[peer.name] = peer.whole(peer.sent - left_in(copy))
        peer.socket.close()
    for _ in range(rng.choice([0, 0, 1, 3])):
        again = Capture(program, folder, *options, archive=archive)
        time.sleep(rng.random() * 0.02)
        again.kill()


def torture(program, folder, rng, options, kills):
    """One archive that lives through several kills."""
    archive, expected = os.path.join(folder, "archive"), {}
    for i in range(kills):
        one_kill(program, archive, folder, rng, options, f"k{i}", expected)
    last = Capture(program, folder, *options, archive=archive).ready()
    assert last.stop() == 0, last.log()
    assert not os.path.lexists(os.path.join(archive, "queue")), "the link to the queue was not removed"
    return check_archive(archive, expected)


def main():
    program, times = sys.argv[1], int(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 30)
    total, i = 0, 0
    while i < times:
        rng = random.Random(seed + i)
        kills = min(rng.randint(1, 4), times - i)
        options = ["--no-pack"] + rng.choice([[], ["--segment-size", "1MiB"], ["--segment-size", "64KiB"],
                                              ["--queue-size", "4MiB"], ["--sync", "always"]])
        folder = tempfile.mkdtemp(prefix="tapline-archive-kill-")
        try:
            total += torture(program, folder, rng, options, kills)
        except Exception:
            print(f"kill {i} (seed {seed + i}, options {options}), files kept in {folder}", file=sys.stderr)
            raise
        shutil.rmtree(folder)
        shutil.rmtree(Capture.queue_folder(folder))
        i += kills
    print(f"{times} kills, {total} frames that had left the sockets, each found exactly once, of the right connection")


try:
    main()
except PermissionError as error:
    print(f"skipped: sockets of another process cannot be duplicated here ({error})")
    os._exit(77)
