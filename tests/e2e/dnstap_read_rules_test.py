#!/usr/bin/env python3
"""BIND's dnstap-read and ours on thousands of made-up messages: dnstap_read_rules_test.py TAPLINE SOURCE_ROOT [SEED]

The messages of the tests' data are taken apart and put together wrongly: records of other types, classes, owners, sections and rdata,
said twice, cut, with bytes changed; questions and headers likewise. So every rule by which BIND takes a message for none, groups
records or prints an option is met from both sides. Then regular expressions of NAPTR, which BIND reads as well. Both print the same,
byte for byte, in every mode and in two time zones. The same seed makes the same messages."""

import glob
import os
import random
import struct
import subprocess
import sys
import tempfile

import frames
from capturing import varint
from dnstap_read_test import compare, write_stream
from servers import program, skip

MESSAGES, EXPRESSIONS = 8000, 4000
KINDS = [*range(70), *range(99, 110), 128, *range(249, 265), 32768, 32769, 65280, 65533]
CLASSES = [1, 1, 3, 4, 254, 255, 0, 42]
# Where names stand in rdata: N, or so many bytes.
LAYOUTS = {2: "N", 3: "N", 4: "N", 5: "N", 6: "NN", 7: "N", 8: "N", 9: "N", 12: "N", 14: "NN", 15: "2N", 17: "NN", 18: "2N", 21: "2N",
           26: "2NN", 33: "6N", 36: "2N", 39: "N", 47: "N"}
BYTES = [0, 1, 2, 3, 4, 39, 64, 127, 128, 192, 255]
TOKENS = [*"ab-[]^$*+?{}()|\\1,:.=0zi", "[:alpha:]", "[=a=]", "[.-.]", "[.ab.]", "{1,2}", "()", "\\1", "255", "256"]


def field(number, value):
    """One of a protobuf message."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def payload(wire, number, is_query):
    message = field(1, 5 if is_query else 6) + field(2, 1) + field(3, 1) + field(4, bytes([198, 51, 100, 7]))
    message += field(5, bytes([192, 0, 2, 53])) + field(6, number) + field(7, 53) + field(10 if is_query else 14, wire)
    return field(14, message) + field(15, 1)


def name_at(wire, at):
    """The name in full, and the offset behind it where it stands."""
    name, end = b"", None
    for _ in range(300):
        size = wire[at]
        if size >= 0xc0:
            end = end or at + 2
            at = struct.unpack_from(">H", wire, at)[0] & 0x3fff
            continue
        name += wire[at:at + size + 1]
        at += size + 1
        if size == 0:
            return name, end or at
    raise ValueError("it loops")


def rdata_at(wire, at, end, kind):
    whole = b""
    for item in LAYOUTS.get(kind, ""):
        if item == "N":
            name, at = name_at(wire, at)
            whole += name
        else:
            whole += wire[at:at + int(item)]
            at += int(item)
    return whole + wire[at:end]


def taken_apart(wire):
    """Flags, and four lists: [owner, type, class] and [owner, type, class, TTL, rdata]. ValueError and others if it is broken."""
    _, flags, *counts = struct.unpack_from(">6H", wire)
    sections, at = [[], [], [], []], 12
    for section, count in zip(sections, counts):
        for _ in range(count):
            owner, at = name_at(wire, at)
            if section is sections[0]:
                section.append([owner, *struct.unpack_from(">HH", wire, at)])
                at += 4
                continue
            kind, group, ttl, size = struct.unpack_from(">HHIH", wire, at)
            if at + 10 + size > len(wire):
                raise ValueError("it is cut off")
            section.append([owner, kind, group, ttl, rdata_at(wire, at + 10, at + 10 + size, kind)])
            at += 10 + size
    return flags, sections


def put_together(flags, sections):
    wire = struct.pack(">6H", 4660, flags, *map(len, sections))
    wire += b"".join(owner + struct.pack(">HH", kind, group) for owner, kind, group in sections[0])
    for owner, kind, group, ttl, rdata in sum(sections[1:], []):
        wire += owner + struct.pack(">HHIH", kind, group, ttl & 0xffffffff, len(rdata)) + rdata
    return wire


class Mistakes:
    """What may be wrong with a message."""

    def __init__(self, chance, records):
        self.chance, self.records = chance, records

    def in_bytes(self, old):
        chance, new = self.chance, bytearray(old)
        at, what = chance.randrange(len(new) + 1), chance.randrange(6)
        if what == 0:
            del new[at:]
        elif what == 1:
            new[at:at] = bytes(chance.choice(BYTES + [chance.randrange(256)]) for _ in range(chance.randrange(1, 9)))
        elif what == 2:
            del new[at:at + chance.randrange(1, 4)]
        elif at < len(new):
            new[at] = chance.choice(BYTES + [new[at] ^ 0x20, new[at] ^ 1 << chance.randrange(8), chance.randrange(256)])
        return bytes(new)

    def in_owner(self, owner):
        changed = bytearray(owner)
        if len(owner) > 1:
            changed[self.chance.randrange(len(owner))] = self.chance.randrange(33, 127)
        swapped = bytes(byte ^ 0x20 if chr(byte).isalpha() else byte for byte in owner)
        return self.chance.choice([bytes(changed), swapped, b"\0", self.chance.choice(self.records)[0]])

    def in_question(self, questions):
        new = list(self.chance.choice(questions))
        part = self.chance.randrange(3)
        new[part] = (self.in_owner(new[0]), self.chance.choice(KINDS), self.chance.choice(CLASSES))[part]
        self.chance.choice([lambda: questions.append(new), lambda: questions.__setitem__(0, new), questions.pop])()

    def in_record(self, sections, section, index):
        chance, record = self.chance, sections[section][index]
        what = chance.randrange(10)
        if what == 0:
            record[1] = chance.choice(KINDS)
        elif what == 1:
            record[2] = chance.choice(CLASSES)
        elif what == 2:
            record[3] = chance.choice([0, 1, 1 << 31, (1 << 32) - 1, record[3] // 2])
        elif what == 3:
            record[0] = self.in_owner(record[0])
        elif what == 4:
            record[1:3] = chance.choice([[41, 1232], [250, 255], [24, 255], [46, 1], [50, 1], [249, 255], [25, 1]])
        elif what == 5:
            sections[chance.randrange(1, 4)].append(sections[section].pop(index))
        elif what == 6:
            copy = [*record[:3], record[3] + chance.choice([0, 0, 5, -record[3]]), record[4]]
            copy[4] = self.in_bytes(copy[4]) if chance.random() < .3 else copy[4]
            copy[0] = self.in_owner(copy[0]) if chance.random() < .3 else copy[0]
            sections[section].insert(chance.randrange(index + 1), copy)
        else:
            record[4] = self.in_bytes(record[4])

    def in_message(self, flags, sections):
        """The wire form of a message with a few of them."""
        chance = self.chance
        for _ in range(chance.choice([1, 1, 1, 2, 3])):
            places = [(section, index) for section in (1, 2, 3) for index in range(len(sections[section]))]
            what = chance.randrange(14)
            if what == 0:
                flags = flags & ~0x7800 | chance.choice([0, 1, 4, 5, 5, 5, 6, 15]) << 11
            elif what == 1:
                flags ^= 1 << chance.randrange(16)
            elif what == 2 and sections[0]:
                self.in_question(sections[0])
            elif what == 3 or not places:
                sections[chance.randrange(1, 4)].append(list(chance.choice(self.records)))
            else:
                self.in_record(sections, *chance.choice(places))
        wire = put_together(flags, sections)
        return self.in_bytes(wire) if chance.random() < .2 else wire


def made_up(wires, chance):
    sound, by_kind = [], {}
    for wire in wires:
        try:
            sound.append((wire, taken_apart(wire)))
        except (ValueError, IndexError, struct.error):
            continue
        for record in sum(sound[-1][1][1][1:], []):
            by_kind.setdefault(record[1], []).append(record)
    mistakes = Mistakes(chance, [chance.choice(by_kind[kind]) for kind in sorted(by_kind) for _ in range(20)])
    for _ in range(MESSAGES):
        wire, (flags, sections) = chance.choice(sound)
        if chance.random() < .2:
            yield mistakes.in_bytes(wire)
        elif chance.random() < .5:
            yield mistakes.in_message(flags, [[list(item) for item in section] for section in sections])
        else:
            record = list(chance.choice(mistakes.records))
            yield mistakes.in_message(0x8180, [[record[:1] + [1, 1]], [record], [], []])


def expressions(chance):
    for _ in range(EXPRESSIONS):
        text = "".join(chance.choice(TOKENS) for _ in range(chance.randrange(9)))
        text = chance.choice(["!{}!x!", "!{}!\\1!i", "![{}]!!", "/{}/\\2/ii", "{}"]).format(text).encode("latin-1")
        rdata = bytes(6) + bytes([len(text)]) + text + b"\0"
        yield put_together(0x8180, [[[b"\1a\0", 35, 1]], [[b"\1a\0", 35, 1, 0, rdata]], [], []])


def wires_of(root):
    found = set()
    for path in glob.glob(os.path.join(root, "tests", "data", "*.dnstap")):
        found.update(frames.whole_frames(path))
    for path in glob.glob(os.path.join(root, "tests", "fuzz", "corpus", "bind", "*")):
        with open(path, "rb") as file:
            found.add(file.read())
    for data in sorted(found):
        try:
            message = frames.fields(frames.fields(data)[14])
        except (KeyError, IndexError, TypeError):
            continue
        yield from (message[number] for number in (10, 14) if isinstance(message.get(number), bytes))


def main():
    tapline, root, seed = os.path.abspath(sys.argv[1]), sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 1
    program("dnstap-read")
    version = subprocess.run([program("dig"), "-v"], capture_output=True, text=True).stderr
    if " 9.18." not in version:
        skip(f"the dnstap-read that is installed is of {version}, not 9.18")
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="tapline-rules-") as folder:
        ours, path = os.path.join(folder, "dnstap-read"), os.path.join(folder, "made-up.dnstap")
        os.symlink(tapline, ours)
        wires = [*made_up(sorted(set(wires_of(root))), chance), *expressions(chance)]
        write_stream(path, (payload(wire, number, chance.random() < .5) for number, wire in enumerate(wires)))
        print(f"{len(wires)} messages: {compare(path, folder, ours)} bytes of text are the same")


main()
