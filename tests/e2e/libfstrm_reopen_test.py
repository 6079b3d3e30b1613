#!/usr/bin/env python3
"""BIND with our libfstrm, whose dnstap is reopened by rndc again and again while it sends under load:
libfstrm_reopen_test.py TAPLINE FOLDER-OF-LIBFSTRM

Each time BIND ends the library's thread and starts another one, in all of its own threads. Every question and every
answer is there, once; and the library leaves the statistics of each thread."""

import glob
import os
import subprocess
import sys
import time

from frames import read
from live_capture_stop_test import RATE, await_load, missing, place, start_load
from servers import Named, program
from traffic import Traffic

COUNT, TIMES = 3 * RATE, 8
KEY = 'key "update" { algorithm hmac-sha256; secret "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"; };\n'


class NamedWithControl(Named):
    """BIND that rndc can speak to, with the key that is in its configuration for updates."""

    def write_conf(self):
        super().write_conf()
        with open(self.conf) as conf:
            text = conf.read()
        assert text.count("controls { };") == 1 and KEY in text, text
        unix = f'controls {{ inet 127.0.0.1 port {self.control_port} allow {{ 127.0.0.1; }} keys {{ "update"; }}; }};'
        with open(self.conf, "w") as conf:  # the port of the statistics, which are not asked for here
            conf.write("\n".join(line for line in text.replace("controls { };", unix).splitlines()
                                 if not line.startswith("statistics-channels")) + "\n")
        with open(os.path.join(self.folder, "rndc.conf"), "w") as conf:
            conf.write(KEY + 'options { default-key "update"; default-server 127.0.0.1; };\n')

    def reopen(self):
        subprocess.run([program("rndc"), "-c", os.path.join(self.folder, "rndc.conf"), "-p", str(self.control_port),
                        "dnstap", "-reopen"], check=True, capture_output=True, timeout=20)


def main():
    os.environ["LD_LIBRARY_PATH"] = os.path.realpath(sys.argv[2])
    with Traffic(sys.argv[1], "reopen") as traffic:
        statistics = os.path.join(traffic.folder, "statistics")
        os.environ["TAPLINE_LIBFSTRM"] = f"statistics={statistics}.%n"
        traffic.start_capture(["bind"])
        bind = traffic.start(NamedWithControl, "bind", traffic.socket("bind"))
        perf = start_load(bind, traffic.folder, 0, COUNT)
        for _ in range(TIMES):
            time.sleep(COUNT / RATE / (TIMES + 2))
            bind.reopen()
        await_load(perf, COUNT)
        bind.stop()
        traffic.stop_capture()
        kept = [place(frame) for path in traffic.files() for frame in read(path) if place(frame)]
        holes = missing(set(kept), (COUNT - 1, True))
        assert not holes, f"{len(holes)} frames are missing, from {holes[0]} to {holes[-1]}"
        assert len(kept) == 2 * COUNT, f"{len(kept)} frames, although none had to be sent twice"
        found = len(glob.glob(statistics + ".*"))
        assert found == TIMES + 1, f"statistics of {found} threads"
        print(f"{COUNT} questions over {TIMES} reopenings: {len(kept)} frames, none missing, none twice")


main()
