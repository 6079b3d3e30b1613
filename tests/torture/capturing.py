"""What the torture tests share: a capture that is started and stopped, peers that send frames which can be told apart,
and the check that files hold exactly the frames they must."""

import ctypes
import glob
import os
import random
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

CONTENT_TYPE = b"protobuf:dnstap.Dnstap"
ACCEPT, START, STOP, READY, FINISH = 1, 2, 3, 4, 5


def control(kind, content_type=b""):
    payload = struct.pack(">I", kind)
    if content_type:
        payload += struct.pack(">II", 1, len(content_type)) + content_type
    return struct.pack(">II", 0, len(payload)) + payload


def varint(value):
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def frame(mark, size, filler=b""):
    """A data frame with a valid dnstap payload: `mark` in its extra field, then dots and what is in `filler`, up to about `size`
    bytes."""
    extra = mark + b"." * max(1 if filler else 0, size - len(mark) - len(filler)) + filler
    payload = b"\x1a" + varint(len(extra)) + extra + b"\x72\x02\x08\x05" + b"\x78\x01"
    return struct.pack(">I", len(payload)) + payload


def mark_of(payload):
    """The mark of a frame made by frame()."""
    size, shift, at = 0, 0, 1
    while True:
        size |= (payload[at] & 127) << shift
        shift += 7
        at += 1
        if payload[at - 1] < 128:
            break
    return payload[at:at + size].split(b".", 1)[0]


def frames_of(path, complete=True, content_type=CONTENT_TYPE):
    """The payloads of a file that must be START, data frames, STOP and nothing else."""
    with open(path, "rb") as file:
        return frames_in(file.read(), path, complete, content_type)


def frames_in(data, path, complete=True, content_type=CONTENT_TYPE):
    """The same of bytes; `path` says in a complaint where they are from."""
    start, stop = control(START, content_type), control(STOP)
    assert data.startswith(start), f"{path} does not begin with START"
    if complete:
        assert data.endswith(stop), f"{path} does not end with STOP"
    at, end, frames = len(start), len(data) - len(stop), []
    while at < end:
        size = struct.unpack_from(">I", data, at)[0]
        assert 0 < size <= end - at - 4, f"{path}: bad length {size} at {at}"
        frames.append(data[at + 4:at + 4 + size])
        at += 4 + size
    return frames


class Capture:
    """A running `tapline capture`, with its files, or its archive, in a folder of its own."""

    def __init__(self, program, folder, *options, listen=None, write="out.fstrm", archive=None, before=None, output=None,
                 **settings):
        self.folder, self.log_path = folder, os.path.join(folder, "log")
        self.socket = os.path.join(folder, "socket")
        log = open(self.log_path, "ab")
        self.start = log.tell()
        to = ["--archive", archive] if archive else \
            ["--write", write if write.startswith(("/", "-")) else os.path.join(folder, write)]
        command = [program, "capture", "--listen", listen or "unix:" + self.socket, *to, "--queue",
                   os.path.join(self.queue_folder(folder), "queue"), *options]
        self.process = subprocess.Popen(command, stderr=log, stdout=output or subprocess.DEVNULL, preexec_fn=before,
                                        **settings)
        log.close()

    @staticmethod
    def queue_folder(folder):
        path = "/dev/shm/tapline-test-" + "-".join(folder.strip("/").split("/"))
        os.makedirs(path, exist_ok=True)
        return path

    @staticmethod
    def remove_queues(folder):
        """Those of captures in a folder, and in folders in it."""
        for path in glob.glob(Capture.queue_folder(folder) + "*"):
            shutil.rmtree(path)

    def log(self):
        with open(self.log_path, "rb") as log:
            log.seek(self.start)
            return log.read().decode(errors="replace")

    def await_log(self, text, seconds=20):
        deadline = time.monotonic() + seconds
        while text not in self.log():
            if time.monotonic() > deadline or self.process.poll() is not None and text not in self.log():
                raise AssertionError(f"the capture never said {text!r}:\n{self.log()}")
            time.sleep(0.002)
        return self

    def ready(self):
        return self.await_log("listening on")

    def tcp_port(self):
        line = [line for line in self.log().splitlines() if "listening on tcp:" in line][0]
        return int(line.rsplit(":", 1)[1])

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self, seconds=60):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)

    def files(self):
        return sorted(os.path.join(self.folder, name) for name in os.listdir(self.folder) if ".fstrm" in name)

    def socket_fds(self):
        """Descriptor numbers of the sockets that the process has open."""
        path, fds = f"/proc/{self.process.pid}/fd", set()
        for name in os.listdir(path):
            try:
                if os.readlink(f"{path}/{name}").startswith("socket:"):
                    fds.add(int(name))
            except OSError:
                pass
        return fds

    def duplicate(self, fd):
        """Our own descriptor of a socket of the capture (pidfd_getfd(2)), so that what is left in it can be read."""
        libc = ctypes.CDLL(None, use_errno=True)
        pidfd = os.pidfd_open(self.process.pid)
        copy = libc.syscall(438, pidfd, fd, 0)
        error = ctypes.get_errno()
        os.close(pidfd)
        if copy < 0:
            raise OSError(error, os.strerror(error))
        return copy

    def taking(self, make_peer):
        """The peer that is made, and our duplicate of the capture's end of its connection."""
        before = self.socket_fds()
        peer = make_peer()
        while not self.socket_fds() - before:
            time.sleep(0.0005)
        return peer, self.duplicate((self.socket_fds() - before).pop())


class Peer:
    """A sender of numbered frames over one socket, as many bytes at a time as the caller wants."""

    def __init__(self, name, address, bidirectional=True):
        self.name, self.bidirectional = name, bidirectional
        self.socket = socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET)
        self.connect(address)
        self.marks, self.ends = [], []  # of each frame, and the stream offset behind it
        self.pending, self.sent = b"", 0
        if bidirectional:
            self.send_now(control(READY, CONTENT_TYPE))
            assert self.receive(len(control(ACCEPT, CONTENT_TYPE))) == control(ACCEPT, CONTENT_TYPE)
        self.send_now(control(START, CONTENT_TYPE))
        self.queued = self.sent

    def connect(self, address):
        self.socket.connect(address)

    def send_now(self, data):
        self.socket.sendall(data)
        self.sent += len(data)

    def receive(self, size):
        data = b""
        while len(data) < size:
            more = self.socket.recv(size - len(data))
            if not more:
                break
            data += more
        return data

    def add(self, size, filler=b""):
        """Makes one more frame to be sent."""
        mark = f"{self.name}/{len(self.marks)}".encode()
        data = frame(mark, size, filler)
        self.pending += data
        self.queued += len(data)
        self.marks.append(mark)
        self.ends.append(self.queued)

    def push(self, limit=1 << 20):
        """Sends what the socket takes without waiting. False if it takes nothing."""
        try:
            size = self.socket.send(self.pending[:limit], socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
        except BlockingIOError:
            return False
        self.sent += size
        self.pending = self.pending[size:]
        return True

    def whole(self, received):
        """Marks of the frames that lie wholly in the first `received` bytes of the stream."""
        return [mark for mark, end in zip(self.marks, self.ends) if end <= received]

    def stop(self):
        self.socket.sendall(self.pending + control(STOP))
        self.sent += len(self.pending) + len(control(STOP))
        self.pending = b""
        if self.bidirectional:
            assert self.receive(12) == control(FINISH), "STOP was not answered with FINISH"
        self.socket.close()


def connect(capture, name, bidirectional):
    """A peer, and our duplicate of the capture's end of it."""
    return capture.taking(lambda: Peer(name, capture.socket, bidirectional))


def sizes(rng):
    return rng.choice([30, 60, 100, 150, 300]) if rng.random() < 0.97 else rng.choice([5000, 40000, 300000])


def push_chunk(peer, rng):
    """Sends a chunk that cuts frames anywhere, and always has more."""
    while len(peer.pending) < 200000:
        peer.add(sizes(rng))
    peer.push(rng.choice([1, 3, 200, 5000, 100000, 400000]))


def send_until_dead(capture, peers, rng):
    """Keeps all sockets busy until the capture is killed."""
    killer = threading.Timer(rng.random() * 0.06, capture.kill)
    killer.start()
    while capture.process.poll() is None and killer.is_alive():
        select_writable(peers, 0.005)
        for peer in peers:
            push_chunk(peer, rng)
    killer.join()


def left_in(fd):
    """How many bytes can still be read from a socket whose other end is not needed any more."""
    left = socket.socket(fileno=fd)
    total = 0
    while True:
        try:
            data = left.recv(1 << 20, socket.MSG_DONTWAIT)
        except BlockingIOError:
            break
        if not data:
            break
        total += len(data)
    left.close()
    return total


def check_frames(expected, paths, complete=True):
    """The files hold, for each peer, exactly its expected marks, each once and in order. `expected`: name to marks."""
    return check_marks(expected, (mark_of(payload) for path in paths for payload in frames_of(path, complete)))


def check_marks(expected, marks_found):
    """The same of marks."""
    found = {name: [] for name in expected}
    for mark in marks_found:
        found[mark.split(b"/")[0].decode()].append(mark)
    for name, marks in expected.items():
        if found[name] != marks:
            missing = [m for m in marks if m not in set(found[name])]
            extra = [m for m in found[name] if m not in set(marks)]
            doubled = len(found[name]) - len(set(found[name]))
            raise AssertionError(f"peer {name}: {len(marks)} frames expected, {len(found[name])} found; missing "
                                 f"{missing[:3]}, extra {extra[:3]}, {doubled} twice")
    return sum(len(marks) for marks in expected.values())


def await_until(is_so, complaint, seconds=30):
    """Waits for a condition; the deadline only guards against waiting for ever."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise AssertionError(complaint() if callable(complaint) else complaint)
        time.sleep(0.002)


def books_of(log):
    """The numbers of the last line of books over the whole run, which must balance."""
    line = [line for line in log.splitlines() if " connections (" in line][-1]
    assert "DO NOT BALANCE" not in line, line
    match = re.search(r"(\d+) open, (\d+) refused\): (\d+) frames, (\d+) bytes in = (\d+) frames, (\d+) bytes out \+ "
                      r"(?:(\d+) frames, )?(\d+) bytes skipped", line)
    assert match, line
    names = ["open", "refused", "frames in", "bytes in", "frames out", "bytes out", "frames skipped", "bytes skipped"]
    books = dict(zip(names, (int(number or 0) for number in match.groups())))
    if not books["open"]:
        assert books["bytes in"] == books["bytes out"] + books["bytes skipped"], line
        assert books["frames in"] == books["frames out"] + books["frames skipped"], line
    return books


def select_writable(peers, seconds):
    return select.select([], [peer.socket for peer in peers], [], seconds)[1]


def run_works(program, works, times, seed, prefix):
    """Runs each work so many times, in a folder of its own that is kept if it fails. Returns the sum of what they return."""
    total = 0
    for i in range(times):
        for work in works:
            folder = tempfile.mkdtemp(prefix=prefix)
            try:
                total += work(program, folder, random.Random(seed + i))
            except BaseException:
                print(f"{work.__name__} {i} (seed {seed + i}), files kept in {folder}", file=sys.stderr)
                raise
            shutil.rmtree(folder)
            Capture.remove_queues(folder)
    return total
