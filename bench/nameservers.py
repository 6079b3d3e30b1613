"""What dnstap costs a name server at saturation, and what of it is lost: BIND and Knot with the distribution's libfstrm and
fstrm_capture, and with our libfstrm and `tapline capture`; Unbound, which has a sender of its own, with either capture; each
beside itself without dnstap, and BIND beside its query log. The same questions by dnsperf as fast as they are answered, all
defaults left as they are, in turns, round after round.

Two messages are due for each query that the server counted, and what of them is not in the file was lost. The books: dnsperf
got no more answers than the server gave; no more is kept than is due; what BIND says of its queue, and what our sender says
of each message, adds up to what was due; ours lost nothing that it did not count."""

import json
import mmap
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request

from measure import Child, median, program, progress, table

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "e2e"))
import servers  # noqa: E402

CONTENT_TYPE = "protobuf:dnstap.Dnstap"
OURS = "compat/libfstrm.so.0.1.0"
QUESTIONS = "".join(f"{name}.example.test A\n" for name in ("www", "mail", "alias", "chain", "nothing", "under_score"))
SETTLE = 2  # s, in which what is on its way arrives: Unbound hands nothing over at its end
TICK = os.sysconf("SC_CLK_TCK")


class Bind(servers.Named):
    """All defaults; its log, of the queries too if that is wished, goes where the configuration says."""

    def __init__(self, folder, tap, turn):
        self.turn = turn
        super().__init__(folder, "bind", tap or "none", options="", threads=os.cpu_count())

    def command(self):
        return [self.path, "-f", "-n", str(self.threads), "-c", self.conf]

    def write_conf(self):
        super().write_conf()
        with open(self.conf) as conf:
            text = conf.read()
        if not self.turn.capture:
            text = re.sub(r"^ *dnstap.*\n", "", text, flags=re.MULTILINE)
        if self.turn.query_log:
            text = text.replace("querylog no", "querylog yes")
        text += ('logging { channel all { stderr; severity info; }; category default { all; };\n'
                 '  channel queries { file "queries"; print-time yes; }; category queries { queries; }; };\n')
        with open(self.conf, "w") as conf:
            conf.write(text)

    def counts(self):
        """Queries that came, messages due, and of these those that it had no place for in its queue (None: it does not say)."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.control_port}/json/v1/server", timeout=10) as answer:
            found = json.load(answer)
        queries = found["nsstats"].get("Requestv4", 0) + found["nsstats"].get("Requestv6", 0)
        taken, dropped = self.dnstap_counts()
        due = queries + found["nsstats"].get("Response", 0)
        if self.turn.capture:
            assert taken + dropped == due, f"BIND speaks of {taken} + {dropped} messages, and of {due} queries and answers"
        return queries, due, dropped


class Knot(servers.Knot):
    def __init__(self, folder, tap, turn):
        self.turn = turn
        super().__init__(folder, "knot", tap or "none")

    def write_conf(self):
        super().write_conf()
        if not self.turn.capture:
            with open(self.conf) as conf:
                text = conf.read()
            with open(self.conf, "w") as conf:
                conf.write(text.replace(", mod-dnstap/tap", ""))

    def counts(self):
        queries = self.query_count()
        return queries, 2 * queries, None


class Unbound(servers.Unbound):
    """Over a BIND that sends no dnstap; of its own messages only those with clients."""

    def __init__(self, folder, tap, turn):
        self.turn = turn
        self.upstream = Bind(folder, None, Turn("upstream"))
        try:
            super().__init__(folder, "unbound", tap or "/none", self.upstream)
        except BaseException:
            self.upstream.kill()
            raise

    def write_conf(self):
        super().write_conf()
        with open(self.conf) as conf:
            text = re.sub(r"(dnstap-log-(?:resolver|forwarder)-\S+:) yes", r"\1 no", conf.read())
        with open(self.conf, "w") as conf:
            conf.write(text if self.turn.capture else text.replace("dnstap-enable: yes", "dnstap-enable: no"))

    def counts(self):
        queries = self.query_count()
        return queries, 2 * queries, None

    def kill(self):
        super().kill()
        self.upstream.kill()


class Turn:
    """One way to run a server: `capture` is "fstrm" or "tapline"; `library` the folder of our libfstrm."""

    def __init__(self, name, capture=None, library=None, query_log=False):
        self.name, self.capture, self.library, self.query_log = name, capture, library, query_log


def turns_of(build):
    ours = os.path.join(build, os.path.dirname(OURS))
    off, stock = Turn("without dnstap"), Turn("libfstrm, fstrm_capture", "fstrm")
    mine = Turn("ours, tapline capture", "tapline", library=ours)
    return [("BIND", Bind, [off, stock, mine, Turn("query log", query_log=True)]),
            ("Knot", Knot, [off, stock, mine]),
            ("Unbound", Unbound, [off, Turn("fstrm_capture", "fstrm"), Turn("tapline capture", "tapline")])]


# One turn -----------------------------------------------------------------------------------------------

class Collector:
    """The capture of a turn, which writes one file."""

    def __init__(self, tapline, folder, kind):
        self.socket, self.output = os.path.join(folder, "tap"), os.path.join(folder, "out")
        command = [program("fstrm_capture"), "-t", CONTENT_TYPE, "-u", self.socket, "-w", self.output] if kind == "fstrm" else \
            [tapline, "capture", "--listen", "unix:" + self.socket, "--write", self.output]
        self.log = open(os.path.join(folder, "capture.log"), "w+b")
        self.child = Child(command, stdout=self.log, stderr=self.log)
        while not os.path.exists(self.socket):
            assert self.child.process.poll() is None, f"{command[0]} does not start"
            time.sleep(0.01)
        os.chmod(self.socket, 0o777)

    def stop(self):
        """The frames it kept."""
        self.child.process.terminate()
        self.child.wait()
        return frames_in(self.output)

    def kill(self):
        if self.child.process.returncode is None:
            self.child.process.kill()
            self.child.wait(may_fail=True)
        self.log.close()


def frames_in(path):
    """Counts the data frames of a Frame Streams file."""
    count = 0
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        at, end = 0, len(data)
        while at < end:
            size = int.from_bytes(data[at:at + 4], "big")
            count += size > 0
            at += 4 + (size or 4 + int.from_bytes(data[at + 4:at + 8], "big"))
        assert at == end, f"{path} does not end with a whole frame"
    return count


def cpu_of(pid):
    with open(f"/proc/{pid}/stat") as stat:
        words = stat.read().rsplit(")", 1)[1].split()
    return (int(words[11]) + int(words[12])) / TICK


def ask(server, folder, seconds):
    """What dnsperf counted: answers, and answers a second."""
    path = os.path.join(folder, "questions")
    with open(path, "w") as file:
        file.write(QUESTIONS)
    done = subprocess.run([program("dnsperf"), "-s", "127.0.0.1", "-p", str(server.port), "-d", path, "-l", str(seconds),
                           "-c", "20", "-T", "2", "-q", "200", "-t", "2"], check=True, capture_output=True, text=True).stdout
    answers = int(re.search(r"Queries completed: +(\d+)", done).group(1))
    return answers, float(re.search(r"Queries per second: +([\d.]+)", done).group(1))


def our_losses(tapline, path, due, kept):
    """What our sender says it lost, by cause; all of it must be said, and what it sent must be kept."""
    text = subprocess.run([tapline, "status", "--format", "json", path], check=True, capture_output=True, text=True).stdout
    found = json.loads(text)["sender"]
    to, = found["endpoints"]
    losses = {name: count for part in (found, to) for name, count in part.items() if name.startswith("dropped_") and count}
    assert found["state"] == "stopped" and found["submitted"] == due, f"{due} messages are due, and the sender says {text}"
    assert to["sent"] == kept and due - kept == sum(losses.values()), f"{kept} of {due} are kept, and the sender says {text}"
    return losses


def stock_losses(due, kept, dropped):
    losses = {"its queue was full": dropped or 0, "nobody counts it": due - kept - (dropped or 0)}
    return {name: count for name, count in losses.items() if count}


def set_environment(turn, folder):
    os.environ.pop("LD_LIBRARY_PATH", None)
    if turn.library:
        os.environ["LD_LIBRARY_PATH"] = turn.library
        os.environ["TAPLINE_LIBFSTRM"] = f"statistics={folder}/statistics"


def check(turn, server, found, kept, lines, statistics, tapline):
    """The books of a turn; adds what was lost to what was found."""
    queries, due, dropped = found["counts"]
    assert found["answers"] <= queries, f"{found['answers']} answers to {queries} queries"
    if turn.query_log:
        due, kept = queries, lines
    if turn.capture or turn.query_log:
        assert kept <= due, f"{kept} messages are kept, and {due} were due"
        found["losses"] = our_losses(tapline, statistics, due, kept) if turn.library else stock_losses(due, kept, dropped)
        found["lost"] = 100 * (due - kept) / due


def measure(tapline, kind, turn, folder, seconds):
    """One server in one turn."""
    set_environment(turn, folder)
    collector = server = None
    try:
        collector = Collector(tapline, folder, turn.capture) if turn.capture else None
        server = kind(folder, collector and collector.socket, turn)
        before = cpu_of(server.process.pid)
        answers, rate = ask(server, folder, seconds)
        time.sleep(SETTLE)
        found = {"answers": answers, "rate": rate, "counts": server.counts(), "losses": {},
                 "cpu": cpu_of(server.process.pid) - before}
        server.stop()
        kept = collector.stop() if collector else 0
        found["collector"] = collector.child.cpu if collector else 0
        lines = count_lines(os.path.join(server.folder, "queries")) if turn.query_log else 0
        check(turn, server, found, kept, lines, os.path.join(folder, "statistics"), tapline)
        return found
    finally:
        if server:
            server.kill()
        if collector:
            collector.kill()


def count_lines(path):
    with open(path, "rb") as file:
        return sum(1 for _ in file)


# All of them --------------------------------------------------------------------------------------------

def show(name, results, runs, seconds):
    off = median(next(iter(results.values())), "rate")
    rows = []
    for turn, found in results.items():
        causes = {}
        for one in found:
            for cause, count in one["losses"].items():
                causes[cause] = causes.get(cause, 0) + count
        answers = sum(one["answers"] for one in found)
        rows.append([turn, f"{median(found, 'rate'):,.0f}", f"{100 * median(found, 'rate') / off:.1f} %",
                     f"{1e6 * sum(one['cpu'] for one in found) / answers:.2f} us",
                     f"{1e6 * sum(one['collector'] for one in found) / answers:.2f} us",
                     f"{median(found, 'lost'):.3f} %" if all("lost" in one for one in found) else "",
                     ", ".join(f"{cause}: {count:,}" for cause, count in causes.items())])
    table(f"{name} under dnsperf for {seconds} s: medians of {runs} rounds; CPU of all rounds an answer; messages lost, and of all "
          "rounds why",
          ["", "answers/s", "of that without", "CPU of the server", "of the capture", "lost", "why"], rows)


def compare(tapline, build, runs, seconds):
    subprocess.run(["ninja", "-C", build, "tapline", OURS], check=True, stdout=subprocess.DEVNULL)
    environment = dict(os.environ)
    try:
        for name, kind, turns in turns_of(build):
            missing = [one for one in (kind.program, "named", "dnsperf", "fstrm_capture") if not program(one)]
            if missing:
                print(f"\n{name}: skipped, for there is no {', '.join(missing)}")
                continue
            show(name, rounds(tapline, name, kind, turns, runs, seconds), runs, seconds)
    finally:
        os.environ.clear()
        os.environ.update(environment)


def rounds(tapline, name, kind, turns, runs, seconds):
    results = {turn.name: [] for turn in turns}
    for run in range(runs):
        for turn in turns[run % len(turns):] + turns[:run % len(turns)]:
            progress(f"{name}, {turn.name}, round {run + 1} of {runs}")
            folder = servers.private_folder("bench")
            try:
                results[turn.name].append(measure(tapline, kind, turn, folder, seconds))
            finally:
                shutil.rmtree(folder)
    progress("")
    return results
