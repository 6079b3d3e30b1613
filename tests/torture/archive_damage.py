#!/usr/bin/env python3
"""Archives whose files were damaged, N rounds: sealed and hot segments cut, emptied, with a bit flipped or zeros at the end;
ledgers missing, cut or garbage; files that do not belong there. Everything that is whole is read, in order; `verify` says which
file is damaged; reading, packing, merging, status and a new capture end with a message if at all, never with a crash; and
packing damaged rows keeps the file."""

import os
import random
import shutil
import sys

from archives import make_archive, read_marks, rows_of, run
from capturing import CONTENT_TYPE, START, Capture, control, frames_in, mark_of, run_works
from sealed import blocks_of, payloads_of_block

MIB = 1 << 20
SLACK = 3  # frames at a damaged place that may be lost beyond those that were hit


def read_what_is_left(program, archive, *options):
    """The marks, and whether it was complained."""
    done = run([program, "read", "--format", "raw", *options, archive], None)
    assert done.returncode in (0, 1), f"read: status {done.returncode}"
    assert done.returncode == 0 or done.stderr, "status 1 without a message"
    return [mark_of(payload) for payload in frames_in(done.stdout, "read") if payload[:1] == b"\x1a"], done.returncode


def check_left(found, marks, needed, what):
    """All of `needed` are found, in order, and beside them at most what a damaged payload looks like."""
    known, wanted = set(marks), set(needed)
    there = [mark for mark in found if mark in known]
    assert [mark for mark in there if mark in wanted] == needed, \
        f"{what}: {len(needed)} frames are whole, {len(set(there) & wanted)} of them are read in their order"
    assert len(there) == len(set(there)), f"{what}: frames are read twice"
    assert len(found) - len(there) <= SLACK, f"{what}: {len(found) - len(there)} frames that nobody sent"


def verify_names(program, archive, path, what, is_damage=True):
    """An end that was not written is told of, but is no damage."""
    done = run([program, "verify", archive], None)
    said = (done.stdout + done.stderr).decode(errors="replace")
    assert done.returncode == 1 or not is_damage, f"{what}: verify finds nothing\n{said}"
    assert path in said, f"{what}: verify does not name {path}\n{said}"


def still_usable(program, folder, archive, what):
    """Nothing else crashes on it, and what a new capture brings can be read."""
    for command in (["status"], ["status", "--format", "json"], ["verify"], ["repack", "--merge", "10MiB"], ["pack"],
                    ["read", "--format", "json", "--since", "1h ago"]):
        done = run([program, *command, archive], None)
        assert done.returncode in (0, 1), f"{what}: {command}: status {done.returncode}"
        assert done.returncode == 0 or done.stderr or done.stdout, f"{what}: {command}: status 1 without a message"
    capture = Capture(program, folder, archive=archive).ready()
    assert capture.stop() == 0, f"{what}: {capture.log()}"


# Sealed --------------------------------------------------------------------------------------------------------------------

def sealed_cases(rng, data, blocks):
    """(what, the damaged bytes, whether a block is whole)"""
    end = blocks[-1][0] + blocks[-1][1]
    cut, bit = rng.randrange(len(data)), rng.randrange(len(data))
    hit = rng.choice([block for block in blocks if block[1] > 1000] or blocks)
    inside = hit[0] + rng.randrange(hit[1])
    zeros = rng.randrange(1, min(len(data), 70000))
    for at in (bit, inside, rng.randrange(end, len(data)) if end < len(data) else bit):
        flipped = bytearray(data)
        flipped[at] ^= 1 << rng.randrange(8)
        yield f"bit at {at} flipped", bytes(flipped), lambda block, at=at: not block[0] <= at < block[0] + block[1]
    yield f"cut at {cut}", data[:cut], lambda block: block[0] + block[1] <= cut
    yield f"{zeros} zeros at the end", data[:-zeros] + bytes(zeros), lambda block: block[0] + block[1] <= len(data) - zeros
    yield "empty", b"", lambda block: False
    yield "garbage behind it", data + rng.randbytes(rng.randrange(1, 1000)), lambda block: True


def sealed(program, folder, rng):
    archive, marks = make_archive(program, folder, rng, 3 * MIB)
    run([program, "pack", "--block-size", "64KiB", archive])
    rows = [path for path in rows_of(archive) if path.endswith(".zst")]
    victim = rng.choice(rows)
    path = os.path.join(archive, victim)
    blocks = blocks_of(path)
    inside = [[mark_of(payload) for payload in payloads_of_block(path, block)] for block in blocks]
    of_victim = {mark for block in inside for mark in block}
    assert of_victim <= set(marks) and of_victim, "the blocks are not what was captured"
    with open(path, "rb") as file:
        data = file.read()
    for what, damaged, is_whole in sealed_cases(rng, data, blocks):
        what = f"{victim}, {what}"
        with open(path, "wb") as file:
            file.write(damaged)
        lost = {mark for block, held in zip(blocks, inside) if not is_whole(block) for mark in held}
        found, status = read_what_is_left(program, archive)
        check_left(found, marks, [mark for mark in marks if mark not in lost], what)
        assert status or not lost, f"{what}: {len(lost)} frames are missing in silence"
        verify_names(program, archive, victim, what)
        with open(path, "wb") as file:
            file.write(data)
    with open(path, "wb") as file:
        file.write(damaged)
    still_usable(program, folder, archive, what)
    return len(marks)


# Hot -----------------------------------------------------------------------------------------------------------------------

def frame_places(data):
    """(offset, end, mark) of each data frame."""
    at, places = len(control(START, CONTENT_TYPE)), []
    while at + 4 <= len(data) and (size := int.from_bytes(data[at:at + 4], "big")):
        places.append((at, at + 4 + size, mark_of(data[at + 4:at + 4 + size])))
        at += 4 + size
    return places


def misled_to(data, at, places):
    """Where whoever follows the length words from a damaged one is on the way again, or sees that something is wrong."""
    borders = {place[0] for place in places if place[0] != at}
    while at < len(data) and at not in borders:
        size = int.from_bytes(data[at:at + 4], "big")
        if not 0 < size <= MIB:
            break
        at += 4 + size
    return at


def hot_cases(rng, data, places):
    """(what, the damaged bytes, which places are whole, is it more than a file that was not written to its end)"""
    cut, zeros = rng.randrange(len(data)), rng.randrange(20, 70000)
    yield f"cut at {cut}", data[:cut], [place for place in places if place[1] <= cut], False
    kept = len(data) - zeros
    yield f"{zeros} zeros at the end", data[:kept] + bytes(zeros), [place for place in places if place[1] <= kept], False
    yield "empty", b"", [], False
    if len(places) > 1:  # behind the last one there is too little to tell it from a begun frame
        start, end, _ = rng.choice(places[:-1])
        flipped = bytearray(data)
        flipped[start + rng.randrange(4)] ^= 1 << rng.randrange(8)
        behind = [place for place in places if place[0] >= max(end, misled_to(flipped, start, places))][SLACK:]
        yield f"length word at {start} damaged", bytes(flipped), [place for place in places if place[1] <= start] + behind, True
    hole = rng.choice(places[:len(places) // 2 + 1])[0]  # a length word: inside a payload nobody can see it
    size = rng.randrange(100, 20000)
    holed = data[:hole] + rng.randbytes(size) + data[hole + size:]
    whole = [place for place in places if place[1] <= hole]
    yield f"{size} bytes of garbage at {hole}", holed, whole, True


def hot(program, folder, rng):
    made = os.path.join(folder, "made")
    os.mkdir(made)
    source, marks = make_archive(program, made, rng, 3 * MIB)
    rows = rows_of(source)
    victim = rng.choice(rows)
    with open(os.path.join(source, victim), "rb") as file:
        data = file.read()
    places = frame_places(data)
    of_victim = {mark for _, _, mark in places}
    archive = os.path.join(folder, "archive")
    for what, damaged, whole, is_kept in hot_cases(rng, data, places):
        what = f"{victim}, {what}"
        shutil.copytree(source, archive, symlinks=True)
        with open(os.path.join(archive, victim), "wb") as file:
            file.write(damaged)
        held = {mark for _, _, mark in whole}
        needed = [mark for mark in marks if mark not in of_victim or mark in held]
        found, _ = read_what_is_left(program, archive)
        check_left(found, marks, needed, what)
        verify_names(program, archive, victim, what, is_kept)
        done = run([program, "pack", archive], None)
        packed, _ = read_what_is_left(program, archive)
        assert packed == found, f"{what}: other frames after packing\n{done.stderr.decode()}"
        if is_kept:
            assert os.listdir(os.path.join(archive, "damaged")), f"{what}: the damaged file was not kept"
        still_usable(program, folder, archive, what)
        shutil.rmtree(archive)
    return len(marks)


# Ledgers, and what does not belong there -------------------------------------------------------------------------------------

def ledgers(program, folder, rng):
    made = os.path.join(folder, "made")
    os.mkdir(made)
    source, marks = make_archive(program, made, rng, 2 * MIB)
    archive = os.path.join(folder, "archive")
    victim = rng.choice(rows_of(source)).replace(".fstrm", ".runs")
    path = os.path.join(archive, victim)
    with open(os.path.join(source, victim), "rb") as file:
        data = file.read()
    flipped = bytearray(data)
    flipped[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    for what, damaged in (("missing", None), ("empty", b""), ("cut", data[:rng.randrange(len(data))]),
                          ("garbage", rng.randbytes(1000)), ("with a bit flipped", bytes(flipped)),
                          ("with a zero tail", data + bytes(5000))):
        shutil.copytree(source, archive, symlinks=True)
        os.unlink(path)
        if damaged is not None:
            with open(path, "wb") as file:
                file.write(damaged)
        for options in [], ["--origin"]:
            done = run([program, "read", "--format", "json", *options, archive], None)
            assert done.stdout.count(b"\n") == len(marks), f"{victim} {what}: {done.stderr.decode()}"
        run([program, "pack", archive], None)
        assert read_marks(program, archive) == marks, f"{victim} {what}: other frames after packing"
        still_usable(program, folder, archive, f"{victim} {what}")
        shutil.rmtree(archive)
    return len(marks)


def litter(archive, day):
    """Files that no archive has, and others where it has files."""
    hot, sealed = os.path.join(archive, "hot"), os.path.join(archive, day)
    for place in archive, hot, sealed, os.path.join(archive, "cursors"):
        for name in ("notes.txt", "core", ".hidden", "\x01\xff", "x" * 255, "20261123T210000Z-1.fstrm", "a.fstrm.zst"):
            with open(os.path.join(place, name), "wb") as file:
                file.write(b"garbage")
    os.mkdir(os.path.join(hot, "20201123T210000Z-00099990.fstrm"))
    os.mkdir(os.path.join(sealed, day.replace("-", "") + "T210000Z-00099991.fstrm.zst"))
    os.mkfifo(os.path.join(hot, "20201123T210000Z-00099992.fstrm"))
    os.symlink("/dev/zero", os.path.join(hot, "20201123T210000Z-00099993.fstrm"))
    os.symlink("nowhere", os.path.join(hot, "20201123T210000Z-00099994.fstrm"))
    os.mkfifo(os.path.join(sealed, day.replace("-", "") + "T210000Z-00099995.fstrm.zst"))
    os.mkdir(os.path.join(archive, "2020-13-45"))
    for name, data in ("counters", b"x" * 100), ("removed", b"\0garbage\n\xff\n"), ("cursors/c", b"garbage"):
        with open(os.path.join(archive, name), "wb") as file:
            file.write(data)


def garbage(program, folder, rng):
    archive, marks = make_archive(program, folder, rng, 2 * MIB)
    merged = os.path.join(folder, "merged")
    shutil.copytree(archive, merged, symlinks=True)
    run([program, "pack", merged])
    day = rows_of(merged)[0].split("/")[0]
    for place in archive, merged:
        os.makedirs(os.path.join(place, day), exist_ok=True)
        litter(place, day)
        found, _ = read_what_is_left(program, place)
        check_left(found, marks, marks, "garbage beside it")
        still_usable(program, folder, place, "garbage beside it")
        found, _ = read_what_is_left(program, place)
        check_left(found, marks, marks, "garbage beside it, packed")
        assert os.path.exists(os.path.join(place, "hot", "notes.txt")), "a file that is not ours was removed"
    return len(marks)


def no_archive(program, folder, rng):
    """What an archive must say of itself, and does not."""
    archive, marks = make_archive(program, folder, rng, MIB)
    with open(os.path.join(archive, "version"), "rb") as file:
        version = file.read()
    for text in b"", b"garbage\n", rng.randbytes(3000), version.replace(b"1", b"7"):
        with open(os.path.join(archive, "version"), "wb") as file:
            file.write(text)
        for command in (["capture", "--listen", "unix:" + os.path.join(folder, "s"), "--archive"], ["pack"], ["verify"], ["status"],
                        ["repack", "--merge", "10MiB"]):
            done = run([program, *command, archive], 1)
            assert done.stderr + done.stdout, f"{command} with version {text[:20]}: {done.stderr.decode()}"
    with open(os.path.join(archive, "version"), "wb") as file:
        file.write(version)
    assert read_marks(program, archive) == marks
    other = os.path.join(folder, "other")
    os.mkdir(other)
    with open(os.path.join(other, "letter"), "wb") as file:
        file.write(b"mine")
    done = run([program, "capture", "--listen", "unix:" + os.path.join(folder, "s"), "--archive", other], 1)
    assert os.listdir(other) == ["letter"], f"a folder with other files was made an archive: {os.listdir(other)}"
    return len(marks)


def main():
    program, times = sys.argv[1], int(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 30)
    total = run_works(program, [sealed, hot, ledgers, garbage, no_archive], times, seed, "tapline-damage-")
    print(f"{times} rounds of damaged archives, {total} frames, all that were whole were read")


main()
