"""What the end-to-end tests ask the servers: questions for dig, each with a message id of its own by which its frames
are found again, and messages that no client library would send."""

import re
import socket
import struct
import subprocess

from servers import has_ipv6, program

TSIG = "-y hmac-sha256:update:c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"

# One line: name, type and options for dig. (What BIND answers before it has found a view, it does not give to dnstap: a
# class that nobody serves, an unknown EDNS version.)
AUTHORITATIVE = r"""
www.example.test A
www.example.test AAAA +tcp
www.example.test ANY
WWW.eXaMpLe.TeSt A +norec
www2.example.test A
example.test SOA +norec
example.test NS +nocookie
example.test MX +noedns
example.test TXT +dnssec
example.test CAA +nsid
chain.example.test A +subnet=192.0.2.0/24
chain.example.test A +subnet=2001:db8::/56
foo.dn.example.test A
nx.example.test A
a.b.c.d.e.f.nx.example.test A
example.test HINFO
a.wild.example.test TXT
odd\.label.example.test A
sp\032ace.example.test A
b\000in\255.example.test A
semi\;colon\$dollar\@at.example.test A
quo\"te.example.test A
back\\slash.example.test A
under_score.example.test A
xn--bcher-kva.example.test A
labels.that.are.longer.than.any.column.of.the.text.output.of.the.tools.example.test A
big.example.test TXT +bufsize=512 +ignore
big.example.test TXT +bufsize=4096
big.example.test TXT +tcp
unknown.example.test TYPE65400
_sip._udp.example.test SRV
example.test SOA +expire
example.test SOA +keepalive +tcp
example.test SOA +padding=128
example.test SOA +ednsopt=65001:cafe6162
example.test SOA +ednsopt=14:4f664a5c
example.test SOA +ednsopt=15:000f626c6f636b6564
example.test SOA +ednsopt=2:00000e10
example.test SOA +ednsopt=1:000100010000000000000000000000000e10
example.test SOA +ednsopt=19:
example.test SOA +ednsflags=0x4321
example.test SOA +cdflag +adflag +zflag +norec +aaflag
version.bind TXT -c CH
id.server TXT -c CH +nsid
refused.example A
. NS
. ANY +dnssec
example.test TKEY
example.test TYPE0
example.test TYPE65535
example.test SOA +opcode=NOTIFY
example.test SOA +opcode=STATUS
example.test SOA +opcode=IQUERY
example.test SOA +opcode=6
www.example.test A -6
www.example.test AAAA -6 +tcp +norec
nx.example.test MX -6 +dnssec
example.test SOA TSIG
example.test AXFR
example.test IXFR=1
example.test AXFR TSIG
www.signed.test A +dnssec
nx.signed.test A +dnssec
a.wild.signed.test TXT +dnssec
mail.signed.test MX +dnssec
signed.test DNSKEY +dnssec
signed.test NSEC3PARAM +dnssec
signed.test CDS +dnssec
signed.test ANY +dnssec
""".strip().splitlines()

# Every owner of the zone of many types, asked for everything it has, and for its own type.
TYPES_ZONE = "types.test"

RECURSIVE = [f"{name}.example.test {kind}" for name in "www mail nx alias chain foo.dn a.wild _sip._udp".split()
             for kind in ("A", "AAAA", "MX")] + r"""
example.test ANY +tcp
example.test TXT +dnssec
example.test SOA +norec
big.example.test TXT
big.example.test TXT +tcp
refused.invalid A
nosuch.types.test A +tcp
sp\032ace.example.test A
txt.types.test TXT
svcb.types.test SVCB
naptr.types.test NAPTR +dnssec
type65400.types.test TYPE65400
. NS
""".strip().splitlines()

KNOT = [f"{name}.example.test {kind}" for name in "www mail nx alias chain foo.dn a.wild _sip._udp".split()
        for kind in ("A", "AAAA", "MX")] + r"""
example.test ANY +tcp
example.test TXT +dnssec +nsid
example.test SOA +norec +cookie
big.example.test TXT +ignore +noedns
big.example.test TXT +tcp
sp\032ace.example.test A
refused.example A
example.test AXFR
example.test SOA +opcode=NOTIFY
www.example.test A -6
www.example.test AAAA -6 +tcp
""".strip().splitlines()


def types_zone(path):
    """`NAME TYPE` for every record of the zone file."""
    lines, owner = [], ""
    with open(path) as zone:
        for line in zone:
            found = re.match(r"(\S*)\s+([A-Z][A-Z0-9-]*)\s", line)
            if not found:
                continue
            owner = found[1] or owner
            name = TYPES_ZONE if owner == "@" else f"{owner}.{TYPES_ZONE}"
            lines += [f"{name} {found[2]}", f"{name} ANY +tcp"]
    return lines


class Question:
    def __init__(self, text, number):
        name, kind, *self.options = text.split()
        self.id, self.text, self.kind = number, text, kind
        self.is_transfer = kind.startswith(("AXFR", "IXFR"))
        self.has_opcode = any("opcode" in option for option in self.options)
        self.labels = labels_of(name)
        self.name = name

    def dig_line(self, port):
        """The line for dig's batch mode."""
        options = " ".join(self.options).replace("TSIG", TSIG)
        address = "127.0.0.1"
        if "-6" in self.options:
            address, options = "::1", options.replace("-6", "")
        return f"@{address} -p {port} +qid={self.id} {options} -q {self.name} -t {self.kind}"

    def matches(self, frame):
        """A server may answer without repeating the question; else it must be the one that was asked."""
        question = frame.question()
        return frame.id == self.id and (question is None or question[0] == self.labels)


def labels_of(name):
    """Labels in lower case of a name in presentation format."""
    labels, at, label = [], 0, b""
    while at < len(name):
        if name[at] == ".":
            labels.append(label)
            label = b""
        elif name[at] == "\\" and name[at + 1:at + 4].isdigit():
            label += bytes([int(name[at + 1:at + 4])])
            at += 3
        else:
            at += name[at] == "\\"
            label += name[at].encode()
        at += 1
    return tuple(one.lower() for one in labels + [label] if one)


class Numbers:
    """Message ids that are given out once in a test."""

    def __init__(self):
        self.last = 1  # 1 is what servers.py asks with

    def questions(self, lines):
        return [Question(line, self.next()) for line in lines if "-6" not in line.split() or has_ipv6()]

    def next(self):
        self.last += 1
        return self.last


def ask(server, questions, folder):
    """Asks them one after another. Each is sent once, whatever comes back."""
    path = f"{folder}/questions-{server.identity}"
    with open(path, "w") as batch:
        for question in questions:
            batch.write(question.dig_line(server.port) + "\n")
    done = subprocess.run([program("dig"), "+tries=1", "+time=5", "-f", path], capture_output=True, text=True)
    assert done.returncode in (0, 9), f"dig: {done.stderr}"
    answered = {int(number) for number in re.findall(r"->>HEADER<<-.* id: (\d+)", done.stdout)}
    for question in questions:
        assert question.id in answered or question.is_transfer, f"{server.identity} did not answer {question.text}"


def update(server, name):
    """A signed dynamic update that is carried out, and one without signature that is refused."""
    text = (f"server 127.0.0.1 {server.port}\nzone example.test\n"
            f"update add {name}.example.test 300 A 192.0.2.77\nsend\n")
    key = "key hmac-sha256:update c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0\n"
    subprocess.run([program("nsupdate")], input=key + text, text=True, check=True, capture_output=True)
    refused = subprocess.run([program("nsupdate")], input=text, text=True, capture_output=True)
    assert "REFUSED" in refused.stderr, f"an update without a signature was not refused: {refused.stderr}"


def malformed(numbers):
    """Messages that are wrong, each with an id of its own where there is room for one."""
    def message(flags, counts, rest):
        return struct.pack(">6H", numbers.next(), flags, *counts) + rest

    www = b"\x03www\x07example\x04test\x00\x00\x01\x00\x01"
    return [
        b"", b"\x00", b"\x00\x01\x00\x00\x00",                            # shorter than a header
        message(0x0100, (0, 0, 0, 0), b""),                               # no question
        message(0x0100, (1, 0, 0, 0), b""),                               # the question is missing
        message(0x0100, (1, 0, 0, 0), www[:-2]),                          # the class is missing
        message(0x0100, (1, 0, 0, 0), b"\xc0\x0c\x00\x01\x00\x01"),       # a name that points to itself
        message(0x0100, (1, 0, 0, 0), b"\x40www\x00\x00\x01\x00\x01"),    # a label type that does not exist
        message(0x0100, (1, 0, 0, 0), www + b"garbage behind the end"),
        message(0x0100, (2, 0, 0, 0), www + www),                         # the same question twice
        message(0x0100, (2, 0, 0, 0), www + b"\xc0\x0c\x00\x1c\x00\x01"),  # two types of one name
        message(0x0100, (65535, 65535, 65535, 65535), www),
        message(0x0100, (1, 0, 0, 1), www + b"\x00\x00\x29\x02\x00\x00\x00\x00\x00\x00\x0a\x00"),  # OPT cut off
        message(0x0100, (1, 0, 0, 2), www + 2 * b"\x00\x00\x29\x02\x00\x00\x00\x00\x00\x00\x00"),  # two OPT
        message(0x8180, (1, 0, 0, 0), www),                               # an answer, not a query
        message(0x7800, (1, 0, 0, 0), www),                               # opcode 15
        message(0x0100, (1, 0, 0, 0), b"\x3f" + b"x" * 63 + www),
        message(0x0100, (1, 0, 0, 0), b"\x01a" * 127 + b"\x00\x00\x01\x00\x01"),
    ]


def send_raw(server, messages):
    """Sends each over UDP and over TCP. Returns the answers."""
    answers = []
    for data in messages:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.settimeout(0.1)
            udp.sendto(data, ("127.0.0.1", server.port))
            try:
                answers.append(udp.recv(65535))
            except OSError:
                pass
        with socket.create_connection(("127.0.0.1", server.port)) as tcp:
            tcp.settimeout(0.1)
            tcp.sendall(struct.pack(">H", len(data)) + data)
            try:
                answers.append(tcp.recv(65535)[2:])
            except OSError:
                pass
    return [answer for answer in answers if len(answer) >= 12]

