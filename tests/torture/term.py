#!/usr/bin/env python3
"""SIGTERM under full load, N times: every byte that a unix socket took from its sender is read, whole frames are kept, and those
who wait for FINISH get it when their frames are written. Some peers are still in the listener's queue at that moment."""

import random

import shutil
import socket
import sys
import tempfile
import threading
import time

from capturing import CONTENT_TYPE, START, Capture, Peer, books_of, check_frames, control, select_writable


def send_until_closed(peers, rng, until):
    """Keeps the sockets busy until all of them refuse more, which is the capture's shutdown(2)."""
    open_peers = list(peers)
    while open_peers:
        select_writable(open_peers, 0.1)
        for peer in list(open_peers):
            while len(peer.pending) < 200000:
                peer.add(rng.choice([30, 100, 150, 5000]))
            try:
                peer.push(rng.choice([200, 5000, 100000]))
            except (BrokenPipeError, ConnectionResetError):
                open_peers.remove(peer)
        assert time.monotonic() < until, "the capture does not shut the sockets down"


def late_peers(capture, rng):
    """Connections that are made, and have sent a few frames, around the moment of the signal."""
    late = []
    for i in range(rng.randint(0, 20)):
        peer = Peer.__new__(Peer)
        peer.name, peer.bidirectional = f"late{i}", False
        peer.socket = socket.socket(socket.AF_UNIX)
        peer.marks, peer.ends, peer.pending, peer.sent = [], [], control(START, CONTENT_TYPE), 0
        peer.queued = len(peer.pending)
        try:
            peer.socket.connect(capture.socket)
            peer.add(50)
            peer.add(500)
            peer.push()
        except (ConnectionError, FileNotFoundError):
            break
        late.append(peer)
    return late


def one_stop(program, folder, rng, options):
    capture = Capture(program, folder, *options).ready()
    peers = [Peer(f"p{i}", capture.socket, rng.random() < 0.5) for i in range(rng.randint(1, 5))]
    stopping = Peer("stopping", capture.socket)
    for _ in range(rng.randint(0, 3000)):
        stopping.add(140)
    late = []

    def end():
        stopping.stop()  # asserts that FINISH came
        late.extend(late_peers(capture, rng))
        capture.process.terminate()

    ender = threading.Timer(rng.random() * 0.2, end)
    ender.start()
    send_until_closed(peers, rng, time.monotonic() + 60)
    ender.join()
    status = capture.process.wait(60)
    assert status == 0, capture.log()
    expected = {peer.name: peer.whole(peer.sent) for peer in peers + late}
    expected["stopping"] = stopping.marks
    total = check_frames(expected, capture.files())
    books = books_of(capture.log())
    assert books["frames in"] == books["frames out"] == total, capture.log()
    assert books["bytes in"] == sum(peer.sent for peer in peers + late + [stopping]), capture.log()
    return total


def main():
    program, times = sys.argv[1], int(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 30)
    total = 0
    for i in range(times):
        rng = random.Random(seed + i)
        options = rng.choice([[], ["--rotate-size", "1MiB"], ["--queue-size", "4MiB"], ["--sync", "always"]])
        folder = tempfile.mkdtemp(prefix="tapline-term-")
        try:
            total += one_stop(program, folder, rng, options)
        except BaseException:
            print(f"stop {i} (seed {seed + i}, options {options}), files kept in {folder}", file=sys.stderr)
            raise
        shutil.rmtree(folder)
        shutil.rmtree(Capture.queue_folder(folder))
    print(f"{times} stops under load, {total} frames sent, all of them kept")


main()
