#!/usr/bin/env python3
"""The incumbent's programs and ours by the same names, side by side: fstrm_names_test.py TAPLINE

What they print, their exit statuses, and the files they write are the same, byte for byte, for every command line and
input that the incumbent has no defect with; where it has one, ours does what the manual says. Then BIND and Knot send to ours."""

import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time

from frames import control
from servers import Knot, Named, private_folder, program

import capturing

SECONDS = 30
NAMES = ["fstrm_capture", "fstrm_dump", "fstrm_replay"]
TYPE = "text/x"
QUESTIONS = 20

CAPTURE_LINES = [
    ["-h"], ["--usage"], ["--usage-long"], ["--usage-short"], [], ["-t", "x", "-w", "f"], ["-t", "x", "-u", "s"],
    ["-t", "x", "-a", "127.0.0.1", "-w", "f"], ["-t", "x", "-u", "s", "-w", "-", "-s", "3"],
    ["-t", "x", "-u", "s", "-w", "f", "-s", "3"], ["-t", "x", "-u", "s", "-w", "f", "--gmtime", "--localtime"],
    ["-t", "x", "-u", "s", "-w"], ["-t", "x", "-u", "s", "-w", "f", "--foo"], ["-t", "x", "-u", "s", "-w", "f", "-x"],
    ["-t", "x", "-u", "s", "-w", "f", "extra"], ["-t", "x", "-a", "nonsense", "-p", "5", "-w", "f"],
    ["-t", "x", "-a", "127.0.0.1", "-p", "99999", "-w", "f"], ["-t", "x", "-a", "::1", "-p", "abc", "-w", "f"],
    ["-t", "x", "-u", "y" * 120, "-w", "f"], ["-x", "-y", "--foo"], ["--t"], ["-t", "-u"], ["--split"],
    ["-t", "x", "-u", "s", "-w", "f", "--us"], ["-txx", "-us"], ["a", "b"], ["-tu", "x", "s"], ["--", "-x"],
]
REPLAY_LINES = [
    [], ["-h"], ["--usage"], ["--usage-short"], ["-x"], ["-t", "x"], ["-t", "x", "-r", "good"],
    ["-t", "x", "-r", "good", "-u"], ["-t", "x", "-r", "good", "-a", "1.2.3.4", "-u", "no"],
    ["-t", "x", "-r", "good", "-u", "no", "-a", "1.2.3.4", "-a", "3", "foo", "-z"], ["foo", "-t"],
    ["-t", "x", "-r", "a", "-a", "127.0.0.1"], ["-t", "x", "-r", "a", "-a", "foo", "-p", "1"],
    ["-t", "x", "-r", "a", "-a", "127.0.0.1", "-p", "70000"], ["--t"], ["-tru", "x", "good"],
]


def data(payload):
    return struct.pack(">I", len(payload)) + payload


START, STOP = control(capturing.START, TYPE.encode()), control(capturing.STOP)
GOOD = START + data(b'Hello, "world"\n\x80\xff') + data(b"a" * 70000) + STOP


def write_inputs():
    inputs = {"good": GOOD, "untyped": control(capturing.START) + data(b"b") + STOP, "nothing": START + STOP,
              "cut": GOOD[:-15], "unstopped": GOOD[:-12], "twice": GOOD + GOOD, "text": b"this is no stream of frames"}
    for name, content in inputs.items():
        with open(name, "wb") as file:
            file.write(content)


def run(folder, name, words, **options):
    """Exit status, standard output, standard error."""
    done = subprocess.run([os.path.join(folder, name), *words], executable=os.path.join(folder, name),
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False, **options)
    return done.returncode, done.stdout, done.stderr.replace(folder.encode() + b"/", b"")


def can_connect(path):
    """Somebody listens there: the socket of one that was killed stays behind."""
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(path) == 0


class Capture:
    """A running fstrm_capture in a folder of its own."""

    def __init__(self, folder, where, *options, again=False):
        if not again:
            shutil.rmtree(where, ignore_errors=True)
            os.mkdir(where)
        self.where = where
        self.log = open(where + ".log", "wb")
        self.process = subprocess.Popen([folder + "/fstrm_capture", "-t", TYPE, "-u", "s", "-w", "out", *options],
                                        cwd=where, stderr=self.log)
        self.await_line("opened output file out")
        self.await_true(lambda: can_connect(where + "/s"))

    def await_true(self, is_true):
        end = time.monotonic() + SECONDS
        while not is_true():
            assert time.monotonic() < end and self.process.poll() is None, "\n".join(self.lines())
            time.sleep(0.02)

    def await_line(self, line, times=1):
        self.await_true(lambda: sum(line in other for other in self.lines()) >= times)

    def lines(self):
        with open(self.where + ".log", encoding="utf-8") as log:
            return log.read().splitlines()

    def signal(self, number, line, times=1):
        self.process.send_signal(number)
        self.await_line(line, times)

    def stop(self, number):
        self.process.send_signal(number)
        status = self.process.wait(SECONDS)
        self.log.close()
        return status

    def files(self):
        found = {}
        for name in sorted(os.listdir(self.where)):
            path = os.path.join(self.where, name)
            if os.path.isfile(path):
                with open(path, "rb") as file:
                    found[name] = file.read()
        return found


def check_command_lines(theirs, ours):
    for name, lines in (("fstrm_capture", CAPTURE_LINES), ("fstrm_replay", REPLAY_LINES)):
        for words in lines:
            expected, found = run(theirs, name, words), run(ours, name, words)
            assert expected == found, f"{name} {words}: {expected} became {found}"


def check_dump(theirs, ours):
    for words in (["good"], ["untyped"], ["nothing"], ["good", "-"]):
        expected, found = run(theirs, "fstrm_dump", words), run(ours, "fstrm_dump", words)
        assert expected == found, f"fstrm_dump {words}: {expected} became {found}"
    for words in ([], ["a", "b", "c"], ["text"], ["no-such-file"]):
        expected, found = run(theirs, "fstrm_dump", words), run(ours, "fstrm_dump", words)
        assert expected[0] == found[0] == 1 and found[2].endswith(expected[2]), f"{words}: {expected}, {found}"
    for name in ("cut", "unstopped"):
        status, text, said = run(ours, "fstrm_dump", [name])
        assert status == 1 and text == run(theirs, "fstrm_dump", [name])[1] and b"FSTRM_CONTROL_STOP" not in said


def session(folder, sender, where, last):
    """One life of a capture: exit statuses, and the lines that scripts look for."""
    capture = Capture(folder, where)
    statuses = [run(sender, "fstrm_replay", ["-t", TYPE, "-r", "good", "-r", "untyped", "-u", where + "/s"])]
    statuses.append(run(sender, "fstrm_replay", ["-t", "other", "-r", "good", "-u", where + "/s"])[0])
    capture.signal(signal.SIGHUP, "received SIGHUP, flushing output")
    capture.await_true(lambda: capture.files()["out"] == GOOD[:-12] + data(b"b"))
    os.rename(where + "/out", where + "/moved")
    capture.signal(signal.SIGUSR1, "opened output file out", 2)
    statuses.append(run(sender, "fstrm_replay", ["-t", TYPE, "-r", "good", "-u", where + "/s"]))
    statuses.append(capture.stop(last))
    known = ("opening ", "opened ", "closed ", "received ", "shutting ")
    lines = [line for line in capture.lines() if line.removeprefix("fstrm_capture: ").startswith(known)]
    return statuses, lines, capture.files()


def check_capture(theirs, ours):
    for last in (signal.SIGTERM, signal.SIGINT):
        expected = session(theirs, theirs, "stock", last)
        for folder, sender in ((ours, theirs), (ours, ours), (theirs, ours)):
            found = session(folder, sender, "ours", last)
            assert found[1:] == expected[1:], f"{expected[1]} became {found[1]}, or the files differ"
            statuses = found[0]
            assert statuses[0] == expected[0][0] and statuses[1] == 1 and statuses[2:] == expected[0][2:], \
                f"{expected[0]} became {statuses}"


def check_mended(ours):
    """What the incumbent destroys is kept."""
    capture = Capture(ours, "mended")
    assert run(ours, "fstrm_replay", ["-t", TYPE, "-r", "good", "-u", "mended/s"])[0] == 0
    capture.signal(signal.SIGUSR1, "opened output file out", 2)
    assert run(ours, "fstrm_replay", ["-t", TYPE, "-r", "untyped", "-r", "cut", "-u", "mended/s"])[0] == 1
    assert capture.stop(signal.SIGTERM) == 0
    second = START + data(b"b") + data(b'Hello, "world"\n\x80\xff') + STOP
    assert capture.files() == {"out": second, "out.000001": GOOD}, sorted(capture.files())
    with open("precious", "w", encoding="utf-8") as file:
        file.write("mine")
    assert run(ours, "fstrm_capture", ["-t", TYPE, "-u", "precious", "-w", "out"])[0] == 1
    assert os.path.isfile("precious") and not os.path.exists("out")


def check_killed(ours):
    """What a capture that was killed had received is in its file after the next start, and that is kept."""
    capture = Capture(ours, "killed")
    with socket.socket(socket.AF_UNIX) as sender:
        sender.connect("killed/s")
        sender.sendall(GOOD[:-12])
        capture.await_true(lambda: capture.files()["out"] == GOOD[:-12])
        capture.stop(signal.SIGKILL)
    capture = Capture(ours, "killed", again=True)
    assert capture.stop(signal.SIGTERM) == 0
    assert capture.files() == {"out": START + STOP, "out.000001": GOOD}, sorted(capture.files())


def check_split(ours):
    """Periods that give the same name do not cost a frame."""
    capture = Capture(ours, "split", "-s", "1", "--gmtime")
    for _ in range(3):
        assert run(ours, "fstrm_replay", ["-t", TYPE, "-r", "untyped", "-u", "split/s"])[0] == 0
        time.sleep(1.1)
    assert capture.stop(signal.SIGTERM) == 0
    whole = b"".join(content for name, content in capture.files().items())
    assert whole.count(data(b"b")) == 3, capture.files()
    assert len(capture.files()) > 1, "nothing was split"


def check_server(ours, folder, identity, server_class):
    """A real name server sends to ours. Returns what it said of itself and how many frames are in the file."""
    tap, output = os.path.join(folder, identity + ".sock"), identity + ".out"
    with open(identity + ".log", "wb") as log:
        capture = subprocess.Popen([ours + "/fstrm_capture", "-t", "protobuf:dnstap.Dnstap", "-u", tap, "-w", output],
                                   stderr=log)
    end = time.monotonic() + SECONDS
    while not can_connect(tap):
        assert time.monotonic() < end and capture.poll() is None
        time.sleep(0.02)
    server = server_class(folder, identity, tap)
    for _ in range(QUESTIONS):
        subprocess.run([program("dig"), "@127.0.0.1", "-p", str(server.port), "+tries=1", "www.example.test"],
                       stdout=subprocess.DEVNULL, check=True)
    counted = server.dnstap_counts() if server_class is Named else server.query_count()
    server.stop()
    capture.send_signal(signal.SIGTERM)
    assert capture.wait(SECONDS) == 0
    status, _, said = run(ours, "fstrm_dump", [output])
    assert status == 0, said[-300:]
    return counted, said.count(b"Data frame")


def check_servers(ours, folder):
    (sent, dropped), frames = check_server(ours, folder, "bind", Named)
    assert frames == sent >= 2 * QUESTIONS and not dropped, f"BIND sent {sent} frames, dropped {dropped}; {frames} came"
    queries, frames = check_server(ours, folder, "knot", Knot)
    assert frames == 2 * queries >= 2 * QUESTIONS, f"Knot had {queries} queries; {frames} frames came"


def main():
    tapline = os.path.abspath(sys.argv[1])
    theirs = {os.path.dirname(os.path.realpath(program(name))) for name in NAMES}.pop()
    program("named")
    program("knotd")
    folder = private_folder("names")
    ours = os.path.join(folder, "bin")
    os.mkdir(ours)
    for name in NAMES:
        os.symlink(tapline, os.path.join(ours, name))
    os.chdir(folder)
    write_inputs()
    check_command_lines(theirs, ours)
    check_dump(theirs, ours)
    check_capture(theirs, ours)
    check_mended(ours)
    check_killed(ours)
    check_split(ours)
    check_servers(ours, folder)
    shutil.rmtree(folder)


main()
