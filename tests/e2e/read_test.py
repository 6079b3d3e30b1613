#!/usr/bin/env python3
"""The data path "Read": read_test.py TAPLINE

What seven real servers were made to say is printed as lines that are dnstap-read's byte for byte, as JSON with one
object for each frame, and as Frame Streams again; from a file, from standard input and compressed."""

import gzip
import json
import os
import subprocess
import sys

from frames import read, whole_frames, with_question
from servers import program
from traffic import Traffic

FULL_NAMES = {"AQ": "AUTH_QUERY", "AR": "AUTH_RESPONSE", "RQ": "RESOLVER_QUERY", "RR": "RESOLVER_RESPONSE",
              "CQ": "CLIENT_QUERY", "CR": "CLIENT_RESPONSE", "FQ": "FORWARDER_QUERY", "FR": "FORWARDER_RESPONSE",
              "UQ": "UPDATE_QUERY", "UR": "UPDATE_RESPONSE"}


def output_of(command, **settings):
    done = subprocess.run(command, capture_output=True, **settings)
    assert done.returncode == 0 and not done.stderr, f"{command}: status {done.returncode}, {done.stderr.decode()}"
    return done.stdout


def check_lines(tapline, path, frames):
    """Also in another time zone, since both print local time."""
    for zone in ("UTC", "Asia/Kolkata"):
        environment = dict(os.environ, TZ=zone)
        ours = output_of([tapline, "read", path], env=environment).splitlines()
        theirs = output_of([program("dnstap-read"), path], env=environment).splitlines()
        ours = with_question(ours, frames)
        for number, (our_line, their_line) in enumerate(zip(ours, theirs)):
            assert our_line == their_line, f"line {number} with TZ={zone}:\n  ours   {our_line}\n  theirs {their_line}"
        assert len(ours) == len(theirs), f"{len(ours)} lines, dnstap-read prints {len(theirs)}"
    assert output_of([tapline, "read", "--utc", path], env=environment) == \
        output_of([tapline, "read", path], env=dict(os.environ, TZ="UTC")), "--utc is not what TZ=UTC prints"


def check_ways_in(tapline, path, folder):
    """Standard input and a compressed file give what the file gives."""
    lines = output_of([tapline, "read", path])
    with open(path, "rb") as file:
        data = file.read()
    assert output_of([tapline, "read", "-"], input=data) == lines, "standard input is read in another way"
    compressed = os.path.join(folder, "compressed")
    with gzip.open(compressed, "wb") as file:
        file.write(data)
    assert output_of([tapline, "read", compressed]) == lines, "a compressed file is read in another way"


def check_json(tapline, path, frames):
    objects = [json.loads(line) for line in output_of([tapline, "read", "--format", "json", path]).splitlines()]
    assert len(objects) == len(frames), f"{len(objects)} objects for {len(frames)} frames"
    for one, frame in zip(objects, frames):
        assert one["type"] == FULL_NAMES[frame.kind] and one["identity"] == frame.identity, one
        message = one["query_message" if frame.is_query else "response_message"]
        assert message["id"] == frame.id and message["size"] == len(frame.message), one


def check_raw(tapline, path, folder):
    again = os.path.join(folder, "again.fstrm")
    with open(again, "wb") as file:
        file.write(output_of([tapline, "read", "--format", "raw", path]))
    assert whole_frames(again) == whole_frames(path), "raw output has other frames than the file"
    assert output_of([program("dnstap-read"), again]) == output_of([program("dnstap-read"), path])


def main():
    tapline = sys.argv[1]
    with Traffic(tapline, "read") as traffic:
        traffic.start_everything()
        traffic.ask_everything()
        traffic.stop_servers()
        traffic.stop_capture()
        path, = traffic.files()
        frames = read(path)
        assert any(not frame.questions for frame in frames), "no frame without a question is there to be filtered out"
        check_lines(tapline, path, frames)
        check_ways_in(tapline, path, traffic.folder)
        check_json(tapline, path, frames)
        check_raw(tapline, path, traffic.folder)
        print(f"{len(frames)} frames: the lines are dnstap-read's, the JSON and the raw frames are complete")


if __name__ == "__main__":
    main()
