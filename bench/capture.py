"""`tapline capture` against fstrm_capture: the same frames of a recording sent to each over a unix socket, to disk
and to a null output, with the bare loop of walk.c as the upper bound; to disk also as a segment of an archive."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from measure import Child, median, program, progress, table

NULL = "/dev/null"
CONTENT_TYPE = "protobuf:dnstap.Dnstap"


class Receiver:
    """A collector: `command(socket, output)` runs it; one that ends by itself needs no signal."""

    def __init__(self, name, command, ends_itself=False, only_disk=False):
        self.name, self.command, self.ends_itself, self.only_disk = name, command, ends_itself, only_disk


def receivers(tapline, build):
    def ours(sync):
        return lambda socket, output: [tapline, "capture", "--listen", "unix:" + socket, "--write", output,
                                       "--sync", sync]

    def archive(*options):
        return lambda socket, output: [tapline, "capture", "--listen", "unix:" + socket, "--archive", output, "--no-pack",
                                       "--segment-size", "16GiB", *options]

    fstrm = program("fstrm_capture") or sys.exit("bench: fstrm_capture is not installed (package fstrm-bin)")
    walk = os.path.join(build, "bench", "walk")
    return [
        Receiver("fstrm_capture", lambda socket, output: [fstrm, "-t", CONTENT_TYPE, "-u", socket, "-w", output]),
        Receiver("tapline capture", ours("never")),
        Receiver("tapline capture, synced every second", ours("1s"), only_disk=True),
        Receiver("tapline capture to an archive", archive("--sync", "never"), only_disk=True),
        Receiver("to an archive, synced every second", archive("--sync", "1s"), only_disk=True),
        Receiver("bare loop", lambda socket, output: [walk, "unix:" + socket, *([] if output == NULL else [output])],
                 ends_itself=True),
    ]


def expected_size(recording, frames):
    """Bytes of the whole output: START, the frames in a circle, STOP; and the recording's data part."""
    with open(recording, "rb") as file:
        data = file.read()
    start, stop = 8 + int.from_bytes(data[4:8], "big"), 12
    sizes, at = [], start
    while at < len(data) - stop:
        size = 4 + int.from_bytes(data[at:at + 4], "big")
        sizes.append(size)
        at += size
    body = frames // len(sizes) * (at - start) + sum(sizes[:frames % len(sizes)])
    return data[:start], memoryview(data)[start:at], body, data[at:]


def check_output(path, expected):
    """The file, or the archive's one segment, holds START, exactly the frames that were sent, and STOP."""
    if os.path.isdir(path):
        segments = [name for name in os.listdir(os.path.join(path, "hot")) if name.endswith(".fstrm")]
        assert len(segments) == 1, f"{path}: {len(segments)} segments instead of one"
        path = os.path.join(path, "hot", segments[0])
    start, circle, body, stop = expected
    assert os.path.getsize(path) == len(start) + body + len(stop), \
        f"{path}: {os.path.getsize(path)} bytes instead of {len(start) + body + len(stop)}"
    with open(path, "rb") as file:
        assert file.read(len(start)) == start, f"{path}: wrong START"
        left = body
        while left:
            size = min(len(circle), left)
            assert file.read(size) == circle[:size], f"{path}: other frames than were sent"
            left -= size
        assert file.read() == stop, f"{path}: wrong STOP"


def one_run(receiver, blast, recording, frames, folder, to_disk, expected):
    socket, output = os.path.join(folder, "socket"), os.path.join(folder, "out") if to_disk else NULL
    with open(os.path.join(folder, "log"), "wb") as log:
        child = Child(receiver.command(socket, output), stdout=log, stderr=log)
    for _ in range(2000):
        if os.path.exists(socket):
            break
        time.sleep(0.005)
    sender = subprocess.run([blast, recording, str(frames), "unix:" + socket], capture_output=True, text=True)
    if sender.returncode:
        child.process.kill()
        sys.exit(f"bench: {receiver.name}: {sender.stderr}")
    if not receiver.ends_itself:
        child.process.send_signal(signal.SIGTERM)
    child.wait()
    if to_disk:
        check_output(output, expected)
        if os.path.isdir(output):
            shutil.rmtree(output)
        else:
            os.unlink(output)
    elif receiver.name.startswith("tapline"):
        with open(os.path.join(folder, "log")) as log:
            text = log.read()
        assert f" {frames} frames, {expected[2]} bytes out" in text, text
    if os.path.exists(socket):
        os.unlink(socket)
    seconds, size = sender.stdout.split()
    return {"seconds": float(seconds), "cpu": child.cpu, "bytes": int(size)}


def compare(tapline, build, recording, cache, frames, runs):
    blast = os.path.join(build, "bench", "blast")
    expected = expected_size(recording, frames)
    for to_disk in (True, False):
        results = {}
        everyone = [one for one in receivers(tapline, build) if to_disk or not one.only_disk]
        for run in range(runs):
            for receiver in everyone:
                progress(f"run {run + 1} of {runs}: {receiver.name}")
                with tempfile.TemporaryDirectory(dir=cache) as folder:
                    results.setdefault(receiver.name, []).append(
                        one_run(receiver, blast, recording, frames, folder, to_disk, expected))
        progress("")
        show(results, frames, expected[2], "disk" if to_disk else "a null output", runs)


def show(results, frames, size, where, runs):
    peer, bare = results["fstrm_capture"], results["bare loop"]
    rows = []
    for name, measured in results.items():
        seconds, cpu = median(measured, "seconds"), median(measured, "cpu")
        rows.append((name, f"{frames / seconds / 1e6:.2f} M", f"{size / seconds / 1e6:.0f}", f"{cpu:.2f}",
                     f"{frames / cpu / 1e6:.2f} M", f"{median(peer, 'cpu') / cpu:.2f} x",
                     f"{median(bare, 'seconds') / seconds * 100:.0f} %"))
    table(f"Capture to {where}: {frames / 1e6:g} M frames of {size / frames - 4:.0f} bytes over one unix socket, "
          f"medians of {runs} runs",
          ("", "frames/s", "MB/s", "CPU s", "frames/CPU s", "of fstrm_capture", "of the bare loop's rate"), rows)
    print(f"  target: {'3' if where == 'disk' else '6'} x fstrm_capture's frames per CPU second, "
          "80 % of the bare loop's rate")
