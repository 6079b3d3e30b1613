"""`tapline read` against dnstap-read and golang's dnstap on the recorded million: CPU time per message, and whether the
outputs say the same; how much sooner two threads are ready; what a filter costs; and how much memory a long input takes."""

import filecmp
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from datetime import datetime

from measure import Child, median, program, progress, table

FILTER = "qname under example.test and rcode == NXDOMAIN"
SAME_KEYS = "socket_family socket_protocol query_address response_address query_port response_port".split()


def commands(tapline, recording):
    """Name to (command, name of the one it is compared with, target)."""
    bind = program("dnstap-read") or sys.exit("bench: dnstap-read is not installed (package bind9-dnsutils)")
    golang = program("dnstap")
    ours = [tapline, "read", "--threads", "1"]
    all_commands = {
        "tapline read": ([*ours, recording], None, ""),
        "dnstap-read": ([bind, recording], "tapline read", "20 x"),
        "dnstap -q": ([golang, "-r", recording, "-q"], "tapline read", ""),
        "tapline read --format json": ([*ours, "--format", "json", recording], None, ""),
        "dnstap -j": ([golang, "-r", recording, "-j"], "tapline read --format json", "20 x"),
        "tapline read --format dig": ([*ours, "--format", "dig", recording], None, ""),
        "dnstap-read -p": ([bind, "-p", recording], "tapline read --format dig", ""),
        "tapline read --format bind-yaml": ([*ours, "--format", "bind-yaml", "--bind", "9.18", recording], None, ""),
        "dnstap-read -y": ([bind, "-y", recording], "tapline read --format bind-yaml", ""),
        "tapline read --format yaml": ([*ours, "--format", "yaml", recording], None, ""),
        "tapline read --format csv": ([*ours, "--format", "csv", recording], None, ""),
        "tapline read --where": ([*ours, "--where", FILTER, recording], None, ""),
        "tapline read --pair": ([*ours, "--pair", recording], None, ""),
    }
    if not golang:
        print("golang's dnstap is not installed (package golang-github-dnstap-golang-dnstap-cli): without it")
    return {name: entry for name, entry in all_commands.items() if entry[0][0]}


def moment(text):
    """A time in RFC 3339 with up to nine digits as (seconds, nanoseconds)."""
    whole, _, rest = text.rstrip("Z").partition(".")
    return datetime.fromisoformat(whole), int(rest.ljust(9, "0") or 0)


def check_json(ours, theirs):
    """As many lines, and the same in spot fields of every hundredth."""
    count = 0
    with open(ours) as our_file, open(theirs) as their_file:
        for count, (our_line, their_line) in enumerate(zip(our_file, their_file, strict=True), 1):
            if count % 100 != 1:
                continue
            a, b = json.loads(our_line), json.loads(their_line)
            message = b["message"]
            assert a["type"] == message["type"] and a.get("identity") == b.get("identity"), f"line {count}"
            for key in SAME_KEYS:
                assert a.get(key) == message.get(key), f"line {count}: {key} is {a.get(key)}, not {message.get(key)}"
            for key in ("query_time", "response_time"):
                assert (key in a) == (key in message), f"line {count}: {key}"
                assert key not in a or moment(a[key]) == moment(message[key]), f"line {count}: {key}"
            for key in ("query_message", "response_message"):
                assert (key in a) == (key in message), f"line {count}: {key}"
                assert key not in a or f"id: {a[key]['id']}\n" in message[key], f"line {count}: the message's id"
    return count


def check(everything, cache):
    """The outputs once, untimed."""
    paths = {}
    for number, (name, (command, _, _)) in enumerate(everything.items()):
        progress("comparing the outputs: " + name)
        paths[name] = os.path.join(cache, f"output-{number}")
        with open(paths[name], "wb") as output:
            subprocess.run(command, stdout=output, stderr=subprocess.DEVNULL, check=True)
    progress("")
    for ours, theirs in [("tapline read", "dnstap-read"), ("tapline read --format bind-yaml", "dnstap-read -y")]:
        same = filecmp.cmp(paths[ours], paths[theirs], shallow=False)
        assert same, f"{ours} differs: compare {paths[ours]} with {paths[theirs]}"
    with open(paths["tapline read"], "rb") as file:
        lines = sum(1 for _ in file)
    if "dnstap -j" in paths:
        with open(paths["dnstap -q"], "rb") as file:
            assert sum(1 for _ in file) == lines, "dnstap -q printed another number of lines"
        objects = check_json(paths["tapline read --format json"], paths["dnstap -j"])
        assert objects == lines, f"{lines} lines, but {objects} as JSON"
    for path in paths.values():
        os.unlink(path)
    return lines


def digest(command):
    """Of what it prints."""
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        found = hashlib.sha256()
        while piece := process.stdout.read(1 << 20):
            found.update(piece)
    assert process.returncode == 0, f"{command}: status {process.returncode}"
    return found.digest()


def peak_memory(command):
    """In KiB, as the kernel has it while the command runs: what wait4 says would count this process in."""
    peak = 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None:
            with open(f"/proc/{process.pid}/status") as status:
                peak = max([peak, *(int(line.split()[1]) for line in status if line.startswith("VmHWM"))])
            time.sleep(0.005)
    return peak


def compare_threads(tapline, recording, runs):
    """By the clock: one thread against two, whose outputs are the same."""
    if len(os.sched_getaffinity(0)) < 2:
        print("\nThere is one CPU: threads are not compared")
        return
    rows = []
    for options in ([], ["--format", "json"], ["--format", "csv"], ["--count", "--where", FILTER]):
        sums, results = set(), {1: [], 2: []}
        for threads in results:
            sums.add(digest([tapline, "read", "--threads", str(threads), *options, recording]))
        assert len(sums) == 1, f"{options}: two threads print something else than one"
        for run in range(runs):
            for threads, list_of_results in results.items():
                progress(f"run {run + 1} of {runs}: {threads} threads {' '.join(options)}")
                command = [tapline, "read", "--threads", str(threads), *options, recording]
                child = Child(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).wait()
                list_of_results.append({"cpu": child.cpu, "seconds": child.seconds})
        one, two = (median(results[threads], "seconds") for threads in (1, 2))
        rows.append((" ".join(["tapline read", *options]), f"{one:.3f}", f"{two:.3f}", f"{one / two:.2f} x", "1.7 x"))
    progress("")
    table("Threads, by the clock; the outputs are the same", ("", "one", "two", "two are sooner by", "target"), rows)


def measure_memory(tapline, recording, cache, gigabytes):
    """The recording again and again through one pipe and from one file: the most memory that it ever has."""
    path, size = os.path.join(cache, "long.fstrm"), os.path.getsize(recording)
    with open(path, "wb") as output:
        for _ in range(max(1, int(gigabytes * 1e9 / size))):
            with open(recording, "rb") as file:
                shutil.copyfileobj(file, output, 1 << 20)
    rows = []
    for options in ([], ["--format", "json"], ["--format", "csv", "--where", FILTER], ["--sort", "time"], ["--tail", "1000"],
                    ["--pair"]):
        progress(f"memory: {' '.join(options)}")
        peak = peak_memory([tapline, "read", *options, path])
        rows.append((" ".join(["tapline read", *options]), f"{peak / 1024:.0f} MiB",
                     "" if options[:1] in (["--sort"], ["--pair"]) else "64 MiB"))
    progress("")
    table(f"Peak memory on {os.path.getsize(path) / 1e9:.1f} GB", ("", "resident", "target"), rows)
    os.unlink(path)


def compare(tapline, recording, cache, runs, gigabytes):
    everything = commands(tapline, recording)
    messages = check(everything, cache)
    results = {}
    for run in range(runs):
        for name, (command, _, _) in everything.items():
            progress(f"run {run + 1} of {runs}: {name}")
            child = Child(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).wait()
            results.setdefault(name, []).append({"cpu": child.cpu, "seconds": child.seconds})
    progress("")
    rows = []
    for name, (_, ours, target) in everything.items():
        cpu = median(results[name], "cpu")
        ratio = f"{cpu / median(results[ours], 'cpu'):.1f} x" if ours else ""
        rows.append((name, f"{median(results[name], 'seconds'):.2f}", f"{cpu:.2f}", f"{cpu / messages * 1e9:.0f} ns",
                     ratio, target))
    table(f"Read {messages} messages, medians of {runs} runs; lines and YAML are equal to the byte, the JSON in spot fields",
          ("", "seconds", "CPU s", "CPU a message", "tapline is faster by", "target"), rows)
    plain, filtered = (median(results[name], "cpu") for name in ("tapline read", "tapline read --where"))
    print(f"  With the filter: {filtered / plain:.2f} of the CPU time of printing all")
    compare_threads(tapline, recording, runs)
    measure_memory(tapline, recording, cache, gigabytes)
