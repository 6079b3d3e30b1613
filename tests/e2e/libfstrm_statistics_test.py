#!/usr/bin/env python3
"""`tapline status` on what our libfstrm writes about itself in BIND: libfstrm_statistics_test.py TAPLINE FOLDER-OF-LIBFSTRM

While BIND runs, its process, its program, the socket and the counts are there, and once the questions are through, as many
frames were sent as BIND counts and the capture keeps. Without the capture it is told what is wrong. When BIND ended it is
told as stopped; when it was killed, as gone. A wrong word among the settings keeps BIND from none of this, and is in its
log."""

import glob
import json
import os
import subprocess
import sys

from live_capture_stop_test import RATE, await_load, start_load
from servers import Named
from traffic import Traffic

COUNT = RATE


def status(traffic, path, *options):
    done = subprocess.run([traffic.tapline, "status", *options, path], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, f"{done.returncode}: {done.stderr}"
    return done.stdout


def sender(traffic, path):
    return json.loads(status(traffic, path, "--format", "json"))["sender"]


def start_bind(traffic, identity):
    """BIND, and the file of its only sender."""
    path = os.path.join(traffic.folder, identity + ".statistics")
    os.environ["TAPLINE_LIBFSTRM"] = f"statistics={path}.%n retry=5"
    bind = traffic.start(Named, identity, traffic.socket("bind"), threads=1)
    traffic.await_true(lambda: glob.glob(path + ".*[0-9]"), lambda: "BIND's sender writes no statistics")
    path, = glob.glob(path + ".*[0-9]")
    assert "\"retry=5\" is ignored" in bind.log(), bind.log()
    return bind, path


def has_sent(found, frames):
    to, = found["endpoints"]
    return to["sent"] == to["confirmed"] == found["submitted"] >= frames


def check_running(traffic, bind, path):
    """What it tells when all questions are through and everything was read."""
    traffic.await_true(lambda: has_sent(sender(traffic, path), bind.dnstap_counts()[0]),
                       lambda: f"BIND sent {bind.dnstap_counts()}, {status(traffic, path)}")
    sent, dropped = bind.dnstap_counts()
    found = sender(traffic, path)
    to, = found["endpoints"]
    assert dropped == 0 and sent >= 2 * COUNT, (sent, dropped)
    assert found["state"] == "running" and found["pid"] == bind.process.pid and found["program"] == "named", found
    assert to["address"] == "unix:" + traffic.socket("bind") and to["link"] == "sending", found
    text = status(traffic, path)
    assert f"named, process {bind.process.pid}\n          running\n" in text and "Lost      nothing\n" in text, text
    return found["submitted"]


def main():
    os.environ["LD_LIBRARY_PATH"] = os.path.realpath(sys.argv[2])
    with Traffic(sys.argv[1], "statistics") as traffic:
        traffic.start_capture(["bind"])
        bind, path = start_bind(traffic, "bind")
        await_load(start_load(bind, traffic.folder, 0, COUNT), COUNT)
        sent = check_running(traffic, bind, path)
        bind.stop()
        assert sender(traffic, path)["state"] == "stopped", status(traffic, path)
        assert sender(traffic, path)["endpoints"][0]["sent"] >= sent
        traffic.stop_capture()
        kept = len(traffic.frames())
        assert sender(traffic, path)["submitted"] == kept, f"{kept} frames are kept, {status(traffic, path)}"

        bind, path = start_bind(traffic, "alone")  # nobody listens
        traffic.await_true(lambda: sender(traffic, path)["endpoints"][0].get("failed_in") == "connecting",
                           lambda: status(traffic, path))
        bind.kill()
        traffic.await_true(lambda: sender(traffic, path)["state"] == "gone", lambda: status(traffic, path))
        print(f"{COUNT} questions: {kept} frames sent and kept, and told so")


main()
