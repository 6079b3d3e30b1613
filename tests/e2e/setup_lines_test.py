#!/usr/bin/env python3
"""What `make run` prints is right: setup_lines_test.py TAPLINE RUN-SCRIPT

The lines that tools/run.sh prints for named.conf, unbound.conf and knot.conf are put into small configurations, which the
servers' own checkers must take; the servers run with them, and what they are asked must arrive at the collector."""

import os
import re
import subprocess
import sys

from frames import read
from servers import Knot, Named, Unbound, program
from traffic import Traffic

BIND = """options {{
  directory "{folder}"; pid-file none; session-keyfile none; lock-file none; recursion no; dnssec-validation no;
  listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
{lines}}};
statistics-channels {{ inet 127.0.0.1 port {control_port} allow {{ 127.0.0.1; }}; }};
controls {{ }};
zone "example.test" {{ type primary; file "example.test.zone"; check-names ignore; check-integrity no; }};
"""
UNBOUND = """server:
  interface: 127.0.0.1
  port: {port}
  directory: "{folder}"
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  logfile: ""
  module-config: "iterator"
  local-zone: "." refuse
remote-control:
  control-enable: yes
  control-interface: "{folder}/control"
  control-use-cert: no
{lines}"""
KNOT = """server:
  rundir: "{folder}"
  listen: 127.0.0.1@{port}
control:
  listen: "{folder}/control"
log:
  - target: stderr
    any: info
database:
  storage: "{folder}"
{lines}template:
  - id: default
    storage: "{folder}"
{template}zone:
  - domain: example.test
    file: "example.test.zone"
"""


def blocks(text):
    """The indented lines under each heading, with the indentation taken off: {(first word, number of the block): lines}."""
    found, server, number = {}, "", 0
    for line in text.splitlines():
        if re.match(r"\S+: into", line):
            server, number = line.split(":")[0], 0
        elif line.startswith("    ") and server:
            found[server, number] = found.get((server, number), "") + line[4:] + "\n"
        elif line.startswith("  "):
            number += 1
    return found


class Configured:
    """Writes the server's configuration from `text`, and has it checked."""

    def write_conf(self):
        with open(self.conf, "w") as conf:
            conf.write(self.text.format(folder=self.folder, port=self.port, control_port=self.control_port, **self.words))
        done = subprocess.run([word.format(conf=self.conf) for word in self.checker], capture_output=True, text=True)
        assert done.returncode == 0, f"{self.checker[0]}: {done.stdout}{done.stderr}"


def configured(kind, words, text, *checker):
    name = "Configured" + kind.__name__
    return type(name, (Configured, kind),
                {"words": words, "text": text, "checker": [program(checker[0]), *checker[1:]],
                 "__init__": lambda self, parent, identity: super(kind, self).__init__(parent, identity)})


def ids_in(folder):
    return {frame.id for name in os.listdir(folder) for frame in read(os.path.join(folder, name))}


def main():
    with Traffic(sys.argv[1], "lines") as traffic:
        socket, output = traffic.socket("the socket"), os.path.join(traffic.folder, "files")
        environment = dict(os.environ, SOCKET=socket, OUTPUT=output, TAPLINE=sys.argv[1])
        run = traffic.run("log", [sys.argv[2]], env=environment, stdout=subprocess.PIPE, text=True)
        traffic.await_true(lambda: "listening on" in traffic.text("log"), lambda: traffic.text("log"))
        os.set_blocking(run.stdout.fileno(), False)
        lines = blocks(run.stdout.read())

        bind = configured(Named, {"lines": lines["BIND", 0]}, BIND, "named-checkconf", "{conf}")
        bind.threads = 1
        unbound = configured(Unbound, {"lines": lines["Unbound", 0]}, UNBOUND, "unbound-checkconf", "{conf}")
        knot = configured(Knot, {"lines": lines["Knot", 0], "template": lines["Knot", 1]}, KNOT, "knotc", "-c", "{conf}",
                          "conf-check")
        for kind, identity in ((bind, "bind"), (unbound, "unbound"), (knot, "knot")):
            traffic.start(kind, identity)
            traffic.ask(identity, ["www.example.test A", "example.test SOA +tcp"])
        ids = {question.id for asked in traffic.asked.values() for question in asked}
        traffic.await_true(lambda: ids <= ids_in(output), lambda: f"not all questions arrived: {ids} but {ids_in(output)}")
        for server in traffic.servers.values():
            server.stop()
        run.terminate()
        assert run.wait(30) == 0, "the collector did not end well"
        print("the lines for BIND, Unbound and Knot are right, and their messages arrive")


main()
