#!/usr/bin/env python3
"""The data paths "Live capture" and "Read" together: live_capture_and_read_test.py TAPLINE

`tapline read --follow` on the folder of a capture that rotates shows every frame, and `tapline read --listen` takes
every frame of a BIND directly. Both end at SIGTERM with all they had."""

import os
import subprocess
import sys

import questions
from frames import read
from servers import Named, Unbound
from traffic import Traffic


def start_reader(traffic, name, *options):
    with open(os.path.join(traffic.folder, name + ".out"), "wb") as output:
        return traffic.run(name + ".log", [traffic.tapline, "read", *options], stdout=output)


def await_lines(traffic, name, count):
    def lines():
        return traffic.text(name + ".out").count("\n")

    traffic.await_true(lambda: lines() >= count,
                       lambda: f"{name}: {lines()} lines of {count}; {traffic.text(name + '.log')}")


def stop_reader(traffic, name, reader):
    reader.terminate()
    status = reader.wait(20)
    assert status == 0, f"{name}: status {status}, {traffic.text(name + '.log')}"
    return traffic.text(name + ".out").splitlines()


def check_follow(traffic):
    """BIND and Unbound through a capture whose files are small."""
    traffic.start_capture(["bind", "unbound"], "--rotate-size", "16KiB")
    follower = start_reader(traffic, "follow", "--follow", traffic.output)
    bind = traffic.start(Named, "bind", traffic.socket("bind"))
    traffic.start(Unbound, "unbound", traffic.socket("unbound"), bind)
    traffic.ask("bind", questions.AUTHORITATIVE)
    traffic.ask("unbound", questions.RECURSIVE)
    traffic.stop_servers()
    traffic.stop_capture()

    paths = traffic.files()
    count = sum(len(read(path)) for path in paths)
    assert len(paths) > 2, f"the capture has not rotated: {paths}"
    await_lines(traffic, "follow", count)
    followed = stop_reader(traffic, "follow", follower)
    offline = subprocess.run([traffic.tapline, "read", *paths], capture_output=True, text=True, check=True).stdout
    offline = offline.splitlines()
    assert followed == offline, f"--follow printed {len(followed)} lines, the files hold {len(offline)}, or others"
    return len(paths), count


def check_listen(traffic):
    """BIND straight into `tapline read`."""
    reader = start_reader(traffic, "listen", "--listen", "unix:" + traffic.socket("direct"))
    traffic.await_true(lambda: os.path.exists(traffic.socket("direct")), lambda: traffic.text("listen.log"))
    bind = traffic.start(Named, "direct", traffic.socket("direct"))
    traffic.ask("direct", questions.AUTHORITATIVE)
    sent, dropped = bind.dnstap_counts()
    bind.stop()
    del traffic.servers["direct"]
    await_lines(traffic, "listen", sent)
    lines = stop_reader(traffic, "listen", reader)
    assert dropped == 0, f"BIND dropped {dropped} frames, so this test has proven nothing"
    assert len(lines) == sent, f"BIND sent {sent} frames, {len(lines)} were printed"
    for name in ("WWW.eXaMpLe.TeSt/IN/A", r"b\000in\255.example.test/IN/A", "nx.example.test/IN/A"):
        assert sum(line.endswith(name) for line in lines) >= 2, f"{name} and its answer were not printed"
    return sent


def main():
    with Traffic(sys.argv[1], "follow") as traffic:
        files, followed = check_follow(traffic)
        traffic.servers.clear()
        direct = check_listen(traffic)
        print(f"{followed} frames followed over {files} files, {direct} taken from BIND directly")


main()
