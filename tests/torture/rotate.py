#!/usr/bin/env python3
"""Rotation by size, by time and by SIGHUP while peers send, N rounds: every file is valid on its own from START to STOP, the
frames in all of them are those that were sent, and files that were there before stay as they were."""

import os
import random
import signal
import sys
import time

from capturing import Capture, Peer, await_until, check_frames, run_works, select_writable


def send_some(peers, rng, size):
    sent = 0
    while sent < size:
        select_writable(peers, 1)
        for peer in peers:
            while len(peer.pending) < 20000:
                peer.add(rng.choice([30, 100, 150, 5000]))
            before = peer.sent
            peer.push(rng.choice([200, 5000, 20000]))
            sent += peer.sent - before


def by_size(program, folder, rng):
    taken = {name: name.encode() for name in ("out.fstrm", "out.fstrm.000002", "out.fstrm.000003.part")}
    for name, data in taken.items():
        open(os.path.join(folder, name), "wb").write(data)
    capture = Capture(program, folder, "--rotate-size", "1MiB", "--frame-limit", "64KiB").ready()
    peers = [Peer(f"p{i}", capture.socket) for i in range(3)]
    send_some(peers, rng, 5 << 20)
    for peer in peers:
        peer.stop()
    assert capture.stop() == 0, capture.log()
    for name, data in taken.items():
        assert open(os.path.join(folder, name), "rb").read() == data, f"{name} was touched"
        os.unlink(os.path.join(folder, name))
    files = capture.files()
    assert len(files) >= 5, files
    assert all(os.path.getsize(path) <= 1 << 20 for path in files), [os.path.getsize(path) for path in files]
    return check_frames({peer.name: peer.marks for peer in peers}, files)


def by_time(program, folder, rng):
    """Every second; the names say which. The deadline is only there to end if no second file ever comes."""
    capture = Capture(program, folder, "--rotate", "1s", "--utc", write="%H%M%S.fstrm").ready()
    peers = [Peer(f"p{i}", capture.socket) for i in range(2)]
    deadline = time.monotonic() + 60
    while len(capture.files()) < 3 and time.monotonic() < deadline:
        send_some(peers, rng, 10000)
        time.sleep(0.01)
    for peer in peers:
        peer.stop()
    assert capture.stop() == 0, capture.log()
    files = capture.files()
    assert len(files) >= 3, capture.log()
    assert len({os.path.basename(path)[:6] for path in files}) >= 3, files
    return check_frames({peer.name: peer.marks for peer in peers}, files)


def by_signal(program, folder, rng):
    capture = Capture(program, folder).ready()
    peers = [Peer(f"p{i}", capture.socket) for i in range(3)]
    for count in range(1, 6):
        send_some(peers, rng, rng.choice([2000, 300000]))
        await_until(lambda: any(os.path.getsize(path) > 42 for path in capture.files() if path.endswith(".part")),
                    capture.log)
        capture.process.send_signal(signal.SIGHUP)
        await_until(lambda: capture.log().count("completed") >= count, capture.log)
    for peer in peers:
        peer.stop()
    assert capture.stop() == 0, capture.log()
    files = capture.files()
    assert len(files) >= 5, files
    return check_frames({peer.name: peer.marks for peer in peers}, files)


def moved_away(program, folder, rng):
    """Somebody moves the file while it is written, as log rotation does, and sends SIGHUP."""
    capture = Capture(program, folder).ready()
    peer = Peer("p", capture.socket)
    send_some([peer], rng, 100000)
    await_until(lambda: os.path.getsize(os.path.join(folder, "out.fstrm.part")) > 42, capture.log)
    os.rename(os.path.join(folder, "out.fstrm.part"), os.path.join(folder, "a.fstrm"))
    capture.process.send_signal(signal.SIGHUP)
    capture.await_log("somebody moved or removed")
    send_some([peer], rng, 100000)
    peer.stop()
    assert capture.stop() == 0, capture.log()
    return check_frames({"p": peer.marks}, capture.files())


def main():
    program, times = sys.argv[1], int(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 30)
    total = run_works(program, [by_size, by_time, by_signal, moved_away], times, seed, "tapline-rotate-")
    print(f"{times} rounds of rotation, {total} frames, each found exactly once")


main()
