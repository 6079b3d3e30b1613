"""What the torture tests of archives share: a capture into an archive with peers that can be told apart by their pids, commands
that may be killed, reading a whole archive, and a follower that is stopped and started all the time."""

import os
import random
import re
import signal
import subprocess
import threading
import time

from capturing import CONTENT_TYPE, START, Capture, Peer, control, frames_in, left_in, mark_of, push_chunk, select_writable

LATE = 60  # seconds after which something hangs; only there to end


NOISE = random.Random(1).randbytes(1 << 20)


class OtherPeer(Peer):
    """A peer whose connection is made by a process of its own, so that the kernel names it by a pid of its own; TCP peers are
    named by their port anyway. Half of each frame does not become smaller when it is packed."""

    def add(self, size, filler=b""):
        size_of_noise = size // 2
        at = len(self.marks) * 997 % (len(NOISE) - size_of_noise)
        super().add(size, filler or NOISE[at:at + size_of_noise])

    def connect(self, address):
        if not isinstance(address, str):
            self.socket.connect(address)
            self.peer = "tcp:{}:{}".format(*self.socket.getsockname())
            return
        child = os.fork()
        if not child:
            try:
                os._exit(self.socket.connect_ex(address))
            finally:
                os._exit(255)
        error = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if error:
            raise OSError(error, os.strerror(error), address)
        self.peer = f"unix:pid {child} uid {os.getuid()}"


class Books:
    """What has to be in the archive: for each peer the marks of its frames. Of a unix socket it is known exactly what had left it;
    of TCP only that it is the beginning of what was sent."""

    def __init__(self):
        self.exact, self.at_most, self.peers = {}, {}, {}

    def enter(self, peer, received=None):
        """`received`: bytes that had left its socket; None if that is not known."""
        self.peers[peer.name] = peer.peer
        if received is None:
            self.at_most[peer.name] = peer.marks
        else:
            self.exact[peer.name] = peer.whole(received)

    def check(self, marks):
        """`marks` are all of them, each peer's in its order. Returns how many there are."""
        found = {name: [] for name in (*self.exact, *self.at_most)}
        for mark in marks:
            found[mark.split(b"/")[0].decode()].append(mark)
        for name, expected in self.exact.items():
            compare(name, expected, found[name])
        for name, sent in self.at_most.items():
            compare(name, sent[:len(found[name])], found[name])
        return len(marks)


def compare(name, expected, found):
    if expected == found:
        return
    known, there = set(expected), set(found)
    raise AssertionError(f"{name}: {len(expected)} frames expected, {len(found)} found; missing "
                         f"{[mark for mark in expected if mark not in there][:3]}, extra "
                         f"{[mark for mark in found if mark not in known][:3]}, {len(found) - len(there)} twice")


def connect(capture, name, address, bidirectional):
    """A peer, and our duplicate of the capture's end of it."""
    return capture.taking(lambda: OtherPeer(name, address, bidirectional))


def push_some(peers, rng, ready=0.005):
    """Each peer sends a chunk that cuts frames anywhere. Returns how many bytes went out."""
    select_writable(peers, ready)
    before = sum(peer.sent for peer in peers)
    for peer in peers:
        try:
            push_chunk(peer, rng)
        except OSError:
            pass  # of TCP, when the capture is gone
    return sum(peer.sent for peer in peers) - before


def enter_all(books, pairs):
    """Enters the peers of a capture that was killed, with what their sockets still held."""
    for peer, copy in pairs:
        left = left_in(copy)
        books.enter(peer, peer.sent - left if peer.peer.startswith("unix:") else None)
        peer.socket.close()


def run(command, status=0, **settings):
    """Runs a command to its end, which must be `status` (None: whatever) and no signal. Returns what it did."""
    done = subprocess.run(command, capture_output=True, timeout=LATE, **settings)
    said = done.stderr.decode(errors="replace")
    assert done.returncode >= 0 and b"Sanitizer" not in done.stderr, f"{command}: status {done.returncode}\n{said}"
    assert status is None or done.returncode == status, f"{command}: status {done.returncode}, not {status}\n{said}"
    return done


def run_and_kill(command, seconds):
    """kill -9 after a while. True if it was not ended before."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        said = process.communicate(timeout=seconds)[1]
        assert process.returncode in (0, 1), f"{command}: status {process.returncode}\n{said.decode(errors='replace')}"
        return False
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return True


def read_payloads(program, archive, *options, status=0):
    """What `tapline read --format raw` makes of an archive."""
    command = [program, "read", "--format", "raw", *options, archive]
    done = run(command, status)
    said = done.stderr.decode(errors="replace")
    assert status or all(" removed: " in line for line in said.splitlines()), f"{command} complains: {said}"
    return frames_in(done.stdout, " ".join(command))


def read_marks(program, archive, *options, status=0):
    return [mark_of(payload) for payload in read_payloads(program, archive, *options, status=status)]


PEER = re.compile(rb'"extra(_hex)?":"([^".]{1,80}).*"origin":\{.*"peer":"([^"]*)"')


def peers_of(program, archive):
    """(mark, who is said to have sent it) of every frame."""
    done = run([program, "read", "--format", "json", "--origin", archive])
    for line in done.stdout.splitlines():
        found = PEER.search(line)
        assert found, f"no peer in {line[:100]} ... {line[-300:]}"
        text = found[2]
        yield (bytes.fromhex(text.decode()).split(b".", 1)[0] if found[1] else text), found[3].decode()


def rows_of(archive):
    """Paths of all rows inside the archive."""
    return sorted(os.path.relpath(os.path.join(folder, name), archive) for folder, _, names in os.walk(archive)
                  for name in names if name.endswith((".fstrm", ".fstrm.zst")) and not folder.endswith("damaged"))


def verify(program, archive):
    """Finds no damage. Returns what it says."""
    done = run([program, "verify", archive], None)
    assert done.returncode == 0, f"verify: status {done.returncode}\n{(done.stdout + done.stderr).decode()}"
    return done.stdout.decode()


def frames_until_torn(path):
    """The whole frames of a file that may end anywhere."""
    with open(path, "rb") as file:
        data = file.read()
    start, at, payloads = control(START, CONTENT_TYPE), len(control(START, CONTENT_TYPE)), []
    assert data[:at] == start[:len(data)], f"{path} does not begin with START"
    while at + 4 <= len(data):
        size = int.from_bytes(data[at:at + 4], "big")
        if not size or at + 4 + size > len(data):
            break
        payloads.append(data[at + 4:at + 4 + size])
        at += 4 + size
    return payloads


class Follower(threading.Thread):
    """`tapline read --follow --cursor` into files, one a run, that is ended at random moments and started again, until `finish`.
    With SIGTERM nothing may be skipped or repeated; after SIGKILL the next run may begin before what was delivered, but not
    behind it."""

    def __init__(self, program, archive, folder, cursor, seed, *options, ends_with=signal.SIGTERM):
        super().__init__(daemon=True)
        self.command = [program, "read", "--follow", "--format", "raw", "--cursor", cursor, *options, archive]
        self.prefix = os.path.join(folder, "followed-" + cursor)
        self.rng, self.signal = random.Random(seed), ends_with
        self.finishing, self.runs, self.failure, self.process = threading.Event(), [], None, None

    def abandon(self):
        """Leaves nothing behind of a test that has failed."""
        self.finishing.set()
        if self.is_alive():
            self.join()
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def run(self):
        try:
            while not self.finishing.is_set():
                process = self.begin()
                self.finishing.wait(self.rng.choice([0.05, 0.3, 1]) * self.rng.random())
                self.end(process, self.signal)
        except BaseException as failure:
            self.failure = failure

    def begin(self):
        self.runs.append(f"{self.prefix}.{len(self.runs):04}")
        with open(self.runs[-1], "wb") as output, open(self.runs[-1] + ".log", "wb") as log:
            self.process = subprocess.Popen(self.command, stdout=output, stderr=log)
        return self.process

    def end(self, process, ends_with):
        process.send_signal(ends_with)
        process.wait(LATE)
        is_early = process.returncode == -ends_with and not os.path.getsize(self.runs[-1])
        if ends_with == signal.SIGTERM and not is_early:
            assert process.returncode == 0, f"{self.command}: status {process.returncode}\n{self.log(-1)}"

    def log(self, run):
        with open(self.runs[run] + ".log", errors="replace") as log:
            return log.read()

    def finish(self, count):
        """Ends, when `count` different frames in all have been followed. Returns the marks of each run."""
        self.finishing.set()
        self.join()
        if self.failure:
            raise self.failure
        process = self.begin()
        before = {mark for path in self.runs[:-1] for mark in map(mark_of, frames_until_torn(path))}
        deadline = time.monotonic() + LATE
        while time.monotonic() < deadline and process.poll() is None:
            if len(before.union(map(mark_of, frames_until_torn(self.runs[-1])))) >= count:
                break
            time.sleep(0.02)
        self.end(process, signal.SIGTERM)
        return [[mark_of(payload) for payload in frames_until_torn(path)] for path in self.runs]


def check_followed(follower, runs, all_marks, may_repeat=False):
    """The runs one after another are all marks, in order."""
    places = {mark: place for place, mark in enumerate(all_marks)}
    end = 0
    for number, run in enumerate(runs):
        if not run:
            continue
        assert run[0] in places, f"run {number} begins with {run[0]}, which is not in the archive"
        first = places[run[0]]
        assert first == end or may_repeat and first < end, \
            f"run {number} of {len(runs)} begins with frame {first}, although {end} were delivered before"
        differs = next((at for at, (one, other) in enumerate(zip(run, all_marks[first:])) if one != other), None)
        assert differs is None, f"run {number} from frame {first} on: its frame {differs} is {run[differs]} (frame " \
            f"{places.get(run[differs])}), and the archive has {all_marks[first + differs]}; it said {follower.log(number)}"
        assert first + len(run) <= len(all_marks), f"run {number} has frames behind those of the archive"
        end = max(end, first + len(run))
    assert end == len(all_marks), f"{end} of {len(all_marks)} frames were followed"


def fill(capture, peers, rng, size):
    """Sends about `size` bytes in all."""
    sent = 0
    while sent < size:
        sent += push_some(peers, rng, 1)
        assert capture.process.poll() is None, capture.log()


def make_archive(program, folder, rng, size, *options):
    """An archive whose segments are all hot, and its marks."""
    archive = os.path.join(folder, "archive")
    capture = Capture(program, folder, "--segment-size", "1MiB", "--no-pack", *options, archive=archive).ready()
    peers = [OtherPeer(f"p{number}", capture.socket, number % 2 == 0) for number in range(3)]
    fill(capture, peers, rng, size)
    for peer in peers:
        peer.stop()
    assert capture.stop() == 0, capture.log()
    books = Books()
    for peer in peers:
        books.enter(peer, peer.sent)
    marks = read_marks(program, archive)
    books.check(marks)
    return archive, marks
