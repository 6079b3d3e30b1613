#!/usr/bin/env python3
"""A capture that is stopped while BIND sends under load: live_capture_stop_test.py TAPLINE

BIND counts a frame as sent when it has put it into its queue. libfstrm takes it from there to the socket, throws away
what it cannot write while nobody listens, and that stays counted as sent. So "sent = kept" cannot be; what can be
proven is that nothing else is lost. The questions are numbered and BIND has one thread, so its frames come in one
order. The capture is stopped in their midst, and another one is started, to which BIND connects again; it is asked
until it has. Then:

1. The frames of both files together are that order with at most one hole in it: all before the hole was kept by the
   first capture, all after it by the second, each frame once.
2. What BIND says it sent = what is kept + the hole. It dropped nothing.
3. Of the frames that BIND had counted as sent at the time of the signal, no more are in the hole than its queue
   holds: the others had reached the socket, and are kept.
4. The first capture's books balance with its file, and nothing was left in the socket."""

import signal
import subprocess
import sys

from frames import read
from servers import Named, program
from traffic import Traffic, books

RATE = 2000  # questions a second; BIND's queue must last for the moments in which its thread does not run
# A large queue so that BIND drops nothing, and a quick reconnect. Besides, libfstrm's thread holds up to 64 frames
# that it is about to write.
OPTIONS = "fstrm-set-input-queue-size 16384; fstrm-set-reopen-interval 1s; fstrm-set-flush-timeout 1;"
QUEUE = 16384 + 64
STOP_AT = QUEUE + 4000  # frames sent when the first capture is stopped: so some of them must have reached it
COUNT = STOP_AT * 3 // 4  # questions asked meanwhile, each of two frames


def start_load(server, folder, first, count):
    """dnsperf with numbered names."""
    path = folder + "/numbered"
    with open(path, "w") as file:
        file.writelines(f"n{number}.example.test A\n" for number in range(first, first + count))
    return subprocess.Popen([program("dnsperf"), "-s", "127.0.0.1", "-p", str(server.port), "-d", path, "-n", "1",
                             "-c", "1", "-Q", str(RATE), "-q", "100", "-t", "60"],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def await_load(perf, count):
    output, _ = perf.communicate(timeout=120)
    assert f"Queries completed:    {count} " in output, f"not every one of {count} questions was answered:\n{output}"


def ask_until_captured(traffic, bind, first, asked):
    """More questions until BIND has found the second capture. How many were asked in all."""
    for _ in range(60):
        if places([path for path in traffic.files() if path not in first]):
            return asked
        await_load(start_load(bind, traffic.folder, asked, RATE // 2), RATE // 2)
        asked += RATE // 2
    raise AssertionError("BIND does not connect to the second capture")


def place(frame):
    """(number of the question, is it the answer), or None for other frames."""
    question = frame.question()
    label = question[0][0] if question and question[0] else b""
    return (int(label[1:]), not frame.is_query) if label[:1] == b"n" and label[1:].isdigit() else None


def places(paths):
    return [place(frame) for path in paths for frame in read(path) if place(frame)]


def missing(kept, last):
    """The numbers of the frames that are not among `kept`, each frame being 2 * number + is_answer."""
    return sorted(set(range(2 * last[0] + last[1] + 1)) - {2 * number + answer for number, answer in kept})


def check(traffic, log, first, second, asked, sent_before):
    kept = places(first + second)
    assert len(set(kept)) == len(kept), "a frame is there twice"
    assert kept == sorted(kept), "the frames are not in the order in which BIND sent them"
    assert kept[0] == (0, False) and kept[-1] == (asked - 1, True), f"from {kept[0]} to {kept[-1]} of {asked} questions"
    hole = missing(kept, kept[-1])
    assert not hole or hole[-1] - hole[0] + 1 == len(hole), f"more than one hole: {len(hole)} frames missing"

    sent, dropped = traffic.counts["bind"]
    others = sum(not place(frame) for path in first + second for frame in read(path))
    assert dropped == 0, f"BIND dropped {dropped} frames, so this test has proven nothing"
    assert sent == len(kept) + others + len(hole), f"{sent} sent, {len(kept)} + {others} kept, {len(hole)} in the hole"

    kept_first = len(read(first[0]))
    assert kept_first >= sent_before - QUEUE, f"{sent_before} sent before the stop, {kept_first} kept"
    total = books(log)
    assert total["frames_in"] == total["frames_out"] == kept_first, log
    assert "left in the socket" not in log, log
    return len(kept), len(hole), sent_before - kept_first


def main():
    with Traffic(sys.argv[1], "stop") as traffic:
        traffic.start_capture(["bind"], "--queue-size", "8MiB")
        bind = traffic.start(Named, "bind", traffic.socket("bind"), options=OPTIONS, threads=1)
        perf = start_load(bind, traffic.folder, 0, COUNT)
        traffic.await_true(lambda: bind.dnstap_counts()[0] >= STOP_AT, lambda: f"BIND sent {bind.dnstap_counts()}", 60)
        sent_before = bind.dnstap_counts()[0]
        traffic.capture.process.send_signal(signal.SIGTERM)
        assert traffic.capture.process.wait(30) == 0, traffic.capture.log()
        log = traffic.capture.log()
        first = traffic.files()
        traffic.start_capture(["bind"])
        await_load(perf, COUNT)
        asked = ask_until_captured(traffic, bind, first, COUNT)
        traffic.stop_servers()
        traffic.stop_capture()
        second = [path for path in traffic.files() if path not in first]
        kept, hole, queued = check(traffic, log, first, second, asked, sent_before)
        print(f"{asked} questions: {kept} frames kept by two captures, one hole of {hole} that BIND had nobody to send "
              f"to; of what BIND had sent when the first was stopped {max(queued, 0)} were in BIND's own queue")


if __name__ == "__main__":
    main()
