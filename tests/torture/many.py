#!/usr/bin/env python3
"""A thousand peers at once: all their frames are kept. Then with too few descriptors for them: that is logged once, those who are
in are served on, the others have their turn as soon as somebody leaves, and the capture does not spin meanwhile."""

import resource
import shutil
import signal
import socket
import sys
import tempfile
import time

from capturing import CONTENT_TYPE, START, STOP, Capture, await_until, books_of, check_frames, control, frame

FRAMES = 20


def raise_limit():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class Small:
    """A unidirectional peer with a few frames, which never waits."""

    def __init__(self, name, address):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(address)  # waits while the listener's queue is full
        self.socket.settimeout(60)
        self.marks = [f"{name}/{i}".encode() for i in range(FRAMES)]
        self.sent = 0

    def send(self, data):
        self.socket.sendall(data)
        self.sent += len(data)


def crowd(program, folder, size):
    capture = Capture(program, folder).ready()
    peers = {f"p{i}": Small(f"p{i}", capture.socket) for i in range(size)}
    for peer in peers.values():
        peer.send(control(START, CONTENT_TYPE))
    for i in range(FRAMES):
        for peer in peers.values():
            data = frame(peer.marks[i], 100 + i)
            peer.send(data[:50])
            peer.send(data[50:])
    for i, peer in enumerate(peers.values()):
        if i % 2:
            peer.send(control(STOP))
            peer.socket.close()
    assert capture.stop() == 0, capture.log()[-3000:]
    total = check_frames({name: peer.marks for name, peer in peers.items()}, capture.files())
    books = books_of(capture.log())
    assert books["frames out"] == total and books["bytes in"] == sum(p.sent for p in peers.values()), books
    return total


def cpu_seconds(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def too_few_descriptors(program, folder, size, limit):
    capture = Capture(program, folder, before=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))).ready()
    peers = {f"p{i}": Small(f"p{i}", capture.socket) for i in range(size)}
    capture.await_log("cannot take another connection")
    capture.process.send_signal(signal.SIGHUP)  # there must be a descriptor left for the next file
    capture.await_log("completed ")
    time.sleep(0.6)  # in which those who wait are tried to be taken again
    before, began = cpu_seconds(capture.process.pid), time.monotonic()
    for i in range(FRAMES):
        for peer in peers.values():
            peer.send(frame(peer.marks[i], 100) if i else control(START, CONTENT_TYPE) + frame(peer.marks[0], 100))
    time.sleep(1)
    used, passed = cpu_seconds(capture.process.pid) - before, time.monotonic() - began
    assert used < passed / 2, f"{used} s of processor time in {passed} s, with nothing to do"
    assert "cannot open" not in capture.log(), capture.log()
    assert capture.log().count("cannot take another connection") <= 1 + passed / 5, capture.log()
    for peer in peers.values():
        peer.send(control(STOP))
        peer.socket.close()
    await_until(lambda: capture.log().count("ended with STOP") == size, capture.log, 60)
    assert capture.stop() == 0, capture.log()[-3000:]
    return check_frames({name: peer.marks for name, peer in peers.items()}, capture.files())


def main():
    program, size = sys.argv[1], int(sys.argv[2])
    raise_limit()
    total = 0
    for work in (lambda folder: crowd(program, folder, size), lambda folder: too_few_descriptors(program, folder, 60, 40)):
        folder = tempfile.mkdtemp(prefix="tapline-many-")
        try:
            total += work(folder)
        except BaseException:
            print(f"files kept in {folder}", file=sys.stderr)
            raise
        shutil.rmtree(folder)
        shutil.rmtree(Capture.queue_folder(folder))
    print(f"{size} peers at once, {total} frames, all of them kept")


main()
