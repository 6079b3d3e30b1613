#!/usr/bin/env python3
"""The dnstap room against protoc: usage oracle_test.py ORACLE-PROGRAM FOLDER-OF-DNSTAP.PROTO

1. Random frames as protobuf text, encoded by protoc: we must print the text that protoc prints, and encode the very
   bytes that protoc wrote.
2. Random wire input that no encoder writes (repeats, merges, any order, long varints, unknown fields): protoc must read
   the same from our encoding as from the input.
3. Frames cut off or with a byte changed: what protoc refuses we refuse. (The reverse does not hold: protoc takes
   groups and a known field of the wrong wire type for unknown fields, and only warns of missing required ones.)
"""
import random
import shutil
import subprocess
import sys

ORACLE, FOLDER = sys.argv[1:3]
PROTO = ["protoc", "--proto_path=" + FOLDER, FOLDER + "/dnstap.proto"]
random.seed(20250201)

ENUMS = {
    "message_type": "AUTH_QUERY AUTH_RESPONSE RESOLVER_QUERY RESOLVER_RESPONSE CLIENT_QUERY CLIENT_RESPONSE "
    "FORWARDER_QUERY FORWARDER_RESPONSE STUB_QUERY STUB_RESPONSE TOOL_QUERY TOOL_RESPONSE UPDATE_QUERY "
    "UPDATE_RESPONSE".split(),
    "family": "INET INET6".split(),
    "protocol": "UDP TCP DOT DOH DNSCryptUDP DNSCryptTCP DOQ".split(),
    "http": "HTTP1 HTTP2 HTTP3".split(),
    "action": "NXDOMAIN NODATA PASS DROP TRUNCATE LOCAL_DATA".split(),
    "match": "QNAME CLIENT_IP RESPONSE_IP NS_NAME NS_IP".split(),
}
POLICY = [(1, "type", "string"), (2, "rule", "bytes"), (3, "action", "action"), (4, "match", "match"),
          (5, "value", "bytes")]
MESSAGE = [(1, "type", "message_type"), (2, "socket_family", "family"), (3, "socket_protocol", "protocol"),
           (4, "query_address", "bytes"), (5, "response_address", "bytes"), (6, "query_port", "uint32"),
           (7, "response_port", "uint32"), (8, "query_time_sec", "uint64"), (9, "query_time_nsec", "fixed32"),
           (10, "query_message", "bytes"), (11, "query_zone", "bytes"), (12, "response_time_sec", "uint64"),
           (13, "response_time_nsec", "fixed32"), (14, "response_message", "bytes"), (15, "policy", POLICY),
           (16, "http_protocol", "http")]
DNSTAP = [(1, "identity", "bytes"), (2, "version", "bytes"), (3, "extra", "bytes"), (14, "message", MESSAGE),
          (15, "type", "type")]


def run(command, data, may_fail=False):
    done = subprocess.run(command, input=data, capture_output=True)
    if done.returncode and not may_fail:
        sys.exit("%s: exit status %d\n%s" % (command, done.returncode, done.stderr.decode()))
    return None if done.returncode else done.stdout


def compare(what, expected, got):
    if expected == got:
        return
    expected, got = expected.splitlines(), got.splitlines()
    for number, (a, b) in enumerate(zip(expected, got)):
        if a != b:
            sys.exit("%s, line %d:\n  protoc %r\n  we     %r" % (what, number + 1, a, b))
    sys.exit("%s: protoc has %d lines, we %d" % (what, len(expected), len(got)))


def number(bits):
    return random.choice([0, 1, 127, 128, 2**bits - 1, random.getrandbits(random.randint(1, bits))])


def blob():
    return bytes(random.getrandbits(8) for _ in range(random.choice([0, 1, 4, 16, random.randint(0, 300)])))


# ------------------------------------------------------------------------------------------------------ 1. as text

def text_value(kind):
    if kind == "type":
        return "MESSAGE"
    if kind in ENUMS:
        return random.choice(ENUMS[kind])
    if kind in ("uint32", "fixed32"):
        return str(number(32))
    if kind == "uint64":
        return str(number(64))
    if kind == "string":
        return '"%s"' % "".join(random.choice("abcXYZ 019_-") for _ in range(random.randint(0, 20)))
    return '"%s"' % "".join("\\%03o" % byte for byte in blob())


def text_message(fields, density):
    lines = []
    for _, name, kind in fields:
        if name != "type" and random.random() > density:
            continue
        if fields is POLICY and random.random() > density:
            continue
        if isinstance(kind, list):
            lines += [name + " {", *text_message(kind, density), "}"]
        else:
            lines.append(name + ": " + text_value(kind))
    return lines


def check_text(count):
    text = "\n".join("frame {\n%s\n}" % "\n".join(text_message(DNSTAP, random.choice([0.1, 0.5, 0.9, 1])))
                     for _ in range(count))
    wire = run(PROTO + ["--encode=dnstap.Frames"], text.encode())
    compare("decoded text", run(PROTO + ["--decode=dnstap.Frames"], wire), run([ORACLE, "text"], wire))
    if run([ORACLE, "encode"], wire) != wire:
        sys.exit("our encoding differs from protoc's")


# ------------------------------------------------------------------------------------------------------ 2. as wire

def varint(value, longest=0):
    """With `longest`, at times padded with zeros up to that many bytes."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    if random.random() < 0.2 and len(out) < longest:
        out[-1] |= 0x80
        out += b"\x80" * random.randint(0, longest - len(out) - 1) + b"\x00"
    return bytes(out)


def length(value):
    return varint(len(value), 5)  # protoc takes no longer ones


def tag(number, wire_type):
    return varint(number << 3 | wire_type)


def unknown_field():
    field = random.choice([17, 20, 31, 40, 1000, 2**29 - 1])
    wire_type = random.choice([0, 1, 2, 5])
    value = {0: varint(number(64)), 1: b"8 bytes.", 2: varint(5) + b"\xffbyte", 5: b"four"}[wire_type]
    return tag(field, wire_type) + value


def wire_field(field, kind):
    if isinstance(kind, list):
        inner = wire_message(kind)
        return tag(field, 2) + length(inner) + inner
    if kind in ("bytes", "string"):
        value = blob() if kind == "bytes" else b"text"
        return tag(field, 2) + length(value) + value
    if kind == "fixed32":
        return tag(field, 5) + number(32).to_bytes(4, "little")
    if kind in ("uint32", "uint64"):  # protobuf cuts what is too long for the type
        return tag(field, 0) + varint(number(64), 10)
    # Numbers that proto2 does not know would become unknown fields in protoc; so only known ones, at times beyond 32 bits.
    value = random.randint(1, len(ENUMS.get(kind, "1"))) + (random.getrandbits(31) << 32) * random.choice([0, 1])
    return tag(field, 0) + varint(value, 10)


def wire_message(fields):
    """All fields from none to three times in any order. At most three unknown ones: they are all kept then."""
    parts = [wire_field(field, kind) for field, _, kind in fields
             for _ in range(random.choice([0, 1, 1, 2] if not isinstance(kind, list) else [0, 1, 1, 1, 2]))]
    if not any(isinstance(kind, list) for _, _, kind in fields) or random.random() < 0.5:
        parts += [unknown_field() for _ in range(random.choice([0, 0, 1]))]
    random.shuffle(parts)
    # The required type, so that protoc does not mind.
    required = [wire_field(field, kind) for field, name, kind in fields if name == "type"]
    return b"".join(parts + (required if fields is not POLICY else []))


def frames(messages):
    return b"".join(b"\x0a" + varint(len(message)) + message for message in messages)


def check_wire(count):
    messages = [wire_message(DNSTAP) for _ in range(count)]
    wire = frames(messages)
    decode = PROTO + ["--decode=dnstap.Frames"]
    compare("text of our encoding of strange input", run(decode, wire), run(decode, run([ORACLE, "encode"], wire)))
    return messages


# ------------------------------------------------------------------------------------------------------ 3. damaged

def check_damaged(messages, count):
    refused = 0
    for _ in range(count):
        message = bytearray(random.choice(messages))
        if random.random() < 0.5:
            message = message[:random.randint(0, len(message))]
        elif message:
            message[random.randrange(len(message))] = random.getrandbits(8)
        theirs = run(PROTO + ["--decode=dnstap.Dnstap"], bytes(message), may_fail=True)
        ours = run([ORACLE, "check"], frames([bytes(message)])).decode().strip()
        if theirs is None:
            refused += 1
            if ours == "TL_OK":
                sys.exit("protoc refuses what we take: " + message.hex())
        elif ours != "TL_OK" and ours.split()[0] not in ("TL_BAD_WIRE_TYPE", "TL_MISSING_FIELD"):
            sys.exit("protoc takes what we refuse with %s: %s" % (ours, message.hex()))
    if refused < count // 10:
        sys.exit("only %d of %d damaged frames were refused: the test has lost its point" % (refused, count))


if not shutil.which("protoc"):
    print("protoc is not there")
    sys.exit(77)
check_text(1500)
strange = check_wire(1500)
check_damaged([m for m in strange if len(m) < 400], 60)
