"""`tapline read` against dnstap-read and golang's dnstap on the recorded million: CPU time per message, and whether the
outputs say the same."""

import filecmp
import json
import os
import subprocess
import sys
from datetime import datetime

from measure import Child, median, program, progress, table

SAME_KEYS = "socket_family socket_protocol query_address response_address query_port response_port".split()


def commands(tapline, recording):
    """Name to (command, name of the one it is compared with, target)."""
    bind = program("dnstap-read") or sys.exit("bench: dnstap-read is not installed (package bind9-dnsutils)")
    golang = program("dnstap")
    all_commands = {
        "tapline read": ([tapline, "read", recording], None, ""),
        "dnstap-read": ([bind, recording], "tapline read", "20 x"),
        "dnstap -q": ([golang, "-r", recording, "-q"], "tapline read", ""),
        "tapline read --format json": ([tapline, "read", "--format", "json", recording], None, ""),
        "dnstap -j": ([golang, "-r", recording, "-j"], "tapline read --format json", "20 x"),
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
    same = filecmp.cmp(paths["tapline read"], paths["dnstap-read"], shallow=False)
    assert same, f"the lines differ: compare {paths['tapline read']} with {paths['dnstap-read']}"
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


def compare(tapline, recording, cache, runs):
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
    table(f"Read {messages} messages, medians of {runs} runs; the lines are equal to the byte, the JSON in spot fields",
          ("", "seconds", "CPU s", "CPU a message", "tapline is faster by", "target"), rows)
