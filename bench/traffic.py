#!/usr/bin/env python3
"""What `tapline generate` makes up, beside what people have measured of real traffic, and how fast it is.

    traffic.py TAPLINE [MESSAGES [MESSAGES_OF_SPEED]]

Reads its output with `tapline read --format json` and prints one line a figure: what it is, found, real. Then, for each
output, messages a second of its CPU time and of the clock."""

import collections
import json
import math
import os
import subprocess
import sys
import tempfile
import time

from measure import Child

OPTIONS = ["--start", "2026-11-23T10:00:00Z"]


def quantile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else 0


class Figures:
    def __init__(self):
        self.types = collections.Counter()
        self.outcomes = collections.Counter()
        self.message_types = collections.Counter()
        self.protocols = collections.Counter()
        self.names = collections.Counter()
        self.clients = collections.Counter()
        self.lengths, self.query_sizes, self.response_sizes = [], [], []
        self.nodata_types = collections.Counter()
        self.authority_latency, self.hits, self.misses = [], [], []
        self.open = {}
        self.asked = set()

    def client_query(self, record, message):
        question = message["question"][0]
        self.types[question["type"]] += 1
        self.protocols[record["socket_protocol"]] += 1
        self.names[question["name"]] += 1
        self.clients[record["query_address"]] += 1
        self.lengths.append(len(question["name"]))
        self.query_sizes.append(message["size"])
        self.open[key_of(record, message)] = seconds(record["query_time"])

    def client_response(self, record, message):
        begun = self.open.pop(key_of(record, message), None)
        question = message["question"][0]
        outcome = message["rcode"]
        if outcome == "NOERROR" and not message.get("answer"):
            outcome = "NODATA"
        elif outcome == "NOERROR" and message["answer"][-1]["type"] == "CNAME" and question["type"] != "CNAME":
            outcome = "NODATA"
        if outcome == "NODATA":
            self.nodata_types[question["type"]] += 1
        self.outcomes[outcome] += 1
        self.response_sizes.append(message["size"])
        if begun is not None:
            latency = (seconds(record["response_time"]) - begun) * 1000
            (self.hits if latency < 1 else self.misses).append(latency)


def seconds(text):
    clock = text.split("T")[1].rstrip("Z")
    hour, minute, second = clock.split(":")
    return int(hour) * 3600 + int(minute) * 60 + float(second)


def key_of(record, message):
    return record["query_address"], record["query_port"], message["id"]


def read(tapline, path):
    figures = Figures()
    with subprocess.Popen([tapline, "read", "--format", "json", path], stdout=subprocess.PIPE) as reader:
        for line in reader.stdout:
            record = json.loads(line)
            kind = record["type"]
            figures.message_types[kind] += 1
            message = record.get("query_message") or record.get("response_message")
            if kind == "CLIENT_QUERY":
                figures.client_query(record, message)
            elif kind == "CLIENT_RESPONSE":
                figures.client_response(record, message)
            elif kind == "RESOLVER_RESPONSE":
                figures.authority_latency.append((seconds(record["response_time"]) - seconds(record["query_time"])) * 1000)
    if reader.returncode:
        sys.exit("tapline read found a fault")
    return figures


def zipf_slope(names):
    """Of log frequency over log rank, least squares, ranks 10 to 1000."""
    counts = [count for _, count in names.most_common(1000)][9:]
    xs = [math.log(rank) for rank in range(10, 10 + len(counts))]
    ys = [math.log(count) for count in counts]
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    return -sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys)) / sum((x - mean_x) ** 2 for x in xs)


def row(what, found, real):
    print(f"{what:34} {found:>22}  {real}")


def percent(part, whole):
    return f"{100 * part / whole:.2f} %"


def table(figures):
    questions = sum(figures.types.values())
    responses = sum(figures.outcomes.values())
    client = figures.message_types["CLIENT_QUERY"] + figures.message_types["CLIENT_RESPONSE"]
    resolver = figures.message_types["RESOLVER_QUERY"] + figures.message_types["RESOLVER_RESPONSE"]
    for name, real in (("A", "60-86 %"), ("AAAA", "10-38 %"), ("HTTPS", "up to 25 %"), ("PTR", "1-4 %"), ("TXT", ""), ("MX", ""),
                       ("SRV", ""), ("NS", ""), ("SOA", "")):
        row("type " + name, percent(figures.types[name], questions), real)
    for name, real in (("NOERROR", "75-80 %"), ("NODATA", "12-18 %"), ("NXDOMAIN", "4-8 %"), ("SERVFAIL", "0.5-1 %")):
        row("answer " + name, percent(figures.outcomes[name], questions), real)
    row("unanswered (and cut off at the end)", percent(questions - responses, questions), "0.5-1 %")
    nodata = figures.nodata_types
    row("NODATA of AAAA and HTTPS", percent(nodata["AAAA"] + nodata["HTTPS"], sum(nodata.values())), "nearly all")
    row("Zipf exponent of names", f"{zipf_slope(figures.names):.2f}", "0.9-1.0")
    once = sum(1 for count in figures.names.values() if count == 1)
    row("questions whose name comes once", percent(once, questions), "20-30 % and Zipf's tail")
    row("length of names p50, p99", f"{quantile(figures.lengths, .5)}, {quantile(figures.lengths, .99)}", "22, 95")
    once = sum(1 for count in figures.clients.values() if count == 1)
    row("clients that ask once", percent(once, len(figures.clients)), "half")
    row("questions of the ten busiest", percent(sum(c for _, c in figures.clients.most_common(10)), questions), "15-17 %")
    row("client : resolver messages", f"{client / resolver:.1f} : 1", "4 : 1 to 30 : 1")
    total = len(figures.hits) + len(figures.misses)
    row("cache hits", percent(len(figures.hits), total), "75-97 %")
    row("query size, mean", f"{sum(figures.query_sizes) / questions:.1f}", "32-47")
    row("response size p50, p99", f"{quantile(figures.response_sizes, .5)}, {quantile(figures.response_sizes, .99)}", "52, 194")
    row("latency of a hit p50, p99, ms", f"{quantile(figures.hits, .5):.2f}, {quantile(figures.hits, .99):.2f}", "< 1")
    row("latency of a miss p50, mean, ms",
        f"{quantile(figures.misses, .5):.0f}, {sum(figures.misses) / len(figures.misses):.0f}", "49-184, 97-207")
    for name, count in figures.protocols.most_common():
        row("transport " + name, percent(count, questions), "")


def run_timed(command, **how):
    """CPU seconds and clock seconds of one process."""
    child = Child(command, stderr=subprocess.DEVNULL, **how).wait()
    return child.cpu, child.seconds


def speed(tapline, count, folder):
    generate = [tapline, "generate", "--count", str(count), *OPTIONS]
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as reader:
        piped = run_timed([*generate, "--write", "-"], stdout=reader.stdin)
        reader.stdin.close()
    socket = os.path.join(folder, "socket")
    capture = subprocess.Popen([tapline, "capture", "--listen", "unix:" + socket, "--write", "/dev/null", "--queue",
                                os.path.join("/dev/shm", f"traffic-{os.getpid()}")], stderr=subprocess.DEVNULL)
    while not os.path.exists(socket):
        time.sleep(0.01)
    sent = run_timed([*generate, "--send", "unix:" + socket])
    capture.terminate()
    capture.wait()
    outputs = {
        "/dev/null": run_timed([*generate, "--write", "/dev/null"]),
        "a pipe": piped,
        "a file": run_timed([*generate, "--write", os.path.join(folder, "file")]),
        "a unix socket, confirmed": sent,
        "an archive": run_timed([*generate, "--archive", os.path.join(folder, "archive")]),
    }
    for name, (cpu, clock) in outputs.items():
        row("messages into " + name, f"{count / cpu / 1e6:.2f} M/CPU s", f"{count / clock / 1e6:.2f} M/s")


def main():
    tapline, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    speed_count = int(sys.argv[3]) if len(sys.argv) > 3 else 5 * count
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "traffic.fstrm")
        subprocess.run([tapline, "generate", "--write", path, "--count", str(count), *OPTIONS], check=True)
        begin = time.monotonic()
        subprocess.run(["zstd", "-3", "-q", "-k", path], check=True)
        took = time.monotonic() - begin
        size, packed = os.path.getsize(path), os.path.getsize(path + ".zst")
        table(read(tapline, path))
        row("bytes a message", f"{size / count:.1f}", "")
        row("bytes a message, zstd -3", f"{packed / count:.1f}", f"({size / packed:.1f} : 1, {size / took / 1e6:.0f} MB/s)")
        os.remove(path)
        speed(tapline, speed_count, folder)


main()
