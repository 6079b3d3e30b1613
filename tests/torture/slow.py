#!/usr/bin/env python3
"""A slow output: a FIFO whose reader sleeps between reads. The senders are held up as the last resort, which is counted; nothing
is lost, and the capture's memory stays what it was. Then a reader that stops reading for good: SIGTERM still ends the capture.
N megabytes in all."""

import os
import shutil
import signal
import sys
import tempfile
import threading

from capturing import Capture, Peer, check_frames, select_writable


def memory_kib(pid):
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))


class Reader(threading.Thread):
    """Copies a FIFO into a file, resting between reads until `hurry`."""

    def __init__(self, fifo, path):
        super().__init__()
        self.fifo, self.path, self.hurry = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK), path, threading.Event()
        os.set_blocking(self.fifo, True)

    def run(self):
        with open(self.path, "wb") as copy:
            while data := os.read(self.fifo, 65536):
                copy.write(data)
                self.hurry.wait(0.005)


def slow_reader(program, folder, size):
    fifo, copy = os.path.join(folder, "fifo"), os.path.join(folder, "copy.fstrm")
    os.mkfifo(fifo)
    reader = Reader(fifo, copy)
    capture = Capture(program, folder, "--queue-size", "1MiB", "--frame-limit", "256KiB", write=fifo).ready()
    reader.start()
    peers = [Peer(f"p{i}", capture.socket, i % 2 == 0) for i in range(4)]
    before, sent = memory_kib(capture.process.pid), 0
    while sent < size:
        select_writable(peers, 1)
        for peer in peers:
            while len(peer.pending) < 100000:
                peer.add(150)
            first = peer.sent
            peer.push()
            sent += peer.sent - first
    grown = memory_kib(capture.process.pid) - before
    assert grown < 4096, f"the capture has grown by {grown} KiB"
    reader.hurry.set()
    for peer in peers:
        peer.stop()
    assert capture.stop() == 0, capture.log()
    reader.join()
    assert "receiving waits for the output" in capture.log(), capture.log()
    assert "receiving stood still 0 times" not in capture.log(), capture.log()
    return check_frames({peer.name: peer.marks for peer in peers}, [copy])


def stuck_reader(program, folder):
    fifo = os.path.join(folder, "fifo")
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    capture = Capture(program, folder, "--drain", "0", write=fifo).ready()
    peer = Peer("p", capture.socket, False)
    for _ in range(3000):
        peer.add(150)
    peer.stop()
    assert capture.stop() == 1, capture.log()
    assert "nobody reads the output any more" in capture.log(), capture.log()
    os.close(reader)
    return 0


def pausing(program, folder):
    """The books name the time of a pause that is not over."""
    fifo = os.path.join(folder, "fifo")
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    capture = Capture(program, folder, "--drain", "0", "--queue-size", "1MiB", "--frame-limit", "256KiB", write=fifo).ready()
    peer = Peer("p", capture.socket, False)
    for _ in range(30000):
        peer.add(150)
    while "receiving waits for the output" not in capture.log():
        peer.push()
    assert capture.stop() == 1, capture.log()
    assert "receiving stood still 1 times for 0 ms" not in capture.log(), capture.log()
    os.close(reader)
    return 0


def single_frames(program, folder):
    """Frames that come one at a time fill the queue nearly as well as those that come in large writes."""
    fifo = os.path.join(folder, "fifo")
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    capture = Capture(program, folder, "--drain", "0", "--queue-size", "8MiB", write=fifo).ready()
    peer = Peer("p", capture.socket, False)
    while "receiving waits for the output" not in capture.log():
        for _ in range(100):
            peer.add(150)
            if not peer.push(len(peer.pending)):
                select_writable([peer], 0.1)
    assert capture.stop() == 1, capture.log()
    assert peer.sent > 6 << 20, f"the queue was full with {peer.sent} bytes"
    os.close(reader)
    return 0


def unblocked_output(program, folder):
    """Standard output is a pipe that somebody else has made non-blocking: that is no trouble."""
    reader, output = os.pipe()
    os.set_blocking(output, False)
    capture = Capture(program, folder, write="-", output=output).ready()
    os.close(output)
    peer = Peer("p", capture.socket, False)
    for _ in range(3000):
        peer.add(150)
    peer.push()
    peer.stop()
    capture.process.send_signal(signal.SIGTERM)
    copy = os.path.join(folder, "copy.fstrm")
    with open(copy, "wb") as file:
        while data := os.read(reader, 1000):
            file.write(data)
    os.close(reader)
    assert capture.process.wait(60) == 0, capture.log()
    assert "cannot" not in capture.log() and " 0 failed attempts" in capture.log(), capture.log()
    return check_frames({"p": peer.marks}, [copy])


def reader_gone(program, folder):
    fifo = os.path.join(folder, "fifo")
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    capture = Capture(program, folder, write=fifo).ready()
    os.close(reader)
    peer = Peer("p", capture.socket, False)
    peer.add(150)
    peer.push()
    assert capture.process.wait(60) == 1, capture.log()
    assert "nobody reads the output any more" in capture.log(), capture.log()
    return 0


def main():
    program, megabytes = sys.argv[1], int(sys.argv[2])
    total = 0
    for work in lambda folder: slow_reader(program, folder, megabytes << 20), \
            lambda folder: stuck_reader(program, folder), lambda folder: pausing(program, folder), \
            lambda folder: single_frames(program, folder), \
            lambda folder: unblocked_output(program, folder), lambda folder: reader_gone(program, folder):
        folder = tempfile.mkdtemp(prefix="tapline-slow-")
        try:
            total += work(folder)
        except BaseException:
            print(f"files kept in {folder}", file=sys.stderr)
            raise
        shutil.rmtree(folder)
        shutil.rmtree(Capture.queue_folder(folder))
    print(f"{total} frames through a slow output, all of them kept")


main()
