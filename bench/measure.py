"""What the benchmarks share: a child with what it cost, medians, the table."""

import os
import shutil
import statistics
import subprocess
import sys
import time


def program(name):
    """The path of a program, or None."""
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin")


class Child:
    """A process whose CPU time (user + system, from wait4) is known when it has ended."""

    def __init__(self, command, **settings):
        self.command, self.start = command, time.monotonic()
        self.process = subprocess.Popen(command, **settings)

    def wait(self, may_fail=False):
        _, status, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        self.seconds = time.monotonic() - self.start
        self.cpu = usage.ru_utime + usage.ru_stime
        if self.process.returncode and not may_fail:
            sys.exit(f"bench: {self.command[0]}: status {self.process.returncode}")
        return self


def median(runs, field):
    return statistics.median(run[field] for run in runs)


def table(title, headings, rows):
    """Columns as wide as they must be; the first is a text, the others stand to the right."""
    lines = [headings, *rows]
    widths = [max(len(str(line[column])) for line in lines) for column in range(len(headings))]
    print("\n" + title)
    for line in lines:
        first, *rest = (str(cell) for cell in line)
        print("  " + first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(rest, widths[1:])), sep="  ")


def progress(text):
    """Shown on a terminal, and only there."""
    if sys.stderr.isatty():
        print("\r\033[K" + text, end="", file=sys.stderr, flush=True)
