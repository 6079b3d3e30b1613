#!/usr/bin/env python3
"""The data path "Live capture": live_capture_test.py TAPLINE [FOLDER]

With a FOLDER, BIND and Knot are given the libfstrm that is in it.

Seven real servers send to one capture over unix sockets and TCP, with both handshakes. Every question that was asked
is in the file; as many frames as BIND says it sent, as many queries as Unbound and Knot say they had; the books
balance with the file, and dnstap-read reads it."""

import os
import subprocess
import sys

from frames import read
from servers import Named, program
from traffic import MALFORMED, Traffic, books

FORMERR = 1


def check_questions(identity, asked, frames):
    """Every question is there, with its answer."""
    by_id = {}
    for frame in frames:
        by_id.setdefault(frame.id, []).append(frame)
    for question in asked:
        found = [frame for frame in by_id.get(question.id, []) if question.matches(frame)]
        queries = sum(frame.is_query for frame in found)
        # Servers do not give dnstap the answers of transfers, and not every one gives queries of other opcodes.
        assert queries or question.has_opcode, f"{identity}: the query \"{question.text}\" is not in the file"
        assert queries < len(found) or question.is_transfer, f"{identity}: no answer to \"{question.text}\" in the file"


class Dropped(Exception):
    """A server's own libfstrm dropped frames, as Debian's does on a busy machine: nothing is proven then."""


def check_counts(traffic, by_server):
    """What each server has counted is what arrived."""
    for identity, server in traffic.servers.items():
        counted, frames = traffic.counts[identity], by_server[identity]
        if isinstance(server, Named):
            sent, dropped = counted
            if dropped:
                raise Dropped(f"{identity} dropped {dropped} frames itself, so nothing is proven")
            assert sent == len(frames), f"{identity} has sent {sent} frames, {len(frames)} are in the file"
        elif identity not in MALFORMED:  # Knot counts those as well, and gives dnstap only some of them
            queries = sum(frame.kind in ("CQ", "AQ") for frame in frames)
            assert queries == counted, f"{identity} had {counted} queries, {queries} are in the file"


def check_updates(frames):
    """The update that was carried out, the one that was refused, and both answers."""
    updates = [frame for frame in frames if frame.kind == "UQ" and b"\x07updated" in frame.message]
    answers = [frame for frame in frames if frame.kind == "UR"]
    assert len(updates) == 2, f"{len(updates)} updates instead of 2"
    codes = sorted(frame.message[3] & 15 for frame in answers)
    assert codes == [0, 5], f"updates were answered with {codes}"


def check_malformed(traffic, by_server):
    """What is answered is recorded, also when it was no proper query."""
    assert traffic.malformed_answers, "no malformed message was answered"
    for identity, answer in traffic.malformed_answers:
        if answer[3] & 15 == FORMERR and isinstance(traffic.servers[identity], Named):
            continue  # BIND gives dnstap nothing of a query that it cannot parse
        found = [frame for frame in by_server[identity] if frame.message[:2] == answer[:2] and not frame.is_query]
        assert found, f"{identity}: the answer {answer.hex()} to a malformed message is not in the file"


def check_dnstap_read(path, frames):
    done = subprocess.run([program("dnstap-read"), path], capture_output=True, text=True)
    lines, expected = len(done.stdout.splitlines()), sum(bool(frame.questions) for frame in frames)
    assert not done.stderr and lines == expected, f"dnstap-read: {lines} lines of {expected}; {done.stderr}"


def check_library(servers, folder):
    """BIND and Knot have loaded the libfstrm of `folder`, and no other."""
    for identity, server in servers.items():
        with open(f"/proc/{server.process.pid}/maps") as maps:
            loaded = {line.split()[-1] for line in maps if "libfstrm" in line}
        if not identity.startswith("unbound"):
            assert len(loaded) == 1 and os.path.dirname(*loaded) == folder, f"{identity} uses {loaded}"


def capture_everything(folder):
    with Traffic(sys.argv[1], "live") as traffic:
        traffic.start_everything()
        if folder:
            check_library(traffic.servers, folder)
        traffic.ask_everything()
        traffic.stop_servers()
        log = traffic.stop_capture()
        path, = traffic.files()
        assert not path.endswith(".part"), f"{path} was not completed"
        frames = read(path)
        by_server = {identity: [frame for frame in frames if frame.identity == identity]
                     for identity in traffic.servers}
        check_counts(traffic, by_server)
        for identity, asked in traffic.asked.items():
            check_questions(identity, asked, by_server[identity])
        check_updates(by_server["bind"])
        check_malformed(traffic, by_server)
        assert sum(map(len, by_server.values())) == len(frames), "there are frames of nobody"
        total = books(log)
        assert total["connections"] == len(traffic.servers), log
        assert total["frames_in"] == total["frames_out"] == len(frames), f"{len(frames)} frames in the file, {total}"
        check_dnstap_read(path, frames)
        print(f"{sum(map(len, traffic.asked.values()))} questions to {len(traffic.servers)} servers, "
              f"{len(frames)} frames: every one found, the books balance")


def main():
    folder = os.path.realpath(sys.argv[2]) if len(sys.argv) > 2 else None
    if folder:
        os.environ["LD_LIBRARY_PATH"] = folder
    for attempt in range(3):
        try:
            return capture_everything(folder)
        except Dropped as dropped:
            assert not folder, f"with our libfstrm: {dropped}"
            print(f"{dropped}; again")
    raise AssertionError("a server dropped frames itself in each of three runs")


if __name__ == "__main__":
    main()
