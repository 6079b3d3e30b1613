#!/usr/bin/env python3
"""The corpus beside the source, if there is one: `line` and `hex` are what dnstap-read printed, JSON is strict and tells
of every frame, raw output is the frames, and no file of any kind brings the program down.

    corpus_test.py TAPLINE SOURCE_ROOT"""

import glob
import json
import os
import struct
import subprocess
import sys

TAPLINE, ROOT = sys.argv[1:3]
CORPUS = os.path.join(ROOT, "..", "shared", "corpus")
NO_QUESTION = b" ?/?/?"  # dnstap-read prints nothing for those
faults = []


def read(path, *options, zone="UTC"):
    done = subprocess.run([TAPLINE, "read", *options, path], capture_output=True, timeout=60, check=False,
                          env=dict(os.environ, TZ=zone))
    if done.returncode not in (0, 1):
        faults.append(f"{path} {options}: exit status {done.returncode}: {done.stderr.decode(errors='replace')[-500:]}")
    return done


def contents(path):
    with open(path, "rb") as file:
        return file.read()


def data_frames(stream):
    frames, at = [], 0
    while at + 4 <= len(stream):
        size = struct.unpack_from(">I", stream, at)[0]
        at += 4
        if size == 0 and at + 4 <= len(stream):
            at += 4 + struct.unpack_from(">I", stream, at)[0]
        elif at + size <= len(stream):
            frames.append(stream[at:at + size])
            at += size
        else:
            break
    return frames


def strict(pairs):
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise ValueError(f"a key twice: {keys}")
    return dict(pairs)


def no_constant(word):
    raise ValueError(word)


def check_json(path):
    done = read(path, "--format", "json")
    lines = done.stdout.split(b"\n")
    if lines.pop() != b"":
        faults.append(f"{path}: JSON does not end with a line feed")
    for number, line in enumerate(lines, 1):
        try:
            text = line.decode("utf-8")
            json.loads(text, object_pairs_hook=strict, parse_constant=no_constant)
            if any(ord(c) < 0x20 or 0x7f <= ord(c) < 0xa0 for c in text):
                faults.append(f"{path}: JSON line {number} has a control character")
        except ValueError as error:
            faults.append(f"{path}: JSON line {number}: {error}")
    return len(lines)


def check_printable(path, *options):
    for number, line in enumerate(read(path, *options).stdout.split(b"\n"), 1):
        if any(byte < 0x20 or byte > 0x7e for byte in line):
            faults.append(f"{path} {options}: line {number} is not printable")


def compare(path, expected_path, found, expected):
    if found != expected:
        for number, (a, b) in enumerate(zip(found + [b"(end)"], expected + [b"(end)"]), 1):
            if a != b:
                faults.append(f"{path} is not {expected_path}: line {number}: {a!r} is not {b!r}")
                return


def check_capture(path):
    name = os.path.basename(path).rsplit(".", 1)[0]
    expected_path = os.path.join(CORPUS, "expected", "bind-9.18", name + ".default.txt")
    lines = read(path).stdout.splitlines()
    compare(path, expected_path, [line for line in lines if not line.endswith(NO_QUESTION)],
            contents(expected_path).splitlines())
    frames = data_frames(contents(path))
    if len(lines) != len(frames) or check_json(path) != len(frames):
        faults.append(f"{path}: {len(frames)} frames, but {len(lines)} lines")
    if data_frames(read(path, "--format", "raw").stdout) != frames:
        faults.append(f"{path}: raw output has other frames")
    expected_path = os.path.join(CORPUS, "expected", "bind-9.18", name + ".x.txt")
    if os.path.exists(expected_path):
        # The line of a frame without a question, and the digits below it, are ours alone.
        found, ours = [], False
        for line in read(path, "--format", "hex").stdout.splitlines():
            ours = line.endswith(NO_QUESTION) or ours and b" " not in line
            if not ours:
                found.append(line)
        compare(path, expected_path, found, contents(expected_path).splitlines())


def main():
    if not os.path.isdir(CORPUS):
        print("there is no corpus beside the source")
        sys.exit(77)
    for path in sorted(glob.glob(os.path.join(CORPUS, "captures", "*.dnstap"))):
        check_capture(path)
    for path in sorted(glob.glob(os.path.join(CORPUS, "edge", "*")) + glob.glob(os.path.join(CORPUS, "public", "*"))):
        if os.path.isfile(path):
            done = read(path)
            frames = check_json(path)
            if not done.stdout and not done.stderr and contents(path)[-12:] != struct.pack(">3I", 0, 4, 3):
                faults.append(f"{path}: neither output nor a reason")
            if frames != len(done.stdout.splitlines()):
                faults.append(f"{path}: {frames} JSON objects, but {len(done.stdout.splitlines())} lines")
            check_printable(path)
            check_printable(path, "--format", "hex")
    saved = os.path.join(CORPUS, "public", "bind-saved")
    compare(saved, "its expected text", read(saved + ".dnstap", zone="PST8").stdout.splitlines(),
            contents(saved + ".expected.txt").splitlines())
    print("\n".join(faults))
    sys.exit(1 if faults else 0)


main()
