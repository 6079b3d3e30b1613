#!/usr/bin/env python3
"""Books under violence: kill -9 of a capture into an archive, whose packer seals behind it, and of `tapline pack` and `tapline
repack --merge`, at random moments, N kills of captures in all. Meanwhile two followers with cursors are ended (one by SIGTERM,
one by kill -9) and started again, and the whole is read. In the end every frame that had left a unix socket is in the archive
exactly once, under the peer that sent it, `verify` finds nothing, each read was the beginning of what there is now, and
the followers have got everything in order: the first exactly once. In every third archive retention removes what is old;
there what is kept and what was removed are the books, and followers that hold their frames get all."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

from archives import Books, Follower, check_followed, connect, enter_all, peers_of, push_some, read_marks, rows_of, run, \
    run_and_kill, verify
from capturing import Capture, frames_in, mark_of
from sealed import payloads_of, senders_of

KILLS = 4  # of captures, in one archive
VARIANTS = [[], ["--queue-size", "4MiB"], ["--sync", "always"], ["--level", "1"], ["--frame-limit", "400KiB"]]


class Torture:
    """One archive and what happens to it."""

    def __init__(self, program, folder, seed, keep):
        self.program, self.folder, self.rng, self.keep = program, folder, random.Random(seed), keep
        self.archive = os.path.join(folder, "archive")
        self.options = ["--segment-size", "1MiB", *self.rng.choice(VARIANTS)]
        self.books, self.peer_count, self.snapshots, self.failures = Books(), 0, [], []
        self.captures = []
        self.sockets = [os.path.join(folder, f"socket{number}") for number in range(3)]
        first = self.start().await_log("listening on tcp:")
        assert first.stop() == 0, first.log()
        hold = ["--hold"] if keep else []
        self.followers = [Follower(program, self.archive, folder, "ended", seed + 1, *hold),
                          Follower(program, self.archive, folder, "killed", seed + 2, *hold, ends_with=signal.SIGKILL)]

    def start(self):
        listen = [word for path in self.sockets[1:] for word in ("--listen", "unix:" + path)]
        packing = ["--no-pack"] if self.rng.random() < 0.2 else self.keep
        capture = Capture(self.program, self.folder, *listen, "--listen", "tcp:127.0.0.1:0", *self.options, *packing,
                          listen="unix:" + self.sockets[0], archive=self.archive)
        self.captures.append(capture)
        return capture

    def abandon(self):
        """Leaves nothing running behind a test that has failed."""
        for follower in self.followers:
            follower.abandon()
        for capture in self.captures:
            if capture.process.poll() is None:
                capture.kill()

    def connect_some(self, capture):
        """With retention none over TCP, since only followers see all of those frames."""
        pairs = []
        for _ in range(self.rng.randint(1, 4)):
            is_tcp = not self.keep and self.rng.random() < 0.2
            address = ("127.0.0.1", capture.tcp_port()) if is_tcp else self.rng.choice(self.sockets)
            pairs.append(connect(capture, f"p{self.peer_count}", address, self.rng.random() < 0.7))
            self.peer_count += 1
        return pairs

    def kill_a_capture(self):
        """While it receives, writes and seals, with others at work in the archive."""
        capture = self.start().await_log("listening on tcp:")
        pairs = self.connect_some(capture)
        others = [threading.Thread(target=self.disturb, args=(self.rng.random(),)) for _ in range(2)]
        killer = threading.Timer(self.rng.random() * self.rng.choice([0.06, 0.4]), capture.kill)
        for thread in (*others, killer):
            thread.start()
        while killer.is_alive():
            push_some([peer for peer, _ in pairs], self.rng)
        for thread in (*others, killer):
            thread.join()
        enter_all(self.books, pairs)

    def disturb(self, seed):
        """Somebody else at work in the archive, who is killed as well, but for a reader of the whole."""
        rng = random.Random(seed)
        commands = {"pack": ["pack", *self.keep], "verify": ["verify"], "status": ["status"],
                    "merge": ["repack", "--merge", rng.choice(["1MiB", "10MiB"])], "read": []}
        what = rng.choice(list(commands))
        try:
            if what == "read":
                self.snapshots.append(self.read_now())
            else:
                run_and_kill([self.program, *commands[what], self.archive], rng.random() * rng.choice([0.03, 0.3]))
        except BaseException as failure:
            self.failures.append(failure)

    def read_now(self):
        """What a reader finds while the archive changes under it, and may end in the midst of a frame."""
        done = subprocess.run([self.program, "read", "--format", "raw", self.archive], capture_output=True)
        assert done.returncode in (0, 1), f"read: status {done.returncode}\n{done.stderr.decode()}"
        return [mark_of(payload) for payload in frames_in(done.stdout, "read")]

    def kill_others(self):
        """Nobody captures: the archive is packed, merged, or taken up by a capture that is killed at once."""
        for _ in range(self.rng.randint(0, 2)):
            command = self.rng.choice([None, ["pack", *self.keep], ["repack", "--merge", "10MiB"]])
            if command:
                run_and_kill([self.program, *command, self.archive], self.rng.random() * self.rng.choice([0.02, 0.2]))
            else:
                again = self.start()
                time.sleep(self.rng.random() * 0.05)
                again.kill()

    def work(self):
        for follower in self.followers:
            follower.start()
        for _ in range(KILLS):
            self.kill_a_capture()
            self.kill_others()
            if self.failures:
                raise self.failures[0]
        last = self.start().await_log("listening on tcp:")
        assert last.stop() == 0, last.log()
        return self.check_removed() if self.keep else self.check_all()

    def check_all(self):
        marks = read_marks(self.program, self.archive)
        count = self.books.check(marks)
        for snapshot in self.snapshots:
            assert snapshot == marks[:len(snapshot)], f"a read of {len(snapshot)} frames was not the beginning of these"
        self.check_followers(marks)
        self.check_peers()
        for command in ["pack"], ["repack", "--merge", "100MiB"]:
            run([self.program, *command, self.archive])
            assert read_marks(self.program, self.archive) == marks, f"other frames after {command}"
            self.check_peers()
            verify(self.program, self.archive)
        self.check_sealed(marks)
        return count

    def check_sealed(self, marks):
        """By the format's description and the zstd tool alone."""
        rows = rows_of(self.archive)
        assert not [path for path in rows if path.startswith("hot/")], f"not packed: {rows}"
        found = []
        for path in sorted((os.path.join(self.archive, name) for name in rows), key=os.path.basename):
            here, senders = [mark_of(payload) for payload in payloads_of(path)], senders_of(path)
            assert senders == [self.books.peers[mark.split(b"/")[0].decode()] for mark in here], f"other senders in {path}"
            found += here
        assert found == marks, "zstd has other frames than `tapline read`"

    def check_followers(self, marks):
        for follower in self.followers:
            follower.finishing.set()
        ended, killed = self.followers
        check_followed(ended, ended.finish(len(marks)), marks)
        check_followed(killed, killed.finish(len(marks)), marks, may_repeat=True)

    def check_peers(self):
        """Each frame is that of the connection that brought it."""
        for mark, peer in peers_of(self.program, self.archive):
            sender = self.books.peers[mark.split(b"/")[0].decode()]
            assert peer == sender, f"{mark} is said to be from {peer}, and was sent by {sender}"

    def check_removed(self):
        """What the followers needed was not removed; now that they have it, it may be."""
        count = sum(map(len, self.books.exact.values()))
        everything = [mark for marks in self.followers[0].finish(count) for mark in marks]
        self.books.check(everything)
        check_followed(self.followers[1], self.followers[1].finish(count), everything, may_repeat=True)
        run([self.program, "pack", *self.keep, self.archive])
        kept = read_marks(self.program, self.archive)
        assert kept == everything[count - len(kept):], "what is kept is not the end of what was captured"
        removed = removed_frames(self.program, self.archive)
        assert removed + len(kept) == count, f"{removed} removed + {len(kept)} kept are not {count} frames"
        verify(self.program, self.archive)
        return count


def removed_frames(program, archive):
    status = json.loads(run([program, "status", "--format", "json", archive]).stdout)
    return sum(removed["frames"] for removed in status["removed"])


def main():
    program, kills = sys.argv[1], int(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 30)
    total, archives = 0, -(-kills // KILLS)
    for i in range(archives):
        keep = ["--keep-size", "1MiB"] if i % 3 == 1 else []
        folder = tempfile.mkdtemp(prefix="tapline-books-")
        torture = None
        try:
            torture = Torture(program, folder, seed + i, keep)
            total += torture.work()
        except BaseException:
            if torture:
                torture.abandon()
            print(f"archive {i} (seed {seed + i}, {keep}), files kept in {folder}", file=sys.stderr)
            raise
        shutil.rmtree(folder)
        shutil.rmtree(Capture.queue_folder(folder))
    print(f"{archives * KILLS} kills in {archives} archives, {total} frames that had left the sockets, each found exactly once")


try:
    main()
except PermissionError as error:
    print(f"skipped: sockets of another process cannot be duplicated here ({error})")
    os._exit(77)
