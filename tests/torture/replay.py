#!/usr/bin/env python3
"""libfstrm as sender, N times: fstrm_replay plays a file through a unix socket and through TCP, with its own handshake, and
what it had to send is in the files. Skipped where fstrm_replay is not installed."""

import os
import random
import shutil
import subprocess
import sys
import tempfile

from capturing import CONTENT_TYPE, START, STOP, Capture, check_frames, control, frame


def play(program, folder, rng):
    marks = [f"replay/{i}".encode() for i in range(rng.randint(1, 20000))]
    path = os.path.join(folder, "played")
    with open(path, "wb") as file:
        file.write(control(START, CONTENT_TYPE))
        for mark in marks:
            file.write(frame(mark, rng.choice([30, 137, 1000])))
        file.write(control(STOP))
    capture = Capture(program, folder, "--listen", "tcp:127.0.0.1:0").ready().await_log("listening on tcp:")
    command = ["fstrm_replay", "-t", CONTENT_TYPE.decode(), "-r", path]
    if rng.random() < 0.5:
        command += ["-u", capture.socket]
    else:
        command += ["-a", "127.0.0.1", "-p", str(capture.tcp_port())]
    subprocess.run(command, check=True, timeout=120)
    assert "ended with STOP" in capture.await_log("ended with").log(), capture.log()
    assert capture.stop() == 0, capture.log()
    return check_frames({"replay": marks}, capture.files())


def main():
    program, times = sys.argv[1], int(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 30)
    if not shutil.which("fstrm_replay"):
        print("skipped: fstrm_replay is not installed")
        sys.exit(77)
    total = 0
    for i in range(times):
        folder = tempfile.mkdtemp(prefix="tapline-replay-")
        try:
            total += play(program, folder, random.Random(seed + i))
        except BaseException:
            print(f"replay {i} (seed {seed + i}), files kept in {folder}", file=sys.stderr)
            raise
        shutil.rmtree(folder)
        shutil.rmtree(Capture.queue_folder(folder))
    print(f"{times} files replayed by libfstrm, {total} frames, all of them kept")


main()
