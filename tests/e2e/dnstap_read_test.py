#!/usr/bin/env python3
"""Fresh traffic of real servers, printed by BIND's dnstap-read and by ours: dnstap_read_test.py TAPLINE

BIND (authoritative and recursive), Unbound and Knot are asked for records of every RR type that BIND can load, unsigned and signed in
both ways, with every EDNS option, wrong ones and whatever else questions.py and wire_queries.py have, over UDP, TCP and IPv6; they
are updated and transferred. Then some of the messages are damaged at random. What both print of that is compared byte for byte, in
each mode and in two time zones.

TAPLINE_MESSAGES says how many messages there are to be, 12000 if it is not set. Each record is asked for once before any is asked for
again, and in the end it is checked that every RR type and every EDNS option was among them."""

import filecmp
import os
import random
import re
import struct
import subprocess
import sys

import every_type
import frames
import questions
import wire_queries
from capturing import CONTENT_TYPE, START, STOP, control
from servers import Knot, Named, Resolver, Unbound, bind_release, has_ipv6, program
from traffic import Traffic

MESSAGES = int(os.environ.get("TAPLINE_MESSAGES", "12000"))
ZONES = ("every.test", "nsec.test", "nsec3.test")
ALGORITHMS = ("RSASHA256", "ECDSAP256SHA256", "ED25519")
NOT_IN_A_SIGNED_ZONE = ("RRSIG", "NSEC", "NSEC3PARAM", "NXT", "SIG", "DNSKEY", "CDS", "CDNSKEY")
MODES = [("NST3:30NDT,M3.2.0,M11.1.0", mode) for mode in ([], ["-p"], ["-x"], ["-y"])] + [("UTC0", [])]
DAMAGED = 4000  # messages
SECRET = "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"

# What dig can say, beyond questions.py.
DIG = rf"""
every.test SOA +noedns +norec
every.test SOA +edns=1 +noednsneg
every.test SOA +header-only
every.test SOA +tcflag +raflag +aaflag
every.test SOA +coflag +dnssec
every.test SOA +bufsize=0
every.test SOA +padding=468 +nsid +expire +keepalive +cookie=0102030405060708
every.test SOA +cookie=0102030405060708aabbccddeeff00112233445566778899
every.test SOA +subnet=0
every.test SOA +subnet=192.0.2.77/32
every.test SOA +subnet=::/0
every.test SOA -y hmac-md5:update:{SECRET}
every.test SOA -y hmac-sha256:update:{SECRET}
every.test SOA -y hmac-sha256:update:{SECRET} +fuzztime
every.test SOA -y hmac-sha256:update:AAAA{SECRET}
every.test SOA -y hmac-sha1:other:{SECRET}
every.test SOA -y hmac-sha512:update:{SECRET}
large.every.test TXT +bufsize=512 +ignore
large.every.test TXT +tcp
many.every.test A +bufsize=600 +ignore
every.test AXFR
every.test AXFR -y hmac-sha256:update:{SECRET}
every.test IXFR=1
nsec3.test AXFR
every.test A -c CH
every.test A -c HS
every.test ANY -c ANY
every.test TYPE0
every.test TYPE65535
every.test MAILB
every.test TKEY
1.2.0.192.in-addr.arpa PTR
""".strip().splitlines()

UPDATES = """
zone every.test
prereq nxdomain new.every.test
prereq yxdomain a-1.every.test
prereq yxrrset a-1.every.test A
prereq nxrrset a-1.every.test LOC
prereq yxrrset a-1.every.test A 0.0.0.0
update add new.every.test 300 A 192.0.2.77
update add new.every.test 300 TXT "hello ' quote" "two"
update delete new.every.test TXT "two"
update delete new.every.test TXT
update delete many.every.test
send
zone every.test
update add type.every.test 300 TYPE65400 \\# 3 010203
update add svcb.every.test 300 SVCB 1 . alpn=h2 port=53
update delete type.every.test TYPE65400 \\# 3 010203
send
"""


class EveryType(Named):
    """BIND, authoritative for the zones of every type as well."""

    def write_conf(self):
        super().write_conf()
        if not os.path.exists(self.zone_file("every.test")):
            self.write_zones()
        with open(self.conf, "a") as conf:
            for zone in ZONES:
                conf.write(f'zone "{zone}" {{ type primary; file "{zone}.signed"; check-names ignore; check-integrity no; '
                           "allow-update { key update; }; };\n")

    def zone_file(self, zone):
        return os.path.join(self.folder, zone + ".signed")

    def write_zones(self):
        with open(os.path.join(self.folder, "root.zone"), "a") as root:
            root.write("".join(f"{zone}. NS ns.root.\n" for zone in ZONES))
        with open(self.zone_file("every.test"), "w") as file:
            file.write(every_type.zone_text("every.test"))
        for zone, options in (("nsec.test", ["-x"]), ("nsec3.test", ["-3", "a1b2c3d4", "-H", "5", "-A"])):
            with open(os.path.join(self.folder, zone), "w") as file:
                file.write(every_type.zone_text(zone, NOT_IN_A_SIGNED_ZONE))
            for algorithm in ALGORITHMS:
                for kind in ([], ["-f", "KSK"]):
                    self.run("dnssec-keygen", "-q", "-a", algorithm, *kind, zone)
            self.run("dnssec-signzone", "-S", *options, "-o", zone, zone)

    def run(self, name, *words):
        done = subprocess.run([program(name), *words], cwd=self.folder, capture_output=True, text=True)
        assert done.returncode == 0, f"{name} {words}: {done.stderr}"


class KnotEveryType(Knot):
    """Knot with the zones of a BIND, in the form that needs no type to be known."""

    def __init__(self, parent, identity, tap, bind):
        self.bind = bind
        super().__init__(parent, identity, tap)

    def write_conf(self):
        super().write_conf()
        for zone in ZONES:
            done = subprocess.run([program("dig"), "@127.0.0.1", "-p", str(self.bind.port), "+noall", "+answer", "+onesoa",
                                   "+unknownformat", zone, "AXFR"], capture_output=True, check=True)
            with open(os.path.join(self.folder, zone + ".zone"), "wb") as file:
                file.write(re.sub(rb"\sCLASS1\s", b" IN ", done.stdout).replace(b"'", rb"\039"))
            with open(self.conf, "a") as conf:
                conf.write(f'  - domain: {zone}\n    file: "{zone}.zone"\n    acl: any\n')


# Asking -------------------------------------------------------------------------------------------------------------


def dig(server, lines, folder):
    """Asks what the lines say; whatever comes back is right."""
    path = os.path.join(folder, "dig-" + server.identity)
    with open(path, "w") as batch:
        for line in lines:
            name, kind, *options = line.split()
            address = "::1" if "-6" in options else "127.0.0.1"
            options = " ".join(option for option in options if option != "-6")
            if address == "127.0.0.1" or has_ipv6():
                batch.write(f"@{address} -p {server.port} +tries=1 +time=1 {options} -q {name} -t {kind}\n")
    subprocess.run([program("dig"), "-f", path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)


def update(server):
    """Updates that are carried out, that are refused, and with a signature by a public key."""
    text = UPDATES.replace("zone ", f"server 127.0.0.1 {server.port}\nzone ")
    subprocess.run([program("dnssec-keygen"), "-q", "-T", "KEY", "-n", "HOST", "-a", "ECDSAP256SHA256", "-K", server.folder, "sig0.every.test"],
                   check=True, capture_output=True)
    key, = (name for name in os.listdir(server.folder) if re.fullmatch(r"Ksig0\.every\.test.*\.private", name))
    for words in (["-y", "hmac-sha256:update:" + SECRET], ["-y", "hmac-sha512:update:" + SECRET], [], ["-v"],
                  ["-k", os.path.join(server.folder, key)]):
        subprocess.run([program("nsupdate"), "-t", "3", *words], input=text, text=True, capture_output=True, timeout=60)


def flood(server, path, *options):
    """The whole file, as fast as the server answers; Unbound leaves many without an answer, so there is little patience."""
    done = subprocess.run([program("dnsperf"), "-s", "127.0.0.1", "-p", str(server.port), "-B", "-d", path, "-n", "1", "-q", "20",
                           "-t", "0.1", *options], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return int(re.search(r"Queries sent: *(\d+)", done.stdout)[1])


def ask_everything(traffic):
    bind, knot = traffic.servers["bind"], traffic.servers["knot"]
    lines = [line for zone in ZONES for line in every_type.questions(zone)]
    for name, server in traffic.servers.items():
        dig(server, DIG + questions.AUTHORITATIVE + every_type.questions("every.test")[:40], traffic.folder)
        dig(server, [line + " -6 +dnssec" for line in every_type.questions("nsec3.test")[-40:]], traffic.folder)
        questions.send_raw(server, wire_queries.option_queries("every.test") + questions.malformed(traffic.numbers))
        mixture = wire_queries.Mixture(lines, name)
        path = os.path.join(traffic.folder, "queries-" + name)
        mixture.write(path, max(len(lines), MESSAGES // 10))
        flood(server, path)
        mixture.write(path, MESSAGES // 20)
        flood(server, path, "-m", "tcp", "-c", "4")
    update(bind)
    update(knot)


# Comparing ----------------------------------------------------------------------------------------------------------


def run(command, words, output, zone):
    with open(output, "wb") as file:
        done = subprocess.run([command, *words], executable=command, stdout=file, stderr=subprocess.PIPE,
                              env=dict(os.environ, TZ=zone, TAPLINE_DNSTAP_READ=bind_release()))
    return done.returncode, done.stderr.decode(errors="backslashreplace")


def first_difference(theirs, ours):
    """Where two files begin to differ, with some lines before that; None if they do not."""
    if filecmp.cmp(theirs, ours, shallow=False):
        return None
    with open(theirs, "rb") as one, open(ours, "rb") as other:
        before = []
        for number, (line, our) in enumerate(zip(one, other), 1):
            if line != our:
                return f"line {number}:\n" + "".join(before[-30:]) + f"theirs {line!r}\nours   {our!r}"
            before = before[-30:] + ["       " + line.decode(errors="backslashreplace")]
        return "one ends before the other"


def compare(path, folder, ours):
    """The number of bytes that were the same in all modes and zones."""
    theirs, size, faults = program("dnstap-read"), 0, []
    outputs = [os.path.join(folder, "theirs.txt"), os.path.join(folder, "ours.txt")]
    for zone, mode in MODES:
        said = [run(command, [*mode, path], output, zone) for command, output in zip((theirs, ours), outputs)]
        if said[0] != said[1]:
            faults.append(f"{mode} {path}: they end with {said[0]}, ours with {said[1]}")
        difference = first_difference(*outputs)
        if difference:
            faults.append(f"dnstap-read {' '.join(mode)} {path} (TZ={zone}), {difference}")
        size += os.path.getsize(outputs[0])
    assert not faults, "\n\n".join(faults)
    return size


def check_everything_is_there(path):
    """Every RR type of the zones, and every EDNS option."""
    text = subprocess.run([program("dnstap-read"), "-p", path], capture_output=True, check=True).stdout
    wanted = {kind for _, kind, _ in every_type.records()}
    found = {kind.decode() for kind in re.findall(rb"\tIN\t(\S+)[\t ]", text)}
    missing = {kind for kind in wanted - found if not kind.startswith("TYPE")}  # the others may have a name in BIND
    assert not missing and len(found) >= len(wanted), f"no records of the types {missing}, all in all {sorted(found)}"
    options = set(re.findall(rb"^; ([^:]+):", text, re.MULTILINE)) - {b"EDNS"}
    assert len(options) >= len(wire_queries.OPTIONS), f"only the options {options}"


def write_stream(path, payloads):
    with open(path, "wb") as file:
        file.write(control(START, CONTENT_TYPE))
        for payload in payloads:
            file.write(struct.pack(">I", len(payload)) + payload)
        file.write(control(STOP))


def damaged(payloads, chance):
    """Some of them, with a few bytes of their DNS messages changed: each stays a dnstap message."""
    for payload in chance.sample(payloads, min(DAMAGED, len(payloads))):
        message = frames.Frame(payload).message
        at = payload.find(message) if message else -1
        changed = bytearray(payload)
        for _ in range(chance.choice((1, 1, 1, 2, 4)) if at >= 0 else 0):
            place = at + chance.randrange(len(message))
            changed[place] = chance.choice((changed[place] ^ 1 << chance.randrange(8), chance.randrange(256), 0, 0xc0, 255))
        yield bytes(changed)


def main():
    tapline = os.path.abspath(sys.argv[1])
    program("dnsperf"), program("dnstap-read"), program("dnssec-signzone")
    with Traffic(tapline, "dnstap-read") as traffic:
        ours = os.path.join(traffic.folder, "dnstap-read")
        os.symlink(tapline, ours)
        traffic.start_capture(("bind", "resolver", "unbound", "knot"))
        bind = traffic.start(EveryType, "bind", traffic.socket("bind"))
        traffic.start(Resolver, "resolver", traffic.socket("resolver"), bind)
        traffic.start(Unbound, "unbound", traffic.socket("unbound"), bind)
        traffic.start(KnotEveryType, "knot", traffic.socket("knot"), bind)
        ask_everything(traffic)
        for server in reversed(list(traffic.servers.values())):
            server.stop()
        traffic.stop_capture()
        path, = traffic.files()
        payloads = frames.whole_frames(path)
        assert len(payloads) >= MESSAGES, f"only {len(payloads)} messages"
        check_everything_is_there(path)
        size = compare(path, traffic.folder, ours)
        print(f"{len(payloads)} messages of four servers: {size} bytes of text are the same")
        broken = os.path.join(traffic.folder, "damaged.dnstap")
        write_stream(broken, damaged(payloads, random.Random(7)))
        print(f"{DAMAGED} damaged ones: {compare(broken, traffic.folder, ours)} bytes are the same")


if __name__ == "__main__":
    main()
