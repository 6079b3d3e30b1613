#!/usr/bin/env python3
"""Peers that do everything wrong, N rounds of all of them in random order. After each the log says in plain words what it
was, the good peer beside it has lost nothing, and the books balance: bytes in = bytes out + bytes skipped."""

import random
import shutil
import socket
import struct
import sys
import tempfile
import time

from capturing import (ACCEPT, CONTENT_TYPE, READY, START, STOP, Capture, Peer, await_until, books_of, check_frames,
                       control, frame)

READY_FRAME, START_FRAME, STOP_FRAME = control(READY, CONTENT_TYPE), control(START, CONTENT_TYPE), control(STOP)
GOOD = frame(b"kept", 60)
LIMIT = 1 << 20


def opening(rng):
    """One of the two right ways to begin."""
    return rng.choice([START_FRAME, READY_FRAME + START_FRAME])


# Each case: what is sent after connecting (a list of chunks), how many of its GOOD frames must be kept, and words that
# the log must have. What is sent ends with the sender closing its end, or with a reset where the name says so.
def http(rng):
    return [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"], 0, "it looks like HTTP"


def http2(rng):
    return [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"], 0, "it looks like HTTP/2"


def tls(rng):
    return [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + rng.randbytes(500)], 0, "it looks like TLS"


def ssh(rng):
    return [b"SSH-2.0-OpenSSH_9.2p1\r\n"], 0, "it looks like SSH"


def bare_protobuf(rng):
    return [GOOD[:4] + b"\x0a\x04name" + GOOD[10:]], 0, "it looks like protobuf with a length in front"


def bare_protobuf_short(rng):
    return [b"\x00\x30\x0a\x04name" + bytes(42)], 0, "it looks like protobuf with a two-byte length in front"


def other_content_type(rng):
    return [control(READY, b"protobuf:other.Thing")], 0, "it offers the content type \"protobuf:other.Thing\""


def other_start(rng):
    return [control(START, b"protobuf:other.Thing")], 0, "it offers the content type \"protobuf:other.Thing\""


def data_before_start(rng):
    return [READY_FRAME, GOOD * 3], 0, "a data frame comes before START"


def second_start(rng):
    return [opening(rng), GOOD * 2 + START_FRAME + GOOD], 2, "a control frame comes out of turn"


def second_ready(rng):
    return [READY_FRAME, START_FRAME + GOOD + READY_FRAME + GOOD], 1, "a control frame comes out of turn"


def stop_first(rng):
    return [STOP_FRAME + GOOD], 0, "a control frame comes out of turn"


def data_after_stop(rng):
    return [START_FRAME + GOOD + STOP_FRAME + GOOD * 2], 1, "ended with STOP"


def accept_from_sender(rng):
    return [control(ACCEPT, CONTENT_TYPE)], 0, "a control frame comes out of turn"


def unknown_controls(rng):
    return [opening(rng), (control(77) + GOOD + control(1 << 31)) * 50 + STOP_FRAME], 50, "ended with STOP"


def control_flood(rng):
    return [opening(rng), control(99) * 100000 + GOOD + STOP_FRAME], 1, "ended with STOP"


def control_too_long(rng):
    length = rng.choice([513, 1 << 16, 0xFFFFFFFF])
    return [opening(rng), GOOD + struct.pack(">II", 0, length) + bytes(600)], 1, "longer than 512 bytes"


def control_too_short(rng):
    return [opening(rng), GOOD + struct.pack(">II", 0, rng.randint(0, 3)) + bytes(9)], 1, "shorter than its type"


def control_broken_field(rng):
    payload = struct.pack(">III", READY, 1, 1 << 30) + b"protobuf"
    return [struct.pack(">II", 0, len(payload)) + payload], 0, "a field that is unknown, cut off or not allowed"


def endless_length(rng):
    length = struct.pack(">I", rng.choice([0xFFFFFFFC, 0xFFFFFFFD, 0xFFFFFFFE, 0xFFFFFFFF]))
    return [opening(rng), GOOD * 2 + length + rng.randbytes(rng.randint(0, 3000000))], 2, "oversized"


def oversized(rng):
    size = rng.choice([LIMIT + 1, LIMIT + 5000, 5 * LIMIT])
    return [opening(rng), GOOD + struct.pack(">I", size) + bytes(size) + GOOD * 2 + STOP_FRAME], 3, "oversized"


def at_the_limit(rng):
    return [opening(rng), GOOD + frame(b"kept", LIMIT - 10) + STOP_FRAME], 2, "ended with STOP"


def cut_in_frame(rng):
    return [opening(rng), GOOD * 3 + GOOD[:rng.randint(1, len(GOOD) - 1)]], 3, "cut off"


def cut_in_control(rng):
    return [START_FRAME[:rng.randint(1, len(START_FRAME) - 1)]], 0, "closed without STOP"


def nothing(rng):
    return [], 0, "closed without STOP"


def one_byte_at_a_time(rng):
    data = opening(rng) + GOOD * 20 + STOP_FRAME
    return [data[i:i + 1] for i in range(len(data))], 20, "ended with STOP"


def no_reader_of_finish(rng):
    return [READY_FRAME, START_FRAME + GOOD + STOP_FRAME], 1, "ended with STOP"


def reset(rng):
    return [opening(rng), GOOD * 5], 5, ""


def stall(rng):
    return [opening(rng), GOOD * 2 + GOOD[:30]], 2, ""


CASES = [http, http2, tls, ssh, bare_protobuf, bare_protobuf_short, other_content_type, other_start, data_before_start,
         second_start, second_ready, stop_first, data_after_stop, accept_from_sender, unknown_controls, control_flood,
         control_too_long, control_too_short, control_broken_field, endless_length, oversized, at_the_limit, cut_in_frame,
         cut_in_control, nothing, one_byte_at_a_time, no_reader_of_finish, reset, stall]


def connect(address):
    peer = socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET)
    peer.settimeout(60)
    peer.connect(address)
    return peer


def send_all(peer, chunks):
    """Until all is sent, or the capture has had enough. The number of bytes that went out."""
    for chunk in chunks:
        try:
            peer.sendall(chunk)
        except (BrokenPipeError, ConnectionResetError):
            return


def play(case, rng, address):
    """Plays one case. The sockets to be kept open, and the frames that must be kept of it."""
    chunks, kept, _ = case(rng)
    peer = connect(address)
    send_all(peer, chunks)
    if case is stall:
        return peer, kept
    if case is reset:
        if not isinstance(address, str):
            time.sleep(0.05)  # a reset may overtake what the kernel has not handed over
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.close()
        return None, kept
    # Over TCP, closing with the answers unread would reset the connection and take back what was sent.
    if not isinstance(address, str) or rng.random() < 0.5 and case is not no_reader_of_finish:
        try:
            peer.shutdown(socket.SHUT_WR)
            while peer.recv(4096):
                pass
        except (ConnectionError, OSError):
            pass
    peer.close()
    return None, kept


def closed(capture):
    return sum(line.startswith("tapline capture: connection ") and " is open: " not in line
               for line in capture.log().splitlines())


def some_cases(program, folder, rng, cases):
    use_tcp = rng.random() < 0.5
    capture = Capture(program, folder, "--listen", "tcp:127.0.0.1:0", "--queue-size", "8MiB").ready()
    capture.await_log("listening on tcp:")
    address = ("127.0.0.1", capture.tcp_port()) if use_tcp else capture.socket
    good = Peer("good", capture.socket)
    kept, stalled = 0, []
    for case in cases:
        for _ in range(20):
            good.add(rng.choice([30, 150, 5000]))
            good.push()
        before = capture.log()
        peer, more = play(case, rng, address)
        kept += more
        if peer:
            stalled.append(peer)
        else:
            words = case(random.Random(0))[2]
            await_until(lambda: words in capture.log()[len(before):] and "connection" in capture.log()[len(before):],
                        lambda: f"{case.__name__}: the log does not say {words!r}:\n{capture.log()[len(before):]}")
    for peer in stalled:
        peer.close()
    good.stop()
    assert capture.stop() == 0, capture.log()
    total = check_frames({"good": good.marks, "kept": [b"kept"] * kept}, capture.files())
    books = books_of(capture.log())
    assert books["frames out"] == total, capture.log()


def one_round(program, rng):
    """All cases, a few for each capture: lines about connections that brought nothing are limited to ten in five seconds."""
    cases = rng.sample(CASES, len(CASES))
    for at in range(0, len(cases), 8):
        folder = tempfile.mkdtemp(prefix="tapline-hostile-")
        try:
            some_cases(program, folder, rng, cases[at:at + 8])
        except BaseException:
            print(f"files kept in {folder}", file=sys.stderr)
            raise
        shutil.rmtree(folder)
        shutil.rmtree(Capture.queue_folder(folder))
    return len(cases)


def main():
    program, times = sys.argv[1], int(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 30)
    total = 0
    for i in range(times):
        try:
            total += one_round(program, random.Random(seed + i))
        except BaseException:
            print(f"round {i}, seed {seed + i}", file=sys.stderr)
            raise
    print(f"{total} hostile peers, each named in the log; the good ones beside them lost nothing")


main()
