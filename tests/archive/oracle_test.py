#!/usr/bin/env python3
"""A sealed segment as other programs see it: usage oracle_test.py ORACLE-PROGRAM FOLDER-OF-DNSTAP-FILES

1. zstd unpacks it to START, all data frames in their order, and STOP, and finds no fault in it.
2. A second reading of the seek table, after zstd's zstd_seekable_compression_format.md: each entry is a frame of the
   file that unpacks alone, to as many bytes, under that checksum.
3. A second reading of the ledger and the contents: their origins, frames, bytes and losses.
4. dnstap-read and fstrm_dump make the same of the unpacked file as of the original.
"""
import glob
import os
import shutil
import struct
import subprocess
import sys
import tempfile

ORACLE, FOLDER = sys.argv[1:3]
SKIPPED = 77
START = struct.pack(">IIIII", 0, 34, 2, 1, 22) + b"protobuf:dnstap.Dnstap"
STOP = struct.pack(">III", 0, 4, 3)
FRAMES = 4000

MASK = (1 << 64) - 1
P1, P2, P3, P4, P5 = (0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63,
                      0x27D4EB2F165667C5)


def rotated(value, by):
    return (value << by | value >> (64 - by)) & MASK


def xxh64(data):
    """https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md, with seed 0."""
    def step(lane, word):
        return rotated((lane + word * P2) & MASK, 31) * P1 & MASK

    at, size = 0, len(data)
    if size >= 32:
        lanes = [(P1 + P2) & MASK, P2, 0, -P1 & MASK]
        while at + 32 <= size:
            lanes = [step(lane, word) for lane, word in zip(lanes, struct.unpack_from("<4Q", data, at))]
            at += 32
        value = sum(rotated(lane, by) for lane, by in zip(lanes, (1, 7, 12, 18))) & MASK
        for lane in lanes:
            value = ((value ^ step(0, lane)) * P1 + P4) & MASK
    else:
        value = P5
    value = (value + size) & MASK
    for at in range(at, size - 7, 8):
        value = (rotated(value ^ step(0, struct.unpack_from("<Q", data, at)[0]), 27) * P1 + P4) & MASK
    at = size - size % 8
    if size - at >= 4:
        value = (rotated(value ^ struct.unpack_from("<I", data, at)[0] * P1 & MASK, 23) * P2 + P3) & MASK
        at += 4
    for byte in data[at:]:
        value = rotated(value ^ byte * P5 & MASK, 11) * P1 & MASK
    value = (value ^ value >> 33) * P2 & MASK
    value = (value ^ value >> 29) * P3 & MASK
    return value ^ value >> 32


def frames_of(stream):
    """The payloads of the data frames; control frames are passed over."""
    at, found = 0, []
    while at + 4 <= len(stream):
        size = struct.unpack_from(">I", stream, at)[0]
        if size == 0:
            at += 8 + struct.unpack_from(">I", stream, at + 4)[0]
            continue
        found.append(stream[at + 4:at + 4 + size])
        at += 4 + size
    assert at == len(stream)
    return found


def entry_of(message):
    """Field number to value of a ledger's entry."""
    at, found = 0, {}

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(message):
        tag = varint()
        assert tag & 7 in (0, 2)
        found[tag >> 3] = varint()
        if tag & 7 == 2:
            size = found[tag >> 3]
            found[tag >> 3] = message[at:at + size]
            at += size
    return found


def run(*command, given=None):
    done = subprocess.run(command, input=given, capture_output=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: status {done.returncode}: {done.stderr.decode()}"
    return done.stdout


def unpacked(data):
    return run("zstd", "-dcq", given=data)


def make_original(path):
    samples = []
    for name in sorted(glob.glob(FOLDER + "/types-*.dnstap") + glob.glob(FOLDER + "/kdig-*.dnstap")):
        with open(name, "rb") as file:
            samples += frames_of(file.read())
    assert len(samples) > 10
    payloads = [samples[number * 7 % len(samples)] for number in range(FRAMES)]
    with open(path, "wb") as file:
        file.write(START + b"".join(struct.pack(">I", len(payload)) + payload for payload in payloads) + STOP)
    return payloads


def check_seek_table(data, count_of_blocks):
    """Returns the skippable frames that it lists."""
    count, descriptor, magic = struct.unpack("<IBI", data[-9:])
    assert (descriptor, magic) == (0x80, 0x8F92EAB1)
    table = len(data) - 9 - 12 * count
    assert struct.unpack_from("<II", data, table - 8) == (0x184D2A5E, 12 * count + 9)
    at, whole, skippable = 0, b"", []
    for number in range(count):
        packed_size, size, checksum = struct.unpack_from("<III", data, table + 12 * number)
        frame = data[at:at + packed_size]
        magic, rest = struct.unpack_from("<II", frame)
        if magic == 0xFD2FB528:
            content = unpacked(frame)
        else:
            assert magic & 0xFFFFFFF0 == 0x184D2A50 and rest == packed_size - 8
            content = b""
            skippable.append(frame)
        assert len(content) == size and xxh64(content) & 0xFFFFFFFF == checksum
        whole += content
        at += packed_size
    assert at == table - 8
    assert whole == unpacked(data)
    assert count == count_of_blocks + 4
    return skippable


def check_ledger(frame, kinds):
    """The entries of a ledger in a skippable frame: of which kinds, and that they add up."""
    entries = [entry_of(message) for message in frames_of(unpacked(frame[16:]))]
    assert [entry[1] for entry in entries if entry[1] not in (3, 8)] == kinds, entries
    ends = [entry for entry in entries if entry[1] == 7]
    assert [end[2] for end in ends] == [5, 8]
    assert sum(end[8] for end in ends) == FRAMES
    assert [entry[8] for entry in entries if entry[1] == 4][-1] == (4 if kinds[-1] == 4 else 2)
    return ends


def check(folder):
    original = os.path.join(folder, "original.fstrm")
    payloads = make_original(original)
    sealed = run(ORACLE, original, os.path.join(folder, "archive")).decode().strip()
    with open(sealed, "rb") as file:
        data = file.read()
    with open(original, "rb") as file:
        expected = file.read()
    assert run("zstd", "-dcq", sealed) == expected
    assert frames_of(expected) == payloads
    run("zstd", "-tq", sealed)

    listed = run("zstd", "-lv", sealed).decode()
    frames = int(listed.split("# Zstandard Frames: ")[1].split()[0])
    assert "# Skippable Frames: 3" in listed and frames > 10, listed
    ledger, contents = check_seek_table(data, frames - 2)
    assert ledger[8:16] == b"taplineL" and contents[8:16] == b"taplineC"
    ends = check_ledger(ledger, [1, 4, 7, 1, 4, 7])
    assert ends == check_ledger(contents, [1, 7, 1, 7, 4])
    assert sum(end[9] for end in ends) == len(expected) - len(START) - len(STOP)

    again = os.path.join(folder, "again.fstrm")
    with open(again, "wb") as file:
        file.write(unpacked(data))
    readers = [reader for reader in ("dnstap-read", "fstrm_dump") if shutil.which(reader)]
    for reader in readers:
        output = run(reader, again)
        assert output == run(reader, original) and len(output) > FRAMES
    print(f"{frames - 2} blocks; read by zstd, {', '.join(readers) or 'and by no other, for none is installed'}")


def main():
    if not shutil.which("zstd"):
        print("skipped: zstd is not installed (make deps installs it)")
        sys.exit(SKIPPED)
    assert xxh64(b"") == 0xEF46DB3751D8E999
    with tempfile.TemporaryDirectory(prefix="tapline-sealed-") as folder:
        check(folder)


main()
