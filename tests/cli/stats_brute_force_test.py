#!/usr/bin/env python3
"""`tapline stats` says what one gets by counting what `tapline read` prints: of each capture in the test data, of made-up
traffic, of exchanges, of what a filter lets pass; exactly where it is exact, and within the errors that it states.

    stats_brute_force_test.py TAPLINE DATA"""

import collections
import datetime
import glob
import json
import math
import os
import subprocess
import sys
import tempfile

TAPLINE, DATA = sys.argv[1:3]
QUERIES = {"AUTH_QUERY", "RESOLVER_QUERY", "CLIENT_QUERY", "FORWARDER_QUERY", "STUB_QUERY", "TOOL_QUERY", "UPDATE_QUERY"}
RESPONSES = {name.replace("QUERY", "RESPONSE") for name in QUERIES}
QUANTILES = {"p10": 0.1, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p999": 0.999}
faults, checked = [], 0


def run(*arguments):
    done = subprocess.run([TAPLINE, *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60, check=False)
    return done.stdout, done.returncode


def expect(what, found, expected):
    global checked
    checked += 1
    if found != expected:
        faults.append(f"{what}: {found}, and counting gives {expected}")


def expect_true(what, condition):
    expect(what, bool(condition), True)


def epoch(date):
    """Seconds since 1970 of a date in UTC."""
    return int(datetime.datetime.fromisoformat(date + "+00:00").timestamp())


def nanoseconds(text):
    """Since 1970, of the form that read prints, or None."""
    if not text:
        return None
    date, fraction = text[:-1].split(".")
    return epoch(date) * 10**9 + int(fraction)


class Half:
    """What is counted of queries, or of responses, of one side."""

    def __init__(self):
        self.count = 0
        self.sizes = []
        self.qtypes, self.names, self.addresses = (collections.Counter() for _ in range(3))


class Side:
    def __init__(self):
        self.queries, self.responses = Half(), Half()
        self.rcodes, self.nxdomain, self.servfail = (collections.Counter() for _ in range(3))
        self.latencies = []
        self.truncated = 0


def side_of(kind):
    if kind.startswith(("RESOLVER_", "FORWARDER_")):
        return "upstream"
    return "clients" if kind in QUERIES | RESPONSES else "others"


def is_query_of(record):
    """Unknown types are responses if a part of one is there."""
    kind = record["type"]
    return kind in QUERIES or (kind not in RESPONSES and not any(
        key in record for key in ("response_message", "response_time", "response_time_sec", "response_time_nsec")))


class Truth:
    def __init__(self, lines):
        self.records = self.messages = self.undecodable = self.timeless = 0
        self.types, self.families, self.protocols, self.identities = (collections.Counter() for _ in range(4))
        self.seconds, self.minutes = collections.Counter(), collections.Counter()
        self.first = self.last = None
        self.sides = collections.defaultdict(Side)
        for line in lines:
            self.records += 1
            record = json.loads(line)
            if "frame_hex" in record:
                self.undecodable += 1
            elif "type" in record and "dnstap_type" not in record:
                self.add(record)

    def add(self, record):
        self.messages += 1
        self.types[record["type"]] += 1
        for counter, key in ((self.families, "socket_family"), (self.protocols, "socket_protocol")):
            if key in record:
                counter[record[key]] += 1
        for key in ("identity", "identity_hex"):
            if key in record:
                self.identities[record[key]] += 1
        is_query = is_query_of(record)
        query, response = nanoseconds(record.get("query_time")), nanoseconds(record.get("response_time"))
        time = (query if query is not None else response) if is_query else (response if response is not None else query)
        self.add_time(time)
        side = self.sides[side_of(record["type"])]
        self.add_half(side.queries if is_query else side.responses, side, record, is_query)
        if not is_query and query is not None and response is not None and query <= response:
            side.latencies.append(response - query)

    def add_time(self, time):
        if time is None:
            self.timeless += 1
            return
        self.first = time if self.first is None else min(self.first, time)
        self.last = time if self.last is None else max(self.last, time)
        self.seconds[time // 10**9] += 1
        self.minutes[time // 10**9 // 60 * 60] += 1

    def add_half(self, half, side, record, is_query):
        half.count += 1
        message = record.get("query_message" if is_query else "response_message")
        if message is None:
            message = {}
        elif "size" in message:
            half.sizes.append(message["size"])
        question = (message.get("question") or [None])[0]
        address = record.get("response_address" if side is self.sides.get("upstream") else "query_address")
        if address is not None:
            half.addresses[address] += 1
        if question:
            half.names[question["name"].lower()] += 1
            half.qtypes[question["type"]] += 1
        if not is_query and "rcode" in message:
            side.rcodes[message["rcode"]] += 1
            side.truncated += "tc" in message["flags"]
            if question and message["rcode"] == "NXDOMAIN":
                side.nxdomain[question["name"].lower()] += 1
            if question and message["rcode"] == "SERVFAIL":
                side.servfail[question["name"].lower()] += 1


def check_distribution(what, found, numbers, unit):
    numbers = sorted(numbers)
    expect(what + " count", found["count"], len(numbers))
    if not numbers:
        return
    expect_true(f"{what} ends", math.isclose(found["min"] * unit, numbers[0], abs_tol=1e-3) and
                math.isclose(found["max"] * unit, numbers[-1], rel_tol=1e-9))
    expect_true(f"{what} mean", math.isclose(found["mean"] * unit, sum(numbers) / len(numbers), rel_tol=1e-8))
    for key, share in QUANTILES.items():
        exact = numbers[max(0, math.ceil(share * len(numbers)) - 1)]
        expect_true(f"{what} {key}", abs(found[key] * unit - exact) <= exact / 128 + 1e-3)


def check_top(what, found, counter, room=1024):
    """Each entry within its error, nothing missing that was more frequent, in order."""
    expect_true(what + " floor", found["most_missed"] <= sum(counter.values()) / room)
    seen = set()
    for entry in found["list"]:
        exact = counter[entry["value"]]
        expect_true(f"{what} {entry['value']}", exact <= entry["count"] <= exact + entry["error"] <= exact + found["most_missed"])
        seen.add(entry["value"])
    counts = [entry["count"] for entry in found["list"]]
    expect(what + " order", counts, sorted(counts, reverse=True))
    least = max(found["most_missed"], counts[-1] if len(counts) == 1000 else 0)
    for value, count in counter.items():
        expect_true(f"{what} without {value}", value in seen or count <= least)


def check_different(what, found, exact):
    error = 2 * found["error"] * exact  # four standard errors: wrong once in 16,000 times
    expect_true(f"{what}: {found}, exactly {exact}", abs(found["count"] - exact) <= error)
    expect(what + " exact", found["error"] == 0, exact <= 3072)


def check_half(what, found, half):
    expect(what + " count", found["count"], half.count)
    expect(what + " qtypes", found["qtypes"], dict(half.qtypes))
    expect(what + " without name", found["without_name"], half.count - sum(half.names.values()))
    expect(what + " without address", found["without_address"], half.count - sum(half.addresses.values()))
    check_distribution(what + " sizes", found["sizes"], half.sizes, 1)
    check_different(what + " names", found["different"]["names"], len(half.names))
    check_different(what + " addresses", found["different"]["addresses"], len(half.addresses))
    check_top(what + " names", found["top"]["names"], half.names)
    check_top(what + " addresses", found["top"]["addresses"], half.addresses)


def check_sides(what, found, truth):
    for name in ("clients", "upstream", "others"):
        expect(f"{what} {name}", name in found, name in truth.sides)
        if name not in truth.sides or name not in found:
            continue
        side, of = truth.sides[name], found[name]
        check_half(f"{what} {name} queries", of["queries"], side.queries)
        check_half(f"{what} {name} responses", of["responses"], side.responses)
        expect(f"{what} {name} rcodes", of["responses"]["rcodes"], dict(side.rcodes))
        expect(f"{what} {name} truncated", of["responses"]["truncated"], side.truncated)
        check_distribution(f"{what} {name} latency", of["responses"]["latency"], side.latencies, 10**9)
        check_top(f"{what} {name} NXDOMAIN", of["responses"]["top_nxdomain"]["names"], side.nxdomain)
        check_top(f"{what} {name} SERVFAIL", of["responses"]["top_servfail"]["names"], side.servfail)


def check_times(what, found, truth):
    expect(what + " first", nanoseconds(found.get("first")), truth.first)
    expect(what + " last", nanoseconds(found.get("last")), truth.last)
    if truth.first is None:
        return
    second = found["busiest_second"]
    expect(what + " busiest second", second["messages"], max(truth.seconds.values()))
    expect(what + " when", truth.seconds[epoch(second["start"][:-1])], second["messages"])
    width = found["series"]["step_seconds"]
    steps = collections.Counter()
    for minute, count in truth.minutes.items():
        steps[minute // width * width] += count
    series = {epoch(step["start"][:-1]): step["messages"] for step in found["series"]["steps"]}
    expect(what + " series", series, dict(steps))
    expect_true(what + " width", width == 60 or len(truth.minutes) > 4096)


def check(what, *arguments):
    """The same sources and options for both."""
    text, status = run("stats", "--format", "json", "--top", "1000", *arguments)
    found = json.loads(text)
    lines, status_of_read = run("read", "--format", "json", *arguments)
    truth = Truth(lines.splitlines())
    expect(what + " status", status, status_of_read)
    expect(what + " whole", found["whole"], status == 0)
    expect(what + " records", found["counted"]["records"], truth.records)
    expect(what + " messages", found["counted"]["messages"], truth.messages)
    expect(what + " undecodable", found["counted"]["undecodable"], truth.undecodable)
    expect(what + " without time", found["counted"]["without_time"], truth.timeless)
    for key in ("types", "families", "protocols"):
        expect(f"{what} {key}", found[key], dict(getattr(truth, key)))
    expect(what + " identities", {entry.get("value", entry.get("value_hex")): entry["count"] for entry in found["identities"]["list"]},
           dict(truth.identities))
    check_times(what, found, truth)
    check_sides(what, found, truth)
    return found


def check_breakdown(what, field, value_of, *arguments):
    found = json.loads(run("stats", "--format", "json", "--top", "1000", "--by", field, *arguments)[0])["by"][0]
    counter = collections.Counter()
    for line in run("read", "--format", "json", *arguments)[0].splitlines():
        for value in set(value_of(json.loads(line))):
            counter[value] += 1
    check_top(f"{what} by {field}", {"most_missed": found["most_missed"], "list": found["rows"]}, counter, 4096)
    for row in found["rows"]:
        sure = row["count"] - row["error"]
        expect(f"{what} by {field} {row['value']}", row["queries"] + row["responses"], sure)


def message_of(record):
    return record.get("response_message" if record.get("type") in RESPONSES else "query_message", {})


def main():
    for path in sorted(glob.glob(os.path.join(DATA, "*.dnstap"))):
        check(os.path.basename(path), path)
    check("all", DATA)
    with tempfile.TemporaryDirectory() as folder:
        made_up = os.path.join(folder, "made-up")
        run("generate", "--write", made_up, "--count", "60000", "--rate", "50", "--start", "2026-11-23T10:00:00Z",
            "--identity", "ns1", "--identity", "ns2", "--plant", "all")
        for threads in ("1", "3"):
            check(f"made up, {threads} threads", "--threads", threads, made_up)
        check("filtered", "--where", "rcode == NXDOMAIN or qtype == AAAA", made_up)
        check("a span", "--since", "2026-11-23T10:05:00Z", "--until", "2026-11-23T10:06:00Z", made_up)
        check_breakdown("made up", "qtype", lambda record: [q["type"] for q in message_of(record).get("question", [])[:1]], made_up)
        check_breakdown("made up", "qname", lambda record: [q["name"].lower() for q in message_of(record).get("question", [])[:1]],
                        made_up)
        check_breakdown("made up", "client", lambda record: [record["query_address"]], made_up)
        check_breakdown("made up", "answer.type", lambda record: [r["type"] for r in message_of(record).get("answer", [])], made_up)
        archive = os.path.join(folder, "archive")
        run("generate", "--archive", archive, "--count", "5000", "--segment-size", "100KiB", "--start", "2026-11-23T10:00:00Z")
        check("archive", archive)
        check("archive, a span", "--since", "2026-11-23T10:00:00.1Z", archive)
        check_pairs(made_up)
    for fault in faults[:40]:
        print(fault)
    if checked < 5000:
        print(f"only {checked} things were checked")
    sys.exit(1 if faults or checked < 5000 else 0)


def check_pairs(path):
    """Exchanges, by what `read --pair` prints in columns."""
    found = json.loads(run("stats", "--format", "json", "--pair", path)[0])
    rows = run("read", "--pair", "--format", "tsv", "--fields", "pair,type,latency", path)[0].decode().splitlines()[1:]
    pairs, latencies, sides = collections.Counter(), collections.defaultdict(list), collections.Counter()
    for row in rows:
        pair, kind, latency = row.split("\t")
        pairs[pair] += 1
        side = side_of(kind)
        sides[side, "queries"] += pair in ("answered", "unanswered")
        sides[side, "responses"] += pair in ("answered", "unasked")
        if latency and pair in ("answered", "unasked"):
            latencies[side].append(round(float(latency) * 1e9))
    expect("pairs", {key: value for key, value in found["pairs"].items() if value}, dict(pairs))
    expect_true("there are pairs", pairs["answered"] > 10000)
    for (side, half), count in sides.items():
        expect(f"pairs {side} {half}", found[side][half]["count"], count)
    for side, numbers in latencies.items():
        check_distribution(f"pairs {side} latency", found[side]["responses"]["latency"], numbers, 10**9)


main()
