#!/usr/bin/env python3
"""Writes the captures of this folder that no server made: one frame for each thing that a printer can meet.

    make.py FOLDER"""

import os
import struct
import sys

CONTENT_TYPE = b"protobuf:dnstap.Dnstap"


def varint(number):
    number &= 2**64 - 1
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def number(field, value):
    return varint(field << 3) + varint(value)


def text(field, value):
    return varint(field << 3 | 2) + varint(len(value)) + value


def fixed(field, value):
    return varint(field << 3 | 5) + struct.pack("<I", value)


def control(kind, content_type=b""):
    payload = struct.pack(">I", kind) + (struct.pack(">II", 1, len(content_type)) + content_type if content_type else b"")
    return struct.pack(">II", 0, len(payload)) + payload


def stream(frames):
    return (control(2, CONTENT_TYPE) + b"".join(struct.pack(">I", len(frame)) + frame for frame in frames) + control(3))


def dnstap(message=None, before=b"", kind=1):
    return before + (text(14, message) if message is not None else b"") + number(15, kind)


def dns(flags, question=b"", answer=(), authority=(), additional=()):
    counts = struct.pack(">4H", bool(question), len(answer), len(authority), len(additional))
    return struct.pack(">HH", 0x1234, flags) + counts + question + b"".join(answer) + b"".join(authority) + b"".join(additional)


def record(name, kind, rdata, ttl=300, rclass=1):
    return name + struct.pack(">HHIH", kind, rclass, ttl, len(rdata)) + rdata


NAME = b"\3www\7example\4test\0"
QUESTION = NAME + b"\0\1\0\1"
POINTER = b"\xc0\x0c"
OPT = record(b"\0", 41, struct.pack(">HH", 10, 8) + bytes(range(8)) + struct.pack(">HH", 65001, 0), 0x0100C001, 4096)

QUERY = dns(0x0100, QUESTION)
RESPONSE = dns(0x8583, QUESTION,
               [record(POINTER, 5, b"\1a" + POINTER), record(b"\1a" + POINTER, 1, bytes([192, 0, 2, 1])),
                record(POINTER, 16, b"\x0aquote\"\\\xff\x1b\x00"), record(POINTER, 65280, b"\1\2\3")],
               [record(b"\0", 2, b"\2n\"\0", 0)], [OPT, record(b"\0", 41, b"", 0, 512)])

V4 = text(4, bytes([198, 51, 100, 7])) + text(5, bytes([192, 0, 2, 53])) + number(6, 40000) + number(7, 53)
SOCKET = number(2, 1) + number(3, 1) + V4
ASKED = number(8, 1700000000) + fixed(9, 123456789)
ANSWERED = number(12, 1700000001) + fixed(13, 5)

EVERYTHING = [
    # Every field of the schema.
    dnstap(number(1, 6) + number(2, 2) + number(3, 4) + text(4, bytes.fromhex("20010db8000000000000000000000001")) +
           text(5, bytes.fromhex("20010db8000000000000000000000053")) + number(6, 40000) + number(7, 443) + ASKED +
           text(10, QUERY) + text(11, b"\7example\4test\0") + ANSWERED + text(14, RESPONSE) +
           text(15, text(1, b"RPZ") + text(2, b"\3bad\7example\4test\0") + number(3, 6) + number(4, 5) + text(5, b"value")) +
           number(16, 2), text(1, b"ns1.example.test") + text(2, b"server \"1\"\\") + text(3, "é\x7f\x1b[2J\u009b\n😀".encode())),
    # Numbers without a word, bytes without a text.
    dnstap(number(1, 99) + number(2, 7) + number(3, -1) + text(4, b"\1\2\3") + text(5, b"") + number(6, 70000) +
           number(8, 2**64 - 1) + fixed(9, 1000000000) + text(10, QUERY) + text(11, b"\3www") +
           text(15, text(1, b"\xff") + text(2, b"") + number(3, 9) + number(4, 0) + text(5, b"\0\1")) + number(16, 4) +
           number(31, 1) + text(32, b"x"), text(1, b"\xc3\x28 not utf-8") + text(3, b"\xed\xa0\x80") + number(99, 5)),
    # More unknown fields than are listed.
    dnstap(number(1, 1), b"".join(number(100 + i, i) + text(1, b"x") for i in range(6))),
    # Half a time each.
    dnstap(number(1, 5) + SOCKET + number(8, 1700000000) + text(10, QUERY)),
    dnstap(number(1, 6) + SOCKET + fixed(13, 7) + text(14, b"")),
    dnstap(number(1, 6) + SOCKET + number(12, 1700000001)),
    # A message that is cut off, one with bytes behind it, one without a question, one that is too long.
    dnstap(number(1, 6) + SOCKET + ANSWERED + text(14, dns(0x8180, QUESTION, [record(POINTER, 1, bytes(4))])[:-2])),
    dnstap(number(1, 5) + SOCKET + ASKED + text(10, QUERY + b"more")),
    dnstap(number(1, 6) + SOCKET + ANSWERED + text(14, dns(0x8001))),
    # Nothing at all.
    dnstap(),
    dnstap(number(1, 5), kind=2),
    b"\x78\x01\x72\x02\x0b\x00",
]

# The same question once a second over the change to summer time in Berlin, and over the one back.
CHANGES = [dnstap(number(1, 5) + SOCKET + number(8, second) + fixed(9, 0) + text(10, QUERY))
           for second in (1711846799, 1711846800, 1711847699, 1711847700, 1729990799, 1729990800, 1711846799)]

# A frame of more than 512 bytes between two others.
PLAIN = dnstap(number(1, 5) + SOCKET + ASKED + text(10, QUERY))
LARGE = [PLAIN, dnstap(number(1, 5), text(3, bytes(600))), PLAIN]

# Each stream is worth a message, so that there is more to say than anybody wants to read.
MANY = stream([PLAIN]) * 30


def main():
    captures = {"everything": stream(EVERYTHING), "summer-time": stream(CHANGES), "large": stream(LARGE), "many-streams": MANY}
    for name, content in captures.items():
        with open(os.path.join(sys.argv[1], name + ".dnstap"), "wb") as file:
            file.write(content)


main()
