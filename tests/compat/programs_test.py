#!/usr/bin/env python3
"""The distribution's programs on its libfstrm and on ours: the same output, the same exit status, the same bytes sent.

    programs_test.py FOLDER-OF-OUR-LIBRARY FOLDER-OF-SAMPLES

Each is run where it is installed."""

import glob
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading

CONTENT_TYPE = b"protobuf:dnstap.Dnstap"
ACCEPT = struct.pack(">5I", 0, 34, 1, 1, 22) + CONTENT_TYPE
FINISH = struct.pack(">3I", 0, 4, 5)
# A frame that is longer than what a reader takes: the original shows another one that is not in the file.
TOO_LONG = (struct.pack(">5I", 0, 34, 2, 1, 22) + CONTENT_TYPE + struct.pack(">I", 5) + b"first" +
            struct.pack(">I", 1048577) + bytes(1048577) + struct.pack(">3I", 0, 4, 3))


def environment(folder):
    return {**os.environ, "LD_LIBRARY_PATH": folder, "LC_ALL": "C", "TZ": "UTC"}


def check_library(path, ours):
    """The program takes ours when it is told to, and otherwise does not."""
    for folder in ("", ours):
        loaded = subprocess.run([path], env={"LD_LIBRARY_PATH": folder, "LD_TRACE_LOADED_OBJECTS": "1"}, check=False,
                                capture_output=True, text=True).stdout
        found = re.search(r"libfstrm\.so\.0 => (\S+)", loaded)
        if not found:
            return False
        is_ours = os.path.realpath(os.path.dirname(found.group(1))) == os.path.realpath(ours)
        assert is_ours == (folder == ours), f"{path} loads {found.group(1)}"
    return True


def run(folder, *command, **settings):
    done = subprocess.run(command, env=environment(folder), capture_output=True, timeout=60, check=False, **settings)
    return done.returncode, done.stdout, done.stderr


class Collector:
    """Takes one connection, with the handshake, and keeps every byte that came."""

    def __init__(self, path):
        self.received = b""
        self.listener = socket.socket(socket.AF_UNIX) if path else socket.socket()
        self.listener.bind(path or ("127.0.0.1", 0))
        self.listener.listen()
        self.thread = threading.Thread(target=self.collect, daemon=True)
        self.thread.start()

    def collect(self):
        near = self.listener.accept()[0]
        self.received += near.recv(65536)
        near.sendall(ACCEPT)
        while data := near.recv(65536):
            self.received += data
            if self.received.endswith(struct.pack(">3I", 0, 4, 3)):
                near.sendall(FINISH)
        near.close()

    def everything(self):
        self.thread.join(20)
        self.listener.close()
        return self.received


def without_addresses(result):
    """What a program says that crashes has addresses in it, which are never the same."""
    status, output, errors = result
    return status, output, re.sub(rb"0x[0-9a-f]+", b"0x", errors)


def compare(command, ours, faults):
    original, mine = (without_addresses(run(folder, *command)) for folder in ("", ours))
    if original != mine:
        faults.append(f"{' '.join(command)}: {original!r:.600}\n  and on ours {mine!r:.600}")


def check_too_long(path, work, ours, faults):
    sample = os.path.join(work, "too-long.fstrm")
    with open(sample, "wb") as file:
        file.write(TOO_LONG)
    original, mine = run("", path, sample), run(ours, path, sample)
    frames = [errors.count(b"Data frame (") for _, _, errors in (original, mine)]
    if frames != [2, 1] or mine[0] != 1:
        faults.append(f"{path}: of one frame and one that is too long it shows {frames}, and ends with {mine[0]}")


def check_readers(programs, samples, ours, faults):
    count = 0
    for program, path in programs.items():
        for sample in samples:
            command = {"fstrm_dump": [path, sample], "dnstap-read": [path, "-p", sample],
                       "kdig": [path, "-G", sample], "dnstap-ldns": [path, "-r", sample]}.get(program)
            if command:
                compare(command, ours, faults)
                count += 1
    return count


def replayed(path, folder, samples, work, is_tcp):
    """What arrives of these samples, the exit status, and what was said."""
    unix = None if is_tcp else os.path.join(work, "replay.sock")
    if unix and os.path.exists(unix):
        os.unlink(unix)
    collector = Collector(unix)
    to = ["-a", "127.0.0.1", "-p", str(collector.listener.getsockname()[1])] if is_tcp else ["-u", unix]
    files = [word for sample in samples for word in ("-r", sample)]
    status, _, said = run(folder, path, "-t", CONTENT_TYPE.decode(), *files, *to)
    return status, said, collector.everything()


def check_replay(path, samples, work, ours, faults):
    for is_tcp in (False, True):
        original, mine = (replayed(path, folder, samples, work, is_tcp) for folder in ("", ours))
        if original[0] != mine[0] or original[2] != mine[2] or not mine[2]:
            faults.append(f"fstrm_replay over {'TCP' if is_tcp else 'a unix socket'}: status {original[0]} and "
                          f"{mine[0]}, {len(original[2])} and {len(mine[2])} bytes\n{mine[1].decode()}")


def check_kdig_writes(path, work, ours, faults):
    """kdig -E writes what it asks into a file; nobody answers, so it is the question alone."""
    silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    silent.bind(("127.0.0.1", 0))
    sizes = []
    for folder in ("", ours):
        file = os.path.join(work, "kdig.dnstap")
        run(folder, path, "-E", file, "@127.0.0.1", "-p", str(silent.getsockname()[1]), "example.test", "+time=1",
            "+retry=0")
        with open(file, "rb") as written:
            data = written.read()
        sizes.append((len(data), data[:42], data[-12:]))
    if sizes[0] != sizes[1] or sizes[0][0] < 60:
        faults.append(f"kdig -E writes {sizes}")


def main():
    ours, data = sys.argv[1:]
    names = ("fstrm_dump", "fstrm_replay", "dnstap-read", "kdig", "dnstap-ldns")
    programs = {name: path for name in names if (path := shutil.which(name)) and check_library(path, ours)}
    samples, faults = sorted(glob.glob(os.path.join(data, "*.dnstap"))), []
    if not programs or not samples:
        print("skipped: none of the programs is here")
        sys.exit(77)
    work = tempfile.mkdtemp(prefix="tapline-compat-")
    try:
        count = check_readers(programs, samples, ours, faults)
        if "fstrm_replay" in programs:
            check_replay(programs["fstrm_replay"], samples, work, ours, faults)
        if "fstrm_dump" in programs:
            check_too_long(programs["fstrm_dump"], work, ours, faults)
        if "kdig" in programs:
            check_kdig_writes(programs["kdig"], work, ours, faults)
    finally:
        shutil.rmtree(work)
    print("\n".join(faults) or f"{', '.join(programs)}: the same {count} times")
    sys.exit(1 if faults else 0)


main()
