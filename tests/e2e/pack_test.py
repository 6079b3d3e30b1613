#!/usr/bin/env python3
"""Sealed segments for other tools: pack_test.py TAPLINE DATA

What `zstd -dc SEALED | dnstap-read -- -` prints is what dnstap-read printed of the hot file; so is what `tapline read` prints;
and zstd finds nothing wrong. The hot files are those of DATA that dnstap-read takes and that are one stream, as hot files
are, and each of them repeated until it takes many blocks. A limit of the size of files, met before that, changes nothing."""

import glob
import os
import resource
import shutil
import struct
import subprocess
import sys
import tempfile

from frames import whole_frames
from servers import program

VERSION = "tapline archive\nformat 1\nreadable by 1\nwritable by 1\n"
STOP = struct.pack(">III", 0, 4, 3)
REPEATED = 200


def output_of(command, **settings):
    done = subprocess.run(command, capture_output=True, check=False, **settings)
    return (done.returncode, done.stdout, done.stderr)


def printed_of(dnstap_read, path):
    return output_of([dnstap_read, path])


def stream_of(path, count):
    """The file's frames `count` times over, between its own START and STOP."""
    with open(path, "rb") as file:
        data = file.read()
    frames = b"".join(len(frame).to_bytes(4, "big") + frame for frame in whole_frames(path))
    head = data[:data.index(frames)]
    return head + frames * count + data[len(head) + len(frames):]


def put_hot(archive, number, data):
    path = os.path.join(archive, "hot", f"20270115T080000Z-{number:08}.fstrm")
    with open(path, "wb") as file:
        file.write(data)
    return path


def sealed_path(archive, number):
    return os.path.join(archive, "2027-01-15", f"20270115T080000Z-{number:08}.fstrm.zst")


def check(tapline, zstd, dnstap_read, sealed, hot_printed, hot_read):
    status, plain, trouble = output_of([zstd, "-dcq", sealed])
    assert status == 0 and not trouble, f"zstd does not like {sealed}: {trouble.decode()}"
    assert output_of([zstd, "-tq", sealed])[0] == 0
    printed = output_of([dnstap_read, "--", "-"], input=plain)
    assert printed == hot_printed, f"dnstap-read prints something else of {sealed}"
    assert output_of([tapline, "read", sealed])[1] == hot_read, f"tapline read prints something else of {sealed}"


def check_limited(tapline, folder):
    """A limit of the size of files is told of like a full disk, and no reason to die."""
    before = sorted(os.listdir(os.path.join(folder, "hot")))
    status, _, trouble = output_of([tapline, "pack", folder],
                                   preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)))
    assert status == 1 and b"File too large; it stays as it is" in trouble, f"status {status}: {trouble.decode()}"
    assert sorted(os.listdir(os.path.join(folder, "hot"))) == before, "something was sealed or removed"


def main():
    tapline, data = sys.argv[1:]
    dnstap_read, zstd = program("dnstap-read"), program("zstd")
    folder = tempfile.mkdtemp(prefix="tapline-pack-")
    os.mkdir(os.path.join(folder, "hot"))
    with open(os.path.join(folder, "version"), "w", encoding="ascii") as file:
        file.write(VERSION)
    streams = []
    for path in sorted(glob.glob(os.path.join(data, "*.dnstap"))):
        with open(path, "rb") as file:
            stream = file.read()
        if printed_of(dnstap_read, path)[0] == 0 and stream.find(STOP) == len(stream) - len(STOP):
            streams += [stream, stream_of(path, REPEATED)]
    assert len(streams) > 10, "dnstap-read takes hardly any of the files"
    hot = [put_hot(folder, number, stream) for number, stream in enumerate(streams, 1)]
    printed = [printed_of(dnstap_read, path) for path in hot]
    read = [output_of([tapline, "read", path])[1] for path in hot]
    check_limited(tapline, folder)
    packed = output_of([tapline, "pack", "--block-size", "16KiB", folder])
    assert not os.listdir(os.path.join(folder, "hot")), f"not all was sealed: {packed}"
    for number in range(1, len(hot) + 1):
        check(tapline, zstd, dnstap_read, sealed_path(folder, number), printed[number - 1], read[number - 1])
    lines = sum(len(one[1].splitlines()) for one in printed)
    print(f"{len(hot)} segments, {lines} lines of dnstap-read are the same before and after")
    shutil.rmtree(folder)


main()
