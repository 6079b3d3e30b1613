#!/usr/bin/env python3
"""An archive on a bad disk, N rounds. A library that is preloaded makes what the program does to the archive's files fail or
take long: the n-th call for each n, some calls at random, or all of them for a while. Besides a file system that is really full,
and one that is mounted read-only, where mounting is allowed. There is always a message, never a crash; what could not be done
is done when the disk is well again, and no frame is lost or doubled."""

import ctypes
import os
import random
import shutil
import subprocess
import sys
import time

from archives import Books, OtherPeer, fill, make_archive, push_some, read_marks, rows_of, run, verify
from capturing import Capture, run_works

MIB = 1 << 20
CALLS = "write fsync rename open link unlink mkdir fallocate truncate".split()
ENOSPC, EIO = 28, 5
NEWNS, NEWUSER = 0x20000, 0x10000000


class Disk:
    """What the preloaded library is told; the faults are due while `is_bad`."""

    def __init__(self, program, folder, archive, **faults):
        self.switch, self.count = os.path.join(folder, "bad"), os.path.join(folder, "faults")
        library = os.path.join(os.path.dirname(os.path.abspath(program)), "tests/torture/libfaulty.so")
        assert os.path.exists(library), f"{library} is not built"
        self.environment = dict(os.environ, LD_PRELOAD=library, FAULTY_FOLDER=os.path.realpath(archive),
                                FAULTY_SWITCH=self.switch, FAULTY_COUNT=self.count,
                                **{"FAULTY_" + name.upper(): str(value) for name, value in faults.items()})
        self.set_bad(False)
        open(self.count, "wb").close()

    def set_bad(self, is_bad):
        if is_bad:
            open(self.switch, "wb").close()
        elif os.path.exists(self.switch):
            os.unlink(self.switch)

    def faults(self):
        return os.path.getsize(self.count)


def start(program, folder, archive, *options, disk=None):
    return Capture(program, folder, "--segment-size", "1MiB", *options, archive=archive,
                   env=disk.environment if disk else None).ready()


def some_peers(capture, count=3, name="p"):
    return [OtherPeer(f"{name}{number}", capture.socket, number % 2 == 0) for number in range(count)]


def stop_all(capture, peers):
    """Everything in good order."""
    for peer in peers:
        peer.stop()
    assert capture.stop() == 0, capture.log()


def check(program, archive, peers):
    """All frames of the peers are there once, also when everything is packed."""
    books = Books()
    for peer in peers:
        books.enter(peer, peer.sent)
    count = books.check(read_marks(program, archive))
    run([program, "pack", archive])
    books.check(read_marks(program, archive))
    assert not [path for path in rows_of(archive) if path.startswith("hot/")], f"not packed: {rows_of(archive)}"
    verify(program, archive)
    return count


def well_again(program, folder, rng):
    """Nothing can be written for a while: the peers are served on."""
    archive = os.path.join(folder, "archive")
    disk = Disk(program, folder, archive, errno=rng.choice([ENOSPC, EIO]), calls="write fsync rename open mkdir fallocate")
    capture = start(program, folder, archive, "--queue-size", "16MiB", disk=disk)
    peers = some_peers(capture)
    fill(capture, peers, rng, rng.randint(1, 4) * MIB)
    disk.set_bad(True)
    fill(capture, peers, rng, 3 * MIB)
    capture.await_log("the frames wait in the queue, and it is tried again")
    newcomer = OtherPeer("new", capture.socket)
    newcomer.add(100)
    newcomer.push()
    disk.set_bad(False)
    fill(capture, peers, rng, 4 * MIB)
    stop_all(capture, peers + [newcomer])
    assert disk.faults(), "nothing has failed"
    return check(program, archive, peers + [newcomer])


def bad_until_the_end(program, folder, rng):
    """The capture has to end meanwhile, and cannot be started again until the disk is well."""
    archive = os.path.join(folder, "archive")
    disk = Disk(program, folder, archive, errno=ENOSPC, calls="write fsync rename open mkdir fallocate")
    capture = start(program, folder, archive, "--queue-size", "16MiB", disk=disk)
    peers = some_peers(capture)
    fill(capture, peers, rng, rng.randint(1, 4) * MIB)
    disk.set_bad(True)
    fill(capture, peers, rng, 3 * MIB)
    capture.await_log("the frames wait in the queue, and it is tried again")
    for peer in peers:
        peer.ends = [end for end in peer.ends if end <= peer.sent]
        peer.marks = peer.marks[:len(peer.ends)]
    assert capture.stop() == 1, capture.log()
    assert "the rest stays in the queue" in capture.log(), capture.log()
    again = Capture(program, folder, archive=archive, env=disk.environment)
    assert again.process.wait(60) == 1 and again.log(), f"it was started although nothing can be written:\n{again.log()}"
    disk.set_bad(False)
    if rng.random() < 0.5:
        last = start(program, folder, archive)
        assert last.stop() == 0, last.log()
    else:  # packing brings in what the queue holds
        run([program, "pack", archive])
    return check(program, archive, peers)


def random_faults(program, folder, rng):
    """Each call fails with some chance, in the writer's thread and in the packer's."""
    archive = os.path.join(folder, "archive")
    disk = Disk(program, folder, archive, errno=rng.choice([ENOSPC, EIO]), chance=rng.choice([1, 10, 30]), calls=" ".join(CALLS),
                seed=rng.randrange(1, MIB))
    capture = start(program, folder, archive, *rng.choice([[], ["--sync", "always"]]), disk=disk)
    peers = some_peers(capture)
    disk.set_bad(True)
    for _ in range(6):
        fill(capture, peers, rng, MIB)
        time.sleep(0.1)
    while not disk.faults():  # a small chance needs more calls
        fill(capture, peers, rng, MIB)
    disk.set_bad(False)
    fill(capture, peers, rng, MIB)
    stop_all(capture, peers)
    return check(program, archive, peers)


def slow(program, folder, rng):
    """Now and then a call takes long: nothing fails, and nothing is lost."""
    archive = os.path.join(folder, "archive")
    disk = Disk(program, folder, archive, errno=0, sleep=rng.choice([20, 100]), chance=20, calls="write fsync rename")
    capture = start(program, folder, archive, disk=disk)
    disk.set_bad(True)
    peers = some_peers(capture)
    while disk.faults() < 3:
        fill(capture, peers, rng, MIB)
    disk.set_bad(False)
    stop_all(capture, peers)
    return check(program, archive, peers)


def nth_fault(program, folder, rng):
    """Packing and merging with the n-th call failing, for each n, until none does; whatever had been done, doing it again
    completes it."""
    archive, marks = make_archive(program, folder, rng, 2 * MIB)
    packed = os.path.join(folder, "packed")
    shutil.copytree(archive, packed, symlinks=True)
    run([program, "pack", packed])
    work, faults = os.path.join(folder, "work"), 0
    for source, command in (archive, ["pack"]), (packed, ["repack", "--merge", "100MiB"]), (packed, ["repack", "--level", "5"]):
        for call in CALLS:
            nth, last = 0, 0
            while last or not nth:
                nth += rng.choice([1, 1, 3]) if call in ("write", "fsync") else 1
                last = one_fault(program, folder, source, work, command, marks, call, nth, rng.choice([ENOSPC, EIO]))
                faults += last
    assert faults > 20, f"only {faults} calls have failed"
    return len(marks)


def one_fault(program, folder, source, work, command, marks, call, nth, error):
    shutil.copytree(source, work, symlinks=True)
    disk = Disk(program, folder, work, errno=error, nth=nth, calls=call)
    disk.set_bad(True)
    what = f"{' '.join(command)} with {call} number {nth} failing"
    done = run([program, *command, work], None, env=disk.environment)
    assert done.returncode in (0, 1) and (done.returncode == 0 or done.stderr), f"{what}: no message"
    if done.returncode == 0:
        check_done(program, work, what)
    assert read_marks(program, work) == marks, f"{what}: other frames are read\n{done.stderr.decode()}"
    run([program, *command, work])
    assert read_marks(program, work) == marks, f"{what}, and again: other frames are read\n{done.stderr.decode()}"
    check_done(program, work, what + ", and again")
    shutil.rmtree(work)
    return disk.faults()


def check_done(program, work, what):
    left = [path for path in rows_of(work) if path.startswith("hot/")]
    assert not left, f"{what}: not packed: {left}"
    verify(program, work)


def may_mount():
    """A mount namespace of our own, whose mounts nobody else sees and which go with us."""
    libc, user, group = ctypes.CDLL(None, use_errno=True), os.getuid(), os.getgid()
    if libc.unshare(NEWNS) != 0:
        if libc.unshare(NEWNS | NEWUSER) != 0:
            return False
        for name, text in ("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1"):
            with open("/proc/self/" + name, "w") as file:
                file.write(text)
    return mount("--make-rprivate", "/")


def mount(*options):
    return subprocess.run(["mount", *options], capture_output=True).returncode == 0


def full(program, folder, rng):
    """A file system that becomes full, and then has room again. (Making it larger is not allowed to everybody.)"""
    place = os.path.join(folder, "disk")
    os.mkdir(place)
    if not mount("-t", "tmpfs", "-o", "size=200m", "tmpfs", place):
        return 0
    ballast = os.path.join(place, "ballast")
    with open(ballast, "wb") as file:
        os.posix_fallocate(file.fileno(), 0, 194 * MIB)
    archive = os.path.join(place, "archive")
    try:
        capture = start(program, folder, archive, *rng.choice([[], ["--no-pack"]]), "--queue-size", "8MiB", "--level", "1")
        peers = some_peers(capture)
        while "tried again" not in capture.log():
            push_some(peers, rng, 1)
        os.unlink(ballast)
        fill(capture, peers, rng, 4 * MIB)
        stop_all(capture, peers)
        return check(program, archive, peers)
    finally:
        subprocess.run(["umount", "-l", place])


def read_only(program, folder, rng):
    """What reads works; what writes says why it does not."""
    archive, marks = make_archive(program, folder, rng, 2 * MIB)
    if not (mount("--bind", archive, archive) and mount("-o", "remount,bind,ro", archive)):
        return 0
    try:
        assert read_marks(program, archive) == marks
        verify(program, archive)
        run([program, "status", archive])
        for command in (["capture", "--listen", "unix:" + os.path.join(folder, "s"), "--archive"], ["pack"],
                        ["repack", "--merge", "10MiB"], ["read", "--cursor", "c"]):
            done = run([program, *command, archive], 1)
            assert b"ead-only" in done.stderr, f"{command}: {done.stderr.decode()}"
    finally:
        subprocess.run(["umount", "-l", archive])
    assert read_marks(program, archive) == marks
    return len(marks)


def main():
    program, times = sys.argv[1], int(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 30)
    works = [well_again, bad_until_the_end, random_faults, slow, nth_fault]
    if may_mount():
        works += [full, read_only]
    total = run_works(program, works, times, seed, "tapline-disk-")
    print(f"{times} rounds on bad disks, {total} frames, each found exactly once"
          + ("" if len(works) == 7 else "; nothing could be mounted here, so without a full and a read-only one"))


main()
