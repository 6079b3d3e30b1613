#!/usr/bin/env python3
"""The data path "Read" with --pair: pair_test.py TAPLINE

BIND authoritative, BIND recursive and Unbound are asked known questions. Unbound asks a server of ours, which is silent about
some names; and BIND does not tell dnstap of the answers to zone transfers. Each question must come out answered or
unanswered as it was, and each frame in exactly one exchange."""

import collections
import json
import socket
import struct
import subprocess
import sys
import threading

from frames import name_of
from servers import Named, Resolver, Unbound
from traffic import Traffic

LIVE, DEAD = 30, 6
MANY = [f"q{number}.example.test A" for number in range(40)]
AUTHORITATIVE = MANY + ["WWW.eXaMpLe.TeSt AAAA", "www.example.test A +tcp", "example.test SOA +norec", "example.test AXFR"]
RECURSIVE = MANY + ["a.types.test A", "Www.Example.Test A +tcp"]


class Upstream:
    """A name server that has an address for every name, and says nothing about those that begin with "dead"."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            query, client = self.socket.recvfrom(4096)
            labels, end = name_of(query, 12)
            if labels and labels[0].startswith(b"dead"):
                continue
            is_address = query[end:end + 2] == b"\0\1"
            answer = query[:2] + struct.pack(">5H", 0x8400, 1, is_address, 0, 0) + query[12:end + 4]
            if is_address:
                answer += b"\xc0\x0c\0\1\0\1" + struct.pack(">IH", 60, 4) + bytes([192, 0, 2, 1])
            self.socket.sendto(answer, client)


def ask_unbound(server):
    """All answers of those that are alive are waited for."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(20)
        client.connect(("127.0.0.1", server.port))
        names = [f"live{number}" for number in range(LIVE)] + [f"dead{number}" for number in range(DEAD)]
        for number, name in enumerate(names):
            label = name.encode()
            client.send(struct.pack(">6H", 40000 + number, 0x100, 1, 0, 0, 0) + bytes([len(label)]) + label +
                        b"\7example\4test\0" + struct.pack(">2H", 1, 1))
            if name.startswith("live"):
                assert client.recv(4096)[:2] == struct.pack(">H", 40000 + number), name


def read_pairs(traffic, *options):
    done = subprocess.run([traffic.tapline, "read", "--pair", *options, *traffic.files()], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0 and not done.stderr, f"status {done.returncode}: {done.stderr}"
    return done.stdout.splitlines()


class Exchange:
    def __init__(self, record):
        self.identity, self.pair, self.latency = record["identity"], record["pair"], record.get("latency")
        self.kind, self.record = record["type"], record
        message = record["response_message"] if self.kind.endswith("RESPONSE") else record["query_message"]
        self.id = message["id"]
        self.name = message["question"][0]["name"].lower() if "question" in message else ""
        self.is_of_client = self.kind.startswith(("AUTH", "CLIENT"))


def check_books(frames, exchanges):
    counts = collections.Counter(exchange.pair for exchange in exchanges)
    queries = sum(frame.is_query for frame in frames)
    assert queries == counts["answered"] + counts["unanswered"], f"{queries} queries: {counts}"
    assert len(frames) - queries == counts["answered"] + counts["unasked"], f"{len(frames) - queries} responses: {counts}"
    assert not counts["unasked"], [vars(exchange) for exchange in exchanges if exchange.pair == "unasked"]
    for exchange in exchanges:
        if exchange.pair == "answered":
            assert exchange.latency is not None and 0 <= exchange.latency < 60, exchange.record
            assert "query_time" in exchange.record and "query_message" in exchange.record, exchange.record
    return counts


def check_asked(traffic, exchanges):
    """Who was asked by dig, with an ID for each question."""
    for identity in ("bind", "resolver"):
        for question in traffic.asked[identity]:
            found = [exchange for exchange in exchanges
                     if exchange.identity == identity and exchange.is_of_client and exchange.id == question.id]
            expected = "unanswered" if "AXFR" in question.text else "answered"
            assert any(exchange.pair == expected for exchange in found), f"{identity}, {question.text}: {found}"


def check_unbound(exchanges):
    ours = [exchange for exchange in exchanges if exchange.identity == "unbound"]
    for kind, count, pair in (("live", LIVE, "answered"), ("dead", DEAD, "unanswered")):
        for number in range(count):
            name = f"{kind}{number}.example.test"
            found = [exchange for exchange in ours if exchange.name == name]
            assert {exchange.pair for exchange in found} == {pair}, f"{name}: {[e.record for e in found]}"
            assert {exchange.is_of_client for exchange in found} == {True, False}, f"{name}: one side alone"


def is_there(traffic):
    """Is all of it in the file that Unbound was asked, as far as it hands it over?"""
    asked = [(frame.kind, frame.question()) for frame in traffic.frames() if frame.identity == "unbound"]
    found = collections.Counter((kind, question[0][0][:4]) for kind, question in asked if question and question[0])
    return found["CR", b"live"] >= LIVE and found["CQ", b"dead"] >= DEAD and found["RQ", b"dead"] >= DEAD and \
        found["RR", b"live"] >= LIVE


def main():
    tapline = sys.argv[1]
    with Traffic(tapline, "pair") as traffic:
        traffic.start_capture(("bind", "resolver", "unbound"))
        bind = traffic.start(Named, "bind", traffic.socket("bind"))
        traffic.start(Resolver, "resolver", traffic.socket("resolver"), bind)
        unbound = traffic.start(Unbound, "unbound", traffic.socket("unbound"), Upstream())
        traffic.ask("bind", AUTHORITATIVE)
        traffic.ask("resolver", RECURSIVE)
        ask_unbound(unbound)
        traffic.await_true(lambda: is_there(traffic), lambda: "Unbound does not hand over its frames")
        for server in reversed(list(traffic.servers.values())):
            server.stop()
        traffic.stop_capture()
        exchanges = [Exchange(json.loads(line)) for line in read_pairs(traffic, "--format", "json")]
        counts = check_books(traffic.frames(), exchanges)
        check_asked(traffic, exchanges)
        check_unbound(exchanges)
        lines = read_pairs(traffic)
        assert sum(line.endswith(" unanswered") for line in lines) == counts["unanswered"]
        assert sum(line.endswith("ms") for line in lines) == counts["answered"]
        print(f"{len(traffic.frames())} frames: {dict(counts)}")


if __name__ == "__main__":
    main()
