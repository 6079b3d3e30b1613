#!/usr/bin/env python3
"""What `make run` prints is right: setup_lines_test.py TAPLINE RUN-SCRIPT

The lines that tools/run.sh prints for named.conf, unbound.conf and knot.conf are put into small configurations, which
the servers' own checkers must take; the servers run with them, and what they are asked must arrive at the
collector."""

import os
import re
import subprocess
import sys

from frames import read
from servers import Knot, Named, Server, Unbound, program
from traffic import Traffic

BIND = """options {{
  directory "{FOLDER}"; pid-file none; session-keyfile none; lock-file none; recursion no; dnssec-validation no;
  listen-on port {PORT} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
{LINES}}};
statistics-channels {{ inet 127.0.0.1 port {CONTROL_PORT} allow {{ 127.0.0.1; }}; }};
controls {{ }};
zone "example.test" {{ type primary; file "example.test.zone"; check-names ignore; check-integrity no; }};
"""
UNBOUND = """server:
  interface: 127.0.0.1
  port: {PORT}
  directory: "{FOLDER}"
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  logfile: ""
  module-config: "iterator"
  local-zone: "." refuse
remote-control:
  control-enable: yes
  control-interface: "{FOLDER}/control"
  control-use-cert: no
{LINES}"""
KNOT = """server:
  rundir: "{FOLDER}"
  listen: 127.0.0.1@{PORT}
control:
  listen: "{FOLDER}/control"
log:
  - target: stderr
    any: info
database:
  storage: "{FOLDER}"
{LINES}template:
  - id: default
    storage: "{FOLDER}"
{TEMPLATE}zone:
  - domain: example.test
    file: "example.test.zone"
"""


def blocks(text):
    """The indented lines under each heading, without their indentation: {(server, number of the block): lines}."""
    found, server, number = {}, "", 0
    for line in text.splitlines():
        if re.match(r"\S+: into", line):
            server, number = line.split(":")[0], 0
        elif line.startswith("    ") and server:
            found[server, number] = found.get((server, number), "") + line[4:] + "\n"
        elif line.startswith("  "):
            number += 1
    return found


class Configured(Server):
    """A server whose configuration holds printed lines, and has been checked by the server's own checker."""

    def __init__(self, parent, identity, **lines):
        Server.__init__(self, parent, identity, **lines)

    def write_conf(self):
        with open(self.conf, "w") as conf:
            conf.write(self.text.format(PORT=self.port, CONTROL_PORT=self.control_port, **self.settings))
        command = [program(self.checker[0]), *self.checker[1:], self.conf, *self.what]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"


class Bind(Configured, Named):
    text, checker, what, threads = BIND, ["named-checkconf"], [], 1


class OwnUnbound(Configured, Unbound):
    text, checker, what = UNBOUND, ["unbound-checkconf"], []


class OwnKnot(Configured, Knot):
    text, checker, what = KNOT, ["knotc", "-c"], ["conf-check"]


def ids_in(archive):
    """Of what is in its hot segments."""
    hot = os.path.join(archive, "hot")
    return {frame.id for name in os.listdir(hot) if name.endswith(".fstrm") for frame in read(os.path.join(hot, name))}


def main():
    with Traffic(sys.argv[1], "lines") as traffic:
        socket, output = traffic.socket("the socket"), os.path.join(traffic.folder, "files")
        environment = dict(os.environ, SOCKET=socket, OUTPUT=output, TAPLINE=sys.argv[1])
        run = traffic.run("log", [sys.argv[2]], env=environment, stdout=subprocess.PIPE, text=True)
        traffic.await_true(lambda: "listening on" in traffic.text("log"), lambda: traffic.text("log"))
        os.set_blocking(run.stdout.fileno(), False)
        lines = blocks(run.stdout.read())

        traffic.start(Bind, "bind", LINES=lines["BIND", 0])
        traffic.start(OwnUnbound, "unbound", LINES=lines["Unbound", 0])
        traffic.start(OwnKnot, "knot", LINES=lines["Knot", 0], TEMPLATE=lines["Knot", 1])
        for identity in traffic.servers:
            traffic.ask(identity, ["www.example.test A", "example.test SOA +tcp"])
        ids = {question.id for asked in traffic.asked.values() for question in asked}
        traffic.await_true(lambda: ids <= ids_in(output),
                           lambda: f"not all questions arrived: {ids} but {ids_in(output)}")
        for server in traffic.servers.values():
            server.stop()
        run.terminate()
        assert run.wait(30) == 0, "the collector did not end well"
        print("the lines for BIND, Unbound and Knot are right, and their messages arrive")


main()
