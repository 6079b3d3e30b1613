"""What the torture tests of an archive share: its hot segments and their ledgers, read and checked against each other."""

import os
import re

from capturing import frames_of, mark_of
from sealed import LEDGER, fields, varints

NAME = re.compile(r"^\d{8}T\d{6}Z-(\d{8})\.(fstrm|runs)$")
SEGMENT, CONNECTION, RUNS, LOSS, CLOSED, MARK = range(1, 7)


def runs_of(packed):
    """Connection, frames, arrival in ms."""
    runs, arrival, numbers = [], 0, list(varints(packed))
    for connection, frames, change in zip(numbers[::3], numbers[1::3], numbers[2::3]):
        arrival += change >> 1 ^ -(change & 1)
        runs.append((connection, frames, arrival))
    return runs


class Ledger:
    """The entries of a complete .runs file, in their order."""

    def __init__(self, path):
        entries = [fields(payload) for payload in frames_of(path, content_type=LEDGER)]
        assert entries and entries[0][1] == SEGMENT and entries[-1][1] == MARK, f"{path}: {entries[:1]}, {entries[-1:]}"
        self.run = entries[0][4]
        self.first, self.last = entries[1].get(12, 0), entries[-1].get(12, 0)
        self.names, self.runs, self.losses, self.closed = {}, [], [], {}
        for entry in entries[1:]:
            kind, connection = entry[1], entry.get(7, 0)
            if kind == CONNECTION:
                assert connection not in self.names, f"{path}: connection {connection} is named twice"
                self.names[connection] = entry[5].decode()
            elif kind == RUNS:
                self.runs += runs_of(entry[13])
            elif kind == LOSS:
                self.losses.append(entry)
            elif kind == CLOSED:
                assert connection not in self.closed, f"{path}: connection {connection} is closed twice"
                self.closed[connection] = entry
        unknown = {connection for connection, _, _ in self.runs} - set(self.names)
        assert not unknown, f"{path}: runs of connections without a name: {unknown}"


def hot_segments(archive):
    """Number to path of the rows."""
    folder, found = os.path.join(archive, "hot"), {}
    for name in os.listdir(folder):
        match = NAME.match(name)
        assert match, f"what is {name}?"
        if match.group(2) == "fstrm":
            assert int(match.group(1)) not in found, f"two segments {match.group(1)}"
            found[int(match.group(1))] = os.path.join(folder, name)
    return found


def check_archive(archive, expected):
    """The hot segments hold, for each peer, exactly its expected marks, in order; and their ledgers say of each frame which
    connection brought it: always the same of a peer, with the same number of frames as its end says."""
    found = {name: [] for name in expected}
    owners, kept, ends, last = {}, {}, {}, {}
    for number, path in sorted(hot_segments(archive).items()):
        ledger = Ledger(path[:-len(".fstrm")] + ".runs")
        frames = frames_of(path)
        assert sum(count for _, count, _ in ledger.runs) == len(frames), \
            f"{path}: {len(frames)} frames, and runs of {sum(count for _, count, _ in ledger.runs)}"
        assert last.get(ledger.run, ledger.first) == ledger.first, \
            f"{path}: begins with piece {ledger.first}, and the segment before ended with {last[ledger.run]}"
        last[ledger.run] = ledger.last
        at = 0
        for connection, count, _ in ledger.runs:
            owner = (ledger.run, connection)
            kept[owner] = kept.get(owner, 0) + count
            for payload in frames[at:at + count]:
                mark = mark_of(payload)
                peer = mark.split(b"/")[0].decode()
                found[peer].append(mark)
                assert owners.setdefault(peer, owner) == owner, f"{path}: {mark} is of {owner}, not {owners[peer]}"
            at += count
        for connection, entry in ledger.closed.items():
            assert (ledger.run, connection) not in ends, f"{path}: connection {connection} ended before"
            ends[(ledger.run, connection)] = entry
    for name, marks in expected.items():
        if found[name] != marks:
            missing = [mark for mark in marks if mark not in set(found[name])]
            raise AssertionError(f"peer {name}: {len(marks)} frames expected, {len(found[name])} found; missing "
                                 f"{missing[:3]}, {len(found[name]) - len(set(found[name]))} twice")
    for owner, entry in ends.items():
        assert entry.get(8, 0) == kept.get(owner, 0), f"connection {owner}: {entry}, and runs of {kept.get(owner, 0)}"
    assert set(kept) <= set(ends), f"no end of {set(kept) - set(ends)}"
    return sum(len(marks) for marks in expected.values())
