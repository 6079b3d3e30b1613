"""A million messages of real BIND: it is asked a mixture of questions by dnsperf, and its dnstap goes through `tapline
capture`. If BIND drops some, what there is is repeated up to the million."""

import os
import random
import struct
import subprocess
import sys

from measure import program

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tests", "e2e"))

MESSAGES = 1_000_000
TYPES = "A A A A AAAA AAAA MX TXT NS SOA HTTPS SRV PTR CAA DS ANY".split()
# A large queue, so that BIND drops little of what a benchmark asks.
OPTIONS = "fstrm-set-input-queue-size 16384;"


def write_questions(path, count, seed):
    """Names that exist, names under a wildcard, and names that do not exist, a quarter of them seen only once."""
    rng = random.Random(seed)
    known = "www.example.test mail.example.test alias.example.test example.test big.example.test ns.example.test " \
            "txt.types.test svcb.types.test https.types.test naptr.types.test www.signed.test signed.test".split()
    words = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(3, 12))) for _ in range(2000)]
    with open(path, "w") as file:
        for number in range(count):
            kind = rng.random()
            if kind < 0.4:
                name = rng.choice(known)
            elif kind < 0.6:
                name = rng.choice(words) + ".wild.example.test"
            elif kind < 0.75:
                name = rng.choice(words) + "." + rng.choice(words) + ".example.test"
            else:
                name = f"{rng.choice(words)}-{number:x}.{rng.choice(words)}.example.test"
            file.write(f"{name} {rng.choice(TYPES)}\n")


def ask(server, folder):
    """Half plain, the rest with EDNS and DNSSEC, and over TCP."""
    for name, count, options in (("plain", 280_000, []), ("edns", 200_000, ["-e", "-D"]),
                                 ("tcp", 40_000, ["-m", "tcp"])):
        path = f"{folder}/questions-{name}"
        write_questions(path, count, name)
        subprocess.run([program("dnsperf") or sys.exit("bench: dnsperf is not installed"), "-s", "127.0.0.1", "-p",
                        str(server.port), "-d", path, "-n", "1", "-c", "10", *options], check=True,
                       stdout=subprocess.DEVNULL)


def repeat(source, target):
    """Exactly MESSAGES frames of the source, from the beginning again if they are too few."""
    from frames import CONTENT_TYPE, START, control, whole_frames
    from capturing import STOP
    frames = whole_frames(source)
    with open(target, "wb") as file:
        file.write(control(START, CONTENT_TYPE))
        for number in range(MESSAGES):
            payload = frames[number % len(frames)]
            file.write(struct.pack(">I", len(payload)) + payload)
        file.write(control(STOP))
    return len(frames)


def record(tapline, cache):
    """The path of the recording; makes it if it is not there."""
    path = os.path.join(cache, "million.fstrm")
    if os.path.exists(path):
        return path
    from servers import Named
    from traffic import Traffic
    print("recording a million messages of BIND (kept in " + path + ") ...", flush=True)
    with Traffic(tapline, "record") as traffic:
        traffic.start_capture(["bind"])
        bind = traffic.start(Named, "bind", traffic.socket("bind"), options=OPTIONS)
        ask(bind, traffic.folder)
        traffic.stop_servers()
        traffic.stop_capture()
        recorded = repeat(traffic.files()[0], path + ".new")
        sent, dropped = traffic.counts["bind"]
    os.rename(path + ".new", path)
    print(f"BIND sent {sent} frames and dropped {dropped}; {recorded} were captured")
    return path
