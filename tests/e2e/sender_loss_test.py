#!/usr/bin/env python3
"""The data path "Loss reaches the reader of the data": sender_loss_test.py TAPLINE HANDING

A program that embeds the sender overflows its ring while the capture stands still. What it dropped is, to the frame, what
`tapline status` says in words and in JSON, what the capture's log says, and what stays in the archive when it is packed;
`tapline verify` finds nothing wrong. Towards fstrm_capture and golang's dnstap, where they are installed, every byte behind
READY is what it always was, and they keep what was not dropped."""

import collections
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

from frames import CONTENT_TYPE, whole_frames  # (their folder is where the next module is)

from capturing import ACCEPT, FINISH, READY, START, STOP, Capture, await_until, control, mark_of  # noqa: E402

FRAMES, RING = 20000, 65536
EXTENDED = CONTENT_TYPE + b";tapline=1"


def hand(handing, address, frames=FRAMES, while_running=lambda: None):
    """Its counts, once everything that was taken is sent and confirmed."""
    process = subprocess.Popen([handing, address, str(frames), str(RING), "7"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               text=True)
    while_running()
    assert process.stdout.readline() == "handed\n"
    said = process.communicate()[0]
    assert process.returncode == 0, said
    return {name: int(value) for name, value in (line.split() for line in said.splitlines()) if value.isdigit()}


def losses_of(tapline, archive):
    said = json.loads(subprocess.run([tapline, "status", "--format", "json", archive], stdout=subprocess.PIPE, check=True).stdout)
    return {entry["cause"]: entry["frames"] for entry in said["lost"]}, said["capture"]


def check_capture(tapline, handing, folder, listen):
    os.mkdir(folder)
    archive = os.path.join(folder, "archive")
    capture = Capture(tapline, folder, archive=archive, listen=listen).ready()
    address = f"tcp:127.0.0.1:{capture.tcp_port()}" if listen else "unix:" + capture.socket

    def stand_still():
        time.sleep(0.05)
        capture.process.send_signal(signal.SIGSTOP)
        time.sleep(0.3)
        capture.process.send_signal(signal.SIGCONT)

    counts = hand(handing, address, while_running=stand_still)
    dropped = counts["dropped_full"]
    assert dropped > 0 and counts["0.reported"] == dropped, counts
    assert counts["0.confirmed"] == counts["accepted"] == FRAMES and counts["0.resent"] == 0, counts
    await_until(lambda: losses_of(tapline, archive)[1]["counters"]["lost_before"] == dropped, "the counter does not come")
    assert losses_of(tapline, archive)[0] == {"sender full": dropped}
    text = subprocess.run([tapline, "status", archive], stdout=subprocess.PIPE, check=True, text=True).stdout
    assert re.search(rf"sender full +{dropped}\b", text.replace(",", "")), text
    assert f"senders dropped {dropped} frames that never came" in text.replace(",", ""), text
    assert capture.stop() == 0, capture.log()
    assert f"{dropped} frames were dropped by the sender before" in capture.log(), capture.log()
    assert losses_of(tapline, archive)[0] == {"sender full": dropped}
    subprocess.run([tapline, "pack", archive], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert losses_of(tapline, archive)[0] == {"sender full": dropped}
    subprocess.run([tapline, "verify", archive], check=True, stdout=subprocess.DEVNULL)
    return dropped


# Others ----------------------------------------------------------------------------------------------------------------


class Wire(threading.Thread):
    """Passes one connection on, and keeps what went each way."""

    def __init__(self, folder, to):
        super().__init__(daemon=True)
        self.path, self.to = os.path.join(folder, "wire"), to
        self.there, self.back = bytearray(), bytearray()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(1)

    @staticmethod
    def pump(source, target, kept):
        try:
            while data := source.recv(1 << 16):
                kept += data
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the other end is gone, after FINISH

    def run(self):
        near, _ = self.listener.accept()
        with near, socket.socket(socket.AF_UNIX) as far:
            far.connect(self.to)
            back = threading.Thread(target=self.pump, args=(far, near, self.back), daemon=True)
            back.start()
            self.pump(near, far, self.there)
            back.join(10)


def check_other(handing, folder, name, command, unwritten=0):
    """`unwritten`: frames that it may still have in a buffer when it ends."""
    program = shutil.which(command[0])
    if not program:
        print(f"{name} is not installed: not tried")
        return
    os.mkdir(folder)
    path, kept = os.path.join(folder, "socket"), os.path.join(folder, "kept.fstrm")
    collector = subprocess.Popen([program] + [word.format(socket=path, kept=kept) for word in command[1:]],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        await_until(lambda: os.path.exists(path), f"{name} does not listen")
        time.sleep(0.1)
        wire = Wire(folder, path)
        wire.start()
        counts = hand(handing, "unix:" + wire.path)
        wire.join(20)
    finally:
        collector.send_signal(signal.SIGINT)
        collector.wait(20)
    assert counts["dropped_full"] > 0 and counts["0.reported"] == counts["0.acks"] == 0, counts
    ready = struct.pack(">II", 1, len(CONTENT_TYPE)) + CONTENT_TYPE + struct.pack(">II", 1, len(EXTENDED)) + EXTENDED
    ready = struct.pack(">III", 0, 4 + len(ready), READY) + ready
    begin, stop = ready + control(START, CONTENT_TYPE), control(STOP)
    assert wire.there.startswith(begin), f"{name}: {bytes(wire.there[:200])}"
    assert wire.there.endswith(stop), name
    assert bytes(wire.back) == control(ACCEPT, CONTENT_TYPE) + control(FINISH), f"{name}: {bytes(wire.back)}"
    at, frames = len(begin), 0
    while at < len(wire.there) - len(stop):
        size = struct.unpack_from(">I", wire.there, at)[0]
        assert size > 0, f"{name}: a control frame among the data"
        at, frames = at + 4 + size, frames + 1
    assert frames == counts["accepted"] == FRAMES, f"{name}: {frames} frames of {counts}"
    marks = collections.Counter(mark_of(payload) for payload in whole_frames(kept))
    assert len(marks) >= FRAMES - unwritten and max(marks.values()) == 1, f"{name} kept {len(marks)} of {FRAMES} frames"
    print(f"{name}: {frames} frames, {counts['dropped_full']} dropped, and not one byte that is new to it")


def main():
    tapline, handing = (os.path.abspath(path) for path in sys.argv[1:3])
    folder = tempfile.mkdtemp(prefix="tapline-loss-")
    dropped = [check_capture(tapline, handing, os.path.join(folder, name), listen)
               for name, listen in (("unix", None), ("tcp", "tcp:127.0.0.1:0"))]
    check_other(handing, os.path.join(folder, "f"), "fstrm_capture",
                ["fstrm_capture", "-t", CONTENT_TYPE.decode(), "-u", "{socket}", "-w", "{kept}"])
    check_other(handing, os.path.join(folder, "g"), "golang's dnstap", ["dnstap", "-u", "{socket}", "-w", "{kept}"],
                unwritten=100)
    shutil.rmtree(folder)
    Capture.remove_queues(folder)
    print(f"{dropped[0]} and {dropped[1]} frames dropped, and all of them told")


if __name__ == "__main__":
    main()
