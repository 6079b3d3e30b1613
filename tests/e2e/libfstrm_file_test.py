#!/usr/bin/env python3
"""BIND and Knot that write dnstap into files, with our libfstrm: libfstrm_file_test.py TAPLINE FOLDER-OF-LIBFSTRM

While they run the file can be read, with what was asked a moment ago in it; at their end it is complete, and has as
many frames as they say."""

import os
import sys

import questions
from frames import read, whole_frames
from servers import Knot, Named
from traffic import Traffic


class NamedToFile(Named):
    """BIND whose dnstap goes to the file where its socket would be."""

    def write_conf(self):
        super().write_conf()
        with open(self.conf) as conf:
            text = conf.read()
        assert text.count('dnstap-output unix "') == 1, text
        with open(self.conf, "w") as conf:
            conf.write(text.replace('dnstap-output unix "', 'dnstap-output file "'))


class KnotToFile(Knot):
    """Knot likewise."""

    def write_conf(self):
        super().write_conf()
        with open(self.conf) as conf:
            text = conf.read()
        assert text.count('sink: "unix:') == 1, text
        with open(self.conf, "w") as conf:
            conf.write(text.replace('sink: "unix:', 'sink: "'))


def main():
    os.environ["LD_LIBRARY_PATH"] = os.path.realpath(sys.argv[2])
    with Traffic(sys.argv[1], "file") as traffic:
        paths = {identity: os.path.join(traffic.folder, identity + ".fstrm") for identity in ("bind", "knot")}
        traffic.start(NamedToFile, "bind", paths["bind"])
        traffic.start(KnotToFile, "knot", paths["knot"])
        traffic.ask("bind", questions.AUTHORITATIVE)
        traffic.ask("knot", questions.KNOT)
        sent = traffic.servers["bind"].dnstap_counts()[0]
        traffic.await_true(lambda: len(whole_frames(paths["bind"])) >= sent,
                           lambda: f"{len(whole_frames(paths['bind']))} frames of {sent} can be read", seconds=5)
        traffic.counts = {"bind": traffic.servers["bind"].dnstap_counts()}
        queries = traffic.servers["knot"].query_count()
        for server in traffic.servers.values():
            server.stop()
        frames = {identity: read(path) for identity, path in paths.items()}
        sent, dropped = traffic.counts["bind"]
        assert dropped == 0 and len(frames["bind"]) == sent, f"BIND: {sent} sent, {len(frames['bind'])} in the file"
        kept = sum(frame.kind in ("CQ", "AQ") for frame in frames["knot"])
        assert kept == queries, f"Knot: {queries} queries, {kept} in the file"
        print(f"{sent} frames of BIND and {len(frames['knot'])} of Knot in their files")


main()
