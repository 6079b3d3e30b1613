"""Data frames of a file, and what dnstap and DNS say in them, as far as the end-to-end tests ask: a second, independent
reading of what the program under test has written."""

import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "torture"))

from capturing import CONTENT_TYPE, START, control  # noqa: E402

TYPES = dict(enumerate("AQ AR RQ RR CQ CR FQ FR SQ SR TQ TR UQ UR".split(), 1))


def whole_frames(path):
    """The payloads of the frames that are whole in a file that may still grow; stops at a control frame."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except FileNotFoundError:  # completed and renamed meanwhile
        return []
    at, found = len(control(START, CONTENT_TYPE)), []
    while at + 4 <= len(data):
        size = struct.unpack_from(">I", data, at)[0]
        if not size or at + 4 + size > len(data):
            break
        found.append(data[at + 4:at + 4 + size])
        at += 4 + size
    return found


def fields(data):
    """Field number to value (the last one wins) of a protobuf message."""
    at, found = 0, {}

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        tag = varint()
        kind = tag & 7
        if kind == 0:
            found[tag >> 3] = varint()
        else:
            size = {1: 8, 5: 4}.get(kind) or varint()
            found[tag >> 3] = data[at:at + size]
            at += size
    return found


def name_of(wire, at):
    """The uncompressed name at an offset as a tuple of labels in lower case, and the offset behind it."""
    labels = []
    while wire[at]:
        labels.append(wire[at + 1:at + 1 + wire[at]].lower())
        at += 1 + wire[at]
    return tuple(labels), at + 1


class Frame:
    """One frame: `kind` is AQ, AR, ...; `message` is the DNS message that the kind is about."""

    def __init__(self, payload):
        outer = fields(payload)
        message = fields(outer[14])
        self.identity = outer.get(1, b"").decode()
        self.kind = TYPES[message[1]]
        self.is_query = self.kind.endswith("Q")
        self.message = message.get(10 if self.is_query else 14, b"")
        self.query_port = message.get(6)
        self.seconds = message.get(8 if self.is_query else 12)
        nanoseconds = message.get(9 if self.is_query else 13, b"\0\0\0\0")
        self.time = self.seconds + struct.unpack("<I", nanoseconds)[0] / 1e9
        self.id, self.questions = struct.unpack_from(">H2xH", self.message) if len(self.message) >= 12 else (None, None)

    def question(self):
        """(labels, type), or None if the message has no question."""
        if not self.questions:
            return None
        labels, at = name_of(self.message, 12)
        return labels, struct.unpack_from(">H", self.message, at)[0]


def read(path):
    return [Frame(payload) for payload in whole_frames(path)]


def with_question(lines, frames):
    """`lines` holds one line for each frame; returns those that dnstap-read prints as well. The rule: dnstap-read is
    silent about a frame whose message parses and has no question (it prints ?/?/? for one that does not parse)."""
    assert len(lines) == len(frames), f"{len(lines)} lines for {len(frames)} frames"
    return [line for line, frame in zip(lines, frames) if frame.questions]
