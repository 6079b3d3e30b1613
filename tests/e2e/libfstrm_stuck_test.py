#!/usr/bin/env python3
"""BIND and Knot with our libfstrm and a collector that does nothing: libfstrm_stuck_test.py TAPLINE FOLDER-OF-LIBFSTRM

It does not accept, or does not answer READY, or does not read; the servers answer every question all the same, and end
when they are told to. With the library that they have otherwise they would not end."""

import os
import socket
import sys
import threading
import time

import frames  # noqa: F401 (knows where capturing is)
import questions
from capturing import ACCEPT, CONTENT_TYPE, control
from live_capture_stop_test import await_load, start_load
from servers import Knot, Named
from traffic import Traffic

COUNT = 4000  # questions of the load: their frames are more than a socket holds
PATIENCE = 8  # seconds for a server's end, of which the library takes one, as it is told


class Stuck:
    """A collector that goes as far as it is told: accepts connections or not, answers READY or not, never reads on."""

    def __init__(self, path, accepts, answers):
        self.listener, self.connections = socket.socket(socket.AF_UNIX), []
        self.listener.bind(path)
        self.listener.listen()
        if accepts:
            threading.Thread(target=self.accept, args=[answers], daemon=True).start()

    def accept(self, answers):
        while True:
            near = self.listener.accept()[0]
            self.connections.append(near)
            if answers:
                near.recv(4096)
                near.sendall(control(ACCEPT, CONTENT_TYPE))


def main():
    os.environ["LD_LIBRARY_PATH"] = os.path.realpath(sys.argv[2])
    os.environ["TAPLINE_LIBFSTRM"] = "close=1s"
    for how, accepts, answers in (("accept", False, False), ("answer", True, False), ("read", True, True)):
        with Traffic(sys.argv[1], "stuck-" + how) as traffic:
            collectors = [Stuck(traffic.socket(name), accepts, answers) for name in ("bind", "knot")]
            bind = traffic.start(Named, "bind", traffic.socket("bind"), threads=1)
            traffic.start(Knot, "knot", traffic.socket("knot"))
            await_load(start_load(bind, traffic.folder, 0, COUNT), COUNT)
            traffic.ask("knot", questions.KNOT)
            sent, dropped = bind.dnstap_counts()
            assert sent >= 2 * COUNT and dropped == 0, f"{sent} sent, {dropped} dropped: they were to wait"
            for identity, server in traffic.servers.items():
                since = time.monotonic()
                server.stop(PATIENCE)
                print(f"{identity} ends after {time.monotonic() - since:.1f} s beside a collector that does not {how}")
            assert len(collectors) == 2


main()
