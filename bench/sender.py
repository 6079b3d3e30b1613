"""What it costs to hand a frame over, and what is lost: tapline's sender beside libfstrm's I/O thread, default settings,
frames of 200 bytes, to a collector that only counts. What arrives of tapline's must be what was not dropped."""

import os
import subprocess
import tempfile

from measure import median, progress, table

RATES = [10_000, 50_000, 100_000, 200_000, 400_000, 800_000]
SENDERS = [("tapline", "hand"), ("libfstrm", "hand_fstrm")]


def hand(build, program, folder, pattern, rate, seconds, threads):
    """One run: what was handed over, dropped and delivered, and what it cost."""
    address = "unix:" + os.path.join(folder, "sock")
    sink = subprocess.Popen([os.path.join(build, "bench/sink"), address], stdout=subprocess.PIPE, text=True)
    assert sink.stdout.readline() == "listening\n"
    made = subprocess.run([os.path.join(build, "bench", program), address, pattern, str(rate), str(seconds), str(threads)],
                          check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    arrived = int(sink.communicate()[0].split()[0])
    handed, dropped = int(made[0]), int(made[1])
    # libfstrm may throw frames away after it has taken them.
    assert arrived == handed - dropped or program != "hand", f"{handed} handed over, {dropped} dropped, {arrived} arrived"
    seconds_taken, submitting, sending = map(float, made[2:])
    return {"loss": 100 * (handed - arrived) / handed, "reached": handed / seconds_taken / 1e3,
            "rate": arrived / seconds_taken / 1e6, "submit": submitting / handed * 1e9, "thread": sending / arrived * 1e9}


def runs_of(build, folder, runs, pattern, rate, seconds, threads):
    """Of each sender the runs, in turns."""
    senders = [(name, program) for name, program in SENDERS if os.path.exists(os.path.join(build, "bench", program))]
    found = {name: [] for name, _ in senders}
    for run in range(runs):
        for name, program in senders:
            progress(f"{pattern} {rate or ''} {threads} threads, {name}, run {run + 1} of {runs}")
            found[name].append(hand(build, program, folder, pattern, rate, seconds, threads))
    progress("")
    return found


def build_programs(build):
    """libfstrm's development files may not be there."""
    for name in ("sink", "hand", "hand_fstrm"):
        subprocess.run(["ninja", "-C", build, "bench/" + name], check=name != "hand_fstrm", stdout=subprocess.DEVNULL)


def compare(build, runs, seconds):
    build_programs(build)
    with tempfile.TemporaryDirectory() as folder:
        rows = []
        for pattern in ("even", "burst"):
            for rate in RATES:
                found = runs_of(build, folder, runs, pattern, rate, seconds, 1)
                rows.append([f"{pattern} {rate:,} a second",
                             *(f"{median(of, 'loss'):.3f} % at {median(of, 'reached'):.0f} k/s" for of in found.values())])
        table("frames lost, one thread, and the rate that the machine allowed it", ["", *found], rows)
        rows = []
        for threads in (1, 2, 8):
            found = runs_of(build, folder, runs, "flat", 0, seconds, threads)
            costs = runs_of(build, folder, runs, "cost", 0, seconds, threads)
            for name, of in found.items():
                rows.append([f"{name}, {threads} threads", f"{median(of, 'rate'):.2f} M/s", f"{median(of, 'thread'):.1f} ns",
                             f"{median(costs[name], 'submit'):.1f} ns"])
        table("flat out", ["", "delivered", "sender's thread, a frame", "handing one over"], rows)
