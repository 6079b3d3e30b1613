"""What it costs to hand a frame over, and what is lost, default settings, frames of 200 bytes, to a collector that only counts:
tapline's sender by its own interface; by libfstrm's, that is the same program that uses libfstrm, with ours in its place; and
libfstrm's I/O thread. Each thread has a queue of its own, or, as in dnsdist, eight threads have one. What arrives of ours must
be what was not dropped."""

import os
import subprocess
import tempfile

from measure import median, progress, table

RATES = [10_000, 50_000, 100_000, 200_000, 400_000, 800_000]
CONTENDED_RATES = [50_000, 200_000]
CONTENDERS = 8
OURS = "compat/libfstrm.so.0.1.0"


class Sender:
    """A program of the build, and where it finds its libfstrm, if that is not the distribution's."""

    def __init__(self, name, program, library=None, loses_silently=False):
        self.name, self.program, self.library, self.loses_silently = name, program, library, loses_silently

    def environment(self, build):
        return dict(os.environ, LD_LIBRARY_PATH=os.path.join(build, self.library)) if self.library else None


SENDERS = [Sender("tapline", "hand"), Sender("as libfstrm", "hand_fstrm", "compat"),
           Sender("libfstrm", "hand_fstrm", loses_silently=True)]


def hand(build, sender, folder, pattern, rate, seconds, threads, shared):
    """One run: what was handed over, dropped and delivered, and what it cost."""
    address = "unix:" + os.path.join(folder, "sock")
    sink = subprocess.Popen([os.path.join(build, "bench/sink"), address], stdout=subprocess.PIPE, text=True)
    assert sink.stdout.readline() == "listening\n"
    made = subprocess.run([os.path.join(build, "bench", sender.program), address, pattern, str(rate), str(seconds),
                           str(threads), *(["shared"] if shared else [])], env=sender.environment(build),
                          check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    arrived = int(sink.communicate()[0].split()[0])
    handed, dropped = int(made[0]), int(made[1])
    # libfstrm may throw frames away after it has taken them.
    assert arrived == handed - dropped or sender.loses_silently, \
        f"{sender.name}: {handed} handed over, {dropped} dropped, {arrived} arrived"
    seconds_taken, submitting, sending = map(float, made[2:])
    return {"loss": 100 * (handed - arrived) / handed, "reached": handed / seconds_taken / 1e3,
            "rate": arrived / seconds_taken / 1e6, "submit": submitting / handed * 1e9,
            "thread": sending / max(arrived, 1) * 1e9}


def senders_of(build):
    """Those whose program could be built: libfstrm's development files may not be there."""
    return [sender for sender in SENDERS if os.path.exists(os.path.join(build, "bench", sender.program))]


def runs_of(build, folder, runs, pattern, rate, seconds, threads, shared=False):
    """Of each sender the runs, in turns."""
    senders = senders_of(build)
    found = {sender.name: [] for sender in senders}
    for run in range(runs):
        for sender in senders:
            progress(f"{pattern} {rate or ''} {threads} threads{' on one queue' if shared else ''}, {sender.name}, "
                     f"run {run + 1} of {runs}")
            found[sender.name].append(hand(build, sender, folder, pattern, rate, seconds, threads, shared))
    progress("")
    return found


def build_programs(build):
    for name in ("bench/sink", "bench/hand", OURS, "bench/hand_fstrm"):
        subprocess.run(["ninja", "-C", build, name], check=name != "bench/hand_fstrm", stdout=subprocess.DEVNULL)


def loss_row(what, found):
    return [what, *(f"{median(of, 'loss'):.3f} % at {median(of, 'reached'):.0f} k/s" for of in found.values())]


def cost_rows(build, folder, runs, seconds, threads, shared=False):
    found = runs_of(build, folder, runs, "flat", 0, seconds, threads, shared)
    costs = runs_of(build, folder, runs, "cost", 0, seconds, threads, shared)
    return [[f"{name}, {threads} threads", f"{median(of, 'rate'):.2f} M/s", f"{median(of, 'loss'):.1f} %",
             f"{median(of, 'thread'):.1f} ns", f"{median(of, 'submit'):.1f} ns", f"{median(costs[name], 'submit'):.1f} ns",
             f"{median(costs[name], 'loss'):.3f} %"]
            for name, of in found.items()]


COSTS = ["", "delivered", "lost", "sender's thread, a frame", "a submit", "a submit at leisure", "lost then"]


def compare(build, runs, seconds):
    build_programs(build)
    names = [sender.name for sender in senders_of(build)]
    with tempfile.TemporaryDirectory() as folder:
        rows = [loss_row(f"{pattern} {rate:,} a second", runs_of(build, folder, runs, pattern, rate, seconds, 1))
                for pattern in ("even", "burst") for rate in RATES]
        table("frames lost, one thread, and the rate that the machine allowed it", ["", *names], rows)
        table("flat out, and in bursts that fit into the queue",
              COSTS, [row for threads in (1, 2, 8) for row in cost_rows(build, folder, runs, seconds, threads)])
        rows = [loss_row(f"even {rate:,} a second",
                         runs_of(build, folder, runs, "even", rate, seconds, CONTENDERS, shared=True))
                for rate in CONTENDED_RATES]
        table(f"frames lost, {CONTENDERS} threads on one queue", ["", *names], rows)
        table("the same flat out, and in bursts that fit into the queue", COSTS,
              cost_rows(build, folder, runs, seconds, CONTENDERS, shared=True))
