"""Everything at once: BIND authoritative and recursive, Unbound with both handshakes and over TCP, Knot through a unix
socket and through TCP, each sending dnstap to one capture, and all of them asked a few hundred questions."""

import os
import re
import shutil
import subprocess
import sys
import time

import frames
import questions
from capturing import Capture, frames_in
from servers import Knot, Named, Relay, Resolver, Unbound, private_folder

SOCKETS = ("bind", "resolver", "unbound", "unbound-oneway", "knot")
MALFORMED = ("bind", "resolver", "knot")  # who is sent malformed messages as well


class Traffic:
    """Servers and a capture in a private folder, as a context: what still runs at its end is killed, and the folder
    goes unless the test has failed."""

    def __init__(self, tapline, name):
        self.tapline, self.folder = tapline, private_folder(name)
        self.output = os.path.join(self.folder, "files")
        self.servers, self.asked, self.malformed_answers = {}, {}, []
        self.numbers = questions.Numbers()
        self.capture, self.processes, self.is_archive = None, [], False

    def __enter__(self):
        return self

    def __exit__(self, failure, *_):
        if failure and self.capture:
            status = self.capture.process.poll()
            print(f"the capture {'runs' if status is None else f'has ended with status {status}'}; it said:\n"
                  + self.capture.log(), file=sys.stderr)
        for process in (*(server.process for server in self.servers.values()), *self.processes):
            if process.poll() is None:
                process.kill()
                process.wait()
        if self.capture:
            shutil.rmtree(Capture.queue_folder(self.capture.folder), ignore_errors=True)
        if failure and failure is not SystemExit:  # that is how a test is skipped
            print(f"files are kept in {self.folder}", file=sys.stderr)
        else:
            shutil.rmtree(self.folder)

    def socket(self, name):
        return os.path.join(self.folder, name + ".sock")

    def start_capture(self, sockets, *options, tcp=False, archive=False):
        """One capture that listens on all of them, and on TCP; into an archive, or a file."""
        folder = os.path.join(self.folder, "capture")
        os.makedirs(folder, exist_ok=True)
        listen = ["unix:" + self.socket(name) for name in sockets] + (["tcp:127.0.0.1:0"] if tcp else [])
        more = [word for endpoint in listen[1:] for word in ("--listen", endpoint)]
        self.capture = Capture(self.tapline, folder, *more, *options, listen=listen[0],
                               write=os.path.join(self.output, "out.fstrm"), archive=self.output if archive else None)
        self.is_archive = archive
        self.processes.append(self.capture.process)
        self.capture.await_log("listening on " + (listen[-1] if not tcp else "tcp:"))
        return self.capture

    def start(self, kind, identity, *arguments, **settings):
        self.servers[identity] = server = kind(self.folder, identity, *arguments, **settings)
        self.asked[identity] = []
        return server

    def start_everything(self, *options, archive=False):
        capture = self.start_capture(SOCKETS, *options, tcp=True, archive=archive)
        port = capture.tcp_port()
        bind = self.start(Named, "bind", self.socket("bind"))
        self.start(Resolver, "resolver", self.socket("resolver"), bind)
        self.start(Unbound, "unbound", self.socket("unbound"), bind)
        self.start(Unbound, "unbound-oneway", self.socket("unbound-oneway"), bind, bidirectional=False)
        self.start(Unbound, "unbound-tcp", f"127.0.0.1@{port}", bind)
        self.start(Knot, "knot", self.socket("knot"))
        self.relay = Relay(self.socket("relay"), port)
        self.start(Knot, "knot-tcp", self.socket("relay"))

    def ask(self, identity, lines):
        asked = self.numbers.questions(lines)
        questions.ask(self.servers[identity], asked, self.folder)
        self.asked[identity] += asked

    def ask_everything(self):
        bind = self.servers["bind"]
        self.ask("bind", questions.AUTHORITATIVE + questions.types_zone(os.path.join(bind.folder, "types.test.zone")))
        questions.update(bind, "updated")
        for identity in self.servers:
            if identity.startswith("knot"):
                self.ask(identity, questions.KNOT)
            elif identity != "bind":
                self.ask(identity, questions.RECURSIVE)
        for identity in MALFORMED:
            self.malformed_answers += [(identity, answer) for answer in questions.send_raw(
                self.servers[identity], questions.malformed(self.numbers))]

    def run(self, name, command, **settings):
        """Starts a process whose standard error goes to a file `name`, until the end of the test at the latest."""
        with open(os.path.join(self.folder, name), "wb") as log:
            process = subprocess.Popen(command, stderr=log, **settings)
        self.processes.append(process)
        return process

    def text(self, name):
        """What is in a file by now."""
        with open(os.path.join(self.folder, name), errors="replace") as file:
            return file.read()

    @staticmethod
    def await_true(condition, complaint, seconds=20):
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, complaint()
            time.sleep(0.05)

    def files(self):
        """What the capture has written, in order."""
        return sorted(os.path.join(self.output, name) for name in os.listdir(self.output))

    def frames(self):
        """Those that are in the files, or in the archive, by now, in order."""
        if self.is_archive:
            done = subprocess.run([self.tapline, "read", "--format", "raw", self.output], capture_output=True)
            return [frames.Frame(payload) for payload in frames_in(done.stdout, "what is read of the archive")]
        return [frame for path in self.files() for frame in frames.read(path)]

    def count(self, identity, kind):
        return sum(frame.identity == identity and frame.kind == kind for frame in self.frames())

    def stop_servers(self):
        """Those that ask before those that are asked. BIND and Knot hand over at their end what they still hold,
        Unbound does not: there we wait until it has sent everything."""
        for identity, server in reversed(list(self.servers.items())):
            if isinstance(server, Unbound):
                count = server.query_count()
                for kind in ("CQ", "CR"):
                    self.await_true(lambda: self.count(identity, kind) >= count,
                                    lambda: f"{identity}: {self.count(identity, kind)} {kind} of {count} arrived")
        self.counts = {identity: server.dnstap_counts() if isinstance(server, Named) else server.query_count()
                       for identity, server in self.servers.items()}
        for server in reversed(list(self.servers.values())):
            server.stop()

    def stop_capture(self):
        status = self.capture.stop()
        assert status == 0, f"the capture ended with status {status}:\n{self.capture.log()}"
        return self.capture.log()


def books(log):
    """The numbers of the books' total line: frames and bytes in, out and skipped."""
    line = [line for line in log.splitlines() if "books:" in line and "connections" in line][-1]
    assert "NOT BALANCE" not in line, line
    found = re.search(r"(\d+) connections .*: (\d+) frames, (\d+) bytes in = (\d+) frames, (\d+) bytes out \+ "
                      r"(?:(\d+) frames, )?(\d+) bytes skipped", line)
    assert found, line
    names = "connections frames_in bytes_in frames_out bytes_out frames_skipped bytes_skipped".split()
    return dict(zip(names, (int(number or 0) for number in found.groups())))
