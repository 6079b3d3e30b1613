#!/usr/bin/env python3
"""A disk that is full (a limit of the file size, which needs no root): frames wait in the queue, the peers are served on until that
is full too, and when there is space again everything is written once. A disk that stays full until SIGTERM: the next start
writes the rest. N rounds of both."""

import random
import resource
import sys

from capturing import Capture, Peer, await_until, check_frames, run_works, select_writable

SPACE = 1 << 20


def fill(capture, peers, rng, size):
    """Sends about `size` bytes in all."""
    sent = 0
    while sent < size:
        select_writable(peers, 1)
        for peer in peers:
            while len(peer.pending) < 50000:
                peer.add(rng.choice([30, 100, 150, 5000]))
            before = peer.sent
            peer.push(20000)
            sent += peer.sent - before


def limit_files(capture, size):
    """From now on the capture's files may not become larger. SIGXFSZ is its own business."""
    resource.prlimit(capture.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def start_limited(program, folder, queue_size):
    capture = Capture(program, folder, "--queue-size", queue_size).ready()  # the queue itself is a file that needs its size
    limit_files(capture, SPACE)
    return capture


def space_again(program, folder, rng):
    capture = start_limited(program, folder, "16MiB")
    peers = [Peer(f"p{i}", capture.socket, rng.random() < 0.5) for i in range(3)]
    lift_after = rng.randint(2, 8)
    fill(capture, peers, rng, lift_after * SPACE)
    capture.await_log("the frames wait in the queue, and it is tried again")
    newcomer = Peer("new", capture.socket)  # is served although nothing can be written
    newcomer.add(100)
    newcomer.push()
    limit_files(capture, resource.RLIM_INFINITY)
    fill(capture, peers, rng, 8 * SPACE)
    for peer in peers + [newcomer]:
        peer.stop()
    assert capture.stop() == 0, capture.log()
    return check_frames({peer.name: peer.marks for peer in peers + [newcomer]}, capture.files())


def full_until_the_end(program, folder, rng):
    capture = start_limited(program, folder, "16MiB")
    peers = [Peer(f"p{i}", capture.socket, False) for i in range(3)]
    fill(capture, peers, rng, rng.randint(2, 8) * SPACE)
    capture.await_log("the frames wait in the queue, and it is tried again")
    expected = {peer.name: peer.whole(peer.sent) for peer in peers}
    assert capture.stop() == 1, capture.log()
    assert "the rest stays in the queue" in capture.log(), capture.log()
    # Once more without space: nothing may be spoiled by that.
    again = Capture(program, folder, before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (SPACE, resource.RLIM_INFINITY)))
    assert again.process.wait(60) == 1, again.log()
    assert "stays in its queue" in again.log(), again.log()
    last = Capture(program, folder).ready()
    assert last.stop() == 0, last.log()
    return check_frames(expected, last.files())


def full_queue(program, folder, rng):
    """The queue is full as well: the peers wait, and go on when there is space."""
    capture = start_limited(program, folder, "4MiB")
    peers = [Peer(f"p{i}", capture.socket, False) for i in range(3)]
    fill(capture, peers, rng, 2 * SPACE)
    while "the write queue is full" not in capture.log():
        for peer in peers:
            while len(peer.pending) < 100000:
                peer.add(150)
            peer.push()
    limit_files(capture, resource.RLIM_INFINITY)
    await_until(lambda: len(select_writable(peers, 1)) == len(peers), capture.log)
    for peer in peers:
        peer.stop()
    assert capture.stop() == 0, capture.log()
    assert "receiving stood still 0 times" not in capture.log(), capture.log()
    return check_frames({peer.name: peer.marks for peer in peers}, capture.files())


def main():
    program, times = sys.argv[1], int(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 30)
    total = run_works(program, [space_again, full_until_the_end, full_queue], times, seed, "tapline-disk-")
    print(f"{times} times a full disk, {total} frames, each found exactly once")


main()
