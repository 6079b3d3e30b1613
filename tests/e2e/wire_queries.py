"""Queries as bytes, by the thousand and of every kind that a server may be asked: for dnsperf, which sends such a file as it is
(-B), and for sockets.

Invariant: the same seed gives the same queries."""

import random
import re
import struct

TYPES = {name: number for number, name in enumerate(
    "A NS MD MF CNAME SOA MB MG MR NULL WKS PTR HINFO MINFO MX TXT RP AFSDB X25 ISDN RT NSAP NSAP-PTR SIG KEY PX GPOS AAAA LOC "
    "NXT EID NIMLOC SRV ATMA NAPTR KX CERT A6 DNAME SINK OPT APL DS SSHFP IPSECKEY RRSIG NSEC DNSKEY DHCID NSEC3 NSEC3PARAM "
    "TLSA SMIMEA TYPE54 HIP NINFO RKEY TALINK CDS CDNSKEY OPENPGPKEY CSYNC ZONEMD SVCB HTTPS".split(), 1)}
TYPES |= {"SPF": 99, "NID": 104, "L32": 105, "L64": 106, "LP": 107, "EUI48": 108, "EUI64": 109, "TKEY": 249, "TSIG": 250, "IXFR": 251,
          "AXFR": 252, "MAILB": 253, "MAILA": 254, "ANY": 255, "URI": 256, "CAA": 257, "AVC": 258, "DOA": 259, "AMTRELAY": 260,
          "TA": 32768, "DLV": 32769}

# EDNS options by code: data that is right, and some that is not.
OPTIONS = {
    0: [b"", b"\x01"],
    1: [struct.pack(">HHHQI", 1, 1, 0, 0x123456789abcdef0, 3600), bytes(17)],
    2: [struct.pack(">I", 3600), struct.pack(">II", 3600, 93784), b"\x00"],
    3: [b"", b"ns1.example", bytes(range(40))],
    4: [b"\x01\x02"],
    5: [b"\x05\x07\x08\x0a\x0d", b""],
    6: [b"\x01\x02\x04"],
    7: [b"\x01"],
    8: [b"\x00\x01\x18\x00\xc0\x00\x02", b"\x00\x01\x20\x00\xc0\x00\x02\x05", b"\x00\x02\x38\x00\x20\x01\x0d\xb8\x00\x00\x12", b"\x00\x00\x00\x00",
        b"\x00\x01\x00\x00", b"\x00\x02\x00\x00", b"\x00\x01\x0a\x00\xc0\x40", b"\x00\x01\x18\x00\xc0\x00\x02\x01", b"\x00\x03\x00\x00"],
    9: [b"", struct.pack(">I", 604800), struct.pack(">I", 694861), b"\x00"],
    10: [bytes(range(8)), bytes(range(24)), bytes(range(40)), b"short"],
    11: [b"", b"\x00\x65", b"\x00\x00", b"\x01"],
    12: [b"", bytes(71), b"filled with words"],
    13: [b"\x03foo\x03bar\x00", b"\x03fo", b""],
    14: [struct.pack(">HH", 20326, 19036), struct.pack(">H", 1), b"\x01"],
    15: [b"\x00\x0fblocked", b"\x00\x00", b"\x00\x18" + "späße \"\\ ;'".encode(), b"\x03\xe8number only", b"\x00\x12\xff\xfe", b"\x00"],
    16: [b"\x00\x07", b"\x07"],
    17: [b"\x00\x09", b""],
    18: [b"\x05agent\x07example\x00", b"", b"\xc0\x0c"],
    19: [b"", b"\x01\x00\x78\x69\x21\x01", b"\x02\x01abc", b"\x01"],
    20: [b"anything"],
    26946: [b"\x00\x01"],
    65001: [b"\xca\xfeab", b""],
    65535: [bytes(range(256))],
}

OPCODES = (1, 2, 3, 4, 6, 15)


def wire_name(text):
    """A name in presentation format as bytes."""
    wire, label, at = b"", b"", 0
    text = text if text.endswith(".") else text + "."
    while at < len(text):
        if text[at] == ".":
            wire += bytes([len(label)]) + label if label else b""
            label = b""
        elif text[at] == "\\" and text[at + 1:at + 4].isdigit():
            label += bytes([int(text[at + 1:at + 4])])
            at += 3
        else:
            at += text[at] == "\\"
            label += text[at].encode()
        at += 1
    return wire + b"\0"


def type_number(word):
    found = re.fullmatch(r"TYPE(\d+)", word)
    return int(found[1]) if found else TYPES[word]


def opt(options=(), size=1232, flags=0, version=0, extended=0):
    data = b"".join(struct.pack(">HH", code, len(value)) + value for code, value in options)
    return b"\0" + struct.pack(">HHBBHH", 41, size, extended, version, flags, len(data)) + data


def query(name, kind, flags=0x0100, additional=(), number=0, family=1):
    return struct.pack(">6H", number, flags, 1, 0, 0, len(additional)) + wire_name(name) + struct.pack(">HH", kind, family) + \
        b"".join(additional)


def option_queries(name):
    """Every form of every EDNS option, alone, and some together."""
    everything = [(code, values[0]) for code, values in OPTIONS.items()]
    queries = [query(name, 6, additional=[opt([(code, value)])]) for code, values in OPTIONS.items() for value in values]
    return queries + [query(name, 6, additional=[opt(everything[at:at + 4])]) for at in range(0, len(everything), 4)] + \
        [query(name, 6, additional=[opt(flags=flags, version=version)])
         for flags, version in ((0x8000, 0), (0x4000, 0), (0x4321, 0), (0xffff, 0), (1, 1), (0, 255))]


class Mixture:
    """Queries for the given `NAME TYPE` lines, with whatever clients add to them, in random order, and none twice before all have
    been asked."""

    def __init__(self, lines, seed):
        self.pairs = [line.rsplit(" ", 1) for line in lines]
        self.left = []
        self.random = random.Random(seed)

    def additional(self):
        chance = self.random.random()
        if chance < 0.2:
            return []
        codes = self.random.sample(list(OPTIONS), self.random.choice((0, 0, 0, 1, 1, 2)))
        options = [(code, OPTIONS[code][0]) for code in codes]
        return [opt(options, self.random.choice((512, 1232, 1232, 4096, 65535)), self.random.choice((0, 0x8000, 0x8000, 0xc000)))]

    def next(self):
        if not self.left:
            self.left = self.random.sample(self.pairs, len(self.pairs))
        name, kind = self.left.pop()
        flags = self.random.choice((0x0100, 0x0100, 0x0100, 0, 0x0120, 0x0130, 0x0110, 0x0140))
        if self.random.random() < 0.01:
            flags |= self.random.choice(OPCODES) << 11
        if self.random.random() < 0.3:
            name = "".join(self.random.choice((letter, letter.upper())) if letter.isalpha() else letter for letter in name)
        return query(name, type_number(kind), flags, self.additional())

    def write(self, path, count):
        """The form of dnsperf -B."""
        with open(path, "wb") as file:
            for _ in range(count):
                message = self.next()
                file.write(struct.pack(">H", len(message)) + message)
