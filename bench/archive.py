"""The archive, beside the tools people use for the same: what packing costs a capture that keeps up with a fixed rate, how
much a core packs and how small it becomes, memory under many connections, a narrow period of a large archive,
starting on many segments, and how far behind a follower is."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time

from capture import CONTENT_TYPE
from measure import Child, median, program, progress, table

RATE = 200_000
CONNECTIONS = 1000


class Bench:
    """What all of them need, and the sizes that were asked for."""

    def __init__(self, tapline, build, recording, cache, options):
        self.tapline, self.recording, self.cache = tapline, recording, cache
        self.pace, self.lag, self.blast = (os.path.join(build, "bench", name) for name in ("pace", "lag", "blast"))
        self.seconds, self.messages, self.segments, self.runs = \
            options.seconds, options.messages, options.segments, options.runs

    def folder(self):
        return tempfile.TemporaryDirectory(dir=self.cache)

    def output(self, *words, **settings):
        return subprocess.run([self.tapline, *words], check=True, stdout=subprocess.PIPE, **settings).stdout

    def frames_of(self, command):
        """Frames, and bytes of them, in the stream that a command prints."""
        reader = subprocess.Popen(command, stdout=subprocess.PIPE)
        counted = subprocess.run([self.lag], stdin=reader.stdout, stdout=subprocess.PIPE, check=True).stdout.split()
        assert reader.wait() == 0, f"{command}: status {reader.returncode}"
        return int(counted[0]), int(counted[1])

    def read_raw(self, archive, *options):
        return [self.tapline, "read", "--format", "raw", *options, archive]


class Receiver:
    """A collector that runs, with a log, until `stop`."""

    def __init__(self, folder, command):
        self.socket, self.log_path = os.path.join(folder, "socket"), os.path.join(folder, "log")
        start = time.monotonic()
        with open(self.log_path, "wb") as log:
            self.child = Child(command(self.socket), stdout=log, stderr=log)
        while not os.path.exists(self.socket):
            assert self.child.process.poll() is None, self.log()
            time.sleep(0.001)
        self.ready = time.monotonic() - start

    def log(self):
        with open(self.log_path, errors="replace") as log:
            return log.read()

    def stop(self):
        self.child.process.send_signal(signal.SIGTERM)
        return self.child.wait()


def capture_into(bench, archive, *options):
    return lambda socket: [bench.tapline, "capture", "--listen", "unix:" + socket, "--archive", archive, *options]


def segments(archive):
    """Paths of sealed ones and of hot ones, in order."""
    found = sorted((os.path.join(folder, name) for folder, _, names in os.walk(archive) for name in names
                    if name.endswith((".fstrm", ".fstrm.zst"))), key=os.path.basename)
    return [path for path in found if path.endswith(".zst")], [path for path in found if path.endswith(".fstrm")]


def sizes(paths):
    return sum(os.path.getsize(path) for path in paths)


def paced(bench, receiver, rate, connections, seconds=None):
    """(frames sent, frames lost) at a fixed rate."""
    done = subprocess.run([bench.pace, bench.recording, "unix:" + receiver.socket, str(rate), str(seconds or bench.seconds),
                           str(connections)], capture_output=True, text=True)
    if done.returncode:
        receiver.child.process.kill()
        sys.exit(f"bench: pace: {done.stderr}\n{receiver.log()}")
    _, sent, _, lost = done.stdout.split()
    return int(sent), int(lost)


# What packing costs ---------------------------------------------------------------------------------------------------------

def load_of(bench, name, folder):
    """One run at the fixed rate: CPU time, loss, and that the frames sent are those stored."""
    archive, output = os.path.join(folder, "archive"), os.path.join(folder, "out")
    fstrm = program("fstrm_capture") or sys.exit("bench: fstrm_capture is not installed (package fstrm-bin)")
    command = {
        "fstrm_capture": lambda socket: [fstrm, "-t", CONTENT_TYPE, "-u", socket, "-w", output],
        "tapline capture --write": lambda socket: [bench.tapline, "capture", "--listen", "unix:" + socket, "--write", output],
        "--archive --no-pack": capture_into(bench, archive, "--segment-size", "16MiB", "--no-pack"),
        "--archive": capture_into(bench, archive, "--segment-size", "16MiB"),
    }[name]
    receiver = Receiver(folder, command)
    sent, lost = paced(bench, receiver, RATE, 1)
    child = receiver.stop()
    sealed, hot = segments(archive) if name.startswith("--archive") else ([], [])
    counted = bench.frames_of(bench.read_raw(archive) if sealed or hot else ["cat", output])[0]
    assert counted == sent, f"{name}: {sent} frames were sent, {counted} are stored"
    return {"cpu": child.cpu, "sent": sent, "lost": lost, "sealed": len(sealed), "hot": len(hot)}


def load(bench):
    names = ["fstrm_capture", "tapline capture --write", "--archive --no-pack", "--archive"]
    results = {name: [] for name in names}
    for run in range(bench.runs):
        for name in names:
            progress(f"run {run + 1} of {bench.runs} at a fixed rate: {name}")
            with bench.folder() as folder:
                results[name].append(load_of(bench, name, folder))
    progress("")
    peer, rows = median(results["fstrm_capture"], "cpu"), []
    for name, runs in results.items():
        cpu = median(runs, "cpu")
        rows.append((name, f"{cpu:.2f}", f"{cpu / bench.seconds * 100:.0f} %", f"{peer / cpu:.2f} x",
                     sum(run["lost"] for run in runs), f"{runs[-1]['sealed']} of {runs[-1]['sealed'] + runs[-1]['hot']}"))
    table(f"{RATE} messages a second for {bench.seconds} s over one unix socket, medians of {bench.runs} runs; all that were sent "
          "are stored", ("", "CPU s", "of a core", "of fstrm_capture", "frames lost", "segments sealed"), rows)


# How much a core packs, how small it becomes -------------------------------------------------------------------------------

def digest_of(command):
    """Of the stream that a command prints."""
    digest = hashlib.sha256()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        while data := process.stdout.read(1 << 20):
            digest.update(data)
    assert process.returncode == 0, f"{command}: status {process.returncode}"
    return digest.hexdigest()


def hot_archive(bench, recording, frames, archive, folder, size="128MiB"):
    """Hot segments with the recording's frames."""
    receiver = Receiver(folder, capture_into(bench, archive, "--no-pack", "--segment-size", size))
    subprocess.run([bench.blast, recording, str(frames), "unix:" + receiver.socket], check=True, stdout=subprocess.PIPE)
    receiver.stop()


def compressed(command, path):
    """CPU seconds and size of what an ordinary compressor makes of the whole."""
    with open(path, "rb") as source, tempfile.TemporaryFile(dir=os.path.dirname(path)) as target:
        child = Child([*command, "-c"], stdin=source, stdout=target).wait()
        return child.cpu, os.fstat(target.fileno()).st_size


def pack_one(bench, title, recording):
    frames, size = bench.frames_of(["cat", recording])
    packs = []
    for run in range(bench.runs):
        progress(f"packing, run {run + 1} of {bench.runs}: {title}")
        with bench.folder() as folder:
            archive = os.path.join(folder, "archive")
            hot_archive(bench, recording, frames, archive, folder)
            child = Child([bench.tapline, "pack", archive], stderr=subprocess.DEVNULL).wait()
            sealed, hot = segments(archive)
            assert sealed and not hot, f"not packed: {hot}"
            packs.append({"cpu": child.cpu, "size": sizes(sealed)})
            if not run:
                whole = digest_of(bench.read_raw(archive))
    assert whole == digest_of(bench.read_raw(recording)), f"{title}: the archive holds other frames than the recording"
    rows = [("raw", "", "", "", f"{size / frames:.1f}", "1.0")]
    ours = {"tapline pack": (median(packs, "cpu"), median(packs, "size"))}
    for name, command in {"gzip -6": ["gzip", "-6"], "zstd -3": ["zstd", "-q", "-3", "--single-thread"]}.items():
        progress(f"{name}: {title}")
        ours[name] = compressed(command, recording)
    progress("")
    for name, (cpu, packed) in ours.items():
        rows.append((name, f"{cpu:.2f}", f"{frames / cpu / 1e6:.2f} M", f"{size / cpu / 1e6:.0f}", f"{packed / frames:.1f}",
                     f"{size / packed:.1f}"))
    table(f"Packing {frames} messages, {title}, one core, medians of {bench.runs} runs; packed and read again they are the same "
          "to the bit", ("", "CPU s", "messages/CPU s", "MB/CPU s", "bytes a message", "ratio"), rows)


def pack(bench):
    pack_one(bench, "real BIND", bench.recording)
    generated = os.path.join(bench.cache, "generated.fstrm")
    if not os.path.exists(generated):
        progress("generating traffic")
        bench.output("generate", "--write", generated + ".new", "--count", "1000000", "--once", "25%", "--seed", "1",
                     "--start", "2026-01-01T00:00:00Z", stderr=subprocess.DEVNULL)
        os.rename(generated + ".new", generated)
    pack_one(bench, "generated with 25 % of the names seen once", generated)


# Memory --------------------------------------------------------------------------------------------------------------------

def status_of(pid, key):
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(key + ":"))


def memory(bench):
    """Anonymous memory, which is what the capture itself asked for: the write queue is a file."""
    with bench.folder() as folder:
        archive = os.path.join(folder, "archive")
        receiver = Receiver(folder, capture_into(bench, archive, "--segment-size", "16MiB"))
        pid, samples, done = receiver.child.process.pid, [], threading.Event()

        def sample():
            while not done.wait(0.05):
                samples.append(status_of(pid, "RssAnon"))

        sampler = threading.Thread(target=sample)
        sampler.start()
        progress(f"memory with {CONNECTIONS} connections")
        seconds = 3 * bench.seconds
        sent, lost = paced(bench, receiver, 100_000, CONNECTIONS, seconds)
        done.set()
        sampler.join()
        peak, shared = status_of(pid, "VmHWM"), status_of(pid, "RssShmem") + status_of(pid, "RssFile")
        receiver.stop()
        progress("")
        counted, _ = bench.frames_of(bench.read_raw(archive))
        assert counted == sent, f"{sent} frames were sent, {counted} are stored"
        third = len(samples) // 3
        rows = [(name, f"{max(part) / 1024:.1f} MiB") for name, part in
                (("first third", samples[:third]), ("second third", samples[third:-third]), ("last third", samples[-third:]))]
        rows.append(("all resident memory at its highest", f"{peak / 1024:.1f} MiB"))
        rows.append(("of it shared at the end: the write queue, the program", f"{shared / 1024:.1f} MiB"))
        table(f"Memory of a capture with packing, {CONNECTIONS} connections, 100000 messages a second for {seconds} s "
              f"({lost} lost): most of its own (RssAnon)", ("", "most"), rows)


# A narrow period -----------------------------------------------------------------------------------------------------------

def dnstap_read_all(archive):
    """Lines that dnstap-read prints of every segment, in wall-clock seconds; the lines of each second."""
    lines, by_second, seconds = 0, {}, 0
    reader = program("dnstap-read") or sys.exit("bench: dnstap-read is not installed (package bind9-dnsutils)")
    environment = dict(os.environ, TZ="UTC")
    for path in segments(archive)[0]:
        start = time.monotonic()
        with subprocess.Popen(["zstd", "-dcq", path], stdout=subprocess.PIPE) as unpacked, \
                subprocess.Popen([reader, "/dev/stdin"], stdin=unpacked.stdout, stdout=subprocess.PIPE, env=environment) as read:
            unpacked.stdout.close()
            for line in read.stdout:
                lines += 1
                by_second[line[:20]] = by_second.get(line[:20], 0) + 1
        assert read.returncode == 0, f"dnstap-read: status {read.returncode}"
        seconds += time.monotonic() - start
    return lines, by_second, seconds


def narrow(bench):
    """The period is one second in the middle; dnstap-read has to read everything, since it cannot be asked for a time."""
    archive = os.path.join(bench.cache, f"narrow-{bench.messages}")
    if not os.path.exists(archive):
        progress(f"generating an archive of {bench.messages} messages (kept)")
        bench.output("generate", "--archive", archive + ".new", "--count", str(bench.messages), "--rate", "20000", "--seed", "1",
                     "--start", "2026-01-01T00:00:00Z", stderr=subprocess.DEVNULL)
        os.rename(archive + ".new", archive)
    middle = bench.messages // 20000 // 2
    since, until = (f"2026-01-01T{at // 3600:02}:{at // 60 % 60:02}:{at % 60:02}Z" for at in (middle, middle + 1))
    command = [bench.tapline, "read", "--utc", "--since", since, "--until", until, archive]
    results, everything = [], []
    for run in range(bench.runs):
        progress(f"narrow period, run {run + 1} of {bench.runs}")
        start = time.monotonic()
        found = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
        results.append({"seconds": time.monotonic() - start})
        child = Child([bench.tapline, "read", archive], stdout=subprocess.DEVNULL).wait()
        everything.append({"seconds": child.seconds})
    progress("zstd -dc | dnstap-read")
    lines, by_second, seconds = dnstap_read_all(archive)
    progress("")
    wanted = by_second.get(time.strftime("%d-%b-%Y %H:%M:%S", time.gmtime(1767225600 + middle)).encode(), 0)
    count = found.count(b"\n")
    assert count == wanted > 0, f"{count} lines of a period in which dnstap-read has {wanted}"
    ours = median(results, "seconds")
    rows = [("tapline read --since --until", f"{ours * 1000:.1f} ms", f"{wanted}", ""),
            ("tapline read, all of it", f"{median(everything, 'seconds') * 1000:.0f} ms", f"{lines}",
             f"{median(everything, 'seconds') / ours:.0f} x"),
            ("zstd -dc | dnstap-read, all of it", f"{seconds * 1000:.0f} ms", f"{lines}", f"{seconds / ours:.0f} x")]
    table(f"One second of an archive of {bench.messages} messages in {len(segments(archive)[0])} segments, "
          f"{sizes(segments(archive)[0]) / 1e6:.0f} MB; the lines are as many as dnstap-read's of that second",
          ("", "time", "lines", "the period takes less by"), rows)


# Many segments --------------------------------------------------------------------------------------------------------------

def many_segments(bench):
    """An archive of about so many small sealed segments, made once."""
    archive = os.path.join(bench.cache, f"segments-{bench.segments}")
    if not os.path.exists(archive):
        progress(f"generating an archive of {bench.segments} segments (kept)")
        bench.output("generate", "--archive", archive + ".new", "--segment-size", "64KiB", "--count", str(bench.segments * 420),
                     "--seed", "1", stderr=subprocess.DEVNULL)
        os.rename(archive + ".new", archive)
    return archive


def startup(bench):
    archive, rows, times = many_segments(bench), [], {}
    count = len(segments(archive)[0])
    for run in range(bench.runs):
        progress(f"starting on {count} segments, run {run + 1} of {bench.runs}")
        with bench.folder() as folder:
            for name, path in (("capture, empty archive", os.path.join(folder, "empty")), (f"capture, {count} segments", archive)):
                receiver = Receiver(folder, capture_into(bench, path))
                receiver.stop()
                times.setdefault(name, []).append({"seconds": receiver.ready})
        for name, command in ((f"tapline status, {count} segments", [bench.tapline, "status", archive]),
                              ("find -type f, for comparison", ["find", archive, "-type", "f"])):
            child = Child(command, stdout=subprocess.DEVNULL).wait()
            times.setdefault(name, []).append({"seconds": child.seconds})
    progress("")
    for name, runs in times.items():
        rows.append((name, f"{median(runs, 'seconds') * 1000:.0f} ms"))
    status = json.loads(bench.output("status", "--format", "json", archive))
    frames, _ = bench.frames_of(bench.read_raw(archive))
    counted = status["sealed"]["frames"] + status["hot"]["frames"]
    assert counted == frames, f"status counts {counted} frames, {frames} are read"
    table(f"Until a capture listens, and until status has printed, medians of {bench.runs} runs", ("", "time"), rows)


# How far behind a follower is -------------------------------------------------------------------------------------------------

def lag(bench):
    rate, rows = 100_000, []
    for name, options in (("packing", []), ("packing, segments of 16 MiB", ["--segment-size", "16MiB"])):
        with bench.folder() as folder:
            archive = os.path.join(folder, "archive")
            receiver = Receiver(folder, capture_into(bench, archive, *options))
            progress(f"a follower behind {rate} messages a second: {name}")
            reader = subprocess.Popen([*bench.read_raw(archive), "--follow"], stdout=subprocess.PIPE)
            measurer = subprocess.Popen([bench.lag], stdin=reader.stdout, stdout=subprocess.PIPE, text=True)
            reader.stdout.close()
            time.sleep(0.5)
            sent, lost = paced(bench, receiver, rate, 1)
            receiver.stop()
            reader.terminate()
            text, _ = measurer.communicate()
            assert reader.wait() == 0, "the follower failed"
            frames, _, p50, p99, most = (int(word) for word in text.split())
            assert frames == sent, f"{sent} frames were sent, {frames} were followed"
            rows.append((name, f"{p50 / 1000:.2f} ms", f"{p99 / 1000:.2f} ms", f"{most / 1000:.1f} ms", lost))
    progress("")
    table(f"From sending to the follower's output, {rate} messages a second for {bench.seconds} s; every frame was followed",
          ("", "p50", "p99", "most", "frames lost"), rows)


PARTS = {"load": load, "pack": pack, "memory": memory, "narrow": narrow, "startup": startup, "lag": lag}


def compare(tapline, build, recording, cache, options):
    bench = Bench(tapline, build, recording, cache, options)
    for name in options.parts or PARTS:
        PARTS[name](bench)
