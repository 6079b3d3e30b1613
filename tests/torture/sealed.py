"""Sealed segments, read by the format's description with the zstd tool: a second reading, independent of the program."""

import struct
import subprocess

from capturing import CONTENT_TYPE, START, STOP, control, frames_in

SEEK_TABLE = 0x8F92EAB1  # magic number at the end of zstd's seekable format
SKIPPABLE = 0x184D2A50   # and 15 more
LEDGER = b"protobuf:tapline.Ledger"
KIND, SEGMENT, TEXT, CONNECTION, FRAMES, BYTES, PACKED = 1, 2, 5, 7, 8, 9, 13  # fields of a ledger's entry
KINDS = dict(enumerate("SEGMENT CONNECTION RUNS LOSS CLOSED MARK END BLOCKS".split(), 1))


def unpacked(data):
    return subprocess.run(["zstd", "-dcq"], input=data, stdout=subprocess.PIPE, check=True).stdout


def file_of(path):
    with open(path, "rb") as file:
        return file.read()


def blocks_of(path):
    """(offset, size, uncompressed size) of each zstd frame that the seek table at the end lists."""
    data = file_of(path)
    count, descriptor, magic = struct.unpack("<IBI", data[-9:])
    assert magic == SEEK_TABLE, f"{path} does not end with a seek table"
    width = 12 if descriptor & 0x80 else 8
    table, at, blocks = len(data) - 9 - count * width, 0, []
    for number in range(count):
        packed, size = struct.unpack_from("<II", data, table + number * width)
        blocks.append((at, packed, size))
        at += packed
    return blocks


def payloads_of_block(path, block):
    """The frames in one of them."""
    offset, packed, size = block
    data = unpacked(file_of(path)[offset:offset + packed]) if size else b""
    if data[:4] in (b"", bytes(4)):  # skippable; START, STOP
        return []
    return frames_in(control(START, CONTENT_TYPE) + data + control(STOP), path)


def varints(data):
    value = shift = 0
    for byte in data:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            yield value
            value = shift = 0


def fields(data):
    """Field number to value of a protobuf message of numbers and bytes."""
    at, found = 0, {}

    def varint():
        nonlocal at
        start = at
        while data[at] > 127:
            at += 1
        at += 1
        return next(varints(data[start:at]))

    while at < len(data):
        tag = varint()
        if tag & 7:
            size = varint()
            found[tag >> 3] = data[at:at + size]
            at += size
        else:
            found[tag >> 3] = varint()
    return found


def entries_of(path):
    """The ledger of a sealed segment: (kind, fields) of each entry."""
    data = file_of(path)
    for offset, packed, _ in blocks_of(path):
        head = data[offset:offset + 16]
        if head[8:] != b"taplineL":
            continue
        assert SKIPPABLE <= struct.unpack_from("<I", head)[0] < SKIPPABLE + 16 and \
            struct.unpack_from("<I", head, 4)[0] == packed - 8, f"{path}: the ledger is in no skippable frame"
        entries = frames_in(unpacked(data[offset + 16:offset + packed]), f"the ledger of {path}", content_type=LEDGER)
        return [(KINDS[entry[KIND]], entry) for entry in map(fields, entries)]
    raise AssertionError(f"{path} has no ledger")


def senders_of(path):
    """Who sent each frame of a sealed segment, in their order; None if that is not known."""
    senders, peers = [], {}
    for kind, entry in entries_of(path):
        if kind == "SEGMENT":
            peers, first = {}, len(senders)
        elif kind == "CONNECTION":
            peers[entry[CONNECTION]] = entry[TEXT].decode()
        elif kind == "RUNS":
            numbers = list(varints(entry[PACKED]))
            for connection, count in zip(numbers[::3], numbers[1::3]):
                senders += [peers[connection] if connection else None] * count
        elif kind == "END":
            there = len(senders) - first
            assert there == entry.get(FRAMES, 0), f"{path}: runs of {there} frames in an origin of {entry.get(FRAMES, 0)}"
    return senders


def payloads_of(path):
    """All frames of a sealed segment, as the zstd tool gives them."""
    return frames_in(unpacked(file_of(path)), path)
