#!/usr/bin/env python3
"""The data path "Send": send_test.py TAPLINE

What `tapline send` takes from an archive, from a compressed file and from a pipe, and sends to `tapline capture` on a unix
socket, on TCP, over several connections, to two collectors at once and to Debian's fstrm_capture, is there: the same
frames, in the same order where there is one connection. A cursor that was moved once leaves nothing to be sent. Recorded
speed and a rate take the time that they should, at least."""

import gzip
import os
import shutil
import subprocess
import sys
import tempfile
import time

from frames import CONTENT_TYPE  # noqa: F401  (its folder is where the next module is)

from capturing import Capture, await_until, frames_in, frames_of  # noqa: E402

COUNT = 20000


class Sending:
    def __init__(self, tapline, folder):
        self.tapline, self.folder = tapline, folder

    def path(self, name):
        return os.path.join(self.folder, name)

    def frames(self, archive):
        raw = subprocess.run([self.tapline, "read", "--format", "raw", archive], stdout=subprocess.PIPE, check=True).stdout
        return frames_in(raw, archive)

    def capture(self, name, listen=None):
        os.mkdir(self.path(name))
        return Capture(self.tapline, self.path(name), archive=self.path(name + "/archive"), listen=listen).ready()

    def stopped(self, capture):
        assert capture.stop() == 0, capture.log()
        return self.frames(os.path.join(capture.folder, "archive"))

    def send(self, *arguments, **settings):
        done = subprocess.run([self.tapline, "send", *arguments], stderr=subprocess.PIPE, check=False, **settings)
        assert done.returncode == 0, done.stderr.decode()
        return done.stderr.decode()


def check_archive(sending, archive, expected):
    collector = sending.capture("one")
    said = sending.send("--to", "unix:" + collector.socket, "--cursor", "c", archive)
    assert f"{COUNT} frames sent, all confirmed" in said, said
    said = sending.send("--to", "unix:" + collector.socket, "--cursor", "c", archive)
    assert ": 0 frames sent, all confirmed" in said, said
    assert sending.stopped(collector) == expected, "not the frames of the archive"


def check_several(sending, archive, expected):
    first, second = sending.capture("first", "tcp:127.0.0.1:0"), sending.capture("second")
    said = sending.send("--to", f"tcp:127.0.0.1:{first.tcp_port()}", "--to", "unix:" + second.socket, "--connections", "4",
                        "--batch", "256KiB", archive)
    assert said.count(f"{COUNT} frames sent, all confirmed") == 2, said
    for collector in (first, second):
        assert sorted(sending.stopped(collector)) == sorted(expected), "not the frames of the archive"


def check_other_sources(sending, archive, expected):
    raw = subprocess.run([sending.tapline, "read", "--format", "raw", archive], stdout=subprocess.PIPE, check=True).stdout
    with gzip.open(sending.path("file.gz"), "wb") as file:
        file.write(raw)
    collector = sending.capture("two")
    sending.send("--to", "unix:" + collector.socket, sending.path("file.gz"))
    sending.send("--to", "unix:" + collector.socket, "--unidirectional", input=raw)
    assert sending.stopped(collector) == expected * 2, "not the frames of file and pipe"


def check_fstrm_capture(sending, archive, expected):
    program = shutil.which("fstrm_capture")
    if not program:
        print("fstrm_capture is not installed: not tried")
        return
    socket, path = sending.path("fstrm.sock"), sending.path("fstrm.out")
    process = subprocess.Popen([program, "-t", "protobuf:dnstap.Dnstap", "-u", socket, "-w", path], stderr=subprocess.DEVNULL)
    await_until(lambda: os.path.exists(socket), "fstrm_capture does not listen")
    said = sending.send("--to", "unix:" + socket, "--batch", "256KiB", archive)
    process.terminate()
    process.wait(20)
    assert f"{COUNT} frames sent, all confirmed" in said, said
    assert frames_of(path) == expected, "not what fstrm_capture wrote"


def check_pace(sending):
    """A thousand messages of a second."""
    path, collector = sending.path("recorded"), sending.capture("paced")
    subprocess.run([sending.tapline, "generate", "--write", path, "--duration", "1s", "--rate", "1000"], check=True,
                   stderr=subprocess.DEVNULL)
    recorded = subprocess.run([sending.tapline, "read", "--format", "json", path], stdout=subprocess.PIPE, check=True).stdout
    frames = recorded.count(b"\n")
    for options, least in ((["--speed", "2"], 0.3), (["--rate", str(frames * 2)], 0.45)):
        begun = time.monotonic()
        sending.send("--to", "unix:" + collector.socket, *options, path)
        assert time.monotonic() - begun >= least, f"{options}: {time.monotonic() - begun} s"
    assert sending.stopped(collector) == frames_of(path) * 2, "not the frames of the file"


def main():
    with tempfile.TemporaryDirectory(prefix="tapline-") as folder:
        sending = Sending(os.path.abspath(sys.argv[1]), folder)
        archive = sending.path("archive")
        subprocess.run([sending.tapline, "generate", "--archive", archive, "--count", str(COUNT), "--segment-size", "1MiB"],
                       check=True, stderr=subprocess.DEVNULL)
        expected = sending.frames(archive)
        assert len(expected) == COUNT
        check_archive(sending, archive, expected)
        check_several(sending, archive, expected)
        check_other_sources(sending, archive, expected)
        check_fstrm_capture(sending, archive, expected)
        check_pace(sending)
        Capture.remove_queues(folder)


if __name__ == "__main__":
    main()
