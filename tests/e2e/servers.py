"""Real name servers for the end-to-end tests: BIND, Unbound and Knot, each in a private folder, on free ports of the
loopback, as a child in the foreground that sends dnstap to a socket of ours.

Invariant: nothing outside the folder is read or written, and a server is only ever stopped by its own pid."""

import ctypes
import json
import os
import re
import shutil
import signal
import socket
import string
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

CONF = os.path.join(os.path.dirname(os.path.abspath(__file__)), "conf")
ZONES = [name for name in os.listdir(CONF) if name.endswith((".zone", ".hints"))]
SKIPPED = 77  # meson's exit status for a test that cannot run here


def skip(why):
    print("skipped: " + why)
    sys.exit(SKIPPED)


def program(name):
    """The path of an installed program, also where an ordinary user's PATH has no sbin; ends the test if there is
    none."""
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin")
    return path or skip(f"{name} is not installed (make deps installs it)")


def bind_release():
    """Which BIND is installed, of those that our dnstap-read can be; ends the test if it is another."""
    version = subprocess.run([program("named"), "-v"], capture_output=True, text=True).stdout
    found = re.search(r"\b(9\.18|9\.20)\.", version)
    return found[1] if found else skip(f"the BIND that is installed is {version.strip()}, neither 9.18 nor 9.20")


def private_folder(name):
    """A new folder. Short, because the path of a unix socket in it must not exceed 107 bytes."""
    return tempfile.mkdtemp(prefix=f"tapline-{name}-")


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
        return True
    except OSError:
        return False


def free_port():
    """A port that is free now for TCP and UDP, on IPv4 and where there is one on IPv6. It may be taken before it is
    used: whoever uses it tries again with another."""
    families = [(socket.AF_INET, "127.0.0.1")] + ([(socket.AF_INET6, "::1")] if has_ipv6() else [])
    while True:
        port, sockets = 0, []
        try:
            for family, address in families:
                for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                    sockets.append(socket.socket(family, kind))
                    sockets[-1].bind((address, port))
                    port = sockets[-1].getsockname()[1]
            return port
        except OSError:
            continue
        finally:
            for one in sockets:
                one.close()


def die_with_parent():
    """Runs in the child: a test that is killed leaves no server behind (prctl(2), PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Server:
    """What the servers have in common. A subclass names its program, template and command, and how it is asked what it
    has counted."""

    program = template = None
    attempts = 5  # a port that was free may be taken when the server binds it

    def __init__(self, parent, identity, **settings):
        """`settings` are the words that the template needs beyond those that every server has."""
        self.identity, self.folder = identity, os.path.join(parent, identity)
        os.mkdir(self.folder)
        for zone in ZONES:
            shutil.copy(os.path.join(CONF, zone), self.folder)
        # A copy, because AppArmor may confine the program at its own path to folders that are not ours.
        self.path = shutil.copy(program(self.program), os.path.join(self.folder, self.program))
        self.settings = dict(FOLDER=self.folder, IDENTITY=identity, **settings)
        self.conf = os.path.join(self.folder, "conf")
        for attempt in range(self.attempts):
            self.port, self.control_port = free_port(), free_port()
            self.write_conf()
            with open(os.path.join(self.folder, "log"), "wb") as log:
                self.process = subprocess.Popen(self.command(), cwd=self.folder, preexec_fn=die_with_parent,
                                                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
            if self.await_ready() and "address in use" not in self.log():  # BIND goes on without a port that is taken
                assert "not loaded" not in self.log(), f"{identity} refuses a zone:\n{self.log()}"
                return
            self.kill()
        raise AssertionError(f"{identity} does not start:\n{self.log()}")

    def write_conf(self):
        with open(os.path.join(CONF, self.template)) as template, open(self.conf, "w") as conf:
            conf.write(string.Template(template.read()).substitute(
                self.settings, PORT=self.port, CONTROL_PORT=self.control_port))

    def await_ready(self, seconds=20):
        """True as soon as the server answers; False if it ended."""
        query = struct.pack(">6H", 1, 0, 1, 0, 0, 0) + b"\x05ready\x00\x00\x01\x00\x01"
        deadline = time.monotonic() + seconds
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.settimeout(0.3)
            while time.monotonic() < deadline and self.process.poll() is None:
                try:
                    probe.sendto(query, ("127.0.0.1", self.port))
                    if probe.recv(4096)[:2] == query[:2]:
                        return True
                except OSError:
                    time.sleep(0.02)
        if self.process.poll() is None:
            self.kill()
            raise AssertionError(f"{self.identity} does not answer:\n{self.log()}")
        return False

    def log(self):
        with open(os.path.join(self.folder, "log"), errors="replace") as log:
            return log.read()

    def stop(self, seconds=30):
        """Ends the server in good order: it hands over what dnstap it still holds, as far as it does that."""
        if self.process.poll() is not None:
            raise AssertionError(f"{self.identity} had ended by itself:\n{self.log()}")
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.identity} does not end:\n{self.log()}") from None

    def kill(self):
        """Does nothing to a server that has ended."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Named(Server):
    """BIND, authoritative."""

    program, template = "named", "named-authoritative.conf"
    # On a busy machine the distribution's libfstrm drops what does not fit into its queue of 512 frames.
    LARGE_QUEUE = "fstrm-set-input-queue-size 16384;"

    def __init__(self, parent, identity, tap, options=LARGE_QUEUE, threads=2, **settings):
        """`tap` is the path of a unix socket, `options` what is added to the options of the configuration."""
        self.threads = threads
        super().__init__(parent, identity, SOCKET=tap, OPTIONS=options, ADDRESS6="::1;" if has_ipv6() else "",
                         **settings)

    def command(self):
        return [self.path, "-g", "-n", str(self.threads), "-c", self.conf]

    def dnstap_counts(self):
        """What BIND says of its dnstap: frames put into the queue, and frames dropped because it was full."""
        url = f"http://127.0.0.1:{self.control_port}/json/v1/server"
        with urllib.request.urlopen(url, timeout=10) as answer:
            counts = json.load(answer).get("dnstapstats", {})
        return counts.get("DNSTAPsuccess", 0), counts.get("DNSTAPdropped", 0)


class Resolver(Named):
    """BIND, recursive, over an authoritative server."""

    template = "named-recursive.conf"

    def __init__(self, parent, identity, tap, upstream):
        super().__init__(parent, identity, tap, UPSTREAM_PORT=upstream.port)


class Unbound(Server):
    """Unbound over an authoritative server, with the two-way handshake or the one-way one. `tap` may also be
    ADDRESS@PORT (TCP)."""

    program, template = "unbound", "unbound.conf"

    def __init__(self, parent, identity, tap, upstream, bidirectional=True):
        how = f'dnstap-socket-path: "{tap}"' if "/" in tap else f"dnstap-ip: {tap}\n  dnstap-tls: no"
        super().__init__(parent, identity, TAP=how, UPSTREAM_PORT=upstream.port,
                         BIDIRECTIONAL="yes" if bidirectional else "no")

    def command(self):
        return [self.path, "-d", "-c", self.conf]

    def query_count(self):
        """Queries of clients that Unbound has counted."""
        text = subprocess.run([program("unbound-control"), "-c", self.conf, "stats_noreset"], check=True,
                              capture_output=True, text=True).stdout
        return int(dict(line.split("=") for line in text.splitlines())["total.num.queries"])


class Knot(Server):
    """Knot, authoritative for one zone. `tap` is the path of a unix socket."""

    program, template = "knotd", "knot.conf"

    def __init__(self, parent, identity, tap):
        super().__init__(parent, identity, SOCKET=tap)

    def write_conf(self):
        self.settings["ADDRESS6"] = f", ::1@{self.port}" if has_ipv6() else ""
        super().write_conf()

    def command(self):
        return [self.path, "-c", self.conf]

    def query_count(self):
        """Requests that Knot has counted, over all transports."""
        text = subprocess.run([program("knotc"), "-s", os.path.join(self.folder, "control"), "stats"], check=True,
                              capture_output=True, text=True).stdout
        return sum(int(line.split("=")[1]) for line in text.splitlines() if "request-protocol" in line)


class Relay:
    """A unix socket whose connections are carried on to a TCP port, as users do for a server that can only send to unix
    sockets (BIND, and Knot as Debian 12 has it) and a collector elsewhere."""

    def __init__(self, path, port):
        self.port = port
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            near = self.listener.accept()[0]
            far = socket.create_connection(("127.0.0.1", self.port))
            for pair in ((near, far), (far, near)):
                threading.Thread(target=self.carry, args=pair, daemon=True).start()

    @staticmethod
    def carry(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the other direction ended first
