"""Sealing alone: the library's sealer on the recorded million, beside zstd(1) on the same file at the same levels. What
is sealed must unpack, with zstd, to the recording, byte by byte."""

import filecmp
import os
import shutil
import subprocess
import tempfile

from measure import Child, median, progress, table

LEVELS = (1, 3, 6, 9)


def seal(build, recording, level, folder, is_checked):
    archive = os.path.join(folder, "archive")
    words = subprocess.run([os.path.join(build, "bench", "seal"), recording, str(level), archive], check=True,
                           stdout=subprocess.PIPE, text=True).stdout.split()
    if is_checked:
        unpacked = os.path.join(folder, "unpacked")
        subprocess.run(["zstd", "-dqf", words[4], "-o", unpacked], check=True)
        assert filecmp.cmp(unpacked, recording, shallow=False), "zstd unpacks the sealed segment to something else"
    shutil.rmtree(archive)
    return dict(zip(("messages", "size", "cpu", "reading"), map(float, words[:4])))


def zstd(recording, level, folder):
    packed = os.path.join(folder, "packed")
    child = Child(["zstd", "-qf", f"-{level}", "--single-thread", recording, "-o", packed]).wait()
    return {"size": os.path.getsize(packed), "cpu": child.cpu}


def compare(build, recording, runs):
    subprocess.run(["ninja", "-C", build, "bench/seal"], check=True, stdout=subprocess.DEVNULL)
    rows = []
    with tempfile.TemporaryDirectory(prefix="tapline-seal-") as folder:
        for level in LEVELS:
            progress(f"sealing at level {level}")
            ours = [seal(build, recording, level, folder, run == 0) for run in range(runs)]
            theirs = [zstd(recording, level, folder) for _ in range(runs)]
            messages = ours[0]["messages"]
            rows.append((f"level {level}", *(f"{median(results, 'size') / messages:.1f}" for results in (ours, theirs)),
                         *(f"{messages / median(results, 'cpu') / 1e6:.2f}" for results in (ours, theirs)),
                         f"{messages / median(ours, 'reading') / 1e6:.1f}"))
        progress("")
    table(f"Seal {messages:.0f} messages of {os.path.getsize(recording) / messages:.0f} bytes, medians of {runs} runs; "
          "zstd(1) unpacks what was sealed to the same bytes",
          ("", "bytes a message", "zstd(1)", "M messages a CPU s", "zstd(1)", "reading: M messages a CPU s"), rows)
