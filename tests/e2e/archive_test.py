#!/usr/bin/env python3
"""The data path "Archive": archive_test.py TAPLINE

Seven real servers send to one capture into an archive with small segments, which are packed while they come. As many
frames as the servers say they had are in the archive, every question is among them, and the books balance. A sealed
segment is, by zstd and dnstap-read, what dnstap-read makes of the same frames. A follower with a cursor that is stopped
and started again shows every frame once; `status` counts as many; and a period of it holds what its times say."""

import json
import os
import struct
import subprocess
import sys

from frames import CONTENT_TYPE, START, Frame, control
from live_capture_test import check_counts, check_questions
from read_test import output_of
from servers import program
from traffic import Traffic, books

from capturing import STOP, frames_in


def stream_of(payloads):
    return (control(START, CONTENT_TYPE) + b"".join(struct.pack(">I", len(payload)) + payload for payload in payloads)
            + control(STOP))


def read_archive(tapline, archive, *options):
    return frames_in(output_of([tapline, "read", "--format", "raw", *options, archive]), archive)


def segments(archive):
    """Paths of the sealed segments in the archive, in order, and of hot ones."""
    paths = sorted((os.path.join(folder, name) for folder, _, names in os.walk(archive) for name in names
                    if name.endswith((".fstrm", ".fstrm.zst"))), key=lambda path: os.path.basename(path)[16:])
    return [path for path in paths if path.endswith(".zst")], [path for path in paths if path.endswith(".fstrm")]


class Follower:
    """Everything that `read --follow --cursor` prints over several runs."""

    def __init__(self, traffic, archive):
        self.traffic, self.archive, self.payloads = traffic, archive, []

    def run(self, enough):
        """Until there are so many frames in all, at least."""
        path = os.path.join(self.traffic.folder, "followed")
        with open(path, "wb") as output:
            process = self.traffic.run("follow.log", [self.traffic.tapline, "read", "--follow", "--format", "raw",
                                                      "--cursor", "test", self.archive], stdout=output)

        def count():
            with open(path, "rb") as file:
                return len(self.payloads) + len(frames_in(file.read() + control(STOP), path, complete=False))

        def is_enough():
            try:
                return count() >= enough
            except AssertionError:  # it ends in the midst of a frame
                return False

        self.traffic.await_true(is_enough, lambda: f"too few frames followed: {self.traffic.text('follow.log')}")
        process.terminate()
        assert process.wait(20) == 0, self.traffic.text("follow.log")
        with open(path, "rb") as file:
            self.payloads += frames_in(file.read(), path)


def check_sealed(tapline, archive, payloads, folder):
    """Each segment by the tools that everybody has."""
    sealed, hot = segments(archive)
    assert len(sealed) > 2 and not hot, f"{len(sealed)} sealed segments, {hot}"
    path, at = os.path.join(folder, "again.fstrm"), 0
    for segment in sealed:
        stream = output_of([program("zstd"), "-dcq", segment])
        here = frames_in(stream, segment)
        assert here == payloads[at:at + len(here)], f"{segment} holds other frames than are read"
        at += len(here)
        with open(path, "wb") as file:
            file.write(stream_of(here))
        pipe = subprocess.Popen([program("zstd"), "-dcq", segment], stdout=subprocess.PIPE)
        ours = output_of([program("dnstap-read"), "/dev/stdin"], stdin=pipe.stdout)
        assert pipe.wait() == 0 and ours == output_of([program("dnstap-read"), path]), f"{segment}: other lines"
    assert at == len(payloads), f"{at} frames in the segments, {len(payloads)} are read"
    return len(sealed)


def check_lines(tapline, archive, payloads, folder):
    path = os.path.join(folder, "all.fstrm")
    with open(path, "wb") as file:
        file.write(stream_of(payloads))
    assert output_of([tapline, "read", archive]) == output_of([tapline, "read", path]), "other lines than of a file"
    assert output_of([tapline, "read", "--format", "json", archive]) == output_of(
        [tapline, "read", "--format", "json", path]), "other objects than of a file"


def check_period(tapline, archive, payloads):
    """--since and --until by the frames' own times."""
    times = sorted(Frame(payload).time for payload in payloads)
    since, until = times[len(times) // 3], times[2 * len(times) // 3]

    def text(time):
        return subprocess.run(["date", "-u", "-d", f"@{time:.6f}", "+%Y-%m-%dT%H:%M:%S.%NZ"], check=True,
                              capture_output=True, text=True).stdout.strip()

    found = read_archive(tapline, archive, "--since", text(since), "--until", text(until))
    slack = 0.00001  # a double holds microseconds of today, not nanoseconds
    least = [payload for payload in payloads if since + slack <= Frame(payload).time < until - slack]
    most = [payload for payload in payloads if since - slack <= Frame(payload).time < until + slack]
    assert set(least) <= set(found) <= set(most) and len(least) <= len(found) <= len(most) and least, \
        f"{len(found)} frames of a period that has {len(least)}"


def check_status(tapline, archive, payloads):
    status = json.loads(output_of([tapline, "status", "--format", "json", archive]))
    count = status["sealed"]["frames"] + status["hot"]["frames"]
    assert count == len(payloads) and not status["lost"], f"status: {count} frames of {len(payloads)}, {status['lost']}"
    output_of([tapline, "status", archive])


def main():
    tapline = sys.argv[1]
    with Traffic(tapline, "archive") as traffic:
        archive = traffic.output
        traffic.start_everything("--segment-size", "64KiB", "--frame-limit", "16KiB", archive=True)
        follower = Follower(traffic, archive)
        follower.run(0)
        traffic.ask_everything()
        follower.run(500)
        traffic.stop_servers()
        log = traffic.stop_capture()
        output_of([tapline, "pack", archive])
        payloads = read_archive(tapline, archive)
        follower.run(len(payloads))

        frames = [Frame(payload) for payload in payloads]
        by_server = {identity: [frame for frame in frames if frame.identity == identity] for identity in traffic.servers}
        for identity, asked in traffic.asked.items():
            check_questions(identity, asked, by_server[identity])
        check_counts(traffic, by_server)
        total = books(log)
        assert total["frames_in"] == total["frames_out"] == len(frames), f"{len(frames)} frames in the archive, {total}"
        assert follower.payloads == payloads, f"{len(follower.payloads)} frames were followed, {len(payloads)} are there"
        check_lines(tapline, archive, payloads, traffic.folder)
        count = check_sealed(tapline, archive, payloads, traffic.folder)
        check_period(tapline, archive, payloads)
        check_status(tapline, archive, payloads)
        output_of([tapline, "verify", archive])
        print(f"{len(payloads)} frames of {len(traffic.servers)} servers in {count} sealed segments: every one found, the "
              "books balance, zstd and dnstap-read read them, and a follower has got each once")


main()
