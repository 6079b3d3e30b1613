#!/usr/bin/env python3
"""BIND's dnstap-read and ours on the same command lines and inputs, side by side: dnstap_read_name_test.py TAPLINE DATA

Standard output, standard error and the exit status are the same for every command line and every stream that BIND has no defect with;
where it has one, ours does what the manual says. Compared with BIND 9.18 alone."""

import os
import shutil
import struct
import subprocess
import sys

from frames import control
from servers import bind_release, private_folder, program, skip

from capturing import ACCEPT, CONTENT_TYPE, FINISH, READY, START, STOP

SECONDS = 30
MODES = ([], ["-p"], ["-x"], ["-y"], ["-m"], ["-py"], ["-yp"], ["-xp"], ["-px"], ["-xy"], ["-yx"], ["-m", "-p", "-x"], ["-mpxy"], ["-pp"], ["-p", "--"],
         ["-x", "-y"])
LINES = ([], ["-"], ["--"], ["-h"], ["-t"], ["-z"], ["-pz"], ["-zp"], ["-p-"], ["--help"], ["--version"], ["-:"], ["-?"], ["-p"], ["-p", "-"],
         ["-p", "--"], [""], ["", "sound"], ["no-such-file"], ["."], ["/dev/null"], ["--", "-"], ["--", "--"], ["--", "-p"], ["sound", "-y"],
         ["sound", "no-such-file"], ["no-such-file", "sound"], ["-p", "sound", "sound"], ["-h", "sound"], ["-", "sound"], ["-y\xe9", "sound"],
         ["unreadable"])

START_FRAME = control(START, CONTENT_TYPE)


def data(payload):
    return struct.pack(">I", len(payload)) + payload


def escaped(payload, size=None):
    return struct.pack(">II", 0, len(payload) if size is None else size) + payload


def first_of(frames):
    return frames[:4 + struct.unpack_from(">I", frames)[0]]


def inputs(sound):
    """Name to bytes: a stream of a real query and answer, and every way in which a stream can be wrong."""
    frames = sound[len(START_FRAME):-len(control(STOP))]
    one = first_of(frames)
    found = {"sound": sound, "empty": b"", "text": b"this is no stream of frames", "unstopped": sound[:-12], "nothing": START_FRAME + control(STOP),
             "twice": sound + sound, "no-start": frames, "untyped": control(START) + frames, "other-type": control(START, b"x") + frames,
             "upper-type": control(START, CONTENT_TYPE.upper()), "long-type": control(START, b"x" * 256),
             "too-long-type": control(START, b"x" * 257), "two-types": escaped(START_FRAME[8:] + START_FRAME[12:]),
             "ready-first": control(READY, CONTENT_TYPE) + sound, "stop-first": control(STOP) + sound, "unknown-first": control(9) + sound,
             "start-cut": START_FRAME[:-3], "start-long": escaped(START_FRAME[8:] + bytes(600)), "start-only": START_FRAME,
             "start-short": escaped(b"\0\0"), "longest": START_FRAME + data(bytes(1 << 20)) + one,
             "too-long-cut": START_FRAME + struct.pack(">I", (1 << 20) + 1)}
    for name, between in {"start": START_FRAME, "ready": control(READY, b"x"), "accept": control(ACCEPT), "finish": control(FINISH),
                          "unknown": control(9), "none": control(0), "typed-stop": control(STOP, b"x"), "typed-finish": control(FINISH, b"x"),
                          "length-0": escaped(b""), "length-3": escaped(b"\0\0\3"), "length-513": escaped(b"", 513), "stop": control(STOP),
                          "garbage": data(b"\xff\xff\xff"), "long": escaped(control(READY, b"y" * 500)[8:]), "tag": data(b"\x78\x02"),
                          "bad-field": escaped(struct.pack(">III", READY, 2, 0))}.items():
        found["then-" + name] = START_FRAME + one + between + frames
    for size in range(len(sound)):
        found[f"cut-{size}"] = sound[:size]
    return found


def run(command, words, **options):
    """Exit status, standard output, standard error; both are called by the same name."""
    settings = dict(stdin=subprocess.DEVNULL) | options
    done = subprocess.run(["./dnstap-read", *words], executable=command, capture_output=True, timeout=SECONDS,
                          env=dict(os.environ, TZ="NST3:30NDT,M3.2.0,M11.1.0", TAPLINE_DNSTAP_READ="9.18"), **settings)
    return done.returncode, done.stdout, done.stderr


def same(theirs, ours, words, **options):
    expected, found = run(theirs, words, **options), run(ours, words, **options)
    assert expected == found, f"dnstap-read {words}: {expected} became {found}"
    return found


def through_fifo(command, words, content):
    os.mkfifo("fifo")
    writer = subprocess.Popen([sys.executable, "-c", "import sys; open('fifo', 'wb').write(open(sys.argv[1], 'rb').read())", content])
    found = run(command, [*words, "fifo"])
    assert writer.wait(SECONDS) == 0
    os.unlink("fifo")
    return found


def check_ways_in(theirs, ours):
    for mode in MODES:
        with open("sound", "rb") as one, open("sound", "rb") as other:
            expected = run(theirs, [*mode, "sound"])
            assert expected == run(theirs, [*mode, "--", "-"] if "--" not in mode else [*mode, "-"], stdin=one)
            assert expected == run(ours, [*mode, "--", "-"] if "--" not in mode else [*mode, "-"], stdin=other), mode
        assert expected == through_fifo(ours, mode, "sound"), f"{mode} through a FIFO"
        assert expected[0] == 0 and expected[1] and not expected[2]


def check_follows(ours, sound):
    """What has come through a pipe is printed while more is awaited."""
    with subprocess.Popen([ours, "--", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdin.write(sound[:-13])
        process.stdin.flush()
        assert process.stdout.readline().endswith(b"\n")
        process.stdin.close()
        assert process.stdout.read() == b"" and process.wait(SECONDS) == 0


def check_mended(ours, sound):
    """Where BIND prints a frame twice, or does not notice that nothing can be written."""
    one = first_of(sound[len(START_FRAME):])
    with open("too-long", "wb") as file:
        file.write(START_FRAME + one + data(bytes((1 << 20) + 1)) + one)
    status, text, said = run(ours, ["too-long"])
    assert status == 0 and text.count(b"\n") == 1 and said == b"dnstap-read: dns_dt_getframe: failure\n"
    with open("/dev/full", "wb") as full:
        done = subprocess.run([ours, "sound"], stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1 and done.stderr == b"dnstap-read: standard output cannot be written: No space left on device\n"


def main():
    tapline, samples = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    theirs = program("dnstap-read")
    if bind_release() != "9.18":
        skip("the dnstap-read that is installed is not that of 9.18")
    folder = private_folder("dnstap-read")
    os.chdir(folder)
    os.symlink(tapline, "dnstap-read")
    ours = os.path.join(folder, "dnstap-read")
    with open(os.path.join(samples, "kdig-www.dnstap"), "rb") as file:
        sound = file.read()
    streams = inputs(sound)
    for name, content in streams.items():
        with open(name, "wb") as file:
            file.write(content)
    with open("unreadable", "wb"):
        os.chmod("unreadable", 0)
    for words in LINES:
        same(theirs, ours, words)
    for name in streams:
        same(theirs, ours, [name])
    for mode in MODES:
        same(theirs, ours, [*mode, "then-start"])
    check_ways_in(theirs, ours)
    check_follows(ours, sound)
    check_mended(ours, sound)
    print(f"{len(LINES)} command lines and {len(streams)} streams have the same outputs and statuses")
    os.chdir("/")
    shutil.rmtree(folder)


main()
